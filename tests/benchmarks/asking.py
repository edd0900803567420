"""A client as people have it: aiohttp, so many requests over so many connections.

`python asking.py PORT REQUESTS CONNECTIONS [SECONDS]` prints how many requests a second it made.
"""

from __future__ import annotations

import asyncio
import sys
import time

import aiohttp


async def main(port: int, requests: int, connections: int) -> None:
    url = f"http://127.0.0.1:{port}/"
    left = iter(range(requests))

    async def ask(session: aiohttp.ClientSession) -> None:
        for _ in left:
            async with session.get(url) as response:
                await response.read()

    connector = aiohttp.TCPConnector(limit=connections)
    async with aiohttp.ClientSession(connector=connector) as session:
        await asyncio.gather(*(ask(session) for _ in range(connections)))
        began = time.perf_counter()
        left = iter(range(requests))
        await asyncio.gather(*(ask(session) for _ in range(connections)))
        seconds = time.perf_counter() - began
    print(f"{requests / seconds:.1f} {time.process_time():.3f}", flush=True)


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:4])))
