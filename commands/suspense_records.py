"""Records under suspense, as the commands of `doisoat suspense` find and tell them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from doisoat.engine.home import Home
    from doisoat.engine.intake.decisions import Told
    from doisoat.engine.intake.register import Register
    from doisoat.engine.pseudonym import Key


@contextmanager
def in_hand(home: Path) -> "Iterator[tuple[Home, Register]]":
    """A home that is there, as its only writer, and its register."""
    from doisoat.engine.home import open_home, writer
    from doisoat.engine.intake.register import read_register

    open_home(home)  # A home that is not there is not made here.
    with writer(home, "suspense") as held:
        yield held, read_register(held)


def key_of(given: Path | None, home: Path) -> "Key":
    from doisoat.engine.pseudonym import key_path, read_key

    return read_key(key_path(given, home))


def told_by(who: str, why: str) -> "Told":
    from doisoat.engine.intake.decisions import Told, now

    return Told(who, why, now())


def filtered(records: "pl.DataFrame", file: str | None, reason: str | None) -> "pl.DataFrame":
    if file is not None:
        records = records.filter(records["sha256"].str.starts_with(file.lower()))
    if reason is not None:
        records = records.filter((records["reason"] == reason) | (records["sub_reason"] == reason))
    return records


def by_address(register: "Register", addresses: tuple[str, ...]) -> "pl.DataFrame":
    import polars as pl

    from doisoat.engine.intake.register import find

    return pl.concat([find(register, address) for address in addresses]).unique()


def refuse_events(home: "Home", addresses: tuple[str, ...]) -> None:
    """An event that a run suspended has an id and no address: settling again recycles it."""
    from doisoat.errors import IntakeError
    from doisoat.settlement.explain import parse_event_id

    for address in addresses:
        try:
            parse_event_id(address)
        except ValueError:
            continue
        raise IntakeError(
            "an event, which a run suspended: nothing of it is to be taken in again",
            address,
            "mend the subscriptions or the catalogue, then settle the month again",
        )


def record_object(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "file": row["name"],
        "sha256": row["sha256"],
        "mapping": row["mapping"],
        "kind": row["kind"],
        "row": row["row"],
        "line": row["line"],
        "offset": row["offset"],
        "reason": row["reason"],
        "sub_reason": row["sub_reason"] or None,
        "severity": "record",
        "state": row["state"],
        "text_kept": row["has_text"],
        "raw_sha256": row["raw_sha256"],
    }


def reason_vi(record: dict[str, Any]) -> str:
    from doisoat.engine.intake.reasons import SAID_VI, SubReason

    return SAID_VI[SubReason(record["sub_reason"] or "")]


def event_object(row: dict[str, Any]) -> dict[str, Any]:
    from datetime import datetime, timedelta
    from uuid import UUID

    start = datetime(1970, 1, 1) + timedelta(milliseconds=row["start_ms"])
    return {
        "event_id": str(UUID(int=(row["event_hi"] << 64) + row["event_lo"])),
        "period": row["period"],
        "carrier": row["carrier"],
        "reason": row["reason"],
        "severity": "event",
        "state": "open",
        "start_at": start.isoformat(" ", "milliseconds"),
    }
