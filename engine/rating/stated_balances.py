"""Balances that a carrier states, put into the state that a first period opens with.

A balance is of an owner when a month begins: what is left of a listed pack's volume, of a bonus of
it, of a grant; or what a capped measure has given so far. One that the program has no place for is
left out and told, by the reason why.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from doisoat.engine.rating.opening_state import (
    AS_SOLD,
    CLOSING,
    SOURCE_TYPES,
    STATE_ITEMS,
    bought_as,
    indexed_at_carriers,
    open_packs,
    sellers_of,
)
from doisoat.engine.usage.membership import memberships, packs_resolved, resolved, seller_of
from doisoat.engine.usage.subscriptions import OWNER, SUBSCRIBER
from doisoat.tariffs.compile.program import CAPS, EFFECTS, FOREVER, PAYMENTS, Program

PACK = (*SUBSCRIBER, "pack", "bought_ms")  # who bought it, and what when
EFFECT_OF = {"bonus": "bonus_volume", "grant": "grant", "cap": "price_cut"}
UNPLACED = ("no_pack", "no_volume", "no_subscription", "no_measure")  # why one has no place


class Placed(NamedTuple):
    """Stated balances as rows of an opening state, and those without a place in it.

    packs: rows of pack.parquet, `left` as stated. rows: schema of `open_packs`. unplaced: the
    balances with `why`, one of UNPLACED.
    """

    packs: pl.DataFrame
    rows: pl.DataFrame
    unplaced: pl.DataFrame


def opening_rows(
    program: Program,
    packs: pl.DataFrame,
    balances: pl.DataFrame | None,
    subscriptions: pl.DataFrame,
) -> pl.DataFrame:
    """What a first period opens with, as `engine.rating.opening_state.open_packs` says it.

    Args: balances: rows of balance.parquet that are of the period's beginning; None: none is known.
    """
    sellers = sellers_of(program)
    if balances is None or balances.is_empty():
        rows = open_packs(program, packs_resolved(packs, memberships(subscriptions), sellers))
    else:
        placed = place(program, packs, balances, subscriptions)
        listed = open_packs(program, placed.packs)
        rows = pl.concat([listed, placed.rows]).sort(*OWNER, "item", maintain_order=True)
    return indexed_at_carriers(program, rows, subscriptions)


def place(
    program: Program,
    packs: pl.DataFrame,
    balances: pl.DataFrame,
    subscriptions: pl.DataFrame,
) -> Placed:
    """Find the pack, volume or measure entry that each balance is of."""
    members = memberships(subscriptions)
    sellers = sellers_of(program)
    packs = packs_resolved(packs, members, sellers)
    rows = of_accounts(balances, members, sellers).with_row_index("_balance")
    volumes = _volumes_listed(packs)
    of_pack = rows.filter(pl.col("balance").is_in(["volume", "bonus"])).join(
        volumes, on=PACK, how="left"
    )
    entries = _entries(program, rows.filter(pl.col("balance") != "volume"), subscriptions)
    why = (
        rows.join(of_pack.select("_balance", "_volumes"), on="_balance", how="left")
        .join(entries, on="_balance", how="left")
        .select(
            "_balance",
            why=pl.when(pl.col("balance").is_in(["volume", "bonus"]) & pl.col("_volumes").is_null())
            .then(pl.lit("no_pack"))
            .when(pl.col("volume") > pl.col("_volumes")).then(pl.lit("no_volume"))
            .when(pl.col("balance") == "volume").then(None)
            .when(~pl.col("_is_known").fill_null(False)).then(pl.lit("no_subscription"))
            .when(pl.col("_entry").is_null()).then(pl.lit("no_measure")),
            _entry="_entry", _carrier="_carrier",
        )
    )  # fmt: skip
    rows = rows.join(why, on="_balance").sort("_balance")
    good = rows.filter(pl.col("why").is_null())
    return Placed(
        packs=_with_left(packs, good.filter(pl.col("balance") == "volume")),
        rows=_state(program, good.filter(pl.col("balance") != "volume")),
        unplaced=rows.filter(pl.col("why").is_not_null()).drop("_balance", "_entry", "_carrier"),
    )


def of_accounts(
    balances: pl.DataFrame, rows: pl.DataFrame, sellers: Mapping[str, str | None]
) -> pl.DataFrame:
    """Balances, each with the account whose member its owner was.

    Of a pack: when it was bought, as the pack itself; of another, at the moment that it is of. Whom
    it was stated of is SUBSCRIBER then. Args: rows: `engine.usage.membership.memberships`;
    sellers: `engine.rating.opening_state.sellers_of`.
    """
    stated = balances.with_columns(
        *(pl.col(owner).alias(line) for owner, line in zip(OWNER, SUBSCRIBER, strict=True)),
        _at=pl.when(pl.col("bought_ms") > 0).then("bought_ms").otherwise("as_of_ms"),
        carrier=seller_of(sellers),
    )
    return resolved(stated, rows, "_at").drop("_at", "carrier")


def _volumes_listed(packs: pl.DataFrame) -> pl.DataFrame:
    """How many volumes each listed pack has."""
    marks = pl.col("left").str.count_matches(";", literal=True).cast(pl.Int64)
    return packs.select(*PACK, _volumes=pl.when(pl.col("left") == "").then(0).otherwise(marks + 1))


def _entries(program: Program, rows: pl.DataFrame, subscriptions: pl.DataFrame) -> pl.DataFrame:
    """_balance, _is_known, _entry, _carrier: the entry of its measure for the owner's subscription
    then, and the place of that one's carrier."""
    with_subscription = (
        rows.select("_balance", *OWNER, "as_of_ms", "balance", "measure")
        .join(subscriptions, on=OWNER)
        .filter(
            (pl.col("from_ms") <= pl.col("as_of_ms"))
            & (pl.col("as_of_ms") < pl.col("until_ms").fill_null(FOREVER))
        )
        .sort("_balance", "from_ms", "subscriber_hi", "subscriber_lo")
        .unique("_balance", keep="first", maintain_order=True)
    )
    by = ["balance", "measure", "carrier", "payment"]
    entries = [
        (*key, entry_of(program, *key))
        for key in with_subscription.select(by).unique().sort(by).iter_rows()
    ]
    schema = {**dict.fromkeys(by, pl.String), "_entry": pl.Int64}
    table = pl.DataFrame(entries, schema, orient="row")
    carriers = {name: place for place, name in enumerate(program.vocabulary.carriers)}
    return with_subscription.join(table, on=by, how="left").select(
        "_balance",
        pl.lit(True).alias("_is_known"),
        "_entry",
        _carrier=pl.col("carrier").replace_strict(carriers, default=0, return_dtype=pl.Int64),
    )


def entry_of(
    program: Program, balance: str, measure: str, carrier: str, payment: str
) -> int | None:
    """The place of a measure's entry for a subscription; None if it has none of that effect.

    Entries of one measure are of other carriers or other payments; what was given goes on where
    only the payment has changed since.
    """
    words = program.vocabulary
    if carrier not in words.carriers or measure not in words.measures:
        return None
    paid = PAYMENTS.index(payment) if payment in PAYMENTS else len(PAYMENTS)
    of_carrier = program.carrier_masks[words.carriers.index(carrier)]
    entries = [
        place
        for place, entry in enumerate(program.measures)
        if words.measures[entry.id] == measure
        and EFFECTS[entry.effect] == EFFECT_OF[balance]
        and (balance != "cap" or CAPS[entry.cap_over] == "programme")
        and of_carrier >> place & 1
    ]
    paying = [place for place in entries if program.payment_masks[paid] >> place & 1]
    return next(iter(paying or entries), None)


def _with_left(packs: pl.DataFrame, stated: pl.DataFrame) -> pl.DataFrame:
    """The listed packs, with what is stated in place of what their list says is left."""
    if stated.is_empty():
        return packs
    numbered = packs.with_row_index("_row")
    stated_packs = numbered.join(stated.select(PACK).unique(), on=PACK, how="semi")
    units = (
        stated_packs.select("_row", *PACK, left=pl.col("left").str.split(";"))
        .explode("left", empty_as_null=True)
        .with_columns(volume=pl.int_range(1, pl.len() + 1).over("_row").cast(pl.Int64))
        .join(stated.select(*PACK, "volume", _stated="left"), on=[*PACK, "volume"], how="left")
        .with_columns(left=pl.coalesce(pl.col("_stated").cast(pl.String), "left"))
        .sort("_row", "volume")
        .group_by("_row", maintain_order=True)
        .agg(pl.col("left").str.join(";").alias("_left"))
    )
    return (
        numbered.join(units, on="_row", how="left", maintain_order="left")
        .with_columns(left=pl.coalesce("_left", "left"))
        .select(packs.columns)
    )


def _state(program: Program, rows: pl.DataFrame) -> pl.DataFrame:
    """Bonuses, grants and caps as rows of a state, indexes for names."""
    packs: Sequence[str] = program.vocabulary.packs
    places = pl.col("pack").replace_strict(
        {name: place for place, name in enumerate(packs)}, default=-1, return_dtype=pl.Int64
    )
    named = rows.with_columns(
        pack=places, volume=pl.col("volume") - 1, measure="_entry", type=pl.lit(0), price=0, paid=0,
        day=-1, key_hi=0, key_lo=0, until_ms=pl.lit(AS_SOLD), from_ms="began_ms",
        item=pl.lit(STATE_ITEMS.index("source")), carrier="_carrier",
    )  # fmt: skip
    grants = named.filter(pl.col("balance") == "grant").with_columns(volume=-1)
    frames = (
        named.filter(pl.col("balance") == "bonus").with_columns(
            type=SOURCE_TYPES.index("bonus"),
            key_hi=bought_as()[0],
            key_lo=bought_as()[1],
            carrier=0,  # its pack's
        ),
        grants.filter(pl.col("expires_ms") > pl.col("as_of_ms")).with_columns(
            type=SOURCE_TYPES.index("grant"), until_ms="expires_ms"
        ),
        # The last that a measure gave: whether it gives again hangs on it.
        grants.sort("began_ms")
        .unique([*OWNER, "measure"], keep="last", maintain_order=True)
        .with_columns(item=pl.lit(STATE_ITEMS.index("trigger")), given=0, left=0),
        named.filter(pl.col("balance") == "cap").with_columns(
            item=pl.lit(STATE_ITEMS.index("cap")), volume=-1, left=0
        ),
    )
    schema = pl.Schema(
        {name: dtype if dtype == pl.UInt64() else pl.Int64() for name, dtype in CLOSING.items()}
    )
    return pl.concat([frame.select(CLOSING.names()).cast(schema) for frame in frames])
