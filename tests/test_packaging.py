"""The package is this folder: what must hold so that it imports, builds and layers as designed."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PACKAGES = PROJECT["tool"]["setuptools"]["packages"]
FOLDERS = {
    ".".join(("doisoat", *path.parent.relative_to(ROOT).parts)): path.parent
    for path in ROOT.rglob("__init__.py")
    if not re.match(r"\.|build/|dist/|out/|tests/|docs/", str(path.relative_to(ROOT)))
}
SOURCES = sorted(
    path
    for folder in FOLDERS.values()
    for path in folder.iterdir()
    if path.suffix in (".py", ".pyi", ".pyx", ".pxd") and path.name != "setup.py"
)
TESTS = sorted((ROOT / "tests").rglob("*.py"))

# A folder is a floor, and imports go down only. `fixtures` and `benchmarks` stand beside the
# house: they may look in anywhere, and nothing may look into them but a command and what it calls.
GROUND = (
    "civil_time", "currency", "dialling", "errors", "interrupts", "messages", "money", "state",
    "telephone", "words",
)  # fmt: skip
FLOORS = ("tariffs", "engine", "settlement", "api", "commands", "cli")
BESIDE = ("fixtures", "benchmarks")
# The same inside the two great houses: rooms, the lowest first.
ROOMS = {
    "engine": (
        "oracle", "arrow", "store", "tables", "kernel", "files", "keys", "intake", "usage",
        "rating", "quote", "executors",
    ),
    "settlement": (
        "figures", "drawing", "log", "runs", "records", "database", "access", "rerating",
        "corrections", "interconnect", "report", "what_if", "papers", "claims", "explain",
        "sampling", "reconcile",
        "packs", "pricing", "settle", "upkeep", "consolidate", "verify", "plausibility",
        "tie_out", "area_claims", "validation", "web",
    ),
}  # fmt: skip
# And inside a room that has rooms, or a small house; OWN are the modules that lie beside them.
OWN = "(own)"
INNER_ROOMS = {
    "tariffs": ("models", "load", "compile", "change", "check"),
    "engine/intake": ("mapping", "forms", "draft", "records", "master", OWN, "suspense"),
    "settlement/reconcile": ("lines", "causes", "variances", "letter", OWN),
    "settlement/web": ("requests", "queries", "readers", "views", OWN),
    "commands": (OWN, "begin", "sign", "month", "claims", "look", "tariffs", "upkeep"),
}
FILES_MOST = 30  # of code, in a folder; the kernel's rooms have a .pxd beside each .pyx
IMPORT = re.compile(r"^\s*(?:from|import|cimport)\s+doisoat(?:\.(\w+)|\s+c?import\s+(\w+))", re.M)
INNER_NAMES = sorted({path.stem for path in ROOT.glob("*.py")} | {name for name in FLOORS + BESIDE})
BARE = re.compile(rf"^\s*(?:from|import)\s+({'|'.join(INNER_NAMES)})\b(?!\s*=)", re.M)


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_wheel_has_every_folder_of_sources_but_the_benchmarks():
    assert set(PACKAGES) == {name for name in FOLDERS if name != "doisoat.benchmarks"}


@pytest.mark.parametrize("path", [p / "__init__.py" for p in FOLDERS.values()], ids=shown)
def test_an_init_file_holds_no_state(path):
    """Run from the root it may be imported twice, under two names: twice nothing is nothing."""
    docstring, *rest = ast.parse(path.read_text("utf-8")).body
    assert isinstance(docstring, ast.Expr) and isinstance(docstring.value, ast.Constant)
    allowed = ["__version__", "__all__"] if path.parent == ROOT else []
    assert [
        ast.unparse(node.targets[0]) for node in rest if isinstance(node, ast.Assign)
    ] == allowed
    if path.parent == ROOT:  # public names, imported when they are asked for: functions, no values
        rest = [node for node in rest if not isinstance(node, ast.ImportFrom | ast.If)]
    assert len(rest) == len(allowed)


def test_our_modules_are_imported_by_their_full_name():
    """`errors` and `doisoat.errors` would both work in the root, as two different classes."""
    assert of_each([*SOURCES, *TESTS], lambda path: BARE.findall(path.read_text("utf-8"))) == {}


def test_imports_go_down_only():
    assert of_each(SOURCES, imported_from_above) == {}


def of_each(paths, wrong):
    """What is wrong with files, by their names: all of it at once."""
    return {shown(path): found for path in paths if (found := wrong(path))}


def imported_from_above(path):
    own = path.relative_to(ROOT).parts[0].removesuffix(".py")
    imported = {first or second for first, second in IMPORT.findall(path.read_text("utf-8"))}
    imported -= {own, "__version__", ""}
    if own in GROUND:
        return imported - set(GROUND)
    if own in FLOORS:
        beside = set(BESIDE) if own in ("api", "commands") else set()
        return imported - {*GROUND, *FLOORS[: FLOORS.index(own)]} - beside
    return set()


@pytest.mark.parametrize("house", ROOMS)
def test_every_package_of_a_house_is_a_room_with_a_floor(house):
    """Nothing lies loose in a house: a file there would be under and over all others at once."""
    rooms = {path.parent.name for path in ROOT.glob(f"{house}/*/__init__.py")}
    assert rooms == set(ROOMS[house])
    assert [path.name for path in ROOT.glob(f"{house}/*.p*")] == ["__init__.py"]


def test_imports_go_down_only_inside_a_house():
    of_houses = [path for path in SOURCES if path.relative_to(ROOT).parts[0] in ROOMS]
    assert len(of_houses) > 100 and of_each(of_houses, imported_from_rooms_above) == {}


def imported_from_rooms_above(path):
    house, room, *_ = path.relative_to(ROOT).parts
    within = rf"^\s*(?:from|import|cimport)\s+doisoat\.{house}(?:\.(\w+)|\s+c?import\s+(\w+))"
    found = re.findall(within, path.read_text("utf-8"), re.M)
    imported = {first or second for first, second in found} - {room}
    below = ROOMS[house][: ROOMS[house].index(room)] if room != "__init__.py" else ()
    return imported - set(below)


def rooms_imported(house, path):
    """Rooms of a house that a file in it imports of, OWN for a module beside them."""
    prefix = re.escape(f"doisoat.{house.replace('/', '.')}")
    within = rf"^\s*(?:from|import|cimport)\s+{prefix}(?:\.(\w+)|\s+c?import\s+([\w, ]+))"
    found = re.findall(within, path.read_text("utf-8"), re.M)
    names = [name for first, several in found for name in (first or several).split(",")]
    rooms = {name.split(" as ")[0].strip() for name in names}
    return {name if name in INNER_ROOMS[house] else OWN for name in rooms}


@pytest.mark.parametrize("house", INNER_ROOMS)
def test_imports_go_down_only_between_the_rooms_of_a_room(house):
    order = INNER_ROOMS[house]
    rooms = {path.parent.name for path in (ROOT / house).glob("*/__init__.py")}
    assert rooms == set(order) - {OWN}
    for path in SOURCES:
        if not path.is_relative_to(ROOT / house) or path.name == "__init__.py":
            continue
        room = path.relative_to(ROOT / house).parts[0] if path.parent != ROOT / house else OWN
        assert rooms_imported(house, path) - {room} <= set(order[: order.index(room)]), path


@pytest.mark.parametrize("folder", sorted(FOLDERS.values()), ids=shown)
def test_a_folder_can_be_taken_in_at_a_glance(folder):
    stems = {path.stem for path in SOURCES if path.parent == folder and path.name != "__init__.py"}
    assert len(stems) <= FILES_MOST or folder.name in ("kernel", "benchmarks")


def test_from_the_root_an_error_is_one_class():
    script = (
        "import doisoat.errors, doisoat.settlement.figures.envelope, sys;"
        "sys.exit('errors' in sys.modules or 'money' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT).returncode == 0


def test_the_root_is_typed_and_licensed():
    assert (ROOT / "py.typed").is_file()
    assert "Version 2.0, January 2004" in (ROOT / "LICENSE").read_text("utf-8")
    assert PROJECT["project"]["license"] == "Apache-2.0"
