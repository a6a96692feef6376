"""Checks of a mapping before any file is read by it: errors and warnings."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from doisoat.engine.intake.mapping.field_sources import Source
from doisoat.engine.intake.mapping.mapping import (
    Layout,
    Mapping,
    MappingText,
    UsageLayout,
    mapping_text,
)
from doisoat.engine.store.file_kinds import FILE_KINDS
from doisoat.messages.text import message

KINDS = ("voice", "sms", "data", "pack", "fee")
NEEDED = {"voice": ("other", "duration"), "sms": ("other", "units"), "data": ("units",)}
IDENTITIES = ("subscriber", "other", "account")


@dataclass(frozen=True, slots=True)
class Finding:
    """An error keeps the mapping from being used; a warning does not."""

    severity: Literal["error", "warning"]
    code: str
    where: str
    what: str
    mend: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A mapping, if it can be used, and what was found."""

    mapping: Mapping | None
    findings: tuple[Finding, ...]


def check_mapping(path: str) -> Checked:
    """Check the mapping file at a path; IntakeError if it cannot be read as YAML at all."""
    text = MappingText(mapping_text(path), path)
    if text.mapping is None:
        errors = (tuple(map(str, error.args)) for error in text.complaints)
        return Checked(
            None, tuple(Finding("error", "refused", at, fault, mend) for fault, at, mend in errors)
        )
    return Checked(text.mapping, tuple(_layouts(text.mapping, text)))


def _layouts(mapping: Mapping, text: MappingText) -> Iterator[Finding]:
    for kind in FILE_KINDS:
        layouts = mapping.of_kind(kind)
        for at, layout in enumerate(layouts):
            hides = next((earlier for earlier in layouts[:at] if _hides(earlier, layout)), None)
            if hides is not None:
                yield Finding(
                    "warning", "unreachable", text.place((kind, at)),
                    message("layout {layout} is never reached: {hides}, which is tried"
" before, fits every file that it fits", layout=layout.name, hides=hides.name),
                    message("put it first, or drop it"),
                )  # fmt: skip
            if isinstance(layout, UsageLayout):
                yield from _usage(layout, (kind, at), text)


def _hides(first: Layout, second: Layout) -> bool:
    """Does the first fit every file that the second does?"""
    if first.table is not None or second.table is not None:
        return first.table == second.table
    if first.encoding != second.encoding or first.sheet != second.sheet:
        return False
    if first.characters is not None or second.characters is not None:
        return first.characters == second.characters and first.header == second.header
    if first.delimiter != second.delimiter or first.header != second.header:
        return False
    if first.header == "no":
        return first.columns == second.columns
    return set(first.used_columns) <= set(second.used_columns)


def _usage(layout: UsageLayout, path: tuple[str, int], text: MappingText) -> Iterator[Finding]:
    fields = layout.fields
    if layout.key is None:
        yield Finding(
            "warning", "no_key", text.place(path),
            message("layout {layout} has no key: a record that was corrected and sent again"
" is another record, and no conflict", layout=layout.name),
            message("give the columns that make a record itself, if the source has some"),
        )  # fmt: skip
    else:
        ids = [getattr(fields, name) for name in IDENTITIES]
        numbers = {column for source in ids if source is not None for column in source.columns}
        for column in layout.key.columns:
            if column in numbers:
                yield Finding(
                    "warning", "number_in_key", text.place((*path, "key")),
                    message("the key of {layout} reads column {column}, which holds numbers:"
" event ids are digests without a secret", layout=layout.name, column=repr(column)),
                    message("take a key of the source's own, or leave it out"),
                )  # fmt: skip
    for kind in _known_words(fields.kind):
        if kind not in KINDS:
            yield Finding(
                "warning", "unknown_kind", text.place((*path, "fields", "kind")),
                message("kind {kind}: every such record will be suspended as bad_kind",
                        kind=repr(kind)),
                message("say one of {kinds}", kinds=', '.join(KINDS)),
            )  # fmt: skip
        for name in NEEDED.get(kind, ()):
            if getattr(fields, name) is None:
                yield Finding(
                    "warning", "never_complete", text.place((*path, "fields")),
                    message("a record of kind {kind} needs {name}, which no column gives:"
" every one will be suspended as missing_field", kind=kind, name=name),
                    message("give the field {name}", name=name),
                )  # fmt: skip


def _known_words(source: Source) -> list[str]:
    """The words that a field can come out as, where the mapping knows them."""
    if source.values is not None:
        return list(dict.fromkeys(source.values.values()))
    return [] if source.constant is None else [source.constant]
