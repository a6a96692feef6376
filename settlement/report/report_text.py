"""Texts of reports: Vietnamese first, English beside it."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Final, NamedTuple

from doisoat.messages.text import (
    Fillable,
    Text,
    Words,
    message,
    message_in,
    template,
    template_in,
)
from doisoat.money import share_text
from doisoat.state import STATE

FORM: Final = message("Reference form: no official one was found")
SYNTHETIC: Final = message("SYNTHETIC DATA of no carrier; not for payment")
DRAFT: Final = message("DRAFT – not signed")


def head_of_state(lang: str | None = None) -> tuple[str, str]:
    """Title and motto of the state in use, in a language; None: the one that papers are signed in.

    Raises: CatalogueError where no catalogue says a state.
    """
    papers = STATE.required.papers
    if (lang or STATE.language) == "en":
        return papers.title_en, papers.motto_en
    return papers.title, papers.motto


TITLE: Final = message("Telecom relief settlement statement")
NATURES: Final = {
    "discount": message("Discount"),
    "in_kind": message("In kind"),
    "contribution": message("Contribution"),
    "forbearance": message("Forbearance"),
}
CAUSES: Final = {  # of an adjustment
    "late": message("late"),
    "catalogue": message_in("report text", "catalogue"),
    "reading": message_in("in a line", "reading"),
    "correction": message("correction"),
    "cascade": message("cascade"),
}
# What ranges of a workbook are called, by what stands in them.
RANGES: Final = {
    "events": "su_kien", "rated": "da_tinh_cuoc", "list_value": "gia_tri", "discount": "giam_tru",
    "payable": "phai_tra", "discount_vat": "thue_giam_tru", "in_kind": "hien_vat",
    "contribution": "dong_gop", "refund": "hoan_tra", "recognised": "duoc_ghi_nhan",
    "own_account": "tu_chiu",
}  # fmt: skip
UNIT_NAMES: Final = Words({"events": message("events"), "dong": template("{currency_own_name}")})
# What a booked month is said by: a column of statements, what it is called, its unit.
OF_BOOKED: Final[Mapping[str, tuple[Fillable, str]]] = {
    "events": (message_in("form", "Events"), "events"),
    "rated": (message("Rated"), "events"),
    "suspended": (message("In suspense"), "events"),
    "list_value": (template_in("report text", "List value, incl. {tax_name}"), "dong"),
    "discount": (template("− Discount, incl. {tax_name}"), "dong"),
    "payable": (template("= Payable, incl. {tax_name}"), "dong"),
    "discount_vat": (template_in("report text", "{Tax_name} inside the discount"), "dong"),
    "in_kind": (message("In kind, outside the identity"), "dong"),
    "contribution": (template("Contribution, no {tax_name}"), "dong"),
    "forbearances": (message("Forbearances"), "events"),
    "refunds": (message("Events of which a refund is due"), "events"),
    "refund": (message("Refunds due to customers"), "dong"),
    "overcharge": (
        message("Charged above list value: a finding"),
        "dong",
    ),
    "relief": (message("Relief that programmes count"), "dong"),
    "recognised": (message("Recognised by programmes"), "dong"),
    "own_account": (message("On own account"), "dong"),
}
BASES: Final = Words(
    {
        "incl_vat": template("incl. {tax_name}"),
        "excl_vat": template("excl. {tax_name}"),
    }
)
VALUATIONS: Final = {
    "pack_average": message("pack average"),
    "pack_average_paid": message("pack average, as paid"),
    "list_price": message("list price"),
    "zero": message("not valued"),
}
# kind: the units it may be shown in, the largest first: name, how many counted units it holds
UNITS: Final = {
    "voice": ((message("minutes"), 60_000), (message("seconds"), 1_000)),
    "sms": ((message_in("report text", "messages"), 1),),
    "data": (
        (message("GB"), 1 << 30),
        (message("MB"), 1 << 20),
        (message("KB"), 1 << 10),
        (message("bytes"), 1),
    ),
    "pack": ((message_in("report text", "times"), 1),),
    "fee": ((message("fees"), 1),),
    "money": ((Text.alike("–"), 1),),  # it covers amounts, and no units
    "": ((message("units"), 1),),
}
UNIT_RULE: Final = message(
    "Data in the largest of byte, KB, MB and GB that does not exceed it (1 KB = 1,024"
    " bytes and so on); voice in minutes, in seconds below one"
)

NO_AMOUNT: Final = message(
    "Suspended events are counted and have no amount yet: they are in no list value,"
    " discount or payable of the period, until they are dealt with and the period is"
    " settled again."
)


def coded(code: str, names: Mapping[str, Text]) -> Text:
    """A code in words, and as files spell it; one that has no words stands as it is."""
    return names[code] + f" ({code})" if code in names else Text.alike(code)


class Reason(NamedTuple):
    """Why an event is suspended: its name, what that means, what to do."""

    name: Text
    meaning: Text
    mend: Text


REASONS: Final = {
    "no_subscription": Reason(
        message("No subscription"),
        message("No subscription of the carrier then"),
        message("Take in the subscriptions, then settle again"),
    ),
    "no_tariff": Reason(
        message("No price"),
        message("The catalogue has no price for it (plan, service and destination)"),
        message("Add the price to the catalogue, then settle again"),
    ),
    "beyond_limit": Reason(
        message("Beyond the limit"),
        message("Past the bound of the last price step"),
        message("Check the record with the carrier"),
    ),
    "conflicting": Reason(
        message("Copies contradict"),
        message("Records with the same event id and other content; none of them is rated"),
        message(
            "Ask its source which one is right, say it by doisoat suspense choose, settle again"
        ),
    ),
}


def reason_of(reason: str) -> Reason:
    """What a reason of the suspense says; one that this version does not know says its id."""
    dash = Text("–", "–")
    return REASONS.get(reason) or Reason(Text(reason, reason), dash, dash)


TERMS: Final = (
    (
        message("List value"),
        message("What would be charged were no measure in force, at the balances as they"
" stand. Not the revenue without the package."),
    ),
    (
        message("Discount"),
        message("What the measures take off the charge."),
    ),
    (
        message("Payable"),
        template("What the customer owes. List value − discount = payable, for every event and"
" every row, to the last {currency_own_unit}."),
    ),
    (
        message("In kind"),
        message("More service for the same charge. Outside the identity above; valued by the"
" reading stated below."),
    ),
    (
        message("Contribution"),
        template("The carrier pays a third party, such as a fund. No {tax_name}."),
    ),
    (
        message("Refund due"),
        message("The source says that more was taken than is payable: max(0, min(charged,"
" list value) − payable)."),
    ),
    (
        message("Overcharged"),
        message("Charged above the list value: a finding, for the carrier to explain."),
    ),
    (
        message("Suspense"),
        template("Events that cannot be rated yet. Counted among the events, with no amount"
" yet; never dropped, never priced at 0."),
    ),
    (
        message("To date"),
        message("From the first period of the chain of runs to the end of this one, against"
" the programme's value."),
    ),
)  # fmt: skip


def terms(rate: Fraction) -> list[tuple[Text, Fillable]]:
    """TERMS, with what a run's tax is before the last: rate is of the tax inside its prices."""
    return [*TERMS[:-1], (message("{Tax_name}"), _meaning_of_tax(rate)), TERMS[-1]]


def _meaning_of_tax(rate: Fraction) -> Text:
    if not rate:
        return message("Prices include no {tax_name}, so no line has any.")
    return message(
        "Prices include {tax_name}. {Tax_name} of a line = amount − half-up(amount × {share}); that"
        " of the statement is the sum over lines.",
        share=share_text(rate),
    )


MARKS: Final = {
    "stated": message("stated in the source"),
    "derived": message("derived from stated values"),
    "assumed": message("assumed"),
}
