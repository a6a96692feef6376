"""Findings grouped for readers: a fault that many cells share stands once. No I/O.

A group says where its fault is, and how often.

Cells of a column that follow each other are a range: Kê khai!G6:G20, 6–20:7, rows 6–20, /rows/0–14.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from doisoat.messages.text import Text, joined, message
from doisoat.settlement.records.claim_finding import Finding, Findings, RefusedClaim

GROUPS_SHOWN: Final = 4  # in the message of a refusal
RANGES_SHOWN: Final = 4
SAID_SHOWN: Final = 3  # of what cells of one fault say otherwise, such as the texts in them
# Addresses that have rows: what stands before the row, the row, what stands behind it.
ADDRESSES: Final = (
    re.compile(r"(?P<before>.*![A-Z]{1,3})(?P<row>[0-9]+)(?P<after>)"),
    re.compile(r"(?P<before>)(?P<row>[0-9]+)(?P<after>:[0-9]+)"),
    re.compile(r"(?P<before>/(?:rows|totals)/)(?P<row>[0-9]+)(?P<after>(?:/.*)?)"),
    re.compile(r"(?P<before>row )(?P<row>[0-9]+)(?P<after>, .*)"),
)


class Place(NamedTuple):
    """An address, taken apart; row None: it has none."""

    before: str
    row: int | None
    after: str


class Group(NamedTuple):
    """Findings of one kind that are mended in one way."""

    kind: str
    refuses: bool
    places: int
    at: str  # ranges
    faults: tuple[Text, ...]  # what is told, each once, at most SAID_SHOWN
    more: int  # of what is told otherwise
    mend: Text

    @property
    def text(self) -> str:
        """In both languages."""
        return self.fault

    @property
    def fault(self) -> Text:
        """All that is told, on one line."""
        faults = joined("; ", self.faults)
        if not self.more:
            return Text(*faults.pair)
        return message("{faults}; and {more} such more", faults=faults, more=self.more)


def grouped(findings: Sequence[Finding]) -> list[Group]:
    """Groups of findings in the order in which each is first come upon."""
    groups: dict[tuple[str, Text], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.kind, finding.mend), []).append(finding)
    return [_group(several) for several in groups.values()]


def refused(name: str, findings: Findings) -> RefusedClaim:
    """The error of a file in which something refuses it: the first sort of fault, the next few."""
    first, *rest = grouped([finding for finding in findings.listed if finding.refuses])
    fault = first.fault
    more = findings.refusing - first.places
    if more:
        shown = rest[: GROUPS_SHOWN - 1]
        hidden = ["…"] if len(rest) >= GROUPS_SHOWN or findings.more else []
        vi = "; ".join([*(f"{group.at}: {group.fault.vi}" for group in shown), *hidden])
        en = "; ".join([*(f"{group.at}: {group.fault.en}" for group in shown), *hidden])
        fault = Text(f"{fault.vi} (+{more}: {vi})", f"{fault.en} (+{more}: {en})")
    return RefusedClaim(
        fault, f"{name}, {first.at}", first.mend,
        tuple(findings.listed), findings.more,
    )  # fmt: skip


def _group(several: Sequence[Finding]) -> Group:
    faults = tuple(dict.fromkeys(finding.what for finding in several))
    ranges = list(dict.fromkeys(_ranges([finding.at for finding in several])))
    shown = ", ".join(ranges[:RANGES_SHOWN]) + (", …" if len(ranges) > RANGES_SHOWN else "")
    first = several[0]
    return Group(
        first.kind, first.refuses, len(several), shown, faults[:SAID_SHOWN],
        max(0, len(faults) - SAID_SHOWN), first.mend,
    )  # fmt: skip


def _ranges(ats: Sequence[str]) -> Iterator[str]:
    """Addresses, those that follow each other in one column as one, by columns as they come."""
    columns: dict[tuple[str, str], list[Place]] = {}
    for at in ats:
        place = _place(at)
        columns.setdefault((place.before, place.after), []).append(place)
    for places in columns.values():
        begin = end = places[0]
        for place in places[1:]:
            if end.row is not None and place.row is not None and place.row - end.row in (0, 1):
                end = place
                continue
            yield _range(begin, end)
            begin = end = place
        yield _range(begin, end)


def _place(at: str) -> Place:
    for form in ADDRESSES:
        match = form.fullmatch(at)
        if match is not None:
            return Place(match["before"], int(match["row"]), match["after"])
    return Place(at, None, "")


def _range(begin: Place, end: Place) -> str:
    before, row, after = begin
    if row is None:
        return before
    if row == end.row:
        return f"{before}{row}{after}"
    sheet, mark, column = before.rpartition("!")
    if mark:
        return f"{sheet}!{column}{row}:{column}{end.row}"
    return f"{before}{row}–{end.row}{after}"
