"""Holds the code against the one catalogue of words: messages/vi.po, and others beside it.

    python -m tests.messages            names what does not fit; exit status 1: something does not
    python -m tests.messages --update   adds new messages to each .po, and drops those without a use

A message is a call of `message`, `message_in`, `words_in`, `counted_message` or `template`, its
English a literal; in a paper's template `t("…")`, `t("…", of: "context")` or `filled("…", …)`; in
the page's JavaScript `t("…")`, `t.in("context", "…")` or `t.n("…", "…")`; in SQL that declares
tables a comment of one or of a column; in the help of a command a paragraph, or an option's. What
can be wrong: a message without an entry, or without a translation; an entry or a template without a
use; fields that a call does not give, or a translation has not; a .mo of another .po; a text that
stands in two languages in the code; Vietnamese in a product's source at all, but for ONE_LANGUAGE
and OWN_WORDS, which have no English.
"""

import argparse
import ast
import io
import re
import string
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from doisoat import cli
from doisoat.commands import help_words
from doisoat.messages.compile_po import compiled_po
from doisoat.messages.javascript import UnreadableCall, messages_in
from doisoat.messages.text import Text
from doisoat.settlement.database.tables import tables_in
from doisoat.settlement.papers.typeset import texts_in

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "messages"
TABLES = ("settlement/database/sql/*.sql", "settlement/web/sql/tables_of_readers.sql")
CALLS = {  # and how many literals come first
    "message": 1, "message_in": 2, "counted_message": 2, "template": 1,
    "template_in": 2,
}  # fmt: skip
HEADER = """\
# {language} of doisoat. Keys are the English of the code; fields in braces stay as they are.
# python -m tests.messages --update adds what is new; python -m tests.messages checks.
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""
WIDTH = 96
# Every message may name them; no call gives them.
CURRENCY_FIELDS = {
    "currency_name", "currency_own_name", "currency_unit", "currency_own_unit", "currency_sign",
    "tax_name", "Tax_name", "tax_percent", "tax_share", "zone_name",
}  # fmt: skip
PAGE = ("settlement/web/static/*.js", "settlement/web/static/*.html")
UNIT = re.compile(r"(?<![^\W\d_])(?:đồng|đ)(?!\w)")  # which English takes as it is
LETTERS = re.compile("[àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ]", re.I)


# Sources whose Vietnamese translates nothing, and why.
ONE_LANGUAGE = {
    "words.py": "amounts spelt out as Vietnamese papers have them",
    "engine/intake/draft/status.py": "words of files, in both languages",
    "telephone.py": "units of people's texts, after which digits are no telephone number",
}
# Literals of other sources that do so: what people write in files of theirs, and proper names.
OWN_WORDS = {
    "engine/tables/csv_writer.py": {
        r"|(\d{1,4}[-/ .,]*)?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|thg|th|tháng)[a-z]*"
    },
    "engine/tables/formats.py": {"(?:₫|đ|đồng|dong|VND|VNĐ)"},
    "settlement/claims/claim_row.py": {"^(?:kỳ )?(?:tháng )?", " năm "},
    "settlement/claims/form.py": {"cộng", "tổng", "tổng cộng", "không rõ"},
    "settlement/papers/house_style.py": {
        "lẻ", "tư", "bốn", "nghìn", "ngàn", "^[A-ZĐ0-9]+(-[A-ZĐ0-9]+)*$",
    },
    "settlement/tie_out/amounts.py": {
        "nghìn", "nghìn ", "ngàn", "ngàn ", "triệu", "triệu ",
    },
    "tariffs/models/source_words.py": {  # English that names a place, or quotes a page
        "tablets for Đồng Nai and Long An", "tablets for Đồng Nai and Long An: 4 GB a day",
        "{word} and danh mục", '"3 tháng", then "50.000 đồng/30 ngày"',
    },
}  # fmt: skip


class Use(NamedTuple):
    """A message where the code makes it."""

    context: str | None
    key: str
    many: str | None  # English of more than one
    fields: frozenset[str] | None  # that the call gives; None: by a mapping
    where: str

    @property
    def entry(self) -> tuple[str | None, str]:
        return self.context, self.key


def product(pattern: str = "*.py") -> list[Path]:
    """Files whose texts a user reads: Python, or the page's sources."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", pattern],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    paths = sorted(set(listed.stdout.split()))
    return [
        ROOT / path
        for path in paths
        if not path.startswith(("tests/", "benchmarks/", "setup.py")) and (ROOT / path).exists()
    ]


def uses_in(path: Path) -> Iterator[Use | str]:
    """Each message that a module makes; a text names one that nobody can look up."""
    yield from _uses_of(ast.parse(path.read_text("utf-8")), path)


def _uses_of(tree: ast.AST, path: Path) -> Iterator[Use | str]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        if node.func.id == "words_in":
            yield from _uses_of_words(node, path)
            continue
        count = CALLS.get(node.func.id)
        if count is None:
            continue
        where = f"{path.relative_to(ROOT)}:{node.lineno}"
        texts = [
            argument.value
            for argument in node.args
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        ]
        if len(texts) != count or len(node.args) != count:
            if path.parent == FOLDER:  # where messages are made
                continue
            yield f"{where}: the key is not a literal: {ast.unparse(node)[:80]}"
            continue
        fields = None
        if not node.func.id.startswith("template") and all(
            keyword.arg for keyword in node.keywords
        ):
            fields = frozenset(str(keyword.arg) for keyword in node.keywords)
        context = texts[0] if node.func.id in ("message_in", "template_in") else None
        many = texts[1] if node.func.id == "counted_message" else None
        yield Use(context, texts[0] if context is None else texts[1], many, fields, where)


def uses_in_cython(path: Path) -> Iterator[Use | str]:
    """The same of a Cython module, whose calls of messages are Python."""
    source = path.read_text("utf-8")
    for found in re.finditer(
        r"(?<![\w.])(?:message|message_in|counted_message|template|template_in)\(", source
    ):
        call = _call_at(source, found.start())
        line = source.count("\n", 0, found.start())
        yield from _uses_of(ast.parse("\n" * line + call), path)


def _call_at(source: str, start: int) -> str:
    """A call in a source, from its name to the bracket that closes it."""
    depth = 0
    for token in tokenize.generate_tokens(io.StringIO(source[start:]).readline):
        depth += {"(": 1, ")": -1}.get(token.string, 0)
        if token.string == ")" and depth == 0:
            lines = source[start:].splitlines(keepends=True)[: token.end[0]]
            return "".join(lines[:-1]) + lines[-1][: token.end[1]]
    raise ValueError(f"a call that nothing closes: {source[start : start + 60]}")


def uses_in_page(path: Path) -> Iterator[Use | str]:
    """Each message that a source of the page makes, and what of it no catalogue can translate."""
    source, name = path.read_text("utf-8"), path.relative_to(ROOT)
    try:
        for use in messages_in(source):
            yield Use(use.context, use.key, use.many, use.fields, f"{name}:{use.line}")
    except UnreadableCall as error:
        yield f"{name}:{error}"
    for number, line in enumerate(source.splitlines(), start=1):
        if LETTERS.search(UNIT.sub("", line)):
            yield f"{name}:{number}: Vietnamese, which stands in vi.po: {line.strip()[:70]}"


def uses_in_template(path: Path) -> Iterator[Use | str]:
    """Each text of a paper's template, and what of it no catalogue can translate."""
    source, name = path.read_text("utf-8"), path.relative_to(ROOT)
    for said in texts_in(source):
        where = f"{name}:{said.line}"
        if said.in_two:
            yield f"{where}: one text in two languages: {said.key[:70]}"
        else:
            yield Use(said.context, said.key, None, None, where)
    for number, line in enumerate(source.splitlines(), start=1):
        if LETTERS.search(UNIT.sub("", re.sub(r"(?<!:)//.*", "", line))):
            yield f"{name}:{number}: Vietnamese, which stands in vi.po: {line.strip()[:70]}"


def uses_in_help() -> Iterator[Use]:
    """Each text of the help of every command, which `help_words` looks up."""
    texts = [
        *help_words.TITLES,
        *cli.GROUPS,
        *(entry.short_help for entry in cli.COMMANDS.values()),
    ]
    texts += _help_below(cli.cli, click.Context(cli.cli))
    for text in dict.fromkeys(texts):
        yield Use(help_words.CONTEXT, text, None, None, "help")


def _help_below(command: click.Command, context: click.Context) -> Iterator[str]:
    yield from help_words.help_of(command)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _help_below(below, context)


def uses_in_tables(path: Path) -> list[Use]:
    """Each comment of what a file of SQL declares, which `database.tables` makes a message of."""
    uses: list[Use] = []

    def say(key: str, context: str | None) -> Text:
        uses.append(Use(context, key, None, frozenset(), str(path.relative_to(ROOT))))
        return Text.alike(key)

    tables_in(path, say)
    return uses


def _uses_of_words(node: ast.Call, path: Path) -> Iterator[Use]:
    context, *keys = (ast.literal_eval(argument) for argument in node.args)
    where = f"{path.relative_to(ROOT)}:{node.lineno}"
    yield from (Use(context, key, None, frozenset(), where) for key in keys)


def faults_of_templates(paths: list[Path]) -> Iterator[str]:
    """Templates with a name that nothing uses, or that are filled with other fields than theirs."""
    trees = {path: ast.parse(path.read_text("utf-8")) for path in paths}
    templates: dict[str, set[frozenset[str]]] = {}
    for tree in trees.values():
        for statement in tree.body:
            match statement:
                case ast.Assign(
                    targets=[ast.Name(id=name)],
                    value=ast.Call(
                        func=ast.Name(id="template"), args=[ast.Constant(value=str(key))]
                    ),
                ):
                    templates.setdefault(name, set()).add(fields_of(key))
    used = set()
    for path, tree in trees.items():
        for node in ast.walk(tree):
            match node:
                case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name):
                    used.add(name)
                case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), keywords=fields):
                    given = frozenset(str(field.arg) for field in fields)
                    if (
                        name in templates
                        and "None" not in given
                        and all(given != wanted - CURRENCY_FIELDS for wanted in templates[name])
                    ):
                        where = f"{path.relative_to(ROOT)}:{node.lineno}"
                        yield f"{where}: {name} has other fields than {sorted(given)}"
    for name in sorted(templates.keys() - used):
        yield f"a template without a use: {name}"


def fields_of(template: str) -> frozenset[str]:
    """Fields of a message. Raises: ValueError for one that has a form, or no name."""
    names = set()
    for _, name, spec, conversion in string.Formatter().parse(template):
        if name is not None:
            if spec or conversion or not name.isidentifier():
                raise ValueError(f"a field is a name alone: {template!r}")
            names.add(name)
    return frozenset(names)


def literals_of_two(path: Path) -> Iterator[str]:
    """Literals with something before ` | ` and after it: what would be a text in two languages."""
    tree = ast.parse(path.read_text("utf-8"))
    passed_over = set()  # parts of f-strings, docstrings, types
    for node in ast.walk(tree):
        below: list[ast.AST | None] = []
        match node:
            case ast.JoinedStr(values=values):
                below = list(values)
            case ast.Expr(value=value):
                below = [value]
            case ast.AnnAssign(annotation=kind, value=value) if "TypeAlias" in ast.unparse(kind):
                below = [value]
            case ast.AnnAssign(annotation=kind) | ast.arg(annotation=kind):
                below = [kind]
            case ast.FunctionDef(returns=kind) | ast.AsyncFunctionDef(returns=kind):
                below = [kind]
        passed_over |= {id(part) for top in below if top for part in ast.walk(top)}
        if isinstance(node, ast.JoinedStr):
            passed_over -= {id(part) for part in _whole_literals(node)}
    for node in ast.walk(tree):
        if id(node) in passed_over:
            continue
        text = ""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        elif isinstance(node, ast.JoinedStr):
            text = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
            )
        if re.search(r"\S \| +\S", text):
            line = getattr(node, "lineno", 0)
            yield f"{path.relative_to(ROOT)}:{line}: a literal of two languages: {text[:70]}"


def vietnamese_in(path: Path) -> Iterator[str]:
    """Literals of Python or Cython with Vietnamese that the catalogue of words should have."""
    name = str(path.relative_to(ROOT))
    if name in ONE_LANGUAGE:
        return
    own_words = OWN_WORDS.get(name, set())
    unused = set(own_words)
    begins = True  # a statement: a text there is a docstring
    for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline):
        if token.type == tokenize.STRING and not begins and LETTERS.search(token.string):
            text = _text_of(token.string)
            unused.discard(text)
            if text not in own_words and LETTERS.search(UNIT.sub("", text)):
                yield f"{name}:{token.start[0]}: Vietnamese, which stands in vi.po: {text[:70]!r}"
        if token.type not in (tokenize.COMMENT, tokenize.NL):
            begins = token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
    for text in sorted(unused):
        yield f"{name}: OWN_WORDS has {text!r}, which is not there"


def _text_of(literal: str) -> str:
    """What a literal says, the fields of an f-string as they are written."""
    prefix, rest = re.fullmatch(r"(\w*)(.*)", literal, re.DOTALL).groups()  # type: ignore[union-attr]
    return str(ast.literal_eval(re.sub("[fF]", "", prefix) + rest))


def pairs_in(path: Path) -> Iterator[str]:
    """Texts in two languages: `Text("…", "…")`, `title="…", title_en="…"`, `vi` beside `en`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        pairs: list[tuple[ast.expr, ast.expr]] = []
        match node:
            case ast.Call(func=ast.Name(id="Text"), args=[first, second, *_]):
                pairs = [(first, second)]
            case ast.Call(keywords=keywords):
                named = {word.arg: word.value for word in keywords}
                pairs = [
                    (named[str(name).removesuffix("_en")], value)
                    for name, value in named.items()
                    if str(name).endswith("_en") and str(name).removesuffix("_en") in named
                ]
            case ast.Dict(keys=keys, values=values):
                named = {
                    key.value: value
                    for key, value in zip(keys, values, strict=True)
                    if isinstance(key, ast.Constant) and isinstance(key.value, str)
                }
                pairs = [(named["vi"], named["en"])] if {"vi", "en"} <= named.keys() else []
        for first, second in pairs:
            if _has_words(first) and _has_words(second):
                where = f"{path.relative_to(ROOT)}:{first.lineno}"
                yield f"{where}: one text in two languages: {ast.unparse(second)[:70]}"


def _has_words(node: ast.expr) -> bool:
    """Is an expression a literal in which something is to be read?"""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    texts = [str(part.value) for part in parts if isinstance(part, ast.Constant)]
    return bool(re.search(r"[^\W\d_]", UNIT.sub("", "".join(texts))))


def _whole_literals(node: ast.JoinedStr) -> Iterator[ast.AST]:
    """Literals inside the fields of an f-string: texts of their own."""
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            yield from ast.walk(part.value)


def read(path: Path) -> Catalog:
    return read_po(io.BytesIO(path.read_bytes()), locale=path.stem)


def write(path: Path, catalogue: Catalog) -> None:
    """Entries by their English, so that two branches that add some seldom meet."""
    written = io.BytesIO()
    write_po(
        written, catalogue, width=WIDTH, omit_header=True, sort_output=True, no_location=True,
        ignore_obsolete=True,
    )  # fmt: skip
    head = HEADER.format(language=path.stem, plurals=catalogue.plural_forms)
    path.write_text(head + written.getvalue().decode().strip("\n") + "\n", "utf-8")


def updated(path: Path, uses: list[Use]) -> None:
    """Write a .po with an entry for each use, and no other."""
    known = read(path)
    made = Catalog(locale=path.stem)
    for use in sorted(uses, key=lambda use: (use.key, use.context or "")):
        old = known.get(use.key, use.context)
        key = use.key if use.many is None else (use.key, use.many)
        text = (
            "" if old is None or isinstance(key, tuple) != isinstance(old.id, tuple) else old.string
        )
        made.add(key, text or ("" if use.many is None else ("",)), context=use.context)
    write(path, made)


def faults_of(path: Path, uses: list[Use]) -> Iterator[str]:
    """What of a catalogue does not fit the code."""
    catalogue, name = read(path), path.name
    entries = {(entry.context, _texts(entry.id)[0]): entry for entry in catalogue if entry.id}
    for use in uses:
        if use.entry not in entries:
            yield f"{use.where}: {name} has no entry: {use.key!r} (--update adds it)"
    used = {use.entry for use in uses}
    for place, entry in entries.items():
        strings = _texts(entry.string)
        if place not in used:
            yield f"{name}: an entry without a use: {place[1]!r}"
        if entry.fuzzy or not all(strings):
            yield f"{name}: not translated: {place[1]!r}"
            continue
        ids = _texts(entry.id)
        wanted = fields_of(ids[-1]) - CURRENCY_FIELDS  # a language may name the currency alone
        for text in strings:
            try:
                differs = fields_of(text) - CURRENCY_FIELDS != wanted
            except ValueError as error:
                yield f"{name}: {error}"
                continue
            if differs:
                yield f"{name}: fields differ from those of {ids[-1]!r}: {text!r}"
    compiled = path.with_suffix(".mo")
    if not compiled.exists() or compiled.read_bytes() != compiled_po(path.read_bytes()):
        yield f"{compiled.name} is not of {name}: run make"


def _texts(of: Any) -> tuple[str, ...]:
    """What Babel has of an entry, which is one text, or one for each of its forms."""
    return (of,) if isinstance(of, str) else tuple(of or ("",))


def faults_of_uses(uses: list[Use]) -> Iterator[str]:
    for use in uses:
        for template in (use.key, *([use.many] if use.many else [])):
            try:
                wanted = fields_of(template)
            except ValueError as error:
                yield f"{use.where}: {error}"
                continue
            given = use.fields if use.many is None else (use.fields or frozenset()) - {"count"}
            wanted -= {"count"} if use.many else frozenset()
            if given is not None and given != wanted - CURRENCY_FIELDS:
                yield f"{use.where}: fields given {sorted(given)}, in the text {sorted(wanted)}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args(arguments)
    found = [use for path in product() for use in uses_in(path)]
    found += [use for path in product("*.pyx") for use in uses_in_cython(path)]
    found += [use for pattern in PAGE for path in product(pattern) for use in uses_in_page(path)]
    found += [use for path in product("*.typ") for use in uses_in_template(path)]
    found += [use for name in TABLES for path in ROOT.glob(name) for use in uses_in_tables(path)]
    found += uses_in_help()
    faults = [use for use in found if isinstance(use, str)]
    uses = [use for use in found if isinstance(use, Use)]
    catalogues = sorted(FOLDER.glob("*.po"))
    if options.update:
        for path in catalogues:
            updated(path, uses)
    faults += faults_of_uses(uses)
    for path in catalogues:
        faults += faults_of(path, uses)
    faults += faults_of_templates(product())
    for path in product():
        faults += [*literals_of_two(path), *vietnamese_in(path), *pairs_in(path)]
    for path in product("*.p[yx][xdi]"):
        faults += vietnamese_in(path)
    print(*faults, sep="\n", end="\n" if faults else "")
    print(f"{len({use.entry for use in uses})} messages, {len(faults)} faults", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
