"""Builds the Cython kernels; everything else about the package is in pyproject.toml.

DOISOAT_DEBUG=1     bounds and overflow checks, -O1 -g, under build/debug
DOISOAT_ASAN=1      AddressSanitizer and UndefinedBehaviorSanitizer, the release's directives, under
                    build/asan (make test-asan)
DOISOAT_NATIVE=1    -march=native
DOISOAT_ANNOTATE=1  Cython's HTML beside the generated C
DOISOAT_SYMBOLS=1   -g: the same code, and profilers show lines of the generated C
DOISOAT_NO_KERNELS=1  only the Python part (make: pip install -e, then build_ext --inplace)
"""

import os
import runpy
import sys
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
os.chdir(ROOT)


def flag(name: str) -> bool:
    return os.environ.get(name, "") not in ("", "0")


DEBUG = flag("DOISOAT_DEBUG")
ASAN = flag("DOISOAT_ASAN") and not DEBUG
NATIVE = flag("DOISOAT_NATIVE") and not DEBUG and not ASAN
MODE = "debug" if DEBUG else "asan" if ASAN else "native" if NATIVE else "release"
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"] if ASAN else []
BASE = Path("build") / MODE
# Benchmarks run in a checkout, so that their kernel is built beside its source alone.
KERNEL_FOLDERS = ("engine", "fixtures", *(["benchmarks"] if "--inplace" in sys.argv else []))
JOBS = min(os.cpu_count() or 1, 8)

# Cython resolves `from doisoat.engine.x cimport y` by folders, and no folder need be called
# doisoat: the root is the package. This link gives it one, whatever the clone is called. (In a
# dot folder, so that mypy and ruff do not walk round the loop.)
LINK = Path("build/.pkgroot/doisoat")


def compile_catalogues() -> None:
    """messages/*.mo of messages/*.po, by the module that does so where somebody changed one."""
    runpy.run_path(str(ROOT / "messages" / "compile_po.py"), run_name="__main__")


class BuildPy(build_py):
    """The root is the package, so setup.py would be installed as doisoat.setup: leave it out."""

    def run(self):
        compile_catalogues()
        super().run()

    def find_package_modules(self, package, package_dir):
        found = super().find_package_modules(package, package_dir)
        return [item for item in found if item[:2] != ("doisoat", "setup")]


def kernels() -> list[Extension]:
    symbols = "-g" if flag("DOISOAT_SYMBOLS") else "-g0"
    cflags = ["-O1", "-g", "-DDOISOAT_DEBUG=1"] if DEBUG else ["-O3", symbols]
    if ASAN:  # What was checked by Cython would hide from them what the release does.
        cflags = ["-O1", "-g", "-fno-omit-frame-pointer", *SANITIZE]
    if NATIVE:
        cflags.append("-march=native")
    # What is marked inline is there so that the loop holds it, also where a compiler finds it long.
    # Assertions say what holds anyway: the checked build asks whether it does.
    macros = (
        []
        if DEBUG or ASAN
        else [
            ("CYTHON_INLINE", "inline __attribute__((always_inline))"),
            ("CYTHON_WITHOUT_ASSERTIONS", "1"),
        ]
    )
    sources = [path for folder in KERNEL_FOLDERS for path in Path(folder).glob("**/*.pyx")]
    extensions = [
        Extension(
            ".".join(("doisoat", *path.with_suffix("").parts)),
            [str(path)],
            extra_compile_args=cflags,
            extra_link_args=SANITIZE,
            define_macros=macros,
        )
        for path in sorted(sources)
    ]
    return cythonize(
        extensions,
        include_path=[str(LINK.parent)],
        build_dir=str(BASE / "cython"),
        annotate=flag("DOISOAT_ANNOTATE"),
        nthreads=JOBS if len(extensions) > 1 else 0,
        compiler_directives={
            "language_level": 3,
            "boundscheck": DEBUG,
            "wraparound": False,
            "initializedcheck": DEBUG,
            "overflowcheck": DEBUG,
            "cdivision": not DEBUG,
            "embedsignature": True,
            "auto_pickle": False,  # of no use here, and of arrays it makes C that does not fit
        },
    )


if __name__ == "__main__":  # cythonize's workers may import this file again.
    if not LINK.is_symlink():
        LINK.parent.mkdir(parents=True, exist_ok=True)
        LINK.symlink_to(Path("../.."), target_is_directory=True)
    setup(
        package_dir={"doisoat": "."},
        ext_modules=[] if flag("DOISOAT_NO_KERNELS") else kernels(),
        cmdclass={"build_py": BuildPy},
        options={
            "build": {"build_base": str(BASE), "build_lib": str(BASE / "lib")},
            "build_ext": {"parallel": JOBS},
        },
    )
