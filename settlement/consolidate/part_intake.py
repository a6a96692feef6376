"""Takes packs into a home: one usage part and one master part, published whole or not at all."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from doisoat.currency import currency_named
from doisoat.engine.intake.records.accounting import FileAccount
from doisoat.engine.store import commit
from doisoat.engine.store.home import Home, Part, every_part, seal_part
from doisoat.settlement.consolidate.master import write_master
from doisoat.settlement.consolidate.pack_contents import Pack
from doisoat.settlement.consolidate.usage import source_of, write_usage
from doisoat.settlement.log.intake_log import log_arrivals

SEVERAL_KEYS = "keys:"  # before a digest of their ids, where packs are under more than one key
DIGEST_DIGITS = 16


def take(
    home: Home,
    packs: Sequence[Pack],
    usage: Sequence[Part],
    master: Sequence[Part],
    progress: Callable[[int], None],
    currency: str,
) -> str:
    """Take packs that are new to a home, whose lock the caller holds; returns the usage part's id.

    Args: usage, master: the parts in force, verified; progress: told of events that were read;
        currency: of the packs' amounts, as records name it.
    Raises: IntakeError, StoreError; the home is then as it was.
    """
    with (
        commit.stage(home.floor("usage")) as of_usage,
        commit.stage(home.floor("master")) as of_master,
        commit.disk_errors(home.path),
    ):
        content, accounts, rows = write_usage(home, packs, usage, of_usage.path, progress)
        pack_entries = [
            {**pack.log_fields(), **counts._asdict()}
            for pack, counts in zip(packs, rows, strict=True)
        ]  # fmt: skip
        name = _seal(
            of_usage, content, [source_of(account) for account in accounts], packs, pack_entries,
            currency,
        )  # fmt: skip
        targets = [(of_usage, home.floor("usage") / f"part={name}")]
        new = _unknown(home, packs)
        if new:
            content, accounts = write_master(new, master, of_master.path)
            master_name = _seal(of_master, content, list(map(_of_master, accounts)), new,
                        [pack.log_fields() for pack in new], currency)  # fmt: skip
            targets.insert(0, (of_master, home.floor("master") / f"part={master_name}"))
        with commit.uninterrupted():
            for staging, target in targets:
                staging.publish(target)
            log_arrivals(home)
    return name


def _unknown(home: Home, packs: Sequence[Pack]) -> list[Pack]:
    """Packs whose master data is in no part: whoever took them in may have died after the first."""
    parts = every_part(home, "master")
    known = {entry["manifest_sha256"] for part in parts for entry in part.manifest.get("packs", ())}
    return [pack for pack in packs if pack.manifest_sha256 not in known]


def _of_master(account: FileAccount) -> dict[str, Any]:
    names = ("sha256", "mapping", "mapping_sha256", "kind", "rows", "taken", "duplicates",
             "suspended", "filtered")  # fmt: skip
    return {name: getattr(account, name) for name in names}


def _seal(
    staging: commit.Staging,
    content: Mapping[str, Any],
    sources: Sequence[Mapping[str, Any]],
    packs: Sequence[Pack],
    pack_entries: Sequence[Mapping[str, Any]],
    currency: str,
) -> str:
    keys = {key["id"]: key for pack in packs for key in pack.about["keys"]}
    ids = sorted(keys)
    key_id = ids[0] if len(ids) == 1 else SEVERAL_KEYS + commit.digest_of(ids)[:DIGEST_DIGITS]
    about = {
        **content, **currency_named(currency), "key_id": key_id, "sources": list(sources),
        "packs": list(pack_entries),
    }  # fmt: skip
    return seal_part(
        staging.path,
        about,
        key_is_public=all(key["public"] for key in keys.values()),
        key_version=max(key["version"] for key in keys.values()),
    )
