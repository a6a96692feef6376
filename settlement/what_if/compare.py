"""What-if: two worlds over the same usage, and their difference by whom, where, when and who wins.

Forgone revenue is Σ payable of the base − Σ payable of the what-if: two runs of one function, each
with balances of its own (docs/semantics.md, 2). It stands beside the relief that each world gives,
never instead of it. No I/O in this module.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import polars as pl

from doisoat.currency import unit_code, unit_text
from doisoat.errors import ConservationError
from doisoat.settlement.figures.merge import sum_by, total_of
from doisoat.settlement.rerating.evaluation import MEND, OWNER, Ground, Outcome
from doisoat.settlement.what_if.scenario import Side

AMOUNTS = ("list_value", "discount", "payable", "in_kind", "contribution")
OF_EVENTS = AMOUNTS[:3]  # what an owner's sums hold
OUTSIDE = AMOUNTS[3:]
EPOCH = date(1970, 1, 1)
DIMENSIONS = ("carrier", "home_province", "serving_province", "week", "segment")
NOBODY = ""
COUNTED = "forbearance"  # the nature that is counted, not valued

Sums = Mapping[str, int]


class Row(NamedTuple):
    """One key of a dimension: the amounts of both worlds."""

    key: str
    base: Sums
    what_if: Sums

    @property
    def difference(self) -> int:
        """What is paid more in the what-if; below 0: less."""
        return self.what_if["payable"] - self.base["payable"]


class MeasureRow(NamedTuple):
    """What a measure gives in both worlds: đồng, but of forbearances how many."""

    measure: str
    nature: str
    base: int
    what_if: int

    @property
    def is_count(self) -> bool:
        return self.nature == COUNTED

    def text(self, figure: int) -> str:
        """A figure of its own as `--json` prints it."""
        return str(figure) if self.is_count else unit_text(figure)


class Effect(NamedTuple):
    """Owners by what the what-if does to what they pay; of those with usage in either world."""

    key: str  # '' of all
    less: int  # owners who pay less
    less_amount: int  # by how much in all, above 0
    more: int
    more_amount: int
    same: int


class Comparison(NamedTuple):
    base: Side
    what_if: Side
    period: str
    carrier: str | None
    is_synthetic: bool
    whole: Row
    suspended: tuple[int, int]
    rows: Mapping[str, tuple[Row, ...]]  # by dimension
    measures: tuple[MeasureRow, ...]
    effect: Effect
    effects: Mapping[str, tuple[Effect, ...]]  # by carrier, by segment

    @property
    def forgone(self) -> int:
        """Revenue that the what-if forgoes against the base."""
        return -self.whole.difference

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints: amounts as text."""

        def of(row: Row) -> dict[str, Any]:
            return {
                "base": {name: unit_text(amount) for name, amount in row.base.items()},
                "what_if": {name: unit_text(amount) for name, amount in row.what_if.items()},
                "payable_difference": unit_text(row.difference),
            }

        def owners(effect: Effect) -> dict[str, Any]:
            names = ("less_amount", "more_amount")
            amounts = {name: unit_text(getattr(effect, name)) for name in names}
            return {"less": effect.less, "more": effect.more, "same": effect.same, **amounts}

        return {
            "period": self.period,
            "carrier": self.carrier,
            "synthetic": self.is_synthetic,
            "base": _introduced(self.base),
            "what_if": _introduced(self.what_if),
            "forgone_revenue": unit_text(self.forgone),
            "total": of(self.whole),
            "suspended": {"base": self.suspended[0], "what_if": self.suspended[1]},
            **{
                f"by_{name}": {row.key: of(row) for row in rows} for name, rows in self.rows.items()
            },
            "by_measure": [
                {
                    "measure": row.measure,
                    "nature": row.nature,
                    "unit": "events" if row.is_count else unit_code(),
                    "base": row.text(row.base),
                    "what_if": row.text(row.what_if),
                    "difference": row.text(row.what_if - row.base),
                }
                for row in self.measures
            ],
            "owners": owners(self.effect),
            **{
                f"owners_by_{name}": {effect.key: owners(effect) for effect in effects}
                for name, effects in self.effects.items()
            },
        }


def _introduced(side: Side) -> dict[str, Any]:
    package = side.world.package
    return {
        "name": side.name,
        "title": side.title,
        "title_en": side.title_en,
        "author": side.author,
        "reference": side.reference,
        "readings": dict(package.chosen),
        "changed": [
            {
                "key": change.key,
                "before": list(change.before),
                "after": change.after,
                "places": change.places,
                "valid_from": change.valid_from.isoformat() if change.valid_from else None,
                "valid_until": change.valid_until.isoformat() if change.valid_until else None,
                "source": change.source,
                "mark": change.mark,
            }
            for change in side.changed
        ],
    }


def compare(ground: Ground, sides: tuple[Side, Side], outcomes: Sequence[Outcome]) -> Comparison:
    """The comparison of two worlds, evaluated by owner and by place.

    Raises: ConservationError if a dimension does not sum to the whole.
    """
    base, what_if = outcomes
    segments = segments_of(ground.people.subscriptions, ground.period.end_ms)
    owners = [_with_segment(outcome.owners, segments) for outcome in (base, what_if)]
    tables = [_with_week(outcome) for outcome in (base, what_if)]
    rows = {
        name: _rows(*(_sums(totals, relief, name) for totals, relief in tables))
        for name in DIMENSIONS[:4]
    }
    rows["segment"] = _rows(*(_by(frame, "segment", OF_EVENTS) for frame in owners))
    whole = Row("", _whole(base), _whole(what_if))
    for name, dimension_rows in rows.items():
        _same(name, dimension_rows, whole)
    changes = _changes(*owners)
    return Comparison(
        base=sides[0],
        what_if=sides[1],
        period=ground.period.name,
        carrier=ground.carrier,
        is_synthetic=ground.is_synthetic,
        whole=whole,
        suspended=(base.suspended, what_if.suspended),
        rows=rows,
        measures=measure_rows(base.relief, what_if.relief),
        effect=_effect(NOBODY, sum_by(changes, OWNER[:2], ["change"])),
        effects={
            name: tuple(
                _effect(str(key), frame)
                for (key,), frame in sorted(changes.group_by([name]), key=lambda pair: pair[0])
            )
            for name in ("carrier", "segment")
        },
    )


def _whole(outcome: Outcome) -> Sums:
    return {
        **{name: outcome.total(name) for name in OF_EVENTS},
        **{name: outcome.nature(name) for name in OUTSIDE},
    }


def _with_week(outcome: Outcome) -> tuple[pl.DataFrame, pl.DataFrame]:
    weeks = {day: week_of(day) for day in outcome.totals["day"].unique()}
    named = pl.col("day").replace_strict(weeks, default="", return_dtype=pl.String).alias("week")
    return outcome.totals.with_columns(named), outcome.relief.with_columns(named)


def week_of(day: int) -> str:
    """The ISO week of a civil day counted from 1970-01-01: 2021-W31."""
    year, week, _ = (EPOCH + timedelta(days=day)).isocalendar()
    return f"{year}-W{week:02}"


def _by(frame: pl.DataFrame, key: str, names: Sequence[str]) -> dict[str, dict[str, int]]:
    table = sum_by(frame, [key], names)
    return {row[key]: {name: row[name] for name in names} for row in table.iter_rows(named=True)}


def _sums(totals: pl.DataFrame, relief: pl.DataFrame, key: str) -> dict[str, dict[str, int]]:
    by_key = _by(totals, key, OF_EVENTS)
    for nature in OUTSIDE:
        amounts = _by(relief.filter(pl.col("nature") == nature), key, ["amount"])
        for name, sums in by_key.items():
            sums[nature] = amounts.get(name, {"amount": 0})["amount"]
    return by_key


def _rows(
    base: Mapping[str, dict[str, int]], what_if: Mapping[str, dict[str, int]]
) -> tuple[Row, ...]:
    keys = sorted(base.keys() | what_if.keys())
    names = next((list(sums) for sums in (*base.values(), *what_if.values())), [])
    none = dict.fromkeys(names, 0)
    return tuple(Row(key, base.get(key, none), what_if.get(key, none)) for key in keys)


def _same(name: str, rows: Sequence[Row], whole: Row) -> None:
    for side in ("base", "what_if"):
        for amount in rows[0].base if rows else ():
            summed = sum(getattr(row, side)[amount] for row in rows)
            if summed != getattr(whole, side)[amount]:
                raise ConservationError(
                    f"{amount} by {name} sums to {summed}, in all it is"
                    f" {getattr(whole, side)[amount]}",
                    "compare",
                    MEND,
                )


def measure_rows(base: pl.DataFrame, what_if: pl.DataFrame) -> tuple[MeasureRow, ...]:
    by = ("measure", "nature")
    sums = [
        {
            (measure, nature): events if nature == COUNTED else amount
            for measure, nature, events, amount in sum_by(
                frame, by, ["events", "amount"]
            ).iter_rows()
        }
        for frame in (base, what_if)
    ]
    keys = sorted(sums[0].keys() | sums[1].keys())
    return tuple(
        MeasureRow(
            measure, nature, sums[0].get((measure, nature), 0), sums[1].get((measure, nature), 0)
        )
        for measure, nature in keys
    )


# --- owners --------------------------------------------------------------------------------------


def segments_of(subscriptions: pl.DataFrame, end_ms: int) -> pl.DataFrame:
    """Each owner's segment: that of his last subscription begun before the period's end."""
    begun = subscriptions.filter(pl.col("from_ms") < end_ms).sort(
        "owner_hi", "owner_lo", "from_ms", "subscriber_hi", "subscriber_lo"
    )
    return begun.unique(OWNER[:2], keep="last", maintain_order=True).select(*OWNER[:2], "segment")


def _with_segment(owners: pl.DataFrame, segments: pl.DataFrame) -> pl.DataFrame:
    if owners.is_empty():
        schema = {name: pl.Int64 for name in OF_EVENTS}
        ids = dict.fromkeys(OWNER[:2], pl.UInt64)
        return pl.DataFrame(schema={**ids, "carrier": pl.String, **schema, "segment": pl.String})
    joined = owners.join(segments, on=OWNER[:2], how="left", maintain_order="left")
    return joined.with_columns(pl.col("segment").fill_null(NOBODY))


def _changes(base: pl.DataFrame, what_if: pl.DataFrame) -> pl.DataFrame:
    """What each owner pays more, by carrier: OWNER, segment, change."""
    keys = (*OWNER, "segment")
    both = base.select(*keys, "payable").join(
        what_if.select(*keys, "payable"), on=keys, how="full", coalesce=True, suffix="_other"
    )
    change = pl.col("payable_other").fill_null(0) - pl.col("payable").fill_null(0)
    return both.select(*keys, change=change)


def _effect(key: str, changes: pl.DataFrame) -> Effect:
    less, more = changes.filter(pl.col("change") < 0), changes.filter(pl.col("change") > 0)
    return Effect(
        key,
        less.height,
        -total_of(less, "change"),
        more.height,
        total_of(more, "change"),
        changes.height - less.height - more.height,
    )
