"""The share of a month's shards that a settle rated; light, since every settle reports it."""

from typing import Any, NamedTuple

from doisoat.messages.text import message

NO_RUN_YET = message("the month has no run yet")


class Rating(NamedTuple):
    """What a settle rated: every shard, or some, going on from a run that it took the rest from."""

    shards: int
    since: str | None = None
    why: str = ""  # why every shard was rated, where that was not asked for

    def as_told(self) -> dict[str, Any]:
        """What the log tells of it: nothing where every shard was rated."""
        return {} if self.since is None else {"since": self.since, "rated_shards": self.shards}
