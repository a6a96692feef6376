"""doisoat sample: a sample of what a carrier claims, drawn by both sides and judged."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from doisoat.commands.claims.sample_text import (
    METHODS,
    in_unit,
    print_beside,
    print_evaluation,
    print_frame,
    print_history,
    print_sample,
)
from doisoat.commands.options import (
    check_exports,
    csv_option,
    echo,
    exports_options,
    home_option,
    json_option,
    period_argument,
    print_json,
    say_lacking,
    why_option,
)
from doisoat.messages.text import message

if TYPE_CHECKING:
    import polars as pl

    from doisoat.engine.tables.csv_writer import Style
    from doisoat.settlement.sampling.act import StepResult

F = TypeVar("F", bound=Callable[..., Any])
FILE = click.Path(dir_okay=False, path_type=Path)


def _limits(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    limits: dict[str, str] = {}
    for value in values:
        name, equals, rate = value.partition("=")
        if not (name and equals and rate):
            raise click.BadParameter(
                message("{value}: write NAME=RATE, as in wrongly_rated=0.01%", value=repr(value))
            )
        if limits.setdefault(name, rate) != rate:
            raise click.BadParameter(
                message(
                    "{name} is given twice: {limits_name} and {rate}",
                    name=name,
                    limits_name=limits[name],
                    rate=rate,
                )
            )
    return limits


def design_options(function: F) -> F:
    """Where units come from, how they are drawn, and what will judge them."""
    for option in reversed((
        period_argument,
        click.option("--carrier", metavar="ID", required=True, help="Whose claim it is."),
        click.option(
            "--lines", type=FILE, metavar="FILE",
            help="Its list of lines: CSV, XLSX or Parquet.  [default: the run in force]",
        ),
        click.option("--claim", is_flag=True, help="The claim of lines that was filed."),
        click.option("--usage", is_flag=True,
                     help="Draw from the records of its source files, to be looked up in the lines"
                     " of --claim or --lines, if given."),
        click.option("--measure", "measures", multiple=True, metavar="ID", help="Only its lines."),
        click.option("--nature", "natures", multiple=True, metavar="ID", help="Only these lines."),
        click.option("--kind", "kinds", multiple=True, metavar="ID", help="Only these records."),
        click.option(
            "--method", type=click.Choice(list(METHODS)),
            help="How it is drawn.  [default: mus; of records: equal]",
        ),
        click.option("--confidence", default="95%", show_default=True, metavar="RATE",
                     help="Of each bound by itself."),
        click.option("--tolerable", default="1%", show_default=True, metavar="RATE|AMOUNT",
                     help="The most misstatement that is tolerable."),
        click.option("--expected", default="0", show_default=True, metavar="RATE|AMOUNT",
                     help="What is expected; the sample is as large as that needs."),
        click.option("--bound", type=click.Choice(["hoeffding", "stringer"]),
                     help="What judges mus.  [default: hoeffding, which is proved]"),
        click.option("--strata", metavar="KEYS", default="",
                     help="carrier, measure, nature, day, home_province, band: joined by commas."),
        click.option("--allocation", type=click.Choice(["proportional", "neyman"]),
                     help="How strata share the draws.  [default: proportional]"),
        click.option("--preset", metavar="NAME", help="What a standard asks: qcvn36."),
        click.option("--limit", "limits", multiple=True, metavar="NAME=RATE", callback=_limits,
                     help="The greatest rate of a result of records. May be repeated."),
        click.option("--size", type=click.IntRange(1), help="Draw so many, by --method equal."),
    )):  # fmt: skip
        function = option(function)
    return function


@click.group("sample")
def command() -> None:
    """Draw a sample of what a carrier claims, and say what it shows.

    In this order: `frame` freezes the units and how they are drawn; ministry and carrier each make
    a secret seed (`seed`) and `commit` to it; both `reveal`; `draw` follows from all of it, and
    anybody can draw it again; `evaluate` bounds what was misstated. docs/sampling.md says what is
    proved of each bound.
    """


@command.command("size")
@design_options
@home_option
@json_option
def size(home: Path, as_json: bool, **design: Any) -> None:
    """Tell how many would be drawn. Nothing is written.

    \b
    Example: doisoat sample size 2021-08 --carrier viettel --tolerable 1% --expected 0.1%
    """
    _, content = _designed(home, design)
    if as_json:
        print_json(in_unit(content))
    else:
        print_frame(content)


@command.command("frame")
@design_options
@click.option("--again", is_flag=True, help="Once more, since the last one was begun and left.")
@why_option()
@home_option
@json_option
def frame(home: Path, as_json: bool, why: str, again: bool, **design: Any) -> None:
    """Freeze a frame and how it is drawn, by digest. Nothing of it can be changed afterwards.

    The claim that records will be looked up in is frozen with them. Samples of the same that were
    begun before are told in the log, and by `evaluate`.

    \b
    Examples:
      doisoat sample frame 2021-08 --carrier viettel --lines ke-khai.csv --tolerable 0.5%
      doisoat sample frame 2021-08 --carrier viettel --method stratified --strata measure,band
      doisoat sample frame 2021-08 --carrier viettel --usage --claim
      doisoat sample frame 2021-08 --carrier viettel --usage --preset qcvn36
    """
    from doisoat.settlement.sampling.act import freeze

    units, content = _designed(home, design)
    _tell(freeze(home, units, content, why, is_repeated=again), as_json)


@command.command("seed")
@click.argument("file", type=FILE)
@click.option("--sample", metavar="ID", help="The whole id of a sample to commit to.")
@click.option("--as", "party", metavar="PARTY", help="ministry, or the carrier; with --sample.")
@home_option
@json_option
def seed(file: Path, sample: str | None, party: str | None, home: Path, as_json: bool) -> None:
    """Make a secret seed in FILE, or tell the commitment of one that is there.

    Needs no home: a carrier makes its commitment where it keeps its seed, and sends it. A seed that
    lies in HOME is refused.

    \b
    Example: doisoat sample seed hat-giong.txt --sample 0f3c… --as viettel
    """
    from doisoat.settlement.sampling.joint_seed import commitment_of
    from doisoat.settlement.sampling.seed_file import make_seed, read_seed

    if (sample is None) != (party is None):
        raise click.UsageError(
            message("--sample and --as go together: a commitment is bound to both.")
        )
    if sample is not None and (len(sample) != 32 or not set(sample) <= set("0123456789abcdef")):
        raise click.UsageError(message("--sample is the whole id, 32 hex digits."))
    _refuse_inside(file, home)
    is_new = not file.exists()
    secret = make_seed(file) if is_new else read_seed(file)
    about = {"file": str(file), "made": is_new}
    if sample is not None and party is not None:
        about["commitment"] = commitment_of(sample, party, secret)
    if as_json:
        print_json(about)
        return
    echo(message("seed") + f"\t{file}\t" + (message("made") if is_new else message("was there")))
    if "commitment" in about:
        echo(message("commitment") + f"\t{about['commitment']}")


@command.command("commit")
@click.argument("sample", metavar="ID")
@click.option("--as", "party", required=True, metavar="PARTY", help="ministry, or the carrier.")
@click.option("--seed-file", type=FILE, help="The secret seed; it stays where it is.")
@click.option("--commitment", metavar="HEX", help="As the party sent it, in place of its seed.")
@home_option
@json_option
def commit(
    sample: str, party: str, seed_file: Path | None, commitment: str | None, home: Path,
    as_json: bool,
) -> None:  # fmt: skip
    """Publish a party's commitment to its secret seed, in the log of the home.

    \b
    Example: doisoat sample commit 0f3c --as ministry --seed-file ~/hat-giong.txt
    """
    from doisoat.settlement.sampling.act import commit_to

    if (seed_file is None) == (commitment is None):
        raise click.UsageError(message("Give either --seed-file or --commitment."))
    seed_or_commitment = commitment if seed_file is None else _seed_outside(seed_file, home)
    _tell(commit_to(home, sample, party, seed_or_commitment or ""), as_json)


@command.command("reveal")
@click.argument("sample", metavar="ID")
@click.option("--as", "party", required=True, metavar="PARTY", help="ministry, or the carrier.")
@click.option("--seed-file", type=FILE, required=True, help="The seed; the log tells it then.")
@home_option
@json_option
def reveal(sample: str, party: str, seed_file: Path, home: Path, as_json: bool) -> None:
    """Publish a party's seed, once all have committed; it is held to the commitment.

    \b
    Example: doisoat sample reveal 0f3c --as ministry --seed-file ~/hat-giong.txt
    """
    from doisoat.settlement.sampling import act as steps

    _tell(steps.reveal(home, sample, party, _seed_outside(seed_file, home)), as_json)


@command.command("draw")
@click.argument("sample", metavar="ID")
@csv_option("Write what was drawn, as the form of `sample evaluate`.")
@click.option("--xlsx", type=FILE, metavar="FILE.xlsx", help="The same form as a workbook.")
@exports_options
@home_option
@json_option
def draw(
    sample: str,
    table: Path | None,
    csv_style: "Style",
    xlsx: Path | None,
    files: tuple[Path, ...],
    mappings: tuple[Path, ...],
    home: Path,
    as_json: bool,
) -> None:
    """Draw what frame, design and both seeds say; the same again any time, and anywhere.

    Of events that lie in the home the form has source file and row; with --files also the key in
    its source.

    \b
    Example: doisoat sample draw 0f3c --csv mau.csv --files xuat/
    """
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.sampling import act as steps
    from doisoat.settlement.sampling.addresses import addresses_of
    from doisoat.settlement.sampling.form import as_form, write_book
    from doisoat.settlement.what_if.output_files import check_target, swapped, write_text

    check_target("--csv", table, ".csv")
    check_target("--xlsx", xlsx, ".xlsx")
    check_exports(files, table or xlsx)
    step = steps.draw(home, sample)
    if table is not None or xlsx is not None:
        addresses, lacking = addresses_of(open_home(home), step.sample, files, mappings)
        if files:
            say_lacking(lacking, addresses.height)
    if table is not None:
        text = as_form(step.sample, addresses, csv_style)
        swapped(table, lambda path: write_text(path, text))
    if xlsx is not None:
        swapped(xlsx, lambda path: write_book(path, step.sample, addresses))
    _tell(step, as_json)


@command.command("evaluate")
@click.argument("sample", metavar="ID")
@click.argument("file", type=FILE, required=False)
@click.option(
    "--lines",
    type=FILE,
    metavar="FILE",
    help="Of drawn records: the list of lines that was frozen with them.",
)
@click.option("--claim", is_flag=True, help="Of drawn records: the claim frozen with them.")
@why_option()
@home_option
@json_option
def evaluate(
    sample: str, file: Path | None, lines: Path | None, claim: bool, why: str, home: Path,
    as_json: bool,
) -> int | None:  # fmt: skip
    """Say what was found of each unit drawn, and bound what is misstated in all.

    FILE is what `draw` writes, filled in (CSV parted by , ; or tab, or XLSX): of lines the amount
    that is right (audited), of records the result (right, missing, wrong; of a preset its own).
    Of records that were frozen with a claim, --claim or --lines FILE in its place looks each up in
    it, beside the run that was in force then; any other claim is refused. Exit status 3: it is not
    shown that what is misstated is tolerable.

    \b
    Examples:
      doisoat sample evaluate 0f3c mau.csv
      doisoat sample evaluate 77ab --lines ke-khai.csv
    """
    from doisoat.engine.store.home import open_home
    from doisoat.errors import EXIT_DISAGREEMENTS
    from doisoat.settlement.sampling.judgement import judge
    from doisoat.settlement.sampling.line_comparison import superseded_by

    if sum((file is not None, lines is not None, claim)) != 1:
        raise click.UsageError(message("Give one of FILE, --lines FILE and --claim."))
    opened = open_home(home)
    step, evaluation = judge(opened, sample, file, lines, claim, why)
    version = superseded_by(opened, step.sample)
    if as_json:
        shown = {"evaluation": evaluation.as_object(), "superseded_by": version}
        print_json(in_unit({**step.as_object(), **shown}))
    else:
        print_sample(step.sample)
        print_evaluation(evaluation, step.sample.design)
        print_beside(step.sample, version)
    return None if evaluation.verdict == "tolerable" else EXIT_DISAGREEMENTS


@command.command("status")
@click.argument("sample", metavar="ID")
@home_option
@json_option
def status(sample: str, home: Path, as_json: bool) -> None:
    """Tell how a sample stands: its steps as the log has them, what it waits for, what it shows.

    Also whether it was begun and left, and what others of the same carrier and month were begun:
    whoever drew several might show the one that pleases him.

    \b
    Example: doisoat sample status 0f3c
    """
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.log.journal import refuse_altered
    from doisoat.settlement.sampling.line_comparison import superseded_by
    from doisoat.settlement.sampling.records import sample_of

    opened = open_home(home)
    refuse_altered(opened)
    stored = sample_of(opened, sample)
    version, content = superseded_by(opened, stored), stored.as_object()
    if as_json:
        entries = [dict(entry) for entry in stored.life.entries]
        print_json({**in_unit(content), "superseded_by": version, "entries": entries})
        return
    print_sample(stored)
    print_history(stored)
    print_beside(stored, version)


@command.command("list")
@home_option
@json_option
def list_(home: Path, as_json: bool) -> None:
    """List the samples of a home, and what each waits for.

    \b
    Example: doisoat sample list
    """
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.log.journal import refuse_altered
    from doisoat.settlement.sampling.line_comparison import superseded_by
    from doisoat.settlement.sampling.records import samples

    opened = open_home(home)
    refuse_altered(opened)
    all_samples = samples(opened)
    rows = [
        in_unit(sample.as_object()) for sample in all_samples
    ]  # all of it is read before anything is printed
    if as_json:
        print_json({"samples": rows})
        return
    for sample in all_samples:
        print_sample(sample)
        print_beside(sample, superseded_by(opened, sample))
    if not all_samples:
        echo(message("There is no sample"))


def _refuse_inside(file: Path, home: Path) -> None:
    from doisoat.errors import KeyFileError

    if file.resolve().is_relative_to(home.resolve()):
        raise KeyFileError(
            message("the seed lies inside the home, so whoever has the home knows it"),
            str(file),
            message("keep it elsewhere until it is revealed"),
        )


def _seed_outside(file: Path, home: Path) -> bytes:
    from doisoat.settlement.sampling.seed_file import read_seed

    _refuse_inside(file, home)
    return read_seed(file)


def _designed(home: Path, options: dict[str, Any]) -> tuple["pl.DataFrame", dict[str, Any]]:
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.sampling.sample_request import designed

    strata = tuple(key.strip() for key in options.pop("strata").split(",") if key.strip())
    if options["lines"] is not None and options["claim"]:
        raise click.UsageError(message("Give one of --lines and --claim."))
    return designed(open_home(home), strata=strata, **options)


def _tell(step: "StepResult", as_json: bool) -> None:
    if as_json:
        print_json(in_unit(step.as_object()))
        return
    print_sample(step.sample)
    if step.already:
        echo("  " + message("done before, nothing was written"))
