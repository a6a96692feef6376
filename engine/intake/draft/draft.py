"""The draft of a mapping: what each column of a file seems to hold, why, and how sure that is.

Heads say which field a column is (heads.py), its texts in which form. A form is taken where it
reads the texts; where two read them otherwise, both are told and a person decides.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, get_args

import polars as pl

from doisoat.engine.intake.draft.heads import field_of_head
from doisoat.engine.intake.draft.sample import Sample, folded
from doisoat.engine.intake.mapping.field_sources import (
    DurationForm,
    DurationSource,
    DurationUnit,
    NumberSource,
    TimeForm,
    TimeSource,
)
from doisoat.engine.intake.mapping.record_values import lengths, moments, prices
from doisoat.engine.store.event_columns import START_MS_END, START_MS_MIN
from doisoat.engine.store.file_kinds import FileKind
from doisoat.errors import IntakeError
from doisoat.messages.text import Text, message

SURE = 0.9  # of the texts of a column, a form must read so many
SHOWN_WORDS, SHOWN_CHARACTERS = 5, 20
HEAD_ALONE = 0.9  # of a code or a count, of which the texts tell nothing
TELEPHONE = r"^(?:\+?84|0)?[1-9][0-9]{7,9}$"
TIMES = ("started", "valid_from", "valid_until")
Sign = Literal[".", ",", " "]
SIGNS: tuple[tuple[Sign | None, Literal[".", ","] | None], ...] = (
    (None, None), (".", None), (",", None), (" ", None), (".", ","), (",", "."),
)  # fmt: skip
UNIT_OF_HEAD = {"kb": "KB", "mb": "MB", "gb": "GB", "kbyte": "KB", "mbyte": "MB"}
WORDS = {  # of a field: what a word of a source means, folded
    "action": {"dang ky": "registration", "dk": "registration", "register": "registration",
               "registration": "registration", "reg": "registration", "gia han": "renewal",
               "gh": "renewal", "renewal": "renewal", "renew": "renewal"},
    "payment": {"tt": "prepaid", "tra truoc": "prepaid", "prepaid": "prepaid", "pre": "prepaid",
                "ts": "postpaid", "tra sau": "postpaid", "postpaid": "postpaid",
                "post": "postpaid"},
    "direction": {"mo": "outgoing", "out": "outgoing", "outgoing": "outgoing", "di": "outgoing",
                  "goi di": "outgoing", "mt": "incoming", "in": "incoming",
                  "incoming": "incoming", "den": "incoming", "goi den": "incoming"},
}  # fmt: skip
UNANSWERED = re.compile(
    r"no ?answer|busy|fail\w*|cancel\w*|unanswered|congestion|khong tra loi|may ban|that bai"
)


class Guess(NamedTuple):
    """What a field of the draft comes from. `sure`: a share of the rows, 0 to 1."""

    field: str
    columns: tuple[str, ...]
    words: dict[str, object]  # of the mapping, beside the column
    sure: float
    why: Text


class Draft(NamedTuple):
    """The draft of one file's layout."""

    kind: FileKind
    usage_kind: str  # voice, sms, data or pack; '' of master data
    sample: Sample
    guesses: tuple[Guess, ...]
    unanswered: tuple[str, tuple[str, ...]] | None  # column, words
    open: tuple[Text, ...]  # what only a person can say


def draft_of(sample: Sample, kind: FileKind | None = None) -> Draft:
    """A draft of a file's mapping. Raises: IntakeError where its heads say nothing."""
    fields: dict[str, str] = {}
    for column in sample.frame.columns:
        field = field_of_head(folded(column)) if sample.has_header else None
        if field is not None:
            fields.setdefault(field, column)
    found_kind, usage_kind = _kind_of(fields, kind, sample)
    unknown: list[Text] = []
    guesses = tuple(_guesses(sample, fields, found_kind, usage_kind, unknown))
    return Draft(
        found_kind, usage_kind, sample, guesses, _unanswered(sample, fields), tuple(unknown)
    )


def _kind_of(fields: dict[str, str], kind: FileKind | None, sample: Sample) -> tuple[FileKind, str]:
    if kind == "subscriptions" or (kind is None and "plan" in fields and "valid_from" in fields):
        return "subscriptions", ""
    if kind not in (None, "usage"):
        raise IntakeError(
            message("a draft is made of usage and of subscriptions alone"),
            sample.name,
            message("write its mapping by hand: docs/intake.md has the fields of each kind"),
        )
    if fields.keys() & {"uplink", "downlink", "units"}:
        return "usage", "data"
    if "messages" in fields or ("other" in fields and "duration" not in fields):
        return "usage", "sms"
    if "pack" in fields and "other" not in fields:
        return "usage", "pack"
    if "duration" in fields or "ended" in fields:
        return "usage", "voice"
    raise IntakeError(
        message("its heads do not say what it holds"),
        sample.name,
        message("give --kind, and a head to each column, as A_NUMBER, START_TIME, DURATION"),
    )


def _guesses(
    sample: Sample, fields: dict[str, str], kind: FileKind, usage_kind: str, unknown: list[Text]
) -> Iterator[Guess]:
    head = message("by its head")
    number = "number" if kind == "subscriptions" else "subscriber"
    for field, column in fields.items():
        if field in TIMES:
            yield _time(sample, field, column, unknown)
        elif field in ("subscriber", "other"):
            share = _share(sample.texts(column).str.contains(TELEPHONE))
            yield Guess(number if field == "subscriber" else field, (column,), {}, share, head)
        elif field in ("action", "payment", "direction"):
            guess = _words(sample, field, column, unknown)
            if guess is not None:
                yield guess
        elif field == "charged":
            yield _amount(sample, field, column, unknown)
        elif (field == "messages" and usage_kind == "sms") or (
            field == "units" and usage_kind == "data" and "uplink" not in fields
        ):
            yield Guess("units", (column,), {}, 1.0, head)
        elif field in ("host", "plan", "pack", "account"):
            yield Guess(field, (column,), {}, HEAD_ALONE, head)
        elif field == "locality":
            yield from _locality(sample, kind, column, unknown)
    yield from _worked_out(sample, fields, usage_kind, unknown)


def _worked_out(
    sample: Sample, fields: dict[str, str], usage_kind: str, unknown: list[Text]
) -> Iterator[Guess]:
    """Lengths and sums of several columns."""
    if usage_kind == "data" and {"uplink", "downlink"} <= fields.keys():
        columns = (fields["uplink"], fields["downlink"])
        yield Guess("units", columns, {"sum_of": list(columns)}, 1.0, message("both directions"))
    if "duration" in fields:
        yield _length(sample, fields["duration"], unknown)
    elif {"started", "ended"} <= fields.keys():
        begin, end = fields["started"], fields["ended"]
        form = _time(sample, "ended", end, unknown)
        between = {"begin": begin, "end": end, "form": form.words.get("form", "civil")}
        why = message("from its beginning to its end")
        yield Guess("duration", (begin, end), {"between": between}, form.sure, why)


def _time(sample: Sample, field: str, column: str, unknown: list[Text]) -> Guess:
    texts = sample.texts(column)
    frame = texts.to_frame(column)
    read = {
        form: moments(frame, column, TimeSource(column=column, form=form))
        for form in get_args(TimeForm)
    }
    shares = {
        form: _share(values.is_between(START_MS_MIN, START_MS_END, closed="left"))
        for form, values in read.items()
    }
    best = max(shares.values(), default=0.0)
    fitting = [form for form, share in shares.items() if share == best and share >= SURE]
    kept: list[str] = []
    for form in fitting:
        if not any(read[form].equals(read[other], check_names=False) for other in kept):
            kept.append(form)
    if not kept:
        unknown.append(message("the form of the times in {column}", column=column))
        return Guess(field, (column,), {"form": "civil"}, best, message("no form reads its texts"))
    if len(kept) > 1:
        both = ", ".join(kept)
        unknown.append(message("column {column} can be read as {forms}", column=column, forms=both))
        why = message("one of {forms}", forms=both)
        return Guess(field, (column,), {"form": kept[0]}, 1 / len(kept), why)
    return Guess(field, (column,), {"form": kept[0]}, best, message("this form reads its texts"))


def _length(sample: Sample, column: str, unknown: list[Text]) -> Guess:
    texts = sample.texts(column)
    frame = texts.to_frame(column)
    head = folded(column)
    unit: DurationUnit = "ms" if re.search(r"\b(ms|millis\w*)\b", head) else "s"
    for form in get_args(DurationForm):
        source = DurationSource(column=column, unit=unit, form=form)
        share = _share(lengths(frame, column, source).is_not_null())
        if share >= SURE:
            words: dict[str, object] = {"form": form} if form != "number" else {"unit": unit}
            if form == "mm:ss":
                unknown.append(
                    message("whether {column} is minutes and seconds, or hours", column=column)
                )
            sure = share if form != "mm:ss" else 0.5
            return Guess("duration", (column,), words, sure, message("this form reads its texts"))
    unknown.append(message("the form of the lengths in {column}", column=column))
    return Guess("duration", (column,), {"unit": unit}, 0.0, message("no form reads its texts"))


def _amount(sample: Sample, field: str, column: str, unknown: list[Text]) -> Guess:
    texts = sample.texts(column)
    frame = texts.to_frame(column)
    fitting: list[tuple[dict[str, object], pl.Series, float]] = []
    for groups, decimal in SIGNS:
        source = NumberSource(column=column, groups=groups, decimal=decimal)
        read = prices(frame, column, source)
        share = _share(read.is_not_null())
        is_new = not any(read.equals(other, check_names=False) for _, other, _ in fitting)
        # Decimals that are three zeros in every row are groups of three.
        is_group = (
            decimal is not None and _share(texts.str.contains(f"[{decimal}]000$|^[0-9]*$")) == 1
        )
        if share >= SURE and is_new and not is_group:
            signs = (("groups", groups), ("decimal", decimal))
            fitting.append(({name: sign for name, sign in signs if sign}, read, share))
    if not fitting:
        unknown.append(message("the form of the amounts in {column}", column=column))
        return Guess(field, (column,), {}, 0.0, message("no form reads its texts"))
    if len(fitting) > 1:
        unknown.append(message("which sign in {column} parts groups of three", column=column))
    words, _, share = fitting[0]
    why = message("this form reads its texts")
    return Guess(field, (column,), words, share / len(fitting), why)


def _words(sample: Sample, field: str, column: str, unknown: list[Text]) -> Guess | None:
    texts = sample.texts(column).unique(maintain_order=True).to_list()
    meant = {text: WORDS[field].get(folded(text)) for text in texts}
    known = {text: word for text, word in meant.items() if word is not None}
    if not known:
        unknown.append(message("what the words in {column} mean", column=column))
        return None
    if len(known) < len(meant):
        lacking = _shown(text for text, word in meant.items() if word is None)
        unknown.append(message("what {words} in {column} mean", words=lacking, column=column))
    share = len(known) / len(meant)
    return Guess(field, (column,), {"values": known}, share, message("its words are known"))


def _locality(sample: Sample, kind: FileKind, column: str, unknown: list[Text]) -> Iterable[Guess]:
    field = "home_locality" if kind == "subscriptions" else "locality"
    texts = sample.texts(column)
    if _share(texts.str.contains(r"^[0-9]{2,5}$")) >= SURE:
        return [Guess(field, (column,), {}, 1.0, message("its texts are codes"))]
    codes = _codes_of_provinces()
    names = texts.unique(maintain_order=True).to_list()
    known = {name: codes[_province(name)] for name in names if _province(name) in codes}
    if not known:
        unknown.append(message("the codes of the places in {column}", column=column))
        return []
    if len(known) < len(names):
        lacking = _shown(name for name in names if name not in known)
        unknown.append(message("the codes of {places}", places=lacking))
    share = len(known) / len(names)
    return [Guess(field, (column,), {"values": known}, share, message("names of provinces"))]


def _shown(words: Iterable[str]) -> str:
    """A few words of a column, digits as 9: who knows what else stands in it."""
    listed = [re.sub(r"\d", "9", word) for word in words]
    short = [word if len(word) <= SHOWN_CHARACTERS else f"{word[:SHOWN_CHARACTERS]}…"
             for word in listed[:SHOWN_WORDS]]  # fmt: skip
    return ", ".join(short) + (f", … ({len(listed)})" if len(listed) > SHOWN_WORDS else "")


def _province(name: str) -> str:
    return re.sub(r"^(tp|tinh|thanh pho) ", "", folded(name))


def _codes_of_provinces() -> dict[str, str]:
    from doisoat.tariffs.load.find import catalogue_path
    from doisoat.tariffs.load.tariffs import load_catalogue

    catalogue = load_catalogue(catalogue_path("vn-2021"))
    return {
        _province(place.name): place.code
        for place in catalogue.localities
        if place.province is None
    }


def _unanswered(sample: Sample, fields: dict[str, str]) -> tuple[str, tuple[str, ...]] | None:
    if "status" not in fields:
        return None
    words = sample.texts(fields["status"]).unique(maintain_order=True).to_list()
    left_out = tuple(word for word in words if UNANSWERED.fullmatch(folded(word)))
    return (fields["status"], left_out) if left_out else None


def unit_of(sample: Sample, columns: Sequence[str]) -> str:
    """The unit of data that heads say; bytes where they say none."""
    for column in columns:
        for word in folded(column).split():
            if word in UNIT_OF_HEAD:
                return UNIT_OF_HEAD[word]
    return "bytes"


def _share(holds: pl.Series) -> float:
    return int(holds.sum()) / holds.len() if holds.len() else 0.0
