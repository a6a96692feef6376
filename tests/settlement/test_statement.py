"""Statements by hand, and against the totals that they come from."""

from datetime import datetime

import polars as pl
import pytest

from doisoat.errors import ConservationError
from doisoat.money import vat_of
from doisoat.settlement.figures import programme_totals as standing
from doisoat.settlement.figures import statement
from doisoat.settlement.figures.merge import merge
from tests.tax import VAT

RATED = [n for n in range(1, 601) if n % 50]


@pytest.fixture
def settled(world):
    return merge([world.bucket_result(bucket, 4) for bucket in range(4)], world.VOCABULARY)


def row_of(frame, carrier):
    return frame.filter(pl.col("carrier") == carrier).row(0, named=True)


def test_a_statement_by_hand(settled, package):
    """Events n = 0 mod 3 are of mobifone: they cost 100 n, and M4 takes off half."""
    own = [n for n in RATED if n % 3 == 0]
    row = row_of(statement.build(settled, package, "2021-08", VAT).statements, "mobifone")
    discount = sum(50 * n for n in own)
    assert row["events"] == 200 and row["rated"] == len(own) and row["suspended"] == 4
    assert row["list_value"] == 2 * discount
    assert row["discount"] == row["payable"] == discount
    assert row["discount_vat"] == vat_of(discount, VAT) and row["discount_vat_residue"] == 0
    assert row["contribution"] == 5_000 * len(own)
    assert row["refunds"] == len([n for n in own if n % 6 == 0])
    assert row["refund"] == sum(50 * n for n in own if n % 6 == 0)
    assert row["relief"] == row["recognised"] == discount + 5_000 * len(own)
    assert row["own_account"] == 0


def test_vat_is_of_each_line_and_only_where_there_is_a_price(settled, package):
    lines = statement.build(settled, package, "2021-08", VAT).lines
    for line in lines.iter_rows(named=True):
        expected = vat_of(line["amount"], VAT) if line["nature"] == "discount" else None
        assert line["vat"] == expected


@pytest.mark.parametrize(
    ("amount", "vat", "residue"),
    [pytest.param(6, 2, -1, id="6 + 6"), pytest.param(5, 0, 1, id="5 + 5"),
     pytest.param(1_180, 214, 1, id="1,180 + 1,180")],
)  # fmt: skip
def test_case_74_what_is_in_kind_has_no_vat_and_the_residue_may_be_below_zero(
    settled, world, amount, vat, residue
):
    """Two measures with a line of discount each, and one of them in kind as well."""
    given = [("M4", "discount", amount), ("M2", "discount", amount), ("M2", "in_kind", 1_180)]
    one = settled.relief_totals.filter(pl.col("carrier").cast(pl.String) == "viettel")[:1]
    reliefs = pl.concat(
        one.with_columns(
            pl.lit(measure).cast(one.schema["measure"]).alias("measure"),
            pl.lit(nature).cast(one.schema["nature"]).alias("nature"),
            events=pl.lit(1, pl.Int64), units=pl.lit(1, pl.Int64), amount=pl.lit(worth, pl.Int64),
        )
        for measure, nature, worth in given
    )  # fmt: skip
    total = settled.totals.filter(pl.col("carrier").cast(pl.String) == "viettel")[:1].with_columns(
        events=pl.lit(1, pl.Int64), list_value=pl.lit(2 * amount, pl.Int64),
        discount=pl.lit(2 * amount, pl.Int64), payable=pl.lit(0, pl.Int64),
    )  # fmt: skip
    by_hand = settled._replace(
        events=1, rated=1, suspended=0, totals=total, relief_totals=reliefs,
        line_sums=reliefs.select(settled.line_sums.columns),
        suspense_sums=settled.suspense_sums.clear(), refunds=settled.refunds.limit(0),
    )  # fmt: skip
    net = world.package_of(
        envelope={**world.package_of().model_dump()["envelope"], "basis": "excl_vat",
                  "natures": ("discount", "in_kind")}
    )  # fmt: skip
    built = statement.build(by_hand, net, "2021-08", VAT)
    vats = built.lines.sort("nature", "measure").select("nature", "vat").rows()
    assert vats == [("discount", vat // 2), ("discount", vat // 2), ("in_kind", None)]
    row = row_of(built.statements, "viettel")
    assert (row["discount_vat"], row["discount_vat_residue"]) == (vat, residue)
    # Against an envelope without VAT what is in kind counts net as well: 1,180 is 1,073.
    assert row["relief"] == 2 * amount - vat + 1_073


def test_each_carrier_of_the_programme_has_a_statement_even_of_nothing(settled, package):
    statements = statement.build(settled, package, "2021-08", VAT).statements
    assert statements["carrier"].to_list() == ["mobifone", "sctv", "viettel", "vnpt"]
    assert row_of(statements, "sctv")["events"] == 0


def test_to_date_goes_on_from_the_opening_run(settled, package, world):
    shift_ms = 31 * world.DAY_MS
    later = merge(
        [world.bucket_result(n, 4, shift_ms=shift_ms) for n in range(4)], world.VOCABULARY
    )
    august = statement.build(settled, package, "2021-08", VAT).programmes
    before = standing.to_date_of(august)
    september = statement.build(later, package, "2021-09", VAT, before=before).programmes
    for carrier in ("mobifone", "viettel"):
        relief = row_of(august, carrier)["relief"]
        assert row_of(september, carrier)["relief_to_date"] == 2 * relief
    assert row_of(september, "sctv")["programme_relief_to_date"] == 2 * august["relief"].sum()


def test_what_counts_against_the_envelope_is_a_reading(settled, world):
    given = world.package_of().model_dump()["envelope"]
    only = world.package_of(envelope={**given, "natures": ("discount",)})
    row = row_of(statement.build(settled, only, "2021-08", VAT).statements, "mobifone")
    assert row["relief"] == row["discount"]
    net = world.package_of(envelope={**given, "basis": "excl_vat"})
    row = row_of(statement.build(settled, net, "2021-08", VAT).statements, "mobifone")
    assert row["relief"] == row["discount"] - row["discount_vat"] + row["contribution"]
    some = world.package_of(envelope={**given, "measures": ("M5",)})
    row = row_of(statement.build(settled, some, "2021-08", VAT).statements, "mobifone")
    assert row["relief"] == row["contribution"]
    others = world.package_of(envelope={**given, "carriers": ("vnpt",)})
    row = row_of(statement.build(settled, others, "2021-08", VAT).programmes, "mobifone")
    assert row["relief"] == 0 < row["programme_relief"]


def test_statements_that_do_not_sum_to_the_programme_are_refused(settled, package):
    with pytest.raises(ConservationError, match="statements"):
        statement.build(settled, package, "2021-08", VAT, carrier="vnpt")


def test_assumed_plans_are_named_where_in_use_and_in_force(catalogue):
    used = [("sctv", "cap-quang"), ("viettel", "tra-truoc"), ("viettel", "VX3")]
    begin, end = datetime(2021, 8, 1), datetime(2021, 9, 1)
    assert statement.assumed_in_use(catalogue, used, begin, end) == {"sctv": ("cap-quang",)}
    before = datetime(2020, 1, 1), datetime(2020, 2, 1)
    assert statement.assumed_in_use(catalogue, used, *before) == {}


def test_days_and_provinces_sum_to_the_statement(settled, package):
    row = row_of(statement.build(settled, package, "2021-08", VAT).statements, "mobifone")
    for key in ("day", "home_province", "serving_province"):
        table = statement.by_key(settled, key).filter(
            pl.col("carrier").cast(pl.String) == "mobifone"
        )
        for name in ("list_value", "discount", "payable", "in_kind", "contribution"):
            assert table[name].sum() == row[name]
