"""`doisoat catalogue`: what it prints, where it prints it, and its exit statuses."""

import json

import pytest

from doisoat import cli
from doisoat.errors import EXIT_DISAGREEMENTS, EXIT_USAGE, CatalogueError
from doisoat.tariffs.load.find import catalogue_names, package_names
from tests.tariffs.clean import PRICES, RELIEF, swapped

REFUSED = CatalogueError.exit_code
STATED = 'service:999", source: page 1, mark: stated'


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A clean catalogue c.yaml and package r.yaml in the working folder, and a way to add more."""
    monkeypatch.chdir(tmp_path)

    def put(name, text):
        (tmp_path / name).write_text(text, "utf-8")

    put("c.yaml", PRICES)
    put("r.yaml", RELIEF)
    return put


def run(capsys, *args):
    """(exit status, stdout, stderr) of a command line."""
    status = cli.run(["catalogue", *args])
    said = capsys.readouterr()
    return status, said.out, said.err


def as_json(capsys, *args):
    status, out, err = run(capsys, *args, "--json")
    assert err == ""
    assert out.count("\n") == 1
    return status, json.loads(out)


# --- check ---------------------------------------------------------------------------------------


def test_a_clean_tariff_is_checked_quietly(capsys, files):
    status, out, err = run(capsys, "check", "c.yaml", "--package", "r.yaml")
    assert (status, err) == (0, "")
    assert out == (
        "c, r: 0 lỗi | errors, 0 lưu ý | warnings, 0 giá trị giả định | assumed values\n"
    )


def test_warnings_leave_the_status_at_0_and_errors_make_it_4(capsys, files):
    files("w.yaml", swapped(PRICES, "    after:\n      - {kind: data, rule: stop}\n", ""))
    status, out, _ = run(capsys, "check", "w.yaml")
    assert status == 0
    assert out.startswith("Lưu ý | Warning [after-missing] w.yaml:")
    assert "\n  k: không nói hết lưu lượng data thì sao" in out
    assert "\n  k: what follows the data volume is not said" in out
    assert "\n  Cách sửa | To mend: thêm after cho data" in out

    files("e.yaml", swapped(PRICES, 'price: "290"', 'price: "29O"'))
    status, out, _ = run(capsys, "check", "e.yaml")
    assert status == REFUSED
    assert out.startswith("Lỗi | Error [refused] e.yaml:")
    assert "'29O' is not a price" in out and "1 lỗi | errors" in out


def test_check_as_json_is_one_object_with_counts_and_findings(capsys, files):
    files("bad.yaml", swapped(PRICES, "validity: {days: 3}", "validity: {}"))
    status, told = as_json(capsys, "check", "bad.yaml")
    assert status == REFUSED
    assert told["counts"] == {"errors": 1, "warnings": 0, "assumed": 0}
    (finding,) = told["findings"]
    assert set(finding) == {
        "severity", "code", "where", "vi", "en", "mend_vi", "mend_en",
    }  # fmt: skip
    assert (finding["severity"], finding["code"]) == ("error", "refused")
    line = PRICES[: PRICES.index("validity:")].count("\n") + 1
    assert finding["where"].startswith(f"bad.yaml:{line}:")


def test_the_bundled_tariff_is_checked_by_default_and_has_no_errors(capsys, files):
    status, told = as_json(capsys, "check")
    assert status == 0
    assert (told["catalogue"], told["package"]) == ("vn-2021", "vn-2021-08")
    assert told["counts"]["errors"] == 0
    assert told["counts"]["warnings"] == len(told["findings"])
    assert told["counts"]["assumed"] == len(told["assumed"])
    status, again = as_json(capsys, "check", "vn-2021", "--package", "vn-2021-08")
    assert again == told
    status, alone = as_json(capsys, "check", "--package", "none")
    assert alone["package"] == "none" and "measures" not in str(alone["findings"])


def test_assumed_values_are_listed_when_asked_for(capsys, files):
    files("a.yaml", swapped(PRICES, STATED, 'service:999", source: known, mark: assumed'))
    status, out, err = run(capsys, "check", "a.yaml")
    assert "1 giá trị giả định" in out and "short code" not in out
    assert "--assumed" in err
    status, out, err = run(capsys, "check", "a.yaml", "--assumed")
    assert (status, err) == (0, "")
    assert "Giả định | Assumed a.yaml:" in out and "  short code 999: * (known)" in out


@pytest.mark.parametrize(
    ("args", "what", "where"),
    [
        pytest.param(["check", "no.yaml"], "cannot be read: No such file", "no.yaml", id="no file"),
        pytest.param(["check", "empty"], "holds no .yaml file", "empty", id="an empty folder"),
        pytest.param(["check", "yaml.yaml"], "YAML cannot be read", "yaml.yaml:2:1", id="no YAML"),
        pytest.param(
            ["check", "c.yaml", "--package", "no.yaml"], "cannot be read", "no.yaml", id="package"
        ),
        pytest.param(
            ["check", "vn-2021", "--package", "r.yaml"],
            "over the catalogue c, not vn-2021",
            "package r",
            id="another's package",
        ),
    ],
)
def test_what_cannot_be_read_is_a_finding(capsys, files, tmp_path, args, what, where):
    (tmp_path / "empty").mkdir()
    files("yaml.yaml", "id: [\n")
    status, told = as_json(capsys, *args)
    assert status == REFUSED
    assert any(what in f["en"] and f["where"] == where for f in told["findings"]), told["findings"]


@pytest.mark.parametrize(
    ("args", "what", "mend"),
    [
        pytest.param(
            ["check", "vn-2020"],
            "neither a .yaml file, nor a folder, nor a bundled catalogue",
            "vn-2021",
            id="an unknown catalogue",
        ),
        pytest.param(
            ["check", "--package", "vn-2020"], "no package 'vn-2020'", "vn-2021-08", id="package"
        ),
        pytest.param(["show", "VX9"], "nothing here has the id 'VX9'", "lists all ids", id="id"),
        pytest.param(
            ["show", "viettel.VX3", "--at", "2020-01-01"],
            "does not hold at 2020-01-01",
            "ask for a moment in [2021-06-24, …)",
            id="before it held",
        ),
        pytest.param(
            ["show", "--catalogue", "no.yaml"], "cannot be read", "check the path", id="show"
        ),
        pytest.param(["diff", "no.yaml", "c.yaml"], "cannot be read", "check the path", id="no A"),
        pytest.param(["diff", "c.yaml", "no.yaml"], "cannot be read", "check the path", id="no B"),
        pytest.param(
            ["diff", "c.yaml", "vn-2020"],
            "nor a bundled catalogue or package",
            f"one of {', '.join([*catalogue_names(), *package_names()])}, none",
            id="B unknown",
        ),
        pytest.param(
            ["diff", "c.yaml", "r.yaml"],
            "c.yaml is a catalogue and r.yaml is a package",
            "compare two catalogues, or two packages",
            id="A and B of two kinds",
        ),
        pytest.param(
            ["diff", "bad.yaml", "c.yaml"], "'29O' is not a price", "digits", id="A is refused"
        ),
    ],
)
def test_what_is_refused_says_what_where_and_how_to_mend(capsys, files, args, what, mend):
    files("bad.yaml", swapped(PRICES, 'price: "290"', 'price: "29O"'))
    status, out, err = run(capsys, *args)
    assert (status, out) == (REFUSED, "")
    # Each whole in its own language: the one that has Vietnamese words stands first.
    vi, _, en = err.partition("\nError: ")
    assert vi.startswith("Lỗi: ") and "\n  Cách sửa: " in vi and "To mend" not in vi
    assert what in en and mend in en and "\n  To mend: " in en
    status, told = as_json(capsys, *args)
    assert status == REFUSED
    assert what in told["error"]["what"] and mend in told["error"]["mend"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        pytest.param(
            ["show", "--at", "yesterday"], "'yesterday' is not a civil moment", id="moment"
        ),
        pytest.param(["show", "--at", "2021-02-30"], "Invalid value for '--at'", id="no such day"),
        pytest.param(["diff", "c.yaml"], "name B, or give what is", id="B left out"),
        pytest.param(["diff"], "Missing argument 'A'", id="A left out"),
        pytest.param(["schema", "plan"], "'plan' is not one of", id="an unknown schema"),
        pytest.param(["compare"], "No such command 'compare'", id="an unknown command"),
    ],
)
def test_wrong_usage_is_exit_2(capsys, files, args, said):
    status, out, err = run(capsys, *args)
    assert (status, out) == (EXIT_USAGE, "")
    assert said in err


# --- show ----------------------------------------------------------------------------------------


def test_show_prints_each_value_with_its_mark_and_the_sources_below(capsys, files):
    status, out, err = run(capsys, "show", "viettel.VX3", "--at", "2021-08-05")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "gói cước | pack viettel.VX3 2021-06-24"
    assert "  giá | price: 20.000 | 20,000  [nguồn nêu | stated] (2)" in lines
    assert "  có hiệu lực từ | valid from: 2021-06-24  [suy ra | derived] (1)" in lines
    assert "  (2) baochinhphu.vn 02/08/2021; vietnamnet.vn 762118" in lines


def test_show_as_json(capsys, files):
    status, told = as_json(capsys, "show", "M6", "--at", "2021-08-05T06:00")
    assert status == 0 and told["id"] == "M6" and len(told["items"]) == 4
    value = next(v for v in told["items"][0]["values"] if v["path"] == ["effect"])
    assert "amount 50 min" in value["text_en"] and "lượng 50 min" in value["text_vi"]
    assert value["mark"] == "stated" and value["source"]


def test_the_overview_counts_and_lists_ids(capsys, files):
    status, out, _ = run(capsys, "show")
    assert status == 0
    assert (
        "doanh nghiệp | carrier: 7\n  viettel, vnpt, mobifone, vietnamobile, fpt, cmc, sctv\n"
        in out
    )
    status, told = as_json(capsys, "show", "--catalogue", "c.yaml", "--package", "r.yaml")
    assert told["counts"]["measures"] == 6 and told["ids"]["plans"] == ["p"]
    status, told = as_json(capsys, "show", "--at", "2021-08-04")
    assert "measures" not in told["ids"]


# --- diff ----------------------------------------------------------------------------------------


def test_diff_says_what_changed_in_two_languages(capsys, files):
    files("d.yaml", swapped(PRICES, 'price: "20000"', 'price: "19000"'))
    status, out, err = run(capsys, "diff", "c.yaml", "d.yaml")
    assert status == 0
    assert out == (
        "~ gói cước k 2021-01-01: giá đổi từ 20000 thành 19000\n"
        "  pack k 2021-01-01: price changed from 20000 to 19000\n"
    )
    assert err == "1 mục khác nhau | items differ\n"
    status, told = as_json(capsys, "diff", "c.yaml", "d.yaml")
    assert told["count"] == 1
    (difference,) = told["differences"]
    assert difference["changes"] == [{"path": ["price"], "before": "20000", "after": "19000"}]
    assert (difference["section"], difference["key"], difference["kind"]) == (
        "packs", "k 2021-01-01", "changed",
    )  # fmt: skip


def test_the_exit_status_tells_of_differences_only_when_asked(capsys, files):
    files("d.yaml", swapped(PRICES, 'price: "20000"', 'price: "19000"'))
    assert run(capsys, "diff", "c.yaml", "d.yaml")[0] == 0
    assert run(capsys, "diff", "c.yaml", "d.yaml", "--exit-code")[0] == EXIT_DISAGREEMENTS
    assert run(capsys, "diff", "c.yaml", "c.yaml", "--exit-code")[:2] == (0, "")
    status, told = as_json(capsys, "diff", "c.yaml", "d.yaml", "--exit-code")
    assert status == EXIT_DISAGREEMENTS and told["count"] == 1


def test_packages_and_folders_are_compared_too(capsys, files, tmp_path):
    status, told = as_json(capsys, "diff", "none", "vn-2021-08")
    assert status == 0 and {d["kind"] for d in told["differences"]} == {"added", "changed"}
    folder = tmp_path / "folder"
    folder.mkdir()
    head, plans = PRICES.split("plans:\n")
    (folder / "a.yaml").write_text(head, "utf-8")
    (folder / "b.yaml").write_text("plans:\n" + plans, "utf-8")
    assert as_json(capsys, "diff", "c.yaml", "folder")[1]["differences"] == []


# --- schema --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "key"), [("catalogue", "plans"), ("package", "measures"), ("mapping", "usage")]
)
def test_schema_prints_the_schema_for_people_and_in_one_line(capsys, files, kind, key):
    status, out, err = run(capsys, "schema", kind)
    assert (status, err) == (0, "")
    schema = json.loads(out)
    assert key in schema["properties"] and out.count("\n") > 100
    assert as_json(capsys, "schema", kind) == (0, schema)


def test_the_schema_of_a_catalogue_is_the_default(capsys, files):
    assert run(capsys, "schema")[1] == run(capsys, "schema", "catalogue")[1]


def test_help_of_each_command_imports_nothing_heavy():
    import subprocess
    import sys

    for name in ("check", "show", "diff", "schema"):
        script = (
            "import sys; from doisoat.cli import run; "
            f"run(['--lang', 'en', 'catalogue', {name!r}, '--help']); "
            "print([m for m in ('pydantic', 'yaml', 'polars', 'duckdb') if m in sys.modules],"
            " file=sys.stderr)"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
        assert done.stderr.strip() == "[]"
        assert f"Usage: doisoat catalogue {name}" in done.stdout
