"""The digests of a run's papers, as one process makes them.

python -m tests.papers.reproduce RUN…   prints one digest for each folder, over all papers of it

Of folders that hold the same rows in another order the digests are the same: what the manifest says
of the files' bytes is left aside, since that is not the papers' doing.
"""

import hashlib
import sys
from datetime import datetime
from pathlib import Path

from doisoat.settlement.papers.build import papers_of
from doisoat.settlement.papers.figures import LANGS
from doisoat.settlement.papers.house import DEFAULT_STYLE
from doisoat.settlement.papers.issue import Issue
from doisoat.settlement.papers.source import sources
from doisoat.settlement.papers.typeset import read_templates

ISSUE = Issue("ed25519:00", 7, "ef" * 32, "A" * 26, datetime(2021, 9, 5, 9, 0))


def digest_of(folder: Path) -> str:
    """SHA-256 over the names and bytes of all papers of a run."""
    told = hashlib.sha256()
    for source in sources(folder):
        same = source._replace(manifest_sha256="0" * 64)
        for name, content in papers_of(same, ISSUE, DEFAULT_STYLE, read_templates(), LANGS).items():
            told.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return told.hexdigest()


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(digest_of(Path(name)))
