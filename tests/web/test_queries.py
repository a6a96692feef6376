"""The worked queries that the page ships are those of docs/audit-queries.md, word for word."""

from doisoat.settlement.web.table_browser import worked_queries
from tests.audit_page import PAGE, QUESTION, questions


def test_the_pages_queries_are_those_of_the_document():
    text = PAGE.read_text("utf-8")
    shipped = worked_queries()
    assert [(one.number, one.title, one.must_be_none, one.query) for one in questions(text)] == [
        (one.number, one.title_vi, one.none_expected, one.sql) for one in shipped
    ]
    said = [found[3] for found in QUESTION.finditer(text)]
    for one, words in zip(shipped, said, strict=True):
        assert words.startswith(f"*{one.title_en}* Mỗi dòng: ")
        assert f" *Grain: {one.grain}.*" in words
