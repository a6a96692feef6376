"""The draft of a mapping: what each column of a file seems to hold, why, and how sure that is.

Heads say which field a column is (heads.py), its texts in which form. A form is taken where it
reads the texts; where two read them otherwise, both are told and a person decides.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from doisoat.engine.intake.draft.heads import field_of_head
from doisoat.engine.intake.draft.sample import Sample, folded, printable
from doisoat.engine.intake.mapping.field_sources import (
    DurationSource,
    NumberSource,
    TimeSource,
)
from doisoat.engine.intake.mapping.trials import (
    Trial,
    amount_trials,
    fitting,
    length_trials,
    share_of,
    time_trials,
)
from doisoat.engine.store.file_kinds import FileKind
from doisoat.errors import IntakeError
from doisoat.messages.text import Text, message
from doisoat.telephone import has_number

SURE = 0.9  # of the texts of a column, a form must read so many
SHOWN_WORDS, SHOWN_CHARACTERS = 5, 20
HEAD_ALONE = 0.9  # of a code or a count, of which the texts tell nothing
TELEPHONE = r"^(?:\+?84|0)?[1-9][0-9]{7,9}$"
TIMES = ("started", "valid_from", "valid_until")
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
    r"no ?answer|busy|fail(ed|ure)?|cancell?ed|unanswered|congestion|khong tra loi|may ban|that bai"
)


class Guess(NamedTuple):
    """What a field of the draft comes from. `sure`: a share of the rows, 0 to 1."""

    field: str
    columns: tuple[str, ...]
    words: Mapping[str, object]  # of the mapping, beside the column
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
            share = share_of(sample.texts(column).str.contains(TELEPHONE))
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
    frame = sample.texts(column).to_frame(column)
    source = TimeSource(column=column, form="civil")
    kept = fitting(time_trials(frame, column, source), SURE)
    if not kept:
        unknown.append(message("the form of the times in {column}", column=column))
        return Guess(field, (column,), {"form": "civil"}, 0.0, message("no form reads its texts"))
    words = kept[0].words
    if len(kept) > 1:
        both = ", ".join(trial.words["form"] for trial in kept)
        unknown.append(message("column {column} can be read as {forms}", column=column, forms=both))
        return Guess(field, (column,), words, 1 / len(kept), message("one of {forms}", forms=both))
    return Guess(field, (column,), words, kept[0].share, message("this form reads its texts"))


def _length(sample: Sample, column: str, unknown: list[Text]) -> Guess:
    frame = sample.texts(column).to_frame(column)
    unit = "ms" if re.search(r"\b(ms|millis\w*)\b", folded(column)) else "s"
    kept = fitting(
        length_trials(frame, column, DurationSource(column=column)),
        SURE,
        lambda trial: trial.words.get("unit", unit) == unit,
    )
    if not kept:
        unknown.append(message("the form of the lengths in {column}", column=column))
        return Guess("duration", (column,), {"unit": unit}, 0.0, message("no form reads its texts"))
    words, sure = kept[0].words, kept[0].share
    if words.get("form") == "mm:ss":
        unknown.append(message("whether {column} is minutes and seconds, or hours", column=column))
        sure = 0.5
    return Guess("duration", (column,), words, sure, message("this form reads its texts"))


def _amount(sample: Sample, field: str, column: str, unknown: list[Text]) -> Guess:
    texts = sample.texts(column)

    def is_plausible(trial: Trial) -> bool:
        """Decimals that are three zeros in every row are groups of three."""
        decimal = trial.words.get("decimal")
        zeros = f"[{decimal}]000$|^[0-9]*$"
        return decimal is None or share_of(texts.str.contains(zeros)) < 1

    trials = amount_trials(texts.to_frame(column), column, NumberSource(column=column))
    kept = fitting(trials, SURE, is_plausible)
    if not kept:
        unknown.append(message("the form of the amounts in {column}", column=column))
        return Guess(field, (column,), {}, 0.0, message("no form reads its texts"))
    if len(kept) > 1:
        unknown.append(message("which sign in {column} parts groups of three", column=column))
    sure, why = kept[0].share / len(kept), message("this form reads its texts")
    return Guess(field, (column,), kept[0].words, sure, why)


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
    if share_of(texts.str.contains(r"^[0-9]{2,5}$")) >= SURE:
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
    listed = [re.sub(r"\d", "9", printable(word)) for word in words if not has_number(word)]
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
