"""Exports that tests of drafts write, and what a draft says of them."""

import re

from doisoat.engine.intake.draft.draft import draft_of
from doisoat.engine.intake.draft.sample import read_sample

CALLS = "Mã cuộc gọi;Số gọi;Số bị gọi;Thời điểm;Thời lượng;Thành tiền"
CALL = "C{n};0961234567;0912345678;{day}/08/2021 07:05;65;1500"


def guesses_of(path, kind=None):
    return {guess.field: guess for guess in draft_of(read_sample(path), kind).guesses}


def answered(out, **words):
    """The draft as it is once a person has answered: words put in, and no question left."""
    text = re.sub(r"^open:\n(  - .*\n)+", "", out.read_text("utf-8"), flags=re.M)
    for old, new in words.items():
        text = text.replace(old, new)
    out.write_text(text, "utf-8")


def calls(*, started="{day:02}/08/2021 07:05", length=60, charged=1_500, **more):
    """Rows of calls; each text may be made of the row's `day`, 1 to 28."""
    texts = (started, length, charged, *more.values())
    return [
        ";".join((f"C{day}", "0961234567", "0912345678",
                  *(text(day) if callable(text) else str(text).format(day=day) for text in texts)))
        for day in range(1, 29)
    ]  # fmt: skip


def drafted(export, head, *rows):
    """The draft of an export, its guesses by field, and what is open in it."""
    draft = draft_of(read_sample(export(head, *rows)))
    return draft, {guess.field: guess for guess in draft.guesses}, [each.en for each in draft.open]


def more_calls(*more):
    """Nine calls, each with one of the texts of further columns, in turn."""
    return [";".join([CALL.format(n=n, day=n + 13), *(texts[n % len(texts)] for texts in more)])
            for n in range(9)]  # fmt: skip
