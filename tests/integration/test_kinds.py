"""Events of some kinds alone, read beside the pass: as all of them told event by event."""

import polars as pl
import pytest

from doisoat.engine.rating import rerate as again
from doisoat.engine.store.home import SHARDS, open_home
from doisoat.engine.usage import usage
from doisoat.errors import ConservationError
from doisoat.settlement.figures.period import Period
from doisoat.settlement.interconnect.call_prices import COLUMNS, KINDS
from doisoat.settlement.rerating.rerate_month import month_again, settled_run

from .conftest import done
from .test_choose import CHANGES, WHO, copies


def held_to_all_events(path):
    """Tell a settled month both ways; returns how many events were of the kinds."""
    home = open_home(path)
    month = month_again(home, settled_run(home, Period.of("2021-08")))
    beside = [name for name in COLUMNS if name not in again.RATED_EVENT]
    count = 0
    pairs = zip(
        month.bucket_outcomes_of(KINDS, COLUMNS), month.bucket_outcomes(beside), strict=True
    )
    for found, whole in pairs:
        of_kinds = whole.events.filter(pl.col("kind").cast(pl.String).is_in(KINDS))
        count += of_kinds.height
        frames = [frame.select(COLUMNS).sort(again.IDS) for frame in (found.events, of_kinds)]
        assert frames[0].rows() == frames[1].rows()
        assert found.lines.sort(pl.all()).equals(whole.lines.sort(pl.all()))
        assert (found.digests, found.suspended) == (whole.digests, whole.suspended)
    return count


def test_of_one_part_with_contradicted_events(settled):
    assert held_to_all_events(settled[0]) > 1_000


def test_of_one_carrier(home):
    of_all = held_to_all_events(home)
    done("settle", "--period", "2021-08", "--carrier", "vnpt", "--home", home)
    assert 0 < held_to_all_events(home) < of_all


@pytest.mark.parametrize("change", CHANGES)
def test_of_several_parts(home, take, monkeypatch, change):
    """Merged in pieces, undecided and chosen."""
    take(change)
    done("settle", "--period", "2021-08", "--home", home)
    monkeypatch.setattr(usage, "MERGED_ROWS", 300)
    held_to_all_events(home)
    done("suspense", "choose", copies(home)["more.csv"], *WHO, "--home", home)
    done("settle", "--period", "2021-08", "--home", home)
    held_to_all_events(home)


def test_an_event_that_is_not_read_is_our_bug(settled, monkeypatch):
    home = open_home(settled[0])
    world = month_again(home, settled_run(home, Period.of("2021-08"))).world
    chosen = usage.Usage.chosen
    monkeypatch.setattr(
        usage.Usage, "chosen", lambda *args: [frame.head(-1) for frame in chosen(*args)]
    )
    bucket = min(again.buckets_of(range(SHARDS), home.buckets))
    with pytest.raises(ConservationError, match="were read beside them"):
        again.rate_kinds(world, bucket, KINDS, COLUMNS)
