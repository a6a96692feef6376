"""Checks an evidence pack: its files, its run, its log, its signature. Nothing is written.

What its rows say is another question, which check.sql answers; only whose they are is asked here. A
pack of a period that nobody signed can be right: that is a note, or a fault where signers are named
who should have signed it.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from doisoat import __version__
from doisoat.engine.store import commit
from doisoat.errors import DoisoatError, system_text
from doisoat.messages.text import halves_of, message, message_in, text_of_error
from doisoat.settlement.database.sql_text import path_literal
from doisoat.settlement.figures.period import Period
from doisoat.settlement.figures.run_id import run_id
from doisoat.settlement.log.checkpoint import Short, short_form
from doisoat.settlement.log.merkle import Tree
from doisoat.settlement.log.note import Signer
from doisoat.settlement.log.published_folder import Finding, Verified
from doisoat.settlement.log.redaction import may_not_be_redacted, redacted_numbers, tree_of
from doisoat.settlement.log.signatures import parsed, signature_faults
from doisoat.settlement.log.signers import registry_of
from doisoat.settlement.packs.build import FORMAT, FORMAT_VERSION, own_texts, sealed
from doisoat.settlement.packs.contents import (
    ALWAYS,
    CATALOGUE_FILE,
    CHECK,
    LOG,
    RUN_MANIFEST,
    SCRIPT,
    SHARDS,
    SIGNERS,
    STRANGE_MAX,
    FolderListing,
    is_hollow,
    is_plain,
    look_through,
    names_of,
)
from doisoat.settlement.packs.reading import (
    FaultError,
    content_of,
    lines_of_log,
    object_of,
    parsed_object,
    text_of,
)
from doisoat.settlement.runs.period_state import SIGN
from doisoat.tariffs.load.jurisdiction import tax_rates_stored

NAME = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}"
)  # of a carrier: tariffs.models.field_types.Identifier
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
PARQUET = frozenset(name for name in ALWAYS if name.endswith(".parquet"))
OF_NETWORKS = "carrier", "tables/port.parquet"  # those of called numbers
# Of a manifest that is not ours: keys that are not there, values of another kind.
MISSHAPEN = (ValueError, KeyError, TypeError, AttributeError, IndexError)


def is_pack(path: Path) -> bool:
    """Does a folder say of itself that it is an evidence pack?"""
    manifest = path / commit.MANIFEST
    if (manifest.exists() or manifest.is_symlink()) and not is_plain(manifest):
        return False
    try:
        if object_of(path, commit.MANIFEST).get("format") == FORMAT:
            return True
    except FaultError:
        pass  # said when it is checked
    return any((path / name).is_file() for name in (CHECK, SCRIPT, LOG))


def check_pack(
    folder: Path,
    *,
    papers: Sequence[Short] = (),
    trusted: Mapping[str, Signer] | None = None,
    drafts: bool = False,
) -> Verified:
    """All that can be told of a pack without its rows.

    Args: papers: checkpoints of papers; trusted: by key id, the only keys that may have signed;
        drafts: a pack that nobody signed is no fault though keys are named.
    """
    lines: list[bytes] = []
    findings: list[Finding] = []
    notes: list[str] = []
    try:
        listing = look_through(folder)
        if listing.irregular:  # Nothing is read then: a pipe would never end.
            fault = message("a link, a pipe or a device")
            return Verified(
                tuple(Finding(str(path), fault) for path in listing.irregular),
                (),
                0,
                Tree([]).root().hex(),
                0,
            )
        about = object_of(folder, commit.MANIFEST)
        findings += _manifest(folder, about)
        run = object_of(folder, RUN_MANIFEST)
        whole = names_of({entry["name"]: entry for entry in run["files"]}, about["carrier"],
                         about["period"])  # fmt: skip
        findings += _files(folder, about, listing, whole)
        findings += _own_texts(folder, about, notes)
        findings += _run(folder, about, run)
        findings += _tables(folder, about, listing)
        lines = lines_of_log(folder)
        findings += _log(folder, about, lines, papers, trusted, notes)
        if not about["signed"]:
            findings += _unsigned(folder, about, None if drafts else trusted, notes)
    except FaultError as error:
        findings.append(error.finding)
    except OSError as error:
        findings.append(
            Finding(str(error.filename or folder),
                    message("not readable: {error}", error=system_text(error)))
        )  # fmt: skip
    except MISSHAPEN as error:
        refusal = message(
            "not the manifest of a pack, or not all there ({error})", error=f"{error!r:.200}"
        )
        findings.append(Finding(str(folder / commit.MANIFEST), refusal))
    tree = tree_of(lines)
    signed = sum(1 for entry in parsed(lines) if "note" in entry)
    return Verified(
        tuple(dict.fromkeys(findings)), tuple(notes), len(tree), tree.root().hex(), signed
    )


def _manifest(folder: Path, about: Mapping[str, Any]) -> Iterator[Finding]:
    """The pack's own manifest. Raises: FaultError for one that nothing can be held to."""
    path = folder / commit.MANIFEST
    if sealed(about) != content_of(folder, commit.MANIFEST):
        yield Finding(str(path), message("not as it was written"))
    if (about["format"], about["format_version"]) != (FORMAT, FORMAT_VERSION):
        fault = message(
            "of format {format_version}, unknown here", format_version=repr(about["format_version"])
        )
        yield Finding(str(path), fault)
    for key, pattern in (("carrier", NAME), ("period", MONTH)):
        if not (isinstance(about[key], str) and pattern.fullmatch(about[key])):
            raise FaultError(
                path,
                message("{key} cannot be {value}", key=key, value=f"{about[key]!r:.100}"),
            )
    for entry in about["files"]:
        if not (isinstance(entry["name"], str) and isinstance(entry["size"], int)):
            raise FaultError(path, message("its list of files is not one"))


def _files(
    folder: Path, about: Mapping[str, Any], listing: FolderListing, whole: frozenset[str]
) -> Iterator[Finding]:
    """Each file that a pack has is listed, there, and as it was listed; and there is no other.

    What does not belong in a pack is not read: it may be anything.
    """
    listed = {entry["name"]: entry for entry in about["files"]}
    if len(listed) != len(about["files"]):
        fault = message("a file is listed twice")
        yield Finding(str(folder / commit.MANIFEST), fault)
    present = listing.sizes.keys() - {commit.MANIFEST}
    strange = sorted({*listed, *present} - whole)
    for path in listing.strange:
        yield Finding(str(path), message("a folder that no pack has"))
    for name in strange[:STRANGE_MAX]:
        fault = (
            message("it does not belong in an evidence pack")
            if name in listed
            else message("nobody packed it")
        )
        yield Finding(str(folder / name), fault)
    for name in sorted(whole):
        if name not in present:
            yield Finding(str(folder / name), message_in("check", "missing"))
        elif name not in listed:
            yield Finding(str(folder / name), message("nobody packed it"))
        elif listed[name]["size"] == listing.sizes[name] and is_hollow(folder / name):
            yield Finding(
                str(folder / name),
                message("mostly holes, as no file of a pack is: not read"),
            )
        elif (
            listed[name]["size"] != listing.sizes[name]
            or commit.sha256_of(folder / name) != listed[name]["sha256"]
        ):
            yield Finding(
                str(folder / name),
                message("not what the manifest says (size, SHA-256)"),
            )


def _own_texts(folder: Path, about: Mapping[str, Any], notes: list[str]) -> Iterator[Finding]:
    """The checks are ours: whoever forges rows can send checks that find nothing in them.

    Those of another version are added to the notes.
    """
    catalogue = folder / CATALOGUE_FILE
    if not is_plain(catalogue):
        return  # it is missing, which is a finding already
    settled_by = object_of(folder, CATALOGUE_FILE)
    try:
        rates = tax_rates_stored(settled_by)
        own = own_texts(rates, Period.of(about["period"]).begin)
    except DoisoatError as error:
        yield Finding(str(catalogue), halves_of(error.what))
        return
    except (KeyError, TypeError, ValueError) as error:
        why = f"{error!r:.200}"
        yield Finding(str(catalogue), message("not a catalogue, or not all there ({why})", why=why))
        return
    for name, wanted in own.items():
        path = folder / name
        if not is_plain(path):
            continue
        if path.stat().st_size == len(wanted) and path.read_bytes() == wanted:
            continue
        if about["built_by"] == __version__:
            yield Finding(
                str(path),
                message("not the one that doisoat {version} packs", version=__version__),
            )
        else:
            by = f"{about['built_by']!s:.40}"
            notes.append(
                f"{path}: "
                + message(
                    "not the one of this doisoat ({version}); the pack says that {by}"
                    " made it: take it from there, not from the pack",
                    version=__version__,
                    by=by,
                )
            )


def _run(folder: Path, about: Mapping[str, Any], run: Mapping[str, Any]) -> Iterator[Finding]:
    """The run's own manifest, and what is here of what it lists."""
    path = folder / RUN_MANIFEST
    if not run_id(run["inputs"]) == run["run"] == about["run"]:
        yield Finding(str(path), message("of another run than the pack says"))
    if run["inputs"]["period"] != about["period"]:
        yield Finding(str(path), message("of another period than the pack says"))
    only = run["inputs"]["carrier"]
    if only not in (None, about["carrier"]):
        text = f"{only!s:.40}"
        yield Finding(
            str(path),
            message("its run settles only {text}", text=text),
        )
    listed = {entry["name"]: entry["sha256"] for entry in about["files"]}
    for entry in run["files"]:
        name = f"run/{entry['name']}"
        if listed.get(name, entry["sha256"]) != entry["sha256"]:
            yield Finding(str(folder / name), message("not the file of the run"))
    shards = run["result"]["shards"]
    text = "".join(f"{shard}\t{digest}\n" for shard, digest in enumerate(shards))
    if text_of(folder, SHARDS) != text:
        yield Finding(
            str(folder / SHARDS),
            message("not the shard digests of the run"),
        )
    if hashlib.sha256(bytes.fromhex("".join(shards))).hexdigest() != run["result"]["digest"]:
        yield Finding(
            str(path),
            message("its result digest is not that of its shards"),
        )


def _tables(folder: Path, about: Mapping[str, Any], listing: FolderListing) -> Iterator[Finding]:
    """Are the tables of the carrier and month of the pack, and as long as it says?

    By what each Parquet file says of its columns at its end; check.sql reads the rows.
    """
    with duckdb.connect(config={"threads": "1", "memory_limit": "512MiB"}) as con:
        for name in sorted(PARQUET & listing.sizes.keys()):
            yield from _table(con, folder, name, about)
    if about["rows"].keys() != PARQUET:
        yield Finding(
            str(folder / commit.MANIFEST),
            message("it does not count the rows of just these tables"),
        )


def _table(
    con: duckdb.DuckDBPyConnection, folder: Path, name: str, about: Mapping[str, Any]
) -> Iterator[Finding]:
    path = folder / name
    try:
        rows, bounds = _end_of(con, path)
    except duckdb.Error:
        yield Finding(str(path), message("not a Parquet file"))
        return
    count = about["rows"].get(name)
    if count != rows:
        yield Finding(
            str(path),
            message(
                "{rows} rows, and manifest.json says {count}", rows=rows, count=f"{count!r:.40}"
            ),
        )
    for column in ("carrier", "period"):
        foreign = bounds.get(column, set()) - {about[column]}
        is_of_others = name.startswith("ref/") or (column, name) == OF_NETWORKS
        if foreign and not is_of_others:
            foreign_text = ", ".join(sorted(map(str, foreign)))
            yield Finding(
                str(path),
                message(
                    "rows of another {column}: {foreign_text}",
                    column=column,
                    foreign_text=f"{foreign_text:.100}",
                ),
            )


def _end_of(con: duckdb.DuckDBPyConnection, path: Path) -> tuple[int, dict[str, set[Any]]]:
    """Rows of a table; least and greatest carrier and period, where it has rows and such columns.

    None among the values: the file does not say. Raises: duckdb.Error if it is no Parquet.
    """
    file = path_literal(path)
    (rows,) = con.execute(f"SELECT num_rows FROM parquet_file_metadata({file})").fetchall()[0]
    statistics = con.execute(
        f"SELECT path_in_schema, stats_min_value, stats_max_value FROM parquet_metadata({file})"
        " WHERE path_in_schema IN ('carrier', 'period') AND num_values > 0"
    ).fetchall()
    bounds: dict[str, set[Any]] = {}
    for column, least, greatest in statistics:
        bounds.setdefault(column, set()).update((least, greatest))
    return int(rows), bounds


def _log(
    folder: Path,
    about: Mapping[str, Any],
    lines: Sequence[bytes],
    papers: Sequence[Short],
    trusted: Mapping[str, Signer] | None,
    notes: list[str],
) -> Iterator[Finding]:
    where, tree = str(folder / LOG), tree_of(lines)
    head = {"size": len(tree), "root": tree.root().hex()}
    if about["log"] != head or about["checkpoint"] != short_form(len(tree), tree.root()):
        yield Finding(
            where,
            message("its size, root or checkpoint is not what the manifest says"),
        )
    for paper in papers:
        if not paper.is_of(tree):
            fault = message(
                "it does not go on from the log of {size} entries that the paper saw",
                size=paper.size,
            )
            yield Finding(where, fault)
    yield from _redacted(where, lines, notes)
    try:
        registry = registry_of(parsed(lines))
    except (DoisoatError, KeyError) as error:
        told_by = halves_of(error.what) if isinstance(error, DoisoatError) else text_of_error(error)
        yield Finding(
            where,
            message("it is not known who may sign ({told_by})", told_by=told_by),
        )
        return
    keys = "".join(
        f"{text}\n" for text in sorted(registered.signer.text for registered in registry.values())
    )
    if text_of(folder, SIGNERS) != keys:
        yield Finding(
            str(folder / SIGNERS),
            message("not the keys that the log tells of"),
        )
    for number, what in islice(signature_faults(lines, registry, trusted, tree), STRANGE_MAX):
        yield Finding(f"{where}: entry {number}", what)
    if not lines:
        yield Finding(where, message("it has no entry"))
        return
    yield from _last(folder, about, parsed_object(lines[-1], folder / LOG), lines[-1])


def _redacted(where: str, lines: Sequence[bytes], notes: list[str]) -> Iterator[Finding]:
    """Entries that are digests alone: only the old ones may be, which named users of the page."""
    for number in islice(may_not_be_redacted(lines), STRANGE_MAX):
        yield Finding(
            f"{where}: entry {number}",
            message(
                "a digest alone, though from an earlier entry on none names a user: it"
                " may not be left out"
            ),
        )
    numbers = redacted_numbers(lines)
    if numbers:
        listed = ", ".join(map(str, numbers[:10])) + (" …" if len(numbers) > 10 else "")
        notes.append(
            message(
                "log entries that are digests alone, because they name users of the page:"
                " {listed}; what they say, ask who keeps the log (doisoat log prove)",
                listed=listed,
            )
        )


def _last(
    folder: Path, about: Mapping[str, Any], last: Mapping[str, Any], line: bytes
) -> Iterator[Finding]:
    """The entry that the pack is of: it signs its run, or of a draft tells that it was settled."""
    where = str(folder / LOG)
    if commit.canonical_json(last) != line:
        yield Finding(
            where,
            message("its last entry is not as doisoat writes one"),
        )
    digest = commit.sha256_of(folder / RUN_MANIFEST)
    if last.get("run") != about["run"] or last.get("manifest_sha256") != digest:
        yield Finding(
            where,
            message("its last entry is not about the run of the pack"),
        )
    signed = last.get("what") == SIGN
    numbers = last.get("numbers", {})
    number = numbers.get(about["carrier"])
    signer = last.get("key") if signed else None
    if (about["signed"], about["signer"], about["number"]) != (signed, signer, number):
        yield Finding(
            where,
            message("what the pack says of its signature is not what the log says"),
        )
    if signed and number is None:
        yield Finding(
            where,
            message("no statement of this carrier was signed"),
        )


def _unsigned(
    folder: Path,
    about: Mapping[str, Any],
    trusted: Mapping[str, Signer] | None,
    notes: list[str],
) -> Iterator[Finding]:
    if trusted is None:
        notes.append(message("{period} is unsigned: this is a draft", period=about["period"]))
    else:
        yield Finding(
            str(folder / LOG),
            message("nobody signed it, and you named signers whom you trust"),
        )
