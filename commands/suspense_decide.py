"""doisoat suspense choose, write-off, reopen: what is to become of records, decided and undone."""

import click

from doisoat.commands.options import print_json
from doisoat.commands.suspense_options import Asked, decides, say_applied
from doisoat.commands.suspense_records import filtered, in_hand, of_file, refuse_events, told_by

NOTHING_LEFT = "Không còn gì để quyết định | nothing was left to decide"


@click.command("choose")
@decides("All undecided copies that this file gives")
@click.option("--none", "none_is_right", is_flag=True, help="None of the copies is right.")
def choose(asked: Asked, none_is_right: bool) -> None:
    """Say which of the copies that contradict each other is the right one.

    The copy at each of ADDRESSES is from now on its event; the others are set aside, and stay
    counted. The month must be settled again. With --none the event is written off: it stays among
    the suspended. A copy of another content that comes in later makes the event undecided again.

    \b
    Example:
      doisoat suspense choose --file 3f9ac2d1b0e4 --who "Lan, billing" \\
        --why "the corrected file of 5 August" --apply
    """
    from doisoat.engine.intake import conflict_decisions as choice

    _check_named(asked)
    with in_hand(asked.home, applies=asked.apply) as (held, register):
        refuse_events(held, asked.addresses, register)
        ambiguous = 0
        if asked.addresses:
            chosen = register.find(asked.addresses)
        elif none_is_right:
            chosen = choice.open_copies(of_file(register.records, asked.file))
        else:
            chosen, ambiguous = choice.choosable(of_file(register.records, asked.file))
        told = choice.choose(
            held, register, chosen, told_by(asked.who, asked.why),
            none_is_right=none_is_right, apply=asked.apply,
        )  # fmt: skip
    if asked.as_json:
        print_json({"applied": asked.apply, **told._asdict(), "ambiguous": ambiguous})
        return
    click.echo(f"Sự kiện được quyết định | events decided\t{told.events}")
    if ambiguous:
        click.echo(
            f"Tệp tự mâu thuẫn, chưa quyết định | left: the file contradicts itself\t{ambiguous}"
        )
    if told.unchanged:
        click.echo(f"Đã quyết định như vậy | decided so already\t{told.unchanged}")
    if not told.events:
        click.echo(NOTHING_LEFT)
        return
    again = "; ".join(f"doisoat settle --period {month}" for month in told.months)
    say_applied(asked.apply, f"đối soát lại | settle again: {again}")


@click.command("write-off")
@decides("Only of this file")
@click.option("--reason", metavar="NAME", help="Only this reason or sub-reason, as in bad_units.")
def write_off(asked: Asked, reason: str | None) -> None:
    """Decide that suspended records will never be usage. They stay counted, as written off.

    \b
    Example:
      doisoat suspense write-off --file 3f9ac2d1b0e4 --reason structure \\
        --who "Lan, billing" --why "test calls of the switch" --apply
    """
    from doisoat.engine.intake import suspense_edits as lifecycle
    from doisoat.engine.intake.recycle import recyclable

    if not asked.addresses and asked.file is None and reason is None:
        raise click.UsageError(
            "nêu bản ghi nào: ADDRESSES, --file hoặc --reason | say which: ADDRESSES, --file or"
            " --reason"
        )
    with in_hand(asked.home, applies=asked.apply) as (held, register):
        refuse_events(held, asked.addresses)
        chosen = (
            register.find(asked.addresses)
            if asked.addresses
            else recyclable(filtered(register.records, asked.file, reason))
        )
        told = told_by(asked.who, asked.why)
        number = lifecycle.write_off(held, register, chosen, told, apply=asked.apply)
    undecided = chosen.filter(chosen["state"] != "written_off").height
    if asked.as_json:
        print_json({"applied": asked.apply, "records": undecided, "decision": number})
        return
    click.echo(f"Xóa sổ | write off\t{undecided}")
    if not undecided:
        click.echo(NOTHING_LEFT)
        return
    say_applied(asked.apply, "xem | see: doisoat suspense list --state written_off")


@click.command("reopen")
@decides("All of this file that something was decided about")
def reopen(asked: Asked) -> None:
    """Take back a write-off, or the decision which copy is right. Both stay written down.

    \b
    Example:
      doisoat suspense reopen 3f9ac2d1b0e4:17 --who "Lan, billing" \\
        --why "they were calls after all" --apply
    """
    from doisoat.engine.intake import suspense_edits as lifecycle

    _check_named(asked)
    with in_hand(asked.home, applies=asked.apply) as (held, register):
        refuse_events(held, asked.addresses, register)
        if asked.addresses:
            chosen = register.find(asked.addresses)
        else:
            own = of_file(register.records, asked.file)
            chosen = own.filter(own["state"].is_in(lifecycle.DECIDED))
        told = told_by(asked.who, asked.why)
        number = lifecycle.reopen(held, register, chosen, told, apply=asked.apply)
    undone = chosen.filter(chosen["state"].is_in(lifecycle.DECIDED)).height
    if asked.as_json:
        print_json({"applied": asked.apply, "records": undone, "decision": number})
        return
    click.echo(f"Mở lại | reopen\t{undone}")
    if not undone:
        click.echo("Không có gì để mở lại | there was nothing to take back")
        return
    say_applied(asked.apply, "xem | see: doisoat suspense list")


def _check_named(asked: Asked) -> None:
    if bool(asked.addresses) == (asked.file is not None):
        raise click.UsageError(
            "nêu bản ghi nào: ADDRESSES, hoặc --file | say which: ADDRESSES, or --file"
        )
