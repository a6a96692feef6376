"""`doisoat catalogue overlay`: writes a draft of one's own prices over a catalogue."""

from pathlib import Path
from shlex import quote

import click

from doisoat.commands.options import (
    catalogue_option,
    echo,
    home_option,
    json_option,
    lang_option,
    period_option,
    print_json,
    say,
)
from doisoat.messages.text import composed, message


@click.group("overlay")
def command() -> None:
    """Write a draft of own prices, to be filled in and given by --overlay."""


@command.command("new")
@period_option()
@click.option("--carrier", metavar="ID", required=True, help="Whose prices.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.yaml|FILE.xlsx",
    required=True, help="The file to write; it must not be there.",
)  # fmt: skip
@catalogue_option
@lang_option
@home_option
@json_option
def new(
    period: str | None,
    carrier: str,
    out: Path,
    catalogue: str,
    overlays: tuple[Path, ...],
    lang: str,
    home: Path,
    as_json: bool,
) -> None:
    """Draft the prices of a carrier that its month uses and that are assumed, or that nobody has.

    Each entry has what the catalogue says, why it is asked, and how many events it prices; what
    only the carrier knows is to be filled in. As .xlsx, in the language of --lang, it is filled in
    with a spreadsheet.
    Nothing of HOME is changed.

    \b
    Example: doisoat catalogue overlay new --carrier vietnamobile --out gia.xlsx
    """
    from doisoat.engine.store.home import open_home
    from doisoat.engine.store.settings_file import carrier_of_home
    from doisoat.engine.tables.overlay_files import open_catalogue
    from doisoat.settlement.pricing.draft import draft_of
    from doisoat.settlement.pricing.draft_file import check_target, write_draft
    from doisoat.settlement.pricing.priced_usage import usage_of
    from doisoat.settlement.runs.run_inputs import check_carrier

    check_target(out)
    opened = open_home(home)
    prices = open_catalogue(catalogue, overlays, carrier_of_home(home))
    check_carrier(prices, carrier)
    draft = draft_of(prices, carrier, usage_of(opened, prices, carrier, period))
    open_entries = sum(not entry.is_filled for entry in draft.entries)
    if draft.entries:
        write_draft(out, draft, lang)
    if as_json:
        print_json(
            {
                "overlay": str(out) if draft.entries else None,
                "carrier": carrier,
                "period": draft.month,
                "entries": len(draft.entries),
                "open": open_entries,
                "unknown_packs": dict(draft.unknown_packs),
                "keys": [entry.key for entry in draft.entries],
            }
        )
        return
    if not draft.entries:
        echo(message("every price that the month uses has a source: no overlay is needed"))
        return
    echo(
        composed(
            "{}\t{}", out,
            message("entries: {count}, to be filled in: {open}", count=len(draft.entries),
                    open=open_entries),
        )
    )  # fmt: skip
    for entry in draft.entries:
        echo(composed("  {}\t{}", entry.key, entry.why))
    for pack, events in draft.unknown_packs:
        say(message("Note") + ": " + message("pack {pack} is in no catalogue: {events} events",
                                             pack=pack, events=events))  # fmt: skip
    again = f" --home {quote(str(home))}"
    say(message("Next") + f": doisoat settle {draft.month} --overlay {quote(str(out))}" + again)
