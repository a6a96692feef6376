"""Reads the JSON and text files of a pack as sent by somebody who may mean harm.

No file is read that is longer than one of its kind can be, no number is taken that no doisoat
writes, and what is wrong is a fault of the file, by its name: never a traceback, never no end.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from doisoat.engine.store import commit
from doisoat.errors import system_text
from doisoat.messages.text import Text, TextError, message, message_in
from doisoat.settlement.log.published_folder import Finding
from doisoat.settlement.packs.contents import (
    CATALOGUE_FILE,
    LOG,
    RUN_MANIFEST,
    SHARDS,
    SIGNERS,
    is_plain,
)

MIB = 1 << 20
# The most bytes that such a file has; a log of a million entries is below its.
BYTES_MAX: Mapping[str, int] = {
    commit.MANIFEST: 16 * MIB, RUN_MANIFEST: 256 * MIB, LOG: 2048 * MIB, SIGNERS: MIB, SHARDS: MIB,
    CATALOGUE_FILE: 256 * MIB,
}  # fmt: skip
ENTRIES_MAX = 1_000_000  # of a log, however short they are
DIGITS_MAX = 18  # of a whole number: the size of a file, or an amount as a number


class FaultError(Exception):
    """A file of a pack that cannot be what it should be, as a finding."""

    def __init__(self, path: Path, fault: Text) -> None:
        super().__init__(path, fault)
        self.finding = Finding(str(path), fault)


def content_of(folder: Path, name: str) -> bytes:
    """A file whole. Raises: FaultError if it is missing, no plain file, or too long."""
    path = folder / name
    try:
        if not is_plain(path):
            raise FaultError(path, message_in("a file", "missing"))
        if path.stat().st_size > BYTES_MAX[name]:
            raise FaultError(
                path,
                message(
                    "longer than {most} bytes, the most that it can have", most=BYTES_MAX[name]
                ),
            )
        return path.read_bytes()
    except OSError as error:
        raise FaultError(
            path, message("not readable: {error}", error=system_text(error))
        ) from error


def lines_of_log(folder: Path) -> list[bytes]:
    """The whole lines of a pack's log, each without its end. Raises: FaultError as `content_of`, or
    for more than any log has."""
    content = content_of(folder, LOG)
    count = content.count(b"\n")
    if count > ENTRIES_MAX:
        raise FaultError(
            folder / LOG,
            message("it has {count} entries, of {most} at most", count=count, most=ENTRIES_MAX),
        )
    return content.split(b"\n")[:-1]


def text_of(folder: Path, name: str) -> str:
    """Raises: FaultError as `content_of`, or for what is no UTF-8."""
    try:
        return content_of(folder, name).decode("utf-8")
    except UnicodeDecodeError as error:
        raise FaultError(folder / name, message("not UTF-8")) from error


def object_of(folder: Path, name: str) -> dict[str, Any]:
    """A file that is a JSON object. Raises: FaultError as `content_of`, or if it is none."""
    return parsed_object(content_of(folder, name), folder / name)


def parsed_object(content: bytes, path: Path) -> dict[str, Any]:
    """A JSON object: each key once, whole numbers of at most DIGITS_MAX digits, no depth without
    end. Raises: FaultError for what is none."""
    try:
        parsed = _DECODER.decode(content.decode("utf-8"))
        commit.canonical_json(parsed)  # half a letter is JSON, and can be written by nobody
    except RecursionError as error:
        raise FaultError(path, message("nested too deep")) from error
    except TextError as error:
        raise FaultError(path, error.text) from error
    except ValueError as error:
        raise FaultError(path, message("not JSON")) from error
    if not isinstance(parsed, dict):
        raise FaultError(path, message("not a JSON object"))
    return parsed


def _digits(text: str) -> int:
    if len(text) > DIGITS_MAX:
        raise TextError(
            message(
                "it has a number of {count} digits, of {digits_max} at most",
                count=len(text),
                digits_max=DIGITS_MAX,
            )
        )
    return int(text)


def _no_constant(text: str) -> None:
    raise TextError(message("it has {text}, which is no number", text=text))


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for key, value in pairs:
        if key in fields:
            raise TextError(message("a key stands there twice"))
        fields[key] = value
    return fields


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_int=_digits, parse_constant=_no_constant)
