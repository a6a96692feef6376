"""Refunds due, and charges above the list value: what a source charged too much. No I/O here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refund:
    due: int  # what the carrier owes the subscriber
    overcharged: int  # what was taken above the list value: a finding, not a relief


def refund_due(charged: int | None, list_value: int, payable: int) -> Refund:
    """Compare what the source says was taken with what the package leaves to pay.

    Args: charged (>= 0; None: the source does not say), list_value >= payable >= 0.
    Returns: due = max(0, min(charged, list_value) − payable), and charged − list_value if above 0.
    Source: docs/semantics.md, section 4.
    """
    if not 0 <= payable <= list_value or (charged is not None and charged < 0):
        raise ValueError(f"no amounts of one event: {charged=}, {list_value=}, {payable=}")
    if charged is None:
        return Refund(0, 0)
    return Refund(max(0, min(charged, list_value) - payable), max(0, charged - list_value))
