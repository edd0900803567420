"""What is told of failures: each reason once with the frames of the user's own code."""

from __future__ import annotations

import re
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from asyncbench.core.loading import PROGRAM
from asyncbench.core.system import PACKAGE
from asyncbench.record.plan import Cell
from asyncbench.record.run import Run
from asyncbench.record.trace import Trace

# So the reason begins of what did not answer in time.
LATE = "timed out after"
# A frame of a formatted traceback: the line that names its place, and the code below it.
_FRAME = re.compile(r'^ +(?:\| +)?File "(?P<file>[^"\n]*)", line \d+.*\n(?:^ {4,}.*\n?)*', re.M)
# The lines of the stack of a thread that hangs, and what is above them.
_PLACE = re.compile(r'^  File "(?P<file>[^"]*)", line \d+ in ')
# Where a process begins that a pool has started anew.
_BEGIN = '  File "<string>", line 1 in <module>'
# Packages that executors are made of: where they wait for their members is no place to look at.
_ENGINE = re.compile(r".*/site-packages/(dask|distributed|gevent|joblib|loky|tornado|trio)/")
_THREAD = re.compile(r"^(Current thread|Thread) 0x[0-9a-f]+.*\(most recent call first\):")
_OTHERS = (
    PACKAGE,
    # What was compiled names its source as it was built, and what Python begins with none at all.
    "uvloop/",
    "<frozen ",
    *{f"{Path(sysconfig.get_paths()[name]).resolve()}/" for name in ("stdlib", "platstdlib")},
)
# The library of another interpreter, and the copy of ours that it has for a run.
_OF_ANOTHER = re.compile(r".*/lib/python3\.\d+t?/|.*/asyncbench-\w{8}/asyncbench/")


@dataclass(frozen=True, slots=True)
class Told:
    """What went wrong in one line, where in the user's code, and everything that is known.

    `remedy` is what can be done about it with options of the command line; '' where nothing is.
    """

    line: str
    frames: str
    traceback: str
    output: str
    remedy: str = ""


def of_run(run: Run) -> list[Told]:
    """Return each reason for which cells of a run failed, once for all of them that share it."""
    cells = {cell.id: cell for cell in [*run.plan.cells, *run.controls]}
    found: dict[tuple[str, ...], tuple[list[str], Told]] = {}
    for failure in run.failures:
        cell = cells[failure.cell]
        if cell.control_of is not None or failure.unsuited:
            continue  # what fails a twin fails the cell itself, or changes nothing
        planned = run.plan.works[cell.work]
        work = planned.workload
        name = f"{cell.executor} in {cell.variant}" if cell.variant else cell.executor
        if run.plan.of_commands:
            work, name = work if planned.reference == PROGRAM else "command", cell.variant
        frames = own_frames(failure.traceback)
        told = Told(
            failure.reason,
            frames,
            failure.traceback,
            own_output(failure.output),
            _remedy(failure.reason, planned.tasks, _program(run, cell)),
        )
        names, _ = found.setdefault((work, failure.reason, frames), ([], told))
        if name not in names:  # it has failed at another point, too
            names.append(name)
    return [_of(work, names, told) for (work, *_), (names, told) in found.items()]


def of_traces(traces: Iterable[Trace]) -> list[Told]:
    """Return each reason for which traces failed, once for all of them that share it."""
    found: dict[tuple[str, ...], tuple[list[str], Told]] = {}
    for trace in traces:
        if trace.status.is_failure:
            frames = own_frames(trace.traceback)
            remedy = _remedy(trace.why, trace.work.tasks)
            told = Told(trace.why, frames, trace.traceback, own_output(trace.output), remedy)
            key = (trace.work.workload, trace.why, frames, str(trace.status))
            found.setdefault(key, ([], told))[0].append(trace.cell.executor)
    return [_of(work, names, told, status) for (work, _, _, status), (names, told) in found.items()]


def own_frames(traceback: str) -> str:
    """Return the frames of a formatted traceback that are neither ours nor Python's own.

    A traceback that crossed a process is chained to another: each frame is told once.
    """
    frames = [
        frame[0].rstrip("\n") for frame in _FRAME.finditer(traceback) if _is_own(frame["file"])
    ]
    return "\n".join(dict.fromkeys(frames))


def own_output(output: str) -> str:
    """Return what a process printed, without places where it hung that are no code of the user's.

    These are ours, Python's own, and those of packages that executors are made of.
    """
    kept = [
        line
        for line in output.splitlines(keepends=True)
        if not (place := _PLACE.match(line))
        or (_hangs_there(place["file"]) and line.rstrip() != _BEGIN)
    ]
    return "".join(
        line
        for number, line in enumerate(kept)
        if not _THREAD.match(line) or any(map(_PLACE.match, kept[number + 1 : number + 2]))
    )


def _hangs_there(file: str) -> bool:
    return _is_own(file) and not _ENGINE.match(file)


def _is_own(file: str) -> bool:
    """Return whether a file is the user's, or a package's that it uses."""
    others = file.startswith(_OTHERS) or _OF_ANOTHER.match(file)
    return not others or "site-packages" in file


def _program(run: Run, cell: Cell) -> str:
    """Return the words of the program that a cell runs, '' where it is none."""
    if run.plan.works[cell.work].reference != PROGRAM:
        return ""
    [version] = [each for each in run.plan.variants if each.name == cell.variant]
    return str(version.params["command"])


def _remedy(reason: str, tasks: int, program: str = "") -> str:
    """Return what to do about a reason, for a batch of so many tasks, or for a program."""
    if not reason.startswith(LATE):
        return ""
    fewer = f", or fewer than {tasks} tasks (-n)" if tasks > 1 else ""
    where = f" Where it hangs: asyncbench trace -- {program}, and Ctrl-C." if program else ""
    return f"If it only takes that long: more --timeout{fewer}.{where}"


def _of(work: str, names: list[str], told: Told, status: str = "failed") -> Told:
    cells = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    under = "" if work == "command" else " under"
    said = "" if told.line.startswith(status) else f" {status}:"
    return replace(told, line=f"{work}{under} {cells}{said} {told.line}")
