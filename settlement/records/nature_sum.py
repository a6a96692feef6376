"""The sums of a claim's rows by nature and unit; nothing else of them adds up. No I/O here."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, Self

FIGURES: Final = ("events", "units", "amount")


class NatureSum(NamedTuple):
    """What the rows of one nature come to that are counted in one unit.

    events, units: None of a grain that has none, units of what is counted in several, too.
    """

    nature: str
    unit: str  # of form.UNIT_WORDS
    events: int | None
    units: int | None
    amount: int

    def as_object(self, write: Callable[[int], str] = str) -> dict[str, str | None]:
        """Figures as text: as a manifest keeps it, or as `--json` prints it.

        Args: write: the amount: str of minor units, or currency.unit_text.
        """
        texts = {
            name: str(value) if isinstance(value, int) else value
            for name, value in self._asdict().items()
        }
        return {**texts, "amount": write(self.amount)}

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """A sum of `as_object`."""
        figures = (row[name] and int(row[name]) for name in FIGURES)
        return cls(row["nature"], row["unit"], *figures)
