"""Notes coroutines that a batch makes and nobody awaits, so that their bodies never run."""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Iterator
from typing import Any

from asyncbench.record.events import code_place


class Unawaited:
    """How many coroutines went without having begun, and what the first of them is."""

    def __init__(self) -> None:
        self.count = 0
        self.first = ""

    @contextlib.contextmanager
    def counting(self) -> Iterator[None]:
        """Count within a context, in place of Python's warning of each."""
        module: Any = warnings
        warn, depth = module._warn_unawaited_coroutine, sys.get_coroutine_origin_tracking_depth()
        module._warn_unawaited_coroutine = self._note
        sys.set_coroutine_origin_tracking_depth(max(1, depth))  # of coroutines made in this thread
        try:
            yield
        finally:
            module._warn_unawaited_coroutine = warn
            sys.set_coroutine_origin_tracking_depth(depth)

    def figures(self) -> dict[str, Any]:
        """Return what a run records of it."""
        return {"unawaited": self.count, "unawaited_at": self.first}

    def _note(self, coro: Any) -> None:
        self.count += 1
        [(file, line, _), *_] = coro.cr_origin or [("", 0, "")]
        self.first = self.first or code_place(coro.__qualname__, file, line)
