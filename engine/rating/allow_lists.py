"""Allow-lists joined to subscriptions: while a subscriber is listed, the list is his segment.

A list has the name of a segment that measures ask for. Who is of several segments at one time is of
all of them: the word of his row then joins them by JOIN, which no name of a segment holds.
"""

from dataclasses import replace

import polars as pl

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.tariffs.compile.program import FOREVER, SEGMENTS_MAX, Program

JOIN = "+"
SUBSCRIBER = ("subscriber_hi", "subscriber_lo")
OWNER = ("owner_hi", "owner_lo")


def segments_of(word: str) -> frozenset[str]:
    """The segments that the word of a subscription's row stands for."""
    return frozenset(word.split(JOIN))


def put_to(subscriptions: pl.DataFrame, lists: pl.DataFrame) -> pl.DataFrame:
    """Rows of subscription.parquet, cut where a subscriber enters or leaves a list.

    Args: lists: rows of allow_list.parquet; one of an account alone is for all its members.
    Returns: the same columns, sorted by all of them; the very same rows where no list names any.
    """
    if lists.is_empty():
        return subscriptions
    rows = subscriptions.with_row_index("_row")
    named = _named(rows, lists)
    if named.is_empty():
        return subscriptions
    ends = rows.select("_row", "from_ms", pl.col("until_ms").fill_null(FOREVER))
    listings = named.join(ends, on="_row", suffix="_of_row").select(
        "_row",
        "list",
        pl.max_horizontal("from_ms", "from_ms_of_row").alias("from_ms"),
        pl.min_horizontal("until_ms", "until_ms_of_row").alias("until_ms"),
    )
    listings = listings.filter(pl.col("from_ms") < pl.col("until_ms"))
    cut = rows.filter(pl.col("_row").is_in(listings["_row"].unique().implode()))
    moments = pl.concat(
        [
            listings.select("_row", at=pl.col("from_ms")),
            listings.select("_row", at=pl.col("until_ms")),
            cut.select("_row", at=pl.col("from_ms")),
            cut.select("_row", at=pl.col("until_ms").fill_null(FOREVER)),
        ]
    )
    moments = moments.unique().sort("_row", "at")
    pieces = moments.with_columns(end=pl.col("at").shift(-1).over("_row")).drop_nulls("end")
    lists_of_pieces = (
        pieces.join(listings, on="_row")
        .filter((pl.col("from_ms") <= pl.col("at")) & (pl.col("at") < pl.col("until_ms")))
        .group_by("_row", "at")
        .agg(pl.col("list").unique())
    )
    pieces = pieces.join(lists_of_pieces, on=["_row", "at"], how="left").join(cut, on="_row")
    own_segments = pl.col("segment").str.split(JOIN)
    joined = pl.concat_list(own_segments, pl.col("list").fill_null([])).list.unique().list.sort()
    pieces = pieces.with_columns(
        segment=joined.list.eval(pl.element().filter(pl.element() != "")).list.join(JOIN),
        from_ms="at",
        until_ms=pl.when(pl.col("end") < FOREVER).then("end"),
    ).select(subscriptions.columns)
    uncut = rows.join(cut.select("_row"), on="_row", how="anti").select(subscriptions.columns)
    return pl.concat([uncut, pieces.cast(subscriptions.schema)]).sort(subscriptions.columns)


def _named(rows: pl.DataFrame, lists: pl.DataFrame) -> pl.DataFrame:
    """_row, list, from_ms, until_ms: which rows of subscriptions a list names, and when."""
    listed = lists.select(
        *SUBSCRIBER, "list", "from_ms", pl.col("until_ms").fill_null(FOREVER)
    ).filter(pl.col("from_ms") < pl.col("until_ms"))
    by = [
        rows.select("_row", *of).join(listed, left_on=list(of), right_on=list(SUBSCRIBER))
        for of in (SUBSCRIBER, OWNER)
    ]
    names = ["_row", "list", "from_ms", "until_ms"]
    return pl.concat([frame.select(names) for frame in by]).unique()


def strangers(subscriptions: pl.DataFrame, lists: pl.DataFrame) -> int:
    """How many of the listed have no subscription at any time."""
    known = [subscriptions.select(hi=of[0], lo=of[1]) for of in (SUBSCRIBER, OWNER)]
    listed = lists.select(hi=SUBSCRIBER[0], lo=SUBSCRIBER[1]).unique()
    return listed.join(pl.concat(known).unique(), on=["hi", "lo"], how="anti").height


def with_segments(program: Program, subscriptions: pl.DataFrame) -> Program:
    """The program with a segment for each joined word that the subscriptions say.

    Raises: CatalogueError where they come to more than a program may have.
    """
    segments = subscriptions["segment"].unique()
    words = sorted(segments.filter(segments.str.contains(JOIN, literal=True)))
    if not words:
        return program
    names = program.vocabulary.segments
    places = {name: place for place, name in enumerate(names)}
    alike: dict[str, frozenset[int]] = {}
    for word in words:
        parts = frozenset(places[segment] for segment in segments_of(word) if segment in places)
        alike[word] = parts or frozenset({places[""]})
    if len(names) + len(words) > SEGMENTS_MAX:
        raise CatalogueError(
            message(
                "{count} segments and {words_count} combinations of segments and lists"
                " are more than {segments_max}",
                count=len(names),
                words_count=len(words),
                segments_max=SEGMENTS_MAX,
            ),
            "allow-list",
            message(
                "give lists that no measure asks for to no subscriber, or settle fewer at a time"
            ),
        )
    masks = list(program.segment_masks)
    excepted = [measure.except_segments for measure in program.measures]
    for place, word in enumerate(words, len(names)):
        mask = 0
        for part in alike[word]:
            mask |= program.segment_masks[part]
            for at, measure in enumerate(program.measures):
                if measure.except_segments >> part & 1:
                    excepted[at] |= 1 << place
        masks.append(mask)
    return replace(
        program,
        vocabulary=replace(program.vocabulary, segments=(*names, *words)),
        segment_masks=tuple(masks),
        measures=tuple(
            measure._replace(except_segments=bits)
            for measure, bits in zip(program.measures, excepted, strict=True)
        ),
    )
