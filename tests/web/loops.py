"""Coroutines run to their end, wherever the test stands."""

import asyncio
from concurrent.futures import ThreadPoolExecutor


def run_apart(coroutine):
    """In a thread of its own: where a browser is driven, the test's own thread has a loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()
