"""An index of event ids: which parts of a home may know a record that comes in.

An intake asks whether the home knows any of a few ids. Without an index it reads the ids of every
part, so many small parts cost the square of their number. `index/` has them sorted, in *runs*: a
run covers whole parts, and names the part of each id. A new part is a run of its own; once there
are MERGED runs of about one size, they become one. So each id is written a few times, however many
parts there are, and a question is a search in a few runs.

No figure rests on it: it only names parts, and their records say what is known. A part that no run
covers is read as before, and a run of a part that is no longer in force goes. So who finds it
missing, or of a time before, makes it again. It is no evidence: only intakes and `status` read it.
But a run that lost an id would let a record in twice, so each is compared with the sums that were
written down with it.
"""

import json
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import polars as pl
from polars.exceptions import PolarsError

from doisoat.engine.intake.records.events import RANGE_ROWS, known_ids
from doisoat.engine.store.commit import disk_errors, make_folder, sync, write_json
from doisoat.engine.store.home import INDEX, Home, Part
from doisoat.engine.store.verified_parts import damaged_index

RUNS = "event_ids.json"
FORMAT_VERSION = 1
MERGED = 8  # runs of one size that become one
LAID_ROWS = RANGE_ROWS // MERGED  # of a run that is written before others are merged
ID, PLACE = "event_hi", "place"  # of a run's rows; the place of a part among those of the run


@dataclass(slots=True)
class Run:
    """Ids of whole parts in ascending order."""

    parts: tuple[str, ...]
    sums: dict[str, int]
    path: Path | None = None  # once written
    rows: pl.DataFrame | None = None  # ID, PLACE; while in memory

    @property
    def size(self) -> int:
        """The class of runs that are merged with each other: of 8 to 63 rows, 64 to 511, ..."""
        return (self.sums["rows"].bit_length() - 1) // (MERGED.bit_length() - 1)

    def read(self) -> pl.DataFrame:
        """Its rows.

        Raises: StoreError if they are not those that were written; FileNotFoundError if a writer
            has merged the run with others since.
        """
        if self.rows is not None:
            return self.rows
        assert self.path is not None
        try:
            rows = pl.read_ipc(self.path)
            is_whole = _sums(rows) == self.sums
        except FileNotFoundError:
            raise
        except (OSError, PolarsError) as error:
            raise damaged_index(self.path) from error
        if not is_whole:
            raise damaged_index(self.path)
        return rows

    def write(self, folder: Path) -> None:
        """Lay its rows into a file of a new name, durably."""
        if self.path is None and self.rows is not None:
            path = folder / f"{secrets.token_hex(8)}.arrow"
            with path.open("wb") as file:
                self.rows.write_ipc(file, compression="uncompressed")
                file.flush()
                os.fsync(file.fileno())
            self.path = path

    def entry(self) -> dict[str, Any]:
        """What RUNS says of it."""
        assert self.path is not None
        return {"file": self.path.name, **self.sums, "parts": list(self.parts)}


def _sums(rows: pl.DataFrame) -> dict[str, int]:
    """The number of rows, and the sum of either column (modulo 2^64)."""
    ids, places = rows.select(pl.col(ID).sum(), pl.col(PLACE).cast(pl.UInt64).sum()).row(0)
    return {"rows": rows.height, "ids": ids, "places": places}


@dataclass(slots=True)
class EventIndex:
    """The runs of a home."""

    home: Home
    runs: list[Run] = field(default_factory=list)
    # By part, the first halves of the ids of one that its writer publishes: it need not be read.
    at_hand: dict[str, pl.Series] = field(default_factory=dict)

    @classmethod
    def of(cls, home: Home) -> Self:
        """The index as it lies in a home; without runs, if there is none.

        Raises: StoreError if what it says of itself cannot be read.
        """
        folder = home.path / INDEX
        try:
            content = json.loads((folder / RUNS).read_text("utf-8"))
            if content["format_version"] != FORMAT_VERSION:
                return cls(home)
            runs = [
                Run(
                    tuple(entry["parts"]),
                    {name: int(entry[name]) for name in ("rows", "ids", "places")},
                    folder / entry["file"],
                )
                for entry in content["runs"]
            ]
        except FileNotFoundError:
            return cls(home)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise damaged_index(folder / RUNS) from error
        return cls(home, [run for run in runs if run.path is not None and run.path.exists()])

    def parts_with(self, ids: pl.Series, parts: Sequence[Part]) -> list[Part]:
        """Those of `parts` that may know any of these event ids (their first halves).

        Raises: StoreError if a run is not what was written.
        """
        wanted = ids.unique().sort()
        covered, named = set[str](), set[str]()
        for run in self.runs:
            with suppress(FileNotFoundError):  # `status` holds no lock: a writer may be at work
                named |= _parts_with(run, self._rows(run), wanted)
                covered.update(run.parts)
        return [part for part in parts if part.id in named or part.id not in covered]

    def refresh(self, parts: Sequence[Part]) -> None:
        """Make it cover `parts` and no others; for the holder of the home's lock.

        Args: parts: all that are in force, verified. Those of more than RANGE_ROWS events stay
            uncovered.
        """
        in_force = {part.id for part in parts}
        runs = [run for run in self.runs if in_force.issuperset(run.parts)]
        covered = {part for run in runs for part in run.parts}
        new = [
            part
            for part in parts
            if part.id not in covered and part.manifest["counts"]["events"] <= RANGE_ROWS
        ]
        if not new and len(runs) == len(self.runs):
            return
        folder = self.home.path / INDEX
        with disk_errors(folder):
            make_folder(folder)
            for part in new:
                runs = self._merged([*runs, _run_of(part, self.at_hand.pop(part.id, None))], folder)
            for run in runs:
                run.write(folder)
            sync(folder)
            entries = [run.entry() for run in runs]
            write_json(folder / RUNS, {"format_version": FORMAT_VERSION, "runs": entries})
            self.runs = runs
            kept = {run.path for run in runs}
            for path in folder.glob("*.arrow"):  # also of a writer who died before its entry
                if path not in kept:
                    path.unlink()

    def _rows(self, run: Run) -> pl.DataFrame:
        """The rows of a run, kept in memory where all runs together are no more than a range."""
        rows = run.read()
        if sum(run.sums["rows"] for run in self.runs) <= RANGE_ROWS:
            run.rows = rows
        return rows

    def _merged(self, runs: list[Run], folder: Path) -> list[Run]:
        """The runs, but MERGED of one size as one, which has never more than RANGE_ROWS."""
        by_size: dict[int, list[Run]] = {}
        for run in runs:
            by_size.setdefault(run.size, []).append(run)
        for same in by_size.values():
            if len(same) >= MERGED and sum(run.sums["rows"] for run in same) <= RANGE_ROWS:
                merged = _merge([(run, run.read()) for run in same])
                if merged.sums["rows"] > LAID_ROWS:
                    merged.write(folder)
                    merged.rows = None
                others = [run for run in runs if run.size != same[0].size]
                return self._merged([*others, merged], folder)
        return runs


def _parts_with(run: Run, rows: pl.DataFrame, wanted: pl.Series) -> set[str]:
    """The parts of a run that have any of the ids, which are in ascending order."""
    known = rows[ID]
    if known.is_empty() or wanted.is_empty():
        return set()
    at = known.search_sorted(wanted, "left").clip(0, len(known) - 1)
    shared = wanted.filter(known.gather(at) == wanted)
    if shared.is_empty():
        return set()
    bounds = pl.DataFrame(
        {
            "first": known.search_sorted(shared, "left"),
            "after": known.search_sorted(shared, "right"),
        }
    )
    found_rows = bounds.select(pl.int_ranges("first", "after").explode()).to_series()
    return {run.parts[place] for place in rows[PLACE].gather(found_rows).unique()}


def _run_of(part: Part, ids: pl.Series | None) -> Run:
    """The ids of one part, which is read where they are not at hand."""
    if ids is None:
        frames = [frame.select(ID) for frame in known_ids([part])]
        ids = pl.concat([pl.LazyFrame(schema={ID: pl.UInt64}), *frames]).collect().to_series()
    rows = ids.sort().to_frame().with_columns(pl.lit(0, pl.UInt32).alias(PLACE))
    return Run((part.id,), _sums(rows), rows=rows)


def _merge(runs: Sequence[tuple[Run, pl.DataFrame]]) -> Run:
    """One run of several."""
    frames, parts = list[pl.LazyFrame](), list[str]()
    for run, rows in runs:
        frames.append(rows.lazy().with_columns(pl.col(PLACE) + pl.lit(len(parts), pl.UInt32)))
        parts += run.parts
    while len(frames) > 1:
        pairs = zip(frames[::2], frames[1::2], strict=False)
        odd = frames[-1:] if len(frames) % 2 else []
        frames = [left.merge_sorted(right, ID) for left, right in pairs] + odd
    rows = frames[0].collect()
    return Run(tuple(parts), _sums(rows), rows=rows)
