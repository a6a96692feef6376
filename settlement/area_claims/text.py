"""Claims by area on the terminal: sums by region, the bounds, what is above them, what changed."""

from doisoat.currency import Amount, amount_text, number_text
from doisoat.messages.text import Text, composed, in_each, message, message_in
from doisoat.settlement.area_claims.act import AreaClaims, Sums
from doisoat.settlement.area_claims.bounds import VERDICTS
from doisoat.settlement.area_claims.versions import Versions
from doisoat.settlement.report.terminal_table import table

SHOWN = 20  # rows above the bounds, or changed out of a window; --csv and --json have all
VERDICT_WORDS = {
    "within": message("within the smallest bound"),
    "of_list": message("only within the bound of another list"),
    "above": message("above every bound"),
    "unknown": message("claimed where no household is counted"),
    "withheld": message("amount withheld"),
}


def as_text(claims: AreaClaims) -> Text:
    """What the command prints."""
    through = message("through {month}", month=claims.through)
    lines: list[str] = [composed("{}, {}", claims.form.name, through)]
    region = message_in("claims by area", "region")
    lines.append(_sums_table(region, claims.by_region, claims.whole))
    if claims.by_month:
        lines.append(_sums_table(message("month"), claims.by_month, claims.whole))
    lines += ["", message("The most of a household, by its list:")]
    lines += [composed("  {}: {}", bound.list, amount_text(bound.amount))
              for bound in claims.bounds]  # fmt: skip
    lines += ["", message("Rows by what bounds say of them:")]
    lines += [
        composed("  {}: {}", VERDICT_WORDS[verdict], number_text(claims.count(verdict)))
        for verdict in VERDICTS
    ]
    lines += _above(claims)
    if claims.versions is not None:
        lines += _versions(claims.versions)
    return in_each(lambda of: "\n".join(map(of, lines)))


def _sums_table(head: Text, groups: dict[str, Sums], whole: Sums) -> Text:
    heads = [
        head, message_in("claims by area", "rows"), message("households"),
        message_in("claims by area", "claimed"), message("amount withheld"),
        message("above every bound"),
    ]  # fmt: skip
    rows: list[list[str | int]] = [
        [name, sums.rows, sums.households, Amount(sums.claimed), sums.withheld, sums.above]
        for name, sums in (*groups.items(), (message_in("heading", "total"), whole))
    ]
    return table(heads, rows)


def _above(claims: AreaClaims) -> list[str]:
    above = [row.claim for row in claims.rows if row.verdict == "above"]
    if not above:
        return []
    heads = [message("area"), message("month"), message("households"),
             message_in("claims by area", "claimed")]  # fmt: skip
    rows: list[list[str | int]] = [
        [claim.area, claim.month or "–", claim.households, Amount(claim.claimed or 0)]
        for claim in above[:SHOWN]
    ]
    return ["", message("Above every bound:"), table(heads, rows), *_more(len(above))]


def _versions(versions: Versions) -> list[str]:
    lines: list[str] = ["", message("Against the version before:")]
    sides = []
    for rises in (True, False):
        changes = versions.of(rises=rises)
        sides.append((len(changes), amount_text(sum(abs(change.amount) for change in changes))))
    (rose, rises_text), (fell, falls_text) = sides
    lines.append(
        message(
            "  {before} + rises {rises} ({rose} rows) − falls {falls} ({fell} rows) = {now};"
            " equal: {equal} rows",
            before=amount_text(versions.before),
            rises=rises_text,
            rose=number_text(rose),
            falls=falls_text,
            fell=number_text(fell),
            now=amount_text(versions.now),
            equal=number_text(versions.equal),
        )
    )
    wrong = versions.not_allowed
    if wrong:
        heads = [message("area"), message("month"), message_in("claims by area", "before"),
                 message_in("claims by area", "claimed")]  # fmt: skip
        rows: list[list[str | int]] = [
            [change.claim.area, change.claim.month, Amount(change.before or 0),
             Amount(change.now or 0)]
            for change in wrong[:SHOWN]
        ]  # fmt: skip
        lines += ["", message("Changed though their window was over:"), table(heads, rows)]
        lines += _more(len(wrong))
    return lines


def _more(count: int) -> list[str]:
    return [message("  … and {more} more", more=count - SHOWN)] if count > SHOWN else []
