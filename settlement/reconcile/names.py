"""What measures, provinces and carriers of variances are called, by the tariffs of their run."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from doisoat.engine.store.home import Home
from doisoat.said import Said
from doisoat.settlement.reconcile.variance_words import NATURES, UNKNOWN_PROVINCE, WHOLE_TOTAL
from doisoat.settlement.records.variance import INTERCONNECT, TOTAL, Variance
from doisoat.settlement.runs.runs import run_files, tariffs_of

Named = Mapping[str, Said]


class Names(NamedTuple):
    """Names by code. A measure may be called otherwise by a carrier: by (carrier, measure)."""

    carriers: Named
    provinces: Named
    measures: Mapping[tuple[str, str], Said]

    def cell(self, one: Variance) -> list[Said]:
        """What a cell is of, most general first: measure, nature or item, day, province, total.

        A code that the run's tariffs do not have stands for itself.
        """
        told = []
        if one.measure == INTERCONNECT:
            told.append(NATURES[INTERCONNECT])
            told.append(_code(f"{one.key['payer']} → {one.key['payee']}"))
        elif one.measure:
            told.append(self.measures.get((one.carrier, one.measure), _code(one.measure)))
        for name in ("nature", "item"):
            if value := one.key.get(name):
                told.append(NATURES.get("forbearance" if value == "forbearances" else value,
                                        _code(value)))  # fmt: skip
        if day := one.key.get("day"):
            told.append(_day(day))
        if "home_province" in one.key:
            code = one.key["home_province"]
            told.append(self.provinces.get(code, _code(code)) if code else UNKNOWN_PROVINCE)
        if TOTAL in one.key:
            told.append(WHOLE_TOTAL)
        return told

    def carrier(self, code: str) -> Said:
        return self.carriers.get(code, _code(code))


def names_of(home: Home, variances: Iterable[Variance]) -> Names:
    """The names that variances need. StoreError if the run of one is lost or damaged."""
    runs = dict.fromkeys(one.run for one in variances)
    own = {(one.carrier, one.measure) for one in variances}
    found = Names({}, {}, {})
    for run in reversed(runs):  # of the first one last: it holds
        catalogue, package = tariffs_of(run_files(home, run, superseded=False))
        carriers = {one.id: Said(one.name, one.name_en) for one in catalogue.carriers}
        provinces = {
            one.code: Said(one.name, one.name_en)
            for one in catalogue.localities
            if one.province is None
        }
        measures = {
            (carrier, entry.id): Said(entry.title, entry.title_en or entry.title)
            for carrier, measure in own
            for entry in package.measures
            if entry.id == measure and (entry.carriers is None or carrier in entry.carriers)
        }
        found = Names(
            {**found.carriers, **carriers}, {**found.provinces, **provinces},
            {**found.measures, **measures},
        )  # fmt: skip
    return found


def _code(code: str) -> Said:
    return Said(code, code)


def _day(day: str) -> Said:
    year, month, of_month = day.split("-")
    return Said(f"{of_month}/{month}/{year}", day)
