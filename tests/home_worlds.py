"""A home's events as worlds for kernel and oracle: a few owners each, with all that they did."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from doisoat.engine.intake.master.master_tables import BY_NAME, standing
from doisoat.engine.intake.records.conflict import conflicting_copies
from doisoat.engine.oracle import oracle
from doisoat.engine.store.home import open_home, read_parts
from doisoat.engine.usage import stored_parts as stored
from doisoat.settlement.figures.period import Period
from doisoat.settlement.rerating.owner_replay import event_of, ports_called, subscription_of
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue, load_package

OWNER = ["owner_hi", "owner_lo"]
AUGUST = Period.of("2021-08")
EVENTS = 400  # an owner more is another world
NOTHING: pl.DataFrame = pl.DataFrame(schema={"event_hi": pl.UInt64, "event_lo": pl.UInt64})


def worlds_of(path: Path, first: int = 0) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """(its name, its inputs as both implementations take them) of each world, bucket by bucket."""
    home = open_home(path)
    usage, master = read_parts(home, "usage"), read_parts(home, "master")
    catalogue = load_catalogue(bundled_catalogue())
    package = load_package("vn-2021-08", {})
    traits = [pl.read_parquet(part.path / "trait.parquet").sort("trait") for part in usage]
    texts = pl.concat(traits).with_columns(trait=pl.int_range(pl.len(), dtype=pl.UInt32))
    people, packs = (
        _by_owner(standing(master, BY_NAME[name])) for name in ("subscription", "pack")
    )
    ports = standing(master, BY_NAME["port"])
    copies = conflicting_copies(usage).select(NOTHING.columns).unique()
    for bucket in range(first, home.buckets):
        name = home.bucket_name(bucket)
        events = stored.scan_bucket(usage, name, traits, copies, NOTHING.clear())
        if events is None:
            continue
        for place, group in enumerate(_groups(events)):
            found = group.join(texts, on="trait", how="left", maintain_order="left")
            given = [event_of(row) for row in found.iter_rows(named=True)]
            owners = {event.owner for event in given}
            yield (
                f"bucket {bucket}, world {place}",
                (
                    catalogue,
                    package,
                    [subscription_of(row) for owner in owners for row in people.get(owner, ())],
                    list(ports_called(ports, given)),
                    given,
                    (AUGUST.begin_ms, AUGUST.end_ms),
                    [open_pack(owner, row) for owner in owners for row in packs.get(owner, ())],
                ),
            )


def _groups(events: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Whole owners, as many as come to EVENTS."""
    counts = events.group_by(OWNER, maintain_order=True).len().get_column("len")
    first = length = 0
    for count in counts:
        length += count
        if length >= EVENTS:
            yield events.slice(first, length)
            first, length = first + length, 0
    if length:
        yield events.slice(first, length)


def _by_owner(frame: pl.DataFrame) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for row in frame.iter_rows(named=True):
        found.setdefault(row["owner_hi"] << 64 | row["owner_lo"], []).append(row)
    return found


def open_pack(owner: int, row: dict[str, Any]) -> oracle.OpenPack:
    left = tuple(int(units) for units in row["left"].split(";")) if row["left"] else ()
    return oracle.OpenPack(owner, row["pack"], row["bought_ms"], row["price_paid"], left)
