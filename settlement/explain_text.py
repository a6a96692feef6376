"""An explanation in words: Vietnamese or English. One function a kind of step. No I/O here."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any
from uuid import UUID

from doisoat.money import group_vi
from doisoat.settlement.explain import Explanation, moment
from doisoat.tariffs.models import NO_PACKAGE

UNITS = {  # Vietnamese, English of one and of more, how many counted units it holds
    "voice": ("giây", "s", "s", 1000),
    "sms": ("tin", "message", "messages", 1),
    "data": ("byte", "byte", "bytes", 1),
    "pack": ("lượt", "time", "times", 1),
    "fee": ("kỳ", "fee", "fees", 1),
}
DATA_UNITS = (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10))
KINDS = {
    "voice": "cuộc gọi",
    "sms": "tin nhắn",
    "data": "phiên dữ liệu",
    "pack": "mua gói cước",
    "fee": "cước tháng",
}
NATURES = {
    "discount": ("giảm trừ", "discount"),
    "in_kind": ("hiện vật", "in kind"),
    "contribution": ("đóng góp", "contribution"),
    "forbearance": ("không cắt liên lạc", "forbearance"),
}
WHY = {
    "applied": ("được áp dụng", "applied"),
    "zero_units": ("sự kiện 0 đơn vị", "an event of 0 units"),
    "other_carrier": ("của doanh nghiệp khác", "of another carrier"),
    "not_in_force": ("không có hiệu lực vào lúc đó", "not in force then"),
    "kind": ("không áp dụng cho loại dịch vụ này", "not for this kind"),
    "destination": ("không áp dụng cho đích này", "not for this destination"),
    "host": ("không áp dụng cho địa chỉ này", "not for this host"),
    "pack": ("không áp dụng cho gói này", "not for this pack"),
    "plan": ("không áp dụng cho gói cước nền này", "not for this plan"),
    "service": ("không áp dụng cho dịch vụ này", "not for this service"),
    "payment": ("không áp dụng cho hình thức trả tiền này", "not for this way of paying"),
    "segment": ("không áp dụng cho nhóm khách hàng này", "not for this segment"),
    "no_order": ("nơi đó lúc đó không giãn cách", "no distancing order held there and then"),
    "not_granted": ("chưa được cấp hoặc đã hết hạn", "not granted, or expired"),
    "used_up": ("đã dùng hết", "used up"),
    "covered_before": ("nguồn trước đã bao hết", "an earlier source covered all"),
    "group": ("biện pháp cùng nhóm đã có tác dụng", "another of its group had an effect"),
    "no_effect": ("không còn gì để giảm", "nothing left to take off"),
    "suspended": ("sự kiện bị treo", "the event is suspended"),
}
STATUS = {
    "rated": ("đã tính cước", "rated"),
    "no_subscription": ("bị treo: không có thuê bao lúc đó", "suspended: no subscription then"),
    "no_tariff": ("bị treo: không có giá", "suspended: no tariff"),
    "beyond_limit": ("bị treo: vượt giới hạn", "suspended: beyond the limit"),
    "conflicting": (
        "bị treo: các bản sao mâu thuẫn",
        "suspended: its copies contradict each other",
    ),
}
CHARGES = {
    "list_value": ("giá trị", "list value"),
    "residual": ("còn lại sau các nguồn hỗ trợ", "left by the relief sources"),
    "payable": ("phải trả", "payable"),
}
ROLES = {
    "zero_rating": ("miễn cước", "zero-rating"),
    "grant": ("ưu đãi được cấp", "grant"),
    "volume": ("dung lượng của gói", "the pack's volume"),
    "bonus": ("dung lượng tặng thêm", "bonus volume"),
}


class Teller:
    """Says the steps of one explanation in one language."""

    def __init__(self, explanation: Explanation, language: str) -> None:
        self.told, self.is_vi = explanation, language == "vi"
        self.unit = UNITS[explanation.outcome.event.kind]
        self.size = self.unit[3]

    def say(self, vi: str, en: str) -> str:
        return vi if self.is_vi else en

    def of(self, words: dict[str, tuple[str, str]], key: object) -> str:
        vi, en = words.get(str(key), (str(key), str(key)))
        return self.say(vi, en)

    def number(self, whole: int, decimals: str = "") -> str:
        """A number with the signs of the language: 1.101,33 or 1,101.33."""
        if self.is_vi:
            return group_vi(whole) + (f",{decimals}" if decimals else "")
        return f"{whole:,}" + (f".{decimals}" if decimals else "")

    def dong(self, amount: int) -> str:
        return f"{self.number(amount)} đ"

    def units(self, count: object) -> str:
        """A count of units of the event's kind, in its readable unit and exactly."""
        whole, rest = divmod(int(str(count)), self.size)
        vi, one, more, _ = self.unit
        unit = self.say(vi, one if (whole, rest) == (1, 0) else more)
        return f"{self.number(whole, f'{rest:03d}'.rstrip('0') if rest else '')} {unit}"

    def of_pack(self, count: int, pack: str, volume: int) -> str:
        """A count of units of a pack's volume: data in the largest unit that fits, and in bytes."""
        kinds = self.told.volumes.get(pack, ())
        kind = kinds[volume] if volume < len(kinds) else ""
        if kind not in UNITS:
            return f"{self.number(count)} {self.say('đơn vị', 'units')}"
        vi, one, more, size = UNITS[kind]
        whole, rest = divmod(count, size)
        exact = self.number(whole, f"{rest:03d}".rstrip("0") if rest else "")
        unit = self.say(vi, one if (whole, rest) == (1, 0) else more)
        said = f"{exact} {unit}"
        for name, bytes_ in DATA_UNITS if kind == "data" else ():
            if count >= bytes_:
                hundredths = round(Fraction(count * 100, bytes_))
                decimals = f"{hundredths % 100:02d}".rstrip("0")
                about = "" if hundredths * bytes_ == count * 100 else "≈ "
                return f"{about}{self.number(hundredths // 100, decimals)} {name} ({said})"
        return said

    def exact(self, value: object) -> str:
        """An amount before rounding: a whole number, or a fraction with its value beside it."""
        fraction = Fraction(str(value))
        if fraction.denominator == 1:
            return self.dong(int(fraction))
        hundredths = round(fraction * 100)
        shown = self.number(hundredths // 100, f"{hundredths % 100:02d}")
        return f"{fraction} ≈ {shown} đ"

    def lines(self) -> Iterator[str]:
        """The whole explanation, line by line."""
        yield from self._head()
        yield ""
        yield self.say("Các bước:", "Steps:")
        for step in self.told.outcome.trace:
            if step.kind != "measure":
                yield f"  - {self._step(step.kind, step.data)}"
        yield ""
        measures = [step.data for step in self.told.outcome.trace if step.kind == "measure"]
        if measures:
            yield self.say("Các biện pháp:", "Measures:")
            for data in measures:
                yield from self._measure(data)
            yield ""
        yield from self._result()

    def _head(self) -> Iterator[str]:
        event, outcome = self.told.outcome.event, self.told.outcome
        kind = self.say(KINDS[event.kind], event.kind)
        yield f"{self.say('Sự kiện', 'Event')} {UUID(int=event.event_id)}"
        yield (
            f"  {kind}, {event.carrier}, {moment(event.start_ms)},"
            f" {event.destination} ({outcome.destination_class}), {self.units(event.units)}"
        )
        yield (
            f"  {self.say('kỳ', 'period')} {self.told.period},"
            f" {self.say('gói hỗ trợ', 'package')} {self.told.package},"
            f" {self.say('lần chạy', 'run')} {self.told.run}"
        )
        if (source := self.told.source) is not None:
            yield (
                f"  {self.say('nguồn', 'source')} {source['name']},"
                f" {self.say('bản ghi', 'record')} {self.number(source['row'])}"
            )
        owner = f"  {self.say('chủ số dư', 'owner')} {UUID(int=event.owner)}"
        if self.told.replayed:
            owner += f": {self.say('sự kiện thứ', 'its event number')} {self.told.replayed}"
        yield owner

    def _step(self, kind: str, data: dict[str, Any]) -> str:
        teller: Callable[[dict[str, Any]], str] | None = getattr(self, f"_{kind}", None)
        if teller is None:
            return f"{kind}: " + ", ".join(f"{name} {value}" for name, value in data.items())
        return teller(data)

    def _subscription(self, d: dict[str, Any]) -> str:
        return self.say(
            f"thuê bao {d['carrier']}, gói cước nền {d['plan']}, {d['payment']}, đăng ký tại"
            f" {d['home_locality'] or 'không rõ'}, nhóm {d['segment']}",
            f"subscription of {d['carrier']}, plan {d['plan']}, {d['payment']}, home"
            f" {d['home_locality'] or 'unknown'}, segment {d['segment']}",
        )

    def _suspended(self, d: dict[str, Any]) -> str:
        sought = ", ".join(f"{name} {value}" for name, value in d.items() if name != "reason")
        return f"{self.of(STATUS, d['reason'])} ({sought})"

    def _copy(self, d: dict[str, Any]) -> str:
        charged = d["charged"]
        said = self.say("không rõ", "not said") if charged is None else self.dong(charged)
        return self.say(
            f"bản sao ở {d['name']}, bản ghi {self.number(d['row'])}: {moment(d['start_ms'])},"
            f" {d['destination']}, {self.units(d['units'])}, đã thu {said}",
            f"copy in {d['name']}, record {self.number(d['row'])}: {moment(d['start_ms'])},"
            f" {d['destination']}, {self.units(d['units'])}, charged {said}",
        )

    def _tariff(self, d: dict[str, Any]) -> str:
        until = d["valid_until"] or self.say("chưa hết", "open")
        said = self.say(
            f"biểu giá {d['of']} {d['id']} ({d['name']}), hiệu lực {d['valid_from']} đến {until};"
            f" nguồn: {d['source']} [{d['mark']}]",
            f"tariff {d['of']} {d['id']} ({d['name']}), in force {d['valid_from']} to {until};"
            f" source: {d['source']} [{d['mark']}]",
        )
        if "price" in d:
            return f"{said}; {self.say('giá', 'price')} {self.exact(d['price'])}"
        rules = f"{d['rounding']}, {d['coverage_rule']}"
        fee = f"{self.exact(d['connect_fee'])} ({d['connect_rule']})"
        return (
            f"{said}; {self.say('làm tròn', 'rounding')} {rules};"
            f" {self.say('phí thiết lập', 'connect fee')} {fee}"
        )

    def _after(self, d: dict[str, Any]) -> str:
        return self.say(
            f"gói {d['pack']} nói về phần không được bao: {d['rule']} [{d['mark']}, {d['source']}]",
            f"pack {d['pack']} says of what is not covered: {d['rule']} [{d['mark']},"
            f" {d['source']}]",
        )

    def _billed(self, d: dict[str, Any]) -> str:
        return self.say(
            f"dùng {self.units(d['raw'])}, tính cước theo khối {self.units(d['units'])}, từ"
            f" {self.units(d['first_place'])} đến {self.units(d['until_place'])}",
            f"used {self.units(d['raw'])}, billed by blocks {self.units(d['units'])}, from"
            f" {self.units(d['first_place'])} to {self.units(d['until_place'])}",
        )

    def _source(self, d: dict[str, Any]) -> str:
        name = " ".join(str(d[key]) for key in ("measure", "pack") if d.get(key))
        balance = ""
        if d["before"] is not None:
            balance = self.say(
                f"; số dư {self.units(d['before'])} còn {self.units(d['after'])}",
                f"; balance {self.units(d['before'])}, then {self.units(d['after'])}",
            )
        tail = ""
        if d["tail"]:
            tail = self.say(
                f", phần làm tròn {self.units(d['tail'])}",
                f", rounded tail {self.units(d['tail'])}",
            )
        return self.say(
            f"{self.of(ROLES, d['role'])} {name} bao {self.units(d['drawn'])}{tail}{balance}",
            f"{self.of(ROLES, d['role'])} {name} covers {self.units(d['drawn'])}{tail}{balance}",
        )

    def _priced(self, d: dict[str, Any]) -> str:
        per = Fraction(str(d["price"])) * self.size
        unit = self.say(self.unit[0], self.unit[1])
        return self.say(
            f"{self.of(CHARGES, d['charge'])}: {self.units(d['units'])} × {per} đ/{unit} ="
            f" {self.exact(d['amount'])}",
            f"{self.of(CHARGES, d['charge'])}: {self.units(d['units'])} × {per} đ/{unit} ="
            f" {self.exact(d['amount'])}",
        )

    def _connect_fee(self, d: dict[str, Any]) -> str:
        return (
            f"{self.of(CHARGES, d['charge'])}: {self.say('phí thiết lập', 'connect fee')}"
            f" {self.exact(d['amount'])}"
        )

    def _flat(self, d: dict[str, Any]) -> str:
        return (
            f"{self.of(CHARGES, d['charge'])}: {self.say('khoản cố định', 'flat amount')}"
            f" {self.exact(d['amount'])}"
        )

    def _money(self, d: dict[str, Any]) -> str:
        before, drawn, after = (self.dong(d[name]) for name in ("before", "drawn", "after"))
        return self.say(
            f"gói {d['pack']} trả {drawn} tiền cước (có {before}, còn {after})",
            f"pack {d['pack']} pays {drawn} of the charge (had {before}, has {after})",
        )

    def _charge(self, d: dict[str, Any]) -> str:
        unit = d.get("round_to", 1)
        rule = d["rounding"] if unit == 1 else f"{d['rounding']}, {self.dong(unit)}"
        return self.say(
            f"{self.of(CHARGES, d['charge'])} = {self.exact(d['exact'])}, làm tròn một lần"
            f" ({rule}): {self.dong(d['amount'])}",
            f"{self.of(CHARGES, d['charge'])} = {self.exact(d['exact'])}, rounded once"
            f" ({rule}): {self.dong(d['amount'])}",
        )

    def _relief(self, d: dict[str, Any]) -> str:
        whose = f"{d['measure']} ({self.of(ROLES, d['role'])})"
        before, after, discount = (self.dong(d[name]) for name in ("before", "after", "discount"))
        units, in_kind = self.units(d["units"]), self.units(d["in_kind_units"])
        return self.say(
            f"{whose}: {before} còn {after}, giảm {discount} cho {units}; hiện vật {in_kind}",
            f"{whose}: {before} to {after}, discount {discount} for {units}; in kind {in_kind}",
        )

    def _in_kind(self, d: dict[str, Any]) -> str:
        return self.say(
            f"{d['measure']}, hiện vật: {self.units(d['units'])} định giá theo {d['value']} ="
            f" {self.exact(d['exact'])}, làm tròn {self.dong(d['amount'])}",
            f"{d['measure']}, in kind: {self.units(d['units'])} valued by {d['value']} ="
            f" {self.exact(d['exact'])}, rounded {self.dong(d['amount'])}",
        )

    def _cut(self, d: dict[str, Any]) -> str:
        return self.say(
            f"{d['measure']}: {self.dong(d['before'])}, biện pháp cho {self.exact(d['gives'])}, còn"
            f" {self.dong(d['after'])}, giảm {self.dong(d['discount'])}",
            f"{d['measure']}: {self.dong(d['before'])}, the measure gives {self.exact(d['gives'])},"
            f" left {self.dong(d['after'])}, discount {self.dong(d['discount'])}",
        )

    def _forbearance(self, d: dict[str, Any]) -> str:
        return self.say(
            f"{d['measure']}: không cắt liên lạc, đếm một lần",
            f"{d['measure']}: not barred, counted once",
        )

    def _contribution(self, d: dict[str, Any]) -> str:
        return self.say(
            f"{d['measure']}: doanh nghiệp đóng góp {self.dong(d['amount'])} cho {d['to']}",
            f"{d['measure']}: the carrier contributes {self.dong(d['amount'])} to {d['to']}",
        )

    def _opened(self, d: dict[str, Any]) -> str:
        return self.say(
            f"gói {d['pack']} mở lúc {moment(d['bought_ms'])}, hết hạn {moment(d['expiry_ms'])},"
            f" đã trả {self.dong(d['price_paid'])}",
            f"pack {d['pack']} opens at {moment(d['bought_ms'])}, expires {moment(d['expiry_ms'])},"
            f" paid {self.dong(d['price_paid'])}",
        )

    def _bonus(self, d: dict[str, Any]) -> str:
        given = self.of_pack(d["units"], d["pack"], d["volume"])
        return self.say(
            f"{d['measure']} tặng thêm {given} cho gói {d['pack']}, đến {moment(d['expiry_ms'])}",
            f"{d['measure']} adds {given} to pack {d['pack']}, until {moment(d['expiry_ms'])}",
        )

    def _granted(self, d: dict[str, Any]) -> str:
        return self.say(
            f"{d['measure']} cấp {self.units(d['units'])}, đến {moment(d['expiry_ms'])}",
            f"{d['measure']} grants {self.units(d['units'])}, until {moment(d['expiry_ms'])}",
        )

    def _measure(self, d: dict[str, Any]) -> Iterator[str]:
        mark = "✓" if d["applied"] else "–"
        title = self.say(d["title"], d["title_en"])
        yield f"  {mark} {d['measure']} {title}: {self.of(WHY, d['why'])}"
        if d["applied"]:
            yield (
                f"      {d['valid_from']} → {d['valid_until']}; {d['document']};"
                f" {d['source']} [{d['mark']}]"
            )

    def _result(self) -> Iterator[str]:
        outcome = self.told.outcome
        yield f"{self.say('Kết quả', 'Result')}: {self.of(STATUS, outcome.status)}"
        for line in outcome.lines:
            yield (
                f"  {line.measure} {self.of(NATURES, line.nature)}: {self.units(line.units)},"
                f" {self.dong(line.amount)}"
            )
        yield from self._amounts() if outcome.status == "rated" else self._no_amount()
        if self.told.package != NO_PACKAGE.id:
            readings = "; ".join(f"{k} = {v}" for k, v in sorted(self.told.readings.items()))
            yield f"{self.say('Cách đọc', 'Readings')}: {readings}"
        if self.told.replayed:
            yield self.say(
                "Kết quả công bố và phép tính lại độc lập khớp nhau đến từng đồng.",
                "What was published and this independent computation agree to the đồng.",
            )
        else:
            yield self.say("Kết quả công bố nói như vậy.", "What was published says the same.")

    def _amounts(self) -> Iterator[str]:
        outcome = self.told.outcome
        listed, payable = self.dong(outcome.list_value), self.dong(outcome.payable)
        discount = self.dong(outcome.list_value - outcome.payable)
        yield self.say(
            f"  giá trị {listed} − giảm trừ {discount} = phải trả {payable}",
            f"  list value {listed} − discount {discount} = payable {payable}",
        )
        charged = outcome.event.charged
        if charged is not None:
            said = self.dong(charged)
            yield self.say(f"  nguồn nói đã thu {said}", f"  charged {said}")
            due, over = self.told.refund.due, self.told.refund.overcharged
            least = self.dong(min(charged, outcome.list_value))
            formula = f"min({said}, {listed}) − {payable} = {least} − {payable}"
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
