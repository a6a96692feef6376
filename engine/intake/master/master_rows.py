"""Converts raw text fields to rows of master tables, and gives the reason of a fault."""

from collections.abc import Iterator

import polars as pl

from doisoat.engine.intake.mapping.field_sources import TimeSource
from doisoat.engine.intake.mapping.mapping import (
    BALANCES,
    PAYMENTS,
    AllowListLayout,
    BalanceLayout,
    DatedFields,
    Layout,
    MasterLayout,
    OrderLayout,
    PackFields,
    PackLayout,
    PortLayout,
    SubscriptionLayout,
)
from doisoat.engine.intake.mapping.number_pseudonyms import (
    dated,
    is_subscriber,
    look_up,
    look_up_accounts,
)
from doisoat.engine.intake.mapping.record_values import moments, prices, whole_numbers
from doisoat.engine.intake.master.master_tables import ISSUED, TABLES, with_content
from doisoat.engine.intake.records.convert import coded, field_text, of_fields
from doisoat.engine.intake.records.suspense_reasons import SubReason
from doisoat.engine.keys.number_plan import NumberPlan
from doisoat.engine.keys.pseudonym import NUMBER_LIKE, Key
from doisoat.engine.store.event_columns import START_MS_END, START_MS_MIN
from doisoat.engine.store.file_kinds import FileKind
from doisoat.telephone import has_number

CODE_TEXT = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$"
# A subscription may be of several segments, joined as those of lists are.
SEGMENTS_TEXT = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}(\+[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}){0,7}$"
LOCALITY = r"^[0-9]{2,5}$"
DOCUMENT = r"^[^\x00-\x1f]{0,160}$"
DIRECTIVE = r"^[0-9]{1,4}$"
VOLUME = r"^([1-9][0-9]{0,2})?$"
AMOUNTS_LEFT = r"^([0-9]{1,15}(;[0-9]{1,15}){0,31})?$"
AMOUNT = r"^([0-9]{1,15})?$"
FIRST_DAY = 1
# What a sort of balance must say; what it has not stays empty.
SAYS = {
    "volume": ("pack", "volume", "bought", "left"),
    "bonus": ("pack", "volume", "bought", "measure", "began", "given", "left"),
    "grant": ("measure", "began", "expires", "given", "left"),
    "cap": ("measure", "given"),
}
BALANCE_FIELDS = ("pack", "volume", "bought", "measure", "began", "expires", "given", "left")
KINDS: dict[type[MasterLayout], FileKind] = {
    SubscriptionLayout: "subscriptions",
    PortLayout: "ports",
    PackLayout: "packs",
    BalanceLayout: "balances",
    AllowListLayout: "allow-list",
    OrderLayout: "orders",
}
CODES: dict[FileKind, tuple[str, ...]] = {  # fields that are codes, and no number that strayed
    "subscriptions": ("carrier", "plan", "segment"),
    "ports": ("carrier",),
    "packs": ("pack",),
    "balances": (),
    "allow-list": ("list",),
    "orders": ("order",),
}
OWNED = ("subscriptions", "packs", "balances", "allow-list")  # by a number or an account
FREE_UNTIL = ("allow-list", "orders")  # may end as they begin: withdrawn


def convert_master(
    raw: pl.DataFrame, layout: Layout, system: str, key: Key, plan: NumberPlan
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(rows with ISSUED and CONTENT, suspended rows with the code of their sub-reason)."""
    assert isinstance(layout, MasterLayout), "usage is converted by `convert`"
    kind, fields = KINDS[type(layout)], layout.fields
    named_sources = [(name, source) for name, source in fields if source is not None]
    texts = [field_text(source, layout).alias(f"_{name}") for name, source in named_sources]
    frame = raw.select("row", *texts)
    times = _times(layout, kind)
    frame = frame.with_columns(
        moments(frame, text, source).alias(column) for column, text, source, _ in times
    )
    if kind != "orders":
        frame = dated(frame, _written_ms(kind), plan)
        frame = _with_people(frame, layout, kind, system, key, plan)
    if fields.issued is None:
        frame = frame.with_columns(pl.lit(0, pl.Int64).alias(ISSUED))
    frame = frame.with_columns(*_values(frame, kind, fields))
    codes = coded(_checks(layout, kind, times))
    frame = frame.with_columns(_problem=pl.coalesce(*codes, pl.lit(0, pl.UInt8)))
    suspended = frame.filter(pl.col("_problem") > 0).select("row", sub_reason="_problem")
    table = TABLES[kind]
    filled = pl.col("until_ms") if "until_ms" in table.columns else pl.lit(None, pl.Int64)
    rows = frame.filter(pl.col("_problem") == 0).with_columns(until_ms=filled)
    zeros = kind == "balances"
    rows = rows.select(
        *(
            (pl.col(name).fill_null(0) if zeros and dtype == pl.Int64 else pl.col(name)).cast(dtype)
            for name, dtype in table.columns.items()
        ),
        ISSUED,
        "row",
    )
    return with_content(rows, table), suspended


def _written_ms(kind: FileKind) -> pl.Expr:
    """The last moment of which a row speaks, null where it is open: its number is of that time."""
    at = {"packs": "bought_ms", "balances": "as_of_ms"}.get(kind)
    return pl.col("until_ms") - 1 if at is None else pl.col(at)


def _with_people(
    frame: pl.DataFrame, layout: Layout, kind: FileKind, system: str, key: Key, plan: NumberPlan
) -> pl.DataFrame:
    """Pseudonyms of the number, read by the plan of its row's time; owner and subscriber."""
    numbers, (codes,) = look_up(frame, ["_number"], layout, system, key, plan)
    is_ours = pl.when(is_subscriber(layout))
    people = numbers.select(number_hi=is_ours.then("hi"), number_lo=is_ours.then("lo"))
    frame = frame.hstack(people[codes])
    if kind not in OWNED:
        return frame
    frame = frame.hstack(look_up_accounts(frame["_account"], key))
    if kind == "allow-list":
        frame = _with_household(frame, key)
    has_account, is_line = pl.col("_account") != "", pl.col("_number") == ""
    return frame.with_columns(
        pl.when(has_account).then(f"account_{half}").otherwise(f"number_{half}")
        .alias(f"owner_{half}")
        for half in ("hi", "lo")
    ).with_columns(
        pl.when(has_account & is_line).then(f"account_{half}").otherwise(f"number_{half}")
        .alias(f"subscriber_{half}")
        for half in ("hi", "lo")
    )  # fmt: skip


def _with_household(frame: pl.DataFrame, key: Key) -> pl.DataFrame:
    """The pseudonym of the household that a row names; 0 of one that names none."""
    if "_household" not in frame.columns:
        nobody = pl.lit(0, pl.UInt64)
        return frame.with_columns(household_hi=nobody, household_lo=nobody)
    # Not the pseudonym of an account of the same name.
    text = pl.col("_household").fill_null("")
    named = frame.select(pl.when(text != "").then("household:" + text).otherwise(text))
    found = look_up_accounts(named.to_series().alias("household"), key)
    is_none = (frame["_household"].fill_null("") == "").alias("none")
    households = found.with_columns(is_none).select(
        pl.when("none").then(pl.lit(0, pl.UInt64)).otherwise(f"account_{half}")
        .alias(f"household_{half}")
        for half in ("hi", "lo")
    )  # fmt: skip
    return frame.hstack(households)


def _times(layout: MasterLayout, kind: FileKind) -> list[tuple[str, str, TimeSource, bool]]:
    """(column, field, source, may be empty) of a layout's times."""
    names = {
        "packs": (("bought_ms", "bought", False),),
        "balances": (
            ("as_of_ms", "as_of", False), ("bought_ms", "bought", True),
            ("began_ms", "began", True), ("expires_ms", "expires", True),
        ),
    }.get(kind, (("from_ms", "valid_from", False), ("until_ms", "valid_until", True)))  # fmt: skip
    fields = layout.fields
    times = [(column, f"_{name}", getattr(fields, name), empty) for column, name, empty in names]
    if fields.issued is not None:
        times.append((ISSUED, "_issued", fields.issued, False))
    return times


def _values(frame: pl.DataFrame, kind: FileKind, fields: DatedFields) -> list[pl.Expr | pl.Series]:
    table = TABLES[kind]
    values: list[pl.Expr | pl.Series] = [
        pl.col(f"_{name}").alias(name)
        for name, dtype in table.columns.items()
        if dtype == pl.String
    ]
    if isinstance(fields, PackFields):
        price = prices(frame, "_price_paid", fields.price_paid)
        return [*values, price.alias("price_paid")]
    whole = {"balances": ("volume", "given", "left"), "orders": ("directive",)}.get(kind, ())
    return values + [whole_numbers(frame, f"_{name}").alias(name) for name in whole]


def _checks(
    layout: MasterLayout, kind: FileKind, times: list[tuple[str, str, TimeSource, bool]]
) -> list[tuple[pl.Expr, str]]:
    """What makes a record malformed, in order."""
    bad_times = (
        (pl.col(column).is_null() & (pl.col(text) != ""), text.removeprefix("_"))
        for column, text, _, _ in times
    )
    is_issued = layout.fields.issued is not None
    bad_payment = pl.lit(False)
    if kind == "subscriptions":
        bad_payment = ~pl.col("_payment").is_in(PAYMENTS).fill_null(False)
    return [
        *of_fields(SubReason.MISSING_FIELD, _missing(layout, kind, times)),
        (_bad_kind(kind), SubReason.BAD_KIND.value),
        *of_fields(SubReason.BAD_TIME, bad_times),
        *of_fields(SubReason.TIME_OUT_OF_RANGE, _out_of_range(kind, is_issued)),
        *of_fields(SubReason.BAD_UNITS, _bad_units(kind)),
        *of_fields(SubReason.BAD_NUMBER, _bad_numbers(kind)),
        (bad_payment, SubReason.BAD_PAYMENT.value),
    ]


def _missing(
    layout: MasterLayout, kind: FileKind, times: list[tuple[str, str, TimeSource, bool]]
) -> Iterator[tuple[pl.Expr, str]]:
    """What must be there and is not, or is a code and no code, by field."""
    for _, text, _, optional in times:
        if not optional:
            yield pl.col(text) == "", text.removeprefix("_")
    if kind in OWNED:
        yield (pl.col("_number") == "") & (pl.col("_account") == ""), "number"
    elif kind == "ports":
        yield pl.col("_number") == "", "number"
    if kind == "subscriptions":
        yield pl.col("_payment") == "", "payment"
    for name, source in layout.fields:
        if source is not None and name not in ("number", "payment", "balance"):
            yield pl.col(f"_{name}").is_null(), name  # no text that it declares
    for name in CODES[kind]:
        yield ~_is_code(name), name
    yield from _bad_texts(kind)


def _bad_numbers(kind: FileKind) -> Iterator[tuple[pl.Expr, str]]:
    if kind == "orders":
        return
    yield pl.col("number_hi").is_null() & (pl.col("_number") != ""), "number"
    if kind in OWNED:
        yield pl.col("owner_hi").is_null() | pl.col("subscriber_hi").is_null(), "account"
    if kind == "allow-list":
        yield pl.col("household_hi").is_null(), "household"


def _is_code(name: str) -> pl.Expr:
    text = pl.col(f"_{name}")
    pattern = SEGMENTS_TEXT if name == "segment" else CODE_TEXT
    return text.str.contains(pattern) & ~text.str.contains(NUMBER_LIKE)


def _with_number(texts: pl.Series) -> pl.Series:
    """Which of them hold a telephone number, in any spelling; few texts are there often."""
    return texts.is_in([text for text in texts.unique() if text and has_number(text)])


def _bad_texts(kind: FileKind) -> Iterator[tuple[pl.Expr, str]]:
    """Texts that are not of their form, or lack, or stand where their sort has none."""
    if kind == "subscriptions":
        yield ~pl.col("_home_locality").str.contains(r"^([0-9]{2,5})?$"), "home_locality"
    if kind in FREE_UNTIL:
        text = pl.col("_document")
        typed = text.map_batches(_with_number, return_dtype=pl.Boolean)
        yield ~text.str.contains(DOCUMENT) | typed, "document"
    if kind == "orders":
        yield ~pl.col("_locality").str.contains(LOCALITY), "locality"
    if kind != "balances":
        return
    yield pl.col("_balance").fill_null("?") == "", "balance"
    for name in BALANCE_FIELDS:
        lacks = pl.col("_balance").is_in([sort for sort, needed in SAYS.items() if name in needed])
        strays = pl.col("_balance").is_in([sort for sort, says in SAYS.items() if name not in says])
        yield (lacks & (pl.col(f"_{name}") == "")).fill_null(False), name
        yield (strays & (pl.col(f"_{name}") != "")).fill_null(False), name
    for name in ("pack", "measure"):
        yield (pl.col(f"_{name}") != "") & ~_is_code(name), name


def _bad_kind(kind: FileKind) -> pl.Expr:
    return (
        ~pl.col("_balance").is_in(BALANCES).fill_null(False)
        if kind == "balances"
        else pl.lit(False)
    )


def _out_of_range(kind: FileKind, is_issued: bool) -> Iterator[tuple[pl.Expr, str]]:
    """An end before its beginning; a balance that is not of a month's first moment."""
    if is_issued:
        yield ~pl.col(ISSUED).is_between(START_MS_MIN, START_MS_END, closed="left"), "issued"
    if kind == "balances":
        moment = pl.from_epoch("as_of_ms", time_unit="ms")
        yield (moment.dt.month_start() != moment) | (moment.dt.truncate("1d") != moment), "as_of"
        yield pl.col("expires_ms") <= pl.col("began_ms"), "expires"
        for name in ("bought", "began"):
            yield pl.col(f"{name}_ms") > pl.col("as_of_ms"), name
    elif kind != "packs":
        ends, begins = pl.col("until_ms"), pl.col("from_ms")
        yield ends < begins if kind in FREE_UNTIL else ends <= begins, "valid_until"


def _bad_units(kind: FileKind) -> Iterator[tuple[pl.Expr, str]]:
    if kind == "packs":
        yield pl.col("price_paid").is_null(), "price_paid"
        yield ~pl.col("_left").str.contains(AMOUNTS_LEFT), "left"
    elif kind == "orders":
        yield ~pl.col("_directive").str.contains(DIRECTIVE), "directive"
    elif kind == "balances":
        yield ~pl.col("_volume").str.contains(VOLUME), "volume"
        for name in ("given", "left"):
            yield ~pl.col(f"_{name}").str.contains(AMOUNT), name
        yield pl.col("left") > pl.col("given"), "left"
