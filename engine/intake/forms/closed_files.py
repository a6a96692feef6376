"""Files of which nobody can read a record: workbooks that are locked or old, and lock files."""

from pathlib import Path
from typing import BinaryIO

from doisoat.engine.intake.forms.raw_chunks import READ_BYTES, SourceFile
from doisoat.errors import IntakeError
from doisoat.messages.text import message

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
TYPES = b"[Content_Types].xml"  # a part that every workbook has
DIRECTORY_BYTES = 1 << 20  # at the end of an archive, where its parts are listed
LOCK_PREFIX = "~$"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # a stream that holds a locked workbook
SEARCHED_BYTES_MAX = 64 << 20


def refuse_closed(file: SourceFile) -> None:
    """IntakeError for a lock file, a workbook under a password, and one of the old form."""
    with open(file.path, "rb") as stream:
        head = stream.read(len(OLE))
        is_locked = head == OLE and _holds(stream, ENCRYPTED)
    if file.path.name.startswith(LOCK_PREFIX) and head[:4] != ZIP:
        raise IntakeError(
            message("the lock file of a workbook that is open"),
            file.name,
            message("close the workbook, and give the file without {prefix} before its name",
                    prefix=LOCK_PREFIX),
        )  # fmt: skip
    if is_locked:
        raise IntakeError(
            message("a workbook locked by a password"),
            file.name,
            message(
                "open it, take the password off (File > Info > Protect Workbook > Encrypt with"
                " Password), save it, and give it again"
            ),
        )
    if head[:4] == OLE[:4]:
        raise IntakeError(
            message("an old workbook (.xls)"), file.name, message("save it as .xlsx or CSV")
        )


def is_workbook(path: Path) -> bool:
    """Is a zip archive a workbook or another file of Office?"""
    with open(path, "rb") as stream:
        stream.seek(0, 2)
        stream.seek(max(0, stream.tell() - DIRECTORY_BYTES))
        return TYPES in stream.read(DIRECTORY_BYTES)


def _holds(stream: BinaryIO, name: bytes) -> bool:
    """Do the bytes stand in the file, as far as it is searched?"""
    before = b""
    for _ in range(SEARCHED_BYTES_MAX // READ_BYTES):
        piece = stream.read(READ_BYTES)
        if name in before + piece:
            return True
        if not piece:
            return False
        before = piece[-len(name) :]
    return False
