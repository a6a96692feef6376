"""Is an evidence pack what it says: its files, its run, its log, its signature? Nothing is written.

What its rows say is another question, which check.sql answers. A pack of a period that nobody
signed can be right: that is a note.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from doisoat import __version__
from doisoat.engine.store import commit
from doisoat.errors import DoisoatError
from doisoat.said import halves_of, said_of
from doisoat.settlement.figures.run_id import run_id
from doisoat.settlement.log.checkpoint import Short, short_form
from doisoat.settlement.log.merkle import Tree
from doisoat.settlement.log.note import Signer
from doisoat.settlement.log.published import Finding, Verified
from doisoat.settlement.log.signatures import parsed, signature_faults
from doisoat.settlement.log.signers import registry_of
from doisoat.settlement.packs.build import (
    CHECK,
    FORMAT,
    FORMAT_VERSION,
    LOG,
    SIGNERS,
    is_plain,
    listed_in,
    own_texts,
    sealed,
)
from doisoat.settlement.runs.life import SIGN

RUN_MANIFEST = f"run/{commit.MANIFEST}"
SHARDS = "shards.tsv"
# What must not be believed of a manifest that is not ours.
UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, IndexError, OSError)


def is_pack(path: Path) -> bool:
    """Does a folder say of itself that it is an evidence pack?"""
    manifest = path / commit.MANIFEST
    if (manifest.exists() or manifest.is_symlink()) and not is_plain(manifest):
        return False
    try:
        about = json.loads(manifest.read_bytes())
        return bool(about["format"] == FORMAT)
    except UNREADABLE:
        return (path / CHECK).is_file() and (path / LOG).is_file()


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def check_pack(
    folder: Path, *, papers: Sequence[Short] = (), trusted: Mapping[str, Signer] | None = None
) -> Verified:
    """All that can be told of a pack without its rows.

    Args: papers: checkpoints of papers; trusted: by key id, the only keys that may have signed.
    """
    lines: list[bytes] = []
    findings: list[Finding] = []
    notes: list[str] = []
    path = folder / commit.MANIFEST
    odd = [one for one in sorted(folder.rglob("*")) if not (is_plain(one) or _is_folder(one))]
    if odd:  # Nothing is read then: a pipe would never end.
        found = "không phải tệp thường: liên kết, ống hay thiết bị | a link, a pipe or a device"
        return Verified(
            tuple(Finding(str(one), found) for one in odd), (), 0, Tree([]).root().hex(), 0
        )
    try:
        raw = path.read_bytes()
        about = json.loads(raw)
        if sealed(about) != raw:
            findings.append(Finding(str(path), "không còn như lúc ghi | not as it was written"))
        if about["format_version"] != FORMAT_VERSION:
            found = (
                f"dạng {about['format_version']}, ở đây không biết | of format"
                f" {about['format_version']}, unknown here"
            )
            findings.append(Finding(str(path), found))
        findings += _files(folder, about)
        findings += _own_texts(folder, about, notes)
        findings += _run(folder, about)
        lines = (folder / LOG).read_bytes().split(b"\n")[:-1]
        findings += _log(folder, about, lines, papers, trusted)
        if not about["signed"]:
            notes.append(
                f"{about['period']} chưa ký: đây là bản nháp | {about['period']} is unsigned: this"
                " is a draft"
            )
    except UNREADABLE as error:
        told = (
            f"không phải manifest của gói, hoặc thiếu ({error}) | not the manifest of a pack, or"
            f" not all there ({error})"
        )
        findings.append(Finding(str(path), told))
    tree = Tree(lines)
    signed = sum(1 for entry in parsed(lines) if "note" in entry)
    return Verified(
        tuple(dict.fromkeys(findings)), tuple(notes), len(tree), tree.root().hex(), signed
    )


def _files(folder: Path, about: Mapping[str, Any]) -> Iterator[Finding]:
    listed = {one["name"]: one for one in about["files"]}
    there = {one["name"]: one for one in listed_in(folder)}
    for name in sorted({*listed, *there}):
        if name not in listed:
            yield Finding(str(folder / name), "không ai đóng vào gói | nobody packed it")
        elif name not in there:
            yield Finding(str(folder / name), "thiếu | missing")
        elif listed[name] != there[name]:
            yield Finding(
                str(folder / name),
                "không như manifest.json ghi (độ dài, SHA-256) | not what the manifest says"
                " (size, SHA-256)",
            )


def _own_texts(folder: Path, about: Mapping[str, Any], notes: list[str]) -> Iterator[Finding]:
    """The checks are ours: whoever forges rows can send checks that find nothing in them.

    Those of another version are added to the notes.
    """
    for name, content in own_texts().items():
        path = folder / name
        if not path.is_file() or path.read_bytes() == content:
            continue
        if about["built_by"] == __version__:
            yield Finding(
                str(path),
                f"không phải bản mà doisoat {__version__} đóng gói | not the one that doisoat"
                f" {__version__} packs",
            )
        else:
            notes.append(
                f"{path}: không phải bản của doisoat này ({__version__}); gói ghi là"
                f" {about['built_by']} lập: hãy lấy từ đó, đừng lấy từ gói | not the one of this"
                f" doisoat ({__version__}); the pack says that {about['built_by']} made it: take"
                " it from there, not from the pack"
            )


def _run(folder: Path, about: Mapping[str, Any]) -> Iterator[Finding]:
    """The run's own manifest, and what is here of what it lists."""
    path = folder / RUN_MANIFEST
    run = json.loads(path.read_bytes())
    if not run_id(run["inputs"]) == run["run"] == about["run"]:
        yield Finding(
            str(path), "của lần chạy khác với gói ghi | of another run than the pack says"
        )
    if run["inputs"]["period"] != about["period"]:
        yield Finding(str(path), "của kỳ khác với gói ghi | of another period than the pack says")
    listed = {one["name"]: one["sha256"] for one in about["files"]}
    for one in run["files"]:
        name = f"run/{one['name']}"
        if listed.get(name, one["sha256"]) != one["sha256"]:
            yield Finding(
                str(folder / name), "không phải tệp của lần chạy | not the file of the run"
            )
    shards = run["result"]["shards"]
    told = "".join(f"{shard}\t{digest}\n" for shard, digest in enumerate(shards))
    if (folder / SHARDS).read_text("utf-8") != told:
        yield Finding(
            str(folder / SHARDS),
            "không phải mã băm từng phần của lần chạy | not the shard digests of the run",
        )
    if hashlib.sha256(bytes.fromhex("".join(shards))).hexdigest() != run["result"]["digest"]:
        yield Finding(
            str(path),
            "mã kết quả không phải của các phần | its result digest is not that of its shards",
        )


def _log(
    folder: Path,
    about: Mapping[str, Any],
    lines: Sequence[bytes],
    papers: Sequence[Short],
    trusted: Mapping[str, Signer] | None,
) -> Iterator[Finding]:
    where, tree = str(folder / LOG), Tree(lines)
    told = {"size": len(tree), "root": tree.root().hex()}
    if about["log"] != told or about["checkpoint"] != short_form(len(tree), tree.root()):
        yield Finding(
            where,
            "số mục, gốc hay điểm chốt không như manifest.json ghi | its size, root or checkpoint"
            " is not what the manifest says",
        )
    for paper in papers:
        if not paper.is_of(tree):
            what = (
                f"không nối tiếp nhật ký {paper.size} mục mà tờ giấy đã thấy | it does not go on"
                f" from the log of {paper.size} entries that the paper saw"
            )
            yield Finding(where, what)
    try:
        registry = registry_of(parsed(lines))
    except (DoisoatError, KeyError) as error:
        told_by = halves_of(error.what) if isinstance(error, DoisoatError) else said_of(error)
        yield Finding(
            where,
            f"không biết ai được ký ({told_by.vi}) | who may sign cannot be told ({told_by.en})",
        )
        return
    keys = "".join(f"{text}\n" for text in sorted(one.signer.text for one in registry.values()))
    if (folder / SIGNERS).read_text("utf-8") != keys:
        yield Finding(
            str(folder / SIGNERS),
            "không phải các khóa mà nhật ký nói tới | not the keys that the log tells of",
        )
    for number, what in signature_faults(lines, registry, trusted):
        yield Finding(f"{where}: entry {number}", what)
    last = json.loads(lines[-1])
    digest = commit.sha256_of(folder / RUN_MANIFEST)
    if last.get("run") != about["run"] or last.get("manifest_sha256") != digest:
        yield Finding(
            where,
            "mục cuối không nói về lần chạy của gói | its last entry is not about the run of the"
            " pack",
        )
    signed = last.get("what") == SIGN
    number = last.get("numbers", {}).get(about["carrier"])
    signer = last.get("key") if signed else None
    if (about["signed"], about["signer"], about["number"]) != (signed, signer, number):
        yield Finding(
            where,
            "điều gói ghi về chữ ký không như nhật ký ghi | what the pack says of its signature"
            " is not what the log says",
        )
