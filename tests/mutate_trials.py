"""Inputs, and what each must give: what the kernel as it is gives, where the oracle agrees."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

COMPARED = (
    "rated", "lines", "refunds", "suspense", "totals", "relief_totals", "owners", "closing",
)  # fmt: skip
Rows = dict[str, list[tuple[Any, ...]]]  # of the kernel's outputs by name
MS_PER_DAY = 86_400_000
SINCE_DAYS = 9  # sums of owners begin so long after the period
LOW = (1 << 64) - 1


@dataclass
class Trial:
    """A call, what it must give, and where its period is parted in two (0: nowhere)."""

    name: str
    call: Any  # a tests.recorder.Call
    split_ms: int
    efforts: tuple[int, ...] = ()  # of the whole period, where they are known
    expected: list[Rows] = field(default_factory=list)
    vouched: str = ""  # why it can't be used, if it can't


def replay(call: Any, period: tuple[int, int], opening, **more: Any) -> tuple[Rows, object]:
    """What one pass gives, as plain numbers, and its closing state as an opening state."""
    from doisoat.engine.arrow.arrow import ArrowTable
    from doisoat.engine.arrow.columns import Ints
    from doisoat.engine.kernel.kernel import BucketPass
    from tests.engine.efforts import efforts_of

    program, _, subscriptions, _, *others = call.given
    options = {**call.options, "keeps_streams": True, **more}
    work = BucketPass(program, period, subscriptions, opening, *others, **options)
    for batch in call.blocks:
        work.rate(*batch)
    work.finish()
    columns = work.columns()
    rows = {
        name: list(zip(*(numbers(c) for c in columns[name].values()), strict=True))
        for name in COMPARED
    }
    for name in ("totals", "relief_totals"):  # they come as the hash table has them
        rows[name].sort()
    counts = work.counts()
    rows["counts"] = [
        (key, value)
        for key, value in counts.items()
        if "given" not in key and "exhausted" not in key
    ]
    rows["checksums"] = [work.checksums()]
    rows["efforts"] = [efforts_of(work)]
    rows["streams"] = list((work.shard_streams() or {}).items())
    rows["digests"] = list(work.shard_digests().items())
    kept = columns["closing"]
    names = tuple(kept)
    state = Ints(ArrowTable({name: array("q", numbers(kept[name])) for name in names}), names)
    return rows, state


def first_day(period: tuple[int, int]) -> int:
    """The day from which the sums of owners are asked for."""
    return period[0] // MS_PER_DAY + SINCE_DAYS


def numbers(column) -> list[int]:
    return memoryview(column).cast("q").tolist() if len(column) else []


def replay_all(trial: Trial) -> Iterator[Rows]:
    """The whole period at once, then with sums of owners, by the short way and without.

    Then its two parts one after the other. Efforts are there where they are known: of the first.
    """
    period, opening = trial.call.given[1], trial.call.given[3]
    since = first_day(period)
    whole = replay(trial.call, period, opening)[0]
    yield whole if trial.efforts else amounts(whole)
    yield amounts(replay(trial.call, period, opening, owners_since=since)[0])
    yield amounts(replay(trial.call, period, opening, owners_since=since, short_way=False)[0])
    if trial.split_ms:
        early, state = replay(trial.call, (period[0], trial.split_ms), opening)
        yield amounts(early)
        yield amounts(replay(trial.call, (trial.split_ms, period[1]), state)[0])


def amounts(rows: Rows) -> Rows:
    return {name: found for name, found in rows.items() if name != "efforts"}


def prepare(
    name: str, inputs: tuple[Any, ...], split_ms: int, efforts: tuple[int, ...] = ()
) -> Trial:
    """Rate by oracle and kernel, and keep the kernel's call; `vouched` says where they differ."""
    from doisoat.engine.oracle import oracle
    from tests.implementations import facts, kernel
    from tests.recorder import recording

    with recording() as calls:
        found, _ = kernel().rate_events_and_close(*inputs)
    expected = oracle.rate(*inputs).outcomes
    trial = Trial(name, calls[0], split_ms, efforts)
    if [facts(one) for one in found] != [facts(one) for one in expected]:
        trial.vouched = "kernel and oracle differ"
        return trial
    trial.expected = list(replay_all(trial))
    whole, by_owner, by_general_way = trial.expected[:3]
    if efforts and whole["efforts"] != [efforts]:
        trial.vouched = "its efforts are not those of tests/engine/efforts.json"
    if by_owner != by_general_way or amounts(whole) != {**by_owner, "owners": []}:
        trial.vouched = "the short way and the general way differ"
    if not same_sums(by_owner, expected, first_day(inputs[-2])):
        trial.vouched = "totals, suspense, refunds or sums of owners are not those of the events"
    if split_ms:
        parts = sorted(row for part in trial.expected[3:] for row in part["rated"])
        if parts != sorted(whole["rated"]):
            trial.vouched = "the two parts of the period are not the whole"
    return trial


def same_sums(rows: Rows, outcomes, since: int) -> bool:
    """Totals, suspense, refunds and sums of owners are those of the oracle's events."""
    from doisoat.settlement.figures.refund_due import refund_due

    rated = [o for o in outcomes if o.status == "rated"]
    reliefs = [line for o in rated for line in o.lines]
    discount = sum(line.amount for line in reliefs if line.nature == "discount")
    totals, relief = (
        [sum(column) for column in list(zip(*rows[name], strict=True))[-width:]] or [0] * width
        for name, width in (("totals", 7), ("relief_totals", 3))
    )
    late = [o for o in rated if o.event.start_ms // MS_PER_DAY >= since]
    by_owner: dict[int, list[int]] = {}
    for o in late:
        one = by_owner.setdefault(o.event.owner, [0, 0, 0, 0])
        for at, value in enumerate((1, o.list_value, o.list_value - o.payable, o.payable)):
            one[at] += value
    found: dict[int, list[int]] = {}
    for hi, lo, _, *sums in rows["owners"]:
        one = found.setdefault((hi & LOW) << 64 | lo & LOW, [0, 0, 0, 0])
        for at, value in enumerate(sums):
            one[at] += value
    due = [
        (o.event.charged, o.list_value, o.payable)
        for o in rated
        if refund_due(o.event.charged, o.list_value, o.payable) != refund_due(None, 0, 0)
    ]
    return (
        totals == [
            len(rated), sum(o.event.units for o in rated), sum(o.billed for o in rated),
            sum(o.bundled for o in rated), sum(o.list_value for o in rated), discount,
            sum(o.payable for o in rated)]
        and relief == [len(reliefs), sum(x.units for x in reliefs), sum(x.amount for x in reliefs)]
        and found == by_owner
        and len(rows["suspense"]) == len(outcomes) - len(rated)
        and sorted(row[-3:] for row in rows["refunds"]) == sorted(due)
    )  # fmt: skip


def make_trials(worlds: int) -> list[Trial]:
    """The cases and edges as written, then random worlds."""
    from tests.engine.edges import EDGES
    from tests.engine.efforts import known_efforts
    from tests.engine.order_edges import ORDER_EDGES
    from tests.engine.pack_edges import PACK_EDGES
    from tests.engine.price_edges import PRICE_EDGES
    from tests.engine.way_edges import WAY_EDGES
    from tests.spec.cases import CASES, LATE, REFUND
    from tests.spec.programme_cases import PROGRAMME_CASES
    from tests.worlds import SPLIT, make_world

    cases = [
        (f"case {c.number}: {c.name}", (c.catalogue, c.package, c.subscriptions, (), c.events,
                                        c.period_ms, c.open_packs), 0)
        for c in (*CASES, *PROGRAMME_CASES, LATE, REFUND)
    ]  # fmt: skip
    edges = (*EDGES, *PRICE_EDGES, *ORDER_EDGES, *PACK_EDGES, *WAY_EDGES)
    trials = [prepare(*case) for case in cases]
    trials += [
        prepare(f"edge: {edge.name}", edge.inputs, edge.split_ms, known_efforts()[edge.name])
        for edge in edges
    ]
    trials += [prepare(f"world {seed}", make_world(seed).inputs, SPLIT) for seed in range(worlds)]
    for trial in trials:
        if trial.vouched:
            print(f"not used, {trial.name}: {trial.vouched}", flush=True)
    return [trial for trial in trials if not trial.vouched]
