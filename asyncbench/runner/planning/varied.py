"""What a sweep varies of executors, held against those that are measured."""

from __future__ import annotations

from collections.abc import Sequence

from asyncbench.core.executor import Executor
from asyncbench.errors import UsageError, near_matches
from asyncbench.executors import registry, settings, written
from asyncbench.runner.planning import points

# An executor as it is shown, its reference, and its class.
Chosen = tuple[str, str, type[Executor]]


def check(texts: Sequence[str], able: Sequence[Chosen]) -> None:
    """Raise UsageError where an axis `NAME=VALUES` is of no executor that is measured.

    `able` are the executors that can run the work.
    """
    for axis in points.axes(texts):
        own = points.of_executor(axis.name)
        if own:
            _check_own(axis, *own, able)
        elif axis.name == points.POOL and not any(map(_has_pool, able)):
            names = ", ".join(label for label, _, _ in able)
            raise UsageError(
                f"workers are the processes of a pool, and none of {names} has one; "
                "vary threads:workers, or measure processes, too"
            )


def _check_own(axis: points.Varied, executor: str, parameter: str, able: Sequence[Chosen]) -> None:
    place = {axis.name: axis.values[0]}
    varied = [each for each in able if points.varied_of(*each[:2], place)]
    if not varied:
        names = [written.read(label).name for label, _, _ in able]
        near = near_matches(executor, names)
        raise UsageError(f"--vary {axis.name}: no {executor} is measured here{near}")
    for label, reference, found in varied:
        if parameter in written.read(reference).given:
            raise UsageError(
                f"{axis.name} is both given and varied; leave {parameter} out of -e {label}"
            )
        for value in axis.values:
            settings.changed(found, points.varied_of(label, reference, {axis.name: value}))


def _has_pool(chosen: Chosen) -> bool:
    """Return whether `--processes` means anything to an executor; a user's own may read it."""
    label, _, executor = chosen
    if not registry.is_ours(label):
        return True
    return executor.name != "threads" and "workers" in settings.settings(executor)
