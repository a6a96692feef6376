"""What is found in a claim: a fault that refuses it, or evidence that is kept. Both languages."""

from typing import Any, Final, NamedTuple, Self

from doisoat.errors import IntakeError, without_numbers
from doisoat.said import Said

FINDINGS_MAX: Final = 1_000  # that are told one by one: of a file that is wrong throughout, enough
# Findings by which a claim is evidence all the same: it is filed with them.
KEPT: Final = ("sign", "claim_arithmetic")


class Finding(NamedTuple):
    """Something found at an address: sheet!cell, line:column, a JSON pointer, a row of Parquet."""

    kind: str
    at: str
    what: Said
    mend: Said

    @property
    def refuses(self) -> bool:
        """Is the claim refused for it?"""
        return self.kind not in KEPT

    def __str__(self) -> str:
        return f"{self.at}: {self.what.vi} | {self.what.en}"

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
    def of(cls, told: dict[str, Any]) -> Self:
        """A finding of `as_object`."""
        what, mend = Said(told["vi"], told["en"]), Said(told["mend_vi"], told["mend_en"])
        return cls(told["kind"], told["at"], what, mend)


class Findings:
    """Findings in the order in which they are come upon; past FINDINGS_MAX they are counted."""

    def __init__(self) -> None:
        self.told: list[Finding] = []
        self.count = self.refusing = 0

    def add(self, kind: str, at: str, what: Said, mend: Said) -> None:
        """Keep it; what refuses is told before what is kept, however late it comes."""
        one = Finding(kind, at, what, mend)
        self.count += 1
        self.refusing += one.refuses
        if len(self.told) < FINDINGS_MAX:
            self.told.append(one)
        elif one.refuses and not self.told[-1].refuses:
            self.told[-1] = one

    def add_more(self, kind: str, count: int) -> None:
        """Count findings of a kind that are not told one by one."""
        self.count += count
        self.refusing += count if kind not in KEPT else 0

    @property
    def more(self) -> int:
        """How many were counted and are not told."""
        return self.count - len(self.told)


class RefusedClaim(IntakeError):
    """A file that is no claim as it stands; `findings` has all that was found."""

    def __init__(
        self, what: str, where: str, mend: str, findings: tuple[Finding, ...] = (), more: int = 0
    ) -> None:
        super().__init__(what, where, mend)
        self.findings, self.more = findings, more

    def as_object(self) -> dict[str, Any]:
        """The error with its findings, as `--json` prints it: they may quote what was typed in."""
        told = [
            {key: without_numbers(said) if isinstance(said, str) else said
             for key, said in one.as_object().items()}
            for one in self.findings
        ]  # fmt: skip
        return {**super().as_object(), "findings": told, "more": self.more}


def refuse_file(where: str, what: Said, mend: Said) -> RefusedClaim:
    """The error of a file that cannot be read as a claim at all."""
    one = Finding("unreadable", where, what, mend)
    return RefusedClaim(f"{what.vi} | {what.en}", where, f"{mend.vi} | {mend.en}", (one,))
