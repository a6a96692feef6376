"""The process of one query: it gives up all it can, runs the query, tells what came, and ends.

    python -I -m doisoat.settlement.web.queries.query_process    in the folder of the file

stdin: {"sql", "file", "rows", "bytes", "memory", "cpu_seconds", "milliseconds", "isolate", "zone"};
stdout:
a line {"refused", "about", "place"}, or a line {"rows": how many} and then {"columns", "types",
"rows", "truncated"}, which whoever started it hands on without reading it. It imports nothing of
ours that imports more, since each query pays for it.
"""

import ctypes
import json
import os
import resource
import signal
import sys
import zoneinfo
from typing import Any

import duckdb

from doisoat.settlement.web.queries.json_values import Plain, plain
from doisoat.settlement.web.queries.query_rules import Refused, error_of, error_place, refusal_of

BEYOND_DUCKDB = 1_200 << 20  # bytes of address space beside DuckDB's own limit
FILES_MAX = 32
FETCHED = 256  # rows at a time
CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWIPC = 0x10000000, 0x40000000, 0x08000000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
NOTHING = (0, 0)
NAME_MAX = 60  # characters of an unknown name that are told
DEPTH_MAX = 5_000  # of a query's tree, as JSON

OF_ERROR: tuple[tuple[type[duckdb.Error], str], ...] = (
    (duckdb.OutOfMemoryException, "out_of_memory"),
    (duckdb.InterruptException, "too_long"),
    (duckdb.PermissionException, "query_failed"),
    (duckdb.ParserException, "not_sql"),
    (duckdb.SyntaxException, "not_sql"),
    (duckdb.CatalogException, "unknown_name"),
    (duckdb.BinderException, "unknown_name"),
    (duckdb.TypeMismatchException, "wrong_types"),
    (duckdb.ConversionException, "wrong_value"),
    (duckdb.OutOfRangeException, "wrong_value"),
    (duckdb.InvalidInputException, "wrong_value"),
)
MEMORY_WORDS = ("out of memory", "bad_alloc", "bad allocation", "cannot allocate")


class Isolation(OSError):
    """The system gives no namespace or root of one's own."""


def main() -> None:
    request = json.loads(sys.stdin.buffer.read())
    sys.setrecursionlimit(DEPTH_MAX)
    try:
        give_up(request)
        answer = answer_of(request)
    except Isolation:
        answer = _refused(Refused("console_closed"), "")
    except MemoryError:
        answer = _refused(Refused("out_of_memory"), "")
    line = answer if "refused" in answer else {"rows": len(answer["rows"])}
    sys.stdout.buffer.write(json.dumps(line).encode() + b"\n")
    if line is not answer:
        body = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
        sys.stdout.buffer.write(body.encode("utf-8", "replace"))
    sys.stdout.buffer.flush()
    os._exit(0)  # what a query left behind needs no tidying, which may take long


def give_up(request: dict[str, Any]) -> None:
    """Network, files, memory, time, processes. Raises: Isolation."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    zoneinfo.ZoneInfo(request["zone"])  # read now: later there are no files
    if request["isolate"]:
        if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC) != 0:
            raise Isolation(ctypes.get_errno(), "unshare")
        try:
            os.chroot(".")
        except OSError as error:
            raise Isolation(error.errno, "chroot") from error
        os.chdir("/")
    memory = request["memory"] + BEYOND_DUCKDB
    for kind, limit in (
        (resource.RLIMIT_AS, (memory, memory)),
        (resource.RLIMIT_CPU, (request["cpu_seconds"], request["cpu_seconds"] + 1)),
        (resource.RLIMIT_FSIZE, NOTHING),
        (resource.RLIMIT_CORE, NOTHING),
        (resource.RLIMIT_NPROC, NOTHING),
        (resource.RLIMIT_NOFILE, (FILES_MAX, FILES_MAX)),
        (resource.RLIMIT_MEMLOCK, NOTHING),
        (resource.RLIMIT_MSGQUEUE, NOTHING),
    ):
        resource.setrlimit(kind, limit)


def connected(request: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    """The file, to be read and nothing more; no setting can be changed."""
    connection = duckdb.connect(
        request["file"],
        read_only=True,
        config={
            "enable_external_access": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "python_enable_replacements": "false",
            "memory_limit": f"{request['memory'] >> 20}MiB",
            "threads": "1",
            "temp_directory": "",
            "max_execution_time": str(request["milliseconds"]),
        },
    )
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET errors_as_json = true")
    connection.execute(f"SET GLOBAL TimeZone = '{request['zone']}'")
    connection.execute("SET lock_configuration = true")
    return connection


def answer_of(request: dict[str, Any]) -> dict[str, Any]:
    """What a query comes to."""
    connection = connected(request)
    refused = refusal_of(connection, request["sql"])
    if refused is None:
        try:
            return _rows(connection, request)
        except duckdb.Error as error:
            refused = _named(error)
    return _refused(refused, request["sql"])


def _refused(refused: Refused, sql: str) -> dict[str, Any]:
    """A refusal as it is handed on: its place in characters of the query."""
    place = None
    if refused.place is not None:
        begin, length = refused.place
        whole = sql.encode("utf-8", "replace")
        before, there = whole[:begin], whole[begin : begin + length]
        place = [len(part.decode("utf-8", "ignore")) for part in (before, there)]
    return {"refused": refused.name, "about": refused.about, "place": place}


def _rows(connection: duckdb.DuckDBPyConnection, request: dict[str, Any]) -> dict[str, Any]:
    """As many rows as may be told, and whether there were more."""
    result = connection.execute(request["sql"])
    about = result.description or []
    rows: list[list[Plain]] = []
    size, truncated = 0, False
    while not truncated and (fetched := result.fetchmany(FETCHED)):
        for row in fetched:
            told_row = [plain(value) for value in row]
            size += len(json.dumps(told_row, ensure_ascii=False).encode("utf-8", "replace"))
            truncated = len(rows) >= request["rows"] or size > request["bytes"]
            if truncated:
                break
            rows.append(told_row)
    if truncated and not rows:
        return _refused(Refused("output_too_large"), "")
    return {
        "columns": [column[0] for column in about],
        "types": [str(column[1]) for column in about],
        "rows": rows,
        "truncated": truncated,
    }


def _named(error: duckdb.Error) -> Refused:
    """An error by a name of ours; of its text only what the query itself said."""
    text = str(error)
    if any(word in text.lower() for word in MEMORY_WORDS):
        return Refused("out_of_memory")
    if "read-only" in text:
        return Refused("read_only")
    for kind, name in OF_ERROR:
        if isinstance(error, kind):
            unknown = str(error_of(error).get("name", "")) if name == "unknown_name" else ""
            return Refused(name, unknown[:NAME_MAX], error_place(error))
    return Refused("query_failed")


if __name__ == "__main__":
    main()
