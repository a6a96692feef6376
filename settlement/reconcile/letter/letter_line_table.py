"""The annex of a letter that lists the lines behind its variances, in one language."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from doisoat.settlement.reconcile.letter.cause_words import CAUSE_WORDS
from doisoat.settlement.reconcile.letter.detail_words import detail_in_words
from doisoat.settlement.reconcile.letter.letter_facts import DONG, Subject, Writer, capital
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
    shown = write.say.whole(most)
    return {
        "note": write(
            "Mỗi dòng chỉ bản ghi mà nó được đọc ra: tệp do Quý doanh nghiệp gửi và thứ tự bản ghi"
            f" trong tệp. Mỗi nguyên nhân in nhiều nhất {shown} dòng đầu, theo thời gian; số dòng"
            " và tổng là của tất cả các dòng.",
            "Each line names the record that it was read from: the file that you delivered, and"
            f" the place of the record in it. Of each cause the first {shown} lines are printed, by"
            " time; counts and sums are of all of them.",
        ),
        "groups": [_group(write, subject, group) for group in groups],
    }


def _group(write: Writer, subject: Subject, group: Group) -> dict[str, Any]:
    (place,) = subject.places([group.variance])
    otherwise = write("các dòng kê khai khác", "lines that were declared otherwise")
    cause = _causes(write, group) or otherwise
    count = write.say.whole(group.in_all)
    about = [write(f"{cause}: {count} dòng", f"{cause}: {count} line{'s' * (group.in_all != 1)}")]
    if len(group.lines) < group.in_all:
        shown = write.say.whole(len(group.lines))
        about.append(write(f"in {shown} dòng đầu", f"of which the first {shown} are printed"))
    if group.amount is not None:
        figure = write.figure(group.amount, DONG)
        about.append(write(f"cộng {figure} đồng", f"{figure} đồng in all"))
    heads = (Head(write("STT", "No."), is_figure=True), *_heads(write, group))
    return {
        "title": write(f"Chênh lệch số {place}", f"Difference {place}")
        + f": {write.cell(group.variance)}",
        "about": capital(", ".join(about)) + ".",
        "heads": [{"name": h.name, "right": h.is_figure, "wide": h.is_wide} for h in heads],
        "rows": [
            [str(number), *_cells(write, group, line)]
            for number, line in enumerate(group.lines, start=1)
        ],
    }


def _causes(write: Writer, group: Group) -> str:
    """Each cause with its details; '' of none."""
    details: dict[str, list[str]] = {}
    for part in group.parts:
        text = detail_in_words(write.names, write.say, part)
        details.setdefault(part.cause, []).append(text)
    return write(", hoặc ", ", or ").join(
        f"{write.say.text(CAUSE_WORDS[cause].name)} ({'; '.join(texts)})"
        for cause, texts in details.items()
    )


def _heads(write: Writer, group: Group) -> tuple[Head, ...]:
    start = Head(write("Bắt đầu", "Start"))
    where = Head(write("Bản ghi", "Record"), is_wide=True)
    units, dong = _units(write, group), write.unit(DONG)
    match group.lines[0]:
        case Suspended():
            return start, Head(write("Lý do treo", "Why suspended")), where
        case DifferingLine():
            sides = write("Kê khai", "Declared"), write("Tính lại", "Recomputed")
            of_sides = (
                head for side in sides
                for head in (
                    Head(write(f"{side}: bắt đầu, tỉnh", f"{side}: start, province")),
                    Head(capital(units), is_figure=True), Head(capital(dong), is_figure=True),
                )
            )  # fmt: skip
            return *of_sides, Head(write("Nguyên nhân", "Cause")), where
        case Line():
            measure = () if group.variance.measure else (Head(write("Biện pháp", "Measure")),)
            return (
                start, *measure, Head(write("Số lần", "Times"), is_figure=True),
                Head(capital(units), is_figure=True), Head(capital(dong), is_figure=True), where,
            )  # fmt: skip


def _cells(write: Writer, group: Group, line: Line | DifferingLine | Suspended) -> list[str]:
    where, unit = _records(write, line.records), group.variance.unit
    match line:
        case Suspended():
            reason = write.say.text(reason_of(line.reason).name)
            return [_moment(write, line.start_at), reason, where]
        case DifferingLine():
            event = write(f"mã sự kiện {line.event}", f"event {line.event}")
            sides = (_side(write, side, unit) for side in (line.claimed, line.recomputed))
            causes = "; ".join(write.say.text(CAUSE_WORDS[of].name) for of in line.causes)
            figures = (cell for side in sides for cell in side)
            return [*figures, causes or write("chưa rõ", "not known"), f"{where}; {event}"]
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


def _units(write: Writer, group: Group) -> str:
    """What units are counted in; of several measures: nothing that can be named."""
    return write.unit(group.variance.unit) if group.variance.unit else write("lượng", "units")


def _moment(write: Writer, moment: datetime) -> str:
    return write.say.moment(moment.replace(microsecond=0))


def _records(write: Writer, records: Sequence[Record]) -> str:
    """Where a line can be found by whoever delivered it; "–" if its usage was removed since."""
    places = []
    for record in records:
        row = write.say.whole(record.row)
        prefix = write("gửi lại: ", "again: ") if record.is_again else ""
        place = write(f"tệp {record.file}, bản ghi {row}", f"file {record.file}, record {row}")
        places.append(prefix + place)
    return "; ".join(places) or "–"
