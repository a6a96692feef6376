"""The audit queries find no fault in a home of accounts, members and lists, which has none."""

import duckdb

from tests.audit_page import PAGE, questions

from .conftest import done

FILES = {
    "subscriptions": """
number,account,carrier,plan,segment,payment,home_locality,valid_from,valid_until
,G,viettel,viettel.Economy,standard,prepaid,79,2020-01-01 00:00:00.000,
0812718281,F,vnpt,vnpt.Postpaid,standard,postpaid,01,2020-01-01 00:00:00.000,
0822718281,F,vnpt,vnpt.VinaCard,standard,prepaid,79,2020-01-01 00:00:00.000,
0702718281,,mobifone,mobifone.MobiQ,standard,prepaid,01,2020-01-01 00:00:00.000,
""",
    "allow-list": """
number,account,list,valid_from,valid_until,document,issued
,F,frontline,2021-08-06 00:00:00,,d,2021-08-01 00:00:00
84812718281,,late_payer,2021-08-06 00:00:00,,d,2021-08-01 00:00:00
84702718281,,low_income,2021-08-06 00:00:00,2021-08-07 00:00:00,d,2021-08-01 00:00:00
""",
    "usage": """
record_key,carrier,kind,number,account,other,started,duration_s,units,host,locality,pack,action,\
session,partial,charged
1,viettel,voice,0322718281,G,0332718281,2021-08-12 10:00:00.000,60,,,79,,,,,
2,vnpt,data,0812718281,F,,2021-08-06 10:00:00.000,60,1000000,,01,,,,,
3,vnpt,data,0822718281,,,2021-08-06 10:00:00.000,60,1000000,,01,,,,,
4,vnpt,fee,0812718281,F,,2021-08-06 10:00:00.000,,1,,01,,,,,
5,mobifone,pack,0702718281,,,2021-08-06 10:00:00.000,,1,,01,mobifone.C90N,registration,,,
6,mobifone,pack,0702718281,,,2021-08-07 10:00:00.000,,1,,01,mobifone.C90N,renewal,,,
""",
}


def test_what_must_be_none_is_none_of_accounts_members_and_lists(key, tmp_path):
    home = tmp_path / "home"
    for kind, text in FILES.items():
        path = tmp_path / f"{kind}.csv"
        path.write_text(text.lstrip("\n"), "utf-8")
        mapping = "master" if kind == "allow-list" else "world"
        more = ("--mapping", mapping, "--kind", kind, "--key", key, "--home", home)
        assert done("intake", path, *more)["suspended"] == 0
    settled = done("settle", "--period", "2021-08", "--home", home)
    assert (settled["rated"], settled["discount"]) == (6, "49190")  # M6, twice M10, M8; M9 beside
    asked = {one.number: one for one in questions(PAGE.read_text("utf-8"))}
    with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as face:
        found = {
            number: face.execute(one.query).fetchall()
            for number, one in asked.items()
            if one.must_be_none
        }
        sold = face.execute(asked[13].query).fetchall()
        (lines,) = face.execute("SELECT count(*) FROM rated.relief_line").fetchall()
        spans, apart, rated = (
            face.execute(f"FROM {name}").fetchall()
            for name in ("audit.term", "audit.term_of_event", "audit.rated_event")
        )
    assert {number: rows for number, rows in found.items() if rows} == {}
    assert [(row[0], *row[2:]) for row in sold] == [("M8", 1, 1, 45_000, 45_000)]
    assert lines == (5,)
    # F has two members; whoever calls on G's account has its row, and F's member named no account.
    assert (len(spans), len(apart), len(rated)) == (2, 2, 6)


SEVERAL = {
    "subscriptions": """
number,account,carrier,plan,segment,payment,home_locality,valid_from,valid_until
0322718281,,viettel,viettel.Tomato,standard,prepaid,79,2020-01-01 00:00:00.000,
0322718281,G,viettel,viettel.Economy,standard,prepaid,01,2021-01-01 00:00:00.000,
""",
    "usage": """
record_key,carrier,kind,number,account,other,started,duration_s,units,host,locality,pack,action,\
session,partial,charged
1,viettel,pack,0322718281,,,2021-08-12 10:00:00.000,,1,,01,viettel.VX3,registration,,,
2,viettel,pack,0322718281,,,2021-09-12 10:00:00.000,,1,,01,viettel.VX3,registration,,,
3,viettel,pack,0322718281,,,2021-10-12 10:00:00.000,,1,,01,viettel.VX3,registration,,,
4,viettel,voice,0322718281,,0332718281,2021-08-03 10:00:00.000,60,,,79,,,,,
5,viettel,voice,0322718281,G,0332718281,2021-09-13 10:00:00.000,60,,,79,,,,,
6,viettel,voice,0322718281,,0332718281,2021-10-13 10:00:00.000,60,,,79,,,,,
""",
}


def test_questions_are_about_the_months_that_are_settled_each_by_itself(key, tmp_path):
    """Of three months two are settled, which come to the same discount."""
    home = tmp_path / "home"
    for kind, text in SEVERAL.items():
        path = tmp_path / f"{kind}.csv"
        path.write_text(text.lstrip("\n"), "utf-8")
        done("intake", path, "--mapping", "world", "--kind", kind, "--key", key, "--home", home)
    for period in ("2021-08", "2021-09"):
        done("settle", "--period", period, "--home", home)
    asked = {one.number: one.query for one in questions(PAGE.read_text("utf-8"))}
    with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as face:
        counts, calls, vat, sold, doubled = (
            face.execute(asked[number]).fetchall() for number in (5, 7, 12, 13, 28)
        )
    assert counts == [("viettel", 4, 0, 4, True)]
    assert [(row[0], row[1], row[-1]) for row in calls] == [("viettel", 2, True)]
    assert [row[1] for row in vat] == ["2021-08", "2021-09"] and vat[0][2] == vat[1][2]
    assert all((ours, residue) == (owed, left) for *_, owed, ours, left, residue in vat)
    assert sold and all((row[2], row[4]) == (row[3], row[5]) for row in sold)
    assert doubled == []


LATE = """
record_key,carrier,kind,number,account,other,started,duration_s,units,host,locality,pack,action,\
session,partial,charged
7,viettel,pack,0322718281,,,2021-08-20 10:00:00.000,,1,,01,viettel.VX3,registration,,,
8,viettel,voice,0322718281,,0332718281,2021-08-21 10:00:00.000,60,,,79,,,,,
"""
OTHER = {
    "subscriptions": """
number,account,carrier,plan,segment,payment,home_locality,valid_from,valid_until
0812718281,,vnpt,vnpt.VinaCard,standard,prepaid,01,2020-01-01 00:00:00.000,
""",
    "usage": """
record_key,carrier,kind,number,account,other,started,duration_s,units,host,locality,pack,action,\
session,partial,charged
9,vnpt,voice,0812718281,,0332718281,2021-10-13 10:00:00.000,60,,,79,,,,,
""",
}
OF_VIEW = """
SELECT strftime(day, '%Y-%m') AS month, carrier, kind, count(*) AS events, sum(units) AS units
FROM audit.rated_event GROUP BY ALL ORDER BY ALL
"""
OF_TOTALS = """
SELECT strftime(day, '%Y-%m') AS month, carrier, kind, sum(events) AS events, sum(units) AS units
FROM rated.total GROUP BY ALL ORDER BY ALL
"""


def test_rated_events_are_those_that_the_runs_in_force_have(key, tmp_path):
    """Not those of a month that nobody settled, of a file that came in after the month's run, or of
    other carriers than a run is of."""
    home = tmp_path / "home"

    def take(name, kind, text):
        path = tmp_path / f"{name}.csv"
        path.write_text(text.lstrip("\n"), "utf-8")
        done("intake", path, "--mapping", "world", "--kind", kind, "--key", key, "--home", home)

    def shown():
        with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as face:
            view, totals = (face.execute(query).fetchall() for query in (OF_VIEW, OF_TOTALS))
            (counts,), (calls,) = (face.execute(asked[number]).fetchall() for number in (5, 7))
        assert view == totals
        assert counts[-1] is calls[-1] is True
        return {month: sum(row[3] for row in view if row[0] == month) for month, *_ in view}

    asked = {one.number: one.query for one in questions(PAGE.read_text("utf-8"))}
    for kind, text in SEVERAL.items():
        take(kind, kind, text)
    done("settle", "--period", "2021-08", "--home", home)
    assert shown() == {"2021-08": 2}
    take("late", "usage", LATE)
    done("settle", "--period", "2021-09", "--home", home)
    assert shown() == {"2021-08": 2, "2021-09": 2}
    done("settle", "--period", "2021-08", "--home", home)
    assert shown() == {"2021-08": 4, "2021-09": 2}
    take("other", "subscriptions", OTHER["subscriptions"])
    take("others", "usage", OTHER["usage"])
    done("settle", "--period", "2021-10", "--carrier", "viettel", "--home", home)
    assert shown() == {"2021-08": 4, "2021-09": 2, "2021-10": 2}
