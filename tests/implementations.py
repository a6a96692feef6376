"""The oracle and the kernel under one signature, so that a test can run both."""

import importlib

import pytest

from doisoat.engine import oracle

IMPLEMENTATIONS = ("oracle", "kernel")


def kernel():
    """doisoat.engine.bucket, or a skip while it is not built."""
    try:
        return importlib.import_module("doisoat.engine.bucket")
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("doisoat.engine"):
            raise
        pytest.skip(f"the kernel is not built: {error}")


def outcomes(
    implementation, catalogue, package, subscriptions, ports, events, period, open_packs=()
):
    """What became of each event, by owner and the owner's order."""
    if implementation == "oracle":
        result = oracle.rate(catalogue, package, subscriptions, ports, events, period, open_packs)
        return list(result.outcomes)
    return list(
        kernel().rate_events(
            catalogue, package, list(subscriptions), list(ports), list(events), period,
            list(open_packs),
        )
    )  # fmt: skip
