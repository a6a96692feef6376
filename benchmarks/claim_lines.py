"""`python -m doisoat.benchmarks.claim_lines`: differing lines of a claim, by trees and by others.

Lines that nobody's usage is of, drawn by DuckDB's hash: `--lines` of them, of which `--differing`
have another amount in the claim, once all in one day of one measure (clustered), once anywhere
(spread). Beside the trees stand a full outer join by DuckDB, and datacompy on polars at the largest
of DATACOMPY_LINES that ends within its memory. Each stage is a process of its own; all that compare
must find the same count and sum of differences, or there are no times.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from doisoat.benchmarks.arguments import at_least_one, file_to_write
from doisoat.benchmarks.machine import load, machine, versions
from doisoat.settlement.database.sql_text import path_literal, scan
from doisoat.settlement.reconcile.lines import tree, tree_difference

LINES, DIFFERING = 100_000_000, 100_000
MEASURES, NATURES, DAYS, PROVINCES = 12, ("discount", "in_kind"), 31, 63
LINES_AN_OWNER = 40
FIRST_DAY = 18_840  # 2021-08-01, from 1970-01-01
MS_PER_DAY = 86_400_000
DATACOMPY_LINES = (20_000_000, 10_000_000, 5_000_000, 2_000_000, 1_000_000)
MEMORY = 12 << 30  # of a peer's process
SHAPES = ("equal", "clustered", "spread")
StageResult = Mapping[str, Any]  # what a stage found: lines, difference; and what it says besides


def make(folder: Path, shape: str, lines: int, differing: int) -> StageResult:
    """The two sides' lines."""
    step = max(lines // max(differing, 1), 1)
    cluster = f"day = {FIRST_DAY} AND measure = 'M1' AND i < {differing * MEASURES * DAYS}"
    differs = {"equal": "false", "spread": f"i % {step} = 0", "clustered": cluster}[shape]
    with duckdb.connect(config={"threads": 2, "memory_limit": "6GB"}) as connection:
        connection.execute(
            f"""
            CREATE VIEW line AS
            SELECT i, hash(i) AS event_hi, hash(i + 1_000_000_000_000) AS event_lo,
                hash(i // {LINES_AN_OWNER} + 2_000_000_000_000) AS owner_hi,
                (i // {LINES_AN_OWNER})::UBIGINT AS owner_lo,
                format('{{:02d}}', i // {LINES_AN_OWNER} % {PROVINCES}) AS home_province,
                'M' || (1 + i % {MEASURES}) AS measure,
                CASE i % 7 WHEN 0 THEN '{NATURES[1]}' ELSE '{NATURES[0]}' END AS nature,
                {FIRST_DAY} + hash(i + 3_000_000_000_000) % {DAYS} AS day,
                (day * {MS_PER_DAY} + hash(i + 4_000_000_000_000) % {MS_PER_DAY})::BIGINT
                    AS start_ms,
                (hash(i + 5_000_000_000_000) % 600_000)::BIGINT AS units,
                (hash(i + 6_000_000_000_000) % 20_000)::BIGINT AS amount
            FROM range({lines}) AS numbers(i)
            """
        )
        chosen = ", ".join((*tree.RECORD, "measure", "nature", "home_province"))
        for name, amount in (("ours", "amount"), ("claimed", f"amount + ({differs})::BIGINT")):
            if name == "ours" and (folder / "ours.parquet").exists():
                continue  # the same of every shape
            target = path_literal(folder / f"{name}.parquet")
            columns = chosen.replace("amount", f"{amount} AS amount")
            connection.execute(f"COPY (SELECT {columns} FROM line) TO {target} (FORMAT parquet)")
    return {"lines": 0, "difference": 0}


def imported(folder: Path, name: str) -> StageResult:
    """A side's tree made, which reads all of it once."""
    source = folder / f"{name}.parquet"
    lines = pl.scan_parquet(source).select(pl.len()).collect().item()
    blocks = tree.blocks_for(lines, MEASURES * len(NATURES) * DAYS * PROVINCES)
    built = tree.build(folder / f"tree-{name}", [source], blocks)
    return {"bytes": built.bytes, "blocks": blocks, "lines": 0, "difference": 0}


def by_trees(folder: Path) -> StageResult:
    compared = tree_difference.compare(
        tree.open_tree(folder / "tree-claimed"), tree.open_tree(folder / "tree-ours")
    )
    difference = (compared.rows["claimed_amount"] - compared.rows["recomputed_amount"]).sum()
    return {
        "lines": compared.rows.height, "difference": difference,
        "read": round(compared.bytes_read / compared.bytes_in_all, 6),
        "bytes_read": compared.bytes_read,
    }  # fmt: skip


def by_join(folder: Path) -> StageResult:
    """All lines of both sides, by an outer join on their key."""
    sides = [scan(folder / f"{name}.parquet") for name in ("claimed", "ours")]
    key = ", ".join(tree_difference.LINE_KEY)
    with duckdb.connect(
        config={"threads": 2, "memory_limit": "8GB", "temp_directory": str(folder)}
    ) as connection:
        count, difference = connection.execute(
            f"""
            SELECT count(*), sum(coalesce(claimed.amount, 0) - coalesce(ours.amount, 0))
            FROM {sides[0]} AS claimed FULL JOIN {sides[1]} AS ours USING ({key})
            WHERE claimed.units IS DISTINCT FROM ours.units
                OR claimed.amount IS DISTINCT FROM ours.amount
            """
        ).fetchall()[0]
    return {"lines": count, "difference": int(difference or 0)}


STAGES: Mapping[str, Callable[..., StageResult]] = {
    "make": make,
    "import": imported,
    "trees": by_trees,
    "join": by_join,
}


def timed(stage: str, *arguments: object) -> dict[str, Any]:
    """What a stage found in a process of its own, with its time and memory."""
    command = [sys.executable, "-m", "doisoat.benchmarks.claim_lines", "--stage", stage]
    process = subprocess.run(
        [*command, json.dumps([str(argument) for argument in arguments])],
        capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if process.returncode:
        raise SystemExit(f"{stage}: {process.stderr}")
    result: dict[str, Any] = json.loads(process.stdout)
    return result


def by_datacompy(python: str, folder: Path, lines: int) -> dict[str, Any] | None:
    """What datacompy finds in the first lines; None where it does not end within MEMORY."""
    script = Path(__file__).with_name("datacompy_lines.py")
    limits = f'ulimit -v {MEMORY >> 10}; exec "$@"'
    process = subprocess.run(
        ["bash", "-c", limits, "bash", python, str(script), str(folder), str(lines)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if process.returncode and "ModuleNotFoundError" in process.stderr:
        raise SystemExit(f"{python} has no datacompy: pip install datacompy there, or leave it out")
    result: dict[str, Any] | None = json.loads(process.stdout) if not process.returncode else None
    return result


def run_stage(stage: str, texts: Sequence[str]) -> dict[str, Any]:
    folder, *rest = texts
    arguments: list[Any] = [int(text) if text.isdigit() else text for text in rest]
    began, used = time.perf_counter(), time.process_time()
    result = STAGES[stage](Path(folder), *arguments)
    return {
        **result,
        "seconds": round(time.perf_counter() - began, 3),
        "processor_seconds": round(time.process_time() - used, 3),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
    }


def shape_of(
    folder: Path, shape: str, lines: int, differing: int, python: str | None
) -> dict[str, dict[str, Any]]:
    """All sides of one shape, held to each other."""
    timed("make", folder, shape, lines, differing)
    shutil.rmtree(folder / "tree-claimed", ignore_errors=True)
    sides = {}
    if not (folder / "tree-ours").exists():
        sides["import ours"] = timed("import", folder, "ours")
    sides["import claimed"] = timed("import", folder, "claimed")
    sides["trees"] = timed("trees", folder)
    sides["full join"] = timed("join", folder)
    answers = {(sides[name]["lines"], sides[name]["difference"]) for name in ("trees", "full join")}
    if len(answers) != 1:
        raise SystemExit(f"{shape}: the sides disagree: {sorted(answers)}")
    for size in DATACOMPY_LINES if python else ():
        compared = by_datacompy(str(python), folder, min(size, lines))
        if compared is not None:
            sides["datacompy"] = compared
            break
    return sides


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="doisoat.benchmarks.claim_lines", description=__doc__)
    parser.add_argument("--lines", type=at_least_one, default=LINES)
    parser.add_argument("--differing", type=at_least_one, default=DIFFERING)
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--datacompy-python", metavar="PYTHON", help="a Python that has datacompy")
    parser.add_argument("--work", type=Path, help="where the lines lie meanwhile")
    parser.add_argument("--out", type=file_to_write, help="also write the results here")
    parser.add_argument("--stage", help=argparse.SUPPRESS)
    parser.add_argument("given", nargs="?", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.stage:
        print(json.dumps(run_stage(chosen.stage, json.loads(chosen.given))))
        return
    results: dict[str, Any] = {
        "machine": machine(), "load": load(), "versions": versions(), "lines": chosen.lines,
        "differing": chosen.differing, "shapes": {},
    }  # fmt: skip
    with tempfile.TemporaryDirectory(dir=chosen.work) as folder:
        for shape in chosen.shapes:
            sides = shape_of(
                Path(folder), shape, chosen.lines, chosen.differing, chosen.datacompy_python
            )
            results["shapes"][shape] = sides
            for name, figures in sides.items():
                more = {key: value for key, value in figures.items() if key != "seconds"}
                print(f"{shape:10} {name:15} {figures['seconds']:9.2f} s  {more}", flush=True)
    if chosen.out:
        chosen.out.parent.mkdir(parents=True, exist_ok=True)
        chosen.out.write_text(json.dumps(results, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
