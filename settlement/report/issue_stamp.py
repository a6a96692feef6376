"""The stamp of a paper's workbook: under what it is issued, and what was booked."""

from datetime import datetime
from typing import Final, NamedTuple

from doisoat.messages.text import Text, message
from doisoat.settlement.interconnect.paper_facts import Interconnection
from doisoat.settlement.records.booked_statement import BookedParts
from doisoat.settlement.report.balances import Balance, Without
from doisoat.settlement.report.interconnect_adjusted import Adjusted
from doisoat.words import WordStyle

NOT_BEFORE_SIGNING: Final = message("Not recorded before signing")


class Stamp(NamedTuple):
    """Under what a paper is issued, and what its month comes to with what was booked into it."""

    number: str  # of the statement
    key: str | None  # None: a draft
    checkpoint: str
    log_size: int
    log_root: str
    issued_at: datetime  # civil
    words: WordStyle
    booked: BookedParts
    balances: tuple[Balance, ...]
    without: Without | None  # the package; None: nobody worked it out
    interconnection: Interconnection | None  # None: nobody recorded it
    interconnect_adjusted: tuple[Adjusted, ...]  # of each adjustment booked into the month

    def not_told(self, how_to: str) -> Text:
        """Of what the log does not say up to here: how to have it said, where that still can be."""
        if self.key is not None:
            return NOT_BEFORE_SIGNING
        text = message("Not worked out, up to entry {entry} of the log", entry=self.log_size)
        return Text(f"{text.vi} ({how_to})", text.en)

    @property
    def short(self) -> str:
        """The checkpoint, for the foot of each page."""
        return self.checkpoint if self.key is not None else message("DRAFT")
