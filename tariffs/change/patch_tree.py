"""Trees that may be changed, and how their values are shown."""

from doisoat.tariffs.load.tree import Node


def copied(node: Node) -> Node:
    """A tree that may be changed: no mapping or list of it is another's."""
    if isinstance(node.value, dict):
        pairs = {key: (name, copied(child)) for key, (name, child) in node.value.items()}
        return Node(pairs, node.where)
    if isinstance(node.value, list):
        return Node([copied(child) for child in node.value], node.where)
    return node


def put(tree: Node, key: str, value: Node) -> None:
    assert isinstance(tree.value, dict)
    tree.value[key] = (Node(key, value.where), value)


def text_of(node: Node | None) -> str:
    return node.value if node is not None and isinstance(node.value, str) else ""


def place_of(node: Node, key: str) -> str:
    child = node.child(key)
    return node.where if child is None else child.where


def shown(node: Node) -> str:
    if isinstance(node.value, dict):
        return "{" + ", ".join(f"{key}: {shown(v)}" for key, (_, v) in node.value.items()) + "}"
    if isinstance(node.value, list):
        return "[" + ", ".join(map(shown, node.value)) + "]"
    return node.value
