"""The state that a period opens with: a closing state, or the list of open packs."""

import polars as pl

from doisoat.errors import StoreError
from doisoat.tariffs.compile import Program
from doisoat.tariffs.quantity import MS_PER_DAY, MS_PER_HOUR

STATE_ITEMS = ("pack", "source", "trigger", "session", "cap")
SOURCE_TYPES = ("", "grant", "volume", "bonus")
CLOSING = pl.Schema(
    {
        "owner_hi": pl.UInt64(), "owner_lo": pl.UInt64(), "item": pl.String(), "type": pl.String(),
        "pack": pl.String(), "volume": pl.Int64(), "measure": pl.String(), "from_ms": pl.Int64(),
        "until_ms": pl.Int64(), "given": pl.Int64(), "left": pl.Int64(), "price": pl.Int64(),
        "paid": pl.Int64(), "day": pl.Int64(), "key_hi": pl.UInt64(), "key_lo": pl.UInt64(),
        "bought_ms": pl.Int64(),
    }
)  # fmt: skip


def open_packs_as_state(program: Program, packs: pl.DataFrame) -> pl.DataFrame:
    """The carriers' list of open packs (pack.parquet) as an opening state: packs and their volumes.

    Raises: StoreError for a pack that the catalogue does not have at its purchase, or whose volumes
    are not those listed.
    """
    words = pl.Series("pack", program.vocabulary.packs, dtype=pl.String)
    rows = open_packs(program, packs)
    return rows.with_columns(
        pl.col("item").replace_strict(dict(enumerate(STATE_ITEMS)), return_dtype=pl.String),
        pl.col("type").replace_strict(dict(enumerate(SOURCE_TYPES)), return_dtype=pl.String),
        words.gather(rows.get_column("pack")),
        measure=pl.lit(""),
    ).cast(CLOSING)


def open_packs(program: Program, packs: pl.DataFrame) -> pl.DataFrame:
    """The same with indexes for names (-1: no measure), by owner, a pack's row before its volumes'.

    Columns: those of CLOSING; owner_hi, owner_lo UInt64, the others Int64.
    """
    # Two packs bought at one moment have no order in the law: what they cost and hold decides.
    packs = packs.sort("owner_hi", "owner_lo", "pack", "bought_ms", "price_paid", "left")
    marks = pl.col("left").str.count_matches(";", literal=True)
    listed = pl.when(pl.col("left") == "").then(0).otherwise(marks + 1)
    known = packs.join(_versions(program), on="pack", how="inner", maintain_order="left").filter(
        pl.col("bought_ms").is_between("version_from_ms", "version_until_ms", closed="left"),
        listed == pl.col("volumes"),
    )
    if known.height != packs.height:
        raise StoreError(
            f"{packs.height - known.height} open packs are not known to the catalogue at their"
            " purchase, or list other volumes than it",
            "open packs",
            "mend the list, or the catalogue: `left` has an amount for each volume, joined by ;",
        )
    opened = known.select(
        "owner_hi", "owner_lo", "bought_ms", "price", "version", "left", pack="pack_at",
        from_ms="bought_ms", until_ms=_expiry(), paid="price_paid", measure=-1, key_hi=0, key_lo=0,
    )  # fmt: skip
    volumes = opened.join(
        _volumes(program), on="version", how="inner", maintain_order="left_right"
    ).with_columns(
        item=1, type=SOURCE_TYPES.index("volume"),
        left=pl.col("left").str.split(";").list.get(pl.col("volume")).cast(pl.Int64),
        day=pl.when("daily").then(pl.col("bought_ms") // MS_PER_DAY).otherwise(-1),
    )  # fmt: skip
    own = opened.with_columns(item=0, type=0, volume=-1, given=0, left=0, day=-1)
    schema = pl.Schema(
        {name: pl.UInt64() if name.startswith("owner") else pl.Int64() for name in CLOSING}
    )
    rows = pl.concat([frame.select(CLOSING.names()).cast(schema) for frame in (own, volumes)])
    return rows.sort("owner_hi", "owner_lo", "item", maintain_order=True)


def _versions(program: Program) -> pl.DataFrame:
    """A row for each dated version of a pack."""
    rows = [
        (name, pack_at, at, row[0], row[1], row[2], *row[5:9], row[10])
        for pack_at, (name, (first, count)) in enumerate(
            zip(program.vocabulary.packs, program.pack_index, strict=True)
        )
        for at, row in enumerate(program.packs[first : first + count], first)
    ]
    names = ("version_from_ms", "version_until_ms", "price", "hours", "days", "calendar_days",
             "calendar_month", "volumes")  # fmt: skip
    schema = {"pack": pl.String, **dict.fromkeys(("pack_at", "version", *names), pl.Int64)}
    return pl.DataFrame(rows, schema, orient="row")


def _volumes(program: Program) -> pl.DataFrame:
    """A row for each volume of a version."""
    rows = [
        (version, volume, given, bool(daily))
        for version, row in enumerate(program.packs)
        for volume, (_, _, given, daily, *_) in enumerate(
            program.volumes[row[9] : row[9] + row[10]]
        )
    ]
    schema = {"version": pl.Int64, "volume": pl.Int64, "given": pl.Int64, "daily": pl.Boolean}
    return pl.DataFrame(rows, schema, orient="row")


def _expiry() -> pl.Expr:
    """When a pack of a version ends; models.Validity says how."""
    bought, midnight = pl.col("bought_ms"), pl.col("bought_ms") // MS_PER_DAY
    month = (
        bought.cast(pl.Datetime("ms"))
        .dt.month_start()
        .dt.offset_by("1mo")
        .dt.truncate("1d")
        .cast(pl.Int64)
    )
    return (
        pl.when((pl.col("hours") > 0) | (pl.col("days") > 0))
        .then(bought + pl.col("hours") * MS_PER_HOUR + pl.col("days") * MS_PER_DAY)
        .when(pl.col("calendar_days") > 0)
        .then((midnight + pl.col("calendar_days")) * MS_PER_DAY)
        .otherwise(month)
    )
