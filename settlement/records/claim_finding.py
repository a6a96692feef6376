"""Findings of a claim, in both languages: a fault that refuses it, or evidence that is kept."""

from typing import Any, Final, NamedTuple, Self

from doisoat.errors import IntakeError, without_numbers
from doisoat.messages.text import Text

FINDINGS_MAX: Final = 1_000  # that are told one by one: of a file that is wrong throughout, enough
# Findings by which a claim is evidence all the same: it is filed with them.
EVIDENCE_KINDS: Final = ("sign", "claim_arithmetic")


class Finding(NamedTuple):
    """Something found at an address: sheet!cell, line:column, a JSON pointer, a row of Parquet."""

    kind: str
    at: str
    what: Text
    mend: Text

    @property
    def refuses(self) -> bool:
        """Is the claim refused for it?"""
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


class RefusedClaim(IntakeError):
    """A file that is no claim as it stands; `findings` has all that was found."""

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


def refuse_file(where: str, fault: Text, mend: Text) -> RefusedClaim:
    """The error of a file that cannot be read as a claim at all."""
    finding = Finding("unreadable", where, fault, mend)
    return RefusedClaim(fault, where, mend, (finding,))
