"""Tasks of trio are noted where they are a user's, wherever that user keeps them."""

import pytest

from asyncbench.worker.instrument.sink import Nowhere
from asyncbench.worker.instrument.trio_loop import TrioInstrument

trio = pytest.importorskip("trio")


class Noted(Nowhere):
    def __init__(self):
        self.tasks = []

    def number(self, key, **text):
        self.tasks.append(text["name"])
        return len(self.tasks)


def test_a_folder_named_trio_hides_no_task():
    own = {}
    exec(compile("async def fetch(): pass", "/home/me/trio/app.py", "exec"), own)

    async def main(sink):
        TrioInstrument(sink).attach()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(own["fetch"])

    sink = Noted()
    trio.run(main, sink)
    assert sink.tasks == ["fetch"]
