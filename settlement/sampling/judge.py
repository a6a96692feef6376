"""What was found of a drawn sample, read, evaluated and kept."""

from pathlib import Path

from doisoat.engine.home import Home
from doisoat.errors import CatalogueError
from doisoat.settlement.merge import total_of
from doisoat.settlement.month_again import settled_run
from doisoat.settlement.period import Period
from doisoat.settlement.sampling.claimed import claimed_lines
from doisoat.settlement.sampling.evaluate import (
    Evaluation,
    Frame,
    evaluated,
    omitted_side,
    with_audited,
)
from doisoat.settlement.sampling.form import read_form
from doisoat.settlement.sampling.sources import compared
from doisoat.settlement.sampling.steps import Done, drawn_sample, record
from doisoat.settlement.sampling.stored import Sample
from doisoat.settlement.sampling.units import read_units


def judge(
    home: Home, asked: str, form: Path | None, lines: Path | None, claim: bool, why: str = ""
) -> tuple[Done, Evaluation]:
    """Evaluate what a form tells, or what a claim's lines show of drawn records; and keep it.

    Args: one of form, lines and claim (the one that was filed).
    Raises: PeriodError if it is not drawn; IntakeError for a file that is not of the form.
    """
    sample = drawn_sample(home, asked)
    units = sample.units()
    frame = Frame(units, total_of(units, "amount"))
    if form is not None:
        audited = read_form(form, sample)
        told = with_audited(sample.drawn(), audited, str(form))
        found = evaluated(frame, sample.design, told)
    else:
        _check_compares(sample)
        month, carrier = Period.of(sample.manifest["period"]), sample.manifest["source"]["carrier"]
        claimed = (
            read_units(lines, carrier)
            if lines is not None
            else claimed_lines(home, month, carrier).units
        )
        shown = compared(settled_run(home, month), sample.drawn(), claimed)
        audited = shown.results
        told = with_audited(sample.drawn(), audited, "--claim" if lines is None else str(lines))
        shorts = told["short"].to_list()
        omitted = omitted_side(units.height, shorts, shown.greatest, sample.design.alpha)
        found = evaluated(frame, sample.design, told)._replace(omitted=omitted)
    return record(home.path, sample.id, audited, found, why), found


def _check_compares(sample: Sample) -> None:
    if sample.manifest["source"]["kind"] != "usage" or sample.design.limits:
        raise CatalogueError(
            "only records drawn without limits of their own are looked up in a claim", "--lines",
            f"fill in the form: doisoat sample draw {sample.id[:8]} --csv FILE.csv",
        )  # fmt: skip
