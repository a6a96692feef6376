"""Tombstones: what was removed from a home on purpose, when, by whom and why; one folder an act.

`removed/<act>/manifest.json` names each part and run that went, with the manifest that it had,
when, by whom and why. It is published before anything goes, whole, so that whoever dies in between
leaves an act that the next one ends. The log is told of it before the first thing goes: what is not
there is lost unless an act that the log knows names it.
"""

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.engine.store import commit
from doisoat.engine.store.home import FORMAT_VERSION, REMOVED, Home
from doisoat.errors import StoreError
from doisoat.messages.text import message
from doisoat.settlement.log import journal
from doisoat.settlement.log.published_folder import folders_in

ID_HEX_DIGITS = 32
SIGNED = "signed"  # in an act: what stays of signed runs that it took away, a folder each
REMOVE = "remove"  # what an entry says of an act that begins
NOT_OF_THE_ID = ("format_version", "act")


class Item(NamedTuple):
    """A part (floor `usage` or `master`) or a run (floor `runs`)."""

    floor: str
    id: str

    def path(self, home: Home) -> Path:
        name = self.id if self.floor == "runs" else f"part={self.id}"
        return home.floor(self.floor) / name

    def as_object(self) -> dict[str, str]:
        return {"floor": self.floor, "id": self.id}


class Act(NamedTuple):
    """A removal: done, or begun."""

    id: str
    path: Path
    manifest: dict[str, Any]

    @property
    def items(self) -> list[Item]:
        return [Item(item["floor"], item["id"]) for item in self.manifest["items"]]

    @property
    def is_as_written(self) -> bool:
        return act_id(self.manifest) == self.id


def act_id(manifest: Mapping[str, Any]) -> str:
    content = {name: value for name, value in manifest.items() if name not in NOT_OF_THE_ID}
    return commit.digest_of(content)[:ID_HEX_DIGITS]


def acts(home: Home) -> list[Act]:
    """The acts of a home by id. StoreError for a manifest that cannot be read."""
    all_acts = []
    for path, manifest in folders_in(home.path / REMOVED):
        try:
            for item in manifest["items"]:
                item["floor"], item["id"]
        except (KeyError, TypeError) as error:
            raise StoreError(
                message("the manifest cannot be read"),
                str(path),
                message("restore this folder from a copy"),
            ) from error
        all_acts.append(Act(path.name, path, manifest))
    return all_acts


def tombstones(home: Home) -> dict[Item, Act]:
    """Of what was removed, by which act."""
    return {item: act for act in acts(home) for item in act.items}


def begin(
    home: Home,
    act_kind: str,
    why: str,
    items: Iterable[Item],
    keep: Callable[[Path], None] = lambda folder: None,
    **more: Any,
) -> Act:
    """Publish the tombstones of what is about to go; from here on the act will be ended.

    Args: keep: puts beside them, in a folder, what stays of it.
    """
    folder = home.path / REMOVED
    journal.refuse_number("why", why)
    with commit.stage(folder) as staging:
        keep(staging.path)
        kept_files = commit.part_manifest(staging.path)
        content = {
            "what": act_kind,
            "why": why,
            "removed_at": journal.now(),
            "who": journal.who(),
            **more,
            "items": [_described(home, item) for item in items],
            **({"files": kept_files} if kept_files else {}),
        }
        name = act_id(content)
        manifest = {"format_version": FORMAT_VERSION, "act": name, **content}
        commit.write_json(staging.path / commit.MANIFEST, manifest)
        staging.publish(folder / name)
    return Act(name, folder / name, manifest)


def kept_of(home: Home, run: str) -> Path | None:
    """The folder of what stays of a signed run that an act took away; None where none does."""
    folders = (act.path / SIGNED / run for act in acts(home))
    return next((folder for folder in folders if folder.is_dir()), None)


def _described(home: Home, item: Item) -> dict[str, Any]:
    path = item.path(home) / commit.MANIFEST
    return {
        **item.as_object(),
        "manifest_sha256": commit.sha256_of(path),
        "manifest": json.loads(path.read_text("utf-8")),
    }


def carry_out(home: Home, act: Act) -> None:
    """Remove what the act names, one after the other, each whole or not at all.

    The log is told first: a tombstone that no entry knows excuses nothing.
    """
    if act.id not in logged(home):
        manifest = act.path / commit.MANIFEST
        journal.append(home, journal.entry(REMOVE, manifest, begins=act.id))
    for item in act.items:
        path = item.path(home)
        if path.exists():
            aside = commit.staging_path(path.parent)
            path.rename(aside)
            commit.sync(path.parent)
            shutil.rmtree(aside, ignore_errors=True)


def logged(home: Home) -> set[str]:
    """The acts that the log tells of as they are, begun or done."""
    digests = {
        str(entry.get("act") or entry.get("begins")): entry["manifest_sha256"]
        for entry in journal.entries(home)
        if "act" in entry or "begins" in entry
    }
    return {
        act.id
        for act in acts(home)
        if digests.get(act.id) == commit.sha256_of(act.path / commit.MANIFEST)
    }


def pending(home: Home) -> list[Act]:
    """Acts that the journal does not tell of as done: who began them did not live to end them."""
    ended = {entry.get("act") for entry in journal.entries(home)}
    return [act for act in acts(home) if act.id not in ended]
