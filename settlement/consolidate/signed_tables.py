"""Checks the tables of a pack against the run that was signed.

Tables are under no signature, and the run's manifest is, by the entry of the log that is about it
(packs.check). It names the files that were settled and the totals of all carriers together: so of a
home of one carrier the figures are known, and of a home of several what they cannot be above.
"""

import re
from collections.abc import Mapping, Sequence

import duckdb

from doisoat.errors import IntakeError
from doisoat.messages.text import message
from doisoat.settlement.consolidate.pack_contents import Pack
from doisoat.settlement.database.sql_text import scan
from doisoat.settlement.packs.contents import RUN_MANIFEST

SOURCE = ("sha256", "rows", "content_digest")  # what a run names a file by
TOTALS = ("events", "rated", "suspended", "list_value", "discount", "payable", "in_kind",
          "contribution")  # fmt: skip
# A finding of a run: what is in its totals and in no statement (settlement.settle.run_folder).
STRAYS = re.compile(r"(\d+) suspended events are of no carrier that the package names")
OF_STRAYS = ("events", "suspended")
SHOWN_DIGITS = 12
SAME_FILES = message("of the same files")
ALL_CARRIERS = message("of all carriers")
MEND = message("ask the carrier for its pack again, as doisoat pack wrote it")


def check_signed(con: duckdb.DuckDBPyConnection, pack: Pack) -> None:
    """Raises: IntakeError for files that the pack's run did not settle, or figures above, or where
    the pack has all files of its run, other than its totals.

    Args: pack: one that `schema.check_tables` was content with.
    """
    files = _files(con, pack)
    try:
        named = _named(pack)
        totals = {name: int(pack.run["totals"][name]) for name in TOTALS}
        strays = _strays(pack.run["findings"])
    except (KeyError, TypeError, ValueError) as error:
        raise IntakeError(
            message(
                "it does not say what files it settled, and what they came to ({error})",
                error=error,
            ),
            str(pack.path / RUN_MANIFEST),
            MEND,
        ) from error
    for sha256, rows, content in files:
        if (sha256, rows, content) not in named:
            name, digest = sha256[:SHOWN_DIGITS], content[:SHOWN_DIGITS]
            raise IntakeError(
                message(
                    "a file that its run did not settle: SHA-256 {name}…, {rows} rows,"
                    " content {digest}…",
                    name=name,
                    rows=rows,
                    digest=digest,
                ),
                str(pack.table("source_file")),
                MEND,
            )
    signed_totals = {**totals, **{name: totals[name] - strays for name in OF_STRAYS}}
    _figures(_statement(con, pack), signed_totals, pack, is_whole=len(files) == len(named))


def has_all_files(con: duckdb.DuckDBPyConnection, pack: Pack) -> bool:
    """Are the pack's files all those of its run? So are they in a home of one carrier."""
    return len(_files(con, pack)) == len(_named(pack))


def _named(pack: Pack) -> set[tuple[str, int, str]]:
    named = pack.inputs["sources"]
    return {(source["sha256"], source["rows"], source["content_digest"]) for source in named}


def _strays(findings: Sequence[str]) -> int:
    return sum(int(match[1]) for match in map(STRAYS.match, findings) if match)


def _files(con: duckdb.DuckDBPyConnection, pack: Pack) -> list[tuple[str, int, str]]:
    columns, table = ", ".join(SOURCE), scan(pack.table("source_file"))
    return con.execute(f"SELECT DISTINCT {columns} FROM {table} ORDER BY ALL").fetchall()


def _statement(con: duckdb.DuckDBPyConnection, pack: Pack) -> dict[str, int]:
    """TOTALS of the only statement, which is the carrier's of the period."""
    columns, table = ", ".join(TOTALS), scan(pack.table("statement"))
    rows = con.execute(f"SELECT carrier, period, {columns} FROM {table}").fetchall()
    if [row[:2] for row in rows] != [(pack.carrier, pack.period.name)] or None in rows[0]:
        raise IntakeError(
            message("not one whole statement, of {pack}", pack=pack.name),
            str(pack.table("statement")),
            MEND,
        )
    return dict(zip(TOTALS, rows[0][2:], strict=True))


def _figures(
    stated: Mapping[str, int], totals: Mapping[str, int], pack: Pack, *, is_whole: bool
) -> None:
    for name in TOTALS:
        if stated[name] > totals[name] or (is_whole and stated[name] != totals[name]):
            of = SAME_FILES if is_whole else ALL_CARRIERS
            raise IntakeError(
                message(
                    "its statement says {name} {stated_name}, and its run {totals_name} {of}",
                    name=name,
                    stated_name=stated[name],
                    totals_name=totals[name],
                    of=of,
                ),
                str(pack.table("statement")),
                message(
                    "{mend}; records of other carriers in its files belong in homes of theirs",
                    mend=MEND,
                )
                if is_whole
                else MEND,
            )
