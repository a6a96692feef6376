"""Intake of files: files go in, parts come out, and every record is accounted for.

One call makes at most one usage part and one master part, each published whole or not at all.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from doisoat.currency import CURRENCY, currency_named
from doisoat.engine.arrow.blake2b import RowsDigest
from doisoat.engine.files.near_duplicates import READ_ONCE_ROWS, calls_of
from doisoat.engine.files.part_events import FILE
from doisoat.engine.files.slices import write_table
from doisoat.engine.intake.forms.raw_chunks import (
    Broken,
    Chunk,
    Reader,
    SourceFile,
    check_regular,
    open_source,
)
from doisoat.engine.intake.forms.readers import open_reader
from doisoat.engine.intake.mapping.mapping import (
    Layout,
    Mapping,
    UsageLayout,
    carriers_of,
    load_mapping,
)
from doisoat.engine.intake.master.master import take_master
from doisoat.engine.intake.plan_in_use import plan_of_home
from doisoat.engine.intake.records.accounting import Accounting, FileAccount
from doisoat.engine.intake.records.conflict import CONFLICT
from doisoat.engine.intake.records.convert import Converted, Reading, TraitBook, convert_usage
from doisoat.engine.intake.records.event_index import EventIndex
from doisoat.engine.intake.records.events import (
    CONFLICTING,
    DUPLICATE,
    RANGE_ROWS,
    Occurrences,
    judge,
)
from doisoat.engine.intake.records.file_numbers import note_series
from doisoat.engine.intake.records.near_duplicate_report import THIS, Nearness, nearness
from doisoat.engine.intake.records.part_tables import rows_by_source, write_sources, write_suspense
from doisoat.engine.intake.records.sealed_texts import FileSuspense, keep_texts, origin_of
from doisoat.engine.intake.records.suspense_reasons import SUB_REASONS, Reason, SubReason
from doisoat.engine.intake.records.usage_part import DIGESTED, THREADS, Spill, write_buckets
from doisoat.engine.intake.unreadable import FileReading, refuse_unreadable
from doisoat.engine.keys.number_plan import NumberPlan
from doisoat.engine.keys.pseudonym import Key
from doisoat.engine.store.commit import Staging, disk_errors, stage, uninterrupted
from doisoat.engine.store.file_kinds import FileKind
from doisoat.engine.store.home import Home, Part, list_parts, seal_part
from doisoat.engine.store.ordered_threads import in_turn
from doisoat.engine.store.settings_file import carrier_of_home, refuse_other_carrier
from doisoat.engine.store.verified_parts import verify_new
from doisoat.errors import StoreError
from doisoat.messages.text import message
from doisoat.tariffs.models.quantity import MS_PER_DAY

EPOCH = datetime(1970, 1, 1)
MALFORMED_SCHEMA = {"source": pl.Int32(), "row": pl.Int64(), "sub_reason": pl.UInt8()}


class Intake(NamedTuple):
    """One file to take in: where it is, by which mapping, as what."""

    path: Path
    mapping: str
    kind: FileKind = "usage"


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that is new to the home, with its account."""

    file: SourceFile
    mapping: Mapping
    account: FileAccount
    subscriber: str


@dataclass(slots=True)
class Session:
    """What intakes under one lock need to know of a home's parts, and find out once."""

    home: Home
    verified: set[str] = field(default_factory=set)  # ids of parts
    index: EventIndex | None = None
    calls: dict[str, pl.DataFrame] = field(default_factory=dict)  # by part, of those that came in

    def verify(self, parts: Sequence[Part]) -> None:
        """Verify those parts that are new to the home, or were touched."""
        verify_new(self.home, [part for part in parts if part.id not in self.verified])
        self.verified.update(part.id for part in parts)

    def index_of(self, parts: Sequence[Part]) -> EventIndex:
        """The index of event ids, which covers the usage parts in force, verified."""
        if self.index is None:
            self.index = EventIndex.of(self.home)
        self.index.refresh(parts)
        return self.index

    def hold(self, part: str, intake: "UsageIntake") -> None:
        """Keep of a part that comes in what the next intakes ask of it, as far as it is at hand."""
        if self.index is not None and intake.ids is not None:
            self.index.at_hand[part] = intake.ids
        held = sum(calls.height for calls in self.calls.values())
        if intake.calls is not None and held + intake.calls.height <= READ_ONCE_ROWS:
            self.calls[part] = intake.calls.with_columns(pl.lit(part).alias(FILE))


def take_in(
    home: Home,
    files: Sequence[tuple[Path, str, FileKind]],
    key: Key,
    progress: Callable[[int], None] = lambda rows: None,
    *,
    subscriber: str | None = None,
    plan: NumberPlan | None = None,
    session: "Session | None" = None,
) -> Accounting:
    """Take files into a home whose lock the caller holds (`home.writer`).

    Args: files: (path, mapping, kind) each; usage and master data may be mixed.
        progress: called with the number of rows that were dealt with since the last call.
        subscriber: whose records they are, where a mapping asks for it; else the file's stem.
        plan: the number plan; that of the home's state if None.
        session: what earlier intakes of the caller know, since it holds the lock.
    Returns: one account a file, in the order given. Files that the home knows add nothing.
    Raises: IntakeError, also for a file of which no record could be read; StoreError, KeyFileError.
        The home is then as it was.
    """
    mappings = check_files(files)
    session = session or Session(home)
    own = carrier_of_home(home.path)
    for _, name, kind in files if own is not None else ():
        for carriers in carriers_of(mappings[name], kind):
            if own not in carriers:
                refuse_other_carrier(home.path, min(carriers), name)
    plan = plan or plan_of_home(home.path)
    with ThreadPoolExecutor(THREADS) as pool:
        sources = list(pool.map(open_source, [Path(path) for path, _, _ in files]))
    usage_parts, master_parts = list_parts(home, "usage"), list_parts(home, "master")
    key = key_of_home(home, [*usage_parts, *master_parts], key)
    opened = [
        Opened(
            source,
            mappings[name],
            FileAccount(source.name, source.sha256, source.size, name, mappings[name].sha256, kind),
            subscriber if subscriber is not None else source.path.stem,
        )
        for source, (_, name, kind) in zip(sources, files, strict=True)
    ]
    new = _leave_out_known(opened, [*usage_parts, *master_parts])
    usage = sorted((o for o in new if o.account.kind == "usage"), key=_by_content)
    master = sorted((o for o in new if o.account.kind != "usage"), key=_by_content)
    with (
        stage(home.floor("usage")) as usage_stage,
        stage(home.floor("master")) as master_stage,
        disk_errors(home.path),
    ):
        sealed: list[tuple[Staging, Path]] = []
        near = Nearness(0, ())
        if master:
            session.verify(master_parts)
            readers = readers_of(master)
            content = master_part(
                master, readers, key, master_parts, master_stage.path, progress, plan,
                lambda: refuse_unreadable(_file_readings(master, readers), key, plan),
            )  # fmt: skip
            name = seal(master_stage, content, [o.account for o in master], key)
            sealed.append((master_stage, home.floor("master") / f"part={name}"))
        if usage:
            session.verify(usage_parts)
            intake, usage_readers = (
                UsageIntake(home, usage, key, plan, usage_stage),
                readers_of(usage),
            )
            intake.read(usage_readers, progress)
            refuse_unreadable(_file_readings(usage, usage_readers), key, plan)
            content = intake.write(usage_readers, usage_parts, session)
            name = seal(usage_stage, content, [o.account for o in usage], key)
            session.hold(name, intake)
            note_series([o.account for o in usage], usage_parts)
            near = intake.near
            sealed.append((usage_stage, home.floor("usage") / f"part={name}"))
        for o in new:
            o.file.check_unchanged()
            o.account.check()
        with uninterrupted():
            for staging, target in sealed:
                staging.publish(target)
    _fill_known(opened)
    parts = tuple(target.name.removeprefix("part=") for _, target in sealed)
    return Accounting(tuple(o.account for o in opened), parts, near.count, near.shown)


def take_in_each(
    home: Home,
    files: Sequence[tuple[Path, str, FileKind]],
    key: Key,
    progress: Callable[[int], None] = lambda rows: None,
    *,
    subscriber: str | None = None,
) -> Accounting:
    """Take files in one after the other, each a part of its own, published as soon as it is whole.

    Whoever is killed on the way goes on, by the same call, at the file that was not whole. A file
    that is refused leaves those before it taken in.
    """
    check_files(files)
    session = Session(home)
    accountings = [
        take_in(home, [file], key, progress, subscriber=subscriber, session=session)
        for file in files
    ]
    return Accounting(
        tuple(account for accounting in accountings for account in accounting.files),
        tuple(part for accounting in accountings for part in accounting.parts),
        sum(accounting.near for accounting in accountings),
        tuple(pair for accounting in accountings for pair in accounting.near_shown),
    )


def readers_of(files: Sequence[Opened]) -> list[Reader]:
    return [open_reader(o.file, o.mapping.layouts(o.account.kind)) for o in files]


def master_part(
    files: Sequence[Opened],
    readers: Sequence[Reader],
    key: Key,
    parts: Sequence[Part],
    folder: Path,
    progress: Callable[[int], None],
    plan: NumberPlan,
    check: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Write a master part's files into `folder`; returns what its manifest says.

    Args: check: asked, once all is read, whether to go on.
    """
    read = [
        (o.account, o.mapping.source_system, reader)
        for o, reader in zip(files, readers, strict=True)
    ]
    return take_master(read, key, parts, folder, progress, plan, check)


def _file_readings(files: Sequence[Opened], readers: Sequence[Reader]) -> list[FileReading]:
    return [
        FileReading(o.account, o.mapping, reader, o.subscriber)
        for o, reader in zip(files, readers, strict=True)
    ]


def check_files(
    files: Sequence[tuple[Path, str, FileKind]], decimals: int = 0
) -> dict[str, Mapping]:
    """The mappings by name; complains of a mapping or file before anything is made or changed.

    Args: decimals: of the home's currency: a mapping must say how its amounts are written.
    """
    mappings = {name: load_mapping(name) for _, name, _ in files}
    for path, name, kind in files:
        mappings[name].layouts(kind)
        mappings[name].check_answered()
        if decimals:
            mappings[name].check_amounts(kind, decimals)
        check_regular(Path(path))
    return mappings


def _by_content(opened: Opened) -> tuple[str, str, str]:
    return opened.file.sha256, opened.account.mapping_sha256, opened.subscriber


def key_of_home(home: Home, parts: Sequence[Part], key: Key) -> Key:
    """The key with the maps of this home alone, by which its ids stay what they are.

    Real numbers of one home have one key, however often it was rotated: pseudonyms under two keys
    never meet. The synthetic world's key is public; its subscribers exist nowhere, so they need
    not meet anybody, and a newcomer may try a file of his own beside them.
    Raises: StoreError if a part was taken in under another key, or before it was put into a map.
    """
    maps = key.maps_of(part.manifest for part in parts)
    for part in parts:
        key_id, is_public = part.manifest["key_id"], part.manifest.get("key_is_public", False)
        version = key.version_of(key_id)
        if version is None and not is_public and not key.public:
            raise StoreError(
                message(
                    "its numbers are pseudonyms under key {key_id}, the key at hand is {key}",
                    key_id=key_id,
                    key=key.id,
                ),
                str(home.path),
                message("give the other key with --key, or take the file into another home"),
            )
        if version is not None and version < key.version and version not in maps:
            raise StoreError(
                message(
                    "part {part} has ids under version {version} of the key, and no map"
                    " has all of this home's: they would change",
                    part=part.id,
                    version=version,
                ),
                str(home.path),
                message("put them into a map: doisoat key cover --home DIR"),
            )
    return replace(key, retired=tuple(maps[version] for version in sorted(maps)))


def _leave_out_known(opened: Sequence[Opened], parts: Sequence[Part]) -> list[Opened]:
    """Those the home does not know; of the others the account says where they are known."""
    known: dict[tuple[str, str, str], tuple[str, int]] = {
        (source["sha256"], source["mapping_sha256"], source["kind"]): (part.id, source["rows"])
        for part in parts
        for source in part.manifest["sources"]
    }
    new: list[Opened] = []
    seen: set[tuple[str, str, str]] = set()
    for o in opened:
        name = (o.account.sha256, o.account.mapping_sha256, o.account.kind)
        if name in known:
            o.account.known_in, o.account.rows = known[name]
            o.account.duplicates = o.account.rows
        elif name in seen:
            o.account.known_in = "this intake"
        else:
            seen.add(name)
            new.append(o)
    return new


def _fill_known(opened: Sequence[Opened]) -> None:
    """A file given twice in one call: the second says again what the first said."""
    for o in opened:
        if o.account.known_in == "this intake":
            first = next(p for p in opened if p.account.sha256 == o.account.sha256)
            o.account.rows = o.account.duplicates = first.account.rows


def seal(
    staging: Staging, content: dict[str, Any], accounts: Sequence[FileAccount], key: Key
) -> str:
    """Write the manifest; returns the part's id, the digest of what it says (not of bytes)."""
    content = {
        **content,
        **currency_named(CURRENCY.form.id),
        "key_id": key.id,
        "sources": [
            {
                "sha256": account.sha256,
                "mapping": account.mapping,
                "mapping_sha256": account.mapping_sha256,
                "kind": account.kind,
                "rows": account.rows,
                "taken": account.taken,
                "duplicates": account.duplicates,
                "suspended": account.suspended,
                "filtered": account.filtered,
                **_usage_of(account),
            }
            for account in accounts
        ],
    }
    return seal_part(staging.path, content, key_is_public=key.public, key_version=key.version)


def _old_forms(records: int) -> list[str]:
    if records == 0:
        return []
    return [
        message(
            "{records} records write a number in an old form that had ended; read as its new one",
            records=records,
        )
    ]


def _wrong_key(account: FileAccount, layout: Layout) -> list[str]:
    """What to do where most records contradict others: their key is hardly one."""
    conflicting = account.reasons[Reason.CONFLICTING.value, ""]
    key = layout.key if isinstance(layout, UsageLayout) else None
    if key is None or conflicting <= account.taken:
        return []
    return [
        message(
            "{count} of {rows} records contradict others with the same {columns}. If these are"
            " different records, it is no key: add the columns of their begin to it in the mapping,"
            " and take the files in again; then doisoat suspense choose --none for these copies",
            count=conflicting,
            rows=account.rows,
            columns=" + ".join(key.columns),
        )
    ]


def by_month(starts_ms: pl.Series) -> dict[str, int]:
    """How many of these civil moments lie in each month, YYYY-MM."""
    months: Counter[str] = Counter()
    days = (starts_ms // MS_PER_DAY).alias("day").value_counts()
    for day, count in days.iter_rows():
        months[f"{EPOCH + timedelta(days=day):%Y-%m}"] += count
    return dict(months)


def _usage_of(account: FileAccount) -> dict[str, Any]:
    """What a run names a usage file by, whatever other files say and were taken in when."""
    if account.kind != "usage":
        return {}
    series = dict(zip(("series", "number"), account.series or (), strict=False))
    return {
        "content_digest": account.content_digest,
        "months": dict(sorted(account.months.items())),
        "near_seconds": account.near_seconds,
        **series,
    }


class UsageIntake:
    """One usage part in the making."""

    def __init__(
        self, home: Home, files: Sequence[Opened], key: Key, plan: NumberPlan, staging: Staging
    ) -> None:
        self.home, self.files, self.key, self.plan, self.staging = home, files, key, plan, staging
        self.traits = TraitBook()
        spill = staging.path / "spill"
        spill.mkdir()
        self.spill = Spill(spill, home.buckets)
        self.suspended: list[pl.DataFrame] = []  # source, row, sub_reason
        self.broken: list[tuple[int, Broken]] = []
        self.occurrences: dict[int, Occurrences] = {}  # of files whose records have no key
        self.fields: dict[int, dict[int, tuple[str, ...]]] = {}  # by source and row, of BER
        self.digests = [RowsDigest() for _ in files]
        self.near = Nearness(0, ())
        self.calls: pl.DataFrame | None = None  # calls_of the events that were ordered in memory
        self.ids: pl.Series | None = None  # the first halves of their ids

    def write(
        self, readers: Sequence[Reader], parts: Sequence[Part], session: Session | None = None
    ) -> dict[str, Any]:
        """Write the part's files, once all is read; returns what its manifest says.

        Args: parts: those the home has; session: what is known of them, if they are verified.
        """
        knowing, index, calls = parts, None, dict[str, pl.DataFrame]()
        if session is not None:
            index, calls = session.index_of(parts), session.calls
        if index is not None and self.spill.rows <= RANGE_ROWS:
            knowing = index.parts_with(self.spill.event_ids(), parts)
        judged = judge(self.spill.events, knowing, self.spill.rows)
        self._count_judged(judged)
        for o, reader in zip(self.files, readers, strict=True):
            o.account.notes += _wrong_key(o.account, reader.layout)
        conflicting = judged.filter(pl.col("outcome") == CONFLICTING)
        with ThreadPoolExecutor(1) as pool:
            # Suspended records are found again, on one thread, while buckets are ordered.
            written_beside = pool.submit(self._write_beside, readers, judged)
            written = write_buckets(
                self.spill,
                judged,
                conflicting,
                self.traits,
                self.home,
                self.staging.path,
                lambda rows: None,
            )
            written_beside.result()
        self.spill.folder.rmdir()
        if written.conflicting.height:
            write_table(written.conflicting, self.staging.path / CONFLICT)
        accounts = [o.account for o in self.files]
        if written.whole is not None:
            self.calls = calls_of(written.whole.lazy(), pl.lit(THIS)).collect()
            self.ids = pl.concat([written.whole["event_hi"], written.conflicting["event_hi"]])
            calls = {**calls, THIS: self.calls}
        self.near = nearness(accounts, self.staging.path, written, judged, parts, index, calls)
        return {
            "floor": "usage",
            "counts": {"events": written.events},
            "content_digest": written.events_digest,
            "start_ms_min": written.start_ms_min,
            "start_ms_max": written.start_ms_max,
        }

    def read(self, readers: Sequence[Reader], progress: Callable[[int], None]) -> None:
        """Read a reader a file, and judge each record by itself."""
        with closing(in_turn(self._convert, self._chunks(readers), THREADS)) as converted_chunks:
            for index, chunk, converted in converted_chunks:
                self._collect(index, chunk, converted)
                progress(chunk.frame.height + len(chunk.broken))
        for o, reader, digest in zip(self.files, readers, self.digests, strict=True):
            o.account.content_digest = digest.hexdigest()
            counts = reader.counts
            o.account.header_lines, o.account.blank_lines = counts.header_lines, counts.blank_lines
            extra_notes = [*_old_forms(o.account.old_forms), *o.account.seconds.notes()]
            o.account.notes = [*counts.notes, *extra_notes]
            o.account.series = counts.series

    def _chunks(
        self, readers: Sequence[Reader]
    ) -> Iterator[tuple[int, Reading, Callable[[], Chunk]]]:
        for index, (o, reader) in enumerate(zip(self.files, readers, strict=True)):
            layout = reader.layout
            assert isinstance(layout, UsageLayout)
            system, o.account.near_seconds = o.mapping.source_system, layout.near_seconds
            how = Reading(layout, system, o.subscriber, self.key, self.plan, self.traits)
            if reader.form.kind == "ber":
                self.fields[index] = {}
            if layout.key is None and index not in self.occurrences:
                self.occurrences[index] = Occurrences(system)
            for chunk in reader.chunks():
                yield index, how, chunk

    def _convert(
        self, work: tuple[int, Reading, Callable[[], Chunk]]
    ) -> tuple[int, Chunk, Converted]:
        index, how, read = work
        chunk = read()
        return index, chunk, convert_usage(chunk.frame, how)

    def _collect(self, index: int, chunk: Chunk, converted: Converted) -> None:
        account, events = self.files[index].account, converted.events
        account.rows += chunk.frame.height + len(chunk.broken)
        account.filters.update(converted.filtered)
        account.old_forms += converted.old_forms
        account.seconds.add(converted.seconds)
        for code, count in converted.suspended.group_by("sub_reason").len().iter_rows():
            account.reasons[Reason.MALFORMED.value, SUB_REASONS[code]] += count
        if chunk.broken:
            account.reasons[Reason.MALFORMED.value, SubReason.STRUCTURE.value] += len(chunk.broken)
            self.broken += ((index, broken) for broken in chunk.broken)
        source = pl.lit(index, pl.Int32).alias("source")
        if converted.suspended.height:
            self.suspended.append(converted.suspended.select(source, "row", "sub_reason"))
            if index in self.fields:
                rows = chunk.frame.join(converted.suspended, on="row", how="semi").iter_rows()
                self.fields[index] |= {row: tuple(texts) for row, *texts in rows}
        if index in self.occurrences:
            events = self.occurrences[index].number(events)
        account.taken += events.height
        self.digests[index].update(events.select(DIGESTED), DIGESTED)
        account.months.update(by_month(events["start_ms"]))
        self.spill.add(events.with_columns(source))

    def _count_judged(self, judged: pl.DataFrame) -> None:
        for index, outcome, count in judged.group_by("source", "outcome").len().iter_rows():
            account = self.files[index].account
            account.taken -= count
            if outcome == DUPLICATE:
                account.duplicates += count
            else:
                account.reasons[Reason.CONFLICTING.value, ""] += count

    def _write_beside(self, readers: Sequence[Reader], judged: pl.DataFrame) -> None:
        """source.parquet, suspense.parquet and duplicate.parquet."""
        folder = self.staging.path
        write_sources(folder, [o.account for o in self.files])
        duplicates = judged.filter(pl.col("outcome") == DUPLICATE)
        write_table(
            duplicates.select("source", "row", "event_hi", "event_lo"), folder / "duplicate.parquet"
        )
        conflicting = judged.filter(pl.col("outcome") == CONFLICTING).drop("outcome")
        malformed = pl.concat([pl.DataFrame(schema=MALFORMED_SCHEMA), *self.suspended])
        wanted = rows_by_source(malformed, conflicting, self.broken)
        suspended = {
            index: FileSuspense(
                origin_of(self.files[index].account),
                readers[index],
                rows,
                self.files[index].subscriber,
                self.files[index].mapping.source_system,
                self.fields.get(index, {}),
            )
            for index, rows in wanted.items()
        }
        addresses = keep_texts(folder, suspended, self.key)
        write_suspense(folder, malformed, conflicting, self.broken, addresses)
