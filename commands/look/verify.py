"""doisoat verify: is what lies here what was published and signed?"""

from pathlib import Path

import click

from doisoat.commands.options import (
    echo,
    home_option,
    home_path,
    json_option,
    print_json,
    progress,
    say,
    why_option,
)
from doisoat.messages.text import composed, counted_message, message


def _home_or_pack(ctx: click.Context, param: click.Parameter, path: Path | None) -> Path | None:
    """A pack's path is read as it is, a home's is held to what --home takes: a callback."""
    from doisoat.settlement.packs.check import is_pack

    return path if path is None or is_pack(path) else home_path(ctx, param, path)


@click.command("verify")
@click.argument("path", metavar="[HOME|PACK]", type=click.Path(file_okay=False, path_type=Path),
                callback=_home_or_pack, required=False)  # fmt: skip
@click.option("--paper", "papers", multiple=True, metavar="DS1-…", help="A paper's checkpoint.")
@click.option(
    "--trust", "trusted", multiple=True, metavar="TEXT",
    help="A public key that may have signed; then no other may.",
)  # fmt: skip
@click.option(
    "--record",
    is_flag=True,
    help="Where all is right, write it into the log: page and status say it.",
)
@why_option("The reason, with --record.")
@home_option
@json_option
def command(
    path: Path | None,
    papers: tuple[str, ...],
    trusted: tuple[str, ...],
    record: bool,
    why: str,
    home: Path,
    as_json: bool,
) -> int | None:
    """Read all of HOME and say where it is not what was published and signed; exit 3 then.

    Every file against its manifest, every manifest against the log, every entry of the log against
    the signatures over it, and the tables of relief.duckdb against the parts and runs. Nothing is
    written without --record, no network is used. A checkpoint off a paper also finds a home set
    back, whole, to before the paper. A home that nobody has signed yet can be right.

    Of an evidence pack: its files, its run's manifest, its log, the signature. Its rows are for its
    own check.sql.

    \b
    Examples:
      doisoat verify out
      doisoat verify goi-viettel
      doisoat verify out --record
      doisoat verify out --paper DS1-12-ABCD-… --trust "ke-toan+1a2b3c4d+AS…"
    """
    from doisoat.engine.store.home import open_home
    from doisoat.errors import EXIT_DISAGREEMENTS, printable
    from doisoat.settlement.log.checkpoint import read_short
    from doisoat.settlement.log.note import Signer
    from doisoat.settlement.log.published_folder import Verified
    from doisoat.settlement.log.verification import record_verification
    from doisoat.settlement.packs.check import check_pack, is_pack
    from doisoat.settlement.verify.verify import verify_home

    if why and not record:
        raise click.UsageError(message("--why is the reason of an entry: give --record with it"))
    of_pack = path is not None and is_pack(path)
    if record and of_pack:
        raise click.UsageError(
            message("--record writes into a home's log; a pack has none to write")
        )
    shorts = [read_short(text, "--paper") for text in papers]
    keys = [Signer.parse(text, "--trust") for text in trusted]
    trust = {key.key_id: key for key in keys} if keys else None
    verified: Verified
    with progress(message("Verifying")) as advance:
        if path is not None and of_pack:
            verified = check_pack(path, papers=shorts, trusted=trust)
        else:
            opened = open_home(path or home)
            verified = verify_home(opened, papers=shorts, trusted=trust, progress=advance)
    entry = None
    if record and verified.ok:
        entry = record_verification(path or home, verified, why)
    for note in verified.notes:
        say(message("Note") + f": {printable(note)}")
    for part in verified.spent:
        say(message("{seconds} s: {what}", seconds=f"{part.seconds:.1f}", what=part.what))
    if as_json:
        print_json(verified.as_object() | ({} if entry is None else {"entry": entry}))
    else:
        for finding in verified.findings:
            echo(message("Fault") + f": {printable(finding.where)}: {printable(finding.what)}")
        verdict = (
            message("right")
            if verified.ok
            else counted_message("{count} fault", "{count} faults", count=len(verified.findings))
        )
        echo(
            counted_message("{count} log entry", "{count} log entries", count=verified.size)
            + f", {verified.signed} "
            + message("signed")
            + composed(": {}", verdict)
        )
        echo(message("root") + f"\t{verified.root}")
        if entry is not None:
            echo(message("log entry") + f"\t{entry}")
    return None if verified.ok else EXIT_DISAGREEMENTS
