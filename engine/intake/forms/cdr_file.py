"""The frame of 3GPP TS 32.297 around charging records: a file header, and a header before each.

The frame tells where each record ends, and the record tells it too: where they differ, neither
can be trusted from there on, and the file is refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from doisoat.engine.intake.forms.ber import DONE, Batch, Walker
from doisoat.engine.intake.forms.ber_file import BATCH_RECORDS, IN_A_RECORD, BerFile
from doisoat.messages.text import message

HEADER_BYTES_MIN = 48  # up to the indicator of lost records; filters and extensions may follow
HEADER_BYTES_MAX = 1 << 18
RECORD_HEADER_BYTES = 4
EXTENDED_RELEASE = 7  # a record's header has an octet more for the release
BER = 1
UNKNOWN_COUNT = 0xFFFFFFFF
RECORD_BYTES_MAX = 0xFFFF + RECORD_HEADER_BYTES + 1


@dataclass(frozen=True, slots=True)
class FileHeader:
    """What the header says that is read: sizes in bytes, how many records, which file, losses."""

    size: int
    file_size: int
    count: int
    sequence: int
    lost: int

    def notes(self, records: int) -> list[str]:
        """What it says of itself, and where that is not what was found."""
        notes: list[str] = [
            message("a file of TS 32.297, sequence number {sequence}", sequence=self.sequence)
        ]
        if self.count not in (records, UNKNOWN_COUNT):
            notes.append(
                message(
                    "audit: it holds {records} records, and says {count}",
                    records=records,
                    count=self.count,
                )
            )
        if self.lost:
            notes.append(message("audit: its node says that it lost records"))
        return notes


def header_of(ber: BerFile) -> FileHeader | None:
    """The file's header; None if it begins by a record, or with anything else."""
    head = ber.bytes_at(0, HEADER_BYTES_MIN)
    if len(head) < HEADER_BYTES_MIN or head[0] & 0x80:
        return None

    def number(at: int) -> int:
        return int.from_bytes(head[at : at + 4], "big")

    header = FileHeader(number(4), number(0), number(18), number(22), head[47])
    if not HEADER_BYTES_MIN <= header.size <= HEADER_BYTES_MAX:
        return None
    if header.file_size != ber.size or header.size > ber.size:
        raise ber.refusal(
            message(
                "its header says that it has {file_size} bytes, and it has {size}",
                file_size=header.file_size,
                size=ber.size,
            ),
            0,
        )
    return header


def framed(ber: BerFile, walker: Walker, at: int) -> Iterator[Batch]:
    """The records from `at` to the end of the file, each behind its header."""
    while at < ber.size:
        base = at
        window = ber.window(base)
        while len(window) - (at - base) >= RECORD_BYTES_MAX or base + len(window) == ber.size:
            if at == ber.size or walker.held == BATCH_RECORDS:
                break
            at = _record(ber, walker, window, base, at)
        yield walker.take()


def _record(ber: BerFile, walker: Walker, window: bytes, base: int, at: int) -> int:
    """Read the record whose header is at `at`; returns where the next begins."""
    head = window[at - base : at - base + RECORD_HEADER_BYTES]
    if len(head) < RECORD_HEADER_BYTES:
        raise ber.refusal(
            message("it ends in the middle of a record's header"),
            at,
        )
    size = int.from_bytes(head[:2], "big")
    begin = at + RECORD_HEADER_BYTES + (head[2] >> 5 == EXTENDED_RELEASE)
    if head[3] >> 5 != BER:
        raise ber.refusal(
            message("a record that its header says is not in BER"),
            at,
            message("have it sent in BER"),
        )
    if begin + size > ber.size:
        raise ber.refusal(IN_A_RECORD, at)
    records_before = walker.held
    state, stopped = walker.read(window, begin - base, begin - base + size, base, 1)
    if state != DONE or walker.held != records_before + 1:
        raise ber.refusal(
            message("a record that does not fill what its header says"),
            begin,
        )
    return base + stopped
