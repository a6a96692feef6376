"""Two rules of whatever people read: no sum over natures, and no long count of ms or bytes alone.

A sum over natures is looked for as a number: what the discount, in kind and contribution of one
carrier, or of one of its measures, come to in twos and threes. One that a figure of its own has by
right (the relief that counts against an envelope, as its readings say) is left out.
"""

import re
from itertools import combinations

LONG = 10_000
COUNT = re.compile(
    r"(?<![\d.,])((?:\d{1,3}(?:[.,]\d{3})+|\d+)) ?(?:ms|mili giây|milliseconds|bytes?)\b(?! ?\()"
)
NUMBER = re.compile(r"\d{1,3}(?:[.,]\d{3})+(?![.,]?\d)|\d+")
BY_NATURE = """SELECT {keys}, nature, sum(amount)::BIGINT FROM settlement.statement_line
    WHERE nature <> 'forbearance' GROUP BY ALL HAVING sum(amount) <> 0"""
BY_RIGHT = """SELECT list_value, discount, payable, in_kind, contribution, relief, recognised,
    own_account, refund, discount_vat FROM settlement.statement"""
OF_PROGRAMMES = """SELECT relief, relief_to_date, programme_relief, programme_relief_to_date,
    recognised, recognised_to_date, own_account, envelope, carrier_envelope
    FROM settlement.programme"""


def long_counts(text):
    """Numbers of milliseconds or bytes, of LONG or more, with no minutes or GB behind them."""
    return [found[0] for found in COUNT.finditer(text) if _whole(found[1]) >= LONG]


def numbers_in(text):
    """The whole numbers of a text, grouped or not."""
    return {_whole(found) for found in NUMBER.findall(text)}


def sums_over_natures(face):
    """The numbers that nobody may read, of a relief.duckdb: by carrier, measure, and in all."""
    sums = set()
    for keys in ("carrier", "carrier, measure", "''"):
        natures = {}
        for *key, _, amount in face.execute(BY_NATURE.format(keys=keys)).fetchall():
            natures.setdefault(tuple(key), []).append(amount)
        for amounts in natures.values():
            for count in (2, 3):
                sums.update(map(sum, combinations(amounts, count)))
    by_right = set()
    for query in (BY_RIGHT, OF_PROGRAMMES):
        by_right.update(value for row in face.execute(query).fetchall() for value in row)
    return {amount for amount in sums if amount >= LONG} - by_right


def _whole(text):
    return int(re.sub(r"[.,]", "", text))
