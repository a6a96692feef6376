"""Differences of tariffs in words: a sentence in Vietnamese and one in English for each."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from doisoat.messages.text import Text, composed, joined, message, message_in
from doisoat.tariffs.change.diff import Change, Difference
from doisoat.tariffs.models.catalogue_model import After, Volume
from doisoat.tariffs.models.field_types import Model
from doisoat.tariffs.models.labels import ITEMS, NAMED, Words, label_of, words_of
from doisoat.tariffs.models.outline import KEYED, Path, Tree
from doisoat.tariffs.models.period_charge import PeriodCharge
from doisoat.tariffs.models.rates import Rate, Step
from doisoat.tariffs.models.value_words import AS_WRITTEN, Wording

ENTRIES: dict[str, type[Model]] = {
    "rates": Rate, "steps": Step, "volumes": Volume, "after": After, "charges": PeriodCharge,
}  # fmt: skip
CHANGE_VERBS = {
    "added": message_in("in a line", "added"),
    "removed": message_in("in a line", "removed"),
    "changed": message_in("diff text", "changed"),
    "new_version": message("new version"),
}
UNTOLD = ("id", "source", "sources", "mark", "name_en", "title_en", "volume_order")


class Sentence(NamedTuple):
    vi: str
    en: str

    @classmethod
    def of(cls, text: Text) -> "Sentence":
        return cls(*text.pair)


def text_of(tree: Tree, language: int = 1, above: str = "", wording: Wording = AS_WRITTEN) -> str:
    """A value in one line, as it is written or in words; `language`: 0 Vietnamese, 1 English.

    `above`: the key under which it stands.
    """
    if isinstance(tree, dict):
        parts = []
        for name, below in tree.items():
            label = label_of(name, above).pair[language]
            if name in KEYED and isinstance(below, dict):
                entries = [
                    entry_text(name, key, entry, language, wording) for key, entry in below.items()
                ]
                parts.append(f"{label}: {'; '.join(entries)}" if entries else "")
                continue
            if name in UNTOLD and above not in NAMED:
                continue
            is_named = above in NAMED and not isinstance(below, dict)  # as a new price, by pack
            text = text_of(below, language, above if is_named else name, wording)
            if text:
                parts.append(f"{label} ({text})" if isinstance(below, dict) else f"{label} {text}")
        return ", ".join(filter(None, parts))
    if isinstance(tree, tuple):
        return ", ".join(text_of(part, language, above, wording) for part in tree) or "-"
    if isinstance(tree, bool):
        return message("yes").pair[language] if tree else message("no").pair[language]
    return "" if tree is None else wording.value(above, str(tree), language)


def entry_text(
    name: str, key: str, entry: Tree, language: int, wording: Wording = AS_WRITTEN
) -> str:
    """An entry of a keyed list without what its key says already."""
    assert isinstance(entry, dict)
    rest = {field: value for field, value in entry.items() if field not in KEYED[name]}
    said = wording.key(name, key, language) if key else ""
    return f"{said} {text_of(rest, language, wording=wording)}".strip()


def sentences(difference: Difference, wording: Wording = AS_WRITTEN) -> tuple[Sentence, ...]:
    """What became of an item, a sentence for each change of it."""
    item, verb = ITEMS[difference.section], CHANGE_VERBS[difference.kind]
    names = Words(f"{item.vi} {difference.key}", f"{item.en} {difference.key}")
    if difference.kind in ("added", "removed"):
        texts = [text_of(difference.item, language, wording=wording) for language in (0, 1)]
        return (Sentence(f"{verb.vi} {names.vi}: {texts[0]}", f"{verb.en} {names.en}: {texts[1]}"),)
    if difference.kind == "new_version":
        names = message("{verb} of {names}", verb=verb, names=names)
        if not difference.changes:
            return (Sentence.of(message("{names}: nothing changed", names=names)),)
    return tuple(
        Sentence(f"{names.vi}: {sentence.vi}", f"{names.en}: {sentence.en}")
        for sentence in (change_sentence(change, wording) for change in difference.changes)
    )


def change_sentence(change: Change, wording: Wording = AS_WRITTEN) -> Sentence:
    """One change in words; of a list only what came and went."""
    name = words_of(change.path, wording)
    before, after = (
        Text(*(_side_text(change.path, side, language, wording) for language in (0, 1)))
        for side in (change.before, change.after)
    )
    if change.before is None:
        return Sentence.of(message("{name} added: {value}", name=name, value=after))
    if change.after is None:
        return Sentence.of(message("{name} removed (was {value})", name=name, value=before))
    if isinstance(change.before, tuple) and isinstance(change.after, tuple):
        added = tuple(part for part in change.after if part not in change.before)
        went = tuple(part for part in change.before if part not in change.after)
        if added or went:
            more, less = (
                Text(*(text_of(part, language, change.path[-1], wording) for language in (0, 1)))
                for part in (added, went)
            )
            parts = [message("with {names}", names=more)] if more.en != "-" else []
            parts += [message("without {names}", names=less)] if less.en != "-" else []
            return Sentence.of(composed("{}: {}", name, joined("; ", parts)))
    return Sentence.of(
        message("{name} changed from {before} to {after}", name=name, before=before, after=after)
    )


def _side_text(path: Path, value: Tree, language: int, wording: Wording) -> str:
    """One side of a change, without defaults; nothing, written out, is a dash."""
    if len(path) > 1 and path[-2] in KEYED and isinstance(value, dict):
        fields = ENTRIES[path[-2]].model_fields
        non_default = {name: part for name, part in value.items() if part != fields[name].default}
        return entry_text(path[-2], "", non_default, language, wording)
    return text_of(value, language, path[-1], wording) or "-"


def as_object(difference: Difference) -> Mapping[str, Any]:
    """A difference as `--json` prints it."""
    content: dict[str, Any] = {
        "section": difference.section,
        "key": difference.key,
        "kind": difference.kind,
        "sentences": [sentence._asdict() for sentence in sentences(difference)],
    }
    if difference.kind in ("added", "removed"):
        return {**content, "item": difference.item}
    return {
        **content,
        "changes": [
            {"path": list(change.path), "before": change.before, "after": change.after}
            for change in difference.changes
        ],
    }
