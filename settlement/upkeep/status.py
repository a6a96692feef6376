"""The status of a home, from its manifests, suspended records and log; takes no lock.

Events are read for the ids of those that records of several parts contradict, and no more. Quick on
any home, and no check of it: `doisoat verify` reads everything. Figures of a home that is
being written meanwhile may be of before and after.
"""

import json
import os
import re
import socket
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from doisoat.civil_time import civil_now
from doisoat.engine.intake.records.event_index import EventIndex
from doisoat.engine.intake.suspense.suspense_register import RECYCLABLE, Register, read_register
from doisoat.engine.store.commit import STAGING_PREFIX
from doisoat.engine.store.home import (
    ERASING,
    FLOORS,
    REMOVED,
    SAMPLES,
    Access,
    Home,
    access_of,
    list_parts,
)
from doisoat.settlement.database import public_database as face
from doisoat.settlement.log import journal
from doisoat.settlement.log.merkle import Tree
from doisoat.settlement.log.verification import Verification, last_verification
from doisoat.settlement.records import reconciliation_records as reconciled
from doisoat.settlement.records.claim_records import claims_told, latest_of
from doisoat.settlement.runs import period_state as life
from doisoat.settlement.upkeep.next_step import Facts, Step, next_steps, shown

if TYPE_CHECKING:
    from doisoat.settlement.sampling.records import Sample

PACK = ("period", "carrier", "signer", "checkpoint", "manifest_sha256")
LOCKS = Path("/proc/locks")
LockState = Literal["free", "held", "unknown"]


class Lock(NamedTuple):
    """Who writes in a home, as far as can be seen without touching its lock."""

    state: LockState
    owner: Mapping[str, Any] | None  # pid, host, command, since: of who holds it, or held it last


class Suspended(NamedTuple):
    """Records in suspense, as `suspense list` has them.

    ever: with what was taken in before another copy contradicted it; open: or edited, of which
    nothing came yet.
    """

    ever: int
    open: int


class Status(NamedTuple):
    """A home at a glance."""

    path: Path
    parts: Mapping[str, int]  # by floor
    months: Mapping[str, int]  # records of usage by month, as intakes counted them
    packs: tuple[Mapping[str, Any], ...]  # that consolidate took in, by month and carrier
    suspended: Suspended
    periods: tuple[life.Standing, ...]
    past_cut_off: tuple[str, ...]  # settled and not signed, though late usage is over
    claims: Mapping[str, int]  # in force, by month
    variances: Mapping[str, Mapping[str, int]]  # of the last reconciliation, by month and state
    overdue: Mapping[str, int]  # of these, asked and not answered in time, by month
    samples: "tuple[Sample, ...]"  # the oldest first
    last: Mapping[str, Any] | None  # the last publication: at, what, period, run
    verified: Verification | None  # the last that was recorded
    log_size: int
    log_root: str
    lock: Lock
    leftovers: tuple[str, ...]  # of commands that were killed; the next writer clears them
    access: Access
    next: tuple[Step, ...] = ()  # what waits for somebody, the next step first

    @property
    def unsigned(self) -> tuple[str, ...]:
        return tuple(standing.period for standing in self.periods if standing.state == "settled")

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "home": str(self.path),
            "parts": dict(self.parts),
            "months": dict(self.months),
            "packs": list(self.packs),
            "suspended": self.suspended._asdict(),
            "periods": [standing.as_object() for standing in self.periods],
            "stale": [standing.period for standing in self.periods if standing.stale],
            "unadjusted": [standing.period for standing in self.periods if standing.is_unadjusted],
            "unsigned": list(self.unsigned),
            "past_cut_off": list(self.past_cut_off),
            "claims": dict(self.claims),
            "variances": {month: dict(states) for month, states in self.variances.items()},
            "overdue": dict(self.overdue),
            "samples": [
                {
                    "sample": sample.id,
                    "period": sample.manifest["period"],
                    "parties": list(sample.design.parties),
                    "step": sample.step,
                    "standing": sample.standing,
                    "since": sample.life.since,
                    "waits_for": list(sample.waits_for),
                    "verdict": sample.verdict,
                    "verdicts": [stated["verdict"] for stated in sample.shown()],
                    "faults": list(sample.life.faults),
                }
                for sample in self.samples
            ],
            "last_publication": self.last,
            "verified": None if self.verified is None else self.verified.as_object(),
            "log": {"size": self.log_size, "root": self.log_root},
            "lock": {"state": self.lock.state, "owner": self.lock.owner},
            "leftovers": list(self.leftovers),
            "next": shown(self.next),
            "access": {"mode": f"{self.access.mode:04o}", "others": self.access.others},
        }


def _samples(home: Home) -> "tuple[Sample, ...]":
    """Most homes have none: what reads them is loaded where one has, since every command of a
    month ends with what is next."""
    if not (home.path / SAMPLES).is_dir():
        return ()
    from doisoat.settlement.sampling.records import samples

    return tuple(samples(home))


def status_of(home: Home) -> Status:
    """Raises: StoreError for a manifest, a decision or a run that cannot be read."""
    usage, master = list_parts(home, "usage"), list_parts(home, "master")
    months: Counter[str] = Counter()
    for part in usage:
        for source in part.manifest["sources"]:
            months.update(source["months"])
    log = journal.entries(home)
    periods = tuple(life.standings(home, months).values())
    now = civil_now()
    last = journal.last_publication(log)
    tree = Tree(journal.lines(home))
    variances, overdue = _variances(home, log, now.date().isoformat())
    register = read_register(home, usage, master, EventIndex.of(home))
    status = Status(
        path=home.path,
        parts={"usage": len(usage), "master": len(master), "runs": _runs(home)},
        months=dict(sorted(months.items())),
        packs=tuple(
            sorted(
                (
                    {name: pack[name] for name in PACK}
                    for part in usage
                    for pack in part.manifest.get("packs", ())
                ),
                key=lambda pack: (pack["period"], pack["carrier"]),
            )
        ),
        suspended=_suspended(register),
        periods=periods,
        past_cut_off=tuple(
            standing.period
            for standing in periods
            if standing.state == "settled"
            and standing.cut_off is not None
            and now >= standing.cut_off
        ),
        claims=Counter(claim.period for claim in latest_of(claims_told(home, log)).values()),
        variances=variances,
        overdue=overdue,
        samples=_samples(home),
        last=None
        if last is None
        else {name: last[name] for name in ("logged_at", "what", "period", "run", "who")},
        verified=last_verification(log),
        log_size=len(tree),
        log_root=tree.root().hex(),
        lock=lock_of(home.path / "lock"),
        leftovers=_leftovers(home),
        access=access_of(home.path),
    )
    return status._replace(next=next_steps(Facts(home, status, register, log, usage, master)))


def _variances(
    home: Home, log: Sequence[Mapping[str, Any]], today: str
) -> tuple[dict[str, Counter[str]], Counter[str]]:
    """How many stand in which state, by month; how many were to be answered before today."""
    by_month: dict[str, Counter[str]] = {}
    overdue: Counter[str] = Counter()
    standings = reconciled.standings(log)
    for month, reconciliation in reconciled.in_force(home, log).items():
        month_standings = [
            standings.get(variance.id, reconciled.OPEN) for variance in reconciliation.variances
        ]
        by_month[month] = Counter(standing.state for standing in month_standings)
        overdue[month] += sum(
            standing.state == "asked" and standing.deadline < today for standing in month_standings
        )
    return by_month, overdue


def _runs(home: Home) -> int:
    return sum(1 for _ in home.floor("runs").glob("[!.]*/manifest.json"))


def _suspended(register: Register) -> Suspended:
    states = register.records["state"]
    return Suspended(len(states), int(states.is_in(RECYCLABLE).sum()))


def lock_of(path: Path, locks: Path = LOCKS) -> Lock:
    """Who holds a lock file, by what the system lists: asking for the lock itself might refuse a
    writer who comes that very moment.

    "unknown" where the system lists nothing, or the owner is on another machine.
    """
    try:
        about = path.stat()
        owner: dict[str, Any] | None = json.loads(path.read_bytes() or b"null")
    except FileNotFoundError:
        return Lock("free", None)
    except (OSError, ValueError):
        return Lock("unknown", None)  # Somebody is just taking it.
    if owner is None:
        return Lock("free", None)
    if owner.get("host") != socket.gethostname():
        return Lock("unknown", owner)
    try:
        listed = locks.read_text("ascii")
    except OSError:
        return Lock("unknown", owner)
    device = f"{os.major(about.st_dev):02x}:{os.minor(about.st_dev):02x}:{about.st_ino}"
    match = re.search(rf"FLOCK .* (?:{owner.get('pid')} \S+:{about.st_ino}|\d+ {device}) ", listed)
    return Lock("held" if match else "free", owner)


def _leftovers(home: Home) -> tuple[str, ...]:
    """What commands that were killed left; of a command that still runs, its workplace."""
    folders = [home.path, *(home.floor(floor) for floor in (*FLOORS, REMOVED))]
    leftovers = [
        str(leftover.relative_to(home.path))
        for folder in folders
        for leftover in folder.glob(f"{STAGING_PREFIX}*")
    ]
    if (home.path / ERASING).exists():
        leftovers.append(ERASING)
    if not face.is_whole(home):
        leftovers.append(face.FACE)  # published half: the next settle ends it
    return tuple(sorted(leftovers))
