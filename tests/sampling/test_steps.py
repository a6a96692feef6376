"""A sample through the command line: step by step, in order, each safe to run twice."""

import contextlib
import csv
import hashlib
import io
import json
import shutil

import polars as pl
import pytest

from doisoat import cli
from doisoat.engine.store.home import open_home
from doisoat.settlement.log import journal
from tests.integration.conftest import done, refused, run, tree_of

FRAME = ("sample", "frame", "2021-08", "--carrier", "viettel")


def filled(home, sample, path, change=lambda row: row):
    """The form of a drawn sample, filled in as all right but for `change`."""
    done("sample", "draw", sample, "--csv", path, "--home", home)
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row.update({"audited": row["amount"]} if "audited" in row else {"result": "right"})
    rows = [change(row) for row in rows]
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_sample_from_frame_to_verdict(home, seeds, tmp_path):
    told = done(*FRAME, "--tolerable", "5%", "--why", "quý III", "--home", home)
    sample = told["sample"]
    assert told["step"] == "commit" and told["waits_for"] == ["ministry", "viettel"]
    for party, file in seeds.items():
        told = done("sample", "commit", sample, "--as", party, "--seed-file", file, "--home", home)
    assert told["step"] == "reveal"
    for party, file in seeds.items():
        told = done("sample", "reveal", sample, "--as", party, "--seed-file", file, "--home", home)
    assert told["step"] == "draw"
    form = filled(home, sample, tmp_path / "form.csv")
    told = done("sample", "evaluate", sample, form, "--home", home)
    assert told["step"] == "done" and told["evaluation"]["verdict"] == "tolerable"
    over = told["evaluation"]["over"]
    assert (over["found"], over["projected"], over["lower"]) == (0, "0", "0")
    assert 0 < int(over["upper"]) <= int(told["design"]["tolerable"])
    assert done("store", "check", "--home", home)["notes"] == []
    whats = [one["what"] for one in journal.entries(open_home(home))]
    assert whats[-7:] == [
        "sample frame", "sample commit", "sample commit", "sample reveal", "sample reveal",
        "sample draw", "sample evaluate",
    ]  # fmt: skip
    assert done("verify", "--home", home)["ok"]


def test_each_step_run_again_writes_nothing(home, seeds, tmp_path):
    steps = [
        [*FRAME, "--tolerable", "5%"],
        *(["sample", step, "{}", "--as", party, "--seed-file", file]
          for step in ("commit", "reveal") for party, file in seeds.items()),
        ["sample", "draw", "{}"],
    ]  # fmt: skip
    sample = done(*steps[0], "--home", home)["sample"]
    for step in steps:
        given = [sample[:8] if word == "{}" else word for word in step]
        done(*given, "--home", home)
        before = tree_of(home)
        assert done(*given, "--home", home)["already"]
        assert tree_of(home) == before
    form = filled(home, sample, tmp_path / "form.csv")
    done("sample", "evaluate", sample, form, "--home", home)
    before = tree_of(home)
    assert done("sample", "evaluate", sample, form, "--home", home)["already"]
    assert tree_of(home) == before


def test_a_step_out_of_order_is_refused_with_what_to_do(home, seeds, tmp_path):
    sample = done(*FRAME, "--home", home)["sample"]
    form = tmp_path / "none.csv"
    given = {party: ("--as", party, "--seed-file", file) for party, file in seeds.items()}

    def refuse(what, mend, *args):
        before = tree_of(home)
        error = refused(7, "sample", *args, "--home", home)
        assert what in error["what"] and mend in error["mend"]
        assert tree_of(home) == before

    refuse("nothing is drawn before", "let ministry commit", "draw", sample)
    refuse("once all have committed", "let ministry commit", "reveal", sample, *given["viettel"])
    done("sample", "commit", sample, *given["ministry"], "--home", home)
    refuse("once all have committed", "let viettel commit", "reveal", sample, *given["ministry"])
    done("sample", "commit", sample, *given["viettel"], "--home", home)
    refuse("nothing is drawn before", "let ministry reveal", "draw", sample)
    refuse("what is not drawn", "let ministry reveal", "evaluate", sample, form)
    refuse(
        "is no party", "ministry, viettel", "commit", sample, "--as", "fpt", *given["viettel"][2:]
    )
    refuse("0 samples have", "freeze one first", "draw", "zz")
    refuse("0 samples have", "freeze one first", "draw", "")


def test_a_seed_that_was_not_committed_to_is_refused(home, seeds, tmp_path, unchanged_after):
    sample = done(*FRAME, "--home", home)["sample"]
    for party, file in seeds.items():
        done("sample", "commit", sample, "--as", party, "--seed-file", file, "--home", home)
    with unchanged_after():
        error = refused(8, "sample", "reveal", sample, "--as", "viettel", "--seed-file",
                        seeds["ministry"], "--home", home)  # fmt: skip
        assert "not the seed that viettel committed to" in error["what"]
        error = refused(8, "sample", "commit", sample, "--as", "viettel", "--seed-file",
                        seeds["ministry"], "--home", home)  # fmt: skip
        assert "committed to another seed" in error["what"]
        error = refused(8, "sample", "commit", sample, "--as", "viettel", "--commitment", "abc",
                        "--home", home)  # fmt: skip
        assert "64 hex digits" in error["what"]


@pytest.fixture
def unchanged_after(home):
    import contextlib

    @contextlib.contextmanager
    def within():
        before = tree_of(home)
        yield
        assert tree_of(home) == before

    return within


def test_a_seed_stays_secret(home, seeds, tmp_path):
    sample = done(*FRAME, "--home", home)["sample"]
    inside = home / "seed.txt"
    shutil.copy(seeds["ministry"], inside)
    error = refused(8, "sample", "commit", sample, "--as", "ministry", "--seed-file", inside,
                    "--home", home)  # fmt: skip
    assert "inside the home" in error["what"]
    inside.unlink()
    seeds["ministry"].chmod(0o644)
    error = refused(8, "sample", "commit", sample, "--as", "ministry", "--seed-file",
                    seeds["ministry"], "--home", home)  # fmt: skip
    assert "others could read it" in error["what"]
    seeds["ministry"].chmod(0o600)
    seeds["ministry"].write_text("12345\n")
    error = refused(8, "sample", "seed", seeds["ministry"], "--sample", sample, "--as", "ministry")
    assert "hex digits" in error["what"]
    done("sample", "commit", sample, "--as", "viettel", "--seed-file", seeds["viettel"],
         "--home", home)  # fmt: skip
    secret = seeds["viettel"].read_text().strip()
    for path in (one for one in home.rglob("*") if one.is_file()):
        assert secret.encode() not in path.read_bytes()


def test_a_commitment_that_was_sent_is_the_one_of_its_seed(home, seeds):
    sample = done(*FRAME, "--home", home)["sample"]
    sent = done("sample", "seed", seeds["viettel"], "--sample", sample, "--as", "viettel")
    done("sample", "commit", sample, "--as", "viettel", "--commitment", sent["commitment"],
         "--home", home)  # fmt: skip
    again = done("sample", "commit", sample, "--as", "viettel", "--seed-file", seeds["viettel"],
                 "--home", home)  # fmt: skip
    assert again["already"]


def test_anybody_draws_the_same_with_nothing_but_sha256(home, drawn_of):
    """As docs/sampling.md says it, from what the log and the frame tell."""
    sample = drawn_of("--tolerable", "5%")
    told = next(one for one in done("sample", "list", "--home", home)["samples"])
    folder = home / "samples" / sample
    units = pl.read_parquet(folder / "frame" / "frame.parquet")
    texts = units.select(pl.all().cast(pl.String).fill_null(""))
    rows = [",".join(row) for row in texts.iter_rows()]
    listed = "\n".join([",".join(units.columns), *rows, ""])
    assert hashlib.sha256(listed.encode()).hexdigest() == told["frame_sha256"]
    text = f"doisoat sample joint seed 2\n{sample}\n{told['frame_sha256']}\n"
    text += "".join(f"{party}\n{told['seeds'][party]}\n" for party in told["design"]["parties"])
    seed = hashlib.sha256(text.encode()).hexdigest()
    lines = list(units.select("event_id", "measure", "nature", "amount").iter_rows())
    size, total = told["design"]["size"], sum(line[-1] for line in lines)
    interval = max(total // size, 1)
    small = [line for line in lines if line[-1] < interval]
    rest = sum(line[-1] for line in small)
    cells = -(-rest // interval)
    drawn = [line[:3] for line in lines if line[-1] >= interval]
    block = 0
    for cell in range(cells):
        first, after = cell * rest // cells, (cell + 1) * rest // cells
        width = after - first
        while True:
            message = f"doisoat sample stream 1\n{seed}\nmus\n{block}\n"
            number = int(hashlib.sha256(message.encode()).hexdigest(), 16)
            block += 1
            if number < 2**256 - 2**256 % width:
                break
        at, until = first + number % width, 0
        for line in small:
            until += line[-1]
            if at < until:
                drawn.append(line[:3])
                break
    kept = pl.read_parquet(folder / "draw" / "draw.parquet")
    assert kept.select("event_id", "measure", "nature").rows() == drawn


def test_an_error_that_was_found_is_projected_and_told(home, drawn_of, found_of, tmp_path):
    sample = drawn_of("--tolerable", "5%")
    form = filled(home, sample, tmp_path / "form.csv", lambda row: {**row, "audited": "0"})
    status, told = found_of(sample, form)
    found = told["evaluation"]
    assert status == 3 and found["verdict"] == "not shown"
    assert found["over"]["upper"] == told["amount"] == found["over"]["projected"]
    # What is told again otherwise is another evaluation; the first stands in the log.
    again = filled(home, sample, tmp_path / "again.csv")
    assert found_of(sample, again)[0] == 0
    assert len(done("sample", "list", "--home", home)["samples"][0]["evaluations"]) == 2


@pytest.mark.parametrize(("spoil", "what"), [
    (lambda rows: rows[:-1], "was drawn, and the file says nothing of it"),
    (lambda rows: [*rows, rows[0]], "stands in the file more than once"),
    (lambda rows: [*rows, {**rows[0], "measure": "M99"}], "was not drawn"),
    (lambda rows: [{**rows[0], "audited": ""}, *rows[1:]], "missing: audited"),
    (lambda rows: [{**rows[0], "audited": "-5"}, *rows[1:]], "âm | audited is below 0"),
    (lambda rows: [{**rows[0], "audited": "1.000"}, *rows[1:]], "may group digits or begin"),
    (lambda rows: [{**rows[0], "audited": "=1+1"}, *rows[1:]], "a formula, '=1+1'"),
    (lambda rows: [{**rows[0], "audited": str(1 << 63)}, *rows[1:]], "audited is too large"),
    (lambda rows: [{**rows[0], "audited": "NaN"}, *rows[1:]], "'NaN' is not read"),
    (lambda rows: [rows[0], {**rows[1], "amount": "1"}, *rows[2:]],
     "amount khác khi rút | amount is not what was drawn"),
    (lambda rows: [{**rows[0], "record": "0123456789abcdef:1"}, *rows[1:]],
     "record is not what was drawn"),
    (lambda rows: [{**row, "colour": "red"} for row in rows], "'colour': the form has no such"),
    (lambda rows: [{"event_id": row["event_id"], "day": ""} for row in rows],
     "the column Measure (measure) is missing"),
])  # fmt: skip
def test_a_form_that_is_not_filled_in_as_it_must_be_is_refused(
    home, drawn_of, tmp_path, spoil, what
):
    sample = drawn_of("--tolerable", "20%")
    form = filled(home, sample, tmp_path / "form.csv")
    with open(form, encoding="utf-8", newline="") as file:
        rows = spoil(list(csv.DictReader(file)))
    with open(form, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    before = tree_of(home)
    error = refused(5, "sample", "evaluate", sample, form, "--home", home)
    assert what in error["what"]
    assert tree_of(home) == before


# --- a carrier's own list ------------------------------------------------------------------------


def test_a_list_of_the_carrier_is_frozen_whatever_its_order_and_form(home, lines_of, tmp_path):
    lines = lines_of()
    lines.write_csv(tmp_path / "one.csv")
    lines.reverse().write_parquet(tmp_path / "other.parquet")
    size = ("sample", "size", "2021-08", "--carrier", "viettel", "--home", home)
    one = done(*size, "--lines", tmp_path / "one.csv")
    other = done(*size, "--lines", tmp_path / "other.parquet")
    assert one["frame_sha256"] == other["frame_sha256"]
    assert one["amount"] == str(lines["amount"].sum()) and one["units"] == lines.height


ID = "0cd4aecd-dae4-eb5a-3b25-d8ba08a357d4"


@pytest.mark.parametrize(("text", "what"), [
    ("event_id,amount\n", "no unit is in it"),
    (f"event_id,amount\n{ID},-1\n", "amount is below 0"),
    (f"event_id,amount\n{ID},1.5\n", "'1.5' is not read"),
    (f"event_id,amount\n{ID},1e6\n", "'1e6' is not read"),
    (f"event_id,amount\n{ID},=1+1\n", "a formula"),
    (f"event_id;amount\n{ID};1.234\n", "may group digits or begin decimals"),
    (f"event_id;amount\n{ID};1.234.567\n{ID};1,234,567\n", "groups of three are parted by"),
    (f"event_id,amount\n{ID},1\n{ID},2\n", "the same line stands twice"),
    ("event_id,amount\n0912345678,1\n", "event_id is no event id"),
    (f"event_id,amount,carrier\n{ID},1,vnpt\n", "it is no line of viettel"),
    (f"event_id,amount,day\n{ID},1,31/31/2021\n", "is no day"),
    (f'event_id,amount,measure\n{ID},1,"M1,x"\n', "measure is no code"),
    (f"event_id,amount,measure\n{ID},1,M0912345678\n", "measure is no code"),
    (f"event_id,amount,home_province\n{ID},1,0912345678\n", "home_province is no code"),
    (f"event_id\n{ID}\n", "not parted by just one of"),
    (f"event_id,day\n{ID},2021-08-05\n", "the column Amount (đồng) (amount) is missing"),
    ("", "no row of heads: Event, Amount (đồng)"),
    (f"event_id,amount\n{ID},999999999999999999\n" + "".join(
        f"{ID[:-2]}{place:02d},999999999999999999\n" for place in range(10)), "are past"),
])  # fmt: skip
def test_a_list_that_is_not_of_the_form_is_refused(home, unchanged, tmp_path, text, what):
    path = tmp_path / "list.csv"
    path.write_text(text, "utf-8")
    error = refused(5, *FRAME, "--lines", path, "--home", home)
    assert what in error["what"], error
    assert "0912345678" not in json.dumps(error)


@pytest.mark.parametrize(("status", "args", "what"), [
    (5, ("--lines", "list.json"), "a list is a file in .csv, .xlsx, .parquet"),
    (5, ("--lines", "missing.csv"), "not readable"),
    (5, ("--measure", "M99"), "no unit is in it"),
    (4, ("--usage", "--measure", "M1"), "--measure chooses nothing here"),
    (4, ("--kind", "voice"), "--kind chooses nothing here"),
    (4, ("--preset", "qcvn36"), "qcvn36 draws voice records"),
    (4, ("--usage", "--preset", "qcvn99"), "no preset"),
    (4, ("--usage", "--preset", "qcvn36", "--size", 100), "asks for 10000 at least"),
    (4, ("--usage", "--preset", "qcvn36"), "10000 are to be drawn"),
    (4, ("--usage", "--preset", "qcvn36", "--limit", "colour=1%"), "no limit 'colour'"),
    (4, ("--usage", "--method", "mus"), "all"),
])  # fmt: skip
def test_what_cannot_be_drawn_is_refused(home, unchanged, status, args, what):
    error = refused(status, *FRAME, *args, "--home", home)
    assert what in error["what"], error


def test_a_month_that_is_not_settled_has_no_lines(home, unchanged):
    args = ("sample", "frame", "2021-07", "--carrier", "viettel", "--home", home)
    assert "not settled" in refused(7, *args)["what"]


# --- the second sample ---------------------------------------------------------------------------


def test_records_are_looked_up_in_the_claim(home, drawn_of, found_of, lines_of, tmp_path):
    lines = lines_of()
    lines.write_csv(tmp_path / "all.csv")
    whole = ("--lines", tmp_path / "all.csv")
    sample = drawn_of("--usage", "--tolerable", "2%", *whole)
    status, told = found_of(sample, *whole)
    assert status == 0 and told["evaluation"]["over"]["found"] == 0
    drawn = pl.read_parquet(home / "samples" / sample / "draw" / "draw.parquet")
    assert drawn["record"].str.contains(r"^[0-9a-f]{16}:[0-9]+$").all()


def test_what_a_claim_lacks_of_drawn_records_is_counted_to_the_dong(
    home, drawn_of, found_of, lines_of, tmp_path
):
    lines = lines_of()
    amounts = lines.filter(pl.col("amount") > 0).group_by("event_id").agg(pl.col("amount").sum())
    kinds = {one: place % 4 for place, one in enumerate(sorted(amounts["event_id"]))}
    kind = pl.col("event_id").replace_strict(kinds, default=3)
    changed = lines.filter(kind != 0).with_columns(
        amount=pl.when((kind == 1) & (pl.col("amount") > 0))
        .then(pl.col("amount") - 1)
        .otherwise("amount")
    )
    changed.write_csv(tmp_path / "less.csv")
    given = ("--lines", tmp_path / "less.csv")
    sample = drawn_of("--usage", "--tolerable", "2%", *given)
    status, told = found_of(sample, *given)
    found = told["evaluation"]
    drawn = pl.read_parquet(home / "samples" / sample / "draw" / "draw.parquet")
    own = [one for one in drawn["event_id"] if one in kinds]
    gone, less = ([one for one in own if kinds[one] == number] for number in (0, 1))
    assert gone and less and status == 3
    assert {name: side["found"] for name, side in found["results"].items()} == {
        "missing": len(gone), "wrong": len(less)
    }  # fmt: skip
    positive = lines.filter(pl.col("amount") > 0)
    short = (
        positive.filter(pl.col("event_id").is_in(gone))["amount"].sum()
        + positive.filter(pl.col("event_id").is_in(less)).height
    )
    size, units = told["design"]["size"], told["units"]
    lower, projected, upper = (
        int(found["omitted"][name]) for name in ("lower", "projected", "upper")
    )
    assert projected == (2 * short * units + size) // (2 * size)
    assert 0 < lower < projected < upper


def test_an_omission_of_all_lines_is_found(home, drawn_of, found_of, lines_of, tmp_path):
    """As the first sample could not: none of the claim's own lines is wrong."""
    lines_of().filter(pl.col("measure") == "M1").write_csv(tmp_path / "one-measure.csv")
    given = ("--lines", tmp_path / "one-measure.csv")
    sample = drawn_of("--usage", "--tolerable", "2%", *given)
    status, told = found_of(sample, *given)
    assert status == 3 and told["evaluation"]["results"]["missing"]["found"] > 0


def test_calls_by_results_that_a_standard_names(settled, tmp_path, seeds, monkeypatch):
    """As QCVN 36 would, but for its 10,000 calls, which so small a world has not."""
    home = tmp_path / "out"
    shutil.copytree(settled, home, ignore=shutil.ignore_patterns("world"))
    from doisoat.settlement.sampling import presets

    text = presets.FILE.read_text("utf-8").replace("size = 10_000", "size = 200")
    fewer = tmp_path / "fewer.toml"
    fewer.write_text(text, "utf-8")
    monkeypatch.setattr(presets, "FILE", fewer)
    told = done(
        *FRAME, "--usage", "--preset", "qcvn36", "--limit", "wrongly_rated=1%", "--home", home
    )
    assert told["design"]["size"] == 200 and told["source"]["kinds"] == ["voice"]
    assert told["design"]["limits"]["wrongly_rated"] == "1/100"
    sample = told["sample"]
    for step in ("commit", "reveal"):
        for party, file in seeds.items():
            done("sample", step, sample, "--as", party, "--seed-file", file, "--home", home)
    wrong = iter(["wrongly_rated", "wrongly_invoiced"])
    form = filled(home, sample, tmp_path / "form.csv",
                  lambda row: {**row, "result": next(wrong, "right")})  # fmt: skip
    status, told, _ = run("sample", "evaluate", sample, form, "--home", home)
    # One of 200 is half a percent: within 1 %, not within 0.01 %.
    assert status == 3 and told["evaluation"]["failed"] == ["wrongly_invoiced"]
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert cli.run([*map(str, ("sample", "evaluate", sample, form, "--home", home))]) == 3
    said = out.getvalue()
    half = "0,5000 % | 0.5000%"
    assert f"wrongly rated\t{half}\ttrong mức 1,0000 % | within 1.0000%" in said
    assert f"wrongly invoiced\t{half}\tVƯỢT MỨC 0,0100 % | ABOVE 0.0100%" in said
    assert "tin cậy 95,00 % | confidence 95.00%" in said
    assert "chấp nhận | tolerable" not in said  # the limits decide
    odd = filled(home, sample, tmp_path / "odd.csv", lambda row: {**row, "result": "perhaps"})
    error = refused(5, "sample", "evaluate", sample, odd, "--home", home)
    assert "it is no result of the form" in error["what"]


# --- what was done to it -------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "what"), [
    ("frame/frame.parquet", "SHA-256"), ("draw/draw.parquet", "SHA-256"),
    ("frame/manifest.json", "manifest"), ("draw/manifest.json", "manifest"),
])  # fmt: skip
def test_a_sample_that_was_changed_is_found(home, drawn_of, path, what):
    sample = drawn_of("--tolerable", "20%")
    file = home / "samples" / sample / path
    content = bytearray(file.read_bytes())
    place = content.find(b'"size":') + 8 if file.suffix == ".json" else len(content) // 2
    content[place] ^= 1
    file.write_bytes(bytes(content))
    status, told, _ = run("store", "check", "--home", home)
    assert status == 6
    assert any(what in one["what"] for one in told["findings"]), told["findings"]


def test_a_sample_that_is_gone_is_found(home, drawn_of):
    sample = drawn_of("--tolerable", "20%")
    shutil.rmtree(home / "samples" / sample / "draw")
    status, told, _ = run("store", "check", "--home", home)
    assert status == 6 and any("lost" in one["what"] for one in told["findings"])


@pytest.mark.parametrize("folder", ["frame", "draw"])
def test_who_died_between_folder_and_entry_goes_on(home, seeds, folder, monkeypatch):
    """As a kill leaves it: the folder is whole, and no entry tells of it."""
    sample = done(*FRAME, "--tolerable", "20%", "--home", home)["sample"]
    if folder == "draw":
        for step in ("commit", "reveal"):
            for party, file in seeds.items():
                done("sample", step, sample, "--as", party, "--seed-file", file, "--home", home)
        done("sample", "draw", sample, "--home", home)
    log = home / "log" / "journal.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:-1]))
    from doisoat.settlement.log.merkle import Tree

    tree = Tree([line.rstrip(b"\n") for line in lines[:-1]])
    (home / "log" / "head.json").write_text(
        json.dumps({"size": len(tree), "root": tree.root().hex()})
    )
    told = done("store", "check", "--home", home)
    assert any("no entry of the log tells of it" in note for note in told["notes"])
    again = [*FRAME, "--tolerable", "20%"] if folder == "frame" else ["sample", "draw", sample]
    assert not done(*again, "--home", home)["already"]
    assert done("store", "check", "--home", home)["notes"] == []
