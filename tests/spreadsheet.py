"""A workbook as a spreadsheet program sees it: every cell, calculated again and compared.

The cached values of formulas are taken out first, so whatever the program shows it has worked out
itself. Read from the XML, since readers of workbooks round, and guess types.
"""

import math
import re
import shutil
import subprocess
import xml.etree.ElementTree as tree
import zipfile
from collections.abc import Iterator
from pathlib import Path

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
PROGRAM = "soffice"
SHARE_TOLERANCE = 1e-12  # of what is no whole number: shares and quantities, never money

Cell = str | float
Sheets = dict[str, dict[str, Cell]]


def is_here() -> bool:
    """Is the spreadsheet program installed (libreoffice-calc-nogui)?"""
    return shutil.which(PROGRAM) is not None


def cells_of(path: Path) -> Sheets:
    """Every cell that is not empty, by sheet and reference; numbers as floats."""
    with zipfile.ZipFile(path) as book:
        shared = []
        if "xl/sharedStrings.xml" in book.namelist():
            for item in tree.fromstring(book.read("xl/sharedStrings.xml")).findall(f"{MAIN}si"):
                shared.append("".join(one.text or "" for one in item.iter(f"{MAIN}t")))
        links = {
            one.get("Id"): one.get("Target", "")
            for one in tree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
        }
        found = {}
        for sheet in tree.fromstring(book.read("xl/workbook.xml")).iter(f"{MAIN}sheet"):
            target = links[sheet.get(REL)].removeprefix("/xl/")
            root = tree.fromstring(book.read(f"xl/{target}"))
            found[str(sheet.get("name"))] = dict(_cells(root, shared))
        return found


def _cells(root: tree.Element, shared: list[str]) -> Iterator[tuple[str, Cell]]:
    for cell in root.iter(f"{MAIN}c"):
        kind, value = cell.get("t", "n"), cell.findtext(f"{MAIN}v")
        told: Cell | None = value
        if kind == "inlineStr":
            told = "".join(one.text or "" for one in cell.iter(f"{MAIN}t"))
        elif value is not None and kind == "s":
            told = shared[int(value)]
        elif value and kind == "n":  # a formula may wait for its value
            told = float(value)
        if told is not None and told != "":
            yield str(cell.get("r")), told


def without_values(path: Path, bare: Path) -> int:
    """A copy of a workbook whose formulas have no values; how many formulas it has."""
    count = 0
    with zipfile.ZipFile(path) as book, zipfile.ZipFile(bare, "w") as stripped:
        for item in book.infolist():
            content = book.read(item)
            if item.filename.startswith("xl/worksheets/sheet"):
                content, here = re.subn(rb"(</f>)<v>.*?</v>", rb"\1", content)
                count += here
            stripped.writestr(item, content)
    return count


def differences(path: Path, folder: Path, profile: Path) -> list[str]:
    """Cells that the program calculates, or reads, otherwise than the workbook says.

    Args: folder: of the test's own; profile: the program's, which it makes where there is none.
    """
    bare, out = folder / f"bare-{path.name}", folder / "calculated"
    formulas = without_values(path, bare)
    assert formulas, f"{path} has no formula"
    subprocess.run(
        [PROGRAM, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", "xlsx",
         "--outdir", out, bare],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    return compared(cells_of(path), cells_of(out / bare.name))


def pages(path: Path, folder: Path, profile: Path) -> list[str]:
    """The text of each page that the program prints of a workbook.

    Args: folder: of the test's own; profile: the program's, which it makes where there is none.
    """
    subprocess.run(
        [PROGRAM, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", "pdf",
         "--outdir", folder, path],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    told = subprocess.run(
        ["pdftotext", "-layout", folder / f"{path.stem}.pdf", "-"],
        check=True, capture_output=True, timeout=60, text=True,
    )  # fmt: skip
    return told.stdout.split("\f")[:-1]  # each page ends with it


def compared(told: Sheets, found: Sheets) -> list[str]:
    """Where two workbooks differ, cell by cell."""
    if list(told) != list(found):
        return [f"sheets {list(told)}, not {list(found)}"]
    return [
        f"{sheet}!{at}: {cells.get(at)!r}, not {found[sheet].get(at)!r}"
        for sheet, cells in told.items()
        for at in sorted(cells.keys() | found[sheet].keys())
        if not _same(cells.get(at), found[sheet].get(at))
    ]


def _same(told: Cell | None, found: Cell | None) -> bool:
    if isinstance(told, float) and isinstance(found, float) and not told.is_integer():
        return math.isclose(told, found, rel_tol=SHARE_TOLERANCE)
    return told == found
