"""All that a pytest session measured, and the hooks that tell of it: there once a test uses it."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from asyncbench.testing.outcomes import Undecided
from asyncbench.testing.state import State

if TYPE_CHECKING:
    from asyncbench.testing.fixture import Asyncbench

_KEY = pytest.StashKey["Session"]()
_FIXTURE = pytest.StashKey["Asyncbench"]()


def check(config: pytest.Config) -> None:
    """Raise pytest's UsageError for options that do not go together, in one line."""
    option = config.option
    for name in ("json", "save"):
        if getattr(option, f"asyncbench_{name}") and not option.asyncbench_measures:
            raise pytest.UsageError(
                f"--asyncbench-{name} is about what is measured; give --asyncbench, too"
            )
    if getattr(option, "numprocesses", None) or hasattr(config, "workerinput"):
        raise pytest.UsageError(
            "--asyncbench measures alone: other tests beside it would take its CPUs; leave out -n "
            "(-n 0 where it is set elsewhere)"
        )
    budget = option.asyncbench_budget
    if budget is not None and not 0 < budget < float("inf"):
        raise pytest.UsageError(f"--asyncbench-budget is a number of seconds above 0, not {budget}")
    file = option.asyncbench_json
    if file and not Path(file).absolute().parent.is_dir():
        raise pytest.UsageError(
            f"--asyncbench-json: there is no folder {Path(file).absolute().parent}"
        )
    if option.asyncbench_save:
        from asyncbench.errors import UsageError
        from asyncbench.record import store

        try:
            store.check_name(option.asyncbench_save)
        except UsageError as error:
            raise pytest.UsageError(f"--asyncbench-save: {error}") from None


def of(config: pytest.Config) -> Session:
    """Return the session of a pytest run; the first use makes it and registers its hooks."""
    found = config.stash.get(_KEY, None)
    if found is None:
        found = config.stash[_KEY] = Session(config)
        config.pluginmanager.register(found, "asyncbench-session")
    return found


class Session:
    """The hooks of a session that measures; `state` is what they tell of."""

    def __init__(self, config: pytest.Config) -> None:
        self.state = State(config)

    def fixture(self, item: pytest.Item) -> Asyncbench:
        """Return the fixture of a test."""
        from asyncbench.testing.fixture import Asyncbench

        made = item.stash[_FIXTURE] = Asyncbench(self.state, item)
        return made

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> bool | None:
        """Have a test that can wait say what it measures, and run when that is done."""
        if not self.state.measures:
            return None
        return self.state.together.ask(item, nextitem)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Measure what waits, after all other tests, and run the tests that wait for it."""
        together = self.state.together
        try:
            done = yield
            together.end(session, self.state.measured)
            return done
        finally:
            together.close()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[Any]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Mark what could not be decided, and fail a test that measured nothing."""
        report = yield
        if call.when != "call":
            return report
        if call.excinfo is not None and isinstance(call.excinfo.value, Undecided):
            report.asyncbench_undecided = True  # type: ignore[attr-defined]
            self.state.undecided.append((item.nodeid, str(call.excinfo.value)))
        used = item.stash.get(_FIXTURE, None)
        lacking = used.finish() if used and report.passed else ""
        if lacking:
            report.outcome, report.longrepr = "failed", lacking
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: Any) -> tuple[str, str, Any] | None:
        """Give what could not be decided a letter and a count of its own."""
        if getattr(report, "asyncbench_undecided", False):
            return "undecided", "u", ("UNDECIDED", {"yellow": True})
        return None

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show what was measured, in one table."""
        from asyncbench.testing import summary

        summary.show(self.state, terminalreporter)

    def pytest_sessionfinish(self) -> None:
        """Write the file that was asked for."""
        file = self.state.config.option.asyncbench_json
        if file:
            from asyncbench.testing import export

            export.write(self.state.measured, Path(file))
