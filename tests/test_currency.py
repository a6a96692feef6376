"""Amounts are written in the currency in use, and no module is bound to one when it is imported."""

import subprocess
import sys

import pytest

from doisoat.currency import CURRENCY, CurrencyForm, amount_text, figure, number_text
from doisoat.messages.text import message
from doisoat.settlement.explain.plain_figures import money_said, money_text
from doisoat.settlement.papers.figures import Figures
from doisoat.state import STATE, State
from doisoat.tariffs.load.jurisdiction import state_of_before
from doisoat.words import amount_in_words

DOLLAR = CurrencyForm("USD", 2, "$", True, "dollar", "dollar", "cent", ",", ".")
SWISS = CurrencyForm("CHF", 2, "Fr.", False, "Franken", "franc", "Rappen", "'", ".")
DINAR = CurrencyForm("KWD", 3, "KD", True, "dinar", "dinar", "fils", ",", ".")

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
    assert message("in {currency_name}, {currency_sign}").pair == ("in dollar, $",) * 2


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
