"""The polars job's events with several sources: the chain of charges, folded source by source."""

from typing import NamedTuple

import polars as pl

from doisoat.benchmarks.polars_relief import SOURCE, plain_price, spare_value
from doisoat.benchmarks.polars_words import LINE, NOTHING, SUMMED, col, half_up, lit, when
from doisoat.benchmarks.words import DATA, DISCOUNT, IN_KIND


class Several(NamedTuple):
    """Events with several sources.

    outcome: a row an event, list_value and payable beside list_plain and free_plain, which `plain`
    counted; lines: ord, cell, measure, lowered, amount, spare, kind_value, a row an event and
    measure; free: those that zero-rating takes, as they were before any source.
    """

    outcome: pl.DataFrame
    lines: pl.DataFrame
    free: pl.DataFrame


def folded(
    names: dict[str, pl.DataFrame], drawn: pl.DataFrame, unit: pl.DataFrame, crowded: pl.DataFrame
) -> Several:
    """Each link of the chain of charges a fold over the sources; see chain.sql."""
    rows = (
        drawn.join(crowded, on="ord", how="semi")
        .join(unit.select(SOURCE), on="unit")
        .sort("ord", "unit")
    )
    over = col("overage") == 1
    bundle = pl.min_horizontal("demand", "own_left")
    whole = rows.group_by("ord", maintain_order=True).agg(
        col("cell", "units", "billed", "free", "numerator", "denominator").first(),
        raw_open=when(col("kind") == DATA).then(col("raw")).otherwise(col("billed")).first(),
        tail_open=when(col("kind") == DATA).then(col("billed") - col("raw")).otherwise(0).first(),
        refused=(col("stop").max() == 1) & (col("overage").max() == 0),
        n=pl.coalesce(
            col("over_numerator").filter(over).first(), col("numerator").first().cast(pl.Int64)
        ),
        dn=pl.coalesce(
            col("over_denominator").filter(over).first(), col("denominator").first().cast(pl.Int64)
        ),
        bundled=(
            bundle
            + when((col("demand") > 0) & (col("own_left") >= col("demand")))
            .then(col("tail"))
            .otherwise(0)
        ).sum(),
        raw=col("is_raw"),
        own=col("own_left"),
        more=col("more_left"),
        sources=pl.len().cast(pl.Int64),
    )
    links = (
        whole.with_columns(k=pl.int_ranges(0, col("sources") + 1))
        .explode("k")
        .with_columns(r=col("raw_open"), t=col("tail_open"))
    )
    for place in range(whole.select(col("sources").max()).item() or 0):
        cap = (
            col("own").list.get(place, null_on_oob=True)
            + when(col("k") > place)
            .then(col("more").list.get(place, null_on_oob=True))
            .otherwise(0)
        ).fill_null(0)
        below = pl.min_horizontal(col("r"), cap)
        raw = col("raw").list.get(place, null_on_oob=True).fill_null(False)
        links = links.with_columns(
            r=col("r") - below,
            t=when(raw)
            .then(when((col("r") > 0) & (col("r") <= cap)).then(0).otherwise(col("t")))
            .otherwise(col("t") - pl.min_horizontal(col("t"), cap - below)),
        )
    chain = links.with_columns(
        uncovered=when("refused").then(0).otherwise(col("r") + col("t"))
    ).with_columns(charge=half_up(col("uncovered") * col("n"), col("dn")))
    first = chain.filter(col("k") == 0)
    last = chain.filter(col("k") == col("sources"))
    plain = plain_price()
    is_free = col("free") > 0
    outcome = first.select(
        "ord",
        "cell",
        "bundled",
        list_value="charge",
        list_plain=plain,
        free_plain=when(is_free).then(0).otherwise(plain),
    ).join(last.select("ord", payable=when(is_free).then(0).otherwise(col("charge"))), on="ord")
    steps = chain.select("ord", "k", "uncovered", "charge", "n", "dn")
    got = pl.min_horizontal(col("demand") - bundle, "more_left")
    step = (
        rows.filter(~is_free)
        .select(
            "ord",
            "cell",
            "free",
            "class",
            "price",
            "own_units",
            got=got,
            k=pl.int_range(1, pl.len() + 1).over("ord").cast(pl.Int64),
        )
        .join(steps, on=["ord", "k"])
        .join(
            steps.select("ord", col("k") + 1, before="uncovered", charge_before="charge"),
            on=["ord", "k"],
        )
        .with_columns(
            amount=col("charge_before") - col("charge"),
            lowered=pl.min_horizontal("got", col("before") - col("uncovered")),
        )
        .with_columns(spare=col("got") - col("lowered"))
    )
    free = first.filter(is_free).with_columns(
        lit(-1, pl.Int64).alias("class"),
        amount=col("charge"),
        lowered=col("uncovered"),
        spare=col("billed") - col("uncovered"),
        price=NOTHING,
        own_units=lit(1, pl.Int64),
    )
    line = ["ord", "cell", "free", "class", "amount", "lowered", "spare", "kind_value"]
    lines = (
        pl.concat(
            [frame.with_columns(kind_value=spare_value()).select(line) for frame in (step, free)]
        )
        .join(names["line_name"], on=["free", "class"])
        .group_by("ord", "cell", "measure")
        .agg(col("amount", "lowered", "spare", "kind_value").sum())
    )
    return Several(outcome, lines, first.filter(is_free))


def several(
    names: dict[str, pl.DataFrame], events: Several
) -> tuple[list[pl.DataFrame], list[pl.DataFrame]]:
    """Their totals and lines, as differences from what `plain` counted; see several.sql."""
    changed = col("list_value") - col("list_plain")
    paid = col("payable") - col("free_plain")
    total = (
        events.outcome.group_by("cell")
        .agg(
            col("bundled").sum(),
            list_value=changed.sum(),
            payable=paid.sum(),
            list_sum=(col("ord") * changed).sum(),
            payable_sum=(col("ord") * paid).sum(),
        )
        .with_columns(events=NOTHING, units=NOTHING, billed=NOTHING)
    )
    lines, free = events.lines, events.free
    plain = plain_price()
    relief = [
        lines.filter((col("lowered") > 0) | (col("amount") > 0))
        .group_by("cell", "measure")
        .agg(events=pl.len().cast(pl.Int64), units=col("lowered").sum(), amount=col("amount").sum())
        .with_columns(nature=lit(DISCOUNT, pl.Int64)),
        lines.filter(col("spare") > 0)
        .group_by("cell", "measure")
        .agg(
            events=pl.len().cast(pl.Int64), units=col("spare").sum(), amount=col("kind_value").sum()
        )
        .with_columns(nature=lit(IN_KIND, pl.Int64)),
        # what `plain` counted of them as wholly free
        free.group_by("cell", "free")
        .agg(events=-pl.len().cast(pl.Int64), units=-col("billed").sum(), amount=-plain.sum())
        .join(names["zero_name"], on="free")
        .with_columns(nature=lit(DISCOUNT, pl.Int64)),
    ]
    return [total.select("cell", *SUMMED)], [frame.select(LINE) for frame in relief]
