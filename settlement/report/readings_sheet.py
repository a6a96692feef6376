"""Sheet Cách đọc: terms, readings, measures with their sources, how to verify."""

# ruff: noqa: E501 (tables of words and styles: an entry a line)

from collections.abc import Callable

from doisoat.messages.text import Text, message, message_in
from doisoat.settlement.report.content import Content
from doisoat.settlement.report.report_text import MARKS, TERMS
from doisoat.settlement.report.sheet_parts import heading, section, titled
from doisoat.settlement.report.workbook_style import Book, Sheet


def reading(book: Book, content: Content, footer: str) -> None:
    sheet = book.sheet("Cách đọc", (28, 60, 60), footer, landscape=True)
    heading(sheet, message("How to read this"), content)
    titled(sheet)
    sections: tuple[tuple[Text, Callable[[Sheet, Content], None]], ...] = (
        (message("Terms"), _terms),
        (message("Readings: what the announcement leaves open"), _reading_list),
        (message("The carrier's measures and their sources"), _measure_list),
        (message("How firmly prices are supported"), _marks),
        (message("How to verify"), _verify),
    )  # fmt: skip
    for title, build in sections:
        section(sheet, title)
        build(sheet, content)
        sheet.row += 1


def _three(sheet: Sheet, texts: tuple[str, str, str], style: str = "cell") -> None:
    for column, text in enumerate(texts):
        sheet.text(column, text, style)
    sheet.grow(*zip(texts, sheet.widths, strict=True))
    sheet.row += 1


def _terms(sheet: Sheet, content: Content) -> None:
    sheet.heads(
        (
            message("Term"),
            message("Meaning in Vietnamese"),
            message("Meaning in English"),
        )
    )
    for term, meaning in TERMS:
        _three(sheet, (term, meaning.vi, meaning.en))


def _reading_list(sheet: Sheet, content: Content) -> None:
    sheet.heads(
        (
            message_in("head", "Reading"),
            message("Question"),
            message("In force, and the alternatives"),
        )
    )
    chosen = dict(content.readings)
    for reading in content.package.readings:
        name = chosen[reading.name]
        alternatives = [
            f"{key}: {alternative.meaning}"
            for key, alternative in reading.alternatives.items()
            if key != name
        ]
        answer = f"{name}: {reading.alternatives[name].meaning}"
        _three(
            sheet,
            (
                reading.name,
                f"{reading.question}\n{reading.question_en}",
                "\n".join(
                    [
                        f"→ {answer}",
                        *(message("else") + f": {alternative}" for alternative in alternatives),
                    ]
                ),
            ),
        )
    if not content.package.readings:
        _three(sheet, ("–", "Gói này không để ngỏ điều gì", "This package leaves nothing open"))


def _measure_list(sheet: Sheet, content: Content) -> None:
    sheet.heads(
        (
            message("Measure"),
            message("What, and when in force"),
            message("Document, source"),
        )
    )
    for measure in content.package.measures:
        if measure.carriers is not None and content.carrier_id not in measure.carriers:
            continue
        mark = MARKS[measure.mark]
        _three(
            sheet,
            (
                measure.id,
                f"{measure.title}\n{measure.title_en}\ntừ {measure.valid_from:%d/%m/%Y %H:%M} đến trước"
                f" {measure.valid_until:%d/%m/%Y %H:%M}",
                f"{measure.document}\n{measure.source}\n{mark}",
            ),
        )


def _marks(sheet: Sheet, content: Content) -> None:
    for mark, meaning in MARKS.items():
        _three(sheet, (mark, meaning.vi, meaning.en))
    assumed = ", ".join(content.assumed)
    _three(
        sheet,
        (
            "Gói cước giả định đã dùng",
            assumed or "Không có",
            f"Assumed tariffs in use: {assumed}" if assumed else "None in use",
        ),
    )


def _verify(sheet: Sheet, content: Content) -> None:
    _three(
        sheet,
        (
            "relief.duckdb",
            "Mọi số ở đây đều có trong relief.duckdb (bảng settlement.statement, settlement.statement_line,"
            " rated.total, rated.relief_total), mở được bằng DuckDB 1.0 trở lên. Chạy lại cùng đầu vào phải cho"
            " cùng mã lần chạy và cùng mã băm.",
            "Every figure here is in relief.duckdb (settlement.statement, settlement.statement_line,"
            " rated.total, rated.relief_total), which DuckDB 1.0 and later open. The same inputs settled again"
            " must give the same run id and digest.",
        ),
    )
    _three(sheet, (message("Run id"), content.run, ""), "code")
    _three(sheet, (message("Digest"), content.digest, ""), "code")
