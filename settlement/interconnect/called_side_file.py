"""Files of the calls that came into a carrier's network, as that carrier recorded them.

One row a call, without any number: which carrier's subscriber called, into whose network, when it
began by the recording switch's clock, how long it lasted. CSV or Parquet, every column text.
"""

import hashlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from doisoat.engine.intake.mapping.field_sources import TimeSource
from doisoat.engine.intake.mapping.record_values import moments, thousandths
from doisoat.engine.tables.findings import Findings, refused
from doisoat.engine.tables.table import RowFault, check_rows
from doisoat.errors import IntakeError, system_text
from doisoat.messages.text import message
from doisoat.telephone import masked

COLUMNS = ("record", "payer", "payee", "started", "duration_s")
# A leg: payer called into the network of payee; ms is how long. file and row are where it stands.
LEG = pl.Schema(
    {
        "file": pl.Int64(), "row": pl.Int64(), "record": pl.String(), "payer": pl.String(),
        "payee": pl.String(), "start_ms": pl.Int64(), "ms": pl.Int64(),
    }
)  # fmt: skip
MEND = message("mend these rows where the file comes from: nothing is left out")
FORM = message(
    "a CSV or Parquet file with the columns {columns}, all of them text", columns=", ".join(COLUMNS)
)

BEGAN = TimeSource(column="started", form="civil")


class LegFile(NamedTuple):
    """A file that was read."""

    name: str
    sha256: str
    rows: int
    twice: int  # rows that say what another row of the files says, by its carrier's record


def read_legs(
    paths: Sequence[Path], networks: Collection[str]
) -> tuple[pl.DataFrame, list[LegFile]]:
    """The legs of some files (LEG), each record of a carrier once, and what the files are.

    Args: networks: ids that the catalogue knows (interconnect_calls.networks_of).
    Raises: IntakeError, with file and row, for what is not of the form; for a record that is told
        twice and differs; for the same file twice.
    """
    frames, leg_files = [LEG.to_frame()], list[LegFile]()
    digests: set[str] = set()
    for place, path in enumerate(paths):
        try:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise IntakeError(
                message("not readable: {error}", error=system_text(error)),
                str(path),
                FORM,
            ) from error
        if digest in digests:
            raise IntakeError(
                message("the same file twice"),
                str(path),
                message("name each file once"),
            )
        digests.add(digest)
        frames.append(_checked(_texts(path), path, networks).with_columns(file=pl.lit(place)))
        leg_files.append(LegFile(masked(path.name), digest, frames[-1].height, 0))
    legs = pl.concat(frame.select(LEG.names()).cast(LEG) for frame in frames)
    return _once(legs, paths, leg_files)


def _texts(path: Path) -> pl.DataFrame:
    try:
        if path.suffix == ".parquet":
            frame = pl.read_parquet(path, glob=False, hive_partitioning=False)
        else:
            frame = pl.read_csv(path, infer_schema=False, glob=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        kind = type(error).__name__
        raise IntakeError(message("not readable: {kind}", kind=kind), str(path), FORM) from error
    lacks = [name for name in COLUMNS if name not in frame.columns]
    not_text = [name for name in COLUMNS if name not in lacks and frame.schema[name] != pl.String]
    if lacks or not_text:
        names = ", ".join(lacks or not_text)
        raise IntakeError(
            message("no column {names}", names=names)
            if lacks
            else message("no text in {names}", names=names),
            str(path),
            FORM,
        )
    return frame.select(pl.col(COLUMNS).fill_null("")).with_row_index("row", offset=1)


def _checked(frame: pl.DataFrame, path: Path, networks: Collection[str]) -> pl.DataFrame:
    """The rows as numbers."""
    known = sorted(networks)
    read = frame.with_columns(
        moments(frame, "started", BEGAN).alias("start_ms"),
        thousandths(frame, "duration_s").alias("ms"),
    )
    no_network = message("no network of the catalogue")
    faults = (
        ("record", pl.col("record") == "", message("no record")),
        ("payer", ~pl.col("payer").is_in(known), no_network),
        ("payee", ~pl.col("payee").is_in(known), no_network),
        ("payee", pl.col("payer") == pl.col("payee"), message("payer and payee are one")),
        ("started", pl.col("start_ms").is_null(),
         message("it is no time, as in 2021-08-05 03:20:31.841")),
        ("duration_s", pl.col("ms").is_null(),
         message("it is no number of seconds, as in 61.250")),
    )  # fmt: skip
    findings = Findings()
    row_faults = [RowFault("row", column, is_so, what, MEND) for column, is_so, what in faults]
    check_rows(read.lazy(), row_faults, findings)
    if findings.refusing:
        raise refused(path.name, findings)
    return read


def _once(
    legs: pl.DataFrame, paths: Sequence[Path], files: list[LegFile]
) -> tuple[pl.DataFrame, list[LegFile]]:
    """Each record of a carrier once; who recorded a leg is the carrier that was called into."""
    identity = ["payee", "record"]
    fields = ["payer", "start_ms", "ms"]
    ordered = legs.sort(*identity, "file", "row")
    differs = ordered.filter(pl.struct(fields).n_unique().over(identity) > 1)
    if differs.height:
        row = differs.row(0, named=True)
        raise IntakeError(
            message(
                "row {row}: this record of {payee} is told twice, and differs",
                row=row["row"],
                payee=row["payee"],
            ),
            str(paths[row["file"]]),
            message("leave the wrong one out"),
        )
    unique_legs = ordered.unique(identity, keep="first", maintain_order=True)
    counts = dict(unique_legs.group_by("file").len().iter_rows())
    counted_files = [
        file._replace(twice=file.rows - counts.get(place, 0)) for place, file in enumerate(files)
    ]
    return unique_legs.sort("payer", "payee", "start_ms", "ms", "record"), counted_files
