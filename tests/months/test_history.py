"""After every step of four months, all of it is what the oracle makes of all at once."""

import json
from itertools import combinations

from doisoat.engine.store.home import open_home
from doisoat.settlement.log import journal
from doisoat.settlement.log.checkpoint import read_checkpoint
from doisoat.settlement.log.merkle import Tree, is_consistent
from doisoat.settlement.log.note import parse
from tests.integration.conftest import done, rows, take_world

from .oracle_history import Ledger
from .story import CAP, DUE, MONTHS, OPEN, STATES, accounted, relief_of, statements

BOOKED = "SELECT usage_period || part, carrier, {} FROM settlement.booked WHERE adjustment IS NULL"


def test_signed_and_adjusted_is_settled_from_scratch(story, after_late, tmp_path):
    """By the commands themselves, into which all came before anything was settled."""
    into = tmp_path / "out"
    take_world(story.world, into, story.key)
    for month in MONTHS:
        done("settle", "--period", month, *story.always, "--home", into)
    found = statements(into, "SELECT period, carrier, {} FROM settlement.statement")
    assert accounted(after_late["home"]) == found


def test_after_every_step_all_is_what_the_oracle_makes_of_all_months_at_once(history):
    """Month by month = all at once = from scratch, in list values, reliefs and payables."""
    for step, (home, rated) in history.items():
        months = (*MONTHS, OPEN) if step == "correction" else MONTHS
        found = accounted(home, ("list_value", "discount", "payable"), months)
        assert {key: sums for key, sums in found.items() if any(sums)} == {
            key: sums for key, sums in rated.amounts.items() if any(sums)
        }, step
        relief = rows(home, """
            SELECT period, carrier, measure, nature, sum(amount)::BIGINT FROM (
                SELECT line.period, carrier, measure, nature, amount
                FROM history.statement_line AS line
                JOIN settlement.period AS period ON line.run = period.signed_run
                UNION ALL
                SELECT period, carrier, measure, nature, amount
                FROM settlement.statement_line
                JOIN settlement.period AS period USING (period)
                WHERE period.run = coalesce(period.signed_run, period.run)
                UNION ALL
                SELECT strftime(start_at, '%Y-%m'), carrier, measure, nature, amount
                FROM settlement.adjustment_line
            ) GROUP BY ALL HAVING sum(amount) <> 0
        """)  # fmt: skip
        assert {row[:4]: row[4] for row in relief if row[0] in months} == rated.relief, step


def test_what_is_recognised_keeps_its_posting_order_as_in_a_ledger_by_hand(story, history):
    ledger = Ledger(CAP)
    for step, (home, rated) in history.items():
        for month in MONTHS:
            if step == "signed":
                ledger.sign(month, rated.counted[month])
            else:
                ledger.adjust(month, rated.counted[month])
        if step == "correction":
            ledger.sign(OPEN, rated.counted[OPEN])
        found = accounted(home, ("recognised", "own_account"), (*MONTHS, OPEN))
        assert {key: sums for key, sums in found.items() if any(sums)} == {
            key: sums for key, sums in ledger.sums().items() if any(sums)
        }, step
        given = sum(sums[0] for sums in ledger.sums().values())
        assert given + ledger.left == CAP
    signed = sum(relief_of(history["signed"][0], month) for month in MONTHS)
    assert ledger.left == 0 and 0.39 < CAP / signed < 0.41  # it binds


def test_a_correction_that_was_accepted_has_its_cause_and_moves_what_comes_after(after_correction):
    told, home = after_correction["told"], after_correction["home"]
    assert set(told["2021-07"]["causes"]) <= {"correction", "cascade"}
    named = rows(home, f"""
        SELECT event_id::VARCHAR, cause, events, refund FROM settlement.adjustment_event
        WHERE adjustment IN ({", ".join(f"'{one['adjustment']}'" for one in told.values())})
            AND cause = 'correction'
    """)  # fmt: skip
    found = {row[0]: row[2:] for row in named}
    assert found.keys() == {after_correction["paid"], after_correction["call"]}
    assert found[after_correction["paid"]][1] < 0 == found[after_correction["call"]][1]


def test_refunds_stand_as_they_were_paid_and_what_was_paid_too_much_is_taken_back(
    story, after_refunds, after_correction
):
    home = after_refunds["home"]
    assert rows(home, DUE) == after_refunds["due"] and len(after_refunds["due"]) > 4
    found = rows(home, "SELECT state, refund, paid FROM settlement.refund_state ORDER BY event_id")
    (first, *_), (second, refund, half), *others = found
    assert first == "due" and found[0][2] == 0 < found[0][1]
    assert second == "part_paid" and half == refund // 2 > 0
    assert all(state == "paid" and due == paid for state, due, paid in others)
    # The correction left one of them overpaid; the second campaign pays the rest and takes it back.
    states = {state: left for state, _, left in after_correction["states"]}
    assert states.keys() == {"due", "part_paid", "paid", "overpaid"} and states["overpaid"] < 0
    assert [row[::2] for row in rows(after_correction["home"], STATES)] == [("paid", 0)]
    # What was signed and adjusted is no other than before the campaign.
    assert statements(home, BOOKED) == statements(story.folder / "after-tariff",
                                                                   BOOKED)  # fmt: skip


def test_every_signed_checkpoint_is_consistent_with_every_later_one(closed):
    lines = journal.lines(open_home(closed))
    notes = [json.loads(line)["note"] for line in lines if b'"note"' in line]
    signed = [read_checkpoint(parse(note, "log").text, "log") for note in notes]
    assert len(signed) == 4
    tree = Tree(lines)
    for old, new in combinations(signed, 2):
        proof = tree.consistency(old.size, new.size)
        assert is_consistent(old.size, new.size, old.root, new.root, proof)
        other = bytes([new.root[0] ^ 1]) + new.root[1:]
        assert not is_consistent(old.size, new.size, old.root, other, proof)
