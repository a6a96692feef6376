"""The master part that packs become: subscriptions, ports, lists and balances, dated by the pack.

A pack says what stood as its month ended: so a later pack's word goes before an earlier one's, and
two packs of one month that differ about the same number contradict each other. A row that says what
stands already adds nothing.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from doisoat.engine.intake.master.master import judge, write_judged
from doisoat.engine.intake.master.master_tables import (
    CONTENT,
    ISSUED,
    PLACE,
    TABLES,
    Table,
    standing,
    with_content,
)
from doisoat.engine.intake.records.accounting import FileAccount
from doisoat.engine.intake.records.part_tables import write_suspense
from doisoat.engine.store.commit import digest_of
from doisoat.engine.store.file_kinds import FileKind
from doisoat.engine.store.home import Part
from doisoat.settlement.consolidate.pack_columns import halves, moment
from doisoat.settlement.consolidate.pack_contents import Pack
from doisoat.settlement.packs.build import FORMAT, FORMAT_VERSION

MAPPING = "pack"
MAPPING_SHA256 = digest_of({"format": FORMAT, "format_version": FORMAT_VERSION})
SUBSCRIBER = [*halves("subscriber_id", "subscriber"), *halves("owner_id", "owner")]
SPAN = [moment("valid_from", "from_ms"), moment("valid_until", "until_ms")]
READ: dict[str, tuple[FileKind, list[pl.Expr]]] = {  # table of a pack: kind, columns it is read by
    "subscription": ("subscriptions", [*SUBSCRIBER, *SPAN]),
    "former_subscription": ("subscriptions", [*SUBSCRIBER, *SPAN]),
    "port": ("ports", [*halves("counterparty", "number"), *SPAN]),
    "open_pack": ("packs", [*halves("owner_id", "owner"), moment("bought_at", "bought_ms"),
                            pl.col("remaining").alias("left")]),
    "balance": ("balances", [
        *halves("owner_id", "owner"), moment("as_of", "as_of_ms"),
        moment("bought_at", "bought_ms"), moment("began_at", "began_ms"),
        moment("expires_at", "expires_ms"), pl.col("remaining").alias("left"),
    ]),
    "allow_list": ("allow-list", [*SUBSCRIBER, *SPAN]),
}  # fmt: skip


def write_master(
    packs: Sequence[Pack], parts: Sequence[Part], folder: Path
) -> tuple[dict[str, Any], list[FileAccount]]:
    """Write a master part's files into `folder`.

    Args: packs: in the order of their months; parts: master parts of the home, verified.
    Returns: what its manifest says but for its sources and packs; an account a source, which is a
        table of a pack.
    """
    accounts: list[FileAccount] = []
    batches: dict[FileKind, dict[str, list[pl.DataFrame]]] = {}
    for pack in packs:
        for name, (kind, columns) in READ.items():
            frame = pl.read_parquet(pack.table(name), glob=False, hive_partitioning=False)
            if frame.is_empty():
                continue
            path = pack.table(name)
            accounts.append(
                FileAccount(
                    f"{pack.name}: {path.name}", pack.sha256_of(name), path.stat().st_size, MAPPING,
                    MAPPING_SHA256, kind, rows=frame.height, taken=frame.height,
                )
            )  # fmt: skip
            rows = frame.with_columns(columns).with_columns(
                pl.lit(pack.period.end_ms).alias(ISSUED),
                pl.lit(len(accounts) - 1, pl.Int32).alias("source"),
                pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("row"),
            )
            table = TABLES[kind]
            rows = rows.select(
                *(pl.col(name).cast(dtype) for name, dtype in table.columns.items()),
                ISSUED, *PLACE,
            )  # fmt: skip
            batches.setdefault(kind, {}).setdefault(pack.period.name, []).append(rows)
    judged = {
        kind: _judged([pl.concat(frames) for _, frames in sorted(of_month.items())],
                      parts, TABLES[kind])
        for kind, of_month in batches.items()
    }  # fmt: skip
    content, conflicting = write_judged(judged, accounts, folder)
    nil = pl.lit(0, pl.UInt64)
    nothing = pl.DataFrame(
        schema={"source": pl.Int32(), "row": pl.Int64(), "sub_reason": pl.UInt8()}
    )
    write_suspense(
        folder, nothing, conflicting.with_columns(event_hi=nil, event_lo=nil), (), {}
    )  # fmt: skip
    for account in accounts:
        account.check()
    return content, accounts


def _judged(months: Sequence[pl.DataFrame], parts: Sequence[Part], table: Table) -> pl.DataFrame:
    """The rows of all months, one month after the other, with CONTENT and `outcome`."""
    identity = list(table.identity)
    stands = with_content(standing(parts, table), table).select(*identity, *CONTENT)
    frames = []
    for rows in months:
        rows = with_content(rows, table)
        repeated = rows.join(stands.select(CONTENT), on=CONTENT, how="semi", maintain_order="left")
        fresh = rows.join(stands.select(CONTENT), on=CONTENT, how="anti", maintain_order="left")
        frames.append(repeated.with_columns(outcome=pl.lit(1)))
        if fresh.is_empty():
            continue
        judged = judge(fresh, parts, table)
        frames.append(judged.select(*repeated.columns, "outcome"))
        taken = judged.filter(pl.col("outcome") == 0).select(*identity, *CONTENT)
        stands = pl.concat(
            [stands.join(judged.select(identity), on=identity, how="anti"), taken]
        )  # fmt: skip
    return pl.concat(frames, how="vertical_relaxed")
