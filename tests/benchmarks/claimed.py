"""Functions that published claims are about, for `tests/benchmarks/claims.py`."""

import asyncio


async def asyncio_lock(acquires: int = 1000) -> int:
    """Acquire a lock of asyncio that nobody else wants, and release it."""
    lock = asyncio.Lock()
    for _ in range(acquires):
        async with lock:
            pass
    return acquires


async def anyio_lock(acquires: int = 1000) -> int:
    """Acquire a lock of anyio that nobody else wants, and release it."""
    import anyio

    lock = anyio.Lock()
    for _ in range(acquires):
        async with lock:
            pass
    return acquires
