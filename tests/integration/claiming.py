"""Claims of what a home's run has, right or wrong, as carriers would file them."""

import json

from .conftest import done, rows, run

CARRIER = "vnpt"
BY_DAY = """
    SELECT measure, nature, CAST(day AS VARCHAR) AS day, sum(events), sum(units), sum(amount)
    FROM rated.relief_total WHERE carrier = '{}' GROUP BY ALL ORDER BY ALL
"""
NAMES = ("measure", "nature", "day", "events", "units", "amount")


def honest(home, carrier=CARRIER):
    """What a carrier would declare by day, if it counted as the run does; by SQL alone."""
    found = rows(home, BY_DAY.format(carrier))
    return [dict(zip(NAMES, (str(value) for value in row), strict=True)) for row in found]


def honest_by(home, place):
    """The same by day, by home province, or by neither (None)."""
    of = {"day": "CAST(day AS VARCHAR)", None: "''"}.get(place, place)
    found = rows(home, BY_DAY.format(CARRIER).replace("CAST(day AS VARCHAR) AS day", of))
    names = ("measure", "nature", place or "", "events", "units", "amount")
    told = [dict(zip(names, map(str, row), strict=True)) for row in found]
    return [{name: value for name, value in row.items() if name} for row in told]


def file_claim(folder, home, told, grain="day", carrier=CARRIER, totals=None):
    """File a claim of rows, as JSON; without totals unless there are some."""
    path = folder / f"{carrier}-{grain}.json"
    done("claim", "template", "2021-08", "--carrier", carrier, "--grain", "measure", "--as",
         "json", "--out", path, "--home", home)  # fmt: skip
    form = json.loads(path.read_text("utf-8"))["rows"]
    units = {(row["measure"], row["nature"]): row["unit"] for row in form}
    if grain not in ("lines", "statement"):
        told = [{**row, "unit": units[row["measure"], row["nature"]]} for row in told]
    content = {"carrier": carrier, "period": "2021-08", "grain": grain, "currency": "VND",
               "rows": told, **({"totals": totals} if totals else {})}  # fmt: skip
    path.write_text(json.dumps(content), "utf-8")
    status, filed, said = run("claim", "file", path, "--home", home)
    assert status in (0, 3), (filed, said)
    return filed
