"""A database file for those who may not see lines: made of relief.duckdb, with its own comments.

It has the tables that are named here and no other, so that a table that is new is seen by nobody
until somebody decides who may; of tables with sums over all carriers a carrier has the columns that
are named here. Readers get small cells merged (cells.py), and what changed since
they were told before in lots (editions.py); a carrier its own rows.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from doisoat.errors import StoreError
from doisoat.messages.text import message, message_in
from doisoat.settlement.database.duckdb_tables import load_frame
from doisoat.settlement.database.schema_template import OF_TARIFFS, STORAGE
from doisoat.settlement.database.sql_text import file_literal, text_of
from doisoat.settlement.database.tables import Table, table, tables_in
from doisoat.settlement.web.readers.audience import Audience
from doisoat.settlement.web.readers.disclosure import name_rows
from doisoat.settlement.web.readers.disclosure_control import (
    Edition,
    Months,
    attach,
    detach,
    keep_former,
    months_of,
    rows_before,
    with_changes,
)
from doisoat.settlement.web.readers.persons_of_cells import load_persons
from doisoat.settlement.web.readers.small_cells import LEAST, Cell, Key, Margin, told_rows
from doisoat.settlement.web.readers.statements import SQL, web_statement

CUT_FORMAT = 5  # another one, and files of before are made anew
SCHEMAS = ("ref", "rated", "settlement")
MEMORY = "1536MiB"
THREADS = "2"

# In the order of building.
OF_READER = (
    "rated.run", "rated.total", "rated.relief_total", "settlement.statement",
    "settlement.programme", "settlement.statement_line", "settlement.burn_down",
    "settlement.period",
)  # fmt: skip
OF_CARRIER = (
    "rated.run", "rated.total", "rated.relief_total", "settlement.statement",
    "settlement.programme", "settlement.statement_line", "settlement.burn_down",
    "settlement.suspense", "settlement.period", "settlement.adjustment",
)  # fmt: skip
# What readers see merged or rounded; all else is as published.
CUT_FOR_READERS = SQL / "tables_of_readers.sql"
# The columns of tables that have sums over all carriers, too, which a carrier does not see.
COLUMNS_OF_CARRIER = {
    "rated.run": (
        "run", "period", "digest", "semantics_version", "package", "package_digest", "readings",
    ),
    "settlement.programme": (
        "period", "carrier", "programme", "relief", "relief_to_date", "envelope",
        "carrier_envelope", "recognised", "own_account", "true_up", "recognised_to_date",
    ),
}  # fmt: skip
# Of carriers too, where the file has them: what it claimed, and what that differs by.
OF_CLAIMS = ("settlement.claim", "settlement.variance")
OF_NO_CARRIER = ("rated.run", "settlement.period")  # whose `carrier` is none of a row, or is not

LINE = {"total": ("period", "carrier", "kind"),
        "relief_total": ("period", "carrier", "programme", "measure", "nature")}  # fmt: skip
VALUES = {"total": ("events", "units", "list_value"), "relief_total": ("events", "units", "amount")}
MERGED_NAME = {"total": 2, "relief_total": 3}  # the place in a line of what is merged


FETCHED = 10_000  # rows at a time
NO_MONTHS = Months(frozenset(), frozenset())


def cut(face: Path, target: Path, audience: Audience, former: Edition | None = None) -> Months:
    """Write what an audience may see of a published relief.duckdb to `target`, read-only.

    Of readers also what the next edition looks at, beside it. Args: former: what readers were told
    before, if anything. Returns: the months that are told as before, or not yet.
    Raises: StoreError if a write is cut short; then there is no file.
    """
    edition, months = Edition(target), NO_MONTHS
    try:
        with duckdb.connect(
            str(target),
            config={
                "storage_compatibility_version": STORAGE,
                "threads": THREADS,
                "memory_limit": MEMORY,
                "autoinstall_known_extensions": "false",
                "temp_directory": "",
            },
        ) as connection:
            connection.execute("SET enable_progress_bar = false")
            connection.execute(f"ATTACH {file_literal(face)} AS face (READ_ONLY)")
            connection.execute("ATTACH ':memory:' AS input")
            of_audience = OF_CARRIER if audience.carrier else OF_READER
            if not audience.carrier:
                months = _load_cells(
                    connection, former, is_known=attach(connection, edition, former)
                )
            statements = [
                _statement(connection, declared, audience, months)
                for declared in _tables((*OF_TARIFFS, *of_audience), audience)
            ]
            # One transaction of the file: each of its own is synced.
            connection.execute("BEGIN TRANSACTION")
            for schema in SCHEMAS:
                connection.execute(f"CREATE SCHEMA {schema}")
            for statement in statements:
                connection.execute(statement)
            for name in OF_CLAIMS if audience.carrier else ():
                _own_rows(connection, name, audience)
            connection.execute("COMMIT")
            if not audience.carrier:
                detach(connection, former)
            connection.execute("DETACH input")
            connection.execute("DETACH face")
            connection.execute("CHECKPOINT")
    except BaseException:
        edition.remove()
        for path in (target, edition.cells, edition.owners):
            path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
        raise
    if target.with_name(f"{target.name}.wal").exists():
        raise StoreError(
            message_in("audience database", "the file was not closed whole"),
            str(target),
            message("start the server again"),
        )
    for path in (target, edition.cells, edition.owners):
        if path.exists():
            path.chmod(0o400)
    return months


def _tables(names: Iterable[str], audience: Audience) -> Iterator[Table]:
    """Tables as published, or as they are cut for the audience."""
    cut_for_readers = {} if audience.carrier else tables_in(CUT_FOR_READERS)
    for name in names:
        declared = cut_for_readers.get(name) or table(name)
        columns = COLUMNS_OF_CARRIER.get(name) if audience.carrier else None
        yield declared.of_columns(columns) if columns else declared


def _statement(
    connection: duckdb.DuckDBPyConnection, declared: Table, audience: Audience, months: Months
) -> str:
    """What makes a table, and fills it from a view in `input`, which is made here if need be."""
    name, source = declared.name, declared.source
    known = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'input' AND table_name = ?",
        [source],
    ).fetchone()
    if known == (0,):
        rows = f"SELECT *, false AS superseded FROM face.{name}"
        if audience.carrier and not name.startswith("ref.") and name not in OF_NO_CARRIER:
            rows += f" WHERE carrier = {text_of(audience.carrier)}"
        if months.held_back and not name.startswith("ref."):
            rows = _told_before(rows, name, months)
        connection.execute(f"CREATE VIEW input.{source} AS {rows}")
    return declared.statements


def _own_rows(connection: duckdb.DuckDBPyConnection, table: str, audience: Audience) -> None:
    """A carrier's rows of a table that a file may lack, with what the table says of itself."""
    schema, _, name = table.partition(".")
    of = [schema, name]
    at = "database_name = 'face' AND schema_name = ? AND table_name = ?"
    about = connection.execute(f"SELECT comment FROM duckdb_tables() WHERE {at}", of).fetchall()
    if not about:
        return
    carrier = text_of(audience.carrier)
    connection.execute(
        f"CREATE TABLE {table} AS SELECT * FROM face.{table} WHERE carrier = {carrier}"
    )
    connection.execute(f"COMMENT ON TABLE {table} IS {text_of(about[0][0] or '')}")
    for column, comment in connection.execute(
        f"SELECT column_name, comment FROM duckdb_columns() WHERE {at} ORDER BY column_index", of
    ).fetchall():
        connection.execute(f'COMMENT ON COLUMN {table}."{column}" IS {text_of(comment or "")}')


def _told_before(rows: str, table: str, months: Months) -> str:
    """Rows of a table with those of some months as they were told before."""
    held_back, as_before = (
        f"list_contains([{', '.join(map(text_of, sorted(periods)))}]::VARCHAR[], period)"
        for periods in (months.held_back, months.as_before)
    )
    return (
        f"SELECT * FROM ({rows}) WHERE NOT {held_back} UNION ALL BY NAME"
        f" SELECT *, false AS superseded FROM former.{table} WHERE {as_before}"
    )


def _load_cells(
    connection: duckdb.DuckDBPyConnection, former: Edition | None, *, is_known: bool
) -> Months:
    """Usage, relief and lines of statements with small cells merged, as tables of `input`.

    Args: is_known: as attach returns it.
    """
    load_persons(connection)
    margins = _margins(connection)
    frames, cells, months = {}, {}, NO_MONTHS
    before: dict[str, dict[Key, Key | None]] = {name: {} for name in LINE}
    for name in LINE:
        connection.execute(
            f"CREATE TABLE input.cell_of_{name} AS {web_statement(f'cut.{name}')}",
            {"least": LEAST},
        )  # fmt: skip
        connection.execute(
            f"CREATE TABLE cells.cell_of_{name} AS"
            f" SELECT * EXCLUDE (persons) FROM input.cell_of_{name}"
        )
        frames[name] = pl.DataFrame(connection.sql(f"FROM input.cell_of_{name} ORDER BY ALL"))
        cells[name] = _cells(frames[name], name)
        if former is not None:
            at = LINE[name], MERGED_NAME[name]
            before[name] = rows_before(connection, name, *at)
            cells[name] = with_changes(
                connection, cells[name], name, before[name], is_known=is_known
            )

    periods = sorted({line[0] for name in LINE for line, _, _ in before[name]})

    def events_of(carrier: str) -> Iterator[tuple[Any, ...]]:
        of = {"least": LEAST, "carrier": carrier, "periods": periods}
        for name in ("first_sort", *(["sort"] if periods else [])):
            result = connection.execute(web_statement(f"cut.{name}"), of)
            while batch := result.fetchmany(FETCHED):
                yield from batch

    naming = name_rows(cells, events_of, before, margins, MERGED_NAME)
    if former is not None:
        months = months_of(connection, cells, margins, naming.few)
        keep_former(connection, months, tuple(LINE), is_known=is_known)
    for name, frame in frames.items():
        anew = [cell for cell in cells[name] if cell.line[0] not in months.held_back]
        rows = told_rows(anew, naming.rows[name])
        shown = _frame(rows, name, frame.schema)
        if months.as_before:
            of = f"FROM former_cells.told_of_{name} WHERE list_contains(?, period)"
            shown = pl.concat(
                [pl.DataFrame(connection.sql(of, params=[sorted(months.as_before)])), shown]
            )
        _load(connection, f"cut_{name}", shown)
        connection.execute(
            f"CREATE TABLE cells.told_of_{name} AS"
            f" SELECT * EXCLUDE (superseded) FROM input.cut_{name}"
        )
        if name == "relief_total":
            _load_lines(connection, {row.line for row in rows}, months)
    return months


def _margins(connection: duckdb.DuckDBPyConnection) -> dict[str, Margin]:
    """What sums are published by: of usage period and carrier; of relief these, programme, nature,
    and whether the measure counts against the programme's envelope, since that sum is told, too."""
    counted = {
        programme: measures.split(", ")
        for programme, measures in connection.execute(
            "SELECT id, envelope_measures FROM face.ref.programme"
            " WHERE envelope_measures IS NOT NULL"
        ).fetchall()
    }

    def of_relief(line: tuple[str, ...]) -> tuple[object, ...]:
        period, carrier, programme, measure, nature = line
        counts = measure in counted.get(programme, (measure,))
        return period, carrier, programme, nature, counts

    return {"total": lambda line: line[:2], "relief_total": of_relief}


def _load_lines(
    connection: duckdb.DuckDBPyConnection, named: set[tuple[str, ...]], months: Months
) -> None:
    """Lines of statements, by the names that their cells have."""
    lines = pl.DataFrame(connection.sql(web_statement("cut.statement_line")))
    anew = lines.filter(~pl.col("period").is_in(sorted(months.held_back)))
    shown = _lines(anew, named)
    if months.as_before:
        of = "FROM former.settlement.statement_line WHERE list_contains(?, period)"
        before = pl.DataFrame(connection.sql(of, params=[sorted(months.as_before)]))
        shown = pl.concat([before.select(shown.columns), shown])
    _load(connection, "statement_line", shown)


def _load(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    load_frame(connection, name, frame.with_columns(superseded=False))


def _cells(frame: pl.DataFrame, name: str) -> list[Cell]:
    keys, values = LINE[name], VALUES[name]
    columns = [*keys, "day", "home_province", *values, "persons"]
    return [
        Cell(
            row[: len(keys)], row[len(keys)], row[len(keys) + 1], row[len(keys) + 2 : -1],
            None if row[-1] is None else frozenset(row[-1]),
        )
        for row in frame.select(columns).iter_rows()
    ]  # fmt: skip


def _frame(cells: list[Cell], name: str, schema: pl.Schema) -> pl.DataFrame:
    keys, values = LINE[name], VALUES[name]
    columns = {key: schema[key] for key in (*keys, "day", "home_province", *values)}
    rows = [
        (*cell.line, cell.day, cell.province, *cell.values) for cell in cells if any(cell.values)
    ]
    return pl.DataFrame(rows, pl.Schema(columns), orient="row")


def _lines(lines: pl.DataFrame, named: set[tuple[str, ...]]) -> pl.DataFrame:
    """Lines of statements under the names that their cells have; merged ones as one, if told."""
    keys = list(LINE["relief_total"])
    known = pl.DataFrame(sorted(named), {key: pl.String for key in keys}, orient="row")
    unmerged = lines.join(known, on=keys, how="semi")
    to_merge = lines.join(known, on=keys, how="anti").with_columns(measure=pl.lit("*"))
    sums = [pl.sum(name) for name in ("events", "units", "amount")]
    vat = pl.when(pl.col("vat").is_not_null().any()).then(pl.sum("vat")).alias("vat")
    merged = to_merge.group_by(keys, maintain_order=True).agg(*sums, vat)
    shown = merged.join(known, on=keys, how="semi").select(unmerged.columns)
    return pl.concat([unmerged, shown]).sort(keys)
