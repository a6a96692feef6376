"""What a home ought to have booked: each step of it rated anew by the oracle, posted by hand.

Nothing of settlement/ is in here. The oracle rates all months in one pass, from the packs that were
open when the first began; a ledger of plain numbers posts its lines one after the other, as
docs/semantics.md, section 4, says.
"""

from collections import defaultdict
from typing import NamedTuple

import polars as pl

from doisoat.engine.intake.master.master_tables import BY_NAME, standing
from doisoat.engine.intake.records.conflict import conflicting_copies
from doisoat.engine.oracle import oracle
from doisoat.engine.store.home import open_home, read_parts
from doisoat.engine.usage import stored_parts as stored
from doisoat.settlement.figures.period import Period
from doisoat.settlement.rerating.owner_replay import event_of, ports_called, subscription_of
from tests.home_worlds import NOTHING, open_pack


class Line(NamedTuple):
    """A relief line that counts against the envelope, in the order in which it is posted."""

    start_ms: int
    event: int
    measure: str
    nature: str

    @property
    def place(self):
        return self.start_ms, self.event


class Rated(NamedTuple):
    """amounts: {(month, carrier): (list value, discount, payable)}; relief: {(month, carrier,
    measure, nature): amount}; counted: {month: {Line: (carrier, amount)}}."""

    amounts: dict
    relief: dict
    counted: dict


def rate_at_once(home, months, catalogue, package):
    """All months in one pass of the oracle, over what was taken into a home."""
    held = open_home(home)
    usage, master = read_parts(held, "usage"), read_parts(held, "master")
    traits = [pl.read_parquet(part.path / "trait.parquet").sort("trait") for part in usage]
    texts = pl.concat(traits).with_columns(trait=pl.int_range(pl.len(), dtype=pl.UInt32))
    copies = conflicting_copies(usage).select(NOTHING.columns).unique()
    events = []
    for bucket in range(held.buckets):
        name = held.bucket_name(bucket)
        frame = stored.scan_bucket(usage, name, traits, copies, NOTHING.clear())
        if frame is not None:
            named = frame.join(texts, on="trait", how="left", maintain_order="left")
            events += map(event_of, named.iter_rows(named=True))
    people, packs = (
        list(standing(master, BY_NAME[name]).iter_rows(named=True))
        for name in ("subscription", "pack")
    )
    told = oracle.rate(
        catalogue,
        package,
        list(map(subscription_of, people)),
        list(ports_called(standing(master, BY_NAME["port"]), events)),
        events,
        (Period.of(months[0]).begin_ms, Period.of(months[-1]).end_ms),
        [open_pack(row["owner_hi"] << 64 | row["owner_lo"], row) for row in packs],
        None,
    )
    return _sums(told.outcomes, [Period.of(month) for month in months], package)


def _sums(outcomes, periods, package):
    amounts, relief = defaultdict(lambda: (0, 0, 0)), defaultdict(int)
    counted = {period.name: {} for period in periods}
    envelope = package.envelope
    assert envelope.basis == "incl_vat"
    for one in outcomes:
        if one.status != "rated":
            continue
        event, start = one.event, one.event.start_ms
        month = next(p.name for p in periods if p.begin_ms <= start < p.end_ms)
        key = month, event.carrier
        more = one.list_value, one.list_value - one.payable, one.payable
        amounts[key] = tuple(a + b for a, b in zip(amounts[key], more, strict=True))
        for line in one.lines:
            relief[(*key, line.measure, line.nature)] += line.amount
            if line.nature in envelope.natures and line.measure in envelope.measures:
                at = Line(start, event.event_id, line.measure, line.nature)
                counted[month][at] = event.carrier, line.amount
    return Rated(dict(amounts), {key: one for key, one in relief.items() if one}, counted)


class Ledger:
    """An envelope by `first_come`, line by line: [carrier, recognised, own account] of each."""

    def __init__(self, cap):
        self.left = cap
        self.lines = defaultdict(dict)  # by month

    def sign(self, month, counted):
        for line in sorted(counted, key=lambda line: line.place):
            carrier, amount = counted[line]
            self._take(self.lines[month].setdefault(line, [carrier, 0, 0]), amount)

    def adjust(self, month, counted):
        """Falls come before rises, own account first; what did not change keeps its place."""
        posted, rises = self.lines[month], []
        for line in sorted({*posted, *counted}, key=lambda line: line.place):
            carrier, amount = counted.get(line, (None, 0))
            had = posted.setdefault(line, [carrier, 0, 0])
            change = amount - had[1] - had[2]
            if change < 0:
                of_own = min(had[2], -change)
                had[2] -= of_own
                had[1] -= -change - of_own
                self.left += -change - of_own
            elif change > 0:
                rises.append((had, change))
        for had, change in rises:
            self._take(had, change)

    def _take(self, line, amount):
        taken = min(self.left, amount)
        line[1] += taken
        line[2] += amount - taken
        self.left -= taken

    def sums(self):
        """{(month, carrier): (recognised, own account)}."""
        found = defaultdict(lambda: (0, 0))
        for month, lines in self.lines.items():
            for carrier, given, own in lines.values():
                had = found[month, carrier]
                found[month, carrier] = had[0] + given, had[1] + own
        return dict(found)
