"""The queries of docs/audit-queries.md and their answers.

    python -m tests.audit_page --write [--home out]    writes the answers of the default world

A question of the page is a section with a block of SQL and a block of text, its answer: its head
is in Vietnamese, the line below it begins with the English.
"""

import argparse
import os
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "audit-queries.md"
QUESTION = re.compile(
    r"^## (\d+)\. (.*?)\n(.*?)```sql\n(.*?)```\n\n```text\n(.*?)```\n", re.M | re.S
)
NONE = "(none)"
OTHER = "is not the default world, or was published before schema audit: remove it, make settle"
THREADS = 2


@dataclass(frozen=True, slots=True)
class Question:
    """A question, whether any row is a fault, how it is put to the database, and what it gives."""

    number: int
    title: str
    must_be_none: bool
    query: str
    answer: str


def questions(text: str) -> list[Question]:
    """The questions of the page, in order."""
    return [
        Question(int(number), title, "None may come back" in said, query, answer)
        for number, title, said, query, answer in QUESTION.findall(text)
    ]


def open_face(path: Path) -> duckdb.DuckDBPyConnection:
    """relief.duckdb as an auditor opens it."""
    return duckdb.connect(str(path), read_only=True, config={"threads": str(THREADS)})


def default_digest() -> str:
    """The result digest of the default world, as the README states it."""
    (digest,) = re.findall(
        r"^\| digest \| `([0-9a-f]{64})` \|", (ROOT / "README.md").read_text(), re.M
    )
    return str(digest)


def is_default(path: Path) -> bool:
    """Is that the face of a home in which the default world alone is settled, of today's form?"""
    if not path.exists():
        return False
    with open_face(path) as face:
        ((macros,),) = face.execute(
            "SELECT count(*) FROM duckdb_functions() WHERE schema_name = 'audit'"
        ).fetchall()
        digests = face.execute("SELECT digest FROM rated.run").fetchall()
    return macros > 0 and digests == [(default_digest(),)]


def asked(face: duckdb.DuckDBPyConnection, query: str) -> tuple[list[str], list[tuple[str, ...]]]:
    """Names of the columns and rows as text: what a query gives."""
    found = face.execute(query)
    names = [column[0] for column in found.description or ()]
    return names, [tuple(map(_shown, row)) for row in found.fetchall()]


def _shown(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def answer(names: list[str], rows: list[tuple[str, ...]]) -> str:
    """Rows as the page prints them: columns in line, numbers to the right."""
    if not rows:
        return f"{NONE}\n"
    columns = list(zip(names, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    right = [all(re.fullmatch(r"-?\d*", text) for text in column[1:]) for column in columns]
    lines = [
        "  ".join(
            text.rjust(width) if is_right else text.ljust(width)
            for text, width, is_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in [tuple(names), *rows]
    ]
    return "\n".join(lines) + "\n"


def answered(text: str, face: duckdb.DuckDBPyConnection) -> str:
    """The page with the answers of a database; what each took goes to stderr."""

    def put(found: re.Match[str]) -> str:
        began, computed = time.monotonic(), time.process_time()
        told = answer(*asked(face, found[4]))
        took, computed = time.monotonic() - began, time.process_time() - computed
        print(f"{found[1]:>3}. {took:6.2f} s, {computed:6.2f} s of computing", file=sys.stderr)
        start, end = found.start(5) - found.start(), found.end(5) - found.start()
        return found[0][:start] + told + found[0][end:]

    return QUESTION.sub(put, text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", required=True)
    parser.add_argument("--home", type=Path, default=Path(os.environ.get("DOISOAT_HOME", "out")))
    path = parser.parse_args().home / "relief.duckdb"
    if not is_default(path):
        print(f"{path} {OTHER}", file=sys.stderr)
        return 1
    with open_face(path) as face:
        PAGE.write_text(answered(PAGE.read_text("utf-8"), face), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
