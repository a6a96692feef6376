"""The page's files: whole, known, in two languages, and pointing nowhere else."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from doisoat.commands.claims.sample_text import RESULTS
from doisoat.messages.text import Text
from doisoat.settlement.reconcile.causes.causes import CAUSES, CHANCE
from doisoat.settlement.reconcile.letter.cause_words import CAUSE_WORDS
from doisoat.settlement.reconcile.letter.detail_words import CHOICES, NAMED, WHOLE
from doisoat.settlement.reconcile.letter.variance_words import GRAINS, NATURES, VERDICT_SENTENCES
from doisoat.settlement.reconcile.letter.variance_words import MOVES as MOVES_SAID
from doisoat.settlement.reconcile.letter.variance_words import STATES as STATES_SAID
from doisoat.settlement.reconcile.letter.variance_words import VERDICTS as VERDICTS_SAID
from doisoat.settlement.reconcile.variances.sums import RELIEF
from doisoat.settlement.records.explanation import VERDICTS
from doisoat.settlement.records.variance_states import MOVES, STATES
from doisoat.settlement.report.report_text import REASONS
from doisoat.settlement.web.actions import BY_STATE
from doisoat.settlement.web.pages import STATIC, VENDOR

AXE = Path(__file__).with_name("vendor")
WORDS = STATIC / "words"
SOURCES = sorted(path for path in STATIC.rglob("*.js") if not path.is_relative_to(WORDS))
WORD = re.compile(r'^  (?:"([^"]+)"|(\w+)): (".*"),$', re.M)
USED = re.compile(r'\bt\("([^"]+)"')
KINDS = re.compile(r"\bt\(`(\w+)\.\$\{")
HOLE = re.compile(r"\{\d\}")
LINES_MAX = 400


def words(lang):
    found = {}
    for path in sorted(WORDS.rglob(f"{lang}.js"), key=lambda one: one.parent):
        told = WORD.findall(path.read_text("utf-8"))
        own = {quoted or plain: json.loads(said) for quoted, plain, said in told}
        assert len(own) == len(told) and not set(own) & set(found), path
        found |= own
    return found


@pytest.mark.parametrize("folder", [VENDOR, AXE], ids=lambda one: one.parent.name)
def test_files_of_others_are_those_that_were_taken_with_their_licences(folder):
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


def test_both_dictionaries_say_the_same_things():
    vi, en = words("vi"), words("en")
    assert list(vi) == list(en) and len(vi) > 200
    for key in vi:
        assert vi[key] and en[key]
        assert sorted(HOLE.findall(vi[key])) == sorted(HOLE.findall(en[key])), key


def test_every_word_that_is_used_is_known_and_none_is_left_over():
    known, text = words("vi"), "\n".join(path.read_text("utf-8") for path in SOURCES)
    used = set(USED.findall(text))
    assert used <= set(known), used - set(known)
    quoted = set(re.findall(r'"([\w.-]+)"', text))
    kinds = quoted | set(KINDS.findall(text))  # of words that are put together: kind.code
    spare = {key for key in known if key not in quoted and key.partition(".")[0] not in kinds}
    assert not spare


def test_causes_are_said_as_everywhere():
    vi, en = words("vi"), words("en")
    assert set(CAUSE_WORDS) == {*(cause.id for cause in CAUSES), CHANCE}
    for cause, told in CAUSE_WORDS.items():
        assert Text(vi[f"cause.{cause}"], en[f"cause.{cause}"]) == told.name
        assert Text(vi[f"supposes.{cause}"], en[f"supposes.{cause}"]) == told.sentence


def test_details_of_causes_are_said_as_in_letters():
    vi, en = words("vi"), words("en")
    told = {
        **{f"detail.{cause}.{detail}": said for (cause, detail), said in WHOLE.items()},
        **{f"detail.{cause}.{name}": Text(said.vi.format("{0}"), said.en.format("{0}"))
           for (cause, name), said in NAMED.items()},
        **{f"choice.{name}": said for name, said in CHOICES.items()},
    }  # fmt: skip
    assert {key for key in vi if key.startswith(("detail.", "choice."))} == set(told)
    for key, said in told.items():
        assert Text(vi[key], en[key]) == said, key


def test_reasons_of_suspense_are_said_as_everywhere():
    vi, en = words("vi"), words("en")
    for code, said in REASONS.items():
        assert Text(vi[f"reason.{code}"], en[f"reason.{code}"]) == said.name
        assert Text(vi[f"mend.{code}"], en[f"mend.{code}"]) == said.mend


def test_variances_are_said_as_everywhere():
    vi, en = words("vi"), words("en")
    assert set(STATES_SAID) == set(STATES) and set(VERDICTS_SAID) == set(VERDICTS)
    assert set(VERDICT_SENTENCES) == set(VERDICTS)
    natures = {name: NATURES[name] for name in RELIEF}
    for kind, table in (
        ("move", MOVES_SAID), ("state", STATES_SAID), ("verdict", VERDICTS_SAID),
        ("grain", GRAINS), ("nature", natures),
    ):  # fmt: skip
        for code, said in table.items():
            assert Text(vi[f"{kind}.{code}"], en[f"{kind}.{code}"]) == said, (kind, code)


def test_moves_of_the_page_are_those_of_the_table():
    told = re.findall(
        r'^  (\w+): \{ state: "(\w+)", follows: (\[[^]]+\]), needsWhy: (true|false) \},$',
        (STATIC / "moves.js").read_text("utf-8"), re.MULTILINE,
    )  # fmt: skip
    assert {name: (state, tuple(json.loads(follows)), json.loads(needs))
            for name, state, follows, needs in told} == dict(MOVES)  # fmt: skip
    assert set(MOVES_SAID) == set(MOVES) and set(BY_STATE) == set(STATES)
    assert all(MOVES[move].state == state for state, move in BY_STATE.items())


def test_results_of_samples_are_said_as_everywhere():
    vi, en = words("vi"), words("en")
    for result, said in RESULTS.items():
        assert f"{vi[f'result.{result}']} | {en[f'result.{result}']}" == said


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
    assert stranger.get("/").headers["content-type"].startswith("text/html")
    for path in [*STATIC.rglob("*.*"), *VENDOR.rglob("*.js")]:
        base = STATIC if path.is_relative_to(STATIC) else VENDOR.parent
        answer = stranger.get(f"/static/{path.relative_to(base).as_posix()}")
        assert answer.status == 200 and answer.body == path.read_bytes(), path
        assert answer.headers["x-content-type-options"] == "nosniff"
    for name in ("vendor/README.md", "vendor/SHA256SUMS", "../app.py", "%2e%2e/app.py", "x.js"):
        assert stranger.get(f"/static/{name}").status == 404, name


def test_names_come_with_what_is_synthetic(auditor, reader, carrier, stranger):
    assert stranger.get("/api/names").status == 401
    for asker in (auditor, reader, carrier):
        told = asker.get("/api/names").json
        assert told["periods"] == told["synthetic"] == ["2021-08"]
        assert "Viettel" in told["carriers"]["viettel"]["name"]
        assert len(told["provinces"]) == 63 and told["provinces"]["79"]["name_en"]
