"""Adjustments as a home stores them, and what later months take from them; no pseudonym in any."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from doisoat.engine.rating.rerate import IDS, OWNER
from doisoat.engine.store import commit
from doisoat.engine.store.home import ADJUSTMENTS, ID_HEX_DIGITS, Home, Part
from doisoat.engine.usage.membership import memberships, of_traits, resolved
from doisoat.engine.usage.subscriptions import SUBSCRIBER
from doisoat.settlement.log import journal
from doisoat.settlement.log.published_folder import folders_in
from doisoat.settlement.runs.adjustment_causes import CAUSE_COLUMNS, EVENT, LINE
from doisoat.settlement.runs.equal_runs import books_alike

FLOOR = ADJUSTMENTS
# Columns of a statement that an adjustment has the difference of.
OF_STATEMENT = (
    "events", "rated", "suspended", "list_value", "discount", "payable", "discount_vat", "in_kind",
    "contribution", "forbearances", "refunds", "refund", "overcharged", "overcharge", "relief",
    "recognised", "own_account",
)  # fmt: skip
# An event's id says whose it is to whoever has the usage: so somebody can be erased.
STORED_EVENT = pl.Schema({name: dtype for name, dtype in EVENT.items() if name not in OWNER})
STORED_LINE = pl.Schema({name: dtype for name, dtype in LINE.items() if name not in OWNER})


class Adjustment(NamedTuple):
    """An adjustment of a home."""

    id: str
    path: Path
    manifest: dict[str, Any]

    def read(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.path / f"{name}.parquet", glob=False, hive_partitioning=False)


def adjustment_id(of: str, into: str, before: str, after: str, times: int = 0) -> str:
    """The first 32 hex digits of the digest of what it is an adjustment of.

    Args: times: how often the same was booked before; in between it was taken back.
    """
    identity: dict[str, object] = {"of": of, "into": into, "before": before, "after": after}
    if times:
        identity["times"] = times
    return commit.digest_of(identity)[:ID_HEX_DIGITS]


def adjustments(home: Home) -> Iterator[Adjustment]:
    """Those that are there, by id. StoreError for one whose manifest cannot be read."""
    for path, manifest in folders_in(home.path / FLOOR):
        yield Adjustment(path.name, path, manifest)


def booked(home: Home) -> list[Adjustment]:
    """The adjustments that the log tells of, in its order."""
    by_id = {adjustment.id: adjustment for adjustment in adjustments(home)}
    logged = [entry["adjustment"] for entry in journal.entries(home) if "adjustment" in entry]
    return [by_id[name] for name in dict.fromkeys(logged) if name in by_id]


def adjustments_between(home: Home, period: str, before: object, after: object) -> list[Adjustment]:
    """The adjustments of a period that lead from one of its runs to another, in their order.

    A run with nothing to book against one that they lead from or to stands for it.
    """
    chain = [link for link in booked(home) if link.manifest["of"] == period]
    led = dict.fromkeys(link.manifest[name] for link in chain for name in ("before", "after"))
    folders = home.floor("runs")

    def stood_for(run: object) -> object:
        if run is None or run in led:
            return run
        alike = (name for name in led if books_alike(folders / name, folders / str(run)))
        return next(alike, run)

    return links_between(chain, stood_for(before), stood_for(after))


def links_between(chain: Sequence[Adjustment], before: object, after: object) -> list[Adjustment]:
    """The shortest stretch of a period's adjustments from one run to another.

    Args: chain: all of the period, each from where the one before led to; a run that was taken
        back, and came again, is in it more than once.
    Returns: none where no stretch leads there.
    """
    starts = [at for at, link in enumerate(chain) if link.manifest["before"] == before]
    ends = [at for at, link in enumerate(chain) if link.manifest["after"] == after]
    stretches = [(end - start, start, end) for start in starts for end in ends if start <= end]
    if before == after or not stretches:
        return []
    _, start, end = min(stretches)
    return list(chain[start : end + 1])


def carried_by_owner(
    carried: Sequence[Adjustment], usage: Sequence[Part], subscriptions: pl.DataFrame
) -> pl.DataFrame:
    """By OWNER, the CAUSE_COLUMNS of the earliest event that adjustments moved.

    Args: usage: the parts of the home, which say whose event it is; subscriptions: of all times:
        an event that names no account is the account's of which its subscriber was a member.
    """
    schema = {name: EVENT[name] for name in (*OWNER, *CAUSE_COLUMNS)}
    rows = pl.concat(
        [pl.DataFrame(schema=STORED_EVENT), *(adjustment.read("event") for adjustment in carried)]
    )
    if rows.is_empty():
        return pl.DataFrame(schema=schema)
    moved, frames = rows.select(IDS).unique().lazy(), []
    for part in usage:
        if not part.buckets:
            continue
        events = (
            pl.scan_parquet(part.buckets, glob=False, hive_partitioning=False)
            .select(*IDS, *OWNER, *SUBSCRIBER, "start_ms", "trait")
            .join(moved, on=IDS, how="semi")
            .collect()
        )
        frames.append(of_traits(events, pl.read_parquet(part.path / "trait.parquet", glob=False)))
    if not frames:
        return pl.DataFrame(schema=schema)
    owners = pl.concat(frames).unique(IDS, keep="first", maintain_order=True)
    drawn = resolved(owners, memberships(subscriptions)).select(*IDS, *OWNER)
    return (
        rows.join(drawn, on=IDS, how="inner")
        .sort(*OWNER, "start_ms", *IDS, "cause")
        .unique(OWNER, keep="first", maintain_order=True)
        .select(*schema)
    )
