"""An evidence pack in the hands of who takes it in: verified, or refused with the reason."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from doisoat.engine import commit
from doisoat.errors import IntakeError
from doisoat.settlement.consolidate.pack import AGAIN, Pack
from doisoat.settlement.consolidate.schema import check_tables
from doisoat.settlement.consolidate.signed import check_signed
from doisoat.settlement.evidence.note import Signer
from doisoat.settlement.packs.check import RUN_MANIFEST, check_pack, is_pack


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
    if "keys" not in about:
        raise IntakeError(
            "it does not name the keys of its pseudonyms", str(path),
            "have it packed by this doisoat, or a later one",
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
    pack = Pack(path, about, run, commit.sha256_of(path / commit.MANIFEST))
    with duckdb.connect() as con:
        check_tables(con, pack)
        check_signed(con, pack)
    return pack
