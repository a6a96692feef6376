"""The style of a house: what it changes, and how a wrong one is refused."""

import re
import struct
import zlib
from pathlib import Path

import pytest

from doisoat.errors import CatalogueError
from doisoat.settlement.papers.build import papers
from doisoat.settlement.papers.facts import facts
from doisoat.settlement.papers.house_style import DEFAULT_STYLE, House, Logo, read_style
from doisoat.settlement.papers.run_reader import sources
from tests.papers.conftest import DRAFT

ROOT = Path(__file__).resolve().parents[2]
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'
STYLE = """
[words]
zero_tens = "lẻ"
four = "bốn"
thousand = "ngàn"
[paper]
number = "{carrier}-{period}/BBĐS"
place = "Hà Nội"
copies = 6
logo = "logo.svg"
[authority]
name = "Cục Viễn thông"
name_en = "Authority of Telecommunications"
[[authority.signers]]
title = "Cục trưởng"
title_en = "Director general"
name = "Nguyễn Thị Ưu"
[carriers.viettel]
contract = "Thỏa thuận 12/2021"
tax_code = "0100109106"
"""


def png_of_one_pixel():
    def chunk(kind, content):
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0\x2e\x75\xb6")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", head), chunk(b"IDAT", pixels), chunk(b"IEND", b"")]
    )


@pytest.fixture
def style(tmp_path):
    def write(text=STYLE, logo=SVG):
        (tmp_path / "logo.svg").write_text(logo, "utf-8")
        path = tmp_path / "nha.toml"
        path.write_text(text, "utf-8")
        return path

    return write


def test_what_a_style_says_stands_on_the_papers(run, style):
    (source,) = sources(run, "viettel")
    data = facts(source, DRAFT, read_style(style()), "vi")
    assert data["number"] == "viettel-2021-08/BBĐS"
    assert (data["place"], data["copies"]) == ("Hà Nội", "6")
    assert data["carrier"]["contract"] == "Thỏa thuận 12/2021"
    assert data["carrier"]["name"] == source.content.carrier_name  # what is left out stays
    assert data["authority"]["signers"] == [{"title": "Cục trưởng", "name": "Nguyễn Thị Ưu"}]
    assert data["logo"] == {"kind": "svg", "text": SVG}
    plain = facts(source, DRAFT, DEFAULT_STYLE, "vi")
    assert data["amounts"] == plain["amounts"]
    told = data["words"]["list_value"]
    assert "nghìn" not in told and "ngàn" in told
    assert (
        told.replace("ngàn", "nghìn").replace("lẻ", "linh").replace("mươi bốn", "mươi tư")
        == (plain["words"]["list_value"])
    )


def test_papers_are_set_with_a_logo_of_either_kind(run, style, tmp_path):
    (one,) = papers(run, DRAFT, carrier="viettel", style=read_style(style()), langs=["vi"])
    pixel = png_of_one_pixel()
    (tmp_path / "logo.png").write_bytes(pixel)
    other = read_style(style(STYLE.replace("logo.svg", "logo.png")))
    assert other.logo == Logo("png", pixel)
    (two,) = papers(run, DRAFT, carrier="viettel", style=other, langs=["vi"])
    name = "bien-ban-2021-08-viettel.vi.pdf"
    assert one.files[name] != two.files[name]


def test_an_empty_style_is_the_default(style):
    assert read_style(style("")).house == House() == DEFAULT_STYLE.house


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        ("[words]\nfour = 4", "'tư' or 'bốn'", "words.four"),
        ('[words]\nzero_tens = "oh"', "'linh' or 'lẻ'", "words.zero_tens"),
        ('[paper]\ncolour = "red"', "Extra inputs", "paper.colour"),
        ('[paper]\nnumber = "{run.__class__}"', "none of carrier, period, run", "paper.number"),
        ('[paper]\nnumber = "{period:>99999}"', "none of", "paper.number"),
        ('[paper]\nnumber = "{"', "Single '{'", "paper.number"),
        ("[paper]\ncopies = 0", "greater than or equal", "paper.copies"),
        ("[authority]\nsigners = []", "1 to 4 persons", "authority"),
        ('[carriers.viettel]\nname = ""', "at least 1", "carriers.viettel.name"),
        ("[[carriers.viettel.signers]]\ntitle = 'x'", "Field required", "carriers.viettel.signers"),
        ("[paper", "not TOML", "nha.toml"),
        ('[paper]\nlogo = "../logo.svg"', "beside the style file", "paper.logo"),
        ('[paper]\nlogo = "none.svg"', "not readable", "none.svg"),
        ('[paper]\nlogo = "nha.toml"', "no SVG or PNG", "nha.toml"),
    ],
)
def test_a_wrong_style_is_refused_with_its_key(style, text, what, where):
    with pytest.raises(CatalogueError) as refused:
        read_style(style(text))
    assert what in refused.value.what and where in refused.value.where
    assert refused.value.mend


@pytest.mark.parametrize(
    "inside",
    [
        '<image href="/etc/hostname"/>',
        "<script>x</script>",
        '<use href="other.svg#a"/>',
        "<style>@import url(x.css);</style>",
        '<rect fill="url(http://example.invalid/a)"/>',
    ],
)
def test_a_logo_that_reaches_beyond_itself_is_refused(style, inside):
    with pytest.raises(CatalogueError, match="reach beyond"):
        read_style(style(logo=SVG.replace("<rect", f"{inside}<rect", 1)))


def test_a_file_that_is_not_there_or_too_long_or_no_text_is_refused(tmp_path, style):
    with pytest.raises(CatalogueError, match="not readable"):
        read_style(tmp_path / "none.toml")
    with pytest.raises(CatalogueError, match="too many"):
        read_style(style("#" * 200_000))
    path = style()
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(CatalogueError, match="UTF-8"):
        read_style(path)


def test_a_carrier_that_no_catalogue_knows_is_refused(run, style):
    text = "[carriers.vietel]\nname = 'x'"
    with pytest.raises(CatalogueError, match="no carrier vietel") as refused:
        papers(run, DRAFT, carrier="vnpt", style=read_style(style(text)))
    assert refused.value.where.endswith("nha.toml: carriers")


def test_the_example_of_the_page_is_a_style(tmp_path):
    """docs/papers.md shows one; it must read."""
    page = (ROOT / "docs" / "papers.md").read_text("utf-8")
    (text,) = re.findall(r"^```toml\n(.*?)^```$", page, re.M | re.S)
    (tmp_path / "logo.svg").write_text(SVG, "utf-8")
    (tmp_path / "nha.toml").write_text(text, "utf-8")
    assert read_style(tmp_path / "nha.toml").logo is not None
