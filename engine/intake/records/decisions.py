"""Decisions of people on suspended records: a file each, naming the decision before it.

Nothing that was taken in is changed by a decision: it stands beside the records, which it names by
their addresses, or by the event where several records are copies of one that contradict each other.
suspense/00000001.json is the first. Each holds the SHA-256 of the file before it, so that a
decision which was altered, or taken out from between others, is found.
"""

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from doisoat.engine.intake.records.sealed_texts import Origin, Vault, decoded, vault_of
from doisoat.engine.keys.pseudonym import Key
from doisoat.engine.store.commit import digest_of, make_folder, write_json
from doisoat.engine.store.home import FORMAT_VERSION, Home
from doisoat.errors import StoreError
from doisoat.messages.text import message, message_in

RESTORE = message("restore the folder suspense/ from a copy of the home")

FOLDER = "suspense"
FORMAT_CHOOSING = 2  # of decisions of which doisoat knew nothing before it could choose copies
FORMAT_READ = 2
Action = Literal["edit", "write_off", "reopen", "choose"]
ACTIONS = get_args(Action)
CHOOSING = ("reopen", "choose")  # actions of FORMAT_CHOOSING
NAME = re.compile(r"[0-9]{8}\.json")


class RecordAt(NamedTuple):
    """A record by its address, and the digest of its raw text."""

    origin: Origin
    row: int
    raw_sha256: str


class Authorship(NamedTuple):
    """Who decided, why, and when: an ISO time with its offset."""

    who: str
    why: str
    when: str


class Sealed(NamedTuple):
    """What an edit puts in the place of a record's text; sealed, since it may hold numbers."""

    key_id: str
    columns: tuple[str, ...]  # that it sets; none where it gives the whole line
    text: bytes


class Choice(NamedTuple):
    """Which of an event's copies is right; ids of 128 bits."""

    event: int
    right: int | None  # content id; None: none of them
    wrong: tuple[int, ...]  # content ids of the others that were there to choose from

    @property
    def contents(self) -> tuple[int, ...]:
        """All that there was to choose from."""
        return self.wrong if self.right is None else (self.right, *self.wrong)


@dataclass(frozen=True, slots=True)
class Decision:
    number: int
    action: Action
    authorship: Authorship
    records: tuple[RecordAt, ...]
    edit: Sealed | None = None
    choices: tuple[Choice, ...] = ()  # of `choose`; of `reopen` with nothing chosen


class Fault(NamedTuple):
    """A decision that is not as it was written."""

    where: str
    what: str


def now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def read_decisions(home: Home) -> list[Decision]:
    """All decisions in their order; StoreError if they are not whole."""
    decisions, faults = walk(home)
    for where, fault in faults:
        raise StoreError(fault, where, RESTORE)
    return decisions


def walk(home: Home) -> tuple[list[Decision], list[Fault]]:
    """All decisions that can be read, and what is wrong with any."""
    decisions: list[Decision] = []
    faults: list[Fault] = []
    before: str | None = None
    for number, path in enumerate(files(home), start=1):
        raw = path.read_bytes()
        try:
            content = json.loads(raw)
            digest, version = content.pop("digest"), content["format_version"]
            is_newer = isinstance(version, int) and version > FORMAT_READ
            decision = None if is_newer else _decision(content)
        except (ValueError, KeyError, TypeError, AttributeError):
            text = message("not readable as a decision")
            faults.append(Fault(str(path), text))
        else:
            if decision is None:
                text = message_in(
                    "decision", "format {version} is newer than this doisoat", version=version
                )
                faults.append(Fault(str(path), text))
            elif digest != digest_of(content):
                text = message("its digest is not that of what it says")
                faults.append(Fault(str(path), text))
            elif decision.number != number or path != path_of(home, number):
                text = message("decision {number} should stand here", number=number)
                faults.append(Fault(str(path), text))
            elif content["before"] != before:
                text = message("the decision before it is not the one it names")
                faults.append(Fault(str(path), text))
            else:
                decisions.append(decision)
        before = hashlib.sha256(raw).hexdigest()
    return decisions, faults


def head(home: Home) -> str | None:
    """SHA-256 of the last decision, which names all before it; None if there is none."""
    paths = files(home)
    return hashlib.sha256(paths[-1].read_bytes()).hexdigest() if paths else None


def heads(home: Home) -> list[str]:
    """SHA-256 of each decision, in their order."""
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in files(home)]


def files(home: Home) -> list[Path]:
    """The file of each decision, in their order."""
    return sorted(path for path in home.floor(FOLDER).glob("*.json") if NAME.fullmatch(path.name))


def path_of(home: Home, number: int) -> Path:
    return home.floor(FOLDER) / f"{number:08d}.json"


def append(
    home: Home,
    action: Action,
    authorship: Authorship,
    records: Sequence[RecordAt] = (),
    edit: Sealed | None = None,
    choices: Sequence[Choice] = (),
) -> Decision:
    """Write a decision after the last one, whole or not at all. For the holder of the lock."""
    number = len(read_decisions(home)) + 1
    in_order = tuple(sorted(choices, key=lambda choice: choice.event))
    decision = Decision(number, action, authorship, tuple(sorted(records)), edit, in_order)
    content = {**_content(decision), "before": head(home)}
    make_folder(home.floor(FOLDER))
    write_json(path_of(home, number), {**content, "digest": digest_of(content)})
    return decision


def _content(decision: Decision) -> dict[str, Any]:
    rows: dict[Origin, list[tuple[int, str]]] = {}
    for record in decision.records:
        rows.setdefault(record.origin, []).append((record.row, record.raw_sha256))
    edit, is_old = decision.edit, decision.action not in CHOOSING
    return {
        "format_version": FORMAT_VERSION if is_old else FORMAT_CHOOSING,
        "number": decision.number,
        "action": decision.action,
        **decision.authorship._asdict(),
        "records": [
            {**origin._asdict(), "rows": [list(row) for row in row_numbers]}
            for origin, row_numbers in rows.items()
        ],
        "edit": edit
        and {
            "key_id": edit.key_id,
            "columns": list(edit.columns),
            "sealed": b64encode(edit.text).decode(),
        },
        **({} if is_old else {"events": [_listed(choice) for choice in decision.choices]}),
    }


def _listed(choice: Choice) -> list[str]:
    """[event, the right content or nothing, the wrong ones ...], each as 32 hex digits."""
    right = "" if choice.right is None else _hex(choice.right)
    return [_hex(choice.event), right, *map(_hex, choice.wrong)]


def _hex(number: int) -> str:
    return f"{number:032x}"


def _decision(content: Mapping[str, Any]) -> Decision:
    if content["action"] not in ACTIONS:
        raise ValueError("no action that is known")
    version, action, choices = content["format_version"], content["action"], _choices(content)
    if not isinstance(version, int) or (version > FORMAT_VERSION) != (action in CHOOSING):
        raise ValueError("no format of such a decision")
    if (choices and action not in CHOOSING) or (content["records"] and action == "choose"):
        raise ValueError("what such a decision is not about")
    content["before"]
    edit = content["edit"]
    return Decision(
        int(content["number"]),
        content["action"],
        Authorship(str(content["who"]), str(content["why"]), str(content["when"])),
        tuple(_records(content["records"])),
        edit
        and Sealed(
            edit["key_id"],
            tuple(edit["columns"]),
            decoded(edit["sealed"], f"{FOLDER}/{content['number']:08d}.json"),
        ),
        choices,
    )


def _choices(content: Mapping[str, Any]) -> tuple[Choice, ...]:
    """The choices of a decision, of each event and each of its contents one; else ValueError."""
    choices = tuple(
        Choice(int(event, 16), int(right, 16) if right else None,
               tuple(int(content_hex, 16) for content_hex in wrong))
        for event, right, *wrong in content.get("events", ())
    )  # fmt: skip
    named = [choice.event for choice in choices], *(choice.contents for choice in choices)
    if any(len(set(ids)) < len(ids) for ids in named):
        raise ValueError("an event, or a copy of one, is named twice")
    return choices


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
