"""Checks that the stored claims are what was filed."""

from collections.abc import Callable, Iterator

import polars as pl

from doisoat.engine.store.home import Home
from doisoat.errors import DoisoatError
from doisoat.messages.text import message
from doisoat.settlement.log import journal
from doisoat.settlement.log.published_folder import Finding, changed_files
from doisoat.settlement.records.claim_records import FLOOR, TOTALS_FILE, every_folder, filings


def claim_findings(
    home: Home, notes: list[str], progress: Callable[[int], None] = lambda count: None
) -> Iterator[Finding]:
    """Faults of stored claims; one without an entry of the log is added to the notes."""
    try:
        folders = {path.name: (path, manifest) for path, manifest in every_folder(home)}
    except DoisoatError as error:
        yield Finding(error.where, error.what)
        return
    entries = filings(journal.entries(home))
    for name, (path, manifest) in folders.items():
        try:
            broken = list(changed_files(path, manifest["files"], progress))
            yield from broken
            received = manifest["received"]["name"]
            digests = {file["name"]: file["sha256"] for file in manifest["files"]}
            if not name == manifest["claim"] == digests[received]:
                yield Finding(
                    str(path),
                    message("its name is not the SHA-256 of what was received"),
                )
            if not broken:
                pl.read_parquet(path / TOTALS_FILE, glob=False, hive_partitioning=False)
        except (KeyError, TypeError, OSError, pl.exceptions.PolarsError):
            yield Finding(str(path), message("it cannot be read"))
            continue
        entry = entries.get(name)
        if entry is None:
            notes.append(
                f"{path}: "
                + message(
                    "the log does not tell that it is filed: doisoat claim file was"
                    " killed, and is to be run again"
                )
            )
        elif any(entry[key] != manifest.get(key) for key in ("carrier", "period", "grain")):
            yield Finding(
                str(path),
                message("entry {entry} of the log tells of another claim", entry=entry["entry"]),
            )
    for name in sorted(entries.keys() - folders.keys()):
        yield Finding(
            str(home.floor(FLOOR) / name),
            message("lost: an entry of the log tells of it"),
        )
