"""The provenance tables of a pack: the sources of its events, and its master data.

Files are those that the run names, numbered by what is in them: what was taken in since, and how
files were grouped into parts, changes no byte. Of files and records that name no carrier those are
a carrier's that have an event of its own beside them; in a home of one carrier, all.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from doisoat.engine.files.near_duplicates import NEAR_SECONDS
from doisoat.engine.intake.records.conflict import conflicting_copies, described
from doisoat.engine.store.event_columns import EVENT_SCHEMA, TRAIT_COLUMNS
from doisoat.engine.store.home import Part
from doisoat.settlement.database.input_views import EVENT_COLUMNS
from doisoat.settlement.database.sql_text import moment_of, uuid_of
from doisoat.settlement.database.tables import column_names
from doisoat.settlement.runs.usage_months import logical_source

SOURCE = pl.Schema(
    {
        "source_file": pl.Int32(), "part": pl.String(), "source": pl.Int32(),
        "numbered": pl.Int32(),  # what input.source_file calls it
        "name": pl.String(), "size": pl.Int64(), "sha256": pl.String(), "mapping": pl.String(),
        "mapping_sha256": pl.String(), "kind": pl.String(), "rows": pl.Int64(),
        "taken": pl.Int64(), "duplicates": pl.Int64(), "suspended": pl.Int64(),
        "filtered": pl.Int64(), "header_lines": pl.Int64(), "blank_lines": pl.Int64(),
        "reasons": pl.String(), "filters": pl.String(), "content_digest": pl.String(),
        "near_seconds": pl.Int64(), "of_period": pl.Int64(),
    }
)  # fmt: skip
COPY = pl.Schema({**EVENT_SCHEMA, "part": pl.String(), **dict.fromkeys(TRAIT_COLUMNS, pl.String())})
OWN_NUMBERS = ("part", "source", "numbered")  # by which the home finds a file
FIELDS = ", ".join(name for name in SOURCE if name not in OWN_NUMBERS)
EVENT_NAMES = (*column_names("usage.event"), "content_id", "partial")
EVENT = ", ".join(f"file.{name}" if name == "source_file" else name for name in EVENT_NAMES)
OF_PERIOD = "carrier = $carrier AND start_at >= $begin AND start_at < $end"
NUMBERED = """JOIN (SELECT numbered, source_file, part AS of_part, source AS of_source
    FROM given_source) AS file ON file.numbered = {of}.source_file"""
# What other tables ask of the carrier's events of the month, read once: it is a few columns.
OWN_EVENT = f"""SELECT event_id, subscriber_id, counterparty, source_file FROM input.event
    WHERE {OF_PERIOD}"""
# Without what stands in suspense: a copy may be of this month, and its event of another.
EVENTS = f"""SELECT {EVENT} FROM input.event AS event {NUMBERED.format(of="event")}
    ANTI JOIN (SELECT {uuid_of("event")} AS event_id FROM given_copy) USING (event_id)
    WHERE {OF_PERIOD} ORDER BY owner_id, start_at, event_id"""
DUPLICATES = f"""SELECT file.source_file, duplicate.row, duplicate.event_id
    FROM input.duplicate AS duplicate {NUMBERED.format(of="duplicate")}
    WHERE duplicate.event_id IN (SELECT event_id FROM own_event)"""
COPIES = f"""SELECT {EVENT} FROM (SELECT {EVENT_COLUMNS}, part FROM given_copy) AS copy
    JOIN (SELECT part, source, source_file FROM given_source) AS file USING (part, source)
    WHERE carrier = $carrier"""
HAS_OWN = f"""file.source_file IN (
    SELECT file.source_file FROM own_event AS event {NUMBERED.format(of="event")}
    UNION SELECT source_file FROM ({DUPLICATES}) UNION SELECT source_file FROM ({COPIES}))"""
SPAN = f"{moment_of('from_ms')} AS valid_from, {moment_of('until_ms')} AS valid_until"
OWNER = f"{uuid_of('owner')} AS owner_id"
# A list may name the member of an account, or the account.
SERVED = "(SELECT unnest([owner_id, subscriber_id]) FROM face.usage.subscription WHERE {which})"
EVER = SERVED.format(which="carrier = $carrier")
AT_OPENING = SERVED.format(
    which="carrier = $carrier AND valid_from <= $begin AND coalesce(valid_until, $end) > $begin"
)
# Whose a pack is the catalogue says; of one that it has not, or has for all, whose owner it is.
SELLER = """(SELECT id AS pack, min(carrier) AS seller FROM ref.pack
    GROUP BY id HAVING count(*) = count(carrier))"""
MASTER: Mapping[str, str] = {
    "former_subscription": """SELECT * FROM face.usage.subscription
        WHERE carrier = $carrier AND valid_until <= $begin
        ORDER BY owner_id, subscriber_id, valid_from""",
    "allow_list": f"""SELECT {uuid_of("subscriber")} AS subscriber_id, {OWNER}, list, {SPAN},
        document FROM given_allow_list
        WHERE {uuid_of("owner")} IN {EVER} AND {moment_of("from_ms")} < $end ORDER BY ALL""",
    "open_pack": f"""SELECT owner_id, pack, bought_at, price_paid, remaining
        FROM (SELECT {OWNER}, pack, {moment_of("bought_ms")} AS bought_at, price_paid,
                  "left" AS remaining FROM given_pack)
        LEFT JOIN {SELLER} USING (pack)
        WHERE (SELECT opens_anew FROM given_about)
          AND coalesce(seller = $carrier, owner_id IN {EVER}) ORDER BY ALL""",
    "balance": f"""SELECT owner_id, as_of, balance, pack, volume, bought_at, measure, began_at,
            expires_at, given, remaining
        FROM (SELECT {OWNER}, {moment_of("as_of_ms")} AS as_of, balance, pack, volume,
                  {moment_of("bought_ms")} AS bought_at, measure,
                  {moment_of("began_ms")} AS began_at, {moment_of("expires_ms")} AS expires_at,
                  given, "left" AS remaining FROM given_balance)
        LEFT JOIN {SELLER} USING (pack)
        WHERE as_of = $begin AND coalesce(seller = $carrier, owner_id IN {AT_OPENING})
        ORDER BY ALL""",
}


def usage_queries(*, is_shared: bool) -> Mapping[str, str]:
    """The tables of usage, in one order each, over `input`, `given_*` and `own_event`.

    Args: is_shared: does the home hold more than one carrier?
    """
    condition = HAS_OWN if is_shared else "true"
    return {
        "event": EVENTS,
        "copy": f"{COPIES} ORDER BY event_id, content_id, file.source_file, row",
        "duplicate": f"{DUPLICATES} ORDER BY ALL",
        "source_file": f"SELECT {FIELDS} FROM given_source AS file"
        f" WHERE {condition} ORDER BY source_file",
        "suspended_record": f"""SELECT file.source_file, record.row, reason, sub_reason, line,
                "offset", raw_sha256, coalesce(decided.state, 'open') AS state
            FROM input.record_suspense AS record {NUMBERED.format(of="record")}
            LEFT JOIN input.suspense_state AS decided
              ON (decided.part, decided.source, decided.row) = (of_part, of_source, record.row)
            WHERE reason = 'malformed' AND {condition} ORDER BY ALL""",
    }


def sources_of_run(
    usage: Sequence[Part], named: Sequence[Mapping[str, Any]], period: str
) -> pl.DataFrame:
    """SOURCE: the files that a run names, in the order of their digests."""
    known = {(s["sha256"], s["rows"], s["content_digest"]) for s in named}
    rows = []
    first = 0
    for part in usage:
        path = part.file("source.parquet")
        if path is None:
            continue
        sources = pl.read_parquet(path, glob=False, hive_partitioning=False)
        for row in sources.iter_rows(named=True):
            about = part.manifest["sources"][row["source"]]
            logical = logical_source(about)
            key = logical["sha256"], logical["rows"], logical["content_digest"]
            if period in about["months"] and key in known:
                rows.append(
                    {
                        **row, "part": part.id, "numbered": row["source"] + first,
                        "content_digest": about["content_digest"],
                        "near_seconds": about.get("near_seconds", NEAR_SECONDS),
                        "of_period": about["months"][period],
                    }
                )  # fmt: skip
        first += sources.height
    rows.sort(key=lambda row: (row["sha256"], row["mapping_sha256"], row["kind"], row["part"]))
    numbered = [{**row, "source_file": at} for at, row in enumerate(rows)]
    return pl.DataFrame(
        [[row[name] for name in SOURCE.names()] for row in numbered], SOURCE, orient="row"
    )


def undecided_copies(
    usage: Sequence[Part],
    choices: pl.DataFrame,
    sources: pl.DataFrame,
    period: str,
    within_ms: tuple[int, int],
) -> pl.DataFrame:
    """COPY: the copies of a period's contradicted events of which no decision names the right one.

    Args: choices: engine.intake.records.conflict.CHOICES; sources: SOURCE, other files of the
    period are
        looked past, as the run did.
    """
    seen = set(sources.select("part", "source").iter_rows())

    def later(part: Part) -> list[int]:
        return [
            number
            for number, about in enumerate(part.manifest["sources"])
            if period in about["months"] and (part.id, number) not in seen
        ]

    copies = conflicting_copies(usage, choices, later).filter(pl.col("decision").is_null())
    begin, end = within_ms
    event = ["event_hi", "event_lo"]
    of_period = copies.filter((pl.col("start_ms") >= begin) & (pl.col("start_ms") < end))
    copies = copies.join(of_period.select(event).unique(), on=event, how="semi")
    if copies.is_empty():
        return pl.DataFrame(schema=COPY)
    return described(copies, usage).select(COPY.names())


def keys_of(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """The keys under which the ids of parts are pseudonyms; never a key itself."""
    keys = {
        part.manifest["key_id"]: {
            "id": part.manifest["key_id"],
            "version": part.manifest.get("key_version", 1),
            "public": bool(part.manifest.get("key_is_public", False)),
        }
        for part in parts
    }
    return [keys[name] for name in sorted(keys)]


def carriers_of(usage: Sequence[Part]) -> set[str]:
    """The carriers of whom a home has events."""
    return {name for part in usage for name in _carriers(part)}


def _carriers(part: Part) -> Iterator[str]:
    path = part.file("trait.parquet")
    if path is not None:
        yield from pl.read_parquet(path, glob=False, hive_partitioning=False)["carrier"].unique()
