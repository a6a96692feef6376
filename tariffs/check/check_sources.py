"""Checks of sources: values that no source supports, and notes that are half written."""

from collections.abc import Iterator
from typing import TypeAlias

from doisoat.messages.text import message
from doisoat.tariffs.check.findings import Assumed, Finding, Place
from doisoat.tariffs.models.catalogue_model import After, Catalogue, Volume
from doisoat.tariffs.models.field_types import Sourced
from doisoat.tariffs.models.package_model import Package
from doisoat.tariffs.models.rates import Rate

Steps: TypeAlias = tuple[str | int, ...]
Part: TypeAlias = Rate | Volume | After


def sourced_items(tariff: Catalogue | Package) -> Iterator[tuple[str, Sourced, Steps]]:
    """(name, item, path) of each item that has a source."""
    if isinstance(tariff, Package):
        for i, measure in enumerate(tariff.measures):
            yield f"measure {measure.id}", measure, ("measures", i)
        for i, area in enumerate(tariff.areas):
            yield f"area {area.id}", area, ("areas", i)
        for i, ceiling in enumerate(tariff.ceilings):
            yield f"ceiling {ceiling.id}", ceiling, ("ceilings", i)
        for i, rule in enumerate(tariff.households):
            yield f"household benefit {rule.id}", rule, ("households", i)
        if tariff.envelope is not None:
            yield "envelope", tariff.envelope, ("envelope",)
        for i, part in enumerate(tariff.programmes):
            if part.envelope is not None:
                yield f"envelope {part.id}", part.envelope, ("programmes", i, "envelope")
            for k, announcement in enumerate(part.announcements):
                yield (
                    f"announcement {announcement.what_en}",
                    announcement,
                    ("programmes", i, "announcements", k),
                )
        for k, announcement in enumerate(tariff.announcements):
            yield f"announcement {announcement.what_en}", announcement, ("announcements", k)
        return
    state = tariff.jurisdiction
    if state is not None:
        yield f"state {state.id}", state, ("jurisdiction",)
        for i, rate in enumerate(state.tax.rates):
            since = f"{rate.valid_from:%Y-%m}"
            yield f"tax since {since}", rate, ("jurisdiction", "tax", "rates", i)
    for section, names, items in (
        ("carriers", "id", tariff.carriers),
        ("localities", "code", tariff.localities),
        ("orders", "id", tariff.orders),
        ("holidays", "day", tariff.holidays),
        ("zero_rated_hosts", "host", tariff.zero_rated_hosts),
        ("plans", "id", tariff.plans),
        ("packs", "id", tariff.packs),
        ("interconnect", "price", tariff.interconnect),
    ):
        for i, item in enumerate(items):
            yield f"{section} {getattr(item, names)}", item, (section, i)
    for i, prefix in enumerate(tariff.numbering.prefixes):
        yield f"prefix {prefix.prefix}", prefix, ("numbering", "prefixes", i)
    for i, short in enumerate(tariff.numbering.short_codes):
        yield f"short code {short.code}", short, ("numbering", "short_codes", i)
    for i, change in enumerate(tariff.numbering.renumberings):
        yield f"{change.old} → {change.new}", change, ("numbering", "renumberings", i)


def parts_of(item: Sourced) -> Iterator[tuple[str, Part, Steps]]:
    """(name, part, path below the item) of what may have a source and mark of its own."""
    for section in ("rates", "volumes", "after"):
        for i, part in enumerate(getattr(item, section, ())):
            to = getattr(part, "destinations", ())
            yield f"{part.kind} {'+'.join(to)}".rstrip(), part, (section, i)


def check_notes(tariff: Catalogue | Package, place: Place) -> Iterator[Finding]:
    """A source says something, and comes with its mark."""
    for name, item, path in sourced_items(tariff):
        notes = [(name, item.source, path)]
        notes += [(f"{name}, {key}", n.source, (*path, "sources", key))
                  for key, n in item.sources.items()]  # fmt: skip
        for part_name, part, below in parts_of(item):
            if (part.source is None) != (part.mark is None):
                yield Finding(
                    "warning",
                    "note-half",
                    place(*path, *below),
                    message(
                        "{name}, {part_name}: source and mark go together",
                        name=name,
                        part_name=part_name,
                    ),
                    message("write both, or neither"),
                )
            if part.source is not None:
                notes.append((f"{name}, {part_name}", part.source, (*path, *below)))
        for owner, source, where in notes:
            if not any(letter.isalnum() for letter in source):
                yield Finding(
                    "warning",
                    "source-blank",
                    place(*where),
                    message(
                        "{owner}: source {value} says nothing", owner=owner, value=f"{source!r}"
                    ),
                    message("name document, article and page; without a source, mark: assumed"),
                )


def assumed_values(tariff: Catalogue | Package, place: Place) -> Iterator[Assumed]:
    """Every value that is marked assumed, as whole items, fields, or rates and volumes."""
    for name, item, path in sourced_items(tariff):
        for field in item.assumed:
            note = item if field == "*" else item.sources[field]
            where = place(*path) if field == "*" else place(*path, field)
            yield Assumed(where, name, (field,), note.source)
        for part_name, part, below in parts_of(item):
            if part.mark == "assumed" and part.source is not None:
                yield Assumed(place(*path, *below), name, (part_name,), part.source)
