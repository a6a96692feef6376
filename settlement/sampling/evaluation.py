"""What was found in a sample, projected to the frame and bounded. No I/O in this module.

Claimed above what is right is `over`, below it `under`. Each is bounded by itself: what is claimed
too little somewhere makes nothing good elsewhere. A difference counts up to the amount claimed; of
an amount that is more than twice what was claimed the rest is not bounded, and the number of such
units is told.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Literal, NamedTuple

import polars as pl

from doisoat.errors import IntakeError
from doisoat.messages.text import message
from doisoat.money import div_ceil, div_floor, round_half_up
from doisoat.settlement.sampling.bounds import (
    hoeffding_lower,
    hoeffding_upper,
    hypergeometric_lower,
    hypergeometric_upper,
    stringer_upper,
)
from doisoat.settlement.sampling.design import Design
from doisoat.settlement.sampling.draw import cells_of
from doisoat.settlement.sampling.strata import STRATUM, strata_of, weighed, with_strata
from doisoat.settlement.sampling.units import KEY

Verdict = Literal["tolerable", "not shown"]


class Side(NamedTuple):
    """Misstatement in one direction, đồng; of `equal` units.

    known: of units that were all looked at; projected: known and the rest's estimate; lower, upper:
    each with the confidence of the design. bounds: the upper one by each bound that there is.
    """

    found: int  # draws, and units taken in any case, that are wrong so
    known: int
    projected: Fraction
    lower: int
    upper: int
    bounds: Mapping[str, int]
    beyond: int = 0  # units that differ by more than they claim

    def as_object(self) -> dict[str, Any]:
        return {
            "found": self.found,
            "known": str(self.known),
            "projected": str(round_half_up(self.projected.numerator, self.projected.denominator)),
            "lower": str(self.lower),
            "upper": str(self.upper),
            "bounds": {name: str(bound) for name, bound in self.bounds.items()},
            "beyond": self.beyond,
        }


class Evaluation(NamedTuple):
    """over: decides. under: None of `equal`, which counts units that are wrong in any way.

    results: of `equal`: by result, each of its kind alone. failed: limits that are not kept.
    """

    units: int
    amount: int
    drawn: int  # draws
    looked_at: int  # different units
    over: Side
    under: Side | None
    results: Mapping[str, Side]
    failed: tuple[str, ...]
    verdict: Verdict
    omitted: Side | None = None  # đồng of lines that a claim lacks, where lines were compared

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints, and the record keeps: amounts are texts."""
        return {
            **self._asdict(),
            "amount": str(self.amount),
            "over": self.over.as_object(),
            "under": None if self.under is None else self.under.as_object(),
            "results": {name: side.as_object() for name, side in self.results.items()},
            "failed": list(self.failed),
            "omitted": None if self.omitted is None else self.omitted.as_object(),
        }


class Frame(NamedTuple):
    """What is to be known of a frame beside the draw. amounts: of all units, in order."""

    units: pl.DataFrame
    amount: int


def with_audited(drawn: pl.DataFrame, audited: pl.DataFrame, where: str) -> pl.DataFrame:
    """Draws with what was found of them; IntakeError unless each unit drawn is told once, and
    nothing else.

    Args: audited: KEY (or its first column alone) and others, `at` where each row stands; where:
        the file, for the message.
    """
    keys = [name for name in KEY if name in audited.columns]
    named = audited.with_columns(pl.col(keys[0]).str.to_lowercase())
    twice = named.filter(pl.struct(keys).is_duplicated())
    strange = named.join(drawn, on=keys, how="anti", maintain_order="left")
    lacking = drawn.join(named, on=keys, how="anti", maintain_order="left").unique(
        keys, maintain_order=True
    )
    for frame, fault in (
        (twice, message("stands in the file more than once")),
        (strange, message("was not drawn")),
        (lacking, message("was drawn, and the file says nothing of it")),
    ):
        if frame.height:
            key_text = ", ".join(filter(None, frame.select(keys).row(0)))
            more = frame.height - 1
            rest = message(" (and {more} more)", more=more) if more else ""
            at = f", {frame['at'][0]}" if "at" in frame.columns else ""
            raise IntakeError(
                message("{key} {fault}{rest}", key=key_text, fault=fault, rest=rest),
                f"{where}{at}",
                message("fill in what doisoat sample draw writes, every row, and give the"
" whole file"),
            )  # fmt: skip
    return drawn.join(named.drop("at", strict=False), on=keys, how="left", maintain_order="left")


def evaluated(frame: Frame, design: Design, audited: pl.DataFrame) -> Evaluation:
    """Args: told: DRAWN with `audited` (đồng that are right) or `result`, of `with_audited`."""
    if design.method == "equal":
        return _by_results(frame, design, audited)
    sides = {}
    for name, more, less in (("over", "amount", "audited"), ("under", "audited", "amount")):
        differing = audited.with_columns(
            differs=pl.max_horizontal(pl.col(more) - pl.col(less), pl.lit(0)),
        ).with_columns(counted=pl.min_horizontal("differs", "amount"))
        by = _money_side if design.method == "mus" else _strata_side
        sides[name] = by(frame, design, differing)
    return _judged(frame, design, audited, sides["over"], sides["under"], {})


def _judged(
    frame: Frame, design: Design, audited: pl.DataFrame, over: Side, under: Side | None,
    results: Mapping[str, Side],
) -> Evaluation:  # fmt: skip
    failed = tuple(
        name for name, limit in design.limits.items() if results[name].found > limit * design.size
    )
    shown = over.upper <= design.tolerable if not design.limits else not failed
    return Evaluation(
        units=frame.units.height,
        amount=frame.amount,
        drawn=audited.filter(pl.col("draw").is_not_null()).height,
        looked_at=audited.unique(KEY).height,
        over=over,
        under=under,
        results=results,
        failed=failed,
        verdict="tolerable" if shown else "not shown",
    )


def _money_side(frame: Frame, design: Design, audited: pl.DataFrame) -> Side:
    cells = cells_of(frame.units["amount"], design.size)
    always = audited.filter(pl.col("draw").is_null())
    sampled = audited.filter(pl.col("draw").is_not_null())
    known = int(always["counted"].sum())
    rows = sampled.filter(pl.col("counted") > 0).select("width", "counted", "amount").rows()
    taints = [Fraction(counted, amount) for _, counted, amount in rows]
    estimate = sum(
        (Fraction(width * counted, amount) for width, counted, amount in rows), Fraction(0)
    )
    wrong = int(audited.filter(pl.col("counted") > 0).height)
    beyond = audited.filter(pl.col("differs") > pl.col("amount")).unique(KEY).height
    if not cells.cells:
        return Side(wrong, known, Fraction(known), known, known, {design.bound: known}, beyond)
    widest = div_ceil(cells.rest, cells.cells)  # cells differ by a đồng: the widest for all is safe
    narrowest = cells.rest // cells.cells
    mean = sum(taints, Fraction(0)) / cells.cells
    uppers = {
        "hoeffding": hoeffding_upper(mean, cells.cells, design.alpha),
        "stringer": stringer_upper(taints, cells.cells, design.alpha),
    }
    bounds = {
        name: known + min(_up(rate * cells.cells * widest), cells.rest)
        for name, rate in uppers.items()
    }
    lower = hoeffding_lower(mean, cells.cells, design.alpha) * cells.cells * narrowest
    return Side(
        wrong, known, known + estimate, known + _down(lower), bounds[design.bound], bounds, beyond
    )


def _strata_side(frame: Frame, design: Design, audited: pl.DataFrame) -> Side:
    strata = strata_of(with_strata(frame.units, design.strata))
    counts = dict(audited.group_by(STRATUM).len().iter_rows())
    shares = [counts[stratum.name] for stratum in strata]
    draws, weight = weighed(strata, shares)
    known, estimate, room = 0, Fraction(0), 0
    sums = dict(audited.group_by(STRATUM).agg(pl.col("counted").sum()).iter_rows())
    for stratum, share in zip(strata, shares, strict=True):
        if share == stratum.units:
            known += sums[stratum.name]
        else:
            estimate += Fraction(stratum.units * sums[stratum.name], share)
            room += stratum.amount
    wrong = audited.filter(pl.col("counted") > 0).height
    beyond = audited.filter(pl.col("differs") > pl.col("amount")).height
    upper = lower = Fraction(0)
    if weight:
        mean = estimate / (draws * weight)
        upper = hoeffding_upper(mean, draws, design.alpha) * draws * weight
        lower = hoeffding_lower(mean, draws, design.alpha) * draws * weight
    bound = known + min(_up(upper), room)
    return Side(
        wrong, known, known + estimate, known + _down(lower), bound, {design.bound: bound}, beyond
    )


def _by_results(frame: Frame, design: Design, audited: pl.DataFrame) -> Evaluation:
    """Units that are not right, of all and by what is wrong with each."""
    if "audited" in audited.columns:
        is_right = pl.col("audited") == pl.col("amount")
        audited = audited.with_columns(
            result=pl.when(is_right).then(pl.lit(design.results[0])).otherwise(pl.lit("wrong"))
        )
    units, size = frame.units.height, design.size
    counts = dict(audited.group_by("result").len().iter_rows())

    def side(count: int) -> Side:
        upper = hypergeometric_upper(count, units, size, design.alpha)
        lower = hypergeometric_lower(count, units, size, design.alpha)
        projected = Fraction(units * count, size)
        return Side(count, 0, projected, lower, upper, {design.bound: upper})

    results = {name: side(counts.get(name, 0)) for name in design.results[1:]}
    wrong = side(size - counts.get(design.results[0], 0))
    return _judged(frame, design, audited, wrong, None, results)


def omitted_side(units: int, shorts: list[int], greatest: int, alpha: Fraction) -> Side:
    """Đồng that a claim lacks of a frame of records, of which these were drawn, all as likely.

    Args: shorts: of each draw what its lines have that the claim has not, 0..greatest.
    """
    size, wrong = len(shorts), sum(short > 0 for short in shorts)
    if size == units or not greatest:
        known = sum(shorts)
        return Side(wrong, known, Fraction(known), known, known, {"hoeffding": known})
    mean = Fraction(sum(shorts), size * greatest)
    upper = _up(hoeffding_upper(mean, size, alpha) * units * greatest)
    lower = _down(hoeffding_lower(mean, size, alpha) * units * greatest)
    return Side(wrong, 0, mean * units * greatest, lower, upper, {"hoeffding": upper})


def _up(value: Fraction) -> int:
    return div_ceil(value.numerator, value.denominator)


def _down(value: Fraction) -> int:
    return div_floor(value.numerator, value.denominator)
