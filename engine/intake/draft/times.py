"""Columns of times: the form that reads them, days apart from times of day, and the span of two."""

from collections.abc import Mapping, Sequence

import polars as pl

from doisoat.engine.intake.draft.dates import SERIAL_WITH_COMMA, are_ends, odd_dates
from doisoat.engine.intake.draft.guess import HEAD_ALONE, SURE, UNSURE, Guess
from doisoat.engine.intake.draft.heads import folded, is_of_utc, says_better
from doisoat.engine.intake.draft.sample import Sample
from doisoat.engine.intake.mapping.field_sources import UTC_FORMS, TimeSource
from doisoat.engine.intake.mapping.trials import (
    fitting,
    readings_of,
    share_of,
    shares_of,
    time_trials,
)
from doisoat.messages.text import Text, message

TIME_OF_DAY = (
    r"^[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,3})?)?(?: ?(?:[AP]M|SA|CH))?$"
    r"|^(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9])?$"
)
DAY_MS = 86_400_000


def beginning(
    sample: Sample, columns: Mapping[str, Sequence[str]], usage_kind: str, unknown: list[Text]
) -> Guess:
    """When a record began, of one column, or of a day and a time of day in two."""
    listed = [*columns.get("started", ()), *columns.get("valid_from", ())]
    clocks = [column for column in listed
              if share_of(sample.texts(column).str.contains(TIME_OF_DAY)) >= SURE]  # fmt: skip
    days = [column for column in listed if column not in clocks and are_days(sample, column)]
    moments = [column for column in columns.get("started", ()) if column not in (*days, *clocks)]
    if listed[0] in moments or (moments and not (days and clocks)):
        rivals = [column for column in moments[1:] if _may_be(sample, column, moments[0])]
        if rivals:
            return _one_of(moments[0], rivals, unknown)
        return time_guess(sample, "started", moments[0], unknown)
    if days and len(clocks) > 1:  # one of them may be a length
        return _one_of(clocks[0], clocks[1:], unknown)
    if days and clocks:
        day, clock = days[0], clocks[0]
        both = f"{day} {clock}"
        rows = sample.frame.filter((pl.col(day) != "") & (pl.col(clock) != ""))
        joined = rows.select(pl.concat_str(day, clock, separator=" ").alias(both))
        guess = time_guess(sample._replace(frame=joined), "started", both, unknown)
        return guess._replace(columns=(day, clock), words={"joined": [day, clock], **guess.words})
    guess = time_guess(sample, "started", listed[0], unknown)
    if listed[0] in days and usage_kind != "pack":
        unknown.append(
            message("the time of day: {column} has days alone, so each record begins at 00:00",
                    column=listed[0])
        )  # fmt: skip
        return guess._replace(sure=min(guess.sure, UNSURE))
    return guess


def _may_be(sample: Sample, column: str, best: str) -> bool:
    """May a column be the begin as well as the best one, and says it otherwise in some record?"""
    is_worse = says_better("started", folded(best), folded(column))
    return not is_worse and not sample.frame[column].equals(sample.frame[best], check_names=False)


def _one_of(best: str, rivals: Sequence[str], unknown: list[Text]) -> Guess:
    """What says that a person must choose when a record began."""
    listed = ", ".join((best, *rivals))
    unknown.append(
        message("which column is {field}: {columns} differ", field="started", columns=listed)
    )
    why = message("one of {forms}", forms=listed)
    return Guess("started", (), {}, 0.0, why, is_whole=False)


def are_days(sample: Sample, column: str) -> bool:
    """Is each text of a column a day without a time of day?"""
    frame = sample.texts(column).to_frame(column)
    kept = fitting(time_trials(frame, column, TimeSource(column=column, form="civil")), SURE)
    return bool(kept) and all((trial.read.drop_nulls() % DAY_MS == 0).all() for trial in kept)


def length_between(sample: Sample, begin: str, end: str, unknown: list[Text]) -> Guess:
    """The length between two moments; their form is said where the end is open as well."""
    first, last = (time_guess(sample, "ended", column, []) for column in (begin, end))
    form = last.words.get("form")
    has_days = any(are_days(sample, column) for column in (begin, end))
    why = message("from its beginning to its end")
    if form is None or form != first.words.get("form") or has_days:
        unknown.append(message("the form of the times in {column}", column=end))
        return Guess("duration", (begin, end), {"between": {"begin": begin, "end": end}}, 0.0, why,
                     is_whole=False)  # fmt: skip
    between = {"begin": begin, "end": end, "form": form}
    return Guess("duration", (begin, end), {"between": between}, last.sure, why)


def time_guess(sample: Sample, field: str, column: str, unknown: list[Text]) -> Guess:
    """A time in the form that reads it; without a form where none does, or several otherwise."""
    frame = sample.texts(column).to_frame(column)
    source = TimeSource(column=column, form="civil")
    trials = list(time_trials(frame, column, source))
    if field == "valid_until":
        trials = [trial._replace(share=share_of(are_ends(trial.read))) for trial in trials]
    kept = fitting(trials, SURE)
    if len(kept) == 1:
        odd = odd_dates(kept[0], trials)
        if odd is not None:
            unknown.append(
                message(
                    "the dates in {column} seem to be of two forms: {count} of {rows} of form:"
                    " {other}, the rest of form: {form}; if so, export the file again in one form",
                    column=column, count=odd.dates, rows=frame.height, other=odd.form,
                    form=kept[0].words["form"],
                )
            )  # fmt: skip
            why = message("its dates seem to be of two forms")
            return Guess(field, (column,), {}, UNSURE, why, is_whole=False)
        why = message("this form reads its texts")
        words: dict[str, object] = dict(kept[0].words)
        if is_of_utc(folded(column)) and words["form"] not in UTC_FORMS:
            words["zone"] = "+00:00"
        return Guess(field, (column,), words, kept[0].share, why)
    if frame.height == 0:  # of a column that is empty in the sample any form will do
        why = message("it is empty in the sample")
        return Guess(field, (column,), {"form": "civil"}, HEAD_ALONE, why)
    if kept:
        unknown.append(
            message("column {column} can be read in more than one way: {readings}",
                    column=column, readings=readings_of(kept))
        )  # fmt: skip
        forms = ", ".join(trial.words["form"] for trial in kept)
        why = message("one of {forms}", forms=forms)
        return Guess(field, (column,), {}, 1 / len(kept), why, is_whole=False)
    if share_of(frame[column].str.contains(SERIAL_WITH_COMMA)) >= SURE:
        unknown.append(
            message("the times in {column} are days of a workbook with a decimal comma, which no"
                    " form reads: save the workbook with its dates as dates, or as .xlsx",
                    column=column)
        )  # fmt: skip
    else:
        unknown.append(
            message("the form of the times in {column}: {shares}", column=column,
                    shares=shares_of(trials))
        )  # fmt: skip
    return Guess(field, (column,), {}, 0.0, message("no form reads its texts"), is_whole=False)


def form_of_empty(sample: Sample, guesses: Sequence[Guess]) -> list[Guess]:
    """The guesses; a column of times that is empty has the form of the file's other times."""
    forms = [guess.words["form"] for guess in guesses
             if "form" in guess.words and not _is_empty(sample, guess)]  # fmt: skip
    return [
        guess._replace(words={**guess.words, "form": forms[0]})
        if forms and guess.words.get("form") == "civil" and _is_empty(sample, guess)
        else guess
        for guess in guesses
    ]


def _is_empty(sample: Sample, guess: Guess) -> bool:
    return all(sample.texts(column).is_empty() for column in guess.columns)


def moments(rows: pl.DataFrame, column: str) -> pl.Series:
    """The moments of a column of times, in the first form that reads the most of it."""
    trials = fitting(time_trials(rows, column, TimeSource(column=column, form="civil")), SURE)
    return trials[0].read if trials else pl.Series(column, [None] * rows.height, pl.Int64)
