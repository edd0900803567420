"""Sees from outside, about twice a millisecond, which threads of a worker are running.

A thread that waits for the GIL cannot report it, and a thread in the same process could watch
the others only while holding the GIL itself. So the runner polls: Linux shows of each thread
whether it runs and, where it does not, which system call it waits in
(`/proc/PID/task/TID/syscall`, proc(5)). A wait for a lock (`futex`) that lies in the memory of the
interpreter's own image is a wait for the GIL; locks of Python code lie in memory that was asked
for. Elsewhere nothing is seen.
"""

from __future__ import annotations

import contextlib
import os
import platform
import sys
import threading
import time
from time import perf_counter_ns

from asyncbench.core.system import descendants
from asyncbench.record.trace import Seen, ThreadState

# Between two polls of all threads; a poll itself takes about 3 us a thread.
INTERVAL_S = 0.0004
# Between two searches for new threads and processes: a search takes longer than a poll.
SEARCH_S = 0.004
YOUNG_NS = 200_000_000
# The number of the system call `futex` (linux/arch/*/syscall*.tbl).
FUTEX = {"x86_64": b"202", "aarch64": b"98"}.get(platform.machine(), b"")
LONGEST_LINE = 160


class ThreadPoller:
    """Polls the threads of a process, and of those below it, until its context is left."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._ended = threading.Event()
        self._files: dict[int, tuple[int, Seen]] = {}
        self._images: dict[int, list[tuple[int, int]]] = {}
        self._last: dict[int, bytes] = {}
        #: By native thread id, what was seen of it.
        self.seen: dict[int, Seen] = {}
        self._polls = self._spread_ns = 0
        self._thread = threading.Thread(target=self._go, name="thread poller", daemon=True)

    def __enter__(self) -> ThreadPoller:
        """Begin to poll."""
        if sys.platform == "linux":
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Poll no more."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()
        for file, _seen in self._files.values():
            os.close(file)

    @property
    def resolution_ns(self) -> int | None:
        """How long it was between two polls, on average; None where nothing could be seen."""
        return self._spread_ns // self._polls if self._polls and self.seen else None

    def gil_waits(self, began: int, ended: int, looker: int = 0) -> tuple[int, int]:
        """Return for how long threads were seen waiting for the GIL, in ns: in all, and at once.

        The thread `looker` does not count.
        """
        waits = [
            until - start
            for thread, seen in self.seen.items()
            if thread != looker
            for state, start, until in seen.between(began, ended)
            if state is ThreadState.GIL
        ]
        return sum(waits), max(waits, default=0)

    def _go(self) -> None:
        began, searched = perf_counter_ns(), 0.0
        while not self._ended.is_set():
            now = time.monotonic()
            # At first, and so at the beginning of most batches, new ones come thick and fast.
            young = perf_counter_ns() - began < YOUNG_NS
            if young or now - searched > SEARCH_S:
                searched = now
                self._search()
            polled = time.monotonic()
            self._sweep()
            self._polls += 1
            self._spread_ns = perf_counter_ns() - began
            # With very many threads it must not take a CPU for itself.
            time.sleep(max(INTERVAL_S, time.monotonic() - polled))

    def _search(self) -> None:
        for pid in (self._pid, *descendants(self._pid)):
            with contextlib.suppress(OSError):
                for name in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - many times a second
                    if int(name) not in self._files:
                        self._meet(pid, int(name))

    def _meet(self, pid: int, thread: int) -> None:
        folder = f"/proc/{pid}/task/{thread}"
        with open(f"{folder}/comm", encoding="utf-8", errors="replace") as comm:  # noqa: PTH123
            seen = Seen(pid, comm.read().strip())
        if pid not in self._images:
            self._images[pid] = _image(pid)
        # The last that can fail, since somebody has to close it.
        file = os.open(f"{folder}/syscall", os.O_RDONLY)
        self._files[thread] = file, seen
        self.seen[thread] = seen

    def _sweep(self) -> None:
        gone = []
        for thread, (file, seen) in self._files.items():
            try:
                line = os.pread(file, LONGEST_LINE, 0)
            except OSError:  # it has ended, or does not let us read
                gone.append(thread)
                line = b""
            if line == self._last.get(thread):
                continue
            self._last[thread] = line
            seen.add(perf_counter_ns(), _state(line, self._images[seen.pid]))
        for thread in gone:
            file, _ = self._files.pop(thread)
            os.close(file)


def _state(line: bytes, image: list[tuple[int, int]]) -> ThreadState:
    if not line:
        return ThreadState.UNSEEN
    if line.startswith(b"r"):
        return ThreadState.RUNNING
    fields = line.split()
    if fields[0] != FUTEX:
        return ThreadState.WAITING
    lock = int(fields[1], 16)
    return ThreadState.GIL if any(start <= lock < end for start, end in image) else ThreadState.LOCK


def _image(pid: int) -> list[tuple[int, int]]:
    """Return where in a process's memory the interpreter lies, with its variables."""
    ranges: list[tuple[int, int]] = []
    with (
        contextlib.suppress(OSError),
        open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as maps,  # noqa: PTH123
    ):
        for line in maps:
            places, *_, name = f"{line.rstrip()} ".split(" ", 5)
            start, end = (int(place, 16) for place in places.split("-"))
            # What was zero at the start stands without a name right behind what was not.
            behind = ranges and ranges[-1][1] == start and not name.strip()
            if "python" in name.strip().rpartition("/")[2] or behind:
                ranges.append((start, end))
    return ranges
