"""A program made ready for the kernel: names to indexes going in, frames by name coming out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from doisoat.engine.arrow.arrow import ArrowTable
from doisoat.engine.arrow.columns import Column, Ints
from doisoat.engine.files.coding import narrow_block
from doisoat.engine.kernel.copies import Copies
from doisoat.engine.kernel.kernel import BucketPass
from doisoat.engine.kernel.ledger import GRAIN_FULL, NO_OWNERS
from doisoat.engine.kernel.lookup import CONFLICT_COLUMNS, PORT_COLUMNS, SUBSCRIPTION_COLUMNS
from doisoat.engine.kernel.narrow import Narrow
from doisoat.engine.kernel.program import TRAIT_COLUMNS, LoadedProgram, Traits
from doisoat.engine.kernel.rows import streamed_columns
from doisoat.engine.kernel.state import STATE_COLUMNS
from doisoat.engine.rating.opening_state import (
    CLOSING,
    SOURCE_TYPES,
    STATE_ITEMS,
    entry_names,
    indexed_at_carriers,
    open_packs,
)
from doisoat.engine.rating.stated_balances import opening_rows
from doisoat.engine.usage.subscriptions import in_force
from doisoat.errors import StoreError
from doisoat.messages.text import message
from doisoat.tariffs.compile.program import FOREVER, PAYMENTS, UNLISTED, Program

if TYPE_CHECKING:
    from doisoat.engine.arrow.arrow import ArrowStream

KIN_TEXTS = ("carrier", "kind", "destination", "rating_group", "pack")
KIN_COLUMNS = tuple(name for name in TRAIT_COLUMNS if name not in ("locality", "province"))
STATUSES = ("rated", "no_subscription", "no_tariff", "beyond_limit", "conflicting")
UNSIGNED = ("owner_hi", "owner_lo", "event_hi", "event_lo", "key_hi", "key_lo")


@dataclass(frozen=True)
class BucketResult:
    """What one bucket gave. Names behind indexes: program.vocabulary.

    lines: event_hi/lo, owner_hi/lo UInt64, carrier, measure, nature, units, amount, start_ms Int64.
    totals: carrier, day (since 1970-01-01), home_province, serving_province, kind, destination,
    events, units, billed, bundled, list_value, discount, payable Int64. relief_totals: the same
    keys, measure, nature, events, units, amount. suspense: event, owner, carrier, status, start_ms.
    refunds: event, owner, carrier, start_ms, charged, list_value, payable of events charged above
    what they owe. closing: CLOSING, with names. rated: a row an event, if asked for.
    counters: events, rated, suspended and more. checksums: Σ place × list value and
    Σ place × payable, where a row's place is counted among the `rows` given, from 1. owners: a row
    an owner and carrier, with events, list_value, discount, payable; if asked for.
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
    rows: int = 0
    owners: pl.DataFrame = field(default_factory=pl.DataFrame)


class Standing(NamedTuple):
    """Copies that stand for contradicted events, which a pass rates among its own
    (engine.kernel.copies).

    rows: USAGE_COLUMNS and is_chosen, in the order of events: what is not chosen is suspended.
    """

    rows: pl.DataFrame
    traits: Traits


@dataclass
class Rater:
    """A program made ready: indexes of its names, loaded once, shared by all buckets."""

    program: Program
    loaded: LoadedProgram = field(init=False)
    entries: tuple[str, ...] = field(init=False)  # key of each measure entry in a closing state
    no_conflicts: Ints = field(init=False)

    def __post_init__(self) -> None:
        self.loaded = LoadedProgram(self.program)
        self.no_conflicts = conflicts_of(NO_CONFLICTS)
        self.entries = tuple(entry_names(self.program))

    def streamed_columns(
        self, people: Ints, *, keeps_events: bool = True, keeps_refunds: bool = True
    ) -> tuple[str, ...]:
        """The columns of usage that a pass over these people reads beside the narrow ones."""
        has_members = people.any(SUBSCRIPTION_COLUMNS.index("terms"))
        names: tuple[str, ...] = streamed_columns(
            self.loaded, keeps_events, has_members, keeps_refunds=keeps_refunds
        )
        return names

    def resolve_traits(self, frame: pl.DataFrame) -> Traits:
        """A part's trait table (docs/architecture.md; codes 0.. in order) for the kernel."""
        program, words = self.program, self.program.vocabulary
        carriers = {name: i for i, name in enumerate(words.carriers)}
        kinds = {name: i for i, name in enumerate(words.kinds)}
        classes = {name: i for i, name in enumerate(words.destinations)}
        packs = {name: i for i, name in enumerate(words.packs)}
        spans: list[tuple[int, int, int, int]] = []
        ranges: dict[tuple[tuple[int, int, int, int], ...], tuple[int, int]] = {}
        kins: dict[tuple[int, ...], int] = {}
        rows: list[tuple[int, ...]] = []
        if frame.get_column("trait").to_list() != list(range(frame.height)):
            raise StoreError(
                message("trait codes are not 0, 1, 2, …"),
                "trait.parquet",
                message("take the files in again"),
            )
        # All but the place, of which alone there are many.
        texts = frame.select(
            pl.col(KIN_TEXTS).name.prefix("given_"), _index("locality", words.localities, 0)
        )
        given_texts = [f"given_{name}" for name in KIN_TEXTS]
        distinct_texts = texts.select(given_texts).unique(maintain_order=True)
        for carrier_name, kind_name, destination, host, pack in distinct_texts.iter_rows():
            carrier, kind = carriers.get(carrier_name, 0), kinds[kind_name]
            name, network = class_of(destination, carrier_name)
            listed: tuple[tuple[int, int, int, int], ...] = ()
            if kind_name == "data":  # a class given by the source stands as it is
                listed = tuple(
                    (*span[:3], span[3] if destination == "data" else 0)
                    for span in program.hosts.get(host, ())
                )
            if listed not in ranges:
                ranges[listed] = (len(spans), len(listed))
                spans += listed
            pack_at = packs.get(pack, -1)
            mask = program.carrier_masks[carrier] & program.kind_masks[kind]
            if kind_name == "pack":
                mask &= program.pack_masks[pack_at] if pack_at >= 0 else 0
            row = (
                mask, carrier, kind, classes.get(name, classes[UNLISTED]),
                carriers.get(network, 0) if network is not None else -1, pack_at, *ranges[listed],
            )  # fmt: skip
            # Which network's number it is matters where it was ported, and not to the short way.
            kin = (*row[:4], network is None, *row[5:])
            rows.append((kins.setdefault(kin, len(kins)), *row))
        schema = dict.fromkeys(KIN_COLUMNS, pl.Int64) | {"mask": pl.UInt64}
        resolved = distinct_texts.hstack(pl.DataFrame(rows, schema, orient="row").get_columns())
        by_trait = texts.join(resolved, on=given_texts, how="left", maintain_order="left")
        provinces = pl.Series("province", program.province_of, dtype=pl.Int64)
        province = provinces.gather(by_trait.get_column("locality"))
        return Traits(Ints(by_trait.with_columns(province), TRAIT_COLUMNS), spans)

    def subscriptions(self, frame: pl.DataFrame) -> Ints:
        """Rows of subscription.parquet as the kernel wants them, in the order of `people.in_force`.

        Raises: IntakeError where rows contradict each other (`people.in_force`).
        """
        return Ints(self.subscription_rows(frame), SUBSCRIPTION_COLUMNS)

    def subscription_rows(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The same as a frame: SUBSCRIPTION_COLUMNS."""
        words = self.program.vocabulary
        return in_force(frame, FOREVER).select(
            "owner_hi",
            "owner_lo",
            "from_ms",
            "until_ms",
            _index("carrier", words.carriers, -1),
            _index("plan", words.plans, -1),
            _index("segment", words.segments, words.segments.index("")),
            _index("payment", PAYMENTS, len(PAYMENTS)),
            _index("home_locality", words.localities, 0).alias("locality"),
            "member_hi",
            "member_lo",
            "terms",
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
            *sorted(set(state["pack"].unique()) - {*words.packs, ""}),
            *sorted(set(state["measure"].unique()) - {*self.entries, ""}),
        ]
        if unknown:
            raise StoreError(
                message(
                    "it names {unknown}, which catalogue and package do not know",
                    unknown=", ".join(unknown[:5]),
                ),
                "opening state",
                message("settle the earlier period with the same catalogue and package"),
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
                _index("carrier", words.carriers, 0),
            ).sort("owner_hi", "owner_lo", "item", maintain_order=True),
            STATE_COLUMNS,
        )

    def opening_of_packs(self, packs: pl.DataFrame, subscriptions: pl.DataFrame) -> Ints:
        """The carriers' list of open packs as the first period's opening, of a home without
        members of accounts."""
        rows = open_packs(self.program, packs)
        return Ints(indexed_at_carriers(self.program, rows, subscriptions), STATE_COLUMNS)

    def opening_stated(
        self,
        packs: pl.DataFrame,
        subscriptions: pl.DataFrame,
        balances: pl.DataFrame | None = None,
    ) -> Ints:
        """The first period's opening: the carriers' list of open packs (pack.parquet), and balances
        that they state of its beginning (balance.parquet)."""
        return Ints(opening_rows(self.program, packs, balances, subscriptions), STATE_COLUMNS)

    def rate(
        self,
        bucket: int,
        blocks: Iterable[tuple[Narrow, Traits, Iterable["ArrowStream"]]],
        subscriptions: Ints,
        opening: Ints,
        ports: Ints,
        period: tuple[int, int],
        *,
        conflicts: Ints | None = None,
        copies: Standing | None = None,
        carrier: str | None = None,
        keeps_events: bool = True,
        keeps_rated: bool = False,
        grain: int = GRAIN_FULL,
        owners_since: int = NO_OWNERS,
        later_periods: Sequence[int] = (),
        keeps_closing: bool = True,
        keeps_digests: bool = True,
        keeps_refunds: bool = True,
        keeps_lines: bool = True,
    ) -> BucketResult:
        """Rate ordered events, given as (narrow columns, traits, streams beside) in turn.

        conflicts: ids of events among them that are suspended; copies: what is to be put among
        them, in place of conflicts. later_periods: when further periods begin inside this one: what
        is capped a period begins anew there. keeps_closing: False leaves the closing state out, for
        who settles no month after it; keeps_digests: False the shards' digests, for who publishes
        nothing: hashing is a fifth of such a pass; keeps_refunds: False what was charged above what
        is owed, and then `charged` is not read; keeps_lines: False the rows of relief lines, whose
        totals and digests stay.
        """
        only = -1 if carrier is None else self.program.vocabulary.carriers.index(carrier)
        work = BucketPass(
            self.loaded,
            period,
            subscriptions,
            opening,
            ports,
            self.no_conflicts if conflicts is None else conflicts,
            only_carrier=only,
            keeps_events=keeps_events,
            keeps_rated=keeps_rated,
            keeps_closing=keeps_closing,
            keeps_digests=keeps_digests,
            keeps_refunds=keeps_refunds,
            keeps_lines=keeps_lines,
            grain=grain,
            owners_since=owners_since,
            later_periods=later_periods,
        )
        if copies is None or copies.rows.is_empty():
            for narrow, traits, streams in blocks:
                work.rate(narrow, traits, streams)
        else:
            among = _among(work, copies)
            for narrow, traits, streams in blocks:
                among.rate(narrow, traits, streams)
            among.finish()
        work.finish()
        columns = work.columns()
        return BucketResult(
            bucket=bucket,
            shard_digests=work.shard_digests(),
            lines=_frame(columns["lines"]),
            totals=_frame(columns["totals"]),
            relief_totals=_frame(columns["relief_totals"]),
            suspense=_frame(columns["suspense"]),
            refunds=_frame(columns["refunds"]),
            rated=_frame(columns["rated"]),
            closing=self._closing(_frame(columns["closing"])),
            counters=work.counts(),
            checksums=work.checksums(),
            rows=work.rows(),
            owners=_frame(columns["owners"]),
        )

    def _closing(self, frame: pl.DataFrame) -> pl.DataFrame:
        words = self.program.vocabulary
        if frame.is_empty():
            return CLOSING.to_frame()
        return frame.with_columns(
            _name("item", STATE_ITEMS), _name("type", SOURCE_TYPES), _name("pack", words.packs),
            _name("measure", self.entries), _name("carrier", words.carriers),
        ).cast(CLOSING)  # fmt: skip


def _among(work: BucketPass, copies: Standing) -> Copies:
    rows = copies.rows.rechunk()
    conflicts = conflicts_of(rows.filter(~pl.col("is_chosen")))
    return Copies(work, copies.traits, Narrow(narrow_block(rows)), rows, conflicts)


NO_CONFLICTS = pl.DataFrame(schema={"event_hi": pl.UInt64, "event_lo": pl.UInt64})


def conflicts_of(frame: pl.DataFrame) -> Ints:
    """Event ids whose copies conflict (event_hi, event_lo), in order: they are suspended."""
    ids = frame.select("event_hi", "event_lo")
    return Ints(ids.unique().sort(ids.columns) if ids.height else ids, CONFLICT_COLUMNS)


def class_of(destination: str, carrier: str) -> tuple[str, str | None]:
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


def _frame(columns: Mapping[str, Column]) -> pl.DataFrame:
    if not any(map(len, columns.values())):
        return _no_rows(tuple(columns))
    columns_by_name = {
        name: memoryview(column).cast("Q" if name in UNSIGNED else "q")
        for name, column in columns.items()
    }
    return pl.DataFrame(ArrowTable(columns_by_name))


@cache
def _no_rows(names: tuple[str, ...]) -> pl.DataFrame:
    return pl.DataFrame(
        schema={name: pl.UInt64 if name in UNSIGNED else pl.Int64 for name in names}
    )
