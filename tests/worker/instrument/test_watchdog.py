"""What holds a loop is seen from another thread."""

import asyncio
import time
from pathlib import Path

from asyncbench.record.event_reader import processes
from asyncbench.record.events import EventKind
from asyncbench.worker.instrument import watchdog
from asyncbench.worker.instrument.loop import AsyncioInstrument

MS = 1_000_000


def test_the_watchdog_tells_the_line_that_blocks(loop, sink):
    instrument = AsyncioInstrument(loop, sink)
    instrument.attach()

    async def blocks():
        time.sleep(0.06)  # the line

    async def main():
        await asyncio.create_task(blocks())

    with watchdog.watching(instrument, 10 * MS):
        loop.run_until_complete(main())
    [found] = processes(Path(sink.folder))
    texts = [found.texts[numbers[2]] for kind, _, *numbers in found if kind == EventKind.HOLD]
    assert len(texts) > 3
    [text] = {each["number"]: each for each in texts}.values()
    assert text["code"] == "time.sleep(0.06)  # the line"
    assert Path(text["file"]) == Path(__file__)


def test_no_code_that_runs_the_loop_is_taken_for_a_callback(loop, sink):
    instrument = AsyncioInstrument(loop, sink)
    instrument.attach()

    async def waits():
        await asyncio.sleep(0.05)

    async def main():
        await asyncio.create_task(waits())

    with watchdog.watching(instrument, 10 * MS):
        loop.run_until_complete(main())
    [found] = processes(Path(sink.folder))
    assert not [kind for kind, *_ in found if kind == EventKind.HOLD]
