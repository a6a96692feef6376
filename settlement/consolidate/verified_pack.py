"""Verifies an evidence pack before it is taken in, or refuses it with the reason."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from doisoat.engine.store import commit
from doisoat.errors import IntakeError
from doisoat.messages.text import halves_of, message, message_in
from doisoat.settlement.consolidate.pack_contents import SEND_AGAIN, Pack
from doisoat.settlement.consolidate.schema import check_tables
from doisoat.settlement.consolidate.signed_tables import check_signed
from doisoat.settlement.log.note import Signer
from doisoat.settlement.packs.check import check_pack, is_pack
from doisoat.settlement.packs.contents import RUN_MANIFEST


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
            message("not an evidence pack"),
            str(path),
            message("give the folder that doisoat pack wrote; unpack a .tar first: tar -xf FILE"),
        )
    checked = check_pack(path, trusted=trusted, drafts=True)  # judged below
    if not checked.ok:
        first = checked.findings[0]
        more = len(checked.findings) - 1
        fault = halves_of(first.what)
        if more:
            fault = message_in("faults", "{fault} (and {more} more)", fault=fault, more=more)
        raise IntakeError(fault, first.where, SEND_AGAIN)
    raw = (path / commit.MANIFEST).read_bytes()
    about = json.loads(raw)
    if "keys" not in about:
        raise IntakeError(
            message("it does not name the keys of its pseudonyms"),
            str(path),
            message("have it packed by this doisoat, or a later one"),
        )
    if not about["signed"] and not drafts:
        carrier, period = about["carrier"], about["period"]
        raise IntakeError(
            message(
                "nobody signed {period} of {carrier}: it is a draft", period=period, carrier=carrier
            ),
            str(path),
            message(
                "have the carrier sign it (doisoat sign) and pack it again; or take"
                " drafts, too: --drafts"
            ),
        )
    run = json.loads((path / RUN_MANIFEST).read_bytes())
    if run["inputs"]["carrier"] not in (None, about["carrier"]):
        only = run["inputs"]["carrier"]
        raise IntakeError(
            message("its run settles only {only}", only=only),
            str(path / RUN_MANIFEST),
            SEND_AGAIN,
        )
    pack = Pack(path, about, run, commit.sha256_of(path / commit.MANIFEST))
    with duckdb.connect() as con:
        check_tables(con, pack)
        check_signed(con, pack)
    return pack
