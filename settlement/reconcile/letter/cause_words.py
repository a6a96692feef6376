"""Names of the causes of the closed list, and of chance, for commands, letter and page.

names: on a line of a table; sentences: for whoever reads of it first, of what the carrier is
supposed to have done. The page's dictionaries say the same (tests/web/test_page_files.py).
"""

# ruff: noqa: E501 (sentences)

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from doisoat.said import Said


class CauseWords(NamedTuple):
    """What a cause is called, and what the carrier is supposed to have done."""

    name: Said
    sentence: Said


CAUSE_WORDS: Mapping[str, CauseWords] = MappingProxyType({
    "tariff_version": CauseWords(
        Said("giá của phiên bản khác", "prices of another version"),
        Said("Doanh nghiệp đã tính cước theo giá trước, hoặc sau, giá đang có hiệu lực của một gói cước hay gói dữ liệu.",
             "The carrier charged by the version of a plan or pack before, or after, the one in force."),
    ),
    "reading": CauseWords(
        Said("hiểu chính sách theo phương án khác", "the programme read by another alternative"),
        Said("Doanh nghiệp đã hiểu một điểm còn bỏ ngỏ của chương trình theo phương án khác; mọi điểm khác giữ nguyên.",
             "The carrier read one open point of the programme by another alternative; all others are as in the run."),
    ),
    "rounding": CauseWords(
        Said("làm tròn theo quy tắc khác", "rounded by another rule"),
        Said("Doanh nghiệp đã làm tròn tiền cước theo quy tắc khác, hoặc làm tròn giá từng block.",
             "The carrier rounded charges by another rule, or each block's price."),
    ),
    "block": CauseWords(
        Said("tính cước theo block khác", "billed by other blocks"),
        Said("Doanh nghiệp đã tính cước theo block khác; đơn giá giữ nguyên.",
             "The carrier billed by other blocks; prices stay."),
    ),
    "duplicate": CauseWords(
        Said("bản ghi trùng được tính thêm lần nữa", "records delivered twice counted twice"),
        Said("Doanh nghiệp đã tính thêm một lần nữa mỗi bản ghi được gửi lại.",
             "The carrier counted once more each record that was delivered again."),
    ),
    "late": CauseWords(
        Said("không tính, hoặc tính vào kỳ khác, bản ghi đến muộn", "late records left out, or counted in another period"),
        Said("Doanh nghiệp đã bỏ phần đến muộn, hoặc tính vào kỳ này phần đến muộn của kỳ khác.",
             "The carrier left out what came in late, or added in this period what was late of another."),
    ),
    "suspended": CauseWords(
        Said("tính cả bản ghi đang bị treo", "suspended records counted all the same"),
        Said("Doanh nghiệp đã tính cả những sự kiện đang bị treo.",
             "The carrier counted events that are suspended."),
    ),
    "missing": CauseWords(
        Said("thiếu một tệp hoặc một ngày dữ liệu", "a file or a day of usage left out"),
        Said("Doanh nghiệp đã bỏ sót một tệp, hoặc một ngày.",
             "The carrier left out a file, or a day."),
    ),
    "time_zone": CauseWords(
        Said("ngày và tháng theo giờ UTC thay cho giờ Việt Nam", "days and months by UTC in place of Vietnam time"),
        Said("Doanh nghiệp đã lấy ngày và tháng theo giờ UTC, sớm hơn giờ Việt Nam 7 giờ.",
             "The carrier took day and month by UTC, 7 hours behind Vietnam."),
    ),
    "midnight": CauseWords(
        Said("cuộc gọi qua nửa đêm tính vào ngày kết thúc", "calls across midnight counted on the day they end"),
        Said("Doanh nghiệp đã tính cuộc gọi vào ngày nó kết thúc thay cho ngày nó bắt đầu.",
             "The carrier counted a call on the day on which it ends in place of the day on which it begins."),
    ),
    "order_boundary": CauseWords(
        Said("lệnh giãn cách tính từ, hoặc đến, lúc khác", "distancing orders begun or ended at another time"),
        Said("Doanh nghiệp đã cho các lệnh giãn cách bắt đầu hoặc kết thúc vào lúc khác.",
             "The carrier began or ended distancing orders at another time."),
    ),
    "locality_policy": CauseWords(
        Said("nơi áp dụng xét theo nơi khác", "the place judged by another place"),
        Said("Doanh nghiệp đã xét nơi áp dụng của biện pháp theo một nơi khác.",
             "The carrier judged the measure's place by another place."),
    ),
    "eligibility": CauseWords(
        Said("hưởng hỗ trợ khi không đủ điều kiện", "relief given without one of its conditions"),
        Said("Doanh nghiệp đã áp dụng biện pháp mà bỏ qua một điều kiện của nó.",
             "The carrier gave the measure without one of its conditions."),
    ),
    "vat": CauseWords(
        Said("nhầm số có thuế và số chưa thuế GTGT", "amounts with VAT and without it taken for each other"),
        Said("Doanh nghiệp đã khai số tiền chưa gồm thuế GTGT, hoặc cộng thuế thêm một lần.",
             "The carrier told amounts without VAT, or with VAT added once more."),
    ),
    "double_count": CauseWords(
        Said("tính cả hai đầu, nên gấp đôi", "both sides counted, so twice the figures"),
        Said("Doanh nghiệp đã tính cả hai đầu, nên khai gấp đôi.",
             "The carrier counted both sides, and so told twice the figures."),
    ),
    "sign": CauseWords(
        Said("ngược dấu", "the opposite sign"),
        Said("Doanh nghiệp đã khai số ngược dấu.",
             "The carrier told the opposite sign."),
    ),
    "claim_arithmetic": CauseWords(
        Said("bản kê khai cộng sai", "the claim is added up wrongly"),
        Said("Doanh nghiệp đã cộng sai: số tổng của bản kê khai không bằng tổng các dòng của chính nó.",
             "The carrier added up wrongly: a total of the claim is not the sum of its own rows."),
    ),
    "other_time": CauseWords(
        Said("dòng kê vào lúc khác", "lines told of another moment"),
        Said("Doanh nghiệp đã kê những dòng này vào lúc khác lúc sự kiện bắt đầu.",
             "The carrier told these lines of another moment than that at which the event begins."),
    ),
    "other_province": CauseWords(
        Said("dòng kê ở tỉnh khác", "lines told in another province"),
        Said("Doanh nghiệp đã kê những dòng này ở tỉnh khác tỉnh của thuê bao.",
             "The carrier told these lines in another province than the subscription's."),
    ),
    "chance": CauseWords(
        Said("không do nguyên nhân nào, chỉ trùng hợp", "no cause, but chance"),
        Said("Không có nguyên nhân: một sai sót cỡ này thường cũng giải thích được, nên chưa đủ làm bằng chứng, mà các ô khác của bản kê khai không cho thấy như vậy.",
             "No cause: as large a slip without any is explained too often for this to be evidence, and other cells of the claim do not bear it out."),
    ),
})  # fmt: skip


def name_of(cause: str) -> Said:
    """What a cause is called on a line. KeyError for one that is not of the list."""
    return CAUSE_WORDS[cause].name
