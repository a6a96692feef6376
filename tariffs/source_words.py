"""What bundled catalogues and packages say of their sources, in Vietnamese for Vietnamese papers.

A source is an address, and often a remark in English, which is part of the digests of a run and so
stays as it is. Vietnamese papers say the remark in Vietnamese, phrase by phrase; what no phrase
knows, as in a user's own catalogue, stands as it was written.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from doisoat.said import Said

# Longer phrases stand before those that they contain.
_PHRASES: Final[Sequence[tuple[str, str]]] = (
    # --- nothing was found, or known
    (r"entry price of 2021, no source at hand; no page of this carrier found",
     "giá gói thấp nhất năm 2021, chưa có nguồn; không tìm thấy trang nào của doanh nghiệp này"),
    (r"name confirmed by vnmobifone\.vn; figures from common knowledge",
     "tên theo vnmobifone.vn; số liệu theo hiểu biết chung"),
    (r"heads of lines from general knowledge", "đầu số theo hiểu biết chung"),
    (r"mid-2021, common knowledge", "giữa năm 2021, theo hiểu biết chung"),
    (r"common knowledge, no source at hand", "theo hiểu biết chung, chưa có nguồn"),
    (r"1900 numbers are paid, no source at hand", "số 1900 có tính cước, chưa có nguồn"),
    (r"1800 numbers are free to the caller by design",
     "số 1800 miễn cước cho người gọi theo thiết kế"),
    (r"VinaCard tariff names (\d+)", r"biểu giá VinaCard nêu \1"),
    (r"lines that begin with (\d+), no source at hand", r"thuê bao bắt đầu bằng \1, chưa có nguồn"),
    (r"area code of (.+?) since 2017; owner not published",
     r"mã vùng \1 từ năm 2017; chưa rõ chủ quản"),
    (r"later Wintel \(MVNO\)", "sau là Wintel (mạng ảo)"),
    (r"\(MVNO\)", "(mạng ảo)"),
    (r"child protection, no source at hand", "bảo vệ trẻ em, chưa có nguồn"),
    (r"search and rescue, no source at hand", "tìm kiếm cứu nạn, chưa có nguồn"),
    (r"the humanitarian gateway's number, no source at hand",
     "số của cổng nhân đạo, chưa có nguồn"),
    (r"which eight: no source at hand", "tám nơi nào: chưa có nguồn"),
    (r"which four: no source at hand", "bốn nơi nào: chưa có nguồn"),
    (r"no table at hand", "chưa có bảng"),
    (r"no source at hand", "chưa có nguồn"),
    (r"mid-2021 share not found; between ([\d.]+ %) \(2016, (\S+)\) and ([\d.]+ %) \(2024, (\S+)\)",
     r"không tìm thấy thị phần giữa năm 2021; giữa \1 (2016, \2) và \3 (2024, \4)"),
    (r"the rest of 100 %: mid-2021 share not found",
     "phần còn lại của 100 %: không tìm thấy thị phần giữa năm 2021"),
    (r"mid-2021 share not found", "không tìm thấy thị phần giữa năm 2021"),
    (r"day of first validity not found", "không tìm thấy ngày bắt đầu hiệu lực"),
    (r"length published; counted from the moment of purchase or by days: not found",
     "thời hạn có công bố; tính từ lúc mua hay theo ngày: không tìm thấy"),
    (r"50,000 dong for 30 days; counted from the moment of purchase: not found",
     "50.000 đ cho 30 ngày; có tính từ lúc mua hay không: không tìm thấy"),
    (r"then 50,000 dong for 30 days", "sau đó 50.000 đ cho 30 ngày"),
    (r"no price of an SMS to 1407 found; taken as one off-net",
     "không tìm thấy giá tin nhắn đến 1407; lấy như tin ngoại mạng"),
    (r"no price of an SMS to 999 found", "không tìm thấy giá tin nhắn đến 999"),
    (r"the announcement of the tariff does not name fixed lines; taken as the mobile price",
     "thông báo giá không nêu thuê bao cố định; lấy như giá di động"),
    (r"what follows the quota not found", "không tìm thấy quy định khi hết dung lượng"),
    (r"no fixed tariff of MobiFone was found", "không tìm thấy giá cố định của MobiFone"),
    (r"price published; this carrier not named", "giá có công bố; không nêu doanh nghiệp này"),
    (r"base price 75 đ/50 KB; this plan not named", "giá gốc 75 đ/50 KB; không nêu gói cước này"),
    (r"block of viettel\.vn 17/10/2019; price not found",
     "khối tính cước theo viettel.vn 17/10/2019; không tìm thấy giá"),
    (r", of 2010; the fee of 2021 not found", ", năm 2010; không tìm thấy cước năm 2021"),
    (r", an old page; the price of 2021 is not known", ", trang cũ; không rõ giá năm 2021"),
    (r"on-net off-peak at half price; its hours not found",
     "nội mạng giờ thấp điểm nửa giá; không tìm thấy khung giờ"),
    (r"not found; a fortnight is taken", "không tìm thấy; lấy hai tuần"),
    (r"not found; taken as VinaPhone postpaid", "không tìm thấy; lấy như VinaPhone trả sau"),
    (r"not published: registration, home address or serving cell",
     "không công bố: theo nơi đăng ký, nơi ở hay trạm phục vụ"),
    (r"own page not found", "không tìm thấy trang riêng"),
    (r"names them; own parameters not found", "có nêu tên; không tìm thấy thông số riêng"),
    (r"zero-rating of the electronic health book not found",
     "không tìm thấy việc miễn cước sổ sức khỏe điện tử"),
    (r"zero-rating of (\S+) not found", r"không tìm thấy việc miễn cước \1"),
    (r"length not found", "không tìm thấy thời hạn"),
    (r"no order on the whole province found: candidate of the 23 of 5 August",
     "không tìm thấy văn bản cho cả tỉnh: có thể thuộc 23 nơi của ngày 05/8"),
    (r"no order found: candidate of the 23 of 5 August",
     "không tìm thấy văn bản: có thể thuộc 23 nơi của ngày 05/8"),
    (r"the list of packs was not found", "không tìm thấy danh sách gói"),
    (r"23 provinces; their list was not found", "23 tỉnh, thành phố; không tìm thấy danh sách"),
    (r"no list was read", "chưa đọc được danh sách nào"),
    (r"no parameter was read", "chưa đọc được thông số nào"),
    (r"no list of addresses was found", "không tìm thấy danh sách địa chỉ"),
    (r"how Vietnamobile gives it was not found", "không tìm thấy cách Vietnamobile thực hiện"),
    (r"announced jointly", "thông báo chung"),
    (r"the day in (\d+) was not found", r"không tìm thấy ngày nào trong năm \1"),
    (r"the day in August 2020 was not found", "không tìm thấy ngày nào trong tháng 8/2020"),
    (r"no valuation was published", "không công bố cách định giá"),
    (r"the day is published, the hour is not", "có công bố ngày, không công bố giờ"),
    (r"\"3 months\"; the last day is not published", "“3 tháng”; không công bố ngày cuối"),
    (r"repetition not published", "không công bố việc lặp lại"),
    (r"published of VNPT only", "chỉ công bố của VNPT"),
    (r"not published in the pages read", "không công bố ở các trang đã đọc"),
    (r"not published", "không công bố"),
    (r"not found", "không tìm thấy"),
    # --- what a page says
    (r"VPCP letter (\S+)", r"công văn \1 của Văn phòng Chính phủ"),
    (r"Circular 47/2017 \((\S+?)\): at most 20 % prepaid, 50 % postpaid",
     r"Thông tư 47/2017 (\1): tối đa 20 % với trả trước, 50 % với trả sau"),
    (r"Circular (\S+)", r"Thông tư \1"),
    (r"Decision (\S+) of (\d+/\d+/\d+)", r"Quyết định \1 ngày \2"),
    (r"GSO list of administrative units \((\S+)\), as republished by (\S+ \S+)",
     r"Tổng cục Thống kê, danh mục đơn vị hành chính (\1), theo bản đăng lại của \2"),
    (r"GSO, census of 1 April 2019; not compared",
     "Tổng cục Thống kê, tổng điều tra 01/4/2019; chưa đối chiếu"),
    (r"an estimate of the carriers, not divided", "ước tính của các doanh nghiệp, không chia"),
    (r"\(estimate of the carriers\)", "(ước tính của các doanh nghiệp)"),
    (r"by the carriers' own estimate \((.+?)\)", r"theo ước tính của các doanh nghiệp (\1)"),
    (r"\"aimed at\" the poor and low-income", "“hướng tới” người nghèo, người thu nhập thấp"),
    (r"aimed at the poor and low-income", "hướng tới người nghèo, người thu nhập thấp"),
    (r"by SMS CS50 to 999, deducted at once", "soạn CS50 gửi 999, trừ trước"),
    (r"automatic, into the promotion account, used last",
     "tự động, vào tài khoản khuyến mại, trừ sau cùng"),
    (r"automatic, prepaid and postpaid, used last, VNPT fixed included",
     "tự động, trả trước và trả sau, trừ sau cùng, gồm cả cố định VNPT"),
    (r"(\S+) (\d+) says it of VinaPhone only", r"\1 \2 chỉ nói về VinaPhone"),
    (r"quarantine sites, field hospitals", "khu cách ly, bệnh viện dã chiến"),
    (r"names the ministry's sites, not their addresses", "nêu các trang của Bộ, không nêu địa chỉ"),
    (r"names the ministry's sites and Bluezone", "nêu các trang của Bộ và Bluezone"),
    (r"all packs in use or newly registered; how much is not said",
     "mọi gói đang dùng hoặc mới đăng ký; không nói tăng bao nhiêu"),
    (r"\(Bluezone free since August 2020\)", "(Bluezone miễn cước từ tháng 8/2020)"),
    (r"Bluezone free with all mobile carriers since August 2020",
     "Bluezone miễn cước ở mọi doanh nghiệp di động từ tháng 8/2020"),
    (r"SMS of (\d+/\d+/\d+): usable 30 days", r"tin nhắn ngày \1: dùng trong 30 ngày"),
    (r"\(the rule of two stages\)", "(quy tắc hai chặng)"),
    (r"perhaps the VX packs, not stated", "có thể là các gói VX, không nêu rõ"),
    (r"vnexpress\.net names no place", "vnexpress.net không nêu nơi nào"),
    (r"VinaCard tariff (\d+/\d+/\d+) \(free from VinaPhone\)",
     r"biểu giá VinaCard \1 (miễn cước từ VinaPhone)"),
    (r"VinaCard tariff", "biểu giá VinaCard"),
    (r"\(item (\d+)\)", r"(mục \1)"),
    (r"from 0h on (\d+/\d+/\d+), no interconnection", r"từ 0 giờ ngày \1, không tính kết nối"),
    (r"free, in service from 7h (\d+/\d+)", r"miễn cước, hoạt động từ 7 giờ ngày \1"),
    (r"free from (\d+/\d+/\d+)", r"miễn cước từ \1"),
    (r"until further notice", "đến khi có thông báo mới"),
    (r"tablets for Đồng Nai and Long An: 4 GB a day",
     "máy tính bảng cho Đồng Nai và Long An: 4 GB mỗi ngày"),
    (r"4 GB a day for 3 months", "4 GB mỗi ngày trong 3 tháng"),
    (r"the programme was launched on (\d+/\d+/\d+); first SIMs on (\d+/\d+/\d+)",
     r"chương trình phát động ngày \1; SIM đầu tiên ngày \2"),
    (r"3 months, ", "3 tháng, "),
    # --- days and places of orders
    (r"first to (\d+/\d+), then to (\d+/\d+)", r"lúc đầu đến \1, sau đến \2"),
    (r"\(from (\d+/\d+): conflict\)", r"(từ \1: mâu thuẫn)"),
    (r"eight units to (\d+/\d+)", r"tám đơn vị đến \1"),
    (r"to (\d+/\d+) at least", r"ít nhất đến \1"),
    (r"part of its districts", "một phần các huyện"),
    (r"by district, (\d+/\d+) to (\d+/\d+)", r"theo huyện, \1 đến \2"),
    (r"for (\S+ \S+) only", r"chỉ cho \1"),
    (r"until (\d+/\d+)", r"đến \1"),
    (r"that (\S+ \S+) is out of the second term, not of the first, is our reading of the page",
     r"\1 ra khỏi đợt hai chứ không phải đợt một, theo cách chúng tôi đọc trang ấy"),
    (r"in part", "một phần"),
    (r"\"all packs\"; VX packs are described apart", "“tất cả các gói”; các gói VX được nêu riêng"),
    (r"green zones only", "chỉ vùng xanh"),
    (r"\"3 tháng\", then \"50\.000 đồng/30 ngày\"", "“3 tháng”, sau đó “50.000 đồng/30 ngày”"),
    (r"about (\S+ tỷ) for the data of 1 million students",
     r"khoảng \1 cho dữ liệu của 1 triệu học sinh"),
    (r"10 and 11/11/2021 by the press", "10 và 11/11/2021 theo báo chí"),
    (r"end open in the source", "nguồn không nêu ngày cuối"),
    (r"the address is ours", "địa chỉ do chúng tôi đặt"),
    (r"day of the page", "ngày của trang"),
    (r"year of the page", "năm của trang"),
    (r"about 2019", "khoảng năm 2019"),
)  # fmt: skip
_BOUND: Final = r"(?<![A-Za-z]){}(?![A-Za-z])"
_COMPILED: Final = tuple(
    (re.compile(_BOUND.format(phrase) if phrase[0].isalnum() else phrase), said)
    for phrase, said in _PHRASES
)


def in_both(source: str) -> Said:
    """A source as papers of either language say it."""
    return Said(in_vietnamese(source), source)


@lru_cache(maxsize=4096)
def in_vietnamese(source: str) -> str:
    """A source with its remarks in Vietnamese: "soạn CS50 gửi 999" for "by SMS CS50 to 999"."""
    for phrase, said in _COMPILED:
        source = phrase.sub(said, source)
    return source
