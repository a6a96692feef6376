"""A programme's totals: its columns, and what one period hands on to the next. No I/O.

Amounts are whole đồng.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from doisoat.settlement.figures.envelope import true_up
from doisoat.settlement.figures.period import Period
from doisoat.tariffs.models.package_model import Package, Programme

PROGRAMME = {
    "period": pl.String(),
    "carrier": pl.String(),
    "programme": pl.String(),
    "relief": pl.Int64(),  # what counts against the envelope, of this carrier and period
    "relief_to_date": pl.Int64(),  # of this carrier, from the programme's first period on
    "programme_relief": pl.Int64(),  # of all carriers, this period
    "programme_relief_to_date": pl.Int64(),
    "envelope": pl.Int64(),  # null without one
    "carrier_envelope": pl.Int64(),  # the carrier's own part of it; null where it is common
    "recognised": pl.Int64(),  # of `relief`; under pro_rata provisional until a true-up
    "own_account": pl.Int64(),  # the rest of `relief`
    "true_up": pl.Int64(),  # what this period corrects of `recognised` so far; may be below 0
    "recognised_to_date": pl.Int64(),  # Σ recognised + Σ true_up, of this carrier
    "programme_recognised_to_date": pl.Int64(),  # of all carriers
}
BURN_DOWN = {
    "period": pl.String(),
    "programme": pl.String(),
    "carrier": pl.String(),  # whose part of the envelope; null where it is common
    "day": pl.Date(),
    "relief": pl.Int64(),  # of this day
    "recognised": pl.Int64(),  # of this day
    "recognised_to_date": pl.Int64(),
    "remaining": pl.Int64(),  # when the day ends
    "runs_out": pl.Date(),  # the day on which nothing was left, or is forecast to be
}


class ToDate(NamedTuple):
    """What the opening run had counted and recognised so far, by (programme, carrier) and by
    programme."""

    relief_by_carrier: Mapping[tuple[str, str], int]
    relief_by_programme: Mapping[str, int]
    recognised_by_carrier: Mapping[tuple[str, str], int]
    recognised_by_programme: Mapping[str, int]


NOTHING_YET = ToDate({}, {}, {}, {})


def to_date_of(programmes: pl.DataFrame) -> ToDate:
    """The standing that a run's programmes end with, for the next period to go on from.

    A run of before there were rules has no recognised_to_date: it recognised all.
    """
    if "recognised_to_date" not in programmes.columns:
        programmes = programmes.with_columns(
            recognised_to_date="relief_to_date",
            programme_recognised_to_date="programme_relief_to_date",
        )
    keys = programmes.select("programme", "carrier").rows()

    def column(name: str) -> list[int]:
        return programmes[name].to_list()

    names = [programme for programme, _ in keys]
    return ToDate(
        dict(zip(keys, column("relief_to_date"), strict=True)),
        dict(zip(names, column("programme_relief_to_date"), strict=True)),
        dict(zip(keys, column("recognised_to_date"), strict=True)),
        dict(zip(names, column("programme_recognised_to_date"), strict=True)),
    )


def recognised_in(programmes: pl.DataFrame) -> dict[tuple[str, str], int]:
    """What one period's statements recognise, true-ups included, by (programme, carrier)."""
    if "true_up" not in programmes.columns:
        programmes = programmes.with_columns(true_up=pl.lit(0, pl.Int64))
    rows = programmes.select("programme", "carrier", pl.col("recognised") + pl.col("true_up"))
    return {(programme, carrier): amount for programme, carrier, amount in rows.iter_rows()}


class Pool(NamedTuple):
    """What carriers draw from together: the envelope, or one carrier's part of it."""

    carrier: str | None  # whose part; None: common
    carriers: tuple[str, ...]
    envelope: int
    remaining: int  # when the period begins
    to_date: int  # recognised when the period begins


def pools_of(part: Programme, before: ToDate) -> Iterator[Pool]:
    """What the carriers of a programme draw from; none without an envelope."""
    envelope = part.envelope
    if envelope is None:
        return
    if envelope.per_carrier is None:
        had = before.recognised_by_programme.get(part.id, 0)
        remaining = max(0, envelope.amount - had)
        yield Pool(None, envelope.carriers, envelope.amount, remaining, had)
        return
    for name, amount in sorted(envelope.per_carrier.items()):
        had = before.recognised_by_carrier.get((part.id, name), 0)
        yield Pool(name, (name,), amount, max(0, amount - had), had)


def is_closed(package: Package, part: Programme, period: Period) -> bool:
    """Does no measure that counts against the envelope hold any more when the period ends?"""
    counted = part.envelope.measures if part.envelope is not None else None
    until = [
        measure.valid_until
        for measure in package.measures_of(part.id)
        if counted is None or measure.id in counted
    ]
    return bool(until) and max(until) <= period.end


def _true_ups(
    package: Package,
    part: Programme,
    period: Period,
    relief: Mapping[str, int],
    recognised: Mapping[str, int],
    before: ToDate,
) -> dict[str, int]:
    """By carrier, once the programme is closed; before, and under other rules, of none."""
    envelope = part.envelope
    if envelope is None or envelope.rule != "pro_rata" or not is_closed(package, part, period):
        return {}
    had = {name: n for (of, name), n in before.recognised_by_carrier.items() if of == part.id}
    counted = {name: n for (of, name), n in before.relief_by_carrier.items() if of == part.id}
    for name, amount in recognised.items():
        had[name] = had.get(name, 0) + amount
        counted[name] = counted.get(name, 0) + relief.get(name, 0)
    true_ups: dict[str, int] = {}
    for pool in pools_of(part, before):
        within = had if pool.carrier is None else {name: had.get(name, 0) for name in pool.carriers}
        wanted = {name: counted.get(name, 0) for name in pool.carriers}
        true_ups |= true_up(pool.envelope, wanted, within)
    return true_ups


def rows_of(
    package: Package,
    part: Programme,
    period: Period,
    carriers: Sequence[str],
    relief: Mapping[str, int],
    recognised: Mapping[str, int],
    before: ToDate,
) -> Iterator[dict[str, Any]]:
    """A row for each carrier that has a statement, schema PROGRAMME."""
    envelope = part.envelope
    parts = envelope.per_carrier if envelope is not None else None
    corrected = _true_ups(package, part, period, relief, recognised, before)
    net_recognised = {name: recognised[name] + corrected.get(name, 0) for name in carriers}
    whole = sum(relief[name] for name in carriers)
    for name in carriers:
        key = part.id, name
        yield {
            "period": period.name,
            "carrier": name,
            "programme": part.id,
            "relief": relief[name],
            "relief_to_date": before.relief_by_carrier.get(key, 0) + relief[name],
            "programme_relief": whole,
            "programme_relief_to_date": before.relief_by_programme.get(part.id, 0) + whole,
            "envelope": envelope.amount if envelope is not None else None,
            "carrier_envelope": parts.get(name) if parts is not None else None,
            "recognised": recognised[name],
            "own_account": relief[name] - recognised[name],
            "true_up": corrected.get(name, 0),
            "recognised_to_date": before.recognised_by_carrier.get(key, 0) + net_recognised[name],
            "programme_recognised_to_date": before.recognised_by_programme.get(part.id, 0)
            + sum(net_recognised.values()),
        }
