"""A guess of a draft: which columns a field comes from, why, and how sure that is."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from doisoat.engine.intake.draft.sample import printable
from doisoat.messages.text import Text
from doisoat.telephone import has_number

SURE = 0.9  # of the texts of a column, a form must read so many
SHOWN_WORDS, SHOWN_CHARACTERS = 5, 20
HEAD_ALONE = 0.9  # of a code or a count, of which the texts tell nothing
UNSURE = 0.5  # of a head alone whose texts say nothing for it


class Guess(NamedTuple):
    """What a field of the draft comes from. `sure`: a share of the rows, 0 to 1."""

    field: str
    columns: tuple[str, ...]
    words: Mapping[str, object]  # of the mapping, beside the column
    sure: float
    why: Text
    is_whole: bool = True  # False: the mapping lacks a word of it, and reads no file


class LeftOut(NamedTuple):
    """Records that a rule of the draft leaves out: those with these words in a column."""

    rule: str
    column: str
    words: tuple[str, ...]


def shown(words: Iterable[str]) -> str:
    """A few words of a column; none that may have a telephone number in it."""
    listed = [printable(word) for word in words if not has_number(word)]
    short = [word if len(word) <= SHOWN_CHARACTERS else f"{word[:SHOWN_CHARACTERS]}…"
             for word in listed[:SHOWN_WORDS]]  # fmt: skip
    return ", ".join(short) + (f", … ({len(listed)})" if len(listed) > SHOWN_WORDS else "")


def form_of(guess: Guess) -> str | None:
    """The form of a field's texts, as a mapping says it; None where it has none of its own."""
    words = guess.words
    if guess.field == "kind" and "constant" in words:
        return str(words["constant"])
    between = words.get("between")
    source = between if isinstance(between, dict) else words
    if "form" in source or "unit" in source:
        return str(source.get("form") or source.get("unit"))
    signs = [f"{word}: {words[word]!r}" for word in ("groups", "decimal") if word in words]
    return ", ".join(signs) or None
