"""Makes a home and says whose it is: what its own settings are to say is checked, then written."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.engine.store.settings_file import FILE, add_home_settings, read_home_settings
from doisoat.engine.tables.overlay_files import open_catalogue
from doisoat.settlement.log import journal
from doisoat.settlement.papers.house_style import read_style
from doisoat.settlement.runs.run_inputs import check_carrier
from doisoat.tariffs.load.bundled import DEFAULT_CATALOGUE, DEFAULT_PACKAGE
from doisoat.tariffs.load.tariffs import check_package, load_package

# Settings that are paths; a package or a catalogue may be one, too.
PATHS = ("style", "signing_key", "overlay")


class Initialised(NamedTuple):
    """A home whose settings were written."""

    path: Path
    settings_path: Path
    is_new: bool
    values: Mapping[str, Any]  # all that its settings say now
    added: tuple[str, ...]  # those of them that were not there before

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "home": str(self.path),
            "settings": dict(self.values),
            "added": list(self.added),
            "new": self.is_new,
        }


def init(home: Path, settings: Mapping[str, Any], buckets: int | None = None) -> Initialised:
    """Make a home if none is there, and add to its settings; one that is there stays as it is.

    Args: settings: by the names of engine.store.settings_file.OF_HOME; buckets: of a new home.
    Raises: CatalogueError for a carrier, catalogue, package or style that cannot be used, or where
        the settings say otherwise already; StoreError. Then nothing is written.
    """
    written = {
        name: [_from_anywhere(home, name, each) for each in value]
        if isinstance(value, list)
        else _from_anywhere(home, name, str(value))
        for name, value in settings.items()
        if value is not None
    }
    stated = {**written, **(read_home_settings(home).values if home.is_dir() else {})}
    _check(stated)
    is_new = not (home / "home.json").exists()
    with journal.writer(home, "init", buckets) as locked:
        added = add_home_settings(locked.path, written)
    return Initialised(home, home / FILE, is_new, read_home_settings(home).values, added)


def _from_anywhere(home: Path, name: str, value: str) -> str:
    """A path as the home's settings say it: from the home's folder where it lies in it."""
    is_file = name in ("catalogue", "package") and ("/" in value or Path(value).exists())
    if name not in PATHS and not is_file:
        return value
    path, folder = Path(value).expanduser().absolute(), home.absolute()
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


def _check(stated: Mapping[str, Any]) -> None:
    """CatalogueError for what a settle or a paper of this home would refuse."""
    overlays = [*map(Path, stated.get("overlay", ()))]
    catalogue = stated.get("catalogue", DEFAULT_CATALOGUE)
    prices = open_catalogue(catalogue, overlays, stated.get("carrier"))
    check_carrier(prices, stated.get("carrier"))
    check_package(load_package(stated.get("package", DEFAULT_PACKAGE)), prices)
    if "style" in stated:
        read_style(Path(stated["style"]))
