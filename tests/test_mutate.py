"""What the mutation tool takes for an order, and which mutants it draws."""

from typing import Any

import pytest
from Cython.Compiler import Nodes
from Cython.Compiler.TreeFragment import parse_from_strings

from tests.mutate import Mutant, draw, explanations, replay_drawn
from tests.mutate_build import HEADER
from tests.mutate_order import Carried, pairs
from tests.mutate_same import Same
from tests.mutate_sites import KINDS, neighbours


def body(text: str) -> Any:
    """The statements of a parsed text, as those of a loop, which they may leave."""
    lines = ["while True:", *(f"    {line}" for line in text.splitlines())]
    stats = parse_from_strings("sample", "\n".join(lines)).body.body
    return stats.stats if isinstance(stats, Nodes.StatListNode) else [stats]


@pytest.mark.parametrize(
    "text",
    [
        "e.billed = 1\nif e.billed: e.list = 2",
        "begin(owner)\nend(owner)",
        "s.left = 0\nself.draw(e)",
        "if a.rank != b.rank: return a.rank < b.rank\nif a.tie != b.tie: return a.tie < b.tie",
        "if e.units == 0: return 1\ne.list = 2",
        "owner.at[0] = 1\nowner.at[i] = 2",
        "drop_expired(owner, at_ms)\nadd_source(owner, &source)",
        "add_piece(taken, begin, end)\ntaken.count = 0",
    ],
)
def test_an_order_that_may_count_is_found(text):
    assert [place for place, _, _ in pairs(body(text))] == [0]


@pytest.mark.parametrize(
    "text",
    [
        "e.billed = 1\ne.list = 2",  # of other fields
        "units = take(e)\nbegin(units)",  # the second needs the first
        "total.value[0] += 1\ntotal.value[1] += units",
        "add(s)\ncounters.given[0] += 1",
        "if kind == PACK: return 1\nif kind == FEE: return 2",  # never both
        "if s.left == 0: continue\nif s.kind != kind: continue",  # passed over in either case
        "a = max(b, c)\nd = billed_units(t, b)",
        "self.x.add(1)\nself.y.add(2)",
        "if units < 0: raise ValueError()\ne.list = 2",
        "stamp(owner, kind)\nend = length_of(pieces)",  # by what the two look at
        "add_piece(&rest, at, begin)\nadd_piece(taken, begin, end)",  # of pieces of its own
    ],
)
def test_an_order_that_cannot_count_is_not(text):
    assert list(pairs(body(text))) == []


@pytest.mark.parametrize(
    ("text", "carries"),
    [
        ("for i in range(n): at[i] = 0", False),
        ("for i in range(n): total += at[i]", False),
        ("for i in range(n):\n  if at[i]:\n    total += b\n    break", False),
        ("for i in range(n):\n  if holds(s, i): return False", False),
        ("for i in range(n): most = max(most, at[i])", False),
        ("for i in range(n):\n  if at[i]: best = i", True),
        ("for i in range(n): stamp(owner, at[i])", True),
        ("for i in range(n):\n  if at[i]: break", True),
        ("for i in range(n): give(i)", True),
        ("for i in range(n): last = left", True),
    ],
)
def test_a_loop_is_run_backwards_where_that_may_count(text, carries):
    (loop,) = body(text)
    assert Carried(loop).found is carries


def test_numbers_have_their_neighbours():
    assert [neighbours(k) for k in (0, 1, -1, 24)] == [("1",), ("2", "0"), ("0", "-2"),
                                                       ("25", "23")]  # fmt: skip


def some(count: int) -> list[Mutant]:
    return [
        Mutant(number, kind, function="f", text=f"line {number}", turned="<=")
        for number, kind in enumerate(count * KINDS, 1)
    ]


def test_as_many_are_drawn_of_each_kind():
    drawn = draw(some(50), 31, 7)
    assert sorted(sum(m.kind == kind for m in drawn) for kind in KINDS) == [10, 10, 11]
    assert drawn == draw(some(50), 31, 7) != draw(some(50), 31, 8)


def test_code_that_changed_elsewhere_draws_no_others():
    kept = [m for m in some(50) if m.number % 10]
    before = {m.text for m in draw(some(50), 30, 7)}
    after = {m.text for m in draw(kept, 30, 7)}
    assert {text for text in before if int(text.split()[1]) % 10} <= after


def test_another_is_drawn_for_what_is_the_same_program():
    every = some(50)
    first = draw(every, 30, 7)
    same = frozenset({first[0].number, first[5].number})

    class Replays:
        def run(self, mutants):
            for mutant in mutants:
                mutant.fate = "" if mutant.number in same else "seen"

    class Compiled:
        def find(self, mutants):
            return same & {m.number for m in mutants}

    replays: Any = Replays()
    compiled: Any = Compiled()
    drawn, equal = replay_drawn(lambda left_out: draw(every, 30, 7, left_out), replays, compiled)
    assert equal == same and len(drawn) == 30 and not same & {m.number for m in drawn}
    assert {m.number for m in first} - same < {m.number for m in drawn}


SAMPLE = """
int before(long a, long b) {
    if (a != b) return (doisoat_mutant == 1 ? (a <= b) : doisoat_mutant == 2 ? (a >= b) : (a < b));
    return 7;
}
int part(int a) { return (a & 3) < (doisoat_mutant == 3 ? (5) : (4)); }
int twice(int a) {
    int one = a + 1, two = a + 2;
    if (doisoat_mutant == 4) { two = one; one = a + 3; }
    return doisoat_mutant == 5 ? two - one : one + two;
}
"""


def test_the_compiler_tells_what_is_the_same_program(tmp_path):
    (tmp_path / "mutant.h").write_text(HEADER, encoding="utf-8")
    (tmp_path / "c1").mkdir()
    (tmp_path / "c1" / "room.c").write_text(SAMPLE, encoding="utf-8")
    kinds = ("comparison", "comparison", "constant", "order", "order")
    mutants = [Mutant(number, kind) for number, kind in enumerate(kinds, 1)]
    assert Same(tmp_path, 1).find(mutants) == {1, 3}
    again = Same(tmp_path, 1)
    assert [again.known[str(n)] for n in range(1, 6)] == [True, False, True, False, False]


def test_each_explanation_says_why():
    known = explanations()
    assert known
    assert all(one.why.endswith((".", ")")) for one in known.values())
