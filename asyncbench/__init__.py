"""Which concurrency model should this work run under, and why: the public names, loaded lazily."""

# What `typing` has it as, without the time that importing that would take; what an annotation needs
# stands in quotes, since the module `__future__` would have to be read, too.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from asyncbench.core.executor import Executor, Family
    from asyncbench.core.target import Target
    from asyncbench.core.workload import Demand, Proof, Workload, needs
    from asyncbench.errors import AsyncbenchError
    from asyncbench.python.advice import Advice
    from asyncbench.python.calls import advise, compare, load, map, run, sweep, trace  # noqa: A004
    from asyncbench.python.comparison import Comparison
    from asyncbench.python.magics import load_ipython_extension as load_ipython_extension
    from asyncbench.python.result import Result
    from asyncbench.python.traces import Traces

__all__ = [
    "Advice",
    "AsyncbenchError",
    "Comparison",
    "Demand",
    "Executor",
    "Family",
    "Proof",
    "Result",
    "Target",
    "Traces",
    "Workload",
    "advise",
    "compare",
    "load",
    "map",
    "needs",
    "run",
    "sweep",
    "trace",
]

_HOMES = {
    "Advice": "asyncbench.python.advice",
    "AsyncbenchError": "asyncbench.errors",
    "Comparison": "asyncbench.python.comparison",
    "Demand": "asyncbench.core.workload",
    "Executor": "asyncbench.core.executor",
    "Family": "asyncbench.core.executor",
    "Proof": "asyncbench.core.workload",
    "Result": "asyncbench.python.result",
    "Target": "asyncbench.core.target",
    "Traces": "asyncbench.python.traces",
    "Workload": "asyncbench.core.workload",
    "advise": "asyncbench.python.calls",
    "compare": "asyncbench.python.calls",
    "load": "asyncbench.python.calls",
    "load_ipython_extension": "asyncbench.python.magics",
    "map": "asyncbench.python.calls",
    "needs": "asyncbench.core.workload",
    "run": "asyncbench.python.calls",
    "sweep": "asyncbench.python.calls",
    "trace": "asyncbench.python.calls",
}


def __getattr__(name: str) -> "Any":
    # A worker that needs one class must not pay for the command line's imports.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
