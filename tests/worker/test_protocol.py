"""What runner and worker say to each other is the same on both sides, or it is refused."""

import pytest

from asyncbench.worker import protocol, wire

LOAD = protocol.Load(
    path=["/base"],
    workload="bench.py:Fetch",
    params={"size": 3},
    tasks=4,
    concurrency=2,
    executor="threads",
    address=["127.0.0.1", 80],
    processes=None,
    gc=True,
)


@pytest.mark.parametrize(
    "message",
    [
        LOAD,
        protocol.Loaded({"python": "3.11"}),
        protocol.Start(),
        protocol.DemandMeasured(0.01, 0.0, None),
        protocol.Observe(order=True, warmup=False),
        protocol.Trace("/tmp/events", None, 5),
        protocol.Run(batches=2, warmup=False, cpu=1),
        protocol.Failed("ValueError: no", "Traceback"),
    ],
    ids=lambda message: type(message).__name__,
)
def test_a_message_arrives_as_it_was_sent(message):
    assert wire.decode(wire.encode(message)) == message


@pytest.mark.parametrize(
    "text",
    [
        b"hello",
        b"\xff",
        b"[]",
        b"3",
        b"{}",
        b'{"do": "dance"}',
        b'{"is": "run", "batches": 1, "warmup": false, "cpu": null}',
        b'{"do": "run", "batches": 1, "warmup": false}',
        b'{"do": "stop", "now": true}',
    ],
)
def test_what_is_no_message_is_refused(text):
    with pytest.raises(protocol.MessageError, match="no message, but"):
        wire.decode(text)


def test_an_answer_to_something_else_is_refused():
    stopped = protocol.Stopped(1, 1, 1, gil=True, jit=False)
    assert wire.answer_to(protocol.Stop(), stopped) is stopped
    with pytest.raises(protocol.MessageError, match=r"^Stopped to Load$"):
        wire.answer_to(LOAD, stopped)
