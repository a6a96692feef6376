"""What users read of a refusal is in both languages: found in the sources, wherever one is made."""

import ast
import re
from pathlib import Path

import pytest

from doisoat.engine.kernel.limit_errors import TOO_MANY
from doisoat.messages.text import Text, TextError, text_of_error

ROOT = Path(__file__).parents[1]
IN_ENGLISH = (
    "settlement/corrections/refund_check.py",
    "settlement/corrections/refund_status.py",
    "settlement/what_if/output_files.py",
    "tariffs/check/check.py",
    "tariffs/check/check_dates.py",
    "tariffs/check/check_measures.py",
    "tariffs/check/check_prices.py",
    "tariffs/check/check_sources.py",
    "tariffs/load/jurisdiction.py",
    "tariffs/models/catalogue_model.py",
    "tariffs/models/package_model.py",
    "tariffs/change/patch.py",
    "tariffs/change/patch_models.py",
    "tariffs/change/patch_sites.py",
    "tariffs/change/patch_spans.py",
    "tariffs/change/patch_tree.py",
    "tariffs/models/quantity.py",
)
HELD = sorted(
    {
        path
        for pattern in (
            "commands/**/*.py", "engine/**/*.py", "settlement/**/*.py", "tariffs/**/*.py",
        )
        for path in ROOT.glob(pattern)
        if str(path.relative_to(ROOT)) not in IN_ENGLISH
    }
)  # fmt: skip
# Which arguments of a call are read by people; -1 the last.
READ = {
    "IntakeError": (0, 2), "StoreError": (0, 2), "KeyFileError": (0, 2), "CatalogueError": (0, 2),
    "PeriodError": (0, 2), "ExecutorError": (0, 2), "Finding": (3, 4), "Interrupted": (0, 2),
    "refuse": (0, 2), "UsageError": (0,), "BadParameter": (0,), "append": (0,),
}  # fmt: skip
PAIRS = ("Text", "TextError", "Fault")
# Where a ValueError is told in other words, or is a caller's bug.
CAUGHT = (
    "adjustment_records", "bounds", "chance_matches", "claim_records", "decisions", "draw",
    "envelope", "issue", "joint_seed", "json_lines", "merkle", "note", "pseudonym",
    "reconciliation_records", "records", "refund_due", "refund_file", "refund_records",
    "request_bodies", "row_keys", "runs", "stored_parts", "suspense_reasons", "users",
)  # fmt: skip
MARK = " | "


def texts_of(node, known):
    """The texts that an expression may come out as, with * for what stands in braces.

    None where it is one that was made elsewhere: an argument, or what a function gives.
    """
    match node:
        case ast.Constant(value=str()):
            return [node.value]
        case ast.JoinedStr():
            parts = [
                str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values
            ]
            return ["".join(parts)]
        case ast.IfExp():
            both = texts_of(node.body, known), texts_of(node.orelse, known)
            return None if None in both else both[0] + both[1]
        case ast.Attribute(attr="both"):
            return [f"ti{MARK}en"]
        case ast.Name() if node.id in known:
            told = [texts_of(value, known) for value in known[node.id]]
            return [text for texts in told for text in texts or ()]
    return None


def calls_of(path):
    """(line, name, call) of every call, and all that names of the module are given."""
    tree = ast.parse(path.read_text("utf-8"))
    known = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            known.setdefault(node.targets[0].id, []).append(node.value)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [(one.lineno, ast.unparse(one.func), one) for one in calls], known


@pytest.mark.parametrize("path", HELD, ids=lambda path: path.stem)
def test_what_is_refused_is_said_in_both_languages(path):
    calls, known = calls_of(path)
    lacking = []
    for line, name, call in calls:
        last = name.rpartition(".")[2]
        if last == "append" and not name.endswith("notes.append"):
            continue
        if last == "refuse" and name != "self.refuse":  # of claims: what, mend, where
            continue
        is_found = (
            last == "Finding" and len(call.args) == 2
        )  # settlement.log.published_folder: where, what
        for at in (1,) if is_found else READ.get(last, ()):
            if at < len(call.args):
                texts = texts_of(call.args[at], known) or []
                words = [text for text in texts if re.search("[^*: ]", text)]
                lacking += [(line, text) for text in words if text.count(MARK) != 1]
        # pydantic makes one text of what a model of tariffs raises, which tariffs.load.model_errors
        # tells.
        is_caught = path.stem in CAUGHT or "tariffs" in path.relative_to(ROOT).parts
        assert last != "ValueError" or is_caught, f"{path.name}:{line}: say it by a TextError"
    assert not lacking, f"{path.name}: {lacking}"


def test_there_is_something_to_look_at():
    found = [name for path in HELD for _, name, _ in calls_of(path)[0] if name in READ]
    assert len(HELD) > 50 and found.count("IntakeError") > 60


@pytest.mark.parametrize("path", [path for path in HELD if "Text" in path.read_text("utf-8")],
                         ids=lambda path: path.stem)  # fmt: skip
def test_a_pair_is_not_the_same_text_twice(path):
    for line, name, call in calls_of(path)[0]:
        if name in PAIRS and len(call.args) == 2:
            one, other = map(ast.unparse, call.args)
            is_a_name = not isinstance(call.args[0], ast.Constant) or " " not in one
            assert one != other or is_a_name, f"{path}:{line}: {one}"


def test_the_kernels_words_for_too_much_are_known_in_both_languages():
    sources = "\n".join(path.read_text("utf-8") for path in ROOT.glob("engine/**/*.pyx"))
    calls = re.findall(r"too_many(?:_held|_in_force)?\(\s*((?:[^()]|\n)*?)\)", sources)
    words = {word for call in calls for word in re.findall(r'"([a-z ]+)"', call)}
    assert len(words) > 5 and words == set(TOO_MANY)


def test_an_error_says_both_and_is_the_english_where_one_text_is_asked_for():
    error = TextError(Text("tệp rỗng", "an empty file"))
    assert str(error) == "an empty file" and text_of_error(error) == Text(
        "tệp rỗng", "an empty file"
    )
    assert text_of_error(error) == "tệp rỗng | an empty file"
    assert text_of_error(ValueError("CRC")) == Text("CRC", "CRC")  # a library's own word
