"""Interconnection of a world against a naive twin: dictionaries, Fractions, a call at a time."""

import csv
import json
import shutil
from collections import defaultdict
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

from doisoat.engine.intake.master.master_tables import BY_NAME, standing
from doisoat.engine.store import commit
from doisoat.engine.store.home import open_home, read_parts
from doisoat.settlement.log import journal
from doisoat.settlement.log.merkle import Tree
from doisoat.settlement.runs.runs import current_runs
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue

from .conftest import done, passphrase_in, refused, run, tree_of

EPOCH = datetime(1970, 1, 1)
HALF = Fraction(1, 2)


def calls_of(home):
    """The records of calls of a settled home that were rated, a dictionary each, each event once;
    call: what it is of, its owner's session, or itself; began_ms: when that starts in the month."""
    opened = open_home(home)
    run = opened.floor("runs") / current_runs(opened)["2021-08"]
    held = set(pl.read_parquet(run / "suspense.parquet")["event_lo"])
    found, began = {}, {}
    for part in read_parts(opened, "usage"):
        traits = pl.read_parquet(part.path / "trait.parquet")
        for path in part.buckets:
            named = pl.read_parquet(path, glob=False).join(traits, on="trait")
            for row in named.filter(pl.col("kind") == "voice").iter_rows(named=True):
                if not is_august(row["start_ms"]):
                    continue
                event = row["event_hi"], row["event_lo"]
                session = row["session_hi"], row["session_lo"]
                is_part = row["partial"] and any(session)
                call = (row["owner_hi"], row["owner_lo"], *session) if is_part else event
                began[call] = min(began.get(call, row["start_ms"]), row["start_ms"])
                if row["event_lo"] not in held:
                    found[event] = {**row, "call": call}
    return {event: {**row, "began_ms": began[row["call"]]} for event, row in found.items()}, run


def is_august(ms):
    return (EPOCH + timedelta(milliseconds=ms)).strftime("%Y-%m") == "2021-08"


def twin(home, waived=None):
    """(payer, payee, price, day) -> [per_sum, per_call]. waived: (carrier, measure)."""
    calls, run = calls_of(home)
    opened = open_home(home)
    master = read_parts(opened, "master")
    ports = defaultdict(list)
    for row in standing(master, BY_NAME["port"]).iter_rows(named=True):
        ports[row["number_hi"], row["number_lo"]].append(row)
    catalogue = load_catalogue(bundled_catalogue())
    free = defaultdict(int)
    for row in pl.read_parquet(run / "line.parquet").iter_rows(named=True):
        if (row["carrier"], row["measure"]) == waived and row["nature"] in ("discount", "in_kind"):
            free[row["event_hi"], row["event_lo"]] += row["units"]
    fixed_plans = {plan.id for plan in catalogue.plans if plan.service == "fibre"}
    fixed = {
        (row["subscriber_hi"], row["subscriber_lo"])
        for row in standing(master, BY_NAME["subscription"]).iter_rows(named=True)
        if row["plan"] in fixed_plans
    }
    times, waived_ms = defaultdict(int), defaultdict(int)
    for key, row in calls.items():
        sort, _, network = row["destination"].partition(":")
        if sort not in ("mobile", "fixed"):
            continue
        if sort == "mobile":
            for port in ports[row["counterparty_hi"], row["counterparty_lo"]]:
                if port["from_ms"] <= row["began_ms"] < (port["until_ms"] or 2**62):
                    network = port["carrier"]
        if network == row["carrier"]:
            continue
        moment = EPOCH + timedelta(milliseconds=row["began_ms"])
        service = "fixed" if (row["subscriber_hi"], row["subscriber_lo"]) in fixed else "mobile"
        (price,) = [
            one for one in catalogue.interconnect
            if one.holds_at(moment) and (one.from_service, one.to_service) == (service, sort)
            and network in (one.to_carriers or [network])
        ]  # fmt: skip
        assert price.per == "1 min"
        call = (row["carrier"], network, price.price, moment.date()), row["call"]
        times[call] += row["units"]
        waived_ms[call] += free[key]
    sums, by_call = defaultdict(int), defaultdict(int)
    for (at, call), ms in times.items():
        owed = ms - min(waived_ms[at, call], ms)
        sums[at] += owed
        by_call[at] += int(Fraction(at[2]) * owed / 60_000 + HALF)
    return {at: [int(Fraction(at[2]) * ms / 60_000 + HALF), by_call[at]] for at, ms in sums.items()}


def told(home, *more):
    found = done("interconnect", "2021-08", *more, "--home", home)
    sums = defaultdict(int)
    for row in found["rows"]:
        day = date.fromisoformat(row["day"])
        sums[row["payer"], row["payee"], row["price"], day] += int(row["amount"])
    return found, dict(sums)


@pytest.mark.parametrize(("place", "rounding"), [(0, "per_sum"), (1, "per_call")])
def test_a_world_is_what_its_naive_twin_says(settled, tmp_path, place, rounding):
    home, _ = settled
    table = tmp_path / "k.csv"
    found, sums = told(home, "--rounding", rounding, "--csv", table)
    expected = twin(home)
    assert sums == {at: both[place] for at, both in expected.items()} and len(sums) > 300
    assert found["calls"]["unpriced"] == found["calls"]["unknown_network"] == 0
    net = sum(int(one["owes"]) + int(one["owed"] or 0) for one in found["pairs"])
    rows = list(csv.DictReader(table.read_text("utf-8-sig").splitlines()))
    assert net == sum(sums.values()) == sum(int(row["amount"]) for row in rows)


def test_a_measure_that_waives_takes_off_what_it_relieves(settled, tmp_path):
    home = tmp_path / "out"
    shutil.copytree(settled[0], home, ignore=shutil.ignore_patterns("world"))
    bundled = bundled_catalogue() / "packages" / "vn-2021-08.yaml"
    text = bundled.read_text("utf-8")
    head, found, tail = text.partition("destinations: [on_net, fixed_own]")
    assert found
    package = tmp_path / "waived.yaml"
    package.write_text(
        head + "destinations: [off_net]" + tail.replace("mark: stated\n",
        "mark: stated\n    interconnect: waived\n", 1), "utf-8",
    )  # fmt: skip
    done("settle", "--period", "2021-08", "--package", package, "--home", home)
    found, sums = told(home)
    waived = sum(row["waived_ms"] for row in found["rows"])
    assert waived > 0
    assert sums == {at: both[0] for at, both in twin(home, ("vnpt", "M6")).items()}
    assert {row["payer"] for row in found["rows"] if row["waived_ms"]} == {"vnpt"}
    done("interconnect", "2021-08", "--record", "--home", home)
    said, _ = paper(home, "vnpt")
    prices = said["interconnect"]["prices"]
    assert sum(int(row["waived_ms"]) for row in prices) == waived
    assert sum(int(row["amount"]) for row in prices if row["payer"] == "vnpt") == sum(
        amount for (payer, *_), amount in sums.items() if payer == "vnpt"
    )


def test_a_month_that_is_not_settled_is_refused(settled):
    assert "not settled" in refused(7, "interconnect", "2021-07", "--home", settled[0])["what"]
    assert (
        "not settled"
        in refused(7, "interconnect", "2021-07", "--record", "--home", settled[0])["what"]
    )
    refused(2, "interconnect", "2021-08", "--why", "thử", "--home", settled[0])


# --- in the log, and on the papers ---------------------------------------------------------------


def paper(home, carrier):
    """What a carrier's paper says to machines, and the head of the log that it stands under."""
    made = done("paper", "2021-08", "--carrier", carrier, "--lang", "vi", "--home", home)
    path = Path(made["folder"]) / f"doi-soat-2021-08-{carrier}.json"
    return json.loads(path.read_text("utf-8")), made["issue"]


def test_it_is_recorded_once_and_papers_say_it_from_then_on(home, tmp_path):
    before, issue = paper(home, "viettel")
    assert before["interconnect"] is None
    found = done("interconnect", "2021-08", "--record", "--why", "in giấy", "--home", home)
    assert found["entry"] > issue["log_size"] and not found["already"]
    tree = tree_of(home)
    again = done("interconnect", "2021-08", "--record", "--home", home)
    assert again == {**found, "already": True}
    looked_at = done("interconnect", "2021-08", "--rounding", "per_call", "--home", home)
    assert "entry" not in looked_at and looked_at["rounding"] == "per_call"
    error = refused(
        7, "interconnect", "2021-08", "--record", "--rounding", "per_call", "--home", home
    )
    assert "recorded with rounding per_sum" in error["what"]
    assert "--rounding per_sum" in error["mend"] and error["where"].endswith("journal.jsonl")
    assert tree_of(home) == tree
    assert done("verify", "--home", home)["ok"] and done("status", "--home", home)
    entry = done("log", "show", "--home", home)["entries"][found["entry"] - 1]
    assert (entry["what"], entry["run"], entry["why"]) == ("interconnect", found["run"], "in giấy")

    said, issue = paper(home, "viettel")
    assert issue["log_size"] == found["entry"] == said["interconnect"]["entry"]
    of_log = ("interconnect", "balances", "issue")
    assert {k: v for k, v in said.items() if k not in of_log} == {
        k: v for k, v in before.items() if k not in of_log
    }
    more = [one["name"] for one in said["balances"] if one not in before["balances"]]
    assert more == ["interconnect_owes", "interconnect_owed"]
    of_all = defaultdict(int)
    for row in found["rows"]:
        of_all[row["payer"], row["payee"]] += int(row["amount"])
    pairs = {one["counterparty"]: one for one in said["interconnect"]["pairs"]}
    assert {"vnpt", "mobifone"} < set(pairs) and pairs["gmobile"]["net"] is None
    for other, one in pairs.items():
        assert int(one["owes"]) == of_all["viettel", other]
        if one["net"] is not None:
            assert int(one["owed"]) == of_all[other, "viettel"]
            assert int(one["net"]) == int(one["owed"]) - int(one["owes"])
    assert said["interconnect"]["calls_of_all"] == {
        **{sort: str(count) for sort, count in found["calls"].items()},
        "messages": str(found["messages"]),
    }
    named = ("calls", "ms", "waived_ms", "amount")
    rows = [row for row in found["rows"] if "viettel" in (row["payer"], row["payee"])]
    for name in named:
        prices = sum(int(row[name]) for row in said["interconnect"]["prices"])
        assert prices == sum(int(row[name]) for row in rows)

    secret = passphrase_in(tmp_path)
    signing = ("--key", tmp_path / "s.key", "--passphrase-file", secret)
    done("signer", "new", "ke-toan", *signing)
    done("signer", "add", *signing[:2], "--home", home)
    done("sign", "2021-08", "--no-pack", *signing, "--home", home)
    err = run("interconnect", "2021-08", "--record", "--home", home)[2]
    assert "signed papers" not in err  # they do say it
    signed, issue = paper(home, "viettel")
    assert issue["signed"] and signed["interconnect"] == said["interconnect"]


def test_what_is_recorded_after_signing_is_not_on_the_signed_paper(home, tmp_path):
    secret = passphrase_in(tmp_path)
    signing = ("--key", tmp_path / "s.key", "--passphrase-file", secret)
    done("signer", "new", "ke-toan", *signing)
    done("signer", "add", *signing[:2], "--home", home)
    done("sign", "2021-08", "--no-pack", *signing, "--home", home)
    status, told, err = run("interconnect", "2021-08", "--record", "--home", home)
    assert status == 0 and told["entry"] > 2
    warning = f"was signed before entry {told['entry']}, so its signed papers do not say this"
    assert warning in err
    assert warning in run("interconnect", "2021-08", "--record", "--home", home)[2]
    assert "signed papers" not in run("interconnect", "2021-08", "--home", home)[2]
    assert "was signed before entry" in run("forgone", "2021-08", "--home", home)[2]
    said, issue = paper(home, "vnpt")
    assert issue["signed"] and said["interconnect"] is None


def test_of_one_carrier_alone_only_what_it_owes_is_known(home):
    every = done("interconnect", "2021-08", "--home", home)
    done("settle", "--period", "2021-08", "--carrier", "vnpt", "--home", home)
    found = done("interconnect", "2021-08", "--record", "--home", home)
    assert {row["payer"] for row in found["rows"]} == {"vnpt"} == set(found["carriers"])
    said, _ = paper(home, "vnpt")
    pairs = said["interconnect"]["pairs"]
    assert len(pairs) > 3 and all(one["owed"] is one["net"] is None for one in pairs)
    assert sum(int(one["owes"]) for one in pairs) == sum(
        int(row["amount"]) for row in every["rows"] if row["payer"] == "vnpt"
    )


def test_all_runs_of_a_month_are_recorded_by_one_rounding(home):
    first = done("interconnect", "2021-08", "--record", "--rounding", "per_call", "--home", home)
    done("settle", "--period", "2021-08", "--carrier", "vnpt", "--home", home)
    tree = tree_of(home)
    error = refused(7, "interconnect", "2021-08", "--record", "--home", home)
    assert f"was recorded with rounding per_call (entry {first['entry']} of" in error["what"]
    assert "mọi lần chạy của một tháng làm tròn một cách" in error["what"]
    assert "--rounding per_call" in error["mend"] and tree_of(home) == tree
    done("interconnect", "2021-08", "--home", home)
    again = done("interconnect", "2021-08", "--record", "--rounding", "per_call", "--home", home)
    assert again["run"] != first["run"] and again["entry"] > first["entry"]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda entry: entry.pop("due"), "is not as an entry of interconnection is written"),
        (lambda entry: entry["due"][0].update(amount="1"), "other interconnection of run"),
    ],
)
def test_an_entry_that_was_changed_is_refused(home, change, what):
    done("interconnect", "2021-08", "--record", "--home", home)
    log = home / "log" / "journal.jsonl"
    *lines, last = log.read_text("utf-8").splitlines()
    entry = json.loads(last)
    change(entry)
    log.write_text("\n".join([*lines, json.dumps(entry), ""]), "utf-8")
    tree = Tree(journal.lines(open_home(home)))  # with a head that agrees, as a forger writes it
    commit.write_json(home / journal.HEAD, {"size": len(tree), "root": tree.root().hex()})
    assert what in refused(6, "interconnect", "2021-08", "--record", "--home", home)["what"]
