"""Work that reads what is stored: files and databases."""

from __future__ import annotations

import asyncio
import importlib
import math
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asyncbench import Demand, Target, Workload, needs
from asyncbench.targets import postgres, postgres_binaries

from ._dsn import lacking, parsed, server, unanswered, without_password
from ._prepared import MIB, NumbersTable, RandomFile

if TYPE_CHECKING:
    import aiosqlite
    import psycopg

LARGEST_FILE = 1024 * MIB  # bytes; one call reads up to 2 GiB
MOST_ROWS = 10_000_000  # some seconds to write

VALUES = "SELECT value FROM numbers WHERE id = ?"
STRIDE = 7919  # a prime, so that neighbouring tasks read far apart

QUERY = "SELECT %s::int + 1, pg_sleep(%s)"
DSN_VARIABLE = "ASYNCBENCH_POSTGRES_DSN"
LONGEST_SLEEP = 3600.0


@dataclass
class FileRead(Workload):
    """Read a cached file: `os.pread`, in a thread under asyncio, which has no file I/O of its own.

    The cooperative form hands the same call to `asyncio.to_thread`, since the standard library
    has no asynchronous file I/O. Its threads are the event loop's default ones, at most four
    more than there are CPUs, whatever the number of lanes; those of anyio, in the portable form,
    are at most 40.
    """

    size: int = 64 * 1024

    tasks = 500
    concurrency = 16

    def __post_init__(self) -> None:
        if not 1 <= self.size <= LARGEST_FILE:
            raise ValueError(f"size is 1 to {LARGEST_FILE} bytes, not {self.size}")

    def open(self) -> int:
        """Open a descriptor of the lane's own."""
        return os.open(self.address, os.O_RDONLY)

    def task(self, lane: int, index: int) -> int:
        """Read the whole file in one call."""
        return index + self._verified(os.pread(lane, self.size, 0), index)

    def close(self, lane: int) -> None:
        """Close the descriptor."""
        os.close(lane)

    async def aopen(self) -> int:
        """Open a descriptor of the lane's own."""
        return self.open()

    async def atask(self, lane: int, index: int) -> int:
        """Read the whole file in one call, in a thread."""
        data = await asyncio.to_thread(os.pread, lane, self.size, 0)
        return index + self._verified(data, index)

    async def aclose(self, lane: int) -> None:
        """Close the descriptor."""
        self.close(lane)

    anyopen, anyclose = aopen, aclose

    async def anytask(self, lane: int, index: int) -> int:
        """Read the whole file in one call, in a thread of anyio's."""
        from anyio.to_thread import run_sync

        return index + self._verified(await run_sync(os.pread, lane, self.size, 0), index)

    def target(self) -> Target:
        """Return what makes the file."""
        return RandomFile(self.size)

    def demand(self) -> Demand:
        """All copying from the page cache, outside the GIL; how long it takes is measured."""
        return Demand(cpu_s=None, holds_gil=False)

    def _verified(self, data: bytes, index: int) -> int:
        if len(data) != self.size:
            raise OSError(f"read {len(data)} bytes of {self.size}")
        # A look at eight bytes, elsewhere in each task: all would cost more than the reading.
        place = index * STRIDE % self.size
        return len(data) + int.from_bytes(data[place : place + 8])


@dataclass
class SqliteRead(Workload):
    """Read rows by primary key, one by one, `reads` times: sqlite3, or aiosqlite with its threads.

    aiosqlite runs each connection in a thread of its own, and every statement is one hand-over
    there and back. So it is in the portable form, which calls sqlite3 itself in anyio's threads.
    """

    rows: int = 10_000
    reads: int = 5

    tasks = 100
    concurrency = 10

    def __post_init__(self) -> None:
        if not 1 <= self.rows <= MOST_ROWS:
            raise ValueError(f"rows is 1 to {MOST_ROWS}, not {self.rows}")
        if self.reads < 1:
            raise ValueError(f"reads is at least 1, not {self.reads}")

    def lacks(self, form: str) -> str | None:
        """Return whether aiosqlite is missing, which the cooperative form alone needs."""
        return needs("sqlite", "aiosqlite") if form == "cooperative" else None

    def load(self, form: str) -> None:
        """Import the client."""
        if form == "cooperative":
            importlib.import_module("aiosqlite")

    def open(self) -> sqlite3.Connection:
        """Connect, to read only."""
        # One task at a time has the lane, but not always in the thread that opened it.
        return sqlite3.connect(self._place(), uri=True, check_same_thread=False)

    def task(self, lane: sqlite3.Connection, index: int) -> int:
        """Fetch each row with a statement of its own."""
        total = index
        for key in self._keys(index):
            for (value,) in lane.execute(VALUES, (key,)).fetchall():
                total += value
        return total

    def close(self, lane: sqlite3.Connection) -> None:
        """Close the connection."""
        lane.close()

    async def aopen(self) -> aiosqlite.Connection:
        """Connect, to read only; this starts the connection's thread."""
        import aiosqlite

        return await aiosqlite.connect(self._place(), uri=True)

    async def atask(self, lane: aiosqlite.Connection, index: int) -> int:
        """Fetch each row with a statement of its own."""
        total = index
        for key in self._keys(index):
            for (value,) in await lane.execute_fetchall(VALUES, (key,)):
                total += value
        return total

    async def aclose(self, lane: aiosqlite.Connection) -> None:
        """Close the connection, which ends its thread."""
        await lane.close()

    async def anyopen(self) -> sqlite3.Connection:
        """Connect, to read only."""
        return self.open()

    async def anytask(self, lane: sqlite3.Connection, index: int) -> int:
        """Fetch each row with a statement of its own, in a thread."""
        from anyio.to_thread import run_sync

        total = index
        for key in self._keys(index):
            for (value,) in await run_sync(_fetched, lane, key):
                total += value
        return total

    async def anyclose(self, lane: sqlite3.Connection) -> None:
        """Close the connection."""
        lane.close()

    def target(self) -> Target:
        """Return what makes the database."""
        return NumbersTable(self.rows)

    def demand(self) -> Demand:
        """SQLite computes outside the GIL, Python around it inside; how much of each is measured.

        The bound is drawn as if none of it held the GIL, so that nothing can beat it.
        """
        return Demand(cpu_s=None, holds_gil=False)

    def _place(self) -> str:
        return f"{Path(self.address).as_uri()}?mode=ro"

    def _keys(self, index: int) -> list[int]:
        first = index * self.reads
        return [1 + read * STRIDE % self.rows for read in range(first, first + self.reads)]


def _fetched(lane: sqlite3.Connection, key: int) -> list[tuple[int]]:
    return lane.execute(VALUES, (key,)).fetchall()


@dataclass
class PostgresQuery(Workload):
    """Query PostgreSQL, which sleeps for `sleep` seconds: psycopg, sync and async, prepared.

    Every lane has a connection of its own. The server is private and lives for the run, unless
    `dsn` or the variable ASYNCBENCH_POSTGRES_DSN names one that is there.
    """

    sleep: float = 0.005
    dsn: str = ""

    tasks = 40
    concurrency = 20

    def __post_init__(self) -> None:
        if not (math.isfinite(self.sleep) and 0 <= self.sleep <= LONGEST_SLEEP):
            raise ValueError(f"sleep is 0 to {LONGEST_SLEEP:g} seconds, not {self.sleep}")
        self._source = "dsn" if self.dsn else DSN_VARIABLE
        if self.dsn and lacking() is None:
            parsed(self.dsn, "dsn")
        self._dsn = self.dsn or os.environ.get(DSN_VARIABLE, "")

    def unavailable(self) -> str | None:
        """Return whether psycopg or any server is missing."""
        if not self._dsn or lacking():
            return lacking() or postgres_binaries.missing()
        try:
            parsed(self._dsn, DSN_VARIABLE)
        except ValueError as error:
            return str(error)
        return None

    def lacks(self, form: str) -> str | None:
        """Return that no client of PostgreSQL's runs on trio, which the portable form is for."""
        why = "psycopg does not run on trio; run it under asyncio or uvloop"
        return why if form == "portable" else None

    def load(self, form: str) -> None:
        """Import the client."""
        importlib.import_module("psycopg")

    def open(self) -> psycopg.Connection[Any]:
        """Connect, each statement its own transaction."""
        import psycopg

        place = server(self._dsn or self.address, self._source)
        try:
            return psycopg.connect(**place, autocommit=True)
        except psycopg.OperationalError as error:
            raise unanswered(place, error) from None

    def task(self, lane: psycopg.Connection[Any], index: int) -> int:
        """Have the server add one to the index, and sleep."""
        return index + _added(lane.execute(QUERY, (index, self.sleep), prepare=True).fetchall())

    def close(self, lane: psycopg.Connection[Any]) -> None:
        """Close the connection."""
        lane.close()

    async def aopen(self) -> psycopg.AsyncConnection[Any]:
        """Connect, each statement its own transaction."""
        import psycopg

        place = server(self._dsn or self.address, self._source)
        try:
            return await psycopg.AsyncConnection.connect(**place, autocommit=True)
        except psycopg.OperationalError as error:
            raise unanswered(place, error) from None

    async def atask(self, lane: psycopg.AsyncConnection[Any], index: int) -> int:
        """Have the server add one to the index, and sleep."""
        cursor = await lane.execute(QUERY, (index, self.sleep), prepare=True)
        return index + _added(await cursor.fetchall())

    async def aclose(self, lane: psycopg.AsyncConnection[Any]) -> None:
        """Close the connection."""
        await lane.close()

    def hide(self) -> dict[str, str]:
        """Show a given server without its password."""
        return {} if not self.dsn or lacking() else without_password(self.dsn)

    def target(self) -> Target | None:
        """Return the private server, or None where one was named."""
        return None if self._dsn else postgres.Postgres()

    def demand(self) -> Demand:
        """All waiting; the CPU it takes to ask is the executor's and the client's to save."""
        return Demand(wait_s=self.sleep, cpu_s=0.0)


def _added(rows: list[tuple[int, str]]) -> int:
    return sum(value for value, _ in rows)
