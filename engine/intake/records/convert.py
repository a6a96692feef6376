"""Converts raw text fields to usage events, and gives the reason where a record has a fault.

Every column is text and is read by strict readings, never cast, because casts round, trim and read
'1e3'. Numbers and texts are looked up once each: a month has few of them.
"""

import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import polars as pl

from doisoat.engine.arrow.arrow import ArrowTable
from doisoat.engine.arrow.blake2b import digest_rows
from doisoat.engine.intake.mapping.field_sources import DurationSource, NumberSource, Source
from doisoat.engine.intake.mapping.grouped_durations import Seconds, seconds_of
from doisoat.engine.intake.mapping.mapping import Layout, UsageLayout
from doisoat.engine.intake.mapping.number_pseudonyms import (
    dated,
    is_subscriber,
    look_up,
    look_up_accounts,
)
from doisoat.engine.intake.mapping.record_values import LESS, PLUS, UNTIL, with_values
from doisoat.engine.intake.mapping.text_cache import distinct_codes
from doisoat.engine.intake.records.suspense_reasons import CODE, FIELDS_OF, SubReason, of_field
from doisoat.engine.keys.number_plan import NumberPlan
from doisoat.engine.keys.pseudonym import NUMBER_LIKE, Key, pseudonyms
from doisoat.engine.store.event_columns import (
    DURATION_MS_MAX,
    EVENT_SCHEMA,
    PACK_ACTIONS,
    SEPARATOR,
    START_MS_END,
    START_MS_MIN,
    TRAIT_COLUMNS,
    TRAIT_PATTERNS,
    UNITS_MAX,
)

NEGATIVE = r"^-[0-9.]+$"
TRAITS_KEPT = 4_096  # of which it is remembered what is wrong with them

TRAIT_SCHEMA = pl.Schema(
    {
        "_trait": pl.String(),
        "trait": pl.UInt32(),
        "trait_hi": pl.UInt64(),
        "trait_lo": pl.UInt64(),
        "_trait_problem": pl.UInt8(),
    }
)
STRAYS = ("carrier", "rating_group", "pack")  # where a telephone number may have strayed to
FIELD_OF_TRAIT = {"rating_group": "host", "destination": "action"}  # of a mapping, where another
# What a trait follows from, and what of a record's texts and values its event does.
TRAIT_TEXTS = (
    "_carrier", "_kind", "_network", "_direction", "_action", "_host", "_locality", "_pack"
)  # fmt: skip
EVENT_TEXTS = ("_carrier", "_kind", "_host", "_session")
EVENT_VALUES = (*EVENT_SCHEMA, "trait_hi", "trait_lo")
CONTENT_COLUMNS = (
    "owner_hi", "owner_lo", "subscriber_hi", "subscriber_lo", "counterparty_hi",
    "counterparty_lo", "session_hi", "session_lo", "trait_hi", "trait_lo",
    "start_ms", "units", "duration_ms", "partial", "_charged", "_is_charged",
)  # fmt: skip


@dataclass
class TraitBook:
    """The distinct texts of a part's events, with codes in order of first sight (not final)."""

    codes: dict[str, tuple[int, int, int, int]] = field(default_factory=dict)
    texts: list[tuple[str, ...]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look_up(self, joined: pl.Series) -> pl.DataFrame:
        """A row for each distinct text: its code, its digest, and what is wrong with it."""
        texts = joined.unique().to_list()
        with self._lock:
            self._add([text for text in texts if text not in self.codes])
            rows = [(text, *self.codes[text]) for text in texts]
        return pl.DataFrame(rows, TRAIT_SCHEMA, orient="row")

    def _add(self, texts: list[str]) -> None:
        good = []
        for text in texts:
            problem = _trait_problem(text)
            if problem == SubReason.NONE:
                good.append(text)
            else:
                self.codes[text] = (0, 0, 0, CODE[problem])
        if not good:
            return
        parts = [tuple(text.split(SEPARATOR)) for text in good]
        frame = pl.DataFrame(parts, list(TRAIT_COLUMNS), orient="row")
        hi, lo = digest_rows(frame, TRAIT_COLUMNS, frame.height)
        for text, part, high, low in zip(good, parts, hi, lo, strict=True):
            self.codes[text] = (len(self.texts), high, low, 0)
            self.texts.append(part)


@lru_cache(TRAITS_KEPT)
def _trait_problem(joined: str) -> str:
    """What is wrong with the texts of TRAIT_COLUMNS: a sub-reason, with its field.

    Daily files of a carrier say the same few hundred traits again and again.
    """
    texts = joined.split(SEPARATOR)
    if len(texts) != len(TRAIT_COLUMNS):
        return SubReason.STRUCTURE
    values = dict(zip(TRAIT_COLUMNS, texts, strict=True))
    if values["carrier"] == "":
        return of_field(SubReason.MISSING_FIELD, "carrier")
    if re.fullmatch(TRAIT_PATTERNS["kind"], values["kind"]) is None:
        return SubReason.BAD_KIND
    if values["kind"] == "pack" and values["destination"] not in PACK_ACTIONS:
        missing = SubReason.BAD_KIND if values["destination"] else SubReason.MISSING_FIELD
        return of_field(missing, "action")
    if values["kind"] == "pack" and not values["pack"]:
        return of_field(SubReason.MISSING_FIELD, "pack")
    for name, text in values.items():
        # A number that strayed into a code would enter the home as it stands: it is no code.
        strays = name in STRAYS and re.search(NUMBER_LIKE, text)
        if strays or re.fullmatch(TRAIT_PATTERNS[name], text) is None:
            return of_field(SubReason.MISSING_FIELD, FIELD_OF_TRAIT.get(name, name))
    return SubReason.NONE


@dataclass(frozen=True, slots=True)
class Converted:
    """One chunk, judged: every record of it is an event, suspended or filtered."""

    events: pl.DataFrame  # EVENT_SCHEMA without source; event ids are 0 where there is no key
    suspended: pl.DataFrame  # row, sub_reason (code)
    filtered: dict[str, int]  # by rule
    old_forms: int  # events that name a number in a form that had ended
    seconds: Seconds  # how its calls' durations are written


@dataclass(frozen=True, slots=True)
class Reading:
    """All that a layout needs to read a chunk, apart from the chunk."""

    layout: UsageLayout
    system: str
    subscriber: str
    key: Key
    plan: NumberPlan
    traits: TraitBook


def convert_usage(raw: pl.DataFrame, how: Reading) -> Converted:
    """Judge one chunk of raw text columns with their `row`."""
    frame = raw.rechunk().select("row", *_texts(how), *_key_texts(how))
    filtered: dict[str, int] = {}
    if how.layout.rules:
        counts = dict(frame.group_by("_rule").len().iter_rows())
        filtered = {
            rule.name: counts[place]
            for place, rule in enumerate(how.layout.rules)
            if place in counts
        }
        frame = frame.filter(pl.col("_rule").is_null())
    frame = with_values(frame, how.layout)
    seconds = seconds_of(frame, how.layout)
    frame = _with_people(frame, how)
    frame = _with_traits(frame, how).with_columns(_problem=_problem(how))
    bad = pl.col("_problem") > 0
    suspended = frame.filter(bad).select("row", sub_reason="_problem")
    old_forms = pl.col("_is_old") | pl.col("_is_old_other")
    keys = [name for name in frame.columns if name.startswith("_key")]
    needed = [*EVENT_TEXTS, *keys, *(name for name in EVENT_VALUES if name in frame.columns)]
    events = frame.select(*needed, old_forms.alias("_is_old"), "_problem")
    if suspended.height:
        events = events.filter(~bad)
    old = int(events["_is_old"].sum())
    return Converted(_events(events, how), suspended, filtered, old, seconds)


def column_text(name: str, layout: Layout) -> pl.Expr:
    text = pl.col(name)
    return text.str.strip_chars(" \t") if layout.strip == "yes" else text


def field_text(source: Source | None, layout: Layout, subscriber: str = "") -> pl.Expr:
    """The text of a field; '' where it is empty, null where it says what the mapping has not."""
    if source is None:
        return pl.lit("")
    if source.given is not None:
        text = pl.lit(subscriber)
    elif source.constant is not None:
        text = pl.lit(source.constant)
    else:
        texts = [column_text(name, layout) for name in source.columns]
        sign = _sign(source)
        if sign is not None:
            is_there = pl.any_horizontal(t != "" for t in texts)
            text = (
                pl.when(is_there).then(pl.concat_str(texts, separator=sign)).otherwise(pl.lit(""))
            )
        elif source.joined:
            is_whole = pl.all_horizontal(t != "" for t in texts)
            text = pl.when(is_whole).then(pl.concat_str(texts, separator=" ")).otherwise(pl.lit(""))
        else:
            text = pl.coalesce(*(pl.when(t != "").then(t) for t in texts), pl.lit(""))
            text = texts[0] if len(texts) == 1 else text
        if source.part is not None:
            first, last = source.places()
            text = text.str.slice(first - 1, last - first + 1)
    if source.values is not None:
        text = text.replace_strict(source.values, default=source.otherwise, return_dtype=pl.String)
    return text


def _sign(source: Source) -> str | None:
    """What stands between the terms of a field that is worked out of several columns."""
    if isinstance(source, DurationSource) and source.between is not None:
        return UNTIL
    if isinstance(source, NumberSource) and source.terms:
        return LESS if source.difference_of else PLUS
    return None


def _texts(how: Reading) -> list[pl.Expr]:
    layout, fields = how.layout, how.layout.fields
    names = [name for name in type(fields).model_fields]
    texts = [
        field_text(getattr(fields, name), layout, how.subscriber).alias(f"_{name}")
        for name in names
    ]
    if fields.duration is not None and fields.duration.at_most is not None:
        texts.append(column_text(fields.duration.at_most, layout).alias("_at_most"))
    if layout.rules:
        texts.append(rule_place(layout).alias("_rule"))
    return texts


def rule_place(layout: UsageLayout) -> pl.Expr:
    """The place of the first rule that leaves a record out; null if none does."""
    place = pl.lit(None, pl.Int32)
    for at, rule in reversed(list(enumerate(layout.rules))):
        holds = column_text(rule.column, layout).is_in(list(rule.values))
        place = pl.when(holds).then(pl.lit(at, pl.Int32)).otherwise(place)
    return place


def _key_texts(how: Reading) -> list[pl.Expr]:
    columns = how.layout.key.columns if how.layout.key else ()
    return [column_text(name, how.layout).alias(f"_key{at}") for at, name in enumerate(columns)]


def _with_people(frame: pl.DataFrame, how: Reading) -> pl.DataFrame:
    """The frame with pseudonyms of owner, subscriber and counterparty, and the other's network."""
    layout = how.layout
    frame = dated(frame, pl.col("start_ms"), how.plan)
    names = ("_subscriber", "_other")
    table, (subscriber_codes, other_codes) = look_up(
        frame, names, layout, how.system, how.key, how.plan
    )
    is_ours = pl.when(is_subscriber(layout))
    subscribers = table.select(
        subscriber_hi=is_ours.then("hi"), subscriber_lo=is_ours.then("lo"),
        _is_old=is_ours.then("is_ended"),
    )  # fmt: skip
    counterparties = table.select(
        counterparty_hi="hi", counterparty_lo="lo", _network="network", _is_old_other="is_ended"
    )
    accounts = look_up_accounts(frame["_account"], how.key)
    frame = pl.concat(
        [frame, subscribers[subscriber_codes], counterparties[other_codes], accounts],
        how="horizontal",
    )
    has_account = pl.col("_account") != ""
    # Who has an account and no number (a fibre line) is known by the account.
    is_line = has_account & (pl.col("_subscriber") == "")
    frame = frame.with_columns(
        subscriber_hi=pl.when(is_line).then("account_hi").otherwise("subscriber_hi"),
        subscriber_lo=pl.when(is_line).then("account_lo").otherwise("subscriber_lo"),
    )
    return frame.with_columns(
        owner_hi=pl.when(has_account).then("account_hi").otherwise("subscriber_hi"),
        owner_lo=pl.when(has_account).then("account_lo").otherwise("subscriber_lo"),
    )


def _with_traits(frame: pl.DataFrame, how: Reading) -> pl.DataFrame:
    """The frame with the columns of TRAIT_SCHEMA but the text."""
    codes, distinct = distinct_codes(frame, TRAIT_TEXTS)
    texts = distinct.select(_trait=_trait_text(how))
    table = how.traits.look_up(texts.to_series())
    traits = texts.join(table, on="_trait", how="left", maintain_order="left").drop("_trait")
    return frame.hstack(traits[codes])


def _trait_text(how: Reading) -> pl.Expr:
    kind, layout = pl.col("_kind").fill_null("?"), how.layout
    called = pl.col("_network").fill_null("unknown")
    if layout.destination != "plan":
        called = _by_direction(layout.destination)
    destination = (
        pl.when(kind.is_in(["voice", "sms"])).then(called)
        .when(kind == "data").then(_by_direction(layout.data_destination))
        .when(kind == "fee").then(pl.lit("monthly_fee"))
        .otherwise(pl.col("_action").fill_null(""))
    )  # fmt: skip
    return pl.concat_str(
        pl.col("_carrier").fill_null(""),
        kind,
        destination,
        pl.when(kind == "data").then(pl.col("_host").fill_null("")).otherwise(pl.lit("")),
        pl.col("_locality").fill_null(""),
        pl.when(kind == "pack").then(pl.col("_pack").fill_null("")).otherwise(pl.lit("")),
        separator=SEPARATOR,
    )


def _by_direction(destination: str | dict[str, str]) -> pl.Expr:
    if isinstance(destination, str):
        return pl.lit(destination)
    return pl.col("_direction").replace_strict(destination, default="unknown")


def _problem(how: Reading) -> pl.Expr:
    """The code of the first sub-reason that applies; 0 where the record is well-formed."""
    trait = pl.col("_trait_problem")
    start, direction = pl.col("start_ms"), pl.col("_direction")
    checks = [
        (trait == CODE[SubReason.STRUCTURE], SubReason.STRUCTURE.value),
        *of_fields(SubReason.MISSING_FIELD, _empty(how)),
    ]
    after = [
        (direction.is_null(), SubReason.BAD_DIRECTION.value),
        (start.is_null(), SubReason.BAD_TIME.value),
        ((start < START_MS_MIN) | (start >= START_MS_END), SubReason.TIME_OUT_OF_RANGE.value),
        *of_fields(SubReason.NEGATIVE_UNITS, _negative()),
        *of_fields(SubReason.BAD_UNITS, _bad_units(how)),
        *of_fields(SubReason.BAD_NUMBER, _bad_numbers()),
    ]
    # What is left of a trait's problems: a code that is none, then a kind.
    return pl.coalesce(
        *coded(checks), pl.when(trait > 0).then(trait), *coded(after), pl.lit(0, pl.UInt8)
    )


def of_fields(
    reason: SubReason, holds: Iterable[tuple[pl.Expr, str]]
) -> Iterator[tuple[pl.Expr, str]]:
    """Conditions on fields, each with the sub-reason of its field."""
    return ((condition, of_field(reason, name)) for condition, name in holds)


def coded(checks: Iterable[tuple[pl.Expr, str]]) -> list[pl.Expr]:
    """The code of each sub-reason where its condition holds, else null."""
    return [pl.when(holds).then(pl.lit(CODE[sub_reason], pl.UInt8)) for holds, sub_reason in checks]


def _empty(how: Reading) -> Iterator[tuple[pl.Expr, str]]:
    """What must be there and is not, by field."""
    kind = pl.col("_kind")
    yield pl.col("_carrier") == "", "carrier"  # before a key that has it, too
    yield pl.col("_started") == "", "started"
    yield (kind == "voice") & (pl.col("_duration") == ""), "duration"
    yield kind.is_in(["data", "sms"]) & (pl.col("_units") == ""), "units"
    yield kind.is_in(["voice", "sms"]) & (pl.col("_other") == ""), "other"
    yield (pl.col("_subscriber") == "") & (pl.col("_account") == ""), "subscriber"
    if how.layout.key is not None:
        keys = (pl.col(f"_key{at}") == "" for at in range(len(how.layout.key.columns)))
        yield any_of(*keys), "key"


def _negative() -> Iterator[tuple[pl.Expr, str]]:
    for name in FIELDS_OF[SubReason.NEGATIVE_UNITS]:
        yield pl.col(f"_{name}").str.contains(NEGATIVE), name
    yield pl.col("duration_ms") < 0, "duration"  # an end before its beginning
    yield pl.col("units") < 0, "units"


def _bad_units(how: Reading) -> Iterator[tuple[pl.Expr, str]]:
    units, duration = pl.col("units"), pl.col("duration_ms")
    fields = how.layout.fields
    yield duration.is_null() | (duration > DURATION_MS_MAX), "duration"
    if fields.duration is not None and fields.duration.at_most is not None:
        yield (duration > pl.col("_at_most_ms")).fill_null(True), "duration"
    yield units.is_null() | (units > UNITS_MAX), "units"
    yield pl.col("charged").is_null() & (pl.col("_charged") != ""), "charged"
    yield pl.col("partial").is_null(), "partial"


def _bad_numbers() -> Iterator[tuple[pl.Expr, str]]:
    no_subscriber, owner = pl.col("subscriber_hi").is_null(), pl.col("owner_hi").is_null()
    yield no_subscriber & (pl.col("_subscriber") != ""), "subscriber"
    yield no_subscriber | owner, "account"
    yield pl.col("counterparty_hi").is_null() & (pl.col("_other") != ""), "other"


def any_of(*conditions: pl.Expr) -> pl.Expr:
    return pl.any_horizontal(*conditions) if conditions else pl.lit(False)


def _events(frame: pl.DataFrame, how: Reading) -> pl.DataFrame:
    frame = _with_sessions(frame, how).with_columns(
        pl.col("counterparty_hi", "counterparty_lo").fill_null(0),
        _charged=pl.col("charged").fill_null(0),
        _is_charged=pl.col("charged").is_not_null().cast(pl.UInt8),
    )
    frame = _with_digest(frame, "content", CONTENT_COLUMNS)
    if how.layout.key is None:
        frame = frame.with_columns(event_hi=pl.lit(0, pl.UInt64), event_lo=pl.lit(0, pl.UInt64))
    else:
        group = pl.when(pl.col("_kind") == "data").then("_host").otherwise(pl.lit(""))
        frame = frame.with_columns(_system=pl.lit(how.system), _group=group)
        names = [f"_key{at}" for at in range(len(how.layout.key.columns))]
        if how.layout.key.content == "yes":
            names += ["content_hi", "content_lo"]
        frame = _with_digest(frame, "event", ["_system", *names, "_group"])
    return frame.select(
        pl.col(name).cast(dtype) for name, dtype in EVENT_SCHEMA.items() if name != "source"
    )


def _with_sessions(frame: pl.DataFrame, how: Reading) -> pl.DataFrame:
    """Sessions as keyed digests of (source system, carrier, session); nil where there is none."""
    nil = pl.lit(0, pl.UInt64)
    codes, distinct = distinct_codes(frame, ["_carrier", "_session"])
    names = distinct.select(
        pl.concat_str(
            pl.lit(f"session:{how.system}:"), pl.col("_carrier"), pl.lit(":"), pl.col("_session")
        )
    ).to_series()
    named = distinct["_session"] != ""
    if not named.any():
        return frame.with_columns(session_hi=nil, session_lo=nil)
    sessions = pseudonyms(names, how.key).select(
        session_hi=pl.when(named).then("hi").otherwise(nil),
        session_lo=pl.when(named).then("lo").otherwise(nil),
    )
    return frame.hstack(sessions[codes])


def _with_digest(
    frame: pl.DataFrame, name: str, columns: list[str] | tuple[str, ...]
) -> pl.DataFrame:
    if frame.height == 0:
        nil = pl.lit(0, pl.UInt64)
        return frame.with_columns(nil.alias(f"{name}_hi"), nil.alias(f"{name}_lo"))
    hi, lo = digest_rows(frame.select(columns), columns, frame.height)
    digests = pl.DataFrame(ArrowTable({f"{name}_hi": hi, f"{name}_lo": lo}))
    return frame.hstack(digests)
