"""One thing said in both languages, Vietnamese first: what users read of reports and refusals."""

from typing import NamedTuple

MARK = " | "


class Said(NamedTuple):
    """One thing in both languages."""

    vi: str
    en: str

    @property
    def both(self) -> str:
        """One text for a terminal or a log: `tiếng Việt | English`."""
        return f"{self.vi}{MARK}{self.en}"


class SaidError(ValueError):
    """What is wrong with a value, for whoever tells where it stands; its text is the English."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(vi, en)
        self.said = Said(vi, en)

    def __str__(self) -> str:
        return self.said.en


def halves_of(text: str) -> Said:
    """The halves of what `Said.both` gave; a text that is in no two languages stands in both."""
    vi, mark, en = text.partition(MARK)
    return Said(vi, en) if mark and MARK not in en else Said(text, text)


def said_of(error: object) -> Said:
    """What an error says: what only a library said stands in both halves as it said it."""
    return error.said if isinstance(error, SaidError) else Said(str(error), str(error))
