"""Compares two runs of a period: do they agree in all that an adjustment books?

What is posted keeps its place (docs/semantics.md, section 4), so a run that differs from another in
nothing but the run that it opens from, or in what envelopes had posted when it began, and came to
the very same rows, has nothing to book: its adjustment would be one by zeros.
"""

from pathlib import Path

from doisoat.engine.store import commit
from doisoat.settlement.runs.runs import manifest_of

MAY_DIFFER = ("opening_run", "posted")  # of the logical inputs
# Every row that a run came to; not what it would recognise, which only its own signature posts.
# Closing balances too: they hold which sessions a call went on with, and so between whom it was.
SAME = (
    "closing", "line", "refund", "relief_total", "statement_line", "suspense", "total",
)  # fmt: skip


def books_alike(first_folder: Path, second_folder: Path) -> bool:
    """Is there nothing to book between two published runs? Of one that is gone nobody knows: no.

    Args: folders of two runs of one period. Read are their manifests, which have every digest.
    Raises: StoreError for a manifest that cannot be read.
    """
    if not all((folder / commit.MANIFEST).is_file() for folder in (first_folder, second_folder)):
        return False
    first, second = (_booked_content(folder) for folder in (first_folder, second_folder))
    return first == second


def _booked_content(folder: Path) -> tuple[object, ...]:
    manifest = manifest_of(folder)
    digests = {file["name"]: file["sha256"] for file in manifest["files"]}
    inputs = {
        name: content for name, content in manifest["inputs"].items() if name not in MAY_DIFFER
    }
    return inputs, manifest["result"], [digests.get(f"{name}.parquet") for name in SAME]
