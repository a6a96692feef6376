"""Dates of a patch: which versions of an entry hold when a changed value is to hold."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.tariffs.change.patch_lists import DATED, Listed, entries_in, list_of, names_of
from doisoat.tariffs.change.patch_models import Change, Keyed
from doisoat.tariffs.change.patch_tree import copied, place_of, put, text_of
from doisoat.tariffs.load.tree import Node

Span = tuple[datetime, datetime | None]
Entry = tuple[str, tuple[str, ...]]  # a list's name, and what an entry of it is called
Spans = dict[Entry, list[Span]]


def _moment(node: Node | None) -> datetime | None:
    return None if node is None else datetime.fromisoformat(text_of(node))


def span_of(item: Node) -> Span:
    """When a version holds."""
    begin = _moment(item.child("valid_from"))
    assert begin is not None
    return begin, _moment(item.child("valid_until"))


def versions_within(
    change: Change, where: str, name: str, items: list[Node], versions: list[Node]
) -> list[Node]:
    """The versions that hold within a change's dates, each cut off where these begin and end."""
    begin, end = change.valid_from, change.valid_until
    if begin is None and end is None:
        return versions
    spans = joined_spans([span_of(version) for version in versions])
    first = spans[0][0]
    wanted = (begin or first, end)
    if not any(_covers(span, wanted) for span in spans):
        listed = "; ".join(_interval(span) for span in spans)
        raise CatalogueError(
            message(
                "{key}: no version of {name} holds all of {interval}",
                key=change.key,
                name=name,
                interval=_interval(wanted),
            ),
            where,
            message("give dates within {listed}", listed=listed),
        )
    return cut_out(where, items, versions, wanted)


def cut_out(where: str, items: list[Node], versions: Sequence[Node], wanted: Span) -> list[Node]:
    """The parts of versions within a span, each an item of its own; the rest stay beside them."""
    chosen = []
    for version in versions:
        span = span_of(version)
        low = max(span[0], wanted[0])
        highs = [moment for moment in (span[1], wanted[1]) if moment is not None]
        high = min(highs, default=None)
        if high is not None and high <= low:
            continue
        for cut_from, cut_until in ((span[0], low), (high, span[1])):
            if cut_from is not None and (cut_until is None or cut_from < cut_until):
                cut_version = copied(version)
                put(cut_version, "valid_from", Node(cut_from.isoformat(), where))
                if cut_until is not None:
                    put(cut_version, "valid_until", Node(cut_until.isoformat(), where))
                items.append(cut_version)
        put(version, "valid_from", Node(low.isoformat(), where))
        if high is not None:
            put(version, "valid_until", Node(high.isoformat(), where))
        chosen.append(version)
    return chosen


def joined_spans(spans: Sequence[Span]) -> list[Span]:
    """Spans in their order, those that meet as one."""
    joined: list[Span] = []
    for begin, end in sorted(spans, key=lambda span: span[0]):
        if joined and (joined[-1][1] is None or joined[-1][1] >= begin):
            last = joined[-1][1]
            joined[-1] = (joined[-1][0], None if last is None or end is None else max(last, end))
        else:
            joined.append((begin, end))
    return joined


def _covers(span: Span, wanted: Span) -> bool:
    ends = span[1] is None or (wanted[1] is not None and wanted[1] <= span[1])
    return span[0] <= wanted[0] and ends


def _interval(span: Span) -> str:
    return f"[{span[0].isoformat()}, {'…' if span[1] is None else span[1].isoformat()})"


def spans_of(prices: Node) -> Spans:
    """When each dated entry of a catalogue's tree holds."""
    spans: Spans = {}
    for listed in DATED:
        for item in entries_in(prices, listed):
            if item.child("valid_from") is not None:
                spans.setdefault((listed.name, names_of(item, listed)), []).append(
                    _span_or_none(item)
                )
    return {key: joined_spans(version_spans) for key, version_spans in spans.items()}


def _span_or_none(item: Node) -> Span:
    try:
        return span_of(item)
    except ValueError as error:
        raise CatalogueError(
            message("valid_from or valid_until is not a civil moment ({error})", error=error),
            item.where,
            message("write 2021-08-05 or 2021-07-24T06:00"),
        ) from None


def refuse_holes(before: Spans, after: Spans, keyed: Sequence[Keyed]) -> None:
    """An entry holds at least whenever it held before, and has no gap that it had not.

    What a change takes out from a day on may end there.
    """
    withdrawn = _withdrawn(keyed)
    for entry, spans in before.items():
        now, name = after.get(entry, []), " ".join(entry[1])
        for span in spans:
            needed = _until(span, entry, withdrawn)
            if needed is not None and not any(_covers(span_now, needed) for span_now in now):
                listed = "; ".join(map(_interval, now))
                raise CatalogueError(
                    message(
                        "the dates leave a hole: {name} held {interval}, and now {listed}",
                        name=name,
                        interval=_interval(span),
                        listed=listed,
                    ),
                    place_of(_cause(entry, keyed), "key"),
                    message(
                        "change the value for a time by `valid_from` and `valid_until` of the"
                        " change, and leave the version's own dates alone"
                    ),
                )
    for entry, now in after.items():
        if len(now) > max(1, len(before.get(entry, []))):
            listed = "; ".join(map(_interval, now))
            raise CatalogueError(
                message(
                    "the dates leave a hole: {name} would hold {listed}",
                    name=" ".join(entry[1]),
                    listed=listed,
                ),
                place_of(_cause(entry, keyed), "key"),
                message(
                    "let one version begin where the other ends, or call the later one otherwise"
                ),
            )


def _withdrawn(keyed: Sequence[Keyed]) -> Mapping[Entry, datetime | None]:
    """The entries that changes take out, each from when on; None: all of it."""
    withdrawn: dict[Entry, datetime | None] = {}
    for change, _, segments in keyed:
        named = list_of(segments)
        if named is not None and change.remove and not named[2]:
            withdrawn[named[0].name, named[1]] = change.valid_from
    return withdrawn


def _until(span: Span, entry: Entry, withdrawn: Mapping[Entry, datetime | None]) -> Span | None:
    """The part of a span before its entry is withdrawn; None where nothing is left of it."""
    if entry not in withdrawn:
        return span
    end = withdrawn[entry]
    if end is None or end <= span[0]:
        return None
    return span[0], end if span[1] is None else min(span[1], end)


def _cause(entry: Entry, keyed: Sequence[Keyed]) -> Node:
    """The last change of an entry."""
    for _, node, segments in reversed(keyed):
        named = list_of(segments)
        if named is not None and (named[0].name, named[1]) == entry:
            return node
    return keyed[-1].node


def words_of(listed: Listed, names: tuple[str, ...]) -> str:
    """An entry as a key names it."""
    quoted = (f'"{name}"' if "." in name else name for name in names)
    return ".".join((listed.name, *quoted))
