"""Interconnection adjusted into a month: by adjustment, the run after − the run before.

As the log has recorded both, by one rounding: two would add what rounding is worth to what calls
are. A side of whose calls neither run has any is not known, never 0.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from doisoat.messages.text import Text, message
from doisoat.settlement.interconnect.log_entry import Recorded
from doisoat.settlement.interconnect.netting import DEFAULT, Rounding, callers
from doisoat.settlement.interconnect.paper_facts import HOW_TO, ROUNDINGS, checked
from doisoat.settlement.records.booked_statement import Booking

RULE: Final = message(
    "Interconnection that signed periods differ by: the run after − the run before, as"
    " the log has them. In none of the figures above."
)
LOST: Final = message("was not recorded while it was in force, so no difference is known")
LATE: Final = message("was not recorded before signing, so no difference is known")
TO_RECORD: Final = message("is not recorded yet")


class Difference(NamedTuple):
    """What a pair differs by, from the carrier's side; đồng excl. VAT, after − before."""

    id: str
    name: Text
    owes: int | None  # None: neither run has calls of the carrier
    owed: int | None  # None: nor of the counterparty

    @property
    def net(self) -> int | None:
        """What the carrier receives more; below 0: pays more; None: one side is not known."""
        return None if self.owed is None or self.owes is None else self.owed - self.owes


class Adjusted(NamedTuple):
    """An adjustment's interconnection, of one carrier."""

    adjustment: str
    month: str  # of usage
    entry: int  # of the log, which tells of the adjustment
    runs: tuple[str, str]  # before, after
    entries: tuple[int | None, int | None]  # that record the runs; None: none does
    roundings: tuple[Rounding | None, Rounding | None]  # by which they record them
    is_last: bool  # no later adjustment of the paper leads on from its run after
    differences: tuple[Difference, ...]  # by id, those with any; none unless is_known

    @property
    def is_known(self) -> bool:
        return None not in self.entries and len(set(self.roundings)) == 1

    def lacks(self, *, is_draft: bool) -> tuple[Text, ...]:
        """Of each run that is not recorded, that it is not, and how to mend that where one can; of
        two that are recorded by two roundings, that they are."""
        mend = HOW_TO.format(period=self.month)
        if self.roundings[0] != DEFAULT:  # all runs of a month are recorded by one
            mend += f" --rounding {self.roundings[0]}"
        can_mend = is_draft and self.is_last and self.entries[0] is not None
        after = LOST if not self.is_last else TO_RECORD if is_draft else LATE
        notes = []
        for run, entry, why in zip(self.runs, self.entries, (LOST, after), strict=True):
            if entry is None:
                how = f" ({mend})" if can_mend else ""
                notes.append(
                    message(
                        "{month}: run {run} {why}{how}.",
                        month=self.month,
                        run=run[:8],
                        how=how,
                        why=why,
                    )
                )
        if None not in self.entries and not self.is_known:
            notes.append(self._two_roundings())
        return tuple(notes)

    def _two_roundings(self) -> Text:
        """Such entries were written before all runs of a month were held to one rounding."""
        rounding_before, rounding_after = (
            ROUNDINGS[rounding] for rounding in self.roundings if rounding is not None
        )
        first, second = (run[:8] for run in self.runs)
        return message(
            "{month}: run {first} was recorded by one rounding ({rounding_before}), run"
            " {second} by another ({rounding_after}), so no difference is known.",
            month=self.month,
            first=first,
            second=second,
            rounding_before=rounding_before,
            rounding_after=rounding_after,
        )


def adjusted_of(
    carrier: str,
    bookings: Sequence[Booking],
    recorded: Mapping[str, Recorded],
    names: Mapping[str, Text],
) -> tuple[Adjusted, ...]:
    """Of each adjustment that was booked into the month, in the order of the log.

    Another carrier's late calls change what this one is owed, so each adjustment is told of.
    Args: recorded: what the log says of the adjustments' runs, by run; names: of carriers, by id.
    Raises: ConservationError as `interconnection_of`.
    """
    leads_on = {booking.adjustment.manifest["before"] for booking in bookings}
    adjusted = []
    for booking in bookings:
        manifest = booking.adjustment.manifest
        runs = manifest["before"], manifest["after"]
        before, after = (recorded.get(run) for run in runs)
        adjusted.append(
            Adjusted(
                booking.adjustment.id,
                manifest["of"],
                booking.entry,
                runs,
                (before and before.entry, after and after.entry),
                (before and before.rounding, after and after.rounding),
                manifest["after"] not in leads_on,
                _differences(carrier, checked(before), checked(after), names)
                if before is not None and after is not None and before.rounding == after.rounding
                else (),
            )
        )
    return tuple(adjusted)


def _differences(
    carrier: str, before: Recorded, after: Recorded, names: Mapping[str, Text]
) -> tuple[Difference, ...]:
    sums: dict[tuple[str, str], int] = {}
    for sign, recorded in ((-1, before), (1, after)):
        for row in recorded.rows:
            key = row.payer, row.payee
            sums[key] = sums.get(key, 0) + sign * row.amount
    calls = callers(before.carriers) | callers(after.carriers)
    counterparties = sorted({name for key in sums if carrier in key for name in key} - {carrier})
    differences = (
        Difference(
            counterparty,
            names.get(counterparty, Text(counterparty, counterparty)),
            sums.get((carrier, counterparty), 0) if carrier in calls else None,
            sums.get((counterparty, carrier), 0) if counterparty in calls else None,
        )
        for counterparty in counterparties
    )
    return tuple(difference for difference in differences if difference.owes or difference.owed)
