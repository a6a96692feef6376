"""The closed list of causes of a difference between a claim and what is recomputed.

Where ITU-T D.170 (supplements 1 and 2, dispute guidelines) has a name for a cause, it is told
beside ours, so that a dispute can be conducted in its words. docs/reconcile.md says of each what a
carrier is supposed to have done, and how it is recomputed.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

Family = Literal["world", "counted", "arithmetic", "claim"]


class Cause(NamedTuple):
    """A cause by name. family: how it is recomputed.

    world: the period is rated again; counted: its relief lines are counted otherwise; arithmetic:
    a function of each cell alone; claim: the claim contradicts itself.
    """

    id: str
    family: Family
    vi: str
    en: str
    d170: str | None  # what D.170 calls it; None: it has no name for it


CAUSES = (
    Cause("tariff_version", "world", "bảng giá của phiên bản khác (trước hoặc sau ngày đổi giá)",
          "prices of another version (before or after a dated change)", "rate"),
    Cause("reading", "world", "hiểu chính sách theo phương án khác",
          "the programme read by another alternative", None),
    Cause("rounding", "world", "làm tròn theo quy tắc khác",
          "rounded by another rule", None),
    Cause("block", "world", "tính cước theo block khác",
          "billed by other blocks", "duration"),
    Cause("duplicate", "counted", "bản ghi trùng được tính thêm lần nữa",
          "records delivered twice counted twice", "double counting"),
    Cause("late", "counted", "không tính, hoặc tính vào kỳ khác, bản ghi đến muộn",
          "late records left out, or counted in another period", None),
    Cause("suspended", "counted", "tính cả bản ghi đang bị treo",
          "suspended records counted all the same", "volume"),
    Cause("missing", "counted", "thiếu một tệp hoặc một ngày dữ liệu",
          "a file or a day of usage left out", "volume"),
    Cause("time_zone", "counted", "ngày và tháng theo giờ UTC thay cho giờ Việt Nam",
          "days and months by UTC in place of Vietnam time", "time zone"),
    Cause("midnight", "counted", "cuộc gọi qua nửa đêm tính vào ngày kết thúc",
          "calls across midnight counted on the day they end", "calls across midnight or month"),
    Cause("order_boundary", "world", "lệnh giãn cách bắt đầu hoặc kết thúc vào lúc khác",
          "distancing orders begun or ended at another time", None),
    Cause("locality_policy", "world", "nơi áp dụng theo nơi ở thay cho nơi sử dụng, hoặc ngược lại",
          "the place taken from home in place of where service was used, or the reverse", None),
    Cause("eligibility", "world", "hưởng hỗ trợ khi không đủ điều kiện",
          "relief given without a condition that it has", None),
    Cause("vat", "arithmetic", "nhầm số có thuế và số chưa thuế GTGT",
          "amounts with VAT and without it taken for each other", None),
    Cause("double_count", "arithmetic", "tính cả hai đầu, nên gấp đôi",
          "both sides counted, so twice the figures", "double counting"),
    Cause("sign", "arithmetic", "ngược dấu",
          "the opposite sign", "negative declarations"),
    Cause("claim_arithmetic", "claim", "số tổng trong bản kê khai không bằng tổng các dòng",
          "totals of the claim that are not the sums of its rows", None),
)  # fmt: skip
BY_ID: Mapping[str, Cause] = MappingProxyType({cause.id: cause for cause in CAUSES})


def ids_of(family: Family) -> tuple[str, ...]:
    """The ids of the causes of a family, in the list's order."""
    return tuple(cause.id for cause in CAUSES if cause.family == family)
