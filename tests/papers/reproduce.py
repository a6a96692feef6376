"""The digests of a run's papers, or of a settled run's folder, as one process makes them.

python -m tests.papers.reproduce papers RUN…       one digest for each folder, over all papers of it
python -m tests.papers.reproduce forwards WORLD    one of a world's runs, its files taken in so
python -m tests.papers.reproduce backwards WORLD

Of folders that hold the same rows in another order the digests of papers are the same: what the
manifest says of the files' bytes is left aside, since that is not the papers' doing. A world is
taken in and settled, and every byte of the run's folder counts, workbooks and manifest too.
"""

import contextlib
import hashlib
import io
import os
import sys
import tempfile
from datetime import datetime
from pathlib import Path

from doisoat import cli
from doisoat.engine.store import commit
from doisoat.engine.store.home import open_home
from doisoat.settlement.log.published_folder import folders_in
from doisoat.settlement.papers.build import papers, papers_of
from doisoat.settlement.papers.figures import LANGS
from doisoat.settlement.papers.house_style import DEFAULT_STYLE
from doisoat.settlement.papers.issue import Issue
from doisoat.settlement.papers.run_reader import sources
from doisoat.settlement.papers.typeset import read_templates
from doisoat.settlement.records.booked_statement import Booking, runs_between
from doisoat.settlement.runs.adjustment_records import Adjustment
from doisoat.settlement.runs.runs import current_runs
from tests.papers.connected import BOTH, counted, due, told

ISSUE = Issue("ed25519:00", 7, "ef" * 32, "A" * 26, datetime(2021, 9, 5, 9, 0))
BESIDE = "adjustments"  # beside a run's folder: what was booked into its month
ORDER = ("subscriptions", "ports", "packs", "usage")
MONTHS = ("2021-07", "2021-08")
KEY = "synthetic.key"  # beside a world's files
# With what came late.
LATE = told(due("viettel", "vnpt", 1_234_567), viettel=counted(3), vnpt=counted(0, suspended=1))


def digest_of(folder: Path) -> str:
    """SHA-256 over the names and bytes of all papers of a run."""
    digest = hashlib.sha256()
    bookings = [
        Booking(Adjustment(path.name, path, manifest), entry)
        for entry, (path, manifest) in enumerate(folders_in(folder.parent / BESIDE), start=1)
    ]
    without = {"viettel": 7, "vnpt": 10**13}
    by_run = {run: (BOTH, LATE)[place % 2] for place, run in enumerate(runs_between(bookings))}
    for source in sources(
        folder, bookings=bookings, without=without, interconnect=BOTH, interconnect_by_run=by_run
    ):
        same = source._replace(manifest_sha256="0" * 64)
        for name, content in papers_of(same, ISSUE, DEFAULT_STYLE, read_templates(), LANGS).items():
            digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return digest.hexdigest()


def runs_digest_of(world: Path, *, backwards: bool) -> str:
    """SHA-256 over settled runs' folders and papers of the last; backwards: the order of files."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name) / "out"
        for kind in ORDER:
            files = sorted(world.glob(f"{kind}*"), reverse=backwards)
            _done("intake", *files, "--mapping", "world", "--kind", kind, "--key", world / KEY,
                  "--home", home)  # fmt: skip
        threads = os.environ.get("POLARS_MAX_THREADS", "2")
        for month in MONTHS:
            _done("settle", "--period", month, "--threads", threads, "--home", home)
        runs, told = home / "runs", hashlib.sha256()
        for path in sorted(path for path in runs.rglob("*") if path.is_file()):
            told.update(f"{path.relative_to(runs)}\0{commit.sha256_of(path)}".encode())
        run = runs / current_runs(open_home(home))[MONTHS[-1]]
        for one in papers(run, ISSUE, carrier="viettel"):
            for file, content in one.files.items():
                told.update(file.encode() + b"\0" + hashlib.sha256(content).digest())
        return told.hexdigest()


def _done(*args: object) -> None:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = cli.run([str(arg) for arg in args])
    assert status == 0, said.getvalue()


if __name__ == "__main__":
    what, *names = sys.argv[1:]
    for name in names:
        if what == "papers":
            print(digest_of(Path(name)))
        else:
            print(runs_digest_of(Path(name), backwards=what == "backwards"))
