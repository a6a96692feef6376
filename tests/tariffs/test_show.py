"""What `catalogue show` says: each value with its own source and mark, as it holds at a moment."""

import re
from datetime import datetime

import pytest

from doisoat.errors import CatalogueError
from doisoat.messages.text import halves_of
from doisoat.tariffs.change.show import id_of, overview, views, words_for
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue, load_package
from doisoat.tariffs.models.package_model import NO_PACKAGE
from tests.tariffs.clean import PLAN, PRICES, swapped

CATALOGUE = load_catalogue(bundled_catalogue())
PACKAGE = load_package("vn-2021-08")
AUGUST = datetime(2021, 8, 5)


def show(name, at=None):
    return views(CATALOGUE, PACKAGE, name, at)


def value(view, *path):
    return next(value for value in view.values if value.path == path)


def test_each_value_has_the_source_and_mark_that_it_was_written_with():
    (pack,) = show("viettel.VX3")
    assert (pack.section, pack.key) == ("packs", "viettel.VX3 2021-06-24")
    price = value(pack, "price")
    assert (price.vi, price.en, price.text_en, price.mark) == ("giá", "price", "20000", "stated")
    assert price.source == "baochinhphu.vn 02/08/2021; vietnamnet.vn 762118"
    assert value(pack, "valid_from").mark == "derived"
    after = value(pack, "after", "data")
    assert (after.text_en, after.mark, after.source) == (
        "rule stop", "assumed", "what follows the quota not found",
    )  # fmt: skip
    assert "source" not in {v.path[0] for v in pack.values}


def test_a_rate_is_shown_by_destination_with_its_own_document():
    (plan,) = show("vnpt.VinaXtra")
    night = value(plan, "rates", "voice on_net 23-6h")
    assert night.text_en == "price 790, per 1 min, block 6 s + 1 s"
    assert night.text_vi == "giá 790, cho mỗi 1 min, đơn vị tính (block) 6 s + 1 s"
    assert night.mark == "assumed" and night.source.startswith("vnptdongthap.com.vn: on-net off")
    assert value(plan, "rates", "voice on_net 6-23h").mark == "stated"


def in_words(name):
    return views(CATALOGUE, PACKAGE, name, wording=words_for(CATALOGUE))


def test_values_in_words_name_codes_quantities_carriers_and_localities():
    (plan,) = in_words("vnpt.VinaXtra")
    night = value(plan, "rates", "voice on_net 23-6h")
    assert (night.vi, night.en) == (
        "đơn giá / cuộc gọi: nội mạng, 23-6 giờ", "rates / voice: on net, 23-6 h"
    )  # fmt: skip
    assert night.text_vi == "giá 790, cho mỗi 1 phút, đơn vị tính (block) 6 giây + 1 giây"
    (pack,) = in_words("viettel.VX3")
    assert value(pack, "price").text_vi == "20.000" and value(pack, "carrier").text_en == "Viettel"
    assert value(pack, "after", "data").text_vi == "quy tắc dừng"
    viettel = in_words("M6")[0]
    assert "Hà Nội, Bình Phước" in value(viettel, "where").text_vi
    assert "nơi đăng ký lúc được tặng" in value(viettel, "where").text_vi
    (cut,) = in_words("M4")
    assert "viettel.VX3 10.000" in value(cut, "effect").text_vi


@pytest.mark.parametrize(
    "name", ["M1", "M2", "M3", "M5", "M6", "M10", "vnpt.D60G", "viettel.Tomato"]
)
def test_no_code_is_left_in_a_text_of_words(name):
    for view in in_words(name):
        for shown in view.values:
            texts = f"{shown.vi} {shown.text_vi} {shown.en} {shown.text_en}"
            assert not re.search(r"\b[a-z]+_[a-z_]+\b", texts), texts


@pytest.mark.parametrize(
    ("name", "section", "count"),
    [
        ("viettel", "carriers", 1),
        ("01", "localities", 1),
        ("hcm-1", "orders", 1),
        ("bluezone.gov.vn", "zero_rated_hosts", 1),
        ("vnpt.Home2", "plans", 1),
        ("M6", "measures", 4),
        ("m3.bluezone", "readings", 1),
        ("envelope", "envelope", 1),
        ("mobile→mobile", "interconnect", 3),
        ("113", "short_codes", 1),
        ("vn-2021", "catalogue", 1),
        ("vn-2021-08", "package", 1),
    ],
)
def test_every_kind_of_item_can_be_asked_for(name, section, count):
    found = show(name)
    assert {view.section for view in found} == {section}
    assert len(found) == count
    assert all(view.values for view in found)


def test_every_id_of_the_overview_can_be_shown():
    ids = [name for names in overview(CATALOGUE, PACKAGE).values() for name in names]
    assert len(ids) > 300
    for name in ids:
        assert show(name)


def test_a_reading_says_its_answers_and_the_one_in_force():
    (reading,) = show("m3.bluezone")
    assert value(reading, "chosen").text_en == "counts"
    answer = value(reading, "alternatives", "does_not")
    assert answer.text_en.startswith(
        "value mobifone, vietnamobile, viettel, vnpt, means it was free"
    )
    assert answer.vi == "các phương án / does_not"
    assert value(reading, "alternatives", "counts").en == "alternatives / counts"
    assert {v.mark for v in reading.values} == {""}


def test_a_carrier_names_its_plans_and_a_locality_its_orders():
    (carrier,) = show("cmc")
    assert value(carrier, "plans").text_en == "cmc.Fibre"
    assert "packs" not in {v.path[0] for v in carrier.values}
    city, prefix = show("79")  # Hồ Chí Minh City, and the numbers that begin with 079
    assert (city.section, prefix.section) == ("localities", "prefixes")
    assert value(city, "orders").text_en == "hcm-1, hcm-2, hcm-3"


def test_a_moment_chooses_what_holds_then():
    assert [view.key for view in show("mobile→mobile", AUGUST)] == ["mobile→mobile * 2020-05-01"]
    assert len(show("mobile→mobile", datetime(2019, 1, 1))) == 2
    assert len(show("M6", AUGUST)) == 4
    with pytest.raises(CatalogueError, match="M6 does not hold at 2021-12-01") as caught:
        show("M6", datetime(2021, 12, 1))
    assert halves_of(caught.value.mend).en == "ask for a moment in [2021-08-05, 2021-11-05)"
    with pytest.raises(CatalogueError, match=r"viettel\.VX3 does not hold at 2021-06-23T23:59"):
        show("viettel.VX3", datetime(2021, 6, 23, 23, 59))


def test_the_overview_of_a_moment_lists_what_holds_then():
    before, then = (
        overview(CATALOGUE, PACKAGE, datetime(2021, 8, 4)),
        overview(CATALOGUE, PACKAGE, AUGUST),
    )
    assert "measures" not in before and "M6" in then["measures"]
    assert "moh.gov.vn" not in before["zero_rated_hosts"]
    hosts = {host.host for host in CATALOGUE.zero_rated_hosts}
    assert hosts - set(then["zero_rated_hosts"]) == {"pccovid.gov.vn"}  # from 30 September on
    assert "hcm-1" not in then["orders"] and "hcm-2" in then["orders"]


def test_a_version_says_what_it_changed(tmp_path):
    ended = PLAN.replace(
        "    source: page 1\n", "    valid_until: 2021-06-01\n    source: page 1\n", 1
    )
    later = PLAN.replace("2021-01-01", "2021-06-01").replace(
        'monthly_fee: "1000"', 'monthly_fee: "900"'
    )
    (tmp_path / "c.yaml").write_text(swapped(PRICES, PLAN, later + ended), "utf-8")
    catalogue = load_catalogue(tmp_path / "c.yaml")
    newer, older = views(catalogue, NO_PACKAGE, "p")
    assert [sentence.en for sentence in newer.changed] == [
        "new version of plan p 2021-06-01: monthly fee changed from 1000 to 900"
    ]
    assert older.changed == ()
    (one,) = views(catalogue, NO_PACKAGE, "p", datetime(2021, 5, 31, 23))
    assert one.key == "p 2021-01-01"


def test_an_unknown_id_is_told_with_those_that_are_near():
    with pytest.raises(CatalogueError, match=r"nothing here has the id 'viettel\.VX33'") as caught:
        show("viettel.VX33")
    assert halves_of(caught.value.mend).en.startswith("did you mean viettel.VX3")
    with pytest.raises(CatalogueError) as caught:
        show("???")
    assert halves_of(caught.value.mend).en == "`doisoat catalogue show` lists all ids"


def test_ids_are_those_of_the_items():
    assert id_of(CATALOGUE.localities[0]) == "01"
    assert id_of(CATALOGUE.numbering.prefixes[0]) == "32"
