"""What two worlds differ by, and why: by hand, on an owner or two."""

from pathlib import Path

import polars as pl
import pytest

from doisoat.engine.rating.rerate import IDS, OWNER, RATED_EVENT, RatedShards
from doisoat.engine.rating.rerate import LINE as TOLD_LINE
from doisoat.errors import ConservationError
from doisoat.settlement.runs.adjustment_causes import (
    CAUSE_COLUMNS,
    EVENT,
    Known,
    differences,
)
from doisoat.settlement.runs.adjustment_records import Adjustment, links_between

HOUR = 3_600_000
NOTHING = pl.DataFrame(schema={name: EVENT[name] for name in (*OWNER, *CAUSE_COLUMNS)})
NO_IDS = pl.DataFrame(schema=dict.fromkeys(IDS, pl.UInt64))


def event(number, hour, value, payable, *, owner=1, content=None, charged=None, status=0, rank=2,
          carrier="viettel"):  # fmt: skip
    return {
        "event_hi": 0, "event_lo": number, "owner_hi": 0, "owner_lo": owner, "carrier": carrier,
        "start_ms": hour * HOUR, "rank": rank, "content": number if content is None else content,
        "charged": charged, "status": status, "units": 80, "billed": 80, "bundled": 0,
        "list_value": value, "payable": payable,
    }  # fmt: skip


def world(events, lines=()):
    rows = [
        {"event_hi": 0, "event_lo": number, "carrier": "viettel", "measure": "M6",
         "nature": "discount", "units": 80, "amount": amount}
        for number, amount in lines
    ]  # fmt: skip
    types = {name: RATED_EVENT.get(name, pl.String()) for name in TOLD_LINE} | {
        "amount": pl.Int64()
    }
    return RatedShards(pl.DataFrame(list(events), RATED_EVENT, orient="row"),
                pl.DataFrame(rows, types, orient="row"), {})  # fmt: skip


def known(**more):
    told = {"contradicted": NO_IDS, "carried": NOTHING, "opening_differs": False,
            "master_differs": False, **more}  # fmt: skip
    return Known(**told)


def reasons(changed):
    """By event: (cause, the event that caused it, list value, discount, payable)."""
    columns = ("event_lo", "cause", "cause_event_lo", "list_value", "discount", "payable")
    return {number: rest for number, *rest in changed.events.select(columns).iter_rows()}


def test_a_late_call_moves_the_one_after_it():
    """Case 18 of docs/semantics.md: 80 s at 11h were granted; 60 s at 10h come late."""
    before = world([event(11, 11, 1573, 0)], [(11, 1573)])
    after = world([event(10, 10, 1180, 0), event(11, 11, 1573, 787)], [(10, 1180), (11, 786)])
    changed = differences([before, after], [None], known())
    assert reasons(changed) == {10: ["late", 10, 1180, 1180, 0], 11: ["cascade", 10, 0, -787, 787]}
    lines = changed.lines.select("event_lo", "cause", "cause_event_lo", "events", "amount").rows()
    assert lines == [(10, "late", 10, 1, 1180), (11, "cascade", 10, 0, -787)]


def test_what_comes_before_the_late_event_is_not_moved_by_it():
    before = world([event(9, 9, 100, 100), event(11, 11, 100, 100)])
    after = world([event(9, 9, 100, 90), event(10, 10, 5, 5), event(11, 11, 100, 90)])
    with pytest.raises(ConservationError, match="1 events differ and nothing says why"):
        differences([before, after], [None], known())


def test_an_owner_is_not_moved_by_anothers_event():
    before = world([event(11, 11, 100, 100, owner=2)])
    after = world([event(10, 10, 5, 5), event(11, 11, 100, 90, owner=2)])
    with pytest.raises(ConservationError, match="nothing says why"):
        differences([before, after], [None], known())


def test_packs_come_before_calls_of_the_same_second():
    before = world([event(1, 10, 100, 100)])
    after = world([event(2, 10, 5, 5, rank=0), event(1, 10, 100, 0)])
    assert reasons(differences([before, after], [None], known()))[1][:2] == ["cascade", 2]


@pytest.mark.parametrize(
    ("was", "now", "amounts"),
    [
        pytest.param([event(1, 1, 100, 90, content=7)], [event(1, 1, 50, 50)], [-50, -10, -40],
                     id="says something else"),
        pytest.param([event(1, 1, 100, 90)], [], [-100, -10, -90], id="gone"),
        pytest.param([event(1, 1, 0, 0, status=2)], [event(1, 1, 100, 90)], [100, 10, 90],
                     id="was suspended"),
    ],
)  # fmt: skip
def test_corrections(was, now, amounts):
    found = reasons(differences([world(was), world(now)], [None], known()))
    assert found == {1: ["correction", 1, *amounts]}


def test_a_contradicted_event_that_was_decided_is_a_correction():
    contradicted = pl.DataFrame({"event_hi": [0], "event_lo": [1]}, NO_IDS.schema)
    told = [world([]), world([event(1, 1, 100, 100)])]
    assert reasons(differences(told, [None], known()))[1][0] == "late"
    found = reasons(differences(told, [None], known(contradicted=contradicted)))
    assert found[1][:2] == ["correction", 1]


def test_each_world_has_its_cause_and_together_they_are_the_difference():
    told = [
        world([event(1, 1, 100, 100)]),
        world([event(1, 1, 90, 90)]),  # another tariff
        world([event(1, 1, 90, 45)], [(1, 45)]),  # another reading
        world([event(0, 0, 7, 7), event(1, 1, 90, 40)], [(1, 50)]),  # and late usage
    ]
    found = differences(told, ["catalogue", "reading", None], known())
    rows = found.events.select("event_lo", "cause", "payable").rows()
    assert rows == [(1, "catalogue", -10), (1, "reading", -45), (0, "late", 7), (1, "cascade", -5)]
    assert sum(payable for _, _, payable in rows) == 47 - 100


def test_what_the_month_before_moved_is_carried_on_with_its_cause():
    told = [world([event(5, 1, 100, 0)]), world([event(5, 1, 100, 100)])]
    cascade = pl.DataFrame([(0, 1, "late", 0, 3)], NOTHING.schema, orient="row")
    tariff = pl.DataFrame([(0, 1, "catalogue", None, None)], NOTHING.schema, orient="row")
    for carried, expected in ((cascade, ["cascade", 3]), (tariff, ["catalogue", None]),
                              (NOTHING, ["cascade", None])):  # fmt: skip
        found = differences(told, [None], known(carried=carried, opening_differs=True))
        assert reasons(found)[5][:2] == expected


def test_other_master_data_is_a_correction():
    told = [world([event(5, 1, 100, 0)]), world([event(5, 1, 100, 100)])]
    assert reasons(differences(told, [None], known(master_differs=True)))[5][:2] == [
        "correction", None
    ]  # fmt: skip


def test_refunds_differ_with_what_is_owed():
    told = [world([event(5, 1, 100, 100, charged=100)]), world([event(5, 1, 100, 40, charged=100)])]
    found = differences(told, ["reading"], known())
    assert found.events["refund"].to_list() == [60]


def test_worlds_that_agree_differ_by_nothing():
    same = world([event(1, 1, 100, 90), event(2, 2, 0, 0, status=1)], [(1, 10)])
    found = differences([same, same, same], ["catalogue", None], known())
    assert found.events.is_empty() and found.lines.is_empty()


@pytest.mark.parametrize(
    ("hour", "carrier"),
    [
        pytest.param(30, "viettel", id="another day"),
        pytest.param(1, "vnpt", id="another carrier"),
    ],
)
def test_an_event_that_is_elsewhere_is_gone_there_and_here_and_so_are_its_lines(hour, carrier):
    """Though neither its amounts nor its lines are other ones."""
    now = event(1, hour, 100, 90, content=7, carrier=carrier)
    found = differences(
        [world([event(1, 1, 100, 90)], [(1, 10)]), world([now], [(1, 10)])], [None], known()
    )
    for rows, amount in ((found.lines, "amount"), (found.events, "discount")):
        assert rows.select("carrier", "start_ms", "cause", "events", "units", amount).rows() == [
            ("viettel", HOUR, "correction", -1, -80, -10),
            (carrier, hour * HOUR, "correction", 1, 80, 10),
        ]


def test_within_its_day_the_difference_alone_is_told():
    now = event(1, 2, 100, 80, content=7)
    found = differences(
        [world([event(1, 1, 100, 90)], [(1, 10)]), world([now], [(1, 20)])], [None], known()
    )
    assert found.lines.select("start_ms", "events", "amount").rows() == [(2 * HOUR, 0, 10)]


@pytest.mark.parametrize(
    ("before", "after", "links"),
    [("A", "C", "AC"), ("B", "C", "BA AC"), ("A", "B", "AB"), ("B", "A", "BA"), ("A", "A", ""),
     ("C", "A", ""), ("A", "D", "AC CD"), ("X", "C", "")],
)  # fmt: skip
def test_adjustments_lead_on_though_one_was_taken_back(before, after, links):
    chain = [
        Adjustment(name, Path(name), {"before": name[0], "after": name[1]})
        for name in ("AB", "BA", "AC", "CD")
    ]
    assert [one.id for one in links_between(chain, before, after)] == links.split()
