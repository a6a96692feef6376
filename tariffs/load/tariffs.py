"""Catalogues and packages read from YAML, and their digests.

`tree` reads the text, `join` brings programmes together, `readings` puts answers in place, the
models judge the rest, and `model_errors` tells what they refuse.
"""

import difflib
import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from doisoat.errors import CatalogueError
from doisoat.messages.text import message, words_in
from doisoat.tariffs.load.bundled import DEFAULT_CATALOGUE, bundled_catalogue, package_path
from doisoat.tariffs.load.join import package_tree
from doisoat.tariffs.load.jurisdiction import as_stored, use_state_of
from doisoat.tariffs.load.model_errors import validated
from doisoat.tariffs.load.net_prices import with_tax
from doisoat.tariffs.load.readings import refuse_reading, with_readings
from doisoat.tariffs.load.tree import Node, read_text, tree_of
from doisoat.tariffs.models.catalogue_model import CONSUMPTION, Catalogue
from doisoat.tariffs.models.package_model import NO_PACKAGE, Package

FILES_MAX = 200  # of one catalogue
LIKE = "like"  # the key of a catalogue that names the one whose other keys it has
KINDS = words_in(
    "named by a package", "carrier", "pack", "plan", "locality", "list of hosts", "charge"
)

Texts = tuple[tuple[Path, str], ...]  # the files of a catalogue, and what stands in each


def load_catalogue(path: Path) -> Catalogue:
    """The catalogue of a file, or of all *.yaml of a folder with their top-level keys merged.

    From then on the process is in its state.
    """
    catalogue = _catalogue_of(path, _texts(path))
    use_state_of(catalogue)
    return catalogue


@lru_cache(maxsize=4)  # It is frozen, and a command asks for the same one several times.
def _catalogue_of(path: Path, texts: Texts) -> Catalogue:
    return catalogue_in(_joined(path, texts))


def catalogue_in(tree: Node) -> Catalogue:
    """The catalogue of a tree, as its digest and a run's folder have it. Raises: CatalogueError."""
    return as_stored(with_tax(validated(Catalogue, tree)))


def stored_catalogue(content: object) -> Catalogue:
    """The catalogue that a run's folder keeps, as its JSON was read; ValidationError for another.

    From then on the process is in its state.
    """
    catalogue = Catalogue.model_validate(content)
    use_state_of(catalogue)
    return catalogue


def catalogue_tree(path: Path) -> Node:
    """The tree of a file, or of all *.yaml of a folder with their top-level keys merged.

    Lists under one key in several files are joined in the order of the files' names. A key that
    none has is that of the bundled catalogue that the key `like` names.
    """
    return _joined(path, _texts(path))


def _texts(path: Path) -> Texts:
    if not path.is_dir():
        return ((path, read_text(path)),)
    files = sorted(path.glob("*.yaml"))
    if not files:
        raise CatalogueError(
            message("the folder holds no .yaml file"),
            str(path),
            message("name a folder with a catalogue"),
        )
    if len(files) > FILES_MAX:
        raise CatalogueError(
            message("the folder holds more than {files_max} files", files_max=FILES_MAX),
            str(path),
            message("join some of them"),
        )
    return tuple((file, read_text(file)) for file in files)


def _joined(path: Path, texts: Texts) -> Node:
    tree = _with_what_it_is_like(_merged(path, texts))
    if isinstance(tree.value, dict) and "overlays" in tree.value:
        raise CatalogueError(
            message("overlays are not written in a catalogue"),
            tree.value["overlays"][0].where,
            message("leave the key out: give each by --overlay FILE"),
        )
    return tree


def _with_what_it_is_like(tree: Node) -> Node:
    """A catalogue with the keys that it leaves out, from the bundled one that `like` names."""
    name = tree.child(LIKE)
    if name is None or not isinstance(tree.value, dict):
        return tree
    if not isinstance(name.value, str):
        raise CatalogueError(
            message("`like` is the name of one catalogue"),
            name.where,
            message("write it as one word, such as `like: {name}`", name=DEFAULT_CATALOGUE),
        )
    try:
        path = bundled_catalogue(name.value)
    except CatalogueError as error:
        raise CatalogueError(error.what, name.where, error.mend) from None
    written = _merged(path, _texts(path))
    assert isinstance(written.value, dict)  # a folder's keys
    if LIKE in written.value:
        raise CatalogueError(
            message("{name} is like another catalogue itself", name=name.value),
            name.where,
            message("name that one: {name}", name=written.value[LIKE][1].value),
        )
    own = {key: pair for key, pair in tree.value.items() if key != LIKE}
    return Node({**written.value, **own}, tree.where)


def _merged(path: Path, texts: Texts) -> Node:
    if texts[0][0] == path:
        return tree_of(*texts[0])
    merged: dict[str, tuple[Node, Node]] = {}
    for file, text in texts:
        tree = tree_of(file, text)
        if not isinstance(tree.value, dict):
            raise CatalogueError(
                message("the file is not a mapping"),
                tree.where,
                message("begin with a key, such as `plans:`"),
            )
        for name, (key, node) in tree.value.items():
            if name not in merged:
                merged[name] = (key, node)
                continue
            first_key, first = merged[name]
            if not (isinstance(first.value, list) and isinstance(node.value, list)):
                raise CatalogueError(
                    message(
                        "the key {name} stands in two files; first at {where}",
                        name=repr(name),
                        where=first_key.where,
                    ),
                    key.where,
                    message("keep one of the two (only lists are joined)"),
                )
            merged[name] = (first_key, Node([*first.value, *node.value], first.where))
    return Node(merged, str(path))


def load_package(path_or_name: Path | str, choices: Mapping[str, str] | None = None) -> Package:
    """The package of a file, of a bundled name, or `none`, with its readings put in place.

    `choices`: reading name -> alternative; the others take their defaults.
    """
    if str(path_or_name) == "none":
        if choices:
            refuse_reading(next(iter(choices)), [], "none")
        return NO_PACKAGE
    path = package_path(path_or_name)
    return resolved(package_tree(path), choices or {}, str(path))


def resolved(written: Node, choices: Mapping[str, str], where: str) -> Package:
    """The package of a tree with readings put in place; it knows the tree it was read from."""
    tree, in_force = with_readings(written, choices, where)
    package = validated(Package, tree).model_copy(update={"chosen": in_force})
    return package.with_written(_as_written(written))


@lru_cache(maxsize=4)
def _as_written(written: Node) -> str:
    return _canonical(written.plain())


def check_package(package: Package, catalogue: Catalogue) -> None:
    """CatalogueError where a package names what its catalogue does not have."""
    if package is NO_PACKAGE:
        return
    known: dict[str, set[str]] = {
        "carrier": {carrier.id for carrier in catalogue.carriers},
        "pack": {pack.id for pack in catalogue.packs},
        "plan": {plan.id for plan in catalogue.plans},
        "locality": {place.code for place in catalogue.localities},
        "list of hosts": {host.list for host in catalogue.zero_rated_hosts} | {"unknown_host"},
    }
    if package.baseline not in (catalogue.id, "any"):
        raise CatalogueError(
            message(
                "it is written over the catalogue {baseline}, not {catalogue}",
                baseline=package.baseline,
                catalogue=catalogue.id,
            ),
            f"package {package.id}",
            message("settle it with the catalogue {baseline}", baseline=package.baseline),
        )
    _check_areas(package, catalogue)
    known["charge"] = {charge.id for plan in catalogue.plans for charge in plan.charges}
    given: list[tuple[str, list[tuple[str, Sequence[str]]]]] = [
        (relief.id, [("plan", relief.plans or ()), ("charge", relief.charge_ids or ())])
        for relief in package.period_reliefs
    ]
    for measure in package.measures:
        named: list[tuple[str, Sequence[str]]] = [
            ("carrier", measure.carriers or ()),
            ("pack", measure.scope.packs or ()),
            ("plan", measure.scope.plans or ()),
            ("list of hosts", measure.scope.host_lists or ()),
            ("locality", (measure.where.localities if measure.where else None) or ()),
            ("pack", tuple(getattr(measure.effect, "new_price", None) or ())),
        ]
        given.append((measure.id, named))
    for entry, named in given:
        for kind, names in named:
            for name in names:
                if name not in known[kind]:
                    near = (
                        difflib.get_close_matches(name, sorted(known[kind]), 3)
                        or sorted(known[kind])[:12]
                    )
                    raise CatalogueError(
                        message(
                            "{measure} names the {kind} {name}, which {catalogue} does not have",
                            measure=entry,
                            name=repr(name),
                            catalogue=catalogue.id,
                            kind=KINDS[kind],
                        ),
                        f"package {package.id}",
                        message("known are {near}", near=", ".join(near)),
                    )


def _check_areas(package: Package, catalogue: Catalogue) -> None:
    """CatalogueError where an area names an unknown locality, or one is twice in a cause's areas.

    A province covers its districts, so both may not stand in areas of one cause at one time.
    """
    province = {place.code: place.province for place in catalogue.localities}
    for place, area in enumerate(package.areas):
        where = f"package {package.id}, area {area.id}"
        for code in area.localities:
            if code not in province:
                near = difflib.get_close_matches(code, sorted(province), 3) or sorted(province)[:12]
                raise CatalogueError(
                    message(
                        "the area names the locality {code}, which {catalogue} does not have",
                        code=repr(code),
                        catalogue=catalogue.id,
                    ),
                    where,
                    message("known are {near}", near=", ".join(near)),
                )
        seen: list[str] = []
        earlier = [
            code
            for other in package.areas[:place]
            if (other.cause, other.programme) == (area.cause, area.programme)
            and other.valid_from < area.valid_until
            and area.valid_from < other.valid_until
            for code in other.localities
        ]
        for code in area.localities:
            for other in (*earlier, *seen):
                if code in (other, province[other]) or other == province[code]:
                    raise CatalogueError(
                        message(
                            "{code} and {other} overlap in areas of the cause {cause} at one time",
                            code=code,
                            other=other,
                            cause=area.cause,
                        ),
                        where,
                        message(
                            "let each place stand once: take it out of one area, or end the"
                            " earlier where the later begins"
                        ),
                    )
            seen.append(code)


def _digest(model: Catalogue | Package, sets: Mapping[str, tuple[str, ...]]) -> str:
    data = model.model_dump(mode="json")
    for plan in data.get("plans", ()):
        if plan["consumption"] == list(CONSUMPTION):  # unsaid, a catalogue is what it always was
            del plan["consumption"]
    for path, keys in sets.items():
        *above, name = path.split(".")
        place = data
        for step in above:
            place = place[step]
        place[name].sort(key=lambda item: [json.dumps(item[key]) for key in keys])
    return hashlib.sha256(_canonical(data).encode()).hexdigest()


def _canonical(data: object) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def catalogue_digest(catalogue: Catalogue) -> str:
    """SHA-256 of its canonical JSON: files, comments and the order of items don't count."""
    return _digest(catalogue, {
        "carriers": ("id",), "localities": ("code",), "orders": ("id",),
        "numbering.prefixes": ("prefix", "digits"), "numbering.short_codes": ("code",),
        "numbering.renumberings": ("old", "digits"),
        "zero_rated_hosts": ("host", "list", "valid_from"), "holidays": ("day",),
        "plans": ("id", "valid_from"), "packs": ("id", "valid_from"),
        "interconnect": ("from_service", "to_service", "to_carriers", "valid_from"),
    })  # fmt: skip


def package_digest(package: Package) -> str:
    """SHA-256 of the package as canonical JSON, readings in force included."""
    return _digest(package, {"measures": ("id", "order", "carriers"), "readings": ("name",)})
