"""`python -m doisoat.benchmarks.intake`: a file taken in, beside DuckDB that only orders it.

One file of the synthetic carriers, as CSV and as Parquet of the same rows. Ours is the whole way
from the file to a part: digested, judged record by record, pseudonyms for numbers, ordered, written
and synced. DuckDB reads the same file into an ordered table of a database file and checkpoints.
Polars reads it into memory and stops. The sides take turns, each run a process of its own, and each
must account for every row. The clock runs inside it: see docs/benchmarks.md.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from doisoat import __version__
from doisoat.benchmarks.arguments import at_least_one, file_to_write

SIDES = ("doisoat", "duckdb", "polars")
FORMS = ("csv", "parquet")
THREADS = 2
COMMAND = (sys.executable, "-m", "doisoat.benchmarks.intake")
ROWS_A_SUBSCRIBER = 255  # of the default assumptions, rather fewer than more
ROW_GROUP_ROWS = 131_072  # of the simulator's own files
ORDERED = """
CREATE TABLE usage AS SELECT * FROM {read} ORDER BY number, started, record_key
"""
# Texts, as Parquet has them: with guessed types DuckDB ends at the first malformed time.
READ = {"csv": "read_csv($path, all_varchar = true)", "parquet": "read_parquet($path)"}


def make_files(folder: Path, rows: int) -> None:
    """Write usage.csv and usage.parquet: the first `rows` records of a synthetic month."""
    from doisoat.benchmarks.records import first_records
    from doisoat.fixtures.simulate import simulate

    subscribers = -(-rows // ROWS_A_SUBSCRIBER)
    while True:
        world = simulate(folder / "world", subscribers=subscribers)
        if sum(f["rows"] for f in world.manifest["files"] if f["kind"] == "usage") >= rows:
            break
        shutil.rmtree(world.path)
        subscribers += -(-subscribers // 10)
    records = first_records(world, rows)
    records.sink_csv(folder / "usage.csv", quote_style="never")
    records.sink_parquet(folder / "usage.parquet", row_group_size=ROW_GROUP_ROWS)
    shutil.rmtree(world.path)


def take_in(file: Path, work: Path) -> Callable[[], dict[str, Any]]:
    """Ours, ready to start: into a home that is not there yet."""
    from doisoat.engine.intake.file_intake import take_in
    from doisoat.engine.intake.plan_in_use import bundled_plan
    from doisoat.engine.store.home import list_parts, writer
    from doisoat.fixtures.synthetic_key import SYNTHETIC_KEY

    plan = bundled_plan()

    def run() -> dict[str, Any]:
        with writer(work / "home", "intake") as home:
            accounting = take_in(home, [(file, "world", "usage")], SYNTHETIC_KEY, plan=plan)
            (part,) = list_parts(home, "usage")
        counts = accounting.as_object()
        outcomes = ("taken", "duplicates", "suspended", "filtered")
        return {
            "rows": sum(counts[name] for name in outcomes),
            "content_digest": part.manifest["content_digest"],
            **{name: counts[name] for name in outcomes},
        }

    return run


def order_by_duckdb(file: Path, work: Path) -> Callable[[], dict[str, Any]]:
    """DuckDB, ready to start: into a database that is not there yet."""
    import duckdb

    statement = ORDERED.format(read=READ[file.suffix[1:]])

    def run() -> dict[str, Any]:
        with duckdb.connect(work / "usage.duckdb", config={"threads": THREADS}) as connection:
            connection.execute(statement, {"path": str(file)})
            connection.execute("CHECKPOINT")
            counted = connection.sql("SELECT count(*) FROM usage").fetchall()
        return {"rows": counted[0][0]}

    return run


def scan_by_polars(file: Path, work: Path) -> Callable[[], dict[str, Any]]:
    """Polars, ready to start: every column as text, in memory."""
    import polars as pl

    def run() -> dict[str, Any]:
        if file.suffix == ".csv":
            frame = pl.read_csv(file, infer_schema=False, glob=False)
        else:
            frame = pl.read_parquet(file, glob=False)
        return {"rows": frame.height}

    return run


PREPARE = {"doisoat": take_in, "duckdb": order_by_duckdb, "polars": scan_by_polars}


def run_here(name: str, file: Path, work: Path) -> None:
    """One run in this process: its seconds, memory and answer, as JSON on stdout."""
    run = PREPARE[name](file, work)
    begun, used = time.perf_counter(), time.process_time()
    answer = run()
    seconds, processor_seconds = time.perf_counter() - begun, time.process_time() - used
    if name == "doisoat":
        from doisoat.engine.intake.forms.trial_decoding import DECODERS

        DECODERS.end()  # Their seconds are known once they have ended.
    helpers = resource.getrusage(resource.RUSAGE_CHILDREN)
    status = Path("/proc/self/status").read_text("ascii")
    resident = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    print(
        json.dumps(
            {
                **answer,
                "seconds": seconds,
                "processor_seconds": processor_seconds + helpers.ru_utime + helpers.ru_stime,
                "resident_mib": int(resident.split()[1]) >> 10,
                "written_bytes": sum(p.stat().st_size for p in work.rglob("*") if p.is_file()),
            }
        )
    )


def output_of(*options: str) -> str:
    """The output of this module in a process of its own, on two threads."""
    return subprocess.run(
        [*COMMAND, *options],
        env={**os.environ, "POLARS_MAX_THREADS": str(THREADS)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout


def run_apart(name: str, file: Path, folder: Path) -> dict[str, Any]:
    """One run in a process of its own; what it wrote is gone again."""
    work = folder / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        output = output_of("--side", name, "--file", str(file), "--folder", str(work))
    finally:
        shutil.rmtree(work)
    answer: dict[str, Any] = json.loads(output)
    return answer


def check(runs: dict[str, dict[str, list[dict[str, Any]]]], rows: int) -> Iterator[str]:
    """What is wrong with the answers; nothing if every side accounts for every row."""
    for form, sides in runs.items():
        for name, side_runs in sides.items():
            for run in side_runs:
                if run["rows"] != rows:
                    yield f"{form}: {name} accounts for {run['rows']} of {rows} rows"
    our_runs = [run for sides in runs.values() for run in sides.get("doisoat", ())]
    for field in ("content_digest", "taken", "duplicates", "suspended", "filtered"):
        if len({run[field] for run in our_runs}) > 1:
            yield f"doisoat: {field} is not the same in every run and form"


def measure(folder: Path, rows: int, repeat: int, say: Callable[[str], None]) -> dict[str, Any]:
    """All sides and forms in turns. Raises: ValueError where a side lost a row."""
    output_of("--make", "--rows", str(rows), "--folder", str(folder))
    files = {form: folder / f"usage.{form}" for form in FORMS}
    versions = {
        "doisoat": __version__,
        "duckdb": version("duckdb"),
        "polars": version("polars"),
        "python": sys.version.split()[0],
    }
    say(", ".join(f"{name} {number}" for name, number in versions.items()))
    say(f"{THREADS} threads on {os.cpu_count()} cores; load {os.getloadavg()[0]:.1f}")
    runs: dict[str, dict[str, list[dict[str, Any]]]] = {
        form: {name: [] for name in SIDES} for form in FORMS
    }
    warm = {
        form: {name: [run_apart(name, files[form], folder)] for name in SIDES} for form in FORMS
    }
    for _ in range(repeat):
        for form in FORMS:
            for name in SIDES:
                runs[form][name].append(run_apart(name, files[form], folder))
    wrong = [*check(warm, rows), *check(runs, rows)]
    if wrong:
        raise ValueError("; ".join(wrong))
    first = runs["csv"]["doisoat"][0]
    say(
        f"equal: {rows:,} rows on every side; ours: {first['taken']:,} taken,"
        f" {first['duplicates']:,} duplicates, {first['suspended']:,} suspended; digest"
        f" {first['content_digest']}"
    )
    forms = {form: _figures(files[form].stat().st_size, rows, runs[form]) for form in FORMS}
    return {"rows": rows, "cpus": os.cpu_count(), "versions": versions, "forms": forms}


def _figures(size: int, rows: int, sides: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    figures: dict[str, Any] = {"bytes": size}
    for name, side_runs in sides.items():
        seconds = [run["seconds"] for run in side_runs]
        figures[name] = {
            "seconds": [round(second, 3) for second in seconds],
            "median_seconds": round(statistics.median(seconds), 3),
            "rows_a_second": round(rows / statistics.median(seconds)),
            "processor_seconds": round(
                statistics.median(run["processor_seconds"] for run in side_runs), 3
            ),
            "resident_mib": max(run["resident_mib"] for run in side_runs),
            "written_bytes": side_runs[0]["written_bytes"],
        }
    our_figures, peer_figures = figures["doisoat"], figures["duckdb"]
    figures["times_duckdb"] = round(
        our_figures["median_seconds"] / peer_figures["median_seconds"], 2
    )
    # Of one turn, which had one load of the machine; the median of these.
    turns = zip(our_figures["seconds"], peer_figures["seconds"], strict=True)
    figures["times_duckdb_by_turn"] = round(statistics.median(a / b for a, b in turns), 2)
    return figures


def table(results: dict[str, Any]) -> str:
    """What people read of `measure`."""
    lines = [
        f"{'':8} {'':8} {'median s':>9} {'least':>8} {'most':>8} {'cpu s':>8} {'rows/s':>10}"
        f" {'MiB':>6} {'MB written':>10}"
    ]
    for form, sides in results["forms"].items():
        for name in SIDES:
            figures = sides[name]
            lines.append(
                f"{form:8} {name:8} {figures['median_seconds']:9.2f} {min(figures['seconds']):8.2f}"
                f" {max(figures['seconds']):8.2f} {figures['processor_seconds']:8.2f}"
                f" {figures['rows_a_second']:10,} {figures['resident_mib']:6,}"
                f" {figures['written_bytes'] / 1e6:10,.0f}"
            )
        lines.append(
            f"{form}: {sides['bytes'] / 1e6:,.0f} MB; ours takes {sides['times_duckdb']} times"
            f" DuckDB's time ({sides['times_duckdb_by_turn']} by turn)"
        )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m doisoat.benchmarks.intake", description=__doc__
    )
    parser.add_argument(
        "--rows", type=at_least_one, default=2_000_000, help="of the file [2000000]"
    )
    parser.add_argument(
        "--repeat", type=at_least_one, default=3, help="timed runs of each side [3]"
    )
    parser.add_argument(
        "--folder", type=Path, default=Path("out/bench/intake"), help="files are made there"
    )
    parser.add_argument("--json", action="store_true", help="print JSON in place of the table")
    parser.add_argument(
        "--out",
        type=file_to_write,
        default=Path("out/bench/intake.json"),
        help="the JSON goes there too",
    )
    parser.add_argument("--make", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.make:
        options.folder.mkdir(parents=True, exist_ok=True)
        make_files(options.folder, options.rows)
        return 0
    if options.side:
        run_here(options.side, options.file, options.folder)
        return 0
    stream = sys.stderr if options.json else sys.stdout
    try:
        results = measure(
            options.folder,
            options.rows,
            options.repeat,
            lambda line: print(line, file=stream, flush=True),
        )
    except subprocess.CalledProcessError as error:
        print(f"intake: {' '.join(error.cmd[3:])} did not come to an end", file=sys.stderr)
        return 2
    except ValueError as error:
        print(f"intake: {error}", file=sys.stderr)
        return 1
    finally:
        for form in FORMS:
            (options.folder / f"usage.{form}").unlink(missing_ok=True)
    print(json.dumps(results, indent=1) if options.json else table(results))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
