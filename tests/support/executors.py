"""The executors that tests go over: those that this Python and what is installed can run."""

from contextlib import contextmanager

import pytest
from _pytest.mark import ParameterSet

from asyncbench.core.workload import forms
from asyncbench.executors import registry

# They start interpreters of their own, which takes seconds: test_dask.py and test_pools.py start
# each of them once for all that it has to keep.
SLOW = ("dask", "joblib", "loky")
# A workload's task can be called in so many ways: by whom, from where, on which kind of loop.
WAYS = (
    "sequential",
    "threads",
    "processes",
    "asyncio",
    "uvloop",
    "rloop",
    "asyncio-blocking",
    "asyncio-to-thread",
    "asyncio-eager",
    "trio",
)


def usable(names):
    """Return those that can run here; test_executors.py has every other one say why it cannot."""
    return [name for name in names if registry.make(name).unavailable() is None]


def pairs(workloads, ways=WAYS):
    """Return each workload, or `pytest.param` of one, with each way that can call it."""
    given = [each if isinstance(each, ParameterSet) else pytest.param(each) for each in workloads]
    return [
        pytest.param(workload, name, id=f"{workload}-{name}", marks=each.marks)
        for name in usable(ways)
        for each in given
        for (workload,) in [each.values]
        if registry.find(name)[1].form in forms(type(workload))
    ]


@contextmanager
def started(name, workload, concurrency):
    """Start an executor of two processes at the most, and stop it."""
    made = registry.make(name)
    made.processes = 2
    made.start(workload, concurrency)
    try:
        yield made
    finally:
        made.stop()
