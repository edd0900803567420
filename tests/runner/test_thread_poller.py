"""What threads do is seen from outside, whatever else is in the memory of their process."""

import mmap
import os
import threading
import time

from asyncbench.runner.thread_poller import ThreadPoller
from tests.support.traced import LINUX


@LINUX
def test_threads_are_seen_of_a_process_that_has_a_file_of_an_odd_name(tmp_path):
    with (
        (tmp_path / os.fsdecode(b"\xff")).open("w+b") as file,  # no UTF-8
        mmap.mmap(file.fileno(), file.truncate(mmap.PAGESIZE)),
        ThreadPoller(os.getpid()) as poller,
    ):
        until = time.monotonic() + 10
        while not poller.seen and time.monotonic() < until:
            time.sleep(0.001)
    assert threading.get_native_id() in poller.seen
