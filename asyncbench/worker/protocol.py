"""What runner and worker say to each other: JSON messages over a connection of their own."""

from __future__ import annotations

import json
from multiprocessing.connection import Connection
from typing import Any

Message = dict[str, Any]

# What a worker is asked, in this order; "look" where wanted, "run" as often as wanted.
#   load   path (what goes first on the import path), workload, params, executor, address, tasks,
#          concurrency, processes, gc
#       -> facts
#   start  -> startup_ns, lanes, facts
#   demand -> wait_s, cpu_s, gil_share: what a task asks for, of a worker that does nothing else
#   look   order (whether to note it)
#       -> wall_ns, held_ns, longest_ns, blocked_ns, hold_p99_ns, lag_p99_ns, lag_max_ns, steps,
#          suspends, jain, starved, by, order
#   trace  folder (where events go), rate (tasks a second, None for as fast as they go),
#          threshold_ns (a step that holds a loop for longer is looked into); instead of "start"
#       -> wall_ns, startup_ns, lanes, count, checksum, facts
#   run    batches, warmup, cpu (where the sample starts, None for wherever it is)
#       -> wall_ns, user_ns, system_ns, voluntary, involuntary, count, checksum
#   stop   -> shutdown_ns, peak_rss_bytes, gil
# and any of them may be answered with "failed" (a reason in one line) and "traceback".


class Channel:
    """One end of a connection that carries messages."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def send(self, message: Message) -> None:
        """Send one message; raises OSError where the other end is gone."""
        self.connection.send_bytes(json.dumps(message).encode())

    def receive(self) -> Message:
        """Wait for one message; raises EOFError where the other end is gone."""
        message: Message = json.loads(self.connection.recv_bytes())
        return message


# The variable that tells a process which copy of asyncbench it runs from, where it is one, and
# whose: `PID:FOLDER`, with the process that made the copy and is to remove it.
LIBRARY = "ASYNCBENCH_LIBRARY"
# As many characters of a reason and of a traceback are kept: an exception can hold any amount.
TOLD = 16 * 1024
