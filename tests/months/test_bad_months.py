"""A month past what a double holds, beside a carrier without usage and one with suspended only.

Viettel renews VX3 at 10^12 đồng so often that every sum of the month passes 2^53; VNPT has only
usage of people that nobody knows; MobiFone has subscribers and no usage.
"""

import json
import shutil
from functools import partial

import pytest

from doisoat.engine.store.home import open_home
from doisoat.errors import EXIT_DISAGREEMENTS
from doisoat.settlement.records.refund_records import due_in
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.words import amount_in_words
from tests.integration.conftest import done, passphrase_in, refused, rows, run, tree_of
from tests.made_once import made_once
from tests.packs.conftest import check_here, script
from tests.papers.test_papers import needs, text_of
from tests.settlement.test_workbook import texts

MONTH = "2021-08"
HEAD = ("record_key,carrier,kind,number,account,other,started,duration_s,units,host,locality,pack,"
        "action,session,partial,charged")  # fmt: skip
PRICE, LEFT, RENEWALS = 10**12 - 1, 10_000, 10_001
LIST, DISCOUNT = PRICE * RENEWALS, (PRICE - LEFT) * RENEWALS


def renewal(number):
    """Of two thousand subscribers, each every fourth day."""
    turn, person = divmod(number, 2_000)
    day, minute = 5 + 4 * turn + person // 500, person % 500
    at = f"2021-08-{day:02d} {minute // 60:02d}:{minute % 60:02d}:00.000"
    who = f"r{number},viettel,pack,032271{person:04d},,"
    return f"{who},{at},,1,,38,viettel.VX3,renewal,,,{PRICE}"


def message(number):
    return (f"m{number},vnpt,sms,0812718281,,0322710000,2021-08-10 10:00:{number:02d}.000,,1,,51,"
            ",,,,")  # fmt: skip


@pytest.fixture(scope="session")
def month(tmp_path_factory, key):
    """Signed, then changed by a late file that is booked into September; as it was when signed."""
    return made_once(tmp_path_factory, "bad-months", partial(make_month, key))


def make_month(key, folder):
    home, catalogue = folder / "out", folder / "catalogue"
    shutil.copytree(bundled_catalogue(), catalogue)
    packs = catalogue / "packs.yaml"
    cheap = 'name: "VX3"\n    price: "20000"\n'
    text = packs.read_text("utf-8")
    assert text.count(cheap) == 3
    packs.write_text(text.replace(cheap, cheap.replace("20000", str(PRICE))), "utf-8")
    people = [f"032271{n:04d},,viettel,viettel.Economy,standard,prepaid,38,"
              "2020-01-01 00:00:00.000,"
              for n in range(2_000)]  # fmt: skip
    people.append("0902718281,,mobifone,mobifone.MobiCard,standard,prepaid,38,"
                  "2020-01-01 00:00:00.000,")  # fmt: skip
    files = {
        "subscriptions": ("number,account,carrier,plan,segment,payment,home_locality,valid_from,"
                          "valid_until", people),
        "usage": (HEAD, [*map(renewal, range(RENEWALS)), message(1)]),
        "late": (HEAD, [renewal(RENEWALS), message(2)]),
    }  # fmt: skip
    for name, (head, lines) in files.items():
        (folder / f"{name}.csv").write_text("\n".join([head, *lines, ""]), "utf-8")

    def take(name, kind="usage"):
        return done("intake", folder / f"{name}.csv", "--mapping", "world", "--kind", kind,
                    "--key", key, "--home", home)  # fmt: skip

    secret = passphrase_in(folder)
    signing = ("--key", folder / "s.key", "--passphrase-file", secret)
    take("subscriptions", "subscriptions")
    take("usage")
    settling = ("--period", MONTH, "--catalogue", catalogue, "--home", home)
    settled = done("settle", *settling)
    done("signer", "new", "ke-toan", *signing)
    done("signer", "add", *signing[:2], "--home", home)
    signed = done("sign", MONTH, "--no-pack", *signing, "--home", home)
    at_signing = shutil.copytree(home, folder / "signed")
    take("late")
    done("period", "supersede", MONTH, "--why", "tệp muộn", "--home", home)
    done("settle", *settling)
    adjusted = done("adjust", MONTH, "--home", home)
    return {"home": home, "signed": at_signing, "settled": settled, "numbers": signed["numbers"],
            "adjusted": adjusted}  # fmt: skip


def test_sums_past_a_double_are_exact_to_the_dong(month):
    assert LIST > DISCOUNT > 2**53 and int(float(LIST)) != LIST and int(float(DISCOUNT)) != DISCOUNT
    told = month["settled"]
    assert [int(told[name]) for name in ("list_value", "discount", "payable")] == [
        LIST, DISCOUNT, LEFT * RENEWALS,
    ]  # fmt: skip
    (statement,) = rows(month["signed"], """
        SELECT list_value, discount, payable, refunds, refund FROM settlement.statement
        WHERE carrier = 'viettel'
    """)  # fmt: skip
    assert statement == (LIST, DISCOUNT, LEFT * RENEWALS, RENEWALS, DISCOUNT)
    assert int(due_in(open_home(month["signed"]))["refund"].sum()) == DISCOUNT
    listed = done("refund", "list", "--home", month["signed"])["carriers"]["viettel"]
    assert int(listed["due"]["refund"]) == DISCOUNT
    more = month["adjusted"]
    assert int(more["totals"]["list_value"]) == PRICE
    assert int(more["totals"]["discount"]) == PRICE - LEFT
    assert set(more["causes"]) == {"late"}
    (booked,) = rows(month["home"], """
        SELECT sum(list_value)::HUGEINT::VARCHAR FROM settlement.booked WHERE carrier = 'viettel'
    """)[0]  # fmt: skip
    assert int(booked) == LIST + PRICE


@pytest.fixture(scope="session")
def papers(month, tmp_path_factory):

    def make(out):
        for carrier in ("viettel", "vnpt", "mobifone"):
            done("paper", MONTH, "--carrier", carrier, "--out", out, "--home", month["signed"])
        return out

    return made_once(tmp_path_factory, "bad-papers", make)


@needs("pdftotext")
def test_the_papers_say_it_in_digits_and_in_words(papers, month, tmp_path):
    said = text_of((papers / f"bien-ban-{MONTH}-viettel.vi.pdf").read_bytes(), tmp_path)
    for amount in (LIST, DISCOUNT):
        assert f"{amount:,}".replace(",", ".") in said
        assert all(word in said for word in amount_in_words(amount).split())
    assert month["numbers"]["viettel"] in said
    empty = text_of((papers / f"bien-ban-{MONTH}-vnpt.vi.pdf").read_bytes(), tmp_path)
    assert all(word in empty for word in amount_in_words(0).split())
    assert month["numbers"]["vnpt"] in empty


def test_the_machine_file_and_the_workbook_have_every_digit(papers, month):
    (path,) = papers.glob("*viettel*.json")
    assert f'"{DISCOUNT}"' in path.read_text("utf-8")
    json.loads(path.read_text("utf-8"))
    book = month["signed"] / "reports" / f"doi-soat-{MONTH}-viettel.xlsx"
    assert f"{DISCOUNT:,}".replace(",", ".") in texts(book)


@pytest.mark.parametrize("carrier", ["viettel", "vnpt", "mobifone"])
def test_packs_of_too_much_of_suspended_only_and_of_nothing_are_checked(month, carrier, tmp_path):
    pack = tmp_path / "pack"
    told = done("pack", carrier, MONTH, "--out", pack, "--home", month["signed"])
    assert told["signed"] and check_here(pack) is None
    status, said = script(pack)
    assert status == 0, said
    assert done("verify", pack)["ok"]


def test_a_carrier_with_suspended_usage_only_has_a_statement_of_nothing(month):
    found = rows(month["signed"], """
        SELECT events, rated, suspended, list_value, payable FROM settlement.statement
        WHERE carrier = 'vnpt'
    """)  # fmt: skip
    assert found == [(1, 0, 1, 0, 0)]
    assert month["numbers"]["vnpt"] == "01/2021/DS-VNPT"
    late = rows(month["home"], """
        SELECT events, rated, suspended, list_value FROM settlement.booked
        WHERE carrier = 'vnpt' AND part = 'adjustment'
    """)  # fmt: skip
    assert late == [(1, 0, 1, 0)]
    assert done("verify", "--home", month["home"])["ok"]


def test_a_carrier_without_usage_has_a_signed_statement_of_nothing(month, papers, tmp_path):
    home = month["home"]
    before = tree_of(home)
    assert month["numbers"]["mobifone"] == "01/2021/DS-MOBIFONE"
    assert rows(home, """
        SELECT part, events, list_value, payable, relief FROM settlement.booked
        WHERE carrier = 'mobifone'
    """) == [("own", 0, 0, 0, 0)]  # fmt: skip
    (path,) = papers.glob("*mobifone*.json")
    json.loads(path.read_text("utf-8"))
    path = _ledger(tmp_path, "mobifone", [("2021-08-10", 0)])
    status, told, _ = run("tie-out", MONTH, "--carrier", "mobifone", "--ledger", path,
                          "--home", home)  # fmt: skip
    assert status == 0 and set(told["totals"].values()) == {"0"}
    path = _ledger(tmp_path, "mobifone", [("2021-08-10", 7)])
    status, told, _ = run("tie-out", MONTH, "--carrier", "mobifone", "--ledger", path,
                          "--home", home)  # fmt: skip
    assert status == EXIT_DISAGREEMENTS and told["totals"]["unexplained"] == "7"
    assert done("refund", "list", "--carrier", "mobifone", "--home", home) == {"carriers": {}}
    assert tree_of(home) == before


def test_what_is_no_carrier_is_refused_and_the_home_stays(month, tmp_path):
    home = month["signed"]
    before = tree_of(home)
    for words in (
        ("paper", MONTH, "--carrier", "gtel", "--out", tmp_path / "papers"),
        ("pack", "gtel", MONTH, "--out", tmp_path / "pack"),
        ("tie-out", MONTH, "--carrier", "gtel", "--ledger", _ledger(tmp_path, "gtel")),
    ):
        error = refused(7, *words, "--home", home)
        assert "gtel" in error["what"] and "viettel" in error["what"] + error["mend"], words
    assert tree_of(home) == before
    assert not (tmp_path / "papers").exists() and not (tmp_path / "pack").exists()


def test_a_ledger_of_so_much_ties_to_the_dong(month, tmp_path):
    """One đồng a day less is found, though a double could not tell it."""
    by_day = rows(month["signed"], """
        SELECT day, sum(payable)::BIGINT FROM rated.total WHERE carrier = 'viettel' GROUP BY 1
    """)  # fmt: skip
    for missing, status in ((0, 0), (1, EXIT_DISAGREEMENTS)):
        path = _ledger(tmp_path, "viettel", [
            (day, payable + (PRICE - LEFT) * (payable // LEFT) - missing) for day, payable in by_day
        ])  # fmt: skip
        found, told, _ = run("tie-out", MONTH, "--carrier", "viettel", "--ledger", path,
                             "--home", month["signed"])  # fmt: skip
        assert found == status and int(told["totals"]["ledger"]) == LIST - missing * len(by_day)


def _ledger(folder, carrier, billed=()):
    path = folder / "so.csv"
    lines = [f"Doanh nghiệp;{carrier}", f"Kỳ;{MONTH}", "Đơn vị tiền;đồng",
             "Ngày;Dịch vụ;Số tiền đã tính, gồm thuế GTGT"]  # fmt: skip
    lines += [f"{day};pack;{amount}" for day, amount in billed] or ["2021-08-10;pack;0"]
    path.write_text("\n".join([*lines, ""]), "utf-8")
    return path
