"""Who would like a sample to say what he likes: the claim swapped, seeds ground, steps undone."""

import contextlib
import io
import json
import shutil

import polars as pl
import pytest

from doisoat import cli
from doisoat.engine.store.home import open_home
from doisoat.settlement.log import journal
from doisoat.settlement.log.merkle import Tree
from tests.integration.conftest import done, refused, run, tree_of
from tests.sampling.test_steps import FRAME, filled

USAGE = ("--usage", "--tolerable", "2%")


def stepped(home, sample, seeds, *steps):
    """Both sides do these steps."""
    for step in steps:
        for party, file in seeds.items():
            done("sample", step, sample, "--as", party, "--seed-file", file, "--home", home)


def refused_unchanged(home, status, *args):
    before = tree_of(home)
    error = refused(status, *args, "--home", home)
    assert tree_of(home) == before
    return error["what"]


def said_by(*args, status=0):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert cli.run([*map(str, args)]) == status
    return out.getvalue()


def log_of(home):
    return [json.loads(line) for line in journal.lines(open_home(home))]


def rewrite_log(home, entries):
    """The log as its keeper could have written it from the start, head and all."""
    lines = [json.dumps(one, sort_keys=True, separators=(",", ":")).encode() for one in entries]
    (home / journal.JOURNAL).write_bytes(b"".join(line + b"\n" for line in lines))
    tree = Tree(lines)
    head = {"size": len(tree), "root": tree.root().hex()}
    (home / journal.HEAD).write_text(json.dumps(head))


# --- the claim is frozen with the records --------------------------------------------------------


def test_a_list_that_was_mended_after_the_draw_is_refused_by_name(
    home, drawn_of, found_of, lines_of, tmp_path
):
    """The carrier omits, sees the draw, and mends just what was drawn."""
    lines = lines_of()
    frozen, mended = tmp_path / "frozen.csv", tmp_path / "mended.csv"
    lines.filter(pl.col("measure") == "M1").write_csv(frozen)
    sample = drawn_of(*USAGE, "--lines", frozen)
    drawn = pl.read_parquet(home / "samples" / sample / "draw" / "draw.parquet")["event_id"]
    is_drawn = pl.col("event_id").is_in(drawn.implode())
    lines.filter((pl.col("measure") == "M1") | is_drawn).write_csv(mended)
    what = refused_unchanged(home, 5, "sample", "evaluate", sample, "--lines", mended)
    against = done("sample", "status", sample, "--home", home)["source"]["against"]
    assert f"sample {sample[:8]} is held to the list with SHA-256 {against['sha256'][:12]}" in what
    assert found_of(sample, "--lines", frozen)[0] == 3
    # Nor is a form or a claim taken in its place, nor one where none was frozen.
    form = tmp_path / "form.csv"
    done("sample", "draw", sample, "--csv", form, "--home", home)
    what = refused_unchanged(home, 4, "sample", "evaluate", sample, form)
    assert "and not to a form" in what
    what = refused_unchanged(home, 4, "sample", "evaluate", sample, "--claim")
    assert "is held to the list with SHA-256" in what
    other = drawn_of(*USAGE)
    what = refused_unchanged(home, 4, "sample", "evaluate", other, "--lines", frozen)
    assert "frozen with no claim to hold its records to" in what


def test_a_claim_that_was_filed_anew_after_the_draw_mends_nothing(
    home, file_claim, drawn_of, found_of
):
    file_claim(lambda rows: [row for row in rows if row[4] == "M1"])
    sample = drawn_of(*USAGE, "--claim")
    against = done("sample", "status", sample, "--home", home)["source"]["against"]
    assert (against["kind"], against["version"]) == ("claim", 1)
    file_claim()
    status, told = found_of(sample, "--claim")
    assert status == 3 and told["evaluation"]["results"]["missing"]["found"] > 0
    assert told["superseded_by"] == 2
    said = said_by("sample", "status", sample, "--home", home)
    assert "version 2 of the claim took the place" in said
    # Frozen anew the second claim is another sample, and nothing is missing in it.
    other = drawn_of(*USAGE, "--claim")
    assert other != sample
    status, told = found_of(other, "--claim")
    assert status == 0 and told["superseded_by"] is None


def test_what_records_are_held_to_is_what_was_frozen_to_the_byte(
    home, file_claim, drawn_of, tmp_path
):
    file_claim()
    sample = drawn_of(*USAGE, "--claim")
    against = done("sample", "status", sample, "--home", home)["source"]["against"]
    evaluate = ("sample", "evaluate", sample, "--claim")
    rows = home / "claims" / against["sha256"] / "claim.parquet"
    kept = rows.read_bytes()
    pl.read_parquet(rows).with_columns(pl.col("amount") + 1).write_parquet(rows)
    what = refused_unchanged(home, 6, *evaluate)
    assert "its lines are not those that sample" in what
    rows.write_bytes(kept)
    lines = home / "runs" / against["run"] / "line.parquet"
    kept = lines.read_bytes()
    pl.read_parquet(lines).with_columns(pl.col("amount") + 1).write_parquet(lines)
    assert "not the one that was published" in refused_unchanged(home, 6, *evaluate)
    lines.write_bytes(kept)
    manifest = lines.with_name("manifest.json")
    manifest.write_bytes(manifest.read_bytes() + b"\n")
    what = refused_unchanged(home, 6, *evaluate)
    assert "not the one that the sample was frozen with" in what


def test_results_that_a_standard_names_are_held_to_no_claim(home):
    what = refused_unchanged(home, 4, *FRAME, "--usage", "--preset", "qcvn36", "--claim")
    assert "nothing is looked up in a claim" in what


# --- seeds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("whose", ["ministry", "viettel"])
def test_a_seed_that_was_revealed_is_nobodys_commitment(home, seeds, new_seeds, whose):
    one = done(*FRAME, "--tolerable", "20%", "--home", home)["sample"]
    stepped(home, one, seeds, "commit", "reveal")
    other = done(*FRAME, "--tolerable", "10%", "--home", home)["sample"]
    for party in seeds:
        commit = ("sample", "commit", other, "--as", party)
        what = refused_unchanged(home, 8, *commit, "--seed-file", seeds[whose])
        assert f"its seed was revealed, of sample {one[:8]}" in what
        sent = done("sample", "seed", seeds[whose], "--sample", other, "--as", party)["commitment"]
        what = refused_unchanged(home, 8, *commit, "--commitment", sent)
        assert f"its seed was revealed, of sample {one[:8]}" in what
    stepped(home, other, new_seeds(), "commit", "reveal")


def test_a_commitment_is_not_made_twice(home, seeds):
    one = done(*FRAME, "--tolerable", "20%", "--home", home)["sample"]
    other = done(*FRAME, "--tolerable", "10%", "--home", home)["sample"]
    sent = done("sample", "seed", seeds["ministry"], "--sample", one, "--as", "ministry")
    given = ("--commitment", sent["commitment"])
    done("sample", "commit", one, "--as", "ministry", *given, "--home", home)
    for sample, party in ((one, "viettel"), (other, "ministry")):
        what = refused_unchanged(home, 8, "sample", "commit", sample, "--as", party, *given)
        assert f"ministry committed so to sample {one[:8]}" in what


def test_one_seed_of_both_sides_or_of_two_samples_is_revealed_once(home, seeds, new_seeds):
    """Commitments do not show it; the second who reveals could have known the first's."""
    one = done(*FRAME, "--tolerable", "20%", "--home", home)["sample"]
    other = done(*FRAME, "--tolerable", "10%", "--home", home)["sample"]
    same = dict.fromkeys(seeds, seeds["ministry"])
    stepped(home, one, same, "commit")
    stepped(home, other, {**new_seeds(), "viettel": seeds["ministry"]}, "commit")
    reveal = ("--as", "ministry", "--seed-file", seeds["ministry"])
    done("sample", "reveal", one, *reveal, "--home", home)
    for sample in (one, other):
        given = ("--as", "viettel", "--seed-file", seeds["ministry"])
        what = refused_unchanged(home, 8, "sample", "reveal", sample, *given)
        assert f"revealed before, of sample {one[:8]}" in what


# --- begun and left, drawn by trying -------------------------------------------------------------


def test_a_sample_that_was_half_revealed_and_left_is_told(home, seeds, new_seeds, tmp_path):
    asked = (*FRAME, "--tolerable", "20%")
    one = done(*asked, "--home", home)["sample"]
    what = refused_unchanged(home, 7, *asked, "--again")
    assert f"no seed of sample {one[:8]} was revealed" in what
    stepped(home, one, seeds, "commit")
    stepped(home, one, {"ministry": seeds["ministry"]}, "reveal")
    told = done("status", "--home", home)["samples"]
    assert [(each["standing"], each["waits_for"]) for each in told] == [
        ("half_revealed", ["viettel"])
    ]
    assert "HALF REVEALED" in said_by("status", "--home", home)
    again = done(*asked, "--again", "--why", "viettel không mở", "--home", home)
    assert again["sample"] != one and again["frame_sha256"] == told_of(home, one)["frame_sha256"]
    assert done(*asked, "--home", home)["sample"] == again["sample"]  # the last of the very same
    assert log_of(home)[-1]["earlier"] == [one]
    assert [each["standing"] for each in done("status", "--home", home)["samples"]] == [
        "abandoned", "open"
    ]  # fmt: skip
    for command in (("status",), ("sample", "list"), ("sample", "status", one)):
        assert "BỎ DỞ" in said_by(*command, "--home", home)
    stepped(home, again["sample"], new_seeds(), "commit", "reveal")
    form = filled(home, again["sample"], tmp_path / "form.csv")
    told = done("sample", "evaluate", again["sample"], form, "--home", home)
    assert [(each["sample"], each["step"]) for each in told["others"]] == [(one, "reveal")]
    assert log_of(home)[-1]["others"] == [one]
    what = refused_unchanged(home, 7, *asked, "--again")
    assert "of the very same was drawn: what it shows stands" in what
    what = refused_unchanged(home, 7, *FRAME, "--tolerable", "7%", "--again")
    assert "no such sample was frozen before" in what
    assert done("store", "check", "--home", home)["notes"] == []


def told_of(home, sample):
    return done("sample", "status", sample, "--home", home)


def test_samples_of_the_same_that_were_drawn_beside_are_told_with_each(home, drawn_of, tmp_path):
    """Whoever draws three and shows one shows that he drew three."""
    tolerable = ("20%", "19%", "18%")
    first, second, third = (drawn_of("--tolerable", rate) for rate in tolerable)
    wrong = filled(home, first, tmp_path / "wrong.csv", lambda row: {**row, "audited": "0"})
    assert run("sample", "evaluate", first, wrong, "--home", home)[0] == 3
    form = filled(home, second, tmp_path / "form.csv")
    told = done("sample", "evaluate", second, form, "--home", home)
    assert [(one["sample"], one["verdict"], one["is_of_same_frame"]) for one in told["others"]] == [
        (first, "not shown", True),
        (third, None, True),
    ]
    assert [one["standing"] for one in done("status", "--home", home)["samples"]] == [
        "done", "done", "open"
    ]  # fmt: skip
    said = said_by("sample", "evaluate", second, form, "--home", home)
    assert said.count("another sample of the same carrier and month") == 2
    # Records are another question, and so is another carrier.
    assert told_of(home, drawn_of("--usage", "--tolerable", "5%"))["others"] == []


def test_every_evaluation_of_a_sample_is_told_with_the_last(home, drawn_of, tmp_path):
    sample = drawn_of("--tolerable", "20%")
    wrong = filled(home, sample, tmp_path / "wrong.csv", lambda row: {**row, "audited": "0"})
    assert run("sample", "evaluate", sample, wrong, "--home", home)[0] == 3
    form = filled(home, sample, tmp_path / "form.csv")
    told = done("sample", "evaluate", sample, form, "--home", home)
    assert told["verdicts"] == ["not shown", "tolerable"]
    assert log_of(home)[-1]["before"] == [log_of(home)[-2]["evaluation"]]
    said = said_by("sample", "status", sample, "--home", home)
    assert "2 lần đánh giá | evaluations" in said and "NOT SHOWN" in said
    (told,) = done("status", "--home", home)["samples"]
    assert told["verdicts"] == ["not shown", "tolerable"]
    assert "(2 lần đánh giá | evaluations)" in said_by("status", "--home", home)


# --- what lies in the home is edited -------------------------------------------------------------


def edit(path, change):
    change(pl.read_parquet(path)).write_parquet(path)


def found_by_check(home):
    status, told, _ = run("store", "check", "--home", home)
    assert status == 6
    return " ".join(one["what"] for one in told["findings"])


def test_a_frame_that_was_edited_is_not_drawn_from(home, seeds):
    sample = done(*FRAME, "--tolerable", "20%", "--home", home)["sample"]
    stepped(home, sample, seeds, "commit", "reveal")
    edit(home / "samples" / sample / "frame" / "frame.parquet", lambda units: units.head(50))
    what = refused_unchanged(home, 6, "sample", "draw", sample)
    assert "its units are not those of its digest" in what


def test_a_draw_that_was_edited_is_not_evaluated(home, drawn_of, tmp_path):
    """The line that is wrong is swapped for one that is not."""
    sample = drawn_of("--tolerable", "20%")
    form = filled(home, sample, tmp_path / "form.csv")
    path = home / "samples" / sample / "draw" / "draw.parquet"
    edit(path, lambda drawn: pl.concat([drawn.slice(1), drawn.head(1)]))
    what = refused_unchanged(home, 6, "sample", "evaluate", sample, form)
    assert "its draw is not the one that its seeds make" in what
    assert "its draw is not" in found_by_check(home)


def test_a_verdict_that_was_edited_is_not_told(home, drawn_of, found_of, tmp_path):
    sample = drawn_of("--tolerable", "20%")
    form = filled(home, sample, tmp_path / "form.csv", lambda row: {**row, "audited": "0"})
    _, told = found_of(sample, form)
    manifest = home / "samples" / sample / told["evaluations"][0] / "manifest.json"
    text = manifest.read_text("utf-8")
    manifest.write_text(text.replace('"not shown"', '"tolerable"'), "utf-8")
    for command in (("status",), ("sample", "list"), ("sample", "status", sample)):
        assert "not the one that the log tells of" in refused_unchanged(home, 6, *command)
    # With the log made to agree, what was found still does not come to it.
    entries = log_of(home)
    from doisoat.engine.store import commit

    digest = commit.sha256_of(manifest)
    rewrite_log(home, [*entries[:-1], {**entries[-1], "manifest_sha256": digest}])
    assert "what it shows is not what was found" in found_by_check(home)


def test_a_manifest_and_a_log_that_agree_do_not_make_another_design(home, seeds):
    sample = done(*FRAME, "--tolerable", "5%", "--home", home)["sample"]
    manifest = home / "samples" / sample / "frame" / "manifest.json"
    told = json.loads(manifest.read_text("utf-8"))
    told["design"]["tolerable"] = str(2 * int(told["design"]["tolerable"]))
    manifest.write_text(json.dumps(told), "utf-8")
    assert "not the one that the log tells of" in refused_unchanged(home, 6, "sample", "list")
    from doisoat.engine.store import commit

    entries = log_of(home)
    digest = commit.sha256_of(manifest)
    rewrite_log(home, [*entries[:-1], {**entries[-1], "manifest_sha256": digest}])
    assert "not as it was frozen" in refused_unchanged(home, 6, "sample", "list")


def swapped_reveal(entries):
    """The carrier committed once it had seen the ministry's seed."""
    *before, _, theirs, ours, _ = entries
    return [*before, entries[-4], ours, theirs, entries[-1]]


def twice(entries):
    return [*entries, {**entries[-3], "commitment": "0" * 64}]


def no_commitment(entries):
    return [*entries[:-3], *entries[-2:]]


@pytest.mark.parametrize(("change", "what"), [
    (swapped_reveal, "viettel commits after a seed was revealed"),
    (twice, "viettel does so twice"),
    (no_commitment, "viettel reveals and has not committed"),
])  # fmt: skip
def test_a_log_in_an_order_that_cannot_have_been_is_told(home, seeds, change, what):
    sample = done(*FRAME, "--tolerable", "20%", "--home", home)["sample"]
    stepped(home, sample, seeds, "commit", "reveal")
    rewrite_log(home, change(log_of(home)))
    assert what in found_by_check(home)
    assert what in " ".join(told_of(home, sample)["faults"])
    assert "OUT OF ORDER" in said_by("status", "--home", home)
    if change is not no_commitment:
        assert what in refused_unchanged(home, 6, "sample", "draw", sample)


def test_a_log_that_was_shortened_is_no_log(home, drawn_of):
    sample = drawn_of("--tolerable", "20%")
    path = home / journal.JOURNAL
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    for command in (("sample", "list"), ("sample", "status", sample)):
        assert "log" in refused_unchanged(home, 6, *command)


def test_a_folder_that_was_taken_away_is_missed_by_each_step(home, seeds):
    sample = done(*FRAME, "--tolerable", "20%", "--home", home)["sample"]
    shutil.rmtree(home / "samples" / sample)
    what = refused_unchanged(
        home, 6, "sample", "commit", sample, "--as", "ministry", "--seed-file", seeds["ministry"]
    )
    assert "the manifest cannot be read" in what
