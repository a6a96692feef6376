"""What an event hangs on, its balances and its letter, on two settled months of a small world."""

import json
import re
import shutil
from dataclasses import fields, replace
from uuid import UUID

import duckdb
import pytest

from doisoat import cli
from doisoat.engine.oracle import oracle
from doisoat.engine.oracle.facts import WHY as ALL_WHY
from doisoat.errors import StoreError
from doisoat.messages.text import Text, texts_of
from doisoat.settlement.explain import letter_template
from doisoat.settlement.explain import plain_figures as plain
from doisoat.settlement.explain.explain import explain
from doisoat.settlement.explain.letter import letter_of
from doisoat.settlement.explain.text import Teller
from doisoat.settlement.runs.runs import AS_WRITTEN
from doisoat.tariffs.load.rewritten_package import package_of
from doisoat.tariffs.load.tariffs import load_package
from tests.made_once import made_once

PERIODS = ("2021-08", "2021-09")
JARGON = (
    "reading", "half_up", "prepaid", "postpaid", "discount", "in_kind", "list value", "voice",
    "on_net", "off_net", "grant", "bonus", "zero", "treo", "hiện vật", "giảm trừ", "block",
    "viettel.", "vnpt.", "mobifone.", "None", "{", "}", "  ",
)  # fmt: skip


def settle(home, *readings):
    for period in PERIODS:
        assert cli.run(["settle", "--home", str(home), "--period", period, *readings]) == 0


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with two settled months; not to be changed."""

    def make(folder):
        home = folder / "out"
        made = ["simulate", "--subscribers", "150", "--seed", "7", "--home", str(home)]
        assert cli.run([*made, "--from", "2021-08-01", "--until", "2021-10-01"]) == 0
        settle(home)
        return home

    return made_once(tmp_path_factory, "explain", make, by=("simulate", "settle"))


def copied(home, tmp_path):
    copy = tmp_path / "out"
    shutil.copytree(home, copy, ignore=shutil.ignore_patterns("world", "*.duckdb"))
    return copy


def rows(home, sql):
    with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def one_event(home, where, period="2021-08"):
    """The id of one event that has a relief line, or that has none, by a condition."""
    found = rows(
        home,
        "SELECT event.event_id FROM usage.event AS event LEFT JOIN rated.relief_line AS line"
        f" USING (event_id) WHERE strftime(event.start_at, '%Y-%m') = '{period}' AND {where}"
        " ORDER BY hash(event.event_id) LIMIT 1",
    )
    assert found, where
    return found[0][0]


def september(home):
    """A call of September that draws on minutes given in August."""
    return one_event(home, "line.measure = 'M6' AND line.nature = 'discount'", "2021-09")


# --- readings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "period", "reading", "alternative"),
    [
        ("line.measure = 'M4'", "2021-08", "m2.prepaid_share", "capped"),
        ("line.measure = 'M3' AND line.nature = 'discount'", "2021-08", "m3.bluezone", "does_not"),
        ("line.measure = 'M6' AND line.nature = 'discount'", "2021-09", "m6.repeats", "each_term"),
        ("line.measure = 'M6' AND event.carrier = 'viettel'", "2021-09", "m6.place",
         "serving_at_use"),
        ("line.measure = 'M1' AND event.carrier = 'fpt'", "2021-08", "m1.smaller_carriers",
         "do_not"),
    ],
)  # fmt: skip
def test_an_answer_tells_what_settling_with_it_gives(
    home, tmp_path, where, period, reading, alternative
):
    """Both months settled with the alternative, by the kernel, come to what the turning told."""
    event_id = one_event(home, where, period)
    told = explain(home, event_id.int)
    answers = {
        (one.name, answer.alternative): answer
        for one in told.hangs_on.matter
        for answer in one.answers
    }
    copy = copied(home, tmp_path)
    settle(copy, "--reading", f"{reading}={alternative}")
    settled = explain(copy, event_id.int, progress=None).effect
    if (reading, alternative) in answers:
        answer = answers[reading, alternative]
        assert answer.effect == settled
        assert answer.matters == (settled != told.effect)
    else:
        assert reading in told.hangs_on.untouched
        assert settled == told.effect


def test_every_reading_is_told_once_and_each_that_matters_changes_something(home):
    told = explain(home, september(home).int)
    matter = [one.name for one in told.hangs_on.matter]
    assert matter and not told.hangs_on.not_kept
    names = [reading.name for reading in told.programme.readings]
    assert sorted([*matter, *told.hangs_on.untouched]) == sorted(names)
    for one in told.hangs_on.matter:
        (asked,) = (reading for reading in told.programme.readings if reading.name == one.name)
        others = [answer.alternative for answer in one.answers]
        assert sorted([*others, one.in_force]) == sorted(asked.alternatives)
        assert any(answer.effect != told.effect for answer in one.answers)
        assert one.means_vi and all(answer.means_vi for answer in one.answers)


def test_the_package_is_turned_as_it_was_settled_not_as_it_lies_now(home, monkeypatch):
    """Neither the bundled file nor its folder is looked at: the run has all that is needed."""
    event_id = one_event(home, "line.measure = 'M1'", "2021-09").int
    before = explain(home, event_id).hangs_on
    assert before.matter

    def gone(*_):
        raise AssertionError("a package file was read")

    for module in ("tree", "tariffs"):
        monkeypatch.setattr(f"doisoat.tariffs.load.{module}.read_text", gone)
    assert explain(home, event_id).hangs_on == before


def test_a_run_of_before_the_package_was_kept_says_so(home, tmp_path, capsys):
    event_id = september(home)
    copy = copied(home, tmp_path)
    (august,) = (
        path for path in (copy / "runs").glob("*/manifest.json") if '"2021-08"' in path.read_text()
    )
    manifest = json.loads(august.read_text("utf-8"))
    manifest["files"] = [file for file in manifest["files"] if file["name"] != AS_WRITTEN]
    august.write_text(json.dumps(manifest), "utf-8")
    (august.parent / AS_WRITTEN).unlink()
    told = explain(copy, event_id.int)
    assert told.hangs_on.not_kept == august.parent.name
    assert not told.hangs_on.matter and not told.hangs_on.untouched
    vi, en = ("\n".join(Teller(told).lines(language)) for language in ("vi", "en"))
    assert AS_WRITTEN in vi and AS_WRITTEN in en and "m6.repeats = once" in vi
    assert told.as_object()["readings_not_kept_by"] == august.parent.name
    capsys.readouterr()
    assert cli.run(["explain", str(event_id), "--letter", "--home", str(copy)]) == 0
    said = capsys.readouterr()
    assert "chưa nói rõ" not in said.out and "no open points" in said.err


@pytest.mark.parametrize("how", ["lost", "changed", "of another package"])
def test_a_kept_package_that_is_not_the_published_one_is_refused(home, tmp_path, how):
    event_id = september(home).int
    copy = copied(home, tmp_path)
    for path in (copy / "runs").glob(f"*/{AS_WRITTEN}"):
        if how == "lost":
            path.unlink()
        elif how == "changed":
            path.write_text(path.read_text("utf-8").replace("once", "each_term"), "utf-8")
        else:
            text = load_package("song-va-may-tinh").as_written
            path.write_text(text, "utf-8")
    with pytest.raises(StoreError) as refused:
        explain(copy, event_id)
    assert AS_WRITTEN in refused.value.where and refused.value.mend


def test_a_kept_package_answers_otherwise_as_its_file_does():
    written = load_package("vn-2021-08").as_written
    choices = {"m6.repeats": "each_term"}
    assert package_of(written, choices, "run") == load_package("vn-2021-08", choices)


# --- balances -------------------------------------------------------------------------------------


def test_balances_are_told_before_and_after_as_they_were_drawn(home):
    for where in (
        "line.measure = 'M6' AND line.nature = 'discount'",
        "line.measure = 'M2' AND line.nature = 'in_kind'",
    ):
        told = explain(home, one_event(home, where).int, progress=None)
        drawn = {
            (one["role"], one["measure"], one["pack"], one["before"], one["after"])
            for one in told.steps("source")
            if one["before"] is not None
        }
        balances = {
            (one["role"], one["measure"], one["pack"], one["before"], one["after"])
            for one in told.steps("balance")
        }
        assert drawn and drawn <= balances
        assert all(one["given"] >= one["after"] >= 0 for one in told.steps("balance"))
        said = told.as_object()["balances"]
        assert {(one["before"], one["after"]) for one in said} >= {one[3:] for one in drawn}
        assert all(re.match(r"2021-\d\d-\d\d", one["expiry"]) for one in said)
        assert "balance" not in {step["step"] for step in told.as_object()["steps"]}


def test_what_a_pack_brings_was_not_there_before(home):
    told = explain(home, one_event(home, "line.measure = 'M4'").int, progress=None)
    balances = told.steps("balance")
    assert {one["role"] for one in balances} == {"volume", "bonus"}
    assert all(one["before"] is None and one["after"] == one["given"] for one in balances)
    vi = "\n".join(Teller(told).lines("vi"))
    assert vi.count("chưa có → ") == len(balances)


# --- the letter -----------------------------------------------------------------------------------

KINDS = {
    "a call with free minutes": "line.measure = 'M6' AND line.nature = 'discount'",
    "a call without relief": "event.kind = 'voice' AND line.measure IS NULL",
    "a message": "event.kind = 'sms' AND event.destination <> 'unknown'",
    "a message that asks for minutes": "event.destination = 'service:999'",
    "data in kind": "line.measure = 'M2' AND line.nature = 'in_kind'",
    "a free host": "line.measure = 'M3' AND line.nature = 'discount'",
    "a pack cheaper": "line.measure = 'M4'",
    "a fee in kind": "line.measure = 'M1'",
    "no price": "event.destination = 'unknown'",
}


@pytest.mark.parametrize("where", KINDS.values(), ids=KINDS)
def test_a_letter_is_plain_and_tells_nobody_who_it_is_to(home, where):
    event_id = one_event(home, where)
    told = explain(home, event_id.int)
    text, parts = "\n".join(letter_of(told).markdown()), letter_of(told).as_object()
    assert str(UUID(int=told.outcome.event.owner)) not in text + json.dumps(parts)
    assert str(event_id) in text
    assert letter_template.FORM.vi in text and letter_template.SYNTHETIC.vi in text
    assert f"Số thuê bao:** {letter_template.BLANK}" in text
    for section in parts["sections"]:
        assert section["heading"] in text and section["paragraphs"]
        assert all(paragraph in text for paragraph in section["paragraphs"])
    for section in letter_of(told).sections:
        for sentence in (section.heading, *section.paragraphs):
            assert isinstance(sentence, Text) and sentence.vi != sentence.en
            assert "{" not in sentence.en and "  " not in sentence.en
    body = " ".join(text for one in parts["sections"] for text in one["paragraphs"])
    body = body.replace(str(event_id), "")
    assert [word for word in JARGON if word in body.lower()] == []
    assert re.search(r"\d{4}-\d\d", body) is None and not re.search(r"\bM\d", body)
    if told.outcome.status == "rated":
        assert f"phải trả {plain.money_said(told.outcome.payable).vi}" in body
    else:
        assert "chưa tính được cước" in text and "chưa có số tiền nào" in body


def test_a_letter_comes_from_the_command_as_text_and_as_its_parts(home, capsys):
    event_id = one_event(home, KINDS["a fee in kind"])
    letter = letter_of(explain(home, event_id.int))
    capsys.readouterr()
    assert cli.run(["explain", str(event_id), "--letter", "--home", str(home)]) == 0
    assert capsys.readouterr().out == "\n".join(letter.markdown()) + "\n"
    assert cli.run(["explain", str(event_id), "--letter", "--json", "--home", str(home)]) == 0
    assert json.loads(capsys.readouterr().out) == letter.as_object()


def test_a_letter_says_what_is_left_and_what_another_answer_would_leave(home):
    told = explain(home, september(home).int)
    text = "\n".join(letter_of(told).markdown())
    before, after = next(
        (one["before"], one["after"]) for one in told.steps("balance") if one["role"] == "grant"
    )
    assert f"còn {plain.quantity(before, 'voice').vi}" in text
    assert (plain.quantity(after, "voice").vi if after else "đã dùng hết") in text
    for one in told.hangs_on.matter:
        if any(not x.effect.is_same_to_subscriber(told.effect) for x in one.answers):
            assert one.question in text and f"“{one.means_vi}”" in text


def test_what_service_in_kind_is_worth_is_no_point_of_a_letter(home):
    told = explain(home, one_event(home, "line.measure = 'M1'").int)
    assert "m1.in_kind_value" in {one.name for one in told.hangs_on.matter}
    (question,) = (r.question for r in told.programme.readings if r.name == "m1.in_kind_value")
    assert question not in "\n".join(letter_of(told).markdown())


@pytest.mark.parametrize(
    ("charged", "said"),
    [
        (None, "không ghi số tiền đã thu"),
        (10_000, "đúng bằng số phải trả"),
        (5_000, "không nhiều hơn số phải trả"),
        (20_000, "hoàn lại cho Quý khách 10.000 đ (mười nghìn đồng)"),
        (25_000, "cao hơn giá theo biểu giá 5.000 đ"),
    ],
)
def test_a_letter_compares_what_was_taken(home, charged, said):
    told = explain(home, one_event(home, "line.measure = 'M4' AND line.amount = 10000").int,
                   progress=None)  # fmt: skip
    outcome = replace(told.outcome, event=replace(told.outcome.event, charged=charged))
    assert said in "\n".join(letter_of(replace(told, outcome=outcome)).markdown())


def test_a_contradicted_event_says_in_what_its_records_differ(home):
    ((event_id,),) = rows(
        home,
        "SELECT event_id FROM usage.suspense WHERE reason = 'conflicting' AND stage = 'settle'"
        " ORDER BY 1 LIMIT 1",
    )
    told = explain(home, event_id.int)
    (suspended,) = told.steps("suspended")
    assert suspended["differs"] and not told.hangs_on.matter
    text = "\n".join(letter_of(told).markdown())
    assert all(letter_template.FIELDS[name].vi in text for name in suspended["differs"])
    assert "Bản ghi 2:" in text and "xác minh" in text


def test_a_letter_is_in_vietnamese_alone(home, capsys):
    args = ["explain", str(UUID(int=1)), "--letter", "--lang", "en", "--home", str(home)]
    assert cli.run(args) == 2
    assert "the state's papers: --lang vi" in capsys.readouterr().err


def test_of_programmes_together_each_is_named_with_what_it_gives(home, tmp_path):
    """A package that joins programmes is kept whole, turned, and told by programme."""
    event_id = one_event(home, "line.measure = 'M4'")
    copy = copied(home, tmp_path)
    settle(copy, "--package", "vn-2021-all")
    told = explain(copy, event_id.int)
    assert len(told.programme.programmes) > 1 and not told.hangs_on.not_kept
    assert {one.name for one in told.hangs_on.matter} >= {"m2.prepaid_share"}
    text = "\n".join(letter_of(told).markdown())
    (own,) = (one for one in told.programme.programmes if one.id == "vn-2021-08")
    (other,) = (one for one in told.programme.programmes if one.id == "song-va-may-tinh")
    assert f"Theo chương trình “{own.title}”" in text and other.title not in text


def test_there_are_words_for_whatever_may_come():
    assert set(letter_template.WHY) <= set(ALL_WHY)
    events = {one.name for one in fields(oracle.Event)} - {"event_id"}
    assert set(letter_template.FIELDS) == events
    assert set(letter_template.REASONS) == {
        "no_subscription", "no_tariff", "beyond_limit", "conflicting",
    }  # fmt: skip
    assert set(letter_template.NOUNS) == {"voice", "sms", "data", "pack", "fee"}


def at(text):
    from doisoat.tariffs.models import quantity
    from doisoat.tariffs.models.field_types import civil_moment

    return quantity.to_ms(civil_moment(text))


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (plain.when(at("2021-08-05T09:15:20")),
         "ngày 05 tháng 8 năm 2021, lúc 9 giờ 15 phút 20 giây"),
        (plain.when(at("2021-08-05T09:00:20")),
         "ngày 05 tháng 8 năm 2021, lúc 9 giờ 0 phút 20 giây"),
        (plain.when(at("2022-01-15T00:00")), "ngày 15 tháng 01 năm 2022, lúc 0 giờ"),
        (plain.until(at("2021-09-04T00:00")), "hết ngày 03 tháng 9 năm 2021"),
        (plain.until(at("2021-09-04T07:30")), "7 giờ 30 phút, ngày 04 tháng 9 năm 2021"),
        (plain.quantity(55_200, "voice"), "55,2 giây"),
        (plain.quantity(100_000, "voice"), "1 phút 40 giây"),
        (plain.quantity(3_000_000, "voice"), "50 phút"),
        (plain.quantity(0, "voice"), "0 giây"),
        (plain.quantity(2, "sms"), "2 tin nhắn"),
        (plain.quantity(3 << 29, "data"), "1,5 GB"),
        (plain.quantity((1 << 30) + 1, "data"), "khoảng 1 GB"),
        (plain.quantity(1_000, "data"), "1.000 byte"),
        (plain.exactly(61_932, "data"), "61.932 byte"),
        (plain.money_said(1_180), "1.180 đ (một nghìn một trăm tám mươi đồng)"),
        (plain.listed(["a", "b", "c"]), "a, b và c"),
        (plain.sentence("xong"), "Xong."),
    ],
)  # fmt: skip
def test_figures_are_said_as_people_say_them(said, text):
    assert texts_of(said)[0] == text
