"""Telephone numbers that people type: none reaches what is kept, in whatever spelling."""
# ruff: noqa: RUF001

import datetime
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doisoat.errors import without_numbers
from doisoat.state import STATE
from doisoat.tariffs.load.jurisdiction import state_of_before
from doisoat.telephone import has_number, masked, numbers_in

SPELLINGS = [
    "0912345678", "0912 345 678", "09 1234 5678", "0912.345.678", "0912-345-678", "0912–345–678",
    "0912—345678", "0912‑345‑678", "0912−345678", "(0966) 063352", "(0966)063352", "[0966] 063352",
    "0966/063352", r"0966\063352", "0966–063352", "09660_63352", "0966.063.352", "0966·063·352",
    "0966,063,352", "0966:063:352", "0966'063'352", "0966’063’352", "0966*063*352", "0966~063352",
    "0966|063352", "0966 / 063 / 352", "0966 - 063 - 352", "0 9 6 6 0 6 3 3 5 2", "09 66 06 33 52",
    "0966\u00a0063\u00a0352", "0966\u2009063\u202f352", "0966\u200b063352", "0966\u00ad063352",
    "0966\ufeff063352", "０９６６０６３３５２", "०९६६०६३३५२", "٠٩٦٦٠٦٣٣٥٢", "𝟎𝟗𝟔𝟔𝟎𝟔𝟑𝟑𝟓𝟐",
    "0️⃣9️⃣6️⃣6️⃣0️⃣6️⃣3️⃣3️⃣5️⃣2️⃣", "O966O63352", "o966 o63 352", "09l2345678", "09I2345678",
    "sđt0912345678", "ĐT:0912345678", "x0912345678y", "0912345678_0987654321", "966063352",
    "+84966063352", "+84 966 063 352", "(+84) 966 063 352", "+84 (0) 966 063 352", "84966063352",
    "0084966063352", "00 84 966 063 352", "tel:+84-966-063-352", "02438221234", "(024) 3822 1234",
    "01234567890", "+1 212 555 0101", "+1 (212) 555-0101", "1-212-555-0101", "001 212 555 0101",
    "+44 20 7946 0958", "0044 20 7946 0958", "+856 20 5555 123", "+852 2345 6789", "+290 4444",
    "+683 4444", "+ 65 6123 4567", "＋６５ ６１２３ ４５６７", "05/08/2021 0912345678",
    "0912345678 05/08/2021", "2021-08-05 0912345678", "0912345678 đ", "0912.345.678 đ",
    "091.234.567.8 đ", "20210805-0912345678", "1.234.567.890", "0966\t063\t352", "0966\n063352",
    "0966\r\n063352", "0966\u2028063352", "0966\u3164063352", "0966\u2800063352", "0966;063;352",
    '0966"063"352', "0966“063”352", "0966=063=352", "0966`063`352", "0966^063^352", "0966&063&352",
    "0966!063?352", "0966<063>352", "0966。063、352", "0966ー063352", "0966⁃063352", "0966¦063│352",
    "0966∼063352", "0966      063352", "0966 . . . 063352", "0966.....063352", "0966▪063●352",
    "09#66063352", "0966@063@352", "0966%063%352", "0966$063$352", "0966×063×352", "0966→063→352",
    "0966§063§352", "0966¶063352", "0966°063°352", "0966€063€352", "0966₫063352", "0966☎063☎352",
]  # fmt: skip

NO_NUMBERS = [
    "", "năm mới", "Công văn 1234/BTTTT-VT", "Công văn số 1234/BTTTT-VT ngày 05/08/2021",
    "Quyết định 2283/QĐ-TTg", "1234/2021/QĐ-BTTTT", "123456/2021", "kỳ 2021-08",
    "2021-08, 2021-09, 2021-10", "2021-07 – 2021-12", "08/2021", "20210805", "20210805080000",
    "05/08/2021", "5.8.2021", "05-08-2021 – 31-08-2021", "01/08/2021–31/08/2021",
    "01/08–31/08/2021", "01/08/2021\n02/08/2021", "01/08/2021 > 31/08/2021",
    "2021-08-05 08:00:00.000", "2021-08-05T08:00:00+07:00",
    "2021-08-05 08:00:00 +07:00", "hạn 10/09/2021 17:00", "05/08/2021 08:15 - 05/08/2021 17:30",
    "1.234.567 đ", "1.234.567.890 đ", "1 234 567 890 đ", "1,234,567,890 VND",
    "1.234.567.890 đồng", "+1.234.567.890 đ", "−1.234.567.890 đ", "3.221.196.800 byte",
    "13.061.051 sự kiện", "99,5 %", "sự kiện 01234567-0123-4567-8901-012345678901",
    "lần chạy 0123456789abcdef", "mục 1201, 1202, 1203", "mục 1201; 1202; 1203", "12345678",
    "1200 => 1500 đ", "1.234.567 đ; 2.345.678 đ", "1.234.567 đ\t2.345.678 đ", "3 tệp: 12, 13 và 14",
    "điểm chốt DS1-7-PJFI-EDBB", "01/2021/DS-VIETTEL", "6.600.000.000 messages",
    "45% 30% 25% 15% 10%", "12.000$ 15.000$ 30.000$", "1.200 → 1.500 đ", "12.000₫ 15.000₫ 30.000₫",
]  # fmt: skip

IN_MESSAGES = [
    "row 961234567", "3221196800 bytes", "'0.123456789' is no price", "1.000.000.000.000",
    "part=0123456789abcdef", "2021-08-05 08:00:00.000", "out/usage/part=0123456789abcdef/7",
]  # fmt: skip


@pytest.mark.parametrize("number", SPELLINGS)
def test_a_number_is_found_in_every_spelling(number):
    assert has_number(number) and has_number(f"gọi {number} nhé")
    left = "".join(c for c in masked(f"gọi {number} nhé") if c.isdigit())
    assert left in ("", "05082021", "20210805", "20210805"[:8])


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_dates_amounts_documents_and_ids_are_none(text):
    assert not has_number(text) and masked(text) == text


@pytest.mark.parametrize("text", IN_MESSAGES)
def test_a_message_keeps_what_it_counts(text):
    assert without_numbers(text) == text


@pytest.mark.parametrize(("text", "shown"), [
    ("calls-0961234567.csv", "calls-#.csv"), ("+84 961 234 567", "#"), ("(0961) 234567", "(#"),
    ("20210801-0961234567.csv", "20210801-#.csv"), ("a 0961234567, b 0987654321", "a #, b #"),
    ("0961.234.567", "#"), ("usage-viettel-20210801-00.parquet",) * 2,
    ("từ 05/08/2021 gọi ０９６１２３４５６７ hoài", "từ 05/08/2021 gọi # hoài"),
])  # fmt: skip
def test_what_stands_around_a_number_stays(text, shown):
    assert masked(text) == shown


# --- any number in any spelling ------------------------------------------------------------------

BETWEEN = [*" \u00a0\u2009\t\n\u2028-–—‑−.·•,:;/\\()[]_'’\"“”`=+*~|^&!?<>\u200b\u00ad"]
ZEROS = [
    chr(code)
    for code in range(0x110000)
    if unicodedata.category(chr(code)) == "Nd" and unicodedata.decimal(chr(code)) == 0
]


def national(size):
    """Digits in which no year stands, since what has a date's form is a date."""
    digits = st.text("0123456789", min_size=size, max_size=size)
    return digits.filter(lambda text: "19" not in text and "20" not in text)


@st.composite
def spelt(draw):
    """A number of eight or more digits after its prefix, as somebody might write it."""
    prefix = draw(st.sampled_from(["0", "84", "+84", "0084", "+1", "001", "+856", "00856", "+44"]))
    digits = draw(st.integers(8, 11).flatmap(national))
    zeros = draw(st.sampled_from(ZEROS))
    shown = [chr(ord(zeros) + int(sign)) if sign != "+" else sign for sign in f"{prefix}{digits}"]
    gaps = st.lists(st.sampled_from(BETWEEN), max_size=2).map("".join)
    found = shown[0]
    for sign in shown[1:]:
        gap = draw(gaps)
        found += ("" if gap[:2].strip() in (",", ":", ";") and gap[1:2] == " " else gap) + sign
    return found


def lists(text):
    """Does a comma, a colon or a semicolon before a blank end the run? That lists, by the rule."""
    plain = "".join(
        " " if unicodedata.category(sign) in ("Zs", "Zl", "Zp", "Cc") else sign
        for sign in unicodedata.normalize("NFKC", text)
        if unicodedata.category(sign) not in ("Cf", "Mn", "Me")
    )
    return any(sign in plain for sign in (", ", ": ", "; "))


@given(spelt().filter(lambda text: not lists(text)))
def test_no_spelling_of_a_number_is_passed_over(number):
    assert has_number(number) and not any(map(str.isdigit, masked(number)))
    text = f"theo yêu cầu của {number}, ngày 05/08/2021"
    assert masked(masked(text)) == masked(text)
    assert [text[begin:end] for begin, end in numbers_in(text)] != []


@given(
    st.integers(1, 10**15), st.sampled_from([".", ",", " "]),
    st.sampled_from([" đ", "đ", " đồng", " VND", " ₫", " byte", " GB", "%", " sự kiện"]),
)  # fmt: skip
def test_an_amount_in_threes_with_its_unit_is_none(amount, comma, unit):
    text = f"tổng {amount:,}".replace(",", comma) + unit
    assert not has_number(text) or amount < 1000


@given(st.dates(datetime.date(1950, 1, 1), datetime.date(2049, 12, 31)), st.times())
def test_no_date_and_no_moment_is_one(day, time):
    for text in (f"{day}", f"{day:%d/%m/%Y}", f"{day:%d.%m.%Y}", f"{day:%Y%m%d}", f"{day:%Y-%m}",
                 f"{day} {time:%H:%M}", f"{day} {time:%H:%M:%S}", f"{day:%d/%m/%Y} {time:%H:%M}",
                 f"{day:%d/%m/%Y}–{day:%d/%m/%Y}", f"số 12/{day:%Y}, {day:%d/%m/%Y}"):  # fmt: skip
        assert not has_number(text), text


@given(st.text(max_size=60))
def test_masking_ends_and_leaves_no_number(text):
    assert not has_number(masked(text))
    assert has_number(text) == (masked(text) != text)


def test_an_amount_of_the_currency_in_use_is_no_number():
    assert has_number("1,234,567,890 naira")
    state = state_of_before()
    form = state.amounts._replace(code="NGN", sign="₦", name="naira", name_en="naira")
    STATE.use(state._replace(amounts=form))
    for amount in ("1,234,567,890 naira", "1.234.567.890 NGN", "1,234,567,890 ₦"):
        assert not has_number(amount)
    assert has_number("0961,234,567 naira") and not has_number("1.234.567.890 đ")
