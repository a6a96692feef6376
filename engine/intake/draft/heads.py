"""Words by which heads of columns tell what they hold, Vietnamese and English, without accents."""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

# For each field: what its head says as a whole, and what it has as a word. The first that fits.
HEADS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "key": (r"(call|msg|message|session|record|cdr|transaction|unique|event) ?(id|key|no)",
            r"uuid|uniqueid|guid", r"ma (gd|giao dich|cuoc goi|ban ghi|phien|tin)"),
    "kind": (r"interaction|(event|usage|service|record) type|loai (dich vu|su kien)|dich vu",),
    "subscriber": (r"(a|calling|caller|source|src|orig\w*) ?(number|party|num|msisdn|no)?",
                   r"msisdn|isdn|subscriber( id| number)?|phone( number)?|number",
                   r"(caller|calling)( id| line)? (number|num|no)",
                   r"so (thue bao|may|dien thoai|goi|may goi|chu goi)|thue bao( goi)?|ben goi"),
    "other": (r"(b|called|callee|dest\w*|dst|term\w*) ?(number|party|num|msisdn|no)?",
              r"so (bi goi|duoc goi|nhan|may nhan|den)|thue bao (nhan|bi goi)|ben (nhan|bi goi)",
              r"counterparty|other( number| party)?|correspondent( id)?"),
    "ended": (r"(end|stop|finish|release|disconnect)(ing)?( time| date| at| stamp)?|ended( at)?",
              r"(thoi diem|gio|ngay|thoi gian) ket thuc|ket thuc"),
    "carrier": (r"(recipient |new |to )?(carrier|operator|network)( id| code)?",
                r"(nha )?mang( (moi|den|chuyen den|nhan))?"),
    "valid_from": (r"ngay (kich hoat|dang ky|hoa mang|dau noi|bat dau|chuyen mang)",
                   r"hieu luc tu|tu ngay",
                   r"(activation|activated|valid from|effective( from)?)( date| at)?",
                   r"(joined|port(ed|ing)?)( date| at| time)?"),
    "valid_until": (r"ngay (huy|cat|ket thuc|cham dut|het han)|hieu luc den|den ngay",
                    r"(deactivation|valid (until|to)|terminat\w*|expiry|closed)( date| at)?"),
    "started": (r"(start|begin|submit|answer|call|event|record|connect)(ing)?"
                r"( time| date| at| stamp)?",
                r"started( at)?|datetime|timestamp|date ?time|time",
                r"(thoi diem|thoi gian|ngay gio)( bat dau| goi| gui)?|ngay goi|gio goi|bat dau"),
    "duration": (r"(call |talk |bill\w* )?(duration|billsec|length|seconds|secs)( s| sec| ms)?",
                 r"thoi luong( goi)?|so giay|do dai( cuoc goi)?|tg goi"),
    "uplink": (r"(up ?link|upload|uplink volume|bytes? up|octets? in)( kb| mb| bytes?| gb)?",
               r"(dung luong )?(tai len|gui len)"),
    "downlink": (r"(down ?link|download|bytes? down|octets? out)( kb| mb| bytes?| gb)?",
                 r"(dung luong )?tai xuong"),
    "units": (r"(data |total )?(volume|bytes|octets|usage|traffic)( kb| mb| bytes?| gb)?",
              r"(tong )?(dung luong|luu luong)( kb| mb| byte| gb)?"),
    "messages": (r"parts|segments|message ?count|sms ?count|so (tin|ban tin|phan)",),
    "host": (r"rating ?group|rg|host|domain|service ?(id|name)?|url|may chu|nhom cuoc",),
    "left": (r"(left|remaining|balance)( volume| units| data)?",
             r"((dung luong|luu luong) )?con lai"),
    "charged": (r"(charged?|billed|cost|fee|price|amount)( amt| amount| vnd)?",
                r"thanh tien|so tien|tien( cuoc)?|cuoc( phi)?|gia( cuoc)?|phi"),
    "plan": (r"(rate |tariff |price )?plan|tariff|goi cuoc( chinh)?|ma goi cuoc",),
    "pack": (r"pack(age)?( code| name| id)?|bundle|addon|(ma |ten )?goi( data| dich vu)?",),
    "action": (r"action|loai( gd| giao dich)?|hanh dong|operation|thao tac",),
    "payment": (r"payment( type| mode)?|pay type|(hinh thuc|loai)( thanh toan| thue bao| tb)?",),
    "direction": (r"(call ?)?(direction|type)|chieu( goi)?|huong( goi)?|loai cuoc goi",),
    "locality": (r"(cell |serving )?(province|city|locality|region)( code)?|(ma )?tinh( tp)?",
                 r"tinh thanh( pho)?"),
    "status": (r"status|disposition|result|trang thai|ket qua|((hangup|release) )?cause",),
    "account": (r"account( ?(id|number|no|code))?|customer( id)?",
                r"ma (khach hang|kh|hop dong)|so hop dong"),
})  # fmt: skip


def folded(text: str) -> str:
    """A head without accents, capitals and signs: `Thời điểm` is `thoi diem`."""
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join("".join(sign if sign.isalnum() else " " for sign in letters).split())


def field_of_head(head: str) -> str | None:
    """The field that a head, folded, is known by; None: it is known by none."""
    for field, patterns in HEADS.items():
        if any(re.fullmatch(pattern, head) for pattern in patterns):
            return field
    return None


# Of several heads of one field, those that say it better: talk is charged, ringing is not.
BETTER: Mapping[str, str] = MappingProxyType({
    "duration": r"(talk|bill).*|billsec|so giay tinh cuoc",
    "started": r"(start|begin).*|thoi diem bat dau|bat dau",
})  # fmt: skip


def says_better(field: str, head: str, before: str) -> bool:
    """Does a head, folded, say a field better than one before it in the file?"""
    better = BETTER.get(field)
    return better is not None and bool(
        re.fullmatch(better, head) and not re.fullmatch(better, before)
    )
