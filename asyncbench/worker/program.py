"""Runs an unmodified program from its start to its end, under the event loop that it is told.

It stands alone, since it also runs as a script, in interpreters that know nothing of asyncbench:

    python program.py REPORT LOOP FOLDER PROGRAM [ARGUMENT]...

REPORT is a descriptor that each kind of loop is written to when it first runs. LOOP is
`module:function`, which makes one, or `asyncio` for what asyncio makes itself; FOLDER goes first on
the import path, '' for none. PROGRAM is a file, or `-m` before a module.
"""

from __future__ import annotations

import builtins
import importlib
import os
import sys
import types
from collections.abc import Callable
from typing import Any

# What a loop that asyncio makes is called in reports, whatever its class.
OWN = "asyncio"


def run(program: list[str], folder: str = "") -> int:
    """Run a program as `python PROGRAM` does, and return its status where it raises.

    `program` is its file and its arguments, or `-m`, a module and arguments; `folder` goes before
    all else on the import path, '' for none. What it raises is shown as the interpreter shows it,
    with the program's own frames. SystemExit and KeyboardInterrupt pass.
    """
    try:
        _start(program, folder)
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException as error:
        frames = own_frames(error)
        sys.excepthook(type(error), error.with_traceback(frames), frames)
        return 1
    return 0


def own_frames(error: BaseException) -> types.TracebackType | None:
    """Return the frames of an error without ours; those of what led to it lose ours, too."""
    _strip(error, set())
    return error.__traceback__


def _strip(error: BaseException | None, done: set[int]) -> None:
    if error is None or id(error) in done:
        return
    done.add(id(error))
    kept: list[types.TracebackType] = []
    frames = error.__traceback__
    while frames is not None:
        if not frames.tb_frame.f_code.co_filename.startswith(_OURS):
            kept.append(frames)
        frames = frames.tb_next
    stripped = None
    for each in reversed(kept):
        stripped = types.TracebackType(stripped, each.tb_frame, each.tb_lasti, each.tb_lineno)
    error.__traceback__ = stripped
    for other in (error.__cause__, error.__context__, *getattr(error, "exceptions", ())):
        _strip(other, done)


# What stands between the interpreter and a program.
_OURS = (os.path.dirname(__file__) + os.sep, "<frozen runpy>")  # noqa: PTH120


def _start(program: list[str], folder: str) -> None:
    is_module = program[0] == "-m"
    # pathlib would take longer than all of this.
    place = os.getcwd() if is_module else os.path.dirname(os.path.realpath(program[0]))  # noqa: PTH109, PTH120
    if not getattr(sys.flags, "safe_path", False):  # as the interpreter has it
        sys.path[0] = place
    if folder:
        sys.path.insert(0, folder)
    if is_module:
        import runpy

        sys.argv[:] = program[1:]
        runpy.run_module(program[1], run_name="__main__", alter_sys=True)
        return
    path = os.path.abspath(program[0])  # noqa: PTH100
    sys.argv[:] = program
    with open(path, "rb") as file:  # noqa: PTH123
        code = compile(file.read(), path, "exec", dont_inherit=True)
    main = types.ModuleType("__main__")
    main.__dict__.update(__file__=path, __builtins__=builtins, __cached__=None)
    sys.modules["__main__"] = main
    exec(code, main.__dict__)


def put_loop(factory: Callable[[], Any]) -> None:
    """Have asyncio make its loops by a function, wherever a program asks it for one."""
    import asyncio

    # Programs that ask their policy, which is what `asyncio.run` does up to 3.15, get it there.
    policy = getattr(getattr(asyncio, "unix_events", None), "_UnixDefaultEventLoopPolicy", None)
    if policy is not None:
        policy._loop_factory = staticmethod(factory)
    else:
        asyncio.new_event_loop = asyncio.events.new_event_loop = factory


def watch_made(watch: Callable[[Any], Any]) -> None:
    """Have a function given each loop that asyncio makes; it returns the loop."""
    import asyncio

    policy = getattr(getattr(asyncio, "unix_events", None), "_UnixDefaultEventLoopPolicy", None)
    made = policy._loop_factory if policy is not None else asyncio.events.new_event_loop
    put_loop(lambda: watch(made()))


def report_loops(tell: Callable[[str], object]) -> None:
    """Tell the kind of every loop that begins to run, once each."""
    import asyncio

    seen: set[type] = set()
    real = asyncio.events._set_running_loop

    def running(loop: Any) -> None:
        if loop is not None and type(loop) not in seen:
            seen.add(type(loop))
            tell(kind(loop))
        real(loop)

    asyncio._set_running_loop = asyncio.events._set_running_loop = running


def kind(loop: Any) -> str:
    """Return what a loop is: the package that its class comes from."""
    return type(loop).__module__.partition(".")[0]


def _factory(text: str) -> Callable[[], Any]:
    module, _, name = text.partition(":")
    found: Callable[[], Any] = getattr(importlib.import_module(module), name)
    return found


def main() -> int:
    """Run the program that the arguments tell."""
    report, loop, folder, *program = sys.argv[1:]
    descriptor = int(report)
    os.set_inheritable(descriptor, False)  # what the program starts has nothing to tell
    report_loops(lambda name: os.write(descriptor, f"{name}\n".encode()))
    if loop != OWN:
        put_loop(_factory(loop))
    return run(program, folder)


if __name__ == "__main__":
    sys.exit(main())
