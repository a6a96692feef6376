"""Which units are drawn: a function of the frame, its design and the joint seed alone."""

from fractions import Fraction
from typing import NamedTuple

import polars as pl

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.money import div_ceil
from doisoat.settlement.figures.merge import total_of
from doisoat.settlement.sampling.design import (
    Design,
    DesignRequest,
    read_amount,
    read_confidence,
    read_rate,
)
from doisoat.settlement.sampling.joint_seed import Stream
from doisoat.settlement.sampling.sizes import (
    size_by_binomial,
    size_by_hoeffding,
    size_by_hypergeometric,
)
from doisoat.settlement.sampling.strata import (
    STRATUM,
    allocated,
    size_of_strata,
    strata_of,
    with_strata,
)
from doisoat.settlement.sampling.units import UNIT

DRAWN = pl.Schema(
    {
        "draw": pl.Int64(),  # from 0; of mus the cell; null of a unit that is taken in any case
        "width": pl.Int64(),  # đồng of the cell; 0 of other methods
        STRATUM: pl.String(),  # '' but of stratified
        **UNIT,
    }
)


class Cells(NamedTuple):
    """How monetary units are cut. interval: đồng; who claims so much is taken in any case.

    rest: đồng of all others, cut into `cells` cells that differ by one đồng at most.
    """

    interval: int
    cells: int
    rest: int

    def bounds(self, cell: int) -> tuple[int, int]:
        """[first, after) đồng of the rest."""
        return cell * self.rest // self.cells, (cell + 1) * self.rest // self.cells


def cells_of(amounts: pl.Series, size: int) -> Cells:
    """The cells of a frame for so many draws."""
    frame = amounts.alias("amount").to_frame()
    interval = max(total_of(frame, "amount") // size, 1)
    rest = total_of(frame.filter(pl.col("amount") < interval), "amount")
    return Cells(interval, div_ceil(rest, interval), rest)


def design_of(request: DesignRequest, units: pl.DataFrame, parties: tuple[str, ...]) -> Design:
    """A design with the least size that can show what is asked, for this frame.

    Raises: CatalogueError for what can't be asked, or not of this frame.
    """
    confidence, bound = read_confidence(request.confidence), request.judged_by
    alpha, amount = 1 - confidence, total_of(units, "amount")
    _check_belongs(request)
    whole = units.height if request.method == "equal" else amount
    if whole == 0:
        raise CatalogueError(
            message(
                "all {height} amounts are 0: none can be drawn by its {currency_own_unit}",
                height=units.height,
            ),
            "--method",
            message("give --method equal"),
        )
    tolerable = read_amount(request.tolerable, whole, "--tolerable")
    expected = read_amount(request.expected, whole, "--expected")
    rates = Fraction(tolerable, whole), Fraction(expected, whole)
    limits = {name: read_rate(text, f"--limit {name}") for name, text in request.limits.items()}
    allocation = None
    if request.method == "stratified":
        allocation = request.allocation or "proportional"
        strata = strata_of(with_strata(units, request.strata))
        size = size_of_strata(strata, allocation, tolerable, expected, alpha)
        size = sum(allocated(strata, size, allocation))
    elif request.size is not None:
        size = _size_told(request.size, units.height)
    elif request.method == "equal":
        size = size_by_hypergeometric(units.height, *rates, alpha)
    else:
        by = size_by_hoeffding if bound == "hoeffding" else size_by_binomial
        size = by(*rates, alpha)
    return Design(
        request.method,
        bound,
        confidence,
        tolerable,
        expected,
        size,
        parties,
        tuple(request.strata),
        allocation,
        request.preset,
        limits,
    )


def _check_belongs(request: DesignRequest) -> None:
    """Refuse what says nothing of the method that was asked for."""
    for method, is_given, option in (
        ("stratified", bool(request.strata), "--strata"),
        ("stratified", request.allocation is not None, "--allocation"),
        ("equal", request.size is not None, "--size"),
        ("equal", bool(request.limits), "--limit"),
    ):
        if is_given and request.method != method:
            raise CatalogueError(
                message(
                    "{option} says nothing of --method {method}",
                    option=option,
                    method=request.method,
                ),
                option,
                message("leave it out, or give --method {method}", method=method),
            )


def _size_told(size: int, units: int) -> int:
    if not 1 <= size <= units:
        raise CatalogueError(
            message("{size} are to be drawn, and {units} are in the frame", size=size, units=units),
            "--size",
            message("take a frame of more days or carriers in, or draw fewer"),
        )
    return size


def drawn(units: pl.DataFrame, design: Design, seed: bytes) -> pl.DataFrame:
    """DRAWN: what is drawn, units taken in any case first, then draw by draw.

    Args: units, UNIT in canonical order; seed: the joint one.
    """
    if design.method == "mus":
        draws = _by_money(units, design.size, seed)
    elif design.method == "equal":
        places = Stream(seed, "equal").places(design.size, units.height)
        draws = _numbered(units[places])
    else:
        draws = _by_strata(with_strata(units, design.strata), design, seed)
    return draws.select(pl.col(name).cast(dtype) for name, dtype in DRAWN.items())


def _by_money(units: pl.DataFrame, size: int, seed: bytes) -> pl.DataFrame:
    """One đồng of each cell, each đồng of it as likely; the unit that claims it is drawn."""
    cells = cells_of(units["amount"], size)
    certain = units.filter(pl.col("amount") >= cells.interval)
    rest = units.filter(pl.col("amount").is_between(1, cells.interval - 1))
    stream, places, widths = Stream(seed, "mus"), list[int](), list[int]()
    for cell in range(cells.cells):
        first, after = cells.bounds(cell)
        places.append(first + stream.below(after - first))
        widths.append(after - first)
    until = rest["amount"].cum_sum()
    rows = until.search_sorted(pl.Series(places, dtype=pl.Int64), side="right")
    by_cell = rest[rows].with_columns(
        draw=pl.int_range(pl.len(), dtype=pl.Int64), width=pl.Series(widths, dtype=pl.Int64)
    )
    always = certain.with_columns(draw=pl.lit(None, pl.Int64), width=pl.lit(0, pl.Int64))
    return pl.concat([always, by_cell]).with_columns(pl.lit("").alias(STRATUM))


def _by_strata(units: pl.DataFrame, design: Design, seed: bytes) -> pl.DataFrame:
    if design.allocation is None:
        raise ValueError("a stratified design says how it is allocated")
    strata = strata_of(units)
    shares = allocated(strata, design.size, design.allocation)
    frames = []
    parts = {part[STRATUM][0]: part for part in units.partition_by(STRATUM, maintain_order=True)}
    for stratum, share in zip(strata, shares, strict=True):
        places = Stream(seed, f"stratum {stratum.name}").places(share, stratum.units)
        frames.append(parts[stratum.name][places])
    return _numbered(pl.concat(frames))


def _numbered(units: pl.DataFrame) -> pl.DataFrame:
    named = units if STRATUM in units.columns else units.with_columns(pl.lit("").alias(STRATUM))
    return named.with_columns(
        draw=pl.int_range(pl.len(), dtype=pl.Int64), width=pl.lit(0, pl.Int64)
    )
