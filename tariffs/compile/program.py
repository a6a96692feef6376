"""The program that the kernel reads: what a catalogue and a package come to, in named integers.

compile.py makes it, engine.kernel.program copies it into C structs of the same names. Names of
carriers, plans or packs are places in `Vocabulary`; words of a rule are places in the tuples here.
"""

from dataclasses import dataclass
from typing import NamedTuple

from doisoat.tariffs.compile.price_tables import Table

KINDS = ("voice", "sms", "data", "pack", "fee")
NATURES = ("discount", "in_kind", "contribution", "forbearance")
PAYMENTS = ("prepaid", "postpaid")
AFTER_RULES = ("plan", "stop", "throttle", "overage")
IN_KIND_VALUES = ("zero", "list_price", "pack_average", "pack_average_paid")
EFFECTS = (
    "zero_rating", "bonus_volume", "grant", "price_cut", "contribution", "fee_in_kind",
    "forbearance", "money_grant",
)  # fmt: skip
CAPS = ("event", "period", "programme")  # what a cap counts together
PLACES = ("", "home_at_trigger", "home_at_use", "serving_at_use")
CROSSINGS = ("by_start", "split_time", "prorata_time")
IN_USE = ("full", "remaining", "prorated", "at_renewal")
CUTS = ("percent", "minus", "new_price")
COUNTS = ("billed", "raw", "money")
VOLUMES_PER = ("pack", "day", "cycle")
PRORATIONS = ("", "by_step", "by_days")
STILL_VALID = ("new_instance", "replace", "extend")
FAILED = ("continues", "ends", "suspends")
CALLS = ("", "first_part", "only_short_billed", "only_short_raw")
ANY_KIND = 3  # of a volume of money; beside those of usage

MEASURES_MAX = 64  # one bit each
DESTINATIONS_MAX = 64  # one bit each
CARRIERS_MAX = 1_024  # the key of a total has 10 bits for them
PROVINCES_MAX = 128  # 7 bits
SEGMENTS_MAX = 64  # one bit each
SHARE_WHOLE = 1_000_000  # what a share by day of purchase is a part of
FOREVER = 2**62  # an open end, in ms

PREDEFINED = (
    "on_net", "off_net", "fixed_own", "fixed", "international", "emergency", "hotline", "unknown",
    "data", "zero_rated", "registration", "renewal", "monthly_fee", "renewal_failed",
)  # fmt: skip
UNLISTED = "-"  # of a class that no tariff names: nothing has a price there


class Rate(NamedTuple):
    """Prices of a plan for one kind and class of destinations, while one version of it holds."""

    from_ms: int
    until_ms: int
    table: int  # of Program.tables
    hours: tuple[int, ...]  # of each class of day: bit h says that it holds in hour h


class Fee(NamedTuple):
    """The monthly fee of a version of a plan, in minor units."""

    from_ms: int
    until_ms: int
    amount: int


class Pack(NamedTuple):
    """One dated version of a pack; `price` in minor units."""

    from_ms: int
    until_ms: int
    price: int
    carrier: int  # -1: any
    rank: int
    hours: int  # of its validity: of hours, days, days of the calendar, a month's rest, months
    days: int
    calendar_days: int
    calendar_month: int
    months: int
    next_first: int  # in a month without its day it ends with the first day of the next
    at_midnight: int
    cycle_days: int
    first_volume: int  # of Program.volumes
    volumes_count: int
    after_rules: tuple[int, ...]  # by kind of usage: of AFTER_RULES
    after_tables: tuple[int, ...]  # by kind of usage: of Program.tables; -1: none
    proration: int  # of PRORATIONS
    rounding: int  # of ROUNDINGS: of the prorated price
    shares: int  # of Program.day_shares; -1: none
    still_valid: int  # of STILL_VALID
    rolls_over: int
    failed: int  # of FAILED


class Volume(NamedTuple):
    """A volume of a pack: `units` of its kind, or minor units of money."""

    kind: int  # of KINDS, or ANY_KIND
    destinations: int  # bits
    units: int
    per: int  # of VOLUMES_PER
    counts: int  # of COUNTS
    hours: int  # bits
    calls: int  # of CALLS
    under_ms: int  # the length of these calls


class Measure(NamedTuple):
    """One entry of the package. What its effect does not use stays as it is by default."""

    id: int  # of Vocabulary.measures
    precedence: int  # of its programme
    effect: int  # of EFFECTS
    from_ms: int
    until_ms: int
    group: int  # of entries of which one alone relieves; -1: none
    crossing: int  # of CROSSINGS
    place: int  # of PLACES
    place_set: int  # of Program.places; -1: anywhere
    start_only: int
    kinds: int  # bits
    destinations: int  # bits
    cap: int  # minor units; -1: none
    cap_over: int  # of CAPS
    value: int = 0  # of IN_KIND_VALUES
    amount: int = 0  # by its effect: units, a share of 10**8, a percentage of 10**6, minor units
    lasts_ms: int = 0
    opt_in: int = -1  # a destination to which a message asks for a grant
    first: int = 0  # its grant is drawn before packs
    each_term: int = 0
    in_use: int = 0  # of IN_USE
    cut: int = -1  # of CUTS
    cut_prices: int = -1  # of Program.cut_prices
    base_list: int = 0
    except_segments: int = 0  # bits
    expires_ms: int = 0  # of money that ends at a moment; 0: it lasts `lasts_ms`


class Run(NamedTuple):
    """Where the rows of one key stand in an array."""

    first: int
    length: int


Spans = tuple[tuple[int, int], ...]  # [from, until) in ms, ascending


@dataclass(frozen=True)
class Vocabulary:
    """What each index of the program means."""

    carriers: tuple[str, ...]  # '' first: unknown
    provinces: tuple[str, ...]  # '' first
    localities: tuple[str, ...]  # '' first
    destinations: tuple[str, ...]
    plans: tuple[str, ...]
    packs: tuple[str, ...]  # sorted: an index orders as its id
    segments: tuple[str, ...]
    measures: tuple[str, ...]  # ids, sorted; several entries may share one
    kinds: tuple[str, ...] = KINDS
    natures: tuple[str, ...] = NATURES
    payments: tuple[str, ...] = PAYMENTS


@dataclass(frozen=True)
class Program:
    """All that the kernel knows of a tariff; every tuple of rows is one array of its structs."""

    vocabulary: Vocabulary
    tables: tuple[Table, ...]
    rates: tuple[Rate, ...]
    rate_index: dict[tuple[int, int, int], Run]  # plan, kind, destination -> of rates
    fees: tuple[Fee, ...]
    fee_index: tuple[Run, ...]  # by plan: of fees
    packs: tuple[Pack, ...]
    pack_index: tuple[Run, ...]  # by pack: of packs
    day_shares: tuple[tuple[int, ...], ...]  # by place: of each day of the month, of SHARE_WHOLE
    volumes: tuple[Volume, ...]
    holidays: tuple[int, ...]  # days since 1970-01-01, ascending
    places: tuple[tuple[Spans, ...], ...]  # place set -> locality -> when it is ordered
    measures: tuple[Measure, ...]
    cut_prices: tuple[tuple[int, ...], ...]  # per measure with new_price: price by pack, -1 none
    plan_masks: tuple[int, ...]
    segment_masks: tuple[int, ...]
    payment_masks: tuple[int, ...]  # the last: of any other word
    no_plan_mask: int  # measures that ask for no plan and no service
    destination_masks: tuple[int, ...]
    carrier_masks: tuple[int, ...]
    kind_masks: tuple[int, ...]
    pack_masks: tuple[int, ...]
    province_of: tuple[int, ...]  # per locality
    # host -> from, until, measures, zero-rated
    hosts: dict[str, tuple[tuple[int, int, int, int], ...]]
    hosts_mask: int  # measures that name lists of hosts
    decimals: int
