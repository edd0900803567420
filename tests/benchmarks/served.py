"""A server as people have it: uvicorn with an ASGI app, of which one path stalls the loop.

`python served.py [asyncio|uvloop]` prints its port, and serves until it is interrupted.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import time
from typing import Any

import uvicorn


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    if scope["path"] == "/stall":
        time.sleep(0.05)  # planted
    count = 0 if scope["path"] == "/plain" else 3
    rows = await asyncio.gather(*(row(number) for number in range(count)))
    body = json.dumps(rows).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [
        (b"content-length", str(len(body)).encode())]})  # fmt: skip
    await send({"type": "http.response.body", "body": body})


async def row(number: int) -> dict[str, int]:
    await asyncio.sleep(0)
    return {"number": number, "square": number * number}


def main() -> None:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(100)
    config = uvicorn.Config(app, loop=sys.argv[1], log_level="warning", lifespan="off")
    print(listening.getsockname()[1], os.getpid(), flush=True)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
