"""Subscriptions of balance owners, one at a time: members of an account that are alike are one."""

import polars as pl

from doisoat.errors import IntakeError

OWNER = ("owner_hi", "owner_lo")
TERMS = ("carrier", "plan", "segment", "payment", "home_locality")


def one_at_a_time(rows: pl.DataFrame, forever: int) -> pl.DataFrame:
    """Rows of OWNER, TERMS, from_ms, until_ms (null: open) that do not overlap within an owner.

    Where an account has several members under the same terms, the interval is that in which it
    has any. Returns: the rows by owner and start, the very same where none overlapped.
    Raises: IntakeError where terms differ at one time: whose an event is would be a guess.
    """
    ordered = _in_order(rows.with_columns(pl.col("until_ms").fill_null(forever)))
    of_one = pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in OWNER)
    meets = of_one & (pl.col("from_ms") < pl.col("until_ms").shift(1))
    if not ordered.select(meets.any()).item():
        return ordered
    reach = pl.col("until_ms").cum_max().shift(1).over(OWNER)
    ordered = ordered.with_columns(_new=(pl.col("from_ms") >= reach).fill_null(True))
    ordered = ordered.with_columns(_run=pl.col("_new").cum_sum())
    differ = ordered.group_by("_run").agg(
        pl.struct(TERMS).n_unique().alias("terms"), *_first(OWNER)
    )
    contradicted = differ.filter(pl.col("terms") > 1).select(OWNER).unique().height
    if contradicted:
        raise IntakeError(
            f"{contradicted} accounts or subscribers have subscriptions that hold at one time and"
            f" differ in {', '.join(TERMS)}: whose an event is would be a guess",
            "subscriptions",
            "give members with terms of their own accounts of their own, or mend the rows' dates:"
            " one ends where the next begins",
        )
    united = ordered.group_by("_run", maintain_order=True).agg(
        *_first((*OWNER, *TERMS)), pl.col("from_ms").min(), pl.col("until_ms").max()
    )
    return united.drop("_run")


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows by owner and start; those that are in order already, as parts are, as they stand."""
    keys = (*OWNER, "from_ms")
    after = pl.lit(False)
    for key in reversed(keys):
        now, before = pl.col(key), pl.col(key).shift(1)
        after = (now < before) | (now == before) & after
    return rows.sort(keys) if rows.select(after.any()).item() else rows


def _first(names: tuple[str, ...]) -> list[pl.Expr]:
    return [pl.col(name).first() for name in names]
