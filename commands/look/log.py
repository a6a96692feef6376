"""doisoat log: what was done to a home, by whom, when, and proofs that nothing was rewritten."""

import json
from pathlib import Path
from typing import Any

import click

from doisoat.commands.options import (
    echo,
    home_not_read_option,
    home_option,
    json_option,
    print_json,
    why_option,
)
from doisoat.commands.sign.signing import key_option, passphrase_option, unlocked
from doisoat.messages.text import message, message_in

SHOWN = 20

NO_PROOF = message("the proof does not hold")


@click.group("log")
def command() -> None:
    """Show the log of a home, prove what is in it, and check such a proof.

    Its root (RFC 6962) fixes every entry: keep a root and its size where the home is not, and no
    entry up to there can be changed, taken out or put in without its showing.
    """


@command.command("show")
@click.option("--limit", type=click.IntRange(0), default=SHOWN, show_default=True, help="The last.")
@home_option
@json_option
def show(limit: int, home: Path, as_json: bool) -> None:
    """Show the last entries, and the size and root of the log.

    \b
    Example: doisoat log show --limit 5
    """
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.log import journal
    from doisoat.settlement.log.log import read_log

    opened = open_home(home)
    log = read_log(opened)
    entries = [entry for entry in journal.entries(opened) if entry["entry"] <= len(log.entries)]
    last = entries[-limit:] if limit else []
    if as_json:
        listed = [{name: entry.get(name, "") for name in journal.LOGGED} for entry in last]
        print_json({"size": len(log.entries), "root": log.root, "entries": listed})
        return
    named = ("what", "period", "run", "floor", "part")
    for entry in last:
        about = " ".join(filter(None, (entry.get(name, "") for name in named)))
        echo(f"{entry['entry']:>6}  {entry['logged_at']}  {entry['who']}: {about}")
    echo(message_in("log", "size") + f"\t{len(log.entries)}")
    echo(message_in("log", "root") + f"\t{log.root}")


@command.command("prove")
@click.argument("entry", type=click.IntRange(1), required=False)
@click.option(
    "--since", type=click.IntRange(1), metavar="SIZE",
    help="That the log goes on from what it was at this size.",
)  # fmt: skip
@home_option
@json_option
def prove(entry: int | None, since: int | None, home: Path, as_json: bool) -> None:
    """Print the proof, a JSON object, that ENTRY is in the log; or that nothing was rewritten.

    \b
    Examples:
      doisoat log prove 12 > entry-12.json
      doisoat log prove --since 9 > since-9.json
    """
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.log import log

    opened = open_home(home)
    if entry is not None and since is None:
        proof = log.prove_entry(opened, entry)
    elif since is not None and entry is None:
        proof = log.prove_since(opened, since)
    else:
        raise click.UsageError(message("say what is to be proved: ENTRY, or --since SIZE"))
    if as_json:
        print_json(proof)
    else:
        echo(json.dumps(proof, ensure_ascii=False, indent=2))


@command.command("clock")
@why_option("What was wrong.", required=True)
@key_option
@passphrase_option
@home_option
@json_option
def clock(
    why: str, key_file: Path | None, passphrase_file: Path | None, home: Path, as_json: bool
) -> None:
    """Say that entries were written under a wrong clock, so that the log can go on.

    Every act refuses a clock that is behind the log, or more than 400 days past its last entry.
    With the clock set right this names, in an entry of its own, those that say a later time (or
    none, where the home rested so long); they stay as they are. If one of them is signed, a signing
    key is needed. doisoat verify shows it from then on.

    \b
    Example: doisoat log clock --why "máy chủ mới, giờ chưa đặt | new machine, time not set"
    """
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.database import acts
    from doisoat.settlement.log import journal

    opened = open_home(home)
    log = journal.entries(opened)
    is_signed = acts.needs_key(log, acts.name_wrong_times(opened, log))
    key = unlocked(key_file, passphrase_file, home) if is_signed or key_file else None
    named = acts.set_clock_right(home, why, key)
    if as_json:
        print_json({"entry": named.entry, "wrong": list(named.wrong)})
        return
    wrong = ", ".join(map(str, named.wrong)) or "–"
    echo(message("entry") + f"\t{named.entry}")
    echo(message("under a wrong clock") + f"\t{wrong}")


@command.command("check")
@click.argument("proof", type=click.File("r", encoding="utf-8"))
@click.option("--root", metavar="HEX", help="The root that it must lead to: off a paper or a copy.")
@click.option("--old-root", metavar="HEX", help="The root of the older log, likewise.")
@home_not_read_option
@json_option
def check(proof: Any, root: str | None, old_root: str | None, as_json: bool) -> int | None:
    """Check a PROOF (- for what is typed in); exit 3 if it does not hold. No home is needed.

    \b
    Example: doisoat log check since-9.json --old-root 5c0f… --root 91ab…
    """
    from doisoat.errors import EXIT_DISAGREEMENTS
    from doisoat.settlement.log.log import is_proved, read_proof

    content = read_proof(proof.read(), proof.name)
    faults = [] if is_proved(content, proof.name) else [NO_PROOF]
    for name, expected in (("root", root), ("old_root", old_root)):
        if expected is not None and content.get(name) != expected.strip().lower():
            faults.append(message("its {name} is not the given one", name=name))
    if as_json:
        findings = [{"where": proof.name, "what": fault} for fault in faults]
        print_json({"ok": not faults, "kind": content["kind"], "findings": findings})
    elif faults:
        for fault in faults:
            echo(f"{proof.name}: {fault}")
    else:
        echo(message("holds") + f"\t{content['kind']}, {content['size']}, {content['root']}")
    return EXIT_DISAGREEMENTS if faults else None
