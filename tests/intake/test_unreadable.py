"""A file of which nothing could be read is refused, field by field; any other is taken in."""

import json

import polars as pl
import pytest

from doisoat.engine.intake.file_intake import take_in_each
from doisoat.engine.intake.records.suspense_reasons import FIELDS_OF, SUB_REASONS, SubReason, why_of
from doisoat.engine.intake.unreadable import UnreadableFile
from doisoat.engine.store.home import writer

from .conftest import in_english, line, state_of
from .test_accounting import SUBSCRIPTION, SUBSCRIPTIONS, totals

DAY_FIRST = "05/08/2021 08:00:00"


def day_first(*keys):
    return [line(record_key=key, started=DAY_FIRST) for key in keys]


def refusal_of(take, *paths, **options):
    with pytest.raises(UnreadableFile) as caught:
        take(*paths, **options)
    return caught.value


def test_it_ends_with_status_5_and_takes_nothing(run, write, home):
    good = write(line(), name="good.csv")
    assert run("intake", good, "--mapping", "world", "--home", home).returncode == 0
    before = {name: raw for name, raw in state_of(home).items() if name != "lock"}
    path = write(*day_first("k2", "k3"), line(record_key="k4", duration_s="1e3"))
    args = ("intake", path, "--mapping", "world", "--home", home)
    told = run(*args, "--json")
    assert told.returncode == 5
    error = json.loads(told.stdout)
    what, mend = in_english(error["error"]["what"]), in_english(error["error"]["mend"])
    assert error["error"]["where"] == "usage.csv"
    assert "none of its 3 rows could be read" in what and "nothing was taken in" in what
    assert "bad_time 2 (row 1, column started: '99/99/9999 99:99:99')" in what
    assert "bad_units:duration 1 (row 3, column duration_s: '9e9')" in what
    assert "form: ddmmyyyy" in mend and "doisoat mapping test FILE --mapping world" in mend
    assert [fault["rows"] for fault in error["faults"]] == [2, 1]
    said = run(*args)
    assert said.returncode == 5 and said.stdout == "" and "To mend: " in said.stderr
    assert "2021" not in said.stderr.partition("Error: ")[2].partition("To mend")[0]
    assert state_of(home) == before


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        pytest.param({"started": DAY_FIRST}, "form: ddmmyyyy", id="the day first"),
        pytest.param({"started": "20210805-080000"}, "form: yyyymmdd-hhmmss", id="compact"),
        pytest.param({"started": "1628125200"}, "form: epoch_s", id="seconds since 1970"),
        pytest.param({"started": "2021-08-05 08:00:00.000001"}, "form: civil_ns", id="fractions"),
        pytest.param({"kind": "thoại"}, "values of kind", id="a word that is not declared"),
    ],
)
def test_the_form_that_would_read_it_is_named(take, write, changes, fits):
    assert fits in refusal_of(take, write(line(**changes))).mend


@pytest.mark.parametrize("text", ["x", "2021-08-05T25:00", ""])
def test_no_form_is_named_where_none_reads_it(take, write, text):
    assert "form:" not in refusal_of(take, write(line(started=text))).mend


def test_whoever_is_named_in_an_example_is_masked(take, write):
    error = refusal_of(take, write(line(number="Nguyễn Văn A 0961")))
    assert "Nguyễn" not in str(error) and "0961" not in str(error)
    assert "column number: 'xxxxxx xxx x 9999'" in error.what
    broken = refusal_of(take, write('"0961234567,x'))
    assert "0961" not in str(broken) and "structure 1 (row 1, '\"9999999999,x')" in broken.what


@pytest.mark.parametrize(
    ("records", "counts"),
    [
        pytest.param((), (0, 0, 0, 0, 0), id="no row"),
        pytest.param((line(), *day_first("k2")), (2, 1, 0, 1, 0), id="some rows fail"),
        pytest.param((line(), line()), (2, 1, 1, 0, 0), id="a copy"),
        pytest.param((line(), line(duration_s="9")), (2, 0, 0, 2, 0), id="copies contradict"),
    ],
)
def test_these_are_no_failure(take, write, records, counts):
    assert totals(take(write(*records))) == counts


def test_all_duplicates_are_no_failure_nor_is_a_file_that_is_known(take, write):
    take(write(line(), name="a.csv"))
    assert totals(take(write(line(), line(), name="b.csv"))) == (2, 0, 2, 0, 0)
    assert totals(take(write(line(), name="a.csv"))) == (1, 0, 1, 0, 0)


def test_what_a_rule_leaves_out_was_read(take, write):
    rule = ",0961234567,0912345678,c,,s,d,Dial,,{at},,{at},0,0,NO ANSWER,3,{key},"
    left_out = [rule.format(at="2021-08-05 08:00:00", key=f"u{n}") for n in range(3)]
    path = write(*left_out[1:], header=left_out[0], name="out.csv")  # no header: three records
    told = take(path, mapping="asterisk").as_object()
    assert (told["rows"], told["filtered"]) == (3, 3)
    bad = rule.replace("NO ANSWER", "ANSWERED").format(at=DAY_FIRST, key="u9")
    error = refusal_of(take, write(*left_out, header=bad), mapping="asterisk")
    assert "none of the 1 rows that no rule leaves out could be read" in error.what


def test_of_several_files_all_wait_for_the_one(take, write, home, key):
    good, bad = write(line(), name="a.csv"), write(*day_first("k2"), name="b.csv")
    more = write(*day_first("k3"), name="c.csv")
    error = refusal_of(take, good, bad, more)
    assert error.where in ("b.csv", "c.csv") and "--each" in error.mend
    assert "so it is with" in error.mend and not list(home.glob("usage/part=*"))
    with pytest.raises(UnreadableFile), writer(home, "test") as held:
        take_in_each(held, [(path, "world", "usage") for path in (good, bad)], key)
    assert len(list(home.glob("usage/part=*"))) == 1  # what came before it stays


def test_master_tables_are_held_to_the_same(take, write, home):
    path = write(SUBSCRIPTION.replace("2021-01-01", "01/01/2021"), header=SUBSCRIPTIONS)
    error = refusal_of(take, path, kind="subscriptions")
    assert "bad_time:valid_from 1 (row 1, column valid_from: '99/99/9999 99:99:99')" in error.what
    assert "form: ddmmyyyy of the field valid_from" in error.mend
    assert "--kind subscriptions" in error.mend and not list(home.glob("master/part=*"))
    two = write(SUBSCRIPTION, SUBSCRIPTION.replace("prepaid", "TT"), header=SUBSCRIPTIONS)
    assert totals(take(two, kind="subscriptions")) == (2, 1, 0, 1, 0)


def test_a_sub_reason_names_its_field_and_is_found_by_either_name(run, write, home):
    bad = [line(record_key="k2", charged="1.5"), line(record_key="k3", host="84961234567",
           kind="data", units="1")]  # fmt: skip
    path = write(line(), *bad)
    assert run("intake", path, "--mapping", "world", "--home", home).returncode == 0
    for reason, row in (("bad_units", 2), ("bad_units:charged", 2), ("missing_field:host", 3)):
        said = run("suspense", "list", "--reason", reason, "--home", home)
        assert f"row {row} " in said.stdout and said.stdout.count("usage.csv, ") == 1
    assert "trường host" in said.stdout and "field host" in said.stdout
    nothing = run("suspense", "list", "--reason", "bad_units:host", "--home", home)
    assert "usage.csv" not in nothing.stdout


def test_the_list_of_sub_reasons_is_closed():
    assert len(set(SUB_REASONS)) == len(SUB_REASONS) < 256
    for what in SUB_REASONS:
        assert all(why_of(what))
    assert set(FIELDS_OF) < set(SubReason)
    for odd in ("missing_field:", "missing_field:x", "structure:key", "bad_tyme:started"):
        with pytest.raises(ValueError, match=r"sub-reason|is not a valid"):
            why_of(odd)


def test_each_field_that_may_lack_is_in_the_list():
    """Those of every mapping's models, but what has no text of its own."""
    from doisoat.engine.intake.mapping import mapping as m

    fields = set(m.UsageFields.model_fields) | set(m.OrderFields.model_fields)
    for kind in (m.SubscriptionFields, m.PortFields, m.PackFields, m.BalanceFields,
                 m.AllowListFields):  # fmt: skip
        fields |= set(kind.model_fields)
    never = {"kind", "direction", "session", "partial", "charged"}
    assert set(FIELDS_OF[SubReason.MISSING_FIELD]) == fields - never | {"key"}


def test_codes_are_those_of_the_frames(take, write, table):
    take(write(line(), line(record_key="k2", charged="x")))
    assert table("suspense.parquet")["sub_reason"].to_list() == ["bad_units:charged"]
    assert table("suspense.parquet").schema["sub_reason"] == pl.String
