"""The 63 provinces of 2021 as tiles, each about where it lies: a map that gives all the same room.

Codes are those of the GSO; a row of the grid a line, from north to south, columns from the west.
"""

from typing import Final

SHORT_NAMES: Final = {
    "01": "Hà Nội", "02": "Hà Giang", "04": "Cao Bằng", "06": "Bắc Kạn", "08": "Tuyên Quang",
    "10": "Lào Cai", "11": "Điện Biên", "12": "Lai Châu", "14": "Sơn La", "15": "Yên Bái",
    "17": "Hòa Bình", "19": "Thái Nguyên", "20": "Lạng Sơn", "22": "Quảng Ninh",
    "24": "Bắc Giang", "25": "Phú Thọ", "26": "Vĩnh Phúc", "27": "Bắc Ninh", "30": "Hải Dương",
    "31": "Hải Phòng", "33": "Hưng Yên", "34": "Thái Bình", "35": "Hà Nam", "36": "Nam Định",
    "37": "Ninh Bình", "38": "Thanh Hóa", "40": "Nghệ An", "42": "Hà Tĩnh", "44": "Quảng Bình",
    "45": "Quảng Trị", "46": "TT. Huế", "48": "Đà Nẵng", "49": "Quảng Nam", "51": "Quảng Ngãi",
    "52": "Bình Định", "54": "Phú Yên", "56": "Khánh Hòa", "58": "Ninh Thuận",
    "60": "Bình Thuận", "62": "Kon Tum", "64": "Gia Lai", "66": "Đắk Lắk", "67": "Đắk Nông",
    "68": "Lâm Đồng", "70": "Bình Phước", "72": "Tây Ninh", "74": "Bình Dương",
    "75": "Đồng Nai", "77": "BR-VT", "79": "TP.HCM", "80": "Long An", "82": "Tiền Giang",
    "83": "Bến Tre", "84": "Trà Vinh", "86": "Vĩnh Long", "87": "Đồng Tháp", "89": "An Giang",
    "91": "Kiên Giang", "92": "Cần Thơ", "93": "Hậu Giang", "94": "Sóc Trăng", "95": "Bạc Liêu",
    "96": "Cà Mau",
}  # fmt: skip
_GRID: Final = """
12 10 02 04 .. ..
11 15 08 06 20 ..
14 25 26 19 24 22
.. 17 01 27 30 31
.. .. 35 33 34 ..
.. 38 37 36 .. ..
.. 40 .. .. .. ..
.. 42 .. .. .. ..
.. .. 44 .. .. ..
.. .. 45 46 .. ..
.. .. .. 49 48 ..
.. .. .. 62 51 ..
.. .. .. 64 52 ..
.. .. 67 66 54 ..
.. 72 70 68 56 ..
.. 74 75 60 58 ..
87 80 79 77 .. ..
89 86 82 83 .. ..
91 92 93 84 .. ..
96 95 94 .. .. ..
"""
PLACES: Final = {  # code -> (column, row), from 0
    code: (column, row)
    for row, line in enumerate(_GRID.strip().splitlines())
    for column, code in enumerate(line.split())
    if code != ".."
}
COLUMNS: Final = 1 + max(column for column, _ in PLACES.values())
ROWS: Final = 1 + max(row for _, row in PLACES.values())
