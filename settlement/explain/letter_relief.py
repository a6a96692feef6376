"""Paragraphs of a letter on a rated event's tariff and relief. No I/O here."""

from collections.abc import Iterator
from fractions import Fraction

from doisoat.engine.oracle.oracle import Line
from doisoat.settlement.explain.letter_names import Names
from doisoat.settlement.explain.letter_words import (
    AFTER_FAILURE,
    IN_KIND,
    NOUNS,
    VOLUMES,
    WHY,
)
from doisoat.settlement.explain.plain_vietnamese import (
    MS_PER_MINUTE,
    decimal,
    dong,
    dong_said,
    listed,
    quantity,
    sentence,
    until,
)
from doisoat.settlement.explain.words import QUOTA_INTERVALS
from doisoat.tariffs.models.package_model import NO_PACKAGE

PRICE_UNITS = {  # kind: units a price is told for, in Vietnamese
    "voice": (MS_PER_MINUTE, "một phút"),
    "sms": (1, "một tin nhắn"),
    "data": (1 << 20, "một MB"),
}


class Relief(Names):
    """What the tariff asks for, and what the programme takes off or gives."""

    def tariff(self) -> Iterator[str]:
        outcome = self.outcome
        for failed in self.explanation.steps("renewal_failed"):
            after = f" {AFTER_FAILURE[failed['rule']]}" if failed["instances"] else ""
            yield f"Gói không được gia hạn, nên lần này không mất tiền.{after}"
            return
        if self.kind not in PRICE_UNITS and outcome.list_value:
            (tariff,) = self.explanation.steps("tariff")
            name = (
                self.noun() if self.kind == "pack" else f"gói cước {tariff['name'] or tariff['id']}"
            )
            yield (
                f"Giá niêm yết của {name} là {dong_said(outcome.list_value)}, đã gồm thuế giá trị"
                " gia tăng."
            )
            return
        (billed,) = self.explanation.steps("billed")
        sentences = self._price()
        if self.kind in VOLUMES and billed["raw"] and billed["units"] != billed["raw"]:
            sentences.append(
                f"Theo cách tính tròn của biểu giá, {NOUNS[self.kind]} này được tính là"
                f" {quantity(billed['units'], self.kind)}."
            )
        if self.kind in VOLUMES and not billed["raw"]:
            sentences.append("Lần này không phát sinh lượng sử dụng nào.")
        if outcome.bundled:
            bundled = quantity(outcome.bundled, self.kind)
            part = "Trong đó " if outcome.list_value else ""
            sentences.append(
                sentence(
                    f"{part}{bundled} đã nằm trong gói cước Quý khách mua trước đó nên không tính"
                    " tiền nữa"
                )
            )
        for free in filter(None, (outcome.past_stop, outcome.throttled)):
            sentences.append(
                f"Gói cước đã dùng hết nên {quantity(free, self.kind)} vượt quá gói không bị tính"
                " tiền."
            )
        if sentences:
            yield " ".join(sentences)
        none = self.explanation.programme.id == NO_PACKAGE.id
        if not outcome.list_value:
            yield self.nothing()
        elif none:
            yield (
                f"Cước theo biểu giá là {dong_said(outcome.list_value)}, đã gồm thuế giá trị gia"
                " tăng."
            )
        else:
            yield (
                "Nếu không có biện pháp hỗ trợ nào, Quý khách phải trả"
                f" {dong_said(outcome.list_value)}, đã gồm thuế giá trị gia tăng."
            )

    def nothing(self) -> str:
        """Why an event has no list value."""
        rules = {data["rule"] for data in self.explanation.steps("after")}
        in_kind = any(line.nature == "in_kind" for line in self.outcome.lines)
        if not (self.outcome.bundled or in_kind):
            return f"Theo biểu giá, {self.noun()} này không mất tiền."
        opening = (
            f"Dù không có biện pháp hỗ trợ nào, {self.noun()} này cũng không mất thêm tiền, vì"
        )
        if rules & {"stop", "throttle"} and not self.outcome.bundled:
            slows = "chỉ giảm tốc độ" if "throttle" in rules else "dừng truy cập"
            return (
                f"{opening} Quý khách đã mua gói cước từ trước; gói này hết dung lượng thì {slows}"
                " chứ không tính thêm tiền."
            )
        return f"{opening} đã nằm trong gói cước Quý khách mua từ trước."

    def _price(self) -> list[str]:
        """What the tariff asks for a unit of usage, where it has one price, and to connect."""
        if self.kind not in PRICE_UNITS:
            return []
        units, called = PRICE_UNITS[self.kind]
        prices = {
            Fraction(str(data["price"])) * units
            for data in self.explanation.steps("priced")
            if data["charge"] == "list_value" and data["price"]
        }
        sentences = []
        if len(prices) == 1:
            (price,) = prices
            if (price * 100).denominator == 1:
                sentences.append(f"Theo biểu giá, giá là {decimal(price, 2)} đ {called}.")
        for fee in self.explanation.steps("connect_fee"):
            if fee["charge"] == "list_value":
                sentences.append(
                    f"Phí thiết lập cuộc gọi là {decimal(Fraction(fee['amount']), 2)} đ."
                )
        return sentences

    def relief(self) -> Iterator[str]:
        explanation = self.explanation
        if explanation.programme.id == NO_PACKAGE.id:
            yield "Kỳ cước này chưa áp dụng chương trình hỗ trợ nào."
            return
        items = [*self._lines(), *self._grants()]
        for programme in explanation.programme.parts():
            measure_ids = {
                measure.id for measure in explanation.programme.measures_of(programme.id)
            }
            sentences = [text for measure, text in items if measure in measure_ids]
            if sentences:
                yield f"Theo chương trình “{programme.title}”, Quý khách được hưởng:"
                yield from sentences
        if not items:
            titles = listed([f"“{programme.title}”" for programme in explanation.programme.parts()])
            yield (
                f"Chương trình {titles} không có biện pháp nào làm thay đổi cước của"
                f" {self.noun()} này."
            )
        missed = list(self._missed())
        if missed and not items:
            yield "Các biện pháp cùng loại không áp dụng được, vì:"
            yield from missed

    def _lines(self) -> Iterator[tuple[str, str]]:
        """(measure, what its line says) of each line of the event."""
        for line in self.outcome.lines:
            clause = self._line(line)
            yield line.measure, f"- {self.title(line.measure)}: {clause}.{self.basis(line.measure)}"

    def _line(self, line: Line) -> str:
        units = quantity(line.units, self.kind) if self.kind in VOLUMES else ""
        if line.nature == "discount":
            return f"giảm {dong(line.amount)}" + (f" cho {units}" if units else "")
        if line.nature == "in_kind" and units:
            known = self.measures.get(line.measure)
            clause = IN_KIND[known.effect.type if known else "grant"]
            return f"{units} {clause}; số tiền phải trả không đổi"
        if line.nature == "in_kind":
            return "Quý khách được thêm dịch vụ mà cước không tăng"
        if line.nature == "contribution":
            (to,) = {
                data["to"]
                for data in self.explanation.steps("contribution")
                if data["measure"] == line.measure
            }
            return (
                f"chúng tôi đóng góp {dong(line.amount)} cho {to}; Quý khách không phải trả khoản"
                " này"
            )
        return (
            "dịch vụ của Quý khách được giữ liên tục dù cước chậm thanh toán; khoản cước vẫn cần"
            " được thanh toán"
        )

    def _grants(self) -> Iterator[tuple[str, str]]:
        """What this event brought: a bonus of a pack, an allowance asked for by message."""
        for data in self.explanation.steps("balance"):
            if data["before"] is None and data["measure"] is not None:
                title, basis = self.title(data["measure"]), self.basis(data["measure"])
                interval = QUOTA_INTERVALS[data["per"]][0]
                yield (
                    data["measure"],
                    f"- {title}: được tặng thêm {quantity(data['given'], data['unit'])}{interval},"
                    f" dùng đến {until(data['expiry_ms'])}.{basis}",
                )

    def _missed(self) -> Iterator[str]:
        """Measures for this kind of service and this carrier that gave nothing, and why."""
        sentences: dict[str, None] = {}
        for data, measure in zip(
            self.explanation.steps("measure"), self.explanation.programme.measures, strict=False
        ):
            is_for_carrier = measure.carriers is None or self.event.carrier in measure.carriers
            fits = self.kind in measure.scope.kinds and is_for_carrier
            if fits and not data["applied"] and data["why"] in WHY:
                sentences[f"- {measure.title}: {WHY[data['why']]}."] = None
        yield from sentences
