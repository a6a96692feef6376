"""Number plans: one form of each dialled number, and its network. That of Viet Nam goes by date.

Where a number plan changed, the same digits may have meant another line before: who reads a number
says when it was written. A change of the plan ends a period, so that within one period the same
text is the same number.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Protocol

import polars as pl

from doisoat.dialling import DATED, Dialled, dialled
from doisoat.state import NumberForm
from doisoat.tariffs.models.quantity import to_ms

SIGNS = r"[ .()\-]"
DECIMAL = r"^\+?[0-9]+\.0$"  # out of a column of decimals: its 0 is no digit of the number
NAME = r"^[A-Za-z][A-Za-z0-9_.:@/ \-]{0,63}$"
UNKNOWN = "unknown"
AREA_DIGITS_MAX = 3
CODE_AFTER_AREA_DIGITS_MAX = 4
ANSWERS_MAX = 1 << 16
SHORT = r"^[1-9][0-9]{2,5}$"  # in another region than Viet Nam


class Head(Protocol):
    """A range of numbers; `tariffs.models.catalogue_model.Prefix` is one."""

    @property
    def prefix(self) -> str: ...
    @property
    def network(self) -> str: ...
    @property
    def digits(self) -> int | None: ...


class Code(Protocol):
    """A number dialled as it stands; `tariffs.models.catalogue_model.ShortCode` is one."""

    @property
    def code(self) -> str: ...


class Change(Protocol):
    """Another head of the same numbers; `tariffs.models.catalogue_model.Renumbering` is one."""

    @property
    def old(self) -> str: ...
    @property
    def digits(self) -> int: ...
    @property
    def new(self) -> str: ...
    @property
    def old_until(self) -> datetime: ...


class NumberPlan(Protocol):
    """What of a number plan intake needs; `tariffs.models.catalogue_model.Numbering` is one."""

    @property
    def prefixes(self) -> Sequence[Head]: ...
    @property
    def short_codes(self) -> Sequence[Code]: ...
    @property
    def renumberings(self) -> Sequence[Change]: ...
    def network_of(self, national: str) -> str: ...


@dataclass(frozen=True)
class RegionPlan:
    """The plan of another region than Viet Nam: numbers by a library, networks by a catalogue."""

    numbering: NumberPlan
    form: NumberForm
    known: dict[str, Dialled | None] = field(default_factory=dict)  # of texts, so far

    @property
    def prefixes(self) -> Sequence[Head]:
        return self.numbering.prefixes

    @property
    def short_codes(self) -> Sequence[Code]:
        return self.numbering.short_codes

    @property
    def renumberings(self) -> Sequence[Change]:
        return self.numbering.renumberings

    def network_of(self, national: str) -> str:
        return self.numbering.network_of(national)

    def dialled(self, text: str) -> Dialled | None:
        """What a text means that is dialled in the region."""
        if text in self.known:
            return self.known[text]
        if len(self.known) >= ANSWERS_MAX:
            self.known.clear()
        found = self.known[text] = dialled(text, self.form)
        return found


@dataclass(frozen=True, slots=True)
class _Heads:
    """Old heads of one length, of numbers of one length."""

    size: int
    digits: int
    new: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Tables:
    """A plan as what a column of texts is looked up in."""

    ends_ms: tuple[int, ...]  # when old forms ended, ascending: a period begins at each
    valid: tuple[tuple[_Heads, ...], ...]  # by period: old forms that still hold, longest first
    ended: tuple[tuple[_Heads, ...], ...]  # by period: of the others those that nobody else has
    codes: frozenset[str]
    local_codes: dict[str, str]  # area code and short code together -> the short code
    answers: dict[tuple[str, int], str] = field(default_factory=dict)  # of `networks`, so far


class _ById:
    """A plan as the key of a cache: the same object, since its models hold what has no hash."""

    def __init__(self, plan: NumberPlan) -> None:
        self.plan = plan

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and self.plan is other.plan

    def __hash__(self) -> int:
        return id(self.plan)


def _tables(plan: NumberPlan) -> _Tables:
    return _made_tables(_ById(plan))


@lru_cache(maxsize=4)
def _made_tables(known: _ById) -> _Tables:
    plan = known.plan
    ends_ms = tuple(sorted({to_ms(change.old_until) for change in plan.renumberings}))
    periods = [(0, *ends_ms)[at] for at in range(len(ends_ms) + 1)]
    valid = (
        _heads(_pair(change) for change in plan.renumberings if to_ms(change.old_until) > begin)
        for begin in periods
    )
    ended = (
        _heads(
            pair
            for change in plan.renumberings
            if to_ms(change.old_until) <= begin
            for pair in _free(_pair(change), plan)
        )
        for begin in periods
    )
    fixed = {head.prefix for head in plan.prefixes if head.network.startswith("fixed:")}
    areas = [
        area
        for area in fixed
        if len(area) <= AREA_DIGITS_MAX
        and not any(area[:size] in fixed for size in range(1, len(area)))
    ]
    codes = frozenset(code.code for code in plan.short_codes)
    local = {
        area + code: code
        for area in areas
        for code in codes
        if len(code) <= CODE_AFTER_AREA_DIGITS_MAX
    }
    return _Tables(ends_ms, tuple(valid), tuple(ended), codes, local)


Pair = tuple[str, int, str]  # old head, digits of the whole number, new head


def _pair(change: Change) -> Pair:
    return change.old, change.digits, change.new


def _free(pair: Pair, plan: NumberPlan) -> Iterator[Pair]:
    """What of an old range the plan gives to nobody."""
    old, digits, new = pair
    prefixes = [
        head.prefix
        for head in plan.prefixes
        if head.digits in (None, digits) and head.network != UNKNOWN
    ]
    if any(old.startswith(prefix) for prefix in prefixes):
        return
    if not any(prefix.startswith(old) for prefix in prefixes):
        yield pair
        return
    for digit in "0123456789":
        yield from _free((old + digit, digits, new + digit), plan)


def _heads(pairs: Iterable[Pair]) -> tuple[_Heads, ...]:
    renumberings: dict[tuple[int, int], dict[str, str]] = {}
    for old, digits, new in pairs:
        renumberings.setdefault((len(old), digits), {})[old] = new
    groups = (_Heads(size, digits, new) for (size, digits), new in renumberings.items())
    return tuple(sorted(groups, key=lambda group: (-group.size, group.digits)))


def period_of(at_ms: pl.Expr, plan: NumberPlan) -> pl.Expr:
    """Which period of the plan a civil moment lies in, from 0; a null one in the last (UInt8)."""
    ends = _tables(plan).ends_ms
    last = pl.lit(len(ends), pl.UInt8)
    if not ends:
        return last
    passed = pl.sum_horizontal((at_ms >= end).cast(pl.UInt8) for end in ends)
    return pl.when(at_ms.is_null()).then(last).otherwise(passed.cast(pl.UInt8))


def canonical_numbers(
    texts: pl.Series, plan: NumberPlan, period: int | None = None
) -> pl.DataFrame:
    """Read numbers as they are dialled in a period of the plan (None: the last).

    An old form that still holds is read as its new one, whatever the plan of later says of it. One
    that has ended is read so too, unless the plan gives its range to somebody.

    Returns: one row a text: canonical (null: no number and no name), national (digits for the
        number plan, null where there are none), abroad (Boolean), is_ended (Boolean: written in a
        form that had ended).
    """
    if isinstance(plan, RegionPlan):
        return _region_numbers(texts, plan)
    tables = _tables(plan)
    period = len(tables.ends_ms) if period is None else period
    text, code = pl.col("text"), DATED.country_code
    bare = pl.when(~text.str.contains(DECIMAL)).then(text.str.replace_all(SIGNS, ""))
    home = bare.str.extract(rf"^(?:\+{code}|00{code}|{code}|0)([1-9][0-9]{{7,9}})$")
    # Numbers such as 1900 9095 are dialled as they stand, of any length up to ten digits.
    is_service = home.str.contains(r"^1[89]00[0-9]{4,6}$")
    area_and_code = bare.str.extract(rf"^(?:\+{code}|00{code}|0)([1-9][0-9]{{3,6}})$")
    short = (
        bare.str.extract(r"^([1-9][0-9]{2,7})$"),
        bare.str.extract(r"^(1[89]00[0-9]{4,6})$"),
        pl.when(is_service).then(home),
        area_and_code.replace_strict(tables.local_codes, default=None, return_dtype=pl.String),
        bare.str.extract(rf"^(?:\+{code}|00{code})([1-9][0-9]{{2,6}})$"),
    )
    frame = (
        texts.alias("text")
        .to_frame()
        .with_columns(
            home=pl.when(~is_service).then(home),
            short=pl.coalesce(short),
            abroad=bare.str.extract(r"^(?:\+|00)([1-9][0-9]{5,14})$"),
            is_ours=bare.str.contains(rf"^(\+{code}|00{code})"),
            name=text.str.strip_chars().str.extract("(" + NAME + ")"),
        )
    )
    valid, ended = _renumbered(tables.valid[period]), _renumbered(tables.ended[period])
    frame = frame.with_columns(
        home=pl.coalesce(valid, ended, "home"), is_ended=valid.is_null() & ended.is_not_null()
    )
    is_abroad = pl.col("home").is_null() & ~pl.col("is_ours") & pl.col("abroad").is_not_null()
    return frame.select(
        canonical=pl.coalesce(
            code + pl.col("home"),
            pl.when(is_abroad).then(pl.col("abroad")),
            "short:" + pl.col("short"),
            "name:" + pl.col("name"),
        ),
        national=pl.when(~is_abroad).then(pl.coalesce("home", "short")),
        abroad=is_abroad,
        is_ended="is_ended",
    )


def _region_numbers(texts: pl.Series, plan: RegionPlan) -> pl.DataFrame:
    """`canonical_numbers` of another region: what is no short code is asked of the library.

    A short code is one of the catalogue's, or so few digits that no number has.
    """
    codes = [code.code for code in plan.short_codes]
    text, bare = pl.col("text"), pl.col("bare")
    frame = (
        texts.alias("text")
        .to_frame()
        .with_columns(
            bare=pl.when(~text.str.contains(DECIMAL)).then(text.str.replace_all(SIGNS, ""))
        )
        .with_columns(
            short=pl.when(bare.is_in(codes) | bare.str.contains(SHORT)).then(bare),
            name=text.str.strip_chars().str.extract("(" + NAME + ")"),
        )
    )
    is_asked = frame.select(
        bare.is_not_null() & pl.col("short").is_null() & pl.col("name").is_null()
    ).to_series()
    asked = [
        plan.dialled(text) if is_number else None
        for text, is_number in zip(frame["text"], is_asked, strict=True)
    ]
    rows = [(None, None, False) if found is None else found for found in asked]
    schema = {"digits": pl.String, "home": pl.String, "abroad": pl.Boolean}
    return frame.hstack(pl.DataFrame(rows, schema, orient="row")).select(
        canonical=pl.coalesce("digits", "short:" + pl.col("short"), "name:" + pl.col("name")),
        national=pl.when(~pl.col("abroad")).then(pl.coalesce("home", "short")),
        abroad="abroad",
        is_ended=pl.lit(False),
    )


def _renumbered(groups: Sequence[_Heads]) -> pl.Expr:
    """`home` with another head, null where it has none of these."""
    home = pl.col("home")
    renumbered = [
        pl.when(home.str.len_bytes() == group.digits).then(
            home.str.slice(0, group.size).replace_strict(
                group.new, default=None, return_dtype=pl.String
            )
            + home.str.slice(group.size)
        )
        for group in groups
    ]
    return pl.coalesce(*renumbered, pl.lit(None, pl.String))


def networks(numbers: pl.DataFrame, plan: NumberPlan) -> pl.Series:
    """The network of each canonical number; the plan is asked once for each head and length."""
    size = max((len(head.prefix) for head in plan.prefixes), default=15)
    national = pl.col("national")
    looked_up = numbers.with_columns(
        head=pl.when(national.is_in(list(_tables(plan).codes)))
        .then(national)
        .otherwise(national.str.slice(0, size)),
        digits=national.str.len_bytes(),
    )
    known = looked_up.filter(national.is_not_null()).unique(["head", "digits"], keep="any")
    names = [
        _network(plan, head, digits, text)
        for head, digits, text in known.select("head", "digits", "national").iter_rows()
    ]
    answers = known.select("head", "digits", network=pl.Series(names, dtype=pl.String))
    return (
        looked_up.join(answers, on=["head", "digits"], how="left", maintain_order="left")
        .select(
            pl.when("abroad")
            .then(pl.lit("international"))
            .otherwise(pl.col("network").fill_null(UNKNOWN))
            .alias("network")
        )
        .to_series()
    )


def _network(plan: NumberPlan, head: str, digits: int, national: str) -> str:
    """The network of all numbers of this head and length, of which one is given."""
    answers = _tables(plan).answers
    answer = answers.get((head, digits))
    if answer is None:
        if len(answers) >= ANSWERS_MAX:
            answers.clear()
        answer = answers[head, digits] = plan.network_of(national)
    return answer
