"""Numbers come to one form each, and to one pseudonym; the key file keeps its secret."""

import hashlib
import json
import stat

import polars as pl
import pytest

from doisoat.engine.pseudonym import (
    Key,
    canonical_numbers,
    hides_number,
    make_key,
    networks,
    pseudonyms,
    read_key,
)
from doisoat.errors import KeyFileError


@pytest.mark.parametrize(("text", "canonical"), [
    pytest.param("84961234567", "84961234567", id="international form"),
    pytest.param("+84 96 123 4567", "84961234567", id="with sign and spaces"),
    pytest.param("0961.234.567", "84961234567", id="national form with dots"),
    pytest.param("0084961234567", "84961234567", id="with the exit code"),
    pytest.param("01201234567", "84701234567", id="0120 became 070 in 2018"),
    pytest.param("841691234567", "84391234567", id="0169 became 039 in 2018"),
    pytest.param("01991234567", "84591234567", id="0199 became 059 in 2018"),
    pytest.param("02838123456", "842838123456", id="fixed line of Ho Chi Minh City"),
    pytest.param("113", "short:113", id="an emergency code is no number"),
    pytest.param("19009095", "short:19009095", id="a service number is dialled as it stands"),
    pytest.param("+34650104877", "34650104877", id="abroad"),
    pytest.param("BoYTe", "name:BoYTe", id="a sender by name"),
    pytest.param("", None, id="nothing"),
    pytest.param("0961234567x", None, id="a number with a letter"),
    pytest.param("٠٩٦١٢٣٤٥٦٧", None, id="other digits than ours"),
])  # fmt: skip
def test_canonical_form(text, canonical):
    assert canonical_numbers(pl.Series([text], dtype=pl.String))["canonical"].to_list() == [
        canonical
    ]


def test_pseudonym_is_keyed_blake2b_of_the_canonical_number(key):
    found = pseudonyms(pl.Series(["84961234567"]), key).row(0)
    whole = hashlib.blake2b(b"84961234567", key=key.secret, digest_size=16).digest()
    assert found == (int.from_bytes(whole[:8], "big"), int.from_bytes(whole[8:], "big"))


def test_the_plan_is_asked_once_for_a_range():
    asked = []

    class Plan:
        prefixes = (type("P", (), {"prefix": "96"}),)
        short_codes = ()

        def network_of(self, national):
            asked.append(national)
            return f"mobile:{national[:2]}"

    numbers = canonical_numbers(
        pl.Series([f"0961234{at:03}" for at in range(500)] + ["+3465010487"])
    )
    found = networks(numbers, Plan())
    assert found.value_counts().sort("network").rows() == [("international", 1), ("mobile:96", 500)]
    assert len(asked) == 1


@pytest.mark.parametrize(("text", "shown"), [
    ("calls-0961234567.csv", "calls-#.csv"),
    ("0961.234.567", "#"),
    ("+84 961 234 567", "+#"),
    ("20210801-0961234567.csv", "20210801-#.csv"),
    ("usage-viettel-20210801-00.parquet", "usage-viettel-20210801-00.parquet"),
])  # fmt: skip
def test_a_number_in_a_name_is_masked_and_a_date_is_not(text, shown):
    assert hides_number(text) == shown


def test_key_file_is_for_its_owner_only_and_is_never_replaced(tmp_path):
    path = tmp_path / "keys" / "pseudonym.key"
    made = make_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_key(path) == made and len(made.secret) == 32
    assert made.secret.hex() not in repr(made)
    with pytest.raises(KeyFileError, match="already"):
        make_key(path)
    assert read_key(path) == made


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_key_that_others_can_read_is_refused(tmp_path, mode):
    path = tmp_path / "pseudonym.key"
    make_key(path)
    path.chmod(mode)
    with pytest.raises(KeyFileError, match=f"{mode:o}") as caught:
        read_key(path)
    assert "chmod 600" in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[]",
        '{"version": 1, "created": "x", "key": "zz"}',
        json.dumps({"version": 2, "created": "x", "key": "00" * 32}),
    ],
)
def test_what_is_no_key_file_is_refused(tmp_path, content):
    path = tmp_path / "pseudonym.key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(KeyFileError):
        read_key(path)


def test_ids_of_keys_differ_and_tell_nothing_of_the_key():
    one, other = Key(b"a" * 32, ""), Key(b"b" * 32, "")
    assert one.id != other.id and one.secret.hex()[:16] != one.id
