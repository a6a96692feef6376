"""The papers as files: the same bytes, whole PDF/A, searchable, and what each must say."""

import os
import re
import shutil
import subprocess
import sys
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from doisoat.errors import CatalogueError, PeriodError, StoreError
from doisoat.settlement.papers import typeset
from doisoat.settlement.papers.build import papers
from doisoat.settlement.papers.drawings import drawings
from doisoat.settlement.papers.facts import STANDING, facts
from doisoat.settlement.papers.figures import LANGS, Figures
from doisoat.settlement.papers.house_style import DEFAULT_STYLE
from doisoat.settlement.papers.issue import Issue
from doisoat.settlement.papers.run_reader import sources
from doisoat.settlement.papers.typeset import FONTS, read_templates
from doisoat.words import amount_in_words
from tests.doubled import doubled
from tests.long_papers import digests, write_folders, write_world
from tests.papers.conftest import DRAFT, ISSUED, SIGNED
from tests.papers.world import CARRIERS

ROOT = Path(__file__).resolve().parents[2]
BOOKED = ("booked_parts", "booked_causes", "booked_lines", "booked_line_causes")
TONES = "áàảãạ ấầẩẫậ ắằẳẵặ éèẻẽẹ ếềểễệ íìỉĩị óòỏõọ ốồổỗộ ớờởỡợ úùủũụ ứừửữự ýỳỷỹỵ đĐ ₫"


def needs(tool):
    found = shutil.which(tool) is not None
    return pytest.mark.skipif(not found, reason=f"{tool} is not installed (qpdf, poppler-utils)")


def text_of(content, tmp_path):
    """A PDF's text, as a reader's search sees it, spaces and line ends as one space."""
    path = tmp_path / "paper.pdf"
    path.write_bytes(content)
    done = subprocess.run(
        ["pdftotext", "-layout", path, "-"], capture_output=True, check=True, timeout=60
    )
    return " ".join(unicodedata.normalize("NFC", done.stdout.decode()).split())


def lines_of(content, tmp_path):
    """A PDF's text line by line, each cell of a table by itself."""
    path = tmp_path / "paper.pdf"
    path.write_bytes(content)
    done = subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, check=True)
    return unicodedata.normalize("NFC", done.stdout.decode()).splitlines()


def pages_of(content, tmp_path):
    path = tmp_path / "paper.pdf"
    path.write_bytes(content)
    done = subprocess.run(["pdfinfo", path], capture_output=True, check=True, timeout=60)
    found = re.search(rb"Pages:\s+(\d+)", done.stdout)
    assert found is not None
    return int(found[1])


# --- the same bytes -------------------------------------------------------------------------------


def test_a_run_has_its_papers_by_carrier_and_language(signed):
    kinds = ("bien-ban", "tom-tat")
    assert set(signed) == {
        *(f"{k}-2021-08-{c}.{lang}.pdf" for k in kinds for c in CARRIERS for lang in ("vi", "en")),
        *(f"doi-soat-2021-08-{c}.json" for c in CARRIERS),
        *(
            f"doi-soat-2021-08-{c}.{table}.parquet"
            for c in CARRIERS
            for table in ("statement", "lines", "programmes", *BOOKED)
        ),
        *(f"bang-doi-soat-2021-08-{c}{of}.xlsx" for c in CARRIERS for of in ("", ".en")),
    }


def test_papers_made_again_are_the_same_bytes(run, signed):
    again = {name: c for one in papers(run, SIGNED) for name, c in one.files.items()}
    assert again == signed


def test_neither_threads_nor_zone_nor_language_nor_order_of_rows_has_a_say(tmp_path):
    """A sample of the 48 ways of `python -m tests.long_papers`."""
    folders = write_folders(tmp_path, scale=1_000_000_003)
    ways = (("1", "UTC", "C", "0"), ("4", "America/St_Johns", "vi_VN.UTF-8", "4242"))
    found = [digest for way in ways for digest in digests(way, folders)]
    assert len(found) == 4 and len(set(found)) == 1


def test_nor_have_they_or_the_order_of_files_in_a_run(tmp_path):
    """Every byte of settled runs' folders, workbooks too, and of papers; a sample as well."""
    world = [write_world(tmp_path, subscribers=8)]
    first = digests(("1", "America/St_Johns", "vi_VN.UTF-8", "4242"), world, "forwards")
    assert len(first) == 1 and first == digests(("4", "UTC", "C", "0"), world, "backwards")


@pytest.mark.parametrize(
    "other",
    [
        Issue("ed25519:other", 12, "cd" * 32, SIGNED.checkpoint, ISSUED),
        Issue(SIGNED.key_id, 13, "cd" * 32, SIGNED.checkpoint, ISSUED),
        Issue(SIGNED.key_id, 12, "ce" * 32, SIGNED.checkpoint, ISSUED),
        Issue(SIGNED.key_id, 12, "cd" * 32, "B" + SIGNED.checkpoint[1:], ISSUED),
        Issue(SIGNED.key_id, 12, "cd" * 32, SIGNED.checkpoint, ISSUED.replace(hour=10)),
        DRAFT,
    ],
)
def test_each_thing_that_a_paper_is_issued_under_shows(run, signed, other):
    (one,) = papers(run, other, carrier="vnpt", langs=["vi"])
    for name in ("bien-ban-2021-08-vnpt.vi.pdf", "doi-soat-2021-08-vnpt.json"):
        assert one.files[name] != signed[name]


# --- PDF/A, fonts, text ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def every_pdf(signed, adjusted):
    """Of a month alone, and of one into which adjustments were booked."""
    found = {**signed, **{f"adjusted-{name}": content for name, content in adjusted.items()}}
    return {name: content for name, content in found.items() if name.endswith(".pdf")}


@needs("qpdf")
def test_every_pdf_is_sound(every_pdf, tmp_path):
    for name, content in every_pdf.items():
        path = tmp_path / name
        path.write_bytes(content)
        done = subprocess.run(["qpdf", "--check", path], capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert b"<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B" in content


@needs("pdffonts")
def test_every_font_is_ours_and_embedded(every_pdf, tmp_path):
    for name, content in every_pdf.items():
        path = tmp_path / name
        path.write_bytes(content)
        done = subprocess.run(["pdffonts", path], capture_output=True, timeout=60, text=True)
        fonts = done.stdout.splitlines()[2:]
        assert fonts
        for font in fonts:
            assert re.match(r"[A-Z]{6}\+Tinos", font) and " yes yes yes " in font, font


@needs("pdftotext")
def test_every_letter_and_tone_is_found_by_search(tmp_path):
    template = typeset.Template(
        {"minutes.typ": '#set text(font: "Tinos")\n#json(bytes(sys.inputs.data)).told'}, {}
    )
    told = f"{TONES} {TONES.upper()}"
    content = typeset.pdf_of("minutes", template, {"told": told}, ISSUED)
    assert text_of(content, tmp_path) == " ".join(told.split())


@needs("pdftotext")
def test_the_minutes_say_what_two_parties_sign(run, signed, tmp_path):
    (source,) = sources(run, "viettel")
    totals = source.content.totals
    said = text_of(signed["bien-ban-2021-08-viettel.vi.pdf"], tmp_path)
    data = facts(source, SIGNED, DEFAULT_STYLE, "vi")
    assert totals["list_value"] >= 10**13
    for told in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "BIÊN BẢN ĐỐI SOÁT",
        "Mẫu tham khảo", "DỮ LIỆU GIẢ LẬP", "không dùng để thanh toán",
        "2021-08/viettel/01234567", "tháng 08/2021", "viettel.Economy",
        "ĐẠI DIỆN BÊN A", "ĐẠI DIỆN BÊN B", "Kế toán trưởng", "Trang 1 /",
        *data["amounts"].values(), source.content.run, source.content.digest,
        SIGNED.key_id, SIGNED.checkpoint, SIGNED.log_root, "m2.in_kind_value",
    ):  # fmt: skip
        assert told in said, told
    for line in source.content.lines:
        assert line.measure in said
    assert "chưa ký" not in said
    # Words break over lines of a cell, so each of them is looked for.
    words = amount_in_words(totals["payable"]).split()
    assert all(word in said for word in words)


@needs("pdftotext")
def test_a_draft_says_that_nobody_signed_it(draft, tmp_path):
    for name, content in draft.items():
        if name.endswith(".pdf"):
            said = text_of(content, tmp_path)
            of = ("BẢN NHÁP – chưa ký", "DỮ LIỆU GIẢ LẬP", "Mẫu tham khảo")
            other = ("DRAFT – not signed", "SYNTHETIC DATA", "Reference form")
            if name.endswith(".en.pdf"):
                of, other = other, of
            assert all(mark in said for mark in of), name
            assert not any(mark in said for mark in other), name


ENGLISH = re.compile(
    r"(?<![\w./-])(the|of|and|by|for|with|from|not|this|letter|estimate|page|price|found|as|is|are|"
    r"was|were|which|no|data of|draft|synthetic|run|log|note|source)(?![\w/-])"
)


@needs("pdftotext")
def test_vietnamese_papers_hold_no_english_and_no_word_twice(signed, draft, tmp_path):
    """Codes, names and titles aside: what is said is said in Vietnamese."""
    for files in (signed, draft):
        for name, content in files.items():
            if name.endswith(".vi.pdf"):
                said = text_of(content, tmp_path)
                assert ENGLISH.findall(said) == [], name
                twice = [word for line in lines_of(content, tmp_path) for word in doubled(line)]
                assert twice == [], name


@needs("pdftotext")
def test_the_english_minutes_are_english(signed, tmp_path):
    said = text_of(signed["bien-ban-2021-08-vnpt.en.pdf"], tmp_path)
    for told in ("SETTLEMENT MINUTES", "Reference form", "VAT inside", "Readings in force"):
        assert told in said
    assert "Giảm trừ" not in said


@needs("pdfinfo")
@pytest.mark.parametrize("carrier", CARRIERS)
def test_the_summary_is_one_page(signed, draft, carrier, tmp_path):
    for lang in ("vi", "en"):
        assert pages_of(signed[f"tom-tat-2021-08-{carrier}.{lang}.pdf"], tmp_path) == 1


@needs("pdfinfo")
def test_a_summary_of_many_lines_and_programmes_is_still_one_page(run, tmp_path):
    (source,) = sources(run, "viettel")
    content = source.content
    many = [
        replace(line, measure=f"{line.measure}.{n}") for n in range(9) for line in content.lines
    ]
    crowded = source._replace(
        content=replace(
            content, lines=tuple(many), assumed=tuple(f"viettel.Plan{n}" for n in range(25))
        ),
        reliefs=source.reliefs * 4,
    )
    for lang in LANGS:
        data = facts(crowded, DRAFT, DEFAULT_STYLE, lang)
        drawn = {**data, "charts": drawings(crowded, Figures(lang))}
        made = typeset.pdf_of("summary", read_templates(), drawn, ISSUED)
        assert pages_of(made, tmp_path) == 1


@needs("pdfdetach")
def test_the_lines_are_attached_to_the_minutes(run, signed, tmp_path):
    path = tmp_path / "paper.pdf"
    path.write_bytes(signed["bien-ban-2021-08-viettel.vi.pdf"])
    subprocess.run(["pdfdetach", "-saveall", "-o", tmp_path, path], check=True, timeout=60)
    (source,) = sources(run, "viettel")
    rows = (tmp_path / "lines-2021-08-viettel.csv").read_bytes().decode("utf-8-sig").splitlines()
    assert len(rows) == 1 + source.lines.height
    assert rows[0].startswith("period,carrier,programme,measure")
    amounts = [int(row.split(",")[-2]) for row in rows[1:]]
    assert sorted(amounts) == sorted(source.lines["amount"])


def test_what_is_left_of_an_envelope_and_its_true_up_follow_its_rule(run):
    (source,) = sources(run, "vnpt")
    (part,) = source.content.package.parts()
    (row,) = source.content.programmes
    assert part.envelope is not None
    told = {}
    for rule in ("track", "pro_rata"):
        envelope = part.envelope.model_copy(update={"rule": rule})
        package = source.content.package.model_copy(update={"envelope": envelope})
        mended = {**row, "true_up": -4, "programme_recognised_to_date": envelope.amount}
        content = replace(source.content, package=package, programmes=(mended,))
        (told[rule],) = facts(source._replace(content=content), DRAFT, DEFAULT_STYLE, "en")[
            "standings"
        ]
    items = {rule: [line["item"] for line in one["rows"]] for rule, one in told.items()}
    assert items["pro_rata"] == [said.en for said, *_ in STANDING]
    assert set(items["pro_rata"]) - set(items["track"]) == {"True-up at the programme's close"}
    by_item = {line["item"]: line for line in told["pro_rata"]["rows"]}
    true_up = by_item["True-up at the programme's close"]
    assert (true_up["period"], true_up["to_date"]) == ("−4", None)
    say = Figures("en")
    own = by_item["The carrier's relief"]
    assert own["period"] == say.whole(row["relief"])
    assert own["to_date"] == say.whole(row["relief_to_date"]) != own["period"]
    assert own["share"] == say.share(row["relief_to_date"], part.envelope.amount)
    assert by_item["Recognised"]["to_date"] == say.whole(row["recognised_to_date"])
    assert told["pro_rata"]["left"] == "0" and not told["pro_rata"]["passed"]
    assert "same share of all relief" in told["pro_rata"]["rule"]


# --- refusals -------------------------------------------------------------------------------------


def test_a_carrier_that_is_not_in_the_run_is_refused(run):
    with pytest.raises(PeriodError, match=r"no statement of 'fpt'; it has: viettel, vnpt"):
        papers(run, DRAFT, carrier="fpt")


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(StoreError, match="manifest"):
        papers(tmp_path, DRAFT)


@pytest.mark.parametrize("name", ["statement.parquet", "total.parquet", "package.json"])
def test_a_run_that_was_changed_is_refused(copied, name):
    path = copied / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(StoreError, match="SHA-256"):
        papers(copied, DRAFT)
    path.unlink()
    with pytest.raises(StoreError, match="not readable"):
        papers(copied, DRAFT)


@pytest.mark.parametrize(
    "wrong",
    [
        {"key_id": "", "checkpoint": ""},
        {"checkpoint": ""},
        {"key_id": None},
        {"checkpoint": "SHORT-1234"},
        {"log_size": -1},
        {"log_size": True},
        {"log_root": "AB" * 32},
        {"issued_at": ISSUED.replace(microsecond=1)},
    ],
)
def test_an_issue_is_whole_or_refused(wrong):
    whole: dict[str, Any] = {
        "key_id": "k", "log_size": 1, "log_root": "ab" * 32, "checkpoint": "A" * 26,
        "issued_at": ISSUED,
    }  # fmt: skip
    Issue(**whole)
    with pytest.raises(ValueError, match=r"."):
        Issue(**{**whole, **wrong})


# --- templates ------------------------------------------------------------------------------------


def template_folder(tmp_path, text, name="minutes.typ"):
    folder = tmp_path / "mau"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, "utf-8")
    return folder


@needs("pdftotext")
def test_a_template_of_a_house_takes_the_place_of_ours(run, tmp_path):
    text = '#import "common.typ": *\n#show: paper.with("x")\nMẫu riêng: #data.amounts.payable'
    template = read_templates(template_folder(tmp_path, text))
    assert template.digest != read_templates().digest
    (one,) = papers(run, DRAFT, carrier="vnpt", template=template, langs=["vi"])
    said = text_of(one.files["bien-ban-2021-08-vnpt.vi.pdf"], tmp_path)
    assert "Mẫu riêng: " in said and "BẢN NHÁP" in said


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('#import "@preview/cetz:0.2.2"', "same folder"),
        ('#import "@pre" + "view/cetz:0.2.2"', "same folder"),
        ('#import "../secret.typ"', "same folder"),
        ('#include "/etc/passwd"', "same folder"),
        ('#eval("1 + 1")', "'eval' is refused"),
        ('#let f = plugin\n#f("x.wasm")', "'plugin' is refused"),
    ],
)
def test_a_template_that_reaches_out_is_refused_before_it_runs(tmp_path, text, what):
    with pytest.raises(CatalogueError, match=what) as refused:
        read_templates(template_folder(tmp_path, text))
    assert re.search(r"minutes\.typ:\d+$", refused.value.where)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('#read("/etc/passwd")', "not found"),
        ('#image("../../../../../etc/passwd")', "escape"),
        ('#read("../fonts/Tinos-Bold.ttf")', "escape"),
        ("#data.nothing", "unknown variable"),
        ("#let x = (", "unclosed"),
        ('#set text(font: "Comic Sans MS")\nx', "unknown font"),
    ],
)
def test_a_template_that_fails_is_refused_with_its_place(run, tmp_path, text, what):
    template = read_templates(template_folder(tmp_path, text))
    with pytest.raises(CatalogueError, match=what) as refused:
        papers(run, DRAFT, carrier="vnpt", template=template, langs=["vi"])
    assert re.search(r"mau/minutes\.typ:\d+:\d+$", refused.value.where)
    assert "doisoat-papers" not in str(refused.value) and "--root" not in refused.value.mend


def test_a_template_has_no_clock(run, tmp_path):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed (poppler-utils)")
    text = '#set text(font: "Tinos")\n#datetime.today().display("[day]/[month]/[year]")'
    template = read_templates(template_folder(tmp_path, text))
    (one,) = papers(run, DRAFT, carrier="vnpt", template=template, langs=["vi"])
    assert text_of(one.files["bien-ban-2021-08-vnpt.vi.pdf"], tmp_path) == "05/09/2021"


def test_folders_that_hold_no_templates_are_refused(tmp_path):
    with pytest.raises(CatalogueError, match="no folder"):
        read_templates(tmp_path / "nowhere")
    with pytest.raises(CatalogueError, match="no template"):
        read_templates(tmp_path)
    (tmp_path / "minutes.typ").symlink_to("/etc/hostname")
    with pytest.raises(CatalogueError, match="a link"):
        read_templates(tmp_path)


# --- fonts ----------------------------------------------------------------------------------------


def test_a_font_that_is_not_ours_is_refused(tmp_path, monkeypatch):
    shutil.copytree(FONTS, tmp_path / "tinos")
    monkeypatch.setattr(typeset, "FONTS", tmp_path / "tinos")
    (tmp_path / "tinos" / "Tinos-Bold.ttf").write_bytes(b"other")
    with pytest.raises(StoreError, match="the font is not the file"):
        typeset.pdf_of("minutes", read_templates(), {}, ISSUED)


def test_the_fonts_have_their_licence_and_digests():
    names = {path.name for path in FONTS.glob("*.ttf")}
    listed = (FONTS / "SHA256SUMS").read_text("ascii").splitlines()
    assert {line.split()[1] for line in listed} == names and len(names) == 4
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FONTS / "OFL.txt").read_text("utf-8")


def test_typst_is_imported_only_to_set_a_paper():
    script = (
        "import sys; import doisoat.settlement.papers.build, doisoat.commands.sign.paper;"
        "sys.exit('typst' in sys.modules)"
    )
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=env).returncode == 0
