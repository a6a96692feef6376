"""The draft of a mapping: what each column of a file seems to hold, why, and how sure that is.

Heads say which field a column is (heads.py), its texts in which form. A form is taken where it
reads the texts; where two read them otherwise, both are told and a person decides.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import polars as pl
from pydantic import BaseModel

from doisoat.engine.intake.draft.dates import SERIAL_WITH_COMMA, are_ends, odd_dates
from doisoat.engine.intake.draft.heads import field_of_head, folded, says_better
from doisoat.engine.intake.draft.lengths import (
    BETWEEN_MOMENTS,
    CHARGED,
    Numbers,
    likely_unit,
    numbers_of,
    unit_by,
    unit_in_head,
)
from doisoat.engine.intake.draft.sample import Sample, bundled_mend, printable
from doisoat.engine.intake.draft.status import left_out, words_of
from doisoat.engine.intake.forms.raw_chunks import open_source
from doisoat.engine.intake.mapping.field_sources import (
    DurationSource,
    NumberSource,
    TimeSource,
)
from doisoat.engine.intake.mapping.mapping import (
    PackFields,
    PortFields,
    SubscriptionFields,
    UsageFields,
)
from doisoat.engine.intake.mapping.record_values import prices
from doisoat.engine.intake.mapping.trials import (
    Trial,
    amount_trials,
    fitting,
    length_trials,
    readings_of,
    share_of,
    shares_of,
    time_trials,
)
from doisoat.engine.store.file_kinds import FileKind
from doisoat.errors import IntakeError
from doisoat.messages.text import Text, message
from doisoat.telephone import has_number

SURE = 0.9  # of the texts of a column, a form must read so many
SHOWN_WORDS, SHOWN_CHARACTERS = 5, 20
HEAD_ALONE = 0.9  # of a code or a count, of which the texts tell nothing
UNSURE = 0.5  # of a head alone whose texts say nothing for it
TELEPHONE = r"^(?:\+?84|0)?[1-9][0-9]{7,9}$"
TELEPHONES_LEAST = 0.5  # of the texts of a column of telephone numbers
TIMES = ("started", "valid_from", "valid_until", "bought")
UNIT_OF_HEAD = {"kb": "KB", "mb": "MB", "gb": "GB", "kbyte": "KB", "mbyte": "MB"}
WORDS = {  # of a field: what a word of a source means, folded
    "kind": {"call": "voice", "voice": "voice", "thoai": "voice", "goi": "voice",
             "cuoc goi": "voice", "text": "sms", "sms": "sms", "message": "sms",
             "tin nhan": "sms", "data": "data", "gprs": "data", "du lieu": "data"},
    "action": {"dang ky": "registration", "dk": "registration", "register": "registration",
               "registration": "registration", "reg": "registration", "gia han": "renewal",
               "gh": "renewal", "renewal": "renewal", "renew": "renewal"},
    "payment": {"tt": "prepaid", "tra truoc": "prepaid", "prepaid": "prepaid", "pre": "prepaid",
                "ts": "postpaid", "tra sau": "postpaid", "postpaid": "postpaid",
                "post": "postpaid"},
    "direction": {"mo": "outgoing", "out": "outgoing", "outgoing": "outgoing", "di": "outgoing",
                  "goi di": "outgoing", "mt": "incoming", "in": "incoming",
                  "incoming": "incoming", "den": "incoming", "goi den": "incoming"},
    "carrier": {"viettel": "viettel", "vinaphone": "vnpt", "vnpt": "vnpt",
                "mobifone": "mobifone", "vietnamobile": "vietnamobile", "vnm": "vietnamobile"},
}  # fmt: skip


def _fields_of(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(name for name in model.model_fields if name != "issued")


FIELDS: Mapping[FileKind, tuple[str, ...]] = {  # of the kinds that a draft is made of
    "usage": _fields_of(UsageFields),
    "subscriptions": _fields_of(SubscriptionFields),
    "ports": _fields_of(PortFields),
    "packs": _fields_of(PackFields),
}
# What a kind of master data calls the field that a head says.
MASTER_FIELDS: Mapping[str, Mapping[str, str]] = {
    "subscriptions": {"subscriber": "number", "locality": "home_locality"},
    "ports": {"subscriber": "number", "started": "valid_from"},
    "packs": {"subscriber": "number", "started": "bought", "valid_from": "bought",
              "charged": "price_paid"},
}  # fmt: skip


class Guess(NamedTuple):
    """What a field of the draft comes from. `sure`: a share of the rows, 0 to 1."""

    field: str
    columns: tuple[str, ...]
    words: Mapping[str, object]  # of the mapping, beside the column
    sure: float
    why: Text
    is_whole: bool = True  # False: the mapping lacks a word of it, and reads no file


class Draft(NamedTuple):
    """The draft of one file's layout."""

    kind: FileKind
    usage_kind: str  # voice, sms, data, pack, or mixed; '' of master data
    sample: Sample
    guesses: tuple[Guess, ...]
    unanswered: tuple[str, tuple[str, ...]] | None  # column, words
    open: tuple[Text, ...]  # what only a person can say
    names: bool = False  # its numbers are names of its source

    @property
    def needs_carrier(self) -> bool:
        """Must a person say whose records these are? A port names the carrier that it went to."""
        return self.kind in ("usage", "subscriptions")

    @property
    def is_whole(self) -> bool:
        """Does it say of each field all that a mapping needs?"""
        return all(guess.is_whole for guess in self.guesses)


def draft_of(sample: Sample, kind: FileKind | None = None) -> Draft:
    """A draft of a file's mapping. Raises: IntakeError where its heads tell of no records."""
    fields: dict[str, str] = {}
    for column in sample.frame.columns:
        field = field_of_head(folded(column))
        if field is not None and (
            field not in fields or says_better(field, folded(column), folded(fields[field]))
        ):
            fields[field] = column
    unknown = list(sample.unknown)
    found_kind, usage_kind = _kind_of(fields, kind, sample)
    guesses = tuple(_guesses(sample, fields, found_kind, usage_kind, unknown))
    names = found_kind == "usage" and _are_names(sample, fields)
    if names:
        unknown.append(
            message("whether the numbers of this source are names of its own: few are telephone"
                    " numbers")
        )  # fmt: skip
    unanswered = _unanswered(sample, fields, usage_kind, unknown)
    return Draft(found_kind, usage_kind, sample, guesses, unanswered, tuple(unknown), names)


def _are_names(sample: Sample, fields: Mapping[str, str]) -> bool:
    """Are the parties of calls no telephone numbers?"""
    columns = [fields[field] for field in ("subscriber", "other") if field in fields]
    shares = [share_of(sample.texts(column).str.contains(TELEPHONE)) for column in columns]
    return bool(shares) and max(shares) < TELEPHONES_LEAST


def _kind_of(
    fields: Mapping[str, str], kind: FileKind | None, sample: Sample
) -> tuple[FileKind, str]:
    dated = fields.keys() & {"started", "valid_from"}
    if not dated or not fields.keys() & {"subscriber", "other", "account"}:
        raise _no_records(fields, sample)
    if kind is None and "valid_from" in fields and "plan" in fields:
        kind = "subscriptions"
    elif kind is None and "valid_from" in fields and "carrier" in fields:
        kind = "ports"
    elif kind is None and {"pack", "left"} <= fields.keys():
        kind = "packs"
    if kind not in (None, "usage"):
        return kind, ""
    if "kind" in fields and _meant(sample, "kind", fields["kind"])[0]:
        return "usage", "mixed"
    if fields.keys() & {"uplink", "downlink", "units"}:
        return "usage", "data"
    if "messages" in fields or ("other" in fields and not fields.keys() & {"duration", "ended"}):
        return "usage", "sms"
    if "pack" in fields and "other" not in fields:
        return "usage", "pack"
    if fields.keys() & {"duration", "ended"}:
        return "usage", "voice"
    raise _no_records(fields, sample)


def _no_records(fields: Mapping[str, str], sample: Sample) -> IntakeError:
    known = ", ".join(fields.values())
    return IntakeError(
        message("this is no file of records: no heads name a subscriber and a time")
        if not known
        else message(
            "this is no file of records: of its heads only these say what they hold: {known}",
            known=known,
        ),
        sample.name,
        bundled_mend(open_source(sample.path))
        or message("if it is, give --kind, and a head to each column, as A_NUMBER, START_TIME,"
                   " DURATION"),
    )  # fmt: skip


def _guesses(
    sample: Sample, fields: dict[str, str], kind: FileKind, usage_kind: str, unknown: list[Text]
) -> Iterator[Guess]:
    seen: set[str] = set()
    for field, column in fields.items():
        name = MASTER_FIELDS.get(kind, {}).get(field, field)
        if name not in seen:
            for guess in _guess(sample, field, name, column, kind, usage_kind, unknown):
                seen.add(guess.field)
                yield guess
    if kind == "usage":
        yield from _of_usage(sample, fields, usage_kind, unknown)


def _guess(
    sample: Sample,
    field: str,
    name: str,
    column: str,
    kind: FileKind,
    usage_kind: str,
    unknown: list[Text],
) -> Iterator[Guess]:
    """What a column is of the mapping, if it is anything. Args: name: the kind's of the field."""
    head = message("by its head")
    if name not in FIELDS[kind]:
        return
    if name in TIMES:
        yield _time(sample, name, column, unknown)
    elif field in ("subscriber", "other"):
        share = share_of(sample.texts(column).str.contains(TELEPHONE))
        yield Guess(name, (column,), {}, max(share, UNSURE), head)
    elif field in WORDS:
        if name == "carrier" and kind != "ports":
            return
        guess = _words(sample, field, column, unknown)
        if guess is not None:
            yield guess
    elif field == "charged":
        yield _amount(sample, name, column, unknown)
    elif field == "units":
        if usage_kind == "data":
            yield Guess(name, (column,), {}, 1.0, head)
    elif field == "locality":
        yield from _locality(sample, kind, column, unknown)
    elif field in ("host", "plan", "pack", "account", "left"):
        yield Guess(name, (column,), {}, HEAD_ALONE, head)


def _of_usage(
    sample: Sample, fields: dict[str, str], usage_kind: str, unknown: list[Text]
) -> Iterator[Guess]:
    """Lengths, sums of several columns, and what a record needs beside its columns."""
    if usage_kind == "data" and {"uplink", "downlink"} <= fields.keys():
        columns = (fields["uplink"], fields["downlink"])
        yield Guess("units", columns, {"sum_of": list(columns)}, 1.0, message("both directions"))
    if usage_kind in ("sms", "mixed"):
        if "messages" in fields:
            yield Guess("units", (fields["messages"],), {}, 1.0, message("by its head"))
        else:
            if usage_kind == "sms":
                unknown.append(message("whether these are messages: no head names a length"))
            unknown.append(message("how many parts a message has: each counts as one"))
            why = message("no column says it")
            yield Guess("units", (), {"constant": "1"}, UNSURE, why)
    if "duration" in fields:
        yield _length(sample, fields, unknown)
    elif {"started", "ended"} <= fields.keys():
        yield _between(sample, fields["started"], fields["ended"], unknown)
    if "subscriber" not in fields and "account" not in fields:
        unknown.append(message("whose records these are: give --subscriber at intake"))
        why = message("no column says it")
        yield Guess("subscriber", (), {"given": "subscriber"}, UNSURE, why)


def _between(sample: Sample, begin: str, end: str, unknown: list[Text]) -> Guess:
    """The length between two moments; their form is said where the end is open as well."""
    first, last = (_time(sample, "ended", column, []) for column in (begin, end))
    form = last.words.get("form")
    if form is None or form != first.words.get("form"):
        unknown.append(message("the form of the times in {column}", column=end))
        why = message("from its beginning to its end")
        return Guess("duration", (begin, end), {"between": {"begin": begin, "end": end}}, 0.0, why,
                     is_whole=False)  # fmt: skip
    between = {"begin": begin, "end": end, "form": form}
    why = message("from its beginning to its end")
    return Guess("duration", (begin, end), {"between": between}, last.sure, why)


def _time(sample: Sample, field: str, column: str, unknown: list[Text]) -> Guess:
    """A time in the form that reads it; without a form where none does, or several otherwise."""
    frame = sample.texts(column).to_frame(column)
    source = TimeSource(column=column, form="civil")
    trials = list(time_trials(frame, column, source))
    if field == "valid_until":
        trials = [trial._replace(share=share_of(are_ends(trial.read))) for trial in trials]
    kept = fitting(trials, SURE)
    if len(kept) == 1:
        odd = odd_dates(kept[0], trials)
        if odd is not None:
            unknown.append(
                message(
                    "the dates in {column} seem to be of two forms: {count} of {rows} of form:"
                    " {other}, the rest of form: {form}; if so, export the file again in one form",
                    column=column, count=odd.dates, rows=frame.height, other=odd.form,
                    form=kept[0].words["form"],
                )
            )  # fmt: skip
            why = message("its dates seem to be of two forms")
            return Guess(field, (column,), {}, UNSURE, why, is_whole=False)
        why = message("this form reads its texts")
        return Guess(field, (column,), kept[0].words, kept[0].share, why)
    if frame.height == 0:  # of a column that is empty in the sample any form will do
        why = message("it is empty in the sample")
        return Guess(field, (column,), {"form": "civil"}, UNSURE, why)
    if kept:
        unknown.append(
            message("column {column} can be read in more than one way: {readings}",
                    column=column, readings=readings_of(kept))
        )  # fmt: skip
        forms = ", ".join(trial.words["form"] for trial in kept)
        why = message("one of {forms}", forms=forms)
        return Guess(field, (column,), {}, 1 / len(kept), why, is_whole=False)
    if share_of(frame[column].str.contains(SERIAL_WITH_COMMA)) >= SURE:
        unknown.append(
            message("the times in {column} are days of a workbook with a decimal comma, which no"
                    " form reads: save the workbook with its dates as dates, or as .xlsx",
                    column=column)
        )  # fmt: skip
    else:
        unknown.append(
            message("the form of the times in {column}: {shares}", column=column,
                    shares=shares_of(trials))
        )  # fmt: skip
    return Guess(field, (column,), {}, 0.0, message("no form reads its texts"), is_whole=False)


def _length(sample: Sample, fields: Mapping[str, str], unknown: list[Text]) -> Guess:
    column = fields["duration"]
    said = unit_in_head(folded(column))
    texts = sample.texts(column)
    if texts.is_empty():
        why = message("it is empty in the sample")
        return Guess("duration", (column,), {"unit": said or "s"}, UNSURE, why)
    numbers = numbers_of(texts, SURE)
    if numbers is not None:
        return _number_of_units(sample, fields, numbers, unknown)
    clocks = fitting(
        length_trials(texts.to_frame(column), column, DurationSource(column=column)),
        SURE,
        lambda trial: "form" in trial.words,
    )
    if not clocks:
        unknown.append(message("the form of the lengths in {column}", column=column))
        why = message("no form reads its texts")
        return Guess("duration", (column,), {"unit": said or "s"}, 0.0, why)
    words, sure = clocks[0].words, clocks[0].share
    if words.get("form") == "mm:ss":
        unknown.append(message("whether {column} is minutes and seconds, or hours", column=column))
        sure = 0.5
    return Guess("duration", (column,), words, sure, message("this form reads its texts"))


def _number_of_units(
    sample: Sample, fields: Mapping[str, str], numbers: Numbers, unknown: list[Text]
) -> Guess:
    """A length that is a number: its unit is sure where something beside the numbers says it."""
    column = fields["duration"]
    rows = sample.frame.filter(pl.col(column) != "")
    evidence = [unit_in_head(folded(column))]
    if {"started", "ended"} <= fields.keys():
        begin, end = (_moments(rows, fields[side]) for side in ("started", "ended"))
        evidence.append(unit_by(numbers, end - begin, BETWEEN_MOMENTS))
    if "charged" in fields:
        amounts = _amount(sample, "charged", fields["charged"], [])
        source = NumberSource.model_validate({"column": fields["charged"], **amounts.words})
        evidence.append(unit_by(numbers, prices(rows, fields["charged"], source), CHARGED))
    units = list(dict.fromkeys(unit for unit in evidence if unit is not None))
    unit = units[0] if units else likely_unit(numbers)
    signs = numbers.signs
    if unit != "s" and not signs and not numbers.are_whole:
        signs = {"decimal": "."}
    sure, why = numbers.share, message("this form reads its texts")
    if len(units) != 1:
        unknown.append(
            message("whether {column} counts seconds, minutes or milliseconds: {unit} is taken",
                    column=column, unit=unit)
        )  # fmt: skip
        sure, why = UNSURE, message("nothing says its unit")
        if units:
            why = message("its head, its moments and what was charged say several units")
    if numbers.are_grouped:
        unknown.append(message("which sign in {column} parts groups of three", column=column))
        sure = UNSURE
    return Guess("duration", (column,), {"unit": unit, **signs}, sure, why)


def _moments(rows: pl.DataFrame, column: str) -> pl.Series:
    """The moments of a column of times, in the first form that reads the most of it."""
    trials = fitting(time_trials(rows, column, TimeSource(column=column, form="civil")), SURE)
    return trials[0].read if trials else pl.Series(column, [None] * rows.height, pl.Int64)


def _amount(sample: Sample, field: str, column: str, unknown: list[Text]) -> Guess:
    texts = sample.texts(column)

    def is_plausible(trial: Trial) -> bool:
        """Decimals that are three zeros in every row are groups of three."""
        decimal = trial.words.get("decimal")
        zeros = f"[{decimal}]000$|^[0-9]*$"
        return decimal is None or share_of(texts.str.contains(zeros)) < 1

    trials = amount_trials(texts.to_frame(column), column, NumberSource(column=column))
    kept = fitting(trials, SURE, is_plausible)
    if texts.is_empty():
        return Guess(field, (column,), {}, UNSURE, message("it is empty in the sample"))
    if not kept:
        unknown.append(message("the form of the amounts in {column}", column=column))
        return Guess(field, (column,), {}, 0.0, message("no form reads its texts"))
    if len(kept) > 1:
        unknown.append(message("which sign in {column} parts groups of three", column=column))
    sure, why = kept[0].share / len(kept), message("this form reads its texts")
    return Guess(field, (column,), kept[0].words, sure, why)


def _meant(sample: Sample, field: str, column: str) -> tuple[dict[str, str], list[str]]:
    """(the words of a column that are known and what each means, those that are not)."""
    texts = sample.texts(column).unique(maintain_order=True).to_list()
    meant = {text: WORDS[field].get(folded(text)) for text in texts}
    known = {text: word for text, word in meant.items() if word is not None}
    return known, [text for text, word in meant.items() if word is None]


def _words(sample: Sample, field: str, column: str, unknown: list[Text]) -> Guess | None:
    known, lacking = _meant(sample, field, column)
    if not known:
        unknown.append(message("what the words in {column} mean", column=column))
        return None
    if lacking:
        words = _shown(lacking)
        unknown.append(message("what {words} in {column} mean", words=words, column=column))
    share = len(known) / (len(known) + len(lacking))
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


def _unanswered(
    sample: Sample, fields: dict[str, str], usage_kind: str, unknown: list[Text]
) -> tuple[str, tuple[str, ...]] | None:
    """What a column of status leaves out; of words that may be none, a person is asked."""
    if "status" not in fields or not usage_kind:
        return None
    column = fields["status"]
    words = words_of(sample.texts(column).unique(maintain_order=True).to_list())
    may_ring = usage_kind in ("voice", "mixed")
    odd = words.unknown if may_ring else (*words.failed, *words.unknown)
    if odd:
        unknown.append(
            message("whether a record with {words} in {column} is usage: it is taken as usage",
                    words=_shown(odd) or "?", column=column)
        )  # fmt: skip
    return (column, left_out(words)) if may_ring else None


def unit_of(sample: Sample, columns: Sequence[str]) -> str:
    """The unit of data that heads say; bytes where they say none."""
    for column in columns:
        for word in folded(column).split():
            if word in UNIT_OF_HEAD:
                return UNIT_OF_HEAD[word]
    return "bytes"


def form_of(guess: Guess) -> str | None:
    """The form of a field's texts, as a mapping says it; None where it has none of its own."""
    words = guess.words
    between = words.get("between")
    source = between if isinstance(between, dict) else words
    if "form" in source or "unit" in source:
        return str(source.get("form") or source.get("unit"))
    signs = [f"{word}: {words[word]!r}" for word in ("groups", "decimal") if word in words]
    return ", ".join(signs) or None
