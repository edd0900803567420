"""A spawned worker's own program: connect to the runner, and serve it."""

from __future__ import annotations

import json
import os
import sys
from multiprocessing.connection import Client

from asyncbench.core.system import print_by_lines
from asyncbench.worker.channel import Channel
from asyncbench.worker.session import serve


def main() -> None:
    """Connect to the runner at the address that is the first argument, and serve it."""
    print_by_lines()
    key = bytes.fromhex(os.environ.pop("ASYNCBENCH_WORKER_KEY"))
    address = json.loads(sys.argv[1])
    # An address of TCP is a tuple, which JSON makes a list of.
    address = tuple(address) if isinstance(address, list) else address
    serve(Channel(Client(address, authkey=key)))


if __name__ == "__main__":
    main()
