"""The register of suspended records: where each stands, why, and what became of it.

A state is never stored: it follows from the decisions and from the records that were recycled.
"""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from doisoat.engine.home import Home, Part, list_parts
from doisoat.engine.intake.decisions import Decision, RecordAt, read_decisions
from doisoat.engine.intake.sealed import origin_in, sealed_rows
from doisoat.errors import IntakeError

ORIGIN = ["sha256", "mapping_sha256", "kind"]
ADDRESS = [*ORIGIN, "row"]
STATES = ("open", "edited", "recycled", "written_off")
RECYCLABLE = ("open", "edited")
RECYCLED = "recycled.parquet"  # of a part that is made of suspended records
RECYCLED_SCHEMA = pl.Schema(
    {
        "source": pl.Int32(),  # of this part; the row is that of the file it came from
        "row": pl.Int64(),
        "sha256": pl.String(),  # the address that it came from
        "mapping_sha256": pl.String(),
        "kind": pl.String(),
        "raw_sha256": pl.String(),
        "sub_reason": pl.String(),  # for which it had been suspended
        "decision": pl.Int64(),  # of its edit; null if it is as it was
        "outcome": pl.String(),  # taken, duplicate, suspended, filtered
        "who": pl.String(),  # recycled it, why, and when: an ISO time with its offset
        "why": pl.String(),
        "at": pl.String(),
    }
)
SHOWN_DIGITS = 12
SUSPENDED_SCHEMA = pl.Schema(
    {
        "floor": pl.String(),
        "part": pl.String(),
        "source": pl.Int32(),
        "sha256": pl.String(),
        "mapping_sha256": pl.String(),
        "kind": pl.String(),
        "row": pl.Int64(),
        "name": pl.String(),
        "mapping": pl.String(),
        "reason": pl.String(),
        "sub_reason": pl.String(),
        "line": pl.Int64(),
        "offset": pl.Int64(),
        "raw_sha256": pl.String(),
        "has_text": pl.Boolean(),
    }
)
FILE_COLUMNS = ("source", "sha256", "mapping_sha256", "kind", "name", "mapping")


class Register(NamedTuple):
    """records: SUSPENDED_SCHEMA, then state, decision (the last one's number, null without), and
    of recycled ones recycled_in (a part), outcome, who, why, at; ordered by name, address."""

    records: pl.DataFrame
    decisions: tuple[Decision, ...]
    parts: dict[str, Part]

    def history(self, at: RecordAt) -> list[Decision]:
        return [one for one in self.decisions if at in one.records]


def read_register(home: Home) -> Register:
    """Every suspended record of a home; no key is needed.

    Raises: StoreError if the decisions are not whole.
    """
    decisions = read_decisions(home)
    parts = [*list_parts(home, "usage"), *list_parts(home, "master")]
    frames = [suspended_of(part) for part in parts]
    records = pl.concat([pl.DataFrame(schema=SUSPENDED_SCHEMA), *frames])
    last = last_decisions(decisions)
    done = recycled_rows(parts).select(
        *ADDRESS, recycled_in="part", outcome="outcome", who="who", why="why", at="at"
    )
    records = (
        records.join(last, on=ADDRESS, how="left")
        .join(done, on=ADDRESS, how="left")
        .with_columns(state=STATE)
        .drop("action")
        .sort("name", *ADDRESS)
    )
    return Register(records, tuple(decisions), {part.id: part for part in parts})


STATE = (
    pl.when(pl.col("recycled_in").is_not_null()).then(pl.lit("recycled"))
    .when(pl.col("action") == "write_off").then(pl.lit("written_off"))
    .when(pl.col("action") == "edit").then(pl.lit("edited"))
    .otherwise(pl.lit("open"))
)  # fmt: skip


def suspended_of(part: Part) -> pl.DataFrame:
    """SUSPENDED_SCHEMA: the records that a part holds in suspense."""
    suspense, source = part.file("suspense.parquet"), part.file("source.parquet")
    if suspense is None or source is None:
        return pl.DataFrame(schema=SUSPENDED_SCHEMA)
    files = pl.read_parquet(source, glob=False, hive_partitioning=False).select(FILE_COLUMNS)
    rows = pl.read_parquet(suspense, glob=False, hive_partitioning=False)
    texts = sealed_rows(part).with_columns(has_text=pl.lit(True))
    return (
        rows.join(files, on="source", how="left")
        .join(texts, on=["source", "row"], how="left")
        .with_columns(
            pl.col("has_text").fill_null(False),
            floor=pl.lit(part.path.parent.name),
            part=pl.lit(part.id),
        )
        .select(SUSPENDED_SCHEMA.names())
    )


def last_decisions(decisions: Sequence[Decision]) -> pl.DataFrame:
    """The last decision on each record: address, decision, action."""
    last = {
        (*record.origin, record.row): (decision.number, decision.action)
        for decision in decisions
        for record in decision.records
    }
    schema = {**{name: SUSPENDED_SCHEMA[name] for name in ADDRESS}, "decision": pl.Int64(),
              "action": pl.String()}  # fmt: skip
    return pl.DataFrame([(*at, *told) for at, told in last.items()], schema, orient="row")


def recycled_rows(parts: Sequence[Part]) -> pl.DataFrame:
    """RECYCLED_SCHEMA and `part`: every record that became part of another part."""
    frames = [pl.DataFrame(schema={**RECYCLED_SCHEMA, "part": pl.String()})]
    for part in parts:
        path = part.file(RECYCLED)
        if path is not None:
            table = pl.read_parquet(path, glob=False, hive_partitioning=False)
            frames.append(table.select(RECYCLED_SCHEMA.names()).with_columns(part=pl.lit(part.id)))
    return pl.concat(frames)


def at_of(record: dict[str, object]) -> RecordAt:
    """The address of a row of the register."""
    origin = origin_in(record)
    return RecordAt(origin, int(str(record["row"])), str(record["raw_sha256"]))


def address_text(record: dict[str, object], records: pl.DataFrame) -> str:
    """The address as people write it: the mapping is named where the file alone is not enough."""
    files = records.filter(pl.col("sha256") == record["sha256"]).select(ORIGIN).unique()
    mapping = f".{str(record['mapping_sha256'])[:SHOWN_DIGITS]}" if files.height > 1 else ""
    return f"{str(record['sha256'])[:SHOWN_DIGITS]}{mapping}:{record['row']}"


def find(register: Register, address: str) -> pl.DataFrame:
    """The one record of an address, FILE:ROW or FILE.MAPPING:ROW, each a SHA-256's first digits.

    Raises: IntakeError if there is none, or more than one.
    """
    file, colon, row = address.rpartition(":")
    sha256, _, mapping = file.partition(".")
    mend = "take an address that doisoat suspense list shows, as in 3f9ac2d1b0e4:17"
    if not (colon and row.lstrip("-").isdecimal() and _is_hex(sha256) and _is_hex(mapping or "0")):
        raise IntakeError("not the address of a suspended record", _shown(address), mend)
    found = register.records.filter(
        pl.col("sha256").str.starts_with(sha256)
        & pl.col("mapping_sha256").str.starts_with(mapping)
        & (pl.col("row") == int(row))
    )
    if found.height > 1:
        raise IntakeError(
            f"{found.height} suspended records have this address",
            _shown(address),
            "write more digits, or name the mapping as well: FILE.MAPPING:ROW",
        )
    if found.is_empty():
        raise IntakeError("no suspended record is there", _shown(address), mend)
    return found


def _is_hex(text: str) -> bool:
    return 1 <= len(text) <= 64 and all(letter in "0123456789abcdef" for letter in text)


def _shown(address: str) -> str:
    from doisoat.engine.pseudonym import hides_number

    return hides_number(address[:100])
