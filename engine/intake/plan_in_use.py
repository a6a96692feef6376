"""The number plan that numbers are read by: that of a catalogue's state."""

from functools import cache
from pathlib import Path

from doisoat.engine.keys.number_plan import NumberPlan, RegionPlan
from doisoat.engine.store.settings_file import read_home_settings
from doisoat.state import STATE
from doisoat.tariffs.load.bundled import DEFAULT_CATALOGUE, bundled_catalogue
from doisoat.tariffs.load.find import catalogue_path
from doisoat.tariffs.load.jurisdiction import state_of, state_of_before
from doisoat.tariffs.load.tariffs import load_catalogue
from doisoat.tariffs.models.catalogue_model import Catalogue


def plan_of(catalogue: Catalogue) -> NumberPlan:
    """The plan of a catalogue's state, with its networks. CatalogueError where it says no state."""
    if _is_of_before(catalogue):
        return catalogue.numbering
    return RegionPlan(catalogue.numbering, state_of(catalogue).numbers)


def _is_of_before(catalogue: Catalogue) -> bool:
    return state_of(catalogue).numbers == state_of_before().numbers


def plan_of_home(home: Path) -> NumberPlan:
    """The plan of the catalogue that a home's settings name; of the bundled one without any.

    Numbers of Viet Nam are read by the bundled catalogue's plan, whatever the catalogue says of
    networks. From then on the process is in the catalogue's state, where nothing else said one.
    Raises: CatalogueError for settings or a catalogue that cannot be read.
    """
    known = STATE.known
    folder = catalogue_path(read_home_settings(home).values.get("catalogue", DEFAULT_CATALOGUE))
    if folder == bundled_catalogue():
        STATE.use(known or state_of_before())
        return bundled_plan()
    catalogue = load_catalogue(folder)
    STATE.use(known or state_of(catalogue))
    return bundled_plan() if _is_of_before(catalogue) else plan_of(catalogue)


def bundled_plan() -> NumberPlan:
    """The number plan of the bundled catalogue: that of Viet Nam."""
    return _numbering_of(bundled_catalogue())


@cache
def _numbering_of(folder: Path) -> NumberPlan:
    known = STATE.known
    numbering = load_catalogue(folder).numbering
    if known is not None:  # to read it is not to work by it
        STATE.use(known)
    return numbering
