"""How values of an overlay are written in a workbook: as an accountant says them, not as YAML.

`như vietnamobile.D15` is {like: vietnamobile.D15}, `mới` an entry whose values stand in the rows
below, `6 giây + 1 giây` is 6 s + 1 s. What is written in English, or as in a catalogue, holds too.
"""

import re
from collections.abc import Mapping
from typing import Final

from doisoat.engine.tables.form import bare, folded, named
from doisoat.messages.text import Text, in_language, message_in
from doisoat.tariffs.change.patch_items import LIKE
from doisoat.tariffs.load.tree import Node
from doisoat.tariffs.models.value_words import UNITS, VOLUME_RULES

AS: Final = message_in("overlay", "like")
REMOVE: Final = message_in("overlay", "take out")
NEW: Final = message_in("overlay", "new")
NEW_ENTRIES: Final = {"plans": "rates"}  # lists that a new entry has, however few it names
QUANTITIES: Final = ("per", "block", "amount")
DATA: Final = ("B", "KB", "MB", "GB", "TB")  # in letters of any size
WORD: Final = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)*")


def plain(text: str) -> str:
    """A text as words are compared: in small letters, without accents, with single blanks."""
    return bare(folded(text))


def words_of(texts: Mapping[str, Text]) -> dict[str, str]:
    """What may be written for each name, as `plain` has it."""
    return {plain(text): name for text, name in named(texts).items()}


WORDS_OF_UNITS: Final = {**words_of(UNITS), **{unit.lower(): unit for unit in DATA}}
WORDS_OF_RULES: Final = words_of(VOLUME_RULES)
WORDS_OF_AS: Final = words_of({LIKE: AS})
WORDS_OF_NEW: Final = words_of({"new": NEW})
WORDS_OF_REMOVAL: Final = words_of({"remove": REMOVE})


def written(key: str, text: str, lang: str) -> str:
    """A value of a catalogue as the workbook of a language has it; its key ends with `key`."""
    if key == "rule" and text in VOLUME_RULES:
        return in_language(VOLUME_RULES[text], lang)
    if key in QUANTITIES:
        return WORD.sub(lambda unit: in_language(UNITS.get(unit[0], unit[0]), lang), text)
    return text


def value_of(key: str, text: str) -> str:
    """A text of a cell as a catalogue writes it; `key` is the last word of its key."""
    if key == "rule":
        return WORDS_OF_RULES.get(plain(text), text)
    if key in QUANTITIES:
        named_units = WORD.sub(lambda unit: WORDS_OF_UNITS.get(plain(unit[0]), unit[0]), text)
        return re.sub(r" *\+ *", " + ", named_units)
    return text


def entry_of(key: str, text: str, where: str) -> Node | None:
    """The whole entry that a cell says in words; None where it says none."""
    if plain(text) in WORDS_OF_NEW:
        name = NEW_ENTRIES.get(key.split(".")[0])
        return _mapping(where, {} if name is None else {name: Node([], where)})
    first, _, other = " ".join(text.split()).partition(" ")
    if plain(first) in WORDS_OF_AS and other:
        return _mapping(where, {LIKE: Node(other, where)})
    return None


def _mapping(where: str, values: dict[str, Node]) -> Node:
    return Node({name: (Node(name, where), value) for name, value in values.items()}, where)
