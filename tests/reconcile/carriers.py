"""A small home of three carriers with all that causes turn on, and what an oracle makes of it.

Three months: the last night of July, August, the first morning of September. A price that changes
within August, orders that begin and end, records said again, contradicted and late. Nothing here
uses what it tests: cells are added up from outcomes of the oracle, or by SQL.
"""

import shutil
from collections import defaultdict
from datetime import datetime, timedelta
from itertools import count
from random import Random

import polars as pl

from doisoat.engine.intake.master.master_tables import BY_NAME, standing
from doisoat.engine.intake.records.conflict import CONFLICT, copies_in
from doisoat.engine.oracle import oracle
from doisoat.engine.store.home import list_parts
from doisoat.settlement.figures.period import Period
from doisoat.settlement.rerating.owner_replay import event_of, subscription_of
from doisoat.tariffs.load.bundled import bundled_catalogue
from tests.intake.conftest import USAGE, VOICE
from tests.integration.conftest import done

AUGUST = Period.of("2021-08")
CHANGE = "2021-08-15"
SUBSCRIPTIONS = "number,account,carrier,plan,segment,payment,home_locality,valid_from,valid_until"
PEOPLE = (  # number, carrier, plan, segment, payment, home, account (which no record names)
    ("84961234561", "viettel", "viettel.Tomato", "standard", "prepaid", "79", ""),
    ("84961234562", "viettel", "viettel.Tomato", "standard", "prepaid", "01", ""),
    ("84961234563", "viettel", "viettel.Postpaid", "standard", "postpaid", "30", ""),
    ("84901234561", "mobifone", "mobifone.MobiCard", "low_income", "prepaid", "79", ""),
    ("84901234562", "mobifone", "mobifone.MobiQ", "standard", "prepaid", "01", ""),
    ("84911234561", "vnpt", "vnpt.VinaCard", "standard", "prepaid", "79", ""),
    ("84911234562", "vnpt", "vnpt.VinaCard", "frontline", "prepaid", "31", "TK-1"),
)
PACKS = {
    "viettel": ("viettel.VX3", "viettel.VX7"),
    "mobifone": ("mobifone.VX3", "mobifone.D5", "mobifone.D15", "mobifone.C90N"),
    "vnpt": ("vnpt.VX3", "vnpt.VX7"),
}
ON_NET = {"viettel": "84967654321", "mobifone": "84907654321", "vnpt": "84917654321"}
HOSTS = ("moh.gov.vn", "bluezone.gov.vn", "ncovi.vn", "", "else.vn")


def catalogue_of(folder):
    """The bundled catalogue, in which Tomato's prices change in the middle of August."""
    shutil.copytree(bundled_catalogue(), folder)
    plans = folder / "plans.yaml"
    text = plans.read_text("utf-8")
    first, begin = text.index("  - id: viettel.Tomato"), text.index("  - id: viettel.Economy")
    old = text[first:begin]
    new = old.replace("valid_from: 2019-01-01", f"valid_from: {CHANGE}")
    new = new.replace('price: "1590"', 'price: "1380"').replace('price: "75"', 'price: "60"')
    old = old.replace(
        "valid_from: 2019-01-01", f"valid_from: 2019-01-01\n    valid_until: {CHANGE}"
    )
    assert new.count("1380") == 2 and "valid_until" in old
    plans.write_text(text[:first] + old + new + text[begin:], "utf-8")
    return folder


def records(seed):
    """(usage, said again, said otherwise, late), each a list of records of the world's form."""
    rng, keys = Random(seed), count(1)
    usage, begin = [], datetime(2021, 7, 31, 20)
    end = datetime(2021, 9, 1, 10)

    def record(person, at, **changes):
        number, carrier, *_, home, _ = person
        return {
            **VOICE, "record_key": f"k{next(keys)}", "carrier": carrier, "number": number,
            "started": f"{at:%Y-%m-%d %H:%M:%S}.000",
            "locality": rng.choice((home, home, "79", "01")), "duration_s": "", "charged": "",
            "other": "", **changes,
        }  # fmt: skip

    def one(person, at):
        carrier = person[1]
        kind = rng.choice(("voice", "voice", "voice", "data", "data", "sms", "pack"))
        if kind == "voice":
            other = rng.choice((ON_NET[carrier], ON_NET[carrier], "84921234567"))
            length = rng.choice(("1", "7", "33", "61.250", "100", "419", "1200"))
            return record(person, at, other=other, duration_s=length)
        if kind == "data":
            units = str(rng.choice((1, 1_000, 51_201, 7 * 2**20, 3 * 2**30)))
            host = rng.choice(HOSTS)
            return record(person, at, kind="data", units=units, host=host, duration_s="60")
        if kind == "sms":
            return record(
                person, at, kind="sms", units="1", other=rng.choice(("999", "84921234567"))
            )
        pack, action = rng.choice(PACKS[carrier]), rng.choice(("registration", "renewal"))
        return record(person, at, kind="pack", units="1", pack=pack, action=action)

    for person in PEOPLE:
        # Edges: before midnight and after it, the month's ends, the package's and orders' instants.
        for day, clock in (("08-11", "23:59:40"), ("08-20", "00:00:00"), ("07-31", "23:59:50"),
                           ("08-31", "23:59:55"), ("09-01", "01:00:00"), ("08-05", "00:00:00"),
                           ("08-08", "05:59:59"), ("08-16", "00:30:00")):  # fmt: skip
            at = datetime.fromisoformat(f"2021-{day}T{clock}")
            usage.append(record(person, at, other=ON_NET[person[1]], duration_s="61.250"))
        for _ in range(45):
            seconds = rng.randrange(int((end - begin).total_seconds()))
            usage.append(one(person, begin + timedelta(seconds=seconds)))
    inside = [r for r in usage if r["started"] > "2021-08-05" and r["started"] < "2021-08-31"]
    twice = rng.sample(inside, 24)
    calls = [r for r in inside if r["kind"] == "voice" and r not in twice]
    contradicted = rng.sample(calls, 12)
    otherwise = [{**r, "duration_s": "250"} for r in contradicted]
    once = [r for r in inside if r not in twice and r not in contradicted and r["kind"] != "sms"]
    late = rng.sample(once, 14)
    return [r for r in usage if r not in late], twice, otherwise, late


def made(folder, key, seed=1):
    """A home of all that, August settled before and after the late records came; its catalogue."""
    home, catalogue = folder / "home", catalogue_of(folder / "catalogue")
    rows = [
        f"{n},{account},{c},{p},{s},{pay},{place},2020-01-01 00:00:00.000,"
        for n, c, p, s, pay, place, account in PEOPLE
    ]
    people = folder / "subscriptions.csv"
    people.write_text("\n".join([SUBSCRIPTIONS, *rows, ""]), "utf-8")
    usage, twice, otherwise, late = records(seed)
    half = len(usage) // 2
    files = {"a.csv": usage[:half] + twice[:6], "b.csv": usage[half:], "c.csv": twice[6:],
             "d.csv": otherwise, "late.csv": late}  # fmt: skip
    for name, held in files.items():
        lines = [",".join(record.values()) for record in held]
        (folder / name).write_text("\n".join([USAGE, *lines, ""]), "utf-8")
    take = ("--mapping", "world", "--key", key, "--home", home)
    done("intake", people, "--kind", "subscriptions", *take)
    done("intake", *(folder / name for name in ("a.csv", "b.csv", "c.csv", "d.csv")), *take)
    for month in ("2021-07", "2021-08", "2021-09"):
        done("settle", "--period", month, "--catalogue", catalogue, "--home", home)
    choose(home)
    done("intake", folder / "late.csv", *take)
    for month in ("2021-08", "2021-09"):
        done("settle", "--period", month, "--catalogue", catalogue, "--home", home)
    return home, catalogue


def choose(home):
    """One of the contradictions is decided: the second delivery was right."""
    listed = done("suspense", "list", "--reason", "conflicting", "--home", home)["records"]
    (first, *_) = sorted(one["address"] for one in listed if one["file"] == "d.csv")
    done("suspense", "choose", first, "--who", "Lan", "--why", "sent again", "--apply",
         "--home", home)  # fmt: skip


class Told:
    """The events of a home as the oracle takes them."""

    def __init__(self, home):
        usage, master = list_parts(home, "usage"), list_parts(home, "master")
        copies = copies_in(home, usage)
        rows = standing(master, BY_NAME["subscription"])
        self.people = [subscription_of(row) for row in rows.iter_rows(named=True)]
        contradicted = copies.select("event_hi", "event_lo").unique()
        (chosen,) = copies.filter("is_chosen").select("content_hi", "content_lo").rows()
        self.events, self.suspended, self.file_of = [], defaultdict(list), {}
        for part in usage:
            traits = pl.read_parquet(part.path / "trait.parquet", hive_partitioning=False)
            stored = [pl.read_parquet(path, hive_partitioning=False) for path in part.buckets]
            sources = pl.read_parquet(part.path / "source.parquet", hive_partitioning=False)
            named = sources.select("source", "name", "sha256")
            events = pl.concat(stored).join(contradicted, on=["event_hi", "event_lo"], how="anti")
            for row in events.join(traits, on="trait").join(named, on="source").to_dicts():
                event = event_of(row)
                self.events.append(event)
                self.file_of[event.event_id] = row["sha256"]
            path = part.file(CONFLICT)
            if path is not None:
                held = pl.read_parquet(path, hive_partitioning=False).join(traits, on="trait")
                for row in held.join(named, on="source").to_dicts():
                    event = event_of(row)
                    self.suspended[event.event_id].append((row["name"], event))
                    if (row["content_hi"], row["content_lo"]) == chosen:
                        decided, file = event, row["sha256"]
        del self.suspended[decided.event_id]
        self.events.append(decided)
        self.file_of[decided.event_id] = file

    def outcomes(self, catalogue, package, carrier, events=None):
        """Those of August by the oracle; balances begin in July. events: in place of the home's."""
        given = self.events if events is None else events
        people = [row for row in self.people if row.carrier == carrier]
        own = [event for event in given if event.carrier == carrier]  # nobody changes his carrier
        period = Period.of("2021-07").begin_ms, AUGUST.end_ms
        result = oracle.rate(catalogue, package, people, (), own, period)
        return [one for one in result.outcomes if one.event.start_ms >= AUGUST.begin_ms]

    def cells(self, catalogue, package, carrier, events=None):
        """{(measure, nature, day, province): (events, units, amount)} of the same."""
        province = {one.code: one.province or one.code for one in catalogue.localities}
        homes = {row.subscriber: province.get(row.home_locality, "") for row in self.people}
        found = defaultdict(lambda: [0, 0, 0])
        for outcome in self.outcomes(catalogue, package, carrier, events):
            event = outcome.event
            for line in outcome.lines:
                cell = found[line.measure, line.nature, day_of(event.start_ms), homes[event.member]]
                for place, value in enumerate((1, line.units, line.amount)):
                    cell[place] += value
        return {key: tuple(values) for key, values in found.items()}


def day_of(ms):
    return (datetime(1970, 1, 1) + timedelta(milliseconds=ms)).date()


def moved(theirs, ours):
    """What differs between two results of `cells`."""
    nothing = (0, 0, 0)
    differences = {
        key: tuple(
            a - b for a, b in zip(theirs.get(key, nothing), ours.get(key, nothing), strict=True)
        )
        for key in {*theirs, *ours}
    }
    return {key: values for key, values in differences.items() if any(values)}


def as_cells(frame):
    """The rows of a frame of differences in the form of `moved`."""
    keys = ("measure", "nature", "day", "home_province")
    rows = frame.select(*keys, "events", "units", "amount").iter_rows()
    found = {tuple(row[:4]): tuple(row[4:]) for row in rows}
    assert len(found) == frame.height
    return found
