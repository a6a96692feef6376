"""Many readers at once: how long page views take, and whether any fails.

    python -m tests.web.load --home out [--users 100] [--seconds 60] [--every 2] [--flood 1000]

Starts a server over the home (users load-… are added to it, and taken out again), logs the users
in, and lets each view a page every so many seconds: the requests of a page one after another over
one connection, as a page makes them. Then the same for a while beside a flood of open connections,
half of them silent, half sending a request byte by byte. Prints one object; exit status 1 where a
request failed. Times are those of the client, by the clock: read them beside the machine's load.
"""

import argparse
import asyncio
import json
import os
import random
import resource
import secrets
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from doisoat.settlement.access.users import Role, add_user, remove_user

from .conftest import Asker, serving

ACCOUNTS = 20  # that the users share: a user may have a browser in each room
ROLES: tuple[Role, ...] = (*("auditor",) * 7, "reader", "reader", "carrier")
CARRIERS = ("viettel", "vnpt", "mobifone")
FLOOD_SECONDS = 20
TICK = os.sysconf("SC_CLK_TCK")


def pages(role, of):
    """The requests of each page that a role looks at."""
    by = "&by=day,home_province"
    common = [
        ["/api/me", "/api/overview"],
        [f"/api/carrier/{of}", f"/api/cells?carrier={of}&by=measure"],
        [f"/api/statement/{of}", f"/api/cells?carrier={of}&measure=M1{by}"],
        ["/api/tables", "/api/tables/ref/measure?limit=50"],
        ["/api/carriers", f"/api/carrier/{of}/usage?by=kind,day"],
    ]
    if role == "auditor":
        days = [f"2021-08-{day:02d}" for day in range(6, 30)]
        common += [
            [f"/api/events?carrier={of}&day={random.choice(days)}&limit=50"],
            ["/api/queries", "/api/tables"],
            ["/api/overview", "/api/signatures", "/api/variance-groups?limit=20"],
            ["/api/variance-groups", "/api/waiting"],
            ["/api/suspense", f"/api/suspended?carrier={of}&limit=50"],
            ["/api/refund-sums", f"/api/refunds?carrier={of}&limit=50"],
            ["/api/findings", "/api/adjustments"],
            ["/api/plausibility?limit=30"],
            ["/api/catalogue", "/api/catalogue/measure/M4"],
            ["/api/samples", "/api/log?limit=50", "/api/interconnect"],
        ]
    return common


class Wire:
    """One connection that stays, of one user."""

    def __init__(self, url, token):
        self.host, self.port, self.token = urlsplit(url).hostname, urlsplit(url).port, token
        self.streams = None

    async def get(self, path):
        """The status of an answer, which is read to its end."""
        if self.streams is None or self.streams[1].is_closing():
            self.streams = await asyncio.open_connection(self.host, self.port)
        reader, writer = self.streams
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n"
            f"Authorization: Bearer {self.token}\r\n\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        return status


async def user(url, token, role, seconds, every, took, failed):
    """Page views of one user."""
    of = random.choice(CARRIERS) if role != "carrier" else "viettel"
    wire = Wire(url, token)
    until = time.monotonic() + seconds
    await asyncio.sleep(random.random() * every)
    while time.monotonic() < until:
        began = time.monotonic()
        for path in random.choice(pages(role, of)):
            sent = time.monotonic()
            try:
                status = await asyncio.wait_for(wire.get(path), 30)
            except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
                status, wire.streams = type(error).__name__, None
            if status != 200:
                failed.append(f"{path} {status}")
            took["request"].append(time.monotonic() - sent)
        took["view"].append(time.monotonic() - began)
        await asyncio.sleep(max(0.0, every - (time.monotonic() - began)))


async def viewed(url, tokens, seconds, every):
    took, failed = {"request": [], "view": []}, []
    await asyncio.gather(
        *(user(url, token, role, seconds, every, took, failed) for token, role in tokens)
    )
    return {
        name: {"count": len(times), **{key: at(times, share) for key, share in SHARES.items()}}
        for name, times in took.items()
    } | {"failed": len(failed), "first_failures": failed[:5]}


SHARES = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99, "most_ms": 1.0}


def at(times, share):
    ordered = sorted(times)
    return round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)


async def flooded(url, tokens, count, every):
    """The same beside many connections that ask nothing, or ask slowly."""
    host, port = urlsplit(url).hostname, urlsplit(url).port
    wires, refused = [], 0
    for _ in range(count):
        try:
            wires.append(await asyncio.open_connection(host, port))
        except OSError:
            refused += 1

    async def drip():
        while True:
            for _, writer in wires[::2]:
                if not writer.is_closing():
                    writer.write(b"G")
            await asyncio.sleep(1)

    dripping = asyncio.create_task(drip())
    found = await viewed(url, tokens, FLOOD_SECONDS, every)
    dripping.cancel()
    for _, writer in wires:
        writer.close()
    return {"connections": count, "not_accepted": refused, **found}


def used(pid):
    """Processor seconds of a process and the most memory that it held, in MiB."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    status = Path(f"/proc/{pid}/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) >> 10
    return (int(fields[11]) + int(fields[12])) / TICK, peak


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--every", type=float, default=2)
    parser.add_argument("--flood", type=int, default=1_000)
    asked = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    random.seed(1)
    password = secrets.token_hex(16)
    names = {f"load-{number:02d}": ROLES[number % len(ROLES)] for number in range(ACCOUNTS)}
    for name, role in names.items():
        add_user(asked.home, name, role, "viettel" if role == "carrier" else None, password)
    try:
        with serving(asked.home) as (url, process):
            tokens = []
            for number in range(asked.users):
                name, role = list(names.items())[number % len(names)]
                tokens.append((Asker(url).log_in(name, password).json["token"], role))
            before, began = used(process.pid)[0], time.monotonic()
            found = asyncio.run(viewed(url, tokens, asked.seconds, asked.every))
            found["seconds"] = round(time.monotonic() - began, 1)
            found["server_cpu_s"] = round(used(process.pid)[0] - before, 2)
            found["flood"] = asyncio.run(flooded(url, tokens, asked.flood, asked.every))
            found["server_peak_mib"] = used(process.pid)[1]
    finally:
        for name in names:
            remove_user(asked.home, name)
    found["load_average"] = [round(one, 1) for one in os.getloadavg()]
    print(json.dumps(found, indent=1))
    return 1 if found["failed"] or found["flood"]["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
