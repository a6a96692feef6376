"""Which readings of a package can move a figure of one carrier.

A reading counts for every carrier where it stands outside the measures (dates, the programme's
value). Within a measure it counts for the carriers that the measure may be in force at, under any
answer to the readings that name them.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

Node = Any  # of JSON: an object, a list, a text
EVERY = None  # of carriers: all there are


@lru_cache(maxsize=64)  # A workbook asks more than once.
def readings_of_carrier(as_written: str, carrier: str) -> frozenset[str]:
    """The names of the readings that touch a carrier.

    Args: as_written: the package with its readings not in place, as canonical JSON.
    """
    package = json.loads(as_written)
    answers = {
        reading["name"]: [answer.get("value") for answer in reading["alternatives"].values()]
        for reading in package.get("readings", ())
    }
    touching: set[str] = set()
    for key, value in package.items():
        if key != "readings":
            touching |= _touching(value, carrier, answers)
    return frozenset(touching)


def _touching(node: Node, carrier: str, answers: Mapping[str, list[Node]]) -> set[str]:
    """The readings below a node that touch a carrier; of a measure of others, none."""
    if _is_measure(node):
        carriers = _carriers(node["carriers"], answers) if "carriers" in node else EVERY
        if carriers is not EVERY and carrier not in carriers:
            return set()
    if isinstance(node, list):
        return set().union(*(_touching(item, carrier, answers) for item in node))
    if not isinstance(node, Mapping):
        return set()
    touching: set[str] = set()
    for key, value in node.items():
        if key == "carriers" and _is_measure(node):
            touching |= _naming(value, carrier, answers)
        else:
            touching |= _touching(value, carrier, answers)
    name = node.get("reading")
    if isinstance(name, str) and name in answers:
        touching.add(name)
        for value in answers[name]:
            touching |= _touching(value, carrier, answers)
    return touching


def _is_measure(node: Node) -> bool:
    return isinstance(node, Mapping) and "effect" in node and "id" in node


def _naming(node: Node, carrier: str, answers: Mapping[str, list[Node]]) -> set[str]:
    """The readings in a list of carriers that put this one in, or leave it out."""
    if isinstance(node, list):
        return {
            item["reading"]
            for item in node
            if isinstance(item, Mapping) and carrier in _listed(item, answers)
        }
    named = _carriers(node, answers)
    is_named = isinstance(node, Mapping) and (named is EVERY or carrier in named)
    return {node["reading"]} if is_named else set()


def _carriers(node: Node, answers: Mapping[str, list[Node]]) -> frozenset[str] | None:
    """The carriers that a value may come to; EVERY where one answer takes it out."""
    if isinstance(node, Mapping):
        found = [
            EVERY if value is None else _carriers(value, answers)
            for value in _answered(node, answers)
        ]
        if EVERY in found:
            return EVERY
        return frozenset().union(*(carriers for carriers in found if carriers is not EVERY))
    return _listed(node, answers)


def _listed(node: Node, answers: Mapping[str, list[Node]]) -> frozenset[str]:
    """The carriers that an item of a list may come to, or the items of one; an answer without a
    value takes the item out."""
    if isinstance(node, str):
        return frozenset([node])
    items = node if isinstance(node, list) else _answered(node, answers)
    return frozenset().union(*(_listed(item, answers) for item in items if item is not None))


def _answered(node: Mapping[str, Node], answers: Mapping[str, list[Node]]) -> list[Node]:
    """What may stand in a reading's place."""
    of = node.get("of")
    values = answers[node["reading"]]
    return [value.get(of) if of and isinstance(value, Mapping) else value for value in values]
