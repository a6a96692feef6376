"""doisoat: rates telecom usage under a relief package and settles it, to the last dong.

`__all__` is what is public (docs/python.md); all else may change from one version to the next.
"""

from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = [
    "Catalogue",
    "CatalogueError",
    "ConservationError",
    "DoisoatError",
    "ExecutorError",
    "Home",
    "IntakeError",
    "Interrupted",
    "KeyFileError",
    "Package",
    "PeriodError",
    "Rated",
    "StoreError",
    "__version__",
    "quote",
    "rate",
    "simulate",
]

if TYPE_CHECKING:
    from doisoat.api.home import Home
    from doisoat.api.rating import Rated, quote, rate
    from doisoat.api.simulation import simulate
    from doisoat.api.tariffs import Catalogue, Package
    from doisoat.errors import (
        CatalogueError,
        ConservationError,
        DoisoatError,
        ExecutorError,
        IntakeError,
        Interrupted,
        KeyFileError,
        PeriodError,
        StoreError,
    )
else:

    def __getattr__(name):
        """A public name, imported when it is first asked for: a command's help costs no more."""
        from importlib import import_module

        where = {
            "Home": "api.home",
            "Rated": "api.rating",
            "quote": "api.rating",
            "rate": "api.rating",
            "simulate": "api.simulation",
            "Catalogue": "api.tariffs",
            "Package": "api.tariffs",
        }.get(name, "errors" if name in __all__ else None)
        if where is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(f"doisoat.{where}"), name)
        return found

    def __dir__():
        return sorted(__all__)
