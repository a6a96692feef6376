"""The catalogue and package of a run: what holds at a moment, and each item by its versions.

Values, their sources and what a version changed are those of `doisoat catalogue show`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import duckdb

from doisoat.engine.store.home import Home
from doisoat.engine.tables.form import bare
from doisoat.settlement.figures.period import Period
from doisoat.settlement.runs.runs import package_as_written, tariffs_of, told_run
from doisoat.settlement.web.queries.json_values import Plain
from doisoat.settlement.web.readers.audience import Audience
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.views.page_tables import Parameters, Table, View, period_of, table
from doisoat.tariffs.change.diff import holds_at, span_of
from doisoat.tariffs.change.show import View as ItemView
from doisoat.tariffs.change.show import id_of, views, words_for
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.field_types import Model, civil_moment
from doisoat.tariffs.models.outline import date_text, items_of
from doisoat.tariffs.models.package_model import Measure, Package, PriceCut
from doisoat.tariffs.models.source_words import in_both

# By what an address calls an item: the section that has it.
SECTIONS = {"plan": "plans", "pack": "packs", "measure": "measures", "rate": "interconnect"}
SEARCH_MAX = 64  # characters
ITEM = {
    "sort": "VARCHAR", "id": "VARCHAR", "name": "VARCHAR", "name_en": "VARCHAR",
    "carriers": "VARCHAR", "price": "VARCHAR", "per": "VARCHAR", "valid_from": "VARCHAR",
    "valid_until": "VARCHAR", "versions": "BIGINT", "source": "VARCHAR", "source_vi": "VARCHAR",
    "mark": "VARCHAR",
}  # fmt: skip
VERSION = {
    "item": "VARCHAR", "price": "VARCHAR", "per": "VARCHAR", "valid_from": "VARCHAR",
    "valid_until": "VARCHAR", "holds": "BOOLEAN", "changed": "VARCHAR", "changed_vi": "VARCHAR",
}  # fmt: skip
VALUE = {
    "item": "VARCHAR", "holds": "BOOLEAN", "value": "VARCHAR", "value_vi": "VARCHAR",
    "text": "VARCHAR", "text_vi": "VARCHAR", "source": "VARCHAR", "source_vi": "VARCHAR",
    "mark": "VARCHAR",
}  # fmt: skip
MEASURE = {
    "id": "VARCHAR", "name": "VARCHAR", "name_en": "VARCHAR", "price": "VARCHAR",
    "effect": "VARCHAR", "effect_vi": "VARCHAR", "valid_from": "VARCHAR", "valid_until": "VARCHAR",
    "holds": "BOOLEAN",
}  # fmt: skip
READING = {"reading": "VARCHAR", "chosen": "VARCHAR"}


def catalogue(
    home: Home, cursor: duckdb.DuckDBPyConnection, audience: Audience, parameters: Parameters
) -> View:
    """Plans, packs, measures and interconnect prices that hold at a moment, those of a search."""
    period, at = _period_and_moment(cursor, parameters)
    search = parameters.get("q", "")
    if len(search) > SEARCH_MAX:
        raise Refusal("bad_value", "q")
    rows, others = list[list[Plain]](), set[tuple[str, str]]()
    for sort, items in _tariffs(home, cursor, audience, period).items.items():
        versions: dict[str, int] = {}
        for item in items.values():
            versions[id_of(item)] = versions.get(id_of(item), 0) + 1
        for item in items.values():
            if not _matches(item, search):
                continue
            if holds_at(item, at):
                rows.append(_listed(sort, item, versions[id_of(item)]))
            else:
                others.add((sort, id_of(item)))
    not_then = others - {(str(row[0]), str(row[1])) for row in rows}
    return View(
        {"period": period, "at": _moment(at), "not_then": len(not_then)},
        {"items": Table.of(ITEM, rows)},
    )


def item(
    home: Home,
    cursor: duckdb.DuckDBPyConnection,
    audience: Audience,
    parameters: Parameters,
    sort: str,
    name: str,
) -> View:
    """One item: its versions with their values, measures that name it, readings of a measure.

    Raises: Refusal not_found where nothing of the sort has the id.
    """
    period, at = _period_and_moment(cursor, parameters)
    tariffs = _tariffs(home, cursor, audience, period)
    named = {key: one for key, one in tariffs.items.get(sort, {}).items() if id_of(one) == name}
    if not named:
        raise Refusal("not_found", sort)
    by_key = {view.key: view for view in tariffs.views(name)}
    versions, values = list[list[Plain]](), list[list[Plain]]()
    for key, one in sorted(named.items(), key=lambda entry: str(span_of(entry[1])[0])):
        holds, view = holds_at(one, at), by_key[key]
        changed = [[getattr(line, side) for line in view.changed] for side in ("en", "vi")]
        versions.append(
            [key, *_price(one), *_span(one), holds, *("\n".join(lines) for lines in changed)]
        )
        values += (
            [key, holds, value.en, value.vi, value.text_en, value.text_vi,
             *reversed(in_both(value.source).pair), value.mark or None]
            for value in view.values
        )  # fmt: skip
    measures = list(_measures(name, sort, at, tariffs))
    readings = _readings(name, tariffs) if sort == "measure" else []
    first = next(iter(named.values()))
    owners = [_carriers(one) for one in named.values()]
    return View(
        {
            "period": period, "at": _moment(at), "sort": sort, "id": name,
            "name": _name(first), "name_en": _name(first, "_en"),
            "carriers": ",".join(dict.fromkeys(",".join(owners).split(","))) if all(owners) else "",
        },
        {
            "versions": Table.of(VERSION, versions),
            "values": Table.of(VALUE, values),
            "measures": Table.of(MEASURE, measures),
            "readings": Table.of(READING, readings),
        },
    )  # fmt: skip


def _period_and_moment(
    cursor: duckdb.DuckDBPyConnection, parameters: Parameters
) -> tuple[str, datetime]:
    """The period, and the moment that is asked for: else the last minute of it."""
    period = period_of(cursor, parameters)
    if "at" not in parameters:
        return period, Period.of(period).end - timedelta(minutes=1)
    try:
        return period, civil_moment(parameters["at"])
    except ValueError:
        raise Refusal("bad_value", "at", "YYYY-MM-DDTHH:MM") from None


class _Tariffs(NamedTuple):
    """What the published run was settled by; items: by sort, under their keys."""

    catalogue: Catalogue
    package: Package
    written: Mapping[str, Any]
    items: Mapping[str, Mapping[str, Model]]

    def views(self, name: str) -> tuple[ItemView, ...]:
        """Every item of an id, its values in words."""
        wording = words_for(self.catalogue)
        return views(self.catalogue, self.package, name, wording=wording)


def _tariffs(
    home: Home, cursor: duckdb.DuckDBPyConnection, audience: Audience, period: str
) -> _Tariffs:
    (row,) = table(cursor, audience, "run", period=period).rows
    run = told_run(home, str(row[0]))
    prices, package = tariffs_of(run)
    of = {**items_of(prices), **items_of(package)}
    written = package_as_written(run)
    by_sort = {sort: of.get(section, {}) for sort, section in SECTIONS.items()}
    return _Tariffs(prices, package, json.loads(written or "{}"), by_sort)


def _listed(sort: str, item: Model, versions: int) -> list[Plain]:
    """A row of ITEM."""
    source = in_both(str(getattr(item, "source", "")))
    return [
        sort, id_of(item), _name(item), _name(item, "_en"), _carriers(item), *_price(item),
        *_span(item), versions,
        source.en, source.vi, str(getattr(item, "mark", "")) or None,
    ]  # fmt: skip


def _name(item: Model, language: str = "") -> str:
    name = getattr(item, f"title{language}", None) or getattr(item, "name", None)
    return str(name or id_of(item))


def _carriers(item: Model) -> str:
    """Whose it is, by codes; '' of any."""
    several = getattr(item, "carriers", None) or getattr(item, "to_carriers", None)
    return ",".join(several or filter(None, [getattr(item, "carrier", None)]))


def _price(item: Model) -> list[Plain]:
    """The price of a pack or rate, or the monthly fee of a plan, and what it is for."""
    price = getattr(item, "price", None) or getattr(item, "monthly_fee", None)
    return [None if price is None else str(price), getattr(item, "per", None)]


def _span(item: Model) -> list[Plain]:
    return [None if moment is None else date_text(moment) for moment in span_of(item)]


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="minutes")


def _matches(item: Model, search: str) -> bool:
    """Is each word in the id, names or carriers, with or without its accents?"""
    text = " ".join((id_of(item), _name(item), _name(item, "_en"), _carriers(item)))
    return all(word in bare(text) for word in bare(search).split())


def _measures(name: str, sort: str, at: datetime, tariffs: _Tariffs) -> Iterator[list[Plain]]:
    """Measures whose scope names a plan or pack, with the new price where they give one."""
    for key, one in tariffs.items["measure"].items():
        assert isinstance(one, Measure)
        if name not in ({"plan": one.scope.plans, "pack": one.scope.packs}.get(sort) or ()):
            continue
        (view,) = [view for view in tariffs.views(one.id) if view.key == key]
        (effect,) = [value for value in view.values if value.path == ("effect",)]
        prices = one.effect.new_price if isinstance(one.effect, PriceCut) else None
        yield [
            one.id, one.title, one.title_en, (prices or {}).get(name), effect.text_en,
            effect.text_vi, *_span(one), holds_at(one, at),
        ]  # fmt: skip


def _readings(name: str, tariffs: _Tariffs) -> list[list[Plain]]:
    """The readings that the entries of a measure name, and those that these lead to."""
    entries = [one for one in tariffs.written.get("measures", ()) if one.get("id") == name]
    below = {one["name"]: one for one in tariffs.written.get("readings", ())}
    reached, waiting = set[str](), list(_named(entries))
    while waiting:
        reading = waiting.pop()
        if reading not in reached and reading in below:
            reached.add(reading)
            waiting += _named(below[reading].get("alternatives"))
    return [[reading, tariffs.package.chosen.get(reading)] for reading in sorted(reached)]


def _named(node: object) -> Iterator[str]:
    """The readings that a value as written names, at any depth."""
    below: Iterable[object] = ()
    if isinstance(node, dict):
        if isinstance(node.get("reading"), str):
            yield node["reading"]
        below = node.values()
    elif isinstance(node, list):
        below = node
    for part in below:
        yield from _named(part)
