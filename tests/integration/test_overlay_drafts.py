"""Drafts of overlays: what a month needs a price of, filled in as YAML and as a workbook."""

import re

import openpyxl
import pytest
import yaml

from doisoat.engine.tables.overlay_book import BY_NAME, COLUMNS, PREAMBLE, SHEET
from doisoat.engine.tables.overlay_files import open_catalogue
from doisoat.tariffs.load.tariffs import catalogue_digest
from doisoat.tariffs.models.rates import Rate
from tests.intake.test_foreign import FOREIGN, INPUTS

from .conftest import done, refused, rows
from .conftest import run as command
from .executor_homes import copy_of

MONTH = "2021-08"
HEAD_ROW = len(PREAMBLE) + 1
PLACES = {column.name: place for place, column in enumerate(COLUMNS, 1)}
NEEDS = pytest.mark.skipif(not FOREIGN, reason="DOISOAT_FOREIGN is not set")


def drafted(home, path, *options, carrier="vietnamobile"):
    return done("catalogue", "overlay", "new", "--carrier", carrier, "--out", path, "--home", home,
                *options)  # fmt: skip


def filled_yaml(path, price="1234"):
    """The draft with a price in place of each UNFILLED, as somebody with an editor would."""
    text = path.read_text("utf-8").replace('reference: "?"', 'reference: "QĐ 12"')
    path.write_text(text.replace('"?"', f'"{price}"'), "utf-8")
    return path


def sheet_of(path):
    book = openpyxl.load_workbook(path)
    return book, book[SHEET]


def filled_book(path, price=1234):
    """The same with a spreadsheet: numbers in the cells that are empty beside a key."""
    book, sheet = sheet_of(path)
    for row in range(1, HEAD_ROW):
        if sheet.cell(row, 2).value == "?":
            sheet.cell(row, 2).value = "QĐ 12"
    for row in range(HEAD_ROW + 1, sheet.max_row + 1):
        value = sheet.cell(row, PLACES["value"])
        if sheet.cell(row, PLACES["key"]).value and value.value is None:
            value.value, value.number_format = price, "0"
    book.save(path)
    return path


def book_with(home, folder, key, column, text):
    """A filled price sheet in which one cell of a key's row says this; its path, and the cell."""
    path = folder / "gia.xlsx"
    path.unlink(missing_ok=True)
    drafted(home, path)
    opened, sheet = sheet_of(filled_book(path))
    (row,) = (row for row in range(HEAD_ROW + 1, sheet.max_row + 1)
              if sheet.cell(row, PLACES["key"]).value == key)  # fmt: skip
    cell = sheet.cell(row, PLACES[column])
    cell.value = text
    opened.save(path)
    return path, cell.coordinate


def test_a_draft_asks_each_assumed_price_that_the_month_uses(settled, tmp_path):
    told = drafted(settled[0], tmp_path / "gia.yaml")
    assert told["entries"] == told["open"] > 0 and told["unknown_packs"] == {}
    assert all(name.startswith('plans."vietnamobile.Prepaid".rates.') for name in told["keys"])
    (plan,) = (p for p in open_catalogue("vn-2021").plans if p.id == "vietnamobile.Prepaid")
    asked = {
        f'plans."{plan.id}".rates.{part.kind}.{destination}'
        for _, part in plan.assumed_prices
        if isinstance(part, Rate)
        for destination in part.destinations
    }
    assert set(told["keys"]) == asked
    written = yaml.safe_load((tmp_path / "gia.yaml").read_text("utf-8"))
    values = {change["key"]: change["value"] for change in written["changes"]}
    assert values[f'plans."{plan.id}".rates.voice.on_net'] == {
        "price": "?", "per": "1 min", "block": "6 s + 1 s",
    }  # fmt: skip


def test_a_draft_is_refused_until_it_is_filled_in(settled, tmp_path):
    home = settled[0]
    for path in (tmp_path / "gia.yaml", tmp_path / "gia.xlsx"):
        drafted(home, path)
        error = refused(4, "catalogue", "show", "vietnamobile.Prepaid", "--overlay", path)
        assert "reference: the value is not filled in" in error["what"]
    book, sheet = sheet_of(path)
    for row in range(1, HEAD_ROW):
        if sheet.cell(row, 2).value == "?":
            sheet.cell(row, 2).value = "QĐ 12"
    book.save(path)
    error = refused(4, "catalogue", "show", "vietnamobile.Prepaid", "--overlay", path)
    first = sheet.cell(HEAD_ROW + 1, PLACES["value"]).coordinate
    assert error["where"].endswith(f"{SHEET}!{first}") and "more)" in error["what"]


def test_filled_in_either_way_it_is_the_same_overlay_and_nothing_is_left(settled, tmp_path):
    home, digests = settled[0], set()
    for path, fill in ((tmp_path / "a.yaml", filled_yaml), (tmp_path / "a.xlsx", filled_book)):
        drafted(home, path)
        made = open_catalogue("vn-2021", [fill(path)])
        digests.add(catalogue_digest(made))
        (plan,) = (p for p in made.plans if p.id == "vietnamobile.Prepaid")
        assert not plan.is_assumed and plan.rates[0].price == "1234"
        again = tmp_path / f"again-{path.suffix[1:]}.yaml"
        told = drafted(home, again, "--overlay", path)
        assert told["overlay"] is None and told["entries"] == 0 and not again.exists()
    assert len(digests) == 1


def test_the_same_draft_is_the_same_bytes(settled, tmp_path):
    for suffix in ("yaml", "xlsx"):
        paths = [tmp_path / f"{name}.{suffix}" for name in ("a", "b")]
        for path in paths:
            drafted(settled[0], path)
        assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_draft_goes_over_no_file_and_into_no_other_kind(settled, tmp_path):
    path = tmp_path / "gia.yaml"
    path.write_text("của tôi", "utf-8")
    command = ("catalogue", "overlay", "new", "--carrier", "vietnamobile", "--home", settled[0])
    assert "is there already" in refused(6, *command, "--out", path)["what"]
    assert path.read_text("utf-8") == "của tôi"
    assert ".yaml or a .xlsx" in refused(6, *command, "--out", tmp_path / "gia.ods")["what"]
    refused(6, *command, "--out", tmp_path / "khong-co" / "gia.yaml")
    other = ("catalogue", "overlay", "new", "--carrier", "beeline", "--home", settled[0])
    assert "no carrier 'beeline'" in refused(4, *other, "--out", tmp_path / "b.yaml")["what"]


# --- workbooks -----------------------------------------------------------------------------------


@pytest.fixture
def book(settled, tmp_path):
    """A filled workbook; give what is to be spoilt, and get how it is refused."""

    def spoilt(column, text, status=5):
        path = tmp_path / "gia.xlsx"
        path.unlink(missing_ok=True)
        drafted(settled[0], path)
        filled_book(path)
        opened, sheet = sheet_of(path)
        cell = sheet.cell(HEAD_ROW + 1, PLACES[column])
        cell.value = text
        opened.save(path)
        return cell.coordinate, refused(
            status, "catalogue", "show", "vietnamobile.Prepaid", "--overlay", path
        )

    return spoilt


@pytest.mark.parametrize(
    ("column", "text", "what"),
    [
        ("valid_from", "31/02/2021", "is no day"),
        ("mark", "sure", "how firm"),
        ("value", "=1+1", "a formula"),
        ("source", True, "boolean"),
        ("per", "1 khúc", "'1 khúc' is not a quantity"),
        ("block", "6+1", "'6' is not a quantity"),
        ("valid_from", "no day", "is no day"),
    ],
)
def test_a_cell_that_is_none_is_refused_by_its_address(book, column, text, what):
    address, error = book(column, text, 4 if column in ("per", "block") else 5)
    assert what in error["what"] and address in error["where"]


def test_a_row_that_takes_out_and_one_of_a_day(settled, tmp_path):
    path = tmp_path / "gia.xlsx"
    drafted(settled[0], path)
    opened, sheet = sheet_of(filled_book(path))
    free = next(row for row in range(HEAD_ROW + 1, sheet.max_row + 1)
                if not sheet.cell(row, PLACES["key"]).value)  # fmt: skip
    for row, cells in (
        (free, {"key": 'packs."vietnamobile.D7"', "value": "Bỏ", "valid_from": "01/09/2021"}),
        (free + 1, {"key": 'packs."vietnamobile.D15".price', "value": "16000", "source": "QĐ 13",
                    "mark": "derived", "valid_from": "2021-08-10"}),
    ):  # fmt: skip
        for name, text in cells.items():
            sheet.cell(row, PLACES[name]).value = text
    opened.save(path)
    made = open_catalogue("vn-2021", [path])
    (ended,) = (pack for pack in made.packs if pack.id == "vietnamobile.D7")
    assert f"{ended.valid_until:%d/%m/%Y}" == "01/09/2021"
    d15 = [pack for pack in made.packs if pack.id == "vietnamobile.D15"]
    assert sorted(pack.price for pack in d15) == ["15000", "16000"]
    assert {pack.sources["price"].source for pack in d15 if pack.price == "16000"} == {"QĐ 13"}


def test_an_empty_cell_of_the_head_is_refused_by_its_address(settled, tmp_path):
    path = tmp_path / "gia.xlsx"
    drafted(settled[0], path)
    opened, sheet = sheet_of(filled_book(path))
    row = [*PREAMBLE].index("reference") + 1
    sheet.cell(row, 2).value = None
    opened.save(path)
    error = refused(5, "catalogue", "check", "--overlay", path)
    assert f"B{row}" in error["where"] and "document (number, date)" in error["what"]


def test_every_column_of_the_form_has_a_reader():
    assert set(BY_NAME) == set(PLACES)


# --- a carrier's exports -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ocs(tmp_path_factory):
    """The exports of a charging system, taken in by a mapping that was drafted."""
    if not FOREIGN:
        pytest.skip("DOISOAT_FOREIGN is not set")
    folder = tmp_path_factory.mktemp("ocs")
    files = sorted((INPUTS / "ocs").glob("*.csv"))
    mapping, home = folder / "ocs.yaml", folder / "out"
    secret = folder / "key.json"
    done("key", "new", "--key", secret)
    done("mapping", "new", *files, "--out", mapping, "--carrier", "vietnamobile")
    for kind, names in (
        ("subscriptions", [path for path in files if path.name.startswith("DS_")]),
        ("usage", [path for path in files if not path.name.startswith("DS_")]),
    ):
        done("intake", *names, "--mapping", mapping, "--kind", kind, "--key", secret, "--home",
             home)  # fmt: skip
    return home


@pytest.fixture
def own_home(ocs, tmp_path):
    """A copy for a test that settles it."""
    return copy_of(ocs, tmp_path)


@NEEDS
def test_an_own_plan_is_priced_and_only_planted_faults_stay_suspended(own_home, tmp_path):
    path = tmp_path / "gia.xlsx"
    told = drafted(own_home, path)
    assert "plans.VNM_TT" in told["keys"] and told["unknown_packs"] == {"D99": 1}
    before = done("settle", "--carrier", "vietnamobile", "--home", own_home)
    after = done("settle", "--carrier", "vietnamobile", "--overlay", filled_book(path), "--home",
                 own_home)  # fmt: skip
    assert before["rated"] == 0 < after["rated"]
    reasons = dict(rows(own_home, "SELECT reason, count(*) FROM settlement.suspense GROUP BY 1"))
    # The pack that no catalogue has; what ended subscriptions used, and a number without one.
    assert reasons.pop("no_tariff") == 1 and reasons.pop("conflicting") == 1
    assert set(reasons) == {"no_subscription"}
    assert done("verify", "--home", own_home)["ok"]


@NEEDS
def test_a_row_of_a_draft_that_says_to_take_out_gives_nothing(ocs, tmp_path):
    path = tmp_path / "gia.xlsx"
    drafted(ocs, path)
    opened, sheet = sheet_of(filled_book(path))
    taken_out = ("plans.VNM_TT.rates.voice.off_net", "packs.D15")
    for row in range(HEAD_ROW + 1, sheet.max_row + 1):
        if sheet.cell(row, PLACES["key"]).value in taken_out:
            sheet.cell(row, PLACES["value"]).value = "bỏ"
    opened.save(path)
    made = open_catalogue("vn-2021", [path])
    (plan,) = (plan for plan in made.plans if plan.id == "VNM_TT")
    priced = {(rate.kind, name) for rate in plan.rates for name in rate.destinations}
    assert ("voice", "on_net") in priced and ("voice", "off_net") not in priced
    assert not any(pack.id == "D15" for pack in made.packs)
    assert any(pack.id == "D30" for pack in made.packs)
    assert not {*taken_out}.intersection(change.key for change in made.overlays[0].changes)


@NEEDS
def test_a_price_sheet_has_no_cell_that_is_written_as_code(ocs, tmp_path):
    path = tmp_path / "gia.xlsx"
    drafted(ocs, path, "--lang", "vi")
    _, sheet = sheet_of(path)
    cells = {
        sheet.cell(row, PLACES["key"]).value: {
            name: sheet.cell(row, place).value for name, place in PLACES.items()
        }
        for row in range(HEAD_ROW + 1, sheet.max_row + 1)
        if sheet.cell(row, PLACES["key"]).value
    }
    for key, row in cells.items():
        assert not re.search(r"[{}\[\]]", str(row["value"] or "")), key
        assert not re.search(r"\b(min|msg|s)\b", f"{row['present']} {row['per']} {row['block']}")
    assert cells["plans.VNM_TT"]["value"] == "mới"
    assert cells["packs.D15"]["value"] == "như vietnamobile.D15"
    assert cells["packs.D15.price"]["value"] == "15000"
    assert cells["packs.D15.validity.days"]["value"] == "3"
    assert cells["packs.D15.volumes.data.amount"]["value"] == "6 GB"
    assert cells["packs.D15.after.data.rule"]["value"] == "dừng"
    assert cells["plans.VNM_TT.rates.voice.on_net"]["block"] == "6 giây + 1 giây"


@NEEDS
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_sheet_in_either_language_is_the_overlay_of_the_yaml(ocs, tmp_path, lang):
    digests = set()
    for path, fill in ((tmp_path / "a.yaml", filled_yaml), (tmp_path / "a.xlsx", filled_book)):
        drafted(ocs, path, "--lang", lang)
        digests.add(catalogue_digest(open_catalogue("vn-2021", [fill(path)])))
    assert len(digests) == 1


@NEEDS
@pytest.mark.parametrize(
    ("key", "text", "what", "mend"),
    [
        ("packs.D15", "vietnamobile.D15", "không khai được cả một mục", "như kèm mã"),
        ("plans.VNM_TT", "15000", "không khai được cả một mục", "mới, hoặc như"),
        ("packs.D15.after.data.rule", "ngừng", "không phải là quy tắc", "giảm tốc độ"),
        ("packs.D15.volumes.data.amount", "6.000 MB", "6.000 đọc được theo hai cách", "6000"),
        ("packs.D15", "như D91", "không có 'D91'", "vietnamobile.D90"),
    ],
)
def test_what_a_price_sheet_cannot_mean_is_told_in_its_own_words(
    ocs, tmp_path, key, text, what, mend
):
    path, cell = book_with(ocs, tmp_path, key, "value", text)
    status, told, _ = command("catalogue", "show", "vietnamobile.Prepaid", "--overlay", path)
    error = told["error"]
    assert status in (4, 5) and what in error["what"] and mend in error["mend"]
    assert error["where"].endswith(cell)


@NEEDS
@pytest.mark.parametrize(
    ("key", "column", "text", "what"),
    [
        ("plans.VNM_TT.rates.voice.on_net", "block", None, "thiếu"),
        ("plans.VNM_TT.rates.voice.on_net", "per", None, "thiếu"),
        ("packs.D15.price", "per", "1 phút", "chỉ dùng cho dòng giá cước"),
        ("plans.VNM_TT", "valid_from", None, "thiếu"),
    ],
)
def test_a_cell_that_a_row_lacks_or_has_too_much_is_told_by_its_address(
    ocs, tmp_path, key, column, text, what
):
    path, cell = book_with(ocs, tmp_path, key, column, text)
    error = refused(5, "catalogue", "show", "vietnamobile.Prepaid", "--overlay", path)
    assert what in error["what"] and error["where"].endswith(cell)


@NEEDS
@pytest.mark.parametrize(
    ("key", "texts"),
    [
        ("packs.D15.after.data.rule", ("giảm tốc độ", "GIAM TOC DO", "throttle")),
        ("packs.D15.volumes.data.amount", ("6 GB", "6 gb", "6144 MB")),
        ("packs.D15", tuple(f"{word}vietnamobile.D15" for word in ("như ", "Nhu\u00a0", "like "))),
    ],
)
def test_words_of_a_price_sheet_may_be_written_otherwise(ocs, tmp_path, key, texts):
    digests = set()
    for text in texts:
        path, _ = book_with(ocs, tmp_path, key, "value", text)
        made = open_catalogue("vn-2021", [path])
        (pack,) = (pack for pack in made.packs if pack.id == "D15")
        digests.add((pack.after[0].rule, pack.volumes[0].units, pack.price))
    assert len(digests) == 1


@NEEDS
def test_a_pack_of_no_catalogue_is_like_another_and_differs_in_its_rows(own_home, tmp_path):
    path = tmp_path / "gia.xlsx"
    drafted(own_home, path)
    opened, sheet = sheet_of(filled_book(path))
    free = next(row for row in range(HEAD_ROW + 1, sheet.max_row + 1)
                if not sheet.cell(row, PLACES["key"]).value)  # fmt: skip
    rows_of_d99 = (
        ("packs.D99", "Như vietnamobile.D90"), ("packs.D99.price", 99000),
        ("packs.D99.volumes.data.amount", "5 GB"), ("packs.D99.after.data.rule", "giảm tốc độ"),
    )  # fmt: skip
    for place, (key, value) in enumerate(rows_of_d99):
        sheet.cell(free + place, PLACES["key"]).value = key
        sheet.cell(free + place, PLACES["value"]).value = value
    opened.save(path)
    made = open_catalogue("vn-2021", [path])
    (d99,) = (pack for pack in made.packs if pack.id == "D99")
    (d90,) = (pack for pack in made.packs if pack.id == "vietnamobile.D90")
    assert (d99.price, d99.volumes[0].amount, d99.after[0].rule) == ("99000", "5 GB", "throttle")
    assert d99.validity == d90.validity and d99.carrier == "vietnamobile"
    done("settle", "--carrier", "vietnamobile", "--overlay", path, "--home", own_home)
    reasons = dict(rows(own_home, "SELECT reason, count(*) FROM settlement.suspense GROUP BY 1"))
    assert "no_tariff" not in reasons
    assert done("verify", "--home", own_home)["ok"]


@NEEDS
def test_a_draft_of_exports_says_what_it_prices(ocs, tmp_path):
    path = tmp_path / "gia.yaml"
    drafted(ocs, path)
    text = path.read_text("utf-8")
    assert re.search(r"# .*no tariff.*\n  - key: plans\.VNM_TT\.rates\.voice\.on_net\n", text)
    assert "packs.D99" in text and 'packs."D99"' not in text
