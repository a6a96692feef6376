"""Statements: what each carrier gave in a period, by measure and nature. No I/O in this module.

Amounts are whole đồng, summed in 128 bits. The value of the package is always its parts (discount,
in kind under its reading, contribution, count of forbearances), never one sum alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any, Final, NamedTuple

import polars as pl

from doisoat.errors import ConservationError
from doisoat.money import vat_of
from doisoat.settlement.figures.merge import MEND, RELIEF_SUMS, Settled, sum_by, total_of
from doisoat.settlement.figures.period import Period
from doisoat.settlement.figures.programme_totals import NOTHING_YET, ToDate
from doisoat.settlement.figures.recognition import Recognised, check, recognise, refuse_alone
from doisoat.tariffs.load.jurisdiction import is_tax_assumed
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Envelope, Measure, Package, Programme

VAT_NATURES = ("discount",)  # The others are no price: a contribution has no VAT at all.

STATEMENT = {
    "period": pl.String(),
    "carrier": pl.String(),
    "events": pl.Int64(),
    "rated": pl.Int64(),
    "suspended": pl.Int64(),
    "list_value": pl.Int64(),
    "discount": pl.Int64(),
    "payable": pl.Int64(),
    "discount_vat": pl.Int64(),  # Σ over the lines of discount
    "discount_vat_residue": pl.Int64(),  # the VAT of the sum − that Σ
    "in_kind": pl.Int64(),
    "contribution": pl.Int64(),
    "forbearances": pl.Int64(),  # counted, not valued
    "refunds": pl.Int64(),  # events of which a refund is due
    "refund": pl.Int64(),
    "overcharged": pl.Int64(),  # events charged above their list value: a finding
    "overcharge": pl.Int64(),  # by how much in all
    "relief": pl.Int64(),  # what counts against the envelopes of the programmes
    "recognised": pl.Int64(),
    "own_account": pl.Int64(),
    "assumed": pl.String(),  # ids of assumed plans and packs in use, joined by ", "
}
LINE = {
    "period": pl.String(),
    "carrier": pl.String(),
    "programme": pl.String(),
    "measure": pl.String(),
    "nature": pl.String(),
    "events": pl.Int64(),
    "units": pl.Int64(),
    "amount": pl.Int64(),
    "vat": pl.Int64(),  # null where none applies
}


class Statements(NamedTuple):
    """One row a carrier in `statements`, one a carrier and programme in `programmes`, one a
    carrier, measure and nature in `lines`; the other two as recognition.Recognised has them."""

    statements: pl.DataFrame
    programmes: pl.DataFrame
    lines: pl.DataFrame
    own_account: pl.DataFrame
    burn_down: pl.DataFrame


def carriers_of(package: Package, settled: Settled, carrier: str | None = None) -> tuple[str, ...]:
    """Who gets a statement: the programme's carriers and whoever has events; or the one named."""
    if carrier is not None:
        return (carrier,)
    named = {name for part in package.parts() if part.envelope for name in part.envelope.carriers}
    seen = {
        name
        for frame in (settled.totals, settled.suspense_sums)
        for name in frame["carrier"].cast(pl.String).unique()
    }
    return tuple(sorted((named | seen) - {""}))


def measure_for(package: Package, measure: str, carrier: str) -> Measure | None:
    """The entry of a measure that is for this carrier."""
    for entry in package.measures:
        if entry.id == measure and (entry.carriers is None or carrier in entry.carriers):
            return entry
    return None


def in_kind_reading(package: Package, measure: str, carrier: str) -> str:
    """By which valuation a measure's in-kind amounts stand; '' where it has none."""
    entry = measure_for(package, measure, carrier)
    return str(getattr(entry.effect, "in_kind_value", "")) if entry is not None else ""


TAX: Final = "tax"  # among ids of plans and packs, each of which has its carrier before a point


def assumed_in_use(
    catalogue: Catalogue, used: Iterable[tuple[str, str]], begin: datetime, end: datetime
) -> dict[str, tuple[str, ...]]:
    """Ids of the plans and packs whose prices are assumed, by carrier, of those in use in [begin,
    end); TAX of all of them where its rate is.

    Args: used: (carrier, id of a plan or pack) as subscriptions and events name them.
    """
    is_of_tax = is_tax_assumed(catalogue, begin)
    assumed = {
        version.id
        for versions in (catalogue.plans, catalogue.packs)
        for version in versions
        if version.is_assumed
        and version.valid_from < end
        and (version.valid_until is None or begin < version.valid_until)
    }
    by_carrier: dict[str, set[str]] = {}
    for carrier, item in used:
        if is_of_tax:
            by_carrier.setdefault(carrier, set()).add(TAX)
        if item in assumed:
            by_carrier.setdefault(carrier, set()).add(item)
    return {carrier: tuple(sorted(items)) for carrier, items in by_carrier.items()}


def build(
    settled: Settled,
    package: Package,
    period: str,
    rate: Fraction,
    *,
    carrier: str | None = None,
    before: ToDate = NOTHING_YET,
    assumed: Mapping[str, Sequence[str]] | None = None,
) -> Statements:
    """The statements of a settled period; checked against the totals that they come from.

    Args: rate: of the tax inside prices in the period; before: the standing of the programme when
        the period begins, from the opening run; assumed: `assumed_in_use`.
    Raises: CatalogueError for one carrier whose recognised part hangs on others; ConservationError
        if the statements do not sum to the programme, or a line's parts to its relief.
    """
    refuse_alone(package, carrier, period)
    lines = _lines(settled, package, period, rate)
    carriers = carriers_of(package, settled, carrier)
    recognised = recognise(
        settled.lines, settled.relief_totals, package, Period.of(period), carriers, before, rate
    )
    programmes = recognised.programmes
    charged = _charged(settled.refunds)
    rows = [
        _statement(name, period, rate, settled, charged, lines, programmes, assumed or {})
        for name in carriers
    ]
    statements = pl.DataFrame(rows, schema=STATEMENT, orient="row")
    _check(settled, statements, programmes, lines)
    check(recognised)
    _check_reliefs(lines, package, recognised, rate)
    return Statements(statements, programmes, lines, recognised.own_account, recognised.burn_down)


def relief_of(
    lines: pl.DataFrame, package: Package, part: Programme, rate: Fraction
) -> dict[str, int]:
    """What of each carrier's lines counts against the envelope of one of a package's parts."""
    measures = [measure.id for measure in package.measures_of(part.id)]
    of_part = lines.filter(pl.col("measure").is_in(measures))
    return relief_by_carrier(of_part, part.envelope, rate)


def relief_in(lines: pl.DataFrame, package: Package, rate: Fraction) -> dict[str, int]:
    """What of each carrier's lines counts against the envelopes of a package's programmes."""
    counted: dict[str, int] = {}
    for part in package.parts():
        for carrier, amount in relief_of(lines, package, part, rate).items():
            counted[carrier] = counted.get(carrier, 0) + amount
    return counted


def relief_by_carrier(
    lines: pl.DataFrame, envelope: Envelope | None, rate: Fraction
) -> dict[str, int]:
    """What of a programme's lines counts against its envelope, by natures, measures and basis.

    Under `excl_vat` each line counts without the VAT in it; a contribution has none.
    """
    counted: dict[str, int] = {}
    if envelope is None:
        return counted
    for line in lines.iter_rows(named=True):
        if (
            line["nature"] in envelope.natures
            and line["carrier"] in envelope.carriers
            and (envelope.measures is None or line["measure"] in envelope.measures)
        ):
            amount = line["amount"]
            if envelope.basis == "excl_vat" and line["nature"] != "contribution":
                amount -= vat_of(amount, rate)
            counted[line["carrier"]] = counted.get(line["carrier"], 0) + amount
    return counted


def _lines(settled: Settled, package: Package, period: str, rate: Fraction) -> pl.DataFrame:
    programme_of = {measure.id: measure.programme or package.id for measure in package.measures}
    sums = sum_by(settled.relief_totals, ("carrier", "measure", "nature"), RELIEF_SUMS)
    rows = [
        {
            **row,
            "period": period,
            "programme": programme_of[row["measure"]],
            "vat": vat_of(row["amount"], rate) if row["nature"] in VAT_NATURES else None,
        }
        for row in sums.iter_rows(named=True)
    ]
    return pl.DataFrame(rows, schema=LINE).sort("carrier", "measure", "nature")


CHARGED = ("refunds", "refund", "overcharged", "overcharge")


def _charged(refunds: pl.LazyFrame) -> pl.DataFrame:
    """By carrier: events of which a refund is due, that, events charged too much, how much."""
    over = pl.col("charged") - pl.col("list_value")
    counted = refunds.with_columns(
        refunds=(pl.col("refund") > 0).cast(pl.Int64),
        overcharged=(over > 0).cast(pl.Int64),
        overcharge=pl.max_horizontal(over, pl.lit(0)),
    )
    return sum_by(counted, ("carrier",), CHARGED)


def _statement(
    carrier: str,
    period: str,
    rate: Fraction,
    settled: Settled,
    charged: pl.DataFrame,
    lines: pl.DataFrame,
    programmes: pl.DataFrame,
    assumed: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    is_carrier = pl.col("carrier").cast(pl.String) == carrier
    totals, own_lines = settled.totals.filter(is_carrier), lines.filter(is_carrier)
    by_nature = {
        nature: own_lines.filter(pl.col("nature") == nature)
        for nature in ("discount", "in_kind", "contribution", "forbearance")
    }
    suspended = total_of(settled.suspense_sums.filter(is_carrier), "events")
    rated, discount = total_of(totals, "events"), total_of(totals, "discount")
    vat = total_of(by_nature["discount"], "vat")
    standing = programmes.filter(pl.col("carrier") == carrier)
    return {
        "period": period,
        "carrier": carrier,
        "events": rated + suspended,
        "rated": rated,
        "suspended": suspended,
        "list_value": total_of(totals, "list_value"),
        "discount": discount,
        "payable": total_of(totals, "payable"),
        "discount_vat": vat,
        "discount_vat_residue": vat_of(discount, rate) - vat,
        "in_kind": total_of(by_nature["in_kind"], "amount"),
        "contribution": total_of(by_nature["contribution"], "amount"),
        "forbearances": total_of(by_nature["forbearance"], "events"),
        **{name: total_of(charged.filter(is_carrier), name) for name in CHARGED},
        **{name: total_of(standing, name) for name in ("relief", "recognised", "own_account")},
        "assumed": ", ".join(assumed.get(carrier, ())),
    }


def of_no_statement(settled: Settled, statements: pl.DataFrame) -> int:
    """Suspended events of a carrier that has no statement, as one that no catalogue knows."""
    named = pl.col("carrier").cast(pl.String).is_in(statements["carrier"].to_list())
    return total_of(settled.suspense_sums.filter(~named), "events")


def _check(
    settled: Settled, statements: pl.DataFrame, programmes: pl.DataFrame, lines: pl.DataFrame
) -> None:
    strays = of_no_statement(settled, statements)
    whole = {
        "events": settled.events - strays,
        "rated": settled.rated,
        "suspended": settled.suspended - strays,
        **{name: total_of(settled.totals, name) for name in ("list_value", "discount", "payable")},
        "relief": total_of(programmes, "recognised") + total_of(programmes, "own_account"),
    }
    for nature in ("discount", "in_kind", "contribution"):
        in_line_sums = total_of(settled.line_sums.filter(pl.col("nature") == nature), "amount")
        in_lines = total_of(lines.filter(pl.col("nature") == nature), "amount")
        if not in_line_sums == in_lines == total_of(statements, nature):
            raise ConservationError(
                f"{nature}: relief lines hold {in_line_sums}, statement lines {in_lines},"
                f" statements {total_of(statements, nature)}",
                "settle",
                MEND,
            )
    for name, amount in whole.items():
        if total_of(statements, name) != amount:
            raise ConservationError(
                f"statements sum to {name} {total_of(statements, name)}, the programme to {amount}",
                "settle",
                MEND,
            )


def _check_reliefs(
    lines: pl.DataFrame, package: Package, recognised: Recognised, rate: Fraction
) -> None:
    """What a programme counts of a carrier is what its statement lines come to, and what it leaves
    to it under `first_come` is what its lines beyond the cut-off come to."""
    for part in package.parts():
        programme_rows = recognised.programmes.filter(pl.col("programme") == part.id)
        counted = relief_of(lines, package, part, rate)
        beyond = recognised.own_account.filter(pl.col("programme").cast(pl.String) == part.id)
        by_line = dict(sum_by(beyond, ["carrier"], ["own_account"]).iter_rows())
        is_by_line = part.envelope is not None and part.envelope.rule == "first_come"
        for name, relief, own_account in programme_rows.select(
            "carrier", "relief", "own_account"
        ).iter_rows():
            if relief != counted.get(name, 0) or (
                is_by_line and own_account != by_line.get(name, 0)
            ):
                raise ConservationError(
                    f"{part.id}, {name}: it counts {relief} and leaves {own_account} to the"
                    f" carrier; its statement lines come to {counted.get(name, 0)}, its lines"
                    f" beyond the envelope to {by_line.get(name, 0)}",
                    "settle",
                    MEND,
                )


def by_key(settled: Settled, key: str) -> pl.DataFrame:
    """Each carrier's events, values and reliefs by one key of the totals, every row of it, sorted.

    Returns: carrier, key, events, list_value, discount, payable, in_kind, contribution.
    """
    keys, sums = ["carrier", key], ("events", "list_value", "discount", "payable")
    table = sum_by(settled.totals, keys, sums)
    for nature in ("in_kind", "contribution"):
        relief = settled.relief_totals.filter(pl.col("nature") == nature)
        amounts = sum_by(relief, keys, ["amount"]).rename({"amount": nature})
        table = table.join(amounts, on=keys, how="left", maintain_order="left")
    return table.with_columns(pl.col("in_kind", "contribution").fill_null(0)).sort(keys)
