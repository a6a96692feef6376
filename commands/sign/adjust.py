"""doisoat adjust: what a signed month differs by since, booked into a later one."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from doisoat.commands.options import (
    MONTH,
    checked_period,
    home_in_dong_option,
    json_option,
    period_argument,
    print_json,
    progress,
    why_option,
)

if TYPE_CHECKING:
    from doisoat.settlement.corrections.adjustment_act import Booked

SHOWN = {
    "list_value": "giá trị | list value",
    "discount": "giảm trừ | discount",
    "payable": "phải trả | payable",
    "in_kind": "hiện vật | in kind",
    "contribution": "đóng góp | contribution",
    "refund": "hoàn trả | refund",
}


@click.command("adjust")
@period_argument
@click.option(
    "--into", metavar=MONTH, callback=checked_period,
    help="The booked month.  [default: the next not signed]",
)  # fmt: skip
@why_option()
@home_in_dong_option
@json_option
def command(period: str, into: str | None, why: str, home: Path, as_json: bool) -> None:
    """Book what a signed month differs by into a later one, event by event, each with its cause.

    The month was superseded and settled anew: what was signed stays, and the difference of the two
    runs is a line of the later month's statement. Of each event both runs' amounts are computed
    again and held to their digests. Nothing is ever edited.

    \b
    Example:
      doisoat period supersede 2021-08 --why "tệp muộn"
      doisoat settle 2021-08
      doisoat adjust 2021-08
    """
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.corrections.adjustment_act import adjust

    buckets = open_home(home).buckets
    with progress("Đang so sánh hai lần đối soát | Comparing the two runs", buckets) as advance:
        booked = adjust(home, period, into, why, advance)
    if as_json:
        print_json(booked.as_object())
    else:
        _print(booked)


def _print(booked: "Booked") -> None:
    from doisoat.money import group_vi
    from doisoat.settlement.report.report_text import CAUSES

    click.echo(f"Điều chỉnh | adjustment\t{booked.id}")
    click.echo(f"Kỳ sử dụng | usage period\t{booked.of}\t{booked.before} → {booked.after}")
    click.echo(f"Kỳ ghi sổ | booked period\t{booked.into}")
    for cause, sums in booked.causes.items():
        count = group_vi(sums["events"])
        click.echo(f"  {CAUSES[cause].vi} | {cause}\t{count} sự kiện | events\t{_amounts(sums)}")
    if not booked.causes:
        click.echo("  Không sự kiện nào đổi | no event differs")
    click.echo(f"  Cộng | in all\t{_amounts(booked.totals)}")


def _amounts(sums: Mapping[str, int]) -> str:
    """The amounts that differ, in đồng."""
    from doisoat.money import dong

    amounts = [f"{label} {dong(sums[name])}" for name, label in SHOWN.items() if sums[name]]
    return ", ".join(amounts) or dong(0)
