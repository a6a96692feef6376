"""The closed list of causes of a difference between a claim and what is recomputed.

Where ITU-T D.170 (supplements 1 and 2, dispute guidelines) has a name for a cause, it is told
beside ours, so that a dispute can be conducted in its words. docs/reconcile.md says of each what a
carrier is supposed to have done, and how it is recomputed; cause_words.py what it is called.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

Family = Literal["world", "counted", "arithmetic", "claim", "line", "slip"]


class Cause(NamedTuple):
    """A cause by name. family: how it is recomputed.

    world: the period is rated again; counted: its relief lines are counted otherwise; arithmetic:
    a function of each cell alone; claim: the claim contradicts itself; line: of a claim by line, a
    line's two sides; slip: a slip of the hand, of the claim's rows and the run's figures alone.
    """

    id: str
    family: Family
    d170: str | None  # what D.170 calls it; None: it has no name for it


CAUSES = (
    Cause("tariff_version", "world", "rate"),
    Cause("reading", "world", None),
    Cause("rounding", "world", None),
    Cause("block", "world", "duration"),
    Cause("duplicate", "counted", "double counting"),
    Cause("late", "counted", None),
    Cause("suspended", "counted", "volume"),
    Cause("missing", "counted", "volume"),
    Cause("time_zone", "counted", "time zone"),
    Cause("midnight", "counted", "calls across midnight or month"),
    Cause("order_boundary", "world", None),
    Cause("locality_policy", "world", None),
    Cause("eligibility", "world", None),
    Cause("vat", "arithmetic", None),
    Cause("double_count", "arithmetic", "double counting"),
    Cause("sign", "arithmetic", "negative declarations"),
    Cause("claim_arithmetic", "claim", None),
    Cause("other_time", "line", None),
    Cause("other_province", "line", None),
    Cause("scale", "slip", None),
    Cause("digits", "slip", None),
    Cause("exchange", "slip", None),
    Cause("shift", "slip", None),
    Cause("copied", "slip", None),
    Cause("subtotal", "slip", None),
)  # fmt: skip
CHANCE = "chance"  # no cause, and none of the list: what fits may fit by chance (chance.py)
BY_ID: Mapping[str, Cause] = MappingProxyType({cause.id: cause for cause in CAUSES})


def ids_of(family: Family) -> tuple[str, ...]:
    """The ids of the causes of a family, in the list's order."""
    return tuple(cause.id for cause in CAUSES if cause.family == family)
