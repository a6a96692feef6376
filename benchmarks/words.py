"""Words that the peers' programs share, what they refuse, and the key of a total."""

from collections.abc import Iterable

import polars as pl

from doisoat.benchmarks.task import Task
from doisoat.errors import CatalogueError
from doisoat.tariffs.compile.program import Vocabulary
from doisoat.tariffs.models.quantity import MS_PER_DAY

HOURS = 24
ALL_HOURS = (1 << HOURS) - 1
MS_PER_HOUR = MS_PER_DAY // HOURS
USAGE_KINDS = 3
VOICE, SMS, DATA, PACK, FEE = range(5)
SHARE_DENOMINATOR = 10**8
DISCOUNT, IN_KIND = 0, 1  # natures
CELL_MAX = 2**31 - 1


def must(holds: bool, requirement: str) -> None:
    """Raises: CatalogueError where something does not hold that the peers' programs rest on."""
    if not holds:
        raise CatalogueError(
            requirement, "benchmarks", "the peers leave this out: run them on vn-2021-08 as it is"
        )


def bits(mask: int) -> Iterable[int]:
    """The places of a mask's bits, from the lowest."""
    return (bit for bit in range(mask.bit_length()) if mask >> bit & 1)


class Relations(dict[str, pl.DataFrame]):
    """Small tables by name."""

    def add(self, name: str, columns: str, rows: Iterable[tuple[object, ...]]) -> None:
        """columns: names with spaces between them; all integers, but text where $ stands behind."""
        schema = {
            c.rstrip("$"): pl.String if c.endswith("$") else pl.Int64 for c in columns.split()
        }
        self[name] = pl.DataFrame(list(rows), schema=schema, orient="row")


class Cells:
    """The keys of a job's totals as one 32-bit number, by which the peers group."""

    def __init__(self, task: Task, words: Vocabulary) -> None:
        self.first_day = task.period[0] // MS_PER_DAY
        sizes = {
            "carrier": len(words.carriers),
            "day": -(-task.period[1] // MS_PER_DAY) - self.first_day,
            "home_province": len(words.provinces),
            "serving_province": len(words.provinces),
            "kind": len(words.kinds),
            "destination": len(words.destinations),
        }
        self.sizes = {key: sizes[key] for key in task.job.keys}
        self.weights = dict.fromkeys(sizes, 0)  # of a key that the job does not ask for: 0
        weight = 1
        for key in reversed(task.job.keys):
            self.weights[key] = weight
            weight *= sizes[key]
        must(weight <= CELL_MAX, "totals of more keys than 32 bits can count")

    def split(self, frame: pl.DataFrame) -> pl.DataFrame:
        """A frame with its `cell` taken apart into the job's keys."""
        cell = pl.col("cell").cast(pl.Int64)
        return frame.with_columns(
            (cell // self.weights[key] % size + (self.first_day if key == "day" else 0)).alias(key)
            for key, size in self.sizes.items()
        ).drop("cell")
