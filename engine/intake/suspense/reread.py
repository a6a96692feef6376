"""Reads suspended records again, from their sealed text, as a mapping reads them now.

The fields are found as the file's own reader found them: a line is parsed under its header, the
columns of a row are told apart, the octets of BER bring the fields that were read from the file.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from doisoat.engine.intake.forms.fixed_width import Cutter, fits_lines
from doisoat.engine.intake.forms.json_lines import fields_of
from doisoat.engine.intake.forms.raw_chunks import Address, Chunk, Counts, Form, Located
from doisoat.engine.intake.mapping.mapping import Layout, UsageLayout
from doisoat.engine.intake.mapping.mapping import Mapping as SourceMapping
from doisoat.engine.intake.master.master_rows import convert_master
from doisoat.engine.intake.records.convert import Reading, TraitBook, convert_usage
from doisoat.engine.intake.records.decisions import Change
from doisoat.engine.intake.records.sealed_texts import FileContext, RecordText
from doisoat.engine.intake.records.suspense_reasons import SUB_REASONS, SubReason
from doisoat.engine.keys.number_plan import NumberPlan
from doisoat.engine.keys.pseudonym import Key
from doisoat.engine.store.file_kinds import FileKind
from doisoat.engine.tables.delimited import parse_line
from doisoat.errors import IntakeError
from doisoat.messages.text import message


def choose_layout(
    context: FileContext, layouts: Sequence[Layout], lines: Sequence[bytes], where: str
) -> Layout:
    """The layout that a file of this form fits; IntakeError if it fits none.

    Args: lines: records of it; among layouts without a header, some have that many columns.
    """
    form = context.form
    fitting = [layout for layout in layouts if _fits(form, layout)]
    if form.kind == "text" and not form.header:
        for layout in fitting:
            if layout.characters is not None:
                if fits_lines(layout, None, lines):
                    return layout
                continue
            counts = {len(parse_line(line, layout.delimiter) or ()) for line in lines}
            if layout.columns in counts:
                return layout
    if fitting:
        return fitting[0]
    names = ", ".join(form.columns)
    headed = message("the header that the file has")
    bare = message("a file without a header")
    why = {
        "text": headed if form.header else bare,
        "json": message("names of keys"),
        "columns": message("the columns {names}", names=names),
        "ber": message("the fields {names}", names=names),
    }[form.kind]
    raise IntakeError(
        message("the mapping has no layout for {why}", why=why),
        where,
        message(
            "take another mapping with --mapping, or take the file itself in again by this one"
        ),
    )


def _fits(form: Form, layout: Layout) -> bool:
    if form.kind == "ber":
        return layout.format != "columns" and set(layout.used_columns) <= set(form.columns)
    if layout.format != "columns":
        return False
    if form.kind == "text":
        if layout.table is not None or layout.sheet is not None:
            return False
        if not form.header:
            return layout.header == "no"
        if layout.characters is not None:
            return layout.header == "yes" and fits_lines(layout, form.header, ())
        names = parse_line(form.header, layout.delimiter) or []
        return layout.header == "yes" and all(
            names.count(name) == 1 for name in layout.used_columns
        )
    if layout.characters is not None:
        return False
    if form.kind == "json":
        return layout.header == "yes" and layout.table is None and layout.sheet is None
    return set(layout.used_columns) <= set(form.columns)


def texts_of(
    context: FileContext, layout: Layout, text: RecordText, change: Change | None
) -> dict[str, str] | None:
    """The layout's columns of one record; None where it cannot be told apart into them."""
    fields = _fields(context.form, layout, text, change.line if change else None)
    if fields is None or change is None:
        return fields
    return {name: change.fields.get(name, value) for name, value in fields.items()}


def _fields(
    form: Form, layout: Layout, text: RecordText, line: str | None
) -> dict[str, str] | None:
    names = layout.used_columns
    if form.kind == "ber":
        if text.fields is None:
            return None
        known = dict(zip(form.columns, text.fields, strict=True))
        return {name: known[name] for name in names}
    raw = text.raw if line is None else line.encode()
    if form.kind == "json":
        field_values = fields_of(raw, names)
        return None if field_values is None else dict(zip(names, field_values, strict=True))
    if form.kind == "text":
        if text.is_cut and line is None:
            return None  # nothing says that it is whole
        if layout.characters is not None:
            cutter = Cutter(layout, names)
            texts = cutter.cut(raw)
            return None if texts is None else dict(zip(names, texts, strict=True))
        values = parse_line(raw, layout.delimiter)
        header = parse_line(form.header, layout.delimiter) if form.header else None
        columns = header or [str(at + 1) for at in range(layout.columns or 0)]
    else:
        columns = list(form.columns)
        try:
            values = raw.decode("utf-8").split("\x1f")
        except UnicodeDecodeError:
            return None
    if values is None or len(values) != len(columns):
        return None
    known = dict(zip(columns, values, strict=True))
    return {name: known[name] for name in names}


@dataclass(frozen=True, slots=True)
class Reread:
    """The records of one file: what they are now, by row."""

    layout: Layout
    frame: pl.DataFrame  # row, and the layout's columns: of those that can be taken
    suspended: dict[int, str]  # those that still cannot, and why


def reread(
    context: FileContext,
    mapping: SourceMapping,
    kind: FileKind,
    texts: Mapping[int, RecordText],
    changes: Mapping[int, Change],
    key: Key,
    plan: NumberPlan,
    where: str,
) -> Reread:
    """Read records of one file by a mapping, and judge each by itself.

    Raises: IntakeError if the mapping is of another source system, or has no layout for the file.
    """
    if mapping.source_system != context.system:
        raise IntakeError(
            message(
                "mapping {mapping} is of the source system {source_system}, the records"
                " are of {system}: their events would get other ids",
                mapping=mapping.name,
                source_system=mapping.source_system,
                system=context.system,
            ),
            where,
            message("take a mapping with the same source_system"),
        )
    lines = [
        text.raw if (change := changes.get(row)) is None or change.line is None
        else change.line.encode()
        for row, text in texts.items()
    ]  # fmt: skip
    layout = choose_layout(context, mapping.layouts(kind), lines, where)
    rows: list[tuple[object, ...]] = []
    suspended: dict[int, str] = {}
    for row, text in sorted(texts.items()):
        fields = texts_of(context, layout, text, changes.get(row))
        if fields is None:
            suspended[row] = SubReason.STRUCTURE.value
        else:
            rows.append((row, *fields.values()))
    schema = {"row": pl.Int64(), **dict.fromkeys(layout.used_columns, pl.String())}
    frame = pl.DataFrame(rows, schema, orient="row")
    if isinstance(layout, UsageLayout):
        how = Reading(layout, mapping.source_system, context.subscriber, key, plan, TraitBook())
        suspended_now = convert_usage(frame, how).suspended
    else:
        _, suspended_now = convert_master(frame, layout, mapping.source_system, key, plan)
    suspended |= {
        row: SUB_REASONS[code] for row, code in suspended_now.select("row", "sub_reason").rows()
    }
    return Reread(
        layout, frame.join(suspended_now, on="row", how="anti", maintain_order="left"), suspended
    )


@dataclass
class RecordReader:
    """Records at hand, to be taken in as a file is: a `Reader`."""

    layout: Layout
    form: Form
    frame: pl.DataFrame
    found: dict[int, Located]  # by row
    counts: Counts = field(default_factory=Counts)

    def chunks(self) -> Iterator[Callable[[], Chunk]]:
        yield lambda: Chunk(self.frame)

    def located(self, rows: set[int]) -> Iterator[Located]:
        return (self.found[row] for row in sorted(rows))


def located_text(row: int, address: Address, text: RecordText) -> Located:
    return Located(row, address, text.raw, text.is_cut)
