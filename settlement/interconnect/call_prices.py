"""The destination, price and waived time of each call of a month. No I/O here.

A call is placed by the network that its record names, and by the port in force when it starts; its
price is the one of then for the caller's service and the network called. Partial records of a call
are one call, which starts with the first of them that the month has.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, Self

import polars as pl

from doisoat.engine.files.coding import HAS_SESSION
from doisoat.engine.rating.rerate import IDS, OWNER, RatedShards
from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.settlement.figures.merge import sum_by
from doisoat.settlement.figures.period import EPOCH, MS_PER_DAY
from doisoat.settlement.figures.subscription_terms import Terms
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.catalogue_model import Catalogue, InterconnectPrice
from doisoat.tariffs.models.package_model import Package, PriceCut

if TYPE_CHECKING:
    from doisoat.settlement.rerating.adjustment_worlds import Inputs

# What becomes of a call: a network pays another; or it stays in its own, goes to nobody's network
# (short codes, abroad), to one that the record does not name, or has no price; or it is suspended.
SORTS = ("due", "own_network", "no_network", "unknown_network", "unpriced", "suspended")
DIRECTION = ("payer", "payee")  # two services at one price are summed as one
KEYS = (*DIRECTION, "price", "day")
SUMS = ("calls", "ms", "waived_ms", "amount_by_call")
SORTED, COUNTED = ("payer", "sort"), ("calls", "ms")  # of a carrier's own calls: keys and sums
KINDS = ("voice", "sms")
CALL_COLUMNS = (
    "kind",
    "recorded",
    "counterparty_hi",
    "counterparty_lo",
    "subscriber_hi",
    "subscriber_lo",
    "session_hi",
    "session_lo",
    "partial",
)
COLUMNS = (*IDS, *OWNER, "carrier", "start_ms", "units", "status", *CALL_COLUMNS)
SESSION = ("session_hi", "session_lo")
IS_PART = pl.any_horizontal(pl.col(SESSION) != 0)  # of calls, where SESSION is of OF_CALL
# records: how many a call has; is_whole: a measure waives it to its end, however long it is.
OF_CALL = (*IDS, "start_ms", *OWNER, *SESSION, *KEYS, "sort", *SUMS, "records", "is_whole")
LEAVES = (pl.col("payee") != "") & (pl.col("payee") != pl.col("carrier"))  # of placed records
FOREVER = 2**62


class Ground(NamedTuple):
    """What calls are placed by: subscriptions and ports as master tables, and the tariffs."""

    catalogue: Catalogue
    package: Package
    subscriptions: pl.DataFrame
    ports: pl.DataFrame

    @classmethod
    def of(cls, inputs: "Inputs") -> Self:
        """What a run's calls are placed by."""
        tables = (inputs.rows(name) for name in ("subscription", "port"))
        return cls(inputs.catalogue, inputs.package, *tables)


class Calls(NamedTuple):
    """A month's calls, each with where it goes: OF_CALL; a row a call.

    Partial records that are of one sort, payee and price are one row, with the IDS and start of the
    first of them; SESSION is 0 where a record is a call of its own. Calls of one record that go to
    no other network are no rows: `staying` counts them.
    staying: SORTED and COUNTED; messages: by carrier, SMS to other networks, of which the
    catalogue has no price.
    """

    rows: pl.DataFrame
    staying: pl.DataFrame
    messages: pl.DataFrame


class Placing(NamedTuple):
    """What calls are placed and priced by."""

    ground: Ground
    services: Terms  # from_service
    waivers: pl.DataFrame

    @classmethod
    def of(cls, ground: Ground) -> Self:
        """Raises: CatalogueError where two prices, or two entries of a measure, contradict."""
        _refuse_overlaps(ground.catalogue.interconnect)
        fixed = [plan.id for plan in ground.catalogue.plans if plan.service == "fibre"]
        is_fixed = pl.col("plan").is_in(fixed)
        service = pl.when(is_fixed).then(pl.lit("fixed")).otherwise(pl.lit("mobile"))
        services = Terms.of(ground.subscriptions, from_service=service)
        return cls(ground, services, _waivers(ground))

    def calls(self, bucket: RatedShards) -> Calls:
        """Args: bucket: COLUMNS of its events, and their lines."""
        # Of a bucket without events, what is told beside them has no types.
        named = bucket.events.select(COLUMNS).with_columns(
            pl.col("kind", "recorded", "carrier").cast(pl.String),
            pl.col(*IDS, *OWNER).cast(pl.UInt64),
            pl.col(CALL_COLUMNS).exclude("kind", "recorded").cast(pl.UInt64),
            pl.col("start_ms", "units", "status").cast(pl.Int64),
        )
        sms = named.filter((pl.col("kind") == "sms") & (pl.col("status") == 0))
        texts = _placed(sms.with_columns(began_ms="start_ms"), self.ground.ports)
        voice = _with_beginning(named.filter(pl.col("kind") == "voice"))
        placed = _placed(voice, self.ground.ports).with_columns(stays=~LEAVES & ~IS_PART)
        return Calls(
            _sorted(placed.filter(~pl.col("stays")), bucket.lines, self),
            _staying(placed.filter("stays")),
            sum_by(
                texts.filter(LEAVES).select(payer="carrier", messages="units"),
                ["payer"],
                ["messages"],
            ),
        )


def networks_of(catalogue: Catalogue) -> list[str]:
    """Whose networks a call may go to: the carriers', and those that the number plan names."""
    named = (prefix.network.partition(":") for prefix in catalogue.numbering.prefixes)
    plan = {network for sort, _, network in named if sort in ("mobile", "fixed")}
    return sorted(plan | {carrier.id for carrier in catalogue.carriers})


# --- where a call goes ---------------------------------------------------------------------------


def _with_beginning(voice: pl.DataFrame) -> pl.DataFrame:
    """With began_ms, when the call began that a record is of, which no record before the month
    tells; SESSION is made 0 where a record is a call of its own. Sessions are of an owner, as in
    the kernel."""
    named = voice.select(pl.col(COLUMNS).exclude("kind", "partial"), is_part=HAS_SESSION)
    alone = named.filter(~pl.col("is_part")).with_columns(
        *(pl.lit(0, pl.UInt64).alias(name) for name in SESSION), began_ms="start_ms"
    )
    parts = named.filter("is_part").with_columns(
        began_ms=pl.col("start_ms").min().over(*OWNER, *SESSION)
    )
    return pl.concat([alone, parts])


def _placed(events: pl.DataFrame, ports: pl.DataFrame) -> pl.DataFrame:
    """With payee, '' where no network is named, and to_service: by the record, and for a mobile
    number by the port in force when the call starts, as the kernel does."""
    parts = pl.col("recorded").str.splitn(":", 2)
    destinations = events.select(pl.col("recorded").unique()).with_columns(
        to_service=parts.struct.field("field_0"), rest=parts.struct.field("field_1").fill_null("")
    )
    rows = events.join(destinations, on="recorded", how="left")
    # A number that was never ported has the network of its record: most are looked up no further.
    may_be_ported = (pl.col("to_service") == "mobile") & pl.col("counterparty_lo").is_in(
        ports["number_lo"].implode()
    )
    rows = rows.with_columns(may_be_ported=may_be_ported)
    calls = rows.filter("may_be_ported")
    ported = calls.join(_ported(calls, ports), on=IDS, how="left")
    others = rows.filter(~pl.col("may_be_ported")).with_columns(ported_to=pl.lit(None, pl.String))
    is_network = pl.col("to_service").is_in(["mobile", "fixed"])
    return pl.concat([ported, others]).with_columns(
        payee=pl.when(is_network).then(pl.coalesce("ported_to", "rest")).otherwise(pl.lit(""))
    )


def _ported(calls: pl.DataFrame, ports: pl.DataFrame) -> pl.DataFrame:
    """IDS, ported_to of the calls whose number a port holds for when they start."""
    port_spans = ports.select(
        pl.col("number_hi").alias("counterparty_hi"),
        pl.col("number_lo").alias("counterparty_lo"),
        pl.col("carrier").cast(pl.String).alias("ported_to"),
        "from_ms",
        pl.col("until_ms").fill_null(FOREVER),
    )
    return (
        calls.select(*IDS, "began_ms", "counterparty_hi", "counterparty_lo")
        .join(port_spans, on=["counterparty_hi", "counterparty_lo"], how="inner")
        .filter(pl.col("began_ms").is_between("from_ms", "until_ms", closed="left"))
        .sort(*IDS, "from_ms")
        .unique(IDS, keep="last", maintain_order=True)
        .select(*IDS, "ported_to")
    )


def _with_service(calls: pl.DataFrame, services: Terms) -> pl.DataFrame:
    """With from_service: of the plan that the subscriber has when the call starts.

    A call whose first record no subscription holds is rated from a later one: then of that one's.
    """
    named = calls.with_row_index("_place")
    lowest, highest = (pl.lit(calls["owner_hi"].min()), pl.lit(calls["owner_hi"].max()))
    of_bucket = services.alike.filter(pl.col("owner_hi").is_between(lowest, highest))
    alike = named.join(of_bucket, on=OWNER)
    ambiguous = named.join(alike, on="_place", how="anti")
    of_call = pl.col("start_ms").filter(pl.col("status") == 0).min().over(*OWNER, *SESSION)
    ambiguous = ambiguous.with_columns(
        rated_ms=pl.when(IS_PART).then(of_call).otherwise("start_ms")
    )
    first = services.in_force(ambiguous, "began_ms")
    later = services.in_force(ambiguous.join(first, on="_place", how="anti"), "rated_ms")
    with_service = pl.concat(
        [frame.select("_place", "from_service") for frame in (alike, first, later)]
    )
    joined = named.join(with_service, on="_place", how="left", maintain_order="left").drop("_place")
    return joined.with_columns(pl.col("from_service").fill_null("mobile"))


def _sort(*, is_priced: pl.Expr | None = None) -> pl.Expr:
    """Of SORTS what a placed call is. is_priced: of calls that go to another network."""
    of_class = pl.col("to_service") == "class"
    stays = of_class & pl.col("rest").is_in(["on_net", "fixed_own"])
    unknown = of_class & pl.col("rest").is_in(["off_net", "fixed"])
    sort = (
        pl.when(pl.col("status") != 0).then(pl.lit("suspended"))
        .when(stays).then(pl.lit("own_network"))
        .when(unknown).then(pl.lit("unknown_network"))
        .when(pl.col("payee") == "").then(pl.lit("no_network"))
    )  # fmt: skip
    if is_priced is None:
        return sort.otherwise(pl.lit("own_network"))
    return (
        sort.when(pl.col("payee") == pl.col("carrier")).then(pl.lit("own_network"))
        .when(is_priced).then(pl.lit("due"))
        .otherwise(pl.lit("unpriced"))
    )  # fmt: skip


def _staying(placed: pl.DataFrame) -> pl.DataFrame:
    """Calls.staying of calls of one record that go to no other network: they have no price."""
    return sum_by(
        placed.select(payer="carrier", sort=_sort(), calls=pl.lit(1, pl.Int64), ms=pl.col("units")),
        SORTED,
        COUNTED,
    )


def _sorted(placed: pl.DataFrame, lines: pl.DataFrame, placing: Placing) -> pl.DataFrame:
    """Of each call: OF_CALL."""
    prices = placing.ground.catalogue.interconnect
    priced = _with_service(placed, placing.services).with_columns(price=_price(prices))
    rows = (
        priced.with_columns(
            payer=pl.col("carrier"),
            sort=_sort(is_priced=pl.col("price") >= 0),
            day=(pl.col("began_ms") // MS_PER_DAY).cast(pl.Int64),
            records=pl.lit(1, pl.Int64),
            ms=pl.col("units"),
        )
        .select(*IDS, "start_ms", *OWNER, *SESSION, *KEYS, "sort", "records", "ms")
        .join(_waived(lines, placing.waivers), on=IDS, how="left")
        .with_columns(pl.col("waived").fill_null(0), pl.col("is_whole").fill_null(value=False))
    )
    calls = _as_calls(rows).with_columns(
        calls=pl.lit(1, pl.Int64),
        waived_ms=pl.when("is_whole").then("ms").otherwise(pl.min_horizontal("waived", "ms")),
    )
    return calls.with_columns(amount_by_call=_by_call(prices)).select(OF_CALL)


def _as_calls(records: pl.DataFrame) -> pl.DataFrame:
    """Partial records of a call as one row: into how many a switch cuts it changes no amount."""
    parts = records.filter(IS_PART).sort("start_ms", *IDS)
    calls = parts.group_by(*OWNER, *SESSION, *KEYS, "sort").agg(
        pl.col(*IDS, "start_ms").first(),
        pl.col("records", "ms", "waived").sum(),
        pl.col("is_whole").any(),
    )
    return pl.concat([records.filter(~IS_PART).select(calls.columns), calls])


# --- prices --------------------------------------------------------------------------------------


def _ms(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


def _price(prices: Sequence[InterconnectPrice]) -> pl.Expr:
    """The place of the price that a call has, −1 of none: one that names its payee comes first.

    Equal prices of several services, or versions, are the first of them.
    """
    amounts = [per_ms(price) for price in prices]
    chain = pl.lit(-1, pl.Int64)
    ordered = sorted(enumerate(prices), key=lambda entry: entry[1].to_carriers is not None)
    for place, price in ordered:  # the last one asked first
        until = FOREVER if price.valid_until is None else _ms(price.valid_until)
        holds = (
            pl.col("began_ms").is_between(_ms(price.valid_from), until, closed="left")
            & (pl.col("from_service") == price.from_service)
            & (pl.col("to_service") == price.to_service)
        )
        if price.to_carriers is not None:
            holds &= pl.col("payee").is_in(list(price.to_carriers))
        first = pl.lit(amounts.index(amounts[place]), pl.Int64)
        chain = pl.when(holds).then(first).otherwise(chain)
    return chain


def per_ms(price: InterconnectPrice) -> tuple[int, int]:
    """đồng a millisecond, as numerator and denominator."""
    per_ms = quantity.price(price.price) / quantity.divisor(price.per, quantity.TIME_UNITS)
    return per_ms.numerator, per_ms.denominator


def _by_call(prices: Sequence[InterconnectPrice]) -> pl.Expr:
    """What each call that owes comes to alone, half up, in 128 bits."""
    is_due = pl.col("sort") == "due"
    ms = pl.when(is_due).then(pl.col("ms") - pl.col("waived_ms")).otherwise(0)
    amount = pl.lit(0, pl.Int64)
    for place, price in enumerate(prices):
        num, den = per_ms(price)
        rounded = (ms.cast(pl.Int128) * (2 * num) + den) // (2 * den)
        amount = pl.when(pl.col("price") == place).then(rounded.cast(pl.Int64)).otherwise(amount)
    return amount


def _refuse_overlaps(prices: Sequence[InterconnectPrice]) -> None:
    """Two prices of one call would make the amount a matter of their order."""
    for at, second_price in enumerate(prices):
        for first_price in prices[:at]:
            same = (second_price.from_service, second_price.to_service) == (
                first_price.from_service,
                first_price.to_service,
            )
            level = (second_price.to_carriers is None) == (first_price.to_carriers is None)
            meet = second_price.to_carriers is None or set(second_price.to_carriers) & set(
                first_price.to_carriers or ()
            )
            until = [price.valid_until or datetime.max for price in (second_price, first_price)]
            together = second_price.valid_from < until[1] and first_price.valid_from < until[0]
            if same and level and meet and together:
                raise CatalogueError(
                    message(
                        "two interconnect prices {from_service} → {to_service} hold"
                        " together ({price} and {second_price_price})",
                        from_service=second_price.from_service,
                        to_service=second_price.to_service,
                        price=first_price.price,
                        second_price_price=second_price.price,
                    ),
                    "catalogue, interconnect",
                    message("let one end where the other begins"),
                )


# --- waivers -------------------------------------------------------------------------------------


def _waivers(ground: Ground) -> pl.DataFrame:
    """carrier, measure, is_whole: where interconnection is waived; a measure on a price waives
    that of the whole call."""
    is_whole: dict[tuple[str, str], bool] = {}
    flags: dict[tuple[str, str], set[str]] = {}
    everybody = tuple(carrier.id for carrier in ground.catalogue.carriers)
    for entry in ground.package.measures:
        for carrier in entry.carriers if entry.carriers is not None else everybody:
            flags.setdefault((carrier, entry.id), set()).add(entry.interconnect)
            if entry.interconnect == "waived":
                is_whole[carrier, entry.id] = isinstance(entry.effect, PriceCut)
    for (carrier, measure), interconnects in flags.items():
        if len(interconnects) > 1:
            raise CatalogueError(
                message(
                    "{measure} waives interconnection for some subscribers of {carrier}"
                    " and not for others",
                    measure=measure,
                    carrier=carrier,
                ),
                f"package {ground.package.id}",
                message("give the entries of one measure the same `interconnect`, or other ids"),
            )
    return pl.DataFrame(
        [(carrier, measure, whole) for (carrier, measure), whole in sorted(is_whole.items())],
        schema={"carrier": pl.String, "measure": pl.String, "is_whole": pl.Boolean},
        orient="row",
    )


def _waived(lines: pl.DataFrame, waivers: pl.DataFrame) -> pl.DataFrame:
    """IDS, waived, is_whole: of each event the milliseconds of which nothing is owed (bounded
    elsewhere), and whether none is of its whole call."""
    relieved = lines.filter(pl.col("nature").is_in(["discount", "in_kind"]))
    return (
        relieved.join(waivers, on=["carrier", "measure"], how="inner")
        .group_by(IDS)
        .agg(pl.col("units").sum().alias("waived"), pl.col("is_whole").any())
    )
