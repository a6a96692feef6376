"""Workbooks that are no claims as they stand: each is refused at its address, with a remedy."""

import random
import zipfile

import pytest

from doisoat.engine.tables import archive
from doisoat.engine.tables.cells import ROWS_MAX
from doisoat.engine.tables.findings import RefusedTable
from doisoat.errors import IntakeError

from .conftest import MAIN, WIDE, as_xlsx, parts_of, preamble, sheet_xml, table, types_of, zipped

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">'
    "<!ENTITY c '&b;&b;&b;&b;&b;&b;'>]>"
)
EXTERNAL = '<Relationship Id="rX" Type="x" TargetMode="External" Target="file:///etc/passwd"/>'
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="CODE"/>'
    '</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="NUMBER"/></cellXfs></styleSheet>'
)


def styles(code="0", number=164):
    return STYLES.replace("CODE", code).replace("NUMBER", str(number))


WHOLE, DAYS = {"xl/styles.xml": styles("#,##0")}, {"xl/styles.xml": styles(number=14)}
INTS = ("M6", "discount", "2021-08-05", "ms", 3, 60_000, 1_180)


def refusal(read, content, name="ke-khai.xlsx", **said):
    with pytest.raises(RefusedTable) as error:
        read(content, name, **said)
    assert error.value.exit_code == 5 and error.value.mend
    assert all(one.what.vi and one.mend.vi and one.mend.en for one in error.value.findings)
    return error.value


def test_a_book_is_a_claim(read):
    claim = read(
        as_xlsx(table(INTS, ("Cộng | Total", "discount", "", "", "", "", 1_180))), "a.xlsx"
    )
    assert claim.declared == ("viettel", "2021-08", "day") and claim.form == "xlsx"
    assert (claim.rows, claim.amount, claim.findings) == (1, 1_180, ())
    row = claim.cells.row(0, named=True)
    assert (row["measure"], str(row["day"]), row["events"], row["units"], row["amount"]) == (
        "M6", "2021-08-05", 3, 60_000, 1_180,
    )  # fmt: skip
    assert claim.totals.select("nature", "amount").rows() == [("discount", 1_180)]


@pytest.mark.parametrize(
    ("rows", "look", "kind", "at", "what"),
    [
        ([(*INTS[:6], "=F6*2")], {}, "formula", "Kê khai!G6", "a formula, '=F6*2'"),
        ([("=A1", *INTS[1:])], {}, "formula", "Kê khai!A6", "a formula"),
        ([(*INTS[:6], "<c r='AT'><f t='shared' si='0'/><v>5</v></c>")], {}, "formula", "Kê khai!G6",
         "a formula, '{=}'"),
        ([INTS, ("Cộng", "discount", "", "", "", "", "=SUM([1]Sheet1!A1:A9)")], {}, "formula",
         "Kê khai!G7", "a formula"),
        ([INTS], {"after": '<mergeCells count="1"><mergeCell ref="A6:A7"/></mergeCells>'}, "merged",
         "Kê khai!A6:A7", "cells are merged"),
        ([INTS], {"row_attributes": {6: 'hidden="1"'}}, "hidden", "Kê khai!6", "the row is hidden"),
        ([INTS], {"row_attributes": {6: 'ht="0" customHeight="1"'}}, "hidden", "Kê khai!6", "row"),
        ([INTS], {"before": '<cols><col min="7" max="7" width="9" hidden="1"/></cols>'}, "hidden",
         "Kê khai!G", "the column is hidden"),
        ([INTS], {"before": '<sheetFormatPr zeroHeight="1"/>'}, "hidden", "Kê khai", "all rows"),
        ([INTS], {"sheets": (("Kê khai", "visible"), ("Nháp", "hidden"))}, "hidden", "Nháp",
         "the sheet is hidden"),
        ([INTS], {"sheets": (("Kê khai", "visible"), ("Nháp", "veryHidden"))}, "hidden", "Nháp",
         "the sheet is hidden"),
        ([INTS], {"sheets": (("Kê khai", "visible"), ("Bảng khác", "visible"))}, "sheet",
         "Bảng khác", "no such sheet"),
        ([(*INTS[:6], "1.234,50")], {}, "number", "Kê khai!G6", "both a point and a comma"),
        ([(*INTS[:6], "<c r='AT'><v>1180.5</v></c>")], {}, "number", "Kê khai!G6", "no whole"),
        ([(*INTS[:6], "<c r='AT' s='1'><v>1000000000000001</v></c>")], {"more": WHOLE}, "number",
         "Kê khai!G6", "15 digits"),
        ([(*INTS[:6], "<c r='AT'><v>123456789012</v></c>")], {}, "format", "Kê khai!G6",
         "General shows more than 11 digits"),
        ([(*INTS[:6], "<c r='AT'><v>1.2E+11</v></c>")], {}, "format", "Kê khai!G6", "General"),
        ([(*INTS[:6], "12345678901")], {}, "look", "Kê khai!G6", "cuts off"),
        ([(*INTS[:6], "<c r='AT'><v>12345678901</v></c>")], {}, "look", "Kê khai!G6", "cuts off"),
        ([(*INTS[:6], "<c r='AT' t='b'><v>1</v></c>")], {}, "number", "Kê khai!G6", "boolean"),
        ([(*INTS[:6], "<c r='AT' t='e'><v>#REF!</v></c>")], {}, "number", "Kê khai!G6", "error"),
        ([(*INTS[:6], "x" * 1_001)], {}, "number", "Kê khai!G6", "long"),
        ([(*INTS[:6], "")], {}, "missing", "Kê khai!G6", "missing: amount"),
        ([(*INTS[:3], "", *INTS[4:])], {}, "missing", "Kê khai!D6", "missing: unit"),
        ([(*INTS[:3], "phút", *INTS[4:])], {}, "unit", "Kê khai!D6", "counted in milliseconds"),
        ([("M9", *INTS[1:])], {}, "measure", "Kê khai!A6", "viettel has no measure 'M9'"),
        ([("M6", "contribution", *INTS[2:])], {}, "nature", "Kê khai!B6", "of no nature"),
        ([(*INTS[:2], "2021-09-01", *INTS[3:])], {}, "day", "Kê khai!C6", "outside 2021-08"),
        ([(*INTS[:2], "<c r='AT' s='1'><v>44440</v></c>", *INTS[3:])], {"more": DAYS}, "day",
         "Kê khai!C6", "outside 2021-08"),
        ([(*INTS[:2], 44_413, *INTS[3:])], {}, "format", "Kê khai!C6", "not as a day"),
        ([(*INTS[:6], "<c r='AT' s='1'><v>44413</v></c>")], {"more": DAYS}, "format", "Kê khai!G6",
         "shown as a day"),
        ([(*INTS[:2], "31/02/2021", *INTS[3:])], {}, "day", "Kê khai!C6", "is no day"),
        ([(*INTS[:2], "", *INTS[3:])], {}, "missing", "Kê khai!C6", "missing: day"),
        ([INTS, INTS], {}, "duplicate", "Kê khai!A7", "stands at Kê khai!A6 already"),
        ([(*INTS, "x")], {}, "column", "Kê khai!H6", "under no head"),
        ([(*INTS, *[""] * 50, "x")], {}, "column", "Kê khai!BF6", "past 50 columns"),
        ([("Cộng", "discount", "2021-08-05", "", "", "", 5), INTS], {}, "form", "Kê khai!C6",
         "a total of '2021-08-05'"),
        ([], {}, "missing", "1", "no row is below the heads"),
    ],
)  # fmt: skip
def test_a_cell_that_does_not_belong_is_told_by_its_address(read, rows, look, kind, at, what):
    error = refusal(read, as_xlsx(table(*rows), **look))
    told = [one for one in error.findings if one.kind == kind]
    assert [one.at for one in told][:1] == [at], error.findings
    assert what in told[0].what.en


SHOWING = [
    "#,##0", "0", "General", "@", "#,##0.00", "[$-42A]#,##0;[RED]-#,##0", "#,##0 &quot;đ&quot;",
    "_-* #,##0_-;\\-* #,##0_-;_-* &quot;-&quot;??_-;_-@_-", "# ##0", "#,##0\\ ₫;(#,##0)",
]  # fmt: skip
HIDING = [
    "#,##0,", "0,,", ";;;", "0%", "dd/mm/yyyy", "0.00E+00", "# ?/?", "&quot;5&quot;",
    "0&quot;0&quot;", "0\\0", "[$5-42A]0", "[h]",
    "[&gt;5]0;&quot;1&quot;", "yyyy", "0;0;0;@;0", "&quot;", "", "0*0",
    "&quot;1&quot;0", "0;0", "0;-0;", "0;-0;&quot;5&quot;", "-0", "(0)", "0;[Red]0",
    "0,", "00000", "#",
    "0;-0;0;@&quot;0&quot;;", "[White]0", "[Color2]0", "[$-D00041E]0", "[DBNum1]0", "0,000", "$0",
    "#,##0 &quot;triệu&quot;", "0.0,", "0@", "[=0]&quot;&quot;;0", "General&quot;0&quot;",
]  # fmt: skip


def styled(code="0", number=164):
    """A claim one figure of which, G6, has a format."""
    cell = "<c r='AT' s='1'><v>44413</v></c>"
    return as_xlsx(table((*INTS[:6], cell)), more={"xl/styles.xml": styles(code, number)})


@pytest.mark.parametrize("code", SHOWING)
def test_a_format_that_shows_each_digit_is_taken(read, code):
    assert read(styled(code), "a.xlsx").amount == 44_413


@pytest.mark.parametrize("code", HIDING)
def test_a_format_that_shows_another_number_is_refused(read, code):
    error = refusal(read, styled(code))
    assert [(one.kind, one.at) for one in error.findings] == [("format", "Kê khai!G6")]


@pytest.mark.parametrize(("number", "is_taken"), [(3, True), (38, True), (9, False), (14, False)])
def test_formats_that_programs_know_by_number(read, number, is_taken):
    if is_taken:
        assert read(styled(number=number), "a.xlsx").amount == 44_413
    else:
        assert refusal(read, styled(number=number)).findings[0].kind == "format"


def test_a_row_of_another_carrier_is_told(read):
    heads = ("carrier", "measure", "nature", "day", "unit", "events", "units", "amount")
    rows = [("viettel", *INTS), ("vnpt", *INTS[:2], "2021-08-06", *INTS[3:])]
    error = refusal(read, as_xlsx(table(*rows, heads=heads)))
    assert [(one.kind, one.at) for one in error.findings] == [("carrier", "Kê khai!A7")]
    assert "a row of 'vnpt' in a claim of viettel" in error.what


@pytest.mark.parametrize(
    ("said", "expected", "kind", "at"),
    [
        ({"carrier": "vnpt"}, {"carrier": "viettel"}, "carrier", "Kê khai!B1"),
        ({"carrier": "Vietell"}, {}, "carrier", "Kê khai!B1"),
        ({"period": "2021-09"}, {"period": "2021-08"}, "period", "Kê khai!B2"),
        ({"period": "8"}, {}, "period", "Kê khai!B2"),
        ({"grain": "giờ"}, {}, "grain", "Kê khai!B3"),
        ({"currency": "USD"}, {}, "currency", "Kê khai!B4"),
        ({"currency": ""}, {}, "missing", "Kê khai!B4"),
    ],
)
def test_what_it_declares_itself_to_be_is_held_to_what_is_expected(read, said, expected, kind, at):
    rows = [*preamble(**{"grain": "day", **said}), *table(INTS)[4:]]
    error = refusal(read, as_xlsx(rows), **expected)
    assert (error.findings[0].kind, error.findings[0].at) == (kind, at)


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"xl/vbaProject.bin": b"\0"}, "macros"),
        ({"xl/macrosheets/sheet1.xml": "<a/>"}, "macro sheets"),
        ({"xl/externalLinks/externalLink1.xml": "<a/>"}, "links to other files"),
        ({"xl/embeddings/oleObject1.bin": b"\0"}, "embedded objects"),
        ({"xl/connections.xml": "<a/>"}, "data connections"),
        ({"customUI/customUI.xml": "<a/>"}, "user interface of its own"),
        ({"[Content_Types].xml": types_of([]).replace("application/xml",
          "application/vnd.ms-excel.sheet.macroEnabled.main+xml")}, "macros"),
        ({"xl/styles.xml": f"{BOMB}<a>&c;</a>"}, "an XML bomb?"),
        ({"docProps/core.xml": f"{BOMB}<a>&c;</a>".encode("utf-16")}, "an XML bomb?"),
        ({"xl/styles.xml": "no XML"}, "is no XML"),
        ({"xl/styles.xml": ""}, "is no XML"),
        ({"../a": "x"}, "a name that no part can have"),
        ({"XL/WORKBOOK.XML": "<a/>"}, "two of its parts have one name"),
        ({f"xl/media/{n}": b"" for n in range(500)}, "parts, more than 500"),
        ({"xl/workbook.xml": "<workbook/>"}, "no place here"),
        ({"xl/workbook.xml": f'<workbook xmlns="{MAIN}"/>'}, "none of its sheets"),
        ({"xl/media/zeros": b"\0" * 5_000_000}, "zip bomb"),
    ],
)  # fmt: skip
def test_a_part_that_runs_fetches_or_swells_refuses_the_file(read, more, what):
    content = zipped(parts_of(sheet_xml(table(INTS)), more=more))
    assert what in refusal(read, content).what


def test_a_bomb_in_the_sheet_itself_is_refused(read):
    sheet = sheet_xml(table(INTS)).removeprefix('<?xml version="1.0"?>')
    error = refusal(read, zipped(parts_of(BOMB + sheet.replace("viettel", "&c;"))))
    assert "an XML bomb?" in error.what and "sheet1.xml" in error.where


def test_a_relation_to_another_file_is_refused(read):
    error = refusal(read, zipped(parts_of(sheet_xml(table(INTS)), rels=EXTERNAL)))
    assert "links to other files" in error.what


@pytest.mark.parametrize(
    ("content", "name", "what"),
    [
        (b"PK\x03\x04" + b"x" * 99, "a.xlsx", "its directory is missing"),
        (
            b"PK\x03\x04" + b"x" * 99 + b"PK\x05\x06" + bytes(18),
            "a.xlsx",
            "bytes lie before its directory",
        ),
        (zipped({str(n): b"" for n in range(5_000)}), "a.xlsx", "its directory is missing or too"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 99, "a.xls", "the old .xls form"),
        (b"", "a.xlsx", "the file is empty"),
        (zipped({"mimetype": "x"}), "a.ods", "it has no [Content_Types].xml"),
    ],
)
def test_what_is_no_workbook_is_refused(read, content, name, what):
    assert what in refusal(read, content, name).what


def test_a_workbook_with_macros_is_refused_by_its_name_too(read):
    assert "macros" in refusal(read, as_xlsx(table(INTS)), "ke-khai.xlsm").what


@pytest.mark.parametrize(
    ("sheet", "what"),
    [
        ('<row r="2"><c r="A2"><v>1</v></c></row><row r="2"/>', "row 2 comes twice"),
        ('<row r="2"/><row r="1"/>', "row 1 comes twice or out of order"),
        ('<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>', "cell A1 comes twice"),
        ('<row r="1"><c r="A2"><v>1</v></c></row>', "in another row"),
        ('<row r="1"><c r="A1" t="s"><v>7</v></c></row>', "text is lost"),
        ('<row r="0"/>', "row 0"),
    ],
)
def test_a_sheet_that_could_be_read_in_two_ways_is_refused(read, sheet, what):
    xml = f'<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData></worksheet>'
    assert what in refusal(read, zipped(parts_of(xml))).what


def test_a_date_system_of_1904_is_refused(read):
    parts = parts_of(sheet_xml(table(INTS)))
    book = parts["xl/workbook.xml"].replace("<sheets>", '<workbookPr date1904="1"/><sheets>')
    assert "1904" in refusal(read, zipped({**parts, "xl/workbook.xml": book})).what


def test_an_encrypted_part_is_refused(read):
    content = bytearray(as_xlsx(table(INTS)))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.find(mark) + place] |= 1
    assert "encrypted" in refusal(read, bytes(content)).what


def test_sizes_are_bounded_before_anything_is_unpacked(read, monkeypatch):
    monkeypatch.setattr(archive, "WHOLE_BYTES_MAX", 1_000)
    assert "unpacks to" in refusal(read, as_xlsx(table(INTS))).what
    monkeypatch.setattr(archive, "FILE_BYTES_MAX", 100)
    assert "more than 100" in refusal(read, as_xlsx(table(INTS))).what


def test_a_million_rows_are_refused_with_what_to_do_instead(read):
    head = table()
    row = '<row r="{0}"><c r="A{0}"><v>7</v></c></row>'
    opening, closing = sheet_xml(head).split("</sheetData>")
    rows = "".join(row.format(n) for n in range(len(head) + 1, 1_000_001))
    parts = parts_of(f"{opening}{rows}</sheetData>{closing}")
    error = refusal(read, zipped(parts))
    assert "more than 200000 rows" in error.what and "give lines as CSV or Parquet" in error.mend
    assert error.where == f"ke-khai.xlsx, Kê khai!{ROWS_MAX + 1}"


def test_damage_is_refused_whatever_it_hits(read):
    """No damaged workbook ends in anything but a refusal, or a claim."""
    whole, draw = as_xlsx(table(INTS)), random.Random(6)
    stored = zipped(parts_of(sheet_xml(table(INTS))), zipfile.ZIP_STORED)
    for content in (whole, stored):
        for _ in range(150):
            damaged = bytearray(content)
            for _ in range(draw.randint(1, 4)):
                damaged[draw.randrange(len(damaged))] = draw.randrange(256)
            cut = draw.randrange(len(damaged)) if draw.random() < 0.2 else len(damaged)
            try:
                read(bytes(damaged[:cut]), "ke-khai.xlsx")
            except IntakeError as error:
                assert error.what and error.mend


def test_negative_relief_is_kept_and_told(read):
    claim = read(as_xlsx(table((*INTS[:4], -3, 60_000, -1_180))), "a.xlsx")
    assert [(one.kind, one.at, one.refuses) for one in claim.findings] == [
        ("sign", "Kê khai!E6", False), ("sign", "Kê khai!G6", False),
    ]  # fmt: skip
    assert claim.amount == -1_180


def test_a_total_that_is_not_the_sum_is_kept_and_told(read):
    total = ("Tổng cộng", "discount", "", "", "", "", '=SUMIF(B6:B6,"discount",G6:G6)')
    claim = read(as_xlsx(table(INTS, total)), "a.xlsx")
    assert [(one.kind, one.at) for one in claim.findings] == [("claim_arithmetic", "Kê khai!A7")]
    assert "amount is 5, its rows sum to 1180" in claim.findings[0].what.en
    assert claim.totals["amount"].to_list() == [5]


def test_a_sum_without_a_cached_value_says_nothing(read):
    total = ("Cộng", "discount", "", "", "", "", "<c r='AT'><f>SUM(G6:G6)</f></c>")
    claim = read(as_xlsx(table(INTS, total)), "a.xlsx")
    assert claim.findings == () and claim.totals.is_empty()


def test_texts_keep_what_a_double_would_lose(read):
    rows = table((*INTS[:5], str(4 * 10**18), "9007199254740993"))
    claim = read(as_xlsx(rows, before=WIDE), "a.xlsx")
    assert claim.cells.select("units", "amount").row(0) == (4 * 10**18, 2**53 + 1)


def test_the_same_day_written_in_three_ways(read):
    for day in ("2021-08-05", "05/08/2021", "<c r='AT' s='1'><v>44413</v></c>"):
        claim = read(as_xlsx(table((*INTS[:2], day, *INTS[3:])), more=DAYS), "a.xlsx")
        assert str(claim.cells["day"][0]) == "2021-08-05"


def test_an_archive_in_the_form_of_64_bits_is_read(read, monkeypatch):
    """As some programs write workbooks of any size; its directory's length is told there."""
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 2)
    content = as_xlsx(table(INTS))
    assert archive.END_64_MARK in content
    assert read(content, "a.xlsx").rows == 1
    monkeypatch.setattr(archive, "DIRECTORY_BYTES_MAX", 100)
    assert "its directory is missing or too long" in refusal(read, content).what
