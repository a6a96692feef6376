"""Contents of a letter's template: each figure and sentence written out, in one language.

A tree of texts, lists and booleans; no number is left for the template to format, or to get wrong.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from string import ascii_lowercase
from typing import Any, Literal, NamedTuple

from doisoat.messages.text import Text
from doisoat.settlement.papers.figures import Figures
from doisoat.settlement.papers.house_style import Style
from doisoat.settlement.reconcile.letter.cause_words import CAUSE_WORDS
from doisoat.settlement.reconcile.letter.detail_words import Names, detail_in_words
from doisoat.settlement.reconcile.letter.letter_head import day_in_full
from doisoat.settlement.reconcile.letter.letter_words import CLAIMS, DOCUMENTS, UNEXPLAINED
from doisoat.settlement.reconcile.letter.variance_words import (
    MS_PER_SECOND,
    NATURES,
    SECONDS,
    UNITS,
)
from doisoat.settlement.reconcile.variances import sums as sums_of
from doisoat.settlement.records.claim_records import StoredClaim
from doisoat.settlement.records.explanation import Explanation
from doisoat.settlement.records.reconciliation_records import Standing
from doisoat.settlement.records.variance import TOTAL, Variance
from doisoat.words import dong_in_words

CHOICES_SAID = 6  # of an ambiguous set in the body; the annex has all
DONG, MS = "dong", "ms"
AS_EVENTS = "event"  # units that count events: not told again beside these
Kinds = frozenset[tuple[str, ...]]  # the causes of each explanation


class Subject(NamedTuple):
    """What a letter is about: in the order of its annex, where each has its place from 1."""

    variances: tuple[Variance, ...]
    claims: Mapping[str, StoredClaim]  # those that they are of, by SHA-256
    standings: Mapping[str, Standing]
    month: date  # the first day
    has_lines: bool  # a second annex lists the lines behind it

    def places(self, variances: Iterable[Variance]) -> list[int]:
        numbers = {variance.id: place for place, variance in enumerate(self.variances, start=1)}
        return [numbers[variance.id] for variance in variances]


class Writer(NamedTuple):
    """Says things in one language, as one house does."""

    say: Figures
    names: Names
    style: Style

    def __call__(self, vi: str, en: str) -> str:
        return self.say.text(Text(vi, en))

    # --- figures ----------------------------------------------------------------------------------

    def figure(self, number: int | None, unit: str) -> str:
        """A number of a unit, without its name; milliseconds as seconds, exactly."""
        if number is None:
            return "–"
        if unit != MS:
            return self.say.whole(number)
        seconds, rest = divmod(abs(number), MS_PER_SECOND)
        point = f"{',' if self.say.lang == 'vi' else '.'}{rest:03}" if rest else ""
        return self.say.whole(-seconds if number < 0 else seconds) + point

    def unit(self, unit: str) -> str:
        return self.say.text(SECONDS if unit == MS else UNITS[unit])

    def places(self, places: Sequence[int]) -> str:
        """1, 3 đến 5."""
        runs: list[list[int]] = []
        for place in sorted(places):
            if runs and place == runs[-1][-1] + 1:
                runs[-1].append(place)
            else:
                runs.append([place])
        to = self(" đến ", " to ")
        return ", ".join(
            str(run[0]) if len(run) == 1
            else f"{run[0]}, {run[1]}" if len(run) == 2
            else f"{run[0]}{to}{run[-1]}"
            for run in runs
        )  # fmt: skip

    def annex(self, subject: Subject, of: Literal["table", "lines"] = "table") -> str:
        """What an annex is called; one that is alone has no number."""
        number = {"table": " I", "lines": " II"}[of] if subject.has_lines else ""
        return self("Phụ lục", "Annex") + number

    # --- names ------------------------------------------------------------------------------------

    def claim(self, claim: StoredClaim) -> str:
        return self(
            f"{CLAIMS[claim.grain].vi}, phiên bản {claim.version}",
            f"{CLAIMS[claim.grain].en}, version {claim.version}",
        )

    def cell(self, variance: Variance) -> str:
        """What a cell is of: the measure, its nature, the item, the day, the province."""
        key, words = variance.key, []
        if payer := key.get("payer"):
            carriers = {c.id: Text(c.name, c.name_en) for c in self.names.catalogue.carriers}
            both = [
                self.say.text(carriers[of]) if of in carriers else of
                for of in (payer, key["payee"])
            ]
            legs = self(" trả ", " to ").join(both)
            words.append(self(f"cước kết nối {legs}", f"interconnection, {legs}"))
        elif variance.measure:
            words.append(self.names.measure(self.say, variance.measure))
        if item := key.get("item"):
            words.append(self.say.text(NATURES[sums_of.NATURE_OF_ITEM.get(item, item)]))
        if nature := key.get("nature"):
            words.append(self.say.text(NATURES[nature]))
        if day := key.get("day"):
            words.append(self("ngày ", "") + self.say.day(date.fromisoformat(day)))
        if "home_province" in key:
            words.append(self.names.province(self.say, key["home_province"]))
        if TOTAL in key:
            words.append(self("dòng tổng của bản kê khai", "total of the declaration"))
        return capital(", ".join(words))

    def explanation(self, explanation: Explanation) -> str:
        """The causes of an explanation, each with its detail and its amount."""
        causes = []
        for part in explanation:
            name = self.say.text(CAUSE_WORDS[part.cause].name)
            amount = f": {self.say.whole(part.amount)} {self.unit(DONG)}" if part.amount else ""
            causes.append(f"{name} ({detail_in_words(self.names, self.say, part)}){amount}")
        return self("; cùng với ", "; together with ").join(causes)


# --- sums ----------------------------------------------------------------------------------------


def sum_claims(write: Writer, subject: Subject) -> list[dict[str, Any]]:
    """The differences of each claim by nature; what may not be added is not."""
    claims = []
    sums = sums_of.sums_by_claim_and_nature(subject.variances)
    counted = {(row.claim, row.nature, row.difference) for row in sums if row.column == "events"}
    for claim, rows in groupby(sums, key=lambda row: row.claim):
        claims.append({
            "claim": capital(write.claim(subject.claims[claim])),
            "rows": [
                {
                    "nature": write.say.text(NATURES[row.nature]),
                    "variances": write.say.whole(row.variances),
                    "unit": write.unit(row.unit),
                    "difference": write.figure(row.difference, row.unit),
                }
                for row in rows
                if not (row.unit == AS_EVENTS and (claim, row.nature, row.difference) in counted)
            ],
        })  # fmt: skip
    return claims


def sums_in_words(write: Writer, subject: Subject) -> list[dict[str, str | None]]:
    """The đồng of relief by nature, each at the finest grain, in figures and in words."""
    rows = []
    for row in sums_of.sums_by_claim_and_nature(subject.variances):
        if not row.in_total:
            continue
        nature, claim = write.say.text(NATURES[row.nature]), write.claim(subject.claims[row.claim])
        words = dong_in_words(row.difference, write.style.house.words.style)
        rows.append({
            "said": write(f"Chênh lệch {nature} ({claim})", f"Difference, {nature} ({claim})"),
            "amount": f"{write.say.whole(row.difference)} {write.unit(DONG)}",
            # What a figure is called is Vietnamese: a translation has the figure alone.
            "words": words[0].lower() + words[1:] if write.say.lang == "vi" else None,
        })  # fmt: skip
    return rows


# --- causes --------------------------------------------------------------------------------------


def cause_items(write: Writer, subject: Subject) -> list[dict[str, Any]]:
    """Variances that have the same causes, or the same choice of them, together; each once."""
    groups: dict[Kinds, list[Variance]] = {}
    for variance in subject.variances:
        groups.setdefault(_kinds(variance), []).append(variance)
    known = sorted(
        (kinds for kinds in groups if kinds), key=lambda kinds: (len(kinds), sorted(kinds))
    )
    ordered = [*known, *(kinds for kinds in groups if not kinds)]
    return [
        {"label": label_of(place), **_cause_item(write, subject, kinds, groups[kinds])}
        for place, kinds in enumerate(ordered)
    ]


def label_of(place: int) -> str:
    """a to z, then aa."""
    more, last = divmod(place, len(ascii_lowercase))
    return (label_of(more - 1) if more else "") + ascii_lowercase[last]


def _kinds(variance: Variance) -> Kinds:
    if variance.verdict == UNEXPLAINED:
        return frozenset()
    return frozenset(
        tuple(sorted({part.cause for part in explanation})) for explanation in variance.explanations
    )


def _cause_item(
    write: Writer, subject: Subject, kinds: Kinds, variances: Sequence[Variance]
) -> dict[str, Any]:
    of = _whose(write, subject, variances)
    if not kinds:
        ask = write.say.text(DOCUMENTS[UNEXPLAINED])
        return {
            "about": write(
                f"{of}. Chưa tìm được nguyên nhân nào cho ra đúng chênh lệch.",
                f"{of}. No cause was found that comes to the difference.",
            ),
            "choices": [write(
                "Vì sao số kê khai khác số tính lại? Số kê khai được tính thế nào, từ nguồn nào?",
                "Why is what was declared not what was recomputed? How was it worked out, and from"
                " what source?",
            )],
            "ask": write(f"Đề nghị trả lời và gửi: {ask}.", f"Please answer, and send: {ask}."),
        }  # fmt: skip
    listed = sorted(kinds)
    documents = "; ".join(
        write.say.text(DOCUMENTS[cause])
        for cause in dict.fromkeys(cause for group in listed for cause in group)
    )
    choices = [_supposed(write, causes) for causes in listed[:CHOICES_SAID]]
    if len(listed) == 1:
        return {
            "about": write(
                f"{of}. Số kê khai khớp đến từng đơn vị nếu:",
                f"{of}. What was declared comes out, to the unit, if:",
            ),
            "choices": choices,
            "ask": write(
                f"Đề nghị xác nhận đúng hay không, và gửi: {documents}.",
                f"Please say whether this is so, and send: {documents}.",
            ),
        }
    if len(listed) > CHOICES_SAID:
        more = write.say.whole(len(listed) - CHOICES_SAID)
        choices.append(write(
            f"và {more} khả năng khác, ghi đủ ở cột Nguyên nhân của {write.annex(subject)}.",
            f"and {more} more, all of which stand under Cause in {write.annex(subject)}.",
        ))  # fmt: skip
    return {
        "about": write(
            f"{of}. Số kê khai khớp đến từng đơn vị theo một trong các nguyên nhân sau; dữ liệu"
            " hiện có chưa cho biết là nguyên nhân nào:",
            f"{of}. What was declared comes out, to the unit, by one of the following; the data at"
            " hand do not tell which:",
        ),
        "choices": choices,
        "ask": write(
            f"Đề nghị cho biết nguyên nhân nào đúng, hoặc nguyên nhân khác, và gửi: {documents}.",
            f"Please say which of them it is, or what else, and send: {documents}.",
        ),
    }


def _supposed(write: Writer, causes: Sequence[str]) -> str:
    """What the carrier is supposed to have done, of causes that go together."""
    return " ".join(write.say.text(CAUSE_WORDS[cause].sentence) for cause in causes)


def _whose(write: Writer, subject: Subject, variances: Sequence[Variance]) -> str:
    """Which variances, and what differs in đồng, by claim and nature."""
    numbers = write.places(subject.places(variances))
    text = write(
        f"{'Các chênh' if len(variances) > 1 else 'Chênh'} lệch số {numbers}",
        f"{'Differences' if len(variances) > 1 else 'Difference'} {numbers}",
    )
    claims = len(subject.claims) > 1
    sums = [
        write.say.text(NATURES[row.nature])
        + f" {write.figure(row.difference, DONG)} {write.unit(DONG)}"
        + (f" – {write.say.text(CLAIMS[row.grain])}" if claims else "")
        for row in sums_of.sums_by_claim_and_nature(variances)
        if row.unit == DONG
    ]
    return f"{text} ({'; '.join(sums)})" if sums else text


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# --- the annex -----------------------------------------------------------------------------------


def annex_claims(write: Writer, subject: Subject) -> list[dict[str, Any]]:
    """Each claim with its variances, in the order of the letter."""
    claims = []
    numbered = list(enumerate(subject.variances, start=1))
    for claim, rows in groupby(numbered, key=lambda row: row[1].claim):
        claims.append({
            "name": capital(write.claim(subject.claims[claim])),
            "rows": [_annex_row(write, place, variance) for place, variance in rows],
        })  # fmt: skip
    return claims


def _annex_row(write: Writer, place: int, variance: Variance) -> dict[str, Any]:
    verdicts = {
        "explained": None,
        "ambiguous": write("Một trong các nguyên nhân sau:", "One of the following:"),
        UNEXPLAINED: write("Chưa tìm được nguyên nhân", "No cause was found"),
    }
    causes = [write.explanation(explanation) for explanation in variance.explanations]
    choose = len(causes) > 1
    verdict = verdicts[variance.verdict]
    if choose and verdict is None:  # the same cause, which file or copy is open
        verdict = write("Một trong các trường hợp sau:", "One of these:")
    return {
        "place": str(place),
        "id": variance.id[:12],
        "cell": write.cell(variance)
        + ("" if variance.is_listed else write(" (không kê khai)", " (not declared)")),
        "figures": _figures(write, variance),
        "verdict": verdict,
        "causes": [f"– {cause}" for cause in causes] if choose else causes,
        "lines": write.say.whole(variance.lines) if variance.lines else "–",
    }


def _figures(write: Writer, variance: Variance) -> list[dict[str, str]]:
    """Both sides of each column that differs, the amount first."""
    columns = {"events": 0, "units": 1, "amount": 2}
    rows = []
    for quantity in sums_of.quantities_of(variance):
        if quantity.unit == AS_EVENTS and quantity.difference == variance.differences[0]:
            continue
        # An item that counts is told in the place of an amount.
        column = 2 if "item" in variance.key else columns[quantity.column]
        rows.append({
            "unit": write.unit(quantity.unit),
            "claimed": write.figure(variance.claimed[column], quantity.unit),
            "recomputed": write.figure(variance.recomputed[column], quantity.unit),
            "difference": write.figure(quantity.difference, quantity.unit),
        })  # fmt: skip
    return rows


# --- what is asked -------------------------------------------------------------------------------


def deadlines(write: Writer, subject: Subject) -> list[str]:
    """By when the carrier is to answer: one day, or one for some and another for others."""
    by_day: dict[str, list[Variance]] = {}
    for variance in subject.variances:
        if variance.id in subject.standings and subject.standings[variance.id].deadline:
            by_day.setdefault(subject.standings[variance.id].deadline, []).append(variance)
    days = {day: day_in_full(write.say, date.fromisoformat(day)) for day in sorted(by_day)}
    if [len(variances) for variances in by_day.values()] == [len(subject.variances)]:
        (day_text,) = days.values()
        return [write(f"trước hết {day_text}", f"by {day_text}")]
    sentences = []
    for day, day_text in days.items():
        numbers = write.places(subject.places(by_day[day]))
        sentences.append(write(
            f"trước hết {day_text} với các chênh lệch số {numbers}",
            f"by {day_text} on differences {numbers}",
        ))  # fmt: skip
    return sentences
