"""The unit of work: a bucket of whole owners, from its stored events to lines, totals and digests.

`rate_home` reads a home's parts and rates its buckets on a few threads; the kernel runs without the
GIL, and buckets never talk. `rate_events` does the same to events given in memory.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from doisoat.engine import oracle
from doisoat.engine.arrow import ArrowTable
from doisoat.engine.columns import Ints
from doisoat.engine.desk import CONFLICT_COLUMNS, PORT_COLUMNS, SUBSCRIPTION_COLUMNS
from doisoat.engine.home import SHARDS, Home, Part, list_parts
from doisoat.engine.intake.conflict import conflicting_copies, standing
from doisoat.engine.kernel import GRAIN_FULL, USAGE_COLUMNS, BucketPass
from doisoat.engine.program import LoadedProgram, Traits
from doisoat.engine.state import STATE_COLUMNS
from doisoat.errors import StoreError
from doisoat.tariffs.compile import FOREVER, PAYMENTS, Program, compile_program
from doisoat.tariffs.models import Catalogue, Package
from doisoat.tariffs.quantity import MS_PER_DAY, MS_PER_HOUR

if TYPE_CHECKING:
    from doisoat.engine.arrow import ArrowStream

SHARD_SHIFT = 54  # an owner's shard is the first 10 bits of its id
COARSE_MS = 1_000
RANKS = {"pack": 0, "fee": 1}  # of kinds that come before usage of the same second
RANK_OF_USAGE = 2
EMPTY_SHARD = hashlib.sha256().digest()
STATE_ITEMS = ("pack", "source", "trigger", "session")
SOURCE_TYPES = ("", "grant", "volume", "bonus")
STATUSES = ("rated", "no_subscription", "no_tariff", "beyond_limit", "conflicting")
UNSIGNED = ("owner_hi", "owner_lo", "event_hi", "event_lo", "key_hi", "key_lo")
KEY_PARTS = {  # name -> (lowest bit, bits) of a total's key; engine/totals.pxd
    "destination": (0, 6), "kind": (6, 3), "serving_province": (9, 7), "home_province": (16, 7),
    "carrier": (23, 5), "day": (28, 16),
}  # fmt: skip
RELIEF_KEY_PARTS = {**KEY_PARTS, "nature": (44, 2), "measure": (46, 6)}


@dataclass(frozen=True)
class BucketResult:
    """What one bucket gave. Names behind indexes: program.vocabulary.

    lines: event_hi/lo, owner_hi/lo UInt64, carrier, measure, nature, units, amount, start_ms Int64.
    totals: carrier, day (since 1970-01-01), home_province, serving_province, kind, destination,
    events, units, billed, bundled, list_value, discount, payable Int64. relief_totals: the same
    keys, measure, nature, events, units, amount. suspense: event, owner, carrier, status, start_ms.
    refunds: event, owner, carrier, start_ms, charged, list_value, payable of events charged above
    what they owe. closing: CLOSING, with names. rated: a row an event, if asked for.
    counters: events, rated, suspended and more.
    """

    bucket: int
    shard_digests: dict[int, bytes]
    lines: pl.DataFrame
    totals: pl.DataFrame
    relief_totals: pl.DataFrame
    suspense: pl.DataFrame
    refunds: pl.DataFrame
    closing: pl.DataFrame
    rated: pl.DataFrame
    counters: dict[str, int]
    checksums: tuple[int, int] = (0, 0)


CLOSING = pl.Schema(
    {
        "owner_hi": pl.UInt64(), "owner_lo": pl.UInt64(), "item": pl.String(), "type": pl.String(),
        "pack": pl.String(), "volume": pl.Int64(), "measure": pl.String(), "from_ms": pl.Int64(),
        "until_ms": pl.Int64(), "given": pl.Int64(), "left": pl.Int64(), "price": pl.Int64(),
        "paid": pl.Int64(), "day": pl.Int64(), "key_hi": pl.UInt64(), "key_lo": pl.UInt64(),
        "bought_ms": pl.Int64(),
    }
)  # fmt: skip


@dataclass
class Rater:
    """A program made ready: indexes of its names, loaded once, shared by all buckets."""

    program: Program
    loaded: LoadedProgram = field(init=False)
    entries: tuple[str, ...] = field(init=False)  # key of each measure entry in a closing state

    def __post_init__(self) -> None:
        self.loaded = LoadedProgram(self.program)
        names = self.program.vocabulary.measures
        self.entries = tuple(f"{names[m['id']]}/{at}" for at, m in enumerate(self.program.measures))

    def resolve_traits(self, frame: pl.DataFrame) -> Traits:
        """A part's trait table (docs/architecture.md; codes 0.. in order) for the kernel."""
        program, words = self.program, self.program.vocabulary
        carriers = {name: i for i, name in enumerate(words.carriers)}
        kinds = {name: i for i, name in enumerate(words.kinds)}
        classes = {name: i for i, name in enumerate(words.destinations)}
        localities = {name: i for i, name in enumerate(words.localities)}
        packs = {name: i for i, name in enumerate(words.packs)}
        spans: list[tuple[int, int, int, int]] = []
        hosts: dict[tuple[str, bool], tuple[int, int]] = {}
        rows = []
        codes = frame.get_column("trait").to_list()
        if codes != list(range(len(codes))):
            raise StoreError(
                "trait codes are not 0, 1, 2, …", "trait.parquet", "take the files in again"
            )
        columns = ("carrier", "kind", "destination", "rating_group", "locality", "pack")
        for carrier_name, kind_name, destination, host, place, pack in frame.select(
            columns
        ).iter_rows():
            carrier, kind = carriers.get(carrier_name, 0), kinds[kind_name]
            name, network = _class_of(destination, carrier_name)
            named = host, destination == "data"  # a class given by the source stands as it is
            if named not in hosts:
                given = program.hosts.get(host, ())
                hosts[named] = (len(spans), len(given))
                spans += [(*span[:3], span[3] if named[1] else 0) for span in given]
            pack_at = packs.get(pack, -1)
            mask = program.carrier_masks[carrier] & program.kind_masks[kind]
            if kind_name == "pack":
                mask &= program.pack_masks[pack_at] if pack_at >= 0 else 0
            locality = localities.get(place, 0)
            rows.append((
                mask, carrier, kind, classes.get(name, classes["unknown"]),
                carriers.get(network, 0) if network is not None else -1,
                locality, program.province_of[locality], pack_at,
                *(hosts[named] if kind_name == "data" else (0, 0)),
            ))  # fmt: skip
        return Traits(rows, spans)

    def subscriptions(self, frame: pl.DataFrame) -> Ints:
        """Rows of subscription.parquet as the kernel wants them, ordered by owner and start."""
        words = self.program.vocabulary
        return Ints(
            frame.select(
                "owner_hi",
                "owner_lo",
                "from_ms",
                pl.col("until_ms").fill_null(FOREVER),
                _index("carrier", words.carriers, 0),
                _index("plan", words.plans, -1),
                _index("segment", words.segments, words.segments.index("")),
                _index("payment", PAYMENTS, 0),
                _index("home_locality", words.localities, 0).alias("locality"),
            ).sort("owner_hi", "owner_lo", "from_ms"),
            SUBSCRIPTION_COLUMNS,
        )

    def ports(self, frame: pl.DataFrame) -> Ints:
        """Rows of port.parquet, ordered by number."""
        return Ints(
            frame.select(
                "number_hi", "number_lo", _index("carrier", self.program.vocabulary.carriers, 0),
                "from_ms", pl.col("until_ms").fill_null(FOREVER),
            ).sort("number_hi", "number_lo", "from_ms"),
            PORT_COLUMNS,
        )  # fmt: skip

    def opening(self, state: pl.DataFrame) -> Ints:
        """A closing state (schema CLOSING) as the next period's opening."""
        words = self.program.vocabulary
        unknown = [
            *sorted(set(state["pack"].to_list()) - {*words.packs, ""}),
            *sorted(set(state["measure"].to_list()) - {*self.entries, ""}),
        ]
        if unknown:
            raise StoreError(
                f"it names {', '.join(unknown[:5])}, which catalogue and package do not know",
                "opening state",
                "settle the earlier period with the same catalogue and package",
            )
        return Ints(
            state.select(
                "owner_hi",
                "owner_lo",
                _index("item", STATE_ITEMS, 0),
                _index("type", SOURCE_TYPES, 0),
                _index("pack", words.packs, -1),
                "volume",
                _index("measure", self.entries, -1),
                "from_ms",
                "until_ms",
                "given",
                "left",
                "price",
                "paid",
                "day",
                "key_hi",
                "key_lo",
                "bought_ms",
            ).sort("owner_hi", "owner_lo", "item", maintain_order=True),
            STATE_COLUMNS,
        )

    def rate(
        self,
        bucket: int,
        batches: Iterable[tuple["ArrowStream", Traits]],
        subscriptions: Ints,
        opening: Ints,
        ports: Ints,
        period: tuple[int, int],
        *,
        conflicts: Ints | None = None,
        carrier: str | None = None,
        keeps_events: bool = True,
        keeps_rated: bool = False,
        grain: int = GRAIN_FULL,
        before: int = 0,
    ) -> BucketResult:
        """Rate ordered events, given as (Arrow stream, traits) one after the other."""
        only = -1 if carrier is None else self.program.vocabulary.carriers.index(carrier)
        work = BucketPass(
            self.loaded,
            period,
            subscriptions,
            opening,
            ports,
            conflicts or conflicts_of(NO_CONFLICTS),
            only_carrier=only,
            keeps_events=keeps_events,
            keeps_rated=keeps_rated,
            grain=grain,
        )
        work.start_ordinals_at(before)
        for stream, traits in batches:
            work.rate(stream, traits)
        work.finish()
        digests = {}
        for shard, content in work.shard_streams():
            digests[shard] = hashlib.sha256(content).digest()
        columns = work.columns()
        return BucketResult(
            bucket=bucket,
            shard_digests=digests,
            lines=_frame(columns["lines"]),
            totals=_with_keys(_frame(columns["totals"]), KEY_PARTS),
            relief_totals=_with_keys(_frame(columns["relief_totals"]), RELIEF_KEY_PARTS),
            suspense=_frame(columns["suspense"]),
            refunds=_frame(columns["refunds"]),
            rated=_frame(columns["rated"]),
            closing=self._closing(_frame(columns["closing"])),
            counters=work.counts(),
            checksums=work.checksums(),
        )

    def _closing(self, frame: pl.DataFrame) -> pl.DataFrame:
        words = self.program.vocabulary
        return frame.with_columns(
            _name("item", STATE_ITEMS), _name("type", SOURCE_TYPES), _name("pack", words.packs),
            _name("measure", self.entries),
        ).cast(CLOSING)  # fmt: skip


NO_CONFLICTS = pl.DataFrame(schema={"event_hi": pl.UInt64, "event_lo": pl.UInt64})


def conflicts_of(frame: pl.DataFrame) -> Ints:
    """Event ids whose copies conflict (event_hi, event_lo), in order: they are suspended."""
    return Ints(
        frame.select("event_hi", "event_lo").unique().sort("event_hi", "event_lo"), CONFLICT_COLUMNS
    )


def _class_of(destination: str, carrier: str) -> tuple[str, str | None]:
    """The destination class of a trait; the carrier of a mobile network (a port may change it)."""
    sort, _, rest = destination.partition(":")
    if sort == "class":
        return rest, None
    if sort == "mobile":
        return ("on_net" if rest == carrier else "off_net"), rest
    if sort == "fixed":
        return ("fixed_own" if rest == carrier else "fixed"), None
    if sort == "service":
        return f"service_{rest}", None
    return destination, None


def _index(column: str, names: Sequence[str], default: int) -> pl.Expr:
    places = {name: place for place, name in enumerate(names)}
    if not places:
        return pl.lit(default, dtype=pl.Int64).alias(column)
    return pl.col(column).replace_strict(places, default=default, return_dtype=pl.Int64)


def _name(column: str, names: Sequence[str]) -> pl.Expr:
    known = dict(enumerate(names))
    if not known:
        return pl.lit("").alias(column)
    return pl.col(column).replace_strict(known, default="", return_dtype=pl.String)


def _frame(columns: Mapping[str, object]) -> pl.DataFrame:
    given = {
        name: memoryview(column).cast("Q" if name in UNSIGNED or name == "key" else "q")  # type: ignore[arg-type]
        if len(column)  # type: ignore[arg-type]
        else memoryview(b"").cast("Q" if name in UNSIGNED or name == "key" else "q")
        for name, column in columns.items()
    }
    return pl.DataFrame(ArrowTable(given))


def _with_keys(frame: pl.DataFrame, parts: Mapping[str, tuple[int, int]]) -> pl.DataFrame:
    key = pl.col("key")
    return frame.select(
        *(
            (key // (1 << low) % (1 << bits)).cast(pl.Int64).alias(name)
            for name, (low, bits) in parts.items()
        ),
        pl.exclude("key"),
    )


# --- a home ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Inputs:
    """Paths of the parts that a period reads, and its opening state."""

    usage: tuple[Path, ...]
    subscriptions: pl.DataFrame
    ports: pl.DataFrame
    opening: pl.DataFrame  # schema CLOSING


def read_master(parts: Iterable[Part], name: str) -> pl.DataFrame | None:
    """All rows of one kind of master data over the parts; None if there is no such file."""
    found = [path for part in parts if (path := part.file(f"{name}.parquet")) is not None]
    return pl.concat([pl.read_parquet(path, glob=False) for path in found]) if found else None


NO_SUBSCRIPTIONS = pl.DataFrame(
    schema={
        "subscriber_hi": pl.UInt64, "subscriber_lo": pl.UInt64, "owner_hi": pl.UInt64,
        "owner_lo": pl.UInt64, "carrier": pl.String, "plan": pl.String, "segment": pl.String,
        "payment": pl.String, "home_locality": pl.String, "from_ms": pl.Int64, "until_ms": pl.Int64,
    }
)  # fmt: skip
NO_PORTS = pl.DataFrame(
    schema={
        "number_hi": pl.UInt64, "number_lo": pl.UInt64, "carrier": pl.String, "from_ms": pl.Int64,
        "until_ms": pl.Int64,
    }
)  # fmt: skip


def open_packs_as_state(program: Program, packs: pl.DataFrame) -> pl.DataFrame:
    """The carriers' list of open packs (pack.parquet) as an opening state: packs and their volumes.

    Raises: StoreError for a pack that the catalogue does not have at its purchase, or whose volumes
    are not those listed.
    """
    words = program.vocabulary
    # Two packs bought at one moment have no order in the law: what they cost and hold decides.
    packs = packs.sort("owner_hi", "owner_lo", "pack", "bought_ms", "price_paid", "left")
    frames, met = [], 0
    for name, (first, count) in zip(words.packs, program.pack_index, strict=True):
        for version in program.packs[first : first + count]:
            bought = packs.filter(
                (pl.col("pack") == name)
                & (pl.col("bought_ms") >= version[0])
                & (pl.col("bought_ms") < version[1])
                & (pl.col("left").str.count_matches(";") == max(version[10] - 1, 0))
                & ((pl.col("left") == "") == (version[10] == 0))
            )
            met += bought.height
            if bought.height:
                frames += _state_of_version(program, version, bought)
    if met != packs.height:
        raise StoreError(
            f"{packs.height - met} open packs are not known to the catalogue at their purchase, or"
            " list other volumes than it",
            "open packs",
            "mend the list, or the catalogue: `left` has an amount for each volume, joined by ;",
        )
    return pl.concat(frames) if frames else pl.DataFrame(schema=CLOSING)


def _state_of_version(
    program: Program, version: Sequence[int], packs: pl.DataFrame
) -> list[pl.DataFrame]:
    """Rows of CLOSING: one of each pack, then one of each of its volumes."""
    bought = pl.col("bought_ms")
    given: dict[str, pl.Expr | str] = {
        "owner_hi": "owner_hi", "owner_lo": "owner_lo", "pack": "pack", "from_ms": bought,
        "until_ms": _expiry(version), "price": pl.lit(version[2]), "paid": "price_paid",
        "measure": pl.lit(""), "key_hi": pl.lit(0), "key_lo": pl.lit(0), "bought_ms": bought,
    }  # fmt: skip
    none: dict[str, pl.Expr | str] = {
        "volume": pl.lit(-1),
        "given": pl.lit(0),
        "left": pl.lit(0),
        "day": pl.lit(-1),
    }
    frames = [_closing_rows(packs, {**given, **none, "item": pl.lit("pack"), "type": pl.lit("")})]
    for place in range(version[10]):
        volume = program.volumes[version[9] + place]
        left = pl.col("left").str.split(";").list.get(place).cast(pl.Int64)
        day = bought // MS_PER_DAY if volume[3] else pl.lit(-1)
        own: dict[str, pl.Expr | str] = {
            "volume": pl.lit(place),
            "given": pl.lit(volume[2]),
            "left": left,
            "day": day,
        }
        frames.append(
            _closing_rows(
                packs, {**given, **own, "item": pl.lit("source"), "type": pl.lit("volume")}
            )
        )
    return frames


def _closing_rows(packs: pl.DataFrame, columns: Mapping[str, pl.Expr | str]) -> pl.DataFrame:
    return packs.select(
        (pl.col(value) if isinstance(value, str) else value).cast(CLOSING[name]).alias(name)
        for name, value in ((name, columns[name]) for name in CLOSING.names())
    )


def _expiry(version: Sequence[int]) -> pl.Expr:
    """When packs of a version end; models.Validity says how."""
    hours, days, calendar_days, _ = version[5:9]
    bought = pl.col("bought_ms")
    if hours or days:
        return bought + hours * MS_PER_HOUR + days * MS_PER_DAY
    if calendar_days:
        return (bought // MS_PER_DAY + calendar_days) * MS_PER_DAY
    return (
        bought.cast(pl.Datetime("ms"))
        .dt.month_start()
        .dt.offset_by("1mo")
        .dt.truncate("1d")
        .cast(pl.Int64)
    )


def shard_range(bucket: int, buckets: int) -> tuple[int, int]:
    """The logical shards [first, after) of a bucket."""
    return bucket * SHARDS // buckets, (bucket + 1) * SHARDS // buckets


def of_bucket(frame: pl.DataFrame, bucket: int, buckets: int) -> pl.DataFrame:
    """The rows of a frame with owner_hi whose owners belong to a bucket."""
    first, after = shard_range(bucket, buckets)
    shard = pl.col("owner_hi") // (1 << SHARD_SHIFT)
    return frame.filter((shard >= first) & (shard < after))


def scan_bucket(
    parts: Sequence[Part],
    name: str,
    traits: Sequence[pl.DataFrame],
    columns: Sequence[str] = USAGE_COLUMNS,
) -> pl.DataFrame | None:
    """A bucket's events over all parts, in order; their trait codes count on over the parts.

    A single part is in order as it was written; several are sorted together.
    """
    frames = []
    offset = 0
    for part, trait in zip(parts, traits, strict=True):
        path = part.file(name)
        if path is not None:
            frame = pl.read_parquet(path, columns=list(columns), glob=False)
            frames.append(frame.with_columns(pl.col("trait") + offset) if offset else frame)
        offset += trait.height
    if not frames:
        return None
    if len(frames) == 1:
        return frames[0]
    kinds = pl.concat([trait.get_column("kind") for trait in traits])
    ranks = kinds.replace_strict(RANKS, default=RANK_OF_USAGE, return_dtype=pl.Int64)
    rows = pl.concat(frames)
    return (
        rows.with_columns(
            second=pl.col("start_ms") // COARSE_MS, rank=ranks.gather(rows.get_column("trait"))
        )
        .sort("owner_hi", "owner_lo", "second", "rank", "start_ms", "event_hi", "event_lo")
        .drop("second", "rank")
    )


ORDERED_BY = ("owner_hi", "owner_lo", "start_ms", "trait", "event_hi", "event_lo")


def with_standing(
    events: pl.DataFrame | None, stored: pl.DataFrame, stand: pl.DataFrame, kinds: Sequence[str]
) -> pl.DataFrame | None:
    """A bucket's events, each contradicted one as its standing copy, at its place.

    Args: stored: copies that may lie among the events; stand: the standing ones, with the
        trait codes of the events, whose kinds are given.
    """
    if events is None:
        events = stand.select(USAGE_COLUMNS).clear()
    elif stored.height:
        events = events.join(stored, on=["event_hi", "event_lo"], how="anti", maintain_order="left")
    if stand.is_empty():
        return events if events.height else None

    def order(row: tuple[int, ...]) -> tuple[int, ...]:
        hi, lo, start_ms, trait, *event = row
        rank = RANKS.get(kinds[trait], RANK_OF_USAGE)
        return hi, lo, start_ms // COARSE_MS, rank, start_ms, *event

    rows = stand.select(USAGE_COLUMNS).cast(events.schema)
    keys = [order(row) for row in rows.select(ORDERED_BY).iter_rows()]
    owners = events.get_column("owner_hi")
    first = owners.search_sorted(rows.get_column("owner_hi"), "left")
    after = owners.search_sorted(rows.get_column("owner_hi"), "right")
    places = []
    for key, low, high in zip(keys, first, after, strict=True):
        near = events.slice(low, high - low).select(ORDERED_BY).iter_rows()
        places.append(low + sum(order(row) < key for row in near))
    pieces, done = [], 0
    for at in sorted(range(rows.height), key=lambda at: keys[at]):
        pieces += [events.slice(done, places[at] - done), rows.slice(at, 1)]
        done = places[at]
    pieces.append(events.slice(done))
    return pl.concat([piece for piece in pieces if piece.height], rechunk=False)


def _ids(parts: Iterable[Part]) -> set[str]:
    return {part.id for part in parts}


def _with_codes(
    copies: pl.DataFrame, parts: Sequence[Part], traits: Sequence[pl.DataFrame]
) -> pl.DataFrame:
    """Copies with the trait codes that count on over the parts."""
    offsets, offset = {}, 0
    for part, trait in zip(parts, traits, strict=True):
        offsets[part.id] = offset
        offset += trait.height
    if copies.is_empty():
        return copies
    shift = pl.col("part").replace_strict(offsets, return_dtype=pl.UInt32)
    return copies.with_columns(trait=pl.col("trait") + shift)


def rate_home(
    home: Home,
    program: Program,
    period: tuple[int, int],
    usage: Sequence[Part],
    subscriptions: pl.DataFrame,
    ports: pl.DataFrame,
    opening: pl.DataFrame,
    *,
    threads: int = 2,
    carrier: str | None = None,
    keeps_events: bool = True,
    keeps_rated: bool = False,
    grain: int = GRAIN_FULL,
) -> Iterator[BucketResult]:
    """Rate every bucket of a home on `threads` threads; results come in bucket order.

    usage: the parts to read, already verified. opening: schema CLOSING. Events
    of which the home's parts hold copies that differ are suspended, each as one event.
    At most `threads` + 1 buckets are held at once.
    """
    rater = Rater(program)
    every = list_parts(home, "usage")
    copies = conflicting_copies(every)
    stored, stand = copies.filter("is_stored"), standing(copies)
    known = [*usage, *(part for part in every if part.id in set(stand["part"]) - _ids(usage))]
    traits = [
        pl.read_parquet(part.path / "trait.parquet", glob=False).sort("trait") for part in known
    ]
    stand = _with_codes(stand, known, traits)
    table = (
        pl.concat(traits).with_columns(trait=pl.int_range(pl.len(), dtype=pl.UInt32))
        if traits
        else None
    )
    resolved = rater.resolve_traits(table) if table is not None else Traits([], [])
    port_rows = rater.ports(ports)
    kinds = table.get_column("kind").to_list() if table is not None else []
    conflict_rows = conflicts_of(stand)
    if carrier is not None:
        subscriptions = subscriptions.filter(pl.col("carrier") == carrier)

    def work(bucket: int) -> BucketResult:
        events = scan_bucket(usage, home.bucket_name(bucket), traits[: len(usage)])
        events = with_standing(
            events,
            of_bucket(stored, bucket, home.buckets),
            of_bucket(stand, bucket, home.buckets),
            kinds,
        )
        return rater.rate(
            bucket,
            [] if events is None else [(events, resolved)],
            rater.subscriptions(of_bucket(subscriptions, bucket, home.buckets)),
            rater.opening(of_bucket(opening, bucket, home.buckets)),
            port_rows,
            period,
            conflicts=conflict_rows,
            carrier=carrier,
            keeps_events=keeps_events,
            keeps_rated=keeps_rated,
            grain=grain,
        )

    with ThreadPoolExecutor(threads) as pool:
        waiting: list[Future[BucketResult]] = []
        try:
            for bucket in range(home.buckets):
                waiting.append(pool.submit(work, bucket))
                if len(waiting) > threads:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        finally:
            for future in waiting:
                future.cancel()


def shard_digests_of(results: Iterable[BucketResult]) -> list[bytes]:
    """The digests of all 1,024 shards in order."""
    found = [EMPTY_SHARD] * SHARDS
    for result in results:
        for shard, digest in result.shard_digests.items():
            found[shard] = digest
    return found


def result_digest(shards: Sequence[bytes]) -> str:
    """The run's digest: SHA-256 of the 1,024 shard digests in order."""
    return hashlib.sha256(b"".join(shards)).hexdigest()


# --- events in memory ----------------------------------------------------------------------------

ID_BITS = 64
LOW = (1 << ID_BITS) - 1


def rate_events(
    catalogue: Catalogue,
    package: Package,
    subscriptions: Sequence[oracle.Subscription],
    ports: Sequence[oracle.Port],
    events: Sequence[oracle.Event],
    period: tuple[int, int],
    open_packs: Sequence[oracle.OpenPack] = (),
    state: pl.DataFrame | None = None,
) -> list[oracle.Outcome]:
    """Rate events given as the oracle's facts by the kernel: the same outcomes, without traces."""
    outcomes, _ = rate_events_and_close(
        catalogue, package, subscriptions, ports, events, period, open_packs, state
    )
    return outcomes


def rate_events_and_close(
    catalogue: Catalogue,
    package: Package,
    subscriptions: Sequence[oracle.Subscription],
    ports: Sequence[oracle.Port],
    events: Sequence[oracle.Event],
    period: tuple[int, int],
    open_packs: Sequence[oracle.OpenPack] = (),
    state: pl.DataFrame | None = None,
) -> tuple[list[oracle.Outcome], pl.DataFrame]:
    """As rate_events, with the closing state (schema CLOSING)."""
    program = compile_program(catalogue, package)
    rater = Rater(program)
    ordered = sorted(
        (e for e in events if period[0] <= e.start_ms < period[1]), key=lambda e: (e.owner, e.order)
    )
    texts = [
        (e.carrier, e.kind, e.destination, e.rating_group, e.locality, e.pack) for e in ordered
    ]
    codes = {text: code for code, text in enumerate(dict.fromkeys(texts))}
    traits = pl.DataFrame(
        [(code, *text) for text, code in codes.items()],
        schema={
            "trait": pl.UInt32,
            **dict.fromkeys(
                ("carrier", "kind", "destination", "rating_group", "locality", "pack"), pl.String
            ),
        },
        orient="row",
    )
    usage = pl.DataFrame(
        [
            (
                *_halves(e.owner),
                e.start_ms,
                codes[text],
                e.units,
                e.duration_ms,
                *_halves(e.counterparty),
                *_halves(e.event_id),
                *_halves(e.session),
                e.partial,
                e.charged,
            )
            for e, text in zip(ordered, texts, strict=True)
        ],
        schema=USAGE_SCHEMA,
        orient="row",
    )
    people = pl.DataFrame(
        [
            (
                *_halves(s.owner),
                s.carrier,
                s.plan,
                s.segment,
                s.payment,
                s.home_locality,
                s.from_ms,
                s.until_ms,
            )
            for s in subscriptions
        ],
        schema={
            name: NO_SUBSCRIPTIONS.schema[name]
            for name in (
                "owner_hi",
                "owner_lo",
                "carrier",
                "plan",
                "segment",
                "payment",
                "home_locality",
                "from_ms",
                "until_ms",
            )
        },
        orient="row",
    )
    ported = pl.DataFrame(
        [(*_halves(p.number), p.carrier, p.from_ms, p.until_ms) for p in ports],
        schema=NO_PORTS.schema,
        orient="row",
    )
    packs = pl.DataFrame(
        [
            (*_halves(p.owner), p.pack, p.bought_ms, p.price_paid, ";".join(map(str, p.left)))
            for p in open_packs
        ],
        schema={
            "owner_hi": pl.UInt64,
            "owner_lo": pl.UInt64,
            "pack": pl.String,
            "bought_ms": pl.Int64,
            "price_paid": pl.Int64,
            "left": pl.String,
        },
        orient="row",
    )
    opening = open_packs_as_state(program, packs) if state is None else state
    result = rater.rate(
        0,
        [(usage, rater.resolve_traits(traits))],
        rater.subscriptions(people),
        rater.opening(opening),
        rater.ports(ported),
        period,
        keeps_rated=True,
    )
    words = program.vocabulary
    lines: dict[int, list[oracle.Line]] = {}
    for hi, lo, measure, nature, units, amount in result.lines.select(
        "event_hi", "event_lo", "measure", "nature", "units", "amount"
    ).iter_rows():
        lines.setdefault(hi << ID_BITS | lo, []).append(
            oracle.Line(words.measures[measure], words.natures[nature], units, amount)
        )
    outcomes = [
        oracle.Outcome(
            event=event,
            status=STATUSES[row["status"]],
            list_value=row["list_value"],
            payable=row["payable"],
            billed=row["billed"],
            bundled=row["bundled"],
            past_stop=row["past_stop"],
            throttled=row["throttled"],
            lines=tuple(lines.get(event.event_id, ())),
            destination_class=words.destinations[row["destination"]],
            trace=(),
        )
        for event, row in zip(ordered, result.rated.iter_rows(named=True), strict=True)
    ]
    return outcomes, result.closing


def _halves(value: int) -> tuple[int, int]:
    return value >> ID_BITS, value & LOW


USAGE_SCHEMA = pl.Schema(
    {
        "owner_hi": pl.UInt64(),
        "owner_lo": pl.UInt64(),
        "start_ms": pl.Int64(),
        "trait": pl.UInt32(),
        "units": pl.Int64(),
        "duration_ms": pl.Int64(),
        "counterparty_hi": pl.UInt64(),
        "counterparty_lo": pl.UInt64(),
        "event_hi": pl.UInt64(),
        "event_lo": pl.UInt64(),
        "session_hi": pl.UInt64(),
        "session_lo": pl.UInt64(),
        "partial": pl.Int32(),
        "charged": pl.Int64(),
    }
)
