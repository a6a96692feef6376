"""A whole explanation as lines of text, Vietnamese or English. No I/O here."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from doisoat.settlement.explain.steps import Steps
from doisoat.settlement.explain.turned_readings import Answer, Effect, Turned
from doisoat.settlement.explain.words import (
    BALANCES,
    KINDS,
    NATURES,
    QUOTA_INTERVALS,
    STATUS,
    TERMS,
    WHY,
)
from doisoat.tariffs.models.package_model import NO_PACKAGE, Measure
from doisoat.tariffs.models.quantity import written
from doisoat.tariffs.models.source_words import in_vietnamese


class Teller(Steps):
    """Says one explanation in one language."""

    def lines(self) -> Iterator[str]:
        """The whole explanation, line by line."""
        yield from self._head()
        yield ""
        yield self.say("Các bước:", "Steps:")
        for step in self.explanation.outcome.trace:
            if step.kind not in ("measure", "balance"):
                yield f"  - {self.step(step.kind, step.data)}"
        yield ""
        yield from self._balances()
        measures = self.explanation.steps("measure")
        if measures:
            yield self.say("Các biện pháp:", "Measures:")
            for data, measure in zip(measures, self.explanation.programme.measures, strict=True):
                yield from self._measure(data, measure)
            yield ""
        yield from self._result()
        if self.explanation.programme.id != NO_PACKAGE.id:
            yield ""
            yield from self._readings()
        yield ""
        yield self._verdict()

    def _head(self) -> Iterator[str]:
        event = self.explanation.outcome.event
        kind = self.say(KINDS[event.kind], event.kind)
        yield f"{self.say('Sự kiện', 'Event')} {UUID(int=event.event_id)}"
        yield (
            f"  {kind}, {event.carrier}, {written(event.start_ms)},"
            f" {self._destination()}, {self.units(event.units)}"
        )
        yield (
            f"  {self.say('kỳ', 'period')} {self.explanation.period},"
            f" {self.say('gói hỗ trợ', 'package')} {self.explanation.package},"
            f" {self.say('lần chạy', 'run')} {self.explanation.run}"
        )
        if (source := self.explanation.source) is not None:
            yield (
                f"  {self.say('nguồn', 'source')} {source['name']},"
                f" {self.say('bản ghi', 'record')} {self.number(source['row'])}"
            )
        owner = f"  {self.say('chủ số dư', 'owner')} {UUID(int=event.owner)}"
        if self.explanation.replayed:
            owner += f": {self.say('sự kiện thứ', 'its event number')} {self.explanation.replayed}"
        yield owner

    def _measure(self, d: dict[str, Any], measure: Measure) -> Iterator[str]:
        mark = "✓" if d["applied"] else "–"
        title = self.say(d["title"], d["title_en"])
        yield f"  {mark} {d['measure']} {title}: {self.of(WHY, d['why'])}"
        if d["applied"]:
            yield (
                f"      {d['valid_from']} → {d['valid_until']};"
                f" {self.say(measure.document_vi or d['document'], d['document'])};"
                f" {self.say(in_vietnamese(d['source']), d['source'])} [{self.term(d['mark'])}]"
            )

    def _result(self) -> Iterator[str]:
        outcome = self.explanation.outcome
        yield f"{self.say('Kết quả', 'Result')}: {self.of(STATUS, outcome.status)}"
        for line in outcome.lines:
            yield (
                f"  {line.measure} {self.of(NATURES, line.nature)}: {self.units(line.units)},"
                f" {self.dong(line.amount)}"
            )
        yield from self._amounts() if outcome.status == "rated" else self._no_amount()

    def _verdict(self) -> str:
        if self.explanation.replayed:
            return self.say(
                "Kết quả công bố và phép tính lại độc lập khớp nhau đến từng đồng.",
                "What was published and this independent computation agree to the đồng.",
            )
        return self.say("Kết quả công bố nói như vậy.", "What was published says the same.")

    def _destination(self) -> str:
        of, seen = (
            self.explanation.outcome.event.destination,
            self.explanation.outcome.destination_class,
        )
        if not self.is_vi:
            return f"{of} ({seen})"
        stated, known = self.destination_class(of), self.destination_class(seen)
        return TERMS.get(of, stated if stated == known else f"{stated} ({known})")

    def _balances(self) -> Iterator[str]:
        """Each balance that the event could draw, drew or brought, before and after."""
        balances = self.explanation.steps("balance")
        if not balances:
            return
        yield self.say("Số dư trước → sau sự kiện:", "Balances before → after the event:")
        for d in balances:
            name = " ".join(str(d[key]) for key in ("measure", "pack") if d[key])
            if d["destinations"]:
                name += f" [{', '.join(map(self.destination_class, d['destinations']))}]"
            before = (
                self.say("chưa có", "none yet")
                if d["before"] is None
                else self.of_kind(d["before"], d["unit"])
            )
            text = f"  {self.of(BALANCES, d['role'])} {name}: {before}"
            if d["before"] == d["after"]:
                text += self.say(", không đổi", ", unchanged")
            else:
                text += f" → {self.of_kind(d['after'], d['unit'])}"
            quota = self.of_kind(d["given"], d["unit"])
            interval = self.say(*QUOTA_INTERVALS[d["per"]])
            text += f" ({self.say('trên', 'of')} {quota}{interval}"
            if d["expiry_ms"] is not None:
                text += f"; {self.say('đến', 'until')} {written(d['expiry_ms'])}"
            yield text + ")"
        yield ""

    def _readings(self) -> Iterator[str]:
        """The readings that the event hangs on, each with its other answers; the others by name."""
        hangs_on, chosen = self.explanation.hangs_on, self.explanation.readings
        if hangs_on.not_kept:
            yield self.say(
                f"Chưa xét được sự kiện này phụ thuộc cách đọc nào: lần chạy {hangs_on.not_kept}"
                " được đối soát trước khi gói hỗ trợ được giữ nguyên văn"
                " (package_as_written.json).",
                f"Which readings this event hangs on was not tried: run {hangs_on.not_kept} was"
                " settled before packages were kept as written (package_as_written.json).",
            )
        if hangs_on.matter:
            yield self.say(
                f"Cách đọc mà sự kiện này phụ thuộc vào: {len(hangs_on.matter)}",
                f"Readings that this event hangs on: {len(hangs_on.matter)}",
            )
        for reading in hangs_on.matter:
            yield from self._turned(reading)
        names = sorted(hangs_on.untouched or (chosen if hangs_on.not_kept else ()))
        listed = "; ".join(f"{name} = {chosen[name]}" for name in names)
        if hangs_on.not_kept:
            yield f"{self.say('Cách đọc', 'Readings')}: {listed}"
        elif names:
            count = len(names)
            yield self.say(
                f"{count} cách đọc không chạm đến sự kiện này: {listed}",
                f"{count} {'readings do' if count > 1 else 'reading does'} not touch this event:"
                f" {listed}",
            )

    def _turned(self, reading: Turned) -> Iterator[str]:
        yield f"  {reading.name}: {self.say(reading.question, reading.question_en)}"
        means = self.say(reading.means_vi or reading.means, reading.means)
        yield f"    ✓ {reading.in_force}: {means}"
        for answer in reading.answers:
            means = self.say(answer.means_vi or answer.means, answer.means)
            yield f"    – {answer.alternative}: {means}"
            yield f"        {self._answer(answer)}"

    def _answer(self, answer: Answer) -> str:
        """What the event would have come to."""
        base, effect = self.explanation.effect, answer.effect
        if not answer.matters:
            return self.say("không đổi gì ở sự kiện này", "changes nothing of this event")
        by = answer.difference(base)
        listed, discount, payable = (
            self.dong(amount) for amount in (effect.list_value, effect.discount, effect.payable)
        )
        amounts = [
            self.say(
                f"giá trị {listed} − giảm trừ {discount} = phải trả {payable}",
                f"list value {listed} − discount {discount} = payable {payable}",
            )
        ]
        if effect.in_kind or base.in_kind:
            amounts.append(f"{self.of(NATURES, 'in_kind')} {self.dong(effect.in_kind)}")
        if effect.contribution or base.contribution:
            amounts.append(f"{self.of(NATURES, 'contribution')} {self.dong(effect.contribution)}")
        words = {
            "list_value": ("giá trị", "list value"), "payable": ("phải trả", "payable"), **NATURES,
        }  # fmt: skip
        changed = [
            f"{self.of(words, name)} {'+' if amount > 0 else '−'}{self.dong(abs(amount))}"
            for name, amount in by.items()
            if amount
        ]
        if [line[:3] for line in _lines(effect)] != [line[:3] for line in _lines(base)]:
            lines = ", ".join(
                f"{measure} {self.of(NATURES, nature)} {self.units(units)}"
                for measure, nature, units, _ in _lines(effect)
            )
            changed.append(f"{self.say('dòng', 'lines')}: {lines or self.say('không', 'none')}")
        if effect.remaining != base.remaining:
            remaining = ", ".join(
                f"{' '.join(filter(None, (self.of(BALANCES, x.role), x.measure, x.pack)))}"
                f" {self.of_kind(x.units, x.unit)}"
                for x in effect.remaining
            )
            changed.append(f"{self.say('số dư sau', 'left after')}: {remaining or '–'}")
        return "; ".join(amounts) + f" ({'; '.join(changed)})"

    def _amounts(self) -> Iterator[str]:
        outcome = self.explanation.outcome
        listed, payable = self.dong(outcome.list_value), self.dong(outcome.payable)
        discount = self.dong(outcome.list_value - outcome.payable)
        yield self.say(
            f"  giá trị {listed} − giảm trừ {discount} = phải trả {payable}",
            f"  list value {listed} − discount {discount} = payable {payable}",
        )
        charged = outcome.event.charged
        if charged is not None:
            charged_text = self.dong(charged)
            yield self.say(f"  nguồn nói đã thu {charged_text}", f"  charged {charged_text}")
            due, over = self.explanation.refund.due, self.explanation.refund.overcharged
            least = self.dong(min(charged, outcome.list_value))
            formula = f"min({charged_text}, {listed}) − {payable} = {least} − {payable}"
            formula += f" = {self.dong(due)}" if due else f" ≤ 0: {self.dong(0)}"
            yield self.say(
                f"  hoàn trả: min(đã thu, giá trị) − phải trả = {formula}",
                f"  refund: min(charged, list value) − payable = {formula}",
            )
            if over:
                yield self.say(
                    f"  thu cao hơn giá trị {self.dong(over)}: một phát hiện",
                    f"  charged above the list value by {self.dong(over)}: a finding",
                )

    def _no_amount(self) -> Iterator[str]:
        yield self.say(
            "  chưa có số tiền nào: được đếm là bị treo (trang Treo, bảng usage.suspense)",
            "  no amount yet: counted as suspended (sheet Treo, table usage.suspense)",
        )


def _lines(effect: Effect) -> list[tuple[str, str, int, int]]:
    return [(line.measure, line.nature, line.units, line.amount) for line in effect.lines]
