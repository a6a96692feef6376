"""What an adjustment posts to the envelopes: by line under first_come, by carrier under pro_rata.

Posted amounts keep their place: a line that did not change stays as it was posted, whatever a run
from scratch would recognise today. docs/semantics.md, section 4.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from doisoat.engine.again import IDS
from doisoat.engine.home import Home
from doisoat.errors import ConservationError, PeriodError
from doisoat.settlement import postings
from doisoat.settlement.adjustment.causes import MEND
from doisoat.settlement.adjustment.stored import Adjustment
from doisoat.settlement.envelope import POSTED, post_change, post_shares
from doisoat.settlement.recognition import counted_lines
from doisoat.settlement.runs import RunFiles, run_files
from doisoat.tariffs.package_models import Envelope, Package, Programme

KEY = (*IDS, "carrier", "measure", "nature")
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


class Sides(NamedTuple):
    """What an adjustment leads from and to."""

    home: Home
    signed: RunFiles  # whose statement was signed
    earlier: Sequence[Adjustment]  # of this usage period, in their order
    before: RunFiles
    after: RunFiles


def post(sides: Sides, package: Package) -> Posted:
    """What of the difference is recognised, programme by programme.

    Args: package: of the later run.
    Raises: ConservationError if what was posted is not what the earlier run holds; PeriodError if
        relief was booked under a programme that the package has not.
    """
    reliefs = [_reliefs(run) for run in (sides.before, sides.after)]
    known = {part.id for part in package.parts()}
    for (programme, _), relief in sorted(reliefs[0].items()):
        if relief and programme not in known:
            raise PeriodError(
                f"relief was booked under the programme {programme}, and the package that"
                f" {sides.after.period} is settled by now has none of that id",
                sides.after.period,
                f"settle it by a package that keeps {programme}, with the measures that it shall"
                " have; then adjust",
            )
    had = postings.posted(sides.home)
    rows: list[dict[str, object]] = []
    lines = [pl.DataFrame(schema=POSTING)]
    for part in package.parts():
        carriers = sorted({c for side in reliefs for p, c in side if p == part.id})
        wanted = {c: reliefs[1].get((part.id, c), 0) for c in carriers}
        differ = {c: wanted[c] - reliefs[0].get((part.id, c), 0) for c in carriers}
        recognised = dict(differ)  # `track`, or no envelope: all of it
        envelope = part.envelope
        if envelope is not None and envelope.rule == "first_come":
            moved = _moved_lines(sides, package, part)
            for pool, left in _left(envelope, part, had):
                posted = _post_lines(moved.filter(pl.col("carrier").is_in(pool)), left, part)
                lines.append(posted.select(POSTING.names()))
                recognised |= {
                    name: int(
                        posted.filter(pl.col("carrier") == name)
                        .select((pl.col("recognised") - pl.col("recognised_before")).sum())
                        .item()
                    )
                    for name in pool
                }
        elif envelope is not None and envelope.rule == "pro_rata":
            before = _posted_shares(sides, part)
            for pool, left in _left(envelope, part, had):
                own = {name: before.get(name, (0, 0)) for name in pool}
                now = post_shares(own, {name: wanted.get(name, 0) for name in pool}, left)
                recognised |= {name: now[name][0] - own[name][0] for name in pool}
        rows += (
            {"programme": part.id, "carrier": name, "relief": differ[name],
             "recognised": recognised[name], "own_account": differ[name] - recognised[name]}
            for name in carriers
            if differ[name] or recognised[name]
        )  # fmt: skip
    return Posted(pl.DataFrame(rows, PROGRAMME, orient="row"), pl.concat(lines))


def _reliefs(run: RunFiles) -> dict[tuple[str, str], int]:
    rows = _read(run, "programme").select("programme", "carrier", "relief")
    return {(programme, carrier): relief for programme, carrier, relief in rows.iter_rows()}


def _left(
    envelope: Envelope, part: Programme, had: Mapping[tuple[str, str], int]
) -> Iterable[tuple[tuple[str, ...], int]]:
    """The carriers that draw from a pool together, and what is left of it."""
    if envelope.per_carrier is None:
        used = sum(amount for (programme, _), amount in had.items() if programme == part.id)
        yield envelope.carriers, max(0, envelope.amount - used)
        return
    for name, amount in sorted(envelope.per_carrier.items()):
        yield (name,), max(0, amount - had.get((part.id, name), 0))


# --- lines ---------------------------------------------------------------------------------------


def _moved_lines(sides: Sides, package: Package, part: Programme) -> pl.DataFrame:
    """KEY, the line's place in the order, POSTED before and `after`: lines whose relief changed."""
    before = _posted_lines(sides, package, part)
    total = int(before.select(pl.sum_horizontal(POSTED).cast(pl.Int128).sum()).item() or 0)
    held = sum(
        relief for (programme, _), relief in _reliefs(sides.before).items() if programme == part.id
    )
    if total != held:
        raise ConservationError(
            f"{part.id}: {total} of {sides.before.period} were posted, its run holds {held}",
            "adjust",
            MEND,
        )
    after = _counted(sides.after, package, part).rename({"relief": "after"})
    both = before.join(after, on=KEY, how="full", coalesce=True, suffix="_after")
    return both.with_columns(
        pl.coalesce("start_ms", "start_ms_after").alias("start_ms"),
        pl.coalesce("step", "step_after").alias("step"),
        pl.col(*POSTED, "after").fill_null(0),
    ).filter(pl.sum_horizontal(POSTED) != pl.col("after"))


def _posted_lines(sides: Sides, package: Package, part: Programme) -> pl.DataFrame:
    """KEY, start_ms, step, POSTED of every line of the earlier run that counts."""
    lines = _counted(sides.before, package, part)
    signed = _counted(sides.signed, package, part).select(*KEY, signed="relief")
    own = _read(sides.signed, "own_account").filter(pl.col("programme").cast(pl.String) == part.id)
    own = _texts(own).select(*KEY, "own_account")
    first = signed.join(own, on=KEY, how="left").select(
        *KEY,
        recognised=pl.col("signed") - pl.col("own_account").fill_null(0),
        own_account=pl.col("own_account").fill_null(0),
    )
    for one in sides.earlier:
        later = one.read("posting").filter(pl.col("programme") == part.id).select(*KEY, *POSTED)
        first = pl.concat([first.join(later, on=KEY, how="anti"), later])
    return lines.join(first, on=KEY, how="left").select(
        *KEY, "start_ms", "step", pl.col(POSTED).fill_null(0)
    )


def _post_lines(moved: pl.DataFrame, left: int, part: Programme) -> pl.DataFrame:
    ordered = moved.sort("start_ms", *IDS, "step")
    posted, _ = post_change(ordered.select(POSTED), ordered["after"], left)
    return ordered.select(
        *KEY,
        recognised_before="recognised",
        **{name: posted[name] for name in POSTED},
        programme=pl.lit(part.id),
    )


def _counted(run: RunFiles, package: Package, part: Programme) -> pl.DataFrame:
    """KEY as texts, start_ms, step, relief: what counts of each line of a run."""
    return _texts(counted_lines(_read(run, "line"), package, part)).select(
        *KEY, "start_ms", "step", "relief"
    )


def _texts(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("carrier", "measure", "nature").cast(pl.String))


# --- shares --------------------------------------------------------------------------------------


def _posted_shares(sides: Sides, part: Programme) -> dict[str, tuple[int, int]]:
    """By carrier, recognised and own account of this usage period as they stand posted."""
    rows = _read(sides.signed, "programme").filter(pl.col("programme") == part.id)
    found = {row["carrier"]: (row["recognised"], row["own_account"]) for row in rows.to_dicts()}
    for one in sides.earlier:
        for row in one.read("programme").filter(pl.col("programme") == part.id).to_dicts():
            had = found.get(row["carrier"], (0, 0))
            found[row["carrier"]] = (had[0] + row["recognised"], had[1] + row["own_account"])
    return found


def _read(run: RunFiles, name: str) -> pl.DataFrame:
    return pl.read_parquet(run.path / f"{name}.parquet", glob=False, hive_partitioning=False)


def sides_of(
    home: Home, signed_run: str, earlier: Sequence[Adjustment], before: RunFiles, after: RunFiles
) -> Sides:
    """The sides of an adjustment of a period that was signed with a run."""
    return Sides(home, run_files(home, signed_run, superseded=False), earlier, before, after)
