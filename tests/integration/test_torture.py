"""A little of `make torture`, and that it sees a commit which forgets a sync."""

import random
from functools import partial

import pytest

from tests.made_once import made_once
from tests.torture.kills import kill_at_random
from tests.torture.power import Replay, build_recorder, lose_power, record
from tests.torture.stages import Broken, prepare


@pytest.fixture(scope="module")
def stages(tmp_path_factory):
    """Each stage and the homes before and after it, of which the tests take copies."""
    return made_once(tmp_path_factory, "torture", partial(prepare, subscribers=12, verifies=False))


# `make torture` takes all of them.
SOME = ("intake subscriptions", "intake usage", "intake late", "suspense recycle",
        "suspense choose", "settle again", "sign 2021-08", "adjust", "refund import",
         "claim file", "sample frame", "sample reveal viettel", "sample draw",
         "compact")  # fmt: skip


def test_lost_power_leaves_the_state_before_or_after(stages, tmp_path):
    some = [stage for stage in stages if stage.name in SOME]
    assert len(some) == len(SOME)
    met = lose_power(some, tmp_path, 4 * len(some), seed=1)
    assert {told.rpartition(": ")[2] for told in met} == {"before", "after"}


def test_kill_9_leaves_the_state_before_or_after(stages, tmp_path):
    some = [stage for stage in stages if stage.name in ("settle again", "sign 2021-08", "adjust")]
    assert len(some) == 3
    assert kill_at_random([*some, stages[-1]], tmp_path, 4, seed=1).total() == 4


def test_a_sync_that_is_left_out_is_seen(stages, tmp_path):
    """Without any sync, a command that said it was done may have left nothing or a half."""
    stage = stages[0]
    acts = record(stage, tmp_path, build_recorder(tmp_path))
    assert any(act.kind == "s" for act in acts)
    replay = Replay(stage.before, [act for act in acts if act.kind != "s"])
    draw, seen = random.Random(1), 0
    for number in range(20):
        target = tmp_path / f"state-{number}"
        replay.write(target, len(acts), draw)
        home = target / "home"
        home.mkdir(exist_ok=True)
        try:
            stage.demand_sound(home)
            stage.demand_done(home)
        except Broken:
            seen += 1
    assert seen > 10


def test_a_recording_that_is_not_whole_is_refused(stages, tmp_path, monkeypatch):
    from tests.torture import power

    acts = power._acts
    monkeypatch.setattr(power, "_acts", lambda log, root: list(acts(log, root))[:-3])
    with pytest.raises(Broken, match="not whole"):
        record(stages[0], tmp_path, build_recorder(tmp_path))
