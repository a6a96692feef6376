"""Conflicts: records that contradict each other about an event wait in suspense for a decision.

Which copies there are, and which of them stands for the event in a run, follows from the records
alone: neither from the parts they came in, nor from the order of intakes. A decision that names the
right copy ends it: that one is then an event like any other. It holds for the copies that were
there to choose from; once another content comes in, all are suspended again.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from doisoat.engine.arrow.blake2b import RowsDigest
from doisoat.engine.files.part_events import FILE, part_of, scan_parts
from doisoat.engine.intake.records.decisions import Choice, Decision, read_decisions
from doisoat.engine.intake.records.event_index import EventIndex
from doisoat.engine.intake.records.events import CONTENT, EVENT, IDS, conflicts
from doisoat.engine.store.event_columns import EVENT_SCHEMA
from doisoat.engine.store.home import Home, Part
from doisoat.engine.store.id128 import halves

CONFLICT = "conflict.parquet"  # the copies that a part suspends, each as an event
PART_COPIES = pl.Schema({**EVENT_SCHEMA, "part": pl.String(), "is_stored": pl.Boolean()})
COPIES = pl.Schema(
    {
        **PART_COPIES,
        "is_chosen": pl.Boolean(),  # the right one, by the decision in force
        "decision": pl.Int64(),  # its number; null: undecided
    }
)
CHOICES = pl.Schema(
    {
        **dict.fromkeys(IDS, pl.UInt64()),
        "is_right": pl.Boolean(),
        "names_one": pl.Boolean(),  # is any copy of the event right?
        "decision": pl.Int64(),
    }
)


def choices_of(decisions: Sequence[Decision]) -> pl.DataFrame:
    """CHOICES: what was decided last of each event, a row a content that there was to choose."""
    last: dict[int, tuple[Choice, int]] = {}
    for decision in decisions:
        for choice in decision.choices:
            last[choice.event] = choice, decision.number
            if decision.action == "reopen":
                del last[choice.event]
    rows = [
        (
            *halves(event),
            *halves(content),
            content == choice.right,
            choice.right is not None,
            number,
        )
        for event, (choice, number) in last.items()
        for content in choice.contents
    ]
    return pl.DataFrame(rows, CHOICES, orient="row")


NO_CHOICES = choices_of(())


def conflicting_copies(
    parts: Sequence[Part],
    choices: pl.DataFrame = NO_CHOICES,
    without: Callable[[Part], Sequence[int]] = lambda part: (),
    index: EventIndex | None = None,
) -> pl.DataFrame:
    """The distinct copies over all usage parts, ordered by event, then content: COPIES.

    `part` says whose trait codes a row has. A copy that an earlier part holds as an event is
    stored: who reads that part's events must leave it out.

    Args: choices: CHOICES; without: the numbers of the sources of a part that are looked past, as
        if they had not been taken in; index: of the parts' event ids, for who may trust it: no
        figure may.
    """

    def conflict_files(part: Part) -> list[Path]:
        path = part.file(CONFLICT)
        return [] if path is None else [path]

    frames = [
        _of_parts(scan, parts, is_stored=False)
        for scan in scan_parts(parts, conflict_files, without)
    ]
    ids = conflicts(parts, without)
    # An intake stores no copy of what it contradicts itself; a part made of several may.
    if ids.height and (len(parts) > 1 or any(part.replaces for part in parts)):
        first = pl.col(EVENT[0]).is_in(ids[EVENT[0]].unique().implode())
        knowing = parts if index is None else index.parts_with(ids[EVENT[0]], parts)
        for scan in scan_parts(knowing, lambda part: part.buckets, without):
            stored = _of_parts(scan.filter(first), parts, is_stored=True)
            frames.append(stored.join(ids, on=EVENT, how="semi"))
    if not frames:
        return pl.DataFrame(schema=COPIES)
    distinct = pl.concat(frames).sort(*IDS, "is_stored", "part").unique(IDS, keep="last").sort(*IDS)
    return decided(distinct, choices)


def copies_in(home: Home, parts: Sequence[Part]) -> pl.DataFrame:
    """COPIES over all usage parts of a home, as its decisions stand.

    Raises: StoreError if the decisions are not whole.
    """
    return conflicting_copies(parts, choices_of(read_decisions(home)))


def decided(copies: pl.DataFrame, choices: pl.DataFrame) -> pl.DataFrame:
    """COPIES of PART_COPIES: which of them are chosen, and by which decision each event is decided.

    A decision holds where it knew all copies that there are, and the right one is among them.
    """
    joined = copies.join(choices, on=list(IDS), how="left", maintain_order="left")
    knows_all = pl.col("is_right").is_not_null().all().over(EVENT)
    is_there = (pl.col("is_right") | ~pl.col("names_one")).any().over(EVENT)
    holds = knows_all & is_there
    return joined.with_columns(
        is_chosen=(holds & pl.col("is_right")).fill_null(False),
        decision=pl.when(holds).then("decision"),
    ).select(COPIES.names())


def _of_parts(rows: pl.LazyFrame, parts: Sequence[Part], *, is_stored: bool) -> pl.DataFrame:
    """Copies that were scanned: PART_COPIES."""
    copies = rows.select(*EVENT_SCHEMA, FILE).collect()
    named = copies.with_columns(part_of(copies[FILE], parts), is_stored=pl.lit(is_stored))
    return named.select(PART_COPIES.names())


def standing(copies: pl.DataFrame) -> pl.DataFrame:
    """One copy an event: the chosen one; undecided that of the least content digest.

    Its owner and time are the event's.
    """
    if copies.is_empty():
        return copies
    first = copies.sort(*EVENT, ~pl.col("is_chosen"), *CONTENT)
    return first.unique(EVENT, keep="first", maintain_order=True)


def undecided(standing: pl.DataFrame) -> pl.DataFrame:
    """Of the standing copies those that are suspended: no decision names the right one."""
    return standing.filter(~pl.col("is_chosen"))


def described(copies: pl.DataFrame, parts: Sequence[Part]) -> pl.DataFrame:
    """COPIES in their order, each with the texts of its trait, and its file: name as `file`, sha256
    and mapping_sha256.

    Args: copies: at least one; parts: all that they lie in.
    """
    frames = []
    numbered = copies.with_row_index("_place")
    for part in parts:
        part_copies = numbered.filter(pl.col("part") == part.id)
        if part_copies.is_empty():
            continue
        trait, source = (
            pl.read_parquet(part.path / name, glob=False, hive_partitioning=False)
            for name in ("trait.parquet", "source.parquet")
        )
        files = source.select("source", "sha256", "mapping_sha256", file="name")
        frames.append(part_copies.join(trait, on="trait").join(files, on="source"))
    return pl.concat(frames).sort("_place").drop("_place")


def conflict_digest(copies: pl.DataFrame, begin_ms: int, end_ms: int) -> str | None:
    """Names the contradictions that touch [begin, end); None if there are none."""
    if copies.is_empty():
        return None
    return _digest(_touching(copies, begin_ms, end_ms))


def chosen_digest(copies: pl.DataFrame, begin_ms: int, end_ms: int) -> str | None:
    """Names the chosen copies of contradictions that touch [begin, end); None without any."""
    if copies.is_empty():
        return None
    return _digest(_touching(copies, begin_ms, end_ms).filter("is_chosen"))


def _touching(copies: pl.DataFrame, begin_ms: int, end_ms: int) -> pl.DataFrame:
    touched = copies.filter((pl.col("start_ms") >= begin_ms) & (pl.col("start_ms") < end_ms))
    return copies.join(touched.select(EVENT).unique(), on=EVENT, how="semi").sort(*EVENT, *CONTENT)


def _digest(rows: pl.DataFrame) -> str | None:
    if rows.is_empty():
        return None
    digest = RowsDigest()
    digest.update(rows.select(IDS), IDS)
    return digest.hexdigest()
