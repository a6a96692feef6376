"""The annex of a letter that lists the lines behind its variances."""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from typing import Any, NamedTuple

from doisoat.messages.text import Text, capital, composed, counted_message, joined
from doisoat.settlement.reconcile.letter import letter_template as words
from doisoat.settlement.reconcile.letter.cause_words import CAUSE_WORDS
from doisoat.settlement.reconcile.letter.detail_words import detail_in_words
from doisoat.settlement.reconcile.letter.letter_facts import DONG, Subject, Writer
from doisoat.settlement.reconcile.letter.letter_lines import (
    DifferingLine,
    Group,
    Line,
    Record,
    Side,
    Suspended,
)
from doisoat.settlement.report.report_text import reason_of


class Head(NamedTuple):
    """Of a column. is_wide: it takes what is left of the width."""

    name: str
    is_figure: bool = False
    is_wide: bool = False


def lines_annex(
    write: Writer, subject: Subject, groups: Sequence[Group], most: int
) -> dict[str, Any]:
    """The note and the tables. Args: most: lines shown of each cause."""
    return {
        "note": words.LINES_NOTE(most=write.say.whole(most)),
        "groups": [_group(write, subject, group) for group in groups],
    }


def _group(write: Writer, subject: Subject, group: Group) -> dict[str, Any]:
    (place,) = subject.places([group.variance])
    heads = (Head(words.ORDINAL, is_figure=True), *_heads(write, group))
    return {
        "title": words.DIFFERENCE_TITLE(place=place, cell=write.cell(group.variance)),
        "about": capital(_about(write, group)),
        "heads": [{"name": h.name, "right": h.is_figure, "wide": h.is_wide} for h in heads],
        "rows": [
            [str(number), *_cells(write, group, line)]
            for number, line in enumerate(group.lines, start=1)
        ],
    }


def _about(write: Writer, group: Group) -> Text:
    """How many lines the causes are about, how many of them are printed, what they come to."""
    return words.ABOUT_LINES[len(group.lines) < group.in_all, group.amount is not None](
        cause=_causes(write, group),
        lines=counted_message(
            "{number} line", "{number} lines",
            count=group.in_all, number=write.say.whole(group.in_all),
        ),
        shown=write.say.whole(len(group.lines)),
        amount=write.figure(group.amount, DONG),
    )  # fmt: skip


def _causes(write: Writer, group: Group) -> Text:
    """Each cause with its details."""
    if not group.parts:
        return words.DECLARED_OTHERWISE
    details: dict[str, list[str]] = {}
    for part in group.parts:
        text = detail_in_words(write.names, write.say, part)
        details.setdefault(part.cause, []).append(text)
    causes = (
        composed("{} ({})", CAUSE_WORDS[cause].name, "; ".join(texts))
        for cause, texts in details.items()
    )
    return reduce(lambda one, other: words.EITHER(one=one, other=other), causes)


def _heads(write: Writer, group: Group) -> tuple[Head, ...]:
    start = Head(words.START)
    where = Head(words.RECORD, is_wide=True)
    units, dong = _units(write, group), write.unit(DONG)
    match group.lines[0]:
        case Suspended():
            return start, Head(words.WHY_SUSPENDED), where
        case DifferingLine():
            sides = words.DECLARED_START, words.RECOMPUTED_START
            of_sides = (
                head for side in sides
                for head in (
                    Head(side),
                    Head(capital(units), is_figure=True), Head(capital(dong), is_figure=True),
                )
            )  # fmt: skip
            return *of_sides, Head(words.CAUSE), where
        case Line():
            measure = () if group.variance.measure else (Head(words.MEASURE),)
            return (
                start, *measure, Head(words.TIMES, is_figure=True),
                Head(capital(units), is_figure=True), Head(capital(dong), is_figure=True), where,
            )  # fmt: skip


def _cells(write: Writer, group: Group, line: Line | DifferingLine | Suspended) -> list[str]:
    where, unit = _records(write, line.records), group.variance.unit
    match line:
        case Suspended():
            reason = reason_of(line.reason).name
            return [_moment(write, line.start_at), reason, where]
        case DifferingLine():
            sides = (_side(write, side, unit) for side in (line.claimed, line.recomputed))
            causes = joined("; ", (CAUSE_WORDS[of].name for of in line.causes))
            figures = (cell for side in sides for cell in side)
            where = words.WHERE_OF_EVENT(where=where, event=line.event)
            return [*figures, causes or words.NOT_KNOWN, where]
        case Line():
            measure = write.names.measure(write.say, line.measure)
            plus = "+" if line.times > 0 else ""
            return [
                _moment(write, line.start_at), *([] if group.variance.measure else [measure]),
                plus + write.say.whole(line.times), write.figure(line.units, unit),
                write.figure(line.amount, DONG), where,
            ]  # fmt: skip


def _side(write: Writer, side: Side, unit: str) -> list[str]:
    """What one side of a claim by line tells of a line; "–" where it does not have it."""
    if side.start_at is None:
        return ["–", "–", "–"]
    province = write.names.province(write.say, side.home_province or "")
    start = f"{_moment(write, side.start_at)}, {province}"
    return [start, write.figure(side.units, unit), write.figure(side.amount, DONG)]


def _units(write: Writer, group: Group) -> Text:
    """What units are counted in; of several measures: nothing that can be named."""
    return write.unit(group.variance.unit) if group.variance.unit else words.UNITS_OF_SEVERAL


def _moment(write: Writer, moment: datetime) -> str:
    return write.say.moment(moment.replace(microsecond=0))


def _records(write: Writer, records: Sequence[Record]) -> str:
    """Where a line can be found by whoever delivered it; "–" if its usage was removed since."""
    places = []
    for record in records:
        where = words.RECORD_AGAIN if record.is_again else words.RECORD_PLACE
        places.append(where(file=record.file, row=write.say.whole(record.row)))
    return joined("; ", places) or "–"
