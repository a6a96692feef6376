"""doisoat suspense choose, write-off, reopen: what is to become of records, decided and undone."""

import click

from doisoat.commands.begin.suspense_options import DecisionRequest, decides, say_applied
from doisoat.commands.begin.suspense_records import (
    filtered,
    in_hand,
    of_file,
    readings_of,
    refuse_events,
    told_by,
)
from doisoat.commands.options import echo, print_json
from doisoat.messages.text import message

NOTHING_LEFT = message("nothing was left to decide")


@click.command("choose")
@decides("All undecided copies that this file gives")
@click.option("--none", "none_is_right", is_flag=True, help="None of the copies is right.")
def choose(request: DecisionRequest, none_is_right: bool) -> None:
    """Say which of the copies that contradict each other is the right one.

    The copy at each of ADDRESSES is from now on its event; the others are set aside, and stay
    counted. The month must be settled again. With --none the event is written off: it stays among
    the suspended. A copy of another content that comes in later makes the event undecided again.

    \b
    Example:
      doisoat suspense choose --file 3f9ac2d1b0e4 --who "Lan, billing" \\
        --why "the corrected file of 5 August" --apply
    """
    from doisoat.engine.intake.suspense import conflict_decisions as choice

    _check_named(request)
    with in_hand(request.home, applies=request.apply) as (opened, register):
        refuse_events(opened, request.addresses, register)
        ambiguous = 0
        readings: tuple[str, ...] = ()
        if request.addresses:
            chosen = register.find(request.addresses)
        elif none_is_right:
            chosen = choice.open_copies(of_file(register.records, request.file))
        else:
            in_file = of_file(register.records, request.file)
            chosen, ambiguous = choice.choosable(in_file)
            readings = readings_of(register, in_file) if ambiguous else ()
        decided = choice.choose(
            opened, register, chosen, told_by(request.who, request.why),
            none_is_right=none_is_right, apply=request.apply,
        )  # fmt: skip
    if request.as_json:
        print_json({"applied": request.apply, **decided._asdict(), "ambiguous": ambiguous,
                    "readings": readings})  # fmt: skip
        return
    echo(message("events decided") + f"\t{decided.events}")
    if ambiguous:
        echo(message("left: the file contradicts itself") + f"\t{ambiguous}")
    for reading in readings:
        echo(message("read by this mapping alone: --file {reading}", reading=reading))
    if decided.unchanged:
        echo(message("decided so already") + f"\t{decided.unchanged}")
    if not decided.events:
        echo(NOTHING_LEFT)
        return
    commands = "; ".join(f"doisoat settle --period {month}" for month in decided.months)
    say_applied(request.home, request.apply, message("settle again") + f": {commands}")


@click.command("write-off")
@decides("Only of this file")
@click.option("--reason", metavar="NAME", help="Only this reason or sub-reason, as in bad_units.")
def write_off(request: DecisionRequest, reason: str | None) -> None:
    """Decide that suspended records will never be usage. They stay counted, as written off.

    \b
    Example:
      doisoat suspense write-off --file 3f9ac2d1b0e4 --reason structure \\
        --who "Lan, billing" --why "test calls of the switch" --apply
    """
    from doisoat.engine.intake.suspense import suspense_edits as lifecycle
    from doisoat.engine.intake.suspense.recycle import recyclable

    if not request.addresses and request.file is None and reason is None:
        raise click.UsageError(message("say which: ADDRESSES, --file or --reason"))
    with in_hand(request.home, applies=request.apply) as (opened, register):
        refuse_events(opened, request.addresses)
        chosen = (
            register.find(request.addresses)
            if request.addresses
            else recyclable(filtered(register.records, request.file, reason))
        )
        decider = told_by(request.who, request.why)
        number = lifecycle.write_off(opened, register, chosen, decider, apply=request.apply)
    undecided = chosen.filter(chosen["state"] != "written_off").height
    if request.as_json:
        print_json({"applied": request.apply, "records": undecided, "decision": number})
        return
    echo(message("write off") + f"\t{undecided}")
    if not undecided:
        echo(NOTHING_LEFT)
        return
    say_applied(
        request.home, request.apply, message("see") + ": doisoat suspense list --state written_off"
    )


@click.command("reopen")
@decides("All of this file that something was decided about")
def reopen(request: DecisionRequest) -> None:
    """Take back a write-off, or the decision which copy is right. Both stay written down.

    \b
    Example:
      doisoat suspense reopen 3f9ac2d1b0e4:17 --who "Lan, billing" \\
        --why "they were calls after all" --apply
    """
    from doisoat.engine.intake.suspense import suspense_edits as lifecycle

    _check_named(request)
    with in_hand(request.home, applies=request.apply) as (opened, register):
        refuse_events(opened, request.addresses, register)
        if request.addresses:
            chosen = register.find(request.addresses)
        else:
            in_file = of_file(register.records, request.file)
            chosen = in_file.filter(in_file["state"].is_in(lifecycle.DECIDED))
        decider = told_by(request.who, request.why)
        number = lifecycle.reopen(opened, register, chosen, decider, apply=request.apply)
    undone = chosen.filter(chosen["state"].is_in(lifecycle.DECIDED)).height
    if request.as_json:
        print_json({"applied": request.apply, "records": undone, "decision": number})
        return
    echo(message("reopen") + f"\t{undone}")
    if not undone:
        echo(message("there was nothing to take back"))
        return
    say_applied(request.home, request.apply, message("see") + ": doisoat suspense list")


def _check_named(request: DecisionRequest) -> None:
    if bool(request.addresses) == (request.file is not None):
        raise click.UsageError(message("say which: ADDRESSES, or --file"))
