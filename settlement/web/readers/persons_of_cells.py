"""Persons behind each cell of usage and relief, as far as the store knows them exactly.

A person is all owners and subscribers that have each other: who pools several numbers is one, and
so is a number that changed hands between owners. An event is its owner's whose balances it drew, at
the home that it was rated by. Usage is counted by ranges of owners, so that no more of it is held
than a range has; what each owner has of each cell lies in a file.
"""

from collections.abc import Iterator
from itertools import pairwise
from uuid import UUID

import duckdb

from doisoat.settlement.web.readers.small_cells import LEAST
from doisoat.settlement.web.readers.statements import web_statement

EVENTS_AT_ONCE = 4_000_000
RECORDS_AT_ONCE = 1_500_000  # of events with their relief beside them
OTHERS_AT_ONCE = 2_000_000
IDS = 1 << 128
OF_CELL = "day DATE, home_province VARCHAR, owner_id UUID, events BIGINT, units BIGINT"
SHARES = {
    "total": f"carrier VARCHAR, kind VARCHAR, {OF_CELL}",
    "relief_total": f"carrier VARCHAR, measure VARCHAR, nature VARCHAR, {OF_CELL}, amount BIGINT",
    "record": f"carrier VARCHAR, kind VARCHAR, relief VARCHAR, agreement TINYINT, {OF_CELL}",
}
CELLS = ("total", "relief_total")  # of which persons are counted by cell


def create_shares(connection: duckdb.DuckDBPyConnection, database: str) -> None:
    """The tables share_of_… of a database, which hold nothing yet."""
    for name, columns in SHARES.items():
        connection.execute(f"CREATE TABLE {database}.share_of_{name} ({columns})")


def load_persons(connection: duckdb.DuckDBPyConnection) -> None:
    """Count them into the tables known_persons_of_… of `input`, from the published file `face`.

    What each owner has of a cell is left in the tables share_of_… of `owners`.
    """
    _load_people(connection)
    for name in ("owner", "home", "other", "unrated"):
        connection.execute(web_statement(f"cut.{name}"))
    _load_elsewhere(connection)
    create_shares(connection, "owners")
    for name in SHARES:
        at_once = RECORDS_AT_ONCE if name == "record" else EVENTS_AT_ONCE
        for owners in _ranges(_count(connection, "face.usage.event"), at_once):
            connection.execute(web_statement(f"cut.share_of_{name}"), owners)
    for name in CELLS:
        connection.execute(web_statement(f"cut.known_persons_of_{name}"), {"least": LEAST})


def _load_elsewhere(connection: duckdb.DuckDBPyConnection) -> None:
    """Events of owners with several homes, or whose records may be of others, as they were rated.

    Each range reads all usage beside its terms: most files have no such event, or few.
    """
    connection.execute(
        "CREATE TABLE input.elsewhere (event_id UUID, owner_id UUID, home_province VARCHAR)"
    )
    for owners in _ranges(_count(connection, "input.other"), OTHERS_AT_ONCE):
        connection.execute(web_statement("cut.elsewhere"), owners)
    connection.execute("DROP TABLE input.other")


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    ((rows,),) = connection.execute(f"SELECT count(*) FROM {table}").fetchall()
    return int(rows)


def _ranges(events: int, at_once: int) -> Iterator[dict[str, str]]:
    """The first and last id of each range of owners, of about so many events; none without any."""
    count = -(-events // at_once)
    bounds = [IDS * place // count for place in range(count)] + [IDS]
    for first, after in pairwise(bounds):
        yield {"first": str(UUID(int=first)), "last": str(UUID(int=after - 1))}


def _load_people(connection: duckdb.DuckDBPyConnection) -> None:
    """Name each person by the least of its owners: spread until nobody is renamed."""
    connection.execute(web_statement("cut.named"))
    renamed = True
    while renamed:
        connection.execute(f"CREATE TABLE input.spread AS {web_statement('cut.person')}")
        ((renamed,),) = connection.execute(
            "SELECT EXISTS (FROM input.spread EXCEPT ALL FROM input.person)"
        ).fetchall()
        connection.execute("DROP TABLE input.person")
        connection.execute("ALTER TABLE input.spread RENAME TO person")
