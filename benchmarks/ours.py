"""The job by this engine: the bucket's pass without lines and digests, on two threads."""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate

import polars as pl

from doisoat.benchmarks.job import THREADS, Task, Totals, canonical
from doisoat.engine.bucket import (
    NO_PORTS,
    NO_SUBSCRIPTIONS,
    of_bucket,
    read_master,
    scan_bucket,
)
from doisoat.engine.kernel import GRAIN_CARRIER_DAY, USAGE_COLUMNS
from doisoat.engine.opening import CLOSING, open_packs_as_state
from doisoat.engine.rater import BucketResult, Rater
from doisoat.tariffs.compile import compile_program

COLUMNS = tuple(name for name in USAGE_COLUMNS if name not in ("event_hi", "event_lo", "charged"))
TOTAL = ("events", "units", "billed", "bundled", "list_value", "discount", "payable")


def run(task: Task) -> Totals:
    """From the files to the totals. Stages: seconds; `decode` and `rate` are sums over threads."""
    stages = dict.fromkeys(("compile", "master", "decode", "rate", "merge"), 0.0)
    begun = time.perf_counter()
    program = compile_program(task.catalogue, task.package)
    rater = Rater(program)
    stages["compile"] = time.perf_counter() - begun

    begun = time.perf_counter()
    traits = [pl.read_parquet(part.path / "trait.parquet").sort("trait") for part in task.usage]
    resolved = rater.resolve_traits(traits[0])
    people = read_master(task.master, "subscription")
    people = NO_SUBSCRIPTIONS if people is None else people
    ports = read_master(task.master, "port")
    port_rows = rater.ports(NO_PORTS if ports is None else ports)
    packs = read_master(task.master, "pack")
    opening = CLOSING.to_frame() if packs is None else open_packs_as_state(program, packs)
    names = [task.home.bucket_name(bucket) for bucket in range(task.home.buckets)]
    paths = [task.usage[0].file(name) for name in names]
    rows = [
        0 if path is None else pl.scan_parquet(path).select(pl.len()).collect().item()
        for path in paths
    ]
    before = list(accumulate(rows, initial=0))
    stages["master"] = time.perf_counter() - begun

    def work(bucket: int) -> BucketResult:
        begun = time.perf_counter()
        events = scan_bucket(task.usage, names[bucket], traits, COLUMNS)
        decoded = time.perf_counter()
        result = rater.rate(
            bucket,
            [] if events is None else [(events, resolved)],
            rater.subscriptions(of_bucket(people, bucket, task.home.buckets)),
            rater.opening(of_bucket(opening, bucket, task.home.buckets)),
            port_rows,
            task.period,
            keeps_events=False,
            grain=GRAIN_CARRIER_DAY,
            before=before[bucket],
        )
        stages["decode"] += decoded - begun
        stages["rate"] += time.perf_counter() - decoded
        return result

    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(work, range(task.home.buckets)))

    begun = time.perf_counter()
    words = program.vocabulary
    totals = (
        pl.concat([r.totals for r in results]).group_by("carrier", "day").agg(pl.col(TOTAL).sum())
    ).select("carrier", "day", *TOTAL)
    relief = (
        pl.concat([r.relief_totals for r in results])
        .group_by("carrier", "day", "measure", "nature")
        .agg(pl.col("events", "units", "amount").sum())
    )
    answer = canonical(
        [(words.carriers[row[0]], *row[1:]) for row in totals.iter_rows()],
        [
            (
                words.carriers[row[0]],
                row[1],
                words.measures[row[2]],
                words.natures[row[3]],
                *row[4:],
            )
            for row in relief.iter_rows()
        ],
        sum(r.checksums[0] for r in results),
        sum(r.checksums[1] for r in results),
        stages,
    )
    stages["merge"] = time.perf_counter() - begun
    return answer
