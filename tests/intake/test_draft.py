"""`mapping new`: a draft that reads the file it was made of, and says what it cannot know."""

import json
import re
from pathlib import Path

import pytest

from doisoat.engine.intake.draft.draft import draft_of
from doisoat.engine.intake.draft.heads import field_of_head
from doisoat.engine.intake.draft.sample import folded, read_sample
from doisoat.engine.intake.mapping.mapping import load_mapping, parse_mapping
from doisoat.errors import IntakeError
from tests.integration.conftest import run as command

from .test_accounting import totals
from .test_foreign import FOREIGN, INPUTS

OCS = ("OCS_VOICE_202108", "OCS_VOICE_202108_LATE", "OCS_SMS_202108", "PGW_DATA_202108",
       "DANG_KY_GOI_202108", "DS_THUE_BAO_202108")  # fmt: skip


@pytest.fixture
def table(tmp_path):
    """Writes a table; returns its path."""

    def table(head, *rows, name="calls.csv"):
        path = tmp_path / name
        path.write_text("\n".join([head, *rows, ""]), "utf-8")
        return path

    return table


def guesses_of(path, kind=None):
    return {guess.field: guess for guess in draft_of(read_sample(path), kind).guesses}


@pytest.mark.parametrize(
    ("head", "field"),
    [
        ("A_NUMBER", "subscriber"), ("Số thuê bao", "subscriber"), ("so thue bao", "subscriber"),
        ("Calling Number", "subscriber"), ("B_NUMBER", "other"), ("Số bị gọi", "other"),
        ("START_TIME", "started"), ("Thời điểm", "started"), ("END_TIME", "ended"),
        ("Thời lượng", "duration"), ("DURATION", "duration"), ("UPLINK_KB", "uplink"),
        ("Dung lượng (MB)", "units"), ("Thành tiền", "charged"), ("CHARGED_AMT", "charged"),
        ("Mã GD", "key"), ("CALL_ID", "key"), ("Gói", "pack"), ("Gói cước", "plan"),
        ("Ngày kích hoạt", "valid_from"), ("Ngày hủy", "valid_until"), ("Tỉnh/TP", "locality"),
        ("Họ và tên", None), ("STT", None), ("latitude", None),
    ],
)  # fmt: skip
def test_heads_in_two_languages_with_accents_and_without(head, field):
    assert field_of_head(folded(head)) == field


def test_a_draft_reads_the_file_that_it_is_made_of(table, take, tmp_path):
    rows = [f"C{n};0961234567;0912345678;{5 + n}/8/2021 7:05;1:0{n};1.{n}00" for n in range(9)]
    path = table("Mã cuộc gọi;Số gọi;Số bị gọi;Thời điểm;Thời lượng;Thành tiền", *rows)
    out = tmp_path / "mine.yaml"
    status, told, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    assert status == 0 and told["mapping"] == str(out)
    fields = {field["field"]: field for field in told["fields"]}
    assert fields["started"]["form"] == "dd/mm/yyyy" and fields["started"]["sure"] == 1
    assert fields["duration"]["form"] == "mm:ss" and fields["duration"]["sure"] == 0.5
    assert len(told["open"]) == 1 and "minutes and seconds" in told["open"][0]
    assert totals(take(path, mapping=str(out))) == (9, 9, 0, 0, 0)


def test_dates_that_fit_two_forms_are_told_with_both(table):
    path = table("A_NUMBER,B_NUMBER,START_TIME,DURATION", "0961234567,0912345678,01/02/2021,5")
    draft = draft_of(read_sample(path))
    assert guesses_of(path)["started"].sure == 0.5
    assert "dd/mm/yyyy, mm/dd/yyyy" in draft.open[0].en


def test_what_only_a_person_knows_is_open_and_no_file_is_read_without_it(table, tmp_path):
    path = table("A_NUMBER,GOI,LOAI,START_TIME,CHARGED", "0961234567,D50,XX,20210805080000,5000")
    out = tmp_path / "mine.yaml"
    status, told, _ = command("mapping", "new", path, "--out", out)
    assert status == 0
    assert any("--carrier" in each for each in told["open"])
    assert any("LOAI" in each for each in told["open"])
    assert command("mapping", "check", out)[0] == 5


@pytest.mark.parametrize(
    ("head", "row", "said"),
    [
        ("x,y,z", "1,2,3", "do not say what it holds"),
        ("latitude,longitude", "1.5,2.5", "do not say what it holds"),
    ],
)
def test_a_file_whose_heads_say_nothing_is_refused(table, head, row, said):
    with pytest.raises(IntakeError, match=said):
        draft_of(read_sample(table(head, row)))


def test_signs_of_a_terminal_are_not_said(table, tmp_path):
    row = "0961234567,0912345678,20210805080000,\x1b[2J\x1b[1mWritten,5"
    path = table("A_NUMBER,B_NUMBER,START_TIME,CALL_TYPE,DURATION", row)
    told = command("mapping", "new", path, "--carrier", "viettel", "--out", tmp_path / "m.yaml")[1]
    assert len(told["open"]) == 1 and "\x1b" not in told["open"][0]


@pytest.mark.parametrize("head", ["A_NUMBER\x1b", "x" * 65])
def test_a_head_that_is_no_name_is_refused_before_anything_is_written(table, tmp_path, head):
    path, out = table(f"{head},START_TIME,DURATION", "0961234567,20210805,5"), tmp_path / "m.yaml"
    status, told, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    assert status == 5 and "column 1" in told["error"]["what"] and not out.exists()


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", "a,b\n1,2\n".encode("utf-16"), b"a,b\r1,2\r", b"a\xff,b\n"]
)
def test_what_is_no_text_is_refused(tmp_path, content):
    path = tmp_path / "calls.csv"
    path.write_bytes(content)
    with pytest.raises(IntakeError):
        read_sample(path)


def test_no_number_is_said_or_written(table, tmp_path):
    """Not of a column that was taken for words or places, nor of a file's name."""
    path = table(
        "A_NUMBER,B_NUMBER,START_TIME,CALL_TYPE,PROVINCE,DURATION,STATUS",
        *(f"096123456{n},098765432{n},20210805080000,An 091234567{n},090111222{n} x,5,"
          f"FAIL091234567{n}" for n in range(9)),
        name="e-0961234567.csv",
    )  # fmt: skip
    out = tmp_path / "mine.yaml"
    status, told, said = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    assert status == 0 and len(told["open"]) == 2
    text = json.dumps({**told, "mapping": ""}) + said + out.read_text("utf-8")
    assert not re.search(r"\d{9}", text) and "An 9" not in text


def test_a_mapping_is_not_named_by_a_number(table, tmp_path):
    path = table("A_NUMBER,B_NUMBER,START_TIME,DURATION", "0961234567,0912345678,20210805,5")
    out = tmp_path / "so-0912345678.yaml"
    assert command("mapping", "new", path, "--carrier", "viettel", "--out", out)[0] == 0
    assert load_mapping(str(out)).name == "so"
    text = out.read_text("utf-8").replace("name: so\n", "name: so0912345678\n", 1)
    with pytest.raises(IntakeError, match="name has a telephone number in it"):
        parse_mapping(text, "mine.yaml")


def test_the_name_of_a_file_stays_in_its_comment(table, tmp_path):
    name = "\n    key: {columns: [B_NUMBER]}\n    #.csv"
    path = table(
        "A_NUMBER,B_NUMBER,START_TIME,DURATION", "0961234567,0912345678,20210805,5", name=name
    )
    out = tmp_path / "mine.yaml"
    assert command("mapping", "new", path, "--carrier", "viettel", "--out", out)[0] == 0
    assert load_mapping(str(out)).usage[0].key is None


def test_a_line_without_end_is_refused(table, tmp_path):
    path = table("A_NUMBER,B_NUMBER,START_TIME,DURATION", f"0961234567,{'9' * 200_000},20210805,5")
    status, told, _ = command("mapping", "new", path, "--out", tmp_path / "mine.yaml")
    assert status == 5 and "one record a line" in told["error"]["mend"]


def test_a_list_of_subscribers_without_an_end_is_drafted(table, take, tmp_path):
    path = table("Số thuê bao,Gói cước,Hình thức,Ngày kích hoạt", "0961234567,ECO,TT,15/07/2015")
    out = tmp_path / "mine.yaml"
    assert command("mapping", "new", path, "--carrier", "viettel", "--out", out)[0] == 0
    assert totals(take(path, mapping=str(out), kind="subscriptions")) == (1, 1, 0, 0, 0)


def test_a_file_that_is_there_stays(table, tmp_path):
    path = table("A_NUMBER,B_NUMBER,START_TIME,DURATION", "0961234567,0912345678,20210805,5")
    out = tmp_path / "mine.yaml"
    out.write_text("name: mine\n", "utf-8")
    status, told, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    assert status == 5 and "not there" in told["error"]["mend"]
    assert out.read_text("utf-8") == "name: mine\n"


@pytest.mark.skipif(not FOREIGN, reason="DOISOAT_FOREIGN names no folder")
def test_a_carriers_exports_are_taken_in_by_a_draft_without_an_edit(take, tmp_path):
    folder, out = Path(INPUTS) / "ocs", tmp_path / "ocs.yaml"
    files = [folder / f"{name}.csv" for name in OCS if not name.endswith("_LATE")]
    status, told, _ = command("mapping", "new", *files, "--carrier", "vietnamobile", "--out", out)
    assert status == 0 and told["open"] == [], json.dumps(told)
    counts = [
        totals(take(folder / f"{name}.csv", mapping=str(out),
                    kind="subscriptions" if name.startswith("DS_") else "usage"))
        for name in OCS
    ]  # fmt: skip
    assert counts == [
        (5_918, 5_317, 1, 5, 595), (84, 79, 0, 0, 5), (2_000, 2_000, 0, 0, 0),
        (4_000, 4_000, 0, 0, 0), (350, 350, 0, 0, 0), (300, 300, 0, 0, 0),
    ]  # fmt: skip
