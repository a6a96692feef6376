"""The oracle and the kernel under one signature, so that a test can run both."""

import importlib
from typing import Any

import pytest

from doisoat.engine.oracle import oracle

IMPLEMENTATIONS = ("oracle", "kernel")


def kernel() -> Any:
    """doisoat.engine.rating.in_memory, or a skip while it is not built."""
    try:
        return importlib.import_module("doisoat.engine.rating.in_memory")
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("doisoat.engine"):
            raise
        pytest.skip(f"the kernel is not built: {error}")


def outcomes_and_close(
    implementation, catalogue, package, subscriptions, ports, events, period, open_packs=(),
    state=None,
):  # fmt: skip
    """What became of each event, by owner and the owner's order, and the closing state."""
    if implementation == "oracle":
        result = oracle.rate(
            catalogue, package, subscriptions, ports, events, period, open_packs, state
        )
        return list(result.outcomes), result.state
    found, closing = kernel().rate_events_and_close(
        catalogue, package, list(subscriptions), list(ports), list(events), period,
        list(open_packs), state,
    )  # fmt: skip
    return list(found), closing


def outcomes(implementation, *inputs):
    return outcomes_and_close(implementation, *inputs)[0]


def facts(outcome) -> tuple:
    """All that two implementations must agree on."""
    return (
        outcome.event.event_id,
        outcome.status,
        outcome.list_value,
        outcome.payable,
        outcome.billed,
        outcome.bundled,
        outcome.past_stop,
        outcome.throttled,
        outcome.destination_class if outcome.status == "rated" else "",
        tuple((line.measure, line.nature, line.units, line.amount) for line in outcome.lines),
    )
