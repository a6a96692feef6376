"""A month settled from its run in force is the whole settle, byte for byte, whatever changed."""

import json
import random
import shutil

import polars as pl
import pytest

from doisoat.engine.rating import rerate as again
from doisoat.engine.store import commit
from doisoat.engine.store.home import open_home
from doisoat.fixtures.simulate import small_world
from doisoat.settlement.figures.run_id import canonical_json
from doisoat.settlement.log import journal
from tests.made_once import made_once

from .conftest import done, kind_of, take_world, tree_of
from .test_members import read, with_accounts, write

MONTHS = ("2021-08", "2021-09")
WHO = ("--who", "Lan", "--why", "đã xem lại", "--apply")


def settle(home, *more, months=MONTHS):
    return [done("settle", "--period", month, *more, "--home", home) for month in months]


def both(home, folder, *more, months=MONTHS):
    """What a home settles to, from its runs and whole: the same in every byte of every run."""
    other = shutil.copytree(home, folder)
    told, whole = settle(home, *more, months=months), settle(other, "--whole", *more, months=months)
    for one, same in zip(told, whole, strict=True):
        assert (one["run"], one["digest"]) == (same["run"], same["digest"])
        run = f"runs/{one['run']}"
        assert tree_of(home / run) == tree_of(other / run)
        assert same["since"] is None and same["rated_shards"] in (0, 1024)
    shutil.rmtree(other)
    return told


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """The small world's files from August on, when the package begins."""
    return made_once(tmp_path_factory, "from-august-on", write_world)


def readable(frame):
    """Which records of a usage file have a time: an intake refuses a file that has none."""
    return frame["started"].str.to_datetime("%Y-%m-%d %H:%M:%S%.3f", strict=False).is_not_null()


def write_world(folder):
    files = []
    for path in sorted(
        filter(kind_of, small_world(folder / "world", subscribers=24).path.iterdir())
    ):
        frame = read(path)
        if kind_of(path) == "usage":
            frame = frame.filter(pl.col("started") >= MONTHS[0])
        if frame.height and (kind_of(path) != "usage" or readable(frame).any()):
            write(frame, folder / "kept", path)
            files.append(folder / "kept" / path.name)
    return files


@pytest.fixture(scope="module")
def begun(world, key, tmp_path_factory):
    """A settled home without the late files, and what settling said."""

    def make(folder):
        home = folder / "home"
        take_world([path for path in world if "late" not in path.name], home, key)
        return home, settle(home)

    return made_once(tmp_path_factory, "begun", make)


@pytest.fixture
def home(begun, tmp_path):
    return shutil.copytree(begun[0], tmp_path / "home")


def test_only_shards_that_may_differ_are_rated(begun, home, world, key, tmp_path):
    take_world([path for path in world if "late" in path.name], home, key)
    told = both(home, tmp_path / "other")
    for one, before in zip(told, begun[1], strict=True):
        assert one["since"] == before["run"] != one["run"]
        assert 0 < one["rated_shards"] <= 128
        (entry,) = [e for e in journal.entries(open_home(home)) if e.get("run") == one["run"]]
        assert (entry["since"], entry["rated_shards"]) == (one["since"], one["rated_shards"])
    assert done("verify", home)["ok"]


def test_a_month_that_only_opens_from_another_run_rates_nothing(begun, home, world, key, tmp_path):
    """A late file of August with one record that nobody's balances remember in September."""
    texts = {
        path: read(path).filter(
            pl.col("kind") == "sms", pl.col("started").str.starts_with(MONTHS[0])
        )
        for path in world
        if "late" in path.name
    }
    late, found = next((path, frame) for path, frame in texts.items() if frame.height)
    write(found.head(1), tmp_path / "one", late)
    take_world([tmp_path / "one" / late.name], home, key)
    told = both(home, tmp_path / "other")
    assert [one["rated_shards"] for one in told] == [1, 0]
    assert told[1]["since"] == begun[1][1]["run"] != told[1]["run"]


@pytest.mark.parametrize(
    ("more", "months"),
    [
        pytest.param(("--package", "none"), MONTHS, id="another package"),
        pytest.param(("--carrier", "viettel"), MONTHS[:1], id="one carrier"),
    ],
)
def test_what_moves_everybody_is_rated_whole(home, more, months, tmp_path):
    (told, *_) = both(home, tmp_path / "other", *more, months=months)
    assert (told["since"], told["rated_shards"]) == (None, 1024)


def test_a_run_that_was_changed_is_not_gone_on_from(begun, home, world, key, tmp_path):
    line = home / "runs" / begun[1][0]["run"] / "line.parquet"
    frame = pl.read_parquet(line)
    assert frame.height
    changed = frame.with_columns(pl.col("amount") + 1)
    take_world([path for path in world if "late" in path.name], home, key)
    other = shutil.copytree(home, tmp_path / "other")
    changed.write_parquet(line)
    (told,) = settle(home, months=MONTHS[:1])
    assert told["since"] is None
    # Nor is one whose manifest was changed with it: the log tells what was published.
    manifest = other / "runs" / begun[1][0]["run"] / "manifest.json"
    path = manifest.with_name("line.parquet")
    changed.write_parquet(path)
    said = json.loads(manifest.read_text("utf-8"))
    for one in said["files"]:
        if one["name"] == path.name:
            one.update(size=path.stat().st_size, sha256=commit.sha256_of(path))
    manifest.write_bytes(canonical_json(said))
    (again_told,) = settle(other, months=MONTHS[:1])
    assert again_told == told


def test_a_chosen_copy_follows_the_port_of_the_number_that_it_called(home, world, key, tmp_path):
    """Both copies came in together, so neither lies among the events."""
    source = next(path for path in world if path.name.startswith("usage-viettel-20210801"))
    texts = pl.all().cast(pl.String).fill_null("")
    voice = read(source).filter(pl.col("kind") == "voice").head(1).with_columns(texts)
    called = {"record_key": "999", "other": "0331234567", "started": f"{MONTHS[0]}-06 12:00:00.000",
              "duration_s": "4000", "session": "", "partial": ""}  # fmt: skip
    copies = [voice.with_columns(**{name: pl.lit(text) for name, text in
                                    {**called, "charged": charged}.items()})
              for charged in "12"]  # fmt: skip
    write(pl.concat(copies), tmp_path / "twice", world_path(world, "usage-vnpt-late.csv"))
    twice = tmp_path / "twice" / "usage-vnpt-late.csv"
    told = done("intake", twice, "--mapping", "world", "--kind", "usage", "--key", key,
                "--home", home)  # fmt: skip
    assert told["suspended"] == 2
    more = ("--reason", "conflicting", "--limit", "100000", "--home", home)
    listed = done("suspense", "list", *more)["records"]
    mine = next(one for one in listed if one["file"] == twice.name)
    done("suspense", "choose", mine["address"], *WHO, "--home", home)
    settle(home, months=MONTHS[:1])
    ports = tmp_path / "ports.csv"
    ports.write_text("number,carrier,valid_from,valid_until\n"
                     f"0331234567,vnpt,{MONTHS[0]}-01 00:00:00.000,\n", "utf-8")  # fmt: skip
    take_world([ports], home, key)
    (one,) = both(home, tmp_path / "other", months=MONTHS[:1])
    assert one["since"] and one["rated_shards"] > 0


def test_an_opening_that_is_gone_is_not_compared_with(home, world, key, tmp_path):
    take_world([path for path in world if "late" in path.name], home, key)
    first = done("settle", "--period", MONTHS[0], "--home", home)
    (home / "runs" / first["since"] / "closing.parquet").unlink()
    told = done("settle", "--period", MONTHS[1], "--home", home)
    assert (told["since"], told["rated_shards"]) == (None, 1024)


def world_path(world, name):
    return next(path for path in world if path.name == name)


@pytest.mark.parametrize("seed", range(2))
def test_random_changes(world, key, tmp_path, seed):
    """Records of all kinds come in by and by, and are decided about; after each the same bytes."""
    assert any(one["since"] for one in changes(world, key, tmp_path, seed))


def changes(world, key, folder, seed):
    rng = random.Random(seed)
    files = with_accounts(
        world, accounts_of(world, rng), folder / "world", rng.choice([(), ("subscriptions",)])
    )
    first, later = [], []
    for path in files:
        frame, kind = read(path), kind_of(path)
        share = {"usage": 0.02, "subscriptions": 0.1, "ports": 0.3}.get(kind, 0.0)
        held = pl.Series([rng.random() < share for _ in range(frame.height)], dtype=pl.Boolean)
        write(frame.filter(~held), folder / "first", path)
        first.append(folder / "first" / path.name)
        if held.any():
            write(frame.filter(held), folder / "later", path)
            later.append(folder / "later" / path.name)
        if kind == "usage" and path.suffix == ".csv" and rng.random() < 0.5:
            at = rng.randrange(frame.height)
            again_said = frame[at].with_columns(charged=pl.lit("77777"))
            write(again_said, folder / "again", path)
            later.append(folder / "again" / path.name)
    home = folder / "home"
    take_world(first, home, key)
    settle(home, months=MONTHS[:1])
    rng.shuffle(later)
    found = []
    for number, step in enumerate([later[::2], later[1::2]]):
        take_world(step, home, key)
        found += both(home, folder / f"other-{number}", months=MONTHS[:1])
    conflicting = done("suspense", "list", "--reason", "conflicting", "--home", home)["records"]
    if conflicting:
        done("suspense", "choose", rng.choice(conflicting)["address"], *WHO, "--home", home)
    if rng.random() < 0.5:
        done("store", "compact", "--period", MONTHS[0], "--home", home)
    return found + both(home, folder / "other", months=MONTHS[:1])


def accounts_of(files, rng):
    """Some numbers of each carrier that have one lasting subscription, by threes: an account's."""
    frames = {path.stem: read(path) for path in files if kind_of(path) == "subscriptions"}
    every = pl.concat(frame.select("number", "account", "valid_from") for frame in frames.values())
    once = every.filter(
        pl.col("number").is_unique(), pl.col("account") == "", pl.col("valid_from") < "2021"
    )
    named = {}
    for stem, frame in frames.items():
        own = frame.filter(pl.col("number").is_in(once["number"].implode()))["number"].to_list()
        for place, number in enumerate(rng.sample(own, len(own) // 2)):
            named[number] = f"G-{stem}-{place // 3}"
    return named


def test_ranges_hold_every_shard_and_few_others():
    rng = random.Random(5)
    for _ in range(500):
        shards = rng.sample(range(64), rng.randint(1, 20))
        most = rng.randint(1, 6)
        ranges = again.ranges_of(shards, most)
        held = [shard for first, after in ranges for shard in range(first, after)]
        assert len(ranges) <= most and set(shards) <= set(held)
        assert held == sorted(set(held))
        ends = [shard in shards for first, after in ranges for shard in (first, after - 1)]
        assert all(ends)
