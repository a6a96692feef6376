"""What was found of a drawn sample, read, evaluated and kept."""

from pathlib import Path
from typing import Any

import polars as pl

from doisoat.engine.store.home import Home
from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.settlement.figures.merge import total_of
from doisoat.settlement.sampling.act import StepResult, drawn_sample, record
from doisoat.settlement.sampling.evaluation import (
    Evaluation,
    Frame,
    evaluated,
    omitted_side,
    with_audited,
)
from doisoat.settlement.sampling.form import AT, read_form
from doisoat.settlement.sampling.line_comparison import comparison_of, name_of
from doisoat.settlement.sampling.records import Sample, read
from doisoat.settlement.sampling.sources import compared


def judge(
    home: Home, prefix: str, form: Path | None, lines: Path | None, claim: bool, why: str = ""
) -> tuple[StepResult, Evaluation]:
    """Evaluate what a form tells, or what a claim's lines show of drawn records; and keep it.

    Args: one of form, lines and claim: the one that the sample was frozen with.
    Raises: PeriodError if it is not drawn; IntakeError for a file that is not of the form, or
        another than was frozen; StoreError if the home no longer holds what was frozen.
    """
    sample = drawn_sample(home, prefix)
    units = sample.units()
    drawn = sample.drawn(units)
    frame = Frame(units, total_of(units, "amount"))
    if form is not None:
        _refuse_form(sample)
        audited = read_form(form, sample, drawn)
        audited_draws = with_audited(drawn, audited, form.name)
        audited = audited.drop(AT)
        evaluation = evaluated(frame, sample.design, audited_draws)
    else:
        _check_compares(sample)
        claimed, run = comparison_of(home, sample, lines)
        shown = compared(run, drawn, claimed)
        audited = shown.results
        audited_draws = with_audited(drawn, audited, "--claim" if lines is None else str(lines))
        shorts = audited_draws["short"].to_list()
        omitted = omitted_side(units.height, shorts, shown.greatest, sample.design.alpha)
        evaluation = evaluated(frame, sample.design, audited_draws)._replace(omitted=omitted)
    return record(home.path, sample.id, audited, evaluation, why), evaluation


def shown_again(
    sample: Sample, units: pl.DataFrame, drawn: pl.DataFrame, evaluation: str
) -> dict[str, Any]:
    """What an evaluation shows, by what is kept of what was found; but for what is omitted, which
    hangs on the run.

    Raises: IntakeError, StoreError if what is kept is not of the draw.
    """
    folder = sample.path / evaluation
    audited_draws = with_audited(drawn, read(folder / "audited.parquet"), str(folder))
    shown = evaluated(
        Frame(units, total_of(units, "amount")), sample.design, audited_draws
    ).as_object()
    del shown["omitted"]
    return shown


def _refuse_form(sample: Sample) -> None:
    """CatalogueError for what somebody says of records that are looked up in a claim."""
    against = sample.manifest["source"].get("against")
    if against is not None:
        option = "--claim" if against["kind"] == "claim" else "--lines FILE"
        named = name_of(against)
        raise CatalogueError(
            message(
                "sample {sample} is held to {named}, and not to a form",
                sample=sample.id[:8],
                named=named,
            ),
            "FILE",
            message("evaluate it with {option}", option=option),
        )


def _check_compares(sample: Sample) -> None:
    if sample.manifest["source"]["kind"] != "usage" or sample.design.limits:
        raise CatalogueError(
            message("only records drawn without limits of their own are looked up in a claim"),
            "--lines",
            message(
                "fill in the form: doisoat sample draw {sample} --csv FILE.csv",
                sample=sample.id[:8],
            ),
        )
