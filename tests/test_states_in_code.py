"""What one state alone has is found wherever the product could say it, and nothing else is."""

import pytest

from tests.states_in_code import Place, allowed_places, faults, main, places_in


@pytest.mark.parametrize(
    ("path", "source", "found"),
    [
        ("a.py", 'UNIT = "VND"', ["a.py UNIT: VND"]),
        ("a.py", 'def said(n):\n    return f"{n} đ"', ["a.py said: đ"]),
        ("a.py", 'X = message("to the last dong")', ["a.py X: dong"]),
        ("a.py", 'X = message("incl. VAT"), "thuế GTGT"', ["a.py X: VAT", "a.py X: GTGT"]),
        ("a.py", 'X = "+84961234567", r"^(?:84|0)"', ["a.py X: 84"]),
        ("a.py", 'X = r"^(\\+84|0084)"', ["a.py X: +84", "a.py X: 0084"]),
        ("a.py", 'X = "2021-08-01T00:00:00+07:00"', ["a.py X: +07:00"]),
        ("a.py", "X = 7 * 60 * 60", ["a.py X: 7 * 60 * 60"]),
        ("a.py", "X = 25_200_000", ["a.py X: 25200000"]),
        ("a.py", "X = timedelta(hours=7)", ["a.py X: hours=7"]),
        ("a.py", 'X = ZoneInfo("Asia/Ho_Chi_Minh")', ["a.py X: Asia/Ho_Chi_Minh"]),
        ("a.py", "X = Fraction(10, 110)", ["a.py X: Fraction(10, 110)"]),
        ("a.py", "X = gross // 11", ["a.py X: gross // 11"]),
        ("a.py", "RATES = (5, 8, 10)", ["a.py RATES: RATES = (5, 8, 10)"]),
        ("a.py", "if len(provinces) != 63:\n    raise ValueError", ["a.py: 63"]),
        ("a.py", 'X = "of Viet Nam", "VN"', ["a.py X: Viet Nam", "a.py X: VN"]),
        ("a.py", 'X = "Độc lập - Tự do - Hạnh phúc"', ["a.py X: Độc lập - Tự do"]),
        ("a.pyx", 'cdef str sign = "₫"\n', ["a.pyx: ₫"]),
        ("a.pyx", "cdef long ahead = 25_200_000\n", ["a.pyx: 25_200_000"]),
        ("a.js", "const unit = `${figure} đ`;", ["a.js: đ"]),
        ("a.typ", '#text("CỘNG HÒA XÃ HỘI CHỦ NGHĨA")', ["a.typ: XÃ HỘI CHỦ NGHĨA"]),
        ("a.sql", "SELECT at + INTERVAL 1 DAY, 'VND'", ["a.sql: VND"]),
        ("a.html", "<p>incl. VAT</p>", ["a.html: VAT"]),
        ("a.po", 'msgid "in money"\nmsgstr "bằng đồng"\n', ["a.po “in money”: đồng"]),
    ],
)  # fmt: skip
def test_a_planted_state_is_found(path, source, found):
    assert sorted({place.key for place in places_in(path, source)}) == sorted(found)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("a.py", '"""Prices in đồng, incl. VAT, of +84."""\n'),
        ("a.py", 'def f():\n    """To the đồng."""  # VND\n'),
        ("a.py", 'X = "hợp đồng", "đồng ý", "đồng tiền", "Đồng Nai", "hoat dong"'),
        ("a.py", 'X = "Tiếng Việt | Vietnamese", "vi-VN", "application/vnd.ms-excel", "vat"'),
        ("a.py", 'X = "84.txt", "1843", 1 << 63, 2**63 - 1, n & 63, 0o077'),
        ("a.py", "X = Fraction(1, 3), n // 10, timedelta(hours=8), 7 * 86_400"),
        ("a.pyx", '"""Amounts in đồng."""\ncdef int f():  # VND\n    """Of +84."""\n'),
        ("a.js", "const WIDTH = 84; // đồng\n/* VAT */"),
        ("a.sql", "SELECT 84 -- đồng\n"),
        ("a.typ", "// --- VAT\n"),
        ("a.po", 'msgid "incl. tax"\nmsgstr "gồm {tax_name}, theo hợp đồng"\n'),
    ],
)
def test_what_is_of_no_state_is_not_found(path, source):
    assert [place.key for place in places_in(path, source)] == []


def test_each_place_is_allowed_or_a_fault_and_so_is_an_allowance_of_nothing():
    place = Place("a.py", "X", "VND", 7)
    assert faults([place], [place.key]) == []
    assert "a.py:7: VND" in faults([place], [])[0]
    assert "nothing is found any more" in faults([], [place.key])[0]
    assert "stands twice" in faults([place], [place.key] * 2)[0]


def test_the_product_has_what_its_list_says_and_no_more(capsys):
    assert len(allowed_places()) > 0 and main() == 0, capsys.readouterr().out
