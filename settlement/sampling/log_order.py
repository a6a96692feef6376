"""What a log may tell of samples, and in which order. Whatever else it tells is a fault.

A seed that stands in the log is known to whoever reads it, so it serves one sample, once: who
commits to it afterwards knew what he chose.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from doisoat.said import Said
from doisoat.settlement.sampling.joint_seed import commitment_of

# What entries of the log say was done.
FREEZE, COMMIT, REVEAL = "sample frame", "sample commit", "sample reveal"
DRAWN, EVALUATE = "sample draw", "sample evaluate"
ACTS: Final = (FREEZE, COMMIT, REVEAL, DRAWN, EVALUATE)
FRAME, DRAW = "frame", "draw"
FROZEN_TWICE: Final = Said("khóa hai lần", "is frozen twice")
NOT_FROZEN: Final = Said("chưa được khóa trước đó", "is not frozen before")
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
    acts = [one for one in log if one["what"] in ACTS]
    own: dict[str, list[Entry]] = {}
    for one in acts:
        own.setdefault(one["sample"], []).append(one)
    faults = _faults(acts)
    return {name: _life(entries, faults.get(name, [])) for name, entries in own.items()}


def _life(entries: list[Entry], faults: list[str]) -> Life:
    commitments: dict[str, str] = {}
    seeds: dict[str, str] = {}
    folders: dict[str, str] = {}
    evaluations = []
    for one in entries:
        what = one["what"]
        if what == COMMIT:
            commitments.setdefault(one["party"], one["commitment"])
        elif what == REVEAL:
            seeds.setdefault(one["party"], one["seed"])
        else:
            folders.setdefault(FOLDERS[what].format(**one), one["manifest_sha256"])
        if what == EVALUATE:
            evaluations.append(one["evaluation"])
    return Life(
        commitments, seeds, folders, tuple(evaluations), tuple(entries), tuple(faults)
    )  # fmt: skip


class Seeds:
    """The seeds and commitments that a log has told of so far."""

    def __init__(self, acts: Iterable[Entry] = ()) -> None:
        self.revealed: dict[str, str] = {}  # the sample of each, by seed in hex
        self.committed: dict[str, tuple[str, str]] = {}  # sample and party, by commitment
        for one in acts:
            self.add(one)

    def add(self, one: Entry) -> None:
        """Take in what an entry tells of them."""
        if one["what"] == COMMIT:
            self.committed.setdefault(one["commitment"], (one["sample"], one["party"]))
        elif one["what"] == REVEAL:
            self.revealed.setdefault(one["seed"], one["sample"])

    def stale(self, sample: str, party: str, commitment: str) -> Said | None:
        """Why a party cannot commit so to a sample; None if the commitment is fresh."""
        if commitment in self.committed:
            other, whose = self.committed[commitment]
            return Said(
                f"{whose} đã cam kết như vậy cho mẫu {other[:8]}",
                f"{whose} committed so to sample {other[:8]}",
            )
        for seed, other in self.revealed.items():
            if commitment_of(sample, party, bytes.fromhex(seed)) == commitment:
                return Said(
                    f"hạt giống của cam kết này đã được mở, của mẫu {other[:8]}",
                    f"its seed was revealed, of sample {other[:8]}",
                )
        return None


def _faults(acts: Iterable[Entry]) -> dict[str, list[str]]:
    """By sample, with the numbers of the entries."""
    found: dict[str, list[str]] = {}
    seen: dict[str, set[tuple[str, str]]] = {}
    commitments: dict[tuple[str, str], str] = {}
    seeds = Seeds()
    for one in acts:
        name, what, party = one["sample"], one["what"], one.get("party", "")
        done = seen.setdefault(name, set())
        fault: Said | None = None
        if (what != FREEZE) != any(act == FREEZE for act, _ in done):
            fault = FROZEN_TWICE if what == FREEZE else NOT_FROZEN
        elif what in (COMMIT, REVEAL) and (what, party) in done:
            fault = Said(f"{party} làm hai lần", f"{party} does so twice")
        elif what == COMMIT:
            if any(act == REVEAL for act, _ in done):
                fault = Said(
                    f"{party} cam kết sau khi đã có hạt giống được mở",
                    f"{party} commits after a seed was revealed",
                )
            else:
                fault = seeds.stale(name, party, one["commitment"])
            commitments[name, party] = one["commitment"]
        elif what == REVEAL:
            fault = _fault_of_seed(seeds, one, commitments.get((name, party)))
        elif what == DRAWN and (DRAWN, "") in done:
            fault = Said("rút hai lần", "is drawn twice")
        elif what == EVALUATE and (DRAWN, "") not in done:
            fault = Said("đánh giá trước khi rút", "is evaluated before it is drawn")
        if fault is not None:
            entry = one["entry"]
            told = Said(
                f"mục {entry} của nhật ký, {what}: {fault.vi}",
                f"entry {entry} of the log, {what}: {fault.en}",
            )
            found.setdefault(name, []).append(told.both)
        done.add((what, party if what in (COMMIT, REVEAL) else ""))
        seeds.add(one)
    return found


def _fault_of_seed(seeds: Seeds, one: Entry, commitment: str | None) -> Said | None:
    party, seed = one["party"], one["seed"]
    if commitment is None:
        return Said(f"{party} mở mà chưa cam kết", f"{party} reveals and has not committed")
    if commitment_of(one["sample"], party, bytes.fromhex(seed)) != commitment:
        return Said(
            f"hạt giống của {party} không phải hạt giống đã cam kết",
            f"the seed of {party} is not the one committed to",
        )
    if seed in seeds.revealed:
        other = seeds.revealed[seed][:8]
        return Said(
            f"hạt giống của {party} đã được mở trước đó, của mẫu {other}",
            f"the seed of {party} was revealed before, of sample {other}",
        )
    return None
