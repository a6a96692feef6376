"""Power lost at any moment: what was not synced may be gone, in any part and any order."""

import os
import random
import shutil
import struct
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.torture.stages import Broken, Stage, copy

SOURCE = Path(__file__).with_name("record.c")
HEAD = struct.Struct("<cqqqq")  # kind, offset, length of data, of the second path, of the first
SECTOR = 512
RERUN_EACH = 25  # states after which the command is run again to its end
ROOT = 0  # the inode of the folder that holds the home


@dataclass(frozen=True)
class Act:
    """A record: what was done to a path below the root."""

    kind: str
    path: tuple[str, ...]
    second: tuple[str, ...]
    offset: int
    data: bytes


def build_recorder(folder: Path) -> Path:
    library = folder / "record.so"
    compiler = os.environ.get("CC", "cc")
    subprocess.run(
        [compiler, "-O1", "-fPIC", "-shared", "-o", str(library), str(SOURCE), "-ldl", "-lpthread"],
        check=True,
    )
    return library


def record(stage: Stage, folder: Path, library: Path) -> list[Act]:
    """What a stage does to its home, from its beginning to its end."""
    root, log = folder / "recorded", folder / "log"
    root.mkdir()
    copy(stage.before, root / "home")
    log.unlink(missing_ok=True)
    more = {"LD_PRELOAD": str(library), "TORTURE_ROOT": str(root), "TORTURE_LOG": str(log)}
    done = subprocess.run(
        stage.command(root / "home"), env={**os.environ, **more}, capture_output=True, check=False
    )
    if done.returncode != 0:
        raise Broken(f"{stage.name}, recorded, ends {done.returncode}: {done.stderr[-600:]!r}")
    acts = list(_acts(log.read_bytes(), root.resolve()))
    whole = Replay(stage.before, acts)
    target = folder / "replayed"
    whole.write(target, len(acts), None)
    if _files(target / "home") != _files(root / "home"):
        raise Broken(f"{stage.name}: the recording is not whole: a replay gives another home")
    shutil.rmtree(target)
    shutil.rmtree(root)
    return acts


def _files(home: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(home)): path.read_bytes() if path.is_file() else b""
        for path in sorted(home.rglob("*"))
    }


def _acts(log: bytes, root: Path) -> list[Act]:
    acts, at = [], 0
    while at < len(log):
        kind, offset, length, second, first = HEAD.unpack_from(log, at)
        at += HEAD.size
        texts = []
        for size in (first, second):
            path = Path(log[at : at + size].decode())
            texts.append(path.relative_to(root).parts if size else ())
            at += size
        acts.append(Act(kind.decode(), texts[0], texts[1], offset, log[at : at + length]))
        at += length
    return acts


@dataclass
class Inode:
    """A file or folder, and what was done to it, by number of the act."""

    is_folder: bool
    content: Path | None = None  # of a file that was there before
    writes: list[tuple[int, str, int, bytes]] = field(default_factory=list)
    syncs: list[int] = field(default_factory=list)

    def synced_after(self, act: int, crash: int) -> bool:
        return any(act < sync < crash for sync in self.syncs)


@dataclass(frozen=True)
class Change:
    """An act on names: entries of folders that come and go."""

    act: int
    gone: tuple[int, str] | None  # folder, name
    come: tuple[int, str, int] | None  # folder, name, inode


class Replay:
    """The acts on a home, as inodes, names and syncs."""

    def __init__(self, before: Path, acts: Sequence[Act]) -> None:
        self.inodes: list[Inode] = [Inode(True)]
        self.names: dict[int, dict[str, int]] = {ROOT: {}}  # folder -> name -> inode, all acts done
        self._load(before, ROOT, "home")
        self.first = {folder: dict(entries) for folder, entries in self.names.items()}
        self.changes: list[Change] = []
        for number, act in enumerate(acts):
            self._follow(number, act)

    def _load(self, path: Path, folder: int, name: str) -> None:
        inode = self._new(path.is_dir(), None if path.is_dir() else path)
        self.names[folder][name] = inode
        if path.is_dir():
            for below in path.iterdir():
                self._load(below, inode, below.name)

    def _new(self, is_folder: bool, content: Path | None = None) -> int:
        self.inodes.append(Inode(is_folder, content))
        if is_folder:
            self.names[len(self.inodes) - 1] = {}
        return len(self.inodes) - 1

    def _at(self, path: tuple[str, ...]) -> int:
        inode = ROOT
        for name in path:
            inode = self.names[inode][name]
        return inode

    def _follow(self, number: int, act: Act) -> None:
        if act.kind in "wts":
            inode = self.inodes[self._at(act.path)]
            if act.kind == "s":
                inode.syncs.append(number)
            else:
                inode.writes.append((number, act.kind, act.offset, act.data))
            return
        folder, name = self._at(act.path[:-1]), act.path[-1]
        gone: tuple[int, str] | None = None
        come: tuple[int, str, int] | None = None
        if act.kind in "cm":
            come = (folder, name, self._new(act.kind == "m"))
        else:
            gone = (folder, name)
            if act.kind == "r":
                target = self._at(act.second[:-1])
                come = (target, act.second[-1], self.names[folder][name])
        self.changes.append(Change(number, gone, come))
        self._apply(self.names, self.changes[-1], None)

    @staticmethod
    def _apply(names: dict[int, dict[str, int]], change: Change, inode: int | None) -> None:
        """inode: what must stand at the name that goes; None: whatever stands there."""
        if change.gone is not None:
            folder, name = change.gone
            held = names.get(folder, {}).get(name)
            if held is not None and inode in (None, held):
                del names[folder][name]
        if change.come is not None:
            folder, name, new = change.come
            names.setdefault(folder, {})[name] = new

    def write(self, target: Path, crash: int, draw: random.Random | None) -> None:
        """Write what is on the disk after a crash before act `crash`; without a draw, all of it."""
        names = {folder: dict(entries) for folder, entries in self.first.items()}
        changes = [change for change in self.changes if change.act < crash]
        for change in changes if draw is None else self._kept(changes, crash, draw):
            renamed = change.come[2] if change.gone and change.come else None
            self._apply(names, change, renamed)
        self._write_folder(target, ROOT, names, crash, draw)

    def _kept(self, changes: list[Change], crash: int, draw: random.Random) -> list[Change]:
        """The changes of names that outlive a crash: the synced ones and, by chance, others."""

        def is_synced(change: Change) -> bool:
            # A rename is one act: with the name that comes, the one that goes is durable too.
            place = change.come or change.gone
            return place is not None and self.inodes[place[0]].synced_after(change.act, crash)

        if draw.random() < 0.5:  # a journal: in order, and no further than some moment
            last = max((i for i, change in enumerate(changes) if is_synced(change)), default=-1)
            return changes[: draw.randint(last + 1, len(changes))]
        chance = draw.choice((0.1, 0.5, 0.9))
        return [change for change in changes if is_synced(change) or draw.random() < chance]

    def _write_folder(
        self, path: Path, folder: int, names: dict[int, dict[str, int]], crash: int,
        draw: random.Random | None,
    ) -> None:  # fmt: skip
        path.mkdir()
        for name, inode in sorted(names.get(folder, {}).items()):
            held = self.inodes[inode]
            if held.is_folder:
                self._write_folder(path / name, inode, names, crash, draw)
                continue
            writes = [write for write in held.writes if write[0] < crash]
            if not writes and held.content is not None:
                os.link(held.content, path / name)
            else:
                (path / name).write_bytes(self._content(held, writes, crash, draw))

    @staticmethod
    def _content(
        held: Inode,
        writes: list[tuple[int, str, int, bytes]],
        crash: int,
        draw: random.Random | None,
    ) -> bytes:
        content = bytearray(held.content.read_bytes() if held.content is not None else b"")
        for number, kind, offset, data in writes:
            part = data
            if draw is not None and not held.synced_after(number, crash):
                fate = draw.randrange(3)  # gone, torn or whole
                if fate == 0:
                    continue
                if fate == 1 and kind == "w":
                    part = data[: draw.randrange(len(data) // SECTOR + 1) * SECTOR]
            if kind == "t":
                del content[offset:]
            content.extend(bytes(max(0, offset - len(content))))
            content[offset : offset + len(part)] = part
        return bytes(content)


def lose_power(stages: Sequence[Stage], folder: Path, states: int, seed: int) -> Counter[str]:
    """What the states were: by stage, as before or as after.

    Raises: Broken for a state that is neither, that is not sound, or that is not the new one
        although the command had said that it was done.
    """
    draw, met = random.Random(seed), Counter[str]()
    library = build_recorder(folder)
    share = -(-states // len(stages))
    for stage in stages:
        acts = record(stage, folder, library)
        replay = Replay(stage.before, acts)
        # Names and syncs decide what outlives a crash; most acts are writes.
        decisive = [at for at, act in enumerate(acts, start=1) if act.kind not in "wt"]
        for number in range(share):
            crash = (len(acts), draw.choice(decisive), draw.choice(decisive),
                     draw.randrange(len(acts)))[number % 4]  # fmt: skip
            target = folder / "state"
            replay.write(target, crash, draw)
            home = target / "home"
            try:
                if not home.exists():
                    home.mkdir()
                stage.demand_sound(home)
                if crash == len(acts):
                    stage.demand_done(home)
                if number % RERUN_EACH == 0:
                    rerun = folder / "rerun"
                    copy(home, rerun)
                    stage.finish(rerun)
                    shutil.rmtree(rerun)
            except Broken as broken:
                raise Broken(f"{broken} (power lost before act {crash} of {len(acts)})") from None
            met[f"{stage.name}: {_which(stage, home)}"] += 1
            shutil.rmtree(target)
        print(f"  {stage.name}: {len(acts)} acts, {share} states", flush=True)
    return met


def _which(stage: Stage, home: Path) -> str:
    from tests.torture.stages import held_by

    return "after" if held_by(home) == held_by(stage.after) else "before"
