"""Quotes of charges over a billing period: a period's usage, told whole, and what it costs.

The bill is the production writing's; its steps and the same bill again are the oracle's. A
difference is our bug.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from doisoat.engine.oracle import period_charge as oracle
from doisoat.engine.oracle.facts import PeriodBill, Span, Step, Use
from doisoat.engine.quote.quote_fields import QuoteFields, shown
from doisoat.engine.quote.quote_request import UNIT_NAMES, UNITS_MOST
from doisoat.engine.rating.period_charge import PeriodBiller, spans
from doisoat.errors import ConservationError
from doisoat.messages.text import message
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Package
from doisoat.tariffs.models.period_charge import PeriodCharge

NEEDED = ("charge", "plan", "from", "until")
WORDS = (*NEEDED, "usage", "lines", "billed_until")
USE_WORDS = ("start", "units", "line")
BILLS_MAX = 1_000  # of one request
LINES_MAX = 100
USES_MAX = 10_000


@dataclass(frozen=True, slots=True)
class PeriodRequest:
    """A charge, the days on which an account has it, and the account's usage."""

    line: int
    plan: str
    charge: PeriodCharge  # of any version: cycle, kind and owner are those of all
    had_from: date
    had_until: date
    uses: tuple[Use, ...]
    lines: tuple[str, ...]  # that owe a bill each; one '' where the account does
    billed_until_ms: int | None = None


@dataclass(frozen=True, slots=True)
class PeriodQuote:
    """One owner's bill of one period; None where no version of the charge was in force."""

    owner: str  # the line; '' where the account owes it
    span: Span
    bill: PeriodBill | None
    trace: tuple[Step, ...] = ()


class PeriodFields(QuoteFields):
    """A period's usage, as one line of words and values tells it."""

    def __init__(self, catalogue: Catalogue, fields: Mapping[str, Any], where: str) -> None:
        super().__init__(fields, where, catalogue.currency)
        self.catalogue = catalogue

    def request(self, line: int) -> PeriodRequest:
        """What is asked. Raises: IntakeError."""
        self.check_words(WORDS, NEEDED)
        versions = self.catalogue.plans
        plan = self.name("plan", {version.id for version in versions})
        charges = {
            charge.id: charge
            for version in versions
            if version.id == plan
            for charge in version.charges
        }
        charge = charges[self.name("charge", charges)]
        had_from, had_until = self.day("from"), self.day("until")
        if had_from >= had_until:
            self.refuse(
                message("the days from {first} to {last} are none", first=had_from, last=had_until),
                "until",
                message("write the first day on which it is no longer had"),
            )
        uses = self.uses(charge, had_from, had_until)
        lines = self.lines(charge, uses)
        self.check_bills(charge, had_from, had_until, len(lines))
        billed = self.moment("billed_until") if "billed_until" in self.given else None
        return PeriodRequest(line, plan, charge, had_from, had_until, uses, lines, billed)

    def day(self, word: str) -> date:
        at = quantity.from_ms(self.moment(word))
        if quantity.to_ms(at) % quantity.MS_PER_DAY:
            self.refuse(
                message("{value} is not a day", value=shown(self.given[word])),
                word,
                message("write it without an hour, as 2021-08-10"),
            )
        return at.date()

    def uses(self, charge: PeriodCharge, had_from: date, had_until: date) -> tuple[Use, ...]:
        value = self.given.get("usage", [])
        if not isinstance(value, list) or not all(isinstance(use, dict) for use in value):
            self.refuse(
                message("{value} is not a list of usage", value=shown(value)),
                "usage",
                message('write it as [{{"start": MOMENT, "units": UNITS, "line": LINE}}]'),
            )
        if len(value) > USES_MAX:
            self.refuse(
                message("{count} records of usage", count=len(value)),
                "usage",
                message("give at most {most}: add up those of an hour or a day", most=USES_MAX),
            )
        found = []
        for place, words in enumerate(value, 1):
            fields = PeriodFields(self.catalogue, words, f"{self.where}, usage[{place}]")
            fields.check_words(USE_WORDS, ("start", "units"))
            use = Use(
                fields.moment("start"),
                fields.whole("units", 0, UNITS_MOST[charge.kind], UNIT_NAMES[charge.kind]),
                fields.text("line"),
            )
            if not had_from <= quantity.from_ms(use.start_ms).date() < had_until:
                fields.refuse(
                    message("it lies outside the days from {first} to {last}", first=had_from,
                            last=had_until),
                    "start",
                    message("give usage of those days alone, or other days"),
                )  # fmt: skip
            found.append(use)
        return tuple(found)

    def lines(self, charge: PeriodCharge, uses: tuple[Use, ...]) -> tuple[str, ...]:
        """Who owes a bill each: of an account's charge one, else each line that is named."""
        value = self.given.get("lines", [])
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            self.refuse(
                message("{value} is not a list of lines", value=shown(value)),
                "lines",
                message('write it as ["LINE", …]'),
            )
        if charge.owner == "account":
            return ("",)
        names = sorted({*value, *(use.line for use in uses)}) or [""]
        if len(names) > LINES_MAX:
            self.refuse(
                message("{count} lines", count=len(names)),
                "lines",
                message("give at most {most}, and the rest in another request", most=LINES_MAX),
            )
        return tuple(names)

    def check_bills(self, charge: PeriodCharge, first: date, last: date, owners: int) -> None:
        """No more bills than one answer can hold."""
        count, what = charge.length
        days = count if what == "day" else count * 28
        bills = owners * ((last - first).days // days + 2)
        if bills > BILLS_MAX:
            self.refuse(
                message("up to {bills} bills of a period and an owner", bills=bills),
                "until",
                message("ask for fewer days or lines: at most {most} bills", most=BILLS_MAX),
            )


def period_quotes(
    catalogue: Catalogue, package: Package, request: PeriodRequest
) -> Iterator[PeriodQuote]:
    """The bill of each owner and period, in their order.

    Raises: ConservationError if the two writings differ, which is our bug.
    """
    decimals = catalogue.currency.decimals
    reliefs = [
        relief
        for relief in package.period_reliefs
        if (relief.plans is None or request.plan in relief.plans)
        and (relief.charge_ids is None or request.charge.id in relief.charge_ids)
    ]
    found = list(spans(request.charge, request.had_from, request.had_until))
    again = oracle.spans(request.charge, request.had_from, request.had_until)
    _check(request, "periods", found, again)
    for owner in request.lines:
        uses = [use for use in request.uses if owner in ("", use.line)]
        for span in found:
            version = _in_force(catalogue, request, span)
            if version is None:
                yield PeriodQuote(owner, span, None)
                continue
            billed = request.billed_until_ms
            bill = PeriodBiller(version, reliefs, decimals).bill(span, uses, billed)
            replayed = oracle.bill(version, span, uses, reliefs, decimals, billed)
            for name in ("units", "exact", "list_value", "reliefs", "payable"):
                _check(request, name, getattr(bill, name), getattr(replayed, name))
            yield PeriodQuote(owner, span, bill, replayed.trace)


def _in_force(catalogue: Catalogue, request: PeriodRequest, span: Span) -> PeriodCharge | None:
    """The charge of the plan's version that is in force as the period begins."""
    begins = quantity.from_ms(quantity.midnight_ms(span.begins))
    return next(
        (
            charge
            for plan in catalogue.plans
            if plan.id == request.plan and plan.holds_at(begins)
            for charge in plan.charges
            if charge.id == request.charge.id
        ),
        None,
    )


def _check(request: PeriodRequest, name: str, ours: object, theirs: object) -> None:
    if ours != theirs:
        raise ConservationError(
            f"the oracle's {name} {theirs} is not the bill's {ours}",
            f"line {request.line}",
            "report this line with its catalogue and package: one of the two is wrong",
        )
