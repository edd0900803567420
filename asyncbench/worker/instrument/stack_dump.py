"""Makes a process write where it hangs, from C code: it works while the GIL is held."""

from __future__ import annotations

import os
import signal

# Where processes write their stacks when they are asked by `ASK_STACK`; None where there is no way.
STACKS = "stacks"
ASK_STACK = getattr(signal, "SIGUSR1", None)


def begin(folder: str) -> None:
    """Write the stacks of all threads to a file in a folder whenever this process is asked to."""
    try:
        import faulthandler
    except ImportError:
        return  # a subinterpreter, which cannot load it, is in a process that has begun already
    if ASK_STACK is not None:
        # Python code of its own is not run then, so the file must stay open by itself.
        path = os.path.join(folder, STACKS)  # noqa: PTH118 - a worker needs no pathlib
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        faulthandler.register(ASK_STACK, file=handle, all_threads=True)
