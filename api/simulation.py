"""The synthetic world: written, and taken into a home under its public key."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doisoat.api.home import Home as OpenHome
from doisoat.api.home import Progress, silent, usable
from doisoat.api.tariffs import Name
from doisoat.engine.store.home import Home
from doisoat.messages.text import message
from doisoat.settlement.figures.period import Period

if TYPE_CHECKING:
    from doisoat.engine.store.home import Floor, Part
    from doisoat.fixtures.simulate import Planned, World

COUNTS = ("rows", "taken", "duplicates", "suspended", "filtered")
Bar = Callable[[str, int], AbstractContextManager[Progress]]


@contextmanager
def no_bar(description: str, total: int) -> Iterator[Progress]:
    """Progress that nobody is shown."""
    yield silent


def simulate(
    home: Name,
    *,
    seed: int | None = None,
    subscribers: int | None = None,
    period: str | None = None,
    clean: bool = False,
    buckets: int | None = None,
    threads: int = 2,
) -> OpenHome:
    """Write a SYNTHETIC world of carriers under home/world and take it in; nothing was measured.

    The same arguments give the same bytes on every machine (docs/world.md); a world that lies there
    already is not written again.

    Args: home: a folder, made if it is not there; seed: what the world is drawn from, None: 2021;
        subscribers: mobile ones, None: 50,000; period: YYYY-MM, None: 2021-08; clean: plant no
        fault; buckets: of a new home, a power of two from 1 to 64; threads: of the writing.
    Returns: the home, open.
    Raises: StoreError where another world, or real usage, lies in the home; PeriodError and
        CatalogueError for a period and a number of subscribers that no world is of.
    """
    span = None
    if period is not None:
        month = Period.of(period)
        span = (month.begin, month.end)
    path = usable(home)
    simulate_into(path, planned(seed, subscribers, span, clean=clean), buckets, threads)
    return OpenHome.open(path)


def planned(
    seed: int | None,
    subscribers: int | None,
    span: tuple[datetime, datetime] | None,
    *,
    clean: bool,
) -> "Planned":
    """A world before it is written. Args: clean: without planted faults."""
    from doisoat.fixtures.assumptions import read_assumptions
    from doisoat.fixtures.simulate import plan_world

    assumptions = read_assumptions()
    return plan_world(seed, subscribers, span, assumptions.clean() if clean else assumptions)


def simulate_into(
    path: Path,
    plan: "Planned",
    buckets: int | None = None,
    threads: int = 2,
    *,
    files_only: bool = False,
    bar: Bar = no_bar,
) -> tuple["World", dict[str, Any]]:
    """Write a world into a home, made if it is not there, and take it in unless `files_only`.

    Returns: the world, and what `--json` prints.
    """
    from doisoat.settlement.log import journal
    from doisoat.settlement.log.intake_log import logged

    with journal.writer(path, "simulate", buckets) as held, logged(held):
        world = write_world(held, plan, files_only, threads, bar)
        answer: dict[str, Any] = {
            "synthetic": True,
            "world": str(world.path),
            "written": world.written,
            "seed": world.manifest["parameters"]["seed"],
            "subscribers": world.manifest["parameters"]["subscribers"],
        }
        if not files_only:
            answer |= take_world_in(held, world, bar)
            answer["expected"] = world.planted["expected"]
    return world, answer


def write_world(
    home: Home, planned: "Planned", files_only: bool, threads: int, bar: Bar
) -> "World":
    """Write the world's files beside a home whose lock the caller holds, unless they lie there."""
    from doisoat.errors import StoreError
    from doisoat.fixtures.simulate import find_world, simulate

    out = home.path / "world"
    existing = find_world(out, planned.parameters)
    if existing is not None:
        return existing
    if _synthetic_parts(home):
        raise StoreError(
            message("another synthetic world, or one that was changed since, was taken in here"),
            str(home.path),
            message("choose a new home with --home, or remove this one"),
        )
    if not files_only:
        _refuse_real(home)
    with bar(message("Writing the synthetic world"), planned.subscriber_days) as advance:
        return simulate(
            out, planned.seed, planned.subscribers, planned.period, threads,
            planned.assumptions, planned.catalogue, advance,
        )  # fmt: skip


def take_world_in(home: Home, world: "World", bar: Bar) -> dict[str, Any]:
    """Take in what the home does not know yet; the accounting is that of the whole world."""
    from doisoat.engine.intake.file_intake import take_in
    from doisoat.engine.intake.plan_in_use import bundled_plan
    from doisoat.engine.store.file_kinds import FILE_KINDS
    from doisoat.fixtures.synthetic_key import SYNTHETIC_KEY
    from doisoat.state import STATE
    from doisoat.tariffs.load.jurisdiction import state_of_before

    files = [(path, "world", kind) for kind in FILE_KINDS for path in world.files(kind)]
    known = _known(home)
    digests = {world.path / entry["name"]: entry["sha256"] for entry in world.manifest["files"]}
    new = [file for file in files if (digests[file[0]], file[2]) not in known]
    if new:
        _refuse_real(home)
        STATE.use(state_of_before())  # the world is of Viet Nam: its clocks and numbers
        rows = sum(e["rows"] for e in world.manifest["files"] if e["kind"] != "truth")
        with bar(message("Taking it in"), rows) as advance:
            take_in(
                home, new, SYNTHETIC_KEY, advance,
                plan=bundled_plan(),
            )  # fmt: skip
        known = _known(home)
    usage = [known[(digests[path], kind)] for path, _, kind in files if kind == "usage"]
    return {
        **{name: sum(source[name] for source in usage) for name in COUNTS},
        "events": sum(source["taken"] for source in usage),
        "reasons": _reasons(home),
        "taken_in_now": len(new),
    }


def _refuse_real(home: Home) -> None:
    """Invented usage is not put where real usage is: every report would be of both."""
    from doisoat.engine.store.home import PART_FLOORS, list_parts
    from doisoat.errors import StoreError

    parts = [part for floor in PART_FLOORS for part in list_parts(home, floor)]
    if not all(part.manifest["key_is_public"] for part in parts):
        raise StoreError(
            message(
                "usage under a key of its own was taken in here, and a synthetic world"
                " would mix with it"
            ),
            str(home.path),
            message("choose a new home with --home"),
        )


def _synthetic_parts(home: Home, of: "Floor | None" = None) -> list["Part"]:
    """The parts of a floor, or of all, that the synthetic key made; others may lie beside them."""
    from doisoat.engine.store.home import PART_FLOORS, list_parts
    from doisoat.fixtures.synthetic_key import SYNTHETIC_KEY

    floors = PART_FLOORS if of is None else (of,)
    parts = [part for floor in floors for part in list_parts(home, floor)]
    return [part for part in parts if part.manifest["key_id"] == SYNTHETIC_KEY.id]


def _reasons(home: Home) -> dict[str, int]:
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


def _known(home: Home) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {
        (source["sha256"], source["kind"]): source
        for part in _synthetic_parts(home)
        for source in part.manifest["sources"]
    }
