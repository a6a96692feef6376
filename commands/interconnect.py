"""`doisoat interconnect`: what carriers owe each other for calls of a settled month."""

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import click

from doisoat.commands.options import csv_option, home_option, json_option, print_json, progress, say

if TYPE_CHECKING:
    from doisoat.settlement.interconnect import Interconnect, Rounding

SORTS = {
    "due": "phải trả cước kết nối | owe interconnection",
    "own_network": "trong mạng mình | stay in their own network",
    "no_network": "không đến mạng nào (số ngắn, quốc tế) | go to no network",
    "unknown_network": "không rõ mạng đến | go to a network that nobody names",
    "unpriced": "không có giá | have no price",
    "suspended": "đang treo | are suspended",
}


@click.command("interconnect")
@click.argument("period", metavar="YYYY-MM")
@click.option(
    "--rounding",
    type=click.Choice(["per_sum", "per_call"]),
    default="per_sum",
    show_default=True,
    help="Round once a direction, price and day; or each call.",
)
@csv_option("Write the rows by direction, price and day.")
@home_option
@json_option
def command(
    period: str, rounding: "Rounding", table: Path | None, home: Path, as_json: bool
) -> None:
    """Net what carriers owe each other for the calls of a settled month, excl. VAT.

    The originating carrier pays the terminating one, by the number's network when the call starts
    (ports included), at the catalogue's price of then. A retail price of 0 waives nothing; what a
    measure relieves that says `interconnect: waived` owes none. HOME knows the calls that its
    carriers recorded: with one carrier alone, only what that one owes.

    \b
    Example: doisoat interconnect 2021-08 --csv ket-noi.csv
    """
    from doisoat.engine.home import open_home
    from doisoat.settlement.interconnect import interconnect
    from doisoat.settlement.interconnect_calls import BESIDE, Ground
    from doisoat.settlement.month_again import month_again, settled_run
    from doisoat.settlement.period import Period
    from doisoat.settlement.report.files import check_target, swapped, write_text

    month = Period.of(period)
    check_target("--csv", table, ".csv")
    opened = open_home(home)
    rated = month_again(opened, settled_run(opened, month))
    ground = Ground.of(rated.inputs)
    with progress("Rating the month again", opened.buckets) as advance:
        found = interconnect(rated.told(BESIDE, advance), ground, rounding)
    if table is not None:
        text = "\ufeff" + _csv(found, rated.run.run)
        swapped(table, lambda path: write_text(path, text))
    if as_json:
        print_json({"period": month.name, "run": rated.run.run, **found.as_object()})
    else:
        _print(found, month.name, rated.run.run)
    if found.messages:
        say(
            f"Lưu ý | Note: {found.messages} tin nhắn sang mạng khác: danh mục không có giá kết nối"
            " tin nhắn | messages went to other networks: the catalogue has no price of them"
        )


def _csv(found: "Interconnect", run: str) -> str:
    from doisoat.settlement.interconnect import Row

    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*Row._fields, "run"])
    writer.writerows([*row, run] for row in found.rows)
    return out.getvalue()


def _print(found: "Interconnect", period: str, run: str) -> None:
    from doisoat.money import dong
    from doisoat.settlement.report.columns import table

    click.echo(
        f"Cước kết nối, chưa gồm thuế GTGT | interconnection, excl. VAT: {period}, {found.rounding}"
    )
    heads = ("bên trả | payer", "bên nhận | payee", "phải trả | owes", "được trả | is owed",
             "bù trừ | net")  # fmt: skip
    click.echo(table(heads, [tuple(one) for one in found.nets]))
    for sort, said in SORTS.items():
        if found.calls[sort] or sort == "due":
            seconds = found.ms[sort] // 1_000
            click.echo(f"  {found.calls[sort]:>12} cuộc gọi {said} ({seconds} s)")
    total = sum(row.amount for row in found.rows)
    click.echo(f"Cộng | in all {dong(total)}; lần chạy | run {run}")
