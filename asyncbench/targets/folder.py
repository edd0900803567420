"""A temporary folder that is gone after the process that made it, whatever ends that process."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from asyncbench.core.system import LINUX, end_with_parent, undisturbed

# Waits for the end of its input, which comes even when the other process is killed, then removes
# the folder: at once where it was told to, or else when processes that import from it have ended.
# Those that are still ending may write into it meanwhile, so it tries for 5 s.
# Its first line is how those who clear processes away know that it ends by itself.
GUARD = """# asyncbench: guard of a folder
read -r _ || sleep 0.5
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
    rm -rf -- "$0" 2>/dev/null
    [ -e "$0" ] || exit 0
    sleep 0.2
done
"""
# How long removing a folder may take; after that the guard is thought to be stopped.
REMOVING_S = 2.0


class Folder:
    """A new folder below `inside`, or below where temporary files go; `path` says where it is.

    A small shell process stands guard: it removes the folder on `remove`, and also when the
    process that made it dies without a word.
    """

    def __init__(self, inside: Path | None = None) -> None:
        with undisturbed():  # between the two there would be nobody to remove it
            self.path = Path(tempfile.mkdtemp(prefix="asyncbench-", dir=inside)).resolve()
            try:
                self._guard = self._guarded()
            except BaseException:
                shutil.rmtree(self.path, ignore_errors=True)
                raise

    def _guarded(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["/bin/sh", "-c", GUARD, str(self.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in a terminal must not end the guard first
            # One that is stopped goes on when there is something to remove.
            preexec_fn=end_with_parent(signal.SIGCONT) if LINUX else None,
        )

    def __enter__(self) -> Path:
        """Return where the folder is."""
        return self.path

    def __exit__(self, *_: object) -> None:
        """Remove it."""
        self.remove()

    def remove(self) -> None:
        """Remove the folder and all in it, and wait until it is gone; may be called twice."""
        assert self._guard.stdin is not None
        with contextlib.suppress(OSError):
            if not self._guard.stdin.closed:
                self._guard.stdin.write(b"remove\n")
                self._guard.stdin.flush()
        with contextlib.suppress(OSError):
            self._guard.stdin.close()
        try:
            self._guard.wait(REMOVING_S)
        except subprocess.TimeoutExpired:
            self._guard.kill()
            self._guard.wait()
        # It may have been killed before it could do its work.
        shutil.rmtree(self.path, ignore_errors=True)
