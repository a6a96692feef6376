"""Raw text fields become rows of master tables; what cannot be read is said why."""

import polars as pl

from doisoat.engine.intake.convert import any_of, field_text
from doisoat.engine.intake.mapping import (
    BALANCES,
    PAYMENTS,
    AllowListLayout,
    BalanceLayout,
    Layout,
    MasterLayout,
    OrderLayout,
    PackLayout,
    PortLayout,
    SubscriptionLayout,
)
from doisoat.engine.intake.master_tables import ISSUED, TABLES, with_content
from doisoat.engine.intake.numbers import (
    dated,
    is_subscriber,
    look_up,
    look_up_accounts,
)
from doisoat.engine.intake.reasons import CODE, SubReason
from doisoat.engine.intake.sources import TimeSource
from doisoat.engine.intake.values import amounts, moments, whole_numbers
from doisoat.engine.keys.numbers import NumberPlan
from doisoat.engine.keys.pseudonym import NUMBER_LIKE, Key
from doisoat.engine.store.event_form import START_MS_END, START_MS_MIN
from doisoat.engine.store.file_kinds import FileKind
from doisoat.telephone import has_number

CODE_TEXT = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$"
LOCALITY = r"^[0-9]{2,5}$"
DOCUMENT = r"^[^\x00-\x1f]{0,160}$"
DIRECTIVE = r"^[0-9]{1,4}$"
VOLUME = r"^([1-9][0-9]{0,2})?$"
LEFT = r"^([0-9]{1,15}(;[0-9]{1,15}){0,31})?$"
AMOUNT = r"^([0-9]{1,15})?$"
FIRST_DAY = 1
# What a sort of balance must say; what it has not stays empty.
SAYS = {
    "volume": ("pack", "volume", "bought", "left"),
    "bonus": ("pack", "volume", "bought", "measure", "began", "given", "left"),
    "grant": ("measure", "began", "expires", "given", "left"),
    "cap": ("measure", "given"),
}
SAID = ("pack", "volume", "bought", "measure", "began", "expires", "given", "left")
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
    given = [(name, source) for name, source in fields if source is not None]
    texts = [field_text(source, layout).alias(f"_{name}") for name, source in given]
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
    frame = frame.with_columns(*_values(frame, kind))
    checks = _checks(layout, kind, times)
    codes = (pl.when(holds).then(pl.lit(CODE[reason], pl.UInt8)) for holds, reason in checks)
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
    found = [(column, f"_{name}", getattr(fields, name), empty) for column, name, empty in names]
    if fields.issued is not None:
        found.append((ISSUED, "_issued", fields.issued, False))
    return found


def _values(frame: pl.DataFrame, kind: FileKind) -> list[pl.Expr | pl.Series]:
    table = TABLES[kind]
    values: list[pl.Expr | pl.Series] = [
        pl.col(f"_{name}").alias(name)
        for name, dtype in table.columns.items()
        if dtype == pl.String
    ]
    if kind == "packs":
        return [*values, amounts(frame, "_price_paid").alias("price_paid")]
    whole = {"balances": ("volume", "given", "left"), "orders": ("directive",)}.get(kind, ())
    return values + [whole_numbers(frame, f"_{name}").alias(name) for name in whole]


def _checks(
    layout: MasterLayout, kind: FileKind, times: list[tuple[str, str, TimeSource, bool]]
) -> list[tuple[pl.Expr, SubReason]]:
    """What makes a record malformed, in order."""
    fields = layout.fields
    bad_time = any_of(
        *(pl.col(column).is_null() & (pl.col(text) != "") for column, text, _, _ in times)
    )
    empty = any_of(*(pl.col(text) == "" for _, text, _, optional in times if not optional))
    if kind in OWNED:
        bad_number = pl.col("owner_hi").is_null() | pl.col("subscriber_hi").is_null()
        empty = empty | ((pl.col("_number") == "") & (pl.col("_account") == ""))
    elif kind == "ports":
        bad_number = pl.col("number_hi").is_null()
        empty = empty | (pl.col("_number") == "")
    else:
        bad_number = pl.lit(False)
    bad_payment = pl.lit(False)
    if kind == "subscriptions":
        empty = empty | (pl.col("_payment") == "")
        bad_payment = ~pl.col("_payment").is_in(PAYMENTS).fill_null(False)
    for name in type(fields).model_fields.keys() - {"number", "payment", "balance"}:
        if getattr(fields, name) is not None:  # no text that it declares
            empty = empty.fill_null(False) | pl.col(f"_{name}").is_null()
    for name in CODES[kind]:
        empty = empty | ~_is_code(name)
    empty = empty | _bad_texts(kind)
    return [
        (empty, SubReason.MISSING_FIELD),
        (_bad_kind(kind), SubReason.BAD_KIND),
        (bad_time, SubReason.BAD_TIME),
        (_out_of_range(kind, fields.issued is not None), SubReason.TIME_OUT_OF_RANGE),
        (_bad_units(kind), SubReason.BAD_UNITS),
        (bad_number, SubReason.BAD_NUMBER),
        (bad_payment, SubReason.BAD_PAYMENT),
    ]


def _is_code(name: str) -> pl.Expr:
    text = pl.col(f"_{name}")
    return text.str.contains(CODE_TEXT) & ~text.str.contains(NUMBER_LIKE)


def _with_number(texts: pl.Series) -> pl.Series:
    """Which of them hold a telephone number, in any spelling; few texts are there often."""
    return texts.is_in([text for text in texts.unique() if text and has_number(text)])


def _bad_texts(kind: FileKind) -> pl.Expr:
    """Texts that are not of their form, or lack, or stand where their sort has none."""
    if kind == "subscriptions":
        return ~pl.col("_home_locality").str.contains(r"^([0-9]{2,5})?$")
    if kind in FREE_UNTIL:
        text = pl.col("_document")
        typed = text.map_batches(_with_number, return_dtype=pl.Boolean)
        bad = ~text.str.contains(DOCUMENT) | typed
        return bad | ~pl.col("_locality").str.contains(LOCALITY) if kind == "orders" else bad
    if kind != "balances":
        return pl.lit(False)
    bad = pl.col("_balance").fill_null("?") == ""
    for sort, needed in SAYS.items():
        is_sort = (pl.col("_balance") == sort).fill_null(False)
        lacks = any_of(*(pl.col(f"_{name}") == "" for name in needed))
        strays = any_of(*(pl.col(f"_{name}") != "" for name in SAID if name not in needed))
        bad = bad | (is_sort & (lacks | strays))
    for name in ("pack", "measure"):
        bad = bad | ((pl.col(f"_{name}") != "") & ~_is_code(name))
    return bad


def _bad_kind(kind: FileKind) -> pl.Expr:
    return (
        ~pl.col("_balance").is_in(BALANCES).fill_null(False)
        if kind == "balances"
        else pl.lit(False)
    )


def _out_of_range(kind: FileKind, is_issued: bool) -> pl.Expr:
    """An end before its beginning; a balance that is not of a month's first moment."""
    beyond = pl.lit(False)
    if is_issued:
        beyond = ~pl.col(ISSUED).is_between(START_MS_MIN, START_MS_END, closed="left")
    if kind == "balances":
        moment = pl.from_epoch("as_of_ms", time_unit="ms")
        beyond = beyond | (moment.dt.month_start() != moment) | (moment.dt.truncate("1d") != moment)
        beyond = beyond | (pl.col("expires_ms") <= pl.col("began_ms")).fill_null(False)
        for name in ("bought_ms", "began_ms"):
            beyond = beyond | (pl.col(name) > pl.col("as_of_ms")).fill_null(False)
    elif kind != "packs":
        ends, begins = pl.col("until_ms"), pl.col("from_ms")
        beyond = beyond | (ends < begins if kind in FREE_UNTIL else ends <= begins).fill_null(False)
    return beyond.fill_null(False)


def _bad_units(kind: FileKind) -> pl.Expr:
    if kind == "packs":
        return pl.col("price_paid").is_null() | ~pl.col("_left").str.contains(LEFT)
    if kind == "orders":
        return ~pl.col("_directive").str.contains(DIRECTIVE)
    if kind != "balances":
        return pl.lit(False)
    bad = ~pl.col("_volume").str.contains(VOLUME)
    for name in ("given", "left"):
        bad = bad | ~pl.col(f"_{name}").str.contains(AMOUNT)
    return bad | (pl.col("left") > pl.col("given")).fill_null(False)
