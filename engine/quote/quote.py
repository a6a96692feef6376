"""Quotes: what events would cost, by the pass that settles, without storing them.

The kernel gives list value, lines and payable; it rounds as it goes, so the exact fraction before
that rounding is the oracle's. Where nothing bundled can cover an event its price follows from the
tariff alone; the events of an owner with packs or sessions are all replayed. What the two come to
is compared, and a difference is our bug.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from doisoat.engine.oracle import oracle
from doisoat.engine.oracle.charge import FAR, Tariff, charge, charge_of_nothing, tariff_of
from doisoat.engine.oracle.time_bands import lay
from doisoat.engine.oracle.validity import band_holds
from doisoat.engine.quote.quote_request import QuoteRequest, Reader
from doisoat.engine.rating.in_memory import rate_by
from doisoat.engine.rating.rater import Rater, class_of
from doisoat.engine.store.event_columns import START_MS_MIN
from doisoat.errors import ConservationError
from doisoat.tariffs.compile.compile import compile_program
from doisoat.tariffs.compile.program import UNLISTED
from doisoat.tariffs.load.tariffs import check_package
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.field_types import USAGE_KINDS
from doisoat.tariffs.models.package_model import Package
from doisoat.tariffs.models.rates import Rate

RATED = "rated"


@dataclass(frozen=True, slots=True)
class Quote:
    """What became of one event."""

    request: QuoteRequest
    outcome: oracle.Outcome
    exact: Fraction | None  # the list value before its one rounding, in minor units; None: no value
    why: str = ""  # of an event without a value: the reason in words


@dataclass(frozen=True, slots=True)
class Priced:
    """A plan's price of one kind and class, as long as it holds."""

    from_ms: int
    until_ms: int
    rate: Rate
    tariff: Tariff


class Quoter:
    """A catalogue and a package made ready once, for any number of events."""

    def __init__(self, catalogue: Catalogue, package: Package) -> None:
        """Raises: CatalogueError if the two do not fit, or no bound can be proved."""
        check_package(package, catalogue)
        self.catalogue, self.package = catalogue, package
        self.rater = Rater(compile_program(catalogue, package))
        self.lasts_ms = max(
            (  # money may have a day on which it lapses, whenever it was given
                max(measure.lasts_ms, measure.expires_ms - measure.from_ms)
                for measure in self.rater.program.measures
            ),
            default=0,
        )
        self.prices = _prices(catalogue)

    def reader(self) -> Reader:
        """What reads events for this quoter; it knows no owner yet."""
        return Reader(self.catalogue, self.rater.program)

    def quote(self, requests: Sequence[QuoteRequest]) -> Iterator[Quote]:
        """Rate events together, whole owners all, and answer in the order given.

        Raises: ConservationError if kernel and oracle differ, which is our bug.
        """
        if not requests:
            return
        people = {request.event.owner: request.subscription for request in requests}
        packs = [pack for request in requests for pack in request.packs]
        events = [request.event for request in requests]
        period = self._period(events, packs)
        outcomes, _ = rate_by(self.rater, list(people.values()), (), events, period, packs)
        by_id = {outcome.event.event_id: outcome for outcome in outcomes}
        replayed = self._replayed(requests, period)
        for request in requests:
            outcome = by_id[request.event.event_id]
            if outcome.status == RATED:
                exact, list_value = replayed.get(request.line) or self._by_tariff(request, outcome)
                _check(request, outcome, exact, list_value)
                yield Quote(request, outcome, exact)
            else:
                named = _by_its_name(outcome)
                yield Quote(request, named, None, why(request, named))

    def _period(
        self, events: Sequence[oracle.Event], packs: Sequence[oracle.OpenPack]
    ) -> tuple[int, int]:
        """From when on something may begin that matters to these events, until the last of them.

        A grant given earlier than the longest one lasts has ended, and a measure that began before
        a pack was bought gave it nothing. All of time would do as well, but an owner may have no
        more than so many beginnings (PENDING_MAX of engine/kernel/limits.pxd).
        """
        starts = [event.start_ms for event in events]
        first = min([min(starts) - self.lasts_ms, *(pack.bought_ms for pack in packs)])
        return max(first, START_MS_MIN), max(starts) + 1

    def _by_tariff(self, request: QuoteRequest, outcome: oracle.Outcome) -> tuple[Fraction, int]:
        """The list value of an event that nothing bundled can cover: exact, and rounded."""
        event = request.event
        if event.kind not in USAGE_KINDS:
            return Fraction(outcome.list_value), outcome.list_value  # whole, as the loader checks
        prices = [
            price
            for price in self.prices[
                request.subscription.plan, event.kind, outcome.destination_class
            ]
            if price.from_ms <= event.start_ms < price.until_ms
        ]

        def band(ms: int) -> Tariff | None:
            tariffs = (
                price.tariff for price in prices if band_holds(self.catalogue, price.rate, ms)
            )
            return next(tariffs, None)

        tariff = band(event.start_ms)
        assert tariff is not None, "the kernel found a price"
        if event.units == 0:
            exact, _ = charge_of_nothing(tariff, 0, False, False)
            return exact, tariff.amount(exact)
        laid = lay(tariff, band, event.start_ms, 0, event.units)
        piece = ((0, laid.until),)
        priced = charge(laid.tariff, piece, laid.raw_until, piece, False, False, 0)
        return priced.exact, priced.gross

    def _replayed(
        self, requests: Sequence[QuoteRequest], period: tuple[int, int]
    ) -> dict[int, tuple[Fraction, int]]:
        """The same by line, of the usage of owners with packs or sessions: by the oracle.

        What the money of packs pays is taken off both.
        """
        with_state = {
            request.event.owner
            for request in requests
            if request.packs or request.event.session or request.event.kind == "pack"
        }
        of_owner: dict[int, list[QuoteRequest]] = {owner: [] for owner in with_state}
        for request in requests:
            if request.event.owner in with_state:
                of_owner[request.event.owner].append(request)
        values: dict[int, tuple[Fraction, int]] = {}
        for all_of in of_owner.values():
            result = oracle.rate(
                self.catalogue,
                self.package,
                [all_of[0].subscription],
                (),
                [request.event for request in all_of],
                period,
                [pack for request in all_of for pack in request.packs],
            )
            for outcome in result.outcomes:
                for step in outcome.trace:
                    if step.kind == "charge" and step.data["charge"] == "list_value":
                        paid = int(str(step.data["amount"])) - outcome.list_value
                        exact = Fraction(str(step.data["exact"])) - paid
                        values[outcome.event.event_id] = exact, outcome.list_value
        return values


def _prices(catalogue: Catalogue) -> dict[tuple[str, str, str], list[Priced]]:
    priced_rates: dict[tuple[str, str, str], list[Priced]] = {}
    minor = 10**catalogue.currency.decimals
    for plan in catalogue.plans:
        until_ms = FAR if plan.valid_until is None else quantity.to_ms(plan.valid_until)
        for rate in plan.rates:
            priced = Priced(
                quantity.to_ms(plan.valid_from),
                until_ms,
                rate,
                tariff_of(rate, minor),
            )
            for destination in rate.destinations:
                priced_rates.setdefault((plan.id, rate.kind, destination), []).append(priced)
    return priced_rates


def _check(
    request: QuoteRequest, outcome: oracle.Outcome, exact: Fraction, list_value: int
) -> None:
    if list_value != outcome.list_value:
        raise ConservationError(
            f"the oracle's {exact}, rounded {list_value}, is not the kernel's {outcome.list_value}",
            f"line {request.line}",
            "report this event with its catalogue and package: one of the two is wrong",
        )


def _by_its_name(outcome: oracle.Outcome) -> oracle.Outcome:
    """Of a class that no tariff names the kernel knows only that."""
    if outcome.destination_class != UNLISTED:
        return outcome
    name, _ = class_of(outcome.event.destination, outcome.event.carrier)
    return replace(outcome, destination_class=name)


def why(request: QuoteRequest, outcome: oracle.Outcome) -> str:
    """Why an event has no value, in words."""
    event, plan = request.event, request.subscription.plan
    at = quantity.from_ms(event.start_ms)
    if outcome.status == "beyond_limit":
        return f"its units pass what the plan {plan} has a price for"
    if event.kind == "pack":
        return f"no version of the pack {event.pack} is sold {by(event.carrier)}at {at}"
    if event.kind == "fee":
        return f"the plan {plan} has no monthly fee at {at}"
    return f"the plan {plan} has no price for {event.kind} to {outcome.destination_class} at {at}"


def by(carrier: str) -> str:
    """Whose offers are meant, where that is known."""
    return f"by {carrier} " if carrier else ""
