"""The terms of the subscription under which an event was rated; no run stores them. No I/O.

It is the subscriber's at the event's carrier under the owner whose balances were drawn, in force
when the event, or the call that it is a part of, began; without one the account's own; without that
any of the account's, which are all alike then (ADR 27). So a number that is a member of an account
has other terms there than as somebody of his own, and none of a row that ended.
"""

from typing import NamedTuple, Self

import polars as pl

from doisoat.engine.usage.subscriptions import OWNER, SUBSCRIBER
from doisoat.tariffs.compile.program import FOREVER


class Terms(NamedTuple):
    """One word of subscriptions (home province, service, …), as events were rated by it.

    alike: OWNER, word of owners whose rows all say one: nearly all.
    rows: OWNER, SUBSCRIBER, carrier, from_ms, until_ms, word of the others' subscriptions.
    """

    alike: pl.DataFrame
    rows: pl.DataFrame

    @classmethod
    def of(cls, subscriptions: pl.DataFrame, **word: pl.Expr) -> Self:
        """Args: subscriptions: the master table; word: its name and what of a row says it."""
        ((name, expression),) = word.items()
        rows = subscriptions.select(
            *OWNER, *SUBSCRIBER, pl.col("carrier").cast(pl.String), "from_ms",
            pl.col("until_ms").fill_null(FOREVER), expression.alias(name),
        )  # fmt: skip
        per_owner = rows.group_by(OWNER).agg(pl.col(name).unique())
        alike = per_owner.filter(pl.col(name).list.len() == 1).with_columns(
            pl.col(name).list.first()
        )
        return cls(alike, rows.join(alike, on=OWNER, how="anti"))

    def in_force(self, events: pl.DataFrame, at: str) -> pl.DataFrame:
        """The events (OWNER, SUBSCRIBER, carrier, `at`, _place) for which a row holds then, with
        its word; in no order."""
        own_rows = self._rows_in_force(events, at, [*OWNER, *SUBSCRIBER, "carrier"])
        lent = self._rows_in_force(
            events.join(own_rows, on="_place", how="anti"), at, [*OWNER, "carrier"]
        )
        return pl.concat([own_rows, lent])

    def _rows_in_force(self, events: pl.DataFrame, at: str, of: list[str]) -> pl.DataFrame:
        """Of several rows the account's own, else any, all alike."""
        is_own = pl.all_horizontal(
            pl.col(owner_column) == pl.col(subscriber_column)
            for owner_column, subscriber_column in zip(OWNER, SUBSCRIBER, strict=True)
        )
        rows = self.rows.with_columns(_is_lent=~is_own).drop(set(SUBSCRIBER) - set(of))
        spans = rows.rename({"from_ms": "_from", "until_ms": "_until"})
        return (
            events.join(spans, on=of)
            .filter(pl.col(at).is_between("_from", "_until", closed="left"))
            .sort("_place", "_is_lent")
            .unique("_place", keep="first", maintain_order=True)
            .drop("_from", "_until", "_is_lent")
        )
