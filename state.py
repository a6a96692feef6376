"""The state in use: how amounts are written, what the clocks show, how its numbers are dialled.

There is one in a process, STATE, as the terminal has one language: that of the catalogue read last,
or that of the home a command is about. It is data of a catalogue (`jurisdiction.yaml`).
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Final, Literal, NamedTuple


class TaxForm(NamedTuple):
    """The tax inside prices in a state, as texts and relief.duckdb name it."""

    name: str
    name_en: str
    rates: tuple[tuple[str, Fraction], ...]  # month from which each holds (2009-01), in order


class CurrencyForm(NamedTuple):
    """How amounts of a currency are written in its state."""

    code: str  # ISO 4217
    decimals: int  # of the unit that people name; amounts are whole minor units
    sign: str
    is_sign_first: bool
    name: str
    name_en: str
    plural_en: str  # of several: dollars
    minor: str  # the name of its smallest part; "" of a currency without one
    minor_plural: str  # of several: cents
    group: str
    point: str
    tax: TaxForm

    @property
    def id(self) -> str:
        """The currency as records name it: its amounts are others with other decimals."""
        return f"{self.code}/{self.decimals}"


class NumberForm(NamedTuple):
    """How telephone numbers are dialled in a state."""

    region: str  # ISO 3166-1
    country_code: str  # digits, without +
    trunk: str  # what is dialled before a national number; "": nothing


PaperLanguage = Literal["vi", "en"]  # in which amounts are said in words


class PaperForm(NamedTuple):
    """What stands at the head of a state's official papers, and in which language they bind."""

    language: PaperLanguage
    title: str
    title_en: str
    motto: str  # "": none
    motto_en: str


class State(NamedTuple):
    amounts: CurrencyForm
    zone: str  # IANA: of its civil time
    zone_name: str  # whose time that is, as texts name it: Việt Nam
    zone_name_en: str
    numbers: NumberForm
    papers: PaperForm


class StateInUse:
    """The state that this process works in."""

    def __init__(self) -> None:
        self._state: State | None = None
        self._source: Callable[[], State | None] | None = None

    def use(self, state: State) -> None:
        """From now on it is this one."""
        self._state, self._source = state, None

    def use_of(self, source: Callable[[], State | None]) -> None:
        """From now on it is what the source says, which is read when something needs it."""
        self._state, self._source = None, source

    @property
    def known(self) -> State | None:
        """The state; None where no catalogue says one."""
        if self._state is None and self._source is not None:
            source, self._source = self._source, None  # before: what it says of a fault is a text
            self._state = source()
        return self._state

    @property
    def required(self) -> State:
        """The same. CatalogueError where no catalogue says one."""
        # Here, since messages import this module.
        from doisoat.errors import CatalogueError
        from doisoat.messages.text import message

        if self.known is None:
            raise CatalogueError(
                message("no catalogue says of which state these figures are"),
                "jurisdiction",
                message("name the home's catalogue in its settings, and check that it is readable"),
            )
        return self.known

    @property
    def language(self) -> PaperLanguage:
        """In which language its papers are signed; where none is known, the first of the texts."""
        return "vi" if self.known is None else self.known.papers.language


STATE: Final = StateInUse()
