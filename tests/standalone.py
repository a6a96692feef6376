"""A Spark of one's own on 127.0.0.1: a standalone master and workers, as processes of ours.

.venv/bin/python -m tests.standalone          says its address, and runs until Ctrl-C
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

HOST = "127.0.0.1"
# A host each: Spark tries no task twice on one host.
WORKER_HOSTS = ("127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4")
START_SECONDS = 120
CLASSES = "org.apache.spark.deploy"


class Cluster(NamedTuple):
    """master: its address; workers: the processes of the workers, each the first of its group."""

    master: str
    workers: list[subprocess.Popen[bytes]]
    logs: Path


def is_here() -> str | None:
    """Why no Spark can be started here, or None."""
    from doisoat.engine.executors import spark_address as address
    from doisoat.errors import ExecutorError

    try:
        address.check(None)
    except ExecutorError as error:
        return error.what
    return None


def free_port() -> int:
    with socket.socket() as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def started(folder: Path, workers: int = 2, memory: str = "1g") -> Iterator[Cluster]:
    """A master and so many workers of one core each, registered; they end with the block."""
    import pyspark

    home = Path(str(pyspark.__file__)).parent
    port, page = free_port(), free_port()
    master = f"spark://{HOST}:{port}"
    running: list[subprocess.Popen[bytes]] = []

    def start(name: str, host: str, *args: str) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": host,
            "SPARK_WORKER_DIR": str(folder / name), "SPARK_DAEMON_MEMORY": "256m",
        }  # fmt: skip
        with (folder / f"{name}.log").open("wb") as log:
            one = subprocess.Popen(
                [str(home / "bin" / "spark-class"), f"{CLASSES}.{args[0]}", *args[1:]],
                env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        running.append(one)
        return one

    try:
        start("master", HOST, "master.Master", "--host", HOST, "--port", str(port),
              "--webui-port", str(page))  # fmt: skip
        made = [
            start(f"worker{at}", host, "worker.Worker", "--host", host, "--cores", "1", "--memory",
                  memory, "--webui-port", "0", master)
            for at, host in enumerate(WORKER_HOSTS[:workers])
        ]  # fmt: skip
        wait_for(page, workers, folder)
        yield Cluster(master, made, folder)
    finally:
        for one in running:
            kill(one)


def kill(one: subprocess.Popen[bytes]) -> None:
    """kill -9 of a daemon and of all that it started: executors and their Pythons."""
    for pid in (*descendants(one.pid), one.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    one.wait()


def descendants(pid: int) -> list[int]:
    """The processes below one, the nearest first."""
    found, parents = [], {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                stat = (entry / "stat").read_text().rpartition(") ")[2].split()
                parents[int(entry.name)] = int(stat[1])
    at = [pid]
    for one in at:
        below = [child for child, parent in parents.items() if parent == one]
        found += below
        at += below
    return found


def wait_for(page: int, workers: int, logs: Path) -> None:
    """Until so many workers are registered, as the master's page says."""
    since = time.monotonic()
    while time.monotonic() - since < START_SECONDS:
        with (
            contextlib.suppress(OSError, ValueError),
            urllib.request.urlopen(f"http://{HOST}:{page}/json/", timeout=5) as answer,
        ):
            if json.load(answer)["aliveworkers"] >= workers:
                return
        time.sleep(0.2)
    raise TimeoutError(f"{workers} workers did not come: see {logs}")


def main() -> None:
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    with tempfile.TemporaryDirectory() as folder, started(Path(folder)) as cluster:
        print(f"doisoat settle --executor spark --master {cluster.master}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
