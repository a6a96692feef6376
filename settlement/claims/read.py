"""Reads a claim, whichever form it came in: a file is a claim as a whole, or it is refused."""

from functools import partial
from pathlib import Path
from typing import NamedTuple

import polars as pl

from doisoat.engine.store import commit
from doisoat.engine.tables.files import kind_of, rows_in
from doisoat.engine.tables.findings import Findings, refuse_file, refused
from doisoat.engine.tables.form import GIVE_FILE
from doisoat.engine.tables.table import Table
from doisoat.errors import system_text
from doisoat.messages.text import message
from doisoat.settlement.claims.claim_row import Expected, Source, declared_in
from doisoat.settlement.claims.claim_rows import AT, ROW, Records
from doisoat.settlement.claims.form import FILE, FORM, table_columns
from doisoat.settlement.claims.json_document import Document
from doisoat.settlement.claims.own_sums import by_nature, check_identities, check_totals, sums_of
from doisoat.settlement.claims.parquet_lines import Lines, check_lines, check_repeated, check_sizes
from doisoat.settlement.claims.vocabulary import Vocabulary, VocabularyOf
from doisoat.settlement.figures.merge import total_of
from doisoat.settlement.records.claim_model import CELL, LINE, VALUES, Claim, Declared
from doisoat.settlement.records.nature_sum import NatureSum


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
    Raises: RefusedTable, with every finding, for what is no claim as it stands.
    """
    received = _received(path)
    findings = Findings()
    if received.form == "parquet":
        return _of_columns(received, vocabulary_of, expected, findings)
    if received.form == "json":
        source = Document(path, received.name, findings)
        return _of_source(received, source, vocabulary_of, expected, findings)
    with rows_in(path, received.form, FILE, findings) as rows:
        table = Table(rows, FORM, findings)
        return _of_source(received, table, vocabulary_of, expected, findings)


def _received(path: Path) -> Received:
    form = kind_of(path)
    try:
        digest, size = commit.sha256_of(path), path.stat().st_size
    except OSError as error:
        fault = message("not readable ({error})", error=system_text(error))
        raise refuse_file(str(path), fault, GIVE_FILE) from error
    return Received(path, path.name, form, size, digest)


def _of_source(
    received: Received,
    source: Source,
    vocabulary_of: VocabularyOf,
    expected: Expected,
    findings: Findings,
) -> Claim:
    declared = declared_in(source.preamble, expected, vocabulary_of, findings)
    if declared is None:
        raise refused(received.name, findings)
    records = Records(declared, vocabulary_of(declared.period), findings)
    for record in source.records(table_columns(declared.grain)):
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
