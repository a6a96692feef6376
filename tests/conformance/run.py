"""Rates the rows of vector files by the kernel and by the oracle, and tells what came of them."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from doisoat.engine.oracle import period_charge as oracle
from doisoat.engine.rating.period_charge import PeriodBiller, spans
from doisoat.tariffs.models.package_model import NO_PACKAGE
from tests.conformance import billrun, cgrates, tiered
from tests.conformance.model import (
    DECIMALS,
    PERIOD,
    REFUSED,
    BadFile,
    PeriodTrial,
    Row,
    Unreadable,
    Want,
    World,
)
from tests.implementations import IMPLEMENTATIONS, outcomes

READERS: tuple[ModuleType, ...] = (cgrates, tiered, billrun)


@dataclass(frozen=True)
class Unequal:
    id: str
    expected: str
    got: Mapping[str, str]  # by implementation


@dataclass
class Report:
    """Of one file: ids in its order."""

    file: str
    equal: list[str] = field(default_factory=list)
    explained: dict[str, str] = field(default_factory=dict)  # id -> reason
    unequal: list[Unequal] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)  # id -> feature
    unreadable: dict[str, Unreadable] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        judged = len(self.equal) + len(self.explained) + len(self.unequal)
        return judged + len(self.missing) + len(self.unreadable)

    @property
    def unreadable_reasons(self) -> dict[str, str]:
        return {name: fault.reason for name, fault in self.unreadable.items()}

    def told(self) -> Iterator[str]:
        """The counts, unequal rows, those without words in the rate model, those not read."""
        yield (
            f"{self.file}: equal {len(self.equal)}, explained {len(self.explained)},"
            f" unequal {len(self.unequal)} of {self.rows}"
        )
        for row in self.unequal:
            got = ", ".join(f"{value} ({name})" for name, value in row.got.items())
            yield f"  {row.id}: expected {row.expected}, got {got}"
        if self.missing:
            yield f"{self.file}: not covered {len(self.missing)}"
            for feature, ids in by_reason(self.missing).items():
                yield f"  {', '.join(ids)}: needs {feature}"
        if self.unreadable:
            yield f"{self.file}: not read {len(self.unreadable)}"
            for name, fault in self.unreadable.items():
                yield f"  {name}: {fault}"


def by_reason(reasons: Mapping[str, str]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        out.setdefault(reason, []).append(name)
    return out


def vector_files(folder: Path) -> list[Path]:
    """The CSV files of FOLDER/vectors, in order of their names. Raises: BadFile."""
    files = sorted((folder / "vectors").glob("*.csv"))
    if not files:
        raise BadFile(
            f"{folder}/vectors holds no CSV file: let DOISOAT_FOREIGN name the folder that"
            " holds the folder vectors"
        )
    return files


def rows_of(path: Path) -> list[Row]:
    """The rows of a file, by the reader whose columns it has. Raises: BadFile."""
    with path.open(encoding="utf-8", newline="") as file:
        table = csv.DictReader(file)
        lines = list(table)
        columns = set(table.fieldnames or ())
    for reader in READERS:
        if columns.issuperset(reader.COLUMNS):
            return list(reader.read(lines, path.parent))
    raise BadFile(f"{path}: its columns are of no kind that is known here")


def judge(name: str, rows: Iterable[Row]) -> Report:
    """What the kernel and the oracle make of each row."""
    report = Report(name)
    for row in rows:
        if row.unreadable is not None:
            report.unreadable[row.id] = row.unreadable
            continue
        if row.missing:
            report.missing[row.id] = row.missing
            continue
        verdicts = [verdict(row, implementation) for implementation in IMPLEMENTATIONS]
        wrong = {
            implementation: got
            for implementation, (word, _, got) in zip(IMPLEMENTATIONS, verdicts, strict=True)
            if word == "unequal"
        }
        if wrong:
            expected = next(want for word, want, _ in verdicts if word == "unequal")
            report.unequal.append(Unequal(row.id, expected, wrong))
        elif any(word == "explained" for word, _, _ in verdicts):
            report.explained[row.id] = row.reason
        else:
            report.equal.append(row.id)
    return report


def verdict(row: Row, implementation: str) -> tuple[str, str, str]:
    """'equal', 'explained' or 'unequal' (the worst of its trials), expected and got."""
    word = "equal"
    for trial in row.trials:
        if isinstance(trial, PeriodTrial):
            got, ours = billed(trial, implementation), None
        else:
            got, ours = rated(trial.world, implementation)[trial.event_id], trial.ours
        if fits(trial.expected, got):
            continue
        if ours is None or not fits(ours, got):
            return "unequal", str(trial.expected), str(got)
        word = "explained"
    return word, "", ""


def fits(want: Want, got: Want) -> bool:
    if want.amount is None and want.status != got.status:
        return False
    return want.amount == got.amount and want.covered in (None, got.covered)


def billed(trial: PeriodTrial, implementation: str) -> Want:
    """The bill of a whole period, which no relief lowers. 'kernel' is the production writing."""
    charge, decimals = trial.charge, DECIMALS
    begins = charge.begins
    ends = begins.replace(month=begins.month + 1)
    if implementation == "oracle":
        (span,) = oracle.spans(charge, begins, ends)
        bill = oracle.bill(charge, span, trial.uses, (), decimals, trial.billed_until_ms)
    else:
        (span,) = spans(charge, begins, ends)
        bill = PeriodBiller(charge, (), decimals).bill(span, trial.uses, trial.billed_until_ms)
    assert bill.payable == bill.list_value, "no package gives no relief"
    return Want(bill.payable * trial.minor)


@lru_cache(maxsize=64)
def rated(world: World, implementation: str) -> Mapping[int, Want]:
    """What became of each event of a world, which must be one whole with its list value."""
    found = outcomes(
        implementation, world.catalogue, NO_PACKAGE, world.subscriptions, (), world.events, PERIOD
    )
    out: dict[int, Want] = {}
    for one in found:
        assert one.list_value == one.payable and not one.lines, "no package gives no relief"
        # A volume that counts raw units covers the rounded tail besides; peers tell raw units.
        covered = min(one.bundled, one.event.units)
        amount = one.payable * world.minor if one.status == "rated" else None
        status = REFUSED if amount is not None else one.status
        out[one.event.event_id] = Want(
            None if amount is None else Fraction(amount), covered, status
        )
    return out


def reports_of(folder: Path) -> list[Report]:
    return [judge(path.name, rows_of(path)) for path in vector_files(folder)]


def page(reports: Sequence[Report]) -> str:
    """docs/conformance.md: counts, ids and reasons; no number of a foreign file."""
    out = [
        "# Conformance: other engines' numbers",
        "",
        "Written by `make conformance DOISOAT_FOREIGN=DIR`; not by hand. The vectors themselves are"
        " inputs at run time and not part of this repository. Each row becomes a catalogue of our"
        " own models and is rated without a package by the kernel and by the oracle; both must give"
        " the row's exact amount, and of allowances the units covered as well.",
        "",
        "*Equal*: both gave it. *Explained*: both gave what our own documented rule gives instead,"
        " which is asserted too. *Not covered*: the rate model has no word for what the row needs."
        " *Not read*: a field of the row is not of its form; the rest of the file is judged all the"
        " same.",
        "",
        "| file | rows | equal | explained | unequal | not covered | not read |",
        "|---|---|---|---|---|---|---|",
    ]
    out += [
        f"| {r.file} | {r.rows} | {len(r.equal)} | {len(r.explained)} | {len(r.unequal)}"
        f" | {len(r.missing)} | {len(r.unreadable)} |"
        for r in reports
    ]
    out += ["", *READING, ""]
    for title, pick in PAGE_PARTS:
        out += [f"## {title}", ""]
        lines = []
        for report in reports:
            for reason, ids in by_reason(getattr(report, pick)).items():
                told = f"needs {reason}" if pick == "missing" else reason
                lines.append(f"- {report.file}: {', '.join(ids)}: {told}")
        out += [*(lines or ["None."]), ""]
    return "\n".join(out)


PAGE_PARTS = (
    ("Explained", "explained"),
    ("Not covered", "missing"),
    ("Not read", "unreadable_reasons"),
)
READING = (
    "## How rows are read",
    "",
    "- Prices are exact. A row without a rounding is asked for to ten decimals; a currency has at"
    " most six, so such prices are told in a smaller unit of account. A rounding finer than ten"
    " decimals is tried up and down: where both agree, the amount is exact.",
    "- A maximum charge that a row lets calls go on past is a step table that is free from where"
    " it is reached. A cap that only ends a call (`*disconnect`) is no rule of its price.",
    "- A cost of −1, by which a peer says that it found no rate, is an event that must be suspended"
    " `no_tariff`.",
    "- Segments of a row without a moment are places along one call. With a moment they are time"
    " bands that split it (`split_time`); stretches that are billed by beats of their own are"
    " `split_apart`.",
    "- A plan of tiers, packages or per cent of no moment is a charge over a billing period, whose"
    " usage is the sum; what lies before it was billed before. Units that may be parts are told as"
    " time. What no running total tells is one event.",
    "- A last tier that ends is a limit, at the end of its last block. A range of usage is tried at"
    " both of its ends; usage before it is an earlier partial of the same session.",
    "- An included group is a volume that counts raw units, bought at no price when its period"
    " begins: a month, the service's own period, or the cycles that it is sold for. A shared group"
    " belongs to the account, which is the owner; a pool is as large as its members bring. A"
    " service's groups are all drawn, of a plan's the first that the rate may draw. Rows draw in"
    " the order of their file, whatever their moments say. What is left past a group is priced"
    " from the table's start by the raw units left (`restart_raw`). A group of money is a volume"
    " of money; the row's number of units in the group is then not asked for. A service that the"
    " catalogue lacks but whose name tells gigabytes and cycles is taken at its word; another"
    " brings nothing.",
)
