"""The page's files: whole, known, in two languages, and pointing nowhere else."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from doisoat.messages.catalogue import languages
from doisoat.messages.javascript import UnreadableCall, messages_in
from doisoat.settlement.reconcile.causes.causes import CAUSES, CHANCE
from doisoat.settlement.reconcile.letter import variance_words
from doisoat.settlement.reconcile.letter.cause_words import CAUSE_WORDS
from doisoat.settlement.records.explanation import VERDICTS
from doisoat.settlement.records.variance_states import MOVES, STATES
from doisoat.settlement.runs import period_state
from doisoat.settlement.web.actions import BY_STATE
from doisoat.settlement.web.pages import INDEX, STATIC, VENDOR, WORDS
from doisoat.settlement.web.vocabulary import CODES
from tests import messages
from tests.web.conftest import Asker

AXE = Path(__file__).with_name("vendor")
SOURCES = sorted(STATIC.rglob("*.js"))
KINDS = re.compile(r'\b(?:t\.(?:of|code|knows)|codesOf)\("(\w+)"')
LINES_MAX = 400


def test_what_the_page_has_of_others_is_what_was_taken_with_its_licence(stranger):
    for folder in (path for path in VENDOR.iterdir() if path.is_dir()):
        listed = [line.split() for line in (folder / "SHA256SUMS").read_text("ascii").splitlines()]
        assert {name for _, name in listed} >= {"LICENSE", f"{folder.name}.js"}
        for digest, name in listed:
            assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
        others = {path.name for path in folder.iterdir()} - {name for _, name in listed}
        assert others == {"README.md", "SHA256SUMS"}
        answer = stranger.get(f"/static/vendor/{folder.name}/{folder.name}.js")
        assert answer.status == 200 and len(answer.body) < 400_000


def test_files_of_others_are_those_that_were_taken_with_their_licences():
    folder = AXE
    lines = (folder / "SHA256SUMS").read_text("ascii").splitlines()
    listed = {name: digest for digest, name in map(str.split, lines)}
    present = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.glob("*/*")
    }
    assert present == listed
    for name in {path.parent for path in folder.glob("*/*.js")}:
        assert (name / "LICENSE").stat().st_size > 500
        assert f"`{name.name}`" in (folder / "README.md").read_text("utf-8")


@pytest.fixture(scope="module")
def words(server):
    """What the server sends the page to say."""
    return json.loads(Asker(server[0]).get(f"/static/{WORDS}").body)


def test_the_page_is_sent_all_that_its_sources_say_in_each_language(words):
    used = {found.key for path in SOURCES for found in messages_in(path.read_text("utf-8"))}
    assert tuple(words["languages"]) == languages() and len(used) > 200
    for language, said in words["languages"].items():
        texts = {key.rpartition("\u0004")[2]: text for key, text in said["messages"].items()}
        assert set(texts) == used and all(texts.values())
        assert (texts["Overview"] == "Overview") == (language == "en")
        assert said["codes"]["state"]["asked"] == CODES["state"]["asked"].texts[
            languages().index(language)
        ]  # fmt: skip
    assert [said["name"] for said in words["languages"].values()][:2] == ["Tiếng Việt", "English"]


def test_kinds_of_codes_are_those_that_the_sources_name():
    used = {kind for path in SOURCES for kind in KINDS.findall(path.read_text("utf-8"))}
    assert used == set(CODES)


def test_codes_are_called_whatever_they_may_be(words):
    assert set(CODES["cause"]) == {*(cause.id for cause in CAUSES), CHANCE} == set(CAUSE_WORDS)
    assert set(CODES["state"]) == set(STATES) and set(CODES["verdict"]) == set(VERDICTS)
    assert set(CODES["period"]) == set(period_state.STATES)
    assert set(CODES["move"]) == set(MOVES) and set(BY_STATE) == set(STATES)
    assert set(variance_words.VERDICT_SENTENCES) == set(VERDICTS)
    assert all(MOVES[move].state == state for state, move in BY_STATE.items())
    assert words["rules"]["moves"]["adjust"] == {
        "state": "adjusted", "follows": ["asked"], "needs_why": True, "needs_deadline": False,
    }  # fmt: skip


IN_FRENCH = """
import json, pathlib, sys
from doisoat.messages import catalogue
catalogue.FOLDER = pathlib.Path(sys.argv[1])
from doisoat.settlement.web.pages import WORDS, Pages
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.requests.request_checks import language_of
from doisoat.state import STATE
from doisoat.tariffs.load.jurisdiction import state_of_before
STATE.use(state_of_before())  # a server has it of its home
language = language_of({"query_string": b"lang=fr", "headers": []})
body = Refusal("too_slow", "x").body(language)["error"]["what"]
print(json.dumps([body, json.loads(Pages()._files[WORDS].content)["languages"]]))
"""


def test_a_third_language_is_one_more_file_for_the_page(tmp_path):
    head = messages.HEADER.format(language="fr", plurals="nplurals=2; plural=(n > 1)")
    known = {"Overview": "Aperçu", "asked": "demandé", "the request came too slowly": "trop lent"}
    entries = [f'msgid "{key}"\nmsgstr "{text}"\n' for key, text in known.items()]
    name = 'msgctxt "the language\'s own name"\nmsgid "English"\nmsgstr "Français"\n'
    (tmp_path / "fr.po").write_text("\n".join([head, *entries, name]), "utf-8")
    (tmp_path / "vi.po").write_bytes((messages.FOLDER / "vi.po").read_bytes())
    line = [sys.executable, "-c", IN_FRENCH, str(tmp_path)]
    said, spoken = json.loads(subprocess.run(line, check=True, capture_output=True).stdout)
    assert said == "trop lent" and list(spoken) == ["vi", "en", "fr"]
    french = spoken["fr"]
    assert french["name"] == "Français" and french["codes"]["state"]["asked"] == "demandé"
    assert french["messages"]["Overview"] == "Aperçu" and french["messages"]["Claims"] == "Claims"
    assert spoken["vi"]["messages"]["Overview"] == "Tổng quan"


def test_the_servers_sources_have_no_vietnamese():
    for path in sorted(STATIC.parent.rglob("*.py")):
        text = messages.UNIT.sub("", path.read_text("utf-8"))
        assert not messages.LETTERS.search(text), path


def test_messages_of_javascript_are_read_with_their_fields():
    source = 'h(t("{a} of {b}", { a: f(`${x ? "}" : "{"}`), b }), t.in("list", "open"))\nt("ok")'
    source += ' t.n("{count} row", "{count} rows", { count })'
    assert [tuple(found) for found in messages_in(source)] == [
        (None, "{a} of {b}", frozenset("ab"), 1, None), ("list", "open", frozenset(), 1, None),
        (None, "ok", frozenset(), 2, None),
        (None, "{count} row", frozenset({"count"}), 2, "{count} rows"),
    ]  # fmt: skip
    assert list(messages_in('format("x"); cut.at("x")')) == []
    for unreadable in (
        "t(key)",
        "t(`a`)",
        't("a" + b)',
        't.in("a")',
        't.n("a")',
        't("a", given)',
        't("a", {',
    ):
        with pytest.raises(UnreadableCall):
            list(messages_in(unreadable))


def test_nothing_is_inline_and_nothing_points_elsewhere():
    for path in sorted(STATIC.rglob("*")):
        if path.is_dir():
            continue
        text = path.read_text("utf-8")
        assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", text), path
        assert not re.search(r"\bon\w+=|<style|javascript:|style=", text), path
        assert ".innerHTML" not in text and "eval(" not in text, path
        assert len(text.splitlines()) <= LINES_MAX, path
    index = (STATIC / "index.html").read_text("utf-8")
    assert re.findall(r"<script[^>]*>([^<]*)</script>", index) == [""]


def test_files_are_served_and_no_others(stranger):
    page = stranger.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "này cần JavaScript; " in page.body.decode()
    for path in STATIC.rglob("*.*"):
        answer = stranger.get(f"/static/{path.relative_to(STATIC).as_posix()}")
        is_whole = answer.body == path.read_bytes()
        assert answer.status == 200 and (is_whole or path.name == INDEX), path
        assert answer.headers["x-content-type-options"] == "nosniff"
    for name in ("../app.py", "%2e%2e/app.py", "x.js"):
        assert stranger.get(f"/static/{name}").status == 404, name


def test_names_come_with_what_is_synthetic(auditor, reader, carrier, stranger):
    assert stranger.get("/api/names").status == 401
    for asker in (auditor, reader, carrier):
        told = asker.get("/api/names").json
        assert told["periods"] == told["synthetic"] == ["2021-08"]
        assert "Viettel" in told["carriers"]["viettel"]["name"]
        assert len(told["provinces"]) == 63 and told["provinces"]["79"]["name_en"]
