"""A private PostgreSQL server that lives for one run, from binaries found on the machine."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from asyncbench.core.system import (
    LINUX,
    cpu_clock_ns,
    descendants,
    end_with_parent,
    postgres_segments,
    signal_name,
    stat_fields,
)
from asyncbench.core.target import Target
from asyncbench.targets.folder import Folder
from asyncbench.targets.postgres_binaries import (
    User,
    binary_folders,
    missing,
    unprivileged_user,
    usable,
)

SUPERUSER = "asyncbench"
PORT = 5432  # names the socket's file; nothing listens on the network
START_S = 30.0
LOOK_S = 0.02
# The runner gives a target three seconds to leave; what has not shut down by then is killed.
STOP_S = 1.5
# Every executor has its own `concurrency` connections, and all are open side by side.
MAX_CONNECTIONS = 1000
# Nothing in it is to last, and nothing of its own accord runs beside the queries.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": str(MAX_CONNECTIONS),
    "superuser_reserved_connections": "0",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "log_line_prefix": "",
    "shared_buffers": "32MB",
    # In the data folder, so that it goes with it: a server that is killed leaves /dev/shm full.
    "dynamic_shared_memory_type": "mmap",
}
LONGEST_SOCKET_PATH = 100  # bytes; Linux takes 107, macOS 103


class Postgres(Target):
    """PostgreSQL in a temporary folder, on a Unix socket in that folder only.

    `binaries` is a folder with `initdb` and `postgres`, the first of `binary_folders` unless
    given. As root, the server runs as an unprivileged user. The address is a connection string.
    """

    name = "postgres"

    def __init__(self, binaries: Path | None = None) -> None:
        self._binaries = binaries or usable(binary_folders())
        self._user = unprivileged_user() if os.geteuid() == 0 else None
        self._changing = threading.Lock()
        self._stopped = False
        self._folder: Folder | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._version = 0
        self._segments: set[Path] = set()  # what initdb leaves if it is killed
        self._used_ns = 0

    def serve(self, ready: Callable[[Any], None]) -> None:
        """Make a database cluster, start its server, and wait until the server ends."""
        reason = missing() if self._binaries is None else None
        if reason:
            raise RuntimeError(reason)
        try:
            folder = self._make_folder()
            data = folder / "data"
            self._initialise(folder, data)
            address = self._start(folder, data)
            self._await_connection(address, folder)
            ready(address)
            assert self._process is not None
            status = self._process.wait()
            if not self._stopped:
                how = signal_name(-status) if status < 0 else f"status {status}"
                raise RuntimeError(f"PostgreSQL ended by itself ({how}): {_last_line(folder)}")
        finally:
            self.stop()

    def stop(self) -> None:
        """Shut the server down at once, connections and all, and remove its folder."""
        with self._changing:
            self._stopped = True
            if self._process is not None:
                _end(self._process)
            for left in self._segments:
                left.unlink(missing_ok=True)
            if self._folder is not None:
                self._folder.remove()

    def cpu_ns(self) -> int:
        """Return the CPU time of the server with all its backends, living and gone.

        Outside Linux only this process can be seen, which does nothing but wait.
        """
        used = time.process_time_ns()
        if LINUX and self._process is not None:
            used += _server_ns(self._process.pid)
        # A backend that ends between two looks is missed until its parent has waited for it.
        self._used_ns = max(self._used_ns, used)
        return self._used_ns

    def describe(self) -> dict[str, str]:
        """State version, binaries and the settings that matter."""
        return {
            "server": f"PostgreSQL {self._version // 10_000}.{self._version % 10_000}, private",
            "binaries": str(self._binaries),
            "listens on": "a Unix socket",
            "settings": "fsync, synchronous_commit and autovacuum off",
        }

    def _make_folder(self) -> Path:
        with self._changing:
            self._folder = Folder(_place(self._user))
            if self._user:
                os.chown(self._folder.path, self._user.uid, self._user.gid)
            return self._folder.path

    def _initialise(self, folder: Path, data: Path) -> None:
        initdb = self._run(
            folder,
            *("initdb", "--pgdata", data, "--username", SUPERUSER, "--auth", "trust"),
            *("--encoding", "UTF8", "--no-locale", "--no-sync"),
        )
        while initdb.poll() is None:
            # Before version 16 it cannot be told to use none of this.
            self._segments |= postgres_segments(descendants(initdb.pid))
            time.sleep(LOOK_S)
        if initdb.returncode and not self._stopped:
            raise RuntimeError(f"initdb failed: {_last_line(folder)}")

    def _start(self, folder: Path, data: Path) -> str:
        settings = SETTINGS | {"unix_socket_directories": str(folder)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self._run(folder, "postgres", "-D", data, "-p", PORT, *options)
        return f"host={folder} port={PORT} user={SUPERUSER} dbname=postgres"

    def _run(self, folder: Path, program: str, *arguments: object) -> subprocess.Popen[bytes]:
        """Start one of PostgreSQL's programs, which ends when this process does."""
        user = self._user
        assert self._binaries is not None
        with self._changing, (folder / "log").open("ab") as log:
            if self._stopped:
                raise RuntimeError("stopped while it started")
            try:
                self._process = subprocess.Popen(
                    [str(self._binaries / program), *map(str, arguments)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=folder,
                    env=_environment(),
                    user=user.uid if user else None,
                    group=user.gid if user else None,
                    extra_groups=[] if user else None,
                    process_group=0,
                    preexec_fn=_ends_with_parent() if LINUX else None,
                )
            except PermissionError:
                who = user.name if user else "this user"
                raise RuntimeError(f"{who} may not run {self._binaries / program}") from None
            return self._process

    def _await_connection(self, address: str, folder: Path) -> None:
        import psycopg

        deadline = time.monotonic() + START_S
        while True:
            assert self._process is not None
            ended = self._process.poll() is not None
            try:
                with psycopg.connect(address) as connection:
                    self._version = connection.info.server_version
                    return
            except psycopg.OperationalError:
                if ended or time.monotonic() > deadline:
                    reason = f"PostgreSQL did not start: {_last_line(folder)}"
                    raise RuntimeError(reason) from None
            time.sleep(0.02)


def _place(user: User | None) -> Path:
    """Choose where the folder goes: the socket's path must fit, and the user get there."""
    for place in (Path(tempfile.gettempdir()).resolve(), Path("/tmp").resolve()):
        socket = place / "asyncbench-12345678" / f".s.PGSQL.{PORT}"
        reached = not user or all(
            folder.stat().st_mode & stat.S_IXOTH for folder in (place, *place.parents)
        )
        if reached and len(os.fsencode(socket)) <= LONGEST_SOCKET_PATH:
            return place
    raise RuntimeError("there is no folder for temporary files that PostgreSQL could use")


def _environment() -> dict[str, str]:
    # What is set for a user's own PostgreSQL (PGDATA, PGPORT, ...) is not meant for this one.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def _ends_with_parent() -> Callable[[], None]:
    """Return a function that makes a child shut down at once when its parent dies."""
    parent, end_too = os.getpid(), end_with_parent(signal.SIGQUIT)

    def ask_the_kernel() -> None:
        end_too()
        if os.getppid() != parent:  # it died before it was asked for
            os._exit(1)

    return ask_the_kernel


def _end(process: subprocess.Popen[bytes]) -> None:
    # SIGQUIT is the server's immediate shutdown: it ends every backend, then itself.
    process.send_signal(signal.SIGQUIT)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        # The backends notice that the server is gone and leave.
        process.kill()
        process.wait()


def _server_ns(server: int) -> int:
    """Sum the CPU time of the server, the backends it has, and those it has waited for."""
    try:
        used = cpu_clock_ns(server)
        fields = stat_fields(server)
        backends = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    except (OSError, ValueError):
        return 0  # it has ended, and what it used is known from before
    gone = int(fields[13]) + int(fields[14])  # cutime and cstime, in ticks
    used += gone * 1_000_000_000 // os.sysconf("SC_CLK_TCK")
    for backend in backends:
        try:
            used += cpu_clock_ns(int(backend))
        except OSError:
            continue  # it ended meanwhile
    return used


def _last_line(folder: Path) -> str:
    """Return the last complaint in the log, or its last line."""
    try:
        lines = [
            line.strip() for line in (folder / "log").read_text("utf-8", "replace").split("\n")
        ]
    except OSError:
        return "its folder is gone"
    errors = [line for line in lines if re.search(r"\b(error|FATAL|PANIC):", line)]
    return (errors or [line for line in lines if line] or ["it said nothing"])[-1]
