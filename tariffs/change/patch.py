"""A patch by key: over a package and its catalogue a what-if, over a catalogue alone an overlay.

Things are found by what they are called, never by position: a measure, plan, pack or order by its
id, a rate by kind and destination, a volume by kind, a reading by name. What a patch puts in is
judged by the models like what it replaces, and carries the patch's reference as its source.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.tariffs.change.overlay import overlaid
from doisoat.tariffs.change.patch_apply import put_changes
from doisoat.tariffs.change.patch_file import patch_of
from doisoat.tariffs.change.patch_lists import ROOTS as CATALOGUE_ROOTS
from doisoat.tariffs.change.patch_models import Keyed, Patched
from doisoat.tariffs.change.patch_tree import copied, place_of, put
from doisoat.tariffs.load.bundled import package_path
from doisoat.tariffs.load.join import package_tree
from doisoat.tariffs.load.model_errors import validated
from doisoat.tariffs.load.readings import with_readings
from doisoat.tariffs.load.tariffs import catalogue_in, check_package
from doisoat.tariffs.load.tree import Node, read_tree
from doisoat.tariffs.models.overlay import Changed
from doisoat.tariffs.models.package_model import Package

NO_TREE = (
    "id: none\ntitle: none\ntitle_en: none\nauthor: none\nreference: none\nbaseline: any"
    "\nmeasures: []"
)


def is_patch(path: Path) -> bool:
    """Is the file a patch (rather than a package of its own)?"""
    return read_tree(path).child("changes") is not None


def apply_patch(
    path: Path,
    catalogue: Path,
    package: str,
    choices: dict[str, str] | None = None,
    overlays: Sequence[Node] = (),
) -> Patched:
    """The catalogue and package that a patch makes of a baseline.

    Args: catalogue, package: the baseline, as `load_catalogue` and `load_package` take them;
        choices: readings of the baseline; those that the patch names win; overlays: that lie over
        the catalogue, the patch over them.
    Raises: CatalogueError where the patch names what is not there, or what it makes is none.
    """
    file = read_tree(path)
    patch, keyed = patch_of(file)
    if patch.is_overlay:
        raise CatalogueError(
            message("it has no `baseline`, so it is an overlay"),
            str(path),
            message(
                "give it by --overlay; as a what-if it has `baseline: {package}`", package=package
            ),
        )
    if patch.carrier is not None:
        raise CatalogueError(
            message("carrier says whose an overlay is, and this is a what-if"),
            place_of(file, "carrier"),
            message("leave it out"),
        )
    if patch.baseline != package:
        raise CatalogueError(
            message(
                "it is written over the package {baseline}, not {package}",
                baseline=patch.baseline,
                package=package,
            ),
            f"{path}: baseline",
            message("compare {baseline} with it, or mend its `baseline`", baseline=patch.baseline),
        )
    tree, chosen, readings = _baseline(package, choices or {}, keyed)
    about = [
        Changed(
            key=change.key, before=(before,), after=str(change.value), places=1,
            valid_from=None, valid_until=None, source=patch.source_of(change),
            mark=patch.mark_of(change),
        )
        for (change, _, _), before in readings
    ]  # fmt: skip
    laid = overlaid(catalogue, overlays)
    base_tree, puts = laid.tree, laid.overlays
    prices = copied(base_tree)
    others = [entry for entry in keyed if entry.segments[0] != "readings"]
    about += put_changes(patch, others, tree, prices)
    for name, text in (
        ("id", patch.id), ("title", patch.title), ("title_en", patch.title_en or patch.title),
        ("author", patch.author), ("reference", patch.reference),
    ):  # fmt: skip
        put(tree, name, Node(text, str(path)))
    is_changed = any(segments[0] in CATALOGUE_ROOTS for _, _, segments in keyed)
    base = catalogue_in(prices if is_changed else base_tree)
    base = base.model_copy(update={"overlays": puts})
    patched_package = validated(Package, tree).model_copy(update={"chosen": chosen})
    try:
        check_package(patched_package, base)
    except CatalogueError as error:
        raise CatalogueError(error.what, _guilty(error.what, keyed, path), error.mend) from None
    return Patched(patch, base, patched_package, tuple(about))


def _baseline(
    package: str, choices: dict[str, str], keyed: Sequence[Keyed]
) -> tuple[Node, dict[str, str], list[tuple[Keyed, str]]]:
    """The package's tree by the readings of the patch; these changes, and what held before."""
    named = [keyed_change for keyed_change in keyed if keyed_change[2][0] == "readings"]
    for change, node, _ in named:
        if change.remove or not isinstance(change.value, str) or change.is_dated:
            raise CatalogueError(
                message("{key}: a reading takes one of its alternatives", key=change.key),
                place_of(node, "value"),
                message("write `value:` with the alternative's name alone"),
            )
    wanted = {".".join(segments[1:]): str(change.value) for change, _, segments in named}
    if package == "none":
        if named:
            raise CatalogueError(
                message("{key}: there are no readings without a package", key=named[0][0].key),
                place_of(named[0][1], "key"),
                message("leave the change out, or take another baseline"),
            )
        tree = Node({}, "none")
        for line in NO_TREE.split("\n"):
            key, _, value = line.partition(": ")
            put(tree, key, Node([] if key == "measures" else value, "none"))
        return tree, {}, []
    path = package_path(package)
    written = package_tree(path)
    _, before = with_readings(written, choices, str(path))
    try:
        tree, chosen = with_readings(written, {**choices, **wanted}, str(path))
    except CatalogueError as error:
        for _, node, segments in named:
            if ".".join(segments[1:]) in error.what:
                at = "value" if "alternative" in error.what else "key"
                raise CatalogueError(error.what, place_of(node, at), error.mend) from None
        raise
    return (
        copied(tree),
        chosen,
        [(keyed_change, before[".".join(keyed_change[2][1:])]) for keyed_change in named],
    )


def _guilty(complaint: str, keyed: Sequence[Keyed], path: Path) -> str:
    """The place of the change that put a name in which a complaint quotes."""
    for name in re.findall(r"'([^']+)'", complaint):
        for _, node, segments in keyed:
            if name in segments or any(below.value == name for below in node.walk()):
                return place_of(node, "value") if name not in segments else place_of(node, "key")
    return str(path)
