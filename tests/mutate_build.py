"""A copy of the package whose kernels hold every mutant at once, each behind a number.

    python tests/mutate_build.py FOLDER

Cython parses and compiles the copy; where it would write the C of a comparison in relief code, it
writes a choice: `(doisoat_mutant == 7 ? a <= b : doisoat_mutant == 8 ? a >= b : a < b)`. So casts,
chains and inline functions of .pxd files are told apart by the parser itself, and one compilation
serves all mutants. The number is set by the environment (DOISOAT_MUTANT) when a kernel is loaded,
or later by its `doisoat_set_mutant`. FOLDER/mutants.json lists what was made.
"""

import hashlib
import importlib.util
import json
import shutil
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# Comparison -> what a mutant makes of it: the boundary moved, then the opposite.
TURNED = {
    "<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"),
    "==": ("!=",), "!=": ("==",),
}  # fmt: skip
NOT_RELIEF = {
    "arrow": "reads and writes Arrow streams",
    "blake2b": "hashes",
    "columns": "columns that grow",
    "totals": "a hash table of sums",
}
LEFT_OUT = (".*", "build", "dist", "out", "docs", "tests", "benchmarks", "__pycache__", "*.so",
            "*.egg-info")  # fmt: skip
HEADER = """
#include <stdlib.h>
static int doisoat_mutant = 0;
__attribute__((visibility("default"), used, noinline)) void doisoat_set_mutant(int number) {
    doisoat_mutant = number;
}
__attribute__((constructor)) static void doisoat_first_mutant(void) {
    const char *given = getenv("DOISOAT_MUTANT");
    doisoat_mutant = given ? atoi(given) : 0;
}
"""


@dataclass
class Comparison:
    """An operator of the source, and the numbers of its mutants."""

    file: str
    line: int
    column: int
    function: str
    text: str  # of its line
    operator: str
    index: int = 0  # among the line's comparisons
    numbers: tuple[int, ...] = ()  # of TURNED[operator]
    placed: bool = False  # found again in the C: one of Python objects is not


def fingerprint() -> str:
    """Of all that decides what the kernels become."""
    digest = hashlib.sha256(version("Cython").encode())
    sources = sorted([*ROOT.glob("engine/*.p*"), *ROOT.glob("tariffs/**/*.*"), ROOT / "setup.py"])
    for path in (Path(__file__), *ROOT.glob("*.py"), *sources):
        if path.suffix in (".py", ".pyx", ".pxd", ".yaml"):
            digest.update(f"{path}\n".encode() + path.read_bytes())
    return digest.hexdigest()


class Registry:
    """The comparisons of the relief code, met while Cython parses it."""

    def __init__(self, package: Path) -> None:
        self.package = package
        self.by_place: dict[tuple[str, int, int], Comparison] = {}

    def key(self, position) -> tuple[str, int, int]:
        path = Path(getattr(position[0], "filename", "") or "").resolve()
        name = str(path.relative_to(self.package)) if path.is_relative_to(self.package) else ""
        return (name, position[1], position[2])

    def is_relief(self, name: str) -> bool:
        path = Path(name)
        return path.parent == Path("engine") and path.stem not in NOT_RELIEF

    def add(self, node, function: str) -> None:
        key = self.key(node.pos)
        if not self.is_relief(key[0]) or key in self.by_place or node.operator not in TURNED:
            return
        text = (self.package / key[0]).read_text(encoding="utf-8").splitlines()[key[1] - 1].strip()
        self.by_place[key] = Comparison(*key, function, text, node.operator)

    def number(self) -> None:
        """Index the comparisons of each line and number their mutants."""
        last, index, number = ("", 0), 0, 0
        for key in sorted(self.by_place):
            index = index + 1 if key[:2] == last else 0
            last = key[:2]
            one = self.by_place[key]
            one.index = index
            turned = TURNED[one.operator]
            one.numbers = tuple(range(number + 1, number + 1 + len(turned)))
            number += len(turned)


def hook_parser(registry: Registry) -> None:
    """Have the registry see every tree that is parsed."""
    from Cython.Compiler import Nodes, Pipeline
    from Cython.Compiler.Visitor import TreeVisitor

    class Walk(TreeVisitor):
        function = ""

        def visit_Node(self, node) -> None:
            self.visitchildren(node)

        def visit_FuncDefNode(self, node) -> None:
            outer = self.function
            if isinstance(node, Nodes.CFuncDefNode):
                declarator: Any = vars(node)["declarator"]
                while not hasattr(declarator, "nogil"):
                    declarator = declarator.base
                self.function = declarator.base.name
            else:
                self.function = node.name
            self.visitchildren(node)
            self.function = outer

        def visit_PrimaryCmpNode(self, node) -> None:
            registry.add(node, self.function)
            self.visitchildren(node)

        visit_CascadedCmpNode = visit_PrimaryCmpNode

    def seen(make):
        def factory(*given):
            parse = make(*given)

            def stage(*source):
                tree = parse(*source)
                for one in tree if isinstance(tree, tuple) else (tree,):
                    if one is not None and hasattr(one, "child_attrs"):
                        Walk().visit(one)
                return tree

            return stage

        return factory

    Pipeline.parse_stage_factory = seen(Pipeline.parse_stage_factory)
    Pipeline.parse_pxd_stage_factory = seen(Pipeline.parse_pxd_stage_factory)


def hook_writer(registry: Registry) -> None:
    """Write a numbered comparison as a choice between it and its mutants."""
    from Cython.Compiler import ExprNodes, PyrexTypes

    nodes: Any = ExprNodes

    def switched(node, operator: str, left: str, right: str) -> str | None:
        one = registry.by_place.get(registry.key(node.pos))
        if one is None or not one.numbers or one.operator != operator:
            return None
        one.placed = True
        turned = zip(one.numbers, TURNED[operator], strict=True)
        choice = "".join(
            f"doisoat_mutant == {n} ? ({left} {other} {right}) : " for n, other in turned
        )
        return f"({choice}({left} {operator} {right}))"

    simple = nodes.PrimaryCmpNode.calculate_result_code
    stated = nodes.CmpNode.generate_operation_code

    def calculate_result_code(self):
        a, b = self.operand1, self.operand2
        if not a.type.is_pyobject and not b.type.is_pyobject:
            written = switched(self, self.operator, a.result(), b.result())
            if written is not None:
                return written
        return simple(self)

    def generate_operation_code(self, code, result_code, a, operator, b):
        if not self.type.is_pyobject and not a.type.is_pyobject and not b.type.is_pyobject:
            common = PyrexTypes.widest_numeric_type(a.type, b.type) if a.type.is_numeric else a.type
            written = switched(self, operator, a.result_as(common), b.result_as(common))
            if written is not None:
                code.putln(f"{result_code} = {written};")
                return
        stated(self, code, result_code, a, operator, b)

    nodes.PrimaryCmpNode.calculate_result_code = calculate_result_code
    nodes.CmpNode.generate_operation_code = generate_operation_code
    nodes.PrimaryCmpNode.generate_operation_code = generate_operation_code
    nodes.CascadedCmpNode.generate_operation_code = generate_operation_code


def load_setup(package: Path):
    """The copy's setup.py as a module: its flags and directives are those of the real kernels."""
    spec = importlib.util.spec_from_file_location("doisoat_setup", package / "setup.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)  # this also goes to the copy's folder
    return module


def build(folder: Path) -> None:
    """Copy, parse and number, compile."""
    stamp = folder / "stamp"
    known = fingerprint()
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == known:
        return
    shutil.rmtree(folder, ignore_errors=True)
    package = folder / "doisoat"
    shutil.copytree(ROOT, package, ignore=shutil.ignore_patterns(*LEFT_OUT))
    header = folder / "mutant.h"
    header.write_text(HEADER, encoding="utf-8")
    registry = Registry(package.resolve())
    hook_parser(registry)
    hook_writer(registry)
    setup = load_setup(package)
    original = setup.cythonize
    passes = 0

    def cythonize(extensions, **options):
        directives = {**options.pop("compiler_directives"), "optimize.use_switch": False}
        options |= {"nthreads": 0, "force": True, "include_path": [str(folder)],
                    "build_dir": str(folder / f"c{passes}"), "quiet": True}  # fmt: skip
        chosen = [e for e in extensions if e.name.startswith("doisoat.engine.")]
        for extension in chosen:
            extension.extra_compile_args = ["-O1", "-g0", "-w", "-include", str(header)]
        return original(chosen, compiler_directives=directives, **options)

    setup.cythonize = cythonize
    setup.kernels()  # the first pass only meets the comparisons, so that numbers follow the source
    registry.number()
    passes = 1
    distribution = setup.setup(
        name="doisoat-mutants", ext_modules=setup.kernels(), script_args=["-q", "build_ext"],
        options={"build_ext": {
            "build_lib": str(folder), "build_temp": str(folder / "objects"), "parallel": 2}},
    )  # fmt: skip
    assert distribution is not None
    rows = [asdict(registry.by_place[key]) for key in sorted(registry.by_place)]
    (folder / "mutants.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    stamp.write_text(known, encoding="utf-8")


if __name__ == "__main__":
    build(Path(sys.argv[1]).resolve())
