"""Claims written down as carriers might send them: texts, workbooks part by part, documents."""

import csv
import io
import json
import zipfile
from xml.sax.saxutils import escape

import pytest

from doisoat.engine.tables.cells import letters_of
from doisoat.settlement.claims.claim_row import Expected
from doisoat.settlement.claims.read import read_claim
from doisoat.settlement.claims.vocabulary import of_tariffs
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue, load_package
from tests.integration.conftest import nobodys_home, settled  # noqa: F401

HEADS = {
    "statement": ("item", "amount"),
    "measure": ("measure", "nature", "unit", "events", "units", "amount"),
    "day": ("measure", "nature", "day", "unit", "events", "units", "amount"),
    "province": ("measure", "nature", "home_province", "unit", "events", "units", "amount"),
    "lines": ("event_id", "owner_id", "start_at", "home_province", "measure", "nature", "units",
              "amount"),
}  # fmt: skip
DAY = ("M6", "discount", "2021-08-05", "ms", "3", "60000", "1180")
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
# By how a part's name begins: what it is said to be.
PART_TYPES = {
    "xl/workbook.xml": f"{SPREADSHEET}.sheet.main+xml",
    "xl/worksheets/": f"{SPREADSHEET}.worksheet+xml",
    "xl/styles.xml": f"{SPREADSHEET}.styles+xml",
    "xl/sharedStrings.xml": f"{SPREADSHEET}.sharedStrings+xml",
    "xl/theme/": "application/vnd.openxmlformats-officedocument.theme+xml",
}
WIDE = '<cols><col min="1" max="7" width="60"/></cols>'  # of a sheet: nothing is cut off
RELATED = {"xl/styles.xml": "styles", "xl/sharedStrings.xml": "sharedStrings",
           "xl/theme/theme1.xml": "theme"}  # fmt: skip


def types_of(names, more=""):
    """What a package says that its parts are."""
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{kind}"/>'
        for name in names
        for begin, kind in PART_TYPES.items()
        if name.startswith(begin)
    )
    return (
        f'<?xml version="1.0"?><Types xmlns="{PACKAGE}/content-types"><Default Extension="rels"'
        f' ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default'
        f' Extension="xml" ContentType="application/xml"/>{overrides}{more}</Types>'
    )


def relations_of(targets, more=""):
    """Relationships by id, of a kind of OFFICE to a target."""
    told = "".join(
        f'<Relationship Id="{name}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for name, kind, target in targets
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{told}{more}</Relationships>'


def preamble(grain="day", carrier="viettel", period="2021-08", currency="VND"):
    return [("Doanh nghiệp | Carrier", carrier), ("Kỳ | Period", period),
            ("Mức chi tiết | Grain", grain), ("Đơn vị tiền | Currency", currency)]  # fmt: skip


def table(*rows, grain="day", heads=None, **said):
    """The rows of a claim: its preamble, heads and these."""
    return [*preamble(grain, **said), heads or HEADS[grain], *rows]


def as_csv(rows, sign=","):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=sign, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def as_json(rows, grain="day", totals=None, **said):
    declared = {"carrier": "viettel", "period": "2021-08", "currency": "VND", **said}
    listed = [dict(zip(HEADS[grain], row, strict=False)) for row in rows]
    told = {**declared, "grain": grain, "rows": listed}
    return json.dumps({**told, **({"totals": totals} if totals else {})}).encode()


def sheet_xml(rows, *, before="", after="", row_attributes=None):
    """A sheet's XML: numbers as numbers, `=…` as formulas with a cached 5, else inline texts."""
    lines = []
    for y, row in enumerate(rows, start=1):
        cells = []
        for x, value in enumerate(row):
            at = f"{letters_of(x)}{y}"
            if isinstance(value, int):
                cells.append(f'<c r="{at}"><v>{value}</v></c>')
            elif value.startswith("="):
                cells.append(f'<c r="{at}"><f>{escape(value[1:])}</f><v>5</v></c>')
            elif value.startswith("<"):
                cells.append(value.replace("AT", at))
            else:
                text = escape(value)
                cells.append(f'<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>')
        said = (row_attributes or {}).get(y, "")
        lines.append(f'<row r="{y}" {said}>{"".join(cells)}</row>')
    return (
        f'<?xml version="1.0"?><worksheet xmlns="{MAIN}">{before}<sheetData>{"".join(lines)}'
        f"</sheetData>{after}</worksheet>"
    )


def parts_of(sheet, sheets=(("Kê khai", "visible"),), rels="", types="", more=None):
    """The parts of a workbook; the first of the sheets has this XML, the others hold nothing.

    rels, types: more relationships of the workbook, and more content types; more: parts.
    """
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" state="{state}" r:id="rId{n}"/>'
        for n, (name, state) in enumerate(sheets, start=1)
    )
    targets = [(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml")
               for n, _ in enumerate(sheets, start=1)]  # fmt: skip
    targets += [(kind, kind, part.removeprefix("xl/"))
                for part, kind in RELATED.items() if part in (more or {})]  # fmt: skip
    parts = {
        "_rels/.rels": relations_of([("rId1", "officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": relations_of(targets, rels),
        "xl/worksheets/sheet1.xml": sheet,
        **{f"xl/worksheets/sheet{n}.xml": sheet_xml([]) for n in range(2, len(sheets) + 1)},
        **(more or {}),
    }
    return {"[Content_Types].xml": types_of(parts, types), **parts}


def zipped(parts, compression=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return out.getvalue()


def as_xlsx(rows, sheets=(("Kê khai", "visible"),), more=None, **look):
    return zipped(parts_of(sheet_xml(rows, **look), sheets, more=more))


@pytest.fixture(scope="session")
def names():
    """The names of the bundled tariffs, of any period."""
    return of_tariffs(load_catalogue(bundled_catalogue()), load_package("vn-2021-08"))


@pytest.fixture
def read(tmp_path, names):
    """Reads bytes as a claim."""

    def read(content, name="ke-khai.csv", carrier=None, period=None):
        path = tmp_path / name
        path.write_bytes(content)
        return read_claim(path, names, Expected(carrier, period))

    return read
