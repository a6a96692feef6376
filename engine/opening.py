"""The state that a period opens with: a closing state, or the list of open packs."""

from collections.abc import Mapping, Sequence

import polars as pl

from doisoat.errors import StoreError
from doisoat.tariffs.compile import Program
from doisoat.tariffs.quantity import MS_PER_DAY, MS_PER_HOUR

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
    words = program.vocabulary
    # Two packs bought at one moment have no order in the law: what they cost and hold decides.
    packs = packs.sort("owner_hi", "owner_lo", "pack", "bought_ms", "price_paid", "left")
    frames, met = [], 0
    for name, (first, count) in zip(words.packs, program.pack_index, strict=True):
        for version in program.packs[first : first + count]:
            bought = packs.filter(
                (pl.col("pack") == name)
                & (pl.col("bought_ms") >= version[0])
                & (pl.col("bought_ms") < version[1])
                & (pl.col("left").str.count_matches(";") == max(version[10] - 1, 0))
                & ((pl.col("left") == "") == (version[10] == 0))
            )
            met += bought.height
            if bought.height:
                frames += _state_of_version(program, version, bought)
    if met != packs.height:
        raise StoreError(
            f"{packs.height - met} open packs are not known to the catalogue at their purchase, or"
            " list other volumes than it",
            "open packs",
            "mend the list, or the catalogue: `left` has an amount for each volume, joined by ;",
        )
    return pl.concat(frames) if frames else pl.DataFrame(schema=CLOSING)


def _state_of_version(
    program: Program, version: Sequence[int], packs: pl.DataFrame
) -> list[pl.DataFrame]:
    """Rows of CLOSING: one of each pack, then one of each of its volumes."""
    bought = pl.col("bought_ms")
    given: dict[str, pl.Expr | str] = {
        "owner_hi": "owner_hi", "owner_lo": "owner_lo", "pack": "pack", "from_ms": bought,
        "until_ms": _expiry(version), "price": pl.lit(version[2]), "paid": "price_paid",
        "measure": pl.lit(""), "key_hi": pl.lit(0), "key_lo": pl.lit(0), "bought_ms": bought,
    }  # fmt: skip
    none: dict[str, pl.Expr | str] = {
        "volume": pl.lit(-1),
        "given": pl.lit(0),
        "left": pl.lit(0),
        "day": pl.lit(-1),
    }
    frames = [_closing_rows(packs, {**given, **none, "item": pl.lit("pack"), "type": pl.lit("")})]
    for place in range(version[10]):
        volume = program.volumes[version[9] + place]
        left = pl.col("left").str.split(";").list.get(place).cast(pl.Int64)
        day = bought // MS_PER_DAY if volume[3] else pl.lit(-1)
        own: dict[str, pl.Expr | str] = {
            "volume": pl.lit(place),
            "given": pl.lit(volume[2]),
            "left": left,
            "day": day,
        }
        frames.append(
            _closing_rows(
                packs, {**given, **own, "item": pl.lit("source"), "type": pl.lit("volume")}
            )
        )
    return frames


def _closing_rows(packs: pl.DataFrame, columns: Mapping[str, pl.Expr | str]) -> pl.DataFrame:
    return packs.select(
        (pl.col(value) if isinstance(value, str) else value).cast(CLOSING[name]).alias(name)
        for name, value in ((name, columns[name]) for name in CLOSING.names())
    )


def _expiry(version: Sequence[int]) -> pl.Expr:
    """When packs of a version end; models.Validity says how."""
    hours, days, calendar_days, _ = version[5:9]
    bought = pl.col("bought_ms")
    if hours or days:
        return bought + hours * MS_PER_HOUR + days * MS_PER_DAY
    if calendar_days:
        return (bought // MS_PER_DAY + calendar_days) * MS_PER_DAY
    return (
        bought.cast(pl.Datetime("ms"))
        .dt.month_start()
        .dt.offset_by("1mo")
        .dt.truncate("1d")
        .cast(pl.Int64)
    )
