"""Where the events of a drawn sample stand in the files that a home took in, for who looks them up.

It is told beside the units, which are what was frozen; a carrier's own list may have others.
"""

from collections.abc import Sequence
from pathlib import Path

from doisoat.engine.intake.records.conflict import copies_in
from doisoat.engine.intake.records.events import EVENT
from doisoat.engine.store.home import Home, list_parts
from doisoat.settlement.runs.event_addresses import WithKeys, found_in, with_keys
from doisoat.settlement.sampling.records import Sample
from doisoat.settlement.sampling.sources import ids_of


def addresses_of(
    home: Home, sample: Sample, files: Sequence[Path] = (), mappings: Sequence[Path] = ()
) -> WithKeys:
    """event_id, file and row of those drawn events that lie in the home; key out of these files."""
    drawn = sample.drawn(sample.units())
    events = ids_of(drawn["event_id"].unique(maintain_order=True))
    usage = list_parts(home, "usage")
    found = found_in(events.select(EVENT), usage, copies_in(home, usage))
    return with_keys(found.join(events, on=EVENT, how="left"), files, mappings)
