"""What a log may tell of samples, and in which order. Whatever else it tells is a fault.

A seed that stands in the log is known to whoever reads it, so it serves one sample, once: who
commits to it afterwards knew what he chose.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from doisoat.messages.text import Text, message
from doisoat.settlement.sampling.joint_seed import commitment_of

# What entries of the log say was done.
FREEZE, COMMIT, REVEAL = "sample frame", "sample commit", "sample reveal"
DRAWN, EVALUATE = "sample draw", "sample evaluate"
ACTS: Final = (FREEZE, COMMIT, REVEAL, DRAWN, EVALUATE)
FRAME, DRAW = "frame", "draw"
FROZEN_TWICE: Final = message("is frozen twice")
NOT_FROZEN: Final = message("is not frozen before")
# The folder of a sample that an act makes.
FOLDERS: Final = {FREEZE: FRAME, DRAWN: DRAW, EVALUATE: "{evaluation}"}
Entry = Mapping[str, Any]


class Life(NamedTuple):
    """What a log tells of one sample; of what it tells twice, the first.

    commitments, seeds: hex, by party. folders: SHA-256 of the manifest that the log tells of each.
    since: when the last step was told, UTC. faults: what cannot have been done so,
    in both languages.
    """

    commitments: Mapping[str, str]
    seeds: Mapping[str, str]
    folders: Mapping[str, str]
    evaluations: tuple[str, ...]  # names of their folders, the latest last
    entries: tuple[Entry, ...]
    faults: tuple[str, ...]

    @property
    def is_drawn(self) -> bool:
        return DRAW in self.folders

    @property
    def since(self) -> str:
        return str(self.entries[-1]["logged_at"])


def lives(log: Iterable[Entry]) -> dict[str, Life]:
    """By sample, in the order in which they were frozen."""
    acts = [entry for entry in log if entry["what"] in ACTS]
    by_sample: dict[str, list[Entry]] = {}
    for entry in acts:
        by_sample.setdefault(entry["sample"], []).append(entry)
    faults = _faults(acts)
    return {name: _life(entries, faults.get(name, [])) for name, entries in by_sample.items()}


def _life(entries: list[Entry], faults: list[str]) -> Life:
    commitments: dict[str, str] = {}
    seeds: dict[str, str] = {}
    folders: dict[str, str] = {}
    evaluations = []
    for entry in entries:
        act = entry["what"]
        if act == COMMIT:
            commitments.setdefault(entry["party"], entry["commitment"])
        elif act == REVEAL:
            seeds.setdefault(entry["party"], entry["seed"])
        else:
            folders.setdefault(FOLDERS[act].format(**entry), entry["manifest_sha256"])
        if act == EVALUATE:
            evaluations.append(entry["evaluation"])
    return Life(
        commitments, seeds, folders, tuple(evaluations), tuple(entries), tuple(faults)
    )  # fmt: skip


class Seeds:
    """The seeds and commitments that a log has told of so far."""

    def __init__(self, acts: Iterable[Entry] = ()) -> None:
        self.revealed: dict[str, str] = {}  # the sample of each, by seed in hex
        self.committed: dict[str, tuple[str, str]] = {}  # sample and party, by commitment
        for entry in acts:
            self.add(entry)

    def add(self, entry: Entry) -> None:
        """Take in what an entry tells of them."""
        if entry["what"] == COMMIT:
            self.committed.setdefault(entry["commitment"], (entry["sample"], entry["party"]))
        elif entry["what"] == REVEAL:
            self.revealed.setdefault(entry["seed"], entry["sample"])

    def stale(self, sample: str, party: str, commitment: str) -> Text | None:
        """Why a party cannot commit so to a sample; None if the commitment is fresh."""
        if commitment in self.committed:
            other_sample, whose = self.committed[commitment]
            return message(
                "{whose} committed so to sample {other_sample}",
                whose=whose,
                other_sample=other_sample[:8],
            )
        for seed, other_sample in self.revealed.items():
            if commitment_of(sample, party, bytes.fromhex(seed)) == commitment:
                return message(
                    "its seed was revealed, of sample {other_sample}", other_sample=other_sample[:8]
                )
        return None


def _faults(acts: Iterable[Entry]) -> dict[str, list[str]]:
    """By sample, with the numbers of the entries."""
    faults: dict[str, list[str]] = {}
    seen: dict[str, set[tuple[str, str]]] = {}
    commitments: dict[tuple[str, str], str] = {}
    seeds = Seeds()
    for entry in acts:
        name, step, party = entry["sample"], entry["what"], entry.get("party", "")
        seen_steps = seen.setdefault(name, set())
        fault: Text | None = None
        if (step != FREEZE) != any(act == FREEZE for act, _ in seen_steps):
            fault = FROZEN_TWICE if step == FREEZE else NOT_FROZEN
        elif step in (COMMIT, REVEAL) and (step, party) in seen_steps:
            fault = message("{party} does so twice", party=party)
        elif step == COMMIT:
            if any(act == REVEAL for act, _ in seen_steps):
                fault = message("{party} commits after a seed was revealed", party=party)
            else:
                fault = seeds.stale(name, party, entry["commitment"])
            commitments[name, party] = entry["commitment"]
        elif step == REVEAL:
            fault = _fault_of_seed(seeds, entry, commitments.get((name, party)))
        elif step == DRAWN and (DRAWN, "") in seen_steps:
            fault = message("is drawn twice")
        elif step == EVALUATE and (DRAWN, "") not in seen_steps:
            fault = message("is evaluated before it is drawn")
        if fault is not None:
            number = entry["entry"]
            text = message(
                "entry {number} of the log, {step}: {fault}", number=number, step=step, fault=fault
            )
            faults.setdefault(name, []).append(text)
        seen_steps.add((step, party if step in (COMMIT, REVEAL) else ""))
        seeds.add(entry)
    return faults


def _fault_of_seed(seeds: Seeds, entry: Entry, commitment: str | None) -> Text | None:
    party, seed = entry["party"], entry["seed"]
    if commitment is None:
        return message("{party} reveals and has not committed", party=party)
    if commitment_of(entry["sample"], party, bytes.fromhex(seed)) != commitment:
        return message("the seed of {party} is not the one committed to", party=party)
    if seed in seeds.revealed:
        other_sample = seeds.revealed[seed][:8]
        return message(
            "the seed of {party} was revealed before, of sample {other_sample}",
            party=party,
            other_sample=other_sample,
        )
    return None
