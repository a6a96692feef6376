"""The page of the announced figure, in Vietnamese and English, and its chart. No I/O here."""

from collections.abc import Sequence
from fractions import Fraction

from doisoat.currency import number_text, unit_text
from doisoat.messages.text import MARK, Text, message
from doisoat.settlement.drawing.axis import decimal_vi
from doisoat.settlement.drawing.bar_chart import Bar, Chart, Group
from doisoat.settlement.report.report_text import SYNTHETIC
from doisoat.settlement.report.terminal_table import table
from doisoat.settlement.what_if.announced import SHARES, AnnouncedFigure, Scaled

TY = 10**9
FRAME = 4  # times the announced amount: bars beyond are cut there, and say so
SHOWN_MEASURES = 3
MARKS = {
    "stated": message("stated"),
    "derived": message("derived"),
    "assumed": message("assumed"),
}
COMMAND = "doisoat sensitivity --announced-figure docs/announced-figure.md"


def ty(amount: int) -> str:
    """An amount in tỷ đồng, to the nearest: for the eye."""
    return decimal_vi(Fraction(amount, TY), 0)


def percent(share: Fraction) -> str:
    return f"{decimal_vi(100 * share, 1)} %"


def verdict(scaled: Scaled, announced: int) -> Text:
    """Where the announced amount lies to the range, and nothing more."""
    if scaled.low <= announced <= scaled.high:
        return message("within")
    return message("range below") if scaled.high < announced else message("range above")


def page_of(figure: AnnouncedFigure, chart: str) -> str:
    """The whole page as Markdown; `chart` is the name of the drawing beside it."""
    scaling = figure.scaling
    announced = scaling.announced
    parts = [
        "# " + _english_first(message("The announced figure")),
        f"Made by `{COMMAND}`; not by hand. What is declared stands in"
        " `tariffs/catalogue/vn-2021/scenarios/announced.yaml` and `bundles.yaml`.",
    ]
    if figure.is_synthetic:
        parts.append(
            f"**{SYNTHETIC.vi}.** {SYNTHETIC.en}. The usage below is invented; only the tariffs,"
            " the package and the numbers marked *stated* are from public documents."
        )
    parts += [
        _paragraphs(
            message(
                "The announcement says {wording}. No document found says what it counts, at"
                " which prices, or for how many subscribers. This page asks which ways of counting"
                " could come to such a figure. It does not say which one was used, and it measures"
                " nothing.",
                wording=Text(
                    f'"{announced.wording}" ({announced.source})', f'"{announced.wording_en}"'
                ),
            )
        ),
        *_wordings(figure),
        "## " + _english_first(message("What comes out")),
        _paragraphs(
            message(
                "Billion {currency_own_name}, the nation, all three months. A *range* goes from"
                " every assumption where it makes the least to every one where it makes the most:"
                " it is **no confidence interval**, since nothing was sampled and no likelihood is"
                " known."
            )
        ),
        _results(figure),
        f"![Range of each bundle beside the announced figure]({chart})",
        _reading(figure),
        "## " + _english_first(message("By measure")),
        _english_first(message("At the central level, the largest measures of each bundle")) + ":",
        _measures(figure),
        "## " + _english_first(message("What each assumption carries")),
        _english_first(
            message(
                "Each assumption alone from low to high, the others central; the share is its swing"
                " in the sum of all swings of that bundle. Swings do not add up to the range:"
                " factors multiply."
            )
        ),
        _swings(figure),
        "## " + _english_first(message("What was assumed")),
        _assumptions(figure),
        "## " + _english_first(message("How it is computed")),
        _method(figure),
    ]
    return "\n\n".join(parts) + "\n"


def _paragraphs(text: Text) -> str:
    return "\n\n".join(text.pair)


def _head(text: Text) -> str:
    return " / ".join(reversed(text.pair))


def _english_first(text: Text) -> str:
    """A text as this page has it, which is read from abroad."""
    return MARK.join(reversed(text.pair))


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], figures: int) -> str:
    """A table whose last `figures` columns stand to the right."""
    marks = ["---"] * (len(heads) - figures) + ["---:"] * figures
    lines = [heads, tuple(marks), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _wordings(figure: AnnouncedFigure) -> list[str]:
    """How each page says the figure, by its day."""
    wordings = figure.scaling.wordings
    if not wordings:
        return []
    rows = [
        (
            f"{page_wording.wording} / {page_wording.wording_en}",
            page_wording.day.strftime("%d/%m/%Y")
            if page_wording.day
            else " / ".join(message("not found").pair),
            " / ".join(MARKS[page_wording.mark].pair),
            page_wording.source,
        )
        for page_wording in wordings
    ]
    return [
        "## " + _english_first(message("How it was said")),
        _english_first(message("The word before the figure differs; the figure does not.")),
        _table((_head(message("wording")), _head(message("day")), "mark", "source"), rows, 0),
    ]


def _results(figure: AnnouncedFigure) -> str:
    rows = [
        (
            f"`{scaled.bundle.id}`: {scaled.bundle.title} / {scaled.bundle.title_en}",
            " / ".join(verdict(scaled, figure.scaling.announced.amount).pair),
            ty(scaled.traffic["low"]),
            ty(scaled.traffic["central"]),
            ty(scaled.traffic["high"]),
            f"{ty(scaled.low)} – {ty(scaled.high)}",
        )
        for scaled in figure.scaled
    ]
    heads = (
        _head(message("bundle of readings")),
        message("{amount} billion?", amount=ty(figure.scaling.announced.amount)).vi,
        _head(message("traffic low")), _head(message("as simulated")),
        _head(message("traffic high")), _head(message("whole range")),
    )  # fmt: skip
    return _table(heads, rows, 4)


def _reading(figure: AnnouncedFigure) -> str:
    """What may be concluded, made out of the figures alone."""
    amount = figure.scaling.announced.amount
    within = [scaled for scaled in figure.scaled if scaled.low <= amount <= scaled.high]
    above = [scaled for scaled in figure.scaled if scaled.low > amount]
    below = [scaled for scaled in figure.scaled if scaled.high < amount]
    lines = []
    for ones, text in (
        (within, message("Not excluded by what was declared")),
        (above, message("Above the announced figure in every declared scenario")),
        (below, message("Below the announced figure in every declared scenario")),
    ):  # fmt: skip
        if ones:
            named = ", ".join(f"`{scaled.bundle.id}`" for scaled in ones)
            lines.append(f"- {_english_first(text)}: {named}.")
    lines.append(
        "- "
        + _english_first(
            message(
                "A range that holds the figure is no evidence that this way of counting was meant:"
                " several do, and other usage than the simulated would move all of them."
            )
        )
    )
    return "\n".join(lines)


def _measures(figure: AnnouncedFigure) -> str:
    rows = []
    for scaled in figure.scaled:
        ranked = sorted(scaled.by_measure.items(), key=lambda pair: (-pair[1], pair[0]))
        largest = [
            f"{name} {ty(amount)} ({percent(Fraction(amount, scaled.central))})"
            for name, amount in ranked[:SHOWN_MEASURES]
            if amount
        ]
        rows.append((f"`{scaled.bundle.id}`", ", ".join(largest) or "–", ty(scaled.central)))
    return _table(
        ("bundle", _head(message("of which")), message("billion {currency_own_name}").vi), rows, 1
    )


def _swings(figure: AnnouncedFigure) -> str:
    names = [swing.assumption for swing in figure.scaled[0].swings]
    rows = []
    for at, name in enumerate(names):
        cells = [percent(scaled.share_of(scaled.swings[at])) for scaled in figure.scaled]
        rows.append((f"`{name}`", *cells))
    heads = ("assumption", *(f"`{scaled.bundle.id}`" for scaled in figure.scaled))
    return _table(heads, rows, len(figure.scaled))


def _assumptions(figure: AnnouncedFigure) -> str:
    scaling = figure.scaling
    rows = [
        (
            f"`{assumption.id}`: {assumption.title} / {assumption.title_en}",
            ", ".join(assumption.measures),
            " / ".join(MARKS[assumption.mark].pair),
            assumption.source.replace("|", "/"),
            " – ".join(
                level.replace(".", ",")
                for level in (assumption.low, assumption.central, assumption.high)
            ),
        )
        for assumption in scaling.assumptions
    ]
    shares = [
        "; ".join(
            f"{carrier} {share.replace('.', ',')}"
            for carrier, share in getattr(scaling.shares, level).items()
        )
        for level in ("low", "central", "high")
    ]
    rows.append((
        f"`{SHARES}`: {scaling.shares.title} / {scaling.shares.title_en} (%)", "all but fibre",
        " / ".join(MARKS[scaling.shares.mark].pair), scaling.shares.source,
        " – ".join(f"({share})" for share in shares),
    ))  # fmt: skip
    for name, number in (
        ("mobile subscribers", scaling.populations.mobile),
        ("fixed broadband lines", scaling.populations.fibre),
        ("months", scaling.months),
    ):
        source = number.source.replace("|", "/")
        rows.append((
            name, "", " / ".join(MARKS[number.mark].pair), source, number_text(number.number)
        ))  # fmt: skip
    return _table(("assumption", "measures", "mark", "source", "low – central – high"), rows, 1)


def _method(figure: AnnouncedFigure) -> str:
    counts = "; ".join(
        f"{service}: "
        + ", ".join(f"{name} {number_text(count)}" for name, count in carriers.items())
        for service, carriers in figure.population.items()
    )
    return (
        f"Package `{figure.package.id}`, month {figure.period} of the home, all of it under the"
        " package (the programme begins on 5 August; here every measure holds from the month's"
        " first day to its last). For each bundle: what the envelope counts of each carrier's"
        " measure, × subscribers of the nation ÷ subscribers of the world of that carrier (fibre:"
        " all lines alike), × months, × the factors of the assumptions that name the measure."
        " Fractions throughout, each measure rounded once.\n\n"
        f"{_english_first(message('Subscribers of the world'))}: {counts}.\n\n"
        f"{_english_first(message('Left out'))}: carriers that are not in the package; limits of a"
        " grant (a factor on voice scales the minutes used, and a grant ends at 50); what"
        " people would have done otherwise. Readings of the programme's own dates change nothing"
        " here, since the month is taken whole; a measure that holds for a part of the programme's"
        " time only counts by that part."
    )


def chart_of(figure: AnnouncedFigure) -> Chart:
    """The range of each bundle, about the announced amount."""
    announced = figure.scaling.announced
    limit = FRAME * announced.amount
    bars, is_cut = [], False
    for scaled in figure.scaled:
        cut = scaled.high > limit
        is_cut |= cut
        high_text = (
            ty(scaled.high) if scaled.low <= limit else f"{ty(scaled.low)} – {ty(scaled.high)}"
        )
        bars.append(
            Bar(
                scaled.bundle.title,
                min(scaled.low, limit),
                min(scaled.high, limit),
                ty(scaled.low) if scaled.low <= limit else "",
                high_text,
                cut,
                f"{scaled.bundle.title_en}; as simulated {ty(scaled.central)}",
            )
        )
    notes = [
        message("ranges over declared assumptions, no confidence interval"),
        message("blue: below the announced figure, orange: above"),
    ]
    if is_cut:
        notes.append(
            message(
                "cut at {frame} times the announced figure; the figure beside it is whole",
                frame=FRAME,
            )
        )
    if figure.is_synthetic:
        notes.append(SYNTHETIC)
    return Chart(
        message('Which way of counting may "{wording}" be?', wording=announced.wording).vi,
        message("the nation, three months; figures beside the bars in billion {currency_own_name}"),
        message("value that the programme counts"),
        announced.amount,
        message("announced") + f": {announced.wording}",
        (Group(message("bundles of readings"), tuple(bars)),),
        tuple(notes),
    )


def as_text(figure: AnnouncedFigure) -> str:
    """The results alone, for the terminal."""
    rows = [
        (scaled.bundle.id, scaled.bundle.title, ty(scaled.low), ty(scaled.central), ty(scaled.high),
         verdict(scaled, figure.scaling.announced.amount))
        for scaled in figure.scaled
    ]  # fmt: skip
    heads = ("", message("Billion {currency_own_name}, the nation, three months"), message("low"),
             message("central"), message("high"), figure.scaling.announced.wording)  # fmt: skip
    return table(heads, rows) + ("\n" + message("ranges over assumptions, no confidence interval"))


def as_object(figure: AnnouncedFigure) -> dict[str, object]:
    """What `--json` prints: amounts as text."""
    return {
        "package": figure.package.id,
        "period": figure.period,
        "synthetic": figure.is_synthetic,
        "announced": unit_text(figure.scaling.announced.amount),
        "bundles": {
            scaled.bundle.id: {
                "low": unit_text(scaled.low),
                "central": unit_text(scaled.central),
                "high": unit_text(scaled.high),
                "traffic": {level: unit_text(amount) for level, amount in scaled.traffic.items()},
                "by_measure": {
                    name: unit_text(amount) for name, amount in scaled.by_measure.items()
                },
                "swings": {
                    swing.assumption: {"low": unit_text(swing.low), "high": unit_text(swing.high)}
                    for swing in scaled.swings
                },
            }
            for scaled in figure.scaled
        },
    }
