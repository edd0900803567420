"""A temporary folder that is gone after the process that made it, whatever ends that process."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

# Waits for the end of its input, which comes even when the other process is killed, then removes
# the folder. Processes that are still ending may write into it meanwhile, so it tries for 5 s.
GUARD = """
read -r _
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
    rm -rf -- "$0" 2>/dev/null
    [ -e "$0" ] || exit 0
    sleep 0.2
done
"""


class Folder:
    """A new folder below `inside`, or below where temporary files go; `path` says where it is.

    A small shell process stands guard: it removes the folder on `remove`, and also when the
    process that made it dies without a word.
    """

    def __init__(self, inside: Path | None = None) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="asyncbench-", dir=inside)).resolve()
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", GUARD, str(self.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in a terminal must not end the guard first
        )

    def remove(self) -> None:
        """Remove the folder and all in it, and wait until it is gone; may be called twice."""
        assert self._guard.stdin is not None
        self._guard.stdin.close()
        self._guard.wait()
