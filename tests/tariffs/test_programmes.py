"""Several programmes in one settlement, as data: files that join them, and what they then give."""

from datetime import datetime

import pytest

from doisoat.engine.oracle.oracle import Event, Subscription
from doisoat.errors import CatalogueError
from doisoat.settlement.figures.refund_due import refund_due
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue, load_package
from doisoat.tariffs.models import quantity
from tests.implementations import IMPLEMENTATIONS, outcomes

CATALOGUE = load_catalogue(bundled_catalogue())
BOTH = "vn-2021-all"
HEAD = "title: x\ntitle_en: x\nauthor: x\nreference: x\n"
STUDENT = 0x1000
GB = 1 << 30
both = pytest.mark.parametrize("implementation", IMPLEMENTATIONS)


def ms(text: str) -> int:
    return quantity.to_ms(datetime.fromisoformat(text))


def package_text(name: str, measure: str, *, baseline: str = "vn-2021", reading: str = "") -> str:
    return f"""\
id: {name}
{HEAD}baseline: {baseline}
measures:
  - id: {measure}
    title: x
    title_en: x
    document: x
    valid_from: 2021-08-05
    valid_until: 2021-11-05
    order: 1
    scope: {{kinds: [voice]}}
    effect: {{type: price_cut, percent: {reading or '"10"'}}}
    source: test
    mark: assumed
"""


def with_reading(name: str, measure: str) -> str:
    return (
        package_text(name, measure, reading="{reading: r.percent}")
        + """\
readings:
  - name: r.percent
    question: x
    question_en: x
    default: ten
    alternatives: {ten: {value: "10", means: x}, twenty: {value: "20", means: x}}
    source: test
"""
    )


def joined(tmp_path, programmes: str, more: str = "", **files: str):
    for name, text in files.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    path = tmp_path / "joined.yaml"
    path.write_text(
        f"id: joined\n{HEAD}baseline: vn-2021\nprogrammes: {programmes}\n{more}", encoding="utf-8"
    )
    return path


# --- files ---------------------------------------------------------------------------------------


def test_the_bundled_file_joins_two_packages_that_stand_elsewhere():
    package = load_package(BOTH)
    alone = {name: load_package(name) for name in ("vn-2021-08", "song-va-may-tinh")}
    assert [part.id for part in package.parts()] == list(alone)
    for part in package.parts():
        one = alone[part.id]
        assert part.envelope == one.envelope and part.title == one.title
        unmarked = [m.model_copy(update={"programme": None}) for m in package.measures_of(part.id)]
        assert unmarked == list(one.measures)
        assert all(package.chosen[name] == answer for name, answer in one.chosen.items())
    assert package.envelope is None
    assert len(package.readings) == sum(len(one.readings) for one in alone.values())


def test_readings_of_each_programme_are_chosen_by_their_names():
    chosen = {"svmt.start": "first_sims", "programme.end": "2021-11-05"}
    chosen["programme.end"] = next(
        name
        for reading in load_package(BOTH).readings
        if reading.name == "programme.end"
        for name in reading.alternatives
        if name != reading.default
    )
    package = load_package(BOTH, chosen)
    assert chosen.items() <= package.chosen.items()
    plain = load_package(BOTH)
    changed = {
        one.programme
        for one, other in zip(package.measures, plain.measures, strict=True)
        if one != other
    }
    assert changed == {"vn-2021-08", "song-va-may-tinh"}


def test_a_file_joins_files_beside_it_in_its_own_order(tmp_path):
    files = {"one": package_text("one", "A"), "two": package_text("two", "B")}
    for order in (("one", "two"), ("two", "one")):
        items = ", ".join(f"{{package: {name}.yaml}}" for name in order)
        package = load_package(joined(tmp_path, f"[{items}]", **files))
        assert [part.id for part in package.parts()] == list(order)
        assert [m.programme for m in package.in_order()] == list(order)


TWO = "[{package: one.yaml}, {package: two.yaml}]"
REFUSED = (
    ("[{package: one.yaml}]", {}, "", "no list of two", "write a list"),
    ("one.yaml", {}, "", "no list of two", "write a list"),
    ("[one.yaml, two.yaml]", {}, "", "named by its package alone", "{package: NAME}"),
    ("[{package: one.yaml, id: x}, {package: two.yaml}]", {}, "", "its package alone", "write"),
    ("[{package: one.yaml}, {package: vn-1999}]", {}, "", "no package 'vn-1999'", "vn-2021-08"),
    ("[{package: one.yaml}, {package: vn-2021-all}]", {}, "", "no package of one", "join no"),
    (TWO, {}, "measures: []\n", "stand in a file that joins", "package of their programme"),
    (TWO, {}, "readings: []\n", "stand in a file that joins", "package of their programme"),
    (TWO, {"two": package_text("two", "A")}, "", "A stands in the programmes one and two",
     "give each its own id"),
    (TWO, {"two": package_text("one", "B")}, "", "programme one stands twice", "own id"),
    (TWO, {"two": package_text("two", "B", baseline="vn-2020")}, "", "written over vn-2020",
     "one baseline"),
    (TWO, {"one": with_reading("one", "A"), "two": with_reading("two", "B")}, "",
     "the reading r.percent stands twice", "keep one"),
)  # fmt: skip


@pytest.mark.parametrize(("programmes", "files", "more", "what", "mend"), REFUSED)
def test_what_cannot_be_joined_is_refused_with_its_place(
    tmp_path, programmes, files, more, what, mend
):
    usual = {"one": package_text("one", "A"), "two": package_text("two", "B")}
    path = joined(tmp_path, programmes, more, **{**usual, **files})
    with pytest.raises(CatalogueError, match=what) as caught:
        load_package(path)
    assert mend in caught.value.mend
    assert caught.value.exit_code == 4


def test_a_package_of_one_programme_names_none(tmp_path):
    path = tmp_path / "one.yaml"
    path.write_text(package_text("one", "A") + "    programme: two\n", encoding="utf-8")
    with pytest.raises(CatalogueError, match="A: its programme two is not listed"):
        load_package(path)


# --- what they give ------------------------------------------------------------------------------


def student(segment: str = "student") -> Subscription:
    since = ms("2019-01-01")
    return Subscription(STUDENT, "vnpt", "vnpt.VinaCard", segment, "prepaid", "79", since, None)


def month() -> list[Event]:
    """October 2021 of a student: both programmes are in force."""
    bought = Event(1, STUDENT, ms("2021-10-04T08:00:00"), "pack", "registration", 1, 0, "vnpt",
                   locality="79", pack="vnpt.SVMT")  # fmt: skip
    used = [
        Event(2 + n, STUDENT, ms(f"2021-10-04T{9 + n:02}:00:00"), "data", "data", units, 60_000,
              "vnpt", locality="79")
        for n, units in enumerate((3 * GB, 2 * GB, 2 * GB))
    ]  # fmt: skip
    called = Event(9, STUDENT, ms("2021-10-04T20:00:00"), "voice", "mobile:vnpt", 60_000, 60_000,
                   "vnpt", locality="79")  # fmt: skip
    return [bought, *used, called]


def lines(found) -> list[list[tuple[str, str, int]]]:
    return [[(x.measure, x.nature, x.units) for x in one.lines] for one in found]


@both
def test_two_programmes_relieve_one_month(implementation):
    """S1 pays for the pack, M2 adds half of its 4 GB a day: neither knows of the other."""
    period = (ms("2021-10-01"), ms("2021-11-01"))
    alone = {
        name: outcomes(implementation, CATALOGUE, load_package(name), [student()], (), month(),
                       period, ())
        for name in ("vn-2021-08", "song-va-may-tinh", BOTH)
    }  # fmt: skip
    together = lines(alone[BOTH])
    assert together[0] == [("S1", "discount", 1)]
    assert together[2:4] == [[("M2", "in_kind", GB)], [("M2", "in_kind", GB)]]
    for at, one in enumerate(together):
        parts = [lines(alone[name])[at] for name in ("vn-2021-08", "song-va-may-tinh")]
        assert sorted(one) == sorted(parts[0] + parts[1])
    assert alone[BOTH][0].payable == 0


def test_donations_end_with_18_june_and_their_beginning_and_carriers_are_readings():
    (measure,) = load_package("sms-ung-ho-2020-03").measures
    assert (measure.valid_from, measure.valid_until) == (
        datetime(2020, 3, 21), datetime(2020, 6, 19),
    )  # fmt: skip
    assert measure.carriers == ("viettel", "vnpt", "mobifone", "vietnamobile")
    turned = {"donation.start": "night_of_21_march", "donation.carriers": "three"}
    (measure,) = load_package("sms-ung-ho-2020-03", turned).measures
    assert measure.valid_from == datetime(2020, 3, 22)
    assert measure.carriers == ("viettel", "vnpt", "mobifone")


def test_what_donors_gave_is_told_in_units_and_the_relief_in_messages():
    """128,654,900,000 đ is 20,000 đ a unit exactly; a message carries about three units."""
    lines = load_package("sms-ung-ho-2020-03").announcements
    (exact,) = (one for one in lines if one.day and one.day.isoformat() == "2020-04-06")
    assert divmod(exact.amount or 0, 20_000) == (6_432_745, 0)
    both_told = [one for one in lines if one.quantity]
    units = [(one.amount or 0) // 20_000 / (one.quantity or 1) for one in both_told]
    assert all(2.9 < each < 3.6 for each in units) and len(units) == 3


@both
def test_the_vaccine_contribution_of_june_is_paid_by_the_reading_of_m5(implementation):
    bought = [
        Event(n, STUDENT, ms(at), "pack", action, 1, 0, "vnpt", locality="79", pack="vnpt.VX3")
        for n, (at, action) in enumerate((
            ("2021-08-04T23:59:59", "registration"),
            ("2021-08-05T00:00:00", "registration"),
            ("2021-08-24T23:59:59", "renewal"),
            ("2021-08-25T00:00:00", "renewal"),
        ), 1)
    ]  # fmt: skip
    period = (ms("2021-08-01"), ms("2021-09-01"))

    def paid(alternative):
        package = load_package("vn-2021-08", {"m5.continuation": alternative})
        found = outcomes(implementation, CATALOGUE, package, [student()], (), bought, period, ())
        return [
            [(x.measure, x.amount) for x in one.lines if x.nature == "contribution"]
            for one in found
        ]

    m5, june = ("M5", 5000), ("VACCINE", 5000)  # in a record, by their ids
    assert paid("new") == [[], [m5], [m5], [m5]]
    assert paid("continues") == [[], [june], [june], [m5]]
    assert paid("both") == [[], [m5, june], [m5, june], [m5]]


@both
def test_donation_messages_are_free_from_midnight_and_charged_ones_are_due_back(implementation):
    package = load_package("sms-ung-ho-2020-03")
    (measure,) = package.measures
    assert measure.interconnect == "waived"
    sent = [
        Event(n, STUDENT, ms(at), "sms", to, 1, 0, "vnpt", locality="79", charged=290)
        for n, (at, to) in enumerate((
            ("2020-03-20T23:59:59", "service:1407"),
            ("2020-03-21T00:00:00", "service:1407"),
            ("2020-03-21T00:00:01", "mobile:vnpt"),
        ), 1)
    ]  # fmt: skip
    period = (ms("2020-03-01"), ms("2020-04-01"))
    found = outcomes(implementation, CATALOGUE, package, [student()], (), sent, period, ())
    before, free, other = found
    assert before.payable == before.list_value > 0 == free.payable
    assert free.list_value == before.list_value and other.payable == other.list_value
    assert [(x.measure, x.nature, x.amount) for x in free.lines] == [
        ("D1", "discount", free.list_value)
    ]
    due = [refund_due(one.event.charged, one.list_value, one.payable).due for one in found]
    assert due == [0, min(290, free.list_value), 0]
