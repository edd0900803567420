import asyncio

import pytest
import uvloop

from asyncbench.record.events import EventLog

LOOPS = [asyncio.new_event_loop, uvloop.new_event_loop]


@pytest.fixture(params=LOOPS, ids=["asyncio", "uvloop"])
def loop(request):
    made = request.param()
    yield made
    made.close()


@pytest.fixture
def sink(tmp_path):
    return EventLog(str(tmp_path))
