"""The files of a row's events, as a carrier would send them: subscribers, usage and their mapping.

Columns are made whole, never row by row: a published count may be of a million messages.
"""

from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import yaml

from doisoat.engine.store.file_kinds import FileKind
from doisoat.settlement.validation.published_totals import PublishedTotal

SECONDS_OF_DAY = 86_400
CIVIL = "%Y-%m-%d %H:%M:%S"


class MadeFile(NamedTuple):
    """A file to be taken in: as `engine.intake.file_intake.take_in` takes it."""

    path: Path
    mapping: str
    kind: FileKind


def write_events(row: PublishedTotal, folder: Path) -> tuple[MadeFile, MadeFile]:
    """Write the subscribers and the events of a row, spread evenly over its day."""
    events, people = row.events, row.subscribers
    mapping = folder / f"{row.id}.yaml"
    mapping.write_text(yaml.safe_dump(_mapping(row), allow_unicode=True), "utf-8")
    numbers = _numbers(pl.int_range(people, eager=True), events.first_number)
    subscribers = folder / f"{row.id}-subscribers.parquet"
    pl.DataFrame({"number": numbers}).with_columns(
        account=pl.lit(""),
        valid_from=pl.lit(f"{events.day:%Y-%m}-01 00:00:00"),
        valid_until=pl.lit(""),
    ).write_parquet(subscribers)
    usage, place = folder / f"{row.id}-usage.parquet", pl.int_range(row.count, eager=True)
    seconds = place * SECONDS_OF_DAY // row.count
    pl.DataFrame(
        {
            "key": pl.select(pl.lit(f"{row.id}/") + pl.lit(place).cast(pl.String)).to_series(),
            "number": numbers.gather(place % people),
            "started": pl.select(
                (pl.lit(events.day).cast(pl.Datetime("ms")) + pl.duration(seconds=pl.lit(seconds)))
                .dt.to_string(CIVIL)
            ).to_series(),
        }
    ).write_parquet(usage)  # fmt: skip
    return (
        MadeFile(subscribers, str(mapping), "subscriptions"),
        MadeFile(usage, str(mapping), "usage"),
    )


def _numbers(places: pl.Series, first: str) -> pl.Series:
    """Numbers that follow the first one, as long as it is."""
    return (places + int(first)).cast(pl.String).str.zfill(len(first)).alias("number")


def _mapping(row: PublishedTotal) -> dict[str, Any]:
    """What is alike in all records stands here; the files have what differs."""
    events = row.events
    alike = {
        "carrier": events.carrier, "kind": events.kind, "units": str(events.units),
        "other": events.to, "host": events.host, "pack": events.pack, "action": events.action,
        "charged": events.charged, "locality": events.home_locality,
    }  # fmt: skip
    if events.kind == "voice":
        alike["duration"] = alike.pop("units")
    person = {
        "carrier": events.carrier, "plan": events.plan, "segment": events.segment,
        "payment": events.payment, "home_locality": events.home_locality,
    }  # fmt: skip
    usage: dict[str, Any] = {
        "name": "events",
        "key": {"columns": ["key"]},
        "destination": "plan",
        "data_unit": "bytes",
        "fields": {
            "subscriber": {"column": "number"},
            "started": {"column": "started", "form": "civil"},
            **{name: {"constant": text} for name, text in alike.items() if text},
        },
    }
    _, point, decimals = events.charged.partition(".")
    if point:
        usage["fields"]["charged"] |= {"decimal": point, "decimals": len(decimals)}
    if events.destination is not None:
        place = "data_destination" if events.kind == "data" else "destination"
        usage[place] = f"class:{events.destination}"
    if "duration" in usage["fields"]:
        usage["fields"]["duration"]["unit"] = "ms"
    subscriptions = {
        "name": "subscribers",
        "fields": {
            "number": {"column": "number"},
            "account": {"column": "account"},
            "valid_from": {"column": "valid_from", "form": "civil"},
            "valid_until": {"column": "valid_until", "form": "civil"},
            **{name: {"constant": text} for name, text in person.items()},
        },
    }
    return {
        "name": "published", "title": f"Events of the published total {row.id}",
        "source_system": "published", "usage": [usage], "subscriptions": [subscriptions],
    }  # fmt: skip
