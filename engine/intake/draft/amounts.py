"""A column of money: the signs that read its texts."""

import polars as pl

from doisoat.engine.intake.draft.guess import HEAD_ALONE, SURE, Guess
from doisoat.engine.intake.draft.heads import says_better
from doisoat.engine.intake.draft.sample import Sample
from doisoat.engine.intake.mapping.field_sources import NumberSource
from doisoat.engine.intake.mapping.trials import Trial, amount_trials, fitting, share_of
from doisoat.messages.text import Text, message


def is_price(head: str) -> bool:
    """Does a head say the price of a unit rather than an amount?"""
    return says_better("charged", "thanh tien", head)


def amount_guess(
    sample: Sample, field: str, column: str, unknown: list[Text], tax: str | None = None
) -> Guess:
    """An amount of money in the signs that read its texts. Args: tax: what is added to it."""
    columns = (column,) if tax is None else (column, tax)
    texts = pl.concat([sample.texts(each).alias(column) for each in columns])
    terms: dict[str, object] = {} if tax is None else {"sum_of": list(columns)}

    def is_plausible(trial: Trial) -> bool:
        """Decimals that are three zeros in every row are groups of three."""
        decimal = trial.words.get("decimal")
        zeros = f"[{decimal}]000$|^[0-9]*$"
        return decimal is None or share_of(texts.str.contains(zeros)) < 1

    trials = amount_trials(texts.to_frame(column), column, NumberSource(column=column))
    kept = fitting(trials, SURE, is_plausible)
    if texts.is_empty():
        return Guess(field, columns, terms, HEAD_ALONE, message("it is empty in the sample"))
    if not kept:
        unknown.append(message("the form of the amounts in {column}", column=column))
        return Guess(field, columns, terms, 0.0, message("no form reads its texts"))
    if len(kept) > 1:
        unknown.append(message("which sign in {column} parts groups of three", column=column))
    sure = kept[0].share / len(kept)
    why = message("this form reads its texts") if tax is None else message("with its tax")
    return Guess(field, columns, {**terms, **kept[0].words}, sure, why)
