"""rows = taken + duplicates + suspended + filtered, and each record is where it says."""

import hashlib
import json
import shutil
import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doisoat.engine.intake.file_intake import take_in
from doisoat.engine.intake.forms.delimited import DelimitedReader
from doisoat.engine.intake.records.suspense_reasons import WHY, SubReason
from doisoat.engine.keys.pseudonym import Key
from doisoat.engine.store.home import writer
from tests.profiles import examples

from .conftest import EGO_HEADER, EGO_LINE, USAGE, line


def totals(accounting):
    told = accounting.as_object()
    assert told["rows"] == sum(told[n] for n in ("taken", "duplicates", "suspended", "filtered"))
    assert told["suspended"] == sum(told["reasons"].values())
    return tuple(told[n] for n in ("rows", "taken", "duplicates", "suspended", "filtered"))


@pytest.mark.parametrize(("changes", "sub_reason"), [
    pytest.param({"number": ""}, "missing_field:subscriber", id="nobody's call"),
    pytest.param({"other": ""}, "missing_field:other", id="a call to nobody"),
    pytest.param({"started": ""}, "missing_field:started", id="no time"),
    pytest.param({"duration_s": ""}, "missing_field:duration", id="a call without duration"),
    pytest.param({"record_key": ""}, "missing_field:key", id="no key where the source has keys"),
    pytest.param({"carrier": ""}, "missing_field:carrier", id="no carrier"),
    pytest.param({"kind": "data", "units": ""}, "missing_field:units", id="data without volume"),
    pytest.param({"kind": "pack", "action": "renewal"}, "missing_field:pack",
                 id="a pack without name"),
    pytest.param({"kind": "fax"}, "bad_kind", id="an unknown kind"),
    pytest.param({"started": "2021-02-30 08:00:00.000"}, "bad_time", id="30 February"),
    pytest.param({"started": "2021-08-05 24:00:00.000"}, "bad_time", id="hour 24"),
    pytest.param({"started": "2021-08-05 08:00:00+07"}, "bad_time", id="an offset is not dropped"),
    pytest.param({"started": "1999-12-31 23:59:59.999"}, "time_out_of_range", id="before 2000"),
    pytest.param({"duration_s": "-1"}, "negative_units:duration", id="a negative duration"),
    pytest.param({"duration_s": "1e3"}, "bad_units:duration", id="1e3 is not a thousand"),
    pytest.param({"duration_s": "1.0005"}, "bad_units:duration", id="finer than a millisecond"),
    pytest.param({"duration_s": "1_000"}, "bad_units:duration", id="an underscore"),
    pytest.param({"duration_s": " 10"}, "bad_units:duration", id="a blank in a number"),
    pytest.param({"duration_s": "99999999"}, "bad_units:duration", id="longer than a year"),
    pytest.param({"charged": "1.5"}, "bad_units:charged", id="a fraction of a dong"),
    pytest.param({"charged": "-5"}, "negative_units:charged", id="a negative charge"),
    pytest.param({"partial": "x"}, "bad_units:partial", id="a partial that is no number"),
    pytest.param({"kind": "data", "units": "0x10"}, "bad_units:units", id="hexadecimal"),
    *(
        pytest.param({**pack, "units": text}, "bad_units:units",
                     id=f"{pack['kind']} of {text} units")
        for pack in ({"kind": "pack", "action": "renewal", "pack": "viettel.VX3"}, {"kind": "fee"})
        for text in ("3", "0", "abc", "01", "1.0", " 1")
    ),
    pytest.param({"kind": "fee", "units": "-1"}, "negative_units:units",
                 id="a fee of less than none"),
    pytest.param({"number": "0961234"}, "bad_number:subscriber", id="a short number"),
    pytest.param({"number": "113"}, "bad_number:subscriber", id="a service is no subscriber"),
    pytest.param({"other": "09x"}, "bad_number:other", id="the other is no number"),
    pytest.param({"host": "84961234567", "kind": "data", "units": "1"}, "missing_field:host",
                 id="a number strayed into the host"),
    pytest.param({"carrier": "v84961234567"}, "missing_field:carrier", id="into the carrier"),
    pytest.param({"charged": "0961234567"}, "bad_units:charged", id="into the charge"),
    pytest.param({"charged": "84961234567"}, "bad_units:charged",
                 id="into the charge, with its country"),
    pytest.param({"kind": "sms", "units": "84961234567"}, "bad_units:units", id="into a count"),
])  # fmt: skip
def test_a_malformed_record_is_suspended_with_its_reason(take, write, table, changes, sub_reason):
    bad = line(record_key="bad") if "record_key" not in changes else line()
    bad = line(**{"record_key": "bad", **changes})
    accounting = take(write(line(), bad))
    assert totals(accounting) == (2, 1, 0, 1, 0)
    assert accounting.sub_reasons == {f"malformed/{sub_reason}": 1}
    kept = table("suspense.parquet").row(0, named=True)
    assert (kept["row"], kept["line"], kept["sub_reason"]) == (2, 3, sub_reason)
    assert kept["offset"] == len(USAGE) + 1 + len(line()) + 1
    assert kept["raw_sha256"] == hashlib.sha256(bad.encode()).hexdigest()


def test_every_sub_reason_is_in_the_docs():
    text = (Path(__file__).parents[2] / "docs" / "intake.md").read_text("utf-8")
    for reason in SubReason:
        assert not reason or f"`{reason.value}`" in text


def test_an_event_is_what_the_record_says(take, write, table, key):
    take(write(line()))
    event = table("bucket=*.parquet").row(0, named=True)
    assert event["start_ms"] == 1_628_150_400_000  # 2021-08-05 08:00 civil
    assert (event["units"], event["duration_ms"], event["charged"]) == (61_250, 61_250, 1_500)
    assert (event["source"], event["row"], event["partial"]) == (0, 1, 0)
    assert event["owner_hi"] == event["subscriber_hi"] != 0 and event["session_hi"] == 0
    trait = table("trait.parquet").row(event["trait"], named=True)
    assert trait == {"trait": 0, "carrier": "viettel", "kind": "voice", "locality": "79",
                     "destination": "mobile:vnpt", "rating_group": "", "pack": ""}  # fmt: skip


def test_an_account_owns_what_its_numbers_use(take, write, table):
    take(write(line(account="F1"), line(record_key="k2", account="F1", number="84971234567"),
               line(record_key="k3", account="F1", number="", kind="fee", other="",
                    duration_s="")))  # fmt: skip
    events = table("bucket=*.parquet")
    assert events.height == 3 and events["owner_hi"].n_unique() == 1
    assert events["subscriber_hi"].n_unique() == 3


@pytest.mark.parametrize("forms", [
    pytest.param(("84961234567", "0961234567"), id="national and international"),
    pytest.param(("01691234567", "0391234567"), id="before and after 2018"),
])  # fmt: skip
def test_forms_of_one_number_are_one_owner(take, write, table, forms):
    take(write(*(line(record_key=form, number=form) for form in forms)))
    assert table("bucket=*.parquet")["owner_lo"].n_unique() == 1


def test_events_are_ordered_and_bucketed_by_owner(take, write, table, home):
    records = [
        line(record_key=f"k{at}", number=f"8496{at % 50:07}",
             started=f"2021-08-05 08:00:{59 - at % 60:02}.{at % 7:03}",
             **({} if at % 3 else {"kind": "pack", "pack": "V90", "action": "renewal",
                                   "duration_s": ""}))
        for at in range(600)
    ]  # fmt: skip
    take(write(*records))
    for path in home.glob("usage/part=*/bucket=*.parquet"):
        bucket = int(path.stem.removeprefix("bucket="))
        events = pl.read_parquet(path, hive_partitioning=False)
        assert ((events["owner_hi"] // 2**54) * 16 // 1024 == bucket).all()
        kinds = table("trait.parquet")["kind"].gather(events["trait"])
        rank = (kinds != "pack").cast(pl.Int8)
        order = events.select(
            "owner_hi", "owner_lo", second=pl.col("start_ms") // 1000
        ).with_columns(
            rank.alias("rank"), events["start_ms"], events["event_hi"], events["event_lo"]
        )
        assert order.equals(order.sort(order.columns))


# --- duplicates, conflicts, twins ---------------------------------------------------------------


def test_the_same_file_again_is_known_and_adds_nothing(take, write, home):
    path = write(line())
    take(path)
    parts = list(home.glob("usage/part=*"))
    again = take(path)
    assert totals(again) == (1, 0, 1, 0, 0) and again.files[0].known_in == parts[0].name[5:]
    assert list(home.glob("usage/part=*")) == parts


@pytest.mark.parametrize("together", [True, False], ids=["in one call", "in two calls"])
def test_a_record_sent_again_in_another_file_is_a_duplicate(take, write, together):
    first = write(line(), line(record_key="k2"), name="a.csv")
    second = write(line(record_key="k2"), line(record_key="k3"), name="b.csv")
    if together:
        assert totals(take(first, second)) == (4, 3, 1, 0, 0)
    else:
        take(first)
        assert totals(take(second)) == (2, 1, 1, 0, 0)


def test_every_copy_of_a_contradicted_record_is_suspended(take, write, table):
    told = take(write(line(), line(duration_s="99"), line(), line(record_key="k2")))
    assert totals(told) == (4, 1, 0, 3, 0) and told.reasons == {"conflicting": 3}
    kept = table("suspense.parquet")
    assert kept["row"].to_list() == [1, 2, 3] and kept["event_hi"].n_unique() == 1
    raw = hashlib.sha256(line(duration_s="99").encode()).hexdigest()
    assert kept["raw_sha256"][1] == raw


def test_a_contradiction_of_an_earlier_part_names_its_event(take, write, table, home):
    from doisoat.engine.intake.records.events import conflicts
    from doisoat.engine.store.home import list_parts, open_home

    take(write(line(), name="a.csv"))
    assert totals(take(write(line(duration_s="99"), name="b.csv"))) == (1, 0, 0, 1, 0)
    event = table("bucket=*.parquet").select("event_hi", "event_lo")
    assert conflicts(list_parts(open_home(home), "usage")).equals(event)
    again = write(line(duration_s="99"), line(record_key="k2"), name="c.csv")
    assert totals(take(again)) == (2, 1, 1, 0, 0)  # The contradiction itself was said before.


def test_twins_with_keys_of_their_own_are_two_events(take, write):
    assert totals(take(write(line(), line(record_key="k2")))) == (2, 2, 0, 0, 0)


def test_equal_records_without_a_key_count_the_most_in_one_file(take, write, table):
    two = write(EGO_LINE, EGO_LINE, header=EGO_HEADER, name="two.csv")
    three = write(
        EGO_LINE,
        "text,in,A,2014-03-02 07:13:30,,1",
        EGO_LINE,
        EGO_LINE,
        header=EGO_HEADER,
        name="three.csv",
    )
    assert totals(take(two, mapping="bandicoot", subscriber="ego")) == (2, 2, 0, 0, 0)
    assert totals(take(three, mapping="bandicoot", subscriber="ego")) == (4, 2, 2, 0, 0)
    assert table("bucket=*.parquet").select("event_hi", "event_lo").is_unique().all()


def test_part_is_the_same_whatever_order_the_files_are_given_in(write, tmp_path, key):
    files = [write(line(record_key=f"k{at}"), line(record_key="same"), name=f"{at}.csv")
             for at in range(5)]  # fmt: skip
    found = []
    for name, order in (("a", files), ("b", files[::-1])):
        with writer(tmp_path / name, "test") as held:
            take_in(held, [(path, "world", "usage") for path in order], key)
        found.append({path.name: path.read_bytes()
                      for path in sorted((tmp_path / name).glob("usage/*/*"))})  # fmt: skip
    assert found[0] == found[1]


def test_content_digest_does_not_depend_on_the_number_of_buckets(write, tmp_path, key):
    path = write(*(line(record_key=f"k{at}", number=f"8496{at:07}") for at in range(300)))
    names = set()
    for buckets in (1, 8, 64):
        with writer(tmp_path / str(buckets), "test", buckets) as held:
            names |= set(take_in(held, [(path, "world", "usage")], key).parts)
    assert len(names) == 1


def test_csv_and_parquet_of_one_content_give_the_same_events(take, write, tmp_path):
    path = write(*(line(record_key=f"k{at}") for at in range(10)))
    pl.read_csv(path, infer_schema=False).write_parquet(tmp_path / "usage.parquet")
    take(path)
    assert totals(take(tmp_path / "usage.parquet")) == (10, 0, 10, 0, 0)


# --- master data --------------------------------------------------------------------------------

SUBSCRIPTIONS = "number,account,carrier,plan,segment,payment,home_locality,valid_from,valid_until"
SUBSCRIPTION = "84961234567,,viettel,viettel.Tomato,standard,prepaid,79,2021-01-01 00:00:00,"


def test_subscriptions_are_taken_judged_and_known_again(take, write, table):
    path = write(
        SUBSCRIPTION,
        SUBSCRIPTION,
        ",F1,viettel,viettel.Fibre,standard,postpaid,01,2021-01-01 00:00:00,2021-09-01 00:00:00",
        SUBSCRIPTION.replace("2021-01-01", "2021-13-01"),
        SUBSCRIPTION.replace("84961234567", "8496"),
        SUBSCRIPTION.replace(",prepaid", ","),
        "84971234567,,vnpt,a.b,standard,prepaid,79,2021-01-01 00:00:00,",
        "84971234567,,vnpt,a.c,standard,prepaid,79,2021-01-01 00:00:00,",
        header=SUBSCRIPTIONS,
    )
    told = take(path, kind="subscriptions")
    assert totals(told) == (8, 2, 1, 5, 0) and told.events == 0
    assert told.sub_reasons == {"conflicting": 2, "malformed/bad_number:number": 1,
                                "malformed/bad_time:valid_from": 1,
                                "malformed/missing_field:payment": 1}  # fmt: skip
    rows = table("subscription.parquet", "master")
    assert rows["until_ms"].to_list().count(None) == 1
    again = write(SUBSCRIPTION, header=SUBSCRIPTIONS, name="again.csv")
    assert totals(take(again, kind="subscriptions")) == (1, 0, 1, 0, 0)


@pytest.mark.parametrize("payment", ["TT", "Prepaid", "prepaid ", "trả trước", "hybrid"])
def test_a_payment_that_is_neither_is_not_taken_for_prepaid(take, write, table, payment):
    good = SUBSCRIPTION.replace("prepaid", "postpaid")
    path = write(good, SUBSCRIPTION.replace("prepaid", payment), header=SUBSCRIPTIONS)
    told = take(path, kind="subscriptions")
    assert totals(told) == (2, 1, 0, 1, 0)
    assert told.sub_reasons == {"malformed/bad_payment": 1}
    assert table("subscription.parquet", "master")["payment"].to_list() == ["postpaid"]
    assert table("suspense.parquet", "master")["row"].to_list() == [2]


def test_a_word_that_the_mapping_does_not_declare_is_not_taken(take, write, tmp_path):
    mapping = tmp_path / "words.yaml"
    fields = ["number", "account", "carrier", "plan", "segment", "payment", "home_locality"]
    declared = {
        "payment": "{column: payment, values: {TT: prepaid, TS: postpaid}}",
        "segment": "{column: segment, values: {CN: standard}}",
    }
    mapping.write_text(
        "name: words\ntitle: words\nsource_system: words\nsubscriptions:\n"
        "  - name: words\n    fields:\n"
        + "".join(f"      {f}: {declared.get(f, '{column: ' + f + '}')}\n" for f in fields)
        + "".join(
            f"      valid_{end}: {{column: valid_{end}, form: civil}}\n"
            for end in ("from", "until")
        )
    )
    good = SUBSCRIPTION.replace("prepaid", "TT").replace("standard", "CN")
    path = write(
        good, good.replace("TT", "prepaid"), good.replace("CN", "XX"), header=SUBSCRIPTIONS
    )
    told = take(path, kind="subscriptions", mapping=str(mapping))
    assert told.sub_reasons == {"malformed/bad_payment": 1, "malformed/missing_field:segment": 1}
    assert totals(told) == (3, 1, 0, 2, 0)


def test_ports_and_packs_are_taken(take, write, table):
    ports = write("84961234567,vnpt,2020-11-15 00:00:00,", name="ports.csv",
                  header="number,carrier,valid_from,valid_until")  # fmt: skip
    packs = write("84961234567,,V90,2021-07-20 09:00:00,90000,100;200", name="packs.csv",
                  header="number,account,pack,bought,price_paid,left")  # fmt: skip
    assert totals(take(ports, kind="ports")) == (1, 1, 0, 0, 0)
    assert totals(take(packs, kind="packs")) == (1, 1, 0, 0, 0)
    pack = table("pack.parquet", "master").row(0, named=True)
    assert (pack["price_paid"], pack["left"], pack["bought_ms"]) == (
        90_000,
        "100;200",
        1_626_771_600_000,
    )
    assert table("port.parquet", "master")["number_hi"][0] == pack["owner_hi"]


# --- damaged text: the accounting holds whatever is done to the bytes ---------------------------

DAMAGE = st.lists(
    st.tuples(
        st.integers(0, 2_000),
        st.sampled_from([b'"', b"\0", b"\r", b"\n", b",", b"\xff", b"\r\n", b"\n\n", b"x", b""]),
        st.integers(0, 3),
    ),
    max_size=8,
)
KEY = Key(bytes(32), "2026-11-25")


@settings(max_examples=examples(0.8), suppress_health_check=[HealthCheck.too_slow])
@given(damage=DAMAGE, cut=st.integers(0, 40), end=st.sampled_from(["\n", "\r\n"]))
def test_no_line_is_lost_whatever_is_done_to_the_bytes(damage, cut, end):
    records = [line(record_key=f"k{at}", host='"a, b"' if at % 2 else "") for at in range(12)]
    body = bytearray(end.join([*records, ""]).encode())
    for place, piece, length in damage:
        at = place % len(body)
        body[at : at + length] = piece
    content = (USAGE + end).encode() + bytes(body[: len(body) - cut])
    lines = content.split(b"\n")[1:]
    lines = lines if lines[-1] else lines[:-1]
    folder = Path(tempfile.mkdtemp())
    try:
        (folder / "usage.csv").write_bytes(content)
        with writer(folder / "home", "test") as held:
            told = take_in(held, [(folder / "usage.csv", "world", "usage")], KEY)
        rows = totals(told)[0]
        assert rows == sum(text not in (b"", b"\r") for text in lines)
        assert rows + told.files[0].blank_lines == len(lines)
        suspense = pl.concat(pl.read_parquet(path, hive_partitioning=False)
                             for path in folder.glob("home/usage/*/suspense.parquet"))  # fmt: skip
        for kept in suspense.iter_rows(named=True):
            raw = lines[kept["line"] - 2].removesuffix(b"\r")
            assert kept["raw_sha256"] == hashlib.sha256(raw).hexdigest()
            assert content[kept["offset"] :].startswith(raw)
    finally:
        shutil.rmtree(folder)


@pytest.mark.parametrize(("bad", "taken"), [
    pytest.param('"unterminated', 2, id="an unterminated quote keeps to its line"),
    pytest.param('"a\nb"', 2, id="a newline in quotes makes broken lines, not a swallowed record"),
    pytest.param("a\0b", 2, id="NUL"),
    pytest.param("a\rb", 2, id="a CR inside a line"),
    pytest.param("a,b", 2, id="too many fields"),
])  # fmt: skip
def test_a_broken_record_costs_no_neighbour(take, write, bad, taken):
    told = take(write(line(), line(record_key="bad", host=bad), line(record_key="k3")))
    assert told.as_object()["taken"] == taken
    assert set(told.sub_reasons) == {"malformed/structure"}


def test_an_open_quote_costs_the_memory_of_its_piece_alone(take, write, monkeypatch):
    """Line by line, records take twenty times their bytes: of a block of 48 MiB a GiB and more."""
    by_line = []
    parse_lines = DelimitedReader._parse_lines

    def watched(self, block):
        by_line.append(len(block.raw))
        return parse_lines(self, block)

    monkeypatch.setattr(DelimitedReader, "_parse_lines", watched)
    records = [line(record_key=f"k{at}") for at in range(30_000)]
    records[15_000] = line(record_key="open", host='"abc')
    told = take(write(*records))
    assert totals(told) == (30_000, 29_999, 0, 1, 0)
    assert set(told.sub_reasons) == {"malformed/structure"}
    assert len(by_line) == 1 and by_line[0] < (1 << 20) + 200


def test_last_line_without_an_end_may_be_cut_so_it_is_suspended(take, write):
    path = write(line(), line(record_key="k2"))
    path.write_bytes(path.read_bytes()[:-2])
    told = take(path)
    assert totals(told) == (2, 1, 0, 1, 0) and "no line end" in told.files[0].notes[0]


def test_a_byte_order_mark_and_crlf_are_read(take, write):
    path = write(line(), line(record_key="k2"), end="\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert totals(take(path)) == (2, 2, 0, 0, 0)


# --- what the command says ----------------------------------------------------------------------


def test_the_months_of_a_file_are_told_so_that_a_wrong_one_is_seen(run, write, home):
    dates = ["2021-08-05", "2021-08-06", "2012-08-05", *(f"20{y}-01-01" for y in range(30, 42))]
    lines = [line(record_key=f"m{n}", started=f"{date} 00:00:00") for n, date in enumerate(dates)]
    said = run("intake", write(*lines), "--mapping", "world", "--home", home).stdout
    months = "2012-08: 1, 2021-08: 2, 2030-01: 1, 2031-01: 1, 2032-01: 1, 2033-01: 1, … (2)"
    assert f"read, by month\t{months}, 2036-01: 1, 2037-01: 1" in said


def test_the_first_suspended_records_are_named_and_the_rest_counted(run, write, home):
    bad = [line(record_key=f"k{n}", started="2021-13-01 00:00:00") for n in range(12)]
    path = write(line(), *bad)
    args = ("intake", path, "--mapping", "world", "--home", home)
    said = run(*args).stdout.splitlines()
    assert "Số dòng | rows\t13" in said and "Treo | suspended\t12" in said
    shown = [text for text in said if text.startswith("  usage.csv, bản ghi ")]
    assert len(shown) == 10
    assert shown[0] == (
        "  usage.csv, bản ghi 2 (dòng 3) | row 2 (line 3): bad_time"
        " (thời điểm không đúng dạng | no time of the declared form)"
    )
    remedy = said[said.index(next(text for text in said if "malformed/bad_time" in text)) + 1]
    assert remedy == f"  {WHY[SubReason.BAD_TIME].mend}"
    rest = said[said.index(shown[-1]) + 1]
    assert rest == (
        "  … còn 2 bản ghi treo nữa: bảng usage.suspense của relief.duckdb, sau khi đối soát"
        " | 2 more suspended records: usage.suspense of relief.duckdb, once settled"
    )
    assert "Đọc được, theo tháng | read, by month\t2021-08: 1" in said
    assert json.loads(run(*args, "--json").stdout).keys() == {
        "rows", "taken", "duplicates", "suspended", "filtered", "events", "reasons",
    }  # fmt: skip
    again = run(*args)  # known: it adds nothing, and still says which records are to be mended
    assert "already taken in" in again.stderr
    assert "\n".join(shown) in again.stdout


def test_each_sub_reason_and_its_remedy_are_said_in_both_languages():
    assert set(WHY) == set(SubReason)
    assert all(all(why) for why in WHY.values())


MEGABYTES = """\
name: mine
title: mine
source_system: mine
usage:
  - name: sessions
    data_unit: MB
    fields:
      carrier: {constant: viettel}
      kind: {constant: data}
      subscriber: {column: a}
      started: {column: t, form: civil}
      units: {column: u}
"""


def test_a_volume_that_64_bits_do_not_hold_is_suspended_not_wrapped(run, write, tmp_path, home):
    mapping = tmp_path / "mine.yaml"
    mapping.write_text(MEGABYTES, "utf-8")
    volumes = ["1", "953674316", "953674317", "9000000000000", "17592186044421"]
    path = write(
        *(f"84961234567,2021-08-05 08:00:0{at},{mb}" for at, mb in enumerate(volumes)),
        header="a,t,u",
    )
    result = run("intake", path, "--mapping", mapping, "--home", home, "--json")
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    assert (told["rows"], told["taken"], told["suspended"]) == (5, 2, 3)
