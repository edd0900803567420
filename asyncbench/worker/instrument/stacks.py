"""Where the code of a step is, as a text that events name by number: a user's part of its stack."""

from __future__ import annotations

import itertools
import os
import traceback
from types import FrameType

from asyncbench.worker.instrument import callbacks, loop, source
from asyncbench.worker.instrument.sink import EventSink

# The innermost frames of a stack that are kept.
MOST_FRAMES = 12
# The file in which trio calls all it calls.
TRIO_RUN = os.path.join("trio", "_core", "_run.py")  # noqa: PTH118 - a part of a name


def text_of(frame: FrameType, sink: EventSink) -> int:
    """Return the number of a step's stack: the user's part of it, told by its innermost line.

    0 where it has just ended, and its loop runs our own code, or is a function in C.
    """
    below = list(
        itertools.takewhile(
            lambda each: (
                each[0].f_code is not loop.RUN_STEPS
                and each[0].f_code.co_filename != callbacks.__file__
                and not each[0].f_code.co_filename.endswith(TRIO_RUN)
            ),
            traceback.walk_stack(frame),
        )
    )
    if not below:
        return 0
    users = [each for each in below if not source.is_inner(each[0].f_code.co_filename)]
    summary = traceback.StackSummary.extract(users or below[:1])
    code, innermost = (users or below)[0][0].f_code, summary[0]
    return sink.number(
        tuple((each.filename, each.lineno) for each in summary),
        name=code.co_qualname,
        file=innermost.filename,
        line=innermost.lineno or 0,
        code=innermost.line or "",
        stack=[
            f"{each.filename}:{each.lineno} in {each.name}: {each.line}".rstrip(": ")
            for each in reversed(summary[:MOST_FRAMES])
        ],
    )
