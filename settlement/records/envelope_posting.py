"""Posts an adjustment to the envelopes: by line under first_come, by carrier under pro_rata.

Posted amounts keep their place: a line that did not change stays as it was posted, whatever a run
from scratch would recognise today. docs/semantics.md, section 4.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import polars as pl

from doisoat.engine.rating.rerate import IDS
from doisoat.engine.store.home import REMOVED, Home
from doisoat.errors import ConservationError
from doisoat.settlement.figures.envelope import POSTED, post_change, post_shares
from doisoat.settlement.figures.merge import sum_by
from doisoat.settlement.figures.recognition import counted_lines
from doisoat.settlement.figures.row_files import PARQUET
from doisoat.settlement.log import tombstones as removed
from doisoat.settlement.runs import postings
from doisoat.settlement.runs.adjustment_causes import MEND
from doisoat.settlement.runs.adjustment_records import Adjustment
from doisoat.settlement.runs.runs import RunFiles, file_of, run_files, tariffs_of, tax_rate_of
from doisoat.tariffs.models.package_model import Package, Programme

KEY = (*IDS, "carrier", "measure", "nature")
# Of a signed run that went with somebody who was erased: what the act keeps.
PROGRAMME_KEPT, STATEMENT_KEPT, LINES_KEPT = "programme", "statement", "posting"
PROGRAMME = pl.Schema(
    {
        "programme": pl.String(),
        "carrier": pl.String(),
        **dict.fromkeys(("relief", *POSTED), pl.Int64()),  # differences
    }
)
# How each line that an adjustment moved stands posted since; of rule first_come alone.
POSTING = pl.Schema(
    {
        "programme": pl.String(),
        **dict.fromkeys(IDS, pl.UInt64()),
        **dict.fromkeys(("carrier", "measure", "nature"), pl.String()),
        **dict.fromkeys(POSTED, pl.Int64()),
    }
)


class Posted(NamedTuple):
    """programme: PROGRAMME, a row a programme and carrier that differs; lines: POSTING."""

    programme: pl.DataFrame
    lines: pl.DataFrame


class Side(NamedTuple):
    """A run, and the package that it was settled by, which says what counts of its lines."""

    run: RunFiles
    package: Package

    @property
    def tax_rate(self) -> Fraction:
        return tax_rate_of(self.run)

    def part(self, programme: str) -> Programme | None:
        return next((part for part in self.package.parts() if part.id == programme), None)


class Signed(NamedTuple):
    """What a signature posted. lines: of a programme, KEY and POSTED of each line that counts."""

    programme: pl.DataFrame  # the table of the run that was signed
    lines: Callable[[str], pl.DataFrame]


class Sides(NamedTuple):
    """What an adjustment leads from and to."""

    home: Home
    signed: Signed
    earlier: Sequence[Adjustment]  # of this usage period, in their order
    before: Side
    after: Side


def post(sides: Sides) -> Posted:
    """What of the difference is recognised, programme by programme.

    By the envelope that the later package has; of a programme that it has no more, all that was
    posted is taken back.
    Raises: ConservationError if what was posted is not what the earlier run holds.
    """
    reliefs = [_reliefs(side.run) for side in (sides.before, sides.after)]
    had = postings.posted(sides.home)
    rows: list[dict[str, object]] = []
    lines = [pl.DataFrame(schema=POSTING)]
    for programme in _programmes(sides):
        carriers = sorted({c for side in reliefs for p, c in side if p == programme})
        earlier_relief, wanted = (
            {c: side.get((programme, c), 0) for c in carriers} for side in reliefs
        )
        shares = _posted_shares(sides, programme)
        stood = {name: shares.get(name, (0, 0)) for name in carriers}
        _check(sides, programme, earlier_relief, stood)
        now = dict(stood)
        moved = _moved_lines(sides, programme, stood)
        for pool, remaining in _pools(sides.after.part(programme), wanted, had):
            if moved is None:
                stood_in_pool = {name: stood[name] for name in pool}
                now |= post_shares(stood_in_pool, {name: wanted[name] for name in pool}, remaining)
                continue
            posted = _post_lines(moved.filter(pl.col("carrier").is_in(pool)), remaining, programme)
            lines.append(posted.select(POSTING.names()))
            for name, *more in _rises(posted).iter_rows():
                had_of, own_of = stood[name]
                now[name] = had_of + more[0], own_of + more[1]
        rows += (
            {"programme": programme, "carrier": name, "relief": wanted[name] - earlier_relief[name],
             "recognised": now[name][0] - stood[name][0],
             "own_account": now[name][1] - stood[name][1]}
            for name in carriers
            if wanted[name] != earlier_relief[name] or now[name] != stood[name]
        )  # fmt: skip
    return Posted(pl.DataFrame(rows, PROGRAMME, orient="row"), pl.concat(lines))


def _programmes(sides: Sides) -> list[str]:
    """Those of the later package in their order, then those that it has no more."""
    parts = (*sides.after.package.parts(), *sides.before.package.parts())
    return list(dict.fromkeys(part.id for part in parts))


def _check(
    sides: Sides,
    programme: str,
    earlier_relief: Mapping[str, int],
    stood: Mapping[str, tuple[int, int]],
) -> None:
    for name, relief in earlier_relief.items():
        if sum(stood[name]) != relief:
            raise ConservationError(
                f"{programme}: {sum(stood[name])} of {name} and {sides.before.run.period} were"
                f" posted, its run holds {relief}",
                "adjust",
                MEND,
            )


def _reliefs(run: RunFiles) -> dict[tuple[str, str], int]:
    rows = _read(run, "programme").select("programme", "carrier", "relief")
    return {(programme, carrier): relief for programme, carrier, relief in rows.iter_rows()}


def _pools(
    part: Programme | None, wanted: Mapping[str, int], had: Mapping[tuple[str, str], int]
) -> Iterator[tuple[tuple[str, ...], int]]:
    """Which carriers draw together, and what is left for them; each of `wanted` once.

    Nothing limits what a tracked envelope recognises; nothing is left for a carrier without one.
    """
    envelope = part.envelope if part is not None else None
    if part is None or envelope is None:
        yield tuple(wanted), 0
        return
    if envelope.rule == "track":
        yield tuple(wanted), sum(wanted.values())
        return
    if envelope.per_carrier is None:
        used = sum(amount for (programme, _), amount in had.items() if programme == part.id)
        pool = tuple(name for name in wanted if name in envelope.carriers)
        yield pool, max(0, envelope.amount - used)
    else:
        for name, amount in sorted(envelope.per_carrier.items()):
            if name in wanted:
                yield (name,), max(0, amount - had.get((part.id, name), 0))
    yield tuple(name for name in wanted if name not in envelope.carriers), 0


# --- lines ---------------------------------------------------------------------------------------


def _moved_lines(
    sides: Sides, programme: str, stood: Mapping[str, tuple[int, int]]
) -> pl.DataFrame | None:
    """KEY, the line's place in the order, POSTED before and `after`: lines whose relief changed.

    None where the programme is not posted by line: under another rule than `first_come`, or where
    it was under one since it was signed, so that nobody can say how each line stands.
    """
    part = sides.after.part(programme) or sides.before.part(programme)
    if part is None or part.envelope is None or part.envelope.rule != "first_come":
        return None
    before = _posted_lines(sides, programme)
    if before is None or _by_carrier(before, stood) != stood:
        return None
    after = _counted(sides.after, programme).rename({"relief": "after"})
    both = before.join(after, on=KEY, how="full", coalesce=True, suffix="_after")
    return both.with_columns(
        pl.coalesce("start_ms", "start_ms_after").alias("start_ms"),
        pl.coalesce("step", "step_after").alias("step"),
        pl.col(*POSTED, "after").fill_null(0),
    ).filter(pl.sum_horizontal(POSTED) != pl.col("after"))


def _posted_lines(sides: Sides, programme: str) -> pl.DataFrame | None:
    """KEY, start_ms, step, POSTED of every line of the earlier run that counts.

    None where one stands posted that the earlier run has not.
    """
    lines = _counted(sides.before, programme)
    first = sides.signed.lines(programme)
    for adjustment in sides.earlier:
        later = (
            adjustment.read("posting")
            .filter(pl.col("programme") == programme)
            .select(*KEY, *POSTED)
        )
        first = pl.concat([first.join(later, on=KEY, how="anti"), later])
    stands = first.filter(pl.any_horizontal(pl.col(POSTED) != 0))
    if stands.join(lines, on=KEY, how="anti").height:
        return None
    joined = lines.join(first, on=KEY, how="left").select(
        *KEY, "start_ms", "step", "relief", pl.col(POSTED).fill_null(0)
    )
    if joined.filter(pl.sum_horizontal(POSTED) != pl.col("relief")).height:
        return None
    return joined.drop("relief")


def _by_carrier(
    lines: pl.DataFrame, stood: Mapping[str, tuple[int, int]]
) -> dict[str, tuple[int, int]]:
    shares = dict.fromkeys(stood, (0, 0))
    for name, recognised, own_account in sum_by(lines, ("carrier",), POSTED).iter_rows():
        shares[name] = recognised, own_account
    return shares


def _post_lines(moved: pl.DataFrame, remaining: int, programme: str) -> pl.DataFrame:
    ordered = moved.sort("start_ms", *IDS, "step")
    posted, _ = post_change(ordered.select(POSTED), ordered["after"], remaining)
    return ordered.select(
        *KEY,
        *(pl.col(name).alias(f"{name}_before") for name in POSTED),
        **{name: posted[name] for name in POSTED},
        programme=pl.lit(programme),
    )


def _rises(posted: pl.DataFrame) -> pl.DataFrame:
    """carrier, POSTED: by how much each carrier's lines stand otherwise."""
    risen = posted.select("carrier", *(pl.col(name) - pl.col(f"{name}_before") for name in POSTED))
    return sum_by(risen, ("carrier",), POSTED)


def _counted(side: Side, programme: str) -> pl.DataFrame:
    """KEY as texts, start_ms, step, relief: what counts of each line of a run, by its package."""
    lines, part = _read(side.run, "line"), side.part(programme)
    counted = (
        lines.clear().with_columns(relief="amount", step=pl.lit(0, pl.Int32))
        if part is None
        else counted_lines(lines, side.package, part, side.tax_rate)
    )
    return _texts(counted).select(*KEY, "start_ms", "step", "relief")


def _texts(frame: pl.DataFrame) -> pl.DataFrame:
    names = frame.columns
    texts = [name for name in ("carrier", "measure", "nature", "programme") if name in names]
    return frame.with_columns(pl.col(texts).cast(pl.String))


# --- shares --------------------------------------------------------------------------------------


def _posted_shares(sides: Sides, programme: str) -> dict[str, tuple[int, int]]:
    """By carrier, recognised and own account of this usage period as they stand posted."""
    tables = [
        sides.signed.programme,
        *(adjustment.read("programme") for adjustment in sides.earlier),
    ]
    shares: dict[str, tuple[int, int]] = {}
    for table in tables:
        for row in table.filter(pl.col("programme") == programme).to_dicts():
            had = shares.get(row["carrier"], (0, 0))
            shares[row["carrier"]] = (had[0] + row["recognised"], had[1] + row["own_account"])
    return shares


def _read(run: RunFiles, name: str) -> pl.DataFrame:
    return _table(file_of(run, f"{name}.parquet"))


# --- what was signed -----------------------------------------------------------------------------


def sides_of(
    home: Home, signed_run: str, earlier: Sequence[Adjustment], before: RunFiles, after: RunFiles
) -> Sides:
    """The sides of an adjustment of a period that was signed with a run.

    Raises: StoreError if that run is lost, and no erasure kept what its signature posted.
    """
    sides = (Side(run, tariffs_of(run)[1]) for run in (before, after))
    return Sides(home, _signed(home, signed_run), earlier, *sides)


def _signed(home: Home, name: str) -> Signed:
    kept_folder = removed.kept_of(home, name)
    if kept_folder is not None:
        posted = _table(kept_folder / f"{LINES_KEPT}.parquet")
        return Signed(
            _table(kept_folder / f"{PROGRAMME_KEPT}.parquet"),
            lambda programme: posted.filter(pl.col("programme") == programme).drop("programme"),
        )
    run = run_files(home, name, superseded=False)
    side = Side(run, tariffs_of(run)[1])
    return Signed(_read(run, "programme"), lambda programme: _first(side, programme))


def _first(signed: Side, programme: str) -> pl.DataFrame:
    """KEY, POSTED of each line that counts, as its signature posted it."""
    lines = _counted(signed, programme).select(*KEY, signed="relief")
    own_account = _texts(_read(signed.run, "own_account"))
    own_account = own_account.filter(pl.col("programme") == programme).select(*KEY, "own_account")
    return lines.join(own_account, on=KEY, how="left").select(
        *KEY,
        recognised=pl.col("signed") - pl.col("own_account").fill_null(0),
        own_account=pl.col("own_account").fill_null(0),
    )


def keep_signed(home: Home, runs: Iterable[str], folder: Path) -> None:
    """Write into an act what stays of signed runs that are about to go: nothing that names anybody.

    Their statements, what their programmes count, and how each line stands posted, by its event:
    from these their months are told and adjusted as before.
    """
    for name in runs:
        run = run_files(home, name, superseded=False)
        side, run_folder = Side(run, tariffs_of(run)[1]), folder / removed.SIGNED / name
        run_folder.mkdir(parents=True)
        for table in (PROGRAMME_KEPT, STATEMENT_KEPT):
            shutil.copyfile(file_of(run, f"{table}.parquet"), run_folder / f"{table}.parquet")
        lines = [
            _first(side, part.id).select(pl.lit(part.id).alias("programme"), *KEY, *POSTED)
            for part in side.package.parts()
        ]
        posted = pl.concat([pl.DataFrame(schema=POSTING), *lines])
        posted.write_parquet(run_folder / f"{LINES_KEPT}.parquet", **PARQUET)


def statements_kept(home: Home) -> dict[str, Path]:
    """By run, the statements of signed runs that went with somebody who was erased."""
    files = home.path.glob(f"{REMOVED}/[!.]*/{removed.SIGNED}/*/{STATEMENT_KEPT}.parquet")
    statements = {path.parent.name: path for path in files}
    return {
        run: path for run, path in statements.items() if not (home.floor("runs") / run).exists()
    }


def _table(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path, glob=False, hive_partitioning=False)
