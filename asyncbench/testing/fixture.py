"""The fixture `asyncbench`: measures what a test gives it, or runs it once."""

from __future__ import annotations

import asyncio
import functools
import inspect
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from time import perf_counter
from types import TracebackType
from typing import Any

import pytest

from asyncbench.analysis import gate
from asyncbench.analysis.gate import Candidate
from asyncbench.core import signatures
from asyncbench.core.tasks import caller, consumer
from asyncbench.errors import AsyncbenchError, UsageError, near_matches
from asyncbench.python import arguments, calls, references, shown
from asyncbench.python.references import Work
from asyncbench.report import failures
from asyncbench.testing import in_process, outcomes
from asyncbench.testing.in_process import Timed
from asyncbench.testing.results import Measured, Tested, TestedHere, Unmeasured
from asyncbench.testing.state import State

MARKER = ("executors", "tasks", "concurrency", "budget", "fail_on", "group", "alone")
# What a work by name is given to run once under each executor.
ONCE_S = 0.1


class Asyncbench:
    """What a test calls: `asyncbench(fetch, afetch, tasks=200)`, or awaits in a running loop."""

    def __init__(self, state: State, item: pytest.Item) -> None:
        self._state = state
        self._item = item
        self._called = False
        self._waiting: list[_Here] = []
        self._timed: dict[str, Timed] = {}

    def __call__(self, *works: Work, **how: Any) -> Any:
        """Measure works under executors, in processes of their own, as `asyncbench.run` does.

        Where a loop runs, `await asyncbench(client.read)` measures here instead, one call after
        the other; several functions are measured in turn. All of the budget is used. Without
        `--asyncbench` the work is run once. Fails the test where the work fails, and where there
        is nothing that could be measured.
        """
        __tracebackhide__ = True
        self._called = True
        try:
            if not works:
                raise UsageError("asyncbench() has nothing to measure: asyncbench(fetch)")
            marked = self._marked()
            if in_process.running_loop():
                here = _Here(self, works, marked, how)
                self._waiting.append(here)
                return here
            arguments.check(how, arguments.RunArguments, "asyncbench")
            if not self._state.measures:
                return self._once(works, how)
            return self._measured(works, marked, how)
        except AsyncbenchError as error:
            told = shown.in_python(str(error))
            if isinstance(error, references.UnnamedError):
                told += "; or measure it in this process: await asyncbench(...) in an async test"
            outcomes.fail(told)

    def timed(self, name: str) -> _Stretch:
        """Time a stretch of the test: `with` or `async with asyncbench.timed("read"):`."""
        self._called = True
        if name not in self._timed:
            self._timed[name] = Timed(name, in_process.running_loop())
        return _Stretch(self._timed[name])

    def finish(self) -> str:
        """Keep what a test that passed has timed, and return why it measured nothing, if so."""
        name = self._item.name
        if not self._called:
            return f"{name} takes the fixture asyncbench and gives it no work: asyncbench(fetch)"
        if any(not each.awaited for each in self._waiting):
            return f"{name} does not await what runs in its loop: await asyncbench(fetch)"
        if self._state.measures:
            for timed in self._timed.values():
                if timed.seconds:
                    found = in_process.InProcess(
                        {timed.name: [timed.seconds]}, {timed.name: 1}, timed.loop
                    )
                    self._keep(TestedHere(found, self._state.config), self._marked())
        elif self._timed:
            self._state.ran_once += 1
        return ""

    def _measured(self, works: Sequence[Work], marked: Mapping[str, Any], how: Any) -> Tested:
        __tracebackhide__ = True
        asked = {name: marked[name] for name in MARKER[:4] if name in marked} | how
        bound = gate.parse(marked["fail_on"]) if "fail_on" in marked else None
        save = self._state.config.option.asyncbench_save
        if save:
            name = re.sub(r"[^\w.+-]", "_", self._item.name).strip("_")
            asked |= {"save": calls.FOLDER, "name": f"{save}-{name}"[:100]}
        own_budget = "budget" in asked
        asked = {"full": True, "progress": False, "budget": self._state.budget_s, **asked}
        together = self._state.together
        run = together.measured(self._item, works, asked)
        if run is None and together.takes(self._item):
            together.wait(self._item, works, asked, str(marked.get("group", "")))
        if run is None:
            run = calls.run(*works, **asked).run
            together.was_alone(self._item)
        tested = Tested(run, self._state.config)
        tested.has_own_budget = own_budget
        self._keep(tested, marked)
        if run.was_stopped:
            raise KeyboardInterrupt
        if run.end and run.end.why:
            outcomes.fail(run.end.why)
        failed = shown.failed(failures.of_run(run))
        if failed:
            outcomes.fail("\n\n".join(failed))
        if bound:
            if not run.plan.variants:
                raise UsageError(
                    "fail_on compares functions with each other: asyncbench(old, new), both "
                    "blocking or both async"
                )
            self._hold(gate.of_variants(tested, bound))
        return tested

    def hold_here(self, result: TestedHere, text: str) -> None:
        """Hold functions measured here against the first of them, by the marker's bound."""
        __tracebackhide__ = True
        first, *others = result.names
        if not others:
            raise UsageError("fail_on compares functions with each other: asyncbench(old, new)")
        candidates = [
            Candidate(f"{name} beside {first}", result.beside(name, first)) for name in others
        ]
        self._hold(gate.decide(gate.parse(text), candidates))

    def _hold(self, outcome: gate.Outcome) -> None:
        __tracebackhide__ = True
        said = shown.in_python("; ".join(outcome.lines))
        if outcome.status == gate.TRIPPED:
            outcomes.fail(said)
        if outcome.status == gate.NOT_COMPARED:
            outcomes.undecided(said.partition("; gate: ")[0], self._state.config)

    def _once(self, works: Sequence[Work], how: Mapping[str, Any]) -> Unmeasured:
        __tracebackhide__ = True
        self._state.ran_once += 1
        named = [each for each in works if isinstance(each, str | type)]
        for each in works:
            if not isinstance(each, str | type):
                references.check(each)  # what could not be measured is no work either
                returned = _call(each, how)()
                if inspect.isawaitable(returned):
                    asyncio.run(_awaited(returned))
        if named:
            asked = {"tasks": 1, **how, "budget": ONCE_S, "progress": False}
            result = calls.run(*named, **asked)
            failed = shown.failed(failures.of_run(result.run))
            if failed:
                outcomes.fail("\n\n".join(failed))
        return Unmeasured()

    async def here(self, works: Sequence[Any], marked: Mapping[str, Any], how: Any) -> Any:
        """Measure in the loop that runs, or run once."""
        __tracebackhide__ = True
        try:
            called = _named(works, how)
            budget = how.get("budget", marked.get("budget", self._state.budget_s))
            if not isinstance(budget, int | float) or not 0 < budget < float("inf"):
                raise UsageError(f"the budget is a number of seconds above 0, not {budget!r}")
            if not self._state.measures:
                self._state.ran_once += 1
                for work in called.values():
                    returned = work()
                    if inspect.isawaitable(returned):
                        await returned
                return Unmeasured()
        except AsyncbenchError as error:
            outcomes.fail(str(error))
        result = TestedHere(await in_process.measure(called, budget), self._state.config)
        result.has_own_budget = "budget" in {**how, **marked}
        self._keep(result, marked)
        if "fail_on" in marked:
            try:
                self.hold_here(result, marked["fail_on"])
            except AsyncbenchError as error:
                outcomes.fail(str(error))
        return result

    def _keep(self, result: Tested | TestedHere, marked: Mapping[str, Any]) -> None:
        self._state.measured.append(
            Measured(self._item.nodeid, str(marked.get("group", "")), result)
        )

    def _marked(self) -> dict[str, Any]:
        """Return what the test's markers say, the nearest first; UsageError for any other."""
        found: dict[str, Any] = {}
        for marker in self._item.iter_markers("asyncbench"):
            if marker.args:
                raise UsageError(
                    f"the marker asyncbench takes its values by name: {', '.join(MARKER)}"
                )
            for name, value in marker.kwargs.items():
                if name not in MARKER:
                    raise UsageError(
                        f"the marker asyncbench takes no {name!r}{near_matches(name, MARKER)}"
                    )
                found.setdefault(name, value)
        return found


class _Here:
    """What is measured in the running loop once it is awaited."""

    def __init__(
        self, fixture: Asyncbench, works: Sequence[Work], marked: Mapping[str, Any], how: Any
    ) -> None:
        self._given = (fixture, works, marked, how)
        self.awaited = False

    def __await__(self) -> Generator[Any, None, Any]:
        """Measure, and give the result."""
        self.awaited = True
        fixture, works, marked, how = self._given
        return fixture.here(works, marked, how).__await__()


class _Stretch:
    """Times what stands inside it, in a blocking or an async `with`; what fails counts not."""

    def __init__(self, timed: Timed) -> None:
        self._timed = timed

    def __enter__(self) -> None:
        """Begin."""
        self._began = perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """End."""
        took = perf_counter() - self._began
        if kind is None:
            self._timed.seconds.append(took)

    async def __aenter__(self) -> None:
        """Begin."""
        self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """End."""
        self.__exit__(kind, error, _)


def _named(works: Sequence[Any], how: Mapping[str, Any]) -> dict[str, Callable[[], Any]]:
    """Return what is to be called here, by name."""
    for name in how:
        if name not in ("budget", "params", "args"):
            raise UsageError(
                f"in a running loop calls come one after the other, so {name}= means "
                "nothing there; write a function that makes a batch, or measure in processes of "
                "their own from a test that is not async"
            )
    found: dict[str, Callable[[], Any]] = {}
    for each in works:
        if inspect.iscoroutine(each):
            each.close()
            raise UsageError(
                f"{each.__name__}() was called already, and runs only once; give the function "
                "itself"
            )
        if not callable(each):
            raise UsageError(
                f"{type(each).__name__} cannot be called in the running loop; give a function, or "
                "measure names from a test that is not async"
            )
        name = getattr(each, "__name__", type(each).__name__)
        if name in found:
            raise UsageError(f"two of the functions are named {name}; give one another name")
        found[name] = _call(each, how) if how.get("params") or how.get("args") else each
    return found


def _call(work: Callable[..., Any], how: Mapping[str, Any]) -> Callable[[], Any]:
    params, args = dict(how.get("params") or {}), list(how.get("args") or ())
    do = caller(work, params, args, signatures.takes(work))
    return functools.partial(consumer(do) if how.get("consume") else do, 0)


async def _awaited(returned: Any) -> Any:
    return await returned
