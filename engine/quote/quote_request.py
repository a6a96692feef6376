"""A quote request: an event in a few words, read strictly into the oracle's facts."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple

from doisoat.engine.oracle.oracle import Event, OpenPack, Subscription
from doisoat.engine.oracle.validity import given_of, price_of
from doisoat.engine.quote.quote_fields import QuoteFields, shown
from doisoat.engine.store.event_columns import (
    DURATION_MS_MAX,
    PACK_ACTIONS,
    START_MS_END,
    START_MS_MIN,
    UNITS_MAX,
)
from doisoat.messages.text import TextError, mapped, message, message_in
from doisoat.tariffs.check.check_prices import number_classes
from doisoat.tariffs.compile.program import EFFECTS, KINDS, PAYMENTS, UNLISTED, Program
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.catalogue_model import Catalogue, Pack, Plan
from doisoat.tariffs.models.field_types import USAGE_KINDS

NEEDED = ("start", "kind", "plan")
WORDS = (
    "start", "kind", "units", "destination", "plan", "owner", "carrier", "segment", "payment",
    "home_locality", "locality", "pack", "rating_group", "duration", "session", "partial",
    "charged", "packs",
)  # fmt: skip
PACK_WORDS = ("pack", "bought", "left", "price_paid")
# Of a kind whose destination goes without saying.
DESTINATIONS = {"data": "data", "pack": "registration", "fee": "monthly_fee"}
NETWORKS = ("mobile", "fixed")
# What a record may name besides: a short code, and a class that its source says. One that nothing
# prices is suspended, and that is its quote.
OPEN_NAMES = re.compile(r"service:[0-9]{1,15}|class:[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
MS, EVENTS = message("ms"), message_in("quote request", "events")
UNIT_NAMES = {
    "voice": MS, "sms": message("messages"), "data": message("bytes"),
    "pack": EVENTS, "fee": EVENTS,
}  # fmt: skip
UNITS_MOST = {  # what intake takes of a record; past the tariff's own limit they have no price
    "voice": DURATION_MS_MAX, "sms": UNITS_MAX, "data": UNITS_MAX, "pack": 1, "fee": 1,
}  # fmt: skip
PACKS_MAX = 16  # open packs on one line
PARTIAL_MAX = 1 << 30
PARTIAL = message("as the part's number")
SOURCES_OF_EVENT_MAX = 64  # that the kernel looks at for one event (engine/kernel/event.pxd)
LIVE_PACKS_MAX = 96  # of one owner (engine/kernel/limits.pxd)
NAMED_OWNERS = 1 << 96  # ids below it are line numbers: owners of one line
STANDARD = "standard"
NOTHING = message_in("a field", "nothing")


@dataclass(frozen=True, slots=True)
class QuoteRequest:
    """An event to quote, whose id is its line, with the facts of its owner beside it."""

    line: int
    event: Event
    subscription: Subscription
    packs: tuple[OpenPack, ...] = ()  # open when the owner's first line begins
    is_named: bool = False  # its owner has more lines, perhaps


class Live(NamedTuple):
    """A pack of an owner, from its purchase to its end, and the balances that it may open."""

    bought_ms: int
    expiry_ms: int
    balances: int


@dataclass(slots=True)
class Named:
    """An owner that lines name: what his first line said of him, and his packs."""

    line: int
    subscription: Subscription
    opened_ms: int  # when the last of the packs was bought that are open in his first line
    live: list[Live] = field(default_factory=list)


def units_of(text: str, kind: str) -> int:
    """'60s' or '60000' as whole units of a kind: milliseconds, bytes, messages, events.

    Raises: ValueError.
    """
    if re.fullmatch(r"[0-9]{1,18}", text):
        return int(text)
    units = quantity.UNITS_OF_KIND.get(kind)
    if units is None:
        raise TextError(
            message(
                "{kind} is no kind: write one of {kinds}", kind=repr(kind), kinds=", ".join(KINDS)
            )
        )
    return quantity.whole_quantity(text, units)


@dataclass
class Reader:
    """Reads what is asked against one catalogue; it remembers the owners that lines named."""

    catalogue: Catalogue
    program: Program
    plans: dict[str, Plan] = field(init=False)  # its last version: carrier and payment are its
    packs: dict[str, list[Pack]] = field(init=False)
    carriers: tuple[str, ...] = field(init=False)
    networks: tuple[str, ...] = field(init=False)  # that a record of usage may name
    classes: tuple[str, ...] = field(init=False)  # that prices, packs, measures or numbers name
    balances_max: int = field(init=False)  # of packs that are live at one time
    bonuses: int = field(init=False)  # that each volume of a pack may get
    owners: dict[str, Named] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.plans = {plan.id: plan for plan in self.catalogue.plans}
        self.packs = {}
        for pack in self.catalogue.packs:
            self.packs.setdefault(pack.id, []).append(pack)
        self.carriers = tuple(name for name in self.program.vocabulary.carriers if name)
        self.networks = _networks(self.catalogue, self.carriers)
        named = {*self.program.vocabulary.destinations} - {UNLISTED}
        self.classes = tuple(sorted(named | {*number_classes(self.catalogue)["voice"]}))
        effects = [EFFECTS[measure.effect] for measure in self.program.measures]
        self.bonuses = effects.count("bonus_volume")
        other_balances = effects.count("grant") + effects.count("zero_rating")
        self.balances_max = max(SOURCES_OF_EVENT_MAX - other_balances, 0)

    def read(self, fields: Mapping[str, Any], line: int, where: str) -> QuoteRequest:
        """The event and owner that the words tell.

        Args: where: as QuoteFields says.
        Raises: IntakeError.
        """
        return _Line(self, fields, where).request(line)


def _networks(catalogue: Catalogue, carriers: Sequence[str]) -> tuple[str, ...]:
    """Each carrier's, and those of the number plan: it names some that are no carrier's here."""
    numbering = catalogue.numbering
    plan = {prefix.network for prefix in numbering.prefixes}
    plan |= {short_code.network for short_code in numbering.short_codes}
    carrier_networks = {f"{sort}:{name}" for sort in NETWORKS for name in carriers}
    return tuple(sorted(carrier_networks | {"fixed:other"} | plan))


class _Line(QuoteFields):
    """An event and its owner, as one line tells them."""

    def __init__(self, reader: Reader, fields: Mapping[str, Any], where: str) -> None:
        super().__init__(fields, where, reader.catalogue.currency)
        self.reader = reader

    # --- the event -----------------------------------------------------------------------------

    def destination(self, kind: str, carrier: str) -> str:
        """The destination as an event has it: a network of the number plan, or a class."""
        value = self.given.get("destination", DESTINATIONS.get(kind))
        if not isinstance(value, str):
            self.refuse(
                message("{value} is not a destination", value=shown(value)),
                "destination",
                message("write a class such as on_net, or a network such as mobile:CARRIER"),
            )
        reader = self.reader
        if kind in ("pack", "fee"):
            fit = PACK_ACTIONS if kind == "pack" else ("monthly_fee",)
            if value not in fit:
                self.refuse_name("destination", value, fit)
            return value
        sort, colon, whose = value.partition(":")
        if colon and sort in NETWORKS:
            if carrier == "":
                self.refuse(
                    message(
                        "{value} is a network, and the event is of no carrier", value=shown(value)
                    ),
                    "destination",
                    message("name a class (on_net, off_net, fixed), or the event's carrier"),
                )
            if value not in reader.networks:
                known = [name for name in reader.networks if name.startswith(f"{sort}:")]
                self.refuse_name("destination", value, known)
            return value
        if kind == "data" and value == "data":
            return value  # not yet a class: the host may be a zero-rated one
        if value in reader.networks or OPEN_NAMES.fullmatch(value):
            return value
        name = f"service_{whose}" if colon and sort == "service" else value
        if name not in reader.classes:
            self.refuse_name("destination", value, reader.classes)
        return f"class:{name}"

    def check_belongs(self, word: str, kind: str, kinds: tuple[str, ...]) -> None:
        if word in self.given and kind not in kinds:
            self.refuse(
                message("{word} says nothing of the kind {kind}", word=word, kind=kind),
                word,
                message("leave it out: it is for {kinds}", kinds=", ".join(kinds)),
            )

    def request(self, line: int) -> QuoteRequest:
        fields, reader = self.given, self.reader
        self.check_words(WORDS, NEEDED)
        kind = self.name("kind", KINDS)
        usage = kind in USAGE_KINDS
        needed = {"units": usage, "destination": kind in ("voice", "sms"), "pack": kind == "pack"}
        for word, is_needed in needed.items():
            if is_needed and word not in fields:
                self.refuse(
                    message("the key '{word}' is missing", word=word),
                    "",
                    message("add {word}: the kind {kind} needs it", word=word, kind=kind),
                )
        self.check_belongs("pack", kind, ("pack",))
        self.check_belongs("rating_group", kind, ("data",))
        for word in ("duration", "session", "partial"):
            self.check_belongs(word, kind, USAGE_KINDS)
        start_ms = self.moment("start")
        plan = self.name("plan", reader.plans)
        carrier = self.carrier(reader.plans[plan])
        units = self.whole("units", 1, UNITS_MOST[kind], UNIT_NAMES[kind])
        duration = units if kind == "voice" else 0
        session, partial = self.session()
        localities = reader.program.vocabulary.localities[1:]
        owner_name = self.text("owner")
        owner = line
        if owner_name:
            known = reader.owners.get(owner_name)
            owner = known.subscription.owner if known else NAMED_OWNERS + len(reader.owners)
        event = Event(
            event_id=line,
            owner=owner,
            start_ms=start_ms,
            kind=kind,
            destination=self.destination(kind, carrier),
            units=units,
            duration_ms=self.whole("duration", duration, DURATION_MS_MAX, MS),
            carrier=carrier,
            rating_group=self.text("rating_group"),
            locality=self.name("locality", localities),
            pack=self.name("pack", reader.packs),
            session=session,
            partial=partial,
            charged=self.amount("charged", None),
        )
        subscription = Subscription(
            owner=owner,
            carrier=carrier,
            plan=plan,
            segment=self.text("segment") or STANDARD,
            payment=self.name("payment", PAYMENTS, reader.plans[plan].payment or ""),
            home_locality=self.name("home_locality", localities),
            from_ms=START_MS_MIN,
            until_ms=None,
        )
        packs = self.open_packs(owner, start_ms)
        live = [live_pack for pack in packs for live_pack in self.live(pack.pack, pack.bought_ms)]
        if kind == "pack" and event.destination != "renewal_failed":
            live += self.live(event.pack, start_ms)
        if owner_name:
            self.check_owner(owner_name, line, event, subscription, packs, live)
        else:
            self.check_live([], live)
        return QuoteRequest(line, event, subscription, packs, owner_name != "")

    def carrier(self, plan: Plan) -> str:
        carrier = self.name("carrier", self.reader.carriers, plan.carrier or "")
        if plan.carrier is not None and carrier != plan.carrier:
            self.refuse(
                message(
                    "the plan {plan} is of {carrier}, not of {carrier_2}",
                    plan=plan.id,
                    carrier=plan.carrier,
                    carrier_2=carrier,
                ),
                "carrier",
                message("leave carrier out, or name a plan of its own"),
            )
        return carrier

    def session(self) -> tuple[int, int]:
        """Key and number of a partial record; 0 and 0 of a whole event."""
        name = self.text("session")
        if ("partial" in self.given) != bool(name):
            self.refuse(
                message("session and partial go together"),
                "session",
                message("give both, or neither for a whole event"),
            )
        if not name:
            return 0, 0
        if "owner" not in self.given:
            self.refuse(
                message("the parts of a session meet only under one owner"),
                "session",
                message("give each part the same owner"),
            )
        key = int.from_bytes(blake2b(name.encode(), digest_size=16).digest(), "big")
        return key, self.whole("partial", 1, PARTIAL_MAX, PARTIAL, 1)

    # --- the owner -----------------------------------------------------------------------------

    def open_packs(self, owner: int, start_ms: int) -> tuple[OpenPack, ...]:
        value = self.given.get("packs", [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.refuse(
                message("{value} is not a list of packs", value=shown(value)),
                "packs",
                message('write it as [{{"pack": ID, "bought": MOMENT, "left": [UNITS, …]}}]'),
            )
        if len(value) > PACKS_MAX:
            self.refuse(
                message("{count} packs", count=len(value)),
                "packs",
                message("give at most {packs_max}", packs_max=PACKS_MAX),
            )
        return tuple(
            _Line(self.reader, item, f"{self.where}, packs[{place}]").open_pack(owner, start_ms)
            for place, item in enumerate(value, 1)
        )

    def open_pack(self, owner: int, start_ms: int) -> OpenPack:
        """A pack that is open, as the line's list of packs tells it."""
        self.check_words(PACK_WORDS, ("pack", "bought"))
        name, bought_ms = self.name("pack", self.reader.packs), self.moment("bought")
        bought = quantity.from_ms(bought_ms)
        pack = next(
            (version for version in self.reader.packs[name] if version.holds_at(bought)), None
        )
        if pack is None:
            self.refuse(
                message("{name} was not sold at {bought}", bought=bought, name=name),
                "bought",
                message("write a moment at which a version of it is in force"),
            )
        if bought_ms > start_ms:
            self.refuse(
                message("{name} is bought after the event begins", name=name),
                "bought",
                message("write when it was bought, or buy it by a line of the kind pack"),
            )
        decimals = self.reader.program.decimals
        most = [given_of(pack, volume, bought_ms, decimals) for volume in pack.volumes]
        amounts = self.given.get("left", most)
        fits = isinstance(amounts, list) and len(amounts) == len(most)
        if not fits or not all(
            type(units) is int and 0 <= units <= whole
            for units, whole in zip(amounts, most, strict=True)
        ):
            self.refuse(
                message(
                    "{amounts} is not what may be left of {name}", amounts=shown(amounts), name=name
                ),
                "left",
                message("write a whole number for each of its volumes, at most {most}", most=most),
            )
        _, price = price_of(pack, bought_ms, 10**decimals)
        paid = self.amount("price_paid", price)
        paid = price if paid is None else paid
        return OpenPack(owner, name, bought_ms, paid, tuple(amounts), start_ms)

    def live(self, name: str, bought_ms: int) -> list[Live]:
        """The pack that a purchase opens; none where no version of it is sold then."""
        bought = quantity.from_ms(bought_ms)
        return [
            Live(
                bought_ms,
                START_MS_END  # a renewal may go on from where others end
                if pack.renewal.still_valid == "extend"
                else quantity.to_ms(pack.validity.expiry(bought)),
                len(pack.volumes) * (1 + self.reader.bonuses),
            )
            for pack in self.reader.packs[name]
            if pack.holds_at(bought)
        ]

    def check_live(self, before: list[Live], new: list[Live]) -> None:
        """The kernel holds so many packs and balances of an owner, and refuses the rest."""
        known = list(before)
        for live_pack in new:
            known.append(live_pack)
            together = [
                known_pack
                for known_pack in known
                if known_pack.bought_ms < live_pack.expiry_ms
                and live_pack.bought_ms < known_pack.expiry_ms
            ]
            balances = sum(known_pack.balances for known_pack in together)
            if len(together) > LIVE_PACKS_MAX or balances > self.reader.balances_max:
                self.refuse(
                    message(
                        "{count} packs of one owner are open at one time, with up to"
                        " {balances} balances",
                        count=len(together),
                        balances=balances,
                    ),
                    "pack",
                    message(
                        "have at most {live_packs_max} open, with {balances_max}"
                        " balances, or give some of them another owner",
                        live_packs_max=LIVE_PACKS_MAX,
                        balances_max=self.reader.balances_max,
                    ),
                )

    def check_owner(
        self,
        name: str,
        line: int,
        event: Event,
        subscription: Subscription,
        packs: tuple[OpenPack, ...],
        live: list[Live],
    ) -> None:
        """An owner has one subscription, and his open packs are told once."""
        known = self.reader.owners.get(name)
        if known is None:
            self.check_live([], live)
            opened_ms = max((pack.bought_ms for pack in packs), default=START_MS_MIN)
            self.reader.owners[name] = Named(line, subscription, opened_ms, live)
            return
        for word in ("carrier", "plan", "segment", "payment", "home_locality"):
            before, now = getattr(known.subscription, word), getattr(subscription, word)
            if before != now:
                self.refuse(
                    message(
                        "line {line} says {before} of the same owner, not {now}",
                        line=known.line,
                        before=mapped(before or NOTHING, repr),
                        now=mapped(now or NOTHING, repr),
                    ),
                    word,
                    message("say the same in each line of an owner, or give each its own owner"),
                )
        if packs:
            self.refuse(
                message(
                    "open packs stand on the owner's first line, which is line {line}",
                    line=known.line,
                ),
                "packs",
                message("leave them out here"),
            )
        if event.start_ms < known.opened_ms:
            self.refuse(
                message(
                    "it begins before the owner's packs of line {line} were bought", line=known.line
                ),
                "start",
                message("buy packs by lines of the kind pack"),
            )
        self.check_live(known.live, live)
        known.live += live
