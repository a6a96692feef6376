"""python -m tests.conformance DIR [--write PAGE]: exit 1 if a row is unequal, 2 if DIR is none."""

import argparse
import sys
from pathlib import Path

from tests.conformance.model import BadFile
from tests.conformance.run import page, reports_of


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance")
    parser.add_argument("folder", type=Path, help="holds the folder vectors")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="write the page of the counts")
    chosen = parser.parse_args(arguments)
    try:
        reports = reports_of(chosen.folder)
    except BadFile as error:
        print(f"conformance: {error}", file=sys.stderr)
        return 2
    for report in reports:
        print(*report.told(), sep="\n")
    if chosen.write is not None:
        chosen.write.write_text(page(reports), "utf-8")
    return int(any(report.unequal for report in reports))


if __name__ == "__main__":
    sys.exit(main())
