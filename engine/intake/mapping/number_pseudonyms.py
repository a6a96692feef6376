"""The numbers and accounts of a chunk, each distinct text read once, as pseudonyms."""

from collections.abc import Sequence

import polars as pl

from doisoat.dialling import DATED
from doisoat.engine.intake.mapping.mapping import Layout
from doisoat.engine.intake.mapping.text_cache import distinct_codes
from doisoat.engine.keys.number_plan import (
    NumberPlan,
    RegionPlan,
    canonical_numbers,
    networks,
    period_of,
)
from doisoat.engine.keys.pseudonym import Key, pseudonyms
from doisoat.engine.store.id128 import joined
from doisoat.errors import IntakeError
from doisoat.messages.text import message

PERIOD = "_period"


def dated(frame: pl.DataFrame, at_ms: pl.Expr, plan: NumberPlan) -> pl.DataFrame:
    """The frame with `_period`, that of the number plan in which each record was written."""
    return frame.with_columns(period_of(at_ms, plan).alias(PERIOD))


def look_up(
    frame: pl.DataFrame, columns: Sequence[str], layout: Layout, system: str, key: Key,
    plan: NumberPlan,
) -> tuple[pl.DataFrame, list[pl.Series]]:  # fmt: skip
    """Each distinct text of these columns, by period, and which of them each record has.

    Args: frame: a frame that is `dated`.
    Returns: a table of text, _period, canonical, national, abroad, is_ended, network ('' where the
        layout does not ask the plan), hi, lo, where all but the first two are null if the text is
        no number and no name; and for each column the places of its records in that table.
    """
    periods = frame[PERIOD].unique()
    texts = pl.concat([frame.select(pl.col(name).alias("text"), PERIOD) for name in columns])
    if len(periods) > 1:
        codes, distinct = distinct_codes(
            texts.with_columns(pl.col(PERIOD).cast(pl.String)), ["text", PERIOD]
        )
        distinct = distinct.with_columns(pl.col(PERIOD).cast(pl.UInt8))
    else:
        codes, distinct = distinct_codes(texts, ["text"])
        distinct = distinct.with_columns(pl.lit(periods.max(), pl.UInt8).alias(PERIOD))
    table = _number_table(distinct, layout, system, key, plan)
    table = distinct.join(table, on=["text", PERIOD], how="left", maintain_order="left")
    return table, [codes.slice(at * frame.height, frame.height) for at in range(len(columns))]


def _number_table(
    distinct: pl.DataFrame, layout: Layout, system: str, key: Key, plan: NumberPlan
) -> pl.DataFrame:
    """Those of the distinct texts that are numbers or names."""
    by_period = {
        int(str(period)): inside["text"].filter(inside["text"] != "")
        for (period,), inside in distinct.group_by(PERIOD, maintain_order=True)
    }
    table = pl.concat(
        _read(texts, layout, system, plan, period).with_columns(
            pl.lit(period, pl.UInt8).alias(PERIOD)
        )
        for period, texts in (by_period or {0: pl.Series([], dtype=pl.String)}).items()
    )
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


def is_subscriber(layout: Layout) -> pl.Expr:
    """Can this canonical text be a subscriber's? A short code is a service, a letter a name."""
    canonical = pl.col("canonical")
    if layout.numbers == "names":
        return pl.lit(True)
    return ~canonical.str.starts_with("short:") & (
        ~canonical.str.starts_with("name:") | canonical.str.contains(r"^name:[A-Za-z0-9_.:\-]{3,}$")
    )


def look_up_accounts(texts: pl.Series, key: Key) -> pl.DataFrame:
    """account_hi, account_lo of each record; null where its text can be no account."""
    codes, distinct = distinct_codes(texts.alias("account").to_frame(), ["account"])
    account = pl.col("account")
    sound = distinct.filter(account.str.contains(r"^[!-~][ -~]{0,63}$")).to_series()
    names = pseudonyms("account:" + sound, key)
    table = names.select(sound, account_hi="hi", account_lo="lo")
    accounts = distinct.join(table, on="account", how="left", maintain_order="left")
    return accounts.drop("account")[codes]


def pseudonym_of_number(text: str, key: Key, plan: NumberPlan) -> int:
    """The pseudonym of one number as it is dialled now. IntakeError if it is none: not echoed."""
    canonical = canonical_numbers(pl.Series("text", [text]), plan)["canonical"][0]
    if canonical is None or not canonical.isdigit():
        raise IntakeError(
            message("that is no telephone number"),
            "the number given",
            message(
                "write it as it is dialled: {trunk}…, +{code}…",
                trunk=DATED.trunk,
                code=DATED.country_code,
            )
            if not isinstance(plan, RegionPlan)
            else message("write it as it is dialled: +{code}…", code=plan.form.country_code),
        )
    hi, lo = pseudonyms(pl.Series([canonical]), key).row(0)
    return joined(int(hi), int(lo))
