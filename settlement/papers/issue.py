"""The issue of a paper: under which key, at which head of the log, when. No I/O here."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

CHECKPOINT_CHARACTERS_MIN = 22  # 128 bits, if each says six


@dataclass(frozen=True)
class Issue:
    """Who vouches for a paper, and how the log stood.

    key_id: of the key that signed the checkpoint; None: a draft, which nobody signed.
    log_size, log_root: entries of the log, and its root (RFC 6962) over them, 64 hex digits.
    checkpoint: short form of the signed checkpoint, 128 bits or more of it; '' on a draft.
    issued_at: civil time, whole seconds; declared, never read off a clock.
    numbers: of the statements, as the log gave them when they were signed.
    Raises: ValueError for what is none of these.
    """

    key_id: str | None
    log_size: int
    log_root: str
    checkpoint: str
    issued_at: datetime
    numbers: tuple[tuple[str, str], ...] = ()  # (carrier, number) of the statements, once signed

    def __post_init__(self) -> None:
        if self.key_id == "" or (self.key_id is None) != (self.checkpoint == ""):
            raise ValueError("a key and a checkpoint come together; a draft has neither")
        if self.checkpoint and len(re.sub(r"[\W_]", "", self.checkpoint)) < (
            CHECKPOINT_CHARACTERS_MIN
        ):
            raise ValueError(f"{self.checkpoint!r} says less than 128 bits")
        if type(self.log_size) is not int or self.log_size < 0:
            raise ValueError(f"no log has {self.log_size!r} entries")
        if not re.fullmatch(r"[0-9a-f]{64}", self.log_root):
            raise ValueError(f"{self.log_root!r} is no root: 64 hex digits")
        if self.issued_at.tzinfo is not None or self.issued_at.microsecond:
            raise ValueError("issued_at is civil time, whole seconds, without a zone")

    @property
    def is_draft(self) -> bool:
        return self.key_id is None

    def as_object(self) -> dict[str, Any]:
        return {
            "signed": not self.is_draft,
            "key_id": self.key_id,
            "log_size": self.log_size,
            "log_root": self.log_root,
            "checkpoint": self.checkpoint or None,
            "issued_at": self.issued_at.isoformat(),
            "numbers": dict(self.numbers),
        }
