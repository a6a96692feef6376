"""The claims of a period that are to be held against its run, and those that cannot be read."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from doisoat.engine.store.home import Home
from doisoat.errors import ConservationError, StoreError
from doisoat.messages.text import halves_of, message
from doisoat.settlement.log.published_folder import changed_files, manifest_in
from doisoat.settlement.records.claim_records import FLOOR, StoredClaim, claim_of, filings

Entry = Mapping[str, Any]


class Damaged(NamedTuple):
    """A claim in force that is not what was filed: what is wrong, and where."""

    carrier: str
    grain: str
    version: int
    claim: str
    where: str
    what: str

    def as_object(self) -> dict[str, Any]:
        return self._asdict()

    @property
    def of(self) -> tuple[str, str]:
        return self.carrier, self.grain


def claims_in_force(
    home: Home, log: Sequence[Entry], period: str, carrier: str | None
) -> tuple[list[StoredClaim], list[Damaged]]:
    """The latest claim of each carrier and grain of a period, by carrier and grain.

    Damaged claims are listed apart: no earlier version takes their place.
    """
    latest: dict[tuple[str, str], Entry] = {}
    for entry in filings(log).values():
        if entry["period"] == period and carrier in (None, entry["carrier"]):
            latest[str(entry["carrier"]), str(entry["grain"])] = entry
    claims: list[StoredClaim] = []
    damaged: list[Damaged] = []
    for (of, grain), entry in sorted(latest.items()):
        path = home.path / FLOOR / str(entry["claim"])
        unread = Damaged(of, grain, int(entry["claim_version"]), path.name, str(path), "")
        try:
            claims.append(_whole(path, entry))
        except StoreError as error:
            damaged.append(unread._replace(where=error.where, what=error.what))
        except (KeyError, TypeError, ValueError) as error:
            fault = message("the manifest is not that of a claim ({error})", error=repr(error))
            damaged.append(unread._replace(what=fault))
    return claims, damaged


def unreadable(claim: StoredClaim, error: Exception) -> Damaged:
    """A claim whose rows could not be reckoned with, though its files are those that were filed."""
    fault = halves_of(
        error.what if isinstance(error, ConservationError | StoreError) else str(error)
    )
    return Damaged(
        claim.carrier, claim.grain, claim.version, claim.sha256, str(claim.path),
        message("its rows cannot be reckoned with: {fault}", fault=fault),
    )  # fmt: skip


RESTORE = message("restore this claim from a copy")
UNREADABLE = (ConservationError, OverflowError, pl.exceptions.PolarsError)


def _whole(path: Path, entry: Entry) -> StoredClaim:
    """StoreError for one of which a file is another than was filed."""
    manifest = manifest_in(path)
    for fault in changed_files(path, manifest["files"]):
        raise StoreError(fault.what, fault.where, RESTORE)
    return claim_of(path, manifest, entry)
