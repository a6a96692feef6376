"""A draft of an overlay as YAML, with what the catalogue has and why each value is asked."""

import json
from collections.abc import Iterator

from doisoat.currency import number_text
from doisoat.messages.text import Text, message
from doisoat.settlement.pricing.draft import Draft
from doisoat.settlement.pricing.draft_entry import Entry, Value
from doisoat.tariffs.change.patch_file import UNFILLED
from doisoat.tariffs.models.outline import date_text


def yaml_of(draft: Draft) -> str:
    """The text of a draft: every value that is UNFILLED is refused until it is written."""
    lines = [
        *_comment(how_to_fill(draft)),
        f"id: {draft.id}",
        f"title: {_text(title_of(draft).vi)}",
        f"title_en: {_text(title_of(draft).en)}",
        f"author: {_text(draft.name)}",
        *_comment(message("the document that gives these prices: its number and date")),
        f"reference: {_text(UNFILLED)}",
        f"carrier: {draft.carrier}",
        "changes:",
    ]
    for entry in draft.entries:
        lines += _change(entry)
    for note in left_notes(draft):
        lines += ["", *_comment(note)]
    return "\n".join(lines) + "\n"


def title_of(draft: Draft) -> Text:
    """What the overlay is called until somebody calls it otherwise."""
    return message(
        "Own prices of {carrier}, {month}",
        carrier=Text(draft.name, draft.name_en), month=draft.month,
    )  # fmt: skip


def how_to_fill(draft: Draft) -> Text:
    """What is to be done with a draft, in a sentence or two."""
    return message(
        "Write your own price in place of each {sign}, and the document in reference. Look the"
        " other values over. Delete what you do not want to give: the catalogue's value stays,"
        " and stays assumed. Then: doisoat settle {month} --overlay FILE",
        sign=UNFILLED,
        month=draft.month,
    )


def left_notes(draft: Draft) -> Iterator[Text]:
    """What the month names besides, for which nobody can draft a price."""
    for pack, events in draft.unknown_packs:
        yield message(
            "pack {pack} ({events} events) is in no catalogue: if it is no slip, add it as"
            " packs.{pack}, like one of the catalogue, and then its price, validity and volumes",
            pack=pack,
            events=number_text(events),
        )
    if draft.nowhere:
        yield message(
            "{events} events are to numbers that no range of the number plan holds: no price mends"
            " them; look at the numbers in their source",
            events=number_text(draft.nowhere),
        )
    for host, events in draft.unlisted_hosts:
        yield message(
            "data of the rating group {host} ({events} events) is on no zero-rated list: if it is"
            " to be free, add it as zero_rated_hosts.LIST.{host}",
            host=host,
            events=number_text(events),
        )


def _change(entry: Entry) -> Iterator[str]:
    yield ""
    yield from _comment(entry.about, "  ")
    yield from _comment(comment_of(entry), "  ")
    yield f"  - key: {entry.key}"
    yield f"    value: {flow(entry.value)}"
    if entry.valid_from is not None:
        yield f"    valid_from: {date_text(entry.valid_from)}"


def comment_of(entry: Entry) -> Text:
    """What the catalogue has, why the value is asked, and how many events it prices."""
    return message(
        "now: {present}; {why}; events of the month: {events}",
        present=entry.present or "–",
        why=entry.why,
        events=number_text(entry.events),
    )


def _comment(text: Text, indent: str = "") -> Iterator[str]:
    for half in dict.fromkeys((text.vi, text.en)):
        yield f"{indent}# {' '.join(half.split())}"


def flow(value: Value) -> str:
    """A value on one line, every text in quotation marks."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(below)}" for key, below in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return _text(value)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
