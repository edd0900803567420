"""What options come to in one interpreter: which works, which executors, and what cannot run."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import platform
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from asyncbench.core import catalogue, functions, loading, parameters
from asyncbench.core.executor import Executor
from asyncbench.core.functions import Call, FunctionWorkload
from asyncbench.core.system import gil_enabled
from asyncbench.core.workload import Workload, forms
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
    # What is ours is looked up before the user's folder is on the import path.
    versions = _versions()
    ours = [each for each in options.executors if each.partition("@")[0] in registry.BUILT_IN]
    lacks = {reference: _lacking(executor) for _, reference, executor in _executors(ours)}
    works, workloads = _works(options)
    executors = _executors(options.executors)
    if not executors:
        raise UsageError("no executor is given")
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
            [
                (lacks[reference] if reference in lacks else _lacking(executor))
                or _unavailable(executor, workload)
                for _, reference, executor in executors
            ]
            for workload in workloads
        ],
        _facts() | {"packages": versions},
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
    loading.start_from(os.getcwd())  # noqa: PTH109
    _versions()
    loading.prefer(order["path"])
    answer: dict[str, Any]
    try:
        answer = dataclasses.asdict(discover(RunOptions(**order["options"])))
        if order["path"]:
            answer["facts"]["folder used"] = any(map(loading.has_used, order["path"]))
    except AsyncbenchError as error:
        answer = {"error": str(error)}
    except Exception as error:  # imported code can break anything, which is no reason for a trace
        answer = {"error": f"the work cannot be asked: {type(error).__name__}: {error}"}
    except SystemExit as error:
        answer = {"error": f"the code that was imported ended the process: exit({error.code})"}
    out.write(json.dumps(answer) + "\n")
    out.flush()
    # At once: threads that go on and exit handlers that hang are the imported code's own.
    sys.stderr.flush()
    os._exit(0)


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
    _tell_apart(classes)
    _check_params(options, classes)
    works: list[Work] = []
    workloads: list[Workload] = []
    for reference, workload in classes.items():
        own = {
            name: text
            for name, text in options.params.items()
            if parameters.accepts(workload, name)
        }
        call: dict[str, Any] = {}
        if issubclass(workload, FunctionWorkload):
            asked = Call(own, options.args, consume=options.consume, sends=options.sends)
            settled, asked = functions.settle(workload, asked)
            made = settled(asked)
            params, call = made.shown(), dataclasses.asdict(asked)
            workloads.append(made)
        else:
            params = parameters.typed(workload, own)
            workloads.append(_instance(workload, params))
        works.append(_work(reference, workloads[-1], params, call, options))
    return works, workloads


def _tell_apart(classes: Mapping[str, type[Workload]]) -> None:
    """Give functions of one name those of their files, too; UsageError where that is no help."""
    by_name: dict[str, list[type[Workload]]] = {}
    for workload in classes.values():
        by_name.setdefault(workload.name, []).append(workload)
    for name, same in by_name.items():
        made = [each for each in same if issubclass(each, FunctionWorkload)]
        places = [loading.parts(each.reference) for each in made]
        longest = max(map(len, places), default=0)
        labels = [
            ["/".join(place[-length:]) for place in places] for length in range(1, longest + 1)
        ]
        apart = next((each for each in labels if len({*each}) == len(same)), None)
        if len(same) > 1 and not apart:
            raise UsageError(f"two workloads are named {name!r}; give one another `name`")
        if len(same) > 1 and apart:
            for workload, label in zip(made, apart, strict=True):
                workload.name = f"{label}:{name}"


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


def _work(
    reference: str,
    workload: Workload,
    params: dict[str, Any],
    call: dict[str, Any],
    options: RunOptions,
) -> Work:
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
            call=call,
        )


def _check_params(options: RunOptions, classes: Mapping[str, type[Workload]]) -> None:
    known = {name for workload in classes.values() for name in parameters.parameters(workload)}
    which = " or ".join(workload.name for workload in classes.values())
    for name in options.params:
        if not any(parameters.accepts(workload, name) for workload in classes.values()):
            raise UsageError(
                f"workload {which} has no parameter {name!r}{near_matches(name, known)}"
            )
    if options.args and not any(issubclass(each, FunctionWorkload) for each in classes.values()):
        raise UsageError(f"--arg is for functions, and {which} takes --param NAME=VALUE")


def _executors(references: Sequence[str]) -> list[tuple[str, str, type[Executor]]]:
    chosen: list[tuple[str, str, type[Executor]]] = []
    for reference in references:
        name, at, label = reference.partition("@")
        reference, executor = registry.find(name)
        shown = (executor.name or executor.__name__) + at + label
        if shown in [other for other, _, _ in chosen]:
            raise UsageError(
                f"executor {shown} is given twice; a second measurement needs a label: "
                f"-e {name}@again"
            )
        chosen.append((shown, reference, executor))
    return chosen


def _lacking(executor: type[Executor]) -> str | None:
    with _asking(f"executor {executor.name or executor.__name__} cannot be asked"):
        return executor().unavailable()


def _unavailable(executor: type[Executor], workload: Workload) -> str | None:
    with _asking(f"workload {workload.name} cannot be asked"):
        reason = workload.unavailable() or workload.lacks(executor.form)
    if reason is None and executor.form not in forms(type(workload)):
        method = "task" if executor.form == "blocking" else "atask"
        reason = f"{workload.name} has no {executor.form} form (its method {method!r})"
    return reason


def _versions() -> dict[str, str]:
    versions = {}
    for package in LOOPS:
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[package] = metadata.version(package)
    return versions


def _facts() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "gil": gil_enabled(),
    }


if __name__ == "__main__":
    main()
