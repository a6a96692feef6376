"""Random catalogues and packages: every form of price, cover and relief, around few boundaries."""

from datetime import datetime
from random import Random
from typing import Any

from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.catalogue_model import CONSUMPTION, Catalogue
from doisoat.tariffs.models.package_model import Package

SOURCED = {"source": "tests/worlds.py", "mark": "assumed"}
CARRIERS = ("viettel", "vnpt")
PLACES = ("01", "001", "79", "760")
PROVINCES = {"01": "01", "001": "01", "79": "79", "760": "79"}
DAY, HOUR = quantity.MS_PER_DAY, quantity.MS_PER_HOUR
KB = 1 << 10
START = quantity.to_ms(datetime(2021, 7, 29))
SPLIT = quantity.to_ms(datetime(2021, 8, 1))
END = quantity.to_ms(datetime(2021, 8, 5))
VOICE_CLASSES = ("on_net", "off_net", "fixed", "fixed_own", "service_999", "unknown")
SMS_CLASSES = ("on_net", "off_net", "service_999")
DATA_CLASSES = ("data", "zero_rated")
HOST = "bluezone.gov.vn"
CAUSES = ("flood", "storm")
ROUNDINGS = ("half_up", "half_up", "half_even", "half_down", "up", "down")
BANDS = (
    ((None, "23-6"), (None, "6-23")),
    ((None, "0-12"), (None, "12-24")),
    (("mon-fri", None), ("sat, sun, holiday", None)),
    (("fri-mon", "0-24"), ("tue-thu", "8-20"), ("tue-thu", "20-8"), ("holiday", "6-24")),
)


class TariffMaker:
    def __init__(self, rng: Random, plain: bool) -> None:
        self.rng, self.plain = rng, plain
        midnights = [START + day * DAY for day in range(-2, 10)]
        odd = [START + rng.randrange(7 * DAY) // 1000 * 1000 for _ in range(4)]
        self.moments = midnights + [m + 6 * HOUR for m in midnights[2:9:3]] + odd
        self.aside = Random(repr(odd))  # for what came later: worlds stay the ones they were
        self.raw = rng.random() < 0.4
        self.decimals = rng.choice((0, 0, 0, 2))
        self.sessions = not plain and rng.random() < 0.5

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def one(self, *choices):
        return self.rng.choice(choices)

    def some(self, choices, least: int = 1) -> list:
        return self.rng.sample(choices, self.rng.randint(least, len(choices)))

    def text(self, ms: int) -> str:
        return quantity.from_ms(ms // 1000 * 1000).isoformat()

    def span(self, before: float = 0.5) -> tuple[int, int]:
        """Two boundaries; with this chance the first lies before the period."""
        a, b = sorted(self.rng.sample(sorted(set(self.moments)), 2))
        return (START - 20 * DAY if self.chance(before) else a), b + self.one(0, 0, 5 * DAY)

    # --- catalogue -------------------------------------------------------------------------------

    def price(self, *more: str) -> str:
        return self.one("1180", "1590", "19.667", "250", "75", "0.5", "1000", "7", "0", *more)

    def terms(self, kind: str, overage: bool = False) -> dict:
        if kind == "sms":
            return {"price": self.one("250", "99.5", "0"), "per": "1 msg", "block": "1 msg"}
        if kind == "data":
            size = self.one("50 KB", "10 KB", "1 KB", "50 KB + 10 KB")
            bound = {} if overage else {"beyond": self.one("refuse at 500 KB", "refuse at 1 GB")}
            per = self.one("50 KB", "1 MB")
            return {"price": self.price("9.77"), "per": per, "block": size, **bound}
        block = self.one("6 s + 1 s", "60 s + 60 s", "1 min + 1 s", "1 s", "1 min", "500 ms")
        return {"price": self.price(), "per": self.one("1 min", "1 min", "1 s"), "block": block}

    def steps(self, kind: str) -> dict:
        sizes, per, unit = {
            "voice": ((6, 60, 120), "1 min", "s"),
            "data": ((50, 100, 500), "50 KB", "KB"),
            "sms": ((1, 2, 3), "1 msg", "msg"),
        }[kind]
        starts = (0, *sorted(self.some(sizes)))
        table = []
        for start, after in zip(starts, (*starts[1:], 0), strict=True):
            blocks = [n for n in (1, 2, 5, 6, 10, 60) if after == 0 or (after - start) % n == 0]
            table.append({
                "start": f"{start} {unit}", "price": self.price(), "per": per,
                "block": f"{self.one(*blocks)} {unit}",
            })  # fmt: skip
        more = {"voice": "150 s", "data": "600 KB", "sms": "4 msg"}
        beyond = {"beyond": f"refuse at {more[kind]}"} if kind == "data" or self.chance(0.4) else {}
        return {"steps": table, **beyond}

    def rates(self, kind: str, classes: tuple[str, ...]) -> list[dict]:
        out = []
        for destination in classes:
            if self.chance(0.02):
                continue  # no tariff for it
            bands = [(None, None)] if self.chance(0.7) else self.one(*BANDS)
            crossing = "by_start"
            if kind == "voice" and len(bands) > 1 and not self.plain:
                crossing = self.one("by_start", "split_time", "split_time", "split_apart")
            for days, hours in bands:
                terms = self.steps(kind) if self.chance(0.35) else self.terms(kind)
                rule = self.one("continue", "restart", "restart_raw")
                out.append({
                    "kind": kind, "destination": destination, "hours": hours, "days": days,
                    "connect_fee": self.one("0", "0", "0", "100", "0.4"),
                    "connect_rule": self.one("if_any_charged", "if_any_charged", "always"),
                    "rounding": self.one(*ROUNDINGS), "crossing": crossing,
                    "coverage_rule": "continue" if crossing != "by_start" else rule,
                    **self.bounds(), **terms,
                })  # fmt: skip
                if crossing == "by_start":
                    self.change_model(out[-1])
        return out

    def bounds(self) -> dict:
        """What else a tariff says of a charge."""
        out: dict = {}
        if self.chance(0.1):
            out["minimum_charge"] = self.one("50", "0.3", "200")
        if self.chance(0.1):
            out["maximum_charge"] = self.one("500", "300.5", "1000")
        if self.chance(0.1):
            out["round_to"] = self.one("10", "100", "7")
        if self.chance(0.2):
            out["zero_units"] = "charged"
        return out

    def change_model(self, rate: dict) -> None:
        """Now and then another charge model, and flat amounts."""
        if "steps" in rate and self.chance(0.3):
            for step in rate["steps"]:
                step["flat"] = self.one("0", "10", "0.7", "100")
            if not self.plain and self.chance(0.5):
                rate.update(model="volume", coverage_rule="continue")
        elif "steps" not in rate and self.chance(0.1):
            rate.update(model="package")
            del rate["block"]
        elif "steps" not in rate and self.chance(0.1):
            rate.update(model="flat")
            del rate["per"], rate["block"]
        elif rate["kind"] == "sms" and "steps" not in rate and self.chance(0.2):
            rate.update(model="percentage", percent=self.one("1.3", "250", "0"))
            del rate["price"], rate["per"], rate["block"]

    def versions(self, make) -> list[dict]:
        """One open version, or two that follow each other (rarely with a gap between)."""
        if self.chance(0.6):
            return [{**make(), "valid_from": "2020-01-01", **SOURCED}]
        a, b = sorted(self.rng.sample(sorted(set(self.moments)), 2))
        b = b if self.chance(0.2) else a
        return [
            {**make(), "valid_from": "2020-01-01", "valid_until": self.text(a), **SOURCED},
            {**make(), "valid_from": self.text(b), **SOURCED},
        ]

    def plan(self, name: str, carrier: str) -> dict:
        return {
            "id": name, "carrier": carrier, "service": "mobile",
            "monthly_fee": self.one("210000", "49999", None),
            "consumption": self.consumption(),
            "rates": [
                *self.rates("voice", VOICE_CLASSES), *self.rates("sms", SMS_CLASSES),
                *self.rates("data", DATA_CLASSES),
                {"kind": "voice", "destination": "hotline", "price": "0", "per": "1 s",
                 "block": "1 s"},
            ],
        }  # fmt: skip

    def consumption(self) -> list[str]:
        """The usual order of two plans in three."""
        known: list[str] = list(CONSUMPTION)
        return known if self.plain or self.aside.random() < 0.67 else self.aside.sample(known, 4)

    def volume(self, cycles: bool) -> dict:
        per = ("pack", "pack", "day", *(("cycle", "cycle") if cycles else ()))
        kind = self.one("voice", "sms", "data", "data")
        classes = {
            "voice": list(VOICE_CLASSES[:4]), "sms": list(SMS_CLASSES),
            "data": list(DATA_CLASSES),
        }[kind]  # fmt: skip
        amount = {
            "voice": self.one("40 s", "100 s", "5 min"),
            "sms": self.one("1 msg", "3 msg", "10 msg"),
            "data": self.one("100 KB", "333 KB", "2 MB", "777 B"),
        }[kind]  # fmt: skip
        if self.chance(0.15):
            every = [*VOICE_CLASSES[:4], *SMS_CLASSES, *DATA_CLASSES]
            kind, money = self.one((kind, classes), ("any", sorted(set(every))))
            return {
                "kind": kind, "destinations": self.some(money), "amount": self.one("50", "1000"),
                "per": self.one(*per), "counts": "money",
                "hours": self.one(None, None, "0-6", "22-7"),
            }  # fmt: skip
        return {
            "kind": kind, "destinations": self.some(classes), "amount": amount,
            "per": self.one(*per),
            "counts": "raw" if kind != "sms" and self.raw and self.chance(0.7) else "billed",
            "hours": self.one(None, None, None, "0-6", "22-7"),
            "calls": self.calls() if kind == "voice" and self.chance(0.4) else None,
        }  # fmt: skip

    def calls(self) -> dict:
        under = self.one("6 s", "30 s", "60 s", "61 s", "100 s", "3 min")
        return {
            "under": under,
            **self.one(
                {"rule": "first_part"}, {"rule": "only_short", "length": "billed"},
                {"rule": "only_short", "length": "raw"},
            ),
        }  # fmt: skip

    def after(self, kind: str) -> dict:
        rule = self.one("stop", "throttle", "overage", "overage", "plan")
        terms = {**self.terms(kind, True), "price": self.one("75", "10.5", "0", "300")}
        return {"kind": kind, "rule": rule, **(terms if rule == "overage" else {})}

    def validity(self) -> dict:
        if self.chance(0.2):
            return {
                "months": self.one(1, 1, 2, 6, 12),
                "short_month": self.one("last_day", "next_first"),
                **self.one({}, {"ends": "same_time"}, {"ends": "midnight"}),
            }
        if self.chance(0.1):
            return self.one(
                {"days": 6, "cycle_days": 2}, {"days": 3, "cycle_days": 1},
                {"calendar_days": 6, "cycle_days": 3}, {"calendar_days": 180, "cycle_days": 30},
            )  # fmt: skip
        return self.one(
            {"hours": 24}, {"hours": 30}, {"hours": 1}, {"days": 3}, {"days": 30},
            {"calendar_days": 1}, {"calendar_days": 3}, {"calendar_month": True},
            {"calendar_month": True},
        )  # fmt: skip

    def proration(self, validity: dict) -> dict | None:
        if "calendar_month" not in validity or self.chance(0.3):
            return None
        rounding = {"rounding": self.one(*ROUNDINGS)}
        if self.chance(0.4):
            return {"rule": "by_days", **rounding}
        days = [1, *sorted(self.some([2, 21, 29, 30, 31]))]
        shares = [{"from_day": day, "share": self.one("100", "50", "33.3", "0")} for day in days]
        return {"rule": "by_step", "shares": shares, **rounding}

    def renewal(self, prorated: bool) -> dict:
        still_valid = self.one("new_instance", "replace", "replace" if prorated else "extend")
        rollover = "none" if still_valid == "new_instance" else self.one("none", "full")
        return {
            "still_valid": still_valid, "rollover": rollover,
            "failed": self.one("continues", "ends", "suspends"),
        }  # fmt: skip

    def pack(self, name: str) -> dict:
        validity = self.validity()
        cycles = "months" in validity or "cycle_days" in validity
        proration = self.proration(validity)
        kinds = [kind for kind in ("voice", "sms", "data") if self.chance(0.3)]
        return {
            "id": name, "carrier": self.one("viettel", None, None),
            "price": self.one("20000", "4990", "35000", "999", "0"),
            "validity": validity, "proration": proration,
            "renewal": self.renewal(proration is not None),
            "volumes": [self.volume(cycles) for _ in range(self.one(0, 1, 1, 2, 3))],
            "after": [self.after(kind) for kind in kinds],
            "rank": self.one(100, 100, 50),
        }  # fmt: skip

    def catalogue(self) -> Catalogue:
        self.packs = [v for i in range(4) for v in self.versions(lambda i=i: self.pack(f"p{i}"))]
        orders = []
        for number in range(self.one(1, 2, 4)):
            a, b = self.span(0.5)
            orders.append({
                "id": f"order{number}", "directive": self.one(16, 16, 15),
                "localities": self.some(list(PLACES)), "valid_from": self.text(a),
                "valid_until": self.text(b), **SOURCED,
            })  # fmt: skip
        hosts = [
            {"host": host, "list": name, "valid_from": self.text(self.span()[0]), **SOURCED}
            for host, name in ((HOST, "bluezone"), (HOST, "moh"), ("moh.gov.vn", "moh"))
        ]
        return Catalogue.model_validate({
            "currency": {"code": "VND", "decimals": self.decimals},
            "carriers": [
                {"id": c, "name": c, "name_en": c, "mobile": True, "fixed": True, **SOURCED}
                for c in CARRIERS
            ],
            "localities": [
                {"code": code, "name": code, "name_en": code, **SOURCED,
                 "province": None if province == code else province}
                for code, province in PROVINCES.items()
            ],
            "orders": orders,
            "zero_rated_hosts": hosts,
            "holidays": [
                {"day": day, "name": day, **SOURCED}
                for day in self.some(["2021-07-30", "2021-07-31", "2021-08-03"], 0)
            ],
            "plans": [
                v
                for name, carrier in (("a1", "viettel"), ("a2", "viettel"), ("b1", "vnpt"))
                for v in self.versions(lambda n=name, c=carrier: self.plan(n, c))
            ],
            "packs": self.packs,
        })  # fmt: skip

    # --- package ---------------------------------------------------------------------------------

    def where(self, places: tuple[str, ...]) -> dict | None:
        if self.chance(0.6):
            return None
        where = {
            "directive": self.one(16, 16, 16, 15), "place": self.one(*places),
            "localities": self.some(list(PLACES)) if self.chance(0.15) else None,
        }  # fmt: skip
        if self.aside.random() < 0.3:
            del where["directive"]
            where["cause"] = self.aside.choice(CAUSES)
        return where

    def areas(self, programmes: list[str]) -> list[dict]:
        """Of each cause and programme: an area, or two."""
        areas: list[dict] = []
        named: list[str | None] = [*programmes] or [None]
        of_each = [(name, cause) for name in named for cause in CAUSES]
        free = {key: set(PROVINCES.values()) for key in of_each}  # None twice, nor inside another.
        for programme, cause in of_each * 2:
            begin, end = sorted(self.aside.sample(sorted(set(self.moments)), 2))
            if areas and self.aside.random() < 0.5:
                continue
            localities = []
            for code in self.aside.sample(PLACES, self.aside.randint(1, 3)):
                if PROVINCES[code] in free[programme, cause]:
                    localities.append(code)
                    free[programme, cause].discard(PROVINCES[code])
            if not localities:
                continue
            areas.append({
                "id": f"area{len(areas)}", "cause": cause, "programme": programme,
                "localities": localities,
                "valid_from": self.text(begin), "valid_until": self.text(end + HOUR), **SOURCED,
            })  # fmt: skip
        known = {(area["programme"], area["cause"]) for area in areas}
        return areas + [
            {**areas[0], "id": f"area_{n}", "programme": programme, "cause": cause}
            for n, (programme, cause) in enumerate(of_each)
            if (programme, cause) not in known
        ]

    def scope(self, kinds: list[str], **more) -> dict:
        out = {"kinds": kinds, **more}
        if kinds == ["data"] and self.chance(0.3):
            out["host_lists"] = self.some(["bluezone", "moh", "unknown_host"])
        for name, values in (
            ("plans", ["a1", "a2", "b1"]), ("payments", ["prepaid", "postpaid"]),
            ("segments", ["standard", "low_income"]), ("services", ["mobile", "fibre"]),
        ):  # fmt: skip
            if self.chance(0.07):
                out[name] = self.some(values)
        return out

    def crossing(self, *choices: str) -> str:
        return "by_start" if self.plain else self.one("by_start", *choices)

    def zero_rating(self) -> dict:
        kind = self.one("voice", "data", "data")
        fit = (
            ["on_net", "off_net"]
            if kind == "voice"
            else self.one(["zero_rated"], ["data", "zero_rated"])
        )
        crossing = self.crossing("split_time") if kind == "voice" else self.crossing(
            "prorata_time")  # fmt: skip
        return {
            "scope": self.scope([kind], destinations=self.some(fit)), "crossing": crossing,
            "where": self.where(("home_at_use", "serving_at_use")),
            "effect": {"type": "zero_rating", "in_kind_value": self.one("list_price", "zero")},
        }  # fmt: skip

    def bonus(self) -> dict:
        kinds = self.one(["data"], ["data"], ["voice", "data"], ["sms"])
        packs = {"packs": self.some(["p0", "p1", "p2", "p3"])} if self.chance(0.3) else {}
        return {
            "scope": self.scope(kinds, **packs),
            "effect": {
                "type": "bonus_volume", "share": self.one("50", "33.3", "100", "0.1"),
                "kinds": kinds,
                "pack_in_use": self.one("full", "remaining", "prorated", "at_renewal"),
                "in_kind_value": self.one(
                    "pack_average", "pack_average_paid", "list_price", "zero"
                ),
            },
        }  # fmt: skip

    def grant(self) -> dict:
        kind = self.one("voice", "voice", "sms", "data")
        fit = {
            "voice": list(VOICE_CLASSES),
            "sms": list(SMS_CLASSES),
            "data": ["data", "zero_rated"],
        }
        amount = {
            "voice": self.one("30 s", "90 s", "10 min", "100.5 s"),
            "sms": self.one("1 msg", "4 msg"), "data": self.one("100 KB", "1 MB", "12345 B"),
        }[kind]  # fmt: skip
        crossings = {"voice": ("split_time",), "data": ("prorata_time",), "sms": ()}[kind]
        opt_in = self.chance(0.3)
        repeats = self.one("once", "each_term")
        short = () if repeats == "each_term" else ("90 s", "1.5 s")  # else given by the million
        last_only = False
        where = self.where(("home_at_trigger", "home_at_use", "serving_at_use"))
        if where is not None and not opt_in and self.chance(0.3):
            where["entering"] = "at_start_only"
        return {
            "scope": self.scope([kind], destinations=self.some(list(fit[kind]))
                                if self.chance(0.5) else None),
            "crossing": self.crossing(*crossings), "where": where,
            "effect": {
                "type": "grant", "amount": amount,
                "lasts": self.one("30 d", "1 d", "2 d", "10 h", *short),
                "trigger": "opt_in" if opt_in else "begin",
                "opt_in_destination": self.one("service_999", "on_net") if opt_in else None,
                "place_in_order": "last" if last_only else self.one("first", "last"),
                "repeats": repeats,
                "in_kind_value": self.one("list_price", "zero"),
            },
        }  # fmt: skip

    def money(self) -> dict:
        """What makes a grant of units, given by a beginning, one of money."""
        kinds = self.aside.choice((
            ["voice"], ["sms", "voice"], ["voice", "sms", "data", "pack", "fee"], ["data"],
            ["pack"],
        ))  # fmt: skip
        every = [*VOICE_CLASSES, *SMS_CLASSES, *DATA_CLASSES, "registration", "monthly_fee"]
        some = self.aside.random() < 0.2
        return {
            "scope": {"kinds": kinds, "destinations": every[::2] if some else None},
            "crossing": "by_start",
            "effect": {
                "type": "money_grant", "amount": self.aside.choice(("20000", "1000", "300", "0")),
                **self.aside.choice(
                    (
                        {"lasts": "7 d"}, {"lasts": "1 d", "repeats": "each_term"},
                        {"lasts": "2 h", "repeats": "each_term"}, {"lasts": "90 s"},
                        {"expires": self.text(END + 40 * DAY)},
                    )
                ),
            },
        }  # fmt: skip

    def cut(self) -> dict:
        kinds = self.one(["pack"], ["pack"], ["fee"], ["pack", "fee"], ["voice"], ["sms", "data"])
        form = self.one("percent", "percent", "minus", "new_price")
        effect: dict = {"type": "price_cut"}
        if form == "new_price" and kinds == ["pack"]:
            effect["new_price"] = {"p0": self.one("0", "1001", "50000"), "p1": "10000"}
        elif form == "minus":
            effect["minus"] = self.one("1", "500", "99", "100000")
        else:
            effect["percent"] = self.one("45", "50", "100", "33.333", "0")
        if kinds[0] in ("pack", "fee"):
            effect["base"] = self.one("residual", "list")
        groups = (None,) if self.plain else (None, None, "g1", "g1", "g2")
        return {
            "scope": self.scope(kinds), "exclusive_group": self.one(*groups), "effect": effect,
            "where": self.where(("home_at_trigger", "home_at_use", "serving_at_use"))
            if self.chance(0.3) else None,
            **self.cap(),
        }  # fmt: skip

    def cap(self) -> dict:
        if self.plain or self.chance(0.6):
            return {}
        over = self.one({"per": "event"}, {"per": "owner"}, {"per": "owner", "over": "programme"})
        return {"cap": {"amount": self.one("100", "1500", "30000", "0"), **over}}

    def beside(self) -> dict:
        if self.chance(0.2):
            return {"scope": self.scope(["fee"]), "effect": {"type": "forbearance"}}
        if self.chance(0.5):
            effect = {"type": "contribution", "amount": self.one("5000", "1", "0"), "to": "x"}
            packs = self.one(None, ["p0", "p1"])
            scope = self.scope(["pack"], packs=packs)
            if self.aside.random() < 0.5:  # of messages, alone or beside packs
                scope.pop("packs")
                scope["kinds"] = self.aside.choice((["sms"], ["pack", "sms"]))
                if len(scope["kinds"]) == 1:
                    scope["destinations"] = self.aside.choice((None, ["on_net", "service_999"]))
            return {"scope": scope, "effect": effect}
        effect = {
            "type": "fee_in_kind", "in_kind_value": self.one("list_price", "zero"),
            "except_segments": self.one((), ("low_income",)),
        }  # fmt: skip
        return {"scope": self.scope(["fee"]), "effect": effect}

    def package(self) -> Package:
        return Package.model_validate(self.package_tree())

    def package_tree(self) -> dict[str, Any]:
        """A package as its file would say it."""
        makers = [self.zero_rating, self.bonus, self.bonus, self.grant, self.grant, self.grant,
                  self.cut, self.cut, self.cut, self.beside]  # fmt: skip
        measures: list[dict[str, Any]] = []
        chosen = self.rng.sample(makers, self.rng.randint(1, len(makers)))
        places = self.rng.sample(range(1, 41), 2 * len(chosen))
        for number, make in enumerate(chosen):
            by_carrier = self.one([None], [None], [["viettel"]], [["viettel"], ["vnpt"]])
            for carriers in by_carrier:
                body = make()
                # What was given before the period no opening state says here: it is not there.
                begins = body["effect"].get("trigger") == "begin"
                a, b = self.span(0.2 if begins else 0.35)
                b = max(b, a + DAY)
                if body.get("where") is None:
                    body.pop("where", None)
                if begins and self.aside.random() < 0.35:
                    body |= self.money()
                measures.append({
                    "id": f"m{number}", "title": "-", "title_en": "-", "document": "-",
                    "carriers": carriers, "valid_from": self.text(a), "valid_until": self.text(b),
                    "order": places.pop(), **SOURCED, **body,
                })  # fmt: skip
        head = {"title": "-", "title_en": "-", "author": "-", "reference": "-"}
        programmes = self.rng.sample(("early", "late"), 2) if self.chance(0.4) else []
        if programmes:
            own = {measure["id"]: self.one(*programmes) for measure in measures}
            measures = [{**measure, "programme": own[measure["id"]]} for measure in measures]
        return {
            "id": "random",
            "baseline": "catalogue",
            "measures": measures,
            **head,
            "programmes": [{"id": name, **head} for name in programmes],
            "areas": self.areas(programmes),
        }
