"""Runs an unmodified program under its own loop, and has it watched (`instrument/program.py`).

It runs as a script, in interpreters that need not have asyncbench:

    python traced_program.py FOLDER THRESHOLD_NS LAST_NS EVERY PROGRAM [ARGUMENT]...

With LAST_NS above 0 the newest events alone are kept (`record/ring.py`). EVERY is 1 where every
step is noted, however many there are, else 0.
"""

from __future__ import annotations

import os
import sys
from typing import Any


def main() -> int:
    """Run the program that the arguments tell."""
    folder, threshold, last, every, *words = sys.argv[1:]
    library = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120
    sys.path.insert(0, library)
    from asyncbench.record.events import EventLog
    from asyncbench.record.ring import RingLog
    from asyncbench.worker import program
    from asyncbench.worker.instrument.program import ProgramWatch

    sys.path.remove(library)
    try:
        sink = RingLog(folder) if int(last) else EventLog(folder)
    except OSError as error:
        sys.stderr.write(f"asyncbench: the program was not started: {error}\n")
        return 2
    ProgramWatch(sink, int(threshold), every_step=every == "1").begin()
    try:
        return program.run(words)
    except KeyboardInterrupt as error:
        frames = program.own_frames(error)
        sys.excepthook(type(error), error.with_traceback(frames), frames)
        sys.excepthook = _silent  # the interpreter ends as after any, and has nothing to add
        raise


def _silent(kind: Any, error: Any, frames: Any) -> None:
    """Show nothing."""


if __name__ == "__main__":
    sys.exit(main())
