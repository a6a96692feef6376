"""Which orders of a parsed tree count: what statements and loops read, write and call.

Told by names alone, so it errs towards order: two fields of one name are taken for one. What a call
reads and writes is looked up in the function that it calls (mutate_calls.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from Cython.Compiler import ExprNodes, Nodes
from Cython.Compiler.Visitor import TreeVisitor

from tests.mutate_calls import ANYTHING, BLOCKS, COUNTED, Known, kernel_texts, name_of

nodes: Any = ExprNodes
MEMORY = {"calloc", "malloc", "realloc", "room"}  # how many bytes
OTHERS = {  # functions of C and Python, which look at what they are given, and change nothing
    "bool", "divided", "doisoat_average", "doisoat_floor", "doisoat_part", "doisoat_prorated",
    "doisoat_share", "enumerate", "free", "isinstance", "len", "lowest_bit", "max", "min", "range",
    "sizeof",
}  # fmt: skip
ALIASES = {"e": "event", "s": "sources", "p": "packs", "m": "measures"}  # as the kernel calls them


def literal(node) -> int | None:
    """The value of a number, or of what Cython makes one number of; None of anything else."""
    if isinstance(node, nodes.IntNode):
        return int(node.value, 0)
    if isinstance(node, nodes.UnaryMinusNode):
        value = literal(node.operand)
        return None if value is None else -value
    if isinstance(node, nodes.NumBinopNode) and node.operator in ("+", "-", "*", "<<"):
        a, b = literal(node.operand1), literal(node.operand2)
        if a is None or b is None:
            return None
        return {"+": a + b, "-": a - b, "*": a * b, "<<": a << max(b, 0)}[node.operator]
    return None


@cache
def known() -> Known:
    """The functions of the kernel, and what each reads and writes."""
    harmless = OTHERS | MEMORY | {"doisoat_add_product"}
    return Known(kernel_texts(Path(__file__).resolve().parent.parent / "engine"), harmless)


@dataclass
class Effects:
    """What a statement reads and writes: locals, fields of structs by name ('*': any), its way."""

    read: set[str] = field(default_factory=set)
    written: set[str] = field(default_factory=set)
    fields_read: set[str] = field(default_factory=set)
    fields_written: set[str] = field(default_factory=set)
    leaves: bool = False
    goes_on: bool = False  # it leaves a turn or a loop, behind which locals are there

    def counts_before(self, other: "Effects") -> bool:
        """May the two be exchanged, and does it show for all that their names tell?"""
        if self.written & (other.read | other.written) or other.written & self.read:
            return False
        if self.leaves or other.leaves:
            with_locals = self.goes_on or other.goes_on
            return self.changes(with_locals) and other.changes(with_locals)
        return meet(self.fields_written, other.fields_read | other.fields_written) or meet(
            other.fields_written, self.fields_read
        )

    def changes(self, with_locals: bool = True) -> bool:
        fields = (f for f in self.fields_written if with_locals or not f.startswith("local."))
        return self.leaves or any(fields)


def meet(a: set[str], b: set[str]) -> bool:
    """Has the one a field of the other, or a part of it? `value[1]` is part of `value`.

    What a call reads or writes, `?.left`, may be of anything. Counters are asked for by nothing
    that counts: '*' does not mean them.
    """
    plain_a, plain_b = ({f for f in one if not is_counter(f)} for one in (a, b))
    if plain_a and plain_b and "*" in plain_a | plain_b:
        return True
    return any(same_field(one, two) for one in a for two in b)


def same_field(one: str, two: str) -> bool:
    if one.startswith("?.") or two.startswith("?."):
        return bare(one) == bare(two) and not (is_counter(one) or is_counter(two))
    return one == two or one.startswith(f"{two}[") or two.startswith(f"{one}[")


def is_counter(name: str) -> bool:
    return name.partition(".")[0] in COUNTED


def bare(name: str) -> str:
    return name.rpartition(".")[2].partition("[")[0]


def field_of(node) -> str:
    """A field's name behind that of what it is a field of."""
    owner = node.obj
    while isinstance(owner, nodes.IndexNode):
        owner = owner.base
    name = getattr(owner, "attribute", "") or getattr(owner, "name", "")
    return f"{ALIASES.get(name, name)}.{node.attribute}"


def part_of(node) -> str:
    """The name of a field's part by a constant place, or ''."""
    if isinstance(node.base, nodes.AttributeNode):
        place = literal(node.index)
        return "" if place is None else f"{field_of(node.base)}[{place}]"
    return ""


def is_address_of_local(node) -> bool:
    return isinstance(node, nodes.AmpersandNode) and isinstance(node.operand, nodes.NameNode)


def fields_of_call(names: set[str]) -> set[str]:
    return {ANYTHING if name == ANYTHING else f"?.{name}" for name in names}


class Reader(TreeVisitor):
    """Collects the effects of a statement."""

    def __init__(self) -> None:
        super().__init__()
        self.found, self.in_loop = Effects(), False

    def visit_Node(self, node) -> None:
        self.visitchildren(node)

    def visit_NameNode(self, node) -> None:
        self.found.read.add(node.name)

    def visit_AttributeNode(self, node) -> None:
        self.found.fields_read.add(field_of(node))
        self.visitchildren(node)

    def visit_IndexNode(self, node) -> None:
        if part_of(node):
            self.found.fields_read.add(part_of(node))
            self.visit(node.base.obj)
        else:
            self.visitchildren(node)

    def visit_AmpersandNode(self, node) -> None:
        if isinstance(node.operand, nodes.NameNode):
            self.found.written.add(node.operand.name)
        self.visitchildren(node)

    def visit_SimpleCallNode(self, node) -> None:
        name = name_of(node)
        if name == "add" and isinstance(node.function, nodes.AttributeNode):  # to a column
            self.target(node.function.obj)
        elif name == "doisoat_add_product":
            self.target(node.args[0])
        elif name in BLOCKS:
            self.found.fields_written |= {f"?.{p}" for p in known().parts_of(node.args[0])}
        else:
            for reads, writes, argument in known().of_call(node):
                if is_address_of_local(argument):
                    self.found.fields_written |= {f"local.{argument.operand.name}" for _ in writes}
                else:
                    self.found.fields_read |= fields_of_call(reads)
                    self.found.fields_written |= fields_of_call(writes)
        for argument in node.args:
            self.visit(argument)
        if isinstance(node.function, nodes.AttributeNode):
            self.visit(node.function.obj)

    visit_GeneralCallNode = visit_Node

    def visit_AssertStatNode(self, node) -> None:
        """It says what holds anyway."""

    def target(self, node) -> None:
        if isinstance(node, nodes.NameNode):
            self.found.written.add(node.name)
            return
        if isinstance(node, nodes.TupleNode):
            for one in node.args:
                self.target(one)
            return
        if isinstance(node, nodes.AttributeNode):
            self.found.fields_written.add(field_of(node))
            self.visit(node.obj)
        elif isinstance(node, nodes.IndexNode) and part_of(node):
            self.found.fields_written.add(part_of(node))
            self.visit(node.base.obj)
        elif isinstance(node, nodes.IndexNode):
            self.target(node.base)
            self.visit(node.index)
        else:
            self.found.fields_written.add("*")
            self.visit(node)

    def visit_SingleAssignmentNode(self, node) -> None:
        self.target(node.lhs)
        self.visit(node.rhs)

    def visit_CascadedAssignmentNode(self, node) -> None:
        for one in node.lhs_list:
            self.target(one)
        self.visit(node.rhs)

    def visit_InPlaceAssignmentNode(self, node) -> None:
        self.target(node.lhs)
        self.visit(node.lhs)
        self.visit(node.rhs)

    def visit_WhileStatNode(self, node) -> None:
        outer, self.in_loop = self.in_loop, True
        self.visitchildren(node)
        self.in_loop = outer

    def visit_ForInStatNode(self, node) -> None:
        self.visit_WhileStatNode(node)
        if isinstance(node.target, nodes.NameNode):  # it is set anew by each loop
            self.found.read.discard(node.target.name)

    def visit_ReturnStatNode(self, node) -> None:
        self.found.leaves = True
        self.visitchildren(node)

    visit_RaiseStatNode = visit_ReturnStatNode

    def visit_BreakStatNode(self, node) -> None:
        self.found.leaves |= not self.in_loop
        self.found.goes_on |= not self.in_loop

    visit_ContinueStatNode = visit_BreakStatNode


MOVABLE = (Nodes.AssignmentNode, Nodes.ExprStatNode, Nodes.IfStatNode, Nodes.ForInStatNode,
           Nodes.WhileStatNode)  # fmt: skip


class Calls(TreeVisitor):
    """The names of what a tree calls, and whether it raises."""

    def __init__(self, tree) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.raises = False
        self.visit(tree)

    def visit_Node(self, node) -> None:
        self.visitchildren(node)

    def visit_SimpleCallNode(self, node) -> None:
        self.names.add(name_of(node))
        self.visitchildren(node)

    def visit_RaiseStatNode(self, node) -> None:
        self.raises = True


def effects(statement) -> Effects | None:
    """None of what stays where it is: a declaration, a bare return, memory, a check that raises.

    A check that fails ends the run, whatever was done before or after it.
    """
    if not isinstance(statement, MOVABLE):
        return None
    calls = Calls(statement)
    if calls.names & (MEMORY | BLOCKS | {"free"}):
        return None
    if isinstance(statement, Nodes.IfStatNode) and (
        calls.raises or any(n.startswith(("refuse", "too_many")) for n in calls.names)
    ):
        return None
    reader = Reader()
    reader.visit(statement)
    return reader.found


def signed(node) -> Any:
    """What a plain expression says, to compare it with another; its place does not count."""
    if isinstance(node, nodes.NameNode):
        return node.name
    if isinstance(node, nodes.AttributeNode):
        return signed(node.obj), node.attribute
    if isinstance(node, nodes.IndexNode):
        return signed(node.base), signed(node.index)
    return literal(node)


def conjuncts(condition) -> list[Any]:
    if isinstance(condition, nodes.BoolBinopNode) and condition.operator == "and":
        return [*conjuncts(condition.operand1), *conjuncts(condition.operand2)]
    return [condition]


def exclusive(one, other) -> bool:
    """Do two conditions ask whether the same thing is one constant, or another?"""
    asked = [
        {signed(c.operand1) for c in conjuncts(condition)
         if isinstance(c, nodes.PrimaryCmpNode) and c.operator == "==" and c.cascade is None}
        for condition in (one, other)
    ]  # fmt: skip
    return bool(asked[0] & asked[1] - {None})


def passed_over(statement) -> str:
    """How an `if` alone that does nothing else leaves; or ''."""
    if first_condition(statement) is None:
        return ""
    body = statement.if_clauses[0].body
    while isinstance(body, Nodes.StatListNode) and len(body.stats) == 1:
        body = body.stats[0]
    if isinstance(body, Nodes.ReturnStatNode) and body.value is not None:
        return f"return {literal(body.value)}" if literal(body.value) is not None else ""
    leaving = isinstance(body, (Nodes.ContinueStatNode, Nodes.BreakStatNode))
    return type(body).__name__ if leaving else ""


def first_condition(statement):
    """Of a statement that is one `if` without an `else`; or None."""
    if isinstance(statement, Nodes.IfStatNode) and not statement.else_clause:
        return statement.if_clauses[0].condition if len(statement.if_clauses) == 1 else None
    return None


def pairs(statements: list[Any]) -> Iterator[tuple[int, Any, Any]]:
    """Adjacent statements whose order may count: the place of the first, and the two."""
    known = [effects(one) for one in statements]
    for i, (a, b) in enumerate(pairwise(known)):
        if a is None or b is None or not a.counts_before(b):
            continue
        one, other = statements[i], statements[i + 1]
        same_way = passed_over(one) != "" and passed_over(one) == passed_over(other)
        if not same_way and not exclusive(first_condition(one), first_condition(other)):
            yield i, one, other


class Carried(TreeVisitor):
    """Does a loop's order show: does it end early, call what changes things, or keep the last?"""

    def __init__(self, loop) -> None:
        super().__init__()
        self.found, self.in_loop = False, False
        self.anew = {getattr(loop.target, "name", "")}  # names that each turn sets for itself
        self.top = statements_of(loop.body)
        if not asks_whether_one_is(loop, self.anew):
            self.visit(loop.body)

    def visit_Node(self, node) -> None:
        self.visitchildren(node)

    def visit_BreakStatNode(self, node) -> None:
        self.found |= not self.in_loop

    def visit_ReturnStatNode(self, node) -> None:
        self.found = True

    def visit_WhileStatNode(self, node) -> None:
        outer, self.in_loop = self.in_loop, True
        self.visitchildren(node)
        self.in_loop = outer

    visit_ForInStatNode = visit_WhileStatNode

    def visit_AssertStatNode(self, node) -> None:
        pass

    def visit_SimpleCallNode(self, node) -> None:
        self.found |= changes_anything(node)
        self.visitchildren(node)

    def visit_SingleAssignmentNode(self, node) -> None:
        reader = Reader()
        reader.visit(node.rhs)
        says_one = (literal(node.rhs) is not None or isinstance(node.rhs, nodes.BoolNode)
                    or is_most_of(node.lhs, node.rhs))  # fmt: skip
        of_this_turn = bool(self.anew & reader.found.read)
        if of_this_turn and isinstance(node.lhs, nodes.NameNode) and node in self.top:
            self.anew.add(node.lhs.name)
        elif not says_one:
            self.found |= not self.is_of_this_turn(node.lhs)
        self.visitchildren(node)

    def is_of_this_turn(self, target) -> bool:
        """Is another place written in each turn?"""
        if isinstance(target, nodes.TupleNode):
            return all(self.is_of_this_turn(one) for one in target.args)
        place = Reader()
        place.target(target)
        return bool(self.anew & place.found.read)


def is_most_of(target, value) -> bool:
    """Is it `x = max(x, ...)`, the same in any order?"""
    return (isinstance(value, nodes.SimpleCallNode) and name_of(value) in ("max", "min")
            and signed(target) is not None
            and signed(target) in [signed(one) for one in value.args])  # fmt: skip


def changes_anything(call) -> bool:
    return name_of(call) in BLOCKS or any(writes for _, writes, _ in known().of_call(call))


def statements_of(body) -> list[Any]:
    return body.stats if isinstance(body, Nodes.StatListNode) else [body]


def asks_whether_one_is(loop, anew: set[str]) -> bool:
    """Is it one `if` that leaves the loop, in the same way whichever turn it is true for?"""
    (first, *more) = statements_of(loop.body)
    condition = first_condition(first)
    if more or condition is None:
        return False
    body = statements_of(first.if_clauses[0].body)
    if isinstance(body[-1], Nodes.BreakStatNode) and not body[:-1]:
        return False  # what it was true for is asked behind the loop
    reader, leaves = Reader(), (Nodes.BreakStatNode, Nodes.ReturnStatNode)
    for one in body:
        reader.visit(one)
    asked = Reader()
    asked.visit(condition)
    return (isinstance(body[-1], leaves) and not anew & reader.found.read
            and not asked.found.changes() and not asked.found.written)  # fmt: skip
