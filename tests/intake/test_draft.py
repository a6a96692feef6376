"""`mapping new`: a draft that reads the file it was made of, and says what it cannot know."""

import contextlib
import gzip
import json
import re
import sqlite3
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from doisoat.engine.intake.draft.draft import draft_of
from doisoat.engine.intake.draft.guess import SURE
from doisoat.engine.intake.draft.heads import field_of_head, folded
from doisoat.engine.intake.draft.sample import read_sample
from doisoat.engine.intake.mapping.mapping import load_mapping, parse_mapping
from doisoat.errors import IntakeError
from tests.integration.conftest import run as command

from .exports import (
    CALLS,
    answered,
    calls,
    guesses_of,
)
from .test_accounting import totals
from .test_containers import as_1258
from .test_foreign import FOREIGN, INPUTS
from .test_ordinary_files import events_in

OCS = ("OCS_VOICE_202108", "OCS_VOICE_202108_LATE", "OCS_SMS_202108", "PGW_DATA_202108",
       "DANG_KY_GOI_202108", "DS_THUE_BAO_202108")  # fmt: skip


@pytest.mark.parametrize(
    ("head", "field"),
    [
        ("A_NUMBER", "subscriber"), ("Số thuê bao", "subscriber"), ("so thue bao", "subscriber"),
        ("Calling Number", "subscriber"), ("B_NUMBER", "other"), ("Số bị gọi", "other"),
        ("START_TIME", "started"), ("Thời điểm", "started"), ("END_TIME", "ended"),
        ("Thời lượng", "duration"), ("DURATION", "duration"), ("UPLINK_KB", "uplink"),
        ("Dung lượng (MB)", "units"), ("Thành tiền", "charged"), ("CHARGED_AMT", "charged"),
        ("CallingPartyNumber", "subscriber"), ("Called Party No", "other"),
        ("CallEndTime", "ended"), ("CALL_END_TIME", "ended"),
        ("Mã GD", "key"), ("CALL_ID", "key"), ("Gói", "pack"), ("Gói cước", "plan"),
        ("Ngày kích hoạt", "valid_from"), ("Ngày hủy", "valid_until"), ("Tỉnh/TP", "locality"),
        ("Thời lượng (giây)", "duration"), ("Duration (seconds)", "duration"),
        ("SĐT", "subscriber"),
        ("DURATION_MIN", "duration"), ("Tải lên (KB)", "uplink"), ("UL_VOLUME", "uplink"),
        ("Giờ gọi", "started"), ("ANSWER_TIME", "answered"), ("VISITED_PLMN", "roaming"),
        ("Roaming (Y/N)", "roaming"),
        ("Họ và tên", None), ("STT", None), ("latitude", None),
    ],
)  # fmt: skip
def test_heads_in_two_languages_with_accents_and_without(head, field):
    assert field_of_head(folded(head)) == field


def test_a_draft_reads_the_file_that_it_is_made_of(export, take, tmp_path):
    rows = [f"C{n};0961234567;0912345678;{5 + n}/8/2021 7:05;1:0{n};1.{n}00" for n in range(9)]
    path = export("Mã cuộc gọi;Số gọi;Số bị gọi;Thời điểm;Thời lượng;Thành tiền", *rows)
    out = tmp_path / "mine.yaml"
    status, told, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    assert status == 0 and told["mapping"] == str(out)
    fields = {field["field"]: field for field in told["fields"]}
    assert fields["started"]["form"] == "dd/mm/yyyy" and fields["started"]["sure"] == 1
    assert fields["duration"]["form"] == "mm:ss" and fields["duration"]["sure"] == 0.5
    assert len(told["open"]) == 1 and "minutes and seconds" in told["open"][0]
    # It takes nothing in until somebody has answered, and mapping test shows what it would read.
    status, refusal, _ = command(
        "intake", path, "--mapping", out, "--key", tmp_path / "key", "--home", tmp_path / "none"
    )
    assert status == 5 and "phút và giây" in refusal["error"]["what"]
    assert not (tmp_path / "none").exists()
    assert command("mapping", "test", path, "--mapping", out)[1]["taken"] == 9
    answered(out)
    assert totals(take(path, mapping=str(out))) == (9, 9, 0, 0, 0)


def test_dates_that_fit_two_forms_are_told_with_both(export):
    path = export("A_NUMBER,B_NUMBER,START_TIME,DURATION", "0961234567,0912345678,01/02/2021,5")
    draft = draft_of(read_sample(path))
    assert guesses_of(path)["started"].sure == 0.5 and not draft.is_whole
    assert "form: dd/mm/yyyy: 2021-02-01 00:00:00.000" in draft.open[0].en
    assert "form: mm/dd/yyyy: 2021-01-02 00:00:00.000" in draft.open[0].en


def test_a_draft_without_a_form_reads_no_file_until_a_person_says_it(export, take, tmp_path):
    path = export("A_NUMBER,B_NUMBER,START_TIME,DURATION", "0961234567,0912345678,01/02/2021,5")
    out = tmp_path / "mine.yaml"
    status, told, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    assert status == 0 and {f["field"]: f["form"] for f in told["fields"]}["started"] is None
    status, told, _ = command("mapping", "test", path, "--mapping", out)
    assert status == 5 and "START_TIME" in told["error"]["what"]
    answered(out, **{"{column: START_TIME}": "{column: START_TIME, form: dd/mm/yyyy}"})
    assert totals(take(path, mapping=str(out))) == (1, 1, 0, 0, 0)


def test_a_column_of_two_forms_is_told_with_both(export):
    rows = [f"0961234567,0912345678,{day},5" for day in ("2021-08-05", "25/08/2021") * 3]
    draft = draft_of(read_sample(export("A_NUMBER,B_NUMBER,START_TIME,DURATION", *rows)))
    assert "form: dd/mm/yyyy reads 50%, form: yyyy-mm-dd reads 50%" in draft.open[0].en
    assert not draft.is_whole


def test_the_object_has_just_these_keys(export, tmp_path):
    path = export("A_NUMBER,B_NUMBER,START_TIME,DURATION", "0961234567,0912345678,20210805080000,5")
    for carrier in ([], ["--carrier", "viettel"]):
        out = tmp_path / f"m{len(carrier)}.yaml"
        told = command("mapping", "new", path, "--out", out, *carrier)[1]
        assert list(told) == ["mapping", "fields", "open"] and told["mapping"] == str(out)
        for field in told["fields"]:
            assert list(field) == ["field", "column", "form", "sure", "why"]
            assert 0 <= field["sure"] <= 1 and field["why"]
        assert len(told["open"]) == (1 if carrier else 2)


def test_nothing_is_asked_where_a_terminal_is_not(run, export, tmp_path):
    path = export("A_NUMBER,B_NUMBER,START_TIME,DURATION", "0961234567,0912345678,20210805,5")
    out = tmp_path / "mine.yaml"
    told = run("mapping", "new", path, "--out", out, "--lang", "en")
    assert told.returncode == 0 and out.exists() and "give --carrier" in told.stdout
    assert "Vietnam" not in told.stdout and "Đã ghi" not in told.stdout
    said = run("mapping", "new", path, "--out", tmp_path / "b.yaml", "--lang", "vi")
    assert "Đã ghi" in said.stdout and "Written" not in said.stdout


@pytest.mark.parametrize(
    ("head", "rows", "kind", "fields"),
    [
        ("Số thuê bao,Mạng chuyển đến,Ngày chuyển mạng",
         ["0961234567,Vinaphone,15/07/2021", "0961234568,MobiFone,5/8/2021"], "ports",
         {"number": "Số thuê bao", "carrier": "Mạng chuyển đến", "valid_from": "Ngày chuyển mạng"}),
        ("MSISDN,PACK,BOUGHT_AT,LEFT", ["0961234567,D50,20210805,100"], None, None),
        ("MSISDN,PACK,START_TIME,PRICE,REMAINING", ["0961234567,D50,20210805,50000,100"], "packs",
         {"number": "MSISDN", "pack": "PACK", "bought": "START_TIME", "price_paid": "PRICE",
          "left": "REMAINING"}),
    ],
)  # fmt: skip
def test_ports_and_packs_are_drafted(export, take, tmp_path, head, rows, kind, fields):
    path, out = export(head, *rows), tmp_path / "mine.yaml"
    status, told, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    if kind is None:
        assert status == 5 and "no file of records" in told["error"]["what"]
        return
    assert {field["field"]: field["column"] for field in told["fields"]} == fields
    assert totals(take(path, mapping=str(out), kind=kind))[:2] == (len(rows), len(rows))
    out.unlink()
    assert command("mapping", "new", path, "--kind", kind, "--out", out)[0] == 0


@pytest.mark.parametrize(
    "head", ["zip,state,enrolled", "antenna,latitude,longitude", "A_NUMBER,NAME", '"",geoid,state']
)
def test_what_is_no_file_of_records_is_said_to_be_none(export, tmp_path, head):
    path, out = export(head, ",".join("7" for _ in head.split(","))), tmp_path / "mine.yaml"
    status, told, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    assert status == 5 and "this is no file of records" in told["error"]["what"]
    assert not out.exists()


def test_a_file_without_heads_names_the_mapping_that_reads_it(export):
    row = '"","096","0912","c","An","s","d","Dial","","2021-08-05 08:00:00",,"2021-08-05 08:00:09"'
    path = export(f'{row},9,9,"ANSWERED","DOCUMENTATION","1.0",""')
    with pytest.raises(IntakeError, match="no line of heads") as caught:
        read_sample(path)
    assert "doisoat intake FILE --mapping asterisk" in caught.value.mend


# --- every container: the draft has the words by which intake reads it ---------------------------

HEADS = ["Mã cuộc gọi", "Số gọi", "Số bị gọi", "Thời điểm", "Thời lượng", "Thành tiền"]
ROWS = [[f"C{n}", "0961234567", "0912345678", f"{n + 13}/08/2021 07:05", "65", "1.950"]
        for n in range(9)]  # fmt: skip


def delimited():
    return "".join(";".join(row) + "\r\n" for row in [HEADS, *ROWS])


def fixed_width():
    return "".join("".join(text.ljust(18) for text in row) + "\n" for row in [HEADS, *ROWS])


def workbook(path):
    book = openpyxl.Workbook()
    book.active.append(["x"])
    sheet = book.create_sheet("Cước thoại")
    for row in [HEADS, *ROWS]:
        sheet.append(row)
    book.save(path)


def database(path):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE note (text)")
        names = ", ".join(f'"{head}"' for head in HEADS)
        connection.execute(f"CREATE TABLE cuoc ({names})")
        connection.executemany("INSERT INTO cuoc VALUES (?, ?, ?, ?, ?, ?)", ROWS)
        connection.commit()


@pytest.mark.parametrize(
    ("name", "write", "words"),
    [
        ("a.csv", lambda path: path.write_bytes(delimited().encode("utf-16")),
         ['encoding: "utf-16"', 'delimiter: ";"']),
        ("a.csv", lambda path: path.write_bytes(as_1258(delimited())),
         ['encoding: "windows-1258"', 'delimiter: ";"']),
        ("a.csv", lambda path: path.write_bytes(b"sep=;\r\n" + delimited().encode()),
         ['delimiter: ";"']),
        ("a.csv.gz", lambda path: path.write_bytes(gzip.compress(delimited().encode())),
         ['delimiter: ";"']),
        ("a.txt", lambda path: path.write_text(fixed_width(), "utf-8"),
         ['characters: {"Mã cuộc gọi": "1-11"']),
        ("a.xlsx", workbook, ['sheet: "Cước thoại"']),
        ("a.db", database, ["table: cuoc"]),
    ],
)  # fmt: skip
def test_each_container_is_seen_and_taken(take, tmp_path, name, write, words):
    path, out = tmp_path / name, tmp_path / "mine.yaml"
    write(path)
    status, told, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    assert status == 0, told
    assert all(word in out.read_text("utf-8") for word in words)
    assert {field["field"]: field["form"] for field in told["fields"]}["started"] == "dd/mm/yyyy"
    answered(out)
    assert totals(take(path, mapping=str(out))) == (9, 9, 0, 0, 0)


FIXED = "CALL_ID  A_NUMBER    B_NUMBER    START_TIME      SECS  BTS      COST"


def fixed_rows(*amounts, seconds=7):
    """Lines of fixed width, the amounts and seconds at the right of their columns."""
    return [f"{f'C{n}':<9}0961234567  0912345678  20210805080000  {seconds:>4}  B12  {amount:>8}"
            for n, amount in enumerate(amounts)]  # fmt: skip


@pytest.mark.parametrize(
    "amounts", [(5, 100_000, 7), (*[5] * 300, 1_234_567), (*[5] * 2_500, 100_000)]
)
def test_no_digit_of_an_amount_that_grows_is_cut(export, take, tmp_path, amounts):
    path, out = export(FIXED, *fixed_rows(*amounts), name="calls.txt"), tmp_path / "mine.yaml"
    assert command("mapping", "new", path, "--carrier", "viettel", "--out", out)[0] == 0
    assert totals(take(path, mapping=str(out))) == (len(amounts), len(amounts), 0, 0, 0)
    assert events_in(tmp_path)["charged"].sum() == sum(amounts)


def test_an_amount_wider_than_in_the_drafted_file_is_suspended(export, take, tmp_path):
    path, out = export(FIXED, *fixed_rows(5, 100), name="calls.txt"), tmp_path / "mine.yaml"
    assert command("mapping", "new", path, "--carrier", "viettel", "--out", out)[0] == 0
    later = export(FIXED, *fixed_rows(5, 123_456, seconds=8), name="later.txt")
    told = take(later, mapping=str(out))
    assert told.sub_reasons == {"malformed/structure": 1} and totals(told)[1] == 1


def test_columns_of_fixed_width_that_touch_are_refused(export, tmp_path):
    lines = [line.replace("B12  ", "B12NN") for line in fixed_rows(5, 12_345_678)]
    path, out = export(FIXED, *lines, name="calls.txt"), tmp_path / "mine.yaml"
    status, told, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    assert status == 5 and "BTS and COST" in told["error"]["what"] and not out.exists()


def test_a_workbook_that_intake_refuses_is_refused_by_a_draft(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["CHI TIẾT CƯỚC THÁNG 8"])
    for row in [HEADS, *ROWS]:
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(IntakeError, match="stand in row 2"):
        read_sample(tmp_path / "a.xlsx")


# --- the files of others: what a draft says of each, against what is right ------------------------

VOICE = {"kind": "voice", "subscriber": "A_NUMBER", "other": "B_NUMBER",
         "started": "START_TIME yyyymmddhhmmss",
         "duration": "DURATION s", "direction": "CALL_TYPE", "locality": "CELL_PROVINCE",
         "charged": "CHARGED_AMT", "key": "CALL_ID"}  # fmt: skip
PERSON = {
    "kind": "interaction",
    "direction": "direction",
    "other": "correspondent_id",
    "started": "datetime civil",
    "duration": "call_duration s",
    "subscriber": "",
    "units": "",
}
ANSWERS = {
    "ocs/OCS_VOICE_202108.csv": VOICE,
    "ocs/OCS_VOICE_202108_LATE.csv": VOICE,
    "ocs/OCS_SMS_202108.csv": {
        "kind": "sms",
        "subscriber": "A_NUMBER", "other": "B_NUMBER", "started": "SUBMIT_TIME yyyymmddhhmmss",
        "units": "PARTS", "charged": "CHARGED_AMT", "key": "MSG_ID"},
    "ocs/PGW_DATA_202108.csv": {
        "kind": "data",
        "subscriber": "MSISDN", "started": "START_TIME yyyymmddhhmmss", "host": "RATING_GROUP",
        "duration": "START_TIME, END_TIME yyyymmddhhmmss", "units": "UPLINK_KB, DOWNLINK_KB",
        "charged": "CHARGED_AMT", "key": "SESSION_ID"},
    "ocs/DANG_KY_GOI_202108.csv": {
        "kind": "pack",
        "subscriber": "Số thuê bao", "started": "Thời điểm dd/mm/yyyy", "pack": "Gói",
        "action": "Loại", "charged": "Thành tiền groups: '.'", "key": "Mã GD"},
    "ocs/DS_THUE_BAO_202108.csv": {
        "number": "Số thuê bao", "plan": "Gói cước", "payment": "Hình thức",
        "home_locality": "Tỉnh/TP", "valid_from": "Ngày kích hoạt dd/mm/yyyy",
        "valid_until": "Ngày hủy dd/mm/yyyy"},
    "bandicoot/ego.csv": PERSON,
    "bandicoot/A.csv": PERSON,
    "cdr-stats/CDRImport-2015-10-26.csv": {
        "kind": "voice",
        "subscriber": "caller_id_number", "other": "destination_number", "account": "accountcode",
        "started": "starting_date civil", "duration": "billsec s", "direction": None,
        "key": "callid"},
    "freeswitch/cdr-pusher_cdr.db": {
        "kind": "voice",
        "subscriber": "caller_id_number", "other": "destination_number",
        "account": "account_code", "started": "start_stamp civil_ns", "duration": "billsec s",
        "key": "uuid"},
}  # fmt: skip
REFUSED = {  # files of no records, or of a form of its own, and what the refusal says
    "acp/EnrollByState.csv": "no file of records",
    "acp/EnrollByZip-2024-03-13.csv.gz": "no file of records",
    "acp/EnrollByZip-2024-05-20.csv.gz": "no file of records",
    "asterisk/Master.csv": "--mapping asterisk",
    "asterisk/good.csv": "--mapping asterisk",
    "asterisk/buggy.csv": "--mapping asterisk",
    "bandicoot/antennas.csv": "no file of records",
    "cdr-stats/import_cdr_100.txt": "--mapping cdr-stats",
    "tap/nrt_2_1.ber": "--mapping tap",
    "tap/rap_mini.ber": "--mapping tap",
    "tap/sample-DataInterChange-1.ber": "--mapping tap",
    "tap/tap_3_12_negative_volume.ber": "--mapping tap",
    "tap/tap_3_12_timestamps.ber": "--mapping tap",
    "tap/tap_3_12_valid.ber": "--mapping tap",
    "tap/nrt_2_1.xml": "no file of records",
    "tap/rap_mini.xml": "no file of records",
}
PAPERS = ("LICENSE", "README.md")  # that lie beside the files


def verdicts_on(fields, right):
    """Of each field that is right to have: right, open or wrong."""
    for name, answer in right.items():
        field = fields.get(name)
        said = field and " ".join(part for part in (field["column"], field["form"]) if part)
        if field is None or (said != answer and field["sure"] < SURE):
            yield name, "open"
        else:
            yield name, "right" if said == answer else "wrong"
    for name in fields.keys() - right.keys():
        yield name, "wrong"


@pytest.mark.skipif(not FOREIGN, reason="DOISOAT_FOREIGN names no folder")
def test_drafts_of_the_files_of_others_are_right_or_open(tmp_path, capsys):
    counts = Counter()
    for at, (name, right) in enumerate(ANSWERS.items()):
        out = tmp_path / f"m{at}.yaml"
        path = Path(INPUTS) / name
        status, told, _ = command("mapping", "new", path, "--carrier", "vietnamobile", "--out", out)
        assert status == 0, (name, told)
        fields = {field["field"]: field for field in told["fields"]}
        verdicts = dict(verdicts_on(fields, right))
        assert "wrong" not in verdicts.values(), (name, verdicts)
        counts.update(verdicts.values())
        assert load_mapping(str(out))
    with capsys.disabled():
        print(f"\n{counts['right']} fields right, {counts['open']} open, {counts['wrong']} wrong")
    assert counts["right"] >= 0.9 * counts.total()


@pytest.mark.skipif(not FOREIGN, reason="DOISOAT_FOREIGN names no folder")
def test_every_file_of_others_is_drafted_or_refused_with_what_it_is(tmp_path):
    files = {str(path.relative_to(INPUTS)) for path in Path(INPUTS).rglob("*") if path.is_file()}
    assert {name for name in files if not name.endswith(PAPERS)} == {*ANSWERS, *REFUSED}
    for name, said in REFUSED.items():
        out = tmp_path / "mine.yaml"
        status, told, _ = command("mapping", "new", Path(INPUTS) / name, "--out", out)
        assert status == 5 and not out.exists(), name
        assert said in told["error"]["what"] + told["error"]["mend"], (name, told)


def test_what_only_a_person_knows_is_open_and_no_file_is_read_without_it(export, tmp_path):
    path = export("A_NUMBER,GOI,LOAI,START_TIME,CHARGED", "0961234567,D50,XX,20210805080000,5000")
    out = tmp_path / "mine.yaml"
    status, told, _ = command("mapping", "new", path, "--out", out)
    assert status == 0
    assert any("--carrier" in each for each in told["open"])
    assert any("LOAI" in each for each in told["open"])
    assert command("mapping", "check", out)[0] == 5


@pytest.mark.parametrize(
    ("head", "row", "said"),
    [
        ("x,y,z", "1,2,3", "no file of records"),
        ("latitude,longitude", "1.5,2.5", "no file of records"),
        ("1,2,3", "1,2,3", "no line of heads"),
    ],
)
def test_a_file_whose_heads_say_nothing_is_refused(export, head, row, said):
    with pytest.raises(IntakeError, match=said):
        draft_of(read_sample(export(head, row)))


def test_signs_of_a_terminal_are_not_said(export, tmp_path):
    row = "0961234567,0912345678,20210805080000,\x1b[2J\x1b[1mWritten,5"
    path = export("A_NUMBER,B_NUMBER,START_TIME,CALL_TYPE,DURATION", row)
    told = command("mapping", "new", path, "--carrier", "viettel", "--out", tmp_path / "m.yaml")[1]
    assert "CALL_TYPE" in told["open"][0] and not any("\x1b" in each for each in told["open"])


@pytest.mark.parametrize("head", ["A_NUMBER\x1b", "x" * 65])
def test_a_head_that_is_no_name_is_refused_before_anything_is_written(export, tmp_path, head):
    path, out = export(f"{head},START_TIME,DURATION", "0961234567,20210805,5"), tmp_path / "m.yaml"
    status, told, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    assert status == 5 and "column 1" in told["error"]["what"] and not out.exists()


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", "a,b\n1,2\n".encode("utf-16-le"), b"a,b\r1,2\r", b"a\xff,b\n"]
)
def test_what_is_no_text_is_refused(tmp_path, content):
    path = tmp_path / "calls.csv"
    path.write_bytes(content)
    with pytest.raises(IntakeError):
        read_sample(path)


def test_no_number_is_said_or_written(export, tmp_path):
    """Not of a column that was taken for words or places, nor of a file's name."""
    path = export(
        "A_NUMBER,B_NUMBER,START_TIME,CALL_TYPE,PROVINCE,DURATION,STATUS",
        *(f"096123456{n},098765432{n},20210805080000,An 091234567{n},090111222{n} x,5,"
          f"FAIL091234567{n}" for n in range(9)),
        name="e-0961234567.csv",
    )  # fmt: skip
    out = tmp_path / "mine.yaml"
    status, told, said = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    assert status == 0 and len(told["open"]) == 4
    text = json.dumps({**told, "mapping": ""}) + said + out.read_text("utf-8")
    assert not re.search(r"\d{9}", text) and "An 9" not in text


def test_a_mapping_is_not_named_by_a_number(export, tmp_path):
    path = export("A_NUMBER,B_NUMBER,START_TIME,DURATION", "0961234567,0912345678,20210805,5")
    out = tmp_path / "so-0912345678.yaml"
    assert command("mapping", "new", path, "--carrier", "viettel", "--out", out)[0] == 0
    assert load_mapping(str(out)).name == "so"
    text = out.read_text("utf-8").replace("name: so\n", "name: so0912345678\n", 1)
    with pytest.raises(IntakeError, match="name has a telephone number in it"):
        parse_mapping(text, "mine.yaml")


def test_the_name_of_a_file_stays_in_its_comment(export, tmp_path):
    name = "\n    key: {columns: [B_NUMBER]}\n    #.csv"
    path = export(
        "A_NUMBER,B_NUMBER,START_TIME,DURATION", "0961234567,0912345678,20210805,5", name=name
    )
    out = tmp_path / "mine.yaml"
    assert command("mapping", "new", path, "--carrier", "viettel", "--out", out)[0] == 0
    assert load_mapping(str(out)).usage[0].key is None


def test_a_line_without_end_is_refused(export, tmp_path):
    path = export("A_NUMBER,B_NUMBER,START_TIME,DURATION", f"0961234567,{'9' * 200_000},20210805,5")
    status, told, _ = command("mapping", "new", path, "--out", tmp_path / "mine.yaml")
    assert status == 5 and "one record a line" in told["error"]["mend"]


def test_a_list_of_subscribers_without_an_end_is_drafted(export, take, tmp_path):
    path = export("Số thuê bao,Gói cước,Hình thức,Ngày kích hoạt", "0961234567,ECO,TT,15/07/2015")
    out = tmp_path / "mine.yaml"
    assert command("mapping", "new", path, "--carrier", "viettel", "--out", out)[0] == 0
    assert totals(take(path, mapping=str(out), kind="subscriptions")) == (1, 1, 0, 0, 0)


def test_a_file_that_is_there_stays(export, tmp_path):
    path = export("A_NUMBER,B_NUMBER,START_TIME,DURATION", "0961234567,0912345678,20210805,5")
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


@pytest.mark.parametrize(
    ("head", "length", "charged", "form", "is_sure"),
    [
        ("Thời lượng", lambda day: f"{60 + day}", lambda day: f"{25 * (60 + day)}", "s", True),
        ("Thời lượng", lambda day: f"{day}", lambda day: f"{1_500 * day}", "min", True),
        ("Thời lượng", lambda day: f"{day},5", lambda day: f"{750 + 1_500 * day}", "min", True),
        ("Thời lượng", lambda day: f"{day}.5", 1_500, "s", False),
        ("Thời lượng", lambda day: f"{day}000", lambda day: f"{25 * day}", "ms", True),
        ("Thời lượng", lambda day: f"{60 + day}000", 90_000, "ms", False),
        ("Thời lượng", 60, 0, "s", False),
        ("billsec", 60, 0, "s", True),
        ("billsec", 2, 3_000, "s", False),
    ],
)
def test_a_unit_is_sure_where_head_or_charge_says_it(export, head, length, charged, form, is_sure):
    path = export(CALLS.replace("Thời lượng", head), *calls(length=length, charged=charged))
    draft = draft_of(read_sample(path))
    guess = {guess.field: guess for guess in draft.guesses}["duration"]
    assert guess.words["unit"] == form and (guess.sure >= SURE) == is_sure
    assert any("milliseconds" in each.en for each in draft.open) != is_sure


def test_the_end_of_a_call_says_the_unit_of_its_length(export):
    rows = [f"0961234567,0912345678,202108050800{n}0,202108050801{n}0,60000" for n in range(5)]
    path = export("A_NUMBER,B_NUMBER,START_TIME,END_TIME,DURATION", *rows)
    guess = guesses_of(path)["duration"]
    assert guess.words == {"unit": "ms"} and guess.sure == 1


def test_what_data_or_messages_cost_says_no_unit_of_a_length(export):
    head = "MSISDN;Start time;Volume MB;Duration;Charge"
    path = export(head, "0961234567;20210805080000;5;5;100")
    draft = draft_of(read_sample(path))
    assert {guess.field: guess.sure for guess in draft.guesses}["duration"] < SURE
    head = "EVENT_TYPE;A_NUMBER;B_NUMBER;START_TIME;DURATION;PARTS;CHARGED"
    person = "0961234567;0912345678;20210805080000"
    rows = [f"sms;{person};1;1;30"] * 3 + [f"voice;{person};2;;3000"]
    assert guesses_of(export(head, *rows))["duration"].words == {"unit": "min"}


def test_calls_that_came_to_nothing_are_left_out_in_both_languages(export, take, tmp_path):
    words = ("Thành công", "Gọi nhỡ", "Bận", "Không nghe máy", "CANCEL", "REJECTED", "Treo lạ")
    path = export(f"{CALLS};Trạng thái", *calls(status=lambda day: words[day % 7]))
    out = tmp_path / "mine.yaml"
    told = command("mapping", "new", path, "--carrier", "viettel", "--out", out)[1]
    assert len(told["open"]) == 1 and "Treo lạ in Trạng thái" in told["open"][0]
    answered(out)
    assert totals(take(path, mapping=str(out))) == (28, 8, 0, 0, 20)


def test_a_word_of_status_may_come_below_the_sample(export, take, tmp_path):
    head = "CALL_ID,A_NUMBER,B_NUMBER,START_TIME,DURATION,CHARGED_AMT,STATUS"
    words = ["ANSWERED"] * 2_001 + ["BUSY", "NOANSWER", "BẬN"]
    rows = [f"C{n},0961234567,0912345678,20210805080000,60,1500,{word}"
            for n, word in enumerate(words)]  # fmt: skip
    path, out = export(head, *rows), tmp_path / "mine.yaml"
    told = command("mapping", "new", path, "--carrier", "viettel", "--out", out)[1]
    assert told["open"] == []
    assert totals(take(path, mapping=str(out))) == (2_004, 2_001, 0, 0, 3)


def test_a_status_of_what_is_no_call_is_told(export):
    path = export("MSISDN,GOI,START_TIME,CHARGED,STATUS", "0961234567,D50,20210805,5000,FAILED")
    draft = draft_of(read_sample(path))
    assert draft.rules == () and "FAILED in STATUS" in draft.open[-1].en


@pytest.mark.parametrize(
    ("write", "count"),
    [
        (lambda day: f"{day:02}/08/2021" if day > 12 else f"08/{day:02}/2021", 11),
        (lambda day: f"{day:02}/08/2021" if day != 5 else "8/5/2021", 1),
        (lambda day: f"{day:02}/08/2021" if day != 20 else "08/20/2021", 1),
    ],
)
def test_dates_of_two_forms_in_one_column_are_told(export, write, count):
    draft = draft_of(read_sample(export(CALLS, *calls(started=write))))
    assert not draft.is_whole and f"{count} of 28 of form: mm/dd/yyyy" in draft.open[0].en


@pytest.mark.parametrize(
    "write", ["{day:02}/08/2021 07:05", lambda day: f"{day:02}/{day % 12 + 1}/2021 07:05"]
)
def test_dates_of_one_form_are_sure(export, write):
    assert guesses_of(export(CALLS, *calls(started=write)))["started"].sure == 1


def test_an_end_in_9999_is_an_open_end(export, take, tmp_path):
    head, out = "Số thuê bao;Gói cước;Hình thức;Ngày kích hoạt;Ngày hủy", tmp_path / "mine.yaml"
    path = export(head, "0961234567;ECO;TT;15/07/2015;31/12/9999", "0961234568;ECO;TT;15/07/2015;")
    told = command("mapping", "new", path, "--carrier", "viettel", "--out", out)[1]
    assert {field["field"]: field["form"] for field in told["fields"]}[
        "valid_until"
    ] == "dd/mm/yyyy"
    assert totals(take(path, mapping=str(out), kind="subscriptions")) == (2, 2, 0, 0, 0)


def test_days_of_a_workbook_with_a_decimal_comma_are_told(export):
    draft = draft_of(read_sample(export(CALLS, *calls(started=lambda day: f"444{day:02},5"))))
    assert not draft.is_whole and "decimal comma" in draft.open[0].en
    path = export(CALLS, *calls(started=lambda day: f"444{day:02}.5"))
    assert guesses_of(path)["started"].words == {"form": "excel"}


@pytest.mark.parametrize("titles", [["BÁO CÁO THÁNG 8"], ["BÁO CÁO THÁNG 8;;;;;", "Từ 01/08;;;;;"]])
@pytest.mark.parametrize("as_json", [True, False])
def test_titles_above_the_heads_are_refused_before_anything_is_written(
    run, export, tmp_path, titles, as_json
):
    path, out = export(titles[0], *titles[1:], CALLS, *calls()), tmp_path / "mine.yaml"
    command = ("mapping", "new", path, "--carrier", "viettel", "--out", out)
    told = run(*command, *["--json"] * as_json, *["--lang", "en"] * (not as_json))
    assert told.returncode == 5 and not out.exists()
    assert f"its heads stand in row {len(titles) + 1}" in told.stdout + told.stderr
