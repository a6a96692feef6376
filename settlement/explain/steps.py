"""The steps of an explanation in words: one function a kind of step. No I/O here."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from doisoat.settlement.explain.letter_words import FIELDS
from doisoat.settlement.explain.speech import Speech
from doisoat.settlement.explain.words import CHARGES, CLASSES, KINDS, ROLES, SOUGHT, STATUS, TERMS
from doisoat.tariffs.models.quantity import written
from doisoat.tariffs.models.source_words import in_vietnamese


class Steps(Speech):
    """Says the steps by which an event came to its amounts."""

    def step(self, kind: str, data: dict[str, Any]) -> str:
        teller: Callable[[dict[str, Any]], str] | None = getattr(self, f"_{kind}", None)
        if teller is None:
            return f"{kind}: " + ", ".join(f"{name} {value}" for name, value in data.items())
        return teller(data)

    def term(self, word: str) -> str:
        """A word of a catalogue in the language at hand."""
        return term(word) if self.is_vi else word

    def _subscription(self, d: dict[str, Any]) -> str:
        return self.say(
            f"thuê bao {d['carrier']}, gói cước nền {d['plan']}, {term(d['payment'])}, đăng ký tại"
            f" {d['home_locality'] or 'không rõ'}, nhóm {term(d['segment'])}",
            f"subscription of {d['carrier']}, plan {d['plan']}, {d['payment']}, home"
            f" {d['home_locality'] or 'unknown'}, segment {d['segment']}",
        )

    def _suspended(self, d: dict[str, Any]) -> str:
        sought = ", ".join(
            f"{self._sought(name)} {self._found_for(name, value)}"
            for name, value in d.items()
            if name not in ("reason", "session_start_ms")
        )
        clause = f"{self.of(STATUS, d['reason'])} ({sought})"
        if "session_start_ms" not in d:
            return clause
        begun = written(d["session_start_ms"])
        return self.say(
            f"{clause}; là phần sau của phiên bắt đầu lúc {begun}, xét theo điều kiện lúc ấy",
            f"{clause}; a later part of a session that began {begun}, by the terms of then",
        )

    def _sought(self, name: str) -> str:
        return SOUGHT.get(name, name) if self.is_vi else name

    def _found_for(self, name: str, value: Any) -> str:
        if isinstance(value, tuple):
            texts = map(str, value)
            return "+".join(FIELDS.get(text, text) if self.is_vi else text for text in texts)
        if self.is_vi and name == "kind":
            return KINDS.get(str(value), str(value))
        return self.destination_class(str(value)) if name == "destination" else str(value)

    def destination_class(self, name: str) -> str:
        """A class of destinations in the language at hand."""
        return CLASSES.get(name, name) if self.is_vi else name

    def _copy(self, d: dict[str, Any]) -> str:
        charged = d["charged"]
        charged_text = self.say("không rõ", "not said") if charged is None else self.dong(charged)
        return self.say(
            f"bản sao ở {d['name']}, bản ghi {self.number(d['row'])}: {written(d['start_ms'])},"
            f" {self.destination_class(d['destination'])}, {self.units(d['units'])}, đã thu"
            f" {charged_text}",
            f"copy in {d['name']}, record {self.number(d['row'])}: {written(d['start_ms'])},"
            f" {d['destination']}, {self.units(d['units'])}, charged {charged_text}",
        )

    def _tariff(self, d: dict[str, Any]) -> str:
        until = d["valid_until"]
        ends = "chưa hết" if until is None else f"đến {until}"
        tariff = self.say(
            f"biểu giá {term(d['of'])} {d['id']} ({d['name']}), hiệu lực từ {d['valid_from']},"
            f" {ends}; nguồn: {in_vietnamese(d['source'])} [{term(d['mark'])}]",
            f"tariff {d['of']} {d['id']} ({d['name']}), in force {d['valid_from']} to"
            f" {until or 'open'}; source: {d['source']} [{d['mark']}]",
        )
        if "price" in d:
            return f"{tariff}; {self.say('giá', 'price')} {self.exact(d['price'])}"
        rules = ", ".join(self.term(d[name]) for name in ("rounding", "coverage_rule"))
        fee = f"{self.exact(d['connect_fee'])} ({self.term(d['connect_rule'])})"
        return (
            f"{tariff}; {self.say('làm tròn', 'rounding')} {rules};"
            f" {self.say('phí thiết lập', 'connect fee')} {fee}"
        )

    def _after(self, d: dict[str, Any]) -> str:
        return self.say(
            f"gói {d['pack']} nói về phần không được bao: {term(d['rule'])} [{term(d['mark'])},"
            f" {in_vietnamese(d['source'])}]",
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

    def _prorated(self, d: dict[str, Any]) -> str:
        return self.say(
            f"tính theo phần tháng ({self.term(d['rule'])}): {d['part']} giá và lưu lượng",
            f"for a part of the month ({d['rule']}): {d['part']} of price and volumes",
        )

    def _charge(self, d: dict[str, Any]) -> str:
        unit = d.get("round_to", 1)
        rule = self.term(d["rounding"])
        rule = rule if unit == 1 else f"{rule}, {self.dong(unit)}"
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
            f"{d['measure']}, hiện vật: {self.units(d['units'])} định giá theo {term(d['value'])} ="
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
            f"gói {d['pack']} mở lúc {written(d['bought_ms'])}, hết hạn {written(d['expiry_ms'])},"
            f" đã trả {self.dong(d['price_paid'])}",
            f"pack {d['pack']} opens at {written(d['bought_ms'])},"
            f" expires {written(d['expiry_ms'])}, paid {self.dong(d['price_paid'])}",
        )

    def _renewed(self, d: dict[str, Any]) -> str:
        return self.say(
            f"gia hạn gói {d['pack']} ({self.term(d['rule'])}): {d['ended']} lượt mua trước kết"
            f" thúc, lưu lượng còn lại: {self.term(d['rollover'])}",
            f"renewal of pack {d['pack']} ({d['rule']}): {d['ended']} earlier purchases end,"
            f" leftover volume: {d['rollover']}",
        )

    def _renewal_failed(self, d: dict[str, Any]) -> str:
        return self.say(
            f"gia hạn gói {d['pack']} không thành công ({self.term(d['rule'])}): không thu, không"
            f" mở gì; {d['instances']} lượt mua trước bị ảnh hưởng",
            f"renewal of pack {d['pack']} failed ({d['rule']}): nothing is paid or opened;"
            f" {d['instances']} earlier purchases are affected",
        )

    def _bonus(self, d: dict[str, Any]) -> str:
        bonus = self.of_pack(d["units"], d["pack"], d["volume"])
        return self.say(
            f"{d['measure']} tặng thêm {bonus} cho gói {d['pack']}, đến {written(d['expiry_ms'])}",
            f"{d['measure']} adds {bonus} to pack {d['pack']}, until {written(d['expiry_ms'])}",
        )

    def _granted(self, d: dict[str, Any]) -> str:
        return self.say(
            f"{d['measure']} cấp {self.units(d['units'])}, đến {written(d['expiry_ms'])}",
            f"{d['measure']} grants {self.units(d['units'])}, until {written(d['expiry_ms'])}",
        )


def term(word: str) -> str:
    """A word of a catalogue in Vietnamese, or itself."""
    return TERMS.get(word, word)
