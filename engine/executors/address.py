"""Is there a Spark at an address: asked before a JVM begins, which would wait for minutes."""

import os
import re
import socket
from importlib.util import find_spec
from shutil import which

from doisoat.errors import ExecutorError

CONNECT_SECONDS = 3
STANDALONE = re.compile(r"spark://(?P<hosts>[^/\s]+)")
HOST = re.compile(r"(?P<host>\[[0-9a-fA-F:]+\]|[^:\[\]]+):(?P<port>\d{1,5})")
OTHERS = re.compile(r"local(\[(\d+|\*)(,\d+)?\])?|yarn|k8s://\S+")
MEND = "write --master spark://HOST:7077, local[2], yarn or k8s://https://HOST:PORT"


def has_java() -> bool:
    """Spark takes the Java of JAVA_HOME where that is set, else the one of the path."""
    java = os.environ.get("JAVA_HOME")
    return which(os.path.join(java, "bin", "java") if java else "java") is not None


def check(master: str | None) -> None:
    """Refuse an address at which no Spark can be, and a machine that cannot speak to one.

    Raises: ExecutorError.
    """
    if find_spec("pyspark") is None:
        raise ExecutorError("pyspark is not installed", "spark", "pip install 'doisoat[spark]'")
    if not has_java():
        raise ExecutorError(
            "no Java is here, which Spark runs on", "spark",
            "install Java 17 or 21 (Debian: apt-get install openjdk-17-jre-headless)",
        )  # fmt: skip
    if master is None or OTHERS.fullmatch(master):
        return
    found = STANDALONE.fullmatch(master)
    if found is None:
        raise ExecutorError("not the address of a Spark", f"--master {master}", MEND)
    refused = []
    for one in found["hosts"].split(","):
        named = HOST.fullmatch(one)
        if named is None:
            raise ExecutorError(f"{one} is no HOST:PORT", f"--master {master}", MEND)
        try:
            address = named["host"].strip("[]"), int(named["port"])
            socket.create_connection(address, timeout=CONNECT_SECONDS).close()
            return
        except (OSError, OverflowError) as error:
            refused.append(f"{one}: {getattr(error, 'strerror', None) or error}")
    raise ExecutorError(
        f"no Spark answers ({'; '.join(refused)})", f"--master {master}",
        "start the master (docs/cluster.md), or name the one that runs",
    )  # fmt: skip
