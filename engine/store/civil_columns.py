"""Columns of milliseconds between UTC and civil time: looked up among a zone's offsets."""

import polars as pl

from doisoat.civil_time import Offsets, Zone
from doisoat.tariffs.models.quantity import MS_PER_DAY


def civil_of(utc_ms: pl.Expr, zone: Zone) -> pl.Expr:
    """Civil milliseconds of moments of UTC."""
    return utc_ms + _ahead(zone.by_utc, utc_ms)


def utc_of(civil_ms: pl.Expr, zone: Zone) -> pl.Expr:
    """Moments of UTC of civil milliseconds; null where no clock showed them."""
    return civil_ms - _ahead(zone.by_civil_time, civil_ms)


def on_a_clock(civil_ms: pl.Expr, zone: Zone) -> pl.Expr:
    """Civil milliseconds that a clock showed, and midnights; null where none did."""
    if zone.ahead_ms is not None:
        return civil_ms
    is_shown = _ahead(zone.by_civil_time, civil_ms).is_not_null()
    return pl.when(is_shown | (civil_ms % MS_PER_DAY == 0)).then(civil_ms)


def _ahead(offsets: Offsets, at_ms: pl.Expr) -> pl.Expr:
    """What holds at each of some milliseconds."""
    since, ahead = offsets
    if len(ahead) == 1:
        return pl.lit(ahead[0], pl.Int64)
    places = pl.lit(pl.Series(since[1:], dtype=pl.Int64)).search_sorted(at_ms, side="right")
    return pl.lit(pl.Series(ahead, dtype=pl.Int64)).gather(places)
