"""`doisoat status`: what a home holds at a glance, and what is to be done."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from doisoat.commands.options import home_option, json_option, print_json

if TYPE_CHECKING:
    from doisoat.settlement.runs.period_state import Standing
    from doisoat.settlement.upkeep.status import Lock, Status

WORDS = {"open": "mở", "settled": "đã đối soát", "signed": "đã ký", "superseded": "đã bị thay"}
ROOT_DIGITS = 16


@click.command("status")
@home_option
@json_option
def command(home: Path, as_json: bool) -> None:
    """Show what HOME holds: parts, months, what is stale, unsigned or left, who writes in it.

    Reads manifests and the log only, never the events, and takes no lock. It is no check: that is
    doisoat verify.
    """
    from doisoat.api.home import Home

    status = Home(home).status()
    if as_json:
        print_json(status.as_object())
    else:
        click.echo("\n".join(_lines(status)))


def _lines(status: "Status") -> Iterator[str]:
    from doisoat.commands.claims.sample_text import STEPS, VERDICTS, standing_of
    from doisoat.money import group_vi
    from doisoat.settlement.reconcile.letter.variance_words import STATES, both

    parts = ", ".join(f"{floor} {count}" for floor, count in status.parts.items())
    yield f"Kho | home\t{status.path}"
    yield f"Phần | parts\t{parts}"
    yield (
        f"Treo | suspended\t{group_vi(status.suspended.open)} còn mở | open"
        f"\t{group_vi(status.suspended.ever)} tất cả | ever"
    )
    for standing in status.periods:
        records = group_vi(status.months.get(standing.period, 0))
        packs = [pack["carrier"] for pack in status.packs if pack["period"] == standing.period]
        yield (
            f"{standing.period}\t{WORDS[standing.state]} | {standing.state}\t{records} bản ghi |"
            " records"
            + _marks(status, standing)
            + (f"\tgói | packs {', '.join(packs)}" if packs else "")
        )
    for month in sorted({*status.claims, *status.variances}):
        states = ", ".join(
            f"{both(STATES[state])} {group_vi(count)}"
            for state, count in status.variances.get(month, {}).items()
        )
        late = status.overdue.get(month, 0)
        yield (
            f"{month}\tkê khai | claims {group_vi(status.claims.get(month, 0))}"
            + (f"\tchênh lệch | variances: {states}" if states else "")
            + (f"\tquá hạn trả lời | overdue {group_vi(late)}" if late else "")
        )
    for sample in status.samples:
        verdict, times = sample.verdict, len(sample.evaluations)
        waiting = ", ".join(sample.waits_for)
        yield (
            f"{sample.manifest['period']}\tmẫu | sample {sample.id[:8]}"
            f"\t{', '.join(sample.design.parties)}\t{STEPS[sample.step]}"
            + (f": {waiting}" if waiting else "")
            + (f"\t{VERDICTS[verdict]}" if verdict else "")
            + (f" ({times} lần đánh giá | evaluations)" if times > 1 else "")
            + (f"\t{remark}" if (remark := standing_of(sample)) else "")
        )
    if not status.periods:
        yield "Chưa có kỳ nào | No period yet: take usage in first"
    if status.last is not None:
        yield (
            f"Công bố | published\t{status.last['logged_at']} UTC\t{status.last['what']}"
            f"\t{status.last['period']}\t{status.last['who']}"
        )
    yield f"Nhật ký | log\t{status.log_size}\t{status.log_root[:ROOT_DIGITS]}…"
    yield f"Khóa ghi | lock\t{_lock(status.lock)}"
    for leftover in status.leftovers:
        yield f"Còn sót | left over\t{leftover}"
    if status.access.others:
        yield (
            f"Quyền | access\t{status.access.mode:04o}\tmọi tài khoản trên máy vào được kho: chạy"
            f" chmod o-rwx {status.path} | every account of this machine may enter it: run chmod"
            f" o-rwx {status.path}"
        )


def _marks(status: "Status", standing: "Standing") -> str:
    marks = (
        (standing.stale, "cũ | stale"),
        (standing.is_unadjusted, "chưa điều chỉnh | not adjusted"),
        (standing.period in status.past_cut_off, "quá hạn, chưa ký | past its cut-off, not signed"),
    )
    return "".join(f"\t{text}" for holds, text in marks if holds)


def _lock(lock: "Lock") -> str:
    owner = lock.owner or {}
    who = (
        f"\tpid {owner.get('pid')} @ {owner.get('host')}, doisoat {owner.get('command')},"
        f" {owner.get('since')}"
    )
    if lock.state == "free":
        return "không ai giữ | free"
    if lock.state == "held":
        return f"đang giữ | held{who}"
    return "không rõ | unknown" + (who if owner else "")
