"""Master data as relief.duckdb shows them: of each table the rows that stand."""

from collections.abc import Iterator, Sequence

import polars as pl

from doisoat.engine.intake.master.master_tables import BY_NAME, standing
from doisoat.engine.store.home import Part
from doisoat.settlement.database.sql_text import moment_of, uuid_of
from doisoat.settlement.database.tables import table

SPAN = f"{moment_of('from_ms')} AS valid_from, {moment_of('until_ms')} AS valid_until"


def _null(name: str, kind: str = "at") -> str:
    """A moment, or a text, that a sort of balance may not have."""
    if kind == "at":
        return f"CASE WHEN {name}_ms <> 0 THEN {moment_of(f'{name}_ms')} END AS {name}_at"
    return f"nullif({name}, {kind}) AS {name}"


MASTER_VIEWS = {  # of `input`: the table of master data, and its columns, if not as published
    "subscription": ("subscription", ""),
    "master_allow_list": ("allow_list", ""),
    "master_balance": (
        "balance",
        f"""{uuid_of("owner")} AS owner_id, {moment_of("as_of_ms")} AS as_of, balance,
        {_null("pack", "''")}, {_null("volume", "0")}, {_null("bought")}, {_null("measure", "''")},
        {_null("began")}, {_null("expires")}, given, "left" AS remaining""",
    ),
    "master_order": (
        "order",
        f"""\"order\" AS order_id, locality, directive, {SPAN}, document""",
    ),
}


def master_frames(parts: Sequence[Part]) -> Iterator[tuple[str, str, pl.DataFrame]]:
    """(table of `input`, its columns as SQL, the rows of the parts' table)."""
    for view, (name, columns) in MASTER_VIEWS.items():
        yield view, columns or table(f"usage.{name}").stored(), standing(parts, BY_NAME[name])
