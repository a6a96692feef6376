"""What an auditor's query may not do: each attack is refused by name, and the server goes on.

The server has small limits here, so that what eats memory or time is soon refused. Its processes
are looked at through /proc: no query took more than its limit, and none is left.
"""

import json
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from .conftest import Asker, serving

MEMORY_MIB, SECONDS = 128, 4
OF_A_CHILD_MAX = (MEMORY_MIB + 1_200 + 64) << 20  # its address space, and so what it can hold
LONG = 30

TABLES = ("function_refused", "table_refused", "only_select")
MEMORY = ("out_of_memory", "too_long", "output_too_large", "wrong_value", "query_failed")
NAMES = ("function_refused", "table_refused", "unknown_name", "not_sql")

ATTACKS = {
    # --- reading what is not the file's
    "a file by name": ("FROM '/etc/passwd'", TABLES),
    "a CSV file by name": ("SELECT * FROM 'x.csv'", TABLES),
    "read_text": ("SELECT * FROM read_text('/etc/passwd')", TABLES),
    "read_blob": ("SELECT * FROM read_blob('/proc/self/environ')", TABLES),
    "read_csv": ("SELECT * FROM read_csv('/etc/passwd', delim=':')", TABLES),
    "read_parquet": ("SELECT * FROM read_parquet('/**/*.parquet')", TABLES),
    "read_json": ("SELECT * FROM read_json_objects('../users.json')", TABLES),
    "read_duckdb": ("SELECT * FROM read_duckdb('/x.duckdb')", TABLES),
    "glob": ("SELECT * FROM glob('/**')", TABLES),
    "sniff_csv": ("SELECT * FROM sniff_csv('/etc/passwd')", TABLES),
    "parquet metadata": ("SELECT * FROM parquet_metadata('/x')", TABLES),
    "a function of the system by its whole name": (
        "SELECT * FROM system.main.read_text('/etc/passwd')", TABLES),
    "a function of main": ("SELECT * FROM main.read_text('/etc/passwd')", TABLES),
    "a scan of Python's names": ("SELECT * FROM connection", TABLES),
    "arrow_scan": ("SELECT * FROM arrow_scan(1, 2, 3)", TABLES),
    "over the network": ("SELECT * FROM 'https://example.org/x.parquet'", TABLES),
    "an attached file": ("ATTACH '/x.duckdb'", ("only_select",)),
    # --- settings, paths, other people's queries
    "duckdb_settings": ("SELECT * FROM duckdb_settings()", TABLES),
    "duckdb_databases": ("SELECT path FROM duckdb_databases()", TABLES),
    "its own view": ("SELECT * FROM pragma_database_list", TABLES),
    "its own view under a CTE's name": (
        "WITH a AS (WITH pragma_database_list AS (SELECT 1) SELECT 1)"
        " SELECT * FROM pragma_database_list", TABLES),
    "current_setting": ("SELECT current_setting('temp_directory')", TABLES),
    "current_setting by a chain": ("SELECT 'temp_directory'.current_setting()", TABLES),
    "current_setting in a lambda": (
        "SELECT list_transform(['access_mode'], lambda x: current_setting(x))", TABLES),
    "current_setting in an order": ("SELECT 1 ORDER BY current_setting('threads')", TABLES),
    "current_setting in a limit": (
        "SELECT 1 LIMIT (SELECT current_setting('threads')::INT)", TABLES),
    "getvariable": ("SELECT getvariable('x')", TABLES),
    "current_query": ("SELECT current_query()", TABLES),
    "secrets": ("SELECT * FROM duckdb_secrets()", TABLES),
    "logs": ("SELECT * FROM duckdb_logs", TABLES),
    "information_schema": ("SELECT * FROM information_schema.tables", TABLES),
    "sqlite_master": ("SELECT * FROM sqlite_master", TABLES),
    "SHOW": ("SHOW ALL TABLES", TABLES),
    "DESCRIBE": ("DESCRIBE rated.run", TABLES),
    "SUMMARIZE": ("SUMMARIZE rated.run", TABLES),
    "PRAGMA": ("PRAGMA database_list", ("only_select", "one_statement")),
    "a path in an error": ("SELECT * FROM rated.nothing", ("unknown_name",)),
    "a setting in an error": ("SELECT CAST('x' AS INTEGER)", ("wrong_value",)),
    # --- writing
    "COPY": ("COPY rated.run TO '/tmp/x.csv'", ("only_select",)),
    "COPY to stdout": ("COPY rated.run TO '/dev/stdout'", ("only_select",)),
    "EXPORT": ("EXPORT DATABASE '/tmp/x'", ("only_select",)),
    "INSERT": ("INSERT INTO rated.run SELECT * FROM rated.run", ("only_select",)),
    "DELETE in a CTE": (
        "WITH gone AS (DELETE FROM rated.run RETURNING *) SELECT * FROM gone",
        ("only_select", "read_only")),
    "INSERT in a CTE": (
        "WITH more AS (INSERT INTO rated.run SELECT * FROM rated.run RETURNING *)"
        " SELECT * FROM more", ("only_select", "read_only")),
    "CREATE": ("CREATE TEMP TABLE x AS SELECT 1", ("only_select",)),
    "a macro": ("CREATE TEMP MACRO f() AS 1", ("only_select",)),
    "SELECT INTO": ("SELECT 1 INTO x", ("not_sql", "only_select")),
    "SET": ("SET memory_limit = '100GB'", ("only_select",)),
    "RESET": ("RESET max_execution_time", ("only_select",)),
    "SET VARIABLE": ("SET VARIABLE x = 1", ("only_select",)),
    "nextval": ("SELECT nextval('x')", TABLES),
    "enable_logging": ("SELECT * FROM enable_logging()", TABLES),
    "write_log": ("SELECT write_log('x')", TABLES),
    "force_checkpoint": ("SELECT * FROM force_checkpoint()", TABLES),
    "INSTALL": ("INSTALL httpfs", ("only_select",)),
    "LOAD": ("LOAD '/tmp/x.duckdb_extension'", ("only_select",)),
    "PREPARE": ("PREPARE x AS SELECT 1", ("only_select",)),
    "CALL": ("CALL pragma_version()", ("only_select",)),
    "VACUUM": ("VACUUM", ("only_select",)),
    "EXPLAIN ANALYZE": ("EXPLAIN ANALYZE SELECT 1", ("only_select",)),
    "a query in a text": ("SELECT * FROM query('SELECT 1')", TABLES),
    "a table in a text": ("SELECT * FROM query_table('rated.run')", TABLES),
    "a query as JSON": ("SELECT * FROM json_execute_serialized_sql('{}')", TABLES),
    # --- what is no single SELECT
    "two": ("SELECT 1; SELECT 2", ("one_statement",)),
    "one hidden behind": ("SELECT 1; COPY rated.run TO '/tmp/x'", ("one_statement",)),
    "none": ("", ("empty_query",)),
    "a comment": ("-- nothing", ("empty_query",)),
    "a parameter": ("SELECT $1", ("no_parameters",)),
    "a named parameter": ("SELECT $x", ("no_parameters",)),
    "no SQL": ("SELEKT 1", ("not_sql",)),
    "a NUL": ("SELECT 1\0; DROP", ("not_sql",)),
    "too long a text": ("SELECT " + "1," * 60_000 + "1", ("query_too_long", "too_large")),
    "deep parentheses": ("SELECT " + "(" * 3_000 + "1" + ")" * 3_000, ("not_sql", "only_select")),
    "deep subqueries": (
        "SELECT * FROM " + "(SELECT * FROM " * 2_000 + "rated.run" + ")" * 2_000,
        ("not_sql", "only_select")),
    # --- memory
    "one long text": ("SELECT repeat('x', 4000000000)", MEMORY),
    "a long list": ("SELECT len(range(2000000000))", MEMORY),
    "a sorted list": ("SELECT list_sort(range(400000000))", MEMORY),
    "long texts": ("SELECT repeat('x', 100000000) FROM range(100)", MEMORY),
    "a doubling recursion": (
        "WITH RECURSIVE r AS (SELECT 'x' AS a UNION ALL SELECT a || a FROM r) SELECT * FROM r",
        MEMORY),
    "a list of all": ("SELECT list(a.i) FROM range(1000000000) a(i)", MEMORY),
    "a text of all": ("SELECT string_agg(i::VARCHAR, ',') FROM range(1000000000) a(i)", MEMORY),
    "many groups": ("SELECT i, count(*) FROM range(1000000000) a(i) GROUP BY i", MEMORY),
    "a sort": ("SELECT i FROM range(1000000000) a(i) ORDER BY hash(i)", MEMORY),
    "a window": ("SELECT sum(i) OVER (ORDER BY hash(i)) FROM range(1000000000) a(i)", MEMORY),
    "padding": ("SELECT lpad('x', 2000000000, 'y')", MEMORY),
    "formatting": ("SELECT printf('%2000000000d', 1)", MEMORY),
    "nested lists": ("SELECT [range(100000000), range(100000000), range(100000000)]", MEMORY),
    # --- time
    "a recursion without end": (
        "WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM r) SELECT max(a) FROM r",
        MEMORY),
    "a long range": ("SELECT count(*) FROM range(1000000000000)", ("too_long",)),
    "a cross join": (
        "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE hash(a, b) = 1",
        ("too_long", "wrong_types", "unknown_name", "wrong_value")),
    "a slow function": (
        "SELECT levenshtein(repeat('ab', 150000), repeat('ba', 150000))", MEMORY),
    "sleep": ("SELECT pg_sleep(1000)", TABLES),
    "sleep by milliseconds": ("SELECT sleep_ms(1000000)", TABLES),
    "sleep by a column": ("SELECT audit.sleep_ms() FROM (SELECT 1000000 AS audit)", TABLES),
    "sleep by a column in quotes": (
        'SELECT "AUDIT"."Sleep_MS"() FROM (SELECT 1000000 AS audit)', TABLES),
    "write_log by a column": ("SELECT audit.write_log() FROM (SELECT 'x' AS audit)", TABLES),
    "a plan by a column": (
        "SELECT audit.json_serialize_plan() FROM (SELECT 'SELECT 1' AS audit)", TABLES),
    "setseed by a column of a table": (
        "WITH audit AS (SELECT 0.5 AS audit) SELECT audit.setseed() FROM audit", TABLES),
    "sleep by a field": ("SELECT s.audit.sleep_ms() FROM (SELECT {'audit': 1} AS s)", TABLES),
    "a table macro as a value": ("SELECT audit.trace() FROM (SELECT 1 AS audit)", TABLES),
    "repeat_row": ("SELECT * FROM repeat_row(1, num_rows = 10000000000)", TABLES),
}  # fmt: skip
LEAKS = re.compile(
    r"/(?:tmp|root|home|proc|etc|usr|dev)\b|\.duckdb|Traceback|File \"|duckdb\.|memory_limit"
    r"|Error:|LINE \d"
)


@pytest.fixture(scope="module")
def served(home):
    """A server whose queries have little, and somebody logged in."""
    options = ("--query-memory", str(MEMORY_MIB), "--query-seconds", str(SECONDS))
    with serving(home, *options) as (url, process):
        token = Asker(url).log_in("kiem-toan").json["token"]
        yield Asker(url, token), process


@pytest.fixture(scope="module")
def watched(served):
    """The most memory that a process of a query held, by looking again and again."""
    most, stop = {"query": 0, "server": 0}, threading.Event()

    def look():
        while not stop.is_set():
            for pid in children_of(served[1].pid):
                most["query"] = max(most["query"], held(pid))
            most["server"] = max(most["server"], held(served[1].pid))
            time.sleep(0.05)

    looking = threading.Thread(target=look)
    looking.start()
    yield most
    stop.set()
    looking.join()


def children_of(pid):
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def held(pid):
    """Bytes that a process has in memory; 0 of one that ended."""
    try:
        told = re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.M)
    except OSError:
        return 0
    return int(told[1]) << 10 if told else 0


def test_there_are_sixty_attacks_and_more():
    assert len(ATTACKS) >= 60


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_by_name_and_the_server_goes_on(served, watched, attack):
    sql, names = ATTACKS[attack]
    asker, process = served
    began = time.monotonic()
    told = asker.query(sql)
    assert told.status in (400, 413, 422), told.body[:300]
    assert told.refused in names
    assert time.monotonic() - began < SECONDS + LONG
    error = told.json["error"]
    text = " ".join((error["what"], error["where"], error["mend"]))
    assert [found for found in LEAKS.findall(text) if found not in sql] == [], text
    assert process.poll() is None
    assert asker.query("SELECT count(*) FROM rated.run").json["rows"] == [[1]]
    assert watched["query"] <= OF_A_CHILD_MAX


def test_no_process_is_left_and_the_server_stayed_small(served, watched):
    asker, process = served
    asker.query("SELECT 1")
    until = time.monotonic() + 5
    while children_of(process.pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert children_of(process.pid) == []
    assert watched["query"] > 0 and watched["server"] < 1 << 30


def test_a_query_reaches_neither_network_nor_files_even_without_the_gate(home, tmp_path):
    """The second fence by itself: what a query's process can do, with the gate left open."""
    own = tmp_path / "own"
    own.mkdir()
    shutil.copyfile(home / "relief.duckdb", own / "relief.duckdb")
    own.chmod(0o500)  # as generation.py leaves it
    script = """
import json, os, socket, sys
from doisoat.settlement.web.queries import query_process as child
told = {"file": "relief.duckdb", "isolate": True, "memory": 128 << 20, "cpu_seconds": 5,
        "milliseconds": 5000, "zone": "Asia/Ho_Chi_Minh"}
child.give_up(told)
found = {}
def tried(name, work):
    try:
        found[name] = str(work())
    except OSError as error:
        found[name] = type(error).__name__
def connect():
    with socket.socket() as one:
        one.connect(("127.0.0.1", int(sys.argv[1])))
tried("network", connect)
tried("files", lambda: sorted(os.listdir("/")))
tried("passwd", lambda: open("/etc/passwd").read())
tried("write", lambda: open("/x", "w"))
tried("up", lambda: os.listdir("/.."))
connection = child.connected(told)
import duckdb
for name, sql in (("read", "SELECT * FROM read_text('/relief.duckdb')"),
                  ("copy", "COPY (SELECT 1) TO '/y.csv'"),
                  ("set", "SET enable_external_access = true")):
    try:
        connection.execute(sql).fetchall()
        found[name] = "done"
    except duckdb.Error as error:
        found[name] = type(error).__name__
print(json.dumps(found))
"""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = str(listening.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-c", script, port], cwd=own, capture_output=True, text=True
        )
    found = json.loads(done.stdout)
    assert found["files"] == found["up"] == "['relief.duckdb']"
    assert found["network"] in ("OSError", "ConnectionRefusedError")
    assert found["passwd"] == "FileNotFoundError"
    assert found["write"] == "PermissionError" and not (own / "x").exists()
    assert {found[name] for name in ("read", "copy", "set")} <= {
        "PermissionException", "InvalidInputException", "IOException"
    }  # fmt: skip
    assert not (own / "y.csv").exists()
