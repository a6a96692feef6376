"""Text of doisoat claim: findings, sums and versions, in both languages."""

from collections.abc import Mapping, Sequence

from doisoat.commands.options import echo
from doisoat.currency import amount_text, number_text
from doisoat.engine.tables.findings import Finding, RefusedTable, grouped
from doisoat.errors import without_numbers
from doisoat.messages.text import composed, joined, message
from doisoat.settlement.claims.act import Filed
from doisoat.settlement.claims.form import ITEM_WORDS
from doisoat.settlement.reconcile.letter.variance_words import STATES, counted_in_each
from doisoat.settlement.records.claim_model import Claim
from doisoat.settlement.records.claim_records import StoredClaim
from doisoat.settlement.records.variance_states import State
from doisoat.settlement.report.report_text import NATURES


def tell_findings(findings: Sequence[Finding], more: int = 0) -> None:
    """Each sort of finding once, where it is and how to mend it."""
    for group in grouped(findings):
        sort = message("refused") if group.refuses else message("kept")
        count = (f" ({group.places} " + message("places") + ")") if group.places > 1 else ""
        echo(
            without_numbers(
                composed("{}{}\t{}\t{}\t{}", group.at, count, group.kind, sort, group.text)
            )
        )
        echo(composed("  {}: {}", message("To mend"), group.mend))
    if more:
        echo(message("and {more} more", more=more))


def without_findings(refused: RefusedTable, name: str) -> RefusedTable:
    """The error of a refusal whose findings were told one by one: it does not tell them again."""
    count = sum(finding.refuses for finding in refused.findings) + refused.more
    return RefusedTable(
        message("refused for the {count} faults named", count=count), name,
        message("mend each as it says, and check it again"),
        refused.findings, refused.more,
    )  # fmt: skip


def checked_lines(claim: Claim) -> list[str]:
    """A claim that may be filed, and what its rows come to."""
    state = message("may be filed, with findings") if claim.findings else message("fine")
    head = f"{claim.declared}\t{number_text(claim.rows)} " + message("rows") + "\t" + state
    return [head, *sum_lines(claim)]


def sum_lines(claim: Claim | StoredClaim) -> list[str]:
    """What adds up: the figures of each nature by unit; of a statement its relief alone."""
    if claim.declared.grain == "statement":
        return ["  " + ITEM_WORDS["relief"] + f"\t{amount_text(claim.amount)}"]
    lines: list[str] = []
    for nature_sum in claim.sums:
        parts: list[str] = ["  " + NATURES[nature_sum.nature], amount_text(nature_sum.amount)]
        if nature_sum.events is not None:
            parts.append(f"{number_text(nature_sum.events)} " + message("events"))
        if nature_sum.units is not None:
            parts.append(counted_in_each(nature_sum.units, nature_sum.unit))
        lines.append(joined("\t", parts))
    return lines


def filed_line(filed: Filed) -> str:
    """A claim that was filed, or was before."""
    known = ("\t" + message("filed before")) if filed.already else ""
    return version_line(filed.claim, in_force=filed.in_force) + known


def passed_over_note(filed: Filed) -> str:
    """Why a file that was given again is not in force."""
    claim = filed.claim
    return (
        message("Note")
        + ": "
        + f"{claim.declared}: "
        + message(
            "this file is filed as version {version}; version {latest} stays in force. To"
            " return to its figures, have the carrier send a new file that gives them",
            version=claim.version,
            latest=filed.latest,
        )
    )


def moved_on_note(filed: Filed, states: Mapping[State, int]) -> str:
    """How variances of earlier versions stand, and what becomes of them. Args: states: how many."""
    counts = joined(", ", (f"{count} " + STATES[state] for state, count in states.items()))
    return (
        message("Note")
        + ": "
        + f"{filed.claim.declared}: "
        + message(
            "variances of the version before: {counts}. The next reconciliation keeps the"
            " state of cells whose figures are the same, and opens the others anew with"
            " their history",
            counts=counts,
        )
    )


def version_line(claim: StoredClaim, *, in_force: bool) -> str:
    """A version of a claim, on one line."""
    state = message("in force") if in_force else message("superseded")
    return (
        f"{claim.declared}\t"
        + message("version")
        + f" {claim.version}\t"
        + state
        + f"\t{number_text(claim.rows)} "
        + message("rows")
        + f"\t{len(claim.findings)} "
        + message("findings")
        + f"\t{claim.sha256[:16]}\t{claim.filed_at} UTC\t{claim.filed_by}"
    )
