"""What options come to in one interpreter: which works, which executors, and what cannot run."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import platform
import signal
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from asyncbench.core import catalogue, loading, parameters
from asyncbench.core.executor import Executor
from asyncbench.core.system import gil_enabled
from asyncbench.core.workload import FORMS, Workload, forms
from asyncbench.errors import AsyncbenchError, UsageError, near_matches
from asyncbench.executors import registry
from asyncbench.record.plan import Work
from asyncbench.runner.planning.options import RunOptions, at_least_one

# Loops whose version tells times apart.
LOOPS = ("uvloop",)


@dataclass(frozen=True, slots=True)
class ExecutorChoice:
    """One executor as it was asked for: the label that it is shown under, and what it is."""

    label: str
    reference: str
    family: str
    form: str
    scheduler: str
    side: str


@dataclass(frozen=True, slots=True)
class Discovery:
    """What options come to; `lacking` has why a work cannot run, or None, by work and executor."""

    works: list[Work]
    chosen: list[ExecutorChoice]
    lacking: list[list[str | None]]
    facts: dict[str, Any]


def discover(options: RunOptions) -> Discovery:
    """Return what the options come to here; raises UsageError for what does not exist or fit."""
    works, workloads = _works(options)
    executors = _executors(options.executors)
    return Discovery(
        works,
        [
            ExecutorChoice(
                label,
                reference,
                executor.family.value,
                executor.form,
                executor.scheduler.value,
                executor.side.value if executor.side else "",
            )
            for label, reference, executor in executors
        ],
        [
            [_unavailable(reference, executor, workload) for _, reference, executor in executors]
            for workload in workloads
        ],
        _facts(),
    )


def main() -> None:
    """Read an order from stdin and write what it comes to in this interpreter to stdout.

    The order has the `options`, and the `path` that goes first on the import path; what does not
    exist or fit is answered with `error`.
    """
    # Ctrl-C ends this process, too, and without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # The answer alone goes to stdout: what imported code writes there, by whatever way, does not.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    order = json.loads(sys.stdin.readline())
    loading.prefer(order["path"])
    answer: dict[str, Any]
    try:
        answer = dataclasses.asdict(discover(RunOptions(**order["options"])))
        if order["path"]:
            answer["facts"]["folder used"] = any(map(loading.has_used, order["path"]))
    except AsyncbenchError as error:
        answer = {"error": str(error)}
    out.write(json.dumps(answer) + "\n")
    out.flush()


def from_answer(answer: Mapping[str, Any]) -> Discovery:
    """Return what another interpreter answered; raises UsageError for its error."""
    if "error" in answer:
        raise UsageError(answer["error"])
    return Discovery(
        [Work(**work) for work in answer["works"]],
        [ExecutorChoice(**each) for each in answer["chosen"]],
        answer["lacking"],
        answer["facts"],
    )


def _works(options: RunOptions) -> tuple[list[Work], list[Workload]]:
    classes: dict[str, type[Workload]] = {}
    for reference in options.workloads:
        classes |= dict(catalogue.find(reference))
    names = [workload.name for workload in classes.values()]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"two workloads are named {name!r}; give one another `name`")
    _check_params(options.params, classes)
    works, workloads = [], []
    for reference, workload in classes.items():
        own = {
            name: text
            for name, text in options.params.items()
            if name in parameters.parameters(workload)
        }
        params = parameters.typed(workload, own)
        workloads.append(_instance(workload, params))
        works.append(_work(reference, workloads[-1], params, options))
    return works, workloads


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


def _instance(workload: type[Workload], params: Mapping[str, Any]) -> Workload:
    try:
        json.dumps(params, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"the parameters of workload {workload.name} cannot be saved: {error}; "
            "numbers, texts and truth values can"
        ) from error
    with _asking(f"workload {workload.name} refuses its parameters"):
        return workload(**params)


def _work(reference: str, workload: Workload, params: dict[str, Any], options: RunOptions) -> Work:
    tasks = workload.tasks if options.tasks is None else options.tasks
    concurrency = workload.concurrency if options.concurrency is None else options.concurrency
    at_least_one("tasks", tasks)
    at_least_one("concurrency", concurrency)
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


def _check_params(params: Mapping[str, str], classes: Mapping[str, type[Workload]]) -> None:
    known = {name for workload in classes.values() for name in parameters.parameters(workload)}
    for name in params:
        if name not in known:
            which = " or ".join(workload.name for workload in classes.values())
            raise UsageError(
                f"workload {which} has no parameter {name!r}{near_matches(name, known)}"
            )


def _executors(texts: Sequence[str]) -> list[tuple[str, str, type[Executor]]]:
    chosen: list[tuple[str, str, type[Executor]]] = []
    for text in texts:
        shown, reference, executor = registry.choose(text)
        if shown in [other for other, _, _ in chosen]:
            raise UsageError(
                f"executor {shown} is given twice; a second measurement needs a label: "
                f"-e {shown.partition('@')[0]}@again"
            )
        chosen.append((shown, reference, executor))
    if not chosen:
        raise UsageError("no executor is given")
    return chosen


def _unavailable(reference: str, executor: type[Executor], workload: Workload) -> str | None:
    with _asking(f"executor {executor.name or executor.__name__} cannot be asked"):
        reason = registry.make(reference).unavailable()
    with _asking(f"workload {workload.name} cannot be asked"):
        reason = reason or workload.unavailable() or workload.lacks(executor.form)
    if reason is None and executor.form not in forms(type(workload)):
        method = FORMS[executor.form][1]
        reason = f"{workload.name} has no {executor.form} form (its method {method!r})"
    return reason


def _facts() -> dict[str, Any]:
    versions = {}
    for package in LOOPS:
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[package] = metadata.version(package)
    return {
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "gil": gil_enabled(),
        "free threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        "packages": versions,
    }


if __name__ == "__main__":
    main()
