"""The oracle: the function of docs/semantics.md, written slowly and plainly in exact rationals.

It shares nothing with the kernel but the models of catalogue and package, so that a difference
between the two is a finding. Its rooms: oracle_charge what units cost, oracle_cover who covers
them, oracle_life when orders, grants and packs begin and end, oracle_owner the balances,
oracle_members whose they are, oracle_balances what they hold at a moment, oracle_facts what goes in
and comes out (and what the kinds of a trace's steps are).

List value, payable and relief lines are reached each by their own path, so that
list value − discount = payable is a check.
"""

from collections.abc import Iterable
from dataclasses import replace

from doisoat.engine.oracle.account_state import Owner
from doisoat.engine.oracle.balances import balances
from doisoat.engine.oracle.facts import (
    BonusState,
    CapState,
    Event,
    GrantState,
    Line,
    OpenPack,
    Outcome,
    OwnerState,
    PackState,
    Port,
    Result,
    SessionState,
    Step,
    Subscription,
    TriggerState,
)
from doisoat.engine.oracle.lookup import Suspended, destination_class
from doisoat.engine.oracle.members import (
    bought_by_accounts,
    carrier_at,
    carriers_of,
    of_their_accounts,
    sellers_of,
)
from doisoat.engine.oracle.usage_relief import Usage
from doisoat.errors import ConservationError
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.field_types import USAGE_KINDS
from doisoat.tariffs.models.package_model import Package

__all__ = [
    "BonusState",
    "CapState",
    "Event",
    "GrantState",
    "Line",
    "OpenPack",
    "Outcome",
    "OwnerState",
    "PackState",
    "Port",
    "Result",
    "SessionState",
    "Step",
    "Subscription",
    "TriggerState",
    "rate",
]


def rate(
    catalogue: Catalogue,
    package: Package,
    subscriptions: Iterable[Subscription],
    ports: Iterable[Port],
    events: Iterable[Event],
    period: tuple[int, int],
    open_packs: Iterable[OpenPack] = (),
    state: Iterable[OwnerState] | None = None,
    watched: int | None = None,
) -> Result:
    """Rate the events of [from, until) and relieve them, those of each carrier by its own rows.

    Args: all subscription rows and ports of the owners, past and future; events in any order
        (those outside the period are passed over); open packs: only without a state; state:
        what an earlier period left; watched: the event whose trace tells balances as well.
    Returns: an outcome for each event, by owner and the owner's order, and the closing state.
    Raises: ConservationError if the identity fails, which is our bug.
    """
    rows = list(subscriptions)
    sellers, states = sellers_of(catalogue.packs), list(state or ())
    usage, packs = of_their_accounts(rows, events), bought_by_accounts(rows, open_packs, sellers)
    owners = {row.owner for row in rows} | {event.owner for event in usage}
    owners |= {pack.owner for pack in packs} | {owner_state.owner for owner_state in states}
    port_list = tuple(ports)
    outcomes: list[Outcome] = []
    closing: list[OwnerState] = []
    for owner_id in sorted(owners):
        owner_rows = [row for row in rows if row.owner == owner_id]
        before = [owner_state for owner_state in states if owner_state.owner == owner_id]
        listed = [pack for pack in packs if pack.owner == owner_id]
        owner_events = [
            e for e in usage if e.owner == owner_id and period[0] <= e.start_ms < period[1]
        ]
        raters: dict[str, Rater] = {}
        for carrier in carriers_of(owner_rows, before, owner_events):
            of_carrier = [past for past in before
                    if (past.carrier or carrier_at(owner_rows, period[0])) == carrier]  # fmt: skip
            owner = Owner(
                catalogue,
                package,
                owner_id,
                carrier,
                [row for row in owner_rows if row.carrier == carrier],
                period,
                [pack for pack in listed
                 if carrier_at(owner_rows, pack.bought_ms, sellers.get(pack.pack)) == carrier],
                of_carrier[0] if of_carrier else None,
            )  # fmt: skip
            raters[carrier] = Rater(catalogue, package, port_list, owner, owner_rows)
        for event in sorted(owner_events, key=lambda e: e.order):
            rater = raters[event.carrier]
            rater.owner.begin_until(event.start_ms)
            is_watched = event.event_id == watched
            outcomes.append(rater.watch(event) if is_watched else rater.rate(event))
        for rater in raters.values():
            rater.owner.begin_until(period[1] - 1)
            closing.append(rater.owner.closing(period[1]))
    return Result(tuple(outcomes), tuple(closing))


class Rater(Usage):
    """Rates the events of one owner at one carrier in their order."""

    def watch(self, event: Event) -> Outcome:
        """Rate an event and note the balances that it could draw, drew or brought."""
        before = balances(self.owner, event.start_ms)
        outcome = self.rate(event)
        if outcome.status != "rated":
            return outcome
        self.trace = list(outcome.trace)
        for key, now in balances(self.owner, event.start_ms).items():
            then = before.get(key)
            if key in self.within or then is None or then.left != now.left:
                self.note("balance", role=now.role, measure=now.measure, pack=now.pack,
                          unit=now.kind, destinations=now.destinations, per=now.per,
                          from_ms=now.from_ms, expiry_ms=now.expiry_ms, given=now.given,
                          before=None if then is None else then.left,
                          after=now.left)  # fmt: skip
        return replace(outcome, trace=tuple(self.trace))

    def rate(self, event: Event) -> Outcome:
        self.trace, self.why, self.within = [], {}, set()
        destination = destination_class(self.catalogue, self.ports, event, self.begun_ms(event))
        try:
            row = self.subscription(event)
            if event.kind in USAGE_KINDS:
                outcome = self.usage(event, row, destination)
            else:
                outcome = self.priced_whole(event, row, destination)
        except Suspended as suspended:
            begun_ms = self.begun_ms(event)
            of_session = {} if begun_ms == event.start_ms else {"session_start_ms": begun_ms}
            self.place_part(event, fee_charged=False)
            self.note("suspended", reason=suspended.reason, **suspended.sought, **of_session)
            self.why = dict.fromkeys(range(len(self.package.measures)), "suspended")
            self.note_measures()
            return Outcome(event, suspended.reason, 0, 0, 0, 0, (), destination, tuple(self.trace))
        discount = sum(line.amount for line in outcome.lines if line.nature == "discount")
        if (
            outcome.list_value - discount != outcome.payable
            or outcome.payable < 0
            or any(line.amount < 0 or line.units < 0 for line in outcome.lines)
        ):
            raise ConservationError(
                f"list value {outcome.list_value} − discount {discount} is not payable"
                f" {outcome.payable}, or a line is below 0: {outcome.lines}",
                f"event {event.event_id}",
                "report this event",
            )
        return outcome
