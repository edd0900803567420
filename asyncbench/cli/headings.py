"""Under which headings the options of a command stand in its help, where they are many."""

from __future__ import annotations

from collections.abc import Sequence

import click

# So many are found without headings.
FEW = 12
OWN = "Options"
FILES = "Files to write"
HEADINGS = {
    "What is measured": (
        *("--executor", "--tasks", "--concurrency", "--param", "--sync", "--async", "--arg"),
        *("--args-from", "--consume", "--return", "--command", "--program", "--proof"),
    ),
    "Versions and interpreters": (
        *("--variant", "--python", "--with", "--against", "--baseline", "--fail-on"),
    ),
    "How long, and how exactly": (
        *("--budget", "--full", "--precision", "--margin", "--timeout", "--seed"),
    ),
    "Where it runs": ("--processes", "--dask", "--gc", "--clean-env"),
    "What is shown": (
        *("--why", "--table", "--all", "--columns", "--sort", "--relative-to", "--color"),
        *("--quiet", "--help"),
    ),
    "What is kept": ("--save", "--name", "--no-save"),
}
HEADING_OF = {name: heading for heading, names in HEADINGS.items() for name in names}
ORDER = list(HEADING_OF)


def sections(options: Sequence[click.Option]) -> dict[str, list[click.Option]]:
    """Return the options by their headings, in the order of help; a heading may have none."""
    if len(options) <= FEW:
        return {OWN: [*options]}
    found: dict[str, list[click.Option]] = {each: [] for each in (OWN, *HEADINGS, FILES)}
    for name, each in sorted(((_long(each), each) for each in options), key=_place):
        found[HEADING_OF.get(name, FILES if each.metavar == "FILE" else OWN)].append(each)
    return found


def _long(option: click.Option) -> str:
    return next(name for name in option.opts if name.startswith("--"))


def _place(named: tuple[str, click.Option]) -> int:
    return ORDER.index(named[0]) if named[0] in ORDER else 0
