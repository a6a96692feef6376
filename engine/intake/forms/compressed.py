"""Files packed by gzip or zstd, read as a stream: nothing is unpacked to a disk.

What comes out is what the packed file holds, whole, or IntakeError: the check sums must be right,
the last member must end where the file ends, and no more may come out than a call record's text
can honestly be packed to.
"""

import io
import sys
import zlib
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any, BinaryIO, Protocol

from doisoat.engine.intake.forms.raw_chunks import ASK_AGAIN, READ_BYTES, SourceFile
from doisoat.errors import IntakeError
from doisoat.messages.text import Text, message, text_of_error

UNPACKED_BYTES_MAX = 1 << 36  # 64 GiB: more than a month of 100 million records
RATIO_MAX = 100  # Records that differ in number and time pack to a tenth, hardly to a thirtieth.
RATIO_FREE_BYTES = 64 << 20  # So much is harmless, however small the file is.
WINDOW_LOG_MAX = 27  # 128 MiB: what `zstd --long` writes, and what a reader must hold

PIECE_BYTES = 1 << 16  # given at once: what stands behind a member is copied for the next
GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
NAMES = {GZIP: "gzip", ZSTD: "zstd"}
SKIPPABLE = b"\x2a\x4d\x18"  # after 0x50 to 0x5f: a frame of zstd that holds no content
UNPACK = {GZIP: "gunzip FILE", ZSTD: "zstd -d FILE"}


class Unpacker(Protocol):
    """One member (gzip) or frame (zstd), fed piece by piece."""

    @property
    def eof(self) -> bool:
        """Has its end been read, and were its check sums right?"""
        ...

    @property
    def needs_input(self) -> bool:
        """Can it give nothing more of what it was given?"""
        ...

    @property
    def unused_data(self) -> bytes:
        """At its end: what was given beyond it."""
        ...

    def unpack(self, packed: bytes, most: int) -> bytes:
        """At most so many bytes of content; b'' where more must be given first."""
        ...


class _GzipMember:
    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def needs_input(self) -> bool:
        return not self._inflate.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    def unpack(self, packed: bytes, most: int) -> bytes:
        return self._inflate.decompress(self._inflate.unconsumed_tail + packed, most)


class _ZstdFrame:
    def __init__(self) -> None:
        zstd = _zstd()

        options = {zstd.DecompressionParameter.window_log_max: WINDOW_LOG_MAX}
        self._frame: Any = zstd.ZstdDecompressor(options=options)

    @property
    def eof(self) -> bool:
        return bool(self._frame.eof)

    @property
    def needs_input(self) -> bool:
        return bool(self._frame.needs_input)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._frame.unused_data)

    def unpack(self, packed: bytes, most: int) -> bytes:
        return bytes(self._frame.decompress(packed, most))


def unpacks_too_far(unpacked: int, size: int) -> Text | None:
    """What is wrong with a file of `size` bytes that came to so many so far; None: nothing."""
    if unpacked > UNPACKED_BYTES_MAX:
        most = UNPACKED_BYTES_MAX >> 30
        size_text = message("more than {most} GiB", most=most)
    elif unpacked > RATIO_FREE_BYTES and unpacked > RATIO_MAX * size:
        size_text = message("more than {ratio_max} times its size", ratio_max=RATIO_MAX)
    else:
        return None
    return message("it unpacks to {size_text}: no file of records does", size_text=size_text)


def packing_of(head: bytes) -> bytes | None:
    """The magic number of the packing that a file's first bytes tell; None if it has none."""
    if head[1:4] == SKIPPABLE and head[0] >> 4 == 5:
        return ZSTD
    return next((magic for magic in NAMES if head.startswith(magic)), None)


def open_content(file: SourceFile) -> BinaryIO:
    """The content of a file, unpacked as it is read; never seek in it."""
    with open(file.path, "rb") as stream:
        magic = packing_of(stream.read(4))
    if magic is None:
        return open(file.path, "rb")
    return io.BufferedReader(_Unpacked(file, magic), READ_BYTES)


class _Unpacked(io.RawIOBase):
    """The content of all members of a packed file, one after the other."""

    def __init__(self, file: SourceFile, magic: bytes) -> None:
        super().__init__()
        self._file, self._stream, self._magic = file, io.FileIO(file.path), magic
        self._faults, self._member = _packing(magic, file)
        self._unpacker: Unpacker = self._member()
        self._rest = b""  # read of the file, and not yet given to the member at hand
        self._unpacked = 0

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._stream.close()
        super().close()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while True:
            if self._unpacker.eof and not self._next_member():
                return 0
            content = self._content(len(buffer))
            if content:
                buffer[: len(content)] = content
                self._unpacked += len(content)
                self._check_size()
                return len(content)

    def _content(self, most: int) -> bytes:
        """Some content of the member at hand; b'' if it gave none this time."""
        piece, wants = b"", self._unpacker.needs_input
        if wants:
            piece, self._rest = self._rest or self._stream.read(PIECE_BYTES), b""
        try:
            content = self._unpacker.unpack(piece, most)
        except self._faults as error:
            raise self._damaged(text_of_error(error)) from error
        if wants and not piece and not content and not self._unpacker.eof:
            raise self._damaged(message("it is cut short"))
        return content

    def _next_member(self) -> bool:
        """Is there one more? What stands behind a member must begin one."""
        rest = self._unpacker.unused_data
        if len(rest) < len(ZSTD):
            rest += self._stream.read(PIECE_BYTES)
        if not rest:
            return False
        if packing_of(rest[:4]) != self._magic:
            raise self._damaged(message("something else stands behind its end"))
        self._unpacker, self._rest = self._member(), rest
        return True

    def _check_size(self) -> None:
        fault = unpacks_too_far(self._unpacked, self._file.size)
        if fault is not None:
            raise IntakeError(
                fault,
                self._file.name,
                message(
                    "{ask_again}; if it is sound, unpack it and give what comes out",
                    ask_again=ASK_AGAIN,
                ),
            )

    def _damaged(self, fault: Text) -> IntakeError:
        packing = NAMES[self._magic]
        return IntakeError(
            message("damaged {packing} data: {fault}", packing=packing, fault=fault),
            self._file.name,
            ASK_AGAIN,
        )


def _packing(
    magic: bytes, file: SourceFile
) -> tuple[type[Exception] | tuple[type[Exception], ...], Callable[[], Unpacker]]:
    """(what its library raises, its members' unpacker)."""
    if magic == GZIP:
        return zlib.error, _GzipMember
    try:
        zstd = _zstd()
    except ImportError:
        raise IntakeError(
            message("compressed by zstd, and the package backports.zstd is not installed"),
            file.name,
            message(
                "install it (pip install backports.zstd), or unpack the file with: zstd -d FILE"
            ),
        ) from None
    return zstd.ZstdError, _ZstdFrame


def _zstd() -> ModuleType:
    """Python's own module from 3.14 on, else the same from PyPI."""
    return import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
