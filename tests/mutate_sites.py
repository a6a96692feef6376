"""Where the relief code may be mutated, found in the trees that Cython parses.

Comparisons and constants are written otherwise when their C is (mutate_build.py). An order is
exchanged here, in the tree: what stood there becomes a choice between it and a copy the other way
round. Only one mutant is ever awake, so a copy holds none.
"""

import copy
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from Cython.Compiler import ExprNodes, Nodes, PyrexTypes
from Cython.Compiler.Visitor import TreeVisitor, VisitorTransform

from tests.mutate_calls import BLOCKS, name_of
from tests.mutate_order import MEMORY, Carried, exclusive, field_of, literal, pairs

nodes: Any = ExprNodes
KINDS = ("comparison", "constant", "order")
# Comparison -> what a mutant makes of it: the boundary moved, then the opposite.
TURNED = {
    "<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"),
    "==": ("!=",), "!=": ("==",),
}  # fmt: skip
EXCHANGED = {"and": "or", "or": "and", "min": "max", "max": "min", "+=": "-=", "-=": "+=",
             "a - b": "b - a", "a // b": "b // a", "a % b": "b % a"}  # fmt: skip
NAMED = re.compile(r"[A-Z][A-Z0-9_]+")  # a constant of a .pxd; NULL is a node of its own
RELIEF = ("engine/kernel/", "engine/arrow/sums.")  # what else is compiled reads and writes files
SCATTERS = {"scatter", "at", "grow", "law_place"}  # where a row is kept: any place does
FREES = {"__dealloc__"}


@dataclass
class Site:
    """Something of the source that may be otherwise, and the numbers of its mutants."""

    kind: str
    file: str
    line: int
    column: int
    function: str
    text: str  # of its line
    operator: str  # what stands there
    turned: tuple[str, ...]  # what may stand there instead
    index: int = 0  # among those of its kind in the line; of an order, of its operator
    numbers: tuple[int, ...] = ()  # one for each of turned
    placed: bool = False  # found again in the C: one of Python objects is not


class Registry:
    """The sites of the relief code, met while Cython parses it."""

    def __init__(self, package: Path) -> None:
        self.package = package
        self.by_place: dict[tuple[str, str, int, int, str], Site] = {}
        self.lines: dict[str, list[str]] = {}
        self.numbered = False

    def place(self, position) -> tuple[str, int, int]:
        path = Path(getattr(position[0], "filename", "") or "").resolve()
        name = str(path.relative_to(self.package)) if path.is_relative_to(self.package) else ""
        return (name, position[1], position[2])

    def text(self, position) -> str:
        name, line, _ = self.place(position)
        if name not in self.lines:
            self.lines[name] = (self.package / name).read_text(encoding="utf-8").splitlines()
        return self.lines[name][line - 1].strip()

    def add(self, kind: str, position, function: str, operator: str, *turned: str) -> None:
        name, line, column = self.place(position)
        key = (kind, name, line, column, operator)
        if not name.startswith(RELIEF) or function in SCATTERS | FREES:
            return
        self.by_place.setdefault(
            key, Site(kind, name, line, column, function, self.text(position), operator, turned)
        )

    def find(self, kind: str, position, operator: str) -> Site | None:
        """A numbered site; it is marked as placed, since what asks for it writes it."""
        site = self.by_place.get((kind, *self.place(position), operator))
        if site is None or not site.numbers:
            return None
        site.placed = True
        return site

    def number(self) -> None:
        """Index the sites of each line and number their mutants.

        Orders are indexed by operator: whether a step's order counts hangs on its neighbour.
        """
        self.numbered = True
        met: Counter[tuple[Any, ...]] = Counter()
        number = 0
        for key in sorted(self.by_place):
            site = self.by_place[key]
            same = (*key[:3], site.operator if site.kind == "order" else "")
            site.index = met[same]
            met[same] += 1
            site.numbers = tuple(range(number + 1, number + 1 + len(site.turned)))
            number += len(site.turned)


def neighbours(value: int) -> tuple[str, ...]:
    """0 -> 1, -1 -> 0 and -2, 1 -> 2 and 0, any other k -> k + 1 and k - 1."""
    return ("1",) if value == 0 else (str(value + 1), str(value - 1))


def exchange(node) -> str:
    """The operator of an expression whose order counts, by its name in EXCHANGED; or ''."""
    if isinstance(node, nodes.BoolBinopNode):
        return node.operator
    if isinstance(node, nodes.SimpleCallNode) and name_of(node) in ("min", "max"):
        return name_of(node) if isinstance(node.function, nodes.NameNode) else ""
    if isinstance(node, nodes.NumBinopNode) and node.operator in ("-", "//", "%"):
        return f"a {node.operator} b" if literal(node) is None else ""
    return ""


def exchanged(node, operator: str):
    """A copy of an expression the other way round."""
    turned = copied(node)
    if operator.startswith("a "):
        turned.operand1, turned.operand2 = turned.operand2, turned.operand1
    elif operator in ("min", "max"):
        turned.function.name = EXCHANGED[operator]
    else:
        turned.operator = EXCHANGED[operator]
    return turned


def make_truths(node) -> None:
    """Have and/or work on truths alone, since a choice of two values needs one C type."""
    for name in ("operand1", "operand2"):
        one = getattr(node, name)
        if isinstance(one, nodes.BoolBinopNode):
            make_truths(one)
        elif not isinstance(one, (nodes.PrimaryCmpNode, nodes.NotNode)):
            inner = nodes.NotNode(one.pos, operand=one)
            setattr(node, name, nodes.NotNode(one.pos, operand=inner))


def is_range(loop) -> bool:
    sequence = loop.iterator.sequence
    return (isinstance(sequence, nodes.SimpleCallNode) and name_of(sequence) == "range"
            and len(sequence.args) <= 2)  # fmt: skip


def backwards(loop):
    """A copy of a loop over a range, from its end."""
    turned = copied(loop)
    sequence = turned.iterator.sequence
    pos = (sequence.pos[0], sequence.pos[1], -1)  # no site: what is made here is no constant
    one = nodes.IntNode(pos, value="1")
    *first, after = sequence.args
    low = first[0] if first else nodes.IntNode(pos, value="0")
    sequence.args = [
        nodes.binop_node(pos, "-", after, one),
        nodes.binop_node(pos, "-", low, nodes.IntNode(pos, value="1")),
        nodes.IntNode(pos, value="-1"),
    ]
    return turned


def copied(node):
    """A copy of a parsed tree; declared types, which do not change, are shared."""
    out = copy.copy(node)
    for name in node.child_attrs or ():
        child = getattr(node, name, None)
        if isinstance(child, list):
            setattr(out, name, [copied(c) if isinstance(c, Nodes.Node) else c for c in child])
        elif isinstance(child, Nodes.Node):
            setattr(out, name, copied(child))
    return out


# --- the walk, and the exchange -------------------------------------------------------------------


class Walk(TreeVisitor):
    """Adds the sites of a tree to a registry."""

    def __init__(self, registry: Registry) -> None:
        super().__init__()
        self.registry, self.function, self.is_c = registry, "", False
        self.says_nothing = False  # every return of the function is 0

    def visit_Node(self, node) -> None:
        self.visitchildren(node)

    def visit_FuncDefNode(self, node) -> None:
        outer = self.function, self.is_c, self.says_nothing
        self.is_c = isinstance(node, Nodes.CFuncDefNode)
        if self.is_c:
            declarator: Any = vars(node)["declarator"]
            while not hasattr(declarator, "nogil"):
                declarator = declarator.base
            self.function = declarator.base.name
        else:
            self.function = node.name
        returns = Returns()
        returns.visit(node.body)
        self.says_nothing = set(returns.values) == {0}
        self.visit(node.body)
        self.function, self.is_c, self.says_nothing = outer

    def add(self, kind: str, position, operator: str, *turned: str) -> None:
        if self.function:
            self.registry.add(kind, position, self.function, operator, *turned)

    def visit_GILStatNode(self, node) -> None:
        """An error is raised there."""

    def visit_RaiseStatNode(self, node) -> None:
        pass

    def visit_CBaseTypeNode(self, node) -> None:
        pass

    def visit_CArrayDeclaratorNode(self, node) -> None:
        self.visit(node.base)

    def visit_PrimaryCmpNode(self, node) -> None:
        if node.operator in TURNED:
            self.add("comparison", node.pos, node.operator, *TURNED[node.operator])
        self.visitchildren(node)

    visit_AssertStatNode = visit_RaiseStatNode  # it asks, in the checked build, what holds anyway

    visit_CascadedCmpNode = visit_PrimaryCmpNode

    def visit_ReturnStatNode(self, node) -> None:
        if not self.says_nothing:
            self.visitchildren(node)

    def visit_BoolNode(self, node) -> None:
        self.add("constant", node.pos, str(node.value), str(not node.value))

    def visit_NameNode(self, node) -> None:
        if NAMED.fullmatch(node.name):
            self.add("constant", node.pos, node.name, f"{node.name} + 1", f"{node.name} - 1")

    def visit_ExprNode(self, node) -> None:
        value = literal(node)
        if value is not None:
            self.add("constant", node.pos, str(value), *neighbours(value))
            return
        operator = exchange(node)
        if operator and self.is_c and not has_generator(node):
            self.add("order", node.pos, operator, EXCHANGED[operator])
        self.visitchildren(node)

    def visit_SimpleCallNode(self, node) -> None:
        if name_of(node) not in MEMORY | BLOCKS:
            self.visit_ExprNode(node)

    def visit_InPlaceAssignmentNode(self, node) -> None:
        if isinstance(node.lhs, nodes.AttributeNode) and field_of(node.lhs).startswith("effort."):
            return  # by which others are seen
        if node.operator in "+-" and self.is_c:
            operator = f"{node.operator}="
            self.add("order", node.pos, operator, EXCHANGED[operator])
        self.visitchildren(node)

    def visit_ForInStatNode(self, node) -> None:
        if self.is_c and is_range(node) and Carried(node).found:
            self.add("order", node.pos, "forwards", "backwards")
        self.visit(node.iterator.sequence)
        self.visit(node.body)

    def visit_IfStatNode(self, node) -> None:
        for one, next_one in pairwise(node.if_clauses):
            if (
                self.is_c
                and not exclusive(one.condition, next_one.condition)
                and not has_generator(node)
            ):
                self.add("order", one.pos, "if", f"after {self.registry.text(next_one.pos)}")
        self.visitchildren(node)

    def visit_StatListNode(self, node) -> None:
        if self.is_c:
            for _, one, next_one in pairs(node.stats):
                if has_generator(next_one):
                    continue
                self.add("order", one.pos, "before", f"after {self.registry.text(next_one.pos)}")
        self.visitchildren(node)


class Generators(TreeVisitor):
    """Looks for generator expressions: Cython compiles none that stands in a tree twice."""

    def __init__(self) -> None:
        super().__init__()
        self.any = False

    def visit_Node(self, node) -> None:
        self.visitchildren(node)

    def visit_GeneratorExpressionNode(self, node) -> None:
        self.any = True


def has_generator(node) -> bool:
    """Has a node a generator expression, so that no mutant of its order can be made?"""
    looked = Generators()
    looked.visit(node)
    return looked.any


class Returns(TreeVisitor):
    """What a function's returns say, where it is a number."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[int | None] = []

    def visit_Node(self, node) -> None:
        self.visitchildren(node)

    def visit_ReturnStatNode(self, node) -> None:
        self.values.append(None if node.value is None else literal(node.value))


class Exchange(VisitorTransform):
    """Makes a choice of each numbered order of a tree."""

    def __init__(self, registry: Registry) -> None:
        super().__init__()
        self.registry = registry

    def visit_Node(self, node):
        self.visitchildren(node)
        return node

    def visit_DefNode(self, node):
        return node

    def awake(self, position, site: Site):
        """The test whether a site's mutant is awake."""
        return nodes.RawCNameExprNode(
            position, type=PyrexTypes.c_bint_type, cname=f"(doisoat_mutant == {site.numbers[0]})"
        )

    def choice(self, site: Site, mutant, given):
        """A statement that is one of two."""
        clause = Nodes.IfClauseNode(
            given.pos, condition=self.awake(given.pos, site), body=mutant)  # fmt: skip
        return Nodes.IfStatNode(given.pos, if_clauses=[clause], else_clause=given)

    def visit_ExprNode(self, node):
        operator = exchange(node)
        site = self.registry.find("order", node.pos, operator) if operator else None
        if operator in ("and", "or"):
            make_truths(node)
        mutant = exchanged(node, operator) if site else None
        self.visitchildren(node)
        if site is None:
            return node
        return nodes.CondExprNode(
            node.pos, condition=self.awake(node.pos, site), true_val=mutant, false_val=node
        )

    def visit_InPlaceAssignmentNode(self, node):
        site = self.registry.find("order", node.pos, f"{node.operator}=")
        mutant = copied(node)
        self.visitchildren(node)
        if site is None:
            return node
        mutant.operator = "-" if node.operator == "+" else "+"
        return self.choice(site, mutant, node)

    def visit_ForInStatNode(self, node):
        site = self.registry.find("order", node.pos, "forwards")
        mutant = backwards(node) if site else None
        self.visitchildren(node)
        return self.choice(site, mutant, node) if site else node

    def visit_IfStatNode(self, node):
        out, mutants = node, []
        for i, one in enumerate(node.if_clauses[:-1]):
            site = self.registry.find("order", one.pos, "if")
            if site:
                mutant = copied(node)
                clauses = mutant.if_clauses
                clauses[i], clauses[i + 1] = clauses[i + 1], clauses[i]
                mutants.append((site, mutant))
        self.visitchildren(node)
        for site, mutant in mutants:
            out = self.choice(site, mutant, out)
        return out

    def visit_StatListNode(self, node):
        early = {
            i: (site, copied(next_one))
            for i, one, next_one in pairs(node.stats)
            if (site := self.registry.find("order", one.pos, "before"))
        }
        self.visitchildren(node)
        stats = []
        for i, one in enumerate(node.stats):
            if i in early:  # what follows may run before
                stats.append(self.only_if(self.awake(one.pos, early[i][0]), early[i][1]))
            if i - 1 in early:
                awake = self.awake(one.pos, early[i - 1][0])
                one = self.only_if(nodes.NotNode(one.pos, operand=awake), one)
            stats.append(one)
        node.stats = stats
        return node

    def only_if(self, condition, body):
        clause = Nodes.IfClauseNode(body.pos, condition=condition, body=body)
        return Nodes.IfStatNode(body.pos, if_clauses=[clause], else_clause=None)
