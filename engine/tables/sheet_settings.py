"""Settings of a sheet beside its rows: widths, views, filters, and what lies over its cells."""

from collections.abc import Callable
from typing import Final

from doisoat.engine.tables.cells import COLUMNS_MAX, letters_of
from doisoat.engine.tables.findings import Findings
from doisoat.engine.tables.markup import Place, anything
from doisoat.messages.text import Text, message

WIDTH_MIN: Final = 4.0  # characters; below, a code of three is cut
HEIGHT_MIN: Final = 8.0  # points; below, half a line of digits is seen
WIDTH_DEFAULT: Final = 8.43
FROZEN_ROWS_MAX, FROZEN_COLUMNS_MAX = 30, 12  # that leave room on a screen for what scrolls
UNHIDE: Final = message("unhide it, or delete it, and save again")
ROW_HIDDEN: Final = message("the row is hidden")
ROWS_HIDDEN: Final = message("all rows are hidden")
FILTERED: Final = message("a filter is on")
WIDEN: Final = message("widen it, and save again")
MERGED: Final = message("unmerge, and fill each row's own cells")
# What a sheet may say beside its rows that changes nothing of how they are seen.
HARMLESS: Final = (
    "sheetPr", "dimension", "sheetCalcPr", "sheetProtection", "protectedRanges", "sortState",
    "customSheetViews", "phoneticPr", "dataValidations", "hyperlinks", "printOptions",
    "pageMargins", "pageSetup", "headerFooter", "rowBreaks", "colBreaks", "customProperties",
    "cellWatches", "ignoredErrors", "smartTags",
)  # fmt: skip
HARMLESS_EXTENSIONS: Final = ("dataValidations", "ignoredErrors", "protectedRanges")
# What lies over cells or changes how they look, as the sheet tells of it.
OVER: Final = {
    "drawing": message("pictures or text boxes lie over it"),
    "legacyDrawing": message("comments or shapes lie over it"),
    "legacyDrawingHF": message("pictures stand in its header or footer"),
    "picture": message("a picture lies behind it"),
    "oleObjects": message("it has embedded objects"),
    "controls": message("it has controls"),
    "tableParts": message("it has a table (ListObject)"),
    "scenarios": message("it has scenarios"),
    "dataConsolidate": message("it consolidates other sheets"),
    "webPublishItems": message("it is published to the web"),
}
REMOVE: Final = message("remove it, and save again")
CLEAR_RULES: Final = message("Home > Conditional Formatting > Clear Rules, and save again")


class SheetSettings:
    """Takes in what a sheet says beside its rows, and keeps the widths of its columns."""

    def __init__(self, name: str, findings: Findings) -> None:
        self.name, self.findings = name, findings
        self.default_width = WIDTH_DEFAULT
        self.own_widths: dict[int, float] = {}
        self.top_left = "A1"
        over = {element: Place(start=self._lies_over(fault), passes=_pass)
                for element, fault in OVER.items()}  # fmt: skip
        self.places = {
            **{element: anything() for element in HARMLESS},
            **over,
            "sheetFormatPr": Place(start=self._defaults),
            "cols": Place({"col": Place(start=self._column)}),
            "sheetViews": Place({
                "sheetView": Place(
                    {"pane": Place(start=self._pane), "selection": Place(),
                     "pivotSelection": anything(), "extLst": anything()}, start=self._view,
                ),
                "extLst": anything(),
            }),
            "autoFilter": Place({
                "filterColumn": Place(passes=self._filter), "sortState": anything(),
                "extLst": anything(),
            }),
            "mergeCells": Place({"mergeCell": Place(start=self._merged)}),
            "conditionalFormatting": Place(start=self._conditional, passes=_pass),
            "extLst": Place({"ext": Place(passes=self._extension)}),
        }  # fmt: skip

    def width(self, column: int) -> float:
        """How many characters of the usual font a column shows; column: from 0."""
        return self.own_widths.get(column, self.default_width)

    def _add(self, kind: str, at: str, fault: Text, mend: Text) -> None:
        self.findings.add(kind, f"{self.name}!{at[:40]}" if at else self.name, fault, mend)

    # --- elements

    def _defaults(self, attributes: dict[str, str]) -> None:
        if is_true(attributes, "zeroHeight"):
            self._add("hidden", "", ROWS_HIDDEN, UNHIDE)
        elif number_of(attributes, "defaultRowHeight", HEIGHT_MIN) < HEIGHT_MIN:
            self._add("hidden", "", message("all rows are too low"), WIDEN)
        base = number_of(attributes, "baseColWidth", WIDTH_DEFAULT)
        self.default_width = number_of(attributes, "defaultColWidth", base)
        if self.default_width < WIDTH_MIN:
            self._add("hidden", "", message("all columns are too narrow"), WIDEN)

    def _column(self, attributes: dict[str, str]) -> None:
        first = int(number_of(attributes, "min", 1)) - 1
        last = int(number_of(attributes, "max", first + 1)) - 1
        if not 0 <= first < COLUMNS_MAX:
            return
        width = number_of(attributes, "width", self.default_width)
        self.own_widths.update(dict.fromkeys(range(first, min(last + 1, COLUMNS_MAX)), width))
        if is_true(attributes, "hidden") or width == 0:
            fault = message("the column is hidden")
            self._add("hidden", letters_of(first), fault, UNHIDE)
        elif width < WIDTH_MIN:
            fault = message("the column is too narrow to be read")
            self._add("hidden", letters_of(first), fault, WIDEN)

    def _view(self, attributes: dict[str, str]) -> None:
        self.top_left = attributes.get("topLeftCell", "A1")
        if is_true(attributes, "showFormulas"):
            fault = message("it shows formulas, not values")
            self._add("hidden", "", fault, UNHIDE)
        if attributes.get("showZeros", "1") in ("0", "false"):
            fault = message("it does not show zeros")
            self._add("hidden", "", fault, UNHIDE)

    def _pane(self, attributes: dict[str, str]) -> None:
        """Of frozen panes: what lies above or left of them can never be scrolled to."""
        if attributes.get("state", "split") == "split":
            return
        is_long = (
            number_of(attributes, "ySplit", 0) > FROZEN_ROWS_MAX
            or number_of(attributes, "xSplit", 0) > FROZEN_COLUMNS_MAX
        )
        if is_long or self.top_left != "A1":
            fault = message("frozen panes hide rows or columns")
            mend = message("View > Unfreeze Panes, and save again")
            self._add("hidden", attributes.get("topLeftCell", ""), fault, mend)

    def _filter(self, _: str) -> Place:
        self._add("hidden", "", FILTERED, message("clear it, and save again"))
        return anything()

    def _merged(self, attributes: dict[str, str]) -> None:
        self._add("merged", attributes.get("ref", ""), message("cells are merged"), MERGED)

    def _conditional(self, attributes: dict[str, str]) -> None:
        fault = message("it has conditional formats")
        self._add("look", attributes.get("sqref", ""), fault, CLEAR_RULES)

    def _extension(self, name: str) -> Place:
        local = name.rpartition(" ")[2][:40]
        if local not in HARMLESS_EXTENSIONS:
            fault = message("it has {local}, drawn into cells", local=local)
            is_rule = local == "conditionalFormattings"
            self._add("look", "", fault, CLEAR_RULES if is_rule else REMOVE)
        return anything()

    def _lies_over(self, fault: Text) -> Callable[[dict[str, str]], None]:
        return lambda _: self._add("look", "", fault, REMOVE)


def _pass(_: str) -> Place:
    return anything()


def is_true(attributes: dict[str, str], name: str) -> bool:
    """An attribute that is a truth value, false if it is not there."""
    return attributes.get(name) in ("1", "true")


def number_of(attributes: dict[str, str], name: str, default: float) -> float:
    """An attribute that is a number, of places or measures; -1 if it is none."""
    if name not in attributes:
        return default
    try:
        return float(attributes[name])
    except ValueError:
        return -1.0
