"""Which cells a run has: from names and options, checked before anything is measured."""

from __future__ import annotations

import contextlib
import json
import math
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from asyncbench import catalogue, executors
from asyncbench.errors import UsageError, near_matches
from asyncbench.executors.base import Executor
from asyncbench.record import Cell, Plan, Work
from asyncbench.workload import Workload, forms

DEFAULT_WORKLOADS = ("sleep", "tcp-echo", "cpu")
# The models to choose between; the others show what a mistake costs, or are asked for by name.
DEFAULT_EXECUTORS = ("sequential", "threads", "processes", "asyncio", "uvloop")
DEFAULT_BUDGET_S = 30.0
# How long a run with a precision to reach goes on when no budget caps it.
PRECISION_CAP_S = 300.0
DEFAULT_MARGIN = 0.03


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a user asks for; None means the default, which can depend on the workload."""

    workloads: Sequence[str] = DEFAULT_WORKLOADS
    executors: Sequence[str] = DEFAULT_EXECUTORS
    tasks: int | None = None
    concurrency: int | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    processes: int | None = None
    budget_s: float | None = None
    precision: float | None = None
    timeout_s: float | None = None
    baseline: str | None = None
    margin: float = DEFAULT_MARGIN
    seed: int | None = None
    gc: bool = True


def build(wishes: Wishes) -> Plan:
    """Make the plan for what is wished; raises UsageError for what does not exist or fit."""
    _check(wishes)
    works, made = _works(wishes)
    chosen = _executors(wishes.executors)
    cells = [
        Cell(
            number,
            number // len(chosen),
            label,
            reference,
            executor.family.value,
            executor.form,
            _unavailable(executor, made[number // len(chosen)]),
        )
        for number, (label, reference, executor) in enumerate(chosen * len(works))
    ]
    labels = [label for label, _, _ in chosen]
    default = "sequential" if "sequential" in labels else labels[0]
    baseline = wishes.baseline or default
    if baseline not in labels:
        raise UsageError(
            f"the baseline {baseline!r} is not among the executors{near_matches(baseline, labels)}"
        )
    return Plan(
        works=works,
        cells=cells,
        baseline=baseline,
        seed=random.SystemRandom().getrandbits(31) if wishes.seed is None else wishes.seed,
        margin=wishes.margin,
        budget_s=_budget(wishes),
        precision=wishes.precision,
        timeout_s=wishes.timeout_s,
        processes=wishes.processes,
        gc=wishes.gc,
    )


def _budget(wishes: Wishes) -> float:
    if wishes.budget_s is not None:
        return wishes.budget_s
    return DEFAULT_BUDGET_S if wishes.precision is None else PRECISION_CAP_S


def _works(wishes: Wishes) -> tuple[list[Work], list[Workload]]:
    found: dict[str, type[Workload]] = {}
    for reference in wishes.workloads:
        found |= dict(catalogue.find(reference))
    names = [workload.name for workload in found.values()]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"two workloads are named {name!r}; give one another `name`")
    _check_params(wishes.params, found)
    works, made = [], []
    for reference, workload in found.items():
        own = {
            name: text
            for name, text in wishes.params.items()
            if name in catalogue.parameters(workload)
        }
        params = catalogue.typed(workload, own)
        made.append(_made(workload, params))
        works.append(_work(reference, made[-1], params, wishes))
    return works, made


@contextlib.contextmanager
def _asking(what: str) -> Iterator[None]:
    """Run code of the user's: what it prints goes to stderr, what it raises becomes one line."""
    with contextlib.redirect_stdout(sys.stderr):
        try:
            yield
        except UsageError:
            raise
        except Exception as error:
            raise UsageError(f"{what}: {type(error).__name__}: {error}") from error


def _made(workload: type[Workload], params: Mapping[str, Any]) -> Workload:
    try:
        json.dumps(params, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"the parameters of workload {workload.name} cannot be saved: {error}; "
            "numbers, texts and truth values can"
        ) from error
    with _asking(f"workload {workload.name} refuses its parameters"):
        return workload(**params)


def _work(reference: str, workload: Workload, params: dict[str, Any], wishes: Wishes) -> Work:
    tasks = workload.tasks if wishes.tasks is None else wishes.tasks
    concurrency = workload.concurrency if wishes.concurrency is None else wishes.concurrency
    _at_least_one("tasks", tasks)
    _at_least_one("concurrency", concurrency)
    with _asking(f"workload {workload.name} cannot be prepared"):
        workload.tasks, workload.concurrency = tasks, min(concurrency, tasks)
        demand, hidden = workload.demand(), workload.hide()
        has_target = workload.unavailable() is None and workload.target() is not None
        return Work(
            workload=workload.name,
            reference=reference,
            params=params | hidden,
            tasks=tasks,
            concurrency=workload.concurrency,
            wait_s=demand.wait_s,
            cpu_s=demand.cpu_s,
            holds_gil=demand.holds_gil,
            longest_s=demand.longest_s,
            has_target=has_target,
            demand_known=type(workload).demand is not Workload.demand,
            shows_order=workload.shows_order,
            secrets={name: params[name] for name in hidden},
        )


def _at_least_one(name: str, count: Any) -> None:
    if not isinstance(count, int) or count < 1:
        raise UsageError(f"{name} is a whole number, at least 1, and not {count!r}")


def _check_params(params: Mapping[str, str], found: Mapping[str, type[Workload]]) -> None:
    known = {name for workload in found.values() for name in catalogue.parameters(workload)}
    for name in params:
        if name not in known:
            which = " or ".join(workload.name for workload in found.values())
            raise UsageError(
                f"workload {which} has no parameter {name!r}{near_matches(name, known)}"
            )


def _executors(references: Sequence[str]) -> list[tuple[str, str, type[Executor]]]:
    chosen: list[tuple[str, str, type[Executor]]] = []
    for wish in references:
        name, at, label = wish.partition("@")
        reference, executor = executors.find(name)
        shown = (executor.name or executor.__name__) + at + label
        if shown in [other for other, _, _ in chosen]:
            raise UsageError(
                f"executor {shown} is given twice; a second measurement needs a label: "
                f"-e {name}@again"
            )
        chosen.append((shown, reference, executor))
    if not chosen:
        raise UsageError("no executor is given")
    return chosen


def _unavailable(executor: type[Executor], workload: Workload) -> str | None:
    with _asking(f"executor {executor.name or executor.__name__} cannot be asked"):
        reason = executor().unavailable()
    with _asking(f"workload {workload.name} cannot be asked"):
        reason = reason or workload.unavailable() or workload.lacks(executor.form)
    if reason is None and executor.form not in forms(type(workload)):
        method = "task" if executor.form == "blocking" else "atask"
        reason = f"{workload.name} has no {executor.form} form (its method {method!r})"
    return reason


def _check(wishes: Wishes) -> None:
    for name, seconds in (("budget", wishes.budget_s), ("timeout", wishes.timeout_s)):
        if seconds is not None and not 0 < seconds < math.inf:
            raise UsageError(f"the {name} is a number of seconds above 0, not {seconds}")
    if not 0 <= wishes.margin < math.inf:
        raise UsageError(f"the margin is a share, 0 or more, not {wishes.margin}")
    if wishes.precision is not None and not 0 < wishes.precision < math.inf:
        raise UsageError(f"the precision is a share above 0, not {wishes.precision}")
    if wishes.processes is not None:
        _at_least_one("processes", wishes.processes)
    for name, references in (("workloads", wishes.workloads), ("executors", wishes.executors)):
        if isinstance(references, str):
            raise UsageError(f"{name} are a list of names, not the text {references!r}")


def params_from(assignments: Sequence[str]) -> dict[str, Any]:
    """Turn `name=value` texts into a dict; raises UsageError for what has no `=`."""
    params = {}
    for text in assignments:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"--param takes NAME=VALUE, not {text!r}")
        params[name] = value
    return params
