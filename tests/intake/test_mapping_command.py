"""doisoat mapping: what a mapping makes of a file; no number is shown, nothing is written."""

import json

import pytest

from doisoat.engine.intake.mapping.check import check_mapping
from doisoat.engine.intake.mapping.mapping import known_mappings, load_mapping
from doisoat.engine.intake.plan_in_use import bundled_plan
from doisoat.engine.intake.preview import preview, shape
from doisoat.engine.intake.unreadable import UnreadableFile

from . import forms
from .conftest import EGO_HEADER, EGO_LINE, error_of
from .test_bad_input import MAPPING

RECORDS = forms.records(25)
CALL = ("1", "0961234567", "0912345678", "c", "G <1>", "SIP/1", "SIP/2", "Dial", "x",
        "20210805-080000", "20210805-080001", "20210805-080101", "61", "60", "ANSWERED", "3",
        "g")  # fmt: skip


def export(**changes):
    """A line of a mediation export, with fields changed by their place."""
    return ",".join(changes.get(f"_{at}", text) for at, text in enumerate(CALL, 1))


def tree(folder):
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*")}


@pytest.fixture
def look(tmp_path):
    def look(content, mapping="world", kind="usage", rows=10, name="file"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return preview(path, load_mapping(mapping), kind, rows, bundled_plan())

    return look


@pytest.mark.parametrize("form", forms.FORMS)
def test_the_first_rows_of_every_form(look, tmp_path, form):
    found = look(forms.FORMS[form](RECORDS), forms.mapping_for(form, tmp_path), rows=7)
    first = 2 if form == "xlsx" else 1  # a row of a sheet is the row that Excel shows
    assert [record.row for record in found.records] == list(range(first, first + 7))
    assert [record.why for record in found.records] == [
        "", "", "", "bad_time", "negative_units:duration", "", "",
    ]  # fmt: skip
    record = found.records[0]
    assert record.says["duration_ms"] == "61250" and record.says["destination"] == "mobile:vnpt"
    assert record.shapes["subscriber"] == "99999999999"
    assert record.shapes["started"] == "9999-99-99 99:99:99.999"


def test_why_a_record_is_left_out_is_said(look):
    found = look(
        "\n".join([export(), export(_15="BUSY"), export(_10="2021-08-05"), "x", export(_14="-1")])
        + "\n",
        "jbilling",
    )
    assert [(r.outcome, r.why) for r in found.records] == [
        ("taken", ""), ("filtered", "unanswered"), ("suspended", "bad_time"),
        ("suspended", "structure"), ("suspended", "negative_units:duration"),
    ]  # fmt: skip
    assert found.records[3].line == 4 and found.count("suspended") == 3
    assert found.records[0].says["started"] == "2021-08-05 15:00:00.000"


def test_the_same_number_is_the_same_word_within_one_preview_only(look):
    line = export(_3="0961234567") + "\n"
    one, other = look(line, "jbilling").records[0].says, look(line, "jbilling").records[0].says
    assert one["subscriber"] == one["other"] != other["other"]


def test_master_data_is_shown_too(look):
    found = look(
        "number,carrier,valid_from,valid_until\n"
        "0961234567,viettel,2021-08-01 00:00:00,\n0961234567,,2021-08-01 00:00:00,\n",
        kind="ports",
    )
    taken, suspended = found.records
    assert taken.says["from"] == "2021-08-01 00:00:00.000" and "until" not in taken.says
    assert suspended.why == "missing_field:carrier"


@pytest.mark.parametrize("as_json", [True, False])
def test_no_number_is_shown_and_nothing_is_written(run, tmp_path, as_json):
    number = "0961234567"
    path = tmp_path / f"{number}.csv"
    path.write_text(
        "\n".join([export(), export(_10=number), export(_15=number), export(_17=number), number])
        + "\n"
    )
    before = tree(tmp_path)
    told = run("mapping", "test", path, "--mapping", "jbilling", *["--json"] * as_json)
    assert told.returncode == 0 and tree(tmp_path) == before
    assert number not in told.stdout + told.stderr
    assert number[1:] not in told.stdout + told.stderr
    if as_json:
        assert json.loads(told.stdout)["rows"] == 5


def test_a_file_that_intake_would_refuse_is_refused(run, tmp_path):
    (tmp_path / "file.csv").write_text("a,b\n")
    told = run("mapping", "test", "file.csv", "--mapping", "jbilling", "--json")
    assert told.returncode == 5 and "17 columns" in error_of(told)["mend"]
    (tmp_path / "none.yaml").write_text("name: [")
    told = run("mapping", "check", "none.yaml", "--json")
    assert told.returncode == 5 and error_of(told)["where"] == "none.yaml:2:1"


def test_every_error_of_a_mapping_is_told_by_line(run, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(MAPPING.replace("unit: s", "unit: parsec").replace("{column: b}", "{colum: b}"))
    told = run("mapping", "check", path, "--json")
    found = json.loads(told.stdout)
    assert told.returncode == 5 and not found["ok"]
    assert [finding["where"] for finding in found["findings"]] == [
        f"{path}:10:22", f"{path}:12:35",
    ]  # fmt: skip


def codes(tmp_path, text):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    return [finding.code for finding in check_mapping(str(path)).findings]


KEYED = MAPPING.replace("    fields:", "    key: {columns: [id]}\n    fields:")
LAYOUT = KEYED[KEYED.index("  - name") :]


@pytest.mark.parametrize(("text", "found"), [
    pytest.param(KEYED, [], id="nothing"),
    pytest.param(MAPPING, ["no_key"], id="no key"),
    pytest.param(KEYED.replace("[id]", "[id, a]"), ["number_in_key"], id="a number in the key"),
    pytest.param(KEYED.replace("constant: voice", "constant: fax"), ["unknown_kind"], id="fax"),
    pytest.param(KEYED.replace("constant: voice", "constant: data"), ["never_complete"],
                 id="data without a volume"),
    pytest.param(KEYED.replace("{constant: voice}", "{column: k, values: {A: sms, B: voice}}"),
                 ["never_complete"], id="messages without a number of them"),
    pytest.param(KEYED + LAYOUT, ["unreachable"], id="a layout twice"),
    pytest.param(KEYED + LAYOUT.replace("column: b", "column: c"), [], id="other columns"),
    pytest.param(KEYED + LAYOUT.replace("    fields", "    table: t\n    fields"), [],
                 id="the same as a table"),
])  # fmt: skip
def test_what_looks_wrong_in_a_mapping(tmp_path, text, found):
    assert codes(tmp_path, text) == found


def test_bundled_mappings_are_listed_and_sound(run):
    found = json.loads(run("mapping", "list", "--json").stdout)["mappings"]
    assert [mapping["name"] for mapping in found] == known_mappings()
    assert {"asterisk", "bandicoot", "cdr-stats", "freeswitch", "jbilling"} <= set(known_mappings())


@pytest.mark.parametrize(("text", "masked"), [
    ("+84 961-234-567", "+99 999-999-999"), ("BoYTe_1", "xxxxx_9"), ("", ""), ("ố", "x"),
    ("٣", "9"), ("a" * 99, "x" * 39 + "…"),
])  # fmt: skip
def test_a_shape_keeps_no_digit_and_no_letter(text, masked):
    assert shape(text) == masked


def test_mediation_exports_say_once_what_they_say_twice(take, tmp_path):
    """`id` is the key: the same again is a duplicate, another content a conflict of both."""
    path = tmp_path / "export.csv"
    path.write_text("\n".join([
        export(), export(), export(_1="2"), export(_1="2", _3="0912345679"),
        export(_1="3", _15="BUSY", _14="0"), export(_1="4", _14="-5"), export(_1="5", _13="1"),
    ]) + "\n")  # fmt: skip
    told = take(path, mapping="jbilling").as_object()
    assert told == {
        "rows": 7, "taken": 2, "duplicates": 1, "suspended": 3, "filtered": 1, "events": 2,
        "reasons": {"conflicting": 2, "malformed": 1},
    }  # fmt: skip


@pytest.mark.parametrize(("text", "taken"), [
    ("20210805-080000", True), ("20210805-240000", False), ("20210230-080000", False),
    ("20210805 080000", False), ("20210805-08000", False), ("20210805-080000.5", False),
    ("2021-08-05 08:00:00", False),
])  # fmt: skip
def test_compact_times(look, text, taken):
    record = look(export(_10=text) + "\n", "jbilling").records[0]
    assert record.outcome == ("taken" if taken else "suspended")


@pytest.mark.parametrize(("text", "started"), [
    ("05/08/2021 08:00:00", "2021-08-05 08:00:00.000"),
    ("31/12/2021 23:59:59.999", "2021-12-31 23:59:59.999"),
    ("29/02/2020 00:00:00", "2020-02-29 00:00:00.000"),
    ("29/02/2021 00:00:00", None), ("08/13/2021 08:00:00", None), ("5/8/2021 08:00:00", None),
    ("05/08/2021 08:00", None), ("05/08/2021", None), ("05/08/21 08:00:00", None),
    ("2021-08-05 08:00:00", None), ("05-08-2021 08:00:00", None), ("05/08/2021 8:00:00", None),
    ("05/08/2021 08:00:00+07", None), (" 05/08/2021 08:00:00", None),
    ("\u0660\u0665/08/2021 08:00:00", None),
])  # fmt: skip
def test_a_day_comes_first_where_a_mapping_says_so(look, tmp_path, text, started):
    path = tmp_path / "day.yaml"
    path.write_text(MAPPING.replace("form: civil", "form: ddmmyyyy"))
    record = look(f"a,b,t,d\n0961234567,113,{text},5\n", str(path)).records[0]
    assert record.says.get("started") == started
    assert started is not None or record.why == "bad_time"


def test_dates_with_the_day_first_are_taken_once_the_mapping_says_so(take, put, again, tmp_path):
    """A file's dates are refused or suspended, and mended by one word of the mapping."""
    path = tmp_path / "own.yaml"
    path.write_text(MAPPING)
    rows = "".join(f"0961234567,113,{day:02}/08/2021 08:00:00,5\n" for day in range(1, 21))
    with pytest.raises(UnreadableFile, match="form: ddmmyyyy"):
        take(put(f"a,b,t,d\n{rows}".encode()), mapping=str(path))
    rows += "0961234567,113,2021-08-21 08:00:00,5\n"
    told = take(put(f"a,b,t,d\n{rows}".encode()), mapping=str(path))
    assert told.sub_reasons == {"malformed/bad_time": 20}
    path.write_text(MAPPING.replace("form: civil", "form: ddmmyyyy"))
    mended = again()
    assert (mended.records, mended.count("taken")) == (20, 20)


@pytest.mark.parametrize(("text", "started"), [
    ("2021-08-05 08:00:00.905639107", "2021-08-05 15:00:00.905"),
    ("2021-08-05 08:00:00.999999999", "2021-08-05 15:00:00.999"),
    ("2021-08-05T08:00:00.5", "2021-08-05 15:00:00.500"),
    ("2021-08-05 08:00:00", "2021-08-05 15:00:00.000"),
    ("2021-08-05 08:00:00.9056391071", None), ("2021-08-05 08:00:00.", None),
])  # fmt: skip
def test_nanoseconds_are_cut_off_only_where_a_mapping_says_so(look, tmp_path, text, started):
    path = tmp_path / "ns.yaml"
    path.write_text(MAPPING.replace("form: civil", 'form: civil_ns, zone: "+00:00"'))
    content = f"a,b,t,d\n0961234567,113,{text},5\n"
    record = look(content, str(path)).records[0]
    assert record.says.get("started") == started
    path.write_text(MAPPING)
    assert look(content, str(path)).records[0].outcome == (
        "suspended" if len(text) > 23 or started is None else "taken"
    )


def test_a_bandicoot_file_names_its_person(look):
    found = look(f"{EGO_HEADER}\n{EGO_LINE}\n", "bandicoot", name="ego.csv")
    assert found.records[0].says["destination"] == "class:outgoing"
