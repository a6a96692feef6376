from doisoat.engine.arrow.arrow import ArrowStream

ABSENT_VALUE: int

def read_texts(source: ArrowStream, reading: str, digits_max: int, rows: int) -> memoryview:
    """A column of texts as int64, ABSENT_VALUE where a text is no such thing or there is none.

    Args: source: one column of texts, `rows` of them.
        reading: `civil`: milliseconds since 1970 of `2021-08-05 00:00:00` or with a T, where up to
            digits_max digits of a second may follow a point, and are cut off at the millisecond;
            `whole`: 1 to digits_max digits, at most 15; `amount`: the same, but nothing that is
            written as a telephone number is; `thousandths`: up to digits_max digits, at
            most 9, where up to three may follow a point. Milliseconds since 1970 of `compact`, a
            date of digits_max digits with its time; `excel`, days since 1899-12-30; `iso`, with an
            offset, in UTC; and each form of a date that a mapping calls so (`dd/mm/yyyy`).
            Milliseconds of a length `hh:mm:ss` or `mm:ss`.
    """
