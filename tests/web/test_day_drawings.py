"""Pictures of amounts by day: one line of a table, exact places, and what is refused."""

from xml.etree import ElementTree

import pytest

from doisoat.settlement.web.day_drawings import day_drawing
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.views.page_tables import Table

COLUMNS = ["programme", "carrier", "day", "recognised_to_date", "remaining"]
TABLES = {
    "burn_down": Table(COLUMNS, [""] * 5, [
        ["a", None, "2021-08-01", 0, 1000], ["a", None, "2021-08-02", 250, 750],
        ["b", "vnpt", "2021-08-01", 7, 10**6], ["a", None, "2021-08-04", "1000", 0],
    ]),
    "relief_days": Table(["day", "nature", "amount"], [""] * 3, [
        ["2021-08-01", "discount", 5], [None, "discount", 99], ["2021-08-02", "in_kind", 3],
    ]),
    "lines": Table(["day"], [""], [["2021-08-01"]]),
}  # fmt: skip


def drawn(language="vi", **asked):
    return ElementTree.fromstring(day_drawing(TABLES, asked, language))


def shapes(picture, tag):
    return [one.attrib for one in picture.iter() if one.tag.endswith(tag)]


def texts(picture):
    return [one.text for one in picture.iter() if one.tag.endswith("text")]


def test_a_day_holds_until_the_next_and_days_lie_where_they_are():
    picture = drawn(table="burn_down", programme="a", width="300")
    _, steps = shapes(picture, "polyline")
    points = [tuple(map(float, point.split(","))) for point in steps["points"].split()]
    # of 216 pixels between 60 and 276 the second of four days is at a third, the rest at the end
    assert points == [(60, 190), (132, 190), (132, 149.5), (276, 149.5), (276, 28)]
    assert picture.attrib["width"] == "300"


def test_an_envelope_is_a_line_once_a_tenth_of_it_is_used():
    used, hardly = (
        drawn(table="burn_down", **asked)
        for asked in ({"programme": "a"}, {"programme": "b", "carrier": "vnpt"})
    )
    dashed = [one for one in shapes(used, "line") if "stroke-dasharray" in one]
    assert [one["y1"] for one in dashed] == ["28.00"]
    assert not [one for one in shapes(hardly, "line") if "stroke-dasharray" in one]


@pytest.mark.parametrize(("language", "head"), [("vi", "giảm trừ (đ)"), ("en", "discount (đ)")])
def test_a_nature_is_drawn_alone_and_what_has_no_day_is_not(language, head):
    told = texts(drawn(language, table="relief_days", nature="discount"))
    assert head in told and "1/8" in told and "2/8" not in told and "99" not in told


@pytest.mark.parametrize(("asked", "name"), [
    ({"table": "lines"}, "bad_value"), ({}, "bad_value"),
    ({"table": "relief_days"}, "not_found"), ({"table": "relief_days", "nature": "x"}, "not_found"),
    ({"table": "burn_down", "programme": "a", "carrier": "vnpt"}, "not_found"),
    *(({"table": "burn_down", "programme": "a", "width": width}, "bad_value")
      for width in ("299", "901", "-300", "x", "")),
])  # fmt: skip
def test_what_is_no_line_of_a_drawn_table_is_refused(asked, name):
    with pytest.raises(Refusal) as refused:
        day_drawing(TABLES, asked, "vi")
    assert refused.value.name == name


def test_a_picture_is_of_what_the_role_may_see(auditor, reader, stranger):
    asked = "/api/carrier/viettel?as=svg&table=relief_days&nature=discount&width=300&lang=en"
    assert stranger.get(asked).status == 401
    answer = auditor.get(asked)
    assert answer.status == 200 and answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == "no-store"
    assert "discount (" in answer.body.decode() and auditor.get(asked).body == answer.body
    assert reader.get(asked).body != answer.body  # who has small cells merged
    assert auditor.get("/api/overview?as=png&table=burn_down").refused == "bad_value"
