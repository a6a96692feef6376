"""Programmes joined into one package, by a file that names theirs in order of precedence."""

from functools import lru_cache
from pathlib import Path

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.tariffs.load.bundled import package_path
from doisoat.tariffs.load.tree import Node, read_text, tree_of

# Of the programmes, one after the other.
ITEMS = ("measures", "areas", "ceilings", "households", "readings")
NOT_OF_THE_HEAD = (*ITEMS, "baseline")


def package_tree(path: Path) -> Node:
    """The tree of a package's file; of one that joins others, with theirs brought in.

    An item {package: NAME or FILE} of `programmes` becomes that package's head and envelope; its
    measures and areas, marked as its own, its ceilings, its household benefits and its readings
    stand behind those of earlier ones.
    """
    tree = _tree_of(path, read_text(path))
    joined = tree.child("programmes")
    if joined is None or not isinstance(tree.value, dict):
        return tree
    for name in (*ITEMS, "envelope"):
        if name in tree.value:
            raise CatalogueError(
                message("{name} stand in a file that joins programmes", name=name),
                tree.value[name][0].where,
                message(
                    "write them in the package of their programme, and name it under `programmes`"
                ),
            )
    if not isinstance(joined.value, list) or len(joined.value) < 2:
        raise CatalogueError(
            message("programmes is no list of two or more"),
            joined.where,
            message(
                "write a list such as [{{package: vn-2021-08}}, {{package: mine.yaml}}]:"
                " the first relieves an event first"
            ),
        )
    heads: list[Node] = []
    items: dict[str, list[Node]] = {name: [] for name in ITEMS}
    for programme in joined.value:
        member = _member(programme, path)
        _refuse_other_baseline(member, tree, programme.where)
        assert isinstance(member.value, dict)
        named = member.child("id")
        mark = {} if named is None else {"programme": (Node("programme", named.where), named)}
        for name in ("measures", "areas"):
            items[name] += [_marked(item, mark) for item in _listed(member, name)]
        for name in ("ceilings", "households", "readings"):
            items[name] += _listed(member, name)
        head = {key: pair for key, pair in member.value.items() if key not in NOT_OF_THE_HEAD}
        heads.append(Node(head, member.where))
    pairs = dict(tree.value)
    pairs["programmes"] = (pairs["programmes"][0], Node(heads, joined.where))
    for name, listed in items.items():
        if listed or name in ("measures", "readings"):
            pairs[name] = (Node(name, tree.where), Node(listed, tree.where))
    return Node(pairs, tree.where)


@lru_cache(maxsize=4)  # Nobody changes one, and a sensitivity asks for it once a reading.
def _tree_of(path: Path, text: str) -> Node:
    return tree_of(path, text)


def _marked(measure: Node, mark: dict[str, tuple[Node, Node]]) -> Node:
    if not isinstance(measure.value, dict):
        return measure  # the model refuses it
    return Node({**measure.value, **mark}, measure.where)


def _refuse_other_baseline(member: Node, tree: Node, where: str) -> None:
    member_base, file_base = member.child("baseline"), tree.child("baseline")
    if member_base is not None and file_base is not None and member_base.value != file_base.value:
        raise CatalogueError(
            message(
                "the programme is written over {member_base}, the file over {file_base}",
                member_base=member_base.value,
                file_base=file_base.value,
            ),
            where,
            message("join programmes of one baseline"),
        )


def _member(item: Node, path: Path) -> Node:
    """The tree of a package that a file joins; another file's path begins where this one lies."""
    named = item.child("package")
    if named is None or not isinstance(named.value, str) or list(item.value) != ["package"]:
        raise CatalogueError(
            message("a programme is named by its package alone"),
            item.where,
            message("write {{package: NAME}}, or {{package: FILE.yaml}}"),
        )
    in_folder = path.parent / named.value
    is_file = in_folder.suffix in (".yaml", ".yml")
    file = in_folder if is_file else package_path(named.value)
    member = _tree_of(file, read_text(file))
    if not isinstance(member.value, dict) or "programmes" in member.value:
        raise CatalogueError(
            message("{named} is no package of one programme", named=named.value),
            named.where,
            message("name packages that join no others"),
        )
    return member


def _listed(tree: Node, name: str) -> list[Node]:
    child = tree.child(name)
    return list(child.value) if child is not None and isinstance(child.value, list) else []
