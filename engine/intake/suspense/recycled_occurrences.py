"""Occurrence numbers of recycled records that have no key."""

from collections.abc import Iterator, Sequence

import polars as pl

from doisoat.engine.arrow.arrow import ArrowTable
from doisoat.engine.arrow.blake2b import digest_rows
from doisoat.engine.intake.records.events import CONTENT, EVENT, Occurrences
from doisoat.engine.intake.records.sealed_texts import Origin
from doisoat.engine.intake.suspense.suspense_register import RECYCLED
from doisoat.engine.store.home import Part


class Further(Occurrences):
    """Numbers records without a key after those of the same file that were taken before.

    Two equal messages of one file are two events, also where one of them had been suspended.
    """

    def __init__(self, system: str, origin: Origin, parts: Sequence[Part]) -> None:
        super().__init__(system)
        self._origin, self._parts = origin, parts

    def number(self, events: pl.DataFrame) -> pl.DataFrame:
        contents = events.select(CONTENT).unique().join(self.seen, on=CONTENT, how="anti")
        self.seen = pl.concat([self.seen, self._taken(contents)])
        return super().number(events)

    def _taken(self, contents: pl.DataFrame) -> pl.DataFrame:
        """How many records of these contents the file has given: CONTENT and `seen`."""
        file_ids = pl.concat(
            [pl.DataFrame(schema=dict.fromkeys(EVENT, pl.UInt64())), *self._ids(contents)]
        )
        seen = contents.with_columns(seen=pl.lit(0, pl.Int64))
        still_counted, number = contents, 0
        while still_counted.height:
            number += 1
            named = still_counted.with_columns(
                _system=pl.lit(self.system), _occurrence=pl.lit(number, pl.Int64)
            )
            names = ["_system", *CONTENT, "_occurrence"]
            ids = digest_rows(named.select(names), names, named.height)
            columns = dict(zip(EVENT, ids, strict=True))
            still_counted = still_counted.hstack(pl.DataFrame(ArrowTable(columns)))
            still_counted = still_counted.join(file_ids, on=EVENT, how="semi").select(CONTENT)
            known = pl.lit(number, pl.Int64)
            seen = seen.join(
                still_counted.with_columns(_more=known), on=CONTENT, how="left"
            ).select(*CONTENT, seen=pl.coalesce("_more", "seen"))
        return seen

    def _ids(self, contents: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """Event ids of the file's own records, of these contents where that is known."""
        for part in self._parts:
            for source in self._sources(part):
                of_file = pl.col("source") == source
                if part.buckets:
                    stored = pl.scan_parquet(part.buckets, glob=False, hive_partitioning=False)
                    matching = stored.filter(of_file).join(contents.lazy(), on=CONTENT, how="semi")
                    yield matching.select(EVENT).collect()
                for name in ("duplicate.parquet", "suspense.parquet"):
                    path = part.file(name)
                    if path is not None:
                        table = pl.scan_parquet(path, glob=False, hive_partitioning=False)
                        yield table.filter(of_file).select(EVENT).collect()

    def _sources(self, part: Part) -> list[int]:
        """The sources of a part that are this file, or records of it that were recycled."""
        path, sources = part.file(RECYCLED), set()
        if path is not None:
            table = pl.read_parquet(path, glob=False, hive_partitioning=False)
            is_ours = [pl.col(name) == value for name, value in self._origin._asdict().items()]
            sources = set(table.filter(is_ours)["source"])
        source = part.file("source.parquet")
        if source is not None:
            table = pl.read_parquet(source, glob=False, hive_partitioning=False)
            sources |= set(table.filter(pl.col("sha256") == self._origin.sha256)["source"])
        return sorted(sources)
