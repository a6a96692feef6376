"""The steps of an explanation in words: one function a kind of step. No I/O here."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from doisoat.currency import CURRENCY, with_sign
from doisoat.messages.text import Text, composed, joined, message
from doisoat.money import exact_text
from doisoat.settlement.explain import words
from doisoat.settlement.explain.explain import Explanation
from doisoat.settlement.explain.plain_figures import money_text, number
from doisoat.settlement.explain.step_texts import STEPS
from doisoat.tariffs.models.quantity import written
from doisoat.tariffs.models.source_words import in_vietnamese
from doisoat.tariffs.models.value_words import CLASSES, KINDS


class Steps:
    """Says the figures of one explanation, and the steps by which it came to them."""

    def __init__(self, explanation: Explanation) -> None:
        self.explanation = explanation
        self.unit = words.UNITS[explanation.outcome.event.kind]
        self.ways: Mapping[str, Callable[[Any], object]] = {
            "charge": lambda name: words.CHARGES.get(name, name),
            "dong": money_text,
            "exact": self.exact,
            "place": lambda name: CLASSES.get(name, name),
            "role": lambda name: words.ROLES.get(name, name),
            "source": source_text,
            "term": term,
            "time": written,
            "units": self.units,
            "whole": number,
        }

    # --- figures ----------------------------------------------------------------------------------

    def units(self, count: object) -> Text:
        """A count of units of the event's kind, in its readable unit and exactly."""
        return _counted(int(str(count)), self.unit)

    def of_pack(self, count: int, pack: str, volume: int) -> Text:
        """A count of units of a pack's volume: data in the largest unit that fits, and in bytes."""
        kinds = self.explanation.volumes.get(pack, ())
        return self.of_kind(count, kinds[volume] if volume < len(kinds) else "")

    def of_kind(self, count: int, kind: str) -> Text:
        """A count of units of a kind, or minor units of money."""
        if kind == "money":
            return money_text(count)
        if kind not in words.UNITS:
            return message("{number} units", number=number(count))
        counted = _counted(count, words.UNITS[kind])
        for name, size in words.DATA_UNITS if kind == "data" else ():
            if count >= size:
                hundredths = round(Fraction(count * 100, size))
                large = number(hundredths // 100, f"{hundredths % 100:02d}".rstrip("0"))
                about = "" if hundredths * size == count * 100 else "≈ "
                return composed("{}{} {} ({})", about, large, name, counted)
        return counted

    def exact(self, value: object) -> Text:
        """An amount before rounding: a whole number, or a fraction with its value beside it."""
        fraction = Fraction(str(value))
        if fraction.denominator == 1:
            return money_text(int(fraction))
        form = CURRENCY.form
        places = form.decimals + 2  # beyond the smallest part of the currency
        whole, rest = divmod(round(fraction / 10**form.decimals * 10**places), 10**places)
        shown = number(whole, f"{rest:0{places}d}").mapped(with_sign)
        return composed("{} ≈ {}", fraction / 10**form.decimals, shown)

    # --- steps ------------------------------------------------------------------------------------

    def step(self, kind: str, data: dict[str, Any]) -> Text:
        """What happened at a step."""
        if kind in STEPS:
            return STEPS[kind].sentence(**self.facts(data, **STEPS[kind].ways))
        teller: Callable[[dict[str, Any]], Text] | None = getattr(self, f"_{kind}", None)
        if teller is None:
            fields = ", ".join(f"{name} {value}" for name, value in data.items())
            return Text.alike(f"{kind}: {fields}")
        return teller(data)

    def facts(self, data: Mapping[str, Any], **ways: str) -> dict[str, Any]:
        """A step's data in words. Args: ways: as StepText has them."""
        facts = dict(data)
        for way, names in ways.items():
            for name in names.split():
                facts[name] = self.ways[way](data[name])
        return facts

    def _subscription(self, d: dict[str, Any]) -> Text:
        home = d["home_locality"] or message("unknown")
        return message(
            "subscription of {carrier}, plan {plan}, {payment}, home {home_locality}, segment"
            " {segment}",
            **{**self.facts(d, term="payment segment"), "home_locality": home},
        )

    def _suspended(self, d: dict[str, Any]) -> Text:
        sought = joined(", ", (
            composed("{} {}", words.SOUGHT.get(name, name), _sought(name, value))
            for name, value in d.items()
            if name not in ("reason", "session_start_ms")
        ))  # fmt: skip
        clause = composed("{} ({})", words.STATUS.get(d["reason"], d["reason"]), sought)
        if "session_start_ms" not in d:
            return clause
        return message(
            "{clause}; a later part of a session that began {begun}, by the terms of then",
            clause=clause, begun=written(d["session_start_ms"]),
        )  # fmt: skip

    def _copy(self, d: dict[str, Any]) -> Text:
        charged = message("not said") if d["charged"] is None else money_text(d["charged"])
        facts = self.facts(d, whole="row", time="start_ms", place="destination", units="units")
        return message(
            "copy in {name}, record {row}: {start_ms}, {destination}, {units}, charged {charged}",
            **{**facts, "charged": charged},
        )

    def _tariff(self, d: dict[str, Any]) -> Text:
        until = d["valid_until"]
        facts = self.facts(d, source="source", term="of mark")
        facts["until"] = message("to open") if until is None else message("to {until}", until=until)
        tariff = message(
            "tariff {of} {id} ({name}), in force {valid_from} {until}; source: {source} [{mark}]",
            **facts,
        )
        if "price" in d:
            price = self.exact(_minor(d["price"]))
            return message("{tariff}; price {price}", tariff=tariff, price=price)
        facts = self.facts(d, term="rounding coverage_rule connect_rule")
        facts["connect_fee"] = self.exact(_minor(d["connect_fee"]))
        return message(
            "{tariff}; rounding {rounding}, {coverage_rule}; connect fee {connect_fee}"
            " ({connect_rule})",
            **facts, tariff=tariff,
        )  # fmt: skip

    def _source(self, d: dict[str, Any]) -> Text:
        name = " ".join(str(d[key]) for key in ("measure", "pack") if d.get(key))
        role, drawn = words.ROLES.get(d["role"], d["role"]), self.units(d["drawn"])
        covers = message("{role} {name} covers {drawn}", role=role, name=name, drawn=drawn)
        if d["tail"]:
            tail = self.units(d["tail"])
            covers = message("{covers}, rounded tail {tail}", covers=covers, tail=tail)
        if d["before"] is None:
            return covers
        return message(
            "{covers}; balance {before}, then {after}",
            covers=covers, before=self.units(d["before"]), after=self.units(d["after"]),
        )  # fmt: skip

    def _priced(self, d: dict[str, Any]) -> Text:
        per = self._price(Fraction(str(d["price"])) * self.unit.size)
        facts = self.facts(d, charge="charge", units="units", exact="amount")
        return composed("{}: {} × {} = {}", facts["charge"], facts["units"], per, facts["amount"])

    def _price(self, price: Fraction) -> Text:
        """A price in minor units of one of the event's units, exactly."""
        decimals = CURRENCY.form.decimals
        written = exact_text(price / 10**decimals) if decimals else str(price)
        return composed("{}/{}", with_sign(written), self.unit.one)

    def _charge(self, d: dict[str, Any]) -> Text:
        rule, unit = term(d["rounding"]), d.get("round_to", 1)
        if unit != 1:
            rule = composed("{}, {}", rule, money_text(unit))
        facts = self.facts(d, charge="charge", exact="exact", dong="amount")
        return message("{charge} = {exact}, rounded once ({rule}): {amount}", **facts, rule=rule)

    def _bonus(self, d: dict[str, Any]) -> Text:
        bonus = self.of_pack(d["units"], d["pack"], d["volume"])
        return message(
            "{measure} adds {bonus} to pack {pack}, until {until}",
            measure=d["measure"], bonus=bonus, pack=d["pack"], until=written(d["expiry_ms"]),
        )  # fmt: skip


def _minor(price: object) -> Fraction:
    """A price of a catalogue, which is in the unit, in minor units."""
    return Fraction(str(price)) * Fraction(10**CURRENCY.form.decimals)


def _counted(count: int, unit: words.Unit) -> Text:
    whole, rest = divmod(count, unit.size)
    exact = number(whole, f"{rest:03d}".rstrip("0") if rest else "")
    return composed("{} {}", exact, unit.one if (whole, rest) == (1, 0) else unit.many)


def term(word: str) -> str:
    """A word of a catalogue, or itself."""
    return words.TERMS.get(word, word)


def source_text(source: str) -> Text:
    """Where a value was read, as a catalogue says it."""
    return Text(in_vietnamese(source), source)


def _sought(name: str, value: Any) -> str:
    if isinstance(value, tuple):
        return joined("+", (words.FIELDS.get(str(field), str(field)) for field in value))
    if name == "kind":
        return KINDS.get(str(value), str(value))
    return CLASSES.get(str(value), str(value)) if name == "destination" else str(value)
