"""sensitivity on a small home: each alternative is a settle, and the page is its figures."""

import contextlib
import io
import re
import shutil
import signal
from fractions import Fraction

import pytest
from fastexcel import read_excel

from doisoat import cli
from doisoat.errors import CatalogueError
from doisoat.settlement.figures.period import Period
from doisoat.settlement.rerating.evaluation import (
    World,
    evaluate,
    gather_ground,
    measures_by_carrier,
)
from doisoat.settlement.what_if import announced as room
from doisoat.settlement.what_if.announced_page import ty, verdict
from doisoat.settlement.what_if.sensitivity import Figures, Reading, Sensitivity, Turned
from doisoat.settlement.what_if.sensitivity_chart import tornado_of
from doisoat.tariffs.load.announced import Scaling, bundled_scaling, load_scaling
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.bundles import bundled_bundles, load_bundles
from doisoat.tariffs.load.tariffs import load_catalogue, load_package
from tests.made_once import made_once

from .conftest import done, process, refused, tree_of

PACKAGE = "vn-2021-08"
AMOUNTS = ("list_value", "discount", "payable", "in_kind", "contribution")
ALTERNATIVES = ("m4.viettel=does_not", "m2.in_kind_value=zero", "m6.place=serving_at_use")


@pytest.fixture(scope="module")
def found(settled, tmp_path_factory):
    asked = ("sensitivity", "--home", settled[0])
    return made_once(tmp_path_factory, "sensitivity", lambda _: done(*asked))


@pytest.fixture(scope="module")
def catalogue():
    return load_catalogue(bundled_catalogue())


@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_an_alternative_is_settling_with_that_reading(settled, found, tmp_path, alternative):
    home = shutil.copytree(settled[0], tmp_path / "turned", ignore=shutil.ignore_patterns("world"))
    told = done("settle", "--reading", alternative, "--home", home)
    reading, _, answer = alternative.partition("=")
    figures = found["readings"][reading]["alternatives"][answer]
    assert {name: figures[name] for name in AMOUNTS} == {name: told[name] for name in AMOUNTS}


def test_every_reading_is_turned_to_each_of_its_other_alternatives(found):
    package = load_package(PACKAGE)
    assert list(found["readings"]) == [reading.name for reading in package.readings]
    for reading in package.readings:
        told = found["readings"][reading.name]
        assert told["in_force"] == reading.default
        assert {reading.default, *told["alternatives"]} == set(reading.alternatives)
    turned = sum(len(r.alternatives) - 1 for r in package.readings)
    assert found["evaluations"] == 2 + turned + len(found["bundles"])
    assert found["programs"] < found["evaluations"]


def test_the_base_is_the_settled_run_and_its_value_what_statements_recognise(settled, found):
    assert {name: found["base"][name] for name in AMOUNTS} == {
        name: settled[1][name] for name in AMOUNTS
    }
    counted = sum(int(settled[1][name]) for name in ("discount", "in_kind", "contribution"))
    assert int(found["base"]["value"]) == counted  # all natures, measures and carriers, incl. VAT
    bare = done("compare", "none", PACKAGE, "--home", settled[0])
    assert found["base"]["forgone"] == bare["forgone_revenue"]


def test_readings_of_the_envelope_change_its_value_and_nothing_else(found):
    for name in ("envelope.natures", "envelope.vat"):
        for figures in found["readings"][name]["alternatives"].values():
            assert int(figures["value"]) < int(found["base"]["value"])
            assert {n: figures[n] for n in AMOUNTS} == {n: found["base"][n] for n in AMOUNTS}
    only = found["readings"]["envelope.natures"]["alternatives"]["discount_only"]
    assert only["value"] == found["base"]["discount"]


def test_the_bundle_of_no_reading_is_the_base(found):
    bundle = found["bundles"]["as_default"]
    assert {**bundle, "readings": None} == {**found["base"], "readings": None}


def test_swings_are_from_least_to_most(found):
    base = int(found["base"]["value"])
    for told in found["readings"].values():
        values = [base, *(int(one["value"]) for one in told["alternatives"].values())]
        assert int(told["swing"]["value"]) == max(values) - min(values)


def test_neither_threads_nor_what_else_is_turned_matter(settled, found):
    args = ("sensitivity", "--home", settled[0], "--only", "m6.place", "--only", "m4.viettel")
    for threads in ("1", "3"):
        told = done(*args, "--threads", threads)
        assert set(told["readings"]) == {"m6.place", "m4.viettel"} and told["bundles"] == {}
        for name, one in told["readings"].items():
            assert one == found["readings"][name]


def test_a_reading_chosen_beside_holds_in_every_world(settled, found):
    told = done("sensitivity", "--home", settled[0], "--reading", "m4.viettel=does_not",
                "--only", "envelope.vat", "--only", "m4.viettel")  # fmt: skip
    turned = found["readings"]["m4.viettel"]["alternatives"]["does_not"]
    assert told["base"] == turned
    assert told["readings"]["m4.viettel"]["alternatives"]["applies"] == found["base"]


def test_a_world_that_differs_for_one_carrier_is_that_carriers_alone(settled, catalogue):
    """What is not rated again is what rating it again would give: every world, alone and beside."""
    ground = gather_ground(settled[0], catalogue, None, None)
    choices = ({}, {"m4.viettel": "does_not"}, {"m7.packs": "few_days"}, {"m8.who": "everybody"})
    worlds = [World(catalogue, load_package(PACKAGE, dict(one))) for one in choices]
    parts = [measures_by_carrier(world) for world in worlds]
    for other in parts[1:]:
        assert sum(other[name] != parts[0][name] for name in other) == 1
    beside = evaluate(ground, worlds, by_owner=True, by_place=True)
    for world, told in zip(worlds, beside, strict=True):
        (alone,) = evaluate(ground, [world], by_owner=True, by_place=True)
        assert told.totals.equals(alone.totals) and told.relief.equals(alone.relief)
        assert told.owners.equals(alone.owners) and told.suspended == alone.suspended


@pytest.fixture(scope="module")
def documents(settled, tmp_path_factory):
    """The workbook and chart of a sensitivity, what was printed, and the home before and after."""
    paths = [tmp_path_factory.mktemp("documents") / name for name in ("s.xlsx", "s.svg")]
    home = settled[0]
    args = ["sensitivity", "--home", str(home), "--xlsx", str(paths[0]), "--chart", str(paths[1])]
    before = tree_of(home)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert cli.run(args) == 0
    return paths, out.getvalue(), (before, tree_of(home))


def test_a_spreadsheet_program_calculates_the_values_that_are_cached(documents, recalculated):
    assert recalculated(documents[0][0]) == []


def test_the_home_is_never_changed_and_the_documents_say_the_figures(found, documents):
    paths, said, (before, after) = documents
    assert after == before
    assert f"{int(found['base']['value']):,}".replace(",", ".") in said
    book = read_excel(paths[0])
    sheet = book.load_sheet("Từng cách đọc", header_row=None).to_polars().fill_null("")
    (row,) = [r for r in sheet.rows() if r[:3:2] == ("m4.viettel", "does_not")]
    assert int(float(row[4])) == int(
        found["readings"]["m4.viettel"]["alternatives"]["does_not"]["value"]
    )
    assert "Gói cách đọc" in book.sheet_names
    drawn = paths[1].read_text("utf-8")
    assert "m2.in_kind_value" in drawn and "≫" in drawn and "GIẢ LẬP" in drawn


BUNDLES = """\
package: vn-2021-08
bundles:
  - {id: a, title: a, title_en: a, readings: {m4.viettel: does_not}, source: a, mark: assumed}
"""


@pytest.mark.parametrize(
    ("status", "args", "what"),
    [
        pytest.param(4, ("--only", "m4.vietel"), "no reading 'm4.vietel'", id="an unknown reading"),
        pytest.param(4, ("--reading", "m4.viettel=x"), "alternative 'x'", id="no alternative"),
        pytest.param(4, ("--package", "vn-2031"), "no package", id="an unknown package"),
        pytest.param(4, ("--bundles", "{reading}"), "no reading 'm4.v'", id="a bundle of nothing"),
        pytest.param(4, ("--bundles", "{answer}"), "alternative 'maybe'", id="a bundle's answer"),
        pytest.param(4, ("--bundles", "{package}"), "package other", id="another's bundles"),
        pytest.param(4, ("--bundles", "{twice}"), "stands twice", id="a bundle twice"),
        pytest.param(6, ("--chart", "a.png"), "ends in .svg", id="no drawing"),
        pytest.param(7, ("--period", "2031-01"), "no usage of 2031-01", id="no such month"),
        pytest.param(6, ("--announced-figure", "a.txt"), "ends in .md", id="no page"),
        pytest.param(
            4, ("--announced-figure", "a.md", "--scaling", "{scaling}"), "scales the package other",
            id="another's scaling",
        ),
        pytest.param(
            4, ("--announced-figure", "a.md", "--scaling", "{levels}"), "do not ascend",
            id="levels that do not ascend",
        ),
        pytest.param(
            4, ("--announced-figure", "a.md", "--scaling", "{shares}"), "more than 100 per cent",
            id="shares of more than all",
        ),
        pytest.param(
            4, ("--announced-figure", "a.md", "--scaling", "{measure}"), "no measure 'M99'",
            id="a factor on nothing",
        ),
    ],
)  # fmt: skip
def test_refused_and_the_home_untouched(home, tmp_path, monkeypatch, status, args, what):
    monkeypatch.chdir(tmp_path)
    scaling = bundled_scaling().read_text("utf-8")
    files = {
        "reading": BUNDLES.replace("m4.viettel", "m4.v"),
        "answer": BUNDLES.replace("does_not", "maybe"),
        "package": BUNDLES.replace("vn-2021-08", "other"),
        "twice": BUNDLES + BUNDLES.partition("bundles:\n")[2],
        "scaling": scaling.replace("package: vn-2021-08", "package: other"),
        "levels": scaling.replace('low: "0.5"', 'low: "9.5"', 1),
        "shares": scaling.replace('viettel: "54"', 'viettel: "94"'),
        "measure": scaling.replace("measures: [M6]", "measures: [M99]", 1),
    }
    paths = {name: tmp_path / f"{name}.yaml" for name in files}
    for name, text in files.items():
        paths[name].write_text(text, "utf-8")
    before = tree_of(home)
    error = refused(status, "sensitivity", *(arg.format(**paths) for arg in args), "--home", home)
    assert what in error["what"] and tree_of(home) == before
    assert not list(tmp_path.glob("a.*"))


def test_the_announced_figure_takes_no_other_wishes(home, tmp_path):
    refused(2, "sensitivity", "--announced-figure", tmp_path / "a.md", "--only", "m4.viettel",
            "--home", home)  # fmt: skip


def test_ctrl_c_while_worlds_are_rated_leaves_no_document(home, tmp_path):
    before = tree_of(home)
    chart = tmp_path / "s.svg"
    one = process("sensitivity", "--home", home, "--threads", "1", "--chart", chart)
    while (said := one.stderr.readline()) and b"Evaluating" not in said:
        pass
    one.send_signal(signal.SIGINT)
    out, err = one.communicate(timeout=60)
    assert one.returncode == 130, err
    assert out == b"" and b"Traceback" not in err and b"interrupted" in err
    assert tree_of(home) == before and not list(tmp_path.glob("*.svg"))


# --- the announced figure -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(settled, tmp_path_factory):
    """The object, the page and the drawing of the announced figure on the small home."""
    path = tmp_path_factory.mktemp("page") / "figure.md"
    told = done("sensitivity", "--announced-figure", path, "--home", settled[0])
    return told, path.read_text("utf-8"), path.with_suffix(".svg").read_text("utf-8")


def test_the_page_says_the_figures_and_claims_no_more(page):
    told, text, drawn = page
    assert "no confidence interval" in text and "không phải khoảng tin cậy" in text
    assert "SYNTHETIC DATA" in text and '"nearly 10,000 billion dong"' in text
    assert "](figure.svg)" in text and "gần 10.000 tỷ đồng" in drawn
    for name, one in told["bundles"].items():
        low, central, high = (int(one[level]) for level in ("low", "central", "high"))
        assert low <= central <= high
        (row,) = re.findall(rf"^\| `{name}`: .*\|$", text, re.M)
        assert f"| {ty(low)} – {ty(high)} |" in row and f"| {ty(central)} |" in row
        announced = int(told["announced"])
        said = "within" if low <= announced <= high else "below" if high < announced else "above"
        assert said in row
        assert low <= int(one["traffic"]["low"]) <= central <= int(one["traffic"]["high"]) <= high
        assert sum(int(amount) for amount in one["by_measure"].values()) == central


def test_every_assumption_stands_on_the_page_with_its_mark_and_source(page):
    scaling = load_scaling(bundled_scaling(), load_package(PACKAGE))
    for one in scaling.assumptions:
        (row,) = re.findall(rf"^\| `{one.id}`: .*\|$", page[1], re.M)
        assert one.source in row and f" / {one.mark} |" in row
        assert len(re.findall(rf"^\| `{one.id}` \|", page[1], re.M)) == 1  # its shares


def test_shares_of_assumptions_sum_to_one():
    bundle = load_bundles(bundled_bundles(), load_package(PACKAGE))[0]
    swings = (room.Swing("a", 1, 4), room.Swing("b", 5, 4), room.Swing("c", 7, 7))
    one = room.Scaled(bundle, 0, {}, 0, 0, {}, swings)
    assert [one.share_of(swing) for swing in swings] == [Fraction(3, 4), Fraction(1, 4), 0]
    none = room.Scaled(bundle, 0, {}, 0, 0, {}, swings[2:])
    assert none.share_of(swings[2]) == 0
    assert verdict(none._replace(low=1, high=3), 2).endswith("within")
    assert verdict(none._replace(low=1, high=3), 4).endswith("below")
    assert verdict(none._replace(low=5, high=9), 4).endswith("above")


def scaling_of(**changes):
    """Two carriers of 60 and 40 per cent of 1,000 subscribers, 500 lines, two months."""
    sourced = {"source": "thử", "mark": "assumed"}
    data = {
        "package": PACKAGE,
        "announced": {"amount": 10, "wording": "a", "wording_en": "a", **sourced},
        "months": {"number": 2, **sourced},
        "populations": {
            "mobile": {"number": 1000, **sourced}, "fibre": {"number": 500, **sourced},
        },
        "fibre_measures": ["M1"],
        "shares": {
            "title": "a", "title_en": "a", "low": {"a": "50", "b": "50"},
            "central": {"a": "60", "b": "40"}, "high": {"a": "70", "b": "30"}, **sourced,
        },
        "assumptions": [{
            "id": "x", "title": "x", "title_en": "x", "is_traffic": True, "measures": ["M2"],
            "low": "0.5", "central": "1", "high": "3", **sourced,
        }],
    }  # fmt: skip
    return Scaling.model_validate({**data, **changes})


def test_a_value_is_weighted_by_hand():
    """60 % of 1,000 over 6 subscribers: 100 each; 40 % over 8: 50 each; 500 lines over 5: 100."""
    population = {"mobile": {"a": 6, "b": 8}, "fibre": {"a": 2, "b": 3}}
    worth = {("a", "M1"): 7, ("a", "M2"): 3, ("b", "M2"): 5, ("b", "M4"): 11}
    scaling = scaling_of()
    told = room.by_measure(worth, population, scaling, {})
    assert told == {"M1": 7 * 100 * 2, "M2": (3 * 100 + 5 * 50) * 2, "M4": 11 * 50 * 2}
    tripled = room.by_measure(worth, population, scaling, {"x": "high"})
    assert tripled == {**told, "M2": 3 * told["M2"]}
    shifted = room.by_measure(worth, population, scaling, {room.SHARES: "high"})
    assert shifted["M2"] == round(2 * (Fraction(3 * 700, 6) + Fraction(5 * 300, 8)))


def test_every_wording_of_the_figure_stands_on_the_page_with_its_day(page):
    for one in load_scaling(bundled_scaling(), load_package(PACKAGE)).wordings:
        (row,) = re.findall(rf"^\| {re.escape(one.wording)} / .*\|$", page[1], re.M)
        day = one.day.strftime("%d/%m/%Y") if one.day else "not found"
        assert one.source in row and day in row and one.mark in row


def test_a_measure_counts_by_its_part_of_the_programme():
    """nothing_twice: of the 92 days, M5 is new on the 72 from 25 August on."""
    (bundle,) = (
        one
        for one in load_bundles(bundled_bundles(), load_package(PACKAGE))
        if one.id == "nothing_twice"
    )
    parts = room.time_in_force(load_package(PACKAGE, bundle.readings))
    assert parts["M5"] == Fraction(72, 92) and parts["M4"] == 1
    assert room.time_in_force(load_package(PACKAGE))["M5"] == 1
    later = {"programme.start": "h6", "programme.end": "with_5_november"}
    assert set(room.time_in_force(load_package(PACKAGE, later)).values()) >= {Fraction(1)}
    population = {"mobile": {"a": 6, "b": 8}, "fibre": {"a": 2, "b": 3}}
    worth = {("a", "M2"): 3, ("a", "M4"): 7}
    told = room.by_measure(worth, population, scaling_of(), {}, {"M2": Fraction(1, 4)})
    assert told == {"M2": 3 * 100 * 2 // 4, "M4": 7 * 100 * 2}


def test_data_users_are_by_default_those_that_were_published():
    (users,) = (
        one
        for one in load_scaling(bundled_scaling(), load_package(PACKAGE)).assumptions
        if one.id == "data_subscribers"
    )
    assert round(Fraction(682, 10) / Fraction(12332, 100), 3) == users.factor("central")


def test_without_a_bundle_there_is_nothing_to_scale(settled, catalogue):
    ground = gather_ground(settled[0], catalogue, None, None)
    with pytest.raises(CatalogueError, match="no bundle of readings"):
        room.announced_figure(ground, catalogue, PACKAGE, scaling_of(), ())


def test_a_world_without_a_carrier_of_the_shares_stands_for_none(settled, catalogue):
    ground = gather_ground(settled[0], catalogue, None, None)
    bundles = load_bundles(bundled_bundles(), load_package(PACKAGE))[:1]
    with pytest.raises(CatalogueError, match="no mobile subscriber of"):
        room.announced_figure(ground, catalogue, PACKAGE, scaling_of(), bundles)


def test_bars_of_a_base_of_nothing_are_not_cut():
    zero = Figures(0, 0, 0, 0, 0, 0, 0, 0)
    turned = Turned("a", "x", "x", zero._replace(value=7))
    reading = Reading("a", "?", "?", "y", (turned,))
    package = load_package(PACKAGE)
    found = Sensitivity(package, "2021-08", None, False, zero, (reading,), (), 3, 3)
    (bar,) = tornado_of(found, "value").groups[0].bars
    assert (bar.low, bar.high, bar.high_cut) == (0, 7, False)
    tenfold = found._replace(base=zero._replace(value=1))
    (bar,) = tornado_of(tenfold, "value").groups[0].bars
    assert (bar.low, bar.high, bar.high_cut) == (1, 2, True) and "7" in bar.high_text


def test_a_month_is_whole_under_the_package():
    whole = room.through(load_package(PACKAGE), Period.of("2021-08"))
    assert {(m.valid_from.day, m.valid_until.month) for m in whole.measures} == {(1, 9)}


def test_the_world_is_counted_by_service_and_carrier(settled, catalogue):
    ground = gather_ground(settled[0], catalogue, None, None)
    population = room.population_of(ground, catalogue)
    assert set(population) == {"mobile", "fibre"} and "fpt" not in population["mobile"]
    rows = ground.people.subscriptions
    assert sum(sum(counts.values()) for counts in population.values()) <= rows.height
    assert population["fibre"]["fpt"] == rows.filter(rows["carrier"] == "fpt").height


def test_bundled_files_are_of_the_bundled_package():
    package = load_package(PACKAGE)
    assert {one.id for one in load_bundles(bundled_bundles(), package)} >= {"widest", "narrowest"}
    scaling = load_scaling(bundled_scaling(), package)
    assert set(scaling.shares.central) == {"viettel", "vnpt", "mobifone", "vietnamobile"}
    assert scaling.announced.amount == 10**13
