"""The sensitivity of the programme's cost as text for the terminal."""

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


def as_text(result: Sensitivity, measure: str) -> str:
    """The base, every alternative by how much hangs on its reading, and the bundles."""
    base = result.base
    package = result.package
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
    for reading in result.ranked(measure):
        if not any(reading.swing(name, base) for name in MEASURED):
            idle.append(reading.name)
            continue
        for turned in reading.turned:
            rows.append((reading.name, turned.alternative, *cells(turned.figures)))
    parts = [
        f"Gói | package {package.id}, kỳ | period {result.period}"
        + (f", {result.carrier}" if result.carrier else "")
        + (f"  ({SYNTHETIC.vi} | {SYNTHETIC.en})" if result.is_synthetic else ""),
        f"Xếp theo | ranked by: {' | '.join(MEASURED[measure])}; gốc | base"
        f" {dong(getattr(base, measure))}",
        table(("Cách đọc | reading", "Đổi thành | turned to", *heads), rows),
    ]
    if idle:
        parts.append(
            "Không đổi gì trong kỳ này | nothing of this period hangs on: "
            + ", ".join(sorted(idle))
        )
    if result.bundles:
        bundle_rows: list[tuple[str | int, ...]] = [
            (bundle_result.bundle.id, bundle_result.bundle.title, *cells(bundle_result.figures))
            for bundle_result in result.bundles
        ]
        parts.append("Nhiều cách đọc cùng đổi | several turned together")
        parts.append(table(("", "", *heads), bundle_rows))
    parts.append(
        f"{result.evaluations} lần tính ({result.programs} khác nhau) trong một lượt đọc |"
        f" {result.evaluations} evaluations ({result.programs} of them different) in one scan"
    )
    return "\n".join(parts)
