"""`doisoat status`: what a home holds at a glance, and what is to be done."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from doisoat.commands.next_line import next_lines
from doisoat.commands.options import echo, home_option, json_option, print_json
from doisoat.messages.text import composed, counted_message, joined, message, message_in

if TYPE_CHECKING:
    from doisoat.settlement.runs.period_state import Standing
    from doisoat.settlement.upkeep.status import Lock, Status

ROOT_DIGITS = 16


@click.command("status")
@home_option
@json_option
def command(home: Path, as_json: bool) -> None:
    """Show what HOME holds: parts, months, what is stale, unsigned or left, who writes in it.

    What waits for somebody comes last, the next step first, each with the command to type. Words in
    capitals are for you to fill in.

    Reads manifests and the log only, never the events, and takes no lock. It is no check: that is
    doisoat verify.
    """
    from doisoat.api.home import Home

    status = Home(home).status()
    if as_json:
        print_json(status.as_object())
    else:
        echo(joined("\n", _lines(status)))


def _lines(status: "Status") -> Iterator[str]:
    from doisoat.commands.claims.sample_text import STEPS, VERDICTS, standing_of
    from doisoat.currency import number_text
    from doisoat.settlement.reconcile.letter.variance_words import STATES
    from doisoat.settlement.runs import period_state

    parts = ", ".join(f"{floor} {count}" for floor, count in status.parts.items())
    yield message("home") + f"\t{status.path}"
    yield message("parts") + f"\t{parts}"
    yield (
        message("suspended")
        + f"\t{number_text(status.suspended.open)} "
        + message("open")
        + f"\t{number_text(status.suspended.ever)} "
        + message("ever")
    )
    for standing in status.periods:
        records = number_text(status.months.get(standing.period, 0))
        packs = [pack["carrier"] for pack in status.packs if pack["period"] == standing.period]
        yield (
            f"{standing.period}\t"
            + period_state.STATES[standing.state]
            + f"\t{records} "
            + message_in("in a line", "records")
            + _marks(status, standing)
            + (("\t" + message("packs") + f" {', '.join(packs)}") if packs else "")
        )
    for month in sorted({*status.claims, *status.variances}):
        states = joined(
            ", ",
            (
                STATES[state] + f" {number_text(count)}"
                for state, count in status.variances.get(month, {}).items()
            ),
        )
        late = status.overdue.get(month, 0)
        yield (
            (f"{month}\t" + message("claims") + f" {number_text(status.claims.get(month, 0))}")
            + (("\t" + message("variances") + f": {states}") if states else "")
            + (("\t" + message("overdue") + f" {number_text(late)}") if late else "")
        )
    for sample in status.samples:
        verdict, times = sample.verdict, len(sample.evaluations)
        waiting = ", ".join(sample.waits_for)
        yield (
            (
                f"{sample.manifest['period']}\t"
                + message_in("in a line", "sample")
                + composed(
                    " {}\t{}\t{}",
                    sample.id[:8],
                    ", ".join(sample.design.parties),
                    STEPS[sample.step],
                )
            )
            + (f": {waiting}" if waiting else "")
            + (composed("\t{}", VERDICTS[verdict]) if verdict else "")
            + ((f" ({times} " + message("evaluations") + ")") if times > 1 else "")
            + (composed("\t{}", remark) if (remark := standing_of(sample)) else "")
        )
    if not status.periods:
        yield message("No period yet: take usage in first")
    if status.last is not None:
        yield (
            message("published")
            + f"\t{status.last['logged_at']} UTC"
            + "".join(f"\t{status.last[name]}" for name in ("what", "period", "who"))
        )
    if status.verified is not None:
        yield (
            message_in("status", "verified")
            + f"\t{status.verified.logged_at} UTC\t"
            + message("up to entry {size} of the log", size=status.verified.size)
            + f"\t{status.verified.who}\t"
            + counted_message(
                "{count} entry since", "{count} entries since", count=status.verified.since
            )
        )
    yield message("log") + f"\t{status.log_size}\t{status.log_root[:ROOT_DIGITS]}…"
    yield message("lock") + "\t" + _lock(status.lock)
    for leftover in status.leftovers:
        yield message("left over") + f"\t{leftover}"
    if status.access.others:
        yield (
            message("access")
            + f"\t{status.access.mode:04o}\t"
            + message(
                "every account of this machine may enter it: run chmod o-rwx {path}",
                path=status.path,
            )
        )
    yield from next_lines(status.next)


def _marks(status: "Status", standing: "Standing") -> str:
    marks = (
        (standing.stale, message("stale")),
        (standing.is_unadjusted, message("not adjusted")),
        (standing.period in status.past_cut_off, message("past its cut-off, not signed")),
    )
    return joined("", ("\t" + text for holds, text in marks if holds))


def _lock(lock: "Lock") -> str:
    owner = lock.owner or {}
    who = (
        f"\tpid {owner.get('pid')} @ {owner.get('host')}, doisoat {owner.get('command')},"
        f" {owner.get('since')}"
    )
    if lock.state == "free":
        return message("free")
    if lock.state == "held":
        return message("held") + f"{who}"
    return message("unknown") + (who if owner else "")
