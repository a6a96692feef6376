"""What a change reaches, and what of it is run in the time that there is."""

import json
import subprocess

import pytest

from tests import check, costs, import_graph
from tests.costs import DEAR


def reached(*changed):
    return check.nearest(changed)


# --- which file reads which ----------------------------------------------------------------------


@pytest.mark.parametrize(("path", "other"), [
    pytest.param("settlement/reconcile/act.py", "settlement/reconcile/variances/comparison.py",
                 id="an import"),
    pytest.param("engine/kernel/pricing.pyx", "engine/kernel/program.pxd", id="a cimport"),
    pytest.param("engine/kernel/kernel.pyx", "engine/kernel/kernel.pxd", id="its own header"),
    pytest.param("cli.py", "commands/claims/reconcile.py", id="a command of the command line"),
    pytest.param("engine/intake/forms/trial_decoding.py", "engine/intake/forms/decoder.py",
                 id="a module that is begun as a process"),
    pytest.param("tests/reconcile/test_sums.py", "tests/reconcile/conftest.py", id="its fixtures"),
    pytest.param("tests/reconcile/test_sums.py", "tests/conftest.py", id="the fixtures of all"),
])  # fmt: skip
def test_a_file_reads(path, other):
    assert other in import_graph.edges(path)


def test_every_module_of_the_product_is_reached_from_some_test():
    """Else its change would run nothing, and nobody would be told."""
    tests = [path for path in import_graph.files() if path.startswith("tests/")]
    read = set().union(*map(import_graph.read_by, tests))
    product = {
        path for path in import_graph.files()
        if path.endswith((".py", ".pyx", ".pxd")) and path not in ("__init__.py", "setup.py")
        and not path.startswith(("tests/", "benchmarks/"))
    }  # fmt: skip
    assert {path for path in product - read if not path.endswith("/__init__.py")} == set()


def test_what_reads_a_file_over_more_edges_is_farther():
    found = import_graph.distances(["settlement/reconcile/variances/tolerance.py"])
    assert found["settlement/reconcile/variances/tolerance.py"] == 0
    assert found["tests/reconcile/test_tolerance.py"] == 1
    assert found["tests/integration/test_months.py"] > 1


def test_a_file_that_is_no_code_is_read_by_the_modules_beside_it():
    found = import_graph.distances(["settlement/packs/sql/check.sql"])
    assert found["settlement/packs/build.py"] == 1
    assert "tests/packs/test_pack.py" in found


# --- what is run ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("changed", "first"), [
    ("engine/kernel/pricing.pyx", "tests/engine/"),
    ("settlement/reconcile/variances/tolerance.py", "tests/reconcile/"),
    ("tariffs/check/findings.py", "tests/tariffs/"),
])  # fmt: skip
def test_the_tests_of_its_own_room_come_first(changed, first):
    near = reached(changed)
    assert min(near, key=lambda path: (near[path], path)).startswith(first)


def test_of_tests_as_near_the_cheapest_come_first_and_the_rest_is_left():
    seconds = {"near.py": 4.0, "dear.py": 50.0, "far.py": 2.0}
    near = {"near.py": 1, "dear.py": 1, "far.py": 3, "new.py": 2}
    choice = check.choose(near, dict.fromkeys(check.ALWAYS, 0.1) | seconds, 10.0)
    assert list(choice.run) == [*check.ALWAYS, "near.py", "new.py", "far.py"]
    assert choice.left == {"dear.py": 50.0}


def test_without_time_the_floors_and_the_worked_cases_are_run_all_the_same():
    assert list(check.choose({"near.py": 1}, {}, -5.0).run) == [*check.ALWAYS]


def test_linters_are_asked_of_what_changed():
    lines = check.lint_lines(["money.py", "engine/kernel/pricing.pxd", "README.md"])
    said = [" ".join(line) for line in lines]
    assert [one.endswith("money.py") for one in said] == [True, True, False, False]
    assert said[-1].endswith("cython-lint engine/kernel/pricing.pxd")
    assert check.lint_lines(["README.md"]) == []


def test_changed_files_are_those_of_git_without_those_that_are_gone(tmp_path, monkeypatch):
    monkeypatch.setattr(check, "ROOT", tmp_path)
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", tmp_path)
    for name in ("kept.py", "gone.py", "changed.py"):
        (tmp_path / name).write_text("", "utf-8")
    for line in (("init", "-q"), ("add", "."), ("commit", "-qm", "first")):
        subprocess.run([*git, *line], check=True)
    (tmp_path / "gone.py").unlink()
    (tmp_path / "changed.py").write_text("x = 1\n", "utf-8")
    (tmp_path / "mới.py").write_text("", "utf-8")
    assert check.changed_files("HEAD") == ["changed.py", "mới.py"]


# --- what tests cost -----------------------------------------------------------------------------


def test_dear_tests_are_counted_apart_from_their_file():
    found = costs.costs_of({
        "tests/a.py": [1.0, 0.5],
        "tests/a.py::test_cheap": [0.25, 0.25],
        "tests/a.py::test_dear": [1.0, DEAR],
        "tests/engine/b.py::test_dear": [2 * DEAR],
    })  # fmt: skip
    assert found == {
        "tests/a.py": 2.0, "tests/a.py::test_dear": 1.0 + DEAR, "tests/engine/b.py": 2 * DEAR,
    }  # fmt: skip


def test_costs_are_taken_over_for_what_was_measured_and_dropped_for_what_is_gone(monkeypatch):
    monkeypatch.setattr(costs, "_exists", lambda name: "gone" not in name)
    before = {"tests/a.py": 9.0, "tests/b.py": 2.0, "tests/gone.py": 1.0}
    found = costs.taken_over(before, {"tests/a.py": [1.5], "tests/a.py::test_x": [0.5]})
    assert found == {"tests/a.py": 2.0, "tests/b.py": 2.0}


def test_dear_tests_have_their_turn_by_file_in_an_order_that_the_seed_gives():
    dear = {f"tests/{file}.py::test_{test}": 9.0 for file in "abcdefgh" for test in "xy"}
    turns = [costs.in_turn(dear | {"tests/a.py": 1.0}, seed) for seed in ("1", "2", "1")]
    assert turns[0] == turns[2] != turns[1]
    for turn in turns:
        assert sorted(turn) == sorted(dear)
        files = [name.partition(costs.CASE)[0] for name in turn]
        assert files[::2] == files[1::2]  # the two of a file beside each other


def test_dear_tests_of_a_file_have_their_turn_as_the_file_has_them():
    as_they_stand = [
        "tests/test_check.py::test_dear_tests_are_counted_apart_from_their_file",
        "tests/test_check.py::"
        "test_costs_are_taken_over_for_what_was_measured_and_dropped_for_what_is_gone",
    ]
    assert costs.in_turn(dict.fromkeys(sorted(as_they_stand), 9.0), "1") == as_they_stand


def test_every_test_that_is_left_to_the_whole_profile_exists():
    kept = json.loads(costs.KEPT.read_text("utf-8"))
    assert [name for name in kept if not costs._exists(name)] == []
    assert not [name for name in kept if costs.CASE in name and name.startswith(costs.NEVER_DEAR)]
