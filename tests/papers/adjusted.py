"""Adjustments made by hand, booked into the month of `world.write_run`: every cause, some below 0.

Nothing was rated for them; each balances, as what `doisoat adjust` writes does.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from doisoat.engine.rating.rerate import IDS
from doisoat.engine.store import commit
from doisoat.money import vat_of
from doisoat.settlement.figures.row_files import PARQUET
from doisoat.settlement.figures.run_id import canonical_json
from doisoat.settlement.records.booked_statement import Booking
from doisoat.settlement.runs.adjustment_causes import CAUSES
from doisoat.settlement.runs.adjustment_records import (
    OF_STATEMENT,
    STORED_EVENT,
    STORED_LINE,
    Adjustment,
    adjustment_id,
)
from tests.papers.world import PERIOD
from tests.tax import VAT

LINE = {"carrier": pl.String, "programme": pl.String, "measure": pl.String, "nature": pl.String,
        **dict.fromkeys(("events", "units", "amount", "vat"), pl.Int64)}  # fmt: skip
MOVED = (("M4", "discount"), ("M6", "discount"), ("M1", "in_kind"), ("M5", "contribution"))


def write_adjustments(
    folder: Path, scale: int = 1_000_003, shuffled: int | None = None
) -> Iterator[Booking]:
    """Two, of the two months before; the second has a carrier alone.

    Args: scale: đồng of list value that an event moves; shuffled: a seed, for the same rows in
        another order, which no paper may show.
    """
    for number, (month, carriers) in enumerate(
        (("2021-06", ("viettel", "vnpt")), ("2021-07", ("viettel",)))
    ):
        yield _adjustment(
            folder, month, carriers, scale * (3 - 4 * number) // 3, 5 + number, shuffled
        )


def _adjustment(
    folder: Path,
    month: str,
    carriers: tuple[str, ...],
    scale: int,
    entry: int,
    shuffled: int | None,
) -> Booking:
    before, after = (f"{n}{month[-2:]}" * 8 for n in (f"{entry:02d}", f"{entry + 4:02d}"))
    name = adjustment_id(month, PERIOD, before, after)
    events: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    for carrier in carriers:
        for place, cause in enumerate(CAUSES, start=1):
            for n in range(3):
                high, low = place * 10 + n, len(carrier)
                listed = scale * place * (n + 1)
                moved = [
                    (measure, nature, listed // (7 + at)) for at, (measure, nature) in
                    enumerate(MOVED) if (at + place) % 3
                ]  # fmt: skip
                discount = sum(amount for _, nature, amount in moved if nature == "discount")
                first = {"carrier": carrier, "start_ms": 1_623_000_000_000 + place, "cause": cause,
                         "event_hi": high, "event_lo": low,
                         "cause_event_hi": 1 if cause == "cascade" else None,
                         "cause_event_lo": 2 if cause == "cascade" else None}  # fmt: skip
                events.append(
                    {**first, "events": 1 if cause == "late" else 0, "units": 60_000,
                     "billed": 60_000, "bundled": 0, "list_value": listed, "discount": discount,
                     "payable": listed - discount, "refund": discount // 3}
                )  # fmt: skip
                lines += [
                    {**first, "measure": measure, "nature": nature, "events": 1, "units": 90_000,
                     "amount": amount} for measure, nature, amount in moved
                ]  # fmt: skip
    event = pl.DataFrame(events, STORED_EVENT, orient="row")
    line = pl.DataFrame(lines, STORED_LINE, orient="row")
    of_lines = (
        line.group_by("carrier", "measure", "nature")
        .agg(pl.col("events", "units", "amount").sum())
        .sort("carrier", "measure", "nature")
    )
    vat = [
        vat_of(amount, VAT) if nature == "discount" else 0
        for nature, amount in of_lines.select("nature", "amount").iter_rows()
    ]
    of_lines = of_lines.with_columns(
        vat=pl.Series(vat, dtype=pl.Int64), programme=pl.lit("vn-2021-08")
    )
    frames: dict[str, pl.DataFrame] = {
        "event": event, "line": line, "statement_line": of_lines.select(list(LINE)),
        "statement": pl.concat(_statement(name, event, of_lines) for name in carriers),
    }  # fmt: skip
    path = folder / name
    path.mkdir(parents=True)
    for file, frame in frames.items():
        if shuffled is not None:
            frame = frame.sample(fraction=1, shuffle=True, seed=shuffled)
        frame.write_parquet(path / f"{file}.parquet", **PARQUET)
    manifest = {
        "format_version": 1, "adjustment": name, "of": month, "into": PERIOD, "before": before,
        "after": after, "files": commit.part_manifest(path),
    }  # fmt: skip
    (path / commit.MANIFEST).write_bytes(canonical_json(manifest))
    return Booking(Adjustment(name, path, manifest), entry)


def _statement(carrier: str, event: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    own, of_lines = (frame.filter(pl.col("carrier") == carrier) for frame in (event, lines))
    sums = {
        name: own[name].sum() for name in ("list_value", "discount", "payable", "refund")
    } | {
        nature: of_lines.filter(pl.col("nature") == nature)["amount"].sum()
        for nature in ("in_kind", "contribution")
    }  # fmt: skip
    counts = {"events": own["events"].sum(), "rated": own["events"].sum(), "refunds": own.height}
    row: dict[str, Any] = {"carrier": carrier, **dict.fromkeys(OF_STATEMENT, 0), **sums, **counts,
           "discount_vat": of_lines["vat"].sum(), "relief": sums["discount"],
           "recognised": sums["discount"]}  # fmt: skip
    assert own.select(IDS).is_unique().all()
    schema = {"carrier": pl.String, **dict.fromkeys(OF_STATEMENT, pl.Int64)}
    return pl.DataFrame([row], schema, orient="row")
