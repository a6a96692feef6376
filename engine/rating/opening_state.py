"""The state that a period opens with: a closing state, or the list of open packs."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from doisoat.engine.usage.membership import of_buyers
from doisoat.engine.usage.subscriptions import OWNER, SUBSCRIBER
from doisoat.errors import StoreError
from doisoat.messages.text import message
from doisoat.tariffs.compile.program import FOREVER, Program

STATE_ITEMS = ("pack", "source", "trigger", "session", "cap")
SOURCE_TYPES = ("", "grant", "volume", "bonus", "money")
AS_SOLD = 0  # until_ms of a listed pack: its version says when it ends (engine/kernel/state.pxd)
CLOSING = pl.Schema(
    {
        "owner_hi": pl.UInt64(), "owner_lo": pl.UInt64(), "item": pl.String(), "type": pl.String(),
        "pack": pl.String(), "volume": pl.Int64(), "measure": pl.String(), "from_ms": pl.Int64(),
        "until_ms": pl.Int64(), "given": pl.Int64(), "left": pl.Int64(), "price": pl.Int64(),
        "paid": pl.Int64(), "day": pl.Int64(), "key_hi": pl.UInt64(), "key_lo": pl.UInt64(),
        "bought_ms": pl.Int64(),
        "carrier": pl.String(),  # at whose the owner has it; '': none of the catalogue
    }
)  # fmt: skip


def open_packs_as_state(
    program: Program, packs: pl.DataFrame, subscriptions: pl.DataFrame
) -> pl.DataFrame:
    """The carriers' list of open packs (pack.parquet) as an opening state: packs and their volumes.

    `left` of a daily quota is of the day of purchase; of a quota per cycle it is of the cycle in
    which the period begins, or in which `left_ms` lies, where there is such a column.
    Raises: StoreError for a pack that the catalogue does not have at its purchase, or whose volumes
    are not those listed, or have more left than it gives.
    """
    rows = as_state(program, open_packs(program, packs))
    return at_carriers(rows, subscriptions, sellers_of(program), "")


def as_state(program: Program, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of `open_packs`' form with names for indexes: schema CLOSING."""
    if rows.is_empty():
        return pl.DataFrame(schema=CLOSING)
    names: dict[str, list[str]] = {
        "item": list(STATE_ITEMS), "type": list(SOURCE_TYPES),
        "pack": list(program.vocabulary.packs), "measure": entry_names(program),
        "carrier": list(program.vocabulary.carriers),
    }  # fmt: skip
    return rows.with_columns(
        pl.col(column).replace_strict(dict(enumerate(known)), default="", return_dtype=pl.String)
        if known
        else pl.lit("").alias(column)
        for column, known in names.items()
    ).cast(CLOSING)


def entry_names(program: Program) -> list[str]:
    """The key of each measure entry in a state: its id, and its number among those of that id."""
    names = program.vocabulary.measures
    return list(_numbered([names[measure.id] for measure in program.measures]))


def _numbered(ids: list[str]) -> Iterator[str]:
    count: Counter[str] = Counter()
    for name in ids:
        yield f"{name}/{count[name]}"
        count[name] += 1


def open_packs(program: Program, packs: pl.DataFrame) -> pl.DataFrame:
    """The same with indexes for names (-1: no measure), by owner, a pack's row before its volumes'.

    Columns: those of CLOSING; owner and key UInt64, the others Int64. packs: SUBSCRIBER, who bought
    them, where that is not the owner.
    """
    packs = of_buyers(packs)
    if "left_ms" not in packs.columns:
        packs = packs.with_columns(left_ms=pl.lit(None, pl.Int64))
    # Two packs bought at one moment have no order in the law: what they cost and hold decides.
    packs = packs.sort(*OWNER, "pack", "bought_ms", *SUBSCRIBER, "price_paid", "left")
    marks = pl.col("left").str.count_matches(";", literal=True)
    listed = pl.when(pl.col("left") == "").then(0).otherwise(marks + 1)
    known = packs.join(versions_of(program), on="pack", how="inner", maintain_order="left").filter(
        pl.col("bought_ms").is_between("version_from_ms", "version_until_ms", closed="left"),
        listed == pl.col("volumes"),
    )
    if known.height != packs.height:
        raise StoreError(
            message(
                "{height} open packs are not known to the catalogue at their purchase, or"
                " list other volumes than it",
                height=packs.height - known.height,
            ),
            "open packs",
            message(
                "mend the list, or the catalogue: `left` has an amount for each volume, joined by ;"
            ),
        )
    opened = known.select(
        "owner_hi", "owner_lo", "bought_ms", "version", "left", pack="pack_at", price=0,
        from_ms="bought_ms", until_ms=AS_SOLD, paid="price_paid", measure=-1, given=0,
        day=pl.col("left_ms").fill_null(-1), key_hi=bought_as()[0], key_lo=bought_as()[1],
        carrier=0,
    )  # fmt: skip
    volumes = opened.join(
        _volumes(program), on="version", how="inner", maintain_order="left_right"
    ).with_columns(
        item=1, type=SOURCE_TYPES.index("volume"),
        left=pl.col("left").str.split(";").list.get(pl.col("volume")).cast(pl.Int64),
    )  # fmt: skip
    over = volumes.filter(pl.col("left") > pl.col("most")).height
    if over:
        raise StoreError(
            message("{over} volumes of open packs have more left than the pack gives", over=over),
            "open packs",
            message(
                "mend the list, or the catalogue: `left` is in ms, bytes, messages or"
                " {currency_own_unit}, and no more than the volume's amount"
            ),
        )
    pack_rows = opened.with_columns(item=0, type=0, volume=-1, left=0)
    schema = pl.Schema(
        {name: dtype if dtype == pl.UInt64() else pl.Int64() for name, dtype in CLOSING.items()}
    )
    rows = pl.concat([frame.select(CLOSING.names()).cast(schema) for frame in (pack_rows, volumes)])
    return rows.sort(*OWNER, "item", maintain_order=True)


def at_carriers(
    rows: pl.DataFrame,
    subscriptions: pl.DataFrame,
    sellers: Mapping[Any, Any],
    unsaid: Any,
) -> pl.DataFrame:
    """Rows of a state, each with the carrier at which its owner has it, where he has had several.

    A pack's is its seller's, if he ever was there; else whose subscription held when the pack was
    bought or the grant given, the next one after, or the last.

    Args: rows: CLOSING, with names or indexes; `unsaid` is the carrier of a row that tells none;
        subscriptions: OWNER, carrier as in rows, from_ms, until_ms; sellers: carriers by pack.
    """
    if rows.is_empty():
        return rows
    several = subscriptions.filter(pl.col("carrier").n_unique().over(OWNER) > 1)
    numbered = rows.with_row_index("_row")
    without_carrier = numbered.filter(pl.col("carrier") == unsaid).join(
        several, on=OWNER, how="semi"
    )
    if without_carrier.is_empty():
        return rows
    dtype = rows.schema["carrier"]
    at = pl.when(pl.col("bought_ms") > 0).then("bought_ms").otherwise("from_ms")
    seller = pl.lit(None, dtype)
    if sellers:
        seller = pl.col("pack").replace_strict(sellers, default=None, return_dtype=dtype)
    spans = several.select(
        *OWNER, _carrier=pl.col("carrier").cast(dtype), _from=pl.col("from_ms"),
        _until=pl.col("until_ms").fill_null(FOREVER),
    )  # fmt: skip
    nearest = (
        without_carrier.select("_row", *OWNER, _at=at, _seller=seller)
        .join(spans, on=OWNER)
        .with_columns(
            _is_sellers=(pl.col("_carrier") == pl.col("_seller")).fill_null(False),
            _has_ended=pl.col("_until") <= pl.col("_at"),
        )
        .with_columns(
            _far=pl.when("_has_ended")
            .then(-pl.col("_until"))
            .otherwise(pl.max_horizontal("_from", "_at"))
        )
        .sort("_row", pl.col("_is_sellers").not_(), "_has_ended", "_far", "_carrier")
        .unique("_row", keep="first", maintain_order=True)
    )
    with_carrier = numbered.join(nearest.select("_row", "_carrier"), on="_row", how="left")
    return with_carrier.sort("_row").select(
        pl.coalesce("_carrier", "carrier").alias("carrier") if name == "carrier" else name
        for name in rows.columns
    )


def indexed_at_carriers(
    program: Program, rows: pl.DataFrame, subscriptions: pl.DataFrame
) -> pl.DataFrame:
    """`at_carriers` of rows of `open_packs`' form."""
    words, sellers = program.vocabulary, sellers_of(program)
    places = {name: place for place, name in enumerate(words.carriers)}
    known = subscriptions.with_columns(
        pl.col("carrier").replace_strict(places, default=0, return_dtype=pl.Int64)
    )
    sold = {
        place: places[seller]
        for place, name in enumerate(words.packs)
        if (seller := sellers[name]) is not None
    }
    return at_carriers(rows, known, sold, 0)


def bought_as() -> tuple[pl.Expr, pl.Expr]:
    """What stands for the event of a listed pack's purchase: 0, or a member who bought it."""
    is_own = pl.all_horizontal(
        pl.col(owner) == pl.col(buyer) for owner, buyer in zip(OWNER, SUBSCRIBER, strict=True)
    )
    high, low = (pl.when(is_own).then(0).otherwise(buyer) for buyer in SUBSCRIBER)
    return high, low


def sellers_of(program: Program) -> dict[str, str | None]:
    """Whose each pack is; None: anybody's, or not the same carrier's in every version."""
    words = program.vocabulary
    sellers: dict[str, str | None] = {}
    for name, (first, count) in zip(words.packs, program.pack_index, strict=True):
        carriers = {row.carrier for row in program.packs[first : first + count]}
        place = carriers.pop() if len(carriers) == 1 else -1
        sellers[name] = words.carriers[place] if place >= 0 else None
    return sellers


def versions_of(program: Program) -> pl.DataFrame:
    """A row for each dated version of a pack."""
    rows = [
        (name, pack_at, at, row.from_ms, row.until_ms, row.volumes_count)
        for pack_at, (name, (first, count)) in enumerate(
            zip(program.vocabulary.packs, program.pack_index, strict=True)
        )
        for at, row in enumerate(program.packs[first : first + count], first)
    ]
    names = ("pack_at", "version", "version_from_ms", "version_until_ms", "volumes")
    return pl.DataFrame(rows, {"pack": pl.String, **dict.fromkeys(names, pl.Int64)}, orient="row")


def _volumes(program: Program) -> pl.DataFrame:
    """A row for each volume of a version: `most` is what it gives, null where what was left of
    another pack may have been added to it."""
    rows = [
        (
            version,
            at,
            None if row.rolls_over else program.volumes[row.first_volume + at].units,
        )
        for version, row in enumerate(program.packs)
        for at in range(row.volumes_count)
    ]
    return pl.DataFrame(rows, dict.fromkeys(("version", "volume", "most"), pl.Int64), orient="row")
