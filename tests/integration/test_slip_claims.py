"""Claims with slips of the hand, from the file that is claimed to the letter that asks of them."""

import re
import shutil
from functools import partial

import pytest

from tests.made_once import made_once

from ..papers.test_papers import needs, text_of
from .claiming import CARRIER, file_claim, honest_by
from .conftest import done, run

FIGURES = ("events", "units", "amount")


def planted(settled, folder):
    """A home with a claim by province, two rows of which are exchanged and one has a digit more;
    by day all amounts are in thousand đồng. What was planted, and what reconciling said."""
    home = folder / "out"
    shutil.copytree(settled[0], home, ignore=shutil.ignore_patterns("world"))
    rows = honest_by(home, "home_province")
    sizes = {}
    for row in rows:
        sizes.setdefault((row["measure"], row["nature"]), []).append(row)
    largest = max(sizes.values(), key=lambda some: len([r for r in some if int(r["events"]) > 9]))
    first, second, third = sorted(largest, key=lambda row: -int(row["amount"]))[:3]
    for name in FIGURES:
        first[name], second[name] = second[name], first[name]
    third["amount"] += "0"
    file_claim(folder, home, rows, "province")
    days = honest_by(home, "day")
    for row in days:
        row["amount"] = str((int(row["amount"]) + 500) // 1_000)
    file_claim(folder, home, days, "day")
    status, found, _ = run("reconcile", "--home", home)
    assert status == 3
    return home, (first, second, third), found


@pytest.fixture(scope="module")
def slips(settled, tmp_path_factory):
    return made_once(tmp_path_factory, "slips", partial(planted, settled))


def test_exchanged_rows_and_a_digit_too_many_are_told_as_what_they_are(slips):
    _, (first, second, third), found = slips
    told = {
        variance["key"]["home_province"]: variance
        for variance in found["variances"]
        if variance["grain"] == "province"
    }
    assert set(told) == {row["home_province"] for row in (first, second, third)}
    assert {variance["verdict"] for variance in told.values()} == {"explained"}
    difference = int(first["amount"]) - int(second["amount"])
    support = {"cells": 2, "fits": 2}
    both = "..".join(sorted(row["home_province"] for row in (first, second)))
    for row, amount in ((first, difference), (second, -difference)):
        assert told[row["home_province"]]["causes"] == [
            {"cause": "exchange", "detail": f"province:{both}",
             "amount": str(amount), "support": support}
        ]  # fmt: skip
    more = int(third["amount"]) // 10 * 9
    assert told[third["home_province"]]["causes"] == [
        {"cause": "scale", "detail": "amount=x10", "amount": str(more)}
    ]


def test_a_column_in_thousand_dong_is_one_cause_of_all_its_days(slips):
    told = [one for one in slips[2]["variances"] if one["grain"] == "day"]
    assert len(told) > 50 and {one["verdict"] for one in told} == {"explained"}
    assert {(cause["cause"], cause["detail"]) for one in told for cause in one["causes"]} == {
        ("scale", "amount=thousand")
    }
    support = {"cells": len(told), "fits": len(told)}
    assert [cause["support"] for one in told for cause in one["causes"]] == [support] * len(told)
    assert any(one["claimed"] == "0" for one in told)


@needs("pdftotext")
def test_slips_are_told_in_words(slips, tmp_path):
    home, (_, second, _), _ = slips
    done("variance", "letter", "2021-08", "--carrier", CARRIER, "--out", tmp_path / "a.pdf",
         "--home", home)  # fmt: skip
    said = re.sub(r"\s+", " ", text_of((tmp_path / "a.pdf").read_bytes(), tmp_path))
    assert "hoán đổi hai dòng hoặc hai cột" in said
    assert "số tiền: thừa một chữ số (gấp 10 lần)" in said
    assert "số tiền: kê bằng nghìn đồng" in said
    assert "ngày ngày" not in said and second["home_province"].isdigit()
