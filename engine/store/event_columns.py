"""The columns of a stored usage event, its texts, and the limits of its time.

Imported by whatever reads a home; it must stay light, as intake itself is not.
"""

import polars as pl

START_MS_MIN = 946_684_800_000  # 2000-01-01
START_MS_END = 4_102_444_800_000  # 2100-01-01
DURATION_MS_MAX = 366 * 86_400_000
UNITS_MAX = 10**15
# What an event's texts may look like; each distinct combination is checked once.
TRAIT_PATTERNS = {
    "carrier": r"[a-z][a-z0-9_]{0,31}",
    "kind": r"voice|sms|data|pack|fee",
    "destination": r"[a-z_]+(:[A-Za-z0-9_]+)?",
    "rating_group": r"[!-~]{0,253}",
    "locality": r"([0-9]{2,5})?",
    "pack": r"[A-Za-z0-9_.:-]{0,64}",
}
PACK_ACTIONS = ("registration", "renewal", "renewal_failed")
TRAIT_COLUMNS = tuple(TRAIT_PATTERNS)
RANKS = {"pack": 0, "fee": 1, "voice": 2, "sms": 2, "data": 2}
SEPARATOR = "\x1f"

EVENT_SCHEMA = pl.Schema(
    {
        "owner_hi": pl.UInt64(),
        "owner_lo": pl.UInt64(),
        "start_ms": pl.Int64(),
        "trait": pl.UInt32(),
        "units": pl.Int64(),
        "duration_ms": pl.Int64(),
        "counterparty_hi": pl.UInt64(),
        "counterparty_lo": pl.UInt64(),
        "event_hi": pl.UInt64(),
        "event_lo": pl.UInt64(),
        "content_hi": pl.UInt64(),
        "content_lo": pl.UInt64(),
        "subscriber_hi": pl.UInt64(),
        "subscriber_lo": pl.UInt64(),
        "session_hi": pl.UInt64(),
        "session_lo": pl.UInt64(),
        "partial": pl.Int32(),
        "charged": pl.Int64(),
        "source": pl.Int32(),
        "row": pl.Int64(),
    }
)
