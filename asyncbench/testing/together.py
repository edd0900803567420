"""Tests whose runs can wait: all are measured at the end, round by round in turn, as one.

Such a test runs twice: up to its call, which says what it measures, and again when that is there.
It can wait where it needs nothing of pytest but parameters, since fixtures may be gone by then.
"""

from __future__ import annotations

import inspect
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from _pytest.runner import runtestprotocol

from asyncbench import api, units
from asyncbench.errors import AsyncbenchError
from asyncbench.python import arguments, calls
from asyncbench.python.references import Work
from asyncbench.record.run import Run
from asyncbench.testing.results import Measured, Tested

# What a test may take and wait all the same: it holds nothing that ends with the test.
LASTING = {"asyncbench", "request"}
INSTALLED = sysconfig.get_path("purelib")


if TYPE_CHECKING:
    Skipped = BaseException
else:
    Skipped = pytest.skip.Exception  # a kind that no debugger stops at


class Waits(Skipped):
    """A test has said what it measures."""


@dataclass(slots=True)
class _Waiting:
    """What a test wants to have measured, and what came of it."""

    item: pytest.Item
    works: Sequence[Work]
    how: Mapping[str, Any]
    group: str
    run: Run
    error: AsyncbenchError | None = None


class Together:
    """The runs of a session that are measured as one."""

    def __init__(self) -> None:
        self._waiting: dict[pytest.Item, _Waiting] = {}
        self._asked: pytest.Item | None = None
        self._measured = False
        self._plans = ExitStack()
        #: By test that was measured by itself, the fixtures that it did not wait for.
        self.alone: dict[str, list[str]] = {}

    @property
    def count(self) -> int:
        """How many tests were measured as one."""
        return len(self._waiting)

    def ask(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Run a test for the first time, of which nothing is told where it waits then."""
        if self._measured or not _may_wait(item):
            return None
        self._asked = item
        try:
            reports = runtestprotocol(item, log=False, nextitem=nextitem)
        finally:
            self._asked = None
        if item in self._waiting and not any(each.failed for each in reports):
            return True  # nobody has heard of it, nor of how far it came
        self._waiting.pop(item, None)
        hook = item.ihook
        hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for report in reports:
            hook.pytest_runtest_logreport(report=report)
        hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def takes(self, item: pytest.Item) -> bool:
        """Return whether a test that calls is to wait, and be measured with others."""
        return self._asked is item

    def was_alone(self, item: pytest.Item) -> None:
        """Take in that a test was measured by itself."""
        if not self._measured and (held := _held(item)):
            self.alone[item.nodeid] = held

    def wait(self, item: pytest.Item, works: Sequence[Work], how: Any, group: str) -> NoReturn:
        """Keep what a test measures, and end the test for now.

        Raises what `asyncbench.run` raises before it measures.
        """
        __tracebackhide__ = True
        planned = self._plans.enter_context(calls.planned(works, how))
        self._waiting[item] = _Waiting(item, works, how, group, api.begun(planned, how.get("name")))
        raise Waits("it waits for what it measures") from None

    def measured(self, item: pytest.Item, works: Sequence[Work], how: Any) -> Run | None:
        """Return the run that was measured for a test, None where it asks for another one."""
        found = self._waiting.get(item) if self._measured else None
        if found is None or (found.works, found.how) != (works, how):
            return None
        if found.error:
            raise found.error
        return found.run

    def end(self, session: pytest.Session, told: list[Measured]) -> None:
        """Measure what waits, and run the tests that wait for it; `told` has what is measured.

        An interrupt is raised, with what each has until then in `told`.
        """
        waiting = [*self._waiting.values()]
        self._measured = True
        if not waiting:
            return
        _announce(session.config, [each.run for each in waiting])
        runs = [(each.run, arguments.folder(each.how)) for each in waiting]
        try:
            errors = api.fill_in_turn(runs)
        except KeyboardInterrupt:
            for each in waiting:
                if each.run.samples.any_count():
                    tested = Tested(each.run, session.config)
                    told.append(Measured(each.item.nodeid, each.group, tested))
            raise
        for each, error in zip(waiting, errors, strict=True):
            each.error = error
        self.close()
        _run_all(session, [each.item for each in waiting])

    def close(self) -> None:
        """Let go of what plans need to be measured."""
        self._plans.close()


def _run_all(session: pytest.Session, items: Sequence[pytest.Item]) -> None:
    """Run tests, as pytest's own loop does."""
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)


def _may_wait(item: pytest.Item) -> bool:
    if "asyncbench" not in getattr(item, "fixturenames", ()) or _held(item):
        return False
    alone = any(mark.kwargs.get("alone") for mark in item.iter_markers("asyncbench"))
    return not alone and not inspect.iscoroutinefunction(getattr(item, "function", None))


def _held(item: pytest.Item) -> list[str]:
    """Return the fixtures of a test that may be gone when the test has ended."""
    function: Any = item
    asked = {*inspect.signature(function.function).parameters}
    asked |= {str(name) for mark in item.iter_markers("usefixtures") for name in mark.args}
    lasting = LASTING | {*_parameters(item)}
    found = function._fixtureinfo.name2fixturedefs
    return [
        name
        for name in function.fixturenames
        # What plugins have for each test, whether it asks or not, is no part of its work.
        if name not in lasting and (name in asked or not _is_plugins(found.get(name, ())))
    ]


def _is_plugins(definitions: Sequence[Any]) -> bool:
    """Return whether a fixture is an installed package's, as far as it is known."""
    codes = [getattr(inspect.unwrap(each.func), "__code__", None) for each in definitions]
    return all(code and Path(code.co_filename).is_relative_to(INSTALLED) for code in codes)


def _parameters(item: pytest.Item) -> Iterator[str]:
    """Yield the parameters of a test that no fixture makes something of."""
    for mark in item.iter_markers("parametrize"):
        names = mark.args[0] if mark.args else mark.kwargs.get("argnames", ())
        names = [each.strip() for each in names.split(",")] if isinstance(names, str) else names
        indirect = mark.kwargs.get("indirect", mark.args[2] if len(mark.args) > 2 else False)
        made = names if indirect is True else indirect or ()
        yield from (each for each in names if each not in made)


def _announce(config: pytest.Config, runs: Sequence[Run]) -> None:
    """Say how long nothing will be seen."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        seconds = sum(run.plan.budget_s for run in runs)
        what = "1 test" if len(runs) == 1 else f"{len(runs)} tests in turn"
        reporter.ensure_newline()
        if reporter._tw.width_of_current_line:  # where dots are all that is shown
            reporter.line("")
        reporter.write_line(f"asyncbench: measures {what}, for about {units.seconds(seconds)}")
