"""Mutate the relief code: comparisons, constants, orders; a test must see each mutant.

    python tests/mutate.py [--number N] [--seed N] [--all] [--only FUNCTION] [--kind KIND]
                           [--explained] [--worlds N] [--jobs N] [--quick]

All mutants are compiled once (mutate_build.py); N of them are drawn by a seed, as many of each kind
as of another. A mutant's turn hangs on what it says alone, so a change elsewhere in the kernel
draws no others. The worked cases, the edges and random worlds are rated by the oracle and by the
kernel as it is (mutate_trials.py): where the two agree, what the kernel gave is what a mutant must
give; of an edge, what it took too (engine/efforts.py). Each mutant then rates the same inputs in a
process of its own. What gives the same everywhere is compiled alone: if the compiler proves that it
is the same program (mutate_same.py), it is counted apart, and another is drawn in its place. Others
are put before the tests of TESTS; one that passes them too survives, and must be explained in
mutants_explained.toml: as equivalent, or as not worth a test. A crash, a hang, an exception and an
assertion are seen. Exit status 1: one is not explained, or less than LEAST of all that were drawn
are killed.
"""

import argparse
import ctypes
import gc
import hashlib
import importlib
import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "mutants"
EXPLAINED = ROOT / "tests" / "mutants_explained.toml"
TESTS = (
    "tests/engine/test_kernel.py",
    "tests/engine/test_short_way.py",
    "tests/engine/test_edges.py",
    "tests/engine/test_narrow.py",
    "tests/engine/test_limits.py",
    "tests/engine/test_life.py",
    "tests/engine/test_copies.py",
    "tests/engine/test_quick.py",
    "tests/engine/test_sums.py",
)
REPLAYED = (  # all of them but loading
    TESTS[2],
    f"{TESTS[1]}::test_the_two_ways_give_the_same_of_a_random_world",
)
NUMBER, SEED = 360, 1180
LEAST = 0.95
MEMORY_MORE = 2 << 30  # bytes of address space that a mutant may take beyond the parent's
RUN_SECONDS = 5  # least time for a mutant's replay; most: ten times that of the kernel as it is
TEST_SECONDS = 180  # least time for the tests; most: five times that without a mutant

sys.path[:0] = [str(ROOT)]  # `tests`

from tests.mutate_same import Same  # noqa: E402
from tests.mutate_sites import KINDS  # noqa: E402
from tests.mutate_trials import Trial, make_trials, replay_all  # noqa: E402


@dataclass
class Mutant:
    """One site turned one way."""

    number: int
    kind: str = ""
    file: str = ""
    line: int = 0
    function: str = ""
    text: str = ""
    index: int = 0
    operator: str = ""
    turned: str = ""
    fate: str = ""  # '' while it lives

    @property
    def key(self) -> tuple[str, str, int, str]:
        return self.function, self.text, self.index, self.turned

    def turn(self, seed: int) -> tuple[str, int]:
        """By which mutants of a kind are drawn: the same wherever its line stands."""
        return hashlib.sha256(f"{seed} {self.kind} {self.key}".encode()).hexdigest(), self.number

    def __str__(self) -> str:
        return (
            f"{self.number:4} {self.file}:{self.line} {self.function}:"
            f" {self.operator} -> {self.turned} ({self.kind} {self.index}) in {self.text}"
        )


@dataclass(frozen=True)
class Explanation:
    """Why no test sees a mutant; equivalent: no input can tell it from the kernel as it is."""

    why: str
    equivalent: bool = True


def compile_mutants() -> tuple[list[Mutant], int]:
    """The mutants, and how many sites have none: they are of Python objects."""
    subprocess.run(
        [sys.executable, "-W", "ignore", str(ROOT / "tests" / "mutate_build.py"), str(FOLDER)],
        check=True,
    )
    sys.path[:0] = [str(FOLDER)]  # the mutated doisoat
    importlib.invalidate_caches()
    from doisoat.engine.kernel import kernel

    if not Path(kernel.__file__).is_relative_to(FOLDER):
        raise SystemExit(f"not the mutated kernel: {kernel.__file__}")

    sites = json.loads((FOLDER / "mutants.json").read_text(encoding="utf-8"))
    found = [
        Mutant(number, row["kind"], row["file"], row["line"], row["function"], row["text"],
               row["index"], row["operator"], turned)
        for row in sites
        if row["placed"]
        for number, turned in zip(row["numbers"], row["turned"], strict=True)
    ]  # fmt: skip
    return found, sum(not row["placed"] for row in sites)


def draw(
    mutants: list[Mutant], number: int, seed: int, same: frozenset[int] = frozenset()
) -> list[Mutant]:
    """A third of `number` of each kind, or all that it has; in order of the source.

    same: those that are the same program, in whose place others are drawn.
    """
    chosen: list[Mutant] = []
    for place, kind in enumerate(KINDS):
        ours = [m for m in mutants if m.kind == kind and m.number not in same]
        ours.sort(key=lambda m: m.turn(seed))
        chosen += ours[: (number + place) // len(KINDS)]
    return sorted(chosen, key=lambda m: m.number)


# --- one mutant ----------------------------------------------------------------------------------


def load_switches() -> list[Callable[[int], None]]:
    """What sets the mutant in each kernel."""
    out: list[Callable[[int], None]] = []
    for path in sorted((FOLDER / "doisoat" / "engine").rglob("*.so")):
        if "intake" in path.parts:
            continue
        switch = ctypes.CDLL(str(path)).doisoat_set_mutant
        switch.argtypes, switch.restype = (ctypes.c_int,), None
        out.append(switch)
    return out


def first_difference(trials: list[Trial]) -> str:
    """The first trial that sees the mutant, or ''."""
    for trial in trials:
        try:
            for want, found in zip(trial.expected, replay_all(trial), strict=True):
                if want != found:
                    return f"{trial.name}: {next(key for key in want if want[key] != found[key])}"
        except Exception as error:  # the kernel's own checks see it
            return f"{trial.name}: {type(error).__name__}"
    return ""


def in_child(number: int, switches, trials: list[Trial]) -> tuple[int, int]:
    """Start a process that runs a mutant; its id, and the pipe on which it says what it saw."""
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        return child, reader
    try:
        os.close(reader)
        memory = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (memory + MEMORY_MORE, memory + MEMORY_MORE))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        for switch in switches:
            switch(number)
        os.write(writer, (first_difference(trials) or "-").encode()[:4000])
    finally:
        os._exit(0)


def over_all(mutants: list[Mutant], start, finish, jobs: int, seconds: int) -> None:
    """Run `start` for each, `jobs` at a time; `finish` gets what the process said, or why not."""
    waiting = list(reversed(mutants))
    running: dict[int, tuple[Mutant, int, float]] = {}  # by the pipe's end
    begun, done = time.monotonic(), 0
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            child, reader = start(mutant)
            running[reader] = (mutant, child, time.monotonic())
        ready, _, _ = select.select(list(running), [], [], 0.2)
        for reader in list(running):
            mutant, child, since = running[reader]
            if reader not in ready:
                if time.monotonic() - since < seconds:
                    continue
                os.kill(child, signal.SIGKILL)
            said = b""
            while chunk := os.read(reader, 1 << 16):
                said += chunk
            os.close(reader)
            _, status = os.waitpid(child, 0)
            late = reader not in ready
            finish(mutant, "a hang" if late else "" if status else said.decode(), status)
            del running[reader]
            done += 1
            if done % 40 == 0 or not (waiting or running):
                print(f"  {done} of {len(mutants)} in {time.monotonic() - begun:.0f} s", flush=True)


class Replays:
    """The trials, before which mutants are put, each in a process of its own."""

    def __init__(self, trials: list[Trial], jobs: int) -> None:
        self.trials, self.jobs, self.switches = trials, jobs, load_switches()
        gc.collect()
        gc.freeze()
        calm = [Mutant(0) for _ in range(2 * jobs)]
        since = time.monotonic()
        self.seconds = 600
        self.run(calm)
        self.seconds = max(RUN_SECONDS, round(10 * (time.monotonic() - since) / 2))
        if any(one.fate for one in calm):
            raise SystemExit(f"without a mutant the replay is not what it was: {calm[0].fate}")

    def run(self, mutants: list[Mutant]) -> None:
        def finish(mutant: Mutant, said: str, status: int) -> None:
            mutant.fate = {"": "a crash", "-": ""}.get(said, said)

        def start(mutant: Mutant) -> tuple[int, int]:
            return in_child(mutant.number, self.switches, self.trials)

        over_all(mutants, start, finish, self.jobs, self.seconds)


def replay_drawn(
    chosen: Callable[[frozenset[int]], list[Mutant]], replays: Replays, same: Same
) -> tuple[list[Mutant], frozenset[int]]:
    """Draw and replay, and draw anew for what is the same program, until none is left."""
    tried: set[int] = set()
    equal: frozenset[int] = frozenset()
    while True:
        mutants = chosen(equal)
        new = [m for m in mutants if m.number not in tried]
        if not new:
            return mutants, equal
        replays.run(new)
        tried |= {m.number for m in new}
        alive = [m for m in new if not m.fate]
        print(f"{len(alive)} of {len(new)} not seen by the replays", flush=True)
        equal |= same.find(alive)


def run_tests(mutants: list[Mutant], jobs: int) -> None:
    """Put mutants before the tests, a pytest each."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *TESTS]
    replayed = [word for name in REPLAYED for word in ("--deselect", name)]

    def start(mutant: Mutant) -> tuple[int, int]:
        reader, writer = os.pipe()
        child = os.fork()
        if child:
            os.close(writer)
            return child, reader
        try:
            os.chdir(ROOT)
            quiet = os.open(os.devnull, os.O_WRONLY)
            os.dup2(quiet, 1)
            os.dup2(quiet, 2)
            os.set_inheritable(writer, True)  # it closes when pytest ends
            more = {"DOISOAT_MUTANT": str(mutant.number), "PYTHONPATH": str(FOLDER),
                    "DOISOAT_TESTS": "whole"}  # fmt: skip
            loads = Path(mutant.file).stem == "program"  # a replay has its program loaded
            os.execve(sys.executable, command + ([] if loads else replayed), os.environ | more)
        finally:
            os._exit(127)

    def finish(mutant: Mutant, said: str, status: int) -> None:
        mutant.fate = said if said == "a hang" else "tests" if status else ""

    calm = [Mutant(0) for _ in range(jobs)]
    since = time.monotonic()
    over_all(calm, start, finish, jobs, 10 * TEST_SECONDS)
    if any(one.fate for one in calm):
        raise SystemExit("without a mutant the tests fail: " + " ".join(command))
    over_all(mutants, start, finish, jobs, max(TEST_SECONDS, round(5 * (time.monotonic() - since))))


# --- all of them ---------------------------------------------------------------------------------


def explanations() -> dict[tuple[str, str, int, str], Explanation]:
    rows = tomllib.loads(EXPLAINED.read_text(encoding="utf-8")).get("mutant", [])
    return {
        (row["function"], row["text"], row["index"], turned): Explanation(
            row["why"], row.get("equivalent", True)
        )
        for row in rows
        for turned in row["turned"]
    }


def report(mutants: list[Mutant], same: list[Mutant], seconds: float) -> int:
    explained = explanations()
    for mutant in same:
        print(f"the same program {mutant}")
        if mutant.key in explained:
            print(f"explained, but the same program: {mutant.key}")
    alive = [mutant for mutant in mutants if not mutant.fate]
    unexplained = [mutant for mutant in alive if mutant.key not in explained]
    seen = Counter(mutant.fate.split(":")[0].split()[0] for mutant in mutants if mutant.fate)
    print(f"seen by: {', '.join(f'{name} {n}' for name, n in seen.most_common())}")
    for as_equivalent, title in ((True, "equivalent"), (False, "not tested")):
        for mutant in alive:
            why = explained.get(mutant.key)
            if why is not None and why.equivalent is as_equivalent:
                print(f"{title} {mutant}\n           {why.why}")
    known = {mutant.key for mutant in mutants} - {mutant.key for mutant in alive}
    for key in sorted(known & set(explained)):
        print(f"explained, but a test sees it: {key}")
    for mutant in unexplained:
        print(f"SURVIVES   {mutant}")
    rows = [(kind, [m for m in mutants if m.kind == kind]) for kind in KINDS]
    for name, ours in (*rows, ("all", mutants)):
        killed, equivalent, other, left = counted(ours, explained)
        if ours:
            print(
                f"{name:10} {len(ours):5} drawn {killed:5} killed {equivalent:4} equivalent"
                f" {other:3} not tested {left:3} survive"
                f"  killed/drawn {share(killed, len(ours))}"
                f"  killed/(drawn - equivalent) {share(killed, len(ours) - equivalent)}"
            )
    print(f"{len(same)} more were drawn and are the same program")
    print(f"{seconds:.0f} s")
    killed, _, _, left = counted(mutants, explained)
    return 1 if left or killed < LEAST * len(mutants) else 0


def counted(mutants: list[Mutant], explained) -> tuple[int, int, int, int]:
    """Killed; equivalent; explained otherwise; neither seen nor explained."""
    alive = [mutant for mutant in mutants if not mutant.fate]
    reasons = [explained[mutant.key] for mutant in alive if mutant.key in explained]
    equivalent = sum(reason.equivalent for reason in reasons)
    return (
        len(mutants) - len(alive), equivalent, len(reasons) - equivalent, len(alive) - len(reasons)
    )  # fmt: skip


def share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=NUMBER, help="how many are drawn")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--all", action="store_true", help="draw none: all of them")
    parser.add_argument("--only", help="a function's name: all of its mutants")
    parser.add_argument("--kind", choices=KINDS)
    parser.add_argument("--explained", action="store_true", help="those that are explained")
    parser.add_argument("--worlds", type=int, default=400)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="replays alone")
    given = parser.parse_args()
    begun = time.monotonic()
    mutants, refused = compile_mutants()
    for kind in KINDS:
        print(f"{sum(m.kind == kind for m in mutants):5} mutants of the kind {kind}")
    print(f"{refused} sites of Python objects are not mutated")
    for key in sorted(set(explanations()) - {m.key for m in mutants}):
        print(f"explained, but there is no such mutant: {key}")
    mutants = [m for m in mutants if given.only in (None, m.function)]
    mutants = [m for m in mutants if given.kind in (None, m.kind)]
    mutants = [m for m in mutants if not given.explained or m.key in explanations()]
    print(f"compiled in {time.monotonic() - begun:.0f} s", flush=True)
    trials = make_trials(given.worlds)
    print(f"{len(trials)} trials ready in {time.monotonic() - begun:.0f} s", flush=True)

    def chosen(same: frozenset[int]) -> list[Mutant]:
        if given.all or given.only or given.explained:
            return [m for m in every if m.number not in same]
        return draw(every, given.number, given.seed, same)

    every = mutants
    mutants, equal = replay_drawn(
        chosen, Replays(trials, given.jobs), Same(FOLDER, given.jobs)
    )  # fmt: skip
    print(f"{len(mutants)} mutants, by seed {given.seed} where they are drawn")
    alive = [mutant for mutant in mutants if not mutant.fate]
    if not given.quick:
        known = {} if given.all else explanations()
        asked = [m for m in alive if m.key not in known or not known[m.key].equivalent]
        print(f"{len(alive) - len(asked)} of them are explained as equivalent: no test is asked")
        run_tests(asked, given.jobs)
    same = [m for m in every if m.number in equal]
    return report(mutants, same, time.monotonic() - begun)


if __name__ == "__main__":
    sys.exit(main())
