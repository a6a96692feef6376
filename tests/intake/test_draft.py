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

from doisoat.engine.intake.draft.draft import SURE, draft_of
from doisoat.engine.intake.draft.heads import field_of_head, folded
from doisoat.engine.intake.draft.sample import read_sample
from doisoat.engine.intake.mapping.mapping import load_mapping, parse_mapping
from doisoat.errors import IntakeError
from tests.integration.conftest import run as command

from .test_accounting import totals
from .test_containers import as_1258
from .test_foreign import FOREIGN, INPUTS
from .test_ordinary_files import events_in

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


def answered(out, **words):
    """The draft as it is once a person has answered: words put in, and no question left."""
    text = re.sub(r"^open:\n(  - .*\n)+", "", out.read_text("utf-8"), flags=re.M)
    for old, new in words.items():
        text = text.replace(old, new)
    out.write_text(text, "utf-8")


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
    # It takes nothing in until somebody has answered, and mapping test shows what it would read.
    status, refusal, _ = command(
        "intake", path, "--mapping", out, "--key", tmp_path / "key", "--home", tmp_path / "none"
    )
    assert status == 5 and "phút và giây" in refusal["error"]["what"]
    assert not (tmp_path / "none").exists()
    assert command("mapping", "test", path, "--mapping", out)[1]["taken"] == 9
    answered(out)
    assert totals(take(path, mapping=str(out))) == (9, 9, 0, 0, 0)


def test_dates_that_fit_two_forms_are_told_with_both(table):
    path = table("A_NUMBER,B_NUMBER,START_TIME,DURATION", "0961234567,0912345678,01/02/2021,5")
    draft = draft_of(read_sample(path))
    assert guesses_of(path)["started"].sure == 0.5 and not draft.is_whole
    assert "form: dd/mm/yyyy: 2021-02-01 00:00:00.000" in draft.open[0].en
    assert "form: mm/dd/yyyy: 2021-01-02 00:00:00.000" in draft.open[0].en


def test_a_draft_without_a_form_reads_no_file_until_a_person_says_it(table, take, tmp_path):
    path = table("A_NUMBER,B_NUMBER,START_TIME,DURATION", "0961234567,0912345678,01/02/2021,5")
    out = tmp_path / "mine.yaml"
    status, told, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    assert status == 0 and {f["field"]: f["form"] for f in told["fields"]}["started"] is None
    status, told, _ = command("mapping", "test", path, "--mapping", out)
    assert status == 5 and "START_TIME" in told["error"]["what"]
    answered(out, **{"{column: START_TIME}": "{column: START_TIME, form: dd/mm/yyyy}"})
    assert totals(take(path, mapping=str(out))) == (1, 1, 0, 0, 0)


def test_a_column_of_two_forms_is_told_with_both(table):
    rows = [f"0961234567,0912345678,{day},5" for day in ("2021-08-05", "25/08/2021") * 3]
    draft = draft_of(read_sample(table("A_NUMBER,B_NUMBER,START_TIME,DURATION", *rows)))
    assert "form: dd/mm/yyyy reads 50%, form: yyyy-mm-dd reads 50%" in draft.open[0].en
    assert not draft.is_whole


def test_the_object_has_just_these_keys(table, tmp_path):
    path = table("A_NUMBER,B_NUMBER,START_TIME,DURATION", "0961234567,0912345678,20210805080000,5")
    for carrier in ([], ["--carrier", "viettel"]):
        out = tmp_path / f"m{len(carrier)}.yaml"
        told = command("mapping", "new", path, "--out", out, *carrier)[1]
        assert list(told) == ["mapping", "fields", "open"] and told["mapping"] == str(out)
        for field in told["fields"]:
            assert list(field) == ["field", "column", "form", "sure", "why"]
            assert 0 <= field["sure"] <= 1 and field["why"]
        assert len(told["open"]) == (1 if carrier else 2)


def test_nothing_is_asked_where_a_terminal_is_not(run, table, tmp_path):
    path = table("A_NUMBER,B_NUMBER,START_TIME,DURATION", "0961234567,0912345678,20210805,5")
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
def test_ports_and_packs_are_drafted(table, take, tmp_path, head, rows, kind, fields):
    path, out = table(head, *rows), tmp_path / "mine.yaml"
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
def test_what_is_no_file_of_records_is_said_to_be_none(table, tmp_path, head):
    path, out = table(head, ",".join("7" for _ in head.split(","))), tmp_path / "mine.yaml"
    status, told, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    assert status == 5 and "this is no file of records" in told["error"]["what"]
    assert not out.exists()


def test_a_file_without_heads_names_the_mapping_that_reads_it(table):
    row = '"","096","0912","c","An","s","d","Dial","","2021-08-05 08:00:00",,"2021-08-05 08:00:09"'
    path = table(f'{row},9,9,"ANSWERED","DOCUMENTATION","1.0",""')
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
def test_no_digit_of_an_amount_that_grows_is_cut(table, take, tmp_path, amounts):
    path, out = table(FIXED, *fixed_rows(*amounts), name="calls.txt"), tmp_path / "mine.yaml"
    assert command("mapping", "new", path, "--carrier", "viettel", "--out", out)[0] == 0
    assert totals(take(path, mapping=str(out))) == (len(amounts), len(amounts), 0, 0, 0)
    assert events_in(tmp_path)["charged"].sum() == sum(amounts)


def test_an_amount_wider_than_in_the_drafted_file_is_suspended(table, take, tmp_path):
    path, out = table(FIXED, *fixed_rows(5, 100), name="calls.txt"), tmp_path / "mine.yaml"
    assert command("mapping", "new", path, "--carrier", "viettel", "--out", out)[0] == 0
    later = table(FIXED, *fixed_rows(5, 123_456, seconds=8), name="later.txt")
    told = take(later, mapping=str(out))
    assert told.sub_reasons == {"malformed/structure": 1} and totals(told)[1] == 1


def test_columns_of_fixed_width_that_touch_are_refused(table, tmp_path):
    lines = [line.replace("B12  ", "B12NN") for line in fixed_rows(5, 12_345_678)]
    path, out = table(FIXED, *lines, name="calls.txt"), tmp_path / "mine.yaml"
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
        ("x,y,z", "1,2,3", "no file of records"),
        ("latitude,longitude", "1.5,2.5", "no file of records"),
        ("1,2,3", "1,2,3", "no line of heads"),
    ],
)
def test_a_file_whose_heads_say_nothing_is_refused(table, head, row, said):
    with pytest.raises(IntakeError, match=said):
        draft_of(read_sample(table(head, row)))


def test_signs_of_a_terminal_are_not_said(table, tmp_path):
    row = "0961234567,0912345678,20210805080000,\x1b[2J\x1b[1mWritten,5"
    path = table("A_NUMBER,B_NUMBER,START_TIME,CALL_TYPE,DURATION", row)
    told = command("mapping", "new", path, "--carrier", "viettel", "--out", tmp_path / "m.yaml")[1]
    assert "CALL_TYPE" in told["open"][0] and not any("\x1b" in each for each in told["open"])


@pytest.mark.parametrize("head", ["A_NUMBER\x1b", "x" * 65])
def test_a_head_that_is_no_name_is_refused_before_anything_is_written(table, tmp_path, head):
    path, out = table(f"{head},START_TIME,DURATION", "0961234567,20210805,5"), tmp_path / "m.yaml"
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
    assert status == 0 and len(told["open"]) == 4
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


CALLS = "Mã cuộc gọi;Số gọi;Số bị gọi;Thời điểm;Thời lượng;Thành tiền"


def calls(*, started="{day:02}/08/2021 07:05", length=60, charged=1_500, **more):
    """Rows of calls; each text may be made of the row's `day`, 1 to 28."""
    texts = (started, length, charged, *more.values())
    return [
        ";".join((f"C{day}", "0961234567", "0912345678",
                  *(text(day) if callable(text) else str(text).format(day=day) for text in texts)))
        for day in range(1, 29)
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
def test_a_unit_is_sure_where_head_or_charge_says_it(table, head, length, charged, form, is_sure):
    path = table(CALLS.replace("Thời lượng", head), *calls(length=length, charged=charged))
    draft = draft_of(read_sample(path))
    guess = {guess.field: guess for guess in draft.guesses}["duration"]
    assert guess.words["unit"] == form and (guess.sure >= SURE) == is_sure
    assert any("milliseconds" in each.en for each in draft.open) != is_sure


def test_the_end_of_a_call_says_the_unit_of_its_length(table):
    rows = [f"0961234567,0912345678,202108050800{n}0,202108050801{n}0,60000" for n in range(5)]
    path = table("A_NUMBER,B_NUMBER,START_TIME,END_TIME,DURATION", *rows)
    guess = guesses_of(path)["duration"]
    assert guess.words == {"unit": "ms"} and guess.sure == 1


def test_what_data_or_messages_cost_says_no_unit_of_a_length(table):
    head = "MSISDN;Start time;Volume MB;Duration;Charge"
    path = table(head, "0961234567;20210805080000;5;5;100")
    draft = draft_of(read_sample(path))
    assert {guess.field: guess.sure for guess in draft.guesses}["duration"] < SURE
    head = "EVENT_TYPE;A_NUMBER;B_NUMBER;START_TIME;DURATION;PARTS;CHARGED"
    person = "0961234567;0912345678;20210805080000"
    rows = [f"sms;{person};1;1;30"] * 3 + [f"voice;{person};2;;3000"]
    assert guesses_of(table(head, *rows))["duration"].words == {"unit": "min"}


def test_calls_that_came_to_nothing_are_left_out_in_both_languages(table, take, tmp_path):
    words = ("Thành công", "Gọi nhỡ", "Bận", "Không nghe máy", "CANCEL", "REJECTED", "Treo lạ")
    path = table(f"{CALLS};Trạng thái", *calls(status=lambda day: words[day % 7]))
    out = tmp_path / "mine.yaml"
    told = command("mapping", "new", path, "--carrier", "viettel", "--out", out)[1]
    assert len(told["open"]) == 1 and "Treo lạ in Trạng thái" in told["open"][0]
    answered(out)
    assert totals(take(path, mapping=str(out))) == (28, 8, 0, 0, 20)


def test_a_word_of_status_may_come_below_the_sample(table, take, tmp_path):
    head = "CALL_ID,A_NUMBER,B_NUMBER,START_TIME,DURATION,CHARGED_AMT,STATUS"
    words = ["ANSWERED"] * 2_001 + ["BUSY", "NOANSWER", "BẬN"]
    rows = [f"C{n},0961234567,0912345678,20210805080000,60,1500,{word}"
            for n, word in enumerate(words)]  # fmt: skip
    path, out = table(head, *rows), tmp_path / "mine.yaml"
    told = command("mapping", "new", path, "--carrier", "viettel", "--out", out)[1]
    assert told["open"] == []
    assert totals(take(path, mapping=str(out))) == (2_004, 2_001, 0, 0, 3)


def test_a_status_of_what_is_no_call_is_told(table):
    path = table("MSISDN,GOI,START_TIME,CHARGED,STATUS", "0961234567,D50,20210805,5000,FAILED")
    draft = draft_of(read_sample(path))
    assert draft.unanswered is None and "FAILED in STATUS" in draft.open[-1].en


@pytest.mark.parametrize(
    ("write", "count"),
    [
        (lambda day: f"{day:02}/08/2021" if day > 12 else f"08/{day:02}/2021", 11),
        (lambda day: f"{day:02}/08/2021" if day != 5 else "8/5/2021", 1),
        (lambda day: f"{day:02}/08/2021" if day != 20 else "08/20/2021", 1),
    ],
)
def test_dates_of_two_forms_in_one_column_are_told(table, write, count):
    draft = draft_of(read_sample(table(CALLS, *calls(started=write))))
    assert not draft.is_whole and f"{count} of 28 of form: mm/dd/yyyy" in draft.open[0].en


@pytest.mark.parametrize(
    "write", ["{day:02}/08/2021 07:05", lambda day: f"{day:02}/{day % 12 + 1}/2021 07:05"]
)
def test_dates_of_one_form_are_sure(table, write):
    assert guesses_of(table(CALLS, *calls(started=write)))["started"].sure == 1


def test_an_end_in_9999_is_an_open_end(table, take, tmp_path):
    head, out = "Số thuê bao;Gói cước;Hình thức;Ngày kích hoạt;Ngày hủy", tmp_path / "mine.yaml"
    path = table(head, "0961234567;ECO;TT;15/07/2015;31/12/9999", "0961234568;ECO;TT;15/07/2015;")
    told = command("mapping", "new", path, "--carrier", "viettel", "--out", out)[1]
    assert {field["field"]: field["form"] for field in told["fields"]}[
        "valid_until"
    ] == "dd/mm/yyyy"
    assert totals(take(path, mapping=str(out), kind="subscriptions")) == (2, 2, 0, 0, 0)


def test_days_of_a_workbook_with_a_decimal_comma_are_told(table):
    draft = draft_of(read_sample(table(CALLS, *calls(started=lambda day: f"444{day:02},5"))))
    assert not draft.is_whole and "decimal comma" in draft.open[0].en
    path = table(CALLS, *calls(started=lambda day: f"444{day:02}.5"))
    assert guesses_of(path)["started"].words == {"form": "excel"}


@pytest.mark.parametrize("titles", [["BÁO CÁO THÁNG 8"], ["BÁO CÁO THÁNG 8;;;;;", "Từ 01/08;;;;;"]])
@pytest.mark.parametrize("as_json", [True, False])
def test_titles_above_the_heads_are_refused_before_anything_is_written(
    run, table, tmp_path, titles, as_json
):
    path, out = table(titles[0], *titles[1:], CALLS, *calls()), tmp_path / "mine.yaml"
    command = ("mapping", "new", path, "--carrier", "viettel", "--out", out)
    told = run(*command, *["--json"] * as_json, *["--lang", "en"] * (not as_json))
    assert told.returncode == 5 and not out.exists()
    assert f"its heads stand in row {len(titles) + 1}" in told.stdout + told.stderr


# --- columns that change what is counted ----------------------------------------------------------

CALL = "C{n};0961234567;0912345678;{day}/08/2021 07:05;65;1500"


def drafted(table, head, *rows):
    """The draft of a table, its guesses by field, and what is open in it."""
    draft = draft_of(read_sample(table(head, *rows)))
    return draft, {guess.field: guess for guess in draft.guesses}, [each.en for each in draft.open]


def more_calls(*more):
    """Nine calls, each with one of the texts of further columns, in turn."""
    return [";".join([CALL.format(n=n, day=n + 13), *(texts[n % len(texts)] for texts in more)])
            for n in range(9)]  # fmt: skip


@pytest.mark.parametrize(
    ("charged", "is_open"),
    [(("1500", "1500"), True), (("1500", "0"), False), (("1500", ""), False)],
)
def test_calls_that_come_in_are_left_out(table, take, tmp_path, charged, is_open):
    head = "CALL_ID;CALLING;CALLED;MSISDN;CALL_TYPE;START_TIME;DURATION_S;AMOUNT"
    out_row = "O{n};0961234567;0912345678;0961234567;MO;20210805080000;60;" + charged[0]
    in_row = "I{n};0912345678;0961234567;0961234567;MT;20210805090000;60;" + charged[1]
    rows = [row.format(n=n) for n in range(3) for row in (out_row, in_row)]
    _, guesses, unknown = drafted(table, head, *rows)
    assert guesses["subscriber"].columns == ("CALLING",)
    assert ["calls that come in" in each for each in unknown] == [True] * is_open
    out = tmp_path / "mine.yaml"
    path = table(head, *rows)
    assert command("mapping", "new", path, "--carrier", "viettel", "--out", out)[0] == 0
    answered(out)
    assert totals(take(path, mapping=str(out))) == (6, 3, 0, 0, 3)


@pytest.mark.parametrize("words", [("MOC", "MTC"), ("Gọi đi", "Gọi đến"), ("Outbound", "Inbound")])
def test_words_of_calls_that_go_out_and_come_in(table, words):
    draft, _, unknown = drafted(table, CALLS + ";Chiều gọi", *more_calls(words))
    assert [(rule.rule, rule.words) for rule in draft.rules] == [("incoming", words[1:])]
    assert len(unknown) == 1 and "calls that come in" in unknown[0]


def test_a_number_that_is_not_always_who_calls_is_asked_for(table, tmp_path):
    head = CALLS + ";Thuê bao"
    path = table(head, *more_calls(("0961234567", "0912345678")))
    draft, _, unknown = drafted(table, head, *more_calls(("0961234567", "0912345678")))
    assert not draft.is_whole and "which column is subscriber: Số gọi, Thuê bao differ" in unknown
    out = tmp_path / "mine.yaml"
    assert command("mapping", "new", path, "--carrier", "viettel", "--out", out)[0] == 0
    assert command("mapping", "check", out)[0] == 5
    assert drafted(table, head, *more_calls(("0961234567",)))[2] == []


def test_roaming_is_left_out_and_asked_for(table, take, tmp_path):
    head, rows = CALLS + ";ROAMING;VISITED_PLMN", more_calls(("Y", "N", "N"), ("45201", "52501"))
    path, out = table(head, *rows), tmp_path / "mine.yaml"
    status, draft, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    assert status == 0 and sum("roaming" in each for each in draft["open"]) == 2
    answered(out)
    assert totals(take(path, mapping=str(out))) == (9, 3, 0, 0, 6)
    assert "which words in ROAMING say roaming" in drafted(table, CALLS + ";ROAMING",
                                                           *more_calls(("N",)))[2][0]  # fmt: skip


def test_a_file_of_all_kinds_keeps_its_volumes(table, take, tmp_path):
    head = (
        "Mã bản ghi;Số thuê bao;Số bị gọi;Loại dịch vụ;Thời điểm;Thời lượng (giây);Dung lượng (MB)"
    )
    path = table(head, "C0;0961234567;0912345678;Thoại;13/08/2021 00:00;60;",
                 "C1;0961234567;0912345678;Tin nhắn;14/08/2021 07:13;;",
                 "C2;0961234567;;Data;15/08/2021 14:26;;7")  # fmt: skip
    out = tmp_path / "mine.yaml"
    status, draft, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    assert status == 0 and "parts" in draft["open"][0]
    assert "data_unit: MB" in out.read_text("utf-8")
    fields = {field["field"]: field["column"] for field in draft["fields"]}
    assert fields["units"] == "Dung lượng (MB)"
    answered(out)
    assert totals(take(path, mapping=str(out))) == (3, 2, 0, 1, 0)


def test_messages_of_a_file_of_all_kinds_have_a_count_of_their_own(table, take, home, tmp_path):
    path = table("MSISDN;Số bị gọi;Loại dịch vụ;Thời điểm;Volume MB;Số tin",
                 "0961234567;0912345678;SMS;20210814071300;;3",
                 "0961234567;;Data;20210815142600;7;")  # fmt: skip
    out = tmp_path / "mine.yaml"
    status, draft, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    assert status == 0 and draft["open"] == []
    assert totals(take(path, mapping=str(out))) == (2, 2, 0, 0, 0)
    assert sorted(events_in(home)["units"]) == [3, 7 << 20]


@pytest.mark.parametrize(
    ("heads", "day", "clock", "form"),
    [
        (("Ngày gọi", "Giờ gọi"), "{n}/8/2021", "07:{n}:05", "dd/mm/yyyy"),
        (("Ngày bắt đầu", "Giờ bắt đầu"), "2021-08-{n}", "7:{n}", "yyyy-mm-dd"),
        (("START_DATE", "START_TIME"), "202108{n}", "07{n}05", "yyyymmdd hhmmss"),
    ],
)
def test_a_day_and_a_time_of_day_are_joined(table, take, tmp_path, heads, day, clock, form):
    rows = [f"0961234567;0912345678;{day};{clock};60".format(n=n) for n in range(13, 22)]
    path, out = (
        table(f"Số gọi;Số bị gọi;{';'.join(heads)};Thời lượng (giây)", *rows),
        tmp_path / "m.yaml",
    )
    status, draft, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    assert status == 0 and draft["open"] == []
    fields = {field["field"]: field for field in draft["fields"]}
    assert (fields["started"]["column"], fields["started"]["form"]) == (", ".join(heads), form)
    assert totals(take(path, mapping=str(out))) == (9, 9, 0, 0, 0)


@pytest.mark.parametrize(
    ("head", "row", "said"),
    [
        ("MSISDN,START_TIME,DURATION_S", "0961234567,20210805080000,60", "the other party"),
        ("MSISDN,Ngày đăng ký,Gói", "0961234567,2021-08-05 08:00:00,D50", "registered or renewed"),
    ],
)
def test_a_field_without_which_nothing_is_read_is_open(table, tmp_path, head, row, said):
    path, out = table(head, *[row] * 3), tmp_path / "mine.yaml"
    status, draft, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    assert status == 0 and any(said in each for each in draft["open"])
    assert command("mapping", "check", out)[0] == 5


def test_a_moment_goes_before_a_day(table):
    rows = ["0961234567,0912345678,2021-08-05,2021-08-05 08:00:00,60"] * 3
    heads = "A_NUMBER,B_NUMBER,Ngày,Thời điểm,DURATION_S"
    _, guesses, unknown = drafted(table, heads, *rows)
    assert guesses["started"].columns == ("Thời điểm",) and unknown == []


def test_days_without_a_time_of_day_are_not_sure(table):
    rows = ["0961234567,0912345678,2021-08-05,60"] * 9
    _, guesses, unknown = drafted(table, "A_NUMBER,B_NUMBER,CALL_DATE,DURATION_S", *rows)
    assert guesses["started"].sure < SURE and "the time of day" in unknown[0]


@pytest.mark.parametrize(
    ("head", "row", "kind", "sure"),
    [
        ("ID,CALLING,CALLED,ANSWER_TIME,USAGE", "1,0961234567,0912345678,20210805080000,60",
         "voice", False),
        ("MSG_ID,A_NUMBER,B_NUMBER,SUBMIT_TIME,LENGTH", "1,0961234567,0912345678,20210805080000,99",
         "sms", False),
        ("MSG_ID,A_NUMBER,B_NUMBER,SUBMIT_TIME", "1,0961234567,0912345678,20210805080000",
         "sms", True),
        ("ID,A_NUMBER,B_NUMBER,START_TIME", "1,0961234567,0912345678,20210805080000", "sms", False),
        ("ID,A_NUMBER,B_NUMBER,START_TIME,LENGTH", "1,0961234567,0912345678,20210805080000,60",
         "voice", False),
        ("ID,A_NUMBER,B_NUMBER,START_TIME,DURATION_S", "1,0961234567,0912345678,20210805080000,60",
         "voice", True),
        ("ID,MSISDN,START_TIME,VOLUME_KB", "1,0961234567,20210805080000,60", "data", True),
        ("ID,MSISDN,START_TIME,USAGE_KB", "1,0961234567,20210805080000,60", "data", True),
        ("ID,MSISDN,GOI,START_TIME", "1,0961234567,D50,20210805080000", "pack", False),
    ],
)  # fmt: skip
def test_the_kind_is_a_guess_and_says_how_sure_it_is(table, head, row, kind, sure):
    draft, guesses, unknown = drafted(table, head, *[row] * 3)
    assert guesses["kind"].words == {"constant": kind} and draft.usage_kind == kind
    assert (guesses["kind"].sure >= SURE) == sure
    assert any(f"takes them as {kind}" in each for each in unknown) != sure


@pytest.mark.parametrize(
    ("heads", "texts", "unit", "said"),
    [
        ("Dung lượng", "500", None, "the unit of Dung lượng"),
        ("UPLINK_BYTES;DOWNLINK_KB", "1024;500", None, "which unit UPLINK_BYTES, DOWNLINK_KB have"),
        ("UL_VOLUME;DL_VOLUME", "1024;500", None, "the unit of UL_VOLUME, DL_VOLUME"),
        ("Tải lên (KB);Tải xuống (KB)", "1024;500", "KB", ""),
        ("Uplink (KB);Lưu lượng xuống (KB)", "1024;500", "KB", ""),
        ("Volume (KiB)", "500", "KB", ""),
        ("BYTES_UP;BYTES_DOWN", "500;500", "bytes", ""),
        ("Uplink (KB)", "500", "KB", "the other way than Uplink (KB)"),
        ("Volume MB;Uplink KB;Downlink KB", "3;1024;1024", "KB", "whether Volume MB counts"),
    ],
)
def test_the_unit_of_data_is_in_the_heads_or_open(table, tmp_path, heads, texts, unit, said):
    path = table(f"ID;MSISDN;START_TIME;{heads}", f"1;0961234567;20210805080000;{texts}")
    out = tmp_path / "mine.yaml"
    status, draft, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    assert status == 0 and [said in each for each in draft["open"]] == [True] * bool(said)
    assert command("mapping", "check", out)[0] == (0 if unit else 5)
    assert unit is None or load_mapping(str(out)).usage[0].data_unit == unit


@pytest.mark.parametrize(
    ("text", "read"), [("12,50", 13_107_200), ("1.234,5", 1_294_467_072), ("7", 7 << 20)]
)
def test_a_volume_with_decimals_is_read(table, take, home, tmp_path, text, read):
    path = table("ID;MSISDN;START_TIME;Lưu lượng (MB)", f"1;0961234567;20210805080000;{text}")
    out = tmp_path / "mine.yaml"
    assert command("mapping", "new", path, "--carrier", "viettel", "--out", out)[0] == 0
    assert totals(take(path, mapping=str(out))) == (1, 1, 0, 0, 0)
    assert events_in(home)["units"].to_list() == [read]


@pytest.mark.parametrize(
    ("heads", "texts", "field", "columns", "said"),
    [
        ("SĐT;SĐT nhận;Thời điểm;Thời lượng (giây);Giá cước;Thành tiền", "60;1.500;1.525",
         "charged", ("Thành tiền",), ""),
        ("SĐT;SĐT nhận;Thời điểm;Thời lượng (giây);Giá cước", "60;1.500", "charged", ("Giá cước",),
         "the price of a unit"),
        ("SĐT;SĐT nhận;Thời điểm;Thời lượng (giây);COST;AMOUNT", "60;1500;0", "charged", (),
         "which column is charged"),
        ("SĐT;SĐT nhận;Thời điểm;Thời lượng (giây);COST;AMOUNT", "60;1500;1500", "charged",
         ("COST",), ""),
        ("SĐT;SĐT nhận;Thời điểm;Thời lượng (giây);Số giây tính cước", "60;31", "duration",
         ("Số giây tính cước",), ""),
        ("Số gọi;Số bị gọi;START_TIME;ANSWER_TIME;END_TIME", "20210805080020;20210805080120",
         "duration", ("ANSWER_TIME", "END_TIME"), ""),
        ("SĐT;SĐT nhận;Thời điểm;Thời lượng (giây);Thành tiền;Thành tiền", "60;1500;99", "charged",
         None, "2 have this head"),
        ("SĐT;SĐT nhận;Thời điểm;Thời lượng (giây);Mã KH", "60;KH0", "account", None,
         "whether Mã KH is an account"),
    ],
)  # fmt: skip
def test_of_several_columns_the_right_one_is_taken_or_a_person_is_asked(
    table, heads, texts, field, columns, said
):
    row = f"0961234567;0912345678;20210805080000;{texts}"
    _, guesses, unknown = drafted(table, heads, *[row] * 3)
    guess = guesses.get(field)
    assert (guess and guess.columns) == columns
    assert [said in each for each in unknown] == [True] * bool(said)


@pytest.mark.parametrize(
    ("caller", "called", "said"),
    [
        ("961234567", "0912345678", "100% of the numbers in Số gọi lack their first 0"),
        ("0961.234.567", "0912.345.678", ""),
        ("+84 961 234 567", "0912345678", ""),
        ("8,4923E+10", "0912345678", "whether Số gọi holds telephone numbers"),
    ],
)
def test_numbers_as_spreadsheets_leave_them_are_no_names(table, caller, called, said):
    rows = [f"{caller};{called};20210805080000;60"] * 3
    draft, _, unknown = drafted(table, "Số gọi;Số bị gọi;Thời điểm;Thời lượng (giây)", *rows)
    assert not draft.names and [said in each for each in unknown] == [True] * bool(said)


@pytest.mark.parametrize("place", ["TP.HCM", "TP. Hồ Chí Minh", "Sài Gòn", "HCM"])
def test_a_city_has_several_names(table, place):
    _, guesses, unknown = drafted(table, CALLS + ";Tỉnh/TP", *more_calls((place,)))
    assert guesses["locality"].words == {"values": {place: "79"}} and unknown == []


@pytest.mark.parametrize(("total", "sure"), [("2", 1.0), ("3", 0.5)])
def test_a_total_beside_both_directions_is_their_sum_or_told(table, take, tmp_path, total, sure):
    head = "Session ID;MSISDN;Start time;Total volume MB;Uplink KB;Downlink KB"
    path = table(head, f"C0;0961234567;2021-08-01 00:00:00;{total};1024;1024")
    out = tmp_path / "mine.yaml"
    status, told, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    fields = {field["field"]: field for field in told["fields"]}
    assert status == 0 and fields["units"]["sure"] == sure
    assert any("Total volume MB" in each for each in told["open"]) == (sure < SURE)
    answered(out)
    assert totals(take(path, mapping=str(out))) == (1, 1, 0, 0, 0)
    assert events_in(tmp_path)["units"].sum() == 2 << 20


def test_a_purchase_may_begin_on_the_day_of_registration(table, take, tmp_path):
    head = "Mã GD;Số thuê bao;Tên gói;Ngày đăng ký;Ngày hết hạn;Giá gói"
    path = table(head, "G0;0961234567;D90;15/08/2021 07:05;30/09/2021;90.000")
    out = tmp_path / "mine.yaml"
    status, told, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    fields = {field["field"]: field for field in told["fields"]}
    assert status == 0 and fields["started"]["column"] == "Ngày đăng ký"


def test_the_same_records_under_another_draft_are_the_same_events(table, take, tmp_path):
    path = table(CALLS, *calls(length=lambda day: str(60 + day)))
    again = table(CALLS, *calls(length=lambda day: str(60 + day)), name="again.csv")
    again.write_text(again.read_text("utf-8") + "\n", "utf-8")
    for file, out in ((path, tmp_path / "a.yaml"), (again, tmp_path / "b.yaml")):
        assert command("mapping", "new", file, "--carrier", "viettel", "--out", out)[0] == 0
        assert load_mapping(str(out)).source_system == "viettel"
        assert "mã mỗi sự kiện" in out.read_text("utf-8")
    assert totals(take(path, mapping=str(tmp_path / "a.yaml"))) == (28, 28, 0, 0, 0)
    assert totals(take(again, mapping=str(tmp_path / "b.yaml"))) == (28, 0, 28, 0, 0)


def test_a_draft_without_a_carrier_has_no_source_either(table, tmp_path):
    path = table("A_NUMBER,B_NUMBER,START_TIME,DURATION", "0961234567,0912345678,20210805,5")
    out = tmp_path / "mine.yaml"
    assert command("mapping", "new", path, "--out", out)[0] == 0
    assert "\n# source_system: …" in out.read_text("utf-8")


DATA = "SESSION_ID,MSISDN,START_TIME,END_TIME,UPLINK_KB,DOWNLINK_KB,CHARGE"


def session(key, number, minute):
    return f"{key},0925{number:06},2021080110{minute:02}00,2021080110{minute + 1:02}00,1,{minute},0"


def text_of_draft(tmp_path, *paths):
    """What `mapping new` says of the key of files, and its draft."""
    out = tmp_path / "mine.yaml"
    status, told, _ = command("mapping", "new", *paths, "--carrier", "vietnamobile", "--out", out)
    assert status == 0
    key = next((field for field in told["fields"] if field["field"] == "key"), None)
    return key, out.read_text("utf-8")


def test_parts_of_sessions_have_their_begin_in_the_key_and_are_asked_for(table, tmp_path):
    rows = [session(n // 4, n // 4, n) for n in range(40)]
    key, text = text_of_draft(tmp_path, table(DATA, *rows))
    assert "key: {columns: [SESSION_ID, START_TIME]}" in text
    assert key["column"] == "SESSION_ID, START_TIME" and key["sure"] < SURE
    assert "SESSION_ID" in text[: text.index("usage:")]


def test_a_key_that_a_second_file_uses_anew_has_the_begin_in_it(table, take, tmp_path):
    heads = "CALL_ID,MSISDN,START_TIME,END_TIME,UPLINK_KB,DOWNLINK_KB,CHARGE"
    paths = [table(heads, *(session(n, n + 20 * at, n + 20 * at) for n in range(20)),
                   name=f"{at}.csv") for at in range(2)]  # fmt: skip
    _, text = text_of_draft(tmp_path, *paths)
    assert text.count("key: {columns: [CALL_ID, START_TIME]}") == 2
    assert "open:" not in text
    account = take(*paths, mapping=str(tmp_path / "mine.yaml"))
    assert totals(account) == (40, 40, 0, 0, 0)


def test_exact_copies_and_records_left_out_contradict_no_key(table, tmp_path):
    rows = [f"{n // 2},0925000{n // 2:03},0912345678,2021-08-01 10:{n // 2:02}:00,{n % 2},"
            f"{('BUSY', 'ANSWERED')[n % 2]}" for n in range(40)]  # fmt: skip
    path = table("CALL_ID,A_NUMBER,B_NUMBER,START_TIME,DURATION,STATUS", *rows, *rows[-4:])
    key, text = text_of_draft(tmp_path, path)
    assert "key: {columns: [CALL_ID]}" in text and key["sure"] == 1


def test_a_key_that_tells_nothing_apart_is_none(table, tmp_path):
    rows = [f"1,0925000{n:03},0912345678,2021-08-01 10:00:00,60" for n in range(40)]
    _, text = text_of_draft(tmp_path, table("CALL_ID,A_NUMBER,B_NUMBER,START_TIME,DURATION", *rows))
    assert "key:" not in text and "CALL_ID" in text[: text.index("usage:")]


def test_a_key_repeats_beyond_the_sample_as_well(table, tmp_path):
    rows = [f"{n % 2_500},0925{n:06},0912345678,2021-08-{1 + n % 28:02} 10:{n % 60:02}:00,60"
            for n in range(2_510)]  # fmt: skip
    _, text = text_of_draft(tmp_path, table("CALL_ID,A_NUMBER,B_NUMBER,START_TIME,DURATION", *rows))
    assert "key: {columns: [CALL_ID, START_TIME]}" in text


def test_intake_says_what_to_do_where_most_records_contradict_others(table, take, tmp_path):
    path = table(DATA, *(session(n // 4, n // 4, n) for n in range(40)))
    _, text = text_of_draft(tmp_path, path)
    mapping = tmp_path / "mine.yaml"
    mapping.write_text(text.replace("[SESSION_ID, START_TIME]", "[SESSION_ID]"), "utf-8")
    answered(mapping)
    account = take(path, mapping=str(mapping))
    assert totals(account) == (40, 0, 0, 40, 0)
    assert any("SESSION_ID" in note for note in account.files[0].notes)


@pytest.mark.parametrize(
    ("heads", "texts", "columns", "said"),
    [
        ("Tiền trước thuế;Thuế GTGT;Tổng tiền", "136;14;150", ("Tổng tiền",), ""),
        ("AMOUNT;TAX_AMOUNT;TOTAL_AMOUNT", "1364;136;1500", ("TOTAL_AMOUNT",), ""),
        ("AMOUNT;TAX_AMOUNT;TOTAL_AMOUNT", "1364;136;1700", ("TOTAL_AMOUNT",), "not AMOUNT, TAX"),
        ("Thành tiền;Thuế suất;Tiền thuế;Thành tiền sau thuế", "1364;10%;136;1500",
         ("Thành tiền sau thuế",), ""),
        ("Thành tiền;Thuế VAT (10%);Tổng cộng", "1525;152;1678", ("Tổng cộng",), ""),
        ("Cước;Thuế;Cộng", "1364;136;1500", ("Cộng",), ""),
        ("Cước trước thuế;Cước sau thuế", "1364;1500", ("Cước sau thuế",), ""),
        ("Tiền chưa VAT;VAT;Thành tiền", "1364;136;1500", ("Thành tiền",), ""),
        ("CHARGE;VAT", "1364;136", ("CHARGE", "VAT"), ""),
        ("CHARGE;VAT", "1500;136", ("CHARGE",), ""),
        ("CHARGE;VAT", "1500;400", None, "none of CHARGE, VAT"),
        ("Thành tiền;Khuyến mại;Còn phải trả", "1500;500;1000", ("Còn phải trả",), ""),
        ("Thành tiền;Khuyến mại", "1500;500", ("Thành tiền",), "whether Khuyến mại change"),
        ("Thành tiền;Khuyến mại", "1500;0", ("Thành tiền",), ""),
        ("Tiền chưa thuế", "1364", None, "none of Tiền chưa thuế"),
        ("Thành tiền (nghìn đồng)", "1,500", None, "none of Thành tiền (nghìn đồng)"),
        ("Amount (USD)", "2", None, "none of Amount (USD)"),
        ("AMOUNT;CURRENCY", "1500;USD", ("AMOUNT",), "in which currency"),
        ("AMOUNT;CURRENCY", "1500;VND", ("AMOUNT",), ""),
        ("TK chính;TK khuyến mại", "1000;500", None, "none of TK chính, TK khuyến mại"),
        ("Loại cước;Mã cước", "trong nước;12", None, ""),
        ("Cước gọi", "1500", None, "none of Cước gọi"),
        ("Thành tiền;Thuế suất", "1500;10", ("Thành tiền",), "whether Thuế suất change"),
        ("Thành tiền;VAT", "1500;10%", ("Thành tiền",), "whether VAT change"),
    ],
)  # fmt: skip
def test_what_a_record_cost_has_its_tax_in_it_or_is_open(table, heads, texts, columns, said):
    head = f"Số gọi;Số bị gọi;Thời điểm;Thời lượng (giây);{heads}"
    rows = [f"0961234567;0912345678;20210805080000;60;{texts}"] * 3
    _, guesses, unknown = drafted(table, head, *rows)
    charged = guesses.get("charged")
    assert (charged and charged.columns) == columns
    assert [said in each for each in unknown] == [True] * bool(said)
    assert charged is None or (charged.sure < SURE) == bool(said)


def test_an_amount_and_its_tax_are_added_up(table, take, tmp_path):
    head = "CALL_ID;A_NUMBER;B_NUMBER;START_TIME;BILLSEC;CHARGE;VAT"
    path = table(head, *(f"C{n};0961234567;0912345678;2021080508000{n};60;1.364;136"
                         for n in range(3)))  # fmt: skip
    out = tmp_path / "mine.yaml"
    status, told, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    assert status == 0 and told["open"] == []
    assert totals(take(path, mapping=str(out))) == (3, 3, 0, 0, 0)
    assert events_in(tmp_path)["charged"].to_list() == [1_500] * 3


def test_what_a_pack_was_paid_goes_before_its_price(table):
    head = "Số thuê bao;Mã gói;Ngày đăng ký;Loại giao dịch;Giá gói;Tiền khuyến mại;Thực thu"
    row = "0961234567;D90;01/08/2021 00:00:00;Đăng ký;90.000;10.000;80.000"
    assert drafted(table, head, row)[1]["charged"].columns == ("Thực thu",)


@pytest.mark.parametrize(
    ("word", "end", "is_open"),
    [("Đã cắt", "", True), ("Đã cắt", "25/09/2021", False), ("Hoạt động", "", False)],
)
def test_a_subscriber_whose_status_may_be_an_end_is_told(table, word, end, is_open):
    head = "Số thuê bao;Gói cước;Ngày kích hoạt;Ngày hủy;Trạng thái"
    _, _, unknown = drafted(table, head, f"0961234567;M;25/08/2019;{end};{word}")
    assert [f"{word} in Trạng thái" in each for each in unknown] == [True] * is_open


def test_what_a_person_must_say_of_words_shows_their_digits(table):
    _, _, unknown = drafted(
        table, CALLS + ";SERVING_PLMN;Tỉnh", *more_calls(("52001",), ("Hà Nội", "1"))
    )
    assert any("52001" in each for each in unknown) and "the codes of 1" in unknown


def test_a_country_code_in_a_column_of_its_own_is_joined(table, take, tmp_path):
    head = "CALL_ID;CC;CALLING_NUMBER;CALLED_CC;CALLED_NUMBER;START_TIME;BILLSEC"
    path = table(head, *(f"C{n};84;961234567;84;912345678;2021080508000{n};60" for n in range(3)))
    out = tmp_path / "mine.yaml"
    status, told, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    assert status == 0 and told["open"] == []
    assert totals(take(path, mapping=str(out))) == (3, 3, 0, 0, 0)


@pytest.mark.parametrize("called", ["19001234", "18001080", "113", "+14155550123", "0085620123456"])
def test_whom_intake_knows_is_a_party_of_a_call(table, called):
    rows = [f"0961234567;{called};20210805080000;60"] * 3
    _, guesses, unknown = drafted(table, "Số gọi;Số bị gọi;Thời điểm;Thời lượng (giây)", *rows)
    assert guesses["other"].sure == 1 and unknown == []


@pytest.mark.parametrize(
    ("heads", "texts"),
    [("Số bị gọi;Thời lượng", "0912345678;"), ("Số bị gọi;Thời lượng (giây)", "BC12X;60"),
     ("Số bị gọi;Thời lượng;Thành tiền", "0912345678;1:05;1,x")],
)  # fmt: skip
def test_a_field_that_is_not_sure_is_open(table, heads, texts):
    other = "0912345678" if "BC" in texts else ""
    rows = [f"0961234567;20210805080000;{texts}"] * 3
    rows += [f"0961234567;20210805080000;{other};60"] * 8 if other else []
    _, guesses, unknown = drafted(table, f"Số gọi;Thời điểm;{heads}", *rows)
    unsure = [guess for guess in guesses.values() if guess.sure < SURE]
    assert unsure and all(
        any(column in each for each in unknown) for guess in unsure for column in guess.columns
    )


@pytest.mark.parametrize(
    ("head", "field"),
    [
        ("CallBeginTime", "started"), ("CALL_BEGIN_TIME", "started"), ("START_DATETIME", "started"),
        ("START_TIME_UTC", "started"), ("RECORD_OPENING_TIME", "started"), ("callID", "key"),
        ("Bắt đầu phiên", "started"), ("Ngày giờ bắt đầu", "started"), ("ANumber", "subscriber"),
        ("Ngày giờ kết thúc", "ended"), ("Kết thúc phiên", "ended"), ("VolumeKiB", "units"),
        ("ACTIVE_DATE", "valid_from"), ("Thời gian đăng ký", "valid_from"), ("SUB_TYPE", "payment"),
        ("VOLUME_UPLINK (BYTES)", "uplink"), ("VOLUME_DOWNLINK(BYTES)", "downlink"),
        ("Số gửi", "subscriber"), ("TOTAL_SEGMENTS", "messages"), ("Tên gói cước", "pack"),
        ("START_TIME (GMT+7)", None),
    ],
)  # fmt: skip
def test_heads_of_ordinary_exports_are_known(head, field):
    assert field_of_head(folded(head)) == field


@pytest.mark.parametrize(
    ("head", "text", "form"),
    [
        ("START_TIME_UTC", "2021-08-01 10:00:00",
         '{column: START_TIME_UTC, form: civil, zone: "+00:00"}'),
        ("START_TIME", "2021-08-01 10:00:00", "{column: START_TIME, form: civil}"),
        ("START_TIME_UTC", "2021-08-01T10:00:00Z", "{column: START_TIME_UTC, form: iso}"),
    ],
)  # fmt: skip
def test_a_head_that_says_utc_gives_its_times_their_zone(table, tmp_path, head, text, form):
    _, drafted_text = text_of_draft(
        tmp_path, table(f"A_NUMBER,B_NUMBER,{head},DURATION", f"0961234567,0912345678,{text},60")
    )
    assert f"started: {form}" in drafted_text


def test_a_sheet_with_the_same_heads_as_another_is_listed(tmp_path):
    book = openpyxl.Workbook()
    for sheet in (book.active, book.create_sheet("second")):
        sheet.append(["A_NUMBER", "B_NUMBER", "START_TIME", "DURATION"])
        sheet.append(["0961234567", "0912345678", "2021-08-01 10:00:00", "60"])
    book.create_sheet("notes").append(["note"])
    book.save(tmp_path / "calls.xlsx")
    [question] = read_sample(tmp_path / "calls.xlsx").unknown
    assert "second" in question and "notes" not in question


def test_a_layout_of_calls_without_a_length_is_listed(table):
    draft = draft_of(read_sample(table(
        "MSISDN,B_NUMBER,START_TIME,SERVICE_TYPE,USAGE,UNIT",
        "0961234567,0912345678,2021-08-01 10:00:00,VOICE,60,SEC",
        "0961234567,,2021-08-01 10:00:00,DATA,60,KB",
    )))  # fmt: skip
    assert any("how long calls are" in question.en for question in draft.open)


def test_a_draft_that_lacks_a_word_says_its_question(table, tmp_path):
    path = table("A_NUMBER,SRC,B_NUMBER,START_TIME,DURATION",
                 "0961234567,0912345678,0912345678,2021-08-01 10:00:00,60")  # fmt: skip
    text_of_draft(tmp_path, path)
    with pytest.raises(IntakeError, match="A_NUMBER, SRC"):
        load_mapping(str(tmp_path / "mine.yaml"))
