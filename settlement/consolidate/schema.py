"""The tables of a pack and their columns; a pack with others is refused.

A table that lacks a column would not be held to it, and one of another type not to the last đồng.
"""

from collections.abc import Mapping

import duckdb

from doisoat.errors import IntakeError
from doisoat.messages.text import message
from doisoat.settlement.consolidate.pack_contents import SEND_AGAIN, Pack
from doisoat.settlement.database.sql_text import scan
from doisoat.settlement.database.tables import table

LATER = message(
    "consolidate with the doisoat that packed it, or a later one; or {send_again}",
    send_again=SEND_AGAIN,
)
AS_PUBLISHED: Mapping[str, str] = {  # tables with the columns of one of relief.duckdb
    "event": "usage.event",
    "copy": "usage.event",
    "duplicate": "usage.duplicate",
    "subscription": "usage.subscription",
    "former_subscription": "usage.subscription",
    "allow_list": "usage.allow_list",
    "balance": "usage.balance",
    "statement": "settlement.statement",
    "statement_line": "settlement.statement_line",
    "programme": "settlement.programme",
    "suspense_total": "settlement.suspense",
    "total": "rated.total",
    "relief_total": "rated.relief_total",
    "relief_line": "rated.relief_line",
    "refund": "settlement.refund",
    "own_account": "settlement.own_account",
    "adjustment": "settlement.adjustment",
    "adjustment_event": "settlement.adjustment_event",
    "adjustment_line": "settlement.adjustment_line",
}
CONTENT = "content_id UUID, partial INTEGER"
STATE = """owner_id UUID, item VARCHAR, type VARCHAR, pack VARCHAR, volume BIGINT, measure VARCHAR,
    valid_from TIMESTAMP, valid_until TIMESTAMP, given BIGINT, remaining BIGINT, price BIGINT,
    paid BIGINT, day DATE, key UUID, bought_at TIMESTAMP"""
OWN: Mapping[str, str] = {  # columns that relief.duckdb has not, after those that it has
    "event": CONTENT,
    "copy": CONTENT,
    "source_file": """source_file INTEGER, name VARCHAR, size BIGINT, sha256 VARCHAR,
        mapping VARCHAR, mapping_sha256 VARCHAR, kind VARCHAR, rows BIGINT, taken BIGINT,
        duplicates BIGINT, suspended BIGINT, filtered BIGINT, header_lines BIGINT,
        blank_lines BIGINT, reasons VARCHAR, filters VARCHAR, content_digest VARCHAR,
        near_seconds BIGINT, of_period BIGINT""",
    "suspended_record": """source_file INTEGER, row BIGINT, reason VARCHAR, sub_reason VARCHAR,
        line BIGINT, offset BIGINT, raw_sha256 VARCHAR, state VARCHAR""",
    "suspense": """event_id UUID, owner_id UUID, carrier VARCHAR, reason VARCHAR,
        start_at TIMESTAMP""",
    "ported": "owner_id UUID, ported_at TIMESTAMP",
    "open_pack": """owner_id UUID, pack VARCHAR, bought_at TIMESTAMP, price_paid BIGINT,
        remaining VARCHAR""",
    "port": """counterparty UUID, carrier VARCHAR, valid_from TIMESTAMP, valid_until TIMESTAMP""",
    "opening": STATE,
    "closing": STATE,
}


def columns_of(name: str) -> dict[str, str]:
    """DuckDB's type of each column of a table of a pack, in their order."""
    published = table(AS_PUBLISHED[name]).columns if name in AS_PUBLISHED else ()
    own = (column.split() for column in OWN.get(name, "").split(",") if column)
    return {
        **{column.name: column.kind for column in published},
        **{column: kind for column, kind in own},
    }


def check_tables(con: duckdb.DuckDBPyConnection, pack: Pack) -> None:
    """Every table is in the pack with just its columns, and no other table.

    Raises: IntakeError naming the table and the column.
    """
    folder = pack.path / "tables"
    present = {path.name.removesuffix(".parquet") for path in folder.iterdir()}
    known = {*AS_PUBLISHED, *OWN}
    for name in sorted(present | known):
        where = str(pack.table(name))
        if name not in known:
            raise IntakeError(message("a table that a pack has not"), where, LATER)
        if name not in present:
            raise IntakeError(message("it does not have the table {name}", name=name), where, LATER)
        wanted, actual = columns_of(name), _columns_in(con, pack, name)
        for column in (*wanted, *actual):
            if wanted.get(column) != actual.get(column):
                has, needs = actual.get(column), wanted.get(column)
                raise IntakeError(
                    message(
                        "column {column} of table {name} is {has}, and of a pack {needs}",
                        column=column,
                        name=name,
                        has=has or message("not there"),
                        needs=needs or message("not there"),
                    ),
                    where,
                    LATER,
                )


def _columns_in(con: duckdb.DuckDBPyConnection, pack: Pack, name: str) -> dict[str, str]:
    """DuckDB's type of each column that is there; `verify` has counted the rows."""
    rows = scan(pack.table(name))
    try:
        described = con.execute(f"DESCRIBE FROM {rows}").fetchall()
    except duckdb.Error as error:
        raise IntakeError(
            message("table {name} cannot be read as Parquet", name=name),
            str(pack.table(name)),
            SEND_AGAIN,
        ) from error
    return {column: kind for column, kind, *_ in described}
