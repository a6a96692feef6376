"""Are the samples of a home what was frozen, committed to, revealed, drawn and found?

Each is worked out again: the frame's digest, the commitments of the seeds, and the draw.
"""

from collections.abc import Callable, Iterator

from doisoat.engine import commit
from doisoat.engine.home import SAMPLES, Home
from doisoat.errors import DoisoatError
from doisoat.settlement import journal
from doisoat.settlement.published import Finding, changed_files
from doisoat.settlement.sampling.chance import commitment_of
from doisoat.settlement.sampling.draw import drawn
from doisoat.settlement.sampling.steps import seed_of
from doisoat.settlement.sampling.stored import (
    ACTS,
    DRAW,
    DRAWN,
    EVALUATE,
    FRAME,
    FREEZE,
    MALFORMED,
    Sample,
    folders_of,
    manifest_in,
    sample_of,
)
from doisoat.settlement.sampling.units import frame_digest

# The folder of a sample that an act makes.
FOLDERS = {FREEZE: FRAME, DRAWN: DRAW, EVALUATE: "{evaluation}"}
Progress = Callable[[int], None]


def sample_findings(
    home: Home, notes: list[str], progress: Progress = lambda done: None
) -> Iterator[Finding]:
    """What is wrong with any; a folder that no entry tells of is added to the notes."""
    log = [one for one in journal.entries(home) if one["what"] in ACTS]
    floor = home.floor(SAMPLES)
    told = {floor / one["sample"] / FOLDERS[one["what"]].format(**one): one["manifest_sha256"]
            for one in log if one["what"] in FOLDERS}  # fmt: skip
    for folder in (inner for path in folders_of(floor) for inner in folders_of(path)):
        try:
            yield from changed_files(folder, manifest_in(folder)["files"], progress)
            if folder in told and told[folder] != commit.sha256_of(folder / commit.MANIFEST):
                yield Finding(str(folder), "its manifest is not the one that the log tells of")
            if folder not in told:
                notes.append(
                    f"{folder}: no entry of the log tells of it: doisoat sample was"
                    " killed, and the same step is to be run again"
                )
        except DoisoatError as error:
            yield Finding(error.where, error.what)
        except MALFORMED:
            yield Finding(str(folder), "its manifest is not as it was written")
    for folder in sorted(told):
        if not folder.is_dir():
            yield Finding(str(folder), "lost: an entry of the log tells of it")
    for name in dict.fromkeys(one["sample"] for one in log if one["what"] == FREEZE):
        try:
            sample = sample_of(home, name)
            yield from _faults(sample)
        except DoisoatError as error:
            yield Finding(str(floor / name), f"not whole: {error.what}")


def _faults(sample: Sample) -> Iterator[Finding]:
    units = sample.units()
    if frame_digest(units) != sample.manifest["frame_sha256"]:
        yield Finding(str(sample.path), "its units are not those of its digest")
        return
    for party, seed in sample.seeds.items():
        if commitment_of(sample.id, party, bytes.fromhex(seed)) != sample.commitments.get(party):
            yield Finding(str(sample.path), f"the seed of {party} is not the one committed to")
            return
    if sample.is_drawn and not sample.drawn().equals(drawn(units, sample.design, seed_of(sample))):
        yield Finding(str(sample.path), "its draw is not the one that its seeds make")
