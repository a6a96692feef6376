"""A copy of the package whose kernels hold every mutant at once, each behind a number.

    python tests/mutate_build.py FOLDER

Cython parses and compiles the copy; where it would write the C of a comparison or a constant in
relief code, it writes a choice: `(doisoat_mutant == 7 ? a <= b : doisoat_mutant == 8 ? a >= b : a <
b)`; orders are made choices in the tree (mutate_sites.py). So casts, chains and inline functions of
.pxd files are told apart by the parser itself, and one compilation serves all mutants. The number
is set by the environment (DOISOAT_MUTANT) when a kernel is loaded, or later by its
`doisoat_set_mutant`. FOLDER/mutants.json lists what was made.
"""

import hashlib
import importlib.util
import json
import shutil
import sys
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OURS = [ROOT / "tests" / f"mutate_{name}.py" for name in ("build", "calls", "order", "sites")]
sys.path[:0] = [str(ROOT)]  # `tests`

from tests.mutate_sites import Exchange, Registry, Site, Walk  # noqa: E402

ASSERTS_NOT = "CYTHON_WITHOUT_ASSERTIONS"
LEFT_OUT = (".*", "build", "dist", "out", "docs", "tests", "benchmarks", "__pycache__", "*.so",
            "*.egg-info")  # fmt: skip
HEADER = """
#ifdef DOISOAT_ONLY
enum { doisoat_mutant = DOISOAT_ONLY };
#else
#include <stdlib.h>
static int doisoat_mutant = 0;
__attribute__((visibility("default"), used, noinline)) void doisoat_set_mutant(int number) {
    doisoat_mutant = number;
}
__attribute__((constructor)) static void doisoat_first_mutant(void) {
    const char *given = getenv("DOISOAT_MUTANT");
    doisoat_mutant = given ? atoi(given) : 0;
}
#endif
"""


def fingerprint() -> str:
    """Of all that decides what the kernels become."""
    digest = hashlib.sha256(version("Cython").encode())
    sources = sorted(
        [*ROOT.glob("engine/**/*.p*"), *ROOT.glob("tariffs/**/*.*"), ROOT / "setup.py"]
    )
    for path in (*OURS, *ROOT.glob("*.py"), *sources):
        if path.suffix in (".py", ".pyx", ".pxd", ".yaml"):
            digest.update(f"{path}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def hook_parser(registry: Registry) -> None:
    """Have the registry see every tree that is parsed; once it is numbered, exchange orders."""
    from Cython.Compiler import Pipeline

    def seen(make):
        def factory(*given):
            parse = make(*given)

            def stage(*source):
                tree = parse(*source)
                for one in tree if isinstance(tree, tuple) else (tree,):
                    if one is not None and hasattr(one, "child_attrs"):
                        Walk(registry).visit(one)
                        if registry.numbered:
                            Exchange(registry).visit(one)
                return tree

            return stage

        return factory

    Pipeline.parse_stage_factory = seen(Pipeline.parse_stage_factory)
    Pipeline.parse_pxd_stage_factory = seen(Pipeline.parse_pxd_stage_factory)


def chosen(site: Site, given: str, others: list[str]) -> str:
    """C of what stands in the source, or of the mutant that is awake."""
    turned = zip(site.numbers, others, strict=True)
    return f"({''.join(f'doisoat_mutant == {n} ? ({c}) : ' for n, c in turned)}({given}))"


def hook_comparisons(registry: Registry) -> None:
    """Write a numbered comparison as a choice between it and its mutants."""
    from Cython.Compiler import ExprNodes, PyrexTypes

    nodes: Any = ExprNodes

    def switched(node, operator: str, left: str, right: str) -> str | None:
        site = registry.find("comparison", node.pos, operator)
        if site is None:
            return None
        return chosen(
            site, f"{left} {operator} {right}", [f"{left} {other} {right}" for other in site.turned]
        )

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


def hook_constants(registry: Registry) -> None:
    """Write a numbered constant as a choice between it and its neighbours."""
    from Cython.Compiler import ExprNodes

    nodes: Any = ExprNodes
    number = nodes.IntNode.generate_evaluation_code
    truth = nodes.BoolNode.calculate_result_code
    name = nodes.NameNode.calculate_result_code

    def of_number(self, code):
        number(self, code)
        if self.type.is_pyobject or not self.value.lstrip("-")[:1].isdigit():  # no end of a slice
            return
        value = int(self.value, 0)
        site = registry.find("constant", self.pos, str(value))
        if site is not None:
            suffix = self.unsigned + self.longness or ("LL" if abs(value) >= 1 << 31 else "")
            others = [other + suffix for other in site.turned]
            self.result_code = chosen(site, self.result_code, others)

    def of_truth(self):
        given = truth(self)
        site = None if self.type.is_pyobject else registry.find(
            "constant", self.pos, str(self.value))  # fmt: skip
        return given if site is None else chosen(site, given, [str(1 - int(given))])

    def of_name(self):
        given, entry = name(self), self.entry
        if entry is None or not entry.is_const or entry.type.is_pyobject:
            return given
        site = registry.find("constant", self.pos, self.name)
        return given if site is None else chosen(site, given, [f"{given} + 1", f"{given} - 1"])

    nodes.IntNode.generate_evaluation_code = of_number
    nodes.BoolNode.calculate_result_code = of_truth
    nodes.NameNode.calculate_result_code = of_name


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
    hook_comparisons(registry)
    hook_constants(registry)
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
            extension.define_macros = [  # a mutant that breaks what is asserted is seen
                macro for macro in extension.define_macros if macro[0] != ASSERTS_NOT
            ]
        return original(chosen, compiler_directives=directives, **options)

    setup.cythonize = cythonize
    setup.kernels()  # the first pass only meets the sites, so that numbers follow the source
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
