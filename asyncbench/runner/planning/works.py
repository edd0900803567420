"""Which works options come to: each named workload with its parameters, made once to be asked."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from asyncbench.core import catalogue, functions, items, loading, parameters
from asyncbench.core.functions import Call, FunctionWorkload
from asyncbench.core.workload import Workload
from asyncbench.errors import ImportFailedError, UsageError, near_matches, told
from asyncbench.record.plan import Work
from asyncbench.runner.planning import points, slips, values
from asyncbench.runner.planning.options import RunOptions, at_least_one, duration
from asyncbench.runner.planning.points import Point

# Parameters stand in a line of the journal, in every table and in every export.
LARGEST_PARAMS = 1_000_000
# What a note is of.
WORKLOAD, EXECUTOR = "workload", "executor"


Note = Callable[[str, str, str], None]


def made(options: RunOptions, note: Note) -> tuple[list[Work], list[Workload]]:
    """Return the works, and the workload of each; UsageError for what does not exist or fit.

    What is about to be done with code of the user's is noted: "workload", its reference, and
    whether it is "imported" or "called".
    """
    classes: dict[str, type[Workload]] = {}
    forms: dict[str, str] = {}
    for reference in options.workloads:
        note(WORKLOAD, reference, "imported")
        try:
            found = dict(catalogue.find(reference))
            classes |= found
            forms |= dict.fromkeys(found, options.forms.get(reference, ""))
        except ImportFailedError:
            raise
        except UsageError as error:
            meant = slips.of_workload(reference, options)
            also = slips.as_argument(reference, options)
            raise UsageError(meant or f"{error}{also}") from None
    names = _names(classes)
    if options.vary and len(classes) > 1:
        raise UsageError(
            f"a sweep is of one workload, and these are {len(classes)}: "
            f"{', '.join(names.values())}; name one of them"
        )
    try:
        asked = points.asked(options)
    except points.NoNumberError as error:
        [(reference, workload)] = classes.items()
        meant = values.instead(reference, workload, error.name, options.vary)
        raise UsageError(meant) if meant else error from None
    _check_params(asked[0].options, classes)
    works: list[Work] = []
    workloads: list[Workload] = []
    for reference, workload in classes.items():
        note(WORKLOAD, reference, "called")
        for point, texts in _points(workload, asked):
            one, params, call = _one(workload, texts, options)
            _check_form(reference, one, forms[reference])
            workloads.append(one)
            work = _work(reference, one, params, point.options)
            works.append(
                dataclasses.replace(
                    work,
                    workload=names[reference],
                    call=call,
                    processes=point.processes,
                    at=point.at,
                )
            )
    return works, workloads


def _check_form(reference: str, workload: Workload, form: str) -> None:
    """Raise UsageError where a function is of another form than it was given as."""
    if not form or not isinstance(workload, FunctionWorkload):
        return
    blocks = form == "blocking"
    if workload.blocking if blocks else workload.cooperative:
        return
    other, its = ("--async", "cooperative") if blocks else ("--sync", "blocking")
    raise UsageError(f"{reference} is {its}: {other} {reference}, or its name alone, measures it")


def like(work: Work) -> Work:
    """Return a work with what it asks for as its workload says it, whatever it has there so far."""
    workload: Workload
    if work.call:
        called = functions.build(work.reference, work.call)
        workload, params = called, called.shown()
    else:
        [(_, found)] = catalogue.find(work.reference)
        params = work.params | work.secrets
        workload = _instance(found, params)
    options = RunOptions(tasks=work.tasks, concurrency=work.concurrency)
    again = _work(work.reference, workload, params, options)
    return dataclasses.replace(
        again, workload=work.workload, call=work.call, processes=work.processes, at=work.at
    )


def _points(
    workload: type[Workload], asked: Sequence[Point]
) -> Iterator[tuple[Point, dict[str, str]]]:
    """Yield the points of a workload, each with the texts of its parameters.

    Raises UsageError where a point of a sweep has several values of a parameter.
    """
    for point in asked:
        own = {
            name: text for name, text in point.params.items() if parameters.accepts(workload, name)
        }
        several = values.each(workload, own)
        if point.at and len(several) > 1:
            name = next(name for name in own if len({each[name] for each in several}) > 1)
            raise UsageError(
                f"a sweep has one value of what it does not vary, and {name} has "
                f"{len({each[name] for each in several})}: give one, or vary {name}, too"
            )
        yield from ((point, texts) for texts in several)


def _one(
    workload: type[Workload], texts: Mapping[str, str], options: RunOptions
) -> tuple[Workload, dict[str, Any], dict[str, Any]]:
    """Return a workload with its parameters as they are shown, and how it is called, if it is."""
    if not issubclass(workload, FunctionWorkload):
        params = parameters.typed(workload, texts)
        return _instance(workload, params), params, {}
    parameters.check_length(workload, texts)
    asked = Call(
        texts, options.args, consume=options.consume, sends=options.sends, items=options.items
    )
    settled, asked = functions.settle(workload, asked)
    called = settled(asked)
    return called, called.shown(), dataclasses.asdict(asked)


def _names(classes: Mapping[str, type[Workload]]) -> dict[str, str]:
    """Return what each workload is called; those of one name are told apart by their place."""
    names = {reference: workload.name for reference, workload in classes.items()}
    called = [*names.values()]
    for reference, workload in classes.items():
        if called.count(workload.name) > 1:
            place, name = loading.split(reference)
            names[reference] = f"{place}:{name}"
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
            raise UsageError(f"{what}: {told(error)}") from error


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
    with asking(f"the items of workload {workload.name} cannot be made"):
        given = items.of(workload)
    if given is not None and usual == Workload.tasks:
        usual = len(given)
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
            own = slips.having(name, options) if options.vary else []
            if own:
                raise UsageError(f"{name} is a parameter of an executor: --vary {own[0]}:{name}=")
            if options.vary:  # a sweep takes these of every workload
                known |= {*points.COUNTS, *points.WORDS} - {points.POOL}
            near = near_matches(name, known) or "; it has none at all"
            raise UsageError(f"workload {which} has no parameter {name!r}{near}")
    if options.args and not any(issubclass(each, FunctionWorkload) for each in classes.values()):
        raise UsageError(f"--arg is for functions, and {which} takes --param NAME=VALUE")
    if options.items and not any(issubclass(each, FunctionWorkload) for each in classes.values()):
        raise UsageError(
            f"--args-from is for functions; a class such as {which} gives its tasks what its "
            "method `items` returns"
        )
