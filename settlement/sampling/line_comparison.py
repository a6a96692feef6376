"""What drawn records are held to: the lines of a claim, frozen with the frame, and the run beside.

Both are bound by digest before any seed is known. Whoever sees the draw first and then mends just
what was drawn mends another claim, which is refused by name.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from doisoat.engine.store import commit
from doisoat.engine.store.home import Home
from doisoat.errors import CatalogueError, IntakeError, StoreError
from doisoat.messages.text import Text, message
from doisoat.settlement.figures.period import Period
from doisoat.settlement.log import journal
from doisoat.settlement.records.claim_records import claims_told, in_force
from doisoat.settlement.rerating.rerate_month import settled_run
from doisoat.settlement.runs.runs import RunFiles, file_of, run_files
from doisoat.settlement.sampling.claimed_units import claimed_lines, lines_of
from doisoat.settlement.sampling.records import Sample
from doisoat.settlement.sampling.sources import LINES, refuse_unnamed
from doisoat.settlement.sampling.units import frame_digest, read_units

HEX_SHOWN = 12  # of a digest, in a message
RESTORE_CLAIMS = message("restore claims/ from a copy")


class Comparison(NamedTuple):
    """units: UNIT, all lines of the claim; run: what they are compared with."""

    units: pl.DataFrame
    run: RunFiles


def bound_to(
    home: Home, period: Period, carrier: str, lines: Path | None, claim: bool
) -> dict[str, Any] | None:
    """What a frame of records says of the claim they will be held to; None if of none.

    Raises: as reading it does; PeriodError if the period is not settled.
    """
    if lines is None and not claim:
        return None
    if lines is not None:
        units = read_units(lines, carrier)
        against: dict[str, Any] = {"kind": "list", "sha256": commit.sha256_of(lines)}
    else:
        units, source = claimed_lines(home, period, carrier)
        against = {name: source[name] for name in ("kind", "sha256", "version")}
    refuse_unnamed(units)
    run = settled_run(home, period)
    return {
        **against,
        "lines_sha256": frame_digest(units),
        "run": run.run,
        "run_sha256": commit.sha256_of(run.path / commit.MANIFEST),
    }


def comparison_of(home: Home, sample: Sample, lines: Path | None) -> Comparison:
    """What a sample is held to, as it was frozen. Args: lines: the file; None: the claim.

    Raises: CatalogueError if it is held to nothing, or to the other of both; IntakeError for a file
        that is another than was frozen; StoreError if claim or run are no longer what they were.
    """
    against = sample.manifest["source"].get("against")
    if against is None:
        raise CatalogueError(
            message(
                "sample {sample} was frozen with no claim to hold its records to",
                sample=sample.id[:8],
            ),
            "--claim" if lines is None else "--lines",
            message(
                "fill in the form: doisoat sample draw ID --csv FILE; or freeze another"
                " sample with --usage and --claim or --lines FILE"
            ),
        )
    if (against["kind"] == "list") != (lines is not None):
        named, option = name_of(against), "--lines FILE" if lines is None else "--claim"
        raise CatalogueError(
            message(
                "sample {sample} is held to {named}, which was frozen with it",
                sample=sample.id[:8],
                named=named,
            ),
            "--claim" if lines is None else "--lines",
            message("evaluate it with {option}", option=option),
        )
    units = _of_claim(home, sample, against) if lines is None else _of_list(lines, sample, against)
    return Comparison(units, _run_of(home, against))


def superseded_by(home: Home, sample: Sample) -> int | None:
    """The version of the claim that took the place of the one that a sample was frozen with."""
    source = sample.manifest["source"]
    against = source if source["kind"] == "claim" else source.get("against")
    if against is None or against["kind"] != "claim":
        return None
    now = {
        claim.version
        for claim in in_force(home, sample.manifest["period"])
        if (claim.carrier, claim.grain) == (source["carrier"], "lines")
    }
    return max(now, default=0) if max(now, default=0) > against["version"] else None


def name_of(against: Mapping[str, Any]) -> Text:
    """What a message calls it."""
    digest = f"{against['sha256'][:HEX_SHOWN]}…"
    if against["kind"] == "claim":
        version = against["version"]
        return message("version {version} of the claim ({digest})", version=version, digest=digest)
    return message("the list with SHA-256 {digest}", digest=digest)


def _of_list(lines: Path, sample: Sample, against: Mapping[str, Any]) -> pl.DataFrame:
    units = read_units(lines, sample.manifest["source"]["carrier"])
    sha256 = commit.sha256_of(lines)
    if sha256 != against["sha256"] or frame_digest(units) != against["lines_sha256"]:
        named, digest = name_of(against), f"{sha256[:HEX_SHOWN]}…"
        raise IntakeError(
            message(
                "its SHA-256 is {digest}; sample {sample} is held to {named}",
                digest=digest,
                sample=sample.id[:8],
                named=named,
            ),
            str(lines),
            message("give the file that was frozen with the sample"),
        )
    return units


def _of_claim(home: Home, sample: Sample, against: Mapping[str, Any]) -> pl.DataFrame:
    """Of the version that was frozen, whichever is in force."""
    claims = claims_told(home, journal.entries(home))
    matches = [claim for claim in claims if claim.sha256 == against["sha256"]]
    if not matches:
        named = name_of(against)
        raise StoreError(
            message("{named} is not in the home", named=named),
            str(home.path),
            RESTORE_CLAIMS,
        )
    units = lines_of(matches[0])
    if frame_digest(units) != against["lines_sha256"]:
        raise StoreError(
            message(
                "its lines are not those that sample {sample} was frozen with", sample=sample.id[:8]
            ),
            str(matches[0].path),
            RESTORE_CLAIMS,
        )
    return units


def _run_of(home: Home, against: Mapping[str, Any]) -> RunFiles:
    """The run that was in force as the frame was frozen; another one may be by now."""
    run = run_files(home, against["run"], superseded=False)
    if commit.sha256_of(run.path / commit.MANIFEST) != against["run_sha256"]:
        raise StoreError(
            message("the run is not the one that the sample was frozen with"),
            str(run.path),
            message("restore runs/ from a copy, or freeze another sample"),
        )
    file_of(run, LINES)
    return run
