"""Small worlds of relief lines, and naive twins of what envelopes make of them: loops over lines.

The twins share no code with what they check but `money`: the order, the parts and the rounding are
said here again, a line at a time.
"""

from dataclasses import dataclass, field
from typing import Any

import polars as pl
from hypothesis import strategies as st

from doisoat.money import vat_of
from doisoat.tariffs.models.package_model import Package
from tests.tax import VAT

DAY_MS = 86_400_000
AUGUST_MS = 1_627_776_000_000
CARRIERS = ("a", "b", "c")
SOURCED = {"source": "thử | test", "mark": "stated"}
KEYS = ("carrier", "measure", "nature")
# measure: programme, effect; the order inside an event is the one of this table
MEASURES = {
    "zero": ("one", {"type": "zero_rating", "in_kind_value": "zero"}, "in_kind"),
    "grant": (
        "two",
        {
            "type": "grant", "amount": "60 s", "lasts": "1 d", "trigger": "begin",
            "place_in_order": "last", "in_kind_value": "zero",
        },
        "discount",
    ),
    "cut": ("one", {"type": "price_cut", "percent": "10"}, "discount"),
    "again": ("one", {"type": "price_cut", "percent": "20"}, "discount"),
    "fund": ("one", {"type": "contribution", "amount": "5000", "to": "quỹ"}, "contribution"),
}  # fmt: skip
KINDS = {"zero": "data", "grant": "voice", "cut": "pack", "again": "pack", "fund": "pack"}
NATURES = ("discount", "in_kind", "contribution", "forbearance")


def envelope_of(amount, rule="first_come", **changes):
    return {
        "amount": amount, "rule": rule, "natures": ["discount", "in_kind", "contribution"],
        "carriers": list(CARRIERS), **SOURCED, **changes,
    }  # fmt: skip


def package_of(one, two=None, until="2021-11-05"):
    """Two programmes, of which the later one's grant is drawn before the earlier one's cuts."""
    head = {"title": "Gói", "title_en": "Package", "author": "doisoat", "reference": "thử"}
    envelopes = {"one": one, "two": two}
    return Package.model_validate({
        "id": "both", **head, "baseline": "any",
        "programmes": [{"id": n, **head, "envelope": e} for n, e in envelopes.items()],
        "measures": [
            {
                "id": name, "programme": programme, "title": name, "title_en": name,
                "document": "thử", "order": order, "scope": {"kinds": [KINDS[name]]},
                "effect": effect, "valid_from": "2021-08-01", "valid_until": until, **SOURCED,
            }
            for order, (name, (programme, effect, _)) in enumerate(MEASURES.items(), start=1)
        ],
    })  # fmt: skip


def frames_of(rows):
    """Lines as the kernel's, and their totals by day."""
    types: dict[str, Any] = {
        "event_hi": pl.UInt64, "event_lo": pl.UInt64, "owner_hi": pl.UInt64,
        "owner_lo": pl.UInt64, "carrier": pl.Enum(CARRIERS),
        "measure": pl.Enum(sorted(MEASURES)), "nature": pl.Enum(sorted(NATURES)),
        "units": pl.Int64, "amount": pl.Int64, "start_ms": pl.Int64,
    }  # fmt: skip
    lines = pl.DataFrame(rows, schema=types, orient="row")
    totals = (
        lines.with_columns(day=(pl.col("start_ms") // DAY_MS).cast(pl.Int32))
        .group_by("day", *KEYS)
        .agg(pl.len().cast(pl.Int64).alias("events"), pl.col("units").sum(), pl.col("amount").sum())
    )
    return lines, totals


@st.composite
def worlds(draw):
    """Rows of lines: few moments and few ids, so that many meet in one, and each line once."""
    count = draw(st.integers(0, 30))
    rows, seen = [], set()
    for _ in range(count):
        event = draw(st.integers(0, 12))
        measure = draw(st.sampled_from(sorted(MEASURES)))
        if (event, measure) in seen:
            continue
        seen.add((event, measure))
        nature = MEASURES[measure][2]
        # An event has one start and one carrier; starts tie often.
        start = AUGUST_MS + (event % 3) * DAY_MS + (event % 2) * 1_000
        amount = draw(st.integers(0, 3_000))
        rows.append((event % 5, 20 - event, 1, event, CARRIERS[event % 3], measure, nature, 1,
                     amount, start))  # fmt: skip
    return rows


@dataclass
class Naive:
    """What the twin finds: by (programme, carrier), and of each line not wholly recognised."""

    relief: dict = field(default_factory=dict)
    recognised: dict = field(default_factory=dict)
    beyond: dict = field(default_factory=dict)  # (programme, hi, lo, measure, nature): relief, own


def naive_first_come(rows, package, left):
    """Args: left, by (programme, carrier or None): what is left of each pool."""
    found = Naive()
    left = dict(left)
    ordered = sorted(rows, key=lambda r: (r[9], r[0], r[1], list(MEASURES).index(r[5])))
    for part in package.parts():
        envelope, through = part.envelope, {}
        for hi, lo, _, _, carrier, measure, nature, _, amount, _ in ordered:
            named = envelope and (envelope.measures is None or measure in envelope.measures)
            if not named or MEASURES[measure][0] != part.id or nature not in envelope.natures:
                continue
            if carrier not in envelope.carriers:
                continue
            relief = amount
            if envelope.basis == "excl_vat" and nature != "contribution":
                key = carrier, measure, nature
                before = through.get(key, 0)
                through[key] = before + amount
                relief = through[key] - vat_of(through[key], VAT) - (before - vat_of(before, VAT))
            pool = part.id, None if envelope.per_carrier is None else carrier
            taken = min(left[pool], relief)
            left[pool] -= taken
            place = part.id, carrier
            found.relief[place] = found.relief.get(place, 0) + relief
            found.recognised[place] = found.recognised.get(place, 0) + taken
            if taken < relief:
                found.beyond[part.id, hi, lo, measure, nature] = relief, relief - taken
    return found


def naive_post(before, after, left):
    """Lines one at a time, decreases first. Returns: [(recognised, own account)], what is left."""
    posted = []
    for (recognised, own), relief in zip(before, after, strict=True):
        while recognised + own > relief:
            if own:
                own -= 1
            else:
                recognised -= 1
                left += 1
        posted.append([recognised, own])
    for line, relief in zip(posted, after, strict=True):
        while sum(line) < relief:
            if left:
                line[0] += 1
                left -= 1
            else:
                line[1] += 1
    return [tuple(line) for line in posted], left
