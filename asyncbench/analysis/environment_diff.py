"""What differs between the machines and interpreters of two runs, so that their times may."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from asyncbench.analysis.judgement import Row
from asyncbench.record.run import Run

# The names of the environment's fields, as they are told.
FIELDS = {
    "cpu_model": "CPU model",
    "cpus": "CPUs",
    "cgroup_cpus": "CPU quota",
    "python": "Python",
    "implementation": "implementation",
    "gc": "garbage collection",
    "gil": "GIL",
    "start_method": "start method",
}
# Of the packages only the measuring one counts for all; executors state those that they use.
PACKAGE = "asyncbench"


def differences(first: Run, other: Run, rows: Sequence[tuple[Row, Row]]) -> list[str]:
    """Return what differs, as `NAME FIRST / OTHER`; `rows` are the cells that both runs have.

    The environment comes first, then what the cells' own executors and interpreters state.
    """
    told = {
        name: (first.environment.get(field), other.environment.get(field))
        for field, name in FIELDS.items()
    }
    told[PACKAGE] = (_version(first), _version(other))
    told["processes"] = (first.plan.processes, other.plan.processes)
    found = [
        f"{name} {_told(mine)} / {_told(its)}" for name, (mine, its) in told.items() if mine != its
    ]
    covered = {name.lower() for name, (mine, its) in told.items() if mine != its}
    stated: dict[str, list[str]] = {}
    for mine, its in rows:
        facts = [row.figures.facts if row.figures else None for row in (mine, its)]
        if facts[0] is None or facts[1] is None:
            continue
        for name in sorted(facts[0].keys() | facts[1].keys()):
            values = facts[0].get(name), facts[1].get(name)
            if values[0] != values[1] and name.lower() not in covered:
                text = f"{name} {_told(values[0])} / {_told(values[1])}"
                stated.setdefault(text, []).append(mine.cell.executor)
    return found + [f"{text} ({', '.join(dict.fromkeys(who))})" for text, who in stated.items()]


def _version(run: Run) -> Any:
    packages = run.environment.get("packages")
    return packages.get(PACKAGE) if isinstance(packages, dict) else None


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "not stated" if value is None else str(value)
