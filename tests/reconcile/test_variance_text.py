"""Variances on the terminal: details and quantities for people, exact figures in --json alone."""

import re
from datetime import datetime

import pytest

from doisoat.commands.claims.variance_text import VarianceText
from doisoat.messages.text import Text
from doisoat.settlement.papers.figures import Figures
from doisoat.settlement.reconcile.letter.detail_words import Names as DetailNames
from doisoat.settlement.reconcile.letter.names import Names
from doisoat.settlement.reconcile.letter.variance_words import counted
from doisoat.settlement.reconcile.variances.groups import groups_of

from .letters import CATALOGUE, FILE, PACKAGE, RUN, on_day, part, variance

RAW = re.compile(
    r"province:|day:|\w=\w|\.\.\d|\d{5,}|(?:\d{1,3}[.,])+\d{3} (?:mili|byte|milliseconds)"
)
BIG = {"nature": "in_kind", "day": "2021-08-20"}


def told_by(lang):
    of_run = DetailNames(
        CATALOGUE, PACKAGE, "vnpt", {FILE: "usage-vnpt.parquet"}, {RUN: datetime(2021, 9, 1)}
    )
    names = Names({"vnpt": Text("VNPT", "VNPT")}, {}, {}, {(RUN, "vnpt"): of_run})
    return VarianceText(names, {}, lang)


def some():
    exchange, scale = part("exchange", "province:01..79", 12), part("scale", "amount=x10", 12)
    return [
        on_day(9, 900, [exchange]), on_day(10, 500, [part("missing", f"file:{FILE}", 12)]),
        on_day(11, 700, [scale], [part("missing", "day:2021-08-11", 12)]),
        on_day(12, 600, [part("time_zone", "clock=25200000", 12)]),
        variance(BIG, (3, 5 << 30, 0), (3, 5 << 20, 0), [part("scale", "units=x1000", 0)],
                 measure="M2", unit="byte"),
        variance(BIG, (3, 36_000_123, 0), (3, 600_000, 0), measure="M6"),
    ]  # fmt: skip


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_groups_and_cells_have_names_and_no_code(lang):
    text = told_by(lang)
    groups = [line for by in ("cause", "carrier", "measure", "day")
              for line in text.groups(groups_of(some(), by))]  # fmt: skip
    cells = [*text.lines(some()), *(line for one in some() for line in text.causes(one))]
    assert not [line for line in (*groups, *cells) if RAW.search(re.sub(r"^\w{8}\t", "", line))]
    joined = "\n".join(groups)
    assert ("Hà Nội – TP. Hồ Chí Minh" if lang == "vi" else "Hanoi – Ho Chi Minh City") in joined
    assert "usage-vnpt.parquet" in joined


@pytest.mark.parametrize(
    ("number", "unit", "said"),
    [
        (9_999, "ms", "9.999 mili giây"), (9_000, "ms", "9 giây"),
        (36_000_123, "ms", "600,0 phút"), (-5 << 30, "byte", "−5,0 GB"),
        (9_999, "byte", "9.999 byte"), (12_000, "event", "12.000 lượt"),
    ],
)  # fmt: skip
def test_long_counts_are_told_in_units_that_people_read(number, unit, said):
    assert counted(number, unit, Figures("vi")) == said
