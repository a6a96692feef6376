"""The letter to a carrier: its form, its sums, its causes, each language alone."""

import re
from datetime import date, datetime
from itertools import count
from uuid import UUID

import pytest

from doisoat.errors import CatalogueError
from doisoat.settlement.papers.house_style import read_style
from doisoat.settlement.reconcile.causes.causes import ids_of
from doisoat.settlement.reconcile.letter.cause_words import CAUSE_WORDS, UNEXPLAINED_DOCUMENT
from doisoat.settlement.reconcile.letter.detail_words import WHOLE
from doisoat.settlement.reconcile.letter.letter_lines import (
    DifferingLine,
    Group,
    Line,
    Record,
    Side,
    Suspended,
)
from doisoat.settlement.reconcile.letter.letter_template import CLAIMS as CLAIM_WORDS
from tests.doubled import doubled
from tests.papers.test_papers import needs, pages_of, text_of

from .letters import FILE, PACKAGE, RUN, data_of, on_day, part, pdf, variance

STYLE = """
[letter]
agency = "Cục Viễn thông"
agency_en = "Authority of Telecommunications"
superior = "Bộ Thông tin và Truyền thông"
superior_en = "Ministry of Information and Communications"
number = 5
notation = "CVT-KTTK"
place = "Hà Nội"
place_en = "Ha Noi"
dated = 2021-02-05
basis = "Thực hiện Công văn số 5259/VPCP-KTTH"
basis_en = "Under letter 5259/VPCP-KTTH"
contact = "Số 68 Dương Đình Nghệ"
contact_en = "68 Duong Dinh Nghe"
filed = "KTTK"
[letter.signer]
power = "KT. CỤC TRƯỞNG"
power_en = "FOR THE DIRECTOR GENERAL"
title = "Phó Cục trưởng"
title_en = "Deputy Director General"
name = "Nguyễn Thị Ví Dụ"
[[letter.recipients]]
name = "Bộ trưởng (để b/c)"
name_en = "The Minister (for information)"
"""
ROUNDED = part("rounding", "per_event=up", 12)
WITHOUT = part("missing", f"file:{FILE}", 12)
# Each cause with each form of detail that it is told with (docs/reconcile.md).
DETAILS = [
    ("tariff_version", "2021-08-15T00:00=before"), ("tariff_version", "2021-08-15T00:00=after"),
    ("tariff_version", "vnpt-vx3@2021-08-15T00:00=before"),
    *(("reading", f"{one.name}={answer}")
      for one in PACKAGE.readings for answer in one.alternatives),
    *((("rounding"), f"{of}={rule}") for of in ("per_event", "per_block")
      for rule in ("half_up", "half_even", "half_down", "up", "down")),
    ("rounding", "once_a_side"), ("block", "voice=6 s + 1 s"), ("block", "data=1 MB + 1 MB"),
    ("block", "length"), ("duplicate", "all"), ("duplicate", f"file:{FILE}"),
    ("late", f"after:{RUN}"), ("late", f"settled:{RUN}"), ("late", "after_close"),
    ("late", "from:2021-07"), ("suspended", "counted"),
    *(("suspended", f"copy={one}")
      for one in ("least_units", "most_units", "first_file", "last_file")),
    ("missing", f"file:{FILE}"), ("missing", "day:2021-08-09"), ("missing", "payee"),
    ("missing", "payer"), ("time_zone", "utc"), ("time_zone", "clock=25200000"),
    ("midnight", "by_end"),
    *(("order_boundary", f"orders={way}")
      for way in ("whole_days", "from-1d", "from+1d", "until-1d", "until+1d", "both-1d",
                  "both+1d")),
    *(("locality_policy", f"M6={place}")
      for place in ("home_at_trigger", "home_at_use", "serving_at_use", "anywhere")),
    *(("eligibility", f"M6-{of}")
      for of in ("packs", "plans", "services", "payments", "segments", "except_segments")),
    ("vat", "amount=without"), ("vat", "amount=added"), ("double_count", "all"),
    ("double_count", "amount"), ("sign", "all"), ("sign", "amount"),
    *((cause, "lines") for cause in ("missing", "duplicate", "suspended", "time_zone",
                                     "midnight", "other_time")),
    *((cause, f"lines:{of}") for cause in ("sign", "double_count") for of in ("all", "amount")),
    ("rounding", "lines:per_event=up"), ("block", "lines:voice=6 s + 1 s"),
    ("vat", "lines:amount=without"), ("vat", "lines:amount=added"),
    ("chance", "lines=51/500"), ("chance", "figures=40/2000"),
    ("other_province", "from:01"), ("other_province", "to:79"),
    ("claim_arithmetic", "total:*,discount"), ("claim_arithmetic", "total:M6,*"),
    *((cause, detail) for cause, detail in WHOLE if cause in ids_of("slip")),
    ("exchange", "day:2021-08-09..2021-08-10"), ("exchange", "province:01..79"),
    ("exchange", "province:..79"), ("exchange", "item:discount..in_kind"),
    ("exchange", "item:discount..forbearances"), ("exchange", "measure:M2..M6"),
    ("shift", "down:2021-08-10..2021-08-20"), ("shift", "up:01..79"), ("copied", "month:2021-07"),
    ("subtotal", "rows:2021-08-01..2021-08-07"),
]  # fmt: skip
VIETNAMESE = re.compile(
    r"[ăâđêôơưáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ]", re.I
)
ENGLISH = re.compile(r"\b(the|of|and|with|declared|recomputed|difference|lines?)\b", re.I)
CODE = re.compile(r"\b[a-z]+_[a-z_]+\b|=|\bM\d\b|\b[0-9a-f]{12,}\b")


@pytest.fixture
def style(tmp_path):
    def write(text=STYLE):
        path = tmp_path / "nha.toml"
        path.write_text(text, "utf-8")
        return read_style(path)

    return write


def texts(tree):
    """Every text of what a template is given."""
    if isinstance(tree, dict):
        for name, value in tree.items():
            if name not in ("evidence", "files", "id", "lang"):
                yield from texts(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from texts(value)
    elif isinstance(tree, str):
        yield tree


def many(number=40):
    """Variances of two days' natures with many causes, some ambiguous, some unexplained."""
    causes, found = iter(DETAILS), []
    for place in range(number):
        amount = 1_000 * (place + 1)
        first, second = (part(*next(causes), amount) for _ in range(2))
        told = ([first], [second])[: place % 3]
        nature = ("discount", "in_kind")[place % 2]
        found.append(on_day(1 + place % 31, amount, *told, nature=nature,
                            measure=f"M{1 + place // 31 * 2}"))  # fmt: skip
        if place > 30:
            causes = iter(DETAILS)
    return found


# --- the form of an official letter ---------------------------------------------------------------


@needs("pdftotext")
def test_a_letter_has_every_part_that_the_decree_asks_for(style, tmp_path):
    made = pdf(data_of([on_day(9, 12, [ROUNDED])], style=style(), dated=date(2021, 2, 5)))
    said = text_of(made, tmp_path)
    for part_of_it in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "CỤC VIỄN THÔNG",
        "Số: 05/CVT-KTTK", "Hà Nội, ngày 05 tháng 02 năm 2021",
        "Kính gửi: Tập đoàn Bưu chính Viễn thông Việt Nam", "KT. CỤC TRƯỞNG", "PHÓ CỤC TRƯỞNG",
        "Nguyễn Thị Ví Dụ", "Nơi nhận:", "- Như trên;", "- Bộ trưởng (để b/c);",
        "- Lưu: VT, KTTK.", "./.", "Phụ lục", "BẢNG CHÊNH LỆCH",
        "(Kèm theo Công văn số 05/CVT-KTTK ngày 05 tháng 02 năm 2021 của Cục Viễn thông)",
    ):  # fmt: skip
        assert part_of_it in said, part_of_it
    assert re.search(r"V/v giải trình chênh lệch.*tháng 8 năm 2021", said)
    assert "BỘ THÔNG TIN VÀ" in said
    assert said.index("Thực hiện Công văn số 5259") > said.index("Kính gửi")


@needs("pdftotext")
def test_what_no_style_says_is_left_to_be_written_by_hand(tmp_path):
    data = data_of([on_day(9, 12, [ROUNDED])])
    assert {name for name, value in data["head"].items() if value is not None} == {"subject", "to"}
    said = text_of(pdf(data), tmp_path)
    assert "None" not in said and "none" not in said and "DỰ THẢO" in said
    assert data["recipients"] == ["Như trên;", "Lưu: VT."]


@needs("pdftotext")
def test_pages_are_numbered_from_the_second_on_and_each_annex_anew(style, tmp_path):
    content = pdf(data_of(many(), style=style(), groups=[lines_of(many()[1])]))
    heads = []
    for page in range(1, pages_of(content, tmp_path) + 1):
        text = page_text(content, page, tmp_path)
        first = text.split("\n", 1)[0].strip()
        heads.append(first if first.isdigit() else None)
    assert heads[0] is None and heads[1] == "2"
    assert heads.count(None) == 3  # the letter, and two annexes
    begun = [page for page, head in enumerate(heads) if head is None]
    for first, after in zip(begun, [*begun[1:], len(heads)], strict=True):
        assert heads[first + 1 : after] == [str(n) for n in range(2, after - first + 1)]


def page_text(content, page, tmp_path):
    import subprocess

    path = tmp_path / "letter.pdf"
    path.write_bytes(content)
    line = ["pdftotext", "-layout", "-f", str(page), "-l", str(page), path, "-"]
    done = subprocess.run(line, capture_output=True, check=True, timeout=60)
    return done.stdout.decode()


def test_the_same_letter_is_the_same_bytes(style):
    assert pdf(data_of(many(), style=style())) == pdf(data_of(many(), style=style()))


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        ("number = 0", "greater than or equal", "letter.number"),
        ('number = "5"', "valid integer", "letter.number"),
        ('notation = "CVT/KTTK"', "match pattern", "letter.notation"),
        ('notation = "cvt"', "match pattern", "letter.notation"),
        ('agency = "Cục"', "agency and agency_en come together", "letter"),
        ('superior = "Bộ"\nsuperior_en = "Ministry"', "give agency too", "letter"),
        ('dated = "2021-09-05"', "valid date", "letter.dated"),
        ('colour = "red"', "Extra inputs", "letter.colour"),
        ('[letter.signer]\ntitle = "x"\ntitle_en = "x"\npower = "THAY MẶT"\npower_en = "x"',
         "match pattern", "letter.signer.power"),
        ('[letter.signer]\ntitle = "x"\ntitle_en = "x"\npower = "KT. CỤC TRƯỞNG"',
         "power and power_en come together", "letter.signer"),
        ('[[letter.recipients]]\nname = "x"', "Field required", "letter.recipients.0.name_en"),
    ],
)  # fmt: skip
def test_a_wrong_style_of_letters_is_refused_with_its_key(style, text, what, where):
    with pytest.raises(CatalogueError) as refused:
        style(f"[letter]\n{text}\n")
    assert what in refused.value.what and refused.value.where.endswith(f": {where}")


# --- sums -----------------------------------------------------------------------------------------


def test_claims_of_other_grains_are_not_added_nor_are_natures():
    by_day = [on_day(9, 1_000, [ROUNDED]), on_day(10, 500, nature="in_kind")]
    by_measure = variance({"nature": "discount"}, (3, 60_000, 6_000), (3, 60_000, 5_000),
                          grain="measure")  # fmt: skip
    data = data_of([*by_day, by_measure])
    assert [
        (claim["claim"], [(row["nature"], row["unit"], row["difference"]) for row in claim["rows"]])
        for claim in data["sums"]
    ] == [
        ("Bản kê khai theo ngày, phiên bản 2",
         [("giảm trừ", "đồng", "1.000"), ("hiện vật", "đồng", "500")]),
        ("Bản kê khai theo biện pháp, phiên bản 2", [("giảm trừ", "đồng", "1.000")]),
    ]  # fmt: skip
    assert [(one["amount"], one["words"]) for one in data["in-words"]] == [
        ("1.000 đồng", "một nghìn đồng"), ("500 đồng", "năm trăm đồng")
    ]  # fmt: skip
    assert data["not-added"] and data_of([by_measure])["not-added"] is None
    assert not any(sum_ in text for text in texts(data) for sum_ in ("1.500", "2.000", "2.500"))


def test_units_are_told_in_seconds_exactly_and_events_once():
    whole = variance({"nature": "discount", "day": "2021-08-09"}, (4, 62_000, 5_100),
                     (3, 60_000, 5_000))  # fmt: skip
    part_of_one = whole._replace(claimed=(3, 60_250, 5_000))
    packs = whole._replace(claimed=(4, 4, 5_000), recomputed=(3, 3, 5_000), unit="event")

    def figures(one):
        (row,) = data_of([one])["annex"]["claims"][0]["rows"]
        return [tuple(line.values()) for line in row["figures"]]

    assert figures(whole) == [("đồng", "5.100", "5.000", "100"), ("sự kiện", "4", "3", "1"),
                              ("giây", "62", "60", "2")]  # fmt: skip
    assert figures(part_of_one) == [("giây", "60,250", "60", "0,250")]
    assert figures(packs) == [("sự kiện", "4", "3", "1")]
    volumes = whole._replace(claimed=(3, 5 << 30, 5_000), recomputed=(3, 512, 5_000), unit="byte")
    assert figures(volumes) == [("byte", "5.368.709.120 (5,0 GB)", "512", "5.368.708.608 (5,0 GB)")]
    long = whole._replace(claimed=(3, 36_000_000, 5_000))
    assert figures(long) == [("giây", "36.000 (600,0 phút)", "60", "35.940 (599,0 phút)")]
    assert [row["unit"] for row in data_of([packs])["sums"][0]["rows"]] == ["sự kiện"]


# --- causes ---------------------------------------------------------------------------------------


def test_each_cause_is_a_sentence_with_what_is_asked_and_groups_are_those_of_the_page():
    """What several causes may explain stands with the one that explains others: asked once."""
    data = data_of([
        on_day(9, 12, [ROUNDED]), on_day(10, 12, [ROUNDED], [WITHOUT]), on_day(11, 3),
        on_day(12, 12, [ROUNDED]),
    ])  # fmt: skip
    alone, unknown = data["causes"]
    rounding, missing = (CAUSE_WORDS[cause].sentence.vi for cause in ("rounding", "missing"))
    assert alone["about"].startswith("Các chênh lệch số 1, 2, 4 (")
    assert "giảm trừ 36 đồng" in alone["about"]
    assert alone["choices"] == [f"{rounding} Cụ thể: mỗi sự kiện làm tròn lên."]
    assert CAUSE_WORDS["rounding"].document.vi in alone["ask"]
    assert "Chưa tìm được nguyên nhân" in unknown["about"] and unknown["choices"][0].endswith("?")
    assert UNEXPLAINED_DOCUMENT.vi in unknown["ask"]
    assert [one["label"] for one in data["causes"]] == ["a", "b"]
    (either,) = data_of([on_day(10, 12, [ROUNDED], [WITHOUT])])["causes"]
    assert "một trong các nguyên nhân sau" in either["about"] and "số 1 " in either["about"]
    assert [one.partition(" Cụ thể")[0] for one in either["choices"]] == [rounding, missing]


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_detail_is_a_paragraph_of_its_own_with_names_for_people(lang):
    """Two provinces, a day and a scale of two measures: each once, and no code among them."""
    provinces = [part("exchange", "province:01..79", 12)]
    others = [part("exchange", "province:48..31", 12)]
    told = data_of([
        on_day(9, 900, provinces), on_day(10, -900, provinces), on_day(11, 800, others),
        on_day(12, 700, [part("missing", "day:2021-08-12", 12)]),
        on_day(13, 600, [part("scale", "amount=x10", 12)]),
        on_day(14, 600, [part("scale", "amount=x10", 12)], measure="M2"),
        on_day(15, 500, [part("time_zone", "clock=25200000", 12)]),
    ], lang)["causes"]  # fmt: skip
    said = [choice for one in told for choice in one["choices"]]
    assert [len(one["choices"]) for one in told] == [1] * 5
    named = {"vi": ("Hà Nội – TP. Hồ Chí Minh", "thiếu ngày 12/08/2021", "420,0 phút"),
             "en": ("Hanoi – Ho Chi Minh City", "without 12 August 2021",
                    "420.0 minutes")}  # fmt: skip
    for text in named[lang]:
        assert sum(text in one for one in said) == 1, (text, said)
    (scaled,) = [one for one in told if " 5, 6 " in one["about"]]
    assert len(scaled["choices"]) == 1
    for text in texts(told):
        assert not re.search(r"province:|\.\.\d|\d{5,}", text), text
        assert doubled(text) == []


def test_a_long_set_says_how_many_more_there_are_and_the_annex_has_all():
    every = list(dict.fromkeys(cause for cause, _ in DETAILS))[:9]
    first = {cause: detail for cause, detail in reversed(DETAILS)}
    data = data_of([on_day(9, 12, *([part(cause, first[cause], 12)] for cause in every))])
    (item,) = data["causes"]
    assert len(item["choices"]) == 7 and "và 3 khả năng khác" in item["choices"][-1]
    (row,) = data["annex"]["claims"][0]["rows"]
    assert len(row["causes"]) == 9 and row["verdict"] == "Một trong các nguyên nhân sau:"


def test_causes_and_claims_have_words_of_their_own():
    assert set(CLAIM_WORDS) == {"statement", "measure", "day", "province", "lines"}
    assert {cause for cause, _ in DETAILS} == set(CAUSE_WORDS)


def test_who_answers_by_when():
    some = [on_day(9, 1), on_day(10, 2), on_day(11, 3)]
    one_day = data_of(some, deadlines=["2021-10-05"] * 3)
    assert one_day["deadlines"] == ["trước hết ngày 05 tháng 10 năm 2021"]
    two = data_of(some, deadlines=["2021-10-05", "2021-10-15", "2021-10-05"])
    assert two["deadlines"] == [
        "trước hết ngày 05 tháng 10 năm 2021 với các chênh lệch số 1, 3",
        "trước hết ngày 15 tháng 10 năm 2021 với các chênh lệch số 2",
    ]
    assert data_of(some)["deadlines"] == []


@needs("pdftotext")
def test_no_word_of_a_letter_stands_twice(tmp_path):
    """Where no deadline stands yet the day is filled in by hand, and the form has its word."""
    some = [on_day(9, 1), on_day(10, 2)]
    for deadlines in ([], ["2021-10-05", "2021-10-15"]):
        said = text_of(pdf(data_of(some, deadlines=deadlines)), tmp_path)
        assert doubled(said) == []
        if not deadlines:
            assert re.search(r"trước hết\s+ngày", said)


# --- each language alone --------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_cause_has_words_in_one_language_and_no_code(lang):
    for place in count(0, 40):
        some = DETAILS[place : place + 40]
        if not some:
            break
        told = [on_day(1 + day % 31, 12, [part(*one, 12)], measure=f"M{1 + day // 31}")
                for day, one in enumerate(some)]  # fmt: skip
        for text in texts(data_of(told, lang)):
            wrong = CODE.search(text)
            assert not wrong, (text, wrong)
            if lang == "en":
                # What has a capital is a place's name.
                plain = {word for word in re.findall(r"\w+", text) if word[0].islower()}
                assert not any(map(VIETNAMESE.search, plain - {"đ", "đồng"})), text
            else:
                assert not ENGLISH.search(text), text


def test_a_translation_says_that_it_is_one(style, tmp_path):
    data = data_of([on_day(9, 12, [ROUNDED])], "en", style())
    assert all(one["words"] is None for one in data["in-words"])
    assert data["head"]["date"] is None and data["head"]["agency"].startswith("Authority")
    said = text_of(pdf(data), tmp_path)
    assert "The letter in Vietnamese is the one that counts" in said
    assert "SOCIALIST REPUBLIC OF VIET NAM" in said and "CỘNG HÒA" not in said


# --- annexes --------------------------------------------------------------------------------------


def lines_of(one, lines=None, parts=(WITHOUT,)):
    record = Record("usage-vnpt-20210801-00.parquet", 2070, False)
    moved = lines or (
        Line(UUID(int=1), datetime(2021, 8, 9, 10, 0, 0, 123_000), "M6", -1, -60_000, -1_000,
             (record, record._replace(row=2071, is_again=True))),
    )  # fmt: skip
    return Group(one, parts, moved, 31, -40_000)


def test_the_annex_of_lines_names_files_and_records_and_says_what_it_leaves_out():
    one = on_day(9, 12, [WITHOUT])
    (group,) = data_of([one], groups=[lines_of(one)])["lines"]["groups"]
    assert group["title"].startswith("Chênh lệch số 1: ")
    assert "31 dòng, in 1 dòng đầu, cộng −40.000 đồng." in group["about"]
    (row,) = group["rows"]
    assert row == [
        "1", "10:00:00 09/08/2021", "−1", "−60", "−1.000",
        "tệp usage-vnpt-20210801-00.parquet, bản ghi 2.070;"
        " gửi lại: tệp usage-vnpt-20210801-00.parquet, bản ghi 2.071",
    ]  # fmt: skip
    assert len(row) == len(group["heads"])


@pytest.mark.parametrize(
    "line",
    [
        DifferingLine(
            UUID(int=5),
            Side(None, None, None, None),
            Side(datetime(2021, 8, 9), "01", 60_000, 1_000),
            ("missing",),
            (),
        ),
        Suspended(datetime(2021, 8, 9), "conflicting", (Record("a.csv", 3, False),)),
    ],
)
def test_lines_of_every_sort_have_a_cell_for_each_head(line, tmp_path):
    one = on_day(9, 12, [WITHOUT])
    data = data_of([one], groups=[lines_of(one, (line,), ())])
    (group,) = data["lines"]["groups"]
    assert [len(row) for row in group["rows"]] == [len(group["heads"])]
    assert "–" in group["rows"][0] or "tệp a.csv, bản ghi 3" in group["rows"][0]
    assert pdf(data)


@needs("pdftotext")
def test_a_long_table_has_every_variance_and_its_head_on_each_page(style, tmp_path):
    some = many()
    content = pdf(data_of(some, style=style()))
    pages = [page_text(content, n, tmp_path) for n in range(1, pages_of(content, tmp_path) + 1)]
    begins = next(n for n, text in enumerate(pages) if "BẢNG CHÊNH LỆCH" in text)
    annex = pages[begins:]
    assert len(annex) > 2
    assert all("Tính lại" in text for text in annex if "mã " in text)
    told = "\n".join(annex)
    assert all(one.id[:12] in told for one in some)
