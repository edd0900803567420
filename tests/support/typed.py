"""The command as a user types it: in a process of its own, or in this one, which is quicker."""

import contextlib
import io
import os
import subprocess
import sys
from unittest import mock

from asyncbench.cli.main import main

# As short as a run can be that measures everything once.
QUICK = ["--budget", "0.3", "-q"]


def command(*arguments, cwd, env=None, **settings):
    """Run the command in a process of its own, for what is about processes, signals or streams."""
    return subprocess.run(
        [sys.executable, "-m", "asyncbench", *map(str, arguments)],
        cwd=cwd,
        env=_environment(env),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
        **settings,
    )


def typed(*arguments, cwd, env=None, text=True):
    """Run the command in this process: it is known already, which a new one would have to import.

    What it starts to measure are processes all the same. What it prints are bytes without `text`.
    """
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with (
        contextlib.chdir(cwd),
        mock.patch.dict(os.environ, _environment(env), clear=True),
        mock.patch.object(sys, "path", [*sys.path]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main([*map(str, arguments)])
        except SystemExit as ended:
            status = ended.code
    told = (each.buffer.getvalue() for each in (out, err))
    told = (each.decode() if text else each for each in told)
    return subprocess.CompletedProcess(arguments, status, *told)


def _environment(more):
    kept = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    return kept | (more or {}) | {"PYTHONSAFEPATH": "1"}
