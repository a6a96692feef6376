"""The shared texts of a workbook, each with what keeps it from being one plain text."""

from typing import Final, NamedTuple

from doisoat.engine.tables.archive import Archive
from doisoat.engine.tables.cells import CELL_CHARACTERS_MAX
from doisoat.engine.tables.markup import Once, Place, anything, read_part
from doisoat.messages.text import message

TEXTS_MAX: Final = 2_000_000
RICH, READINGS = "rich text", "phonetic"


class Texts(NamedTuple):
    """Shared texts in their order; other_kinds: of runs with looks or readings of their own."""

    plain: list[str]
    other_kinds: dict[int, str]


class TextReader:
    """Gathers a text as its elements come: of the shared texts, or of one cell."""

    def __init__(self, once: Once) -> None:
        self.once = once
        self.pieces: list[str] = []
        self.length = 0
        self.other_kind = ""
        self.places = {
            "t": Place(start=self._plain, text=self._take),
            "r": Place({"rPr": anything(), "t": Place(text=self._take)}, start=self._run),
            "rPh": Place({"t": Place()}, start=self._reading),
            "phoneticPr": Place(),
        }

    def begin(self) -> None:
        """A text begins."""
        self.pieces.clear()
        self.once.seen.clear()
        self.length, self.other_kind = 0, ""

    def taken(self) -> str:
        """The text that was gathered."""
        return "".join(self.pieces)

    def _plain(self, _: dict[str, str]) -> None:
        self.once("t")
        if self.other_kind == RICH:
            self.once("t")

    def _run(self, _: dict[str, str]) -> None:
        if "t" in self.once.seen:
            self.once("t")
        self.other_kind = RICH

    def _reading(self, _: dict[str, str]) -> None:
        self.other_kind = READINGS

    def _take(self, text: str) -> None:
        if self.length <= CELL_CHARACTERS_MAX:
            self.pieces.append(text)
            self.length += len(text)


def shared_texts(archive: Archive, part: str | None) -> Texts:
    """The shared texts; none where a workbook has no such part."""
    texts = Texts([], {})
    if part is None:
        return texts
    reader = TextReader(Once(archive, lambda: f"{part}, si {len(texts.plain)}"))

    def ends() -> None:
        if len(texts.plain) >= TEXTS_MAX:
            raise archive.refuse(message("too many texts"), at=part)
        if reader.other_kind:
            texts.other_kinds[len(texts.plain)] = reader.other_kind
        texts.plain.append(reader.taken())

    item = Place(reader.places, start=lambda _: reader.begin(), end=ends)
    read_part(archive, part, {"sst": Place({"si": item, "extLst": anything()})})
    return texts
