"""Runs one query of the console in a process of its own (child.py), and never waits for it long."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.civil_time import zone_in_use
from doisoat.settlement.web.requests.refusals import Refusal

CHILD = "doisoat.settlement.web.queries.query_process"
WHERE = "query"
SPARE_BYTES = 1 << 20  # of an answer, for names of columns and commas


class Limits(NamedTuple):
    """What a query may use."""

    memory: int = 1 << 30  # bytes, by DuckDB; its process has 1.2 GiB more of address space
    seconds: int = 30  # by the clock, and of processor time
    rows: int = 10_000
    size: int = 8 << 20  # bytes of rows


class QueryResult(NamedTuple):
    """What a query came to: how many rows, and columns, types and rows as an object of JSON."""

    rows: int
    body: bytes


class Sandbox:
    """How queries of a server are run."""

    def __init__(self, limits: Limits, *, isolate: bool = True) -> None:
        self.limits, self._isolate = limits, isolate

    async def run(self, file: Path, sql: str, rows: int | None = None) -> QueryResult:
        """What a query comes to. Raises: Refusal."""
        limits = self.limits
        request = {
            "sql": sql, "file": file.name, "isolate": self._isolate, "memory": limits.memory,
            "zone": zone_in_use().name,
            "cpu_seconds": limits.seconds, "milliseconds": limits.seconds * 1000,
            "rows": min(limits.rows, rows or limits.rows), "bytes": limits.size,
        }  # fmt: skip
        status, output = await self._child(file.parent, json.dumps(request).encode())
        return _answer(status, output)

    async def probe(self, file: Path) -> bool:
        """Can a query be kept apart on this machine?"""
        try:
            return (await self.run(file, "SELECT 1")).rows == 1
        except Refusal:
            return False

    async def _child(self, folder: Path, request: bytes) -> tuple[int, bytes]:
        """Its exit status and what it wrote; killed when it takes too long, or nobody waits."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-m", CHILD, cwd=folder, env=_environment(),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            async with asyncio.timeout(self.limits.seconds + 2):
                output = await self._spoken(process, request)
                return await process.wait(), output
        except TimeoutError:
            raise Refusal("too_long", WHERE) from None
        finally:
            if process.returncode is None:
                process.kill()
                await asyncio.shield(process.wait())

    async def _spoken(self, process: asyncio.subprocess.Process, request: bytes) -> bytes:
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(request)
            await process.stdin.drain()
            process.stdin.close()
        except (BrokenPipeError, ConnectionResetError):
            return b""  # It is dead: its status says more.
        pieces, size = [], 0
        while piece := await process.stdout.read(1 << 16):
            size += len(piece)
            if size > self.limits.size + SPARE_BYTES:
                raise Refusal("output_too_large", WHERE)
            pieces.append(piece)
        return b"".join(pieces)


def _environment() -> dict[str, str]:
    """Nothing of the server's own, which may hold what is nobody's business."""
    environment = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return {**environment, "TZ": zone_in_use().name, "LANG": "C.UTF-8", "PATH": os.defpath}


def _answer(status: int, output: bytes) -> QueryResult:
    if status == -signal.SIGXCPU or status == -signal.SIGKILL:
        raise Refusal("too_long", WHERE)
    if status in (-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS):  # no memory to say so
        raise Refusal("out_of_memory", WHERE)
    line, _, body = output.partition(b"\n")
    try:
        summary: dict[str, Any] = json.loads(line)
    except ValueError:
        raise Refusal("query_failed", WHERE) from None
    if "refused" in summary:
        raise Refusal(summary["refused"], WHERE, summary["about"], place=summary["place"])
    return QueryResult(summary["rows"], body)
