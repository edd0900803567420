"""Where imported code was when it ended its process or was given up: told through a file."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from asyncbench.core.system import PACKAGE
from asyncbench.worker.instrument import source

ASK = getattr(signal, "SIGUSR1", None)
# How long a process that is asked where it is may take to write that.
TELLING_S = 0.2
_PLACE = re.compile(r'^  File "(.*)", line (\d+)', re.MULTILINE)


def be_ready(path: str) -> None:
    """From now on write to a file where this process is when it ends itself, crashes or is asked.

    Calls that end it at once are wrapped, since nothing of Python runs after them.
    """
    import faulthandler

    file = open(path, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - open until the process ends
    # Another interpreter has its library, and a copy of ours, elsewhere than who reads this.
    file.write(f"{source.PACKAGES}\n{source.STANDARD}\n{PACKAGE}\n")
    file.flush()
    faulthandler.enable(file, all_threads=False)
    if ASK is not None:
        faulthandler.register(ASK, file=file, all_threads=False)
    here = os.getpid()
    own = {here, 0}
    # Both are asked for by name, so that whoever imports them from os has these.
    os._exit = _telling(os._exit, file, lambda *_: os.getpid() == here)
    os.kill = _telling(os.kill, file, lambda pid, *_: os.getpid() == here and pid in own)


def _telling(
    call: Callable[..., Any], file: TextIO, is_end: Callable[..., bool]
) -> Callable[..., Any]:
    import faulthandler

    def telling(*arguments: Any, **named: Any) -> Any:
        if is_end(*arguments, *named.values()):
            faulthandler.dump_traceback(file, all_threads=False)
        return call(*arguments, **named)

    return telling


def ask(pid: int) -> None:
    """Have a process that is ready for it write where it is, and give it a moment for that."""
    if ASK is not None:
        with contextlib.suppress(ProcessLookupError):  # it has ended just now
            os.kill(pid, ASK)
        time.sleep(TELLING_S)


def where(path: str) -> str:
    """Return the last place in code of the user's, as ` (FILE, line NUMBER)`; '' for none."""
    try:
        written = Path(path).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:  # it never came to be ready
        return ""
    packages, *inner = written.split("\n")[:3]
    for file, line in _PLACE.findall(written):
        is_frozen = not Path(file).is_absolute()
        if file.startswith(packages) or not (is_frozen or file.startswith(tuple(inner))):
            return f" ({file}, line {line})"
    return ""
