"""CSV for programs and for Excel: each command says the same in both, and refunds come back."""

import csv
import io

import pytest

from doisoat.engine.tables.delimited import rows_of
from doisoat.engine.tables.form import FileForm
from doisoat.messages.text import message

from .claiming import file_claim, honest
from .conftest import done, run

FORM = FileForm("", "", message("give it in parts"))
FORMULA = "=1+1"
COMMANDS = {
    "refund list": ("refund", "list", "2021-08", "--csv"),
    "interconnect": ("interconnect", "2021-08", "--csv"),
    "claim template": ("claim", "template", "2021-08", "--carrier", "vnpt", "--grain", "day",
                       "--out"),
    "claim template --filled": ("claim", "template", "2021-08", "--carrier", "vnpt", "--grain",
                                "lines", "--filled", "--out"),
    "entries": ("tie-out", "2021-08", "--carrier", "vnpt", "--entries"),
}  # fmt: skip


def written(home, path, line, style):
    done(*line, path, "--csv-style", style, "--home", home)
    return path.read_bytes()


def machine_cells(content):
    lines = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    return [[cell.strip() for cell in line] for line in lines]


def excel_cells(path):
    """As our readers read it."""
    return [[cell.text for cell in row.cells] for row in rows_of(path, FORM)]


@pytest.mark.parametrize("name", list(COMMANDS))
def test_both_styles_say_the_same(home, tmp_path, name):
    path = tmp_path / "a.csv"
    machine = written(home, path, COMMANDS[name], "machine")
    excel = written(home, path, COMMANDS[name], "excel")
    assert excel.startswith(b"\xef\xbb\xbf") and b"\r\n" in excel and excel != machine
    rows = machine_cells(machine)
    assert len(rows) > 3 and excel_cells(path) == rows


def test_variances_in_both_styles_say_the_same(home, tmp_path):
    claimed = honest(home)
    claimed[0]["amount"] = str(int(claimed[0]["amount"]) + 7)
    file_claim(tmp_path, home, claimed)
    status, found, _ = run("reconcile", "--home", home)
    assert status == 3
    done("variance", "ask", found["variances"][0]["id"], "--why", FORMULA,
         "--home", home)  # fmt: skip
    path = tmp_path / "a.csv"
    line = ("variance", "list", "2021-08", "--csv")
    machine = machine_cells(written(home, path, line, "machine"))
    written(home, path, line, "excel")
    excel = excel_cells(path)
    assert machine[1][-1] == f"'{FORMULA}" and excel[1][-1] == FORMULA
    assert [row[:-1] for row in excel] == [row[:-1] for row in machine]


def test_refunds_are_booked_from_the_form_for_excel(home, tmp_path):
    path = tmp_path / "tra.csv"
    done("refund", "list", "2021-08", "--csv", path, "--csv-style", "excel", "--home", home)
    lines = list(csv.reader(io.StringIO(path.read_text("utf-8-sig")), delimiter=";"))
    heads = lines[0]
    due = sum(int(line[heads.index("amount")]) for line in lines[1:])
    for line in lines[1:]:
        line[heads.index("paid_on")], line[heads.index("document")] = "20/09/2021", "UNC 7"
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows(lines)
    path.write_text("\ufeff" + out.getvalue(), "utf-8")
    told = done("refund", "import", path, "--home", home)
    assert told["payments"] == len(lines) - 1 and told["amount"] == str(due)
