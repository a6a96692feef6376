"""Figures of a settle as lines for people: counts and amounts, in both languages."""

from collections.abc import Container, Mapping

LABELS = (
    ("events", "Sự kiện", "events"),
    ("rated", "Đã tính cước", "rated"),
    ("suspended", "Bị treo", "suspended"),
    ("list_value", "Giá trị", "list value"),
    ("discount", "Giảm trừ", "discount"),
    ("payable", "Phải trả", "payable"),
    ("in_kind", "Hiện vật", "in kind"),
    ("contribution", "Đóng góp", "contribution"),
)


def figure_lines(figures: Mapping[str, int], amounts: Container[str]) -> list[str]:
    """A line for each of LABELS. amounts: the names of those that are đồng."""
    from doisoat.money import group_vi

    texts = {name: group_vi(figures[name]) for name, _, _ in LABELS}
    width = max(map(len, texts.values()))
    return [
        f"  {vi:<13}{en:<13}{texts[name]:>{width}}{' đ' if name in amounts else ''}"
        for name, vi, en in LABELS
    ]
