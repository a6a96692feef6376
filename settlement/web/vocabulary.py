"""The words and rules that the page has from Python: names of codes, and what may follow what.

Codes of the data (states, moves, verdicts, natures, causes) are called as in letters and commands;
the rest are names of the page's own columns and choices. Other texts stand in its JavaScript, as
`t("English")`, and `t.n("one", "many")` where a count decides. Both come from the one catalogue, in
each of its languages, and go out as one file.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from doisoat.civil_time import zone_in_use
from doisoat.currency import CURRENCY
from doisoat.engine.intake.records.suspense_reasons import WHY
from doisoat.messages.catalogue import languages, translation
from doisoat.messages.javascript import messages_in
from doisoat.messages.text import (
    Text,
    Words,
    in_language,
    message,
    message_in,
    state_fields,
    template,
    template_in,
    words_in,
)
from doisoat.settlement.claims.shown_units import KIND_OF_UNIT
from doisoat.settlement.interconnect.paper_facts import COUNTS, TIMES
from doisoat.settlement.plausibility import words as plausibility
from doisoat.settlement.reconcile.letter.cause_words import CAUSE_WORDS
from doisoat.settlement.reconcile.letter.detail_words import CHOICES, NAMED, WHOLE
from doisoat.settlement.reconcile.letter.variance_words import (
    GRAINS,
    MOVES,
    NATURES,
    STATES,
    VERDICT_SENTENCES,
    VERDICTS,
)
from doisoat.settlement.reconcile.variances.sums import RELIEF
from doisoat.settlement.records import variance_states
from doisoat.settlement.report.conflict_text import MEANINGS
from doisoat.settlement.report.report_text import CAUSES, NO_AMOUNT, REASONS, UNITS
from doisoat.settlement.report.to_do_words import (
    CHECK_MASTER,
    EXPLAIN,
    own_prices,
    payment,
)
from doisoat.settlement.runs import period_state
from doisoat.settlement.sampling.words import RESULTS, RIGHT
from doisoat.settlement.web.actions import IDS_MAX
from doisoat.tariffs.models.value_words import DESTINATIONS

PLURAL_COUNTS = 200  # by which a language shows which form each takes; from 100 on they repeat
CONTEXT = "\u0004"  # between a context and a key, as in a .mo
OWN_NAME = message_in("the language's own name", "English")
NEEDS_JAVASCRIPT = message("This page needs JavaScript; all of its files come from this server.")
# By kind, what a code is called.
CODES: Mapping[str, Mapping[Any, Text]] = MappingProxyType({
    "state": STATES,
    "move": MOVES,
    "verdict": VERDICTS,
    "verdict_sentence": VERDICT_SENTENCES,
    "difference_of": NATURES,
    "grain": {**GRAINS, "legs": message("legs")},
    "nature": {name: NATURES[name] for name in RELIEF},
    "cause": {cause: words.name for cause, words in CAUSE_WORDS.items()},
    "supposes": {cause: words.sentence for cause, words in CAUSE_WORDS.items()},
    "detail": Words({
        f"{cause}.{detail}": partial(WHOLE.__getitem__, (cause, detail)) for cause, detail in WHOLE
    }),
    "detail_of": {f"{cause}.{name}": text(value="{}") for (cause, name), text in NAMED.items()},
    "choice": CHOICES,
    "reason": {code: reason.name for code, reason in REASONS.items()},
    "means": {code: reason.meaning for code, reason in REASONS.items()},
    "mend": {code: reason.mend for code, reason in REASONS.items()},
    "finding": MEANINGS,
    "adjusted_for": CAUSES,
    "plausibility_test": plausibility.FOUND,
    "plausibility_judges": plausibility.JUDGES,
    "plausibility_lack": plausibility.LACKS,
    "plausibility_count": {
        "events": message_in("form", "events"),
        "pairs": message("pairs of days"),
        "cells": message_in("plausibility", "cells"),
    },
    "to_do": {  # the page fills in the fields
        "no_amount": NO_AMOUNT,
        "unpriced": own_prices("{carrier}"),
        "refund": payment("{period}", "{carrier}"),
        "overcharged": EXPLAIN,
        "finding": CHECK_MASTER,
    },
    "rounding": {
        "per_sum": message_in("rounding", "rounded once a direction, price and day"),
        "per_call": message_in("rounding", "each call rounded"),
    },
    "call_sort": COUNTS,
    "length_of": TIMES,
    "suspense_state": words_in(
        "state of suspense", "open", "edited", "recycled", "chosen", "set_aside", "written_off"
    ),
    "unreadable": {sort: why.what for sort, why in WHY.items() if sort},
    "unreadable_mend": {sort: why.mend for sort, why in WHY.items() if sort},
    "suspense_stage": {
        "intake": message_in("stage of suspense", "when it was taken in"),
        "contradicted": message_in("stage of suspense", "when another record contradicted it"),
        "settle": message_in("stage of suspense", "when the month was settled"),
    },
    "refund_state": {
        **words_in("state of refunds", "due", "part_paid", "paid", "overpaid"),
        "overcharged": message("charged above list value"),
    },
    "result": {code: text for code, text in RESULTS.items() if code != RIGHT},
    "role": {
        "auditor": message("auditor"),
        "reader": message("reader"),
        "carrier": message("carrier"),
    },
    # Whoever looks at a month is told what it came to, not what became of its paper.
    "period": {**period_state.STATES, "superseded": message("signed, then opened again")},
    "found": {
        "event": message_in("head", "Events"),
        "statement": message_in("head", "Statements"),
        "month": message_in("head", "Months"),
        "variance": message_in("head", "Variances"),
        "file": message_in("head", "Source files"),
        "carrier": message_in("head", "Carriers"),
        "measure": message_in("head", "Measures"),
        "plan": message_in("head", "Plans"),
        "pack": message_in("head", "Packs"),
    },
    "accounting": {  # of a source file
        "records": message_in("of a file", "Records"),
        "taken": message_in("of a file", "Taken"),
        "duplicates": message_in("of a file", "Duplicates"),
        "suspended": message_in("of a file", "Suspended"),
        "filtered": message_in("of a file", "Left out by a rule"),
    },
    "column": Words({
        "events": message("Events"),
        "suspended": message("Suspended events"),
        "units": message("Units (ms of voice, bytes, messages, items)"),
        "quantity": message("Quantity"),
        "amount": template("Amount ({currency_sign})"),
        "relief_lines": message("Relief lines"),
        "claimed_relief": template("A statement's relief ({currency_sign})"),
        "forbearance": template("Forbearance ({currency_sign})"),
        "vat": template("{Tax_name} ({currency_sign})"),
        "carriers": message_in("count", "Carriers"),
        "list_value": message("List value"),
        "discount": message("Discount"),
        "payable": message("Payable"),
        "charged": template_in("column", "Charged ({currency_sign})"),
        "refund": template_in("column", "Refund due ({currency_sign})"),
        "paid": template_in("column", "Refunded ({currency_sign})"),
        "overcharge": template_in("column", "Above list value ({currency_sign})"),
        "in_kind": message("In kind"),
        "contribution": message("Contribution"),
        "forbearances": message_in("amount", "Forbearances"),
        "relief": message("Relief"),
        "relief_to_date": message("Relief to date"),
        "recognised": message("Recognised"),
        "recognised_to_date": message("Recognised to date"),
        "own_account": message("Own account"),
        "envelope": message("Envelope"),
        "true_up": message("True-up"),
        "remaining": message("Left"),
        "runs_out": message("Runs out"),
        "start_at": message_in("column", "Start"),
        "owner_id": message("Owner (pseudonym)"),
        "forgone": template("Revenue forgone ({currency_sign})"),
        "which": message("Figure"),
        "times": message("Times"),
        "causes": message("Causes"),
        "claimed_start_at": message("Start claimed"),
        "recomputed_start_at": message("Start recomputed"),
        "claimed_home_province": message("Province claimed"),
        "recomputed_home_province": message("Province recomputed"),
        "claimed_lines": message("Lines claimed"),
        "claimed_units": message("Units claimed"),
        "claimed_amount": message("Amount claimed"),
        "recomputed_lines": message("Lines recomputed"),
        "recomputed_units": message("Units recomputed"),
        "recomputed_amount": message("Amount recomputed"),
        "reason": message("Reason"),
        "state": message("State"),
        "stage": message("Stage"),
        "found": message("Found"),
        "known": message("Known"),
        "projected": message("Projected"),
        "lower": message("Lower bound"),
        "upper": message("Upper bound"),
    }),
    "unit_of": {
        "voice": message("milliseconds"),
        "sms": message_in("form", "messages"),
        "data": message("bytes"),
        "pack": message_in("quantity", "packs"),
        "fee": message_in("quantity", "fees"),
        "*": message("several units"),
    },
    "shown_in": {unit.en: unit for units in UNITS.values() for unit, _ in units},
    "counted_in": {
        "ms": message("milliseconds"),
        "byte": message("bytes"),
        "message": message_in("form", "messages"),
        "event": message_in("form", "events"),
        "mixed": message("of several kinds"),
    },
    "item": Words({
        "events": message_in("statement", "Events"),
        "rated": message("Rated"),
        "suspended": message("Suspended, without an amount yet"),
        "list_value": template_in("report text", "List value, incl. {tax_name}"),
        "discount": template("− Discount, incl. {tax_name}"),
        "payable": template("= Payable, incl. {tax_name}"),
        "discount_vat": template_in("report text", "{Tax_name} inside the discount"),
        "in_kind": template("In kind, incl. {tax_name}"),
        "contribution": template_in("statement", "Contribution, no {tax_name}"),
        "forbearances": message("Forbearances"),
        "refunds": message("Events of which a refund is due"),
        "refund": message_in("statement", "Refund due"),
        "overcharged": message("Events charged above list value"),
        "overcharge": message("Charged above list value"),
        "relief": message("Relief that counts against programmes"),
        "recognised": message("Recognised by programmes"),
        "own_account": message("On the carrier's own account"),
    }),
    "kind": {
        "voice": message("voice"),
        "sms": message("SMS"),
        "data": message("data"),
        "pack": message_in("kind of event", "pack"),
        "fee": message("fee"),
        "*": message("small ones merged"),
    },
    "destination": DESTINATIONS,
    "network": {  # the destination of a call or message; `of` a carrier, or a short code
        "mobile": message_in("a destination", "mobile, {of}", of="{of}"),
        "fixed": message_in("a destination", "fixed line, {of}", of="{of}"),
        "service": message_in("a destination", "short code {number}", number="{of}"),
    },
    "mark": {
        "stated": message_in("firmness", "stated"),
        "derived": message_in("labels", "derived"),
        "assumed": message("assumed"),
    },
    "event": Words({
        "event_id": message("Event"),
        "owner_id": message("Owner (pseudonym)"),
        "subscriber_id": message("Subscriber (pseudonym)"),
        "carrier": message("Carrier"),
        "start_at": template("Start, {zone_name} civil time"),
        "duration": message("Duration"),
        "kind": message("Kind"),
        "destination": message("Destination"),
        "counterparty": message("Other party (pseudonym)"),
        "rating_group": message("Host group"),
        "locality": message("Serving locality"),
        "units": message("Units"),
        "session_key": message("Session (digest)"),
        "pack": message("Pack"),
        "charged": template("Charged, as the source says ({currency_sign})"),
        "shard": message("Shard"),
        "file": message("Source file"),
        "sha256": message("SHA-256 of the source file"),
        "row": message_in("place in a file", "Record"),
    }),
    "tariff": {
        "plan": message_in("heads", "Plans"),
        "pack": message_in("heads", "Packs"),
        "measure": message_in("heads", "Measures"),
        "rate": message_in("heads", "Interconnection prices"),
    },
    "segment": {
        "standard": message("standard"),
        "low_income": message("low income"),
        "frontline": message("front line"),
        "doubled_before": message("doubled before"),
        "late_payer": message("late payer"),
        "quarantine_site": message("quarantine site"),
    },
    "announced_as": {
        "target": message("target"),
        "pledge": message("pledge"),
        "kept": message_in("announcement", "kept"),
        "reported": message("reported"),
    },
    "signature": {
        "unsigned": message("not signed"),
        "in_force": message("signed; the figures in force"),
        "settled_anew": message("signed, and settled anew since"),
        "broken": message("the signature does not hold"),
    },
    "act": {
        "intake": message_in("act", "Files taken in"),
        "decide": message_in("act", "Suspended records decided"),
        "consolidate": message_in("act", "Packs of carriers taken in"),
        "settle": message_in("act", "Month settled"),
        "repair": message_in("act", "Run made anew"),
        "forgone": message_in("act", "Revenue forgone worked out"),
        "interconnect": message_in("act", "Interconnect worked out"),
        "compact": message_in("act", "Parts merged"),
        "retain": message_in("act", "Kept time ended"),
        "erase": message_in("act", "Person erased"),
        "remove": message_in("act", "Removal begun"),
        "signer_add": message_in("act", "Signing key added"),
        "signer_retire": message_in("act", "Signing key retired"),
        "signer_rotate": message_in("act", "Signing key replaced"),
        "verify": message_in("act", "Home verified, and right"),
        "open": message_in("act", "Month opened"),
        "sign": message_in("act", "Month signed"),
        "supersede": message_in("act", "Signed month opened again"),
        "adjust": message_in("act", "Adjustment booked"),
        "refund": message_in("act", "Refunds booked"),
        "claim": message_in("act", "Claim filed"),
        "reconcile": message_in("act", "Claim reconciled"),
        "variance": message_in("act", "Variances moved on"),
        "user add": message_in("act", "User let in"),
        "user password": message_in("act", "User's password changed"),
        "user remove": message_in("act", "User removed"),
        "sample frame": message_in("act", "Sample frozen"),
        "sample commit": message_in("act", "Seed of a sample committed"),
        "sample reveal": message_in("act", "Seed of a sample revealed"),
        "sample draw": message_in("act", "Sample drawn"),
        "sample evaluate": message_in("act", "Sample evaluated"),
    },
    "step": {
        "draw": message("can be drawn"),
        "evaluate": message("drawn, waits for what is found"),
        "done": message("evaluated"),
    },
    "standing": {
        "half_revealed": message(
            "Half revealed: who has not revealed knows the other seed, and may leave it."
        ),
        "abandoned": message(
            "Abandoned: a seed was revealed, nothing was evaluated, and another sample was "
            "frozen since."
        ),
    },
    "begun": {
        "reveal": message("half revealed"),
        "draw": message("revealed, not drawn"),
        "evaluate": message("drawn, not evaluated"),
        "done": message("evaluated"),
    },
    "source": {
        "claim": message("the claim that was filed"),
        "list": message("a list of lines"),
        "run": message("the run in force"),
        "usage": message("records of source files"),
    },
    "method": Words({
        "mus": template("by {currency_own_unit}"),
        "stratified": message("stratified"),
        "equal": message("equal chances"),
    }),
    "bound": {
        "hoeffding": message("Hoeffding’s (holds for every distribution)"),
        "stringer": message("Stringer’s"),
        "hypergeometric": message("hypergeometric"),
    },
    "judged": {
        "tolerable": message("tolerable"),
        "not shown": message("NOT shown to be tolerable"),
    },
})  # fmt: skip
# Moves of variances: the state to which, the states in which, whether with a reason or a deadline.
RULES: Mapping[str, Any] = {
    "moves": {name: rule._asdict() for name, rule in variance_states.MOVES.items()},
    "variances_max": IDS_MAX,  # of one act
    "kind_of_unit": KIND_OF_UNIT,
    "why_characters_max": variance_states.WHY_CHARACTERS_MAX,
    # By kind of usage, the units that people read it in, the largest first, and their sizes.
    "units": {kind: [[unit.en, size] for unit, size in units] for kind, units in UNITS.items()},
}


FIELDS_OF_STATE = ("currency_name", "currency_unit", "tax_name", "Tax_name", "zone_name")


def page_words(sources: Iterable[str]) -> dict[str, Any]:
    """What the page of these sources says, language by language, and the rules that it shows.

    The state is the one in use: the page writes amounts of its currency, and its texts may name
    FIELDS_OF_STATE.
    """
    used = {
        (found.context, found.key, found.many)
        for source in sources
        for found in messages_in(source)
    }
    by_language = {}
    for place, language in enumerate(languages()):
        words = translation(language)
        # English, which has no catalogue, tells one from many.
        forms = [
            getattr(words, "plural", lambda count: count != 1)(n) for n in range(PLURAL_COUNTS)
        ]
        samples = [next(n for n in (1, *range(PLURAL_COUNTS)) if forms[n] == form)
                   for form in range(max(forms) + 1)]  # fmt: skip
        messages: dict[str, str | list[str]] = {}
        for context, key, many in sorted(used, key=str):
            if many is not None:
                messages[key] = [words.ngettext(key, many, count) for count in samples]
            elif context is None:
                messages[key] = words.gettext(key)
            else:
                messages[f"{context}{CONTEXT}{key}"] = words.pgettext(context, key)
        by_language[language] = {
            "name": OWN_NAME.texts[place],
            "forms": [int(form) for form in forms],
            "messages": messages,
            "codes": {
                kind: {code: text.texts[place] for code, text in texts.items()}
                for kind, texts in CODES.items()
            },
        }
    form = CURRENCY.form
    currency = {
        "sign": form.sign,
        "sign_first": form.is_sign_first,
        "decimals": form.decimals,
    }
    of_state = state_fields()
    state = {
        language: {name: in_language(of_state[name], language) for name in FIELDS_OF_STATE}
        for language in languages()
    }
    zone = zone_in_use().name
    return {
        "languages": by_language, "rules": RULES,
        "currency": currency, "zone": zone, "state": state,
    }  # fmt: skip
