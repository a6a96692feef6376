"""One benefit a household: enrolments taken in, a month of two carriers settled and packed."""

import json
import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest
import yaml

from doisoat.api.home_frames import master_of
from doisoat.engine.intake.master.master_tables import BY_NAME, standing
from doisoat.engine.keys.pseudonym import make_key
from doisoat.engine.store.home import list_parts, open_home
from doisoat.errors import ConservationError, PeriodError
from doisoat.settlement.figures.period import Period
from doisoat.settlement.rerating.evaluation import World, evaluate, gather_ground
from doisoat.settlement.runs import benefit_check
from doisoat.settlement.upkeep.init import init
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue, load_package
from doisoat.tariffs.models.package_model import NO_PACKAGE

from .conftest import done, refused

NUMBERS = {"A": "2025550101", "B": "2025550102", "C": "2025550103", "D": "2025550104"}
LINES = {"A": "provider", "B": "other", "C": "provider", "D": "provider"}
SUBSCRIPTIONS = "number,account,carrier,plan,segment,payment,home_locality,valid_from,valid_until\n"
# A and B are one household; C came a day after the snapshot.
PAGE = (Path(__file__).parents[2] / "docs" / "intake.md").read_text("utf-8")
ENROLMENTS = PAGE.partition("`enrolments.csv`:\n\n```csv\n")[2].partition("```")[0]
BOUGHT = {"A": "month.45.00", "B": "other.45.00", "C": "month.45.00", "D": "month.20.00"}


USAGE = {
    "name": "usage", "key": {"columns": ["key"]}, "destination": "plan", "data_unit": "bytes",
    "fields": {
        "carrier": {"column": "carrier"}, "kind": {"constant": "pack"},
        "subscriber": {"column": "number"}, "started": {"column": "started", "form": "civil"},
        "units": {"constant": "1"}, "pack": {"column": "pack"},
        "action": {"constant": "registration"},
    },
}  # fmt: skip


def event(at, who, pack):
    return f"{at},{LINES[who]},{NUMBERS[who]},2022-04-0{at} 10:00:00,{pack}"


@pytest.fixture(scope="module")
def taken(tmp_path_factory):
    folder = tmp_path_factory.mktemp("households")
    home = init(folder / "home", {"catalogue": "us-2021", "package": "us-acp"}, 2).path
    make_key(folder / "key", bytes(range(32)), public=True)

    def take(kind, mapping, text):
        (folder / f"{kind}.csv").write_text(text)
        return done("intake", folder / f"{kind}.csv", "--kind", kind, "--mapping", mapping,
                    "--key", folder / "key", "--home", home)  # fmt: skip

    return home, take, folder


@pytest.fixture(scope="module")
def settled(taken):
    home, take, folder = taken
    take("subscriptions", "world", SUBSCRIPTIONS + "".join(
        f"{number},,{LINES[who]},{LINES[who]}.broadband,standard,prepaid,,2021-01-01 00:00:00,\n"
        for who, number in NUMBERS.items()
    ))  # fmt: skip
    told = take("allow-list", "enrolments", ENROLMENTS)
    assert (told["taken"], told["suspended"]) == (4, 0), told
    events = [event(at, who, pack) for at, (who, pack) in enumerate(BOUGHT.items(), start=1)]
    events.append(event(5, "D", "month.20.00"))
    mapping = {"name": "till", "title": "Purchases", "source_system": "till", "usage": [USAGE]}
    (folder / "till.yaml").write_text(yaml.safe_dump(mapping))
    take("usage", folder / "till.yaml", "\n".join(("key,carrier,number,started,pack", *events, "")))
    return home, folder, done("settle", "--home", home, "--period", "2022-04")


def off(home):
    with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as database:
        rows = database.execute(
            "SELECT coalesce(sum(r.amount), 0) FROM usage.event AS u"
            " LEFT JOIN rated.relief_line AS r USING (event_id) GROUP BY u.start_at"
            " ORDER BY u.start_at"
        ).fetchall()
    return [int(amount) for (amount,) in rows]


def test_a_month_is_of_who_is_in_its_snapshot_and_came_first(settled):
    home, _, told = settled
    assert (told["events"], told["rated"]) == (5, 5)
    assert off(home) == [3_000, 0, 0, 2_000, 1_000]


def test_the_other_enrolment_of_a_household_is_told(settled):
    home, _, told = settled
    manifest = json.loads((home / "runs" / told["run"] / "manifest.json").read_text())
    (finding,) = [text for text in manifest["findings"] if "duplicate support" in text]
    assert "all but one of a household: 1 (" in finding and "held by" in finding
    assert not any(number in finding for number in NUMBERS.values())


def test_a_pack_has_whose_the_benefit_is(settled, tmp_path):
    home, _, _ = settled
    for carrier, names in (("provider", 3), ("other", 0)):
        done("pack", carrier, "2022-04", "--home", home, "--out", tmp_path / carrier)
        listed = pl.read_parquet(tmp_path / carrier / "tables" / "allow_list.parquet")
        assert listed.height == names


def test_verify_finds_nothing(settled):
    home, _, _ = settled
    done("verify", "--home", home)


def test_worlds_of_several_readings_each_have_their_own(settled):
    home, _, _ = settled
    catalogue = load_catalogue(bundled_catalogue("us-2021"))
    readings = ({}, {"acp.household": "last_enrolled"}, {"acp.snapshot": "ends"})
    worlds = [World(catalogue, load_package("us-acp", chosen)) for chosen in readings]
    worlds.insert(1, World(catalogue, NO_PACKAGE))
    ground = gather_ground(home, catalogue, "2022-04", None)
    discounts = [
        dict(
            outcome.totals.group_by("carrier").agg(pl.col("discount").sum()).sort("carrier").rows()
        )
        for outcome in evaluate(ground, worlds)
    ]
    first = {"other": 0, "provider": 6_000}
    assert discounts == [
        first, {"other": 0, "provider": 0}, {"other": 3_000, "provider": 3_000}, first,
    ]  # fmt: skip


def test_a_list_without_households_is_refused(settled, tmp_path):
    home, folder, _ = settled
    copy = tmp_path / "home"
    shutil.copytree(home, copy)
    text = ENROLMENTS.replace("H-3", "").replace("2022-05-02 00:00:00\n", "2022-05-03 00:00:00\n")
    (tmp_path / "again.csv").write_text(text)
    done("intake", tmp_path / "again.csv", "--kind", "allow-list", "--mapping", "enrolments",
         "--key", folder / "key", "--home", copy)  # fmt: skip
    error = refused(4, "settle", "--home", copy, "--period", "2022-04", "--replace")
    assert "1 rows of the enrolment lists" in error["what"]


@pytest.mark.parametrize(
    ("who", "said", "matters"),
    [
        ("A", "enrolled since 2022-02-10 00:00:00, and in the snapshot of 2022-05-01", True),
        ("B", "none, since another enrolment of the household has it: ", True),
        ("C", "none by a list, since there is no enrolment in the snapshot of 2022-05-01", False),
    ],
)
def test_an_explanation_says_why(settled, who, said, matters):
    home, _, _ = settled
    with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as database:
        ((event_id,),) = database.execute(
            "SELECT event_id FROM usage.event WHERE day(start_at) = ?", ["ABCD".index(who) + 1]
        ).fetchall()
    told = done("explain", str(event_id), "--json", "--home", home)
    (line,) = told["enrolment"]
    assert said in line
    turned = {reading["reading"] for reading in told["readings_that_matter"]}
    assert ("acp.household" in turned) == matters


def test_frames_of_a_home_with_enrolments_are_refused(settled):
    """Whose a benefit is follows from a package, which frames have none of."""
    home, _, _ = settled
    with pytest.raises(PeriodError, match="enrolments of households"):
        master_of(open_home(home), Period.of("2022-04"))


def test_a_benefit_of_others_than_the_snapshot_has_is_never_published(settled, monkeypatch):
    home, _, _ = settled
    lists = standing(list_parts(open_home(home), "master"), BY_NAME["allow_list"])
    package, april = load_package("us-acp"), Period.of("2022-04")
    benefit_check.check_benefits(lists, package, april)
    monkeypatch.setattr(benefit_check, "benefit_lists", lambda rows, _: rows)
    with pytest.raises(ConservationError, match=r"acp: 3 are rated with the benefit, .* to 2"):
        benefit_check.check_benefits(lists, package, april)
