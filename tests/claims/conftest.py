"""Claims written down as carriers might send them: texts, workbooks part by part, documents."""

import csv
import io
import json
import zipfile
from xml.sax.saxutils import escape

import pytest

from doisoat.settlement.claims.cells import letters_of
from doisoat.settlement.claims.read import read_claim
from doisoat.settlement.claims.record import Expected
from doisoat.settlement.claims.vocabulary import of_tariffs
from doisoat.tariffs.bundled import bundled_catalogue
from doisoat.tariffs.load import load_catalogue, load_package
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
TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    'content-types"><Default Extension="xml" ContentType="application/xml"/></Types>'
)


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


def parts_of(sheet, sheets=(("Kê khai", "visible"),), rels=""):
    """The parts of a workbook; the first of the sheets has this XML, the others hold nothing."""
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" state="{state}" r:id="rId{n}"/>'
        for n, (name, state) in enumerate(sheets, start=1)
    )
    targets = "".join(
        f'<Relationship Id="rId{n}" Type="w" Target="worksheets/sheet{n}.xml"/>'
        for n, _ in enumerate(sheets, start=1)
    )
    empty = {f"xl/worksheets/sheet{n}.xml": sheet_xml([]) for n in range(2, len(sheets) + 1)}
    return {
        "[Content_Types].xml": TYPES,
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="p">{targets}{rels}</Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
        **empty,
    }


def zipped(parts, compression=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return out.getvalue()


def as_xlsx(rows, sheets=(("Kê khai", "visible"),), more=None, **look):
    return zipped({**parts_of(sheet_xml(rows, **look), sheets), **(more or {})})


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
