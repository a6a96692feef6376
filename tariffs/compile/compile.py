"""Catalogue + package -> program: the flat arrays that the kernel reads.

Names become small integers, prices integers over one denominator a table, predicates bitmasks over
the measures. Bounds are proved here, so that the kernel can add and multiply without looking:
units × price and amount × per cent stay below 2**62, or the tariff is refused.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TypeVar

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.tariffs.compile import program as rows
from doisoat.tariffs.compile.allowances import allowance_units
from doisoat.tariffs.compile.price_tables import (
    ROUNDINGS,
    Itself,
    Table,
    compile_table,
    priced,
    where_of,
    whole_minor,
)
from doisoat.tariffs.compile.program import (
    AFTER_RULES,
    ANY_KIND,
    CALLS,
    CAPS,
    CARRIERS_MAX,
    COUNTS,
    CROSSINGS,
    CUTS,
    DESTINATIONS_MAX,
    EFFECTS,
    FAILED,
    FOREVER,
    IN_KIND_VALUES,
    IN_USE,
    KINDS,
    MEASURES_MAX,
    PAYMENTS,
    PLACES,
    PREDEFINED,
    PRORATIONS,
    PROVINCES_MAX,
    SEGMENTS_MAX,
    SHARE_WHOLE,
    STILL_VALID,
    UNLISTED,
    VOLUMES_PER,
    Program,
    Run,
    Spans,
    Vocabulary,
)
from doisoat.tariffs.models import catalogue_model as models
from doisoat.tariffs.models import package_model as package_models
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Measure, Package
from doisoat.tariffs.models.rates import hours_mask
from doisoat.tariffs.models.validity import DAYS_OF_MONTH_MAX, Validity

VOLUME_MAX = 1 << 50  # units of a grant, or of a pack's volume over its whole life
PACK_DAYS_MAX = 4_096
GRANT_MS_MAX = 36_525 * quantity.MS_PER_DAY
EPOCH_DAY = date(1970, 1, 1)


def merged(intervals: Iterable[tuple[int, int]]) -> Spans:
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


def _calls(volume: models.Volume) -> tuple[int, int]:
    calls = volume.calls
    if calls is None:
        return 0, 0
    rule = calls.rule if calls.length is None else f"{calls.rule}_{calls.length}"
    # Under more than any call has is under whatever it has.
    return CALLS.index(rule), min(calls.under_ms, quantity.UNITS_MAX["voice"] + 1)


def _days_at_most(validity: Validity) -> int:
    return max(
        (validity.hours or 0) // 24 + 1,
        validity.days or 0,
        validity.calendar_days or 0,
        31 * bool(validity.calendar_month),
        31 * (validity.months or 0),
    )


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

    def _rates(self) -> tuple[list[rows.Rate], dict[tuple[int, int, int], Run]]:
        by_key: dict[tuple[int, int, int], list[rows.Rate]] = {}
        index_of = {name: place for place, name in enumerate(self.vocabulary.plans)}
        for plan in self.catalogue.plans:
            tables = priced(Itself(plan), self.decimals)
            for rate, (price_table, band) in zip(plan.rates, tables, strict=True):
                table = len(self.tables)
                self.tables.append(price_table)
                row = rows.Rate(
                    quantity.to_ms(plan.valid_from), _until(plan.valid_until), table, band
                )
                for name in rate.destinations:
                    key = (
                        index_of[plan.id],
                        KINDS.index(rate.kind),
                        self.vocabulary.destinations.index(name),
                    )
                    for other in by_key.setdefault(key, []):
                        if (
                            other.from_ms < row.until_ms
                            and row.from_ms < other.until_ms
                            and any(a & b for a, b in zip(other.hours, row.hours, strict=True))
                        ):
                            raise CatalogueError(
                                message(
                                    "{plan} has two prices at one time", plan=where_of(plan, rate)
                                ),
                                f"plan {plan.id}",
                                message("part them by days and hours, or drop one"),
                            )
                    by_key[key].append(row)
        rates: list[rows.Rate] = []
        index = {}
        for key in sorted(by_key):
            index[key] = Run(len(rates), len(by_key[key]))
            rates += sorted(by_key[key])
        return rates, index

    def _fees(self) -> tuple[list[rows.Fee], list[Run]]:
        fees: list[rows.Fee] = []
        index = []
        versions = _by_id(self.catalogue.plans)
        for name in self.vocabulary.plans:
            first = len(fees)
            for plan in versions[name]:
                if plan.monthly_fee is not None:
                    fee = whole_minor(plan.monthly_fee, self.decimals, f"plan {name}, monthly_fee")
                    valid_from, valid_until = quantity.to_ms(plan.valid_from), plan.valid_until
                    fees.append(rows.Fee(valid_from, _until(valid_until), fee))
            index.append(Run(first, len(fees) - first))
        return fees, index

    def _packs(self) -> tuple[list[rows.Pack], list[Run], list[rows.Volume]]:
        packs: list[rows.Pack] = []
        index: list[Run] = []
        volumes: list[rows.Volume] = []
        versions = _by_id(self.catalogue.packs)
        for name in self.vocabulary.packs:
            first = len(packs)
            for pack in versions[name]:
                packs.append(self._pack(pack, len(volumes)))
                volumes += [self._volume(pack, volume) for volume in pack.volumes]
            index.append(Run(first, len(packs) - first))
        return packs, index, volumes

    def _pack(self, pack: models.Pack, first_volume: int) -> rows.Pack:
        validity = pack.validity
        days = _days_at_most(validity)
        if days > PACK_DAYS_MAX:
            raise CatalogueError(
                message("a pack of {days} days", days=days),
                f"pack {pack.id}",
                message("use at most {pack_days_max}", pack_days_max=PACK_DAYS_MAX),
            )
        after_rules, after_tables = [0, 0, 0], [-1, -1, -1]
        for rule in pack.after:
            kind = KINDS.index(rule.kind)
            after_rules[kind] = AFTER_RULES.index(rule.rule)
            if rule.rule == "overage":
                after_tables[kind] = len(self.tables)
                where = f"pack {pack.id}, overage of {rule.kind}"
                self.tables.append(compile_table(rule.rate(), self.decimals, where))
        proration, rounding, shares = self._proration(pack)
        return rows.Pack(
            from_ms=quantity.to_ms(pack.valid_from),
            until_ms=_until(pack.valid_until),
            price=whole_minor(pack.price, self.decimals, f"pack {pack.id}, price"),
            carrier=self.vocabulary.carriers.index(pack.carrier) if pack.carrier else -1,
            rank=pack.rank,
            hours=validity.hours or 0,
            days=validity.days or 0,
            calendar_days=validity.calendar_days or 0,
            calendar_month=int(bool(validity.calendar_month)),
            months=validity.months or 0,
            next_first=int(validity.short_month == "next_first"),
            at_midnight=int(validity.ends == "midnight"),
            cycle_days=validity.cycle_days or 0,
            first_volume=first_volume,
            volumes_count=len(pack.volumes),
            after_rules=tuple(after_rules),
            after_tables=tuple(after_tables),
            proration=proration,
            rounding=rounding,
            shares=shares,
            still_valid=STILL_VALID.index(pack.renewal.still_valid),
            rolls_over=int(pack.renewal.rollover == "full"),
            failed=FAILED.index(pack.renewal.failed),
        )

    def _volume(self, pack: models.Pack, volume: models.Volume) -> rows.Volume:
        units = (
            whole_minor(volume.amount, self.decimals, f"pack {pack.id}, volumes")
            if volume.counts == "money"
            else volume.units
        )
        validity = pack.validity
        times = {"pack": 1, "day": _days_at_most(validity), "cycle": validity.cycles}[volume.per]
        if units * times > VOLUME_MAX:
            raise CatalogueError(
                message("a volume of {amount} does not fit", amount=volume.amount),
                f"pack {pack.id}",
                message(
                    "use at most {volume_max} units over the pack's life",
                    volume_max=VOLUME_MAX,
                ),
            )
        calls, under_ms = _calls(volume)
        return rows.Volume(
            kind=ANY_KIND if volume.kind == "any" else KINDS.index(volume.kind),
            destinations=self.destination_bits(volume.destinations),
            units=units,
            per=VOLUMES_PER.index(volume.per),
            counts=COUNTS.index(volume.counts),
            hours=hours_mask(volume.hours),
            calls=calls,
            under_ms=under_ms,
        )

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

    def _place_set(self, entry: Measure) -> tuple[Spans, ...]:
        where = entry.where
        assert where is not None
        province = {p.code: p.province for p in self.catalogue.localities}
        within = None if where.localities is None else set(where.localities)
        ordered: dict[str | None, list[tuple[int, int]]] = {}
        for order in self.package.orders_of(entry, self.catalogue):
            holds = quantity.to_ms(order.valid_from), quantity.to_ms(order.valid_until)
            for code in order.localities:
                ordered.setdefault(code, []).append(holds)
        place_spans: list[Spans] = [()]
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
    ) -> rows.Measure:
        effect = entry.effect
        percent = 10**8  # the denominator of shares and per cents
        where = f"measure {entry.id}"
        crossing = CROSSINGS.index(entry.crossing)
        if crossing and not isinstance(effect, package_models.ZeroRating | package_models.Grant):
            raise CatalogueError(
                message("only zero-rating and grants may split in time"),
                where,
                message("use crossing: by_start"),
            )
        place, place_set, start_only = 0, -1, 0
        if entry.where is not None:
            programme = None if entry.where.cause is None else entry.programme
            key = (entry.where.directive, programme, entry.where.cause, entry.where.localities)
            place = PLACES.index(entry.where.place)
            place_set = sets.setdefault(key, len(sets))
            start_only = int(entry.where.entering == "at_start_only")
        cap, cap_over = -1, 0
        if entry.cap is not None:
            cap = whole_minor(entry.cap.amount, self.decimals, f"{where}, cap")
            cap_over = CAPS.index("event" if entry.cap.per == "event" else entry.cap.over)
        row = rows.Measure(
            id=self.vocabulary.measures.index(entry.id),
            precedence=self.package.precedence_of(entry),
            effect=EFFECTS.index(effect.type),
            from_ms=quantity.to_ms(entry.valid_from),
            until_ms=quantity.to_ms(entry.valid_until),
            group=-1
            if entry.exclusive_group is None
            else groups.setdefault(entry.exclusive_group, len(groups)),
            crossing=crossing,
            place=place,
            place_set=place_set,
            start_only=start_only,
            kinds=sum(1 << KINDS.index(kind) for kind in entry.scope.kinds),
            destinations=self.destination_bits(entry.scope.destinations),
            cap=cap,
            cap_over=cap_over,
        )
        match effect:
            case package_models.ZeroRating():
                return row._replace(value=IN_KIND_VALUES.index(effect.in_kind_value))
            case package_models.BonusVolume():
                share = quantity.price(effect.share) / 100 * percent
                if share.denominator != 1 or share > 100 * percent:
                    raise CatalogueError(
                        message("share is finer than a millionth of a per cent, or above 10,000 %"),
                        where,
                        message("round it"),
                    )
                return row._replace(
                    amount=int(share),
                    kinds=sum(1 << KINDS.index(kind) for kind in effect.kinds),
                    in_use=IN_USE.index(effect.pack_in_use),
                    value=IN_KIND_VALUES.index(effect.in_kind_value),
                )
            case package_models.Grant():
                kind = entry.scope.kinds[0]
                if effect.allowance is not None:
                    amount = allowance_units(entry, effect.allowance, self.package, self.catalogue)
                else:
                    assert effect.amount is not None  # one of the two
                    amount = quantity.whole_quantity(effect.amount, quantity.UNITS_OF_KIND[kind])
                lasts_ms = quantity.whole_quantity(effect.lasts, quantity.TIME_UNITS)
                if amount > VOLUME_MAX or lasts_ms > GRANT_MS_MAX:
                    raise CatalogueError(
                        message(
                            "a grant of {amount} for {lasts} does not fit",
                            amount=effect.amount or f"{amount}",
                            lasts=effect.lasts,
                        ),
                        where,
                        message(
                            "use at most {volume_max} units and 100 years", volume_max=VOLUME_MAX
                        ),
                    )
                opt_in = effect.opt_in_destination
                return row._replace(
                    amount=amount,
                    lasts_ms=lasts_ms,
                    opt_in=-1 if opt_in is None else self.vocabulary.destinations.index(opt_in),
                    first=int(effect.place_in_order == "first"),
                    each_term=int(effect.repeats == "each_term"),
                    value=IN_KIND_VALUES.index(effect.in_kind_value),
                )
            case package_models.MoneyGrant():
                return self._money_grant(row, entry, effect)
            case package_models.PriceCut():
                return self._price_cut(row, entry, effect, cuts)
            case package_models.Contribution():
                return row._replace(amount=whole_minor(effect.amount, self.decimals, where))
            case package_models.FeeInKind():
                segments = self.vocabulary.segments
                return row._replace(
                    value=IN_KIND_VALUES.index(effect.in_kind_value),
                    except_segments=sum(1 << segments.index(s) for s in effect.except_segments),
                )
        return row

    def _money_grant(
        self, row: rows.Measure, entry: Measure, effect: package_models.MoneyGrant
    ) -> rows.Measure:
        where = f"measure {entry.id}"
        amount = whole_minor(effect.amount, self.decimals, where)
        lasts_ms, expires_ms = 0, 0
        if effect.lasts is not None:
            lasts_ms = quantity.whole_quantity(effect.lasts, quantity.TIME_UNITS)
        if effect.expires is not None:
            expires_ms = quantity.to_ms(effect.expires)
        if amount > VOLUME_MAX or max(lasts_ms, expires_ms - row.from_ms) > GRANT_MS_MAX:
            raise CatalogueError(
                message("a grant of {amount} does not fit", amount=effect.amount),
                where,
                message("use at most {volume_max} units and 100 years", volume_max=VOLUME_MAX),
            )
        return row._replace(
            amount=amount,
            lasts_ms=lasts_ms,
            expires_ms=expires_ms,
            each_term=int(effect.repeats == "each_term"),
        )

    def _price_cut(
        self,
        row: rows.Measure,
        entry: Measure,
        effect: package_models.PriceCut,
        cuts: list[tuple[int, ...]],
    ) -> rows.Measure:
        where = f"measure {entry.id}"
        if effect.base == "list" and set(entry.scope.kinds) - {"pack", "fee"}:
            raise CatalogueError(
                message("base: list is for pack and fee events"),
                where,
                message("use base: residual"),
            )
        row = row._replace(base_list=int(effect.base == "list"))
        if effect.percent is not None:
            part = quantity.price(effect.percent) * 10**4
            if part.denominator != 1:
                raise CatalogueError(
                    message("percent has more than four decimals"),
                    where,
                    message("round it"),
                )
            return row._replace(cut=CUTS.index("percent"), amount=int(part))
        if effect.minus is not None:
            minus = whole_minor(effect.minus, self.decimals, where)
            return row._replace(cut=CUTS.index("minus"), amount=minus)
        new_prices = effect.new_price or {}
        unknown = sorted(set(new_prices) - set(self.vocabulary.packs))
        if unknown:
            raise CatalogueError(
                message("new_price names unknown packs {unknown}", unknown=", ".join(unknown)),
                where,
                message("name packs of the catalogue"),
            )
        cuts.append(
            tuple(
                whole_minor(new_prices[pack], self.decimals, where) if pack in new_prices else -1
                for pack in self.vocabulary.packs
            )
        )
        return row._replace(cut=CUTS.index("new_price"), cut_prices=len(cuts) - 1)

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
            row.place_set: entry
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
