"""Legs of a world's calls, planted here: what was left out, added and lengthened is found."""

import csv
import random
from collections import Counter, defaultdict
from datetime import timedelta

import pytest

from doisoat.engine.intake.master.master_tables import BY_NAME, standing
from doisoat.engine.store.home import open_home, read_parts

from .conftest import done, refused, run, tree_of
from .test_interconnect import EPOCH, calls_of

COLUMNS = ("record", "payer", "payee", "started", "duration_s")


def written(path, legs):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number, (payer, payee, start_ms, ms) in enumerate(legs):
            started = EPOCH + timedelta(milliseconds=start_ms)
            shown = started.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
            writer.writerow([f"r{number}", payer, payee, shown, f"{ms // 1000}.{ms % 1000:03d}"])
    return path


@pytest.fixture(scope="module")
def outgoing(settled):
    return outgoing_of(settled[0])


def outgoing_of(home):
    """payer, payee, start, length of the world's calls into other networks."""
    calls, _ = calls_of(home)
    ports = defaultdict(list)
    for row in standing(read_parts(open_home(home), "master"), BY_NAME["port"]).iter_rows(
        named=True
    ):
        ports[row["number_hi"], row["number_lo"]].append(row)
    found = {}
    for row in calls.values():
        sort, _, network = row["destination"].partition(":")
        for port in ports[row["counterparty_hi"], row["counterparty_lo"]] * (sort == "mobile"):
            if port["from_ms"] <= row["began_ms"] < (port["until_ms"] or 2**62):
                network = port["carrier"]
        if sort in ("mobile", "fixed") and network != row["carrier"]:
            key = row["carrier"], network, row["call"]
            start_ms, ms = found.get(key, (row["start_ms"], 0))
            found[key] = min(start_ms, row["start_ms"]), ms + row["units"]
    return sorted((payer, payee, *length) for (payer, payee, _), length in found.items())


def test_what_one_side_lacks_or_tells_otherwise_is_found(settled, outgoing, tmp_path):
    home, rng = settled[0], random.Random(3)
    told = done("interconnect", "2021-08", "--home", home)
    assert told["calls"]["due"] == len(outgoing)
    legs, lost, longer = [], 0, 0
    for payer, payee, start_ms, ms in outgoing:
        draw = rng.random()
        if draw < 0.01:
            lost += 1
            continue
        if draw < 0.02 and ms > 500:
            longer += 1
            ms -= 500
        legs.append((payer, payee, start_ms + 700, ms))
    added = [("viettel", "vnpt", start_ms, 3_456_789) for _, _, start_ms, _ in outgoing[:20]]
    file = written(tmp_path / "den.csv", legs + added)
    table = tmp_path / "lech.csv"
    before = tree_of(home)
    status, found, said = run("legs", "2021-08", file, "--csv", table, "--home", home)
    assert status == 3 and tree_of(home) == before, (found, said)
    odd = list(csv.DictReader(table.read_text("utf-8-sig").splitlines()))
    kinds = Counter(row["what"] for row in odd)
    assert kinds == {"only_out": lost, "only_in": len(added), "differs": longer}
    assert longer > 10 < lost
    busy = [one for one in found["directions"] if one["pairs"] > 20]
    assert busy and {one["clock_ms"] for one in busy} == {700}
    out = sum(int(row["out"]["amount"]) for row in found["rows"])
    assert out == sum(int(row["amount"]) for row in told["rows"])


def test_a_file_that_is_wrong_is_refused_and_the_home_stays(settled, tmp_path):
    path = tmp_path / "den.csv"
    path.write_text("record,payer,payee,started,duration_s\nr1,viettel,vnpt,hôm qua,1\n", "utf-8")
    before = tree_of(settled[0])
    error = refused(5, "legs", "2021-08", path, "--home", settled[0])
    assert "it is no time" in error["what"] and error["where"] == "den.csv, row 1, started"
    assert tree_of(settled[0]) == before
