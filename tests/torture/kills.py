"""kill -9 at random moments: the home verifies each time, and the command run again ends it."""

import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.torture.stages import Stage, copy

LATEST = 1.1  # of the time that the stage takes undisturbed


def kill_at_random(stages: Sequence[Stage], folder: Path, kills: int, seed: int) -> Counter[str]:
    """What the kills met: by stage, whether the command was at work, or done already.

    Raises: Broken for a home that is not sound, or that a rerun does not make what it ought to be.
    """
    draw, met = random.Random(seed), Counter[str]()
    for number in range(kills):
        stage = stages[number % len(stages)]
        home = folder / f"kill-{number}"
        copy(stage.before, home)
        process = subprocess.Popen(
            stage.command(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(draw.uniform(0.0, LATEST) * stage.seconds)
        process.kill()
        was_at_work = process.wait() == -signal.SIGKILL
        met[f"{stage.name}: {'killed' if was_at_work else 'done before'}"] += 1
        stage.demand_sound(home, verifies=True)
        stage.finish(home)
        stage.demand_sound(home)
        shutil.rmtree(home)
        if (number + 1) % 20 == 0:
            print(f"  {number + 1} of {kills}", flush=True)
    return met
