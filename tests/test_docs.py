"""What the documents say is true: commands, outputs, options, links and contracts.

    python -m tests.test_docs --write    writes docs/cli.md, which is made from the commands' help,
                                         and the object in the README that settle --json prints

An example in a document is a fenced block that begins with `$ doisoat`. It is run, and each line
shown must be printed, in the order shown: `…` alone stands for lines left out, and at the end of a
line for the rest of it. The examples of the README are of a small world; nothing here is of the
default one.
"""

import inspect
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap
import tomllib
from pathlib import Path
from typing import get_args

import click
import pytest
import yaml

from doisoat import cli, errors
from doisoat.tariffs.models.field_types import Sourced
from doisoat.tariffs.models.package_model import Cap, Measure, Scope, Where
from tests import forks
from tests.intake.test_foreign import FOREIGN, INPUTS
from tests.integration.conftest import passphrase_in
from tests.integration.test_overlay_drafts import filled_book
from tests.made_once import copy_of_made
from tests.ocs_exports import write_exports

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
CLI_PAGE = DOCS / "cli.md"
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.glob("*.md"), *DOCS.glob("adr/*")])
DECISIONS = sorted(DOCS.glob("adr/[0-9]*.md"))
README = (ROOT / "README.md").read_text("utf-8")
CATALOGUE_PAGE = (DOCS / "catalogue.md").read_text("utf-8")
REFUSALS = r'refused\(error, "([a-z-]+)"\)|code: str = "([a-z-]+)"'
WIDTH = 88
LEFT_OUT = "…"
# The groups: their second word is a command.
GROUPS = (
    "key", "catalogue", "store", "mapping", "suspense", "log", "period", "signer", "config",
    "refund", "claim", "variance", "sample", "user",
)  # fmt: skip
MEND = "stale: python -m tests.test_docs --write"
HEAD = """\
# The command line

Made from each command's `--help` by `python -m tests.test_docs --write`; not by hand. In
Vietnamese: `doisoat COMMAND --help --lang vi`. What the commands are for:
[for accountants](accountant.md), [for auditors](auditor.md), [for engineers](engineer.md).
"""
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s#]+)(?:#[^)]*)?\)")


def is_replaced(decision):
    return bool(re.search(r"^Status: accepted \S+ Replaced by ", decision, re.M))


def shown(path):
    return str(path.relative_to(ROOT))


# --- docs/cli.md --------------------------------------------------------------------------------


def helps(command, name, parent=None):
    """(name, help) of a command, then of those below it."""
    settings = {**command.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}
    context = click.Context(command, info_name=name, parent=parent, **settings)
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            yield from helps(command.get_command(context, below), below, context)


def cli_page():
    """The page of the command line, from the commands themselves."""
    parts = [HEAD]
    for path, text in helps(cli.cli, "doisoat"):
        depth = len(path.split()) + (1 if " " not in path else 0)
        parts.append(f"{'#' * depth} {path}\n\n```text\n{text.rstrip()}\n```\n")
    return "\n".join(parts)


def test_the_page_of_the_command_line_is_fresh():
    # In a process of its own: click keeps the first help option that a command was asked for,
    # and other tests ask commands without the group that gives them -h.
    script = "from tests.test_docs import cli_page; print(cli_page(), end='')"
    page = run_script(script, ROOT)
    assert page.returncode == 0, page.stderr
    assert CLI_PAGE.read_text("utf-8") == page.stdout, MEND


# --- examples -----------------------------------------------------------------------------------


def examples(page):
    """(line of the command, lines shown) of each example of a page."""
    for _, body in FENCE.findall(page.read_text("utf-8")):
        if not re.match(r"\$ (?:\w+=\S+ )?doisoat", body):
            continue
        for run in re.split(r"^\$ ", body, flags=re.M)[1:]:
            command, _, output = run.partition("\n")
            yield command, output.splitlines()


def run_line(line, folder, begin=forks.run):
    """Run a command line of a document in a folder, apart from the user's own key and home."""
    script = "import sys; from doisoat.cli import main; main(sys.argv[1:])"
    words = shlex.split(line)
    variables = dict(word.split("=", 1) for word in words[: words.index("doisoat")])
    return run_script(script, folder, *words[len(variables) + 1 :], begin=begin, **variables)


def run_script(script, folder, *args, begin=subprocess.run, **variables):
    """Run Python text in a folder, apart from the user's own key and home; truly begun, or not.

    In both languages, as the pages show them, unless a variable says one.
    """
    others = ("DOISOAT_", "LANG", "LC_") if variables else ("DOISOAT_",)
    env = {name: text for name, text in os.environ.items() if not name.startswith(others)}
    if "PYTHONPATH" in env:  # Of the debug build it is relative to the root.
        paths = env["PYTHONPATH"].split(os.pathsep)
        env["PYTHONPATH"] = os.pathsep.join(str(ROOT / path) for path in paths)
    return begin(
        [sys.executable, "-c", script, *args],
        cwd=folder, capture_output=True, text=True, timeout=300,
        env={
            **env,
            **(variables or {"DOISOAT_LANG": "both"}),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_CONFIG_HOME": str(folder / "config"),
        },
    )  # fmt: skip


def missing(lines, printed):
    """The first line shown that is not printed after those before it; None if all are."""
    rest = iter(printed)
    for line in lines:
        if line.strip() == LEFT_OUT or not line.strip():
            continue
        if line.endswith(LEFT_OUT):
            start = line.removesuffix(LEFT_OUT).rstrip()
            found = any(other.startswith(start) for other in rest)
        else:
            found = any(other.rstrip() == line.rstrip() for other in rest)
        if not found:
            return line
    return None


def make_small(folder):
    """A settled small world in folder/small, made by the README's own lines."""
    made = re.findall(r"^\.venv/bin/(doisoat .*--home small.*)$", README, re.M)
    assert [line.split()[1] for line in made] == ["simulate", "settle"]
    for line in made:
        done = run_line(line, folder)
        assert done.returncode == 0, done.stderr
    return folder


def readme_with(printed):
    """The README with what `settle --json` printed in place of the object that it shows."""
    broken = textwrap.wrap(printed, 120, subsequent_indent=" ", break_on_hyphens=False)
    shown_now = "\n".join(broken)
    return re.sub(r"(?m)^(\$ doisoat settle .*--json\n)\{[^}]*\}", rf"\g<1>{shown_now}", README)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return copy_of_made(tmp_path_factory, "readme", make_small)[0]


@pytest.mark.parametrize(
    ("command", "lines"),
    list(examples(ROOT / "README.md")),
    ids=lambda x: x if type(x) is str else "",
)
def test_an_example_of_the_readme_prints_what_it_shows(small, command, lines):
    done = run_line(command, small, subprocess.run)  # as whoever reads it does
    assert done.returncode == 0, done.stderr
    if "--json" in command:  # The run's id depends on who wrote the world's files (docs/world.md).
        shown_object, printed = json.loads("\n".join(lines)), json.loads(done.stdout)
        assert len(printed["run"]) == len(shown_object.pop("run")) and printed.pop("run")
        assert printed == shown_object, MEND
    else:
        assert missing(lines, done.stdout.splitlines()) is None


@pytest.mark.parametrize("name", ["README.md", "docs/python.md"])
def test_the_python_of_a_page_prints_what_it_shows(small, name):
    page = (ROOT / name).read_text("utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```\n\n```text\n(.*?)^```$", page, re.M | re.S)
    done = run_script(example[0], small)
    assert (done.returncode, done.stdout) == (0, example[1]), done.stderr


@pytest.mark.parametrize("name", ["README.md", "docs/engineer.md", "docs/small-month.md"])
def test_amounts_shown_balance(name):
    """In every example list value − discount = payable."""
    said = re.findall(
        r"list value ([\d.,]+) đ − discount ([\d.,]+) đ = payable ([\d.,]+) đ",
        (ROOT / name).read_text("utf-8"),
    )
    assert said or name != "README.md"
    for amounts in said:
        listed, discount, payable = (int(re.sub("[.,]", "", amount)) for amount in amounts)
        assert listed - discount == payable


# --- files that documents hold ------------------------------------------------------------------


def held(page, folder):
    """Write the files that a page holds: a block under a line that names it as `name`:."""
    text = page.read_text("utf-8")
    files = re.findall(r"`([\w-]+\.(?:yaml|csv|jsonl))`:\n\n?```\w+\n(.*?)^```$", text, re.M | re.S)
    for name, content in files:
        (folder / name).write_text(content, "utf-8")
    return [name for name, _ in files]


# The command that the page leaves to a person: the yellow cells of the sheet of prices.
FILLED_AFTER = "overlay"
ACCOUNTANT = DOCS / "accountant.md"
WORDS_MOST, COMMANDS_MOST = 3_000, 10


def exports_of_the_repository(folder):
    write_exports(folder)


def exports_of_others(folder):
    for path in (Path(INPUTS) / "ocs").glob("*.csv"):
        shutil.copyfile(path, folder / path.name)


def test_the_accountants_page_is_short():
    assert len(ACCOUNTANT.read_text("utf-8").split()) <= WORDS_MOST
    assert len(list(examples(ACCOUNTANT))) <= COMMANDS_MOST


@pytest.mark.parametrize(
    "exports",
    [
        exports_of_the_repository,
        pytest.param(
            exports_of_others,
            marks=pytest.mark.skipif(not FOREIGN, reason="DOISOAT_FOREIGN names no folder"),
        ),
    ],
)
def test_the_accountants_path_leads_from_a_folder_of_exports_to_signed_minutes(tmp_path, exports):
    """Each command that the page prints, in the language that the home is in, and no other."""
    exports(tmp_path)
    script = "import sys; from doisoat.cli import main; main(sys.argv[1:])"
    for command, lines in examples(ACCOUNTANT):
        words = []
        for word in shlex.split(command)[1:]:
            words += sorted(path.name for path in tmp_path.glob(word)) if "*" in word else [word]
        done = run_script(
            script, tmp_path, *words, begin=forks.run, LANG="C.UTF-8",
            DOISOAT_PASSPHRASE_FILE=str(passphrase_in(tmp_path)),
        )  # fmt: skip
        assert done.returncode == 0, (command, done.stderr)
        assert missing(lines, done.stdout.splitlines()) is None, done.stdout
        if FILLED_AFTER in words:
            filled_book(tmp_path / words[words.index("--out") + 1])
    papers = tmp_path / "out" / "papers"
    (minutes,) = papers.glob("*/bien-ban-2021-08-vietnamobile.vi.pdf")
    (document,) = papers.glob("*/doi-soat-2021-08-vietnamobile.json")
    assert minutes.read_bytes().startswith(b"%PDF-")
    paper = json.loads(document.read_text("utf-8"))
    assert paper["issue"]["signed"] and int(paper["statement"]["payable"]) > 0
    assert list((tmp_path / "out" / "packs").glob("2021-08-vietnamobile-*/manifest.json"))


def test_another_country_is_settled_as_shown(tmp_path):
    """From nothing to a statement in shillings, in English as its home says."""
    page = DOCS / "another-country.md"
    assert held(page, tmp_path) == ["discount.yaml"]
    commands = list(examples(page))
    assert [command.split()[1] for command, _ in commands] == [
        "catalogue", "catalogue", "init", "intake", "intake", "settle", "paper", "settle", "signer",
        "signer", "sign", "paper",
    ]  # fmt: skip
    script = "import sys; from doisoat.cli import main; main(sys.argv[1:])"
    for command, lines in commands:
        words = shlex.split(command)[1:]
        done = run_script(
            script, tmp_path, *words, begin=forks.run, LANG="C.UTF-8",
            DOISOAT_PASSPHRASE_FILE=str(passphrase_in(tmp_path)),
        )  # fmt: skip
        assert done.returncode == 0, (command, done.stderr)
        assert missing(lines, done.stdout.splitlines()) is None, done.stdout
    assert len(list(tmp_path.glob("nairobi/papers/*/bien-ban-*.en.pdf"))) == 2  # of both packages


def test_the_page_of_catalogues_says_every_key_of_a_measure():
    """And its example is two measures."""
    section = CATALOGUE_PAGE.partition("\n## What a measure says\n")[2].partition("\n## ")[0]
    (example,) = re.findall(r"^```yaml\n(.*?)^```$", section, re.M | re.S)
    entries = [Measure.model_validate(entry) for entry in yaml.safe_load(example)["measures"]]
    assert [entry.effect.type for entry in entries] == ["grant", "price_cut"]
    effects = get_args(Measure.model_fields["effect"].annotation)
    models = [Measure, Scope, Where, Cap, *effects]
    keys = {
        key for model in models for key in model.model_fields if key not in Sourced.model_fields
    }
    assert len(effects) == 8 and {key for key in keys if f"`{key}`" not in section} == set()


def test_the_tiny_month_runs_as_shown(tmp_path):
    page = DOCS / "small-month.md"
    assert held(page, tmp_path) == ["cong-ty.yaml", "cuoc.csv", "thue-bao.csv"]
    commands = list(examples(page))
    assert [command.split()[1] for command, _ in commands] == [
        "key", "intake", "intake", "settle", "suspense", "suspense", "suspense", "suspense",
        "settle", "explain", "explain", "settle",
    ]  # fmt: skip
    for command, lines in commands:
        done = run_line(command, tmp_path)
        assert done.returncode == 0, done.stderr
        assert missing(lines, done.stdout.splitlines()) is None, done.stdout


def test_a_sample_from_end_to_end_runs_as_shown(tmp_path):
    """On the list, the seeds and the form that the page shows."""
    page = DOCS / "sampling.md"
    text = page.read_text("utf-8")
    names = re.findall(r"`([\w-]+\.(?:csv|txt))`(?=[^\n]*:\n)", text)
    blocks = [
        body for _, body in FENCE.findall(text) if re.match(r"event_id;|[0-9a-f]{64}\n", body)
    ]
    assert names == ["ke-khai.csv", "viettel.txt", "bo.txt", "mau-da-kiem.csv"]
    for name, content in zip(names, blocks, strict=True):
        (tmp_path / name).write_text(content, "utf-8")
        (tmp_path / name).chmod(0o600)  # as a seed must be
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "home.json").write_text('{"format_version": 1, "buckets": 1}')
    commands = list(examples(page))
    assert [command.split()[2] for command, _ in commands] == [
        "frame", "seed", "commit", "commit", "reveal", "status", "reveal", "draw", "evaluate",
    ]  # fmt: skip
    for command, lines in commands:
        done = run_line(command, tmp_path)
        assert done.returncode == 0, done.stderr
        assert missing(lines, done.stdout.splitlines()) is None, done.stdout


def test_the_engineers_measure_is_a_package_that_settles(tmp_path, small):
    page = DOCS / "engineer.md"
    assert held(page, tmp_path) == ["d5.yaml"]
    shutil.copytree(small / "small", tmp_path / "small")
    for command, lines in examples(page):
        done = run_line(command, tmp_path)
        assert done.returncode == 0, done.stderr
        assert missing(lines, done.stdout.splitlines()) is None, done.stdout


@pytest.mark.parametrize(
    ("command", "lines"),
    list(examples(DOCS / "catalogue.md")),
    ids=lambda x: x if type(x) is str else "",
)
def test_an_example_of_the_catalogues_page_prints_what_it_shows(tmp_path, command, lines):
    done = run_line(command, tmp_path)
    assert done.returncode == 0, done.stderr
    assert missing(lines, done.stdout.splitlines()) is None, done.stdout


def test_the_page_names_each_code_of_a_finding():
    """And no other: scripts go by these codes."""
    section = CATALOGUE_PAGE.partition("\n## Check")[2].partition("\n## ")[0]
    said = {
        code
        for row in re.findall(r"^\| (`[a-z-]+`(?:, `[a-z-]+`)*) \|", section, re.M)
        for code in re.findall(r"`([a-z-]+)`", row)
    }
    sources = [*ROOT.glob("tariffs/check/check*.py"), ROOT / "tariffs" / "check" / "findings.py"]
    text = "\n".join(path.read_text("utf-8") for path in sources)
    raised = set(re.findall(r'Finding\(\s+"(?:error|warning)",\s+"([a-z-]+)"', text))
    raised |= {code for pair in re.findall(REFUSALS, text) for code in pair if code}
    assert said == raised


def test_the_what_if_is_compared_as_shown(tmp_path, small):
    page = DOCS / "what-if.md"
    assert held(page, tmp_path) == ["vx3.yaml"]
    shutil.copytree(small / "small", tmp_path / "small")
    commands = list(examples(page))
    assert [command.split()[1] for command, _ in commands] == ["compare", "compare", "sensitivity"]
    for command, lines in commands:
        done = run_line(command, tmp_path)
        assert done.returncode == 0, done.stderr
        assert missing(lines, done.stdout.splitlines()) is None, done.stdout


def test_a_mapping_is_tried_out_and_drafted_as_shown(tmp_path):
    page = DOCS / "intake.md"
    assert held(page, tmp_path) == ["calls.csv", "voice.csv", "enrolments.csv"]
    shown_here = [at for at in examples(page) if at[0].startswith("doisoat mapping")]
    assert [command.split()[2] for command, _ in shown_here] == ["test", "new"]
    for command, lines in shown_here:
        done = run_line(command, tmp_path)
        assert done.returncode == 0, done.stderr
        assert missing(lines, done.stdout.splitlines()) is None, done.stdout


def test_the_page_of_the_announced_figure_has_its_drawing_and_its_caution():
    page = (DOCS / "announced-figure.md").read_text("utf-8")
    (drawing,) = re.findall(r"!\[[^]]*\]\((\S+\.svg)\)", page)
    drawn = (DOCS / drawing).read_text("utf-8")
    bundles = re.findall(r"^\| `(\w+)`: (.*?) / ", page.partition("## By measure")[0], re.M)
    assert bundles and all(title in drawn for _, title in bundles)
    assert "no confidence interval" in page and "SYNTHETIC DATA" in page


def test_the_quotes_are_answered_as_shown(tmp_path):
    page = DOCS / "quote.md"
    files = ["prices.yaml", "calls.jsonl", "charges.yaml", "half.yaml", "months.jsonl"]
    assert held(page, tmp_path) == files
    statuses = []
    for command, lines in examples(page):
        done = run_line(command, tmp_path)
        assert missing(lines, done.stdout.splitlines()) is None, done.stdout + done.stderr
        statuses.append(done.returncode)
    assert statuses == [0, errors.IntakeError.exit_code, 0]


# --- names that documents use -------------------------------------------------------------------


def options_of(words):
    """The options of the command that the words name; None if there is no such command."""
    context = click.Context(cli.cli, info_name="doisoat")
    command: click.Command | None = cli.cli
    for word in words:
        if isinstance(command, click.Group):
            command = command.get_command(context, word)
    if command is None:
        return None
    return {"--help", *(name for parameter in command.params for name in parameter.opts)}


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_commands_and_options_that_a_page_names_exist(page):
    text = page.read_text("utf-8")
    if is_replaced(text):
        pytest.skip("what it decided is no more")
    lines = [line for _, body in FENCE.findall(text) for line in body.splitlines()]
    lines = [line.removeprefix("$ ") for line in lines] + re.findall(r"`([^`\n]+)`", text)
    for line in lines:
        words = line.removeprefix(".venv/bin/").split()
        if len(words) < 2 or words[0] != "doisoat" or not re.match(r"[a-z]+$", words[1]):
            continue
        known = options_of(words[1:4] if words[1] in GROUPS else words[1:2])
        assert known is not None, line
        used = {word.partition("=")[0].strip("[]") for word in words if re.match(r"\[?--", word)}
        assert used <= known, line


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_make_targets_that_a_page_names_exist(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    text = page.read_text("utf-8")
    assert set(re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)", text, re.M)) <= {
        pair for name in targets for pair in ((name, ""), ("", name))
    }


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_links_lead_somewhere(page):
    text = FENCE.sub("", page.read_text("utf-8"))
    for target in LINK.findall(text):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), target


def test_the_index_names_every_page():
    named = LINK.findall((DOCS / "README.md").read_text("utf-8"))
    assert {path.name for path in DOCS.glob("*.md")} - {"README.md"} <= set(named)
    assert "adr/README.md" in named  # which names the decisions


# --- contracts ----------------------------------------------------------------------------------


KILLED = {137, 143}  # by SIGKILL and SIGTERM: no status of ours


@pytest.mark.parametrize("page", [ROOT / "README.md", DOCS / "batch.md"], ids=shown)
def test_a_page_for_schedulers_states_each_exit_status(page):
    text = page.read_text("utf-8")
    stated = {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.M)} - KILLED
    codes = {
        kind.exit_code
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.DoisoatError)
    }
    assert stated == codes | {0, errors.EXIT_USAGE, errors.EXIT_DISAGREEMENTS}


def test_the_readme_names_the_default_worlds_run_or_says_that_it_is_to_be_filled_in():
    found = re.findall(r"^\| (run id|digest) \| `([^`]+)` \|", README, re.M)
    assert [name for name, _ in found] == ["run id", "digest"]
    (_, run), (_, digest) = found
    filled = re.fullmatch(r"[0-9a-f]{32}", run) and re.fullmatch(r"[0-9a-f]{64}", digest)
    assert filled or (run, digest) == ("RUN_ID", "DIGEST")


def test_each_dependency_has_its_line_of_decision():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    needed = [*project["dependencies"], *(one for some in extras for one in some)]
    page = next(path for path in DECISIONS if "dependencies" in path.name).read_text("utf-8")
    for requirement in needed:
        name = re.split(r"[^\w.-]", requirement)[0]
        assert re.search(rf"^\| {re.escape(name)} ", page, re.M), name


@pytest.mark.parametrize("path", DECISIONS, ids=shown)
def test_a_decision_has_its_number_its_status_and_its_test(path):
    text = path.read_text("utf-8")
    number = int(path.name[:4])
    assert DECISIONS[number - 1] == path  # numbered from 1, without a gap
    assert re.match(rf"# {number}\. .+\nStatus: accepted 20\d\d-\d\d-\d\d\. ", text)
    for head in ("Context: ", "Rejected: ", "Checked by: "):
        assert re.search(rf"^{head}", text, re.M), head
    checked = "" if is_replaced(text) else text.partition("\nChecked by: ")[2]
    for name in re.findall(r"(?:tests|settlement|benchmarks)/[\w./]*\w", checked):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("guide", ["accountant.md", "auditor.md", "engineer.md"])
def test_each_reader_is_led_to_what_carriers_claim(guide):
    links = set(LINK.findall((DOCS / guide).read_text("utf-8")))
    assert {"claims.md", "reconcile.md", "sampling.md", "plausibility.md"} <= links
    assert {
        "docs/claims.md",
        "docs/reconcile.md",
        "docs/sampling.md",
        "docs/plausibility.md",
    } <= set(LINK.findall(README))


def test_the_decisions_are_listed_by_theme_once_each_with_what_replaces_them():
    page = (DOCS / "adr/README.md").read_text("utf-8")
    listed = re.findall(r"^\| (\d+) \| \[(.+)\]\((.+)\) \| (.+) \|$", page, re.M)
    assert sorted(int(number) for number, *_ in listed) == list(range(1, len(DECISIONS) + 1))
    for number, title, name, status in listed:
        text = (DOCS / "adr" / name).read_text("utf-8")
        assert text.partition("\n")[0] == f"# {number}. {title}", name
        assert is_replaced(text) == status.startswith("replaced by "), name
        if not is_replaced(text):
            in_part = re.findall(r"replaced by ADR (\d+)", text.split("\n")[1])
            assert re.findall(r"replaced by (\d+)", status) == in_part, name


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit(f"usage: python -m tests.test_docs --write\n\n{__doc__}")
    CLI_PAGE.write_text(cli_page(), "utf-8")
    with tempfile.TemporaryDirectory() as temporary:
        folder_made = make_small(Path(temporary))
        done_again = run_line("doisoat settle --home small --json", folder_made)
    (ROOT / "README.md").write_text(readme_with(done_again.stdout.strip()), "utf-8")
