"""Charging records of packet gateways: PGWRecord of 3GPP TS 32.298, one after another in a file,
bare or in the frame of TS 32.297.

A record becomes a row for each of its rating groups, its containers of one group added up; so the
same bytes are never counted by group and by bearer.
"""

from collections.abc import Callable, Iterator

import polars as pl

from doisoat.engine.intake.forms.ber import Batch, Walker
from doisoat.engine.intake.forms.ber_file import (
    SEQUENCE,
    BerFile,
    Path,
    broken_of,
    context,
    located_at,
    opened,
    ready,
    refuse_unknown,
    subscriber_text,
)
from doisoat.engine.intake.forms.cdr_file import framed, header_of
from doisoat.engine.intake.forms.raw_chunks import (
    OTHER_MAPPING,
    Chunk,
    Counts,
    Form,
    Located,
    SourceFile,
)
from doisoat.engine.intake.mapping.mapping import Layout
from doisoat.messages.text import message

PGW = 79
RECORDS = {
    20: "sgsn", 22: "sgsn_mobility", 23: "sgsn_sms", 24: "sgsn_sms", 25: "sgsn_location",
    26: "sgsn_location", 27: "sgsn_location", 76: "sgsn_mbms", 77: "ggsn_mbms", 78: "sgw",
    PGW: "pgw", 86: "gw_mbms", 92: "tdf", 95: "ip_edge", 96: "epdg", 97: "twag",
}  # fmt: skip
SERVICE: Path = (*context(PGW, 34), SEQUENCE)
BEARER: Path = (*context(PGW, 12), SEQUENCE)
PARTS = (SERVICE, BEARER)
FIELDS: list[tuple[Path, str, str]] = [
    (context(PGW, 3), "imsi", "swapped"),
    *((context(PGW, 4, tag), "gateway", "hex" if tag < 2 else "text") for tag in range(4)),
    (context(PGW, 5), "charging_id", "integer"),
    (context(PGW, 7), "apn", "text"),
    (context(PGW, 13), "opened", "hex"),
    (context(PGW, 14), "record_duration", "integer"),
    (context(PGW, 15), "cause", "integer"),
    (context(PGW, 17), "partial", "integer"),
    (context(PGW, 18), "node", "text"),
    (context(PGW, 20), "local_sequence", "integer"),
    (context(PGW, 22), "msisdn", "address"),
    (context(PGW, 27), "serving_network", "hex"),
    (context(PGW, 30), "rat_type", "integer"),
    ((*SERVICE, *context(1)), "rating_group", "integer"),
    ((*SERVICE, *context(5)), "first", "hex"),
    ((*SERVICE, *context(6)), "last", "hex"),
    ((*SERVICE, *context(12)), "up", "integer"),
    ((*SERVICE, *context(13)), "down", "integer"),
    ((*BEARER, *context(3)), "up", "integer"),
    ((*BEARER, *context(4)), "down", "integer"),
]
COLUMNS = (
    "record", "containers", "where", "imsi", "msisdn", "home", "gateway", "charging_id", "apn",
    "opened", "sequence", "partial", "session", "rating_group", "started", "duration", "units",
    "up", "down", "record_duration", "cause", "node", "local_sequence", "serving_network",
    "rat_type",
)  # fmt: skip
VOLUME = r"^[0-9]{1,15}$"
# YYMMDDhhmmss, then 2b (+) or 2d (-) and hhmm: what is left of the moment to UTC.
STAMP = r"^([0-9]{12})(2b|2d)(0[0-9]|1[0-4])([0-5][0-9])$"
NETWORK = r"^[0-9]{2}[0-9a-f][0-9]{3}$"  # digits of country and network, in PLMN-Id's order
CIVIL = "%Y%m%d%H%M%S"
TIME = r"^[0-9]{6}(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]"

PLACE = ("row", "_offset", "_length")


class GatewayReader:
    def __init__(self, file: SourceFile, layout: Layout) -> None:
        self.file, self.layout, self.counts = file, layout, Counts()
        refuse_unknown(layout, COLUMNS, file)
        with opened(file) as ber:
            self.header = header_of(ber)
            if self.header is not None:
                return
            first = ber.element(0)
            if not first.is_group or first.tag not in {context(tag)[0] for tag in RECORDS}:
                raise ber.refusal(
                    message(
                        "it begins neither with a record of TS 32.298 nor with a file"
                        " header of 32.297"
                    ),
                    0,
                    OTHER_MAPPING,
                )

    def chunks(self) -> Iterator[Callable[[], Chunk]]:
        records = 0
        with opened(self.file) as ber:
            for rows, lost in self._rows(ber):
                records += rows["_offset"].n_unique() + lost.height
                frame = rows.select("row", *self.layout.used_columns)
                broken = tuple(broken_of(ber, *row) for row in lost.iter_rows())
                yield ready(Chunk(frame, broken))
        if self.header is not None:
            self.counts.notes += self.header.notes(records)

    @property
    def form(self) -> Form:
        return Form("ber", columns=self.layout.used_columns)

    def located(self, rows: set[int]) -> Iterator[Located]:
        wanted = pl.Series(sorted(rows), dtype=pl.Int64)
        with opened(self.file) as ber:
            for good, lost in self._rows(ber):
                rows_of_both = pl.concat([good.select(PLACE), lost])
                wanted_rows = rows_of_both.filter(pl.col("row").is_in(wanted.implode()))
                for row, offset, length in wanted_rows.iter_rows():
                    yield located_at(ber, row, offset, length)

    def _rows(self, ber: BerFile) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        first = 1
        walker = Walker(FIELDS, PARTS)
        batches: Iterator[Batch] = ber.records(walker, 0, ber.size)
        if self.header is not None:
            batches = framed(ber, walker, self.header.size)
        for batch in batches:
            rows = numbered(batch, groups(batch), first)
            good = rows.filter(pl.col("record").is_not_null())
            lost = rows.filter(pl.col("record").is_null()).select(PLACE)
            first += rows.height
            yield good, lost


def numbered(batch: Batch, good: pl.DataFrame, first: int) -> pl.DataFrame:
    """The rows of good records and one for each broken one, in the file's order, with `row`."""
    lost = pl.DataFrame(
        batch.broken, {"_place": pl.Int64, "_offset": pl.Int64, "_length": pl.Int64}, orient="row"
    )
    rows = pl.concat([good, lost], how="diagonal").sort("_place", maintain_order=True)
    return rows.with_columns(row=pl.int_range(first, first + rows.height, dtype=pl.Int64))


def utc(stamp: pl.Expr) -> pl.Expr:
    """A TimeStamp's octets, written in hexadecimal, as a moment of UTC; null where it is none."""
    moment = (
        pl.when(stamp.str.contains(TIME))
        .then("20" + stamp.str.extract(STAMP, 1))
        .str.to_datetime(CIVIL, time_unit="ms", strict=False)
    )
    minutes = stamp.str.extract(STAMP, 3).cast(pl.Int32) * 60
    minutes = minutes + stamp.str.extract(STAMP, 4).cast(pl.Int32)
    east = stamp.str.extract(STAMP, 2) == "2b"
    return moment - pl.duration(minutes=pl.when(east).then(minutes).otherwise(-minutes))


def groups(batch: Batch) -> pl.DataFrame:
    """The columns of COLUMNS, a row for each rating group of each good record, and its place."""
    texts = dict.fromkeys(batch.columns, pl.String)
    records = pl.DataFrame(batch.columns, schema=texts).with_columns(
        _place=pl.Series(batch.places, dtype=pl.Int64),
        _offset=pl.Series(batch.offsets, dtype=pl.Int64),
        _length=pl.Series(batch.lengths, dtype=pl.Int64),
        record=pl.Series(
            [RECORDS.get(tag & 0xFFFFFFF, "other") for tag in batch.tags], dtype=pl.String
        ),
    )
    parts = pl.DataFrame(
        batch.part_columns, schema=dict.fromkeys(batch.part_columns, pl.String)
    ).with_columns(
        _place=pl.Series(batch.part_records, dtype=pl.Int64),
        is_service=pl.Series(batch.part_kinds, dtype=pl.Int64) == PARTS.index(SERVICE),
    )
    service = parts.filter("is_service")
    bearer = parts.filter(~pl.col("is_service")).join(service, on="_place", how="anti")
    added = _added(pl.concat([service, bearer]))
    rows = records.join(added, on="_place", how="left", maintain_order="left_right")
    opened = utc(pl.col("opened"))
    moment = pl.coalesce("_first", opened)
    partial, serving = pl.col("partial"), pl.col("serving_network")
    return rows.with_columns(
        containers=pl.when(pl.col("record") != "pgw").then(pl.lit(""))
        .when(pl.col("is_service").is_null()).then(pl.lit("none"))
        .when("is_service").then(pl.lit("service")).otherwise(pl.lit("bearer")),
        where=pl.when(serving == "").then(pl.lit("home"))
        .when(~serving.str.contains(NETWORK)).then(pl.lit(""))
        .when(pl.concat_str(serving.str.slice(1, 1), serving.str.slice(0, 1),
                            serving.str.slice(3, 1)) == pl.col("imsi").str.slice(0, 3))
        .then(pl.lit("home")).otherwise(pl.lit("abroad")),
        home=pl.col("imsi").str.slice(0, 5),
        imsi=subscriber_text("imsi"),
        rating_group=pl.col("rating_group").fill_null(""),
        sequence=pl.when(partial != "").then(partial).otherwise(pl.lit("0")),
        session=pl.when(partial != "")
        .then(pl.concat_str("gateway", "charging_id", pl.col("rating_group").fill_null(""),
                            separator="-"))
        .otherwise(pl.lit("")),
        # What is no time stays as it stands, and is found to be none.
        started=pl.coalesce(
            "_bad_time", moment.dt.to_string("%Y-%m-%d %H:%M:%S"), pl.col("opened")
        ),
        duration=pl.coalesce(
            (pl.col("_last") - pl.col("_first")).dt.total_seconds().cast(pl.String),
            "record_duration",
        ),
        units=pl.col("units").fill_null(""), up=pl.col("up").fill_null(""),
        down=pl.col("down").fill_null(""),
    )  # fmt: skip


def _added(parts: pl.DataFrame) -> pl.DataFrame:
    """Containers of one record and rating group added up, in the order of their first."""
    both = [pl.col("up"), pl.col("down")]
    numbers = [pl.when(text.str.contains(VOLUME)).then(text).cast(pl.Int64) for text in both]
    bad = [pl.when((text != "") & ~text.str.contains(VOLUME)).then(text) for text in both]
    stamps = [pl.col("first"), pl.col("last")]
    bad_time = [pl.when((text != "") & utc(text).is_null()).then(text) for text in stamps]
    measured = parts.with_columns(
        _up=numbers[0],
        _down=numbers[1],
        _bad=pl.coalesce(*bad),
        _bad_time=pl.coalesce(*bad_time),
        _first=utc(stamps[0]),
        _last=utc(stamps[1]),
        _is_measured=pl.any_horizontal(text != "" for text in both),
    )
    added = measured.group_by("_place", "rating_group", maintain_order=True).agg(
        pl.col("is_service").first(),
        pl.col("_up", "_down").sum(),
        pl.col("_bad", "_bad_time").drop_nulls().first(),
        pl.col("_first").min(),
        pl.col("_last").max(),
        pl.col("_is_measured").any(),
    )
    total = (pl.col("_up") + pl.col("_down")).cast(pl.String)
    return added.select(
        "_place", "rating_group", "is_service", "_first", "_last", "_bad_time",
        units=pl.when("_is_measured").then(pl.coalesce("_bad", total)).otherwise(pl.lit("")),
        up=pl.col("_up").cast(pl.String),
        down=pl.col("_down").cast(pl.String),
    )  # fmt: skip
