"""What every rated event of runs in force came to, as Parquet files, for rated.event.

A run keeps no row of an event that nothing relieved: each month is rated once more, and held to its
run's digests.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from doisoat.engine.store.home import Home, every_part
from doisoat.settlement.figures.row_files import PARQUET
from doisoat.settlement.rerating.rerate_month import month_again
from doisoat.settlement.runs.runs import RunFiles
from doisoat.settlement.runs.usage_months import logical_source


def write_amounts(
    home: Home, folder: Path, runs: Sequence[RunFiles]
) -> Mapping[str, Sequence[Path]]:
    """Files of each run by its id, in the order of owners, in `folder`, which is not there yet.

    A run whose usage was removed since has none.
    Raises: PeriodError, StoreError, ConservationError as `month_again` and `bucket_amounts`.
    """
    folder.mkdir()
    parts = every_part(home, "usage")
    sources = [logical_source(source) for part in parts for source in part.manifest["sources"]]
    files: dict[str, list[Path]] = {}
    for run in runs:
        if any(source not in sources for source in run.manifest["inputs"]["sources"]):
            continue
        files[run.run] = []
        for bucket, rated in enumerate(month_again(home, run).bucket_amounts()):
            if rated.events.height:
                path = folder / f"{run.run}-{bucket:02}.parquet"
                rated.events.write_parquet(path, **PARQUET)
                files[run.run].append(path)
    return files
