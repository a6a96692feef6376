"""Messages that JavaScript makes: `t("English", { field })`, `t.in("context", "English")`, and
`t.n("{count} row", "{count} rows", { count })` of one that differs by how many there are.

The same reading of a source serves the check of the catalogue and the server, which sends the page
the words that its sources use. It is no parser of JavaScript: what it cannot read, it refuses.
"""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

CALL = re.compile(r"(?<![\w$])t(\.in|\.n)?\(")
LITERAL = re.compile(r'"(?:[^"\\\n]|\\.)*"')
NAME = re.compile(r"[A-Za-z_]\w*")
OPENING, CLOSING, QUOTES = "([{", ")]}", "\"'`"


class PageMessage(NamedTuple):
    """A message where a source makes it."""

    context: str | None
    key: str
    fields: frozenset[str]
    line: int
    many: str | None = None


class UnreadableCall(ValueError):
    """A call whose key is not a literal, or whose fields are not written as an object."""


def messages_in(source: str) -> Iterator[PageMessage]:
    """Each message of a source. Raises: UnreadableCall, with the line."""
    for call in CALL.finditer(source):
        line = source.count("\n", 0, call.start()) + 1
        texts, at = [], call.end()
        while literal := LITERAL.match(source, at):
            texts.append(json.loads(literal[0]))
            at = literal.end()
            at += len(", ") if source.startswith(", ", at) else 0
        fields: frozenset[str] = frozenset()
        if source.startswith("{", at):
            fields, at = _fields(source, at)
        if len(texts) != (2 if call[1] else 1) or not source.startswith(")", at):
            snippet = source[call.start() : call.start() + 60].partition("\n")[0]
            raise UnreadableCall(f"{line}: not a literal and an object of fields: {snippet}")
        match call[1]:
            case ".in":
                yield PageMessage(texts[0], texts[1], fields, line)
            case ".n":
                yield PageMessage(None, texts[0], fields, line, texts[1])
            case _:
                yield PageMessage(None, texts[0], fields, line)


def _fields(source: str, at: int) -> tuple[frozenset[str], int]:
    """The names of an object that begins at a brace, and where it ends."""
    names: set[str] = set()
    depth, is_name_next = 0, True
    while at < len(source):
        char = source[at]
        if char in QUOTES:
            at = _end_of_text(source, at)
            continue
        if char in OPENING:
            depth += 1
        elif char in CLOSING:
            depth -= 1
            if depth == 0:
                return frozenset(names), at + 1
        elif depth == 1 and char == ",":
            is_name_next = True
        elif depth == 1 and is_name_next and (name := NAME.match(source, at)):
            names.add(name[0])
            is_name_next, at = False, name.end()
            continue
        at += 1
    raise UnreadableCall("an object without an end")


def _end_of_text(source: str, at: int) -> int:
    """Behind a text that begins with a quote or a backtick."""
    quote, at = source[at], at + 1
    while source[at : at + 1] not in ("", quote):
        if quote == "`" and source.startswith("${", at):
            _, at = _fields(source, at + 1)
        else:
            at += 2 if source[at] == "\\" else 1
    return at + 1
