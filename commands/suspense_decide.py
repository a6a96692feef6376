"""doisoat suspense choose, write-off, reopen: what is to become of records, decided and undone."""

from pathlib import Path

import click

from doisoat.commands.options import home_option, json_option, print_json
from doisoat.commands.suspense_options import filter_options, say_applied, told_options
from doisoat.commands.suspense_records import filtered, in_hand, of_file, refuse_events, told_by


@click.command("choose")
@click.argument("addresses", nargs=-1)
@click.option(
    "--file", "file", metavar="SHA256",
    help="All undecided copies that this file gives: first digits of its SHA-256.",
)  # fmt: skip
@click.option("--none", "none_is_right", is_flag=True, help="None of the copies is right.")
@told_options
@home_option
@json_option
def choose(
    addresses: tuple[str, ...],
    file: str | None,
    none_is_right: bool,
    who: str,
    why: str,
    apply: bool,
    home: Path,
    as_json: bool,
) -> None:
    """Say which of the copies that contradict each other is the right one.

    The copy at each of ADDRESSES is from now on its event; the others are set aside, and stay
    counted. The month must be settled again. With --none the event is written off: it stays among
    the suspended. A copy of another content that comes in later makes the event undecided again.

    \b
    Example:
      doisoat suspense choose --file 3f9ac2d1b0e4 --who "Lan, billing" \\
        --why "the corrected file of 5 August" --apply
    """
    from doisoat.engine.intake import choice

    if bool(addresses) == (file is not None):
        raise click.UsageError("say which: ADDRESSES, or --file")
    with in_hand(home) as (held, register):
        refuse_events(held, addresses, register)
        ambiguous = 0
        if addresses:
            chosen = register.find(addresses)
        elif none_is_right:
            chosen = choice.undecided(of_file(register.records, file))
        else:
            chosen, ambiguous = choice.choosable(of_file(register.records, file))
        told = choice.choose(
            held, register, chosen, told_by(who, why), none_is_right=none_is_right, apply=apply
        )
    if as_json:
        print_json({"applied": apply, **told._asdict(), "ambiguous": ambiguous})
        return
    click.echo(f"Sự kiện được quyết định | events decided\t{told.events}")
    if ambiguous:
        click.echo(
            f"Tệp tự mâu thuẫn, chưa quyết định | left: the file contradicts itself\t{ambiguous}"
        )
    if told.unchanged:
        click.echo(f"Đã quyết định như vậy | decided so already\t{told.unchanged}")
    if not told.events:
        click.echo("Không còn gì để quyết định | nothing was left to decide")
        return
    again = "; ".join(f"doisoat settle --period {month}" for month in told.months)
    say_applied(apply, f"đối soát lại | settle again: {again}")


@click.command("write-off")
@click.argument("addresses", nargs=-1)
@filter_options
@told_options
@home_option
@json_option
def write_off(
    addresses: tuple[str, ...],
    file: str | None,
    reason: str | None,
    who: str,
    why: str,
    apply: bool,
    home: Path,
    as_json: bool,
) -> None:
    """Decide that suspended records will never be usage. They stay counted, as written off.

    \b
    Example:
      doisoat suspense write-off --file 3f9ac2d1b0e4 --reason structure \\
        --who "Lan, billing" --why "test calls of the switch" --apply
    """
    from doisoat.engine.intake import lifecycle
    from doisoat.engine.intake.recycle import recyclable

    if not addresses and file is None and reason is None:
        raise click.UsageError("say which: ADDRESSES, --file or --reason")
    with in_hand(home) as (held, register):
        refuse_events(held, addresses)
        chosen = (
            register.find(addresses)
            if addresses
            else recyclable(filtered(register.records, file, reason))
        )
        number = lifecycle.write_off(held, register, chosen, told_by(who, why), apply=apply)
    undecided = chosen.filter(chosen["state"] != "written_off").height
    if as_json:
        print_json({"applied": apply, "records": undecided, "decision": number})
        return
    click.echo(f"Xoá sổ | write off\t{undecided}")
    if not undecided:
        click.echo("Không còn gì để quyết định | nothing was left to decide")
        return
    say_applied(apply, "xem | see: doisoat suspense list --state written_off")


@click.command("reopen")
@click.argument("addresses", nargs=-1)
@click.option(
    "--file", "file", metavar="SHA256",
    help="All of this file that something was decided about: first digits of its SHA-256.",
)  # fmt: skip
@told_options
@home_option
@json_option
def reopen(
    addresses: tuple[str, ...],
    file: str | None,
    who: str,
    why: str,
    apply: bool,
    home: Path,
    as_json: bool,
) -> None:
    """Take back a write-off, or the decision which copy is right. Both stay written down.

    \b
    Example:
      doisoat suspense reopen 3f9ac2d1b0e4:17 --who "Lan, billing" \\
        --why "they were calls after all" --apply
    """
    import polars as pl

    from doisoat.engine.intake import lifecycle

    if bool(addresses) == (file is not None):
        raise click.UsageError("say which: ADDRESSES, or --file")
    with in_hand(home) as (held, register):
        refuse_events(held, addresses, register)
        chosen = register.find(addresses) if addresses else of_file(register.records, file)
        chosen = chosen if addresses else chosen.filter(pl.col("state").is_in(lifecycle.DECIDED))
        number = lifecycle.reopen(held, register, chosen, told_by(who, why), apply=apply)
    undone = chosen.filter(chosen["state"].is_in(lifecycle.DECIDED)).height
    if as_json:
        print_json({"applied": apply, "records": undone, "decision": number})
        return
    click.echo(f"Mở lại | reopen\t{undone}")
    if not undone:
        click.echo("Không có gì để mở lại | there was nothing to take back")
        return
    say_applied(apply, "xem | see: doisoat suspense list")
