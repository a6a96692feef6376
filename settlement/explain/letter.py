"""A letter that explains one event to the subscriber: its parts, in plain Vietnamese. No I/O here.

It never tells a number or a pseudonym of the subscriber: both have blanks. What it says of money
is what the explanation says; the letter only chooses the words.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from doisoat.settlement.explain.explain import Explanation
from doisoat.settlement.explain.letter_readings import open_points
from doisoat.settlement.explain.letter_relief import Relief
from doisoat.settlement.explain.letter_words import (
    ACTIONS,
    ASSUMED,
    BLANK,
    FIELDS,
    FORM,
    NOUNS,
    PAYMENTS,
    REASONS,
    SYNTHETIC,
    VOLUMES,
)
from doisoat.settlement.explain.plain_vietnamese import (
    day,
    dong,
    dong_said,
    exactly,
    instant,
    listed,
    quantity,
    sentence,
    until,
    when,
)
from doisoat.settlement.explain.words import QUOTA_INTERVALS


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it: paragraphs, of which those of a list begin with '- '."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Letter:
    """The parts of a letter, in order; blanks are dots to be filled in."""

    form: str
    notes: tuple[str, ...]  # what a reader must not miss, such as that the usage is invented
    carrier: str
    subject: str
    opening: str
    sections: tuple[Section, ...]
    closing: str
    reference: dict[str, str]  # event, period, run

    def as_object(self) -> dict[str, Any]:
        """What `--letter --json` prints."""
        return {
            "form": self.form,
            "notes": list(self.notes),
            "carrier": self.carrier,
            "subject": self.subject,
            "opening": self.opening,
            "sections": [
                {"heading": section.heading, "paragraphs": list(section.paragraphs)}
                for section in self.sections
            ],
            "closing": self.closing,
            "reference": self.reference,
        }


def letter_of(explanation: Explanation) -> Letter:
    """The letter of an explained event."""
    return _Writer(explanation).letter()


class _Writer(Relief):
    def letter(self) -> Letter:
        event, explanation = self.event, self.explanation
        carrier = next(
            (known.name for known in explanation.catalogue.carriers if known.id == event.carrier),
            event.carrier,
        )
        rated = self.outcome.status == "rated"
        sections = [Section("Dịch vụ Quý khách đã sử dụng", tuple(self._service()))]
        sections += self._rated() if rated else self._suspended()
        sections.append(Section("Nếu Quý khách cần hỏi thêm", tuple(self._contact())))
        marks = {data["mark"] for data in explanation.steps("tariff")}
        notes = [SYNTHETIC] if explanation.is_synthetic else []
        notes += [ASSUMED] if "assumed" in marks else []
        about = f"{'tính ' if self.kind == 'fee' else ''}{day(instant(event.start_ms))}"
        return Letter(
            form=FORM,
            notes=tuple(notes),
            carrier=carrier,
            subject=f"Giải thích {self.charge_noun()} {about}",
            opening=(
                "Cảm ơn Quý khách đã sử dụng dịch vụ của chúng tôi. Chúng tôi xin giải thích"
                f" {self.charge_noun()} {about} của Quý khách như sau."
            ),
            sections=tuple(sections),
            closing="Trân trọng cảm ơn Quý khách.",
            reference={
                "event": str(UUID(int=event.event_id)),
                "period": explanation.period,
                "run": explanation.run,
            },
        )

    def _service(self) -> Iterator[str]:
        event = self.event
        units = quantity(event.units, self.kind)
        towards = self.towards(self.outcome.destination_class)
        moment = when(event.start_ms)
        if self.outcome.status == "conflicting":
            yield sentence(f"Đây là một {NOUNS[self.kind]} được nhiều bản ghi nhắc đến")
            return
        if self.kind == "voice":
            yield sentence(f"{moment}, Quý khách gọi{towards}, thời lượng {units}")
        elif self.kind == "sms":
            yield sentence(f"{moment}, Quý khách gửi {units}{towards}")
        elif self.kind == "data":
            yield sentence(f"{moment}, Quý khách truy cập Internet di động, dùng {units}")
        elif self.kind == "pack":
            action = ACTIONS.get(self.outcome.destination_class, "mua")
            yield sentence(f"{moment}, Quý khách {action} {self.noun()}")
        else:
            yield sentence(f"Cước tháng được tính vào {day(instant(event.start_ms))}")
        for row in self.explanation.steps("subscription"):
            payment = PAYMENTS.get(row["payment"], row["payment"])
            yield sentence(
                f"Lúc đó thuê bao của Quý khách là thuê bao {payment}, gói cước"
                f" {self.plan(row['plan'])}"
            )

    def _suspended(self) -> list[Section]:
        why, will = REASONS[self.outcome.status]
        copies = self.explanation.steps("copy")
        reasons = [why]
        for data in self.explanation.steps("suspended"):
            if "session_start_ms" in data:
                reasons.append(
                    "Đây là phần sau của một cuộc gọi hoặc phiên truy cập bắt đầu"
                    f" {when(data['session_start_ms'])}, nên được xét theo điều kiện lúc bắt đầu."
                )
        for place, copy in enumerate(copies, 1):
            taken = "" if copy["charged"] is None else f", đã thu {dong(copy['charged'])}"
            units = f", {exactly(copy['units'], copy['kind'])}" if copy["kind"] in VOLUMES else ""
            reasons.append(f"- Bản ghi {place}: {when(copy['start_ms'])}{units}{taken}.")
        if copies:
            (differs,) = {data["differs"] for data in self.explanation.steps("suspended")}
            fields = list(dict.fromkeys(FIELDS[name] for name in differs))
            reasons.append(
                f"Các bản ghi này khác nhau về {listed(fields) if fields else 'chi tiết khác'}."
            )
        promise = [
            will,
            "Cho đến lúc đó, trường hợp này được ghi riêng và chưa có số tiền nào được tính; nó"
            " không bị bỏ qua, cũng không bị coi là miễn phí. Khi có kết quả, các biện pháp hỗ trợ"
            " sẽ được xét như đối với mọi trường hợp khác.",
        ]
        if self.event.charged and not copies:
            promise.append(
                f"Hệ thống ghi nhận đã thu của Quý khách {dong_said(self.event.charged)}. Khoản này"
                " sẽ được đối chiếu lại khi có kết quả; nếu thu thừa, phần thừa sẽ được hoàn lại."
            )
        return [
            Section("Vì sao chưa tính được cước", tuple(reasons)),
            Section("Việc chúng tôi sẽ làm", tuple(promise)),
        ]

    def _rated(self) -> list[Section]:
        sections = [
            Section("Cước theo biểu giá", tuple(self.tariff())),
            Section("Phần được hỗ trợ", tuple(self.relief())),
            Section("Số tiền phải trả", tuple(self._payable())),
        ]
        remaining = tuple(self._remaining())
        if remaining:
            sections.append(Section("Ưu đãi còn lại của Quý khách", remaining))
        sections.append(Section("Đối chiếu với số tiền đã thu", tuple(self._charged())))
        points = open_points(self.explanation, self.balance_name, self.title)
        if points:
            sections.append(Section("Những điểm mà thông báo chương trình chưa nói rõ", points))
        return sections

    def _payable(self) -> Iterator[str]:
        outcome = self.outcome
        listed, payable = outcome.list_value, outcome.payable
        if listed == payable:
            yield f"Quý khách phải trả {dong_said(payable)}."
            return
        yield (
            f"{dong(listed)} theo biểu giá, trừ {dong(listed - payable)} được giảm, còn"
            f" {dong(payable)}. Quý khách phải trả {dong_said(payable)}."
        )

    def _remaining(self) -> Iterator[str]:
        """What is left of each allowance that the event could draw or brought."""
        for data in self.explanation.steps("balance"):
            unit = data["unit"]
            name = self.balance_name(
                data["role"], data["measure"] or "", data["pack"] or "", unit,
                data["destinations"],
            )  # fmt: skip
            after = quantity(data["after"], unit) if data["after"] else ""
            if data["before"] is None:
                clause = f"có {quantity(data['after'], unit)}"
            elif data["before"] == data["after"]:
                clause = f"còn {after}, lần này không dùng đến" if after else "đã dùng hết từ trước"
            else:
                noun = self.noun()
                clause = f"trước {noun} này còn {quantity(data['before'], unit)}, sau đó"
                clause += f" còn {after}" if after else " đã dùng hết"
            if data["per"] != "pack":
                interval = QUOTA_INTERVALS[data["per"]][0].strip()
                clause += f" ({interval} có {quantity(data['given'], unit)})"
            if data["expiry_ms"] is not None and data["after"]:
                clause += f"; dùng được đến {until(data['expiry_ms'])}"
            yield f"- {name[:1].upper()}{name[1:]}: {clause}."

    def _charged(self) -> Iterator[str]:
        charged, refund = self.event.charged, self.explanation.refund
        if charged is None:
            yield (
                "Dữ liệu chúng tôi nhận được không ghi số tiền đã thu cho lần này, nên thư này chưa"
                " nói được có khoản nào phải hoàn lại hay không. Nếu Quý khách đã bị thu nhiều hơn"
                " số tiền phải trả nêu trên, xin báo cho chúng tôi."
            )
            return
        yield f"Hệ thống ghi nhận đã thu của Quý khách {dong_said(charged)}."
        if refund.due:
            yield (
                f"Số này nhiều hơn số phải trả. Chúng tôi sẽ hoàn lại cho Quý khách"
                f" {dong_said(refund.due)}. Hình thức và thời gian hoàn lại: {BLANK}."
            )
        if refund.overcharged:
            yield (
                f"Số đã thu còn cao hơn giá theo biểu giá {dong(refund.overcharged)}. Chúng tôi"
                " đang làm rõ khoản này và sẽ trả lời Quý khách."
            )
        if not refund.due and not refund.overcharged:
            same = charged == self.outcome.payable
            yield (
                "Số này đúng bằng số phải trả, nên không có khoản nào phải hoàn lại."
                if same
                else "Số này không nhiều hơn số phải trả, nên không có khoản nào phải hoàn lại."
            )

    def _contact(self) -> Iterator[str]:
        yield (
            f"Xin liên hệ tổng đài chăm sóc khách hàng {BLANK} hoặc điểm giao dịch gần nhất và cho"
            f" biết mã tra cứu {UUID(int=self.event.event_id)}. Nếu thấy cách tính trên chưa đúng,"
            " Quý khách có thể gửi khiếu nại đến các nơi này."
        )
