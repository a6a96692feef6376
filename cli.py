"""Command line: finds the command, calls it, and turns errors into messages and exit statuses.

No rule of the domain is here. Commands are imported when they are called, so that help costs
what click costs: this module imports nothing else that is heavy, and it must stay so.
"""

import errno
import json
import os
import resource
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Any, NamedTuple, NoReturn

import click

from doisoat import __version__
from doisoat.errors import EXIT_USAGE, DoisoatError, Interrupted, StoreError, without_numbers
from doisoat.interrupts import wait_out_foreign_code


class Entry(NamedTuple):
    """Where a command is, and the line that help says of it."""

    module: str  # doisoat.commands.<module> holds it, under the name `command`.
    short_help: str


COMMANDS = {
    "simulate": Entry("simulate", "Write the synthetic world and take it in."),
    "intake": Entry("intake", "Take in a carrier's file through a declared mapping."),
    "mapping": Entry("mapping", "Check a mapping, and show what it makes of a file."),
    "suspense": Entry("suspense", "List, mend, recycle, choose and write off what is suspended."),
    "key": Entry("key", "Make, check or rotate the key of the pseudonyms."),
    "settle": Entry("settle", "Rate, relieve and settle a period; publish all of it or nothing."),
    "sign": Entry("sign", "Sign the statements of a settled period."),
    "adjust": Entry("adjust", "Book what a signed period differs by into a later one."),
    "paper": Entry("paper", "Write the minutes, a summary and machine files of a settled period."),
    "period": Entry("period", "Show where each month stands, and move it on."),
    "signer": Entry("signer", "Make signing keys, and say who may sign."),
    "verify": Entry("verify", "Check that a home is what was published and signed."),
    "catalogue": Entry("catalogue", "Check, show, compare and describe catalogues and packages."),
    "quote": Entry("quote", "Say what events would cost, to the exact fraction."),
    "compare": Entry("compare", "Compare two packages, or a package and a what-if, on one usage."),
    "sensitivity": Entry("sensitivity", "Show what the programme's cost hangs on."),
    "explain": Entry("explain", "Show how one event came to its amounts."),
    "log": Entry("log", "Show what was done to a home, and prove that none of it was rewritten."),
    "store": Entry("store", "Check a home, merge its parts, let go of what is not needed."),
}

MEND_BY_ERRNO = {
    errno.ENOSPC: "free some space on that disk, or choose another home with --home",
    errno.EDQUOT: "free some of your quota, or choose another home with --home",
    errno.EROFS: "mount it writable, or choose another home with --home",
    errno.EACCES: "give yourself access to it, or choose another home with --home",
    errno.EPERM: "give yourself access to it, or choose another home with --home",
}
EXIT_BROKEN_PIPE = 1  # As click itself ends where it meets one first.


class LazyGroup(click.Group):
    """A group whose commands are known by name and imported only to be called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        folder = os.path.join(os.path.dirname(__file__), "commands")
        return [
            name
            for name, entry in COMMANDS.items()
            if os.path.exists(os.path.join(folder, f"{entry.module}.py"))
        ]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        from importlib import import_module

        module = import_module(f"doisoat.commands.{COMMANDS[cmd_name].module}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        names = self.list_commands(ctx)
        if args and args[0] not in names and not args[0].startswith("-"):
            ctx.fail(f"No such command {args[0]!r}. There are: {', '.join(names)}.")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, COMMANDS[name].short_help) for name in self.list_commands(ctx)]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="doisoat", message="%(prog)s %(version)s")
def cli() -> None:
    """Rate telecom usage under a relief package, and settle it to the last dong.

    \b
    Every command takes, after its name, --json (one object on stdout); all but
    quote and catalogue take --home DIR (or DOISOAT_HOME; else ./out). All else that
    is said goes to stderr.

    \b
    Exit status: 0 done, 1 another failure, 2 wrong usage, 3 disagreements found,
    4 catalogue, package or reading, 5 intake or a line to quote, 6 store,
    7 period, 8 a key, 70 a bug of ours (please report it), 130 interrupted.
    """


def main(args: Sequence[str] | None = None) -> NoReturn:
    """The entry point of the script `doisoat`."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # A core file would hold what is being read.
    sys.excepthook = _tell_bug
    wait_out_foreign_code()
    sys.exit(run(sys.argv[1:] if args is None else args))


def run(args: Sequence[str]) -> int:
    """Run one command line; returns its exit status after saying what went wrong, if anything."""
    as_json = "--json" in args
    try:
        status: Any = cli.main(list(args), prog_name="doisoat", standalone_mode=False)
        sys.stdout.flush()
    except DoisoatError as error:
        return _tell(error, as_json)
    except click.ClickException as error:
        return _tell_usage(error, as_json)
    except (click.Abort, KeyboardInterrupt):
        return _tell(
            Interrupted(
                "interrupted; the previous state is untouched",
                "doisoat",
                "run the same command again when you are ready",
            ),
            as_json,
        )
    except BrokenPipeError:  # The reader of our output left, as `head` does: nothing to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_BROKEN_PIPE
    except OSError as error:
        if error.errno not in MEND_BY_ERRNO:
            raise
        return _tell(
            StoreError(
                f"{error.strerror or 'not writable'}; the previous state is untouched",
                str(error.filename or "the home"),
                MEND_BY_ERRNO[error.errno],
            ),
            as_json,
        )
    return status if isinstance(status, int) else 0


def _tell_bug(kind: type[BaseException], bug: BaseException, trace: TracebackType | None) -> None:
    """What Python says of it, but for a number that some library quotes."""
    import traceback

    from doisoat.engine.pseudonym import hides_number

    sys.stderr.write(hides_number("".join(traceback.format_exception(kind, bug, trace))))


def _tell(error: DoisoatError, as_json: bool) -> int:
    what, where, mend = map(without_numbers, error.args)
    if as_json:
        told = DoisoatError(what, where, mend).as_object()
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        click.echo(f"Lỗi | Error: {where}: {what}.\n  Cách sửa | To mend: {mend}.", err=True)
    return error.exit_code


def _tell_usage(error: click.ClickException, as_json: bool) -> int:
    from doisoat.engine.pseudonym import hides_number  # heavy, and only for what went wrong

    context = getattr(error, "ctx", None)
    what = hides_number(error.format_message())
    if as_json:
        where = context.command_path if context else "doisoat"
        told = DoisoatError(what, where, f"see {where} --help")
        click.echo(json.dumps(told.as_object(), ensure_ascii=False))
    elif isinstance(error, click.UsageError):
        click.UsageError(what, context).show()
    else:
        click.ClickException(what).show()
    return EXIT_USAGE if isinstance(error, click.UsageError) else error.exit_code
