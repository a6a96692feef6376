"""The conditions of a figure: processor, memory, load, versions, commit."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from doisoat import __version__

LIBRARIES = ("duckdb", "polars")  # whose versions count, besides ours and Python's
ROOT = Path(__file__).resolve().parents[1]


def machine() -> dict[str, Any]:
    """The machine, as /proc tells it; a value that it does not tell is left out."""
    facts = _facts("/proc/cpuinfo")
    memory = _facts("/proc/meminfo").get("MemTotal", "").split()
    figures: dict[str, Any] = {"cpu": facts.get("model name", ""), "cores": os.cpu_count()}
    if "cpu MHz" in facts:
        figures["mhz"] = round(float(facts["cpu MHz"]))
    if memory:
        figures["memory_mib"] = int(memory[0]) >> 10
    return {name: value for name, value in figures.items() if value}


def load() -> float:
    """Processes that wanted a core, over the last minute."""
    return round(os.getloadavg()[0], 2)


def versions() -> dict[str, str]:
    """Of what computes: ours, Python, and the packages of TOLD."""
    return {
        "doisoat": __version__,
        "python": sys.version.split()[0],
        **{name: version(name) for name in LIBRARIES},
    }


def commit() -> str:
    """The commit that is checked out, `+` behind it where files differ; "" without git or clone."""
    head = _git("rev-parse", "HEAD")
    return head + "+" * bool(head and _git("status", "--porcelain", "--untracked-files=no"))


def commit_of(name: str) -> str:
    """The commit that a tag, branch or abbreviation names; "" where git knows none."""
    return _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")


def _git(*words: str) -> str:
    """What git says of the clone that this package is; "" if it is not one, or there is no git."""
    if not (ROOT / ".git").exists():
        return ""
    try:
        process = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    return process.stdout.strip() if process.returncode == 0 else ""


def _facts(path: str) -> dict[str, str]:
    """The first value of each name of a file of `name: value` lines; none without the file."""
    values: dict[str, str] = {}
    if Path(path).exists():
        for line in Path(path).read_text("utf-8").splitlines():
            name, colon, value = line.partition(":")
            if colon:
                values.setdefault(name.strip(), value.strip())
    return values
