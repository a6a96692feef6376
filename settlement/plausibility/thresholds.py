"""Scores against their thresholds: what is a finding, and how often a clean month has one."""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from math import inf
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, RootModel

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.settlement.figures.toml_file import validated_toml
from doisoat.settlement.plausibility.day_curves import jump, neighbours, weekday
from doisoat.settlement.plausibility.province_tests import grants, provinces
from doisoat.settlement.plausibility.repeated_figures import digits, repeated
from doisoat.settlement.plausibility.scores import Score, Test
from doisoat.settlement.plausibility.total_cells import Cells
from doisoat.settlement.sampling.bounds import binomial_upper

FILE = Path(__file__).with_name("thresholds.toml")
TESTS: Mapping[str, Test] = {
    "neighbours": neighbours,
    "weekday": weekday,
    "jump": jump,
    "provinces": provinces,
    "grants": grants,
    "repeated": repeated,
    "digits": digits,
}
ALPHA = Fraction(1, 20)
INFINITE = "inf"  # a score past every limit, as JSON spells it


class Threshold(BaseModel):
    """The least score that is a finding; and of how many clean months so many had one."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    threshold: float = Field(gt=0)
    alarms: int = Field(ge=0)
    worlds: int = Field(ge=0)

    @property
    def rate_upper(self) -> float | None:
        """The upper bound of the rate of false alarms, at 95 %; None where none was measured."""
        return float(binomial_upper(self.alarms, self.worlds, ALPHA)) if self.worlds else None


class Thresholds(RootModel[dict[str, Threshold]]):
    """By test."""


def score_in_json(score: float) -> float | str:
    """A score as JSON has it."""
    return INFINITE if score == inf else round(score, 2)


class Finding(NamedTuple):
    """A score past its threshold."""

    score: Score
    threshold: Threshold

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints; what is seen is text, as amounts are."""
        score = self.score
        return {
            "test": score.test,
            **score.series._asdict(),
            "place": score.place,
            "score": score_in_json(score.score),
            "threshold": self.threshold.threshold,
            "seen": str(score.seen),
            "usual": str(score.usual),
            "false_alarms": self.threshold.alarms,
            "clean_months": self.threshold.worlds,
            "false_alarm_rate_upper": self.threshold.rate_upper,
        }


def thresholds() -> Mapping[str, Threshold]:
    """By test, all of them. CatalogueError if the file is not as it must be."""
    by_test = validated_toml(Thresholds, FILE.read_bytes(), FILE, "plausibility.md").root
    if by_test.keys() != TESTS.keys():
        listed, tests = ", ".join(sorted(by_test)), ", ".join(TESTS)
        raise CatalogueError(
            message("thresholds of {listed}", listed=listed),
            str(FILE),
            message("each test has one: {tests}", tests=tests),
        )
    return by_test


class Looked(NamedTuple):
    """findings: by test, the greatest first; looked_at: places that a test could judge. Where it
    could judge none, that nothing was found says nothing."""

    findings: tuple[Finding, ...]
    looked_at: Mapping[str, int]

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "findings": [finding.as_object() for finding in self.findings],
            "looked_at": dict(self.looked_at),
        }


def scored(cells: Cells, carrier: str | None = None) -> Iterator[tuple[str, list[Score]]]:
    """Each test with the score of every place that it could judge, the greatest first.

    Args: carrier: only this one's, still beside the others.
    """
    for test, scores in TESTS.items():
        of_carrier = [score for score in scores(cells) if carrier in (None, score.series.carrier)]
        yield test, sorted(of_carrier, key=lambda one: (-one.score, one.series, one.place))


def look(
    cells: Cells, carrier: str | None = None, progress: Callable[[int], None] = lambda count: None
) -> Looked:
    """The places whose scores are past their thresholds.

    Args: carrier: only this one's, still beside the others; progress: told of each test.
    """
    known, findings, looked_at = thresholds(), list[Finding](), dict[str, int]()
    for test, scores in scored(cells, carrier):
        looked_at[test] = len(scores)
        findings += (
            Finding(score, known[test]) for score in scores if is_past(score, known[test].threshold)
        )
        progress(1)
    return Looked(tuple(findings), looked_at)


def is_past(score: Score, threshold: float) -> bool:
    """Grants may come up to their most; of all else the threshold itself is odd."""
    return score.score > threshold if score.test == "grants" else score.score >= threshold
