"""Functions of known kind that advice is asked for, as people write them."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import socket
import time
import urllib.request
import zlib

import aiosqlite

HTTP_PORT = int(os.environ.get("ADVISED_HTTP", "0"))
ECHO_PORT = int(os.environ.get("ADVISED_ECHO", "0"))
BASE = os.environ.get("ADVISED_SQLITE", "")
HALF_A_MEGABYTE = bytes(range(256)) * 2048
RECORDS = [{"id": number, "name": f"name {number}", "tags": ["a", "b"]} for number in range(400)]


def sleeping() -> int:
    """Wait, and nothing else."""
    time.sleep(0.004)
    return 1


async def asleep() -> int:
    """Wait on the loop."""
    await asyncio.sleep(0.004)
    return 1


def echo() -> int:
    """Ask a server that takes 4 ms to answer, over a connection of its own."""
    with socket.create_connection(("127.0.0.1", ECHO_PORT)) as connection:
        connection.sendall(b"ping\n")
        return len(connection.recv(100))


async def aecho() -> int:
    """Ask it through asyncio's streams."""
    reader, writer = await asyncio.open_connection("127.0.0.1", ECHO_PORT)
    writer.write(b"ping\n")
    answer = await reader.readline()
    writer.close()
    return len(answer)


def slow_http() -> int:
    """Get a page that takes 10 ms, as most programs do."""
    with urllib.request.urlopen(f"http://127.0.0.1:{HTTP_PORT}/") as answer:
        return len(answer.read())


def pure() -> int:
    """Compute in Python."""
    total = 0
    for step in range(30_000):
        total += step * step % 7
    return total


def hashing() -> int:
    """Compute in C without the GIL."""
    return hashlib.sha256(HALF_A_MEGABYTE * 2).digest()[0]


def packing() -> int:
    """Compress, without the GIL."""
    return len(zlib.compress(HALF_A_MEGABYTE, 6))


def parsing() -> int:
    """Compute in C with the GIL held."""
    return len(json.loads(json.dumps(RECORDS)))


async def querying() -> int:
    """Ask SQLite through aiosqlite, which has a thread for each connection."""
    async with aiosqlite.connect(BASE) as base, base.execute("SELECT sum(n) FROM t") as cursor:
        [total] = await cursor.fetchone()  # type: ignore[misc]
    return int(total)


async def blocking() -> int:
    """Block the loop, by mistake."""
    await asyncio.sleep(0.001)
    time.sleep(0.015)
    return 1


async def in_a_row() -> int:
    """Await four times what could be awaited at once."""
    for _ in range(4):
        await asyncio.sleep(0.003)
    return 1
