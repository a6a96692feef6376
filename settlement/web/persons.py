"""Which persons are behind each cell of usage and relief, as far as the store knows them exactly.

A person is all owners and subscribers that have each other: who pools several numbers is one, and
so is a number that changed hands between owners. Usage is counted by ranges of shards, so that no
more of it is held than a range has; what each owner has of each cell lies in a file.
"""

import duckdb

from doisoat.engine.home import SHARDS
from doisoat.settlement.web.cells import LEAST
from doisoat.settlement.web.places import web_statement

EVENTS_AT_ONCE = 4_000_000
OF_CELL = "day DATE, home_province VARCHAR, owner_id UUID, events BIGINT, units BIGINT"
SHARES = {
    "total": f"carrier VARCHAR, kind VARCHAR, {OF_CELL}",
    "relief_total": f"carrier VARCHAR, measure VARCHAR, nature VARCHAR, {OF_CELL}, amount BIGINT",
}


def create_shares(made: duckdb.DuckDBPyConnection, database: str) -> None:
    """The tables share_of_… of a database, which hold nothing yet."""
    for name, columns in SHARES.items():
        made.execute(f"CREATE TABLE {database}.share_of_{name} ({columns})")


def load_persons(made: duckdb.DuckDBPyConnection) -> None:
    """Count them into the tables known_persons_of_… of `input`, from the published file `face`.

    What each owner has of a cell is left in the tables share_of_… of `owners`.
    """
    _load_people(made)
    for name in ("home", "owner", "unrated"):
        made.execute(web_statement(f"cut.{name}"))
    ((events,),) = made.execute("SELECT count(*) FROM face.usage.event").fetchall()
    step = SHARDS
    while step > 1 and events * step > EVENTS_AT_ONCE * SHARDS:
        step //= 2
    create_shares(made, "owners")
    for name in SHARES:
        for first in range(0, SHARDS, step):
            shards = {"first": first, "after": first + step}
            made.execute(web_statement(f"cut.share_of_{name}"), shards)
        made.execute(web_statement(f"cut.known_persons_of_{name}"), {"least": LEAST})


def _load_people(made: duckdb.DuckDBPyConnection) -> None:
    """Name each person by the least of its owners: spread until nobody is renamed."""
    made.execute(
        "CREATE TABLE input.person AS"
        " SELECT DISTINCT owner_id, subscriber_id, owner_id AS person FROM face.usage.subscription"
    )
    renamed = True
    while renamed:
        made.execute(f"CREATE TABLE input.spread AS {web_statement('cut.person')}")
        ((renamed,),) = made.execute(
            "SELECT EXISTS (FROM input.spread EXCEPT ALL FROM input.person)"
        ).fetchall()
        made.execute("DROP TABLE input.person")
        made.execute("ALTER TABLE input.spread RENAME TO person")
