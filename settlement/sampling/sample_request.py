"""What somebody asks of a sample, made a frame and a design."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from doisoat.engine.store import commit
from doisoat.engine.store.home import Home
from doisoat.errors import CatalogueError
from doisoat.messages.text import message, message_in
from doisoat.settlement.figures.period import Period
from doisoat.settlement.rerating.rerate_month import settled_run
from doisoat.settlement.sampling.act import content_of
from doisoat.settlement.sampling.claimed_units import claimed_lines
from doisoat.settlement.sampling.design import Allocation, Bound, DesignRequest, Method, parties_of
from doisoat.settlement.sampling.draw import design_of
from doisoat.settlement.sampling.line_comparison import bound_to
from doisoat.settlement.sampling.presets import limits_of, preset_of
from doisoat.settlement.sampling.sources import of_run, of_usage
from doisoat.settlement.sampling.units import read_units


def designed(
    home: Home,
    *,
    period: str,
    carrier: str,
    lines: Path | None,
    claim: bool,
    usage: bool,
    measures: tuple[str, ...],
    natures: tuple[str, ...],
    kinds: tuple[str, ...],
    method: Method | None,
    confidence: str,
    tolerable: str,
    expected: str,
    bound: Bound | None,
    strata: tuple[str, ...],
    allocation: Allocation | None,
    preset: str | None,
    limits: Mapping[str, str],
    size: int | None,
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """The units, in their order, and what the manifest of their frame says.

    Raises: IntakeError for a list that is not of the form, or units that are not there;
        CatalogueError for what cannot be asked; PeriodError for a month that is not settled.
    """
    month = Period.of(period)
    known = preset_of(preset) if preset is not None else None
    if known is not None:
        usage, kinds = _of_preset(preset or "", usage, kinds, known.kinds)
        size = known.size if size is None else size
        _at_least(size, known.size, preset or "")
    _refuse_unused(lines is not None or claim, usage, measures, natures, kinds)
    source: dict[str, Any] = {"carrier": carrier}
    if usage:
        _refuse_looked_up(lines is not None or claim, preset, limits)
        against = bound_to(home, month, carrier, lines, claim)
        source |= {"kind": "usage", "kinds": list(kinds), "against": against}
        units = of_usage(home, month, carrier, kinds)
    elif claim:
        units, claim_source = claimed_lines(home, month, carrier)
        source |= claim_source
    elif lines is not None:
        units = read_units(lines, carrier)
        source |= {"kind": "list", "sha256": commit.sha256_of(lines)}
    else:
        run = settled_run(home, month)
        units = of_run(run, carrier, measures, natures)
        source |= {
            "kind": "run", "run": run.run, "measures": list(measures), "natures": list(natures)
        }  # fmt: skip
    request = DesignRequest(
        method or ("equal" if usage else "mus"), confidence, tolerable, expected, bound, strata,
        allocation, preset, limits_of(known, limits), size,
    )  # fmt: skip
    if limits and not usage:
        raise CatalogueError(
            message("a limit is of a result of records, and lines have amounts"),
            "--limit",
            message("leave it out, or draw from records: --usage"),
        )
    design = design_of(request, units, parties_of([carrier]))
    return units, content_of(units, design, month.name, source)


def _of_preset(
    name: str, usage: bool, kinds: tuple[str, ...], preset_kinds: list[str]
) -> tuple[bool, tuple[str, ...]]:
    if not usage or kinds not in ((), tuple(preset_kinds)):
        kinds_told = ", ".join(preset_kinds)
        raise CatalogueError(
            message("{name} draws {kinds_told} records", name=name, kinds_told=kinds_told),
            "--preset",
            message("give it with --usage and without --kind"),
        )
    return True, tuple(preset_kinds)


def _refuse_looked_up(is_held: bool, preset: str | None, limits: Mapping[str, str]) -> None:
    """Refuse a claim where somebody says of each record what is wrong with it."""
    if is_held and (preset is not None or limits):
        raise CatalogueError(
            message(
                "results that a standard names are told by the form: nothing is looked up"
                " in a claim"
            ),
            "--preset" if preset is not None else "--limit",
            message("leave --claim and --lines out"),
        )


def _at_least(size: int, least: int, name: str) -> None:
    if size < least:
        raise CatalogueError(
            message("{name} asks for {least} at least", name=name, least=least),
            "--size",
            message_in("sample request", "leave it out"),
        )


def _refuse_unused(
    is_listed: bool,
    usage: bool,
    measures: tuple[str, ...],
    natures: tuple[str, ...],
    kinds: tuple[str, ...],
) -> None:
    """Refuse what would choose among units of another source."""
    for choice, option, belongs in (
        (measures, "--measure", not usage and not is_listed),
        (natures, "--nature", not usage and not is_listed),
        (kinds, "--kind", usage),
    ):
        if choice and not belongs:
            raise CatalogueError(
                message("{option} chooses nothing here", option=option),
                option,
                message(
                    "it is of records (--kind, with --usage) or of the run in force (the others)"
                ),
            )
