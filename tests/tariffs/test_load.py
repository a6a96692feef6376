"""The loader: what it refuses, where it points, what it advises; readings put in place."""

import pytest

from doisoat.errors import CatalogueError
from doisoat.messages.text import halves_of
from doisoat.tariffs.load import join
from doisoat.tariffs.load.bundled import bundled_catalogue, bundled_package
from doisoat.tariffs.load.tariffs import (
    catalogue_digest,
    check_package,
    load_catalogue,
    load_package,
    package_digest,
)
from doisoat.tariffs.load.tree import tree_of
from doisoat.tariffs.models.package_model import NO_PACKAGE

PLAN = """\
currency: {code: VND, decimals: 0}
plans:
  - id: a
    valid_from: 2021-01-01
    source: page
    mark: stated
    rates:
      - {kind: voice, destination: on_net, price: "1180", per: 1 min, block: 6 s + 1 s}
"""


def put(tmp_path, text, name="bad.yaml"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def told(tmp_path, text):
    """(place in the file, what, mend) of the refusal of a catalogue."""
    path = put(tmp_path, text)
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(path)
    assert caught.value.exit_code == 4
    where = caught.value.where
    assert where.startswith(str(path))
    return where.removeprefix(str(path)), caught.value.what, caught.value.mend


@pytest.mark.parametrize(
    ("old", "new", "place", "what", "mend"),
    [
        pytest.param(
            "mark: stated",
            "mark: sure",
            ":6:11",
            "plans.a.mark: 'sure' is not known",
            "write one of 'stated', 'derived', 'assumed'",
            id="a value of a closed set",
        ),
        pytest.param(
            "    source: page\n",
            "",
            ":3:5",
            "the key 'source' is missing",
            "add `source: ...`",
            id="a key left out points at its parent",
        ),
        pytest.param(
            "valid_from",
            "valid_form",
            ":3:5",
            "the key 'valid_from' is missing (and 1 more)",
            "valid_from",
            id="two complaints: the first is told, the others counted",
        ),
        pytest.param(
            "    mark: stated\n",
            "    mark: stated\n    valid_untill: 2022-01-01\n",
            ":7:5",
            "plans.a.valid_untill: this key is not known",
            "did you mean 'valid_until'? known keys: source, mark",
            id="a misspelt key",
        ),
        pytest.param(
            "2021-01-01",
            "2021-13-01",
            ":4:17",
            "month must be in 1..12",
            "docs/catalogue.md",
            id="a date that is none",
        ),
        pytest.param(
            "2021-01-01",
            "01/01/2021",
            ":4:17",
            "'01/01/2021' is not a civil moment",
            "write 2021-08-05 or 2021-07-24T06:00",
            id="a date of another form",
        ),
        pytest.param(
            '"1180"', "1.180,5", ":8:", "", "", id="a price with separators breaks the YAML"
        ),
        pytest.param(
            '"1180"',
            '"1e3"',
            ":8:51",
            "'1e3' is not a price",
            "digits with an optional decimal point",
            id="a price in scientific form",
        ),
        pytest.param(
            "1 min",
            "1 GB",
            ":8:",
            "'1 GB' is not a quantity in ms, s, min, h, d",
            "write it as '1 min'",
            id="a unit of another kind",
        ),
        pytest.param(
            "decimals: 0",
            "decimals: no",
            ":1:33",
            "'no' is not a whole number",
            "digits only",
            id="no stays text, and is no number",
        ),
        pytest.param(
            "decimals: 0",
            "decimals: 7",
            ":1:33",
            "less than or equal to 6",
            "",
            id="a number out of bounds",
        ),
        pytest.param(
            "mark: stated",
            "mark: stated\n    consumption: [first, bundled, last, first]",
            ":3:5",
            "names each of zero_rating, first, bundled, last once",
            "",
            id="an order of consumption that leaves something out",
        ),
        pytest.param(
            "mark: stated",
            "mark: stated\n    mark: stated",
            ":7:5",
            "the key 'mark' stands twice; first at line 6",
            "keep one",
            id="a repeated key",
        ),
        pytest.param(
            "source: page",
            "source: &a page",
            ":5:13",
            "anchors and aliases are not taken",
            "write the value out",
            id="an anchor",
        ),
        pytest.param(
            "source: page",
            "source: *a",
            ":5:13",
            "anchors and aliases are not taken",
            "write the value out",
            id="an alias",
        ),
        pytest.param(
            "source: page",
            "source: !!str page",
            ":5:13",
            "tags are not taken",
            "leave the tag out",
            id="a tag",
        ),
        pytest.param(
            "source: page",
            "source: [page",
            ":6:9",
            "the YAML cannot be read",
            "mend the indentation",
            id="a bracket left open",
        ),
        pytest.param(
            "    rates:",
            "    carrier: nobody\n    rates:",
            ":3:9",
            "a: its carrier nobody is not listed",
            "use one of",
            id="an unknown carrier",
        ),
        pytest.param(
            "    source: page",
            "    valid_until: 2021-01-01\n    source: page",
            ":3:5",
            "holds no moment",
            "valid_until is the first moment the value no longer applies",
            id="an interval that holds no moment",
        ),
        pytest.param(
            "    source: page",
            "    sources: {pryce: {source: b, mark: stated}}\n    source: page",
            ":3:5",
            "sources names pryce, which is no key here",
            "",
            id="a source of no key",
        ),
    ],
)
def test_a_bad_catalogue_is_refused_where_it_is_bad(tmp_path, old, new, place, what, mend):
    assert PLAN.count(old) == 1
    found_place, found_what, found_mend = told(tmp_path, PLAN.replace(old, new))
    assert found_place.startswith(place)
    assert what in found_what
    assert mend in found_mend
    assert found_mend


@pytest.mark.parametrize(
    ("text", "what"),
    [
        pytest.param("", "the file is empty", id="empty"),
        pytest.param("# only a comment\n", "the file is empty", id="only a comment"),
        pytest.param("- a\n- b\n", "should be a valid dictionary", id="a list"),
        pytest.param(b"id: \xff\n", "byte 4 is not UTF-8", id="not UTF-8"),
        pytest.param("id: a\n---\nid: b\n", "a second document begins", id="two documents"),
        pytest.param("a: " + "[" * 30 + "]" * 30, "nested more than 20 deep", id="too deep"),
        pytest.param("a: " + "[" * 100_000, "exceeded maximum nesting depth", id="far too deep"),
        pytest.param("a: [" + "x, " * 60_000 + "]", "more than 50,000 values", id="too many"),
        pytest.param("a: " + "x" * (1 << 20), "larger than 1,048,576 bytes", id="too large"),
        pytest.param(
            "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "anchors and aliases", id="a bomb"
        ),
        pytest.param("? [a, b]\n: c\n", "a key is not text", id="a key that is a list"),
    ],
)
def test_a_file_that_is_no_catalogue_is_refused_before_it_is_built(tmp_path, text, what):
    assert what in told(tmp_path, text)[1]


def test_a_missing_file_and_an_empty_folder_are_told(tmp_path):
    with pytest.raises(CatalogueError, match=r"cannot be read: No such file"):
        load_catalogue(tmp_path / "none.yaml")
    with pytest.raises(CatalogueError, match=r"holds no \.yaml file"):
        load_catalogue(tmp_path)


def test_text_that_yaml_would_turn_into_something_else_stays_text(tmp_path):
    text = PLAN.replace("id: a\n", "id: a\n    name: no\n").replace('"1180"', "010")
    plan = load_catalogue(put(tmp_path, text)).plans[0]
    assert (plan.name, plan.rates[0].price) == ("no", "010")


def test_a_key_in_two_files_is_refused_unless_both_are_lists(tmp_path):
    put(tmp_path, PLAN, "a.yaml")
    put(tmp_path, PLAN[PLAN.index("plans") :].replace("id: a", "id: b"), "b.yaml")
    assert [plan.id for plan in load_catalogue(tmp_path).plans] == ["a", "b"]
    put(tmp_path, "currency: {code: VND, decimals: 0}\n", "c.yaml")
    with pytest.raises(CatalogueError, match="stands in two files") as caught:
        load_catalogue(tmp_path)
    assert caught.value.where == f"{tmp_path / 'c.yaml'}:1:1"


def test_the_digest_does_not_see_files_comments_or_order(tmp_path):
    both = PLAN + PLAN[PLAN.index("  - id") :].replace("id: a", "id: b")
    whole = catalogue_digest(load_catalogue(put(tmp_path, both)))
    parts = tmp_path / "parts"
    parts.mkdir()
    put(parts, "# b first\n" + PLAN.replace("id: a", "id: b"), "a.yaml")
    shuffled = """\
plans:
- rates: [{block: 6 s + 1 s, per: 1 min, price: '1180', destination: on_net, kind: voice}]
  mark: stated   # as said
  source: "page"
  valid_from: 2021-01-01T00:00
  id: a
"""
    put(parts, shuffled, "b.yaml")
    assert catalogue_digest(load_catalogue(parts)) == whole
    other = catalogue_digest(load_catalogue(put(tmp_path, both.replace("1180", "1181"))))
    assert other != whole


PACKAGE = """\
id: p
title: T
title_en: T
author: A
reference: R
baseline: c
measures:
  - id: M
    title: T
    title_en: T
    document: D
    carriers: [x, {reading: who}]
    valid_from: 2021-08-05
    valid_until: {reading: end}
    order: 1
    scope: {kinds: [pack], packs: {reading: packs}}
    effect: {type: price_cut, percent: "50"}
    source: s
    mark: stated
readings:
  - name: who
    question: Q
    question_en: Q
    default: both
    alternatives:
      both: {value: [y, z], means: all of them}
      one: {value: y, means: one more}
      neither: {means: no other}
    source: s
  - name: end
    question: Q
    question_en: Q
    default: soon
    alternatives:
      soon: {value: 2021-11-05, means: soon}
      wrong: {value: tomorrow, means: not a date}
    source: s
  - name: packs
    question: Q
    question_en: Q
    default: all
    alternatives:
      all: {means: every pack}
      some: {value: [VX3], means: one of them}
    source: s
"""


def test_readings_stand_in_place_before_the_package_is_judged(tmp_path):
    path = put(tmp_path, PACKAGE)
    package = load_package(path)
    measure = package.measures[0]
    assert measure.carriers == ("x", "y", "z"), "a list takes the item's place with its items"
    assert measure.scope.packs is None, "without a value the key is left out"
    assert package.chosen == {"who": "both", "end": "soon", "packs": "all"}

    package = load_package(path, {"who": "one", "packs": "some"})
    assert package.measures[0].carriers == ("x", "y")
    assert package.measures[0].scope.packs == ("VX3",)
    assert package.chosen == {"who": "one", "end": "soon", "packs": "some"}
    assert load_package(path, {"who": "neither"}).measures[0].carriers == ("x",)
    assert package_digest(package) != package_digest(load_package(path))


NESTED = (
    PACKAGE.replace("carriers: [x, {reading: who}]", "carriers: {reading: who, of: carriers}")
    .replace("valid_from: 2021-08-05", "valid_from: {reading: who, of: begins}")
    .replace("{value: [y, z],", "{value: {carriers: [y, z], begins: 2021-08-05},")
    .replace("{value: y,", "{value: {carriers: [y, {reading: third}], begins: {reading: day}},")
    .replace("neither: {means", "neither: {value: {carriers: [y]}, means")
)
NESTED += """\
  - name: third
    question: Q
    question_en: Q
    default: z
    alternatives: {z: {value: z, means: z}, none: {means: none}}
    source: s
  - name: day
    question: Q
    question_en: Q
    default: early
    alternatives:
      early: {value: 2021-08-01, means: early}
      round: {value: {reading: ring}, means: round}
    source: s
  - name: ring
    question: Q
    question_en: Q
    default: a
    alternatives: {a: {value: 2021-08-02, means: a}, b: {value: {reading: day}, means: b}}
    source: s
"""


def test_one_answer_decides_several_values_and_may_lead_to_other_readings(tmp_path):
    path = put(tmp_path, NESTED)
    both = load_package(path).measures[0]
    assert (both.carriers, both.valid_from.day) == (("y", "z"), 5)
    one = load_package(path, {"who": "one"}).measures[0]
    assert (one.carriers, one.valid_from.day) == (("y", "z"), 1)
    turned = load_package(path, {"who": "one", "third": "none", "day": "round"}).measures[0]
    assert (turned.carriers, turned.valid_from.day) == (("y",), 2)


@pytest.mark.parametrize(
    ("text", "choices", "what"),
    [
        pytest.param(
            NESTED, {"who": "neither"}, "force of who says nothing of 'begins'", id="no such part"
        ),
        pytest.param(
            NESTED, {"who": "one", "day": "round", "ring": "b"},
            "the value of the reading day leads back to itself", id="a ring",
        ),
        pytest.param(
            NESTED.replace("{reading: day}, ", "2021-08-03, ").replace(
                "begins: {reading: day}", "begins: 2021-08-03"
            ).replace("b: {value: {reading: day}", "b: {value: 2021-08-04"), {},
            "the reading day decides nothing", id="reached from nowhere",
        ),
        pytest.param(
            PACKAGE.replace("{reading: end}", "{reading: end, of: day}"), {},
            "in force of end says nothing of 'day'", id="a part of a text",
        ),
    ],
)  # fmt: skip
def test_a_part_that_is_not_there_and_a_ring_of_readings_are_refused(tmp_path, text, choices, what):
    with pytest.raises(CatalogueError) as caught:
        load_package(put(tmp_path, text), choices)
    assert what in halves_of(caught.value.what).en


def test_a_bad_value_of_an_alternative_is_told_where_it_is_written(tmp_path):
    path = put(tmp_path, PACKAGE)
    with pytest.raises(CatalogueError, match="'tomorrow' is not a civil moment") as caught:
        load_package(path, {"end": "wrong"})
    line = PACKAGE.splitlines().index("      wrong: {value: tomorrow, means: not a date}") + 1
    assert caught.value.where == f"{path}:{line}:22"


@pytest.mark.parametrize(
    ("choices", "what", "mend"),
    [
        pytest.param(
            {"whom": "both"},
            "the package has no reading 'whom'",
            "did you mean who? its readings: end, packs, who",
            id="an unknown reading",
        ),
        pytest.param(
            {"who": "all"},
            "the reading who has no alternative 'all'",
            "choose one of both (all of them); one (one more); neither (no other)",
            id="an unknown alternative",
        ),
    ],
)
def test_a_choice_that_is_none_lists_what_there_is(tmp_path, choices, what, mend):
    with pytest.raises(CatalogueError) as caught:
        load_package(put(tmp_path, PACKAGE), choices)
    assert [halves_of(text).en for text in (caught.value.what, caught.value.mend)] == [what, mend]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        pytest.param(
            "{reading: end}", "{reading: ende}", "no reading 'ende' is declared", id="undeclared"
        ),
        pytest.param(
            "{reading: end}", "2021-11-05", "the reading end decides nothing", id="unused"
        ),
        pytest.param(
            "  - name: end", "  - name: who", "the reading who stands twice", id="declared twice"
        ),
        pytest.param(
            "default: soon",
            "default: late",
            "default 'late' is none of soon, wrong",
            id="no default",
        ),
        pytest.param(
            "type: price_cut",
            "type: gift",
            "the type is missing or not known",
            id="a strange effect",
        ),
        pytest.param(
            'percent: "50"', "amount: 5", "this key is not known", id="a key of another effect"
        ),
        pytest.param(
            "measures:", "chosen: {who: one}\nmeasures:", "chosen is not written", id="chosen"
        ),
    ],
)
def test_a_bad_package_is_refused(tmp_path, old, new, what):
    assert PACKAGE.count(old) == 1
    path = put(tmp_path, PACKAGE.replace(old, new))
    with pytest.raises(CatalogueError) as caught:
        load_package(path)
    assert what in caught.value.what
    assert caught.value.where.startswith(f"{path}:")


def test_the_keys_of_an_effect_are_listed(tmp_path):
    with pytest.raises(CatalogueError) as caught:
        load_package(put(tmp_path, PACKAGE.replace('percent: "50"', "amount: 5")))
    assert halves_of(caught.value.mend).en == "known keys: type, percent, minus, new_price, base"
    with pytest.raises(CatalogueError) as caught:
        load_package(put(tmp_path, PACKAGE.replace("price_cut", "gift")))
    for kind in (
        "zero_rating",
        "bonus_volume",
        "grant",
        "price_cut",
        "contribution",
        "fee_in_kind",
    ):
        assert kind in caught.value.mend


def test_a_package_is_checked_against_its_catalogue(tmp_path):
    catalogue = load_catalogue(put(tmp_path, PLAN + "id: c\n", "c.yaml"))
    package = load_package(put(tmp_path, PACKAGE))
    with pytest.raises(CatalogueError, match="M names the carrier 'x', which c does not have"):
        check_package(package, catalogue)
    with pytest.raises(CatalogueError, match="written over the catalogue other, not c"):
        check_package(package.model_copy(update={"baseline": "other"}), catalogue)
    check_package(NO_PACKAGE, catalogue)


def test_a_package_is_parsed_once_for_all_its_readings(tmp_path, monkeypatch):
    count, path = [], tmp_path / "p.yaml"

    def counting(*file):
        count.append(file)
        return tree_of(*file)

    monkeypatch.setattr(join, "tree_of", counting)
    text = bundled_package("vn-2021-08").read_text("utf-8")
    path.write_text(text, "utf-8")
    first = load_package(path)
    turned = load_package(path, {"m2.in_kind_value": "zero"})
    assert len(count) == 1 and turned.as_written == first.as_written
    assert turned.chosen == {**first.chosen, "m2.in_kind_value": "zero"}
    path.write_text(text.replace("id: vn-2021-08", "id: another", 1), "utf-8")
    assert load_package(path).id == "another" and len(count) == 2


def test_names_of_what_comes_with_doisoat():
    assert load_package("none") is NO_PACKAGE
    with pytest.raises(CatalogueError, match="the package has no reading 'x'"):
        load_package("none", {"x": "y"})
    with pytest.raises(CatalogueError, match="no package 'vn-2020' comes with doisoat") as caught:
        load_package("vn-2020")
    assert "vn-2021-08" in caught.value.mend
    with pytest.raises(CatalogueError, match="no catalogue 'vn-2020'"):
        bundled_catalogue("vn-2020")
    assert bundled_catalogue("vn-2021").is_dir()
    assert bundled_package("vn-2021-08").is_file()


# --- like another catalogue ----------------------------------------------------------------------


def test_what_a_catalogue_leaves_out_is_that_of_the_one_it_is_like(tmp_path):
    text = "id: mine\nlike: vn-2021\npacks: []\norders: []\n"
    mine = load_catalogue(put(tmp_path, text, "mine.yaml"))
    theirs = load_catalogue(bundled_catalogue("vn-2021"))
    assert (mine.id, mine.packs, mine.orders) == ("mine", (), ())
    whole = theirs.model_dump() | {"id": "mine", "packs": (), "orders": ()}
    assert mine.model_dump() == whole


@pytest.mark.parametrize(
    ("text", "where", "what", "mend"),
    [
        ("like: vn-1999\n", "1:7", "no catalogue 'vn-1999'", "vn-2021"),
        ("id: a\nlike: vn-2025\n", "2:7", "is like another catalogue itself", "name that one"),
        ("like: [vn-2021]\n", "1:7", "the name of one catalogue", "like: vn-2021"),
    ],
)
def test_a_catalogue_that_it_cannot_be_like_is_refused(tmp_path, text, where, what, mend):
    path = put(tmp_path, text)
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(path)
    assert caught.value.where == f"{path}:{where}"
    assert what in caught.value.what and mend in caught.value.mend
