"""Counted causes by SQL over relief.duckdb: relief lines beside the records they were read from."""

from collections.abc import Iterator

import duckdb

from tests.planted_claims.cells import Cell, Figures, Supposition, by_measure, moved, of_run
from tests.planted_claims.home import LATER, MOBILE, PERIOD, Planted, face

FIGURES = "count(*)::BIGINT, sum(units)::BIGINT, sum(amount)::BIGINT"
LINES = """
CREATE TEMP TABLE line AS
SELECT line.measure, line.nature, line.units, line.amount, line.start_at, line.event_id,
    event.kind, event.duration, event.source_file
FROM rated.relief_line AS line JOIN usage.event AS event USING (event_id)
WHERE line.carrier = $carrier
"""
FILES_SHOWN = 2  # of a carrier, of each cause


def suppositions(planted: Planted, carriers: tuple[str, ...] = MOBILE) -> Iterator[Supposition]:
    """All of the counted causes, of each carrier."""
    with face(planted.home) as database:
        for carrier in carriers:
            database.execute("DROP TABLE IF EXISTS line")
            database.execute(LINES, {"carrier": carrier})
            for cause, detail, moves in _of(database, planted, carrier):
                yield Supposition(carrier, cause, detail, moves)


def _of(database: duckdb.DuckDBPyConnection, planted: Planted, carrier: str):
    def asked(lines: str, sign: int, **given):
        rows = database.execute(
            f"SELECT measure, nature, CAST(CAST(start_at AS DATE) AS VARCHAR), {FIGURES}"
            f" FROM {lines} GROUP BY ALL ORDER BY ALL", given or None,
        ).fetchall()  # fmt: skip
        return by_measure(
            (Cell(carrier, "day", *row[:3]), Figures(*(sign * figure for figure in row[3:])))
            for row in rows
        )

    files = database.execute(
        "SELECT source_file, name, sha256, (SELECT count(*) FROM usage.duplicate AS again"
        " JOIN line USING (event_id) WHERE again.source_file = file.source_file),"
        " (SELECT count(*) FROM line WHERE line.source_file = file.source_file)"
        " FROM usage.source_file AS file WHERE floor = 'usage' ORDER BY name"
    ).fetchall()
    again = "line JOIN usage.duplicate AS again USING (event_id)"
    yield "duplicate", "all", asked(again, 1)
    saying = [(number, digest) for number, _, digest, count, _ in files if count]
    if len(saying) > 1:
        for number, digest in saying[-FILES_SHOWN:]:
            some = f"(SELECT line.* FROM {again} WHERE again.source_file = $file)"
            yield "duplicate", f"file:{digest}", asked(some, 1, file=number)
    late = [number for number, name, *_ in files if name.endswith(LATER)]
    yield "late", f"after:{planted.first_run}", asked(
        "(SELECT * FROM line WHERE list_contains($late, source_file))", -1, late=late
    )  # fmt: skip
    runs = planted.home / "runs"
    ours = of_run(runs / planted.run, carrier)
    yield "late", f"settled:{planted.first_run}", moved(
        ours, of_run(runs / planted.first_run, carrier)
    )  # fmt: skip
    held = [(number, digest) for number, _, digest, _, count in files if count]
    for number, digest in held[:FILES_SHOWN] if len(held) > 1 else ():
        some = "(SELECT * FROM line WHERE source_file = $file)"
        yield "missing", f"file:{digest}", asked(some, -1, file=number)
    for day in (f"{PERIOD}-12", f"{PERIOD}-21", f"{PERIOD}-27"):
        some = "(SELECT * FROM line WHERE CAST(start_at AS DATE) = CAST($day AS DATE))"
        yield "missing", f"day:{day}", asked(some, -1, day=day)
    for cause, detail, instant in (
        ("time_zone", "utc", "start_at - INTERVAL 7 HOUR"),
        ("midnight", "by_end",
         "CASE kind WHEN 'voice' THEN start_at + to_milliseconds(duration) ELSE start_at END"),
    ):  # fmt: skip
        # Months begin and end here: no run of the months beside this one gives or takes a line.
        moved_on = (
            f"(SELECT * REPLACE ({instant} AS start_at) FROM line"
            f" WHERE strftime({instant}, '%Y-%m') = '{PERIOD}')"
        )
        away, there = asked("line", -1), asked(moved_on, 1)
        yield cause, detail, {
            cell: sum_ for cell in sorted({*away, *there})
            if any(sum_ := away.get(cell, Figures(0, 0, 0)).plus(there.get(cell, Figures(0, 0, 0))))
        }  # fmt: skip
