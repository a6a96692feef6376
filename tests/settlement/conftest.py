"""A small home and a stand-in for the kernel: settling is tested apart from what it settles.

The stand-in prices by the event's number, so that every figure of a test can be worked out by hand:
event n (from 1) is of carrier n mod 3, costs 100 × n, and a third of the events get a relief.
"""

import hashlib
import json
from dataclasses import dataclass
from types import SimpleNamespace
from unittest import mock

import polars as pl
import pytest

from doisoat.engine.rating.opening_state import CLOSING
from doisoat.engine.store.commit import part_manifest
from doisoat.engine.store.home import FORMAT_VERSION, writer
from doisoat.errors import ConservationError  # noqa: F401  (tests take it from here)
from doisoat.settlement.settle.settle import SettleRequest, settle
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Package
from tests.pipes import RatedBy

AUGUST_MS = 1_627_776_000_000  # 2021-08-01 00:00 civil
DAY_MS = 86_400_000
CARRIERS = ("viettel", "vnpt", "mobifone")
EVENTS = 600
SOURCED = {"source": "Văn bản thử | test document", "mark": "stated"}


def catalogue_of(**changes):
    data = {
        "id": "thu-2021",
        "title": "Danh mục thử",
        "currency": {"code": "VND", "decimals": 0},
        "carriers": [
            {
                "id": "viettel",
                "name": "Tập đoàn Viettel",
                "name_en": "Viettel",
                "mobile": True,
                "fixed": True,
                "share": "54",
                **SOURCED,
            },
            {
                "id": "vnpt",
                "name": "Tập đoàn VNPT",
                "name_en": "VNPT",
                "mobile": True,
                "fixed": True,
                **SOURCED,
            },
            {
                "id": "mobifone",
                "name": "Tổng công ty MobiFone",
                "name_en": "MobiFone",
                "mobile": True,
                "fixed": False,
                **SOURCED,
            },
            {
                "id": "sctv",
                "name": "Công ty SCTV",
                "name_en": "SCTV",
                "mobile": False,
                "fixed": True,
                **SOURCED,
            },
        ],
        "localities": [
            {"code": "01", "name": "Thành phố Hà Nội", "name_en": "Hanoi", **SOURCED},
            {
                "code": "79",
                "name": "Thành phố Hồ Chí Minh",
                "name_en": "Ho Chi Minh City",
                "population": "9000000",
                **SOURCED,
            },
            {
                "code": "001",
                "name": "Quận Ba Đình",
                "name_en": "Ba Dinh",
                "province": "01",
                **SOURCED,
            },
        ],
        "orders": [
            {
                "id": "ct16-hcm",
                "directive": "16",
                "localities": ["79", "001"],
                "valid_from": "2021-07-09",
                "valid_until": "2021-10-01",
                **SOURCED,
            },
        ],
        "zero_rated_hosts": [
            {"host": "bluezone.gov.vn", "list": "bluezone", "valid_from": "2020-08-01", **SOURCED},
        ],
        "plans": [
            {
                "id": "tra-truoc",
                "carrier": "viettel",
                "name": "Trả trước",
                "valid_from": "2021-01-01",
                "rates": [
                    {
                        "kind": "voice",
                        "destination": ["on_net", "off_net"],
                        "price": "1590",
                        "per": "60 s",
                        "block": "6 s + 1 s",
                    },
                    {
                        "kind": "data",
                        "destination": "data",
                        "price": "75",
                        "per": "50 KB",
                        "block": "50 KB",
                    },
                ],
                **SOURCED,
            },
            {
                "id": "cap-quang",
                "carrier": "sctv",
                "service": "fibre",
                "monthly_fee": "165000",
                "valid_from": "2021-01-01",
                "rates": [],
                "source": "giả định",
                "mark": "assumed",
            },
        ],
        "packs": [
            {
                "id": "VX3",
                "carrier": "viettel",
                "name": "VX3",
                "price": "20000",
                "validity": {"days": "3"},
                "valid_from": "2021-01-01",
                "volumes": [
                    {"kind": "data", "destinations": ["data"], "amount": "6 GB", "counts": "raw"}
                ],
                "after": [{"kind": "data", "rule": "stop"}],
                **SOURCED,
            },
        ],
        "interconnect": [
            {
                "price": "270",
                "per": "60 s",
                "from_service": "mobile",
                "to_service": "mobile",
                "valid_from": "2020-05-01",
                **SOURCED,
            },
        ],
    }
    return Catalogue.model_validate({**data, **changes})


def package_of(**changes):
    months = {"valid_from": "2021-08-05", "valid_until": "2021-11-05", **SOURCED}
    data = {
        "id": "thu-2021-08",
        "title": "Gói thử",
        "title_en": "Test package",
        "author": "doisoat",
        "reference": "Công bố 02/08/2021",
        "baseline": "thu-2021",
        "envelope": {
            "amount": "10000000000000",
            "natures": ["discount", "in_kind", "contribution"],
            "carriers": ["viettel", "vnpt", "mobifone", "sctv"],
            **SOURCED,
        },
        "measures": [
            {
                "id": "M4",
                "title": "Giảm giá gói VX",
                "title_en": "VX price cut",
                "document": "Công bố",
                "order": "1",
                "scope": {"kinds": ["pack"], "packs": ["VX3"]},
                "effect": {"type": "price_cut", "percent": "50"},
                **months,
            },
            {
                "id": "M2",
                "title": "Tặng 50 % dung lượng",
                "title_en": "Data +50 %",
                "document": "Công bố",
                "order": "2",
                "scope": {"kinds": ["data"]},
                "effect": {
                    "type": "bonus_volume",
                    "share": "50",
                    "kinds": ["data"],
                    "pack_in_use": "full",
                    "in_kind_value": "pack_average",
                },
                **months,
            },
            {
                "id": "M5",
                "title": "Đóng góp quỹ vắc-xin",
                "title_en": "Vaccine fund",
                "document": "Công bố",
                "order": "3",
                "scope": {"kinds": ["pack"]},
                "effect": {"type": "contribution", "amount": "5000", "to": "Quỹ vắc-xin"},
                **months,
            },
        ],
        "readings": [
            {
                "name": "in_kind_value",
                "question": "Hiện vật định giá thế nào?",
                "question_en": "How is in kind valued?",
                "default": "pack_average",
                "source": "không nêu",
                "alternatives": {
                    "pack_average": {
                        "value": "pack_average",
                        "means": "giá gói chia cho dung lượng gói",
                    },
                    "zero": {"value": "zero", "means": "không định giá"},
                },
            },
        ],
        "chosen": {"in_kind_value": "pack_average"},
    }
    return Package.model_validate({**data, **changes})


@dataclass
class BucketResult:
    """As the kernel's."""

    bucket: int
    shard_digests: dict
    lines: pl.DataFrame
    totals: pl.DataFrame
    relief_totals: pl.DataFrame
    suspense: pl.DataFrame
    refunds: pl.DataFrame
    closing: pl.DataFrame
    counters: dict


VOCABULARY = SimpleNamespace(
    carriers=("", *sorted(CARRIERS)),
    provinces=("", "01", "79"),
    kinds=("voice", "sms", "data", "pack", "fee"),
    destinations=("on_net", "off_net", "data", "registration"),
    measures=("M2", "M4", "M5"),
    natures=("discount", "in_kind", "contribution", "forbearance"),
    packs=(),
)
PROGRAM = SimpleNamespace(vocabulary=VOCABULARY, packs=(), pack_index=())


def owner_hi_of(number):
    """Owners spread over all shards, in the order of their numbers."""
    return number * (2**64 // (EVENTS + 1))


def event_ids(number):
    return 7_000_000_000_000_000_000 + number, 2**64 - number


def start_of(number):
    return AUGUST_MS + (number % 30) * DAY_MS + number * 1000


def _u64(frame):
    ids = [name for name in frame.columns if name.endswith(("_hi", "_lo"))]
    return frame.with_columns(pl.col(ids).cast(pl.UInt64))


def rate_of(plant=0, buckets=4, offered=None):
    """A stand-in for `rate_home`. plant: đồng added to one relief line, in the lines alone."""

    def rate(
        home, program, period, usage, subscriptions, ports, opening, *, threads, carrier, copies
    ):
        for bucket in range(buckets):
            if offered is not None:
                offered.append(bucket)
            shift_ms = period[0] - AUGUST_MS
            yield bucket_result(bucket, buckets, plant if bucket == 1 else 0, carrier, shift_ms)

    return rate


def settle_by(home, catalogue, package, rate=None, **fields):
    """Settle a home by the stand-in kernel, or by another one of that signature."""
    request = SettleRequest(
        catalogue, package, whole=True, executor=RatedBy(rate or rate_of()), **fields
    )
    with mock.patch("doisoat.settlement.settle.settle.program_of", lambda task: PROGRAM):
        return settle(home, request)


def bucket_result(bucket, buckets, plant=0, only=None, shift_ms=0):
    numbers = [
        n for n in range(1, EVENTS + 1) if (owner_hi_of(n) >> 54) * buckets // 1024 == bucket
    ]
    shards = range(bucket * 1024 // buckets, (bucket + 1) * 1024 // buckets)
    digests = {shard: hashlib.sha256() for shard in shards}
    lines, totals, relief, suspense, refunds = [], [], [], [], []
    for n in numbers:
        hi, lo = event_ids(n)
        carrier = 1 + n % 3
        if only not in (None, VOCABULARY.carriers[carrier]):
            continue
        ids = {
            "event_hi": hi,
            "event_lo": lo,
            "owner_hi": owner_hi_of(n),
            "owner_lo": n,
            "carrier": carrier,
        }
        digests[owner_hi_of(n) >> 54].update(n.to_bytes(8, "little"))
        if n % 50 == 0:
            status = 1 + n // 50 % 3
            suspense.append({**ids, "status": status, "start_ms": start_of(n) + shift_ms})
            continue
        list_value = 100 * n
        discount = 50 * n if n % 3 == 0 else 0
        key = {
            "carrier": carrier,
            "day": (start_of(n) + shift_ms) // DAY_MS,
            "home_province": n % 3,
            "serving_province": n % 2,
            "kind": 3 if n % 3 == 0 else 2,
            "destination": 3 if n % 3 == 0 else 2,
        }
        totals.append(
            {
                **key,
                "events": 1,
                "units": n,
                "billed": n + 1,
                "bundled": 0,
                "list_value": list_value,
                "discount": discount,
                "payable": list_value - discount,
            }
        )
        given = []
        if discount:
            given = [(1, 0, 1, discount), (2, 2, 1, 5000)]
            if n % 6 == 0:
                refunds.append(
                    {
                        **ids,
                        "start_ms": start_of(n) + shift_ms,
                        "charged": list_value,
                        "list_value": list_value,
                        "payable": list_value - discount,
                    }
                )
        elif n % 4 == 0:
            given = [(0, 1, 1 << 20, 3 * n)]
            if n % 28 == 0:
                refunds.append(
                    {
                        **ids,
                        "start_ms": start_of(n) + shift_ms,
                        "charged": list_value + 7,
                        "list_value": list_value,
                        "payable": list_value,
                    }
                )
        for measure, nature, units, amount in given:
            line = {"measure": measure, "nature": nature, "units": units, "amount": amount}
            lines.append({**ids, **line, "start_ms": start_of(n) + shift_ms})
            relief.append({**key, **line, "events": 1})
    if plant:
        lines[0]["amount"] += plant
    wide = ["event_hi", "event_lo", "owner_hi", "owner_lo"]

    def frame(rows, *columns):
        names = [*wide, *columns]
        table = pl.DataFrame(
            {
                name: pl.Series(
                    name, [row[name] for row in rows], pl.UInt64 if name in wide else pl.Int64
                )
                for name in names
            }
        )
        return table

    keys = ("carrier", "day", "home_province", "serving_province", "kind", "destination")
    sums = ("events", "units", "billed", "bundled", "list_value", "discount", "payable")

    def keyed(rows, *names):
        schema = {**dict.fromkeys(keys, pl.Int64), **dict.fromkeys(names, pl.Int64)}
        grouped = pl.DataFrame(rows, schema=schema, orient="row")
        return grouped

    return BucketResult(
        bucket=bucket,
        shard_digests={shard: digest.digest() for shard, digest in digests.items()},
        lines=frame(lines, "carrier", "measure", "nature", "units", "amount", "start_ms"),
        totals=keyed(totals, *sums),
        relief_totals=keyed(relief, "measure", "nature", "events", "units", "amount"),
        suspense=frame(suspense, "carrier", "status", "start_ms"),
        refunds=frame(refunds, "carrier", "start_ms", "charged", "list_value", "payable"),
        closing=pl.DataFrame(schema=CLOSING),
        counters={
            "events": len(totals) + len(suspense),
            "rated": len(totals),
            "suspended": len(suspense),
            "past_stop_events": len(suspense),
        },
    )


def months_of(frames):
    """How many events each month has, as the manifest of a part says of its files."""
    starts = [frame["start_ms"] for name, frame in frames.items() if name.startswith("bucket")]
    texts = [pl.from_epoch(start, "ms").dt.strftime("%Y-%m") for start in starts]
    return dict(pl.concat(texts).value_counts().iter_rows()) if texts else {}


def bounds_of(frames):
    """The first and last start of a part's events, as its manifest says."""
    starts = [frame["start_ms"] for name, frame in frames.items() if name.startswith("bucket")]
    every = pl.concat(starts) if starts else pl.Series("start_ms", [], pl.Int64)
    return {"start_ms_min": every.min(), "start_ms_max": every.max()}


def write_part(home, floor, part_id, frames, counts):
    """A part as intake leaves one."""
    folder = home.floor(floor) / f"part={part_id}"
    folder.mkdir(parents=True)
    for name, frame in frames.items():
        frame.write_parquet(folder / name)
    manifest = {
        "format_version": FORMAT_VERSION,
        "part": part_id,
        "counts": counts,
        "content_digest": part_id * 2,
        "sources": [
            {
                "mapping": "vn",
                "sha256": part_id * 2,
                "rows": sum(counts.values()),
                "content_digest": part_id * 2,
                "months": months_of(frames),
            }
        ],
        "content_digests": {"subscription": part_id * 2},
        **bounds_of(frames),
        "files": part_manifest(folder),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))


def usage_frames(numbers, shift_ms=0):
    events = pl.DataFrame(
        [
            {
                "owner_hi": owner_hi_of(n),
                "owner_lo": n,
                "start_ms": start_of(n) + shift_ms,
                "trait": n % 3,
                "units": n,
                "duration_ms": 0,
                "counterparty_hi": 0,
                "counterparty_lo": 0,
                "event_hi": event_ids(n)[0],
                "event_lo": event_ids(n)[1],
                "content_hi": n,
                "content_lo": n,
                "subscriber_hi": owner_hi_of(n),
                "subscriber_lo": n,
                "session_hi": n % 2,
                "session_lo": n % 2,
                "partial": 0,
                "charged": None if n % 5 else 100 * n,
                "source": 0,
                "row": n,
            }
            for n in numbers
        ],
        infer_schema_length=None,
    )
    events = _u64(events).with_columns(
        pl.col("trait").cast(pl.UInt32),
        pl.col("partial", "source").cast(pl.Int32),
        pl.col("charged").cast(pl.Int64),
    )
    cut = events.height // 2
    return {
        "bucket=00.parquet": events.head(cut),
        "bucket=03.parquet": events.tail(-cut),
        "trait.parquet": pl.DataFrame(
            {
                "trait": pl.Series([0, 1, 2], dtype=pl.UInt32),
                "carrier": CARRIERS,
                "kind": ["pack", "data", "data"],
                "destination": ["registration", "data", "data"],
                "rating_group": ["", "bluezone.gov.vn", ""],
                "locality": ["01", "79", ""],
                "pack": ["VX3", "", ""],
            }
        ),
        "source.parquet": pl.DataFrame(
            {
                "source": pl.Series([0], dtype=pl.Int32),
                "name": ["cdr.csv"],
                "size": [1000],
                "sha256": ["ab" * 32],
                "mapping": ["vn"],
                "rows": [events.height + 3],
                "taken": [events.height],
                "duplicates": [1],
                "suspended": [2],
                "filtered": [0],
                "mapping_sha256": ["ef" * 32],
                "kind": ["usage"],
                "reasons": ['{"malformed/bad_time": 1, "malformed/bad_units": 1}'],
                "filters": ["{}"],
            }
        ),
        "suspense.parquet": pl.DataFrame(
            {
                "source": pl.Series([0, 0], dtype=pl.Int32),
                "row": [9001, 9002],
                "reason": ["malformed"] * 2,
                "sub_reason": ["bad_time", "bad_units"],
                "line": [9002, 9003],
                "offset": [70_000, 70_080],
                "raw_sha256": ["cd" * 32] * 2,
                **dict.fromkeys(
                    ("event_hi", "event_lo", "content_hi", "content_lo"),
                    pl.Series([0, 0], dtype=pl.UInt64),
                ),
            }
        ),
        "duplicate.parquet": _u64(
            pl.DataFrame(
                {
                    "source": pl.Series([0], dtype=pl.Int32),
                    "row": [9003],
                    "event_hi": [event_ids(1)[0]],
                    "event_lo": [event_ids(1)[1]],
                }
            )
        ),
    }


def subscription_frames():
    rows = [
        {
            "subscriber_hi": owner_hi_of(n),
            "subscriber_lo": n,
            "owner_hi": owner_hi_of(n),
            "owner_lo": n,
            "carrier": "sctv" if n == 1 else CARRIERS[n % 3],
            "plan": "cap-quang" if n == 1 else "tra-truoc",
            "segment": "standard",
            "payment": "prepaid",
            "home_locality": "01",
            "from_ms": 0,
            "until_ms": None,
            "source": 0,
            "row": n,
        }
        for n in range(1, 20)
    ]
    frame = pl.DataFrame(rows, infer_schema_length=None)
    return {
        "subscription.parquet": _u64(frame).with_columns(pl.col("until_ms").cast(pl.Int64)),
        "source.parquet": usage_frames([1, 2])["source.parquet"],
    }


@pytest.fixture
def catalogue():
    return catalogue_of()


@pytest.fixture
def package():
    return package_of()


@pytest.fixture
def home(tmp_path):
    """A home with one usage part of EVENTS events in August 2021, and one of master data."""
    path = tmp_path / "nhà [1]"  # what a shell, a glob and a query would stumble over
    with writer(path, "test") as held:
        write_part(held, "usage", "a" * 32, usage_frames(range(1, EVENTS + 1)), {"events": EVENTS})
        write_part(held, "master", "b" * 32, subscription_frames(), {"events": 0})
    return path


@pytest.fixture(scope="session")
def world():
    """What this file holds, for tests that make their own variants of it."""
    return SimpleNamespace(**globals())
