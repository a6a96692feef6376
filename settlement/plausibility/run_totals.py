"""Totals of the run in force of a settled month."""

from doisoat.engine.store.home import Home
from doisoat.errors import PeriodError
from doisoat.messages.text import message, message_in
from doisoat.settlement.figures.period import Period
from doisoat.settlement.plausibility.home_totals import of_run
from doisoat.settlement.plausibility.total_cells import Cells
from doisoat.settlement.rerating.rerate_month import settled_run
from doisoat.settlement.runs.runs import current_runs


def cells_asked(
    home: Home, period: str | None, carrier: str | None, *, claims: bool = False
) -> Cells:
    """The totals of a period, the only settled one unless named; or those that claims declare.

    Raises: PeriodError if it is not settled, if several are and none was named, or if the carrier
        has no totals in it.
    """
    settled = sorted(current_runs(home))
    if period is None and len(settled) != 1:
        count, listed = len(settled), ", ".join(settled)
        raise PeriodError(
            message(
                "{count} months are settled ({listed})",
                count=count,
                listed=listed or message_in("months", "none"),
            ),
            str(home.path),
            message("name one: doisoat plausibility YYYY-MM"),
        )
    month = Period.of(period if period is not None else settled[0])
    cells = of_run(home, settled_run(home, month), claims=claims)
    known = sorted({series.carrier for series in cells.days})
    if carrier is not None and carrier not in known:
        listed = ", ".join(known)
        raise PeriodError(
            message("{carrier} has no relief in {month}", carrier=carrier, month=month.name),
            "--carrier",
            message("there is some of: {listed}", listed=listed or message_in("carriers", "none")),
        )
    return cells
