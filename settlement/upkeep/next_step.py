"""What is to be done next in a home: the states that wait for somebody, and the command of each.

`COMMANDS` is the one table of states and commands. `next_steps` goes through a home in the order of
the work: nothing in it, months to settle, what is suspended, months to sign and to hand on, claims.
`doisoat status` shows all of it; the commands of a month end with the first.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import polars as pl

from doisoat.currency import amount_text, number_text
from doisoat.engine.intake.master.master_tables import BY_NAME
from doisoat.engine.intake.records.conflict import chosen_digest, conflict_digest
from doisoat.engine.intake.suspense.suspense_register import Register
from doisoat.engine.keys.pseudonym import default_key_path
from doisoat.engine.store.home import Home, Part
from doisoat.engine.store.settings_file import read_home_settings
from doisoat.errors import DoisoatError
from doisoat.messages.text import Text, message
from doisoat.settlement.figures.period import Period
from doisoat.settlement.figures.run_id import canonical_json
from doisoat.settlement.log.signers import registry_of
from doisoat.settlement.packs.pack_folder import not_packed
from doisoat.settlement.papers.paper_folder import FOLDER as PAPERS
from doisoat.settlement.records.refund_records import due_in, paid_in
from doisoat.settlement.records.refund_records import standing as refund_standing
from doisoat.settlement.runs.period_state import Standing
from doisoat.settlement.runs.runs import RunFiles, file_of, run_files
from doisoat.settlement.runs.usage_months import sources_of
from doisoat.settlement.settle.settled_options import options_of

if TYPE_CHECKING:
    from doisoat.settlement.upkeep.status import Status

State = Literal[
    "empty", "no_subscribers", "unsettled", "superseded", "late", "late_signed", "stale",
    "unadjusted", "edited", "suspended", "contradicting", "unknown_subscribers", "no_price",
    "no_key", "no_signer", "unsigned", "unpacked", "no_paper", "refunds", "claims", "overdue",
    "variances", "sample", "awaited", "damaged", "done",
]  # fmt: skip
# What words in capitals stand for, only the reader knows.
COMMANDS: Final[Mapping[State, str]] = {
    "empty": "mapping new FILE --out MAPPING.yaml",
    "no_subscribers": "intake FILE --mapping MAPPING.yaml --kind subscriptions",
    "unsettled": "settle {period}{options}",
    "superseded": "settle {period}{options}",
    "late": "settle {period}{options}",
    "late_signed": "period supersede {period} --why TEXT",
    "stale": "settle {period}{options}",
    "unadjusted": "adjust {period}",
    "edited": "suspense recycle --who NAME --why TEXT --apply",
    "suspended": "suspense list",
    "contradicting": "suspense list --reason conflicting",
    "unknown_subscribers": "intake FILE --mapping MAPPING.yaml --kind subscriptions",
    "no_price": "catalogue overlay new {period}{carrier} --out gia-{period}.xlsx",
    "no_key": "signer new NAME{key}",
    "no_signer": "signer add{key}",
    "unsigned": "sign {period}{key}",
    "unpacked": "pack {carrier}{period}",
    "no_paper": "paper {period}",
    "refunds": "refund list {period} --csv hoan-tra-{period}.csv",
    "claims": "reconcile {period}",
    "overdue": "variance list {period} --state asked",
    "variances": "variance list {period}",
    "sample": "sample status {sample}",
    "awaited": "period status {period}",
    "damaged": "verify",
    "done": "intake FILE --mapping MAPPING.yaml",
}
HOME_DEFAULT = Path("out")
NO_SUBSCRIPTION, NO_TARIFF, CONFLICTING = "no_subscription", "no_tariff", "conflicting"


class Step(NamedTuple):
    """What waits for somebody: a state, why it is so, and the command that goes on from it."""

    state: State
    period: str | None
    why: Text
    command: str

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "state": self.state,
            "period": self.period,
            "why": self.why.en,
            "command": self.command,
        }


class Facts(NamedTuple):
    """What of a home the steps follow from, read once."""

    home: Home
    status: "Status"
    register: Register
    log: Sequence[Mapping[str, Any]]
    usage: Sequence[Part]
    master: Sequence[Part]


def next_steps(facts: Facts) -> tuple[Step, ...]:
    """Every step that waits, the next one first; of a home in which all is done, `done` alone."""
    try:
        return tuple(_steps(facts))
    except DoisoatError as error:
        why = message("{where} cannot be read: {what}", where=error.where, what=error.what)
        return (_step(facts, "damaged", None, why),)


def _steps(facts: Facts) -> Iterator[Step]:
    status = facts.status
    if not facts.usage and not status.periods:
        yield _step(facts, "empty", None, message("no usage is in this home yet"))
        return
    steps = [*_of_subscribers(facts)]
    steps += [step for standing in status.periods for step in _to_settle(facts, standing)]
    steps += _suspended(facts)
    steps += [step for standing in status.periods for step in _to_sign(facts, standing)]
    steps += [step for standing in status.periods for step in _after_signing(facts, standing)]
    steps += _refunds(facts)
    steps += _claims(facts)
    yield from steps
    if not steps:
        last = max(standing.period for standing in status.periods)
        why = message("all is done up to {period}: the next month's files", period=last)
        yield _step(facts, "done", None, why)


def _step(facts: Facts, state: State, period: str | None, why: Text, **words: str) -> Step:
    fields = {"period": period or "", "options": "", "key": "", "carrier": "", **words}
    home = facts.home.path
    at = "" if home == HOME_DEFAULT else f" --home {quote(str(home))}"
    return Step(state, period, why, f"doisoat {COMMANDS[state].format(**fields)}{at}")


# --- what comes before a settle ------------------------------------------------------------------


def _of_subscribers(facts: Facts) -> Iterator[Step]:
    subscribers = BY_NAME["subscription"].file
    if facts.usage and not any(part.file(subscribers) for part in facts.master):
        why = message("usage is here, and no list of subscribers: nobody's plan is known")
        yield _step(facts, "no_subscribers", None, why)


def _to_settle(facts: Facts, standing: Standing) -> Iterator[Step]:
    period = standing.period
    if standing.run is None:
        if facts.status.months.get(period):
            count = number_text(facts.status.months[period])
            why = message("{period} is not settled (records: {count})", period=period, count=count)
            yield _step(facts, "unsettled", period, why)
        return
    run = run_files(facts.home, standing.run, superseded=False)
    options = "".join(f" {option}" for option in options_of(facts.home.path, run))
    is_late = _is_late(facts, run)
    if standing.state == "signed" and is_late:
        why = message("{period} is signed, and more came in since it was settled", period=period)
        yield _step(facts, "late_signed", period, why)
    elif standing.state == "superseded" and standing.run == standing.signed_run:
        why = message("{period} was superseded, and is to be settled anew", period=period)
        yield _step(facts, "superseded", period, why, options=options)
    elif is_late and standing.state != "signed":
        why = message("more of {period} came in since it was settled", period=period)
        yield _step(facts, "late", period, why, options=options)
    elif standing.stale and standing.state != "signed":
        why = message("{period} rests on a run that was superseded", period=period)
        yield _step(facts, "stale", period, why, options=options)
    elif standing.is_unadjusted:
        why = message(
            "what {period} differs by from what was signed is not booked yet", period=period
        )
        yield _step(facts, "unadjusted", period, why)


def _is_late(facts: Facts, run: RunFiles) -> bool:
    """Did usage of the month, master data, or a decision about its copies come since the run?"""
    month, inputs = Period.of(run.period), run.manifest["inputs"]
    sources = [source for part in facts.usage for source in sources_of(part, month)]
    if sorted(sources, key=canonical_json) != inputs["sources"]:
        return True
    copies = facts.register.copies, month.begin_ms, month.end_ms
    if (conflict_digest(*copies), chosen_digest(*copies)) != (
        inputs["conflicts"],
        inputs.get("chosen"),
    ):
        return True
    known = next(
        (
            set(entry["parts"]["master"])
            for entry in reversed(facts.log)
            if entry.get("run") == run.run and "master" in entry.get("parts", {})
        ),
        None,
    )
    return known is not None and any(
        part.id not in known and not known.issuperset(part.replaces or (part.id,))
        for part in facts.master
    )


# --- what is suspended ---------------------------------------------------------------------------


def _suspended(facts: Facts) -> Iterator[Step]:
    """What was edited first, then what concerns the most records or events."""
    records = facts.register.records
    edited = int((records["state"] == "edited").sum())
    if edited:
        why = message(
            "suspended records that were edited and not taken in again: {count}",
            count=number_text(edited),
        )
        yield _step(facts, "edited", None, why)
    counted = [*_suspended_records(facts)]
    counted += [
        of for standing in facts.status.periods for of in _suspended_events(facts, standing)
    ]
    yield from (step for _, step in sorted(counted, key=lambda of: of[0], reverse=True))


def _suspended_records(facts: Facts) -> Iterator[tuple[int, Step]]:
    """How many there are, and the step that mends them."""
    records = facts.register.records
    opened = records.filter(pl.col("state") == "open")
    unread = opened.filter(pl.col("reason") != CONFLICTING)
    if unread.height:
        by_reason = unread["sub_reason"].value_counts(sort=True)
        reasons = ", ".join(f"{reason} {number_text(count)}" for reason, count in by_reason.rows())
        why = message(
            "records that could not be read: {count} ({reasons})",
            count=number_text(unread.height), reasons=reasons,
        )  # fmt: skip
        yield unread.height, _step(facts, "suspended", None, why)
    if contradicting := opened.height - unread.height:
        why = message(
            "copies of records that contradict each other: {count}",
            count=number_text(contradicting),
        )
        yield contradicting, _step(facts, "contradicting", None, why)


def _suspended_events(facts: Facts, standing: Standing) -> Iterator[tuple[int, Step]]:
    """Of a month that is not signed: there it can still be mended."""
    if standing.state != "settled" or standing.run is None:
        return
    period = standing.period
    path = file_of(run_files(facts.home, standing.run, superseded=False), "suspense.parquet")
    by_reason = (
        pl.scan_parquet(path, glob=False, hive_partitioning=False)
        .group_by(pl.col("reason", "carrier").cast(pl.String)).len().collect()
        .sort("len", "carrier", descending=[True, False])
    )  # fmt: skip
    counts: dict[str, int] = {}
    for reason, _, count in by_reason.rows():
        counts[reason] = counts.get(reason, 0) + count
    if count := counts.get(NO_SUBSCRIPTION):
        why = message(
            "events of {period} by numbers that had no subscriber then,"
            " in no list or after its end: {count}",
            count=number_text(count), period=period,
        )  # fmt: skip
        yield count, _step(facts, "unknown_subscribers", period, why)
    if count := counts.get(NO_TARIFF):
        why = message(
            "events of {period} without a price: {count}", count=number_text(count), period=period
        )
        most = next(carrier for reason, carrier, _ in by_reason.rows() if reason == NO_TARIFF)
        own = read_home_settings(facts.home.path).values.get("carrier")
        named = "" if most == own else f" --carrier {most}"
        yield count, _step(facts, "no_price", period, why, carrier=named)


# --- signing, and after --------------------------------------------------------------------------


def _to_sign(facts: Facts, standing: Standing) -> Iterator[Step]:
    period, status = standing.period, facts.status
    if standing.state != "settled":
        return
    stated = read_home_settings(facts.home.path).values.get("signing_key")
    key = f" --key {quote(stated)}" if stated else ""
    path = Path(stated) if stated else default_key_path().with_name("signing.key")
    in_force = [key for key in registry_of(facts.log).values() if key.until is None]
    if standing.cut_off is not None and period not in status.past_cut_off:
        until = f"{standing.cut_off:%Y-%m-%d %H:%M}"
        why = message("late usage of {period} comes in until {until}", period=period, until=until)
        yield _step(facts, "awaited", period, why)
    elif not in_force and not path.is_file():
        why = message("{period} is settled, and there is no key to sign it with", period=period)
        yield _step(facts, "no_key", period, why, key=key)
    elif not in_force:
        why = message("{period} is settled, and nobody may sign in this home yet", period=period)
        yield _step(facts, "no_signer", period, why, key=key)
    else:
        why = message("{period} is settled and not signed", period=period)
        yield _step(facts, "unsigned", period, why, key=key)


def _after_signing(facts: Facts, standing: Standing) -> Iterator[Step]:
    period = standing.period
    if standing.state != "signed" or standing.signed_run is None:
        return
    unpacked = not_packed(facts.home, period)
    if unpacked:
        own = read_home_settings(facts.home.path).values.get("carrier")
        why = message("{period} is signed, and has no evidence pack of {carriers}",
                      period=period, carriers=", ".join(unpacked))  # fmt: skip
        named = "" if unpacked == (own,) else f"{unpacked[0]} "
        yield _step(facts, "unpacked", period, why, carrier=named)
    if not _has_signed_papers(facts.home, period, standing.signed_run):
        why = message("{period} is signed, and its papers are not written", period=period)
        yield _step(facts, "no_paper", period, why)


def _has_signed_papers(home: Home, period: str, run: str) -> bool:
    """Do papers that carry the signature lie where `doisoat paper` writes them?"""
    for path in (home.path / PAPERS / f"{period}-{run[:8]}").glob("*.json"):
        try:
            issue = json.loads(path.read_text("utf-8"))["issue"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if isinstance(issue, dict) and issue.get("signed") is True:
            return True
    return False


def _refunds(facts: Facts) -> Iterator[Step]:
    signed = [standing.period for standing in facts.status.periods if standing.signed_run]
    if not signed:
        return
    rows = refund_standing(due_in(facts.home), paid_in(facts.home))
    rows = rows.filter(pl.col("refund") > pl.col("paid"))
    for name in signed:
        month = Period.of(name)
        left = rows.filter(
            pl.col("start_ms").is_between(month.begin_ms, month.end_ms, closed="left")
        )
        if left.height:
            why = message(
                "refunds of {period} that are not paid: {count}, {amount}",
                count=number_text(left.height), period=name,
                amount=amount_text(int((left["refund"] - left["paid"]).sum())),
            )  # fmt: skip
            yield _step(facts, "refunds", name, why)


# --- claims --------------------------------------------------------------------------------------


def _claims(facts: Facts) -> Iterator[Step]:
    status = facts.status
    settled = {standing.period for standing in status.periods if standing.run is not None}
    for period in sorted(settled & {*status.claims, *status.variances}):
        states = status.variances.get(period)
        if states is None:
            why = message(
                "claims of {period} that are not reconciled yet: {count}",
                count=number_text(status.claims[period]), period=period,
            )  # fmt: skip
            yield _step(facts, "claims", period, why)
            continue
        if late := status.overdue.get(period, 0):
            why = message(
                "variances of {period} that were not answered in time: {count}",
                count=number_text(late), period=period,
            )  # fmt: skip
            yield _step(facts, "overdue", period, why)
        if count := states.get("open", 0):
            why = message(
                "open variances of {period}: {count}", count=number_text(count), period=period
            )
            yield _step(facts, "variances", period, why)
    for sample in status.samples:
        if sample.step != "done":
            period = str(sample.manifest["period"])
            why = message(
                "a sample of {period} waits for its next step: {step}",
                period=period,
                step=sample.step,
            )
            yield _step(facts, "sample", period, why, sample=sample.id[:8])


def shown(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """What `--json` prints of steps."""
    return [step.as_object() for step in steps]
