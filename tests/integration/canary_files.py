"""Files of every form and kind, each of whose records has a number in it, or in the wrong place.

Records of a kind differ by `turn`, so that all of a number's ways to stray are gone in each form.
"""

import gzip
import sqlite3

import polars as pl

from doisoat.engine.store.file_kinds import FILE_KINDS
from tests.intake import forms
from tests.intake.asn1_records import bcd, encoded, tap_file
from tests.intake.canaries import canaries
from tests.intake.conftest import VOICE
from tests.intake.test_gateway import container, pgw
from tests.intake.test_gateway import records as gateway_records
from tests.intake.test_master import HEADERS, ROWS
from tests.intake.test_tap import gprs, moc, mtc

NUMBERS = canaries()
NEXT = dict(zip(NUMBERS, (*NUMBERS[1:], NUMBERS[0]), strict=True))
MASTER_KINDS = tuple(kind for kind in FILE_KINDS if kind != "usage")
SOUND = {
    "subscriptions": {"plan": "viettel.Economy"},
    "packs": {"pack": "viettel.VX3", "price_paid": "10000", "left": "1"},
}
AT = ("2021-08-05", "2021-08-05 08:00:00", "20210805-080000", "1628150400")


# --- Usage ----------------------------------------------------------------------------------------


def strayed(number):
    """What a record of this number says besides, and where the number has strayed to."""
    return (
        {"kind": "sms", "duration_s": "", "units": "1"},
        {"number": f"0{number}", "other": f"+84 {NEXT[number][:2]} {NEXT[number][2:]}"},
        {"started": "2021-02-30 08:00:00.000"},
        {"duration_s": "-7"},
        {"kind": "data", "other": "", "units": "5", "host": f"0{number}"},
        {"kind": f"84{number}"},
        {"record_key": f"84{number}"},
        {"account": f"0{number}", "session": f"84{number}", "partial": "1"},
        {"kind": "pack", "action": "renewal", "pack": number, "other": "", "units": "1"},
        {"kind": "pack", "action": f"0{number}", "pack": "viettel.VX3", "other": "", "units": "1"},
        {"locality": number},
        {"carrier": f"v{number}"},
        {"started": f"0{number}"},
        {"duration_s": f"84{number}"},
        {"units": f"84{number}"},
        {"charged": f"84{number}"},
        {"partial": f"0{number}", "session": "s"},
        {"other": f"0{number}x"},
        {"number": f"{number[:3]} {number[3:6]} {number[6:]}", "other": f"tel:+84{number}"},
    )


def usage(form, turn):
    records = []
    for at, number in enumerate(NUMBERS):
        plain = {**VOICE, "record_key": f"{form}{at}", "number": f"84{number}",
                 "other": f"84{NEXT[number]}"}  # fmt: skip
        ways = strayed(number)
        records.append({**plain, **(ways[(at // 3 + turn) % len(ways)] if at % 3 == 0 else {})})
    return records


# --- Other exchanges ------------------------------------------------------------------------------


def rows_of(write):
    """Lines without a header; some have the number where it does not belong."""
    lines = [write(at, f"0{number}", f"84{NEXT[number]}") for at, number in enumerate(NUMBERS)]
    return "".join(f"{','.join(line)}\n" for line in lines).encode()


def at_times(at, said, number):
    return number if at % 7 == 0 else said


def exchanges():
    """(mapping, content) of what other exchanges write."""
    _, civil, joined, epoch = AT
    yield "asterisk", rows_of(lambda at, one, other: [
        one, one, other, "ctx", f'"An" <{one}>', f"SIP/{one}-1", f"SIP/{other}-2", "Dial",
        f"SIP/{other}", civil, civil, civil, "90", at_times(at, "61", one), "ANSWERED", "3",
        at_times(at % 5, f"u{at}", one), one])  # fmt: skip
    yield "jbilling", rows_of(lambda at, one, other: [
        f"j{at}", one, other, "ctx", f"An <{one}>", f"SIP/{one}", f"SIP/{other}", "Dial", one,
        at_times(at, joined, one), joined, joined, "61", at_times(at + 3, "60", one), "ANSWERED",
        "3", at_times(at + 1, "an", one)])  # fmt: skip
    yield "cdr-stats", rows_of(lambda at, one, other: [
        one, f"An {one}", other, "90", at_times(at, "61", one), "NORMAL_CLEARING",
        at_times(at % 3, f"c{at}", one), at_times(at + 2, epoch, one)])  # fmt: skip
    yield "freeswitch", rows_of(lambda at, one, other: [
        f"An {one}", one, other, "ctx", at_times(at, civil, one), civil, civil, "90",
        at_times(at + 1, "61", one), "NORMAL_CLEARING", f"f{at}", f"b{one}", one, "PCMU", "PCMU",
    ])  # fmt: skip
    exported = b"switch,callid,caller_id_number,accountcode,destination_number,starting_date,"
    exported += b"billsec,duration\n"
    yield "cdr-stats", exported + rows_of(lambda at, one, other: [
        at_times(at, "s", one), f"e{at}", one, one, other, at_times(at + 1, civil, one), "61", "90",
    ])  # fmt: skip
    columns = ("uuid", "caller_id_number", "account_code", "destination_number", "start_stamp",
               "billsec", "duration", "note")  # fmt: skip
    yield "freeswitch", table("cdr", columns, [
        [f"t{at}", int(number), number, f"84{NEXT[number]}", at_times(at, f"{civil}.5", number),
         at_times(at + 1, 61, int(number)), 90, bcd(f"84{number}", True)]
        for at, number in enumerate(NUMBERS)])  # fmt: skip


def interactions():
    """One person's file, whose correspondents are numbers: the person is told by an option."""
    lines = ["interaction,direction,correspondent_id,datetime,call_duration,antenna_id"]
    for at, number in enumerate(NUMBERS):
        said = at_times(at, "call", number), at_times(at + 1, "in", number), f"84{number}"
        lines.append(",".join((*said, at_times(at + 2, AT[1], number), "61", number)))
    return "".join(f"{line}\n" for line in lines).encode()


def table(name, columns, rows):
    with sqlite3.connect(":memory:") as connection:
        named = ", ".join(f'"{column}"' for column in columns)
        connection.execute(f'CREATE TABLE "{name}" ({named})')
        places = ", ".join("?" * len(columns))
        connection.executemany(f'INSERT INTO "{name}" VALUES ({places})', rows)
        connection.commit()
        return connection.serialize()


# --- Roaming and packet gateways ------------------------------------------------------------------


def roaming(number, at):
    made = (moc, mtc)[at % 2]
    imsi = bcd(f"452040{number}")
    person = ("simChargeableSubscriber", {"imsi": imsi, "msisdn": bcd(f"84{number}")})
    party = {("calledNumber", "callingNumber")[at % 2]: bcd(f"84{NEXT[number]}")}
    name = ("destination", "callOriginator")[at % 2]
    length = {"totalCallEventDuration": -1 if at % 7 == 0 else 61}
    return made(chargeableSubscriber=person, **{name: party}, **length)


def notices():
    use = [("moc", {"imsi": bcd(f"452040{number}"), "callEventStartTimeStamp": b"20210805080000",
                    "utcTimeOffset": b"+0200", "callEventDuration": 1})
           for number in NUMBERS]  # fmt: skip
    return encoded("Nrtrde", {
        "specificationVersionNumber": 2, "releaseVersionNumber": 1, "sender": b"AAA01",
        "recipient": b"VNMVT", "sequenceNumber": b"3", "fileAvailableTimeStamp": b"20210805080000",
        "utcTimeOffset": b"+0200", "callEvents": use, "callEventsCount": len(use)})  # fmt: skip


def returned():
    about = {"sender": b"VNMVT", "recipient": b"AAA01", "rapFileSequenceNumber": b"00001"}
    details = [
        ("severeReturn", {"fileSequenceNumber": f"84{number}".encode()}) for number in NUMBERS
    ]
    return encoded("File", ("returnBatch", {"rapBatchControlInfo": about,
                                            "returnDetails": details}))  # fmt: skip


def gateway():
    return gateway_records(*(
        pgw(container(1, 5 if at % 9 else -5), chargingID=at,
            servedIMSI=bcd(f"452040{number}", True),
            servedMSISDN=b"\x91" + bcd(f"84{number}", True))
        for at, number in enumerate(NUMBERS)
    ))  # fmt: skip


def octets():
    """(mapping, content) of what is packed by ASN.1."""
    calls = [roaming(number, at) for at, number in enumerate(NUMBERS)]
    return (("tap", tap_file([*calls, gprs()])), ("tap", notices()), ("tap", returned()),
            ("ts32298", gateway()))  # fmt: skip


# --- Master data ----------------------------------------------------------------------------------


def master(kind, turn=0):
    """Rows of master data: the number where it belongs, and by turns in each other column.

    But in none of a volume: any number may be one.
    """
    names = HEADERS[kind].split(",")
    strayed = [name for name in names if name not in ("given", "left")]
    rows = []
    for at, number in enumerate(NUMBERS):
        row = {**ROWS[kind], **SOUND.get(kind, {})}
        if "number" in row:
            row["number"] = f"0{number}"
        if kind == "ports":
            row["valid_from"] = "2021-08-20 00:00:00"
        if kind == "orders":
            row["order"] = f"{at}/TTg"
        if at % 3 == 0:
            row[strayed[(at // 3 + turn) % len(strayed)]] = f"84{number}"
        rows.append(row)
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String))


def master_files(kind):
    content = master(kind).write_csv().encode()
    yield content
    yield forms.zstd.compress(master(kind, 1).write_csv().encode())
    yield forms.written(master(kind, 2).write_parquet)


# --- Refused whole --------------------------------------------------------------------------------


def refused_files():
    """What intake turns away whole, each full of numbers: (what is wrong, mapping, content)."""
    lines = "".join(f"0{number},84{NEXT[number]}\n" for number in NUMBERS)
    sound = forms.text(usage("refused", 0))
    wrong_sum = bytearray(gzip.compress(sound))
    wrong_sum[-6] ^= 1
    roamers = tap_file([roaming(number, at) for at, number in enumerate(NUMBERS)])
    columns = {f"0{number}": [1.5] for number in NUMBERS[:200]}
    tables = table(f"0{NUMBERS[0]}", [f"84{NUMBERS[1]}"], [[NUMBERS[2]]])
    arrow = forms.arrow_file(usage("refused", 0))
    return (
        ("no header", "world", lines.encode()),
        ("no columns", "asterisk", lines.encode()),
        ("UTF-16", "world", sound.decode().encode("utf-16")),
        ("lone CR", "world", sound.replace(b"\n", b"\r")),
        ("a JSON document", "world", f'[{{"number": "{NUMBERS[3]}"}}]'.encode()),
        ("other keys", "world", "".join(f'{{"0{n}": "84{n}"}}\n' for n in NUMBERS).encode()),
        ("a wrong sum", "world", bytes(wrong_sum)),
        ("cut gzip", "world", gzip.compress(sound)[:-9]),
        ("cut zstd", "world", forms.zstd.compress(sound)[:-9]),
        ("columns of fractions", "world", forms.written(pl.DataFrame(columns).write_parquet)),
        ("a cut Parquet file", "world", forms.parquet(usage("refused", 0))[:-50]),
        ("a cut Arrow file", "world", arrow[: len(arrow) // 2]),
        ("another table", "freeswitch", tables),
        ("a damaged table", "freeswitch", tables[:900] + b"0" + tables[901:]),
        ("a cut roaming file", "tap", roamers[:-3]),
        ("a packed roaming file", "tap", gzip.compress(roamers)),
        ("another roaming file", "ts32298", roamers),
        ("a cut gateway file", "ts32298", gateway()[:-3]),
        ("numbers as BER", "tap", lines.encode()),
    )
