"""The evidence pack of a carrier and period: all that recomputing it takes, without doisoat.

Its rows are the carrier's alone. The same home, carrier and period give the same bytes.
"""

import json
import shutil
import tarfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from doisoat import __version__
from doisoat.engine.intake.master.master_tables import BY_NAME, standing
from doisoat.engine.intake.records.conflict import choices_of
from doisoat.engine.intake.records.decisions import read_decisions
from doisoat.engine.rating.households import benefit_lists
from doisoat.engine.store import commit
from doisoat.engine.store.home import Home, Part, Unchanged, list_parts, read_parts, verify
from doisoat.errors import PeriodError, StoreError
from doisoat.messages.text import message
from doisoat.settlement.access.user_log import naming_users
from doisoat.settlement.database import public_database as face
from doisoat.settlement.database.suspense_states import decided_in
from doisoat.settlement.figures.period import Period
from doisoat.settlement.log import journal
from doisoat.settlement.log.checkpoint import short_form
from doisoat.settlement.log.merkle import Tree
from doisoat.settlement.log.published_folder import changed_files
from doisoat.settlement.log.redaction import redacted
from doisoat.settlement.log.signatures import parsed
from doisoat.settlement.log.signers import registry_of
from doisoat.settlement.packs.contents import (
    CHECK,
    LOG,
    README,
    SCRIPT,
    SHARDS,
    SIGNERS,
    from_run,
    is_plain,
)
from doisoat.settlement.packs.pack_folder import PACKS, default_name, is_packed, not_packed
from doisoat.settlement.packs.provenance import (
    carriers_of,
    keys_of,
    sources_of_run,
    undecided_copies,
)
from doisoat.settlement.packs.tables import Inputs, write_tables
from doisoat.settlement.packs.tax_numbers import check_numbers
from doisoat.settlement.papers.paper_folder import issue_of
from doisoat.settlement.records.booked_statement import booked_into, with_booked
from doisoat.settlement.runs.opening_month import opening_state
from doisoat.settlement.runs.runs import (
    RunFiles,
    current_runs,
    run_files,
    tariffs_of,
    tax_rates_of,
)
from doisoat.tariffs.compile.compile import compile_program
from doisoat.tariffs.load.jurisdiction import DatedRate

FORMAT = "doisoat-evidence-pack"
FORMAT_VERSION = 1
PACKAGE_FOLDER = Path(__file__).parent
LAYERED = "55_layer.sql"  # of check.sql, once for each further layer of sources
LAYERS_MAX = 12
FIRST_CHECK = "70_checks.sql"  # of check.sql: what comes before works out, from here on it compares
MASTER = ("subscription", "port", "pack", "balance", "allow_list")


class Packed(NamedTuple):
    """A pack that was made."""

    carrier: str
    period: str
    run: str
    signed: bool
    checkpoint: str  # as papers carry it; of an unsigned period too
    path: str
    manifest_sha256: str
    files: int
    size: int
    rows: Mapping[str, int]

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {**self._asdict(), "rows": dict(self.rows)}


def make_pack(home: Home, carrier: str, period: Period, out: Path | None, tar: bool) -> Packed:
    """Write a carrier's pack of a settled period, whole or not at all.

    Args: out: the folder, which is not there yet, or empty; None: in packs/ of the home, where the
        pack of a signed run takes the place of the one made before it was signed.
    Raises: PeriodError for a period or carrier without a statement, or one whose signed run is no
        longer in force; StoreError for a home that is not as it was published, or a folder in use.
    """
    run, issue = issue_of(home, period.name)
    files = _whole_run(home, period, run, carrier)
    target = out or home.path / PACKS / default_name(carrier, period.name, run)
    is_draft = (
        out is None
        and not issue.is_draft
        and is_packed(home, carrier, period.name, run, signed=False)
    )
    if target.is_file() or (target.is_dir() and any(target.iterdir()) and not is_draft):
        raise StoreError(
            message("something is here already"),
            str(target),
            message("remove it, or give another with --out"),
        )
    head = [journal.lines(home)[at] for at in range(issue.log_size)]
    with commit.disk_errors(target):
        commit.make_folder(target.parent)
        staging = commit.staging_path(target.parent)
        staging.mkdir()
        try:
            usage = [part.tables() for part in list_parts(home, "usage")]
            verify(usage)
            master = read_parts(home, "master")
            with Unchanged([*usage, *master]) as parts:
                inputs = inputs_of(home, files, usage, master)
                rows = write_tables(staging, inputs, carrier, period)
                parts.check()
            shutil.rmtree(staging / ".spill", ignore_errors=True)
            _copies(staging, files, carrier)
            redacted_lines = redacted(head, naming_users(parsed(head)))
            (staging / LOG).write_bytes(b"".join(line + b"\n" for line in redacted_lines))
            keys = [registered.signer.text for registered in registry_of(parsed(head)).values()]
            (staging / SIGNERS).write_text("".join(f"{key}\n" for key in sorted(keys)), "utf-8")
            for name, content in own_texts(tax_rates_of(files), period.begin).items():
                (staging / name).write_bytes(content)
            about: dict[str, Any] = {
                "format": FORMAT,
                "format_version": FORMAT_VERSION,
                "carrier": carrier,
                "period": period.name,
                "run": run,
                "signed": not issue.is_draft,
                "signer": issue.key_id,
                "number": dict(issue.numbers).get(carrier),
                "log": {"size": issue.log_size, "root": issue.log_root},
                "checkpoint": short_form(issue.log_size, bytes.fromhex(issue.log_root)),
                "keys": keys_of([*usage, *master]),
                "rows": rows,
                "built_by": __version__,
                "files": listed_in(staging),
            }
            (staging / commit.MANIFEST).write_bytes(sealed(about))
            _check_log(head, issue.log_root, target)
            if tar:
                _tar(staging, target.with_name(f"{target.name}.tar"), target.name)
            commit.sync_tree(staging)
            if is_draft:
                shutil.rmtree(target)
            elif target.is_dir():
                target.rmdir()
            staging.rename(target)
            commit.sync(target.parent)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    listed = about["files"]
    return Packed(
        carrier, period.name, run, not issue.is_draft, str(about["checkpoint"]), str(target),
        commit.sha256_of(target / commit.MANIFEST), len(listed) + 1,
        sum(entry["size"] for entry in listed), rows,
    )  # fmt: skip


def pack_signed(home: Home, period: Period) -> tuple[Packed, ...]:
    """The packs of a signed statement that the home has not yet, one for each carrier.

    Raises: as `make_pack`; StoreError says that the signature stands.
    """
    with commit.half_done(
        message("{period} is signed", period=period.name),
        message("then make its packs: doisoat sign {period} again", period=period.name),
    ):
        return tuple(
            make_pack(home, carrier, period, None, tar=False)
            for carrier in not_packed(home, period.name)
        )


def sealed(about: Mapping[str, Any]) -> bytes:
    """A pack's manifest as it lies there: with the digest of all that it says."""
    content = {name: value for name, value in about.items() if name != "seal"}
    return commit.canonical_json({**content, "seal": commit.digest_of(content)})


def listed_in(folder: Path) -> list[dict[str, Any]]:
    """Name, size and SHA-256 of every plain file of a pack but its own manifest, by name."""
    return [
        {"name": name, "size": path.stat().st_size, "sha256": commit.sha256_of(path)}
        for path in sorted(folder.rglob("*"))
        for name in [path.relative_to(folder).as_posix()]
        if name != commit.MANIFEST and is_plain(path)
    ]


def own_texts(rates: Sequence[DatedRate], month: datetime) -> dict[str, bytes]:
    """The files of a pack that are the same in every pack of a version, tax and month: its checks,
    and README.

    Args: as `check_sql`.
    """
    texts = {name: (PACKAGE_FOLDER / f"{name}.txt").read_bytes() for name in (SCRIPT, README)}
    return {CHECK: check_sql(rates, month).encode(), **texts}


def check_sql(rates: Sequence[DatedRate], month: datetime) -> str:
    """check.sql: the files of sql/ in their order.

    Args: rates: of the tax inside prices by the state of the run's catalogue; month: of the pack.
    Raises: CatalogueError if there is no rate for the month.
    """
    files = (*working_sql(rates, month), *_sql_files(rates, month, checks=True))
    return "\n".join(text for _, text in files)


def working_sql(rates: Sequence[DatedRate], month: datetime) -> list[tuple[str, str]]:
    """Name and text of what check.sql begins with: the files of sql/ that work out every line,
    total and refund from usage, and read none that was published."""
    return _sql_files(rates, month, checks=False)


def _sql_files(
    rates: Sequence[DatedRate], month: datetime, *, checks: bool
) -> list[tuple[str, str]]:
    files, numbers_of_tax = [], check_numbers(rates, month)
    for path in sorted((PACKAGE_FOLDER / "sql").glob("*.sql")):
        if (path.name >= FIRST_CHECK) is checks:
            text = path.read_text("utf-8")
            for name, written in numbers_of_tax.items():
                text = text.replace(f"{{{name}}}", written)
            numbers = range(2, LAYERS_MAX + 1) if path.name == LAYERED else (0,)
            files += [(path.name, text.replace("{layer}", str(number))) for number in numbers]
    return files


def _whole_run(home: Home, period: Period, run: str, carrier: str) -> RunFiles:
    """The run that is to be packed, which the face shows and which is as it was published."""
    current = current_runs(home).get(period.name)
    if run != current:
        pack_path = home.path / PACKS / default_name(carrier, period.name, run)
        mend = (
            message("the pack that was made of it is in {pack_path}", pack_path=pack_path)
            if is_packed(home, carrier, period.name, run)
            else message(
                "take the pack that was made when it was signed, or make it of a copy of"
                " the home from before it was settled anew; next time, make it before"
                " that"
            )
        )
        raise PeriodError(
            message(
                "{period} was settled anew since it was signed: the run that was signed"
                " ({run}) is no longer the one in force ({current}), and its events are"
                " not told apart from later ones",
                period=period.name,
                run=run,
                current=current,
            ),
            str(home.path),
            mend,
        )
    files = run_files(home, run, superseded=False)
    faults = [*changed_files(files.path, files.manifest["files"])]
    if faults:
        raise StoreError(faults[0].what, faults[0].where, message("restore it from a copy"))
    if not face.is_whole(home) or face.altered(home):
        raise StoreError(
            message("what was published is not as it was published"),
            str(home.path / face.FACE),
            message("make it again: doisoat settle --period {period}", period=period.name),
        )
    path = files.path / "statement.parquet"
    statements = pl.read_parquet(path, glob=False, hive_partitioning=False)
    bookings = booked_into(home, period.name, len(journal.entries(home)))
    known = with_booked(statements, period.name, bookings)["carrier"].to_list()
    if carrier not in known:
        listed = ", ".join(known)
        raise PeriodError(
            message(
                "{carrier} has no statement of {period}; these have: {listed}",
                carrier=repr(carrier),
                period=period.name,
                listed=listed,
            ),
            "CARRIER",
            message("name one of these"),
        )
    return files


def inputs_of(home: Home, files: RunFiles, usage: Sequence[Part], parts: Sequence[Part]) -> Inputs:
    """Where the rows of a pack of this run lie.

    Args: usage, parts: of usage and of master data, in force and verified.
    """
    period = Period.of(files.period)
    catalogue, package = tariffs_of(files)
    before = files.manifest["inputs"]["opening_run"]
    master = {name: standing(parts, BY_NAME[name]) for name in MASTER}
    master["allow_list"] = benefit_lists(master["allow_list"], package)
    opening = opening_state(
        None if before is None else run_files(home, before, superseded=False),
        compile_program(catalogue, package),
        master["subscription"],
        master["pack"],
        master["balance"],
        period,
    )
    sources = sources_of_run(usage, files.manifest["inputs"]["sources"], period.name)
    within_ms = period.begin_ms, period.end_ms
    choices = choices_of(read_decisions(home))
    return Inputs(
        face=home.path / face.FACE,
        run=files.path,
        opening=opening,
        opens_anew=before is None,
        usage=usage,
        sources=sources,
        copies=undecided_copies(usage, choices, sources, period.name, within_ms),
        decided=decided_in(home, usage, parts),
        master=master,
        is_shared=len(carriers_of(usage)) > 1,
        catalogue=catalogue,
        package=package,
    )


def _copies(staging: Path, files: RunFiles, carrier: str) -> None:
    """Files of the run, byte for byte: its manifest has their digests, and the log has its."""
    folder = staging / "run"
    folder.mkdir()
    listed = {entry["name"]: entry for entry in files.manifest["files"]}
    for name in (commit.MANIFEST, *from_run(listed, carrier, files.period)):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        shutil.copyfile(files.path / name, path)
    shards = files.manifest["result"]["shards"]
    shard_lines = "".join(f"{shard}\t{digest}\n" for shard, digest in enumerate(shards))
    (staging / SHARDS).write_text(shard_lines, "utf-8")


def _check_log(head: list[bytes], root: str, target: Path) -> None:
    if Tree(head).root().hex() != root:
        raise StoreError(
            message("the log changed while the pack was made"),
            str(target),
            message("make it again: doisoat pack"),
        )
    for line in head:
        json.loads(line)


def _tar(folder: Path, path: Path, top: str) -> None:
    """The folder as one file, whose bytes tell of no clock and no user."""
    staged = path.with_name(f".{path.name}")
    with tarfile.open(staged, "w", format=tarfile.PAX_FORMAT) as archive:
        for file in sorted(entry for entry in folder.rglob("*") if entry.is_file()):
            member = tarfile.TarInfo(f"{top}/{file.relative_to(folder).as_posix()}")
            member.size, member.mode = file.stat().st_size, 0o644
            with open(file, "rb") as content:
                archive.addfile(member, content)
    staged.replace(path)
