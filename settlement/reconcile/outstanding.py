"""How variances of earlier versions of claims stand, for whoever files the next version."""

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
    found: dict[str, dict[State, int]] = {}
    for claim in claims:
        last = booked.get(claim.period)
        states = Counter(
            standings[one.id].state
            for one in (last.variances if last is not None else ())
            if (one.carrier, one.grain) == (claim.carrier, claim.grain)
            and one.claim != claim.sha256
            and one.id in standings
        )
        moved: dict[State, int] = {one: states[one] for one in sorted(states) if one != "open"}
        if moved:
            found[claim.sha256] = moved
    return found
