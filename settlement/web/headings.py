"""Headings of file columns in each language, beside the names that programs know."""

from collections.abc import Iterable
from pathlib import Path

from doisoat.settlement.web.requests.refusals import LANGUAGES


def _read(path: Path) -> dict[str, dict[str, str]]:
    lines = (line for line in path.read_text("utf-8").splitlines() if not line.startswith("#"))
    split = (line.split(" | ") for line in lines)
    return {name: dict(zip(LANGUAGES, texts, strict=True)) for name, *texts in split}


HEADINGS = _read(Path(__file__).with_name("headings.txt"))


def headings_of(columns: Iterable[str], language: str) -> list[str]:
    """The heads of columns; a column of no view, such as a query's own, is called by its name."""
    return [HEADINGS[name][language] if name in HEADINGS else name for name in columns]
