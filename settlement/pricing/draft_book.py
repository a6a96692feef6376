"""A draft of an overlay as a workbook: yellow cells are filled in, and it is read back as it is."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from doisoat.currency import number_text
from doisoat.engine.tables.overlay_book import COLUMNS, GUIDE, PREAMBLE, SHEET
from doisoat.engine.tables.overlay_words import AS, NEW, REMOVE, written
from doisoat.messages.text import Text, in_language, message
from doisoat.settlement.figures.period import Period
from doisoat.settlement.pricing.draft import Draft
from doisoat.settlement.pricing.draft_entry import Entry
from doisoat.settlement.pricing.draft_yaml import flow, how_to_fill, left_notes, title_of
from doisoat.settlement.report.workbook_style import DAY, FONT, Book, Sheet
from doisoat.tariffs.change.patch_file import UNFILLED
from doisoat.tariffs.change.patch_items import LIKE
from doisoat.tariffs.models.labels import MARKS
from doisoat.tariffs.models.value_words import VOLUME_RULES

WIDTHS: Final = {
    "key": 34, "about": 30, "present": 27, "events": 10, "value": 20, "per": 10, "block": 16,
    "valid_from": 12, "valid_until": 12, "source": 20, "mark": 11, "why": 40,
}  # fmt: skip
TO_FILL: Final = ("value", "per", "block", "source", "mark")
DAYS: Final = ("valid_from", "valid_until")
ROWS_BELOW: Final = 20  # empty ones, for what the carrier adds
FREE_VOLUME_RULES: Final = ("stop", "throttle", "plan")  # a rule of overage has a price beside it
RATE: Final = ("per", "block")  # of a rate alone


def write_book(path: Path, draft: Draft, lang: str) -> None:
    """Write the workbook; the same draft is the same bytes."""
    title = in_language(title_of(draft), lang)
    book = Book(path, title, "doisoat catalogue overlay", Period.of(draft.month))
    widths = [WIDTHS[column.name] for column in COLUMNS]
    sheet = book.sheet(SHEET, widths, title, landscape=True)
    forms = _formats(book)
    _preamble(sheet, draft, forms, lang)
    heads = [in_language(column.head, lang) for column in COLUMNS]
    for place, head in enumerate(heads):
        sheet.text(place, head, "head")
    sheet.grow(*zip(heads, (width * 0.9 for width in widths), strict=True))
    sheet.row += 1
    sheet.sheet.freeze_panes(sheet.row, 1)
    sheet.sheet.repeat_rows(sheet.row - 1)
    first = sheet.row
    for entry in draft.entries:
        _row(sheet, entry, forms, lang)
    for _ in range(ROWS_BELOW):
        _row(sheet, None, forms, lang)
    _lists(sheet, first, lang)
    sheet.row -= 1
    _guide(book, draft, lang)
    book.close()


def _preamble(sheet: Sheet, draft: Draft, forms: dict[str, Any], lang: str) -> None:
    values = {
        "id": draft.id, "title": title_of(draft).vi, "title_en": title_of(draft).en,
        "author": draft.name, "reference": UNFILLED, "carrier": draft.carrier,
    }  # fmt: skip
    for name, label in PREAMBLE.items():
        text = in_language(label, lang)
        sheet.text(0, text, "key_text")
        sheet.put(1, values[name], forms["asked" if values[name] == UNFILLED else "to_fill"])
        sheet.grow((text, WIDTHS["key"]), (values[name], WIDTHS["about"]))
        sheet.row += 1


def _row(sheet: Sheet, entry: Entry | None, forms: dict[str, Any], lang: str) -> None:
    """A change; without one, an empty row to be filled in."""
    texts = {} if entry is None else _cells(entry, lang)
    to_fill = {name for name in TO_FILL if entry is None or name not in RATE or _is_rate(entry)}
    for place, column in enumerate(COLUMNS):
        text = texts.get(column.name, "")
        if column.name in DAYS:
            if entry is not None and column.name == "valid_from" and entry.valid_from is not None:
                sheet.sheet.write_datetime(sheet.row, place, entry.valid_from, forms["day"])
            else:
                sheet.sheet.write_blank(sheet.row, place, None, forms["day"])
        elif column.name in to_fill or entry is None:
            is_open = column.name == "value" and not text and entry is not None
            form = forms["asked" if is_open else "to_fill"]
            if text:
                sheet.put(place, text, form)
            else:
                sheet.sheet.write_blank(sheet.row, place, None, form)
            if column.name == "value" and entry is not None and entry.key.endswith(".rule"):
                _choice(sheet, place, (VOLUME_RULES[name] for name in FREE_VOLUME_RULES), lang)
        else:
            sheet.put(place, text, forms["text"])
    sheet.grow(*((texts.get(name, ""), width) for name, width in WIDTHS.items()))
    sheet.row += 1


def _is_rate(entry: Entry) -> bool:
    return isinstance(entry.value, dict) and entry.value.keys() == {"price", *RATE}


def _cells(entry: Entry, lang: str) -> dict[str, str]:
    """The texts of a row by their columns."""
    value, key = entry.value, "per" if _is_rate(entry) else entry.key.rpartition(".")[2]
    cells = {
        "key": entry.key, "about": in_language(entry.about, lang),
        "present": written(key, entry.present, lang), "events": number_text(entry.events),
        "why": in_language(entry.why, lang),
    }  # fmt: skip
    if isinstance(value, str):
        return {**cells, "value": _given(key, value, lang)}
    if isinstance(value, dict) and _is_rate(entry):
        rate = {"value": value["price"], "per": value["per"], "block": value["block"]}
        parts = {name: part for name, part in rate.items() if isinstance(part, str)}
        return cells | {name: _given(name, part, lang) for name, part in parts.items()}
    if isinstance(value, dict) and LIKE in value:
        return {**cells, "value": f"{in_language(AS, lang)} {value[LIKE]}"}
    if value == {"rates": []}:
        return {**cells, "value": in_language(NEW, lang)}
    return {**cells, "value": flow(value)}


def _given(key: str, value: str, lang: str) -> str:
    """A value as the workbook has it; empty where it is to be filled in."""
    return "" if value == UNFILLED else written(key, value, lang)


def _choice(sheet: Sheet, place: int, texts: Iterable[Text], lang: str) -> None:
    rule = {"validate": "list", "source": [in_language(text, lang) for text in texts]}
    sheet.sheet.data_validation(sheet.row, place, sheet.row, place, rule)


def _lists(sheet: Sheet, first: int, lang: str) -> None:
    """What may be chosen in the column of marks."""
    place = [column.name for column in COLUMNS].index("mark")
    rule = {"validate": "list", "source": [in_language(text, lang) for text in MARKS.values()]}
    sheet.sheet.data_validation(first, place, sheet.row - 1, place, rule)


def _guide(book: Book, draft: Draft, lang: str) -> None:
    sheet = book.sheet(GUIDE, [120], in_language(title_of(draft), lang), landscape=True)
    notes = [
        how_to_fill(draft),
        message(
            "Prices are in {currency_own_name} with {tax_name}, digits alone: 1590, never 1.590,"
            " which reads two ways"
        ),
        message(
            "To take a plan, a pack or a rate out, write {word} in its row. In the row of one value"
            " of a pack it gives nothing: the catalogue's value stays. What buyers of a pack use is"
            " priced by their plan where no catalogue has the pack",
            word=REMOVE,
        ),
        message("A row of your own: its key as in docs/catalogue.md, its value beside it"),
        message(
            "A pack that the catalogue has not: a row packs.NAME with “{word} PACK”, where PACK is"
            " one of the catalogue that is alike; then what differs in rows of its own, such as"
            " packs.NAME.price, packs.NAME.validity.days, packs.NAME.volumes.data.amount",
            word=AS,
        ),
        *left_notes(draft),
    ]
    for note in notes:
        sheet.across(in_language(note, lang), "wrap", 0, 0)
        sheet.row += 1


def _formats(book: Book) -> dict[str, Any]:
    cell = {"font_name": FONT, "font_size": 11, "border": 1, "border_color": "#8EA9DB",
            "valign": "vcenter", "text_wrap": True}  # fmt: skip
    to_fill = {**cell, "bg_color": "#FFF9E5", "locked": False}
    styles = {
        "text": {**cell, "num_format": "@"},
        "to_fill": {**to_fill, "num_format": "@"},
        "asked": {**to_fill, "bg_color": "#FFE699", "num_format": "@"},
        "day": {**to_fill, "num_format": DAY},
    }
    return {name: book.workbook.add_format(style) for name, style in styles.items()}
