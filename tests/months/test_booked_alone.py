"""What is booked into a month where a carrier, or nobody, has usage: a statement all the same.

VNPT's call of ten minutes comes late to August, which was signed. Of September there is usage of
Viettel alone, or none.
"""

import json
import zipfile

import pytest

from doisoat.errors import PeriodError
from doisoat.settlement.figures.period import Period, choose
from tests.integration.conftest import done, passphrase_in, refused, rows, run
from tests.packs.conftest import check_here, script

PEOPLE = """\
number,account,carrier,plan,segment,payment,home_locality,valid_from,valid_until
0322718281,,viettel,viettel.Tomato,standard,prepaid,25,2020-01-01 00:00:00.000,
0812718281,,vnpt,vnpt.VinaCard,standard,prepaid,25,2020-01-01 00:00:00.000,
"""
HEAD = ("record_key,carrier,kind,number,account,other,started,duration_s,units,host,locality,pack,"
        "action,session,partial,charged\n")  # fmt: skip
OURS, THEIRS = "viettel,voice,0322718281,,0812718281", "vnpt,voice,0812718281,,0322718281"
AUGUST = (f"k1,{OURS},2021-08-05 10:00:00.000,60,,,25,,,,,\n"
          f"k2,{THEIRS},2021-08-05 10:00:00.000,60,,,25,,,,,\n")  # fmt: skip
SEPTEMBER = f"k3,{OURS},2021-09-05 10:00:00.000,60,,,25,,,,,\n"
LATE = f"k4,{THEIRS},2021-08-06 10:00:00.000,600,,,25,,,,,\n"
REFUSED = PeriodError.exit_code
MOVED = 13_800  # 600 s at 1,380 đ a minute


def intake(folder, name, text, *more):
    (folder / name).write_text(text, "utf-8")
    done("intake", folder / name, "--mapping", "world", *more, "--key", folder / "khoa.key",
         "--home", folder / "nha")  # fmt: skip


@pytest.fixture
def carrier(tmp_path, september):
    """A home whose August was signed and settled again: the difference is not booked yet."""
    home = ("--home", tmp_path / "nha")
    keys = ("--key", tmp_path / "s.key", "--passphrase-file", passphrase_in(tmp_path))
    done("key", "new", "--key", tmp_path / "khoa.key", *home)
    intake(tmp_path, "people.csv", PEOPLE, "--kind", "subscriptions")
    intake(tmp_path, "usage.csv", HEAD + AUGUST + september)
    done("settle", "--period", "2021-08", "--package", "none", *home)
    done("signer", "new", "ke-toan", *keys)
    done("signer", "add", *keys[:2], *home)
    done("sign", "2021-08", "--no-pack", *keys, *home)
    intake(tmp_path, "late.csv", HEAD + LATE)
    done("period", "supersede", "2021-08", "--why", "tệp muộn", *home)
    done("settle", "--period", "2021-08", "--package", "none", *home)
    return tmp_path


@pytest.mark.parametrize(
    ("september", "is_settled_first"), [(SEPTEMBER, False), (SEPTEMBER, True), ("", False)]
)
def test_it_is_on_every_paper_of_the_month(carrier, september, is_settled_first):
    home = ("--home", carrier / "nha")
    if is_settled_first:
        done("settle", "--period", "2021-09", "--package", "none", *home)
    done("adjust", "2021-08", *home)
    if not is_settled_first:
        told = done("settle", "--all", "--package", "none", *home)
        assert [one["period"] for one in told["periods"]] == ["2021-08", "2021-09"]
    own, booked = (
        f"SELECT payable, events FROM settlement.{table} WHERE carrier = 'vnpt'"
        for table in ("statement", "booked")
    )
    assert rows(home[1], f"{own} AND period = '2021-09'") == [(0, 0)]
    assert rows(home[1], f"{booked} AND booked_period = '2021-09' ORDER BY part") == [
        (MOVED, 1), (0, 0),
    ]  # fmt: skip
    made = ("--lang", "vi", "--carrier", "vnpt", "--out", carrier / "giay")
    papers = done("paper", "2021-09", *made, *home)
    assert papers["carriers"] == ["vnpt"]
    paper = json.loads((carrier / "giay" / "doi-soat-2021-09-vnpt.json").read_text("utf-8"))
    assert paper["booked"]["whole"]["payable"] == str(MOVED)
    assert (carrier / "giay" / "bang-doi-soat-2021-09-vnpt.xlsx").is_file()
    tie_out(carrier, is_named=bool(september))
    keys = ("--key", carrier / "s.key", "--passphrase-file", passphrase_in(carrier))
    signed = done("sign", "2021-09", "--no-pack", *keys, *home)
    assert signed["numbers"]["vnpt"] == "02/2021/DS-VNPT"
    assert "vnpt" in done("paper", "2021-09", *home)["carriers"]
    assert run("verify", *home)[0] == 0
    done("pack", "vnpt", "2021-09", "--out", carrier / "goi", *home)
    assert check_here(carrier / "goi") is None and script(carrier / "goi")[0] == 0
    if september:  # What was signed has the statement still once another run is in force.
        intake(carrier, "more.csv", HEAD + SEPTEMBER.replace("k3", "k5").replace("10:00", "11:00"))
        done("period", "supersede", "2021-09", "--why", "tệp muộn", *home)
        done("settle", "--period", "2021-09", "--package", "none", *home)
        assert rows(home[1], f"{booked} AND booked_period = '2021-09' AND part = 'own'") == [(0, 0)]


def tie_out(folder, *, is_named):
    """A ledger of the month, which has the adjustment in it or not; of nobody else's."""

    def tied(status, amount, carrier="vnpt"):
        book = folder / "so.csv"
        book.write_text(f"Doanh nghiệp;{carrier}\nKỳ;2021-09\nĐơn vị tiền;đồng\n"
                        f"Ngày;Dịch vụ;Số tiền đã tính, gồm thuế GTGT\n30/09/2021;voice;{amount}\n",
                        "utf-8")  # fmt: skip
        found, told, _ = run("tie-out", "2021-09", "--carrier", carrier, "--ledger", book, "--xlsx",
                             folder / "doi-chieu.xlsx", "--home", folder / "nha")  # fmt: skip
        assert found == status, told
        return told

    told = tied(0, 0)
    moved = {name: str(MOVED) for name in ("list_value", "payable")}
    (booked,) = told["booked"]
    assert booked == {
        "usage_period": "2021-08", "adjustment": booked["adjustment"], **moved,
        "discount": "0", "refund": "0",
    }  # fmt: skip
    assert told["totals"]["doisoat"] == "0" and len(booked["adjustment"]) == 32
    assert "just this is unexplained" not in told["warnings"][-1]["en"]
    with zipfile.ZipFile(folder / "doi-chieu.xlsx") as book:
        shown = book.read("xl/sharedStrings.xml").decode()
    assert booked["adjustment"] in shown and "ghi vào kỳ này | Adjustments of other" in shown
    told = tied(3, MOVED)
    assert "payable 13,800 đ) are in no row; just this is unexplained" in told["warnings"][-1]["en"]
    error = tied(REFUSED, 0, "mobifone")["error"]
    assert ("only of viettel, vnpt" if is_named else "only of vnpt") in error["what"]


@pytest.mark.parametrize("september", [""])
def test_a_month_past_the_usage_is_settled_only_where_something_is_booked(carrier):
    home, package = ("--home", carrier / "nha"), ("--package", "none")
    error = refused(REFUSED, "settle", "--period", "2021-11", *package, *home)
    assert "no usage of 2021-11" in error["what"]
    done("adjust", "2021-08", "--into", "2021-11", *home)
    done("settle", "--all", *package, *home)
    assert rows(home[1], "SELECT period, carrier FROM settlement.statement ORDER BY ALL")[-1] == (
        "2021-11", "vnpt",
    )  # fmt: skip
    refused(REFUSED, "settle", "--period", "2021-12", *package, *home)


def test_the_months_up_to_the_last_booked_one_may_be_chosen():
    assert choose("2021-10", ["2021-08"], "out", booked=["2021-10"]) == Period.of("2021-10")
    assert choose("2021-09", ["2021-08"], "out", booked=["2021-10"]) == Period.of("2021-09")
