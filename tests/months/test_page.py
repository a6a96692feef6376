"""docs/four-months.md shows what the commands of the story print, and what they come to."""

from doisoat.currency import number_text
from tests.integration.conftest import rows
from tests.test_docs import DOCS, examples, missing

from .story import CAP, MONTHS

PAGE = DOCS / "four-months.md"
OWN = (
    "SELECT usage_period, sum(payable)::BIGINT FROM settlement.booked WHERE part = 'own' GROUP BY 1"
)
ALL = "SELECT period, sum(payable)::BIGINT FROM settlement.statement GROUP BY 1"


def test_the_page_of_four_months_shows_what_was_printed(story, closed):
    told = iter(story.transcript)
    shown = list(examples(PAGE))
    assert len(shown) > 30
    for command, lines in shown:
        printed = next((said for line, said in told if line == command), None)
        assert printed is not None, f"not told, or not in this order: {command}"
        assert missing(lines, printed.splitlines()) is None, f"{command}\n{printed}"


def test_its_table_is_what_was_signed_and_booked(
    story, after_late, after_reading, after_tariff, after_correction, closed
):
    steps = [one["told"] for one in (after_late, after_reading, after_tariff, after_correction)]
    signed, settled = dict(rows(closed, OWN)), dict(rows(closed, ALL))
    text = PAGE.read_text("utf-8")
    for month in MONTHS:
        booked = [step[month]["totals"]["payable"] if month in step else 0 for step in steps]
        assert signed[month] + sum(booked) == settled[month]
        cells = [month, *map(number_text, (signed[month], *booked, settled[month]))]
        assert f"| {' | '.join(cells)} |" in text
    assert f"({number_text(CAP)} đ and never more)" in text
