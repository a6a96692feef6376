"""Events in memory, given as the oracle's facts and rated by the kernel."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import polars as pl

from doisoat.engine.files.coding import narrow_block
from doisoat.engine.kernel.narrow import Narrow
from doisoat.engine.oracle import oracle
from doisoat.engine.rating.allow_lists import with_segments
from doisoat.engine.rating.opening_state import open_packs_as_state, sellers_of
from doisoat.engine.rating.rater import STATUSES, Rater
from doisoat.engine.store.event_columns import EVENT_SCHEMA
from doisoat.engine.usage.membership import memberships, of_traits, packs_resolved, resolved
from doisoat.engine.usage.stored_parts import (
    NO_PACKS,
    NO_PORTS,
    NO_SUBSCRIPTIONS,
    NO_TRAITS,
    TRAIT_TEXTS,
    USAGE_COLUMNS,
)
from doisoat.tariffs.compile.compile import compile_program
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Package

ID_BITS = 64
LOW = (1 << ID_BITS) - 1


def rate_events_and_close(
    catalogue: Catalogue,
    package: Package,
    subscriptions: Sequence[oracle.Subscription],
    ports: Sequence[oracle.Port],
    events: Sequence[oracle.Event],
    period: tuple[int, int],
    open_packs: Sequence[oracle.OpenPack] = (),
    state: pl.DataFrame | None = None,
) -> tuple[list[oracle.Outcome], pl.DataFrame]:
    """Rate events given as the oracle's facts by the kernel: the same outcomes, without traces.

    Beside them the closing state (schema CLOSING).
    """
    program = with_segments(compile_program(catalogue, package), people_of(subscriptions))
    rater = Rater(program)
    return rate_by(rater, subscriptions, ports, events, period, open_packs, state)


def rate_by(
    rater: Rater,
    subscriptions: Sequence[oracle.Subscription],
    ports: Sequence[oracle.Port],
    events: Sequence[oracle.Event],
    period: tuple[int, int],
    open_packs: Sequence[oracle.OpenPack] = (),
    state: pl.DataFrame | None = None,
) -> tuple[list[oracle.Outcome], pl.DataFrame]:
    """As rate_events_and_close, by a program made ready once."""
    program = rater.program
    people = people_of(subscriptions)
    members = memberships(people)
    ordered = in_order(e for e in of_owners(events, members) if period[0] <= e.start_ms < period[1])
    usage, traits = usage_of(ordered)
    packs = packs_resolved(packs_of(open_packs), members, sellers_of(program))
    opening = open_packs_as_state(program, packs, people) if state is None else state
    narrow = Narrow(narrow_block(usage))
    result = rater.rate(
        0,
        [(narrow, rater.resolve_traits(traits), [usage])],
        rater.subscriptions(people),
        rater.opening(opening),
        rater.ports(ports_of(ports)),
        period,
        keeps_rated=True,
    )
    words = program.vocabulary
    lines: dict[int, list[oracle.Line]] = {}
    for hi, lo, measure, nature, units, amount in result.lines.select(
        "event_hi", "event_lo", "measure", "nature", "units", "amount"
    ).iter_rows():
        lines.setdefault(hi << ID_BITS | lo, []).append(
            oracle.Line(words.measures[measure], words.natures[nature], units, amount)
        )
    outcomes = [
        oracle.Outcome(
            event=event,
            status=STATUSES[row["status"]],
            list_value=row["list_value"],
            payable=row["payable"],
            billed=row["billed"],
            bundled=row["bundled"],
            past_stop=row["past_stop"],
            throttled=row["throttled"],
            lines=tuple(lines.get(event.event_id, ())),
            destination_class=words.destinations[row["destination"]],
            trace=(),
        )
        for event, row in zip(ordered, result.rated.iter_rows(named=True), strict=True)
    ]
    return outcomes, result.closing


def _halves(value: int) -> tuple[int, int]:
    return value >> ID_BITS, value & LOW


def of_owners(events: Sequence[oracle.Event], members: pl.DataFrame) -> list[oracle.Event]:
    """The events, each of the account whose member its subscriber is; members: `memberships`."""
    if members.is_empty():
        return list(events)
    owners = resolved(of_traits(*usage_of(events)), members).select("owner_hi", "owner_lo").rows()
    named = [hi << ID_BITS | lo for hi, lo in owners]
    return [
        event if event.owner == owner else replace(event, owner=owner, subscriber=event.member)
        for event, owner in zip(events, named, strict=True)
    ]


def in_order(events: Iterable[oracle.Event]) -> list[oracle.Event]:
    """Events as a bucket holds them."""
    return sorted(events, key=lambda event: (event.owner, event.order))


def usage_of(events: Sequence[oracle.Event]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Ordered events as rows of usage (USAGE_COLUMNS), and the traits that they name."""
    texts = [tuple(getattr(event, name) for name in TRAIT_TEXTS) for event in events]
    codes = {text: code for code, text in enumerate(dict.fromkeys(texts))}
    traits = [(code, *text) for text, code in codes.items()]
    rows = [
        (
            *_halves(e.owner), e.start_ms, codes[text], e.units, e.duration_ms,
            *_halves(e.counterparty), *_halves(e.event_id), *_halves(e.session), e.partial,
            e.charged, *_halves(e.member),
        )
        for e, text in zip(events, texts, strict=True)
    ]  # fmt: skip
    schema = {name: EVENT_SCHEMA[name] for name in USAGE_COLUMNS}
    return (
        pl.DataFrame(rows, schema, orient="row"),
        pl.DataFrame(traits, NO_TRAITS.schema, orient="row"),
    )


def people_of(subscriptions: Sequence[oracle.Subscription]) -> pl.DataFrame:
    """Rows of subscription.parquet."""
    rows = [
        (
            *_halves(s.member), *_halves(s.owner), s.carrier, s.plan, s.segment, s.payment,
            s.home_locality, s.from_ms, s.until_ms,
        )
        for s in subscriptions
    ]  # fmt: skip
    return pl.DataFrame(rows, NO_SUBSCRIPTIONS.schema, orient="row")


def ports_of(ports: Sequence[oracle.Port]) -> pl.DataFrame:
    """Rows of port.parquet."""
    rows = [(*_halves(p.number), p.carrier, p.from_ms, p.until_ms) for p in ports]
    return pl.DataFrame(rows, NO_PORTS.schema, orient="row")


def packs_of(packs: Sequence[oracle.OpenPack]) -> pl.DataFrame:
    """Rows of pack.parquet, and the moment that `left` is of where it is not the period's first."""
    rows = [
        (
            *_halves(p.owner), p.pack, p.bought_ms, p.price_paid, ";".join(map(str, p.left)),
            p.left_ms,
        )
        for p in packs
    ]  # fmt: skip
    return pl.DataFrame(rows, {**NO_PACKS.schema, "left_ms": pl.Int64}, orient="row")
