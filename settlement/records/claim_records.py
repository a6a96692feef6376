"""Claims as a home stores them: one folder each, named by the SHA-256 of what was received."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import polars as pl

from doisoat.currency import unit_text
from doisoat.engine.store.home import CLAIMS, Home
from doisoat.engine.tables.findings import Finding
from doisoat.errors import StoreError
from doisoat.messages.text import message
from doisoat.settlement.log import journal
from doisoat.settlement.log.published_folder import folders_in, manifest_in
from doisoat.settlement.records.claim_model import CELL, LINE, Declared, Grain
from doisoat.settlement.records.nature_sum import NatureSum

FLOOR: Final = CLAIMS
CLAIM: Final = "claim"  # of the log
TOGETHER: Final = "together"  # of such an entry: the claims that were filed in one act, if several
ROWS_FILE: Final = "claim.parquet"
TOTALS_FILE: Final = "total.parquet"


class StoredClaim(NamedTuple):
    """A claim that was filed."""

    carrier: str
    period: str
    grain: Grain
    version: int  # from 1, of carrier, period and grain
    sha256: str  # of the bytes received
    path: Path
    findings: tuple[Finding, ...]
    manifest: Mapping[str, Any]
    filed_at: str  # UTC
    filed_by: str  # who is said to have given it, else the user who ran the command

    @property
    def declared(self) -> Declared:
        """Of whom, of when and how finely it is."""
        return Declared(self.carrier, self.period, self.grain)

    @property
    def rows(self) -> int:
        """How many rows it has, without totals."""
        return int(self.manifest["rows"])

    @property
    def amount(self) -> int:
        """Σ of its rows; of a statement its item `relief`."""
        return int(self.manifest["amount"])

    @property
    def sums(self) -> tuple[NatureSum, ...]:
        """What its rows come to by nature and unit; none of a statement, whose items do not add
        up, or of a manifest of before this was told."""
        return tuple(map(NatureSum.of, self.manifest.get("sums", ())))

    def cells(self) -> pl.DataFrame:
        """CELL, sorted by its keys; empty where the claim is of lines."""
        if self.grain == "lines":
            return CELL.to_frame()
        return _read(self.path / ROWS_FILE)

    def totals(self) -> pl.DataFrame:
        """CELL: what the carrier itself wrote as totals, over what its empty keys leave open."""
        return _read(self.path / TOTALS_FILE)

    def lines(self) -> pl.LazyFrame:
        """LINE, in the order in which they were received; empty of another grain."""
        if self.grain != "lines":
            return LINE.to_frame().lazy()
        return pl.scan_parquet(self.path / ROWS_FILE, glob=False, hive_partitioning=False)

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints: amounts as text."""
        return {
            **self.declared._asdict(),
            "version": self.version,
            "sha256": self.sha256,
            "filed_at": self.filed_at,
            "filed_by": self.filed_by,
            "rows": self.rows,
            "amount": unit_text(self.amount),
            "sums": [nature_sum.as_object(unit_text) for nature_sum in self.sums],
            "findings": [finding.as_object() for finding in self.findings],
        }


def every_folder(home: Home) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The folders of claims that are there, told or not, with their manifests."""
    yield from folders_in(home.path / FLOOR)


def filings(log: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The entries of a log that file claims, by claim, in its order.

    Claims that were filed together count once the last of them is told: whoever was killed in
    between filed none.
    """
    entries, filed = dict[str, Mapping[str, Any]](), dict[str, Mapping[str, Any]]()
    for entry in log:
        if entry.get("what") != CLAIM:
            continue
        name = str(entry["claim"])
        entries[name] = entry
        together = entry.get(TOGETHER, [name])
        if entries.keys() >= set(together):
            filed |= {claim: entries[claim] for claim in together if claim not in filed}
    return filed


def claims_told(home: Home, log: Sequence[Mapping[str, Any]]) -> list[StoredClaim]:
    """The claims that a log tells of, in its order: what a killed writer left was never filed.

    Raises: StoreError if one of them is lost.
    """
    folders = {path.name: (path, manifest) for path, manifest in every_folder(home)}
    claims = []
    for name, entry in filings(log).items():
        if name not in folders:
            raise StoreError(
                message("lost: an entry of the log tells of it"),
                str(home.path / FLOOR / name),
                message("restore this claim from a copy; doisoat verify says more"),
            )
        path, manifest = folders[name]
        claims.append(claim_of(path, manifest, entry))
    return claims


class Filing(NamedTuple):
    """A claim that a log tells of. claim: None where it is lost, or its manifest cannot be read."""

    declared: Declared
    version: int
    sha256: str
    filed_at: str  # UTC
    claim: StoredClaim | None


def every_filing(home: Home, log: Sequence[Mapping[str, Any]]) -> list[Filing]:
    """The claims that a log tells of, in its order, readable or not."""
    all_filings = []
    for name, entry in filings(log).items():
        path = home.path / FLOOR / name
        try:
            claim = claim_of(path, manifest_in(path), entry)
        except (StoreError, KeyError, TypeError, ValueError):  # who verifies is told why
            claim = None
        declared = Declared(entry["carrier"], entry["period"], entry["grain"])
        version, at = int(entry["claim_version"]), str(entry["logged_at"])
        all_filings.append(Filing(declared, version, name, at, claim))
    return all_filings


def in_force(home: Home, period: str) -> list[StoredClaim]:
    """The latest version of each carrier and grain of a period, ordered by carrier and grain.

    Raises: StoreError if a claim that the log tells of is lost.
    """
    latest = latest_of(claims_told(home, journal.entries(home)))
    return [claim for _, claim in sorted(latest.items()) if claim.period == period]


def latest_of(claims: Sequence[StoredClaim]) -> dict[Declared, StoredClaim]:
    """The claim in force of each carrier, period and grain.

    Args: claims: in the order of the log.
    """
    return {claim.declared: claim for claim in claims}


def claim_of(path: Path, manifest: dict[str, Any], entry: Mapping[str, Any]) -> StoredClaim:
    """A claim by its folder, its manifest and the entry that files it. KeyError for another's."""
    findings = tuple(map(Finding.of, manifest["findings"]))
    declared = manifest["carrier"], manifest["period"], manifest["grain"]
    version, at = int(entry["claim_version"]), str(entry["logged_at"])
    by = str(entry.get("by") or entry["who"])
    return StoredClaim(*declared, version, path.name, path, findings, manifest, at, by)


def _read(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path, glob=False, hive_partitioning=False)
