"""Looks of cells by xl/styles.xml and the theme: formats, fonts, fills, alignment.

Whoever signed the sheet saw what these make of it; where that may be another figure, or none, the
cell is refused.
"""

import re
from collections.abc import Callable, Sized
from typing import Final, NamedTuple

from doisoat.engine.tables.archive import Archive
from doisoat.engine.tables.cell_colours import (
    BLACK,
    SYSTEM,
    WHITE,
    Colour,
    Palette,
    can_be_read,
)
from doisoat.engine.tables.cells import Shown
from doisoat.engine.tables.formats import (
    BUILT_IN,
    COUNTING,
    UNKNOWN,
    Format,
    counted_by,
    format_of,
)
from doisoat.engine.tables.markup import Place, anything, read_part
from doisoat.messages.text import Text, message

DRAWING: Final = "http://schemas.openxmlformats.org/drawingml/2006/main"
STYLES_MAX: Final = 70_000  # a workbook has 65,490 at most
POINTS_MIN, POINTS_MAX, POINTS_USUAL = 6.0, 48.0, 11.0
GENERAL_DIGITS: Final = 11  # from more on, General shows an exponent
INDENT_MAX: Final = 5
FEW_DIGITS: Final = re.compile(rf"-?[0-9]{{1,{GENERAL_DIGITS}}}(?:\.[0-9]*)?")
FIGURE: Final = re.compile(r"-?[0-9][0-9.,]*")  # titles may be cut, figures not
SHOWN: Final = 40
SYMBOLS: Final = ("wingdings", "webdings", "symbol", "marlett", "mt extra", "bookshelf symbol")
SYMBOL_CHARSET: Final = "2"
# Alignments that repeat a cell's text, or show it in another cell.
MOVING: Final = ("fill", "centerContinuous")
PLAIN: Final = message("format the cell as a whole number: #,##0")
CLEAR: Final = message(
    "make it black on white, 11 points, not struck out, aligned as usual (Clear Formats)"
)
WIDEN: Final = message("widen the column")
NARROW: Final = Shown(
    "look", message("the column cuts off what it holds"),
    WIDEN,
)  # fmt: skip
TOO_LONG: Final = Shown(
    "format",
    message(
        "General shows more than {general_digits} digits as 1.23E+11", general_digits=GENERAL_DIGITS
    ),
    PLAIN,
)


class Look(NamedTuple):
    """How the cells of one style are shown."""

    number: Shown | None = None  # what is wrong with a number that is shown so
    text: Shown | None = None
    shown_as: str = ""
    is_general: bool = False
    points: float = POINTS_USUAL
    counts: str = ""  # what a number counts to: DATE, MOMENT, TIME

    def unfit(self, text: str, width: float, is_number: bool) -> Shown | None:
        """What is wrong with how a text, or a number in General, is shown in its column.

        Args: width: of the column, in digits. Another number that does not fit is shown as ###.
        """
        if is_number and not FEW_DIGITS.fullmatch(text):
            return TOO_LONG
        is_cut = len(text) * self.points > (width + 1) * POINTS_USUAL
        return NARROW if is_cut and FIGURE.fullmatch(text) else None


USUAL: Final = Look(is_general=True)


class Font(NamedTuple):
    """Of a font, what bears on whether a figure is seen."""

    fault: Text | None
    colour: Colour | None
    points: float


class Style(NamedTuple):
    """A cell's style as it is written: numbers of its format, font and fill; alignment."""

    attributes: dict[str, str]
    alignment: dict[str, str]


class Looks:
    """The looks of all styles of a workbook."""

    def __init__(self) -> None:
        self.by_name: dict[str, Look] = {"0": USUAL}

    def of(self, style: str) -> Look | None:
        """The look of a style, by its number as a cell writes it; None if there is none."""
        return self.by_name.get(style)


def looks_of(archive: Archive, styles: str | None, theme: str | None) -> Looks:
    """The looks of cells; styles, theme: the parts, None where a workbook has none."""
    looks = Looks()
    if styles is not None:
        palette = Palette()
        if theme is not None:
            _read_theme(archive, theme, palette)
        reader = StyleReader(archive, styles, palette)
        read_part(archive, styles, reader.places)
        looks.by_name = {str(n): look for n, look in enumerate(reader.looks())}
    return looks


def _read_theme(archive: Archive, part: str, palette: Palette) -> None:
    of = f"{DRAWING} "
    into = ""

    def begins(name: str) -> Callable[[dict[str, str]], None]:
        def begin(_: dict[str, str]) -> None:
            nonlocal into
            into = name

        return begin

    def set_colour(colour: Colour | None) -> None:
        if colour is not None:
            palette.theme[into] = colour

    def system(attributes: dict[str, str]) -> None:
        """A colour of the system; the last that was seen may be said with it."""
        usual = SYSTEM.get(attributes.get("val", ""))
        last = attributes.get("lastClr", usual or "")
        if usual in (None, last):
            set_colour(Colour.of(last))

    kinds = {
        f"{of}srgbClr": Place(
            start=lambda attributes: set_colour(Colour.of(attributes.get("val", "")))
        ),
        f"{of}sysClr": Place(start=system),
    }
    names = ("dk1", "lt1", "dk2", "lt2", *(f"accent{n}" for n in range(1, 7)), "hlink", "folHlink")
    scheme = Place(
        {f"{of}{name}": Place(kinds, start=begins(name), passes=lambda _: anything())
         for name in names}, passes=lambda _: anything(),
    )  # fmt: skip
    elements = Place({f"{of}clrScheme": scheme}, passes=lambda _: anything())
    whole = Place({f"{of}themeElements": elements}, passes=lambda _: anything())
    read_part(archive, part, {f"{of}theme": whole})


class StyleReader:
    """Gathers what styles.xml says of the cells' styles."""

    def __init__(self, archive: Archive, part: str, palette: Palette) -> None:
        self.archive, self.part, self.palette = archive, part, palette
        self.codes: dict[str, str] = {}
        self.fonts: list[list[tuple[str, dict[str, str]]]] = []
        self.fills: list[list[tuple[str, dict[str, str]]]] = []
        self.of_cells: list[Style] = []
        self.parents: list[Style] = []
        self.own_indexed: list[Colour | None] = []
        self.places = {"styleSheet": Place({
            "numFmts": Place({"numFmt": Place(start=self._code)}),
            "fonts": Place({"font": Place(
                self._properties(self.fonts, (
                    "b", "i", "strike", "condense", "extend", "outline", "shadow", "u",
                    "vertAlign", "sz", "color", "name", "family", "charset", "scheme",
                )), start=lambda _: self._begin(self.fonts),
            )}),
            "fills": Place({"fill": Place({
                "patternFill": Place(
                    self._properties(self.fills, ("fgColor", "bgColor")),
                    start=lambda attributes: self.fills[-1].append(("patternFill", attributes)),
                ),
                "gradientFill": Place(
                    start=lambda attributes: self.fills[-1].append(("gradientFill", attributes)),
                    passes=lambda _: anything(),
                ),
            }, start=lambda _: self._begin(self.fills))}),
            "borders": anything(),
            "cellStyleXfs": Place({"xf": self._style(self.parents)}),
            "cellXfs": Place({"xf": self._style(self.of_cells)}),
            "cellStyles": anything(), "dxfs": anything(), "tableStyles": anything(),
            "colors": Place({
                "indexedColors": Place({"rgbColor": Place(start=self._indexed)}),
                "mruColors": anything(),
            }),
            "extLst": anything(),
        })}  # fmt: skip

    def looks(self) -> list[Look]:
        """The look of each style of cells, in their order."""
        if self.own_indexed:
            self.palette.indexed = self.own_indexed
        formats = {
            **{str(number): format_of(code) for number, code in BUILT_IN.items()},
            **{number: format_of(code) for number, code in self.codes.items()},
        }
        # Where none are listed, a style has the usual ones, number 0.
        fonts = [self._font(dict(properties), len(properties)) for properties in self.fonts or [[]]]
        fills = [self._fill(dict(properties), len(properties)) for properties in self.fills or [[]]]
        return [
            self._look([style, *self._parent(style)], formats, fonts, fills)
            for style in self.of_cells
        ]

    def _parent(self, style: Style) -> list[Style]:
        """The style that a cell's is based on, where some program might go by it."""
        if not any(
            k.startswith("apply") and v in ("0", "false") for k, v in style.attributes.items()
        ):
            return []
        number = style.attributes.get("xfId", "0")
        return [self.parents[_small(number)]] if 0 <= _small(number) < len(self.parents) else []

    def _look(
        self,
        styles: list[Style],
        formats: dict[str, Format],
        fonts: list[Font],
        fills: list[Colour | None],
    ) -> Look:
        faults, number, text = list[Text | None](), None, None
        usual = formats.get(styles[0].attributes.get("numFmtId", "0"), UNKNOWN)
        points = POINTS_USUAL
        for style in styles:
            format_id = style.attributes.get("numFmtId", "0")
            cell_format = formats.get(format_id, UNKNOWN)
            code = self.codes.get(format_id, BUILT_IN.get(_small(format_id), format_id)) or '""'
            if cell_format.shown_as != usual.shown_as or not (
                cell_format.shown_as or cell_format.shows_number
            ):
                number = number or _by_format(code)
            if not cell_format.shows_text:
                text = text or _by_format(code)
            font = fonts[self._place(style, "fontId", fonts)]
            ground = fills[self._place(style, "fillId", fills)]
            faults += [font.fault, _contrast([font.colour, *cell_format.colours], ground)]
            faults.append(_aligned(style.alignment))
            points = max(points, font.points)
        fault = next((fault for fault in faults if fault is not None), None)
        by_look = None if fault is None else Shown("look", fault, CLEAR)
        return Look(
            number or by_look, text or by_look, usual.shown_as, usual.is_general, points,
            self._counted(styles[0].attributes.get("numFmtId", "0")),
        )  # fmt: skip

    def _counted(self, format_id: str) -> str:
        """What a number counts to by a format; a workbook's own code comes before the usual one."""
        code = self.codes.get(format_id)
        return COUNTING.get(_small(format_id), "") if code is None else counted_by(code)

    def _place(self, style: Style, name: str, listed: Sized) -> int:
        place = _small(style.attributes.get(name, "0"))
        if not 0 <= place < len(listed):
            raise self.archive.refuse(
                message("a style has a {name} that is none", name=name),
                at=self.part,
            )
        return place

    # --- what was gathered

    def _font(self, properties: dict[str, dict[str, str]], count: int) -> Font:
        size = properties.get("sz", {}).get("val", str(POINTS_USUAL))
        try:
            points = float(size)
        except ValueError:
            points = 0.0
        name = properties.get("name", {}).get("val", "").casefold()
        colour = self.palette.colour(properties.get("color", {}), BLACK)
        fault = None
        if not POINTS_MIN <= points <= POINTS_MAX:
            fault = message("its font is of {size} points", size=size[:8])
        elif _is_on(properties, "strike"):
            fault = message("it is struck out")
        elif name.startswith(SYMBOLS) or properties.get("charset", {}).get("val") == SYMBOL_CHARSET:
            fault = message("a font of symbols, {name}", name=repr(name[:20]))
        elif properties.get("vertAlign", {}).get("val", "baseline") != "baseline":
            fault = message("it is raised or lowered")
        elif count != len(properties):
            fault = message("its font says a thing twice")
        return Font(fault, colour, points)

    def _fill(self, properties: dict[str, dict[str, str]], count: int) -> Colour | None:
        """What a text stands on; None where that is no one colour."""
        if "gradientFill" in properties or count != len(properties):
            return None
        pattern = properties.get("patternFill", {}).get("patternType", "none")
        if pattern == "none":
            return WHITE
        return (
            self.palette.colour(properties.get("fgColor", {}), BLACK)
            if pattern == "solid"
            else None
        )

    # --- elements

    def _bounded(self, gathered: int) -> None:
        if gathered >= STYLES_MAX:
            raise self.archive.refuse(message("too many styles"), at=self.part)

    def _begin(self, into: list[list[tuple[str, dict[str, str]]]]) -> None:
        self._bounded(len(into))
        into.append([])

    def _properties(
        self, into: list[list[tuple[str, dict[str, str]]]], names: tuple[str, ...]
    ) -> dict[str, Place]:
        def collector(name: str) -> Callable[[dict[str, str]], None]:
            return lambda attributes: into[-1].append((name, attributes))

        return {name: Place(start=collector(name)) for name in names}

    def _code(self, attributes: dict[str, str]) -> None:
        number = attributes.get("numFmtId", "")
        self._bounded(len(self.codes))
        if number in self.codes:
            raise self.archive.refuse(
                message("the format {number} comes twice", number=repr(number[:20])), at=self.part,
            )  # fmt: skip
        self.codes[number] = attributes.get("formatCode", "")

    def _style(self, into: list[Style]) -> Place:
        def begin(attributes: dict[str, str]) -> None:
            self._bounded(len(into))
            into.append(Style(attributes, {}))

        return Place(
            {"alignment": Place(start=lambda attributes: into[-1].alignment.update(attributes)),
             "protection": Place(), "extLst": anything()}, start=begin,
        )  # fmt: skip

    def _indexed(self, attributes: dict[str, str]) -> None:
        self._bounded(len(self.own_indexed))
        self.own_indexed.append(Colour.of(attributes.get("rgb", "")))


def _by_format(code: str) -> Shown:
    shown = code[:SHOWN]
    return Shown(
        "format",
        message("its format {shown} shows something else than it holds", shown=repr(shown)), PLAIN,
    )  # fmt: skip


def _contrast(colours: list[Colour | None], ground: Colour | None) -> Text | None:
    if ground is None:
        return message("what it stands on is of several colours")
    for colour in colours:
        if colour is None or not can_be_read(colour, ground):
            return message("its colour cannot be read on its fill")
    return None


def _aligned(attributes: dict[str, str]) -> Text | None:
    horizontal, indent = attributes.get("horizontal", "general"), attributes.get("indent", "0")
    if horizontal in MOVING:
        return message("aligned by {horizontal}", horizontal=horizontal)
    if _small(indent) not in range(INDENT_MAX + 1):
        return message("indented by {indent}", indent=indent[:8])
    return None


def _is_on(properties: dict[str, dict[str, str]], name: str) -> bool:
    return name in properties and properties[name].get("val", "1") not in ("0", "false")


def _small(number: str) -> int:
    return int(number) if number.isascii() and number.isdigit() and len(number) < 9 else -1
