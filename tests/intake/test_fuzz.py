"""A little of `make fuzz`; that it sees a death, an error and a lost record; and the decoder."""

from types import SimpleNamespace

import pytest

from doisoat.engine.intake.forms import trial_decoding as apart
from doisoat.engine.intake.forms.raw_chunks import open_source
from doisoat.engine.intake.forms.readers import open_reader
from doisoat.engine.intake.mapping.mapping import load_mapping
from doisoat.errors import IntakeError
from tests.fuzz import files, runner, trial
from tests.fuzz.trial import Block, Told, Wrong

from . import forms

DIES = """
import json, os, signal, sys
for line in sys.stdin:
    asked = json.loads(line)
    for number in range(asked["block"]["count"]):
        print(f"file {number}", flush=True)
        if number == 3 and number not in asked["skip"]:
            os.kill(os.getpid(), signal.SIGSEGV)
    names = ("refused", "read", "records", "events", "suspended", "filtered", "taken")
    print("done", json.dumps({**dict.fromkeys(names, 0), "files": number, "findings": []}))
    sys.stdout.flush()
"""


def test_damaged_files_of_each_form_are_taken_or_refused(tmp_path):
    (tmp_path / "fuzz").mkdir()
    state = runner.State.at(tmp_path / "fuzz", 1, 4)
    blocks = [Block(form, 1, 0, 4) for form in files.NAMES]
    done = runner.run(blocks, state, 1, 300, lambda now: None)
    assert state.findings == [] and set(done) == set(files.NAMES) and set(done.values()) == {4}
    assert sum(state.of(form)["refused"] for form in files.NAMES) > 10
    assert sum(state.of(form)["records"] for form in files.NAMES) > 100
    again = runner.State.at(tmp_path / "fuzz", 1, 4)  # What a later call begins with.
    assert again.forms == state.forms and again.of("csv")["blocks"] == [0]


def test_the_same_number_is_the_same_file_and_another_is_another():
    for form in files.NAMES:
        some = [files.damaged(form, 5, number) for number in range(6)]
        assert some == [files.damaged(form, 5, number) for number in range(6)]
        assert len(set(some)) > 1


def test_a_worker_that_a_signal_ends_is_a_finding_and_not_the_end(tmp_path, monkeypatch):
    (tmp_path / "dies.py").write_text(DIES)
    (tmp_path / "fuzz").mkdir()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(runner.Worker, "module", "dies")
    state = runner.State.at(tmp_path / "fuzz", 1, 8)
    runner.run([Block("csv", 1, 0, 8), Block("csv", 1, 8, 8)], state, 1, 60, lambda now: None)
    assert [found["number"] for found in state.findings] == [3, 3]
    assert all("killed by signal 11" in found["what"] for found in state.findings)
    assert state.of("csv")["blocks"] == [0, 1]
    kept = tmp_path / "fuzz" / "findings" / "1-3.csv"
    assert kept.read_bytes() == files.damaged("csv", 1, 3)


@pytest.mark.parametrize(("error", "what"), [
    (IntakeError("", "file", "mend"), "not with three phrases"),
    (IntakeError("number 84961234567", "file", "mend"), "with a number in it"),
    (ZeroDivisionError("no"), "ZeroDivisionError in"),
])  # fmt: skip
def test_an_error_that_is_not_as_promised_is_a_finding(tmp_path, monkeypatch, error, what):
    def broken(*given):
        raise error

    monkeypatch.setattr(trial, "open_reader", broken)
    told = trial.try_block(Block("csv", 1, 0, 2), tmp_path, frozenset(), lambda step: None)
    assert [number for number, _ in told.findings] == [0, 1]
    assert all(what in found for _, found in told.findings)


def test_a_record_that_is_lost_is_a_finding(tmp_path, monkeypatch):
    path = tmp_path / "file.csv"
    path.write_bytes(forms.text(forms.records(3)) + b"one more\n")
    assert trial.read_alone("csv", path, "world")
    monkeypatch.setattr(trial, "lines_of", lambda form, content: 5)
    with pytest.raises(Wrong, match="records are not the lines"):
        trial.read_alone("csv", path, "world")
    four, none = SimpleNamespace(height=4), SimpleNamespace(height=0)
    less = SimpleNamespace(filtered={}, events=four, suspended=none)
    frames = trial.read_alone("jsonl.gz", _put(tmp_path, "jsonl.gz"), "world")
    assert frames
    monkeypatch.setattr(trial, "convert_usage", lambda records, how: less)
    with pytest.raises(Wrong, match="5 records, but 4 events"):
        trial.convert(frames, "world", Told())


def _put(folder, form):
    path = folder / f"sound.{form}"
    path.write_bytes(forms.FORMS[form](forms.records(5)))
    return path


# --- the process that decodes files of columns --------------------------------------------------


def reader_of(path):
    return open_reader(open_source(path), load_mapping("world").layouts("usage"))


@pytest.fixture
def parquet(tmp_path):
    path = tmp_path / "usage.parquet"
    path.write_bytes(forms.parquet(forms.records(7)))
    return path


@pytest.fixture
def decoders(monkeypatch):
    """Decoders of this test alone."""
    mine = apart.Decoders()
    monkeypatch.setattr(apart, "DECODERS", mine)
    yield mine
    mine.end()


def test_a_decoder_that_dies_is_the_files_fault_and_the_next_file_has_another(
    decoders, parquet, tmp_path, monkeypatch, capfd
):
    (tmp_path / "dies.py").write_text("import os, sys\nsys.stdin.readline()\nos.abort()\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(apart, "MODULE", "dies")
    with pytest.raises(IntakeError, match=r"Parquet: the process that decodes it ended by SIGABRT"):
        reader_of(parquet)
    monkeypatch.undo()
    reader = reader_of(parquet)
    assert reader.rows == 7 and [at.row for at in reader.located({1, 7})] == [1, 7]
    assert capfd.readouterr().err == ""


def test_a_damaged_file_says_nothing_of_its_own(decoders, tmp_path, capfd):
    """Of so many damaged Parquet and Arrow files, some make polars panic."""
    refused = 0
    for form in ("parquet", "arrow", "arrows"):
        for number in range(30):
            path = tmp_path / f"{number}.{form}"
            path.write_bytes(files.damaged(form, 2021, number))
            try:
                [read() for read in reader_of(path).chunks()]
            except IntakeError:
                refused += 1
    assert refused > 30
    assert capfd.readouterr().err == ""


def test_a_decoder_ends_with_whoever_started_it(decoders, parquet):
    reader_of(parquet)
    (waiting,) = decoders._idle
    decoders.end()
    assert waiting.is_over and decoders._idle == []


def test_what_a_decoder_takes_is_bounded(decoders, parquet):
    with pytest.raises(apart.Fault):
        decoders.ask(
            {"form": "Parquet", "what": "outline", "path": str(parquet), "size": -(8 << 30)}
        )
    assert reader_of(parquet).rows == 7
