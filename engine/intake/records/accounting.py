"""The accounting of an intake: rows = taken + duplicates + suspended + filtered, always."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from doisoat.engine.files.near_duplicates import NEAR_SECONDS
from doisoat.engine.intake.mapping.grouped_durations import Seconds
from doisoat.engine.intake.records.suspense_reasons import Reason
from doisoat.engine.store.file_kinds import FileKind
from doisoat.errors import ConservationError


@dataclass(slots=True)
class FileAccount:
    """One file of one intake."""

    name: str
    sha256: str
    size: int
    mapping: str
    mapping_sha256: str
    kind: FileKind
    rows: int = 0
    taken: int = 0
    duplicates: int = 0
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)  # (reason, sub-reason)
    filters: Counter[str] = field(default_factory=Counter)
    header_lines: int = 0
    blank_lines: int = 0
    notes: list[str] = field(default_factory=list)
    old_forms: int = 0  # events that name a number in a form that had ended by then
    seconds: Seconds = field(default_factory=Seconds)  # how durations are written
    near_seconds: int = NEAR_SECONDS  # of usage: how near its mapping looks for copies
    series: tuple[str, int] | None = None  # of files that their sender numbers: whose, which
    known_in: str | None = None  # the part that took these bytes in before
    months: Counter[str] = field(default_factory=Counter)  # of events, before any is judged
    content_digest: str = ""  # over event and content ids of the same, in the file's order

    @property
    def suspended(self) -> int:
        return self.reasons.total()

    @property
    def filtered(self) -> int:
        return self.filters.total()

    @property
    def adds_usage(self) -> bool:
        """Has it events that the home had not, or another copy of one that it had?"""
        is_new = self.known_in is None and self.kind == "usage"
        return is_new and bool(self.taken or self.reasons[Reason.CONFLICTING.value, ""])

    def check(self) -> None:
        if self.rows != self.taken + self.duplicates + self.suspended + self.filtered:
            raise ConservationError(
                f"{self.rows} rows, but {self.taken} taken, {self.duplicates} duplicates,"
                f" {self.suspended} suspended, {self.filtered} filtered",
                self.name,
                "report this with the file's mapping; nothing was taken in",
            )


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """Two records of which the second looks like the first, recorded again."""

    file: str
    row: int
    near_file: str
    near_row: int
    kind: str
    apart_ms: int


@dataclass(frozen=True, slots=True)
class Accounting:
    """All files of one call, known ones included."""

    files: tuple[FileAccount, ...]
    parts: tuple[str, ...] = ()  # ids, new or found to be there already
    near: int = 0  # new events that overlap another of the same parties, or are overlapped by one
    near_shown: tuple[NearDuplicate, ...] = ()  # the first of them

    @property
    def reasons(self) -> dict[str, int]:
        """Suspended records by reason."""
        totals: Counter[str] = Counter()
        for file in self.files:
            for (reason, _), count in file.reasons.items():
                totals[reason] += count
        return dict(sorted(totals.items()))

    @property
    def sub_reasons(self) -> dict[str, int]:
        totals: Counter[str] = Counter()
        for file in self.files:
            for (reason, sub_reason), count in file.reasons.items():
                totals[f"{reason}/{sub_reason}" if sub_reason else reason] += count
        return dict(sorted(totals.items()))

    @property
    def filters(self) -> dict[str, int]:
        totals: Counter[str] = Counter()
        for file in self.files:
            totals.update(file.filters)
        return dict(sorted(totals.items()))

    @property
    def months(self) -> dict[str, int]:
        """Records that could be read, of usage that was not known, by the month they begin in."""
        totals: Counter[str] = Counter()
        for file in self.files:
            totals.update(file.months)
        return dict(sorted(totals.items()))

    @property
    def events(self) -> int:
        return sum(file.taken for file in self.files if file.kind == "usage")

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "rows": sum(file.rows for file in self.files),
            "taken": sum(file.taken for file in self.files),
            "duplicates": sum(file.duplicates for file in self.files),
            "suspended": sum(file.suspended for file in self.files),
            "filtered": sum(file.filtered for file in self.files),
            "events": self.events,
            "reasons": self.reasons,
        }
