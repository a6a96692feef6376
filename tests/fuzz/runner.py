"""Workers that try blocks of damaged files side by side, and what is kept of it to go on later."""

import json
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.fuzz.files import damaged
from tests.fuzz.trial import Block

ROOT = Path(__file__).resolve().parents[2]
STEP_SECONDS = 900  # for one file, or one conversion or intake of a block, on a machine in demand
DEATHS_MAX = 20  # of workers by one block
COUNTED = ("files", "refused", "read", "records", "events", "suspended", "filtered", "taken")


class Died(Exception):
    """A worker ended, or was ended, at a step."""

    def __init__(self, step: str, how: str) -> None:
        super().__init__(step, how)
        self.step, self.how = step, how


class Worker:
    """One process of tests.fuzz.worker, started anew after each death."""

    module = "tests.fuzz.worker"

    def __init__(self, room: Path) -> None:
        self.room = room
        self.process: subprocess.Popen[bytes] | None = None

    def ask(self, block: Block, skip: list[int]) -> dict[str, Any]:
        """What became of a block. Raises: Died."""
        if self.process is None:
            self._start()
        assert self.process and self.process.stdin and self.process.stdout
        step, rest = "start", b""
        try:
            asked = json.dumps({"block": asdict(block), "skip": skip})
            self.process.stdin.write(f"{asked}\n".encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            raise self._dead(step) from None
        while True:
            line, rest = self._line(rest, step)
            if line.startswith(b"done "):
                found: dict[str, Any] = json.loads(line[5:])
                return found
            step = line.decode()

    def _line(self, rest: bytes, step: str) -> tuple[bytes, bytes]:
        """The next line and what was read behind it."""
        assert self.process and self.process.stdout
        file = self.process.stdout.fileno()
        until = time.monotonic() + STEP_SECONDS
        while b"\n" not in rest:
            left = until - time.monotonic()
            if left <= 0 or not select.select([file], [], [], left)[0]:
                self.end()
                raise Died(step, f"hung: nothing for {STEP_SECONDS} s")
            piece = os.read(file, 1 << 16)
            if not piece:
                raise self._dead(step)
            rest += piece
        line, _, rest = rest.partition(b"\n")
        return line, rest

    def _dead(self, step: str) -> Died:
        assert self.process
        status = self.process.wait()
        self.process = None
        said = (self.room / "said").read_text(errors="replace").splitlines()[-1:]
        how = f"killed by signal {-status}" if status < 0 else f"ended with status {status}"
        return Died(step, " ".join([how, *said])[:400])

    def _start(self) -> None:
        self.room.mkdir(exist_ok=True)
        with open(self.room / "said", "wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module, str(self.room)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                cwd=ROOT,
                start_new_session=True,  # What is sent to us all is for the parent.
            )

    def end(self) -> None:
        """Kill the process, whatever it does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@dataclass
class State:
    """What was tried so far, in a file that is replaced whole."""

    path: Path
    seed: int
    size: int
    forms: dict[str, dict[str, Any]] = field(default_factory=dict)
    findings: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def at(cls, folder: Path, seed: int, size: int) -> "State":
        """The state of an earlier call with the same seed and size of blocks, or a new one."""
        state = cls(folder / f"seed-{seed}-{size}.json", seed, size)
        if state.path.exists():
            kept = json.loads(state.path.read_text())
            state.forms, state.findings = kept["forms"], kept["findings"]
        return state

    def of(self, form: str) -> dict[str, Any]:
        """The counts of a form, its blocks done, and the seconds that its workers took."""
        return self.forms.setdefault(
            form, {"blocks": [], "seconds": 0.0, **dict.fromkeys(COUNTED, 0)}
        )

    def note(self, block: Block, told: dict[str, Any], seconds: float) -> None:
        """A block is done: keep its counts and its findings, the damaged files among them."""
        form = self.of(block.form)
        form["blocks"].append(block.first // self.size)
        form["seconds"] += seconds
        for name in COUNTED:
            form[name] += told[name]
        for number, what in told["findings"]:
            folder = self.path.parent / "findings"
            folder.mkdir(exist_ok=True)
            kept = folder / f"{self.seed}-{number}.{block.form}"
            kept.write_bytes(damaged(block.form, self.seed, number))
            self.findings.append(
                {"form": block.form, "number": number, "what": what, "file": kept.name}
            )
        written = self.path.with_suffix(".new")
        written.write_text(json.dumps({"forms": self.forms, "findings": self.findings}, indent=1))
        written.replace(self.path)


def tried(worker: Worker, block: Block) -> dict[str, Any]:
    """What became of a block, each death of a worker a finding of the file that it died of."""
    skip, deaths = list[int](), list[tuple[int, str]]()
    while True:
        try:
            told = worker.ask(block, skip)
        except Died as died:
            word, _, number = died.step.partition(" ")
            at = int(number) if word == "file" else block.first
            deaths.append((at, f"{died.how} ({died.step})"))
            if word != "file" or len(deaths) == DEATHS_MAX:
                return {**dict.fromkeys(COUNTED, 0), "files": block.count, "findings": deaths}
            skip.append(at)
            continue
        told["files"] += len(skip)
        told["findings"] = deaths + told["findings"]
        return told


def run(
    blocks: list[Block], state: State, workers: int, seconds: float, tell: Callable[[State], None]
) -> Counter[str]:
    """Try blocks until they or the seconds are used up; how many files of each form were tried.

    `tell` is called after each block, by one thread at a time.
    """
    lock, ended = threading.Lock(), threading.Event()
    waiting, done = iter(blocks), Counter[str]()
    until = time.monotonic() + seconds
    failed: list[BaseException] = []

    def work(worker: Worker) -> None:
        try:
            while not ended.is_set() and time.monotonic() < until:
                with lock:
                    block = next(waiting, None)
                if block is None:
                    return
                began = time.monotonic()
                told = tried(worker, block)
                if ended.is_set():
                    return  # Its worker was ended by us: what it died of is no finding.
                with lock:
                    state.note(block, told, time.monotonic() - began)
                    done[block.form] += told["files"]
                    tell(state)
        except BaseException as error:
            if not ended.is_set():
                failed.append(error)
                ended.set()
        finally:
            worker.end()

    room = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=room) as folder:
        hands = [Worker(Path(folder) / str(at)) for at in range(workers)]
        threads = [threading.Thread(target=work, args=(hand,)) for hand in hands]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        finally:
            ended.set()
            for hand in hands:
                hand.end()
            for thread in threads:
                thread.join()
    if failed:
        raise failed[0]
    return done
