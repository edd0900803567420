"""Collects the figures that the benchmarks find, and prints them at the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
FIGURES = pytest.StashKey[list[tuple[str, str, str]]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # They take half an hour and a quiet machine: only who asks for this folder gets them.
    if any("benchmarks" in argument for argument in config.args):
        return
    here = [item for item in items if HERE in item.path.parents]
    items[:] = [item for item in items if item not in here]
    config.hook.pytest_deselected(items=here)


@pytest.fixture
def figure(request: pytest.FixtureRequest, benchmark: Any) -> Any:
    """Give a function that runs a measurement once and notes its figure beside what to reach."""

    def note(name: str, to_reach: str, measure: Any) -> Any:
        found, text = benchmark.pedantic(measure, rounds=1, iterations=1)
        benchmark.extra_info[name] = text
        request.config.stash[FIGURES].append((name, to_reach, text))
        return found

    return note


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if not config.stash[FIGURES]:
        return
    terminalreporter.section("figures")
    terminalreporter.line("| what | to reach | measured |")
    terminalreporter.line("| --- | --- | --- |")
    for name, to_reach, text in config.stash[FIGURES]:
        terminalreporter.line(f"| {name} | {to_reach} | {text} |")
