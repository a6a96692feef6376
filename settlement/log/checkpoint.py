"""Checkpoints: the size and root of a home's log, signed; with a short form for papers.

The text of a checkpoint is that of C2SP's tlog-checkpoint: whose log it is, its size, its root,
then lines of our own, "NAME VALUE". A signature on it is a witness of every entry up to its size.
The short form has the size and 160 bits of the root: whoever has the paper and the log can tell
whether the log still begins with what the paper saw, with no key at all.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from typing import NamedTuple

from doisoat.errors import StoreError
from doisoat.messages.text import message
from doisoat.settlement.log.merkle import Tree, leaf_hash

ORIGIN = "doisoat/"
ORIGIN_HEX_DIGITS = 32
SHORT_BYTES = 20  # of the root: 160 bits
SHORT = re.compile(r"DS1-([0-9]+)((?:-[A-Z2-7]{4}){8})-([A-Z2-7]{4})")
FIELD = re.compile(r"([a-z_]+) ([^\n]+)")


class Checkpoint(NamedTuple):
    """A log's beginning, and what its signer said along with it."""

    origin: str
    size: int
    root: bytes
    fields: Mapping[str, str]

    @property
    def text(self) -> str:
        """What is signed; ends in a line end."""
        field_lines = "".join(f"{name} {value}\n" for name, value in self.fields.items())
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\n{field_lines}"

    @property
    def short(self) -> str:
        return short_form(self.size, self.root)


def origin_of(first: bytes) -> str:
    """Whose log it is that begins with this entry: a copy has this name too, no other log has."""
    return origin_of_leaf(leaf_hash(first))


def origin_of_leaf(digest: bytes) -> str:
    """`origin_of` an entry of which only the digest is known."""
    return ORIGIN + digest.hex()[:ORIGIN_HEX_DIGITS]


def read_checkpoint(text: str, where: str) -> Checkpoint:
    """A checkpoint's text as it was signed; StoreError if it is none."""
    lines = text.split("\n")
    try:
        origin, size, root, *field_lines, end = lines
        fields = [FIELD.fullmatch(line) for line in field_lines]
        checkpoint = Checkpoint(
            origin,
            int(size),
            base64.b64decode(root, validate=True),
            {field[1]: field[2] for field in fields if field is not None},
        )
    except ValueError as error:
        raise _no_checkpoint(where) from error
    if end or not origin.startswith(ORIGIN) or checkpoint.text != text:
        raise _no_checkpoint(where)
    return checkpoint


def _no_checkpoint(where: str) -> StoreError:
    return StoreError(
        message("not a checkpoint of a log of doisoat"),
        where,
        message("take it as it was written"),
    )


def short_form(size: int, root: bytes) -> str:
    """DS1-SIZE-XXXX-…: the size, 160 bits of the root in base 32, and 20 that find a slip."""
    root_text = base64.b32encode(root[:SHORT_BYTES]).decode()
    groups = "-".join(root_text[at : at + 4] for at in range(0, len(root_text), 4))
    return f"DS1-{size}-{groups}-{_check(size, root_text)}"


def _check(size: int, root_text: str) -> str:
    return base64.b32encode(hashlib.sha256(f"{size} {root_text}".encode()).digest()).decode()[:4]


class Short(NamedTuple):
    """The short form as it was read off a paper."""

    size: int
    root: bytes  # its first SHORT_BYTES

    def is_of(self, tree: Tree) -> bool:
        """Does the log of this tree begin with what the paper saw?"""
        return self.size <= len(tree) and tree.root(self.size)[:SHORT_BYTES] == self.root


def read_short(text: str, where: str) -> Short:
    """The short form as it was typed: blanks and small letters are all one.

    Raises: StoreError if it is none, or was mistyped.
    """
    match = SHORT.fullmatch(re.sub(r"\s", "", text).upper())
    root_text = match[2].replace("-", "") if match else ""
    if match is None or _check(int(match[1]), root_text) != match[3]:
        raise StoreError(
            message("not a checkpoint as papers print it, or mistyped"),
            where,
            message("type it whole, from DS1 to the last four letters"),
        )
    return Short(int(match[1]), base64.b32decode(root_text))
