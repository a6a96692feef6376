"""Files claims into a home: the bytes as received and what they say, then an entry of the log.

A claim is named by its bytes, so the same file twice is the same claim; another one of the same
carrier, period and grain is its next version. Nothing filed is ever changed or taken back.
"""

import hashlib
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.engine.store import commit
from doisoat.engine.store.home import FORMAT_VERSION, Home, open_home
from doisoat.errors import IntakeError
from doisoat.messages.text import message
from doisoat.settlement.database import acts
from doisoat.settlement.database import public_database as face
from doisoat.settlement.figures import run_id
from doisoat.settlement.figures.row_files import PARQUET
from doisoat.settlement.log import journal
from doisoat.settlement.records.claim_model import Claim
from doisoat.settlement.records.claim_records import (
    CLAIM,
    FLOOR,
    ROWS_FILE,
    TOGETHER,
    TOTALS_FILE,
    StoredClaim,
    claims_told,
    latest_of,
)

RECEIVED = "received"  # the stem of the file that came


class Filed(NamedTuple):
    """A claim that is filed, and whether it was before.

    latest: the version in force of its carrier, period and grain; beside_latest: that was given
    with it, as when the same command is run again.
    """

    claim: StoredClaim
    already: bool
    latest: int
    beside_latest: bool

    @property
    def in_force(self) -> bool:
        return self.claim.version == self.latest

    @property
    def is_passed_over(self) -> bool:
        """Was it filed before, and is another version in force, which this filing leaves so?"""
        return self.already and not self.in_force and not self.beside_latest

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            **self.claim.as_object(),
            "already": self.already,
            "in_force": self.in_force,
            "version_in_force": self.latest,
        }


def file_claims(
    path: Path, claims: Sequence[tuple[Path, Claim]], why: str = "", by: str = ""
) -> list[Filed]:
    """File claims, each with the file it was read from, and publish the face that lists them.

    Args: by: who gave them, or took them in, where that is not whoever runs the command.
    Raises: IntakeError if a file changed since it was read, or its bytes are filed as somebody
        else's claim: then none of them is filed.
    """
    open_home(path)
    with journal.writer(path, "claim file") as home, commit.disk_errors(path):
        filed = claims_told(home, journal.entries(home))
        new = list[tuple[Path, Claim]]()
        for file, claim in claims:
            _refuse_another(file, claim, filed, [earlier for _, earlier in new])
            if claim.sha256 not in {earlier.sha256 for earlier in filed} | {
                earlier.sha256 for _, earlier in new
            }:
                new.append((file, claim))
        _file(home, new, filed, {"why": why, "by": by})
        known = {stored.sha256 for stored in filed}
        filed = claims_told(home, journal.entries(home))
        by_name = {stored.sha256: stored for stored in filed}
        latest = latest_of(filed)
        sent = dict.fromkeys(claim.sha256 for _, claim in claims)
        return [
            Filed(stored, stored.sha256 in known, last.version, last.sha256 in sent)
            for stored, last in ((by_name[name], latest[by_name[name].declared]) for name in sent)
        ]


def _file(
    home: Home,
    new: Sequence[tuple[Path, Claim]],
    filed: Sequence[StoredClaim],
    reason: Mapping[str, str],
) -> None:
    """Put the folders of claims in place, all or none, then tell the log of each."""
    versions = Counter(stored.declared for stored in filed)
    together = [claim.sha256 for _, claim in new]
    more: dict[str, Any] = {name: text for name, text in reason.items() if text}
    if len(new) > 1:
        more[TOGETHER] = together
    entries = []
    with ExitStack() as stack:
        staged = [(_staged(stack, home, file, claim), claim) for file, claim in new]
        stack.push(partial(_withdraw_untold, home, together))
        for staging, claim in staged:
            target = home.path / FLOOR / claim.sha256
            _clear_untold(target)
            staging.publish(target)
            versions[claim.declared] += 1
            entries.append(
                journal.entry(
                    CLAIM,
                    target / commit.MANIFEST,
                    period=claim.declared.period,
                    claim=claim.sha256,
                    carrier=claim.declared.carrier,
                    grain=claim.declared.grain,
                    claim_version=versions[claim.declared],
                    **more,
                )
            )
        _tell(home, entries)


def _withdraw_untold(
    home: Home, names: Sequence[str], kind: type[BaseException] | None, *_: object
) -> None:
    """After an error no folder stays that the log has no entry of: the home is as it was."""
    if kind is None or not issubclass(kind, Exception):
        return
    logged = {entry["claim"] for entry in journal.entries(home) if entry["what"] == CLAIM}
    for name in names:
        if name not in logged:
            _clear_untold(home.path / FLOOR / name)


def _clear_untold(target: Path) -> None:
    """What a killed writer put here, and told nobody of, is made again: it may say otherwise."""
    if target.exists():
        aside = commit.staging_path(target.parent)
        target.rename(aside)
        shutil.rmtree(aside)


def _staged(stack: ExitStack, home: Home, file: Path, claim: Claim) -> commit.Staging:
    """A claim's folder, whole, not in its place yet."""
    staging = stack.enter_context(commit.stage(home.path / FLOOR))
    received = staging.path / f"{RECEIVED}.{claim.form}"
    if _copied(file, received) != claim.sha256:
        raise IntakeError(
            message("it changed while it was read"), str(file),
            message("give it again when it is whole"),
        )  # fmt: skip
    rows = claim.cells.lazy() if claim.lines is None else claim.lines
    rows.sink_parquet(staging.path / ROWS_FILE, maintain_order=True, **PARQUET)
    claim.totals.write_parquet(staging.path / TOTALS_FILE, **PARQUET)
    content = {
        "format_version": FORMAT_VERSION,
        "claim": claim.sha256,
        **claim.declared._asdict(),
        "received": {"name": received.name, "form": claim.form, "size": claim.size},
        "rows": claim.rows,
        "amount": str(claim.amount),
        "sums": [nature_sum.as_object() for nature_sum in claim.sums],
        "findings": [finding.as_object() for finding in claim.findings],
        "files": commit.part_manifest(staging.path),
    }
    (staging.path / commit.MANIFEST).write_bytes(run_id.canonical_json(content))
    return staging


def _refuse_another(
    file: Path, claim: Claim, filed: Sequence[StoredClaim], new: Sequence[Claim]
) -> None:
    """The same bytes are one claim: they cannot be another carrier's, or another month's, too."""
    known = [(stored.sha256, stored.declared) for stored in filed]
    for name, declared in [*known, *((earlier.sha256, earlier.declared) for earlier in new)]:
        if name == claim.sha256 and declared != claim.declared:
            raise IntakeError(
                message("these bytes are filed already as the claim of {declared}, not of"
" {claim_declared}", declared=declared, claim_declared=claim.declared),
                str(file),
                message("give the file that was made for this carrier, period and grain"),
            )  # fmt: skip


def _copied(file: Path, target: Path) -> str:
    """Copy a file; returns the SHA-256 of what was copied."""
    digest = hashlib.sha256()
    with open(file, "rb") as source, open(target, "xb") as copy:
        while piece := source.read(commit.READ_BYTES):
            digest.update(piece)
            copy.write(piece)
    return digest.hexdigest()


def _tell(home: Home, entries: Sequence[Mapping[str, Any]]) -> None:
    """Tell the log; of the last with the face that lists all, where one was published."""
    if not entries:
        return
    *first, last = entries
    for entry in first:
        journal.append(home, entry)
    if face.shown_run(home) is None:
        journal.append(home, last)  # The next settle shows it.
    else:
        acts.publish(home, last)
