"""The form of a claim, filled from the figures of a run: what the carrier would declare if it
counted as the run does. No I/O."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import polars as pl

from doisoat.engine.tables import cells as sheet_cells
from doisoat.engine.tables import delimited
from doisoat.errors import ConservationError, IntakeError
from doisoat.messages.text import message
from doisoat.settlement.claims.empty_form import Blank
from doisoat.settlement.claims.form import UNKNOWN_PROVINCE
from doisoat.settlement.claims.shown_units import shown_of
from doisoat.settlement.figures.merge import sum_by
from doisoat.settlement.figures.period import EPOCH
from doisoat.settlement.records.claim_model import KEYS, VALUES

ROWS_MAX: Final = {"xlsx": sheet_cells.ROWS_MAX, "csv": delimited.ROWS_MAX,
                   "json": sheet_cells.ROWS_MAX}  # fmt: skip


def filled(blank: Blank, figures: pl.DataFrame, run: str) -> Blank:
    """The form with the figures of a run in its cells, those that the run has not with 0.

    Args: figures: of a statement or of relief, records.alternative_frame.CELL of the carrier.
    Raises: ConservationError if the form has no row for some of it: our bug.
    """
    keys, values = KEYS[blank.declared.grain], VALUES[blank.declared.grain]
    summed = {
        tuple(_as_written(name, row[name]) for name in keys): {name: row[name] for name in values}
        for row in sum_by(figures, keys, values).iter_rows(named=True)
    }
    nothing = dict.fromkeys(values, 0)
    given = [(row, summed.pop(tuple(row[name] for name in keys), nothing)) for row in blank.rows]
    # Relief may lie on a day on which its measure began later, as a call that crosses the hour.
    given += [(_row_of(key, blank), left) for key, left in summed.items() if any(left.values())]
    rows = tuple({**row, **cells, **_shown(row, cells)} for row, cells in given)
    return blank._replace(rows=rows, run=run)


def filled_lines(blank: Blank, pieces: Iterable[pl.DataFrame], run: str, form: str) -> Blank:
    """The form by line with every line of a run.

    Args: pieces: ids as pairs of 64 bits, start_ms and the rest of claim_model.LINE.
    Raises: IntakeError for more lines than a form of this kind may have.
    """
    rows: list[dict[str, Any]] = []
    for piece in pieces:
        rows.extend(_lines(piece))
        if len(rows) > ROWS_MAX[form]:
            raise IntakeError(
                message("more than {most} lines, and a form has no more", most=ROWS_MAX[form]),
                f"{blank.declared}",
                message("write them as Parquet: docs/claims.md shows the query"),
            )
    rows.sort(key=lambda row: tuple(row[name] for name in ("start_at", *KEYS["lines"])))
    return blank._replace(rows=tuple(rows), run=run)


def _lines(piece: pl.DataFrame) -> Iterator[dict[str, Any]]:
    for row in piece.iter_rows(named=True):
        start = EPOCH + timedelta(milliseconds=row["start_ms"])
        yield {
            "event_id": str(UUID(int=(row["event_hi"] << 64) + row["event_lo"])),
            "owner_id": str(UUID(int=(row["owner_hi"] << 64) + row["owner_lo"])),
            "start_at": f"{start:%Y-%m-%d %H:%M:%S}.{start.microsecond // 1_000:03d}",
            "home_province": row["home_province"] or UNKNOWN_PROVINCE[0],
            **{name: row[name] for name in ("measure", "nature", "units", "amount")},
        }


def _as_written(key: str, value: Any) -> str:
    if key == "home_province":
        return str(value or UNKNOWN_PROVINCE[0])
    return str(value)


def _shown(row: Mapping[str, Any], figures: Mapping[str, int]) -> dict[str, Any]:
    """The quantity as people read it, where it is counted in one unit."""
    quantity = shown_of(row["unit"], figures["units"]) if "unit" in row else None
    if quantity is None:
        return {}
    vi, en = quantity.unit.pair
    return {"shown": quantity.number, "shown_unit": vi if vi == en else quantity.unit}


def _row_of(key: tuple[str, ...], blank: Blank) -> dict[str, Any]:
    """A row that the empty form has not, of a key of the run's figures."""
    row = dict(zip(KEYS[blank.declared.grain], key, strict=True))
    relief = next(
        (relief for relief in blank.reliefs
         if (relief.measure, relief.nature) == (row.get("measure"), row.get("nature"))),
        None,
    )  # fmt: skip
    if relief is None:
        raise ConservationError(
            f"{blank.declared}: the run has figures of {' '.join(key)}, and its package no such"
            " relief in the period",
            "claim template --filled",
            "report this with the run's id",
        )
    place = blank.provinces.get(row.get("home_province", ""))
    more = {} if place is None else {"place": place}
    return {**row, "title": relief.title, "unit": relief.unit, **more}
