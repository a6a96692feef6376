"""Holds the code against the one catalogue of words: messages/vi.po, and others beside it.

    python -m tests.messages            names what does not fit; exit status 1: something does not
    python -m tests.messages --update   adds new messages to each .po, and drops those without a use

A message is a call of `message`, `message_in`, `words_in`, `counted_message` or `template`, its
English a literal; in the page's JavaScript `t("…")` or `t.in("context", "…")`; in SQL that declares
tables a comment of one or of a column. What can be wrong: a message without an entry, or without a
translation; an entry or a template without a use; fields that a call does not give, or a
translation has not; a .mo of another .po; a literal of two languages; Vietnamese in the page's
sources.
"""

import argparse
import ast
import io
import re
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from doisoat.messages.compile_po import compiled_po
from doisoat.messages.javascript import UnreadableCall, messages_in
from doisoat.messages.text import Text
from doisoat.settlement.database.tables import tables_in

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "messages"
TABLES = ("settlement/database/sql/*.sql", "settlement/web/sql/tables_of_readers.sql")
CALLS = {  # and how many literals come first
    "message": 1, "message_in": 2, "counted_message": 2, "template": 1,
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
PAGE = ("settlement/web/static/*.js", "settlement/web/static/*.html")
UNIT = re.compile(r"đồng|đ(?=[`\")])")  # which English takes as it is
LETTERS = re.compile("[àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ]", re.I)


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
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        if node.func.id == "words_in":
            yield from _uses_of_words(node, path)
            continue
        count = CALLS.get(node.func.id)
        if count is None or path.parent == FOLDER:
            continue
        where = f"{path.relative_to(ROOT)}:{node.lineno}"
        texts = [
            argument.value
            for argument in node.args
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        ]
        if len(texts) != count or len(node.args) != count:
            yield f"{where}: the key is not a literal: {ast.unparse(node)[:80]}"
            continue
        fields = None
        if node.func.id != "template" and all(keyword.arg for keyword in node.keywords):
            fields = frozenset(str(keyword.arg) for keyword in node.keywords)
        context = texts[0] if node.func.id == "message_in" else None
        many = texts[1] if node.func.id == "counted_message" else None
        yield Use(context, texts[0] if context is None else texts[1], many, fields, where)


def uses_in_page(path: Path) -> Iterator[Use | str]:
    """Each message that a source of the page makes, and what of it no catalogue can translate."""
    source, name = path.read_text("utf-8"), path.relative_to(ROOT)
    try:
        for use in messages_in(source):
            yield Use(use.context, use.key, None, use.fields, f"{name}:{use.line}")
    except UnreadableCall as error:
        yield f"{name}:{error}"
    for number, line in enumerate(source.splitlines(), start=1):
        if LETTERS.search(UNIT.sub("", line)):
            yield f"{name}:{number}: Vietnamese, which stands in vi.po: {line.strip()[:70]}"


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
                    if name in templates and "None" not in given and given not in templates[name]:
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
        wanted = fields_of(ids[-1])
        for text in strings:
            try:
                differs = fields_of(text) != wanted
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
            if given is not None and given != wanted:
                yield f"{use.where}: fields given {sorted(given)}, in the text {sorted(wanted)}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args(arguments)
    found = [use for path in product() for use in uses_in(path)]
    found += [use for pattern in PAGE for path in product(pattern) for use in uses_in_page(path)]
    found += [use for name in TABLES for path in ROOT.glob(name) for use in uses_in_tables(path)]
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
        faults += literals_of_two(path)
    print(*faults, sep="\n", end="\n" if faults else "")
    print(f"{len({use.entry for use in uses})} messages, {len(faults)} faults", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
