"""Contradicted events beside mapped columns: as if they were merged among the others."""

import pytest

from doisoat.engine.executors.executor import Threads
from doisoat.engine.files.coding import narrow_block
from doisoat.engine.kernel.narrow import Narrow
from doisoat.engine.rating.bucket import carriers_own
from doisoat.engine.rating.rater import Rater, conflicts_of
from doisoat.engine.usage import usage
from doisoat.engine.usage.stored_parts import NO_SUBSCRIPTIONS, shard_range
from doisoat.engine.usage.usage import usage_of
from doisoat.settlement.figures import merge
from doisoat.settlement.figures.rows import ROWS
from doisoat.settlement.settle.settle import results_of
from tests.integration.test_choose import CHANGES, WHO, copies
from tests.pipes import RatedBy, pipe_of

from .conftest import done


def merged_among(
    home, program, period, parts, subscriptions, ports, opening, *, threads, carrier, copies
):
    """As `rate_home`: every copy among the events in memory, and its pass told of all conflicts."""
    rater, whole = Rater(program), usage_of(home, parts, subscriptions, copies)
    traits, conflicts = rater.resolve_traits(whole.trait_table), conflicts_of(whole.undecided)
    for bucket in range(home.buckets):
        shards = shard_range(bucket, home.buckets)
        yield rater.rate(
            bucket,
            [(Narrow(narrow_block(rows)), traits, [rows]) for rows in whole.merged(bucket)],
            rater.subscriptions(carriers_own(subscriptions, carrier)).of_shards(*shards),
            rater.opening(opening).of_shards(*shards),
            rater.ports(ports),
            period,
            conflicts=conflicts,
            carrier=carrier,
        )


def held_to_the_naive_way(home):
    """Rate a home both ways; returns its usage."""
    pipe = pipe_of(home, "2021-08")
    words = pipe.program.vocabulary
    found, expected = (
        merge.merge(results_of(pipe.task, pipe.program, 2, executor=by), words)
        for by in (Threads(), RatedBy(merged_among))
    )
    for name in ("totals", "relief_totals", "line_sums", "suspense_sums", *ROWS):
        frames = [getattr(one, name).lazy().collect() for one in (found, expected)]
        assert frames[0].equals(frames[1]), name
    assert found.shard_digests == expected.shard_digests
    assert found.counters == expected.counters
    assert found.suspended == expected.suspended
    return pipe.task


def test_a_bucket_of_one_part_is_mapped_in_spite_of_them(settled):
    task = held_to_the_naive_way(settled[0])
    whole = usage_of(task.home, task.usage, NO_SUBSCRIPTIONS)
    buckets = range(task.home.buckets)
    found = [whole.copies(bucket).height for bucket in buckets]
    assert sum(found) == whole.undecided.height >= 1
    for bucket in buckets:
        assert whole.mapped(bucket, (), copies_apart=True) is not None
        assert (whole.mapped(bucket, ()) is None) == bool(found[bucket])


@pytest.mark.parametrize("change", CHANGES)
def test_copies_of_several_parts(home, take, monkeypatch, change):
    """Merged in pieces, undecided and chosen."""
    take(change)
    monkeypatch.setattr(usage, "MERGED_ROWS", 300)
    held_to_the_naive_way(home)
    done("suspense", "choose", copies(home)["more.csv"], *WHO, "--home", home)
    held_to_the_naive_way(home)


def test_copies_of_a_part_made_of_several(home, take):
    """It may hold copies among its events: such buckets are merged."""
    take({"charged": "77777"})
    done("settle", "--home", home)
    done("store", "compact", "--home", home)
    task = held_to_the_naive_way(home)
    assert len(task.usage) == 1
