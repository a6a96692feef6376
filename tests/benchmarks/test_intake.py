"""The benchmark of intake: each side accounts for every row, or there are no times."""

import json
from typing import Any

import polars as pl
import pytest

from doisoat.benchmarks import intake

ROWS = 3_000


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    intake.make_files(folder, ROWS)
    return {form: folder / f"usage.{form}" for form in intake.FORMS}


def test_both_files_hold_the_same_rows(files):
    text = pl.read_csv(files["csv"], infer_schema=False).fill_null("")
    assert text.height == ROWS
    assert text.equals(pl.read_parquet(files["parquet"]))


@pytest.mark.parametrize("form", intake.FORMS)
@pytest.mark.parametrize("side", intake.SIDES)
def test_a_side_accounts_for_every_row(files, tmp_path, form, side):
    assert intake.PREPARE[side](files[form], tmp_path)()["rows"] == ROWS


def test_duckdb_orders_what_it_writes(files, tmp_path):
    import duckdb

    intake.order_by_duckdb(files["parquet"], tmp_path)()
    with duckdb.connect(tmp_path / "usage.duckdb", read_only=True) as connection:
        rows = connection.sql("SELECT number, started, record_key FROM usage").fetchall()
    assert rows == sorted(rows) and len(set(rows)) > ROWS // 2


def test_a_lost_row_or_another_answer_is_told():
    whole = {"rows": 9, "taken": 8, "duplicates": 1, "suspended": 0, "filtered": 0}
    ours = {**whole, "content_digest": "a"}
    runs: dict[str, dict[str, list[dict[str, Any]]]] = {
        form: {"doisoat": [ours], "duckdb": [{"rows": 9}]} for form in intake.FORMS
    }
    assert list(intake.check(runs, 9)) == []
    runs["csv"]["duckdb"] = [{"rows": 9}, {"rows": 8}]
    runs["parquet"]["doisoat"] = [{**ours, "content_digest": "b"}]
    assert list(intake.check(runs, 9)) == [
        "csv: duckdb accounts for 8 of 9 rows",
        "doisoat: content_digest is not the same in every run and form",
    ]


def test_the_command_tells_times_and_leaves_no_file(tmp_path, capfd):
    folder, out = tmp_path / "files", tmp_path / "bench" / "intake.json"
    arguments = ["--rows", str(ROWS), "--repeat", "1", "--json", "--folder", str(folder)]
    assert intake.main([*arguments, "--out", str(out)]) == 0
    told = json.loads(capfd.readouterr().out)
    assert json.loads(out.read_text("utf-8")) == told
    assert told["rows"] == ROWS
    for form in intake.FORMS:
        sides = told["forms"][form]
        assert sides["times_duckdb"] > 0
        assert all(sides[name]["rows_a_second"] > 0 for name in intake.SIDES)
        assert sides["doisoat"]["written_bytes"] > 0
    assert list(folder.iterdir()) == []
