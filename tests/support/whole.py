"""A run measured whole, round after round."""

from contextlib import nullcontext
from unittest.mock import patch

from asyncbench.runner import noise
from asyncbench.runner.measure import measuring


def measure(run, *given, **more):
    """Measure the plan of `run` as `measuring` does, with no pause, and return the run.

    On a clock that is not the machine's the machine's speed is none either: it takes 3 ms a visit.
    """
    with patch.object(noise, "pace_ns", lambda: 500_000) if "clock" in more else nullcontext():
        for _ in measuring(run, *given, **more):
            pass
    return run
