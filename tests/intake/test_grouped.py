"""Durations whose point may group thousands: read as the mapping says, and told."""

import json

import pytest

from doisoat.engine.intake.mapping.grouped_durations import FEW

from .conftest import VOICE, line

GROUPED = ["55", "1.234", "12.040", "999"]  # 55 s, 1,234 s, 12,040 s, 999 s


def records(durations, **changes):
    return [
        line(record_key=f"k{n}", duration_s=text, **changes) for n, text in enumerate(durations)
    ]


def told(accounting):
    return [note for note in accounting.files[0].notes if "1.234" in note]


@pytest.mark.parametrize(("durations", "is_told"), [
    pytest.param(GROUPED, True, id="grouped"),
    pytest.param([*GROUPED, "0", "0"], True, id="grouped, and calls of no length"),
    pytest.param([*GROUPED, "1234"], False, id="thousands without a point as well"),
    pytest.param([*GROUPED, "1234.500"], False, id="more than three digits before a point"),
    pytest.param([*GROUPED, "0.532"], False, id="less than a second"),
    pytest.param([*GROUPED, "12.5"], False, id="fewer decimals"),
    pytest.param(["1.234"], True, id="a single one, of which nobody can tell"),
    pytest.param(["61.250"] * FEW, True, id="few, with three decimals everywhere"),
    pytest.param(["61.250", "12.000", "0"], True, id="the same, and a call of no length"),
    pytest.param(["61.250"] * (FEW + 1), False, id="many, with three decimals everywhere"),
    pytest.param(["61.250", "0.800"], False, id="three decimals, and one below a second"),
    pytest.param(["55", "999"], False, id="no point"),
])  # fmt: skip
def test_durations_that_may_be_a_thousandth_are_told(take, write, durations, is_told):
    found = take(write(*records(durations)))
    assert found.as_object()["taken"] == len(durations)
    assert bool(told(found)) is is_told


def test_of_few_durations_that_all_have_a_point_it_is_told_that_the_file_does_not_tell(take, write):
    [note] = told(take(write(*records(["1.234", "2.000"]))))
    assert note.startswith("mọi thời lượng (2) ")
    assert " | each duration (2) has a point before just three digits" in note


def test_how_many_there_are_is_told_of_each_file(take, write):
    found = take(
        write(*records(GROUPED), name="one.csv"),
        write(*records(GROUPED[:2], number="84961234568"), name="two.csv"),
    )
    counts = {note.split(" ")[0] for file in found.files for note in file.notes if "1.234" in note}
    assert counts == {"1", "2"}


def test_only_durations_of_calls_in_seconds_are_looked_at(take, write):
    records_of_sms = records(["1.234", "55"], kind="sms", units="1")
    assert not told(take(write(*records_of_sms)))


def test_the_try_out_of_a_mapping_tells_it_before_anything_is_taken_in(run, write):
    said = run("mapping", "test", write(*records(GROUPED)), "--mapping", "world")
    assert "2 durations have a point before just three digits" in said.stdout + said.stderr


def test_all_chunks_of_a_file_are_looked_at_together(take, put, monkeypatch):
    monkeypatch.setattr("doisoat.engine.intake.forms.json_lines.BLOCK_BYTES", 1 << 10)

    def told_of(durations, name):
        rows = [{**VOICE, "record_key": f"{name}{n}", "duration_s": d} for n, d in durations]
        return told(take(put("".join(json.dumps(row) + "\n" for row in rows).encode(), name)))

    assert told_of(enumerate(["55"] * 40 + ["1.234"]), "a")
    assert not told_of(enumerate(["1.234"] + ["55"] * 40 + ["1.5"]), "b")
