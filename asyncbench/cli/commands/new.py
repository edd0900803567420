"""`asyncbench new`: a commented starter file for a workload of one's own."""

from __future__ import annotations

import click

STARTER = '''\
"""A workload of one's own: `asyncbench run {file}` measures it."""

import asyncio
import time
from dataclasses import dataclass

from asyncbench import Workload


@dataclass
class Mine(Workload):
    """Wait for something and work on the answer a little."""

    # Parameters: set with `--param seconds=0.01`.
    seconds: float = 0.002
    items: int = 1000

    # How many tasks a batch has and how many may be in flight at once, unless -n and -c say.
    tasks = 50
    concurrency = 50

    # What one lane owns, such as a connection: made and released outside the clock.
    def open(self):
        return None

    def close(self, lane):
        pass

    # The blocking form, for sequential, threads and processes. It returns its proof of work: an
    # int that depends on what was done, so that no executor can win by doing less.
    def task(self, lane, index):
        time.sleep(self.seconds)
        return sum(range(self.items)) + index

    # The cooperative form of the very same work, for asyncio and uvloop. (With one form alone,
    # only the executors that call it can run the workload.)
    async def aopen(self):
        return None

    async def aclose(self, lane):
        pass

    async def atask(self, lane, index):
        await asyncio.sleep(self.seconds)
        return sum(range(self.items)) + index

    # Not needed: what a task asks for is measured where `demand` does not say it, and `target`
    # names a server that the work talks to (see docs/workloads.md).
'''


@click.command("new")
@click.argument("file", metavar="FILE.py")
def new_command(file: str) -> int:
    """Write a commented starter file for a workload of your own."""
    import importlib.util
    import keyword
    import re
    import sys
    from pathlib import Path

    from asyncbench.errors import UsageError

    path = Path(file)
    if path.suffix != ".py" or not path.stem.isidentifier() or keyword.iskeyword(path.stem):
        stem = re.sub(r"\W", "_", path.stem).lstrip("0123456789") or "my_workload"
        name = f"{stem}_" if keyword.iskeyword(stem) else stem
        raise UsageError(
            f"{file or repr(file)} is not a name for a Python file; "
            f"choose one like {path.parent / name}.py"
        )
    if not path.exists() and (
        path.stem in sys.stdlib_module_names or importlib.util.find_spec(path.stem)
    ):
        # Whatever imports that module would get this file instead, or `run` would get the module.
        raise UsageError(
            f"{file} would hide the module {path.stem}; choose a name like "
            f"{path.with_name(f'my_{path.name}')}"
        )
    try:
        with path.open("x", encoding="utf-8") as opened:
            opened.write(STARTER.format(file=path.name))
    except FileExistsError:
        raise UsageError(f"{file} exists already; choose another name") from None
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from error
    click.echo(f"{file} is written; measure it with: asyncbench run {file}")
    return 0
