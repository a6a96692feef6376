"""Variances as lines for people and as a table for a spreadsheet, in one language."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from typing import TYPE_CHECKING

from doisoat.said import Said
from doisoat.settlement.papers.figures import Figures, Lang
from doisoat.settlement.reconcile import variance_words as words
from doisoat.settlement.reconcile.cause_words import CAUSE_WORDS, name_of
from doisoat.settlement.reconcile.sums import (
    by_nature,
    quantities_of,
    sums_by_claim_and_nature,
    total_difference,
    units_in,
)
from doisoat.settlement.reconcile.variance_history import Step
from doisoat.settlement.records.alternative_frame import VALUES
from doisoat.settlement.records.reconciliation_records import OPEN, Standing
from doisoat.settlement.records.variance import Variance

if TYPE_CHECKING:
    from doisoat.settlement.reconcile.names import Names

CAUSES_SHOWN = 2
NOT_DECLARED = Said("không khai", "not declared")
TABLE = (
    "id", "carrier", "carrier_name", "period", "grain", "measure", "cell", "unit",
    *(f"{side}_{column}" for side in ("claimed", "recomputed", "difference") for column in VALUES),
    "claimed", "recomputed", "difference", "verdict", "causes", "state", "deadline", "why",
)  # fmt: skip
Standings = Mapping[str, Standing]


class Text:
    """What is said of variances in one language."""

    def __init__(self, names: "Names", standings: Standings, lang: Lang) -> None:
        self.names, self.standings, self.lang = names, standings, lang
        self.say = Figures(lang)

    def said(self, both: Said) -> str:
        return self.say.said(both)

    def lines(self, variances: Iterable[Variance]) -> Iterator[str]:
        """A line a variance."""
        for one in variances:
            causes = [self.said(name_of(part.cause)) for part in one.causes]
            more = f" (+{len(causes) - CAUSES_SHOWN})" if len(causes) > CAUSES_SHOWN else ""
            yield "\t".join((
                one.id[:8], self.said(self.names.carrier(one.carrier)),
                self.said(words.GRAINS[one.grain]), self.cell(one),
                f"{self.said(words.CLAIMED)}: {self.side(one, one.claimed, one.is_listed)}",
                f"{self.said(words.RECOMPUTED)}: {self.side(one, one.recomputed)}",
                f"{self.said(words.DIFFERENCE)}: {self.differences(one)}",
                self.said(words.VERDICTS[one.verdict]),
                " + ".join(causes[:CAUSES_SHOWN]) + more, self.state(one),
            ))  # fmt: skip

    def cell(self, one: Variance) -> str:
        return ", ".join(map(self.said, self.names.cell(one)))

    def state(self, one: Variance) -> str:
        """How it stands, and until when."""
        standing = self.standings.get(one.id, OPEN)
        until = f" ({self.said(words.UNTIL)} {standing.deadline})" if standing.deadline else ""
        return self.said(words.STATES[standing.state]) + until

    def side(
        self, one: Variance, values: Sequence[int | None], is_listed: bool = True
    ) -> str:  # fmt: skip
        """One side's đồng, events and units, as far as they are declared."""
        if not is_listed:
            return self.said(words.NOT_LISTED)
        told = [
            self.said(NOT_DECLARED) if values[place] is None else self.counted(values[place], unit)
            for place, unit in units_in(one)
        ]
        return ", ".join(told)

    def differences(self, one: Variance) -> str:
        told = [self.counted(each.difference, each.unit) for each in quantities_of(one)]
        return ", ".join(told) or self.counted(0, "dong")

    def counted(self, number: int | None, unit: str) -> str:
        return words.counted(number or 0, unit, self.say)

    def causes(self, one: Variance) -> Iterator[str]:
        """A line a cause of each explanation, with what it supposes."""
        for place, explanation in enumerate(one.explanations, start=1):
            for part in explanation:
                cause = CAUSE_WORDS[part.cause]
                yield (
                    f"  {place}. {self.said(cause.name)}\t{part.cause}[{part.detail}]"
                    f"\t{self.counted(part.amount, units_in(one)[0][1])}\n"
                    f"     {self.said(cause.sentence)}"
                )

    def steps(self, steps: Iterable[Step]) -> Iterator[str]:
        """A line a step that was taken."""
        for step in steps:
            said = (
                self.said(words.MOVES[step.move]) if step.move in words.MOVES
                else self._superseded(step) if step.is_superseding
                else self.said(words.STATES[step.state])
            )  # fmt: skip
            more = (step.by or step.who, step.deadline, step.why)
            yield "\t".join((f"  {step.at} UTC", said, *(text for text in more if text)))

    def _superseded(self, step: Step) -> str:
        if step.by_version is None:
            return self.said(words.SUPERSEDED_BY_RUN)
        return self.said(words.SUPERSEDED).format(step.by_version)

    def sums(self, variances: Iterable[Variance]) -> Iterator[str]:
        yield from sum_lines(variances, self.say)

    def table(self, variances: Iterable[Variance]) -> str:
        """Comma-separated, for a spreadsheet: figures as digits alone, names in the language."""
        target = StringIO()
        writer = csv.writer(target, lineterminator="\r\n")
        writer.writerow(TABLE)
        for one in variances:
            standing = self.standings.get(one.id, OPEN)
            causes = "; ".join(f"{part.cause}={part.amount}" for part in one.causes)
            writer.writerow((
                one.id, one.carrier, self.said(self.names.carrier(one.carrier)), one.period,
                one.grain, one.measure, self.cell(one), one.unit,
                *one.claimed, *one.recomputed, *one.differences, one.claimed[2], one.recomputed[2],
                one.difference, one.verdict, causes, standing.state, standing.deadline,
                _harmless(standing.why),
            ))  # fmt: skip
        return target.getvalue()


def sum_lines(variances: Iterable[Variance], say: Figures) -> Iterator[str]:
    """A line a nature and what it is counted in, then the đồng of relief."""
    sums = sums_by_claim_and_nature(variances)
    for one in by_nature(sums):
        yield "\t".join((
            f"  {say.said(words.NATURES[one.nature])}",
            words.counted(one.difference, one.unit, say),
            f"{say.whole(one.variances)} {say.said(words.CELLS)}",
        ))  # fmt: skip
    total = words.counted(total_difference(sums), "dong", say)
    yield f"{say.said(words.TOTAL_DIFFERENCE)}\t{total}"


def _harmless(text: str) -> str:
    """A reason that somebody typed is no formula of a spreadsheet."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
