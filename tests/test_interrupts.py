"""Ctrl-C inside polars, pydantic or DuckDB: it interrupts once that is left, and once only."""

import json
import os
import signal
import subprocess
import sys
from threading import Event

import duckdb
import pytest

from doisoat import cli, interrupts
from doisoat.engine.store import home
from doisoat.settlement.database import duckdb_tables
from doisoat.settlement.database.duckdb_tables import interruptible
from doisoat.settlement.explain import explain

NESTED = """
import os, signal, sys, time
import polars as pl
from polars.datatypes import classes
from doisoat.interrupts import wait_out_foreign_code

signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
if sys.argv[1] == "ours":
    wait_out_foreign_code()
frame = pl.DataFrame({"a": ["x"]}, schema={"a": pl.Categorical})
init = classes.Categorical.__init__

def interrupted(self, *given, **named):  # polars' Rust calls this, and unwraps what it gives
    os.kill(os.getpid(), signal.SIGINT)
    init(self, *given, **named)

classes.Categorical.__init__ = interrupted
try:
    frame.dtypes
    print("left polars", flush=True)
    time.sleep(30)
except BaseException as error:
    print(type(error).__name__, flush=True)
    os.kill(os.getpid(), signal.SIGINT) if sys.argv[1] == "ours" else None
    print("cleaned up")
"""


def nested(handler: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", NESTED, handler], capture_output=True, text=True, timeout=60
    )
    return done.stdout.splitlines()


def test_python_s_own_handler_makes_polars_panic():
    assert nested("python")[0] == "PanicException"  # Once this fails, the module can go.


def test_an_interruption_inside_polars_waits_and_comes_once():
    assert nested("ours") == ["left polars", "KeyboardInterrupt", "cleaned up"]


WRITTEN = """
import os, signal, sys, time
from pydantic import BaseModel, model_serializer
from doisoat.interrupts import wait_out_foreign_code

signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
if sys.argv[1] == "ours":
    wait_out_foreign_code()

class Written(BaseModel):
    a: int = 1

    @model_serializer(mode="wrap")
    def interrupted(self, dump):  # pydantic's Rust calls this
        os.kill(os.getpid(), signal.SIGINT)
        return dump(self)

try:
    Written().model_dump()
    print("left pydantic", flush=True)
    time.sleep(30)
except BaseException as error:
    print(type(error).__name__, flush=True)
"""


def written(handler: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", WRITTEN, handler], capture_output=True, text=True, timeout=60
    )
    return done.stdout.splitlines()


def test_an_interruption_inside_pydantic_waits_for_its_end():
    assert written("python") == ["PydanticSerializationError"]
    assert written("ours") == ["left pydantic", "KeyboardInterrupt"]


ASKED = """
import os, signal, sys, time
import duckdb
from doisoat.interrupts import wait_out_foreign_code
from doisoat.settlement.database.duckdb_tables import Capsule, interruptible
from contextlib import nullcontext
import polars as pl

signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
if sys.argv[1] == "ours":
    wait_out_foreign_code()

class Interrupted(Capsule):
    def __arrow_c_stream__(self, requested_schema=None):  # DuckDB calls this
        os.kill(os.getpid(), signal.SIGINT)
        return super().__arrow_c_stream__(requested_schema)

asked = Interrupted(pl.DataFrame({"a": [1]}))
try:
    with interruptible() if sys.argv[1] == "ours" else nullcontext():
        duckdb.sql("FROM asked").fetchall()  # printed, it might be cut short by what is waited for
        time.sleep(30)
except BaseException as error:
    print(type(error).__name__, flush=True)
"""


def test_an_interruption_while_duckdb_asks_for_a_frame_waits_until_it_has_it():
    found = {}
    for handler in ("python", "ours"):
        done = subprocess.run(
            [sys.executable, "-c", ASKED, handler], capture_output=True, text=True, timeout=60
        )
        found[handler] = done.stdout.splitlines()
    assert found["python"] == ["InvalidInputException"]  # Once this fails, the name can go.
    assert found["ours"] == ["KeyboardInterrupt"]


def test_outside_of_both_it_comes_at_once():
    from doisoat import interrupts

    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGALRM)]
    interrupts.wait_out_foreign_code()
    try:
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        for number, handler in zip((signal.SIGINT, signal.SIGALRM), before, strict=True):
            signal.signal(number, handler)
        interrupts.INTERRUPTED.clear()


def test_an_error_of_a_query_after_ctrl_c_is_an_interruption_and_another_one_is_none(monkeypatch):
    error = duckdb.CatalogException("no such table")
    with pytest.raises(duckdb.CatalogException), interruptible():
        raise error
    asked = Event()
    asked.set()
    monkeypatch.setattr(duckdb_tables, "INTERRUPTED", asked)
    with pytest.raises(KeyboardInterrupt), interruptible():
        raise error


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("Query interrupted"),
        duckdb.InterruptException("INTERRUPT Error: Interrupted!"),
        duckdb.InvalidInputException("reading the Python object failed: KeyboardInterrupt: "),
    ],
)
def test_an_interrupted_query_of_explain_is_an_interruption(monkeypatch, capsys, tmp_path, error):
    def interrupted(home, number, **how):
        raise error

    monkeypatch.setattr(explain, "explain", interrupted)
    assert cli.run(["explain", "0" * 32, "--home", str(tmp_path)]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_a_query_that_ctrl_c_ended_in_any_command_is_an_interruption(monkeypatch, capsys, tmp_path):
    """No command has to know that it asks DuckDB something; but other errors stay what they are."""

    def interrupted(home):
        raise RuntimeError("Query interrupted")

    monkeypatch.setattr(home, "open_home", interrupted)
    with pytest.raises(RuntimeError):
        cli.run(["status", "--home", str(tmp_path)])
    asked = Event()
    asked.set()
    monkeypatch.setattr(interrupts, "INTERRUPTED", asked)
    assert cli.run(["status", "--home", str(tmp_path), "--json"]) == 130
    assert "interrupted" in capsys.readouterr().out
    monkeypatch.setattr(home, "open_home", lambda path: json.loads("no JSON"))
    with pytest.raises(ValueError):
        cli.run(["status", "--home", str(tmp_path)])


def test_no_alarm_outlives_what_is_done():
    script = (
        "import atexit, signal\n"
        "from doisoat.interrupts import wait_out_foreign_code\n"
        "atexit.register(lambda: print(signal.getitimer(signal.ITIMER_REAL)[0]))\n"
        "wait_out_foreign_code()\n"
        "signal.setitimer(signal.ITIMER_REAL, 60)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "0.0\n"), done.stderr
