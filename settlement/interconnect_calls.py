"""Where each call of a month goes, at which price, and of how much of it nothing is owed. No I/O.

A call is placed by the network that its record names, and by the port in force when it starts; its
price is the one of then for the caller's service and the network called.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, Self

import polars as pl

from doisoat.engine.again import IDS, Told
from doisoat.errors import CatalogueError
from doisoat.settlement.merge import sum_by
from doisoat.settlement.period import EPOCH, MS_PER_DAY
from doisoat.tariffs import quantity
from doisoat.tariffs.models import Catalogue, InterconnectPrice
from doisoat.tariffs.package_models import Package, PriceCut

if TYPE_CHECKING:
    from doisoat.settlement.adjustment.worlds import Inputs

# What becomes of a call: a network pays another; or it stays in its own, goes to nobody's network
# (short codes, abroad), to one that the record does not name, or has no price; or it is suspended.
SORTS = ("due", "own_network", "no_network", "unknown_network", "unpriced", "suspended")
DIRECTION = ("payer", "payee")  # two services at one price are summed as one
KEYS = (*DIRECTION, "price", "day")
SUMS = ("calls", "ms", "waived_ms", "amount_by_call")
BESIDE = (
    "kind",
    "recorded",
    "counterparty_hi",
    "counterparty_lo",
    "subscriber_hi",
    "subscriber_lo",
    "session_hi",
    "session_lo",
)
FOREVER = 2**62
MS_MAX = 2**47  # of a direction, price and day


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
    """A month's calls, each with where it goes. IDS, start_ms, KEYS, sort, SUMS; a row a call.

    messages: by carrier, SMS to other networks, of which the catalogue has no price.
    """

    rows: pl.DataFrame
    messages: pl.DataFrame


class Placing(NamedTuple):
    """What calls are placed and priced by."""

    ground: Ground
    plans: Mapping[str, str]  # the service of each plan
    waivers: pl.DataFrame

    @classmethod
    def of(cls, ground: Ground) -> Self:
        """Raises: CatalogueError where two prices, or two entries of a measure, contradict."""
        _refuse_overlaps(ground.catalogue.interconnect)
        plans = {plan.id: plan.service for plan in ground.catalogue.plans}
        return cls(ground, plans, _waivers(ground))

    def calls(self, told: Told) -> Calls:
        """Args: told: events with BESIDE, and their lines."""
        # Of a bucket without events, what is told beside them has no types.
        named = told.events.with_columns(
            pl.col("kind", "recorded").cast(pl.String),
            pl.col(BESIDE).exclude("kind", "recorded").cast(pl.UInt64),
        )
        voice = named.filter(pl.col("kind") == "voice")
        sms = named.filter((pl.col("kind") == "sms") & (pl.col("status") == 0))
        placed = _placed(sms, self.ground.ports)
        leaves = (pl.col("payee") != "") & (pl.col("payee") != pl.col("carrier"))
        return Calls(
            _sorted(voice, told.lines, self.ground, self.plans, self.waivers),
            sum_by(
                placed.filter(leaves).select(payer="carrier", messages="units"),
                ["payer"],
                ["messages"],
            ),
        )


def networks_of(catalogue: Catalogue) -> list[str]:
    """Whose networks a call may go to: the carriers', and those that the number plan names."""
    named = (one.network.partition(":") for one in catalogue.numbering.prefixes)
    plan = {network for sort, _, network in named if sort in ("mobile", "fixed")}
    return sorted(plan | {carrier.id for carrier in catalogue.carriers})


# --- where a call goes ---------------------------------------------------------------------------


def _placed(events: pl.DataFrame, ports: pl.DataFrame) -> pl.DataFrame:
    """With payee, '' where no network is named, and to_service: by the record, and for a mobile
    number by the port in force when the call starts, as the kernel does."""
    parts = pl.col("recorded").str.splitn(":", 2)
    rows = events.with_columns(
        sort_of=parts.struct.field("field_0"), rest=parts.struct.field("field_1").fill_null("")
    )
    held = ports.select(
        pl.col("number_hi").alias("counterparty_hi"),
        pl.col("number_lo").alias("counterparty_lo"),
        pl.col("carrier").alias("ported_to"),
        "from_ms",
        pl.col("until_ms").fill_null(FOREVER),
    )
    calls = rows.filter(pl.col("sort_of") == "mobile").select(
        *IDS, "start_ms", "counterparty_hi", "counterparty_lo"
    )
    ported = (
        calls.join(held, on=["counterparty_hi", "counterparty_lo"], how="inner")
        .filter(pl.col("start_ms").is_between("from_ms", "until_ms", closed="left"))
        .sort(*IDS, "from_ms")
        .unique(IDS, keep="last", maintain_order=True)
        .select(*IDS, "ported_to")
    )
    is_network = pl.col("sort_of").is_in(["mobile", "fixed"])
    return rows.join(ported, on=IDS, how="left").with_columns(
        payee=pl.when(is_network).then(pl.coalesce("ported_to", "rest")).otherwise(pl.lit("")),
        to_service=pl.col("sort_of"),
    )


def _with_service(
    calls: pl.DataFrame, subscriptions: pl.DataFrame, plans: Mapping[str, str]
) -> pl.DataFrame:
    """With from_service: of the plan that the subscriber has when the call starts."""
    held = subscriptions.select(
        "subscriber_hi",
        "subscriber_lo",
        "carrier",
        pl.col("from_ms").alias("held_ms"),
        pl.col("plan").replace_strict(plans, default="mobile").alias("service"),
    ).sort("held_ms")
    joined = calls.sort("start_ms").join_asof(
        held,
        left_on="start_ms",
        right_on="held_ms",
        by=["subscriber_hi", "subscriber_lo", "carrier"],
        check_sortedness=False,
    )
    is_fixed = pl.col("service").fill_null("mobile") == "fibre"
    return joined.with_columns(
        from_service=pl.when(is_fixed).then(pl.lit("fixed")).otherwise(pl.lit("mobile"))
    )


def _sorted(
    voice: pl.DataFrame,
    lines: pl.DataFrame,
    ground: Ground,
    plans: Mapping[str, str],
    waivers: pl.DataFrame,
) -> pl.DataFrame:
    """Of each call: IDS, start_ms, KEYS, sort, SUMS."""
    placed = _with_service(_placed(voice, ground.ports), ground.subscriptions, plans)
    price = _price(ground.catalogue.interconnect)
    unnamed = (pl.col("to_service") == "class") & pl.col("rest").is_in(
        ["off_net", "fixed", "on_net", "fixed_own"]
    )
    rows = (
        placed.with_columns(price=price, payer=pl.col("carrier"))
        .with_columns(
            sort=pl.when(pl.col("status") != 0)
            .then(pl.lit("suspended"))
            .when(unnamed & pl.col("rest").is_in(["on_net", "fixed_own"]))
            .then(pl.lit("own_network"))
            .when(unnamed)
            .then(pl.lit("unknown_network"))
            .when(pl.col("payee") == "")
            .then(pl.lit("no_network"))
            .when(pl.col("payee") == pl.col("payer"))
            .then(pl.lit("own_network"))
            .when(pl.col("price") < 0)
            .then(pl.lit("unpriced"))
            .otherwise(pl.lit("due")),
            day=(pl.col("start_ms") // MS_PER_DAY).cast(pl.Int64),
            calls=pl.lit(1, pl.Int64),
            ms=pl.col("units"),
        )
        .join(_waived(lines, waivers), on=IDS, how="left")
    )
    rows = rows.with_columns(
        waived_ms=pl.min_horizontal(pl.col("waived").fill_null(0), pl.col("ms"))
    )
    return rows.with_columns(amount_by_call=_of_calls(ground.catalogue.interconnect)).select(
        *IDS, "start_ms", *KEYS, "sort", *SUMS
    )


# --- prices --------------------------------------------------------------------------------------


def _ms(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


def _price(prices: Sequence[InterconnectPrice]) -> pl.Expr:
    """The place of the price that a call has, −1 of none: one that names its payee comes first.

    Equal prices of several services, or versions, are the first of them.
    """
    amounts = [per_ms(price) for price in prices]
    chain = pl.lit(-1, pl.Int64)
    ordered = sorted(enumerate(prices), key=lambda one: one[1].to_carriers is not None)
    for place, price in ordered:  # the last one asked first
        until = FOREVER if price.valid_until is None else _ms(price.valid_until)
        holds = (
            pl.col("start_ms").is_between(_ms(price.valid_from), until, closed="left")
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


def _of_calls(prices: Sequence[InterconnectPrice]) -> pl.Expr:
    """What each row adds to its call's amount, which is rounded once; partial records are of one
    call, where they have one price: each adds what the call's amount grows by."""
    is_due = pl.col("sort") == "due"
    own = pl.when(is_due).then(pl.col("ms") - pl.col("waived_ms")).otherwise(0)
    session = ["carrier", "session_hi", "session_lo", "price"]
    through = own.cum_sum().over(session, order_by=["start_ms", *IDS])
    is_partial = (pl.col("session_hi") | pl.col("session_lo")) != 0
    grown = _by_call(prices, through) - _by_call(prices, through - own)
    return pl.when(is_partial).then(grown).otherwise(_by_call(prices, own))


def _by_call(prices: Sequence[InterconnectPrice], ms: pl.Expr) -> pl.Expr:
    """What a call alone comes to, half up, in 128 bits."""
    amount = pl.lit(0, pl.Int64)
    for place, price in enumerate(prices):
        num, den = per_ms(price)
        told = (ms.cast(pl.Int128) * (2 * num) + den) // (2 * den)
        amount = pl.when(pl.col("price") == place).then(told.cast(pl.Int64)).otherwise(amount)
    return amount


def _refuse_overlaps(prices: Sequence[InterconnectPrice]) -> None:
    """Two prices of one call would make the amount a matter of their order."""
    for at, one in enumerate(prices):
        for other in prices[:at]:
            same = (one.from_service, one.to_service) == (other.from_service, other.to_service)
            level = (one.to_carriers is None) == (other.to_carriers is None)
            meet = one.to_carriers is None or set(one.to_carriers) & set(other.to_carriers or ())
            until = [price.valid_until or datetime.max for price in (one, other)]
            together = one.valid_from < until[1] and other.valid_from < until[0]
            if same and level and meet and together:
                raise CatalogueError(
                    f"two interconnect prices {one.from_service} → {one.to_service} hold together"
                    f" ({other.price} and {one.price})", "catalogue, interconnect",
                    "let one end where the other begins",
                )  # fmt: skip


# --- waivers -------------------------------------------------------------------------------------


def _waivers(ground: Ground) -> pl.DataFrame:
    """carrier, measure, is_whole: where interconnection is waived; a measure on a price waives
    that of the whole call."""
    found: dict[tuple[str, str], bool] = {}
    flags: dict[tuple[str, str], set[str]] = {}
    everybody = tuple(carrier.id for carrier in ground.catalogue.carriers)
    for one in ground.package.measures:
        for carrier in one.carriers if one.carriers is not None else everybody:
            flags.setdefault((carrier, one.id), set()).add(one.interconnect)
            if one.interconnect == "waived":
                found[carrier, one.id] = isinstance(one.effect, PriceCut)
    for (carrier, measure), told in flags.items():
        if len(told) > 1:
            raise CatalogueError(
                f"{measure} waives interconnection for some subscribers of {carrier} and not for"
                " others", f"package {ground.package.id}",
                "give the entries of one measure the same `interconnect`, or other ids",
            )  # fmt: skip
    return pl.DataFrame(
        [(carrier, measure, whole) for (carrier, measure), whole in sorted(found.items())],
        schema={"carrier": pl.String, "measure": pl.String, "is_whole": pl.Boolean},
        orient="row",
    )


def _waived(lines: pl.DataFrame, waivers: pl.DataFrame) -> pl.DataFrame:
    """IDS, waived: of each event the milliseconds of which nothing is owed (bounded elsewhere)."""
    given = lines.filter(pl.col("nature").is_in(["discount", "in_kind"]))
    given = given.join(waivers, on=["carrier", "measure"], how="inner").with_columns(
        waived=pl.when("is_whole").then(pl.lit(MS_MAX)).otherwise(pl.col("units")).cast(pl.Int64)
    )
    return sum_by(given, IDS, ["waived"])
