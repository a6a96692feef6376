"""Variances as lines for people and as a table for a spreadsheet, in one language."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from doisoat.engine.tables.csv_writer import Style, csv_text, without_formula
from doisoat.messages.text import Text, message, message_in
from doisoat.settlement.papers.figures import Figures, Lang
from doisoat.settlement.reconcile.letter import variance_words as words
from doisoat.settlement.reconcile.letter.cause_words import CAUSE_WORDS
from doisoat.settlement.reconcile.variances.groups import Difference, Group
from doisoat.settlement.reconcile.variances.sums import (
    Sum,
    by_nature,
    quantities_of,
    sums_by_claim_and_nature,
    units_in,
)
from doisoat.settlement.reconcile.variances.variance_history import Step
from doisoat.settlement.records.alternative_frame import VALUES
from doisoat.settlement.records.explanation import Part
from doisoat.settlement.records.reconciliation_records import OPEN, Standing
from doisoat.settlement.records.variance import Variance

if TYPE_CHECKING:
    from doisoat.settlement.reconcile.letter.names import Names

CAUSES_SHOWN = 2
NOT_DECLARED = message("not declared")
SHORT, OVER = message_in("of a claim", "short by"), message_in("of a claim", "over by")
TABLE = (
    "id", "carrier", "carrier_name", "period", "grain", "measure", "cell", "unit",
    *(f"{side}_{column}" for side in ("claimed", "recomputed", "difference") for column in VALUES),
    "claimed", "recomputed", "difference", "verdict", "causes", "state", "deadline", "why",
)  # fmt: skip
Standings = Mapping[str, Standing]


class VarianceText:
    """What is said of variances in one language."""

    def __init__(self, names: "Names", standings: Standings, lang: Lang) -> None:
        self.names, self.standings, self.lang = names, standings, lang
        self.say = Figures(lang)

    def words_of(self, both: Text) -> str:
        return self.say.text(both)

    def lines(self, variances: Iterable[Variance]) -> Iterator[str]:
        """A line a variance."""
        for variance in variances:
            causes = [self.words_of(CAUSE_WORDS[part.cause].name) for part in variance.causes]
            more = f" (+{len(causes) - CAUSES_SHOWN})" if len(causes) > CAUSES_SHOWN else ""
            yield "\t".join((
                variance.id[:8], self.words_of(self.names.carrier(variance.carrier)),
                self.words_of(words.GRAINS[variance.grain]), self.cell(variance),
                f"{self.words_of(words.CLAIMED)}:"
                f" {self.side(variance, variance.claimed, variance.is_listed)}",
                f"{self.words_of(words.RECOMPUTED)}: {self.side(variance, variance.recomputed)}",
                f"{self.words_of(words.DIFFERENCE)}: {self.differences(variance)}",
                self.words_of(words.VERDICTS[variance.verdict]),
                " + ".join(causes[:CAUSES_SHOWN]) + more, self.state(variance),
            ))  # fmt: skip

    def groups(self, groups: Iterable[Group]) -> Iterator[str]:
        """A line a group: whose and what it is, what is short and over, how many cells."""
        for group in groups:
            whose = self.words_of(self.names.carrier(group.carrier)) if group.carrier else ""
            yield "\t".join((
                *filter(None, (whose, self._called(group))),
                "; ".join(map(self._difference, group.differences))
                or self.counted(0, "dong"),
                self.words_of(words.cells_counted(len(group.variances))),
            ))  # fmt: skip

    def _called(self, group: Group) -> str:
        """What a group is: its causes, its measure or its day."""
        if group.name:
            measures = {variance.carrier for variance in group.variances}
            named = [self.names.measures.get((carrier, group.name)) for carrier in sorted(measures)]
            title = next((self.words_of(text) for text in named if text is not None), "")
            return f"{group.name} {title}".strip()
        if not group.causes:
            is_unexplained = group.verdict == "unexplained"
            return self.words_of(words.VERDICTS["unexplained"]) if is_unexplained else ""
        texts = [
            self._named(group.variances[0], Part(cause, detail, (0, 0, 0)))
            for cause, detail in group.causes
        ]
        is_one = group.verdict != "ambiguous"
        return (" + " if is_one else f" {self.words_of(words.OR)} ").join(texts)

    def _named(self, variance: Variance, part: Part) -> str:
        """A cause with its detail, in words."""
        detail = self.names.detail(variance, part, self.say)
        return f"{self.words_of(CAUSE_WORDS[part.cause].name)} ({detail})"

    def _difference(self, row: Difference) -> str:
        sides = [
            f"{self.words_of(word)} {self.counted(amount, 'dong')}"
            for word, amount in (
                (SHORT, row.short), (OVER, row.over), (words.MISPLACED, row.misplaced),
            )
            if amount
        ]  # fmt: skip
        return f"{self.words_of(words.NATURES[row.nature])}: {', '.join(sides)}"

    def cell(self, variance: Variance) -> str:
        return ", ".join(map(self.words_of, self.names.cell(variance)))

    def state(self, variance: Variance) -> str:
        """How it stands, and until when."""
        standing = self.standings.get(variance.id, OPEN)
        until = f" ({self.words_of(words.UNTIL)} {standing.deadline})" if standing.deadline else ""
        return self.words_of(words.STATES[standing.state]) + until

    def side(
        self, variance: Variance, values: Sequence[int | None], is_listed: bool = True
    ) -> str:  # fmt: skip
        """One side's đồng, events and units, as far as they are declared."""
        if not is_listed:
            return self.words_of(words.NOT_LISTED)
        figures = [
            self.words_of(NOT_DECLARED)
            if values[place] is None
            else self.counted(values[place], unit)
            for place, unit in units_in(variance)
        ]
        return ", ".join(figures)

    def differences(self, variance: Variance) -> str:
        figures = [
            self.counted(quantity.difference, quantity.unit) for quantity in quantities_of(variance)
        ]
        return ", ".join(figures) or self.counted(0, "dong")

    def counted(self, number: int | None, unit: str) -> str:
        return words.counted(number or 0, unit, self.say)

    def causes(self, variance: Variance) -> Iterator[str]:
        """A line a cause of each explanation, with what it supposes."""
        for place, explanation in enumerate(variance.explanations, start=1):
            for part in explanation:
                cause = CAUSE_WORDS[part.cause]
                yield (
                    f"  {place}. {self._named(variance, part)}"
                    f"\t{self.counted(part.amount, units_in(variance)[0][1])}\n"
                    f"     {self.words_of(cause.sentence)}"
                )

    def line_values(self, row: Mapping[str, str | None], unit: str) -> Iterator[str]:
        """A line that was claimed otherwise: its values, units as people read them."""
        for name, value in row.items():
            is_count = value is not None and name.endswith("_units")
            yield self.counted(int(value or 0), unit) if is_count else value or "–"

    def steps(self, steps: Iterable[Step]) -> Iterator[str]:
        """A line a step that was taken."""
        for step in steps:
            state = (
                self.words_of(words.MOVES[step.move]) if step.move in words.MOVES
                else self._superseded(step) if step.is_superseding
                else self.words_of(words.STATES[step.state])
            )  # fmt: skip
            more = (step.by or step.who, step.deadline, step.why)
            yield "\t".join((f"  {step.at} UTC", state, *(text for text in more if text)))

    def _superseded(self, step: Step) -> str:
        if step.by_version is None:
            return self.words_of(words.SUPERSEDED_BY_RUN)
        return self.words_of(words.SUPERSEDED(version=step.by_version))

    def sums(self, variances: Iterable[Variance]) -> Iterator[str]:
        yield from sum_lines(variances, self.say)

    def table(self, variances: Iterable[Variance], style: Style = "machine") -> str:
        """CSV for a spreadsheet: figures as digits alone, names in the language."""
        return csv_text([TABLE, *map(self._table_row, variances)], style, line_end="\r\n")

    def _table_row(self, variance: Variance) -> tuple[Any, ...]:
        standing = self.standings.get(variance.id, OPEN)
        causes = "; ".join(f"{part.cause}={part.amount}" for part in variance.causes)
        return (
            variance.id,
            variance.carrier,
            self.words_of(self.names.carrier(variance.carrier)),
            variance.period,
            variance.grain,
            variance.measure,
            self.cell(variance),
            variance.unit,
            *variance.claimed,
            *variance.recomputed,
            *variance.differences,
            variance.claimed[2],
            variance.recomputed[2],
            variance.difference,
            variance.verdict,
            causes,
            standing.state,
            standing.deadline,
            without_formula(standing.why),
        )


def sum_lines(variances: Iterable[Variance], say: Figures) -> Iterator[str]:
    """A line a nature and what it is counted in: natures are not added up."""
    return lines_of_sums(sums_by_claim_and_nature(variances), say)


def lines_of_sums(sums: Iterable[Sum], say: Figures) -> Iterator[str]:
    """The same of sums by claim and nature."""
    for row in by_nature(sums):
        yield "\t".join((
            f"  {say.text(words.NATURES[row.nature])}",
            words.counted(row.difference, row.unit, say),
            say.text(words.cells_counted(row.variances)),
        ))  # fmt: skip
