"""Events that no tariff prices, by carrier, plan, kind and destination: what a catalogue lacks.

A run keeps of a suspended event whose it is and why. What it is stands in the parts, and whose plan
it meets in the master data; both are looked up for those who are to mend the catalogue.
"""

from collections.abc import Sequence

import polars as pl

from doisoat.currency import number_text
from doisoat.engine.intake.master.master_tables import BY_NAME
from doisoat.engine.intake.master.master_tables import standing as standing_rows
from doisoat.engine.intake.records.conflict import copies_in
from doisoat.engine.intake.records.events import EVENT
from doisoat.engine.store.home import Home, Part, list_parts
from doisoat.engine.usage.subscriptions import OWNER
from doisoat.messages.text import Text, joined, message, message_in
from doisoat.settlement.runs.event_addresses import found_in, with_plan
from doisoat.settlement.runs.suspended_events import suspended_events

NO_TARIFF = "no_tariff"
BY = ("carrier", "plan", "kind", "destination")
SCHEMA = pl.Schema({**dict.fromkeys(BY, pl.String()), "events": pl.Int64()})
NOTHING = SCHEMA.to_frame()
SHOWN = 5  # of a carrier, in one note


def unpriced(
    events: pl.DataFrame,
    usage: Sequence[Part],
    copies: pl.DataFrame,
    subscriptions: pl.DataFrame,
) -> pl.DataFrame:
    """SCHEMA: how many of these events there are of each, the most first by carrier.

    Args: events: EVENT, OWNER, carrier, start_ms; usage: parts that hold them; copies: COPIES of
        these; subscriptions: OWNER, SUBSCRIBER, carrier, plan, from_ms, until_ms (null: open).
    plan: of the subscriber's row at the event's start, else of its account's; '' where there is no
        one such. destination: of a pack its name.
    """
    if events.is_empty():
        return NOTHING
    keyed = events.select(*EVENT, *OWNER, pl.col("carrier").cast(pl.String), "start_ms")
    described_events = keyed.join(
        found_in(keyed.select(EVENT), usage, copies), on=EVENT, how="left"
    )
    described_events = with_plan(described_events.with_row_index("_place"), subscriptions)
    return (
        described_events.with_columns(pl.col(name).fill_null("") for name in BY)
        .group_by(BY)
        .agg(events=pl.len().cast(pl.Int64))
        .sort("carrier", "events", *BY[1:], descending=[False, True, False, False, False])
        .select(SCHEMA.names())
    )


def unpriced_in(home: Home) -> pl.DataFrame:
    """The same of the runs in force; `suspended_events` may have been listed already."""
    events = suspended_events(home).filter(pl.col("reason") == NO_TARIFF)
    if events.is_empty():
        return NOTHING
    usage = list_parts(home, "usage")
    rows = standing_rows(list_parts(home, "master"), BY_NAME["subscription"])
    return unpriced(events, usage, copies_in(home, usage), rows)


def notes_of(groups: pl.DataFrame) -> list[str]:
    """A note for each carrier: what most of its events without a price are."""
    notes: list[str] = []
    for (carrier,), rows in groups.group_by("carrier", maintain_order=True):
        count, more = number_text(int(rows["events"].sum())), rows.height - SHOWN
        texts = [said_of(*row) for row in rows.head(SHOWN).select(*BY[1:], "events").iter_rows()]
        if more > 0:
            texts.append(
                message(
                    "and {more} further sorts (sheet {sheet}, doisoat suspense list)",
                    more=more,
                    sheet=message_in("sheet", "In suspense").vi,
                )
            )
        notes.append(
            message(
                "{carrier}: {count} events without a price: {sorts}",
                carrier=carrier,
                count=count,
                sorts=joined("; ", texts),
            )
        )
    return notes


def said_of(plan: str, kind: str, destination: str, events: int) -> Text:
    """One sort of events without a price, in words."""
    named = message("plan {plan}", plan=plan) if plan else message("no one plan")
    count = number_text(events)
    if kind == "pack":
        return message(
            "{plan}, pack {pack}: {count} (what its buyers use is priced as without it)",
            plan=named, pack=destination, count=count,
        )  # fmt: skip
    return message(
        "{plan}, {kind} to {destination}: {count}",
        plan=named,
        kind=kind,
        destination=destination,
        count=count,
    )
