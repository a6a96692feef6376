"""The register of suspended records: address, state, reason and outcome of each.

A state is never stored: it follows from the decisions and from the records that were recycled. A
record that was taken in before another contradicted it is suspended since, and stands here too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from doisoat.engine.files.part_events import rows_in
from doisoat.engine.intake.records.conflict import choices_of, conflicting_copies
from doisoat.engine.intake.records.decisions import Decision, RecordAt, read_decisions
from doisoat.engine.intake.records.event_index import EventIndex
from doisoat.engine.intake.records.events import EVENT, IDS
from doisoat.engine.intake.records.sealed_texts import origin_in, sealed_rows
from doisoat.engine.intake.records.suspense_reasons import Reason
from doisoat.engine.store.home import Home, Part, list_parts
from doisoat.engine.store.id128 import named
from doisoat.errors import IntakeError
from doisoat.messages.text import message
from doisoat.telephone import masked

ORIGIN = ["sha256", "mapping_sha256", "kind"]
ADDRESS = [*ORIGIN, "row"]
STATES = ("open", "edited", "recycled", "chosen", "set_aside", "written_off")
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
MEND = message("take an address that doisoat suspense list shows, as in 3f9ac2d1b0e4:17")
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
        **dict.fromkeys(IDS, pl.UInt64()),  # of copies that contradict each other; else 0
        "has_text": pl.Boolean(),
    }
)
FILE_COLUMNS = ("source", "sha256", "mapping_sha256", "kind", "name", "mapping")


@dataclass(frozen=True)
class Register:
    """records: SUSPENDED_SCHEMA, then state, decision (the last one's number, null without), and
    of recycled ones recycled_in (a part), outcome, who, why, at; ordered by name, address."""

    records: pl.DataFrame
    decisions: tuple[Decision, ...]
    parts: dict[str, Part]
    copies: pl.DataFrame  # engine.intake.records.conflict.COPIES

    def history(self, record: Mapping[str, Any]) -> list[Decision]:
        """The decisions on a row of the register, or on the event that it is a copy of."""
        at, event = at_of(record), named(record, "event")
        return [
            decision for decision in self.decisions
            if at in decision.records or (event and any(event == c.event for c in decision.choices))
        ]  # fmt: skip

    @cached_property
    def _read_twice(self) -> frozenset[str]:
        """Files that were read by more than one mapping."""
        files = self.records.select(ORIGIN).unique().group_by("sha256").len()
        return frozenset(files.filter(pl.col("len") > 1)["sha256"])

    def address_of(self, record: Mapping[str, Any]) -> str:
        """The address as people write it: with its mapping where the file alone is not enough."""
        digits = str(record["mapping_sha256"])[:SHOWN_DIGITS]
        mapping = f".{digits}" if record["sha256"] in self._read_twice else ""
        return f"{str(record['sha256'])[:SHOWN_DIGITS]}{mapping}:{record['row']}"

    def find(self, addresses: Iterable[str]) -> pl.DataFrame:
        """The records of addresses, each once, in the register's order.

        An address is FILE:ROW or FILE.MAPPING:ROW, each a SHA-256's first digits.
        Raises: IntakeError if there is none at one of them, or more than one.
        """
        parsed = [_parsed(address) for address in addresses]
        near = self.records.with_row_index("_at").filter(
            pl.col("row").is_in([row for *_, row in parsed])
        )
        by_row: dict[int, list[tuple[str, str, int]]] = {}
        for row, *known in near.select("row", "sha256", "mapping_sha256", "_at").iter_rows():
            by_row.setdefault(row, []).append(tuple(known))
        places: set[int] = set()
        for address, sha256, mapping, row in parsed:
            matching = [
                at for file, read_by, at in by_row.get(row, ())
                if file.startswith(sha256) and read_by.startswith(mapping)
            ]  # fmt: skip
            if len(matching) > 1:
                raise IntakeError(
                    message("{count} suspended records have this address", count=len(matching)),
                    masked(address),
                    message("write more digits, or name the mapping as well: FILE.MAPPING:ROW"),
                )
            if not matching:
                raise IntakeError(
                    message("no suspended record is there"),
                    masked(address),
                    MEND,
                )
            places.update(matching)
        return self.records[sorted(places)]


def read_register(
    home: Home,
    usage: Sequence[Part] | None = None,
    master: Sequence[Part] | None = None,
    index: EventIndex | None = None,
) -> Register:
    """Every suspended record of a home; no key is needed.

    Args: usage, master: the parts that count; None: those in force; index: of event ids, as of
        `conflicting_copies`.
    Raises: StoreError if the decisions are not whole.
    """
    decisions = read_decisions(home)
    usage = list_parts(home, "usage") if usage is None else usage
    master = list_parts(home, "master") if master is None else master
    parts = [*usage, *master]
    records = suspended_of(parts)
    copies = conflicting_copies(usage, choices_of(decisions), index=index)
    records = pl.concat([records, _stored_copies(copies, parts)])
    last = last_decisions(decisions)
    recycled = recycled_rows(parts).select(
        *ADDRESS, recycled_in="part", outcome="outcome", who="who", why="why", at="at"
    )
    records = (
        records.join(last, on=ADDRESS, how="left")
        .join(recycled, on=ADDRESS, how="left")
        .join(_chosen(copies), on=IDS, how="left")
        .with_columns(state=STATE, decision=pl.coalesce("decision", "chosen_by"))
        .drop("action", "is_chosen", "names_one", "chosen_by")
        .sort("name", *ADDRESS)
    )
    return Register(records, tuple(decisions), {part.id: part for part in parts}, copies)


def _stored_copies(copies: pl.DataFrame, parts: Sequence[Part]) -> pl.DataFrame:
    """SUSPENDED_SCHEMA: records that were taken as events before others contradicted them."""
    stored = copies.filter("is_stored")
    frames = [pl.DataFrame(schema=SUSPENDED_SCHEMA)]
    for part in parts:
        path = part.file("source.parquet")
        part_copies = stored.filter(pl.col("part") == part.id)
        if path is None or part_copies.is_empty():
            continue
        files = pl.read_parquet(path, glob=False, hive_partitioning=False).select(FILE_COLUMNS)
        constants = {
            "floor": "usage", "reason": Reason.CONFLICTING.value, "sub_reason": "", "line": None,
            "offset": None, "raw_sha256": "", "has_text": False,
        }  # fmt: skip
        described = part_copies.join(files, on="source").with_columns(
            pl.lit(value, SUSPENDED_SCHEMA[name]).alias(name) for name, value in constants.items()
        )
        frames.append(described.select(SUSPENDED_SCHEMA.names()))
    return pl.concat(frames)


def _chosen(copies: pl.DataFrame) -> pl.DataFrame:
    """What the decision in force says of copies: IDS, is_chosen, names_one, chosen_by."""
    return copies.filter(pl.col("decision").is_not_null()).select(
        *IDS,
        "is_chosen",
        names_one=pl.col("is_chosen").any().over(EVENT),
        chosen_by="decision",
    )


STATE = (
    pl.when("is_chosen").then(pl.lit("chosen"))
    .when("names_one").then(pl.lit("set_aside"))
    .when(pl.col("chosen_by").is_not_null()).then(pl.lit("written_off"))
    .when(pl.col("recycled_in").is_not_null()).then(pl.lit("recycled"))
    .when(pl.col("action") == "write_off").then(pl.lit("written_off"))
    .when(pl.col("action") == "edit").then(pl.lit("edited"))
    .otherwise(pl.lit("open"))
)  # fmt: skip


def suspended_of(parts: Sequence[Part]) -> pl.DataFrame:
    """SUSPENDED_SCHEMA: the records that parts hold in suspense."""
    rows, files = rows_in(parts, "suspense.parquet"), rows_in(parts, "source.parquet")
    if rows is None or files is None:
        return pl.DataFrame(schema=SUSPENDED_SCHEMA)
    floors = {part.id: part.path.parent.name for part in parts}
    texts = sealed_rows(parts).with_columns(has_text=pl.lit(True))
    return (
        rows.join(files.select("part", *FILE_COLUMNS), on=["part", "source"], how="left")
        .join(texts, on=["part", "source", "row"], how="left")
        .with_columns(
            pl.col("has_text").fill_null(False),
            floor=pl.col("part").replace_strict(floors, return_dtype=pl.String),
        )
        .select(SUSPENDED_SCHEMA.names())
    )


def last_decisions(decisions: Sequence[Decision]) -> pl.DataFrame:
    """The last decision on each record: address, decision, action.

    Where a write-off was taken back, that is the one before it.
    """
    before: dict[RecordAt, list[tuple[int, str]]] = {}
    for decision in decisions:
        for record in decision.records:
            standing = before.setdefault(record, [])
            if decision.action != "reopen":
                standing.append((decision.number, decision.action))
            elif standing and standing[-1][1] == "write_off":
                standing.pop()
    schema = {**{name: SUSPENDED_SCHEMA[name] for name in ADDRESS}, "decision": pl.Int64(),
              "action": pl.String()}  # fmt: skip
    rows = [(*at.origin, at.row, *standing[-1]) for at, standing in before.items() if standing]
    return pl.DataFrame(rows, schema, orient="row")


def recycled_rows(parts: Sequence[Part]) -> pl.DataFrame:
    """RECYCLED_SCHEMA and `part`: every record that became part of another part."""
    rows = rows_in(parts, RECYCLED)
    names = [*RECYCLED_SCHEMA.names(), "part"]
    if rows is None:
        return pl.DataFrame(schema={**RECYCLED_SCHEMA, "part": pl.String()})
    return rows.select(names)


def at_of(record: Mapping[str, Any]) -> RecordAt:
    """The address of a row of the register."""
    origin = origin_in(record)
    return RecordAt(origin, record["row"], record["raw_sha256"])


def _parsed(address: str) -> tuple[str, str, str, int]:
    """The address itself, and its digits of file and mapping and its row."""
    shown = address[:100]
    file, colon, row = shown.rpartition(":")
    sha256, _, mapping = file.partition(".")
    if not (colon and row.lstrip("-").isdecimal() and _is_hex(sha256) and _is_hex(mapping or "0")):
        raise IntakeError(
            message("not the address of a suspended record"),
            masked(shown),
            MEND,
        )
    return shown, sha256, mapping, int(row)


def _is_hex(text: str) -> bool:
    return 1 <= len(text) <= 64 and all(letter in "0123456789abcdef" for letter in text)
