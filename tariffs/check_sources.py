"""What the values rest on: those that no source supports, and notes that are half written."""

from collections.abc import Iterator
from typing import TypeAlias

from doisoat.tariffs.field_types import Sourced
from doisoat.tariffs.findings import Assumed, Finding, Place
from doisoat.tariffs.models import After, Catalogue, Volume
from doisoat.tariffs.package_models import Package
from doisoat.tariffs.rates import Rate

Steps: TypeAlias = tuple[str | int, ...]
Part: TypeAlias = Rate | Volume | After


def sourced_items(thing: Catalogue | Package) -> Iterator[tuple[str, Sourced, Steps]]:
    """(name, item, path) of each item that has a source."""
    if isinstance(thing, Package):
        for i, measure in enumerate(thing.measures):
            yield f"measure {measure.id}", measure, ("measures", i)
        if thing.envelope is not None:
            yield "envelope", thing.envelope, ("envelope",)
        for i, part in enumerate(thing.programmes):
            if part.envelope is not None:
                yield f"envelope {part.id}", part.envelope, ("programmes", i, "envelope")
            for k, one in enumerate(part.announcements):
                yield f"announcement {one.what_en}", one, ("programmes", i, "announcements", k)
        for k, one in enumerate(thing.announcements):
            yield f"announcement {one.what_en}", one, ("announcements", k)
        return
    for section, names, items in (
        ("carriers", "id", thing.carriers),
        ("localities", "code", thing.localities),
        ("orders", "id", thing.orders),
        ("holidays", "day", thing.holidays),
        ("zero_rated_hosts", "host", thing.zero_rated_hosts),
        ("plans", "id", thing.plans),
        ("packs", "id", thing.packs),
        ("interconnect", "price", thing.interconnect),
    ):
        for i, item in enumerate(items):
            yield f"{section} {getattr(item, names)}", item, (section, i)
    for i, prefix in enumerate(thing.numbering.prefixes):
        yield f"prefix {prefix.prefix}", prefix, ("numbering", "prefixes", i)
    for i, short in enumerate(thing.numbering.short_codes):
        yield f"short code {short.code}", short, ("numbering", "short_codes", i)
    for i, change in enumerate(thing.numbering.renumberings):
        yield f"{change.old} → {change.new}", change, ("numbering", "renumberings", i)


def parts_of(item: Sourced) -> Iterator[tuple[str, Part, Steps]]:
    """(name, part, path below the item) of what may have a source and mark of its own."""
    for section in ("rates", "volumes", "after"):
        for i, part in enumerate(getattr(item, section, ())):
            to = getattr(part, "destinations", ())
            yield f"{part.kind} {'+'.join(to)}".rstrip(), part, (section, i)


def check_notes(thing: Catalogue | Package, place: Place) -> Iterator[Finding]:
    """A source says something, and comes with its mark."""
    for name, item, path in sourced_items(thing):
        notes = [(name, item.source, path)]
        notes += [(f"{name}, {key}", n.source, (*path, "sources", key))
                  for key, n in item.sources.items()]  # fmt: skip
        for part_name, part, below in parts_of(item):
            if (part.source is None) != (part.mark is None):
                yield Finding(
                    "warning", "note-half", place(*path, *below),
                    f"{name}, {part_name}: source và mark phải đi cùng nhau",
                    f"{name}, {part_name}: source and mark go together",
                    "viết cả hai, hoặc bỏ cả hai", "write both, or neither",
                )  # fmt: skip
            if part.source is not None:
                notes.append((f"{name}, {part_name}", part.source, (*path, *below)))
        for told, source, where in notes:
            if not any(letter.isalnum() for letter in source):
                yield Finding(
                    "warning", "source-blank", place(*where),
                    f"{told}: nguồn {source!r} không nói gì",
                    f"{told}: source {source!r} says nothing",
                    "ghi văn bản, điều, trang; không có nguồn thì mark: assumed",
                    "name document, article and page; without a source, mark: assumed",
                )  # fmt: skip


def assumed_values(thing: Catalogue | Package, place: Place) -> Iterator[Assumed]:
    """Every value that is marked assumed, as whole items, fields, or rates and volumes."""
    for name, item, path in sourced_items(thing):
        for field in item.assumed:
            note = item if field == "*" else item.sources[field]
            where = place(*path) if field == "*" else place(*path, field)
            yield Assumed(where, name, (field,), note.source)
        for part_name, part, below in parts_of(item):
            if part.mark == "assumed" and part.source is not None:
                yield Assumed(place(*path, *below), name, (part_name,), part.source)
