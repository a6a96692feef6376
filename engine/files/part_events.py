"""Events of many parts, in one scan of all their files.

A scan costs the same whether it is of one file or of many; so many small parts are scanned at once,
and which part a row lies in follows from its file.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from doisoat.engine.store.home import Part

FILE = "_file"  # the path that a row was read from


def scan_files(paths: Sequence[Path]) -> pl.LazyFrame:
    """The rows of Parquet files of the same columns, at least one, with FILE."""
    return pl.scan_parquet(
        list(paths), glob=False, hive_partitioning=False, include_file_paths=FILE
    )


def scan_parts(
    parts: Sequence[Part],
    files_of: Callable[[Part], Sequence[Path]],
    without: Callable[[Part], Sequence[int]],
) -> list[pl.LazyFrame]:
    """The rows of such files of the parts, with FILE; nothing, if there are none.

    Args: without: the numbers of a part's sources that are looked past.
    """
    whole, scans = list[Path](), list[pl.LazyFrame]()
    for part in parts:
        paths, sources = files_of(part), without(part)
        if sources and paths:
            scans.append(scan_files(paths).filter(~pl.col("source").is_in(list(sources))))
        else:
            whole += paths
    return [scan_files(whole), *scans] if whole else scans


def part_of(file: pl.Series, parts: Sequence[Part]) -> pl.Series:
    """The id of the part that each FILE lies in."""
    ids = {str(part.path): part.id for part in parts}
    folder = file.str.replace(r"/[^/]*$", "")
    return folder.replace_strict(ids, return_dtype=pl.String).alias("part")


def rows_by_part(parts: Sequence[Part], name: str) -> list[pl.DataFrame]:
    """The rows of a small file of each part, in the order of the parts, all of which have it."""
    if len(parts) == 1:
        return [pl.read_parquet(parts[0].path / name, glob=False, hive_partitioning=False)]
    rows = rows_in(parts, name)
    if rows is None:
        return []
    nothing = rows.drop("part").clear()
    frames = rows.partition_by("part", as_dict=True, include_key=False)
    return [frames.get((part.id,), nothing) for part in parts]


def rows_in(parts: Sequence[Part], name: str) -> pl.DataFrame | None:
    """The rows of a small file of each part that has it, with `part`; None if none has."""
    paths = [path for part in parts if (path := part.file(name)) is not None]
    if not paths:
        return None
    rows = scan_files(paths).collect()
    return rows.with_columns(part_of(rows[FILE], parts)).drop(FILE)
