"""Master data: subscriptions, ports and open packs, with the same accounting as usage."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from doisoat.engine.arrow import ArrowTable
from doisoat.engine.blake2b import RowsDigest, digest_rows
from doisoat.engine.home import Part
from doisoat.engine.intake.accounting import FileAccount
from doisoat.engine.intake.convert import any_of, field_text, time_ms, whole_number
from doisoat.engine.intake.mapping import (
    PAYMENTS,
    FileKind,
    Layout,
    PackLayout,
    PortLayout,
    SubscriptionLayout,
    TimeSource,
)
from doisoat.engine.intake.numbers import (
    PERIOD,
    account_table,
    dated,
    is_subscriber,
    join_numbers,
    number_table,
)
from doisoat.engine.intake.reasons import CODE, SUB_REASONS, Reason, SubReason
from doisoat.engine.intake.source import Address, Broken, Reader
from doisoat.engine.intake.tables import write_sources, write_suspense
from doisoat.engine.numbers import NumberPlan
from doisoat.engine.pseudonym import NUMBER_LIKE, Key
from doisoat.engine.slices import write_table

CODE_TEXT = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$"
LEFT = r"^([0-9]{1,15}(;[0-9]{1,15}){0,31})?$"


@dataclass(frozen=True, slots=True)
class Table:
    """A master table: its file, its columns, what identifies a row, and its order."""

    file: str
    columns: dict[str, pl.DataType]
    identity: tuple[str, ...]
    order: tuple[str, ...]


U64, I64, TEXT = pl.UInt64(), pl.Int64(), pl.String()
TABLES: dict[FileKind, Table] = {
    "subscriptions": Table(
        "subscription.parquet",
        {
            "subscriber_hi": U64, "subscriber_lo": U64, "owner_hi": U64, "owner_lo": U64,
            "carrier": TEXT, "plan": TEXT, "segment": TEXT, "payment": TEXT,
            "home_locality": TEXT, "from_ms": I64, "until_ms": I64,
        },
        ("subscriber_hi", "subscriber_lo", "from_ms"),
        ("owner_hi", "owner_lo", "from_ms", "subscriber_hi", "subscriber_lo"),
    ),
    "ports": Table(
        "port.parquet",
        {"number_hi": U64, "number_lo": U64, "carrier": TEXT, "from_ms": I64, "until_ms": I64},
        ("number_hi", "number_lo", "from_ms"),
        ("number_hi", "number_lo", "from_ms"),
    ),
    "packs": Table(
        "pack.parquet",
        {
            "owner_hi": U64, "owner_lo": U64, "pack": TEXT, "bought_ms": I64, "price_paid": I64,
            "left": TEXT,
        },
        ("owner_hi", "owner_lo", "pack", "bought_ms"),
        ("owner_hi", "owner_lo", "bought_ms", "pack"),
    ),
}  # fmt: skip
PLACE = {"source": pl.Int32(), "row": pl.Int64()}
CONTENT = ["content_hi", "content_lo"]


@dataclass
class _Found:
    """What the files of one call hold."""

    rows: dict[FileKind, list[pl.DataFrame]] = field(default_factory=dict)
    suspended: list[pl.DataFrame] = field(default_factory=list)
    broken: list[tuple[int, Broken]] = field(default_factory=list)


def take_master(
    files: Sequence[tuple[FileAccount, str, Reader]],
    key: Key,
    parts: Sequence[Part],
    folder: Path,
    progress: Callable[[int], None],
    plan: NumberPlan,
) -> dict[str, Any]:
    """Read, judge and write the master tables into `folder`; returns what the manifest says."""
    found = _Found()
    for index, (account, system, reader) in enumerate(files):
        for read in reader.chunks():
            chunk = read()
            rows, suspended = convert_master(chunk.frame, reader.layout, system, key, plan)
            account.rows += chunk.frame.height + len(chunk.broken)
            account.taken += rows.height
            for code, count in suspended.group_by("sub_reason").len().iter_rows():
                account.reasons[Reason.MALFORMED.value, SUB_REASONS[code].value] += count
            if chunk.broken:
                account.reasons["malformed", SubReason.STRUCTURE.value] += len(chunk.broken)
            found.broken += ((index, broken) for broken in chunk.broken)
            place = pl.lit(index, pl.Int32).alias("source")
            found.rows.setdefault(account.kind, []).append(rows.with_columns(place))
            found.suspended.append(suspended.select(place, "row", "sub_reason"))
            progress(chunk.frame.height + len(chunk.broken))
        account.header_lines = reader.counts.header_lines
        account.blank_lines = reader.counts.blank_lines
        account.notes = reader.counts.notes
    return _write(found, files, parts, folder)


def convert_master(
    raw: pl.DataFrame, layout: Layout, system: str, key: Key, plan: NumberPlan
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(rows with their content digest, suspended rows with the code of their sub-reason)."""
    fields = layout.fields  # type: ignore[attr-defined]
    texts = [field_text(source, layout).alias(f"_{name}") for name, source in fields]
    frame = dated(raw.select("row", *texts), _written_ms(layout), plan)
    numbers = number_table(frame, ["_number"], layout, system, key, plan)
    numbers = numbers.filter(is_subscriber(layout))
    numbers = numbers.select(PERIOD, _number="text", number_hi="hi", number_lo="lo")
    frame = join_numbers(frame, numbers, "_number")
    if isinstance(layout, SubscriptionLayout | PackLayout):
        accounts = account_table(frame["_account"], key)
        frame = frame.join(accounts, on="_account", how="left", maintain_order="left")
        has_account, is_line = pl.col("_account") != "", pl.col("_number") == ""
        frame = frame.with_columns(
            pl.when(has_account).then(f"account_{half}").otherwise(f"number_{half}")
            .alias(f"owner_{half}")
            for half in ("hi", "lo")
        ).with_columns(
            pl.when(has_account & is_line).then(f"account_{half}").otherwise(f"number_{half}")
            .alias(f"subscriber_{half}")
            for half in ("hi", "lo")
        )  # fmt: skip
    kind, checks = _checks(layout)
    codes = (pl.when(holds).then(pl.lit(CODE[reason], pl.UInt8)) for holds, reason in checks)
    frame = frame.with_columns(*_values(layout))
    frame = frame.with_columns(_problem=pl.coalesce(*codes, pl.lit(0, pl.UInt8)))
    suspended = frame.filter(pl.col("_problem") > 0).select("row", sub_reason="_problem")
    table = TABLES[kind]
    rows = frame.filter(pl.col("_problem") == 0).select(
        *(pl.col(name).cast(dtype) for name, dtype in table.columns.items()), "row"
    )
    return _with_content(rows, kind), suspended


def _times(layout: Layout) -> list[tuple[str, str, TimeSource, bool]]:
    """(column, field, source, may be empty) of a layout's times."""
    if isinstance(layout, PackLayout):
        return [("bought_ms", "_bought", layout.fields.bought, False)]
    assert isinstance(layout, SubscriptionLayout | PortLayout)
    return [
        ("from_ms", "_valid_from", layout.fields.valid_from, False),
        ("until_ms", "_valid_until", layout.fields.valid_until, True),
    ]


def _written_ms(layout: Layout) -> pl.Expr:
    """The last moment of which a row speaks, null where it is open: its number is of that time."""
    column, text, source, _ = _times(layout)[-1]
    moment = pl.when(pl.col(text) != "").then(time_ms(pl.col(text), source))
    return moment - 1 if column == "until_ms" else moment


def _values(layout: Layout) -> list[pl.Expr]:
    values = [
        pl.when(pl.col(text) != "").then(time_ms(pl.col(text), source)).alias(column)
        for column, text, source, _ in _times(layout)
    ]
    if isinstance(layout, PackLayout):
        names = ["pack", "left"]
        values.append(whole_number(pl.col("_price_paid")).alias("price_paid"))
    elif isinstance(layout, SubscriptionLayout):
        names = ["carrier", "plan", "segment", "payment", "home_locality"]
    else:
        names = ["carrier"]
    return values + [pl.col(f"_{name}").alias(name) for name in names]


def _checks(layout: Layout) -> tuple[FileKind, list[tuple[pl.Expr, SubReason]]]:
    """The table a layout fills, and what makes a record malformed, in order."""
    kind: FileKind
    times = _times(layout)
    bad_time = any_of(
        *(pl.col(column).is_null() & (pl.col(text) != "") for column, text, _, _ in times)
    )
    empty = any_of(*(pl.col(text) == "" for _, text, _, optional in times if not optional))
    bad_units, bad_number = pl.lit(False), pl.col("number_hi").is_null()
    out_of_range, bad_payment = pl.lit(False), pl.lit(False)
    if isinstance(layout, PortLayout):
        kind, names = "ports", ["_carrier"]
        empty = empty | (pl.col("_number") == "")
    else:
        bad_number = pl.col("owner_hi").is_null() | pl.col("subscriber_hi").is_null()
        empty = empty | ((pl.col("_number") == "") & (pl.col("_account") == ""))
        if isinstance(layout, PackLayout):
            kind, names = "packs", ["_pack"]
            bad_units = pl.col("price_paid").is_null() | ~pl.col("_left").str.contains(LEFT)
        else:
            kind = "subscriptions"
            names = ["_carrier", "_plan", "_segment"]
            empty = empty | (pl.col("_payment") == "")
            bad_payment = ~pl.col("_payment").is_in(PAYMENTS).fill_null(False)
            empty = empty | ~pl.col("_home_locality").str.contains(r"^([0-9]{2,5})?$")
    if kind != "packs":
        out_of_range = (pl.col("until_ms") <= pl.col("from_ms")).fill_null(False)
    fields = type(layout.fields).model_fields  # type: ignore[attr-defined]
    for name in fields.keys() - {"number", "payment"}:  # these have sub-reasons of their own
        empty = empty.fill_null(False) | pl.col(f"_{name}").is_null()  # no text that it declares
    for name in names:
        empty = empty | ~pl.col(name).str.contains(CODE_TEXT)
        empty = empty | pl.col(name).str.contains(NUMBER_LIKE)  # a number that strayed
    return kind, [
        (empty, SubReason.MISSING_FIELD),
        (bad_time, SubReason.BAD_TIME),
        (out_of_range, SubReason.TIME_OUT_OF_RANGE),
        (bad_units, SubReason.BAD_UNITS),
        (bad_number, SubReason.BAD_NUMBER),
        (bad_payment, SubReason.BAD_PAYMENT),
    ]


def _with_content(rows: pl.DataFrame, kind: FileKind) -> pl.DataFrame:
    if rows.height == 0:
        return rows.with_columns(pl.lit(0, pl.UInt64).alias(name) for name in CONTENT)
    table = TABLES[kind]
    filled = rows.select(
        *(
            pl.col(name).is_null().cast(pl.UInt8).alias(f"{name} is null")
            for name in table.columns
            if name == "until_ms"
        ),
        *(pl.col(name).fill_null(0) if dtype == I64 else pl.col(name)
          for name, dtype in table.columns.items()),
    )  # fmt: skip
    hi, lo = digest_rows(filled, filled.columns, rows.height)
    return rows.hstack(pl.DataFrame(ArrowTable({"content_hi": hi, "content_lo": lo})))


def _known(parts: Sequence[Part], kind: FileKind) -> pl.DataFrame:
    """Rows of a table that earlier parts hold, with their content digests."""
    frames = []
    for part in parts:
        path = part.file(TABLES[kind].file)
        if path is not None:
            frame = pl.read_parquet(path, glob=False, hive_partitioning=False)
            frames.append(_with_content(frame.select(*TABLES[kind].columns), kind))
    schema = {**TABLES[kind].columns, **dict.fromkeys(CONTENT, U64)}
    return pl.concat([pl.DataFrame(schema=schema), *frames])


def table_digests(parts: Sequence[Part]) -> dict[str, str]:
    """Content digest of each master table over all parts, as if one intake had taken it in."""
    digests = {}
    for kind, table in TABLES.items():
        rows = _known(parts, kind)
        if rows.height:
            digest = RowsDigest()
            digest.update(rows.select(CONTENT).sort(CONTENT), CONTENT)
            digests[table.file.removesuffix(".parquet")] = digest.hexdigest()
    return digests


def in_table_order(rows: pl.DataFrame, kind: FileKind) -> tuple[pl.DataFrame, str]:
    """Rows of a master table (its columns and PLACE) in the table's order, and their digest."""
    table = TABLES[kind]
    ordered = _with_content(rows.select(*table.columns, *PLACE), kind).sort(*table.order, *CONTENT)
    digest = RowsDigest()
    digest.update(ordered.select(CONTENT), CONTENT)
    return ordered.select(*table.columns, *PLACE), digest.hexdigest()


def _judge(rows: pl.DataFrame, known: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Rows with `outcome`: 0 new, 1 said before, 2 another row contradicts it."""
    columns = [*table.identity, *CONTENT]
    contents = (
        pl.concat([rows.select(columns), known.select(columns)])
        .unique().group_by(table.identity).agg(contents=pl.len())
    )  # fmt: skip
    told = known.select(CONTENT).unique().with_columns(is_told=pl.lit(True))
    judged = (
        rows.sort("source", "row")
        .join(contents, on=list(table.identity), how="left", maintain_order="left")
        .join(told, on=CONTENT, how="left", maintain_order="left")
    )
    outcome = (
        pl.when(pl.col("is_told").fill_null(False)).then(1)
        .when(pl.col("contents") > 1).then(2)
        .when(pl.int_range(pl.len()).over(CONTENT) > 0).then(1)
        .otherwise(0)
    )  # fmt: skip
    return judged.with_columns(outcome=outcome)


def _write(
    found: _Found,
    files: Sequence[tuple[FileAccount, str, Reader]],
    parts: Sequence[Part],
    folder: Path,
) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    digests: dict[str, str] = {}
    conflicting = [pl.DataFrame(schema={**PLACE, **dict.fromkeys(CONTENT, U64)})]
    duplicates = [pl.DataFrame(schema=PLACE)]
    for kind, frames in sorted(found.rows.items()):
        table = TABLES[kind]
        judged = _judge(pl.concat(frames), _known(parts, kind), table)
        for index, outcome, count in judged.group_by("source", "outcome").len().iter_rows():
            account = files[index][0]
            if outcome == 1:
                account.duplicates += count
            elif outcome == 2:
                account.reasons[Reason.CONFLICTING.value, ""] += count
            account.taken -= count if outcome else 0
        conflicting.append(judged.filter(pl.col("outcome") == 2).select(*PLACE, *CONTENT))
        duplicates.append(judged.filter(pl.col("outcome") == 1).select(*PLACE))
        rows = judged.filter(pl.col("outcome") == 0).sort(*table.order, *CONTENT)
        write_table(rows.select(*table.columns, *PLACE), folder / table.file)
        digest = RowsDigest()
        digest.update(rows.select(CONTENT), CONTENT)
        name = table.file.removesuffix(".parquet")
        counts[name], digests[name] = rows.height, digest.hexdigest()
    write_sources(folder, [account for account, _, _ in files])
    write_table(pl.concat(duplicates).sort(*PLACE), folder / "duplicate.parquet")
    _write_suspense(found, files, pl.concat(conflicting), folder)
    return {"floor": "master", "counts": dict(counts), "content_digests": digests}


def _write_suspense(
    found: _Found,
    files: Sequence[tuple[FileAccount, str, Reader]],
    conflicting: pl.DataFrame,
    folder: Path,
) -> None:
    malformed = pl.concat(
        [pl.DataFrame(schema={**PLACE, "sub_reason": pl.UInt8()}), *found.suspended]
    )
    wanted: dict[int, set[int]] = {}
    for frame in (malformed, conflicting):
        for index, row in frame.select("source", "row").iter_rows():
            wanted.setdefault(index, set()).add(row)
    addresses: dict[tuple[int, int], Address] = {}
    for index, rows in wanted.items():
        reader = files[index][2]
        addresses |= {(index, row): at for row, at in reader.addresses(rows).items()}
    nil = pl.lit(0, U64)
    conflicting = conflicting.with_columns(event_hi=nil, event_lo=nil)
    write_suspense(folder, malformed, conflicting, found.broken, addresses)
