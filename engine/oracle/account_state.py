"""Oracle: the balances of one owner, made from dates, open packs and an earlier state."""

from collections.abc import Sequence

from doisoat.engine.oracle import validity as life
from doisoat.engine.oracle.facts import (
    BonusState,
    CapState,
    GrantState,
    OpenPack,
    OwnerState,
    PackState,
    SessionState,
    Subscription,
    TriggerState,
)
from doisoat.engine.oracle.validity import LiveBonus, LiveGrant, LivePack, LiveVolume
from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.catalogue_model import Catalogue, Pack
from doisoat.tariffs.models.package_model import BonusVolume, Grant, Measure, MoneyGrant, Package


class Owner:
    """An owner at one carrier, whose rows alone tell of what that carrier sold and gave."""

    def __init__(
        self,
        catalogue: Catalogue,
        package: Package,
        owner: int,
        carrier: str,
        rows: Sequence[Subscription],
        period: tuple[int, int],
        open_packs: Sequence[OpenPack],
        state: OwnerState | None,
    ) -> None:
        self.catalogue, self.package = catalogue, package
        self.owner, self.carrier, self.begin_ms = owner, carrier, period[0]
        self.decimals = catalogue.currency.decimals
        self.rows = sorted(rows, key=lambda row: row.from_ms)
        self.packs: list[LivePack] = []
        self.grants: list[LiveGrant] = []
        self.spent: dict[int, int] = {}  # of caps, by place in the package
        self.triggers: list[TriggerState] = []  # one an entry of the package
        self.sessions: dict[int, SessionState] = {}
        for pack in open_packs:
            self._listed(pack, period[0])
        if state is not None:
            self._restore(state)
        for measure in package.measures:
            for grant in life.beginnings(catalogue, package, measure, self.rows):
                if period[0] <= grant.from_ms < period[1]:
                    self.grants.append(grant)
        self.due = sorted(
            (
                (quantity.to_ms(measure.valid_from), place, measure)
                for place, measure in enumerate(package.in_order())
                if isinstance(measure.effect, BonusVolume)
                and period[0] <= quantity.to_ms(measure.valid_from) < period[1]
            ),
            key=lambda due: due[:2],
        )

    def terms_of(self, member: int, rows: Sequence[Subscription]) -> Subscription | None:
        """Of the rows in force: the member's, else the account's own, else what all have."""
        for whose in (member, self.owner):
            own_row = next((row for row in rows if row.member == whose), None)
            if own_row is not None:
                return own_row
        return rows[0] if len({row.terms for row in rows}) == 1 else None

    # --- packs ---------------------------------------------------------------------------------

    def _listed(self, pack: OpenPack, begin_ms: int) -> None:
        """A pack that a carrier lists."""
        buyer = self.owner if pack.buyer is None else pack.buyer
        bought_as = 0 if buyer == self.owner else buyer  # stands for the event of its purchase
        live = self._pack(
            pack.pack, pack.bought_ms, bought_as, pack.price_paid, pack.left, pack.bought_ms
        )
        for volume, balance in zip(live.version.volumes, live.volumes, strict=True):
            if volume.per == "cycle":
                balance.at_ms = begin_ms if pack.left_ms is None else pack.left_ms
        self._bring(live, pack.bonuses)

    def _bring(self, live: LivePack, bonuses: Sequence[BonusState]) -> None:
        """A pack's bonuses as they are stated."""
        for bonus in bonuses:
            measure = self._entry(bonus.measure, bonus.carrier)
            if measure is not None:
                quota = live.volumes[bonus.volume].quota
                balance = LiveVolume(bonus.given, quota, bonus.left, bonus.at_ms)
                live.bonuses.append(
                    LiveBonus(measure, bonus.carrier, bonus.volume, bonus.from_ms, balance)
                )

    def _pack(
        self,
        pack: str,
        bought_ms: int,
        event_id: int,
        paid: int,
        units_left: Sequence[int],
        at_ms: int,
        expiry_ms: int | None = None,
    ) -> LivePack:
        version = life.pack_version(self.catalogue, pack, bought_ms)
        if version is None or len(units_left) != len(version.volumes):
            raise CatalogueError(
                message(
                    "pack {pack} at {bought_ms}: no version of {count} volumes",
                    pack=pack,
                    bought_ms=quantity.from_ms(bought_ms),
                    count=len(units_left),
                ),
                f"open pack of owner {self.owner}",
                message("add the version or mend the pack's row"),
            )
        volumes = [
            LiveVolume(
                life.given_of(version, volume, bought_ms, self.decimals),
                life.quota_of(version, volume, bought_ms),
                units,
                at_ms,
            )
            for volume, units in zip(version.volumes, units_left, strict=True)
        ]
        if expiry_ms is None:
            expiry_ms = life.pack_expiry(version, bought_ms)
        _, price = life.price_of(version, bought_ms, 10**self.decimals)
        live = LivePack(version, bought_ms, expiry_ms, event_id, price, paid, volumes)
        self.packs.append(live)
        return live

    def open(
        self, pack: str, bought_ms: int, event_id: int, paid: int, is_renewal: bool
    ) -> tuple[LivePack, list[LivePack]]:
        """What a purchase opens, and the instances that it ends."""
        version = life.pack_version(self.catalogue, pack, bought_ms)
        assert version is not None, "a pack event without its pack is suspended before"
        units_given = [
            life.given_of(version, volume, bought_ms, self.decimals) for volume in version.volumes
        ]
        old = self._renewed(version, bought_ms) if is_renewal else []
        expiry_ms = None
        if old and version.renewal.still_valid == "extend":
            latest_ms = max(pack.expiry_ms for pack in old)
            expiry_ms = life.extended_expiry(version, latest_ms, bought_ms)
        live = self._pack(pack, bought_ms, event_id, paid, units_given, bought_ms, expiry_ms)
        if version.renewal.rollover == "full":
            for old_pack in old:
                self._roll_over(old_pack, live, bought_ms)
        return live, old

    def _renewed(self, version: Pack, ms: int) -> list[LivePack]:
        """A renewal succeeds: the instances that it ends; where it ends none, they go on."""
        valid = [pack for pack in self.held_at(ms) if pack.version.id == version.id]
        if version.renewal.still_valid == "new_instance":
            for pack in valid:
                pack.suspended = False
            return []
        self.packs = [pack for pack in self.packs if pack not in valid]
        return valid

    def _roll_over(self, old: LivePack, new: LivePack, ms: int) -> None:
        for index, volume in enumerate(new.version.volumes[: len(old.volumes)]):
            before = old.version.volumes[index]
            alike = (before.kind, before.counts) == (volume.kind, volume.counts)
            if alike and before.per == volume.per == "pack":
                units_left = new.volumes[index].left + old.volumes[index].left_at(ms)
                new.volumes[index].left = min(units_left, life.ROLLED_MAX)

    def fail(self, version: Pack, ms: int) -> list[LivePack]:
        """A renewal failed: the instances that end, or are suspended, by it."""
        valid = [pack for pack in self.held_at(ms) if pack.version.id == version.id]
        if version.renewal.failed == "continues":
            return []
        if version.renewal.failed == "ends":
            self.packs = [pack for pack in self.packs if pack not in valid]
        for pack in valid:
            pack.suspended = True
        return valid

    def held_at(self, ms: int) -> list[LivePack]:
        """Packs bought before in the owner's order (so all that are here) and not yet ended."""
        return [pack for pack in self.packs if ms < pack.expiry_ms]

    def packs_at(self, ms: int) -> list[LivePack]:
        """Those that may be drawn from."""
        return [pack for pack in self.held_at(ms) if not pack.suspended]

    def pack_in_scope(self, measure: Measure, pack: LivePack) -> bool:
        packs = measure.scope.packs
        return packs is None or pack.version.id in packs

    def add_bonus(
        self, pack: LivePack, measure: Measure, carrier: str, volume: int, units: int, ms: int
    ) -> None:
        balance = LiveVolume(units, pack.volumes[volume].quota, units, ms)
        pack.bonuses.append(LiveBonus(measure, carrier, volume, ms, balance))

    def begin_until(self, ms: int) -> None:
        """Give the packs in use their bonus for each measure that has begun at or before `ms`."""
        while self.due and self.due[0][0] <= ms:
            begin_ms, _, measure = self.due.pop(0)
            effect = measure.effect
            row = next(
                (
                    row
                    for row in self.rows
                    if row.holds_at(begin_ms)
                    and life.why_not_subscription(self.catalogue, measure, row) is None
                ),
                None,
            )
            if not isinstance(effect, BonusVolume) or row is None:
                continue
            for pack in self.packs_at(begin_ms):
                if pack.bought_ms >= begin_ms or not self.pack_in_scope(measure, pack):
                    continue
                for index in range(len(pack.volumes)):
                    units = life.bonus_in_use(measure, effect, pack, index)
                    has_bonus = any(
                        bonus.measure.id == measure.id
                        and (bonus.volume, bonus.from_ms) == (index, begin_ms)
                        for bonus in pack.bonuses
                    )
                    # Another entry of the measure, which began with it, gives no second one.
                    if units is not None and not has_bonus:
                        self.add_bonus(pack, measure, row.carrier, index, units, begin_ms)

    # --- grants asked for ----------------------------------------------------------------------

    def ask(
        self, measure: Measure, effect: Grant, carrier: str, plan: str, ms: int
    ) -> LiveGrant | None:
        """Give a grant that a message asks for, unless its rule for repeats forbids it."""
        last = next(
            (
                trigger
                for trigger in self.triggers
                if self._entry(trigger.measure, trigger.carrier) is measure
            ),
            None,
        )
        if last is not None and (effect.repeats == "once" or ms < last.expiry_ms):
            return None
        expiry_ms = ms + life.grant_lasts(effect)
        amount = life.grant_amount(self.catalogue, self.package, measure, effect, plan, ms)
        grant = LiveGrant(measure, carrier, ms, expiry_ms, amount, amount)
        self.grants.append(grant)
        if last is not None:
            self.triggers.remove(last)
        self.triggers.append(TriggerState(measure.id, carrier, ms, expiry_ms))
        return grant

    # --- state ---------------------------------------------------------------------------------

    def _entry(self, measure_id: str, carrier: str) -> Measure | None:
        return next(
            (
                m
                for m in self.package.measures
                if m.id == measure_id and (m.carriers is None or carrier in m.carriers)
            ),
            None,
        )

    def _restore(self, state: OwnerState) -> None:
        for pack_state in state.packs:
            pack = self._pack(pack_state.pack, pack_state.bought_ms, pack_state.event_id,
                              pack_state.price_paid, pack_state.left, pack_state.at_ms,
                              pack_state.expiry_ms)  # fmt: skip
            pack.suspended = pack_state.suspended
            self._bring(pack, pack_state.bonuses)
        for grant in state.grants:
            measure = self._entry(grant.measure, grant.carrier)
            if measure is not None:
                self.grants.append(
                    LiveGrant(measure, grant.carrier, grant.from_ms, grant.expiry_ms,
                              grant.given, grant.left)
                )  # fmt: skip
        self.triggers = list(state.triggers)
        self.sessions = {session.session: session for session in state.sessions}
        self.spent = {cap.place: cap.spent for cap in state.caps}

    def closing(self, until_ms: int) -> OwnerState:
        """What the period that begins at `until_ms` needs."""
        packs = []
        for pack in self.held_at(until_ms):
            bonuses = tuple(
                BonusState(
                    b.measure.id, b.carrier, b.volume, b.from_ms, b.balance.given,
                    b.balance.left_at(until_ms), until_ms,
                )
                for b in pack.bonuses
            )  # fmt: skip
            units_left = tuple(volume.left_at(until_ms) for volume in pack.volumes)
            packs.append(
                PackState(pack.version.id, pack.bought_ms, pack.expiry_ms, pack.event_id,
                          pack.price_paid, units_left, until_ms, bonuses, pack.suspended)
            )  # fmt: skip
        grants = tuple(
            GrantState(g.measure.id, g.carrier, g.from_ms, g.expiry_ms, g.given, g.left)
            for g in self.grants
            if until_ms < g.expiry_ms
            # What lapsed of money is told once, by the month in which it lapsed.
            or (isinstance(g.measure.effect, MoneyGrant) and self.begin_ms < g.expiry_ms)
        )
        return OwnerState(
            self.owner,
            tuple(packs),
            grants,
            tuple(sorted(self.triggers, key=lambda trigger: (trigger.measure, trigger.carrier))),
            tuple(self.sessions[key] for key in sorted(self.sessions)),
            tuple(
                CapState(place, spent)
                for place, spent in sorted(self.spent.items())
                if (cap := self.package.measures[place].cap) is not None and cap.over == "programme"
            ),
            self.carrier,
        )
