"""Shows a plan, pack, measure, reading, carrier…: each value with its source and its mark."""

import difflib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from doisoat.errors import CatalogueError
from doisoat.messages.text import Text, message
from doisoat.tariffs.change.diff import DATES, Difference, changes_of, holds_at, span_of
from doisoat.tariffs.change.diff_text import Sentence, entry_text, sentences, text_of
from doisoat.tariffs.models.catalogue_model import (
    Catalogue,
    Holiday,
    InterconnectPrice,
    Locality,
    Pack,
    Plan,
    Prefix,
    Renumbering,
    ShortCode,
    ZeroRatedHost,
)
from doisoat.tariffs.models.field_types import Model, Sourced
from doisoat.tariffs.models.labels import words_of
from doisoat.tariffs.models.outline import DRAWN, KEYED, Tree, date_text, items_of, tree_of
from doisoat.tariffs.models.package_model import Announcement, Envelope, Package, Reading
from doisoat.tariffs.models.value_words import AS_WRITTEN, Wording, in_words

NOTES = ("id", "source", "mark", "sources")
BELOW = {*KEYED, "alternatives"}  # each entry of these is a value of its own


@dataclass(frozen=True, slots=True)
class Value:
    """One value in words, and what it rests on."""

    path: tuple[str, ...]
    vi: str
    en: str
    text_vi: str
    text_en: str
    source: str
    mark: str  # '' of a reading, which answers what no source says


@dataclass(frozen=True, slots=True)
class View:
    """One item: its values, and what it changed on the version before it."""

    section: str
    key: str
    values: tuple[Value, ...]
    changed: tuple[Sentence, ...] = ()

    def as_object(self) -> dict[str, Any]:
        return {
            "section": self.section,
            "key": self.key,
            "values": [
                {**asdict(value), "path": list(value.path)} for value in self.values
            ],
            "changed": [sentence._asdict() for sentence in self.changed],
        }  # fmt: skip


def overview(
    catalogue: Catalogue, package: Package, at: datetime | None = None
) -> dict[str, tuple[str, ...]]:
    """The ids of each section, of what holds at a moment or of all, each once."""
    by_section: dict[str, tuple[str, ...]] = {}
    for section, _, item in _items(catalogue, package):
        if at is None or holds_at(item, at):
            by_section[section] = tuple(dict.fromkeys((*by_section.get(section, ()), id_of(item))))
    return by_section


def id_of(item: Model) -> str:
    """What an item is called when it is asked for."""
    match item:
        case Reading(name=name) | Locality(code=name) | ShortCode(code=name):
            return name
        case Holiday(day=day):
            return day.isoformat()
        case ZeroRatedHost(host=name) | Prefix(prefix=name):
            return name
        case Renumbering():
            return f"{item.old}→{item.new}"
        case InterconnectPrice():
            return f"{item.from_service}→{item.to_service}"
        case Envelope():
            return "envelope"
        case Announcement():
            return "announcements"
        case _:
            return str(vars(item)["id"])


def views(
    catalogue: Catalogue,
    package: Package,
    name: str,
    at: datetime | None = None,
    *,
    wording: Wording = AS_WRITTEN,
) -> tuple[View, ...]:
    """Every item of this id; with a moment, as it holds then; values as written, or in words.

    Raises: CatalogueError where nothing has the id, or nothing of it holds at the moment.
    """
    items = list(_items(catalogue, package))
    named = [(s, key, item) for s, key, item in items if id_of(item) == name]
    if not named:
        known = sorted({id_of(item) for _, _, item in items})
        near = difflib.get_close_matches(name, known, 3)
        raise CatalogueError(
            message("nothing here has the id {name}", name=repr(name)),
            f"catalogue {catalogue.id}, package {package.id}",
            message(
                "did you mean {near}? `doisoat catalogue show` lists all ids", near=", ".join(near)
            )
            if near
            else message("`doisoat catalogue show` lists all ids"),
        )
    in_force = [entry for entry in named if at is None or holds_at(entry[2], at)]
    if not in_force:
        assert at is not None
        spans = ", ".join(sorted({_span(item) for _, _, item in named}))
        raise CatalogueError(
            message("{name} does not hold at {at}", name=name, at=date_text(at)),
            f"catalogue {catalogue.id}, package {package.id}",
            message("ask for a moment in {spans}", spans=spans),
        )
    return tuple(
        View(
            section,
            key,
            tuple(_values(item, catalogue, package, wording)),
            _changed(item, key, catalogue, wording),
        )
        for section, key, item in in_force
    )


def _items(catalogue: Catalogue, package: Package) -> Iterator[tuple[str, str, Model]]:
    """(section, key, item) of both, one after the other."""
    for tariff in (catalogue, package):
        for section, items in items_of(tariff).items():
            for key, item in items.items():
                yield section, key, item


def _span(item: Model) -> str:
    begin, end = (date_text(moment) if moment else "…" for moment in span_of(item))
    return f"[{begin}, {end})"


def words_for(catalogue: Catalogue) -> Wording:
    """Values in words, in which carriers and localities are called as this catalogue has them."""
    carriers = {carrier.id: Text(carrier.name, carrier.name_en) for carrier in catalogue.carriers}
    places = {place.code: Text(place.name, place.name_en) for place in catalogue.localities}
    return in_words({
        **dict.fromkeys(("carrier", "carriers", "to_carriers"), carriers),
        **dict.fromkeys(("locality", "localities", "province"), places),
    })  # fmt: skip


def _values(
    item: Model, catalogue: Catalogue, package: Package, wording: Wording
) -> Iterator[Value]:
    tree = tree_of(item, whole=False)
    for name, value in tree.items():
        if name in NOTES or name == DRAWN:
            continue
        if name in BELOW and isinstance(value, dict):
            for key, entry in value.items():
                yield _value(item, (name, key), entry, wording)
        else:
            yield _value(item, (name,), value, wording)
    if isinstance(item, Reading) and item.name in package.chosen:
        yield _value(item, ("chosen",), package.chosen[item.name], wording)
    for name, ids in _related(item, catalogue):
        names, (vi, en) = ", ".join(ids), words_of((name,)).pair
        yield Value((name,), vi, en, names, names, "", "")


def _value(item: Model, path: tuple[str, ...], value: Tree, wording: Wording) -> Value:
    source, mark = str(getattr(item, "source", "")), str(getattr(item, "mark", ""))
    if isinstance(item, Sourced) and path[0] in item.sources:
        source, mark = item.sources[path[0]].source, item.sources[path[0]].mark
    if isinstance(value, dict) and value.get("source"):
        source, mark = str(value["source"]), str(value.get("mark", mark))
    vi, en = (_value_text(path, value, language, wording) for language in (0, 1))
    return Value(path, *words_of(path, wording).pair, vi, en, source, mark)


def _value_text(path: tuple[str, ...], value: Tree, language: int, wording: Wording) -> str:
    if len(path) > 1 and path[0] in KEYED:
        return entry_text(path[0], "", value, language, wording)
    return text_of(value, language, path[-1], wording)


def _related(item: Model, catalogue: Catalogue) -> Iterator[tuple[str, list[str]]]:
    """What of the catalogue names a carrier or a locality."""
    for section, ids in (
        ("plans", [plan.id for plan in catalogue.plans if plan.carrier == getattr(item, "id", "")]),
        ("packs", [pack.id for pack in catalogue.packs if pack.carrier == getattr(item, "id", "")]),
        (
            "orders",
            [order.id for order in catalogue.orders
             if getattr(item, "code", "") in order.localities],
        ),
    ):  # fmt: skip
        if ids:
            yield section, list(dict.fromkeys(ids))


def _changed(item: Model, key: str, catalogue: Catalogue, wording: Wording) -> tuple[Sentence, ...]:
    """What a version of a plan or pack changed on the one before it."""
    if not isinstance(item, Plan | Pack):
        return ()
    section, versions = (
        ("plans", catalogue.plans) if isinstance(item, Plan) else ("packs", catalogue.packs)
    )
    earlier = [v for v in versions if v.id == item.id and v.valid_from < item.valid_from]
    if not earlier:
        return ()
    before = max(earlier, key=lambda version: version.valid_from)
    changes = tuple(
        c for c in changes_of(tree_of(before), tree_of(item)) if c.path[0] not in DATES
    )  # fmt: skip
    return sentences(Difference(section, key, "new_version", {}, changes), wording)
