"""A command of doisoat in a process apart, within limits: its object, and how far it is."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import Callable
from typing import Any

from doisoat.messages.text import halves_of
from doisoat.settlement.web.requests.refusals import Refusal

WHERE = "job"
MEMORY = 8 << 30  # bytes of address space
# A process limits itself. From outside the limit came at any moment after it had begun: when it was
# over, or had set a lower one, which only a privileged user may raise again.
MAIN = (
    f"import resource, sys; resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY}));"
    " from doisoat.cli import main; main(sys.argv[1:])"
)
OUTPUT_BYTES_MAX = 16 << 20
LINE_BYTES_MAX = 1 << 16
PATH = re.compile(r"(?:/[^\s/:'\"]+)+/?")


async def run_command(
    arguments: list[str],
    seconds: int,
    folder: str,
    advance: Callable[[int, int | None], None] = lambda count, total: None,
) -> dict[str, Any]:
    """The object that a command prints; killed when it takes too long, or nobody waits for it.

    Args: arguments: for Python, of a process that sets its own limit of memory.
    Raises: Refusal job_failed with what it said, without any path.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=folder, env=_environment(folder), start_new_session=True,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE, limit=LINE_BYTES_MAX,
    )  # fmt: skip
    try:
        async with asyncio.timeout(seconds):
            output, _ = await asyncio.gather(_output(process), _steps(process, advance))
            status = await process.wait()
    except TimeoutError:
        raise Refusal("too_long", WHERE) from None
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await asyncio.shield(process.wait())
    try:
        answer: dict[str, Any] = json.loads(output)
    except ValueError:
        raise Refusal("out_of_memory" if status < 0 else "job_failed", WHERE) from None
    if status:
        error = answer.get("error", {})
        where = error.get("where", "")
        fault = halves_of(error.get("what", ""))
        shown = fault.mapped(lambda half: PATH.sub("…", f"{where}: {half}").removeprefix("…: "))
        raise Refusal("job_failed", WHERE, shown)
    return answer


async def _output(process: asyncio.subprocess.Process) -> bytes:
    assert process.stdout is not None
    pieces, size = [], 0
    while piece := await process.stdout.read(LINE_BYTES_MAX):
        size += len(piece)
        if size > OUTPUT_BYTES_MAX:
            raise Refusal("output_too_large", WHERE)
        pieces.append(piece)
    return b"".join(pieces)


async def _steps(
    process: asyncio.subprocess.Process, advance: Callable[[int, int | None], None]
) -> None:
    """What a command says of its progress (--log-json)."""
    assert process.stderr is not None
    while True:
        try:
            line = await process.stderr.readline()
        except ValueError:  # longer than any step of ours
            continue
        if not line:
            return
        try:
            step = json.loads(line)
        except ValueError:
            continue
        if isinstance(step, dict) and step.get("step") == "progress":
            advance(step["done"], step["total"])


def _environment(folder: str) -> dict[str, str]:
    """The server's, without what would change what a command does."""
    environment = {
        name: text for name, text in os.environ.items() if not name.startswith("DOISOAT_")
    }
    return {**environment, "XDG_CONFIG_HOME": folder, "XDG_DATA_HOME": folder}
