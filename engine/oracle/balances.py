"""Oracle: the balances of an owner at a moment, shown before and after an event."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from doisoat.engine.oracle.account_state import Owner
from doisoat.engine.oracle.validity import LivePack, LiveVolume
from doisoat.tariffs.models.package_model import MoneyGrant

# (pack, place of its volume), (bonus,), (grant,) or (place of the measure with a cap,). Live
# balances are hashed by identity, so two of the same content are two.
Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Balance:
    """One balance at a moment."""

    key: Key
    role: str  # 'volume' | 'money' | 'bonus' | 'grant' | 'cap'
    measure: str | None
    pack: str | None
    kind: str  # of its units: voice, sms, data; money (minor units) of money and caps
    destinations: tuple[str, ...]  # classes that a pack says; empty: as the measure says
    per: str  # 'day' | 'cycle' of a quota, else 'pack'
    from_ms: int | None  # of a cap: None, as the package's dates bound it
    expiry_ms: int | None
    given: int  # of a quota: a day or cycle
    left: int


def balances(owner: Owner, ms: int) -> dict[Key, Balance]:
    """Every balance that is alive at `ms`, and each cap of an owner, by key."""
    return {balance.key: balance for balance in _balances(owner, ms)}


def _balances(owner: Owner, ms: int) -> Iterator[Balance]:
    for pack in sorted(owner.packs_at(ms), key=lambda pack: pack.order):
        span = (pack.bought_ms, pack.expiry_ms)

        def balance(
            key: Key, role: str, measure: str | None, kind: str, destinations: tuple[str, ...],
            live: LiveVolume, per: str, *, pack: LivePack = pack,
            span: tuple[int, int] = span,
        ) -> Balance:  # fmt: skip
            return Balance(
                key, role, measure, pack.version.id, kind, destinations, per, *span,
                live.given, live.left_at(ms),
            )  # fmt: skip

        for index, (volume, live) in enumerate(
            zip(pack.version.volumes, pack.volumes, strict=True)
        ):
            is_money = volume.counts == "money"
            role, kind = ("money", "money") if is_money else ("volume", volume.kind)
            yield balance((pack, index), role, None, kind, volume.destinations, live, volume.per)
        for bonus in pack.bonuses:
            sold = pack.version.volumes[bonus.volume]
            yield balance(
                (bonus,), "bonus", bonus.measure.id, sold.kind, sold.destinations, bonus.balance,
                sold.per,
            )  # fmt: skip
    for grant in owner.grants:
        if grant.lives_at(ms):
            yield Balance(
                (grant,), "grant", grant.measure.id, None,
                "money" if isinstance(grant.measure.effect, MoneyGrant)
                else grant.measure.scope.kinds[0],
                (), "pack", grant.from_ms, grant.expiry_ms, grant.given, grant.left,
            )  # fmt: skip
    for place, measure in enumerate(owner.package.measures):
        if measure.cap is not None and measure.cap.per == "owner":
            most = int(Fraction(measure.cap.amount) * 10**owner.decimals)
            yield Balance(
                (place,), "cap", measure.id, None, "money", (), "pack", None, None, most,
                most - owner.spent.get(place, 0),
            )  # fmt: skip
