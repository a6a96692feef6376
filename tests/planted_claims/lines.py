"""Claims by line: every line of a carrier by SQL over relief.duckdb, some of them told wrongly.

What is done to a line is written here once more in plain terms; nothing of the finding is used.
"""

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple
from uuid import UUID

import duckdb

from tests.planted_claims import arithmetic
from tests.planted_claims.cells import NOTHING, Cell, Cells, Edit, Figures, Line, Supposition
from tests.planted_claims.home import PERIOD, Planted, command, face
from tests.planted_claims.planting import TRIES, Disagreement, Why

CARRIERS = ("vietnamobile", "mobifone")  # that claim by line
LINES_A_PLANT = 3
CHANGED = "changed"  # figures that nothing explains: no cause is to be told
LEAST = 100  # đồng of a line that is told wrongly
LINE = """
CREATE TEMP TABLE line AS
SELECT line.event_id, line.owner_id, line.start_at, rated.home_province,
    CAST(measure AS VARCHAR) AS measure, CAST(nature AS VARCHAR) AS nature, line.units, amount,
    CAST(CAST(line.start_at AS DATE) AS VARCHAR) AS day, rated.kind, rated.duration
FROM rated.relief_line AS line JOIN audit.rated_event AS rated USING (event_id)
WHERE line.carrier = $carrier
"""
COLUMNS = ("event_id", "owner_id", "start_at", "home_province", "measure", "nature", "units",
           "amount")  # fmt: skip


class Wrong(NamedTuple):
    """What is told wrongly in a claim by line, and in which cells that shows."""

    edits: tuple[Edit, ...]
    cells: tuple[Disagreement, ...]


# --- what is done to a line ----------------------------------------------------------------------


def _left_out(line: Line, drawn: Random) -> Line | None:
    return None


def _again(line: Line, drawn: Random) -> Line:
    return line._replace(event_id=str(UUID(int=drawn.getrandbits(128))))


def _elsewhere(line: Line, drawn: Random) -> Line:
    return line._replace(home_province="38" if line.home_province != "38" else "40")


def _on_day(line: Line, day: date) -> Line:
    return line._replace(start_at=f"{day}{line.start_at[10:]}")


def _moved(line: Line, drawn: Random) -> Line:
    """A day on, or a day back at the month's end."""
    day = date.fromisoformat(line.day)
    after = day + timedelta(days=1)
    return _on_day(line, after if f"{after:%Y-%m}" == PERIOD else day - timedelta(days=1))


def _more_units(line: Line, drawn: Random) -> Line:
    return line._replace(units=line.units + 10_007)


def _more_relief(line: Line, drawn: Random) -> Line:
    return line._replace(amount=line.amount + 1_237)


def _counted(cause: str, detail: str) -> Callable[[Line, Random], Line]:
    def done(line: Line, drawn: Random) -> Line:
        figures = arithmetic.TOLD[cause, detail](line.figures)
        return line._replace(units=figures.units, amount=figures.amount)

    return done


class Kind(NamedTuple):
    """A way to tell lines wrongly. where: which lines can be told so; is_new: beside themselves."""

    cause: str
    told: Callable[[Line, Random], Line | None]
    where: str = "true"
    is_new: bool = False


PRICED = "nature IN ('discount', 'in_kind')"
UTC, END = "start_at - INTERVAL 7 HOUR", "start_at + to_milliseconds(duration)"


def _instant(name: str) -> str:
    """Lines that another instant puts on another day of the month."""
    return (
        f"strftime({name}, '%Y-%m') = '{PERIOD}' AND CAST({name} AS DATE) <> CAST(start_at AS DATE)"
    )


KINDS = (
    Kind("missing", _left_out),
    Kind("duplicate", _again, is_new=True),
    Kind("other_time", _moved),
    Kind("other_province", _elsewhere),
    Kind("sign", _counted("sign", "amount")),
    Kind("sign", _counted("sign", "all"), "units > 0"),
    Kind("double_count", _counted("double_count", "amount")),
    Kind("double_count", _counted("double_count", "all"), "units > 0"),
    Kind("vat", _counted("vat", "amount=without"), PRICED),
    Kind("vat", _counted("vat", "amount=added"), PRICED),
    Kind(CHANGED, _more_units),
    Kind(CHANGED, _more_relief),
)
# Lines told by another instant; told: what the instant is.
INSTANTS = (
    ("time_zone", UTC, _instant(UTC)),
    ("midnight", END, f"kind = 'voice' AND {_instant(END)}"),
)


# --- planting ------------------------------------------------------------------------------------


def planted_lines(
    planted: Planted,
    held: Cells,
    worlds: Iterable[Supposition],
    each: int,
    seed: int,
    carriers: Sequence[str] = CARRIERS,
) -> list[Wrong]:
    """Wrongs in cells of their own: so many of each kind, as far as there are lines for.

    Args: held: what the run comes to; worlds: of which some cells have their lines.
    """
    drawn, taken = Random(seed), set[Cell]()
    found: list[Wrong] = []

    def plant(wrong: Wrong | None) -> bool:
        cells = [] if wrong is None else [one.cell for one in wrong.cells]
        if wrong is None or taken.intersection(cells):
            return False
        taken.update(cells)
        found.append(wrong)
        return True

    for one in worlds:
        for cell, edits in one.lines:
            if one.carrier in carriers:
                plant(_because(held, cell.carrier, one.cause, _some(edits)))
    for carrier in carriers:
        with face(planted.home) as database:
            database.execute(LINE, {"carrier": carrier})
            for cause, instant, where in INSTANTS:
                moved = _by_instant(database, held, carrier, cause, instant, where)
                _until(each, (plant(wrong) for wrong in moved))
            for kind in KINDS:
                days = _days(database, kind.where)
                drawn.shuffle(days)
                wrongs = (_drawn(database, held, carrier, kind, day, drawn) for day in days[:TRIES])
                _until(each, (plant(wrong) for wrong in wrongs))
    return found


def _some(edits: Sequence[Edit]) -> Sequence[Edit]:
    """Half of the lines that are told otherwise, if several are; what is left out tells no cause of
    its own, so that a world that leaves lines out is told whole."""
    told = [edit for edit in edits if edit.told is not None]
    return told[: len(told) // 2] if len(told) > 1 else edits


def _until(count: int, planting: Iterator[bool]) -> None:
    for is_planted in planting:
        count -= is_planted
        if not count:
            return


def _days(database: duckdb.DuckDBPyConnection, where: str) -> list[tuple[str, str, str]]:
    """Cells with some more lines than are told wrongly."""
    return database.execute(
        "SELECT measure, nature, day FROM line GROUP BY ALL HAVING count(*) FILTER"
        f" (amount >= {LEAST} AND {where}) >= {LINES_A_PLANT} AND count(*) > {LINES_A_PLANT}"
        " ORDER BY ALL"
    ).fetchall()  # fmt: skip


def _lines(
    database: duckdb.DuckDBPyConnection, cell: tuple[str, str, str], where: str, salt: int
) -> list[Line]:
    """Some lines of a cell, all of one home province."""
    rows = database.execute(
        f"""
        WITH fit AS (
            SELECT * FROM line WHERE (measure, nature, day) = ($measure, $nature, $day)
                AND amount >= {LEAST} AND {where}
        )
        SELECT event_id, owner_id, {_text("start_at")}, home_province, measure, nature, units,
            amount
        FROM fit
        WHERE home_province = (SELECT home_province FROM fit GROUP BY ALL
            ORDER BY count(*) DESC, home_province LIMIT 1)
        ORDER BY hash(CAST(event_id AS VARCHAR) || $salt) LIMIT {LINES_A_PLANT}
        """,
        {"measure": cell[0], "nature": cell[1], "day": cell[2], "salt": str(salt)},
    ).fetchall()
    return [_line(row) for row in rows]


def _text(instant: str) -> str:
    return f"strftime({instant}, '%Y-%m-%d %H:%M:%S.%g')"


def _line(row: Sequence[object]) -> Line:
    event, owner, start, province, measure, nature, units, amount = row
    return Line(str(event), str(owner), str(start), str(province), str(measure), str(nature),
                int(str(units)), int(str(amount)))  # fmt: skip


def _drawn(
    database: duckdb.DuckDBPyConnection,
    held: Cells,
    carrier: str,
    kind: Kind,
    cell: tuple[str, str, str],
    drawn: Random,
) -> Wrong | None:
    lines = _lines(database, cell, kind.where, drawn.getrandbits(32))
    edits = [Edit(None if kind.is_new else line, kind.told(line, drawn)) for line in lines]
    return _because(held, carrier, kind.cause, edits) if edits else None


def _by_instant(
    database: duckdb.DuckDBPyConnection,
    held: Cells,
    carrier: str,
    cause: str,
    instant: str,
    where: str,
) -> Iterator[Wrong]:
    """Lines told of another instant, those of one day and the day they go to together."""
    rows = database.execute(
        f"""
        SELECT event_id, owner_id, {_text("start_at")}, home_province, measure, nature, units,
            amount, {_text(instant)}
        FROM line WHERE amount >= {LEAST} AND {where} ORDER BY measure, nature, day, event_id
        """
    ).fetchall()
    by_cell: dict[tuple[str, ...], list[Edit]] = {}
    for *row, other in rows:
        line = _line(row)
        told = line._replace(start_at=str(other))
        edits = by_cell.setdefault((line.measure, line.nature, line.day, told.day), [])
        if len(edits) < LINES_A_PLANT:
            edits.append(Edit(line, told))
    for edits in by_cell.values():
        wrong = _because(held, carrier, cause, edits)
        if wrong is not None:
            yield wrong


def _because(held: Cells, carrier: str, cause: str, edits: Sequence[Edit]) -> Wrong | None:
    """The cells in which edits of one cause show."""
    moves: dict[Cell, Figures] = {}
    leaves: dict[Cell, dict[str, int]] = {}
    for line, sign in ((one, s) for edit in edits for one, s in zip(edit, (-1, 1), strict=True)):
        if line is None:
            continue
        cell = Cell(carrier, "lines", line.measure, line.nature, line.day)
        figures = Figures(*(sign * one for one in line.figures))
        moves[cell] = moves.get(cell, NOTHING).plus(figures)
        by_province = leaves.setdefault(cell, {})
        by_province[line.home_province] = by_province.get(line.home_province, 0) + figures.amount
    found = []
    for cell, move in moves.items():
        ours = held.get(cell._replace(grain="day"), NOTHING)
        if cause == "other_province":
            why = tuple(Why(cause, where, amount) for where, amount in leaves[cell].items())
        else:
            why = () if cause == CHANGED else (Why(cause, "lines", move.amount),)
        found.append(Disagreement(cell, ours.plus(move), ours, why))
    return Wrong(tuple(edits), tuple(found)) if found else None


# --- filing --------------------------------------------------------------------------------------


def file_lines(
    planted: Planted, wrong: Iterable[Wrong], carriers: Sequence[str] = CARRIERS
) -> None:
    """File what the run comes to by line as Parquet, but for the lines that are told wrongly."""
    edits: dict[str, list[Edit]] = defaultdict(list)
    for one in wrong:
        edits[one.cells[0].cell.carrier] += one.edits
    folder = planted.folder / "lines"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for carrier in carriers:
        path = folder / f"{carrier}.parquet"
        with face(planted.home) as database:
            database.execute(LINE, {"carrier": carrier})
            _write(database, edits[carrier], path)
        command("claim", "file", path, "--carrier", carrier, "--period", PERIOD, "--why",
                "planted", "--home", planted.home)  # fmt: skip
        path.unlink()


def _write(database: duckdb.DuckDBPyConnection, edits: Sequence[Edit], path: Path) -> None:
    database.execute(f"CREATE TEMP TABLE claimed AS SELECT {', '.join(COLUMNS)} FROM line")
    for held, told in edits:
        if held is not None:
            database.execute(
                "DELETE FROM claimed WHERE event_id = ? AND measure = ? AND nature = ?",
                [held.event_id, held.measure, held.nature],
            )
        if told is not None:
            database.execute(f"INSERT INTO claimed VALUES ({', '.join('?' * len(told))})", told)
    database.execute(f"COPY claimed TO '{path}' (FORMAT parquet)")
