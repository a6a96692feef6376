"""Template data of a carrier's papers: every figure, written out in one language.

A tree of texts, lists and booleans; no number is left for a template to format, or to get wrong.
"""

from collections.abc import Mapping
from typing import Any

from doisoat.currency import CURRENCY
from doisoat.messages.text import Text, message
from doisoat.money import share_text, vat_of
from doisoat.settlement.papers.booked_facts import booked_facts
from doisoat.settlement.papers.figures import Figures, Lang
from doisoat.settlement.papers.house_style import Logo, Party, Style
from doisoat.settlement.papers.interconnect_facts import adjusted_facts, interconnect_facts
from doisoat.settlement.papers.issue import Issue
from doisoat.settlement.papers.run_reader import Source
from doisoat.settlement.report.content import Content, MeasureLine
from doisoat.settlement.report.envelope_text import rule_of
from doisoat.settlement.report.issue_stamp import Stamp
from doisoat.settlement.report.report_text import (
    BASES,
    NATURES,
    VALUATIONS,
    head_of_state,
    reason_of,
)
from doisoat.state import STATE
from doisoat.tariffs.models.package_model import Programme
from doisoat.tariffs.models.source_words import in_both
from doisoat.words import binding_words

IN_WORDS = ("list_value", "discount", "payable", "in_kind", "contribution", "refund")
AMOUNTS = (*IN_WORDS, "overcharge", "discount_vat", "discount_vat_residue")
COUNTS = ("events", "rated", "suspended", "forbearances", "refunds", "overcharged")
# What a programme's row says: of this period, and to date; None: that is not said.
STANDING: tuple[tuple[Text, str | None, str | None], ...] = (
    (message("The carrier's relief"), "relief", "relief_to_date"),
    (
        message("Relief of the whole programme"),
        "programme_relief", "programme_relief_to_date",
    ),
    (message("Recognised"), "recognised", "recognised_to_date"),
    (message("On own account"), "own_account", None),
    (
        message("True-up at the programme's close"),
        "true_up", None,
    ),
    (
        message("Recognised of the whole programme"),
        None, "programme_recognised_to_date",
    ),
)  # fmt: skip


def facts(source: Source, issue: Issue, style: Style, lang: Lang) -> dict[str, Any]:
    """The data of a carrier's minutes and summary; without charts, which the summary adds."""
    content, say = source.content, Figures(lang)
    house = style.house
    carrier = house.carriers.get(content.carrier_id, Party())
    period, totals = content.period, content.totals
    return {
        "lang": lang,
        "currency": currency_facts(),
        "state": state_facts(lang),
        "draft": issue.is_draft,
        "synthetic": content.is_synthetic,
        "assumed": list(content.assumed),
        "number": _number(content, issue, style),
        "copies": say.whole(house.paper.copies),
        "place": (house.paper.place_en if lang == "en" else None) or house.paper.place,
        "logo": _logo(style.logo),
        "period": {
            "name": period.name,
            "month": f"{period.begin:%m/%Y}",
            "begin": say.day(period.begin),
            "last": say.day(period.last_day),
        },
        "issued": {
            "moment": say.moment(issue.issued_at),
            "iso": issue.issued_at.isoformat(),
        },
        "carrier_id": content.carrier_id,
        "carrier": _party(carrier, lang, Text(content.carrier_name, content.carrier_name_en)),
        "authority": _party(house.authority, lang, None),
        "programmes": [
            {
                "title": say.text(Text(part.title, part.title_en)),
                "reference": say.text(in_both(part.reference)),
            }
            for part in content.package.parts()
        ],
        "counts": {name: say.whole(totals[name]) for name in COUNTS},
        "amounts": {name: say.money(totals[name]) for name in AMOUNTS},
        "booked": booked_facts(content, source.booked, say),
        "without": _without(source, say),
        "interconnect": {
            **interconnect_facts(content, source.interconnection, say),
            "adjusted": adjusted_facts(source.interconnect_adjusted, say, is_draft=issue.is_draft),
        },
        "balances": [
            {
                "said": say.text(balance.label),
                "left": (say.whole if balance.is_count else say.money)(balance.left),
                "right": (say.whole if balance.is_count else say.money)(balance.right),
            }
            for balance in source.balances
        ],
        # Of all that the month's statement comes to, with what was booked into it.
        "words": {
            name: binding_words(source.booked.whole[name], house.words.style) for name in IN_WORDS
        },
        "natures": _natures(content, say),
        "vat_on_sum": say.money(vat_of(totals["discount"], content.tax_rate)),
        "tax_share": share_text(content.tax_rate) if content.tax_rate else "",
        "in_kind_readings": _valuations(content, say),
        "suspense": [
            {
                "reason": reason,
                "name": say.text(reason_of(reason).name),
                "meaning": say.text(reason_of(reason).meaning),
                "events": say.whole(events),
            }
            for reason, events in content.suspense
        ],
        "standings": _standings(content, say, style),
        "readings": _readings(source, lang),
        "evidence": _evidence(source, issue, say),
    }


def state_facts(lang: Lang) -> dict[str, Any]:
    """What stands at the head of the state's papers; is_binding: in this language they are signed.

    Raises: CatalogueError where no catalogue says a state.
    """
    title, motto = head_of_state(lang)
    return {"title": title, "motto": motto, "is_binding": lang == STATE.language}


def currency_facts() -> dict[str, Any]:
    """What a template writes amounts with: the currency in use as its state has it."""
    form = CURRENCY.form
    return {"name": CURRENCY.own_name, "sign": form.sign, "sign_first": form.is_sign_first}


def _number(content: Content, issue: Issue, style: Style) -> str:
    """As the log gave it when the statement was signed; of a draft, as the house style says."""
    return dict(issue.numbers).get(content.carrier_id) or style.house.paper.number.format(
        period=content.period.name, carrier=content.carrier_id, run=content.run[:8]
    )


def stamp_of(source: Source, issue: Issue, style: Style) -> Stamp:
    """The same for the workbook, which is in both languages."""
    return Stamp(
        number=_number(source.content, issue, style),
        key=issue.key_id,
        checkpoint=issue.checkpoint,
        log_size=issue.log_size,
        log_root=issue.log_root,
        issued_at=issue.issued_at,
        words=style.house.words.style,
        booked=source.booked,
        balances=source.balances,
        without=source.without,
        interconnection=source.interconnection,
        interconnect_adjusted=source.interconnect_adjusted,
    )


def _logo(logo: Logo | None) -> dict[str, Any] | None:
    """An SVG as text; the octets of a PNG as numbers, since typst reads no base64."""
    if logo is None:
        return None
    if logo.kind == "svg":
        return {"kind": "svg", "text": logo.content.decode("utf-8")}
    return {"kind": "png", "octets": list(logo.content)}


def _party(party: Party, lang: Lang, known: Text | None) -> dict[str, Any]:
    """Names as the style says, else as the catalogue does; None is to be filled in by hand."""
    name, name_en = party.name, party.name_en
    if known is not None:
        name, name_en = name or known.vi, name_en or known.en
    in_english = lang == "en"
    return {
        "name": (name_en or name) if in_english else name,
        "address": party.address,
        "tax_code": party.tax_code,
        "contract": (party.contract_en if in_english else None) or party.contract,
        "signers": [
            {"title": signer.title_en if in_english else signer.title, "name": signer.name}
            for signer in party.signers
        ],
    }


def _without(source: Source, say: Figures) -> dict[str, str] | None:
    """Forgone revenue beside the relief that stands; None where nobody worked it out."""
    without = source.without
    if without is None:
        return None
    return {
        "payable_without": say.money(without.payable_without),
        "payable": say.money(without.payable),
        "forgone": say.money(without.forgone),
    }


def _natures(content: Content, say: Figures) -> list[dict[str, Any]]:
    """The measures' lines by nature, in the order of NATURES, each with its total."""
    natures = []
    for nature, label in NATURES.items():
        lines = [line for line in content.lines if line.nature == nature]
        if not lines:
            continue
        has_vat = all(line.vat is not None for line in lines)
        amount, vat = sum(line.amount for line in lines), sum(line.vat or 0 for line in lines)
        natures.append(
            {
                "nature": nature,
                "title": say.text(label),
                "lines": [_line(line, say) for line in lines],
                "events": say.whole(sum(line.events for line in lines)),
                "amount": say.money(amount),
                "vat": say.money(vat) if has_vat else None,
                "net": say.money(amount - vat) if has_vat else None,
            }
        )
    return natures


def _line(line: MeasureLine, say: Figures) -> dict[str, Any]:
    quantity, unit = say.quantity(line.kind, line.units)
    return {
        "measure": line.measure,
        "title": say.text(Text(line.title, line.title_en)),
        "reading": say.text(VALUATIONS[line.reading]) if line.reading else None,
        "events": say.whole(line.events),
        "quantity": quantity,
        "unit": unit,
        "amount": say.money(line.amount),
        "vat": None if line.vat is None else say.money(line.vat),
        "net": None if line.vat is None else say.money(line.amount - line.vat),
    }


def _valuations(content: Content, say: Figures) -> list[str]:
    """By which readings the in-kind amounts of the statement are valued."""
    readings = {line.reading for line in content.lines if line.reading}
    return [say.text(label) for name, label in VALUATIONS.items() if name in readings]


def _standings(content: Content, say: Figures, style: Style) -> list[dict[str, Any]]:
    parts = {part.id: part for part in content.package.parts()}
    return [
        _standing(parts[row["programme"]], row, say, style)
        for row in sorted(content.programmes, key=lambda row: list(parts).index(row["programme"]))
        if row["envelope"] is not None and parts[row["programme"]].envelope is not None
    ]


def _standing(
    part: Programme, row: Mapping[str, Any], say: Figures, style: Style
) -> dict[str, Any]:
    envelope, whole = part.envelope, row["envelope"]
    assert envelope is not None
    rows = [
        {
            "item": say.text(label),
            "period": None if period is None else say.money(row[period]),
            "to_date": None if to_date is None else say.money(row[to_date]),
            "share": None if to_date is None else say.share(row[to_date], whole),
        }
        for label, period, to_date in STANDING
        if period != "true_up" or envelope.rule == "pro_rata"
    ]
    # A tracked envelope recognises all, so what passes it shows in what is left.
    remaining = whole - row["programme_recognised_to_date"]
    return {
        "title": say.text(Text(part.title, part.title_en)),
        "envelope": say.amount(whole),
        "words": binding_words(whole, style.house.words.style),
        "rule": say.text(rule_of(envelope)),
        "natures": ", ".join(say.text(NATURES[name]).lower() for name in envelope.natures),
        "basis": say.text(BASES[envelope.basis]),
        "measures": ", ".join(envelope.measures) if envelope.measures else None,
        "source": say.text(in_both(envelope.source)),
        "rows": rows,
        "left": say.money(remaining),
        "left_share": say.share(remaining, whole),
        "passed": remaining < 0,
    }


def _readings(source: Source, lang: Lang) -> list[dict[str, str]]:
    """What the announcement leaves open, and the answer in force."""
    chosen = dict(source.content.readings)
    readings = []
    for reading in source.content.package.readings:
        name = chosen[reading.name]
        answer = reading.alternatives[name]
        means = (lang == "vi" and answer.means_vi) or answer.means
        readings.append(
            {
                "name": reading.name,
                "question": reading.question_en if lang == "en" else reading.question,
                "chosen": name,
                "means": means,
            }
        )
    return readings


def _evidence(source: Source, issue: Issue, say: Figures) -> dict[str, Any]:
    content = source.content
    return {
        "run": content.run,
        "digest": content.digest,
        "manifest": source.manifest_sha256,
        "catalogue": content.catalogue.called,
        "catalogue_digest": content.catalogue_digest,
        "overlays": [say.text(overlay.sentence) for overlay in content.catalogue.overlays],
        "package": content.package.id,
        "package_digest": content.package_digest,
        "key": issue.key_id,
        "log_size": say.whole(issue.log_size),
        "log_root": issue.log_root,
        "checkpoint": issue.checkpoint or None,
    }
