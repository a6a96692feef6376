"""Checks that a Spark answers at an address, before a JVM starts and waits for minutes."""

import os
import re
import socket
from importlib.util import find_spec
from shutil import which

from doisoat.errors import ExecutorError
from doisoat.messages.text import message

CONNECT_SECONDS = 3
STANDALONE = re.compile(r"spark://(?P<hosts>[^/\s]+)")
HOST = re.compile(r"(?P<host>\[[0-9a-fA-F:]+\]|[^:\[\]]+):(?P<port>\d{1,5})")
NOT_STANDALONE = re.compile(r"local(\[(\d+|\*)(,\d+)?\])?|yarn|k8s://\S+")
FORMS = "--master spark://HOST:7077, local[2], yarn"
MEND = message("write {forms} or k8s://https://HOST:PORT", forms=FORMS)


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
            message("pyspark is not installed"),
            "spark",
            message("install it: {install}", install=install),
        )
    if not has_java():
        raise ExecutorError(
            message("no Java is here, which Spark runs on"),
            "spark",
            message("install Java 17 or 21 (Debian: apt-get install openjdk-17-jre-headless)"),
        )
    if master is None or NOT_STANDALONE.fullmatch(master):
        return
    parsed = STANDALONE.fullmatch(master)
    if parsed is None:
        raise ExecutorError(message("not the address of a Spark"), f"--master {master}", MEND)
    refused = []
    for host in parsed["hosts"].split(","):
        named = HOST.fullmatch(host)
        if named is None:
            raise ExecutorError(
                message("{host} is no HOST:PORT", host=host), f"--master {master}", MEND
            )
        try:
            address = named["host"].strip("[]"), int(named["port"])
            socket.create_connection(address, timeout=CONNECT_SECONDS).close()
            return
        except (OSError, OverflowError) as error:
            refused.append(f"{host}: {getattr(error, 'strerror', None) or error}")
    reasons = "; ".join(refused)
    raise ExecutorError(
        message("no Spark answers ({reasons})", reasons=reasons),
        f"--master {master}",
        message("start the master (docs/cluster.md), or name the one that runs"),
    )
