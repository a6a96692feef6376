"""Writes a draft of an overlay into a file that is not there yet."""

from pathlib import Path
from typing import Final

from doisoat.errors import StoreError
from doisoat.messages.text import message
from doisoat.settlement.pricing.draft import Draft
from doisoat.settlement.pricing.draft_book import write_book
from doisoat.settlement.pricing.draft_yaml import yaml_of
from doisoat.settlement.what_if.output_files import swapped

WORKBOOK: Final = ".xlsx"
TEXTS: Final = (".yaml", ".yml")


def check_target(path: Path) -> None:
    """Refuse a name of another kind, one that is taken, or a folder that is not there."""
    if path.suffix not in (WORKBOOK, *TEXTS):
        raise StoreError(
            message("an overlay is a .yaml or a .xlsx file"),
            str(path),
            message("name it {name}", name=path.with_suffix(WORKBOOK).name),
        )
    if path.exists():
        raise StoreError(
            message("it is there already, and may have been filled in"),
            str(path),
            message("give another name, or remove it"),
        )
    if not path.parent.is_dir():
        raise StoreError(
            message("no folder {folder} is here", folder=path.parent),
            str(path),
            message("make the folder first"),
        )


def write_draft(path: Path, draft: Draft, lang: str) -> None:
    """Write the draft, as a workbook of one language or as YAML, by the name of the file."""
    if path.suffix == WORKBOOK:
        swapped(path, lambda staged: write_book(staged, draft, lang))
    else:
        swapped(path, lambda staged: _write_text(staged, yaml_of(draft)))


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")
