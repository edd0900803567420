"""Work that keeps a CPU busy: there is nothing to await in it, so both forms are one function."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from asyncbench import Demand, Workload


@dataclass
class Cpu(Workload):
    """Arithmetic in pure Python, which holds the GIL from start to end."""

    iterations: int = 10_000

    tasks = 24
    concurrency = 24

    def __post_init__(self) -> None:
        if self.iterations < 1:
            raise ValueError(f"iterations is at least 1, not {self.iterations}")

    def task(self, lane: None, index: int) -> int:
        """Step a linear congruential generator (modulus 2**31), seeded with the index."""
        value = index
        for _ in range(self.iterations):
            value = (value * 1_103_515_245 + 12_345) & 0x7FFF_FFFF
        return value

    async def atask(self, lane: None, index: int) -> int:
        """Do the very same: there is nothing to await in a calculation."""
        return self.task(lane, index)

    anytask = atask

    def demand(self) -> Demand:
        """All CPU under the GIL; how many seconds depends on the machine and is measured."""
        return Demand(cpu_s=None, holds_gil=True)


@dataclass
class CpuHash(Workload):
    """Hash `size` bytes with SHA-256, `rounds` times: C code that lets the GIL go.

    hashlib does so for whatever is longer than 2047 bytes, so threads can use every CPU here.
    """

    size: int = 256 * 1024
    rounds: int = 4

    tasks = 32
    concurrency = 32

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ValueError(f"size is at least 1 byte, not {self.size}")
        if self.rounds < 1:
            raise ValueError(f"rounds is at least 1, not {self.rounds}")
        self._buffer = bytes(byte & 0xFF for byte in range(self.size))

    def task(self, lane: None, index: int) -> int:
        """Hash the buffer after what the last round gave, the first one after the index."""
        digest = index.to_bytes(8)
        for _ in range(self.rounds):
            state = hashlib.sha256(digest)
            state.update(self._buffer)
            digest = state.digest()
        return int.from_bytes(digest[:7]) + index

    async def atask(self, lane: None, index: int) -> int:
        """Do the very same: there is nothing to await in a calculation."""
        return self.task(lane, index)

    anytask = atask

    def demand(self) -> Demand:
        """All CPU without the GIL; how many seconds depends on the machine and is measured."""
        return Demand(cpu_s=None, holds_gil=False)


@dataclass
class CpuJson(Workload):
    """Write a document of `items` records as JSON and read it back: C code that holds the GIL."""

    items: int = 400  # type: ignore[assignment]

    tasks = 32
    concurrency = 32

    def __post_init__(self) -> None:
        if self.items < 1:
            raise ValueError(f"items is at least 1, not {self.items}")
        self._document = [
            {
                "id": number,
                "name": f"item {number}",
                "price": number / 4,
                "in stock": number % 7 > 0,
                "tags": ["new", "used", str(number)],
            }
            for number in range(self.items)
        ]

    def task(self, lane: None, index: int) -> int:
        """Run `json.dumps`, then `json.loads` on its text, and look up a record."""
        text = json.dumps(self._document)
        read = json.loads(text)
        return len(text) + len(read) + int(read[index % len(read)]["id"]) + index

    async def atask(self, lane: None, index: int) -> int:
        """Do the very same: there is nothing to await in a calculation."""
        return self.task(lane, index)

    anytask = atask

    def demand(self) -> Demand:
        """All CPU under the GIL; how many seconds depends on the machine and is measured."""
        return Demand(cpu_s=None, holds_gil=True)
