"""What `doisoat reconcile --json` says held to what was planted; nothing else is looked at."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from tests.planted_claims.cells import Cell
from tests.planted_claims.planting import Disagreement

CAUSES = (
    "tariff_version", "reading", "rounding", "block", "duplicate", "late", "suspended", "missing",
    "time_zone", "midnight", "order_boundary", "locality_policy", "eligibility", "vat",
    "double_count", "sign", "claim_arithmetic", "other_time", "other_province",
)  # fmt: skip
NO_CAUSE = ""  # of figures that nothing explains, which are to be told so
UNCAUSED = "không có: đổi ngẫu nhiên, *none: changed by chance*"
RELIEF = ("discount", "in_kind", "contribution")
FINEST_FIRST = ("lines", "day", "province", "measure", "statement")


class Judged(NamedTuple):
    """How one disagreement was told."""

    planted: Disagreement
    variance: Mapping[str, Any] | None
    verdict: str  # explained, ambiguous, unexplained; "" where no variance was told
    is_right: bool  # the planted causes alone, or among several
    is_exact: bool  # the amounts of the causes so told, and the difference


class Verdict(NamedTuple):
    judged: tuple[Judged, ...]
    false: tuple[Mapping[str, Any], ...]  # variances where nothing was planted
    is_summed: bool  # total_difference is that of what was planted


def cell_of(variance: Mapping[str, Any]) -> Cell:
    """The cell that a variance tells of."""
    key = variance["key"]
    item = key.get("item", "")
    where = item or key.get("day") or key.get("home_province") or ""
    return Cell(variance["carrier"], variance["grain"], variance["measure"] if not item else "",
                item or key.get("nature", ""), where)  # fmt: skip


def judge(planted: Iterable[Disagreement], told: Mapping[str, Any]) -> Verdict:
    """Hold a reconciliation as its JSON says it to the truth."""
    wanted = tuple(planted)
    variances: dict[Cell, Mapping[str, Any]] = {}
    false = []
    cells = {one.cell for one in wanted}
    for variance in told["variances"]:
        cell = cell_of(variance)
        if cell in cells and cell not in variances:
            variances[cell] = variance
        else:
            false.append(variance)
    return Verdict(
        tuple(_judged(one, variances.get(one.cell)) for one in wanted), tuple(false),
        int(told["total_difference"]) == total_of(wanted),
    )  # fmt: skip


def total_of(planted: Iterable[Disagreement]) -> int:
    """What is planted in đồng of relief: of each carrier's nature what its finest claim has."""
    amounts: dict[tuple[str, str], dict[str, int]] = {}
    for one in planted:
        difference = one.claimed.amount - one.held.amount
        if difference and one.cell.nature in RELIEF:
            of = amounts.setdefault((one.cell.carrier, one.cell.nature), {})
            of[one.cell.grain] = of.get(one.cell.grain, 0) + difference
    return sum(next(of[grain] for grain in FINEST_FIRST if grain in of) for of in amounts.values())


def _judged(one: Disagreement, variance: Mapping[str, Any] | None) -> Judged:
    if variance is None:
        return Judged(one, None, "", is_right=False, is_exact=False)
    causes = sorted(why.cause for why in one.why)
    amounts = sorted((why.cause, str(why.amount)) for why in one.why)
    ways = variance["explanations"]
    same = [way for way in ways if sorted(cause["cause"] for cause in way) == causes]
    exact = [
        way for way in same if sorted((cause["cause"], cause["amount"]) for cause in way) == amounts
    ]
    verdict = variance["verdict"]
    others = len(same) < len(ways)
    is_right = bool(same) and verdict == ("ambiguous" if others else "explained")
    if not causes:
        is_right, exact = verdict == "unexplained", [()]
    difference = one.claimed.amount - one.held.amount
    is_exact = bool(exact) and int(variance["difference"]) == difference
    return Judged(one, variance, verdict, is_right, is_exact)


def table(judged: Sequence[Judged], *, of_lines: bool) -> str:
    """By cause, of claims by line or not: a disagreement counts with every cause that it has."""
    own = [one for one in judged if (one.planted.cell.grain == "lines") is of_lines]
    rows = [
        "| nguyên nhân, *cause* | đã cài, *planted* | cùng nguyên nhân khác, *with another* |"
        " tìm ra, *found* | rõ, *explained* | nhiều khả năng, *ambiguous* | đúng nguyên nhân,"
        " *cause right* | đúng từng đồng, *amounts exact* |\n|---|---|---|---|---|---|---|---|\n"
    ]
    for cause in (*CAUSES, NO_CAUSE):
        some = [one for one in own if cause in ({why.cause for why in one.planted.why} or {""})]
        if some:
            rows.append(_row(f"`{cause}`" if cause else UNCAUSED, some))
    return "".join([*rows, _row("tổng, *in all*", own)])


def _row(name: str, some: Sequence[Judged]) -> str:
    verdicts = Counter(one.verdict for one in some)
    counts = (
        len(some),
        sum(len({why.cause for why in one.planted.why}) > 1 for one in some),
        sum(one.variance is not None for one in some),
        verdicts["explained"],
        verdicts["ambiguous"],
        sum(one.is_right for one in some),
        sum(one.is_exact for one in some),
    )
    return f"| {name} | {' | '.join(map(str, counts))} |\n"


def misses(verdict: Verdict) -> list[str]:
    """What was not told as it was planted, a line each."""
    lines = [
        f"{'MISSED' if one.variance is None else one.verdict}: {one.planted.cell}"
        f" {one.planted.why} {[] if one.variance is None else one.variance['explanations'][:3]}"
        for one in verdict.judged
        if not (one.is_right and one.is_exact)
    ]
    return [*lines, *(f"FALSE: {cell_of(one)} {one['difference']}" for one in verdict.false)]
