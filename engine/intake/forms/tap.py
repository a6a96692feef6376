"""Roaming files of the GSMA: TAP 3.10 to 3.12 with their records; NRTRDE and RAP by their count.

A charge of TAP is what one network bills the other. It is read for the file's own audit and may be
shown; nothing here makes it a price of ours.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import polars as pl

from doisoat.engine.intake.forms.ber import UNREADABLE, Batch, Walker
from doisoat.engine.intake.forms.ber_file import (
    BerFile,
    broken_of,
    located_at,
    opened,
    ready,
    refuse_unknown,
    subscriber_text,
)
from doisoat.engine.intake.forms.raw_chunks import (
    ASK_AGAIN,
    OTHER_MAPPING,
    Broken,
    Chunk,
    Counts,
    Form,
    Located,
    SourceFile,
)
from doisoat.engine.intake.forms.tap_fields import (
    ACKNOWLEDGEMENT,
    BATCH_CONTROL,
    CALL_EVENT,
    CALL_EVENT_PARTS,
    HEADERS,
    NOTIFICATION,
    RECORD_LISTS,
    RECORDS,
    RETURN,
    TRANSFER,
    USAGE_VERSION,
    UTC_TABLE,
)
from doisoat.engine.intake.mapping.mapping import Layout
from doisoat.messages.text import message, message_in, words_in
from doisoat.telephone import masked

VERSION, RELEASES = "3", ("10", "11", "12")
TITLES = {
    "tap": message("TAP"),
    "notification": message("TAP notification (no usage since the last file)"),
    "nrtrde": message("NRTRDE (notices of usage, billed by TAP)"),
    "rap": message("RAP return batch"),
    "acknowledgement": message("RAP acknowledgement"),
}
RECORD_OF = {"nrtrde": "near_real_time", "rap": "returned"}
COLUMNS = (
    "record", "service", "direction", "imsi", "msisdn", "home", "other", "started", "local",
    "utc_code", "duration", "units", "volume_in", "volume_out", "reference", "charging_id",
    "call_reference", "partial_type", "charge", "recording_entity", "location_area", "cell_id",
    "serving_network", "apn", "sender", "recipient", "sequence", "file_type", "currency",
)  # fmt: skip
TOTAL = "00"  # the type of the charge detail that says what is invoiced
VOLUME = r"^[0-9]{1,15}$"
LOCAL = r"^([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})$"
CIVIL = (
    r"^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    r" (?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"
)
NETWORK = r"[A-Z0-9]{1,6}"
NUMBER = r"[0-9]{1,5}"
OFFSET = r"^([+-])(0[0-9]|1[0-4])([0-5][0-9])$"


@dataclass(slots=True)
class Header:
    """What a file says of itself, and what was found in it."""

    about: dict[str, str] = field(default_factory=dict)
    minutes: dict[str, int] = field(default_factory=dict)  # local time less UTC, by code
    rows: int = 0
    total_charge: int = 0
    is_charged: bool = True  # every total charge was readable
    earliest: str | None = None
    latest: str | None = None

    def shown(self, name: str) -> str:
        return masked(self.about.get(name, "")) or "?"


class TapReader:
    def __init__(self, file: SourceFile, layout: Layout) -> None:
        self.file, self.layout, self.counts = file, layout, Counts()
        refuse_unknown(layout, COLUMNS, file)
        with opened(file) as ber:
            self.content = content_of(ber)

    def chunks(self) -> Iterator[Callable[[], Chunk]]:
        header = Header()
        seen: dict[bytes, int] = {}
        with opened(self.file) as ber:
            for batch in self._batches(ber, header):
                first = header.rows + 1
                header.rows += len(batch.places) + len(batch.broken)
                chunk = self._chunk(ber, batch, header, first, seen)
                yield ready(chunk)
        self.counts.notes += findings(self.content, header)
        self.counts.series = series_of(self.content, header)

    @property
    def form(self) -> Form:
        return Form("ber", columns=self.layout.used_columns)

    def located(self, rows: set[int]) -> Iterator[Located]:
        before = 1
        with opened(self.file) as ber:
            for batch in self._batches(ber, Header()):
                good = zip(batch.places, batch.offsets, batch.lengths, strict=True)
                for place, offset, length in (*good, *batch.broken):
                    if before + place in rows:
                        yield located_at(ber, before + place, offset, length)
                before += len(batch.places) + len(batch.broken)

    def _batches(self, ber: BerFile, header: Header) -> Iterator[Batch]:
        """The records, in order; `header` is filled on the way."""
        top = ber.element(0)
        at, wanted = top.content, RECORD_LISTS.get(self.content)
        groups = Walker(HEADERS[self.content], [UTC_TABLE] if self.content == "tap" else [])
        records = Walker(*((CALL_EVENT, CALL_EVENT_PARTS) if self.content == "tap" else ([],)))
        while not ber.is_end(at, top.until):
            element = ber.element(at, top.until)
            if element.tag == wanted and element.is_group:
                check_release(ber, self.content, header)
                at = yield from ber.records(records, element.content, element.until)
            else:
                batch, at = ber.group(element, groups)
                note_group(header, batch)
        check_release(ber, self.content, header)
        end = at if top.until != -1 else at + 2
        if end != ber.size:
            raise ber.refusal(
                message("{size} bytes after the end of what the file holds", size=ber.size - end),
                end,
                message("{ask_again}, or cut off what is none of it", ask_again=ASK_AGAIN),
            )

    def _chunk(
        self, ber: BerFile, batch: Batch, header: Header, first: int, seen: dict[bytes, int]
    ) -> Chunk:
        rows = pl.Series("row", batch.places, dtype=pl.Int64) + first
        broken: tuple[Broken, ...] = tuple(
            broken_of(ber, first + place, offset, length) for place, offset, length in batch.broken
        )
        if self.content != "tap":
            record = RECORD_OF[self.content]
            frame = rows.to_frame().with_columns(
                pl.lit(record if name == "record" else "").alias(name)
                for name in self.layout.used_columns
            )
            return Chunk(frame, broken)
        frame = call_events(batch, header).insert_column(0, rows)
        if "reference" in self.layout.used_columns:
            frame = frame.with_columns(_references(ber, batch, frame, seen))
        return Chunk(frame.select("row", *self.layout.used_columns), broken)


def content_of(ber: BerFile) -> str:
    """Which of the roaming files this is, told by its first two tags."""
    top = ber.element(0)
    if top.is_group and top.tag == TRANSFER and not ber.is_end(top.content, top.until):
        inner = ber.element(top.content, top.until)
        known = {BATCH_CONTROL: "tap", USAGE_VERSION: "nrtrde"}
        if inner.tag in known:
            return known[inner.tag]
    named = {NOTIFICATION: "notification", RETURN: "rap", ACKNOWLEDGEMENT: "acknowledgement"}
    if top.is_group and top.tag in named:
        return named[top.tag]
    fault = message("neither a TAP file nor NRTRDE nor RAP")
    raise ber.refusal(fault, 0, OTHER_MAPPING)


CALL_EVENTS = words_in("call event", "earliest", "latest")


def check_release(ber: BerFile, content: str, header: Header) -> None:
    """Refuse a TAP file of another release: its tags may mean something else."""
    if content not in ("tap", "notification"):
        return
    version, release = header.about.get("version", ""), header.about.get("release", "")
    if version != VERSION or release not in RELEASES:
        release_text = masked(f"TAP {version}.{release}")
        has = version and release
        wanted = ", ".join(f"{VERSION}.{known}" for known in RELEASES)
        raise ber.refusal(
            message_in("a file of", "{release}", release=release_text)
            if has
            else message("TAP of no release"),
            0,
            message("ask its sender for a file of one of: {wanted}", wanted=wanted),
        )


def note_group(header: Header, batch: Batch) -> None:
    """Keep what a group of the file's own says; of what is said twice, the first counts."""
    for name, texts in batch.columns.items():
        for text in texts:
            if text and not header.about.get(name):
                header.about[name] = text.strip()
    for code, offset in zip(
        batch.part_columns.get("code", ()), batch.part_columns.get("offset", ()), strict=True
    ):
        minutes = pl.select(_minutes(pl.lit(offset.strip()))).item()
        if code and minutes is not None:
            header.minutes.setdefault(code, minutes)


def _minutes(offset: pl.Expr) -> pl.Expr:
    """An offset such as +0700 in minutes; null where it is none."""
    hours = offset.str.extract(OFFSET, 2).cast(pl.Int32)
    minutes = hours * 60 + offset.str.extract(OFFSET, 3).cast(pl.Int32)
    return pl.when(offset.str.starts_with("-")).then(-minutes).otherwise(minutes)


def utc_text(local: pl.Expr, minutes: pl.Expr) -> pl.Expr:
    """A local time of 14 digits as UTC, 2021-08-05 00:00:00; null where it is none."""
    civil = local.str.replace(LOCAL, "$1-$2-$3 $4:$5:$6")
    moment = (
        pl.when(civil.str.contains(CIVIL))
        .then(civil)
        .str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="ms", strict=False)
    )
    return (moment - pl.duration(minutes=minutes)).dt.to_string("%Y-%m-%d %H:%M:%S")


def call_events(batch: Batch, header: Header) -> pl.DataFrame:
    """The columns of COLUMNS but `reference`, a row for each good record of a TAP batch."""
    texts = {**batch.columns, "record": [RECORDS.get(tag & 0xFFFFFFF, "") for tag in batch.tags]}
    raw = pl.DataFrame(texts, schema=dict.fromkeys(texts, pl.String)).with_columns(
        pl.all().str.strip_chars(" ")
    )
    charges = _charges(batch, header)
    record, utc_code = pl.col("record"), pl.col("utc_code")
    tele, status = pl.col("teleservice"), pl.col("status")
    minutes = utc_code.replace_strict(header.minutes, default=None, return_dtype=pl.Int32)
    is_call, is_centre = record.is_in(["moc", "mtc"]), record == "service_centre"
    about = header.about
    frame = raw.with_columns(
        service=pl.when(is_call & tele.str.starts_with("1")).then(pl.lit("voice"))
        .when(is_call & tele.str.starts_with("2")).then(pl.lit("sms"))
        .when(is_call & (tele != "")).then(pl.lit("teleservice"))
        .when(is_call & (pl.col("bearer") != "")).then(pl.lit("bearer"))
        .when(is_call).then(pl.lit(""))
        .when(record == "gprs").then(pl.lit("data"))
        .when(is_centre).then(pl.lit("sms"))
        .otherwise(record),
        direction=pl.when((record == "mtc") | (is_centre & (status == "1")))
        .then(pl.lit("incoming"))
        .when(is_centre & (status != "0")).then(pl.lit(""))
        .otherwise(pl.lit("outgoing")),
        home=pl.col("imsi").str.slice(0, 5),
        imsi=subscriber_text("imsi"),
        msisdn=_international("msisdn"),
        other=pl.coalesce(
            *(
                pl.when(text != "").then(text)
                for text in (
                    _international("sms_destination"), _international("called"), pl.col("dialled"),
                    _international("sms_originator"), _international("calling"),
                    _international("non_charged"),
                )
            ),
            pl.lit("unknown"),
        ),
        # What is no time stays as it stands, and is found to be none.
        started=utc_text(pl.col("local"), minutes).fill_null(pl.col("local")),
        charge=pl.Series(charges, dtype=pl.String),
        sender=pl.lit(about.get("sender", "")),
        recipient=pl.lit(about.get("recipient", "")),
        sequence=pl.lit(about.get("sequence", "")),
        file_type=pl.lit(about.get("file_type", "")),
        currency=pl.lit(about.get("tap_currency") or about.get("local_currency", "")),
    ).with_columns(
        units=pl.when(pl.col("service") == "data").then(_volume("volume_in", "volume_out"))
        .when(pl.col("service") == "sms").then(pl.lit("1"))
        .otherwise(pl.lit("")),
    )  # fmt: skip
    times = frame.filter(pl.col("started").str.contains(CIVIL))["started"]
    if times.len():
        header.earliest = min(filter(None, (header.earliest, str(times.min()))))
        header.latest = max(filter(None, (header.latest, str(times.max()))))
    return frame


def _international(name: str) -> pl.Expr:
    """A number in international form as it is written, with its +; a short code stays short."""
    text = pl.col(name)
    return pl.when(text.str.contains(r"^[1-9][0-9]{6,}$")).then("+" + text).otherwise(text)


def _volume(*names: str) -> pl.Expr:
    """The sum of volumes as text; the text of the first that is no volume where one is none."""
    texts = [pl.col(name) for name in names]
    bad = [pl.when(~text.str.contains(VOLUME)).then(text) for text in texts]
    total = pl.sum_horizontal(text.cast(pl.Int64, strict=False) for text in texts)
    return pl.coalesce(*bad, total.cast(pl.String))


def _charges(batch: Batch, header: Header) -> list[str]:
    """Each good record's total charge with its decimals, '' where there is none; adds them up."""
    sums: dict[int, int] = {}
    for place, kind, text in zip(
        batch.part_records, batch.part_columns["charge_type"], batch.part_columns["charge"],
        strict=True,
    ):  # fmt: skip
        if kind.strip() != TOTAL:
            continue
        if text.isdecimal() and len(text) <= 18:
            sums[place] = sums.get(place, 0) + int(text)
        else:
            header.is_charged = False
    header.total_charge += sum(sums.values())
    decimals = header.about.get("decimals", "")
    digits = int(decimals) if decimals.isdecimal() and len(decimals) == 1 else None
    if digits is None or not sums:
        return [""] * len(batch.places)
    return [_decimal(sums[place], digits) if place in sums else "" for place in batch.places]


def _decimal(amount: int, digits: int) -> str:
    unit = 10**digits
    return f"{amount // unit}.{amount % unit:0{digits}d}" if digits else str(amount)


def _references(
    ber: BerFile, batch: Batch, frame: pl.DataFrame, seen: dict[bytes, int]
) -> pl.Series:
    """The source's own reference of each record; without one, its number among equal records."""
    charging = pl.col("charging_id")
    named = frame.select(
        pl.coalesce(
            pl.when(pl.col("call_reference") != "").then("call-" + pl.col("call_reference")),
            pl.when(charging != "").then("charging-" + charging),
            pl.when(pl.col("event_reference") != "").then("event-" + pl.col("event_reference")),
        )
    ).to_series()
    texts = named.to_list()
    for at in named.is_null().arg_true():
        raw = ber.bytes_at(batch.offsets[at], batch.lengths[at])
        digest = hashlib.blake2b(raw, digest_size=12).digest()
        seen[digest] = seen.get(digest, 0) + 1
        texts[at] = f"occurrence-{seen[digest]}"
    return pl.Series("reference", texts, dtype=pl.String)


def series_of(content: str, header: Header) -> tuple[str, int] | None:
    """Whose series of numbered files this is one of, and its number; a notification is TAP's."""
    about = header.about
    ends = [about.get("sender", ""), about.get("recipient", "")]
    if not all(re.fullmatch(NETWORK, end) for end in ends):
        return None
    if re.fullmatch(NUMBER, about.get("sequence", "")) is None:
        return None
    sort = {"notification": "tap"}.get(content, content)
    return f"{sort} {ends[0]} {ends[1]}", int(about["sequence"])


def findings(content: str, header: Header) -> list[str]:
    """What the file says of itself, and where its audit and its records differ."""
    about, title = header.about, TITLES[content]
    release = f" {about.get('version', '?')}.{about.get('release', '?')}"
    release = release if content in ("tap", "nrtrde") else ""
    sender, recipient = header.shown("sender"), header.shown("recipient")
    number = header.shown("sequence")
    notes: list[str] = [
        message(
            "{title}{release} from {sender} to {recipient}, sequence number {number}",
            release=release,
            sender=sender,
            recipient=recipient,
            number=number,
            title=title,
        )
    ]
    if content in ("tap", "nrtrde"):
        stated = about.get("count", "")
        if stated != str(header.rows):
            says = message("does not say how many")
            if stated and stated != UNREADABLE:
                says = message("says {stated}", stated=stated)
            notes.append(
                message(
                    "audit: it holds {rows} call events, and {says}", rows=header.rows, says=says
                )
            )
    if content != "tap":
        return notes
    stated, total = about.get("total_charge", ""), str(header.total_charge)
    if stated and (stated != total or not header.is_charged):
        notes.append(
            message(
                "audit: its records charge {total} in all, and it says {stated}",
                total=total,
                stated=stated,
            )
        )
    for word, time in (("earliest", header.earliest), ("latest", header.latest)):
        if not about.get(word) or time is None:
            continue
        minutes = _minutes(pl.lit(about.get(f"{word}_offset", "")))
        utc_time = pl.select(utc_text(pl.lit(about[word]), minutes)).item()
        if utc_time != time:
            shown = message("no time")
            if utc_time is not None:
                shown = message("{utc_time} UTC", utc_time=utc_time)
            notes.append(
                message(
                    "audit: its {word} call event is of {time} UTC, and it says {shown}",
                    time=time,
                    word=CALL_EVENTS[word],
                    shown=shown,
                )
            )
    return notes
