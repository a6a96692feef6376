"""Output files of a command: checked before anything is computed, written whole or not at all."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from doisoat.engine.store import commit
from doisoat.errors import StoreError
from doisoat.messages.text import message
from doisoat.settlement.drawing.bar_chart import drawn
from doisoat.settlement.what_if.announced import AnnouncedFigure
from doisoat.settlement.what_if.compare import Comparison
from doisoat.settlement.what_if.sensitivity import Sensitivity


class Outputs(NamedTuple):
    xlsx: Path | None
    chart: Path | None

    def sensitivity(self, result: Sensitivity, measure: str) -> None:
        """Write what was asked for of a sensitivity."""
        if self.xlsx is not None:
            from doisoat.settlement.what_if.sensitivity_book import write_sensitivity

            swapped(self.xlsx, lambda path: write_sensitivity(path, result, measure))
        if self.chart is not None:
            from doisoat.settlement.what_if.sensitivity_chart import tornado_of

            svg = drawn(tornado_of(result, measure))
            swapped(self.chart, lambda path: write_text(path, svg))

    def comparison(self, compared: Comparison) -> None:
        """Write what was asked for of a comparison."""
        if self.xlsx is not None:
            from doisoat.settlement.what_if.what_if_book import write_comparison

            swapped(self.xlsx, lambda path: write_comparison(path, compared))
        if self.chart is not None:
            from doisoat.settlement.what_if.what_if_chart import chart_of

            svg = drawn(chart_of(compared))
            swapped(self.chart, lambda path: write_text(path, svg))


def write_announced(page: Path, figure: AnnouncedFigure) -> None:
    """Write the page, and its chart beside it."""
    from doisoat.settlement.what_if import announced_page

    chart = page.with_suffix(".svg")
    svg = drawn(announced_page.chart_of(figure))
    swapped(chart, lambda path: write_text(path, svg))
    text = announced_page.page_of(figure, chart.name)
    swapped(page, lambda path: write_text(path, text))


def written(*, xlsx: Path | None = None, chart: Path | None = None) -> Outputs:
    """The documents asked for; StoreError where one cannot be written as it is named."""
    check_target("--xlsx", xlsx, ".xlsx")
    check_target("--chart", chart, ".svg")
    return Outputs(xlsx, chart)


def check_target(option: str, path: Path | None, suffix: str) -> None:
    """Refuse a name of another kind of file, or a folder that is not there."""
    if path is None:
        return
    if path.suffix != suffix:
        raise StoreError(
            message("{option} writes a file whose name ends in {suffix}",
                    option=option, suffix=suffix),
            str(path),
            message("name it {name}", name=path.with_suffix(suffix).name),
        )  # fmt: skip
    if not path.parent.is_dir():
        raise StoreError(
            message("no folder {folder} is here", folder=path.parent),
            str(path),
            message("make the folder first"),
        )
    if path.is_dir():
        raise StoreError(message("a folder has this name"), str(path), message("give another name"))


def write_text(path: Path, content: str) -> None:
    path.write_text(content, "utf-8")


def swapped(path: Path, write: Callable[[Path], None]) -> None:
    """Write beside the file and rename: whoever reads it sees the old one or the new one.

    Once this returns, the new one outlives a loss of power.
    """
    staged = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        write(staged)
        commit.sync(staged)
        staged.replace(path)
        commit.sync(path.parent)
    finally:
        staged.unlink(missing_ok=True)
