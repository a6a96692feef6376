"""Names a run by what it was computed from, so that the same inputs are the same run.

Nothing of when, where or by which build enters: those stand beside the id, in the log.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from doisoat.engine.store import commit

SEMANTICS_VERSION = 4  # docs/semantics.md
RUN_ID_DIGITS = 32
SHARDS = 1024
EMPTY_SHARD = hashlib.sha256().digest()
canonical_json = commit.exact_json


def run_inputs(
    *,
    period: str,
    carrier: str | None,
    sources: Iterable[Mapping[str, Any]],
    conflicts: str | None,
    master: Mapping[str, str],
    catalogue: str,
    package: str,
    readings: Mapping[str, str],
    opening_run: str | None,
    erased: Iterable[str] = (),
    chosen: str | None = None,
    posted: str | None = None,
) -> dict[str, Any]:
    """The logical inputs of a run, in canonical order.

    Args:
        sources: of each source file with usage of the period, {"sha256", "rows",
            "content_digest"}: neither its name, nor the intake that it came in with, nor what
            other files say again is an input.
        conflicts: names the events of the period that records contradict each other about.
        master: content digests of all subscriptions, ports and open packs, by table.
        catalogue, package: their digests; readings: the alternatives in force, by name.
        opening_run: id of the run whose closing state this one starts from, None without.
        erased: digests of identities that took the place of others in what is read. The order of
            owners hangs on them, and so the digest; without any they are no input.
        chosen: names the copies of those events that decisions say are right; without any no input.
        posted: names what envelopes have posted, where the opening run does not say it.
    """
    renamed = sorted(set(erased))
    return {
        **({"erased": renamed} if renamed else {}),
        **({"chosen": chosen} if chosen is not None else {}),
        **({"posted": posted} if posted is not None else {}),
        "semantics_version": SEMANTICS_VERSION,
        "period": period,
        "carrier": carrier,
        "sources": sorted((dict(source) for source in sources), key=canonical_json),
        "conflicts": conflicts,
        "master": dict(master),
        "catalogue": catalogue,
        "package": package,
        "readings": dict(readings),
        "opening_run": opening_run,
    }


def run_id(inputs: Mapping[str, Any]) -> str:
    """The first 32 hex digits of the SHA-256 of the inputs' canonical JSON."""
    return hashlib.sha256(canonical_json(inputs)).hexdigest()[:RUN_ID_DIGITS]


def result_digest(shard_digests: Mapping[int, bytes]) -> str:
    """The SHA-256 of the 1,024 shard digests in order; a shard not named has no event."""
    whole = hashlib.sha256()
    for shard in range(SHARDS):
        whole.update(shard_digests.get(shard, EMPTY_SHARD))
    return whole.hexdigest()
