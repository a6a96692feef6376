"""The queries of the page's server: files of sql/, and those of lines behind a variance."""

from pathlib import Path

from doisoat.settlement.reconcile.letter.evidence import LINES, lines_query

SQL = Path(__file__).parents[1] / "sql"


def web_statement(name: str) -> str:
    """The text of a file of sql/ of this package, or of what letters read, too."""
    return lines_query(name) if name in LINES else (SQL / f"{name}.sql").read_text("utf-8")
