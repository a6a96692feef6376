"""Amounts with decimals: dollars and cents are read exactly, and nothing is guessed."""

import polars as pl
import pytest
import yaml

from doisoat.engine.intake.file_intake import check_files
from doisoat.engine.intake.mapping.field_sources import NumberSource
from doisoat.engine.intake.mapping.mapping import load_mapping
from doisoat.engine.intake.mapping.record_values import PLUS, prices
from doisoat.errors import IntakeError
from doisoat.messages.text import EN, texts_of


def read(texts, **words):
    source = NumberSource.model_validate({"column": "amount", **words})
    return prices(pl.DataFrame({"_charged": texts}), "_charged", source).to_list()


def test_an_amount_with_decimals_is_whole_minor_units():
    texts = ["12.34", "12.3", "12", "0.05", "12.345", "12,34", "1,234.50", "", "12."]
    cents = {"decimal": ".", "decimals": 2}
    assert read(texts, **cents) == [1234, 1230, 1200, 5, None, None, None, None, None]
    assert read(["1,234.50", "1234.50", "12,34.50"], groups=",", **cents) == [123450, 123450, None]
    assert read(["1.234,5"], groups=".", decimal=",", decimals=3) == [1234500]


def test_sums_of_amounts_keep_their_decimals():
    words = {"sum_of": ["net", "tax"], "decimal": ".", "decimals": 2}
    source = NumberSource.model_validate(words)
    frame = pl.DataFrame({"_charged": [f"10.00{PLUS}1.05"]})
    assert prices(frame, "_charged", source).to_list() == [1105]


def test_undeclared_decimals_must_be_zeros_as_before():
    assert read(["12.00", "12.50"], decimal=".") == [12, None]
    assert read(["1234"], decimals=0) == [1234]


def test_decimals_without_their_sign_are_refused():
    with pytest.raises(ValueError, match="without decimal"):
        NumberSource.model_validate({"column": "amount", "decimals": 2})


@pytest.mark.parametrize(
    ("words", "is_right"),
    [
        ({}, False),
        ({"decimal": "."}, False),
        ({"decimals": 0}, True),
        ({"decimal": ".", "decimals": 2}, True),
        ({"decimal": ".", "decimals": 3}, False),
    ],
)
def test_in_a_home_with_decimals_a_mapping_says_how_amounts_are_written(tmp_path, words, is_right):
    mapping = load_mapping("world").model_dump(
        mode="json", exclude_none=True, exclude_defaults=True
    )
    layout = next(one for one in mapping["usage"] if "charged" in one["fields"])
    layout["fields"]["charged"] = {"column": layout["fields"]["charged"]["column"], **words}
    path, usage = tmp_path / "cents.yaml", tmp_path / "usage.csv"
    path.write_text(yaml.safe_dump(mapping, allow_unicode=True), "utf-8")
    usage.write_text("-")
    assert check_files([(usage, str(path), "usage")])  # of đồng nothing is asked
    if is_right:
        assert check_files([(usage, str(path), "usage")], 2)
        return
    with pytest.raises(IntakeError) as refused:
        check_files([(usage, str(path), "usage")], 2)
    assert texts_of(refused.value.what)[EN] == (
        "amounts of the home have 2 decimals, and charged does not say whether it has them"
    )
