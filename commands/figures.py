"""Figures of a settle as lines for people: counts and amounts, in both languages."""

from collections.abc import Container, Mapping

from doisoat.messages.language import BOTH, TERMINAL
from doisoat.messages.text import Text, message_in

LABELS = {
    "events": message_in("heading", "events"),
    "rated": message_in("figures", "rated"),
    "suspended": message_in("figures", "suspended"),
    "list_value": message_in("heading", "list value"),
    "discount": message_in("heading", "discount"),
    "payable": message_in("heading", "payable"),
    "in_kind": message_in("heading", "in kind"),
    "contribution": message_in("heading", "contribution"),
}
NAME_WIDTH = 13


def figure_lines(figures: Mapping[str, int], amounts: Container[str]) -> list[str]:
    """A line for each of LABELS. amounts: the names of those that are money."""
    from doisoat.currency import CURRENCY, figure, number_text

    form = CURRENCY.form
    head, tail = (form.sign, "") if form.is_sign_first else ("", f" {form.sign}")
    texts = {
        name: head + figure(figures[name]) if name in amounts else number_text(figures[name])
        for name in LABELS
    }
    width = max(map(len, texts.values()))
    return [
        f"  {_name(label)}{texts[name]:>{width}}{tail if name in amounts else ''}"
        for name, label in LABELS.items()
    ]


def _name(label: Text) -> str:
    """As a column of names: of two languages, two."""
    names = label.pair if TERMINAL.language == BOTH else (TERMINAL.spoken(label),)
    return "".join(f"{name:<{NAME_WIDTH}}" for name in names)
