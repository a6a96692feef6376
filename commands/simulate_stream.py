"""`doisoat simulate --stream`: settles a synthetic world of which no usage is stored."""

import resource
import sys
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from time import monotonic, process_time
from typing import TYPE_CHECKING, Any

import click

from doisoat.commands.figures import figure_lines
from doisoat.commands.options import print_json, progress, say
from doisoat.tariffs.bundled import DEFAULT_PACKAGE

if TYPE_CHECKING:
    from doisoat.fixtures.simulate import Planned
    from doisoat.settlement.settle.streamed import Streamed
    from doisoat.tariffs.package_models import Package

NS = 1_000_000_000
CLEAN = (
    "thế giới sạch: không cài lỗi nào, như simulate --clean"
    " | the clean world: no fault is planted, as by simulate --clean"
)
STAGES = (
    ("generate", "Tạo", "generate"),
    ("take_in", "Nhận vào", "take in"),
    ("settle", "Đối soát", "settle"),
    ("prepare", "Chuẩn bị", "prepare"),
    ("write", "Ghi", "write"),
)


def settle_stream(
    home: Path,
    seed: int | None,
    subscribers: int | None,
    span: tuple[datetime, datetime] | None,
    threads: int,
    asked_buckets: int | None,
    digest_by: str,
    *,
    as_json: bool,
) -> None:
    """Make, take in and settle a world bucket by bucket; write its sums and print them."""
    from doisoat.engine.arrow.hashes import hasher
    from doisoat.engine.rating.rater import Rater
    from doisoat.engine.store.memory import keep_freed
    from doisoat.fixtures.streamed import buckets, buckets_for, open_stream, plan_stream
    from doisoat.settlement.figures.period import Period
    from doisoat.settlement.log import journal
    from doisoat.settlement.settle import streamed
    from doisoat.tariffs.bundled import bundled_catalogue
    from doisoat.tariffs.compile import compile_program
    from doisoat.tariffs.load import check_package, load_catalogue, load_package

    began, worked = monotonic(), process_time()
    keep_freed()
    made_by = hasher(digest_by)
    planned = plan_stream(seed=seed, subscribers=subscribers, period=span)
    count = buckets_for(planned, asked_buckets)
    package = load_package(DEFAULT_PACKAGE, {})
    check_package(package, planned.catalogue)
    rater = Rater(compile_program(planned.catalogue, package))
    world = open_stream(planned, rater, load_catalogue(bundled_catalogue()).numbering)
    period = Period.of(f"{planned.period[0]:%Y-%m}")
    note = planned.assumptions.note.value
    say(f"{note}; {CLEAN}")
    with journal.writer(home, "simulate") as held:
        prepared = process_time() - worked
        with progress("Đang tìm chủ thuê bao | Finding owners", planned.subscribers) as advance:
            spread_ns = world.spread(threads, advance)
        worked = process_time()
        with progress("Đang tạo và đối soát | Making and settling", count) as advance:

            def settle(tell: streamed.Tell) -> streamed.Streamed:
                return streamed.settle_stream(
                    rater,
                    world.traits,
                    (partial(world.pieces, shards) for _, shards in buckets(world, count)),
                    (period.begin_ms, period.end_ms),
                    threads,
                    tell,
                    advance,
                    made_by,
                )

            folder, was_there, settled = streamed.write(
                held, _inputs(planned, package, period.name, digest_by), note, settle
            )
        spent = settled.spent
        others = (spent.made + spent.taken + spent.settled) / NS
        written = process_time() - worked - others
    told = {
        "synthetic": True,
        "stream": folder.name,
        "folder": str(folder),
        "same": was_there,
        "seed": planned.seed,
        "subscribers": planned.subscribers,
        "period": period.name,
        "buckets": count,
        "digest": settled.digest,
        "digest_by": digest_by,
        **settled.counts,
        **{name: str(amount) for name, amount in settled.amounts.items()},
        "processor_seconds": {
            name: round(seconds, 3)
            for name, seconds in (
                ("generate", settled.spent.made / NS),
                ("take_in", (settled.spent.taken + spread_ns) / NS),
                ("settle", settled.spent.settled / NS),
                ("prepare", prepared),
                ("write", written),
            )
        },
        "clock_seconds": round(monotonic() - began, 3),
        "peak_mib": _peak_mib(),
    }
    if as_json:
        print_json(told)
    else:
        _print(told, settled)


def _inputs(planned: "Planned", package: "Package", period: str, digest_by: str) -> dict[str, Any]:
    """What sums and digest are a function of: the world's parameters stand in for source files."""
    from doisoat.engine.arrow.hashes import SHA256
    from doisoat.fixtures.synthetic_key import SYNTHETIC_KEY
    from doisoat.settlement.figures.run_id import SEMANTICS_VERSION
    from doisoat.tariffs.load import catalogue_digest, package_digest

    return {
        **({"digest_by": digest_by} if digest_by != SHA256 else {}),
        "semantics_version": SEMANTICS_VERSION,
        "period": period,
        "carrier": None,
        "world": planned.parameters,
        "key": SYNTHETIC_KEY.id,
        "catalogue": catalogue_digest(planned.catalogue),
        "package": package_digest(package),
        "readings": {
            reading.name: package.chosen.get(reading.name, reading.default)
            for reading in package.readings
        },
    }


def _peak_mib() -> int:
    """The most memory that the process has had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _print(told: Mapping[str, Any], settled: "Streamed") -> None:
    from doisoat.money import group_vi

    click.echo(
        f"SYNTHETIC {told['period']}, {group_vi(told['subscribers'])} thuê bao | subscribers,"
        f" seed {told['seed']}"
    )
    for line in figure_lines({**settled.counts, **settled.amounts}, settled.amounts):
        click.echo(line)
    click.echo(
        "Bảo toàn | conserved: sự kiện = tính cước + treo; giá trị − giảm trừ = phải trả; dòng ="
        " tổng | events = rated + suspended; list value − discount = payable; lines = totals"
    )
    click.echo("Giây bộ xử lý, ns một sự kiện | processor seconds, ns an event")
    for name, vi, en in STAGES:
        seconds = told["processor_seconds"][name]
        each = round(seconds * NS) // max(1, told["events"])
        click.echo(f"  {vi:<13}{en:<13}{seconds:>12.1f}{group_vi(each):>8}")
    click.echo(f"Đồng hồ | clock     {told['clock_seconds']:.1f} s")
    click.echo(f"Bộ nhớ  | peak      {group_vi(told['peak_mib'])} MiB")
    same = " (như lần trước | as before)" if told["same"] else ""
    click.echo(f"  {told['folder']}{same}")
    by = "" if told["digest_by"] == "sha256" else f" ({told['digest_by']})"
    click.echo(f"Mã băm  | digest    {told['digest']}{by}")
