"""Words of explanations, as tables of texts. No arithmetic here."""

from typing import NamedTuple

from doisoat.messages.text import Text, message_in, words_in


class Unit(NamedTuple):
    """What units of a kind are counted in. size: how many of them make one."""

    one: Text
    many: Text
    size: int


def by_interval(per: str, quota: str) -> str:
    """A quota with what it is for."""
    if per == "day":
        return message_in("a quota", "{quota} a day", quota=quota)
    if per == "cycle":
        return message_in("a quota", "{quota} a cycle", quota=quota)
    return quota


UNITS = {
    "voice": Unit(message_in("a unit", "s"), message_in("a unit", "s"), 1000),
    "sms": Unit(message_in("a unit", "message"), message_in("a unit", "messages"), 1),
    "data": Unit(message_in("a unit", "byte"), message_in("a unit", "bytes"), 1),
    "pack": Unit(message_in("a unit", "time"), message_in("a unit", "times"), 1),
    "fee": Unit(message_in("a unit", "fee"), message_in("a unit", "fees"), 1),
}
DATA_UNITS = (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10))
BALANCES = {
    "volume": message_in("a balance", "volume of pack"),
    "money": message_in("a balance", "money of pack"),
    "bonus": message_in("a balance", "bonus volume of"),
    "grant": message_in("a balance", "grant"),
    "cap": message_in("a balance", "cap of"),
}
NATURES = {
    "discount": message_in("a nature", "discount"),
    "in_kind": message_in("a nature", "in kind"),
    "contribution": message_in("a nature", "contribution"),
    "forbearance": message_in("a nature", "forbearance"),
}
WHY = {
    "applied": message_in("why", "applied"),
    "zero_units": message_in("why", "an event of 0 units"),
    "other_carrier": message_in("why", "of another carrier"),
    "not_in_force": message_in("why", "not in force then"),
    "kind": message_in("why", "not for this kind"),
    "destination": message_in("why", "not for this destination"),
    "host": message_in("why", "not for this host"),
    "pack": message_in("why", "not for this pack"),
    "renewal_failed": message_in("why", "the renewal failed"),
    "plan": message_in("why", "not for this plan"),
    "service": message_in("why", "not for this service"),
    "payment": message_in("why", "not for this way of paying"),
    "segment": message_in("why", "not for this segment"),
    "no_order": message_in("why", "no distancing order held there and then"),
    "no_area": message_in("why", "the place was in no area of its cause then"),
    "not_granted": message_in("why", "not granted, or expired"),
    "used_up": message_in("why", "used up"),
    "covered_before": message_in("why", "an earlier source covered all"),
    "group": message_in("why", "another of its group had an effect"),
    "no_effect": message_in("why", "nothing left to take off"),
    "suspended": message_in("why", "the event is suspended"),
}
STATUS = {
    "rated": message_in("of an event", "rated"),
    "no_subscription": message_in("of an event", "suspended: no subscription then"),
    "no_tariff": message_in("of an event", "suspended: no tariff"),
    "beyond_limit": message_in("of an event", "suspended: beyond the limit"),
    "conflicting": message_in("of an event", "suspended: its copies contradict each other"),
}
CHARGES = {
    "list_value": message_in("a charge", "list value"),
    "residual": message_in("a charge", "left by the relief sources"),
    "payable": message_in("a charge", "payable"),
}
TERMS = words_in(
    "a term", "standard", "low_income", "frontline", "late_payer", "quarantine_site",
    "doubled_before", "student", "prepaid", "postpaid", "plan", "pack", "fee", "half_up",
    "half_down", "half_even", "up", "down", "continue", "restart", "restart_raw", "if_any_charged",
    "always", "overage", "stop", "throttle", "pack_average", "pack_average_paid", "list_price",
    "zero", "stated", "derived", "assumed", "registration", "renewal", "monthly_fee",
    "renewal_failed", "replace", "extend", "full", "none", "continues", "ends", "suspends",
    "by_step", "by_days",
)  # fmt: skip
SOUGHT = words_in(  # in vain, or passed a limit
    "what was sought", "plan", "pack", "kind", "destination", "carriers", "billed", "limit",
    "stretches", "copies", "differs",
)  # fmt: skip
FIELDS = words_in(  # by which records contradict each other
    "a field of a record", "owner", "subscriber", "start_ms", "kind", "destination", "counterparty",
    "units", "duration_ms", "carrier", "rating_group", "locality", "pack", "session", "partial",
    "charged",
)  # fmt: skip
ROLES = {
    "zero_rating": message_in("a source of relief", "zero-rating"),
    "grant": message_in("a source of relief", "grant"),
    "volume": message_in("a source of relief", "the pack's volume"),
    "bonus": message_in("a source of relief", "bonus volume"),
}
