"""The last line of a command: what is to be done next, and the command that does it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from doisoat.commands.options import echo
from doisoat.errors import DoisoatError
from doisoat.messages.text import composed, message

if TYPE_CHECKING:
    from doisoat.settlement.upkeep.next_step import Step


def next_lines(steps: "Sequence[Step]") -> Iterator[str]:
    """Each step on a line, the next one named so."""
    for place, step in enumerate(steps):
        head = message("then") if place else message("next")
        yield composed("{}\t{}\n  {}", head, step.why, step.command)


def echo_next(home: Path) -> None:
    """Say the next step of a home, as `doisoat status` says it first.

    What was done stands, so a home that cannot be looked at says so here, and no more.
    """
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.upkeep.status import status_of

    try:
        steps = status_of(open_home(home)).next
    except DoisoatError as error:
        echo(composed("{}\t{}: {}\n  {}", message("next"), error.where, error.what, error.mend))
        return
    for line in next_lines(steps[:1]):
        echo(line)
