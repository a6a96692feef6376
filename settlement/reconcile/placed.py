"""The relief lines of a run, each beside the record that it came from: its file, its end, its home.

A run keeps of a line whose it is and when it began. Which file its event was read from, when a call
ended and where the subscriber is at home stand in usage and master data: they are put together here
bucket by bucket, and summed at once, so that no more than a bucket's lines are held.
"""

from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from doisoat.engine.again import IDS
from doisoat.engine.home import Home, Part
from doisoat.engine.slices import of_range
from doisoat.engine.stored import shard_range
from doisoat.errors import ConservationError
from doisoat.settlement.adjustment.worlds import Inputs
from doisoat.settlement.evaluate import Progress
from doisoat.settlement.row_files import scan_rows
from doisoat.settlement.runs import RunFiles
from doisoat.settlement.usage_held import is_of, read
from doisoat.tariffs.models import Catalogue

SUBSCRIBER = ("subscriber_hi", "subscriber_lo")
# A line: its event, owner, carrier, measure, nature, units, amount, start_ms; then what its record
# says.
# end_ms: start + duration of a call, the start of anything else; file: the place in `Files`.
FACT = pl.Schema(
    {
        **dict.fromkeys((*IDS, *SUBSCRIBER), pl.UInt64()),
        "end_ms": pl.Int64(),
        "file": pl.UInt32(),
    }
)
OWNER = ("owner_hi", "owner_lo")
LINE = (*IDS, *OWNER, "carrier", "measure", "nature", "units", "amount", "start_ms")
PLACED = pl.Schema(
    {
        **dict.fromkeys((*IDS, *OWNER), pl.UInt64()),
        **dict.fromkeys(("carrier", "measure", "nature"), pl.String()),
        **dict.fromkeys(("units", "amount", "start_ms", "end_ms"), pl.Int64()),
        "file": pl.UInt32(),
        "home_province": pl.String(),
    }
)
MEND = "report this run with its inputs: no claim was judged, and nothing was changed"


class Files(NamedTuple):
    """The source files with usage of a run's period, by SHA-256; ascending."""

    digests: tuple[str, ...]

    @classmethod
    def of(cls, inputs: Inputs) -> "Files":
        return cls.of_run(inputs.run)

    @classmethod
    def of_run(cls, run: RunFiles) -> "Files":
        sources = run.manifest["inputs"]["sources"]
        return cls(tuple(sorted({source["sha256"] for source in sources})))

    def of_part(self, part: Part) -> pl.Expr:
        """The places of a part's sources, by their numbers in the column `source`."""
        places = {
            number: self.digests.index(source["sha256"])
            for number, source in enumerate(part.manifest["sources"])
            if source["sha256"] in self.digests
        }
        return pl.col("source").replace_strict(places, return_dtype=pl.UInt32)


def placed(
    home: Home,
    inputs: Inputs,
    where: pl.Expr | None = None,
    progress: Progress = lambda steps: None,
) -> Iterator[pl.DataFrame]:
    """The lines of a run (PLACED), some at a time; those of `where` (over LINE) alone if given.

    A line of an event that lies in another bucket than its owner comes with the last ones.
    Raises: ConservationError if a line is of no event, or of no subscription.
    """
    files = Files.of(inputs)
    lines = scan_rows(inputs.run.path)["lines"].select(LINE)
    if where is not None:
        lines = lines.filter(where)
    homes, chosen = _homes(inputs), _chosen(inputs, files)
    astray = []
    for bucket in range(home.buckets):
        within = of_range(*shard_range(bucket, home.buckets))
        own = lines.filter(within).collect()
        facts = facts_of(inputs, files, own, home.bucket_name(bucket))
        astray.append(own.join(facts, on=IDS, how="anti"))
        progress(1)
        yield _at_home(own.join(facts, on=IDS, maintain_order="left"), homes)
    rest = pl.concat(astray)
    if rest.height:
        every = [
            facts_of(inputs, files, rest, home.bucket_name(bucket))
            for bucket in range(home.buckets)
        ]
        facts = pl.concat([*every, chosen])
        _require_none(rest.join(facts, on=IDS, how="anti"), "are of no event of the run's usage")
        yield _at_home(rest.join(facts, on=IDS, maintain_order="left"), homes)


def facts_of(inputs: Inputs, files: Files, lines: pl.DataFrame, name: str) -> pl.DataFrame:
    """FACT of events (IDS) that lie in a file of the run's parts, but of contradicted ones."""
    frames = [FACT.to_frame()]
    for part in inputs.month.parts:
        path, numbers = part.file(name), inputs.month.sources_of(part)
        if path is not None and numbers and lines.height:
            events = pl.scan_parquet(path, glob=False).filter(pl.col("source").is_in(numbers))
            own = events.join(lines.lazy().select(IDS).unique(), on=IDS, how="semi")
            frames.append(_told(own, part, files))
    contradicted = inputs.month.copies.select(IDS).unique()
    return pl.concat(frames).join(contradicted, on=IDS, how="anti")


def _told(events: pl.LazyFrame, part: Part, files: Files) -> pl.DataFrame:
    traits = read(part.path / "trait.parquet")
    calls = traits.filter(pl.col("kind") == "voice")["trait"].to_list()
    lasts = pl.when(pl.col("trait").is_in(calls)).then("duration_ms").otherwise(0)
    return (
        events.with_columns(
            end_ms=pl.col("start_ms") + lasts,
            file=files.of_part(part),
        )
        .select(FACT.names())
        .collect()
    )


def _chosen(inputs: Inputs, files: Files) -> pl.DataFrame:
    """FACT of the period's contradicted events of which a decision named the right copy."""
    copies = inputs.month.copies.filter("is_chosen", is_of(inputs.month.period))
    held = {part.id: part for part in inputs.month.known}
    frames = [FACT.to_frame()]
    for (name,), own in copies.partition_by("part", as_dict=True).items():
        frames.append(_told(own.lazy(), held[str(name)], files))
    return pl.concat(frames)


def _homes(inputs: Inputs) -> pl.DataFrame:
    """SUBSCRIBER, carrier, from_ms, until_ms, home_province of each subscription."""
    province = province_of(inputs.catalogue)
    return inputs.rows("subscription").select(
        *SUBSCRIBER,
        "carrier",
        "from_ms",
        "until_ms",
        home_province=pl.col("home_locality").replace_strict(
            province, default="", return_dtype=pl.String
        ),
    )


def province_of(catalogue: Catalogue) -> dict[str, str]:
    """The province of each locality that the catalogue lists; a province is its own."""
    return {place.code: place.province or place.code for place in catalogue.localities}


def _at_home(rows: pl.DataFrame, homes: pl.DataFrame) -> pl.DataFrame:
    named = rows.with_columns(pl.col("carrier").cast(pl.String)).with_row_index("_place")
    held = (
        named.join(homes, on=[*SUBSCRIBER, "carrier"], how="left")
        .filter(
            pl.col("from_ms") <= pl.col("start_ms"),
            pl.col("until_ms").is_null() | (pl.col("start_ms") < pl.col("until_ms")),
        )
        .sort("_place", "from_ms")
        .unique("_place", keep="last", maintain_order=True)
    )
    _require_none(named.join(held, on="_place", how="anti"), "are of no subscription")
    return held.select(pl.col(name).cast(dtype) for name, dtype in PLACED.items())


def _require_none(odd: pl.DataFrame, what: str) -> None:
    if odd.height:
        raise ConservationError(f"{odd.height} relief lines {what}", "reconcile", MEND)
