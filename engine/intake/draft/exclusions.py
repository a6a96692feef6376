"""Records that a draft leaves out: calls that come in, roaming, calls that nobody answered."""

import re
from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from doisoat.engine.intake.draft.guess import LeftOut, shown
from doisoat.engine.intake.draft.heads import folded
from doisoat.engine.intake.draft.sample import Sample
from doisoat.engine.intake.draft.source_words import meanings
from doisoat.engine.intake.draft.status import LIVE, left_out, words_of
from doisoat.messages.text import Text, message
from doisoat.telephone import has_number

DOMESTIC = re.compile(r"|0|n|no|false|khong|k|home|domestic|trong nuoc|452.*|vn|vnm|viet ?nam")


def incoming(
    sample: Sample, fields: Mapping[str, str], names: bool, unknown: list[Text]
) -> Iterator[LeftOut]:
    """Calls that come in: their subscriber is who is called, and pays nothing at home."""
    if "direction" not in fields or names:  # names have a class of destinations by direction
        return
    column = fields["direction"]
    known, _ = meanings(sample, "direction", column)
    words = tuple(text for text, meaning in known.items() if meaning == "incoming")
    if not words:
        return
    rows = sample.frame.filter(pl.col(column).is_in(words))
    is_free = "charged" in fields and not rows[fields["charged"]].str.contains("[1-9]").any()
    if not is_free:
        unknown.append(
            message("whether calls that come in cost nothing ({words} in {column}): the draft"
                    " leaves them out", words=shown(words), column=column)
        )  # fmt: skip
    yield LeftOut("incoming", column, words)


def roaming(
    sample: Sample, columns: Mapping[str, Sequence[str]], unknown: list[Text]
) -> Iterator[LeftOut]:
    """Records of roaming, which no tariff of the home prices."""
    for at, column in enumerate(columns.get("roaming", ())):
        texts = sample.texts(column).unique(maintain_order=True).to_list()
        words = tuple(text for text in texts
                      if not DOMESTIC.fullmatch(folded(text)) and not has_number(text))  # fmt: skip
        if words:
            unknown.append(
                message("what becomes of roaming: the draft leaves records with {words} in"
                        " {column} out, and takes all others as domestic",
                        words=shown(words), column=column)
            )  # fmt: skip
            yield LeftOut("roaming" + "_also" * at, column, words)
        else:
            unknown.append(
                message("which words in {column} say roaming: the draft takes all records as"
                        " domestic", column=column)
            )  # fmt: skip


def unanswered(
    sample: Sample, fields: Mapping[str, str], usage_kind: str, unknown: list[Text]
) -> Iterator[LeftOut]:
    """Calls that nobody answered; of words of a status that may say it, a person is asked."""
    if "status" not in fields:
        return
    column = fields["status"]
    words = words_of(sample.texts(column).unique(maintain_order=True).to_list())
    may_ring = usage_kind in ("voice", "mixed")
    odd = words.unknown if may_ring else (*words.failed, *words.unknown)
    if odd:
        unknown.append(
            message("whether a record with {words} in {column} is usage: it is taken as usage",
                    words=shown(odd) or "?", column=column)
        )  # fmt: skip
    if may_ring:
        yield LeftOut("unanswered", column, left_out(words))


def questions_of_status(sample: Sample, fields: Mapping[str, str]) -> Iterator[Text]:
    """Rows of master data that may have ended by their status, while no column says when."""
    if "status" not in fields:
        return
    column, rows = fields["status"], sample.frame
    if "valid_until" in fields:
        rows = rows.filter(pl.col(fields["valid_until"]) == "")
    texts = rows[column].unique(maintain_order=True).to_list()
    odd = [text for text in texts if text and folded(text) not in LIVE]
    if odd:
        yield message(
            "whether a row with {words} in {column} is in force: the draft takes it as one without"
            " an end", words=shown(odd) or "?", column=column,
        )  # fmt: skip
