"""Rerates a settled month, event by event, and checks it against what its run published.

A run keeps no row of an event that nothing relieved; whoever needs every event computes it again
from what the run names, and may trust it since the digests are the run's.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from doisoat.engine.rating import rerate as again
from doisoat.engine.store.home import SHARDS, Home
from doisoat.errors import ConservationError, PeriodError, StoreError
from doisoat.messages.text import message, message_in
from doisoat.settlement.figures import run_id
from doisoat.settlement.figures.merge import MEND
from doisoat.settlement.figures.period import Period
from doisoat.settlement.rerating.adjustment_worlds import Inputs, inputs_of, steps_between
from doisoat.settlement.runs.runs import RunFiles, current_runs, run_in_force

Progress = Callable[[int], None]


class MonthAgain(NamedTuple):
    """A settled month, ready to be told once more."""

    home: Home
    run: RunFiles
    inputs: Inputs
    world: again.World

    def bucket_outcomes(
        self, columns: Sequence[str] = (), progress: Progress = lambda steps: None
    ) -> Iterator[again.RatedShards]:
        """Every bucket's events and lines, as `rerate.rate_shards` has them.

        Raises: StoreError if a bucket does not come to the run's digests; ConservationError if the
            run suspended another number of events.
        """

        def rate(bucket: int, shards: Collection[int]) -> again.RatedShards:
            return again.rate_shards(self.world, bucket, shards, columns)

        return self._checked(rate, progress)

    def bucket_outcomes_of(
        self,
        kinds: Collection[str],
        columns: Sequence[str],
        progress: Progress = lambda steps: None,
    ) -> Iterator[again.RatedShards]:
        """The same, with events of these kinds alone, as `rerate.rate_kinds` has them.

        All events are rated, and held to the run's digests, all the same.
        Raises: as `bucket_outcomes`.
        """

        def rate(bucket: int, shards: Collection[int]) -> again.RatedShards:
            return again.rate_kinds(self.world, bucket, kinds, columns)

        return self._checked(rate, progress)

    def bucket_amounts(self) -> Iterator[again.RatedShards]:
        """What every rated event of each bucket came to, as `rerate.rate_amounts` has it.

        Raises: as `bucket_outcomes`.
        """

        def rate(bucket: int, shards: Collection[int]) -> again.RatedShards:
            return again.rate_amounts(self.world, bucket)

        return self._checked(rate, lambda steps: None)

    def _checked(
        self, rate: Callable[[int, Collection[int]], again.RatedShards], progress: Progress
    ) -> Iterator[again.RatedShards]:
        suspended = 0
        for bucket, shards in again.buckets_of(range(SHARDS), self.home.buckets).items():
            outcome = rate(bucket, shards)
            check_digests(self.run, outcome.digests, shards)
            suspended += outcome.suspended
            yield outcome
            progress(1)
        if suspended != int(self.run.manifest["totals"]["suspended"]):
            raise ConservationError(
                f"the run suspended {self.run.manifest['totals']['suspended']} events, but"
                f" {suspended} are found again", "month again", MEND,
            )  # fmt: skip


def odd_shards(run: RunFiles, digests: Mapping[int, bytes], shards: Iterable[int]) -> list[int]:
    """Those of some shards whose digests, computed again, are not those that the run published."""
    published = run.manifest["result"]["shards"]
    return [
        shard
        for shard in shards
        if digests.get(shard, run_id.EMPTY_SHARD).hex() != published[shard]
    ]


def check_digests(run: RunFiles, digests: Mapping[int, bytes], shards: Iterable[int]) -> None:
    """StoreError unless what was computed again of these shards is what the run published."""
    differing = odd_shards(run, digests, shards)
    if differing:
        raise StoreError(
            message(
                "{count} shards (first {differing}) do not come to what the run"
                " published: the home no longer holds what it was made of, or this"
                " doisoat computes otherwise",
                count=len(differing),
                differing=differing[0],
            ),
            str(run.path),
            message("restore the parts it was made of from a copy of the home, or settle again"),
        )


def settled_run(home: Home, period: Period) -> RunFiles:
    """The run in force of a period.

    Raises: PeriodError if it is not settled; StoreError if it is not the one of the log.
    """
    run = run_in_force(home, period.name)
    if run is None:
        settled = ", ".join(sorted(current_runs(home)))
        raise PeriodError(
            message(
                "{period} is not settled (settled: {settled})",
                period=period.name,
                settled=settled or message_in("so far", "none"),
            ),
            str(home.path),
            message("settle it first: doisoat settle --period {period}", period=period.name),
        )
    return run


def month_again(home: Home, run: RunFiles) -> MonthAgain:
    """Raises: PeriodError, StoreError if the home no longer holds what the run was made of."""
    inputs = inputs_of(home, run)
    return MonthAgain(home, run, inputs, steps_between(home, inputs, inputs)[0].world)
