"""The catalogue as text: workloads by group, then executors."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

INDENT = 4
# What else can stand where an executor's name does.
MORE = {
    "loop:MODULE:FACTORY": "asyncio.Runner with the event loop that a factory makes.",
    "futures:MODULE:FACTORY": "Slices over the concurrent.futures.Executor that a factory makes.",
    "OUTER+INNER": "An executor in each of several processes, threads, interpreters or workers of "
    "dask, as in processes+uvloop.",
}


def text(found: Mapping[str, Sequence[Mapping[str, Any]]], width: int) -> str:
    """Return what `asyncbench list` found, in lines of at most `width` characters."""
    lines: list[str] = []
    group = ""
    for entry in found.get("workloads", ()):
        if entry["group"] != group:
            group = entry["group"]
            lines += ["", f"workloads: {group}"]
        lines += _entry(entry["name"], [entry["does"], _options(entry), *_unable(entry)], width)
    if "executors" in found:
        lines += ["", "executors"]
    for entry in found.get("executors", ()):
        state = entry["unavailable"] or "runs here"
        notes = [entry["does"], f"{entry['family']}; {state}"]
        if entry["parameters"]:
            notes.append(f"parameters: {', '.join(entry['parameters'])}")
        lines += _entry(entry["name"], notes, width)
    if len(found.get("executors", ())) > 1:
        for written, does in MORE.items():
            lines += _entry(written, [does], width)
    if "pythons" in found:
        lines += ["", "pythons"]
    for entry in found.get("pythons", ()):
        lines += _entry(f"--python {entry['name']}", [f"{entry['path']} ({entry['in']})"], width)
    return "\n".join(lines[1:]) + "\n"


def _options(entry: Mapping[str, Any]) -> str:
    params = [
        f"-p {name}={'...' if value is None else value}"
        for name, value in entry["parameters"].items()
    ]
    return " ".join([f"-n {entry['tasks']} -c {entry['concurrency']}", *params])


def _unable(entry: Mapping[str, Any]) -> list[str]:
    notes = []
    if entry["forms"] == ["cooperative"]:
        notes.append("cooperative form alone: for event loops")
    if entry["forms"] == ["blocking"]:
        notes.append("blocking form alone")
    if entry["unavailable"]:
        notes.append(f"cannot run here: {entry['unavailable']}")
    return notes


def _entry(name: str, notes: Sequence[str], width: int) -> list[str]:
    lines = [f"  {name}"]
    for note in notes:
        lines += textwrap.wrap(
            note,
            width,
            initial_indent=" " * INDENT,
            subsequent_indent=" " * (INDENT + 2),
            break_long_words=False,
            break_on_hyphens=False,
        )
    return lines
