"""Functions beside each other: several works of one size become the versions of one."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from asyncbench.core import loading, references
from asyncbench.errors import UsageError
from asyncbench.record.plan import Variant, Work
from asyncbench.runner.planning.discovery import Discovery
from asyncbench.runner.planning.options import RunOptions

AGAINST = ("functions", "executors")
Versions = list[tuple[Variant, Discovery]]


def wanted(options: RunOptions, found: Discovery) -> bool:
    """Return whether the functions are to be compared: as asked, or where several are named.

    Raises UsageError for what cannot be compared.
    """
    against = options.against
    if against not in (None, *AGAINST):
        raise UsageError(f"against is {' or '.join(AGAINST)}, not {against!r}")
    several = len(dict.fromkeys(work.reference for work in found.works)) > 1
    if against is None:
        named = all(loading.split(references.normal(each))[1] for each in options.workloads)
        return several and named and all(found.functions)
    if against == "functions" and not several:
        raise UsageError("--against functions compares two functions or more; name a second")
    return against == "functions"


def merged(found: Discovery) -> tuple[Discovery, Versions]:
    """Return what was found as works that each have all functions, and each function by itself."""
    if any(work.has_target for work in found.works):
        raise UsageError(
            "workloads with a server of their own cannot be compared with each other; measure them "
            "one by one: --against executors"
        )
    positions: dict[str, list[int]] = {}
    for number, work in enumerate(found.works):
        positions.setdefault(work.reference, []).append(number)
    apart = [_only(found, numbers) for numbers in positions.values()]
    if len({len(each.works) for each in apart}) > 1:
        raise UsageError("-p NAME=1,2 goes with functions that all have that parameter")
    works = [_shared(column) for column in zip(*(each.works for each in apart), strict=True)]
    versions: Versions = []
    for each, name in zip(apart, _names(apart), strict=True):
        rests = [_rest(work, whole) for work, whole in zip(each.works, works, strict=True)]
        if any(rest != rests[0] for rest in rests):
            raise UsageError("-p NAME=1,2 goes with functions that all have that parameter")
        first = each.works[0]
        call = {
            **first.call,
            "params": {
                parameter: text
                for parameter, text in first.call["params"].items()
                if parameter not in works[0].call["params"]
            },
        }
        version = Variant(name, reference=first.reference, params=rests[0], call=call)
        versions.append((version, each))
    return replace(apart[0], works=works), versions


def _only(found: Discovery, numbers: Sequence[int]) -> Discovery:
    return replace(
        found,
        works=[found.works[number] for number in numbers],
        lacking=[found.lacking[number] for number in numbers],
        functions=[found.functions[number] for number in numbers],
    )


def _names(apart: Sequence[Discovery]) -> list[str]:
    return [each.functions[0] or each.works[0].workload for each in apart]


def _shared(works: Sequence[Work]) -> Work:
    """Return the work that several stand for: what all of them have in common."""
    first = works[0]
    for other in works[1:]:
        if (first.tasks, first.concurrency) != (other.tasks, other.concurrency):
            raise UsageError(
                f"{first.workload} has {first.size}, {other.workload} {other.size}; give both "
                "the same: -n N -c N"
            )
    params = {
        name: value
        for name, value in first.params.items()
        if all(name in other.params and other.params[name] == value for other in works)
    }
    return Work(
        workload=", ".join(work.workload for work in works),
        reference=first.reference,
        params=params,
        tasks=first.tasks,
        concurrency=first.concurrency,
        demand_known=False,
        call={
            "params": _texts(works),
            "sends": first.call["sends"],
            "items": first.call["items"],
        },
        secrets=dict(itertools.chain(*(work.secrets.items() for work in works))),
    )


def _texts(works: Sequence[Work]) -> dict[str, str]:
    """Return the texts of the parameters that all works were given alike."""
    first, *others = [work.call["params"] for work in works]
    return {
        name: text
        for name, text in first.items()
        if all(other.get(name) == text for other in others)
    }


def _rest(work: Work, whole: Work) -> dict[str, object]:
    return {name: value for name, value in work.params.items() if name not in whole.params}
