"""The draft of a mapping: what each column of a file seems to hold, why, and how sure that is.

Heads say which field a column is (heads.py), its texts in which form. A form is taken where it
reads the texts; where two read them otherwise, both are told and a person decides.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import polars as pl
from pydantic import BaseModel

from doisoat.engine.intake.draft.charges import Charge, charge_of
from doisoat.engine.intake.draft.dates import SERIAL_WITH_COMMA, are_ends, odd_dates
from doisoat.engine.intake.draft.heads import (
    data_unit_of_head,
    field_of_head,
    folded,
    is_of_utc,
    says_better,
)
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
from doisoat.engine.intake.draft.status import LIVE, left_out, words_of
from doisoat.engine.intake.forms.raw_chunks import open_source
from doisoat.engine.intake.mapping.field_sources import (
    UTC_FORMS,
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
    size_trials,
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
TELEPHONE = r"^[(+]*(?:84|0)[)]?(?:[ .()-]?[0-9]){8,10}$"  # signs between digits are none of it
WITHOUT_ZERO = r"^[1-9][0-9]{8}$"  # as a spreadsheet leaves a number
# Whom a call may go to besides: short codes and hotlines, and numbers of other countries.
CALLED = rf"{TELEPHONE}|^1[89]00[0-9 .]{{4,8}}$|^1[0-9]{{2,4}}$|^(?:[+]|00) ?[1-9][0-9 .-]{{6,18}}$"
TELEPHONES_LEAST = 0.5  # of the texts of a column of telephone numbers
COUNTRY_CODE = re.compile(
    r"(?:(?:a|b|calling|caller|called|callee|orig\w*|dest\w*) )?(?:cc|country code)"
    r"|ma (?:quoc gia|nuoc)"
)
TIMES = ("started", "valid_from", "valid_until", "bought")
TIME_OF_DAY = (
    r"^[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,3})?)?(?: ?(?:[AP]M|SA|CH))?$"
    r"|^(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9])?$"
)
DAY_MS = 86_400_000
BYTES = {"bytes": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}
RIVALS = ("subscriber", "other", "duration", "charged", "units", "uplink", "downlink")
DOMESTIC = re.compile(r"|0|n|no|false|khong|k|home|domestic|trong nuoc|452.*|vn|vnm|viet ?nam")
MESSAGES = re.compile(r"\b(sms|msg|messages?|submit|tin( nhan)?)\b")  # of heads of messages alone
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
    "direction": {"moc": "outgoing", "originating": "outgoing", "outbound": "outgoing",
                  "cuoc goi di": "outgoing", "mtc": "incoming", "terminating": "incoming",
                  "inbound": "incoming", "cuoc goi den": "incoming",
                  "mo": "outgoing", "out": "outgoing", "outgoing": "outgoing", "di": "outgoing",
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


class LeftOut(NamedTuple):
    """Records that a rule of the draft leaves out: those with these words in a column."""

    rule: str
    column: str
    words: tuple[str, ...]


class Draft(NamedTuple):
    """The draft of one file's layout."""

    kind: FileKind
    usage_kind: str  # voice, sms, data, pack, or mixed; '' of master data
    sample: Sample
    guesses: tuple[Guess, ...]
    unanswered: tuple[str, tuple[str, ...]] | None  # column, words
    open: tuple[Text, ...]  # what only a person can say
    names: bool = False  # its numbers are names of its source
    rules: tuple[LeftOut, ...] = ()  # beside unanswered calls
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
        guesses = tuple(
            _charged(guess, charge)
            for guess in _doubts(_guesses(sample, fields, drafted_kind, "", unknown), unknown)
        )
        unknown += _of_numbers(sample, fields)
        unknown += _of_status(sample, fields)
        return Draft(drafted_kind, "", sample, guesses, None, tuple(unknown))
    fields.setdefault("started", fields.get("valid_from", ""))
    of_kind = _usage_kind(sample, fields)
    if of_kind is not None and of_kind.sure < SURE:
        unknown.append(
            message("whether its records are calls, messages, data or packs: the draft takes them"
                    " as {kind}", kind=str(of_kind.words["constant"]))
        )  # fmt: skip
    usage_kind = "mixed" if of_kind is None else str(of_kind.words["constant"])
    names = _are_names(sample, fields)
    rules = (*_incoming(sample, fields, names, unknown), *_roaming(sample, columns, unknown))
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
        unknown += _of_numbers(sample, fields)
    unanswered = _unanswered(sample, fields, usage_kind, unknown)
    return Draft("usage", usage_kind, sample, guesses, unanswered, tuple(unknown), names, rules)


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


def _are_names(sample: Sample, fields: Mapping[str, str]) -> bool:
    """Are the parties of calls no telephone numbers, however they are written?"""
    written = f"{TELEPHONE}|{WITHOUT_ZERO}"
    shares = [share_of(sample.texts(column).str.contains(written))
              for column in _of_people(fields)]  # fmt: skip
    return bool(shares) and max(shares) < TELEPHONES_LEAST


def _of_people(fields: Mapping[str, str]) -> list[str]:
    return [fields[field] for field in ("subscriber", "other") if field in fields]


def _of_numbers(sample: Sample, fields: Mapping[str, str]) -> Iterator[Text]:
    """Why intake would not read numbers, and the remedy, which is in the file."""
    for field in ("subscriber", "other"):
        column = fields.get(field)
        if column is None or _country_code(sample, column) is not None:
            continue
        lacking = share_of(sample.texts(column).str.contains(WITHOUT_ZERO))
        right = _share_of_numbers(sample, field, column)
        if lacking > 1 - SURE:
            yield message(
                "{share} of the numbers in {column} lack their first 0, and intake suspends them:"
                " export the column as text",
                share=f"{lacking:.0%}", column=column,
            )  # fmt: skip
        elif right < SURE:
            yield message(
                "whether {column} holds telephone numbers: {share} of its texts are some",
                share=f"{right:.0%}", column=column,
            )  # fmt: skip


def _share_of_numbers(sample: Sample, field: str, column: str) -> float:
    return share_of(sample.texts(column).str.contains(CALLED if field == "other" else TELEPHONE))


def _country_code(sample: Sample, column: str) -> str | None:
    """The column just before one of numbers without their first 0, if it says 84 of each."""
    columns = sample.frame.columns
    place = columns.index(column)
    if place == 0 or not COUNTRY_CODE.fullmatch(folded(columns[place - 1])):
        return None
    rows = sample.frame.filter(pl.col(column) != "")
    is_code = rows[columns[place - 1]].str.contains("^[+]?84$") & rows[column].str.contains(
        WITHOUT_ZERO
    )
    return columns[place - 1] if share_of(is_code) >= SURE else None


def _incoming(
    sample: Sample, fields: Mapping[str, str], names: bool, unknown: list[Text]
) -> Iterator[LeftOut]:
    """Calls that come in: their subscriber is who is called, and pays nothing at home."""
    if "direction" not in fields or names:  # names have a class of destinations by direction
        return
    column = fields["direction"]
    known, _ = _meant(sample, "direction", column)
    words = tuple(text for text, meaning in known.items() if meaning == "incoming")
    if not words:
        return
    rows = sample.frame.filter(pl.col(column).is_in(words))
    is_free = "charged" in fields and not rows[fields["charged"]].str.contains("[1-9]").any()
    if not is_free:
        unknown.append(
            message("whether calls that come in cost nothing ({words} in {column}): the draft"
                    " leaves them out", words=_shown(words), column=column)
        )  # fmt: skip
    yield LeftOut("incoming", column, words)


def _roaming(
    sample: Sample, columns: Mapping[str, Sequence[str]], unknown: list[Text]
) -> Iterator[LeftOut]:
    """Records of roaming, which no tariff of the home prices."""
    for at, column in enumerate(columns.get("roaming", ())):
        texts = sample.texts(column).unique(maintain_order=True).to_list()
        words = tuple(text for text in texts
                      if not DOMESTIC.fullmatch(folded(text)) and not has_number(text))  # fmt: skip
        if words:
            unknown.append(
                message("what becomes of roaming: the draft leaves records with {words} in"
                        " {column} out, and takes all others as domestic",
                        words=_shown(words), column=column)
            )  # fmt: skip
            yield LeftOut("roaming" + "_also" * at, column, words)
        else:
            unknown.append(
                message("which words in {column} say roaming: the draft takes all records as"
                        " domestic", column=column)
            )  # fmt: skip


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
    if "kind" in fields and _meant(sample, "kind", fields["kind"])[0]:
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
            yield _beginning(sample, columns, usage_kind, unknown)
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
        yield _time(sample, name, column, unknown)
    elif field in ("subscriber", "other"):
        code = _country_code(sample, column)
        if code is not None:
            yield Guess(name, (code, column), {"joined": [code, column]}, 1.0,
                        message("the code of its country stands before it"))  # fmt: skip
            return
        share = _share_of_numbers(sample, field, column)
        yield Guess(name, (column,), {}, max(share, UNSURE), head)
    elif field in WORDS:
        if name == "carrier" and kind != "ports":
            return
        guess = _words(sample, field, column, unknown)
        if guess is not None:
            yield guess
    elif field == "charged":
        guess = _amount(sample, name, column, unknown, fields.get("tax"))
        is_price = kind == "usage" and usage_kind != "pack" and _is_price(folded(column))
        if is_price:
            unknown.append(
                message("whether {column} is the amount of a record, or the price of a unit",
                        column=column)
            )  # fmt: skip
        yield guess._replace(sure=min(guess.sure, UNSURE)) if is_price else guess
    elif field == "account" and kind == "usage" and "subscriber" in fields:
        unknown.append(
            message("whether {column} is an account of the list of subscribers: the draft leaves it"
                    " out", column=column)
        )  # fmt: skip
    elif field == "locality":
        yield from _locality(sample, kind, column, unknown)
    elif field in ("host", "plan", "pack", "account", "left"):
        yield Guess(name, (column,), {}, HEAD_ALONE, head)


def _beginning(
    sample: Sample, columns: Mapping[str, Sequence[str]], usage_kind: str, unknown: list[Text]
) -> Guess:
    """When a record began, of one column, or of a day and a time of day in two."""
    listed = [*columns.get("started", ()), *columns.get("valid_from", ())]
    clocks = [column for column in listed
              if share_of(sample.texts(column).str.contains(TIME_OF_DAY)) >= SURE]  # fmt: skip
    days = [column for column in listed if column not in clocks and _are_days(sample, column)]
    moments = [column for column in columns.get("started", ()) if column not in (*days, *clocks)]
    if listed[0] in moments or (moments and not (days and clocks)):
        return _time(sample, "started", moments[0], unknown)
    if days and clocks:
        day, clock = days[0], clocks[0]
        both = f"{day} {clock}"
        rows = sample.frame.filter((pl.col(day) != "") & (pl.col(clock) != ""))
        joined = rows.select(pl.concat_str(day, clock, separator=" ").alias(both))
        guess = _time(sample._replace(frame=joined), "started", both, unknown)
        return guess._replace(columns=(day, clock), words={"joined": [day, clock], **guess.words})
    guess = _time(sample, "started", listed[0], unknown)
    if listed[0] in days and usage_kind != "pack":
        unknown.append(
            message("the time of day: {column} has days alone, so each record begins at 00:00",
                    column=listed[0])
        )  # fmt: skip
        return guess._replace(sure=min(guess.sure, UNSURE))
    return guess


def _are_days(sample: Sample, column: str) -> bool:
    """Is each text of a column a day without a time of day?"""
    frame = sample.texts(column).to_frame(column)
    kept = fitting(time_trials(frame, column, TimeSource(column=column, form="civil")), SURE)
    return bool(kept) and all((trial.read.drop_nulls() % DAY_MS == 0).all() for trial in kept)


def _of_usage(
    sample: Sample, fields: dict[str, str], usage_kind: str, unknown: list[Text]
) -> Iterator[Guess]:
    """Lengths, units, and what a record needs beside its columns."""
    yield from _units(sample, fields, usage_kind, unknown)
    if usage_kind == "sms":
        pass
    elif "duration" in fields:
        yield _length(sample, fields, usage_kind, unknown)
    elif usage_kind == "voice" and "units" in fields:
        yield _length(sample, {**fields, "duration": fields["units"]}, usage_kind, unknown)
    elif "started" in fields and "ended" in fields:
        begin = fields.get("answered", fields["started"])
        yield _between(sample, begin, fields["ended"], unknown)
    elif usage_kind == "mixed" and "voice" in _meant(sample, "kind", fields["kind"])[0].values():
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


def _units(
    sample: Sample, fields: Mapping[str, str], usage_kind: str, unknown: list[Text]
) -> Iterator[Guess]:
    """How much data was used, and how many messages."""
    kinds = {usage_kind}
    if usage_kind == "mixed":
        kinds = set(_meant(sample, "kind", fields["kind"])[0].values())
    ways = [fields[field] for field in ("uplink", "downlink") if field in fields]
    total = fields.get("units")
    columns = tuple(ways) if len(ways) == 2 or total is None else (total,)
    parts = fields.get("messages")
    if "data" in kinds and columns:
        guess = _size(sample, columns, unknown)
        if len(ways) == 2 and total is not None and not _is_sum(sample, total, ways):
            unknown.append(
                message("whether {total} counts, or {columns} together, as in the draft",
                        total=total, columns=", ".join(ways))
            )  # fmt: skip
            guess = guess._replace(sure=min(guess.sure, UNSURE))
        if columns == tuple(ways[:1]):
            unknown.append(
                message("which column has what went the other way than {column}",
                        column=columns[0])
            )  # fmt: skip
            guess = guess._replace(sure=min(guess.sure, UNSURE))
        if "sms" in kinds and len(columns) == 1 and parts is not None:
            listed = (columns[0], parts)
            words = {**guess.words, "first_of": list(listed)}
            guess = guess._replace(columns=listed, words=words)
        elif "sms" in kinds:
            unknown.append(
                message("how many parts a message has: intake suspends messages for which"
                        " {columns} says nothing", columns=", ".join(columns))
            )  # fmt: skip
        yield guess
    elif "data" in kinds:
        unknown.append(message("which column says how much data was used"))
        yield Guess("units", (), {}, 0.0, message("no column says it"), is_whole=False)
    elif "sms" in kinds and parts is not None:
        yield Guess("units", (parts,), {}, 1.0, message("by its head"))
    elif "sms" in kinds:
        unknown.append(message("how many parts a message has: each counts as one"))
        yield Guess("units", (), {"constant": "1"}, UNSURE, message("no column says it"))


def _is_sum(sample: Sample, total: str, columns: Sequence[str]) -> bool:
    """Is a total what its parts are together, but for its own last digit?"""
    units = unit_of([total]), unit_of(columns)
    if None in units:
        return False
    size, part = (BYTES[str(unit)] for unit in units)
    numbers = sample.frame.select(
        pl.col(total, *columns).str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    )
    off = numbers[total] * size - (numbers[columns[0]] + numbers[columns[1]]) * part
    return share_of((off.abs() < size).fill_null(value=False)) >= SURE


def _size(sample: Sample, columns: tuple[str, ...], unknown: list[Text]) -> Guess:
    """A volume of data: the signs that read its texts; its unit is of the layout."""
    listed = ", ".join(columns)
    texts = pl.concat([sample.texts(column).alias(listed) for column in columns])
    kept = fitting(
        size_trials(texts.to_frame(listed), listed, NumberSource(column=columns[0])), SURE
    )
    why = message("this form reads its texts") if len(columns) == 1 else message("both directions")
    words: dict[str, object] = {} if len(columns) == 1 else {"sum_of": list(columns)}
    sure = 1.0 if texts.is_empty() else 0.0
    if kept:
        words |= kept[0].words
        sure = kept[0].share / len(kept)
    elif not texts.is_empty():
        unknown.append(message("the form of the volumes in {column}", column=listed))
    if len(kept) > 1:
        unknown.append(message("which sign in {column} parts groups of three", column=listed))
    if unit_of(columns) is not None:
        return Guess("units", columns, words, sure, why)
    if any(unit_of([column]) for column in columns):
        unknown.append(
            message("which unit {columns} have: their heads differ; bring them to one in the file",
                    columns=listed)
        )  # fmt: skip
    else:
        unknown.append(message("the unit of {column}: bytes, KB, MB or GB", column=listed))
    return Guess("units", columns, words, min(sure, UNSURE), why, is_whole=False)


def _is_price(head: str) -> bool:
    """Does a head say the price of a unit rather than an amount?"""
    return says_better("charged", "thanh tien", head)


def _between(sample: Sample, begin: str, end: str, unknown: list[Text]) -> Guess:
    """The length between two moments; their form is said where the end is open as well."""
    first, last = (_time(sample, "ended", column, []) for column in (begin, end))
    form = last.words.get("form")
    has_days = any(_are_days(sample, column) for column in (begin, end))
    why = message("from its beginning to its end")
    if form is None or form != first.words.get("form") or has_days:
        unknown.append(message("the form of the times in {column}", column=end))
        return Guess("duration", (begin, end), {"between": {"begin": begin, "end": end}}, 0.0, why,
                     is_whole=False)  # fmt: skip
    between = {"begin": begin, "end": end, "form": form}
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
        words: dict[str, object] = dict(kept[0].words)
        if is_of_utc(folded(column)) and words["form"] not in UTC_FORMS:
            words["zone"] = "+00:00"
        return Guess(field, (column,), words, kept[0].share, why)
    if frame.height == 0:  # of a column that is empty in the sample any form will do
        why = message("it is empty in the sample")
        return Guess(field, (column,), {"form": "civil"}, HEAD_ALONE, why)
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


def _length(
    sample: Sample, fields: Mapping[str, str], usage_kind: str, unknown: list[Text]
) -> Guess:
    column = fields["duration"]
    said = unit_in_head(folded(column))
    texts = sample.texts(column)
    if texts.is_empty():
        why = message("it is empty in the sample")
        return Guess("duration", (column,), {"unit": said or "s"}, UNSURE, why)
    numbers = numbers_of(texts, SURE)
    if numbers is not None:
        return _number_of_units(sample, fields, usage_kind, numbers, unknown)
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
    sample: Sample,
    fields: Mapping[str, str],
    usage_kind: str,
    numbers: Numbers,
    unknown: list[Text],
) -> Guess:
    """A length that is a number: its unit is sure where something beside the numbers says it."""
    column = fields["duration"]
    rows = sample.frame.filter(pl.col(column) != "")
    evidence = [unit_in_head(folded(column))]
    if {"started", "ended"} <= fields.keys():
        sides = (fields.get("answered", fields["started"]), fields["ended"])
        begin, end = (_moments(rows, side) for side in sides)
        if not (begin.drop_nulls() % DAY_MS == 0).all():  # a day alone is no moment
            evidence.append(unit_by(numbers, end - begin, BETWEEN_MOMENTS))
    if "charged" in fields and usage_kind != "data":  # data are charged by their volume
        amounts = _amount(sample, "charged", fields["charged"], [])
        source = NumberSource.model_validate({"column": fields["charged"], **amounts.words})
        charges = prices(rows, fields["charged"], source)
        if usage_kind == "mixed":
            known, _ = _meant(sample, "kind", fields["kind"])
            words = [text for text, meaning in known.items() if meaning == "voice"]
            charges = charges * rows[fields["kind"]].is_in(words).cast(pl.Int64)
        evidence.append(unit_by(numbers, charges, CHARGED))
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


def _amount(
    sample: Sample, field: str, column: str, unknown: list[Text], tax: str | None = None
) -> Guess:
    """An amount of money in the signs that read its texts. Args: tax: what is added to it."""
    columns = (column,) if tax is None else (column, tax)
    texts = pl.concat([sample.texts(each).alias(column) for each in columns])
    terms: dict[str, object] = {} if tax is None else {"sum_of": list(columns)}

    def is_plausible(trial: Trial) -> bool:
        """Decimals that are three zeros in every row are groups of three."""
        decimal = trial.words.get("decimal")
        zeros = f"[{decimal}]000$|^[0-9]*$"
        return decimal is None or share_of(texts.str.contains(zeros)) < 1

    trials = amount_trials(texts.to_frame(column), column, NumberSource(column=column))
    kept = fitting(trials, SURE, is_plausible)
    if texts.is_empty():
        return Guess(field, columns, terms, HEAD_ALONE, message("it is empty in the sample"))
    if not kept:
        unknown.append(message("the form of the amounts in {column}", column=column))
        return Guess(field, columns, terms, 0.0, message("no form reads its texts"))
    if len(kept) > 1:
        unknown.append(message("which sign in {column} parts groups of three", column=column))
    sure = kept[0].share / len(kept)
    why = message("this form reads its texts") if tax is None else message("with its tax")
    return Guess(field, columns, {**terms, **kept[0].words}, sure, why)


def _meant(sample: Sample, field: str, column: str) -> tuple[dict[str, str], list[str]]:
    """(the words of a column that are known and what each means, those that are not)."""
    texts = sample.texts(column).unique(maintain_order=True).to_list()
    meant = {text: WORDS[field].get(folded(text.lower())) for text in texts}
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
    """A few words of a column; none that may have a telephone number in it."""
    listed = [printable(word) for word in words if not has_number(word)]
    short = [word if len(word) <= SHOWN_CHARACTERS else f"{word[:SHOWN_CHARACTERS]}…"
             for word in listed[:SHOWN_WORDS]]  # fmt: skip
    return ", ".join(short) + (f", … ({len(listed)})" if len(listed) > SHOWN_WORDS else "")


def _province(name: str) -> str:
    """A province's name without what it is, and in one writing."""
    bare = re.sub(r"^(tp|tinh|thanh pho) |^tp(?=hcm$)", "", folded(name))
    return "ho chi minh" if bare in ("hcm", "hcmc", "sai gon", "saigon") else bare


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


def _of_status(sample: Sample, fields: Mapping[str, str]) -> Iterator[Text]:
    """Rows of master data that may have ended by their status, while no column says when."""
    if "status" not in fields:
        return
    column, rows = fields["status"], sample.frame
    if "valid_until" in fields:
        rows = rows.filter(pl.col(fields["valid_until"]) == "")
    texts = rows[column].unique(maintain_order=True).to_list()
    odd = [text for text in texts if text and folded(text) not in LIVE]
    if odd:
        yield message(
            "whether a row with {words} in {column} is in force: the draft takes it as one without"
            " an end", words=_shown(odd) or "?", column=column,
        )  # fmt: skip


def unit_of(columns: Sequence[str]) -> str | None:
    """The unit of data that the heads of all these columns say; None where they do not."""
    sizes = [folded(column) for column in columns if field_of_head(folded(column)) != "messages"]
    units = set(map(data_unit_of_head, sizes))
    return units.pop() if len(units) == 1 else None


def form_of(guess: Guess) -> str | None:
    """The form of a field's texts, as a mapping says it; None where it has none of its own."""
    words = guess.words
    if guess.field == "kind" and "constant" in words:
        return str(words["constant"])
    between = words.get("between")
    source = between if isinstance(between, dict) else words
    if "form" in source or "unit" in source:
        return str(source.get("form") or source.get("unit"))
    signs = [f"{word}: {words[word]!r}" for word in ("groups", "decimal") if word in words]
    return ", ".join(signs) or None
