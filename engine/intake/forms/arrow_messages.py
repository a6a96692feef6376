"""The messages of Arrow IPC, walked and checked before anything reads them.

No length that a file claims is believed: each must fit the bytes that are there. The layout is that
of Arrow's columnar format, "Serialization and Interprocess Communication".
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from doisoat.messages.text import TextError, message

FILE_MAGIC = b"ARROW1"
STREAM_MAGIC = b"\xff\xff\xff\xff"  # the mark before each message
END = STREAM_MAGIC + bytes(4)
FOOTER_END = struct.Struct("<i6s")  # length of the footer before it, magic
BLOCK = struct.Struct("<qi4xq")  # where a batch stands, bytes of its metadata and of its body
METADATA_BYTES_MAX = 1 << 24
BATCH_BYTES_MAX = 1 << 30  # of one batch, packed or not, and of all dictionaries
BATCH_ROWS_MAX = 1 << 26
SCHEMA, DICTIONARY, BATCH = 1, 2, 3  # kinds of messages
# Places of the fields in the tables of the format's schema (Message.fbs, File.fbs).
MESSAGE_KIND, MESSAGE_HEADER, MESSAGE_BODY_BYTES = 1, 2, 3
BATCH_ROWS, BATCH_NODES, BATCH_BUFFERS, BATCH_COMPRESSION = 0, 1, 2, 3
DICTIONARY_BATCH = 1
FOOTER_DICTIONARIES, FOOTER_BATCHES = 2, 3


@dataclass(frozen=True, slots=True)
class Message:
    """Where a message stands, mark and all, and how many rows it holds."""

    kind: int
    offset: int
    size: int
    rows: int = 0


class Table:
    """A table of the metadata; struct.error or ValueError where it leads out of it."""

    def __init__(self, raw: bytes, at: int) -> None:
        self.raw, self.at = raw, at
        self.fields = at - self._number("<i", at)

    def _number(self, form: str, at: int) -> int:
        if at < 0:
            raise TextError(message("an offset before its beginning"))
        number: int = struct.unpack_from(form, self.raw, at)[0]
        return number

    def _place(self, field: int) -> int | None:
        at = 4 + 2 * field
        if at + 2 > self._number("<H", self.fields):
            return None
        offset = self._number("<H", self.fields + at)
        return self.at + offset if offset else None

    def number(self, field: int, form: str) -> int:
        place = self._place(field)
        return 0 if place is None else self._number(form, place)

    def table(self, field: int) -> "Table | None":
        place = self._place(field)
        return None if place is None else Table(self.raw, place + self._number("<I", place))

    def structs(self, field: int, form: str) -> list[tuple[int, ...]]:
        """A vector of structs of that form."""
        place = self._place(field)
        if place is None:
            return []
        width = struct.calcsize(form)
        start = place + self._number("<I", place)
        count = self._number("<I", start)
        if start + 4 + width * count > len(self.raw):
            raise TextError(message("a list longer than its message"))
        return list(struct.iter_unpack(form, self.raw[start + 4 : start + 4 + width * count]))


def walk_stream(stream: BinaryIO, size: int) -> Iterator[Message]:
    """The messages of a stream of `size` bytes, in order; it must end where they end.

    Raises: ValueError, struct.error where it is no sound stream. A stream without an end mark is
    one, since writers that break off leave none: the last message is then not followed by one.
    """
    at = 0
    stream.seek(0)
    while mark := stream.read(8):
        if mark == END:
            if at + 8 != size:
                raise TextError(message("something else stands behind its end"))
            yield Message(0, at, 8)
            return
        sent = read_message(stream, at, size)
        yield sent
        at += sent.size
        stream.seek(at)


def walk_file(stream: BinaryIO, size: int) -> Iterator[Message]:
    """The dictionaries and batches that the footer of a file names, each once.

    Raises: ValueError, struct.error where it is no sound file.
    """
    if size < 8 + FOOTER_END.size:
        raise TextError(message("cut short"))
    stream.seek(size - FOOTER_END.size)
    length, magic = FOOTER_END.unpack(stream.read(FOOTER_END.size))
    start = size - FOOTER_END.size - length
    if magic != FILE_MAGIC:
        raise TextError(
            message("its end is not that of an Arrow file: cut short, or more stands behind")
        )
    if not 0 < length <= METADATA_BYTES_MAX or start < 8:
        raise TextError(message("a footer of an impossible length"))
    stream.seek(start)
    raw = stream.read(length)
    footer = Table(raw, struct.unpack_from("<I", raw)[0])
    blocks = [
        (offset, metadata_bytes, body_bytes, kind)
        for field, kind in ((FOOTER_DICTIONARIES, DICTIONARY), (FOOTER_BATCHES, BATCH))
        for offset, metadata_bytes, body_bytes in footer.structs(field, BLOCK.format)
    ]
    end = 8
    for offset, metadata_bytes, body_bytes, kind in sorted(blocks):
        if offset < end:
            raise TextError(message("two batches in one place"))
        sent = read_message(stream, offset, start)
        if sent.kind != kind or sent.size != metadata_bytes + body_bytes:
            raise TextError(message("its footer says another thing than its batches"))
        end = offset + sent.size
    for offset, _, _, kind in blocks:
        if kind == BATCH:
            yield read_message(stream, offset, start)


def read_message(stream: BinaryIO, at: int, size: int) -> Message:
    """The message at a place of a file that ends at `size`; ValueError if it cannot be one."""
    stream.seek(at)
    mark = stream.read(8)
    if len(mark) < 8 or not mark.startswith(STREAM_MAGIC):
        raise TextError(message("cut short, or damaged between two messages"))
    length = struct.unpack("<i", mark[4:])[0]
    if not 0 < length <= METADATA_BYTES_MAX:
        raise TextError(message("a message of an impossible length"))
    metadata = stream.read(length)
    if len(metadata) < length:
        raise TextError(message("cut short in a message"))
    start = at + 8 + length

    def body(offset: int, count: int) -> bytes:
        stream.seek(start + offset)
        return stream.read(count)

    sent = _message(metadata, at, body)
    if at + sent.size > size:
        raise TextError(message("cut short in a batch"))
    return sent


def _message(metadata: bytes, offset: int, body: Callable[[int, int], bytes]) -> Message:
    """Read a message's metadata; ValueError if what it claims of its body cannot be."""
    table = Table(metadata, struct.unpack_from("<I", metadata)[0])
    kind = table.number(MESSAGE_KIND, "<B")
    body_bytes = table.number(MESSAGE_BODY_BYTES, "<q")
    header = table.table(MESSAGE_HEADER)
    if header is None or kind not in (SCHEMA, DICTIONARY, BATCH):
        raise TextError(message("a message of an unknown kind"))
    if not 0 <= body_bytes <= BATCH_BYTES_MAX:
        raise TextError(
            message("a batch of more than {batch_bytes_max} bytes", batch_bytes_max=BATCH_BYTES_MAX)
        )
    rows = 0
    if kind == DICTIONARY:
        header = header.table(DICTIONARY_BATCH)
    if kind != SCHEMA and header is not None:
        rows = _check_batch(header, body_bytes, body)
    return Message(kind, offset, 8 + len(metadata) + body_bytes, rows)


def _check_batch(batch: Table, body_bytes: int, body: Callable[[int, int], bytes]) -> int:
    """How many rows a batch has; ValueError unless all its lengths fit its body."""
    rows = batch.number(BATCH_ROWS, "<q")
    nodes, buffers = batch.structs(BATCH_NODES, "<qq"), batch.structs(BATCH_BUFFERS, "<qq")
    if not 0 <= rows <= BATCH_ROWS_MAX:
        raise TextError(
            message("a batch of more than {batch_rows_max} rows", batch_rows_max=BATCH_ROWS_MAX)
        )
    if any(not 0 <= nulls <= length <= BATCH_ROWS_MAX for length, nulls in nodes):
        raise TextError(message("a column of an impossible length"))
    if any(start < 0 or size < 0 or start + size > body_bytes for start, size in buffers):
        raise TextError(message("a column that lies outside its batch"))
    if batch.table(BATCH_COMPRESSION) is not None:
        unpacked = [struct.unpack("<q", body(start, 8))[0] for start, size in buffers if size >= 8]
        if any(size < -1 for size in unpacked) or sum(unpacked) > BATCH_BYTES_MAX:
            raise TextError(
                message(
                    "a batch that unpacks to more than {batch_bytes_max} bytes",
                    batch_bytes_max=BATCH_BYTES_MAX,
                )
            )
    return rows
