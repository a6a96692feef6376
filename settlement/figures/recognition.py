"""The rule of envelopes over a whole period, on columns: the relief they recognise. No I/O here.

A cut-off needs no sort of all lines: the totals by day are its histogram, so the day is found in
them, and only that day's lines are put in the order (start, event id, step). So the result hangs
on no order of the lines. docs/adr/0036 says what counts, in which order, and when it is final.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Any, NamedTuple

import polars as pl

from doisoat.errors import CatalogueError, ConservationError
from doisoat.messages.text import message
from doisoat.money import net_share
from doisoat.settlement.figures.envelope import burn_down, pro_rata
from doisoat.settlement.figures.merge import MEND, sum_by, total_of
from doisoat.settlement.figures.period import MS_PER_DAY, Period
from doisoat.settlement.figures.programme_totals import (
    BURN_DOWN,
    PROGRAMME,
    Pool,
    ToDate,
    pools_of,
    rows_of,
)
from doisoat.tariffs.models.package_model import Envelope, Grant, Package, Programme

STATEMENT_LINE = ("carrier", "measure", "nature")  # whose VAT is rounded once
# Of an event: its sources in the usual order of consumption, then prices, then what is beside them.
FIRST, LAST = "first", "last"
EFFECTS = (
    "zero_rating", FIRST, "bonus_volume", LAST, "price_cut", "money_grant", "fee_in_kind",
    "contribution",
)  # fmt: skip
NATURES = ("discount", "in_kind", "contribution")


class Recognised(NamedTuple):
    """Schemas standing.PROGRAMME and standing.BURN_DOWN; own_account: lines of `first_come` that
    were not wholly recognised, by programme and pool in the order of the lines: event_hi,
    event_lo, owner_hi, owner_lo, start_ms, carrier, programme, measure, nature, amount (as in the
    line), relief (what counts of it), own_account (what of that is not recognised, above 0)."""

    programmes: pl.DataFrame
    own_account: pl.DataFrame
    burn_down: pl.DataFrame


def refuse_alone(package: Package, carrier: str | None, period: str) -> None:
    """CatalogueError where one carrier's recognised part hangs on others that are not settled."""
    for part in package.parts():
        envelope = part.envelope
        if carrier is None or envelope is None or envelope.rule == "track":
            continue
        other_carriers = sorted(set(envelope.carriers) - {carrier})
        if envelope.per_carrier is None and carrier in envelope.carriers and other_carriers:
            raise CatalogueError(
                message(
                    "the envelope of {part} is common and its rule is {rule}, so what it"
                    " recognises of {carrier} hangs on the relief of {other_carriers}",
                    part=part.id,
                    rule=envelope.rule,
                    carrier=carrier,
                    other_carriers=", ".join(other_carriers),
                ),
                "--carrier",
                message(
                    "settle all carriers together: doisoat settle --period {period}; or"
                    " give each its own part in the package: envelope.per_carrier",
                    period=period,
                ),
            )


def recognise(
    lines: pl.LazyFrame,
    relief_totals: pl.DataFrame,
    package: Package,
    period: Period,
    carriers: Sequence[str],
    before: ToDate,
    rate: Fraction,
) -> Recognised:
    """Part each carrier's relief of a period into recognised and own account.

    Args: lines, relief_totals as in merge.Settled, of the period; no more lines are held than
        those of `first_come` from the day of its cut-off on; carriers, who has a statement;
        before, what was counted and recognised when the period begins; rate, of the tax inside
        prices in the period.
    Raises: ConservationError if the lines do not sum to the totals.
    """
    rows: list[dict[str, Any]] = []
    days: list[dict[str, Any]] = []
    own_account_lines = [_own_lines(_no_lines(lines), package, package.parts()[0])]
    for part in package.parts():
        counted = by_day(relief_totals, package, part, rate)
        relief = {name: 0 for name in carriers}
        for name, amount in sum_by(counted, ["carrier"], ["relief"]).iter_rows():
            relief[str(name)] = amount
        recognised = dict(relief)  # `track`, or no envelope: all of it, whatever there is left
        for pool in pools_of(part, before):
            if not set(pool.carriers) & set(carriers):
                continue  # others' parts, of one that is settled alone
            assert part.envelope is not None
            wanted = {name: relief.get(name, 0) for name in pool.carriers}
            if part.envelope.rule == "pro_rata":
                recognised |= pro_rata(pool.remaining, wanted)
            elif part.envelope.rule == "first_come":
                beyond = _beyond(lines, counted, package, part, pool, rate)
                own_account_lines.append(beyond)
                for name, amount in sum_by(beyond, ["carrier"], ["own_account"]).iter_rows():
                    recognised[str(name)] -= amount
            days += _days(part, pool, counted, period)
        rows += rows_of(package, part, period, carriers, relief, recognised, before)
    return Recognised(
        pl.DataFrame(rows, schema=PROGRAMME, orient="row"),
        pl.concat(own_account_lines, how="vertical"),
        pl.DataFrame(days, schema=BURN_DOWN, orient="row"),
    )


def counted_lines(
    lines: pl.DataFrame, package: Package, part: Programme, rate: Fraction
) -> pl.DataFrame:
    """The lines of a whole period that count against a programme's envelope.

    Returns: their columns; relief, what counts of each; step, its place inside its event.
    """
    counted = lines.filter(_counts(lines, package, part))
    if counted.is_empty():
        return counted.with_columns(relief="amount", step=pl.lit(0, pl.Int32))
    nothing = counted.select(*STATEMENT_LINE, "amount").clear()
    return _with_steps(_with_relief(counted, nothing, part.envelope, rate), package)


def by_day(
    relief_totals: pl.DataFrame, package: Package, part: Programme, rate: Fraction
) -> pl.DataFrame:
    """What counts against a programme's envelope, by day and statement line.

    Returns: STATEMENT_LINE, day, amount; through, the line's amounts up to this day; relief,
        what counts of amount. No rows without an envelope.
    """
    counts = relief_totals.filter(_counts(relief_totals, package, part))
    sums = sum_by(counts, (*STATEMENT_LINE, "day"), ["amount"])  # a line's days in their order
    through = pl.col("amount").cast(pl.Int128).cum_sum().over(STATEMENT_LINE)
    return sums.with_columns(through=through).with_columns(relief=_relief(part.envelope, rate))


def _relief(envelope: Envelope | None, rate: Fraction) -> pl.Expr:
    """What counts of an amount, from it and what its statement line comes to through it.

    Without VAT it is what the net of the line grows by, so that the parts of a line sum to the
    net of the line, which is rounded once: money.vat_of.
    """
    if envelope is None or envelope.basis == "incl_vat":
        return pl.col("amount")
    share, whole = net_share(rate).as_integer_ratio()

    def net(gross: pl.Expr) -> pl.Expr:
        return (2 * share * gross + whole) // (2 * whole)

    grown = net(pl.col("through")) - net(pl.col("through") - pl.col("amount"))
    has_vat = pl.col("nature").cast(pl.String) != "contribution"
    return pl.when(has_vat).then(grown).otherwise(pl.col("amount")).cast(pl.Int64)


def _counts(frame: pl.DataFrame | pl.LazyFrame, package: Package, part: Programme) -> pl.Expr:
    """Which rows of a frame with STATEMENT_LINE count against a programme's envelope."""
    envelope = part.envelope
    if envelope is None:
        return pl.lit(False)
    measures = {measure.id for measure in package.measures_of(part.id)}
    if envelope.measures is not None:
        measures &= set(envelope.measures)
    return (
        _among(frame, "carrier", envelope.carriers)
        & _among(frame, "measure", measures)
        & _among(frame, "nature", envelope.natures)
    )


def _among(frame: pl.DataFrame | pl.LazyFrame, column: str, names: Iterable[str]) -> pl.Expr:
    """Is the value one of these? By its code, of a column of type Enum."""
    dtype = frame.collect_schema()[column]
    assert isinstance(dtype, pl.Enum)
    known = sorted(set(names) & set(dtype.categories))
    return pl.col(column).is_in(pl.Series(known, dtype=dtype).implode())


def _no_lines(lines: pl.LazyFrame) -> pl.DataFrame:
    return lines.collect_schema().to_frame()


def _beyond(
    lines: pl.LazyFrame, counted: pl.DataFrame, package: Package, part: Programme, pool: Pool,
    rate: Fraction,
) -> pl.DataFrame:  # fmt: skip
    """The lines that a pool of `first_come` does not recognise wholly."""
    counted = counted.filter(_among(counted, "carrier", pool.carriers))
    days = sum_by(counted, ["day"], ["relief"])
    spent = days["relief"].cast(pl.Int128).cum_sum()
    after = spent > pool.remaining
    if not after.any():
        return _own_lines(_no_lines(lines), package, part)
    cut = int(days["day"][after.arg_max() or 0])
    earlier = counted.filter(pl.col("day") < cut)
    begins = cut * MS_PER_DAY
    in_pool = _counts(lines, package, part) & _among(lines, "carrier", pool.carriers)
    later = lines.filter((pl.col("start_ms") >= begins) & in_pool).drop("units")
    later_lines = later.collect(engine="streaming")
    later_lines = _with_relief(later_lines, earlier, part.envelope, rate)
    relief, counted_relief = total_of(later_lines, "relief"), total_of(counted, "relief")
    if relief + total_of(earlier, "relief") != counted_relief:
        raise ConservationError(
            f"{part.id}: lines from day {cut} on hold {relief}, the totals {counted_relief}"
            " together",
            "settle",
            MEND,
        )
    is_cut = pl.col("start_ms") < begins + MS_PER_DAY
    of_day = _with_steps(later_lines.with_row_index("row").filter(is_cut), package)
    of_day = of_day.sort("start_ms", "event_hi", "event_lo", "step")
    remaining = pl.lit(pool.remaining - total_of(earlier, "relief"), pl.Int128)
    running = pl.col("relief").cast(pl.Int128).cum_sum()
    room = pl.max_horizontal(remaining - (running - pl.col("relief")), pl.lit(0, pl.Int128))
    taken = of_day.select("row", taken=pl.min_horizontal(room, "relief").cast(pl.Int64))
    recognised = pl.zeros(later_lines.height, pl.Int64, eager=True).scatter(
        taken["row"], taken["taken"]
    )
    later_lines = later_lines.with_columns(own_account=pl.col("relief") - recognised)
    return _own_lines(later_lines.filter(pl.col("own_account") > 0), package, part)


def _with_relief(
    lines: pl.DataFrame, earlier: pl.DataFrame, envelope: Envelope | None, rate: Fraction
) -> pl.DataFrame:
    """Lines with what counts of each, given what their statement lines come to before them."""
    if envelope is None or envelope.basis == "incl_vat":
        return lines.with_columns(relief=pl.col("amount"))
    before = sum_by(earlier, STATEMENT_LINE, ["amount"]).rename({"amount": "before"})
    lines = lines.join(before, on=STATEMENT_LINE, how="left", maintain_order="left")
    # An event has one row a statement line, so its id ends every tie.
    through = pl.col("amount").cast(pl.Int128).cum_sum()
    through = through.over(STATEMENT_LINE, order_by=["start_ms", "event_hi", "event_lo"])
    lines = lines.with_columns(through=through + pl.col("before").fill_null(0))
    return lines.with_columns(relief=_relief(envelope, rate)).drop("before", "through")


def _with_steps(lines: pl.DataFrame, package: Package) -> pl.DataFrame:
    """Lines with the place of each inside its event, as `step`."""
    kinds = lines.select(STATEMENT_LINE).unique()
    steps = [_step(package, *map(str, row)) for row in kinds.iter_rows()]
    order = sorted(set(steps))
    ranks = pl.Series("step", [order.index(step) for step in steps], dtype=pl.Int32)
    return lines.join(kinds.with_columns(ranks), on=STATEMENT_LINE)


def _step(package: Package, carrier: str, measure: str, nature: str) -> tuple[Any, ...]:
    """Sorts a line among those of its event: as the event consumes its relief, then by prices."""
    for entry in package.in_order():
        if entry.id == measure and (entry.carriers is None or carrier in entry.carriers):
            effect = entry.effect
            name = effect.place_in_order if isinstance(effect, Grant) else effect.type
            place = EFFECTS.index(name) if name in EFFECTS else len(EFFECTS)
            precedence = package.precedence_of(entry)
            return place, precedence, entry.order, measure, NATURES.index(nature)
    return len(EFFECTS), 0, 0, measure, NATURES.index(nature)


def _own_lines(lines: pl.DataFrame, package: Package, part: Programme) -> pl.DataFrame:
    """Lines in the columns of `own_account`; without relief of their own, there must be none."""
    if "own_account" not in lines.columns:
        nothing = pl.lit(0, pl.Int64)
        lines = lines.with_columns(relief=nothing, own_account=nothing)
    programmes = pl.Enum([programme.id for programme in package.parts()])
    return lines.select(
        "event_hi",
        "event_lo",
        "owner_hi",
        "owner_lo",
        "start_ms",
        "carrier",
        pl.lit(part.id, programmes).alias("programme"),
        "measure",
        "nature",
        "amount",
        "relief",
        "own_account",
    )


def _days(
    part: Programme, pool: Pool, counted: pl.DataFrame, period: Period
) -> Iterator[dict[str, Any]]:
    """A row for each day of the period, schema standing.BURN_DOWN."""
    assert part.envelope is not None
    pool_lines = counted.filter(_among(counted, "carrier", pool.carriers))
    reliefs = dict(sum_by(pool_lines, ["day"], ["relief"]).iter_rows())
    first = period.begin_ms // MS_PER_DAY
    places = range((period.end - period.begin).days)
    days = burn_down(
        pool.remaining,
        [reliefs.get(first + place, 0) for place in places],
        is_tracked=part.envelope.rule == "track",
    )
    begin, to_date = period.begin.date(), pool.to_date
    for place, day in enumerate(days):
        to_date += day.recognised
        yield {
            "period": period.name,
            "programme": part.id,
            "carrier": pool.carrier,
            "day": begin + timedelta(days=place),
            "relief": day.relief,
            "recognised": day.recognised,
            "recognised_to_date": to_date,
            "remaining": day.remaining,
            "runs_out": None if day.runs_out is None else begin + timedelta(days=day.runs_out),
        }


def check(recognised: Recognised) -> None:
    """The days sum to the programmes, and no amount of a row is below 0 or more than its relief."""
    programmes, days = recognised.programmes, recognised.burn_down
    with_envelope = programmes.filter(pl.col("envelope").is_not_null())
    for name in ("relief", "recognised"):
        if total_of(days, name) != total_of(with_envelope, name):
            raise ConservationError(
                f"days sum to {name} {total_of(days, name)}, the programmes to"
                f" {total_of(with_envelope, name)}",
                "settle",
                MEND,
            )
    faulty = programmes.filter(
        (pl.col("recognised") + pl.col("own_account") != pl.col("relief"))
        | (pl.min_horizontal("recognised", "own_account", "recognised_to_date") < 0)
    )
    if faulty.height:
        raise ConservationError(
            f"recognised + own account is not the relief, or one is below 0: {faulty.row(0)}",
            "settle",
            MEND,
        )
