"""Two Parquet files of lines compared by datacompy, for `claim_lines`; imports nothing of ours.

datacompy stands on a polars of before ours, so it runs by a Python of its own. Prints what it found
as JSON.
"""

import json
import resource
import sys
import time
from pathlib import Path

import datacompy
import polars as pl

KEY = ("event_hi", "event_lo", "measure", "nature")


def main(folder: str, lines: int) -> None:
    began, used = time.perf_counter(), time.process_time()
    sides = [
        pl.scan_parquet(Path(folder) / f"{name}.parquet").head(lines).collect()
        for name in ("claimed", "ours")
    ]
    compared = datacompy.PolarsCompare(*sides, join_columns=list(KEY))
    rows = compared.all_mismatch()
    result = {
        "lines": rows.height,
        "difference": int((rows["amount_df1"] - rows["amount_df2"]).sum()),
        "of": lines,
        "datacompy": datacompy.__version__,
        "polars": pl.__version__,
        "seconds": round(time.perf_counter() - began, 3),
        "processor_seconds": round(time.process_time() - used, 3),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
