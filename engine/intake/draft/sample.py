"""The heads and the first rows of a file, as columns of text, with the words that read it so."""

import csv
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from doisoat.engine.intake.draft.heads import field_of_head, folded
from doisoat.engine.intake.draft.spans import (
    TouchingError,
    columns_of,
    filled_by,
    spans_of,
)
from doisoat.engine.intake.forms import sqlite
from doisoat.engine.intake.forms.closed_files import ZIP, is_workbook, refuse_closed
from doisoat.engine.intake.forms.compressed import open_content
from doisoat.engine.intake.forms.delimited import HINT
from doisoat.engine.intake.forms.raw_chunks import SourceFile, open_source
from doisoat.engine.intake.forms.readers import open_reader
from doisoat.engine.intake.forms.text_files import may_be, open_text
from doisoat.engine.intake.mapping.mapping import UsageLayout, known_mappings, load_mapping
from doisoat.engine.tables.delimited import UTF8_MARK, WIDE_MARKS
from doisoat.errors import IntakeError
from doisoat.messages.text import Text, message

SAMPLE_BYTES = 1 << 20
SAMPLE_ROWS = 2_000
PROBED_BYTES = 64 << 20  # in which columns of fixed width are looked for
TITLE_LINES = 20  # in which the heads are looked for
HEAD_MAX = 64  # characters of a column's name in a mapping
LINE_MAX = 100_000  # characters; no head or record of an export is as long
DELIMITERS = (",", ";", "\t", "|")
CONTROLS = [bytes([sign]) for sign in (*range(7), 14, 15, 16)]  # that no text has
# Vowels with their marks, and the five tones; what else such a text has beyond ASCII.
VOWELS = "aeiouy\u0103\xe2\xea\xf4\u01a1\u01b0"
TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
VIETNAMESE = frozenset("\u0111\u20ab\u2013\u2026\u201c\u201d\u2018\u2019") | {
    unicodedata.normalize("NFC", vowel + tone) for vowel in VOWELS for tone in TONES
}
VIETNAMESE_SHARE = 0.9  # of what is not ASCII


class Sample(NamedTuple):
    """What of a file a draft is made of.

    frame: its columns by their heads, all of them texts; words: of the mapping's layout, by which
    the file is read; unknown: what only a person can say of how it is written.
    """

    path: Path
    name: str  # of the file, a number in it masked
    words: Mapping[str, object]
    frame: pl.DataFrame
    unknown: tuple[Text, ...] = ()

    def texts(self, column: str) -> pl.Series:
        """The texts of a column that are not empty."""
        texts = self.frame[column]
        return texts.filter(texts != "")


def read_sample(path: Path) -> Sample:
    """The heads and the first rows of a file. Raises: IntakeError where it is no table with heads.

    A workbook gives the sheet, and a database the table, whose heads say most.
    """
    source = open_source(path)
    refuse_closed(source)
    with open_content(source) as stream:
        content = stream.read(SAMPLE_BYTES)
    if content.startswith(ZIP):
        return _of_tables(source, _sheets(source))
    if content.startswith(sqlite.MAGIC):
        tables = sqlite.tables_of(source)
        return _of_tables(source, [({"table": name}, heads) for name, heads in tables.items()])
    if _is_binary(content):
        raise _of_other_form(source)
    return _of_text(source, content)


def _of_text(source: SourceFile, content: bytes) -> Sample:
    encoding = _encoding(source, content)
    with open_text(source, encoding) as stream:
        content = stream.read(SAMPLE_BYTES)
    cut = len(content) if len(content) < SAMPLE_BYTES else content.rfind(b"\n") + 1
    # A broken line is intake's to suspend.
    text = content[:cut].removeprefix(UTF8_MARK).decode("utf-8", "replace")
    lines = _sound_lines(source, text)
    words: dict[str, object] = {} if encoding == "utf-8" else {"encoding": encoding}
    unknown = []
    if encoding == "windows-1258":
        unknown.append(message("whether names in it look right: it is read as windows-1258"))
    delimiter = _delimiter(lines)
    rows = [row for row in csv.reader(lines, delimiter=delimiter) if row]
    width = Counter(map(len, rows)).most_common(1)[0][0]
    if width == 1:
        sample = _of_fixed_width(source, lines, words, tuple(unknown))
        if sample is not None:
            return sample
    if delimiter != ",":
        words["delimiter"] = delimiter
    _refuse_titles(source, rows, width)
    rows = [row for row in rows if len(row) == width]
    if not _is_header(rows[0]):
        raise no_heads(source)
    frame = _frame(source, rows[0], rows[1:])
    unknown += _repeated(rows[0])
    return Sample(source.path, printable(source.name), words, frame, tuple(unknown))


def _refuse_titles(source: SourceFile, rows: Sequence[Sequence[str]], width: int) -> None:
    """IntakeError where titles stand above the heads, as a report has them."""
    for place, row in enumerate(rows[:TITLE_LINES]):
        if len(row) == width and _is_header(list(row)):
            if place == 0:
                return
            raise IntakeError(
                message("its heads stand in row {row}, not in its first", row=place + 1),
                f"{source.name}:1",
                message("delete the rows above the heads, and save again"),
            )


def _encoding(source: SourceFile, content: bytes) -> str:
    """The encoding of a text; IntakeError where it is none of those that intake reads."""
    if content.startswith(WIDE_MARKS):
        return "utf-16"
    try:
        content[: content.rfind(b"\n") + 1 or len(content)].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if may_be(content, "windows-1258") and _is_vietnamese(content):
            return "windows-1258"
        raise IntakeError(
            message("it is no text in UTF-8, UTF-16 or windows-1258"),
            source.name,
            message("save it as CSV in UTF-8, or as .xlsx"),
        ) from error
    return "utf-8"


def _is_vietnamese(content: bytes) -> bool:
    """Do most letters beyond ASCII make Vietnamese syllables' letters of windows-1258?"""
    text = unicodedata.normalize("NFC", content.decode("cp1258", "replace"))
    odd = [sign for sign in text if not sign.isascii()]
    letters = sum(sign.lower() in VIETNAMESE for sign in odd)
    return letters >= len(odd) * VIETNAMESE_SHARE


def _sound_lines(source: SourceFile, text: str) -> list[str]:
    lines = [line for line in _lines(text) if line.strip()][: SAMPLE_ROWS + 1]
    if lines and HINT.fullmatch(lines[0]):
        lines = lines[1:]
    if any("\r" in line for line in lines):
        raise IntakeError(
            message("a line ends with CR alone"),
            source.name,
            message("save it with line ends LF, or CR and LF"),
        )
    if any(len(line) > LINE_MAX for line in lines):
        raise IntakeError(
            message("a line of more than {characters} characters", characters=LINE_MAX),
            source.name,
            message("give a file of one record a line"),
        )
    if not lines:
        raise IntakeError(
            message("there is nothing in it"), source.name, message("give a file with records")
        )
    return lines


def _frame(source: SourceFile, heads: Sequence[str], body: Sequence[Sequence[str]]) -> pl.DataFrame:
    """The columns whose heads are names of their own; IntakeError for a head that is no name."""
    columns = {}
    for place, head in enumerate(heads):
        if not head.isprintable() or len(head) > HEAD_MAX:
            raise IntakeError(
                message("the head of column {place} is no name", place=place + 1),
                source.name,
                message(
                    "name each column in the first line, by up to {characters} characters",
                    characters=HEAD_MAX,
                ),
            )
        if head.strip() and heads.count(head) == 1:
            columns[head] = [row[place] for row in body]
    return pl.DataFrame(columns, dict.fromkeys(columns, pl.String))


# --- tables of workbooks, databases and fixed width, as intake reads them -------------------------


def _of_tables(
    source: SourceFile, tables: Sequence[tuple[Mapping[str, object], Sequence[str]]]
) -> Sample:
    """The table whose heads say most, read by intake's own reader."""

    usable = [table for table in tables if any(head.strip() for head in table[1])]
    if not usable:
        raise no_heads(source)
    words, heads = max(usable, key=lambda table: _known(table[1]))
    if not _is_header(list(heads)):
        raise no_heads(source)
    columns = [head for head in heads
               if head.strip() and head.isprintable() and len(head) <= HEAD_MAX
               and list(heads).count(head) == 1]  # fmt: skip
    frame = first_rows(source, columns, words)
    unknown = [*_repeated(heads), *_alike(words, heads, usable)]
    return Sample(source.path, printable(source.name), words, frame, tuple(unknown))


def _alike(
    words: Mapping[str, object],
    heads: Sequence[str],
    tables: Sequence[tuple[Mapping[str, object], Sequence[str]]],
) -> Iterator[Text]:
    """Other tables whose heads say the same fields: a mapping reads one of a file."""
    others = [
        printable(str(name))
        for other, other_heads in tables
        if other != words and _fields_of(other_heads) == _fields_of(heads)
        for name in other.values()
    ]
    if others:
        yield message(
            "what becomes of {others}, with the same heads: intake reads {table} alone; bring all"
            " their records into one sheet, or save each in a file of its own",
            others=", ".join(others), table=printable(str(*words.values())),
        )  # fmt: skip


def _fields_of(heads: Sequence[str]) -> set[str]:
    return {field for head in heads if (field := field_of_head(folded(head))) is not None}


def _repeated(heads: Sequence[str]) -> list[Text]:
    """What heads that stand there several times would say: a mapping cannot name one of them."""
    return [
        message("which column {head} is meant: {count} have this head, and the draft reads none of"
                " them; give each a head of its own", head=head, count=count)
        for head, count in Counter(heads).items()
        if count > 1 and field_of_head(folded(head)) is not None
    ]  # fmt: skip


def _known(heads: Sequence[str]) -> int:
    """How many heads say which field they are of."""
    return sum(field_of_head(folded(head)) is not None for head in heads)


def _sheets(source: SourceFile) -> list[tuple[Mapping[str, object], Sequence[str]]]:
    from doisoat.engine.intake.forms.worksheet import sheets_of

    if not is_workbook(source.path):
        first_rows(source, ["1"], {})  # says why it cannot be read
    sheets = sheets_of(source)
    return [
        ({"sheet": name} if len(sheets) > 1 else {}, max(rows, key=_known))
        for name, rows in sheets.items()
    ]


def first_rows(
    source: SourceFile, columns: Sequence[str], words: Mapping[str, object]
) -> pl.DataFrame:
    """The first rows of a file under a layout of these words, whatever its columns mean."""
    for frame in rows_of(source, columns, words):
        return frame.head(SAMPLE_ROWS)
    return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))


def rows_of(
    source: SourceFile, columns: Sequence[str], words: Mapping[str, object]
) -> Iterator[pl.DataFrame]:
    """All rows of a file, a chunk at a time, under a layout of these words."""
    absent = {"constant": ""}
    layout = UsageLayout.model_validate({
        "name": "sample", **words, "key": {"columns": list(columns)},
        "fields": {"carrier": absent, "kind": absent, "subscriber": absent,
                   "started": {**absent, "form": "civil"}},
    })  # fmt: skip
    for read in open_reader(source, [layout]).chunks():
        yield read().frame.select(columns)


def _of_fixed_width(
    source: SourceFile,
    lines: Sequence[str],
    words: dict[str, object],
    unknown: tuple[Text, ...],
) -> Sample | None:
    """A text of fixed width; None where its first line has no several heads."""
    head, records = lines[0], lines[1:] or lines
    try:
        columns = columns_of(head, filled_by(head, records, _further_lines(source, words)))
    except TouchingError as error:
        raise IntakeError(
            message(
                "where the columns {before} and {after} of fixed width part cannot be seen: no"
                " blank stays between them",
                before=error.before,
                after=error.after,
            ),
            source.name,
            message(
                "write the mapping by hand, with the characters of each column; if one line only is"
                " longer and no record, delete it"
            ),
        ) from None
    if len(columns) < 2:
        return None
    heads = [column.head for column in columns]
    if not _is_header(heads) or len(set(heads)) < len(heads):
        raise no_heads(source)
    spans = spans_of(columns, records)
    longest = max(map(len, records))
    spans[-1] = (spans[-1][0], max(longest, spans[-1][1]))
    words["characters"] = {
        name: f"{first + 1}-{end}" for name, (first, end) in zip(heads, spans, strict=True)
    }
    if min(map(len, records)) < spans[-1][1]:
        words["strip"] = "yes"
    frame = first_rows(source, heads, words)
    return Sample(source.path, printable(source.name), words, frame, unknown)


def _further_lines(source: SourceFile, words: Mapping[str, object]) -> Iterator[str]:
    """The lines of a text, as far as columns of fixed width are looked for."""
    with open_text(source, str(words.get("encoding", "utf-8"))) as stream:
        content = stream.read(PROBED_BYTES)
    yield from _lines(content.removeprefix(UTF8_MARK).decode("utf-8", "replace"))[1:-1]


# --- what is no table with heads ------------------------------------------------------------------


def no_heads(source: SourceFile) -> IntakeError:
    """The refusal of a file without heads, with the bundled mapping that reads it, if one does."""
    return IntakeError(
        message("no line of heads says what its columns hold"),
        source.name,
        bundled_mend(source)
        or message("put a line above the records, as A_NUMBER, START_TIME, DURATION"),
    )


def bundled_mend(source: SourceFile) -> Text | None:
    """The command that takes a file by a mapping that comes along; None where none reads it."""
    name = _bundled(source)
    if name is None:
        return None
    return message("the mapping {name} reads it: doisoat intake FILE --mapping {name}", name=name)


def _bundled(source: SourceFile) -> str | None:
    """The mapping that reads a record of a file; else the first whose layout it has."""
    fits = None
    for name in known_mappings():
        layouts = load_mapping(name).of_kind("usage")
        try:
            if layouts:
                reader = open_reader(source, layouts)
                first = next(reader.chunks(), None)
                chunk = None if first is None else first()
                if chunk is None or chunk.frame.height or not chunk.broken:
                    return name
                fits = fits or name
        except IntakeError:
            continue
    return fits


def _is_binary(content: bytes) -> bool:
    return not content.startswith(WIDE_MARKS) and any(sign in content for sign in CONTROLS)


def _of_other_form(source: SourceFile) -> IntakeError:
    mend = bundled_mend(source)
    if mend is not None:
        return IntakeError(
            message("no table: its own form says what its fields are"), source.name, mend
        )
    return IntakeError(
        message("it is no text, workbook or database"),
        source.name,
        message("save it as CSV in UTF-8, or as .xlsx"),
    )


def _lines(text: str) -> list[str]:
    """Lines as intake reads them: they end with LF, or CR and LF."""
    return [line.removesuffix("\r") for line in text.split("\n")]


def printable(name: str) -> str:
    """A text that stays on its line, in a comment and on a terminal."""
    return "".join(sign if sign.isprintable() else "?" for sign in name)


def _delimiter(lines: list[str]) -> str:
    """The sign that parts most lines into the same number of fields, and into most of these."""

    def score(sign: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=sign))
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
        return (count if width > 1 else 0), width

    return max(DELIMITERS, key=score)


def _is_header(row: list[str]) -> bool:
    """Is this a head: most of its cells are not empty, and none is only a number?"""
    cells = [cell.strip() for cell in row if cell.strip()]
    is_number = [cell.replace(".", "").replace(",", "").isdecimal() for cell in cells]
    return 2 * len(cells) >= len(row) and bool(cells) and not any(is_number)
