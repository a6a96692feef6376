"""Findings of a file, in both languages: faults that refuse it, or evidence that is kept with it.

For readers they are grouped: a fault that many cells share stands once, with the places where it
is and how often. Cells of a column that follow each other are a range: Kê khai!G6:G20, 6–20:7,
rows 6–20, /rows/0–14. No I/O.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple, Self

from doisoat.errors import IntakeError, without_numbers
from doisoat.messages.text import Text, joined, message

FINDINGS_MAX: Final = 1_000  # that are told one by one: of a file that is wrong throughout, enough
# Findings by which a claim is evidence all the same: it is filed with them. No other table has any.
EVIDENCE_KINDS: Final = ("sign", "claim_arithmetic")
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


class Finding(NamedTuple):
    """Something found at an address: sheet!cell, line:column, a JSON pointer, a row of Parquet."""

    kind: str
    at: str
    what: Text
    mend: Text

    @property
    def refuses(self) -> bool:
        """Is the file refused for it?"""
        return self.kind not in EVIDENCE_KINDS

    def __str__(self) -> str:
        return f"{self.at}: {self.what}"

    def as_object(self) -> dict[str, Any]:
        """As `--json` prints it and a manifest keeps it."""
        return {
            "kind": self.kind,
            "at": self.at,
            "vi": self.what.vi,
            "en": self.what.en,
            "mend_vi": self.mend.vi,
            "mend_en": self.mend.en,
            "refuses": self.refuses,
        }

    @classmethod
    def of(cls, row: dict[str, Any]) -> Self:
        """A finding of `as_object`."""
        fault, mend = Text(row["vi"], row["en"]), Text(row["mend_vi"], row["mend_en"])
        return cls(row["kind"], row["at"], fault, mend)


class Findings:
    """Findings in the order in which they are come upon; past FINDINGS_MAX they are counted."""

    def __init__(self) -> None:
        self.listed: list[Finding] = []
        self.count = self.refusing = 0

    def add(self, kind: str, at: str, fault: Text, mend: Text) -> None:
        """Keep it; what refuses is told before what is kept, however late it comes."""
        finding = Finding(kind, at, fault, mend)
        self.count += 1
        self.refusing += finding.refuses
        if len(self.listed) < FINDINGS_MAX:
            self.listed.append(finding)
        elif finding.refuses and not self.listed[-1].refuses:
            self.listed[-1] = finding

    def add_more(self, kind: str, count: int) -> None:
        """Count findings of a kind that are not told one by one."""
        self.count += count
        self.refusing += count if kind not in EVIDENCE_KINDS else 0

    @property
    def more(self) -> int:
        """How many were counted and are not told."""
        return self.count - len(self.listed)


class RefusedTable(IntakeError):
    """A file that is no table of its form; `findings` has all that was found."""

    def __init__(
        self, what: str, where: str, mend: str, findings: tuple[Finding, ...] = (), more: int = 0
    ) -> None:
        super().__init__(what, where, mend)
        self.findings, self.more = findings, more

    def as_object(self) -> dict[str, Any]:
        """The error with its findings, as `--json` prints it: they may quote what was typed in."""
        objects = [
            {key: without_numbers(field) if isinstance(field, str) else field
             for key, field in finding.as_object().items()}
            for finding in self.findings
        ]  # fmt: skip
        return {**super().as_object(), "findings": objects, "more": self.more}


def refuse_file(where: str, fault: Text, mend: Text) -> RefusedTable:
    """The error of a file that cannot be read as a table at all."""
    finding = Finding("unreadable", where, fault, mend)
    return RefusedTable(fault, where, mend, (finding,))


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


def refused(name: str, findings: Findings) -> RefusedTable:
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
    return RefusedTable(
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
