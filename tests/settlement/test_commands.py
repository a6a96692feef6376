"""settle and explain from the command line, on a small synthetic world and the real kernel."""

import hashlib
import json
import os
import re
import shutil
import uuid
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl
import pytest

from doisoat import cli
from doisoat.errors import ConservationError, PeriodError
from doisoat.fixtures.synthetic_key import SYNTHETIC_KEY
from doisoat.settlement.explain.explain import explain, parse_event_id
from doisoat.settlement.explain.plain_figures import money_text
from doisoat.settlement.explain.text import Teller
from doisoat.settlement.rerating import owner_replay as replay
from doisoat.tariffs.models.package_model import Package
from tests.doubled import doubled
from tests.made_once import copy_of_made

MEASURES = ("M1", "M2", "M3", "M4", "M5", "M6")


def told(capsys, *args):
    """Exit status, the object on stdout, and what was said on stderr."""
    capsys.readouterr()
    status = cli.run([*args, "--json"])
    said = capsys.readouterr()
    return status, json.loads(said.out), said.err


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A home with a settled small world."""

    def make(folder):
        at = ["--home", str(folder / "out")]
        assert cli.run(["simulate", "--subscribers", "300", "--seed", "7", *at]) == 0
        assert cli.run(["settle", *at]) == 0

    return copy_of_made(tmp_path_factory, "small", make, by=("simulate", "settle"))[0] / "out"


def rows(home, sql):
    with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_settled_again_it_is_the_same_run(small, capsys):
    status, again, _ = told(capsys, "settle", "--home", str(small))
    assert status == 0 and again["same_run"] is True
    listed = int(again["list_value"]), int(again["discount"]), int(again["payable"])
    assert listed[0] - listed[1] == listed[2] > 0
    assert again["events"] == again["rated"] + again["suspended"]
    assert rows(small, "SELECT run, digest FROM rated.run") == [(again["run"], again["digest"])]


def test_people_are_told_where_things_lie_and_that_it_is_synthetic(small, capsys):
    assert cli.run(["settle", "--home", str(small)]) == 0
    said = capsys.readouterr()
    assert "same run" in said.out and "doi-soat-2021-08-viettel.xlsx" in said.out
    assert "synthetic" in said.err


@pytest.mark.parametrize("measure", MEASURES)
def test_the_oracle_explains_events_of_each_measure_to_the_dong(small, measure):
    found = rows(
        small,
        f"SELECT event_id FROM rated.relief_line WHERE measure = '{measure}'"
        " ORDER BY hash(event_id) LIMIT 3",
    )
    assert found
    for (event_id,) in found:
        explanation = explain(small, event_id.int, progress=None)
        assert measure in {line.measure for line in explanation.outcome.lines}


def test_the_oracle_agrees_on_suspended_and_unrelieved_events(small):
    suspended = rows(
        small,
        "SELECT event_id FROM usage.suspense WHERE stage = 'settle' AND reason <> 'conflicting'"
        " LIMIT 2",
    )
    plain = rows(
        small,
        "SELECT event_id FROM usage.event ANTI JOIN rated.relief_line USING (event_id)"
        " ORDER BY hash(event_id) LIMIT 3",
    )
    for (event_id,) in [*suspended, *plain]:
        assert not explain(small, event_id.int, progress=None).outcome.lines


def test_an_explanation_shows_its_steps_in_both_languages(small, capsys):
    ((event_id,),) = rows(
        small, "SELECT event_id FROM rated.relief_line WHERE measure = 'M4' ORDER BY 1 LIMIT 1"
    )
    assert cli.run(["explain", str(event_id), "--home", str(small)]) == 0
    vi = capsys.readouterr().out
    assert cli.run(["explain", event_id.hex, "--home", str(small), "--lang", "en"]) == 0
    en = capsys.readouterr().out
    assert "phải trả 10.000 đ" in vi or "phải trả 20.000 đ" in vi
    assert "✓ M4" in vi and "✓ M5" in en and "agree to the đồng" in en
    status, object_, _ = told(capsys, "explain", str(event_id), "--home", str(small))
    assert status == 0 and object_["event"] == str(event_id)
    assert int(object_["list_value"]) - int(object_["discount"]) == int(object_["payable"])
    assert {step["step"] for step in object_["steps"]} >= {"tariff", "charge", "cut", "measure"}
    assert object_["agrees_with_published"] is True


ENGLISH = re.compile(
    r"(?<![\w./-])(the|of|and|by|for|with|from|not|this|no|at|hand|source|page|price|found|plan|kind|"
    r"destination|unknown|copies|differs|on_net|off_net|zero_rated|data|estimate|letter|was|were)"
    r"(?![\w./-])"
)


@pytest.mark.parametrize("letter", [[], ["--letter"]], ids=["steps", "letter"])
def test_a_vietnamese_explanation_is_in_vietnamese(small, capsys, letter):
    """Ids of readings and what the programme is called aside; and no word stands twice."""
    events = rows(
        small,
        "(SELECT any_value(event_id ORDER BY event_id) FROM rated.relief_line"
        " WHERE measure IN ('M1', 'M4') GROUP BY measure)"
        " UNION (SELECT any_value(event_id ORDER BY event_id) FROM usage.suspense"
        " WHERE event_id IS NOT NULL GROUP BY reason) ORDER BY 1",
    )
    assert len(events) >= 4
    for (event_id,) in events:
        assert cli.run(["explain", str(event_id), "--home", str(small), *letter]) == 0
        said = [
            line
            for line in capsys.readouterr().out.splitlines()
            if "cách đọc không chạm" not in line and "[data" not in line
        ]
        named = ("dung lượng data", "cước data", "50% data", "gói data")
        for line in said:
            plain = line
            for name in named:
                plain = plain.replace(name, "")
            plain = re.sub(r"^( +[✓–]) [a-z0-9_]+:", r"\1", plain)  # the id of an answer
            assert ENGLISH.findall(plain) == [], line
            assert doubled(line) == [], line


def test_a_contradicted_event_is_explained_by_its_copies(small, capsys):
    ((event_id, copies),) = rows(
        small,
        "SELECT event_id, count(*) FILTER (stage = 'intake') FROM usage.suspense"
        " WHERE reason = 'conflicting' GROUP BY event_id ORDER BY 1 LIMIT 1",
    )
    explanation = explain(small, event_id.int)
    assert explanation.outcome.status == "conflicting" and not explanation.outcome.lines
    assert [step.kind for step in explanation.outcome.trace] == ["suspended", *["copy"] * copies]
    for lang, words in (("vi", "bản sao mâu thuẫn"), ("en", "contradict each other")):
        assert cli.run(["explain", str(event_id), "--home", str(small), "--lang", lang]) == 0
        said = capsys.readouterr().out
        assert words in said and "usage-" in said and "0 đ = " not in said


def test_digits_and_plurals_are_those_of_the_language(small):
    ((event_id,),) = rows(
        small, "SELECT event_id FROM rated.relief_line WHERE measure = 'M4' ORDER BY 1 LIMIT 1"
    )
    told = explain(small, event_id.int)
    teller = Teller(told)
    assert [teller.units(count).pair for count in (1, 2, 2000)] == [
        ("1 lượt", "1 time"), ("2 lượt", "2 times"), ("2.000 lượt", "2,000 times")
    ]  # fmt: skip
    assert teller.exact("3304/3").pair == ("3304/3 ≈ 1.101,33 đ", "3304/3 ≈ 1,101.33 đ")
    assert money_text(1101).pair == ("1.101 đ", "1,101 đ")
    call = replace(
        told, outcome=replace(told.outcome, event=replace(told.outcome.event, kind="voice"))
    )
    assert Teller(call).units(55_200).pair == ("55,2 giây", "55.2 s")
    assert Teller(call).units(1050).en == "1.05 s"


@pytest.fixture(scope="module")
def two_months(tmp_path_factory):
    """August settled with M6 in every locality under an order, September as declared."""
    home = tmp_path_factory.mktemp("two") / "out"
    made = ["simulate", "--subscribers", "150", "--seed", "7", "--home", str(home)]
    assert cli.run([*made, "--from", "2021-08-01", "--until", "2021-10-01"]) == 0
    settle = ["settle", "--home", str(home), "--period"]
    assert cli.run([*settle, "2021-08", "--reading", "m6.localities=every_order"]) == 0
    assert cli.run([*settle, "2021-09"]) == 0
    return home


def test_a_month_is_replayed_by_the_readings_that_it_was_settled_under(two_months, monkeypatch):
    """Grants of August that September's reading would not give still cover calls of September."""
    events = rows(
        two_months,
        "SELECT min_by(event_id, start_at) FROM rated.relief_line"
        " WHERE measure = 'M6' AND start_at >= '2021-09-01' GROUP BY owner_id ORDER BY 1",
    )
    assert events
    by_one = replay.settled_month

    def all_by_september(home, run, usage):
        september = next(
            folder
            for folder in run.path.parent.iterdir()
            if '"period":"2021-09"' in (folder / "manifest.json").read_text("utf-8")
        )
        package = Package.model_validate_json((september / "package.json").read_bytes())
        return replace(by_one(home, run, usage), package=package)

    for (event_id,) in events:
        told = explain(two_months, event_id.int, progress=None)
        assert told.readings["m6.localities"] == "certain_20"
        with monkeypatch.context() as patch:
            patch.setattr(replay, "settled_month", all_by_september)
            try:
                explain(two_months, event_id.int, progress=None)
            except ConservationError:
                return  # this one hangs on it, and was explained by its own readings
    pytest.fail("no balance of August shows the difference: this test proves nothing")


def test_an_event_that_came_in_after_its_month_was_settled_is_told_so(small, tmp_path):
    copy = tmp_path / "out"
    shutil.copytree(small, copy, ignore=shutil.ignore_patterns("world", "*.duckdb"))
    known = set((copy / "usage").iterdir())
    usage = next((small / "world").glob("usage-vietnamobile-*.csv"))
    header, first, *_ = usage.read_text("utf-8").split("\n")
    record = {**dict(zip(header.split(","), first.split(","), strict=True)), "record_key": "late"}
    late = tmp_path / "late.csv"
    late.write_text("\n".join([header, ",".join(record.values()), ""]), "utf-8")
    key = tmp_path / "synthetic.key"
    content = {"version": 1, "created": SYNTHETIC_KEY.created, "public": True}
    key.write_text(json.dumps({**content, "key": SYNTHETIC_KEY.secret.hex()}))
    key.chmod(0o600)
    given = ["--mapping", "world", "--key", str(key), "--home", str(copy)]
    assert cli.run(["intake", str(late), *given]) == 0
    (part,) = set((copy / "usage").iterdir()) - known
    ((hi, lo),) = pl.read_parquet(next(part.glob("bucket=*"))).select("event_hi", "event_lo").rows()
    with pytest.raises(PeriodError, match="after 2021-08 was settled"):
        explain(copy, hi << 64 | lo)


def test_a_published_line_that_is_not_the_oracles_is_an_error_of_ours(small, tmp_path):
    copy = tmp_path / "out"
    shutil.copytree(small, copy, ignore=shutil.ignore_patterns("world", "*.duckdb"))
    path = next((copy / "runs").glob("*/line.parquet"))
    lines = pl.read_parquet(path)
    first = pl.int_range(pl.len()) == 0
    lines.with_columns(amount=pl.col("amount") + first.cast(pl.Int64)).write_parquet(path)
    event_id = int(lines["event_hi"][0]) << 64 | int(lines["event_lo"][0])
    with pytest.raises(ConservationError, match="oracle"):
        explain(copy, event_id)


@pytest.mark.parametrize("text", ["", "12", "g" * 32, "1" * 33])
def test_what_is_no_event_id_is_wrong_usage(small, capsys, text):
    with pytest.raises(ValueError, match="UUID or 32 hex digits"):
        parse_event_id(text)
    status, object_, _ = told(capsys, "explain", text, "--home", str(small))
    assert status == 2 and "32 hex digits" in object_["error"]["what"]


def test_an_event_that_is_not_there_says_where_to_look(small, capsys):
    status, object_, _ = told(capsys, "explain", str(uuid.UUID(int=1)), "--home", str(small))
    assert status == 7 and "usage.event" in object_["error"]["mend"]
    assert "a record that could not be read has none" in object_["error"]["mend"]


@pytest.mark.parametrize(
    ("charged", "vi"),
    [
        (20_000, "min(20.000 đ, 20.000 đ) − 10.000 đ = 20.000 đ − 10.000 đ = 10.000 đ"),
        (25_000, "min(25.000 đ, 20.000 đ) − 10.000 đ = 20.000 đ − 10.000 đ = 10.000 đ"),
        (10_000, "min(10.000 đ, 20.000 đ) − 10.000 đ = 10.000 đ − 10.000 đ ≤ 0: 0 đ"),
    ],
)
def test_the_refund_of_an_event_is_worked_out_and_its_record_named(small, charged, vi):
    ((event_id, name, row),) = rows(
        small,
        "SELECT event_id, name, row FROM usage.event JOIN usage.source_file USING (source_file)"
        " JOIN rated.relief_line AS line USING (event_id)"
        " WHERE measure = 'M4' AND amount = 10000 AND pack LIKE '%VX3' ORDER BY 1 LIMIT 1",
    )
    told = explain(small, event_id.int)
    outcome = replace(told.outcome, event=replace(told.outcome.event, charged=charged))
    told = replace(told, outcome=outcome)
    said = list(Teller(told).lines("vi"))
    assert f"  hoàn trả: min(đã thu, giá trị) − phải trả = {vi}" in said
    assert any(name in text and str(row) in text.replace(".", "") for text in said)
    assert any("thu cao hơn giá trị 5.000 đ" in text for text in said) == (charged > 20_000)
    assert told.as_object()["refund"] == ("0" if charged == 10_000 else "10000")
    assert told.as_object()["source"]["row"] == row
    assert any(text.startswith("  refund: min(") for text in Teller(told).lines("en"))


def test_a_bonus_of_data_is_told_in_its_unit(small):
    ((event_id,),) = rows(
        small, "SELECT event_id FROM rated.relief_line WHERE measure = 'M4' ORDER BY 1 LIMIT 1"
    )
    said = replace(explain(small, event_id.int), volumes={"p": ("data", "voice")})
    teller = Teller(said)
    assert teller.of_pack(3 << 30, "p", 0).vi == "3 GB (3.221.225.472 byte)"
    assert teller.of_pack(3 << 29, "p", 0).en == "1.5 GB (1,610,612,736 bytes)"
    assert teller.of_pack((1 << 30) + 1, "p", 0).en == "≈ 1 GB (1,073,741,825 bytes)"
    assert teller.of_pack(1_500, "p", 1).vi == "1,5 giây"
    assert teller.of_pack(7, "q", 0).en == "7 units"


@pytest.mark.parametrize(
    ("args", "status", "what"),
    [
        (["--period", "2021-13"], 7, "no period"),
        (["2021-13"], 7, "no period"),
        (["--period", "2021-09"], 7, "only of 2021-08"),
        (["2021-09"], 7, "only of 2021-08"),
        (["2021-08", "--period", "2021-09"], 2, "given twice"),
        (["2021-08", "--all"], 2, "every month"),
        (["--carrier", "gmobile"], 4, "no carrier"),
        (["--package", "vn-2099"], 4, "no package"),
        (["--package", "/nowhere/p.yaml"], 4, ""),
        (["--catalogue", "/nowhere"], 4, ""),
        (["--reading", "m6.place"], 2, "NAME=VALUE"),
        (["--reading", "m6.place=moon"], 4, "moon"),
        (["--reading", "no_such=zero"], 4, "no_such"),
        (["--threads", "0"], 2, ""),
    ],
    ids=lambda value: "=".join(value) if isinstance(value, list) else None,
)
def test_bad_input_is_one_message_and_leaves_the_home_alone(small, capsys, args, status, what):
    before = {path: path.stat().st_mtime_ns for path in small.rglob("*") if path.name != "lock"}
    found, object_, _ = told(capsys, "settle", "--home", str(small), *args)
    assert found == status
    assert what in object_["error"]["what"] and object_["error"]["mend"]
    after = {path: path.stat().st_mtime_ns for path in small.rglob("*") if path.name != "lock"}
    assert {k: v for k, v in after.items() if not k.is_dir()} == {
        k: v for k, v in before.items() if not k.is_dir()
    }


def test_a_home_that_is_not_there_is_not_made(tmp_path, capsys):
    status, object_, _ = told(capsys, "settle", "--home", str(tmp_path / "none"))
    assert status == 6 and "doisoat intake FILE" in object_["error"]["mend"]
    assert not (tmp_path / "none").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_may_not_be_written_says_so(small, capsys):
    small.chmod(0o555)
    try:
        status, object_, _ = told(
            capsys, "settle", "--home", str(small), "--reading", "m4.viettel=does_not"
        )
    finally:
        small.chmod(0o755)
    assert status == 6 and "untouched" in object_["error"]["what"]


def test_carriers_of_usage_that_no_catalogue_knows_are_named(tmp_path, capsys):
    home, usage = str(tmp_path / "home"), tmp_path / "usage.csv"
    header = (
        "record_key,carrier,kind,number,account,other,started,duration_s,units,host,locality,pack,"
        "action,session,partial,charged"
    )
    call = ",{},voice,84961234567,,84912345678,2021-08-05 08:00:00,61,,,79,,,,,"
    records = [f"k{n}" + call.format(name) for n, name in enumerate(("viettel", "ma", "ma"))]
    usage.write_text("\n".join([header, *records, ""]))
    key = ("--key", str(tmp_path / "the.key"))
    assert cli.run(["key", "new", *key, "--home", home]) == 0
    assert cli.run(["intake", str(usage), "--mapping", "world", *key, "--home", home]) == 0
    assert cli.run(["settle", "--home", home]) == 0
    said = capsys.readouterr().err
    (note,) = (line for line in said.splitlines() if "(ma)" in line)
    assert note.startswith("Lưu ý | Note: 2 sự kiện bị treo không thuộc doanh nghiệp nào")
    assert " | 2 suspended events are of no carrier that the package names (ma)" in note
    status, object_, _ = told(capsys, "settle", "--home", home, "--carrier", "vnpt")
    assert status == 7 and "only of ma, viettel" in object_["error"]["what"]
    assert "--carrier viettel" in object_["error"]["mend"]


# --- what docs/auditor.md says ------------------------------------------------------------------

AUDITOR = (Path(__file__).parents[2] / "docs" / "auditor.md").read_text("utf-8")
QUERIES = [
    query
    for block in re.findall(r"```sql\n(.*?)```", AUDITOR, re.S)
    for query in filter(str.strip, block.split(";\n"))
]


@pytest.fixture(scope="module")
def small_with_events(small, tmp_path_factory):
    """The same home, settled so that each event's amounts are in its database."""
    home = tmp_path_factory.mktemp("with-events") / "out"
    shutil.copytree(small, home)
    assert cli.run(["settle", "--events", "--home", str(home)]) == 0
    return home


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_for_auditors_runs(request, small, query):
    home = request.getfixturevalue("small_with_events") if "rated.event" in query else small
    found = rows(home, query)
    must_be_none = "<> payable" in query or "IS DISTINCT FROM" in query
    assert bool(found) != must_be_none


def test_the_packs_worked_out_by_hand_see_another_price(small):
    (query,) = [query for query in QUERIES if "map_entries" in query]
    assert rows(small, query.replace("coalesce(m4.price, ", "coalesce(m4.price + 1, "))
    assert rows(small, query.replace("sum(events) AS events", "sum(events) + 1 AS events"))


def test_the_run_id_and_the_events_are_what_the_page_for_auditors_says(small):
    ((run, events),) = rows(small, "SELECT run, events FROM rated.run")
    manifest = json.loads((small / "runs" / run / "manifest.json").read_text("utf-8"))
    plain = json.dumps(
        manifest["inputs"], sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    assert hashlib.sha256(plain.encode()).hexdigest()[:32] == run
    (query,) = [query for query in QUERIES if "UNION" in query]
    assert rows(small, query) == [(events,)]
    assert rows(small, "SELECT sum(events) FROM settlement.statement") == [(events,)]
    (digest,) = re.findall(r"`(SELECT sha256.*?)`", AUDITOR)
    assert rows(small, digest) == rows(small, "SELECT digest FROM rated.run")
