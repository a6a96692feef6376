"""What is decided before any seed is known: how units are drawn, how many, and what judges them.

It is frozen with the frame, and part of what both sides commit to: nobody can look for the method
or size under which a draw looks best.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Literal, NamedTuple, Self

from doisoat.errors import CatalogueError
from doisoat.messages.text import Text, message
from doisoat.settlement.sampling.bounds import GRID, decimal_of, exact

Method = Literal["mus", "stratified", "equal"]
Bound = Literal["stringer", "hoeffding", "hypergeometric"]
Allocation = Literal["proportional", "neyman"]
METHODS: tuple[Method, ...] = ("mus", "stratified", "equal")
ALLOCATIONS: tuple[Allocation, ...] = ("proportional", "neyman")
BOUNDS: Mapping[Method, tuple[Bound, ...]] = {
    "mus": ("hoeffding", "stringer"),
    "stratified": ("hoeffding",),
    "equal": ("hypergeometric",),
}  # by method, the default first
GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:(?:\.[0-9]{3}){2,}|(?:,[0-9]{3}){2,})")
CONFIDENCE_MIN, CONFIDENCE_MAX = Fraction(1, 2), Fraction(999_999, 1_000_000)
MINISTRY = "ministry"
RIGHT = "right"


class Design(NamedTuple):
    """tolerable, expected: đồng; of `equal` units. limits: the greatest rate of each result that a
    preset or --limit names, else none. size: draws, at least one a stratum."""

    method: Method
    bound: Bound
    confidence: Fraction
    tolerable: int
    expected: int
    size: int
    parties: tuple[str, ...]  # who commits to a seed, in the order of the joint one
    strata: tuple[str, ...] = ()
    allocation: Allocation | None = None
    preset: str | None = None
    limits: Mapping[str, Fraction] = {}

    @property
    def alpha(self) -> Fraction:
        return 1 - self.confidence

    @property
    def results(self) -> tuple[str, ...]:
        """What a record may be found to be, where it is looked at as a whole."""
        return (RIGHT, *self.limits) if self.limits else (RIGHT, "missing", "wrong")

    def as_object(self) -> dict[str, Any]:
        """As the manifest keeps it: rates and amounts are texts."""
        return {
            **self._asdict(),
            "confidence": str(self.confidence),
            "tolerable": str(self.tolerable),
            "expected": str(self.expected),
            "parties": list(self.parties),
            "strata": list(self.strata),
            "limits": {name: str(rate) for name, rate in self.limits.items()},
        }

    @classmethod
    def of_object(cls, recorded: Mapping[str, Any]) -> Self:
        """Raises: KeyError, TypeError, ValueError for what `as_object` does not write."""
        return cls(**{
            **recorded,
            "confidence": Fraction(recorded["confidence"]),
            "tolerable": int(recorded["tolerable"]),
            "expected": int(recorded["expected"]),
            "size": int(recorded["size"]),
            "parties": tuple(recorded["parties"]),
            "strata": tuple(recorded["strata"]),
            "limits": {name: Fraction(rate) for name, rate in recorded["limits"].items()},
        })  # fmt: skip


class DesignRequest(NamedTuple):
    """What somebody asks of a sample; amounts and rates as he wrote them."""

    method: Method
    confidence: str = "95%"
    tolerable: str = "1%"
    expected: str = "0"
    bound: Bound | None = None
    strata: tuple[str, ...] = ()
    allocation: Allocation | None = None
    preset: str | None = None
    limits: Mapping[str, str] = {}
    size: int | None = None  # of `equal`: as many, in place of the least that tells

    @property
    def judged_by(self) -> Bound:
        """CatalogueError for a bound that its method has not."""
        known = BOUNDS[self.method]
        if self.bound is None or self.bound in known:
            return self.bound or known[0]
        listed = ", ".join(known)
        raise CatalogueError(
            message(
                "{bound} does not bound what {method} draws", bound=self.bound, method=self.method
            ),
            "--bound",
            message("it has {listed}", listed=listed),
        )


def read_confidence(text: str) -> Fraction:
    """A share of 50 % up to one in a million short of certain."""
    rate = read_rate(text, "--confidence")
    if not CONFIDENCE_MIN <= rate <= CONFIDENCE_MAX:
        raise CatalogueError(
            message("a confidence of {text} cannot be had", text=text),
            "--confidence",
            message("give 50% to 99.9999%, as 95%"),
        )
    return rate


def read_rate(text: str, where: str) -> Fraction:
    """A share: 0.5%, 0,5 % or 0.005. CatalogueError for anything else."""
    stripped = text.strip()
    number, percent = stripped.removesuffix("%").rstrip(), stripped.endswith("%")
    if "." not in number:
        number = number.replace(",", ".", 1)
    try:
        rate = Fraction(Decimal(number)) / (100 if percent else 1)
    except (InvalidOperation, ValueError, OverflowError):
        rate = Fraction(-1)
    if not 0 <= rate <= 1 or (GRID * rate).denominator != 1:
        raise CatalogueError(
            message("{text} is no share", text=repr(text)),
            where,
            message("write one, as 0.5%, 0,5 % or 0.005"),
        )
    return rate


def read_amount(text: str, whole: int, where: str) -> int:
    """An amount: whole đồng (or units) in digits, or a share of `whole`, rounded down.

    Groups of three are taken where there are two at least: 5.000 may be decimals.
    """
    stripped = text.strip()
    if GROUPED.fullmatch(stripped):
        stripped = re.sub("[.,]", "", stripped)
    if stripped.isascii() and stripped.isdigit():
        return int(stripped)
    if not stripped.endswith("%"):
        raise CatalogueError(
            message("{text} is neither digits alone nor a share", text=repr(text)),
            where,
            message("write it as 5000000, 5.000.000 or 1%"),
        )
    rate = read_rate(stripped, where)
    return whole * rate.numerator // rate.denominator


def percent(rate: Fraction, digits: int = 4) -> Text:
    """A rate for people, rounded half up: 95,00 % and 95.00%."""
    with exact():
        rounded = (decimal_of(rate) * 100).quantize(Decimal(1).scaleb(-digits), "ROUND_HALF_UP")
        text = f"{rounded:f}"
        return Text(f"{text.replace('.', ',')} %", f"{text}%")


def parties_of(carriers: Sequence[str]) -> tuple[str, ...]:
    """Who commits: the ministry, then the carriers of the frame by name."""
    return (MINISTRY, *sorted(set(carriers)))
