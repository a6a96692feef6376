"""Audiences of a file: those who see everything, aggregates alone, or one carrier's aggregates."""

from typing import NamedTuple

from doisoat.settlement.access.users import User
from doisoat.settlement.web.requests.refusals import Refusal


class Audience(NamedTuple):
    """A kind of reader; each has a database file of its own."""

    role: str  # of users.ROLES
    carrier: str  # of a carrier's users; else ''

    @property
    def name(self) -> str:
        """As a part of a file's name."""
        return f"carrier-{self.carrier}" if self.carrier else self.role

    @property
    def sees_lines(self) -> bool:
        """May it see single events, owners and relief lines?"""
        return self.role == "auditor"

    def check_sees_lines(self) -> None:
        """Raises: Refusal for whoever may not see single events."""
        if not self.sees_lines:
            raise Refusal("not_allowed", "lines")


AUDITOR = Audience("auditor", "")
READER = Audience("reader", "")


def audience_of(user: User) -> Audience:
    return Audience(user.role, user.carrier)
