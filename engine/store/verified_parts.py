"""Parts that were verified before, and whose files nobody touched since.

To verify a part is to read all its bytes. An intake needs the parts of a home unchanged, and may
come once an hour: so it verifies what is new to it, or whose files have another size, time or place
on the disk than when they were verified. Whoever settles or checks verifies all bytes each time.
"""

import json
import os
import shutil
from collections.abc import Sequence

from doisoat.engine.store.commit import MANIFEST, digest_of, disk_errors, make_folder, write_json
from doisoat.engine.store.home import INDEX, PART_FLOORS, Home, Part, verify
from doisoat.errors import StoreError
from doisoat.messages.text import message

VERIFIED = "verified.json"


def verify_new(home: Home, parts: Sequence[Part]) -> None:
    """Verify those parts that were not before, or were touched; for the holder of the home's lock.

    Raises: StoreError for a file that is not what was published, or if what was written down of
        earlier times cannot be read.
    """
    if not parts:
        return
    path = home.path / INDEX / VERIFIED
    try:
        known: dict[str, str | None] = json.loads(path.read_text("utf-8"))
        before = {part.id: known.get(part.id) for part in parts}
    except FileNotFoundError:
        known, before = {}, {}
    except (OSError, ValueError, AttributeError) as error:
        raise damaged_index(path) from error
    stamps = {part.id: _stamp(part) for part in parts}
    touched = [part for part in parts if before.get(part.id) != stamps[part.id]]
    verify(touched)
    if touched:
        with disk_errors(path):
            make_folder(path.parent)
            there = {
                name.removeprefix("part=")
                for floor in PART_FLOORS
                for name in os.listdir(home.floor(floor))
            }
            known |= {part.id: stamps[part.id] for part in touched}
            write_json(path, {name: stamp for name, stamp in known.items() if name in there})


def remove_index(home: Home) -> None:
    """Remove the whole index: parts that it has ids of went from the home on purpose.

    Raises: StoreError if the disk does not let it go.
    """
    folder = home.path / INDEX
    if folder.is_dir():
        with disk_errors(folder):
            shutil.rmtree(folder)


def damaged_index(path: "os.PathLike[str]") -> StoreError:
    """The error for a file of the index that is not as it was written."""
    folder = os.path.dirname(path)
    return StoreError(
        message("the index of the home is not what was written"),
        str(path),
        message("remove the folder {folder}: the next intake makes it anew", folder=folder),
    )


def _stamp(part: Part) -> str | None:
    """A digest of sizes, times and places of a part's files; None if one is missing."""
    folder = str(part.path)
    places = []
    try:
        for entry in (*part.manifest["files"], {"name": MANIFEST}):
            about = os.stat(f"{folder}/{entry['name']}")
            places.append([about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino])
    except FileNotFoundError:
        return None
    return digest_of(places)
