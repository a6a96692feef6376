"""Builds a run's papers: exactly these inputs, and so the same bytes on every machine.

papers(run folder, template and house style, key id, log head, declared issue time) -> files. What
was booked into the month, what it forgoes and its interconnection follow from the log head.
Neither clock, time zone, locale, thread count nor the order of rows has a say.
"""

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.settlement.interconnect.log_entry import Recorded
from doisoat.settlement.papers.drawings import drawings
from doisoat.settlement.papers.facts import facts, stamp_of
from doisoat.settlement.papers.figures import LANGS, Figures, Lang
from doisoat.settlement.papers.house_style import DEFAULT_STYLE, Style
from doisoat.settlement.papers.issue import Issue
from doisoat.settlement.papers.machine_files import lines_csv, parquets, statement_json
from doisoat.settlement.papers.run_reader import NOTHING_RECORDED, Source, sources
from doisoat.settlement.papers.typeset import Template, pdf_of, read_templates
from doisoat.settlement.records.booked_statement import Booking
from doisoat.settlement.report.workbook import write_workbook
from doisoat.state import STATE


class Papers(NamedTuple):
    """A carrier's papers: the content of each file, by name."""

    carrier: str
    files: dict[str, bytes]


def papers(
    folder: Path,
    issue: Issue,
    *,
    carrier: str | None = None,
    style: Style = DEFAULT_STYLE,
    template: Template | None = None,
    langs: Sequence[Lang] = LANGS,
    bookings: Sequence[Booking] = (),
    without: Mapping[str, int] | None = None,
    interconnect: Recorded | None = None,
    interconnect_by_run: Mapping[str, Recorded] = NOTHING_RECORDED,
) -> list[Papers]:
    """The papers of each carrier of a run, or of the one named.

    Args: folder: runs/<run id> of a home, or a copy of it; bookings: what was booked into its
        period, by the log up to the issue's head (`booked_into`); without: what it says up to there
        of payables without the package (`payable_without`); interconnect: and of interconnection
        (`recorded`), also of the runs that the bookings are between (`recorded_of_runs`).
    Raises: StoreError if the folder is not what was published; PeriodError if the carrier is not in
        it; CatalogueError where a template fails.
    """
    template = template or read_templates()
    carrier_sources = sources(folder, carrier, bookings, without, interconnect, interconnect_by_run)
    _check_parties(style, carrier_sources)
    return [
        Papers(source.content.carrier_id, papers_of(source, issue, style, template, langs))
        for source in carrier_sources
    ]


def _check_parties(style: Style, carrier_sources: Sequence[Source]) -> None:
    """A carrier that is misspelt in the style would silently keep the catalogue's name."""
    known = {
        carrier.id for source in carrier_sources for carrier in source.content.catalogue.carriers
    }
    known |= {source.content.carrier_id for source in carrier_sources}
    strange = sorted(set(style.house.carriers) - known)
    if strange:
        raise CatalogueError(
            message("the catalogue has no carrier {strange}", strange=", ".join(strange)),
            f"{style.where}: carriers",
            message("write one of: {known}", known=", ".join(sorted(known))),
        )


def papers_of(
    source: Source, issue: Issue, style: Style, template: Template, langs: Sequence[Lang]
) -> dict[str, bytes]:
    """The files of one carrier's papers, by name."""
    about = f"{source.content.period.name}-{source.content.carrier_id}"
    files = {}
    for lang in langs:
        data = facts(source, issue, style, lang)
        minutes = {**data, "lines_csv": lines_csv(source)}
        files[f"bien-ban-{about}.{lang}.pdf"] = pdf_of(
            "minutes", template, minutes, issue.issued_at
        )
        summary = {**data, "charts": drawings(source, Figures(lang))}
        files[f"tom-tat-{about}.{lang}.pdf"] = pdf_of("summary", template, summary, issue.issued_at)
    signed = STATE.language
    files[f"bang-doi-soat-{about}.xlsx"] = _workbook(source, issue, style, signed)
    for lang in langs:
        if lang != signed:  # beside the one that is signed
            files[f"bang-doi-soat-{about}.{lang}.xlsx"] = _workbook(source, issue, style, lang)
    files[f"doi-soat-{about}.json"] = statement_json(source, issue)
    for table, content in parquets(source).items():
        files[f"doi-soat-{about}.{table}.parquet"] = content
    return files


def _workbook(source: Source, issue: Issue, style: Style, lang: Lang) -> bytes:
    book = BytesIO()
    write_workbook(book, source.content, stamp_of(source, issue, style), lang)
    return book.getvalue()
