"""Account membership: an event of a member, whose record names no account, gets it as owner.

A carrier's records often name the number alone; that the number is a member of an account, and
from when until when, stands in its master data (docs/adr/0027): in that of the record's carrier.
"""

from collections.abc import Mapping

import polars as pl

from doisoat.engine.usage.subscriptions import OWNER, SUBSCRIBER

ACCOUNT = ("account_hi", "account_lo")
NAMES_NONE = pl.all_horizontal(
    pl.col(owner) == pl.col(subscriber) for owner, subscriber in zip(OWNER, SUBSCRIBER, strict=True)
)


def memberships(subscriptions: pl.DataFrame) -> pl.DataFrame:
    """All rows of subscribers that are ever members: SUBSCRIBER, OWNER, carrier, from_ms,
    until_ms."""
    rows = subscriptions.select(*SUBSCRIBER, *OWNER, "carrier", "from_ms", "until_ms")
    members = rows.filter(~NAMES_NONE).select(SUBSCRIBER).unique()
    return rows.join(members, on=SUBSCRIBER, how="semi")


def of_members(events: pl.DataFrame, rows: pl.DataFrame, at: str = "start_ms") -> pl.DataFrame:
    """Events whose record names no account and whose subscriber is a member then, with OWNER his.

    Args: events: OWNER, SUBSCRIBER, carrier (null: of any), `at`; rows: `memberships`. Only these
        events come back, in the order given.
    A subscriber who has a row of his own at that time, or is in several accounts, is no member.
    Each part of a call is told by its own start: a month is rated without what began it before.
    """
    candidates = events.with_row_index("_place").filter(NAMES_NONE)
    candidates = candidates.join(rows.select(SUBSCRIBER).unique(), on=SUBSCRIBER, how="semi")
    lookups = candidates.select("_place", *SUBSCRIBER, _of=pl.col("carrier"), _at=pl.col(at))
    named = rows.rename(dict(zip(OWNER, ACCOUNT, strict=True)))
    holds = (
        (pl.col("_of").is_null() | (pl.col("_of") == pl.col("carrier")))
        & (pl.col("from_ms") <= pl.col("_at"))
        & (pl.col("until_ms").is_null() | (pl.col("_at") < pl.col("until_ms")))
    )
    accounts = (
        lookups.join(named, on=SUBSCRIBER)
        .filter(holds)
        .group_by("_place")
        .agg(
            *(pl.col(name).first() for name in ACCOUNT),
            pl.struct(ACCOUNT).n_unique().alias("_several"),
        )
    )
    unambiguous = accounts.filter(pl.col("_several") == 1).drop("_several")
    moved = candidates.join(unambiguous, on="_place", maintain_order="left")
    moved = moved.with_columns(
        pl.col(account).alias(owner) for owner, account in zip(OWNER, ACCOUNT, strict=True)
    ).filter(~NAMES_NONE)
    return moved.drop(*ACCOUNT)


def resolved(frame: pl.DataFrame, rows: pl.DataFrame, at: str = "start_ms") -> pl.DataFrame:
    """The frame with the account as OWNER of what belongs to members; in the order given."""
    if rows.is_empty():
        return frame
    moved = of_members(frame, rows, at)
    if moved.is_empty():
        return frame
    unmoved = frame.with_row_index("_place").join(moved.select("_place"), on="_place", how="anti")
    return pl.concat([unmoved, moved.select(unmoved.columns)]).sort("_place").drop("_place")


def packs_resolved(
    packs: pl.DataFrame, rows: pl.DataFrame, sellers: Mapping[str, str | None]
) -> pl.DataFrame:
    """Open packs (OWNER, pack, bought_ms), each of the account whose member its buyer was at the
    pack's seller: SUBSCRIBER.

    Args: sellers: `engine.rating.opening_state.sellers_of`.
    """
    with_carrier = of_buyers(packs).with_columns(carrier=seller_of(sellers))
    return resolved(with_carrier, rows, "bought_ms").drop("carrier")


def seller_of(sellers: Mapping[str, str | None]) -> pl.Expr:
    """Whose the pack of a row is; null: anybody's."""
    if not sellers:
        return pl.lit(None, pl.String)
    return pl.col("pack").replace_strict(sellers, default=None, return_dtype=pl.String)


def of_traits(rows: pl.DataFrame, traits: pl.DataFrame) -> pl.DataFrame:
    """Rows with the carrier that their trait's code stands for."""
    known = traits.select("trait", pl.col("carrier").cast(pl.String))
    return rows.join(known, on="trait", how="left", maintain_order="left")


def of_buyers(packs: pl.DataFrame) -> pl.DataFrame:
    """Open packs with who bought them as SUBSCRIBER: their OWNER, where nothing else is said."""
    if SUBSCRIBER[0] in packs.columns:
        return packs
    return packs.with_columns(
        pl.col(owner).alias(subscriber) for owner, subscriber in zip(OWNER, SUBSCRIBER, strict=True)
    )
