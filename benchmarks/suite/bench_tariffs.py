"""Reading and compiling vn-2021 with its package."""

import pytest

from doisoat.tariffs.compile.compile import compile_program
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue, load_package


@pytest.mark.benchmark(group="vn-2021")
def bench_compile_of_vn_2021(benchmark):
    catalogue, package = load_catalogue(bundled_catalogue()), load_package("vn-2021-08")
    program = benchmark(compile_program, catalogue, package)
    assert set(program.vocabulary.measures) >= {"M1", "M2", "M3", "M4", "M5", "M6"}
    assert len(program.measures) == len(package.measures)


@pytest.mark.benchmark(group="vn-2021")
def bench_load_of_vn_2021(benchmark):
    path = bundled_catalogue()
    assert load_catalogue(path) == load_catalogue(path)
    catalogue = benchmark(load_catalogue, path)
    assert len(catalogue.carriers) == 7
