"""Whose balances an event draws: the account's of which its subscriber is a member."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from doisoat.engine.oracle.oracle_facts import Event, OpenPack, Subscription


def of_their_accounts(rows: Sequence[Subscription], events: Iterable[Event]) -> list[Event]:
    """Events that name no account, with their subscriber's at their start as owner."""
    moved = []
    for event in events:
        if event.owner == event.member:
            owner = account_at(rows, event.member, event.start_ms)
            if owner != event.owner:
                event = replace(event, owner=owner, subscriber=event.member)
        moved.append(event)
    return moved


def bought_by_accounts(rows: Sequence[Subscription], packs: Iterable[OpenPack]) -> list[OpenPack]:
    """Open packs, each of the account whose member its buyer was."""
    return [
        replace(
            pack,
            owner=account_at(rows, pack.owner, pack.bought_ms),
            buyer=pack.owner if pack.buyer is None else pack.buyer,
        )
        for pack in packs
    ]


def account_at(rows: Sequence[Subscription], subscriber: int, ms: int) -> int:
    """Who owns what a subscriber uses: the one account of his at that time, else himself."""
    owners = {row.owner for row in rows if row.member == subscriber and row.holds_at(ms)}
    return owners.pop() if len(owners) == 1 else subscriber
