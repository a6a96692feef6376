"""Settle, its what-ifs and the oracle, held to each other on homes of random worlds.

A world has purchases, records and parts of sessions in one instant, over the end of a month. Both
months are settled, then compared with no package, turned by a reading, held to a claim's causes and
asked what they forgo; the oracle says what each of these comes to.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

from doisoat.engine.oracle import oracle
from doisoat.engine.oracle.oracle import Event, OpenPack, Outcome, OwnerState, Subscription
from doisoat.engine.store.home import open_home
from doisoat.settlement.figures.period import MS_PER_DAY, Period
from doisoat.settlement.reconcile.causes import suspended_causes as suspended
from doisoat.settlement.reconcile.causes import world_causes as worlds
from doisoat.settlement.reconcile.causes.package_worlds import Named
from doisoat.settlement.rerating.evaluation import World as Tariffs
from doisoat.settlement.rerating.evaluation import evaluate, gather_ground
from doisoat.settlement.runs.runs import RunFiles, current_runs, file_of, run_files
from doisoat.settlement.settle.settle import SettleRequest, settle
from doisoat.settlement.what_if.compare import compare
from doisoat.settlement.what_if.forgone import work_out
from doisoat.settlement.what_if.scenario import Side
from doisoat.settlement.what_if.sensitivity import sensitivity
from doisoat.tariffs.load.tariffs import load_package
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import NO_PACKAGE, Package
from tests.tariff_worlds import CARRIERS, DAY, HOUR, SOURCED
from tests.world_homes import content_of, other_copy, write_home
from tests.worlds import LONG_AGO, World, WorldMaker

MONTHS = ("2021-07", "2021-08")
BEGIN = Period.of(MONTHS[0]).begin_ms
AMOUNTS = ("list_value", "discount", "payable")
READING = "in_use"
IN_USE = ("full", "remaining", "prorated", "at_renewal")
Sums = dict[str, int]
Lines = Counter[tuple[int, str, str, int, int]]  # event, measure, nature, units, amount


@dataclass(frozen=True)
class Made:
    """A home of a random world, and what it was made of. worlds: a few owners each."""

    path: Path
    package_file: Path
    catalogue: Catalogue
    package: Package
    worlds: tuple[World, ...]
    copies: tuple[Event, ...]  # of contradicted events, which are in no world

    @property
    def events(self) -> int:
        return sum(len(world.events) for world in self.worlds)


class Maker(WorldMaker):
    """Owners who buy, use and are recorded again and again in one instant."""

    def __init__(self, rng: Random) -> None:
        super().__init__(rng, plain=False)
        self.decimals = 0  # statements are in whole đồng
        self.instants: list[int] = []

    def start(self) -> int:
        if self.instants and self.chance(0.4):
            return self.one(*self.instants)
        self.instants.append(super().start())
        return self.instants[-1]

    def subscriptions(self, owner: int) -> list[Subscription]:
        """At one carrier: what a number that was ported holds, tests of ports say."""
        rows = super().subscriptions(owner)
        plans = {"viettel": "a1", "vnpt": "b1"}
        own = rows[0].carrier if rows else ""
        return [
            row if row.carrier == own else replace(row, carrier=own, plan=plans[own])
            for row in rows
        ]

    def event(self, owner: int, rows: list[Any]) -> list[Event]:
        made = super().event(owner, rows)
        while made and self.chance(0.35 if made[0].kind == "pack" else 0.1):
            twin = replace(made[-1], event_id=self.rng.getrandbits(128))
            made.append(replace(twin, units=self.one(twin.units, 1, 60_000))
                        if twin.kind not in ("pack", "fee") else twin)  # fmt: skip
        return made

    def open_packs(self, owner: int, catalogue: Catalogue) -> list[OpenPack]:
        """Bought before the first month begins."""
        ago = {1, 1_000, HOUR, *(days * DAY + self.one(0, HOUR) for days in LONG_AGO)}
        found = []
        for before in self.rng.sample(sorted(ago), self.one(0, 1, 2, 3)):
            found += self.listed(owner, BEGIN - before, BEGIN, catalogue)
        return found

    def package_tree(self) -> dict[str, Any]:
        """With a bonus at least, and a reading of what it gives packs in use."""
        tree = super().package_tree()
        measures = tree["measures"]
        bonuses = [one for one in measures if one["effect"]["type"] == "bonus_volume"]
        if not bonuses:
            a, b = self.span(0.2)
            bonuses = [{
                "id": "bonus", "title": "-", "title_en": "-", "document": "-", "order": 41,
                "valid_from": self.text(a), "valid_until": self.text(max(b, a + DAY)), **SOURCED,
                **self.bonus(),
            }]  # fmt: skip
            if tree["programmes"]:
                bonuses[0]["programme"] = tree["programmes"][0]["id"]
            measures += bonuses
        default = bonuses[0]["effect"]["pack_in_use"]
        for one in bonuses:
            one["effect"]["pack_in_use"] = {"reading": READING}
        alternatives = {name: {"value": name, "means": name} for name in IN_USE}
        tree["readings"] = [{
            "name": READING, "question": "?", "question_en": "?", "default": default,
            "alternatives": alternatives, "source": "tests",
        }]  # fmt: skip
        return tree


def make(seed: int, folder: Path, events: int) -> Made:
    """The home of a seed, of at least so many events."""
    rng = Random(seed)
    maker = Maker(rng)
    catalogue = maker.catalogue()
    file = write_package(folder, maker.package_tree())
    package = load_package(file)
    found: list[World] = []
    while sum(len(world.events) for world in found) < events:
        one = maker.owners(catalogue, package, 80, accounts=True)
        found.append(replace(one, ports=found[0].ports if found else one.ports))
    copies: list[Event] = []
    if rng.random() < 0.5:
        found = [without_some(world, rng, copies) for world in found]
    every = [event for world in found for event in world.events]
    cuts = sorted(rng.sample(range(len(every)), rng.choice((0, 0, 1))))
    rng.shuffle(every)
    parts = [every[: cuts[0]], every[cuts[0] :]] if cuts and cuts[0] else [every]
    path = write_home(
        folder / "home",
        [row for world in found for row in world.subscriptions],
        found[0].ports,
        [pack for world in found for pack in world.open_packs],
        parts,
        copies,
        rng.choice((1, 4)),
    )
    return Made(path, file, catalogue, package, tuple(found), tuple(copies))


def without_some(world: World, rng: Random, copies: list[Event]) -> World:
    """The world without a few of its events, about which records contradict each other."""
    gone = [event for event in world.events if rng.random() < 0.03 and event.kind != "fee"]
    for event in gone:
        copies += [event, other_copy(event, rng)]
    kept = tuple(event for event in world.events if event not in gone)
    return replace(world, events=kept)


def write_package(folder: Path, tree: dict[str, Any]) -> Path:
    """The file of a package; one of several programmes joins the files of each."""
    head = {key: tree[key] for key in ("title", "title_en", "author", "reference", "baseline")}
    own: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for floor in ("areas", "measures"):
        for entry in tree[floor]:
            programme = entry.pop("programme", None) or ""
            own[programme, floor].append(entry)
    names = [programme["id"] for programme in tree["programmes"]] or [""]
    for number, name in enumerate(names):
        said = {"id": name or tree["id"], **head,
                "areas": own[name, "areas"], "measures": own[name, "measures"]}  # fmt: skip
        if number == 0:
            said["readings"] = tree["readings"]
        (folder / f"{name or 'package'}.yaml").write_text(json.dumps(written(said)), "utf-8")
    if tree["programmes"]:
        said = {"id": tree["id"], **head,
                "programmes": [{"package": f"{name}.yaml"} for name in names]}  # fmt: skip
        (folder / "package.yaml").write_text(json.dumps(said), "utf-8")
    return folder / "package.yaml"


def written(value: Any) -> Any:
    """As a file says it: what is not said is left out."""
    if isinstance(value, Mapping):
        return {key: written(below) for key, below in value.items() if below is not None}
    if isinstance(value, (list, tuple)):
        return [written(below) for below in value]
    return value


# --- what the oracle says -------------------------------------------------------------------------


@dataclass
class Told:
    """What a month comes to."""

    outcomes: list[Outcome]

    def sums(self, key: Any) -> dict[Any, Sums]:
        """AMOUNTS and events of what was rated, by a key of its events; keys of 0 events have no
        row."""
        found: dict[Any, Sums] = defaultdict(lambda: dict.fromkeys(("events", *AMOUNTS), 0))
        for one in self.outcomes:
            if one.status == "rated":
                row = found[key(one.event)]
                row["events"] += 1
                row["list_value"] += one.list_value
                row["payable"] += one.payable
                row["discount"] += one.list_value - one.payable
        return dict(found)

    def relief(self, key: Any) -> dict[Any, tuple[int, int, int]]:
        """Events, units and amount by (key of the event, measure, nature); where any is above 0."""
        found: dict[Any, list[int]] = defaultdict(lambda: [0, 0, 0])
        for one in self.outcomes:
            for line in one.lines:
                row = found[(key(one.event), line.measure, line.nature)]
                for at, value in enumerate((1, line.units, line.amount)):
                    row[at] += value
        return {key: (row[0], row[1], row[2]) for key, row in found.items() if any(row)}

    def total(self, name: str) -> int:
        return sum(row[name] for row in self.sums(lambda event: "").values())

    def nature(self, nature: str) -> int:
        rows = self.relief(lambda event: "").items()
        return sum(row[2] for (_, _, own), row in rows if own == nature)

    @property
    def lines(self) -> Lines:
        return Counter(
            (one.event.event_id, line.measure, line.nature, line.units, line.amount)
            for one in self.outcomes
            for line in one.lines
        )

    @property
    def suspended(self) -> dict[int, str]:
        return {one.event.event_id: one.status for one in self.outcomes if one.status != "rated"}


def told(
    made: Made,
    catalogue: Catalogue,
    package: Package,
    months: Sequence[str] = MONTHS,
    beside: Sequence[Event] = (),
    states: Sequence[tuple[OwnerState, ...] | None] | None = None,
) -> tuple[dict[str, Told], list[tuple[OwnerState, ...] | None]]:
    """What months come to, one after the other, and what the last one leaves, world by world.

    Args: beside: events that are rated too; states: what is there when the first month begins.
    """
    found = {month: Told([]) for month in months}
    left: list[tuple[OwnerState, ...] | None] = []
    for at, world in enumerate(made.worlds):
        state = None if states is None else states[at]
        own = {row.owner for row in world.subscriptions} | {e.owner for e in world.events}
        own |= {row.member for row in world.subscriptions}
        events = [*world.events, *(one for one in beside if {one.owner, one.member} & own)]
        for month in months:
            period = Period.of(month)
            result = oracle.rate(
                catalogue, package, world.subscriptions, world.ports, events,
                (period.begin_ms, period.end_ms), world.open_packs if state is None else (), state,
            )  # fmt: skip
            found[month].outcomes += result.outcomes
            state = result.state
        left.append(state)
    return found, left


# --- held to it -----------------------------------------------------------------------------------


def day_of(event: Event) -> int:
    return event.start_ms // MS_PER_DAY


def carrier_of(event: Event) -> str:
    return event.carrier


def differences(seed: int, folder: Path, events: int) -> tuple[int, list[str]]:
    """How many events the home of a seed has, and what is said apart."""
    made = make(seed, folder, events)
    return made.events, [f"world {seed}, {text}" for text in Held(made, Random(seed)).all()]


class Held:
    """Whatever is said of one home, held to the oracle; `apart` grows by each difference."""

    def __init__(self, made: Made, rng: Random) -> None:
        self.made, self.rng, self.apart = made, rng, list[str]()
        self.catalogue, self.package = made.catalogue, made.package
        self.with_it, _ = told(made, self.catalogue, self.package)
        self.without, _ = told(made, self.catalogue, NO_PACKAGE)
        others = [name for name in IN_USE if name != self.package.chosen[READING]]
        self.turned = rng.choice(others)
        self.under_turned: dict[str, Told] = {}
        self.month_of_causes = ""  # a reading is turned, or a cause is asked: the oracle takes long
        if rng.random() < 0.5:
            turned = load_package(made.package_file, {READING: self.turned})
            self.under_turned, _ = told(made, self.catalogue, turned)
        else:
            self.month_of_causes = rng.choice(MONTHS)

    def all(self) -> list[str]:
        for month in MONTHS:
            if not self.with_it[month].outcomes:
                continue
            settle(self.made.path, SettleRequest(self.catalogue, self.package, month, threads=1))
            run = self.run_of(month)
            self.settled(month, run)
            self.compared(month)
            self.sensitive(month)
            self.forgone(month)
            if month == self.month_of_causes:
                self.caused(month, run)
            self.counted(month, run)
        return self.apart

    def run_of(self, month: str) -> RunFiles:
        home = open_home(self.made.path)
        return run_files(home, current_runs(home)[month], superseded=False)

    def same(self, what: str, found: Any, expected: Any) -> None:
        """Note where two things differ, key by key where they have keys."""
        if found == expected:
            return
        if isinstance(found, Mapping) and isinstance(expected, Mapping):
            keys = [k for k in {**found, **expected} if found.get(k) != expected.get(k)]
            shown = "; ".join(
                f"{k}: {found.get(k)}, the oracle {expected.get(k)}" for k in keys[:3]
            )
            self.apart.append(f"{what}: {len(keys)} differ: {shown}")
        else:
            self.apart.append(f"{what}: {found}, the oracle {expected}")

    def settled(self, month: str, run: RunFiles) -> None:
        """Each line, each suspended event, and each total of settle."""
        of_month = self.with_it[month]
        lines = pl.read_parquet(file_of(run, "line.parquet"))
        ids = (pl.col(f"event_{half}").cast(pl.UInt64) for half in ("hi", "lo"))
        rows = lines.select(*ids, pl.col("measure", "nature").cast(pl.String), "units", "amount")
        found: Lines = Counter((hi << 64 | lo, *rest) for hi, lo, *rest in rows.iter_rows())
        self.same(f"{month}, lines of settle", found, of_month.lines)
        suspense = pl.read_parquet(file_of(run, "suspense.parquet"))
        contradicted = {e.event_id for e in self.made.copies if is_of(month, e)}
        gone = {
            hi << 64 | lo: reason
            for hi, lo, reason in suspense.select(
                "event_hi", "event_lo", pl.col("reason").cast(pl.String)
            ).iter_rows()
        }
        expected = of_month.suspended | dict.fromkeys(contradicted, "conflicting")
        self.same(f"{month}, suspense of settle", gone, expected)
        totals = pl.read_parquet(file_of(run, "total.parquet"))
        by = totals.group_by(pl.col("carrier").cast(pl.String), "day").agg(
            pl.col("events", *AMOUNTS).sum()
        )
        sums = {
            (row.pop("carrier"), as_day(row.pop("day"))): row for row in by.iter_rows(named=True)
        }
        self.same(f"{month}, totals of settle", sums,
                  of_month.sums(lambda event: (event.carrier, day_of(event))))  # fmt: skip

    def compared(self, month: str) -> None:
        """`compare none PACKAGE`, in all, by carrier, by measure, and who pays less or more."""
        ground = gather_ground(self.made.path, self.catalogue, month, None)
        sides = tuple(
            Side(name, "", "", "", "", Tariffs(self.catalogue, package), ())
            for name, package in (("none", NO_PACKAGE), ("it", self.package))
        )
        outcomes = evaluate(
            ground, [side.world for side in sides], threads=1, by_owner=True, by_place=True
        )
        first, second = sides
        found = compare(ground, (first, second), outcomes)
        sides_told = {"base": self.without[month], "what_if": self.with_it[month]}
        for side, expected in sides_told.items():
            natures = {nature: expected.nature(nature) for nature in ("in_kind", "contribution")}
            whole = {name: expected.total(name) for name in AMOUNTS} | natures
            self.same(f"{month}, compare, {side}", dict(getattr(found.whole, side)), whole)
            sums = expected.sums(carrier_of)
            rows = {row.key: getattr(row, side) for row in found.rows["carrier"]}
            for carrier, row in rows.items():
                own = sums.get(carrier, dict.fromkeys(AMOUNTS, 0))
                self.same(f"{month}, compare, {side}, {carrier}",
                          {name: row[name] for name in AMOUNTS},
                          {name: own[name] for name in AMOUNTS})  # fmt: skip
        forgone = self.without[month].total("payable") - self.with_it[month].total("payable")
        self.same(f"{month}, compare, forgone", found.forgone, forgone)
        measures = {(row.measure, row.nature): row.what_if for row in found.measures if row.what_if}
        expected_measures: Counter[tuple[str, str]] = Counter()
        for (_, measure, nature), row in self.with_it[month].relief(carrier_of).items():
            expected_measures[measure, nature] += row[0] if nature == "forbearance" else row[2]
        self.same(f"{month}, compare, measures", measures,
                  {key: value for key, value in expected_measures.items() if value})  # fmt: skip
        self.same(f"{month}, compare, owners", (found.effect.less, found.effect.more),
                  self.who_pays(month))  # fmt: skip
        gone = len(self.with_it[MONTHS[0]].suspended)
        if month != MONTHS[0]:
            gone += len(self.with_it[month].suspended)
        gone += len({e.event_id for e in self.made.copies if e.start_ms < ground.period.end_ms})
        self.same(f"{month}, compare, suspended", found.suspended, (gone, gone))

    def who_pays(self, month: str) -> tuple[int, int]:
        """Owners who pay less with the package than without, and more."""
        change: Counter[int] = Counter()
        for sign, side in ((1, self.with_it), (-1, self.without)):
            for owner, row in side[month].sums(lambda event: event.owner).items():
                change[owner] += sign * row["payable"]
        return sum(v < 0 for v in change.values()), sum(v > 0 for v in change.values())

    def sensitive(self, month: str) -> None:
        """A reading turned: the world in force, and one alternative."""
        ground = gather_ground(self.made.path, self.catalogue, month, None)
        found = sensitivity(ground, self.catalogue, str(self.made.package_file), {}, threads=1)
        (reading,) = found.readings
        figures = {one.alternative: one.figures for one in reading.turned}
        pairs = [("base", found.base, self.with_it[month])]
        if self.under_turned:
            pairs.append((self.turned, figures[self.turned], self.under_turned[month]))
        for name, one, expected in pairs:
            told_of = {
                **{key: getattr(one, key) for key in AMOUNTS},
                "in_kind": one.in_kind, "contribution": one.contribution, "forgone": one.forgone,
            }  # fmt: skip
            self.same(f"{month}, sensitivity, {name}", told_of, {
                **{key: expected.total(key) for key in AMOUNTS},
                "in_kind": expected.nature("in_kind"),
                "contribution": expected.nature("contribution"),
                "forgone": self.without[month].total("payable") - expected.total("payable"),
            })  # fmt: skip

    def forgone(self, month: str) -> None:
        """`forgone`, carrier by carrier; it holds the run to the world with the package itself."""
        found = work_out(self.made.path, month, threads=1)
        for name, side, own in (
            ("payable", self.with_it, found.payable), ("without", self.without, found.without),
        ):  # fmt: skip
            sums = side[month].sums(carrier_of)
            expected = {carrier: sums[carrier]["payable"] if carrier in sums else 0
                        for carrier in own}  # fmt: skip
            self.same(f"{month}, forgone, {name}", dict(own), expected)

    def caused(self, month: str, run: RunFiles) -> None:
        """What a few worlds of a claim's causes move, for one carrier."""
        home, carrier = open_home(self.made.path), self.rng.choice(CARRIERS)
        planned = worlds.planned(home, run, carrier)
        if not planned:
            return
        some = self.rng.sample(planned, min(2, len(planned)))
        found = worlds.differences(home, run, carrier, some, 1)
        for one in some[:1]:
            self._one_cause(month, carrier, one, found.relief, found.items)

    def _one_cause(
        self, month: str, carrier: str, one: Named, relief: pl.DataFrame, items: pl.DataFrame
    ) -> None:
        theirs, _ = told(self.made, one.world.catalogue, one.world.package)
        name = f"{month}, {carrier}, {one.cause} {one.detail}"
        moved: Counter[tuple[int, str, str, int]] = Counter()
        for sign, side in ((1, theirs), (-1, self.with_it)):
            for (key, measure, nature), row in (
                side[month].relief(lambda event: (event.carrier, day_of(event))).items()
            ):
                if key[0] == carrier:
                    for at, value in enumerate(row):
                        moved[key[1], measure, nature, at] += sign * value
        is_it = (pl.col("cause") == one.cause) & (pl.col("detail") == one.detail)
        own: Counter[tuple[int, str, str, int]] = Counter()
        for line in relief.filter(is_it, pl.col("carrier") == carrier).iter_rows(named=True):
            for at, name_of in enumerate(("events", "units", "amount")):
                own[as_day(line["day"]), line["measure"], line["nature"], at] += line[name_of]
        self.same(f"{name}, relief", *({k: v for k, v in c.items() if v} for c in (own, moved)))
        told_items = dict(items.filter(is_it).select("item", "amount").iter_rows())
        both = [side[month].sums(carrier_of).get(carrier) for side in (theirs, self.with_it)]
        rows = [row or dict.fromkeys(("events", *AMOUNTS), 0) for row in both]
        names = {"rated": "events", **{key: key for key in AMOUNTS}}
        self.same(f"{name}, items", {item: told_items.get(item, 0) for item in names},
                  {item: rows[0][key] - rows[1][key] for item, key in names.items()})  # fmt: skip

    def counted(self, month: str, run: RunFiles) -> None:
        """What counting a copy of each contradicted event adds, from the run's opening state on."""
        open_ones = [event for event in self.made.copies if is_of(month, event)]
        if not open_ones:
            return
        found = suspended.found_of(open_home(self.made.path), run)["copy=least_units"]
        chosen: dict[int, Event] = {}
        for event in sorted(open_ones, key=lambda e: (e.units, content_of(e))):
            chosen.setdefault(event.event_id, event)
        states = None
        if month != MONTHS[0]:
            _, states = told(self.made, self.catalogue, self.package, MONTHS[:1])
        theirs, _ = told(
            self.made, self.catalogue, self.package, (month,), list(chosen.values()), states
        )
        more: Counter[tuple[str, str]] = Counter()
        for sign, side in ((1, theirs), (-1, self.with_it)):
            for carrier, row in side[month].sums(carrier_of).items():
                for key in ("events", "list_value", "payable"):
                    more[carrier, key] += sign * row[key]
        own = {
            (row["carrier"], key): row[key]
            for row in found.totals.iter_rows(named=True)
            for key in ("events", "list_value", "payable")
        }
        self.same(f"{month}, copies counted", *({k: v for k, v in c.items() if v}
                                                for c in (own, more)))  # fmt: skip


def is_of(month: str, event: Event) -> bool:
    period = Period.of(month)
    return period.begin_ms <= event.start_ms < period.end_ms


def as_day(day: Any) -> int:
    """A day since 1970-01-01, of a date or such a number."""
    return day if isinstance(day, int) else (day - day.replace(1970, 1, 1)).days
