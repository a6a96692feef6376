"""Reads a settled run's folder, and the bookings into its period, for the run's papers.

Each file is held to the manifest first: a paper of a folder that was changed is not made.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import polars as pl

from doisoat.errors import PeriodError, StoreError
from doisoat.messages.text import Text, message
from doisoat.settlement.figures import recognition, statement
from doisoat.settlement.figures.merge import Settled, sum_by, sums_of_suspense
from doisoat.settlement.figures.period import Period
from doisoat.settlement.interconnect.log_entry import Recorded
from doisoat.settlement.interconnect.paper_facts import Interconnection, interconnection_of
from doisoat.settlement.records.booked_statement import (
    BookedParts,
    Booking,
    booked_parts,
    with_booked,
)
from doisoat.settlement.report.balances import Balance, Without, balances, without_of
from doisoat.settlement.report.content import Content, contents
from doisoat.settlement.report.interconnect_adjusted import Adjusted, adjusted_of
from doisoat.settlement.runs.runs import (
    AS_WRITTEN,
    SYNTHETIC,
    manifest_of,
    package_in_words,
)
from doisoat.tariffs.load.tariffs import stored_catalogue
from doisoat.tariffs.models.package_model import MoneyGrant, Package

FRAMES = (
    "statement", "programme", "statement_line", "total", "relief_total", "suspense", "refund",
    "finding", "own_account", "burn_down",
)  # fmt: skip
NOTHING_RECORDED: Final[Mapping[str, Recorded]] = MappingProxyType({})
MEND = message("restore this run from a copy, or settle the period again")


class DailyRelief(NamedTuple):
    """What of a carrier's relief counts against a programme's value, day by day of the period."""

    programme: str
    title: str
    title_en: str
    envelope: int  # the carrier's own part, where it has one; else the programme's value, đồng
    is_own_part: bool
    to_date: int  # the carrier's relief when the period ends, đồng
    by_day: tuple[tuple[date, int], ...]  # đồng


class Source(NamedTuple):
    """What a carrier's papers are made from."""

    content: Content
    reliefs: tuple[DailyRelief, ...]  # of programmes with an envelope, in order of precedence
    statement: pl.DataFrame  # the carrier's rows, as the run has them; of a booking alone: 0
    programmes: pl.DataFrame
    lines: pl.DataFrame
    manifest_sha256: str
    booked: BookedParts  # the statement, and what was adjusted into its period
    balances: tuple[Balance, ...]
    without: Without | None  # the package; None: nobody worked it out
    interconnection: Interconnection | None  # None: nobody recorded it
    interconnect_adjusted: tuple[Adjusted, ...]  # of each adjustment booked into the period


def sources(
    folder: Path,
    carrier: str | None = None,
    bookings: Sequence[Booking] = (),
    without: Mapping[str, int] | None = None,
    interconnect: Recorded | None = None,
    interconnect_by_run: Mapping[str, Recorded] = NOTHING_RECORDED,
) -> tuple[Source, ...]:
    """Of each carrier that has a statement in the run, or a booking, by id; or of the one named.

    Args: bookings: what was booked into the run's period (`booked_into`); without: what the log
        says of payables without the package (`payable_without`); interconnect: what it says of
        interconnection (`recorded`); interconnect_by_run: and of that of the bookings' runs
        (`recorded_of_runs`).
    Raises: ConservationError if a figure disagrees with another; StoreError if the folder is no
        whole run; PeriodError if the carrier is not in it.
    """
    manifest = manifest_of(folder)
    frames = {name: _frame(folder, manifest, f"{name}.parquet") for name in FRAMES}
    period = Period.of(manifest["inputs"]["period"])
    statements = with_booked(frames["statement"], period.name, bookings)
    known = statements["carrier"].to_list()
    if carrier is not None and carrier not in known:
        raise PeriodError(
            message(
                "the run has no statement of {carrier}; it has: {known}",
                carrier=repr(carrier),
                known=", ".join(known),
            ),
            str(folder),
            message("name one of these, or settle the period for this carrier"),
        )
    catalogue = stored_catalogue(json.loads(_content(folder, manifest, "catalogue.json")))
    package = Package.model_validate_json(_content(folder, manifest, "package.json"))
    package = package_in_words(package, _as_written(folder, manifest), str(folder))
    is_wanted = pl.col("carrier") == carrier if carrier is not None else pl.lit(True)
    of_all = statement.Statements(
        statements.filter(is_wanted),
        frames["programme"].sort("carrier", "programme"),
        frames["statement_line"].sort("carrier", "measure", "nature"),
        frames["own_account"],
        frames["burn_down"],
    )
    settled = _settled(frames, manifest)
    if any(isinstance(measure.effect, MoneyGrant) for measure in package.measures):
        settled = settled._replace(closing=_frame(folder, manifest, "closing.parquet").lazy())
    carrier_contents = contents(
        settled, of_all, catalogue, package, period,
        run=manifest["run"],
        digest=manifest["result"]["digest"],
        catalogue_digest=manifest["inputs"]["catalogue"],
        package_digest=manifest["inputs"]["package"],
        is_synthetic=SYNTHETIC in manifest["findings"],
        conflicts=frames["finding"],
    )  # fmt: skip
    sealed = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    names = {party.id: Text(party.name, party.name_en) for party in catalogue.carriers}
    carrier_sources = []
    for content in carrier_contents:
        rows = pl.col("carrier") == content.carrier_id
        booked = booked_parts(period.name, content.totals, bookings)
        between = interconnection_of(content.carrier_id, interconnect, names)
        carrier_sources.append(
            Source(
                content,
                tuple(_reliefs(settled.relief_totals, package, content)),
                statement=of_all.statements.filter(rows),
                programmes=of_all.programmes.filter(rows),
                lines=of_all.lines.filter(rows),
                manifest_sha256=sealed,
                booked=booked,
                balances=balances(content, booked, between),
                without=without_of(content, without),
                interconnection=between,
                interconnect_adjusted=adjusted_of(
                    content.carrier_id, bookings, interconnect_by_run, names
                ),
            )
        )
    return tuple(carrier_sources)


def _content(folder: Path, manifest: dict[str, Any], name: str) -> bytes:
    """A file's bytes; StoreError if it is gone or not what the manifest says."""
    listed = {file["name"]: file["sha256"] for file in manifest["files"]}
    path = folder / name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StoreError(message("not readable"), str(path), MEND) from error
    if hashlib.sha256(content).hexdigest() != listed.get(name):
        raise StoreError(
            message("it is not what the run's manifest says (SHA-256)"),
            str(path),
            MEND,
        )
    return content


def _as_written(folder: Path, manifest: dict[str, Any]) -> str | None:
    """The package with its readings not in place; None of a run that keeps none."""
    if not any(file["name"] == AS_WRITTEN for file in manifest["files"]):
        return None
    return _content(folder, manifest, AS_WRITTEN).decode("utf-8")


def _frame(folder: Path, manifest: dict[str, Any], name: str) -> pl.DataFrame:
    return pl.read_parquet(_content(folder, manifest, name))


def _settled(frames: dict[str, pl.DataFrame], manifest: dict[str, Any]) -> Settled:
    """The period's result so far as papers need it: without relief lines and closing state."""
    counts = {name: int(manifest["totals"][name]) for name in ("events", "rated", "suspended")}
    as_number = pl.col("day").cast(pl.Int32)
    nothing = pl.LazyFrame()
    return Settled(
        **counts,
        shard_digests={},
        totals=frames["total"].with_columns(as_number),
        relief_totals=frames["relief_total"].with_columns(as_number),
        line_sums=pl.DataFrame(),
        suspense_sums=sums_of_suspense(frames["suspense"].lazy()),
        lines=nothing,
        suspense=frames["suspense"].lazy(),
        refunds=frames["refund"].lazy(),
        closing=nothing,
        counters={},
    )


def _reliefs(
    relief_totals: pl.DataFrame, package: Package, content: Content
) -> Iterator[DailyRelief]:
    totals = relief_totals.filter(pl.col("carrier").cast(pl.String) == content.carrier_id)
    totals = totals.with_columns(_as_codes(totals[name]) for name in recognition.STATEMENT_LINE)
    standing = {row["programme"]: row for row in content.programmes}
    first = date(1970, 1, 1)
    for part in package.parts():
        if part.envelope is None or part.id not in standing:
            continue
        counted = recognition.by_day(totals, package, part, content.tax_rate)
        reliefs = dict(sum_by(counted, ["day"], ["relief"]).iter_rows())
        own = standing[part.id]["carrier_envelope"]
        yield DailyRelief(
            part.id,
            part.title,
            part.title_en,
            part.envelope.amount if own is None else own,
            own is not None,
            standing[part.id]["relief_to_date"],
            tuple((day, reliefs.get((day - first).days, 0)) for day, _ in content.by_day),
        )


def _as_codes(words: pl.Series) -> pl.Series:
    """Words as a type of their own, as they were when the run was settled; in a file they may be
    plain text."""
    texts = words.cast(pl.String)
    return texts.cast(pl.Enum(texts.unique().sort()))
