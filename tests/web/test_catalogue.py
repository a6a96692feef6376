"""The catalogue on the page: what holds at a moment, versions with what changed, readings."""

import csv
import io
from datetime import datetime
from urllib.parse import quote

import pytest

from doisoat.engine.store.home import open_home
from doisoat.settlement.runs.runs import run_in_force, tariffs_of
from doisoat.settlement.web.headings import HEADINGS
from doisoat.tariffs.change.show import id_of, overview, views, words_for
from doisoat.tariffs.models.package_model import PriceCut
from tests.web.test_views import rows

SECTIONS = {"plan": "plans", "pack": "packs", "measure": "measures", "rate": "interconnect"}
END = datetime(2021, 8, 31, 23, 59)


@pytest.fixture(scope="module")
def tariffs(home):
    run = run_in_force(open_home(home), "2021-08")
    assert run is not None
    return tariffs_of(run)


def test_the_list_has_what_holds_as_the_command_says(auditor, tariffs):
    told = auditor.get("/api/catalogue").json
    assert (told["period"], told["at"]) == ("2021-08", "2021-08-31T23:59")
    catalogue, package = tariffs
    known = overview(catalogue, package, END)
    for sort, section in SECTIONS.items():
        listed = [row["id"] for row in rows(told, "items") if row["sort"] == sort]
        assert listed and tuple(dict.fromkeys(listed)) == known[section]
    assert {row["mark"] for row in rows(told, "items")} >= {"stated", "assumed"}


def test_a_moment_and_a_search_narrow_it(auditor, tariffs):
    early = auditor.get("/api/catalogue?at=2019-06-01T00:00").json
    catalogue, package = tariffs
    known = overview(catalogue, package, datetime(2019, 6, 1))
    assert {row["id"] for row in rows(early, "items")} == {
        one for section in SECTIONS.values() for one in known.get(section, ())
    }
    assert early["not_then"] > 0 and "measure" not in {row["sort"] for row in rows(early, "items")}
    for text in ("vx3", "GIAM GIA goi", "giảm giá", "VX3 cheaper"):
        hits = rows(auditor.get(f"/api/catalogue?q={quote(text)}").json, "items")
        assert "M4" in {row["id"] for row in hits} and len(hits) < 10
    none = auditor.get("/api/catalogue?q=zzzz").json
    assert rows(none, "items") == [] and none["not_then"] == 0


def test_an_item_has_the_values_of_the_command_and_its_versions(auditor, tariffs):
    catalogue, package = tariffs
    wording = words_for(catalogue)
    for sort, section in SECTIONS.items():
        for name in overview(catalogue, package)[section][:4]:
            told = auditor.get(f"/api/catalogue/{sort}/{quote(name)}").json
            shown = {view.key: view for view in views(catalogue, package, name, wording=wording)}
            versions = rows(told, "versions")
            assert {row["item"] for row in versions} == set(shown)
            for row in versions:
                view = shown[row["item"]]
                assert row["changed_vi"] == "\n".join(line.vi for line in view.changed)
                values = [one for one in rows(told, "values") if one["item"] == row["item"]]
                assert [(one["value"], one["text"], one["source"]) for one in values] == [
                    (value.en, value.text_en, value.source) for value in view.values
                ]
    minutes = auditor.get("/api/catalogue/measure/M6").json  # an entry a carrier
    assert minutes["carriers"] == "viettel,vnpt,mobifone,vietnamobile"
    price = auditor.get(f"/api/catalogue/rate/{quote('mobile→mobile')}?at=2020-05-01T00:00").json
    holding = [row for row in rows(price, "versions") if row["holds"]]
    assert [(row["valid_from"], row["price"]) for row in holding] == [("2020-05-01", "270")]


def test_a_pack_names_the_measures_that_cut_its_price(auditor, tariffs):
    told = auditor.get("/api/catalogue/pack/viettel.VX3?at=2021-08-15T00:00").json
    measures = {row["id"]: row for row in rows(told, "measures")}
    (cut,) = [one for one in tariffs[1].measures if one.id == "M4"]
    assert isinstance(cut.effect, PriceCut) and cut.effect.new_price is not None
    assert measures["M4"]["price"] == cut.effect.new_price["viettel.VX3"] == "10000"
    assert measures["M4"]["holds"] and rows(told, "versions")[0]["price"] == "20000"
    before = auditor.get("/api/catalogue/pack/viettel.VX3?at=2021-08-04T23:59").json
    assert not {row["id"]: row for row in rows(before, "measures")}["M4"]["holds"]


def test_readings_that_bear_on_a_measure_have_their_answer(auditor, tariffs):
    chosen = tariffs[1].chosen
    for name in {id_of(one) for one in tariffs[1].measures}:
        for row in rows(auditor.get(f"/api/catalogue/measure/{name}").json, "readings"):
            assert row["chosen"] == chosen[row["reading"]]
    of_m4 = rows(auditor.get("/api/catalogue/measure/M4").json, "readings")
    assert len(of_m4) == 3 and {row["reading"] for row in of_m4} < set(chosen)


def test_readers_and_carriers_see_it_and_nobody_else(auditor, reader, carrier, stranger):
    for place in ("/api/catalogue", "/api/catalogue/measure/M4"):
        whole = auditor.get(place).json
        for asker in (reader, carrier):
            told = asker.get(place).json
            assert {name: told[name] for name in told if name != "generation"} == {
                name: whole[name] for name in whole if name != "generation"
            }
        assert stranger.get(place).status == 401


def test_it_comes_as_files_and_refuses_what_is_wrong(auditor):
    for place, tables in {
        "/api/catalogue": ("items",),
        "/api/catalogue/pack/viettel.VX3": ("versions", "values", "measures"),
        "/api/catalogue/measure/M4": ("readings",),
    }.items():
        told = auditor.get(place).json
        for name in tables:
            assert set(told[name]["columns"]) <= set(HEADINGS)
            body = auditor.get(f"{place}?as=csv&table={name}&lang=vi").body.decode("utf-8-sig")
            assert len(list(csv.reader(io.StringIO(body)))) == len(told[name]["rows"]) + 2
            assert auditor.get(f"{place}?as=xlsx&table={name}").body[:2] == b"PK"
    for wrong in ("at=yesterday", f"q={'x' * 65}", "period=08-2021"):
        assert auditor.get(f"/api/catalogue?{wrong}").refused == "bad_value"
    for nobody in ("pack/nobody.VX3", "nothing/M4", "plan/viettel.VX3"):
        assert auditor.get(f"/api/catalogue/{nobody}").refused == "not_found"
