"""Colours of a workbook, and whether a text in one of them can be read on another."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

CONTRAST_MIN: Final = 1.5  # WCAG's ratio, 1 to 21; light grey on white is 1.6
RGB: Final = re.compile(r"(?:[0-9A-Fa-f]{2})?([0-9A-Fa-f]{6})")
TINT: Final = re.compile(r"-?[0-9.]+(?:[eE][+-]?[0-9]+)?")
# The order of a theme's colours in cells: light and dark change places.
THEMED: Final = (
    "lt1", "dk1", "lt2", "dk2", "accent1", "accent2", "accent3", "accent4", "accent5", "accent6",
    "hlink", "folHlink",
)  # fmt: skip
SYSTEM: Final = {"window": "FFFFFF", "windowText": "000000"}
# ECMA-376 part 1, 18.8.27: 8 to 63; 0 to 7 are the first of them again.
INDEXED: Final = """
    000000 FFFFFF FF0000 00FF00 0000FF FFFF00 FF00FF 00FFFF 800000 008000 000080 808000
    800080 008080 C0C0C0 808080 9999FF 993366 FFFFCC CCFFFF 660066 FF8080 0066CC CCCCFF
    000080 FF00FF FFFF00 00FFFF 800080 800000 008080 0000FF 00CCFF CCFFFF CCFFCC FFFF99
    99CCFF FF99CC CC99FF FFCC99 3366FF 33CCCC 99CC00 FFCC00 FF9900 FF6600 666699 969696
    003366 339966 003300 333300 993300 993366 333399 333333
"""
FIRST_INDEXED, FOREGROUND, BACKGROUND = 8, 64, 65


class Colour(NamedTuple):
    """Red, green, blue, 0 to 255."""

    red: int
    green: int
    blue: int

    @classmethod
    def of(cls, rgb: str) -> "Colour | None":
        """The colour of RRGGBB or AARRGGBB; None if it is neither."""
        match = RGB.fullmatch(rgb)
        return None if match is None else cls(*bytes.fromhex(match[1]))


BLACK, WHITE = Colour(0, 0, 0), Colour(255, 255, 255)


class Palette:
    """The colours that a workbook may name by number: its theme's, and those by index."""

    def __init__(self) -> None:
        self.theme: dict[str, Colour] = {}
        self.indexed: list[Colour | None] = [Colour.of(rgb) for rgb in INDEXED.split()]
        self.indexed = [*self.indexed[:FIRST_INDEXED], *self.indexed]

    def colour(self, attributes: Mapping[str, str], default: Colour) -> Colour | None:
        """The colour of an element; None if it cannot be told.

        Args: attributes: rgb, theme, indexed or auto, perhaps tint; default: where nothing is said.
        """
        kinds = [name for name in ("rgb", "theme", "indexed") if name in attributes]
        if len(kinds) > 1:
            return None
        colour: Colour | None = default
        if kinds == ["rgb"]:
            colour = Colour.of(attributes["rgb"])
        elif kinds:
            number = attributes[kinds[0]]
            place = int(number) if re.fullmatch(r"[0-9]{1,3}", number) else -1
            colour = self._named(kinds[0], place)
        tint = attributes.get("tint", "0")
        if colour is None or not TINT.fullmatch(tint):
            return None
        return tinted(colour, float(tint))

    def _named(self, kind: str, place: int) -> Colour | None:
        if kind == "theme":
            return self.theme.get(THEMED[place]) if 0 <= place < len(THEMED) else None
        if place in (FOREGROUND, BACKGROUND):
            return BLACK if place == FOREGROUND else WHITE
        return self.indexed[place] if 0 <= place < len(self.indexed) else None


def tinted(colour: Colour, tint: float) -> Colour:
    """A colour made darker (below 0) or lighter, -1 to 1, near enough to judge contrast."""
    tint = max(-1.0, min(1.0, tint))
    if tint < 0:
        return Colour(*(round(channel * (1 + tint)) for channel in colour))
    return Colour(*(round(channel + (255 - channel) * tint) for channel in colour))


def can_be_read(text: Colour, ground: Colour) -> bool:
    """Is there contrast between a text and what it stands on?"""
    text_light, ground_light = _luminance(text), _luminance(ground)
    return (max(text_light, ground_light) + 0.05) / (
        min(text_light, ground_light) + 0.05
    ) >= CONTRAST_MIN


def _luminance(colour: Colour) -> float:
    parts = [channel / 255 for channel in colour]
    linear = [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
