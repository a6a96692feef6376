"""Dates of a patch: which versions of a plan or pack hold when a changed value is to hold."""

from collections.abc import Sequence
from datetime import datetime

from doisoat.errors import CatalogueError
from doisoat.tariffs.change.patch_models import Change, Keyed
from doisoat.tariffs.change.patch_tree import copied, place_of, put, text_of
from doisoat.tariffs.load.tree import Node

DATED = ("plans", "packs")  # lists of versions of an id, one after the other

Span = tuple[datetime, datetime | None]
Spans = dict[tuple[str, str], list[Span]]


def _moment(node: Node | None) -> datetime | None:
    return None if node is None else datetime.fromisoformat(text_of(node))


def _span(item: Node) -> Span:
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
    spans = _joined([_span(version) for version in versions])
    first = spans[0][0]
    wanted = (begin or first, end)
    if not any(_covers(span, wanted) for span in spans):
        listed = "; ".join(_interval(span) for span in spans)
        raise CatalogueError(
            f"{change.key}: no version of {name} holds all of {_interval(wanted)}", where,
            f"give dates within {listed}",
        )  # fmt: skip
    chosen = []
    for version in versions:
        span = _span(version)
        low = max(span[0], wanted[0])
        highs = [moment for moment in (span[1], end) if moment is not None]
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


def _joined(spans: Sequence[Span]) -> list[Span]:
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
    spans: Spans = {}
    for name in DATED:
        listed = prices.child(name)
        for item in listed.value if listed is not None and isinstance(listed.value, list) else []:
            if isinstance(item, Node) and item.child("valid_from") is not None:
                spans.setdefault((name, text_of(item.child("id"))), []).append(_span_or_none(item))
    return {key: _joined(version_spans) for key, version_spans in spans.items()}


def _span_or_none(item: Node) -> Span:
    try:
        return _span(item)
    except ValueError as error:
        raise CatalogueError(
            f"valid_from or valid_until is not a civil moment ({error})", item.where,
            "write 2021-08-05 or 2021-07-24T06:00",
        ) from None  # fmt: skip


def refuse_holes(before: Spans, after: Spans, keyed: Sequence[Keyed]) -> None:
    """A plan or pack holds at least whenever it held before."""
    for (name, item), spans in before.items():
        now = after.get((name, item), [])
        for span in spans:
            if not any(_covers(span_now, span) for span_now in now):
                cause = next(node for _, node, segments in keyed if segments[:2] == (name, item))
                listed = "; ".join(map(_interval, now))
                raise CatalogueError(
                    f"the dates leave a hole: {item} held {_interval(span)}, and now {listed}",
                    place_of(cause, "key"),
                    "change the value for a time by `valid_from` and `valid_until` of the change,"
                    " and leave the version's own dates alone",
                )
