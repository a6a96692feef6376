"""Lists and forms as people keep them: workbooks, semicolons, grouped figures, Vietnamese words."""

import csv
import json
from datetime import date

import duckdb
import polars as pl
import pytest
import xlsxwriter  # type: ignore[import-untyped]

from tests import spreadsheet
from tests.integration.conftest import done, refused, run, tree_of
from tests.integration.test_refunds import row_texts
from tests.sampling.test_steps import FRAME, ID, filled

CENTURY = date(1899, 12, 30)


def grouped(figure):
    """1234567 as 1.234.567."""
    return f"{int(figure):,}".replace(",", ".")


def rows_of_book(path):
    """The rows of the form, heads first, each of eleven texts."""
    (cells,) = spreadsheet.cells_of(path).values()
    rows = max(int(at.lstrip("ABCDEFGHIJK")) for at in cells)
    return [[cells.get(f"{letter}{row}", "") for letter in "ABCDEFGHIJK"]
            for row in range(1, rows + 1)]  # fmt: skip


def write_book(path, rows, formats=None, sheet="Mẫu"):
    """A workbook of these rows; numbers as numbers, days by their format."""
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet(sheet)
    styles = {column: book.add_format({"num_format": code})
              for column, code in (formats or {}).items()}  # fmt: skip
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            page.write(number, column, value, styles.get(column) if number else None)
    book.close()
    return path


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_a_form_is_read_whatever_parts_its_cells_and_groups_its_figures(
    home, drawn_of, found_of, tmp_path, sign
):
    sample = drawn_of("--tolerable", "20%")
    plain = filled(home, sample, tmp_path / "form.csv")
    status, told = found_of(sample, plain)
    with open(plain, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(int(row["amount"]) < 10**6 for row in rows)  # no figure of several groups
    for row in rows:  # as a spreadsheet saves them in Vietnam
        row.update({name: grouped(row[name]) for name in ("amount", "audited")})
        year, month, day = row["day"].split("-")
        row["day"] = f"{int(day)}/{int(month)}/{year}"
    other = tmp_path / "other.csv"
    with open(other, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), delimiter=sign, lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)
    again = done("sample", "evaluate", sample, other, "--home", home)
    assert again["already"] and again["evaluation"] == told["evaluation"] and status == 0


def test_a_form_goes_out_as_a_workbook_and_comes_back(home, drawn_of, found_of, tmp_path):
    sample = drawn_of("--tolerable", "20%")
    form, twin = tmp_path / "form.xlsx", tmp_path / "twin.xlsx"
    plain = filled(home, sample, tmp_path / "form.csv")
    _, told = found_of(sample, plain)
    for path in (form, twin):
        done("sample", "draw", sample, "--xlsx", path, "--home", home)
    assert form.read_bytes() == twin.read_bytes()
    # As it goes out all of it is read, and nothing is told yet.
    error = refused(5, "sample", "evaluate", sample, form, "--home", home)
    assert (
        "thiếu số đúng (đồng) | missing: audited (đồng)" in error["what"]
        and "(+" not in error["what"]
    )
    heads, *rows = rows_of_book(form)
    assert heads[0] == "Mã sự kiện | Event" and heads[10] == "Số đúng (đồng) | Audited (đồng)"
    with open(plain, encoding="utf-8", newline="") as file:
        listed = list(csv.reader(file))
    assert [[*row[:6], str(int(row[6])), *row[7:10]] for row in rows] == [
        row[:10] for row in listed[1:]
    ]
    for row in rows:
        row[4] = (date.fromisoformat(row[4]) - CENTURY).days  # as a day of the spreadsheet's own
        row[10] = row[6]
    back = write_book(tmp_path / "back.xlsx", [heads, *rows], {4: "dd/mm/yyyy", 6: "#,##0"})
    again = done("sample", "evaluate", sample, back, "--home", home)
    assert again["already"] and again["evaluation"] == told["evaluation"]
    # Addresses of a workbook are its cells.
    rows[3][10] = -1
    bad = write_book(tmp_path / "bad.xlsx", [heads, *rows], {4: "dd/mm/yyyy"})
    before = tree_of(home)
    error = refused(5, "sample", "evaluate", sample, bad, "--home", home)
    assert error["where"] == "bad.xlsx, Mẫu!K5" and "âm | audited is below 0" in error["what"]
    assert tree_of(home) == before


PLACES = """
SELECT event_id::VARCHAR, f.name, r.row::VARCHAR FROM usage.record_event AS r
JOIN usage.source_file AS f USING (source_file) WHERE r.state = 'taken'
"""


def form_of(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("asked", [("--tolerable", "20%"), ("--usage", "--tolerable", "5%")])
def test_each_has_its_file_row_and_key_where_the_home_has_it(
    home, settled, drawn_of, tmp_path, asked
):
    sample, path = drawn_of(*asked), tmp_path / "mau.csv"
    done("sample", "draw", sample, "--csv", path, "--home", home)
    form = form_of(path)
    assert "key" not in form[0]
    with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as face:
        places = {event: place for event, *place in face.execute(PLACES).fetchall()}
    for row in form:
        assert [row["file"], row["row"]] == places[row["event_id"]]
        assert row["record"] in ("", row["record"][:17] + row["row"])
    world = settled / "world"
    done("sample", "draw", sample, "--csv", path, "--files", world, "--home", home)
    keyed = form_of(path)
    texts = {row["file"]: row_texts(world / row["file"]) for row in keyed}
    for row in keyed:
        key = row["key"].partition(" ")[2]
        assert key and ("#" in key or key in texts[row["file"]][int(row["row"])])
    # It comes back as it is: what helps to find a unit says nothing of it.
    answers = [{**row, **({"audited": row["amount"]} if "audited" in row else {"result": "right"})}
               for row in keyed]  # fmt: skip
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, keyed[0].keys())
        writer.writeheader()
        writer.writerows(answers)
    told = done("sample", "evaluate", sample, path, "--home", home)
    assert told["evaluation"]["verdict"] == "tolerable"
    refused(2, "sample", "draw", sample, "--files", world, "--home", home)


def test_a_list_of_events_that_the_home_has_not_keeps_its_form(home, drawn_of, tmp_path):
    listed = tmp_path / "ke-khai.csv"
    listed.write_text(f"event_id,amount\n{ID},500\n", "utf-8")
    sample, path = drawn_of("--lines", listed), tmp_path / "mau.csv"
    done("sample", "draw", sample, "--csv", path, "--home", home)
    (row,) = form_of(path)
    assert list(row)[-2:] == ["record", "audited"]


def test_results_are_told_in_either_language(home, drawn_of, tmp_path):
    sample = drawn_of("--usage", "--tolerable", "5%")
    book = tmp_path / "form.xlsx"
    done("sample", "draw", sample, "--xlsx", book, "--home", home)
    error = refused(5, "sample", "evaluate", sample, book, "--home", home)
    said = ("kết quả không có trong mẫu (+", "it is no result of the form (+")
    assert all(map(str.startswith, error["what"].split(" | "), said))
    heads, *rows = rows_of_book(book)
    words = ("đúng", "Right", "đúng | right", "right")
    for place, row in enumerate(rows):
        row[10] = words[place % 4]
    rows[0][10], rows[1][10] = "Thiếu trong kê khai", "wrong"
    status, told, _ = run(
        "sample", "evaluate", sample, write_book(tmp_path / "back.xlsx", [heads, *rows]),
        "--home", home,
    )  # fmt: skip
    found = told["evaluation"]["results"]
    assert status == 3 and (found["missing"]["found"], found["wrong"]["found"]) == (1, 1)
    rows[2][10] = "tạm được"
    bad = write_book(tmp_path / "bad.xlsx", [heads, *rows])
    error = refused(5, "sample", "evaluate", sample, bad, "--home", home)
    assert error["where"] == "bad.xlsx, Mẫu!K4"
    assert "kết quả không có trong mẫu | it is no result of the form" in error["what"]
    assert "đúng" in error["mend"] and "missing" in error["mend"]


def test_a_list_is_the_same_as_workbook_text_and_columns(home, lines_of, tmp_path):
    lines = lines_of().head(400)
    lines[0, "amount"] = 1_234_567  # which shows what the points of the others are for
    size = ("sample", "size", "2021-08", "--carrier", "viettel", "--home", home, "--lines")
    heads = ["Mã sự kiện | Event", "Biện pháp", "nature", "Số tiền (đồng)"]
    write_book(tmp_path / "list.xlsx", [heads, *map(list, lines.iter_rows())], {3: "#,##0"})
    texts = lines.with_columns(pl.col("amount").map_elements(grouped, pl.String))
    texts.write_csv(tmp_path / "list.csv", separator=";")
    lines.write_parquet(tmp_path / "list.parquet")
    told = [done(*size, tmp_path / f"list.{form}") for form in ("xlsx", "csv", "parquet")]
    assert {one["frame_sha256"] for one in told} == {told[0]["frame_sha256"]}
    assert told[0]["amount"] == str(lines["amount"].sum())


@pytest.mark.parametrize(("rows", "where", "what"), [
    ([["event_id", "amount"], [ID, "1"], [ID, "2"]], "list.xlsx, Mẫu!A2:A3", "twice"),
    ([["event_id", "amount"], [ID, "x"]], "list.xlsx, Mẫu!B2", "'x' không đọc được"),
    ([["event_id", "amount"], [ID, 1.5]], "list.xlsx, Mẫu!B2", "no whole number"),
    ([["event_id", "amount"], [ID, "=1+1"]], "list.xlsx, Mẫu!B2", "formula"),
    ([["event_id", "amount"], [ID, 1, "beside"]], "list.xlsx, Mẫu!C2", "under no head"),
    ([["event_id", "sum"], [ID, 1]], "list.xlsx, Mẫu!B1", "'sum': the form has no such column"),
    ([["event_id", "amount", "day"], [ID, 1, "hôm qua"]], "list.xlsx, Mẫu!C2", "is no day"),
    ([["event_id", "amount", "amount"], [ID, 1, 1]], "list.xlsx, Mẫu!C1", "amount comes twice"),
])  # fmt: skip
def test_what_is_wrong_in_a_workbook_is_told_by_its_cell(
    home, unchanged, tmp_path, rows, where, what
):
    path = write_book(tmp_path / "list.xlsx", rows)
    error = refused(5, *FRAME, "--lines", path, "--home", home)
    assert error["where"] == where
    assert what in error["what"] and " | " in error["what"] and " | " in error["mend"]


def test_every_fault_of_a_list_is_told_at_once(home, unchanged, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(f"event_id;amount\n{ID};-1\nx;1.5\n{ID};\n", "utf-8")
    status, told, _ = run(*FRAME, "--lines", path, "--home", home)
    assert status == 5
    assert [one["at"] for one in told["findings"]] == ["2:2", "3:2", "4:2"]
    assert "0912345678" not in json.dumps(told)


def test_a_damaged_file_of_columns_is_refused(home, unchanged, tmp_path, lines_of):
    path = tmp_path / "list.parquet"
    lines_of().write_parquet(path)
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.write_bytes(content[:-40])
    error = refused(5, *FRAME, "--lines", path, "--home", home)
    assert "not readable as Parquet" in error["what"]
    lines_of().with_columns(amount=pl.lit(-1)).write_parquet(path)
    error = refused(5, *FRAME, "--lines", path, "--home", home)
    assert "below 0" in error["what"] and "row 1" in error["where"]


@pytest.mark.parametrize(("tolerable", "confidence"), [
    ("5%", "95%"), ("5 %", "95,00 %"), ("0,05", "0.95"),
])  # fmt: skip
def test_rates_are_read_as_they_are_written_in_vietnam(home, tolerable, confidence):
    size = ("sample", "size", "2021-08", "--carrier", "viettel", "--home", home)
    told = done(*size, "--tolerable", "5%", "--confidence", confidence)
    assert told["design"]["confidence"] == "19/20"
    if "%" in tolerable:
        assert done(*size, "--tolerable", tolerable)["design"] == told["design"]


def test_an_amount_is_read_in_groups_and_a_doubtful_one_is_refused(home, unchanged):
    size = ("sample", "size", "2021-08", "--carrier", "viettel")
    one, other = (done(*size, "--tolerable", text, "--home", home)["design"]["tolerable"]
                  for text in ("2000000", "2.000.000"))  # fmt: skip
    assert one == other == "2000000"
    error = refused(4, *size, "--tolerable", "2.000", "--home", home)
    assert "neither digits alone nor a share" in error["what"]
