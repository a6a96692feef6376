"""Keys of a source, read again from its files: those asked for, and no number of a person."""

import pytest

from doisoat.engine.intake.mapping.mapping import load_mapping
from doisoat.engine.intake.source_keys import Place, shown_key, source_keys
from doisoat.engine.store.commit import sha256_of
from doisoat.errors import IntakeError

MAPPING = """\
name: nha
title: Of the test
source_system: nha
usage:
  - name: calls
    header: yes
    numbers: names
    destination: "class:exchange"
    key: {columns: [id, part]}
    fields:
      carrier: {constant: vnpt}
      kind: {constant: voice}
      subscriber: {column: a}
      other: {column: b}
      started: {column: at, form: civil, zone: "+07:00"}
      duration: {column: s, unit: s}
"""
HEAD = "id,part,a,b,at,s"
ROWS = [
    "C1,1,0912345678,0987654321,2021-08-01 00:00:00,1",
    "1629123456,2,0912345678,0987654321,2021-08-01 00:00:00,1",
    "x-912345678-7,,0912345678,0987654321,2021-08-01 00:00:00,1",
    "84987654321,3,0912345678,0987654321,2021-08-01 00:00:00,1",
]


@pytest.fixture
def exports(tmp_path):
    """A folder with one file, and the mapping that it was taken in by."""
    mapping = tmp_path / "nha.yaml"
    mapping.write_text(MAPPING, "utf-8")
    folder = tmp_path / "xuat"
    (folder / "sau").mkdir(parents=True)
    (folder / "sau" / "a.csv").write_text("\n".join([HEAD, *ROWS, ""]), "utf-8")
    (folder / "b.csv").write_text("\n".join([HEAD, ROWS[0], ""]), "utf-8")
    place = Place(sha256_of(folder / "sau" / "a.csv"), load_mapping(str(mapping)).sha256)
    return folder, mapping, place


def test_keys_of_the_rows_that_are_asked_for(exports):
    folder, mapping, place = exports
    found = source_keys({place: {1, 2, 4}}, [folder], [mapping])
    assert found == {
        (place.sha256, 1): "C1 1", (place.sha256, 2): "1629123456 2", (place.sha256, 4): "# 3",
    }  # fmt: skip
    assert source_keys({place: {3}}, [folder], [mapping]) == {(place.sha256, 3): "#"}
    assert source_keys({place: {1}}, [folder / "b.csv"], [mapping]) == {}  # another file


def test_a_mapping_that_is_not_given_is_named(exports):
    folder, _, place = exports
    with pytest.raises(IntakeError) as told:
        source_keys({place: {1}}, [folder])
    assert "none of the mappings" in str(told.value) and "--mapping" in str(told.value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("V0000010", "V0000010"),
        ("1536000736121862", "1536000736121862"),
        ("20210818004930-77", "20210818004930-77"),
        ("0912345678", "#"),  # another's, as it is dialled
        ("+84 912 345 678", "#"),
        ("call-977777777", "call-#"),
        ("id 0987.654.321/5", "#"),  # the record's own, in another spelling
        ("T0912345670T", "#"),
    ],
)
def test_what_is_somebodys_number_is_masked(text, shown):
    assert shown_key(text, ["0987654321", "84912345670"]) == shown
