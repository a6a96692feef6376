"""Search: what a text is known by, for whom; and that no telephone number is kept of it."""

import shutil

import duckdb
import pytest

from doisoat.engine.store.home import open_home
from doisoat.settlement.web.headings import HEADINGS
from doisoat.settlement.web.readers.audience import AUDITOR
from doisoat.settlement.web.readers.statements import web_statement
from doisoat.settlement.web.search import HITS_MAX, hits
from tests.integration.conftest import done, passphrase_in
from tests.test_typed_words import NUMBERS
from tests.web.test_views import rows

MONTH = "2021-08"


@pytest.fixture(scope="module")
def face(home):
    with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as opened:
        yield opened


def found(asker, text):
    answer = asker.post("/api/search", {"q": text})
    assert answer.status == 200
    return rows(answer.json, "hits")


def by(hits, *names):
    return [tuple(hit[name] for name in names) for hit in hits]


def log_of(home):
    return (home / "web/access.jsonl").read_text("utf-8")


def test_an_event_is_found_by_its_id_or_the_beginning_of_it(auditor, face):
    ids = face.execute(
        "SELECT CAST(event_id AS VARCHAR), carrier FROM usage.event USING SAMPLE 5"
    ).fetchall()
    for event, carrier in ids:
        for text in (event, event.upper(), event[:8], event.replace("-", "")):
            alike = [
                other
                for (other,) in face.execute(
                    "SELECT CAST(event_id AS VARCHAR) FROM usage.event "
                    "WHERE starts_with(replace(CAST(event_id AS VARCHAR), '-', ''), ?) ORDER BY 1",
                    [text.lower().replace("-", "")],
                ).fetchall()
            ]
            told = [hit for hit in found(auditor, text) if hit["what"] == "event"]
            assert [hit["id"] for hit in told] == alike
            assert (event, carrier) in by(told, "id", "carrier")
    assert found(auditor, ids[0][0][:7]) == []
    assert found(auditor, f"{ids[0][0][:6]}-{ids[0][0][6:8]}0") == []  # dashes of another thing


def test_an_event_is_looked_up_by_a_range_of_its_id(face):
    (event,) = face.execute("SELECT CAST(event_id AS VARCHAR) FROM usage.event LIMIT 1").fetchone()
    of = {"first": event, "last": f"{event[:8]}-ffff-ffff-ffff-ffffffffffff", "most": HITS_MAX}
    explained = f"EXPLAIN (FORMAT json) {web_statement('search_events')}"
    ((_, plan),) = face.execute(explained, of).fetchall()
    assert "event_id>=" in plan.replace(" ", "") and "LIKE" not in plan.upper()


def test_names_are_found_without_accents_and_case(auditor):
    assert by(found(auditor, "m4"), "what", "id", "is_exact") == [("measure", "M4", True)]
    assert ("measure", "M6") in by(found(auditor, "tang 50 PHUT"), "what", "id")
    assert ("carrier", "viettel", True) in by(found(auditor, "Viettel"), "what", "id", "is_exact")
    assert ("pack", "viettel.VX3") in by(found(auditor, "vx3"), "what", "id")
    assert ("plan", "viettel.Tomato") in by(found(auditor, "tomato"), "what", "id")
    assert found(auditor, "không có gì như thế") == found(auditor, "a") == found(auditor, "%") == []


def test_statements_are_found_by_month_and_carrier(auditor, carrier):
    of_one = by(found(auditor, f"BB-{MONTH}/vnpt"), "what", "carrier", "is_exact")
    assert of_one == [("statement", "vnpt", True)]
    of_month = found(auditor, "BB-2021-08-01")
    assert [hit["what"] for hit in of_month[:2]] == ["month", "statement"]
    carriers = [row[0] for row in auditor.get("/api/carriers").json["carriers"]["rows"]]
    assert [hit["carrier"] for hit in of_month[1:]] == carriers
    assert by(found(auditor, "08/2021"), "id", "is_exact")[0] == (MONTH, True)
    assert found(auditor, "2021-07") == []
    assert [hit["carrier"] for hit in found(carrier, MONTH)] == [None, "viettel"]


def test_a_signed_statement_is_found_by_its_number(home, tmp_path):
    signed, key, secret = tmp_path / "out", tmp_path / "k.key", passphrase_in(tmp_path)
    shutil.copytree(home, signed, ignore=shutil.ignore_patterns("open-*"))
    done("signer", "new", "ke-toan", "--key", key, "--passphrase-file", secret)
    done("signer", "add", "--key", key, "--home", signed)
    done("sign", MONTH, "--no-pack", "--key", key, "--passphrase-file", secret, "--home", signed)
    with duckdb.connect(str(signed / "relief.duckdb"), read_only=True) as cursor:
        told = hits(open_home(signed), cursor, AUDITOR, "01/2021/ds-vnpt").as_object()
    (hit,) = rows(told, "hits")
    assert (hit["carrier"], hit["name"], hit["is_exact"]) == ("vnpt", "01/2021/DS-VNPT", True)


def test_a_file_is_found_by_its_name_and_tells_what_became_of_its_records(auditor, face):
    name, number, digest = face.execute(
        "SELECT name, source_file, sha256 FROM usage.source_file "
        "JOIN usage.suspense USING (source_file) ORDER BY ALL LIMIT 1"
    ).fetchone()
    for text in (name, digest, digest[:10]):
        assert ("file", str(number)) in by(found(auditor, text), "what", "id")
    told = auditor.get(f"/api/file/{number}").json
    counts = dict(told["counts"]["rows"])
    tables = {"events": "usage.event", "suspense": "usage.suspense"}
    for what, table in tables.items():
        (count,) = face.execute(
            f"SELECT count(*) FROM {table} WHERE source_file = ?", [number]
        ).fetchone()
        assert counts[what] == count > 0
    for what in counts:
        answer = auditor.get(f"/api/file/{number}?of={what}&limit=3").json
        assert answer["count"] == counts[what]
        assert len(answer[what]["rows"]) == min(3, counts[what])
        assert set(answer[what]["columns"]) <= set(HEADINGS)
    assert auditor.get("/api/file/99999").refused == "not_found"
    assert auditor.get("/api/file/x").refused == "bad_value"
    assert auditor.get(f"/api/file/{number}?of=x").refused == "bad_value"


def test_others_find_what_their_file_has(auditor, reader, carrier, face):
    event, file = face.execute(
        "SELECT CAST(event_id AS VARCHAR), name FROM usage.event "
        "JOIN usage.source_file USING (source_file) LIMIT 1"
    ).fetchone()
    for asker in (reader, carrier):
        assert found(asker, event) == found(asker, file) == []
        assert ("measure", "M4") in by(found(asker, "M4"), "what", "id")
        assert asker.get("/api/file/0").refused == "not_allowed"
    assert {hit["carrier"] for hit in found(carrier, f"{MONTH} vnpt")} <= {None, "viettel"}


def test_a_number_is_refused_and_neither_logged_nor_said_again(auditor, home):
    before = log_of(home)
    for number in NUMBERS:
        answer = auditor.post("/api/search", {"q": number})
        assert (answer.status, answer.refused) == (400, "number_searched")
        assert number not in answer.body.decode()
    assert log_of(home) == before
    found(auditor, "VX3 viettel")
    line = log_of(home).removeprefix(before)
    assert '"what":"search"' in line and "VX3" not in line


def test_the_text_is_of_a_body_alone(auditor, stranger):
    assert auditor.get("/api/search?q=M4").status == 405
    assert stranger.post("/api/search", {"q": "M4"}).refused == "not_logged_in"
    assert auditor.post("/api/search", {"q": 7}).refused == "malformed"
    assert auditor.post("/api/search", {"q": "x" * 201}).refused == "too_large"


def test_of_many_some_are_told(auditor):
    answer = auditor.post("/api/search", {"q": "usage"}).json
    files = [hit for hit in rows(answer, "hits") if hit["what"] == "file"]
    assert len(files) == HITS_MAX and answer["more"] == ["file"]
