"""The suspended records of an intake, by file and row, for whoever has to mend them."""

from typing import NamedTuple

import polars as pl

from doisoat.engine.intake.records.accounting import Accounting
from doisoat.engine.intake.records.suspense_reasons import Why, why_of
from doisoat.engine.store.home import Home, list_parts


class SuspendedRecord(NamedTuple):
    """One of them. Its text is not kept, so it is not here."""

    file: str
    row: int  # 1-based, the header not counted
    line: int | None  # of the file, where that is text
    what: str  # its sub-reason, or the reason where that has none

    @property
    def why(self) -> Why:
        return why_of(self.what)


def first_suspended(home: Home, accounting: Accounting, most: int) -> list[SuspendedRecord]:
    """The first suspended records of the files of an intake, those that it knew before too."""
    known = {file.known_in for file in accounting.files}
    digests = {(file.sha256, file.mapping_sha256) for file in accounting.files}
    records: list[SuspendedRecord] = []
    for part in (*list_parts(home, "usage"), *list_parts(home, "master")):
        suspense, source = part.file("suspense.parquet"), part.file("source.parquet")
        if part.id not in {*accounting.parts, *known} or suspense is None or source is None:
            continue
        sources = pl.read_parquet(source, glob=False, hive_partitioning=False)
        rows = pl.read_parquet(suspense, glob=False, hive_partitioning=False).join(
            sources.select("source", "name", "sha256", "mapping_sha256"), on="source"
        )
        for row in rows.sort("name", "source", "row").iter_rows(named=True):
            if len(records) == most:
                return records
            if (row["sha256"], row["mapping_sha256"]) in digests:
                cause = row["sub_reason"] or row["reason"]
                records.append(SuspendedRecord(row["name"], row["row"], row["line"], cause))
    return records
