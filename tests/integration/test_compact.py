"""Parts made one: the same run, the same bytes of it, whatever parts the records came in."""

import json
import shutil

import polars as pl
import pytest

from doisoat.engine.files import slices
from doisoat.engine.intake.file_intake import take_in_each
from doisoat.engine.keys.pseudonym import read_key
from doisoat.engine.store.commit import write_json
from doisoat.engine.store.home import every_part, list_parts, open_home, writer
from doisoat.settlement.log.merkle import Tree
from tests.made_once import made_once

from .conftest import HOWEVER, SAME_RUN, done, kind_of, refused, rows, take_world, tree_of

PIECES_MAX = 200


def usage_parts(home):
    return list_parts(open_home(home), "usage")


def pieces_of(path, folder, number):
    """The records of a file as so many files."""
    header, *lines = path.read_text("utf-8").splitlines()
    folder.mkdir()
    made = []
    for at in range(number):
        piece = folder / f"{at:03d}.csv"
        piece.write_text("\n".join([header, *lines[at::number], ""]), "utf-8")
        made.append(piece)
    return made


def take_each(paths, home, key):
    """Take in usage files, each as a part of its own."""
    with writer(home, "test") as held:
        take_in_each(held, [(path, "world", "usage") for path in paths], read_key(key))


def forget_runs(home):
    """The home as if nothing of it had been settled yet."""
    for path in (home / "runs").iterdir():
        shutil.rmtree(path)
    shutil.rmtree(home / "log")
    for name in ("current.json", "relief.duckdb", "relief.duckdb.sha256"):
        (home / name).unlink()


def run_bytes(home, run):
    return {name: digest for name, digest in tree_of(home / "runs" / run).items()}


@pytest.fixture(scope="module")
def late(files):
    """The smallest file of usage with a record for each piece."""
    found = [path for path in files if path.name.startswith("usage-") and path.suffix == ".csv"]
    large = [path for path in found if path.read_bytes().count(b"\n") > PIECES_MAX]
    return min(large, key=lambda path: path.stat().st_size)


@pytest.fixture(scope="module")
def base(files, late, key, tmp_path_factory):
    """A home of two buckets without the late file."""

    def make(folder):
        with writer(folder / "out", "test", 2):
            pass
        take_world([path for path in files if path != late], folder / "out", key)
        return folder / "out"

    return made_once(tmp_path_factory, "without-late", make)


@pytest.mark.parametrize("number", [1, 31])
def test_late_parts_give_the_same_digest_before_and_after(
    settled, base, late, key, tmp_path, number
):
    home = shutil.copytree(base, tmp_path / "out")
    take_each(pieces_of(late, tmp_path / "late", number), home, key)
    assert len(usage_parts(home)) == 1 + number
    before = done("settle", "--home", home)
    assert before["digest"] == settled[1]["digest"]
    folder = run_bytes(home, before["run"])

    planned = done("store", "compact", "--dry-run", "--home", home)["merged"]
    made = done("store", "compact", "--home", home)["merged"]
    usage = next(one for one in made if one["floor"] == "usage")
    assert [{**one, "part": None} for one in made] == planned
    assert [part.id for part in usage_parts(home)] == [usage["part"]]
    assert done("store", "compact", "--home", home)["merged"] == []

    # The run that names the old parts' files is still the run of this home; then all from anew.
    assert done("settle", "--home", home) == {**before, **SAME_RUN}
    told = done("store", "check", "--home", home)
    assert told["ok"] and (told["parts"], told["replaced"]) == (2, len(usage["parts"]) + 3)
    forget_runs(home)
    assert done("settle", "--home", home) == before
    assert run_bytes(home, before["run"]) == folder


def test_the_order_and_grouping_of_parts_leave_no_trace(base, late, key, tmp_path):
    """Three late parts merged at once, and in two steps: the same bytes."""
    pieces = pieces_of(late, tmp_path / "late", 3)
    once, steps = (shutil.copytree(base, tmp_path / name) for name in ("once", "steps"))
    take_each(pieces, once, key)
    take_each(pieces[:2], steps, key)
    done("store", "compact", "--home", steps)
    take_each(pieces[2:], steps, key)
    told = []
    for home in (once, steps):
        done("store", "compact", "--period", "2021-08", "--home", home)
        (part,) = usage_parts(home)
        assert part.manifest["format_version"] == 2
        told.append(
            {name: of for name, of in tree_of(part.path).items() if name != "manifest.json"}
        )
    assert told[0] == told[1] and any(name.startswith("bucket=") for name in told[0])


def test_a_merged_part_has_the_bytes_of_one_intake(files, key, tmp_path):
    """But for duplicates and conflicts, which one intake sees at once: here there are none."""
    header, *lines = (
        next(p for p in files if p.name.startswith("usage-vietnamobile-") and p.suffix == ".csv")
        .read_text("utf-8")
        .splitlines()
    )
    keys, kept = set(), []
    at = header.split(",").index("record_key")
    for line in lines:
        if line.count(",") == header.count(",") and line.split(",")[at] not in keys:
            keys.add(line.split(",")[at])
            kept.append(line)
    paths = []
    for number in range(3):
        paths.append(tmp_path / f"{number}.csv")
        paths[-1].write_text("\n".join([header, *kept[number::3], ""]), "utf-8")
    one, three = tmp_path / "one", tmp_path / "three"
    done("intake", *paths, "--mapping", "world", "--key", key, "--home", one)
    for path in paths:
        done("intake", path, "--mapping", "world", "--key", key, "--home", three)
    done("store", "compact", "--home", three)
    (whole,), (merged,) = usage_parts(one), usage_parts(three)
    own = {"manifest.json"}
    assert {n: d for n, d in tree_of(whole.path).items() if n not in own} == {
        n: d for n, d in tree_of(merged.path).items() if n not in own
    }
    for name in ("content_digest", "counts", "sources", "start_ms_min", "start_ms_max", "files"):
        assert whole.manifest[name] == merged.manifest[name]


def test_slices_leave_no_trace(base, late, key, tmp_path, monkeypatch):
    """However few events are held at a time, intake and merging write the same bytes."""
    pieces = pieces_of(late, tmp_path / "late", 2)
    told = []
    for name, held in (("whole", 10**9), ("sliced", 500)):
        monkeypatch.setattr(slices, "SLICE_ROWS", held)
        home = shutil.copytree(base, tmp_path / name)
        take_each(pieces, home, key)
        done("store", "compact", "--home", home)
        told.append({path: digest for path, digest in tree_of(home).items()
                     if not path.startswith(("log", "master"))})  # fmt: skip
    assert told[0] == told[1]


def test_contradictions_across_parts_stay_one_suspended_event(home, key, tmp_path, files):
    """Copies that lie in a merged part as an event and as a conflict count as they did apart."""
    path = next(p for p in files if p.name.startswith("usage-vietnamobile-") and p.suffix == ".csv")
    header, first, *_ = path.read_text("utf-8").splitlines()
    record = dict(zip(header.split(","), first.split(","), strict=True))
    for at, change in enumerate(({"charged": "77777"}, {"charged": "88888"})):
        late = tmp_path / f"late{at}.csv"
        late.write_text("\n".join([header, ",".join({**record, **change}.values()), ""]))
        done("intake", late, "--mapping", "world", "--key", key, "--home", home)
    before = done("settle", "--home", home)
    conflicting = rows(home, "SELECT event_id FROM usage.suspense WHERE reason = 'conflicting'"
                       " AND stage = 'settle' ORDER BY 1")  # fmt: skip
    told = [done("explain", event, "--home", home) for (event,) in conflicting]
    done("store", "compact", "--home", home)
    assert done("store", "check", "--home", home)["ok"]
    assert done("settle", "--home", home) == {**before, **SAME_RUN}
    again = [done("explain", event, "--home", home) for (event,) in conflicting]
    assert again == told and len(told) > 0
    forget_runs(home)
    assert {**done("settle", "--home", home), **HOWEVER} == {**before, **HOWEVER}
    # What says the same again is known in the merged part too.
    more = tmp_path / "again.csv"
    more.write_text(f"{header}\n{first}\n")
    told = done("intake", more, "--mapping", "world", "--key", key, "--home", home)
    assert (told["duplicates"], told["events"]) == (1, 0)


def test_a_run_of_before_is_explained_without_what_came_later(settled, home, key, tmp_path, files):
    """The late events lie in the part that the run's files lie in; they are none of the run's."""
    path = next(p for p in files if p.name.startswith("usage-vietnamobile-") and p.suffix == ".csv")
    header, first, *_ = path.read_text("utf-8").splitlines()
    record = dict(zip(header.split(","), first.split(","), strict=True))
    late = tmp_path / "late.csv"
    changed = [{"record_key": "late"}, {"charged": "77777"}]
    late.write_text(
        "\n".join([header, *(",".join({**record, **one}.values()) for one in changed), ""])
    )
    event = rows(home, "SELECT line.event_id FROM rated.relief_line AS line JOIN usage.event USING"
                 " (event_id) WHERE usage.event.carrier = 'vietnamobile' LIMIT 1")  # fmt: skip
    before = done("explain", event[0][0], "--home", home)
    done("intake", late, "--mapping", "world", "--key", key, "--home", home)
    done("store", "compact", "--home", home)
    assert done("explain", event[0][0], "--home", home) == before
    again = done("settle", "--home", home)
    assert again["run"] != settled[1]["run"] and again["events"] == settled[1]["events"] + 1


def test_known_files_stay_known(home, files, key):
    usage = [path for path in files if kind_of(path) == "usage"]
    before = tree_of(home)
    told = done("intake", *usage, "--mapping", "world", "--key", key, "--home", home)
    assert told["taken"] == 0 and tree_of(home) == before


def test_a_part_that_was_changed_is_not_merged(base, late, key, tmp_path):
    home = shutil.copytree(base, tmp_path / "out")
    take_each([late], home, key)
    path = next(usage_parts(home)[0].path.glob("bucket=*"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    before = tree_of(home)
    assert "SHA-256" in refused(6, "store", "compact", "--home", home)["what"]
    assert tree_of(home) == before


def test_a_file_that_nobody_knows_is_not_left_behind(base, late, key, tmp_path):
    """A part of a later doisoat may hold more: merging must not lose it."""
    home = shutil.copytree(base, tmp_path / "out")
    take_each([late], home, key)
    part = usage_parts(home)[0]
    (part.path / "more.parquet").write_bytes(b"x")
    manifest = json.loads((part.path / "manifest.json").read_text())
    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    manifest["files"].append({"name": "more.parquet", "size": 1, "sha256": digest})
    (part.path / "manifest.json").write_text(json.dumps(manifest))
    error = refused(6, "store", "compact", "--home", home)
    assert "more.parquet" in error["what"] and "doisoat that wrote it" in error["mend"]


def test_periods_and_homes_that_are_none(home, tmp_path):
    assert (
        "2021-13" in refused(7, "store", "compact", "--period", "2021-13", "--home", home)["what"]
    )
    error = refused(7, "store", "compact", "--period", "2020-01", "--home", home)
    assert "only of 2021-08" in error["what"]
    assert "no home" in refused(6, "store", "compact", "--home", tmp_path / "none")["what"]
    assert not (tmp_path / "none").exists()


def test_the_journal_tells_of_it_even_if_death_came_between(base, late, key, tmp_path):
    home = shutil.copytree(base, tmp_path / "out")
    take_each([late], home, key)
    done("store", "compact", "--home", home)
    journal = home / "log" / "journal.jsonl"
    told = [json.loads(line) for line in journal.read_bytes().splitlines()]
    told = [entry for entry in told if entry["what"] == "compact"]
    assert {entry["part"] for entry in told} == {
        part.id for floor in ("usage", "master") for part in every_part(open_home(home), floor)
        if part.replaces
    }  # fmt: skip
    journal.write_bytes(journal.read_bytes()[:-30])  # killed before the entry was whole,
    tree = Tree(journal.read_bytes().splitlines()[:-1])  # and so before its head was written
    write_json(home / "log" / "head.json", {"size": len(tree), "root": tree.root().hex()})
    done("store", "compact", "--home", home)
    again = journal.read_bytes().splitlines()
    assert json.loads(again[-1])["part"] == told[-1]["part"]
    done("settle", "--home", home)
    found = rows(home, "SELECT what, period, run <> '' FROM audit.event ORDER BY entry")
    assert ("compact", "", False) in found and found[-1] == ("settle", "2021-08", True)
    assert pl.read_parquet(usage_parts(home)[0].path / "source.parquet").height > 1
