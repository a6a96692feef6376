"""What it takes the kernel to rate each edge: how many events go the general way, and the like.

    python -m tests.engine.efforts --write

The amounts are the same whichever way an event goes, so that nothing else would tell a fast path
that is never taken from one that is. What stands in efforts.json was looked at when it was written:
a change of it is a change of the kernel's ways, and must be meant.
"""

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

from tests.recorder import Recorded

KNOWN = Path(__file__).with_suffix(".json")
NAMES = ("quick", "general", "covered", "relieved", "fitted", "filled", "looked_through", "laws",
         "searched")  # fmt: skip
Efforts = tuple[int, ...]


def efforts_of(work: Any) -> Efforts:
    """Of a pass that is over, in the order of NAMES."""
    found = work.efforts()
    return tuple(found[name] for name in NAMES)


@cache
def known_efforts() -> dict[str, Efforts]:
    """Those of each edge, by its name."""
    rows = json.loads(KNOWN.read_text(encoding="utf-8"))
    return {name: tuple(row) for name, row in rows.items()}


def measured(inputs: tuple[Any, ...]) -> Efforts:
    one = Recorded(inputs)
    return efforts_of(one.again(one.events))


def main() -> int:
    from tests.engine.test_edges import EVERY

    if sys.argv[1:] != ["--write"]:
        print(__doc__)
        return 2
    rows = [f"{json.dumps(e.name)}: {json.dumps(measured(e.inputs))}" for e in EVERY]
    KNOWN.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
