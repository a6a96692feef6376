"""A process that tries blocks of files: it may die of one, and whoever started it knows of which.

Blocks come on stdin, a JSON object a line; on stdout go the steps (`file 17`) and, behind `done `,
what became of the block. What native code says on stderr is a finding, so stderr is a file.
"""

import json
import os
import resource
import signal
import sys
from pathlib import Path

from tests.fuzz.trial import Block, try_block

MEMORY_BYTES = 8 << 30  # of address space: more than polars reserves, less than a bomb takes


def main() -> None:
    """Try blocks until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us.
    if "libasan" not in os.environ.get("LD_PRELOAD", ""):  # It reserves terabytes for itself.
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    folder = Path(sys.argv[1])
    for line in sys.stdin:
        asked = json.loads(line)
        block, skip = Block(**asked["block"]), frozenset(asked["skip"])
        told = try_block(block, folder, skip, lambda step: print(step, flush=True))
        print("done", json.dumps(told.as_object()), flush=True)


if __name__ == "__main__":
    main()
