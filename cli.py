"""Command line: finds the command, calls it, and turns errors into messages and exit statuses.

No rule of the domain is here. Commands are imported when they are called, so that help costs
what click costs: this module imports nothing else that is heavy, and it must stay so.
"""

import errno
import gc
import json
import mmap
import os
import re
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, NoReturn

import click
from click.shell_completion import CompletionItem

from doisoat import __version__
from doisoat.commands import settings, streams
from doisoat.commands.help_words import Context, in_words, usage_of
from doisoat.commands.steps import JSON, LOG, OPTION, VARIABLE, is_asked_for
from doisoat.errors import (
    EXIT_USAGE,
    DoisoatError,
    Interrupted,
    StoreError,
    printable,
    system_text,
    without_numbers,
)
from doisoat.interrupts import is_of_interruption, wait_out_foreign_code
from doisoat.messages.language import BOTH, TERMINAL, choices
from doisoat.messages.language import OPTION as LANGUAGE
from doisoat.messages.language import VARIABLE as LANGUAGE_VARIABLE
from doisoat.messages.text import Text, composed, mapped, message


class Entry(NamedTuple):
    """Where a command is, and the line that help says of it."""

    module: str  # doisoat.commands.<module> holds it, under the name `command`.
    short_help: str


# As help shows them: each group in the order of its work. A command is in one of them.
GROUPS = {
    "Begin": {
        "init": Entry("begin.init", "Make a home, and say whose it is and how it is settled."),
        "simulate": Entry("begin.simulate", "Write the synthetic world and take it in."),
        "key": Entry("begin.key", "Make, check or rotate the key of the pseudonyms."),
        "mapping": Entry("begin.mapping", "Check a mapping, and show what it makes of a file."),
        "intake": Entry("begin.intake", "Take in a carrier's file through a declared mapping."),
        "suspense": Entry(
            "begin.suspense", "List, mend, recycle, choose and write off what is suspended."
        ),
        "consolidate": Entry(
            "begin.consolidate", "Make the ministry's home out of the carriers' packs."
        ),
    },
    "The month": {
        "period": Entry("month.period", "Show where each month stands, and move it on."),
        "settle": Entry(
            "month.settle", "Rate, relieve and settle a month; publish all or nothing."
        ),
        "legs": Entry("month.legs", "Match calls between carriers with what the called recorded."),
        "interconnect": Entry("month.interconnect", "Net what carriers owe each other for calls."),
        "forgone": Entry("month.forgone", "Work out the revenue that a settled month forgoes."),
        "tie-out": Entry("month.tie_out", "Hold a carrier's own ledger against a settled period."),
    },
    "Sign and correct": {
        "signer": Entry("sign.signer", "Make signing keys, and say who may sign."),
        "sign": Entry("sign.sign", "Sign the statements of a settled period."),
        "paper": Entry("sign.paper", "Write the minutes, summary and machine files of a month."),
        "pack": Entry("sign.pack", "Write what an auditor needs of a carrier and period."),
        "adjust": Entry("sign.adjust", "Book what a signed period differs by into a later one."),
        "refund": Entry(
            "sign.refund", "List refunds due and how they stand, and book what was paid."
        ),
    },
    "Carriers' claims": {
        "claim": Entry("claims.claim", "Write, check, file and list what carriers declare."),
        "plausibility": Entry("claims.plausibility", "Ask of totals alone what looks odd in them."),
        "reconcile": Entry(
            "claims.reconcile", "Hold claims against a run, and say why they differ."
        ),
        "variance": Entry(
            "claims.variance", "Show what claims differ by, ask the carrier, and decide."
        ),
        "sample": Entry("claims.sample", "Draw and judge a sample of what a carrier claims."),
        "area-claims": Entry(
            "claims.area_claims", "Add up published claims by area, and hold them to bounds."
        ),
    },
    "Look and ask": {
        "status": Entry(
            "look.status", "Show at a glance what a home holds, and what is to be done."
        ),
        "explain": Entry("look.explain", "Show how one event came to its amounts."),
        "serve": Entry("look.serve", "Serve the auditor's page of a home."),
        "verify": Entry("look.verify", "Check that a home is what was published and signed."),
        "log": Entry("look.log", "Show what was done to a home, and prove it not rewritten."),
    },
    "Tariffs": {
        "catalogue": Entry(
            "tariffs.catalogue", "Check, show, compare and describe catalogues and packages."
        ),
        "quote": Entry("tariffs.quote", "Say what events would cost, to the exact fraction."),
        "compare": Entry(
            "tariffs.compare", "Compare two packages, or one and a what-if, on one usage."
        ),
        "sensitivity": Entry("tariffs.sensitivity", "Show what the programme's cost hangs on."),
        "validate": Entry("tariffs.validate", "Hold programmes to totals that were published."),
    },
    "Keep house": {
        "store": Entry(
            "upkeep.store", "Check a home, merge its parts, let go of what is not needed."
        ),
        "user": Entry("upkeep.user", "Say who may log in to the auditor's page."),
        "config": Entry("upkeep.config", "Show the settings that hold, and where each comes from."),
    },
}
COMMANDS = {name: entry for group in GROUPS.values() for name, entry in group.items()}

NO_THREAD = "can't start new thread"  # what Python says of it, in a RuntimeError
OF_DUCKDB_S_MEMORY = "OutOfMemoryException"  # by its name: DuckDB is imported by what uses it
PANIC = "PanicException"  # of polars, likewise
# How the loader and Rust say of what there is no more, inside errors of another kind.
NO_MEMORY = re.compile("failed to map segment|cannot allocate memory|out of memory", re.I)
NO_FURTHER_THREAD = "Resource temporarily unavailable"
# Commands that read events. What they read with starts threads of its own, and may wait for ever
# for one that a limit on memory (ulimit -v) refuses: where there is too little, they don't begin.
READ_EVENTS = frozenset(
    (
        "simulate", "intake", "settle", "forgone", "adjust", "interconnect", "legs", "pack",
        "consolidate", "sample", "reconcile", "verify", "compare", "sensitivity", "explain",
        "tie-out", "store", "validate",
    )
)  # fmt: skip
ADDRESS_BYTES = 3 << 29  # of the smallest home; most of it is asked for, and never used
HELP_OPTIONS = ["-h", "--help"]
LINES = "\n\t"  # that a message may have; a path has none
EXIT_BROKEN_PIPE = 1  # As click itself ends where it meets one first.
# Objects made before Python looks for cycles among them, 700 unless said: imports alone make a
# hundred thousand that stay, and to look through them took a twentieth of a small settle.
OBJECTS_BEFORE_CYCLES = 50_000
# For how long polars' allocator keeps what was freed, half a second unless said: an intake asks for
# as much again for each block of records, and the system has each page filled with zeros before.
MEMORY_OF_POLARS = ("_RJEM_MALLOC_CONF", "dirty_decay_ms:10000,muzzy_decay_ms:10000")


def _then_again() -> Text:
    """What is wrong with the machine may come between two steps of an act: it is then half done."""
    return message("then run the same command again: it ends what was half done, or says what does")


def _mend_of(number: int | None) -> Text | None:
    """How an error of the system is mended, if we know; made where one happened."""
    other_home = message("or choose another home with --home")
    if number in (errno.EACCES, errno.EPERM):
        return message("give yourself access to it, {other_home}", other_home=other_home)
    if number == errno.ENOSPC:
        return message("free some space on that disk, {other_home}", other_home=other_home)
    if number == errno.EDQUOT:
        return message("free some of your quota, {other_home}", other_home=other_home)
    if number == errno.EFBIG:
        return message("raise the limit on file sizes (ulimit -f), then run the command again")
    if number == errno.EMFILE:
        return message("raise the limit on open files (ulimit -n), then run the command again")
    if number == errno.ENAMETOOLONG:
        return message("give a shorter path")
    if number == errno.EROFS:
        return message("mount it writable, {other_home}", other_home=other_home)
    return None


class LazyGroup(click.Group):
    """A group whose commands are known by name and imported only to be called."""

    context_class = Context

    def list_commands(self, ctx: click.Context) -> list[str]:
        folder = os.path.join(os.path.dirname(__file__), "commands")
        return [
            name
            for name, entry in COMMANDS.items()
            if os.path.exists(os.path.join(folder, *entry.module.split(".")) + ".py")
        ]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        from importlib import import_module

        module = import_module(f"doisoat.commands.{COMMANDS[cmd_name].module}")
        return _spoken(module.command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        LOG.know(command=name)
        if name != "config" and command is not None and not _asks_for_help(rest):
            _take_settings(ctx, str(name), command)
        if name in READ_EVENTS and not _asks_for_help(rest):
            _check_memory()
        LOG.step("started")
        return name, command, rest

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            if LOG.is_on:  # click would begin a new line for people first.
                raise click.Abort from None
            raise

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names with their help, without importing a command to ask it."""
        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [
            CompletionItem(name, help=in_words(COMMANDS[name].short_help)) for name in names
        ] + options

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        names = self.list_commands(ctx)
        width = max(map(len, names), default=0)
        for title, group in GROUPS.items():
            rows = [(f"{name:{width}}", group[name].short_help) for name in group if name in names]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


def _spoken(command: click.Command) -> click.Command:
    """A command whose help is spoken, and that takes --lang; each below it does. `run` saw it."""
    command.context_class = Context
    if not any(LANGUAGE in parameter.opts for parameter in command.params):
        command.params.append(
            click.Option(
                [LANGUAGE], type=click.Choice(choices()), expose_value=False, hidden=True,
            )
        )  # fmt: skip
    if isinstance(command, click.Group):
        for subcommand in command.commands.values():
            _spoken(subcommand)
    return command


def _asks_for_help(args: Sequence[str]) -> bool:
    return any(name in args for name in HELP_OPTIONS)


def _check_memory() -> None:
    """MemoryError where a limit on this process's memory leaves too little to begin with."""
    if resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY:
        return
    try:
        mmap.mmap(-1, ADDRESS_BYTES, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ).close()
    except OSError as error:
        raise MemoryError("ulimit -v") from error


def _take_settings(ctx: click.Context, name: str, command: click.Command) -> None:
    """Defaults of the options of a command, by the settings files that are there."""
    if ctx.resilient_parsing:
        return  # Completion says nothing of a file that is wrong.
    ctx.meta[settings.TAKES_SETTINGS] = True
    values = settings.stated_values(settings.read_all(ctx.params.get("config")))
    settings.take_language(ctx)
    if not values:
        return
    ctx.default_map = {name: settings.defaults_of(command, values)}
    log = values.get("log")
    if log is not None and log.value == JSON and VARIABLE not in os.environ:
        LOG.is_on = True


@click.group(cls=LazyGroup, context_settings={"help_option_names": HELP_OPTIONS})
@click.version_option(__version__, prog_name="doisoat", message="%(prog)s %(version)s")
@click.option(
    OPTION, is_flag=True, expose_value=False,
    help="Tell each step on stderr as a JSON object a line.  [env var: DOISOAT_LOG=json]",
)  # fmt: skip
@click.option(
    LANGUAGE, envvar=LANGUAGE_VARIABLE, type=click.Choice(choices()), expose_value=False,
    help="Language of what people read.  [env var: DOISOAT_LANG; default: the locale's]",
)  # fmt: skip
@click.option(
    "--config", envvar=settings.VARIABLE, metavar="FILE", type=click.Path(path_type=Path),
    help="Settings: defaults of options, as TOML.  [env var: DOISOAT_CONFIG]",
)  # fmt: skip
def cli(config: Path | None) -> None:
    """Rate telecom usage under a relief package, and settle it to the smallest unit of money.

    Every command takes, after its name, --json (one object on stdout) and
    --lang; all but quote, catalogue and area-claims take --home DIR (or
    DOISOAT_HOME, or settings; else ./out). A month is YYYY-MM, as in
    doisoat settle 2021-08. All else that is said goes to stderr.

    Exit status: 0 done, 1 another failure, 2 wrong usage, 3 disagreements
    found, 4 catalogue, package, reading or settings, 5 intake or a line to
    quote, 6 store, 7 period, 8 a key, 9 Spark, 70 a bug of ours (please
    report it), 130 interrupted.
    """


def main(args: Sequence[str] | None = None) -> NoReturn:
    """The entry point of the script `doisoat`."""
    streams.make_ready()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # A core file would hold what is being read.
    gc.set_threshold(OBJECTS_BEFORE_CYCLES)
    os.environ.setdefault(*MEMORY_OF_POLARS)
    sys.excepthook = _tell_bug
    wait_out_foreign_code()
    given = sys.argv[1:] if args is None else args
    TERMINAL.begin(given)
    _have_last_words("--json" in given, is_log=is_asked_for(given))
    status = run(given)
    gc.freeze()  # Else Python looks through all that lives for cycles once more, as it ends.
    sys.exit(status)


def _have_last_words(as_json: bool, *, is_log: bool) -> None:
    """What ends a process by a signal is told in the form of an error all the same."""
    from doisoat.engine.store.signals import say_at_the_end

    bus, abort = _cut_short(), _no_memory()
    say_at_the_end(
        (bus.exit_code, *_last_words(bus, as_json, is_log)),
        (abort.exit_code, *_last_words(abort, as_json, is_log)),
        json_lines=is_log,
    )


def _last_words(error: DoisoatError, as_json: bool, is_log: bool) -> tuple[bytes, bytes]:
    """What `_tell` would write on stdout and stderr; NUL, where the error names a file."""
    told = error.as_object()
    out = [json.dumps(told, ensure_ascii=False)] if as_json else []
    err = [] if as_json else ["", *_error_lines(error.what, error.where, error.mend)]
    if err and not sys.stderr.isatty():
        err = err[1:]  # no bar of progress stands there without an end
    if is_log:
        step = {"step": "refused", "status": error.exit_code, **told["error"]}
        err = [json.dumps(step, ensure_ascii=False)]
    return _with_holes(out), _with_holes(err)


def _with_holes(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).replace("\\u0000", "\0").encode()


def run(args: Sequence[str]) -> int:
    """Run one command line; returns its exit status after saying what went wrong, if anything."""
    LOG.reset(is_on=is_asked_for(args))
    TERMINAL.begin(args)
    try:
        status = _run(args, "--json" in args)
    except BrokenPipeError:  # The reader of our output left, as `head` does: nothing to say.
        streams.let_go_of_stdout()
        status = EXIT_BROKEN_PIPE
    except streams.OutputError as error:
        streams.let_go_of_stdout()
        status = _tell(error, as_json=False)
    LOG.reset()
    return status


def _run(args: Sequence[str], as_json: bool) -> int:
    try:
        status: Any = cli.main(list(args), prog_name="doisoat", standalone_mode=False)
        sys.stdout.flush()
    except (BrokenPipeError, streams.OutputError):
        raise
    except DoisoatError as error:
        return _tell(error, as_json)
    except click.exceptions.NoArgsIsHelpError as error:  # asked for nothing: what there is
        click.echo(error.ctx.get_help() if error.ctx else "")
        return 0
    except click.ClickException as error:
        return _tell_usage(error, as_json)
    except (click.Abort, KeyboardInterrupt):
        return _tell(_interrupted(), as_json)
    except OSError as error:
        if error.errno == errno.ENOMEM:
            return _tell(_no_memory(), as_json)
        mend = _mend_of(error.errno)
        if mend is None:
            raise
        return _tell(
            StoreError(
                message(
                    "{error}; the previous state is untouched",
                    error=system_text(error),
                ),
                str(error.filename or "the home"),
                mend,
            ),
            as_json,
        )
    except BaseException as error:  # a panic of polars is no Exception
        if (told := _of_the_machine(error)) is not None:
            return _tell(told, as_json)
        if not is_of_interruption(error):
            raise
        return _tell(_interrupted(), as_json)
    ended = status if isinstance(status, int) else 0
    LOG.step("finished", status=ended)
    return ended


def _of_the_machine(error: BaseException) -> DoisoatError | None:
    """What an error comes to that says, in its library's words, what the machine lacks."""
    kind, text = type(error).__name__, str(error)
    if text == NO_THREAD or (kind == PANIC and NO_FURTHER_THREAD in text):
        return _no_thread()
    if isinstance(error, MemoryError) or kind == OF_DUCKDB_S_MEMORY:
        return _no_memory()
    if (kind == PANIC or isinstance(error, ImportError)) and NO_MEMORY.search(text):
        return _no_memory()
    return None


def _interrupted() -> Interrupted:
    return Interrupted(
        message("interrupted; the previous state is untouched"),
        "doisoat",
        message("run the same command again when you are ready"),
    )


def _no_thread() -> DoisoatError:
    return DoisoatError(
        message("the machine starts no more threads"),
        "doisoat",
        message(
            "raise the limits of processes and memory (ulimit -u, ulimit -v, a"
            " container's pids), {then_again}",
            then_again=_then_again(),
        ),
    )


def _cut_short() -> StoreError:
    """Of a file that is mapped: its name stands where this has a NUL."""
    return StoreError(
        message(
            "it was cut short, or its disk failed, while it was being read; what was"
            " published stands"
        ),
        "\0",
        message(
            "restore this file from a copy, and let nobody write into the home, {then_again}",
            then_again=_then_again(),
        ),
    )


def _no_memory() -> DoisoatError:
    return DoisoatError(
        message("out of memory"),
        "doisoat",
        message(
            "wait until more memory is free, or raise its limit (ulimit -v, a container's"
            " memory), {then_again}",
            then_again=_then_again(),
        ),
    )


def _tell_bug(kind: type[BaseException], bug: BaseException, trace: TracebackType | None) -> None:
    """What Python says of it, but for a number that some library quotes."""
    import traceback

    from doisoat.telephone import masked

    told = masked("".join(traceback.format_exception(kind, bug, trace)))
    if LOG.is_on:
        LOG.step("failed", status=1, trace=told)
    else:
        sys.stderr.write(told)


def _tell(error: DoisoatError, as_json: bool) -> int:
    what, where, mend = map(without_numbers, error.args)
    LOG.step("refused", status=error.exit_code, what=what, where=where, mend=mend)
    if as_json:
        told = {**error.as_object(), **DoisoatError(what, where, mend).as_object()}
        click.echo(json.dumps(told, ensure_ascii=False))
    elif not LOG.is_on:
        shown = printable(what, LINES), printable(where), printable(mend, LINES)
        click.echo("\n".join(_error_lines(*shown)), err=True)
    return error.exit_code


def _error_lines(what: str, where: str, mend: str) -> list[str]:
    """An error as a terminal shows it."""
    from doisoat.messages.text import halves_of  # only for what went wrong

    return _on_lines(
        (message("Error"), composed("{}: {}.", where, halves_of(what))),
        (composed("  {}", message("To mend")), halves_of(mend) + "."),
    )


def _on_lines(*parts: tuple[Text, str]) -> list[str]:
    """Heads and what they say, as a terminal shows them; all in one language, then in the next."""
    from doisoat.messages.text import halves_of  # only for what went wrong

    said = [(head, halves_of(text)) for head, text in parts]
    if TERMINAL.language != BOTH:
        return [TERMINAL.spoken(composed("{}: {}", head, text)) for head, text in said]
    if all(text.vi == text.en for _, text in said):
        return [f"{head}: {text.en}" for head, text in said]
    in_vietnamese = [f"{head.vi}: {text.vi}" for head, text in said]
    return in_vietnamese + [f"{head.en}: {text.en}" for head, text in said]


def _tell_usage(error: click.ClickException, as_json: bool) -> int:
    from doisoat.commands.near_miss import message_of  # only for what went wrong
    from doisoat.telephone import masked

    context = getattr(error, "ctx", None)
    what = mapped(message_of(error), masked)
    where = context.command_path if context else "doisoat"
    if LOG.is_on:
        LOG.step("refused", status=_status_of(error), what=what, where=where)
    if as_json:
        told = DoisoatError(what, where, message("see {where} --help", where=where))
        click.echo(json.dumps(told.as_object(), ensure_ascii=False))
    elif not LOG.is_on:
        if context is not None:
            click.echo(f"{usage_of(context)}\n", err=True)
        click.echo("\n".join(_on_lines((message("Error"), what))), err=True)
    return _status_of(error)


def _status_of(error: click.ClickException) -> int:
    return EXIT_USAGE if isinstance(error, click.UsageError) else error.exit_code
