"""Which works options come to: each named workload with its parameters, made once to be asked."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from asyncbench.core import catalogue, functions, loading, parameters
from asyncbench.core.functions import Call, FunctionWorkload
from asyncbench.core.workload import Workload
from asyncbench.errors import UsageError, near_matches
from asyncbench.record.plan import Work
from asyncbench.runner.planning import slips, values
from asyncbench.runner.planning.options import RunOptions, at_least_one, duration

# Parameters stand in a line of the journal, in every table and in every export.
LARGEST_PARAMS = 1_000_000


def made(options: RunOptions) -> tuple[list[Work], list[Workload]]:
    """Return the works, and the workload of each; UsageError for what does not exist or fit."""
    classes: dict[str, type[Workload]] = {}
    for reference in options.workloads:
        try:
            classes |= dict(catalogue.find(reference))
        except UsageError as error:
            meant = slips.of_workload(reference, options)
            raise UsageError(meant) if meant else error from None
    names = _names(classes)
    _check_params(options, classes)
    works: list[Work] = []
    workloads: list[Workload] = []
    for reference, workload in classes.items():
        own = {
            name: text
            for name, text in options.params.items()
            if parameters.accepts(workload, name)
        }
        for texts in values.each(workload, own):
            one, params, call = _one(workload, texts, options)
            workloads.append(one)
            work = _work(reference, one, params, options)
            works.append(dataclasses.replace(work, workload=names[reference], call=call))
    return works, workloads


def _one(
    workload: type[Workload], texts: Mapping[str, str], options: RunOptions
) -> tuple[Workload, dict[str, Any], dict[str, Any]]:
    """Return a workload with its parameters as they are shown, and how it is called, if it is."""
    if not issubclass(workload, FunctionWorkload):
        params = parameters.typed(workload, texts)
        return _instance(workload, params), params, {}
    parameters.check_length(workload, texts)
    asked = Call(texts, options.args, consume=options.consume, sends=options.sends)
    settled, asked = functions.settle(workload, asked)
    called = settled(asked)
    return called, called.shown(), dataclasses.asdict(asked)


def _names(classes: Mapping[str, type[Workload]]) -> dict[str, str]:
    """Return what each workload is called; functions of one name are told apart by their place."""
    names = {reference: workload.name for reference, workload in classes.items()}
    called = [*names.values()]
    for reference, workload in classes.items():
        if called.count(workload.name) > 1 and issubclass(workload, FunctionWorkload):
            place, name = loading.split(reference)
            names[reference] = f"{place}:{name}"
    called = [*names.values()]
    for name in called:
        if called.count(name) > 1:
            raise UsageError(f"two workloads are named {name!r}; give one another `name`")
    return names


def function(work: Work, workload: Workload) -> str:
    """Return the name of the function that a work is made of, '' where it is made of none."""
    if not isinstance(workload, FunctionWorkload):
        return ""
    return work.workload if ":" in work.workload else loading.split(work.reference)[1]


@contextlib.contextmanager
def asking(what: str) -> Iterator[None]:
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
        written = json.dumps(params, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"the parameters of workload {workload.name} cannot be saved: {error}; "
            "numbers, texts and truth values can"
        ) from error
    if len(written) > LARGEST_PARAMS:
        largest = max(params, key=lambda name: len(json.dumps(params[name])))
        raise UsageError(
            f"parameter {largest} of workload {workload.name} is too large to be saved; "
            "give it the name of a file, and read that"
        )
    with asking(f"workload {workload.name} refuses its parameters"):
        return workload(**params)


def _work(reference: str, workload: Workload, params: dict[str, Any], options: RunOptions) -> Work:
    usual = 1 if options.once and functions.is_program(workload) else workload.tasks
    tasks = usual if options.tasks is None else options.tasks
    concurrency = workload.concurrency if options.concurrency is None else options.concurrency
    at_least_one("tasks", tasks)
    at_least_one("concurrency", concurrency)
    with asking(f"workload {workload.name} cannot be prepared"):
        workload.tasks, workload.concurrency = tasks, min(concurrency, tasks)
        demand, hidden = workload.demand(), workload.hide()
        for what, seconds in (
            ("what a task waits", demand.wait_s),
            ("what a task computes", demand.cpu_s or 0.0),
            ("what its longest task takes", demand.longest_s),
        ):
            duration(f"workload {workload.name}: {what}", seconds)
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


def _check_params(options: RunOptions, classes: Mapping[str, type[Workload]]) -> None:
    known = {name for workload in classes.values() for name in parameters.parameters(workload)}
    which = " or ".join(workload.name for workload in classes.values())
    for name in options.params:
        if not any(parameters.accepts(workload, name) for workload in classes.values()):
            near = near_matches(name, known) or "; it has none at all"
            raise UsageError(f"workload {which} has no parameter {name!r}{near}")
    if options.args and not any(issubclass(each, FunctionWorkload) for each in classes.values()):
        raise UsageError(f"--arg is for functions, and {which} takes --param NAME=VALUE")
