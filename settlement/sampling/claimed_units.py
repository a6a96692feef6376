"""The lines of a claim that was filed, as units."""

from typing import Any, NamedTuple

import polars as pl

from doisoat.engine.store.home import Home
from doisoat.errors import PeriodError
from doisoat.messages.text import message, message_in
from doisoat.settlement.figures.period import Period
from doisoat.settlement.records.claim_records import StoredClaim, in_force
from doisoat.settlement.sampling.sources import as_units, day_of
from doisoat.settlement.sampling.units import check_units


class Claimed(NamedTuple):
    """units: UNIT in canonical order; source: which claim they are of, for a frame's manifest."""

    units: pl.DataFrame
    source: dict[str, Any]


def claimed_lines(home: Home, period: Period, carrier: str) -> Claimed:
    """The lines of the claim in force of a carrier and period.

    Raises: PeriodError if none of lines was filed; IntakeError if they can't be drawn from.
    """
    filed = in_force(home, period.name)
    line_claims = [claim for claim in filed if (claim.carrier, claim.grain) == (carrier, "lines")]
    if not line_claims:
        known = ", ".join(f"{claim.carrier} {claim.grain}" for claim in filed)
        raise PeriodError(
            message(
                "{carrier} filed no claim of lines for {period} (filed: {known})",
                carrier=carrier,
                period=period.name,
                known=known or message_in("claims", "none"),
            ),
            "--claim",
            message("file it first: doisoat claim file FILE; or give its list with --lines"),
        )
    claim = line_claims[0]
    source = {"kind": "claim", "sha256": claim.sha256, "version": claim.version}
    return Claimed(lines_of(claim), source)


def lines_of(claim: StoredClaim) -> pl.DataFrame:
    """UNIT in canonical order. IntakeError if its lines can't be drawn from."""
    rows = claim.lines().with_columns(
        carrier=pl.lit(claim.carrier), day=day_of("start_ms"), record=pl.lit("")
    )
    return check_units(as_units(rows.collect()), f"claim {claim.sha256}")
