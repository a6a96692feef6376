"""The same records say the same in every form; what is particular to a form is its own."""

import hashlib

import polars as pl
import pytest

from . import forms
from .test_accounting import totals

RECORDS = forms.records(40)


@pytest.fixture
def take_form(take, tmp_path):
    """Takes in bytes under the mapping of their form."""

    def take_form(content, form, name=None):
        path = tmp_path / (name or f"usage.{form}")
        path.write_bytes(content)
        return take(path, mapping=forms.mapping_for(form, tmp_path))

    return take_form


@pytest.mark.parametrize("form", forms.FORMS)
def test_every_form_says_the_same(take_form, table, form):
    told = take_form(forms.FORMS[form](RECORDS), form)
    assert totals(told) == (40, 24, 0, 16, 0)
    assert told.sub_reasons == {
        "malformed/bad_time": 8, "malformed/negative_units:duration": 8,
    }  # fmt: skip
    plain = forms.FORMS["csv"](RECORDS)
    first = 2 if form == "xlsx" else 1  # a row of a sheet is the row that Excel shows
    assert sorted(table("bucket=*.parquet")["row"]) == [first + n for n in range(40) if n % 5 < 3]
    assert told.files[0].size == len(forms.FORMS[form](RECORDS))
    suspense = table("suspense.parquet").sort("row")
    assert suspense["row"].to_list() == [first + n for n in range(40) if n % 5 >= 3]
    if form.startswith("csv"):
        lines = plain.split(b"\n")
        for row, line, offset, digest in suspense.select(
            "row", "line", "offset", "raw_sha256"
        ).rows():
            assert line == row + 1 and plain[offset:].startswith(lines[row])
            assert digest == hashlib.sha256(lines[row]).hexdigest()


def test_two_forms_of_one_record_are_one_event(take_form):
    take_form(forms.FORMS["csv"](RECORDS), "csv")
    for form in ("jsonl", "parquet", "arrow", "arrows", "csv.gz", "csv.zst"):
        told = take_form(forms.FORMS[form](RECORDS), form)
        assert totals(told) == (40, 0, 24, 16, 0), form


def jsonl(*lines, end=b"\n"):
    return b"\n".join(lines) + end


def record(**changes):
    return forms.json_lines([{**RECORDS[0], **changes}]).strip()


@pytest.mark.parametrize("bad", [
    pytest.param(b"{", id="cut"),
    pytest.param(b"[1, 2]", id="no object"),
    pytest.param(b"17", id="a number"),
    pytest.param(b'{"kind": "sms", "kind": "voice"}', id="a key twice"),
    pytest.param(b'{"a": {"b": 1}, "a.b": 2}', id="a key twice, once inside another"),
    pytest.param(b'{"kind": NaN}', id="NaN"),
    pytest.param(b'{"kind": "\xff"}', id="no UTF-8"),
    pytest.param(b'{"kind": "a\0b"}', id="a NUL"),
    pytest.param(b'{"kind": "\\u0000"}', id="a NUL, escaped"),
    pytest.param(b'{"kind": "\\ud800"}', id="half a surrogate pair"),
    pytest.param(b'{"kind": ["voice"]}', id="a list for a field"),
    pytest.param(b'{"kind": "' + b"x" * (1 << 20) + b'"}', id="longer than 1 MiB"),
    pytest.param(b'{"kind": "' + b"x" * (10 << 20) + b'"}', id="10 MB"),
    pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, id="very deep"),
    pytest.param(b'{"kind": "voice"} {}', id="two objects"),
    pytest.param(b" ", id="a blank"),
])  # fmt: skip
def test_a_line_that_is_no_object_is_suspended_with_its_address(take_form, table, bad):
    content = jsonl(record(), bad, b"", record(record_key="other"))
    told = take_form(content, "jsonl")
    assert totals(told) == (3, 2, 0, 1, 0) and told.files[0].blank_lines == 1
    assert told.sub_reasons == {"malformed/structure": 1}
    row, line, offset, digest = (
        table("suspense.parquet").select("row", "line", "offset", "raw_sha256").row(0)
    )
    assert (row, line) == (2, 2) and content[offset:].startswith(bad)
    assert digest == hashlib.sha256(bad).hexdigest()


def test_a_number_keeps_the_text_that_was_written(take_form, table):
    numbers = {"duration_s": "61.250", "charged": "1500"}
    whole = {name: text for name, text in RECORDS[0].items() if name not in numbers}
    said = forms.json_lines([whole]).strip()[:-1]
    told = take_form(
        jsonl(
            said + b', "duration_s": 61.250, "charged": 1500}',
            said.replace(b'"k0"', b'"e"') + b', "duration_s": 6.125e1, "charged": 1500}',
            said.replace(b'"k0"', b'"m"') + b', "duration_s": 61.25, "charged": 1500.0}',
            said.replace(b'"k0"', b'"l"') + b', "duration_s": 1, "charged": 99999999999999999999}',
        ),
        "jsonl",
    )
    assert totals(told) == (4, 1, 0, 3, 0)
    assert told.sub_reasons == {"malformed/bad_units:duration": 1, "malformed/bad_units:charged": 2}
    events = table("bucket=*.parquet")
    assert events["duration_ms"].to_list() == [61_250]
    again = take_form(forms.text([{**RECORDS[0], **numbers}]), "csv")
    assert totals(again) == (1, 0, 1, 0, 0)


def test_a_key_that_is_missing_is_an_empty_field_and_noted(take_form):
    short = {name: text for name, text in RECORDS[0].items() if text and name != "locality"}
    nulled = {name: text or None for name, text in {**RECORDS[0], "record_key": "n"}.items()}
    told = take_form(forms.json_lines([short]), "jsonl")
    assert totals(told) == (1, 1, 0, 0, 0)
    assert "locality" in told.files[0].notes[0] and "account" in told.files[0].notes[0]
    assert totals(take_form(forms.json_lines([nulled]), "jsonl")) == (1, 1, 0, 0, 0)


def test_keys_inside_objects_are_named_with_dots(take, tmp_path):
    path, file = tmp_path / "mine.yaml", tmp_path / "file.jsonl"
    path.write_text(
        "name: mine\ntitle: Mine\nsource_system: mine\nusage:\n  - name: calls\n    fields:\n"
        "      carrier: {constant: viettel}\n      kind: {constant: voice}\n"
        "      subscriber: {column: who.from}\n      other: {column: who.to}\n"
        "      started: {column: t, form: epoch_s}\n      duration: {column: d, unit: s}\n"
    )
    file.write_text('{"who": {"from": "0961234567", "to": 113}, "t": 1628121600, "d": 5}\n')
    assert totals(take(file, mapping=str(path))) == (1, 1, 0, 0, 0)


def test_a_byte_order_mark_and_a_last_line_without_end_are_read(take_form):
    content = b"\xef\xbb\xbf" + jsonl(record(), record(record_key="x"), end=b"")
    assert totals(take_form(content, "jsonl")) == (2, 2, 0, 0, 0)


def test_members_of_a_packed_file_follow_one_another(take_form, table):
    import gzip

    whole = forms.text(RECORDS)
    for form, pack in (("csv.gz", gzip.compress), ("csv.zst", forms.zstd.compress)):
        cut = len(whole) // 2 + 3
        told = take_form(pack(whole[:cut]) + pack(b"") + pack(whole[cut:]), form)
        assert told.as_object()["rows"] == 40
    assert table("suspense.parquet")["offset"].max() < len(whole)


def test_frames_of_zstd_without_content_are_passed_over(take_form):
    empty = b"\x5e\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"table"
    content = empty + forms.FORMS["csv.zst"](RECORDS) + empty
    assert totals(take_form(content, "csv.zst")) == (40, 24, 0, 16, 0)


def test_many_small_members_are_read_in_time(take_form):
    import gzip
    import time

    lines = forms.text(RECORDS).splitlines(keepends=True)
    began = time.process_time()
    content = b"".join(gzip.compress(line, 1) for line in lines) + gzip.compress(b"") * 50_000
    assert totals(take_form(content, "csv.gz")) == (40, 24, 0, 16, 0)
    assert time.process_time() - began < 20


def test_batches_of_an_arrow_stream_are_numbered_on(take_form, table):
    import io

    parts = [forms.frame(RECORDS[at : at + 10]) for at in range(0, 40, 10)]
    buffer = io.BytesIO()
    pl.concat(parts, rechunk=False).write_ipc_stream(buffer, compression="zstd")
    told = take_form(buffer.getvalue(), "arrows")
    assert totals(told) == (40, 24, 0, 16, 0)
    assert table("suspense.parquet")["row"].max() == 40
    assert table("suspense.parquet")["raw_sha256"].n_unique() == 16
    cut = take_form(buffer.getvalue()[:-8], "arrows")
    assert totals(cut) == (40, 0, 24, 16, 0) and "no end mark" in cut.files[0].notes[0]


CANARY = "84961239876"
CANARY_WRITTEN = [
    CANARY.removeprefix("84").encode(),
    CANARY.removeprefix("84").encode("utf-16-le"),
    int(CANARY).to_bytes(8, "little"),
    int(CANARY).to_bytes(8, "big"),
]


@pytest.mark.parametrize("form", forms.FORMS)
def test_no_number_of_any_form_is_in_the_home(take_form, home, form):
    """Neither of a record that is taken, nor of one that is suspended, whole or broken."""
    changes = ({}, {"started": "x"}, {"kind": CANARY}, {"record_key": "\x1f"}, {"host": CANARY})
    numbers = {"number": CANARY, "other": CANARY}
    told = take_form(
        forms.FORMS[form](
            [{**RECORDS[0], "record_key": f"c{at}", **numbers, **change}
             for at, change in enumerate(changes)]
        ),
        form,
    )  # fmt: skip
    assert told.as_object()["rows"] == len(changes) and told.as_object()["suspended"]
    for path in home.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(written in content for written in CANARY_WRITTEN), path
