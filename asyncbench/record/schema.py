"""What the lines of a journal may say: read by msgspec, which checks types and ranges in C.

What comes out of here can be relied upon: every field has its type, no number is negative, infinite
or beyond `LARGEST` where a class of the record states it, every text can be encoded, and nothing
is nested deeper than `DEEPEST`.
"""

from __future__ import annotations

import dataclasses
import json
from math import isfinite
from typing import Any

import msgspec

from asyncbench.record.lines import LARGEST, Added, Control, Line, Sample, TargetStarted, WorkerLife
from asyncbench.record.plan import Cell, Plan, Work

# Parameters and facts are nested twice at the most in journals that a run wrote.
DEEPEST = 16
# The most characters of a wrong value that a message shows.
TOLD = 60

_LINES = msgspec.json.Decoder(Line)


def line(raw: bytes) -> Line:
    """Read one line, its line feed included; raises ValueError or RecursionError if it is wrong.

    Fields that are not known are passed over: later versions add some that change no meaning.
    """
    if raw[-1:] != b"\n":
        raise ValueError("its line feed is missing")
    try:
        found: Line = _LINES.decode(raw)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        # Half a surrogate pair, which JSON can say and msgspec does not read.
        found = msgspec.convert(tame(parsed(raw.decode())), Line)
    return _checked(found)


def lines(raw: bytes) -> list[Line]:
    """Read many lines, each with its line feed; raises as `line` does if any of them is wrong."""
    found: list[Line] = _LINES.decode_lines(raw)
    if len(found) != raw.count(b"\n"):
        raise ValueError("two on a line, or none")
    # Nearly all are samples, which have nothing more to check.
    return [each if type(each) is Sample else _checked(each) for each in found]


def _checked(found: Line) -> Line:
    if isinstance(found, Control):
        _check_numbers(found.cell)
    elif isinstance(found, Added):
        found = _added(found)
    elif isinstance(found, WorkerLife | TargetStarted):
        tame(found.facts)
    return found


def parsed(text: str) -> Any:
    """Read one JSON value; raises ValueError or RecursionError for what is none.

    NaN, Infinity and numbers such as 1e999 are refused.
    """
    return json.loads(text, parse_constant=_refuse, parse_float=_finite)


def tame(value: Any, depth: int = 0) -> Any:
    """Return a value whose texts can be encoded; raises ValueError for one nested too deeply."""
    if depth > DEEPEST:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        # Half a surrogate pair is what JSON can say and no file can hold.
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {tame(name): tame(each, depth + 1) for name, each in value.items()}
    if isinstance(value, list):
        return [tame(each, depth + 1) for each in value]
    return value


def told(value: Any) -> str:
    """Return a value of a file for a message, however long it is."""
    if isinstance(value, int) and abs(value) > LARGEST:
        return "a number that is too large"
    text = repr(value[: TOLD * 2] if isinstance(value, str) else value)
    return text if len(text) <= TOLD else f"{text[: TOLD - 3]}..."


class _Environment(msgspec.Struct):
    """What reports compute with or compare; the rest may be anything."""

    python: str = ""
    implementation: str = ""
    platform: str = ""
    cpu_model: str = ""
    cpus: float = 1
    memory_bytes: int = 0
    packages: dict[str, str] = {}
    gc: str = ""
    gil: bool = True


def environment(found: Any) -> dict[str, Any]:
    """Return what a header says of the machine; raises ValueError for what cannot be."""
    checked = msgspec.convert(found, _Environment)
    if not (1 <= checked.cpus <= LARGEST and 0 <= checked.memory_bytes <= LARGEST):
        raise ValueError(
            f"environment: {told(checked.cpus)} CPUs, {told(checked.memory_bytes)} bytes"
        )
    tamed: dict[str, Any] = tame(found)
    return tamed


def plan(fields: Any) -> Plan:
    """Return the plan of a header; raises ValueError, LookupError or TypeError for what is none."""
    # Secrets are never written, so none is read.
    works = [{name: work[name] for name in work if name != "secrets"} for work in fields["works"]]
    found = msgspec.convert(tame(fields | {"works": works}), Plan)
    parts: list[Plan | Work | Cell] = [found, *found.works, *found.cells]
    for part in parts:
        _check_numbers(part)
    if not all(work.tasks and work.concurrency for work in found.works):
        raise ValueError("a work without tasks")
    if any(cell.work >= len(works) for cell in found.cells):
        raise ValueError("a cell of no work")
    own = [cell for cell in found.cells if cell.control_of is None]
    if not works or len({cell.work for cell in own}) < len(works):
        raise ValueError("a work of no cells")
    names = [variant.name for variant in found.variants] or [""]
    if len({*names}) < len(names) or ("" in names and found.variants):
        raise ValueError("two variants of one name, or one of none")
    if {cell.variant for cell in own} != {*names}:
        raise ValueError("a cell of no variant, or a variant of no cells")
    check_axes(found)
    if len({cell.id for cell in found.cells}) < len(found.cells):
        raise ValueError("two cells of one id")
    return found


def _added(found: Added) -> Added:
    """Return a work that a sweep added, without secrets; raises ValueError for what is none."""
    work = msgspec.convert(tame(msgspec.to_builtins(found.work)) | {"secrets": {}}, Work)
    parts: list[Work | Cell] = [work, *found.cells]
    for part in parts:
        _check_numbers(part)
    if not (work.tasks and work.concurrency):
        raise ValueError("a work without tasks")
    return Added(work, found.cells)


def check_axes(plan: Plan) -> None:
    """Raise ValueError where a work is no point of the plan's axes."""
    axes = {axis.name for axis in plan.axes}
    if len(axes) < len(plan.axes) or any(work.at.keys() != axes for work in plan.works):
        raise ValueError("a point that is not on the axes")
    for axis in plan.axes:
        values = [work.at[axis.name] for work in plan.works]
        if min(values) < -LARGEST or max(values) > LARGEST or (axis.log and min(values) <= 0):
            raise ValueError(f"the axis {told(axis.name)} from {min(values)} to {max(values)}")
    if not 0 < plan.points <= LARGEST:
        raise ValueError(f"points is {told(plan.points)}")


def _check_numbers(part: Plan | Work | Cell) -> None:
    """Raise ValueError for a number that is out of range in a plan."""
    for each in dataclasses.fields(part):
        value = getattr(part, each.name)
        if isinstance(value, int | float) and not 0 <= value <= LARGEST:
            raise ValueError(f"{each.name} is {told(value)}")


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not a number here")


def _finite(digits: str) -> float:
    value = float(digits)
    return value if isfinite(value) else _refuse(digits[:TOLD])
