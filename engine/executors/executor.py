"""The interface that rates a month's buckets, and the default: threads of this process.

An executor is given what a month is settled by and answers with who rates a home (`Rate`): a
function of a home's inputs that gives each bucket's result, in the order of the buckets. Who comes
after (settlement.figures.merge) cannot tell one executor from another.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Package

# As engine.rating.bucket.rate_home; what it gives is as engine.rating.rater.BucketResult.
Rate = Callable[..., Iterable[Any]]


class Basis(NamedTuple):
    """What a month is rated by, as whoever compiles it again must be told."""

    catalogue: Catalogue
    package: Package
    semantics_version: int
    run: str  # its id, for people


class Executor(Protocol):
    """Decides where buckets are rated, and nothing else."""

    def rate_by(self, basis: Basis) -> Rate:
        """Who rates a home by this basis."""
        ...

    def keep(self, run: str, folder: Path) -> None:
        """A run is about to be published from a folder: keep it where workers share it, too."""
        ...


class Threads:
    """Buckets are rated on threads of this process."""

    def rate_by(self, basis: Basis) -> Rate:
        """`engine.rating.bucket.rate_home`, which is given the compiled program and needs no
        more.
        """
        from doisoat.engine.rating.bucket import rate_home

        return rate_home

    def keep(self, run: str, folder: Path) -> None:
        """Nothing is shared."""
