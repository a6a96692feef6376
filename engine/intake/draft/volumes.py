"""How much a record used: volumes of data in one column or two, and parts of messages."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from doisoat.engine.intake.draft.guess import SURE, UNSURE, Guess
from doisoat.engine.intake.draft.heads import data_unit_of_head, field_of_head, folded
from doisoat.engine.intake.draft.sample import Sample
from doisoat.engine.intake.draft.source_words import meanings
from doisoat.engine.intake.mapping.field_sources import NumberSource
from doisoat.engine.intake.mapping.trials import fitting, share_of, size_trials
from doisoat.messages.text import Text, message

BYTES = {"bytes": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}


def volume_guesses(
    sample: Sample, fields: Mapping[str, str], usage_kind: str, unknown: list[Text]
) -> Iterator[Guess]:
    """How much data was used, and how many messages."""
    kinds = {usage_kind}
    if usage_kind == "mixed":
        kinds = set(meanings(sample, "kind", fields["kind"])[0].values())
    ways = [fields[field] for field in ("uplink", "downlink") if field in fields]
    total = fields.get("units")
    columns = tuple(ways) if len(ways) == 2 or total is None else (total,)
    parts = fields.get("messages")
    if "data" in kinds and columns:
        guess = _size(sample, columns, unknown)
        if len(ways) == 2 and total is not None and not _is_sum(sample, total, ways):
            unknown.append(
                message("whether {total} counts, or {columns} together, as in the draft",
                        total=total, columns=", ".join(ways))
            )  # fmt: skip
            guess = guess._replace(sure=min(guess.sure, UNSURE))
        if columns == tuple(ways[:1]):
            unknown.append(
                message("which column has what went the other way than {column}",
                        column=columns[0])
            )  # fmt: skip
            guess = guess._replace(sure=min(guess.sure, UNSURE))
        if "sms" in kinds and len(columns) == 1 and parts is not None:
            listed = (columns[0], parts)
            words = {**guess.words, "first_of": list(listed)}
            guess = guess._replace(columns=listed, words=words)
        elif "sms" in kinds:
            unknown.append(
                message("how many parts a message has: intake suspends messages for which"
                        " {columns} says nothing", columns=", ".join(columns))
            )  # fmt: skip
        yield guess
    elif "data" in kinds:
        unknown.append(message("which column says how much data was used"))
        yield Guess("units", (), {}, 0.0, message("no column says it"), is_whole=False)
    elif "sms" in kinds and parts is not None:
        yield Guess("units", (parts,), {}, 1.0, message("by its head"))
    elif "sms" in kinds:
        unknown.append(message("how many parts a message has: each counts as one"))
        yield Guess("units", (), {"constant": "1"}, UNSURE, message("no column says it"))


def _is_sum(sample: Sample, total: str, columns: Sequence[str]) -> bool:
    """Is a total what its parts are together, but for its own last digit?"""
    units = unit_of([total]), unit_of(columns)
    if None in units:
        return False
    size, part = (BYTES[str(unit)] for unit in units)
    numbers = sample.frame.select(
        pl.col(total, *columns).str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    )
    off = numbers[total] * size - (numbers[columns[0]] + numbers[columns[1]]) * part
    return share_of((off.abs() < size).fill_null(value=False)) >= SURE


def _size(sample: Sample, columns: tuple[str, ...], unknown: list[Text]) -> Guess:
    """A volume of data: the signs that read its texts; its unit is of the layout."""
    listed = ", ".join(columns)
    texts = pl.concat([sample.texts(column).alias(listed) for column in columns])
    kept = fitting(
        size_trials(texts.to_frame(listed), listed, NumberSource(column=columns[0])), SURE
    )
    why = message("this form reads its texts") if len(columns) == 1 else message("both directions")
    words: dict[str, object] = {} if len(columns) == 1 else {"sum_of": list(columns)}
    sure = 1.0 if texts.is_empty() else 0.0
    if kept:
        words |= kept[0].words
        sure = kept[0].share / len(kept)
    elif not texts.is_empty():
        unknown.append(message("the form of the volumes in {column}", column=listed))
    if len(kept) > 1:
        unknown.append(message("which sign in {column} parts groups of three", column=listed))
    if unit_of(columns) is not None:
        return Guess("units", columns, words, sure, why)
    if any(unit_of([column]) for column in columns):
        unknown.append(
            message("which unit {columns} have: their heads differ; bring them to one in the file",
                    columns=listed)
        )  # fmt: skip
    else:
        unknown.append(message("the unit of {column}: bytes, KB, MB or GB", column=listed))
    return Guess("units", columns, words, min(sure, UNSURE), why, is_whole=False)


def unit_of(columns: Sequence[str]) -> str | None:
    """The unit of data that the heads of all these columns say; None where they do not."""
    sizes = [folded(column) for column in columns if field_of_head(folded(column)) != "messages"]
    units = set(map(data_unit_of_head, sizes))
    return units.pop() if len(units) == 1 else None
