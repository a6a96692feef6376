"""Texts of reports about an envelope: its rule, and when it was passed or used up."""

from collections.abc import Iterator
from typing import Final

import polars as pl

from doisoat.currency import amount_text
from doisoat.messages.text import Text, message
from doisoat.settlement.figures.merge import Settled, total_of
from doisoat.settlement.figures.statement import Statements
from doisoat.tariffs.models.package_model import Envelope, Package, Programme

RULES: Final = {
    "track": message("The programme's value is tracked, and all relief is recognised"),
    "first_come": message(
        "Relief is recognised as it comes, by the start of its event, until the value is used up"
    ),
    "pro_rata": message(
        "Each period recognises the same share of all relief out of what is left,"
        " provisionally; trued up once the programme has closed"
    ),
}
PER_CARRIER: Final = message("each carrier has a part of its own")


def rule_of(envelope: Envelope) -> Text:
    """The envelope's rule in words, and whether it is common."""
    rule = RULES[envelope.rule]
    if envelope.per_carrier is None:
        return rule
    return Text(f"{rule.vi}; {PER_CARRIER.vi}", f"{rule.en}; {PER_CARRIER.en}")


def told_envelopes(package: Package, settled: Settled, statements: Statements) -> Iterator[str]:
    """A line for each envelope, or part of one, that is passed or used up: which, and since when;
    and one where a common one was parted without usage of all its carriers."""
    for part in package.parts():
        if part.envelope is None:
            continue
        days = statements.burn_down.filter(pl.col("programme") == part.id)
        for carrier in days["carrier"].unique(maintain_order=True):
            carrier_days = days.filter(pl.col("carrier").eq_missing(pl.lit(carrier)))
            yield from _exhaustion_lines(part, part.envelope, carrier, carrier_days)
        if part.envelope.rule != "track" and part.envelope.per_carrier is None:
            seen = set(settled.totals["carrier"].cast(pl.String).unique())
            missing = sorted(set(part.envelope.carriers) - seen)
            if missing:
                names = ", ".join(missing)
                yield message(
                    "{part}: its envelope is common and its rule `{rule}`, but no"
                    " event of {names} is rated in this period: their relief counts"
                    " as 0",
                    part=part.id,
                    rule=part.envelope.rule,
                    names=names,
                )


def _exhaustion_lines(
    part: Programme, envelope: Envelope, carrier: str | None, days: pl.DataFrame
) -> Iterator[str]:
    parts = envelope.per_carrier
    whole = envelope.amount if parts is None or carrier is None else parts[carrier]
    value = Text(amount_text(whole), str(whole))
    named = message("{part}: the envelope of {value}", part=part.id, value=value)
    if carrier is not None:
        named = message("{envelope} of {carrier}", envelope=named, carrier=carrier)
    first, last = days.row(0, named=True), days.row(-1, named=True)
    if envelope.rule == "track":
        if last["recognised_to_date"] > whole:
            was = first["recognised_to_date"] - first["recognised"] > whole
            since = _since(days.filter(pl.col("recognised_to_date") > whole), was)
            to_date = last["recognised_to_date"]
            yield message(
                "{envelope} is passed {since}, relief to date {to_date}: rule `track`"
                " recognises all of it",
                envelope=named,
                since=since,
                to_date=Text(amount_text(to_date), str(to_date)),
            )
    elif last["remaining"] == 0:
        was = first["remaining"] + first["recognised"] == 0
        own_account = total_of(days, "relief") - total_of(days, "recognised")
        if was and not own_account:
            return  # nothing came of it
        since = _since(days.filter(pl.col("remaining") == 0), was)
        yield message(
            "{envelope} is used up {since}: {own_account} of this period are on carriers'"
            " own account, by rule `{rule}`",
            envelope=named,
            since=since,
            own_account=Text(amount_text(own_account), str(own_account)),
            rule=envelope.rule,
        )


def _since(days: pl.DataFrame, was_before: bool) -> Text:
    """The first day found, unless it was so when the period began."""
    if was_before:
        return message("since before this period")
    day = days["day"][0]
    return message("since {day}", day=Text(f"{day:%d/%m/%Y}", f"{day:%Y-%m-%d}"))
