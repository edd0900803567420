"""What pytest says last of all that was measured: one table, in its own width and colours."""

from __future__ import annotations

from typing import Any

import pytest

from asyncbench import units
from asyncbench.python.shown import in_python
from asyncbench.report import left_out
from asyncbench.report.terminal.answer import Drawer
from asyncbench.report.terminal.bars import ASCII, UNICODE
from asyncbench.report.text import cells, padded, plain
from asyncbench.report.view import EVERYTHING
from asyncbench.testing.in_process import InProcess
from asyncbench.testing.results import Measured
from asyncbench.testing.state import State

STYLES: dict[str, dict[str, bool]] = {
    "sure": {"green": True, "bold": True},
    "level": {"yellow": True},
    "open": {"yellow": True},
    "work": {"bold": True},
    "bar": {"light": True},
}


def show(state: State, reporter: pytest.TerminalReporter) -> None:
    """Write the table, what stayed undecided, and how many tests ran without being measured."""
    if not (state.measured or state.undecided or state.ran_once):
        return
    writer = reporter._tw

    def paint(text: str, role: str) -> str:
        return writer.markup(text, **STYLES[role]) if role in STYLES and text else text

    reporter.write_sep("=", "asyncbench")
    group = ""
    for measured in sorted(state.measured, key=lambda each: each.group):
        if measured.group != group:
            group = measured.group
            reporter.write_line(group, bold=True)
        reporter.write_line(plain(measured.test))
        for line in _lines(measured, writer.fullwidth, writer._file, paint):
            writer.line(line)
    told = _in_turn(state)
    if told:
        reporter.write_line(told)
    for test, reason in state.undecided:
        reporter.write_line(f"UNDECIDED {plain(test)}: {plain(reason)}", yellow=True)
    if state.config.option.asyncbench_save and any(
        isinstance(each.result, InProcess) for each in state.measured
    ):
        reporter.write_line("--asyncbench-save keeps runs, and nothing that was timed in process.")
    if state.ran_once and not state.measures:
        count = state.ran_once
        what = "1 work ran" if count == 1 else f"{count} works ran"
        reporter.write_line(f"{what} once each, as a test; --asyncbench measures.")


def _in_turn(state: State) -> str:
    """Return which tests were measured as one run, and why others were not."""
    count, alone = state.together.count, state.together.alone
    told = [f"{count} tests were measured in turn, as one run"] if count > 1 else []
    if alone:
        what = "1 test was" if len(alone) == 1 else f"{len(alone)} tests were"
        names = ", ".join(sorted({name for held in alone.values() for name in held}))
        told.append(f"{what} measured alone, since fixtures may end with a test: {plain(names)}")
    return "; ".join(told)


def _lines(measured: Measured, width: int, file: Any, paint: Any) -> list[str]:
    result = measured.result
    if isinstance(result, InProcess):
        return _here(result, paint)
    bars = UNICODE if _can_write(file, UNICODE.whole + UNICODE.parts + UNICODE.best) else ASCII
    drawer = Drawer(result, width, EVERYTHING, bars, paint)
    lines = [line for judgement in result.judgements for line in drawer.work(judgement)]
    said = [left_out.line(result.judgements), *drawer.remarks()]
    return lines + [paint(in_python(each), "open") for each in said if each]


def _here(result: InProcess, paint: Any) -> list[str]:
    on = f" on {result.loop}" if result.loop else ""
    lines = [paint(f"in process{on}, one call after the other", "work")]
    names = result.names
    first, widest = names[0], max(cells(plain(name)) for name in names)
    times = [units.spread(result.time(name)) for name in names]
    for name, time in zip(names, times, strict=True):
        parts = [f"  {padded(plain(name), widest)}", time.rjust(max(map(len, times)))]
        if name != first and (ratio := result.beside(name, first)):
            parts.append(f"takes {units.plain_times(ratio)} as long as {plain(first)}")
        count = sum(map(len, result.rounds[name])) * result.calls[name]
        parts.append("1 call" if count == 1 else f"{count:,} calls")
        lines.append("  ".join(parts))
    return lines


def _can_write(file: Any, text: str) -> bool:
    try:
        text.encode(getattr(file, "encoding", None) or "ascii")
    except UnicodeEncodeError:
        return False
    return True
