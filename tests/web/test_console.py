"""The console: what a query gives, exactly; its place, its end, its file; what is kept of it."""

import csv
import hashlib
import http.client
import io
import json
import time
import tracemalloc
from typing import Any
from urllib.parse import urlsplit

import duckdb
import fastexcel
import pytest

from doisoat.errors import StoreError
from doisoat.settlement.web.exports import CELLS_MAX, write_file
from doisoat.settlement.web.queries import sandbox
from doisoat.settlement.web.queries.query_rules import FUNCTIONS, TABLE_FUNCTIONS
from doisoat.settlement.web.queries.sandbox import Limits
from doisoat.settlement.web.requests.access_log import AccessLog, faults
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.views.page_tables import Table

LONG = "SELECT count(*) FROM range(1000000000000)"


def test_amounts_come_as_they_are_and_large_ones_as_text(auditor):
    told = auditor.query(
        "SELECT 9007199254740992::HUGEINT AS fits, 9007199254740993::HUGEINT AS beyond,"
        " -170141183460469231731687303715884105727::HUGEINT AS least, 1.10::DECIMAL(9, 2) AS price,"
        " DATE '2021-08-05' AS day, TIMESTAMP '2021-08-05 00:00:00' AS at, NULL AS nothing, true AS"
        " yes, [1, 2] AS list, {'a': 1} AS struct, 'đồng' AS text,"
        " UUID '00000000-0000-0000-0000-000000000001' AS id, 'inf'::DOUBLE AS endless"
    ).json
    assert told["rows"] == [[
        2**53, str(2**53 + 1), str(-(2**127) + 1), "1.10", "2021-08-05", "2021-08-05 00:00:00",
        None, True, [1, 2], {"a": 1}, "đồng", "00000000-0000-0000-0000-000000000001", "inf",
    ]]  # fmt: skip
    assert told["columns"][0] == "fits" and told["types"][:2] == ["HUGEINT", "HUGEINT"]
    assert told["truncated"] is False


@pytest.mark.parametrize(
    ("sql", "name", "there"),
    [
        ("SELECT 'đồng', perod\nFROM rated.run", "unknown_name", "perod"),
        ("SELECT 1 FROM\n  rated.ruin", "unknown_name", "rated.ruin"),
        ("SELECT 'đồng', 1 FORM x", "not_sql", "x"),
        ("-- đồng\nSELECT read_text('a')", "function_refused", "read_text('a')"),
        ("SELECT 'đồng' FROM main.x", "table_refused", "main.x"),
        ("SELECT 'đồng'::INT", "wrong_value", "::INT"),
        ("SELECT 'đồng', $1", "no_parameters", None),
    ],
)
def test_a_refusal_says_where_in_the_query_the_fault_lies(auditor, sql, name, there):
    answer = auditor.query(sql)
    assert answer.refused == name
    begin, length = answer.json["error"].get("place", (0, 0))
    assert (sql[begin : begin + length] or None) == there
    state = auditor.query(sql, wait=False).json
    assert finished(auditor, state["id"])["error"] == answer.json["error"]


def test_moments_are_of_vietnam_whatever_the_server_thinks(auditor):
    told = auditor.query("SELECT TIMESTAMPTZ '2021-08-04 17:00:00+00'::DATE").json
    assert told["rows"] == [["2021-08-05"]]


def test_what_an_auditor_writes_runs(auditor):
    for sql in (
        "FROM settlement.statement", "TABLE rated.run", "VALUES (1)",
        "WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS x FROM a) SELECT * FROM a, b",
        "WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM r WHERE a < 5) FROM r",
        "SELECT carrier, sum(amount) OVER (PARTITION BY carrier) FROM rated.relief_total LIMIT 3",
        "PIVOT settlement.statement_line ON nature IN ('discount', 'in_kind') USING sum(amount)",
        "SELECT audit.half_up(5, 2), audit.vat_in(1180)",
        "FROM audit.trace((SELECT event_id FROM rated.relief_line LIMIT 1))",
        "SELECT list_transform([1, 2], lambda x: x * 2), '{\"a\": 1}'::JSON ->> '$.a'",
        "SELECT * EXCLUDE (digest) FROM rated.shard QUALIFY row_number() OVER (ORDER BY shard) = 1",
        "SELECT 1 UNION ALL SELECT 2 EXCEPT SELECT 3; ;", "SELECT CASE WHEN 1 BETWEEN 0 AND 2"
        " THEN 'a' || 'b' ELSE upper('c') END, DATE '2021-08-05' + INTERVAL 1 DAY, 7 // 2, 7 % 2",
    ):  # fmt: skip
        told = auditor.query(sql)
        assert told.status == 200, (sql, told.body)


def test_rows_beyond_the_limit_are_left_out_and_said_to_be(auditor):
    told = auditor.query("SELECT * FROM range(100000)").json
    assert (len(told["rows"]), told["truncated"]) == (Limits().rows, True)
    few = auditor.query("SELECT * FROM range(100)", rows=7).json
    assert (len(few["rows"]), few["truncated"]) == (7, True)
    assert auditor.query("SELECT repeat('x', 20000000)").refused == "output_too_large"
    wide = auditor.query("SELECT repeat('x', 1000000) FROM range(100)").json
    assert wide["truncated"] and 1 <= len(wide["rows"]) <= 8


@pytest.mark.parametrize("content", [
    {}, {"sql": 1}, {"sql": None}, {"sql": "SELECT 1", "wait": "no"},
    {"sql": "SELECT 1", "rows": 0},
    {"sql": "SELECT 1", "rows": True}, {"sql": "SELECT 1", "rows": 10**9}, {"sql": "\ud800"},
])  # fmt: skip
def test_a_request_that_is_none_is_refused(auditor, content):
    assert auditor.post("/api/query", content).refused in ("malformed", "bad_value")


def test_a_query_that_waits_tells_its_place_and_can_be_cancelled(auditor, reader):
    first = auditor.query(LONG, wait=False)
    assert first.status == 202 and first.json["state"] in ("queued", "running")
    second = auditor.query("SELECT 2", wait=False).json
    assert (second["state"], second["place"]) == ("queued", 1)
    assert reader.get(f"/api/query/{second['id']}").refused == "not_found"  # it is not the reader's
    assert reader.query("SELECT 3").json["rows"] == [[3]]  # another user is not kept waiting
    assert auditor.get(f"/api/query/{second['id']}").json["state"] == "queued"
    gone = auditor.ask("DELETE", f"/api/query/{first.json['id']}")
    assert gone.json["state"] == "cancelled"
    told = finished(auditor, second["id"])
    assert told["state"] == "done" and told["result"]["rows"] == [[2]]
    over = auditor.get(f"/api/query/{first.json['id']}").json
    assert over["state"] == "cancelled" and over["error"]["name"] == "query_cancelled"


def finished(asker, id):
    until = time.monotonic() + 60
    while (told := asker.get(f"/api/query/{id}").json)["state"] in ("queued", "running"):
        assert time.monotonic() < until
        time.sleep(0.1)
    return told


def test_one_with_many_queries_does_not_keep_the_others_waiting(home, auditor, reader, carrier):
    many = [auditor.query(f"SELECT {number}", wait=False).json["id"] for number in range(6)]
    few = [(asker, asker.query("SELECT 1", wait=False).json) for asker in (reader, carrier)]
    assert all(told["place"] <= 2 for _, told in few)  # before four that came earlier
    for asker, told in [*few, *((auditor, {"id": id}) for id in many)]:
        assert finished(asker, told["id"])["state"] == "done"
    lines = [json.loads(one) for one in (home / "web" / "access.jsonl").read_bytes().splitlines()]
    order = [one["user"] for one in lines if one["what"] == "query"][-8:]
    assert order.count("kiem-toan") == 6
    for name in ("ban-doc", "viettel"):
        assert order[: order.index(name)].count("kiem-toan") <= 4


def test_who_leaves_has_cancelled(auditor, server):
    with pytest.raises(TimeoutError):
        auditor.post("/api/query", {"sql": LONG}, seconds=2)
    began = time.monotonic()
    assert auditor.query("SELECT 1").json["rows"] == [[1]]
    assert time.monotonic() - began < 20  # it did not wait for what nobody waits for


def test_a_result_is_a_file_without_formulas(auditor):
    told = auditor.query(
        "SELECT '=1+1' AS formula, '+84' AS plus, '-5' AS minus, '@x' AS at, 'http://x' AS link,"
        " 12 AS number, 9007199254740993::HUGEINT AS large, -1.50 AS exact, '-1+1' AS sum,"
        " NULL AS nothing",
        wait=False,
    ).json
    finished(auditor, told["id"])
    as_csv = auditor.get(f"/api/query/{told['id']}?as=csv")
    assert as_csv.headers["Content-Disposition"] == 'attachment; filename="query.csv"'
    (names, row) = csv.reader(io.StringIO(as_csv.body.decode("utf-8-sig")))
    assert row == [
        "'=1+1", "'+84", "-5", "'@x", "http://x", "12", str(2**53 + 1), "-1.50", "'-1+1", ""
    ]  # fmt: skip
    as_xlsx = auditor.get(f"/api/query/{told['id']}?as=xlsx").body
    frame = fastexcel.read_excel(as_xlsx).load_sheet(0).to_polars()
    assert frame.columns == names
    assert frame.row(0)[:7] == ("=1+1", "+84", "-5", "@x", "http://x", 12, str(2**53 + 1))
    assert b"<f>" not in as_xlsx and auditor.get(f"/api/query/{told['id']}?as=pdf").status == 400


def file_of(table, form, folder, **more):
    """The bytes of a table as a file."""
    with io.BytesIO() as written:
        write_file(table, form, None, written, folder, **more)
        return written.getvalue()


@pytest.mark.parametrize(
    "text",
    [*(f"{sign}A1" for sign in "=+-@\uff1d\uff0b\uff0d\uff20\t\r\n"), "=cmd|' /C calc'!A0"],
)
def test_no_text_of_a_csv_begins_as_a_formula_does(text, tmp_path):
    body = file_of(Table([text], ["VARCHAR"], [[text]]), "csv", tmp_path).decode("utf-8-sig")
    (head, row) = csv.reader(io.StringIO(body, newline=""))
    assert head == row == [f"'{text}"]


@pytest.mark.parametrize("letter", ["x", "\N{GRINNING FACE}"])
def test_a_text_too_long_for_a_cell_says_so_there_and_is_whole_in_a_csv(letter, tmp_path):
    units = len(letter.encode("utf-16-le")) // 2
    fits, long = letter * (32_767 // units), letter * 40_000
    table = Table([fits, long], ["VARCHAR"] * 2, [[fits, long]])
    book = fastexcel.read_excel(file_of(table, "xlsx", tmp_path)).load_sheet(0).to_polars()
    assert tuple(book.columns) == book.row(0)
    whole, cut = book.row(0)
    said, _, rest = cut.partition("] ")
    assert whole == fits and said.startswith("[CẮT BỚT: ")
    assert f"văn bản này có {40_000 * units}; tệp CSV có đủ" in said
    assert said.endswith(f"this text has {40_000 * units}; the CSV file has all")
    assert set(rest) == {letter} and 32_766 <= len(cut.encode("utf-16-le")) // 2 <= 32_767
    body = file_of(table, "csv", tmp_path).decode("utf-8-sig")
    (heads, row) = csv.reader(io.StringIO(body, newline=""))
    assert heads == row == [fits, long]


# --- large files ---------------------------------------------------------------------------------

WIDE = "SELECT {} FROM range({})"


def wide(columns, rows):
    return WIDE.format(",".join(["1"] * columns), rows)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_file_takes_no_more_memory_the_more_rows_it_has(form, tmp_path):
    row: list[Any] = ["x" * 20, 1, None, "y" * 20] * 10
    peaks = []
    for rows in (500, 20_000):
        table = Table([f"c{place}" for place in range(40)], ["VARCHAR"] * 40, [row] * rows)
        with open(tmp_path / "file", "wb") as file:
            tracemalloc.start()
            write_file(table, form, None, file, tmp_path)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0] + (1 << 20)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_workbook_of_too_many_cells_is_refused_and_a_csv_file_has_them(auditor):
    told = auditor.query(wide(400, 2_501), wait=False).json
    finished(auditor, told["id"])
    refused = auditor.get(f"/api/query/{told['id']}?as=xlsx")
    assert (refused.status, refused.refused) == (422, "output_too_large")
    assert f"{400 * 2_501} ô, tối đa {CELLS_MAX}" in refused.json["error"]["what"]
    assert auditor.get(f"/api/query/{told['id']}?as=csv").body.count(b"\n") == 2_502


def test_nobody_waits_for_a_file_and_it_is_ended(tmp_path):
    table = Table(["a"], ["VARCHAR"], [["x"]] * 100_000)
    for form in ("csv", "xlsx"):
        asked = []

        def is_left(asked=asked):
            asked.append(True)
            return len(asked) > 3

        with pytest.raises(Refusal) as refused:
            file_of(table, form, tmp_path, is_left=is_left)
        assert refused.value.name == "export_left" and len(asked) == 4


def test_one_file_of_a_user_is_made_at_a_time_and_none_for_who_left(home, auditor, reader, server):
    told = reader.query(wide(400, 2_500), wait=False).json
    finished(reader, told["id"])
    path, url = f"/api/query/{told['id']}?as=xlsx", urlsplit(server[0])
    connection = http.client.HTTPConnection(url.hostname, url.port)
    connection.request("GET", path, headers={"Authorization": f"Bearer {reader.token}"})
    until = time.monotonic() + 30
    while (second := reader.get(path)).status == 200:  # the first one had not begun
        assert time.monotonic() < until
    assert (second.status, second.refused) == (429, "export_running")
    assert int(second.headers["Retry-After"]) > 0
    assert auditor.get("/api/overview?as=xlsx&table=carriers").status == 200  # of another user
    connection.close()
    began = time.monotonic()
    while reader.get("/api/overview?as=csv&table=carriers").status == 429:
        assert time.monotonic() - began < 5
        time.sleep(0.05)
    assert not list((home / "web").glob("open-*/tmp*"))  # of the one that nobody waits for


def test_the_access_log_tells_who_asked_and_no_text(home, auditor):
    sql = "SELECT 'a secret of mine', 4711"
    auditor.query(sql)
    auditor.query("SELEKT a secret of mine")
    raw = (home / "web" / "access.jsonl").read_bytes()
    lines = [json.loads(line) for line in raw.splitlines()]
    (told,) = [
        one for one in lines if one.get("sha256") == hashlib.sha256(sql.encode()).hexdigest()
    ]
    assert (told["user"], told["outcome"], told["rows"]) == ("kiem-toan", "done", 1)
    assert lines[-1]["outcome"] == "not_sql" and b"secret" not in raw
    assert list(faults(home / "web" / "access.jsonl")) == []


def test_a_changed_access_log_is_found_and_a_torn_line_is_none(tmp_path):
    path = tmp_path / "access.jsonl"
    log = AccessLog(path)
    for number in range(4):
        log.tell("query", "lan", rows=number, of="gọi 0912345678")
    log.close()
    assert b"0912345678" not in path.read_bytes()
    with open(path, "ab") as file:
        file.write(b'{"torn')
    again, other = AccessLog(path), AccessLog(path)
    again.tell("query", "lan", rows=5)
    other.tell("query", "minh", rows=6)  # another process's, in between
    again.tell("query", "lan", rows=7)
    again.close()
    other.close()
    assert list(faults(path)) == []
    lines = path.read_bytes().splitlines()
    other_rows = lines[1].replace(b'"rows":1', b'"rows":9')
    for changed in (
        [*lines[:1], *lines[2:]], [lines[1], lines[0], *lines[2:]],
        [lines[0], other_rows, *lines[2:]],
    ):  # fmt: skip
        path.write_bytes(b"\n".join(changed) + b"\n")
        assert list(faults(path))
        with pytest.raises(StoreError, match="does not follow"):
            AccessLog(path)


def test_functions_of_the_list_are_duckdbs_and_none_is_of_the_system():
    known = {
        (name, kind)
        for name, kind in duckdb.execute(
            "SELECT lower(function_name), function_type FROM duckdb_functions()"
        ).fetchall()
    }
    scalar = {name for name, kind in known if kind not in ("table", "pragma", "table_macro")}
    of_syntax = {"coalesce", "ifnull", "!", "->", "unnest"}
    assert FUNCTIONS - scalar == of_syntax
    assert TABLE_FUNCTIONS <= {name for name, kind in known if kind == "table"}
    assert not FUNCTIONS & {
        "current_setting", "getvariable", "pg_sleep", "sleep_ms", "nextval", "currval", "setval",
        "setseed", "write_log", "current_query", "error", "json_serialize_plan", "invoke",
        "json_execute_serialized_sql", "in_search_path", "txid_current", "getenv", "query",
    }  # fmt: skip


def test_a_process_that_died_is_refused_by_name():
    assert sandbox._answer(0, b'{"rows": 1}\n{"rows":[[1]]}') == (1, b'{"rows":[[1]]}')
    died = {-9: "too_long", -24: "too_long", -6: "out_of_memory", -11: "out_of_memory",
            1: "query_failed", 0: "query_failed"}  # fmt: skip
    for status, name in died.items():
        with pytest.raises(Refusal) as refused:
            sandbox._answer(status, b"")
        assert refused.value.name == name
