"""The language that a terminal is spoken to in: asked for, set, or the locale's."""

import os
from collections.abc import Sequence
from typing import Literal

from doisoat.messages.catalogue import SOURCE_LANGUAGE, languages
from doisoat.messages.text import Text

OPTION, VARIABLE = "--lang", "DOISOAT_LANG"
BOTH = "both"  # Vietnamese and English, as evidence has them
LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")  # as the system reads them, the first that says one


class Terminal:
    """Which language the terminal of this process is spoken to in. There is one, TERMINAL."""

    def __init__(self) -> None:
        self.language = BOTH
        self.is_asked_for = False
        self.preferred: str | None = None  # by a settings file

    def begin(self, args: Sequence[str]) -> None:
        """Before a command: by its line, the environment or the locale."""
        self.preferred = None
        self._choose(asked_for(args))

    def prefer(self, language: str) -> None:
        """By a settings file, which the command line and the environment go before."""
        self.preferred = language
        if not self.is_asked_for:
            self.language = language

    def pass_over_line(self) -> None:
        """The command line's --lang was a paper's language: choose without it."""
        self._choose(asked_for(()))

    def _choose(self, stated: str | None) -> None:
        self.is_asked_for = stated is not None
        self.language = stated or self.preferred or of_locale()

    @property
    def vi_or_en(self) -> Literal["vi", "en"]:
        """vi or en, of what is said in one language and has no other."""
        return vi_or_en(self.language)

    def spoken(self, text: str) -> str:
        """A text as it is read there; one that has no languages is read as it is."""
        if not isinstance(text, Text) or self.language == BOTH:
            return str(text)
        return text.texts[languages().index(self.language)]


TERMINAL = Terminal()


def choices() -> list[str]:
    """What `--lang` takes."""
    return [*languages(), BOTH]


def vi_or_en(language: str) -> Literal["vi", "en"]:
    """The one of Vietnamese and English that a choice comes to; Vietnamese goes before."""
    return "vi" if language in ("vi", BOTH) else "en"


def asked_for(args: Sequence[str]) -> str | None:
    """The language by command line or environment, before anything is parsed; None: neither.

    What is no language is None too: click refuses it, in the language of the locale.
    """
    stated = os.environ.get(VARIABLE)
    for place, argument in enumerate(args):
        if argument == "--":
            break
        name, equals, value = argument.partition("=")
        if name == OPTION:
            stated = value if equals else next(iter(args[place + 1 :]), None)
    return stated if stated in choices() else None


def of_locale() -> str:
    """The language of the locale, if there is a catalogue of it, else English."""
    stated = next((value for name in LOCALE if (value := os.environ.get(name))), "")
    return next((name for name in languages() if stated.startswith(name)), SOURCE_LANGUAGE)
