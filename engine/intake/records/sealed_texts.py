"""The raw text of suspended records, sealed under the carrier's key.

Whoever has a home and not its key sees why and where a record is suspended, and how long it is.
AES-SIV makes its nonce out of the text and of the record's address, so that there is none to
draw, to count or to use twice, and the same intake gives the same bytes. The address is bound in:
a text that was moved to another record does not open.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from doisoat.engine.files.part_events import rows_in
from doisoat.engine.files.slices import write_table
from doisoat.engine.intake.forms.raw_chunks import Address, Form, Reader
from doisoat.engine.intake.records.accounting import FileAccount
from doisoat.engine.keys.pseudonym import Key
from doisoat.engine.store.commit import canonical_json
from doisoat.engine.store.file_kinds import FileKind
from doisoat.engine.store.home import Part, verify_file
from doisoat.errors import KeyFileError, StoreError
from doisoat.messages.text import message

SEALED = "sealed.parquet"
SCHEMA = pl.Schema(
    {"source": pl.Int32(), "row": pl.Int64(), "key_id": pl.String(), "sealed": pl.Binary()}
)
PURPOSE = b"doisoat: text of suspended records, 1"
KEY_BYTES = 64  # of AES-256-SIV
RESTORE = message("restore it from a copy")
PART_BYTES_MAX = 64 << 20  # Of the texts of a part; what comes after them is not kept.


class Origin(NamedTuple):
    """A file under a mapping, as parts know it: with a row, the address of a record."""

    sha256: str
    mapping_sha256: str
    kind: FileKind


def origin_of(account: FileAccount) -> Origin:
    return Origin(account.sha256, account.mapping_sha256, account.kind)


def origin_in(row: Mapping[str, Any]) -> Origin:
    """That of a row of the register, or of a table of recycled records."""
    return Origin(row["sha256"], row["mapping_sha256"], row["kind"])


class FileContext(NamedTuple):
    """What reading a record needs beside its text; sealed once a file."""

    form: Form
    subscriber: str  # as intake was told: it may be a number
    system: str


class RecordText(NamedTuple):
    """A record as its file has it. fields: of BER, whose octets alone do not tell them."""

    raw: bytes
    fields: tuple[str, ...] | None = None
    is_cut: bool = False


class Vault:
    """Seals and opens under a key of one purpose, derived from the carrier's key."""

    def __init__(self, secret: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        derive = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=PURPOSE)
        self._cipher = AESSIV(derive.derive(secret))

    def seal(self, origin: Origin, place: str, content: Mapping[str, Any]) -> bytes:
        """Args: place: what of the file this is; nothing is sealed twice at one place."""
        return self._cipher.encrypt(canonical_json(content), _bound(origin, place))

    def open(self, origin: Origin, place: str, sealed: bytes, where: str) -> dict[str, Any]:
        """StoreError if this is not what was sealed there."""
        from cryptography.exceptions import InvalidTag

        try:
            content: dict[str, Any] = json.loads(
                self._cipher.decrypt(sealed, _bound(origin, place))
            )
        except (InvalidTag, ValueError):
            raise StoreError(
                message(
                    "a sealed text is not as it was sealed: it was altered, cut short or moved"
                ),
                where,
                message(
                    "restore this file from a copy; doisoat store check tells what else was changed"
                ),
            ) from None
        return content


def _bound(origin: Origin, place: str) -> list[bytes]:
    return [text.encode() for text in (*origin, place)]


def vault_of(key: Key, key_id: str, where: str) -> Vault:
    """The vault of what was sealed under the key of this id; KeyFileError if it is another."""
    secret = key.secret_of(key_id)
    if secret is None:
        raise KeyFileError(
            message(
                "its texts are sealed under key {key_id}, the key at hand is {key}",
                key_id=key_id,
                key=key.id,
            ),
            where,
            message("give the key that these records were taken in with, by --key"),
        )
    return Vault(secret)


class FileSuspense(NamedTuple):
    """Records of a file that are suspended, and all that is needed to keep their text."""

    origin: Origin
    reader: Reader
    rows: set[int]
    subscriber: str
    system: str
    fields: Mapping[int, tuple[str, ...]]


def keep_texts(
    folder: Path, files: Mapping[int, FileSuspense], key: Key
) -> dict[tuple[int, int], Address]:
    """Find the records again, write sealed.parquet; returns the addresses by source and row."""
    vault = Vault(key.secret)
    entries: list[tuple[int, int | None, str, bytes]] = []
    addresses: dict[tuple[int, int], Address] = {}
    size = 0
    for index, file in sorted(files.items()):
        context = FileContext(file.reader.form, file.subscriber, file.system)
        about = vault.seal(file.origin, "file", _context_object(context))
        entries.append((index, None, key.id, about))
        for at in file.reader.located(file.rows):
            addresses[index, at.row] = at.address
            if at.raw is None or size >= PART_BYTES_MAX:
                continue
            text = RecordText(at.raw, file.fields.get(at.row), at.is_cut)
            entries.append((index, at.row, key.id, seal_text(vault, file.origin, at.row, text)))
            size += len(entries[-1][-1])
    if entries:
        table = pl.DataFrame(entries, SCHEMA, orient="row")
        write_table(table.sort("source", "row", nulls_last=False), folder / SEALED)
    return addresses


def seal_text(vault: Vault, origin: Origin, row: int, text: RecordText) -> bytes:
    content: dict[str, Any] = {"raw": base64.b64encode(text.raw).decode(), "is_cut": text.is_cut}
    if text.fields is not None:
        content["fields"] = list(text.fields)
    return vault.seal(origin, f"row {row}", content)


def _context_object(context: FileContext) -> dict[str, Any]:
    form = context.form
    return {
        "form": form.kind,
        "header": base64.b64encode(form.header).decode(),
        "columns": list(form.columns),
        "subscriber": context.subscriber,
        "system": context.system,
    }


def sealed_rows(parts: Sequence[Part]) -> pl.DataFrame:
    """part, source, row of the records whose text parts keep; no key is needed.

    Raises: StoreError for a file that cannot be read.
    """
    try:
        rows = rows_in(parts, SEALED)
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        for part in parts:  # the one that cannot be read is named
            if (path := part.file(SEALED)) is not None:
                _read(path)
        raise
    if rows is None:
        return pl.DataFrame(schema={"part": pl.String, "source": pl.Int32, "row": pl.Int64})
    return rows.select("part", "source", "row").drop_nulls()


def open_texts(
    part: Part, source: int, origin: Origin, rows: Iterable[int], key: Key
) -> tuple[FileContext, dict[int, RecordText]]:
    """Some records of one source file; those whose text was not kept are left out.

    Raises: KeyFileError for another key, StoreError for what is not as it was sealed.
    """
    path = part.file(SEALED)
    if path is None:
        raise StoreError(
            message(
                "its suspended records were taken in before their text was kept, or their"
                " texts went when somebody was erased"
            ),
            str(part.path),
            message("mend them at their sender, and take the file in again"),
        )
    verify_file(part, SEALED)
    wanted = pl.Series(sorted(rows), dtype=pl.Int64)
    entries = _read(path).filter(
        (pl.col("source") == source)
        & (pl.col("row").is_null() | pl.col("row").is_in(wanted.implode()))
    )
    context: FileContext | None = None
    texts: dict[int, RecordText] = {}
    vaults: dict[str, Vault] = {}
    for row, key_id, sealed in entries.select("row", "key_id", "sealed").iter_rows():
        vault = vaults.get(key_id) or vaults.setdefault(key_id, vault_of(key, key_id, str(path)))
        place = "file" if row is None else f"row {row}"
        content = vault.open(origin, place, sealed, str(path))
        if row is None:
            context = _context_of(content)
        else:
            texts[row] = _text_of(content)
    if context is None:
        raise StoreError(
            message("it does not say how its texts are to be read"),
            str(path),
            RESTORE,
        )
    return context, texts


def _context_of(content: Mapping[str, Any]) -> FileContext:
    form = Form(content["form"], base64.b64decode(content["header"]), tuple(content["columns"]))
    return FileContext(form, content["subscriber"], content["system"])


def _text_of(content: Mapping[str, Any]) -> RecordText:
    fields: Sequence[str] | None = content.get("fields")
    raw = base64.b64decode(content["raw"])
    return RecordText(raw, None if fields is None else tuple(fields), content["is_cut"])


def decoded(text: str, where: str) -> bytes:
    """Bytes that stand as base64 in a JSON file of the home."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise StoreError(message("its sealed text is cut short"), where, RESTORE) from None


def _read(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path, glob=False, hive_partitioning=False).select(SCHEMA.names())
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise StoreError(
            message("not readable: it was cut short or altered"),
            str(path),
            RESTORE,
        ) from error
