"""Merges parts into one: the same records, in one order, accounted for as before.

Nothing is judged again. Sources are numbered and traits coded anew, as one intake of all the files
would have numbered and coded them, so that the result does not hang on the grouping.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from doisoat.currency import currency_named
from doisoat.engine.files.bucket_file import write_bucket
from doisoat.engine.files.part_events import FILE, scan_files
from doisoat.engine.files.slices import of_range, shard_counts, shard_ranges, write_table
from doisoat.engine.intake.master.master import in_table_order
from doisoat.engine.intake.master.master_tables import TABLES, as_written, dated
from doisoat.engine.intake.records.conflict import CONFLICT
from doisoat.engine.intake.records.events import CONTENT, IDS
from doisoat.engine.intake.records.part_tables import SOURCE_SCHEMA
from doisoat.engine.intake.records.sealed_texts import SEALED
from doisoat.engine.intake.records.usage_part import DIGESTED, ORDER, PLACE, THREADS, Tally
from doisoat.engine.intake.suspense.suspense_register import RECYCLED
from doisoat.engine.store.commit import digest_of
from doisoat.engine.store.event_columns import EVENT_SCHEMA, RANKS, TRAIT_COLUMNS
from doisoat.engine.store.home import (
    FORMAT_REPLACING,
    Floor,
    Home,
    Part,
    currency_of,
    seal_part,
)
from doisoat.engine.store.ordered_threads import in_turn
from doisoat.errors import ConservationError, StoreError
from doisoat.messages.text import message

SOURCE, SUSPENSE, DUPLICATE, TRAIT = (
    f"{name}.parquet" for name in ("source", "suspense", "duplicate", "trait")
)
SOURCE_ORDER = ("sha256", "mapping_sha256", "kind")
PEOPLE = ("owner", "subscriber", "counterparty", "number")  # columns that say who


class Renamed(NamedTuple):
    """An identity that another takes the place of; both have the same shard."""

    old: tuple[int, int]  # hi, lo
    new: tuple[int, int]

    def columns(self, names: Sequence[str]) -> list[pl.Expr]:
        """The columns among `names` that say who, with the one in the place of the other."""
        columns = []
        for who in PEOPLE:
            hi, lo = f"{who}_hi", f"{who}_lo"
            if hi in names:
                for name, value in zip((hi, lo), self.new, strict=True):
                    new = pl.lit(value, pl.UInt64)
                    columns.append(pl.when(self.is_old(who)).then(new).otherwise(name).alias(name))
        return columns

    @property
    def digest(self) -> str:
        """What a part says of the identity that took the other's place."""
        hi, lo = self.new
        return hashlib.sha256(hi.to_bytes(8, "big") + lo.to_bytes(8, "big")).hexdigest()

    def is_old(self, who: str) -> pl.Expr:
        hi, lo = (pl.lit(value, pl.UInt64) for value in self.old)
        return (pl.col(f"{who}_hi") == hi) & (pl.col(f"{who}_lo") == lo)


@dataclass(frozen=True, slots=True)
class _Recoded:
    """A part, and what its codes become."""

    part: Part
    sources: pl.Series  # by the number it has in the part
    traits: pl.Series  # by the code it has in the part

    def rows(self, name: str) -> pl.DataFrame | None:
        """A table of the part with its sources as they are numbered anew."""
        path = self.part.file(name)
        if path is None:
            return None
        frame = _read(path)
        numbers = self.sources.gather(frame["source"]).alias("source")
        return frame.with_columns(numbers)


def merge_parts(
    home: Home,
    floor: Floor,
    parts: Sequence[Part],
    folder: Path,
    renamed: Renamed | None = None,
    progress: Callable[[int], None] = lambda rows: None,
) -> str:
    """Write the part that replaces `parts` (verified; of one key) into `folder`; returns its id.

    Args: renamed: an identity that another takes the place of, wherever it stands; the sealed
            texts of suspended records, which may be of whoever had it, are left out then.
        progress: told of events that were written.
    Raises: StoreError for a part with a file that we do not know, or for parts of more than one
        key; ConservationError if an event came or went.
    """
    _check_known(parts)
    parts = sorted(parts, key=lambda part: part.id)
    sources, numbers = _number_sources(parts)
    codes = [pl.Series(dtype=pl.UInt32())] * len(parts)
    if floor == "usage":
        table, codes = _code_traits(parts)
        write_table(table, folder / TRAIT)
    recoded = [
        _Recoded(*numbers_of_part) for numbers_of_part in zip(parts, numbers, codes, strict=True)
    ]
    side_tables = [(SOURCE, ["source"]), (SUSPENSE, PLACE), (DUPLICATE, PLACE), (RECYCLED, PLACE)]
    if renamed is None:  # Whose a sealed text is cannot be told without the key: all are dropped.
        side_tables.append((SEALED, PLACE))
    for name, order in side_tables:
        frames = [frame for part in recoded if (frame := part.rows(name)) is not None]
        if frames:
            write_table(pl.concat(frames).sort(order, nulls_last=False), folder / name)
    if floor == "usage":
        ranks = table["kind"].replace_strict(RANKS, return_dtype=pl.UInt8)
        content = _merge_events(home, recoded, ranks, folder, renamed, progress)
        _merge_conflicts(recoded, folder, renamed)
    else:
        content = _merge_tables(recoded, folder, renamed)
    _same_counts(parts, content["counts"])
    about = {
        **content,
        **currency_named(currency_of(parts[0])),
        "key_id": parts[0].manifest["key_id"],
        "sources": sources,
        "merged_from": [{"part": p.id, "counts": p.manifest["counts"]} for p in parts],
        "replaces": sorted({name for p in parts for name in (p.id, *p.replaces)}),
    }
    packs = {digest_of(pack): pack for p in parts for pack in p.manifest.get("packs", ())}
    if packs:
        about["packs"] = [packs[name] for name in sorted(packs)]
    erased = {name for p in parts for name in p.manifest.get("erased", ())}
    erased |= {renamed.digest} if renamed is not None else set()
    if erased:
        about["erased"] = sorted(erased)
    public = bool(parts[0].manifest.get("key_is_public", False))
    version = max(part.manifest.get("key_version", 1) for part in parts)
    return seal_part(
        folder, about, key_is_public=public, key_version=version, version=FORMAT_REPLACING
    )


def _check_known(parts: Sequence[Part]) -> None:
    keys = {part.manifest["key_id"] for part in parts}
    if len(keys) != 1:
        raise StoreError(
            message(
                "ids under {count} keys: {keys}", count=len(keys), keys=", ".join(sorted(keys))
            ),
            ", ".join(str(part.path) for part in parts),
            message("merge the parts of each key apart"),
        )
    currencies = {currency_of(part) for part in parts}
    if len(currencies) != 1:
        raise StoreError(
            message(
                "amounts in several currencies: {listed}", listed=", ".join(sorted(currencies))
            ),
            ", ".join(str(part.path) for part in parts),
            message("merge the parts of each currency apart"),
        )
    known = {SOURCE, SUSPENSE, DUPLICATE, TRAIT, CONFLICT, SEALED, RECYCLED}
    known |= {name for table in TABLES.values() for name in (table.file, table.conflict)}
    for part in parts:
        for entry in part.manifest["files"]:
            name = entry["name"]
            if name not in known and not name.startswith(("bucket=", "narrow=")):
                raise StoreError(
                    message("{name} is not a file that this doisoat knows how to merge", name=name),
                    str(part.path),
                    message("leave this part as it is, or install the doisoat that wrote it"),
                )


def _number_sources(parts: Sequence[Part]) -> tuple[list[dict[str, Any]], list[pl.Series]]:
    """The sources of all parts in their order, and what the numbers of each part become."""
    placed = sorted(
        ((entry, at, number) for at, part in enumerate(parts)
         for number, entry in enumerate(part.manifest["sources"])),
        key=lambda source: tuple(source[0][name] for name in SOURCE_ORDER),
    )  # fmt: skip
    becomes = [[0] * len(part.manifest["sources"]) for part in parts]
    for new, (_, at, number) in enumerate(placed):
        becomes[at][number] = new
    entries = [entry for entry, _, _ in placed]
    return entries, [
        pl.Series(new_numbers, dtype=SOURCE_SCHEMA["source"]) for new_numbers in becomes
    ]


def _code_traits(parts: Sequence[Part]) -> tuple[pl.DataFrame, list[pl.Series]]:
    """The traits of all parts in their order, and what the codes of each part become."""
    tables = [_read(part.path / TRAIT).sort("trait") for part in parts]
    texts = [table.select(TRAIT_COLUMNS).rows() for table in tables]
    ordered = sorted({row for rows in texts for row in rows})
    codes = {row: code for code, row in enumerate(ordered)}
    table = pl.DataFrame(
        [(code, *row) for code, row in enumerate(ordered)],
        {"trait": pl.UInt32, **dict.fromkeys(TRAIT_COLUMNS, pl.String)},
        orient="row",
    )
    return table, [pl.Series([codes[row] for row in rows], dtype=pl.UInt32()) for rows in texts]


def _recode(
    frame: pl.DataFrame, files: Sequence[tuple[_Recoded, Path]], renamed: Renamed | None
) -> pl.DataFrame:
    """Events of these files, with FILE, with the codes, and the names, that they have from now on.

    Raises: OutOfBoundsError for a code that its part does not have.
    """
    numbers = {str(path): number for number, (_, path) in enumerate(files)}
    file = frame[FILE].replace_strict(numbers, return_dtype=pl.UInt32)
    frame = frame.drop(FILE).with_columns(
        _become(frame["trait"], file, [part.traits for part, _ in files]),
        _become(frame["source"], file, [part.sources for part, _ in files]),
    )
    return frame if renamed is None else frame.with_columns(renamed.columns(frame.columns))


def _become(codes: pl.Series, file: pl.Series, becomes: Sequence[pl.Series]) -> pl.Series:
    """What each code of a file becomes, by the number of the file."""
    every = pl.concat(becomes)  # one file's after the other's
    counts = pl.Series([len(of_file) for of_file in becomes], dtype=pl.Int64)
    first = (counts.cum_sum() - counts).gather(file)
    is_known = codes < counts.gather(file)
    places = (first + codes).zip_with(is_known, pl.Series([len(every)]))  # else behind the last
    return every.gather(places).alias(codes.name)


def _merge_events(
    home: Home,
    recoded: Sequence[_Recoded],
    ranks: pl.Series,
    folder: Path,
    renamed: Renamed | None,
    progress: Callable[[int], None],
) -> dict[str, Any]:
    """Write every bucket; what the manifest says of the events."""
    tally = Tally()

    def finish(bucket: int) -> pl.DataFrame:
        digested = [
            pl.DataFrame(schema={**dict.fromkeys(IDS, pl.UInt64()), "start_ms": pl.Int64()})
        ]

        def slices() -> Iterator[pl.DataFrame]:
            for frame in _ordered(home.bucket_name(bucket), recoded, ranks, renamed):
                digested.append(frame.select(*DIGESTED, "start_ms"))
                yield frame

        write_bucket(slices(), folder, home, bucket)
        return pl.concat(digested)

    with closing(in_turn(finish, range(home.buckets), THREADS)) as told_of_buckets:
        for ids in told_of_buckets:
            if ids.height:
                tally.add(ids)
                progress(ids.height)
    return {
        "floor": "usage",
        "counts": {"events": tally.events},
        "content_digest": tally.digest.hexdigest(),
        "start_ms_min": tally.start_ms_min,
        "start_ms_max": tally.start_ms_max,
    }


def _ordered(
    name: str, recoded: Sequence[_Recoded], ranks: pl.Series, renamed: Renamed | None
) -> Iterator[pl.DataFrame]:
    """A bucket's events of all parts, merged, in slices of shards."""
    files = [(part, path) for part in recoded if (path := part.part.file(name)) is not None]
    if not files:
        return
    events = scan_files([path for _, path in files])
    ranges = shard_ranges(shard_counts(events))
    for piece in ranges:
        frame = (events if len(ranges) == 1 else events.filter(of_range(*piece))).collect()
        frame = _recode(frame, files, renamed)
        rank = ranks.gather(frame["trait"]).alias("_rank")
        yield (
            frame.with_columns(rank, _second=pl.col("start_ms") // 1_000)
            .sort(*ORDER, *CONTENT, *PLACE)
            .select(*EVENT_SCHEMA)
        )


def _merge_conflicts(recoded: Sequence[_Recoded], folder: Path, renamed: Renamed | None) -> None:
    files = [(part, path) for part in recoded if (path := part.part.file(CONFLICT)) is not None]
    if files:
        copies = _recode(scan_files([path for _, path in files]).collect(), files, renamed)
        write_table(copies.sort(*IDS, *PLACE), folder / CONFLICT)


def _merge_tables(
    recoded: Sequence[_Recoded], folder: Path, renamed: Renamed | None
) -> dict[str, Any]:
    """Write the master tables; what the manifest says of them."""
    counts: dict[str, int] = {}
    digests: dict[str, str] = {}
    for table in TABLES.values():
        for file in (table.file, table.conflict):
            frames = [dated(frame, table) for part in recoded
                      if (frame := part.rows(file)) is not None]  # fmt: skip
            if not frames:
                continue
            rows = pl.concat(frames)
            if renamed is not None:
                rows = rows.with_columns(renamed.columns(rows.columns))
            rows, digest = in_table_order(rows, table)
            write_table(as_written(rows, table), folder / file)
            if file == table.file:
                counts[table.name], digests[table.name] = rows.height, digest
    return {"floor": "master", "counts": dict(sorted(counts.items())),
            "content_digests": dict(sorted(digests.items()))}  # fmt: skip


def _same_counts(parts: Sequence[Part], counts: dict[str, int]) -> None:
    before: dict[str, int] = {}
    for part in parts:
        for name, count in part.manifest["counts"].items():
            before[name] = before.get(name, 0) + count
    if before != counts:
        raise ConservationError(
            f"{before} went in, {counts} came out",
            "compact",
            "report this; nothing was published, and the parts are as they were",
        )


def _read(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path, glob=False, hive_partitioning=False)
