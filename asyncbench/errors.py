"""The errors that asyncbench raises, each with the exit status the command line gives it."""

from __future__ import annotations

from collections.abc import Iterable


class AsyncbenchError(Exception):
    """Anything that asyncbench refuses or could not do, told in one line."""

    exit_status = 2


class UsageError(AsyncbenchError):
    """What was asked for does not exist or does not fit; nothing was measured."""


class EmptyRunError(AsyncbenchError):
    """A run has no measurement for what was asked of it."""

    exit_status = 4


class NotAProofError(AsyncbenchError):
    """A task returned something that is no proof of work; `kind` names its type, if known."""

    def __init__(self, kind: str = "something else") -> None:
        super().__init__(f"a task returned {kind}, not an int as its proof of work")
        self.kind = kind

    def __reduce__(self) -> tuple[type[NotAProofError], tuple[str]]:
        """Be the same after the way from another process."""
        return type(self), (self.kind,)


class JournalError(AsyncbenchError):
    """A journal cannot be read or written."""


def near_matches(word: str, known: Iterable[str]) -> str:
    """Return ` (did you mean 'x'?)` for a misspelt word, or the known words where none is near."""
    import difflib

    names = sorted(set(known))
    near = difflib.get_close_matches(word, names, n=3, cutoff=0.6)
    if near:
        return f" (did you mean {' or '.join(repr(name) for name in near)}?)"
    return f" (choose from: {', '.join(names)})" if names else ""
