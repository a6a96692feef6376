"""Ledger − doisoat = Σ of the causes that the home knows + what nothing explains. No I/O here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from doisoat.currency import figure, number_text, unit_text
from doisoat.errors import ConservationError
from doisoat.messages.text import Text, message
from doisoat.money import exact_text, net_share
from doisoat.settlement.papers.figures import Figures
from doisoat.settlement.tie_out.form import KINDS
from doisoat.settlement.tie_out.home_figures import CAUSES, COUNTS, MEND, HomeFigures
from doisoat.settlement.tie_out.ledger import Ledger

EPOCH = date(1970, 1, 1)
AMOUNTS = ("ledger", "doisoat", "difference", *CAUSES, "explained", "unexplained")
UNIT_FACTORS = (1_000, 1_000_000)  # how far a ledger is off whose unit is not what it says


@dataclass(frozen=True)
class Row:
    """One day and kind: AMOUNTS and COUNTS by name."""

    day: date
    kind: str
    sums: Mapping[str, int]
    in_ledger: bool

    @property
    def is_tied(self) -> bool:
        return self.sums["unexplained"] == 0

    def as_object(self) -> dict[str, Any]:
        return {
            "day": self.day.isoformat(),
            "kind": self.kind,
            "in_ledger": self.in_ledger,
            **{name: unit_text(self.sums[name]) for name in AMOUNTS},
            **{name: self.sums[name] for name in COUNTS},
        }


@dataclass(frozen=True)
class TieOut:
    """A month of a carrier, tied out. Warnings are (Vietnamese, English)."""

    carrier: str
    period: str
    ledger: Ledger
    figures: HomeFigures
    rows: tuple[Row, ...]  # by day and kind
    whole: Mapping[str, int]
    by_kind: Mapping[str, Mapping[str, int]]
    warnings: tuple[Text, ...]

    @property
    def is_tied(self) -> bool:
        return all(row.is_tied for row in self.rows)

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints: amounts as text."""
        return {
            "carrier": self.carrier,
            "period": self.period,
            "run": self.figures.run,
            "digest": self.figures.digest,
            "ledger": {
                "name": self.ledger.name,
                "sha256": self.ledger.sha256,
                "unit": self.ledger.unit,
                "rows": len(self.ledger.lines),
            },
            "tied": self.is_tied,
            "totals": {name: unit_text(self.whole[name]) for name in AMOUNTS},
            "counts": {name: self.whole[name] for name in COUNTS},
            "by_kind": {
                kind: {name: unit_text(sums[name]) for name in AMOUNTS}
                for kind, sums in self.by_kind.items()
            },
            "rows": [row.as_object() for row in self.rows],
            "booked": [adjustment.as_object() for adjustment in self.figures.booked_here],
            "warnings": [{"vi": text.vi, "en": text.en} for text in self.warnings],
        }


def tie(ledger: Ledger, figures: HomeFigures) -> TieOut:
    """Tie a ledger out with what a home knows of the same carrier and month.

    Raises: ConservationError if a row, or the whole, does not add up: our bug.
    """
    billed = ledger.billed()
    known = {
        (EPOCH + timedelta(days=row["day"]), row["kind"]): row
        for row in figures.by_key.iter_rows(named=True)
    }
    order = {kind: place for place, kind in enumerate(KINDS)}
    keys = sorted(billed.keys() | known.keys(), key=lambda k: (k[0], order.get(k[1], 99), k[1]))
    rows = tuple(
        _row(day, kind, billed.get((day, kind)), known.get((day, kind), {})) for day, kind in keys
    )
    whole = _summed(rows)
    by_kind = {
        kind: _summed([row for row in rows if row.kind == kind])
        for kind in dict.fromkeys(sorted((k for _, k in keys), key=lambda k: (order.get(k, 99), k)))
    }
    _check(rows, whole, by_kind, billed, figures)
    return TieOut(
        ledger.carrier, ledger.period, ledger, figures, rows, whole, by_kind,
        _warnings(ledger, figures, whole, rows),
    )  # fmt: skip


def _row(day: date, kind: str, billed: int | None, known: Mapping[str, int]) -> Row:
    causes = {name: known.get(name, 0) for name in CAUSES}
    amount, payable = billed or 0, known.get("payable", 0)
    explained = sum(causes.values())
    sums = {
        "ledger": amount,
        "doisoat": payable,
        "difference": amount - payable,
        **causes,
        "explained": explained,
        "unexplained": amount - payable - explained,
        **{name: known.get(name, 0) for name in COUNTS},
    }
    return Row(day, kind, sums, billed is not None)


def _summed(rows: tuple[Row, ...] | list[Row]) -> dict[str, int]:
    return {name: sum(row.sums[name] for row in rows) for name in (*AMOUNTS, *COUNTS)}


def _check(
    rows: tuple[Row, ...],
    whole: Mapping[str, int],
    by_kind: Mapping[str, Mapping[str, int]],
    billed: Mapping[tuple[date, str], int],
    figures: HomeFigures,
) -> None:
    """Each row and sum adds up, and nothing of either side was left out."""
    for where, sums in [
        *((f"{row.day} {row.kind}", row.sums) for row in rows),
        *by_kind.items(),
        ("all", whole),
    ]:
        difference = sums["ledger"] - sums["doisoat"]
        causes = sum(sums[name] for name in CAUSES)
        if difference != causes + sums["unexplained"] or difference != sums["difference"]:
            raise ConservationError(
                f"{where}: ledger − doisoat is {difference}, but its parts are"
                f" {causes} + {sums['unexplained']}",
                "tie-out", MEND,
            )  # fmt: skip
    columns = figures.by_key
    for name, stated, sides in (
        ("ledger", whole["ledger"], sum(billed.values())),
        ("doisoat", whole["doisoat"], sum(columns["payable"].to_list())),
        *((name, whole[name], sum(columns[name].to_list())) for name in CAUSES),
    ):
        if stated != sides:
            raise ConservationError(
                f"{name}: the rows hold {stated}, the side {sides}", "tie-out", MEND
            )


def within_one_per_cent(first: int, second: int) -> bool:
    """Do two amounts above 0 differ by at most 1 % of the second?"""
    return first > 0 and second > 0 and 100 * abs(first - second) <= second


def _warnings(
    ledger: Ledger, figures: HomeFigures, whole: Mapping[str, int], rows: tuple[Row, ...]
) -> tuple[Text, ...]:
    warnings: list[Text] = []
    billed, expected = whole["ledger"], whole["doisoat"] + whole["explained"]
    for factor in UNIT_FACTORS:
        times = Text(number_text(factor), f"{factor:,}")
        for side in dict.fromkeys((expected, whole["doisoat"])):
            if within_one_per_cent(billed * factor, side):
                warnings.append(message(
                    "The ledger is 1/{times} of doisoat: is its unit the one it says?", times=times
                ))  # fmt: skip
                break
            if within_one_per_cent(billed, side * factor):
                warnings.append(message(
                    "The ledger is {times} times doisoat: is its unit the one it says?", times=times
                ))  # fmt: skip
                break
    share, with_tax = net_share(figures.tax_rate).as_integer_ratio()
    is_net = share < with_tax and within_one_per_cent(billed * with_tax, expected * share)
    if is_net and whole["unexplained"]:
        times_net = exact_text(Fraction(with_tax, share))
        warnings.append(message(
            "The ledger is doisoat divided by {factor}: are its amounts without {tax_name}?",
            factor=Text(times_net.replace(".", ","), times_net),
        ))  # fmt: skip
    silent = sum(not row.in_ledger and row.sums["doisoat"] != 0 for row in rows)
    if silent:
        warnings.append(message(
            "{silent} days and services of doisoat have no row in the ledger: taken for 0",
            silent=silent,
        ))  # fmt: skip
    if whole["suspended_unknown"]:
        warnings.append(message(
            "{count} suspended events do not say what was taken: what the ledger has of them, if"
            " anything, stands as unexplained",
            count=whole["suspended_unknown"],
        ))  # fmt: skip
    if figures.unreadable:
        warnings.append(message(
            "{count} records of files with usage of the month are not readable: of no known day"
            " and service, so in no row (doisoat suspense list)",
            count=figures.unreadable,
        ))  # fmt: skip
    if figures.is_unadjusted:
        warnings.append(message(
            "{period} was settled anew and not adjusted yet: what came late is not known (doisoat"
            " adjust {period})",
            period=ledger.period,
        ))  # fmt: skip
    if figures.booked_here:
        warnings.append(_booked_note(figures, whole["unexplained"]))
    return tuple(warnings)


def _booked_note(figures: HomeFigures, unexplained: int) -> Text:
    """What was booked into the month is of other months' usage, so it is in no row."""
    moved = sum(adjustment.sums["payable"] for adjustment in figures.booked_here)
    count = len(figures.booked_here)
    note = message(
        "Adjustments of other months booked into this one ({count}, payable {moved}"
        " {currency_sign}) are in no row",
        count=count,
        moved=Text(figure(moved, minus="−"), Figures("en").money(moved).replace("−", "-")),
    )
    if moved and unexplained == moved:
        note += "; " + message("just this is unexplained: does the ledger hold the adjustments?")
    return note
