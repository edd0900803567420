"""Keeps a run's journal while it is measured, and finds another place where its disk fills up."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from asyncbench.errors import JournalError
from asyncbench.record.journal import JournalWriter, new_path
from asyncbench.record.lines import Control, Line
from asyncbench.record.run import Run


class Keeper:
    """Writes a run's lines to a new journal in a folder as they happen.

    A disk that fills up costs the journal, not what is being measured. `close` then writes the
    whole run anew where there is room; `run.unsaved` says what became of it.
    """

    def __init__(self, run: Run, folder: Path) -> None:
        self._run = run
        self._folder = folder
        self._writer = JournalWriter(new_path(folder, run.started, run.name))
        self._fault = ""
        try:
            self._writer.begin(run)
            for line in _lines(run):  # of a run that goes on
                self._writer.add(line)
        except BaseException:
            self._writer.close()
            with contextlib.suppress(OSError):  # it would be found by the run's name
                self._writer.path.unlink()
            raise
        run.path = self._writer.path

    def add(self, line: Line) -> None:
        """Write one line, as long as there has been room for those before it."""
        if self._fault:
            return
        try:
            self._writer.add(line)
        except JournalError as error:
            self._fault = str(error)

    def close(self) -> None:
        """Close the journal; one that is cut short or gone is written anew, if there is a place."""
        if not self._fault:
            try:
                self._writer.check()
            except JournalError as error:
                self._fault = str(error)
        self._writer.close()
        if not self._fault:
            return
        run = self._run
        places: tuple[Callable[[], Path], ...] = (
            lambda: self._folder,
            lambda: Path(tempfile.gettempdir()),
            Path.home,
        )
        for place in places:
            try:
                run.path = write(run, place())
            except (JournalError, OSError, RuntimeError):  # a home that there is none of
                continue
            run.unsaved = f"{self._fault}; all of the run is in {run.path}"
            break
        else:
            run.unsaved = f"{self._fault}; the journal ends there, and no other place had room"
        run.warnings.append(run.unsaved)

    def discard(self) -> None:
        """Remove the journal, which tells nothing that is worth keeping."""
        if self._run.path:
            self._run.path.unlink(missing_ok=True)
            self._run.path = None


def write(run: Run, folder: Path) -> Path:
    """Write a whole run to a new journal in a folder and return it; JournalError leaves none."""
    path = new_path(folder, run.started, run.name)
    write_to(run, path)
    return path


def write_to(run: Run, path: Path) -> None:
    """Write a whole run to a new file; JournalError leaves none, and says where there is one."""
    writer = JournalWriter(path)
    try:
        writer.begin(run)
        for line in _lines(run):
            writer.add(line)
    except BaseException:
        writer.close()
        with contextlib.suppress(OSError):
            writer.path.unlink()
        raise
    writer.close()


def _lines(run: Run) -> Iterator[Line]:
    # Controls come first, since samples speak of them; between other kinds no order matters.
    # Works that a sweep added have no lines of their own: they are in the plan by now.
    yield from map(Control, run.controls)
    yield from run.targets
    yield from run.demands
    yield from run.observations
    yield from run.samples
    yield from run.lives
    yield from run.visits
    yield from run.failures
    yield from run.served
    if run.end:
        yield run.end
