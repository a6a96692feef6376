"""The tables of a pack and their columns; a pack with others is refused.

A table that lacks a column would not be held to it, and one of another type not to the last đồng.
"""

from collections.abc import Mapping

import duckdb

from doisoat.errors import IntakeError
from doisoat.messages.text import message
from doisoat.settlement.consolidate.pack_contents import SEND_AGAIN, Pack
from doisoat.settlement.database.sql_text import scan

LATER = message(
    "consolidate with the doisoat that packed it, or a later one; or {send_again}",
    send_again=SEND_AGAIN,
)
EVENT = """event_id UUID, owner_id UUID, subscriber_id UUID, carrier VARCHAR, start_at TIMESTAMP,
    duration BIGINT, kind VARCHAR, destination VARCHAR, counterparty UUID, rating_group VARCHAR,
    locality VARCHAR, units BIGINT, session_key UUID, pack VARCHAR, charged BIGINT, shard SMALLINT,
    source_file INTEGER, row BIGINT, content_id UUID, partial INTEGER"""
SUBSCRIPTION = """subscriber_id UUID, owner_id UUID, carrier VARCHAR, plan VARCHAR, segment VARCHAR,
    payment VARCHAR, home_locality VARCHAR, valid_from TIMESTAMP, valid_until TIMESTAMP"""
STATE = """owner_id UUID, item VARCHAR, type VARCHAR, pack VARCHAR, volume BIGINT, measure VARCHAR,
    valid_from TIMESTAMP, valid_until TIMESTAMP, given BIGINT, remaining BIGINT, price BIGINT,
    paid BIGINT, day DATE, key UUID, bought_at TIMESTAMP"""
TABLES: Mapping[str, str] = {
    "event": EVENT,
    "copy": EVENT,
    "duplicate": "source_file INTEGER, row BIGINT, event_id UUID",
    "source_file": """source_file INTEGER, name VARCHAR, size BIGINT, sha256 VARCHAR,
        mapping VARCHAR, mapping_sha256 VARCHAR, kind VARCHAR, rows BIGINT, taken BIGINT,
        duplicates BIGINT, suspended BIGINT, filtered BIGINT, header_lines BIGINT,
        blank_lines BIGINT, reasons VARCHAR, filters VARCHAR, content_digest VARCHAR,
        near_seconds BIGINT, of_period BIGINT""",
    "suspended_record": """source_file INTEGER, row BIGINT, reason VARCHAR, sub_reason VARCHAR,
        line BIGINT, offset BIGINT, raw_sha256 VARCHAR, state VARCHAR""",
    "suspense": """event_id UUID, owner_id UUID, carrier VARCHAR, reason VARCHAR,
        start_at TIMESTAMP""",
    "subscription": SUBSCRIPTION,
    "former_subscription": SUBSCRIPTION,
    "ported": "owner_id UUID, ported_at TIMESTAMP",
    "allow_list": """subscriber_id UUID, owner_id UUID, list VARCHAR, valid_from TIMESTAMP,
        valid_until TIMESTAMP, document VARCHAR""",
    "open_pack": """owner_id UUID, pack VARCHAR, bought_at TIMESTAMP, price_paid BIGINT,
        remaining VARCHAR""",
    "balance": """owner_id UUID, as_of TIMESTAMP, balance VARCHAR, pack VARCHAR, volume BIGINT,
        bought_at TIMESTAMP, measure VARCHAR, began_at TIMESTAMP, expires_at TIMESTAMP,
        given BIGINT, remaining BIGINT""",
    "port": """counterparty UUID, carrier VARCHAR, valid_from TIMESTAMP, valid_until TIMESTAMP""",
    "opening": STATE,
    "closing": STATE,
    "statement": """period VARCHAR, carrier VARCHAR, events BIGINT, rated BIGINT, suspended BIGINT,
        list_value BIGINT, discount BIGINT, payable BIGINT, discount_vat BIGINT,
        discount_vat_residue BIGINT, in_kind BIGINT, contribution BIGINT, forbearances BIGINT,
        refunds BIGINT, refund BIGINT, overcharged BIGINT, overcharge BIGINT, relief BIGINT,
        recognised BIGINT, own_account BIGINT, assumed VARCHAR""",
    "statement_line": """period VARCHAR, carrier VARCHAR, programme VARCHAR, measure VARCHAR,
        nature VARCHAR, events BIGINT, units BIGINT, amount BIGINT, vat BIGINT""",
    "programme": """period VARCHAR, carrier VARCHAR, programme VARCHAR, relief BIGINT,
        relief_to_date BIGINT, programme_relief BIGINT, programme_relief_to_date BIGINT,
        envelope BIGINT, carrier_envelope BIGINT, recognised BIGINT, own_account BIGINT,
        true_up BIGINT, recognised_to_date BIGINT, programme_recognised_to_date BIGINT""",
    "suspense_total": "period VARCHAR, carrier VARCHAR, reason VARCHAR, events BIGINT",
    "total": """carrier VARCHAR, day DATE, home_province VARCHAR, serving_province VARCHAR,
        kind VARCHAR, destination VARCHAR, events BIGINT, units BIGINT, billed BIGINT,
        bundled BIGINT, list_value BIGINT, discount BIGINT, payable BIGINT""",
    "relief_total": """carrier VARCHAR, day DATE, home_province VARCHAR, serving_province VARCHAR,
        kind VARCHAR, destination VARCHAR, measure VARCHAR, nature VARCHAR, events BIGINT,
        units BIGINT, amount BIGINT""",
    "relief_line": """event_id UUID, owner_id UUID, carrier VARCHAR, measure VARCHAR,
        nature VARCHAR, units BIGINT, amount BIGINT, start_at TIMESTAMP""",
    "refund": """event_id UUID, owner_id UUID, carrier VARCHAR, start_at TIMESTAMP, charged BIGINT,
        list_value BIGINT, payable BIGINT, refund BIGINT""",
    "own_account": """event_id UUID, owner_id UUID, carrier VARCHAR, programme VARCHAR,
        measure VARCHAR, nature VARCHAR, start_at TIMESTAMP, amount BIGINT, relief BIGINT,
        own_account BIGINT""",
    "adjustment": """adjustment VARCHAR, usage_period VARCHAR, booked_period VARCHAR,
        run_before VARCHAR, run_after VARCHAR, carrier VARCHAR, events BIGINT, rated BIGINT,
        suspended BIGINT, list_value BIGINT, discount BIGINT, payable BIGINT, discount_vat BIGINT,
        in_kind BIGINT, contribution BIGINT, forbearances BIGINT, refunds BIGINT, refund BIGINT,
        overcharged BIGINT, overcharge BIGINT, relief BIGINT, recognised BIGINT,
        own_account BIGINT""",
    "adjustment_event": """adjustment VARCHAR, event_id UUID, carrier VARCHAR, start_at TIMESTAMP,
        cause VARCHAR, cause_event UUID, events BIGINT, units BIGINT, billed BIGINT,
        bundled BIGINT, list_value BIGINT, discount BIGINT, payable BIGINT, refund BIGINT""",
    "adjustment_line": """adjustment VARCHAR, event_id UUID, carrier VARCHAR, start_at TIMESTAMP,
        measure VARCHAR, nature VARCHAR, cause VARCHAR, cause_event UUID, events BIGINT,
        units BIGINT, amount BIGINT""",
}


def columns_of(table: str) -> dict[str, str]:
    """DuckDB's type of each column of a table of TABLES, in their order."""
    named = (column.split() for column in TABLES[table].split(","))
    return {name: kind for name, kind in named}


def check_tables(con: duckdb.DuckDBPyConnection, pack: Pack) -> None:
    """Every table of TABLES is in the pack with just its columns, and no other table.

    Raises: IntakeError naming the table and the column.
    """
    folder = pack.path / "tables"
    present = {path.name.removesuffix(".parquet") for path in folder.iterdir()}
    for name in sorted({*present, *TABLES}):
        where = str(pack.table(name))
        if name not in TABLES:
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
    table = scan(pack.table(name))
    try:
        described = con.execute(f"DESCRIBE FROM {table}").fetchall()
    except duckdb.Error as error:
        raise IntakeError(
            message("table {name} cannot be read as Parquet", name=name),
            str(pack.table(name)),
            SEND_AGAIN,
        ) from error
    return {column: kind for column, kind, *_ in described}
