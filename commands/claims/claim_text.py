"""Text of doisoat claim: findings, sums and versions, in both languages."""

from collections.abc import Mapping, Sequence

import click

from doisoat.errors import without_numbers
from doisoat.money import group_vi
from doisoat.settlement.claims.act import Filed
from doisoat.settlement.claims.form import ITEM_WORDS, UNIT_WORDS
from doisoat.settlement.claims.grouped_findings import grouped
from doisoat.settlement.reconcile.letter.variance_words import STATES
from doisoat.settlement.records.claim_finding import Finding, RefusedClaim
from doisoat.settlement.records.claim_model import Claim
from doisoat.settlement.records.claim_records import StoredClaim
from doisoat.settlement.records.variance_states import State
from doisoat.settlement.report.report_text import NATURES


def tell_findings(findings: Sequence[Finding], more: int = 0) -> None:
    """Each sort of finding once, where it is and how to mend it."""
    for group in grouped(findings):
        sort = "từ chối | refused" if group.refuses else "ghi nhận | kept"
        count = f" ({group.places} chỗ | places)" if group.places > 1 else ""
        click.echo(without_numbers(f"{group.at}{count}\t{group.kind}\t{sort}\t{group.text}"))
        click.echo(f"  Cách sửa | To mend: {group.mend.vi} | {group.mend.en}")
    if more:
        click.echo(f"…\tcòn {more} điều nữa | and {more} more")


def without_findings(refused: RefusedClaim, name: str) -> RefusedClaim:
    """The error of a refusal whose findings were told one by one: it does not tell them again."""
    count = sum(finding.refuses for finding in refused.findings) + refused.more
    return RefusedClaim(
        f"bị từ chối vì {count} lỗi đã nêu | refused for the {count} faults told", name,
        "sửa theo từng dòng đã nêu rồi kiểm tra lại | mend each as it says, and check it again",
        refused.findings, refused.more,
    )  # fmt: skip


def checked_lines(claim: Claim) -> list[str]:
    """A claim that may be filed, and what its rows come to."""
    state = (
        "nộp được, có ghi nhận | may be filed, with findings" if claim.findings else "đúng | fine"
    )
    head = f"{claim.declared}\t{group_vi(claim.rows)} dòng | rows\t{state}"
    return [head, *sum_lines(claim)]


def sum_lines(claim: Claim | StoredClaim) -> list[str]:
    """What adds up: the figures of each nature by unit; of a statement its relief alone."""
    if claim.declared.grain == "statement":
        vi, en = ITEM_WORDS["relief"]
        return [f"  {vi} | {en}\t{group_vi(claim.amount)} đ"]
    lines = []
    for nature_sum in claim.sums:
        vi, en = NATURES[nature_sum.nature]
        parts = [f"  {vi} | {en}", f"{group_vi(nature_sum.amount)} đ"]
        if nature_sum.events is not None:
            parts.append(f"{group_vi(nature_sum.events)} sự kiện | events")
        if nature_sum.units is not None:
            parts.append(
                f"{group_vi(nature_sum.units)}"
                f" {' | '.join(dict.fromkeys(UNIT_WORDS[nature_sum.unit]))}"
            )
        lines.append("\t".join(parts))
    return lines


def filed_line(filed: Filed) -> str:
    """A claim that was filed, or was before."""
    known = "\tđã nộp từ trước | filed before" if filed.already else ""
    return version_line(filed.claim, in_force=filed.in_force) + known


def passed_over_note(filed: Filed) -> str:
    """Why a file that was given again is not in force."""
    claim = filed.claim
    return (
        f"Lưu ý | Note: {claim.declared}: tệp này đã nộp, là phiên bản {claim.version}; phiên bản"
        f" {filed.latest} vẫn hiện hành. Để trở lại số cũ, doanh nghiệp gửi tệp mới ghi số ấy"
        f" | this file is filed as version {claim.version}; version {filed.latest} stays in"
        " force. To return to its figures, have the carrier send a new file that gives them"
    )


def moved_on_note(filed: Filed, states: Mapping[State, int]) -> str:
    """How variances of earlier versions stand, and what becomes of them. Args: states: how many."""
    texts = [(f"{count} {STATES[state].vi}", f"{count} {STATES[state].en}")
            for state, count in states.items()]  # fmt: skip
    vi, en = (", ".join(half) for half in zip(*texts, strict=True))
    return (
        f"Lưu ý | Note: {filed.claim.declared}: chênh lệch của bản trước: {vi}. Lần đối chiếu sau,"
        " ô không đổi số giữ trạng thái, ô đổi số được mở lại với lịch sử cũ | variances of the"
        f" version before: {en}. The next reconciliation keeps the state of cells whose figures are"
        " the same, and opens the others anew with their history"
    )


def version_line(claim: StoredClaim, *, in_force: bool) -> str:
    """A version of a claim, on one line."""
    state = "hiện hành | in force" if in_force else "đã thay | superseded"
    return (
        f"{claim.declared}\tbản | version {claim.version}\t{state}"
        f"\t{group_vi(claim.rows)} dòng | rows\t{len(claim.findings)} ghi nhận | findings"
        f"\t{claim.sha256[:16]}\t{claim.filed_at} UTC\t{claim.filed_by}"
    )
