"""A thousand numbers go in by every form of file, sound and broken, and none of them stays.

Not in the home, its reports and names of files, nor in what any command says, in whatever form a
number may stand there (tests/intake/canaries.py). Each of these forms is planted once, and found.
"""

import base64
import contextlib
import gzip
import hashlib
import io
import sqlite3
import zipfile

import duckdb
import polars as pl
import pytest

from doisoat import cli
from doisoat.engine.intake.mapping import FILE_KINDS, TimeSource, load_mapping
from doisoat.engine.pseudonym import make_key
from tests.intake import forms
from tests.intake.asn1_records import bcd, encoded, tap_file
from tests.intake.canaries import canaries, contents, needles, search
from tests.intake.conftest import VOICE
from tests.intake.test_gateway import container, pgw
from tests.intake.test_gateway import records as gateway_records
from tests.intake.test_tap import gprs, moc, mtc

NUMBERS = canaries()
NEXT = dict(zip(NUMBERS, (*NUMBERS[1:], NUMBERS[0]), strict=True))
MASTER = {"carrier": "viettel", "plan": "viettel.Economy", "segment": "standard",
          "payment": "prepaid", "home_locality": "79", "pack": "viettel.VX3", "price_paid": "10000",
          "left": "1"}  # fmt: skip
WHEN = {"valid_from": "2021-01-01 00:00:00.000", "bought": "2021-07-31 08:00:00.000"}


def strayed(number):
    """What a record of this number says besides, and where the number has strayed to."""
    return (
        {},
        {"kind": "sms", "duration_s": "", "units": "1"},
        {"number": f"0{number}", "other": f"+84 {NEXT[number][:2]} {NEXT[number][2:]}"},
        {"started": "2021-02-30 08:00:00.000"},
        {"duration_s": "-7"},
        {"kind": "data", "other": "", "units": "5", "host": f"0{number}"},
        {"kind": f"84{number}"},
        {"record_key": f"84{number}"},
        {"account": f"0{number}", "session": f"84{number}", "partial": "1"},
        {"kind": "pack", "action": "renewal", "pack": number, "other": "", "units": "1"},
        {"locality": number},
        {"carrier": f"v{number}"},
        {"started": f"0{number}"},
        {"duration_s": f"84{number}"},
        {"charged": f"84{number}"},
        {"other": f"0{number}x"},
    )


def usage(form):
    records = []
    for at, number in enumerate(NUMBERS):
        plain = {**VOICE, "record_key": f"{form}{at}", "number": f"84{number}",
                 "other": f"84{NEXT[number]}"}  # fmt: skip
        ways = strayed(number)
        records.append({**plain, **ways[at % len(ways)]})
    return records


def person(number):
    imsi = bcd(f"452040{number}")
    return ("simChargeableSubscriber", {"imsi": imsi, "msisdn": bcd(f"84{number}")})


def roaming(number, at):
    made = (moc, mtc)[at % 2]
    party = {"calledNumber": bcd(f"84{NEXT[number]}")}
    if made is mtc:
        party = {"callingNumber": bcd(f"84{NEXT[number]}")}
    name = ("destination", "callOriginator")[at % 2]
    length = {"totalCallEventDuration": -1 if at % 7 == 0 else 61}
    return made(chargeableSubscriber=person(number), **{name: party}, **length)


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


def master(kind):
    """The lines of a kind of master data: every field that may hold a number holds one."""
    [layout, *_] = load_mapping("world").layouts(kind)
    given = layout.fields  # type: ignore[attr-defined]
    fields = {source.columns[0]: (name, source) for name, source in given if source.columns}
    lines = [",".join(fields)]
    for at, number in enumerate(NUMBERS):
        texts = []
        for name, source in fields.values():
            text = MASTER.get(name, "1")
            if name in ("number", "account", "other"):
                text = f"0{number}" if name != "account" or at % 3 == 0 else ""
            elif isinstance(source, TimeSource):
                text = WHEN.get(name, "") if at % 5 else f"0{number}"
            elif at % 7 == 0:
                text = f"84{number}"
            texts.append(text)
        lines.append(",".join(texts))
    return "".join(f"{line}\n" for line in lines).encode()


def refused_files():
    """Files that intake turns away whole, each full of numbers."""
    lines = "".join(f"0{number},84{NEXT[number]}\n" for number in NUMBERS)
    sound = forms.text(usage("refused"))
    wrong_sum = bytearray(gzip.compress(sound))
    wrong_sum[-6] ^= 1
    roamers = tap_file([roaming(number, at) for at, number in enumerate(NUMBERS)])
    columns = {f"0{number}": [1.5] for number in NUMBERS[:200]}
    with sqlite3.connect(":memory:") as connection:
        connection.execute(f'CREATE TABLE "0{NUMBERS[0]}" ("84{NUMBERS[1]}")')
        connection.execute(f'INSERT INTO "0{NUMBERS[0]}" VALUES (?)', [NUMBERS[2]])
        connection.commit()
        tables = connection.serialize()
    return {
        "no header": ("world", lines.encode()),
        "no columns": ("asterisk", lines.encode()),
        "UTF-16": ("world", sound.decode().encode("utf-16")),
        "lone CR": ("world", sound.replace(b"\n", b"\r")),
        "a JSON document": ("world", f'[{{"number": "{NUMBERS[3]}"}}]'.encode()),
        "other keys": ("world", "".join(f'{{"0{n}": "84{n}"}}\n' for n in NUMBERS).encode()),
        "a wrong sum": ("world", bytes(wrong_sum)),
        "cut gzip": ("world", gzip.compress(sound)[:-9]),
        "columns of fractions": ("world", forms.written(pl.DataFrame(columns).write_parquet)),
        "another table": ("freeswitch", tables),
        "a damaged table": ("freeswitch", tables[:900] + b"0" + tables[901:]),
        "a cut roaming file": ("tap", roamers[:-3]),
        "a packed roaming file": ("tap", gzip.compress(roamers)),
        "another roaming file": ("ts32298", roamers),
        "a cut gateway file": ("ts32298", gateway()[:-3]),
        "numbers as BER": ("tap", lines.encode()),
    }


@pytest.fixture
def told(tmp_path, monkeypatch):
    """Runs a command line, twice: for people and for scripts; keeps all that it says."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    make_key(tmp_path / "key", bytes(range(32)))
    monkeypatch.setenv("DOISOAT_KEY", str(tmp_path / "key"))
    said = []

    def tell(*arguments, status=0):
        for more in ([], ["--json"]):
            out = io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
                found = cli.run([*map(str, arguments), *more])
            said.append((" ".join(map(str, arguments[:2])), out.getvalue()))
            assert found == status and "Traceback" not in out.getvalue(), said[-1]
        return out.getvalue()

    return tell, said


def test_no_number_of_a_thousand_stays(told, tmp_path):
    tell, said = told
    home, at = tmp_path / "home", ("--home", tmp_path / "home")

    def put(name, content):
        path = tmp_path / f"in-0{NUMBERS[0]}" / f"{name}-0{NUMBERS[len(said)]}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return path

    for form, write in forms.FORMS.items():
        path = put(form, write(usage(form)))
        mapping = forms.mapping_for(form, tmp_path)
        tell("mapping", "test", path, "--mapping", mapping, "--rows", "40")
        tell("intake", path, "--mapping", mapping, *at)
    roamers = [roaming(number, place) for place, number in enumerate(NUMBERS)]
    for mapping, content in (
        ("tap", tap_file([*roamers, gprs()])), ("tap", notices()), ("tap", returned()),
        ("ts32298", gateway()),
    ):  # fmt: skip
        tell("mapping", "test", put(mapping, content), "--mapping", mapping)
        tell("intake", put(mapping, content), "--mapping", mapping, *at)
    broken = forms.text(usage("broken")).replace(b",viettel,", b',"viettel,')
    tell("intake", put("broken", broken), "--mapping", "world", *at)
    for kind in FILE_KINDS:
        if kind == "usage":
            continue
        for packing in (bytes, gzip.compress, forms.zstd.compress):
            path = put(kind, packing(master(kind)))
            tell("intake", path, "--mapping", "world", "--kind", kind, *at)
    for name, (mapping, content) in refused_files().items():
        tell("intake", put(name, content), "--mapping", mapping, *at, status=5)
        tell("mapping", "test", put(name, content), "--mapping", mapping, status=5)
    tell("intake", tmp_path / f"0{NUMBERS[5]}.csv", "--mapping", "world", *at, status=5)
    tell("settle", "--period", "2021-08", *at)
    with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as face:
        events = face.execute(
            "SELECT any_value(event_id) FROM usage.event WHERE kind = 'voice' AND start_at >="
            " TIMESTAMP '2021-08-01' AND carrier = 'viettel' GROUP BY destination"
        ).fetchall()
        rated = face.execute("SELECT sum(events) FROM rated.total").fetchall()[0][0]
    assert events and rated > 1_000  # What is searched holds usage that was rated.
    for (event,) in events:
        tell("explain", event, *at)
        tell("explain", event, "--letter", *at)
    tell("store", "check", *at)
    said += [(where, content) for root in (home, tmp_path / "tmp")
             for where, content in contents(root)]  # fmt: skip
    leaks = {
        (where, form)
        for where, content in said
        for _, form in search(content if isinstance(content, bytes) else content.encode())
    }
    assert leaks == set()


# --- The search finds what it is for ------------------------------------------------------------

CANARY = NUMBERS[123]
TEXT = f"84{CANARY}".encode()


def zipped(content):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", content)
    return packed.getvalue()


def parquet(value):
    frame = pl.DataFrame({"x": ["a", value] * 500})
    return forms.written(lambda file: frame.write_parquet(file, compression="zstd"))


PLANTS = {
    "decimal": b"x" + TEXT + b"y",
    "as it is dialled": f"call 0{CANARY[:2]}.{CANARY[2:5]}.{CANARY[5:]}".encode(),
    "UTF-16, at an odd place": b"x" + f"0{CANARY}".encode("utf-16-be"),
    "reversed": b"-" + TEXT[::-1],
    "hex": TEXT.hex().encode(),
    "base64 in the middle of a text": base64.b64encode(b"number=" + TEXT + b";"),
    "packed decimals": b"\x00" + bcd(TEXT.decode())[:-1] + b"\xff",
    "packed, at the second nibble": bytes.fromhex(f"f{TEXT.decode()}"),
    "packed, nibbles swapped": b"\x91" + bcd(f"84{CANARY}", True),
    "a whole number": int(TEXT).to_bytes(8, "little"),
    "a digest": hashlib.sha256(TEXT).digest(),
    "a digest in hex": hashlib.md5(f"0{CANARY}".encode()).hexdigest().encode(),
    "in a workbook": zipped(f"<t>0{CANARY}</t>"),
    "in compressed Parquet": parquet(f"+84{CANARY}"),
    "in gzip": gzip.compress(b"log: " + TEXT),
}


@pytest.mark.parametrize("plant", PLANTS)
def test_a_leak_is_found(tmp_path, plant):
    (tmp_path / "sound").write_bytes(b"0123456789" * 1_000)
    assert not any(search(content) for _, content in contents(tmp_path))
    (tmp_path / "leak").write_bytes(PLANTS[plant])
    found = {number for _, content in contents(tmp_path) for number, _ in search(content)}
    assert found == {CANARY}


def test_a_leak_into_a_table_or_a_name_is_found(tmp_path):
    with duckdb.connect(str(tmp_path / "face.duckdb")) as connection:
        connection.execute("CREATE TABLE calls AS SELECT ? AS number FROM range(9_000)", [CANARY])
    assert {number for _, content in contents(tmp_path) for number, _ in search(content)} == {
        CANARY
    }
    (tmp_path / "face.duckdb").rename(tmp_path / "other.duckdb")
    (tmp_path / f"calls-0{NUMBERS[7]}.txt").write_bytes(b"")
    assert NUMBERS[7] in {n for _, content in contents(tmp_path) for n, _ in search(content)}


def test_every_form_of_every_number_is_looked_for():
    for number in NUMBERS[::97]:
        whole = b"\n--\n".join(needle for _, needle in needles(number))
        assert {form for _, form in search(whole)} >= {form for form, _ in needles(number)}
