"""A run measured whole, round after round."""

from asyncbench.runner.measure import measuring


def measure(run, *given, **more):
    """Measure the plan of `run` as `measuring` does, with no pause, and return the run."""
    for _ in measuring(run, *given, **more):
        pass
    return run
