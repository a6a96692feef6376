"""A comparison as people read it at the terminal, in Vietnamese and English."""

from collections.abc import Mapping, Sequence

from doisoat.currency import CURRENCY, Amount, amount_text, number_text
from doisoat.messages.text import Text, composed, joined, message, message_in
from doisoat.settlement.report.report_text import NATURES, SYNTHETIC
from doisoat.settlement.report.terminal_table import table
from doisoat.settlement.what_if.compare import AMOUNTS, Comparison, Effect, Row
from doisoat.settlement.what_if.scenario import Side
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.overlay import Changed

PROVINCES_SHOWN = 10
NAMED = {
    "list_value": message_in("head", "list value"),
    "discount": message_in("head", "discount"),
    "payable": message_in("head", "payable"),
    "in_kind": message_in("head", "in kind"),
    "contribution": message_in("head", "contribution"),
}
DIMENSIONS = {
    "carrier": message("by carrier"),
    "week": message("by ISO week"),
    "segment": message("by segment"),
    "home_province": message("by home province"),
    "serving_province": message("by serving province"),
}
SIDES = (message_in("what if chart", "base"), message("what-if"), message("difference"))
UNKNOWN = message("unknown")


def names_of(catalogue: Catalogue) -> dict[str, dict[str, str]]:
    """What the keys of a dimension are called."""
    places = {place.code: f"{place.code} {place.name}" for place in catalogue.localities}
    carriers = {carrier.id: carrier.id for carrier in catalogue.carriers}
    return {"carrier": carriers, "home_province": places, "serving_province": places}


def called(names: Mapping[str, Mapping[str, str]], dimension: str, key: str) -> str:
    return names.get(dimension, {}).get(key, key) or UNKNOWN


def as_text(compared: Comparison) -> str:
    """The whole comparison; of provinces the ones that differ most."""
    names = names_of(compared.base.world.catalogue)
    parts = [
        (message("period") + f" {compared.period}")
        + (f", {compared.carrier}" if compared.carrier else "")
        + ("  (" + SYNTHETIC + ")" if compared.is_synthetic else ""),
        _side(message_in("what if chart", "base"), compared.base),
        _side(message("what-if"), compared.what_if),
        *(_changed(change) for change in compared.what_if.changed),
        table(("", *SIDES), [
            (NAMED[name], Amount(compared.whole.base[name]),
             Amount(compared.whole.what_if[name]),
             Amount(compared.whole.what_if[name] - compared.whole.base[name]))
            for name in AMOUNTS
        ]),
        message_in("payable of the base less that of the what-if", "forgone revenue")
        + f": {amount_text(compared.forgone, minus='−')}",
        _events(compared),
        *_measures(compared),
        *(_dimension(compared, names, name) for name in DIMENSIONS),
        *_owners(compared),
    ]  # fmt: skip
    return joined("\n", filter(None, parts))


def _side(word: str, side: Side) -> str:
    title = Text(side.title, side.title_en)
    return word + f": {side.name}: " + title + f" ({side.author}; {side.reference})"


def _changed(change: Changed) -> str:
    return composed("  {} ({}; {})", what_changed(change), change.source, change.mark)


def what_changed(change: Changed) -> str:
    """A change in one line: key, before → after, when."""
    before, after = ", ".join(change.before) or "–", "–" if change.after is None else change.after
    when = ""
    if change.valid_from is not None or change.valid_until is not None:
        begin = change.valid_from.isoformat() if change.valid_from else "…"
        when = f" [{begin}, {change.valid_until.isoformat() if change.valid_until else '…'})"
    return f"{change.key}: {before} → {after}{when}"


def _events(compared: Comparison) -> str:
    base, what_if = compared.suspended
    if base == what_if:
        return ""
    return (
        message("note: suspended events differ, so the sides rate other events")
        + f": {number_text(base)} → {number_text(what_if)}"
    )


def _measures(compared: Comparison) -> list[str]:
    if not compared.measures:
        return []
    rows: list[tuple[str | int, ...]] = []
    for measured in compared.measures:
        nature_name = NATURES[measured.nature]
        kind = int if measured.is_count else Amount
        nature = nature_name + ((" (" + message("times") + ")") if measured.is_count else "")
        rows.append(
            (
                measured.measure,
                nature,
                kind(measured.base),
                kind(measured.what_if),
                kind(measured.what_if - measured.base),
            )
        )
    heads = ("", message("nature"), *SIDES)
    return [message("relief by measure"), table(heads, rows)]


def _dimension(compared: Comparison, names: Mapping[str, Mapping[str, str]], dimension: str) -> str:
    rows = shown_rows(dimension, compared.rows[dimension])
    hidden = len(compared.rows[dimension]) - len(rows)
    head = DIMENSIONS[dimension] + ": " + message("payable")
    if hidden:
        head += f" ({len(rows)} " + message("that differ most; +") + f" {hidden})"
    cells = [
        (called(names, dimension, row.key), Amount(row.base["payable"]),
         Amount(row.what_if["payable"]), Amount(row.difference))
        for row in rows
    ]  # fmt: skip
    return composed("{}\n{}", head, table(("", *SIDES), cells)) if cells else ""


def shown_rows(dimension: str, rows: Sequence[Row]) -> Sequence[Row]:
    """All rows, but of provinces the ones that differ most."""
    if not dimension.endswith("province"):
        return rows
    return sorted(rows, key=lambda row: (-abs(row.difference), row.key))[:PROVINCES_SHOWN]


def _owners(compared: Comparison) -> list[str]:
    name = CURRENCY.own_name
    heads = (
        "", message("less"), name, message("more"), name, message("the same"),
    )  # fmt: skip

    def row(name: str, effect: Effect) -> tuple[str | int, ...]:
        return (
            name, effect.less, Amount(-effect.less_amount), effect.more,
            Amount(effect.more_amount), effect.same,
        )  # fmt: skip

    rows = [row(message("all"), compared.effect)]
    for name in ("carrier", "segment"):
        rows += [row(effect.key or UNKNOWN, effect) for effect in compared.effects[name]]
    return [message("owners with usage"), table(heads, rows)]
