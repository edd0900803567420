"""What a task asks for is measured in the form that tells most, whatever calls it otherwise."""

from asyncbench import Workload
from asyncbench.executors import registry
from asyncbench.worker import demand


class NeedsWhatItLoads(Workload):
    def load(self, form):
        setattr(self, form, [form])

    def task(self, lane, index):
        return len(self.blocking)

    async def atask(self, lane, index):
        return len(self.cooperative)


def test_the_blocking_form_has_what_it_loads_also_where_a_loop_calls_the_other():
    assert demand.measure(NeedsWhatItLoads(), registry.make("asyncio")).cpu_s > 0
