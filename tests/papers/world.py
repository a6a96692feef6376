"""A run's folder made by hand: 63 provinces, every nature, amounts past 10^13 if asked for.

The figures are those of a statement that balances; nothing was rated for them. `shuffled` writes
the same rows in another order, which no paper may show.
"""

import json
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from doisoat.engine.store import commit
from doisoat.money import vat_of
from doisoat.settlement.figures import programme_totals as standing
from doisoat.settlement.figures import statement
from doisoat.settlement.figures.merge import total_of
from doisoat.settlement.figures.row_files import PARQUET
from doisoat.settlement.figures.run_id import canonical_json
from doisoat.settlement.runs.conflicts import FINDING
from doisoat.settlement.runs.runs import AS_WRITTEN, SYNTHETIC
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue, load_package
from doisoat.tariffs.load.tiles import tile_maps
from tests.tax import VAT

CARRIERS = ("viettel", "vnpt")
DAYS = 31
PERIOD = "2021-08"
RUN = "0123456789abcdef" * 2
# measure, nature, what of the list value it is, as a fraction
GIVEN = (
    ("M3", "discount", (1, 50)),
    ("M4", "discount", (1, 20)),
    ("M6", "discount", (3, 40)),
    ("M1", "in_kind", (1, 3)),
    ("M2", "in_kind", (1, 7)),
    ("M5", "contribution", (1, 90)),
    ("M9", "forbearance", (0, 1)),
)
TOTALS = {
    "carrier": pl.String, "day": pl.Date, "home_province": pl.String,
    "serving_province": pl.String, "kind": pl.String, "destination": pl.String,
}  # fmt: skip
OWNED = dict.fromkeys(("event_hi", "event_lo", "owner_hi", "owner_lo"), pl.UInt64)


def write_run(folder: Path, scale: int = 1_000_003, shuffled: int | None = None) -> Path:
    """A run's folder under `folder`; scale: đồng of list value a (carrier, day, province)."""
    catalogue, package = load_catalogue(bundled_catalogue()), load_package("vn-2021-08", {})
    first = date(2021, 8, 1)
    totals, reliefs = [], []
    for which, carrier in enumerate(CARRIERS):
        for day in range(DAYS):
            for place, province in enumerate(sorted(tile.place for tile in tile_maps()[0].tiles)):
                key = {
                    "carrier": carrier, "day": first + timedelta(days=day),
                    "home_province": province, "serving_province": province,
                    "kind": "data", "destination": "data",
                }  # fmt: skip
                listed = scale * (1 + which) * (1 + (place * 7 + day * 3) % 11)
                discount = 0
                for measure, nature, (part, whole) in GIVEN:
                    amount = listed * part // whole
                    discount += amount if nature == "discount" else 0
                    reliefs.append(
                        {**key, "measure": measure, "nature": nature, "events": 2,
                         "units": amount // 100, "amount": amount}
                    )  # fmt: skip
                totals.append(
                    {**key, "events": 3, "units": 9, "billed": 9, "bundled": 0,
                     "list_value": listed, "discount": discount, "payable": listed - discount}
                )  # fmt: skip
    total = pl.DataFrame(totals, schema_overrides=TOTALS)
    relief = pl.DataFrame(reliefs, schema_overrides=TOTALS)
    lines = (
        relief.group_by("carrier", "measure", "nature")
        .agg(pl.col("events", "units", "amount").sum())
        .sort("carrier", "measure", "nature")
        .with_columns(period=pl.lit(PERIOD), programme=pl.lit(package.id))
    )
    vat = [
        vat_of(amount, VAT) if nature == "discount" else None
        for amount, nature in lines.select("amount", "nature").iter_rows()
    ]
    lines = lines.with_columns(vat=pl.Series(vat, dtype=pl.Int64)).select(list(statement.LINE))
    suspense = pl.DataFrame(
        [(0, n, 0, n, CARRIERS[n % 2], reason, 1_628_000_000_000 + n)
         for n, reason in enumerate(("conflicting", "no_tariff", "no_tariff", "beyond_limit"))],
        {**OWNED, "carrier": pl.String, "reason": pl.String, "start_ms": pl.Int64}, orient="row",
    )  # fmt: skip
    refund = pl.DataFrame(
        [(0, n, 0, n, CARRIERS[n % 2], 1_628_000_000_000 + n, 10_000, 9_000 + 2_000 * (n % 2),
          4_000, 5_000 + 1_000 * (n % 2)) for n in range(6)],
        {**OWNED, "carrier": pl.String, **dict.fromkeys(
            ("start_ms", "charged", "list_value", "payable", "refund"), pl.Int64)}, orient="row",
    )  # fmt: skip
    frames = {
        "total": total, "relief_total": relief, "statement_line": lines, "suspense": suspense,
        "refund": refund, "finding": pl.DataFrame(schema=FINDING),
        **_statements(total, lines, suspense, refund, package),
        "own_account": pl.DataFrame(schema={"amount": pl.Int64}),
        "burn_down": _burn_down(relief, package),
    }  # fmt: skip
    path = folder / RUN
    path.mkdir(parents=True)
    for name, frame in frames.items():
        if shuffled is not None:
            frame = frame.sample(fraction=1, shuffle=True, seed=shuffled)
        frame.write_parquet(path / f"{name}.parquet", **PARQUET)
    for name, model in (("catalogue", catalogue), ("package", package)):
        (path / f"{name}.json").write_bytes(canonical_json(model.model_dump(mode="json")))
    (path / AS_WRITTEN).write_text(package.as_written, "utf-8")
    files = sorted(commit.part_manifest(path), key=lambda file: file["name"])
    if shuffled is not None:
        files.reverse()
    manifest = {
        "format_version": 1, "run": RUN,
        "inputs": {"period": PERIOD, "opening_run": None, "catalogue": "c" * 64,
                   "package": "d" * 64, "carrier": None, "sources": [], "conflicts": None,
                   "chosen": None, "master": {},
                   "readings": {r.name: r.default for r in package.readings}},
        "result": {"digest": "e" * 64},
        "totals": {"events": total_of(total, "events") + 4, "rated": total_of(total, "events"),
                   "suspended": 4},
        "findings": [SYNTHETIC],
        "files": files,
    }  # fmt: skip
    (path / commit.MANIFEST).write_text(json.dumps(manifest), "utf-8")
    return path


def _burn_down(relief, package):
    """Of the whole programme, in the order of days."""
    (part,) = package.parts()
    rows, used = [], 9
    for day, amount in relief.group_by("day").agg(pl.col("amount").sum()).sort("day").iter_rows():
        used += amount
        rows.append(
            {"period": PERIOD, "programme": part.id, "carrier": None, "day": day, "relief": amount,
             "recognised": amount, "recognised_to_date": used,
             "remaining": max(0, part.envelope.amount - used), "runs_out": None}
        )  # fmt: skip
    return pl.DataFrame(rows, schema=standing.BURN_DOWN, orient="row")


def _statements(total, lines, suspense, refund, package):
    programmes, statements = [], []
    envelope = package.parts()[0].envelope
    assert envelope is not None
    whole = total_of(lines, "amount")
    for carrier in CARRIERS:
        own = pl.col("carrier") == carrier
        mine, given = total.filter(own), lines.filter(own)
        relief, held = total_of(given, "amount"), suspense.filter(own).height
        due = refund.filter(own & (pl.col("refund") > 0))
        over = refund.filter(own & (pl.col("charged") > pl.col("list_value")))
        sums = {
            nature: total_of(given.filter(pl.col("nature") == nature), "amount")
            for nature in ("discount", "in_kind", "contribution")
        }
        vat = total_of(given, "vat")
        programmes.append(
            {"period": PERIOD, "carrier": carrier, "programme": package.id, "relief": relief,
             "relief_to_date": relief + 5, "programme_relief": whole,
             "programme_relief_to_date": whole + 9, "envelope": envelope.amount,
             "carrier_envelope": None, "recognised": relief, "own_account": 0, "true_up": 0,
             "recognised_to_date": relief + 5, "programme_recognised_to_date": whole + 9}
        )  # fmt: skip
        statements.append(
            {"period": PERIOD, "carrier": carrier, "events": total_of(mine, "events") + held,
             "rated": total_of(mine, "events"), "suspended": held,
             **{name: total_of(mine, name) for name in ("list_value", "discount", "payable")},
             "discount_vat": vat, "discount_vat_residue": vat_of(sums["discount"], VAT) - vat,
             "in_kind": sums["in_kind"], "contribution": sums["contribution"],
             "forbearances": total_of(given.filter(pl.col("nature") == "forbearance"), "events"),
             "refunds": due.height, "refund": total_of(due, "refund"),
             "overcharged": over.height,
             "overcharge": total_of(over, "charged") - total_of(over, "list_value"),
             "relief": relief, "recognised": relief, "own_account": 0,
             "assumed": "viettel.Economy" if carrier == "viettel" else ""}
        )  # fmt: skip
    return {
        "statement": pl.DataFrame(statements, schema=statement.STATEMENT, orient="row"),
        "programme": pl.DataFrame(programmes, schema=standing.PROGRAMME, orient="row"),
    }
