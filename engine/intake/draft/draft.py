"""The draft of a mapping: which field each column of a file seems to hold, and what is open.

Heads say which field a column is (heads.py); the module of each sort of column, in which form. A
form is taken where it reads the texts; where two read them otherwise, a person decides.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import polars as pl
from pydantic import BaseModel

from doisoat.engine.intake.draft.amounts import amount_guess, is_price
from doisoat.engine.intake.draft.charges import Charge, charge_of
from doisoat.engine.intake.draft.exclusions import (
    incoming,
    questions_of_status,
    roaming,
    unanswered,
)
from doisoat.engine.intake.draft.guess import HEAD_ALONE, SURE, UNSURE, Guess, LeftOut, shown
from doisoat.engine.intake.draft.heads import field_of_head, folded, says_better
from doisoat.engine.intake.draft.lengths import length_guess
from doisoat.engine.intake.draft.parties import (
    are_names,
    country_code,
    questions_of_numbers,
    share_of_numbers,
)
from doisoat.engine.intake.draft.places import locality_guesses
from doisoat.engine.intake.draft.sample import Sample, bundled_mend
from doisoat.engine.intake.draft.source_words import WORDS, meanings, words_guess
from doisoat.engine.intake.draft.times import beginning, form_of_empty, length_between, time_guess
from doisoat.engine.intake.draft.volumes import volume_guesses
from doisoat.engine.intake.forms.raw_chunks import open_source
from doisoat.engine.intake.mapping.mapping import (
    PackFields,
    PortFields,
    SubscriptionFields,
    UsageFields,
)
from doisoat.engine.store.file_kinds import FileKind
from doisoat.errors import IntakeError
from doisoat.messages.text import Text, message

TIMES = ("started", "valid_from", "valid_until", "bought")
RIVALS = ("subscriber", "other", "duration", "charged", "units", "uplink", "downlink")
NEEDED = {  # of subscriptions, what a person says where no column does
    "plan": message("which plan subscribers have"),
    "payment": message("whether subscribers are prepaid or postpaid"),
}
MESSAGES = re.compile(r"\b(sms|msg|messages?|submit|tin( nhan)?)\b")  # of heads of messages alone


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


class Draft(NamedTuple):
    """The draft of one file's layout."""

    kind: FileKind
    usage_kind: str  # voice, sms, data, pack, or mixed; '' of master data
    sample: Sample
    guesses: tuple[Guess, ...]
    open: tuple[Text, ...]  # what only a person can say
    names: bool = False  # its numbers are names of its source
    rules: tuple[LeftOut, ...] = ()  # records that are left out
    key: Guess | None = None  # what makes a record itself (keys.py)

    @property
    def needs_carrier(self) -> bool:
        """Must a person say whose records these are? A port names the carrier that it went to."""
        return self.kind in ("usage", "subscriptions")

    @property
    def fields(self) -> tuple[Guess, ...]:
        """What it says of each field, and of the key."""
        return self.guesses if self.key is None else (*self.guesses, self.key)

    @property
    def notes(self) -> tuple[Text, ...]:
        """What it leaves out that nobody has to answer: columns, and a key."""
        used = {column for guess in self.fields for column in guess.columns}
        used.update(rule.column for rule in self.rules)
        unread = [column for column in self.sample.frame.columns if column not in used]
        notes = [message("columns that are not read: {columns}", columns=shown(unread))]
        notes = notes if shown(unread) else []
        if self.kind == "usage" and self.key is None:
            notes.append(message("no column is a key of records: one that comes again corrected is"
                                 " another record"))  # fmt: skip
        return tuple(notes)

    @property
    def is_whole(self) -> bool:
        """Does it say of each field all that a mapping needs?"""
        return all(guess.is_whole for guess in self.guesses)


def draft_of(sample: Sample, kind: FileKind | None = None) -> Draft:
    """A draft of a file's mapping. Raises: IntakeError where its heads tell of no records."""
    columns = _columns_by_field(sample)
    charge = charge_of(sample, columns.pop("charged", ()))
    if charge.columns:
        columns["charged"] = list(charge.columns)
    fields = {field: listed[0] for field, listed in columns.items()}
    if charge.tax is not None:
        fields["tax"] = charge.tax
    unknown = list(sample.unknown)
    drafted_kind = _kind_of(fields, kind, sample)
    if drafted_kind in ("usage", "packs"):
        unknown += charge.questions
    if drafted_kind != "usage":
        return _of_master(sample, fields, drafted_kind, charge, unknown)
    fields.setdefault("started", fields.get("valid_from", ""))
    of_kind = _usage_kind(sample, fields)
    if of_kind is not None and of_kind.sure < SURE:
        unknown.append(
            message("whether its records are calls, messages, data or packs: the draft takes them"
                    " as {kind}", kind=str(of_kind.words["constant"]))
        )  # fmt: skip
    usage_kind = "mixed" if of_kind is None else str(of_kind.words["constant"])
    names = are_names(sample, fields)
    rules = (*incoming(sample, fields, names, unknown), *roaming(sample, columns, unknown))
    disputes = dict(_disputes(sample, columns, rules))
    guesses = tuple(
        _charged(_disputed(guess, disputes, unknown), charge)
        for guess in _doubts(
            _guesses(sample, fields, "usage", usage_kind, unknown, columns), unknown
        )
    )
    if of_kind is not None:
        guesses = (of_kind, *guesses)
    if names:
        unknown.append(
            message("whether the numbers of this source are names of its own: few are telephone"
                    " numbers")
        )  # fmt: skip
    else:
        unknown += questions_of_numbers(sample, fields)
    rules = (*rules, *unanswered(sample, fields, usage_kind, unknown))
    return Draft("usage", usage_kind, sample, guesses, tuple(unknown), names, rules)


def _of_master(
    sample: Sample, fields: dict[str, str], kind: FileKind, charge: Charge, unknown: list[Text]
) -> Draft:
    """The draft of a file of master data."""
    if kind == "subscriptions" and "payment" not in fields:
        for column in sample.frame.columns:
            known, lacking = meanings(sample, "payment", column)
            if known and not lacking:
                fields["payment"] = column
    drafted = [_charged(guess, charge) for guess in
               _doubts(_guesses(sample, fields, kind, "", unknown), unknown)]  # fmt: skip
    named = {guess.field for guess in drafted}
    for field, question in NEEDED.items() if kind == "subscriptions" else ():
        if field not in named:
            unknown.append(question)
            why = message("no column says it")
            drafted.append(Guess(field, (), {}, 0.0, why, is_whole=False))
    unknown += questions_of_numbers(sample, fields)
    unknown += questions_of_status(sample, fields)
    return Draft(kind, "", sample, tuple(form_of_empty(sample, drafted)), tuple(unknown))


def _columns_by_field(sample: Sample) -> dict[str, list[str]]:
    """The columns whose heads say a field, the one that says it best first."""
    columns: dict[str, list[str]] = {}
    for column in sample.frame.columns:
        field = field_of_head(folded(column))
        if field is None:
            continue
        listed = columns.setdefault(field, [])
        is_best = listed and says_better(field, folded(column), folded(listed[0]))
        listed.insert(0 if is_best else len(listed), column)
    if "answered" in columns and "started" not in columns:
        columns["started"] = columns.pop("answered")
    return columns


def _disputes(
    sample: Sample, columns: Mapping[str, Sequence[str]], rules: Sequence[LeftOut]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Fields that several heads say as well, of columns that differ in some record."""
    rows = sample.frame
    for rule in rules:
        rows = rows.filter(~pl.col(rule.column).is_in(rule.words))
    for field in RIVALS:
        best, *others = columns.get(field, [""])
        rivals = [column for column in others
                  if not says_better(field, folded(best), folded(column))
                  and not rows[column].equals(rows[best], check_names=False)]  # fmt: skip
        if rivals:
            yield field, (best, *rivals)


def _disputed(guess: Guess, disputes: Mapping[str, tuple[str, ...]], unknown: list[Text]) -> Guess:
    """A guess, or what says that a person must choose its column, without which nothing is read."""
    for columns in disputes.values():
        if set(columns) & set(guess.columns):
            listed = ", ".join(columns)
            unknown.append(
                message("which column is {field}: {columns} differ", field=guess.field,
                        columns=listed)
            )  # fmt: skip
            why = message("one of {forms}", forms=listed)
            return Guess(guess.field, (), {}, 0.0, why, is_whole=False)
    return guess


def _doubts(guesses: Iterable[Guess], unknown: list[Text]) -> Iterator[Guess]:
    """The guesses; each that is not sure has a line of what only a person can say.

    The parties of calls have theirs from `_of_numbers`.
    """
    before = len(unknown)
    for guess in guesses:
        is_said = len(unknown) > before or guess.field in ("subscriber", "other")
        if guess.sure < SURE and not is_said:
            unknown.append(
                message("whether {field} is right, of {column}: {why}", field=guess.field,
                        column=", ".join(guess.columns), why=guess.why)
            )  # fmt: skip
        before = len(unknown)
        yield guess


def _charged(guess: Guess, charge: Charge) -> Guess:
    """A guess, less sure where a person must say something of what records cost."""
    is_asked = guess.field in ("charged", "price_paid") and charge.questions
    return guess._replace(sure=min(guess.sure, UNSURE)) if is_asked else guess


def _kind_of(fields: Mapping[str, str], kind: FileKind | None, sample: Sample) -> FileKind:
    dated = fields.keys() & {"started", "valid_from"}
    if not dated or not fields.keys() & {"subscriber", "other", "account"}:
        raise _no_records(fields, sample)
    if kind is not None:
        return kind
    if "valid_from" in fields and "plan" in fields:
        return "subscriptions"
    if "valid_from" in fields and "carrier" in fields:
        return "ports"
    if {"pack", "left"} <= fields.keys():
        return "packs"
    return "usage"


def _usage_kind(sample: Sample, fields: Mapping[str, str]) -> Guess | None:
    """What the records of usage are, by their heads; None where a column says it of each."""
    if "kind" in fields and meanings(sample, "kind", fields["kind"])[0]:
        return None
    heads = [folded(column) for column in sample.frame.columns]
    says_messages = "messages" in fields or any(MESSAGES.search(head) for head in heads)
    sizes = fields.keys() & {"uplink", "downlink", "units"}
    says_data = sizes and any(_says_data(folded(fields[field])) for field in sizes)
    length = folded(fields.get("duration", ""))

    def of(name: str, sure: float) -> Guess:
        why = message("by the heads of its columns")
        return Guess("kind", (), {"constant": name}, sure, why)

    if sizes and not (("other" in fields) and not says_data):
        return of("data", HEAD_ALONE if says_data and "other" not in fields else UNSURE)
    if sizes:
        return of("voice", UNSURE)
    if says_messages:
        is_sure = "messages" in fields or "duration" not in fields
        return of("sms", HEAD_ALONE if is_sure else UNSURE)
    if "other" in fields and not fields.keys() & {"duration", "ended"}:
        return of("sms", UNSURE)
    if "pack" in fields and "other" not in fields:
        return of("pack", HEAD_ALONE if "action" in fields else UNSURE)
    if fields.keys() & {"duration", "ended"}:
        is_sure = "other" in fields and length not in ("length", "do dai")
        return of("voice", HEAD_ALONE if is_sure else UNSURE)
    raise _no_records(fields, sample)


def _says_data(head: str) -> bool:
    """Does a head say a volume of data, and not only that something was used?"""
    is_plain = re.fullmatch(r"(total )?(usage|used|vol)", head) is not None
    return not is_plain


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
    sample: Sample,
    fields: dict[str, str],
    kind: FileKind,
    usage_kind: str,
    unknown: list[Text],
    columns: Mapping[str, Sequence[str]] | None = None,
) -> Iterator[Guess]:
    """Args: columns: of usage, all that say a field."""
    seen: set[str] = set()
    for field in fields:
        name = MASTER_FIELDS.get(kind, {}).get(field, field)
        if name not in seen:
            for guess in _guess(sample, fields, field, kind, usage_kind, unknown):
                seen.add(guess.field)
                yield guess
        if field == "started" and columns is not None:
            yield beginning(sample, columns, usage_kind, unknown)
    if columns is not None:
        yield from _of_usage(sample, fields, usage_kind, unknown)


def _guess(
    sample: Sample,
    fields: Mapping[str, str],
    field: str,
    kind: FileKind,
    usage_kind: str,
    unknown: list[Text],
) -> Iterator[Guess]:
    """What the column of a field is of the mapping, if it is anything."""
    column, name = fields[field], MASTER_FIELDS.get(kind, {}).get(field, field)
    head = message("by its head")
    if name not in FIELDS[kind] or (kind == "usage" and name in ("started", "units")):
        return
    if name in TIMES:
        yield time_guess(sample, name, column, unknown)
    elif field in ("subscriber", "other"):
        code = country_code(sample, column)
        if code is not None:
            yield Guess(name, (code, column), {"joined": [code, column]}, 1.0,
                        message("the code of its country stands before it"))  # fmt: skip
            return
        share = share_of_numbers(sample, field, column)
        yield Guess(name, (column,), {}, max(share, UNSURE), head)
    elif field in WORDS:
        if name == "carrier" and kind != "ports":
            return
        guess = words_guess(sample, field, column, unknown, is_needed=kind != "usage")
        if guess is not None:
            yield guess
    elif field == "charged":
        guess = amount_guess(sample, name, column, unknown, fields.get("tax"))
        may_be_price = kind == "usage" and usage_kind != "pack" and is_price(folded(column))
        if may_be_price:
            unknown.append(
                message("whether {column} is the amount of a record, or the price of a unit",
                        column=column)
            )  # fmt: skip
        yield guess._replace(sure=min(guess.sure, UNSURE)) if may_be_price else guess
    elif field == "account" and kind == "usage" and "subscriber" in fields:
        unknown.append(
            message("whether {column} is an account of the list of subscribers: the draft leaves it"
                    " out", column=column)
        )  # fmt: skip
    elif field == "locality":
        yield from locality_guesses(sample, kind, column, unknown)
    elif field in ("host", "plan", "pack", "account", "left"):
        yield Guess(name, (column,), {}, HEAD_ALONE, head)


def _of_usage(
    sample: Sample, fields: dict[str, str], usage_kind: str, unknown: list[Text]
) -> Iterator[Guess]:
    """Lengths, units, and what a record needs beside its columns."""
    yield from volume_guesses(sample, fields, usage_kind, unknown)
    if usage_kind == "sms":
        pass
    elif "duration" in fields:
        yield length_guess(sample, fields, usage_kind, unknown)
    elif usage_kind == "voice" and "units" in fields:
        yield length_guess(sample, {**fields, "duration": fields["units"]}, usage_kind, unknown)
    elif "started" in fields and "ended" in fields:
        begin = fields.get("answered", fields["started"])
        yield length_between(sample, begin, fields["ended"], unknown)
    elif usage_kind == "mixed" and "voice" in meanings(sample, "kind", fields["kind"])[0].values():
        unknown.append(
            message("which column says how long calls are: without one intake suspends them; a"
                    " column that counts seconds of calls and bytes of data cannot be both, so"
                    " export calls into a file of their own")
        )  # fmt: skip
    if usage_kind in ("voice", "sms", "mixed") and "other" not in fields:
        unknown.append(message("which column has the other party"))
        yield Guess("other", (), {}, 0.0, message("no column says it"), is_whole=False)
    if usage_kind == "pack" and "action" not in fields:
        unknown.append(message("whether packs are registered or renewed"))
        yield Guess("action", (), {}, 0.0, message("no column says it"), is_whole=False)
    if "subscriber" not in fields and "account" not in fields:
        unknown.append(message("whose records these are: give --subscriber at intake"))
        why = message("no column says it")
        yield Guess("subscriber", (), {"given": "subscriber"}, UNSURE, why)
