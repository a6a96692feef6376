"""Acts on a home that a person answers for: signers, and a period opened, signed, superseded.

Each is an entry of the log, told with the face that shows it, as a settle is. Nothing settled is
changed by any of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from doisoat.civil_time import civil_now
from doisoat.engine.store import commit
from doisoat.engine.store.home import Home, list_parts, open_home
from doisoat.errors import KeyFileError, PeriodError, StoreError
from doisoat.messages.text import message
from doisoat.settlement.database import public_database as face
from doisoat.settlement.figures.period import Period
from doisoat.settlement.log import clock, journal, signers
from doisoat.settlement.log.checkpoint import Checkpoint, origin_of
from doisoat.settlement.log.merkle import Tree
from doisoat.settlement.log.note import Signer
from doisoat.settlement.log.published_folder import changed_files
from doisoat.settlement.log.signatures import NOTE
from doisoat.settlement.log.signing_key import SigningKey
from doisoat.settlement.records.booked_statement import booked_into, with_booked
from doisoat.settlement.runs import period_state as life
from doisoat.settlement.runs import postings
from doisoat.settlement.runs.runs import manifest_of, tariffs_of, told_run


class Signed(NamedTuple):
    """A period's statements, signed."""

    period: str
    run: str
    numbers: Mapping[str, str]  # number of the statement, by carrier
    signer: str
    entry: int
    checkpoint: str  # short form of the log with this entry, for papers
    already: bool  # was signed with this key before: nothing was done

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {**self._asdict(), "numbers": dict(self.numbers)}


# --- signers -------------------------------------------------------------------------------------


def add_signer(home: Path, signer: Signer, why: str) -> bool:
    """Let a key sign in a home; False if it could already.

    Raises: KeyFileError if the key was retired here: a retired key does not come back.
    """
    open_home(home)
    journal.refuse_number("NAME", signer.name)
    with journal.writer(home, "signer add") as locked:
        registry = signers.registry_of(journal.entries(locked))
        if signer.key_id in registry:
            signers.check_may_sign(registry, signer, signer.name)
            return False
        journal.append(locked, _entry(locked, signers.ADD, why, signer=signer.text))
    return True


def retire_signer(home: Path, name: str, why: str) -> Signer:
    """Let a key sign no more; what it signed stays signed. KeyFileError if none is in force."""
    open_home(home)
    with journal.writer(home, "signer retire") as locked:
        signer = signers.named(signers.registry_of(journal.entries(locked)), name)
        journal.append(locked, _entry(locked, signers.RETIRE, why, retired=signer.key_id))
    return signer


def rotate_signer(home: Path, old: SigningKey, new: Signer, why: str) -> None:
    """Put a key in the place of another, which signs that it is so.

    Raises: KeyFileError if the old one may not sign, or the new one is known here already.
    """
    open_home(home)
    journal.refuse_number("NAME", new.name)
    with journal.writer(home, "signer rotate") as locked:
        registry = signers.registry_of(journal.entries(locked))
        signers.check_may_sign(registry, old.signer, old.signer.name)
        signers.check_is_new(registry, new)
        entry = _entry(
            locked, signers.ROTATE, why, signer=new.text, retired=old.signer.key_id,
            key=old.signer.label,
        )  # fmt: skip
        journal.append(locked, with_note(locked, entry, old, {"next": new.text}))


# --- the clock -----------------------------------------------------------------------------------


class Named(NamedTuple):
    """Entries that were written under a wrong clock, and the entry that says so."""

    entry: int
    wrong: tuple[int, ...]  # none: the home rested, and the clock is right


def name_wrong_times(home: Home, log: Sequence[Mapping[str, Any]]) -> tuple[int, ...]:
    """The entries that the machine's clock says were written under a wrong one.

    Raises: StoreError where the clock and the log agree, or the clock is before any log.
    """
    now, where = journal.now(), str(home.path / journal.JOURNAL)
    fault = clock.fault_of(log, now)
    if fault is None:
        raise StoreError(
            message(
                "this machine's clock ({now} UTC) agrees with the log: there is nothing to say",
                now=now,
            ),
            where,
            message("run the command that was refused"),
        )
    if now < clock.FIRST:
        raise StoreError(fault.what, where, fault.mend)
    return tuple(clock.later_than(log, now))


def needs_key(log: Sequence[Mapping[str, Any]], wrong: Sequence[int]) -> bool:
    """Was any of these entries signed? Then only who may sign says that its time is wrong."""
    return any(NOTE in entry for entry in log if entry["entry"] in wrong)


def set_clock_right(home: Path, why: str, key: SigningKey | None = None) -> Named:
    """Say in the log which entries were written under a wrong clock; they stay as they are.

    From then on the clock is held to the entries since.
    Raises: StoreError as `name_wrong_times`; KeyFileError if a signed entry is among them and no
        key is given, or one that may not sign here.
    """
    open_home(home)
    with journal.writer_at_any_time(home, "log clock") as locked:
        log = journal.entries(locked)
        wrong = name_wrong_times(locked, log)
        if key is None and needs_key(log, wrong):
            raise KeyFileError(
                message(
                    "a signed entry is among those under a wrong clock: only who may sign"
                    " can say so"
                ),
                "--key",
                message("give a signing key: --key FILE"),
            )
        fields = {"wrong": list(wrong)} if wrong else {}
        if key is None:
            entry = _entry(locked, clock.CLOCK, why, **fields)
        else:
            signers.check_may_sign(signers.registry_of(log), key.signer, key.signer.name)
            entry = _entry(locked, clock.CLOCK, why, key=key.signer.label, **fields)
            entry = with_note(locked, entry, key, {})
        journal.append(locked, entry)
        return Named(int(journal.entries(locked)[-1]["entry"]), wrong)


# --- periods -------------------------------------------------------------------------------------


def open_period(home: Path, period: str, cut_off: datetime | None, why: str) -> life.Standing:
    """Say that a period is open, and until when late usage comes into its statement.

    Args: cut_off: civil time; None: no such moment.
    Raises: PeriodError if it is signed already, or the cut-off lies before the period's end.
    """
    month = Period.of(period)
    if cut_off is not None and cut_off < month.end:
        raise PeriodError(
            message(
                "the cut-off {cut_off} lies before the end of {period}",
                cut_off=f"{cut_off:%Y-%m-%d %H:%M}",
                period=period,
            ),
            "--cut-off",
            message("give a day from {end} on", end=f"{month.end:%Y-%m-%d}"),
        )
    open_home(home)
    with journal.writer(home, "period open") as locked:
        standing = life.standing_of(locked, period)
        if standing.signed_run is not None:
            raise PeriodError(
                message(
                    "{period} is {state}: its statement is signed",
                    period=period,
                    state=life.STATES[standing.state],
                ),
                str(locked.path),
                message("what comes late is booked as an adjustment: doisoat period status"),
            )
        fields = {"cut_off": cut_off.isoformat()} if cut_off is not None else {}
        journal.append(locked, _entry(locked, life.OPEN, why, period=period, **fields))
        return life.standing_of(locked, period)


def supersede(home: Path, period: str, why: str) -> tuple[str, ...]:
    """Let a signed period be settled anew; its signed statement stands. Returns: later signed ones.

    Raises: PeriodError unless the period is signed, and no later period rests on it signed.
    """
    Period.of(period)
    open_home(home)
    with journal.writer(home, "period supersede") as locked:
        standing = life.standing_of(locked, period)
        if standing.state == "superseded":
            raise PeriodError(
                message("{period} is superseded already", period=period),
                str(locked.path),
                message("settle it again, then: doisoat adjust {period}", period=period),
            )
        if standing.state != "signed":
            raise PeriodError(
                message(
                    "{period} is {state}, not signed: there is nothing to supersede",
                    period=period,
                    state=life.STATES[standing.state],
                ),
                str(locked.path),
                message(
                    "settle it again as it is: doisoat settle --period {period}", period=period
                ),
            )
        entry = _entry(locked, life.SUPERSEDE, why, period=period, run=str(standing.run))
        publish(locked, entry)
        later = life.standings(locked)
    return tuple(
        name for name, standing in later.items() if name > period and standing.state == "signed"
    )


def sign(home: Path, period: str, key: SigningKey, why: str = "") -> Signed:
    """Sign the statements of a period's run in force, and the log up to here with them.

    Raises: PeriodError if the period is not settled, stale, signed already, or its cut-off is still
        to come; KeyFileError if the key may not sign here, or settled the run itself; StoreError if
        the run is not as it was published, or the clock went back.
    """
    Period.of(period)
    open_home(home)
    with journal.writer(home, "sign") as locked:
        log = journal.entries(locked)
        registry = signers.registry_of(log)
        signers.check_may_sign(registry, key.signer, key.signer.name)
        standing = life.standing_of(locked, period)
        if standing.state == "signed" and standing.signed_by == key.signer.label:
            return _signed(locked, log, period, already=True)
        run = _may_be_signed(locked, standing)
        _not_by_who_settled(log, standing, key.signer)
        # What is signed carries its time: not even by a second may it lie before the log's.
        clock.refuse_wrong(log, journal.now(), str(locked.path / journal.JOURNAL), timedelta())
        folder = locked.floor("runs") / run
        numbers = _numbers(locked, log, period, folder)
        entry = _entry(
            locked, life.SIGN, why, period=period, run=run, key=key.signer.label, numbers=numbers
        )
        entry["manifest_sha256"] = commit.sha256_of(folder / commit.MANIFEST)
        publish(locked, entry, key, {"period": period, "run": run})
        return _signed(locked, journal.entries(locked), period, already=False)


def _may_be_signed(home: Home, standing: life.Standing) -> str:
    """The run that is to be signed."""
    period, where = standing.period, str(home.path)
    if standing.run is None:
        raise PeriodError(
            message("{period} is not settled", period=period),
            where,
            message("settle it first: doisoat settle --period {period}", period=period),
        )
    if standing.signed_run is not None:
        raise PeriodError(
            message(
                "{period} was signed by {signed_by} at {signed_at} UTC; a period is signed once",
                period=period,
                signed_by=standing.signed_by,
                signed_at=standing.signed_at,
            ),
            where,
            message("what changed since is booked into a later period: doisoat adjust"),
        )
    if standing.stale:
        raise PeriodError(
            message(
                "{period} rests on a run of {before} that is no longer in force",
                period=period,
                before=Period.of(period).before,
            ),
            where,
            message("settle it again first: doisoat settle --period {period}", period=period),
        )
    run = told_run(home, standing.run)
    if not postings.is_as_posted(home, tariffs_of(run)[1], run.manifest):
        raise PeriodError(
            message(
                "an adjustment was booked since {period} was settled, and its envelope"
                " has more or less left",
                period=period,
            ),
            where,
            message("settle it again first: doisoat settle --period {period}", period=period),
        )
    before = life.standing_of(home, Period.of(period).before)
    if before.run is not None and before.state != "signed" and before.signed_run is None:
        raise PeriodError(
            message(
                "{period} is settled and not signed, and {period_2} rests on it",
                period=before.period,
                period_2=period,
            ),
            where,
            message("sign the months in order: doisoat sign {period}", period=before.period),
        )
    if standing.cut_off is not None and civil_now() < standing.cut_off:
        raise PeriodError(
            message(
                "late usage of {period} comes in until {cut_off}",
                period=period,
                cut_off=f"{standing.cut_off:%Y-%m-%d %H:%M}",
            ),
            where,
            message("sign it after its cut-off, or set another: doisoat period open --cut-off"),
        )
    folder = home.floor("runs") / standing.run
    for fault in changed_files(folder, manifest_of(folder)["files"]):
        raise StoreError(
            fault.what,
            fault.where,
            message("restore it from a copy, or settle again"),
        )
    return standing.run


def _not_by_who_settled(
    log: Iterable[Mapping[str, Any]], standing: life.Standing, signer: Signer
) -> None:
    """Four eyes: a safeguard against error, not against the machine's owner."""
    settled = [
        entry for entry in log if entry["what"] == "settle" and entry.get("run") == standing.run
    ]
    if any(entry.get("key") == signer.label for entry in settled):
        raise signers.may_not(
            message(
                "{signer} settled {period}, and who settled may not sign",
                signer=signer.label,
                period=standing.period,
            )
        )


def _numbers(
    home: Home, log: Sequence[Mapping[str, Any]], period: str, folder: Path
) -> dict[str, str]:
    """The statements' numbers: of each carrier, counted on through the year."""
    year = period[:4]
    signed = [
        entry["numbers"]
        for entry in log
        if entry["what"] == life.SIGN and entry["period"][:4] == year
    ]
    statements = pl.read_parquet(folder / "statement.parquet", glob=False, hive_partitioning=False)
    carriers = with_booked(statements, period, booked_into(home, period, len(log)))[
        "carrier"
    ].to_list()
    return {
        carrier: f"{sum(carrier in taken for taken in signed) + 1:02d}/{year}/DS-{carrier.upper()}"
        for carrier in carriers
    }


def _signed(home: Home, log: Iterable[Mapping[str, Any]], period: str, *, already: bool) -> Signed:
    entry = [
        logged for logged in log if logged["what"] == life.SIGN and logged["period"] == period
    ][-1]
    tree = Tree(journal.lines(home))
    checkpoint = Checkpoint("", entry["entry"], tree.root(entry["entry"]), {})
    return Signed(
        period,
        entry["run"],
        entry["numbers"],
        entry["key"],
        entry["entry"],
        checkpoint.short,
        already,
    )


# --- entries -------------------------------------------------------------------------------------


def _entry(home: Home, act_kind: str, why: str, **more: Any) -> dict[str, Any]:
    """An entry of now; where an act made nothing, home.json stands for a manifest."""
    fields = {"why": why, **more} if why else more
    return journal.entry(act_kind, home.path / "home.json", **fields)


def publish(
    home: Home,
    entry: Mapping[str, Any],
    key: SigningKey | None = None,
    fields: Mapping[str, str] | None = None,
) -> None:
    """Publish the face that shows an entry, and write it into the log, signed if a key is given."""

    def finish(unsigned: Mapping[str, Any]) -> dict[str, Any]:
        return dict(unsigned) if key is None else with_note(home, unsigned, key, fields or {})

    run = face.shown_run(home)
    if run is None:
        raise StoreError(
            message("nothing was published here"),
            str(home.path),
            message("settle a period first"),
        )
    usage, master = list_parts(home, "usage"), list_parts(home, "master")
    with commit.disk_errors(home.path), face.staged(home) as staging:
        face.build_again(
            staging, home, usage, master, entry, *tariffs_of(run), finish=finish, anew=False
        )
        with commit.uninterrupted():
            face.swap_again(home, staging)


def with_note(
    home: Home, entry: Mapping[str, Any], key: SigningKey, fields: Mapping[str, str]
) -> dict[str, Any]:
    """An entry with the note that signs it and the log before it."""
    lines = journal.lines(home)
    tree = Tree(lines)
    digest = commit.digest_of(dict(entry))
    checkpoint = Checkpoint(
        origin_of(lines[0]),
        len(tree),
        tree.root(),
        {**fields, "entry": digest, "signed_at": f"{entry['logged_at']}Z"},
    )
    return {**entry, "note": key.sign(checkpoint.text)}
