"""Months that are settled by one's own prices: the amounts of an edited catalogue, and named."""

import io
import json
import shutil
import zipfile

import pytest

from doisoat.tariffs.load.bundled import bundled_catalogue
from tests.months.small_home import PERSON, USED, SmallHome, pack_sold

from .conftest import done, refused, rows

MONTH = "2021-08"
HEAD = """\
id: {id}
title: "Bảng giá tháng 8"
author: "Vietnamobile"
reference: "QĐ 12/2021"
carrier: vietnamobile
changes:
"""
PREPAID = 'plans."vietnamobile.Prepaid"'
# Prices of every rate of the plan that is assumed, some other than the catalogue's.
GIVEN = {
    "voice.on_net": "1400", "voice.off_net": "1600", "voice.fixed_own": "1500",
    "voice.fixed": "1500", "voice.international": "3600", "sms.on_net": "290",
    "sms.off_net": "300", "sms.international": "2500", "sms.service_1407": "300",
    "data.data": "60", "data.zero_rated": "60",
}  # fmt: skip
PACK_FROM, PACK_PRICE = "2021-08-15", "95000"
TABLES = (
    "settlement.statement", "settlement.statement_line", "rated.total", "rated.relief_total",
    "rated.relief_line", "settlement.refund", "settlement.programme",
)  # fmt: skip
NAMES = ("run", "assumed")  # what of a row says by which tariffs it came


def overlay(folder, changes, name="vnm-2021-08"):
    path = folder / f"{name}.yaml"
    path.write_text(HEAD.format(id=name) + "".join(changes), "utf-8")
    return path


def prices(given=GIVEN):
    return [
        f"  - key: {PREPAID}.rates.{name}.price\n    value: '{price}'\n"
        for name, price in given.items()
    ]


def pack_price(price=PACK_PRICE):
    return (
        f'  - key: packs."vietnamobile.D7".price\n    value: "{price}"\n'
        f"    valid_from: {PACK_FROM}\n"
    )


def edited(folder):
    """A copy of the catalogue with the same prices written into its files by hand."""
    copy = folder / "catalogue"
    shutil.copytree(bundled_catalogue(), copy)
    plans = copy / "plans.yaml"
    text = plans.read_text("utf-8")
    begin = text.index("  - id: vietnamobile.Prepaid")
    end = text.index("\n\n", begin)
    entry = text[begin:end]
    for old, new in (
        ('destination: on_net, price: "1500"', 'destination: on_net, price: "1400"'),
        ('destination: off_net, price: "1500"', 'destination: off_net, price: "1600"'),
        ('destination: [on_net, off_net], price: "300"', 'destination: on_net, price: "290"'),
        ('price: "75"', 'price: "60"'),
    ):
        assert entry.count(old) == 1
        entry = entry.replace(old, new)
    entry += '\n      - {kind: sms, destination: off_net, price: "300", per: 1 msg, block: 1 msg}'
    plans.write_text(text[:begin] + entry + text[end:], "utf-8")
    packs = copy / "packs.yaml"
    text = packs.read_text("utf-8")
    begin = text.index("  - id: vietnamobile.D7")
    end = text.index("\n\n", begin)
    entry = text[begin:end]
    first = entry.index("    valid_from: ")
    line = entry[first : entry.index("\n", first)]
    earlier = entry.replace(line, f"{line}\n    valid_until: {PACK_FROM}")
    later = entry.replace(line, f"    valid_from: {PACK_FROM}")
    later = later.replace('price: "7000"', f'price: "{PACK_PRICE}"')
    assert earlier != entry and later.count(PACK_PRICE) == 1
    packs.write_text(text[:begin] + earlier + "\n\n" + later + text[end:], "utf-8")
    return copy


def tables(home):
    """Every row of the tables, without what says by which tariffs it came."""
    content = {}
    for table in TABLES:
        columns = [name for name, *_ in rows(home, f"DESCRIBE {table}") if name not in NAMES]
        content[table] = rows(home, f"SELECT {', '.join(columns)} FROM {table} ORDER BY ALL")
    return content


@pytest.fixture(scope="module")
def own(settled, tmp_path_factory):
    """A home settled by an overlay, another by an edited catalogue, and what settling said."""
    folder = tmp_path_factory.mktemp("overlays")
    file = overlay(folder, [*prices(), pack_price()])
    told = {}
    for name, options in (
        ("overlay", ("--overlay", file)), ("edited", ("--catalogue", edited(folder))),
    ):  # fmt: skip
        shutil.copytree(settled[0], folder / name, ignore=shutil.ignore_patterns("world"))
        told[name] = done("settle", "--home", folder / name, *options)
    return folder, file, told


def test_every_line_and_total_is_that_of_an_edited_catalogue(own, settled):
    folder, _, told = own
    there, copy = (tables(folder / name) for name in ("overlay", "edited"))
    assert there == copy and there != tables(settled[0])
    assert told["overlay"]["digest"] == told["edited"]["digest"] != settled[1]["digest"]


def test_the_run_id_names_it_and_without_one_it_is_the_run_that_it_was(own, settled, tmp_path):
    folder, file, told = own
    runs = {told["overlay"]["run"], told["edited"]["run"], settled[1]["run"]}
    assert len(runs) == 3
    # Another file of the same content is the same run; another source of one price is another.
    again = overlay(tmp_path, [*prices(), pack_price()])
    assert done("settle", "--home", folder / "overlay", "--overlay", again)["same_run"]
    other = tmp_path / "other.yaml"
    other.write_text(file.read_text("utf-8").replace("QĐ 12/2021", "QĐ 13/2021"), "utf-8")
    plan = planned("--overlay", other, "--home", folder / "overlay")
    assert plan not in runs
    back = tmp_path / "out"
    shutil.copytree(folder / "overlay", back)
    error = refused(7, "settle", "--home", back)  # an overlay is not forgotten
    assert "settled with --overlay FILE, and" in error["what"]
    assert "doisoat settle 2021-08 --overlay FILE, where FILE is the one of: " in error["mend"]
    assert "Bảng giá tháng 8" in error["mend"]
    assert done("settle", "--replace", "--home", back)["run"] == settled[1]["run"]


def test_the_note_of_assumed_prices_is_gone_where_it_gives_them(own, settled):
    folder, *_ = own
    assumed = "SELECT carrier, assumed FROM settlement.statement ORDER BY carrier"
    before, after = dict(rows(settled[0], assumed)), dict(rows(folder / "overlay", assumed))
    assert before["vietnamobile"] == "vietnamobile.Prepaid" and after["vietnamobile"] == ""
    assert {**before, "vietnamobile": ""} == after


def planned(*options):
    """Which run a settle with these options would be."""
    first = options.index("--config") if "--config" in options else None
    before = () if first is None else options[first : first + 2]
    rest = options if first is None else options[:first] + options[first + 2 :]
    (period,) = done(*before, "settle", MONTH, "--dry-run", *rest)["periods"]
    return period["run"]


def text_of(workbook):
    with zipfile.ZipFile(io.BytesIO(workbook)) as book:
        return book.read("xl/sharedStrings.xml").decode()


def test_statement_workbook_manifest_and_pack_name_it(own, tmp_path):
    folder, _, told = own
    home = folder / "overlay"
    manifest = json.loads((home / "runs" / told["overlay"]["run"] / "manifest.json").read_text())
    assert [one["id"] for one in manifest["overlays"]] == ["vnm-2021-08"]
    book = (home / "reports" / f"doi-soat-{MONTH}-vietnamobile.xlsx").read_bytes()
    assert "QĐ 12/2021" in text_of(book) and "vn-2021 + vnm-2021-08" in text_of(book)
    kept = json.loads((home / "runs" / told["overlay"]["run"] / "catalogue.json").read_text())
    (kept_overlay,) = kept["overlays"]
    assert [one["after"] for one in kept_overlay["changes"]] == [*GIVEN.values(), PACK_PRICE]
    sources = rows(home, """SELECT DISTINCT source, mark FROM ref.rate
        WHERE plan = 'vietnamobile.Prepaid' AND kind = 'data'""")  # fmt: skip
    assert sources == [("QĐ 12/2021", "stated")]


def test_the_home_is_sound_and_its_events_are_explained_by_it(own):
    home = own[0] / "overlay"
    assert done("verify", "--home", home)["ok"]
    ((event,),) = rows(home, """SELECT event_id::VARCHAR FROM usage.event
        WHERE carrier = 'vietnamobile' AND kind = 'sms' AND destination = 'mobile:vietnamobile'
        ORDER BY event_id LIMIT 1""")  # fmt: skip
    told = done("explain", event, "--home", home)
    assert "QĐ 12/2021" in json.dumps(told, ensure_ascii=False)


def test_quote_compare_and_catalogue_agree_with_it(own):
    _, file, _ = own
    event = ("--plan", "vietnamobile.Prepaid", "--kind", "sms", "--units", "1", "--destination",
             "on_net", "--start", "2021-08-10T09:00")  # fmt: skip
    assert done("quote", *event, "--overlay", file)["payable"] == "290"
    assert done("quote", *event)["payable"] == "300"
    shown = done("catalogue", "show", "vietnamobile.D7", "--at", "2021-08-20", "--overlay", file)
    values = {tuple(one["path"]): one for one in shown["items"][0]["values"]}
    assert (values["price",]["text_en"], values["price",]["source"]) == (PACK_PRICE, "QĐ 12/2021")
    found = done("catalogue", "diff", "vn-2021", "--overlay", file)
    assert found == done("catalogue", "diff", "vn-2021", "vn-2021", "--overlay", file)
    assert {one["key"].partition(" ")[0] for one in found["differences"]} == {
        "vietnamobile.Prepaid", "vietnamobile.D7",
    }  # fmt: skip
    checked, plain = done("catalogue", "check", "--overlay", file), done("catalogue", "check")
    assert checked["counts"]["errors"] == 0
    assert checked["counts"]["assumed"] < plain["counts"]["assumed"]


def test_a_comparison_over_it_is_the_settled_run(own):
    folder, file, told = own
    home = folder / "overlay"
    compared = done("compare", "none", "vn-2021-08", "--overlay", file, "--home", home)
    assert compared["total"]["what_if"]["payable"] == told["overlay"]["payable"]
    patch = folder / "patch.yaml"
    patch.write_text(
        'title: x\nauthor: x\nreference: x\nbaseline: vn-2021-08\nchanges:\n'
        '  - key: packs."vietnamobile.D7".price\n    value: "1"\n', "utf-8",
    )  # fmt: skip
    both = done("compare", "vn-2021-08", patch, "--overlay", file, "--home", home)
    assert both["total"]["base"]["payable"] == told["overlay"]["payable"]
    assert both["total"]["what_if"]["payable"] != told["overlay"]["payable"]


def test_settings_name_overlays_and_the_command_line_adds(own, tmp_path, monkeypatch):
    folder, file, told = own
    nested = tmp_path / "cau-hinh"
    nested.mkdir()
    shutil.copy(file, nested / "gia.yaml")
    settings = nested / "doisoat.toml"
    settings.write_text('overlay = ["gia.yaml"]\n', "utf-8")
    home = folder / "overlay"
    plan = planned("--config", settings, "--home", home)
    assert plan == told["overlay"]["run"]
    same = planned("--config", settings, "--home", home, "--overlay",
                nested / "gia.yaml")  # fmt: skip
    assert same == plan
    more = overlay(tmp_path, [pack_price("1")], "more")
    both = planned("--config", settings, "--home", home, "--overlay",
                more)  # fmt: skip
    explicit = planned( "--home", home, "--overlay", file, "--overlay",
                    more)  # fmt: skip
    assert both == explicit != plan


def test_of_two_overlays_the_order_counts(own, tmp_path):
    home = own[0] / "overlay"
    first, second = (
        overlay(tmp_path, [pack_price(price)], f"gia-{price}") for price in ("91000", "92000")
    )
    plans = [
        planned("--home", home, "--overlay", a, "--overlay", b)
        for a, b in ((first, second), (second, first))
    ]
    assert plans[0] != plans[1]


# --- signed months -------------------------------------------------------------------------------


def test_a_later_overlay_adjusts_a_signed_month(tmp_path, key):
    small = SmallHome(tmp_path, key)
    small.take("used.csv", USED, pack_sold("p1", "08-20 10:00:00"))
    small.settle_and_sign(MONTH)
    signed = rows(small.home, "SELECT carrier, list_value, payable FROM settlement.statement")
    file = tmp_path / "gia.yaml"
    file.write_text(
        HEAD.format(id="viettel-gia").replace("vietnamobile", "viettel")
        + '  - key: packs."viettel.VX3".price\n    value: "25000"\n', "utf-8",
    )  # fmt: skip
    error = refused(7, "settle", MONTH, "--overlay", file, "--home", small.home)
    assert "signed" in error["what"]
    assert (
        rows(small.home, "SELECT carrier, list_value, payable FROM settlement.statement") == signed
    )
    small.settling = ("--overlay", file)
    small.settle_again(MONTH)
    booked = done("adjust", MONTH, "--home", small.home)
    assert set(booked["causes"]) == {"catalogue"}
    assert booked["totals"]["list_value"] == "5000"
    assert done("verify", "--home", small.home)["ok"]


def plan_of_its_own(folder, begin, end=""):
    """An overlay that gives viettel a plan, with one rate that holds until a day."""
    file = folder / "gia.yaml"
    file.write_text(
        HEAD.format(id="viettel-gia").replace("vietnamobile", "viettel")
        + f"  - key: plans.RIENG\n    valid_from: {begin}\n    value: {{rates: []}}\n"
        + "  - key: plans.RIENG.rates.voice.off_net\n"
        + '    value: {price: "1500", per: 1 min, block: 1 s}\n'
        + (f"    valid_until: {end}\n" if end else ""), "utf-8",
    )  # fmt: skip
    return file


def test_usage_on_days_without_a_price_of_the_overlay_is_refused(tmp_path, key):
    small = SmallHome(tmp_path, key, person=PERSON.replace("viettel.Tomato", "RIENG"))
    small.take("used.csv", USED, *(
        f"v{day},viettel,voice,0322718281,,0912345678,2021-08-{day} 09:00:00.000,60,60,,25,,,,,"
        for day in ("05", "12")
    ))  # fmt: skip
    for begin, end, line, days in (
        ("2021-08-10", "", 8, "from 2021-08-01 until before 2021-08-10, and 1 events"),
        ("2021-08-01", "2021-08-10", 12, "from 2021-08-10 until before 2021-09-01, and 1 events"),
    ):
        file = plan_of_its_own(tmp_path, begin, end)
        error = refused(4, "settle", MONTH, "--overlay", file, "--home", small.home)
        assert days in error["what"] and error["where"].startswith(f"{file}:{line}:")
    for begin, end in (("2021-08-03", ""), ("2021-08-01", "2021-08-20"), ("2021-07-10", "")):
        file = plan_of_its_own(tmp_path, begin, end)
        counts = done("settle", MONTH, "--overlay", file, "--home", small.home)
        assert (counts["rated"], counts["suspended"]) == (2, 0)


def test_an_evidence_pack_holds_what_an_overlay_said(tmp_path, key):
    file = tmp_path / "gia.yaml"
    file.write_text(
        HEAD.format(id="viettel-gia").replace("vietnamobile", "viettel")
        + '  - key: packs."viettel.VX3".price\n    value: "25000"\n', "utf-8",
    )  # fmt: skip
    small = SmallHome(tmp_path, key, "--overlay", file)
    small.take("used.csv", USED, pack_sold("p1", "08-20 10:00:00"))
    small.settle_and_sign(MONTH)
    pack = tmp_path / "pack"
    done("pack", "viettel", MONTH, "--out", pack, "--home", small.home)
    kept = json.loads((pack / "run" / "catalogue.json").read_text("utf-8"))
    (told,) = kept["overlays"]
    assert (told["id"], told["reference"]) == ("viettel-gia", "QĐ 12/2021")
    assert [(one["before"], one["after"]) for one in told["changes"]] == [(["20000"], "25000")]
    assert done("verify", pack)["ok"]
