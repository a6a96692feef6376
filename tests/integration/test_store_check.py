"""`doisoat store check`: a sound home is sound, and each fault is found and named."""

import json
import shutil

import polars as pl
import pytest

from doisoat.engine.store import commit
from tests.integration.conftest import done, refused, run, tree_of

STORE = 6


def findings(home):
    """(file or folder below the home, what in English) of each finding."""
    before = tree_of(home)
    status, told, _ = run("store", "check", "--home", home)
    assert tree_of(home) == before
    assert told["ok"] == (not told["findings"]) == (status == 0)
    assert status in (0, STORE)
    assert all(one["what"].count(" | ") == 1 for one in told["findings"])
    return {
        (one["where"].removeprefix(f"{home}/"), one["what"].split(" | ")[1])
        for one in told["findings"]
    }


def part_of(home, floor="usage"):
    return next(home.joinpath(floor).glob("part=*"))


def bucket_of(home):
    return next(part_of(home).glob("bucket=*.parquet"))


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)


def edit(path, change):
    content = json.loads(path.read_text("utf-8"))
    change(content)
    path.write_text(json.dumps(content), "utf-8")


def rewrite(path, change):
    """A table changed together with its line in the manifest, as who wants to deceive would."""
    change(pl.read_parquet(path, glob=False)).write_parquet(path)
    name, size, digest = path.name, path.stat().st_size, commit.sha256_of(path)

    def tell(manifest):
        for entry in manifest["files"]:
            if entry["name"] == name:
                entry.update(size=size, sha256=digest)

    edit(path.parent / "manifest.json", tell)


def current_run(home):
    return next(iter(json.loads((home / "current.json").read_text()).values()))


def test_a_settled_home_is_sound(home):
    told = done("store", "check", "--home", home)
    assert told["ok"] and told["findings"] == told["notes"] == []
    assert told["parts"] == 2 and told["runs"] == 1 and told["events"] > 20_000


def test_a_flipped_bit_anywhere_is_found(home):
    run_folder = home / "runs" / current_run(home)
    told = set()
    for path in (
        bucket_of(home),
        next(part_of(home).glob("narrow=*.bin")),
        part_of(home, "master") / "subscription.parquet",
        run_folder / "line.parquet",
        home / "relief.duckdb",
        next((home / "reports").iterdir()),
    ):
        flip(path)
        told.add(str(path.relative_to(home)))
    found = {where for where, _ in findings(home)}
    assert told <= found


def test_what_is_missing_or_too_much_is_found(home):
    bucket, folder = bucket_of(home), part_of(home)
    bucket.unlink()
    (folder / "more.parquet").write_bytes(b"x")
    assert findings(home) == {
        (str(bucket.relative_to(home)), "missing"),
        (str((folder / "more.parquet").relative_to(home)), "nobody published it"),
    }


def test_a_table_that_was_changed_together_with_its_manifest_is_found(home):
    bucket = bucket_of(home)
    rewrite(bucket, lambda frame: frame.with_columns(units=pl.col("units") + 1))
    (found,) = findings(home)
    assert found[1] == f"it says other than {bucket.name}" and found[0].endswith(".bin")


def test_events_that_are_gone_or_in_another_order_are_found(home):
    bucket = bucket_of(home)
    rewrite(bucket, lambda frame: frame.reverse().head(frame.height - 1))
    told = {what for _, what in findings(home)}
    assert "its events are not in order" in told
    assert "its content digest is not that of its events" in told
    assert any("in its manifest" in what for what in told)


def test_rows_that_are_not_accounted_for_are_found(home):
    source = part_of(home) / "source.parquet"
    rewrite(source, lambda frame: frame.with_columns(filtered=pl.col("filtered") + 1))
    found = findings(home)
    assert found and all("accounted for" in what for _, what in found)


def test_master_data_that_are_gone_are_found(home):
    rewrite(part_of(home, "master") / "subscription.parquet", lambda frame: frame.head(3))
    (found,) = findings(home)
    assert found[0].endswith("subscription.parquet") and found[1].startswith("3 rows")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda m: m["inputs"].update(catalogue="0" * 64), "its id is not that of its inputs"),
        (lambda m: m["result"]["shards"].reverse(), "its result digest is not that of its shards"),
        (lambda m: m.pop("result"), "the manifest cannot be read"),
    ],
)
def test_a_run_that_is_not_what_it_says_is_found(home, change, what):
    folder = home / "runs" / current_run(home)
    edit(folder / "manifest.json", change)
    assert what in {told for _, told in findings(home)}


def test_a_run_in_force_that_is_not_there_is_found(home):
    edit(home / "current.json", lambda current: current.update({"2021-08": "f" * 32}))
    assert {where for where, _ in findings(home)} == {"current.json"}


def test_what_a_killed_command_left_is_a_note(home):
    left = home / "usage" / ".staging-1-abcd"
    left.mkdir()
    (left / "half.parquet").write_bytes(b"PAR1")
    journal = home / "log" / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-20])  # death in the middle of the last line
    told = done("store", "check", "--home", home)
    assert told["ok"] and len(told["notes"]) == 2
    assert ".staging-1-abcd" in told["notes"][1] and "cut short" in told["notes"][0]


def test_a_home_that_is_none_is_refused(home, tmp_path):
    assert "no home" in refused(STORE, "store", "check", "--home", tmp_path / "none")["what"]
    edit(home / "home.json", lambda about: about.update(format_version=99))
    assert "newer" in refused(STORE, "store", "check", "--home", home)["what"]


def test_people_are_told_in_both_languages(home, capsys):
    from doisoat import cli

    assert cli.run(["store", "check", "--home", str(home)]) == 0
    assert "nguyên vẹn | sound" in capsys.readouterr().out
    flip(bucket_of(home))
    assert cli.run(["store", "check", "--home", str(home)]) == STORE
    out = capsys.readouterr().out
    assert "Lỗi | Fault: " in out and "1 lỗi | faults" in out


def test_a_month_settled_by_other_semantics_does_not_open_the_next(home):
    """The log does not know July's run: its settle was killed before it could say so."""
    july = "7" * 32
    folder = shutil.copytree(home / "runs" / current_run(home), home / "runs" / july)
    edit(
        folder / "manifest.json",
        lambda m: m["inputs"].update(semantics_version=2, period="2021-07"),
    )
    edit(home / "current.json", lambda current: current.update({"2021-07": july}))
    error = refused(7, "settle", "--period", "2021-08", "--home", home)
    assert "semantics_version 2" in error["what"] and "--period 2021-07" in error["mend"]


def test_manifests_that_are_of_something_else_are_told_with_their_place(home):
    """A run's where a part's should be, and the other way round; and something else in force."""
    (run_folder,) = (home / "runs").iterdir()
    swapped = [run_folder / "manifest.json", next((home / "master").iterdir()) / "manifest.json"]
    texts = [path.read_bytes() for path in swapped]
    for path, text in zip(swapped, reversed(texts), strict=True):
        path.chmod(0o644)
        path.write_bytes(text)
    told = {where for where, _ in findings(home)}
    assert {str(path.parent.relative_to(home)) for path in swapped} <= told
    for path, text in zip(swapped, texts, strict=True):
        path.write_bytes(text)
    (home / "current.json").write_bytes(texts[0])
    assert any(where == "current.json" for where, _ in findings(home))
