"""The printed schemas: an editor accepts every bundled file, and marks what the loader refuses."""

import re
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest
import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from pydantic import BaseModel

from doisoat.commands.tariffs.catalogue import schema_of
from doisoat.engine.intake.mapping.mapping import Mapping
from doisoat.tariffs.load.bundled import BUNDLED
from doisoat.tariffs.load.find import open_either
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.labels import FIELDS, ITEMS
from doisoat.tariffs.models.outline import DRAWN, items_of
from doisoat.tariffs.models.package_model import Package
from doisoat.tariffs.models.value_words import CODES, key_text, value_text
from tests.tariffs.clean import PRICES, RELIEF, swapped

MAPPINGS = Path(__file__).resolve().parents[2] / "engine" / "intake" / "mapping" / "mappings"
FILES = [
    *(("catalogue", path) for path in sorted(BUNDLED.glob("*/*.yaml"))),
    *(("package", path) for path in sorted(BUNDLED.glob("*/packages/*.yaml"))),
    *(("mapping", path) for path in sorted(MAPPINGS.glob("*.yaml"))),
]
VALIDATORS = {
    kind: Draft202012Validator(schema_of(kind)) for kind in ("catalogue", "package", "mapping")
}


def as_an_editor_reads(text):
    """The value of a YAML text by the core schema of YAML 1.2, by which editors go."""
    return _core(yaml.compose(text, yaml.BaseLoader))


def _core(node):
    if isinstance(node, yaml.MappingNode):
        return {key.value: _core(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_core(value) for value in node.value]
    if node.style is not None:
        return node.value
    if node.value in ("true", "false"):
        return node.value == "true"
    if node.value in ("", "~", "null"):
        return None
    if re.fullmatch(r"[-+]?\d+", node.value):
        return int(node.value)
    if re.fullmatch(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?", node.value):
        return float(node.value)
    return node.value


def complaints(kind, text):
    return [error.json_path for error in VALIDATORS[kind].iter_errors(as_an_editor_reads(text))]


@pytest.mark.parametrize(("kind", "path"), FILES, ids=lambda x: getattr(x, "name", x))
def test_every_bundled_file_is_accepted(kind, path):
    assert complaints(kind, path.read_text("utf-8")) == []


@pytest.mark.parametrize("kind", VALIDATORS)
def test_a_schema_is_one(kind):
    Draft202012Validator.check_schema(VALIDATORS[kind].schema)
    assert VALIDATORS[kind].schema["$schema"].endswith("2020-12/schema")


def test_a_file_of_one_kind_is_no_file_of_another():
    assert complaints("catalogue", RELIEF) and complaints("package", PRICES)
    assert complaints("catalogue", PRICES) == complaints("package", RELIEF) == []


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        pytest.param('price: "20000"', 'price: "20.000,0"', "$.packs[0].price", id="a price"),
        pytest.param('price: "20000"', "price: 20000", "$.packs[0].price", id="a bare number"),
        pytest.param("block: 6 s + 1 s", "block: 6+1", "$.plans[0].rates[0].block", id="a block"),
        pytest.param("amount: 6 GB", "amount: 6", "$.packs[0].volumes[0].amount", id="no unit"),
        pytest.param("directive: 16", "directive: sixteen", "$.orders[0].directive", id="a count"),
        pytest.param("2020-05-01", "01/05/2020", "$.interconnect[0].valid_from", id="a day"),
        pytest.param("rule: stop", "rule: halt", "$.packs[0].after[0].rule", id="a word"),
        pytest.param("validity: {", "validty: {", "$.packs[0]", id="a key"),
        pytest.param("validity: {days: 3}", "validity: null", "$.packs[0].validity", id="null"),
        pytest.param("payment: prepaid", "payment: null", "$.plans[0].payment", id="null for none"),
    ],
)
def test_what_the_loader_refuses_is_marked(old, new, path):
    assert path in complaints("catalogue", swapped(PRICES, old, new))


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        pytest.param(
            "type: price_cut, minus", "type: gift, minus", "$.measures[5].effect", id="type"
        ),
        pytest.param("share: ", "shares: ", "$.measures[1].effect", id="a key of an effect"),
        pytest.param(
            "lasts: 30 d, trigger: begin",
            "lasts: [], trigger: begin",
            "$.measures[3].effect",
            id="a list for a duration",
        ),
        pytest.param(
            "{reading: f.order}", "{reading: [f]}", "$.measures[5].order.reading", id="a reading"
        ),
        pytest.param("baseline: c", "baseline: c\nchosen: {a: b}", "$", id="choices in the file"),
        pytest.param("title_en: T\nauthor", "author", "$", id="a key left out"),
        pytest.param(
            "default: last",
            "default: {reading: f.order}",
            "$.readings[0].default",
            id="a reading in a reading",
        ),
    ],
)
def test_what_a_package_may_not_say_is_marked(old, new, path):
    assert path in complaints("package", swapped(RELIEF, old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('minus: "500"', "minus: {reading: f}", id="of a value of an effect"),
        pytest.param(
            "carriers: [x]\n  measures", "carriers: {reading: f}\n  measures", id="a list"
        ),
        pytest.param(
            "destinations: [on_net]}\n    where",
            "destinations: [on_net, {reading: f}]}\n    where",
            id="an item of a list",
        ),
        pytest.param('new_price: {k: "10000"}', "new_price: {k: {reading: f}}", id="of a mapping"),
        pytest.param("scope: {kinds: [pack]}", "scope: {reading: f}", id="a scope"),
        pytest.param(
            "effect: {type: zero_rating, in_kind_value: zero}",
            "effect: {reading: f}",
            id="an effect",
        ),
    ],
)
def test_a_reading_may_stand_in_place(old, new):
    assert complaints("package", swapped(RELIEF, old, new)) == []


def models_in(annotation, seen):
    if (
        isinstance(annotation, type)
        and issubclass(annotation, BaseModel)
        and annotation not in seen
    ):
        seen.add(annotation)
        for field in annotation.model_fields.values():
            models_in(field.annotation, seen)
    for part in get_args(annotation):
        models_in(part, seen)
    return seen


def test_every_key_has_words_in_two_languages_and_no_word_is_left_over():
    models = {m for root in (Catalogue, Package, Mapping) for m in models_in(root, set())}
    assert len(models) > 30
    keys = {field.alias or name for model in models for name, field in model.model_fields.items()}
    assert set(FIELDS) == keys | {DRAWN}
    for words in (*FIELDS.values(), *ITEMS.values()):
        assert words.vi and words.en and words.vi != words.en


def test_every_section_of_items_has_words():
    sections = {s for name in ("vn-2021", "vn-2021-08") for s in items_of(open_either(name))}
    assert sections == set(ITEMS)


def codes_in(annotation):
    """The texts that a field may have, of each Literal in its annotation."""
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    for part in get_args(annotation):
        yield from codes_in(part)


def test_every_code_of_a_tariff_has_words():
    models = {m for root in (Catalogue, Package) for m in models_in(root, set())}
    codes = {
        (field.alias or name, code)
        for model in models
        for name, field in model.model_fields.items()
        for code in codes_in(field.annotation)
        if name != "mark"  # shown beside a value
    }
    assert len(codes) > 90
    assert {pair for pair in codes if pair[1] not in CODES.get(pair[0], {})} == set()
    assert {name for name in CODES if name not in FIELDS} == set()
    for words in (words for field in CODES.values() for words in field.values()):
        assert words.vi and words.vi != words.en


@pytest.mark.parametrize(
    ("field", "value", "vi", "en"),
    [
        ("amount", "1500 min", "1.500 phút", "1,500 min"),
        ("amount", "1288490188 B", "1,2 GB (1.288.490.188 B)", "1.2 GB (1,288,490,188 B)"),
        ("amount", "2147483648 B", "2 GB", "2 GB"),
        ("amount", "512 B", "512 B", "512 B"),
        ("block", "6 s + 1 s", "6 giây + 1 giây", "6 s + 1 s"),
        ("price", "1234567.5", "1.234.567,5", "1,234,567.5"),
        ("destination", "service_1407", "đầu số 1407", "short code 1407"),
        ("destination", "somewhere", "somewhere", "somewhere"),
        ("id", "20000", "20000", "20000"),
        ("hours", "23-6", "23-6", "23-6"),
    ],
)
def test_a_value_in_words(field, value, vi, en):
    assert (value_text(field, value, 0), value_text(field, value, 1)) == (vi, en)


def test_the_key_of_an_entry_in_words():
    key = "data data+zero_rated day 0-8h"
    assert key_text("volumes", key, 0) == (
        "phiên dữ liệu: dữ liệu, dữ liệu miễn cước, mỗi ngày, 0-8 giờ"
    )
    assert key_text("volumes", key, 1) == "data: data, zero rated, day, 0-8 h"
    assert key_text("after", "voice", 1) == "voice"
    assert key_text("steps", "60 s", 0) == "60 s"
