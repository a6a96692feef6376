"""Subscriptions of balance owners: of one line after the other, or of members side by side.

An account's members draw from its balances. Members that are alike are one subscription for as
long as there is any; where members differ at one time, each has a row of his own (docs/adr/0027).
"""

import polars as pl

from doisoat.errors import IntakeError
from doisoat.messages.text import Text, message

OWNER = ("owner_hi", "owner_lo")
WHOSE = (*OWNER, "carrier")  # to whom balances belong: another carrier's rows say nothing of them
SUBSCRIBER = ("subscriber_hi", "subscriber_lo")
MEMBER = ("member_hi", "member_lo")
TERMS = ("carrier", "plan", "segment", "payment", "home_locality")


def in_force(rows: pl.DataFrame, forever: int) -> pl.DataFrame:
    """What holds for each owner: OWNER, MEMBER, TERMS, from_ms, until_ms, terms.

    Args: rows: OWNER, SUBSCRIBER, TERMS, from_ms, until_ms (null: open, given as `forever`).
    Returns: rows by owner, carrier, member, start. terms: 0 where an owner's rows at a carrier
        follow one another (MEMBER is 0 too: whoever uses what he has, has them); else a number for
        each set of TERMS, and the member's rows do.
    Raises: IntakeError where a member has two sets of terms at one carrier at a time.
    """
    ordered = _in_order(rows.with_columns(pl.col("until_ms").fill_null(forever)))
    of_one = pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in WHOSE)
    meets = of_one & (pl.col("from_ms") < pl.col("until_ms").shift(1))
    if not ordered.select(meets.any()).item():
        return _as_lines(ordered)
    runs = _in_runs(ordered, WHOSE)
    several = runs.filter(pl.struct(TERMS).n_unique().over("_run") > 1).select(WHOSE).unique()
    alone = runs.join(several, on=WHOSE, how="anti", maintain_order="left")
    lines = _as_lines(_united(alone, OWNER))
    if several.is_empty():
        return lines
    of_members = _as_members(runs.join(several, on=WHOSE, how="semi", maintain_order="left"))
    return pl.concat([lines, of_members]).sort(*WHOSE, *MEMBER, "from_ms")


def _as_lines(ordered: pl.DataFrame) -> pl.DataFrame:
    """Rows of owners of whom one holds at a time."""
    nobody, none = pl.lit(0, pl.UInt64), pl.lit(0, pl.Int64)
    return ordered.select(
        *OWNER, *(nobody.alias(name) for name in MEMBER), *TERMS, "from_ms", "until_ms",
        none.alias("terms"),
    )  # fmt: skip


def _as_members(runs: pl.DataFrame) -> pl.DataFrame:
    """Rows of accounts whose members differ, in order: a member has rows of his own."""
    of_members = runs.rename(dict(zip(SUBSCRIBER, MEMBER, strict=True)))
    terms = ", ".join(name for name in TERMS if name != "carrier")
    member_runs = _in_runs(of_members.sort(*WHOSE, *MEMBER, "from_ms"), (*WHOSE, *MEMBER))
    _refuse(
        member_runs.filter(pl.struct(TERMS).n_unique().over("_run") > 1),
        message(
            "accounts have a member whose rows hold at one time and differ in {terms}", terms=terms
        ),
        message("mend the rows' dates: one ends where the next begins"),
    )
    return _united(member_runs, (*OWNER, *MEMBER)).select(
        *OWNER, *MEMBER, *TERMS, "from_ms", "until_ms",
        pl.struct(TERMS).rank("dense").cast(pl.Int64).alias("terms"),
    )  # fmt: skip


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows by owner, carrier and start; those of one carrier, as parts have them, stay."""
    keys = (*OWNER, "from_ms")
    after = pl.lit(False)
    for key in reversed(keys):
        now, before = pl.col(key), pl.col(key).shift(1)
        after = (now < before) | (now == before) & after
    rows = rows.sort(keys) if rows.select(after.any()).item() else rows
    changes = pl.col("carrier") != pl.col("carrier").shift(1)
    of_one = pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in OWNER)
    moved = rows.filter(changes & of_one).select(OWNER).unique()
    if moved.is_empty():
        return rows
    # An owner's rows lie together, so that theirs trade places among themselves alone.
    numbered = rows.with_row_index("_row")
    moved_rows = numbered.join(moved, on=OWNER, how="semi", maintain_order="left")
    order = pl.int_range(rows.height, eager=True, dtype=pl.UInt32).scatter(
        moved_rows["_row"], moved_rows.sort(*WHOSE, "from_ms", maintain_order=True)["_row"]
    )
    return rows[order]


def _in_runs(rows: pl.DataFrame, whose: tuple[str, ...]) -> pl.DataFrame:
    """Rows, in order of `whose` and start, with the number of the stretch that they make up."""
    reach = pl.col("until_ms").cum_max().shift(1).over(whose)
    begins = (pl.col("from_ms") >= reach).fill_null(True)
    return rows.with_columns(_run=begins.cum_sum())


def _united(runs: pl.DataFrame, whose: tuple[str, ...]) -> pl.DataFrame:
    """A row a stretch, of rows that are alike in it."""
    return runs.group_by("_run", maintain_order=True).agg(
        *(pl.col(name).first() for name in (*whose, *TERMS)),
        pl.col("from_ms").min(), pl.col("until_ms").max(),
    )  # fmt: skip


def _refuse(contradicted: pl.DataFrame, fault: Text, mend: Text) -> None:
    count = contradicted.select(OWNER).unique().height
    if count:
        raise IntakeError(
            message(
                "{count} {fault}: whose an event is would be a guess", count=count, fault=fault
            ),
            "subscriptions",
            mend,
        )
