"""Which columns make a record itself, as the values of whole files show, not their heads alone.

A key whose values repeat on records that differ would have intake suspend all of these. The begin
of a record then goes into its key as well.
"""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from doisoat.engine.intake.draft.draft import Draft
from doisoat.engine.intake.draft.guess import SURE, UNSURE, Guess
from doisoat.engine.intake.draft.heads import field_of_head, folded
from doisoat.engine.intake.draft.sample import rows_of
from doisoat.engine.intake.forms.raw_chunks import open_source
from doisoat.messages.text import message

SEEN_BYTES = 64 << 20  # of a file's texts, in which values that repeat are looked for
RECORDS = {
    "file": pl.Int32(),
    **dict.fromkeys(("alone", "wide", "subscriber", "content"), pl.UInt64()),
}
SEPARATOR = "\x1f"
PLAIN = ("id", "ma", "session")  # heads that may say a record's key
CODE = r"[A-Za-z]|[0-9]{9}"  # a shorter number may count the rows of a file


class Repeats(NamedTuple):
    """How many records a key does not tell from others, and whether some are of one subscriber."""

    records: int
    of_one_subscriber: bool


def keyed(drafts: Sequence[Draft]) -> list[Draft]:
    """Drafts of files of one mapping, with their keys; files with the same head have the same."""
    drafts, heads = list(drafts), [_head_of(draft) for draft in drafts]
    seen = [_records(at, drafts[at], head) for at, head in enumerate(heads) if head is not None]
    if not seen:
        return drafts
    records = pl.concat([frame for frame, _ in seen])
    are_whole = all(is_whole for _, is_whole in seen)
    for head in dict.fromkeys(head for head in heads if head is not None):
        places = [at for at, other in enumerate(heads) if other == head]
        for at in places:
            drafts[at] = _with_key(drafts[at], head, records, places, are_whole=are_whole)
    return drafts


def _head_of(draft: Draft) -> str | None:
    """The column of usage whose head says a key, or whose codes tell; None where there is none."""
    columns = draft.sample.frame.columns if draft.kind == "usage" else []
    said = (name for name in columns if field_of_head(folded(name)) == "key")
    codes = (name for name in columns if folded(name) in PLAIN and _are_codes(draft, name))
    return next(said, None) or next(codes, None)


def _are_codes(draft: Draft, column: str) -> bool:
    """Are its texts codes that tell records apart, and no count of rows?"""
    texts = draft.sample.frame[column]
    return bool(texts.n_unique() == texts.len() and texts.str.contains(CODE).all())


def _with_key(
    draft: Draft, head: str, records: pl.DataFrame, places: Sequence[int], *, are_whole: bool
) -> Draft:
    """A draft with its key. Args: places: of all files with this head."""
    best = alone = _repeats(records, places, "alone")
    if alone.records:
        wide = _repeats(records, places, "wide")
        best = wide if wide.records < alone.records else alone
    rows = records.filter(pl.col("file").is_in(places)).height
    sure = 1 - best.records / max(rows, 1)
    if sure < SURE:
        question = message(
            "which columns tell records apart: {column} is empty or repeats in {count} of {rows}"
            " records that differ, and the draft has no key",
            column=head, count=alone.records, rows=rows,
        )  # fmt: skip
        return draft._replace(open=(*draft.open, question))
    if best is alone:
        why = (message("it tells all records apart") if are_whole
               else message("it tells the first {rows} records apart", rows=rows))  # fmt: skip
        if alone.records:
            why = message("it is empty or repeats in {count} of {rows} records that differ",
                          count=alone.records, rows=rows)  # fmt: skip
        return draft._replace(key=Guess("key", (head,), {}, sure, why))
    columns = (head, *_columns(draft, "started"))
    why = message("{column} alone is empty or repeats in {count} of {rows} records that differ",
                  column=head, count=alone.records, rows=rows)  # fmt: skip
    if not alone.of_one_subscriber:
        return draft._replace(key=Guess("key", columns, {}, sure, why))
    question = message(
        "what records of one subscriber with the same {column} are: the draft takes each for"
        " itself ({columns}). For parts of one call or session write the fields session and"
        " partial; for copies of which one is right, the key {column} alone",
        column=head, columns=" + ".join(columns),
    )  # fmt: skip
    return draft._replace(key=Guess("key", columns, {}, UNSURE, why), open=(*draft.open, question))


def _columns(draft: Draft, field: str) -> tuple[str, ...]:
    """The columns that a field of a draft comes from."""
    return next((guess.columns for guess in draft.guesses if guess.field == field), ())


def _repeats(records: pl.DataFrame, places: Sequence[int], name: str) -> Repeats:
    """How a key repeats in the files at these places, on records of any file."""
    repeated = (
        records.group_by(name)
        .agg(
            pl.col("content").n_unique(),
            pl.col("subscriber").n_unique(),
            pl.struct("subscriber", "content").n_unique().alias("both"),
        )
        .filter((pl.col("content") > 1) | pl.col(name).is_null())
    )
    own = records.filter(pl.col("file").is_in(places))
    of_one = repeated.filter(pl.col(name).is_not_null() & (pl.col("both") > pl.col("subscriber")))
    return Repeats(
        own.join(repeated, on=name, how="semi", nulls_equal=True).height,
        own.join(of_one, on=name, how="semi").height > 0,
    )


def _records(file: int, draft: Draft, head: str) -> tuple[pl.DataFrame, bool]:
    """Digests of the keys, the subscriber and the content of each record, and whether of all.

    An empty key has none. Records that a rule leaves out are no events, and need no key.
    """
    host = _columns(draft, "host") if draft.usage_kind in ("data", "mixed") else ()
    keys = {"alone": (head, *host), "wide": (head, *_columns(draft, "started"), *host)}
    used = {*keys["wide"], *(rule.column for rule in draft.rules)}
    used.update(column for guess in draft.guesses for column in guess.columns)
    frames, size, is_whole = [pl.DataFrame(schema=RECORDS)], 0, True
    for read in rows_of(open_source(draft.sample.path), sorted(used), draft.sample.words):
        if size >= SEEN_BYTES:
            is_whole = False
            break
        frame = read
        size += int(frame.estimated_size())
        for rule in draft.rules:
            frame = frame.filter(~pl.col(rule.column).is_in(rule.words))
        frames.append(
            frame.select(
                pl.lit(file, pl.Int32).alias("file"),
                *(pl.when(pl.col(head) != "").then(_digest(columns)).alias(name)
                  for name, columns in keys.items()),
                _digest(_columns(draft, "subscriber")).alias("subscriber"),
                _content(draft).alias("content"),
            )
        )  # fmt: skip
    return pl.concat(frames), is_whole


def _digest(columns: Sequence[str]) -> pl.Expr:
    return pl.concat_str(pl.lit(""), *map(pl.col, columns), separator=SEPARATOR).hash()


def _content(draft: Draft) -> pl.Expr:
    """The digest of what the fields of a record are made of."""
    pieces: list[pl.Expr] = []
    for guess in sorted(draft.guesses, key=lambda guess: guess.field):
        pieces.append(pl.lit(f"{guess.field} {guess.words.get('constant', '')}"))
        pieces += map(pl.col, guess.columns)
    return pl.concat_str(pieces, separator=SEPARATOR).hash()
