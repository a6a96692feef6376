"""Options that the commands share, and how commands speak to people."""

import errno
import functools
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import Any, TypeVar, cast

import click
from click.core import ParameterSource

from doisoat.commands.completion import periods
from doisoat.commands.settings import take_home_settings
from doisoat.commands.steps import LOG, OPTION
from doisoat.currency import number_text
from doisoat.errors import StoreError
from doisoat.messages.language import TERMINAL, vi_or_en
from doisoat.messages.language import choices as languages
from doisoat.messages.text import Text, composed, message
from doisoat.state import STATE, State
from doisoat.tariffs.load.bundled import DEFAULT_CATALOGUE
from doisoat.telephone import has_number

F = TypeVar("F", bound=Callable[..., Any])

HOME_DEFAULT = "out"
READINGS_OF_LINE = "doisoat.readings_of_line"  # in a context's meta: names that the line gave
MONTH = "YYYY-MM"
LIKE_A_MONTH = re.compile(r"\d{4}-\d\d?", re.ASCII)
SHORTEST_SECONDS = 0.1  # below it a rate is noise


def home_path(ctx: click.Context, param: click.Parameter, home: Path) -> Path:
    """The home by a path that Python, polars and DuckDB take for the same: a callback.

    polars and DuckDB put the user's folder for a `~` that no shell saw (a variable of a service),
    DuckDB takes what is before a colon for a file's kind, a backslash for a slash, and what follows
    a question mark for options. Raises: StoreError for a path under which no home can be.
    """
    text = str(home)
    if "\\" in text or text.encode("utf-8", "replace") != os.fsencode(text):
        raise click.BadParameter(
            message("{text}: choose a path of UTF-8 without a backslash", text=repr(text))
        )
    if not home.is_absolute() and _is_nowhere():
        return home  # what makes or opens it says so
    if "?" in text or "?" in os.path.realpath(text):  # DuckDB follows links
        raise StoreError(
            message("a path with a question mark: no DuckDB file can lie there"),
            text,
            message("rename the folder, or choose another home with --home"),
        )
    if _is_loop(home):
        raise StoreError(
            message("a link that leads back to itself"),
            text,
            message("choose a folder with --home"),
        )
    return home.absolute() if text.startswith("~") or ":" in text.partition("/")[0] else home


def _is_nowhere() -> bool:
    """Was the folder that the command runs in removed?"""
    try:
        os.getcwd()
    except FileNotFoundError:
        return True
    return False


def _is_loop(path: Path) -> bool:
    try:
        path.stat()
    except OSError as error:
        return error.errno == errno.ELOOP
    return False


def home_option(
    function: F, callback: Callable[..., Path] = home_path, *, is_given: bool = True
) -> F:
    """Add --home DIR; the command receives `home: Path`, which need not exist.

    It is parsed first, since the settings of that home are defaults of the other options.
    Args: is_given: False: the command receives no home, only the home's settings.
    """

    def with_settings(ctx: click.Context, param: click.Parameter, home: Path) -> Path:
        path = callback(ctx, param, home)
        take_home_settings(ctx, path)
        STATE.use_of(functools.partial(_state_of, path))
        return path

    return click.option(
        "--home",
        type=click.Path(file_okay=False, path_type=Path),
        callback=with_settings,
        is_eager=True,
        expose_value=is_given,
        envvar="DOISOAT_HOME",
        default=HOME_DEFAULT,
        show_default=True,
        show_envvar=True,
        help="The folder that holds usage, runs and reports.",
    )(function)


def _state_of(path: Path) -> State | None:
    from doisoat.settlement.runs.runs import state_of_home

    return state_of_home(path)


def home_settings_option(function: F) -> F:
    """`home_option` of a command that takes of a home no more than its settings."""
    return home_option(function, is_given=False)


def home_not_read_option(function: F) -> F:
    """Take --home as all others do, where nothing of a home is needed: scripts give it to each."""
    return click.option(
        "--home",
        type=click.Path(path_type=Path),
        expose_value=False,
        help="As every command takes it; nothing of it is read.",
    )(function)


def json_option(function: F) -> F:
    """Add --json; the command receives `as_json: bool`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")(
        function
    )


def checked_period(ctx: click.Context, param: click.Parameter, text: str | None) -> str | None:
    """A month, refused by the name under which it was given if it is none: a callback."""
    if text is not None and not ctx.resilient_parsing:
        from doisoat.settlement.figures.period import Period

        Period.of(text, param.opts[0] if isinstance(param, click.Option) else MONTH)
    return text


def period_argument(function: F) -> F:
    """Take the month as an argument; the command receives `period: str`."""
    return click.argument("period", metavar=MONTH, shell_complete=periods, callback=checked_period)(
        function
    )


def optional_period_argument(function: F) -> F:
    """Take a month as an argument, if one is given; the command receives `period: str | None`."""
    return click.argument(
        "period", metavar=f"[{MONTH}]", required=False, shell_complete=periods,
        callback=checked_period,
    )(function)  # fmt: skip


def period_option(
    text: str = "The month.  [default: the only one with usage]",
    check: Callable[..., str | None] = checked_period,
) -> Callable[[F], F]:
    """Take the month as an argument or by --period; the command receives `period: str | None`.

    Args: text: what help says of it; check: a callback that refuses what is no month.
    """

    def add(function: F) -> F:
        @click.argument(
            "period_argument", metavar=f"[{MONTH}]", required=False, shell_complete=periods,
            callback=check,
        )  # fmt: skip
        @click.option("--period", metavar=MONTH, shell_complete=periods, callback=check, help=text)
        @functools.wraps(function)
        def with_period(
            *args: Any, period_argument: str | None, period: str | None, **parameters: Any
        ) -> Any:
            return function(*args, period=_one_period(period_argument, period), **parameters)

        return cast(F, with_period)

    return add


def period_before_option(name: str, text: str) -> Callable[[F], F]:
    """`period_option` of a command whose argument `name` takes all words: the first may be a month.

    A file of that name stays a file. What help says of the argument is its own metavar.
    """

    def add(function: F) -> F:
        @click.option(
            "--period", metavar=MONTH, shell_complete=periods, callback=checked_period, help=text
        )
        @functools.wraps(function)
        def with_period(*args: Any, period: str | None, **parameters: Any) -> Any:
            first, *rest = parameters[name] or (None,)
            is_file = isinstance(first, Path) and first.is_file()
            if LIKE_A_MONTH.fullmatch(str(first)) and not is_file:
                context = click.get_current_context()
                (param,) = (
                    declared for declared in context.command.params if declared.name == name
                )
                if param.required and not rest:
                    raise click.MissingParameter(ctx=context, param=param)
                period = _one_period(checked_period(context, param, str(first)), period)
                parameters[name] = tuple(rest)
            return function(*args, period=period, **parameters)

        return cast(F, with_period)

    return add


def _one_period(argument: str | None, option: str | None) -> str | None:
    """The month that was given, by either way or by both. Raises: UsageError for two months."""
    if argument is not None and option is not None and argument != option:
        raise click.UsageError(
            message(
                "the period is given twice: {argument} and --period {option}",
                argument=argument,
                option=option,
            )
        )
    return option if argument is None else argument


def own_carrier(ctx: click.Context, param: click.Parameter, carrier: str | None) -> str | None:
    """A carrier that is not another's than the home's, if that is one carrier's: a callback."""
    home = ctx.params.get("home")
    if carrier is not None and isinstance(home, Path):
        from doisoat.engine.store.settings_file import refuse_other_carrier

        refuse_other_carrier(home, carrier, "--carrier")
    return carrier


def carrier_option(function: F) -> F:
    """Add --carrier ID; the command receives `carrier: str | None`."""
    return click.option(
        "--carrier", metavar="ID", callback=own_carrier,
        help="Only this carrier.  [default: the home's; else all]",
    )(function)  # fmt: skip


def one_language(ctx: click.Context, param: click.Parameter, lang: str | None) -> str:
    """The language of what is made in one alone: a callback."""
    return vi_or_en(lang or TERMINAL.language)


def papers_language(ctx: click.Context, param: click.Parameter, lang: str | None) -> str:
    """The language of what is written; the terminal's is another matter: a callback."""
    if ctx.get_parameter_source(str(param.name)) is ParameterSource.COMMANDLINE:
        TERMINAL.pass_over_line()
    return lang or STATE.language


def lang_option(function: F) -> F:
    """Add --lang; the command receives `lang: str`, vi or en."""
    return click.option(
        "--lang", type=click.Choice(languages()), callback=one_language,
        help="In which language.  [default: the terminal's; vi of both]",
    )(function)  # fmt: skip


def overlay_files(
    ctx: click.Context, param: click.Parameter, given: tuple[Path, ...]
) -> tuple[Path, ...]:
    """The overlays of the settings, then those of the command line, each file once: a callback."""
    settled: tuple[Path, ...] = ()
    if ctx.get_parameter_source(str(param.name)) is ParameterSource.COMMANDLINE:
        settled = tuple(map(Path, (ctx.default_map or {}).get(str(param.name), ())))
    by_place = {os.path.realpath(path): path for path in reversed((*settled, *given))}
    return tuple(reversed(by_place.values()))


def overlay_option(function: F) -> F:
    """Add --overlay FILE, repeated; the command receives `overlays: tuple[Path, ...]`."""
    return click.option(
        "--overlay",
        "overlays",
        metavar="FILE",
        multiple=True,
        type=click.Path(dir_okay=False, path_type=Path),
        callback=overlay_files,
        help="Own prices over the tariffs (.yaml or .xlsx). May be repeated, in order.",
    )(function)


def catalogue_option(function: F) -> F:
    """Add --catalogue and --overlay; the command receives `catalogue: str` and `overlays:
    tuple[Path, ...]`, for engine.tables.overlay_files.open_catalogue.
    """
    return click.option(
        "--catalogue",
        metavar="FILE|FOLDER|NAME",
        default=DEFAULT_CATALOGUE,
        show_default=True,
        help="The tariffs.",
    )(overlay_option(function))


def package_option(default: str) -> Callable[[F], F]:
    """Add --package NAME|FILE; the command receives `package: str`."""
    return click.option(
        "--package",
        metavar="NAME|FILE",
        default=default,
        show_default=True,
        help="A bundled package, a .yaml file, or none.",
    )


def csv_option(help_text: str) -> Callable[[F], F]:
    """`--csv FILE.csv`, given as `table`, and --csv-style; help_text: what is written there."""
    kind = click.Path(dir_okay=False, path_type=Path)

    def add(function: F) -> F:
        option = click.option("--csv", "table", type=kind, metavar="FILE.csv", help=help_text)
        return option(csv_style_option(function))

    return add


def exports_options(function: F) -> F:
    """Add --files and --mapping, for the keys of sources: `files`, `mappings: tuple[Path, ...]`."""
    for option in (
        click.option(
            "--mapping", "mappings", multiple=True, metavar="FILE.yaml",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="With --files: a mapping of one's own that they were taken in by.",
        ),
        click.option(
            "--files", multiple=True, metavar="FILE|DIR",
            type=click.Path(exists=True, path_type=Path),
            help="With --csv: the exports, out of which comes the key of each event in its source.",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


def check_exports(files: tuple[Path, ...], table: Path | None) -> None:
    """Refuse --files without --csv: the keys stand in that file alone."""
    if files and table is None:
        raise click.UsageError(
            message("--files is read for the keys in the file to write: add --csv FILE.csv")
        )


def say_lacking(lacking: int, rows: int) -> None:
    """Tell how many rows have no key, since their files were not given."""
    if lacking:
        say(
            message(
                "{lacking} of {rows} rows: their files are not among --files, so they have no key",
                lacking=lacking,
                rows=rows,
            )
        )


def csv_style_option(function: F) -> F:
    """Add --csv-style; the command receives `csv_style: Style` of engine.tables.csv_writer."""
    return click.option(
        "--csv-style",
        type=click.Choice(["machine", "excel"]),
        default="machine",
        show_default=True,
        help="CSV for programs; or as Vietnamese Excel opens it.",
    )(function)


def xlsx_option(function: F) -> F:
    """Add --xlsx FILE; the command receives `xlsx: Path | None`."""
    return click.option(
        "--xlsx", type=click.Path(path_type=Path), metavar="FILE", help="Write a workbook."
    )(function)


def choices(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """What --reading NAME=VALUE, given any number of times, chooses: a callback of the option."""
    chosen: dict[str, str] = {}
    for value in values:
        name, equals, answer = value.partition("=")
        if not (name and equals and answer):
            raise click.BadParameter(
                message("{value}: write NAME=VALUE, as in m2.in_kind_value=zero", value=repr(value))
            )
        if chosen.setdefault(name, answer) != answer:
            raise click.BadParameter(
                message(
                    "{name} is given twice: {chosen_name} and {answer}",
                    name=name,
                    chosen_name=chosen[name],
                    answer=answer,
                )
            )
    if ctx.get_parameter_source(str(param.name)) is ParameterSource.COMMANDLINE:
        ctx.meta[READINGS_OF_LINE] = frozenset(chosen)
        settled = (ctx.default_map or {}).get(str(param.name), ())  # A settings file's others stay.
        chosen = {**dict(setting.split("=", 1) for setting in settled), **chosen}
    return chosen


def kept_words(ctx: click.Context, param: click.Parameter, text: str | None) -> str | None:
    """Words that the home keeps for ever, so that no telephone number may be in them: a callback.

    `doisoat.telephone` has the rule.
    """
    if text is not None and has_number(text):
        raise click.BadParameter(
            message(
                "it holds what looks like a telephone number, and the log keeps it for"
                " ever: leave it out (write an amount in groups of three with its unit:"
                " {example} {currency_name})",
                example=number_text(1_234_567_890),
            )
        )
    return text


def why_option(
    text: str = "The reason.", *, required: bool = False, default: str | None = ""
) -> Callable[[F], F]:
    """Add --why; the command receives `why`. Args: text: what help says."""
    options: dict[str, Any] = {"required": True} if required else {"default": default}
    return click.option("--why", callback=kept_words, help=text, **options)


def echo(text: str) -> None:
    """Print a result, in the language of the terminal."""
    click.echo(TERMINAL.spoken(text))


def labelled(label: Text, value: str) -> Text:
    """A value behind its label, as a column of such lines has them in each language."""
    return composed("{:<18} {}", label, value)


def say(text: str) -> None:
    """Tell the person at the terminal, or the scheduler; stdout is for results only."""
    if LOG.is_on:
        LOG.note(text)
    else:
        click.echo(TERMINAL.spoken(text), err=True)


def warn_if_signed(home: Path, run: str, entry: int) -> None:
    """Say that the signed papers of a run will not tell what an entry of the log does."""
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.runs.derived_results import is_signed_before

    if is_signed_before(open_home(home), run, entry):
        say(
            message("Note")
            + ": "
            + message(
                "run {run} was signed before entry {entry}, so its signed papers do not say this",
                run=run[:8],
                entry=entry,
            )
        )


def warn_if_not_packed(home: Path, period: str, run: str | None = None) -> None:
    """Say of which carriers the signed statement has no pack yet, while one can still be made.

    Args: run: that is about to take the signed one's place; None: some will.
    """
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.packs.pack_folder import not_packed
    from doisoat.settlement.runs.runs import current_runs

    opened = open_home(home)
    carriers = not_packed(opened, period)
    if not carriers or run == current_runs(opened)[period]:
        return
    say(
        message("Note")
        + ": "
        + f"{period}: "
        + message(
            "no evidence pack of the signed statement is in this home for {carriers};"
            " once the month is settled anew, it can be made no more. Make it now:",
            carriers=", ".join(carriers),
        )
    )
    for carrier in carriers:
        say(f"  doisoat pack {carrier} {period} --home {quote(str(home))}")


def print_json(result: Mapping[str, Any]) -> None:
    """Print the one object that --json promises. Amounts must be strings by now."""
    click.echo(json.dumps(result, ensure_ascii=False))


@contextmanager
def progress(
    description: str, total: int | None = None, unit: str = ""
) -> Iterator[Callable[[int], None]]:
    """A bar on stderr while the block runs; yields advance(steps), callable from any thread.

    With a unit it shows how many of it went by and how many a second; with a total, the time left.
    Where stderr is no terminal the description is said once, and advancing says nothing.
    """
    if LOG.is_on:
        yield _told_steps(description, total)
        return
    if not sys.stderr.isatty():
        say(description)
        yield lambda steps: None
        return
    from rich.console import Console
    from rich.progress import Progress, TextColumn

    columns = list(Progress.get_default_columns())
    if unit:
        columns.append(TextColumn("{task.completed:,.0f} {task.fields[unit]} {task.fields[rate]}"))
    began = time.monotonic()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(TERMINAL.spoken(description), total=total, unit=unit, rate="")

        def advance(steps: int) -> None:
            bar.advance(task, steps)
            completed = bar.tasks[0].completed
            rate = completed / max(time.monotonic() - began, SHORTEST_SECONDS)
            bar.update(task, rate=f"({rate:,.0f}/s)")

        yield advance


def _told_steps(description: str, total: int | None) -> Callable[[int], None]:
    completed = 0

    def advance(steps: int) -> None:
        nonlocal completed
        completed += steps
        LOG.progress(description, completed, total)

    return advance


def log_option(function: F) -> F:
    """Add --log-json, which `cli.run` has seen by the time a command is called."""
    return click.option(
        OPTION,
        is_flag=True,
        expose_value=False,
        help="Tell each step on stderr as a JSON object a line.  [env var: DOISOAT_LOG=json]",
    )(function)


def reading_option(function: F) -> F:
    """Add --reading NAME=VALUE, repeated; the command receives `readings: dict[str, str]`."""
    return click.option(
        "--reading",
        "readings",
        metavar="NAME=VALUE",
        multiple=True,
        callback=choices,
        help="Another answer to something the package leaves open. May be repeated.",
    )(function)


def threads_option(function: F) -> F:
    """Add --threads; the command receives `threads: int`."""
    return click.option("--threads", type=click.IntRange(1, 64), default=2, show_default=True)(
        function
    )
