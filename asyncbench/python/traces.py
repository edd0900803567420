"""What Python callers get of a trace: the summaries of each work, and the timelines as text."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

from asyncbench.analysis.trace.summary import TracedWork
from asyncbench.errors import UsageError
from asyncbench.python import shown
from asyncbench.report import failures
from asyncbench.report.terminal import trace


class Traces(tuple[TracedWork, ...]):
    """What was traced, a `TracedWork` a work. It prints as timelines with what they show."""

    __slots__ = ()

    def __new__(cls, works: Iterable[TracedWork]) -> Traces:
        """Return the traces of these works."""
        return super().__new__(cls, works)

    def save(self, path: str | Path) -> Path:
        """Write Chrome's trace events, for ui.perfetto.dev; return the path.

        Raises OSError where the file cannot be written.
        """
        from asyncbench.report.export import trace_events

        with Path(path).open("w", encoding="utf-8") as file:
            file.writelines(trace_events.texts([one for each in self for one in each.summaries]))
        return Path(path)

    def __await__(self) -> NoReturn:
        """Raise UsageError: a function has been traced by then, and only a coroutine is awaited."""
        raise UsageError(
            "a function is traced without await, in processes of its own; a coroutine on the loop "
            "that runs is traced by: await asyncbench.trace(work())"
        )

    def __repr__(self) -> str:
        """Return the timelines, and what failed with the frames of the user's code."""
        parts = [trace.text(*each, shown.width()).rstrip("\n") for each in self]
        parts += shown.failed(failures.of_traces(one for each in self for one in each.traces))
        return "\n\n".join(parts)

    def _repr_html_(self) -> str:
        return shown.preformatted(repr(self))
