"""Which file of the repository reads which, as far as their texts say: no module is imported.

An edge leads from a file to each that it imports, anywhere in it, cimports, or names in a text
(`"doisoat.engine.intake.forms.decoder"` is begun as a process); from the command line to its
commands; from a test to the conftest files over it; from a module to the files of its folder that
are no code, and have their names in it.
"""

import ast
import hashlib
import json
import os
import re
from collections import deque
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "build" / "test-imports.json"
HOUSES = ("api", "benchmarks", "commands", "engine", "fixtures", "settlement", "tariffs", "tests")
CODE = (".py", ".pyi", ".pyx", ".pxd")
MODULE = re.compile(r"(?:doisoat|tests|begin|claims|look|month|sign|tariffs|upkeep)(?:\.\w+)+")
CIMPORT = re.compile(r"^\s*(?:from\s+([\w.]+)\s+c?import\s+\(?([\w, ]*)|c?import\s+([\w.]+))", re.M)


@cache
def files() -> frozenset[str]:
    """Every file of the product and its tests, by its path in the repository."""
    found = {path.name for path in ROOT.glob("*.py")}
    for house in HOUSES:
        found |= {
            str(path.relative_to(ROOT))
            for path in (ROOT / house).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".so"
        }
    return frozenset(found)


def of_module(name: str) -> list[str]:
    """The files of a module by its full name: a kernel has two, a name within a module that one."""
    parts = name.split(".")
    if parts[0] == "doisoat":
        parts = parts[1:]
    while parts:
        stem = "/".join(parts)
        named = [f"{stem}{suffix}" for suffix in CODE] + [f"{stem}/__init__.py"]
        if here := [path for path in named if path in files()]:
            return here
        parts = parts[:-1]
    # A public name of the package, which its root imports when it is asked for.
    return ["__init__.py"] if name.startswith("doisoat") and name != "doisoat.__version__" else []


def _imported(path: str, tree: ast.AST) -> Iterator[str]:
    """Names of modules that a module imports or names; of a name within one, that name."""
    package = ["tests" if path.startswith("tests/") else "doisoat"]
    package += [part for part in path.split("/")[:-1] if part != "tests"]
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (one.name for one in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                within = package[: len(package) - level + 1] if level else []
                base = ".".join([*within, *([module] if module else [])])
                yield from (f"{base}.{one.name}" for one in names)
            case ast.Constant(value=str(text)) if MODULE.fullmatch(text):
                yield text if text.startswith(("doisoat", "tests")) else f"doisoat.commands.{text}"


def _names(path: str) -> list[str]:
    """The modules that a file of code names."""
    text = (ROOT / path).read_text("utf-8")
    if path.endswith((".py", ".pyi")):
        try:
            found = _imported(path, ast.parse(text))
        except SyntaxError:  # ruff says where: until it is mended, it imports nothing
            return []
    else:
        found = (
            f"{base}.{name.strip()}" if base else whole
            for base, several, whole in CIMPORT.findall(text)
            for name in (several or "x").split(",")
        )
    return sorted({name for name in found if name.split(".")[0] in ("doisoat", "tests")})


@cache
def names_of_all() -> dict[str, list[str]]:
    """The same of each; texts are read again only where they changed since the last time."""
    known = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    own = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    found: dict[str, tuple[object, list[str]]] = {}
    for path in files():
        if path.endswith(CODE):
            stat = (ROOT / path).stat()
            state = [own, stat.st_mtime_ns, stat.st_size]
            before = known.get(path, (None, []))
            found[path] = (state, before[1] if before[0] == state else _names(path))
    if json.loads(json.dumps(found)) != known:
        KEPT.parent.mkdir(exist_ok=True)
        beginning = KEPT.with_suffix(f".{os.getpid()}")
        beginning.write_text(json.dumps(found), "utf-8")
        beginning.replace(KEPT)
    return {path: names for path, (_, names) in found.items()}


@cache
def edges(path: str) -> frozenset[str]:
    """The files of code that a file reads."""
    found: set[str] = set()
    for name in names_of_all().get(path, ()):
        found.update(of_module(name))
    if path.startswith("tests/"):
        folder = Path(path).parent
        found |= {str(up / "conftest.py") for up in (folder, *folder.parents)} & files()
    if path.endswith((".pyx", ".pxd")):
        found |= {str(Path(path).with_suffix(suffix)) for suffix in CODE} & files()
    return frozenset(found - {path})


def readers_of_data(path: str) -> set[str]:
    """Of a file that is no code, the modules of its folder or of the nearest above it."""
    for folder in Path(path).parents:
        beside = {
            one for one in files()
            if one.endswith(CODE) and Path(one).parent == folder and "__init__" not in one
        }  # fmt: skip
        if beside or str(folder) in HOUSES:
            return beside
    return set()


def distances(changed: Iterable[str]) -> dict[str, int]:
    """By file, over how many edges it reads the nearest of those that changed."""
    readers: dict[str, set[str]] = {}
    for path in files():
        for other in edges(path):
            readers.setdefault(other, set()).add(path)
    known = dict.fromkeys(changed, 0)
    for path in known:
        if not path.endswith(CODE):
            readers.setdefault(path, set()).update(readers_of_data(path))
    waiting = deque(known)
    while waiting:
        path = waiting.popleft()
        for reader in readers.get(path, ()):
            if reader not in known:
                known[reader] = known[path] + 1
                waiting.append(reader)
    return known


def read_by(path: str, but: Iterable[str] = ()) -> frozenset[str]:
    """A file and all that it reads, by however many edges; but what those read that are excepted.

    The command line names every command, of which a process reads one.
    """
    known, waiting = {path}, [path]
    while waiting:
        one = waiting.pop()
        if one not in but:
            new = edges(one) - known
            known |= new
            waiting += new
    return frozenset(known)
