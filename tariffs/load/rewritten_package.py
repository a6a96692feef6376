"""Rebuilds a package from the text that a run keeps of it, with other readings.

What a run keeps is the tree as it was written, readings not in place (`Package.as_written`), so
that each reading can be turned later, when the file it came from has changed or is gone.
"""

import json
from collections.abc import Mapping
from functools import lru_cache

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.tariffs.load.tariffs import resolved
from doisoat.tariffs.load.tree import Node
from doisoat.tariffs.models.package_model import Package


def package_of(as_written: str, choices: Mapping[str, str], where: str) -> Package:
    """The package of a kept text with its readings put in place.

    Args: as_written: `Package.as_written`; choices: reading -> alternative, the others take their
        defaults; where: what complaints name as the place.
    Raises: CatalogueError if the text is no package, or has no such reading or alternative.
    """
    return _package_of(as_written, tuple(sorted(choices.items())), where)


# Who supposes other readings asks for the same packages carrier by carrier, event by event.
@lru_cache(maxsize=256)
def _package_of(as_written: str, choices: tuple[tuple[str, str], ...], where: str) -> Package:
    return resolved(_tree_of(as_written, where), dict(choices), where)


@lru_cache(maxsize=4)
def _tree_of(as_written: str, where: str) -> Node:
    try:
        tree = json.loads(as_written)
    except ValueError as error:
        raise CatalogueError(
            message("the package as it was written is not JSON"),
            where,
            message("restore this run from a copy"),
        ) from error
    return _node(tree, where)


def _node(value: object, where: str) -> Node:
    """The tree of a kept text: its places are keys, as the lines of the file are not kept."""
    if isinstance(value, dict):
        pairs = {
            str(key): (Node(str(key), f"{where}: {key}"), _node(below, f"{where}: {key}"))
            for key, below in value.items()
        }
        return Node(pairs, where)
    if isinstance(value, list):
        return Node([_node(below, where) for below in value], where)
    return Node(str(value), where)
