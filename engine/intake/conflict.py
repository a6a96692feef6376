"""Events that records contradict each other about: every copy is suspended, wherever it lies.

Which copies there are, and which of them stands for the event in a run, follows from the records
alone: neither from the parts they came in, nor from the order of intakes.
"""

from collections.abc import Callable, Sequence

import polars as pl

from doisoat.engine.blake2b import RowsDigest
from doisoat.engine.home import Part
from doisoat.engine.intake.convert import EVENT_SCHEMA
from doisoat.engine.intake.events import CONTENT, EVENT, IDS, conflicts

CONFLICT = "conflict.parquet"  # the copies that a part suspends, each as an event
COPIES = pl.Schema({**EVENT_SCHEMA, "part": pl.String(), "is_stored": pl.Boolean()})


def conflicting_copies(
    parts: Sequence[Part], without: Callable[[Part], Sequence[int]] = lambda part: ()
) -> pl.DataFrame:
    """The distinct copies over all usage parts, ordered by event, then content: COPIES.

    `part` says whose trait codes a row has. A copy that an earlier part holds as an event is
    stored: who reads that part's events must leave it out. without: the numbers of the sources of
    a part that are looked past, as if they had not been taken in.
    """
    frames = [pl.DataFrame(schema=COPIES)]
    for part in parts:
        path = part.file(CONFLICT)
        if path is not None:
            rows = pl.scan_parquet(path, glob=False).filter(~_is_of(without(part)))
            frames.append(_of_part(rows, part, is_stored=False))
    ids = conflicts(parts, without)
    # An intake stores no copy of what it contradicts itself; a part made of several may.
    if ids.height and (len(parts) > 1 or any(part.replaces for part in parts)):
        for part in parts:
            if part.buckets:
                stored = pl.scan_parquet(part.buckets, glob=False, hive_partitioning=False)
                stored = stored.filter(~_is_of(without(part)))
                stored = stored.join(ids.lazy(), on=EVENT, how="semi")
                frames.append(_of_part(stored, part, is_stored=True))
    return pl.concat(frames).sort(*IDS, "is_stored", "part").unique(IDS, keep="last").sort(*IDS)


def _is_of(sources: Sequence[int]) -> pl.Expr:
    return pl.col("source").is_in(list(sources))


def _of_part(rows: pl.LazyFrame, part: Part, *, is_stored: bool) -> pl.DataFrame:
    named = rows.with_columns(part=pl.lit(part.id), is_stored=pl.lit(is_stored))
    return named.select(COPIES.names()).collect()


def standing(copies: pl.DataFrame) -> pl.DataFrame:
    """One copy an event, that of the least content digest: its owner and time are the event's."""
    return copies.unique(EVENT, keep="first", maintain_order=True)


def conflict_digest(copies: pl.DataFrame, begin_ms: int, end_ms: int) -> str | None:
    """Names the contradictions that touch [begin, end); None if there are none."""
    touched = copies.filter((pl.col("start_ms") >= begin_ms) & (pl.col("start_ms") < end_ms))
    rows = copies.join(touched.select(EVENT).unique(), on=EVENT, how="semi").sort(*EVENT, *CONTENT)
    if rows.is_empty():
        return None
    digest = RowsDigest()
    digest.update(rows.select(IDS), IDS)
    return digest.hexdigest()
