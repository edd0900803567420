"""The catalogue as text: the names on one screen, or what is asked for whole."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

LABEL = 12
# More that cannot run here than this are named alone: the reasons would fill the screen.
MOST_REASONS = 3
# What else can stand where an executor's name does.
MORE = {
    "loop:MODULE:FACTORY": "asyncio.Runner with the event loop that a factory makes.",
    "futures:MODULE:FACTORY": "Slices over the concurrent.futures.Executor that a factory makes.",
    "OUTER+INNER": "An executor in each of several processes, threads, interpreters or workers of "
    "dask, as in processes+uvloop.",
}
Found = Mapping[str, Sequence[Mapping[str, Any]]]
_FORMS = {
    "blocking": "blocking alone: sequential, threads and processes run it",
    "cooperative": "async alone: asyncio and uvloop run it",
}

_FORM = {
    "blocking": "the blocking form",
    "cooperative": "the async form",
    "portable": "the form on anyio",
}


def names(found: Found, width: int) -> str:
    """Return the names of all workloads, a line a group, of all executors, and what to type."""
    groups: dict[str, list[str]] = {}
    for entry in found["workloads"]:
        groups.setdefault(entry["group"], []).append(entry["name"])
    lines = ["Workloads, by group"]
    for group, named in groups.items():
        lines += _labelled(f"  {group}", ", ".join(named), width)
    lines += ["", "Executors"]
    lines += _labelled("  run here", ", ".join(_able(found["executors"])), width)
    unable = [
        f"{entry['name']}: {entry['unavailable']}"
        for entry in [*found["executors"], *found["workloads"]]
        if entry["unavailable"]
    ]
    if len(unable) > MOST_REASONS:
        alone = ", ".join(each.partition(":")[0] for each in unable)
        unable = [f"{alone} (asyncbench list NAME tells why)"]
    for number, each in enumerate(unable):
        lines += _labelled("" if number else "  not here", each, width)
    lines += ["", "More"]
    lines += _labelled("  of one", "asyncbench list NAME (a workload, a group, an executor)", width)
    lines += _labelled("  your own", "asyncbench list FILE.py; asyncbench run FILE.py:NAME", width)
    return "\n".join(lines) + "\n"


def text(found: Found, width: int) -> str:
    """Return all that is known of what was found, in lines of at most `width` characters."""
    parts = [_workload(entry, width) for entry in found.get("workloads", ())]
    parts += [_executor(entry, width) for entry in found.get("executors", ())]
    if len(found.get("executors", ())) > 1:
        parts += [[written, *_labelled("  does", does, width)] for written, does in MORE.items()]
    parts += [
        [
            f"--python {entry['name']}",
            *_labelled("  path", f"{entry['path']} ({entry['in']})", width),
        ]
        for entry in found.get("pythons", ())
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _able(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    return [entry["name"] for entry in entries if not entry["unavailable"]]


def _workload(entry: Mapping[str, Any], width: int) -> list[str]:
    lines = [f"{entry['name']} ({entry['group']})"]
    if "refused" in entry:
        return [*lines, *_labelled("  cannot run", entry["refused"], width)]
    for label, said in _told(entry):
        lines += _labelled(f"  {label}", said, width)
    return lines


def _told(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "does", entry["does"]
    params = " ".join(
        f"-p {name}={'(needed)' if value is None else value}"
        for name, value in entry["parameters"].items()
    )
    yield "parameters", params or "none"
    yield "size", f"-n {entry['tasks']} (tasks a batch) -c {entry['concurrency']} (at once)"
    forms = entry["forms"]
    yield "forms", "; ".join(_formed(forms))
    if entry["unavailable"]:
        yield "not here", entry["unavailable"]
    yield "measure", f"asyncbench run {entry.get('command') or _command(entry)}"


def _formed(forms: Sequence[str]) -> Iterator[str]:
    portable = "portable" in forms
    if {"blocking", "cooperative"} <= {*forms}:
        yield f"blocking and async: every executor{'' if portable else ' but trio'}"
    else:
        yield _FORMS[forms[0]]
    if portable:
        yield "on anyio, too: trio runs it"


def _command(entry: Mapping[str, Any]) -> str:
    """Return how to run a workload: what it needs, or else one of its parameters as an example."""
    params = entry["parameters"].items()
    needed = [f"-p {name}=VALUE" for name, value in params if value is None]
    example = [f"-p {name}={value}" for name, value in params if value not in (None, "")]
    return " ".join([entry["name"], *(needed or example[:1])])


def _executor(entry: Mapping[str, Any], width: int) -> list[str]:
    form = _FORM[entry["form"]]
    lines = [f"{entry['name']} (executor)"]
    for label, said in (
        ("does", entry["does"]),
        ("runs", f"{form} of a workload; family {entry['family']}"),
        ("parameters", ", ".join(entry["parameters"]) or "none"),
        ("here", entry["unavailable"] or "it runs here"),
        ("measure", f"asyncbench run sleep -e {entry['name']}"),
    ):
        lines += _labelled(f"  {label}", said, width)
    return lines


def _labelled(label: str, said: str, width: int) -> list[str]:
    return textwrap.wrap(
        said,
        width,
        initial_indent=f"{label:<{LABEL}} ",
        subsequent_indent=" " * (LABEL + 1),
        break_long_words=False,
        break_on_hyphens=False,
    )
