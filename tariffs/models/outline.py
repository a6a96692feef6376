"""A catalogue or a package as items under keys, and an item as a tree of texts under keys.

A place in a list means nothing: a rate is known by kind, destination, days and hours, a volume by
what it covers, a step by its start. So two tariffs can be compared, and a change applied, by key;
prices and quantities stay the text that was written.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TypeAlias

from doisoat.tariffs.models.catalogue_model import Catalogue, Pack, Plan
from doisoat.tariffs.models.field_types import Model
from doisoat.tariffs.models.package_model import Package, Programme

Tree: TypeAlias = "str | int | bool | tuple[Tree, ...] | dict[str, Tree] | None"
Path: TypeAlias = tuple[str, ...]

KEYED = {  # lists of an item -> the keys by which their entries are known
    "rates": ("kind", "destination", "days", "hours"),
    "steps": ("start",),
    "volumes": ("kind", "destinations", "per", "hours"),
    "after": ("kind",),
    "shares": ("from_day",),
    "charges": ("id",),
}
HEADS: dict[type[Model], set[str]] = {  # of these only what is no item of its own
    Catalogue: {"id", "title", "currency"},
    Package: {"id", "title", "title_en", "author", "reference", "baseline"},
    Programme: {"id", "title", "title_en", "author", "reference"},
}
VERSIONED = ("plans", "packs", "zero_rated_hosts", "interconnect")
DRAWN = "volume_order"  # volumes are drawn in the order in which they stand
ORDERED = {"consumption"}  # lists that say an order; all others of words are sets


def date_text(moment: datetime) -> str:
    """A moment as catalogues write it: '2021-08-05', or '2021-07-24T06:00' with an hour."""
    text = moment.isoformat(timespec="seconds" if moment.second else "minutes")
    return text.removesuffix("T00:00")


# --- an item as a tree ---------------------------------------------------------------------------


def tree_of(item: Model, *, whole: bool = True) -> dict[str, Tree]:
    """An item as texts under keys; `whole`: with the defaults that nobody wrote."""
    fields = HEADS.get(type(item))
    dumped = item.model_dump(include=fields, exclude_none=True, exclude_defaults=not whole)
    tree = _keyed(dumped)
    assert isinstance(tree, dict)
    return tree


def _keyed(value: object) -> Tree:
    if isinstance(value, dict):
        tree: dict[str, Tree] = {}
        for name, below in value.items():
            if name in KEYED and isinstance(below, list | tuple):
                tree[name] = entries = _entries(name, below)
                if name == "volumes" and len(entries) > 1:
                    tree[DRAWN] = tuple(entries)
            elif name in ORDERED:
                tree[name] = tuple(_keyed(part) for part in below)
            else:
                tree[name] = _keyed(below)
        return tree
    if isinstance(value, list | tuple):
        below = tuple(_keyed(part) for part in value)
        if all(isinstance(part, str) for part in below):  # a set, however it was written
            return tuple(sorted(below, key=str))
        return below
    if isinstance(value, datetime):
        return date_text(value)
    if isinstance(value, date):
        return value.isoformat()
    assert value is None or isinstance(value, str | int | bool), value
    return value


def _entries(name: str, values: Iterable[Mapping[str, object]]) -> dict[str, Tree]:
    """A list of mappings by key; a rate of several destinations becomes one for each."""
    entries: dict[str, Tree] = {}
    for value in values:
        destinations = value.get("destination")
        parts = (
            [{**value, "destination": destination} for destination in destinations]
            if isinstance(destinations, tuple | list)
            else [value]
        )
        for part in parts:
            key = _key(name, part)
            while key in entries:  # the same twice: the second is known by standing second
                key += "'"
            entries[key] = _keyed(part)
    return entries


def _key(name: str, value: Mapping[str, object]) -> str:
    words: list[str] = []
    for field in KEYED[name]:
        part = value.get(field)
        if isinstance(part, list | tuple):
            words.append("+".join(sorted(str(name) for name in part)))
        elif part is not None and (field, part) != ("per", "pack"):
            words.append(str(part) if field != "hours" else f"{part}h")
    return " ".join(words)


def plain_of(tree: Tree) -> object:
    """What a tree was made from, as the models take it."""
    if isinstance(tree, dict):
        plain: dict[str, object] = {}
        for name, below in tree.items():
            if name == DRAWN:
                continue
            if name in KEYED and isinstance(below, dict):
                drawn = tree.get(DRAWN)
                keys = drawn if name == "volumes" and isinstance(drawn, tuple) else tuple(below)
                plain[name] = [plain_of(below[str(key)]) for key in keys]
            else:
                plain[name] = plain_of(below)
        return plain
    if isinstance(tree, tuple):
        return [plain_of(part) for part in tree]
    return tree


def at_path(tree: Tree, path: Path) -> Tree:
    """The value at a path; None where nothing is."""
    for part in path:
        tree = tree.get(part) if isinstance(tree, dict) else None
    return tree


# --- a catalogue or a package as items -----------------------------------------------------------


def items_of(tariff: Catalogue | Package) -> dict[str, dict[str, Model]]:
    """Its items by section and key; versions of one id have the id and the day they begin."""
    if isinstance(tariff, Package):
        return {
            "package": {tariff.id: tariff},
            "programmes": {part.id: part for part in tariff.programmes},
            "envelope": {part.id: part.envelope for part in tariff.parts() if part.envelope},
            "measures": measure_keys(tariff),
            "areas": {area.id: area for area in tariff.areas},
            "ceilings": {f"{one.id} {one.valid_from:%Y-%m-%d}": one for one in tariff.ceilings},
            "households": {rule.id: rule for rule in tariff.households},
            "period_reliefs": {relief.id: relief for relief in tariff.period_reliefs},
            "readings": {reading.name: reading for reading in tariff.readings},
            "announcements": {
                f"{part.id} {place}": announcement
                for part in tariff.parts()
                for place, announcement in enumerate(part.announcements, start=1)
            },
        }
    return {
        "catalogue": {tariff.id: tariff},
        "carriers": {carrier.id: carrier for carrier in tariff.carriers},
        "localities": {place.code: place for place in tariff.localities},
        "orders": {order.id: order for order in tariff.orders},
        "holidays": {holiday.day.isoformat(): holiday for holiday in tariff.holidays},
        "prefixes": _unique(
            (p.prefix if p.digits is None else f"{p.prefix} ({p.digits})", p)
            for p in tariff.numbering.prefixes
        ),
        "short_codes": _unique((short.code, short) for short in tariff.numbering.short_codes),
        "renumberings": _unique(
            (f"{change.old} ({change.digits})", change) for change in tariff.numbering.renumberings
        ),
        "zero_rated_hosts": _unique(
            (f"{host.host} {host.list} {date_text(host.valid_from)}", host)
            for host in tariff.zero_rated_hosts
        ),
        "plans": {version_key(plan): plan for plan in tariff.plans},
        "packs": {version_key(pack): pack for pack in tariff.packs},
        "interconnect": _unique(
            (
                f"{price.from_service}→{price.to_service} {_names(price.to_carriers)}"
                f" {date_text(price.valid_from)}",
                price,
            )
            for price in tariff.interconnect
        ),
    }


def version_key(version: Plan | Pack) -> str:
    return f"{version.id} {date_text(version.valid_from)}"


def identity_of(section: str, key: str) -> str:
    """A key without the day from which a version holds, or the carriers of an entry."""
    if section == "measures":
        return key.partition(" ")[0]
    return key.rpartition(" ")[0] if section in VERSIONED else key


def measure_keys(package: Package) -> dict[str, Model]:
    """Entries by id; where one id has several, by carriers too, then payments."""
    names_of = {
        place: (_names(m.carriers), _names(m.scope.payments))
        for place, m in enumerate(package.measures)
    }
    keyed: dict[str, Model] = {}
    for place, measure in enumerate(package.measures):
        alike = [names_of[n] for n, entry in enumerate(package.measures) if entry.id == measure.id]
        length = 0
        while sum(names[:length] == names_of[place][:length] for names in alike) > 1:
            length += 1
        keyed[" ".join((measure.id, *names_of[place][:length]))] = measure
    return keyed


def _names(names: Sequence[str] | None) -> str:
    return "*" if names is None else "+".join(sorted(names)) or "-"


def _unique(pairs: Iterable[tuple[str, Model]]) -> dict[str, Model]:
    keyed: dict[str, Model] = {}
    for key, item in pairs:
        while key in keyed:
            key += "'"
        keyed[key] = item
    return keyed
