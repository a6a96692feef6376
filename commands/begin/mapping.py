"""doisoat mapping: list, check and try out how files are read."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from doisoat.commands.begin.suspense_records import row_text
from doisoat.commands.options import (
    echo,
    home_not_read_option,
    home_option,
    json_option,
    print_json,
    say,
)
from doisoat.engine.store.file_kinds import FILE_KINDS, FileKind
from doisoat.errors import IntakeError, system_text
from doisoat.messages.language import TERMINAL
from doisoat.messages.text import Text, composed, joined, message, message_in

if TYPE_CHECKING:
    from doisoat.engine.intake.mapping.check import Finding
    from doisoat.engine.intake.mapping.mapping import Layout
    from doisoat.engine.intake.preview import Record

SHOWN_ROWS = 10
SEVERITY = {"error": message("Error"), "warning": message("Warning")}
OUTCOME = {
    "taken": message("taken"),
    "suspended": message_in("heading", "suspended"),
    "filtered": message("filtered"),
}


@click.group("mapping")
def command() -> None:
    """Draft, list, check and try out mappings: how a source's files are read.

    A mapping is a bundled name or a .yaml file. Only `new` writes anything: the draft.
    """


@command.command("list")
@home_not_read_option
@json_option
def list_command(as_json: bool) -> None:
    """Show the bundled mappings: their layouts, and what tells these apart."""
    from doisoat.engine.intake.mapping.mapping import known_mappings, load_mapping

    mappings = [load_mapping(name) for name in known_mappings()]
    if as_json:
        listed = [
            {
                "name": mapping.name,
                "title": mapping.title,
                "layouts": [
                    {"kind": kind, "name": layout.name, "reads": _reads(layout).en}
                    for kind in FILE_KINDS
                    for layout in mapping.of_kind(kind)
                ],
            }
            for mapping in mappings
        ]
        print_json({"mappings": listed})
        return
    for mapping in mappings:
        echo(f"{mapping.name}\t{mapping.title}")
        for kind in FILE_KINDS:
            for layout in mapping.of_kind(kind):
                echo(composed("  {} {}: {}", kind, layout.name, _reads(layout)))


def _reads(layout: "Layout") -> Text:
    if layout.table is not None:
        return message("SQLite, table {table}", table=layout.table)
    if layout.header == "no":
        count = layout.columns
        return message("{count} columns without a header", count=count)
    names = ", ".join(layout.used_columns)
    return message("columns {names}", names=names)


@command.command("check")
@click.argument("file", metavar="FILE.yaml", type=click.Path(path_type=Path))
@home_not_read_option
@json_option
def check_command(file: Path, as_json: bool) -> int | None:
    """Find what is wrong in a mapping, each with line, column and remedy.

    Errors are what intake would refuse. Warnings are layouts that no file reaches, records that can
    never be complete, words that no record may say, numbers in a key, and layouts without one. Exit
    status 0 without errors, else 5.

    \b
    Example: doisoat mapping check mine.yaml
    """
    from doisoat.engine.intake.mapping.check import check_mapping

    checked = check_mapping(str(file))
    errors = sum(finding.severity == "error" for finding in checked.findings)
    if as_json:
        findings = [_as_object(finding) for finding in checked.findings]
        print_json({"ok": not errors, "findings": findings})
    else:
        for finding in checked.findings:
            echo(composed("{} {}: {}", SEVERITY[finding.severity], finding.code, finding.where))
            echo(composed("  {}.\n  {}: {}.", finding.what, message("To mend"), finding.mend))
        warnings = len(checked.findings) - errors
        echo(f"{errors} " + message("errors") + f", {warnings} " + message("warnings"))
    return IntakeError.exit_code if errors else None


def _as_object(finding: "Finding") -> dict[str, Any]:
    return {
        "severity": finding.severity,
        "code": finding.code,
        "where": finding.where,
        "what": finding.what,
        "mend": finding.mend,
    }


@command.command("new")
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), metavar="MAPPING.yaml",
    help="Where the draft goes; a file that is there stays.",
)  # fmt: skip
@click.option("--carrier", metavar="ID", help="Whose records they are.  [default: the home's]")
@click.option(
    "--kind", type=click.Choice(("usage", "subscriptions", "ports", "packs")),
    help="What the files hold.",
)  # fmt: skip
@home_option
@json_option
def new_command(
    files: tuple[Path, ...],
    out: Path,
    carrier: str | None,
    kind: FileKind | None,
    home: Path,
    as_json: bool,
) -> None:
    """Draft a mapping out of the heads and a sample of the rows of FILE...

    Each field is written with why it is so and how sure that is, as a share of the rows. What only
    a person can know is listed. A head in Vietnamese or English, with accents or without, is known.
    Nothing is asked, and no file but MAPPING.yaml is written. Text, workbooks and SQLite databases
    are read. Exit status 5 for a file that is no file of records, and where MAPPING.yaml is there.

    \b
    Example: doisoat mapping new calls.csv sms.csv --carrier viettel --out mine.yaml
    """
    import re

    from doisoat.engine.intake.draft.draft import draft_of
    from doisoat.engine.intake.draft.guess import form_of
    from doisoat.engine.intake.draft.keys import keyed
    from doisoat.engine.intake.draft.sample import read_sample
    from doisoat.engine.intake.draft.written import yaml_of
    from doisoat.engine.intake.mapping.mapping import parse_mapping
    from doisoat.engine.intake.plan_in_use import plan_of_home
    from doisoat.engine.intake.preview import preview
    from doisoat.telephone import masked

    if out.suffix not in (".yaml", ".yml"):
        raise IntakeError(
            message("a mapping is a .yaml file"), str(out), message("give --out MAPPING.yaml")
        )
    plan = plan_of_home(home)  # first: times are read by the clocks of its state
    drafts = keyed([draft_of(read_sample(file), kind) for file in files])
    name = re.sub(r"[^a-z0-9]+", "-", masked(out.stem.lower())).strip("-")[:32] or "mine"
    unknown = [text_of for draft in drafts for text_of in draft.open]
    lacks_carrier = carrier is None and any(draft.needs_carrier for draft in drafts)
    if lacks_carrier:
        unknown.append(message("whose records these are: give --carrier"))
    name = name if name[0].isalpha() else f"m-{name}"[:32]
    text = yaml_of(drafts, name, carrier, unknown, TERMINAL.vi_or_en)
    is_whole = not lacks_carrier and all(draft.is_whole for draft in drafts)
    mapping = None
    try:
        mapping = parse_mapping(text, out.name) if is_whole else None
    except IntakeError as error:  # of a file that is not written, no line says anything
        raise IntakeError(
            message("no mapping can be drafted: {why}", why=error.what),
            ", ".join(draft.sample.name for draft in drafts),
            message("say what it holds by --kind; else write the mapping by hand (docs/intake.md)"),
        ) from error
    # What the draft cannot read is said before it is written.
    records = [
        preview(draft.sample.path, mapping, draft.kind, SHOWN_ROWS, plan).records if mapping else []
        for draft in drafts
    ]
    try:
        with out.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise IntakeError(
            message("not written: {error}", error=system_text(error)),
            str(out),
            message("name a file that is not there, in a folder that you may write to"),
        ) from error
    if as_json:
        fields = [
            {
                "field": guess.field,
                "column": ", ".join(guess.columns),
                "form": form_of(guess),
                "sure": round(guess.sure, 4),
                "why": guess.why.en,
            }
            for draft in drafts
            for guess in draft.fields
        ]
        print_json({"mapping": str(out), "fields": fields, "open": [str(each) for each in unknown]})
        return
    for draft, first in zip(drafts, records, strict=True):
        echo(composed("{}: {}", draft.sample.name, draft.usage_kind or draft.kind))
        for guess in draft.fields:
            form = form_of(guess)
            columns = " + ".join(guess.columns) or "–"
            shown = f"{guess.field} = {columns}" + (f" ({form})" if form else "")
            echo(composed("  {}: {}, {}", shown, guess.why, f"{guess.sure:.0%}"))
        for note in draft.notes:
            echo(composed("  {}", note))
        for record in first:
            echo(_line(record))
    for each in unknown:
        echo(composed("{}: {}", message("Only you can say"), each))
    echo(composed("{}: {}", message("Written"), out))
    command = message("Then complete it, and try it") if unknown else message("Next")
    echo(composed("{}: doisoat mapping test FILE --mapping {}", command, out))


@command.command("test")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--mapping", required=True, help="How to read it: a name, or a .yaml file.")
@click.option(
    "--kind",
    type=click.Choice(FILE_KINDS),
    default="usage",
    show_default=True,
    help="What the file holds.",
)
@click.option(
    "--rows",
    type=click.IntRange(1, 1_000),
    default=10,
    show_default=True,
    help="How many records to show.",
)
@click.option("--subscriber", help="Whose records they are, where the mapping asks for it.")
@home_option
@json_option
def test_command(
    file: Path,
    mapping: str,
    kind: FileKind,
    rows: int,
    subscriber: str | None,
    home: Path,
    as_json: bool,
) -> None:
    """Show the first records of FILE as events, and why others would not be taken.

    Numbers are pseudonyms of this one call; of fields that were not understood the shape is shown,
    9 for a digit and x for a letter. Records are judged one by one: duplicates and conflicts show
    at intake. Below them stands, for each field that was not understood, its column, an example and
    the nearest form. Exit status 0, or 5 where the file or the mapping would be refused.

    \b
    Example: doisoat mapping test calls.csv --mapping mine.yaml
    """
    from doisoat.engine.intake.mapping.mapping import load_mapping
    from doisoat.engine.intake.plan_in_use import plan_of_home
    from doisoat.engine.intake.preview import preview

    shown = preview(file, load_mapping(mapping), kind, rows, plan_of_home(home), subscriber)
    counts = {outcome: shown.count(outcome) for outcome in OUTCOME}
    for note in shown.notes:
        say(composed("{}: {}", shown.file, note))
    if as_json:
        print_json(
            {
                "file": shown.file,
                "layout": shown.layout,
                "rows": len(shown.records),
                **counts,
                "records": [
                    {
                        "row": record.row,
                        "line": record.line,
                        "outcome": record.outcome,
                        "why": record.why,
                        "says": record.says,
                        "shapes": record.shapes,
                    }
                    for record in shown.records
                ],
                "faults": [fault.as_object() for fault in shown.faults],
            }
        )
        return
    echo(f"{shown.file}: {shown.layout}")
    for record in shown.records:
        echo(_line(record))
    for fault in shown.faults:
        line = fault.text
        if fault.fits is not None:
            pairs = zip(fault.text.pair, fault.fits.pair, strict=True)
            line = Text(*(f"{what}: {fits}" for what, fits in pairs))
        echo(composed("  {}", line))
    echo(
        joined(", ", (f"{counts[name]} " + label for name, label in OUTCOME.items()))
        + (f" ({len(shown.records)} " + message("rows") + ")")
    )


def _line(record: "Record") -> str:
    place = row_text(record.row, record.line)
    texts = record.says if record.outcome == "taken" else record.shapes
    fields = " ".join(f"{name}={text!r}" for name, text in texts.items() if text)
    why = f" {record.why}" if record.why else ""
    detail = composed(" ({})", record.reason.what) if record.reason else ""
    line = composed("  {}: {}{}{} {}", place, OUTCOME[record.outcome], why, detail, fields)
    return line.mapped(str.rstrip)
