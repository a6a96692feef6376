"""Samples as they lie in a home, and how far each has come. Whoever reads can work it out again.

    samples/<id>/frame/        frame.parquet, manifest.json: the units, and what was decided
    samples/<id>/draw/         draw.parquet, manifest.json
    samples/<id>/<digest>/     audited.parquet, manifest.json: what was found, and what it shows
Commitments and seeds are entries of the log, each with the digest of the frame's manifest.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import polars as pl

from doisoat.engine import commit
from doisoat.engine.home import ID_HEX_DIGITS, SAMPLES, Home, check_format
from doisoat.errors import PeriodError, StoreError
from doisoat.settlement import journal
from doisoat.settlement.sampling.design import Design

FRAME, DRAW = "frame", "draw"
# What entries of the log say was done.
FREEZE, COMMIT, REVEAL = "sample frame", "sample commit", "sample reveal"
DRAWN, EVALUATE = "sample draw", "sample evaluate"
ACTS = (FREEZE, COMMIT, REVEAL, DRAWN, EVALUATE)
Step = Literal["commit", "reveal", "draw", "evaluate", "done"]
STEPS: tuple[Step, ...] = get_args(Step)
MALFORMED = (KeyError, TypeError, ValueError)


class Sample(NamedTuple):
    """A sample, and how far it has come by the log. commitments, seeds: hex, by party."""

    id: str
    path: Path
    manifest: Mapping[str, Any]
    design: Design
    commitments: Mapping[str, str]
    seeds: Mapping[str, str]
    is_drawn: bool
    evaluations: tuple[str, ...]  # names of their folders, the latest last

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
    def waits_for(self) -> tuple[str, ...]:
        """The parties whose commitments, or then seeds, are missing."""
        given = self.commitments if self.step == "commit" else self.seeds
        return tuple(party for party in self.design.parties if party not in given)

    def units(self) -> pl.DataFrame:
        """The units of the frame, in their order."""
        return read(self.path / FRAME / "frame.parquet")

    def drawn(self) -> pl.DataFrame:
        return read(self.path / DRAW / "draw.parquet")

    @property
    def verdict(self) -> str | None:
        """What the last evaluation shows; None before one. StoreError if it cannot be read."""
        told = self.shown()
        return str(told[-1]["verdict"]) if told else None

    def shown(self) -> list[Mapping[str, Any]]:
        """What each evaluation shows (Evaluation.as_object), the latest last.

        Raises: StoreError for one that cannot be read.
        """
        told = []
        for name in self.evaluations:
            folder = self.path / name
            try:
                told.append(manifest_in(folder)["shown"])
            except KeyError as error:
                raise StoreError(
                    "the manifest shows nothing", str(folder), "restore samples/ from a copy"
                ) from error
        return told

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
            "waits_for": list(self.waits_for),
            "evaluations": list(self.evaluations),
        }


def sample_id(manifest: Mapping[str, Any]) -> str:
    """The id of what is frozen: the first 32 hex digits of the digest of what its manifest says."""
    said = {name: manifest[name] for name in ("period", "source", "frame_sha256", "design")}
    return commit.digest_of(said)[:ID_HEX_DIGITS]


def read(path: Path) -> pl.DataFrame:
    """StoreError if a table of a sample cannot be read."""
    try:
        return pl.read_parquet(path, glob=False, hive_partitioning=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise StoreError("not readable", str(path), "restore samples/ from a copy") from error


def samples(home: Home) -> list[Sample]:
    """The samples that the log tells of, the oldest first. StoreError for one that is not whole."""
    log = [one for one in journal.entries(home) if one["what"] in ACTS]
    return [_sample(home, one["sample"], log) for one in log if one["what"] == FREEZE]


def sample_of(home: Home, asked: str) -> Sample:
    """The sample whose id begins so. PeriodError if there is none, or more than one."""
    every = samples(home)
    found = [one for one in every if asked and one.id.startswith(asked)]
    if len(found) != 1:
        known = ", ".join(one.id[:8] for one in every) or "none"
        raise PeriodError(
            f"{len(found)} samples have an id that begins with {asked!r} (there are: {known})",
            str(home.path), "freeze one first: doisoat sample frame; or give more of its id",
        )  # fmt: skip
    return found[0]


def manifest_in(folder: Path) -> dict[str, Any]:
    """StoreError for a manifest that cannot be read."""
    try:
        manifest: dict[str, Any] = json.loads((folder / commit.MANIFEST).read_text("utf-8"))
        version = manifest["format_version"]
    except (OSError, *MALFORMED) as error:
        raise StoreError(
            "the manifest cannot be read", str(folder), "restore samples/ from a copy"
        ) from error
    check_format(version, folder)
    return manifest


def _sample(home: Home, name: str, log: Iterable[Mapping[str, Any]]) -> Sample:
    folder = home.floor(SAMPLES) / name
    manifest = manifest_in(folder / FRAME)
    own = [one for one in log if one["sample"] == name]
    try:
        design = Design.of_object(manifest["design"])
        if sample_id(manifest) != name:
            raise ValueError("it is another's")
        return Sample(
            name, folder, manifest, design,
            {one["party"]: one["commitment"] for one in own if one["what"] == COMMIT},
            {one["party"]: one["seed"] for one in own if one["what"] == REVEAL},
            any(one["what"] == DRAWN for one in own),
            tuple(one["evaluation"] for one in own if one["what"] == EVALUATE),
        )  # fmt: skip
    except MALFORMED as error:
        raise StoreError(
            "its manifest is not as it was frozen", str(folder), "restore samples/ from a copy"
        ) from error


def folders_of(sample: Path) -> Iterator[Path]:
    """The folders of a sample, by name."""
    yield from sorted(path for path in sample.glob("[!.]*") if path.is_dir())
