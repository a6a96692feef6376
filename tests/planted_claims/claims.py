"""Claims filed as carriers would: the form of `doisoat claim template`, filled in."""

import json
import shutil
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from tests.planted_claims.cells import ITEMS, Cell, Cells
from tests.planted_claims.home import PERIOD, Planted, command, face
from tests.planted_claims.planting import Disagreement, is_total

GRAINS = ("statement", "measure", "day", "province")
PLACE = {"day": "day", "province": "home_province"}


def file_all(
    planted: Planted, held: Cells, wrong: Iterable[Disagreement], carriers: Iterable[str]
) -> None:
    """File what the run comes to, but for the cells that are told wrongly."""
    told, wrong_by = dict(held), {}
    for one in wrong:
        if is_total(one):
            wrong_by[one.cell] = one.why[0].amount
        else:
            told[one.cell] = one.claimed
    folder, forms = planted.folder / "claims", planted.folder / "forms"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    forms.mkdir(exist_ok=True)
    # The same figures again are a file of their own: one that was filed before stays superseded.
    before = "\n" * len(list((planted.home / "claims").rglob("manifest.json")))
    files = []
    for carrier in carriers:
        for grain in GRAINS:
            path = folder / f"{carrier}-{grain}.json"
            form = forms / path.name
            if not form.exists():
                command("claim", "template", PERIOD, "--carrier", carrier, "--grain", grain,
                        "--as", "json", "--out", form, "--home", planted.home)  # fmt: skip
            shutil.copy(form, path)
            rows = {cell: sums for cell, sums in told.items() if cell[:2] == (carrier, grain)}
            _fill(path, planted, rows, wrong_by)
            path.write_text(path.read_text("utf-8") + before, "utf-8")
            files.append(path)
    command("claim", "file", *files, "--why", "planted", "--home", planted.home)


def _fill(path: Path, planted: Planted, rows: Cells, wrong_by: dict[Cell, int]) -> None:
    """Fill a form in: its rows, and totals by measure and nature that are wrong by so much."""
    form = json.loads(path.read_text("utf-8"))
    if form["grain"] == "statement":
        _fill_statement(form, planted, rows)
    else:
        place = PLACE.get(form["grain"])
        known = {(row["measure"], row["nature"], row.get(place, "")): row for row in form["rows"]}
        # A carrier that counts days otherwise has rows of days that no form asks for.
        units = {(row["measure"], row["nature"]): row["unit"] for row in form["rows"]}
        form["rows"] = []
        sums: dict[Cell, int] = defaultdict(int)
        for cell in sorted(rows):
            row = dict(known.get((cell.measure, cell.nature, cell.where), {}))
            row["unit"] = units[cell.measure, cell.nature]
            row |= {"measure": cell.measure, "nature": cell.nature, **rows[cell]._asdict()}
            if place:
                row[place] = cell.where
                sums[cell._replace(where="")] += rows[cell].amount
            form["rows"].append(row)
        form["totals"] = [
            {
                "measure": cell.measure,
                "nature": cell.nature,
                "amount": amount + wrong_by.get(cell, 0),
            }
            for cell, amount in sorted(sums.items())
        ]
        if not form["totals"]:
            del form["totals"]
    path.write_text(json.dumps(form, ensure_ascii=False), "utf-8")


def _fill_statement(form, planted: Planted, rows: Cells) -> None:
    """What the statement of the run says, but for the items that are planted."""
    items = [row["item"] for row in form["rows"]]
    with face(planted.home) as database:
        found = database.execute(
            f"SELECT {', '.join(items)} FROM settlement.statement WHERE carrier = ? AND period = ?",
            [form["carrier"], form["period"]],
        ).fetchone()
    assert found is not None
    told = {cell.where: sums.amount for cell, sums in rows.items()}
    assert set(told) <= set(ITEMS)
    for row, value in zip(form["rows"], found, strict=True):
        row["amount"] = told.get(row["item"], int(value))
