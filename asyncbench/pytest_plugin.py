"""The pytest plugin as pytest finds it: options, marker and fixture; the rest comes when used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from asyncbench.testing.fixture import Asyncbench

MARKER = (
    "asyncbench(executors=, tasks=, concurrency=, budget=, fail_on=, group=, alone=): how the "
    "fixture `asyncbench` measures in this test"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("asyncbench")
    group.addoption(
        "--asyncbench",
        action="store_true",
        dest="asyncbench_measures",
        help="Measure what tests give to the fixture `asyncbench`, instead of running it once.",
    )
    group.addoption(
        "--asyncbench-skip",
        action="store_true",
        dest="asyncbench_skip",
        help="Skip tests that use the fixture `asyncbench`.",
    )
    group.addoption(
        "--asyncbench-budget",
        type=float,
        metavar="S",
        dest="asyncbench_budget",
        help="Seconds that a test measures for, where its marker says nothing. [default: 10]",
    )
    group.addoption(
        "--asyncbench-undecided",
        choices=["xfail", "fail"],
        default="xfail",
        dest="asyncbench_undecided",
        help="What an assertion comes to that could be neither shown nor refuted in the time: "
        "an outcome of its own that fails nothing (xfail, the default), or a failure.",
    )
    group.addoption(
        "--asyncbench-json",
        metavar="FILE",
        dest="asyncbench_json",
        help="Write what was measured as pytest-benchmark does, for its `compare` and CI actions.",
    )
    group.addoption(
        "--asyncbench-save",
        metavar="NAME",
        dest="asyncbench_save",
        help="Save each test's run in results/ under this name and the test's: `asyncbench show`.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Tell of the marker, and refuse options that do not go together."""
    config.addinivalue_line("markers", MARKER)
    option = config.option
    if option.asyncbench_measures or option.asyncbench_json or option.asyncbench_save:
        from asyncbench.testing import session

        session.check(config)
        if option.asyncbench_measures and not option.collectonly:
            session.of(config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Have tests skipped that use the fixture, where that is asked for."""
    if config.option.asyncbench_skip:
        for item in items:
            if "asyncbench" in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.skip(reason="--asyncbench-skip"))


@pytest.fixture
def asyncbench(request: pytest.FixtureRequest) -> Asyncbench:
    """Measure functions under executors, or here in the loop that runs; see docs/pytest.md."""
    from asyncbench.testing import session

    return session.of(request.config).fixture(request.node)
