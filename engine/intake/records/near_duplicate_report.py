"""An intake's report on near-duplicates: calls and messages that look recorded twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from doisoat.engine.files.near_duplicates import NEAR_SECONDS, Events, events_of, near_duplicates
from doisoat.engine.intake.records.accounting import FileAccount, NearDuplicate
from doisoat.engine.intake.records.event_index import EventIndex
from doisoat.engine.intake.records.events import CONFLICTING, EVENT, conflicts
from doisoat.engine.intake.records.usage_part import Written
from doisoat.engine.store.home import Part

SHOWN = 10
THIS = ""  # the part in the making has no id yet


@dataclass(frozen=True, slots=True)
class Nearness:
    """How many of the new events are near to another, and the first of them by time."""

    count: int
    shown: tuple[NearDuplicate, ...]


def nearness(
    accounts: Sequence[FileAccount],
    folder: Path,
    written: Written,
    judged: pl.DataFrame,
    parts: Sequence[Part],
    index: EventIndex | None,
    calls: Mapping[str, pl.DataFrame],
) -> Nearness:
    """Of a part that lies in `folder` as it will be published, and of the parts of the home.

    Args: index: of the parts' event ids, where there is one; calls: by part, THIS too, `calls_of`
        its events, where these are at hand.
    """
    if written.start_ms_min is None or written.start_ms_max is None:
        return Nearness(0, ())
    new = Events(
        THIS,
        tuple(sorted(folder.glob("bucket=*.parquet"))),
        folder / "trait.parquet",
        tuple(1_000 * account.near_seconds for account in accounts),
        written.events,
        (written.start_ms_min, written.start_ms_max),
        calls.get(THIS),
    )
    new_conflicts = judged.filter(pl.col("outcome") == CONFLICTING).select(EVENT)

    def contradicted(ids: pl.Series) -> pl.DataFrame:
        knowing = parts if index is None else index.parts_with(ids, parts)
        return pl.concat([conflicts(knowing), new_conflicts])

    seconds = [a.near_seconds for a in accounts] + [
        source.get("near_seconds", NEAR_SECONDS)
        for part in parts
        for source in part.manifest["sources"]
    ]
    since = written.start_ms_min - 1_000 * max(seconds)
    until = written.start_ms_max + 1_000 * max(seconds)
    stored = [
        replace(events, calls=calls.get(part.id))
        for part in parts
        if part.manifest["counts"]["events"]
        and part.manifest["start_ms_min"] <= until
        and part.manifest["start_ms_max"] >= since
        and (events := events_of(part)) is not None
    ]
    pairs = near_duplicates(stored, contradicted, new=new)
    first = pairs.head(SHOWN)
    names = {THIS: [account.name for account in accounts]}
    for part in parts:
        if part.id in {*first["part"], *first["near_part"]}:
            source = part.path / "source.parquet"
            table = pl.read_parquet(source, glob=False, hive_partitioning=False).sort("source")
            names[part.id] = table["name"].to_list()
    shown = tuple(
        NearDuplicate(
            names[pair["part"]][pair["source"]],
            pair["row"],
            names[pair["near_part"]][pair["near_source"]],
            pair["near_row"],
            pair["kind"],
            pair["apart_ms"],
        )
        for pair in first.iter_rows(named=True)
    )
    return Nearness(pairs.height, shown)
