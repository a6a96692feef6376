"""Subscriptions of balance owners: of one line after the other, or of members side by side.

An account's members draw from its balances. Members that are alike are one subscription for as
long as there is any; where members differ at one time, each has a row of his own (docs/adr/0027).
"""

import polars as pl

from doisoat.errors import IntakeError
from doisoat.said import Said

OWNER = ("owner_hi", "owner_lo")
SUBSCRIBER = ("subscriber_hi", "subscriber_lo")
MEMBER = ("member_hi", "member_lo")
TERMS = ("carrier", "plan", "segment", "payment", "home_locality")


def in_force(rows: pl.DataFrame, forever: int) -> pl.DataFrame:
    """What holds for each owner: OWNER, MEMBER, TERMS, from_ms, until_ms, terms, ported.

    Args: rows: OWNER, SUBSCRIBER, TERMS, from_ms, until_ms (null: open, given as `forever`).
    Returns: rows by owner, member, start. terms: 0 where an owner's rows follow one another
        (MEMBER is 0 too: whoever uses what he has, has them); else a number for each set of TERMS,
        and the member's rows do. ported: 1 where the owner's carrier changes with the row.
    Raises: IntakeError where an account has two carriers, or a member two sets of terms, at a time.
    """
    ordered = _in_order(rows.with_columns(pl.col("until_ms").fill_null(forever)))
    of_one = pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in OWNER)
    meets = of_one & (pl.col("from_ms") < pl.col("until_ms").shift(1))
    if not ordered.select(meets.any()).item():
        return _as_lines(ordered)
    runs = _in_runs(ordered, OWNER)
    several = runs.filter(pl.struct(TERMS).n_unique().over("_run") > 1).select(OWNER).unique()
    alone = runs.join(several, on=OWNER, how="anti", maintain_order="left")
    lines = _as_lines(_united(alone, OWNER))
    if several.is_empty():
        return lines
    beside = _as_members(runs.join(several, on=OWNER, how="semi", maintain_order="left"))
    return pl.concat([lines, beside]).sort(*OWNER, *MEMBER, "from_ms")


def _as_lines(ordered: pl.DataFrame) -> pl.DataFrame:
    """Rows of owners of whom one holds at a time."""
    nobody, none = pl.lit(0, pl.UInt64), pl.lit(0, pl.Int64)
    return ordered.select(
        *OWNER, *(nobody.alias(name) for name in MEMBER), *TERMS, "from_ms", "until_ms",
        none.alias("terms"), _ported(),
    )  # fmt: skip


def _as_members(runs: pl.DataFrame) -> pl.DataFrame:
    """Rows of accounts whose members differ, by owner and start: a member has rows of his own."""
    _refuse(
        runs.filter(pl.col("carrier").n_unique().over("_run") > 1),
        Said(
            "tài khoản cùng lúc có thành viên của hai doanh nghiệp, mà mỗi tài khoản chỉ thuộc một"
            " doanh nghiệp",
            "accounts have members of two carriers at one time, but an account is one carrier's",
        ),
        Said(
            "cho thành viên của mỗi doanh nghiệp một tài khoản riêng",
            "give each carrier's members an account of their own",
        ),
    )
    of_members = runs.with_columns(_ported()).rename(dict(zip(SUBSCRIBER, MEMBER, strict=True)))
    terms = ", ".join(TERMS)
    own = _in_runs(of_members.sort(*OWNER, *MEMBER, "from_ms"), (*OWNER, *MEMBER))
    _refuse(
        own.filter(pl.struct(TERMS).n_unique().over("_run") > 1),
        Said(
            f"tài khoản có thành viên mà các dòng cùng hiệu lực nhưng khác nhau ở {terms}",
            f"accounts have a member whose rows hold at one time and differ in {terms}",
        ),
        Said(
            "sửa ngày của các dòng: dòng trước kết thúc ở chỗ dòng sau bắt đầu",
            "mend the rows' dates: one ends where the next begins",
        ),
    )
    return _united(own, (*OWNER, *MEMBER), pl.col("ported").max()).select(
        *OWNER, *MEMBER, *TERMS, "from_ms", "until_ms",
        pl.struct(TERMS).rank("dense").cast(pl.Int64).alias("terms"), "ported",
    )  # fmt: skip


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows by owner and start; those that are in order already, as parts are, as they stand."""
    keys = (*OWNER, "from_ms")
    after = pl.lit(False)
    for key in reversed(keys):
        now, before = pl.col(key), pl.col(key).shift(1)
        after = (now < before) | (now == before) & after
    return rows.sort(keys) if rows.select(after.any()).item() else rows


def _in_runs(rows: pl.DataFrame, whose: tuple[str, ...]) -> pl.DataFrame:
    """Rows, in order of `whose` and start, with the number of the stretch that they make up."""
    reach = pl.col("until_ms").cum_max().shift(1).over(whose)
    begins = (pl.col("from_ms") >= reach).fill_null(True)
    return rows.with_columns(_run=begins.cum_sum())


def _united(runs: pl.DataFrame, whose: tuple[str, ...], *others: pl.Expr) -> pl.DataFrame:
    """A row a stretch, of rows that are alike in it."""
    return runs.group_by("_run", maintain_order=True).agg(
        *(pl.col(name).first() for name in (*whose, *TERMS)),
        pl.col("from_ms").min(), pl.col("until_ms").max(), *others,
    )  # fmt: skip


def _ported() -> pl.Expr:
    """Of rows by owner and start."""
    of_one = pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in OWNER)
    changed = of_one & (pl.col("carrier") != pl.col("carrier").shift(1))
    return changed.fill_null(False).cast(pl.Int64).alias("ported")


def _refuse(contradicted: pl.DataFrame, what: Said, mend: Said) -> None:
    count = contradicted.select(OWNER).unique().height
    if count:
        raise IntakeError(
            f"{count} {what.vi}: sự kiện là của ai thì chỉ có thể đoán | {count} {what.en}: whose"
            " an event is would be a guess",
            "subscriptions",
            mend.both,
        )
