"""Ctrl-C inside polars: the interruption comes once polars is left, and once only."""

import os
import signal
import subprocess
import sys

import pytest

NESTED = """
import os, signal, sys, time
import polars as pl
from polars.datatypes import classes
from doisoat.interrupts import wait_out_polars

if sys.argv[1] == "ours":
    wait_out_polars()
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


def test_outside_polars_it_comes_at_once():
    from doisoat import interrupts

    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGALRM)]
    interrupts.wait_out_polars()
    try:
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        for number, handler in zip((signal.SIGINT, signal.SIGALRM), before, strict=True):
            signal.signal(number, handler)
