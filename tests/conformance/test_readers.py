"""The readers and the judge on rows of our own making: no foreign file is needed."""

import csv
import json
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conformance import billrun_catalogue, tiered
from tests.conformance.__main__ import main
from tests.conformance.model import Band, capped, price_of
from tests.conformance.run import judge, rows_of

CGRATES = {
    "vector_id": "A", "service": "voice", "start_time": "2021-08-10T12:00:00Z", "usage": "61",
    "connect_fee": "0.5", "connect_fee_charged": "yes", "rounding_method": "*up",
    "rounding_decimals": "2", "max_cost": "", "max_cost_strategy": "",
    "exact_cost_one_final_rounding": "0.91",
    "segments_json": json.dumps([{"usage": 61, "slots": [
        {"start": 0, "rate": 0.4, "unit": 60, "increment": 60},
        {"start": 60, "rate": 0.3, "unit": 60, "increment": 1}]}]),
}  # fmt: skip
TIERED = {
    "vector_id": "T", "mode": "graduated", "event_date": "",
    "plan": "[0,60) 6 per 60 beat 60; [60,600) 3 per 60 beat 30", "usage_min": "61",
    "usage_max": "90", "prior_usage_offset": "0", "expected_cost": "7.5",
}  # fmt: skip
BILLRUN = {
    "vector_id": "B", "account_aid": "1", "subscriber_sid": "2", "plan": "P",
    "services_data": "['S',]", "rates_json": '{"R": "retail"}', "usage_type": "call", "usage": "15",
    "event_time": "", "rebalance_after": "no", "expected_in_group": "10",
    "expected_over_group": "5", "expected_out_group": "", "expected_price": "1",
}  # fmt: skip
BOOK = {
    "rates": [{"key": "R", "rates": {"call": {"BASE": {"rate": [
        {"from": 0, "to": "UNLIMITED", "interval": 5, "price": "1"}]}}}}],
    "plans": [{"name": "P"}, {"name": "TWO", "include": {"groups": {
        "A": {"call": 20, "rates": ["R"]}, "B": {"call": 40, "rates": ["R"]}}}},
        {"name": "HALF", "rates": {"R": {"call": {"percentage": 0.5}}}}],
    "services": [
        {"name": "S", "include": {"groups": {"G": {"call": 10, "rates": ["R"]}}}},
        {"name": "M", "include": {"groups": {"G": {"cost": 10, "rates": ["R"]}}}},
        {"name": "POOL", "include": {"groups": {"G": {
            "call": 10, "account_shared": True, "account_pool": True, "rates": ["R"]}}}},
    ],
}  # fmt: skip


@pytest.fixture
def report(tmp_path):
    """Writes rows as a file of their shape and judges it."""

    def of(base, *changes):
        folder = tmp_path / "vectors"
        folder.mkdir(exist_ok=True)
        (folder / "billrun_catalogue.json").write_text(json.dumps(BOOK), "utf-8")
        path = folder / "rows.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, base)
            writer.writeheader()
            for number, change in enumerate(changes, 1):
                writer.writerow(base | {"vector_id": f"{base['vector_id']}{number}"} | change)
        return judge(path.name, rows_of(path))

    return of


def verdicts(found):
    return (
        found.equal, list(found.explained), [row.id for row in found.unequal], list(found.missing)
    )  # fmt: skip


SPLIT = json.dumps([
    {"usage": 30, "slots": [{"start": 0, "rate": 2, "unit": 60, "increment": 1}]},
    {"usage": 31, "slots": [{"start": 0, "rate": 1, "unit": 60, "increment": 1}]},
])  # fmt: skip


def test_slots_fee_and_rounding(report):
    found = report(
        CGRATES,
        {},
        {"exact_cost_one_final_rounding": "0.90"},
        {"rounding_method": "*down", "exact_cost_one_final_rounding": "0.9"},
        {"connect_fee_charged": "no", "exact_cost_one_final_rounding": "0.41"},
        {"rounding_method": "", "rounding_decimals": "", "usage": "61",
         "exact_cost_one_final_rounding": "0.905"},
        {"rounding_decimals": "20", "exact_cost_one_final_rounding": "0.905"},
    )  # fmt: skip
    assert verdicts(found) == (["A1", "A3", "A4", "A5", "A6"], [], ["A2"], [])
    (wrong,) = found.unequal
    assert (wrong.expected, wrong.got) == ("0.9", {
        "oracle": "0.91 (0 units covered)", "kernel": "0.91 (0 units covered)",
    })  # fmt: skip


def test_a_rounding_finer_than_ten_decimals_needs_an_exact_amount(report):
    thirds = json.dumps(
        [{"usage": 61, "slots": [{"start": 0, "rate": 1, "unit": 3, "increment": 1}]}]
    )
    row = {"segments_json": thirds, "rounding_decimals": "20", "connect_fee": "0"}
    found = report(CGRATES, row | {"exact_cost_one_final_rounding": "20.3333333334"})
    assert verdicts(found) == ([], [], ["A1"], [])


def test_segments_are_time_bands_only_at_a_moment(report):
    row = {"segments_json": SPLIT, "connect_fee": "0", "exact_cost_one_final_rounding": "1.52"}
    at = row | {"start_time": "2021-08-10T23:59:30Z"}
    found = report(
        CGRATES, row, row | {"start_time": ""}, at, at | {"exact_cost_one_final_rounding": "1.51"}
    )
    assert verdicts(found) == (["A2", "A3"], [], ["A4"], ["A1"])
    assert "full hour" in found.missing["A1"]


def test_a_maximum_is_free_from_where_it_is_reached(report):
    row = {"max_cost": "0.45", "max_cost_strategy": "*free", "connect_fee": "0"}
    found = report(
        CGRATES,
        row | {"usage": "600", "exact_cost_one_final_rounding": "0.45"},
        row | {"usage": "63", "exact_cost_one_final_rounding": "0.42"},
        row | {"usage": "600", "max_cost_strategy": "*disconnect",
               "exact_cost_one_final_rounding": "3.1"},
        row | {"connect_fee": "1"},
    )  # fmt: skip
    assert verdicts(found) == (["A1", "A2", "A3"], [], [], ["A4"])


def test_a_step_that_no_block_ends_at_is_told_in_the_models_words(report):
    slots = [{"start": 0, "rate": 1, "unit": 60, "increment": 60},
             {"start": 90, "rate": 1, "unit": 60, "increment": 1}]  # fmt: skip
    found = report(CGRATES, {"segments_json": json.dumps([{"usage": 61, "slots": slots}])})
    assert "multiple of its block" in found.missing["A1"]


def test_tiers_are_tried_at_both_ends_of_the_range(report):
    found = report(
        TIERED,
        {},
        {"usage_max": "91"},
        {"usage_min": "1", "usage_max": "30", "prior_usage_offset": "60", "expected_cost": "3/2"},
        {"usage_min": "600", "usage_max": "700", "expected_cost": "33"},
        {"mode": "volume", "expected_cost": "4.5"},
        {"mode": "setup fee 4 + graduated", "plan": "setup 4; [0,60) 6 per 60, beat 60",
         "usage_min": "0", "usage_max": "0", "expected_cost": "0"},
    )  # fmt: skip
    assert verdicts(found) == (["T1", "T3", "T5", "T6"], ["T4"], ["T2"], [])
    assert found.explained["T4"] == tiered.PAST_LAST_TIER


def test_flat_amounts_packages_and_versions(report):
    at = {"usage_min": "7", "usage_max": "7"}
    versions = "valid 2001-07-01: 6 per 60 beat 60; valid 2015-03-01: 9 per 60 beat 60"
    dated = {"mode": "graduated, dated", "plan": versions}
    found = report(
        TIERED,
        at | {"plan": "0-5: 2/unit + flat 3; 6+: 1/unit + flat 4", "expected_cost": "19"},
        at | {"plan": "<=5 flat 10; else 1/unit", "expected_cost": "12"},
        at | {"mode": "package, maximum 40", "plan": "15 per 3", "expected_cost": "40"},
        at | {"mode": "package", "plan": "15 per 3", "expected_cost": "45"},
        at | {"mode": "percentage", "plan": "1.5 percent", "expected_cost": "0.105"},
        at | dated | {"event_date": "2015-02-28", "expected_cost": "6"},
        at | dated | {"event_date": "2015-03-01", "expected_cost": "9"},
        {"mode": "graduated", "plan": "<=5 flat 10; else 1/unit", "usage_min": "0",
         "usage_max": "5", "expected_cost": "10"},
        at | {"mode": "volume", "plan": "<=5 flat 10; else 3/unit", "expected_cost": "21"},
        at | {"mode": "volume, minimum 30", "plan": "<=5 flat 10; else 3/unit",
              "expected_cost": "30"},
        {"mode": "volume", "plan": "<=5 flat 10; else 3/unit", "usage_min": "0",
         "usage_max": "5", "expected_cost": "10"},
    )  # fmt: skip
    assert verdicts(found) == ([f"T{n}" for n in range(1, 12)], [], [], [])


def test_usage_of_a_period_after_what_was_billed_before(report):
    plan = "<=5 flat 10; <=9 flat 6; else 2/unit"
    found = report(
        TIERED,
        {"mode": "graduated, maximum 19", "plan": plan, "prior_usage_offset": "6",
         "usage_min": "6", "usage_max": "8", "expected_cost": "3"},
        {"mode": "volume, maximum 15", "plan": "<=5 flat 10; else 3/unit", "usage_min": "6",
         "usage_max": "9", "expected_cost": "15"},
        {"mode": "package", "plan": "15 per 3 units, 4 free", "usage_min": "8", "usage_max": "10",
         "expected_cost": "30"},
        {"mode": "package", "plan": "15 per 3 units, none free", "usage_min": "8"},
        {"mode": "graduated", "plan": "<=5 flat 10; else 3 each", "usage_min": "8"},
    )  # fmt: skip
    assert verdicts(found) == (["T1", "T2", "T3"], [], [], [])
    assert unread(found) == {"T4": "plan", "T5": "plan"}


ALLOWANCE = "2 percent + 3 per event; first 100 units / 5 events free; 3 events, running totals "


def test_free_units_past_which_a_share_and_a_fee_are_due(report):
    row = {"mode": "percentage", "usage_min": "400", "usage_max": "400"}
    found = report(
        TIERED,
        row | {"plan": ALLOWANCE + "50,150", "expected_cost": "12"},
        row | {"plan": ALLOWANCE + "50,150,400", "expected_cost": "11"},
        row | {"plan": ALLOWANCE.replace("5 events", "0 events") + "50,150",
               "expected_cost": "17"},
        row | {"plan": "2 percent + 3 per event; 3 events", "expected_cost": "17"},
        row | {"plan": "2 percent + 3 per event; first 2 events free (150 units)",
               "expected_cost": "8"},
        row | {"plan": "2 percent + 3 per event; 3 events, running totals 500,100"},
    )  # fmt: skip
    assert verdicts(found) == (["T1", "T3", "T4", "T5"], [], ["T2"], [])
    assert unread(found) == {"T6": "plan"}


def test_stretches_of_a_call_are_billed_apart(report):
    row = {"mode": "time-of-day split, beat-blind", "usage_min": "70", "usage_max": "70",
           "plan": "10 s off-peak: 6 per 60 beat 60; 60 s peak: 3 per 60 beat 7"}  # fmt: skip
    found = report(TIERED, row | {"expected_cost": "9.15"}, row | {"expected_cost": "9"})
    assert verdicts(found) == (["T1"], [], ["T2"], [])


def test_a_sequence_keeps_its_state_until_a_rebalance(report):
    over = {"expected_in_group": "0", "expected_price": "3"}
    found = report(
        BILLRUN, {}, over | {"rebalance_after": "yes"}, {}, {"subscriber_sid": "3"},
        {"subscriber_sid": "4", "plan": "HALF", "expected_price": "0.5"},
    )  # fmt: skip
    assert verdicts(found) == (["B1", "B2", "B3", "B4", "B5"], [], [], [])


def test_a_monthly_group_is_whole_again_and_a_dated_one_ends(report):
    dated = "[['name' => 'S', 'from' => '2021-08-10', 'to' => '2021-09-05', 'quantity' => 2]]"
    row = {"services_data": dated}
    none = {"expected_in_group": "0", "expected_price": "3"}
    found = report(
        BILLRUN,
        row | {"event_time": "2021-08-31 23:59:59+03:00"},
        row | {"event_time": "2021-09-01"},
        row | none | {"event_time": "2021-09-05"},
        row | none | {"event_time": "2021-08-09"},
    )
    assert verdicts(found) == (["B1", "B2", "B3", "B4"], [], [], [])


def test_a_pool_is_as_large_as_its_members_bring(report):
    row = {"services_data": "['POOL']", "expected_in_group": "15", "expected_price": "0"}
    last = {"subscriber_sid": "3", "expected_in_group": "5", "expected_price": "2"}
    assert verdicts(report(BILLRUN, row, row | last)) == (["B1", "B2"], [], [], [])


def test_money_of_a_group_pays_what_units_leave(report):
    row = {"services_data": "['S', 'M']"}
    found = report(
        BILLRUN,
        row | {"expected_price": "0"},
        row | {"expected_price": "0", "usage": "45"},
        row | {"expected_price": "3"},
        {"subscriber_sid": "3"},
    )
    assert verdicts(found) == (["B1", "B2", "B3", "B4"], [], [], [])


def test_what_is_left_past_an_allowance_is_billed_by_its_raw_units(report):
    found = report(
        BILLRUN,
        {"usage": "17.5", "expected_price": "2", "rebalance_after": "yes"},
        {"usage": "13", "expected_price": "1", "rebalance_after": "yes"},
        {"usage": "13", "expected_in_group": "9", "expected_price": "1"},
    )
    assert verdicts(found) == (["B1", "B2"], [], ["B3"], [])


def test_services_as_php_tells_them():
    assert [held.name for held in billrun_catalogue.held_services("['A', 'B',]")] == ["A", "B"]
    (held,) = billrun_catalogue.held_services(
        "[ ['name' => 'A', \"service_id\" => 12, 'from' => '2020-05-10 ', \"quantity\" => 3], ]"
    )
    assert held.since is not None
    assert (held.name, held.instance, held.since.day, held.quantity) == ("A", "12", 10, 3)
    assert billrun_catalogue.held_services("") == []


def unread(found):
    return {name: fault.field for name, fault in found.unreadable.items()}


def test_a_cost_below_nothing_and_fields_of_no_form_are_counted_and_named(report):
    found = report(
        CGRATES,
        {"exact_cost_one_final_rounding": "-2"},
        {"usage": "-61"},
        {"segments_json": "[{"},
        {"segments_json": '[{"usage": 61, "slots": [{"start": 0, "rate": 1, "unit": 0}]}]'},
        {"rounding_method": "*nearest"},
        {"start_time": "yesterday"},
        {"start_time": "now"},
        {},
    )
    assert unread(found) == {
        "A1": "exact_cost_one_final_rounding", "A2": "usage", "A3": "segments_json",
        "A4": "segments_json", "A5": "rounding_method", "A6": "start_time",
    }  # fmt: skip
    assert verdicts(found) == (["A7", "A8"], [], [], []) and found.rows == 8
    assert (
        "  A1: exact_cost_one_final_rounding holds '-2': a cost of 0 or more is needed"
        in found.told()
    )


def test_a_service_whose_day_is_of_no_form_hides_what_its_account_has_left(report):
    odd = "[['name' => 'S', 'from' => 'since 2021-08-10']]"
    over = {"expected_in_group": "0", "expected_price": "3"}
    found = report(
        BILLRUN,
        {"services_data": odd},
        over,
        {"services_data": "", **over, "rebalance_after": "yes"},
        {"subscriber_sid": "3"},
        {"account_aid": "9"},
        {"account_aid": "8", "services_data": "[['from' => '2021-08-10']]"},
        {"account_aid": "7", "usage": "lots"},
        {"account_aid": "6", "event_time": "time*2021-08-10"},
        {"account_aid": "5", "rates_json": "{}"},
    )
    assert unread(found) == {
        "B1": "services_data", "B6": "services_data", "B7": "usage", "B8": "event_time",
        "B9": "rates_json",
    }  # fmt: skip
    assert str(found.unreadable["B1"]) == (
        "services_data holds 'since 2021-08-10': a day YYYY-MM-DD is needed"
    )
    assert verdicts(found) == (["B3", "B4", "B5"], [], [], ["B2"])


def test_a_pool_one_of_whose_rows_is_not_read_has_no_known_size(report):
    row = {"services_data": "['POOL']", "expected_in_group": "15", "expected_price": "0"}
    found = report(BILLRUN, row, row | {"subscriber_sid": "3", "event_time": "tomorrow"}, {})
    assert (unread(found), list(found.missing)) == ({"B2": "event_time"}, ["B1", "B3"])


def test_a_tariff_in_words_that_names_no_tier_is_counted_and_named(report):
    found = report(
        TIERED,
        {"expected_cost": "-1"},
        {"usage_max": ""},
        {"mode": "event", "plan": "6 an event"},
        {"mode": "graduated, dated", "plan": "valid since 2001"},
        {"event_date": "08/10/2021"},
        {"mode": "graduated, dated", "plan": "valid 2015-03-01: 6 per 60 beat 60",
         "event_date": "2015-02-28", "expected_cost": "6"},
        {},
    )  # fmt: skip
    assert unread(found) == {
        "T1": "expected_cost", "T2": "usage_max", "T3": "plan", "T4": "plan", "T5": "event_date",
    }  # fmt: skip
    assert verdicts(found) == (["T7"], [], ["T6"], [])
    assert found.unequal[0].got == dict.fromkeys(
        ("oracle", "kernel"), "no_tariff (0 units covered)"
    )


def test_a_day_with_the_peers_word_before_it_is_that_day(report):
    dated = {"services_data": "[['name' => 'S', 'from' => 'time*2021-08-10T22:00:00Z']]"}
    none = {"expected_in_group": "0", "expected_price": "3"}
    found = report(
        BILLRUN,
        dated | {"event_time": "2021-08-10", "rebalance_after": "yes"},
        dated | none | {"event_time": "2021-08-09"},
    )
    assert verdicts(found) == (["B1", "B2"], [], [], [])


def test_a_cost_of_minus_one_is_an_event_that_no_rate_is_for(report):
    found = report(CGRATES, {"exact_cost_one_final_rounding": "-1"})
    assert verdicts(found) == (["A1"], [], [], [])


def test_rows_draw_in_the_order_of_their_test_whatever_their_moments_say(report):
    found = report(
        BILLRUN,
        {"event_time": "2021-08-10 09:00:00", "usage": "8", "expected_in_group": "8",
         "expected_price": "0"},
        {"event_time": "2021-08-10", "usage": "8", "expected_in_group": "2", "expected_price": "2"},
        {"event_time": "2021-09-10", "usage": "8", "expected_in_group": "8", "expected_price": "0"},
        {"event_time": "2021-08-10", "usage": "5", "expected_in_group": "0", "expected_price": "1"},
    )  # fmt: skip
    assert verdicts(found) == (["B1", "B2", "B3", "B4"], [], [], [])


def test_a_services_groups_are_all_drawn_and_of_a_plan_its_first(report):
    row = {"plan": "TWO", "usage": "60", "expected_in_group": "30", "expected_price": "6"}
    assert verdicts(report(BILLRUN, row)) == (["B1"], [], [], [])
    alone = row | {"services_data": "", "expected_in_group": "20", "expected_price": "8"}
    assert verdicts(report(BILLRUN, alone)) == (["B1"], [], [], [])


def test_a_service_that_the_file_lacks_brings_nothing_and_explains_its_rows(report):
    row = {"services_data": "['POOL', 'GONE']"}
    found = report(
        BILLRUN,
        row | {"expected_in_group": "15", "expected_price": "0"},
        row | {"subscriber_sid": "3", "expected_in_group": "10", "expected_price": "1"},
        {"services_data": "['GONE']", "account_aid": "9"},
        {"account_aid": "9"},
    )
    assert verdicts(found) == (["B1", "B4"], ["B2", "B3"], [], [])


def test_the_setup_fee_of_stretches_is_paid_once_and_a_block_of_its_band_is_explained(report):
    plan = "10 s: 6 per 60 beat 60; 60 s: 3 per 60 beat 7"
    row = {"usage_min": "70", "usage_max": "70"}
    found = report(
        TIERED,
        row | {"mode": "time-of-day split, beat-blind, setup 10", "plan": f"setup 10; {plan}",
               "expected_cost": "19.15"},
        row | {"mode": "time-of-day split, beat-aware", "plan": plan, "expected_cost": "6.7"},
        row | {"mode": "time-of-day split, beat-aware", "plan": plan, "expected_cost": "6.5"},
    )  # fmt: skip
    assert verdicts(found) == (["T1", "T3"], ["T2"], [], [])


BLOCKS = st.integers(1, 7)


@given(
    st.lists(st.tuples(BLOCKS, st.integers(1, 5), st.integers(0, 9)), min_size=1, max_size=3),
    st.integers(1, 60), st.integers(0, 120),
)  # fmt: skip
def test_a_capped_table_costs_the_least_of_price_and_maximum(bands, most, usage):
    table = []
    start = 0
    for block, count, price in bands:
        table.append(Band(Decimal(start), Decimal(price), Decimal(block), Decimal(block)))
        start += block * count
    cap = capped(table, Decimal(most))
    assert price_of(cap, Fraction(usage)) == min(price_of(table, Fraction(usage)), most)


def test_the_command_says_what_is_unequal_and_exits_by_it(report, tmp_path, capsys):
    report(TIERED, {}, {"expected_cost": "8"}, {"mode": "an odd one"}, {"expected_cost": "time*7"})
    page = tmp_path / "page.md"
    assert main([str(tmp_path), "--write", str(page)]) == 1
    out = capsys.readouterr().out
    assert "rows.csv: equal 1, explained 0, unequal 1 of 4\n  T2: expected 8, got 7.5" in out
    assert "rows.csv: not covered 1\n  T3: needs the charge model of mode" in out
    assert "rows.csv: not read 1\n  T4: expected_cost holds 'time*7': a cost of 0 or" in out
    written = page.read_text("utf-8")
    assert "| rows.csv | 4 | 1 | 0 | 1 | 1 | 1 |" in written
    assert "- rows.csv: T4: expected_cost: a cost of 0 or more is needed" in written
    assert "time*7" not in written  # no text of a foreign file
    report(TIERED, {})
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == "rows.csv: equal 1, explained 0, unequal 0 of 1\n"


def test_rows_whose_catalogue_is_not_there_or_no_json(report, tmp_path, capsys):
    report(BILLRUN, {})
    catalogue = tmp_path / "vectors" / "billrun_catalogue.json"
    for damage in (lambda: catalogue.write_text("{", "utf-8"), catalogue.unlink):
        damage()
        assert main([str(tmp_path)]) == 2
        assert "billrun_catalogue.json is n" in capsys.readouterr().err


@pytest.mark.parametrize("header", [None, "a,b"])
def test_a_folder_without_vectors_and_a_file_of_no_known_kind(tmp_path, capsys, header):
    if header is not None:
        (tmp_path / "vectors").mkdir()
        (tmp_path / "vectors" / "x.csv").write_text(header + "\n", "utf-8")
    assert main([str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("conformance: ")
