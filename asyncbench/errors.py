"""The errors that asyncbench raises, each with the exit status the command line gives it."""

from __future__ import annotations

from collections.abc import Iterable

# A word as long as this, and a part of a known one, may be meant as that.
LEAST_PART = 3
# How like a known word another is that is taken for it alone: a letter is amiss, no more.
CLEAR = 0.88
# As many kinds of errors are named of a group of them.
MOST_KINDS = 3


class Stopped(KeyboardInterrupt):
    """A signal asked the command to stop.

    It is no KeyboardInterrupt of imported code, which fails with that. Nor is it the plain one:
    Python remembers that such a one came out of code that `exec` ran, as it does while classes are
    made, and would end with a status of its own, even where it was caught.
    """


class AsyncbenchError(Exception):
    """Anything that asyncbench refuses or could not do, told in one line."""

    exit_status = 2

    def _render_traceback_(self, *_: object) -> list[str]:
        """Return what IPython and notebooks show: frames of ours would tell nobody anything."""
        return [f"{type(self).__name__}: {self}"]


class UsageError(AsyncbenchError):
    """What was asked for does not exist or does not fit; nothing was measured."""


class ImportFailedError(UsageError):
    """Code of the user's fails where it is imported; what else is asked for can go on."""


class OutputError(AsyncbenchError):
    """What was to be shown could not be written; the reason is told where it can be."""


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


class UnsuitedError(AsyncbenchError):
    """A task asks for what its executor cannot do: the cell is left out, and nothing has failed."""


class CommandError(AsyncbenchError):
    """A command did not do what it is held to; there are no frames of the user's to show."""


class UnprovenError(AsyncbenchError, TypeError):
    """What a function returned tells nothing of the work that it has done."""


class UnsendableError(AsyncbenchError, TypeError):
    """Something cannot be pickled on its way to or from a process of a pool."""


class JournalError(AsyncbenchError):
    """A journal cannot be read or written."""


class DamagedTraceError(AsyncbenchError):
    """The events of a trace cannot be what its processes wrote."""


def first_raised(error: BaseException) -> BaseException:
    """Return the error that was raised first, out of the groups in which it came here.

    A group that a task makes itself holds errors that nobody raised: it is what went wrong.
    """
    while isinstance(error, BaseExceptionGroup) and error.exceptions[0].__traceback__:
        error = error.exceptions[0]
    return error


def told(error: BaseException) -> str:
    """Return an error of other code in one line: its kind, and the first line of its text."""
    name = type(error).__name__
    try:
        text = str(error).strip().splitlines()
    except Exception:  # whatever a `__str__`, which is the user's, raises
        return f"{name}, whose text cannot be made"
    if isinstance(error, BaseExceptionGroup):
        kinds = dict.fromkeys(type(each).__name__ for each in error.exceptions)
        text = [f"{text[0]}: {', '.join([*kinds][:MOST_KINDS])}"]
    return f"{name}: {text[0]}" if text else name


def near_matches(word: str, known: Iterable[str], *, most: int = 12) -> str:
    """Return ` (did you mean 'x'?)` for a misspelt word, or the known words where none is near.

    Of more than `most` known words the first are told, and how many there are.
    """
    import difflib

    names = sorted(set(known))
    folded = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(word.casefold(), [*folded], n=3, cutoff=0.6)
    clear = difflib.get_close_matches(word.casefold(), close[:1], cutoff=CLEAR)
    near = [folded[each] for each in clear or close]
    if not near and len(word) >= LEAST_PART:
        near = [name for name in names if word.casefold() in name.casefold()][:3]
    if near:
        return f" (did you mean {' or '.join(repr(name) for name in near)}?)"
    more = f", ... {len(names)} in all" if len(names) > most else ""
    return f" (choose from: {', '.join(names[:most])}{more})" if names else ""
