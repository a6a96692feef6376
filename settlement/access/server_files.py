"""Files that the page's server keeps in a home: web/, and links."""

import os
import shutil
from pathlib import Path

from doisoat.engine.store.home import Home

WEB = "web"
OPEN = "open-"  # folders of links to publications, one of each server that runs


def folder_of(home: Home) -> Path:
    return home.path / WEB


def remove(folder: Path) -> None:
    """A folder of links, in which nobody may write any more."""
    for parent, _, _ in os.walk(folder):
        os.chmod(parent, 0o700)
    shutil.rmtree(folder, ignore_errors=True)


def forget_links(home: Home) -> None:
    """Remove every server's links to publications: what was erased is not read through one.

    A server that runs finds the publication that came since by itself. Nor is kept who was behind
    what readers were told.
    """
    for owners in folder_of(home).glob("*.owners"):
        owners.unlink()
    for folder in folder_of(home).glob(f"{OPEN}*/*"):
        remove(folder)
