"""`doisoat quote` as a person and a script call it: forms, exit statuses, and a waiting caller."""

import json
import subprocess
import sys
from io import BytesIO, TextIOWrapper

import pytest

from doisoat import cli
from tests.settlement.test_quote import CALL, SMALL

GIVEN = ["--plan", "p", "--kind", "voice", "--destination", "day", "--start", "2021-08-10T09:00"]


@pytest.fixture
def small(tmp_path):
    """The smallest catalogue: JSON is YAML too."""
    path = tmp_path / "prices.yaml"
    path.write_text(json.dumps(SMALL), "utf-8")
    return str(path)


@pytest.fixture
def quote(monkeypatch, capsys):
    """Runs the command with a text on stdin: (status, stdout, stderr)."""

    def run(*args, stdin=b""):
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(stdin)))
        status = cli.run(["quote", *args])
        return status, *capsys.readouterr()

    return run


def lines(*given):
    return "".join(json.dumps({**CALL, **line}) + "\n" for line in given).encode()


def test_lines_on_stdin_are_answered_a_line_each(quote, small):
    for options in (["--json"], [], ["-"], ["-", "--json"]):
        status, out, err = quote("--catalogue", small, *options, stdin=lines({}, {"units": 1}))
        told = [json.loads(line) for line in out.splitlines()]
        assert [(one["list_value"], one["exact"], one["relief"], one["payable"]) for one in told
                ] == [("0.17", "0.17", [], "0.17"), ("0.00", "17/6000", [], "0.00")]  # fmt: skip
        assert (status, err) == (0, "")


def test_refused_lines_are_told_in_their_place_and_by_the_exit_status(quote, small):
    told = lines({}, {"units": -1}, {})
    status, out, err = quote("--catalogue", small, "--json", stdin=told)
    first, bad, last = map(json.loads, out.splitlines())
    assert status == 5
    assert bad == {
        "line": 2,
        "error": {
            "what": "-1 âm | -1 is negative",
            "where": "line 2, units",
            "mend": "viết ms từ 0 trở lên | write 0 or more ms",
        },
    }
    assert first["payable"] == last["payable"] == "0.17"
    assert err == "Bị từ chối | refused: 1 / 3\n"


def test_lines_of_a_file_are_told_by_its_name(quote, small, tmp_path):
    path = tmp_path / "calls.jsonl"
    path.write_bytes(lines({}, {"units": -1}))
    status, out, _ = quote("--catalogue", small, str(path))
    assert status == 5
    assert json.loads(out.splitlines()[1])["error"]["where"] == "calls.jsonl, line 2, units"


def test_an_event_without_a_price_is_an_answer(quote, small):
    status, out, _ = quote("--catalogue", small, stdin=lines({"start": "2019-01-01"}))
    assert (status, json.loads(out)["status"]) == (0, "no_tariff")


def test_an_event_by_options_is_told_in_two_languages(quote, small):
    status, out, err = quote("--catalogue", small, *GIVEN, "--units", "50s", "--charged", "0.2")
    assert (status, err) == (0, "")
    assert out == (
        "cuộc gọi | voice: 50 s → day, 2021-08-10 09:00:00, p\n"
        "  Chính xác | exact                 17/120 USD\n"
        "  Giá trị | list value              0.14 USD\n"
        "  Phải trả | payable                0.14 USD\n"
        "  Hoàn trả | refund                 0.00 USD\n"
        "  Thu cao hơn giá trị | overcharged 0.06 USD\n"
    )


def test_relief_is_told_line_by_line(quote):
    status, out, _ = quote(
        "--package", "vn-2021-08", "--plan", "vnpt.VinaCard", "--kind", "pack", "--pack",
        "vnpt.VX3", "--start", "2021-08-10T09:00",
    )  # fmt: skip
    assert status == 0
    assert out.splitlines()[1:] == [
        "  Chính xác | exact                 20000 VND",
        "  Giá trị | list value              20000 VND",
        "  M4 giảm trừ | discount            10000 VND",
        "  M5 đóng góp | contribution        5000 VND",
        "  Phải trả | payable                10000 VND",
    ]


def test_another_reading_gives_another_quote(quote):
    event = ["--plan", "viettel.Tomato", "--kind", "pack", "--pack", "viettel.VX3",
             "--start", "2021-08-10", "--package", "vn-2021-08", "--json"]  # fmt: skip
    paid = [json.loads(quote(*event, *more)[1])["payable"]
            for more in ([], ["--reading", "m4.viettel=does_not"])]  # fmt: skip
    assert paid == ["10000", "20000"]


@pytest.mark.parametrize("units", ["50s", "50 s", "50000", "50000 ms"])
def test_an_event_by_options_is_one_object_for_a_script(quote, small, units):
    status, out, _ = quote("--catalogue", small, *GIVEN, "--units", units, "--json")
    assert status == 0
    assert json.loads(out) == {"status": "rated", "list_value": "0.14", "exact": "17/120",
                               "relief": [], "payable": "0.14"}  # fmt: skip


def test_no_price_is_told_in_words(quote, small):
    early = [*GIVEN[:-1], "2019-01-01"]
    status, out, _ = quote("--catalogue", small, *early, "--units", "1s")
    assert status == 0
    assert "bị treo: không có giá | suspended: no tariff: the plan p has no price" in out


@pytest.mark.parametrize(
    ("args", "status", "where", "what"),
    [
        pytest.param([*GIVEN, "--units", "-5"], 5, "--units", "'-5' is not a quantity",
                     id="negative units"),
        pytest.param([*GIVEN, "--units", "5 MB"], 5, "--units", "'5 MB' is not a quantity in ms",
                     id="units of another kind"),
        pytest.param([*GIVEN, "--units", "0.5 ms"], 5, "--units", "not a whole number",
                     id="half a unit"),
        pytest.param([*GIVEN, "--units", "1s", "--kind", "fax"], 5, "--units", "'fax' is no kind",
                     id="an unknown kind"),
        pytest.param([*GIVEN, "--units", "1", "--kind", "fax"], 5, "--kind", "'fax' is not known",
                     id="an unknown kind of a count"),
        pytest.param([*GIVEN, "--units", "1s", "--plan", "q"], 5, "--plan", "'q' is not known",
                     id="an unknown plan"),
        pytest.param([*GIVEN, "--units", "1s", "--home-locality", "01"], 5, "--home-locality",
                     "'01' is not known", id="an unknown place"),
        pytest.param([*GIVEN, "--units", "1s", "--duration", "long"], 5, "--duration", "'long' is",
                     id="a length in words"),
        pytest.param(GIVEN, 5, "doisoat quote", "the key 'units' is missing", id="no units"),
        pytest.param(["--plan", "p"], 5, "doisoat quote", "the key 'start' is missing",
                     id="no start"),
        pytest.param([*GIVEN, "--units", "1s", "-"], 2, "doisoat quote", "not both",
                     id="options and lines"),
        pytest.param(["nowhere.jsonl"], 2, "doisoat quote", "nowhere.jsonl", id="no such file"),
        pytest.param(["--package", "vn-2021-08"], 4, "package vn-2021-08", "vn-2021, not",
                     id="a package over another catalogue"),
        pytest.param(["--reading", "a=b"], 4, "none", "the package has no reading 'a'",
                     id="a reading of no package"),
        pytest.param(["--reading", "a"], 2, "doisoat quote", "NAME=VALUE", id="half a reading"),
    ],
)  # fmt: skip
def test_wrong_use_is_refused(quote, small, args, status, where, what):
    found, out, _ = quote("--catalogue", small, "--json", *args)
    told = json.loads(out)["error"]
    assert (found, told["where"]) == (status, where)
    assert what in told["what"] and told["mend"]


def test_a_catalogue_that_is_none_is_told_with_its_place(quote, tmp_path):
    path = tmp_path / "none.yaml"
    status, out, _ = quote("--catalogue", str(path), "--json", stdin=lines({}))
    assert (status, json.loads(out)["error"]["where"]) == (4, str(path))
    path.write_text("plans: []\n", "utf-8")
    status, out, _ = quote("--catalogue", str(path), "--json", stdin=lines({}))
    assert status == 4 and "the key 'currency' is missing" in json.loads(out)["error"]["what"]


def test_a_terminal_is_asked_for_an_event(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda self: True})())
    assert cli.run(["quote"]) == 2
    assert "give an event by options" in capsys.readouterr().err


def test_a_caller_that_waits_for_each_answer_gets_it(small):
    script = "import sys; from doisoat.cli import main; main(sys.argv[1:])"
    with subprocess.Popen(
        [sys.executable, "-c", script, "quote", "--catalogue", small, "--json"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin and process.stdout
        for units, payable in ((60_000, "0.17"), (120_000, "0.34")):
            process.stdin.write(lines({"units": units}))
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["payable"] == payable
        process.stdin.close()
        assert process.wait(30) == 0
