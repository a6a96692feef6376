"""XML read by place and full name: an element counts where it belongs, and nowhere else.

A part is described as a tree of places. What stands where its place knows no such element is
refused, unless the place says that all below it is passed over.
"""

from collections.abc import Callable, Mapping
from typing import Final
from xml.parsers import expat

from doisoat.engine.tables.archive import SAVE_AGAIN, Archive
from doisoat.engine.tables.findings import RefusedTable
from doisoat.messages.text import message

MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
COMPATIBILITY: Final = "http://schemas.openxmlformats.org/markup-compatibility/2006"
STRICT: Final = "http://purl.oclc.org/ooxml/"  # how the names of the other form of OOXML begin
SHOWN: Final = 60
AS_TRANSITIONAL: Final = message("save it as 'Excel Workbook (*.xlsx)', not as 'Strict Open XML'")
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
        parser = self.parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        archive.refuse_entities(parser, part)
        self._handle(parser, Place(root))

    def _handle(self, parser: expat.XMLParserType, root: Place) -> None:
        """Walk along the places as elements come: millions of them, so in closures."""
        place, outer = root, list[Place]()
        push, pop = outer.append, outer.pop

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal place
            child = place.children.get(name) or self._passed(place, name)
            push(place)
            place = child
            if child.start is not None:
                child.start(attributes)

        def end(_: str) -> None:
            nonlocal place
            ended, place = place, pop()
            if ended.end is not None:
                ended.end()

        def data(text: str) -> None:
            if place.text is not None:
                place.text(text)

        def between(*_: object) -> None:
            """A comment or an instruction; inside a text, programs differ in what it does."""
            if place.text is not None:
                raise self.archive.refuse(
                    message("an XML comment parts a value"),
                    at=self.where(),
                )

        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = data
        parser.CommentHandler = between
        parser.ProcessingInstructionHandler = between

    def feed(self, piece: bytes, *, is_last: bool = False) -> None:
        """Take in some of the part."""
        self.archive.feed(self.parser, piece, self.part, is_last=is_last)

    def _passed(self, place: Place, name: str) -> Place:
        child = None if place.passes is None else place.passes(name)
        if child is None:
            raise self._misplaced(name)
        return child

    def _misplaced(self, name: str) -> RefusedTable:
        namespace, _, local = name.rpartition(" ")
        if namespace.startswith(STRICT):
            return self.archive.refuse(
                message("it is saved as Strict Open XML"),
                AS_TRANSITIONAL, self.where(),
            )  # fmt: skip
        shown, of = local[:SHOWN], namespace[:SHOWN] or "-"
        return self.archive.refuse(
            message("an element {shown} ({of}) that has no place here", shown=repr(shown), of=of),
            SAVE_AGAIN,
            self.where(),
        )


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
                message("an element {name} comes twice", name=repr(name)),
                at=self.where(),
            )
        self.seen.add(name)
