"""What carriers owe each other for calls into each other's networks, netted by pair. No I/O here.

The originating carrier pays the terminating one the price in force when the call starts, excl. VAT.
Milliseconds are summed by (direction, price, day) and rounded once, half up; or call by call under
the other reading. That a subscriber pays nothing changes nothing, unless a measure that relieves
the call says `interconnect: waived`: then what it relieves owes none.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple

import polars as pl

from doisoat.engine.again import IDS, Told
from doisoat.errors import CatalogueError, ConservationError
from doisoat.money import round_half_up
from doisoat.settlement.merge import MEND, sum_by, total_of
from doisoat.settlement.period import EPOCH, MS_PER_DAY
from doisoat.tariffs import quantity
from doisoat.tariffs.models import Catalogue, InterconnectPrice
from doisoat.tariffs.package_models import Package, PriceCut

Rounding = Literal["per_sum", "per_call"]
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
)
FOREVER = 2**62
MS_MAX = 2**47  # of a direction, price and day


class Row(NamedTuple):
    """What one carrier owes another of a day at a price."""

    payer: str
    payee: str
    price: str  # đồng, as the catalogue writes it
    per: str
    day: date
    calls: int
    ms: int  # of all its calls
    waived_ms: int  # of which nothing is owed
    amount: int  # đồng excl. VAT


class Net(NamedTuple):
    """A pair of carriers, the one that owes more first."""

    payer: str
    payee: str
    owes: int  # by the payer's calls
    owed: int  # by the payee's
    net: int


class Interconnect(NamedTuple):
    rounding: Rounding
    rows: tuple[Row, ...]
    nets: tuple[Net, ...]
    calls: Mapping[str, int]  # by SORTS
    ms: Mapping[str, int]
    messages: int  # SMS to other networks: the catalogue has no price of them

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints: amounts as text."""
        return {
            "rounding": self.rounding,
            "pairs": [
                {
                    **one._asdict(),
                    **{name: str(getattr(one, name)) for name in ("owes", "owed", "net")},
                }
                for one in self.nets
            ],
            "calls": dict(self.calls),
            "ms": dict(self.ms),
            "messages": self.messages,
            "rows": [
                {**row._asdict(), "day": row.day.isoformat(), "amount": str(row.amount)}
                for row in self.rows
            ],
        }


class Ground(NamedTuple):
    """What calls are placed by: subscriptions and ports as master tables, and the tariffs."""

    catalogue: Catalogue
    package: Package
    subscriptions: pl.DataFrame
    ports: pl.DataFrame


def interconnect(
    told: Iterable[Told], ground: Ground, rounding: Rounding = "per_sum"
) -> Interconnect:
    """Net what carriers owe each other for the calls of a month.

    Args: told: its events with BESIDE, and their lines.
    Raises: CatalogueError where two prices, or two entries of a measure, contradict each other;
        ConservationError if a call was lost or counted twice: our bug.
    """
    _refuse_overlaps(ground.catalogue.interconnect)
    waivers = _waivers(ground)
    plans = {plan.id: plan.service for plan in ground.catalogue.plans}
    flows, sorts, messages, calls = [_nothing(KEYS)], [_nothing(("sort",))], 0, 0
    for one in told:
        named = one.events.with_columns(pl.col("kind", "recorded").cast(pl.String))
        voice = named.filter(pl.col("kind") == "voice")
        calls += voice.height
        sorted_calls = _sorted(voice, one.lines, ground, plans, waivers)
        due = sorted_calls.filter(pl.col("sort") == "due")
        flows.append(sum_by(due, KEYS, SUMS))
        sorts.append(sum_by(sorted_calls, ("sort",), SUMS))
        sms = named.filter((pl.col("kind") == "sms") & (pl.col("status") == 0))
        placed = _placed(sms, ground.ports)
        leaves = (pl.col("payee") != "") & (pl.col("payee") != pl.col("carrier"))
        messages += total_of(placed.filter(leaves), "units")
    by_key = sum_by(pl.concat(flows), KEYS, SUMS)
    by_sort = sum_by(pl.concat(sorts), ("sort",), SUMS)
    rows = tuple(
        _row(one, ground.catalogue.interconnect, rounding) for one in by_key.iter_rows(named=True)
    )
    counted = {row["sort"]: row for row in by_sort.iter_rows(named=True)}
    found = Interconnect(
        rounding,
        rows,
        _netted(rows),
        {sort: counted.get(sort, {}).get("calls", 0) for sort in SORTS},
        {sort: counted.get(sort, {}).get("ms", 0) for sort in SORTS},
        messages,
    )
    _check(found, calls)
    return found


def _nothing(keys: Sequence[str]) -> pl.DataFrame:
    texts = {name: pl.String for name in keys if name not in ("price", "day")}
    whole = {name: pl.Int64 for name in (*keys, *SUMS) if name not in texts}
    schema = {**texts, **whole}
    return pl.DataFrame(schema={name: schema[name] for name in (*keys, *SUMS)})


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
    """Of each call: KEYS, sort, SUMS."""
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
    return rows.with_columns(
        amount_by_call=_by_call(ground.catalogue.interconnect, pl.col("ms") - pl.col("waived_ms"))
    ).select(*KEYS, "sort", *SUMS)


# --- prices --------------------------------------------------------------------------------------


def _ms(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


def _price(prices: Sequence[InterconnectPrice]) -> pl.Expr:
    """The place of the price that a call has, −1 of none: one that names its payee comes first.

    Equal prices of several services, or versions, are the first of them.
    """
    amounts = [_rational(price) for price in prices]
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


def _rational(price: InterconnectPrice) -> tuple[int, int]:
    """đồng a millisecond, as numerator and denominator."""
    per_ms = quantity.price(price.price) / quantity.divisor(price.per, quantity.TIME_UNITS)
    return per_ms.numerator, per_ms.denominator


def _by_call(prices: Sequence[InterconnectPrice], ms: pl.Expr) -> pl.Expr:
    """What a call alone comes to, half up, in 128 bits."""
    amount = pl.lit(0, pl.Int64)
    for place, price in enumerate(prices):
        num, den = _rational(price)
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


# --- amounts -------------------------------------------------------------------------------------


def _row(one: Mapping[str, Any], prices: Sequence[InterconnectPrice], rounding: Rounding) -> Row:
    price = prices[one["price"]]
    num, den = _rational(price)
    amount = one["amount_by_call"]
    if rounding == "per_sum":
        amount = round_half_up((one["ms"] - one["waived_ms"]) * num, den)
    return Row(
        one["payer"],
        one["payee"],
        price.price,
        price.per,
        EPOCH.date() + timedelta(days=one["day"]),
        one["calls"],
        one["ms"],
        one["waived_ms"],
        amount,
    )


def _netted(rows: Sequence[Row]) -> tuple[Net, ...]:
    owed: dict[tuple[str, str], int] = {}
    for row in rows:
        key = row.payer, row.payee
        owed[key] = owed.get(key, 0) + row.amount
    nets = []
    for one, other in sorted({tuple(sorted(key)) for key in owed}):
        sums = owed.get((one, other), 0), owed.get((other, one), 0)
        payer, payee = (one, other) if sums[0] >= sums[1] else (other, one)
        nets.append(Net(payer, payee, max(sums), min(sums), max(sums) - min(sums)))
    return tuple(nets)


def _check(found: Interconnect, calls: int) -> None:
    """Each call is of one sort; nets come to what the rows say; nothing is waived beyond a call."""
    if sum(found.calls.values()) != calls:
        raise ConservationError(
            f"{calls} calls were told, but {sum(found.calls.values())} are of a sort",
            "interconnect", MEND,
        )  # fmt: skip
    amounts, ms = (sum(getattr(row, name) for row in found.rows) for name in ("amount", "ms"))
    if amounts != sum(one.owes + one.owed for one in found.nets) or ms != found.ms["due"]:
        raise ConservationError(
            "the pairs, or the time of the calls, do not come to what the rows hold",
            "interconnect", MEND,
        )  # fmt: skip
    odd = [row for row in found.rows if not 0 <= row.waived_ms <= row.ms or row.amount < 0]
    if odd:
        raise ConservationError(f"a row is below 0: {odd[0]}", "interconnect", MEND)
