"""Records under suspense, as the commands of `doisoat suspense` find and tell them."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doisoat.messages.text import Text, message

if TYPE_CHECKING:
    import polars as pl

    from doisoat.engine.intake.records.decisions import Authorship
    from doisoat.engine.intake.records.suspense_reasons import Why
    from doisoat.engine.intake.suspense.suspense_register import Register
    from doisoat.engine.keys.pseudonym import Key
    from doisoat.engine.store.home import Home


@contextmanager
def in_hand(home: Path, *, applies: bool) -> "Iterator[tuple[Home, Register]]":
    """A home that is there, as its only writer, and its register.

    Args: applies: else nothing is written, of which the log would have to be told.
    """
    from doisoat.engine.intake.suspense.suspense_register import read_register
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.log import journal
    from doisoat.settlement.log.intake_log import logged

    open_home(home)  # A home that is not there is not made here.
    with journal.writer(home, "suspense") as opened, logged(opened) if applies else nullcontext():
        yield opened, read_register(opened)


def key_of(key_file: Path | None, home: Path) -> "Key":
    from doisoat.engine.keys.pseudonym import key_path, read_key

    return read_key(key_path(key_file, home))


def told_by(who: str, why: str) -> "Authorship":
    from doisoat.engine.intake.records.decisions import Authorship, now

    return Authorship(who, why, now())


def filtered(records: "pl.DataFrame", file: str | None, reason: str | None) -> "pl.DataFrame":
    if file is not None:
        records = _in_file(records, file)
    if reason is not None:
        sub_reason = records["sub_reason"]
        of_fields = sub_reason.str.starts_with(f"{reason}:")  # bad_units: those of every field
        records = records.filter((records["reason"] == reason) | (sub_reason == reason) | of_fields)
    return records


def _in_file(records: "pl.DataFrame", file: str) -> "pl.DataFrame":
    """Records of FILE, or of FILE.MAPPING: the first digits of each SHA-256."""
    sha256, _, mapping = file.lower().partition(".")
    named = records["sha256"].str.starts_with(sha256)
    return records.filter(named & records["mapping_sha256"].str.starts_with(mapping))


def of_file(records: "pl.DataFrame", file: str | None) -> "pl.DataFrame":
    """The records of one file; IntakeError if the digits name none, or several."""
    from doisoat.errors import IntakeError
    from doisoat.telephone import masked

    digits = file or ""
    chosen = _in_file(records, digits)
    count = chosen["sha256"].n_unique()
    if not digits or count != 1:
        raise IntakeError(
            message(
                "{count} files with suspended records have a SHA-256 that begins so", count=count
            ),
            f"--file {masked(digits[:100])}",
            message(
                "write the first digits of one of those that doisoat suspense list --json shows"
            ),
        )
    return chosen


def readings_of(register: "Register", records: "pl.DataFrame") -> tuple[str, ...]:
    """FILE.MAPPING of each mapping that read these records, where more than one did."""
    rows = records.unique(["sha256", "mapping_sha256"], maintain_order=True)
    named = {register.address_of(row).rpartition(":")[0] for row in rows.iter_rows(named=True)}
    return tuple(sorted(named)) if len(named) > 1 else ()


def refuse_events(
    home: "Home", addresses: tuple[str, ...], register: "Register | None" = None
) -> None:
    """An event that a run suspended has an id and no address: settling again recycles it.

    Args: register: where copies of an event can be named in its place.
    """
    from doisoat.errors import IntakeError
    from doisoat.settlement.explain.explain import parse_event_id

    for address in addresses:
        try:
            event = parse_event_id(address)
        except ValueError:
            continue
        copies = _copies_of(register, event) if register is not None else []
        if copies:
            named = ", ".join(copies)
            raise IntakeError(
                message("an event: what is decided is which of its records is right"),
                address,
                message(
                    "name one of {named}; doisoat suspense show tells how they differ", named=named
                ),
            )
        raise IntakeError(
            message("an event, which a run suspended: nothing of it is to be taken in again"),
            address,
            message("mend the subscriptions or the catalogue, then settle the month again"),
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


def _copies_of(register: "Register", event: int) -> list[str]:
    """The addresses of an event's copies."""
    from doisoat.engine.store.id128 import named

    rows = register.records.filter(register.records["reason"] == "conflicting").to_dicts()
    return [register.address_of(row) for row in rows if named(row, "event") == event]


COMPARED = ("carrier", "kind", "destination", "units", "duration_ms", "charged", "locality",
        "rating_group", "pack", "partial")  # fmt: skip
IDENTITIES = ("subscriber", "owner", "counterparty", "session")


def copies_told(register: "Register", row: dict[str, Any]) -> list[dict[str, Any]]:
    """Of a copy that others contradict: all copies, and what each says where they differ.

    Who is told as a pseudonym. Nothing, if the record is no copy of an event.
    """
    from doisoat.engine.intake.records.conflict import described
    from doisoat.engine.intake.records.events import EVENT, IDS

    copies = register.copies
    for name in EVENT:
        copies = copies.filter(copies[name] == row[name])
    if copies.is_empty():
        return []
    states = {
        tuple(ids): state for *ids, state in register.records.select(*IDS, "state").iter_rows()
    }
    rows = described(copies, list(register.parts.values())).to_dicts()
    says = [_shown(copy) for copy in rows]
    differ = [name for name in says[0] if len({values[name] for values in says}) > 1]
    return [
        {
            "address": register.address_of(copy),
            "file": copy["file"],
            "row": copy["row"],
            "state": states[tuple(copy[name] for name in IDS)],
            "says": {name: values[name] for name in differ},
        }
        for copy, values in zip(rows, says, strict=True)
    ]


def _shown(copy: dict[str, Any]) -> dict[str, Any]:
    from uuid import UUID

    from doisoat.engine.store.id128 import named
    from doisoat.tariffs.models.quantity import written

    who = {name: str(UUID(int=named(copy, name))) for name in IDENTITIES}
    columns = {name: copy[name] for name in COMPARED}
    return {"start_at": written(copy["start_ms"]), **columns, **who}


def why_of_record(record: dict[str, Any]) -> "Why":
    """Why a record of `record_object`'s form is suspended."""
    from doisoat.engine.intake.records.suspense_reasons import why_of

    return why_of(record["sub_reason"] or record["reason"])


def event_object(row: dict[str, Any]) -> dict[str, Any]:
    from uuid import UUID

    from doisoat.engine.store.id128 import named
    from doisoat.tariffs.models.quantity import written

    return {
        "event_id": str(UUID(int=named(row, "event"))),
        "period": row["period"],
        "carrier": row["carrier"],
        "reason": row["reason"],
        "severity": "event",
        "state": "open",
        "start_at": written(row["start_ms"]),
    }


def row_text(row: int, line: int | None) -> Text:
    """Where a record stands in its file: its row, and its line where the file has lines."""
    if line is None:
        return message("row {row}", row=row)
    return message("row {row} (line {line})", row=row, line=line)
