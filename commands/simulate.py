"""`doisoat simulate`: writes the synthetic world, and takes it in under its public key."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from doisoat.commands.options import (
    checked_period,
    home_option,
    json_option,
    period_option,
    print_json,
    progress,
    say,
    threads_option,
)
from doisoat.errors import EXIT_USAGE, PeriodError

if TYPE_CHECKING:
    from doisoat.engine.store.home import Floor, Home, Part
    from doisoat.fixtures.simulate import Planned, World

DAY = click.DateTime(["%Y-%m-%d"])
COUNTS = ("rows", "taken", "duplicates", "suspended", "filtered")


class WrongPeriod(PeriodError):
    """What is no month, where no home is asked for it: wrong usage."""

    exit_code = EXIT_USAGE


def _usage_of_period(ctx: click.Context, param: click.Parameter, text: str | None) -> str | None:
    """A month, refused with the words of every command: a callback."""
    try:
        return checked_period(ctx, param, text)
    except PeriodError as error:
        raise WrongPeriod(*error.args) from error


@click.command("simulate")
@click.option("--seed", type=int, help="What the world is drawn from.  [default: 2021]")
@click.option("--subscribers", type=click.IntRange(1), help="Mobile subscribers.  [default: 50000]")
@period_option("A month.  [default: 2021-08]", _usage_of_period)
@click.option("--from", "first", type=DAY, metavar="DATE", help="First day, with --until.")
@click.option("--until", type=DAY, metavar="DATE", help="First day no longer in the world.")
@threads_option
@click.option(
    "--buckets",
    type=int,
    help="Buckets of a new home: a power of two, 1 to 64.",
)
@click.option("--files-only", is_flag=True, help="Write the files, and take nothing in.")
@click.option("--clean", is_flag=True, help="Plant no fault: nothing twice, late or malformed.")
@home_option
@json_option
def command(
    seed: int | None,
    subscribers: int | None,
    period: str | None,
    first: datetime | None,
    until: datetime | None,
    threads: int,
    buckets: int | None,
    files_only: bool,
    clean: bool,
    home: Path,
    as_json: bool,
) -> None:
    """Write a SYNTHETIC world of carriers under HOME/world and take it in.

    Nothing in it was measured: its parameters stand in fixtures/assumptions.yaml, each marked
    as assumed or with its source. The same seed gives the same bytes on every machine. A world
    that lies there already is not written again. Its pseudonym key is public: whoever likes can
    undo the pseudonyms of these numbers, which belong to nobody.

    Example: doisoat simulate --seed 7 --subscribers 1000
    """
    span = _span(period, first, until)
    _check_buckets(buckets)
    from doisoat.fixtures.assumptions import read_assumptions
    from doisoat.fixtures.simulate import plan_world
    from doisoat.settlement.log import journal
    from doisoat.settlement.log.intake_log import logged

    assumptions = read_assumptions()
    if clean:
        assumptions = assumptions.clean()
    planned = plan_world(seed, subscribers, span, assumptions)  # what is refused makes no home
    say(assumptions.note.value)
    with journal.writer(home, "simulate", buckets) as opened, logged(opened):
        world = _write(opened, planned, files_only, threads)
        summary: dict[str, Any] = {
            "synthetic": True,
            "world": str(world.path),
            "written": world.written,
            "seed": world.manifest["parameters"]["seed"],
            "subscribers": world.manifest["parameters"]["subscribers"],
        }
        if not files_only:
            summary |= _take_in(opened, world)
            summary["expected"] = world.planted["expected"]
    if as_json:
        print_json(summary)
    else:
        _print(summary, world)


def _check_buckets(buckets: int | None) -> None:
    from doisoat.engine.store.home import BUCKETS_ALLOWED as allowed

    if buckets is not None and buckets not in allowed:
        raise click.BadParameter(
            f"{buckets} không phải lũy thừa của hai từ 1 đến {max(allowed)} | {buckets} is no"
            f" power of two from 1 to {max(allowed)}.",
            param_hint="--buckets",
        )


def _span(
    period: str | None, first: datetime | None, until: datetime | None
) -> tuple[datetime, datetime] | None:
    if period is not None and (first or until):
        raise click.UsageError(
            "dùng một tháng, hoặc dùng --from và --until | Give either a month or --from and"
            " --until."
        )
    if (first is None) != (until is None):
        raise click.UsageError("--from và --until đi cùng nhau | --from and --until go together.")
    if first is not None and until is not None:
        return first, until
    if period is None:
        return None
    from doisoat.settlement.figures.period import Period

    month = Period.of(period)
    return month.begin, month.end


def _write(home: "Home", planned: "Planned", files_only: bool, threads: int) -> "World":
    from doisoat.errors import StoreError
    from doisoat.fixtures.simulate import find_world, simulate

    out = home.path / "world"
    existing = find_world(out, planned.parameters)
    if existing is not None:
        return existing
    if _synthetic_parts(home):
        raise StoreError(
            "kho này đã nhận một thế giới mô phỏng khác, hoặc thế giới ấy đã bị sửa | another"
            " synthetic world, or one that was changed since, was taken in here",
            str(home.path),
            "chọn kho mới bằng --home, hoặc xóa kho này | choose a new home with --home, or"
            " remove this one",
        )
    if not files_only:
        _refuse_real(home)
    with progress(
        "Đang ghi thế giới mô phỏng | Writing the synthetic world", planned.subscriber_days
    ) as advance:
        return simulate(
            out, planned.seed, planned.subscribers, planned.period, threads,
            planned.assumptions, planned.catalogue, advance,
        )  # fmt: skip


def _take_in(home: "Home", world: "World") -> dict[str, Any]:
    """Take in what the home does not know yet; the accounting is that of the whole world."""
    from doisoat.engine.intake.file_intake import take_in
    from doisoat.engine.store.file_kinds import FILE_KINDS
    from doisoat.fixtures.synthetic_key import SYNTHETIC_KEY
    from doisoat.tariffs.bundled import bundled_catalogue
    from doisoat.tariffs.load import load_catalogue

    files = [(path, "world", kind) for kind in FILE_KINDS for path in world.files(kind)]
    known = _known(home)
    digests = {world.path / entry["name"]: entry["sha256"] for entry in world.manifest["files"]}
    new = [file for file in files if (digests[file[0]], file[2]) not in known]
    if new:
        _refuse_real(home)
        rows = sum(e["rows"] for e in world.manifest["files"] if e["kind"] != "truth")
        with progress("Đang nhận vào | Taking it in", rows) as advance:
            take_in(
                home, new, SYNTHETIC_KEY, advance,
                plan=load_catalogue(bundled_catalogue()).numbering,
            )  # fmt: skip
        known = _known(home)
    usage = [known[(digests[path], kind)] for path, _, kind in files if kind == "usage"]
    return {
        **{name: sum(source[name] for source in usage) for name in COUNTS},
        "events": sum(source["taken"] for source in usage),
        "reasons": _reasons(home),
        "taken_in_now": len(new),
    }


def _refuse_real(home: "Home") -> None:
    """Invented usage is not put where real usage is: every report would be of both."""
    from doisoat.engine.store.home import PART_FLOORS, list_parts
    from doisoat.errors import StoreError

    parts = [part for floor in PART_FLOORS for part in list_parts(home, floor)]
    if not all(part.manifest["key_is_public"] for part in parts):
        raise StoreError(
            "kho này đã nhận dữ liệu sử dụng theo khóa riêng, trộn thế giới mô phỏng vào là"
            " sai | usage under a key of its own was taken in here, and a synthetic world"
            " would mix with it",
            str(home.path),
            "chọn kho mới bằng --home | choose a new home with --home",
        )


def _synthetic_parts(home: "Home", of: "Floor | None" = None) -> list["Part"]:
    """The parts of a floor, or of all, that the synthetic key made; others may lie beside them."""
    from doisoat.engine.store.home import PART_FLOORS, list_parts
    from doisoat.fixtures.synthetic_key import SYNTHETIC_KEY

    floors = PART_FLOORS if of is None else (of,)
    parts = [part for floor in floors for part in list_parts(home, floor)]
    return [part for part in parts if part.manifest["key_id"] == SYNTHETIC_KEY.id]


def _reasons(home: "Home") -> dict[str, int]:
    """How many synthetic records are suspended, by reason."""
    import polars as pl

    paths = [part.file("suspense.parquet") for part in _synthetic_parts(home, "usage")]
    frames = [
        pl.read_parquet(path, columns=["reason"], glob=False, hive_partitioning=False)
        for path in paths
        if path is not None
    ]
    counts = pl.concat(frames).group_by("reason").len().sort("reason") if frames else pl.DataFrame()
    return dict(counts.iter_rows())


def _known(home: "Home") -> dict[tuple[str, str], Mapping[str, Any]]:
    return {
        (source["sha256"], source["kind"]): source
        for part in _synthetic_parts(home)
        for source in part.manifest["sources"]
    }


def _print(summary: Mapping[str, Any], world: "World") -> None:
    state = "written" if summary["written"] else "already there, not written again"
    click.echo(f"synthetic world  {summary['world']}: {state}")
    click.echo(f"seed             {summary['seed']}, {summary['subscribers']:,} mobile subscribers")
    click.echo(f"usage records    {world.manifest['rows']:,}")
    if "rows" not in summary:
        click.echo("taken in         nothing (--files-only)")
        return
    if not summary["taken_in_now"]:
        click.echo("taken in         already: nothing to do")
    for name in COUNTS:
        click.echo(f"  {name:<14} {summary[name]:>14,}")
    expected, reasons = summary["expected"], summary["reasons"]
    click.echo("planted and found")
    for name, planted, detected in (
        ("duplicates", expected["duplicates"], summary["duplicates"]),
        ("malformed", expected["malformed"], reasons.get("malformed", 0)),
        ("conflicting", expected["conflicting_records"], reasons.get("conflicting", 0)),
    ):
        click.echo(f"  {name:<14} {planted:>14,} {detected:>14,}")
