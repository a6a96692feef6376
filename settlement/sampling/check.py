"""Are the samples of a home what was frozen, committed to, revealed, drawn and found?

Each is worked out again: the frame's digest, the order and the seeds of the log, the draw, and what
each evaluation shows.
"""

from collections.abc import Callable, Iterator

from doisoat.engine.store import commit
from doisoat.engine.store.home import SAMPLES, Home
from doisoat.errors import DoisoatError
from doisoat.messages.text import Text, halves_of, message
from doisoat.settlement.log import journal
from doisoat.settlement.log.published_folder import Finding, changed_files
from doisoat.settlement.sampling.judgement import shown_again
from doisoat.settlement.sampling.log_order import ACTS, FOLDERS
from doisoat.settlement.sampling.records import (
    MALFORMED,
    NOT_OF_LOG,
    Sample,
    folders_of,
    manifest_in,
    samples,
)

Progress = Callable[[int], None]


def sample_findings(
    home: Home, notes: list[str], progress: Progress = lambda count: None
) -> Iterator[Finding]:
    """What is wrong with any; a folder that no entry tells of is added to the notes."""
    log = [entry for entry in journal.entries(home) if entry["what"] in ACTS]
    floor = home.floor(SAMPLES)
    digests = {
        floor / entry["sample"] / FOLDERS[entry["what"]].format(**entry): entry["manifest_sha256"]
        for entry in log
        if entry["what"] in FOLDERS
    }
    for folder in (inner for path in folders_of(floor) for inner in folders_of(path)):
        try:
            yield from changed_files(folder, manifest_in(folder)["files"], progress)
            if folder in digests and digests[folder] != commit.sha256_of(folder / commit.MANIFEST):
                yield Finding(str(folder), NOT_OF_LOG)
            if folder not in digests:
                notes.append(
                    f"{folder}: "
                    + message(
                        "no entry of the log tells of it: doisoat sample was killed, and"
                        " the same step is to be run again"
                    )
                )
        except DoisoatError as error:
            yield Finding(error.where, error.what)
        except MALFORMED:
            yield Finding(
                str(folder),
                message("its manifest is not as it was written"),
            )
    for folder in sorted(digests):
        if not folder.is_dir():
            yield Finding(
                str(folder),
                message("lost: an entry of the log tells of it"),
            )
    try:
        all_samples = samples(home)
    except DoisoatError as error:
        vi, en = halves_of(error.what).pair
        yield Finding(error.where, message("not whole: {text}", text=Text(vi, en)))
        return
    for sample in all_samples:
        try:
            yield from _faults(sample)
        except DoisoatError as error:
            yield Finding(error.where, error.what)
        except MALFORMED:
            yield Finding(
                str(sample.path),
                message("what was found of it cannot be read"),
            )


def _faults(sample: Sample) -> Iterator[Finding]:
    yield from (Finding(str(sample.path), fault) for fault in sample.life.faults)
    units = sample.units()
    if not sample.is_drawn:
        return
    drawn = sample.drawn(units)
    for name, published in zip(sample.evaluations, sample.shown(), strict=True):
        if not shown_again(sample, units, drawn, name).items() <= published.items():
            yield Finding(
                str(sample.path / name),
                message("what it shows is not what was found"),
            )
