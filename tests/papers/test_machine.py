"""What machines get: JSON by its schema, Parquet as the run has it, amounts whole."""

import io
import json

import jsonschema  # type: ignore[import-untyped]
import polars as pl
import pytest

from doisoat.settlement.papers.machine_files import SCHEMA
from doisoat.settlement.papers.run_reader import sources
from doisoat.tariffs.load.tiles import tile_maps
from tests.papers.world import CARRIERS, DAYS

WHOLE = json.loads(SCHEMA.read_text("utf-8"))


@pytest.mark.parametrize("carrier", CARRIERS)
def test_the_json_is_valid_and_says_what_the_run_says(run, signed, draft, carrier):
    told = json.loads(signed[f"doi-soat-2021-08-{carrier}.json"])
    jsonschema.Draft202012Validator.check_schema(WHOLE)
    jsonschema.validate(told, WHOLE)
    (source,) = sources(run, carrier)
    totals = source.content.totals
    for name in ("list_value", "discount", "payable", "in_kind", "contribution", "refund"):
        assert told["statement"][name] == str(totals[name])
    listed, discount, payable = (
        int(told["statement"][name]) for name in ("list_value", "discount", "payable")
    )
    assert listed - discount == payable
    by_province = told["by_province"]
    assert len(by_province) == len(tile_maps()[0].tiles) and len(told["by_day"]) == DAYS
    for rows in (by_province, told["by_day"]):
        assert sum(int(row["payable"]) for row in rows) == payable
    assert (
        sum(int(line["amount"]) for line in told["lines"] if line["nature"] == "discount")
        == discount
    )
    assert told["synthetic"] is True and told["issue"]["signed"] is True


def test_the_json_of_a_draft_names_no_key(draft):
    told = json.loads(draft["doi-soat-2021-08-viettel.json"])
    jsonschema.validate(told, WHOLE)
    assert told["issue"]["signed"] is False and told["issue"]["key_id"] is None


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told["statement"].update(payable=1),
        lambda told: told["statement"].update(payable="1.5"),
        lambda told: told["statement"].pop("discount_vat_residue"),
        lambda told: told["lines"][0].update(nature="gift"),
        lambda told: told["lines"][0].update(vat=7),
        lambda told: told["programmes"][0].update(true_up=-4),
        lambda told: told["issue"].update(key_id=None),
        lambda told: told.update(extra=1),
        lambda told: told.pop("run"),
    ],
)
def test_the_schema_refuses_what_is_no_statement(signed, change):
    told = json.loads(signed["doi-soat-2021-08-viettel.json"])
    change(told)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(told, WHOLE)


def test_a_column_of_a_later_version_is_text(signed):
    told = json.loads(signed["doi-soat-2021-08-viettel.json"])
    told["programmes"][0].update(true_up="-4", rule="pro_rata", recognised_to_date=None)
    jsonschema.validate(told, WHOLE)


def test_the_parquet_files_hold_the_carriers_rows(run, signed):
    (source,) = sources(run, "vnpt")
    for table, frame in (
        ("statement", source.statement), ("lines", source.lines), ("programmes", source.programmes)
    ):  # fmt: skip
        read = pl.read_parquet(io.BytesIO(signed[f"doi-soat-2021-08-vnpt.{table}.parquet"]))
        assert read.equals(frame) and read.height >= 1
        assert set(read["carrier"]) == {"vnpt"}
