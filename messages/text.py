"""A text in every language, made of the catalogue's words: what messages are before they are read.

English is written in the code, and is the key of the catalogue: `vi.po` has the Vietnamese of it.
Which language is read, whoever prints chooses; `str` of a text is all that evidence, logs and
`--json` hold: `tiếng Việt | English`.
"""

import re
import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, NoReturn, TypeVar

from doisoat.currency import CURRENCY
from doisoat.messages.catalogue import languages, translation
from doisoat.state import STATE

MARK = " | "
# Every message may name them: of the currency in use, of the tax inside its state's prices (with a
# capital, where a text begins with it), and whose civil time it is.
OF_STATE = (
    "{currency_name}", "{currency_own_name}", "{currency_unit}", "{currency_own_unit}",
    "{currency_sign}", "{tax_name}", "{Tax_name}", "{tax_percent}", "{tax_share}", "{zone_name}",
)  # fmt: skip
Key = TypeVar("Key")
VI, EN = 0, 1  # places in `languages`; those that came later stand after them


class Text(str):
    """A text in all languages. As a string it is what evidence holds, Vietnamese and English.

    It is a string so that it goes wherever texts go (JSON, a table, a workbook, another process),
    and loses its languages, never a word, where it is put together by what knows only strings.
    """

    __slots__ = ("texts",)
    texts: tuple[str, ...]

    def __new__(cls, vi: str, en: str, *others: str) -> "Text":
        """Args: others: in the languages that came later; English stands for one not given."""
        texts = (vi, en, *others)
        lacking = len(languages()) - len(texts)
        return cls._made(f"{vi}{MARK}{en}", texts + (en,) * lacking)

    @classmethod
    def _made(cls, both: str, texts: tuple[str, ...]) -> "Text":
        made = super().__new__(cls, both)
        made.texts = texts
        return made

    @classmethod
    def alike(cls, text: str) -> "Text":
        """A text that is the same in every language, and as evidence holds it."""
        return cls._made(text, (text,) * len(languages()))

    def __reduce__(self) -> tuple[object, ...]:
        return Text._made, (str(self), self.texts)

    def __add__(self, other: str) -> "Text":
        pairs = zip(self.texts, texts_of(other), strict=True)
        return self._made(str(self) + str(other), tuple(text + end for text, end in pairs))

    def __radd__(self, other: str) -> "Text":
        return self._made(other + str(self), tuple(other + text for text in self.texts))

    @property
    def vi(self) -> str:
        return self.texts[VI]

    @property
    def en(self) -> str:
        return self.texts[EN]

    @property
    def pair(self) -> tuple[str, str]:
        """Vietnamese and English."""
        return self.texts[VI], self.texts[EN]

    def __iter__(self) -> NoReturn:
        raise TypeError("a text has languages, not letters: take its pair, or its texts")

    def mapped(self, function: Callable[[str], str]) -> "Text":
        """Each language's text as a function gives it."""
        return self._made(function(str(self)), tuple(map(function, self.texts)))


class TextError(ValueError):
    """What is wrong with a value, for whoever tells where it stands; `str` of it is the English."""

    def __init__(self, text: Text) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return self.text.en


def message(key: str, /, **fields: object) -> Text:
    """A message of the catalogue, by its English, with `{fields}` that all languages have.

    A field that is itself a text stands in each language as that language says it.
    """
    return _filled(fields, [translation(name).gettext(key) for name in languages()])


def message_in(context: str, key: str, /, **fields: object) -> Text:
    """`message`, where one English has more than one translation: context says which."""
    return _filled(fields, [translation(name).pgettext(context, key) for name in languages()])


def words_in(context: str, /, *keys: str) -> dict[str, Text]:
    """`message_in` of words without fields, by their English: of codes, which are read as such."""
    return {key: message_in(context, key) for key in keys}


def catalogue_text(key: str, context: str | None = None) -> Text:
    """A message of a file that declares tables, where `python -m tests.messages` finds it.

    Amounts of tables are whole minor units: the currency of one with decimals is its smallest part.
    """
    form = CURRENCY.form
    unit = Text(form.minor, form.minor_plural) if form.minor else Text(form.name, form.plural_en)
    fields: dict[str, object] = {"currency_name": unit} if "{currency_name}" in key else {}
    return message(key, **fields) if context is None else message_in(context, key, **fields)


def counted_message(one: str, many: str, /, count: int, **fields: object) -> Text:
    """`message` that differs by how many there are; count decides, and `{count}` shows it."""
    forms = [translation(name).ngettext(one, many, count) for name in languages()]
    return _filled({"count": count, **fields}, forms)


class Template(NamedTuple):
    """A message whose fields are known later: call it with them."""

    texts: tuple[str, ...]

    def __call__(self, **fields: object) -> Text:
        return _filled(fields, list(self.texts))

    def pattern(self, fields: Mapping[str, str], *, whole_words: bool = False) -> re.Pattern[str]:
        """What finds its English in a text, and its fields by name.

        Args: fields: what each may be, as a pattern; whole_words: no letter stands before or after
            one that begins with a letter or figure.
        """
        english = self.texts[EN]
        parts = [
            re.escape(text) + (f"(?P<{name}>{fields[name]})" if name else "")
            for text, name, *_ in string.Formatter().parse(english)
        ]
        bound = "(?<![A-Za-z]){}(?![A-Za-z])" if whole_words and english[0].isalnum() else "{}"
        return re.compile(bound.format("".join(parts)))


Fillable = Text | Template | Callable[[], Text]


class Words(Mapping[Key, Text]):
    """Messages by their keys. One that names the currency is a template, filled when it is read."""

    def __init__(self, texts: Mapping[Key, Fillable]) -> None:
        self._texts = dict(texts)

    def __getitem__(self, key: Key) -> Text:
        return filled(self._texts[key])

    def __iter__(self) -> Iterator[Key]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


def filled(text: Fillable) -> Text:
    """A message, also where it is a template that lacks the currency alone."""
    return text if isinstance(text, Text) else text()


def template(key: str, /) -> Template:
    """`message`, of which the fields come later: for tables of sentences."""
    return Template(tuple(translation(name).gettext(key) for name in languages()))


def template_in(context: str, key: str, /) -> Template:
    """`template`, as `message_in` has it."""
    return Template(tuple(translation(name).pgettext(context, key) for name in languages()))


def texts_of(value: object) -> tuple[str, ...]:
    """A value in each language; what has no languages is the same in all."""
    if isinstance(value, Text):
        return value.texts
    return (str(value),) * len(languages())


def in_language(value: object, language: str) -> str:
    """A value as one language of `languages` says it; what has none is the same in all."""
    return texts_of(value)[languages().index(language)]


def halves_of(text: str) -> Text:
    """A text in its languages; of a plain one, which is of evidence, the halves at its mark."""
    if isinstance(text, Text):
        return text
    vi, mark, en = text.partition(MARK)
    return Text(vi, en) if mark and MARK not in en else Text.alike(text)


def text_of_error(error: object) -> Text:
    """What an error says: what only a library said stands in both halves as it said it."""
    return error.text if isinstance(error, TextError) else Text(str(error), str(error))


def in_each(make: Callable[[Callable[[str], str]], str]) -> Text:
    """What is made of texts in each language; make is given what says a text in one of them."""

    def of(place: int) -> Callable[[str], str]:
        return lambda text: text.texts[place] if isinstance(text, Text) else text

    return Text._made(make(str), tuple(make(of(place)) for place in range(len(languages()))))


def mapped(text: str, function: Callable[[str], str]) -> str:
    """What a function gives of a text: in each language, where it has some."""
    return text.mapped(function) if isinstance(text, Text) else function(text)


def capital(text: str) -> str:
    """A text with a capital at its beginning, in each language."""
    return mapped(text, lambda words: words[:1].upper() + words[1:])


def joined(separator: str, texts: Iterable[str]) -> Text:
    """`separator.join`, which keeps the languages; those of the separator too."""
    listed = list(texts)
    if isinstance(separator, Text):
        by_separator = zip(separator.texts, zip(*map(texts_of, listed), strict=True), strict=True)
        return Text(*(mark.join(parts) for mark, parts in by_separator))
    by_text = [texts_of(text) for text in listed]
    return Text._made(
        separator.join(listed),
        tuple(
            separator.join(parts[place] for parts in by_text) for place in range(len(languages()))
        ),
    )


def alternatives(texts: Iterable[str]) -> Text:
    """Texts of which any will do: `a or b`."""
    return joined(message(" or "), texts)


def composed(form: str, /, *values: object) -> Text:
    """`form.format(*values)` in each language: what holds no words, but texts and figures."""
    return Text._made(
        form.format(*values),
        tuple(
            form.format(*(v.texts[place] if isinstance(v, Text) else v for v in values))
            for place in range(len(languages()))
        ),
    )


def state_fields() -> dict[str, Text | str]:
    """What every message may name: OF_STATE.

    `own` is as its state calls it, in each language; `unit`, the currency's smallest part. A rate
    that changes stands with its months; a tax of which there is none says so with its name.
    """
    # Here, since `import doisoat` imports this module and is to import nothing more.
    from doisoat.money import exact_text, share_text

    form = CURRENCY.form
    unit = form.minor
    tax, percents, shares = form.tax, list[Text](), list[Text]()
    for month, rate in tax.rates:
        percent = exact_text(100 * rate)
        percents.append(Text(f"{percent.replace('.', ',')}%", f"{percent} %"))
        shares.append(Text.alike(share_text(rate)))
        if len(tax.rates) > 1:
            since = message("since {month}", month=month)
            percents[-1] = composed("{} ({})", percents[-1], since)
            shares[-1] = composed("{} ({})", shares[-1], since)
    tax_name = Text(tax.name, tax.name_en)
    if not any(rate for _, rate in tax.rates):
        tax_name = message("{name} of 0 %", name=tax_name)
    state = STATE.known
    return {
        "currency_sign": form.sign,
        "currency_name": Text(form.name, form.plural_en),
        "currency_own_name": CURRENCY.own_name,
        "currency_unit": unit or Text(form.name, form.name_en),
        "currency_own_unit": unit or CURRENCY.own_name,
        "tax_name": tax_name,
        "Tax_name": capital(tax_name),
        "tax_percent": joined(", ", percents),
        "tax_share": joined(", ", shares),
        "zone_name": "¤" if state is None else Text(state.zone_name, state.zone_name_en),
    }


def with_state(text: str, language: str) -> str:
    """A translation with the state in use where it names it; other fields stay as they are."""
    if any(name in text for name in OF_STATE):
        for name, value in state_fields().items():
            text = text.replace(f"{{{name}}}", in_language(value, language))
    return text


def _filled(fields: dict[str, object], templates: list[str]) -> Text:
    if any(name in template for template in templates for name in OF_STATE):
        fields = {**state_fields(), **fields}
    values = {name: texts_of(value) for name, value in fields.items()}
    return Text(
        *(
            template.format_map({name: texts[place] for name, texts in values.items()})
            for place, template in enumerate(templates)
        )
    )
