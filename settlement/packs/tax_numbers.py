"""The numbers of the tax inside prices, as check.sql has them written in. No I/O here."""

from collections.abc import Callable, Sequence
from datetime import datetime
from fractions import Fraction

from doisoat.money import net_share
from doisoat.tariffs.load.jurisdiction import DatedRate, rate_in


def check_numbers(rates: Sequence[DatedRate], month: datetime) -> dict[str, str]:
    """What stands for each `{name}` in sql/.

    A price with tax × tax_net / tax_gross is the price without it. The rate of a pack is that of
    its month; an adjustment is of an earlier usage month, whose rate may be another. Off is an
    amount that was rounded once, by half of tax_gross, floored; an adjustment is rounded twice.
    Args: rates: of the state, by the months from which they hold.
    Raises: CatalogueError if there is no rate for the month.
    """
    share, shares = net_share(rate_in(rates, month)), [net_share(of) for _, of in rates]
    return {
        "tax_net": str(share.numerator),
        "tax_gross": str(share.denominator),
        "tax_off": " or ".join(
            dict.fromkeys(f"{of.denominator // 2}/{of.denominator}" for of in shares)
        ),
        "tax_wholes": _of_usage_month(rates, lambda of: str(of.denominator)),
        "tax_parts": _factor(_of_usage_month(rates, lambda of: str(of.denominator - of.numerator))),
        "tax_steps": _of_usage_month(rates, lambda of: str(of.denominator // 2 * 2)),
    }


def _of_usage_month(rates: Sequence[DatedRate], write: Callable[[Fraction], str]) -> str:
    """What is written of the rate of an adjustment's usage month; without a choice if one is all.

    Before the first rate nothing was settled, so nothing is adjusted.
    """
    written = [(month, write(net_share(rate))) for month, rate in rates]
    if len({text for _, text in written}) == 1:
        return written[0][1]
    choices = " ".join(
        f"WHEN a.usage_period >= '{month:%Y-%m}' THEN {text}" for month, text in reversed(written)
    )
    return f"(CASE {choices} END)"


def _factor(written: str) -> str:
    """A factor that is 1 is left out."""
    return "" if written == "1" else f"{written} * "
