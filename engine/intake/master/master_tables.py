"""Tables of master data: columns, identity of a row, and the rows of all parts that count.

A part is never changed, so what stands is found anew whenever it is asked: of rows with one
identity those that were issued last; and none where these contradict each other. Neither the order
in which files were taken in nor into how many parts they went has a say.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from doisoat.engine.arrow.arrow import ArrowTable
from doisoat.engine.arrow.blake2b import RowsDigest, digest_rows
from doisoat.engine.store.file_kinds import FileKind
from doisoat.engine.store.home import Part


@dataclass(frozen=True, slots=True)
class Table:
    """A master table: its name, its columns, what identifies a row, and its order."""

    name: str
    columns: dict[str, pl.DataType]
    identity: tuple[str, ...]
    order: tuple[str, ...]
    # Columns that came later: a file has them, and a row's digest counts them, where one is not 0.
    later: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        return f"{self.name}.parquet"

    @property
    def conflict(self) -> str:
        """The file of the rows of a part that were suspended since others contradict them."""
        return f"{self.name}_conflict.parquet"


U64, I64, TEXT = pl.UInt64(), pl.Int64(), pl.String()
SUBSCRIBER = {"subscriber_hi": U64, "subscriber_lo": U64, "owner_hi": U64, "owner_lo": U64}
TABLES: dict[FileKind, Table] = {
    "subscriptions": Table(
        "subscription",
        {
            **SUBSCRIBER, "carrier": TEXT, "plan": TEXT, "segment": TEXT, "payment": TEXT,
            "home_locality": TEXT, "from_ms": I64, "until_ms": I64,
        },
        ("subscriber_hi", "subscriber_lo", "from_ms"),
        ("owner_hi", "owner_lo", "from_ms", "subscriber_hi", "subscriber_lo"),
    ),
    "ports": Table(
        "port",
        {"number_hi": U64, "number_lo": U64, "carrier": TEXT, "from_ms": I64, "until_ms": I64},
        ("number_hi", "number_lo", "from_ms"),
        ("number_hi", "number_lo", "from_ms"),
    ),
    "packs": Table(
        "pack",
        {
            "owner_hi": U64, "owner_lo": U64, "pack": TEXT, "bought_ms": I64, "price_paid": I64,
            "left": TEXT,
        },
        ("owner_hi", "owner_lo", "pack", "bought_ms"),
        ("owner_hi", "owner_lo", "bought_ms", "pack"),
    ),
    "balances": Table(  # what a sort of balance has not is '' or 0
        "balance",
        {
            "owner_hi": U64, "owner_lo": U64, "as_of_ms": I64, "balance": TEXT, "pack": TEXT,
            "volume": I64, "bought_ms": I64, "measure": TEXT, "began_ms": I64, "expires_ms": I64,
            "given": I64, "left": I64,
        },
        ("owner_hi", "owner_lo", "as_of_ms", "balance", "pack", "volume", "bought_ms", "measure",
         "began_ms"),
        ("owner_hi", "owner_lo", "as_of_ms", "balance", "pack", "bought_ms", "volume", "measure",
         "began_ms"),
    ),
    "allow-list": Table(
        "allow_list",
        {
            **SUBSCRIBER, "list": TEXT, "from_ms": I64, "until_ms": I64, "document": TEXT,
            "household_hi": U64, "household_lo": U64,  # a pseudonym; 0: no enrolment
        },
        ("subscriber_hi", "subscriber_lo", "list", "from_ms"),
        ("owner_hi", "owner_lo", "from_ms", "subscriber_hi", "subscriber_lo", "list"),
        later=("household_hi", "household_lo"),
    ),
    "orders": Table(
        "order",
        {
            "order": TEXT, "locality": TEXT, "directive": I64, "from_ms": I64, "until_ms": I64,
            "document": TEXT,
        },
        ("order", "locality", "directive"),
        ("order", "locality", "directive"),
    ),
}  # fmt: skip
BY_NAME = {table.name: table for table in TABLES.values()}
PLACE = {"source": pl.Int32(), "row": pl.Int64()}
CONTENT = ["content_hi", "content_lo"]
ISSUED = "issued_ms"  # when a row was said; 0 where its source does not tell: before all others


def with_content(rows: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Rows with CONTENT, the digest of what they say; when it was said is no part of it."""
    if rows.height == 0:
        return rows.with_columns(pl.lit(0, pl.UInt64).alias(name) for name in CONTENT)
    if not table.later:
        return rows.hstack(_digests(rows, table, tuple(table.columns)))
    early = tuple(name for name in table.columns if name not in table.later)
    digests = _digests(rows, table, early)
    says_more = rows.select(_says_more(table)).to_series()
    if says_more.any():
        whole = _digests(rows, table, tuple(table.columns))
        digests = pl.select(
            pl.when(says_more).then(whole[name]).otherwise(digests[name]).alias(name)
            for name in CONTENT
        )
    return rows.hstack(digests)


def _says_more(table: Table) -> pl.Expr:
    """Has a row what the table's later columns say?"""
    return pl.any_horizontal(pl.col(name) != 0 for name in table.later)


def as_written(rows: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Rows without the later columns of their table, where none of them says anything there."""
    if not table.later or rows.select(_says_more(table).any()).item():
        return rows
    return rows.drop(table.later)


def _digests(rows: pl.DataFrame, table: Table, names: tuple[str, ...]) -> pl.DataFrame:
    """CONTENT of these columns of a table's rows."""
    filled = rows.select(
        *(
            pl.col(name).is_null().cast(pl.UInt8).alias(f"{name} is null")
            for name in names
            if name == "until_ms"
        ),
        *(pl.col(name).fill_null(0) if table.columns[name] == I64 else pl.col(name)
          for name in names),
    )  # fmt: skip
    hi, lo = digest_rows(filled, filled.columns, rows.height)
    return pl.DataFrame(ArrowTable({"content_hi": hi, "content_lo": lo}))


def dated(rows: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Rows of a part with ISSUED and later columns, which parts of before do not have."""
    added = {ISSUED: I64, **{name: table.columns[name] for name in table.later}}
    lacking = [pl.lit(0, dtype).alias(name) for name, dtype in added.items()
               if name not in rows.columns]  # fmt: skip
    return rows.with_columns(lacking) if lacking else rows


def stored_rows(parts: Iterable[Part], table: Table, *, conflicts: bool = False) -> pl.DataFrame:
    """The rows of a table that parts hold, or those that they suspended: columns and ISSUED."""
    names = [*table.columns, ISSUED]
    frames = []
    for part in parts:
        path = part.file(table.conflict if conflicts else table.file)
        if path is not None:
            frame = pl.read_parquet(path, glob=False, hive_partitioning=False)
            frames.append(dated(frame, table).select(names))
    return pl.concat(frames) if frames else pl.DataFrame(schema={**table.columns, ISSUED: I64})


def standing(parts: Sequence[Part], table: Table) -> pl.DataFrame:
    """The rows of a table that count, over all parts: its columns, in the order of all of them."""
    if all(part.file(table.file) is None for part in parts):
        return pl.DataFrame(schema=table.columns)
    rows, contradicted = stored_rows(parts, table), stored_rows(parts, table, conflicts=True)
    names = list(table.columns)
    if contradicted.height or (rows[ISSUED] != 0).any():
        identity = list(table.identity)
        both = pl.concat([rows.select(*identity, ISSUED), contradicted.select(*identity, ISSUED)])
        last = both.group_by(identity).agg(pl.col(ISSUED).max())
        rows = rows.join(last, on=[*identity, ISSUED], how="semi").join(
            contradicted, on=[*identity, ISSUED], how="anti"
        )
    return rows.lazy().select(names).sort(names).collect()


def contradicted_rows(parts: Sequence[Part]) -> dict[str, int]:
    """How many rows of each table have no standing since others contradict them, by identity."""
    counts = {}
    for table in TABLES.values():
        rows = stored_rows(parts, table, conflicts=True)
        if rows.height:
            counts[table.name] = rows.select(*table.identity, ISSUED).unique().height
    return counts


def table_digests(parts: Sequence[Part]) -> dict[str, str]:
    """Content digest of what stands in each master table, as if one intake had taken it in."""
    digests = {}
    for table in TABLES.values():
        rows = with_content(standing(parts, table), table)
        if rows.height:
            digest = RowsDigest()
            digest.update(rows.select(CONTENT).sort(CONTENT), CONTENT)
            digests[table.name] = digest.hexdigest()
    return digests
