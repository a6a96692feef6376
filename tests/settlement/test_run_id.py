"""A run's name: of its inputs, all of them, and nothing else."""

import hashlib
from typing import Any

import pytest

from doisoat.settlement.figures.run_id import (
    EMPTY_SHARD,
    canonical_json,
    result_digest,
    run_id,
    run_inputs,
)

GIVEN: dict[str, Any] = {
    "period": "2021-08",
    "carrier": None,
    "sources": [
        {"sha256": "1", "rows": 2, "content_digest": "aa"},
        {"sha256": "0", "rows": 1, "content_digest": "bb"},
    ],
    "conflicts": None,
    "master": {"subscription": "cc", "port": "dd"},
    "catalogue": "ee",
    "package": "ff",
    "readings": {"m6.place": "home_at_use", "in_kind_value": "zero"},
    "opening_run": None,
}


def test_the_order_in_which_inputs_are_listed_is_no_input():
    again = {
        **GIVEN,
        "sources": list(reversed(GIVEN["sources"])),
        **{name: dict(reversed(GIVEN[name].items())) for name in ("master", "readings")},
    }
    assert run_id(run_inputs(**GIVEN)) == run_id(run_inputs(**again))


@pytest.mark.parametrize(
    "change",
    [
        {"period": "2021-09"},
        {"carrier": "viettel"},
        {"conflicts": "aa"},
        {"sources": GIVEN["sources"][:1]},
        {"sources": [{**GIVEN["sources"][0], "content_digest": "a"}, GIVEN["sources"][1]]},
        {"master": {"subscription": "cc"}},
        {"catalogue": "00"},
        {"package": "00"},
        {"readings": {**GIVEN["readings"], "in_kind_value": "list_price"}},
        {"opening_run": "00"},
    ],
    ids=str,
)
def test_any_input_changes_the_name(change):
    assert run_id(run_inputs(**GIVEN)) != run_id(run_inputs(**{**GIVEN, **change}))


def test_the_name_of_known_inputs_is_known():
    """So that a change of spelling cannot pass for a change of inputs."""
    assert (
        run_id({"a": [1, "đồng"], "A": None})
        == (hashlib.sha256('{"A":null,"a":[1,"đồng"]}'.encode()).hexdigest()[:32])
    )


@pytest.mark.parametrize("value", [1.0, {"a": [0.5]}, {1: 2}])
def test_what_has_no_one_spelling_is_refused(value):
    with pytest.raises(TypeError):
        canonical_json(value)


def test_the_digest_is_that_of_all_shards_in_order():
    one = hashlib.sha256(b"events").digest()
    assert result_digest({}) == hashlib.sha256(EMPTY_SHARD * 1024).hexdigest()
    assert result_digest({3: one}) == (
        hashlib.sha256(EMPTY_SHARD * 3 + one + EMPTY_SHARD * 1020).hexdigest()
    )
