"""Catalogue + package -> program: the flat arrays that the kernel reads.

Names become small integers, prices integers over one denominator a table, predicates bitmasks over
the measures. Bounds are proved here, so that the kernel can add and multiply without looking:
units × price and amount × per cent stay below 2**62, or the tariff is refused.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.tariffs.compile.price_tables import (
    ROUNDINGS,
    Itself,
    Table,
    compile_table,
    priced,
    where_of,
    whole_minor,
)
from doisoat.tariffs.models import (
    catalogue_model as models,
)
from doisoat.tariffs.models import (
    package_model as package_models,
)
from doisoat.tariffs.models import (
    quantity,
)
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Measure, Package
from doisoat.tariffs.models.rates import hours_mask
from doisoat.tariffs.models.validity import DAYS_OF_MONTH_MAX

KINDS = ("voice", "sms", "data", "pack", "fee")
NATURES = ("discount", "in_kind", "contribution", "forbearance")
PAYMENTS = ("prepaid", "postpaid")
AFTER_RULES = ("plan", "stop", "throttle", "overage")
IN_KIND_VALUES = ("zero", "list_price", "pack_average", "pack_average_paid")
EFFECTS = (
    "zero_rating", "bonus_volume", "grant", "price_cut", "contribution", "fee_in_kind",
    "forbearance",
)  # fmt: skip
CAPS = ("event", "period", "programme")  # what a cap counts together
PLACES = ("", "home_at_trigger", "home_at_use", "serving_at_use")
CROSSINGS = ("by_start", "split_time", "prorata_time")
IN_USE = ("full", "remaining", "prorated", "at_renewal")
CUTS = ("percent", "minus", "new_price")
COUNTS = ("billed", "raw", "money")
VOLUMES_PER = ("pack", "day", "cycle")
PRORATIONS = ("", "by_step", "by_days")
STILL_VALID = ("new_instance", "replace", "extend")
FAILED = ("continues", "ends", "suspends")
CALLS = ("", "first_part", "only_short_billed", "only_short_raw")
ANY_KIND = 3  # of a volume of money; beside those of usage
# Places in a row of Program.packs, and in one of its volumes.
PACK_FROM_MS, PACK_UNTIL_MS, PACK_CARRIER = 0, 1, 3
PACK_FIRST_VOLUME, PACK_VOLUMES, PACK_ROLLS_OVER = 9, 10, 25
VOLUME_UNITS = 2

MEASURES_MAX = 64  # one bit each
DESTINATIONS_MAX = 64  # one bit each
CARRIERS_MAX = 32  # the key of a total has 5 bits for them
PROVINCES_MAX = 128  # 7 bits
SEGMENTS_MAX = 64  # one bit each
VOLUME_MAX = 1 << 50  # units of a grant, or of a pack's volume over its whole life
PACK_DAYS_MAX = 4_096
SHARE_WHOLE = 1_000_000  # what a share by day of purchase is a part of
GRANT_MS_MAX = 36_525 * quantity.MS_PER_DAY
FOREVER = 2**62  # an open end, in ms
EPOCH_DAY = date(1970, 1, 1)

PREDEFINED = (
    "on_net", "off_net", "fixed_own", "fixed", "international", "emergency", "hotline", "unknown",
    "data", "zero_rated", "registration", "renewal", "monthly_fee", "renewal_failed",
)  # fmt: skip
UNLISTED = "-"  # of a class that no tariff names: nothing has a price there


@dataclass(frozen=True)
class Vocabulary:
    """What each index of the program means."""

    carriers: tuple[str, ...]  # '' first: unknown
    provinces: tuple[str, ...]  # '' first
    localities: tuple[str, ...]  # '' first
    destinations: tuple[str, ...]
    plans: tuple[str, ...]
    packs: tuple[str, ...]  # sorted: an index orders as its id
    segments: tuple[str, ...]
    measures: tuple[str, ...]  # ids, sorted; several entries may share one
    kinds: tuple[str, ...] = KINDS
    natures: tuple[str, ...] = NATURES
    payments: tuple[str, ...] = PAYMENTS


@dataclass(frozen=True)
class Program:
    """What `compile_program` gives; every tuple of tuples is one array of the kernel's structs."""

    vocabulary: Vocabulary
    tables: tuple[Table, ...]
    # from, until, table, hours of each class of day
    rates: tuple[tuple[int, int, int, tuple[int, ...]], ...]
    rate_index: dict[
        tuple[int, int, int], tuple[int, int]
    ]  # plan, kind, destination -> first, count
    fees: tuple[tuple[int, int, int], ...]  # from, until, amount
    fee_index: tuple[tuple[int, int], ...]  # per plan: first, count
    packs: tuple[tuple[int, ...], ...]  # see _packs
    pack_index: tuple[tuple[int, int], ...]
    day_shares: tuple[tuple[int, ...], ...]  # by place: of each day of the month, of SHARE_WHOLE
    # kind, destinations, units, per, counts, hours, one of CALLS, its length in ms
    volumes: tuple[tuple[int, ...], ...]
    holidays: tuple[int, ...]  # days since 1970-01-01, ascending
    places: tuple[
        tuple[tuple[tuple[int, int], ...], ...], ...
    ]  # place set -> locality -> intervals
    measures: tuple[dict[str, int], ...]
    cut_prices: tuple[tuple[int, ...], ...]  # per measure with new_price: price by pack, -1 none
    plan_masks: tuple[int, ...]
    segment_masks: tuple[int, ...]
    payment_masks: tuple[int, ...]  # the last: of any other word
    no_plan_mask: int  # measures that ask for no plan and no service
    destination_masks: tuple[int, ...]
    carrier_masks: tuple[int, ...]
    kind_masks: tuple[int, ...]
    pack_masks: tuple[int, ...]
    province_of: tuple[int, ...]  # per locality
    hosts: dict[
        str, tuple[tuple[int, int, int, int], ...]
    ]  # host -> from, until, measures, zero-rated
    hosts_mask: int  # measures that name lists of hosts
    decimals: int


def merged(intervals: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Half-open intervals united: sorted, and those that touch or overlap made one."""
    united: list[tuple[int, int]] = []
    for start, end in sorted(intervals):
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((start, end))
    return tuple(united)


def _until(moment: object) -> int:
    return FOREVER if moment is None else quantity.to_ms(moment)  # type: ignore[arg-type]


Dated = TypeVar("Dated", models.Plan, models.Pack)


def _by_id(versions: Iterable[Dated]) -> dict[str, list[Dated]]:
    by_id: dict[str, list[Dated]] = {}
    for version in versions:
        by_id.setdefault(version.id, []).append(version)
    return by_id


RateRow = tuple[int, int, int, tuple[int, ...]]


def _calls(volume: models.Volume) -> tuple[int, int]:
    calls = volume.calls
    if calls is None:
        return 0, 0
    rule = calls.rule if calls.length is None else f"{calls.rule}_{calls.length}"
    # Under more than any call has is under whatever it has.
    return CALLS.index(rule), min(calls.under_ms, quantity.UNITS_MAX["voice"] + 1)


class _Compiler:
    def __init__(self, catalogue: Catalogue, package: Package) -> None:
        self.catalogue = catalogue
        self.package = package
        self.decimals = catalogue.currency.decimals
        self.tables: list[Table] = []
        self.day_shares: list[tuple[int, ...]] = []
        self.entries = package.in_order()
        if len(self.entries) > MEASURES_MAX:
            raise CatalogueError(
                message("{count} measures", count=len(self.entries)),
                package.id,
                message("use at most {measures_max} entries", measures_max=MEASURES_MAX),
            )
        provinces = sorted(p.code for p in catalogue.localities if p.province is None)
        self.vocabulary = Vocabulary(
            carriers=("", *sorted(self._carriers())),
            provinces=("", *provinces),
            localities=("", *sorted(p.code for p in catalogue.localities)),
            destinations=self._destinations(),
            plans=tuple(sorted({p.id for p in catalogue.plans})),
            packs=tuple(sorted({p.id for p in catalogue.packs})),
            segments=self._segments(),
            measures=tuple(sorted({m.id for m in self.entries})),
        )
        for kind, names, most in (
            (message("carriers"), self.vocabulary.carriers, CARRIERS_MAX),
            (message("provinces"), self.vocabulary.provinces, PROVINCES_MAX),
            (message("segments"), self.vocabulary.segments, SEGMENTS_MAX),
        ):
            if len(names) > most:
                raise CatalogueError(
                    message("{count} {kind}", count=len(names), kind=kind),
                    catalogue.id,
                    message("use at most {most}", most=most - 1),
                )

    def _carriers(self) -> set[str]:
        named = {c.id for c in self.catalogue.carriers}
        sold = [plan.carrier for plan in self.catalogue.plans]
        sold += [pack.carrier for pack in self.catalogue.packs]
        return named | {carrier for carrier in sold if carrier}

    def _destinations(self) -> tuple[str, ...]:
        names = dict.fromkeys(PREDEFINED)
        for plan in self.catalogue.plans:
            names.update(dict.fromkeys(d for rate in plan.rates for d in rate.destinations))
        for pack in self.catalogue.packs:
            names.update(dict.fromkeys(d for volume in pack.volumes for d in volume.destinations))
        for measure in self.entries:
            names.update(dict.fromkeys(measure.scope.destinations or ()))
            if (
                isinstance(measure.effect, package_models.Grant)
                and measure.effect.opt_in_destination
            ):
                names[measure.effect.opt_in_destination] = None
        ordered = (*PREDEFINED, UNLISTED, *sorted(set(names) - set(PREDEFINED)))
        if len(ordered) > DESTINATIONS_MAX:
            raise CatalogueError(
                message("{count} destination classes", count=len(ordered)),
                self.catalogue.id,
                message(
                    "use at most {destinations_max} of your own",
                    destinations_max=DESTINATIONS_MAX - len(PREDEFINED) - 1,
                ),
            )
        return ordered

    def _segments(self) -> tuple[str, ...]:
        named = {"", "standard"}
        for measure in self.entries:
            named |= set(measure.scope.segments or ())
            if isinstance(measure.effect, package_models.FeeInKind):
                named |= set(measure.effect.except_segments)
        return tuple(sorted(named))

    def destination_bits(self, names: Sequence[str] | None) -> int:
        if names is None:
            return (1 << DESTINATIONS_MAX) - 1
        return sum(1 << self.vocabulary.destinations.index(name) for name in set(names))

    def _rates(
        self,
    ) -> tuple[list[RateRow], dict[tuple[int, int, int], tuple[int, int]]]:
        by_key: dict[tuple[int, int, int], list[RateRow]] = {}
        index_of = {name: place for place, name in enumerate(self.vocabulary.plans)}
        for plan in self.catalogue.plans:
            tables = priced(Itself(plan), self.decimals)
            for rate, (price_table, band) in zip(plan.rates, tables, strict=True):
                table = len(self.tables)
                self.tables.append(price_table)
                row = (quantity.to_ms(plan.valid_from), _until(plan.valid_until), table, band)
                for name in rate.destinations:
                    key = (
                        index_of[plan.id],
                        KINDS.index(rate.kind),
                        self.vocabulary.destinations.index(name),
                    )
                    for known_row in by_key.setdefault(key, []):
                        if (
                            known_row[0] < row[1]
                            and row[0] < known_row[1]
                            and any(a & b for a, b in zip(known_row[3], row[3], strict=True))
                        ):
                            raise CatalogueError(
                                message(
                                    "{plan} has two prices at one time", plan=where_of(plan, rate)
                                ),
                                f"plan {plan.id}",
                                message("part them by days and hours, or drop one"),
                            )
                    by_key[key].append(row)
        rows: list[RateRow] = []
        index = {}
        for key in sorted(by_key):
            index[key] = (len(rows), len(by_key[key]))
            rows += sorted(by_key[key])
        return rows, index

    def _fees(self) -> tuple[list[tuple[int, int, int]], list[tuple[int, int]]]:
        rows: list[tuple[int, int, int]] = []
        index = []
        versions = _by_id(self.catalogue.plans)
        for name in self.vocabulary.plans:
            first = len(rows)
            for plan in versions[name]:
                if plan.monthly_fee is not None:
                    fee = whole_minor(plan.monthly_fee, self.decimals, f"plan {name}, monthly_fee")
                    rows.append((quantity.to_ms(plan.valid_from), _until(plan.valid_until), fee))
            index.append((first, len(rows) - first))
        return rows, index

    def _packs(self) -> tuple[list[tuple[int, ...]], list[tuple[int, int]], list[tuple[int, ...]]]:
        rows: list[tuple[int, ...]] = []
        index: list[tuple[int, int]] = []
        volumes: list[tuple[int, ...]] = []
        versions = _by_id(self.catalogue.packs)
        for name in self.vocabulary.packs:
            first = len(rows)
            for pack in versions[name]:
                lengths = (
                    pack.validity.hours or 0,
                    pack.validity.days or 0,
                    pack.validity.calendar_days or 0,
                    int(bool(pack.validity.calendar_month)),
                )
                months = pack.validity.months or 0
                days = max(
                    lengths[0] // 24 + 1, lengths[1], lengths[2], 31 * lengths[3], 31 * months
                )
                if days > PACK_DAYS_MAX:
                    raise CatalogueError(
                        message("a pack of {days} days", days=days),
                        f"pack {pack.id}",
                        message("use at most {pack_days_max}", pack_days_max=PACK_DAYS_MAX),
                    )
                first_volume = len(volumes)
                for volume in pack.volumes:
                    units = (
                        whole_minor(volume.amount, self.decimals, f"pack {pack.id}, volumes")
                        if volume.counts == "money"
                        else volume.units
                    )
                    times = {"pack": 1, "day": days, "cycle": pack.validity.cycles}[volume.per]
                    if units * times > VOLUME_MAX:
                        raise CatalogueError(
                            message("a volume of {amount} does not fit", amount=volume.amount),
                            f"pack {pack.id}",
                            message(
                                "use at most {volume_max} units over the pack's life",
                                volume_max=VOLUME_MAX,
                            ),
                        )
                    volumes.append(
                        (
                            ANY_KIND if volume.kind == "any" else KINDS.index(volume.kind),
                            self.destination_bits(volume.destinations),
                            units,
                            VOLUMES_PER.index(volume.per),
                            COUNTS.index(volume.counts),
                            hours_mask(volume.hours),
                            *_calls(volume),
                        )
                    )
                after = [(0, -1), (0, -1), (0, -1)]
                for rule in pack.after:
                    table = -1
                    if rule.rule == "overage":
                        table = len(self.tables)
                        where = f"pack {pack.id}, overage of {rule.kind}"
                        self.tables.append(compile_table(rule.rate(), self.decimals, where))
                    after[KINDS.index(rule.kind)] = (AFTER_RULES.index(rule.rule), table)
                rows.append(
                    (
                        quantity.to_ms(pack.valid_from),
                        _until(pack.valid_until),
                        whole_minor(pack.price, self.decimals, f"pack {pack.id}, price"),
                        self.vocabulary.carriers.index(pack.carrier) if pack.carrier else -1,
                        pack.rank,
                        *lengths,
                        first_volume,
                        len(volumes) - first_volume,
                        *(value for pair in after for value in pair),
                        months,
                        int(pack.validity.short_month == "next_first"),
                        int(pack.validity.ends == "midnight"),
                        pack.validity.cycle_days or 0,
                        *self._proration(pack),
                        STILL_VALID.index(pack.renewal.still_valid),
                        int(pack.renewal.rollover == "full"),
                        FAILED.index(pack.renewal.failed),
                    )
                )
            index.append((first, len(rows) - first))
        return rows, index, volumes

    def _proration(self, pack: models.Pack) -> tuple[int, int, int]:
        """Of PRORATIONS and ROUNDINGS, and the place of its shares by day of purchase."""
        proration = pack.proration
        if proration is None:
            return 0, 0, -1
        rule, rounding = PRORATIONS.index(proration.rule), ROUNDINGS.index(proration.rounding)
        if proration.rule == "by_days":
            return rule, rounding, -1
        shares = []
        for day in range(1, DAYS_OF_MONTH_MAX + 1):
            text = [share.share for share in proration.shares if share.from_day <= day][-1]
            share = quantity.price(text) / 100 * SHARE_WHOLE
            if share.denominator != 1:
                raise CatalogueError(
                    message("a share of {text} % has more than four decimals", text=text),
                    f"pack {pack.id}",
                    message("round it"),
                )
            shares.append(int(share))
        self.day_shares.append(tuple(shares))
        return rule, rounding, len(self.day_shares) - 1

    def _place_set(self, where: package_models.Where) -> tuple[tuple[tuple[int, int], ...], ...]:
        province = {p.code: p.province for p in self.catalogue.localities}
        within = None if where.localities is None else set(where.localities)
        ordered: dict[str | None, list[tuple[int, int]]] = {}
        for order in self.catalogue.orders:
            if order.directive == where.directive:
                holds = quantity.to_ms(order.valid_from), quantity.to_ms(order.valid_until)
                for code in order.localities:
                    ordered.setdefault(code, []).append(holds)
        place_spans: list[tuple[tuple[int, int], ...]] = [()]
        for code in self.vocabulary.localities[1:]:
            covered = {code, province[code]}
            is_within = within is None or bool(covered & within)
            place_spans.append(
                merged(holds for name in covered for holds in ordered.get(name, ()))
                if is_within
                else ()
            )
        return tuple(place_spans)

    def _mask(self, holds: Iterable[bool]) -> int:
        return sum(1 << bit for bit, value in enumerate(holds) if value)

    def _measure(
        self,
        entry: Measure,
        groups: dict[str, int],
        sets: dict[object, int],
        cuts: list[tuple[int, ...]],
    ) -> dict[str, int]:
        effect = entry.effect
        percent = 10**8  # the denominator of shares and per cents
        row = {
            "id": self.vocabulary.measures.index(entry.id),
            "precedence": self.package.precedence_of(entry),
            "effect": EFFECTS.index(effect.type),
            "from_ms": quantity.to_ms(entry.valid_from),
            "until_ms": quantity.to_ms(entry.valid_until),
            "group": -1
            if entry.exclusive_group is None
            else groups.setdefault(entry.exclusive_group, len(groups)),
            "crossing": CROSSINGS.index(entry.crossing),
            "place": 0, "place_set": -1, "start_only": 0,
            "kinds": sum(1 << KINDS.index(kind) for kind in entry.scope.kinds),
            "destinations": self.destination_bits(entry.scope.destinations),
            "value": 0, "amount": 0, "lasts_ms": 0, "opt_in": -1, "first": 0, "each_term": 0,
            "in_use": 0, "cut": -1, "cut_prices": -1, "base_list": 0, "except_segments": 0,
        }  # fmt: skip
        where = f"measure {entry.id}"
        row["cap"], row["cap_over"] = -1, 0
        if entry.cap is not None:
            row["cap"] = whole_minor(entry.cap.amount, self.decimals, f"{where}, cap")
            over = "event" if entry.cap.per == "event" else entry.cap.over
            row["cap_over"] = CAPS.index(over)
        if entry.where is not None:
            key = (entry.where.directive, entry.where.localities)
            row["place"] = PLACES.index(entry.where.place)
            row["place_set"] = sets.setdefault(key, len(sets))
            row["start_only"] = int(entry.where.entering == "at_start_only")
        if row["crossing"] and not isinstance(
            effect, package_models.ZeroRating | package_models.Grant
        ):
            raise CatalogueError(
                message("only zero-rating and grants may split in time"),
                where,
                message("use crossing: by_start"),
            )
        match effect:
            case package_models.ZeroRating():
                row["value"] = IN_KIND_VALUES.index(effect.in_kind_value)
            case package_models.BonusVolume():
                share = quantity.price(effect.share) / 100 * percent
                if share.denominator != 1 or share > 100 * percent:
                    raise CatalogueError(
                        message("share is finer than a millionth of a per cent, or above 10,000 %"),
                        where,
                        message("round it"),
                    )
                row["amount"] = int(share)
                row["kinds"] = sum(1 << KINDS.index(kind) for kind in effect.kinds)
                row["in_use"] = IN_USE.index(effect.pack_in_use)
                row["value"] = IN_KIND_VALUES.index(effect.in_kind_value)
            case package_models.Grant():
                kind = entry.scope.kinds[0]
                row["amount"] = quantity.whole_quantity(effect.amount, quantity.UNITS_OF_KIND[kind])
                row["lasts_ms"] = quantity.whole_quantity(effect.lasts, quantity.TIME_UNITS)
                if row["amount"] > VOLUME_MAX or row["lasts_ms"] > GRANT_MS_MAX:
                    raise CatalogueError(
                        message(
                            "a grant of {amount} for {lasts} does not fit",
                            amount=effect.amount,
                            lasts=effect.lasts,
                        ),
                        where,
                        message(
                            "use at most {volume_max} units and 100 years", volume_max=VOLUME_MAX
                        ),
                    )
                if effect.opt_in_destination is not None:
                    row["opt_in"] = self.vocabulary.destinations.index(effect.opt_in_destination)
                row["first"] = int(effect.place_in_order == "first")
                row["each_term"] = int(effect.repeats == "each_term")
                row["value"] = IN_KIND_VALUES.index(effect.in_kind_value)
            case package_models.PriceCut():
                row["base_list"] = int(effect.base == "list")
                if effect.base == "list" and set(entry.scope.kinds) - {"pack", "fee"}:
                    raise CatalogueError(
                        message("base: list is for pack and fee events"),
                        where,
                        message("use base: residual"),
                    )
                if effect.percent is not None:
                    part = quantity.price(effect.percent) * 10**4
                    if part.denominator != 1:
                        raise CatalogueError(
                            message("percent has more than four decimals"),
                            where,
                            message("round it"),
                        )
                    row["cut"], row["amount"] = 0, int(part)
                elif effect.minus is not None:
                    row["cut"], row["amount"] = 1, whole_minor(effect.minus, self.decimals, where)
                else:
                    new_prices = effect.new_price or {}
                    unknown = sorted(set(new_prices) - set(self.vocabulary.packs))
                    if unknown:
                        raise CatalogueError(
                            message(
                                "new_price names unknown packs {unknown}",
                                unknown=", ".join(unknown),
                            ),
                            where,
                            message("name packs of the catalogue"),
                        )
                    row["cut"], row["cut_prices"] = 2, len(cuts)
                    cuts.append(
                        tuple(
                            whole_minor(new_prices[pack], self.decimals, where)
                            if pack in new_prices
                            else -1
                            for pack in self.vocabulary.packs
                        )
                    )
            case package_models.Contribution():
                row["amount"] = whole_minor(effect.amount, self.decimals, where)
            case package_models.FeeInKind():
                row["value"] = IN_KIND_VALUES.index(effect.in_kind_value)
                row["except_segments"] = sum(
                    1 << self.vocabulary.segments.index(s) for s in effect.except_segments
                )
        return row

    def compile(self) -> Program:
        vocabulary = self.vocabulary
        rates, rate_index = self._rates()
        fees, fee_index = self._fees()
        packs, pack_index, volumes = self._packs()
        groups: dict[str, int] = {}
        sets: dict[object, int] = {}
        cuts: list[tuple[int, ...]] = []
        measures = tuple(self._measure(entry, groups, sets, cuts) for entry in self.entries)
        wheres = {
            row["place_set"]: entry.where
            for entry, row in zip(self.entries, measures, strict=True)
            if entry.where is not None
        }
        places = [self._place_set(wheres[place]) for place in range(len(sets))]
        plan_of = {plan.id: plan for plan in self.catalogue.plans}
        province = {p.code: p.province or p.code for p in self.catalogue.localities}
        scopes = [entry.scope for entry in self.entries]
        hosts: dict[str, list[tuple[int, int, int, int]]] = {
            "": [
                (
                    -FOREVER,
                    FOREVER,
                    self._mask("unknown_host" in (s.host_lists or ()) for s in scopes),
                    0,
                )
            ]
        }
        for host in self.catalogue.zero_rated_hosts:
            naming = self._mask(host.list in (s.host_lists or ()) for s in scopes)
            hosts.setdefault(host.host, []).append(
                (quantity.to_ms(host.valid_from), _until(host.valid_until), naming, 1)
            )
        return Program(
            vocabulary=vocabulary,
            tables=tuple(self.tables),
            rates=tuple(rates),
            rate_index=rate_index,
            fees=tuple(fees),
            fee_index=tuple(fee_index),
            packs=tuple(packs),
            pack_index=tuple(pack_index),
            day_shares=tuple(self.day_shares),
            volumes=tuple(volumes),
            holidays=tuple(
                sorted((holiday.day - EPOCH_DAY).days for holiday in self.catalogue.holidays)
            ),
            places=tuple(places),
            measures=measures,
            cut_prices=tuple(cuts),
            plan_masks=tuple(
                self._mask(
                    (s.plans is None or plan in s.plans)
                    and (s.services is None or plan_of[plan].service in s.services)
                    for s in scopes
                )
                for plan in vocabulary.plans
            ),
            segment_masks=tuple(
                self._mask(s.segments is None or name in s.segments for s in scopes)
                for name in vocabulary.segments
            ),
            payment_masks=tuple(
                self._mask(s.payments is None or name in s.payments for s in scopes)
                for name in (*PAYMENTS, "")
            ),
            no_plan_mask=self._mask(s.plans is None and s.services is None for s in scopes),
            destination_masks=tuple(
                self._mask(s.destinations is None or name in s.destinations for s in scopes)
                for name in vocabulary.destinations
            ),
            carrier_masks=tuple(
                self._mask(m.carriers is None or name in m.carriers for m in self.entries)
                for name in vocabulary.carriers
            ),
            kind_masks=tuple(self._mask(kind in s.kinds for s in scopes) for kind in KINDS),
            pack_masks=tuple(
                self._mask(s.packs is None or name in s.packs for s in scopes)
                for name in vocabulary.packs
            ),
            province_of=(
                0,
                *(vocabulary.provinces.index(province[c]) for c in vocabulary.localities[1:]),
            ),
            hosts={host: tuple(spans) for host, spans in hosts.items()},
            hosts_mask=self._mask(s.host_lists is not None for s in scopes),
            decimals=self.decimals,
        )


def compile_program(catalogue: Catalogue, package: Package) -> Program:
    """Flatten a catalogue and a package.

    Raises: CatalogueError where a bound can't be proved, two prices hold at one time, or a name is
    unknown.
    """
    return _Compiler(catalogue, package).compile()
