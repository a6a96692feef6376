"""Writes a run's folder: its tables, what it was made from, its reports and its manifest."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl

from doisoat import __version__
from doisoat.engine.intake.records.events import EVENT
from doisoat.engine.store import commit
from doisoat.engine.usage.subscriptions import OWNER
from doisoat.messages.text import message
from doisoat.settlement.figures import merge, run_id, statement
from doisoat.settlement.figures import programme_totals as standing
from doisoat.settlement.figures.row_files import PARQUET, scan_rows
from doisoat.settlement.report.conflict_text import told_conflicts
from doisoat.settlement.report.envelope_text import told_envelopes
from doisoat.settlement.runs import postings, unpriced
from doisoat.settlement.runs import unknown_codes as strangers
from doisoat.settlement.runs.benefit_check import check_benefits
from doisoat.settlement.runs.event_addresses import event_addresses
from doisoat.settlement.runs.run_inputs import (
    Task,
    is_synthetic,
    master,
    near_duplicates_of,
    plans_and_packs,
    unreadable_files,
)
from doisoat.settlement.runs.runs import AS_WRITTEN, SYNTHETIC, file_of
from doisoat.settlement.runs.usage_months import carriers_of_events, read
from doisoat.tariffs.load.jurisdiction import state_of, tax_rate

if TYPE_CHECKING:
    from doisoat.settlement.report.content import Content
    from doisoat.settlement.report.event_rows import Address

FORMAT_VERSION = 1
# Tables of a run by the field of merge.Settled; days are dates there, and counted from 1970 in a
# result. Its rows are written while they come: row_files.
TOTALS = {"total": "totals", "relief_total": "relief_totals"}
LISTED = pl.Schema(  # of an event in a list, what it is looked up by
    {**dict.fromkeys((*EVENT, *OWNER), pl.UInt64()), "carrier": pl.String(), "start_ms": pl.Int64()}
)
LISTS = ".danh-sach.xlsx"  # beside each carrier's statement
AMOUNTS = ("list_value", "discount", "payable", "in_kind", "contribution")
COUNTS = ("events", "rated", "suspended")


def write(folder: Path, task: Task, settled: merge.Settled, conflicts: pl.DataFrame) -> None:
    """All but the rows, which lie there (row_files.RowFiles).

    Args: conflicts: of usage and master data, schema settlement.runs.conflicts.FINDING.
    """
    before = standing.NOTHING_YET
    if task.opening is not None:
        before = standing.to_date_of(read(file_of(task.opening, "programme.parquet")))
    before = postings.put_to(before, task.posted)
    statements = statement.build(
        settled,
        task.package,
        task.period.name,
        tax_rate(task.catalogue, task.period.begin),
        carrier=task.carrier,
        before=before,
        assumed=statement.assumed_in_use(
            task.catalogue, plans_and_packs(task), task.period.begin, task.period.end
        ),
    )
    for name, frame in {
        **{name: _by_date(getattr(settled, field)) for name, field in TOTALS.items()},
        "finding": conflicts,
        "statement": statements.statements,
        "programme": statements.programmes,
        "own_account": statements.own_account,
        "burn_down": statements.burn_down,
        "statement_line": statements.lines,
    }.items():
        frame.write_parquet(folder / f"{name}.parquet", **PARQUET)
    for name, model in (("catalogue", task.catalogue), ("package", task.package)):
        content = run_id.canonical_json(model.model_dump(mode="json"))
        (folder / f"{name}.json").write_bytes(content)
    if task.package.as_written:
        (folder / AS_WRITTEN).write_text(task.package.as_written, "utf-8")
    without_price = unpriced_of(task, settled)
    _write_reports(folder / "reports", task, settled, statements, conflicts, without_price)
    manifest = _manifest(folder, task, settled, statements, conflicts, without_price)
    (folder / commit.MANIFEST).write_bytes(run_id.canonical_json(manifest))


def unpriced_of(task: Task, settled: merge.Settled) -> pl.DataFrame:
    """The events of a result that no tariff prices: unpriced.SCHEMA."""
    is_it = pl.col("reason").cast(pl.String) == unpriced.NO_TARIFF
    events = settled.suspense.filter(is_it).collect(engine="streaming")
    return unpriced.unpriced(events, task.usage, task.copies, master(task, "subscription"))


def _by_date(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("day").cast(pl.Int32).cast(pl.Date))


def read_result(path: Path, manifest: Mapping[str, Any]) -> merge.Settled:
    """What a run's folder was written from: its tables and what its manifest counts."""
    day = pl.col("day").cast(pl.Int32).cast(pl.Int64)
    totals: dict[str, Any] = {
        field: read(path / f"{name}.parquet").with_columns(day) for name, field in TOTALS.items()
    }
    rows: dict[str, Any] = scan_rows(path)
    shards = enumerate(manifest["result"]["shards"])
    counted: dict[str, Any] = {name: int(manifest["totals"][name]) for name in COUNTS}
    return merge.Settled(
        **counted,
        shard_digests={shard: bytes.fromhex(digest) for shard, digest in shards},
        **totals,
        line_sums=merge.sums_of_lines(rows["lines"]),
        suspense_sums=merge.sums_of_suspense(rows["suspense"]),
        **rows,
        counters=dict(manifest["counters"]),
    )


def _write_reports(
    folder: Path,
    task: Task,
    settled: merge.Settled,
    statements: statement.Statements,
    conflicts: pl.DataFrame,
    without_price: pl.DataFrame,
) -> None:
    from doisoat.settlement.report.content import Unreadable, contents
    from doisoat.settlement.report.workbook import write_lists, write_workbook

    folder.mkdir()
    listed = list(
        contents(
            settled,
            statements,
            task.catalogue,
            task.package,
            task.period,
            run=task.run,
            digest=run_id.result_digest(settled.shard_digests),
            catalogue_digest=task.inputs["catalogue"],
            package_digest=task.inputs["package"],
            is_synthetic=is_synthetic(task),
            unreadable=[Unreadable(*file) for file in unreadable_files(task)],
            conflicts=conflicts,
            without_price=without_price,
        )
    )
    addresses, language = addresses_of(task, listed), state_of(task.catalogue).papers.language
    for content in listed:
        name = f"doi-soat-{task.period.name}-{content.carrier_id}"
        write_workbook(folder / f"{name}.xlsx", content, None, language)
        write_lists(folder / f"{name}{LISTS}", content, addresses, language)


def addresses_of(task: Task, contents: "Sequence[Content]") -> "dict[int, Address]":
    """Where the events stand that workbooks list: all of them are looked up at once."""
    from doisoat.settlement.report.event_rows import Address

    rows = [
        {name: row[name] for name in LISTED}
        for content in contents
        for lists in (content.suspended, content.conflicting, content.refunds, content.overcharges)
        for row in lists
    ]
    events = pl.DataFrame(rows, LISTED).unique(EVENT)
    found = event_addresses(events, task.usage, task.copies, master(task, "subscription"))
    columns = found.select(*EVENT, *Address._fields)
    return {(hi << 64) + lo: Address(*row) for hi, lo, *row in columns.iter_rows()}


def _manifest(
    folder: Path,
    task: Task,
    settled: merge.Settled,
    statements: statement.Statements,
    conflicts: pl.DataFrame,
    without_price: pl.DataFrame,
) -> dict[str, Any]:
    whole = statements.statements
    shards = [
        settled.shard_digests.get(shard, run_id.EMPTY_SHARD).hex() for shard in range(run_id.SHARDS)
    ]
    return {
        "format_version": FORMAT_VERSION,
        "run": task.run,
        "inputs": task.inputs,
        "catalogue": task.catalogue.id,
        **task.catalogue.named_overlays,
        "package": task.package.id,
        "result": {
            "digest": run_id.result_digest(settled.shard_digests),
            "shards": shards,
        },
        "totals": {
            **{name: getattr(settled, name) for name in COUNTS},
            **{name: str(merge.total_of(whole, name)) for name in AMOUNTS},
        },
        "statements": whole.height,
        "counters": settled.counters,
        "findings": _findings(task, settled, statements, conflicts, without_price),
        "built_by": {
            "doisoat": __version__,
            "polars": pl.__version__,
            "duckdb": duckdb.__version__,
        },
        "files": commit.part_manifest(folder),
    }


def _findings(
    task: Task,
    settled: merge.Settled,
    statements: statement.Statements,
    conflicts: pl.DataFrame,
    without_price: pl.DataFrame,
) -> list[str]:
    findings = [SYNTHETIC] if is_synthetic(task) else []
    strays = statement.of_no_statement(settled, statements.statements)
    if strays:
        known = {carrier.id for carrier in task.catalogue.carriers}
        by_carrier = carriers_of_events(task.usage, task.period)
        unknown = sorted({name for name, is_within in by_carrier.items() if is_within} - known)
        named = f" ({', '.join(unknown)})" if unknown else ""
        findings.append(
            f"{strays} suspended events are of no carrier that the package names{named}: they are"
            " in no statement, only in usage.suspense"
        )
    check_benefits(master(task, "allow_list"), task.package, task.period)
    findings += strangers.strangers(task)
    findings += strangers.of_master(task)
    findings += task.orders.findings()
    findings += told_conflicts(conflicts)
    findings += unpriced.notes_of(without_price)
    near = near_duplicates_of(task)
    if near:
        findings.append(
            message(
                "{near} calls and messages look like another one recorded twice; all are"
                " rated: table usage.near_duplicate",
                near=near,
            )
        )
    findings += told_envelopes(task.package, settled, statements)
    for carrier, assumed in statements.statements.select("carrier", "assumed").iter_rows():
        if assumed:
            findings.append(f"{carrier}: assumed plans or packs in use: {assumed}")
    return findings
