"""Names that a claim may use: carriers, their measures with natures and units, and provinces.

From the run in force of the period, whose package a claim answers to; else from tariffs as given.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from doisoat.engine.store.home import Home
from doisoat.errors import IntakeError
from doisoat.messages.text import message
from doisoat.settlement.claims.form import MIXED
from doisoat.settlement.runs.runs import current_runs, run_files, tariffs_of
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import BonusVolume, Measure, Package

BOTH: Final = ("discount", "in_kind")
# What relief of each effect can be of: docs/semantics.md, 2.
NATURES_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "zero_rating": BOTH,
    "bonus_volume": BOTH,
    "grant": BOTH,
    "price_cut": ("discount",),
    "money_grant": ("discount",),
    "contribution": ("contribution",),
    "fee_in_kind": ("in_kind",),
    "forbearance": ("forbearance",),
}
UNIT_OF_KIND: Final = {
    "voice": "ms", "sms": "message", "data": "byte", "pack": "event", "fee": "event",
}  # fmt: skip


class Relief(NamedTuple):
    """A measure of a carrier, of one nature."""

    measure: str
    nature: str
    unit: str  # of form.UNIT_WORDS
    title: str
    title_en: str
    valid_from: datetime  # civil; of several entries the first
    valid_until: datetime  # of several entries the last

    def is_given_in(self, begin: datetime, end: datetime) -> bool:
        """Is it in force at any moment of [begin, end)?"""
        return self.valid_from < end and begin < self.valid_until


class Vocabulary(NamedTuple):
    """The names that hold in one period."""

    carriers: Mapping[str, str]  # name by id
    reliefs: Mapping[str, tuple[Relief, ...]]  # by carrier, in the package's order
    provinces: Mapping[str, str]  # name by code, in the order of codes

    def reliefs_of(self, carrier: str) -> dict[tuple[str, str], Relief]:
        """What a carrier can give, by measure and nature."""
        return {(relief.measure, relief.nature): relief for relief in self.reliefs.get(carrier, ())}

    def units_of(self, carrier: str) -> dict[tuple[str, str], str]:
        """What units of each measure and nature of a carrier are counted in."""
        return {key: relief.unit for key, relief in self.reliefs_of(carrier).items()}


VocabularyOf = Callable[[str], Vocabulary]  # of a period


def refuse_unknown(carrier: str, known: Iterable[str]) -> None:
    """IntakeError, which names those that are known, for a carrier that is none of them."""
    if carrier not in known:
        listed = ", ".join(sorted(known))
        raise IntakeError(
            message("no carrier is called {carrier}", carrier=repr(carrier)), "--carrier",
            message("write one of {listed}", listed=listed),
        )  # fmt: skip


def vocabulary_of(catalogue: Catalogue, package: Package) -> Vocabulary:
    """The names of a catalogue and a package, with its readings in place."""
    named = {name for entry in package.measures for name in entry.carriers or ()}
    called = {carrier.id: carrier.name for carrier in catalogue.carriers}
    carriers = {carrier: called.get(carrier, carrier) for carrier in sorted({*called, *named})}
    provinces = {
        locality.code: locality.name
        for locality in catalogue.localities
        if locality.province is None
    }
    return Vocabulary(
        carriers,
        {carrier: _reliefs(package, carrier) for carrier in carriers},
        dict(sorted(provinces.items())),
    )


def of_tariffs(catalogue: Catalogue, package: Package) -> VocabularyOf:
    """The same of every period."""
    vocabulary = vocabulary_of(catalogue, package)
    return lambda period: vocabulary


def of_home(home: Home, otherwise: VocabularyOf) -> VocabularyOf:
    """The names of the run in force of a period; as given where it has none."""
    known: dict[str, Vocabulary] = {}

    def of(period: str) -> Vocabulary:
        run = current_runs(home).get(period)
        if run is None:
            return otherwise(period)
        if run not in known:
            known[run] = vocabulary_of(*tariffs_of(run_files(home, run, superseded=False)))
        return known[run]

    return of


def _reliefs(package: Package, carrier: str) -> tuple[Relief, ...]:
    units: dict[tuple[str, str], set[str]] = {}
    entries: dict[tuple[str, str], list[Measure]] = {}
    for entry in package.in_order():
        if entry.carriers is not None and carrier not in entry.carriers:
            continue
        for nature in NATURES_OF[entry.effect.type]:
            key = entry.id, nature
            entries.setdefault(key, []).append(entry)
            kinds = (
                entry.effect.kinds if isinstance(entry.effect, BonusVolume) else entry.scope.kinds
            )
            units.setdefault(key, set()).update(UNIT_OF_KIND[kind] for kind in kinds)
    return tuple(
        Relief(
            *key, next(iter(units[key])) if len(units[key]) == 1 else MIXED, several[0].title,
            several[0].title_en, min(measure.valid_from for measure in several),
            max(measure.valid_until for measure in several),
        )
        for key, several in entries.items()
    )  # fmt: skip
