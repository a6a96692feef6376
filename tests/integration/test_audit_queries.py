"""docs/audit-queries.md: its queries find nothing in a sound home, something in one that was
tampered with, and give of the default world what the page says.

The default world is the home that DOISOAT_DEFAULT_WORLD names, else out/ where it holds that world;
where there is none, its answers are not compared (`make audit` makes it).
"""

import os
import shutil
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import duckdb
import polars as pl
import pytest

from tests.audit_page import (
    OTHER,
    PAGE,
    ROOT,
    THREADS,
    answer,
    asked,
    is_default,
    open_face,
    questions,
)
from tests.made_once import made_once

from .conftest import done

QUESTIONS = questions(PAGE.read_text("utf-8"))
BY_NUMBER = {question.number: question for question in QUESTIONS}
SECONDS_MAX = 2
NAMED = os.environ.get("DOISOAT_DEFAULT_WORLD", "")
EQUAL = (("vat", "ours"), ("residue", "our_residue"), ("our_lines", "lines"),
         ("our_amount", "amount"), ("our_refunds", "the_same"),
         ("our_refunds", "published"))  # fmt: skip
NOUGHT = ("wrong", "too_much", "relieved", "twice", "differ")
FIRST_LINE = (
    "UPDATE rated.relief_line SET {} WHERE rowid = (SELECT min(rowid) FROM rated.relief_line{})"
)
TAMPERED = {
    1: ["UPDATE rated.shard SET digest = repeat('0', 64) WHERE shard = 5"],
    3: ["UPDATE usage.source_file SET rows = rows + 1 WHERE source_file = 0"],
    4: ["DELETE FROM usage.duplicate WHERE rowid = (SELECT min(rowid) FROM usage.duplicate)"],
    5: ["DELETE FROM usage.event WHERE rowid = (SELECT min(rowid) FROM usage.event)"],
    7: ["UPDATE usage.event SET units = units + 1000"
        " WHERE rowid = (SELECT min(rowid) FROM usage.event WHERE kind = 'voice'"
        " AND event_id NOT IN (SELECT event_id FROM usage.suspense WHERE event_id IS NOT NULL))"],
    8: ["UPDATE rated.total SET events = events + 1"
        " WHERE day = DATE '2021-08-17' AND kind = 'sms'"],
    9: ["UPDATE rated.total SET payable = payable + 1 WHERE rowid = 0"],
    10: [FIRST_LINE.format("amount = amount + 1", "")],
    11: ["UPDATE settlement.statement SET refund = refund + 1 WHERE carrier = 'viettel'"],
    12: ["UPDATE settlement.statement SET discount_vat = discount_vat + 1"
        " WHERE carrier = 'viettel'"],
    13: [FIRST_LINE.format("amount = amount + 1", " WHERE measure = 'M4'")],
    14: [FIRST_LINE.format("amount = amount + 2", " WHERE measure = 'M3'")],
    15: ["UPDATE rated.total SET list_value = 3 * list_value"
         " WHERE kind = 'voice' AND destination = 'international'"],
    16: [FIRST_LINE.format("units = 3000001", " WHERE measure = 'M6'")],
    17: [FIRST_LINE.format("start_at = TIMESTAMP '2021-08-01'", "")],
    19: ["INSERT INTO rated.relief_line SELECT event_id, event_id, carrier, 'M6', 'discount', 1, 1,"
         " start_at FROM audit.crossing(TIMESTAMP '2021-08-05') LIMIT 1"],
    20: ["UPDATE settlement.refund SET refund = refund + 1"],
    21: ["UPDATE settlement.programme SET recognised = recognised + 1 WHERE carrier = 'vnpt'"],
    28: ["UPDATE usage.subscription SET valid_until = valid_from WHERE rowid = 0"],
    29: ["UPDATE rated.closing_balance SET remaining = remaining + 1 WHERE rowid ="
         " (SELECT min(rowid) FROM rated.closing_balance WHERE measure = 'M6')"],
}  # fmt: skip


def faults(question, names, rows):
    """What an auditor would take for a fault in the answer to a question."""
    if question.must_be_none:
        return rows
    odd = [row for row in rows if "false" in row]
    for name in NOUGHT:
        if name in names:
            odd += [row for row in rows if row[names.index(name)] != "0"]
    for one, other in EQUAL:
        if one in names and other in names:
            odd += [row for row in rows if row[names.index(one)] != row[names.index(other)]]
    return odd


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A home of more people than the other tests need: some meet each question."""

    def make(folder):
        done("simulate", "--subscribers", "500", "--home", folder / "out")
        done("settle", "--home", folder / "out")
        return folder / "out" / "relief.duckdb"

    return made_once(tmp_path_factory, "audit", make, by=("simulate", "settle"))


def test_closing_balances_are_those_of_the_run(world):
    with open_face(world) as face:
        ((run,),) = face.execute("SELECT run FROM rated.run").fetchall()
        told = face.execute(
            "SELECT owner_id, carrier, balance, coalesce(pack, ''), coalesce(volume - 1, -1),"
            " coalesce(measure, ''), given_by, epoch_ms(began_at), epoch_ms(expires_at), day,"
            " given, remaining FROM rated.closing_balance"
        ).fetchall()
    rows = pl.read_parquet(world.parent / "runs" / run / "closing.parquet").filter(item="source")

    def uuid_in(name):
        return (
            UUID(int=high << 64 | low)
            for high, low in rows.select(f"{name}_hi", f"{name}_lo").rows()
        )

    filed = zip(
        uuid_in("owner"), rows["carrier"], rows["type"], rows["pack"], rows["volume"],
        rows["measure"].str.split("/").list.first(),
        (key if key.int else None for key in uuid_in("key")),
        rows["from_ms"], rows["until_ms"],
        (None if day < 0 else date(1970, 1, 1) + timedelta(day) for day in rows["day"]),
        rows["given"], rows["left"], strict=True,
    )  # fmt: skip
    assert Counter(told) == Counter(filed)
    assert {row[2] for row in told} == {"volume", "bonus", "grant"}
    assert any(row[9] for row in told) and not all(row[9] for row in told)  # some are for a day


def titled(question):
    return f"{question.number}"


def test_there_are_twenty_questions_and_more():
    assert [question.number for question in QUESTIONS] == list(range(1, len(QUESTIONS) + 1))
    assert len(QUESTIONS) >= 20


@pytest.mark.parametrize("question", QUESTIONS, ids=titled)
def test_a_query_only_reads_and_finds_no_fault_in_a_sound_home(world, question):
    (statement,) = duckdb.extract_statements(question.query)
    assert statement.type == duckdb.StatementType.SELECT
    with open_face(world) as face:
        names, rows = asked(face, question.query)
    assert faults(question, names, rows) == []
    assert bool(rows) != question.must_be_none
    if not question.must_be_none:
        assert question.answer.splitlines()[0].split() == names


@pytest.mark.parametrize("number", sorted(TAMPERED))
def test_a_query_finds_what_was_tampered_with(world, tmp_path, number):
    spoilt = tmp_path / "relief.duckdb"
    shutil.copyfile(world, spoilt)
    with duckdb.connect(str(spoilt)) as face:
        for statement in TAMPERED[number]:
            face.execute(statement)
    question = BY_NUMBER[number]
    with open_face(spoilt) as face:
        assert faults(question, *asked(face, question.query))


def test_every_question_that_can_find_a_fault_was_put_to_a_spoilt_home(world):
    with open_face(world) as face:
        for question in QUESTIONS:
            names, rows = asked(face, question.query)
            judges = question.must_be_none or not {*NOUGHT}.isdisjoint(names)
            judges |= any(one in names and other in names for one, other in EQUAL)
            judges |= any("true" in row or "false" in row for row in rows)
            judges &= question.number != 2  # whether a reading is the default is no fault
            assert judges == (question.number in TAMPERED), question.title


def test_the_views_and_macros_for_auditors_give_what_they_say(world):
    with open_face(world) as face:
        ((event, owner),) = face.execute(
            "SELECT event_id, owner_id FROM rated.relief_line WHERE measure = 'M4' LIMIT 1"
        ).fetchall()
        traced = face.execute("FROM audit.trace(?)", [event]).fetchall()
        history = face.execute("SELECT event_id FROM audit.history_of(?)", [str(owner)]).fetchall()
        assert traced and (event,) in history
        assert face.execute(
            "SELECT audit.half_up(5, 2), audit.half_up(4, 3), audit.vat_in(1180),"
            " audit.billed(0, 6000, 1000), audit.billed(1, 6000, 1000),"
            " audit.billed(6001, 6000, 1000)"
        ).fetchall() == [(3, 1, 107, 0, 6000, 7000)]
        ((begins,),) = face.execute(
            "SELECT count(*) FROM audit.orders_at(TIMESTAMP '2021-08-17')"
        ).fetchall()
        assert begins > 20
        events, rated = face.execute(
            "SELECT (SELECT count(*) FROM audit.rated_event), (SELECT rated FROM rated.run)"
        ).fetchall()[0]
        assert events == rated
        lines, published = face.execute(
            "SELECT (SELECT count(*) FROM audit.relief), (SELECT count(*) FROM rated.relief_line)"
        ).fetchall()[0]
        assert lines == published


@pytest.fixture(scope="module")
def default_world():
    path = Path(NAMED or ROOT / "out") / "relief.duckdb"
    if not is_default(path):
        assert not NAMED, f"{path} {OTHER}"
        pytest.skip("out/ does not hold the default world: make audit")
    with open_face(path) as face:
        yield face


@pytest.mark.parametrize("question", QUESTIONS, ids=titled)
def test_the_default_world_answers_as_the_page_says(default_world, question):
    began, computed = time.monotonic(), time.process_time()
    given = answer(*asked(default_world, question.query))
    took, computed = time.monotonic() - began, time.process_time() - computed
    assert given == question.answer
    if NAMED:  # alone on the machine, or its processors were others' in between
        assert took <= SECONDS_MAX or computed <= SECONDS_MAX * THREADS
