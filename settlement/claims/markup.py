"""XML read by place and full name: an element counts where it belongs, and nowhere else.

A part is described as a tree of places. What stands where its place knows no such element is
refused, unless the place says that all below it is passed over.
"""

from collections.abc import Callable, Mapping
from typing import Final
from xml.parsers import expat

from doisoat.settlement.claims.archive import SAVE_AGAIN, Archive
from doisoat.settlement.claims.finding import RefusedClaim
from doisoat.settlement.report.text import Said

MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
COMPATIBILITY: Final = "http://schemas.openxmlformats.org/markup-compatibility/2006"
STRICT: Final = "http://purl.oclc.org/ooxml/"  # how the names of the other form of OOXML begin
SHOWN: Final = 60
AS_TRANSITIONAL: Final = Said(
    "lưu lại dạng 'Excel Workbook (*.xlsx)', không phải 'Strict Open XML'",
    "save it as 'Excel Workbook (*.xlsx)', not as 'Strict Open XML'",
)
Start = Callable[[dict[str, str]], None]


class Place:
    """A place in a part: what may stand in it, and what is done as it begins, ends, has text."""

    __slots__ = ("children", "end", "passes", "start", "text")

    def __init__(
        self,
        children: "Mapping[str, Place] | None" = None,
        start: Start | None = None,
        end: Callable[[], None] | None = None,
        text: Callable[[str], None] | None = None,
        passes: "Callable[[str], Place | None] | None" = None,
    ) -> None:
        """passes: the place of an element that children does not have, by its name; None if it is
        refused."""
        self.children = {} if children is None else {_full(k): v for k, v in children.items()}
        self.start, self.end, self.text, self.passes = start, end, text, passes


def _full(name: str) -> str:
    return name if " " in name else f"{MAIN} {name}"


def anything() -> Place:
    """A place all of which is passed over."""
    place = Place()
    place.passes = lambda name: place
    return place


def foreign() -> Place:
    """A place that is passed over as long as nothing of a workbook's own stands in it."""
    place = Place()
    place.passes = lambda name: place if is_foreign(name) else None
    return place


def is_foreign(name: str) -> bool:
    """Is an element of another vocabulary than workbooks'?"""
    return not name.startswith(f"{MAIN} ") and " " in name


class Markup:
    """Walks one part along its places."""

    def __init__(
        self, archive: Archive, part: str, root: Mapping[str, Place],
        where: Callable[[], str] | None = None,
    ) -> None:  # fmt: skip
        """where: the address of what is being read, for messages; the part's name if not given."""
        self.archive, self.part, self.where = archive, part, where or (lambda: part)
        self.place = Place(root)
        self.outer: list[Place] = []
        parser = self.parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        archive.refuse_entities(parser, part)
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.CommentHandler = self._between
        parser.ProcessingInstructionHandler = self._between

    def feed(self, piece: bytes, *, is_last: bool = False) -> None:
        """Take in some of the part."""
        self.archive.feed(self.parser, piece, self.part, is_last=is_last)

    def _start(self, name: str, said: dict[str, str]) -> None:
        child = self.place.children.get(name)
        if child is None:
            child = self._other(name)
        self.outer.append(self.place)
        self.place = child
        if child.start is not None:
            child.start(said)

    def _end(self, _: str) -> None:
        place = self.place
        self.place = self.outer.pop()
        if place.end is not None:
            place.end()

    def _data(self, text: str) -> None:
        if self.place.text is not None:
            self.place.text(text)

    def _between(self, *_: object) -> None:
        """A comment or an instruction; inside a text, programs differ in what they make of it."""
        if self.place.text is not None:
            raise self.archive.refuse(
                Said("chú thích XML nằm giữa một giá trị", "an XML comment parts a value"),
                at=self.where(),
            )

    def _other(self, name: str) -> Place:
        passes = self.place.passes
        place = None if passes is None else passes(name)
        if place is None:
            raise self._misplaced(name)
        return place

    def _misplaced(self, name: str) -> RefusedClaim:
        namespace, _, local = name.rpartition(" ")
        if namespace.startswith(STRICT):
            return self.archive.refuse(
                Said("sổ lưu dạng Strict Open XML", "it is saved as Strict Open XML"),
                AS_TRANSITIONAL, self.where(),
            )  # fmt: skip
        told, of = local[:SHOWN], namespace[:SHOWN] or "-"
        return self.archive.refuse(
            Said(f"phần tử {told!r} ({of}) không có chỗ ở đây",
                 f"an element {told!r} ({of}) that has no place here"), SAVE_AGAIN, self.where(),
        )  # fmt: skip


def read_part(archive: Archive, part: str, root: Mapping[str, Place]) -> None:
    """Read a part that is no sheet along its places."""
    markup = Markup(archive, part, root)
    for piece in archive.pieces(part):
        markup.feed(piece)
    markup.feed(b"", is_last=True)


class Once:
    """Tells an element that comes a second time where one is allowed."""

    def __init__(self, archive: Archive, where: Callable[[], str]) -> None:
        self.archive, self.where = archive, where
        self.seen: set[str] = set()

    def __call__(self, name: str) -> None:
        if name in self.seen:
            raise self.archive.refuse(
                Said(f"phần tử {name!r} có hai lần", f"an element {name!r} comes twice"),
                at=self.where(),
            )
        self.seen.add(name)
