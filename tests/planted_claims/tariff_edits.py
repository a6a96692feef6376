"""Tariffs as a carrier would have to have read them wrongly: text edits of the bundled files.

Nothing here parses a tariff: lines are found and changed by what stands in them, so whatever reads
the files sees what somebody might have typed.
"""

import re
import shutil
from datetime import date, timedelta
from pathlib import Path

from doisoat.tariffs.load.bundled import BUNDLED

SOURCE = BUNDLED / "vn-2021"
PACKAGE = SOURCE / "packages" / "vn-2021-08.yaml"
CHANGE = "2021-08-15"  # of one plan of each carrier, in the catalogue that all is settled by
CHANGED = ("viettel.Economy", "vnpt.VinaCard", "mobifone.MobiQ", "vietnamobile.Prepaid")
PRICE = re.compile(r'price: "(\d+)"')


def honest(target: Path) -> Path:
    """The bundled catalogue with a change of price of one plan of each carrier inside August."""
    text = (SOURCE / "plans.yaml").read_text("utf-8")
    for plan in CHANGED:
        block = _block(text, plan)
        begin = re.search(r"    valid_from: (\S+)\n", block)
        assert begin is not None
        old = block.replace(begin[0], f"{begin[0]}    valid_until: {CHANGE}\n", 1)
        new = _cheaper(block).replace(begin[0], f"    valid_from: {CHANGE}\n", 1)
        text = text.replace(block, old + new, 1)
    return _catalogue(target, {"plans.yaml": text})


def version_before(target: Path) -> Path:
    """Nothing changed in August."""
    return _catalogue(target, {})


def version_after(target: Path) -> Path:
    """The changed prices held from the old ones' beginning."""
    text = (SOURCE / "plans.yaml").read_text("utf-8")
    for plan in CHANGED:
        block = _block(text, plan)
        text = text.replace(block, _cheaper(block), 1)
    return _catalogue(target, {"plans.yaml": text})


def rounded(target: Path, rule: str) -> Path:
    """Each rate of a plan rounds a charge by a rule."""
    text = _changed_lines(
        honest(target),
        "plans.yaml",
        lambda line: re.sub(
            r"^(\s+- \{kind: (?:voice|sms|data), .*?)(, per: )", rf"\1, rounding: {rule}\2", line
        ),
    )
    return _catalogue(target, {"plans.yaml": text})  # fmt: skip


def blocks_rounded(target: Path) -> Path:
    """A call costs whole đồng of its first 6 s and of each second after: steps of such prices."""
    terms = re.compile(r'price: "(\d+)", per: 1 min, block: 6 s \+ 1 s')

    def steps(found: re.Match[str]) -> str:
        minute = int(found[1])
        first, second = ((2 * minute * seconds + 60) // 120 for seconds in (6, 1))  # half up
        return (
            f'steps: [{{start: 0 s, price: "{first}", per: 6 s, block: 6 s}},'
            f' {{start: 6 s, price: "{second}", per: 1 s, block: 1 s}}]'
        )

    text = _changed_lines(honest(target), "plans.yaml", lambda line: terms.sub(steps, line))
    return _catalogue(target, {"plans.yaml": text})


def blocks(target: Path, kind: str, block: str) -> Path:
    """Rates of a kind, of plans and of what follows a pack's quota, billed by other blocks."""
    source = honest(target)

    def edited(line: str) -> str:
        of_kind = re.match(rf"^\s+- \{{kind: {kind}, ", line) and "price:" in line
        return re.sub(r"block: [^,}]+", f"block: {block}", line) if of_kind else line

    texts = {name: _changed_lines(source, name, edited) for name in ("plans.yaml", "packs.yaml")}
    return _catalogue(target, texts)


def orders_moved(target: Path, from_days: int, until_days: int) -> Path:
    """Each distancing order begins and ends so many days later (hours stand)."""

    def edited(line: str) -> str:
        for name, days in (("valid_from", from_days), ("valid_until", until_days)):
            found = re.match(rf"^    {name}: (\d{{4}}-\d\d-\d\d)(.*)$", line)
            if found:
                moved = date.fromisoformat(found[1]) + timedelta(days=days)
                return f"    {name}: {moved}{found[2]}"
        return line

    text = _changed_lines(honest(target), "orders.yaml", edited)
    return _catalogue(target, {"orders.yaml": text})


def package(target: Path, carrier: str, measure: str, old: str, new: str) -> Path:
    """The bundled package with a text in the entry of one measure for one carrier replaced."""
    text = PACKAGE.read_text("utf-8")
    entries = re.findall(
        rf"  - id: {re.escape(measure)}\n.*?(?=\n  - id: |\n\nreadings:|\n  #)", text, re.DOTALL
    )
    mine = [entry for entry in entries if re.search(rf"carriers: \[?[^\n]*{carrier}", entry)]
    if len(mine) != 1 or len(re.findall(old, mine[0])) != 1:
        raise ValueError(f"{measure} of {carrier}: {len(mine)} entries, or not one {old!r} in it")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(_asked(text.replace(mine[0], re.sub(old, new, mine[0]), 1)), "utf-8")
    return target


def _asked(text: str) -> str:
    """A package without the readings that nothing in it asks for any more."""
    for name in re.findall(r"^  - name: (\S+)$", text, re.MULTILINE):
        if not re.search(rf"{{reading: {re.escape(name)}[,}}]", text):
            text = re.sub(rf"  - name: {re.escape(name)}\n(?:    .*\n)+", "", text)
    return text


def _block(text: str, plan: str) -> str:
    found = re.search(rf"  - id: {re.escape(plan)}\n(?:    .*\n)+\n?", text)
    assert found is not None, plan
    return found[0]


def _cheaper(block: str) -> str:
    """On-net calls by 100 đ a minute, data by 15 đ a block."""
    lines = []
    for line in block.splitlines(keepends=True):
        if "kind: voice" in line and "on_net" in line:
            line = PRICE.sub(lambda found: f'price: "{int(found[1]) - 100}"', line)
        elif "kind: data" in line:
            line = PRICE.sub(lambda found: f'price: "{int(found[1]) - 15}"', line)
        lines.append(line)
    return "".join(lines)


def _changed_lines(source: Path, name: str, edited) -> str:
    text = (source / name).read_text("utf-8")
    changed = "\n".join(map(edited, text.split("\n")))
    if changed == text and name != "packs.yaml":
        raise ValueError(f"{name}: nothing was changed")
    return changed


def _catalogue(target: Path, texts: dict[str, str]) -> Path:
    """A copy of the bundled catalogue with some files of other texts; written over itself."""
    source = target if target.exists() else SOURCE
    if source is SOURCE:
        shutil.copytree(SOURCE, target)
    for name, text in texts.items():
        (target / name).write_text(text, "utf-8")
    return target
