"""A home, a key and a few carriers' files to take in."""

import contextlib
import io
import json
import os
import re
import sys
from pathlib import Path

import polars as pl
import pytest

from doisoat import cli
from doisoat.engine.intake.file_intake import take_in
from doisoat.engine.intake.records.decisions import Authorship, Change
from doisoat.engine.intake.suspense.recycle import recyclable, recycle
from doisoat.engine.intake.suspense.suspense_edits import edit, write_off
from doisoat.engine.intake.suspense.suspense_register import read_register
from doisoat.engine.keys.pseudonym import Key, make_key
from doisoat.engine.store.home import INDEX, open_home, writer
from doisoat.errors import IntakeError
from tests import forks

USAGE = (
    "record_key,carrier,kind,number,account,other,started,duration_s,units,host,locality,pack,"
    "action,session,partial,charged"
)
VOICE = {
    "record_key": "k1", "carrier": "viettel", "kind": "voice", "number": "84961234567",
    "account": "", "other": "84912345678", "started": "2021-08-05 08:00:00.000",
    "duration_s": "61.250", "units": "", "host": "", "locality": "79", "pack": "", "action": "",
    "session": "", "partial": "", "charged": "1500",
}  # fmt: skip
VIETNAMESE = re.compile("[À-ỹ]")  # a letter of it that English has not
EGO_HEADER = "interaction,direction,correspondent_id,datetime,call_duration,antenna_id"
TOLD = Authorship("Lan", "switch 4 wrote seconds as text", "2021-09-01T08:00:00+07:00")
EGO_LINE = "text,out,B,2014-03-02 08:34:30,,3"


def line(**changes):
    """One usage record as the world's carriers write it."""
    return ",".join({**VOICE, **changes}.values())


@pytest.fixture
def key():
    return Key(bytes(range(32)), "2026-11-25")


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def write(tmp_path):
    """Writes a file of records, each on its line, under a header."""

    def write(*records, name="usage.csv", header=USAGE, end="\n"):
        path = tmp_path / name
        path.write_bytes(end.join([header, *records, ""]).encode())
        return path

    return write


@pytest.fixture
def take(home, key):
    """Takes files in; returns the accounting of the call."""

    def take(*paths, mapping="world", kind="usage", **options):
        with writer(home, "test") as held:
            return take_in(held, [(path, mapping, kind) for path in paths], key, **options)

    return take


@pytest.fixture
def files_of_before(monkeypatch):
    """Homes of before hold files of which nothing could be read, too: such may be taken in here."""
    monkeypatch.setattr(
        "doisoat.engine.intake.file_intake.refuse_unreadable", lambda files, key, plan: None
    )


@pytest.fixture
def register(home):
    return lambda: read_register(open_home(home))


@pytest.fixture
def deal(home):
    """Deals with the suspended records that a choice takes out of all; as the home's writer."""

    def deal(act, choice, *more, **options):
        with writer(home, "test") as held:
            register = read_register(held)
            return act(held, register, choice(register.records), *more, **options)

    return deal


@pytest.fixture
def mend(deal, key):
    """Edits the record of a row; returns what was said of it."""

    def mend(row, line=None, *, apply=True, **fields):
        change = Change(line, fields)
        return deal(edit, of_rows(row), key, TOLD, change, apply=apply)

    return mend


@pytest.fixture
def again(deal, key):
    """Recycles all that is open."""

    def again(mapping=None, *, apply=True):
        return deal(recycle, recyclable, key, TOLD, mapping=mapping, apply=apply)

    return again


@pytest.fixture
def drop(deal):
    """Writes rows off."""

    def drop(*rows, apply=True):
        return deal(write_off, of_rows(*rows), TOLD, apply=apply)

    return drop


def of_rows(*rows):
    return lambda records: records.filter(pl.col("row").is_in(rows))


@pytest.fixture
def table(home):
    """Reads one file name over all parts of a floor."""

    def table(name, floor="usage"):
        return pl.concat(
            pl.read_parquet(path, hive_partitioning=False)
            for path in sorted((home / floor).glob(f"part=*/{name}"))
        )

    return table


@pytest.fixture
def run(tmp_path):
    """Runs the command line as a person would, in its own process; the key lies in tmp_path.

    before: what the process is to do as it begins, truly then.
    """
    make_key(tmp_path / "data" / "doisoat" / "pseudonym.key", bytes(range(32)))

    def run(*args, before=None, **variables):
        environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data"), **variables}
        environment.pop("DOISOAT_KEY", None) if "DOISOAT_KEY" not in variables else None
        script = "import sys; from doisoat.cli import main; main(sys.argv[1:])"
        return forks.run(
            [sys.executable, "-c", script, *map(str, args)],
            capture_output=True, text=True, env=environment, preexec_fn=before, cwd=tmp_path,
        )  # fmt: skip

    return run


@pytest.fixture
def put(tmp_path):
    """Writes bytes as a file."""

    def put(data, name="file"):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return put


@pytest.fixture
def refused_bytes(tmp_path, home, put, monkeypatch):
    """The error of a command line that must refuse the bytes, said once as an object and once to
    people, while the home stays as it was."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("DOISOAT_KEY", raising=False)
    key = tmp_path / "data" / "doisoat" / "pseudonym.key"
    if not key.exists():
        make_key(key, bytes(range(32)))

    def refused_bytes(data, mapping):
        before, found = state_of(home), []
        arguments = ["intake", str(put(data, "bad")), "--mapping", mapping, "--home", str(home)]
        for more in (["--json"], []):
            out, err = io.StringIO(), io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                assert cli.run([*arguments, *more]) == 5, out.getvalue() + err.getvalue()
            found.append((out.getvalue(), err.getvalue()))
        (told, _), (nothing, said) = found
        error = json.loads(told)["error"]
        assert error["where"].startswith("bad")
        assert in_english(error["what"]) and in_english(error["mend"])
        assert not nothing and "To mend:" in said and "Traceback" not in said
        assert state_of(home) == before
        return error

    return refused_bytes


def state_of(home: Path):
    """Every file of a home but its lock and what is made again from its parts, by content."""
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file() and path.name != "lock" and path.parent.name != INDEX
    }


def held_in(home: Path):
    """The same without the log, which tells who did what and when."""
    return {name: raw for name, raw in state_of(home).items() if not name.startswith("log/")}


def in_english(text):
    """The English half of what users read: there is one, behind one Vietnamese."""
    vietnamese, english = text.split(" | ")
    assert VIETNAMESE.search(vietnamese) and not VIETNAMESE.search(english), text
    return english


def error_of(result):
    return json.loads(result.stdout)["error"]


@pytest.fixture
def ego(write):
    return write(EGO_LINE, header=EGO_HEADER, name="ego.csv")


@pytest.fixture
def held_home(run, ego, home):
    """A home that holds one part already."""
    result = run("intake", ego, "--mapping", "bandicoot", "--home", home, "--json")
    assert result.returncode == 0, result.stderr
    return home


@pytest.fixture
def refused(run, held_home):
    """Runs an intake that must fail; returns its error after checking status and home."""

    def refused(*args, status=5, mapping="bandicoot", **options):
        before = state_of(held_home)
        arguments = ["intake", *args, "--mapping", mapping, "--home", held_home, "--json"]
        result = run(*arguments, **options)
        assert result.returncode == status, result.stderr + result.stdout
        assert state_of(held_home) == before
        error = error_of(result)
        assert error["what"] and error["where"] and error["mend"]
        if status == IntakeError.exit_code:
            assert in_english(error["what"]) and in_english(error["mend"])
        plain = run(*(a for a in arguments if a != "--json"), **options)
        assert plain.returncode == status and "To mend:" in plain.stderr and not plain.stdout
        assert "Traceback" not in plain.stderr
        return error

    return refused


@pytest.fixture
def export(tmp_path):
    """Writes an export of a source as text; returns its path."""

    def export(head, *rows, name="calls.csv"):
        path = tmp_path / name
        path.write_text("\n".join([head, *rows, ""]), "utf-8")
        return path

    return export
