"""What relief.duckdb shows of superseded runs is held to what it showed of them in force.

`doisoat verify` makes these tables by the code that made them first. Here each run's rows are kept
while it is in force, and sums and differences are worked out of them, by no code of the project.
"""

from collections import Counter

from doisoat.settlement.runs.adjustment_records import OF_STATEMENT
from tests.integration.conftest import done, rows
from tests.months.small_home import OWNED, PERSON, USED, SmallHome, pack_sold
from tests.months.story import package_of

AUGUST, SEPTEMBER = "2021-08", "2021-09"
CAP = 25_000  # less than what the two months come to
NUMBER, HIS = "0322718281", "0332718281"
OF_PERIOD = ("statement", "statement_line", "programme", "burn_down")
OF_EVENT = ("refund", "own_account")
SUMS = ", ".join(OF_STATEMENT)
NOT_OF_SUMS = ("recognised", "own_account")  # a posted amount keeps its place


class Watched(SmallHome):
    """Keeps, by run, the rows that relief.duckdb has of it while it is in force."""

    def __init__(self, *args):
        self.shown = {}
        super().__init__(*args)

    def settle(self, period):
        said = super().settle(period)
        self.watch()
        return said

    def watch(self):
        for run, period in rows(self.home, "SELECT run, period FROM rated.run"):
            if run in self.shown:
                continue
            in_it = f"strftime(start_at, '%Y-%m') = '{period}'"
            self.shown[run] = {
                **{name: self._rows(f"settlement.{name}", f"period = '{period}'")
                   for name in OF_PERIOD},
                **{name: self._rows(f"settlement.{name}", in_it) for name in OF_EVENT},
                "relief_line": self._rows("rated.relief_line", in_it),
            }  # fmt: skip

    def _rows(self, table, which):
        return Counter(rows(self.home, f"SELECT * FROM {table} WHERE {which}"))

    def statements(self, run):
        """By carrier, OF_STATEMENT of a run that was in force."""
        names = [name for name, *_ in rows(self.home, "DESCRIBE settlement.statement")]
        told = [dict(zip(names, row, strict=True)) for row in self.shown[run]["statement"]]
        return {one["carrier"]: [one[name] for name in OF_STATEMENT] for one in told}

    def superseded(self):
        return [run for (run,) in rows(self.home, "SELECT run FROM history.run ORDER BY run")]


def of_history(home, name, run):
    found = rows(home.home, f"SELECT * EXCLUDE (run) FROM history.{name} WHERE run = '{run}'")
    return Counter(found)


def booked_by_hand(home):
    """settlement.booked, of the runs as they were shown and of the adjustments."""
    found = Counter()
    periods = rows(home.home, "SELECT period, coalesce(signed_run, run) FROM settlement.period")
    for period, run in periods:
        for carrier, sums in home.statements(run).items():
            found[period, carrier, period, *sums] += 1
    heads = "booked_period, carrier, usage_period"
    for row in rows(home.home, f"SELECT {heads}, {SUMS} FROM settlement.adjustment"):
        found[row] += 1
    return found


def check_booked(home):
    heads = "booked_period, carrier, usage_period"
    told = Counter(rows(home.home, f"SELECT {heads}, {SUMS} FROM settlement.booked"))
    assert told == booked_by_hand(home)
    assert sum(row[3 + OF_STATEMENT.index("recognised")] for row in told.elements()) <= CAP


def check_adjustments(home):
    """Each is the statement after − before; its events and lines come to it."""
    heads = "adjustment, run_before, run_after, carrier"
    found = rows(home.home, f"SELECT {heads}, {SUMS} FROM settlement.adjustment")
    for adjustment, before, after, carrier, *sums in found:
        told = dict(zip(OF_STATEMENT, sums, strict=True))
        nothing = [0] * len(OF_STATEMENT)
        was = home.statements(before).get(carrier, nothing)
        now = home.statements(after).get(carrier, nothing)
        for name, one, other in zip(OF_STATEMENT, was, now, strict=True):
            assert name in NOT_OF_SUMS or told[name] == other - one, (adjustment, carrier, name)
        assert told["recognised"] + told["own_account"] == told["relief"]
        which = f"WHERE adjustment = '{adjustment}' AND carrier = '{carrier}'"
        ((events,),) = rows(home.home, f"""
            SELECT [sum(events), sum(list_value), sum(discount), sum(payable), sum(refund)]
            FROM settlement.adjustment_event {which}""")  # fmt: skip
        names = ("rated", "list_value", "discount", "payable", "refund")
        assert [int(one or 0) for one in events] == [told[name] for name in names]
        amounts = f"SELECT nature, sum(amount)::BIGINT FROM settlement.adjustment_line {which}"
        lines = rows(home.home, f"{amounts} GROUP BY nature")
        natures = {name: told[name] for name in ("discount", "in_kind", "contribution")}
        assert {name: dict(lines).get(name, 0) for name in natures} == natures
    return len(found)


def test_runs_of_before_are_shown_as_they_were_in_force(tmp_path, key):
    home = Watched(tmp_path, key)
    home.settling = ("--package", package_of(tmp_path, CAP, "first_come"))
    home.take("him.csv", OWNED, PERSON.replace(NUMBER, HIS), kind="subscriptions")
    home.take("first.csv", USED, pack_sold("p1", "08-10 10:00:00"),
              pack_sold("p2", "08-11 10:00:00", "viettel.VX7", 35_000).replace(NUMBER, HIS),
              pack_sold("p3", "09-10 10:00:00"))  # fmt: skip
    home.settle_and_sign(AUGUST)
    home.settle(SEPTEMBER)
    home.take("late.csv", USED, pack_sold("p4", "08-09 10:00:00"),
              pack_sold("p5", "09-09 10:00:00").replace(NUMBER, HIS))  # fmt: skip
    home.settle_again(AUGUST)
    done("adjust", AUGUST, "--home", home.home)
    home.settle(SEPTEMBER)
    home.sign(SEPTEMBER)
    home.take("later.csv", USED, pack_sold("p6", "09-08 10:00:00"))
    home.settle_again(SEPTEMBER)
    done("adjust", SEPTEMBER, "--home", home.home)

    before = home.superseded()
    assert len(before) == 3  # August's and September's, signed, and a draft of September
    for run in before:
        for name, told in home.shown[run].items():
            assert of_history(home, name, run) == told, (run, name)
    assert any(home.shown[run]["own_account"] for run in before)
    assert check_adjustments(home) == 2
    check_booked(home)

    signed = [run for (run,) in rows(home.home, "SELECT signed_run FROM settlement.period")]
    # All superseded runs name this person, so none is left.
    first = "SELECT owner_id FROM usage.event WHERE start_at = '2021-08-10 10:00:00'"
    ((who,),) = rows(home.home, first)
    done("store", "erase", who, "--apply", "--why", "yêu cầu", "--home", home.home)
    home.watch()
    assert home.superseded() == []
    for run in filter(None, signed):
        assert of_history(home, "statement", run) == home.shown[run]["statement"]
    check_booked(home)
    assert check_adjustments(home) == 2
