"""The process of one explanation: an owner's history may be long, so it has limits of its own.

    python -m doisoat.settlement.web.explain_process HOME EVENT LANGUAGE

stdout: {"explanation", "text"}, or {"error": {"what", "where", "mend"}} with exit status 1.
"""

import json
import resource
import sys
from pathlib import Path
from uuid import UUID

from doisoat.errors import DoisoatError

MEMORY = 6 << 30  # bytes of address space
CPU_SECONDS = 120


def main() -> int:
    home, event, language = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    from doisoat.settlement.explain.explain import explain
    from doisoat.settlement.explain.text import Teller

    try:
        explanation = explain(Path(home), UUID(event).int)
        lines = list(Teller(explanation).lines(language))
    except DoisoatError as error:
        print(json.dumps(error.as_object(), ensure_ascii=False))
        return error.exit_code
    print(json.dumps({"explanation": explanation.as_object(), "text": lines}, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
