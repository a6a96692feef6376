"""Samples as they lie in a home, and how far each has come. Whoever reads can work it out again.

    samples/<id>/frame/        frame.parquet, manifest.json: the units, and what was decided
    samples/<id>/draw/         draw.parquet, manifest.json
    samples/<id>/<digest>/     audited.parquet, manifest.json: what was found, and what it shows
Commitments and seeds are entries of the log, each with the digest of the frame's manifest.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import polars as pl

from doisoat.engine.store import commit
from doisoat.engine.store.home import ID_HEX_DIGITS, SAMPLES, Home, check_format
from doisoat.errors import PeriodError, StoreError
from doisoat.messages.text import message, message_in
from doisoat.settlement.log import journal
from doisoat.settlement.sampling.design import Design
from doisoat.settlement.sampling.draw import drawn
from doisoat.settlement.sampling.joint_seed import joint_seed
from doisoat.settlement.sampling.log_order import DRAW, FRAME, Life, lives
from doisoat.settlement.sampling.units import frame_digest

Step = Literal["commit", "reveal", "draw", "evaluate", "done"]
STEPS: tuple[Step, ...] = get_args(Step)
# half_revealed: who has not revealed knows the draw, and may leave it. abandoned: a seed was
# revealed, nothing was evaluated, and another sample of the same was frozen since.
Standing = Literal["open", "half_revealed", "abandoned", "done"]
MALFORMED = (KeyError, TypeError, ValueError)
RESTORE = message("restore samples/ from a copy")
NOT_OF_LOG = message_in("records", "its manifest is not the one that the log tells of")
# What a frame is of: of two samples that agree in all of it one could be chosen after the fact.
FROZEN = ("period", "source", "frame_sha256", "design")


class Sample(NamedTuple):
    """A sample, and how far it has come by the log.

    others: samples of the same carrier, period and kind of units, the oldest first; their own
    `others` are empty. place: its number among all samples of the home.
    """

    id: str
    path: Path
    manifest: Mapping[str, Any]
    design: Design
    life: Life
    place: int = 0
    others: tuple["Sample", ...] = ()

    @property
    def commitments(self) -> Mapping[str, str]:
        return self.life.commitments

    @property
    def seeds(self) -> Mapping[str, str]:
        return self.life.seeds

    @property
    def is_drawn(self) -> bool:
        return self.life.is_drawn

    @property
    def evaluations(self) -> tuple[str, ...]:
        """Names of their folders, the latest last."""
        return self.life.evaluations

    @property
    def population(self) -> tuple[str, str, bool]:
        """Of whom, of when, and whether of records: what another sample may be of as well."""
        source = self.manifest["source"]
        return source["carrier"], self.manifest["period"], source["kind"] == "usage"

    @property
    def step(self) -> Step:
        """What is to be done next."""
        if len(self.commitments) < len(self.design.parties):
            return "commit"
        if len(self.seeds) < len(self.design.parties):
            return "reveal"
        if not self.is_drawn:
            return "draw"
        return "done" if self.evaluations else "evaluate"

    @property
    def standing(self) -> Standing:
        if self.evaluations:
            return "done"
        if self.seeds and any(sample.place > self.place for sample in self.others):
            return "abandoned"
        return "half_revealed" if self.seeds and self.step == "reveal" else "open"

    @property
    def waits_for(self) -> tuple[str, ...]:
        """The parties whose commitments, or then seeds, are missing."""
        published = self.commitments if self.step == "commit" else self.seeds
        return tuple(party for party in self.design.parties if party not in published)

    @property
    def rivals(self) -> tuple["Sample", ...]:
        """The others of which a seed was revealed: somebody could know what they show."""
        return tuple(sample for sample in self.others if sample.seeds)

    def joint_seed(self) -> bytes:
        """The seed of its draw, once all seeds are revealed."""
        seeds = {party: bytes.fromhex(text) for party, text in self.seeds.items()}
        return joint_seed(self.id, self.manifest["frame_sha256"], self.design.parties, seeds)

    def units(self) -> pl.DataFrame:
        """The units of the frame, in their order. StoreError if its digest is of others."""
        units = read(self.path / FRAME / "frame.parquet")
        if frame_digest(units) != self.manifest["frame_sha256"]:
            raise StoreError(
                message("its units are not those of its digest"),
                str(self.path / FRAME),
                RESTORE,
            )
        return units

    def drawn(self, units: pl.DataFrame) -> pl.DataFrame:
        """What was drawn of its units. StoreError if it is not what its seeds draw."""
        draws = read(self.path / DRAW / "draw.parquet")
        if not draws.equals(drawn(units, self.design, self.joint_seed())):
            raise StoreError(
                message("its draw is not the one that its seeds make"),
                str(self.path / DRAW),
                RESTORE,
            )
        return draws

    @property
    def verdict(self) -> str | None:
        """What the last evaluation shows; None before one. StoreError if it cannot be read."""
        shown = self.shown()
        return str(shown[-1]["verdict"]) if shown else None

    def shown(self) -> list[Mapping[str, Any]]:
        """What each evaluation shows (Evaluation.as_object), the latest last.

        Raises: StoreError for one that cannot be read.
        """
        results = []
        for name in self.evaluations:
            folder = self.path / name
            try:
                results.append(sealed(folder, self.life)["shown"])
            except KeyError as error:
                raise StoreError(
                    message("the manifest shows nothing"),
                    str(folder),
                    RESTORE,
                ) from error
        return results

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "sample": self.id,
            **{name: self.manifest[name] for name in ("period", "source", "units", "amount")},
            "frame_sha256": self.manifest["frame_sha256"],
            "design": self.design.as_object(),
            "commitments": dict(self.commitments),
            "seeds": dict(self.seeds),
            "step": self.step,
            "standing": self.standing,
            "since": self.life.since,
            "waits_for": list(self.waits_for),
            "evaluations": list(self.evaluations),
            "verdicts": [result["verdict"] for result in self.shown()],
            "faults": list(self.life.faults),
            "others": [self._rival_object(rival) for rival in self.rivals],
        }

    def _rival_object(self, rival: "Sample") -> dict[str, Any]:
        return {
            "sample": rival.id,
            "step": rival.step,
            "verdict": rival.verdict,
            "is_of_same_frame": rival.manifest["frame_sha256"] == self.manifest["frame_sha256"],
        }


def sample_id(manifest: Mapping[str, Any]) -> str:
    """The id of what is frozen: the first 32 hex digits of the digest of what its manifest says."""
    frozen = {name: manifest[name] for name in (*FROZEN, "attempt")}
    return commit.digest_of(frozen)[:ID_HEX_DIGITS]


def read(path: Path) -> pl.DataFrame:
    """StoreError if a table of a sample cannot be read."""
    try:
        return pl.read_parquet(path, glob=False, hive_partitioning=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise StoreError(message("not readable"), str(path), RESTORE) from error


def samples(home: Home) -> list[Sample]:
    """The samples that the log tells of, the oldest first. StoreError for one that is not whole."""
    try:
        by_name = lives(journal.entries(home))
    except MALFORMED as error:
        where = str(home.path / journal.JOURNAL)
        raise StoreError(
            message("an entry tells of a sample what no sample has"),
            where,
            message("restore log/ from a copy"),
        ) from error
    alone = [_sample(home, name, life, place) for place, (name, life) in enumerate(by_name.items())]
    return [
        sample._replace(
            others=tuple(
                rival for rival in alone
                if rival.population == sample.population and rival.id != sample.id
            )
        )
        for sample in alone
    ]  # fmt: skip


def sample_of(home: Home, prefix: str) -> Sample:
    """The sample whose id begins so. PeriodError if there is none, or more than one."""
    all_samples = samples(home)
    matches = [sample for sample in all_samples if prefix and sample.id.startswith(prefix)]
    if len(matches) != 1:
        known = ", ".join(sample.id[:8] for sample in all_samples)
        raise PeriodError(
            message(
                "{count} samples have an id that begins with {prefix} (there are: {known})",
                count=len(matches),
                prefix=repr(prefix),
                known=known or message_in("samples", "none"),
            ),
            str(home.path),
            message("freeze one first: doisoat sample frame; or give more of its id"),
        )
    return matches[0]


def manifest_in(folder: Path) -> dict[str, Any]:
    """StoreError for a manifest that cannot be read."""
    try:
        manifest: dict[str, Any] = json.loads((folder / commit.MANIFEST).read_text("utf-8"))
        version = manifest["format_version"]
    except (OSError, *MALFORMED) as error:
        raise StoreError(
            message_in("records", "the manifest cannot be read"), str(folder), RESTORE
        ) from error
    check_format(version, folder)
    return manifest


def sealed(folder: Path, life: Life) -> dict[str, Any]:
    """The manifest of a folder of a sample. StoreError if it is not the one of the log."""
    manifest = manifest_in(folder)
    if life.folders.get(folder.name) != commit.sha256_of(folder / commit.MANIFEST):
        raise StoreError(NOT_OF_LOG, str(folder), RESTORE)
    return manifest


def _sample(home: Home, name: str, life: Life, place: int) -> Sample:
    folder = home.floor(SAMPLES) / name
    manifest = sealed(folder / FRAME, life)
    try:
        design = Design.of_object(manifest["design"])
        if sample_id(manifest) != name:
            raise ValueError("it is another's")
        return Sample(name, folder, manifest, design, life, place)
    except MALFORMED as error:
        raise StoreError(
            message("its manifest is not as it was frozen"),
            str(folder),
            RESTORE,
        ) from error


def folders_of(sample: Path) -> Iterator[Path]:
    """The folders of a sample, by name."""
    yield from sorted(path for path in sample.glob("[!.]*") if path.is_dir())
