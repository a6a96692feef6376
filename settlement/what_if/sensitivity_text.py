"""What the programme's cost hangs on, as people read it at the terminal."""

from doisoat.money import dong
from doisoat.settlement.report.report_text import SYNTHETIC
from doisoat.settlement.report.terminal_table import table
from doisoat.settlement.what_if.sensitivity import Figures, Sensitivity

MEASURED = {
    "value": ("Giá trị chương trình ghi nhận", "value that the programme counts"),
    "forgone": ("Doanh thu giảm", "forgone revenue"),
}
PARTS = (
    ("discount", "Giảm trừ | discount"),
    ("in_kind", "Hiện vật | in kind"),
    ("contribution", "Đóng góp | contribution"),
    ("forgone", "Doanh thu giảm | forgone"),
)


def as_text(found: Sensitivity, measure: str) -> str:
    """The base, every alternative by how much hangs on its reading, and the bundles."""
    base = found.base
    package = found.package
    heads = (
        "Giá trị ghi nhận | value", "Chênh lệch | difference", *(head for _, head in PARTS),
    )  # fmt: skip

    def cells(figures: Figures) -> tuple[int, ...]:
        return (
            figures.value,
            figures.value - base.value,
            *(getattr(figures, name) for name, _ in PARTS),
        )

    rows: list[tuple[str | int, ...]] = [("đang dùng | in force", "", *cells(base))]
    idle = []
    for one in found.ranked(measure):
        if not any(one.swing(name, base) for name in MEASURED):
            idle.append(one.name)
            continue
        for turned in one.turned:
            rows.append((one.name, turned.alternative, *cells(turned.figures)))
    parts = [
        f"Gói | package {package.id}, kỳ | period {found.period}"
        + (f", {found.carrier}" if found.carrier else "")
        + (f"  ({SYNTHETIC.vi} | {SYNTHETIC.en})" if found.is_synthetic else ""),
        f"Xếp theo | ranked by: {' | '.join(MEASURED[measure])}; gốc | base"
        f" {dong(getattr(base, measure))}",
        table(("Cách đọc | reading", "Đổi thành | turned to", *heads), rows),
    ]
    if idle:
        parts.append(
            "Không đổi gì trong kỳ này | nothing of this period hangs on: "
            + ", ".join(sorted(idle))
        )
    if found.bundles:
        told: list[tuple[str | int, ...]] = [
            (one.bundle.id, one.bundle.title, *cells(one.figures)) for one in found.bundles
        ]
        parts.append("Nhiều cách đọc cùng đổi | several turned together")
        parts.append(table(("", "", *heads), told))
    parts.append(
        f"{found.evaluations} lần tính ({found.programs} khác nhau) trong một lượt đọc |"
        f" {found.evaluations} evaluations ({found.programs} of them different) in one scan"
    )
    return "\n".join(parts)
