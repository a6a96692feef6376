"""A month of so many rows taken in, merged and settled, and how much memory each step took.

python -m tests.long_month --rows 10000000 [--late 10] [--folder DIR] [--limit-mib N]

Each command runs in a process of its own. Peak is the largest resident set that the kernel saw; of
it, pages of files that are mapped can be given back at any time, so anonymous memory is sampled
beside it. With a limit the exit status is 3 where anonymous memory went above it in any step but
the making of the month.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.errors import EXIT_DISAGREEMENTS
from doisoat.fixtures.synthetic_key import SYNTHETIC_KEY

MAIN = "import sys; from doisoat.cli import main; main(sys.argv[1:])"
KINDS = ("subscriptions", "ports", "packs", "usage")
ROWS_OF_ONE = 262  # records of a mobile subscriber in August, as the synthetic world has them
SAMPLE_SECONDS = 0.05


class Step(NamedTuple):
    name: str
    seconds: float
    peak_mib: int  # resident
    anonymous_mib: int  # sampled
    told: dict[str, Any]


def command(name: str, home: Path, *arguments: object) -> Step:
    """Run a command of doisoat; RuntimeError if it fails."""
    line = [sys.executable, "-c", MAIN, *map(str, arguments), "--home", str(home), "--json"]
    began = time.monotonic()
    with tempfile.TemporaryFile() as errors:
        with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=errors) as process:
            with sampled(process.pid) as most:
                assert process.stdout is not None
                said = process.stdout.read()
                _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            raise RuntimeError(f"{name}, {process.returncode}: {said!r} {errors.read()[-800:]!r}")
    seconds = time.monotonic() - began
    try:
        told = json.loads(said)
    except ValueError as error:
        raise RuntimeError(f"{name}: stdout is no JSON object: {said[:400]!r}") from error
    return Step(name, seconds, usage.ru_maxrss // 1_024, max(most) // 1_024, told)


@contextmanager
def sampled(pid: int) -> Iterator[list[int]]:
    """Anonymous memory of a process in KiB, looked at again and again."""
    found, over = [0], threading.Event()

    def look() -> None:
        path = Path(f"/proc/{pid}/status")
        while not over.wait(SAMPLE_SECONDS):
            try:
                text = path.read_text("ascii")
            except OSError:
                return
            found.extend(int(line.split()[1]) for line in text.splitlines() if "RssAnon" in line)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def late_pieces(path: Path, folder: Path, number: int) -> list[Path]:
    """The records of a file as so many files."""
    header, *lines = path.read_text("utf-8").splitlines()
    made = []
    for at in range(number):
        made.append(folder / f"late-{at:03d}.csv")
        made[-1].write_text("\n".join([header, *lines[at::number], ""]), "utf-8")
    return made


def month(rows: int, late: int, folder: Path) -> Iterator[Step]:
    """The steps of a month: taken in, settled with late parts, merged, settled from one part."""
    made = folder / "made"  # by another process: this one's memory would count as its children's
    subscribers = max(1, rows // ROWS_OF_ONE)
    yield command("simulate", made, "simulate", "--files-only", "--subscribers", subscribers)
    key = folder / "synthetic.key"
    content = {"version": 1, "created": SYNTHETIC_KEY.created, "public": True}
    key.write_text(json.dumps({**content, "key": SYNTHETIC_KEY.secret.hex()}))
    key.chmod(0o600)
    home = folder / "out"

    def intake(kind: str, *files: Path, name: str = "intake") -> Step:
        return command(f"{name} {kind}", home, "intake", *files, "--mapping", "world",
                       "--kind", kind, "--key", key)  # fmt: skip

    files: dict[str, list[Path]] = {kind: [] for kind in KINDS}
    for path in sorted((made / "world").iterdir()):
        files.get(path.name.partition("-")[0].partition(".")[0], []).append(path)
    for kind in KINDS[:-1]:
        yield intake(kind, *files[kind])
    usage = files["usage"]
    texts = [path for path in usage if path.suffix == ".csv"]
    last = max(texts, key=lambda path: path.stat().st_size) if late else None
    yield intake("usage", *(path for path in usage if path != last))
    if last is not None:
        for piece in late_pieces(last, folder, late):
            step = intake("usage", piece, name="late")
        yield step
    first = command("settle", home, "settle")
    yield first
    yield command("compact", home, "store", "compact")
    for path in sorted((home / "runs").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    for name in ("current.json", "relief.duckdb", "log/journal.jsonl"):
        (home / name).unlink()
    again = command("settle, one part", home, "settle")
    yield again
    if (first.told["run"], first.told["digest"]) != (again.told["run"], again.told["digest"]):
        raise RuntimeError(f"{first.told['digest']} before merging, {again.told['digest']} after")
    yield command("check", home, "store", "check")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--late", type=int, default=10, help="late parts")
    parser.add_argument("--folder", type=Path, help="where to work; nothing is left there")
    parser.add_argument("--limit-mib", type=int, help="of anonymous memory")
    given = parser.parse_args()
    above = False
    with tempfile.TemporaryDirectory(prefix="long-month-", dir=given.folder) as name:
        for step in month(given.rows, given.late, Path(name)):
            rows = step.told.get("rows", step.told.get("events", ""))
            digest = f", digest {step.told['digest']}" if "digest" in step.told else ""
            print(
                f"{step.name:<22}{rows:>12} rows {step.seconds:8.1f} s"
                f" {step.peak_mib:7d} MiB resident, {step.anonymous_mib:6d} MiB anonymous{digest}",
                flush=True,
            )
            is_made = step.name == "simulate"
            limit = given.limit_mib or step.anonymous_mib
            above = above or (step.anonymous_mib > limit and not is_made)
    return EXIT_DISAGREEMENTS if above else 0


if __name__ == "__main__":
    sys.exit(main())
