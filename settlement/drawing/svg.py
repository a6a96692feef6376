"""Elements of a drawing as SVG, and the one palette; no dependency.

Places are exact fractions, to a hundredth of a point: the same drawing is the same bytes.
"""

from collections.abc import Sequence
from fractions import Fraction
from xml.sax.saxutils import escape

SANS = "'Noto Sans','Segoe UI','DejaVu Sans',Arial,sans-serif"
SERIF = "Tinos"  # which papers carry with them
INK, MUTED, RULE, WHITE = "#222222", "#595959", "#C9D3E6", "#FFFFFF"
BLUE, ORANGE, GREEN = "#2E75B6", "#C55A11", "#6B8E23"
SHADES = (WHITE, "#DCE6F1", "#B4C9E4", "#7FA6D4", "#3E78B8", "#1F3864")  # of blue, from none to all
PALE, DARK = SHADES[1], SHADES[-1]
Number = int | float | Fraction


def at(value: Number) -> str:
    """A place or a length: 12.34."""
    hundredths = round(Fraction(value) * 100)
    sign = "-" if hundredths < 0 else ""
    return f"{sign}{abs(hundredths) // 100}.{abs(hundredths) % 100:02}"


def text(
    x: Number, y: Number, content: str, *, size: Number = 8, anchor: str = "start",
    colour: str = INK, bold: bool = False,
) -> str:  # fmt: skip
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{at(x)}" y="{at(y)}" font-size="{at(size)}" text-anchor="{anchor}"'
        f' fill="{colour}"{weight}>{escape(content)}</text>'
    )


def rect(
    x: Number, y: Number, width: Number, height: Number, fill: str, stroke: str = "none"
) -> str:
    return (
        f'<rect x="{at(x)}" y="{at(y)}" width="{at(width)}" height="{at(height)}" fill="{fill}"'
        f' stroke="{stroke}" stroke-width="0.4"/>'
    )


def line(
    x1: Number, y1: Number, x2: Number, y2: Number, colour: str = RULE, width: str = "0.5",
    dashes: str = "",
) -> str:  # fmt: skip
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<line x1="{at(x1)}" y1="{at(y1)}" x2="{at(x2)}" y2="{at(y2)}" stroke="{colour}"'
        f' stroke-width="{width}"{dashed}/>'
    )


def polyline(
    points: Sequence[tuple[Number, Number]], colour: str, fill: str = "none", width: str = "1.3"
) -> str:
    coordinates = " ".join(f"{at(x)},{at(y)}" for x, y in points)
    return (
        f'<polyline points="{coordinates}" fill="{fill}" stroke="{colour}" stroke-width="{width}"/>'
    )


def circle(x: Number, y: Number, radius: Number, fill: str) -> str:
    return f'<circle cx="{at(x)}" cy="{at(y)}" r="{at(radius)}" fill="{fill}"/>'


def drawing(
    width: int, height: int, parts: Sequence[str], *, font: str = SERIF, title: str = ""
) -> str:
    """The parts as a document, `width` by `height` points; one with a title stands by itself."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}"'
    )
    if title:
        ground = f'<rect width="{width}" height="{height}" fill="{WHITE}"/>'
        head += ' role="img"'
        parts = [f"<title>{escape(title)}</title>", ground, *parts]
    return f'{head} font-family="{font}">\n' + "\n".join(parts) + "\n</svg>\n"


def legend(
    entries: Sequence[tuple[str, str]], x: int, y: int, height: int, baseline: int
) -> list[str]:
    """Names behind boxes of their colours, in one line. entries: name and colour each."""
    parts = []
    for name, colour in entries:
        parts += [rect(x, y, 8, height, colour), text(x + 11, baseline, name, size=8)]
        x += 26 + text_width(name, 5)
    return parts


def text_width(content: str, of_character: int) -> int:
    """Points that a text takes, safely many."""
    return of_character * len(content)


def cut(content: str, most: int) -> str:
    """A text of at most so many characters."""
    return content if len(content) <= most else content[: most - 1].rstrip() + "…"
