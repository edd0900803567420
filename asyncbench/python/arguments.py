"""What calls take by name, and what becomes of it: the options of the command line."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any, TypedDict

from asyncbench.core.values import standing_for
from asyncbench.errors import UsageError, near_matches
from asyncbench.python.progress import Progress
from asyncbench.runner.planning.options import DEFAULT_MARGIN, WorkOptions


class WorkArguments(TypedDict, total=False):
    """Which work is done under which executors; what is left out follows from the work.

    `executors` are names, in a list or one text with commas (the five usual ones that can run the
    work). `tasks` are a batch, of which up to `concurrency` are in flight at once. `params` are
    parameters of the workload or function by name, `args` of a function by position. `processes`:
    the most that a pool may have. `timeout`: seconds until a batch counts as hanging. `gc`: garbage
    collection during samples. `consume` runs generators to their end; without `sends`, what a
    function returns stays in the process that called it; without `proof`, it may be another each
    time. `args_from`: the `module:name` of a
    list, or of a function that returns one; each task is given an item. `clean_env`: workers are
    without what the environment sets Python to.
    """

    executors: Sequence[str] | str | None
    tasks: int | None
    concurrency: int | None
    params: Mapping[str, object] | None
    args: Sequence[object]
    processes: int | None
    timeout: float | None
    gc: bool
    consume: bool
    sends: bool
    proof: bool
    args_from: str
    clean_env: bool


class MeasuringArguments(WorkArguments, total=False):
    """How it is measured and kept.

    `budget`: seconds that it may take. Differences up to `margin` (0.05: 5 %) are ties. `seed`: of
    the random order. `save`: the folder for the journal (None: none is kept), `name`: what it can
    be found by. `progress`: called before each sample with a `Moment`; True is a bar, False
    nothing, and None a bar in notebooks and on terminals.
    """

    budget: float | None
    margin: float
    seed: int | None
    save: str | Path | None
    name: str | None
    progress: Progress


class RunArguments(MeasuringArguments, total=False):
    """How a run is measured and judged.

    With `full` all of the budget is used, and with `precision` (0.02: 2 %) it goes on until each
    ratio is known so well. Ratios refer to `baseline`, an executor. `against`: "functions" compares
    functions with each other, "executors" the executors of each. `variants` are texts
    `NAME=FOLDER`, `pythons` `[NAME=]PATH`.
    """

    precision: float | None
    full: bool
    baseline: str | None
    against: str | None
    variants: Sequence[str]
    pythons: Sequence[str]


class TraceArguments(WorkArguments, total=False):
    """How a batch is watched.

    With `rate` tasks a second, each is due at its time. A step that keeps control of the loop for
    more than `threshold` seconds (0.010) is looked into. `progress` is called before each cell with
    its work and executor.
    """

    rate: float | None
    threshold: float
    progress: Callable[[Any, str], None] | None


def work(named: Sequence[str], how: Mapping[str, Any]) -> WorkOptions:
    """Return the options that say which work is to be done; UsageError for what none can have."""
    executors = how.get("executors")
    if isinstance(executors, str):
        executors = [each.strip() for each in executors.split(",") if each.strip()]
    return WorkOptions(
        workloads=named,
        executors=executors,
        tasks=how.get("tasks"),
        concurrency=how.get("concurrency"),
        params={name: _text(name, value) for name, value in (how.get("params") or {}).items()},
        processes=how.get("processes"),
        timeout_s=how.get("timeout"),
        gc=how.get("gc", True),
        args=[_text("args", value) for value in how.get("args", ())],
        consume=how.get("consume", False),
        sends=how.get("sends", True),
        items=how.get("args_from", ""),
        proof="" if how.get("proof", True) else "none",
        clean_env=how.get("clean_env", False),
    )


def measuring(
    how: Mapping[str, Any], budget_s: float | None = None, margin: float = DEFAULT_MARGIN
) -> dict[str, Any]:
    """Return how it is measured, as fields of `RunOptions`."""
    budget = how.get("budget")
    return {
        "budget_s": budget_s if budget is None else budget,
        "margin": how.get("margin", margin),
        "seed": how.get("seed"),
    }


def folder(how: Mapping[str, Any]) -> Path | None:
    """Return the folder for the journal, None where none is kept."""
    save = how.get("save")
    return Path(save) if save else None


def one(named: Sequence[str]) -> Sequence[str]:
    """Return the one work that is named; UsageError for none, or for several."""
    if len(named) != 1:
        told = f", not {len(named)}" if named else ""
        raise UsageError(f"name one work, such as 'sleep', or give one function{told}")
    return named


def _text(name: str, value: object) -> str:
    """Return a value as a worker reads it; raises UsageError for an object that none can have."""
    if isinstance(value, str | PurePath):
        return standing_for(str(value))
    if value is None or isinstance(value, bool | int | float | bytes | list | tuple | dict | set):
        return repr(value)
    raise UsageError(
        f"parameter {name} is of type {type(value).__name__}, which no worker can be given; "
        "numbers, texts, truth values and lists of them can"
    )


def values(given: Sequence[float] | str) -> str:
    """Return the values of an axis as the command line takes them."""
    if isinstance(given, str):
        return given
    return ",".join(each if isinstance(each, str) else f"{each!r}" for each in given)


def check(how: Mapping[str, Any], known: Any, call: str) -> None:
    """Raise UsageError for an argument that a call does not have."""
    for name, value in how.items():
        if name not in known.__optional_keys__:
            of_work = ""
            if "params" in known.__optional_keys__:
                given = f"{{{name!r}: {reprlib.repr(value)}}}"
                of_work = f"; a parameter of the work is given by params={given}"
            near = near_matches(name, known.__optional_keys__)
            raise UsageError(f"{call} takes no {name!r}{near}{of_work}")
