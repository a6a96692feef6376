"""A first line `sep=;` says to Excel what parts the fields: no header, no record, and counted."""

import gzip
import hashlib
from importlib.resources import files

import pytest

from doisoat.engine.intake.mapping.mapping import load_mapping
from doisoat.engine.intake.plan_in_use import bundled_plan
from doisoat.engine.intake.preview import preview
from doisoat.errors import IntakeError

from . import forms
from .test_accounting import totals

RECORDS = forms.records(40)
PLAIN = forms.text(RECORDS)
BAD = [n for n in range(1, 41) if n % 5 in (4, 0)]  # rows that are suspended


@pytest.fixture
def take_text(take, tmp_path):
    """Takes in bytes, with fields parted by a character that the mapping's layouts all name."""

    def take_text(content, delimiter=",", name="usage.csv"):
        path, mapping = tmp_path / name, tmp_path / "world.yaml"
        path.write_bytes(content)
        mappings = files("doisoat.engine.intake.mapping") / "mappings"
        world = (mappings / "world.yaml").read_text("utf-8")
        told = f'  - name: usage\n    delimiter: "{delimiter}"\n'
        mapping.write_text(world.replace("  - name: usage\n", told, 1), "utf-8")
        return take(path, mapping=str(mapping))

    return take_text


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\\t"])
@pytest.mark.parametrize("begins", ["sep=", "SEP=", "\ufeffsep="])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_hint_that_the_mapping_agrees_with_is_read_and_counted(
    take_text, table, begins, delimiter, end
):
    mark = delimiter.replace("\\t", "\t")
    plain = PLAIN.decode().replace(",", mark)
    content = f"{begins}{mark}\n{plain}".replace("\n", end).encode()
    told = take_text(content, delimiter)
    assert totals(told) == (40, 24, 0, 16, 0)
    (file,) = told.files
    assert (file.header_lines, file.blank_lines) == (2, 0)
    [hint] = [note for note in file.notes if "sep=" in note.lower()]
    assert "dòng 1" in hint and "line 1" in hint
    lines = content.split(b"\n")
    suspense = table("suspense.parquet").sort("row")
    assert suspense["row"].to_list() == BAD
    for row, line, offset, digest in suspense.select("row", "line", "offset", "raw_sha256").rows():
        assert line == row + 2 and content[offset:].startswith(lines[line - 1])
        assert digest == hashlib.sha256(lines[line - 1].removesuffix(b"\r")).hexdigest()


def test_the_events_are_those_of_the_file_without_the_line(take_text):
    take_text(PLAIN)
    for content, name in ((b"sep=,\n" + PLAIN, "b.csv"),
                          (gzip.compress(b'"sep=,"\n' + PLAIN), "c.csv.gz")):  # fmt: skip
        assert totals(take_text(content, name=name)) == (40, 0, 24, 16, 0)


def test_a_file_without_a_header_may_have_one(take, table, tmp_path):
    asked = "2021-08-05 08:00:00"
    record = f",84961234567,84912345678,,,SIP/1,,Dial,,{asked},{asked},{asked},9,8,ANSWERED,,u1,"
    path = tmp_path / "Master.csv"
    path.write_text(f"sep=,\n{record}\n{record[:-9]}\n", "utf-8")
    told = take(path, mapping="asterisk")
    assert totals(told) == (2, 1, 0, 1, 0) and told.files[0].header_lines == 1
    offset = len(f"sep=,\n{record}\n")
    assert table("suspense.parquet").select("row", "line", "offset").rows() == [(2, 3, offset)]


def test_a_preview_says_it(tmp_path):
    path = tmp_path / "usage.csv"
    path.write_bytes(b"sep=,\n" + PLAIN)
    found = preview(path, load_mapping("world"), "usage", 3, bundled_plan())
    assert [record.row for record in found.records] == [1, 2, 3]
    assert "sep=," in found.notes[0]


@pytest.mark.parametrize("plain", [PLAIN, PLAIN.replace(b",", b";")])
def test_a_hint_that_the_mapping_disagrees_with_is_refused_by_its_line(take_text, plain):
    """Whichever of the two is right: the fields are not looked at, since one of them is wrong."""
    with pytest.raises(IntakeError) as caught:
        take_text(b"sep=;\n" + plain)
    what, where, mend = caught.value.args
    assert where == "usage.csv:1"
    assert 'dòng đầu, "sep=;"' in what and 'first line, "sep=;"' in what and '"," ' not in mend
    assert 'đặt delimiter: ";"' in mend and 'set delimiter: ";"' in mend and "delete" in mend


def test_a_file_of_nothing_else_is_refused(take_text):
    with pytest.raises(IntakeError, match="not have the columns that the mapping reads"):
        take_text(b"sep=,")


def test_such_a_line_later_in_the_file_is_a_broken_record(take_text):
    told = take_text(PLAIN + b"sep=,\n")
    assert totals(told) == (41, 24, 0, 17, 0) and told.files[0].header_lines == 1
    assert told.sub_reasons["malformed/structure"] == 1
