"""Text files of any declared encoding: their content as UTF-8, and what all readers of lines share.

An encoding is declared, never guessed: but text that plainly is of another one is refused. What
cannot be decoded stays a byte that is no UTF-8, so that it breaks its own line and no other.
"""

import codecs
import io
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import BinaryIO

from doisoat.engine.intake.forms.compressed import open_content
from doisoat.engine.intake.forms.lines import BLOCK_BYTES, Block, blocks_of, located_lines
from doisoat.engine.intake.forms.raw_chunks import (
    READ_BYTES,
    Chunk,
    Counts,
    Form,
    Located,
    SourceFile,
)
from doisoat.engine.intake.mapping.mapping import Layout
from doisoat.engine.tables.delimited import RECORD_BYTES_MAX, UTF8_MARK, WIDE_MARKS
from doisoat.errors import IntakeError
from doisoat.messages.text import message, message_in

CODECS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}  # by the byte order mark
CONTINUED = bytes(range(0x80, 0xC0))  # what a cut piece of UTF-8 may begin with
CUT_UNIT = b"\xff"  # stands for what is left of a last character: no UTF-8
SETTLING_BYTES = 4  # more than a letter of UTF-8 has
HELD_CHARACTERS_MAX = 1 << 20  # of text without an ASCII character; no record is as long
NAMES = {"utf-8": "UTF-8", "utf-16": "UTF-16", "windows-1258": "windows-1258"}


def open_text(file: SourceFile, encoding: str) -> BinaryIO:
    """The content of a file as UTF-8, unpacked and decoded as it is read; never seek in it."""
    if encoding == "utf-8":
        return open_content(file)
    return io.BufferedReader(_Recoded(file, encoding), READ_BYTES)


def may_be(head: bytes, encoding: str) -> bool:
    """Can a text that begins so be of this encoding?"""
    if encoding == "utf-16":
        return head.startswith(WIDE_MARKS)
    if head.startswith(WIDE_MARKS):
        return False
    if encoding == "windows-1258":
        return not head.startswith(UTF8_MARK) and not _is_utf8(head)
    return True


def of_other_encoding(file: SourceFile, head: bytes, layouts: Sequence[Layout]) -> IntakeError:
    """The refusal of a text that is of none of the encodings that a mapping's layouts declare."""
    declared = ", ".join(dict.fromkeys(NAMES[layout.encoding] for layout in layouts))
    if head.startswith(WIDE_MARKS):
        fault, mend = message("UTF-16 text"), message_in("delimited", "save it as UTF-8")
        mend = message("set encoding: utf-16 in the mapping's layout, or {mend}", mend=mend)
    elif head.startswith(UTF8_MARK) or _is_utf8(head):
        return declared_otherwise(file, declared)
    else:
        fault = message("no UTF-16 text: it begins with no byte order mark")
        mend = message("leave encoding out of the mapping's layout, or set windows-1258 there")
    return IntakeError(fault, file.name, mend)


def _is_utf8(head: bytes) -> bool:
    """Is it UTF-8, as far as it goes, with letters that tell it from other encodings?"""
    try:
        return not codecs.getincrementaldecoder("utf-8")().decode(head).isascii()
    except UnicodeDecodeError:
        return False


class _Recoded(io.RawIOBase):
    """Text of another encoding as UTF-8. Of windows-1258, letters and their tones become one."""

    def __init__(self, file: SourceFile, encoding: str) -> None:
        super().__init__()
        self._file, self._stream = file, open_content(file)
        self._is_wide = encoding == "utf-16"
        codec = encoding
        if self._is_wide:
            codec = CODECS.get(self._stream.read(2), "utf-16-le")
        self._faults = "surrogatepass" if self._is_wide else "surrogateescape"
        self._decoder = codecs.getincrementaldecoder(codec)(self._faults)
        self._is_settled = self._is_wide  # is it known that it is no UTF-8?
        self._held = ""  # a tone may still follow its last letter
        self._ready = b""

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._stream.close()
        super().close()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._ready:
            piece = self._stream.read(READ_BYTES)
            self._ready = self._recoded(piece)
            if not piece:
                break
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def _recoded(self, piece: bytes) -> bytes:
        if not piece:
            left, self._held = self._held, ""
            unread, _ = self._decoder.getstate()
            self._decoder.reset()
            return self._encoded(left) + (CUT_UNIT if unread else b"")
        if not self._is_settled and not piece.isascii():
            if _is_utf8(piece.lstrip(CONTINUED)):
                raise declared_otherwise(self._file, "windows-1258")
            self._is_settled = len(piece) > SETTLING_BYTES
        text = self._decoder.decode(piece)
        if self._is_wide:
            return self._encoded(text)
        text = self._held + text
        cut = _last_ascii(text)
        if len(text) - cut > HELD_CHARACTERS_MAX:
            cut = len(text)
        self._held = text[cut:]
        return self._encoded(text[:cut])

    def _encoded(self, text: str) -> bytes:
        if not self._is_wide:
            text = unicodedata.normalize("NFC", text)
        return text.encode("utf-8", self._faults)


def declared_otherwise(file: SourceFile, declared: str) -> IntakeError:
    """The refusal of UTF-8 that a mapping declares to be of another encoding."""
    return IntakeError(
        message("UTF-8 text, and the mapping declares {declared}", declared=declared),
        file.name,
        message("leave encoding out of the mapping's layout"),
    )


def _last_ascii(text: str) -> int:
    """The place of the last ASCII character, with which a mark behind it may become one."""
    if text.isascii():
        return max(0, len(text) - 1)
    place = len(text)
    while place and not text[place - 1].isascii():
        place -= 1
    return max(0, place - 1)


class LinesReader(ABC):
    """A text whose records are lines, under one layout: its lines as chunks, found again by row."""

    layout: Layout
    form: Form
    has_header: bool
    start = 0  # bytes of the UTF-8 text before its first line
    first_line = 1  # which line of the file that is
    block_bytes = BLOCK_BYTES

    def __init__(self, file: SourceFile, encoding: str) -> None:
        """Raises: IntakeError where its lines end by a lone CR."""
        self.file, self.encoding, self.counts = file, encoding, Counts()
        with open_text(file, encoding) as stream:
            self.head = stream.read(RECORD_BYTES_MAX)
        if b"\n" not in self.head and b"\r" in self.head:
            raise IntakeError(
                message("its lines end by a lone CR"),
                file.name,
                message("turn them: tr '\\r' '\\n' <FILE"),
            )
        self.start = len(UTF8_MARK) if self.head.startswith(UTF8_MARK) else 0

    def blocks(self) -> Iterator[Block]:
        """The file as blocks of whole lines, after its header."""
        return blocks_of(
            self.file,
            self.start,
            has_header=self.has_header,
            first_line=self.first_line,
            block_bytes=self.block_bytes,
            opened=partial(open_text, self.file, self.encoding),
        )

    def chunks(self) -> Iterator[Callable[[], Chunk]]:
        """The chunks in order, each still to be read."""
        for block in self.blocks():
            self.counts.blank_lines += block.blank_lines
            if block.is_cut:
                self.counts.notes.append(
                    message(
                        "line {line} has no line end: it may be cut short, so it is suspended",
                        line=block.line,
                    )
                )
            yield partial(self.parse, block)

    @abstractmethod
    def parse(self, block: Block) -> Chunk:
        """The records of a block of lines."""

    def offset_of(self, offset: int) -> int | None:
        """The place of a line in its file; None where the file has other bytes than its text."""
        return offset if self.encoding == "utf-8" else None

    def located(self, rows: set[int]) -> Iterator[Located]:
        """Read the file again for the addresses and the raw text of a few records."""
        for found in located_lines(self.blocks(), rows):
            offset = found.address.offset
            if self.encoding != "utf-8" and offset is not None:
                yield found._replace(address=replace(found.address, offset=None))
            else:
                yield found


def lines_in(head: bytes, start: int) -> list[bytes]:
    """The first lines of a text, without their ends."""
    return [line.removesuffix(b"\r") for line in head[start:].split(b"\n")]
