"""Files in ordinary forms: sums, parts of columns, dates beside times, sizes, refusals."""

from pathlib import Path

import polars as pl
import pytest

from doisoat.engine.intake.mapping.mapping import load_mapping

from .ordinary import small_mapping
from .test_accounting import totals
from .test_foreign import FOREIGN, INPUTS
from .test_unreadable import refusal_of

MAPPING = """
name: ocs
title: Exports of a charging system
source_system: ocs
usage:
  - name: voice
    fields:
      carrier: {constant: vietnamobile}
      kind: {constant: voice}
      subscriber: {column: A_NUMBER}
      other: {column: B_NUMBER}
      direction: {column: CALL_TYPE, values: {MO: outgoing}}
      started: {column: START_TIME, form: yyyymmddhhmmss}
      duration: {column: DURATION}
      locality: {column: CELL_PROVINCE}
      charged: {column: CHARGED_AMT}
    key: {columns: [CALL_ID]}
    rules:
      - {name: unanswered, column: STATUS, values: [NOANSWER]}
  - name: sms
    fields:
      carrier: {constant: vietnamobile}
      kind: {constant: sms}
      subscriber: {column: A_NUMBER}
      other: {column: B_NUMBER}
      started: {column: SUBMIT_TIME, form: yyyymmddhhmmss}
      units: {column: PARTS}
      charged: {column: CHARGED_AMT}
    key: {columns: [MSG_ID]}
  - name: data
    data_unit: KB
    fields:
      carrier: {constant: vietnamobile}
      kind: {constant: data}
      subscriber: {column: MSISDN}
      started: {column: START_TIME, form: yyyymmddhhmmss}
      duration: {between: {begin: START_TIME, end: END_TIME, form: yyyymmddhhmmss}}
      units: {sum_of: [UPLINK_KB, DOWNLINK_KB]}
      host: {column: RATING_GROUP}
      charged: {column: CHARGED_AMT}
    key: {columns: [SESSION_ID]}
  - name: packs
    delimiter: ";"
    fields:
      carrier: {constant: vietnamobile}
      kind: {constant: pack}
      subscriber: {column: Số thuê bao}
      started: {column: Thời điểm, form: dd/mm/yyyy}
      pack: {column: Gói}
      action: {column: Loại, values: {Đăng ký: registration, Gia hạn: renewal}}
      charged: {column: Thành tiền, groups: "."}
    key: {columns: [Mã GD]}
subscriptions:
  - name: subscribers
    delimiter: ";"
    fields:
      number: {column: Số thuê bao}
      account: {constant: ""}
      carrier: {constant: vietnamobile}
      plan: {column: Gói cước}
      segment: {constant: standard}
      payment: {column: Hình thức, values: {TT: prepaid, TS: postpaid}}
      home_locality: {constant: ""}
      valid_from: {column: Ngày kích hoạt, form: dd/mm/yyyy}
      valid_until: {column: Ngày hủy, form: dd/mm/yyyy}
"""


@pytest.fixture
def mapped(tmp_path):
    """Writes a mapping; returns its path as the command takes it."""

    def mapped(**words):
        path = tmp_path / "small.yaml"
        path.write_text(small_mapping(**words), "utf-8")
        return str(path)

    return mapped


def events_in(home):
    paths = [path for path in home.rglob("*.parquet") if "usage" in str(path)
             and path.stem.startswith("bucket")]  # fmt: skip
    return pl.concat([pl.read_parquet(path, hive_partitioning=False) for path in paths])


@pytest.mark.parametrize(
    ("layout", "units", "text", "read"),
    [
        ("data_unit: KB", "{sum_of: [u, v]}", "542,9977", 10_519 * 1_024),
        ("data_unit: KB", "{difference_of: [u, v]}", "542,42", 500 * 1_024),
        ("{data_unit: MB}", "{column: u, decimal: '.'}", "1.5,", 1_572_864),
        ("{data_unit: GB}", "{column: u}", "2,", 2 << 30),
        ("{data_unit: GB, data_base: 1000}", "{column: u}", "2,", 2 * 10**9),
        ("{data_unit: KB, data_base: 1000}", "{column: u, decimal: '.'}", "0.0005,", 1),
        ("{data_unit: bytes}", "{column: u, groups: ' '}", "1 234 567,", 1_234_567),
    ],
)
def test_sizes(take, write, home, mapped, layout, units, text, read):
    layout = layout.strip("{}").replace(", ", "\n    ")
    mapping = mapped(layout=layout, started="{column: t, form: iso}", units=units)
    path = write(f"k1,0961234567,2021-08-05T08:00:00+07:00,{text}", header="id,a,t,u,v")
    assert totals(take(path, mapping=mapping)) == (1, 1, 0, 0, 0)
    assert events_in(home)["units"].to_list() == [read]


def test_a_date_beside_a_time_and_a_part_of_a_column(take, write, home, mapped):
    mapping = mapped(
        kind="voice", layout="strip: 'no'", started="{joined: [d, t], form: dd/mm/yyyy}",
        duration="{column: l, form: 'mm:ss'}", other="{column: b}",
        locality="{column: cell, part: 4-5}",
    )  # fmt: skip
    header = "id,a,b,d,t,l,cell"
    good = "k1,0961234567,0912345678,5/8/2021,7:05,1:30,VN-79-0001"
    lacks = "k2,0961234567,0912345678,5/8/2021,,1:30,VN-79-0001"
    told = take(write(good, lacks, header=header), mapping=mapping)
    assert totals(told) == (2, 1, 0, 1, 0)
    assert told.sub_reasons == {"malformed/missing_field:started": 1}
    event = events_in(home).row(0, named=True)
    assert (event["units"], event["duration_ms"]) == (90_000, 90_000)
    assert event["start_ms"] % 86_400_000 == (7 * 60 + 5) * 60_000


def test_an_end_before_its_beginning_is_a_negative_length(take, write, mapped):
    mapping = mapped(
        started="{column: t, form: yyyymmddhhmmss}", units="{column: u}",
        duration="{between: {begin: t, end: e, form: yyyymmddhhmmss}}",
    )  # fmt: skip
    rows = [f"k{end},0961234567,20210805080000,{end},5" for end in ("20210805075959",
            "20210805080001")]  # fmt: skip
    told = take(write(*rows, header="id,a,t,e,u"), mapping=mapping)
    assert told.sub_reasons == {"malformed/negative_units:duration": 1}


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ({"t": "01/02/2021"}, "form: dd/mm/yyyy or form: mm/dd/yyyy"),
        ({"t": "22/08/2021"}, "form: dd/mm/yyyy of the field started would read column t"),
        ({"t": "20210805080000"}, "form: yyyymmddhhmmss"),
        ({"t": "44413.5"}, "form: excel"),
        ({"u": "90.000"}, "groups: '.'"),
        ({"u": "1.234,0"}, "groups: '.', decimal: ','"),
        ({"l": "1:02:03"}, "form: hh:mm:ss"),
        ({"l": "02:03"}, "form: mm:ss"),
    ],
)
def test_a_refusal_names_the_form_that_would_fit_or_each_of_two(take, write, mapped, field, said):
    mapping = mapped(
        kind="voice", layout="strip: 'no'", started="{column: t, form: civil}",
        other="{column: b}", duration="{column: l}", charged="{column: u}",
    )  # fmt: skip
    texts = {"t": "2021-08-05 08:00:00", "l": "60", "u": "1500", **field}
    row = ",".join(f'"{text}"' for text in ("k1", "0961234567", "0912345678", *texts.values()))
    error = refusal_of(take, write(row, header="id,a,b,t,l,u"), mapping=mapping)
    assert said in error.mend


@pytest.mark.skipif(not FOREIGN, reason="DOISOAT_FOREIGN names no folder")
def test_exports_of_a_charging_system_are_taken_in_but_for_what_was_planted(take, home, tmp_path):
    path = tmp_path / "ocs.yaml"
    path.write_text(MAPPING, "utf-8")
    assert load_mapping(str(path)).of_kind("usage")
    folder = Path(INPUTS) / "ocs"
    counts = {}
    reasons = {}
    for name in ("OCS_VOICE_202108", "OCS_VOICE_202108_LATE", "OCS_SMS_202108", "PGW_DATA_202108",
                 "DANG_KY_GOI_202108"):  # fmt: skip
        told = take(folder / f"{name}.csv", mapping=str(path))
        counts[name] = totals(told)
        reasons |= {(name, reason): count for reason, count in told.sub_reasons.items()}
    people = take(folder / "DS_THUE_BAO_202108.csv", mapping=str(path), kind="subscriptions")
    assert totals(people)[:2] == (300, 300)
    # A negative length; a number that lost its 0, another that a spreadsheet rounded; two copies
    # that contradict each other.
    assert reasons == {
        ("OCS_VOICE_202108", "malformed/negative_units:duration"): 1,
        ("OCS_VOICE_202108", "malformed/bad_number:subscriber"): 2,
        ("OCS_VOICE_202108", "conflicting"): 2,
    }
    # rows, taken, duplicates (one call stands there twice alike), suspended, filtered (unanswered)
    assert counts == {
        "OCS_VOICE_202108": (5_918, 5_317, 1, 5, 595),
        "OCS_VOICE_202108_LATE": (84, 79, 0, 0, 5),
        "OCS_SMS_202108": (2_000, 2_000, 0, 0, 0),
        "PGW_DATA_202108": (4_000, 4_000, 0, 0, 0),
        "DANG_KY_GOI_202108": (350, 350, 0, 0, 0),
    }
