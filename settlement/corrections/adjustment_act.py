"""Books the difference of two runs of a signed period into a later one, and publishes it.

An adjustment is a folder of its own, never changed: adjustments/<id>/ with what differs of each
event and line, by cause, and of each statement and its lines. Its sums are held to the two runs'
own.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from doisoat.currency import unit_text
from doisoat.engine.rating import rerate as again
from doisoat.engine.store import commit
from doisoat.engine.store.home import FORMAT_VERSION, SHARDS, Home, open_home
from doisoat.errors import PeriodError
from doisoat.messages.text import message
from doisoat.settlement.database import acts
from doisoat.settlement.figures import run_id
from doisoat.settlement.figures.merge import total_of
from doisoat.settlement.figures.period import Period
from doisoat.settlement.figures.row_files import PARQUET
from doisoat.settlement.log import journal
from doisoat.settlement.records.envelope_posting import Posted, post, sides_of
from doisoat.settlement.rerating.adjustment_worlds import (
    CARRIED,
    Inputs,
    changed_shards,
    inputs_of,
    steps_between,
)
from doisoat.settlement.rerating.rerate_month import check_digests
from doisoat.settlement.runs import period_state as life
from doisoat.settlement.runs.adjustment_causes import (
    AMOUNTS,
    CAUSES,
    EVENT,
    LINE,
    Changed,
    Known,
    differences,
)
from doisoat.settlement.runs.adjustment_records import (
    FLOOR,
    OF_STATEMENT,
    STORED_EVENT,
    STORED_LINE,
    adjustment_id,
    adjustments,
    adjustments_between,
    carried_by_owner,
)
from doisoat.settlement.runs.adjustment_sums import (
    check_days,
    check_sums,
    disagreeing,
    lines_between,
    statements_between,
)
from doisoat.settlement.runs.runs import RunFiles, run_files

Progress = Callable[[int], None]
BESIDE_PRICES = ("in_kind", "contribution")  # natures of lines that take nothing off a price


class Booked(NamedTuple):
    """An adjustment that was published."""

    id: str
    of: str
    into: str
    before: str
    after: str
    causes: Mapping[str, Mapping[str, int]]  # by cause: events, and the differences of amounts
    totals: Mapping[str, int]  # differences over all carriers: of OF_STATEMENT
    path: Path

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints: amounts as text."""
        return {
            "adjustment": self.id,
            "of": self.of,
            "into": self.into,
            "before": self.before,
            "after": self.after,
            "causes": {
                cause: {name: _text(name, amount) for name, amount in sums.items()}
                for cause, sums in self.causes.items()
            },
            "totals": {name: _text(name, amount) for name, amount in self.totals.items()},
        }


COUNTED = (  # of what an adjustment sums: no amounts
    "events", "rated", "suspended", "forbearances", "refunds", "overcharged", "units", "billed",
    "bundled",
)  # fmt: skip


def _text(name: str, figure: int) -> str:
    """A column of a statement as `--json` prints it: an amount in the currency's unit."""
    return str(figure) if name in COUNTED else unit_text(figure)


def adjust(
    path: Path,
    of: str,
    into: str | None = None,
    why: str = "",
    progress: Progress = lambda steps: None,
) -> Booked:
    """Book what a signed period's run in force differs by from all that was signed and adjusted.

    Args: of: the usage period; into: the booked period, later and not signed; None: the first such;
        progress: told of each bucket.
    Raises: PeriodError if there is nothing to book, or no period to book it into; StoreError if the
        home no longer holds what the earlier run was made of; ConservationError if a sum disagrees.
    """
    month = Period.of(of)
    open_home(path)
    with journal.writer(path, "adjust") as home, commit.disk_errors(path):
        standing = _may_be_adjusted(home, month)
        booked = _booked_period(home, month, into)
        before, after = (
            run_files(home, str(run), superseded=False)
            for run in (standing.accounted_run, standing.run)
        )
        by_id = {adjustment.id: adjustment for adjustment in adjustments(home)}
        changed = _difference(home, before, after, progress)
        earlier = [by_id[adjustment.id] for adjustment in standing.adjustments]
        sides = sides_of(home, str(standing.signed_run), earlier, before, after)
        posted = post(sides)
        identity = {"of": month.name, "into": booked, "before": before.run, "after": after.run}
        times = sum(identity.items() <= adjustment.manifest.items() for adjustment in earlier)
        booking = _write(home, identity, times, before, after, changed, posted)
        manifest = booking.path / commit.MANIFEST
        entry = journal.entry(
            life.ADJUST, manifest, period=of, run=after.run, before=before.run, into=booked,
            adjustment=booking.id, **({"why": why} if why else {}),
        )  # fmt: skip
        acts.publish(home, entry)
        return booking


def _may_be_adjusted(home: Home, month: Period) -> life.Standing:
    standing, where = life.standing_of(home, month.name), str(home.path)
    if standing.signed_run is None:
        raise PeriodError(
            message(
                "{month} is {state}, not signed: it is settled again as it is",
                month=month.name,
                state=life.STATES[standing.state],
            ),
            where,
            message("settle it again: doisoat settle --period {month}", month=month.name),
        )
    if not standing.is_unadjusted:
        is_open = standing.state == "superseded"
        raise PeriodError(
            message(
                "{month} is as it was signed and adjusted: there is no difference to book",
                month=month.name,
            ),
            where,
            message(
                "only if something changed since: settle it again first (doisoat settle"
                " --period {month})",
                month=month.name,
            )
            if is_open
            else message(
                "supersede it and settle it again first: doisoat period supersede {month}"
                " --why TEXT",
                month=month.name,
            ),
        )
    if standing.stale:
        raise PeriodError(
            message(
                "{month} rests on a run of {before} that is no longer in force",
                month=month.name,
                before=month.before,
            ),
            where,
            message("settle it again first: doisoat settle --period {month}", month=month.name),
        )
    if life.standing_of(home, month.before).is_unadjusted:
        raise PeriodError(
            message(
                "{before} is not adjusted yet, and what moved there moves {month}",
                before=month.before,
                month=month.name,
            ),
            where,
            message("adjust the months in order: doisoat adjust {before}", before=month.before),
        )
    return standing


def _booked_period(home: Home, month: Period, period_name: str | None) -> str:
    if period_name is None:
        name = month.after
        while life.standing_of(home, name).signed_run is not None:
            name = Period.of(name).after
        return name
    into = Period.of(period_name)
    if into.name <= month.name:
        raise PeriodError(
            message("{into} is not later than {month}", into=into.name, month=month.name),
            "--into",
            message("give a later month"),
        )
    if life.standing_of(home, into.name).signed_run is not None:
        raise PeriodError(
            message("{into} is signed, and nothing is added to a signed statement", into=into.name),
            "--into",
            message("give a month that is not signed yet, or none: then the first such is taken"),
        )
    return into.name


# --- the difference ------------------------------------------------------------------------------


def _difference(home: Home, before: RunFiles, after: RunFiles, progress: Progress) -> Changed:
    """What the two runs differ by, event by event.

    Of the shards whose amounts differ; of all where units moved elsewhere too, which are in no
    digest.
    """
    if before.manifest["inputs"]["carrier"] != after.manifest["inputs"]["carrier"]:
        raise PeriodError(
            message("one of the two runs settles one carrier alone, the other does not"),
            str(after.path),
            message(
                "settle {period} as it was signed, with the same --carrier", period=after.period
            ),
        )
    changed = _of_shards(home, before, after, changed_shards(before, after), progress)
    if disagreeing(before, after, changed):
        changed = _of_shards(home, before, after, range(SHARDS), progress)
    return changed


def _of_shards(
    home: Home, before: RunFiles, after: RunFiles, shards: Sequence[int], progress: Progress
) -> Changed:
    changes = [Changed(pl.DataFrame(schema=EVENT), pl.DataFrame(schema=LINE))]
    if shards:
        sides = inputs_of(home, before), inputs_of(home, after)
        steps = steps_between(home, *sides)
        known = _known(home, *sides)
        for bucket, bucket_shards in again.buckets_of(shards, home.buckets).items():
            outcomes = [again.rate_shards(step.world, bucket, bucket_shards) for step in steps]
            check_digests(before, outcomes[0].digests, bucket_shards)
            check_digests(after, outcomes[-1].digests, bucket_shards)
            changes.append(differences(outcomes, [step.cause for step in steps[1:]], known))
            progress(1)
    return Changed(
        pl.concat(change.events for change in changes),
        pl.concat(change.lines for change in changes),
    )


def _known(home: Home, before: Inputs, after: Inputs) -> Known:
    ids = [side.month.copies.select(again.IDS) for side in (before, after)]
    openings = [side.named["opening_run"] for side in (before, after)]
    carried = adjustments_between(home, before.month.period.before, *openings)
    return Known(
        contradicted=pl.concat(ids).unique(),
        carried=carried_by_owner(carried, after.month.known, after.people),
        opening_differs=any(before.named.get(name) != after.named.get(name) for name in CARRIED),
        master_differs=before.named["master"] != after.named["master"],
    )


def _by_cause(changed: Changed) -> dict[str, dict[str, int]]:
    """Of each cause: events of which anything differs, AMOUNTS, and the lines beside a price."""
    by_cause = {}
    for cause in CAUSES:
        events, lines = (
            frame.filter(pl.col("cause") == cause) for frame in (changed.events, changed.lines)
        )
        ids = pl.concat([frame.select("event_hi", "event_lo") for frame in (events, lines)])
        if ids.height:
            by_cause[cause] = {
                "events": ids.unique().height,
                **{amount: total_of(events, amount) for amount in AMOUNTS},
                **{
                    nature: total_of(lines.filter(pl.col("nature") == nature), "amount")
                    for nature in BESIDE_PRICES
                },
            }
    return by_cause


# --- what is written -----------------------------------------------------------------------------


def _write(
    home: Home,
    identity: Mapping[str, str],
    times: int,
    before: RunFiles,
    after: RunFiles,
    changed: Changed,
    posted: Posted,
) -> Booked:
    statements = statements_between(before, after, posted.programme)
    lines = lines_between(before, after)
    check_sums(before, after, statements, lines, changed)
    check_days(before, after, changed.lines)
    name = adjustment_id(**identity, times=times)
    causes = _by_cause(changed)
    content = {
        "format_version": FORMAT_VERSION,
        "adjustment": name,
        **identity,
        **({"times": times} if times else {}),
        "causes": {
            cause: {key: str(value) for key, value in sums.items()}
            for cause, sums in causes.items()
        },
    }
    target = home.path / FLOOR / name
    with commit.stage(target.parent) as staging:
        for file, frame in (
            ("event", changed.events.select(STORED_EVENT.names())),
            ("line", changed.lines.select(STORED_LINE.names())),
            ("statement", statements),
            ("statement_line", lines),
            ("programme", posted.programme),
            ("posting", posted.lines),
        ):
            frame.write_parquet(staging.path / f"{file}.parquet", **PARQUET)
        manifest = {**content, "files": commit.part_manifest(staging.path)}
        (staging.path / commit.MANIFEST).write_bytes(run_id.canonical_json(manifest))
        staging.publish(target)
    totals = {column: total_of(statements, column) for column in OF_STATEMENT}
    return Booked(name, **identity, causes=causes, totals=totals, path=target)
