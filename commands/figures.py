"""Figures of a settle as lines for people: counts and amounts, in both languages."""

from collections.abc import Container, Mapping

from doisoat.messages.language import BOTH, TERMINAL
from doisoat.messages.text import Text

LABELS = {
    "events": Text("Sự kiện", "events"),
    "rated": Text("Đã tính cước", "rated"),
    "suspended": Text("Bị treo", "suspended"),
    "list_value": Text("Giá trị", "list value"),
    "discount": Text("Giảm trừ", "discount"),
    "payable": Text("Phải trả", "payable"),
    "in_kind": Text("Hiện vật", "in kind"),
    "contribution": Text("Đóng góp", "contribution"),
}
NAME_WIDTH = 13


def figure_lines(figures: Mapping[str, int], amounts: Container[str]) -> list[str]:
    """A line for each of LABELS. amounts: the names of those that are đồng."""
    from doisoat.money import group_vi

    texts = {name: group_vi(figures[name]) for name in LABELS}
    width = max(map(len, texts.values()))
    return [
        f"  {_name(label)}{texts[name]:>{width}}{' đ' if name in amounts else ''}"
        for name, label in LABELS.items()
    ]


def _name(label: Text) -> str:
    """As a column of names: of two languages, two."""
    names = label.pair if TERMINAL.language == BOTH else (TERMINAL.spoken(label),)
    return "".join(f"{name:<{NAME_WIDTH}}" for name in names)
