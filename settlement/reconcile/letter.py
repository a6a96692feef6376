"""The letter that asks a carrier about its variances: of one state of a home the same bytes."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.engine.home import Home
from doisoat.errors import PeriodError
from doisoat.settlement import journal
from doisoat.settlement.evidence.merkle import Tree
from doisoat.settlement.papers.figures import Figures, Lang
from doisoat.settlement.papers.house import DEFAULT_STYLE, Style
from doisoat.settlement.papers.issue import civil_of_utc
from doisoat.settlement.papers.typeset import pdf_of, read_templates
from doisoat.settlement.period import Period
from doisoat.settlement.reconcile import stored
from doisoat.settlement.reconcile.cause_words import name_of
from doisoat.settlement.reconcile.fit import Part
from doisoat.settlement.reconcile.variance import TOTAL, Variance
from doisoat.settlement.reconcile.words import GRAINS, NATURES
from doisoat.settlement.report.text import Said
from doisoat.settlement.runs import SYNTHETIC, run_files, tariffs_of
from doisoat.tariffs.models import Catalogue
from doisoat.tariffs.package_models import Package
from doisoat.words import dong_in_words

EXPLANATIONS_SHOWN = 3
VERDICTS = {
    "explained": None,
    "ambiguous": Said("Nhiều khả năng:", "Several would explain it:"),
    "unexplained": Said("Chưa tìm được nguyên nhân", "No cause was found"),
}


class Letter(NamedTuple):
    """A letter, as PDF."""

    content: bytes
    variances: int
    difference: int
    is_draft: bool

    def write(self, path: Path) -> None:
        path.write_bytes(self.content)

    def as_object(self) -> dict[str, Any]:
        return {
            "variances": self.variances, "difference": str(self.difference), "draft": self.is_draft
        }  # fmt: skip


def letter_of(
    home: Home, period: str, carrier: str, lang: Lang, style: Style = DEFAULT_STYLE
) -> Letter:
    """The letter to a carrier about what it was asked, or, as a draft, what is open.

    Raises: PeriodError if there is nothing to ask of it.
    """
    month = Period.of(period)
    log = journal.entries(home)
    reconciliation = stored.in_force(home, log).get(month.name)
    standings = stored.standings(log)
    own = [] if reconciliation is None else [
        one for one in reconciliation.variances if one.carrier == carrier
    ]  # fmt: skip
    asked = [one for one in own if standings.get(one.id, stored.OPEN).state == "asked"]
    chosen = asked or [one for one in own if standings.get(one.id, stored.OPEN).state == "open"]
    if reconciliation is None or not chosen:
        raise PeriodError(
            f"nothing of {month.name} is to be asked of {carrier}", str(home.path),
            f"doisoat variance list {month.name} shows what there is",
        )  # fmt: skip
    said = _Letter(home, reconciliation, chosen, standings, carrier, lang, style, not asked)
    issued = civil_of_utc(_told_at(log, reconciliation, chosen, standings))
    content = pdf_of("letter", read_templates(), said.facts(month, issued), issued)
    return Letter(content, len(chosen), sum(one.difference for one in chosen), not asked)


def _told_at(
    log: Sequence[Any],
    reconciliation: stored.Reconciliation,
    chosen: Sequence[Variance],
    standings: dict[str, stored.Standing],
) -> str:
    """When what it tells came to be so: a letter has no clock of its own."""
    moments = [standings[one.id].since for one in chosen if one.id in standings]
    booked = [
        str(entry["logged_at"]) for entry in log if entry.get("reconciliation") == reconciliation.id
    ]
    return max(moments or booked)


class _Letter:
    """What a letter says, in one language."""

    def __init__(
        self,
        home: Home,
        reconciliation: stored.Reconciliation,
        chosen: Sequence[Variance],
        standings: dict[str, stored.Standing],
        carrier: str,
        lang: Lang,
        style: Style,
        is_draft: bool,
    ) -> None:
        self.reconciliation, self.chosen, self.standings = reconciliation, chosen, standings
        self.carrier, self.lang, self.style, self.is_draft = carrier, lang, style, is_draft
        self.say = Figures(lang)
        self.log = Tree(journal.lines(home))
        self.run = run_files(home, reconciliation.manifest["run"], superseded=False)
        self.catalogue: Catalogue
        self.package: Package
        self.catalogue, self.package = tariffs_of(self.run)

    def facts(self, month: Period, issued: datetime) -> dict[str, Any]:
        say, total = self.say, sum(one.difference for one in self.chosen)
        deadlines = {self.standings[one.id].deadline for one in self.chosen
                     if one.id in self.standings and self.standings[one.id].deadline}  # fmt: skip
        return {
            "lang": self.lang,
            "draft": self.is_draft,
            "synthetic": SYNTHETIC in self.run.manifest.get("findings", ()),
            "logo": None,
            "number": f"{month.name}/{self.carrier}/{self.reconciliation.id[:8]}",
            "carrier": {"name": self._carrier()},
            "authority": self._authority(),
            "period": {"name": month.name, "month": f"{month.begin:%m/%Y}"},
            "issued": say.day(issued.date()),
            "run": self.run.run[:16],
            "count": say.whole(len(self.chosen)),
            "difference": say.dong(total),
            "difference_digits": say.whole(total),
            "in_words": dong_in_words(total, self.style.house.words.style),
            "deadline": say.day(date.fromisoformat(max(deadlines)))
            if deadlines else None,
            "claims": [
                {"grain": say.said(GRAINS[one["grain"]]), "version": str(one["version"]),
                 "cells": say.whole(one["cells"]), "sha256": one["claim"]}
                for one in self.reconciliation.manifest["claims"] if one["carrier"] == self.carrier
            ],
            "rows": [self._row(place, one) for place, one in enumerate(self.chosen, start=1)],
            "evidence": {
                "run": self.run.run, "digest": self.run.manifest["result"]["digest"],
                "log_size": say.whole(len(self.log)), "log_root": self.log.root().hex(),
                "key": None, "checkpoint": None,
            },
        }  # fmt: skip

    def _carrier(self) -> str:
        own = self.style.house.carriers.get(self.carrier)
        named = {one.id: one for one in self.catalogue.carriers}.get(self.carrier)
        known = None if named is None else (named.name_en if self.lang == "en" else named.name)
        return (own and own.name) or known or self.carrier

    def _authority(self) -> dict[str, Any]:
        house = self.style.house.authority
        return {
            "name": house.name,
            "signers": [
                {"title": one.title_en if self.lang == "en" else one.title, "name": one.name}
                for one in house.signers[-1:]
            ],
        }

    def _row(self, place: int, one: Variance) -> dict[str, Any]:
        say, verdict = self.say, VERDICTS[one.verdict]
        # Which file of a cause it was is no other cause.
        every = list(dict.fromkeys(
            " + ".join(self._cause(part) for part in parts) for parts in one.explanations
        ))  # fmt: skip
        causes, more = every[:EXPLANATIONS_SHOWN], len(every) - EXPLANATIONS_SHOWN
        if more > 0:
            causes.append(say.said(Said(f"và {more} khả năng khác", f"and {more} more")))
        return {
            "place": str(place),
            "id": one.id[:12],
            "cell": self._cell(one),
            "claimed": None if one.claimed[2] is None else say.whole(one.claimed[2]),
            "recomputed": say.whole(one.recomputed[2]),
            "difference": say.whole(one.difference),
            "verdict": None if verdict is None else say.said(verdict),
            "causes": causes,
        }

    def _cause(self, part: Part) -> str:
        return f"{self.say.said(name_of(part.cause))}: {self.say.whole(part.amount)} đ"

    def _cell(self, one: Variance) -> str:
        """What a cell is of, in words: the measure, its nature, the day, the province, the item."""
        say = self.say
        measures = {entry.id: entry for entry in self.package.measures}
        words = []
        if one.measure in measures:
            entry = measures[one.measure]
            words.append(entry.title if self.lang == "vi" else entry.title_en or entry.title)
        elif one.measure:
            words.append(one.measure)
        if nature := one.key.get("nature"):
            words.append(say.said(NATURES[nature]) if nature in NATURES else nature)
        if day := one.key.get("day"):
            words.append(say.day(date.fromisoformat(day)))
        if item := one.key.get("item"):
            words.append(item)
        if province := one.key.get("home_province"):
            places = {place.code: place.name for place in self.catalogue.localities}
            words.append(places.get(province, province))
        if TOTAL in one.key:
            words.append(say.said(Said("dòng tổng của bản kê khai", "total of the claim")))
        return ", ".join(words)
