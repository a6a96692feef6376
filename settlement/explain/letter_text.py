"""A letter as Markdown, a paragraph a line, so that it can be pasted into a letter form. No I/O."""

from collections.abc import Iterator

from doisoat.settlement.explain.letter import Letter
from doisoat.settlement.explain.letter_words import BLANK


def markdown(letter: Letter) -> Iterator[str]:
    """The letter line by line, with blanks for letterhead, addressee and signature."""
    head = [
        f"*{'. '.join((letter.form, *letter.notes))}.*",
        f"**{letter.carrier}**",
        f"Địa chỉ: {BLANK}",
        f"Số: {BLANK}",
        f"{BLANK}, ngày …… tháng …… năm …………",
        f"**Kính gửi:** Quý khách hàng {BLANK}",
        f"**Số thuê bao:** {BLANK}",
        f"**Về việc:** {letter.subject}",
        "Kính thưa Quý khách,",
        letter.opening,
    ]
    for paragraph in head:
        yield from (paragraph, "")
    for place, section in enumerate(letter.sections, 1):
        yield from (f"**{place}. {section.heading}**", "")
        for index, paragraph in enumerate(section.paragraphs):
            yield paragraph
            following = section.paragraphs[index + 1 : index + 2]
            if not (paragraph.startswith("- ") and following and following[0].startswith("- ")):
                yield ""
    yield from (letter.closing, "")
    yield from ("**ĐẠI DIỆN DOANH NGHIỆP**", "", "(Ký, ghi rõ họ tên, đóng dấu)", "")
    year, month = letter.reference["period"].split("-")
    yield (
        f"*Mã tra cứu {letter.reference['event']}; kỳ cước tháng {int(month)} năm {year}; lần đối"
        f" soát {letter.reference['run']}.*"
    )
