"""What a settled run left is read as it was published, or not at all: nothing goes on from it."""

import hashlib
import json
import shutil

import polars as pl
import pytest

from .conftest import done, passphrase_in, refused, rows, tree_of

NOT_PUBLISHED = (
    "SHA-256 của tệp không phải mã đã công bố | its SHA-256 is not the one that was published"
)
FRAME = ("sample", "frame", "2021-08", "--carrier", "viettel", "--tolerable", "5%")


def run_of(home, period):
    return home / "runs" / json.loads((home / "current.json").read_text())[period]


def altered(path, *columns, by=1):
    """A file of rows, readable, in which the first row that has amounts says others."""
    rows = pl.read_parquet(path).with_row_index("place")
    at = rows.filter(pl.col(columns[0]) > 1)["place"][0]
    there = pl.col("place") == at
    changed = [pl.when(there).then(pl.col(name) + by).otherwise(name).alias(name)
               for name in columns]  # fmt: skip
    rows.with_columns(changed).drop("place").write_parquet(path)
    return path


@pytest.mark.parametrize(
    ("name", "column"), [("closing.parquet", "left"), ("programme.parquet", "relief_to_date")]
)
def test_a_month_does_not_open_from_what_was_altered(five_months, tmp_path, name, column):
    home = tmp_path / "out"
    shutil.copytree(five_months[0], home)
    path = run_of(home, "2021-10") / name
    kept = path.read_bytes()
    altered(path, column, by=-1)
    before = tree_of(home)
    again = ("settle", "--period", "2021-11", "--reading", "m2.in_kind_value=zero", "--home", home)
    error = refused(6, *again)
    assert (error["what"], error["where"]) == (NOT_PUBLISHED, str(path))
    assert tree_of(home) == before
    path.write_bytes(kept)
    assert done(*again)["same_run"] is False


@pytest.mark.parametrize(
    ("name", "column", "command"),
    [
        ("refund.parquet", "refund", ("refund", "list", "2021-08")),
        ("line.parquet", "amount", FRAME),
        ("relief_total.parquet", "amount", ("plausibility", "2021-08")),
        ("statement.parquet", "payable", ("forgone", "2021-08")),
    ],
)
def test_figures_that_were_altered_are_not_worked_with(home, name, column, command):
    path = altered(run_of(home, "2021-08") / name, column, by=1_000)
    error = refused(6, *command, "--home", home)
    assert (error["what"], error["where"]) == (NOT_PUBLISHED, str(path))


@pytest.mark.parametrize("loses_its_face", [False, True])
@pytest.mark.parametrize("name", ["statement.parquet", "manifest.json", "reports"])
def test_a_run_that_was_altered_is_not_called_the_same(home, name, loses_its_face):
    run = run_of(home, "2021-08")
    path = next((run / name).glob("*.xlsx")) if name == "reports" else run / name
    kept, command = path.read_bytes(), ("settle", "--period", "2021-08", "--home", home)
    face = (home / "relief.duckdb").read_bytes()
    path.write_bytes(kept + b"\n")
    if loses_its_face:
        (home / "relief.duckdb").unlink()
    before = tree_of(home)
    where = run if name == "manifest.json" else path
    assert refused(6, *command)["where"] == str(where)
    assert tree_of(home) == before
    path.write_bytes(kept)
    (home / "relief.duckdb").write_bytes(face)
    assert done(*command)["same_run"] is True


def test_records_that_were_altered_are_not_drawn_from(home):
    (path, *_) = sorted(home.glob("usage/part=*/bucket=*.parquet"))
    pl.read_parquet(path)[1:].write_parquet(path)
    error = refused(6, *FRAME[:5], "--usage", "--home", home)
    assert error["where"] == str(path)


@pytest.mark.parametrize("name", ["catalogue.json", "package.json"])
def test_tariffs_that_were_altered_explain_nothing(home, name):
    path = run_of(home, "2021-08") / name
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    event = rows(home, "SELECT event_id FROM rated.relief_line LIMIT 1")[0][0]
    for command in (
        ("explain", event),
        ("claim", "template", "2021-08", "--carrier", "viettel", "--grain", "day",
         "--out", home.parent / "form.csv"),
    ):  # fmt: skip
        assert refused(6, *command, "--home", home)["where"] == str(path)


@pytest.mark.parametrize("other", ["another month's", "superseded"])
def test_a_run_that_is_not_in_force_by_the_log_is_not_worked_with(five_months, tmp_path, other):
    home = tmp_path / "out"
    shutil.copytree(five_months[0], home)
    current = json.loads((home / "current.json").read_text("utf-8"))
    run = current["2021-09"]
    if other == "superseded":
        run = current["2021-10"]
        done("settle", "--period", "2021-10", "--reading", "m2.in_kind_value=zero", "--home", home)
        current = json.loads((home / "current.json").read_text("utf-8"))
    (home / "current.json").write_text(json.dumps({**current, "2021-10": run}), "utf-8")
    for command in (
        ("plausibility", "2021-10"), ("refund", "list", "2021-10"),
        ("settle", "--period", "2021-11", "--reading", "m4.viettel=does_not"),
    ):  # fmt: skip
        error = refused(6, *command, "--home", home)
        assert error["where"] == str(home / "current.json")


def test_a_run_whose_manifest_was_made_to_fit_is_not_signed(home, tmp_path):
    secret = passphrase_in(tmp_path)
    signing = ("--key", tmp_path / "s.key", "--passphrase-file", secret)
    done("signer", "new", "ke-toan", *signing)
    done("signer", "add", *signing[:2], "--home", home)
    run = run_of(home, "2021-08")
    path, manifest = altered(run / "line.parquet", "amount", by=1_000), run / "manifest.json"
    told = json.loads(manifest.read_text("utf-8"))
    (file,) = (one for one in told["files"] if one["name"] == path.name)
    file |= {"size": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    manifest.write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    for command in (("sign", "2021-08", *signing), FRAME, ("refund", "list", "2021-08")):
        error = refused(6, *command, "--home", home)
        assert error["what"].endswith(" | its manifest is not the one that the log tells of")
        assert error["where"] == str(run)


def test_relief_duckdb_is_not_made_again_of_what_was_altered(home):
    run = run_of(home, "2021-08")
    altered(run / "total.parquet", "payable", "list_value")
    altered(run / "statement.parquet", "payable", "list_value")
    (home / "relief.duckdb").unlink()
    before = tree_of(home)
    assert refused(6, "settle", "--home", home)["what"] == NOT_PUBLISHED
    assert tree_of(home) == before
    shutil.rmtree(run)  # as it is told to be mended
    told = done("settle", "--home", home)
    assert (told["run"], told["same_run"]) == (run.name, False)
    assert done("verify", home)["ok"]


def test_a_report_that_was_altered_is_not_published_again(home):
    (path, *_) = sorted((run_of(home, "2021-08") / "reports").iterdir())
    path.write_bytes(path.read_bytes() + b"\0")
    shutil.rmtree(home / "reports")
    error = refused(6, "settle", "--home", home)
    assert (error["what"], error["where"]) == (NOT_PUBLISHED, str(path))
