"""One thing said in both languages, Vietnamese first: what users read of reports and refusals."""

from doisoat.messages.text import MARK, Text

Said = Text


class SaidError(ValueError):
    """What is wrong with a value, for whoever tells where it stands; its text is the English."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(vi, en)
        self.said = Said(vi, en)

    def __str__(self) -> str:
        return self.said.en


def halves_of(text: str) -> Said:
    """A text in its languages; of a plain one, which is of evidence, the halves at its mark."""
    if isinstance(text, Text):
        return text
    vi, mark, en = text.partition(MARK)
    return Said(vi, en) if mark and MARK not in en else Text.alike(text)


def said_of(error: object) -> Said:
    """What an error says: what only a library said stands in both halves as it said it."""
    return error.said if isinstance(error, SaidError) else Said(str(error), str(error))
