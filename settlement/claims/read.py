"""Reads a claim, whichever form it came in: a file is a claim as a whole, or it is refused."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from doisoat.engine.intake.forms.lines import UTF8_MARK
from doisoat.engine.store import commit
from doisoat.messages.text import message
from doisoat.settlement.claims import delimited_rows as delimited
from doisoat.settlement.claims.claim_row import Expected, Source, declared_in
from doisoat.settlement.claims.claim_rows import AT, ROW, Records
from doisoat.settlement.claims.grouped_findings import refused
from doisoat.settlement.claims.json_document import Document
from doisoat.settlement.claims.own_sums import by_nature, check_identities, check_totals, sums_of
from doisoat.settlement.claims.parquet_lines import Lines, check_lines, check_repeated, check_sizes
from doisoat.settlement.claims.table import Table
from doisoat.settlement.claims.vocabulary import Vocabulary, VocabularyOf
from doisoat.settlement.claims.whole_figures import Figures
from doisoat.settlement.claims.workbook import workbook
from doisoat.settlement.claims.workbook.archive import NO_MACROS, SAVE_AGAIN, Archive
from doisoat.settlement.claims.workbook.file_cells import Row
from doisoat.settlement.figures.merge import total_of
from doisoat.settlement.records.claim_finding import Findings, refuse_file
from doisoat.settlement.records.claim_model import CELL, LINE, VALUES, Claim, Declared
from doisoat.settlement.records.nature_sum import NatureSum

HEAD_BYTES: Final = 4_096
MACRO_SUFFIXES: Final = (".xlsm", ".xltm", ".xlam", ".xlsb")
GIVE_FILE: Final = message("give the path of the claim's file")


class Received(NamedTuple):
    """A file that was given, as it lies there."""

    path: Path
    name: str
    form: str
    size: int
    sha256: str


def read_claim(
    path: Path,
    vocabulary_of: VocabularyOf,
    expected: Expected = Expected(),  # noqa: B008
) -> Claim:
    """The claim in a file, whose findings are all such as are kept.

    Args: vocabulary_of: the names that hold in a period; expected: what is said of the file.
    Raises: RefusedClaim, with every finding, for what is no claim as it stands.
    """
    received = _received(path)
    findings = Findings()
    figures = Figures(findings)
    if received.form == "parquet":
        return _of_columns(received, vocabulary_of, expected, findings)
    if received.form == "xlsx":
        with Archive(path, received.name) as archive:
            table = Table(workbook.rows_of(archive, findings), findings)
            return _of_source(received, table, vocabulary_of, expected, figures, findings)
    source: Source
    if received.form == "json":
        source = Document(path, received.name, findings)
    else:
        source = Table(_text_rows(received), findings)
    return _of_source(received, source, vocabulary_of, expected, figures, findings)


def _text_rows(received: Received) -> Iterator[Row]:
    return delimited.rows_of(received.path, received.name)


def _received(path: Path) -> Received:
    try:
        if not path.is_file():
            raise refuse_file(str(path), message("no such file"), GIVE_FILE)
        with open(path, "rb") as file:
            head = file.read(HEAD_BYTES)
        digest, size = commit.sha256_of(path), path.stat().st_size
    except OSError as error:
        fault = message("not readable ({error})", error=error.strerror)
        raise refuse_file(str(path), fault, GIVE_FILE) from error
    return Received(path, path.name, _form(path, head), size, digest)


def _form(path: Path, head: bytes) -> str:
    """By what a file holds; its name may only say that macros are in it."""
    if path.suffix.casefold() in MACRO_SUFFIXES:
        raise refuse_file(path.name, message("a workbook with macros"), NO_MACROS)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        fault = message("the old .xls form, or encrypted")
        raise refuse_file(path.name, fault, SAVE_AGAIN)
    if not head:
        raise refuse_file(path.name, message("the file is empty"), GIVE_FILE)
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(b"PAR1"):
        return "parquet"
    begins_json = head.removeprefix(UTF8_MARK).lstrip()[:1] in (b"{", b"[")
    return "json" if begins_json else "csv"


def _of_source(
    received: Received,
    source: Source,
    vocabulary_of: VocabularyOf,
    expected: Expected,
    figures: Figures,
    findings: Findings,
) -> Claim:
    declared = declared_in(source.preamble, expected, vocabulary_of, findings)
    if declared is None:
        raise refused(received.name, findings)
    records = Records(declared, vocabulary_of(declared.period), figures, findings)
    for record in source.records(declared.grain):
        records.add(record)
    records.finish()
    lines = None
    if declared.grain == "lines":
        rows = records.lines()
        check_repeated(rows.lazy(), rows.height, findings, partial(_address_in, rows))
        lines = rows.drop(ROW, AT)
    if findings.refusing:
        raise refused(received.name, findings)
    return _summed(received, declared, records, lines, findings)


def _address_in(lines: pl.DataFrame, number: int) -> str:
    return str(lines.row(by_predicate=pl.col(ROW) == number, named=True)[AT])


def _summed(
    received: Received,
    declared: Declared,
    records: Records,
    lines: pl.DataFrame | None,
    findings: Findings,
) -> Claim:
    """The claim, now that nothing refuses it; what its own sums say is added to the findings."""
    cells = CELL.to_frame() if lines is not None else records.cells
    by_natures: tuple[NatureSum, ...] = ()
    if declared.grain == "statement":
        amounts = dict(cells.select("item", "amount").iter_rows())
        check_identities(amounts, records.item_ats, findings)
        amount = int(amounts["relief"])
    else:
        rows = cells if lines is None else lines
        sums = sums_of(rows, VALUES[declared.grain])
        check_totals(sums, records.total_rows, records.total_ats, findings)
        by_natures = by_nature(sums, records.units)
        amount = total_of(rows, "amount")
    return Claim(
        declared, received.form, received.sha256, received.size, records.count, amount, cells,
        records.totals, None if lines is None else lines.lazy(), by_natures,
        tuple(findings.listed), findings.more,
    )  # fmt: skip


def _of_columns(
    received: Received, vocabulary_of: VocabularyOf, expected: Expected, findings: Findings
) -> Claim:
    file = Lines(received.path, received.name, findings)
    declared = declared_in(file.preamble(expected), expected, vocabulary_of, findings)
    if declared is not None and declared.grain != "lines":
        wrong_grain = message("Parquet is for lines alone, not {grain}", grain=declared.grain)
        findings.add("grain", "metadata grain", wrong_grain, message("say grain = lines"))
    lines = file.lines()
    if declared is None or lines is None or findings.refusing:
        raise refused(received.name, findings)
    vocabulary: Vocabulary = vocabulary_of(declared.period)
    check_lines(lines, declared, vocabulary, findings)
    if not file.rows:
        fault = message("it has no row")
        findings.add("missing", "row 1", fault, GIVE_FILE)
    if findings.refusing:
        raise refused(received.name, findings)
    only = lines.select(LINE.names())
    check_sizes(only, findings)
    check_repeated(only.with_row_index(ROW, 1), file.rows, findings)
    if findings.refusing:
        raise refused(received.name, findings)
    sums = sums_of(only, VALUES["lines"])
    units = vocabulary.units_of(declared.carrier)
    return Claim(
        declared, received.form, received.sha256, received.size, file.rows,
        int(sums["amount"].sum()), CELL.to_frame(), CELL.to_frame(), only,
        by_nature(sums, units), tuple(findings.listed), findings.more,
    )  # fmt: skip
