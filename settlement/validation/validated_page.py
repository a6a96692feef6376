"""The page of validated totals, docs/validated.md, and the answer for the terminal. No I/O here."""

from collections.abc import Sequence

from doisoat.messages.text import Text, composed, in_each, message, message_in
from doisoat.settlement.report.terminal_table import table
from doisoat.settlement.validation.validate import ComparedTotal, Validation
from doisoat.tariffs.models import quantity

COMMAND = "doisoat validate --page docs/validated.md"
VERDICTS = {
    "within": message_in("a published total", "within"),
    "outside": message_in("a published total", "outside"),
    "flagged": message_in("a published total", "flagged"),
}
HEADS = (
    "rule", "programme", "count", "computed", "published", "rounding", "verdict", "mark", "source",
)  # fmt: skip
FIGURES = ("count", "computed", "published")  # to the right
MOST_OF = {"both": "±", "above": "+", "below": "−", "at_most": "≤", "at_least": "≥"}


def as_text(validation: Validation) -> Text:
    """Every row with its verdict, then how many there are of each."""
    heads = [
        message_in("a published total", "row"), message_in("a published total", "verdict"),
        message_in("a published total", "count"), message_in("a published total", "computed"),
        message_in("a published total", "published"), message_in("a published total", "rounding"),
    ]  # fmt: skip
    totals = validation.totals
    counts = [_of_language(str(total.row.count)) for total in totals]
    computed = [
        Text.alike("–") if total.shown is None else _of_language(total.shown) for total in totals
    ]
    published = [_of_language(total.row.published) for total in totals]
    columns = map(_to_right, (counts, computed, published))
    rows: list[list[str | int]] = [
        [total.row.id, VERDICTS[total.verdict], *figures, _rounding_of(total)]
        for total, *figures in zip(totals, *columns, strict=True)
    ]
    lines = [table(heads, rows)]
    lines += [composed("{}: {}", total.row.id, total.refusal) for total in totals if total.refusal]
    lines.append(
        message(
            "published totals: {rows} (countries: {countries}); within: {within}, outside:"
            " {outside}, flagged: {flagged}",
            rows=len(validation.totals),
            countries=validation.countries,
            **{name: validation.count(name) for name in VERDICTS},
        )
    )
    return in_each(lambda of: "\n".join(map(of, lines)))


def rounding(total: ComparedTotal) -> str:
    """What the publisher's words allow: 0, or how far and on which side."""
    row = total.row
    if row.side in ("at_most", "at_least"):
        return MOST_OF[row.side]
    return "0" if quantity.price(row.tolerance) == 0 else f"{MOST_OF[row.side]} {row.tolerance}"


def page_of(validation: Validation) -> str:
    """The whole page as Markdown."""
    right = [one for one in validation.totals if one.row.must == "hold"]
    wrong = [one for one in validation.totals if one.row.must == "be_flagged"]
    exact = sum(_is_exact(one) for one in right)
    outside = sum(one.verdict == "outside" for one in right)
    of = "country" if validation.countries == 1 else "countries"
    parts = [
        "# Validated: programmes held to totals that were published",
        f"Made by `{COMMAND}`; not by hand. The rows stand in"
        " `tariffs/catalogue/published-totals.yaml`.",
        "For each row as many events as were published are made, taken in and settled; *computed*"
        " is read from the carrier's statement in the settled home. Nothing is computed otherwise."
        " A count of 1 is one purchase, one month's allowance or one surcharge as published.",
        "*Rounding* is what the publisher's words allow: `±` either way, `+` where it says *more"
        " than*, `−` where it says *just under*, `≤` and `≥` where it is a bound. Where the count"
        " is rounded, it is the rounding of the count. The mark says how the rule is known:"
        " *derived* where the amount of one event follows from the totals, and is stated nowhere.",
        f"**{len(right)} totals of {validation.countries} {of}: {validation.count('within')} within"
        f" their rounding ({exact} of them exactly), {outside} outside.**"
        f" {validation.count('flagged')} of {len(wrong)} wrong rows are flagged.",
        "## Published totals",
        _rows(right),
        "## What must be flagged",
        "Rules and totals that are known to be wrong. A check that lets them through proves"
        " nothing.",
        _rows(wrong, why=True),
        "## A table of one's own",
        "`doisoat validate FILE` takes a table of the same form. Exit status 3: a row is outside."
        " A row without a source is refused with its line. `--home DIR` keeps the settled homes,"
        " in which each figure can be asked for (`doisoat verify`, `doisoat explain`).",
    ]
    return "\n\n".join(parts) + "\n"


def _is_exact(total: ComparedTotal) -> bool:
    return total.computed is not None and (total.computed == quantity.price(total.row.published))


def _rows(rows: list[ComparedTotal], *, why: bool = False) -> str:
    heads = (*HEADS, "why it is wrong") if why else HEADS
    lines = [_line(heads), _line(["---:" if head in FIGURES else "---" for head in heads])]
    for one in rows:
        row = one.row
        cells = [
            row.rule, f"`{row.package}`", f"{row.count:,}",
            "refused" if one.shown is None else _grouped(one.shown), _grouped(row.published),
            _rounding(one), one.verdict, row.mark, row.source,
            *([row.why] if why else ()),
        ]  # fmt: skip
        lines.append(_line(cells))
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return "".join(f"| {cell} " for cell in cells) + "|"


def _grouped(amount: str) -> str:
    """An amount with its thousands parted as in English, for the page."""
    whole, point, decimals = amount.partition(".")
    return f"{int(whole):,}{point}{decimals}"


def _to_right(texts: Sequence[Text]) -> list[Text]:
    vi, en = (max((len(text.pair[side]) for text in texts), default=0) for side in (0, 1))
    return [Text(text.vi.rjust(vi), text.en.rjust(en)) for text in texts]


def _of_language(amount: str) -> Text:
    """The same for the terminal, as the reader's language parts it: the rows are of many states."""
    english = _grouped(amount)
    return Text(english.translate(str.maketrans(",.", ".,")), english)


def _rounding_of(total: ComparedTotal) -> Text:
    sign, blank, amount = rounding(total).partition(" ")
    return composed("{} {}", sign, _of_language(amount)) if blank else Text.alike(sign)


def _rounding(total: ComparedTotal) -> str:
    sign, blank, amount = rounding(total).partition(" ")
    return f"{sign} {_grouped(amount)}" if blank else sign
