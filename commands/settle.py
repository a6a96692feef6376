"""`doisoat settle`: rates, relieves and settles a period; publishes all of it or nothing."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from doisoat.commands.options import (
    carrier_option,
    catalogue_option,
    home_option,
    json_option,
    package_option,
    period_option,
    print_json,
    progress,
    reading_option,
    say,
    threads_option,
)
from doisoat.tariffs.bundled import DEFAULT_PACKAGE

if TYPE_CHECKING:
    from doisoat.settlement.settle import RunSummary

LABELS = (
    ("events", "Sự kiện", "events"),
    ("rated", "Đã tính cước", "rated"),
    ("suspended", "Bị treo", "suspended"),
    ("list_value", "Giá trị", "list value"),
    ("discount", "Giảm trừ", "discount"),
    ("payable", "Phải trả", "payable"),
    ("in_kind", "Hiện vật", "in kind"),
    ("contribution", "Đóng góp", "contribution"),
)


@click.command("settle")
@period_option
@carrier_option
@package_option(DEFAULT_PACKAGE)
@reading_option
@catalogue_option
@click.option("--by", metavar="SIGNER", help="Who settles: a signer of HOME, who may not sign it.")
@click.option("--after-cut-off", is_flag=True, help="Take in what came after the cut-off, too.")
@threads_option
@home_option
@json_option
def command(
    period: str | None,
    carrier: str | None,
    package: str,
    readings: dict[str, str],
    catalogue: str,
    by: str | None,
    after_cut_off: bool,
    threads: int,
    home: Path,
    as_json: bool,
) -> None:
    """Settle a month: rate every event, relieve it, check every sum, publish.

    Publishes relief.duckdb and reports/ in HOME, whole or not at all. The same inputs settled
    again are the same run, by its id, and nothing is done twice.

    \b
    Example: doisoat settle --period 2021-08 --reading m2.in_kind_value=zero
    """
    from doisoat.engine.home import open_home
    from doisoat.settlement.settle import settle
    from doisoat.tariffs.find import catalogue_path
    from doisoat.tariffs.load import check_package, load_catalogue, load_package

    # A period that is none, or a home that is not there, is told before anything is read.
    if period is not None:
        from doisoat.settlement.period import Period

        Period.of(period)
    buckets = open_home(home).buckets
    prices = load_catalogue(catalogue_path(catalogue))
    relief = load_package(package, readings)
    check_package(relief, prices)
    with progress("Settling", buckets) as advance:
        summary = settle(
            home, prices, relief, period=period, carrier=carrier, threads=threads, progress=advance,
            by=by, after_cut_off=after_cut_off,
        )  # fmt: skip
    for finding in summary.findings:
        say(f"Lưu ý | Note: {finding}")
    if as_json:
        print_json(summary.as_object())
    else:
        click.echo(_table(summary))


def _table(summary: "RunSummary") -> str:
    from doisoat.money import group_vi

    figures = {**summary.counts, **summary.amounts}
    texts = {name: group_vi(value) for name, value in figures.items()}
    width = max(map(len, texts.values()))
    lines = [
        f"Kỳ | period {summary.period}" + (f", {summary.carrier}" if summary.carrier else ""),
        *(
            f"  {vi:<13}{en:<13}{texts[name]:>{width}}{' đ' if name in summary.amounts else ''}"
            for name, vi, en in LABELS
        ),
        f"Bảng đối soát | statements: {summary.statements}",
        f"  {summary.home / 'reports'}: {', '.join(summary.reports)}",
        f"  {summary.home / 'relief.duckdb'}",
        f"Lần chạy | run     {summary.run}"
        + (" (như lần trước | same run)" if summary.same_run else ""),
        f"Mã băm   | digest  {summary.digest}",
    ]
    return "\n".join(lines)
