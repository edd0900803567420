"""Which concurrency model should this work run under, and why: the public names, loaded lazily."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncbench.analysis.comparison import Comparison
    from asyncbench.analysis.result import Result
    from asyncbench.api import compare, load, run, trace
    from asyncbench.core.executor import Executor, Family
    from asyncbench.core.target import Target
    from asyncbench.core.workload import Demand, Proof, Workload, needs
    from asyncbench.errors import AsyncbenchError

__all__ = [
    "AsyncbenchError",
    "Comparison",
    "Demand",
    "Executor",
    "Family",
    "Proof",
    "Result",
    "Target",
    "Workload",
    "compare",
    "load",
    "needs",
    "run",
    "trace",
]

_HOMES = {
    "AsyncbenchError": "asyncbench.errors",
    "Comparison": "asyncbench.analysis.comparison",
    "Demand": "asyncbench.core.workload",
    "Executor": "asyncbench.core.executor",
    "Family": "asyncbench.core.executor",
    "Proof": "asyncbench.core.workload",
    "Result": "asyncbench.analysis.result",
    "Target": "asyncbench.core.target",
    "Workload": "asyncbench.core.workload",
    "compare": "asyncbench.api",
    "load": "asyncbench.api",
    "needs": "asyncbench.core.workload",
    "run": "asyncbench.api",
    "trace": "asyncbench.api",
}


def __getattr__(name: str) -> Any:
    # A worker that needs one class must not pay for the command line's imports.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
