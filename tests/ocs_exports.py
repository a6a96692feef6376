"""A small carrier's exports, as charging systems, gateways and a Vietnamese Excel write them.

Invented numbers of Vietnamobile in August 2021, with a fault of each kind that the page for
accountants speaks of: a negative length, a number that lost its 0, a number that Excel rewrote, a
record twice, one key with two contents, a call of nobody's number, a pack that no catalogue has.
"""

import random
from datetime import datetime, timedelta
from pathlib import Path

SUBSCRIBERS, CALLS, MESSAGES, SESSIONS, PACKS = 30, 260, 90, 150, 24
PROVINCES = ("TP. Hồ Chí Minh", "Bình Dương", "Đồng Nai", "Hà Nội")
PLACES = ("79", "74", "75", "01")
OTHERS = ("0982663675", "0913470195", "0931735601", "02838123456")
AUGUST = datetime(2021, 8, 1)
SECONDS = 31 * 86_400 - 7_200
VOICE = "CALL_ID,A_NUMBER,B_NUMBER,START_TIME,DURATION,CALL_TYPE,CELL_PROVINCE,CHARGED_AMT,STATUS"
SMS = "MSG_ID,A_NUMBER,B_NUMBER,SUBMIT_TIME,PARTS,CHARGED_AMT"
DATA = "SESSION_ID,MSISDN,START_TIME,END_TIME,UPLINK_KB,DOWNLINK_KB,RATING_GROUP,CHARGED_AMT"
PACK = "Mã GD;Số thuê bao;Gói;Loại;Thời điểm;Thành tiền"
PEOPLE = "STT;Số thuê bao;Họ và tên;Gói cước;Hình thức;Tỉnh/TP;Ngày kích hoạt;Ngày hủy"


def write_exports(folder: Path) -> None:
    """The six files of a month in a folder."""
    chance = random.Random(2021)
    numbers = [f"092{1_000_000 + chance.randrange(8_000_000):07d}" for _ in range(SUBSCRIBERS)]

    def moment() -> datetime:
        return AUGUST + timedelta(seconds=chance.randrange(SECONDS))

    def call(at: int, number: str, length: int, begun: datetime) -> str:
        other = chance.choice([*OTHERS, chance.choice(numbers), f"84{OTHERS[0][1:]}"])
        status = "NOANSWER" if at % 10 == 7 else "ANSWERED"
        return (
            f"V{at:07d},{number},{other},{begun:%Y%m%d%H%M%S},{length},MO,"
            f"{chance.choice(PLACES)},{length * 25},{status}"
        )

    calls = [
        call(at, chance.choice(numbers), chance.randrange(1, 400), moment()) for at in range(CALLS)
    ]
    calls[10] = call(10, numbers[0], -40, moment())
    calls[11] = call(11, numbers[1][1:], 60, moment())
    calls[12] = call(12, "8.4E+10", 60, moment())
    calls[30] = call(30, "0921999999", 60, moment())
    again = moment()
    calls += [calls[20], call(21, numbers[2], 90, again), call(21, numbers[2], 95, again)]
    del calls[21]
    messages = [
        f"S{at:06d},{chance.choice(numbers)},{chance.choice(OTHERS[:3])},{moment():%Y%m%d%H%M%S},1,250"
        for at in range(MESSAGES)
    ]
    sessions = []
    for at in range(SESSIONS):
        begun, length = moment(), chance.randrange(60, 4_000)
        ended = begun + timedelta(seconds=length)
        group = chance.choice((10, 10, 10, 20, 30))
        sessions.append(
            f"D{at:06d},{chance.choice(numbers)},{begun:%Y%m%d%H%M%S},{ended:%Y%m%d%H%M%S},"
            f"{chance.randrange(9_000)},{chance.randrange(90_000)},{group},"
            f"{chance.randrange(2_000) if group == 10 else 0}"
        )
    packs = [
        f"GD{at:05d};{chance.choice(numbers)};{name};{chance.choice(('Đăng ký', 'Gia hạn'))};"
        f"{moment():%d/%m/%Y %H:%M};{price}"
        for at in range(PACKS)
        for name, price in [chance.choice((("D90", "90.000"), ("D50", "50.000")))]
    ]
    packs[5] = packs[5].replace(";D90;", ";D99;").replace(";D50;", ";D99;")
    people = [
        f"{at};{number};Khách hàng {at};VNM_TT;TT;{PROVINCES[at % 4]};"
        f"{1 + at % 27:02d}/07/{2012 + at % 8};{'31/12/2021' if at == 9 else ''}"
        for at, number in enumerate(numbers, 1)
    ]
    late, early = calls[-3:], calls[:-3]
    of_systems = {
        "OCS_VOICE_202108": [VOICE, *early], "OCS_VOICE_202108_LATE": [VOICE, *late],
        "OCS_SMS_202108": [SMS, *messages], "PGW_DATA_202108": [DATA, *sessions],
    }  # fmt: skip
    for name, lines in of_systems.items():
        (folder / f"{name}.csv").write_text("\n".join([*lines, ""]), "utf-8")
    of_excel = {"DANG_KY_GOI_202108": [PACK, *packs], "DS_THUE_BAO_202108": [PEOPLE, *people]}
    for name, lines in of_excel.items():
        text = "\r\n".join([*lines, ""])
        (folder / f"{name}.csv").write_text(text, "utf-8-sig", newline="")
