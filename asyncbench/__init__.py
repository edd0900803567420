"""Which concurrency model should this work run under, and why: the public names, loaded lazily."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncbench.api import load, run
    from asyncbench.errors import AsyncbenchError
    from asyncbench.executors.base import Executor, Family
    from asyncbench.targets.base import Target
    from asyncbench.workload import Demand, Proof, Workload, needs

__all__ = [
    "AsyncbenchError",
    "Demand",
    "Executor",
    "Family",
    "Proof",
    "Target",
    "Workload",
    "load",
    "needs",
    "run",
]

_HOMES = {
    "AsyncbenchError": "asyncbench.errors",
    "Demand": "asyncbench.workload",
    "Executor": "asyncbench.executors.base",
    "Family": "asyncbench.executors.base",
    "Proof": "asyncbench.workload",
    "Target": "asyncbench.targets.base",
    "Workload": "asyncbench.workload",
    "load": "asyncbench.api",
    "needs": "asyncbench.workload",
    "run": "asyncbench.api",
}


def __getattr__(name: str) -> Any:
    # A worker that needs one class must not pay for the command line's imports.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
