"""The text of a letter around its tables, its head and its close."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from doisoat.civil_time import civil_of_utc
from doisoat.messages.text import Text, capital, composed
from doisoat.settlement.papers.figures import day_in_full, month_in_full
from doisoat.settlement.papers.house_style import Party
from doisoat.settlement.reconcile.letter import letter_facts as facts
from doisoat.settlement.reconcile.letter import letter_template as words
from doisoat.settlement.reconcile.letter.letter_facts import Subject, Writer
from doisoat.settlement.reconcile.letter.letter_line_table import lines_annex
from doisoat.settlement.reconcile.letter.letter_lines import Group
from doisoat.settlement.records.reconciliation_records import Reconciliation


def body(
    write: Writer,
    subject: Subject,
    reconciliation: Reconciliation,
    dated: date | None,
    groups: Sequence[Group],
    most: int,
) -> dict[str, Any]:
    """What the template is given but for the marks and digests.

    Args: dated: None: by hand; groups: of the annex of lines; most: lines shown of each.
    """
    annex, sums = write.annex(subject), facts.sum_claims(write, subject)
    count = len(subject.variances)
    rows_of_sums = sum(len(claim["rows"]) for claim in sums)
    tree = {
        "head": _head(write, subject.month, dated),
        "recipients": _recipients(write),
        "opening": _opening(write, subject.month),
        "compared": words.COMPARED(annex=annex),
        "claims": _claims(write, subject, reconciliation),
        "told": words.difference_count(count, write.say.whole(count), annex),
        "sums": sums,
        "not-added": None if rows_of_sums < 2 else words.NOT_ADDED,
        "in-words": facts.sums_in_words(write, subject),
        "how-found": _how_found(write, subject),
        "causes": facts.cause_items(write, subject),
        "requests": _requests(annex),
        "reply": _reply(write),
        "deadlines": facts.deadlines(write, subject),
        "annex": {
            "note": words.ANNEX_NOTE,
            "claims": facts.annex_claims(write, subject),
            "files": [
                {"name": write.claim(claim), "value": digest}
                for digest, claim in subject.claims.items()
            ],
        },
        "lines": lines_annex(write, subject, groups, most),
    }  # fmt: skip
    in_language: dict[str, Any] = write.say.tree(tree)
    return in_language


def _opening(write: Writer, month: date) -> str:
    house = write.style.house.letter
    opening = words.OPENING(month=month_in_full(month))
    basis = _either(house.basis, house.basis_en)
    return capital(opening) if basis is None else composed("{}, {}", basis, opening)


def _how_found(write: Writer, subject: Subject) -> Text:
    found = words.HOW_FOUND
    annex = write.annex(subject)
    details = (
        words.DETAILS_AND_LINES(annex=annex, lines=write.annex(subject, "lines"))
        if subject.has_lines
        else words.DETAILS(annex=annex)
    )
    return composed("{} {}", found, details)


def _claims(
    write: Writer, subject: Subject, reconciliation: Reconciliation
) -> list[dict[str, str]]:
    compared = {claim["claim"]: claim for claim in reconciliation.manifest["claims"]}
    rows = []
    for digest, claim in subject.claims.items():
        rows.append(
            {
                "name": capital(words.CLAIMS[claim.grain]),
                "version": str(claim.version),
                "filed": write.say.day(civil_of_utc(claim.filed_at).date()),
                "cells": write.say.whole(compared[digest]["cells"]),
                "asked": write.say.whole(
                    sum(variance.claim == digest for variance in subject.variances)
                ),
            }
        )
    return rows


def _requests(annex: Text) -> list[dict[str, str]]:
    texts = (
        words.LOOK(annex=annex),
        words.SEND,
        words.FILE_AGAIN,
    )
    return [{"label": facts.label_of(place), "text": text} for place, text in enumerate(texts)]


def _reply(write: Writer) -> Text:
    house = write.style.house.letter
    to = Text(house.reply_to or house.agency or "", house.reply_to_en or house.agency_en or "")
    return words.REPLY_TO(to=to) if to.vi else words.REPLY


def _head(write: Writer, month: date, dated: date | None) -> dict[str, Any]:
    """What stands above the body and below it; None: left to be written by hand.

    Args: month: the period's first day; dated: the letter's date, None: not known yet.
    """
    house, of = write.style.house.letter, month_in_full(month)
    return {
        "superior": _either(house.superior, house.superior_en),
        "agency": _either(house.agency, house.agency_en),
        "number": None if house.number is None else f"{house.number:02}",
        "notation": house.notation,
        "place": _either(house.place, house.place_en),
        "date": None if dated is None else day_in_full(dated),
        "contact": _either(house.contact, house.contact_en),
        "subject": words.SUBJECT(of=of),
        "to": _carrier_name(write),
        "signer": _signer(write),
    }


def _recipients(write: Writer) -> list[str]:
    """To whom copies go, each line with its end: the carrier first, the files last."""
    house = write.style.house.letter
    filed = "VT" if house.filed is None else f"VT, {house.filed}"
    return [
        words.AS_ABOVE,
        *(Text(recipient.name, recipient.name_en) + ";" for recipient in house.recipients),
        words.FILES(filed=filed),
    ]


def _carrier_name(write: Writer) -> Text:
    """As the house style calls it, else the catalogue."""
    names = write.names
    party = write.style.house.carriers.get(names.carrier, Party())
    known = {
        carrier.id: Text(carrier.name, carrier.name_en) for carrier in names.catalogue.carriers
    }
    name = known.get(names.carrier, Text(names.carrier, names.carrier))
    return Text(party.name or name.vi, party.name_en or name.en)


def _either(vi: str | None, en: str | None) -> Text | None:
    """The house style's text; both are there, or neither."""
    return None if vi is None or en is None else Text(vi, en)


def _signer(write: Writer) -> dict[str, Any] | None:
    signer = write.style.house.letter.signer
    if signer is None:
        return None
    return {
        "power": _either(signer.power, signer.power_en),
        "title": Text(signer.title, signer.title_en),
        "name": signer.name,
    }
