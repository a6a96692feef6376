"""Contents of a letter's template: figures of one language, in sentences of the catalogue.

A tree of texts, lists and booleans, of which Figures.tree takes one language; no number is left for
the template to format, or to get wrong.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import reduce
from itertools import groupby
from string import ascii_lowercase
from typing import Any, Literal, NamedTuple

from doisoat.messages.text import Text, capital, composed, joined, message_in
from doisoat.settlement.papers.figures import Figures, day_in_full
from doisoat.settlement.papers.house_style import Style
from doisoat.settlement.reconcile.letter import letter_template as words
from doisoat.settlement.reconcile.letter.cause_words import CAUSE_WORDS, UNEXPLAINED_DOCUMENT
from doisoat.settlement.reconcile.letter.detail_words import Names, detail_in_words
from doisoat.settlement.reconcile.letter.variance_words import (
    LONG_COUNT,
    MS_PER_SECOND,
    NATURES,
    SECONDS,
    UNITS,
    readable_quantity,
)
from doisoat.settlement.reconcile.variances import sums as sums_of
from doisoat.settlement.reconcile.variances.groups import Cause, Group, groups_of
from doisoat.settlement.records.claim_records import StoredClaim
from doisoat.settlement.records.explanation import Explanation, Part
from doisoat.settlement.records.reconciliation_records import Standing
from doisoat.settlement.records.variance import TOTAL, Variance
from doisoat.words import binding_words

UNEXPLAINED = "unexplained"
CHOICES_SAID = 6  # of an ambiguous set in the body; the annex has all
DONG, MS = "dong", "ms"
PLACES_NAMED = 2  # of a run of places: a longer one has its ends alone
AS_EVENTS = "event"  # units that count events: not told again beside these
MEASURES_NAMED = 2  # of a group: the annex has all


class Subject(NamedTuple):
    """What a letter is about: in the order of its annex, where each has its place from 1."""

    variances: tuple[Variance, ...]
    claims: Mapping[str, StoredClaim]  # those that they are of, by SHA-256
    standings: Mapping[str, Standing]
    month: date  # the first day
    has_lines: bool  # a second annex lists the lines behind it

    def places(self, variances: Iterable[Variance]) -> list[int]:
        numbers = {variance.id: place for place, variance in enumerate(self.variances, start=1)}
        return [numbers[variance.id] for variance in variances]


class Writer(NamedTuple):
    """Names and figures in one language, as one house has them."""

    say: Figures
    names: Names
    style: Style

    # --- figures ----------------------------------------------------------------------------------

    def figure(self, number: int | None, unit: str) -> str:
        """A number of a unit, without its name, exactly: milliseconds as seconds. Beside a long one
        of time or volume stands what it is in minutes or GB."""
        if number is None:
            return "–"
        exact, size = self._exact(number, unit), MS_PER_SECOND if unit == MS else 1
        readable = readable_quantity(number, unit, self.say)
        return f"{exact} ({readable})" if readable and abs(number) >= LONG_COUNT * size else exact

    def _exact(self, number: int, unit: str) -> str:
        if unit == DONG:
            return self.say.money(number)
        if unit != MS:
            return self.say.whole(number)
        seconds, rest = divmod(abs(number), MS_PER_SECOND)
        point = f"{',' if self.say.lang == 'vi' else '.'}{rest:03}" if rest else ""
        return self.say.whole(-seconds if number < 0 else seconds) + point

    def unit(self, unit: str) -> Text:
        return SECONDS if unit == MS else UNITS[unit]

    def places(self, places: Sequence[int]) -> Text:
        """1, 3 đến 5."""
        runs: list[list[int]] = []
        for place in sorted(places):
            if runs and place == runs[-1][-1] + 1:
                runs[-1].append(place)
            else:
                runs.append([place])
        return joined(", ", (
            ", ".join(map(str, run)) if len(run) <= PLACES_NAMED
            else words.RANGE(first=run[0], last=run[-1])
            for run in runs
        ))  # fmt: skip

    def annex(self, subject: Subject, of: Literal["table", "lines"] = "table") -> Text:
        """What an annex is called; one that is alone has no number."""
        if not subject.has_lines:
            return words.ANNEX
        return words.ANNEX_I if of == "table" else words.ANNEX_II

    # --- names ------------------------------------------------------------------------------------

    def claim(self, claim: StoredClaim) -> Text:
        of = words.CLAIMS[claim.grain]
        return words.VERSION(of=of, version=claim.version)

    def cell(self, variance: Variance) -> str:
        """What a cell is of: the measure, its nature, the item, the day, the province."""
        key = variance.key
        parts: list[str] = []
        if "payer" in key:
            carriers = {c.id: Text(c.name, c.name_en) for c in self.names.catalogue.carriers}
            payer, payee = (carriers.get(code, code) for code in (key["payer"], key["payee"]))
            parts.append(words.INTERCONNECTION(payer=payer, payee=payee))
        elif variance.measure:
            parts.append(self.names.measure(self.say, variance.measure))
        if item := key.get("item"):
            parts.append(NATURES[sums_of.NATURE_OF_ITEM.get(item, item)])
        if nature := key.get("nature"):
            parts.append(NATURES[nature])
        if day := key.get("day"):
            civil_day = self.say.day(date.fromisoformat(day))
            parts.append(message_in("a cell", "{day}", day=civil_day))
        if "home_province" in key:
            parts.append(self.names.province(self.say, key["home_province"]))
        if TOTAL in key:
            parts.append(words.TOTAL_ROW)
        return capital(joined(", ", parts))

    def explanation(self, explanation: Explanation) -> Text:
        """The causes of an explanation, each with its detail and its amount."""
        causes: list[Text] = []
        for part in explanation:
            name, detail = CAUSE_WORDS[part.cause].name, detail_in_words(self.names, self.say, part)
            amount = composed(": {} {}", self.say.money(part.amount), self.unit(DONG))
            causes.append(composed("{} ({}){}", name, detail, amount if part.amount else ""))
        return reduce(lambda one, more: words.TOGETHER(one=one, more=more), causes)


# --- sums ----------------------------------------------------------------------------------------


def sum_claims(write: Writer, subject: Subject) -> list[dict[str, Any]]:
    """The differences of each claim by nature; what may not be added is not."""
    claims = []
    sums = sums_of.sums_by_claim_and_nature(subject.variances)
    counted = {(row.claim, row.nature, row.difference) for row in sums if row.column == "events"}
    for claim, rows in groupby(sums, key=lambda row: row.claim):
        claims.append({
            "claim": capital(write.claim(subject.claims[claim])),
            "rows": [
                {
                    "nature": NATURES[row.nature],
                    "variances": write.say.whole(row.variances),
                    "unit": write.unit(row.unit),
                    "difference": write.figure(row.difference, row.unit),
                }
                for row in rows
                if not (row.unit == AS_EVENTS and (claim, row.nature, row.difference) in counted)
            ],
        })  # fmt: skip
    return claims


def sums_in_words(write: Writer, subject: Subject) -> list[dict[str, str | None]]:
    """The đồng of relief by nature, each at the finest grain, in figures and in words."""
    rows = []
    for row in sums_of.sums_by_claim_and_nature(subject.variances):
        if not row.in_total:
            continue
        nature, claim = NATURES[row.nature], write.claim(subject.claims[row.claim])
        spelled = binding_words(row.difference, write.style.house.words.style)
        rows.append({
            "said": words.SUM(nature=nature, claim=claim),
            "amount": composed("{} {}", write.say.money(row.difference), write.unit(DONG)),
            # What a figure is called is Vietnamese: a translation has the figure alone.
            "words": spelled[0].lower() + spelled[1:] if write.say.lang == "vi" else None,
        })  # fmt: skip
    return rows


# --- causes --------------------------------------------------------------------------------------


def cause_items(write: Writer, subject: Subject) -> list[dict[str, Any]]:
    """A paragraph a group of variances, as the page has them; what no cause explains comes last."""
    groups = groups_of(subject.variances, "cause")
    ordered = sorted(groups, key=lambda group: not group.causes)
    return [
        {"label": label_of(place), **_cause_item(write, subject, group)}
        for place, group in enumerate(ordered)
    ]


def label_of(place: int) -> str:
    """a to z, then aa."""
    more, last = divmod(place, len(ascii_lowercase))
    return (label_of(more - 1) if more else "") + ascii_lowercase[last]


def _cause_item(write: Writer, subject: Subject, group: Group) -> dict[str, Any]:
    of = _whose(write, subject, group.variances)
    if not group.causes:
        documents = UNEXPLAINED_DOCUMENT
        return {
            "about": words.NO_CAUSE(of=of),
            "choices": [words.WHY],
            "ask": words.TELL_AND_SEND(documents=documents),
        }
    listed = _choices(group)
    documents = joined(
        "; ", dict.fromkeys(CAUSE_WORDS[cause].document for causes in listed for cause, _ in causes)
    )
    choices = [_supposed(write, causes) for causes in listed[:CHOICES_SAID]]
    if len(listed) == 1:
        return {
            "about": words.IF(of=of),
            "choices": choices,
            "ask": words.CONFIRM(documents=documents),
        }
    if len(listed) > CHOICES_SAID:
        more = write.say.whole(len(listed) - CHOICES_SAID)
        choices.append(words.MORE_CHOICES(more=more, annex=write.annex(subject)))
    return {
        "about": words.ONE_OF(of=of),
        "choices": choices,
        "ask": words.SAY_WHICH(documents=documents),
    }


def _choices(group: Group) -> list[tuple[Cause, ...]]:
    """What may have been done, each once: causes that go together. A variance that several causes
    may explain, and that stands with the one that explains others, adds none."""
    known = [group.causes] if group.verdict == "explained" else []
    possible = [
        tuple(sorted((part.cause, part.detail) for part in explanation))
        for variance in group.variances
        if variance.verdict == group.verdict
        for explanation in variance.explanations
    ]
    return list(dict.fromkeys((*known, *possible)))


def _supposed(write: Writer, causes: Sequence[Cause]) -> Text:
    """What the carrier is supposed to have done, of causes that go together."""
    return joined(" ", (
        words.SUPPOSED(
            supposed=CAUSE_WORDS[cause].sentence,
            detail=detail_in_words(write.names, write.say, Part(cause, detail, (0, 0, 0))),
        )
        for cause, detail in causes
    ))  # fmt: skip


def _whose(write: Writer, subject: Subject, variances: Sequence[Variance]) -> Text:
    """Which variances, and what differs in đồng, by claim and nature."""
    numbers = write.places(subject.places(variances))
    text = (
        words.DIFFERENCES_NUMBERED(numbers=numbers)
        if len(variances) > 1
        else words.DIFFERENCE_NUMBERED(numbers=numbers)
    )
    form = "{} {} {} – {}" if len(subject.claims) > 1 else "{} {} {}"
    sums = [
        composed(
            form, NATURES[row.nature], write.figure(row.difference, DONG), write.unit(DONG),
            words.CLAIMS[row.grain],
        )
        for row in sums_of.sums_by_claim_and_nature(variances)
        if row.unit == DONG
    ]  # fmt: skip
    measures = dict.fromkeys(variance.measure for variance in variances if variance.measure)
    parts: list[str] = [*sums]
    if len(measures) <= MEASURES_NAMED:
        parts = [*(write.names.measure(write.say, name) for name in measures), *sums]
    return composed("{} ({})", text, joined("; ", parts)) if parts else text


# --- the annex -----------------------------------------------------------------------------------


def annex_claims(write: Writer, subject: Subject) -> list[dict[str, Any]]:
    """Each claim with its variances, in the order of the letter."""
    claims = []
    numbered = list(enumerate(subject.variances, start=1))
    for claim, rows in groupby(numbered, key=lambda row: row[1].claim):
        claims.append({
            "name": capital(write.claim(subject.claims[claim])),
            "rows": [_annex_row(write, place, variance) for place, variance in rows],
        })  # fmt: skip
    return claims


def _annex_row(write: Writer, place: int, variance: Variance) -> dict[str, Any]:
    verdicts = {
        "explained": None,
        "ambiguous": words.ONE_OF_CAUSES,
        UNEXPLAINED: words.NO_CAUSE_FOUND,
    }
    causes = [write.explanation(explanation) for explanation in variance.explanations]
    cell, choose = write.cell(variance), len(causes) > 1
    verdict = verdicts[variance.verdict]
    if choose and verdict is None:  # the same cause, which file or copy is open
        verdict = words.ONE_OF_CASES
    return {
        "place": str(place),
        "id": variance.id[:12],
        "cell": cell if variance.is_listed else words.NOT_DECLARED(cell=cell),
        "figures": _figures(write, variance),
        "verdict": verdict,
        "causes": ["– " + cause for cause in causes] if choose else causes,
        "lines": write.say.whole(variance.lines) if variance.lines else "–",
    }


def _figures(write: Writer, variance: Variance) -> list[dict[str, str]]:
    """Both sides of each column that differs, the amount first."""
    columns = {"events": 0, "units": 1, "amount": 2}
    rows = []
    for quantity in sums_of.quantities_of(variance):
        if quantity.unit == AS_EVENTS and quantity.difference == variance.differences[0]:
            continue
        # An item that counts is told in the place of an amount.
        column = 2 if "item" in variance.key else columns[quantity.column]
        rows.append({
            "unit": write.unit(quantity.unit),
            "claimed": write.figure(variance.claimed[column], quantity.unit),
            "recomputed": write.figure(variance.recomputed[column], quantity.unit),
            "difference": write.figure(quantity.difference, quantity.unit),
        })  # fmt: skip
    return rows


# --- what is asked -------------------------------------------------------------------------------


def deadlines(write: Writer, subject: Subject) -> list[str]:
    """By when the carrier is to answer: one day, or one for some and another for others."""
    by_day: dict[str, list[Variance]] = {}
    for variance in subject.variances:
        if variance.id in subject.standings and subject.standings[variance.id].deadline:
            by_day.setdefault(subject.standings[variance.id].deadline, []).append(variance)
    if [len(variances) for variances in by_day.values()] == [len(subject.variances)]:
        (day,) = by_day
        return [words.BY(day=day_in_full(date.fromisoformat(day)))]
    return [
        words.BY_FOR_SOME(
            day=day_in_full(date.fromisoformat(day)),
            numbers=write.places(subject.places(by_day[day])),
        )
        for day in sorted(by_day)
    ]
