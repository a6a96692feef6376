"""The page on capacity: its tables are the module's, and the module multiplies right."""

from fractions import Fraction

from doisoat.benchmarks import capacity
from doisoat.benchmarks.capacity import STAGES, Stage


def test_the_page_has_the_tables_of_the_module():
    text = capacity.PAGE.read_text("utf-8")
    assert capacity.tables() in text
    assert capacity.page(text) == text


def test_a_cost_is_multiplied_by_hand(monkeypatch):
    monkeypatch.setattr(capacity, "SUBSCRIBERS", 1_000_000)
    monkeypatch.setattr(capacity, "EVENTS_EACH", 36)
    stage = Stage("", 1_000, 50, "")  # 36 s of one core, 1.8 GB a month
    assert capacity.events() == 36_000_000
    assert capacity.core_seconds(stage) == 36
    assert capacity.gigabytes(stage) == 2 and capacity.gigabytes(stage, 24) == 44
    assert capacity.work_dong(stage) == 12  # a hundredth of an hour at 1,200
    monkeypatch.setattr(capacity, "STAGES", (stage,))
    assert capacity.cores_within(1) == 1
    assert capacity.kept_dong(2) == 10_800  # 1.8 GB for two months, 1.8 for one, at 2,000


def test_nothing_is_rounded_down_or_lost():
    whole = Fraction(capacity.events() * sum(stage.ns for stage in STAGES), 10**9)
    assert 0 <= sum(map(capacity.core_seconds, STAGES)) - whole < len(STAGES)
    for hours in capacity.HOURS:
        assert capacity.cores_within(hours) * hours * 3_600 >= whole
        assert (capacity.cores_within(hours) - 1) * hours * 3_600 < whole
