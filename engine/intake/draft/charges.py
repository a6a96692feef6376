"""Which column of a file holds what a record cost its subscriber, tax included.

Heads say which amounts are before tax, tax, or both together; the rows say whether that adds up.
An amount in thousands, or in another currency than that in use, is never read as one.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from doisoat.currency import CURRENCY as CURRENCY_IN_USE
from doisoat.engine.intake.draft.heads import (
    currency_words,
    field_of_head,
    folded,
    says_better,
)
from doisoat.engine.intake.draft.sample import Sample
from doisoat.engine.intake.mapping.field_sources import NumberSource
from doisoat.engine.intake.mapping.trials import amount_trials, fitting, share_of
from doisoat.messages.text import Text, message
from doisoat.state import STATE

SURE = 0.9  # of the rows in which amounts must add up
AMOUNT = r"^[^0-9%]{0,4}[0-9][0-9., ]*[^0-9%]{0,4}$"
TAXES = r"(?:thue(?! bao)|vat|gtgt|tax)"
MONEY = re.compile(
    rf"\b(?:{TAXES}|tien|cuoc(?! goi)|phi|(?<!quoc )gia(?! han)|amounts?|amt|charged?|charges|fees?"
    r"|costs?|prices?|usd|khuyen mai|chiet khau|giam( tru)?|discount|(phai|thuc|da) (thu|tra)"
    r"|(tk|tai khoan) (chinh|phu|km))\b|^tong$"
)
NO_MONEY = re.compile(
    r"^(?:ma|loai|ten|so (?:giay|phut|tin|lan))\b|\b(?:id|code|type|flag|class|name|party|number|"
    r"duration|units?|secs?|seconds|minutes|giay|phut|[kmg]b|bytes|rate|percent|thue suat|lech)\b"
)
OTHER_MONEY = re.compile(
    r"\b(?:usd|eur|sdr|cny|krw|jpy|thb|lak|khr|cents?|xu|nghin|ngan|trieu|ty|k|x?1 ?000|thousands?|"
    r"millions?)\b"
)
BEFORE_TAX = re.compile(
    rf"truoc {TAXES}|(?:chua|khong)(?: \w+){{0,2}} {TAXES}|\b(?:excl\w*|ex|before|without|pre) ?"
    rf"{TAXES}|\bnet\b|\bpre ?tax\b"
)
WITH_TAX = re.compile(
    rf"sau {TAXES}|\b(?:gom|co)(?: \w+)? {TAXES}|\b(?:incl\w*|after|with) {TAXES}"
    r"|\b(?:thuc|da) (?:thu|tra|nop)|\bphai (?:tra|thu|nop|thanh toan)"
)
TOTALS = re.compile(
    r"cong(?: tien)?|tong(?: (?:so|cong|tien|cuoc|phi|thanh toan|gia tri))+"
    r"|(?:(?:grand|gross) ?)?total(?: (?:charged?|cost|fee|price))?(?: (?:amount|amt))?"
    r"|gross(?: (?:amount|amt|charge))?|(?:amount|amt) (?:due|payable|paid)"
)
PAID = "c\u01b0\u1edbc"  # without its accents it is a call
BARE = ("tong", "total")  # of what they are the total only a column of tax says
CURRENCY = re.compile(r"(?:(?:ma|loai|don vi) )?tien te|loai tien|currency(?: code)?|ccy")


class Charge(NamedTuple):
    """The columns that may hold it, the best first; tax: of the column to add to the first."""

    columns: tuple[str, ...]
    tax: str | None
    questions: tuple[Text, ...]


def charge_of(sample: Sample, plain: Sequence[str]) -> Charge:
    """What records cost their subscribers. Args: plain: columns whose heads say an amount."""
    columns = [column for column in sample.frame.columns if _is_money(sample, column)]
    heads = {column: _without_currency(folded(column)) for column in columns}
    if not any(re.search(rf"\b{TAXES}\b", head) for head in heads.values()):
        heads = {column: head for column, head in heads.items() if head not in BARE}
    domestic = {column: head for column, head in heads.items() if not _is_other(column, head)}
    before = [column for column, head in domestic.items() if BEFORE_TAX.search(head)]
    totals = [
        column
        for column, head in domestic.items()
        if column not in before and (WITH_TAX.search(head) or TOTALS.fullmatch(head))
    ]
    taxes = [column for column, head in domestic.items()
             if column not in (*before, *totals) and re.search(rf"\b{TAXES}\b", head)]  # fmt: skip
    totals = [column for column in totals if WITH_TAX.search(heads[column])] or totals
    amounts = [column for column in plain if not _is_price(column)]
    bases = [*before, *amounts]
    if before and taxes:  # an amount beside what it was before tax
        totals += [amount for amount in amounts
                   if any(_adds_up(sample, amount, base, taxes) for base in before)]  # fmt: skip
    extra = [column for column in domestic if column not in (*plain, *before, *taxes)]
    if totals:
        charge = _total(sample, totals, bases, taxes, heads)
    elif taxes and bases:
        charge = _with_tax(sample, plain, before, bases, taxes)
        if charge.columns:
            charge = charge._replace(questions=_beside(charge.columns[0], extra))
    elif plain:
        extra += [column for column in sample.frame.columns if _is_rate(sample, column)]
        charge = Charge((*plain, *before), None, _beside(plain[0], extra))
    else:
        charge = Charge((), None, (_unread(list(heads)),) if heads else ())
    return charge._replace(questions=(*charge.questions, *_of_currencies(sample)))


def _without_currency(head: str) -> str:
    """A head, folded, without the name of the currency in use behind it."""
    return re.sub(f" (?:{'|'.join(map(re.escape, currency_words()))})$", "", head)


def _is_money(sample: Sample, column: str) -> bool:
    """Does a column look like amounts of money, by its head and its texts, and not all zeros?"""
    head, texts = folded(column), sample.texts(column)
    says_money = MONEY.search(head) or TOTALS.fullmatch(head) or PAID in _lower(column)
    if NO_MONEY.search(head) or not says_money:
        return False
    if field_of_head(head) not in (None, "charged"):
        return False
    return share_of(texts.str.contains(AMOUNT)) > 0.5 and texts.str.contains("[1-9]").any()


def _lower(column: str) -> str:
    """A head with its accents, which tell what is paid from a call."""
    return unicodedata.normalize("NFC", column).lower()


def _is_rate(sample: Sample, column: str) -> bool:
    """Does a column say at which rate there is a tax, but not how much?"""
    head, texts = folded(column), sample.texts(column)
    says_rate = re.search(r"\b(rate|percent|thue suat)\b", head) is not None
    is_rate = says_rate or share_of(texts.str.contains("%")) > 0.5
    is_tax = re.search(rf"\b{TAXES}\b", head) is not None
    return is_tax and is_rate and texts.str.contains("[1-9]").any()


def _is_other(column: str, head: str) -> bool:
    """Is it in thousands, or in another currency?"""
    own = currency_words()
    signs = [sign for sign in "$€" if sign != CURRENCY_IN_USE.form.sign]
    return any(match[0] not in own for match in OTHER_MONEY.finditer(head)) or any(
        sign in column for sign in signs
    )


def _is_price(column: str) -> bool:
    return says_better("charged", "thanh tien", folded(column))


def _total(
    sample: Sample,
    totals: Sequence[str],
    bases: Sequence[str],
    taxes: Sequence[str],
    heads: Mapping[str, str],
) -> Charge:
    """A total, if it is what its parts are together; of some that differ a person chooses."""
    summed = [total for total in totals
              if any(_adds_up(sample, total, base, taxes) for base in bases)]  # fmt: skip
    if summed:
        return Charge(tuple(summed), None, ())
    if taxes and bases:
        question = message(
            "whether {total} is what the subscriber was charged: it is not {columns} together",
            total=totals[0], columns=", ".join([bases[0], *taxes]),
        )  # fmt: skip
        return Charge(tuple(totals), None, (question,))
    rivals = [] if any(WITH_TAX.search(heads[total]) for total in totals) else bases
    return Charge((*totals, *rivals), None, ())


def _with_tax(
    sample: Sample,
    plain: Sequence[str],
    before: Sequence[str],
    bases: Sequence[str],
    taxes: Sequence[str],
) -> Charge:
    """An amount and its tax without a total: their sum, unless the amount has the tax in it."""
    if len(bases) == len(taxes) == 1:
        base, tax = bases[0], taxes[0]
        is_full = sample.frame.filter((pl.col(base) == "") != (pl.col(tax) == "")).is_empty()
        if is_full and (before or _is_taxed(sample, base, tax, of_net=True)):
            return Charge((base,), tax, ())
        if not before and _is_taxed(sample, base, tax, of_net=False):
            return Charge((base,), None, ())
    return Charge((), None, (_unread([*dict.fromkeys([*bases, *plain]), *taxes]),))


def _amounts(sample: Sample, columns: Sequence[str]) -> pl.DataFrame:
    """Amounts of the rows in which all these columns say one; none where a form reads them not."""
    rows = sample.frame.filter(pl.all_horizontal(pl.col(column) != "" for column in columns))
    read = {}
    for column in columns:
        trials = fitting(amount_trials(rows, column, NumberSource(column=column)), SURE)
        read[column] = trials[0].read if trials else [None] * rows.height
    return pl.DataFrame(read, dict.fromkeys(columns, pl.Int64))


def _adds_up(sample: Sample, total: str, base: str, taxes: Sequence[str]) -> bool:
    """Is a total an amount and its taxes together, but for what rounding does?"""
    if not taxes:
        return False
    read = _amounts(sample, [total, base, *taxes])
    off = read[total] - read[base] - read.select(pl.sum_horizontal(taxes)).to_series()
    return share_of((off.abs() <= 1).fill_null(value=False)) >= SURE


def _is_taxed(sample: Sample, base: str, tax: str, *, of_net: bool) -> bool:
    """Is a tax that of an amount without it, or that which the amount has in it, at one rate of
    the state in use?

    A rate that fits both ways says nothing.
    """
    read = _amounts(sample, [base, tax])
    rates = {rate for _, rate in CURRENCY_IN_USE.form.tax.rates if rate}

    def fits(of_net: bool) -> bool:
        parts = [rate if of_net else rate / (1 + rate) for rate in rates]
        shares = [share_of(((read[base] * part.numerator / part.denominator - read[tax]).abs() <= 1)
                           .fill_null(value=False))
                  for part in parts]  # fmt: skip
        return max(shares, default=0) >= SURE

    return fits(of_net) and not fits(not of_net)


def _unread(columns: Sequence[str]) -> Text:
    return message(
        "what a record cost its subscriber in {currency_name}, tax included: the draft reads none"
        " of {columns}",
        columns=", ".join(columns),
    )


def _beside(column: str, extra: Sequence[str]) -> tuple[Text, ...]:
    """What else looks like money may be a part of the amount, or come off it."""
    if not extra:
        return ()
    return (
        message("whether {columns} change what a record cost its subscriber: the draft reads"
                " {column} alone", columns=", ".join(extra), column=column),
    )  # fmt: skip


def _of_currencies(sample: Sample) -> tuple[Text, ...]:
    """Columns that say another currency than that in use of some record."""
    form, state = CURRENCY_IN_USE.form, STATE.known
    own = {"", *currency_words()}
    if state is not None:  # as in Viet Nam dong
        own |= {folded(f"{state.zone_name} {form.name}"),
                folded(f"{state.zone_name_en} {form.name_en}")}  # fmt: skip
    return tuple(
        message("in which currency amounts are: {column} does not say {currency_code} in every"
                " row, and the draft takes all as {currency_name}",
                column=column, currency_code=form.code)
        for column in sample.frame.columns
        if CURRENCY.fullmatch(folded(column))
        and not sample.texts(column).is_in([text for text in sample.texts(column).unique()
                                            if folded(text) in own]).all()
    )  # fmt: skip
