"""Numbers come to one form each, and to one pseudonym; the key file keeps its secret."""

import hashlib
import json
import pwd
import stat

import polars as pl
import pytest

from doisoat.engine.intake.plan_in_use import bundled_plan
from doisoat.engine.keys.number_plan import canonical_numbers, networks, period_of
from doisoat.engine.keys.pseudonym import (
    Key,
    find_key,
    make_key,
    pseudonyms,
    read_key,
)
from doisoat.errors import KeyFileError
from doisoat.tariffs.models.catalogue_model import Numbering, Prefix, Renumbering, ShortCode

from .conftest import line

PLAN = bundled_plan()


@pytest.mark.parametrize(("text", "canonical"), [
    pytest.param("84961234567", "84961234567", id="international form"),
    pytest.param("+84 96 123 4567", "84961234567", id="with sign and spaces"),
    pytest.param("0961.234.567", "84961234567", id="national form with dots"),
    pytest.param("0084961234567", "84961234567", id="with the exit code"),
    pytest.param("01201234567", "84701234567", id="0120 became 070 in 2018"),
    pytest.param("841691234567", "84391234567", id="0169 became 039 in 2018"),
    pytest.param("01991234567", "84591234567", id="0199 became 059 in 2018"),
    pytest.param("02838123456", "842838123456", id="fixed line of Ho Chi Minh City"),
    pytest.param("0235 3812345", "842353812345", id="fixed line of Quang Nam"),
    pytest.param("113", "short:113", id="an emergency code is no number"),
    pytest.param("+84 113", "short:113", id="an emergency code with the country's"),
    pytest.param("028 1022", "short:1022", id="a province's line, with its area code"),
    pytest.param("+84 28 1022", "short:1022", id="the same from abroad"),
    pytest.param("028 9999", None, id="an area code and what is no short code"),
    pytest.param("18001119", "short:18001119", id="1800 and four digits"),
    pytest.param("1800 599 920", "short:1800599920", id="1800 and six digits"),
    pytest.param("19009095", "short:19009095", id="a service number is dialled as it stands"),
    pytest.param("+84 1900 9095", "short:19009095", id="a service number with the country's code"),
    pytest.param("01900 9095", "short:19009095", id="a service number after a 0"),
    pytest.param("+34650104877", "34650104877", id="abroad"),
    pytest.param("BoYTe", "name:BoYTe", id="a sender by name"),
    pytest.param("", None, id="nothing"),
    pytest.param("0961234567x", None, id="a number with a letter"),
    pytest.param("84961234567.0", None, id="a column of decimals"),
    pytest.param("+84961234567.0", None, id="a column of decimals, with the sign"),
    pytest.param("113.0", None, id="a short code in a column of decimals"),
    pytest.param("0961.234.560", "84961234560", id="a group that ends in 0"),
    pytest.param("028 3822 122.0", "842838221220", id="a last group of one digit, among others"),
    pytest.param("٠٩٦١٢٣٤٥٦٧", None, id="other digits than ours"),
])  # fmt: skip
def test_canonical_form(text, canonical):
    assert read(text) == canonical


def read(text, at="2021-08-05"):
    """The canonical form of a text that was written on a day."""
    moment = pl.select(pl.lit(at).str.to_datetime("%Y-%m-%d").dt.epoch("ms")).to_series()
    period = pl.select(period_of(pl.lit(moment[0]), PLAN)).item()
    return canonical_numbers(pl.Series([text], dtype=pl.String), PLAN, period)["canonical"][0]


@pytest.mark.parametrize(("text", "at", "canonical"), [
    pytest.param("0120 3823456", "2018-09-14", "84703823456", id="old, before the change"),
    pytest.param("0120 3823456", "2018-11-14", "84703823456", id="old, the last day of both"),
    pytest.param("0120 3823456", "2018-11-15", "84703823456", id="old, after its end: no other's"),
    pytest.param("+841203823456", "2018-11-14", "84703823456", id="old, from abroad"),
    pytest.param("070 3823456", "2018-09-15", "84703823456", id="new, the first day of both"),
    pytest.param("070 3823456", "2018-01-01", "84703823456", id="new, while it was nobody's"),
    pytest.param("070 3823456", "2017-07-16", "842703823456", id="a line of Vinh Long, last day"),
    pytest.param("0270 3823456", "2017-06-17", "842703823456", id="the same by its new code"),
    pytest.param("070 3823456", "2017-07-17", "84703823456", id="no line of Vinh Long any more"),
    pytest.param("04 38251234", "2017-07-16", "842438251234", id="Ha Noi by its old code"),
    pytest.param("04 38251234", "2021-08-05", "842438251234", id="Ha Noi by its old code, late"),
    pytest.param("08 38251234", "2016-01-01", "842838251234", id="Ho Chi Minh City, old code"),
    pytest.param("083 8251234", "2021-08-05", "84838251234", id="VinaPhone, once 0123"),
    pytest.param("088 8251234", "2017-01-01", "84888251234", id="088 was mobile by then"),
    pytest.param("0511 3812345", "2017-03-13", "842363812345", id="Da Nang by its old code"),
    pytest.param("0281 3812345", "2017-05-14", "842093812345", id="Bac Kan by its old code"),
    pytest.param("0281 3812345", "2017-06-17", "842813812345", id="Ho Chi Minh City's by then"),
    pytest.param("0961234567", "2010-01-01", "84961234567", id="what never changed"),
])  # fmt: skip
def test_a_number_is_read_by_the_plan_of_its_time(text, at, canonical):
    assert read(text, at) == canonical


def test_each_change_of_the_plan_leads_to_a_range_of_its_carrier():
    owners = {"12": ("mobifone", "vnpt"), "16": ("viettel",), "18": ("vietnamobile",),
              "19": ("gmobile",)}  # fmt: skip
    mobile = [
        change for change in PLAN.renumberings if change.digits == 10 and change.old[0] == "1"
    ]
    assert len(mobile) == 21 and len(PLAN.renumberings) == 21 + 59 + 5
    for change in PLAN.renumberings:
        text = f"0{change.old}{'3456789012'[: change.digits - len(change.old)]}"
        network = PLAN.network_of(read(text, "2017-01-01")[2:])
        if change in mobile:
            assert network.removeprefix("mobile:") in owners[change.old[:2]], change
        else:
            assert network.startswith("fixed:"), change


def test_a_number_in_an_old_form_is_the_same_subscriber(take, write, table):
    """Before, between and after: both forms are one subscriber, one counterparty, one account."""
    days = ["2018-09-01", "2018-10-10", "2021-08-05"]
    records = [
        line(record_key=f"{day}{at}", number=number, other=other, started=f"{day} 08:00:00.000")
        for day in days
        for at, (number, other) in enumerate(
            [("01661234567", "01231234567"), ("0361234567", "0831234567")]
        )
    ]
    told = take(write(*records))
    events = table("bucket=*.parquet")
    assert events.height == 6
    assert events["subscriber_hi"].n_unique() == events["counterparty_hi"].n_unique() == 1
    traits = table("trait.parquet")
    assert traits["destination"].to_list() == ["mobile:vnpt"]
    [note] = [one for one in told.files[0].notes if "old form" in one]
    assert note.endswith(
        "1 records write a number in an old form that had ended; read as its new one"
    )


SUBSCRIPTIONS = "number,account,carrier,plan,segment,payment,home_locality,valid_from,valid_until"


@pytest.mark.parametrize(("number", "begin", "end", "same"), [
    ("01661234567", "2015-01-01 00:00:00.000", "", "0361234567"),
    ("01661234567", "2015-01-01 00:00:00.000", "2018-01-01 00:00:00.000", "0361234567"),
    # Who exports an open row today writes today's number; one that ended long ago was Vinh Long's.
    ("0703823456", "2015-01-01 00:00:00.000", "", "0703823456"),
    ("0703823456", "2015-01-01 00:00:00.000", "2017-01-01 00:00:00.000", "02703823456"),
])  # fmt: skip
def test_master_data_in_an_old_form_are_the_same_subscriber(
    take, write, table, key, number, begin, end, same
):
    row = f"{number},,mobifone,p,standard,prepaid,79,{begin},{end}"
    take(write(row, header=SUBSCRIPTIONS), kind="subscriptions")
    found = table("subscription.parquet", "master").row(0, named=True)
    wanted = pseudonyms(canonical_numbers(pl.Series([same]), PLAN)["canonical"], key).row(0)
    assert (found["subscriber_hi"], found["subscriber_lo"]) == wanted


@pytest.mark.parametrize(("changes", "what"), [
    pytest.param({"old_until": "2018-09-15"}, "before the new one begins", id="ends too early"),
    pytest.param({"new": "120"}, "what does not change", id="no change"),
    pytest.param({"digits": "3"}, "has none after 120", id="too short"),
    pytest.param({"old": "0120"}, "pattern", id="with its 0"),
])  # fmt: skip
def test_a_change_that_is_none_is_refused(changes, what):
    change = {"old": "120", "digits": "10", "new": "70", "new_from": "2018-09-15",
              "old_until": "2018-11-15", "source": "page 1", "mark": "stated"}  # fmt: skip
    with pytest.raises(ValueError, match=what):
        Numbering.model_validate(
            {"prefixes": [], "short_codes": [], "renumberings": [{**change, **changes}]}
        )


def test_pseudonym_is_keyed_blake2b_of_the_canonical_number(key):
    found = pseudonyms(pl.Series(["84961234567"]), key).row(0)
    whole = hashlib.blake2b(b"84961234567", key=key.secret, digest_size=16).digest()
    assert found == (int.from_bytes(whole[:8], "big"), int.from_bytes(whole[8:], "big"))


def test_the_plan_is_asked_once_for_a_range():
    asked = []

    class Plan:
        prefixes = (Prefix(prefix="96", network="mobile:x", digits=9, source="s", mark="assumed"),)
        short_codes: tuple[ShortCode, ...] = ()
        renumberings: tuple[Renumbering, ...] = ()

        def network_of(self, national):
            asked.append(national)
            return f"mobile:{national[:2]}"

    plan = Plan()
    numbers = canonical_numbers(
        pl.Series([f"0961234{at:03}" for at in range(500)] + ["+3465010487"]), plan
    )
    found = networks(numbers, plan)
    assert found.value_counts().sort("network").rows() == [("international", 1), ("mobile:96", 500)]
    assert len(asked) == 1


def test_key_file_is_for_its_owner_only_and_is_never_replaced(tmp_path):
    path = tmp_path / "keys" / "pseudonym.key"
    made = make_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_key(path) == made and len(made.secret) == 32
    assert made.secret.hex() not in repr(made)
    with pytest.raises(KeyFileError, match="already"):
        make_key(path)
    assert read_key(path) == made


def test_a_user_without_a_home_folder_names_the_key(tmp_path, monkeypatch):
    """In a container HOME may be missing, and the user a number; the folder `~` would be made."""
    for name in ("HOME", "XDG_DATA_HOME", "DOISOAT_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(KeyFileError, match="no home folder") as told:
        find_key(None, tmp_path / "home")
    assert "--key" in told.value.mend and list(tmp_path.iterdir()) == []
    with pytest.raises(KeyFileError, match="inside the home"):
        find_key(tmp_path / "home" / "a.key", tmp_path / "home")
    make_key(tmp_path / "a.key")
    assert find_key(tmp_path / "a.key", tmp_path / "home")[1:] == (tmp_path / "a.key", False)


def unknown(number):
    raise KeyError(f"getpwuid(): uid not found: {number}")


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
