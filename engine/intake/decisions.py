"""What people decided about suspended records: a file a decision, each naming the one before.

Nothing that was taken in is changed by a decision: it stands beside the records, which it names by
their addresses. suspense/00000001.json is the first. Each holds the SHA-256 of the file before it,
so that a decision which was altered, or taken out from between others, is found.
"""

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

from doisoat.engine.commit import digest_of, make_folder, write_json
from doisoat.engine.home import FORMAT_VERSION, Home
from doisoat.engine.intake.sealed import Origin, Vault, decoded, vault_of
from doisoat.engine.pseudonym import Key
from doisoat.errors import StoreError

FOLDER = "suspense"
Action = Literal["edit", "write_off"]
NAME = re.compile(r"[0-9]{8}\.json")


class RecordAt(NamedTuple):
    """A record by its address, and the digest of its raw text."""

    origin: Origin
    row: int
    raw_sha256: str


class Told(NamedTuple):
    """Who decided, why, and when: an ISO time with its offset."""

    who: str
    why: str
    when: str


class Sealed(NamedTuple):
    """What an edit puts in the place of a record's text; sealed, since it may hold numbers."""

    key_id: str
    columns: tuple[str, ...]  # that it sets; none where it gives the whole line
    text: bytes


@dataclass(frozen=True, slots=True)
class Decision:
    number: int
    action: Action
    told: Told
    records: tuple[RecordAt, ...]
    edit: Sealed | None


class Fault(NamedTuple):
    """A decision that is not as it was written."""

    where: str
    what: str


def now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def read_decisions(home: Home) -> list[Decision]:
    """All decisions in their order; StoreError if they are not whole."""
    decisions, faults = walk(home)
    for where, what in faults:
        raise StoreError(what, where, "restore the folder suspense/ from a copy of the home")
    return decisions


def walk(home: Home) -> tuple[list[Decision], list[Fault]]:
    """All decisions that can be read, and what is wrong with any."""
    decisions: list[Decision] = []
    faults: list[Fault] = []
    before: str | None = None
    for number, path in enumerate(_files(home), start=1):
        raw = path.read_bytes()
        try:
            content = json.loads(raw)
            digest = content.pop("digest")
            decision = _decision(content)
        except (ValueError, KeyError, TypeError):
            faults.append(Fault(str(path), "not readable as a decision"))
        else:
            if content["format_version"] > FORMAT_VERSION:
                newer = f"format {content['format_version']} is newer than this doisoat"
                faults.append(Fault(str(path), newer))
            elif digest != digest_of(content):
                faults.append(Fault(str(path), "its digest is not that of what it says"))
            elif decision.number != number or path != path_of(home, number):
                faults.append(Fault(str(path), f"decision {number} should stand here"))
            elif content["before"] != before:
                faults.append(Fault(str(path), "the decision before it is not the one it names"))
            else:
                decisions.append(decision)
        before = hashlib.sha256(raw).hexdigest()
    return decisions, faults


def head(home: Home) -> str | None:
    """SHA-256 of the last decision, which names all before it; None if there is none."""
    files = _files(home)
    return hashlib.sha256(files[-1].read_bytes()).hexdigest() if files else None


def _files(home: Home) -> list[Path]:
    return sorted(path for path in home.floor(FOLDER).glob("*.json") if NAME.fullmatch(path.name))


def path_of(home: Home, number: int) -> Path:
    return home.floor(FOLDER) / f"{number:08d}.json"


def append(
    home: Home, action: Action, told: Told, records: Sequence[RecordAt], edit: Sealed | None = None
) -> Decision:
    """Write a decision after the last one, whole or not at all. For the holder of the lock."""
    number = len(read_decisions(home)) + 1
    decision = Decision(number, action, told, tuple(sorted(records)), edit)
    content = {**_content(decision), "before": head(home)}
    make_folder(home.floor(FOLDER))
    write_json(path_of(home, number), {**content, "digest": digest_of(content)})
    return decision


def _content(decision: Decision) -> dict[str, Any]:
    rows: dict[Origin, list[tuple[int, str]]] = {}
    for record in decision.records:
        rows.setdefault(record.origin, []).append((record.row, record.raw_sha256))
    edit = decision.edit
    return {
        "format_version": FORMAT_VERSION,
        "number": decision.number,
        "action": decision.action,
        **decision.told._asdict(),
        "records": [
            {**origin._asdict(), "rows": [list(row) for row in some]}
            for origin, some in rows.items()
        ],
        "edit": edit
        and {
            "key_id": edit.key_id,
            "columns": list(edit.columns),
            "sealed": b64encode(edit.text).decode(),
        },
    }


def _decision(content: Mapping[str, Any]) -> Decision:
    if content["action"] not in ("edit", "write_off"):
        raise ValueError("no action that is known")
    content["format_version"], content["before"]
    edit = content["edit"]
    return Decision(
        int(content["number"]),
        content["action"],
        Told(str(content["who"]), str(content["why"]), str(content["when"])),
        tuple(_records(content["records"])),
        edit
        and Sealed(
            edit["key_id"],
            tuple(edit["columns"]),
            decoded(edit["sealed"], f"{FOLDER}/{content['number']:08d}.json"),
        ),
    )


def _records(files: Sequence[Mapping[str, Any]]) -> Iterator[RecordAt]:
    for file in files:
        origin = Origin(file["sha256"], file["mapping_sha256"], file["kind"])
        for row, raw_sha256 in file["rows"]:
            yield RecordAt(origin, int(row), str(raw_sha256))


class Change(NamedTuple):
    """What an edit says instead: the whole line, then fields by column over what the line says."""

    line: str | None
    fields: dict[str, str]


def seal_change(change: Change, at: RecordAt, number: int, key: Key) -> Sealed:
    """Seal an edit for the decision of that number."""
    content = {"line": change.line, "fields": change.fields}
    text = Vault(key.secret).seal(at.origin, _place(at, number), content)
    return Sealed(key.id, tuple(sorted(change.fields)), text)


def open_change(decision: Decision, key: Key) -> Change:
    """What an edit says; KeyFileError for another key, StoreError if it was altered."""
    where = f"{FOLDER}/{decision.number:08d}.json"
    assert decision.edit is not None
    (at,) = decision.records
    vault = vault_of(key, decision.edit.key_id, where)
    content = vault.open(at.origin, _place(at, decision.number), decision.edit.text, where)
    return Change(content["line"], dict(content["fields"]))


def sealed_digest(decision: Decision) -> str:
    """SHA-256 of an edit as it is sealed, which tells it apart and tells nothing of it."""
    assert decision.edit is not None
    return hashlib.sha256(decision.edit.text).hexdigest()


def _place(at: RecordAt, number: int) -> str:
    return f"row {at.row}, decision {number}"
