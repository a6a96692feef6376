"""What is kept of alternatives in a home: taken where it is of the same, and never trusted else."""

import shutil

import polars as pl
import pytest

from doisoat.engine.store.home import open_home
from doisoat.settlement.reconcile.causes import (
    alternative_cache,
    alternatives,
    event_values,
    world_causes,
)
from doisoat.settlement.reconcile.causes import counted_causes as counted
from doisoat.settlement.reconcile.causes import run_figures as ours
from doisoat.settlement.reconcile.causes import suspended_causes as suspended
from doisoat.settlement.reconcile.causes.alternative_cache import (
    ALTERNATIVES,
    AlternativeCache,
    remove_alternatives,
)
from tests.intake.conftest import USAGE, VOICE
from tests.integration.conftest import done, rows

from .carriers import AUGUST

GRAINS: tuple[alternatives.Grain, ...] = ("day", "statement")
OF = {  # every function that goes over a month's events or lines
    world_causes: "evaluate",
    counted: "sums_of",
    suspended: "found_of",
    event_values: "_valued",
}
WITHOUT_PERSONS = {
    "carrier", "item", "measure", "nature", "day", "home_province", "cause", "detail", "file",
    "utc", "end", "again", "by", "key", "events", "units", "amount", "rated", "suspended",
    "list_value", "payable",
}  # fmt: skip


@pytest.fixture(scope="module")
def first(home, tmp_path_factory):
    """A home in which nothing was kept, and the alternatives that were made there."""
    path = tmp_path_factory.mktemp("first") / "home"
    shutil.copytree(home.path, path, ignore=shutil.ignore_patterns(ALTERNATIVES))
    return path, of(open_home(path))


@pytest.fixture
def fresh(first):
    return first[1]


@pytest.fixture
def copy(first, tmp_path):
    """A copy of the home, in which all alternatives of a carrier are kept."""
    return open_home(shutil.copytree(first[0], tmp_path / "copy"))


@pytest.fixture
def counts(monkeypatch):
    """How often each function of OF was called since."""
    calls = dict.fromkeys(OF.values(), 0)

    def counting(name, function):
        def count(*args, **named):
            calls[name] += 1
            return function(*args, **named)

        return count

    for module, name in OF.items():
        monkeypatch.setattr(module, name, counting(name, getattr(module, name)))
    return calls


def of(home):
    """Alternatives of a carrier as a process finds them that has just begun."""
    for known in (alternatives._rated, alternatives._shared, alternatives._values):
        known.clear()
    run = ours.run_of(home, AUGUST.name)
    return [alternatives.of(home, run, "viettel", AUGUST, grain) for grain in GRAINS]


def files_of(home):
    return sorted((home.path / ALTERNATIVES).rglob("*.parquet"))


def same(tables, others):
    return all(table.equals(other) for table, other in zip(tables, others, strict=True))


def test_what_is_kept_is_what_is_made_and_nothing_is_gone_over_again(copy, counts, fresh):
    before = files_of(copy)
    again = of(copy)
    assert set(counts.values()) == {0} and files_of(copy) == before
    assert same(again, fresh) and all(table.height for table in fresh)
    remove_alternatives(copy)
    assert same(of(copy), fresh) and min(counts.values()) > 0
    assert [path.name for path in files_of(copy)] == [path.name for path in before]


def test_of_what_is_kept_no_world_is_even_made(copy, fresh, monkeypatch):
    monkeypatch.setattr(world_causes, "_made_of", None)
    monkeypatch.setattr(world_causes, "compile_program", None)
    assert same(of(copy), fresh)


def test_a_damaged_file_is_made_anew(copy, counts, fresh):
    paths, whole = files_of(copy), [path.read_bytes() for path in files_of(copy)]
    damages = (lambda b: b"", lambda b: b[:-1], lambda b: bytes([b[0] ^ 1]) + b[1:])
    for number, (path, content) in enumerate(zip(paths, whole, strict=True)):
        path.write_bytes(damages[number % 3](content))
    assert same(of(copy), fresh) and min(counts.values()) > 0
    assert files_of(copy) == paths and [path.read_bytes() for path in paths] == whole


def test_one_that_is_damaged_is_made_anew_alone(copy, counts, fresh, monkeypatch):
    evaluate = getattr(world_causes, OF[world_causes])  # which counts

    def evaluate_one(ground, worlds, **options):
        assert len(worlds) == 1, "the run's own figures are kept, too"
        return evaluate(ground, worlds, **options)

    cache = AlternativeCache(copy, ours.run_of(copy, AUGUST.name))
    names = world_causes.PlannedWorlds(cache, "viettel").names
    planned = world_causes.planned(copy, cache.run, "viettel")
    assert names == [(one.cause, one.detail) for one in planned]
    assert not world_causes.not_kept(cache, "viettel", names)
    (path,) = cache._files(("viettel", *names[0]), world_causes.DIFFERENCES)
    path.write_bytes(path.read_bytes()[:-1])
    monkeypatch.setattr(world_causes, "evaluate", evaluate_one)
    assert same(of(copy), fresh)
    assert counts == {**dict.fromkeys(counts, 0), "evaluate": 1}


def test_what_other_code_made_is_not_taken(copy, counts, fresh, monkeypatch):
    before = {path.parent for path in files_of(copy)}
    monkeypatch.setattr(alternative_cache, "code_digest", lambda: "f" * 64)
    assert same(of(copy), fresh) and min(counts.values()) > 0
    (folder,) = {path.parent for path in files_of(copy)}
    assert folder not in before and not any(path.exists() for path in before)


def test_the_digest_of_the_code_is_of_every_file_of_it(tmp_path, monkeypatch):
    digests = set()
    monkeypatch.setattr(alternative_cache, "CODE", tmp_path)
    for name, content in (
        ("money.py", "a = 1"), ("engine/kernel/rows.py", "b = 1"), ("tariffs/x.py", ""),
        ("engine/kernel/rows.so", "c"), ("settlement/x.py", "a = 1"), ("engine/x.so", "c"),
        ("money.py", "a = 2"), ("engine/kernel/rows.so", "d"),
    ):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, "utf-8")
        digests.add(alternative_cache.code_digest.__wrapped__())
    assert len(digests) == 8


@pytest.fixture
def named(copy):
    """The folder in which the alternatives of August's run would be kept now."""

    def named():
        return AlternativeCache(copy, ours.run_of(copy, AUGUST.name)).folder

    return named


def test_of_other_tariffs_is_another_folder(copy):
    """Worlds are named by their cause and detail alone: a run's tariffs say which these are."""
    run = ours.run_of(copy, AUGUST.name)
    folders = {AlternativeCache(copy, run).folder}
    for name in alternative_cache.TARIFFS:
        (file,) = [file for file in run.manifest["files"] if file["name"] == name]
        others = [one for one in run.manifest["files"] if one != file]
        files = [*others, {**file, "sha256": "f" * 64}]
        changed = run._replace(manifest={**run.manifest, "files": files})
        folders.add(AlternativeCache(copy, changed).folder)
    assert len(folders) == 1 + len(alternative_cache.TARIFFS)


def test_other_inputs_are_another_folder_and_the_one_before_goes(copy, named, counts, monkeypatch):
    before, (first,) = named(), {path.parent for path in files_of(copy)}
    assert first == before
    listed = done("suspense", "list", "--reason", "conflicting", "--home", copy.path)["records"]
    address = sorted(one["address"] for one in listed if one["file"] == "d.csv")[-1]
    done("suspense", "choose", address, "--who", "Lan", "--why", "sent again", "--apply",
         "--home", copy.path)  # fmt: skip
    assert named() != before
    of(copy)
    assert {path.parent for path in files_of(copy)} == {named()} and min(counts.values()) > 0


def test_a_part_of_a_later_month_alone_is_no_other_input(copy, named, key):
    """What came in daily of the next month makes nothing anew; a late file does."""
    before = named()
    for month, is_same in (("2021-10", True), ("2021-08", False)):
        file = copy.path.parent / f"{month}.csv"
        record = {**VOICE, "record_key": f"of-{month}", "started": f"{month}-15 10:00:00.000"}
        file.write_text("\n".join([USAGE, ",".join(record.values()), ""]), "utf-8")
        done("intake", file, "--mapping", "world", "--key", key, "--home", copy.path)
        assert (named() == before) is is_same, month


def test_it_says_of_nobody_who_it_is(copy):
    assert len(files_of(copy)) > 20
    for path in files_of(copy):
        assert set(pl.read_parquet(path).columns) <= WITHOUT_PERSONS, path


def test_a_home_with_it_is_whole_and_so_is_one_without(copy):
    assert done("store", "check", "--home", copy.path)["notes"] == []
    assert done("verify", "--home", copy.path)["ok"]
    remove_alternatives(copy)
    remove_alternatives(copy)
    assert done("store", "check", "--home", copy.path)["ok"]


def test_with_runs_that_are_removed_it_goes(copy):
    assert files_of(copy)
    told = done("store", "retain", "--only", "runs", "--apply", "--why", "x", "--home", copy.path)
    assert told["act"] and not (copy.path / ALTERNATIVES).exists()


def test_with_a_person_who_is_erased_it_goes(copy):
    who = rows(copy.path, "SELECT owner_id FROM rated.relief_line ORDER BY ALL LIMIT 1")[0][0]
    assert files_of(copy)
    done("store", "erase", who, "--apply", "--why", "x", "--home", copy.path)
    assert not (copy.path / ALTERNATIVES).exists()
