"""Causes why a line of a claim differs from the run's line, read from its two sides alone.

A line has up to three answers: when it was (another moment), where (another home province), and how
much (other figures). What has none is left to what explains a whole cell. No I/O here.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

import polars as pl

from doisoat.civil_time import zone_in_use
from doisoat.engine.rating.rerate import IDS
from doisoat.engine.store.civil_columns import utc_of
from doisoat.money import net_share
from doisoat.settlement.figures.merge import sum_by
from doisoat.settlement.figures.period import MS_PER_DAY
from doisoat.settlement.reconcile.causes.claim_cells import KEYS, Key, Pair
from doisoat.settlement.reconcile.causes.figure_kinds import OF_NATURE, TOUCHES
from doisoat.settlement.records.alternative_frame import VALUES, Alternative
from doisoat.settlement.records.explanation import (
    Explanation,
    Fitted,
    Part,
    Vector,
    declared_of,
    fit,
    vector_of,
)

# What differs of a line; `figures`: it is on one side alone, or its units or amount differ.
DIMENSIONS = ("moment", "province", "figures")
OF_LINES = "lines"  # a detail: of lines one by one, whatever the rest of the cell is
UNKNOWN = ""  # it differs, and nothing of the line says why
_IS_UNKNOWN = pl.any_horizontal((pl.col(name) == UNKNOWN).fill_null(False) for name in DIMENSIONS)


class OfCell(NamedTuple):
    """What differs in a cell. left: how many lines have no answer to something, and their sum."""

    parts: tuple[Part, ...]
    unexplained: int
    rest: Vector


def with_causes(
    rows: pl.DataFrame, ends: pl.DataFrame, suspended: pl.DataFrame, rate: Fraction
) -> pl.DataFrame:
    """DIFFERENCE with a cause[detail] for each of DIMENSIONS: null where it does not differ.

    Args: ends: IDS, end_ms (placed.PLACED) of the events; suspended: IDS of the run's suspended;
        rate: of the tax inside the run's prices.
    """
    known = suspended.select(IDS).unique().with_columns(is_suspended=pl.lit(True))
    joined = rows.join(ends.unique(IDS), on=IDS, how="left").join(known, on=IDS, how="left")
    moment, province, figures = _moment(), _province(), _figures(rate)
    # Nobody but the owner draws from a balance: of another one, nothing is said.
    is_others = _differs("owner_hi") | _differs("owner_lo")
    explained = joined.with_columns(
        moment=moment, province=province,
        figures=pl.when(is_others).then(pl.lit(UNKNOWN)).otherwise(figures),
    )  # fmt: skip
    return explained.select(*rows.columns, *DIMENSIONS)


def _differs(name: str) -> pl.Expr:
    """On both sides, and not alike."""
    return (pl.col(f"claimed_{name}") != pl.col(f"recomputed_{name}")).fill_null(False)


def _named(cause: str, detail: str = OF_LINES) -> pl.Expr:
    return pl.lit(f"{cause}[{detail}]")


def _moment() -> pl.Expr:
    claimed, recomputed = pl.col("claimed_start_ms"), pl.col("recomputed_start_ms")
    why = (
        pl.when(claimed == utc_of(recomputed, zone_in_use())).then(_named("time_zone"))
        .when(claimed == pl.col("end_ms")).then(_named("midnight"))
        .otherwise(_named("other_time"))
    )  # fmt: skip
    return pl.when(_differs("start_ms")).then(why)


def _province() -> pl.Expr:
    return pl.when(_differs("home_province")).then(_named("other_province"))


def _figures(rate: Fraction) -> pl.Expr:
    units, amount = pl.col("recomputed_units"), pl.col("recomputed_amount")
    lines = pl.col("recomputed_lines")
    share, whole = net_share(rate).as_integer_ratio()

    def says(lines_: pl.Expr, units_: pl.Expr, amount_: pl.Expr) -> pl.Expr:
        claimed = pl.col("claimed_lines"), pl.col("claimed_units"), pl.col("claimed_amount")
        pairs = zip(claimed, (lines_, units_, amount_), strict=True)
        return pl.all_horizontal(figure == recomputed_figure for figure, recomputed_figure in pairs)

    def with_vat(numerator: int, denominator: int) -> pl.Expr:
        """The amount times a fraction, half up away from zero."""
        whole = (2 * amount.abs().cast(pl.Int128) * numerator + denominator) // (2 * denominator)
        return (whole * amount.sign()).cast(pl.Int64)

    is_priced = pl.col("nature").is_in([n for n, k in OF_NATURE.items() if k in TOUCHES["vat"]])
    is_new, is_gone = pl.col("recomputed_lines").is_null(), pl.col("claimed_lines").is_null()
    return (
        pl.when(is_gone).then(_named("missing"))
        .when(is_new & pl.col("is_again")).then(_named("duplicate"))
        .when(is_new & pl.col("is_suspended")).then(_named("suspended"))
        .when(is_new).then(pl.lit(UNKNOWN))
        .when(says(lines, units, amount)).then(pl.lit(None, pl.String))
        .when(says(lines, -units, -amount)).then(_named("sign", "lines:all"))
        .when(says(lines, units, -amount)).then(_named("sign", "lines:amount"))
        .when(says(lines, 2 * units, 2 * amount)).then(_named("double_count", "lines:all"))
        .when(says(lines, units, 2 * amount)).then(_named("double_count", "lines:amount"))
        .when(is_priced & says(lines, units, with_vat(share, whole)))
        .then(_named("vat", "lines:amount=without"))
        .when(is_priced & says(lines, units, with_vat(whole, share)))
        .then(_named("vat", "lines:amount=added"))
        .otherwise(pl.lit(UNKNOWN))
    )  # fmt: skip


def by_cell(rows: pl.DataFrame) -> dict[Key, OfCell]:
    """What differs in each cell (KEYS of lines), of lines that `with_causes` has judged.

    The parts of a cell and its rest add up to its difference: what a line is worth goes from its
    day to the one that is claimed, from province to province, and then becomes what is claimed.
    """
    both, unknown = rows.filter(~_IS_UNKNOWN), rows.filter(_IS_UNKNOWN)
    moved, elsewhere = both.drop_nulls("moment"), both.drop_nulls("province")
    changed = both.drop_nulls("figures")
    pieces = [
        _piece(moved, "moment", "recomputed", "recomputed", -1),
        _piece(moved, "moment", "claimed", "recomputed", 1),
        _piece(elsewhere, "province", "claimed", "recomputed", -1, "from:", "recomputed"),
        _piece(elsewhere, "province", "claimed", "recomputed", 1, "to:", "claimed"),
        _piece(changed, "figures", "claimed", "recomputed", -1),
        _piece(changed, "figures", "claimed", "claimed", 1),
        _piece(unknown, None, "recomputed", "recomputed", -1),
        _piece(unknown, None, "claimed", "claimed", 1),
    ]
    keys = KEYS["lines"]
    sums = sum_by(pl.concat(pieces), (*keys, "why"), VALUES)
    open_lines = _open_lines(unknown)
    cells: dict[Key, tuple[list[Part], Vector]] = {}
    for *key, why, events, units, amount in sums.iter_rows():
        parts, _ = cells.setdefault(tuple(key), ([], (0, 0, 0)))
        if why == UNKNOWN:
            cells[tuple(key)] = parts, vector_of((events, units, amount))
        else:
            cause, _, detail = why.removesuffix("]").partition("[")
            parts.append(Part(cause, detail, vector_of((events, units, amount))))
    return {
        key: OfCell(tuple(parts), open_lines.get(key, 0), rest)
        for key, (parts, rest) in cells.items()
    }


def _day(side: str) -> pl.Expr:
    return (pl.col(f"{side}_start_ms") // MS_PER_DAY).cast(pl.Int32).cast(pl.Date)


def _piece(
    rows: pl.DataFrame, of: str | None, day_of: str, worth_of: str, sign: int,
    prefix: str = "", province_of: str = "",
) -> pl.DataFrame:  # fmt: skip
    """What lines are worth to one side, on the day of one side, under the cause of a dimension.

    A line that only one side has is of that side's day, whichever is asked for.
    """
    why: pl.Expr = pl.lit(UNKNOWN) if of is None else pl.col(of)
    if prefix:  # each province is a part of its own
        cause = why.str.strip_suffix(f"[{OF_LINES}]")
        why = cause + "[" + prefix + pl.col(f"{province_of}_home_province") + "]"
    other_side = "recomputed" if day_of == "claimed" else "claimed"
    day = _day(day_of) if of is None else pl.coalesce(_day(day_of), _day(other_side))
    piece = rows.select(
        "measure", "nature", day.alias("day"), why.alias("why"),
        *(
            (sign * pl.col(f"{worth_of}_{name}").fill_null(0)).alias(value)
            for value, name in zip(VALUES, ("lines", "units", "amount"), strict=True)
        ),
    )  # fmt: skip
    return piece.drop_nulls("day")


def _open_lines(unknown: pl.DataFrame) -> Mapping[Key, int]:
    """How many of these lines touch each cell."""
    days = [
        unknown.select("measure", "nature", day=_day(side), other=_day(other_side))
        for side, other_side in (("claimed", "recomputed"), ("recomputed", "claimed"))
    ]
    twice = pl.col("day").eq_missing(pl.col("other"))
    touched = pl.concat([days[0], days[1].filter(~twice)]).drop_nulls("day")
    counted = touched.group_by(KEYS["lines"]).len()
    return {tuple(key): count for *key, count in counted.iter_rows()}


def unanswered(rows: pl.DataFrame, keys: Sequence[Key]) -> pl.DataFrame:
    """The lines of cells of which a world may say how much: claimed, where ours is if there is one.

    With the `day` of their cell.
    """
    of = dict(zip(KEYS["lines"], (pl.String, pl.String, pl.Date), strict=True))
    wanted = pl.DataFrame(list(keys), of, orient="row")
    owner = _differs("owner_hi") | _differs("owner_lo")
    lines = rows.filter(
        pl.col("figures") == UNKNOWN, pl.col("claimed_lines").is_not_null(),
        pl.col("moment").is_null(), pl.col("province").is_null(), ~owner,
    )  # fmt: skip
    return lines.with_columns(day=_day("claimed")).join(wanted, on=KEYS["lines"], how="semi")


def causes_text() -> pl.Expr:
    """The causes of a line on one line; '' where something of it has none."""
    joined = pl.concat_str(*DIMENSIONS, separator=" + ", ignore_nulls=True)
    return pl.when(_IS_UNKNOWN).then(pl.lit(UNKNOWN)).otherwise(joined)


# --- of a cell -----------------------------------------------------------------------------------


def _no_arithmetic(figure: Vector) -> Iterator[tuple[Alternative, Vector]]:
    """What can be done to the figure of a cell whose lines are told one by one: nothing."""
    del figure
    return iter(())


def fit_lines(
    pair: Pair,
    cell: OfCell,
    moved: Mapping[Alternative, Vector],
    by_world: Sequence[Explanation] = (),
) -> Fitted:
    """What explains a cell: what explains it whole, what explains its lines, or lines and the rest.

    Args: by_world: what explains all lines that have no answer (line_worlds.ways).
    What is done to a figure (VAT, sign, double count) each line shows itself: of the cell's sums it
    would be a coincidence. The fewest causes are told. Differences of lines that cancel are
    explained by their lines alone: of nothing, every sum that comes to nothing would be a cause.
    """
    ways: list[Explanation] = []
    if any(pair.differences):
        ways += fit(pair.claimed, pair.recomputed, moved, _no_arithmetic).explanations
    if not cell.unexplained:
        ways.append(cell.parts)
    elif cell.parts and any(cell.rest):
        claimed = declared_of(
            [figure + more for figure, more in zip(pair.recomputed, cell.rest, strict=True)]
        )
        rest = fit(claimed, pair.recomputed, moved, _no_arithmetic).explanations
        ways += [(*cell.parts, *explanation) for explanation in rest]
    ways += [(*cell.parts, *explanation) for explanation in by_world]
    if not ways:
        return Fitted("unexplained", ())
    causes = [frozenset(part.cause for part in explanation) for explanation in ways]
    fewest = min(map(len, causes))
    explanations = tuple(
        explanation for explanation, kinds in zip(ways, causes, strict=True) if len(kinds) == fewest
    )
    is_one = len({kinds for kinds in causes if len(kinds) == fewest}) == 1
    return Fitted("explained" if is_one else "ambiguous", explanations)
