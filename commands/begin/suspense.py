"""doisoat suspense: what became of records that were suspended, and what is to become of them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from doisoat.commands.begin.suspense_decide import choose, reopen, write_off
from doisoat.commands.begin.suspense_options import (
    filter_options,
    key_option,
    say_applied,
    told_options,
)
from doisoat.commands.begin.suspense_records import (
    copies_told,
    event_object,
    filtered,
    in_hand,
    key_of,
    record_object,
    refuse_events,
    row_text,
    told_by,
    why_of_record,
)
from doisoat.commands.options import (
    check_exports,
    csv_option,
    echo,
    exports_options,
    home_option,
    json_option,
    print_json,
    progress,
    say_lacking,
)
from doisoat.messages.language import TERMINAL
from doisoat.messages.text import Text, composed, counted_message, message, words_in
from doisoat.telephone import has_number

if TYPE_CHECKING:
    import polars as pl

    from doisoat.engine.intake.records.decisions import Change
    from doisoat.engine.intake.suspense.suspense_register import Register
    from doisoat.engine.keys.pseudonym import Key
    from doisoat.engine.tables.csv_writer import Style
    from doisoat.settlement.upkeep.suspense_list import ToDo

SHOWN = 20


@click.group("suspense")
def command() -> None:
    """List, show, mend, recycle, choose and write off what is suspended.

    A record that could not be read is suspended at intake, by its address FILE:ROW (FILE: the first
    digits of the file's SHA-256); an event that could not be rated is suspended by the run that
    settled it. edit, recycle, choose, write-off and reopen only say what they would do,
    until --apply.
    """


@command.command("list")
@click.option(
    "--state",
    type=click.Choice(["open", "edited", "recycled", "chosen", "set_aside", "written_off", "all"]),
    help="Only in this state.  [default: open and edited]",
)
@filter_options
@click.option("--limit", type=click.IntRange(0), default=SHOWN, show_default=True)
@csv_option("Write all of them, each with its address and what is to be done.")
@exports_options
@home_option
@json_option
def list_(
    state: str | None,
    file: str | None,
    reason: str | None,
    limit: int,
    table: Path | None,
    csv_style: "Style",
    files: tuple[Path, ...],
    mappings: tuple[Path, ...],
    home: Path,
    as_json: bool,
) -> None:
    """Show suspended records and events: address, reason, state. No key is needed.

    The file has a row each: reason, what to do, source file, row, carrier, and of an event plan,
    kind, destination, units and what the source charged; what most rows wait for stands first. A
    home keeps no key of a source; with --files it is read from the very files that were taken in.

    \b
    Examples:
      doisoat suspense list --reason bad_units
      doisoat suspense list --csv treo.csv --files xuat/
    """
    from doisoat.engine.intake.records.suspense_reasons import why_of
    from doisoat.engine.intake.suspense.suspense_register import RECYCLABLE, STATES, read_register
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.runs import unpriced
    from doisoat.settlement.runs.suspended_events import suspended_events
    from doisoat.settlement.upkeep.suspense_list import suspended_rows, to_do_of
    from doisoat.settlement.what_if.output_files import check_target

    check_target("--csv", table, ".csv")
    check_exports(files, table)
    opened = open_home(home)
    register = read_register(opened)
    wanted = STATES if state == "all" else (state,) if state else RECYCLABLE
    chosen = filtered(register.records, file, reason)
    counts = {name: 0 for name in STATES} | dict(chosen.group_by("state").len().iter_rows())
    chosen = chosen.filter(chosen["state"].is_in(wanted))
    events = suspended_events(opened) if file is None else suspended_events(opened).clear()
    if reason is not None:
        events = events.filter(events["reason"] == reason)
    records = [
        {**record_object(row), "address": register.address_of(row)}
        for row in chosen.head(limit).iter_rows(named=True)
    ]
    event_rows = [event_object(row) for row in events.head(limit).iter_rows(named=True)]
    by_reason = dict(events.group_by("reason").len().sort("reason").iter_rows())
    lacks = unpriced.unpriced_in(opened) if unpriced.NO_TARIFF in by_reason else unpriced.NOTHING
    to_do = None
    if table is not None:
        rows = suspended_rows(opened, register, chosen, events)
        _write_list(table, rows, files, mappings, csv_style)
        to_do = to_do_of(rows)
    if as_json:
        reasons = {name: why_of(name).as_object() for name in _reasons_of(records)}
        print_json({"states": counts, "records": records, "reasons": reasons, "events": event_rows,
                    "events_by_reason": by_reason, "no_tariff": lacks.to_dicts(),
                    "to_do": to_do and [one.as_object() for one in to_do]})  # fmt: skip
        return
    if to_do is not None:
        _print_to_do(to_do)
        return
    _print_records(counts, records, chosen.height)
    _print_events(by_reason, event_rows, lacks, limit)


def _reasons_of(records: list[dict[str, Any]]) -> list[str]:
    """What records are suspended for, each once, in their order."""
    return list(dict.fromkeys(record["sub_reason"] or record["reason"] for record in records))


def _write_list(
    table: Path,
    rows: "pl.DataFrame",
    files: tuple[Path, ...],
    mappings: tuple[Path, ...],
    csv_style: "Style",
) -> None:
    from doisoat.settlement.upkeep.suspense_list import as_list, rows_with_keys
    from doisoat.settlement.what_if.output_files import swapped, write_text

    keyed, lacking = rows_with_keys(rows, files, mappings)
    text = as_list(keyed, TERMINAL.vi_or_en, csv_style)
    swapped(table, lambda path: write_text(path, text))
    if files:
        say_lacking(lacking, rows.height)


def _print_to_do(to_do: "list[ToDo]") -> None:
    from doisoat.currency import amount_text

    for one in to_do:
        counted = counted_message("{count} row", "{count} rows", count=one.rows)
        line = composed("{}\t{}", one.reason, counted)
        if one.charged is not None:
            line += composed("\t{} {}", message("charged"), amount_text(one.charged))
        echo(line)
        echo(composed("  {}: {}", one.why.what, one.why.mend))
    if not to_do:
        echo(message("Nothing is suspended"))


def _print_records(counts: dict[str, int], records: list[dict[str, Any]], all_: int) -> None:
    from doisoat.engine.intake.records.suspense_reasons import why_of
    from doisoat.engine.intake.suspense.suspense_edits import STATES

    for name, count in counts.items():
        echo(Text(STATES[name].vi.capitalize(), name) + f"\t{count}")
    for record in records:
        echo(
            composed(
                "  {}  {}, {}: {} ({}), {}",
                record["address"],
                record["file"],
                row_text(record["row"], record["line"]),
                record["sub_reason"] or record["reason"],
                why_of_record(record).what,
                STATES[record["state"]],
            )
        )
    for name in _reasons_of(records):
        echo(composed("{}: {}", name, why_of(name).mend))
    if all_ > len(records):
        more = all_ - len(records)
        echo("  " + message("… {more} more records", more=more) + f": --limit {all_}")


def _print_events(
    by_reason: dict[str, int], event_rows: list[dict[str, Any]], lacks: "pl.DataFrame", limit: int
) -> None:
    from doisoat.settlement.report.report_text import reason_of
    from doisoat.settlement.runs import unpriced

    for name, count in by_reason.items():
        reason = reason_of(name)
        echo(message("events suspended at settle") + f" {name}\t{count}")
        echo("  " + reason.mend)
        if name == unpriced.NO_TARIFF:
            for carrier, *sort in lacks.head(limit).iter_rows():
                echo(composed("  {}: {}", carrier, unpriced.said_of(*sort)))
            if lacks.height > limit:
                more = lacks.height - limit
                echo("  " + message("… {more} more sorts", more=more) + f": --limit {lacks.height}")
    for event in event_rows:
        echo(f"  {event['event_id']}  {event['carrier']}, {event['start_at']}: {event['reason']}")


@command.command("show")
@click.argument("address")
@click.option("--text", "with_text", is_flag=True, help="Its text as well: numbers and all.")
@click.option("--mapping", help="Read it by this mapping.  [default: the one it was read by]")
@key_option
@home_option
@json_option
def show(
    address: str,
    with_text: bool,
    mapping: str | None,
    key_file: Path | None,
    home: Path,
    as_json: bool,
) -> None:
    """Show one suspended record: where it stands, why, and what was decided, by whom.

    With --text, which needs the key: its raw text, its fields and its edit, on stdout alone.

    \b
    Example: doisoat suspense show 3f9ac2d1b0e4:17 --text
    """
    from doisoat.engine.intake.suspense.suspense_register import read_register
    from doisoat.engine.store.home import open_home

    register = read_register(open_home(home))
    record = register.find([address])
    row = record.row(0, named=True)
    shown: dict[str, Any] = {**record_object(row), "history": _history(register, row)}
    why = why_of_record(shown)
    if copies := copies_told(register, row):
        shown["copies"] = copies
    if with_text:
        shown["text"] = _text(home, register, record, key_of(key_file, home), mapping)
    if as_json:
        print_json({**shown, **why.as_object()})
        return
    for name, value in shown.items():
        if name not in ("history", "text", "copies"):
            echo(f"{name}\t{'' if value is None else value}")
    echo(composed("what\t{}", why.what))
    echo(composed("mend\t{}", why.mend))
    for step in shown["history"]:
        right = f" ({step['right']})" if "right" in step else ""
        echo(f"  {step['when']}  {step['action']}{right}: {step['who']}: {step['why']}")
    if "copies" in shown:
        echo(message("copies of the event, where they differ"))
    for copy in shown.get("copies", ()):
        values = ", ".join(f"{name} {value}" for name, value in copy["says"].items())
        place = message("{file}, row {row}", file=copy["file"], row=copy["row"])
        echo(composed("  {}  {}, {}: {}", copy["address"], place, copy["state"], values))
    for name, value in shown.get("text", {}).items():
        echo(f"{name}\t{_plain(value)}")


def _plain(value: Any) -> str:
    """A text, a list of columns, or an edit: the whole line, or what its columns are to say."""
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, dict):
        return value["line"] or ", ".join(
            f"{name}={text}" for name, text in value["fields"].items()
        )
    return str(value)


def _history(register: "Register", row: dict[str, Any]) -> list[dict[str, Any]]:
    from doisoat.engine.store.id128 import named

    event, content = named(row, "event"), named(row, "content")
    steps = []
    for decision in register.history(row):
        step = {"action": decision.action, **decision.authorship._asdict(),
                "decision": decision.number,
                "columns": list(decision.edit.columns) if decision.edit else []}  # fmt: skip
        if decision.action == "choose":
            (right,) = (choice.right for choice in decision.choices if choice.event == event)
            words = {None: "none", content: "this"}
            step["right"] = words.get(right, "another")
        steps.append(step)
    if row["recycled_in"] is not None:
        steps.append(
            {"action": "recycle", "who": row["who"], "why": row["why"], "when": row["at"],
             "part": row["recycled_in"], "outcome": row["outcome"]}
        )  # fmt: skip
    return steps


def _text(
    home: Path, register: "Register", record: "pl.DataFrame", key: "Key", mapping: str | None
) -> dict[str, Any]:
    from doisoat.engine.intake.suspense.suspense_edits import text_of
    from doisoat.engine.store.home import open_home

    stored, now = text_of(open_home(home), register, record, key, mapping)
    try:
        raw = stored.text.raw.decode("utf-8")
    except UnicodeDecodeError:
        raw = stored.text.raw.hex(" ")
    content: dict[str, Any] = {"raw": raw, "columns": list(stored.columns)}
    if stored.change is not None:
        content["edit"] = {"line": stored.change.line, "fields": stored.change.fields}
    content["now"] = next(iter(now.suspended.values()), "taken")
    return content


@command.command("edit")
@click.argument("address")
@click.option(
    "--set", "sets", metavar="COLUMN=VALUE", multiple=True, help="What a column says. Repeatable."
)
@click.option(
    "--from", "from_", type=click.File("r", encoding="utf-8"),
    help="Lines COLUMN=VALUE out of a file, or - for what is typed in.",
)  # fmt: skip
@click.option(
    "--line", type=click.File("r", encoding="utf-8"),
    help="The whole line out of a file, or -, where its fields cannot be told apart.",
)  # fmt: skip
@click.option("--mapping", help="Read it by this mapping.  [default: the one it was read by]")
@told_options
@key_option
@home_option
@json_option
def edit(
    address: str,
    sets: tuple[str, ...],
    from_: Any,
    line: Any,
    mapping: str | None,
    who: str,
    why: str,
    apply: bool,
    key_file: Path | None,
    home: Path,
    as_json: bool,
) -> None:
    """Say what the record at ADDRESS ought to say; the record itself is never changed.

    The edit is sealed and kept beside it, and counts once the record is recycled. A telephone
    number belongs on no command line, where others on the machine can see it: use --from.

    \b
    Example:
      doisoat suspense edit 3f9ac2d1b0e4:17 --set duration_s=61 \\
        --who "Lan, billing" --why "switch 4 wrote seconds as text" --apply
    """
    from doisoat.engine.intake.suspense import suspense_edits as lifecycle

    change = _change(sets, from_, line)
    key_of(key_file, home)
    with in_hand(home, applies=apply) as (opened, register):
        key = key_of(key_file, home)  # Under the lock: it may have been rotated meanwhile.
        record = register.find([address])
        edited = lifecycle.edit(
            opened, register, record, key, told_by(who, why), change, mapping=mapping, apply=apply
        )
    becomes = edited.still or "taken"
    if as_json:
        print_json({"applied": apply, "columns": list(edited.columns), "becomes": becomes,
                    "decision": edited.decision})  # fmt: skip
        return
    echo(message("edit") + f"\t{', '.join(edited.columns) or 'line'}")
    echo(message("becomes") + "\t" + becomes)
    say_applied(home, apply, message("take it in by") + ": doisoat suspense recycle")


def _change(sets: tuple[str, ...], from_: Any, line: Any) -> "Change":
    from doisoat.engine.intake.records.decisions import Change

    fields: dict[str, str] = {}
    for text in sets:
        if has_number(text):
            raise click.BadParameter(
                message("a telephone number belongs on no command line: give it by --from -"),
                param_hint="--set",
            )
    for text in (*sets, *(from_.read().splitlines() if from_ else ())):
        column, equals, value = text.partition("=")
        if not (column and equals):
            raise click.BadParameter(message("write COLUMN=VALUE"), param_hint="--set, --from")
        if fields.setdefault(column, value) != value:
            raise click.BadParameter(
                message("{column} is given twice", column=column), param_hint="--set, --from"
            )
    if line is None and not fields:
        raise click.UsageError(message("nothing is changed: give --set, --from or --line"))
    if line is None:
        return Change(None, fields)
    whole = line.read().removesuffix("\n").removesuffix("\r")
    if not whole or "\n" in whole:
        raise click.BadParameter(message("give one line"), param_hint="--line")
    return Change(whole, fields)


@command.command("recycle")
@click.argument("addresses", nargs=-1)
@filter_options
@click.option("--mapping", help="Read them by this mapping.  [default: the one of the same name]")
@told_options
@key_option
@home_option
@json_option
def recycle(
    addresses: tuple[str, ...],
    file: str | None,
    reason: str | None,
    mapping: str | None,
    who: str,
    why: str,
    apply: bool,
    key_file: Path | None,
    home: Path,
    as_json: bool,
) -> None:
    """Take suspended records in again, as they were edited or as their mapping reads them now.

    Without ADDRESSES: all that are open. What still cannot be read stays open. The month must be
    settled again, which rates them as late usage. Events that a run suspended (no_subscription,
    no_tariff, beyond_limit) are recycled by settling again alone.

    \b
    Example:
      doisoat suspense recycle --mapping mine.yaml --who "Lan, billing" \\
        --why "the mapping took minutes for seconds" --apply
    """
    from doisoat.engine.intake.suspense import recycle as recycling
    from doisoat.engine.intake.suspense.suspense_edits import check_open
    from doisoat.settlement.runs.suspended_events import suspended_events

    key_of(key_file, home)
    with (
        in_hand(home, applies=apply) as (opened, register),
        progress(message("Reading suspended records")) as advance,
    ):
        key = key_of(key_file, home)  # Under the lock: it may have been rotated meanwhile.
        refuse_events(opened, addresses)
        if addresses:
            chosen = register.find(addresses)
            check_open(register, chosen)
        else:
            chosen = recycling.recyclable(filtered(register.records, file, reason))
        result = recycling.recycle(
            opened, register, chosen, key, told_by(who, why),
            mapping=mapping, apply=apply, progress=advance,
        )  # fmt: skip
        waiting = suspended_events(opened).height
    if as_json:
        print_json({"applied": apply, **recycling.outcome_object(result), "events": waiting})
        return
    labels = words_in("records taken in again", "taken", "duplicate", "suspended", "filtered")
    echo(message("records") + f"\t{result.records}")
    for name, label in labels.items():
        echo(label + f"\t{result.count(name)}")
    for name, count in result.still.items():
        echo(message("still suspended") + f" {name}\t{count}")
    if result.parts:
        say_applied(home, apply, message("settle the month again") + ": doisoat settle")
    else:
        echo(message("nothing to take in again"))
    if waiting:
        echo(
            message(
                "{waiting} events suspended at settle: mend subscriptions or catalogue,"
                " then settle again",
                waiting=waiting,
            )
        )


command.add_command(choose)
command.add_command(write_off)
command.add_command(reopen)
