"""The catalogues and packages that come with doisoat, by name."""

from pathlib import Path

from doisoat.errors import CatalogueError
from doisoat.messages.text import message

BUNDLED = Path(__file__).resolve().parents[1] / "catalogue"
DEFAULT_CATALOGUE = "vn-2021"
DEFAULT_PACKAGE = "vn-2021-08"


def bundled_catalogue(name: str = DEFAULT_CATALOGUE) -> Path:
    """The folder of a catalogue that comes with doisoat."""
    folders = sorted(path.name for path in BUNDLED.iterdir() if path.is_dir())
    if name not in folders:
        raise CatalogueError(
            message("no catalogue {name} comes with doisoat", name=repr(name)),
            str(BUNDLED),
            message("use one of {folders}", folders=", ".join(folders)),
        )
    return BUNDLED / name


def bundled_package(name: str) -> Path:
    """The file of a package that comes with doisoat."""
    files = {path.stem: path for path in sorted(BUNDLED.glob("*/packages/*.yaml"))}
    if name not in files:
        known = ", ".join(files)
        raise CatalogueError(
            message("no package {name} comes with doisoat", name=repr(name)),
            str(BUNDLED),
            message("use one of {known}, none, or the path of a .yaml file", known=known),
        )
    return files[name]


def package_path(path_or_name: Path | str) -> Path:
    """The file of a package: itself, or that of a bundled name."""
    path = Path(path_or_name)
    return path if path.suffix in (".yaml", ".yml") else bundled_package(str(path_or_name))
