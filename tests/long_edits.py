"""Thousands of random edits of a home with every kind of file: `verify` must find and place each.

Every fifth hundred is made of a signed evidence pack. With --tables, rows of relief.duckdb are
edited instead, some forty tables a seed, and the tables are compared alone.

python -m tests.long_edits [--edits 10000] [--first 0] [--subscribers 60] [--workers 2] [--tables]

Makes a home with months that were signed, superseded and adjusted, merged parts, removed ones,
decisions and conflicts; edits it once a seed, verifies, and puts it back.
"""

import argparse
import itertools
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from doisoat.engine.store.home import open_home
from doisoat.fixtures.simulate import small_world
from doisoat.fixtures.synthetic_key import SYNTHETIC_KEY
from doisoat.messages.text import halves_of
from doisoat.settlement.database import public_database
from doisoat.settlement.verify import database_diff
from doisoat.settlement.verify.verify import verify_home
from tests import edits
from tests.integration.conftest import done, kind_of, passphrase_in, take_world
from tests.table_edits import edit_tables

MONTHS = ("2021-07", "2021-08", "2021-09")


def make(folder: Path, subscribers: int) -> Path:
    """The home, at the end of its story."""
    world = small_world(folder / "world", subscribers=subscribers).path
    key = folder / "synthetic.key"
    told = {"version": 1, "created": SYNTHETIC_KEY.created, "public": True}
    key.write_text(json.dumps({**told, "key": SYNTHETIC_KEY.secret.hex()}))
    key.chmod(0o600)
    secret = passphrase_in(folder)
    home, signing = folder / "home", ("--key", folder / "s.key", "--passphrase-file", secret)
    files = sorted(filter(kind_of, world.iterdir()))
    late = [path for path in files if "late" in path.name]
    take_world([path for path in files if path not in late], home, key, group=4)
    done("signer", "new", "ke-toan", *signing)
    for month in MONTHS:
        done("settle", "--period", month, "--home", home)
    done("signer", "add", *signing[:2], "--home", home)
    for month in MONTHS:
        done("sign", month, "--no-pack", *signing, "--home", home)
    done("pack", "viettel", MONTHS[1], "--out", folder / "pack", "--home", home)
    take_world(late, home, key)
    (record, *_) = done("suspense", "list", "--limit", "3", "--home", home)["records"]
    done("suspense", "write-off", record["address"], "--who", "Lan", "--why", "thử", "--apply",
         "--home", home)  # fmt: skip
    for month in MONTHS:
        done("period", "supersede", month, "--why", "tệp muộn", "--home", home)
    for month in MONTHS:
        done("settle", "--period", month, "--home", home)
    for month in MONTHS:
        done("adjust", month, "--home", home)
    done("settle", "--period", "2021-10", "--home", home)
    done("settle", "--period", "2021-10", "--reading", "m2.in_kind_value=zero", "--home", home)
    done("store", "compact", "--period", "2021-07", "--home", home)
    done("store", "retain", "--only", "parts", "--apply", "--why", "dọn", "--home", home)
    done("settle", "--period", "2021-11", "--home", home)
    return home


def work(pristine: str, folder: str, seeds: range) -> tuple[Counter[str], list[str]]:
    """One worker's edits: how many of each kind, and those that were not seen."""
    home = Path(folder)
    shutil.copytree(pristine, home)
    kinds: Counter[str] = Counter()
    faults = []
    for seed, made, fault in edits.trials(home, Path(pristine), seeds):
        kinds[made.what.split(" of ")[0] if "row of" in made.what else made.what] += 1
        if fault is not None:
            faults.append(f"seed {seed}: {made.what}: {', '.join(made.paths)}: {fault}")
    shutil.rmtree(home)
    return kinds, faults


def work_on_tables(home: str, folder: str, seed: int) -> tuple[Counter[str], list[str]]:
    """The same of one copy of relief.duckdb; every other one has texts that count by their places.

    A table that is not named, or with another number of rows, is an edit that was not seen.
    """
    database_diff.MANY_ROWS = 1 if seed % 2 else 100_000
    work = Path(folder)
    work.mkdir()
    edited = shutil.copyfile(Path(home) / public_database.FACE, work / "edited.duckdb")
    expected, kinds = edit_tables(edited, random.Random(seed))
    with public_database.unfilled(open_home(Path(home)), work / "made.duckdb") as made:
        assert made is not None
        told = [halves_of(text).en for text in database_diff.differences(edited, made)]
    shutil.rmtree(work)
    return kinds, [f"seed {seed}: {fault}" for fault in sorted(set(expected) ^ set(told))]


def on_tables(
    pool: ProcessPoolExecutor, home: Path, folder: Path, first: int, count: int
) -> Iterator[tuple[Counter[str], list[str]]]:
    """Seed after seed until there are so many edits."""
    total, jobs = 0, list[Future[tuple[Counter[str], list[str]]]]()
    for seed in itertools.count(first):
        jobs.append(pool.submit(work_on_tables, str(home), str(folder / f"tables-{seed}"), seed))
        if len(jobs) < 4:
            continue
        kinds, missed = jobs.pop(0).result()
        total += kinds.total()
        yield kinds, missed
        if total >= count:
            break
    yield from (job.result() for job in jobs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edits", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--subscribers", type=int, default=60)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--tables", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="doisoat-edits-") as name:
        folder = Path(name)
        home = make(folder, asked.subscribers)
        whole = verify_home(open_home(home))
        assert whole.ok, whole.findings
        events = done("store", "check", "--home", home)["events"]
        count = len(edits.files_of(home))
        print(f"home: {events} events, {count} files, log of {whole.size} entries", flush=True)
        began, kinds, faults = time.monotonic(), Counter[str](), list[str]()
        last = asked.first + asked.edits
        batches = [range(at, min(at + 100, last)) for at in range(asked.first, last, 100)]

        def pristine(number: int) -> Path:
            return folder / "pack" if number % 5 == 4 else home

        with ProcessPoolExecutor(asked.workers, get_context("spawn")) as pool:
            if asked.tables:
                outcomes = on_tables(pool, home, folder, asked.first, asked.edits)
            else:
                jobs = [
                    pool.submit(work, str(pristine(number)), str(folder / f"copy-{number}"), batch)
                    for number, batch in enumerate(batches)
                ]
                outcomes = (job.result() for job in as_completed(jobs))
            for more, missed in outcomes:
                kinds, faults = kinds + more, faults + missed
                for fault in missed:
                    print(fault, flush=True)
                print(f"{kinds.total()} edits, {len(faults)} not seen", flush=True)
        print(dict(kinds.most_common()))
        print(f"{time.monotonic() - began:.0f} s; not seen: {len(faults)}")
        sys.exit(bool(faults))


if __name__ == "__main__":
    main()
