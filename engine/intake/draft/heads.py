"""Words by which heads of columns tell what they hold, Vietnamese and English, without accents."""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from doisoat.currency import CURRENCY

# For each field: what its head says as a whole, and what it has as a word. The first that fits.
HEADS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "key": (r"(call|msg|message|session|record|cdr|transaction|unique|event) ?(id|key|no)",
            r"uuid|uniqueid|guid|call ref",
            r"ma (gd|giao dich|cuoc goi|cuoc|cg|ban ghi|phien|tin)"),
    "kind": (r"interaction|(event|usage|service|record) type|loai (dich vu|su kien)|dich vu",),
    "roaming": (r"(is )?roam(ing|er)?( flag| ind(icator)?| status| type)?( y n)?",
                r"chuyen vung( quoc te)?|cvqt|v?plmn|mcc ?mnc|quoc gia",
                r"(visited|serving)( ?plmn| network| mcc ?mnc| country| operator)?|mang khach"),
    "subscriber": (r"(a|calling|caller|source|src|orig\w*)( party)?"
                   r" ?(number|party|num|nbr|addr|msisdn|no)?",
                   r"msisdn|isdn|subscriber( id| number)?|phone( number)?|number",
                   r"(caller|calling)( id| line)? (number|num|no)",
                   # Who pays, which may be another than who calls.
                   r"(charged|charging|billed|paying|payer) (party|number|num|msisdn|no)",
                   r"(so|thue bao|ben|sdt) (bi )?(tra|tinh) (cuoc|phi)",
                   r"so (thue bao|tb|may|dien thoai|dt|goi( di)?|may goi|chu goi|(may )?gui)",
                   r"thue bao( (chu )?goi| gui)?|chu goi|so a|goi tu|ani",
                   # Of a pack, who buys it and who has it, which may be two.
                   r"so (dang ky|thu huong|nhan goi)",
                   r"(sdt|so dt)( goi( di)?)?|ben goi"),
    "other": (r"(b|called|callee|dest\w*|dst|term\w*)( party)?"
              r" ?(number|party|num|nbr|addr|msisdn|no)?",
              r"(so|sdt|so dt) (bi goi|duoc goi|nhan|may nhan|den|goi den)|thue bao (nhan|bi goi)",
              r"ben (nhan|bi goi)|bi goi|so b|goi den|dnis",
              r"counterparty|other( number| party)?|correspondent( id)?"),
    "ended": (r"(end|stop|finish|release|disconnect)(ing)?( time| date| at| stamp)?|ended( at)?",
              r"((call|session|record|event|usage) )?(end|stop|close)(ing)?"
              r" (time|date|datetime|timestamp)( utc| gmt)?",
              r"(thoi diem|ngay gio|gio|ngay|thoi gian|tg) ket thuc|ket thuc( phien)?"),
    "carrier": (r"(recipient |new |to )?(carrier|operator|network)( id| code)?",
                r"(nha )?mang( (moi|den|chuyen den|nhan))?"),
    "valid_from": (r"ngay (kich hoat|dang ky|hoa mang|dau noi|bat dau|chuyen mang|hieu luc)",
                   r"(thoi gian|thoi diem) (kich hoat|dang ky|hoa mang)",
                   r"hieu luc tu|tu ngay",
                   r"(activation|activated|active|valid from|effective( from)?)( date| at)?",
                   r"(joined|port(ed|ing)?)( date| at| time)?"),
    "valid_until": (r"ngay (huy|cat|ket thuc|cham dut|het han|het hieu luc)|hieu luc den|den ngay",
                    r"(deactivation|valid (until|to)|terminat\w*|expiry|closed)( date| at)?"),
    "answered": (r"(answer|connect|talk start)(ed|ing)?( time| date| at| stamp)?",
                 r"(thoi diem|gio|thoi gian|tg) (tra loi|nhac may|bat may|ket noi)"),
    "started": (r"(start|begin|submit|call|event|record)(ing)?( time| date| dt| at| stamp)?",
                r"charge dt",
                r"((call|session|record|event|usage) )?(start|begin|open)(ing)?"
                r" (time|date|datetime|timestamp)( utc| gmt)?",
                r"started( at)?|datetime|timestamp|date ?time|time|date|ts",
                r"(thoi diem|thoi gian|ngay gio|ngay|gio|tg)"
                r"( bat dau| goi| gui| gd| giao dich| dang ky)?",
                r"bat dau( phien)?"),
    "duration": (r"(call |talk |bill\w* )?(duration|billsec|length|seconds|secs|minutes)",
                 r"(talk|conversation) time|billed (duration|seconds)",
                 r"(thoi luong|so giay|so phut|thoi gian)( tinh cuoc| tinh phi| dam thoai)",
                 r"thoi luong( cuoc)?( goi)?|so (giay|phut)( goi)?|do dai( cuoc goi)?",
                 r"(tg|thoi gian|tgian) (goi|dam thoai)|tong (tg|thoi gian)|mins"),
    "uplink": (r"(data )?(ul|up ?link|upload(ed)?)( (volume|vol|data|usage|traffic))?",
               r"(volume|vol|data|usage|traffic|bytes) (ul|up ?link)",
               r"bytes? (up|sent)|octets? in",
               r"((dung|luu) luong )?((tai|gui|chieu|duong) )?len"),
    "downlink": (r"(data )?(dl|down ?link|download(ed)?)( (volume|vol|data|usage|traffic))?",
                 r"(volume|vol|data|usage|traffic|bytes) (dl|down ?link)",
                 r"bytes? (down|received)|octets? out",
                 r"((dung|luu) luong )?((tai|nhan|chieu|duong) )?(xuong|ve)"),
    "units": (r"(data |total )*(volume|vol|bytes|octets|usage|traffic|used)( used)?",
              r"(tong )?(dung luong|luu luong|ll)( su dung| data)?",
              r"(dung luong|luu luong|ll) tinh (cuoc|phi)",
              r"(billed|charge\w*) (volume|vol|data|usage)"),
    "messages": (r"(total |number of )?(parts|segments)|(message|sms) ?count",
                 r"so (tin|ban tin|phan)",),
    "host": (r"rating ?group|rg|host|domain|service ?(id|name)?|url|may chu|nhom cuoc",),
    "left": (r"(left|remaining|balance)( volume| units| data)?",
             r"((dung luong|luu luong) )?con lai"),
    "charged": (r"(charged?|billed|cost|fee|price|amount)( amt| amount)?|unit price|don gia",
                r"thanh tien|so tien|tien( cuoc)?|cuoc( phi)?|gia( cuoc| goi)?|phi"),
    "plan": (r"(rate |tariff |price )?plan|tariff|goi cuoc( chinh)?|ma goi cuoc",),
    "pack": (r"pack(age)?( code| name| id)?|bundle|addon|(ma |ten )?goi( data| dich vu)?",
             r"ten goi cuoc"),
    "action": (r"action|loai( gd| giao dich)?|hanh dong|operation|thao tac",),
    "payment": (r"payment( type| mode)?|(pay|sub|subscriber) type",
                r"(hinh thuc|loai)( thanh toan| thue bao| tb)?",),
    "direction": (r"(call ?)?(direction|type)|chieu( goi)?|huong( goi)?|loai cuoc goi",),
    "locality": (r"(cell |serving )?(province|city|locality|region)( code)?|(ma )?tinh( tp)?",
                 r"tinh thanh( pho)?"),
    "status": (r"status|disposition|result|trang thai|ket qua|((hangup|release) )?cause",),
    "account": (r"account( ?(id|number|no|code))?|customer( id)?",
                r"ma (khach hang|kh|hop dong)|so hop dong"),
})  # fmt: skip


# A unit behind what a head says, in brackets or after `_`.
DATA_UNITS: Mapping[str, str] = MappingProxyType({
    "byte": "bytes", "bytes": "bytes", "octet": "bytes", "octets": "bytes",
    "kb": "KB", "kib": "KB", "kbyte": "KB", "kbytes": "KB",
    "mb": "MB", "mib": "MB", "mbyte": "MB", "mbytes": "MB",
    "gb": "GB", "gib": "GB", "gbyte": "GB", "gbytes": "GB",
})  # fmt: skip
LENGTH_UNITS: Mapping[str, str] = MappingProxyType({
    "ms": r"ms|msecs?|milli\w*|mili\w*",
    "s": r"s|\w*secs?|seconds?|giay",
    "min": r"mins?|minutes?|phut",
})  # fmt: skip
UNIT = re.compile("|".join((*DATA_UNITS, *LENGTH_UNITS.values())))


# Where words without a blank meet: CallBeginTime, callID; not in KiB or MSISDN.
MEETING_WORDS = re.compile(
    r"(?<=[a-z])(?=[A-Z][a-z])|(?<=[a-z]{2})(?=[A-Z])|(?<=^[AB])(?=[A-Z][a-z])"
)


def folded(text: str) -> str:
    """A head without accents, capitals and signs: `Thời điểm` is `thoi diem`."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("\u0110", "D"))
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    words = MEETING_WORDS.sub(" ", letters).lower()
    return " ".join("".join(sign if sign.isalnum() else " " for sign in words).split())


def currency_words() -> set[str]:
    """What a head may call the currency in use, folded: vnd, dong, d."""
    form = CURRENCY.form
    return set(map(folded, (form.code, form.name, form.name_en, form.plural_en, form.sign))) - {""}


def field_of_head(head: str) -> str | None:
    """The field that a head, folded, is known by; None: it is known by none."""
    bare, _, unit = head.rpartition(" ")
    is_unit = UNIT.fullmatch(unit) or unit in currency_words()
    for said in (head, bare) if is_unit else (head,):
        for field, patterns in HEADS.items():
            if any(re.fullmatch(pattern, said) for pattern in patterns):
                return field
    return None


def is_of_utc(head: str) -> bool:
    """Does a head, folded, say that its times are those of UTC?"""
    return head.endswith((" utc", " gmt"))


def data_unit_of_head(head: str) -> str | None:
    """The unit of data that a head, folded, says; None where it says none."""
    return next((DATA_UNITS[word] for word in head.split() if word in DATA_UNITS), None)


# Of several heads of one field, those that say it better: talk is usage, ringing is not; an amount
# is what was paid, a price only of one unit. What was billed may be more than what was used, or
# nothing where it was free: a person says which one is right.
BETTER: Mapping[str, str] = MappingProxyType({
    "duration": r"(talk|billsec|conversation).*|.* dam thoai( \w+)?",
    "started": r"((call|session|record|event|usage) )?(start|begin|open).*"
               r"|(thoi diem|thoi gian|ngay gio) (bat dau|goi|gui)|bat dau( phien)?",
    "charged": r"(?!price|unit price|don gia|gia\b).*",
})  # fmt: skip


def says_better(field: str, head: str, before: str) -> bool:
    """Does a head, folded, say a field better than one before it in the file?"""
    better = BETTER.get(field)
    return better is not None and bool(
        re.fullmatch(better, head) and not re.fullmatch(better, before)
    )
