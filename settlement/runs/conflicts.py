"""Conflicts of usage with master data: findings, each of one event or one balance.

A finding takes nothing away and adds nothing: an event stays in the run as it is, rated or
suspended. An event has at most one finding, the first of EVENT_FINDINGS that applies, so their
counts add up to events. All of it follows from what the run is a function of.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from doisoat.engine.files.part_events import FILE, rows_by_part, scan_files
from doisoat.engine.rating import stated_balances as balances
from doisoat.engine.rating.opening_state import sellers_of
from doisoat.engine.store.event_columns import EVENT_SCHEMA
from doisoat.engine.store.home import Part
from doisoat.engine.usage.membership import memberships, packs_resolved, resolved
from doisoat.engine.usage.subscriptions import SUBSCRIBER
from doisoat.settlement.figures.merge import Settled
from doisoat.settlement.figures.period import Period
from doisoat.settlement.runs.run_inputs import Task, master, people, stated_balances
from doisoat.settlement.runs.runs import file_of, run_files
from doisoat.settlement.runs.usage_months import is_of, logical_source, read
from doisoat.tariffs.compile.program import FOREVER
from doisoat.tariffs.models import quantity

EVENT_FINDINGS = (
    "ported_away",  # a port, or a later subscription, gives the number to another carrier then
    "other_carrier",  # the subscription of that time is of another carrier
    "recalled",  # the subscription had ended
    "not_begun",  # the first subscription begins later
    "no_subscription",  # the number has none at any time
    "pack_of_other_carrier",  # a pack that another carrier sells
    "pack_not_bought",  # renewed, and no purchase of it is known
)
BALANCE_FINDINGS = (
    *(f"balance_{why}" for why in balances.UNPLACED),  # not put into the opening state
    "balance_differs",  # from the closing state of the month before
    "balance_not_held",  # the closing state of the month before has none
)
FINDINGS = (*EVENT_FINDINGS, *BALANCE_FINDINGS)
FINDING = pl.Schema(
    {
        "finding": pl.String(),
        "carrier": pl.String(),  # of the event; of the owner's subscription
        "event_hi": pl.UInt64(),  # 0 of a balance
        "event_lo": pl.UInt64(),
        "owner_hi": pl.UInt64(),
        "owner_lo": pl.UInt64(),
        "start_ms": pl.Int64(),  # of the event; the moment that the balance is of
        "about": pl.String(),  # the other carrier, the pack, or which balance
        "stated": pl.Int64(),  # of a balance: what the carrier says is left, or was given of a cap
        "found": pl.Int64(),  # what the closing state of the month before says
    }
)
EVENT, OWNER = ["event_hi", "event_lo"], ["owner_hi", "owner_lo"]
TOGETHER_ROWS = 2_000_000  # of parts, or of the buckets of one, that are looked through together
BUYS = ["registration", "renewal"]
TRAITS = ("carrier", "kind", "pack", "destination")
OF_EVENT_SCHEMA = {name: FINDING[name] for name in (*EVENT, *OWNER, "carrier", "start_ms")}


def find(task: Task, settled: Settled, program: Any) -> pl.DataFrame:
    """All findings of a run, schema FINDING, in the order of FINDINGS, owners and time."""
    suspended = _suspended(settled, "no_subscription")
    contradicted = _suspended(settled, "conflicting")
    frames = [
        _ported(task),
        _unsubscribed(suspended.with_columns(pl.col("carrier").cast(pl.String)), task),
        *_packs(task, program),
    ]
    events = pl.concat([_with_nothing(frame) for frame in frames])
    events = events.join(contradicted.select(EVENT), on=EVENT, how="anti")
    ranks = {name: rank for rank, name in enumerate(FINDINGS)}
    rank = pl.col("finding").replace_strict(ranks, return_dtype=pl.Int64)
    first = events.with_columns(rank=rank).sort("rank", "about").unique(EVENT, keep="first")
    findings = pl.concat([first.select(FINDING.names()), _balances(task, program)])
    return (
        findings.with_columns(rank=rank)
        .sort("rank", *OWNER, "start_ms", *EVENT, "about")
        .select(FINDING.names())
    )


def _suspended(settled: Settled, reason: str) -> pl.DataFrame:
    """The events that are suspended for one reason."""
    is_own = pl.col("reason").cast(pl.String) == reason
    return settled.suspense.filter(is_own).collect(engine="streaming")


def _with_nothing(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame of OF_EVENT_SCHEMA, finding and about, with the columns that only balances have."""
    nothing = pl.lit(None, pl.Int64)
    return frame.with_columns(stated=nothing, found=nothing).select(FINDING.names()).cast(FINDING)


# --- subscriptions -------------------------------------------------------------------------------


def _unsubscribed(events: pl.DataFrame, task: Task) -> pl.DataFrame:
    """Why each event that was suspended for want of a subscription has none."""
    terms = master(task, "subscription").select(
        *OWNER, "from_ms", pl.col("until_ms").fill_null(FOREVER), whose="carrier"
    )
    at = pl.col("start_ms")
    spans = (
        events.select(*EVENT, *OWNER, "start_ms")
        .join(terms, on=OWNER)
        .group_by(EVENT)
        .agg(
            pl.col("whose").filter((pl.col("from_ms") <= at) & (at < pl.col("until_ms"))).min(),
            ended=(pl.col("until_ms") <= at).any(),
        )
    )
    with_spans = events.join(spans, on=EVENT, how="left")
    return with_spans.with_columns(
        finding=pl.when(pl.col("whose").is_not_null()).then(pl.lit("other_carrier"))
        .when(pl.col("ended").is_null()).then(pl.lit("no_subscription"))
        .when(pl.col("ended")).then(pl.lit("recalled"))
        .otherwise(pl.lit("not_begun")),
        about=pl.col("whose").fill_null(""),
    )  # fmt: skip


def _ported(task: Task) -> pl.DataFrame:
    """Events of a number that is another carrier's at the time: by a port, or by the carriers'
    subscriptions, where two have it and the other one's began later."""
    listed = master(task, "port").select(
        subscriber_hi="number_hi", subscriber_lo="number_lo", about="carrier", begun="from_ms",
        ended=pl.col("until_ms").fill_null(FOREVER),
    )  # fmt: skip
    ports = pl.concat([listed, _had_by_two(master(task, "subscription"))])
    schema = pl.Schema({**OF_EVENT_SCHEMA, "about": pl.String(), "begun": pl.Int64()})
    frames = [pl.DataFrame(schema=schema)]
    members = memberships(master(task, "subscription"))
    for events, traits in _usage(task) if ports.height else ():
        in_period = (
            events.select(*EVENT, *OWNER, "subscriber_hi", "subscriber_lo", "start_ms", "trait")
            .join(ports.lazy(), on=["subscriber_hi", "subscriber_lo"])
            .filter(pl.col("start_ms").is_between("begun", "ended", closed="left"))
            .join(traits.select("trait", "carrier").lazy(), on="trait")
        )
        rows = in_period.select(*schema.keys(), *SUBSCRIBER).collect()
        frames.append(resolved(rows, members).select(schema.keys()))
    last = pl.concat(frames).sort("begun", "about").unique(EVENT, keep="last")
    away = last.filter(pl.col("about") != pl.col("carrier")).drop("begun")
    return away.with_columns(finding=pl.lit("ported_away"))


def _had_by_two(subscriptions: pl.DataFrame) -> pl.DataFrame:
    """When two carriers have a number, and whose it became last: as `_ported` takes ports."""
    several = pl.col("carrier").n_unique().over(SUBSCRIBER) > 1
    rows = subscriptions.filter(several).select(
        *SUBSCRIBER, "carrier", begun="from_ms", ended=pl.col("until_ms").fill_null(FOREVER)
    )
    return (
        rows.join(rows, on=SUBSCRIBER, suffix="_before")
        .filter(
            pl.col("carrier") != pl.col("carrier_before"),
            pl.col("begun").is_between("begun_before", "ended_before", closed="left"),
        )
        # Of a number that many have, a row a beginning: those before it differ in their end alone.
        .group_by(*SUBSCRIBER, about="carrier", begun="begun")
        .agg(ended=pl.min_horizontal("ended", "ended_before").max())
    )


# --- packs ---------------------------------------------------------------------------------------


def _packs(task: Task, program: Any) -> Iterator[pl.DataFrame]:
    """Packs of another carrier, and renewals of packs that were never bought."""
    sold: dict[str, set[str]] = {}
    for version in task.catalogue.packs:
        sold.setdefault(version.id, set()).add(version.carrier or "")
    schema = pl.Schema({**OF_EVENT_SCHEMA, "pack": pl.String(), "destination": pl.String()})
    frames = [pl.DataFrame(schema=schema)]
    members = memberships(master(task, "subscription"))
    for usage, traits in _usage(task):
        packs = traits.filter(pl.col("kind") == "pack")
        own_usage = usage.filter(pl.col("trait").is_in(packs["trait"].implode()))
        named = own_usage.join(packs.lazy(), on="trait")
        rows = named.select(*schema.keys(), *SUBSCRIBER).collect()
        frames.append(resolved(rows, members).select(schema.keys()))
    events = pl.concat(frames)
    owners = [
        (pack, carrier, ", ".join(sorted(sold[pack])))
        for pack, carrier in events.select("pack", "carrier").unique().rows()
        if pack in sold and not sold[pack] & {carrier, ""}
    ]
    table = pl.DataFrame(owners, {"pack": pl.String, "carrier": pl.String, "whose": pl.String},
                         orient="row")  # fmt: skip
    foreign = events.join(table, on=["pack", "carrier"])
    yield foreign.with_columns(
        finding=pl.lit("pack_of_other_carrier"),
        about=pl.col("pack") + " (" + pl.col("whose") + ")",
    )
    if task.opening is None:
        # What it renews may have been bought, and have ended, before the first period began.
        return
    by = [*OWNER, "pack"]
    ordered = events.sort(*by, pl.col("start_ms") // 1_000, "start_ms", *EVENT)
    bought = pl.col("destination").is_in(BUYS).cast(pl.Int64)
    first = ordered.filter(
        (bought.cum_sum().over(by) == bought) & (pl.col("destination") != "registration")
    )
    yield first.join(_bought_before(task, program), on=by, how="anti").with_columns(
        finding=pl.lit("pack_not_bought"), about="pack"
    )


def _bought_before(task: Task, program: Any) -> pl.DataFrame:
    """Owners and packs of which a purchase is known from before the period.

    Listed as open when the first period began, or bought in a month whose run led to this one.
    """
    by = [*OWNER, "pack"]
    members = memberships(master(task, "subscription"))
    listed = packs_resolved(master(task, "pack"), members, sellers_of(program))
    purchases = [listed.select(by)]
    opening = task.opening
    while opening is not None:
        period, inputs = Period.of(opening.period), opening.manifest["inputs"]
        sources = inputs["sources"]
        for events, traits in _events_of(task, task.every_usage, period, None, sources):
            packs = traits.filter((pl.col("kind") == "pack") & pl.col("destination").is_in(BUYS))
            bought = events.filter(pl.col("trait").is_in(packs["trait"].implode()))
            named = bought.join(packs.lazy(), on="trait")
            rows = named.select(*by, *SUBSCRIBER, "carrier", "start_ms").collect()
            purchases.append(resolved(rows, members).select(by).unique())
        before = inputs["opening_run"]
        opening = run_files(task.home, before, superseded=False) if before is not None else None
    return pl.concat(purchases).unique()


# --- usage ---------------------------------------------------------------------------------------


def _usage(task: Task) -> Iterator[tuple[pl.LazyFrame, pl.DataFrame]]:
    """The events of the period, some at a time, and the traits that are the carrier's."""
    return _events_of(task, task.usage, task.period, task.carrier)


def _events_of(
    task: Task,
    parts: Iterable[Part],
    period: Period,
    carrier: str | None,
    named: Collection[dict[str, Any]] | None = None,
) -> Iterator[tuple[pl.LazyFrame, pl.DataFrame]]:
    """Some at a time, however long the month is: small parts together, a large one in pieces.

    The codes of traits count on over what comes together.
    Args: named: the sources of a run; a part may hold others, which came in after it.
    """
    together = _Together(period)
    with_traits = [part for part in parts if part.file("trait.parquet") is not None]
    for part, table in zip(with_traits, rows_by_part(with_traits, "trait.parquet"), strict=True):
        traits = table.select("trait", *TRAITS)
        codes = traits.height
        if carrier is not None:
            traits = traits.filter(pl.col("carrier") == carrier)
        sources = None
        if named is not None:
            of_run = [logical_source(source) in named for source in part.manifest["sources"]]
            sources = (
                None if all(of_run) else [at for at, is_named in enumerate(of_run) if is_named]
            )
        for piece, piece_rows in _stored(part, task.copies):
            if together.tables and together.rows + piece_rows > TOGETHER_ROWS:
                yield together.scanned()
                together = _Together(period)
            together.add(piece, piece_rows, sources, traits, codes)
    if together.tables:
        yield together.scanned()


class _Together:
    """Events of a period that are looked through together; codes of traits count on over them.

    The files of many small parts are scanned as one.
    """

    def __init__(self, period: Period) -> None:
        self.within = is_of(period)
        self.offsets: dict[str, int] = {}  # of traits, by the path of a whole file
        self.whole: list[Path] = []
        self.others: list[pl.LazyFrame] = []
        self.tables: list[pl.DataFrame] = []
        self.rows = self.offset = 0

    def add(
        self,
        piece: "pl.LazyFrame | Sequence[Path]",
        rows: int,
        sources: Sequence[int] | None,
        traits: pl.DataFrame,
        codes: int,
    ) -> None:
        """Take events of a part: whole files, or those of a frame.

        Args: rows: how many they are; sources: of which they are alone, None: of all; traits: of
            the part; codes: how many it has.
        """
        shifted = pl.col("trait") + pl.lit(self.offset, pl.UInt32)
        if not isinstance(piece, pl.LazyFrame) and sources is None:
            self.offsets |= {str(path): self.offset for path in piece}
            self.whole += piece
        else:
            events = piece if isinstance(piece, pl.LazyFrame) else scan_files(piece)
            if sources is not None:
                events = events.filter(pl.col("source").is_in(sources))
            self.others.append(
                events.filter(self.within).select(*EVENT_SCHEMA).with_columns(shifted)
            )
        self.tables.append(traits.with_columns(shifted))
        self.rows, self.offset = self.rows + rows, self.offset + codes

    def scanned(self) -> tuple[pl.LazyFrame, pl.DataFrame]:
        """The events, and their traits."""
        events = list(self.others)
        if self.whole:
            shift = pl.col(FILE).replace_strict(self.offsets, return_dtype=pl.UInt32)
            rows = scan_files(self.whole).filter(self.within)
            events.append(rows.with_columns(pl.col("trait") + shift).select(*EVENT_SCHEMA))
        return pl.concat(events), pl.concat(self.tables)


def _stored(
    part: Part, copies: pl.DataFrame
) -> Iterator[tuple[pl.LazyFrame | Sequence[Path], int]]:
    """A part's events, of a large one bucket by bucket; of a contradicted one the chosen copy, once
    that is decided. Each with how many they are, of a large one at least."""
    part_copies = copies.filter(pl.col("part") == part.id) if copies.height else copies
    stays = pl.col("is_chosen") | pl.col("decision").is_null()
    aside = part_copies.filter(pl.col("is_stored") & ~stays).select(EVENT)
    count = part.manifest["counts"]["events"]
    is_small = count <= TOGETHER_ROWS
    together = [part.buckets] if is_small else [[path] for path in part.buckets]
    for paths in together if part.buckets else ():
        piece: pl.LazyFrame | Sequence[Path] = paths
        if aside.height:
            piece = scan_files(paths).join(aside.lazy(), on=EVENT, how="anti")
        yield piece, count if is_small else TOGETHER_ROWS
    chosen = part_copies.filter(~pl.col("is_stored") & pl.col("is_chosen"))
    if chosen.height:
        yield chosen.lazy(), chosen.height


# --- balances ------------------------------------------------------------------------------------


def _balances(task: Task, program: Any) -> pl.DataFrame:
    """Stated balances that the opening state has no place for, or says otherwise."""
    stated = stated_balances(task)
    if stated.is_empty():
        return pl.DataFrame(schema=FINDING)
    if task.opening is None:
        subscriptions = people(task)
        placed = balances.place(program, master(task, "pack"), stated, subscriptions)
        findings = placed.unplaced.with_columns(
            finding=pl.lit("balance_") + pl.col("why"), found=pl.lit(None, pl.Int64)
        )
    else:
        findings = _differing(task, stated)
    findings = findings.join(_carriers(task), on=OWNER, how="left")
    if task.carrier is not None:
        findings = findings.filter(pl.col("carrier") == task.carrier)
    is_cap = pl.col("balance") == "cap"
    place = pl.when(pl.col("volume") > 0).then(pl.format(" {}", "volume")).otherwise(pl.lit(""))
    name = pl.when(pl.col("pack") != "").then("pack").otherwise(pl.lit(""))
    both = (pl.col("pack") != "") & (pl.col("measure") != "")
    between = pl.when(both).then(pl.lit(" ")).otherwise(pl.lit(""))
    nil = pl.lit(0, pl.UInt64)
    return findings.select(
        "finding",
        pl.col("carrier").fill_null(""),
        event_hi=nil,
        event_lo=nil,
        owner_hi="owner_hi",
        owner_lo="owner_lo",
        start_ms="as_of_ms",
        about=pl.col("balance") + " " + name + place + between + pl.col("measure"),
        stated=pl.when(is_cap).then("given").otherwise("left"),
        found="found",
    ).cast(FINDING)


def _carriers(task: Task) -> pl.DataFrame:
    """The carrier of each owner's subscription as the period begins."""
    begin = task.period.begin_ms
    return (
        master(task, "subscription")
        .filter((pl.col("from_ms") <= begin) & (begin < pl.col("until_ms").fill_null(FOREVER)))
        .group_by(OWNER)
        .agg(pl.col("carrier").min())
    )


def _differing(task: Task, stated: pl.DataFrame) -> pl.DataFrame:
    """Stated balances against the closing state of the month before.

    A quota a day is whole as the month begins. One per cycle is not compared: its cycle need not
    begin with the month, and the closing state has it as it was last drawn.
    """
    assert task.opening is not None
    state = read(file_of(task.opening, "closing.parquet"))
    is_cap = pl.col("item") == "cap"
    closing = state.filter(is_cap | (pl.col("item") == "source")).with_columns(
        balance=pl.when(is_cap).then(pl.lit("cap")).otherwise("type"),
        measure=pl.col("measure").str.replace(r"/\d+$", ""),
    )
    of_pack = pl.col("balance").is_in(["volume", "bonus"])
    closing = closing.with_columns(
        volume=pl.when(of_pack).then(pl.col("volume") + 1).otherwise(0),
        bought_ms=pl.when(of_pack).then("bought_ms").otherwise(0),
        began_ms=pl.when(pl.col("balance").is_in(["bonus", "grant"])).then("from_ms").otherwise(0),
        pack=pl.when(of_pack).then("pack").otherwise(pl.lit("")),
        measure=pl.when(pl.col("balance") == "volume").then(pl.lit("")).otherwise("measure"),
    )
    per = _per(task)
    closing = closing.join(per, on=["pack", "volume"], how="left").filter(
        pl.col("per").is_null()
        | ((pl.col("version_from_ms") <= pl.col("bought_ms"))
           & (pl.col("bought_ms") < pl.col("version_until_ms")))
    )  # fmt: skip
    remaining = (
        pl.when(pl.col("balance") == "cap").then("given")
        .when(pl.col("per") == "day").then("given")
        .otherwise("left")
    )  # fmt: skip
    key = [*OWNER, "balance", "pack", "volume", "bought_ms", "measure", "began_ms"]
    closing = closing.select(*key, "per", found=remaining).unique(
        key, keep="first", maintain_order=True
    )
    compared = stated.join(closing, on=key, how="left").with_columns(
        _said=pl.when(pl.col("balance") == "cap").then("given").otherwise("left")
    )
    compared = compared.filter(
        (pl.col("per").fill_null("") != "cycle") & pl.col("found").ne_missing(pl.col("_said"))
    )
    return compared.with_columns(
        finding=pl.when(pl.col("found").is_null())
        .then(pl.lit("balance_not_held"))
        .otherwise(pl.lit("balance_differs"))
    )


def _per(task: Task) -> pl.DataFrame:
    """What each volume of a version of a pack is counted per."""
    rows = [
        (
            version.id, place, volume.per, quantity.to_ms(version.valid_from),
            FOREVER if version.valid_until is None else quantity.to_ms(version.valid_until),
        )
        for version in task.catalogue.packs
        for place, volume in enumerate(version.volumes, 1)
    ]  # fmt: skip
    schema = {"pack": pl.String, "volume": pl.Int64, "per": pl.String,
              "version_from_ms": pl.Int64, "version_until_ms": pl.Int64}  # fmt: skip
    return pl.DataFrame(rows, schema, orient="row")
