"""Oracle: an event of an account's member draws the balances of the account."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from doisoat.engine.oracle.facts import Event, OpenPack, OwnerState, Subscription
from doisoat.tariffs.models.catalogue_model import Pack


def of_their_accounts(rows: Sequence[Subscription], events: Iterable[Event]) -> list[Event]:
    """Events that name no account, with their subscriber's at their start as owner."""
    moved = []
    for event in events:
        if event.owner == event.member:
            owner = account_at(rows, event.member, event.start_ms, event.carrier)
            if owner != event.owner:
                event = replace(event, owner=owner, subscriber=event.member)
        moved.append(event)
    return moved


def bought_by_accounts(
    rows: Sequence[Subscription], packs: Iterable[OpenPack], sellers: Mapping[str, str | None]
) -> list[OpenPack]:
    """Open packs, each of the account whose member its buyer was at its seller."""
    return [
        replace(
            pack,
            owner=account_at(rows, pack.owner, pack.bought_ms, sellers.get(pack.pack)),
            buyer=pack.owner if pack.buyer is None else pack.buyer,
        )
        for pack in packs
    ]


def sellers_of(versions: Iterable[Pack]) -> dict[str, str | None]:
    """Whose each pack is; None: anybody's, or not the same carrier's in every version."""
    sellers: dict[str, str | None] = {}
    for version in versions:
        same = sellers.setdefault(version.id, version.carrier) == version.carrier
        sellers[version.id] = version.carrier if same else None
    return sellers


def account_at(rows: Sequence[Subscription], subscriber: int, ms: int, carrier: str | None) -> int:
    """Who owns what a subscriber uses: the one account of his at that time, else himself.

    carrier: whose rows tell; None: those of all.
    """
    owners = {
        row.owner
        for row in rows
        if row.member == subscriber and row.holds_at(ms) and carrier in (None, row.carrier)
    }
    return owners.pop() if len(owners) == 1 else subscriber


def carriers_of(
    rows: Sequence[Subscription], states: Iterable[OwnerState], events: Iterable[Event]
) -> list[str]:
    """At whose an owner has rows, balances from before, or events; at none, that is '' alone."""
    named = {row.carrier for row in rows} | {state.carrier for state in states if state.carrier}
    return sorted(named | {event.carrier for event in events}) or [""]


def carrier_at(rows: Sequence[Subscription], ms: int, seller: str | None = None) -> str:
    """At whose an owner got something: its seller's, if he has rows there; else whose row held
    then, or the next one after, or the last."""
    if seller is not None and any(row.carrier == seller for row in rows):
        return seller
    later = [row for row in rows if row.until_ms is None or ms < row.until_ms]
    if later:
        return min(later, key=lambda row: (max(row.from_ms, ms), row.carrier)).carrier
    ended = sorted(rows, key=lambda row: row.carrier)
    return max(ended, key=lambda row: row.until_ms or 0).carrier if ended else ""
