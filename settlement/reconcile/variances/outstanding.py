"""States of variances of earlier versions of claims, for whoever files the next version."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from doisoat.engine.store.home import open_home
from doisoat.settlement.log import journal
from doisoat.settlement.records import reconciliation_records as stored
from doisoat.settlement.records.claim_records import StoredClaim
from doisoat.settlement.records.variance_states import State


def states_of_earlier(path: Path, claims: Sequence[StoredClaim]) -> dict[str, dict[State, int]]:
    """How many variances of the last reconciliation were moved on, by claim (SHA-256) and state.

    Args: claims: that are filed; told are variances of their carrier, period and grain that are of
        other claims, and of no claim that has none.
    """
    home = open_home(path)
    log = journal.entries(home)
    booked, standings = stored.in_force(home, log), stored.standings(log)
    by_claim: dict[str, dict[State, int]] = {}
    for claim in claims:
        last = booked.get(claim.period)
        states = Counter(
            standings[variance.id].state
            for variance in (last.variances if last is not None else ())
            if (variance.carrier, variance.grain) == (claim.carrier, claim.grain)
            and variance.claim != claim.sha256
            and variance.id in standings
        )
        moved: dict[State, int] = {
            state: states[state] for state in sorted(states) if state != "open"
        }
        if moved:
            by_claim[claim.sha256] = moved
    return by_claim
