"""python -m tests.fuzz [--files N] [--forms NAME,...] [--seed N] [--workers N] [--seconds N]

Damaged files of every form of usage that intake reads, N of each. Each is read alone by a worker
process; the records of those that are not refused whole are judged, and some files taken into a
home. A crash, a death by a signal, a hang, an error that is not ours or has a number in it, a word
of native code on stderr, a record that is not accounted for: each is a finding, and its file is
kept under FOLDER/findings. The call goes on where the last one with the same seed ended; exit
status 1 where there are findings. `--again FILE` tries one kept file by itself.
"""

import argparse
import signal
import sys
import tempfile
import time
from itertools import chain, zip_longest
from pathlib import Path

from tests.fuzz.files import NAMES, mapping_for
from tests.fuzz.runner import ROOT, State, run
from tests.fuzz.trial import Told, blocks, convert, read_alone, watched

BLOCK = 250


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000, help="of each form")
    parser.add_argument("--forms", default=",".join(NAMES), help="names joined by commas")
    parser.add_argument("--seed", type=int, default=2021)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="and stop then")
    parser.add_argument("--folder", type=Path, default=ROOT / "out" / "fuzz")
    parser.add_argument("--again", type=Path, help="a kept file, to be tried by itself")
    given = parser.parse_args()
    names = given.forms.split(",")
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        parser.error(f"no form {', '.join(unknown)}; there are {', '.join(NAMES)}")
    if given.again:
        return _again(given.again)
    given.folder.mkdir(parents=True, exist_ok=True)
    state = State.at(given.folder, given.seed, BLOCK)
    # A block of each form in turn, so that a call that is ended early has tried them all.
    in_turn = zip_longest(*(blocks(name, given.seed, given.files, BLOCK) for name in names))
    left = [
        block
        for block in chain.from_iterable(in_turn)
        if block and block.first // BLOCK not in state.of(block.form)["blocks"]
    ]
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C, for who started us apart
    began = last = time.monotonic()

    def tell(now: State) -> None:
        nonlocal last
        if time.monotonic() - last < 20:
            return
        last = time.monotonic()
        tried = sum(now.of(name)["files"] for name in names)
        whole = given.files * len(names)
        print(f"  {tried} of {whole} files, {len(now.findings)} findings", flush=True)

    try:
        done = run(left, state, given.workers, given.seconds, tell)
    except KeyboardInterrupt:
        print("stopped; the same call goes on from here")
        return 130
    took = time.monotonic() - began
    if done:
        rate = done.total() / took
        print(f"{done.total()} files now, by {given.workers} workers in {took:.0f} s: {rate:.0f}/s")
    _report(state, names)
    return 1 if state.findings else 0


def _report(state: State, names: list[str]) -> None:
    print("form        files    refused  records    events     suspended  taken   files/s a worker")
    for name in names:
        form = state.of(name)
        rate = form["files"] / form["seconds"] if form["seconds"] else 0
        print(
            f"{name:9} {form['files']:8} {form['refused']:9} {form['records']:9}"
            f" {form['events']:10} {form['suspended']:11} {form['taken']:7} {rate:9.0f}"
        )
    print(f"{len(state.findings)} findings")
    for found in state.findings:
        print(f"  {found['file']}: {found['what']}")


def _again(path: Path) -> int:
    """Try a kept file; what is found is printed."""
    form = path.name.partition(".")[2]
    with tempfile.TemporaryDirectory() as folder:
        mapping, told = mapping_for(form, Path(folder)), Told(files=1)
        with watched(0, told):
            frames = read_alone(form, path, mapping)
            if frames is not None:
                convert(frames, mapping, told)
            print("refused whole" if frames is None else f"{told.events} events")
    for _, what in told.findings:
        print(what)
    return 1 if told.findings else 0


if __name__ == "__main__":
    sys.exit(main())
