"""Recycling: suspended records taken in again, as edited or as a mapping reads them now.

They become a part of their own, whose records keep the rows of the file they came from, and which
says of each what became of it: one rename makes them both usage and recycled. A record that still
cannot be read stays where it is. Events come late then, and settling again gives another run.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from doisoat.engine.files.slices import write_table
from doisoat.engine.intake.file_intake import (
    Opened,
    UsageIntake,
    key_of_home,
    master_part,
    seal,
)
from doisoat.engine.intake.forms.raw_chunks import Address, Located, SourceFile
from doisoat.engine.intake.mapping.mapping import Mapping as SourceMapping
from doisoat.engine.intake.mapping.mapping import UsageLayout, load_mapping
from doisoat.engine.intake.master.master_tables import TABLES
from doisoat.engine.intake.plan_in_use import plan_of_home
from doisoat.engine.intake.records.accounting import FileAccount
from doisoat.engine.intake.records.decisions import Authorship, open_change, sealed_digest
from doisoat.engine.intake.records.sealed_texts import (
    FileContext,
    Origin,
    RecordText,
    open_texts,
    origin_in,
)
from doisoat.engine.intake.records.suspense_reasons import Reason
from doisoat.engine.intake.suspense.recycled_occurrences import Further
from doisoat.engine.intake.suspense.reread import RecordReader, Reread, located_text, reread
from doisoat.engine.intake.suspense.suspense_register import (
    ORIGIN,
    RECYCLABLE,
    RECYCLED,
    RECYCLED_SCHEMA,
    Register,
)
from doisoat.engine.keys.number_plan import NumberPlan
from doisoat.engine.keys.pseudonym import Key
from doisoat.engine.store.commit import Staging, digest_of, disk_errors, stage, uninterrupted
from doisoat.engine.store.home import Floor, Home, Part, verify
from doisoat.errors import ConservationError, IntakeError
from doisoat.messages.text import message

OUTCOMES = ("taken", "duplicate", "suspended", "filtered")


@dataclass
class FileResult:
    """What recycling makes of one file's records."""

    name: str
    mapping: str
    records: int
    outcomes: Counter[str] = field(default_factory=Counter)  # OUTCOMES
    still: Counter[str] = field(default_factory=Counter)  # left as they are, by sub-reason
    unkept: int = 0  # whose text was not kept


@dataclass(frozen=True, slots=True)
class Result:
    files: tuple[FileResult, ...]
    parts: tuple[str, ...]  # ids; of a dry run those that would be

    def count(self, outcome: str) -> int:
        return sum(file.outcomes[outcome] for file in self.files)

    @property
    def records(self) -> int:
        return sum(file.records for file in self.files)

    @property
    def still(self) -> dict[str, int]:
        """Records that stay suspended, by sub-reason; without_text where none was kept."""
        total: Counter[str] = Counter()
        for file in self.files:
            total.update(file.still)
            total["without_text"] += file.unkept
        return dict(sorted((+total).items()))


class _File(NamedTuple):
    """Records of one source file that can be taken in now."""

    opened: Opened
    reader: RecordReader
    origin: Origin
    part: Part  # that they are suspended in
    source: int  # of that part
    rows: pl.DataFrame  # of the register
    result: FileResult


def recyclable(records: pl.DataFrame) -> pl.DataFrame:
    """Those of a register's records that recycling can be tried on."""
    return records.filter(
        pl.col("state").is_in(RECYCLABLE) & (pl.col("reason") == Reason.MALFORMED.value)
    )


def recycle(
    home: Home,
    register: Register,
    records: pl.DataFrame,
    key: Key,
    authorship: Authorship,
    *,
    mapping: str | None = None,
    plan: NumberPlan | None = None,
    apply: bool = False,
    progress: Callable[[int], None] = lambda rows: None,
) -> Result:
    """Take suspended records in again, for the holder of the home's lock.

    Args: records: rows of the register, all of them `recyclable`; mapping: to read them by, else
            the one of the same name as before; apply: else nothing is published.
    Raises: IntakeError, KeyFileError, StoreError; the home is then as it was.
    """
    plan = plan or plan_of_home(home.path)
    home_key = key_of_home(home, list(register.parts.values()), key)
    results: list[FileResult] = []
    files = list(_files(register, records, key, home_key, plan, mapping, results))
    floors: dict[Floor, list[_File]] = {"usage": [], "master": []}
    for file in sorted(files, key=lambda file: file.opened.account.sha256):
        floors["usage" if file.origin.kind == "usage" else "master"].append(file)
    parts: list[str] = []
    with ExitStack() as stack:
        stack.enter_context(disk_errors(home.path))
        sealed: list[tuple[Staging, Path]] = []
        for floor, floor_files in floors.items():
            if floor_files:
                staging = stack.enter_context(stage(home.floor(floor)))
                known_parts = [p for p in register.parts.values() if p.path.parent.name == floor]
                verify(known_parts)
                parts.append(
                    _part(
                        home,
                        floor,
                        floor_files,
                        known_parts,
                        home_key,
                        plan,
                        staging,
                        authorship,
                        progress,
                    )
                )
                sealed.append((staging, home.floor(floor) / f"part={parts[-1]}"))
        if apply:
            with uninterrupted():
                for staging, target in sealed:
                    staging.publish(target)
    return Result(tuple(results), tuple(parts))


# --- what is read again --------------------------------------------------------------------------


def _files(
    register: Register,
    records: pl.DataFrame,
    key: Key,
    home_key: Key,
    plan: NumberPlan,
    mapping: str | None,
    results: list[FileResult],
) -> Iterator[_File]:
    """The files with records that can be taken in now; `results` gets every file's.

    Args: key: opens what any version of it sealed; home_key: gives the ids of this home.
    """
    decisions = {decision.number: decision for decision in register.decisions}
    for (part_id, source), rows in records.group_by("part", "source", maintain_order=True):
        part, first = register.parts[str(part_id)], rows.row(0, named=True)
        origin = origin_in(first)
        name = str(first["name"])
        result = FileResult(name, mapping or first["mapping"], rows.height)
        results.append(result)
        with_text = rows.filter("has_text")
        result.unkept = rows.height - with_text.height
        if with_text.is_empty():
            continue
        context, texts = open_texts(part, int(str(source)), origin, with_text["row"], key)
        edited = {
            row: decisions[number]
            for row, number, state in with_text.select("row", "decision", "state").iter_rows()
            if state == "edited"
        }
        changes = {row: open_change(decision, key) for row, decision in edited.items()}
        edits = {row: sealed_digest(decision) for row, decision in edited.items()}
        read_by = _mapping(mapping or first["mapping"], name, is_named=mapping is not None)
        now = reread(context, read_by, origin.kind, texts, changes, home_key, plan, name)
        result.still.update(now.suspended.values())
        if now.frame.height:
            able = with_text.join(now.frame.select("row"), on="row", how="semi")
            yield _file(part, int(str(source)), origin, able, context, texts, edits, read_by, now,
                        result)  # fmt: skip


def _mapping(name: str, file: str, *, is_named: bool) -> SourceMapping:
    try:
        read_by = load_mapping(name)
    except IntakeError as error:
        if is_named:
            raise
        raise IntakeError(
            message("it was read by mapping {name}, which is not to be found", name=name),
            file,
            message("say by which mapping its records are read now: --mapping NAME|FILE.yaml"),
        ) from error
    read_by.check_answered()
    return read_by


def _file(
    part: Part,
    source: int,
    origin: Origin,
    rows: pl.DataFrame,
    context: FileContext,
    texts: Mapping[int, RecordText],
    edits: Mapping[int, str],
    mapping: SourceMapping,
    now: Reread,
    result: FileResult,
) -> _File:
    """Args: edits: a digest of each as it is sealed: of its bare text, numbers could be tried."""
    located: dict[int, Located] = {}
    digests = []
    for row, line, offset, raw_sha256 in rows.select(
        "row", "line", "offset", "raw_sha256"
    ).iter_rows():
        located[row] = located_text(row, Address(line, offset, raw_sha256), texts[row])
        digests.append([row, raw_sha256, edits.get(row)])
    # Never the file's own digest: the file may yet be taken in again, by this mapping too.
    sha256 = digest_of({**origin._asdict(), "by": mapping.sha256, "records": sorted(digests)})
    size = sum(len(texts[row].raw) for row in located)
    account = FileAccount(
        f"{result.name} (recycled)", sha256, size, result.mapping, mapping.sha256, origin.kind
    )
    file = SourceFile(Path(result.name), size, 0, sha256)
    return _File(
        Opened(file, mapping, account, context.subscriber),
        RecordReader(now.layout, context.form, now.frame, located),
        origin, part, source, rows, result,
    )  # fmt: skip


# --- the part ------------------------------------------------------------------------------------


def _part(
    home: Home,
    floor: Floor,
    files: Sequence[_File],
    parts: Sequence[Part],
    key: Key,
    plan: NumberPlan,
    staging: Staging,
    authorship: Authorship,
    progress: Callable[[int], None],
) -> str:
    """Write and seal a part of recycled records in `staging`; returns its id."""
    opened = [file.opened for file in files]
    readers = [file.reader for file in files]
    if floor == "master":
        content = master_part(opened, readers, key, parts, staging.path, progress, plan)
    else:
        intake = UsageIntake(home, opened, key, plan, staging)
        for index, file in enumerate(files):
            layout = file.reader.layout
            if isinstance(layout, UsageLayout) and layout.key is None:
                system = file.opened.mapping.source_system
                intake.occurrences[index] = Further(system, file.origin, parts)
        intake.read(readers, progress)
        content = intake.write(readers, parts)
    outcomes = _outcomes(staging.path, files, authorship)
    write_table(outcomes, staging.path / RECYCLED)
    for index, file in enumerate(files):
        of_file = outcomes.filter(pl.col("source") == index)
        file.result.outcomes.update(of_file["outcome"])
        _check(file, of_file)
    return seal(staging, content, [o.account for o in opened], key)


def _outcomes(folder: Path, files: Sequence[_File], authorship: Authorship) -> pl.DataFrame:
    """RECYCLED_SCHEMA: where each record came from, and what it is in this part."""
    place = ["source", "row"]
    taken = [
        pl.read_parquet(path, columns=place, glob=False, hive_partitioning=False)
        for path in sorted(folder.glob("bucket=*.parquet"))
        or [folder / table.file for table in TABLES.values() if (folder / table.file).exists()]
    ]
    became = [frame.with_columns(outcome=pl.lit("taken")) for frame in taken]
    for outcome, name in (("duplicate", "duplicate.parquet"), ("suspended", "suspense.parquet")):
        frame = pl.read_parquet(folder / name, columns=place, glob=False, hive_partitioning=False)
        became.append(frame.with_columns(outcome=pl.lit(outcome)))
    rows = [
        file.rows.select(
            pl.lit(index, pl.Int32).alias("source"), "row", *ORIGIN, "raw_sha256", "sub_reason",
            pl.when(pl.col("state") == "edited").then("decision").alias("decision"),
        )
        for index, file in enumerate(files)
    ]  # fmt: skip
    return (
        pl.concat(rows)
        .join(pl.concat(became), on=place, how="left")
        .with_columns(
            pl.col("outcome").fill_null("filtered"),
            who=pl.lit(authorship.who),
            why=pl.lit(authorship.why),
            at=pl.lit(authorship.when),
        )
        .select(RECYCLED_SCHEMA.names())
        .sort("source", "row")
    )


def _check(file: _File, outcomes: pl.DataFrame) -> None:
    account = file.opened.account
    account.check()
    counts = Counter(outcomes["outcome"])
    accounted = (account.taken, account.duplicates, account.suspended, account.filtered)
    if (
        accounted != tuple(counts[outcome] for outcome in OUTCOMES)
        or account.rows != outcomes.height
    ):
        raise ConservationError(
            f"{outcomes.height} records were recycled, the account says {account.rows} rows and"
            f" {accounted}, their outcomes are {dict(counts)}",
            account.name,
            "report this with the file's mapping; nothing was taken in",
        )


def outcome_object(result: Result) -> dict[str, Any]:
    """What `--json` prints of it."""
    return {
        "records": result.records,
        **{outcome: result.count(outcome) for outcome in OUTCOMES},
        "still_suspended": result.still,
        "parts": list(result.parts),
    }
