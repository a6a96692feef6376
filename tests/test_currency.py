"""Amounts are written in the currency in use, and no module is bound to one when it is imported."""

import re
import subprocess
import sys
from io import BytesIO
from zipfile import ZipFile

import pytest

from doisoat.currency import (
    CURRENCY,
    NO_TAX,
    Amount,
    CurrencyForm,
    amount_text,
    figure,
    minor_units,
    number_text,
    unit_text,
)
from doisoat.engine.tables.findings import Findings
from doisoat.engine.tables.formats import format_of
from doisoat.engine.tables.whole_figures import Figures as FileFigures
from doisoat.messages.text import catalogue_text, message
from doisoat.settlement.claims.form import HEADS
from doisoat.settlement.drawing.axis import unit_of
from doisoat.settlement.explain.plain_figures import money_said, money_text
from doisoat.settlement.figures.period import Period
from doisoat.settlement.papers.facts import currency_facts
from doisoat.settlement.papers.figures import Figures, short_unit
from doisoat.settlement.papers.typeset import read_templates, words_of
from doisoat.settlement.report.terminal_table import table
from doisoat.settlement.report.workbook_style import Book, amount_format
from doisoat.settlement.tie_out.amounts import (
    RefusedAmount,
    amount_of,
    separators_of,
    units_said,
)
from doisoat.settlement.tie_out.amounts import unit_of as unit_of_ledger
from doisoat.settlement.web.vocabulary import page_words
from doisoat.state import STATE, State
from doisoat.tariffs.load.jurisdiction import state_of_before
from doisoat.words import amount_in_words

DOLLAR = CurrencyForm(
    "USD", 2, "$", True, "dollar", "dollar", "dollars", "cent", "cents", ",", ".", NO_TAX
)
SWISS = CurrencyForm(
    "CHF", 2, "Fr.", False, "Franken", "franc", "francs", "Rappen", "Rappen", "'", ".", NO_TAX
)
DINAR = CurrencyForm(
    "KWD", 3, "KD", True, "dinar", "dinar", "dinars", "fils", "fils", ",", ".", NO_TAX
)

IMPORT_ALL = """
import importlib, sys
from pathlib import Path
import doisoat
from doisoat.state import STATE

def asked():
    raise AssertionError("a module writes an amount while it is imported")

STATE.use_of(asked)
root = Path(doisoat.__file__).parent
names = [
    ".".join(("doisoat", *path.relative_to(root).with_suffix("").parts)).removesuffix(".__init__")
    for room in ("tariffs", "engine", "settlement", "api", "commands", "messages")
    for path in sorted((root / room).rglob("*.py"))
]
for name in names:
    importlib.import_module(name)
print(len(names))
"""


def test_no_module_writes_an_amount_while_it_is_imported():
    ran = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert int(ran.stdout) > 500


@pytest.mark.parametrize(
    ("form", "amount", "figures", "written"),
    [
        (DOLLAR, 581235, "5,812.35", "$5,812.35"),
        (DOLLAR, -5, "-0.05", "-$0.05"),
        (DOLLAR, 0, "0.00", "$0.00"),
        (SWISS, -123456, "-1'234.56", "-1'234.56 Fr."),
        (DINAR, 1234567, "1,234.567", "KD1,234.567"),
    ],
)
def test_an_amount_is_written_in_the_currency_in_use(form, amount, figures, written):
    CURRENCY.write(form)
    assert figure(amount) == figures
    assert amount_text(amount) == written
    assert amount_text(amount, minus="−") == written.replace("-", "−")


def test_papers_and_letters_have_the_signs_of_their_language():
    CURRENCY.write(DOLLAR)
    assert Figures("en").amount(-581235) == "−$5,812.35"
    assert Figures("vi").amount(581235) == "$5.812,35"
    assert money_text(581235).pair == ("$5.812,35", "$5,812.35")
    assert money_text(-5).pair == ("-$0,05", "-$0.05")
    assert amount_in_words(200500) == "Hai nghìn không trăm linh năm dollar"
    assert amount_in_words(-205) == "Âm hai dollar năm cent"
    assert amount_in_words(-5) == "Âm không dollar năm cent"
    assert money_said(205).vi == "$2,05 (hai dollar năm cent)"


def test_a_message_names_the_currency_in_use():
    assert message("in {currency_name}, {currency_sign}").pair == ("in đồng, đ", "in dong, đ")
    CURRENCY.write(DOLLAR)
    assert message("in {currency_name}, {currency_sign}").pair == ("in dollar, $", "in dollars, $")


def test_where_no_currency_is_known_an_amount_has_the_sign_of_none():
    STATE.use_of(lambda: None)
    assert amount_text(1234) == "1.234 ¤"


def test_the_source_of_a_currency_is_read_once_and_when_it_is_needed():
    read: list[State] = []
    state = state_of_before()._replace(amounts=DOLLAR)

    def source():
        read.append(state)
        return state

    STATE.use_of(source)
    assert read == []
    assert (amount_text(5), number_text(1234), amount_text(7)) == ("$0.05", "1,234", "$0.07")
    assert read == [state]


DONG_WORDS = re.compile(r"đ(?!\w)|đồng(?! ý| bộ)|VND|\bdong\b|Việt")


def test_words_that_name_the_currency_are_filled_when_they_are_read():
    assert HEADS["amount"].pair == ("Số tiền (đồng)", "Amount (đồng)")
    CURRENCY.write(DOLLAR)
    assert HEADS["amount"].pair == ("Số tiền (dollar)", "Amount (dollar)")
    assert message("every {currency_own_unit} has its place").en == "every cent has its place"


def test_tables_which_keep_minor_units_name_the_smallest_part():
    key = "Amount ({currency_name})"
    assert catalogue_text(key).en == "Amount (dong)"
    CURRENCY.write(DOLLAR)
    assert catalogue_text(key).en == "Amount (cents)" and message(key).en == "Amount (dollars)"


def test_a_table_of_the_terminal_has_amounts_in_the_unit_and_counts_as_they_are():
    CURRENCY.write(DOLLAR)
    assert table(("", "n", "sum"), [("a", 1234, Amount(123456)), ("b", 5, Amount(-5))]).en == (
        "         n       sum\n  a  1,234  1,234.56\n  b      5     −0.05"
    )


def test_charts_name_the_unit_of_the_currency():
    CURRENCY.write(DOLLAR)
    assert unit_of(250_000_000) == (100_000_000, "triệu dollar")
    assert short_unit(123_456)[0] == 100_000 and short_unit(123_456)[1].en == "thousand $"
    assert short_unit(99)[0] == 100


def test_a_workbook_has_amounts_as_numbers_of_the_unit():
    CURRENCY.write(DOLLAR)
    out = BytesIO()
    book = Book(out, "a", "b", Period.of("2021-08"))
    sheet = book.sheet("a", (20, 20), "", landscape=False)
    sheet.whole(0, 7)
    sheet.amount(1, 123456)
    sheet.row += 1
    sheet.amount(1, -5, "total", "=A1-B1")
    book.close()
    with ZipFile(out) as archive:
        cells = archive.read("xl/worksheets/sheet1.xml").decode()
        styles = archive.read("xl/styles.xml").decode()
    assert "<v>7</v>" in cells and "<v>1234.56</v>" in cells
    assert "<f>ROUND(A1-B1,2)</f><v>-0.05</v>" in cells and "#,##0.00;[RED]-#,##0.00" in styles


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("9.25", 925), ("9,25", 925), ("-0.05", -5), ("9", 900), ("1,234.56", 123456),
        ("1.234,56", 123456), ("1,234", 123400), ("1,234,567.8", 123456780),
        ("9.255", None), ("1,234,56", None), ("12345,678", None), ("$5", None),
    ],
)  # fmt: skip
def test_an_amount_of_a_file_is_read_exactly_or_refused(text, minor):
    CURRENCY.write(DOLLAR)
    findings = Findings()
    figures = FileFigures(findings)
    assert figures.amount_of_text(text, "A1") == minor
    assert findings.refusing == (minor is None)


def test_decimals_that_the_currency_has_not_are_refused_with_their_place():
    CURRENCY.write(DOLLAR)
    findings = Findings()
    assert FileFigures(findings).amount_of_number("9.255", "C7") is None
    (finding,) = findings.listed
    assert finding.at == "C7" and "more than the 2 decimals of dollar" in finding.what.en


@pytest.mark.parametrize(
    ("stored", "minor"),
    [("1.1000000000000001", 110), ("1234.5599999999999", 123456), ("1E3", 100000), ("-2.5", -250)],
)
def test_a_number_of_a_workbook_is_what_it_shows(stored, minor):
    CURRENCY.write(DOLLAR)
    assert FileFigures(Findings()).amount_of_number(stored, "A1") == minor


def test_an_amount_for_programs_comes_back_as_it_was():
    assert (unit_text(1234), minor_units("1234")) == ("1234", 1234)
    CURRENCY.write(DOLLAR)
    for amount in (0, 5, -5, 925, 10**15 + 1):
        assert minor_units(unit_text(amount)) == amount
    assert unit_text(925) == "9.25" and minor_units("9.255") is None and minor_units("x") is None


def test_a_ledger_is_read_in_the_unit_of_the_currency():
    CURRENCY.write(DOLLAR)
    assert units_said()["nghin"] == "nghìn dollar"
    assert unit_of_ledger("thousand dollar") == "nghin" and unit_of_ledger("USD") == "dong"
    assert unit_of_ledger("đồng") is None
    signs = separators_of(["1,234.56", "9.25"], "dong")
    assert amount_of("1,234.56", "dong", signs, is_number=False) == 123456
    assert amount_of("9.25", "dong", signs, is_number=True) == 925
    with pytest.raises(RefusedAmount, match="no whole number of cent"):
        amount_of("9.255", "dong", signs, is_number=True)


def test_papers_say_no_other_currency():
    CURRENCY.write(DOLLAR)
    words = words_of(read_templates(), "vi") | words_of(read_templates(), "en")
    said = [text for text in words.values() if DONG_WORDS.search(text)]
    assert [text for text in said if "VIỆT NAM" not in text.upper()] == []
    assert currency_facts() == {"name": "dollar", "sign": "$", "sign_first": True}
    assert Figures("vi").money(-581235) == "−5.812,35"


def test_the_words_of_the_page_say_no_other_currency():
    CURRENCY.write(DOLLAR)
    codes = page_words([])["languages"]["en"]["codes"]
    said = [text for kind in codes.values() for text in kind.values() if DONG_WORDS.search(text)]
    assert said == []
    assert codes["column"]["amount"] == "Amount ($)" and codes["method"]["mus"] == "by cent"


def test_formats_of_cells_may_show_the_currency_in_use_and_no_other():
    CURRENCY.write(DOLLAR)
    assert format_of(amount_format()).shows_number
    assert format_of('"$"#,##0.00').shows_number and format_of("[$$-409]#,##0.00").shows_number
    assert not format_of('#,##0" đ"').shows_number
