"""Names that say nothing of what they hold: none of a file, a class or a public function.

`python -m tests.names` names each, counts the bindings of the product that are such, and ends with
1 if there is a name to mend or they are above MOST in a hundred. A binding is a place where a name
is given a value: a target, an argument, a function, a class.
"""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONTENTLESS = frozenset(
    (
        "again", "apart", "asked", "beside", "came", "done", "each", "every", "found", "given",
        "gone", "held", "here", "kept", "left", "made", "mine", "odd", "one", "other", "others",
        "ours", "own", "said", "some", "theirs", "there", "thing", "told", "what", "worked",
    )
)  # fmt: skip
MOST = 1.0  # bindings in a hundred
# Names that are somebody else's, or a word of the trade in this place.
ALLOWED = frozenset({"engine/intake/records/suspense_reasons.what"})


def product() -> list[str]:
    """Python files of the product, by their paths in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [path for path in listed.stdout.split() if not path.startswith(("tests/", "vendor/"))]


def is_contentless(name: str) -> bool:
    return name.strip("_").lower() in CONTENTLESS


def bindings(tree: ast.AST) -> Iterator[str]:
    """Each name that a module binds, as often as it does."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name):
                yield name
            case ast.ExceptHandler(name=str(name)):
                yield name


def public_names(path: str, tree: ast.Module) -> Iterator[str]:
    """The file, its classes and its public functions and methods, as `room/file.Class.method`."""
    stem = path.removesuffix(".py")
    yield path
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield f"{stem}.{node.name}"
        bodies = node.body if isinstance(node, ast.Module | ast.ClassDef) else ()
        for part in bodies:
            match part:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    if not name.startswith("_"):
                        yield f"{stem}.{name}"


def to_mend() -> tuple[list[str], Counter[str], int]:
    """Public names that say nothing, contentless bindings by name, and how many bindings."""
    public: list[str] = []
    contentless: Counter[str] = Counter()
    count = 0
    for path in product():
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        for name in public_names(path, tree):
            last = name.removesuffix(".py").replace("/", ".").rpartition(".")[2]
            if is_contentless(last) and name not in ALLOWED:
                public.append(name)
        for name in bindings(tree):
            count += 1
            contentless[name] += is_contentless(name)
    return public, +contentless, count


def main() -> int:
    public, contentless, count = to_mend()
    for name in public:
        print(f"{name}: a name that says nothing of what it holds (docs/glossary.md)")
    share = 100 * contentless.total() / count
    commonest = ", ".join(f"{name} {times}" for name, times in contentless.most_common(8))
    print(f"{contentless.total()} of {count} bindings say nothing: {share:.2f} %: {commonest}")
    if share > MOST:
        print(f"that is more than {MOST} %: name what they hold")
    return 1 if public or share > MOST else 0


if __name__ == "__main__":
    sys.exit(main())
