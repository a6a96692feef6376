"""Suspended copies taken for right: the raw files of their owners, with one copy left, settled."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

from tests.long_planted import read_raw
from tests.planted_claims.cells import Supposition, moved, of_run
from tests.planted_claims.home import CARRIERS, MASTER, Planted, carrier_of, key_in, settle, take

KEY = ["record_key", "carrier"]
OWNER = ("number", "account")
Keep = Callable[[pl.DataFrame], pl.DataFrame]  # of the copies: one of each event


def _units() -> pl.Expr:
    length = pl.col("duration_s").replace("", "0").str.to_decimal(scale=3)
    volume = pl.col("units").replace("", "0").str.to_decimal(scale=3)
    return pl.when(pl.col("kind") == "voice").then(length).otherwise(volume)


def _by_units(copies: pl.DataFrame) -> pl.DataFrame:
    return copies.sort(_units())


CHOICES: dict[str, Keep] = {
    "least_units": lambda copies: _by_units(copies).unique(KEY, keep="first"),
    "most_units": lambda copies: _by_units(copies).unique(KEY, keep="last"),
    "first_file": lambda copies: copies.sort("file", "row").unique(KEY, keep="first"),
    "last_file": lambda copies: copies.sort("file", "row").unique(KEY, keep="last"),
}  # fmt: skip


def suppositions(planted: Planted, carriers: tuple[str, ...] = CARRIERS) -> Iterator[Supposition]:
    """Each choice of copies, of each carrier that has some."""
    truth = pl.read_csv(planted.world / "truth" / "planted.csv", infer_schema=False)
    contradicted = truth.filter(planted="conflicting").select(KEY).unique()
    paths = [path for path in sorted(planted.world.glob("usage-*")) if carrier_of(path) in carriers]
    copies = pl.concat(
        [read_raw(path).join(contradicted, on=KEY, how="semi") for path in paths], how="diagonal"
    )
    # An account's balances are all its members', so that owners are whole: all their records.
    number, account = (pl.col(name) for name in OWNER)
    numbers, accounts = (copies[name].unique().to_list() for name in OWNER)
    is_theirs = number.is_in(numbers) | ((account != "") & account.is_in(accounts))
    some = {}
    for path in paths:
        whole = read_raw(path).filter(is_theirs)
        if whole.height:
            some[path.name] = whole
    folder = planted.folder / "copies"
    ours = _settled(planted, folder, some, None)
    for choice, keep in CHOICES.items():
        theirs = _settled(
            planted, folder, some, copies.join(keep(copies), on=["file", "row"], how="anti")
        )
        for carrier in carriers:
            mine = moved(of_cells(ours, carrier), of_cells(theirs, carrier))
            if mine:
                yield Supposition(carrier, "suspended", f"copy={choice}", mine)


def of_cells(cells, carrier: str):
    return {cell: figures for cell, figures in cells.items() if cell.carrier == carrier}


def _settled(planted: Planted, folder: Path, some: dict[str, pl.DataFrame], without):
    """The cells of those owners' records, but for some of them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    files = []
    for name, frame in some.items():
        kept = frame if without is None else frame.join(without, on=["file", "row"], how="anti")
        files.append(folder / f"{Path(name).stem}.csv")
        kept.drop("file", "row").write_csv(files[-1])
    home, key = folder / "home", key_in(planted.folder)
    shutil.copytree(_people(planted, key), home)
    take(home, "usage", files, key)
    run = settle(home, planted.catalogue)
    cells = {}
    for carrier in CARRIERS:
        cells |= of_run(home / "runs" / run, carrier)
    shutil.rmtree(folder)
    return cells


def _people(planted: Planted, key: Path) -> Path:
    """A home with the world's master data and no usage; made once."""
    home = planted.folder / "people"
    if not home.exists():
        for kind in MASTER:
            take(home, kind, sorted(planted.world.glob(f"{kind}*")), key)
    return home
