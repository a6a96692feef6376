"""A what-if: a patch by key over a named package and its catalogue (docs/what-if.md).

Things are found by what they are called, never by position: a measure, plan, pack or order by its
id, a rate by kind and destination, a volume by kind, a reading by name. What a patch puts in is
judged by the models like what it replaces, and carries the patch's reference as its source.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from doisoat.errors import CatalogueError
from doisoat.tariffs.change.patch_models import Change, Changed, Keyed, Patch, Patched
from doisoat.tariffs.change.patch_sites import Site, entries_of, sites_of
from doisoat.tariffs.change.patch_spans import DATED, refuse_holes, spans_of
from doisoat.tariffs.change.patch_tree import copied, place_of, put, shown, text_of
from doisoat.tariffs.load.bundled import package_path
from doisoat.tariffs.load.join import package_tree
from doisoat.tariffs.load.model_errors import validated
from doisoat.tariffs.load.readings import with_readings
from doisoat.tariffs.load.tariffs import catalogue_tree, check_package
from doisoat.tariffs.load.tree import Node, read_tree
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Package

ROOTS = ("measures", "envelope", "programmes", "readings", "plans", "packs", "orders")
NO_TREE = (
    "id: none\ntitle: none\ntitle_en: none\nauthor: none\nreference: none\nbaseline: any"
    "\nmeasures: []"
)


def is_patch(path: Path) -> bool:
    """Is the file a patch (rather than a package of its own)?"""
    return read_tree(path).child("changes") is not None


def read_patch(path: Path) -> tuple[Patch, tuple[Node, ...]]:
    """The patch of a file, and the node of each of its changes."""
    tree = read_tree(path)
    patch = validated(Patch, tree)
    listed = tree.child("changes")
    assert listed is not None and isinstance(listed.value, list)
    for node, change in zip(listed.value, patch.changes, strict=True):
        if (node.child("value") is None) != change.remove:
            raise CatalogueError(
                f"{change.key}: one of `value` and `remove: true` is needed, and not both",
                node.where, "write `value:` with what is to stand there, or `remove: true`",
            )  # fmt: skip
        if (
            change.valid_from is not None
            and change.valid_until is not None
            and change.valid_until <= change.valid_from
        ):
            raise CatalogueError(
                f"{change.key}: [{change.valid_from}, {change.valid_until}) holds no moment",
                place_of(node, "valid_until"), "give a later valid_until, or leave it out",
            )  # fmt: skip
    return patch, tuple(listed.value)


def apply_patch(
    path: Path, catalogue: Path, package: str, choices: dict[str, str] | None = None
) -> Patched:
    """The catalogue and package that a patch makes of a baseline.

    Args: catalogue, package: the baseline, as `load_catalogue` and `load_package` take them;
        choices: readings of the baseline; those that the patch names win.
    Raises: CatalogueError where the patch names what is not there, or what it makes is none.
    """
    patch, nodes = read_patch(path)
    if patch.baseline != package:
        raise CatalogueError(
            f"it is written over the package {patch.baseline}, not {package}",
            f"{path}: baseline", f"compare {patch.baseline} with it, or mend its `baseline`",
        )  # fmt: skip
    keyed = [
        Keyed(change, node, _split(change.key, place_of(node, "key")))
        for change, node in zip(patch.changes, nodes, strict=True)
    ]
    _refuse_twice(keyed)
    tree, chosen, readings = _baseline(package, choices or {}, keyed)
    about = [
        Changed(
            change.key, (before,), str(change.value), 1, None, None,
            change.source or patch.reference, change.mark,
        )
        for (change, _, _), before in readings
    ]  # fmt: skip
    prices = copied(catalogue_tree(catalogue))
    spans = spans_of(prices)
    for change, node, segments in keyed:
        if segments[0] != "readings":
            about.append(_applied(patch, change, node, segments, tree, prices))
    refuse_holes(spans, spans_of(prices), keyed)
    for name, text in (
        ("id", patch.id), ("title", patch.title), ("title_en", patch.title_en or patch.title),
        ("author", patch.author), ("reference", patch.reference),
    ):  # fmt: skip
        put(tree, name, Node(text, str(path)))
    is_changed = any(segments[0] in (*DATED, "orders") for _, _, segments in keyed)
    base = validated(Catalogue, prices if is_changed else catalogue_tree(catalogue))
    patched_package = validated(Package, tree).model_copy(update={"chosen": chosen})
    try:
        check_package(patched_package, base)
    except CatalogueError as error:
        raise CatalogueError(error.what, _guilty(error.what, keyed, path), error.mend) from None
    return Patched(patch, base, patched_package, tuple(about))


# --- keys ----------------------------------------------------------------------------------------


def _split(key: str, where: str) -> tuple[str, ...]:
    """The words of a key; one with a dot in it stands in quotation marks."""
    if re.fullmatch(r'(?:"[^"]+"|[^".\[\]]+)(?:\.(?:"[^"]+"|[^".\[\]]+))*', key) is None:
        raise CatalogueError(
            f"{key!r} is no key", where,
            "write words joined by dots, one with a dot in it in quotation marks, as in"
            ' measures.M4.effect.new_price."viettel.VX3"',
        )  # fmt: skip
    words = tuple(quoted or plain for quoted, plain in re.findall(r'"([^"]+)"|([^".]+)', key))
    if words[0] not in ROOTS:
        raise CatalogueError(
            f"{key}: nothing begins with {words[0]!r}", where, f"begin with {', '.join(ROOTS)}"
        )
    if len(words) < 2:
        raise CatalogueError(
            f"{key}: it names a whole list", where, f"name one of it, as in {words[0]}.NAME"
        )
    return words


def _refuse_twice(keyed: Sequence[Keyed]) -> None:
    seen: list[Keyed] = []
    for keyed_change in keyed:
        change, node, segments = keyed_change
        for earlier, _, earlier_segments in seen:
            shared = min(len(earlier_segments), len(segments))
            together = (
                change.carriers is None
                or earlier.carriers is None
                or set(change.carriers) & set(earlier.carriers)
            ) and _meet(change, earlier)
            if (
                segments[:shared] == earlier_segments[:shared]
                and together
                and (segments == earlier_segments or earlier.remove or change.remove)
            ):
                raise CatalogueError(
                    f"{change.key} is changed twice", place_of(node, "key"),
                    "keep one of the two, or give them dates that do not overlap",
                )  # fmt: skip
        seen.append(keyed_change)


def _meet(first: Change, second: Change) -> bool:
    begins = [c.valid_from for c in (first, second) if c.valid_from is not None]
    ends = [c.valid_until for c in (first, second) if c.valid_until is not None]
    return not begins or not ends or max(begins) < min(ends)


def _baseline(
    package: str, choices: dict[str, str], keyed: Sequence[Keyed]
) -> tuple[Node, dict[str, str], list[tuple[Keyed, str]]]:
    """The package's tree by the readings of the patch; these changes, and what held before."""
    named = [keyed_change for keyed_change in keyed if keyed_change[2][0] == "readings"]
    for change, node, _ in named:
        if change.remove or not isinstance(change.value, str) or change.is_dated:
            raise CatalogueError(
                f"{change.key}: a reading takes one of its alternatives",
                place_of(node, "value"), "write `value:` with the alternative's name alone",
            )  # fmt: skip
    wanted = {".".join(segments[1:]): str(change.value) for change, _, segments in named}
    if package == "none":
        if named:
            raise CatalogueError(
                f"{named[0][0].key}: there are no readings without a package",
                place_of(named[0][1], "key"), "leave the change out, or take another baseline",
            )  # fmt: skip
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


def _applied(
    patch: Patch, change: Change, node: Node, segments: tuple[str, ...], package: Node, prices: Node
) -> Changed:
    root = package if segments[0] in ("measures", "envelope", "programmes") else prices
    key_node, value = node.child("key"), node.child("value")
    assert key_node is not None
    where = key_node.where
    if change.is_dated and segments[0] not in DATED:
        raise CatalogueError(
            f"{change.key}: only values of plans and packs change for some time", where,
            "leave the dates out; a measure's own are measures.ID.valid_from and .valid_until",
        )  # fmt: skip
    if change.carriers is not None and segments[0] != "measures":
        raise CatalogueError(
            f"{change.key}: carriers say which entries of a measure are meant",
            place_of(node, "carriers"), "leave them out",
        )  # fmt: skip
    source = change.source or patch.reference
    if segments[0] == "measures" and len(segments) == 2:
        entries = _whole_measure(change, where, segments[1], root, value)
        return Changed(
            change.key, entries, None if value is None else shown(value), max(1, len(entries)),
            None, None, source, change.mark,
        )  # fmt: skip
    sites = list(sites_of(change, where, segments, root))
    before = []
    for site in sites:
        old = site.mapping.get(site.key)
        before.append("–" if old is None else shown(old[1]))
        if value is not None:
            site.mapping[site.key] = (Node(site.key, where), copied(value))
        elif old is None:
            raise CatalogueError(
                f"{change.key}: nothing is there to take out", where,
                f"keys there: {', '.join(site.mapping)}",
            )  # fmt: skip
        else:
            del site.mapping[site.key]
        _note(site, source, change.mark, where)
    return Changed(
        change.key, tuple(dict.fromkeys(before)), None if value is None else shown(value),
        len(sites), change.valid_from, change.valid_until, source, change.mark,
    )  # fmt: skip


def _note(site: Site, source: str, mark: str, where: str) -> None:
    """Say of the item's field that another document gives it now."""
    if site.field in ("source", "mark", "sources"):
        return
    source_fields = {"source": Node(source, where), "mark": Node(mark, where)}
    note = Node({key: (Node(key, where), value) for key, value in source_fields.items()}, where)
    old = site.item.get("sources")
    notes = dict(old[1].value) if old is not None and isinstance(old[1].value, dict) else {}
    notes[site.field] = (Node(site.field, where), note)
    site.item["sources"] = (Node("sources", where), Node(notes, where))


def _whole_measure(
    change: Change, where: str, name: str, root: Node, value: Node | None
) -> tuple[str, ...]:
    """Add a measure, or take one out of all or some carriers; the carriers that had it."""
    listed = root.child("measures")
    assert listed is not None and isinstance(listed.value, list)
    ids = list(dict.fromkeys(text_of(item.child("id")) for item in listed.value))
    if value is not None:
        if name in ids:
            raise CatalogueError(
                f"{change.key}: the measure is there already", where,
                f"change its keys, as in measures.{name}.order, or remove it;"
                " a new measure has an id of its own",
            )  # fmt: skip
        if text_of(value.child("id")) not in ("", name):
            raise CatalogueError(
                f"{change.key}: the value's id is {text_of(value.child('id'))}", where,
                "name it alike in both places, or leave the id out of the value",
            )  # fmt: skip
        added = copied(value)
        if isinstance(added.value, dict):
            put(added, "id", Node(name, where))
        listed.value.append(added)
        return ()
    for item in entries_of(change, where, name, listed.value, ids):
        listed.value.remove(item)
    return (name,)


def _guilty(complaint: str, keyed: Sequence[Keyed], path: Path) -> str:
    """The place of the change that put a name in which a complaint quotes."""
    for name in re.findall(r"'([^']+)'", complaint):
        for _, node, segments in keyed:
            if name in segments or any(below.value == name for below in node.walk()):
                return place_of(node, "value") if name not in segments else place_of(node, "key")
    return str(path)
