"""Turn each comparison of the relief code, one at a time; a test must see each of them.

    python tests/mutate.py [--worlds N] [--jobs N] [--only FUNCTION] [--quick]

All mutants are compiled once (mutate_build.py). The worked cases, the edges and N random worlds are
rated by the oracle and by the kernel as it is: where the two agree, what the kernel gave is what a
mutant must give. Each mutant then rates the same inputs in a process of its own; one that gives
the same everywhere is put before the tests of TESTS; one that passes them too survives, and must
be explained in mutants_explained.toml. A crash, a hang and an exception are seen.
"""

import argparse
import ctypes
import gc
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
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "mutants"
EXPLAINED = ROOT / "tests" / "mutants_explained.toml"
TESTS = (
    "tests/engine/test_kernel.py",
    "tests/engine/test_short_way.py",
    "tests/engine/test_edges.py",
    "tests/engine/test_narrow.py",
)
REPLAYED = (  # all of them but loading
    TESTS[2],
    f"{TESTS[1]}::test_the_two_ways_give_the_same_of_a_random_world",
)
COMPARED = ("rated", "lines", "refunds", "suspense", "totals", "relief_totals")
Rows = dict[str, list[tuple[Any, ...]]]  # of the kernel's outputs by name
MEMORY_MORE = 2 << 30  # bytes of address space that a mutant may take beyond the parent's
RUN_SECONDS = 5  # least time for a mutant's replay; most: ten times that of the kernel as it is
TEST_SECONDS = 180

sys.path[:0] = [str(FOLDER), str(ROOT)]  # the mutated doisoat, and `tests`


@dataclass
class Mutant:
    """One comparison turned one way."""

    number: int
    file: str
    line: int
    function: str
    text: str
    index: int
    operator: str
    turned: str
    fate: str = ""  # '' while it lives

    @property
    def key(self) -> tuple[str, str, int, str]:
        return self.function, self.text, self.index, self.turned

    def __str__(self) -> str:
        return (
            f"{self.number:4} {self.file}:{self.line} {self.function}:"
            f" {self.operator} -> {self.turned} (comparison {self.index}) in {self.text}"
        )


def compile_mutants() -> tuple[list[Mutant], list[str]]:
    """The mutants, and the comparisons that have none."""
    subprocess.run(
        [sys.executable, "-W", "ignore", str(ROOT / "tests" / "mutate_build.py"), str(FOLDER)],
        check=True,
    )
    sys.path_importer_cache.pop(str(FOLDER), None)  # the first time, it was not there yet
    importlib.invalidate_caches()
    from doisoat.engine import kernel
    from tests.mutate_build import TURNED

    if not Path(kernel.__file__).is_relative_to(FOLDER):
        raise SystemExit(f"not the mutated kernel: {kernel.__file__}")

    found, refused = [], []
    for row in json.loads((FOLDER / "mutants.json").read_text(encoding="utf-8")):
        if not row["placed"]:
            refused.append(f"{row['file']}:{row['line']} {row['function']}: {row['text']}")
            continue
        found += [
            Mutant(number, row["file"], row["line"], row["function"], row["text"], row["index"],
                   row["operator"], turned)
            for number, turned in zip(row["numbers"], TURNED[row["operator"]], strict=True)
        ]  # fmt: skip
    return found, refused


# --- inputs and what they must give --------------------------------------------------------------


@dataclass
class Trial:
    """A call, what it must give, and where its period is parted in two (0: nowhere)."""

    name: str
    call: Any  # a tests.recorder.Call
    split_ms: int
    expected: list[Rows] = field(default_factory=list)
    vouched: str = ""  # why it can't be used, if it can't


def replay(
    call: Any, period: tuple[int, int], opening, short_way: bool = True
) -> tuple[Rows, object]:
    """What one pass gives, as plain numbers, and its closing state as an opening state."""
    from doisoat.engine.arrow import ArrowTable
    from doisoat.engine.columns import Ints
    from doisoat.engine.kernel import BucketPass

    program, _, subscriptions, _, *others = call.given
    options = {**call.options, "short_way": short_way}
    work = BucketPass(program, period, subscriptions, opening, *others, **options)
    for batch in call.blocks:
        work.rate(*batch)
    work.finish()
    columns = work.columns()
    rows = {
        name: list(zip(*(numbers(c) for c in columns[name].values()), strict=True))
        for name in COMPARED
    }
    for name in ("totals", "relief_totals"):  # they come as the hash table has them
        rows[name].sort()
    counts = work.counts()
    rows["counts"] = [
        (key, value)
        for key, value in counts.items()
        if "given" not in key and "exhausted" not in key
    ]
    kept = columns["closing"]
    names = tuple(kept)
    state = Ints(ArrowTable({name: array("q", numbers(kept[name])) for name in names}), names)
    return rows, state


def numbers(column) -> list[int]:
    return memoryview(column).cast("q").tolist() if len(column) else []


def replay_all(trial: Trial) -> Iterator[Rows]:
    """The whole period at once, by the short way and without; its two parts one after the other."""
    period, opening = trial.call.given[1], trial.call.given[3]
    yield replay(trial.call, period, opening)[0]
    yield replay(trial.call, period, opening, short_way=False)[0]
    if trial.split_ms:
        early, state = replay(trial.call, (period[0], trial.split_ms), opening)
        yield early
        yield replay(trial.call, (trial.split_ms, period[1]), state)[0]


def prepare(name: str, inputs: tuple[Any, ...], split_ms: int) -> Trial:
    """Rate by oracle and kernel, and keep the kernel's call; `vouched` says where they differ."""
    from doisoat.engine import oracle
    from tests.implementations import facts, kernel
    from tests.recorder import recording

    with recording() as calls:
        found, _ = kernel().rate_events_and_close(*inputs)
    expected = oracle.rate(*inputs).outcomes
    trial = Trial(name, calls[0], split_ms)
    if [facts(one) for one in found] != [facts(one) for one in expected]:
        trial.vouched = "kernel and oracle differ"
        return trial
    trial.expected = list(replay_all(trial))
    whole, by_general_way = trial.expected[:2]
    if whole != by_general_way:
        trial.vouched = "the short way and the general way differ"
    if not same_sums(whole, expected):
        trial.vouched = "totals, suspense or refunds are not those of the events"
    if split_ms:
        parts = sorted(row for part in trial.expected[2:] for row in part["rated"])
        if parts != sorted(whole["rated"]):
            trial.vouched = "the two parts of the period are not the whole"
    return trial


def same_sums(rows: Rows, outcomes) -> bool:
    """Totals, suspense and refunds are those of the oracle's events."""
    from doisoat.settlement.refund import refund_due

    rated = [o for o in outcomes if o.status == "rated"]
    reliefs = [line for o in rated for line in o.lines]
    discount = sum(line.amount for line in reliefs if line.nature == "discount")
    totals, relief = (
        [sum(column) for column in list(zip(*rows[name], strict=True))[-width:]] or [0] * width
        for name, width in (("totals", 7), ("relief_totals", 3))
    )
    due = [
        (o.event.charged, o.list_value, o.payable)
        for o in rated
        if refund_due(o.event.charged, o.list_value, o.payable) != refund_due(None, 0, 0)
    ]
    return (
        totals == [
            len(rated), sum(o.event.units for o in rated), sum(o.billed for o in rated),
            sum(o.bundled for o in rated), sum(o.list_value for o in rated), discount,
            sum(o.payable for o in rated)]
        and relief == [len(reliefs), sum(x.units for x in reliefs), sum(x.amount for x in reliefs)]
        and len(rows["suspense"]) == len(outcomes) - len(rated)
        and sorted(row[-3:] for row in rows["refunds"]) == sorted(due)
    )  # fmt: skip


def make_trials(worlds: int) -> list[Trial]:
    """The cases and edges as written, then random worlds."""
    from tests.engine.edges import EDGES
    from tests.engine.price_edges import PRICE_EDGES
    from tests.spec.cases import CASES, LATE, REFUND
    from tests.spec.programme_cases import PROGRAMME_CASES
    from tests.worlds import SPLIT, make_world

    cases = [
        (f"case {c.number}: {c.name}", (c.catalogue, c.package, c.subscriptions, (), c.events,
                                        c.period_ms, c.open_packs), 0)
        for c in (*CASES, *PROGRAMME_CASES, LATE, REFUND)
    ]  # fmt: skip
    cases += [(f"edge: {edge.name}", edge.inputs, edge.split_ms) for edge in (*EDGES, *PRICE_EDGES)]
    trials = [prepare(*case) for case in cases]
    trials += [prepare(f"world {seed}", make_world(seed).inputs, SPLIT) for seed in range(worlds)]
    for trial in trials:
        if trial.vouched:
            print(f"not used, {trial.name}: {trial.vouched}", flush=True)
    return [trial for trial in trials if not trial.vouched]


# --- one mutant ----------------------------------------------------------------------------------


def load_switches() -> list[Callable[[int], None]]:
    """What sets the mutant in each kernel."""
    out: list[Callable[[int], None]] = []
    for path in sorted((FOLDER / "doisoat" / "engine").glob("*.so")):
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


def run_replays(mutants: list[Mutant], trials: list[Trial], jobs: int) -> None:
    switches = load_switches()
    gc.collect()
    gc.freeze()

    def finish(mutant: Mutant, said: str, status: int) -> None:
        mutant.fate = {"": "a crash", "-": ""}.get(said, said)

    calm = [Mutant(0, "", 0, "", "", 0, "", "") for _ in range(2 * jobs)]
    since = time.monotonic()
    over_all(calm, lambda m: in_child(m.number, switches, trials), finish, jobs, 600)
    seconds = max(RUN_SECONDS, round(10 * (time.monotonic() - since) / 2))
    if any(one.fate for one in calm):
        raise SystemExit(f"without a mutant the replay is not what it was: {calm[0].fate}")
    over_all(mutants, lambda m: in_child(m.number, switches, trials), finish, jobs, seconds)


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
            more = {"DOISOAT_MUTANT": str(mutant.number), "PYTHONPATH": str(FOLDER)}
            loads = mutant.file.startswith("engine/program")  # a replay has its program loaded
            os.execve(sys.executable, command + ([] if loads else replayed), os.environ | more)
        finally:
            os._exit(127)

    def finish(mutant: Mutant, said: str, status: int) -> None:
        mutant.fate = said if said == "a hang" else "tests" if status else ""

    calm = [Mutant(0, "", 0, "", "", 0, "", "")]
    over_all(calm, start, finish, 1, TEST_SECONDS)
    if calm[0].fate:
        raise SystemExit("without a mutant the tests fail: " + " ".join(command))
    over_all(mutants, start, finish, jobs, TEST_SECONDS)


# --- all of them ---------------------------------------------------------------------------------


def explanations() -> dict[tuple[str, str, int, str], str]:
    rows = tomllib.loads(EXPLAINED.read_text(encoding="utf-8")).get("mutant", [])
    return {
        (row["function"], row["text"], row["index"], turned): row["why"]
        for row in rows
        for turned in row["turned"]
    }


def report(mutants: list[Mutant], refused: list[str], seconds: float) -> int:
    explained = explanations()
    alive = [mutant for mutant in mutants if not mutant.fate]
    unexplained = [mutant for mutant in alive if mutant.key not in explained]
    for line in refused:
        print(f"not turned, since it compares Python objects: {line}")
    seen = Counter(mutant.fate.split(":")[0].split()[0] for mutant in mutants if mutant.fate)
    print(f"seen by: {', '.join(f'{name} {n}' for name, n in seen.most_common())}")
    for mutant in alive:
        if mutant.key in explained:
            print(f"explained {mutant}\n          {explained[mutant.key]}")
    stale = set(explained) - {mutant.key for mutant in alive}
    for key in sorted(stale & {mutant.key for mutant in mutants}):
        print(f"explained, but a test sees it: {key}")
    for mutant in unexplained:
        print(f"SURVIVES  {mutant}")
    print(
        f"{len(mutants)} mutants: {len(mutants) - len(alive)} killed,"
        f" {len(alive) - len(unexplained)} explained, {len(unexplained)} survive; {seconds:.0f} s"
    )
    return 1 if unexplained else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=400)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", help="a function's name")
    parser.add_argument("--quick", action="store_true", help="replays alone")
    given = parser.parse_args()
    begun = time.monotonic()
    mutants, refused = compile_mutants()
    mutants = [m for m in mutants if given.only in (None, m.function)]
    print(f"{len(mutants)} mutants compiled in {time.monotonic() - begun:.0f} s", flush=True)
    trials = make_trials(given.worlds)
    print(f"{len(trials)} trials ready in {time.monotonic() - begun:.0f} s", flush=True)
    run_replays(mutants, trials, given.jobs)
    alive = [mutant for mutant in mutants if not mutant.fate]
    print(f"{len(alive)} of {len(mutants)} not seen by the replays", flush=True)
    if not given.quick:
        run_tests(alive, given.jobs)
    return report(mutants, refused, time.monotonic() - begun)


if __name__ == "__main__":
    sys.exit(main())
