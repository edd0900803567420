"""How a process of ours can fail the runner: one cell alone, or all of them."""

from __future__ import annotations

from asyncbench.errors import AsyncbenchError

# As many characters of a reason and of a traceback are kept: an exception can hold any amount.
TEXT_KEPT = 16 * 1024


class LostProcessError(AsyncbenchError):
    """A process that keeps the workers has gone, and no cell can go on."""


class CellFailure(Exception):  # noqa: N818 - a cell's fate, caught by the runner, never the user's
    """One cell cannot go on: why in one line, and what is known beyond it.

    `unsuited`: nothing failed, but its executor cannot do what its tasks ask for.
    """

    def __init__(
        self, reason: str, traceback: str = "", output: str = "", *, unsuited: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason = reason[:TEXT_KEPT]
        self.traceback = traceback[-TEXT_KEPT:]
        self.output = output
        self.unsuited = unsuited


class TimedOut(CellFailure):
    """One cell did not answer in time."""

    def __init__(self, seconds: float, output: str = "") -> None:
        super().__init__(f"timed out after {seconds:.3g} s", output=output)
