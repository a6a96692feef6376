"""The sums of an adjustment: its two runs' tables subtracted, key by key. No writing here."""

from pathlib import Path

import polars as pl

from doisoat.errors import ConservationError
from doisoat.settlement.figures.envelope import POSTED
from doisoat.settlement.figures.merge import sum_by
from doisoat.settlement.figures.period import MS_PER_DAY
from doisoat.settlement.runs.adjustment_causes import MEND, Changed
from doisoat.settlement.runs.adjustment_records import OF_STATEMENT
from doisoat.settlement.runs.runs import RunFiles, file_of

OF_LINE = ("events", "units", "amount", "vat")
DAY = (pl.col("start_ms").cast(pl.Int64) // MS_PER_DAY).cast(pl.Int32).cast(pl.Date)
LINE_KEYS = ("carrier", "programme", "measure", "nature")


def statements_between(before: RunFiles, after: RunFiles, programme: pl.DataFrame) -> pl.DataFrame:
    """carrier, OF_STATEMENT: what the statements differ by. programme: posting.PROGRAMME."""
    differences = subtracted(before, after, "statement", ("carrier",), OF_STATEMENT)
    return with_posted(differences, programme)


def lines_between(before: RunFiles, after: RunFiles) -> pl.DataFrame:
    """LINE_KEYS, OF_LINE: what the lines of the statements differ by."""
    return subtracted(before, after, "statement_line", LINE_KEYS, OF_LINE)


def with_posted(statements: pl.DataFrame, programme: pl.DataFrame) -> pl.DataFrame:
    """Statements with what was posted in place of what two runs from scratch recognise."""
    sums = sum_by(programme, ("carrier",), POSTED)
    joined = statements.drop(POSTED).join(sums, on="carrier", how="full", coalesce=True)
    return joined.select("carrier", *(pl.col(name).fill_null(0) for name in OF_STATEMENT)).sort(
        "carrier"
    )


def subtracted(
    before: RunFiles,
    after: RunFiles,
    file: str,
    keys: tuple[str, ...],
    columns: tuple[str, ...],
) -> pl.DataFrame:
    """after − before of a table of the runs, by its keys; rows of no difference are left out.

    A VAT that none applies to is 0.
    """
    sides = []
    for run, sign in ((before, -1), (after, 1)):
        frame = _read(file_of(run, f"{file}.parquet"))
        wide = (pl.col(name).fill_null(0).cast(pl.Int128) * sign for name in columns)
        sides.append(frame.select(*(pl.col(key).cast(pl.String) for key in keys), *wide))
    sums = sum_by(pl.concat(sides), keys, columns)
    return sums.filter(pl.any_horizontal(pl.col(name) != 0 for name in columns))


def check_sums(
    before: RunFiles,
    after: RunFiles,
    statements: pl.DataFrame,
    lines: pl.DataFrame,
    changed: Changed,
) -> None:
    """Σ of the events and lines is what the two runs' own tables differ by, key by key.

    Raises: ConservationError.
    """
    refunds = statements.select("carrier", "refund")
    refund_rows = _disagreeing(refunds, changed.events, ("carrier",), ("refund",))
    disagreements = {
        **disagreeing(before, after, changed, lines),
        **({"refunds": refund_rows} if refund_rows.height else {}),
    }
    for subject, rows in disagreements.items():
        raise _disagreement(subject, rows)


def disagreeing(
    before: RunFiles, after: RunFiles, changed: Changed, lines: pl.DataFrame | None = None
) -> dict[str, pl.DataFrame]:
    """Where Σ of the events and lines is not what the two runs' own tables differ by.

    Args: lines: of lines_between; None: they are read.
    Returns: keys and differences, by what they are of; nothing of what agrees.
    """
    values = ("events", "units", "billed", "bundled", "list_value", "discount", "payable")
    between = lines_between(before, after) if lines is None else lines
    sums = {
        "totals by carrier and day": _disagreeing(
            _subtracted_days(before, after, "total", ("carrier", "day"), values),
            changed.events.with_columns(DAY.alias("day")),
            ("carrier", "day"), values,
        ),
        "statement lines": _disagreeing(
            between, changed.lines, ("carrier", "measure", "nature"), ("events", "units", "amount")
        ),
    }  # fmt: skip
    return {subject: rows for subject, rows in sums.items() if rows.height}


def check_days(before: RunFiles, after: RunFiles, lines: pl.DataFrame) -> None:
    """Σ of the lines of each day is what the two runs' reliefs of that day differ by.

    For what is booked now: an adjustment booked by an earlier version has all lines of an event
    that was moved on its new day.
    Raises: ConservationError.
    """
    keys, values = ("carrier", "day", "measure", "nature"), ("events", "units", "amount")
    day_differences = _subtracted_days(before, after, "relief_total", keys, values)
    disagreement = _disagreeing(day_differences, lines.with_columns(DAY.alias("day")), keys, values)
    if disagreement.height:
        raise _disagreement("reliefs by carrier and day", disagreement)


def _subtracted_days(
    before: RunFiles, after: RunFiles, file: str, keys: tuple[str, ...], columns: tuple[str, ...]
) -> pl.DataFrame:
    of_keys = [pl.col(key) if key == "day" else pl.col(key).cast(pl.String) for key in keys]
    sides = [
        _read(file_of(run, f"{file}.parquet")).select(
            *of_keys, *(pl.col(name).cast(pl.Int128) * sign for name in columns)
        )
        for run, sign in ((before, -1), (after, 1))
    ]
    return sum_by(pl.concat(sides), keys, columns)


def _disagreement(subject: str, rows: pl.DataFrame) -> ConservationError:
    return ConservationError(
        f"{subject}: the two runs and the events between them disagree for {rows.height} keys,"
        f" first {rows.row(0, named=True)}",
        "adjust",
        MEND,
    )


def _disagreeing(
    table: pl.DataFrame, moved: pl.DataFrame, keys: tuple[str, ...], columns: tuple[str, ...]
) -> pl.DataFrame:
    both = pl.concat(
        frame.select(*keys, *(pl.col(name).cast(pl.Int128) * sign for name in columns))
        for frame, sign in ((table, 1), (moved, -1))
    )
    return sum_by(both, keys, columns).filter(
        pl.any_horizontal(pl.col(name) != 0 for name in columns)
    )


def _read(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path, glob=False, hive_partitioning=False)
