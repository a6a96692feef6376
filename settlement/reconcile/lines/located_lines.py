"""The relief lines of a run, each beside the record that it came from: its file, its end, its home.

A run keeps of a line whose it is and when it began. Which file its event was read from, when a call
ended and where the subscriber is at home stand in usage and master data: they are put together here
bucket by bucket, and summed at once, so that no more than a bucket's lines are held.

Home is that of the subscription by which the event was rated: its subscriber's under the owner
whose balances it drew, when it, or the call it is a part of, began; else the account's (ADR 27).
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import polars as pl

from doisoat.engine.files.coding import HAS_SESSION
from doisoat.engine.files.slices import of_range
from doisoat.engine.rating.rerate import IDS
from doisoat.engine.store.home import Home, Part
from doisoat.engine.usage.membership import memberships, of_traits, resolved
from doisoat.engine.usage.stored_parts import shard_range
from doisoat.engine.usage.subscriptions import OWNER, SUBSCRIBER
from doisoat.errors import ConservationError
from doisoat.settlement.figures.row_files import scan_rows
from doisoat.settlement.figures.subscription_terms import Terms
from doisoat.settlement.rerating.adjustment_worlds import Inputs
from doisoat.settlement.rerating.evaluation import Progress
from doisoat.settlement.runs.runs import RunFiles, file_of, run_files
from doisoat.settlement.runs.usage_months import is_of, read
from doisoat.tariffs.models.catalogue_model import Catalogue

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
SESSION = ("session_hi", "session_lo")
PART = (*IDS, *OWNER, *SUBSCRIBER, *SESSION, "carrier", "start_ms")
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
    homes, chosen, astray = Homes.of(home, inputs), chosen_facts(inputs, files), []
    for bucket in range(home.buckets):
        within = of_range(*shard_range(bucket, home.buckets))
        in_bucket, name = lines.filter(within).collect(), home.bucket_name(bucket)
        facts = facts_of(inputs, files, in_bucket, name)
        astray.append(in_bucket.join(facts, on=IDS, how="anti"))
        progress(1)
        yield homes.put_to(in_bucket.join(facts, on=IDS, maintain_order="left"), [name])
    rest = pl.concat(astray)
    if rest.height:
        names = [home.bucket_name(bucket) for bucket in range(home.buckets)]
        facts = pl.concat([*(facts_of(inputs, files, rest, name) for name in names), chosen])
        _require_none(rest.join(facts, on=IDS, how="anti"), "are of no event of the run's usage")
        yield homes.put_to(rest.join(facts, on=IDS, maintain_order="left"), names)


def facts_of(inputs: Inputs, files: Files, lines: pl.DataFrame, name: str) -> pl.DataFrame:
    """FACT of events (IDS) that lie in a file of the run's parts, but of contradicted ones."""
    frames = [FACT.to_frame()]
    for part in inputs.month.parts:
        path, numbers = part.file(name), inputs.month.sources_of(part)
        if path is not None and numbers and lines.height:
            events = pl.scan_parquet(path, glob=False).filter(pl.col("source").is_in(numbers))
            matches = events.join(lines.lazy().select(IDS).unique(), on=IDS, how="semi")
            frames.append(_facts(matches, part, files))
    contradicted = inputs.month.copies.select(IDS).unique()
    return pl.concat(frames).join(contradicted, on=IDS, how="anti")


def _facts(events: pl.LazyFrame, part: Part, files: Files) -> pl.DataFrame:
    lasts = pl.when(pl.col("trait").is_in(calls_of(part))).then("duration_ms").otherwise(0)
    return (
        events.with_columns(
            end_ms=pl.col("start_ms") + lasts,
            file=files.of_part(part),
        )
        .select(FACT.names())
        .collect()
    )


def calls_of(part: Part) -> list[int]:
    """The traits of a part that are of calls."""
    traits = read(part.path / "trait.parquet")
    return traits.filter(pl.col("kind") == "voice")["trait"].to_list()


def chosen_facts(inputs: Inputs, files: Files) -> pl.DataFrame:
    """FACT of the period's contradicted events of which a decision named the right copy."""
    copies = inputs.month.copies.filter("is_chosen", is_of(inputs.month.period))
    parts = {part.id: part for part in inputs.month.known}
    frames = [FACT.to_frame()]
    for (name,), rows in copies.partition_by("part", as_dict=True).items():
        frames.append(_facts(rows.lazy(), parts[str(name)], files))
    return pl.concat(frames)


class Homes(NamedTuple):
    """Where owners and their members are at home: home_province."""

    inputs: Inputs
    terms: Terms
    opening: pl.DataFrame  # OWNER, SESSION, opened_ms of calls that the month before left open

    @classmethod
    def of(cls, home: Home, inputs: Inputs) -> "Homes":
        province = pl.col("home_locality").replace_strict(
            province_of(inputs.catalogue), default="", return_dtype=pl.String
        )
        terms = Terms.of(inputs.rows("subscription"), home_province=province)
        return cls(inputs, terms, _opening_of(home, inputs.run))

    def put_to(self, lines: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
        """PLACED of lines and their FACT, in order. names: of the buckets that hold their events.

        Raises: ConservationError for a line of no subscription.
        """
        named = lines.with_columns(pl.col("carrier").cast(pl.String)).with_row_index("_place")
        known = named.join(self.terms.alike, on=OWNER)
        doubtful = named.join(known, on="_place", how="anti")
        frames = [known]
        if doubtful.height:
            doubtful = doubtful.join(self._began(names), on=IDS, how="left")
            doubtful = doubtful.with_columns(pl.col("began_ms").fill_null(pl.col("start_ms")))
            frames.append(self.terms.in_force(doubtful, "began_ms").select(known.columns))
        all_of = pl.concat(frames).sort("_place")
        _require_none(named.join(all_of, on="_place", how="anti"), "are of no subscription")
        return all_of.select(pl.col(name).cast(dtype) for name, dtype in PLACED.items())

    def _began(self, names: Sequence[str]) -> pl.DataFrame:
        """IDS, began_ms of the parts of calls and sessions in some buckets: when those began."""
        month = self.inputs.month
        chosen = month.copies.filter("is_chosen", is_of(month.period)).filter(HAS_SESSION)
        known = {part.id: part for part in month.known}
        frames = [
            of_traits(rows, read(known[str(name)].path / "trait.parquet")).select(PART)
            for (name,), rows in chosen.partition_by("part", as_dict=True).items()
        ]
        contradicted = month.copies.select(IDS).unique()
        for part in month.parts:
            numbers = month.sources_of(part)
            for path in filter(None, map(part.file, names)) if numbers else ():
                events = pl.scan_parquet(path, glob=False)
                taken = events.filter(pl.col("source").is_in(numbers), HAS_SESSION)
                sessions = taken.select(*(set(PART) - {"carrier"}), "trait").collect()
                session_parts = of_traits(sessions, read(part.path / "trait.parquet")).select(PART)
                frames.append(session_parts.join(contradicted, on=IDS, how="anti"))
        nothing = pl.DataFrame(
            schema={
                **dict.fromkeys(PART, pl.UInt64()), "carrier": pl.String(), "start_ms": pl.Int64(),
            }
        )  # fmt: skip
        parts = pl.concat([nothing, *frames])
        parts = resolved(parts, memberships(self.inputs.rows("subscription")))
        parts = parts.with_columns(began_ms=pl.col("start_ms").min().over(*OWNER, *SESSION))
        parts = parts.join(self.opening, on=[*OWNER, *SESSION], how="left")
        return parts.select(*IDS, pl.coalesce("opened_ms", "began_ms").alias("began_ms"))


def _opening_of(home: Home, run: RunFiles) -> pl.DataFrame:
    """OWNER, SESSION, opened_ms of the calls that a run's opening state has."""
    opening = run.manifest["inputs"]["opening_run"]
    if opening is None:
        return pl.DataFrame(
            schema={**dict.fromkeys((*OWNER, *SESSION), pl.UInt64()), "opened_ms": pl.Int64()}
        )
    path = file_of(run_files(home, opening, superseded=False), "closing.parquet")
    state = pl.scan_parquet(path, glob=False, hive_partitioning=False)
    keys = {key: name for key, name in zip(("key_hi", "key_lo"), SESSION, strict=True)}
    open_calls = state.filter(pl.col("item").cast(pl.String) == "session").rename(keys)
    return open_calls.select(*OWNER, *SESSION, opened_ms="from_ms").collect()


def province_of(catalogue: Catalogue) -> dict[str, str]:
    """The province of each locality that the catalogue lists; a province is its own."""
    return {place.code: place.province or place.code for place in catalogue.localities}


def _require_none(unplaced: pl.DataFrame, fault: str) -> None:
    if unplaced.height:
        raise ConservationError(f"{unplaced.height} relief lines {fault}", "reconcile", MEND)
