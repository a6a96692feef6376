"""Steps of a command for schedulers: one JSON object a line on stderr for each step.

Off unless --log-json or DOISOAT_LOG=json asks for it; then nothing else is said on stderr. No line
holds a subscriber's number: free text is masked as the messages for people are. Light to import.
"""

import json
import os
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from doisoat.errors import without_numbers

OPTION, VARIABLE, JSON = "--log-json", "DOISOAT_LOG", "json"
PROGRESS_SECONDS_MIN = 1.0
DIGITS = 3


class Steps:
    """The steps of the command that is running. There is one, LOG, since a process runs one."""

    def __init__(self) -> None:
        self.reset()

    def reset(self, *, is_on: bool = False) -> None:
        """Before a command: nothing is known of it."""
        self.is_on = is_on
        self.known: dict[str, Any] = {}  # what every line says from here on
        self.began = time.monotonic()
        self.told_progress = 0.0

    def know(self, **fields: Any) -> None:
        """Say these with each step from now on; None: no more."""
        self.known = {
            name: value for name, value in {**self.known, **fields}.items() if value is not None
        }

    def step(self, name: str, **fields: Any) -> None:
        """One line, if anybody asked for it."""
        if not self.is_on:
            return
        line = {
            "time": datetime.now().astimezone().isoformat(timespec="milliseconds"),
            "step": name,
            **self.known,
            "seconds": round(time.monotonic() - self.began, DIGITS),
            **fields,
        }
        sys.stderr.write(json.dumps(line, ensure_ascii=False) + "\n")
        sys.stderr.flush()

    def note(self, text: str) -> None:
        """What people would be told."""
        self.step("note", text=without_numbers(text))

    def progress(self, description: str, completed: int, total: int | None) -> None:
        """How far it is, at most once a second."""
        now = time.monotonic()
        if now - self.told_progress >= PROGRESS_SECONDS_MIN:
            self.told_progress = now
            self.step("progress", what=without_numbers(description), done=completed, total=total)


LOG = Steps()


def is_asked_for(args: Sequence[str]) -> bool:
    """Before anything is parsed, so that wrong usage is told so, too."""
    return OPTION in args or os.environ.get(VARIABLE, "").strip().lower() == JSON
