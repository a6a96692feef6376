"""The words of samples that people read and write: heads of a list or form, results of records."""

from typing import Final

from doisoat.said import Said

# Those that a claim of lines has are called as there.
HEADS: Final = {
    "event_id": Said("Mã sự kiện", "Event"),
    "measure": Said("Biện pháp", "Measure"),
    "nature": Said("Tính chất", "Nature"),
    "carrier": Said("Doanh nghiệp", "Carrier"),
    "day": Said("Ngày", "Day"),
    "home_province": Said("Tỉnh", "Home province"),
    "amount": Said("Số tiền (đồng)", "Amount (đồng)"),
    "record": Said("Bản ghi", "Record"),
    "audited": Said("Số đúng (đồng)", "Audited (đồng)"),
    "result": Said("Kết quả", "Result"),
}
RIGHT: Final = "right"
RESULTS: Final = {
    RIGHT: Said("đúng", "right"),
    "missing": Said("thiếu trong kê khai", "missing"),
    "wrong": Said("khác trong kê khai", "wrong"),
    "wrongly_recorded": Said("ghi sai cuộc", "wrongly recorded"),
    "wrong_duration": Said("sai thời lượng", "wrong duration"),
    "wrongly_rated": Said("tính cước sai", "wrongly rated"),
    "wrongly_invoiced": Said("lập hóa đơn sai", "wrongly invoiced"),
}


def both(text: Said) -> str:
    """In both languages, on one line."""
    return text.both
