"""The numbers and accounts of a chunk, each distinct text read once, as pseudonyms."""

from collections.abc import Sequence

import polars as pl

from doisoat.engine.intake.mapping import Layout
from doisoat.engine.numbers import NumberPlan, canonical_numbers, networks, period_of
from doisoat.engine.pseudonym import Key, pseudonyms
from doisoat.errors import IntakeError

PERIOD = "_period"


def dated(frame: pl.DataFrame, at_ms: pl.Expr, plan: NumberPlan) -> pl.DataFrame:
    """The frame with `_period`, that of the number plan in which each record was written."""
    return frame.with_columns(period_of(at_ms, plan).alias(PERIOD))


def number_table(
    frame: pl.DataFrame, columns: Sequence[str], layout: Layout, system: str, key: Key,
    plan: NumberPlan,
) -> pl.DataFrame:  # fmt: skip
    """Each distinct non-empty text of these columns, by period, that is a number or a name.

    Args: frame: a frame that is `dated`.
    Returns: text, _period, canonical, national, abroad, is_ended, network ('' where the layout
        does not ask the plan), hi, lo.
    """
    tables = []
    for period in frame[PERIOD].unique().sort():
        inside = frame.filter(pl.col(PERIOD) == period)
        texts = pl.concat([inside[name].unique() for name in columns]).unique()
        table = _read(texts.filter(texts != ""), layout, system, plan, period)
        tables.append(table.with_columns(pl.lit(period, pl.UInt8).alias(PERIOD)))
    if not tables:
        tables.append(_read(pl.Series([], dtype=pl.String), layout, system, plan, 0))
        tables[0] = tables[0].with_columns(pl.lit(0, pl.UInt8).alias(PERIOD))
    table = pl.concat(tables)
    if getattr(layout, "destination", None) == "plan":
        table = table.with_columns(network=networks(table, plan))
    else:
        table = table.with_columns(network=pl.lit(""))
    return pl.concat([table, pseudonyms(table["canonical"], key)], how="horizontal")


def _read(
    texts: pl.Series, layout: Layout, system: str, plan: NumberPlan, period: int
) -> pl.DataFrame:
    if layout.numbers == "names":
        table = (
            texts.alias("text")
            .to_frame()
            .select(
                "text",
                canonical=pl.when(pl.col("text").str.contains(r"^[^\x00-\x1f]{1,128}$")).then(
                    pl.lit(f"name:{system}:") + pl.col("text")
                ),
                national=pl.lit(None, pl.String),
                abroad=pl.lit(False),
                is_ended=pl.lit(False),
            )
        )
    else:
        numbers = canonical_numbers(texts, plan, period)
        table = pl.concat([texts.alias("text").to_frame(), numbers], how="horizontal")
    return table.filter(pl.col("canonical").is_not_null())


def join_numbers(frame: pl.DataFrame, table: pl.DataFrame, text: str) -> pl.DataFrame:
    """`frame` with the columns of `table` beside the text of one of its columns."""
    if frame[PERIOD].n_unique() <= 1:
        return frame.join(table.drop(PERIOD), on=text, how="left", maintain_order="left")
    return frame.join(table, on=[PERIOD, text], how="left", maintain_order="left")


def is_subscriber(layout: Layout) -> pl.Expr:
    """Can this canonical text be a subscriber's? A short code is a service, a letter a name."""
    canonical = pl.col("canonical")
    if layout.numbers == "names":
        return pl.lit(True)
    return ~canonical.str.starts_with("short:") & (
        ~canonical.str.starts_with("name:") | canonical.str.contains(r"^name:[A-Za-z0-9_.:\-]{3,}$")
    )


def account_table(texts: pl.Series, key: Key) -> pl.DataFrame:
    """Each distinct account that can be one, with its pseudonym."""
    distinct = texts.unique()
    distinct = distinct.filter(distinct.str.contains(r"^[!-~][ -~]{0,63}$"))
    names = pseudonyms("account:" + distinct, key)
    return names.select(pl.Series("_account", distinct), account_hi="hi", account_lo="lo")


def pseudonym_of_number(text: str, key: Key, plan: NumberPlan) -> int:
    """The pseudonym of one number as it is dialled now. IntakeError if it is none: not echoed."""
    canonical = canonical_numbers(pl.Series("text", [text]), plan)["canonical"][0]
    if canonical is None or not canonical.isdigit():
        raise IntakeError(
            "that is no telephone number",
            "the number given",
            "write it as it is dialled: 09…, +84…",
        )
    hi, lo = pseudonyms(pl.Series([canonical]), key).row(0)
    return int(hi) << 64 | int(lo)
