"""The steps of a sample in a home: freeze, commit, reveal, draw, evaluate.

Each is safe to run twice: what was done stands, and nothing is written again. One that comes out of
order is refused with what is to be done first.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from doisoat.engine.store import commit
from doisoat.engine.store.home import FORMAT_VERSION, ID_HEX_DIGITS, SAMPLES, Home, open_home
from doisoat.errors import KeyFileError, PeriodError, StoreError
from doisoat.messages.text import Text, message
from doisoat.settlement.figures.merge import total_of
from doisoat.settlement.figures.row_files import PARQUET
from doisoat.settlement.log import journal
from doisoat.settlement.sampling.design import Design
from doisoat.settlement.sampling.draw import drawn
from doisoat.settlement.sampling.evaluation import Evaluation
from doisoat.settlement.sampling.joint_seed import HEX_DIGEST, commitment_of
from doisoat.settlement.sampling.log_order import (
    ACTS,
    COMMIT,
    DRAW,
    DRAWN,
    EVALUATE,
    FRAME,
    FREEZE,
    REVEAL,
    Life,
    Seeds,
)
from doisoat.settlement.sampling.records import (
    FROZEN,
    Sample,
    sample_id,
    sample_of,
    samples,
)
from doisoat.settlement.sampling.units import frame_digest

WHAT_NEXT = {  # {0}: a party; {1}: the beginning of the sample's id
    "commit": message("let {{0}} commit: doisoat sample commit {{1}} --as {{0}}"),
    "reveal": message("let {{0}} reveal: doisoat sample reveal {{1}} --as {{0}} --seed-file FILE"),
    "draw": message("draw it: doisoat sample draw {{1}}"),
    "evaluate": message("tell what was found: doisoat sample evaluate {{1}} FILE"),
    "done": message("freeze another sample: doisoat sample frame"),
}


REVEAL_TOO_SOON = message("a seed is revealed once all have committed")
DRAW_TOO_SOON = message("nothing is drawn before all seeds are revealed")
EVALUATE_TOO_SOON = message("what is not drawn cannot be evaluated")
NOT_BEGUN = Life({}, {}, {}, (), (), ())


class StepResult(NamedTuple):
    """A step, and the sample after it. already: it was done before, and nothing was written."""

    sample: Sample
    already: bool

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {**self.sample.as_object(), "already": self.already}


def content_of(
    units: pl.DataFrame, design: Design, period: str, source: Mapping[str, Any]
) -> dict[str, Any]:
    """What the manifest of a frame says, but its files. source: where its units come from."""
    content = {
        "period": period,
        "source": dict(source),
        "frame_sha256": frame_digest(units),
        "units": units.height,
        "amount": str(total_of(units, "amount")),
        "design": design.as_object(),
    }
    return _numbered(content, 1)


def _numbered(content: Mapping[str, Any], attempt: int) -> dict[str, Any]:
    numbered = {**content, "attempt": attempt}
    return {"format_version": FORMAT_VERSION, **numbered, "sample": sample_id(numbered)}


def freeze(
    path: Path,
    units: pl.DataFrame,
    content: Mapping[str, Any],
    why: str = "",
    *,
    is_repeated: bool = False,
) -> StepResult:
    """Freeze a frame with its design. What samples of the same were begun before, the log tells.

    Args: units in canonical order; content: of `content_of`; is_repeated: once more, since the last
        sample of the very same was begun and never drawn.
    Raises: PeriodError for `is_repeated` where that is not so.
    """
    open_home(path)
    with journal.writer(path, FREEZE) as home, commit.disk_errors(path):
        known = samples(home)
        same = [
            sample
            for sample in known
            if all(sample.manifest[key] == content[key] for key in FROZEN)
        ]
        if is_repeated:
            _check_abandoned(home, same)
            content = _numbered(content, len(same) + 1)
        elif same:
            return StepResult(same[-1], already=True)
        name = content["sample"]
        target = home.floor(SAMPLES) / name
        with commit.stage(target.parent) as staging:
            folder = staging.path / FRAME
            folder.mkdir()
            units.write_parquet(folder / "frame.parquet", **PARQUET)
            _seal(folder, content)
            staging.publish(target)
        frozen = Sample(name, target, content, Design.of_object(content["design"]), NOT_BEGUN)
        earlier = [
            sample.id for sample in known if sample.population == frozen.population and sample.seeds
        ]
        _tell(
            home, FREEZE, target / FRAME, content["period"], sample=name, why=why, earlier=earlier
        )
        return StepResult(sample_of(home, name), already=False)


def _check_abandoned(home: Home, same: list[Sample]) -> None:
    last = same[-1] if same else None
    if last is None:
        fault = message("no such sample was frozen before")
    elif last.is_drawn:
        fault = message(
            "sample {last} of the very same was drawn: what it shows stands", last=last.id[:8]
        )
    elif not last.seeds:
        fault = message(
            "no seed of sample {last} was revealed: it can still be drawn", last=last.id[:8]
        )
    else:
        return
    raise PeriodError(fault, str(home.path), message("leave --again out"))


def commit_to(path: Path, prefix: str, party: str, seed_or_commitment: bytes | str) -> StepResult:
    """Publish a party's commitment: worked out of its seed, or as the party sent it (hex).

    Raises: KeyFileError for what is no commitment, another than that party made before, one that
        somebody made already, or one whose seed the log tells; PeriodError for who is no party of
        the sample.
    """
    open_home(path)
    with journal.writer(path, COMMIT) as home:
        sample = sample_of(home, prefix)
        _check_party(sample, party)
        commitment = (
            seed_or_commitment
            if isinstance(seed_or_commitment, str)
            else commitment_of(sample.id, party, seed_or_commitment)
        )
        if not HEX_DIGEST.fullmatch(commitment):
            raise KeyFileError(
                message("a commitment is 64 hex digits in lower case"),
                "--commitment",
                message(
                    "{party} makes it: doisoat sample seed FILE --sample {sample} --as {party}",
                    party=party,
                    sample=sample.id,
                ),
            )
        if party in sample.commitments:
            if sample.commitments[party] != commitment:
                raise KeyFileError(
                    message(
                        "{party} committed to another seed of sample {sample}",
                        party=party,
                        sample=sample.id[:8],
                    ),
                    str(home.path),
                    message("reveal the seed that was committed to, or freeze another sample"),
                )
            return StepResult(sample, already=True)
        _refuse_faults(sample)
        stale = _seeds(home).stale(sample.id, party, commitment)
        if stale is not None:
            raise KeyFileError(
                message("{party} cannot commit so: {stale}", party=party, stale=stale),
                str(home.path),
                message("a seed serves one sample, once: make another, doisoat sample seed FILE"),
            )
        _tell(
            home, COMMIT, sample.path / FRAME, sample.manifest["period"], sample=sample.id,
            party=party, commitment=commitment,
        )  # fmt: skip
        return StepResult(sample_of(home, sample.id), already=False)


def reveal(path: Path, prefix: str, party: str, seed: bytes) -> StepResult:
    """Publish a party's seed, once all have committed.

    Raises: KeyFileError if it is not the one that was committed to, or one that was revealed
        before, of this sample or another; PeriodError if somebody has not committed yet.
    """
    open_home(path)
    with journal.writer(path, REVEAL) as home:
        sample = sample_of(home, prefix)
        _check_party(sample, party)
        if sample.step == "commit":
            raise _too_soon(home, sample, REVEAL_TOO_SOON)
        if commitment_of(sample.id, party, seed) != sample.commitments[party]:
            raise KeyFileError(
                message(
                    "it is not the seed that {party} committed to for sample {sample}",
                    party=party,
                    sample=sample.id[:8],
                ),
                "--seed-file",
                message("give the file that its commitment was made of"),
            )
        if party in sample.seeds:
            return StepResult(sample, already=True)
        _refuse_faults(sample)
        other_sample = _seeds(home).revealed.get(seed.hex())
        if other_sample is not None:
            raise KeyFileError(
                message(
                    "this seed was revealed before, of sample {other_sample}: it is"
                    " nobody's secret",
                    other_sample=other_sample[:8],
                ),
                "--seed-file",
                message("freeze the sample once more, with --again, and make other seeds"),
            )
        _tell(
            home, REVEAL, sample.path / FRAME, sample.manifest["period"], sample=sample.id,
            party=party, seed=seed.hex(),
        )  # fmt: skip
        return StepResult(sample_of(home, sample.id), already=False)


def draw(path: Path, prefix: str) -> StepResult:
    """Draw what frame, design and seeds say. PeriodError if a seed is not revealed yet."""
    open_home(path)
    with journal.writer(path, DRAWN) as home, commit.disk_errors(path):
        sample = sample_of(home, prefix)
        if sample.step in ("commit", "reveal"):
            raise _too_soon(home, sample, DRAW_TOO_SOON)
        if sample.is_drawn:
            return StepResult(sample, already=True)
        _refuse_faults(sample)
        seed = sample.joint_seed()
        draws = drawn(sample.units(), sample.design, seed)
        target = sample.path / DRAW
        with commit.stage(home.floor(SAMPLES)) as staging:
            draws.write_parquet(staging.path / "draw.parquet", **PARQUET)
            about = {"sample": sample.id, "joint_seed": seed.hex(), "draws": draws.height}
            _seal(staging.path, {"format_version": FORMAT_VERSION, **about})
            _into_sample(staging, target)
        _tell(home, DRAWN, target, sample.manifest["period"], sample=sample.id)
        return StepResult(sample_of(home, sample.id), already=False)


def record(
    path: Path, prefix: str, audited: pl.DataFrame, evaluation: Evaluation, why: str = ""
) -> StepResult:
    """Keep what was found of a drawn sample, and what it shows. Args: audited: as was told."""
    open_home(path)
    with journal.writer(path, EVALUATE) as home, commit.disk_errors(path):
        sample = sample_of(home, prefix)
        rows = audited.sort(audited.columns)
        shown = evaluation.as_object()
        name = commit.digest_of([rows.write_csv(), shown])[:ID_HEX_DIGITS]
        if name in sample.evaluations:
            return StepResult(sample, already=True)
        target = sample.path / name
        with commit.stage(home.floor(SAMPLES)) as staging:
            rows.write_parquet(staging.path / "audited.parquet", **PARQUET)
            content = {"sample": sample.id, "evaluation": name, "shown": shown}
            rival_ids = [rival.id for rival in sample.rivals]
            told_of = {"others": rival_ids, "before": list(sample.evaluations)}
            _seal(staging.path, {"format_version": FORMAT_VERSION, **content, **told_of})
            _into_sample(staging, target)
        _tell(
            home, EVALUATE, target, sample.manifest["period"], sample=sample.id, evaluation=name,
            verdict=evaluation.verdict, why=why, others=rival_ids, before=list(sample.evaluations),
        )  # fmt: skip
        return StepResult(sample_of(home, sample.id), already=False)


def drawn_sample(home: Home, prefix: str) -> Sample:
    """The sample, drawn. PeriodError if it is not."""
    sample = sample_of(home, prefix)
    if not sample.is_drawn:
        raise _too_soon(home, sample, EVALUATE_TOO_SOON)
    _refuse_faults(sample)
    return sample


def _refuse_faults(sample: Sample) -> None:
    """StoreError if the log tells of a sample what cannot have been done so."""
    if sample.life.faults:
        raise StoreError(
            sample.life.faults[0],
            str(sample.path),
            message("freeze another sample: of this one nobody knows who chose it"),
        )


def _seeds(home: Home) -> Seeds:
    return Seeds(entry for entry in journal.entries(home) if entry["what"] in ACTS)


def _into_sample(staging: commit.Staging, target: Path) -> None:
    """Publish beside the frame what was staged where the next writer would clear it."""
    staging.publish(target)
    commit.sync(target.parent.parent)


def _seal(folder: Path, content: Mapping[str, Any]) -> None:
    manifest = {**content, "files": commit.part_manifest(folder)}
    (folder / commit.MANIFEST).write_bytes(commit.exact_json(manifest))


def _tell(home: Home, step: str, folder: Path, period: str, **fields: str | list[str]) -> None:
    filled: dict[str, Any] = {name: field for name, field in fields.items() if field}
    journal.append(home, journal.entry(step, folder / commit.MANIFEST, period=period, **filled))


def _check_party(sample: Sample, party: str) -> None:
    if party not in sample.design.parties:
        parties = ", ".join(sample.design.parties)
        raise PeriodError(
            message(
                "{party} is no party of sample {sample}", party=repr(party), sample=sample.id[:8]
            ),
            "--as",
            message("its parties are {parties}", parties=parties),
        )


def _too_soon(home: Home, sample: Sample, why: Text) -> PeriodError:
    first = sample.waits_for[0] if sample.step in ("commit", "reveal") else ""
    return PeriodError(
        message(
            "sample {sample} is at the step {step}: {why}",
            sample=sample.id[:8],
            step=repr(sample.step),
            why=why,
        ),
        str(home.path),
        WHAT_NEXT[sample.step].mapped(lambda text: text.format(first, sample.id[:8])),
    )
