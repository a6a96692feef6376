"""Balances that a carrier states of one owner, as the oracle takes them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from doisoat.engine.oracle import oracle
from doisoat.engine.oracle.validity import grant_lasts
from doisoat.engine.store.id128 import named
from doisoat.tariffs.models.package_model import Grant, Package


@dataclass(frozen=True)
class Stated:
    """Balances of grants and caps that a carrier states of an owner when its first month begins."""

    rows: tuple[Mapping[str, Any], ...] = ()
    owner: int = 0
    subscription: oracle.Subscription | None = None  # the subscription of that moment

    def as_state(self, package: Package) -> tuple[oracle.OwnerState, ...]:
        """What of them the measures of a package know."""
        subscription = self.subscription
        if subscription is None or not self.rows:
            return ()
        grants: list[oracle.GrantState] = []
        triggers: list[oracle.TriggerState] = []
        caps: list[oracle.CapState] = []
        for row in self.rows:
            place = self._entry(package, row)
            if place is None:
                continue
            if row["balance"] == "cap":
                caps.append(oracle.CapState(place, row["given"]))
                continue
            name, began, expires = row["measure"], row["began_ms"], row["expires_ms"]
            if expires > row["as_of_ms"]:
                grants.append(
                    oracle.GrantState(
                        name, subscription.carrier, began, expires, row["given"], row["left"]
                    )
                )
            effect = package.measures[place].effect
            if isinstance(effect, Grant) and effect.trigger == "opt_in":
                last = [trigger for trigger in triggers if trigger.measure == name]
                triggers = [trigger for trigger in triggers if trigger.measure != name]
                # It may be asked for again when the measure says, whatever end the carrier states.
                renewable_from = began + grant_lasts(effect)
                trigger_state = oracle.TriggerState(
                    name, subscription.carrier, began, renewable_from
                )
                triggers.append(max([trigger_state, *last], key=lambda state: state.from_ms))
        return (
            oracle.OwnerState(
                self.owner,
                (),
                tuple(grants),
                tuple(triggers),
                (),
                tuple(caps),
                subscription.carrier,
            ),
        )

    def _entry(self, package: Package, row: Mapping[str, Any]) -> int | None:
        """As engine.rating.stated_balances.entry_of finds it."""
        assert self.subscription is not None
        places = []
        for place, entry in enumerate(package.measures):
            capped = entry.cap is not None and entry.cap.over == "programme"
            if (
                entry.id == row["measure"]
                and (entry.carriers is None or self.subscription.carrier in entry.carriers)
                and (capped if row["balance"] == "cap" else isinstance(entry.effect, Grant))
            ):
                places.append(place)
        payments = {place: package.measures[place].scope.payments for place in places}
        paying = [
            at
            for at in places
            if self.subscription.payment in (payments[at] or (self.subscription.payment,))
        ]
        return next(iter(paying or places), None)


def stated_of(balances: pl.DataFrame, subscription: oracle.Subscription | None) -> Stated:
    """The grants and caps among an owner's rows of balance.parquet.

    Args: subscription: the subscription that the owner has at the moment which the rows are of.
    """
    rows = balances.filter(pl.col("balance").is_in(["grant", "cap"])).rows(named=True)
    owner = named(rows[0], "owner") if rows else 0
    return Stated(tuple(rows), owner, subscription)


def open_packs_of(
    packs: pl.DataFrame,
    balances: pl.DataFrame,
    subscription: oracle.Subscription | None,
) -> Iterator[oracle.OpenPack]:
    """The listed packs, with what is stated of their volumes and bonuses.

    Args: packs, balances: with SUBSCRIBER, who bought the pack (`engine.usage.membership`).
    """
    for row in packs.iter_rows(named=True):
        remaining = [int(units) for units in row["left"].split(";")] if row["left"] else []
        bonuses = []
        pack_balances = balances.filter(
            (pl.col("subscriber_hi") == row["subscriber_hi"])
            & (pl.col("subscriber_lo") == row["subscriber_lo"])
            & (pl.col("pack") == row["pack"])
            & (pl.col("bought_ms") == row["bought_ms"])
        )
        for stated in pack_balances.iter_rows(named=True):
            volume = stated["volume"] - 1
            if volume >= len(remaining):
                continue
            if stated["balance"] == "volume":
                remaining[volume] = stated["left"]
            elif subscription is not None:
                bonuses.append(
                    oracle.BonusState(
                        stated["measure"], subscription.carrier, volume, stated["began_ms"],
                        stated["given"], stated["left"], stated["as_of_ms"],
                    )
                )  # fmt: skip
        yield oracle.OpenPack(
            named(row, "owner"), row["pack"], row["bought_ms"],
            row["price_paid"], tuple(remaining), bonuses=tuple(bonuses),
            buyer=named(row, "subscriber"),
        )  # fmt: skip
