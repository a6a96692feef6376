"""What each role sees: all of it, blocks of it, or its own; and that files differ accordingly."""

import asyncio
import json
import re
import shutil
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import duckdb
import fastexcel
import pytest

from doisoat.engine.store.home import open_home
from doisoat.messages.catalogue import languages
from doisoat.messages.text import in_language
from doisoat.settlement.access.server_files import OPEN, forget_links
from doisoat.settlement.web import claims, page_queries
from doisoat.settlement.web import server_state as site
from doisoat.settlement.web.headings import HEADINGS
from doisoat.settlement.web.readers import published_files as generation
from doisoat.settlement.web.readers.audience import AUDITOR, READER, Audience
from doisoat.settlement.web.readers.audience_database import cut
from doisoat.settlement.web.readers.published_files import Generations
from doisoat.settlement.web.readers.small_cells import LEAST, MERGED
from doisoat.settlement.web.requests.refusals import Refusal
from tests.integration.conftest import done

VIETTEL = Audience("carrier", "viettel")
OF_A_PERSON = {"event_id", "owner_id", "subscriber_id", "counterparty", "session_key"}


def rows(view, name):
    """The rows of a table of a view, by the names of its columns."""
    table = view[name]
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


@pytest.fixture
def generations(home):
    held = Generations(open_home(home))
    yield held
    held.close()


@pytest.fixture
def files(generations):
    """A connection to the file of each audience."""
    opened = {
        audience: duckdb.connect(str(generations.file_of(audience)[1]), read_only=True)
        for audience in (AUDITOR, READER, VIETTEL)
    }
    yield opened
    for one in opened.values():
        one.close()


# --- the files -----------------------------------------------------------------------------------


@pytest.mark.parametrize("audience", [READER, VIETTEL], ids=lambda one: one.name)
def test_a_cut_file_names_nobody_and_no_event(files, audience):
    columns = (
        files[audience]
        .execute("SELECT column_name, data_type, comment FROM duckdb_columns() WHERE NOT internal")
        .fetchall()
    )
    assert not OF_A_PERSON & {name for name, _, _ in columns}
    assert "UUID" not in {kind for _, kind, _ in columns}
    assert all(comment and " | " in comment for _, _, comment in columns)
    schemas = (
        files[audience]
        .execute("SELECT DISTINCT schema_name FROM duckdb_tables() ORDER BY 1")
        .fetchall()
    )
    assert schemas == [("rated",), ("ref",), ("settlement",)]


def test_a_cut_file_holds_no_identifier_in_any_of_its_bytes(files, generations):
    owners = (
        files[AUDITOR]
        .execute("SELECT DISTINCT owner_id FROM rated.relief_line USING SAMPLE 50")
        .fetchall()
    )
    for audience in (READER, VIETTEL):
        content = generations.file_of(audience)[1].read_bytes()
        for (owner,) in owners:
            assert owner.bytes not in content and owner.bytes[::-1] not in content
            assert str(owner).encode() not in content


def test_a_readers_cells_are_not_small_and_add_up_to_what_is_published(files):
    all_of, cut = files[AUDITOR], files[READER]
    sums = "SELECT carrier, nature, measure, sum(events), sum(amount) FROM {} GROUP BY ALL"
    for table in ("rated.relief_total", "settlement.statement_line"):
        told, held = (
            {row[:3]: row[3:] for row in one.execute(sums.format(table)).fetchall()}
            for one in (cut, all_of)
        )
        assert told
        for (carrier, nature, measure), values in told.items():
            merged = [
                own for key, own in held.items()
                if key[:2] == (carrier, nature) and (
                    key[2] == measure if measure != MERGED else key not in told
                )
            ]  # fmt: skip
            assert values == tuple(map(sum, zip(*merged, strict=True)))
    usage = (
        "SELECT carrier, sum(events), sum(list_value) FROM rated.total GROUP BY ALL ORDER BY ALL"
    )
    assert cut.execute(usage).fetchall() == all_of.execute(usage).fetchall()
    small = cut.execute(
        "SELECT carrier, measure, nature, day, home_province FROM rated.relief_total"
        " WHERE events < ?", [LEAST],
    ).fetchall()  # fmt: skip
    assert all((row[1], row[3], row[4]) == (MERGED, None, MERGED) for row in small)
    assert cut.execute("SELECT count(*) FROM rated.total WHERE events < 10").fetchall() == [(0,)]
    lines = cut.execute(
        "SELECT line.measure FROM settlement.statement_line AS line WHERE line.events < ?", [LEAST]
    ).fetchall()
    assert set(lines) <= {(MERGED,)}
    of_days = "SELECT sum(relief % 1000000), sum(remaining % 1000000) FROM settlement.burn_down"
    assert cut.execute(of_days).fetchall() == [(0, 0)]


def test_a_carriers_file_is_its_own(files):
    cut, all_of = files[VIETTEL], files[AUDITOR]
    for table in ("rated.total", "rated.relief_total", "settlement.statement",
                  "settlement.statement_line", "settlement.programme"):  # fmt: skip
        assert cut.execute(f"SELECT DISTINCT carrier FROM {table}").fetchall() == [("viettel",)]
    of = "SELECT * FROM rated.relief_total WHERE carrier = 'viettel' ORDER BY ALL"
    assert cut.execute(of).fetchall() == all_of.execute(of).fetchall()
    names = cut.execute(
        "SELECT column_name FROM duckdb_columns() WHERE table_name IN ('programme', 'run')"
        " AND schema_name <> 'ref'"
    ).fetchall()
    assert not {name for (name,) in names} & {
        "programme_relief", "programme_relief_to_date", "programme_recognised_to_date", "events",
        "list_value", "discount", "payable",
    }  # fmt: skip


def test_files_are_made_once_and_links_go_with_the_server(home):
    before = {path.name: path.stat().st_mtime_ns for path in (home / "web").glob("*.duckdb")}
    first, second = Generations(open_home(home)), Generations(open_home(home))
    paths = {one.file_of(READER)[1] for one in (first, second)}
    assert len(paths) == 2 and len({path.stat().st_ino for path in paths}) == 1
    assert {path.name: path.stat().st_mtime_ns for path in (home / "web").glob("*.duckdb")} == {
        **before,
        **{path.name: path.stat().st_mtime_ns for path in (home / "web").glob("reader-*.duckdb")},
    }
    first.close()
    assert second.file_of(READER)[1].exists()
    second.close()
    assert not any(path.exists() for path in paths)


def test_links_of_a_server_that_died_are_cleared_by_the_next(home):
    left = home / "web" / f"{OPEN}1-dead"
    (left / "x").mkdir(parents=True)
    (left / "x" / "relief.duckdb").write_bytes(b"x")
    (left / "x").chmod(0o500)
    Generations(open_home(home)).close()
    assert not left.exists()


def test_a_newer_publication_is_served_and_erasing_leaves_no_link(home, tmp_path, monkeypatch):
    monkeypatch.setattr(generation, "LOOK_SECONDS", 0.0)
    copy = tmp_path / "out"
    shutil.copytree(home, copy, ignore=shutil.ignore_patterns("world", "web"))
    held = Generations(open_home(copy))
    first = held.now().digest
    for audience in (READER, VIETTEL):
        held.cursor(audience)[1].close()
    done("settle", "--home", copy, "--reading", "m2.in_kind_value=zero")
    until = 200
    while held.now().digest == first and until:
        until -= 1
        time.sleep(0.1)
    for audience, chosen in ((VIETTEL, "zero"), (READER, "pack_average")):
        told, cursor = held.cursor(audience)  # what few persons changed readers are not told yet
        assert told != first
        with cursor:
            readings = cursor.execute("SELECT readings FROM rated.run").fetchall()[0][0]
        assert json.loads(readings)["m2.in_kind_value"] == chosen
    assert done("store", "check", "--home", copy)["ok"]
    assert len(list((copy / "web").glob("*.owners"))) == 1
    forget_links(open_home(copy))
    assert list((copy / "web").glob("*.owners")) == []
    assert list((copy / "web").glob(f"{OPEN}*/*")) == []
    held.close()


def test_a_publication_that_takes_long_to_cut_is_taken_once(home, tmp_path, monkeypatch):
    monkeypatch.setattr(generation, "LOOK_SECONDS", 0.0)
    copy = tmp_path / "out"
    shutil.copytree(home, copy, ignore=shutil.ignore_patterns("world", "web"))
    said, may_go = [], threading.Event()
    held = Generations(open_home(copy), said.append)
    first = held.now()
    done("settle", "--home", copy, "--reading", "m2.in_kind_value=zero")
    take, begun = held._take, []

    def slow(*args):
        begun.append(args)
        may_go.wait(60)
        take(*args)

    monkeypatch.setattr(held, "_take", slow)
    for _ in range(20):  # many ask while it is being made
        assert held.now() is first
        time.sleep(0.01)
    may_go.set()
    until = time.monotonic() + 60
    while held.now() is first and time.monotonic() < until:
        time.sleep(0.05)
    assert held.now().digest != first.digest and len(begun) == 1
    held.close()


def test_a_carrier_has_its_own_variances_where_there_are_any(home, tmp_path):
    spoilt = tmp_path / "relief.duckdb"
    shutil.copyfile(home / "relief.duckdb", spoilt)
    spoilt.chmod(0o600)
    with duckdb.connect(str(spoilt)) as face:
        face.execute(
            "CREATE OR REPLACE TABLE settlement.variance AS"
            " SELECT 'a' AS variance, '2021-08' AS period, carrier, 'open' AS state,"
            " 'unexplained' AS verdict, 7 AS difference FROM settlement.statement"
        )
        face.execute("COMMENT ON TABLE settlement.variance IS 'Chênh lệch. | Variances.'")
        face.execute("COMMENT ON COLUMN settlement.variance.difference IS 'Số | Amount'")
    cut(spoilt, tmp_path / "own.duckdb", VIETTEL)
    cut(spoilt, tmp_path / "read.duckdb", READER)
    with duckdb.connect(str(tmp_path / "own.duckdb"), read_only=True) as own:
        assert own.execute("FROM settlement.variance").fetchall() == [
            ("a", "2021-08", "viettel", "open", "unexplained", 7)
        ]
        view = claims.variances(own, VIETTEL, {})
        assert [row[2] for row in view.tables["variances"].rows] == ["viettel"]
        assert view.values["count"] == 1
        ((said,),) = own.execute(
            "SELECT comment FROM duckdb_columns() WHERE column_name = 'difference'"
        ).fetchall()
        assert said == "Số | Amount"
    read = duckdb.connect(str(tmp_path / "read.duckdb"), read_only=True)
    with read, pytest.raises(Refusal):
        claims.variances(read, READER, {})


# --- the views -----------------------------------------------------------------------------------


def test_the_overview_is_what_was_published(home, auditor):
    told = auditor.get("/api/overview").json
    face = duckdb.connect(str(home / "relief.duckdb"), read_only=True)
    ((run, digest),) = face.execute("SELECT run, digest FROM rated.run").fetchall()
    assert (told["period"], told["run"]["run"], told["run"]["digest"]) == ("2021-08", run, digest)
    sums = dict(
        face.execute("SELECT carrier, payable FROM settlement.statement ORDER BY 1").fetchall()
    )
    assert {row["carrier"]: row["payable"] for row in rows(told, "carriers")} == sums
    (programme,) = rows(told, "programmes")
    assert programme["relief"] == sum(row["relief"] for row in rows(told, "carriers"))
    assert len(rows(told, "burn_down")) == 31 and rows(told, "measures")
    for name in ("relief_days", "provinces"):
        sums = Counter()
        for row in rows(told, name):
            sums[row["nature"]] += row["amount"]
        for nature in ("discount", "in_kind", "contribution"):
            assert sums[nature] == sum(row[nature] for row in rows(told, "carriers")), name
    suspended = sum(row["suspended"] for row in rows(told, "carriers"))
    assert sum(row["events"] for row in rows(told, "suspense")) == suspended
    assert {row["kind"] for row in rows(told, "measures") if row["measure"] == "M6"} == {"voice"}


def test_a_month_stands_beside_the_settled_one_before(home, tmp_path):
    path = tmp_path / "relief.duckdb"
    shutil.copyfile(home / "relief.duckdb", path)
    path.chmod(0o600)
    with duckdb.connect(str(path)) as opened:
        for name in ("rated.run", "settlement.period"):
            opened.execute(f"INSERT INTO {name} SELECT * REPLACE ('2021-06' AS period) FROM {name}")
        opened.execute(  # nobody settled it
            "INSERT INTO settlement.period BY NAME"
            " SELECT '2021-07' AS period, 'open' AS state, false AS is_stale,"
            " false AS is_unadjusted"
        )
        opened.execute(
            "INSERT INTO settlement.statement SELECT * REPLACE ('2021-06' AS period,"
            " discount + 1 AS discount) FROM settlement.statement"
        )
        views = {
            month: page_queries.overview(opened, AUDITOR, {"period": month})
            for month in ("2021-06", "2021-08")
        }
    assert views["2021-08"].values["period_before"] == "2021-06"
    (now, before) = (views["2021-08"].tables[name] for name in ("carriers", "carriers_before"))
    assert [row["discount"] for row in map(before.as_row, before.rows)] == [
        int(str(row["discount"])) + 1 for row in map(now.as_row, now.rows)
    ]
    assert views["2021-06"].values["period_before"] is None
    assert views["2021-06"].tables["carriers_before"].rows == []


def test_a_reader_is_told_nothing_of_what_his_file_has_not(reader, carrier):
    told = reader.get("/api/overview").json
    assert not {"suspense", "refunds", "variances"} & told.keys()
    own = carrier.get("/api/overview").json
    assert {row["carrier"] for row in rows(own, "suspense")} == {"viettel"}
    assert re.fullmatch(r"[0-9a-f]{64}", told["generation"])


@pytest.mark.parametrize("carrier", ["vnpt", "mobifone", "vietnamobile", "viettel"])
def test_a_measure_is_called_as_it_is_for_the_carrier(home, auditor, carrier):
    face = duckdb.connect(str(home / "relief.duckdb"), read_only=True)
    known = face.execute("SELECT id, carriers, title, title_en FROM ref.measure").fetchall()
    told = rows(auditor.get(f"/api/statement/{carrier}").json, "lines")
    assert {row["measure"] for row in told} & {"M2", "M6"}
    for row in told:
        own = {
            (title, title_en)
            for id, carriers, title, title_en in known
            if id == row["measure"] and (carriers is None or carrier in carriers.split(", "))
        }
        assert (row["title"], row["title_en"]) in own
        assert row["document"] and row["document_vi"]
    keys = [(row["programme"], row["measure"], row["nature"]) for row in told]
    assert len(set(keys)) == len(keys)


def test_over_all_carriers_a_measure_has_every_name_that_is_no_longer_form_of_another(auditor):
    told = {row["measure"]: row for row in rows(auditor.get("/api/overview").json, "measures")}
    assert told["M6"]["title"] == "Tặng 50 phút gọi nội mạng"
    assert told["M2"]["title_en"] == (
        "Data +50 % at renewal or new registration; Data of all packs +50 %"
    )


def test_a_statement_leads_down_to_an_event_and_its_explanation(auditor):
    told = auditor.get("/api/statement/viettel").json
    line = max(rows(told, "lines"), key=lambda row: row["events"])
    of = f"carrier=viettel&measure={line['measure']}&nature={line['nature']}"
    days = rows(auditor.get(f"/api/cells?{of}&by=day").json, "cells")
    assert sum(row["amount"] for row in days) == line["amount"]
    day = max(days, key=lambda row: row["events"])
    places = rows(auditor.get(f"/api/cells?{of}&day={day['day']}&by=home_province").json, "cells")
    assert sum(row["amount"] for row in places) == day["amount"]
    place = max(places, key=lambda row: row["events"])
    at = f"{of}&day={day['day']}&home_province={place['home_province']}"
    found, after = [], "-1"
    while after is not None:
        page = auditor.get(f"/api/events?{at}&limit=3&after={after}".replace("&after=-1", "")).json
        found += rows(page, "events")
        after = page["next"]
    assert len(found) == place["events"]
    assert sum(row["amount"] for row in found) == place["amount"]
    one = auditor.get(f"/api/event/{found[0]['event_id']}").json
    assert one["event"]["carrier"] == "viettel" and one["event"]["file"]
    assert line["measure"] in {row["measure"] for row in rows(one, "lines")}
    why = auditor.get(f"/api/event/{found[0]['event_id']}/explain?lang=en").json
    assert why["explanation"]["agrees_with_published"] is True
    assert any("Steps:" in text for text in why["text"])
    vietnamese = auditor.get(f"/api/event/{found[0]['event_id']}/explain").json["text"]
    assert any("Các bước:" in text for text in vietnamese)


@pytest.mark.parametrize("path", [
    "/api/events", "/api/suspended", "/api/refunds",
    "/api/event/da113013-a570-37e1-3cd9-a2efcc3cebe5",
    "/api/event/da113013-a570-37e1-3cd9-a2efcc3cebe5/explain", "/api/jobs",
])  # fmt: skip
def test_who_may_not_see_lines_is_told_so(reader, carrier, path):
    for asker in (reader, carrier):
        told = asker.get(path)
        assert (told.status, told.refused) == (403, "not_allowed")


def test_a_role_without_lines_has_none_in_the_console_either(reader, carrier):
    for asker in (reader, carrier):
        for table in ("rated.relief_line", "usage.event", "usage.subscription", "settlement.refund",
                      "settlement.finding", "history.relief_line", "audit.relief", "audit.term",
                      "audit.term_of_event", "audit.settled_file"):  # fmt: skip
            told = asker.query(f"SELECT * FROM {table}")
            assert (told.status, told.refused) == (400, "unknown_name")
    assert carrier.query("SELECT DISTINCT carrier FROM settlement.statement").json["rows"] == [
        ["viettel"]
    ]


def test_a_carrier_sees_no_other(carrier):
    for path in ("/api/carrier/vnpt", "/api/statement/vnpt", "/api/cells?carrier=vnpt",
                 "/api/carrier/vnpt/usage"):  # fmt: skip
        assert carrier.get(path).refused == "not_allowed"
    assert {row["carrier"] for row in rows(carrier.get("/api/carriers").json, "carriers")} == {
        "viettel"
    }
    assert {row["carrier"] for row in rows(
        carrier.get("/api/cells?by=carrier").json, "cells"
    )} == {"viettel"}  # fmt: skip


@pytest.mark.parametrize(("path", "name"), [
    ("/api/overview?period=2021-13", "bad_value"), ("/api/overview?period=2020-01", "not_found"),
    ("/api/overview?period=2021-08&period=2021-09", "malformed"),
    ("/api/carrier/nobody", "not_found"), ("/api/carrier/a'b", "bad_value"),
    ("/api/statement/nobody", "not_found"), ("/api/cells?by=owner_id", "bad_value"),
    ("/api/cells?day=yesterday", "bad_value"), ("/api/cells?nature=theft", "bad_value"),
    ("/api/cells?measure='%20OR%201=1", "bad_value"), ("/api/events?limit=0", "bad_value"),
    ("/api/events?limit=501", "bad_value"), ("/api/events?after=x", "bad_value"),
    ("/api/event/1", "bad_value"), ("/api/event/00000000-0000-0000-0000-000000000000", "not_found"),
    ("/api/tables/rated/nothing", "not_found"), ("/api/tables/rated/run%22;--", "not_found"),
    ("/api/tables/audit/relief", "table_refused"),
    ("/api/overview?as=pdf", "bad_value"), ("/api/overview?as=csv", "bad_value"),
])  # fmt: skip
def test_what_is_not_there_is_refused_by_name(auditor, path, name):
    assert auditor.get(path).refused == name


def test_tables_say_what_they_are_and_show_their_rows(auditor, reader):
    content = auditor.get("/api/tables").json
    told, functions = content["tables"], content["functions"]
    assert {"sum", "range", "audit.half_up", "audit.trace"} <= set(functions)
    assert "read_csv" not in functions and "+" not in functions
    for name in ("audit.half_up(5, 2)", "sum(1)"):
        assert auditor.query(f"SELECT {name}").status == 200
    assert not [
        name for name in reader.get("/api/tables").json["functions"] if name.startswith("audit.")
    ]
    by_name = {f"{one['schema']}.{one['table']}": one for one in told}
    assert by_name["rated.relief_line"]["about_en"] != by_name["rated.relief_line"]["about_vi"]
    assert by_name["audit.relief"]["kind"] == "view"
    assert all(column["about_vi"] for one in told for column in one["columns"])
    assert "usage.event" not in {
        f"{one['schema']}.{one['table']}" for one in reader.get("/api/tables").json["tables"]
    }
    page = auditor.get("/api/tables/ref/carrier?limit=2&offset=1").json
    assert [row["id"] for row in rows(page, "rows")] == ["fpt", "mobifone"]
    assert (page["offset"], page["limit"], page["count"]) == (1, 2, 7)
    whole = auditor.get("/api/tables/ref/carrier?as=csv&table=rows").body
    assert len(whole.decode("utf-8-sig").splitlines()) == 1 + 7
    large = "/api/tables/usage/event?as=csv&table=rows"
    assert auditor.get(large).refused == "output_too_large"  # rather than cut
    some = auditor.get(f"{large}&limit=1000").body.decode("utf-8-sig")
    assert len(some.splitlines()) == 1 + 1_000


def test_the_worked_queries_run_in_the_console(auditor, reader):
    told = auditor.get("/api/queries").json["queries"]
    assert [one["number"] for one in told] == list(range(1, 30))
    for one in (told[0], told[8], told[27]):
        answer = auditor.query(one["sql"]).json
        assert bool(answer["rows"]) != one["none_expected"]
    for one in reader.get("/api/queries").json["queries"]:
        assert reader.query(one["sql"]).status == 200


def test_a_table_of_a_view_is_a_file(auditor):
    told = auditor.get("/api/overview?as=csv&table=carriers")
    assert told.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert told.headers["Content-Disposition"] == 'attachment; filename="carriers.csv"'
    lines = told.body.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Doanh nghiệp (mã),Tên,") and len(lines) == 2 + 7
    assert lines[1].startswith("carrier,name,")
    english = auditor.get("/api/overview?as=csv&table=carriers&lang=en").body.decode("utf-8-sig")
    assert english.splitlines()[0].startswith("Carrier (code),Name,")
    book = fastexcel.read_excel(auditor.get("/api/overview?as=xlsx&table=carriers").body)
    assert book.sheet_names == ["doisoat", "columns"]
    heads, columns = (book.load_sheet(place).to_polars() for place in (0, 1))
    assert columns["head"].to_list() == heads.columns and heads.height == 7
    assert columns["name"].to_list()[:2] == ["carrier", "name"]
    assert auditor.get("/api/cells?by=day&as=xlsx&table=cells").body[:2] == b"PK"


def test_questions_count_beside_answers_in_what_is_kept(monkeypatch):
    """Many long questions with short answers: each would be kept for ever."""
    monkeypatch.setattr(site, "ANSWERS_BYTES_MAX", 1 << 20)

    async def asked():
        answers = site.Answers()
        for number in range(400):
            key = ("digest", "reader", "/api/cells", f"{number}".rjust(8_000, "x"))

            async def make():
                return b"{}"

            assert await answers.of(key, make) == b"{}"
            await asyncio.sleep(0)
        return answers

    with ThreadPoolExecutor(1) as alone:  # a browser's loop may run in this thread
        kept = alone.submit(asyncio.run, asked()).result()._kept
    assert 10 < len(kept) and sum(len(part) for key in kept for part in key) < 1 << 20


def test_each_column_of_a_view_has_a_head_in_both_languages(auditor):
    """Of tables that lie in the file and of queries, columns are called as there."""
    event = auditor.get("/api/events?limit=1").json["events"]["rows"][0][1]
    for path in ("overview", "carriers", "carrier/viettel", "carrier/viettel/usage",
                 "statement/viettel", "cells?by=carrier,measure,day,home_province", "events",
                 "to-do", "suspended", "refunds", "waiting",
                 "suspense?by=plan", "refund-sums?by=plan",
                 f"event/{event}"):  # fmt: skip
        for name, one in auditor.get(f"/api/{path}").json.items():
            if isinstance(one, dict) and "columns" in one:
                assert set(one["columns"]) <= set(HEADINGS), name
    for lang in languages():
        told = [in_language(said, lang) for said in HEADINGS.values()]
        assert all(told) and len(set(told)) >= len(told) - 2  # rows and lines are both rows
