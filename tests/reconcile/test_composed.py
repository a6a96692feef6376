"""Two causes done together against the oracle, under tariffs changed twice as plain data."""

import pytest

from doisoat.settlement.reconcile.causes import (
    composed_causes as composed,
)
from doisoat.settlement.reconcile.causes import (
    package_worlds,
)
from doisoat.settlement.reconcile.causes import (
    run_figures as ours,
)
from doisoat.settlement.reconcile.causes import (
    world_causes as worlds,
)
from doisoat.settlement.reconcile.causes.alternative_cache import AlternativeCache
from doisoat.settlement.reconcile.causes.claim_cells import (
    Key,
    Pair,
    moved_by_cell,
    pairs,
    to_grain,
)
from doisoat.settlement.records.alternative_frame import Alternative
from doisoat.settlement.records.explanation import Vector
from doisoat.tariffs.load.rewritten_package import package_of
from doisoat.tariffs.load.tariffs import load_package

from .carriers import CHANGE, as_cells, day_of, moved
from .test_worlds import own, with_measures, with_plans

CARRIER = "viettel"
NOTHING = (0, 0, 0)


def earlier_prices(data):
    old, new = (plan for plan in data["plans"] if plan["id"] == "viettel.Tomato")
    data["plans"].remove(new)
    old["valid_until"] = None


def later_prices(data):
    old, new = (plan for plan in data["plans"] if plan["id"] == "viettel.Tomato")
    data["plans"].remove(old)
    new["valid_from"] = old["valid_from"]


def each_rate(data):
    return [rate for plan in own(data["plans"], CARRIER) for rate in plan["rates"]]


def whole_minutes(data):
    for rate in each_rate(data):
        if rate["kind"] == "voice":
            rate["block"] = "60 s + 60 s"


def rounded_up(data):
    for rate in each_rate(data):
        rate["rounding"] = "up"


def everywhere(entry):
    entry["where"] = None


def any_plan(entry):
    entry["scope"]["plans"] = None


BEFORE = Alternative("tariff_version", f"{CHANGE}T00:00=before")
AFTER = Alternative("tariff_version", f"{CHANGE}T00:00=after")
MINUTES = Alternative("block", "voice=60 s + 60 s")
UP = Alternative("rounding", "per_event=up")
EVERYWHERE = Alternative("locality_policy", "M6=anywhere")
EVERY_ORDER = Alternative("reading", "m6.localities=every_order")
CHANGES = {BEFORE: earlier_prices, AFTER: later_prices, MINUTES: whole_minutes, UP: rounded_up}
MEASURES = {EVERYWHERE: ("M6", everywhere)}
TOGETHER = [
    (BEFORE, MINUTES), (AFTER, MINUTES), (BEFORE, UP), (MINUTES, UP), (BEFORE, EVERYWHERE),
    (AFTER, EVERYWHERE), (MINUTES, EVERYWHERE), (UP, EVERYWHERE), (EVERY_ORDER, BEFORE),
    (EVERY_ORDER, MINUTES),
]  # fmt: skip


def changed(tariffs, some):
    catalogue, package = tariffs
    for one in some:
        if one == EVERY_ORDER:
            package = load_package("vn-2021-08", dict([one.detail.split("=")]))
    for one in some:
        if one in CHANGES:
            catalogue = with_plans(catalogue, CHANGES[one])
        elif one in MEASURES:
            package = with_measures(package, CARRIER, *MEASURES[one])
    return catalogue, package


@pytest.fixture(scope="module")
def base(told, tariffs):
    return told.cells(*tariffs, CARRIER)


@pytest.fixture(scope="module")
def together(told, tariffs, base):
    """What each pair adds to the run's cells, by the oracle."""
    return {some: moved(told.cells(*changed(tariffs, some), CARRIER), base) for some in TOGETHER}


def test_each_pair_is_evaluated_as_one_world(home, run, together):
    made = worlds.composed(run, CARRIER, TOGETHER)
    assert [pair for pair, _ in made] == TOGETHER
    found = worlds.differences(home, run, CARRIER, [one for _, one in made], 2)
    interact = 0
    for pair, named in made:
        rows = found.relief.filter(cause=named.cause, detail=named.detail)
        assert as_cells(rows) == together[pair], pair
        interact += bool(together[pair])
    assert interact >= 8


def test_of_a_cause_that_is_dear_to_make_only_the_one_of_the_pair_is(run, monkeypatch):
    details = []

    def counting(text, choices, where):
        details.append(dict(choices))
        return package_of(text, choices, where)

    monkeypatch.setattr(package_worlds, "package_of", counting)
    reading = Alternative("reading", "m6.place=home_at_use")
    ((_, named),) = worlds.composed(run, CARRIER, [(EVERY_ORDER, reading)])
    assert len(details) == 2 and details[1] == named.world.package.chosen
    assert {"m6.localities": "every_order", "m6.place": "home_at_use"}.items() <= details[1].items()


def added(figures, *several):
    return tuple(map(sum, zip(figures, *several, strict=True)))


def by_measure(cells):
    found = {}
    for (measure, nature, _, _), figures in cells.items():
        found[measure, nature] = added(found.get((measure, nature), NOTHING), figures)
    return found


@pytest.fixture(scope="module")
def tried(home, run, found):
    """What is found of cells of a claim by measure that say something else than the run."""
    rows = to_grain(ours.cells(run, CARRIER), "measure")
    held = {one.key: one for one in pairs(rows, rows, "measure")}
    alone = moved_by_cell(found[CARRIER], "measure")
    kept = AlternativeCache(home, run)

    def tried(wrong):
        cells = [
            Pair(key, added(held[key].recomputed, by), held[key].recomputed, True)
            for key, by in wrong.items()
        ]
        rows = found[CARRIER]
        return alone, composed.tried(kept, CARRIER, "measure", cells, rows, alone, {}, 2)

    return tried


def test_what_does_not_add_up_is_found_as_a_pair(tried, together, found):
    """Of each pair one cell of which the sum of both is not what they come to together."""
    alone = moved_by_cell(found[CARRIER], "measure")
    seen = 0
    for pair, cells in together.items():
        for key, figures in by_measure(cells).items():
            sides = [alone.get(key, {}).get(one, NOTHING) for one in pair]
            if not all(map(any, sides)) or added(*sides) == figures:
                continue
            _, told = tried({key: figures})
            amounts = {
                tuple(part[:2] for part in one): [part.moved for part in one]
                for one in told[key].explanations
            }
            assert amounts[tuple(map(tuple, pair))] == [
                sides[0], tuple(a - b for a, b in zip(figures, sides[0], strict=True))
            ], (pair, key)  # fmt: skip
            assert figures in told[key].moved
            seen += 1
    assert seen >= 3


def test_a_day_that_is_missing_is_counted_in_a_world(told, tariffs, tried, base):
    world = changed(tariffs, (BEFORE,))
    day = max(
        {day_of(event.start_ms) for event in told.events},
        key=lambda one: sum(
            figures[2] for key, figures in told.cells(*world, CARRIER).items() if key[2] == one
        ),
    )
    left = {key: one for key, one in told.cells(*world, CARRIER).items() if key[2] != day}
    wrong = by_measure(moved(left, base))
    _, found = tried(wrong)
    wanted = (tuple(BEFORE), ("missing", f"day:{day}"))
    names = [[tuple(part[:2] for part in one) for one in found[key].explanations] for key in wrong]
    assert sum(wanted in one for one in names) >= 1
    for key, figures in wrong.items():
        assert all(
            added(*(part.moved for part in one)) == figures for one in found[key].explanations
        )


def test_cells_take_turns_and_no_more_pairs_are_evaluated_than_are_said():
    readings = [Alternative("reading", f"r{place:02}=x") for place in range(12)]
    missing = Alternative("missing", "day:2021-08-09")
    cells: list[Pair] = []
    alone: dict[Key, dict[Alternative, Vector]] = {}
    for place in range(2):
        # Of readings that move 10, 20, 30, ... the pair that is wanted has 3 đ of their meeting.
        moves: dict[Alternative, Vector] = {
            one: (0, 0, 10 * (at + 1)) for at, one in enumerate(readings)
        }
        key: Key = ("M6", f"0{place}")
        wanted = moves[readings[place]][2] + moves[readings[place + 3]][2] + 3
        alone[key] = {**moves, missing: (0, 0, wanted - 10)}
        cells.append(Pair(key, (5, 5, 1_000 + wanted), (5, 5, 1_000), True))
    some = composed.chosen(cells, alone)
    assert len(some) == len(set(some)) == composed.PAIRS
    assert {readings[0], readings[3]} in [set(pair) for pair in some[:6]]
    assert {readings[1], readings[4]} in [set(pair) for pair in some[:6]]
    assert all(worlds.order_of(one) < worlds.order_of(other) for one, other in some)
    assert missing not in {one for pair in some for one in pair}
    far = [cells[0]._replace(claimed=(5, 5, 5_000_000))]
    assert composed.chosen(far, alone) == composed.chosen([], {}) == []


def test_two_answers_to_one_question_are_no_pair():
    one, other = (Alternative("block", f"voice={size}") for size in ("1 s + 1 s", "60 s + 60 s"))
    alone: dict[Key, dict[Alternative, Vector]] = {
        ("M6", "discount"): {one: (0, 0, 3), other: (0, 0, 5)}
    }
    cell = Pair(("M6", "discount"), (5, 5, 1_008), (5, 5, 1_000), True)
    assert composed.chosen([cell], alone) == []
