"""Checks that a Spark answers at an address, before a JVM starts and waits for minutes."""

import os
import re
import socket
from importlib.util import find_spec
from shutil import which

from doisoat.errors import ExecutorError

CONNECT_SECONDS = 3
STANDALONE = re.compile(r"spark://(?P<hosts>[^/\s]+)")
HOST = re.compile(r"(?P<host>\[[0-9a-fA-F:]+\]|[^:\[\]]+):(?P<port>\d{1,5})")
NOT_STANDALONE = re.compile(r"local(\[(\d+|\*)(,\d+)?\])?|yarn|k8s://\S+")
FORMS = "--master spark://HOST:7077, local[2], yarn"
MEND = f"viết {FORMS} hoặc k8s://https://HOST:PORT | write {FORMS} or k8s://https://HOST:PORT"


def has_java() -> bool:
    """Spark takes the Java of JAVA_HOME where that is set, else the one of the path."""
    java = os.environ.get("JAVA_HOME")
    return which(os.path.join(java, "bin", "java") if java else "java") is not None


def check(master: str | None) -> None:
    """Refuse an address at which no Spark can be, and a machine that cannot speak to one.

    Raises: ExecutorError.
    """
    if find_spec("pyspark") is None:
        install = "pip install 'doisoat[spark]'"
        raise ExecutorError(
            "chưa cài pyspark | pyspark is not installed",
            "spark",
            f"cài nó: {install} | install it: {install}",
        )
    if not has_java():
        raise ExecutorError(
            "máy này không có Java mà Spark cần | no Java is here, which Spark runs on",
            "spark",
            "cài Java 17 hoặc 21 (Debian: apt-get install openjdk-17-jre-headless) | install Java"
            " 17 or 21 (Debian: apt-get install openjdk-17-jre-headless)",
        )
    if master is None or NOT_STANDALONE.fullmatch(master):
        return
    parsed = STANDALONE.fullmatch(master)
    if parsed is None:
        raise ExecutorError(
            "không phải địa chỉ của Spark | not the address of a Spark", f"--master {master}", MEND
        )
    refused = []
    for host in parsed["hosts"].split(","):
        named = HOST.fullmatch(host)
        if named is None:
            raise ExecutorError(
                f"{host} không phải HOST:PORT | {host} is no HOST:PORT", f"--master {master}", MEND
            )
        try:
            address = named["host"].strip("[]"), int(named["port"])
            socket.create_connection(address, timeout=CONNECT_SECONDS).close()
            return
        except (OSError, OverflowError) as error:
            refused.append(f"{host}: {getattr(error, 'strerror', None) or error}")
    reasons = "; ".join(refused)
    raise ExecutorError(
        f"không có Spark nào trả lời ({reasons}) | no Spark answers ({reasons})",
        f"--master {master}",
        "chạy máy chủ Spark (docs/cluster.md), hoặc nêu máy chủ đang chạy | start the master"
        " (docs/cluster.md), or name the one that runs",
    )
