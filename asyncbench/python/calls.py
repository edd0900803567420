"""The calls that Python callers make: what the command line does, with functions for names."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from math import inf
from pathlib import Path
from typing import Any, Unpack, overload

from asyncbench import api
from asyncbench.analysis import result as judged
from asyncbench.errors import EmptyRunError, UsageError
from asyncbench.python import arguments, references, shown
from asyncbench.python.advice import Advice
from asyncbench.python.arguments import MeasuringArguments, RunArguments, TraceArguments
from asyncbench.python.comparison import Comparison
from asyncbench.python.progress import watching
from asyncbench.python.references import Work
from asyncbench.python.result import Result
from asyncbench.python.traces import Traces
from asyncbench.record import store
from asyncbench.record.plan import Plan
from asyncbench.runner.planning import plan
from asyncbench.runner.planning.options import (
    ADVICE_BUDGET_S,
    ADVICE_MARGIN,
    DEFAULT_WORKLOADS,
    MAP_BUDGET_S,
    SWEEP_BUDGET_S,
    RunOptions,
    TraceOptions,
)

# Where runs are saved on the command line, and looked for by name.
FOLDER = "results"


def run(*works: Work, **how: Unpack[RunArguments]) -> Result:
    """Measure works under executors and return the judged run; nothing is printed.

    A work is a name ("sleep", a group), a reference ("app.py:fetch"), a function or a subclass of
    Workload; a blocking and an async function are the two forms of one work, other functions are
    compared with each other. Without any: sleep, tcp-echo and cpu. `RunArguments` tells the rest.
    The run ends as soon as it has told who is best, after `budget` (30) seconds at the latest.

        asyncbench.run("sleep", executors=["threads", "uvloop"], tasks=200, budget=10)
        asyncbench.run(fetch, afetch, params={"url": "http://localhost:8000"})

    Raises UsageError for what does not exist or does not fit, and EmptyRunError where nothing can
    run, before anything is measured. What fails while it is measured is told by the result; an
    interrupt ends the run with what there is.
    """
    with planned(works, how) as found:
        return _measured(found, how)


@contextlib.contextmanager
def planned(works: Sequence[Work], how: RunArguments) -> Iterator[Plan]:
    """Return the plan of a call of `run`, which can be measured as long as the context lasts.

    Raises UsageError for what does not exist or does not fit.
    """
    arguments.check(how, RunArguments, "run")
    paired = how.get("against") != "functions"
    with references.named(works or DEFAULT_WORKLOADS, paired=paired) as named:
        options = RunOptions(
            **arguments.work(named, how).arguments(),
            **arguments.measuring(how),
            precision=how.get("precision"),
            full=how.get("full", False),
            baseline=how.get("baseline"),
            against=how.get("against"),
            variants=how.get("variants", ()),
            pythons=how.get("pythons", ()),
        )
        try:
            built = plan.build(options)
        except UsageError as error:
            raise UsageError(shown.in_python(str(error))) from None
        yield built


def sweep(
    *work: Work, vary: Mapping[str, Sequence[float] | str], **how: Unpack[MeasuringArguments]
) -> Result:
    """Vary one thing, and tell from which value on another executor is quicker.

    `vary` has one name: tasks, concurrency, workers or a parameter, with its values as a list or as
    a text: "1..1000" goes up by a factor, "0..1/11" is eleven, evenly apart. `work` is one work (a
    function or a pair of its forms, or a name). `MeasuringArguments` tells the rest; the budget is
    60 seconds.

        asyncbench.sweep("mixed", vary={"cpu_share": "0..1/11"})

    Raises UsageError for what does not exist or does not fit.
    """
    arguments.check(how, MeasuringArguments, "sweep")
    return _swept(work, vary, how, SWEEP_BUDGET_S, finer=True)


def map(  # noqa: A001 - the command's name, and always called as asyncbench.map
    *work: Work,
    x: Mapping[str, Sequence[float] | str],
    y: Mapping[str, Sequence[float] | str],
    sides: bool = False,
    **how: Unpack[MeasuringArguments],
) -> Result:
    """Vary two things, and tell who wins where.

    `x` and `y` are what `vary` of `sweep` is; with `sides` it is told which side wins, the best
    cooperative or the best preemptive executor. The budget is 120 seconds.

        asyncbench.map("mixed", x={"cpu_share": "0..1/6"}, y={"concurrency": [1, 4, 16, 64]})

    Raises UsageError for what does not exist or does not fit.
    """
    arguments.check(how, MeasuringArguments, "map")
    if len(x) != 1 or len(y) != 1:
        raise UsageError("x and y vary one thing each: x={'cpu_share': '0..1/6'}")
    return _swept(work, {**x, **y}, how, MAP_BUDGET_S, by_side=sides)


def advise(*work: Work, **how: Unpack[MeasuringArguments]) -> Advice:
    """Tell what to run a function on, how many at once, what that gains, and what is in the way.

    `work` is one function, the two forms of one, or a name; `concurrency` is the most that you
    would have in flight. The budget is 60 seconds, and differences up to 10 % are ties.

        asyncbench.advise(fetch)

    Raises UsageError for what does not exist or does not fit.
    """
    arguments.check(how, MeasuringArguments, "advise")
    with references.named(work) as named:
        asked = arguments.work(arguments.one(named), how)
        found, predicted = api.advising(
            asked, arguments.measuring(how, ADVICE_BUDGET_S, ADVICE_MARGIN)
        )
        return Advice(_measured(found, how), predicted)


def compare(
    first: judged.Result | str | Path,
    other: judged.Result | str | Path,
    *,
    margin: float | None = None,
) -> Comparison:
    """Return `other` beside `first`, cell by cell, with the drift that lies between two runs.

    Each is a result or what `load` takes. Differences up to `margin` (0.03: 3 %; the first run's
    unless given) are ties. Raises what `load` raises.
    """
    one, another = (
        each if isinstance(each, judged.Result) else load(each) for each in (first, other)
    )
    return Comparison.of(api.compare(one, another, margin=margin))


def load(reference: str | Path = store.NEWEST, *, folder: str | Path = FOLDER) -> Result:
    """Return a saved run, judged: by its file, its name, or "@" for the newest, "@-1" before it.

    Names are looked up in `folder`. Raises UsageError where there is none of this name, and
    JournalError where its journal cannot be read.
    """
    path = reference if isinstance(reference, Path) else store.find(reference, Path(folder))
    return Result(api.load(path).run)


@overload
def trace(
    coroutine: Coroutine[Any, Any, Any], /, *, threshold: float = 0.010
) -> Coroutine[Any, Any, Traces]: ...


@overload
def trace(*works: Work, **how: Unpack[TraceArguments]) -> Traces: ...


def trace(*works: Any, **how: Any) -> Any:
    """Watch one batch of each work under each executor, and return what was seen.

    Where a loop runs, as in a notebook, `await asyncbench.trace(main())` runs a coroutine there and
    watches it with all that it starts; what it raises is raised.

    Works are what `run` takes; `TraceArguments` tells the rest. A trace is not timed as a run is:
    watching takes about a microsecond a step. Raises UsageError for what does not exist or fit.

        asyncbench.trace(main, executors="asyncio")
    """
    if len(works) == 1 and inspect.iscoroutine(works[0]):
        return _traced_here(works[0], how)
    arguments.check(how, TraceArguments, "trace")
    with references.named(works) as named:
        if not named:
            raise UsageError("trace takes something to watch: asyncbench.trace(main)")
        options = TraceOptions(
            **arguments.work(named, how).arguments(),
            rate=how.get("rate"),
            threshold_s=how.get("threshold", TraceOptions().threshold_s),
        )
        return Traces(api.traced(options, how.get("progress")))


def _traced_here(
    coroutine: Coroutine[Any, Any, Any], how: Mapping[str, Any]
) -> Coroutine[Any, Any, Traces]:
    from asyncbench.python import here

    others = [name for name in how if name != "threshold"]
    threshold = how.get("threshold", TraceOptions().threshold_s)
    if others or not 0 < threshold < inf:
        coroutine.close()
        raise UsageError(
            "a coroutine is watched on the loop that runs, and takes threshold= in seconds alone; "
            "for executors and batches give the function itself, without the brackets"
        )
    return here.traced(coroutine, round(threshold * 1e9))


def _swept(
    work: Sequence[Work],
    vary: Mapping[str, Sequence[float] | str],
    how: Mapping[str, Any],
    budget_s: float,
    *,
    finer: bool = False,
    by_side: bool = False,
) -> Result:
    with references.named(work) as named:
        options = RunOptions(
            **arguments.work(arguments.one(named), how).arguments(),
            **arguments.measuring(how, budget_s),
            vary=[f"{name}={arguments.values(values)}" for name, values in vary.items()],
            finer=finer,
            by_side=by_side,
        )
        return _measured(plan.build(options), how)


def _measured(found: Plan, how: Mapping[str, Any]) -> Result:
    try:
        with watching(how.get("progress"), found.budget_s) as watch:
            measured = api.measure(found, arguments.folder(how), watch, how.get("name"))
    except EmptyRunError as error:
        raise EmptyRunError(shown.in_python(str(error))) from None
    return Result(measured.run)
