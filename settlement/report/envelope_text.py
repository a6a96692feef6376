"""Texts of reports about an envelope: its rule, and when it was passed or used up."""

# ruff: noqa: E501 (tables of words: an entry a line)

from collections.abc import Iterator
from typing import Final

import polars as pl

from doisoat.money import dong
from doisoat.said import Said
from doisoat.settlement.figures.merge import Settled, total_of
from doisoat.settlement.figures.statement import Statements
from doisoat.tariffs.models.package_model import Envelope, Package, Programme

RULES: Final = {
    "track": Said(
        "theo dõi và ghi nhận toàn bộ",
        "The programme's value is tracked, and all relief is recognised",
    ),
    "first_come": Said(
        "ai đến trước được ghi nhận trước, theo lúc sự kiện bắt đầu, đến khi hết giá trị",
        "Relief is recognised as it comes, by the start of its event, until the value is used up",
    ),
    "pro_rata": Said(
        "mỗi kỳ ghi nhận theo tỷ lệ hỗ trợ của các doanh nghiệp trong phần còn lại, điều chỉnh lại khi chương trình kết thúc",
        "Each period recognises the same share of all relief out of what is left, provisionally; trued up once the programme has closed",
    ),
}
PER_CARRIER: Final = Said("mỗi doanh nghiệp có phần riêng", "each carrier has a part of its own")


def rule_of(envelope: Envelope) -> Said:
    """The envelope's rule in words, and whether it is common."""
    rule = RULES[envelope.rule]
    if envelope.per_carrier is None:
        return rule
    return Said(f"{rule.vi}; {PER_CARRIER.vi}", f"{rule.en}; {PER_CARRIER.en}")


def told_envelopes(package: Package, settled: Settled, statements: Statements) -> Iterator[str]:
    """A line for each envelope, or part of one, that is passed or used up: which, and since when;
    and one where a common one was parted without usage of all its carriers."""
    for part in package.parts():
        if part.envelope is None:
            continue
        days = statements.burn_down.filter(pl.col("programme") == part.id)
        for carrier in days["carrier"].unique(maintain_order=True):
            carrier_days = days.filter(pl.col("carrier").eq_missing(pl.lit(carrier)))
            yield from _exhaustion_lines(part, part.envelope, carrier, carrier_days)
        if part.envelope.rule != "track" and part.envelope.per_carrier is None:
            seen = set(settled.totals["carrier"].cast(pl.String).unique())
            missing = sorted(set(part.envelope.carriers) - seen)
            if missing:
                names = ", ".join(missing)
                yield (
                    f"{part.id}: giá trị chung, quy tắc `{part.envelope.rule}`, nhưng kỳ này không có sự kiện nào của {names}: hỗ trợ của họ được tính là 0"
                    f" | {part.id}: its envelope is common and its rule `{part.envelope.rule}`, but no event of {names} is rated in this period: their relief counts as 0"
                )


def _exhaustion_lines(
    part: Programme, envelope: Envelope, carrier: str | None, days: pl.DataFrame
) -> Iterator[str]:
    parts = envelope.per_carrier
    whole = envelope.amount if parts is None or carrier is None else parts[carrier]
    vi = f"{part.id}: giá trị {dong(whole)}" + (f" của {carrier}" if carrier else "")
    en = f"{part.id}: the envelope of {whole}" + (f" of {carrier}" if carrier else "")
    first, last = days.row(0, named=True), days.row(-1, named=True)
    if envelope.rule == "track":
        if last["recognised_to_date"] > whole:
            was = first["recognised_to_date"] - first["recognised"] > whole
            since = _since(days.filter(pl.col("recognised_to_date") > whole), was)
            to_date = last["recognised_to_date"]
            yield (
                f"{vi} bị vượt {since.vi}, hỗ trợ lũy kế {dong(to_date)}: quy tắc `track` vẫn ghi nhận toàn bộ"
                f" | {en} is passed {since.en}, relief to date {to_date}: rule `track` recognises all of it"
            )
    elif last["remaining"] == 0:
        was = first["remaining"] + first["recognised"] == 0
        own_account = total_of(days, "relief") - total_of(days, "recognised")
        if was and not own_account:
            return  # nothing came of it
        since = _since(days.filter(pl.col("remaining") == 0), was)
        yield (
            f"{vi} hết {since.vi}: doanh nghiệp tự chịu {dong(own_account)} của kỳ này, quy tắc `{envelope.rule}`"
            f" | {en} is used up {since.en}: {own_account} of this period are on carriers' own account, by rule `{envelope.rule}`"
        )


def _since(days: pl.DataFrame, was_before: bool) -> Said:
    """The first day found, unless it was so when the period began."""
    if was_before:
        return Said("từ trước kỳ này", "since before this period")
    day = days["day"][0]
    return Said(f"từ ngày {day:%d/%m/%Y}", f"since {day:%Y-%m-%d}")
