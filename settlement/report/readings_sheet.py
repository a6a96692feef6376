"""Sheets Cách đọc: of the statement, what its figures rest on; of its lists, the whole of it."""

from doisoat.messages.text import Text, filled, joined, message, message_in
from doisoat.settlement.report.content import Content
from doisoat.settlement.report.report_text import MARKS, terms
from doisoat.settlement.report.sheet_parts import heading, section, titled
from doisoat.settlement.report.workbook_style import Book, Sheet
from doisoat.tariffs.models.package_model import Measure, Reading

NAME = message_in("sheet", "How to read").vi
WIDTHS = (24, 54, 52)
WHOLE_WIDTHS = (28, 60, 60)
VERIFY = message(
    "Every figure here is in relief.duckdb (settlement.statement, settlement.statement_line,"
    " rated.total, rated.relief_total), which DuckDB 1.0 and later open. The same inputs settled"
    " again must give the same run id and digest."
)


def reading(book: Book, content: Content, footer: str) -> None:
    """On one page: readings in force that touch the carrier, its measures, how to verify."""
    sheet = book.sheet(NAME, WIDTHS, footer, landscape=False)
    heading(sheet, message("How to read this"), content)
    titled(sheet)
    section(sheet, message("Readings: what the announcement leaves open"))
    sheet.heads((message_in("head", "Reading"), message("Question"), message("Answer in force")))
    for item, name in _readings_in_force(content):
        answer = item.alternatives[name].meaning
        _three(sheet, (item.name, _question(item), _answer(name, answer)))
    if not content.readings_of_carrier:
        _nothing_open(sheet)
    sheet.row += 1
    section(sheet, message("The carrier's measures and their sources"))
    sheet.heads((message("Measure"), message("What"), message("Document")))
    for measure in _measures(content):
        name = Text(measure.title, measure.title_en)
        _three(sheet, (measure.id, name, joined(": ", (MARKS[measure.mark], _document(measure)))))
    sheet.row += 1
    section(sheet, message("How to verify"))
    sheet.across(VERIFY, "cell")
    sheet.row += 1
    lists = message(
        "The other answers, the terms, the sources, and each event by file and row: the workbook of"
        " lists beside this one."
    )
    sheet.across(lists, "cell")
    sheet.row += 1
    sheet.on_one_page()


def whole_reading(book: Book, content: Content, footer: str) -> None:
    """Terms, readings with every answer, measures with their sources, assumed prices."""
    sheet = book.sheet(NAME, WHOLE_WIDTHS, footer, landscape=True)
    heading(sheet, message("How to read this"), content)
    titled(sheet)
    for title, build in (
        (message("Terms"), _terms),
        (message("Readings: what the announcement leaves open"), _reading_list),
        (message("The carrier's measures and their sources"), _measure_list),
        (message("How firmly prices are supported"), _marks),
    ):
        section(sheet, title)
        build(sheet, content)
        sheet.row += 1


def _three(sheet: Sheet, texts: tuple[str, str, str], style: str = "cell") -> None:
    for column, text in enumerate(texts):
        sheet.text(column, text, style)
    sheet.grow(*zip(texts, sheet.widths, strict=True))
    sheet.row += 1


def _two(sheet: Sheet, name: str, text: str) -> None:
    sheet.text(0, name)
    sheet.across(text, "cell", 1, 2)
    sheet.grow((name, sheet.widths[0]))
    sheet.row += 1


def _readings_in_force(content: Content) -> list[tuple[Reading, str]]:
    """The readings that touch the carrier, each with the name of the answer in force."""
    in_force = dict(content.readings_of_carrier)
    return [
        (item, in_force[item.name]) for item in content.package.readings if item.name in in_force
    ]


def _question(item: Reading) -> Text:
    return Text(item.question, item.question_en)


def _answer(name: str, meaning: str) -> str:
    """An answer by its name and what it means."""
    return f"{name}: " + meaning


def _nothing_open(sheet: Sheet) -> None:
    sheet.across(message("This package leaves nothing open for this carrier"), "cell")
    sheet.row += 1


def _measures(content: Content) -> list[Measure]:
    """The package's measures that are in force at the carrier."""
    return [
        measure
        for measure in content.package.measures
        if measure.carriers is None or content.carrier_id in measure.carriers
    ]


def _document(measure: Measure) -> Text:
    return Text(measure.document_vi or measure.document, measure.document)


def _terms(sheet: Sheet, content: Content) -> None:
    for term, meaning in terms(content.tax_rate):
        _two(sheet, term, filled(meaning))


def _reading_list(sheet: Sheet, content: Content) -> None:
    sheet.heads(
        (
            message_in("head", "Reading"),
            message("Question"),
            message("In force, and the alternatives"),
        )
    )
    for item, name in _readings_in_force(content):
        answers = [
            _answer(key, alternative.meaning)
            for key, alternative in item.alternatives.items()
            if key != name
        ]
        in_force = "→ " + _answer(name, item.alternatives[name].meaning)
        others = (message("else") + ": " + answer for answer in answers)
        _three(sheet, (item.name, _question(item), joined("\n", (in_force, *others))))
    if not content.readings_of_carrier:
        _nothing_open(sheet)


def _measure_list(sheet: Sheet, content: Content) -> None:
    sheet.heads(
        (
            message("Measure"),
            message("What, and when in force"),
            message("Document, source"),
        )
    )
    for measure in _measures(content):
        when = message(
            "from {begin} until before {end}",
            begin=f"{measure.valid_from:%d/%m/%Y %H:%M}",
            end=f"{measure.valid_until:%d/%m/%Y %H:%M}",
        )
        name = Text(measure.title, measure.title_en)
        sources = (_document(measure), measure.source, MARKS[measure.mark])
        _three(sheet, (measure.id, joined("\n", (name, when)), joined("\n", sources)))


def _marks(sheet: Sheet, content: Content) -> None:
    for mark, meaning in MARKS.items():
        _two(sheet, mark, meaning)
    assumed = ", ".join(content.assumed)
    _two(sheet, message("Assumed tariffs in use"), assumed or message("None in use"))
