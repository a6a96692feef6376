"""Layout of a workbook's archive in its file: entry after entry, each as its directory lists it.

A program that goes by the directory and one that goes from entry to entry must find the same parts,
or two readers of one file see two books.
"""

import struct
import zipfile
from typing import IO, Final

from doisoat.messages.text import Text, message

LOCAL: Final = struct.Struct("<4s2xHH4xIIIHH")  # mark, flags, method, crc, packed, size, name, more
MARK: Final = b"PK\3\4"
HAS_DESCRIPTOR: Final = 1 << 3
DESCRIPTOR_BYTES: Final = (12, 16, 20, 24)  # with its mark or without, of 32 or 64 bits
IN_64_BITS: Final = 0xFFFF_FFFF
METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def fault_of(file: IO[bytes], infos: list[zipfile.ZipInfo], directory: int) -> Text | None:
    """What keeps an archive from being read in one way; None if nothing does.

    Args: infos: of its directory; directory: where it begins, in bytes.
    """
    end = 0
    descriptors: tuple[int, ...] = (0,)
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset - end not in descriptors:
            return message("bytes lie between its parts")
        file.seek(info.header_offset)
        head = file.read(LOCAL.size)
        if len(head) < LOCAL.size:
            return message("a part is cut off")
        mark, flags, method, crc, packed, size, name, more = LOCAL.unpack(head)
        entry_name = file.read(name)
        is_later = bool(flags & HAS_DESCRIPTOR)
        is_same = (
            mark == MARK
            and entry_name == info.orig_filename.encode("ascii", "replace")
            and info.filename == info.orig_filename
            and method == info.compress_type
            and method in METHODS
            and _same(crc, info.CRC, is_later)
            and (packed == IN_64_BITS or _same(packed, info.compress_size, is_later))
            and (size == IN_64_BITS or _same(size, info.file_size, is_later))
        )
        if not is_same:
            return message(
                "part {filename}: its own header differs from the directory",
                filename=repr(info.filename[:60]),
            )
        end = info.header_offset + LOCAL.size + name + more + info.compress_size
        descriptors = DESCRIPTOR_BYTES if is_later else (0,)
    if directory - end not in descriptors:
        return message("bytes lie before its directory")
    return None


def _same(stated: int, listed: int, is_later: bool) -> bool:
    """Does an entry state what its directory lists, unless it states it after its content?"""
    return stated == (0 if is_later and stated == 0 else listed)
