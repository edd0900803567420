"""Starts the processes of a run and gives the runner a handle on each."""

from __future__ import annotations

import contextlib
import os
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from asyncbench.record.plan import Variant
from asyncbench.runner.processes.forked import ForkServer
from asyncbench.runner.processes.handle import Worker, WorkerFactory
from asyncbench.runner.processes.target import TargetProcess
from asyncbench.targets.folder import Folder


class Launcher(Protocol):
    """Where the runner gets its processes; a fake one runs them in the runner's own process."""

    def factory(self, python: str | None) -> WorkerFactory:
        """Start a fresh factory in an interpreter, None for the one that this runs in."""

    def target(self, workload: str, params: dict[str, Any], variant: Variant) -> TargetProcess:
        """Start the target of a workload as a variant has it and wait until it is ready."""


class WorkerFactories:
    """One round's factories: one for each interpreter that a run has workers in."""

    def __init__(self, launcher: Launcher, pythons: Sequence[str | None]) -> None:
        self._by_python: dict[str | None, WorkerFactory] = {}
        try:
            for python in pythons:
                self._by_python[python] = launcher.factory(python)
        except BaseException:
            self.close()
            raise

    def worker(self, python: str | None) -> Worker:
        """Start a worker in an interpreter."""
        return self._by_python[python].worker()

    def close(self) -> None:
        """End all workers and all factories."""
        for factory in self._by_python.values():
            factory.close()


class ProcessLauncher:
    """The launcher of real runs; what its processes leave among temporary files goes with it.

    `clean`: workers are without what the environment sets Python to.
    """

    def __init__(self, *, clean: bool = False) -> None:
        self._clean = clean
        self._folder: Folder | None = None
        # Where there is no place at all, much can be measured all the same.
        with contextlib.suppress(OSError):
            self._folder = Folder()
            self._remove = weakref.finalize(self, self._folder.remove)
            if hasattr(os, "geteuid") and os.geteuid() == 0:
                # Servers that refuse to run as root are to reach the folders in it.
                self._folder.path.chmod(0o711)

    def __enter__(self) -> ProcessLauncher:
        """Return the launcher."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove what processes that are gone have left among temporary files."""
        if self._folder:
            self._remove()

    def factory(self, python: str | None) -> WorkerFactory:
        """Start a fresh factory in an interpreter, None for the one that this runs in."""
        if hasattr(os, "fork"):
            return ForkServer(python, self._place, clean=self._clean)
        from asyncbench.runner.processes.spawned import SpawnFactory

        return SpawnFactory(python, self._place, clean=self._clean)

    def target(self, workload: str, params: dict[str, Any], variant: Variant) -> TargetProcess:
        """Start the target of a workload as a variant has it and wait until it is ready."""
        return TargetProcess(workload, params, variant, temporary=self._place)

    @property
    def _place(self) -> Path | None:
        return self._folder.path if self._folder else None
