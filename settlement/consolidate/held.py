"""An evidence pack in the hands of who takes it in: verified, or refused with the reason."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.engine import commit
from doisoat.errors import IntakeError
from doisoat.settlement.evidence.note import Signer
from doisoat.settlement.packs.check import RUN_MANIFEST, check_pack, is_pack
from doisoat.settlement.period import Period
from doisoat.settlement.runs import RunFiles

AGAIN = "ask the carrier for its pack again; doisoat verify PACK tells all that is wrong with it"
NEEDED = (
    "event", "copy", "duplicate", "source_file", "suspended_record", "suspense", "subscription",
    "former_subscription", "allow_list", "open_pack", "balance", "port", "opening", "closing",
)  # fmt: skip


class Pack(NamedTuple):
    """A pack that is what was packed, and signed if it says so."""

    path: Path
    about: Mapping[str, Any]  # its manifest
    run: Mapping[str, Any]  # the run's manifest
    manifest_sha256: str

    @property
    def carrier(self) -> str:
        return str(self.about["carrier"])

    @property
    def period(self) -> Period:
        return Period.of(str(self.about["period"]))

    @property
    def name(self) -> str:
        return f"{self.carrier} {self.period.name}"

    @property
    def inputs(self) -> Mapping[str, Any]:
        """What its run is a function of."""
        inputs: Mapping[str, Any] = self.run["inputs"]
        return inputs

    @property
    def key_ids(self) -> frozenset[str]:
        return frozenset(str(one["id"]) for one in self.about["keys"])

    @property
    def run_files(self) -> RunFiles:
        """Its run, as far as the pack has it."""
        return RunFiles(
            str(self.about["run"]), self.period.name, self.path / "run", False, dict(self.run)
        )

    def table(self, name: str) -> Path:
        return self.path / "tables" / f"{name}.parquet"

    def rows(self, name: str) -> int:
        return int(self.about["rows"][f"tables/{name}.parquet"])

    def sha256_of(self, name: str) -> str:
        """The digest of a table, as the pack's manifest has it."""
        listed = {one["name"]: one["sha256"] for one in self.about["files"]}
        return str(listed[f"tables/{name}.parquet"])

    def told(self) -> dict[str, Any]:
        """What the log and the part of its events say of it."""
        named = ("carrier", "period", "run", "signed", "signer", "number", "checkpoint", "keys")
        return {
            "manifest_sha256": self.manifest_sha256,
            **{name: self.about[name] for name in named},
        }


def read_packs(
    paths: Sequence[Path], *, drafts: bool, trusted: Mapping[str, Signer] | None
) -> list[Pack]:
    """The packs by month and carrier.

    Args: drafts: those of months that nobody signed are taken, too; trusted: by key id, the only
        keys that may have signed.
    Raises: IntakeError for a folder that is none, or one that is not what was packed and signed.
    """
    packs = [_read(path, drafts, trusted) for path in paths]
    return sorted(packs, key=lambda pack: (pack.period, pack.carrier))


def _read(path: Path, drafts: bool, trusted: Mapping[str, Signer] | None) -> Pack:
    if not path.is_dir() or not is_pack(path):
        raise IntakeError(
            "not an evidence pack", str(path),
            "give the folder that doisoat pack wrote; unpack a .tar first: tar -xf FILE",
        )  # fmt: skip
    found = check_pack(path, trusted=trusted)
    if not found.ok:
        first = found.findings[0]
        more = len(found.findings) - 1
        raise IntakeError(
            first.what + (f" (and {more} more)" if more else ""), first.where, AGAIN
        )  # fmt: skip
    raw = (path / commit.MANIFEST).read_bytes()
    about = json.loads(raw)
    missing = [name for name in NEEDED if f"tables/{name}.parquet" not in about["rows"]]
    if missing or "keys" not in about:
        raise IntakeError(
            f"it does not say all that taking it in needs ({', '.join(missing) or 'keys'})",
            str(path), "have it packed by this doisoat, or a later one",
        )  # fmt: skip
    if not about["signed"] and not drafts:
        raise IntakeError(
            f"nobody signed {about['period']} of {about['carrier']}: it is a draft", str(path),
            "have the carrier sign it (doisoat sign) and pack it again; or take drafts, too:"
            " --drafts",
        )  # fmt: skip
    run = json.loads((path / RUN_MANIFEST).read_bytes())
    if run["inputs"]["carrier"] not in (None, about["carrier"]):
        raise IntakeError(
            f"its run settles only {run['inputs']['carrier']}", str(path / RUN_MANIFEST), AGAIN
        )
    return Pack(path, about, run, commit.sha256_of(path / commit.MANIFEST))
