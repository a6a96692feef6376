"""An evidence pack on disk: where its tables lie, and what its manifests say."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.messages.text import message
from doisoat.settlement.figures.period import Period
from doisoat.settlement.runs.runs import RunFiles

SEND_AGAIN = message(
    "ask the carrier for its pack again; doisoat verify PACK tells all that is wrong with it"
)


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
        return frozenset(str(key["id"]) for key in self.about["keys"])

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
        listed = {file["name"]: file["sha256"] for file in self.about["files"]}
        return str(listed[f"tables/{name}.parquet"])

    def log_fields(self) -> dict[str, Any]:
        """What the log and the part of its events say of it."""
        named = ("carrier", "period", "run", "signed", "signer", "number", "checkpoint", "keys")
        return {
            "manifest_sha256": self.manifest_sha256,
            **{name: self.about[name] for name in named},
        }
