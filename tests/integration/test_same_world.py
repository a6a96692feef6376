"""The same world is the same run, whatever threads, buckets, order and grouping of its files."""

import random

import pytest

from .conftest import WORLD, done, kind_of, rows, take_world

SAME = (
    "run", "digest", "events", "rated", "suspended", "list_value", "discount", "payable", "in_kind",
    "contribution", "statements",
)  # fmt: skip


def same(told, settled):
    return {name: told[name] for name in SAME} == {name: settled[1][name] for name in SAME}


@pytest.mark.parametrize(("threads", "buckets"), [(1, 16), (1, 8), (2, 64)])
def test_threads_and_buckets_are_no_input(settled, tmp_path, threads, buckets):
    home = tmp_path / "out"
    done("simulate", *WORLD, "--threads", threads, "--buckets", buckets, "--home", home)
    assert same(done("settle", "--threads", threads, "--home", home), settled)


@pytest.mark.parametrize(
    ("seed", "group"), [(1, 10_000), (2, 1), (3, 1), (4, 7)], ids=["at once", "a", "b", "by seven"]
)
def test_order_and_grouping_of_files_are_no_input(settled, files, tmp_path, key, seed, group):
    shuffled = random.Random(seed).sample(files, len(files))
    home = tmp_path / "out"
    take_world(shuffled, home, key, group)
    assert same(done("settle", "--home", home), settled)
    assert rows(home, "FROM rated.total ORDER BY ALL") == rows(
        settled[0], "FROM rated.total ORDER BY ALL"
    )


def test_a_file_that_was_said_before_is_no_input(settled, home, files, key):
    usage = [path for path in files if kind_of(path) == "usage"][:2]
    take_world(usage, home, key)
    told = done("settle", "--home", home)
    assert same(told, settled) and told["same_run"]


def test_another_seed_is_another_run(settled, tmp_path):
    home = tmp_path / "out"
    done("simulate", *WORLD[:2], "--seed", "8", "--home", home)
    told = done("settle", "--home", home)
    assert told["run"] != settled[1]["run"] and told["digest"] != settled[1]["digest"]


def test_a_world_with_contradictions_was_meant(settled):
    """Else the cases above would show less than they seem to."""
    found = rows(settled[0], "SELECT reason, count(*) FROM usage.suspense GROUP BY ALL")
    assert dict(found)["conflicting"] >= 3 and dict(found)["malformed"] >= 3
    assert rows(settled[0], "SELECT sum(duplicates) > 5 FROM usage.source_file") == [(True,)]
