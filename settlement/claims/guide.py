"""The sheet beside a form that says how to fill it in, and what each of its codes is called.

It tells what the grain at hand needs, and nothing of the others. Nothing is read back from it.
"""

# ruff: noqa: E501 (a sheet of instructions: a line each)

from collections.abc import Iterator, Sequence
from typing import Final

from doisoat.currency import CURRENCY
from doisoat.messages.text import Text, message, template
from doisoat.settlement.claims.empty_form import Blank
from doisoat.settlement.claims.form import GRAIN_WORDS, HOW, ITEM_WORDS, unit_name
from doisoat.settlement.records.claim_model import COUNTED_ITEMS, IDENTITIES, ITEMS, VALUES
from doisoat.settlement.report.report_text import NATURES
from doisoat.settlement.report.workbook_style import Book, Sheet

WIDTHS: Final = (16, 52, 52, 30)
STEPS_FILL: Final = message(
    "Fill the yellow cells with whole numbers, none below 0; write 0 where there was"
    " nothing, or delete the row."
)
FILL_ITEMS: Final = message(
    "Fill the yellow cells with whole numbers, none below 0, in all 14 items; write 0"
    " where there was nothing."
)
FILL_LINES: Final = template(
    "A row an event, measure and nature. Ids of events and owners are UUIDs as in"
    " rated.relief_line, never subscriber numbers; the start is {zone_name} civil time, as in"
    " 2021-08-05 10:11:12. Measure, nature and province are chosen from the lists of"
    " their cells."
)
LOOK_OVER: Final = template(
    "The figures are those of run {run}: look them over, and change what you declare otherwise;"
    " none may be below 0 or empty."
)
READING: Final = message(
    "What is declared is the exact quantity (column Units). The quantity for reading beside it is"
    " the same in minutes, GB or messages, rounded: change both, or empty the one for reading."
)
MANY_LINES: Final = message("More than 200,000 rows: give CSV (to 2 million) or Parquet.")
AMOUNTS: Final = template(
    "Amounts are in {currency_own_name}, incl. {tax_name} (contributions have none)."
)
UNITS: Final = message(
    "Units are those of the measure (see below); 1 KB = 1,024 bytes, 1 minute = 60,000"
    " milliseconds."
)
LARGE: Final = message("Numbers of more than 15 digits: make the cell text, and type the digits.")
VALUES_ONLY: Final = message(
    "Paste values, no formulas; keep the formats; merge no cells, hide no row, column or"
    " sheet; no pictures, comments, tables, conditional formats, macros or links."
)
TOTALS: Final = message(
    "Totals by nature have their formulas, and work themselves out; one that is not the"
    " sum is taken, and told."
)
CHECK: Final = message("To check: doisoat claim check FILE. To file it: doisoat claim file FILE.")
CODE, NAME, NAME_EN = message("Code"), message("Name"), message("In English")


def write_guide(book: Book, blank: Blank) -> dict[str, str]:
    """Write the sheet; returns where the codes of measures and provinces stand, for lists of cells."""
    declared = blank.declared
    sheet = book.sheet(HOW, WIDTHS, message("Claim") + f" {declared}", landscape=True)
    carrier = Text(f"{blank.carrier_name} ({declared.carrier})", declared.carrier)
    title = message(
        "Claim of {carrier}, {period}, by {grain}",
        carrier=carrier, period=declared.period, grain=GRAIN_WORDS[declared.grain],
    )  # fmt: skip
    for text in title.pair:
        sheet.across(text, "section")
        sheet.row += 1
    for number, step in enumerate(_steps(blank), start=1):
        for text in (f"{number}. {step.vi}", f"    {step.en}"):
            sheet.across(text, "wrap")
            sheet.row += 1
    lists = dict[str, str]()
    if declared.grain == "statement":
        _items(sheet)
    else:
        lists["measure"] = _measures(sheet, blank)
        _natures(sheet, blank)
    if declared.grain in ("province", "lines"):
        lists["home_province"] = _provinces(sheet, blank)
    sheet.row -= 1  # of what is printed
    return lists


def _steps(blank: Blank) -> Iterator[Text]:
    grain = blank.declared.grain
    if blank.run:
        yield LOOK_OVER(run=blank.run)
        if any("shown" in row for row in blank.rows):
            yield READING
    else:
        yield (
            FILL_ITEMS if grain == "statement" else FILL_LINES() if grain == "lines" else STEPS_FILL
        )
    if grain == "lines":
        yield MANY_LINES
    yield AMOUNTS()
    if "units" in VALUES[grain]:
        yield UNITS
    yield LARGE
    yield VALUES_ONLY
    if blank.natures and grain != "lines":
        yield TOTALS
    yield CHECK


def _table(sheet: Sheet, title: Text, heads: Sequence[Text], rows: Sequence[Sequence[str]]) -> str:
    """A table of codes; returns the range of its first column."""
    sheet.row += 1
    sheet.across(title, "section")
    sheet.row += 1
    sheet.heads(heads)
    first = sheet.row
    for row in rows:
        for column, text in enumerate(row):
            sheet.text(column, text, "cell" if column else "code")
        sheet.grow(*zip(row, WIDTHS, strict=False))
        sheet.row += 1
    cells = (f"$A${row + 1}" for row in (first, sheet.row - 1))
    return f"='{HOW}'!{':'.join(cells)}"


def _items(sheet: Sheet) -> None:
    sums = {whole: " + ".join(parts) for whole, parts in IDENTITIES}
    rows = [
        (item, ITEM_WORDS[item].vi, ITEM_WORDS[item].en,
         "; ".join(filter(None, (message("count") if item in COUNTED_ITEMS else CURRENCY.own_name,
                                 f"= {sums[item]}" if item in sums else ""))))
        for item in ITEMS
    ]  # fmt: skip
    heads = (CODE, NAME, NAME_EN, message("Unit, identity"))
    _table(sheet, message("Items"), heads, rows)


def _measures(sheet: Sheet, blank: Blank) -> str:
    units: dict[str, dict[str, None]] = {}
    for relief in blank.reliefs:
        units.setdefault(relief.measure, {})[relief.unit] = None
    named = {relief.measure: relief for relief in blank.reliefs}
    rows = [
        (code, relief.title, relief.title_en, "; ".join(unit_name(unit) for unit in units[code]))
        for code, relief in named.items()
    ]  # fmt: skip
    heads = (CODE, NAME, NAME_EN, message("Unit"))
    return _table(sheet, message("Measures"), heads, rows)


def _natures(sheet: Sheet, blank: Blank) -> None:
    rows = [
        (nature, NATURES[nature].vi, NATURES[nature].en, ", ".join(_measures_of(blank, nature)))
        for nature in blank.natures
    ]
    heads = (CODE, NAME, NAME_EN, message("Of measures"))
    _table(sheet, message("Natures"), heads, rows)


def _measures_of(blank: Blank, nature: str) -> list[str]:
    return [relief.measure for relief in blank.reliefs if relief.nature == nature]


def _provinces(sheet: Sheet, blank: Blank) -> str:
    rows = [(code, name) for code, name in blank.provinces.items()]
    return _table(sheet, message("Provinces"), (CODE, NAME), rows)
