"""Random edits of a home, or of an evidence pack: any byte, row, line, file or folder of it.

Each must be seen and placed.

An edit is undone by putting the files that it touched back from a copy, so one home serves many.
"""

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb
import polars as pl

from doisoat.engine.store.home import open_home
from doisoat.settlement.packs.check import check_pack, is_pack
from doisoat.settlement.verify.verify import verify_home

NOT_EVIDENCE = ("lock", "world", "papers")
READ_ONLY = 0o444


class Edit(NamedTuple):
    """What was done, and to which files of the home, by their relative paths."""

    what: str
    paths: tuple[str, ...]


def files_of(home: Path) -> list[Path]:
    """Every file of a home that is evidence, by path."""
    found = (path for path in home.rglob("*") if path.is_file())
    return sorted(
        path for path in found if path.relative_to(home).parts[0] not in NOT_EVIDENCE
    )  # fmt: skip


def edit(home: Path, random_: random.Random) -> Edit | None:
    """Make one edit; None where the one that was drawn would change nothing."""
    kinds = (_flip, _overwrite, _truncate, _append, _delete, _swap, _rename, _copy, _line,
             _lines_swapped, _row, _table_row, _field, _folder)  # fmt: skip
    places = sorted({path.relative_to(home).parts[0] for path in files_of(home)})
    place = random_.choice(places)  # so that a floor with few files gets as much as one with many
    files = [path for path in files_of(home) if path.relative_to(home).parts[0] == place]
    path = random_.choice(files)
    before = {one: one.read_bytes() for one in (path,)}
    path.chmod(0o644)
    made = random_.choice(kinds)(home, path, random_)
    if made is None or (path.exists() and made.paths == (_name(home, path),) and
                        path.read_bytes() == before[path]):  # fmt: skip
        return None
    return made


def undo(home: Path, pristine: Path, made: Edit) -> None:
    """Put the files that an edit touched back as they were."""
    for name in made.paths:
        target, source = home / name, pristine / name
        if target.is_dir():
            shutil.rmtree(target)
        elif target.exists():
            target.unlink()
        if source.is_dir():
            shutil.copytree(source, target)
        elif source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


def seen(home: Path, made: Edit) -> str | None:
    """Why an edit counts as not seen; None if `verify` finds it, and where it is."""
    if is_pack(home):
        found = check_pack(home)
    elif (home / "home.json").exists():
        found = verify_home(open_home(home))
    else:
        return None  # it is neither any more: every command says so
    if found.ok:
        return "nothing was found"
    places = {str(home / name) for name in made.paths}
    places |= {str((home / name).parent) for name in made.paths if "/" in name}
    if any(place in one.where for place in places for one in found.findings):
        return None
    return f"found elsewhere: {[(one.where, one.what) for one in found.findings][:3]}"


def trials(home: Path, pristine: Path, seeds: range) -> Iterator[tuple[int, Edit, str | None]]:
    """Each edit by its seed, and why it was not seen, if so."""
    from doisoat.errors import DoisoatError

    for seed in seeds:
        made = edit(home, random.Random(seed))
        if made is None:
            undo_all(home, pristine)
            continue
        try:
            fault = seen(home, made)
        except DoisoatError as error:  # a refusal with its place is as good
            places = [str(home / name) for name in made.paths]
            named = any(place in error.where or error.where in place for place in places)
            fault = None if named else f"refused elsewhere: {error.where}: {error.what}"
        except Exception as error:  # a crash tells nobody where it is
            fault = f"crashed: {error!r}"
        yield seed, made, fault
        undo(home, pristine, made)


def undo_all(home: Path, pristine: Path) -> None:
    """Put back what differs in size, time of change or mode; for edits that changed nothing."""
    for path in files_of(pristine):
        own = home / path.relative_to(pristine)
        if not own.exists() or own.read_bytes() != path.read_bytes():
            shutil.copy2(path, own)


# --- kinds ---------------------------------------------------------------------------------------


def _name(home: Path, path: Path) -> str:
    return path.relative_to(home).as_posix()


def _one(home: Path, path: Path, what: str) -> Edit:
    return Edit(what, (_name(home, path),))


def _flip(home: Path, path: Path, random_: random.Random) -> Edit | None:
    content = bytearray(path.read_bytes())
    if not content:
        return None
    content[random_.randrange(len(content))] ^= 1 << random_.randrange(8)
    path.write_bytes(content)
    return _one(home, path, "a bit flipped")


def _overwrite(home: Path, path: Path, random_: random.Random) -> Edit | None:
    content = bytearray(path.read_bytes())
    if not content:
        return None
    at = random_.randrange(len(content))
    new = random_.randbytes(random_.randrange(1, 64))
    content[at : at + len(new)] = new
    path.write_bytes(content)
    return _one(home, path, "bytes overwritten")


def _truncate(home: Path, path: Path, random_: random.Random) -> Edit | None:
    content = path.read_bytes()
    if not content:
        return None
    path.write_bytes(content[: random_.randrange(len(content))])
    return _one(home, path, "cut short")


def _append(home: Path, path: Path, random_: random.Random) -> Edit:
    with open(path, "ab") as file:
        file.write(random_.choice((b"\n", b" ", b"\0", b"{}\n", random_.randbytes(9))))
    return _one(home, path, "bytes added")


def _delete(home: Path, path: Path, random_: random.Random) -> Edit:
    path.unlink()
    return _one(home, path, "deleted")


def _swap(home: Path, path: Path, random_: random.Random) -> Edit | None:
    other = random_.choice(files_of(home))
    contents = path.read_bytes(), other.read_bytes()
    if contents[0] == contents[1]:
        return None
    other.chmod(0o644)
    path.write_bytes(contents[1])
    other.write_bytes(contents[0])
    return Edit("two files swapped", (_name(home, path), _name(home, other)))


def _rename(home: Path, path: Path, random_: random.Random) -> Edit:
    other = path.with_name(f"{path.name}.{random_.randrange(10)}")
    path.rename(other)
    return Edit("renamed", (_name(home, path), _name(home, other)))


def _copy(home: Path, path: Path, random_: random.Random) -> Edit | None:
    if path.parent in (home, home / "reports"):
        return None  # what else lies there is its user's, and left alone
    other = path.with_name(f"{random_.randrange(10)}-{path.name}")
    shutil.copy2(path, other)
    return Edit("a file more", (_name(home, other),))


def _line(home: Path, path: Path, random_: random.Random) -> Edit | None:
    lines = path.read_bytes().splitlines(keepends=True)
    if path.suffix not in (".jsonl", ".json", ".sha256") or len(lines) < 2:
        return None
    del lines[random_.randrange(len(lines))]
    path.write_bytes(b"".join(lines))
    return _one(home, path, "a line taken out")


def _lines_swapped(home: Path, path: Path, random_: random.Random) -> Edit | None:
    lines = path.read_bytes().splitlines(keepends=True)
    if path.suffix not in (".jsonl", ".json") or len(lines) < 2:
        return None
    one, other = random_.sample(range(len(lines)), 2)
    lines[one], lines[other] = lines[other], lines[one]
    path.write_bytes(b"".join(lines))
    return _one(home, path, "two lines swapped")


def _row(home: Path, path: Path, random_: random.Random) -> Edit | None:
    """A Parquet file written anew, readable, with a row less, twice, or in other order."""
    if path.suffix != ".parquet":
        return None
    frame = pl.read_parquet(path, glob=False, hive_partitioning=False)
    if not frame.height:
        return None
    at = random_.randrange(frame.height)
    others = pl.concat([frame[:at], frame[at + 1 :]])
    new = random_.choice((others, pl.concat([frame, frame[at : at + 1]]), frame.reverse()))
    new.write_parquet(path)
    return _one(home, path, "rows changed")


def _table_row(home: Path, path: Path, random_: random.Random) -> Edit | None:
    """A row of a table of relief.duckdb taken out, by DuckDB itself."""
    if path.suffix != ".duckdb":
        return None
    with duckdb.connect(str(path)) as connection:
        tables = connection.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables()"
            " WHERE estimated_size > 0 ORDER BY ALL"
        ).fetchall()
        (table,) = random_.choice(tables)
        connection.execute(
            f"DELETE FROM {table} WHERE rowid = (SELECT max(rowid) FROM {table})"
        ).fetchall()
    return _one(home, path, f"a row of {table} deleted")


def _field(home: Path, path: Path, random_: random.Random) -> Edit | None:
    """A value of a JSON file changed, in the very spelling that the file has."""
    if path.suffix != ".json":
        return None
    text = path.read_text("utf-8")
    content = json.loads(text)
    if not isinstance(content, dict) or not content:
        return None
    name = random_.choice(sorted(content))
    value = content[name]
    content[name] = value + 1 if isinstance(value, int) else f"{value}x" if value else "x"
    indent = 1 if text.startswith("{\n") else None
    separators = None if indent else (",", ":")
    end = "\n" if text.endswith("\n") else ""
    told = json.dumps(content, ensure_ascii=False, indent=indent, separators=separators)
    path.write_text(told + end, "utf-8")
    return _one(home, path, f"{name} changed")


def _folder(home: Path, path: Path, random_: random.Random) -> Edit | None:
    if path.parent == home:
        return None
    folder = path.parent
    if random_.random() < 0.5:
        shutil.rmtree(folder)
        return Edit("a folder deleted", (_name(home, folder),))
    other = folder.with_name(f"{folder.name}{random_.randrange(10)}")
    folder.rename(other)
    return Edit("a folder renamed", (_name(home, folder), _name(home, other)))
