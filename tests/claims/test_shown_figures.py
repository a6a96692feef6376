"""Workbooks in which a spreadsheet shows another figure than stands in the file: all refused.

Each is written as raw XML. What programs write into every workbook is taken beside it.
"""

import io
import struct
import zipfile

import pytest

from doisoat.engine.tables.shared_texts import READINGS, RICH
from doisoat.engine.tables.workbook_parts import OFFICE

from .conftest import (
    HEADS,
    MAIN,
    PACKAGE,
    SPREADSHEET,
    as_xlsx,
    parts_of,
    relations_of,
    sheet_xml,
    table,
    zipped,
)
from .test_bad_books import INTS, refusal, styles

MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
X14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
SHEET = "xl/worksheets/sheet1.xml"
FIGURE = '<c r="G6"><v>1180</v></c>'


def book(cell=FIGURE, *, row=None, sheet=lambda xml: xml, **more):
    """A claim the amount of whose only row, G6, is this cell; sheet: changes the sheet's XML."""
    xml = sheet_xml(table((*INTS[:6], cell)))
    if row is not None:
        begin = xml.index('<row r="6"')
        xml = (
            xml[:begin]
            + row(xml[begin : xml.index("</row>", begin) + 6])
            + xml[xml.index("</row>", begin) + 6 :]
        )
    return zipped(parts_of(sheet(xml), **more))


def within(before, after):
    """Puts a row between these."""
    return lambda xml: f"{before}{xml}{after}"


def test_the_book_that_is_changed_is_a_claim(read):
    assert read(book(), "a.xlsx").amount == 1_180


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="G6"><x:v xmlns:x="urn:foreign">1180</x:v></c>',
        '<c r="G6"><v>1</v><x:v xmlns:x="urn:foreign">180</x:v></c>',
        '<x:c xmlns:x="urn:foreign" r="G6"><x:v>1180</x:v></x:c>',
        f'<c r="G6"><v>1</v><v xmlns="{STRICT}">180</v></c>',
        '<c r="G6"><v>1</v><extLst><ext><v>180</v></ext></extLst></c>',
        '<c r="G6"><v><v>1180</v></v></c>',
        '<c r="G6"><v>1<x>1</x>80</v></c>',
        '<c r="G6"><v>1</v><v>180</v></c>',
        '<c r="G6"><v/><v>1180</v></c>',
        '<c r="G6"><v>1180</v><is><t>5</t></is></c>',
        '<c r="G6" t="inlineStr"><is><t>1180</t></is><v>5</v></c>',
        '<c r="G6" t="inlineStr"><v>1180</v></c>',
        '<c r="G6"><is><t>1180</t></is></c>',
        '<c r="G6" t="inlineStr"><is><t>1</t></is><is><t>180</t></is></c>',
        '<c r="G6" t="inlineStr"><is><t>1</t><t>180</t></is></c>',
        '<c r="G6" t="inlineStr"><is><t>1</t><r><t>180</t></r></is></c>',
        '<c r="G6" t="inlineStr"><is><r><t>1</t></r><t>180</t></is></c>',
        '<c r="G6" t="inlineStr"><t>1180</t></c>',
        '<c r="G6"><v>11<!-- -->80</v></c>',
        '<c r="G6"><v>11<?p i?>80</v></c>',
        '<c r="G6"><v>1180</v><f>1+1</f></c>',
        '<c r="G6"><f>1</f><f>2</f><v>1180</v></c>',
        '<c r="G6" t="number"><v>1180</v></c>',
        '<c r="G6" s="7"><v>1180</v></c>',
        '<c r="G6" s="-0"><v>1180</v></c>',
        f'<mc:AlternateContent xmlns:mc="{MC}"><mc:Choice Requires="x14">{FIGURE}</mc:Choice>'
        "</mc:AlternateContent>",
    ],
)  # fmt: skip
def test_a_value_counts_in_its_place_alone(read, cell):
    error = refusal(read, book(cell))
    assert error.where in ("ke-khai.xlsx, Kê khai!G6", "ke-khai.xlsx, Kê khai!F6"), error


@pytest.mark.parametrize(
    "row",
    [
        within("<extLst><ext>", "</ext></extLst>"),
        within(f'<mc:AlternateContent xmlns:mc="{MC}"><mc:Choice Requires="x14">',
               "</mc:Choice></mc:AlternateContent>"),
        within(f'<mc:AlternateContent xmlns:mc="{MC}"><mc:Fallback>',
               "</mc:Fallback></mc:AlternateContent>"),
        within('<x:rows xmlns:x="urn:foreign">', "</x:rows>"),
        within('<row r="6">', "</row>"),
        within("<sheetData>", "</sheetData>"),
        within("</sheetData><sheetData>", ""),
        lambda xml: xml.replace("<row ", '<x:row xmlns:x="urn:foreign" ').replace("</row>",
                                                                                "</x:row>"),
        lambda xml: xml + xml,
        lambda xml: xml + xml.replace("6", "5"),
        lambda xml: xml.replace('"G6"', '"G7"'),
        lambda xml: xml.replace('"G6"', '"F6"'),
        lambda xml: xml.replace('r="6"', 'r="1048577"').replace('6"><', '1048577"><'),
    ],
)  # fmt: skip
def test_a_row_counts_in_its_place_alone(read, row):
    assert "Kê khai" in refusal(read, book(row=row)).where


def test_rows_in_extensions_of_the_sheet_are_passed_over(read):
    more = (
        f'<extLst><ext xmlns:x14="{X14}"><x14:ignoredErrors>ROW</x14:ignoredErrors></ext></extLst>'
    )
    row = f'<row r="7">{FIGURE.replace("6", "7")}</row>'
    content = book(
        sheet=lambda xml: xml.replace("</worksheet>", f"{more.replace('ROW', row)}</worksheet>")
    )
    assert read(content, "a.xlsx").rows == 1


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda xml: xml.replace(MAIN, STRICT), "Strict Open XML"),
        (lambda xml: xml.replace(MAIN, "urn:foreign"), "has no place here"),
        (lambda xml: xml.replace(f' xmlns="{MAIN}"', ""), "has no place here"),
        (lambda xml: xml.replace("worksheet", "chartsheet"), "has no place here"),
        (lambda xml: xml.replace('"1.0"?', '"1.0" encoding="ISO-8859-1"?'), "its encoding is"),
        (lambda xml: xml.replace('"1.0"?', '"1.0" encoding="windows-1258"?'), "its encoding is"),
    ],
)  # fmt: skip
def test_a_sheet_of_another_form_is_refused_by_name(read, change, what):
    assert what in refusal(read, book(sheet=change)).what


def test_a_sheet_in_utf_16_is_read(read):
    content = book(sheet=lambda xml: xml.replace('"1.0"?', '"1.0" encoding="UTF-16"?'))
    parts = _parts(content)
    parts[SHEET] = parts[SHEET].decode().encode("utf-16")
    assert read(zipped(parts), "a.xlsx").amount == 1_180


def _parts(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# --- shared texts --------------------------------------------------------------------------------


def shared(*items):
    """A claim whose amount is the first of these shared texts."""
    xml = f'<sst xmlns="{MAIN}">{"".join(items)}</sst>'
    return book('<c r="G6" t="s"><v>0</v></c>', more={"xl/sharedStrings.xml": xml})


def test_a_shared_text_is_read(read):
    assert read(shared("<si><t>1180</t></si>"), "a.xlsx").amount == 1_180


@pytest.mark.parametrize(
    ("item", "odd"),
    [
        ("<si><r><t>1180</t></r></si>", RICH),
        ('<si><r><t>118</t></r><r><rPr><color rgb="FFFFFFFF"/></rPr><t>0</t></r></si>', RICH),
        ('<si><t>1180</t><rPh sb="0" eb="1"><t>5</t></rPh></si>', READINGS),
    ],
)
def test_a_text_of_several_looks_is_refused(read, item, odd):
    error = refusal(read, shared(item))
    assert [(one.kind, one.at) for one in error.findings] == [("number", "Kê khai!G6")]
    assert odd in error.what


@pytest.mark.parametrize(
    "item",
    [
        "<si><t>1</t><t>180</t></si>", "<si><t>1</t><r><t>180</t></r></si>",
        '<si><x:t xmlns:x="urn:foreign">1180</x:t></si>', "<si><t>11<t>80</t></t></si>",
        "<si><si><t>1180</t></si></si>", "<t>1180</t>", "", "<si><t>11<!-- -->80</t></si>",
        f'<mc:AlternateContent xmlns:mc="{MC}"><si><t>1180</t></si></mc:AlternateContent>',
    ],
)  # fmt: skip
def test_a_shared_text_counts_in_its_place_alone(read, item):
    assert refusal(read, shared(item)).findings[0].kind == "unreadable"


# --- looks ---------------------------------------------------------------------------------------

BLACK, USUAL_FILL = '<color rgb="FF000000"/>', '<patternFill patternType="none"/>'
THEME = (
    '<a:theme xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:themeElements>'
    '<a:clrScheme name="x"><a:dk1><a:sysClr val="windowText" lastClr="000000"/></a:dk1><a:lt1>'
    '<a:sysClr val="window" lastClr="LAST"/></a:lt1></a:clrScheme><a:fontScheme name="y"/>'
    "</a:themeElements></a:theme>"
)


def looking(font=BLACK, fill=USUAL_FILL, xf="", alignment="", parts=None):
    """A claim whose amount has this font, fill and alignment."""
    xml = (
        f'<styleSheet xmlns="{MAIN}"><fonts><font><sz val="11"/></font><font>{font}</font></fonts>'
        f'<fills><fill><patternFill patternType="none"/></fill><fill>{fill}</fill></fills>'
        '<cellStyleXfs><xf/><xf numFmtId="9"/></cellStyleXfs><cellXfs><xf/>'
        f'<xf fontId="1" fillId="1" {xf}>{alignment}</xf></cellXfs></styleSheet>'
    )
    cell = '<c r="G6" s="1"><v>1180</v></c>'
    return book(cell, more={"xl/styles.xml": xml, **(parts or {})})


def solid(colour):
    return f'<patternFill patternType="solid"><fgColor {colour}/></patternFill>'


THEMED = {"xl/theme/theme1.xml": THEME.replace("LAST", "FFFFFF")}
FORGED = {"xl/theme/theme1.xml": THEME.replace("LAST", "000000")}


@pytest.mark.parametrize(
    "look",
    [
        {}, {"font": ""}, {"font": '<color theme="1"/>', "parts": THEMED},
        {"font": '<color rgb="FFFF0000"/>', "fill": solid('rgb="FFFFF9E5"')},
        {"font": '<color theme="0"/>', "fill": solid('rgb="FF1F4E79"'), "parts": THEMED},
        {"font": '<sz val="8"/><name val="Times New Roman"/><strike val="0"/>'},
        {"alignment": '<alignment horizontal="right" vertical="center" wrapText="1" indent="1"/>'},
        {"xf": 'applyFont="0" xfId="0"'},
    ],
)  # fmt: skip
def test_a_look_in_which_a_figure_is_seen_is_taken(read, look):
    assert read(looking(**look), "a.xlsx").amount == 1_180


@pytest.mark.parametrize(
    "look",
    [
        {"font": '<color rgb="FFFFFFFF"/>'}, {"font": '<color rgb="FFFEFEFA"/>'},
        {"font": '<color indexed="9"/>'}, {"font": '<color indexed="1"/>'},
        {"font": '<color theme="0"/>', "parts": THEMED}, {"font": '<color theme="1"/>'},
        {"font": '<color theme="0"/>', "fill": solid('rgb="FF000000"'), "parts": FORGED},
        {"font": '<color theme="1" tint="0.99"/>', "parts": THEMED},
        {"font": '<color rgb="FF000000"/><color rgb="FFFFFFFF"/>'},
        {"font": '<color rgb="FF000000" theme="0"/>', "parts": THEMED},
        {"font": '<color rgb="red"/>'},
        {"fill": solid('rgb="FF000000"')}, {"fill": solid('rgb="FF101010"')},
        {"fill": '<patternFill patternType="darkTrellis"/>'},
        {"fill": '<gradientFill><stop position="0"><color rgb="FF000000"/></stop></gradientFill>'},
        {"font": '<sz val="1"/>'}, {"font": '<sz val="100"/>'}, {"font": '<sz val="x"/>'},
        {"font": "<strike/>"}, {"font": '<name val="Wingdings 2"/>'},
        {"font": '<charset val="2"/>'}, {"font": '<vertAlign val="superscript"/>'},
        {"alignment": '<alignment horizontal="fill"/>'},
        {"alignment": '<alignment horizontal="centerContinuous"/>'},
        {"alignment": '<alignment horizontal="left" indent="200"/>'},
    ],
)  # fmt: skip
def test_a_look_in_which_a_figure_is_not_seen_is_refused(read, look):
    error = refusal(read, looking(**look))
    assert [(one.kind, one.at) for one in error.findings] == [("look", "Kê khai!G6")]


def test_a_style_that_some_programs_take_from_its_parent_is_held_to_both(read):
    error = refusal(read, looking(xf='numFmtId="3" applyNumberFormat="0" xfId="1"'))
    assert [(one.kind, one.at) for one in error.findings] == [("format", "Kê khai!G6")]


@pytest.mark.parametrize("xf", ['fontId="9"', 'fillId="9"', 'fontId="-1"'])
def test_a_style_of_a_font_that_is_none_is_refused(read, xf):
    xml = f'<styleSheet xmlns="{MAIN}"><cellXfs><xf {xf}/></cellXfs></styleSheet>'
    assert "that is none" in refusal(read, book(more={"xl/styles.xml": xml})).what


@pytest.mark.parametrize("code", [";;;", "0;-0;0;", "@&quot;0&quot;", "&quot;1&quot;@", "0;@"])
def test_a_text_that_its_format_hides_or_adds_to_is_refused(read, code):
    cell = '<c r="G6" s="1" t="inlineStr"><is><t>1180</t></is></c>'
    error = refusal(read, book(cell, more={"xl/styles.xml": styles(code)}))
    assert [(one.kind, one.at) for one in error.findings] == [("format", "Kê khai!G6")]


def test_formats_of_conditions_are_no_formats_of_cells(read):
    """A rule's own format has a number that a cell's format may have, too."""
    xml = styles("#,##0").replace(
        "</styleSheet>",
        '<dxfs><dxf><numFmt numFmtId="164" formatCode="0%"/></dxf></dxfs></styleSheet>',
    )
    cell = '<c r="G6" s="1"><v>1180</v></c>'
    assert read(book(cell, more={"xl/styles.xml": xml}), "a.xlsx").amount == 1_180


def test_a_format_that_is_said_twice_is_refused(read):
    twice = '<numFmt numFmtId="164" formatCode="0%"/></numFmts>'
    xml = styles("0").replace("</numFmts>", twice)
    assert "comes twice" in refusal(read, book(more={"xl/styles.xml": xml})).what


@pytest.mark.parametrize(
    ("place", "cell"),
    [("B1", 0), ("A1", 0), ("G5", 4), ("A6", 5)],
)
def test_labels_heads_and_keys_are_to_be_seen_too(read, place, cell):
    rows = table(INTS)
    row = list(rows[cell])
    column = ord(place[0]) - ord("A")
    row[column] = f"<c r='AT' s='1' t='inlineStr'><is><t>{row[column]}</t></is></c>"
    rows[cell] = tuple(row)
    error = refusal(read, as_xlsx(rows, more={"xl/styles.xml": styles(";;;")}))
    assert ("format", f"Kê khai!{place}") in [(one.kind, one.at) for one in error.findings]


def test_heads_that_are_worked_out_are_refused(read):
    heads = (*HEADS["day"][:6], "<c r='AT' t='str'><f>A1</f><v>amount</v></c>")
    error = refusal(read, as_xlsx(table(INTS, heads=heads)))
    assert ("formula", "Kê khai!G5") in [(one.kind, one.at) for one in error.findings]


@pytest.mark.parametrize(
    ("number", "code", "period"),
    [(17, "", "2021-08"), (14, "", "2021-08"), (164, "mm/yyyy", "2021-08"), (0, "", None),
     (164, "yyyy", None), (164, "[$-409]mmm\\-yy;@", "2021-08"), (164, "mm/dd/yyyy", None)],
)  # fmt: skip
def test_a_month_is_read_as_it_is_shown(read, number, code, period):
    rows = table(INTS)
    rows[1] = (rows[1][0], "<c r='AT' s='1'><v>44409</v></c>")
    content = as_xlsx(rows, more={"xl/styles.xml": styles(code, number)})
    if period is None:
        assert refusal(read, content).findings[0].at == "Kê khai!B2"
    else:
        assert read(content, "a.xlsx").declared.period == period


@pytest.mark.parametrize(
    ("code", "is_taken"),
    [
        ("dd/mm/yyyy", True), ("[$-101042A]d/m/yyyy;@", True), ("yyyy\\-mm\\-dd", True),
        ("d-mmm-yy", True), ("mm/dd/yyyy", False), ("dd/mm", False), ("mmm-yy", False),
        ("dddd", False), ("dd/mm/yyyy hh:mm", False), ("&quot;6/8/2021&quot;", False), ("0", False),
    ],
)  # fmt: skip
def test_a_day_is_read_as_it_is_shown(read, code, is_taken):
    day = "<c r='AT' s='1'><v>44413</v></c>"
    content = as_xlsx(table((*INTS[:2], day, *INTS[3:])), more={"xl/styles.xml": styles(code)})
    if is_taken:
        assert str(read(content, "a.xlsx").cells["day"][0]) == "2021-08-05"
    else:
        assert refusal(read, content).findings[0][:2] == ("format", "Kê khai!C6")


# --- what lies beside rows -----------------------------------------------------------------------


def view(said="", pane=""):
    return f'<sheetViews><sheetView workbookViewId="0" {said}>{pane}</sheetView></sheetViews>'


@pytest.mark.parametrize(
    ("look", "kind", "at"),
    [
        ({"after": '<conditionalFormatting sqref="G6:G9"><cfRule type="dataBar"/>'
          "</conditionalFormatting>"}, "look", "Kê khai!G6:G9"),
        ({"after": f'<extLst><ext xmlns:x14="{X14}"><x14:conditionalFormattings/></ext></extLst>'},
         "look", "Kê khai"),
        ({"after": f'<extLst><ext xmlns:x14="{X14}"><x14:sparklineGroups/></ext></extLst>'}, "look",
         "Kê khai"),
        ({"after": '<drawing xmlns:r="urn:x" r:id="rId1"/>'}, "look", "Kê khai"),
        ({"after": '<legacyDrawing xmlns:r="urn:x" r:id="rId1"/>'}, "look", "Kê khai"),
        ({"after": '<picture xmlns:r="urn:x" r:id="rId1"/>'}, "look", "Kê khai"),
        ({"after": '<tableParts count="1"><tablePart/></tableParts>'}, "look", "Kê khai"),
        ({"after": '<scenarios><scenario name="x"/></scenarios>'}, "look", "Kê khai"),
        ({"after": '<autoFilter ref="A5:G6"><filterColumn colId="0"><filters><filter val="M1"/>'
          "</filters></filterColumn></autoFilter>"}, "hidden", "Kê khai"),
        ({"before": view('showZeros="0"')}, "hidden", "Kê khai"),
        ({"before": view('showFormulas="1"')}, "hidden", "Kê khai"),
        ({"before": view('topLeftCell="A7"', '<pane ySplit="1" state="frozen" topLeftCell="A8"/>')},
         "hidden", "Kê khai!A8"),
        ({"before": view("", '<pane ySplit="900" state="frozen" topLeftCell="A901"/>')}, "hidden",
         "Kê khai!A901"),
        ({"before": '<cols><col min="6" max="7" width="0.1"/></cols>'}, "hidden", "Kê khai!F"),
        ({"before": '<cols><col min="7" max="7" width="2"/></cols>'}, "hidden", "Kê khai!G"),
        ({"before": '<sheetFormatPr defaultColWidth="0.2"/>'}, "hidden", "Kê khai"),
        ({"before": '<sheetFormatPr defaultRowHeight="0.5"/>'}, "hidden", "Kê khai"),
        ({"row_attributes": {6: 'ht="0.75" customHeight="1"'}}, "hidden", "Kê khai!6"),
        ({"row_attributes": {6: 'ht="x"'}}, "hidden", "Kê khai!6"),
    ],
)  # fmt: skip
def test_what_hides_or_covers_cells_is_told(read, look, kind, at):
    error = refusal(read, as_xlsx(table(INTS), **look))
    assert [(one.kind, one.at) for one in error.findings][:1] == [(kind, at)]


def test_what_a_sheet_may_say_beside_its_rows_is_passed_over(read):
    before = (
        "<sheetPr/>" + view('topLeftCell="A1"', '<pane xSplit="3" ySplit="5" state="frozen"/>')
        + '<sheetFormatPr defaultRowHeight="15" xmlns:x14ac="urn:y" x14ac:dyDescent="0.25"/>'
    )  # fmt: skip
    after = (
        '<autoFilter ref="A5:G6"/><dataValidations/><pageMargins/><pageSetup/><headerFooter>'
        '<oddHeader>x</oddHeader></headerFooter><ignoredErrors><ignoredError sqref="A1"/>'
        "</ignoredErrors>"
    )
    assert read(as_xlsx(table(INTS), before=before, after=after), "a.xlsx").amount == 1_180


# --- the workbook and its parts ------------------------------------------------------------------


def in_book(change, **more):
    parts = parts_of(sheet_xml(table(INTS)), **more)
    return zipped({**parts, "xl/workbook.xml": change(parts["xl/workbook.xml"])})


ABSOLUTE = (
    f'<mc:AlternateContent xmlns:mc="{MC}"><mc:Choice Requires="x15"><p:absPath xmlns:p="urn:p"'
    ' url="x"/></mc:Choice></mc:AlternateContent><xr:revisionPtr xmlns:xr="urn:xr"/>'
)


def test_what_a_workbook_may_say_beside_its_sheets_is_passed_over(read):
    names = (
        '<definedNames><definedName name="_xlnm.Print_Titles" localSheetId="0">'
        "'Kê khai'!$5:$5</definedName></definedNames><calcPr calcId=\"191029\"/>"
    )
    content = in_book(lambda xml: xml.replace("<sheets>", f"<workbookPr/>{ABSOLUTE}<sheets>")
                      .replace("</sheets>", f"</sheets>{names}"))  # fmt: skip
    assert read(content, "a.xlsx").amount == 1_180


def name_of(formula, said=""):
    named = f'<definedNames><definedName name="x" {said}>{formula}</definedName></definedNames>'
    return lambda xml: xml.replace("</sheets>", f"</sheets>{named}")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda xml: xml.replace("<sheets>", '<bookViews><workbookView visibility="hidden"/>'
                                 "</bookViews><sheets>"), "window is hidden"),
        (lambda xml: xml.replace("</sheets>", '<sheet name="KÊ KHAI" sheetId="2" r:id="rId2"/>'
                                 "</sheets>"), "comes twice"),
        (lambda xml: xml.replace("</sheets>", '<sheet name="b" sheetId="2" r:id="rId1"/></sheets>'),
         "comes twice"),
        (lambda xml: xml.replace("r:id", "id"), "is not in it"),
        (lambda xml: xml.replace("rId1", "styles"), "is not in it"),
        (lambda xml: xml.replace("<sheets>", f'<x:sheets xmlns:x="urn:f"><sheet xmlns="{MAIN}"'
                                 ' name="Kê khai" r:id="rId9"/></x:sheets><sheets>'),
         "no place here"),
        (lambda xml: xml.replace("</sheets>", "</sheets><externalReferences/>"), "no place here"),
        (lambda xml: xml.replace("</sheets>", "</sheets><pivotCaches/>"), "no place here"),
        (name_of("[1]Sheet1!$A$1"), "reaches into another file"),
        (name_of("Excel|'x'!y"), "reaches into another file"),
        (name_of("A1", 'xlm="1"'), "runs a macro"),
        (lambda xml: name_of("A1")(xml).replace('name="x"', 'name="Auto_Open"'), "runs a macro"),
        (lambda xml: xml.replace(MAIN, STRICT), "Strict Open XML"),
    ],
)  # fmt: skip
def test_a_workbook_that_shows_something_else_is_refused(read, change, what):
    assert what in refusal(read, in_book(change)).what


def relation(kind, target="x.xml", more=""):
    return f'<Relationship Id="rX" Type="{kind}" Target="{target}" {more}/>'


VBA = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (VBA, "macros"),
        (f"{OFFICE}/externalLink", "links to other files"),
        (f"{OFFICE}/externalLinkPath", "links to other files"),
        (f"{OFFICE}/oleObject", "embedded objects"),
        (f"{OFFICE}/package", "embedded objects"),
        (f"{OFFICE}/control", "embedded objects"),
        (f"{OFFICE}/connections", "data connections"),
        (f"{OFFICE}/queryTable", "data connections"),
        (f"{OFFICE}/volatileDependencies", "data connections"),
        (f"{OFFICE}/pivotTable", "pivot tables"),
        (f"{OFFICE}/xmlMaps", "XML maps"),
        (f"{OFFICE}/tableSingleCells", "XML maps"),
        (f"{OFFICE}/comments", "comments"),
        (f"{OFFICE}/drawing", "pictures, text boxes"),
        (f"{OFFICE}/vmlDrawing", "pictures, text boxes"),
        (f"{OFFICE}/image", "pictures, text boxes"),
        (f"{OFFICE}/table", "a table"),
        (f"{OFFICE}/revisionHeaders", "shared workbook"),
        ("http://schemas.microsoft.com/office/2017/06/relationships/rdRichValue", "linked data"),
        ("http://schemas.microsoft.com/office/2011/relationships/webextensiontaskpanes",
         "embedded objects"),
        ("http://schemas.microsoft.com/office/2007/relationships/ui/extensibility",
         "user interface of its own"),
        ("http://purl.oclc.org/ooxml/officeDocument/relationships/worksheet", "Strict Open XML"),
        ("urn:unknown", "a part of the type 'urn:unknown'"),
    ],
)  # fmt: skip
def test_a_relationship_says_what_a_part_is_whatever_it_is_called(read, kind, what):
    for source in ("xl/_rels/workbook.xml.rels", "xl/worksheets/_rels/sheet1.xml.rels",
                   "_rels/.rels"):  # fmt: skip
        parts = parts_of(sheet_xml(table(INTS)), more={"xl/x.xml": "<a/>"})
        told = parts.get(source, relations_of([]))
        added = told.replace("</Relationships>", f"{relation(kind)}</Relationships>")
        error = refusal(read, zipped({**parts, source: added}))
        assert what in error.what and source in error.where


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("application/vnd.ms-office.vbaProject", "macros"),
        ("application/vnd.ms-excel.intlmacrosheet+xml", "macros"),
        (f"{SPREADSHEET}.externalLink+xml", "links to other files"),
        ("application/vnd.openxmlformats-officedocument.oleObject", "embedded objects"),
        ("application/vnd.ms-office.activeX+xml", "embedded objects"),
        (f"{SPREADSHEET}.connections+xml", "data connections"),
        (f"{SPREADSHEET}.pivotTable+xml", "pivot tables"),
        (f"{SPREADSHEET}.comments+xml", "comments"),
        ("application/vnd.ms-excel.threadedcomments+xml", "comments"),
        ("application/vnd.openxmlformats-officedocument.drawing+xml", "pictures, text boxes"),
        ("application/x-unknown", "a part of the type"),
        ("", "nothing says what it is"),
    ],
)  # fmt: skip
def test_a_content_type_says_what_a_part_is_whatever_it_is_called(read, kind, what):
    types = f'<Override PartName="/xl/notes.xml" ContentType="{kind}"/>'
    content = zipped(parts_of(sheet_xml(table(INTS)), types=types, more={"xl/notes.xml": "<a/>"}))
    error = refusal(read, content)
    assert what in error.what and "xl/notes.xml" in error.where


@pytest.mark.parametrize(
    "head", [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\3\4", b"MZ", b"\x7fELF", b"%PDF-"]
)
def test_a_file_that_is_embedded_is_refused_whatever_it_is_called(read, head):
    types = f'<Default Extension="bin" ContentType="{SPREADSHEET}.printerSettings"/>'
    parts = {"xl/printerSettings/printerSettings1.bin": head + bytes(100)}
    content = zipped(parts_of(sheet_xml(table(INTS)), types=types, more=parts))
    assert "a file that is embedded" in refusal(read, content).what


def test_links_are_refused_wherever_they_are_told(read):
    link = relation(f"{OFFICE}/hyperlink", "https://a.example/", 'TargetMode="External"')
    for source in ("xl/worksheets/_rels/sheet1.xml.rels", "_rels/.rels"):
        parts = parts_of(sheet_xml(table(INTS)))
        told = parts.get(source, relations_of([]))
        parts[source] = told.replace("</Relationships>", f"{link}</Relationships>")
        assert "links to other files" in refusal(read, zipped(parts)).what


def related(change, **more):
    parts = parts_of(sheet_xml(table(INTS)), **more)
    name = "xl/_rels/workbook.xml.rels"
    return zipped({**parts, name: change(parts[name])})


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda xml: xml.replace("</Rel", f"{relation(f'{OFFICE}/theme')}</Rel", 1).replace(
            'Id="rX"', 'Id="rId1"'), "comes twice"),
        (lambda xml: xml.replace(f"{PACKAGE}/relationships", "urn:foreign"), "no place here"),
        (lambda xml: xml.replace("worksheets/sheet1.xml", "worksheets/sheet9.xml"), "it has no"),
        (lambda xml: xml.replace("worksheets/sheet1.xml", "workbook.xml"), "it is said to be"),
        (lambda xml: xml.replace("worksheets/sheet1.xml", "worksheets/sheet1.xml#a"), "a relation"),
        (lambda xml: xml.replace("worksheets/sheet1.xml", "worksheets%2Fsheet1.xml"), "a relation"),
        (lambda xml: xml.replace("worksheets/sheet1.xml", "WORKSHEETS/sheet1.xml"), "it has no"),
        (lambda xml: xml.replace(f"{OFFICE}/worksheet", f"{OFFICE}/theme"), "is not in it"),
    ],
)  # fmt: skip
def test_a_sheet_is_found_along_one_relationship(read, change, what):
    assert what in refusal(read, related(change)).what


def test_texts_and_styles_are_those_of_the_relationships(read):
    """Beside them lie others, under the names that are usual."""
    cell = '<c r="G6" t="s"><v>0</v></c>'
    text = f'<sst xmlns="{MAIN}"><si><t>TEXT</t></si></sst>'
    parts = parts_of(
        sheet_xml(table((*INTS[:6], cell))),
        types=f'<Override PartName="/xl/t.xml" ContentType="{SPREADSHEET}.sharedStrings+xml"/>',
        more={"xl/sharedStrings.xml": text.replace("TEXT", "5"),
              "xl/t.xml": text.replace("TEXT", "1180")},
    )  # fmt: skip
    name = "xl/_rels/workbook.xml.rels"
    moved = zipped({**parts, name: parts[name].replace("sharedStrings.xml", "t.xml")})
    assert read(moved, "a.xlsx").amount == 1_180
    both = parts[name].replace("</Rel", f"{relation(f'{OFFICE}/sharedStrings', 't.xml')}</Rel", 1)
    assert "2 parts sharedStrings" in refusal(read, zipped({**parts, name: both})).what


def test_a_type_that_is_said_twice_is_refused(read):
    types = f'<Override PartName="/XL/workbook.xml" ContentType="{SPREADSHEET}.sheet.main+xml"/>'
    assert "said twice" in refusal(read, zipped(parts_of(sheet_xml(table(INTS)), types=types))).what


def test_the_workbook_is_the_one_that_the_package_names(read):
    parts = parts_of(sheet_xml(table(INTS)))
    del parts["_rels/.rels"]
    assert "no part officeDocument" in refusal(read, zipped(parts)).what


# --- the archive ---------------------------------------------------------------------------------


def test_an_entry_whose_own_header_differs_is_refused(read):
    content = bytearray(book())
    at = content.find(b"xl/worksheets/sheet1.xml")
    content[at : at + 24] = b"xl/worksheets/sheet2.xml"
    assert "differs from the directory" in refusal(read, bytes(content)).what


def test_an_entry_that_no_directory_tells_of_is_refused(read):
    """A program that goes from entry to entry would find another sheet first."""
    content = book()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(SHEET, sheet_xml(table((*INTS[:6], 5))))
        size = archive.start_dir
    hidden = out.getvalue()[:size]
    assert "bytes lie between its parts" in refusal(read, hidden + content).what
    end = content.rfind(b"PK\5\6")
    start = struct.unpack_from("<I", content, end + 16)[0]
    moved = bytearray(content[:start] + hidden + content[start:])
    struct.pack_into("<I", moved, end + len(hidden) + 16, start + len(hidden))
    assert "bytes lie before its directory" in refusal(read, bytes(moved)).what


def test_a_comment_at_an_archives_end_is_refused(read):
    out = io.BytesIO(book())
    with zipfile.ZipFile(out, "a") as archive:
        archive.comment = b"x"
    assert "a comment is at its end" in refusal(read, out.getvalue()).what


@pytest.mark.parametrize("name", ["xl/worksheets/../x.xml", "xl//x.xml", "xl/é.xml", "xl/%78.xml",
                                  "xl/x.xml/[0].piece", "./x.xml"])  # fmt: skip
def test_a_name_that_could_be_read_as_another_is_refused(read, name):
    content = zipped(parts_of(sheet_xml(table(INTS)), more={name: "<a/>"}))
    assert "a name that no part can have" in refusal(read, content).what


def test_parts_whose_names_differ_by_case_are_refused(read):
    content = zipped(parts_of(sheet_xml(table(INTS)), more={"xl/Workbook.xml": "<a/>"}))
    assert "two of its parts have one name" in refusal(read, content).what
