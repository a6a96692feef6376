"""Checks that a home is what was published, byte for byte and sum for sum. It only reads.

Findings are faults: something is there that nobody published, or is not there that somebody did.
What a killed writer left is none, since the next writer clears it away or goes on: it is a note.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from doisoat.engine.arrow.blake2b import RowsDigest
from doisoat.engine.files.blocks import NARROWED, places_of
from doisoat.engine.files.coding import narrow_block
from doisoat.engine.files.slices import SHARD_UNIT
from doisoat.engine.intake.records.usage_part import DIGESTED, ORDER
from doisoat.engine.store.commit import MANIFEST, STAGING_PREFIX, hashed_once
from doisoat.engine.store.event_columns import RANKS
from doisoat.engine.store.home import (
    ERASING,
    FLOORS,
    FORMAT_READ,
    PART_FLOORS,
    REMOVED,
    Floor,
    Home,
    Part,
    in_force,
    is_sealed,
    part_id,
)
from doisoat.errors import DoisoatError
from doisoat.messages.text import message
from doisoat.settlement.claims.check import claim_findings
from doisoat.settlement.corrections.adjustment_check import adjustment_findings
from doisoat.settlement.corrections.refund_check import refund_findings
from doisoat.settlement.log import tombstones as removed
from doisoat.settlement.log.published_folder import Finding, changed_files
from doisoat.settlement.log.tombstones import Item
from doisoat.settlement.reconcile.variances.check import reconciliation_findings
from doisoat.settlement.runs.usage_months import logical_source
from doisoat.settlement.sampling.check import sample_findings
from doisoat.settlement.verify.run_check import MALFORMED, check_face, check_runs
from doisoat.settlement.verify.suspense_check import suspense_faults

# What order, digest and narrow columns are made of. Of the others the files' SHA-256 tells.
CHECKED = sorted({*DIGESTED, *NARROWED, "owner_hi", "owner_lo"})
PLACED = ("rows", "taken", "duplicates", "suspended", "filtered")


@dataclass(frozen=True, slots=True)
class Checked:
    """What a home was found to be."""

    parts: int  # in force
    runs: int
    events: int  # of the parts in force
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    replaced: int = 0  # parts that others replace, and that are still here
    removed: int = 0  # parts and runs that were removed on purpose

    @property
    def ok(self) -> bool:
        return not self.findings

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "ok": self.ok,
            "findings": [finding.as_object() for finding in self.findings],
            "notes": list(self.notes),
            "parts": self.parts,
            "runs": self.runs,
            "events": self.events,
            "replaced": self.replaced,
            "removed": self.removed,
        }


@hashed_once()
def check_store(home: Home, progress: Callable[[int], None] = lambda count: None) -> Checked:
    """Every part, every run and the face of a home.

    Args: progress: told of each file that was read.
    """
    findings: list[Finding] = []
    notes: list[str] = []
    events = replaced = 0
    is_whole = True  # Is every part that is in force as it was published?
    graves = _graves(home, findings, notes)
    parts_in_force: dict[Floor, list[Part]] = {}
    sound: list[Part] = []
    sources: list[dict[str, Any]] = []  # of usage in force, as runs name them
    for floor in PART_FLOORS:
        paths = sorted(home.floor(floor).glob("part=*"))
        all_parts = [part for path in paths if (part := _part(path, findings)) is not None]
        is_whole = is_whole and len(all_parts) == len(paths)
        parts_in_force[floor] = in_force(all_parts)
        stays = {part.id for part in parts_in_force[floor]}
        replaced += len(all_parts) - len(stays)
        for part in all_parts:
            faults = len(findings)
            try:
                count = _check_part(home, floor, part, findings, progress)
                if floor == "usage" and part.id in stays:
                    sources += [logical_source(source) for source in part.manifest["sources"]]
            except MALFORMED:
                if is_sealed(part.manifest):
                    raise
                findings.append(
                    Finding(
                        str(part.path),
                        message("its manifest is not as it was sealed"),
                    )
                )
                count = 0
            if part.id in stays:
                events += count
                sound += [part] if len(findings) == faults else []
        try:
            _check_replaced(home, floor, all_parts, graves, findings)
        except MALFORMED:
            if all(is_sealed(part.manifest) for part in all_parts):
                raise
            fault = message(
                "it is not known which parts replace which: a manifest is not as it was sealed"
            )
            findings.append(Finding(str(home.floor(floor)), fault))
    is_whole = is_whole and len(sound) == sum(len(parts) for parts in parts_in_force.values())
    findings += (
        Finding(where, fault) for where, fault in suspense_faults(home, sound, is_whole=is_whole)
    )
    runs = check_runs(home, sources, graves, findings, progress)
    findings += adjustment_findings(
        home, notes,
        lambda run: (item := Item("runs", run)).path(home).exists() or item in graves, progress,
    )  # fmt: skip
    findings += refund_findings(home, notes, progress)
    findings += claim_findings(home, notes, progress)
    findings += reconciliation_findings(home, notes, progress)
    findings += sample_findings(home, notes, progress)
    check_face(home, findings, notes)
    for folder in (home.path, *(home.floor(name) for name in (REMOVED, *FLOORS))):
        leftovers = sorted(path.name for path in folder.glob(f"{STAGING_PREFIX}*"))
        if leftovers:
            notes.append(
                f"{folder}: "
                + message(
                    "{leftovers}: of a command that was killed, or runs now",
                    leftovers=", ".join(leftovers),
                )
            )
    if (home.path / ERASING).exists():
        notes.append(message("an erasure was cut short: doisoat store erase --resume ends it"))
    parts = sum(len(parts_in_force[floor]) for floor in PART_FLOORS)
    return Checked(
        parts, runs, events, tuple(findings), tuple(notes), replaced=replaced, removed=len(graves)
    )


def _graves(home: Home, findings: list[Finding], notes: list[str]) -> dict[Item, removed.Act]:
    """What was removed on purpose. An act that was cut short is a note: the next one ends it."""
    try:
        acts, logged = removed.acts(home), removed.logged(home)
    except DoisoatError as error:
        findings.append(Finding(error.where, error.what))
        return {}
    for act in acts:
        if not act.is_as_written:
            findings.append(
                Finding(
                    str(act.path),
                    message("it is not what was written down of the act"),
                )
            )
        findings += changed_files(act.path, act.manifest.get("files", ()))
        remaining = [item for item in act.items if item.path(home).exists()]
        if remaining:
            notes.append(
                message(
                    "{path}: {count} of {items_count} are still here: the act was cut"
                    " short, and the next doisoat store retain --apply ends it",
                    path=act.path,
                    count=len(remaining),
                    items_count=len(act.items),
                )
            )
        missing = len(act.items) - len(remaining)
        if missing and act.id not in logged:
            fault = message(
                "the log does not tell of it, and {missing} of what it names are gone",
                missing=missing,
            )
            findings.append(Finding(str(act.path), fault))
    return {item: act for act in acts if act.id in logged for item in act.items}


# --- parts ---------------------------------------------------------------------------------------


def _check_replaced(
    home: Home,
    floor: Floor,
    all_parts: list[Part],
    graves: Container[Item],
    findings: list[Finding],
) -> None:
    """Parts that others were made of are here, or were removed on purpose; their rows add up."""
    known = {part.id for part in all_parts}
    for part in all_parts:
        if not part.replaces:
            continue
        if part_id(part.manifest) != part.id:
            findings.append(
                Finding(
                    str(part.path),
                    message("its id is not that of what its manifest says"),
                )
            )
        merged: Counter[str] = Counter()
        for source in part.manifest["merged_from"]:
            merged.update(source["counts"])
        if merged != Counter(part.manifest["counts"]):
            findings.append(
                Finding(
                    str(part.path),
                    message(
                        "{counts}, made of {merged}",
                        counts=part.manifest["counts"],
                        merged=dict(merged),
                    ),
                )
            )
        for name in part.replaces:
            item = Item(floor, name)
            if name not in known and item not in graves:
                findings.append(
                    Finding(
                        str(item.path(home)),
                        message(
                            "lost: part {part} was made of it, and nothing says that it"
                            " was removed",
                            part=part.id,
                        ),
                    )
                )


def _part(path: Path, findings: list[Finding]) -> Part | None:
    """The part of a folder, if its manifest is one that we read."""
    try:
        manifest = json.loads((path / MANIFEST).read_text("utf-8"))
        version, name = manifest["format_version"], manifest["part"]
        for entry in manifest["files"]:
            entry["size"], entry["sha256"], Path(entry["name"])
        for replaced in manifest.get("replaces", ()):
            Path(replaced)
    except (OSError, *MALFORMED):
        findings.append(Finding(str(path), message("its manifest cannot be read")))
        return None
    if not isinstance(version, int) or version > FORMAT_READ:
        findings.append(
            Finding(
                str(path),
                message("format {version} is newer than this doisoat", version=version),
            )
        )
        return None
    if name != path.name.removeprefix("part="):
        findings.append(
            Finding(str(path), message("its manifest is that of part {name}", name=name))
        )
        return None
    return Part(name, path, manifest)


def _check_part(
    home: Home, floor: Floor, part: Part, findings: list[Finding], progress: Callable[[int], None]
) -> int:
    """The events of a part; what is wrong with it is added to the findings."""
    broken = list(changed_files(part.path, part.manifest["files"], progress))
    findings += broken
    if broken:
        return 0  # what its tables say is nobody's word any more
    source = part.file("source.parquet")
    if source is None:
        findings.append(Finding(str(part.path), message("it has no source.parquet")))
        return 0
    for row in _read(source).select("name", *PLACED).iter_rows(named=True):
        placed = sum(row[name] for name in PLACED[1:])
        if row["rows"] != placed:
            findings.append(
                Finding(
                    str(source),
                    message(
                        "{name}: {rows} rows, {placed} accounted for",
                        name=row["name"],
                        rows=row["rows"],
                        placed=placed,
                    ),
                )
            )
    if floor == "master":
        findings += _miscounted(part)
        return 0
    return _check_events(home, part, findings)


def _miscounted(part: Part) -> Iterator[Finding]:
    """Tables of master data with more or fewer rows than the manifest says."""
    for name, count in part.manifest["counts"].items():
        path = part.file(f"{name}.parquet")
        rows = None if path is None else _read(path).height
        if rows != count:
            where = part.path / f"{name}.parquet"
            yield Finding(
                str(where),
                message(
                    "{rows} rows, {count} in the manifest", count=count, rows=rows or message("no")
                ),
            )


def _check_events(home: Home, part: Part, findings: list[Finding]) -> int:
    """Order, count and content digest of the events, and that their narrow columns say the same."""
    trait = part.file("trait.parquet")
    digest, events = RowsDigest(), 0
    ranks = pl.DataFrame(schema={"trait": pl.UInt32, "_rank": pl.Int64})
    if trait is not None:
        kinds = _read(trait).select("trait", "kind")
        ranks = kinds.select(
            "trait", pl.col("kind").replace_strict(RANKS).cast(pl.Int64).alias("_rank")
        )
    for bucket in range(home.buckets):
        path = part.file(home.bucket_name(bucket))
        if path is None:
            continue
        frame = _read(path, CHECKED)
        events += frame.height
        digest.update(frame.select(DIGESTED), DIGESTED)
        ranked = frame.select("trait").join(ranks, on="trait", how="left", maintain_order="left")
        if ranked["_rank"].null_count():
            findings.append(
                Finding(
                    str(path),
                    message("events of traits that trait.parquet has not"),
                )
            )
        elif not _is_ordered(
            frame.with_columns(ranked["_rank"], _second=pl.col("start_ms") // 1_000).select(ORDER)
        ):
            findings.append(Finding(str(path), message("its events are not in order")))
        narrow = part.file(home.narrow_name(bucket))
        if narrow is not None and not _is_narrow_of(narrow, frame):
            findings.append(
                Finding(str(narrow), message("it says other than {path}", path=path.name))
            )
    if part.manifest["counts"]["events"] != events:
        findings.append(
            Finding(
                str(part.path),
                message(
                    "{events} events, {counts_events} in its manifest",
                    events=events,
                    counts_events=part.manifest["counts"]["events"],
                ),
            )
        )
    if part.manifest["content_digest"] != digest.hexdigest():
        findings.append(
            Finding(
                str(part.path),
                message("its content digest is not that of its events"),
            )
        )
    return events


def _is_ordered(rows: pl.DataFrame) -> bool:
    """Does no row stand before one that is less, column by column? To sort takes ten times as long.

    A value that is missing has no place in an order.
    """
    no_later = pl.Series([True]).new_from_index(0, max(0, rows.height - 1))
    for column in reversed(rows.get_columns()):
        before, after = column[:-1], column[1:]
        no_later = (before < after) | ((before == after) & no_later)
    return no_later.all(ignore_nulls=False) is True


def _is_narrow_of(path: Path, events: pl.DataFrame) -> bool:
    """Are these a bucket's events in blocks, whole shards each?"""
    places = places_of(path)
    pieces = [events.slice(place.row, place.events) for place in places]
    shards = [set((piece["owner_hi"] // SHARD_UNIT).unique()) for piece in pieces]
    with path.open("rb") as file:
        return (
            sum(place.events for place in places) == events.height
            and len(set().union(*shards)) == sum(map(len, shards))
            and all(
                os.pread(file.fileno(), place.size, place.offset) == narrow_block(piece)
                for place, piece in zip(places, pieces, strict=True)
            )
        )


# --- runs and the face ---------------------------------------------------------------------------


def _read(path: Path, columns: list[str] | None = None) -> pl.DataFrame:
    return pl.read_parquet(path, columns=columns, glob=False, hive_partitioning=False)
