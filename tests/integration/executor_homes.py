"""A home that was taken in and not settled yet, and settling it by an executor."""

import shutil

from doisoat.settlement.settle import settle
from doisoat.tariffs.bundled import bundled_catalogue
from doisoat.tariffs.load import load_catalogue, load_package


def settle_by(home, executor, **options):
    catalogue, package = load_catalogue(bundled_catalogue()), load_package("vn-2021-08", {})
    return settle(home, catalogue, package, executor=executor, **options)


def copy_of(taken, tmp_path):
    """A copy of a home of one's own."""
    home = tmp_path / "out"
    shutil.copytree(taken, home, ignore=shutil.ignore_patterns("world"))
    return home


def staging_in(home):
    """What attempts and plans left in a home."""
    return [path.name for path in home.iterdir() if path.name.startswith(".staging")]
