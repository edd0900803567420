"""What holds a loop is seen from another thread."""

import asyncio
import sys
import threading
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


def holds(loop, sink, work):
    """Return the lines that were seen to hold a loop while nothing is noted of its tasks."""
    instrument = AsyncioInstrument(loop, sink, main=lambda number: None)
    instrument.attach()
    instrument.rest()

    async def main():
        instrument.thread = threading.get_ident()
        frame = sys._getframe()
        while frame.f_code is not run.__code__:
            frame = frame.f_back
        instrument.below = None if isinstance(loop, asyncio.BaseEventLoop) else frame
        await asyncio.create_task(work())

    def run():
        loop.run_until_complete(main())

    with watchdog.watching(instrument, 10 * MS):
        run()
    [found] = processes(Path(sink.folder))
    return {
        found.texts[numbers[2]]["code"] for kind, _, *numbers in found if kind == EventKind.HOLD
    }


def test_what_holds_a_loop_is_seen_while_nothing_is_noted_of_tasks(loop, sink):
    async def blocks():
        await asyncio.sleep(0)
        time.sleep(0.06)  # this line

    assert holds(loop, sink, blocks) == {"time.sleep(0.06)  # this line"}


def test_many_short_steps_of_one_task_hold_nothing(loop, sink):
    lengths = []

    async def steps():
        for _ in range(40):
            began = time.perf_counter_ns()
            time.sleep(0.002)
            lengths.append(time.perf_counter_ns() - began)
            await asyncio.sleep(0)

    # On a busy machine some are long, and looks that fall into two of these see one place.
    assert not holds(loop, sink, steps) or max(lengths) >= 4 * MS


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
