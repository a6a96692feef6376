"""What one state alone has, written in the code: its currency, tax, clock, numbers, papers.

    python -m tests.states_in_code      names each place; exit status 1: there is one to mend

A state is data: `jurisdiction.yaml` of a catalogue (ADR 126, 130, 131, 132). So no source of the
product names the đồng, VND, GTGT, VAT, +84, +07:00, Asia/Ho_Chi_Minh, Viet Nam, its motto or its 63
provinces, and none counts with them (Fraction(1, 11), 25_200_000). Read are texts and numbers of
Python, literals of Cython, what else the product reads, and the catalogues of messages. Comments
and docstrings explain by examples, so they are not read; the help of commands is, as messages.

`states_in_code.toml` has the places that are right so, each with its reason. One of them that
nothing is found in any more is a fault too: the list holds no more than what there is.
"""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[1]
ALLOWED = Path(__file__).with_suffix(".toml")
# Tests, the synthetic world and benchmarks live in a state; catalogues are its data.
OTHERS = ("tests/", "fixtures/", "benchmarks/", "docs/", "tariffs/catalogue/")
# What of each kind of file is no comment: a text, or a comment that is left out.
TEXT = r"""(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')"""
LONG_TEXT = r'''(?P<long>"""(?:\\.|[^\\])*?"""|\'\'\'(?:\\.|[^\\])*?\'\'\')'''
PARTS: Mapping[str, re.Pattern[str]] = {
    ending: re.compile(pattern, re.DOTALL)
    for endings, pattern in {
        (".pyx", ".pxd"): rf"{LONG_TEXT}|{TEXT}|#[^\n]*",
        (".js", ".mjs"): rf"{TEXT}|(?P<long>`(?:\\.|[^`\\])*`)|//[^\n]*|/\*.*?\*/",
        (".typ",): r'(?P<text>"(?:\\.|[^"\\\n])*")|//[^\n]*|/\*.*?\*/',
        (".sql",): r"(?P<text>'(?:''|[^'])*'|\"[^\"\n]*\")|--[^\n]*|/\*.*?\*/",
        (".css",): rf"{TEXT}|/\*.*?\*/",
        (".html", ".svg"): r"<!--.*?-->",
        (".toml", ".yaml"): rf"{LONG_TEXT}|{TEXT}|(?<![^\s])#[^\n]*",
        (".json", ".csv", ".j2", ".c", ".txt"): r"(?!)",
    }.items()
    for ending in endings
}
READ = (".py", ".po", *PARTS)
# Words that begin or end so are other words: a contract, a clock, a province. VAT is the name of
# a tax, `vat` a column of records, application/vnd.… a kind of file.
DONG = (
    r"(?<!hợp )(?<!hội )(?<!hop )(?<!hoi )(?<!hoat )(?<!hanh )(?<!hoạt )"
    r"(?:đồng|dong)(?! (?:ý|hồ|thời|tiền|bộ|nhất|nai|tháp|y|ho|thoi|tien|bo|nhat)(?!\w))"
)
WORD = re.compile(
    rf"(?<![\w-])(?P<currency>VND(?!\.)|VNĐ|{DONG}|(?-i:đ))(?!\w)|(?P<sign>₫)"
    r"|(?<!\w)(?P<tax>(?-i:VAT)|GTGT)(?!\w)"
    r"|(?P<plus>\+84|(?<!\d)0084)(?!\d)|(?<!\w)(?P<code>84)(?![\w.])"
    r"|(?P<clock>\+07:?00|Asia/(?:Ho_Chi_Minh|Saigon))"
    r"|(?P<name>Vi[eệ]t ?Nam)(?!\w)|(?<![\w-])(?P<region>(?-i:VN))(?![\w-])"
    r"|(?P<provinces>(?<!\d)63 (?:tỉnh|provinces))"
    r"|(?P<papers>xã hội chủ nghĩa|socialist republic|độc lập\W+tự do|independence\W+freedom)",
    re.IGNORECASE,
)
# Of sources that are read whole, a number alone is no code of a country: it may be a width.
IN_WHOLE = re.compile(r"(?<![\w.])(?:25_?200(?:_?000)?|7 ?\* ?(?:3_?600|60 ?\* ?60))(?![\w.])")
AHEAD = (25_200, 25_200_000, 25_200_000_000)  # +07:00 in s, ms, µs
PROVINCES = 63
OF_BITS = (ast.LShift, ast.RShift, ast.Pow, ast.BitAnd)  # of which 63 is a number of bits
TAX_PARTS = (11, 110)  # what a price with a tax of 10 % is divided by
TAX_PERCENTS = (8, 10)
OF_RATES = re.compile(r"(?:^|_)(?:rates?|percents?|tax(?:es)?|vat)(?:_|$)", re.IGNORECASE)


class Place(NamedTuple):
    """Where a state is named. of: the top name of the module, or the first words of a message."""

    path: str
    of: str
    found: str
    line: int

    @property
    def key(self) -> str:
        """The place as the list of those that are right so names it: it has no line."""
        return f"{self.path} {self.of}: {self.found}" if self.of else f"{self.path}: {self.found}"


def product() -> list[str]:
    """What the product reads, by paths in the repository."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [
        path
        for path in listed.stdout.splitlines()
        if path.endswith(READ) and not path.startswith(OTHERS) and "/vendor/" not in path
    ]


def places_in(path: str, source: str) -> Iterator[Place]:
    """Where a source of the product names a state."""
    if path.endswith(".py"):
        yield from _in_python(path, source)
    elif path.endswith(".po"):
        yield from _in_messages(path, source)
    else:
        yield from _in_other(path, source)


def faults(found: Iterable[Place], allowed: Iterable[str]) -> list[str]:
    """What to mend: places that nobody gave a reason for, and reasons of places that are gone."""
    places, keys = sorted(found, key=lambda place: (place.path, place.line)), list(allowed)
    told = [
        f"{place.path}:{place.line}: {place.found} is of one state: say it in jurisdiction.yaml"
        f" (or allow “{place.key}”)"
        for place in places
        if place.key not in keys
    ]
    there = {place.key for place in places}
    told += [f"{ALLOWED.name}: nothing is found any more in “{key}”"
             for key in keys if key not in there]  # fmt: skip
    return told + [f"{ALLOWED.name}: “{key}” stands twice"
                   for key in sorted({key for key in keys if keys.count(key) > 1})]  # fmt: skip


def allowed_places() -> list[str]:
    """The places that are right so. ValueError for one without a reason."""
    entries = tomllib.loads(ALLOWED.read_text("utf-8"))["allowed"]
    for entry in entries:
        if not entry["reason"].strip():
            raise ValueError(f"{ALLOWED.name}: no reason is said of {entry['places']}")
    return [place for entry in entries for place in entry["places"]]


def _words(text: str) -> Iterator[tuple[int, str]]:
    """What of a text is of one state, and where it begins."""
    for match in WORD.finditer(text):
        yield match.start(), match[0]


def _in_python(path: str, source: str) -> Iterator[Place]:
    tree, lines = ast.parse(source), source.encode("utf-8").splitlines()
    for statement in tree.body:
        name = _name_of(statement)
        docstrings = {
            id(node.value)
            for node in ast.walk(statement)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }
        bits = set[int]()  # what stands beside a shift: ast.walk comes to that before
        for node in ast.walk(statement):
            line = getattr(node, "lineno", 0)
            if isinstance(node, ast.BinOp) and isinstance(node.op, OF_BITS):
                bits.update(map(id, (node.left, node.right)))
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if id(node) not in docstrings:
                    for _, word in _words(node.value):
                        yield Place(path, name, word, line)
            elif id(node) not in bits and (found := _number(node, lines)):
                yield Place(path, name, found, line)


def _name_of(statement: ast.stmt) -> str:
    """What a statement of a module makes: a function, a class, a constant."""
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.Assign(targets=[target, *_]) | ast.AnnAssign(target=target):
            return ast.unparse(target).strip("()")
    return ""


def _number(node: ast.AST, lines: list[bytes]) -> str | None:
    """A number that only one state has, as the source writes it."""
    match node:
        case ast.Constant(value=int(number)) if number in AHEAD:
            return str(number)
        case ast.Constant(value=int(number)) if number == PROVINCES:
            written = lines[node.lineno - 1][node.col_offset : node.end_col_offset].decode()
            return written if written.isdigit() else None  # 0o077 is bits
        case ast.BinOp(op=ast.Mult()) if _product(node) in AHEAD:
            return ast.unparse(node)
        case ast.BinOp(op=ast.Div() | ast.FloorDiv(), right=ast.Constant(value=part)):
            return ast.unparse(node) if part in TAX_PARTS else None
        case ast.Call(func=ast.Name(id="Fraction"), args=[_, ast.Constant(value=part)]):
            return ast.unparse(node) if part in TAX_PARTS else None
        case ast.Call(func=ast.Name(id=name), args=[_, ast.Constant(value=part), *_]):
            is_division = name.startswith(("div_", "round_"))
            return ast.unparse(node) if is_division and part in TAX_PARTS else None
        case ast.keyword(arg="hours", value=ast.Constant(value=7)):
            return "hours=7"
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            has_rates = node.value is not None and any(
                isinstance(part, ast.Constant) and part.value in TAX_PERCENTS
                for part in (node.value, *getattr(node.value, "elts", ()))
            )
            return ast.unparse(node) if OF_RATES.search(name) and has_rates else None
    return None


def _product(node: ast.AST) -> int | None:
    """What constants come to that are multiplied."""
    match node:
        case ast.Constant(value=int(number)):
            return number
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            parts = _product(left), _product(right)
            return None if parts[0] is None or parts[1] is None else parts[0] * parts[1]
    return None


def _in_messages(path: str, source: str) -> Iterator[Place]:
    """Where a message names a state in one of its languages, as `vi.po “first words”: word`."""
    for entry in read_po(source.encode("utf-8").splitlines(keepends=True)):
        if not entry.id:
            continue
        english = entry.id if isinstance(entry.id, str) else entry.id[0]
        texts = [*_texts(entry.id), *_texts(entry.string or "")]
        first = f"“{' '.join(english.split()[:6])}”"
        for word in dict.fromkeys(word for text in texts for _, word in _words(text)):
            yield Place(path, first, word, entry.lineno or 0)


def _texts(text: str | tuple[str, ...] | list[str]) -> Iterable[str]:
    return (text,) if isinstance(text, str) else text


def _in_other(path: str, source: str) -> Iterator[Place]:
    ending = Path(path).suffix
    is_cython = ending in (".pyx", ".pxd")
    for match in reversed([*PARTS[ending].finditer(source)]):  # comments become blanks
        groups = match.groupdict()
        is_text = groups.get("text") is not None or groups.get("long") is not None
        if is_text and not (is_cython and _is_alone(source, match.start())):
            continue
        source = source[: match.start()] + re.sub(r"[^\n]", " ", match[0]) + source[match.end() :]
    for place in IN_WHOLE.finditer(source):
        yield Place(path, "", place[0], source.count("\n", 0, place.start()) + 1)
    texts = [(match.start(), match[0], True) for match in PARTS[ending].finditer(source)]
    for start, text, is_literal in texts if is_cython else [(0, source, False)]:
        for at, word in _words(text):
            before, after = text[max(at - 1, 0) : at], text[at + len(word) : at + len(word) + 1]
            if word == "84" and not is_literal and before + after not in ('""', "''", "``"):
                continue
            yield Place(path, "", word, source.count("\n", 0, start + at) + 1)


def _is_alone(source: str, start: int) -> bool:
    """Is a text of Cython a statement of its own, as a docstring is? C is, too."""
    before = source[:start].rstrip(" ")
    return not before or (
        before.endswith("\n") and before.rstrip()[-1:] not in ("(", ",", "=", "[")
    )


def main() -> int:
    places = [
        place for path in product() for place in places_in(path, (ROOT / path).read_text("utf-8"))
    ]
    told = faults(places, allowed_places())
    for fault in told:
        print(fault)
    print(f"{len(places)} places of one state, {len(told)} to mend")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
