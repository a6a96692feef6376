"""Drafts column by column: what the texts of a field show, and what only a person can say."""

from fractions import Fraction

import openpyxl
import pytest

from doisoat.engine.intake.draft.draft import draft_of
from doisoat.engine.intake.draft.guess import SURE
from doisoat.engine.intake.draft.heads import field_of_head, folded
from doisoat.engine.intake.draft.sample import read_sample
from doisoat.engine.intake.mapping.mapping import load_mapping
from doisoat.errors import IntakeError
from doisoat.state import STATE, CurrencyForm, TaxForm
from doisoat.tariffs.load.jurisdiction import state_of_before
from tests.integration.conftest import run as command

from .exports import (
    CALLS,
    answered,
    calls,
    drafted,
    more_calls,
)
from .test_accounting import totals
from .test_ordinary_files import events_in


@pytest.mark.parametrize(
    ("charged", "is_open"),
    [(("1500", "1500"), True), (("1500", "0"), False), (("1500", ""), False)],
)
def test_calls_that_come_in_are_left_out(export, take, tmp_path, charged, is_open):
    head = "CALL_ID;CALLING;CALLED;MSISDN;CALL_TYPE;START_TIME;DURATION_S;AMOUNT"
    out_row = "O{n};0961234567;0912345678;0961234567;MO;20210805080000;60;" + charged[0]
    in_row = "I{n};0912345678;0961234567;0961234567;MT;20210805090000;60;" + charged[1]
    rows = [row.format(n=n) for n in range(3) for row in (out_row, in_row)]
    _, guesses, unknown = drafted(export, head, *rows)
    assert guesses["subscriber"].columns == ("CALLING",)
    assert ["calls that come in" in each for each in unknown] == [True] * is_open
    out = tmp_path / "mine.yaml"
    path = export(head, *rows)
    assert command("mapping", "new", path, "--carrier", "viettel", "--out", out)[0] == 0
    answered(out)
    assert totals(take(path, mapping=str(out))) == (6, 3, 0, 0, 3)


@pytest.mark.parametrize("words", [("MOC", "MTC"), ("Gọi đi", "Gọi đến"), ("Outbound", "Inbound")])
def test_words_of_calls_that_go_out_and_come_in(export, words):
    draft, _, unknown = drafted(export, CALLS + ";Chiều gọi", *more_calls(words))
    assert [(rule.rule, rule.words) for rule in draft.rules] == [("incoming", words[1:])]
    assert len(unknown) == 1 and "calls that come in" in unknown[0]


def test_a_number_that_is_not_always_who_calls_is_asked_for(export, tmp_path):
    head = CALLS + ";Thuê bao"
    path = export(head, *more_calls(("0961234567", "0912345678")))
    draft, _, unknown = drafted(export, head, *more_calls(("0961234567", "0912345678")))
    assert not draft.is_whole and "which column is subscriber: Số gọi, Thuê bao differ" in unknown
    out = tmp_path / "mine.yaml"
    assert command("mapping", "new", path, "--carrier", "viettel", "--out", out)[0] == 0
    assert command("mapping", "check", out)[0] == 5
    assert drafted(export, head, *more_calls(("0961234567",)))[2] == []


def test_roaming_is_left_out_and_asked_for(export, take, tmp_path):
    head, rows = CALLS + ";ROAMING;VISITED_PLMN", more_calls(("Y", "N", "N"), ("45201", "52501"))
    path, out = export(head, *rows), tmp_path / "mine.yaml"
    status, draft, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    assert status == 0 and sum("roaming" in each for each in draft["open"]) == 2
    answered(out)
    assert totals(take(path, mapping=str(out))) == (9, 3, 0, 0, 6)
    assert "which words in ROAMING say roaming" in drafted(export, CALLS + ";ROAMING",
                                                           *more_calls(("N",)))[2][0]  # fmt: skip


def test_a_file_of_all_kinds_keeps_its_volumes(export, take, tmp_path):
    head = (
        "Mã bản ghi;Số thuê bao;Số bị gọi;Loại dịch vụ;Thời điểm;Thời lượng (giây);Dung lượng (MB)"
    )
    path = export(head, "C0;0961234567;0912345678;Thoại;13/08/2021 00:00;60;",
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


def test_messages_of_a_file_of_all_kinds_have_a_count_of_their_own(export, take, home, tmp_path):
    path = export("MSISDN;Số bị gọi;Loại dịch vụ;Thời điểm;Volume MB;Số tin",
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
def test_a_day_and_a_time_of_day_are_joined(export, take, tmp_path, heads, day, clock, form):
    rows = [f"0961234567;0912345678;{day};{clock};60".format(n=n) for n in range(13, 22)]
    path, out = (
        export(f"Số gọi;Số bị gọi;{';'.join(heads)};Thời lượng (giây)", *rows),
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
def test_a_field_without_which_nothing_is_read_is_open(export, tmp_path, head, row, said):
    path, out = export(head, *[row] * 3), tmp_path / "mine.yaml"
    status, draft, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    assert status == 0 and any(said in each for each in draft["open"])
    assert command("mapping", "check", out)[0] == 5


def test_a_moment_goes_before_a_day(export):
    rows = ["0961234567,0912345678,2021-08-05,2021-08-05 08:00:00,60"] * 3
    heads = "A_NUMBER,B_NUMBER,Ngày,Thời điểm,DURATION_S"
    _, guesses, unknown = drafted(export, heads, *rows)
    assert guesses["started"].columns == ("Thời điểm",) and unknown == []


def test_days_without_a_time_of_day_are_not_sure(export):
    rows = ["0961234567,0912345678,2021-08-05,60"] * 9
    _, guesses, unknown = drafted(export, "A_NUMBER,B_NUMBER,CALL_DATE,DURATION_S", *rows)
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
def test_the_kind_is_a_guess_and_says_how_sure_it_is(export, head, row, kind, sure):
    draft, guesses, unknown = drafted(export, head, *[row] * 3)
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
def test_the_unit_of_data_is_in_the_heads_or_open(export, tmp_path, heads, texts, unit, said):
    path = export(f"ID;MSISDN;START_TIME;{heads}", f"1;0961234567;20210805080000;{texts}")
    out = tmp_path / "mine.yaml"
    status, draft, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    assert status == 0 and [said in each for each in draft["open"]] == [True] * bool(said)
    assert command("mapping", "check", out)[0] == (0 if unit else 5)
    assert unit is None or load_mapping(str(out)).usage[0].data_unit == unit


@pytest.mark.parametrize(
    ("text", "read"), [("12,50", 13_107_200), ("1.234,5", 1_294_467_072), ("7", 7 << 20)]
)
def test_a_volume_with_decimals_is_read(export, take, home, tmp_path, text, read):
    path = export("ID;MSISDN;START_TIME;Lưu lượng (MB)", f"1;0961234567;20210805080000;{text}")
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
        ("SĐT;SĐT nhận;Thời điểm;Thời lượng (giây);Số giây tính cước", "60;31", "duration", (),
         "which column is duration"),
        ("SĐT;SĐT nhận;Thời điểm;Thời lượng (giây);Thời gian đàm thoại (giây)", "60;31",
         "duration", ("Thời gian đàm thoại (giây)",), ""),
        ("SĐT;SĐT nhận;Thời điểm;Thời lượng (giây);Cước phải thu;Cước đã thu", "60;1500;900",
         "charged", (),
         "which column is charged"),
        ("SĐT;SĐT nhận;Thời điểm;Thời lượng (giây);Số trả cước", "60;0961234568", "subscriber", (),
         "which column is subscriber"),
        ("CALLING;CALLED;Thời điểm;Thời lượng (giây);CHARGED_PARTY", "60;0961234567", "subscriber",
         ("CALLING",), ""),
        ("SĐT;SĐT nhận;Thời gian;Thời lượng (giây);Thời điểm", "60;20210805090000", "started", (),
         "which column is started"),
        ("Chủ gọi;Bị gọi;TG bắt đầu;TG đàm thoại (giây)", "60", "started", ("TG bắt đầu",), ""),
        ("SOURCE_ADDR;DEST_ADDR;TS;SECS", "60", "other", ("DEST_ADDR",), ""),
        ("SĐT;SĐT nhận;Thời gian;Thời lượng (giây);Thời gian gọi", "60;20210805070000", "started",
         ("Thời gian gọi",), ""),
        ("Số gọi;Số bị gọi;START_TIME;ANSWER_TIME;END_TIME", "20210805080020;20210805080120",
         "duration", ("ANSWER_TIME", "END_TIME"), ""),
        ("SĐT;SĐT nhận;Thời điểm;Thời lượng (giây);Thành tiền;Thành tiền", "60;1500;99", "charged",
         None, "2 have this head"),
        ("SĐT;SĐT nhận;Thời điểm;Thời lượng (giây);Mã KH", "60;KH0", "account", None,
         "whether Mã KH is an account"),
    ],
)  # fmt: skip
def test_of_several_columns_the_right_one_is_taken_or_a_person_is_asked(
    export, heads, texts, field, columns, said
):
    row = f"0961234567;0912345678;20210805080000;{texts}"
    _, guesses, unknown = drafted(export, heads, *[row] * 3)
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
def test_numbers_as_spreadsheets_leave_them_are_no_names(export, caller, called, said):
    rows = [f"{caller};{called};20210805080000;60"] * 3
    draft, _, unknown = drafted(export, "Số gọi;Số bị gọi;Thời điểm;Thời lượng (giây)", *rows)
    assert not draft.names and [said in each for each in unknown] == [True] * bool(said)


@pytest.mark.parametrize("place", ["TP.HCM", "TP. Hồ Chí Minh", "Sài Gòn", "HCM"])
def test_a_city_has_several_names(export, place):
    _, guesses, unknown = drafted(export, CALLS + ";Tỉnh/TP", *more_calls((place,)))
    assert guesses["locality"].words == {"values": {place: "79"}} and unknown == []


@pytest.mark.parametrize(("total", "sure"), [("2", 1.0), ("3", 0.5)])
def test_a_total_beside_both_directions_is_their_sum_or_told(export, take, tmp_path, total, sure):
    head = "Session ID;MSISDN;Start time;Total volume MB;Uplink KB;Downlink KB"
    path = export(head, f"C0;0961234567;2021-08-01 00:00:00;{total};1024;1024")
    out = tmp_path / "mine.yaml"
    status, told, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    fields = {field["field"]: field for field in told["fields"]}
    assert status == 0 and fields["units"]["sure"] == sure
    assert any("Total volume MB" in each for each in told["open"]) == (sure < SURE)
    answered(out)
    assert totals(take(path, mapping=str(out))) == (1, 1, 0, 0, 0)
    assert events_in(tmp_path)["units"].sum() == 2 << 20


def test_a_purchase_may_begin_on_the_day_of_registration(export, take, tmp_path):
    head = "Mã GD;Số thuê bao;Tên gói;Ngày đăng ký;Ngày hết hạn;Giá gói"
    path = export(head, "G0;0961234567;D90;15/08/2021 07:05;30/09/2021;90.000")
    out = tmp_path / "mine.yaml"
    status, told, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    fields = {field["field"]: field for field in told["fields"]}
    assert status == 0 and fields["started"]["column"] == "Ngày đăng ký"


def test_the_same_records_under_another_draft_are_the_same_events(export, take, tmp_path):
    path = export(CALLS, *calls(length=lambda day: str(60 + day)))
    again = export(CALLS, *calls(length=lambda day: str(60 + day)), name="again.csv")
    again.write_text(again.read_text("utf-8") + "\n", "utf-8")
    for file, out in ((path, tmp_path / "a.yaml"), (again, tmp_path / "b.yaml")):
        assert command("mapping", "new", file, "--carrier", "viettel", "--out", out)[0] == 0
        assert load_mapping(str(out)).source_system == "viettel"
        assert "mã mỗi sự kiện" in out.read_text("utf-8")
    assert totals(take(path, mapping=str(tmp_path / "a.yaml"))) == (28, 28, 0, 0, 0)
    assert totals(take(again, mapping=str(tmp_path / "b.yaml"))) == (28, 0, 28, 0, 0)


def test_a_draft_without_a_carrier_has_no_source_either(export, tmp_path):
    path = export("A_NUMBER,B_NUMBER,START_TIME,DURATION", "0961234567,0912345678,20210805,5")
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


def test_parts_of_sessions_have_their_begin_in_the_key_and_are_asked_for(export, tmp_path):
    rows = [session(n // 4, n // 4, n) for n in range(40)]
    key, text = text_of_draft(tmp_path, export(DATA, *rows))
    assert "key: {columns: [SESSION_ID, START_TIME]}" in text
    assert key["column"] == "SESSION_ID, START_TIME" and key["sure"] < SURE
    assert "SESSION_ID" in text[: text.index("usage:")]


def test_a_key_that_a_second_file_uses_anew_has_the_begin_in_it(export, take, tmp_path):
    heads = "CALL_ID,MSISDN,START_TIME,END_TIME,UPLINK_KB,DOWNLINK_KB,CHARGE"
    paths = [export(heads, *(session(n, n + 20 * at, n + 20 * at) for n in range(20)),
                   name=f"{at}.csv") for at in range(2)]  # fmt: skip
    _, text = text_of_draft(tmp_path, *paths)
    assert text.count("key: {columns: [CALL_ID, START_TIME]}") == 2
    assert "open:" not in text
    account = take(*paths, mapping=str(tmp_path / "mine.yaml"))
    assert totals(account) == (40, 40, 0, 0, 0)


def test_exact_copies_and_records_left_out_contradict_no_key(export, tmp_path):
    rows = [f"{n // 2},0925000{n // 2:03},0912345678,2021-08-01 10:{n // 2:02}:00,{n % 2},"
            f"{('BUSY', 'ANSWERED')[n % 2]}" for n in range(40)]  # fmt: skip
    path = export("CALL_ID,A_NUMBER,B_NUMBER,START_TIME,DURATION,STATUS", *rows, *rows[-4:])
    key, text = text_of_draft(tmp_path, path)
    assert "key: {columns: [CALL_ID]}" in text and key["sure"] == 1


def test_a_key_that_tells_nothing_apart_is_none(export, tmp_path):
    rows = [f"1,0925000{n:03},0912345678,2021-08-01 10:00:00,60" for n in range(40)]
    _, text = text_of_draft(
        tmp_path, export("CALL_ID,A_NUMBER,B_NUMBER,START_TIME,DURATION", *rows)
    )
    assert "key:" not in text and "CALL_ID" in text[: text.index("usage:")]


def test_a_key_repeats_beyond_the_sample_as_well(export, tmp_path):
    rows = [f"{n % 2_500},0925{n:06},0912345678,2021-08-{1 + n % 28:02} 10:{n % 60:02}:00,60"
            for n in range(2_510)]  # fmt: skip
    _, text = text_of_draft(
        tmp_path, export("CALL_ID,A_NUMBER,B_NUMBER,START_TIME,DURATION", *rows)
    )
    assert "key: {columns: [CALL_ID, START_TIME]}" in text


def test_intake_says_what_to_do_where_most_records_contradict_others(export, take, tmp_path):
    path = export(DATA, *(session(n // 4, n // 4, n) for n in range(40)))
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
def test_what_a_record_cost_has_its_tax_in_it_or_is_open(export, heads, texts, columns, said):
    head = f"Số gọi;Số bị gọi;Thời điểm;Thời lượng (giây);{heads}"
    rows = [f"0961234567;0912345678;20210805080000;60;{texts}"] * 3
    _, guesses, unknown = drafted(export, head, *rows)
    charged = guesses.get("charged")
    assert (charged and charged.columns) == columns
    assert [said in each for each in unknown] == [True] * bool(said)
    assert charged is None or (charged.sure < SURE) == bool(said)


@pytest.mark.parametrize(
    ("heads", "texts", "columns", "said"),
    [
        ("Amount (USD)", "250", ("Amount (USD)",), ""),
        ("Amount ($)", "250", ("Amount ($)",), ""),
        ("AMOUNT;CURRENCY", "250;USD", ("AMOUNT",), ""),
        ("AMOUNT;CURRENCY", "250;VND", ("AMOUNT",), "does not say USD in every row"),
        ("Amount (EUR)", "2", None, "cost its subscriber in dollars"),
        ("CHARGE;TAX", "1000;50", ("CHARGE", "TAX"), ""),
        ("CHARGE;TAX", "1050;50", ("CHARGE",), ""),
        ("CHARGE;TAX", "1000;100", None, "none of CHARGE, TAX"),  # the rate of another state
    ],
)
def test_amounts_are_of_the_currency_and_tax_in_use(export, heads, texts, columns, said):
    """Of dollars in cents, with a tax of 5 %."""
    state = state_of_before()
    form = CurrencyForm("USD", 2, "$", True, "đô la", "dollar", "dollars", "cent", "cents", ",",
                        ".", TaxForm("thuế", "tax", (("2000-01", Fraction(1, 20)),)))  # fmt: skip
    STATE.use(state._replace(amounts=form))
    head = f"A_NUMBER;B_NUMBER;START_TIME;Seconds;{heads}"
    rows = [f"0961234567;0912345678;20210805080000;60;{texts}"] * 3
    _, guesses, unknown = drafted(export, head, *rows)
    charged = guesses.get("charged")
    assert (charged and charged.columns) == columns
    assert [said in each for each in unknown] == [True] * bool(said)


def test_an_amount_and_its_tax_are_added_up(export, take, tmp_path):
    head = "CALL_ID;A_NUMBER;B_NUMBER;START_TIME;BILLSEC;CHARGE;VAT"
    path = export(head, *(f"C{n};0961234567;0912345678;2021080508000{n};60;1.364;136"
                         for n in range(3)))  # fmt: skip
    out = tmp_path / "mine.yaml"
    status, told, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    assert status == 0 and told["open"] == []
    assert totals(take(path, mapping=str(out))) == (3, 3, 0, 0, 0)
    assert events_in(tmp_path)["charged"].to_list() == [1_500] * 3


def test_what_a_pack_was_paid_goes_before_its_price(export):
    head = "Số thuê bao;Mã gói;Ngày đăng ký;Loại giao dịch;Giá gói;Tiền khuyến mại;Thực thu"
    row = "0961234567;D90;01/08/2021 00:00:00;Đăng ký;90.000;10.000;80.000"
    assert drafted(export, head, row)[1]["charged"].columns == ("Thực thu",)


@pytest.mark.parametrize(
    ("word", "end", "is_open"),
    [("Đã cắt", "", True), ("Đã cắt", "25/09/2021", False), ("Hoạt động", "", False)],
)
def test_a_subscriber_whose_status_may_be_an_end_is_told(export, word, end, is_open):
    head = "Số thuê bao;Gói cước;Ngày kích hoạt;Ngày hủy;Trạng thái"
    _, _, unknown = drafted(export, head, f"0961234567;M;25/08/2019;{end};{word}")
    told = [f"{word} in Trạng thái" in each for each in unknown if "Trạng thái" in each]
    assert told == [True] * is_open


def test_what_a_person_must_say_of_words_shows_their_digits(export):
    _, _, unknown = drafted(
        export, CALLS + ";SERVING_PLMN;Tỉnh", *more_calls(("52001",), ("Hà Nội", "1"))
    )
    assert any("52001" in each for each in unknown) and "the codes of 1" in unknown


def test_a_country_code_in_a_column_of_its_own_is_joined(export, take, tmp_path):
    head = "CALL_ID;CC;CALLING_NUMBER;CALLED_CC;CALLED_NUMBER;START_TIME;BILLSEC"
    path = export(head, *(f"C{n};84;961234567;84;912345678;2021080508000{n};60" for n in range(3)))
    out = tmp_path / "mine.yaml"
    status, told, _ = command("mapping", "new", path, "--carrier", "viettel", "--out", out)
    assert status == 0 and told["open"] == []
    assert totals(take(path, mapping=str(out))) == (3, 3, 0, 0, 0)


@pytest.mark.parametrize("called", ["19001234", "18001080", "113", "+14155550123", "0085620123456"])
def test_whom_intake_knows_is_a_party_of_a_call(export, called):
    rows = [f"0961234567;{called};20210805080000;60"] * 3
    _, guesses, unknown = drafted(export, "Số gọi;Số bị gọi;Thời điểm;Thời lượng (giây)", *rows)
    assert guesses["other"].sure == 1 and unknown == []


@pytest.mark.parametrize(
    ("heads", "texts"),
    [("Số bị gọi;Thời lượng", "0912345678;"), ("Số bị gọi;Thời lượng (giây)", "BC12X;60"),
     ("Số bị gọi;Thời lượng;Thành tiền", "0912345678;1:05;1,x")],
)  # fmt: skip
def test_a_field_that_is_not_sure_is_open(export, heads, texts):
    other = "0912345678" if "BC" in texts else ""
    rows = [f"0961234567;20210805080000;{texts}"] * 3
    rows += [f"0961234567;20210805080000;{other};60"] * 8 if other else []
    _, guesses, unknown = drafted(export, f"Số gọi;Thời điểm;{heads}", *rows)
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
def test_a_head_that_says_utc_gives_its_times_their_zone(export, tmp_path, head, text, form):
    _, drafted_text = text_of_draft(
        tmp_path, export(f"A_NUMBER,B_NUMBER,{head},DURATION", f"0961234567,0912345678,{text},60")
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


def test_a_layout_of_calls_without_a_length_is_listed(export):
    draft = draft_of(read_sample(export(
        "MSISDN,B_NUMBER,START_TIME,SERVICE_TYPE,USAGE,UNIT",
        "0961234567,0912345678,2021-08-01 10:00:00,VOICE,60,SEC",
        "0961234567,,2021-08-01 10:00:00,DATA,60,KB",
    )))  # fmt: skip
    assert any("how long calls are" in question.en for question in draft.open)


def test_a_draft_that_lacks_a_word_says_its_question(export, tmp_path):
    path = export("A_NUMBER,SRC,B_NUMBER,START_TIME,DURATION",
                 "0961234567,0912345678,0912345678,2021-08-01 10:00:00,60")  # fmt: skip
    text_of_draft(tmp_path, path)
    with pytest.raises(IntakeError, match="A_NUMBER, SRC"):
        load_mapping(str(tmp_path / "mine.yaml"))


def test_of_two_times_of_day_one_may_be_a_length(export):
    row = "0961234567;0912345678;22/08/2021;05:47:22;00:02:41"
    _, guesses, unknown = drafted(export, "Gọi từ;Gọi đến;Ngày;Giờ;Thời gian gọi", *[row] * 3)
    assert not guesses["started"].is_whole
    assert any("which column is started" in each for each in unknown)


def test_an_end_that_is_empty_has_the_form_of_the_other_days(export, take, tmp_path):
    head = "Số thuê bao;Gói cước;Hình thức;Ngày kích hoạt;Ngày hủy;Tỉnh"
    rows = [f"09612345{n:02};M;Trả trước;25/08/2019;;79" for n in range(9)]
    out = tmp_path / "mine.yaml"
    path = export(head, *rows, name="july.csv")
    assert command("mapping", "new", path, "--carrier", "viettel", "--out", out)[0] == 0
    later = export(head, *(row.replace(";;", ";24/07/2021;") for row in rows), name="august.csv")
    assert totals(take(later, mapping=str(out), kind="subscriptions")) == (9, 9, 0, 0, 0)


@pytest.mark.parametrize(
    ("heads", "row", "question"),
    [
        ("Gói cước;Ngày kích hoạt;tra_truoc", "M;25/08/2019;1", "prepaid or postpaid"),
        ("Gói cước;Ngày kích hoạt;Hình thức", "M;25/08/2019;1", "words in Hình thức"),
        ("Ngày kích hoạt;Hình thức", "25/08/2019;Trả trước", "which plan"),
        ("Gói cước;Ngày kích hoạt;Hình thức;Tỉnh", "M;25/08/2019;TT;DNG", "places in Tỉnh"),
    ],
)
def test_what_subscribers_lack_is_open_and_written(export, tmp_path, heads, row, question):
    path, out = export(f"Số thuê bao;{heads}", f"0961234567;{row}"), tmp_path / "mine.yaml"
    status, told = command("mapping", "new", path, "--kind", "subscriptions", "--carrier",
                           "viettel", "--out", out)[:2]  # fmt: skip
    assert status == 0 and out.exists()
    assert any(question in each for each in told["open"])


def test_how_subscribers_pay_is_seen_by_its_words_whatever_its_head(export):
    path = export("Số thuê bao;Gói cước;Ngày kích hoạt;LOAI", "0961234567;M;25/08/2019;Trả sau")
    draft = draft_of(read_sample(path), "subscriptions")
    guess = {guess.field: guess for guess in draft.guesses}["payment"]
    assert guess.columns == ("LOAI",) and guess.words == {"values": {"Trả sau": "postpaid"}}


@pytest.mark.parametrize(
    ("head", "text", "is_key"),
    [("ID", "C{n}", True), ("Mã", "{n}00000000", True), ("ID", "{n}", False), ("ID", "C", False),
     ("STT", "C{n}", False)],
)  # fmt: skip
def test_codes_under_a_plain_head_are_a_key_and_counts_of_rows_are_none(
    export, tmp_path, head, text, is_key
):
    rows = [f"{text.format(n=n)};0961234567;0912345678;20210805080000;6{n}" for n in range(1, 9)]
    path, out = export(f"{head};A_NUMBER;B_NUMBER;START_TIME;SECONDS", *rows), tmp_path / "m.yaml"
    new = ("mapping", "new", path, "--carrier", "viettel", "--out", out, "--lang", "en")
    keys = [field["column"] for field in command(*new)[1]["fields"] if field["field"] == "key"]
    assert (head in keys) == is_key
    assert ("no column is a key" in out.read_text("utf-8")) != is_key


def test_columns_that_are_not_read_are_listed(export, tmp_path):
    path, out = export(CALLS + ";Tỉnh phát sinh", *more_calls(("79", "01"))), tmp_path / "m.yaml"
    command("mapping", "new", path, "--carrier", "viettel", "--out", out, "--lang", "en")
    assert "# columns that are not read: Tỉnh phát sinh\n" in out.read_text("utf-8")
