"""The drawings: each province its tile, nothing above 0 shown as 0, exact places."""

import re
from datetime import date
from fractions import Fraction
from xml.etree import ElementTree

import pytest

from doisoat.settlement.drawing.svg import SHADES, at, cut
from doisoat.settlement.papers.drawings import (
    Series,
    curve,
    drawings,
    provinces,
    reliefs,
    shade_of,
    short,
)
from doisoat.settlement.papers.figures import Figures
from doisoat.settlement.papers.run_reader import DailyRelief, sources
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue
from doisoat.tariffs.load.tiles import tile_maps

TILES = tile_maps()[0].tiles
SHORT_NAMES = {tile.place: tile.name for tile in TILES}
PLACES = {tile.place: (tile.column, tile.row) for tile in TILES}
VI, EN = Figures("vi"), Figures("en")


def texts(drawn):
    return [one.text for one in ElementTree.fromstring(drawn).iter() if one.tag.endswith("text")]


def test_the_grid_has_each_province_of_the_catalogue_once():
    catalogue = load_catalogue(bundled_catalogue())
    known = {place.code: place.name for place in catalogue.localities if place.province is None}
    assert set(PLACES) == set(SHORT_NAMES) == set(known) and len(known) == 63
    assert len(set(PLACES.values())) == 63
    shortened = {code for code, name in SHORT_NAMES.items() if name not in known[code]}
    assert shortened <= {"46", "77", "79"}


def test_hanoi_stands_north_of_hue_and_hue_of_ca_mau():
    rows = [PLACES[code][1] for code in ("02", "01", "46", "48", "79", "96")]
    assert rows == sorted(rows)


@pytest.mark.parametrize("say", [VI, EN])
def test_drawings_are_whole_documents_in_our_font(run, say):
    (source,) = sources(run, "viettel")
    drawn = drawings(source, say)
    assert set(drawn) == {"measures", "provinces", "days", "reliefs"}
    for one in drawn.values():
        assert ElementTree.fromstring(one).attrib["font-family"] == "Tinos"


def test_amounts_of_places_off_the_grid_are_told_below_it():
    told = texts(provinces(tile_maps()[0].tiles, {"01": 5_000_000, "": 123, "99": 1}, VI))
    assert "Không rõ tỉnh: 124 đ" in told and "5,0" in told
    assert told.count("–") == 62  # a province without a row is not one of 0


@pytest.mark.parametrize(
    ("amount", "unit", "told"),
    [(0, 10**6, "0"), (1, 10**6, "<0,1"), (49_999, 10**6, "<0,1"), (50_000, 10**6, "<0,1"),
     (50_001, 10**6, "0,1"), (123_456_789, 10**6, "123"), (7, 1, "7")],
)  # fmt: skip
def test_an_amount_of_a_tile(amount, unit, told):
    assert short(amount, unit, VI) == told


def test_shades_are_fifths_of_the_largest():
    assert [shade_of(n, 10) for n in (0, 1, 2, 3, 4, 10)] == [0, 1, 1, 2, 2, len(SHADES) - 1]
    assert shade_of(0, 0) == 0 and shade_of(-5, 10) == 0


def columns(drawn):
    """Left, top, width and height of each column."""
    names = ("x", "y", "width", "height")
    found = [one for one in ElementTree.fromstring(drawn).iter() if one.tag.endswith("rect")]
    return [tuple(Fraction(one.attrib[name]) for name in names) for one in found]


def test_the_relief_by_day_is_the_carriers_own_a_column_a_day():
    amounts = [10, 0, 30, -5]
    days = tuple((date(2021, 8, n), amount) for n, amount in enumerate(amounts, start=1))
    drawn = reliefs([DailyRelief("p", "Gói", "Package", 200, False, 50, days)], VI)
    assert "Kỳ này 35 đ; lũy kế 50 đ, bằng 25,000000 % giá trị chương trình" in texts(drawn)
    assert "Gói" not in texts(drawn)  # one programme needs no name
    first, third, fourth = columns(drawn)  # nothing is drawn of nothing
    assert abs(third[3] - 3 * first[3]) < 1 and third[1] < first[1]
    zero = first[1] + first[3]
    assert abs(third[1] + third[3] - zero) < 1 and abs(fourth[1] - zero) < 1  # below the line
    own = reliefs([DailyRelief("p", "Gói", "Package", 200, True, 50, days)] * 3, EN)
    said = "35 đ this period; 50 đ to date, 25.000000 % of the carrier's own part"
    assert texts(own).count(said) == texts(own).count("Package") == 2  # the first two


@pytest.mark.parametrize("carrier", ["viettel", "vnpt"])
def test_the_days_of_the_relief_sum_to_the_programmes_row(run, carrier):
    (source,) = sources(run, carrier)
    rows = {row["programme"]: row for row in source.content.programmes}
    assert source.reliefs
    for one in source.reliefs:
        row = rows[one.programme]
        assert sum(amount for _, amount in one.by_day) == row["relief"] > 0
        assert one.to_date == row["relief_to_date"]
        assert [day for day, _ in one.by_day] == [day for day, _ in source.content.by_day]
        assert len({amount for _, amount in one.by_day}) > 5  # no flat line


def test_no_programme_draws_nothing():
    assert texts(reliefs([], VI)) == []


def test_a_series_ends_where_its_last_day_is():
    days = [date(2021, 8, n) for n in range(1, 32)]
    drawn = curve(days, [Series("Giảm trừ", "#000000", list(range(31)))], EN)
    (points,) = re.findall(r'points="([^"]+)"', drawn)
    assert len(points.split()) == 31 and "1/8" in texts(drawn)


def test_places_are_exact_to_a_hundredth():
    assert at(Fraction(1, 3)) == "0.33" and at(-2) == "-2.00" and at(Fraction(-1, 200)) == "0.00"


def test_a_long_text_is_cut_with_a_mark():
    assert cut("abcdef", 6) == "abcdef" and cut("abc defg", 5) == "abc…"
