"""Which persons are behind each cell of usage and relief, as far as the store knows them exactly.

A person is all owners and subscribers that have each other: who pools several numbers is one, and
so is a number that changed hands between owners. Usage is counted by ranges of shards, so that no
more of it is held than a range has; of each cell as many persons are kept as cells.LEAST.
"""

import duckdb

from doisoat.engine.home import SHARDS
from doisoat.settlement.web.cells import LEAST
from doisoat.settlement.web.places import web_statement

EVENTS_AT_ONCE = 4_000_000
COUNTED = "day DATE, home_province VARCHAR, events BIGINT, persons INTEGER[]"
EACH_ONCE = (
    "SELECT * EXCLUDE (events, persons), sum(events) AS events,"
    " list_distinct(flatten(list(coalesce(persons, [])))) AS persons"
)
TABLES = {
    "persons_of_total": "carrier VARCHAR, kind VARCHAR",
    "persons_of_relief_total": "carrier VARCHAR, measure VARCHAR, nature VARCHAR",
}


def load_persons(made: duckdb.DuckDBPyConnection) -> None:
    """Count them into the tables known_… (of TABLES) of `input`, from the published file `face`."""
    _load_people(made)
    for name in ("home", "owner", "unrated"):
        made.execute(web_statement(f"cut.{name}"))
    ((events,),) = made.execute("SELECT count(*) FROM face.usage.event").fetchall()
    step = SHARDS
    while step > 1 and events * step > EVENTS_AT_ONCE * SHARDS:
        step //= 2
    for name, keys in TABLES.items():
        made.execute(f"CREATE TABLE input.{name} ({keys}, {COUNTED})")
        for first in range(0, SHARDS, step):
            shards = {"first": first, "after": first + step, "least": LEAST}
            made.execute(web_statement(f"cut.{name}"), shards)
        made.execute(
            f"CREATE TABLE input.known_{name} AS {EACH_ONCE} FROM input.{name} GROUP BY ALL"
        )


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
