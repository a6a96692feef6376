"""Reads an overlay out of a workbook: a row a change, its head in the rows above the table.

The tree is the one that YAML of the same changes gives, so that both are the same overlay.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

from doisoat.engine.tables.cells import Cell
from doisoat.engine.tables.files import kind_of, rows_in
from doisoat.engine.tables.findings import Findings, refuse_file, refused
from doisoat.engine.tables.form import Column, FileForm, Form
from doisoat.engine.tables.overlay_words import (
    AS,
    NEW,
    REMOVE,
    WORDS_OF_REMOVAL,
    WORDS_OF_RULES,
    entry_of,
    plain,
    value_of,
    words_of,
)
from doisoat.engine.tables.table import Record, Table
from doisoat.engine.tables.values import Values
from doisoat.errors import CatalogueError
from doisoat.messages.text import Text, joined, message, message_in
from doisoat.tariffs.change.patch_file import IF_THERE, UNFILLED, words_of_key
from doisoat.tariffs.change.patch_items import LIKE, OWNED
from doisoat.tariffs.load.tree import Node, tree_of
from doisoat.tariffs.models.labels import MARKS
from doisoat.tariffs.models.value_words import VOLUME_RULES

SHEET: Final = message_in("sheet", "Own prices").vi
GUIDE: Final = message_in("sheet", "Guide").vi
ROWS_MAX: Final = 1_000
FILE: Final = FileForm(
    SHEET, GUIDE, message("keep the rows that are changed"), rows_max=ROWS_MAX, bytes_max=5_000_000
)
FILL_IN: Final = message("fill in what `doisoat catalogue overlay new --out FILE.xlsx` writes")
COLUMNS: Final = (
    Column("key", message("Key (do not change)")),
    Column("about", message("What it is"), "note", is_required=False),
    Column("present", message("Present value"), "note", is_required=False),
    Column("events", message("Events of the month"), "note", is_required=False),
    Column("value", message("Your price or value")),
    Column("per", message("For each"), is_required=False),
    Column("block", message("Billed by blocks of"), is_required=False),
    Column("valid_from", message("From day"), "day", is_required=False),
    Column("valid_until", message("Until before day"), "day", is_required=False),
    Column("source", message("Document, if another"), is_required=False),
    Column("mark", message("How firm"), is_required=False),
    Column("why", message("Why it is asked"), "note", is_required=False),
)
BY_NAME: Final = {column.name: column for column in COLUMNS}
PREAMBLE: Final = {
    "id": message("Short name of this price list"),
    "title": message_in("overlay", "Title"),
    "title_en": message_in("overlay", "Title in English"),
    "author": message_in("overlay", "Author"),
    "reference": message_in("overlay", "Document (number, date)"),
    "carrier": message_in("overlay", "Carrier"),
}
OPTIONAL: Final = ("title_en", "carrier")  # of the head
WORDS_OF_MARKS: Final = words_of(MARKS)
DATES: Final = ("valid_from", "valid_until")
OF_RATES: Final = ("per", "block")


def overlay_of(path: Path) -> Node:
    """The tree of the overlay that a workbook holds.

    Raises: RefusedTable with the address of whatever is not of the form.
    """
    findings = Findings()
    kind = kind_of(path)
    if kind != "xlsx":
        raise refuse_file(path.name, message("it is no workbook, though it is called so"), FILL_IN)
    with rows_in(path, kind, FILE, findings) as rows:
        table = Table(rows, Form(COLUMNS, FILL_IN, PREAMBLE), findings)
        reader = _Changes(path, findings)
        for name, label in PREAMBLE.items():
            cell = table.preamble.get(name) or Cell("", "B1")
            if name not in OPTIONAL and not cell.text:
                label = Text(label.vi, label.en.casefold())
                fault = message("nothing says the {label}", label=label)
                findings.add("missing", cell.at, fault, message("write it in this cell"))
        head = {name: reader.node(cell) for name, cell in table.preamble.items() if cell.text}
        changes = [change for record in table.records(COLUMNS) if (change := reader.change(record))]
    if findings.refusing:
        raise refused(path.name, findings)
    where = f"{path.name}, {SHEET}"
    pairs = {name: (Node(name, node.where), node) for name, node in head.items()}
    pairs["changes"] = (Node("changes", where), Node(list(changes), where))
    return Node(pairs, where)


class _Changes:
    """Reads changes; what is wrong with one is a finding."""

    def __init__(self, path: Path, findings: Findings) -> None:
        self.name, self.findings = path.name, findings
        self.values = Values(findings, FILL_IN)

    def node(self, cell: Cell) -> Node:
        """A text at its address."""
        self.values.is_plain(cell, "text")
        return Node(cell.text, f"{self.name}, {cell.at}")

    def change(self, record: Record) -> Node | None:
        """The change of a row; None of one that says nothing, or with findings."""
        before = self.findings.refusing
        for name, cell in record.cells.items():
            self.values.is_plain(cell, BY_NAME[name].kind)
        if not record.cell("key").text:
            if any(record.cell(name).text for name in ("value", "per", "block")):
                self.values.missing(record.cell("key"), BY_NAME["key"])
            return None
        written: dict[str, Node] = {"key": self.node(record.cell("key"))}
        value = record.cell("value")
        if plain(value.text) in WORDS_OF_REMOVAL:
            is_drafted = bool(record.cell("why").text)  # and may be new to the catalogue
            written["remove"] = Node(IF_THERE if is_drafted else "true", written["key"].where)
        else:
            written["value"] = self._value(record)
        readers: dict[str, Callable[[Cell], Node | None]] = {
            "valid_from": self._day, "valid_until": self._day, "source": self.node,
            "mark": self._mark,
        }  # fmt: skip
        for name, read in readers.items():
            cell = record.cell(name)
            node = read(cell) if cell.text else None
            if node is not None:
                written[name] = node
        if self.findings.refusing > before:
            return None
        pairs = {name: (Node(name, node.where), node) for name, node in written.items()}
        return Node(pairs, written["key"].where)

    def _value(self, record: Record) -> Node:
        """What a change puts in place: with `per` or `block` a rate, else what the cell says."""
        key = record.cell("key").text
        value = self._plain(record.cell("value"), key.rpartition(".")[2])
        assert isinstance(value.value, str)
        if value.value[:1] in ("{", "["):
            tree = tree_of(Path(value.where), value.value)
            return _at(tree, value.where)
        entry = entry_of(key, value.value, value.where)
        if entry is not None:
            if entry.child(LIKE) is None and not record.cell("valid_from").text:
                self.values.missing(record.cell("valid_from"), BY_NAME["valid_from"])
            return entry
        words = _words(key)
        if value.value != UNFILLED:
            self._check(record, key, words)
        parts = {name: self._plain(record.cell(name), name) for name in OF_RATES
                 if record.cell(name).text}  # fmt: skip
        if not parts:
            return value
        pairs = {"price": value, **parts}
        return Node(
            {name: (Node(name, node.where), node) for name, node in pairs.items()}, value.where
        )

    def _check(self, record: Record, key: str, words: Sequence[str]) -> None:
        """Findings of a row whose cells do not fit what its key names."""
        value = record.cell("value")
        text = repr(value.text)
        if words[-1:] == ("rule",) and plain(value.text) not in WORDS_OF_RULES:
            mend = message("choose one of {marks}", marks=joined(", ", VOLUME_RULES.values()))
            self.findings.add("code", value.at, message("{word} is no rule", word=text), mend)
        if words[:1] and words[0] in OWNED and len(words) == len(("list", "id")):
            mend = message(
                "write {new}, {like} with the code of another, or {remove}; values stand in rows"
                " of their own, such as {key}.price",
                new=NEW, like=AS, remove=REMOVE, key=key,
            )  # fmt: skip
            fault = message("{word} is no whole entry", word=text)
            self.findings.add("code", value.at, fault, mend)
        is_rate = "rates" in words and len(words) == len(("plans", "id", "rates", "kind", "to"))
        for name in OF_RATES:
            cell = record.cell(name)
            if is_rate and not cell.text:
                self.values.missing(cell, BY_NAME[name])
            elif cell.text and not is_rate:
                fault = message("{head} is of a rate alone", head=BY_NAME[name].head)
                self.findings.add("code", cell.at, fault, message("leave this cell empty"))

    def _plain(self, cell: Cell, key: str) -> Node:
        """A value as catalogues write it; a cell that nobody filled in says so."""
        text = cell.text or UNFILLED
        if cell.is_number:
            try:
                text = format(Decimal(cell.text).normalize(), "f")
            except InvalidOperation:
                text = cell.text  # the models refuse it
        return Node(value_of(key, text), f"{self.name}, {cell.at}")

    def _day(self, cell: Cell) -> Node | None:
        day = self.values.day(cell, BY_NAME["valid_from"])
        return None if day is None else Node(day.isoformat(), f"{self.name}, {cell.at}")

    def _mark(self, cell: Cell) -> Node | None:
        name = WORDS_OF_MARKS.get(plain(cell.text))
        if name is None:
            fault: Text = message("{mark} says nothing of how firm it is", mark=repr(cell.text))
            mend = message("choose one of {marks}", marks=joined(", ", MARKS.values()))
            self.findings.add("code", cell.at, fault, mend)
            return None
        return Node(name, f"{self.name}, {cell.at}")


def _words(key: str) -> tuple[str, ...]:
    """The words of a key; none of one that what reads the overlay refuses, with its place."""
    try:
        return words_of_key(key, "")
    except CatalogueError:
        return ()


def _at(tree: Node, where: str) -> Node:
    """A tree that all stands in one cell."""
    if isinstance(tree.value, dict):
        pairs = {key: (Node(key, where), _at(child, where)) for key, (_, child) in
                 tree.value.items()}  # fmt: skip
        return Node(pairs, where)
    if isinstance(tree.value, list):
        return Node([_at(child, where) for child in tree.value], where)
    return Node(tree.value, where)
