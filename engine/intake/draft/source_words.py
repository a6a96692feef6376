"""Words that sources write for kinds, actions, directions and carriers, and what each means."""

from doisoat.engine.intake.draft.guess import Guess, shown
from doisoat.engine.intake.draft.heads import folded
from doisoat.engine.intake.draft.sample import Sample
from doisoat.messages.text import Text, message

WORDS = {  # of a field: what a word of a source means, folded
    "kind": {"call": "voice", "voice": "voice", "thoai": "voice", "goi": "voice",
             "cuoc goi": "voice", "text": "sms", "sms": "sms", "message": "sms",
             "tin nhan": "sms", "data": "data", "gprs": "data", "du lieu": "data"},
    "action": {"dang ky": "registration", "dk": "registration", "register": "registration",
               "registration": "registration", "reg": "registration", "gia han": "renewal",
               "gh": "renewal", "renewal": "renewal", "renew": "renewal"},
    "payment": {"tt": "prepaid", "tra truoc": "prepaid", "prepaid": "prepaid", "pre": "prepaid",
                "ts": "postpaid", "tra sau": "postpaid", "postpaid": "postpaid",
                "post": "postpaid"},
    "direction": {"moc": "outgoing", "originating": "outgoing", "outbound": "outgoing",
                  "cuoc goi di": "outgoing", "mtc": "incoming", "terminating": "incoming",
                  "inbound": "incoming", "cuoc goi den": "incoming",
                  "mo": "outgoing", "out": "outgoing", "outgoing": "outgoing", "di": "outgoing",
                  "goi di": "outgoing", "mt": "incoming", "in": "incoming",
                  "incoming": "incoming", "den": "incoming", "goi den": "incoming"},
    "carrier": {"viettel": "viettel", "vinaphone": "vnpt", "vnpt": "vnpt",
                "mobifone": "mobifone", "vietnamobile": "vietnamobile", "vnm": "vietnamobile"},
}  # fmt: skip


def meanings(sample: Sample, field: str, column: str) -> tuple[dict[str, str], list[str]]:
    """(the words of a column that are known and what each means, those that are not)."""
    texts = sample.texts(column).unique(maintain_order=True).to_list()
    meant = {text: WORDS[field].get(folded(text.lower())) for text in texts}
    known = {text: word for text, word in meant.items() if word is not None}
    return known, [text for text, word in meant.items() if word is None]


def words_guess(
    sample: Sample, field: str, column: str, unknown: list[Text], *, is_needed: bool = False
) -> Guess | None:
    """What the words of a column mean for a field; None where none of them is known."""
    known, lacking = meanings(sample, field, column)
    if not known:
        unknown.append(message("what the words in {column} mean", column=column))
        why = message("none of its words is known")
        return Guess(field, (column,), {}, 0.0, why, is_whole=False) if is_needed else None
    if lacking:
        words = shown(lacking)
        unknown.append(message("what {words} in {column} mean", words=words, column=column))
    share = len(known) / (len(known) + len(lacking))
    return Guess(field, (column,), {"values": known}, share, message("its words are known"))
