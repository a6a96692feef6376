"""The letter that asks a carrier about its variances: of one state of a home the same bytes.

Its form is that of an official letter (công văn) by Decree 30/2020/NĐ-CP; what it says of each
variance is put together in letter_facts.py, its lines in letter_lines.py.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.civil_time import civil_of_utc
from doisoat.currency import unit_text
from doisoat.engine.store.home import Home
from doisoat.errors import PeriodError
from doisoat.messages.text import message
from doisoat.settlement.figures.period import Period
from doisoat.settlement.log import journal
from doisoat.settlement.log.merkle import Tree
from doisoat.settlement.papers.facts import state_facts
from doisoat.settlement.papers.figures import Figures, Lang
from doisoat.settlement.papers.house_style import DEFAULT_STYLE, Style
from doisoat.settlement.papers.typeset import pdf_of, read_templates
from doisoat.settlement.reconcile.letter import letter_template as words
from doisoat.settlement.reconcile.letter.detail_words import Names
from doisoat.settlement.reconcile.letter.letter_facts import Subject, Writer
from doisoat.settlement.reconcile.letter.letter_lines import Face, groups_of
from doisoat.settlement.reconcile.letter.letter_text import body
from doisoat.settlement.reconcile.letter.names import settled_at
from doisoat.settlement.reconcile.variances.sums import (
    Sum,
    sums_by_claim_and_nature,
    total_difference,
)
from doisoat.settlement.records import reconciliation_records as stored
from doisoat.settlement.records.claim_records import claims_told
from doisoat.settlement.runs.runs import SYNTHETIC, RunFiles, run_files, tariffs_of

LINES_SHOWN = 20  # of each cause of a variance
Log = Sequence[Mapping[str, Any]]


class Letter(NamedTuple):
    """A letter, as PDF. data: what its template was given."""

    content: bytes
    variances: int
    sums: tuple[Sum, ...]
    is_draft: bool
    data: Mapping[str, Any]

    @property
    def difference(self) -> int:
        """Đồng of relief: sums.total_difference."""
        return total_difference(self.sums)

    def write(self, path: Path) -> None:
        path.write_bytes(self.content)

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints: amounts as text."""
        return {
            "variances": self.variances,
            "difference": unit_text(self.difference),
            "sums": [row.as_object() for row in self.sums],
            "draft": self.is_draft,
        }


def letter_of(
    home: Home,
    period: str,
    carrier: str,
    lang: Lang,
    style: Style = DEFAULT_STYLE,
    lines: int = LINES_SHOWN,
) -> Letter:
    """The letter to a carrier about what it was asked, or, as a draft, what is open.

    Args: lines: how many lines of each cause its annex shows; 0: none, and no such annex.
    Raises: PeriodError if there is nothing to ask of it.
    """
    month = Period.of(period)
    log = journal.entries(home)
    reconciliation = stored.in_force(home, log).get(month.name)
    standings = stored.standings(log)
    of_carrier = [] if reconciliation is None else [
        variance for variance in reconciliation.variances if variance.carrier == carrier
    ]  # fmt: skip
    asked_variances = [
        variance
        for variance in of_carrier
        if standings.get(variance.id, stored.OPEN).state == "asked"
    ]
    chosen = asked_variances or [
        variance
        for variance in of_carrier
        if standings.get(variance.id, stored.OPEN).state == "open"
    ]
    if reconciliation is None or not chosen:
        raise PeriodError(
            message(
                "nothing of {month} is to be asked of {carrier}", month=month.name, carrier=carrier
            ),
            str(home.path),
            message("doisoat variance list {month} shows what there is", month=month.name),
        )
    run = run_files(home, reconciliation.manifest["run"], superseded=False)
    claims = {claim.sha256: claim for claim in claims_told(home, log)}
    with Face(home) as face:
        names = Names(*tariffs_of(run), carrier, face.file_names(), settled_at(log))
        groups = list(groups_of(home, face, reconciliation, chosen, lines))
    subject = Subject(
        tuple(chosen),
        {variance.claim: claims[variance.claim] for variance in chosen},
        {variance.id: standings[variance.id] for variance in chosen if variance.id in standings},
        month.begin.date(),
        has_lines=bool(groups),
    )
    entry = _latest_entry(log, reconciliation, subject)
    issued = civil_of_utc(str(entry["logged_at"]))
    write = Writer(Figures(lang), names, style)
    data = {
        **body(
            write, subject, reconciliation, _dated(style, issued, asked_variances), groups, lines
        ),
        "lang": lang,
        "draft": not asked_variances,
        "synthetic": SYNTHETIC in run.manifest.get("findings", ()),
        "state": state_facts(lang),
        "evidence": _evidence(write.say, home, run, int(entry["entry"])),
    }
    content = pdf_of("letter", read_templates(), data, issued)
    return Letter(content, len(chosen), sums_by_claim_and_nature(chosen), not asked_variances, data)


def _latest_entry(
    log: Log, reconciliation: stored.Reconciliation, subject: Subject
) -> Mapping[str, Any]:
    """The entry by which what a letter tells came to be so: a letter has no clock of its own."""
    ids = subject.standings.keys()
    return max(
        (
            entry for entry in log
            if (entry["what"] == stored.VARIANCE and not ids.isdisjoint(entry["variances"]))
            or (not ids and entry.get("reconciliation") == reconciliation.id)
        ),
        key=lambda entry: int(entry["entry"]),
    )  # fmt: skip


def _dated(style: Style, issued: datetime, asked_variances: Sequence[object]) -> date | None:
    """By the house style, else the day on which the carrier was asked; a draft has none."""
    return style.house.letter.dated or (issued.date() if asked_variances else None)


def _evidence(say: Figures, home: Home, run: RunFiles, size: int) -> Any:
    """What whoever has the same data comes to: the run, its digest, the log up to a letter."""
    tree = Tree(journal.lines(home)[:size])
    return say.tree({
        "said": words.COMES_TO_THESE,
        "values": [
            {"name": words.RUN, "value": run.run},
            {"name": words.DIGEST,
             "value": run.manifest["result"]["digest"]},
            {"name": words.LOG_ROOT(count=say.whole(size)),
             "value": tree.root().hex()},
        ],
    })  # fmt: skip
