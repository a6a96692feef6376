"""Letters made of variances that are written down here: no home is needed, and none is read."""

from datetime import date, datetime
from pathlib import Path

from doisoat.settlement.papers.facts import state_facts
from doisoat.settlement.papers.figures import Figures
from doisoat.settlement.papers.house_style import DEFAULT_STYLE
from doisoat.settlement.papers.typeset import pdf_of, read_templates
from doisoat.settlement.reconcile.letter.detail_words import Names
from doisoat.settlement.reconcile.letter.letter_facts import Subject, Writer
from doisoat.settlement.reconcile.letter.letter_text import body
from doisoat.settlement.records.claim_model import Grain
from doisoat.settlement.records.claim_records import StoredClaim
from doisoat.settlement.records.explanation import Part, Verdict
from doisoat.settlement.records.reconciliation_records import Reconciliation, Standing
from doisoat.settlement.records.variance import Variance
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue, load_package

RUN = "c1" * 16
FILE = "fe940caecd84d6f90a01b054e75bcc9e8cb65210151cdbd78c4b47280b754756"
CLAIMS: dict[Grain, str] = {
    "day": "a1" * 32, "measure": "b2" * 32, "statement": "c3" * 32, "province": "d4" * 32
}  # fmt: skip
ISSUED = datetime(2021, 9, 5, 9, 0)
CATALOGUE, PACKAGE = load_catalogue(bundled_catalogue()), load_package("vn-2021-08")


def part(cause, detail, amount):
    return Part(cause, detail, (0, 0, amount))


def variance(
    key, claimed, recomputed, *explanations, grain="day", measure="M6", unit="ms", verdict=None
):
    """One of vnpt; explained where there is one explanation, ambiguous where there are more."""
    verdicts: tuple[Verdict, ...] = ("unexplained", "explained", "ambiguous")
    told = verdict or verdicts[min(len(explanations), 2)]
    return Variance(
        "vnpt", "2021-08", grain, CLAIMS[grain], RUN, measure, key, claimed, recomputed, True,
        told, tuple(tuple(one) for one in explanations), 7, unit,
    )  # fmt: skip


def on_day(day, amount, *explanations, **more):
    """A variance of a day that differs by an amount alone."""
    key = {"nature": more.pop("nature", "discount"), "day": f"2021-08-{day:02}"}
    return variance(
        key, (3, 60_000, 5_000 + amount), (3, 60_000, 5_000), *explanations, **more
    )  # fmt: skip


def data_of(
    variances, lang="vi", style=DEFAULT_STYLE, dated=None, deadlines=(), groups=(), most=20
):
    """What the template of a letter is given. deadlines: of the variances, in their order."""
    names = Names(
        CATALOGUE, PACKAGE, "vnpt", {FILE: "usage-vnpt-20210801-00.parquet"},
        {RUN: datetime(2021, 9, 1, 8, 30)},
    )  # fmt: skip
    claims = {
        digest: StoredClaim("vnpt", "2021-08", grain, 2, digest, Path(), (), {},
                            "2021-09-01T20:00:00", "")
        for grain, digest in CLAIMS.items()
        if any(one.claim == digest for one in variances)
    }  # fmt: skip
    standings = {
        one.id: Standing("asked", "2021-09-05T02:00:00", deadline, "")
        for one, deadline in zip(variances, deadlines, strict=False)
    }
    asked = Subject(tuple(variances), claims, standings, date(2021, 8, 1), bool(groups))
    held = [{"claim": digest, "cells": 199} for digest in claims]
    reconciliation = Reconciliation("r" * 32, Path(), {"claims": held})
    write = Writer(Figures(lang), names, style)
    return {
        **body(write, asked, reconciliation, dated, groups, most),
        "lang": lang, "draft": not deadlines, "synthetic": False, "state": state_facts(lang),
        "evidence": {"said": "…", "values": [{"name": "–", "value": RUN}]},
    }  # fmt: skip


def pdf(data):
    return pdf_of("letter", read_templates(), data, ISSUED)
