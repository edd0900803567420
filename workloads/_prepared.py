"""What the storage workloads read: a file and a database, made once a run in a temporary folder."""

from __future__ import annotations

import random
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asyncbench import Target
from asyncbench.targets.folder import Folder

MIB = 1024 * 1024
SEED = 0


class Prepared(Target):
    """Something in a temporary folder that is made once a run, for every lane to read.

    Nothing is served: the process stays only to remove the folder at its end.
    """

    _folder: Folder | None = None

    def make(self, path: Path) -> None:
        """Make what is to be read at `path`."""
        raise NotImplementedError

    def serve(self, ready: Callable[[Any], None]) -> None:
        """Make it and wait for the end; the address is its path."""
        self._folder = Folder()
        try:
            path = self._folder.path / self.name
            self.make(path)
            ready(str(path))
            threading.Event().wait()
        finally:
            self._folder.remove()

    def stop(self) -> None:
        """Remove the folder."""
        if self._folder:
            self._folder.remove()


@dataclass
class RandomFile(Prepared):
    """A file of `size` random bytes, the same in every run, and in the page cache once written."""

    size: int
    name = "file"

    def make(self, path: Path) -> None:
        """Write it piece by piece."""
        draw = random.Random(SEED)
        with path.open("wb") as file:
            for written in range(0, self.size, MIB):
                file.write(draw.randbytes(min(MIB, self.size - written)))

    def describe(self) -> dict[str, str]:
        """State its size."""
        return {"file": f"{self.size} bytes in the page cache"}


@dataclass
class NumbersTable(Prepared):
    """A SQLite database with one table of `rows` random numbers, the same in every run."""

    rows: int
    name = "sqlite"

    def make(self, path: Path) -> None:
        """Write it in one transaction."""
        draw = random.Random(SEED)
        database = sqlite3.connect(path)
        try:
            with database:
                database.execute("CREATE TABLE numbers (id INTEGER PRIMARY KEY, value INTEGER)")
                database.executemany(
                    "INSERT INTO numbers VALUES (?, ?)",
                    ((key, draw.getrandbits(32)) for key in range(1, self.rows + 1)),
                )
        finally:
            database.close()

    def describe(self) -> dict[str, str]:
        """State its size and SQLite's version."""
        return {"database": f"SQLite {sqlite3.sqlite_version}, {self.rows} rows"}
