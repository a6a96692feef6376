"""What the functions of the kernel read and write, through whatever they call.

Fields are told apart by name alone, so two structs' fields of one name are taken for one. What a
function does to structs of its own is nobody's business; what it does to one that it is given
counts only where its caller has it from elsewhere.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from Cython.Compiler import ExprNodes, Nodes
from Cython.Compiler.TreeFragment import parse_from_strings
from Cython.Compiler.Visitor import TreeVisitor

nodes: Any = ExprNodes
ANYTHING = "*"  # what a function that is not known may do
CELL = "[]"  # a number behind a pointer
COUNTED = {"counters", "effort"}  # asked for by nothing that counts
BLOCKS = {"memcpy", "memmove", "memset"}  # they write to the first of their arguments
Uses = dict[int, set[str]]  # fields by the parameter that they are reached by; ELSEWHERE: by none
ELSEWHERE = -1


@dataclass
class Function:
    """What a call of one may read and write."""

    name: str
    is_method: bool
    places: dict[str, int]  # of its parameters
    types: dict[str, str]  # of parameters and locals
    own: set[str]  # locals that are no pointers
    body: Any
    reads: Uses = field(default_factory=dict)
    writes: Uses = field(default_factory=dict)

    def size(self) -> int:
        return sum(len(found) for uses in (self.reads, self.writes) for found in uses.values())


def name_of(call) -> str:
    function = call.function
    return function.name if isinstance(function, nodes.NameNode) else getattr(
        function, "attribute", "")  # fmt: skip


def root_of(node):
    """The variable that a field, a place or an address is reached by; None of anything else."""
    while True:
        if isinstance(node, nodes.NameNode):
            return node
        if isinstance(node, nodes.AttributeNode):
            node = node.obj
        elif isinstance(node, nodes.IndexNode):
            node = node.base
        elif isinstance(node, (nodes.AmpersandNode, nodes.TypecastNode)):
            node = node.operand
        else:
            return None


def declared(declarator) -> tuple[str, bool]:
    """A declared name, and whether it is a pointer."""
    pointer = False
    while not isinstance(declarator, Nodes.CNameDeclaratorNode):
        pointer |= isinstance(declarator, Nodes.CPtrDeclaratorNode)
        declarator = declarator.base
    return declarator.name, pointer


class Structs(TreeVisitor):
    """Fields of each struct; and which struct a field, an array of structs or a pointer is of."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, set[str]] = {}
        self.types: dict[str, set[str]] = {}

    def visit_Node(self, node) -> None:
        self.visitchildren(node)

    def visit_CStructOrUnionDefNode(self, node) -> None:
        self.fields[node.name] = {
            declared(one)[0] for row in node.attributes or () for one in row.declarators
        }
        self.visitchildren(node)  # its fields may be structs too

    def visit_CVarDefNode(self, node) -> None:
        for one in node.declarators:
            if isinstance(one, (Nodes.CNameDeclaratorNode, Nodes.CPtrDeclaratorNode,
                                Nodes.CArrayDeclaratorNode)):  # fmt: skip
                self.types.setdefault(declared(one)[0], set()).add(type_name(node.base_type))

    def parts(self, name: str) -> set[str]:
        """A field's name and, if it is a struct or holds some, the names of its fields."""
        inner = (self.fields.get(of, set()) for of in self.types.get(name, ()))
        return {name}.union(*inner)

    def visit_FuncDefNode(self, node) -> None:
        """Its locals are no fields."""


def type_name(base) -> str:
    while not hasattr(base, "name"):
        base = getattr(base, "base_type", None) or getattr(base, "base_type_node", None)
        if base is None:
            return ""
    return base.name or ""


class Found(TreeVisitor):
    """The functions of a tree."""

    def __init__(self) -> None:
        super().__init__()
        self.functions: list[Function] = []
        self.in_class = False

    def visit_Node(self, node) -> None:
        self.visitchildren(node)

    def visit_CClassDefNode(self, node) -> None:
        outer, self.in_class = self.in_class, True
        self.visitchildren(node)
        self.in_class = outer

    def visit_CFuncDefNode(self, node) -> None:
        declarator = node.declarator
        while not hasattr(declarator, "args"):
            declarator = declarator.base
        places: dict[str, int] = {}
        types: dict[str, str] = {}
        own: set[str] = set()
        for place, argument in enumerate(declarator.args):
            name, pointer = declared(argument.declarator)
            name = name or type_name(argument.base_type)  # `self`
            places[name] = place
            types[name] = type_name(argument.base_type)
        for one in Locals(node.body).rows:
            for declarator_of in one.declarators:
                name, pointer = declared(declarator_of)
                types[name] = type_name(one.base_type)
                if not pointer:
                    own.add(name)
        self.functions.append(Function(
            declared(declarator)[0], self.in_class, places, types, own, node.body))  # fmt: skip


class Locals(TreeVisitor):
    """The declarations of a function's body."""

    def __init__(self, body) -> None:
        super().__init__()
        self.rows: list[Any] = []
        self.visit(body)

    def visit_Node(self, node) -> None:
        self.visitchildren(node)

    def visit_CVarDefNode(self, node) -> None:
        self.rows.append(node)


class User(TreeVisitor):
    """Collects what a function reads and writes, by what is known of others so far."""

    def __init__(self, function: Function, known: "Known") -> None:
        super().__init__()
        self.function, self.known = function, known
        self.visit(function.body)

    def note(self, uses: Uses, node, *fields: str) -> None:
        """Fields are reached by way of a node's variable."""
        variable = root_of(node)
        name = "" if variable is None else variable.name
        if name in self.function.own or name in COUNTED:
            return
        place = self.function.places.get(name, ELSEWHERE)
        uses.setdefault(place, set()).update(fields)

    def visit_Node(self, node) -> None:
        self.visitchildren(node)

    def visit_GILStatNode(self, node) -> None:
        """An error is raised there."""

    visit_RaiseStatNode = visit_AssertStatNode = visit_GILStatNode

    def visit_AttributeNode(self, node) -> None:
        if not self.of_counters(node):
            self.note(self.function.reads, node, node.attribute)
        self.place(node.obj)

    def visit_IndexNode(self, node) -> None:
        """All of what stands there."""
        if isinstance(node.base, nodes.NameNode):
            self.note(self.function.reads, node, *self.cells(node.base.name))
        elif not self.of_counters(node):
            self.note(self.function.reads, node, *self.known.parts_of(node))
        self.place(node)

    def visit_AmpersandNode(self, node) -> None:
        self.place(node.operand)

    def place(self, node) -> None:
        """Where something stands; what stands there is not looked at."""
        if isinstance(node, nodes.IndexNode):
            self.place(node.base)
            self.visit(node.index)
        else:
            self.visit(node)

    def cells(self, name: str) -> set[str]:
        return self.known.structs.fields.get(self.function.types.get(name, ""), set()) | {CELL}

    @staticmethod
    def of_counters(node) -> bool:
        while isinstance(node, (nodes.AttributeNode, nodes.IndexNode)):
            if getattr(node, "attribute", "") in COUNTED:
                return True
            node = node.obj if isinstance(node, nodes.AttributeNode) else node.base
        return getattr(node, "name", "") in COUNTED

    def target(self, node) -> None:
        if isinstance(node, nodes.TupleNode):
            for one in node.args:
                self.target(one)
        elif isinstance(node, nodes.AttributeNode):
            if not self.of_counters(node):
                self.note(self.function.writes, node, *self.known.parts_of(node))
            self.place(node.obj)
        elif isinstance(node, nodes.IndexNode):
            if isinstance(node.base, nodes.NameNode):
                self.note(self.function.writes, node, *self.cells(node.base.name))
            else:
                self.target(node.base)
            self.visit(node.index)
        elif not isinstance(node, nodes.NameNode):
            self.note(self.function.writes, node, ANYTHING)

    def visit_SingleAssignmentNode(self, node) -> None:
        self.target(node.lhs)
        self.visit(node.rhs)

    def visit_CascadedAssignmentNode(self, node) -> None:
        for one in node.lhs_list:
            self.target(one)
        self.visit(node.rhs)

    def visit_InPlaceAssignmentNode(self, node) -> None:
        self.target(node.lhs)
        self.visitchildren(node)

    def visit_SimpleCallNode(self, node) -> None:
        name = name_of(node)
        for argument in node.args:
            self.visit(argument)
        if name == "add" and isinstance(node.function, nodes.AttributeNode):  # to a column
            self.note(self.function.writes, node.function, *self.known.parts_of(node.function.obj))
            return
        if name in BLOCKS:
            parts = self.known.parts_of(node.args[0])
            self.note(self.function.writes, node.args[0], *parts)
            return
        for reads, writes, argument in self.known.of_call(node):
            self.note(self.function.reads, argument, *reads)
            self.note(self.function.writes, argument, *writes)


class Known:
    """Functions by name, each with what it does itself and by what it calls."""

    def __init__(self, texts: Iterable[str], harmless: Iterable[str]) -> None:
        self.harmless = set(harmless)
        self.structs = Structs()
        self.functions: dict[str, list[Function]] = {}
        for number, text in enumerate(texts):
            tree = parse_from_strings(f"room{number}", text)
            self.structs.visit(tree)
            found = Found()
            found.visit(tree)
            for one in found.functions:
                self.functions.setdefault(one.name, []).append(one)
        every = [one for same in self.functions.values() for one in same]
        before = -1
        while before != (size := sum(one.size() for one in every)):
            before = size
            for one in every:
                User(one, self)

    def parts_of(self, node) -> set[str]:
        """A field's name; of a struct or an array of structs, those of its fields too."""
        while isinstance(node, (nodes.AmpersandNode, nodes.IndexNode)):
            node = node.operand if isinstance(node, nodes.AmpersandNode) else node.base
        if not isinstance(node, nodes.AttributeNode):
            return {CELL}
        return self.structs.parts(node.attribute)

    def of_call(self, call) -> Iterator[tuple[set[str], set[str], Any]]:
        """What a call reads and writes, by the argument that it is reached by, or None."""
        name = name_of(call)
        if name in self.harmless or name[:1].isupper():  # a struct is made of its parts
            return
        same = self.functions.get(name)
        if same is None:
            yield {ANYTHING}, {ANYTHING}, None
            return
        for one in same:
            of_object = one.is_method and isinstance(call.function, nodes.AttributeNode)
            given = [call.function.obj, *call.args] if of_object else list(call.args)
            for place in {*one.reads, *one.writes}:
                argument = given[place] if 0 <= place < len(given) else None
                yield one.reads.get(place, set()), one.writes.get(place, set()), argument


def kernel_texts(folder: Path) -> list[str]:
    """The sources whose functions call each other."""
    found = [*folder.rglob("*.pxd"), *folder.rglob("*.pyx")]
    paths = sorted((p for p in found if "intake" not in p.parts), key=lambda path: path.name)
    return [path.read_text(encoding="utf-8") for path in paths]
