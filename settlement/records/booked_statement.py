"""The statement of a booked period: its own usage, and what was adjusted into it.

Adjustments are those that the log tells of up to a head of it, so the same head has the same ones.
Each folder is held to its manifest, and that to the log. docs/semantics.md, section 4.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from doisoat.engine.rating.rerate import IDS
from doisoat.engine.store import commit
from doisoat.engine.store.home import Home
from doisoat.errors import ConservationError, StoreError
from doisoat.messages.text import message, message_in
from doisoat.settlement.figures.merge import sum_by, total_of
from doisoat.settlement.figures.statement import VAT_NATURES
from doisoat.settlement.log import journal
from doisoat.settlement.log.published_folder import changed_files
from doisoat.settlement.runs.adjustment_causes import CAUSES, MEND
from doisoat.settlement.runs.adjustment_records import FLOOR, OF_STATEMENT, Adjustment
from doisoat.settlement.runs.period_state import ADJUST

OWN_USAGE, ADJUSTED = "own", "adjustment"
VALUES = ("list_value", "discount", "payable", "refund")
OF_CAUSE = ("changed", "events", *VALUES)  # changed: events with any difference; events: rated
OF_LINE = ("events", "units", "amount")
HEAD = {"usage_period": pl.String(), "adjustment": pl.String()}
KEY = (*HEAD, "carrier")
# A row the period's own usage, then a row an adjustment.
PARTS = pl.Schema(
    {
        "booked_period": pl.String(),
        "carrier": pl.String(),
        "part": pl.String(),
        **HEAD,  # adjustment: null of the period's own usage
        **dict.fromkeys(OF_STATEMENT, pl.Int64()),
    }
)
CAUSE_ROWS = pl.Schema(
    {
        **HEAD,
        "carrier": pl.String(),
        "cause": pl.String(),
        **dict.fromkeys(OF_CAUSE, pl.Int64()),
    }
)
# The lines of statements that differ; vat: of the line after − before, null where none applies.
LINES = pl.Schema(
    {
        **HEAD,
        **dict.fromkeys(("carrier", "programme", "measure", "nature"), pl.String()),
        **dict.fromkeys((*OF_LINE, "vat"), pl.Int64()),
    }
)
LINE_CAUSES = pl.Schema(
    {
        **HEAD,
        **dict.fromkeys(("carrier", "measure", "nature", "cause"), pl.String()),
        **dict.fromkeys(OF_LINE, pl.Int64()),
    }
)


class Booking(NamedTuple):
    """An adjustment that was booked into a period, and the entry of the log that tells of it."""

    adjustment: Adjustment
    entry: int


class BookedParts(NamedTuple):
    """Of one carrier and booked period: PARTS, CAUSE_ROWS, LINES, LINE_CAUSES.

    In the order of the log, which `bookings` has; causes in that of CAUSES.
    """

    bookings: tuple[Booking, ...]  # those with any difference of this carrier
    parts: pl.DataFrame
    causes: pl.DataFrame
    lines: pl.DataFrame
    line_causes: pl.DataFrame

    @property
    def own_usage(self) -> dict[str, int]:
        return self._sums(pl.col("part") == OWN_USAGE)

    @property
    def moved(self) -> dict[str, int]:
        """All adjustments together."""
        return self._sums(pl.col("part") == ADJUSTED)

    @property
    def whole(self) -> dict[str, int]:
        """What the booked period's statement comes to."""
        return self._sums(pl.lit(True))

    def _sums(self, which: pl.Expr) -> dict[str, int]:
        rows = self.parts.filter(which)
        return {name: total_of(rows, name) for name in OF_STATEMENT}


def booked_into(home: Home, period: str, size: int) -> tuple[Booking, ...]:
    """The adjustments booked into a period, by the log's first `size` entries, in its order.

    Raises: StoreError for one that is lost, or is not what the log tells of.
    """
    logged: dict[str, Mapping[str, Any]] = {}
    for entry in journal.entries(home):
        if entry["what"] == ADJUST and entry.get("into") == period and entry["entry"] <= size:
            logged.setdefault(entry["adjustment"], entry)
    return tuple(_booking(home, name, entry) for name, entry in logged.items())


def with_booked(statements: pl.DataFrame, period: str, bookings: Iterable[Booking]) -> pl.DataFrame:
    """A run's statements with one, of own figures 0, of each carrier that has only adjustments.

    Args: statements: STATEMENT, or of before with fewer columns; bookings: into `period`.
    """
    stated = set(statements["carrier"])
    carriers = {
        name for booking in bookings for name in booking.adjustment.read("statement")["carrier"]
    }
    rows = [
        {name: 0 if dtype == pl.Int64 else "" for name, dtype in statements.schema.items()}
        | {"period": period, "carrier": carrier}
        for carrier in sorted(carriers - stated)
    ]
    more = pl.DataFrame(rows, statements.schema, orient="row")
    return pl.concat([statements, more]).sort("carrier")


def runs_between(bookings: Iterable[Booking]) -> tuple[str, ...]:
    """The runs that adjustments lead from and to, each once."""
    manifests = [booking.adjustment.manifest for booking in bookings]
    return tuple(
        dict.fromkeys(manifest[name] for manifest in manifests for name in ("before", "after"))
    )


def _booking(home: Home, name: str, entry: Mapping[str, Any]) -> Booking:
    folder = home.path / FLOOR / name
    mend = message("restore this folder from a copy")
    path = folder / commit.MANIFEST
    if not path.is_file():
        raise StoreError(
            message_in("adjustment check", "lost: an entry of the log tells of it"),
            str(folder),
            mend,
        )
    if commit.sha256_of(path) != entry["manifest_sha256"]:
        raise StoreError(
            message("its manifest is not the one that the log tells of"),
            str(folder),
            mend,
        )
    manifest = json.loads(path.read_text("utf-8"))
    for fault in changed_files(folder, manifest["files"]):
        raise StoreError(fault.what, fault.where, mend)
    return Booking(Adjustment(name, folder, manifest), entry["entry"])


def booked_parts(
    period: str, statement: Mapping[str, Any], bookings: Sequence[Booking]
) -> BookedParts:
    """What a carrier's statement comes to with what was booked into its period.

    Args: statement: a row of settlement.statement, of the period's own usage.
    Raises: ConservationError if causes or lines do not sum to what the statements differ by.
    """
    carrier = statement["carrier"]
    own_row = {
        "booked_period": period,
        "carrier": carrier,
        "part": OWN_USAGE,
        "usage_period": period,
        "adjustment": None,
        **{name: statement[name] for name in OF_STATEMENT},
    }
    parts = BookedParts(
        (),
        pl.DataFrame([own_row], PARTS, orient="row"),
        pl.DataFrame(schema=CAUSE_ROWS),
        pl.DataFrame(schema=LINES),
        pl.DataFrame(schema=LINE_CAUSES),
    )
    for booking in bookings:
        of_carrier = _of_carrier(period, carrier, booking)
        if any(frame.height for frame in of_carrier[1:]):
            _check(booking.adjustment, of_carrier)
            parts = BookedParts(
                (*parts.bookings, booking),
                *(pl.concat(pair) for pair in zip(parts[1:], of_carrier[1:], strict=True)),
            )
    return parts


def _of_carrier(period: str, carrier: str, booking: Booking) -> BookedParts:
    manifest = booking.adjustment.manifest
    head = {"usage_period": manifest["of"], "adjustment": booking.adjustment.id, "carrier": carrier}

    def rows(name: str) -> pl.DataFrame:
        frame = booking.adjustment.read(name)
        return frame.filter(pl.col("carrier").cast(pl.String) == carrier).drop("carrier")

    def headed(frame: pl.DataFrame, schema: pl.Schema, **more: object) -> pl.DataFrame:
        headed_frame = frame.with_columns(pl.lit(value).alias(name) for name, value in more.items())
        headed_frame = headed_frame.with_columns(
            pl.lit(value).alias(name) for name, value in head.items()
        )
        return headed_frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())

    # An event that a correction moved has a row at either place, and is one.
    once = pl.struct(IDS).is_first_distinct().over("cause").cast(pl.Int64)
    causes = _by_cause(rows("event").with_columns(changed=once), (), OF_CAUSE)
    taxed = pl.col("nature").is_in(VAT_NATURES)
    lines = rows("statement_line").with_columns(vat=pl.when(taxed).then(pl.col("vat")))
    return BookedParts(
        (booking,),
        headed(rows("statement"), PARTS, booked_period=period, part=ADJUSTED),
        headed(causes, CAUSE_ROWS),
        headed(lines.sort("measure", "nature"), LINES),
        headed(_by_cause(rows("line"), ("measure", "nature"), OF_LINE), LINE_CAUSES),
    )


def _by_cause(frame: pl.DataFrame, keys: Iterable[str], columns: Sequence[str]) -> pl.DataFrame:
    named = frame.with_columns(pl.col("cause").cast(pl.String))
    sums = sum_by(named, [*keys, "cause"], columns)
    place = pl.col("cause").replace_strict(dict(zip(CAUSES, range(len(CAUSES)), strict=True)))
    return sums.sort(*keys, place)


def _check(adjustment: Adjustment, parts: BookedParts) -> None:
    moved = parts.moved
    by_nature = sum_by(parts.lines, ["nature"], ["amount"])
    amounts: dict[str, int] = dict(by_nature.iter_rows())
    of_lines = sum_by(parts.lines, ["measure", "nature"], OF_LINE)
    pairs = [
        *(
            (name, moved["rated" if name == "events" else name], total_of(parts.causes, name))
            for name in ("events", *VALUES)
        ),
        *(
            (nature, moved[nature], amounts.get(nature, 0))
            for nature in ("discount", "in_kind", "contribution")
        ),
        ("discount_vat", moved["discount_vat"], total_of(parts.lines, "vat")),
    ]  # fmt: skip
    disagreements = [
        f"{name} {stated}, not {summed}" for name, stated, summed in pairs if stated != summed
    ]
    by_cause = sum_by(parts.line_causes, ["measure", "nature"], OF_LINE)
    caused_lines = by_cause.filter(pl.any_horizontal(pl.col(name) != 0 for name in OF_LINE))
    if not caused_lines.equals(of_lines.filter(pl.any_horizontal(pl.col(n) != 0 for n in OF_LINE))):
        disagreements.append("lines by cause are not the lines")
    if disagreements:
        raise ConservationError(
            f"what it says of {parts.parts['carrier'].to_list()} disagrees:"
            f" {'; '.join(disagreements)}",
            str(adjustment.path), MEND,
        )  # fmt: skip
