"""What codes, quantities and amounts of a catalogue or a package are called in words.

A field has its codes, and each code its words. A test walks the models and fails on a code that has
none. What nobody has words for, as an id, stands as it is.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from doisoat.messages.text import Text, message_in, words_in

KINDS: Final = words_in("a kind of event", "voice", "sms", "data", "pack", "fee")
CLASSES: Final = words_in(  # other codes stand as they are
    "a class of destinations", "on_net", "off_net", "fixed_own", "fixed", "international",
    "emergency", "hotline", "data", "zero_rated", "unknown",
)  # fmt: skip
UNITS: Final = words_in("a unit of a price", "s", "min", "h", "d", "msg")
VOLUME_RULES: Final = words_in("a term", "stop", "throttle", "overage", "plan")
SALES: Final = words_in("a term", "registration", "renewal", "renewal_failed", "monthly_fee")
DESTINATIONS: Final = {**CLASSES, **SALES}
SEGMENTS: Final = words_in(
    "a term", "standard", "low_income", "frontline", "late_payer", "quarantine_site",
    "doubled_before", "student",
)  # fmt: skip
PAYMENTS: Final = words_in("a term", "prepaid", "postpaid")
SERVICES: Final = words_in("a value of a tariff", "mobile", "fibre", "fixed")
PER: Final = words_in("a value of a tariff", "day", "cycle", "event", "owner")
EFFECTS: Final = words_in(
    "a value of a tariff", "zero_rating", "bonus_volume", "grant", "money_grant", "price_cut",
    "contribution", "fee_in_kind", "forbearance",
)  # fmt: skip
# The codes of each field; where two models call a field the same, those of both.
CODES: Final[Mapping[str, Mapping[str, Text]]] = {
    "kind": {
        **KINDS,
        **words_in("a value of a tariff", "any", "target", "pledge", "kept", "reported"),
    },
    "kinds": KINDS,
    "language": words_in("a language", "vi", "en"),
    "destination": DESTINATIONS,
    "destinations": DESTINATIONS,
    "segments": SEGMENTS,
    "except_segments": SEGMENTS,
    "payment": PAYMENTS,
    "payments": PAYMENTS,
    "service": SERVICES,
    "services": SERVICES,
    "from_service": SERVICES,
    "to_service": SERVICES,
    "per": {**PER, "pack": KINDS["pack"]},
    "type": EFFECTS,
    "rule": {
        **VOLUME_RULES,
        **words_in("a term", "by_step", "by_days"),
        **words_in("a value of a tariff", "first_part", "only_short", "track", "first_come",
                   "pro_rata"),
    },
    "counts": words_in("a value of a tariff", "billed", "raw", "money"),
    "length": words_in("a value of a tariff", "billed", "raw"),
    "consumption": words_in("a value of a tariff", "zero_rating", "first", "bundled", "last"),
    "place_in_order": words_in("a value of a tariff", "first", "last"),
    "of": words_in("a month of a snapshot", "month", "next_month"),
    "at": words_in("a moment of a day", "begins", "ends"),
    "holds": words_in("a value of a tariff", "first_enrolled", "last_enrolled"),
    "in_kind_value": words_in("a term", "pack_average", "pack_average_paid", "list_price", "zero"),
    "pack_in_use": words_in("a pack in use", "full", "remaining", "prorated", "at_renewal"),
    "trigger": words_in("a value of a tariff", "begin", "opt_in"),
    "repeats": words_in("a value of a tariff", "once", "each_term"),
    "base": words_in("a value of a tariff", "residual", "list"),
    "fee": words_in("a value of a tariff", "without_tax", "as_stated"),
    "prices": words_in("a value of a tariff", "with_tax", "without_tax"),
    "over": words_in("a value of a tariff", "period", "programme"),
    "interconnect": words_in("a value of a tariff", "due", "waived"),
    "crossing": words_in(
        "a value of a tariff", "by_start", "split_time", "split_apart", "prorata_time"
    ),
    "host_lists": words_in("a value of a tariff", "unknown_host"),
    "natures": {
        "discount": message_in("a nature", "discount"),
        "in_kind": message_in("a nature", "in kind"),
        "contribution": message_in("a nature", "contribution"),
    },
    "basis": words_in("a value of a tariff", "incl_vat", "excl_vat"),
    "place": words_in(
        "a value of a tariff", "home_at_trigger", "home_at_use", "serving_at_use"
    ),
    "entering": words_in("a value of a tariff", "at_entry", "at_start_only"),
    "model": words_in(
        "a model of a price", "graduated", "volume", "package", "percentage", "flat"
    ),
    "owner": words_in("whose usage is summed", "line", "account"),
    "prorated": words_in(
        "a part of a charge", "steps", "flat", "free_units", "minimum_charge", "maximum_charge"
    ),
    "connect_rule": words_in("a term", "if_any_charged", "always"),
    "zero_units": words_in("a value of a tariff", "free", "charged"),
    "coverage_rule": words_in("a term", "continue", "restart", "restart_raw"),
    "rounding": words_in("a term", "half_up", "half_even", "half_down", "up", "down"),
    "short_month": words_in("a value of a tariff", "last_day", "next_first"),
    "ends": words_in("a value of a tariff", "same_time", "midnight"),
    "still_valid": words_in("a value of a tariff", "new_instance")
    | words_in("a term", "replace", "extend"),
    "rollover": words_in("a term", "none", "full"),
    "failed": words_in("a term", "continues", "ends", "suspends"),
}  # fmt: skip
QUANTITIES: Final = ("per", "block", "amount", "lasts", "under", "free_units")
AMOUNTS: Final = (
    "price", "monthly_fee", "amount", "minus", "flat", "connect_fee", "minimum_charge",
    "maximum_charge", "new_price", "event_fee",
)  # fmt: skip
OF_USAGE: Final = ("rates", "volumes", "after")  # lists of entries that are known by their kind
SERVICE: Final = "service_"  # before the digits of a short code
BYTES: Final = re.compile(r"(\d{4,}) B\b")
DATA_UNITS: Final = (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10))
NUMBER: Final = re.compile(r"(?<![\w.])(\d+)(?:\.(\d+))?(?![\w.])")
WORD: Final = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)*")


class Wording(NamedTuple):
    """How values and the keys of entries are said: value_text and key_text, or the like of them."""

    value: Callable[[str, str, int], str]
    key: Callable[[str, str, int], str]


AS_WRITTEN: Final = Wording(lambda field, value, language: value, lambda name, key, language: key)


def in_words(names: Mapping[str, Mapping[str, Text]]) -> Wording:
    """In words; names: by field, what an id that stands there is called."""

    def value(field: str, text: str, language: int) -> str:
        named = names.get(field, {}).get(text)
        return named.pair[language] if named else value_text(field, text, language)

    return Wording(value, key_text)


def value_text(field: str, value: str, language: int) -> str:
    """A value of a field in words; `language`: 0 Vietnamese, 1 English."""
    words = CODES.get(field, {}).get(value)
    if words is not None:
        return _spoken(words, language)
    if field in ("destination", "destinations") and value.startswith(SERVICE):
        number = value.removeprefix(SERVICE)
        return message_in("a destination", "short code {number}", number=number).pair[language]
    if field in QUANTITIES:
        value = BYTES.sub(_largest_unit, value)
        value = WORD.sub(lambda unit: _unit(unit[0], language), value)
    if field in QUANTITIES or field in AMOUNTS:
        return NUMBER.sub(lambda number: _grouped(number, language), value)
    return value


def key_text(name: str, key: str, language: int) -> str:
    """The key of an entry of a list (outline.KEYED) in words.

    A rate, or a volume, is known by kind, destinations, days or interval, and hours.
    """
    if name not in OF_USAGE:
        return key
    kind, *others = key.rstrip("'").split(" ")
    parts = []
    for part in others:
        if part in PER:
            parts.append(_spoken(PER[part], language))
        elif re.fullmatch(r"\d+-\d+h", part):
            hours = part.removesuffix("h")
            parts.append(message_in("a value of a tariff", "{hours} h", hours=hours).pair[language])
        else:
            parts += [value_text("destination", code, language) for code in part.split("+")]
    said = value_text("kind", kind, language)
    return f"{said}: {', '.join(parts)}" if parts else said


def _spoken(words: Text, language: int) -> str:
    return words.pair[language].replace("_", " ")  # the English of a code is the code


def _unit(unit: str, language: int) -> str:
    return UNITS[unit].pair[language] if unit in UNITS else unit


def _largest_unit(found: re.Match[str]) -> str:
    """So many bytes in the largest unit that does not exceed them, and as written."""
    count = int(found[1])
    unit, size = next((unit, size) for unit, size in (*DATA_UNITS, ("B", 1)) if size <= count)
    whole, tenth = divmod((count * 10 + size // 2) // size, 10)
    in_unit = f"{whole}.{tenth} {unit}" if tenth else f"{whole} {unit}"
    return in_unit if whole * size == count else f"{in_unit} ({found[0]})"


def _grouped(number: re.Match[str], language: int) -> str:
    """Digits in groups of three, by the signs of a language."""
    group, point = (".", ",") if language == 0 else (",", ".")
    whole = f"{int(number[1]):,}".replace(",", group)
    return whole + (f"{point}{number[2]}" if number[2] else "")
