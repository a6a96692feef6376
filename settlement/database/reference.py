"""A catalogue and a package as rows: what schema `ref` of relief.duckdb shows. No I/O here."""

import json
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from doisoat.tariffs.load.tariffs import catalogue_digest, package_digest
from doisoat.tariffs.models.catalogue_model import Catalogue, Plan
from doisoat.tariffs.models.field_types import Sourced
from doisoat.tariffs.models.package_model import Envelope, Package

Row = dict[str, Any]


def _plain(model: BaseModel, *leave_out: str) -> Row:
    """Its fields by name; `sources` are rows of field_source."""
    return {name: value for name, value in model if name not in ("sources", *leave_out)}


def _field_sources(catalogue: Catalogue, package: Package) -> list[Row]:
    """What `sources` of each entry say: rows of field_source."""
    numbering = catalogue.numbering
    entries: tuple[tuple[str, Iterable[Sourced], tuple[str, ...]], ...] = (
        ("carrier", catalogue.carriers, ("id",)),
        ("locality", catalogue.localities, ("code",)),
        ("distancing_order", catalogue.orders, ("id",)),
        ("prefix", numbering.prefixes, ("prefix",)),
        ("short_code", numbering.short_codes, ("code",)),
        ("renumbering", numbering.renumberings, ("old",)),
        ("zero_rated_host", catalogue.zero_rated_hosts, ("list", "host")),
        ("holiday", catalogue.holidays, ("day",)),
        ("plan", catalogue.plans, ("id",)),
        ("pack", catalogue.packs, ("id",)),
        ("interconnect_price", catalogue.interconnect, ("from_service", "to_service")),
        ("measure", package.measures, ("id",)),
        (
            "announcement",
            [announcement for part in package.parts() for announcement in part.announcements],
            ("who_en", "what_en"),
        ),
    )
    rows = [
        {
            "in_table": table,
            "entry": " ".join(str(getattr(entry, name)) for name in key),
            "valid_from": getattr(entry, "valid_from", None),
            "carriers": _joined(
                getattr(entry, "to_carriers" if table == "interconnect_price" else "carriers", None)
            ),
            "field": field,
            **_plain(note),
        }
        for table, listed, key in entries
        for entry in listed
        for field, note in entry.sources.items()
    ]
    return rows + [
        {
            "in_table": "programme",
            "entry": part.id,
            "valid_from": None,
            "carriers": None,
            "field": f"envelope.{field}",
            **_plain(note),
        }
        for part in package.parts()
        for field, note in (part.envelope.sources if part.envelope else {}).items()
    ]


def _envelope(envelope: Envelope | None) -> Row:
    """The columns envelope_… of a programme; all null where it has none."""
    names = ("rule", "natures", "basis", "carriers", "measures", "source", "mark")
    row: Row = {"envelope": envelope.amount if envelope else None}
    for name in names:
        value = getattr(envelope, name, None)
        row[f"envelope_{name}"] = _joined(value) if isinstance(value, tuple) else value
    row["envelope_per_carrier"] = _json(envelope.per_carrier if envelope else None)
    return row


def _json(value: object) -> str | None:
    if value is None:
        return None
    plain = (
        value.model_dump(mode="json", exclude_none=True) if isinstance(value, BaseModel) else value
    )
    return json.dumps(plain, ensure_ascii=False, sort_keys=True)


def _joined(names: Iterable[str] | None) -> str | None:
    return None if names is None else ", ".join(names)


NOT_OF_A_STEP = (
    "kind", "destination", "price", "per", "block", "percent", "steps",
    "prices",  # those that are loaded have their tax
)  # fmt: skip


def _rates(plan: Plan) -> list[Row]:
    return [
        {
            "plan": plan.id,
            "valid_from": plan.valid_from,
            "rate": number,
            "kind": rate.kind,
            "destination": destination,
            "step": step,
            "start_unit": start,
            "block": block,
            "price_numerator": price.numerator,
            "price_denominator": price.denominator,
            "flat": rate.steps[step - 1].flat if rate.steps else rate.price_of_event,
            **_plain(rate, *NOT_OF_A_STEP),
        }
        for number, rate in enumerate(plan.rates, start=1)
        for destination in rate.destinations
        for step, (start, block, price) in enumerate(rate.table(), start=1)
    ]


def reference_rows(catalogue: Catalogue, package: Package) -> dict[str, list[Row]]:
    """Rows by the name of their table in `ref`, each with all columns of the table."""
    return {
        **_catalogue_rows(catalogue),
        **_package_rows(package),
        "field_source": _field_sources(catalogue, package),
    }


def _catalogue_rows(catalogue: Catalogue) -> dict[str, list[Row]]:
    packs = catalogue.packs
    return {
        "catalogue": [
            {
                "id": catalogue.id,
                "title": catalogue.title,
                "currency": catalogue.currency.code,
                "decimals": catalogue.currency.decimals,
                "digest": catalogue_digest(catalogue),
            }
        ],
        "carrier": [_plain(carrier) for carrier in catalogue.carriers],
        "locality": [_plain(place) for place in catalogue.localities],
        "distancing_order": [
            {**_plain(order, "localities"), "locality": code}
            for order in catalogue.orders
            for code in order.localities
        ],
        "prefix": [_plain(prefix) for prefix in catalogue.numbering.prefixes],
        "short_code": [_plain(code) for code in catalogue.numbering.short_codes],
        "renumbering": [
            {**_plain(change, "old", "new"), "old_head": change.old, "new_head": change.new}
            for change in catalogue.numbering.renumberings
        ],
        "zero_rated_host": [_plain(host) for host in catalogue.zero_rated_hosts],
        "plan": [
            {**_plain(plan, "rates", "charges"), "consumption": _joined(plan.consumption)}
            for plan in catalogue.plans
        ],
        "rate": [row for plan in catalogue.plans for row in _rates(plan)],
        "pack": [
            {
                **_plain(pack, "volumes", "after"),
                "payments": _joined(pack.payments),
                "proration": _json(pack.proration),
                "renewal": _json(pack.renewal),
                "validity": " ".join(
                    f"{name} {value}" if value is not True else name
                    for name, value in pack.validity
                    if value
                ),
            }
            for pack in packs
        ],
        "pack_volume": [
            {
                **_plain(volume, "amount", "destinations"),
                "pack": pack.id,
                "valid_from": pack.valid_from,
                "volume": number,
                "destinations": _joined(volume.destinations),
                "units": volume.capacity(catalogue.currency.decimals),
                "calls": _json(volume.calls),
            }
            for pack in packs
            for number, volume in enumerate(pack.volumes, start=1)
        ],
        "pack_after": [
            {**_plain(after), "pack": pack.id, "valid_from": pack.valid_from}
            for pack in packs
            for after in pack.after
        ],
        "holiday": [_plain(holiday) for holiday in catalogue.holidays],
        "interconnect_price": [
            {**_plain(price), "to_carriers": _joined(price.to_carriers)}
            for price in catalogue.interconnect
        ],
    }


def _package_rows(package: Package) -> dict[str, list[Row]]:
    return {
        "package": [
            {
                **_plain(
                    package,
                    "measures",
                    "readings",
                    "chosen",
                    "envelope",
                    "programmes",
                    "announcements",
                    "areas",
                    "ceilings",
                    "households",
                    "period_reliefs",
                ),
                "digest": package_digest(package),
            }
        ],
        "programme": [
            {
                **_plain(part, "envelope", "announcements"),
                "precedence": precedence,
                **_envelope(part.envelope),
            }
            for precedence, part in enumerate(package.parts(), start=1)
        ],
        "announcement": [
            {**_plain(announcement), "programme": part.id, "place": place}
            for part in package.parts()
            for place, announcement in enumerate(part.announcements, start=1)
        ],
        "measure": [
            {
                **_plain(measure, "order", "where"),
                "programme": measure.programme or package.id,
                "carriers": _joined(measure.carriers),
                "place_in_order": measure.order,
                "effect": _json(measure.effect),
                "cap": _json(measure.cap),
                "scope": _json(measure.scope),
                "place": _json(measure.where),
            }
            for measure in package.measures
        ],
        "reading": [
            {
                "name": reading.name,
                "question": reading.question,
                "question_en": reading.question_en,
                "alternative": name,
                "means": alternative.means,
                "means_vi": alternative.means_vi,
                "is_default": name == reading.default,
                "in_force": name == package.chosen.get(reading.name, reading.default),
                "source": reading.source,
            }
            for reading in package.readings
            for name, alternative in reading.alternatives.items()
        ],
    }
