"""Events in memory, given as the oracle's facts and rated by the kernel."""

from collections.abc import Sequence

import polars as pl

from doisoat.engine import oracle
from doisoat.engine.bucket import NO_PORTS, NO_SUBSCRIPTIONS
from doisoat.engine.codes import Codes
from doisoat.engine.coding import coded
from doisoat.engine.opening import open_packs_as_state
from doisoat.engine.rater import STATUSES, Rater
from doisoat.tariffs.compile import compile_program
from doisoat.tariffs.models import Catalogue, Package

ID_BITS = 64
LOW = (1 << ID_BITS) - 1


def rate_events(
    catalogue: Catalogue,
    package: Package,
    subscriptions: Sequence[oracle.Subscription],
    ports: Sequence[oracle.Port],
    events: Sequence[oracle.Event],
    period: tuple[int, int],
    open_packs: Sequence[oracle.OpenPack] = (),
    state: pl.DataFrame | None = None,
) -> list[oracle.Outcome]:
    """Rate events given as the oracle's facts by the kernel: the same outcomes, without traces."""
    outcomes, _ = rate_events_and_close(
        catalogue, package, subscriptions, ports, events, period, open_packs, state
    )
    return outcomes


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
    """As rate_events, with the closing state (schema CLOSING)."""
    program = compile_program(catalogue, package)
    rater = Rater(program)
    ordered = sorted(
        (e for e in events if period[0] <= e.start_ms < period[1]), key=lambda e: (e.owner, e.order)
    )
    texts = [
        (e.carrier, e.kind, e.destination, e.rating_group, e.locality, e.pack) for e in ordered
    ]
    codes = {text: code for code, text in enumerate(dict.fromkeys(texts))}
    traits = pl.DataFrame(
        [(code, *text) for text, code in codes.items()],
        schema={
            "trait": pl.UInt32,
            **dict.fromkeys(
                ("carrier", "kind", "destination", "rating_group", "locality", "pack"), pl.String
            ),
        },
        orient="row",
    )
    usage = pl.DataFrame(
        [
            (
                *_halves(e.owner),
                e.start_ms,
                codes[text],
                e.units,
                e.duration_ms,
                *_halves(e.counterparty),
                *_halves(e.event_id),
                *_halves(e.session),
                e.partial,
                e.charged,
            )
            for e, text in zip(ordered, texts, strict=True)
        ],
        schema=USAGE_SCHEMA,
        orient="row",
    )
    people = pl.DataFrame(
        [
            (
                *_halves(s.owner),
                s.carrier,
                s.plan,
                s.segment,
                s.payment,
                s.home_locality,
                s.from_ms,
                s.until_ms,
            )
            for s in subscriptions
        ],
        schema={
            name: NO_SUBSCRIPTIONS.schema[name]
            for name in (
                "owner_hi",
                "owner_lo",
                "carrier",
                "plan",
                "segment",
                "payment",
                "home_locality",
                "from_ms",
                "until_ms",
            )
        },
        orient="row",
    )
    ported = pl.DataFrame(
        [(*_halves(p.number), p.carrier, p.from_ms, p.until_ms) for p in ports],
        schema=NO_PORTS.schema,
        orient="row",
    )
    packs = pl.DataFrame(
        [
            (*_halves(p.owner), p.pack, p.bought_ms, p.price_paid, ";".join(map(str, p.left)))
            for p in open_packs
        ],
        schema={
            "owner_hi": pl.UInt64,
            "owner_lo": pl.UInt64,
            "pack": pl.String,
            "bought_ms": pl.Int64,
            "price_paid": pl.Int64,
            "left": pl.String,
        },
        orient="row",
    )
    opening = open_packs_as_state(program, packs) if state is None else state
    narrow, ids = coded(usage)
    result = rater.rate(
        0,
        [(narrow, rater.resolve_traits(traits), Codes(ids))],
        rater.subscriptions(people),
        rater.opening(opening),
        rater.ports(ported),
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


USAGE_SCHEMA = pl.Schema(
    {
        "owner_hi": pl.UInt64(),
        "owner_lo": pl.UInt64(),
        "start_ms": pl.Int64(),
        "trait": pl.UInt32(),
        "units": pl.Int64(),
        "duration_ms": pl.Int64(),
        "counterparty_hi": pl.UInt64(),
        "counterparty_lo": pl.UInt64(),
        "event_hi": pl.UInt64(),
        "event_lo": pl.UInt64(),
        "session_hi": pl.UInt64(),
        "session_lo": pl.UInt64(),
        "partial": pl.Int32(),
        "charged": pl.Int64(),
    }
)
