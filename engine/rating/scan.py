"""Rates many programs over one home in one scan: totals, without lines and digests.

A bucket's columns are mapped (or merged over parts) once and each program passes over them; master
data and traits are made ready once for all programs that see them alike. An event that files
contradict each other about is suspended whatever the program until a decision names the right copy,
so it is left out and counted here.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

import polars as pl

from doisoat.engine.arrow.columns import Ints
from doisoat.engine.files.coding import narrow_block
from doisoat.engine.kernel.ledger import GRAIN_CARRIER_DAY, NO_OWNERS
from doisoat.engine.kernel.narrow import Narrow
from doisoat.engine.kernel.program import Traits
from doisoat.engine.kernel.rows import STREAMED_FORMATS
from doisoat.engine.rating.bucket import ReadAhead, carriers_own
from doisoat.engine.rating.rater import BucketResult, Rater
from doisoat.engine.store.home import Home, Part
from doisoat.engine.usage.stored_parts import EVENT, Block, nothing_of, shard_range
from doisoat.engine.usage.usage import Usage, usage_of
from doisoat.tariffs.compile.program import Program

T = TypeVar("T")
Columns = tuple[str, ...]
Reader = Callable[[Columns], Sequence[Block]]  # a bucket's blocks with these columns beside


class People(NamedTuple):
    """Master data: frames with the columns of the parts' files."""

    subscriptions: pl.DataFrame
    ports: pl.DataFrame
    packs: pl.DataFrame  # open when the first period begins
    balances: pl.DataFrame | None = None  # as stated of that moment


class Job(NamedTuple):
    """A program to rate by, and whose events: those of one carrier, or all."""

    program: Program
    carrier: str | None = None


class _Ready(NamedTuple):
    """A job with all that its passes share."""

    carrier: str | None
    rater: Rater
    traits: Traits
    people: Ints
    ports: Ints
    opening: Ints
    columns: Columns


class Scan(NamedTuple):
    """What a scan gives. conflicting: events of the period that no program rates."""

    results: Iterator[tuple[BucketResult, ...]]  # of each bucket in order, one a job
    conflicting: int


def scan_home(
    home: Home,
    jobs: Sequence[Job],
    period: tuple[int, int],
    usage: Sequence[Part],
    people: People,
    *,
    threads: int = 2,
    grain: int = GRAIN_CARRIER_DAY,
    owners_since: int = NO_OWNERS,
    later_periods: Sequence[int] = (),
    copies: pl.DataFrame | None = None,
    without: Callable[[Part], Sequence[int]] = nothing_of,
) -> Scan:
    """Rate each bucket by every job on `threads` threads, from the open packs on.

    usage: the parts to read, already verified; later_periods: when further periods begin inside
    this one: what is capped a period begins anew there; copies, without: as `usage_of` has them.
    The answers are those of `rate_home`, program by program, whatever the threads and buckets. At
    most two buckets' columns are held at once.
    """
    whole = usage_of(home, usage, people.subscriptions, copies, without)
    begin, end = period
    undecided = whole.undecided.filter(pl.col("start_ms").is_between(begin, end, closed="left"))
    whole = whole.without_undecided()
    ready = _made_ready(jobs, whole.trait_table, people)

    def reader(bucket: int) -> Reader:
        blocks = whole.mapped(bucket, ())
        return _mapped(whole, bucket, blocks) if blocks is not None else _merged(whole, bucket)

    def rate(bucket: int, job: _Ready, read: Reader) -> BucketResult:
        shards = shard_range(bucket, home.buckets)
        return job.rater.rate(
            bucket,
            ((narrow, job.traits, streams) for narrow, streams in read(job.columns)),
            job.people.of_shards(*shards),
            job.opening.of_shards(*shards),
            job.ports,
            period,
            carrier=job.carrier,
            keeps_events=False,
            grain=grain,
            owners_since=owners_since,
            later_periods=later_periods,
        )

    def rated() -> Iterator[tuple[BucketResult, ...]]:
        with ReadAhead(reader, home.buckets) as ahead, ThreadPoolExecutor(threads) as pool:
            waiting: list[list[Future[BucketResult]]] = []
            try:
                for bucket in range(home.buckets):
                    read = ahead.take(bucket)
                    waiting.append([pool.submit(rate, bucket, job, read) for job in ready])
                    if len(waiting) > 1:
                        yield tuple(future.result() for future in waiting.pop(0))
                while waiting:
                    yield tuple(future.result() for future in waiting.pop(0))
            finally:
                for futures in waiting:
                    for future in futures:
                        future.cancel()

    return Scan(rated(), undecided.height)


def _mapped(usage: Usage, bucket: int, blocks: Sequence[Block]) -> Reader:
    """A bucket of one part: its narrow columns once, others anew for each program that asks."""

    def read(columns: Columns) -> Sequence[Block]:
        if not columns:
            return blocks
        return usage.mapped(bucket, columns) or ()

    return read


def _merged(usage: Usage, bucket: int) -> Reader:
    """A bucket of several parts, or with contradicted events: merged once for all programs."""
    # What no program asks for need not be held: none asks for what names or charges an event.
    streamed = STREAMED_FORMATS.keys() - {*EVENT, "charged"}
    blocks = [
        (Narrow(narrow_block(events)), events.select(*streamed)) for events in usage.merged(bucket)
    ]

    def read(columns: Columns) -> Sequence[Block]:
        return [(narrow, [frame.select(columns)] if columns else ()) for narrow, frame in blocks]

    return read


def _made_ready(jobs: Sequence[Job], table: pl.DataFrame, people: People) -> tuple[_Ready, ...]:
    by_key: dict[tuple[str, str], Any] = {}

    def once(kind: str, seen: object, make: Callable[[], T]) -> T:
        """What jobs see alike is made once. `seen`: all of the job that it depends on."""
        key = (kind, repr(seen))
        if key not in by_key:
            by_key[key] = make()
        shared: T = by_key[key]
        return shared

    def ready(program: Program, carrier: str | None) -> _Ready:
        words, rater = program.vocabulary, Rater(program)
        known = (words.carriers, words.kinds, words.destinations, words.packs, words.localities)
        masks = (program.carrier_masks, program.kind_masks, program.pack_masks, program.hosts)
        names = (words.carriers, words.plans, words.segments, words.localities, carrier)
        packs: tuple[object, ...] = (
            words.packs, words.carriers, program.pack_index, program.packs, program.volumes
        )  # fmt: skip
        balances = people.balances
        if balances is not None and balances.height:
            packs += (words.measures, program.measures, program.carrier_masks,
                      program.payment_masks)  # fmt: skip
        subscribed = once(
            "people",
            names,
            lambda: rater.subscriptions(carriers_own(people.subscriptions, carrier)),
        )
        return _Ready(
            carrier,
            rater,
            once(
                "traits",
                (known, masks, program.province_of),
                lambda: rater.resolve_traits(table),
            ),
            subscribed,
            once("ports", words.carriers, lambda: rater.ports(people.ports)),
            once(
                "packs",
                packs,
                lambda: rater.opening_stated(people.packs, people.subscriptions, people.balances),
            ),
            rater.streamed_columns(subscribed, keeps_events=False),
        )

    return tuple(ready(*job) for job in jobs)
