"""The 34 provinces since July 2025, and what carriers gave in them: kernel and oracle."""

from datetime import timedelta

import pytest

from doisoat.engine.oracle.oracle import Event, Subscription
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import check_package, load_catalogue, load_package
from doisoat.tariffs.models import quantity
from tests.implementations import IMPLEMENTATIONS, outcomes
from tests.spec.cases import ms

both = pytest.mark.parametrize("implementation", IMPLEMENTATIONS)

# Resolution 202/2025/QH15: a new province, and those that it was made of, by their names of before.
MERGED = {
    "Tuyên Quang": "Hà Giang, Tuyên Quang",
    "Lào Cai": "Yên Bái, Lào Cai",
    "Thái Nguyên": "Bắc Kạn, Thái Nguyên",
    "Phú Thọ": "Vĩnh Phúc, Hòa Bình, Phú Thọ",
    "Bắc Ninh": "Bắc Giang, Bắc Ninh",
    "Hưng Yên": "Thái Bình, Hưng Yên",
    "Hải Phòng": "Hải Dương, Hải Phòng",
    "Ninh Bình": "Hà Nam, Nam Định, Ninh Bình",
    "Quảng Trị": "Quảng Bình, Quảng Trị",
    "Đà Nẵng": "Quảng Nam, Đà Nẵng",
    "Quảng Ngãi": "Kon Tum, Quảng Ngãi",
    "Gia Lai": "Bình Định, Gia Lai",
    "Khánh Hòa": "Ninh Thuận, Khánh Hòa",
    "Lâm Đồng": "Đắk Nông, Bình Thuận, Lâm Đồng",
    "Đắk Lắk": "Phú Yên, Đắk Lắk",
    "TP. Hồ Chí Minh": "Bà Rịa – Vũng Tàu, Bình Dương, TP. Hồ Chí Minh",
    "Đồng Nai": "Bình Phước, Đồng Nai",
    "Tây Ninh": "Long An, Tây Ninh",
    "Cần Thơ": "Sóc Trăng, Hậu Giang, Cần Thơ",
    "Vĩnh Long": "Bến Tre, Trà Vinh, Vĩnh Long",
    "Đồng Tháp": "Tiền Giang, Đồng Tháp",
    "Cà Mau": "Bạc Liêu, Cà Mau",
    "An Giang": "Kiên Giang, An Giang",
}
UNCHANGED = {
    "Hà Nội", "Cao Bằng", "Điện Biên", "Hà Tĩnh", "Lai Châu", "Lạng Sơn", "Nghệ An",
    "Quảng Ninh", "Thanh Hóa", "Sơn La",
}  # fmt: skip


def catalogue(name="vn-2025"):
    return load_catalogue(bundled_catalogue(name))


def test_each_code_of_before_lies_in_the_province_that_it_was_merged_into():
    old = {place.code: place.name for place in catalogue("vn-2021").localities}
    new = {place.code: place for place in catalogue().localities}
    provinces = {code: place.name for code, place in new.items() if place.province is None}
    assert len(provinces) == 34 and len(new) == 63
    made_of = dict[str, set[str]]()
    for code, place in new.items():
        made_of.setdefault(provinces[place.province or code], set()).add(old[code])
    unchanged = {name: {name} for name in UNCHANGED} | {"TP. Huế": {"Thừa Thiên Huế"}}
    assert made_of == unchanged | {name: set(of.split(", ")) for name, of in MERGED.items()}


def test_all_else_but_what_it_says_is_that_of_2021():
    now, before = catalogue(), catalogue("vn-2021")
    assert (now.plans, now.carriers, now.numbering) == (
        before.plans, before.carriers, before.numbering,
    )  # fmt: skip
    assert now.currency == before.currency and not now.orders


def of_events(implementation, package, day, home, segment, events, carrier="viettel", **readings):
    """What is to be paid of each event, and its measures; events: kind, destination, units."""
    plan = {"viettel": "viettel.Tomato", "vnpt": "vnpt.VinaCard"}[carrier]
    tariffs, chosen = catalogue(), load_package(package, readings)
    check_package(chosen, tariffs)
    begin = ms(f"{day}T10:00")
    row = Subscription(7, carrier, plan, segment, "prepaid", home, ms("2025-07-01"), None)
    made = [
        Event(place, 7, begin + place * 60_000, kind, destination, units, units, carrier)
        for place, (kind, destination, units) in enumerate(events)
    ]
    end = quantity.to_ms(quantity.from_ms(begin) + timedelta(days=1))
    month = ms(f"{day[:7]}-01")  # money is given in it, before the day
    found = outcomes(implementation, tariffs, chosen, (row,), (), made, (month, end))
    assert all(outcome.status == "rated" for outcome in found)
    return [(outcome.payable, [line.measure for line in outcome.lines]) for outcome in found]


MINUTES_12 = ("voice", "mobile:viettel", 12 * 60_000)  # 19,080 đ on-net


@both
@pytest.mark.parametrize(
    ("package", "day", "home", "segment", "measure"),
    [
        ("vn-2025-wipha", "2025-07-24", "40", "cut_off", "W1"),
        ("vn-2025-wipha", "2025-07-23", "40", "cut_off", None),
        ("vn-2025-wipha", "2025-07-24", "40", "standard", None),
        ("vn-2025-wipha", "2025-07-24", "38", "cut_off", None),
        ("vn-2025-bualoi", "2025-10-02", "38", "cut_off", "B1"),
        ("vn-2025-bualoi", "2025-10-02", "15", "cut_off", "B1"),
        # Lào Cai of before, whose code is no province's now: it lies in "15".
        ("vn-2025-bualoi", "2025-10-02", "10", "cut_off", "B1"),
        ("vn-2025-bualoi", "2025-10-02", "46", "cut_off", None),
        ("vn-2025-matmo", "2025-10-09", "06", "cut_off", "T1"),
        ("vn-2025-matmo", "2025-10-09", "19", "cut_off", "T1"),
        ("vn-2025-matmo", "2025-10-09", "08", "cut_off", None),
    ],
)
def test_money_is_given_where_the_storm_was(implementation, package, day, home, segment, measure):
    found = of_events(implementation, package, day, home, segment, [MINUTES_12])
    assert found == ([(0, [measure])] if measure else [(19_080, [])])


@both
def test_whole_provinces_are_a_reading(implementation):
    where = (implementation, "vn-2025-matmo", "2025-10-09", "19", "standard", [MINUTES_12])
    assert of_events(*where) == [(19_080, [])]
    assert of_events(*where, **{"money.area": "whole_province"}) == [(0, ["T1"])]


@both
def test_money_pays_to_its_last_dong(implementation):
    found = of_events(
        implementation, "vn-2025-wipha", "2025-07-24", "40", "cut_off", [MINUTES_12, MINUTES_12]
    )
    assert [payable for payable, _ in found] == [0, 19_080 - 920]


@both
@pytest.mark.parametrize(
    ("day", "readings", "covered"),
    [
        ("2025-11-21", {}, False),
        ("2025-11-22", {}, True),
        ("2025-11-28", {}, True),
        ("2025-11-29", {}, False),
        ("2025-11-29", {"window.days": "eight_days"}, True),
    ],
)
def test_minutes_and_data_are_for_the_days_of_the_floods(implementation, day, readings, covered):
    events = [("voice", "mobile:viettel", 60_000), ("data", "data", 50 << 10)]
    found = of_events(
        implementation, "vn-2025-11-floods", day, "64", "flooded", events, "vnpt", **readings
    )
    assert [lines for _, lines in found] == ([["L1"], ["L2"]] if covered else [[], []])
