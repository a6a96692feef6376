"""Names of measures, provinces and carriers of variances, by the tariffs of their run."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from doisoat.civil_time import civil_of_utc
from doisoat.engine.store.home import Home
from doisoat.messages.text import Text
from doisoat.settlement.log import journal
from doisoat.settlement.papers.figures import Figures
from doisoat.settlement.reconcile.letter.detail_words import Names as DetailNames
from doisoat.settlement.reconcile.letter.detail_words import detail_in_words
from doisoat.settlement.reconcile.letter.letter_lines import Face
from doisoat.settlement.reconcile.letter.variance_words import (
    NATURES,
    UNKNOWN_PROVINCE,
    WHOLE_TOTAL,
)
from doisoat.settlement.records.explanation import Part
from doisoat.settlement.records.variance import INTERCONNECT, TOTAL, Variance
from doisoat.settlement.runs.runs import run_files, tariffs_of

Named = Mapping[str, Text]
FILE = "file:"  # in a detail, before the SHA-256 of one


class Names(NamedTuple):
    """Names by code. A measure may be called otherwise by a carrier: by (carrier, measure)."""

    carriers: Named
    provinces: Named
    measures: Mapping[tuple[str, str], Text]
    of_runs: Mapping[tuple[str, str], DetailNames]  # by run and carrier

    def detail(self, variance: Variance, part: Part, say: Figures) -> str:
        """What a cause's detail of a variance says, in words."""
        return detail_in_words(self.of_runs[variance.run, variance.carrier], say, part)

    def cell(self, variance: Variance) -> list[Text]:
        """What a cell is of, most general first: measure, nature or item, day, province, total.

        A code that the run's tariffs do not have stands for itself.
        """
        texts = []
        if variance.measure == INTERCONNECT:
            texts.append(NATURES[INTERCONNECT])
            texts.append(_code(f"{variance.key['payer']} → {variance.key['payee']}"))
        elif variance.measure:
            texts.append(
                self.measures.get((variance.carrier, variance.measure), _code(variance.measure))
            )
        for name in ("nature", "item"):
            if value := variance.key.get(name):
                texts.append(NATURES.get("forbearance" if value == "forbearances" else value,
                                        _code(value)))  # fmt: skip
        if day := variance.key.get("day"):
            texts.append(_day(day))
        if "home_province" in variance.key:
            code = variance.key["home_province"]
            texts.append(self.provinces.get(code, _code(code)) if code else UNKNOWN_PROVINCE)
        if TOTAL in variance.key:
            texts.append(WHOLE_TOTAL)
        return texts

    def carrier(self, code: str) -> Text:
        return self.carriers.get(code, _code(code))


def names_of(home: Home, variances: Sequence[Variance]) -> Names:
    """The names that variances need. StoreError if the run of one is lost or damaged."""
    runs = dict.fromkeys(variance.run for variance in variances)
    measured = {(variance.carrier, variance.measure) for variance in variances}
    pairs = {(variance.run, variance.carrier) for variance in variances}
    files, settled = _file_names(home, variances), settled_at(journal.entries(home))
    of_runs: dict[tuple[str, str], DetailNames] = {}
    names = Names({}, {}, {}, of_runs)
    for run in reversed(runs):  # of the first one last: it holds
        catalogue, package = tariffs_of(run_files(home, run, superseded=False))
        carriers = {
            carrier_entry.id: Text(carrier_entry.name, carrier_entry.name_en)
            for carrier_entry in catalogue.carriers
        }
        provinces = {
            locality.code: Text(locality.name, locality.name_en)
            for locality in catalogue.localities
            if locality.province is None
        }
        measures = {
            (carrier, entry.id): Text(entry.title, entry.title_en or entry.title)
            for carrier, measure in measured
            for entry in package.measures
            if entry.id == measure and (entry.carriers is None or carrier in entry.carriers)
        }
        names = Names(
            {**names.carriers, **carriers}, {**names.provinces, **provinces},
            {**names.measures, **measures}, of_runs,
        )  # fmt: skip
        for pair in pairs:
            if pair[0] == run:
                of_runs[pair] = DetailNames(catalogue, package, pair[1], files, settled)
    return names


def settled_at(log: Iterable[Mapping[str, Any]]) -> dict[str, datetime]:
    """When each run was settled, by the log: civil time."""
    return {
        str(entry["run"]): civil_of_utc(str(entry["logged_at"]))
        for entry in log
        if entry["what"] == "settle" and entry["logged_at"]
    }


def _file_names(home: Home, variances: Iterable[Variance]) -> dict[str, str]:
    """What source files are called, by SHA-256, if a detail names one."""
    parts = (part for variance in variances for of in variance.explanations for part in of)
    if not any(FILE in part.detail for part in parts):
        return {}
    with Face(home) as face:
        return face.file_names()


def _code(code: str) -> Text:
    return Text(code, code)


def _day(day: str) -> Text:
    year, month, of_month = day.split("-")
    return Text(f"{of_month}/{month}/{year}", day)
