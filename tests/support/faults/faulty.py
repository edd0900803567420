"""Workloads with one fault each, for the tests."""

import contextlib
import os
import signal
import stat
import struct
import subprocess
import sys
import time
from dataclasses import dataclass

from asyncbench import Target, Workload


class _Small(Workload):
    tasks = 4
    concurrency = 2

    def task(self, lane, index):
        time.sleep(0.001)
        return index

    async def atask(self, lane, index):
        return self.task(lane, index)


class Fine(_Small):
    """Nothing is wrong with this one."""


class Raises(_Small):
    async def atask(self, lane, index):
        print("about to divide")
        return index // 0


class RaisesInOpen(_Small):
    def open(self):
        raise OSError("no such device")


class RaisesAfterAWord(_Small):
    def task(self, lane, index):
        print("about to divide", end="")
        return index // 0


class Killed(_Small):
    async def atask(self, lane, index):
        print("about to be killed")
        os.kill(os.getpid(), signal.SIGKILL)


class KilledOddly(_Small):
    """By a signal that has a number and no name."""

    async def atask(self, lane, index):
        os.kill(os.getpid(), 40)


class Exits(_Small):
    async def atask(self, lane, index):
        print("about to exit")
        os._exit(7)


class SystemExits(_Small):
    async def atask(self, lane, index):
        sys.exit("enough")


class Forks(_Small):
    """Its child comes back from the task instead of leaving."""

    forked = False

    def task(self, lane, index):
        if not self.forked:
            self.forked = True
            os.fork()
        return index


class Prints(_Small):
    def task(self, lane, index):
        print("to stdout", "x" * 1000)
        print("to stderr", file=sys.stderr)
        os.write(1, b'{"wall_ns": 1}\n')
        return index


class PrintsAndRaises(_Small):
    def task(self, lane, index):
        for _ in range(10_000):
            print("x" * 100)
        print("the last words", flush=True)
        raise ValueError


class ReadsStdin(_Small):
    def task(self, lane, index):
        return index + len(sys.stdin.read())


class Cheats(_Small):
    async def atask(self, lane, index):
        return 0


class Wavers(_Small):
    """Does other work in each batch."""

    batch = 0

    async def atask(self, lane, index):
        self.batch += 1
        return self.batch


class ReturnsNothing(_Small):
    def task(self, lane, index):
        pass


class WritesEverywhere(_Small):
    """Writes what looks like a message of a connection to every socket it has."""

    def task(self, lane, index):
        text = b"hello"
        for descriptor in range(3, 30):
            with contextlib.suppress(OSError):
                if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                    os.write(descriptor, struct.pack("!i", len(text)) + text)
        return index


class Hangs(_Small):
    async def atask(self, lane, index):
        print("about to hang")
        while True:
            pass


class HangsWithChildren(_Small):
    """Leaves children, one of them in a session of its own, and never ends."""

    def task(self, lane, index):
        subprocess.Popen(["sleep", "600"])
        subprocess.Popen(["sleep", "600"], start_new_session=True)
        while True:
            pass


class OneForm(Workload):
    def task(self, lane, index):
        return index


@dataclass
class Typed(_Small):
    """Has a parameter of each kind."""

    count: int = 1
    share: float = 0.5
    label: str = "x"
    flag: bool = False


class Mute(Target):
    """Closes all that it could answer on, and lives on."""

    def serve(self, ready):
        os.closerange(3, 64)
        time.sleep(60)


class HasAMuteTarget(_Small):
    def target(self):
        return Mute()
