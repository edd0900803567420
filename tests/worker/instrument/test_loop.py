"""A loop that is instrumented does what it did before, and tells of each step."""

import asyncio
import contextvars
from pathlib import Path

import pytest

from asyncbench.errors import UnsuitedError
from asyncbench.record.event_reader import processes
from asyncbench.record.events import EventKind
from asyncbench.worker.instrument.loop import AsyncioInstrument


def attached(loop, sink):
    instrument = AsyncioInstrument(loop, sink)
    instrument.attach()
    return instrument


def events(sink):
    [found] = processes(Path(sink.folder))
    return [
        (EventKind(kind).name, subject, found.texts.get(numbers[2], {}).get("name"))
        for kind, subject, *numbers in found
        if kind in (EventKind.CREATED, EventKind.STEP, EventKind.LAST_STEP, EventKind.NESTED)
    ]


def test_values_errors_and_cancellation_pass_through_a_watched_task(loop, sink):
    attached(loop, sink)
    told = []

    async def fails():
        await asyncio.sleep(0)
        raise LookupError("here")

    async def waits():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            told.append("cancelled")
            raise

    async def main():
        waiting = asyncio.create_task(waits(), name="waiter")
        assert waiting.get_name() == "waiter"
        assert await asyncio.create_task(asyncio.sleep(0, "value")) == "value"
        with pytest.raises(LookupError, match="here"):
            await asyncio.create_task(fails())
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.sleep(10), 0.01)

    loop.run_until_complete(main())
    assert told == ["cancelled"]


def test_a_task_does_the_same_while_its_instrument_rests(loop, sink):
    instrument = attached(loop, sink)

    async def one(number):
        for step in range(4):
            if number == 0:
                instrument.rest() if step % 2 else instrument.go_on()
            await asyncio.sleep(0)
        if number == 1:
            raise LookupError("here")
        if number == 2:
            await asyncio.sleep(10)
        return number

    async def main():
        tasks = [asyncio.create_task(one(number)) for number in range(4)]
        await asyncio.sleep(0.01)
        unknown = asyncio.create_task(one(3))  # which begins during the rest
        tasks[2].cancel()
        ends = await asyncio.gather(*tasks, unknown, return_exceptions=True)
        return [each if isinstance(each, int) else type(each).__name__ for each in ends]

    assert loop.run_until_complete(main()) == [0, "LookupError", "CancelledError", 3, 3]
    found = events(sink)
    assert sum(name == "CREATED" for name, *_ in found) == 4
    assert sorted(subject for name, subject, _ in found if name == "LAST_STEP") == [1, 2, 3, 4]


def test_contexts_current_tasks_and_reprs_are_a_tasks_own(loop, sink):
    attached(loop, sink)
    variable = contextvars.ContextVar("variable", default="outer")

    async def child():
        variable.set("inner")
        await asyncio.sleep(0)
        assert "child" in repr(asyncio.current_task())
        return variable.get()

    async def main():
        found = await asyncio.gather(child(), child())
        return found, variable.get()

    assert loop.run_until_complete(main()) == (["inner", "inner"], "outer")


def test_a_task_that_is_cancelled_before_it_begins_leaves_no_coroutine_behind(loop, sink):
    instrument = attached(loop, sink)

    async def main():
        task = asyncio.create_task(asyncio.sleep(1))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    loop.run_until_complete(main())
    instrument.close()  # else Python warns of a coroutine that was never awaited


def test_every_step_of_every_task_is_an_event(loop, sink):
    attached(loop, sink)

    async def twice():
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def main():
        await asyncio.gather(twice(), twice())

    loop.run_until_complete(main())
    kinds = [(kind, task) for kind, task, name in events(sink)]
    for task in (1, 2):
        mine = [kind for kind, its in kinds if its == task]
        assert mine == ["CREATED", "STEP", "STEP", "LAST_STEP"]


def test_a_callback_of_the_users_is_a_step_too(loop, sink):
    attached(loop, sink)

    async def main():
        done = loop.create_future()

        def settle():
            done.set_result(None)

        loop.call_soon(settle)
        await done
        done = loop.create_future()
        loop.call_later(0.001, settle)
        await done

    loop.run_until_complete(main())
    names = [name for kind, _, name in events(sink) if kind == "CREATED"]
    assert len([name for name in names if name.endswith("settle")]) == 2


@pytest.mark.skipif(not hasattr(asyncio, "eager_task_factory"), reason="Python 3.12")
def test_a_task_that_starts_eagerly_is_a_step_within_a_step(sink):
    loop = asyncio.new_event_loop()
    loop.set_task_factory(asyncio.eager_task_factory)
    attached(loop, sink)

    async def child():
        await asyncio.sleep(0)

    async def parent():
        await asyncio.create_task(child())

    async def main():
        await asyncio.create_task(parent())

    loop.run_until_complete(main())
    loop.close()
    assert "NESTED" in {kind for kind, _, _ in events(sink)}


def test_a_loop_that_lets_nobody_watch_it_is_told():
    class Closed:
        __slots__ = ()
        create_task = call_soon = call_later = call_at = is_running = None

    with pytest.raises(UnsuitedError, match="Closed cannot be watched"):
        attached(Closed(), None)
