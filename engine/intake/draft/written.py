"""A draft as the YAML of a mapping, each field with why it is so and how sure that is."""

import json
import re
from collections.abc import Iterator, Sequence

from doisoat.engine.intake.draft.draft import FIELDS, Draft
from doisoat.engine.intake.draft.guess import Guess
from doisoat.engine.intake.draft.heads import field_of_head, folded
from doisoat.engine.intake.draft.volumes import unit_of
from doisoat.messages.text import Text, in_language, message

ANSWER = message(
    "Only you can say: answer each below and take its line away. Until then nothing is taken in."
)
ONE_UNIT = message("bytes, KB, MB or GB: yours to say")
PART_OF_IDS = message(
    "a part of every event's id: with another word, records that are exported again count twice"
)
YOURS = message("its form is yours to say")
EMPTY = '{constant: ""}'
SIZES = ("units", "uplink", "downlink")  # fields that heads of volumes of data say
ABSENT = {  # of fields that a file has not, where the mapping must say more than that
    "segment": "{constant: standard}",
    "valid_from": '{constant: "", form: civil}',
    "valid_until": '{constant: "", form: civil}',
    "bought": '{constant: "", form: civil}',
}


def yaml_of(
    drafts: Sequence[Draft],
    name: str,
    carrier: str | None,
    questions: Sequence[Text],
    language: str,
) -> str:
    """The text of a mapping of several files' drafts; `carrier` of all their records.

    Without a carrier the mapping lacks that field, and no file is read by it. With questions none
    is taken in by it until somebody has answered them.
    """
    lacks_carrier = carrier is None and any(draft.needs_carrier for draft in drafts)
    system = "# source_system: …" if lacks_carrier else f"source_system: {_system(carrier)}"
    part = in_language(PART_OF_IDS, language)
    lines = [f"name: {name}", f"title: {name}", f"{system}  # {part}", ""]
    if questions:
        lines.append(f"# {in_language(ANSWER, language)}")
        lines.append("open:")
        lines += [f"  - {json.dumps(in_language(q, language), ensure_ascii=False)}"
                  for q in questions]  # fmt: skip
        lines.append("")
    for kind in FIELDS:
        of_kind = [draft for draft in drafts if draft.kind == kind]
        if of_kind:
            lines.append(f"{kind}:")
            taken: set[str] = set()
            for draft in of_kind:
                lines += _layout(draft, carrier, _layout_name(draft, taken), language)
    return "\n".join(lines) + "\n"


def _system(carrier: str | None) -> str:
    """The source of a carrier's records, whatever its files and mappings are called."""
    word = re.sub(r"[^a-z0-9]+", "-", (carrier or "export").lower()).strip("-")[:30]
    return word if word[:1].isalpha() else f"m-{word}"


def _layout_name(draft: Draft, taken: set[str]) -> str:
    base = draft.usage_kind or draft.kind
    name, place = base, 2
    while name in taken:
        name, place = f"{base}_{'x' * (place - 1)}", place + 1
    taken.add(name)
    return name


def _layout(draft: Draft, carrier: str | None, name: str, language: str) -> Iterator[str]:
    sample = draft.sample
    yield f"  - name: {name}  # {sample.name}"
    for note in draft.notes:
        yield f"    # {in_language(note, language)}"
    for word, value in sample.words.items():
        yield f"    {word}: {_value(value)}"
    if draft.names:
        yield "    numbers: names"
        yield f"    destination: {_destination(draft)}"
    guesses = {guess.field: guess for guess in draft.guesses}
    units = guesses["units"].columns if "units" in guesses else ()
    if any(field_of_head(folded(column)) in SIZES for column in units):
        open_unit = f"  # {in_language(ONE_UNIT, language)}"
        yield f"    data_unit: {unit_of(units) or open_unit}"
    if draft.key is not None:
        key = draft.key
        why = f"{in_language(key.why, language)}, {key.sure:.0%}"
        yield f"    key: {{columns: {_value(key.columns)}}}  # {why}"
    yield "    fields:"
    if draft.needs_carrier:
        said = "" if carrier is None else _quoted(carrier)
        line = f"      carrier: {{constant: {said}}}"
        yield line if said else "      # carrier: {constant: …}  whose records these are"
    for guess in draft.guesses:
        why = f"{in_language(guess.why, language)}, {guess.sure:.0%}"
        if not guess.is_whole:
            why += f"; {in_language(YOURS, language)}"
        yield f"      {guess.field}: {_source(guess)}  # {why}"
    for field in () if draft.kind == "usage" else FIELDS[draft.kind]:
        if field not in guesses and (field != "carrier" or draft.kind == "ports"):
            yield f"      {field}: {ABSENT.get(field, EMPTY)}"
    if draft.rules:
        yield "    rules:"
    for name, column, words in draft.rules:
        listed = ", ".join(map(_quoted, words))
        yield f"      - {{name: {name}, column: {_quoted(column)}, values: [{listed}]}}"


def _destination(draft: Draft) -> str:
    """Classes of destinations: names have no number plan."""
    words = [guess.words["values"] for guess in draft.guesses if guess.field == "direction"]
    if not words or not isinstance(words[0], dict):
        return '"class:outgoing"'
    return _value({word: f"class:{word}" for word in dict.fromkeys(words[0].values())})


def _source(guess: Guess) -> str:
    words = dict(guess.words)
    if guess.columns and not words.keys() & {"sum_of", "between", "first_of", "joined"}:
        words = {"column": guess.columns[0], **words}
    return "{" + ", ".join(f"{name}: {_value(value)}" for name, value in words.items()) + "}"


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(str(k))}: {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    return _quoted(str(value))


def _quoted(text: str) -> str:
    """A text as YAML: plain where that is safe, else in double quotes."""
    is_plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text) is not None
    return text if is_plain else json.dumps(text, ensure_ascii=False)
